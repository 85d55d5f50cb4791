#ifndef TH_HALF_H
#define TH_HALF_H
/* Half precision: conversions, round to nearest even. Inline, and exported by the library as well
   (THHalf.c). */
#include "THTypes.h"

#ifdef __cplusplus
#define TH_HALF_API extern "C" inline
#else
#define TH_HALF_API inline __attribute__((visibility("default")))
#endif

#define TH_HALF_ZERO 0x0U
#define TH_HALF_INF 0x7C00U

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
  return (THHalf){(unsigned short)(sign | bits)};
}

TH_HALF_API void TH_float2halfbits(float *f, unsigned short *h) { *h = TH_float2half(*f).x; }
TH_HALF_API void TH_halfbits2float(unsigned short *h, float *f)
{
  *f = TH_half2float((THHalf){*h});
}
#endif
