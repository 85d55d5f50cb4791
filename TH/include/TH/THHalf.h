#ifndef TH_HALF_H
#define TH_HALF_H
/* Elements of 16 bits: conversions, round to nearest even, NaN stays NaN. Inline, and exported by the library as well
   (THHalf.c). */
#include "THTypes.h"

#ifdef __cplusplus
#define TH_HALF_API extern "C" inline
#else
#define TH_HALF_API inline __attribute__((visibility("default")))
#endif

#define TH_HALF_ZERO 0x0U
#define TH_HALF_INF 0x7C00U
#define TH_BFLOAT16_ZERO 0x0U
#define TH_BFLOAT16_INF 0x7F80U

TH_HALF_API float TH_half2float(THHalf h)
{
  uint32_t sign = (uint32_t)(h.x & 0x8000) << 16, magnitude = h.x & 0x7FFF;
  union {
    uint32_t u;
    float f;
  } v;
  if (magnitude >= 0x7C00) { /* inf, NaN */
    v.u = 0x7F800000 | (magnitude & 0x3FF) << 13;
  } else { /* the exponent is rebased by a multiplication, which also normalises subnormals */
    v.u = magnitude << 13;
    v.f *= 0x1p112f;
  }
  v.u |= sign;
  return v.f;
}

TH_HALF_API THHalf TH_float2half(float f)
{
  union {
    float f;
    uint32_t u;
  } v;
  v.f = f;
  uint32_t sign = v.u >> 16 & 0x8000;
  v.u &= 0x7FFFFFFF;
  uint32_t bits;
  if (v.u > 0x7F800000) {
    bits = 0x7E00 | (v.u >> 13 & 0x1FF); /* NaN stays NaN */
  } else if (v.u >= 0x477FF000) {
    bits = 0x7C00;               /* 65520 and above round to infinity */
  } else if (v.u < 0x38800000) { /* subnormal result: let the adder round */
    v.f += 0.5f;
    bits = v.u - 0x3F000000;
  } else {
    bits = (v.u - 0x38000000 + 0xFFF + (v.u >> 13 & 1)) >> 13;
  }
  const THHalf h = {(unsigned short)(sign | bits)};
  return h;
}

TH_HALF_API void TH_float2halfbits(float *f, unsigned short *h) { *h = TH_float2half(*f).x; }
TH_HALF_API void TH_halfbits2float(unsigned short *h, float *f)
{
  const THHalf value = {*h};
  *f = TH_half2float(value);
}

TH_HALF_API float TH_bfloat2float(THBFloat16 b)
{
  union {
    uint32_t u;
    float f;
  } v;
  v.u = (uint32_t)b.x << 16;
  return v.f;
}

TH_HALF_API THBFloat16 TH_float2bfloat(float f)
{
  union {
    float f;
    uint32_t u;
  } v;
  v.f = f;
  const uint32_t nan = (v.u & 0x7FFFFFFF) > 0x7F800000, even = v.u >> 16 & 1;
  const uint32_t bits = nan ? v.u >> 16 | 0x40 : (v.u + 0x7FFF + even) >> 16; /* beyond the largest: infinity */
  const THBFloat16 b = {(unsigned short)bits};
  return b;
}
#endif
