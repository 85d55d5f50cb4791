#ifndef TH_MATH_NAMES_H
#define TH_MATH_NAMES_H
/* The scalar functions that expressions of the lists name: R_name is the one for the element type
   `real`, whose token is R (th_f32), by way of R_CONCAT. What is defined here, integer arithmetic
   above all, is shared by the loops and the GPU's kernels; exp, tanh and sigmoid are those of the
   includer (THMath.h, THC/kernels/THCMath.cuh), which may define TH_IPOW, too. */
#include <math.h>
#include <stdint.h>
#include "THTypes.h"

#ifndef TH_HOST_DEVICE
#define TH_HOST_DEVICE /* __host__ __device__ in a .cu file */
#endif
#ifndef TH_IPOW
#define TH_IPOW(x, y) TH_wholePart(pow((double)(x), (double)(y)))
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtype-limits" /* (T)-1 < 0 asks whether T is signed */

/* ---- integers: defined for every argument; division by zero is refused before a loop runs ---- */
#define TH_INTEGER_MATH(T, U) \
  static inline TH_HOST_DEVICE T idiv_##T(T x, T y) { return y == 0 ? 0 : (T)-1 < 0 && y == (T)-1 ? (T)(0 - (U)x) : (T)(x / y); } \
  static inline TH_HOST_DEVICE T imod_##T(T x, T y) { return y == 0 || ((T)-1 < 0 && y == (T)-1) ? 0 : (T)(x % y); } \
  static inline TH_HOST_DEVICE T iremainder_##T(T x, T y) \
  { \
    T m = imod_##T(x, y); /* sign of the divisor */ \
    return m != 0 && (m < 0) != (y < 0) ? (T)(m + y) : m; \
  } \
  static inline TH_HOST_DEVICE T lshift_##T(T x, T y) \
  { \
    return (uint64_t)y < 8 * sizeof(T) ? (T)((U)x << y) : 0; \
  } \
  static inline TH_HOST_DEVICE T rshift_##T(T x, T y) \
  { \
    return (uint64_t)y < 8 * sizeof(T) ? (T)((U)x >> y) : 0; \
  } \
  static inline TH_HOST_DEVICE T ipow_##T(T x, T y) { return (T)TH_IPOW(x, y); }

typedef unsigned char th_u8;
typedef signed char th_s8;
typedef short th_s16;
typedef int th_s32;
typedef int64_t th_s64;
typedef float th_f32;
typedef double th_f64;
TH_INTEGER_MATH(th_u8, unsigned char)
TH_INTEGER_MATH(th_s8, unsigned char)
TH_INTEGER_MATH(th_s16, unsigned short)
TH_INTEGER_MATH(th_s32, unsigned int)
TH_INTEGER_MATH(th_s64, uint64_t)

#pragma GCC diagnostic pop

/* ---- floating point ---- */
static inline TH_HOST_DEVICE double remainder_th_f64(double x, double y)
{
  return y == 0 ? NAN : x - y * floor(x / y);
}
static inline TH_HOST_DEVICE float remainder_th_f32(float x, float y)
{
  return y == 0 ? NAN : x - y * floorf(x / y);
}

/* F picks the C library's name. */
#define R_CONCAT_(f, T) f##_##T
#define R_CONCAT(f, T) R_CONCAT_(f, T)
#define R_idiv(x, y) R_CONCAT(idiv, R)((x), (y))
#define R_imod(x, y) R_CONCAT(imod, R)((x), (y))
#define R_iremainder(x, y) R_CONCAT(iremainder, R)((x), (y))
#define R_ipow(x, y) R_CONCAT(ipow, R)((x), (y))
#define R_lshift(x, y) R_CONCAT(lshift, R)((x), (y))
#define R_rshift(x, y) R_CONCAT(rshift, R)((x), (y))
#define R_remainder(x, y) R_CONCAT(remainder, R)((x), (y))

#define F_th_f32(name) name##f
#define F_th_f64(name) name
#define F_(R, name) F_##R(name)
#define F_EXPAND(R, name) F_(R, name)
#define R_fmod(x, y) F_EXPAND(R, fmod)((x), (y))
#define R_pow(x, y) R_CONCAT(pow, R)((x), (y))
#define R_atan2(x, y) F_EXPAND(R, atan2)((x), (y))
#define R_exp(x) R_CONCAT(exp, R)(x)
#define R_sigmoid(x) R_CONCAT(sigmoid, R)(x)
#define R_softplus(x) R_CONCAT(softplus, R)(x)
#define R_exp2(x) F_EXPAND(R, exp2)(x)
#define R_log(x) F_EXPAND(R, log)(x)
#define R_log1p(x) F_EXPAND(R, log1p)(x)
#define R_expm1(x) F_EXPAND(R, expm1)(x)
#define R_tanh(x) R_CONCAT(tanh, R)(x)
#define R_sin(x) F_EXPAND(R, sin)(x)
#define R_cos(x) F_EXPAND(R, cos)(x)
#define R_tan(x) F_EXPAND(R, tan)(x)
#define R_asin(x) F_EXPAND(R, asin)(x)
#define R_acos(x) F_EXPAND(R, acos)(x)
#define R_atan(x) F_EXPAND(R, atan)(x)
#define R_sinh(x) F_EXPAND(R, sinh)(x)
#define R_cosh(x) F_EXPAND(R, cosh)(x)
#define R_erf(x) F_EXPAND(R, erf)(x)
#define R_erf_near(x) R_CONCAT(erf_near, R)(x)
#define R_gelu_slope(x) R_CONCAT(gelu_slope, R)(x)
#define R_lgamma(x) F_EXPAND(R, lgamma)(x)
#define R_sqrt(x) F_EXPAND(R, sqrt)(x)
#define R_fabs(x) F_EXPAND(R, fabs)(x)
#define R_floor(x) F_EXPAND(R, floor)(x)
#define R_ceil(x) F_EXPAND(R, ceil)(x)
#define R_round(x) F_EXPAND(R, round)(x)
#define R_trunc(x) F_EXPAND(R, trunc)(x)

#endif
