#pragma once
struct __half {
  unsigned short x;
};
__device__ inline __half __ushort_as_half(unsigned short v) { return {v}; }
__device__ inline unsigned short __half_as_ushort(__half v) { return v.x; }
__device__ inline float __half2float(__half v)
{
  float r;
  asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(v.x));
  return r;
}
__device__ inline __half __float2half_rn(float v)
{
  __half r;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r.x) : "f"(v));
  return r;
}
