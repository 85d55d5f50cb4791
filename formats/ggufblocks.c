/* The blocks of GGUF's quantised types: 32 numbers with a scale of their own, or 256 whose parts have scales that are
   quantised themselves (the K types). All become floats. Compiled once per instruction set. */
#include "gguf.h"
#include <math.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

static float half_at(const uint8_t *p)
{
#ifdef __F16C__
  return _cvtsh_ss(load16(p));
#else
  return TH_half2float((THHalf){load16(p)});
#endif
}

/* One block: apart from the loop over blocks, which compilers would take for the better one to vectorise. */
#define BLOCK static __attribute__((noinline)) void

/* ---- 32 numbers ---- */

BLOCK q4_0(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p);
  for (int j = 0; j < 16; j++) {
    r[j] = d * (float)((p[2 + j] & 15) - 8);
    r[j + 16] = d * (float)((p[2 + j] >> 4) - 8);
  }
}

BLOCK q4_1(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p), m = half_at(p + 2);
  for (int j = 0; j < 16; j++) {
    r[j] = d * (float)(p[4 + j] & 15) + m;
    r[j + 16] = d * (float)(p[4 + j] >> 4) + m;
  }
}

/* 4 bits in qs, the fifth in `high`. */
static int five_bits(const uint8_t *qs, uint32_t high, int j)
{
  int low = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;
  return low | (int)(high >> j & 1) << 4;
}

BLOCK q5_0(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p);
  uint32_t high = load32(p + 2);
  for (int j = 0; j < 32; j++) r[j] = d * (float)(five_bits(p + 6, high, j) - 16);
}

BLOCK q5_1(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p), m = half_at(p + 2);
  uint32_t high = load32(p + 4);
  for (int j = 0; j < 32; j++) r[j] = d * (float)five_bits(p + 8, high, j) + m;
}

BLOCK q8_0(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p);
  for (int j = 0; j < 32; j++) r[j] = d * (float)(int8_t)p[2 + j];
}

BLOCK q8_1(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p);
  for (int j = 0; j < 32; j++) r[j] = d * (float)(int8_t)p[4 + j];
}

static void from_table(const int8_t *table, float d, const uint8_t *restrict qs, float *restrict r)
{
  for (int j = 0; j < 16; j++) {
    r[j] = d * (float)table[qs[j] & 15];
    r[j + 16] = d * (float)table[qs[j] >> 4];
  }
}

BLOCK iq4_nl(const uint8_t *restrict p, float *restrict r)
{
  static const int8_t table[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  from_table(table, half_at(p), p + 2, r);
}

/* Numbers of 4 bits, doubled here, under a power of two. */
BLOCK mxfp4(const uint8_t *restrict p, float *restrict r)
{
  static const int8_t table[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  from_table(table, ldexpf(1, p[0] - 128), p + 1, r);
}

/* ---- 256 numbers ---- */

/* 16 scales and minima, 4 bits each; 2 bits a number. */
BLOCK q2_k(const uint8_t *restrict p, float *restrict r)
{
  const uint8_t *scales = p, *q = p + 16;
  float d = half_at(p + 80), least = half_at(p + 82);
  for (int n = 0; n < 256; n += 128, q += 32)
    for (int j = 0; j < 8; j++) {
      uint8_t s = *scales++;
      float dl = d * (float)(s & 15), ml = least * (float)(s >> 4);
      for (int l = 0; l < 16; l++) *r++ = dl * (float)(q[l + j % 2 * 16] >> j / 2 * 2 & 3) - ml;
    }
}

/* Scale i of 16, of 6 bits: the lower four of all in the first 8 bytes, the upper two in the last 4. */
static int scale_of_6(const uint8_t *s, int i)
{
  int low = i < 8 ? s[i] & 15 : s[i - 8] >> 4, high = s[8 + i % 4] >> i / 4 * 2 & 3;
  return (low | high << 4) - 32;
}

BLOCK q3_k(const uint8_t *restrict p, float *restrict r)
{
  const uint8_t *high = p, *q = p + 32, *scales = p + 96;
  float d = half_at(p + 108);
  for (int i = 0; i < 16; i++) {
    float dl = d * (float)scale_of_6(scales, i);
    int part = i / 2, shift = part % 4 * 2, from = i % 2 * 16;
    for (int l = from; l < from + 16; l++) {
      int v = (q[part / 4 * 32 + l] >> shift & 3) - (high[l] >> part & 1 ? 0 : 4);
      *r++ = dl * (float)v;
    }
  }
}

/* Scale and minimum j of 8, of 6 bits each, in 12 bytes. */
static void scale_and_min(const uint8_t *s, int j, int *scale, int *least)
{
  *scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
  *least = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4;
}

BLOCK q4_k(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p), dmin = half_at(p + 2);
  for (int j = 0; j < 8; j++) {
    int scale, least;
    scale_and_min(p + 4, j, &scale, &least);
    const uint8_t *q = p + 16 + j / 2 * 32;
    float dl = d * (float)scale, ml = dmin * (float)least;
    for (int l = 0; l < 32; l++) *r++ = dl * (float)(q[l] >> j % 2 * 4 & 15) - ml;
  }
}

BLOCK q5_k(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p), dmin = half_at(p + 2);
  const uint8_t *high = p + 16;
  for (int j = 0; j < 8; j++) {
    int scale, least;
    scale_and_min(p + 4, j, &scale, &least);
    const uint8_t *q = p + 48 + j / 2 * 32;
    float dl = d * (float)scale, ml = dmin * (float)least;
    for (int l = 0; l < 32; l++) *r++ = dl * (float)((q[l] >> j % 2 * 4 & 15) + (high[l] >> j & 1) * 16) - ml;
  }
}

