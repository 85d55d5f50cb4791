/* Copies between every pair of element types. Integers keep their low bits; floating to integer is
   TH_wholePart's rule. What is kept in 16 bits is converted by way of float. A Bool is whether a number is not 0, NaN
   included. */
#include "THLoops.h"
#include "THHalf.h"
#ifdef __F16C__
#include <immintrin.h>
#endif

/* How many of n elements the processor's own conversion of vectors has moved: floats to halves, the same bits as
   TH_float2half's. None of other types. */
static inline int64_t no_conversion(void *r, const void *x, int64_t n) { return (void)r, (void)x, (void)n, 0; }
#ifdef __F16C__
static inline int64_t floats_to_halves(void *r, const void *x, int64_t n)
{
  int64_t i = 0;
#ifdef __AVX512F__
  for (; i + 16 <= n; i += 16)
    _mm256_storeu_si256((__m256i *)((THHalf *)r + i),
                        _mm512_cvtps_ph(_mm512_loadu_ps((const float *)x + i), _MM_FROUND_TO_NEAREST_INT));
#endif
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128((__m128i *)((THHalf *)r + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps((const float *)x + i), _MM_FROUND_TO_NEAREST_INT));
  return i;
}
#else
#define floats_to_halves no_conversion
#endif
#define CONVERTED(r, x, n) \
  _Generic((r), THHalf *: _Generic((x), const float *: floats_to_halves, default: no_conversion), \
           default: no_conversion)(r, x, n)

/* A loop in which an element x of type From becomes CONVERT(From, x). */
#define DEFINE_COPY(name, TO, From, FROM, CONVERT) DEFINE_COPY_(name, TO, From, FROM, CONVERT) /* expands name */
#define DEFINE_COPY_(name, TO, From, FROM, CONVERT) \
  static void name(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    (void)arg, (void)stride; \
    TO *r = (TO *)base[0]; \
    const FROM *x = (const FROM *)base[1]; \
    for (int64_t i = CONVERTED(r, x, n); i < n; i++) r[i] = CONVERT(From, x[i]); \
  }

/* What an int can hold, a whole block of it, is converted by vectors. */
#define DEFINE_FITS(FROM) \
  static int fits_##FROM(const FROM *x, int64_t n) \
  { \
    int fits = 1; \
    for (int64_t i = 0; i < n; i++) \
      fits &= (x[i] > (FROM)-2147483648.0) & (x[i] < (FROM)2147483648.0); \
    return fits; \
  }
DEFINE_FITS(float)
DEFINE_FITS(double)

enum { BLOCK = 256 };
#define DEFINE_TRUNCATION(name, TO, From, FROM) DEFINE_TRUNCATION_(name, TO, From, FROM)
#define DEFINE_TRUNCATION_(name, TO, From, FROM) \
  static void name(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    (void)arg, (void)stride; \
    TO *r = (TO *)base[0]; \
    const FROM *x = (const FROM *)base[1]; \
    for (; n > 0; n -= BLOCK, r += BLOCK, x += BLOCK) { \
      int64_t count = n < BLOCK ? n : BLOCK; \
      if (fits_##FROM(x, count)) { \
        for (int64_t i = 0; i < count; i++) r[i] = (TO)(int)x[i]; \
      } else { \
        for (int64_t i = 0; i < count; i++) r[i] = (TO)TH_wholePart(x[i]); \
      } \
    } \
  }

/* Elements kept in 16 bits as floats, and back. */
#define LOAD_Half(x) TH_half2float(x)
#define STORE_Half(x) TH_float2half((float)(x))
#define LOAD_BFloat16(x) TH_bfloat2float(x)
#define STORE_BFloat16(x) TH_float2bfloat((float)(x))

#define TH_GENERIC_FILE "loops/generic/copy.c"
#include "THGenerateEveryType.h"

THLoop TH_ISA_(THLoops_copy)[TH_NTYPES][TH_NTYPES] = { /* [to][from] */
#define COPY_TABLE
#define TH_GENERIC_FILE "loops/generic/copy.c"
#include "THGenerateEveryType.h"
};
