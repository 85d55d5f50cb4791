#ifndef THC_MATH_CUH
#define THC_MATH_CUH
/* Element types as kernels see them, and the scalar functions of the expression lists.

   Elements are loaded as what expressions compute with: themselves, but for Half, which computes as
   float and is rounded once, when stored. The functions are CUDA's, at full accuracy (at most a few
   ulp; never compile with fast-math); integer arithmetic is the CPU's own (THMathNames.h). */
#include <cuda_fp16.h>
#include <math.h>
#include <stdint.h>
#include "THTypes.h"

#define TH_HOST_DEVICE __host__ __device__
#define TH_IPOW(x, y) THC_ipow(x, y)

/* TH_wholePart (THTypes.h) for both sides. */
static inline TH_HOST_DEVICE int64_t THC_wholePart(double v)
{
  if (v >= -9223372036854775808.0 && v < 9223372036854775808.0) return (int64_t)v;
  return v > 0 ? INT64_MAX : v < 0 ? INT64_MIN : 0;
}

/* What pow on doubles gives when it rounds correctly, truncated to an integer. Exact powers must not
   come out a bit below, hence by multiplication; pow only tells whether that fits. */
static inline TH_HOST_DEVICE int64_t THC_ipow(int64_t x, int64_t y)
{
  const int64_t sign = x < 0 && (y & 1) ? -1 : 1;
  if (y < 0) return x == 0 ? INT64_MAX : x == 1 || x == -1 ? sign : 0;
  if (pow(fabs((double)x), (double)y) > 0x1p63 * 1.5) return sign < 0 ? INT64_MIN : INT64_MAX;
  uint64_t result = 1, power = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
  for (uint64_t rest = (uint64_t)y; rest && power > 1; rest >>= 1, power *= power)
    if (rest & 1) result *= power;
  if (y != 0 && x == 0) return 0;
  return THC_wholePart((double)sign * (double)result);
}

/* Expressions ask x < 0 of unsigned types and x != x of integers, too. */
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wtautological-compare"
#ifdef __NVCC__
#pragma nv_diag_suppress 186
#endif
#include "loops/THMathNames.h"

static inline TH_HOST_DEVICE float exp_th_f32(float x) { return expf(x); }
static inline TH_HOST_DEVICE double exp_th_f64(double x) { return exp(x); }
static inline TH_HOST_DEVICE float pow_th_f32(float x, float y) { return powf(x, y); }
static inline TH_HOST_DEVICE double pow_th_f64(double x, double y) { return pow(x, y); }
static inline TH_HOST_DEVICE float tanh_th_f32(float x) { return tanhf(x); }
static inline TH_HOST_DEVICE double tanh_th_f64(double x) { return tanh(x); }
static inline TH_HOST_DEVICE float sigmoid_th_f32(float x) { return 1 / (1 + expf(-x)); }
static inline TH_HOST_DEVICE double sigmoid_th_f64(double x) { return 1 / (1 + exp(-x)); }
static inline TH_HOST_DEVICE float softplus_th_f32(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }
static inline TH_HOST_DEVICE double softplus_th_f64(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static inline TH_HOST_DEVICE float erf_near_th_f32(float x) { return erff(x); }
static inline TH_HOST_DEVICE double erf_near_th_f64(double x) { return erf(x); }
static inline TH_HOST_DEVICE float gelu_slope_th_f32(float x)
{
  const float c = x > 15 ? 15 : x < -15 ? -15 : x;
  return 0.5f * (1 + erff(c * 0.70710678f)) + c * expf(-0.5f * c * c) * 0.39894228f;
}
static inline TH_HOST_DEVICE double gelu_slope_th_f64(double x)
{
  const double c = x > 40 ? 40 : x < -40 ? -40 : x; /* beyond, the density is 0 */
  return 0.5 * (1 + erf(c * 0.70710678118654752440)) + c * exp(-0.5 * c * c) * 0.39894228040143267794;
}

/* ---- loads and stores ---- */

template <class T> inline TH_HOST_DEVICE T THC_load(T v) { return v; }
inline TH_HOST_DEVICE float THC_load(THHalf v) { return __half2float(__ushort_as_half(v.x)); }

/* V rounded to T */
template <class T> struct THCStore {
  template <class V> static inline TH_HOST_DEVICE T from(V v) { return (T)v; }
};
template <> struct THCStore<THHalf> {
  template <class V> static inline TH_HOST_DEVICE THHalf from(V v)
  {
    return THHalf{__half_as_ushort(__float2half_rn((float)v))};
  }
};

/* What expressions compute with, and what they add up in. */
template <class T> struct THCReal {
  typedef T type;
  typedef int64_t accumulator;
  static constexpr bool floating = false;
};
template <class T> struct THCFloating {
  typedef T type;
  typedef double accumulator;
  static constexpr bool floating = true;
};
template <> struct THCReal<float> : THCFloating<float> {};
template <> struct THCReal<double> : THCFloating<double> {};
template <> struct THCReal<THHalf> : THCFloating<float> {};

/* The conversion of copies (TH/loops/copy.c). */
template <class To, class From> __device__ To THC_convert(From v)
{
  if constexpr (THCReal<To>::floating || !THCReal<From>::floating) return THCStore<To>::from(THC_load(v));
  else return (To)THC_wholePart((double)THC_load(v));
}

/* 2 to 16 bytes of neighbouring elements, moved at once; aligned to their size. */
template <class T, int N> struct alignas(sizeof(T) * N) THCPack {
  T at[N];
};

#endif
