#ifndef THC_DEVICE_CUH
#define THC_DEVICE_CUH
/* What kernels need beside their elements, and nothing of the host: NVRTC reads this file, too (THCFuse.cuh). */
#include <cuda_runtime.h>
#include <stdint.h>

constexpr int THC_BLOCK = 256; /* threads */

#if defined(__NVCC__) || defined(__CUDACC_RTC__)
#define THC_UNROLL _Pragma("unroll")
#define THC_ROLLED _Pragma("unroll 1") /* less code, sooner compiled */
#else
#define THC_UNROLL
#define THC_ROLLED
#endif

/* n / divisor for n < 2^31 (Granlund, Montgomery, "Division by invariant integers using
   multiplication", 1994). */
struct THCDivider {
  uint32_t divisor, magic, shift;

  explicit THCDivider(uint32_t d) : divisor(d), shift(0)
  {
    while ((uint64_t)1 << shift < d) shift++;
    magic = (uint32_t)((((uint64_t)1 << 32) * (((uint64_t)1 << shift) - d)) / d + 1);
  }
  THCDivider() = default;
  __device__ uint32_t divide(uint32_t n) const { return (__umulhi(n, magic) + n) >> shift; }
};

#endif
