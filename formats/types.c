/* Element types of files: how many bytes hold how many values, and how those become elements of TH. */
#include "format.h"
#include <math.h>

/* A copy that widens: every value of the one has a place in the other. */
#define WIDEN(name, from, to)                                                                      \
  static bool name(const uint8_t *in, int64_t n, void *out)                                        \
  {                                                                                                \
    to *r = out;                                                                                   \
    for (int64_t i = 0; i < n; i++) {                                                              \
      from v;                                                                                      \
      memcpy(&v, in + i * (int64_t)sizeof v, sizeof v);                                            \
      r[i] = (to)v;                                                                                \
    }                                                                                              \
    return true;                                                                                   \
  }
WIDEN(from_u16, uint16_t, int)
WIDEN(from_u32, uint32_t, int64_t)

static bool from_u64(const uint8_t *in, int64_t n, void *out)
{
  int64_t *r = out, all = 0;
  memcpy(r, in, (size_t)n * sizeof *r);
  for (int64_t i = 0; i < n; i++) all |= r[i];
  return all >= 0;
}

/* Booleans other than 0 and 1 are 1. */
static bool from_bool(const uint8_t *in, int64_t n, void *out)
{
  uint8_t *r = out;
  for (int64_t i = 0; i < n; i++) r[i] = in[i] != 0;
  return true;
}

static bool from_complex_half(const uint8_t *in, int64_t n, void *out)
{
  float *r = out;
  for (int64_t i = 0; i < 2 * n; i++) r[i] = TH_half2float((THHalf){load16(in + 2 * i)});
  return true;
}

/* ---- floats of 8 bits and less ---- */

typedef struct Mini {
  int exponent, mantissa, bias; /* bits, and what is taken from the exponent */
  enum { ALL_FINITE, NAN_ALL_ONES, NAN_MINUS_ZERO, IEEE } special;
} Mini;

static float mini_value(Mini m, unsigned bits)
{
  unsigned ones = (1u << m.exponent) - 1, fraction = bits & ((1u << m.mantissa) - 1);
  unsigned e = bits >> m.mantissa & ones, sign = bits >> (m.exponent + m.mantissa) & 1;
  if (m.special == IEEE && e == ones) return fraction ? NAN : sign ? -INFINITY : INFINITY;
  if (m.special == NAN_ALL_ONES && e == ones && fraction == (1u << m.mantissa) - 1) return NAN;
  if (m.special == NAN_MINUS_ZERO && sign && !e && !fraction) return NAN;
  float v = e ? ldexpf((float)(fraction | 1u << m.mantissa), (int)e - m.bias - m.mantissa)
              : ldexpf((float)fraction, 1 - m.bias - m.mantissa);
  return sign ? -v : v;
}

static void from_mini(Mini m, const uint8_t *in, int64_t n, float *r)
{
  float table[256];
  for (unsigned i = 0; i < 256; i++) table[i] = mini_value(m, i);
  for (int64_t i = 0; i < n; i++) r[i] = table[in[i]];
}

#define MINI(name, ...)                                                                            \
  static bool name(const uint8_t *in, int64_t n, void *out)                                        \
  {                                                                                                \
    from_mini((Mini){__VA_ARGS__}, in, n, out);                                                    \
    return true;                                                                                   \
  }
MINI(from_e4m3, 4, 3, 7, NAN_ALL_ONES)
MINI(from_e5m2, 5, 2, 15, IEEE)
MINI(from_e4m3fnuz, 4, 3, 8, NAN_MINUS_ZERO)
MINI(from_e5m2fnuz, 5, 2, 16, NAN_MINUS_ZERO)

/* A power of two, biased by 127; all ones are NaN. */
static bool from_e8m0(const uint8_t *in, int64_t n, void *out)
{
  float *r = out;
  for (int64_t i = 0; i < n; i++) r[i] = in[i] == 255 ? NAN : ldexpf(1, in[i] - 127);
  return true;
}

/* Two a byte, the lower half first. */
static bool from_f4(const uint8_t *in, int64_t n, void *out)
{
  const Mini m = {2, 1, 1, ALL_FINITE};
  float *r = out;
  for (int64_t i = 0; i < n; i++) {
    r[2 * i] = mini_value(m, in[i] & 15);
    r[2 * i + 1] = mini_value(m, in[i] >> 4);
  }
  return true;
}

static const char pairs[] = "pairs of real and imaginary part", whole[] = "unsigned", small[] = "each in a float";

static const FileType types[] = {
    {"BOOL", TH_BOOL, 1, 1, 1, from_bool, NULL, 0},
    {"U8", TH_BYTE, 1, 1, 1, NULL, NULL, 0},
    {"I8", TH_CHAR, 1, 1, 1, NULL, NULL, 0},
    {"I16", TH_SHORT, 1, 2, 1, NULL, NULL, 2},
    {"U16", TH_INT, 1, 2, 1, from_u16, whole, 2},
    {"I32", TH_INT, 1, 4, 1, NULL, NULL, 4},
    {"U32", TH_LONG, 1, 4, 1, from_u32, whole, 4},
    {"I64", TH_LONG, 1, 8, 1, NULL, NULL, 8},
    {"U64", TH_LONG, 1, 8, 1, from_u64, "unsigned, where no value is above 2^63 - 1", 8},
    {"F16", TH_HALF, 1, 2, 1, NULL, NULL, 2},
    {"BF16", TH_BFLOAT16, 1, 2, 1, NULL, NULL, 2},
    {"F32", TH_FLOAT, 1, 4, 1, NULL, NULL, 4},
    {"F64", TH_DOUBLE, 1, 8, 1, NULL, NULL, 8},
    {"C32", TH_FLOAT, 1, 4, 2, from_complex_half, pairs, 2},
    {"C64", TH_FLOAT, 1, 8, 2, NULL, pairs, 4},
    {"C128", TH_DOUBLE, 1, 16, 2, NULL, pairs, 8},
    {"F8_E4M3", TH_FLOAT, 1, 1, 1, from_e4m3, small, 0},
    {"F8_E5M2", TH_FLOAT, 1, 1, 1, from_e5m2, small, 0},
    {"F8_E4M3FNUZ", TH_FLOAT, 1, 1, 1, from_e4m3fnuz, small, 0},
    {"F8_E5M2FNUZ", TH_FLOAT, 1, 1, 1, from_e5m2fnuz, small, 0},
    {"F8_E8M0", TH_FLOAT, 1, 1, 1, from_e8m0, small, 0},
    {"F4", TH_FLOAT, 2, 1, 1, from_f4, small, 0},
};

const FileType *FileType_named(const char *name)
{
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (!strcmp(types[i].name, name)) return &types[i];
  return NULL;
}