BLOCK q6_k(const uint8_t *restrict p, float *restrict r)
{
  float d = half_at(p + 208);
  const uint8_t *low = p, *high = p + 128, *scales = p + 192;
  for (int n = 0; n < 256; n += 128, low += 64, high += 32, scales += 8)
    for (int k = 0; k < 4; k++)
      for (int l = 0; l < 32; l++) {
        int v = (low[l + k % 2 * 32] >> k / 2 * 4 & 15) | (high[l] >> 2 * k & 3) << 4;
        *r++ = d * (float)(int8_t)scales[2 * k + l / 16] * (float)(v - 32);
      }
}

BLOCK q8_k(const uint8_t *restrict p, float *restrict r)
{
  float d;
  memcpy(&d, p, sizeof d);
  for (int j = 0; j < 256; j++) r[j] = d * (float)(int8_t)p[4 + j];
}

/* ---- types ---- */

#define EACH_BLOCK(X)                                                                              \
  X(q4_0, 2, "Q4_0", 32, 18)                                                                       \
  X(q4_1, 3, "Q4_1", 32, 20)                                                                       \
  X(q5_0, 6, "Q5_0", 32, 22)                                                                       \
  X(q5_1, 7, "Q5_1", 32, 24)                                                                       \
  X(q8_0, 8, "Q8_0", 32, 34)                                                                       \
  X(q8_1, 9, "Q8_1", 32, 36)                                                                       \
  X(q2_k, 10, "Q2_K", 256, 84)                                                                     \
  X(q3_k, 11, "Q3_K", 256, 110)                                                                    \
  X(q4_k, 12, "Q4_K", 256, 144)                                                                    \
  X(q5_k, 13, "Q5_K", 256, 176)                                                                    \
  X(q6_k, 14, "Q6_K", 256, 210)                                                                    \
  X(q8_k, 15, "Q8_K", 256, 292)                                                                    \
  X(iq4_nl, 20, "IQ4_NL", 32, 18)                                                                  \
  X(mxfp4, 39, "MXFP4", 32, 17)

#define X(name, number, text, values, bytes)                                                       \
  static bool many_##name(const uint8_t *in, int64_t n, void *out)                                 \
  {                                                                                                \
    for (int64_t i = 0; i < n; i++) name(in + i * (bytes), (float *)out + i * (values));           \
    return true;                                                                                   \
  }
EACH_BLOCK(X)
#undef X

#define NAME_(isa) Blocks_##isa
#define NAME(isa) NAME_(isa)
const GgufBlocks NAME(TH_ISA)[] = {
#define X(name, number, text, values, bytes) {number, {text, TH_FLOAT, values, bytes, 1, many_##name, "quantised", 0}},
    EACH_BLOCK(X)
#undef X
    {0, {NULL, TH_FLOAT, 0, 0, 0, NULL, NULL, 0}}};
