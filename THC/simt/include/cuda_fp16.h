#ifndef THC_SIMT_CUDA_FP16_H
#define THC_SIMT_CUDA_FP16_H
/* Half precision: storage and conversions only. Conversions are TH's: to nearest, ties to even. */
#include "cuda_runtime.h"
#include "THHalf.h"

struct __half {
  unsigned short thc_bits;
};
typedef __half half;

inline float __half2float(__half h) { return TH_half2float(THHalf{h.thc_bits}); }
inline __half __float2half(float f) { return {TH_float2half(f).x}; }
inline __half __float2half_rn(float f) { return __float2half(f); }
inline unsigned short __half_as_ushort(__half h) { return h.thc_bits; }
inline __half __ushort_as_half(unsigned short bits) { return {bits}; }

#endif
