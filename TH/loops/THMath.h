#ifndef TH_MATH_H
#define TH_MATH_H
/* Scalar functions of the loops. Float and double versions of the C library are declared as having
   vector forms (glibc's libmvec), so the compiler vectorises plain loops over them; errors are below
   4 ulp. The vector form of a function rounds differently from the scalar one, so a loop that calls
   one runs over whole vectors only, the last one padded: then an element's value does not depend on
   its place. TH_WHOLE elements are a multiple of every vector. */
#include <math.h>
#include <stdint.h>
#include "THFloatMath.h"

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && \
  (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)
#define TH_SIMD __attribute__((simd("notinbranch")))
#define TH_VECTOR1(name) \
  TH_SIMD extern double name(double) __attribute__((const)); \
  TH_SIMD extern float name##f(float) __attribute__((const));
#define TH_VECTOR2(name) \
  TH_SIMD extern double name(double, double) __attribute__((const)); \
  TH_SIMD extern float name##f(float, float) __attribute__((const));
TH_VECTOR1(exp) TH_VECTOR1(log) TH_VECTOR1(log1p) TH_VECTOR1(expm1) TH_VECTOR1(sin) TH_VECTOR1(cos) TH_VECTOR1(tan)
TH_VECTOR1(asin) TH_VECTOR1(acos) TH_VECTOR1(atan) TH_VECTOR1(sinh) TH_VECTOR1(cosh)
TH_VECTOR1(tanh) TH_VECTOR1(erf) TH_VECTOR1(exp2) TH_VECTOR2(pow) TH_VECTOR2(atan2)
#endif

#include "THMathNames.h"

#define TH_WHOLE(real) ((int64_t)(64 / sizeof(real)))
#define TH_PADDING 0.5 /* an argument that no function finds special */
/* On a function that is to exist once: two copies might round differently. */
#ifdef __clang__
#define TH_ONE_COPY __attribute__((noinline))
#else
#define TH_ONE_COPY __attribute__((noinline, noclone))
#endif

/* ---- floating point ---- */
static inline double exp_th_f64(double x) { return exp(x); }
static inline double pow_th_f64(double x, double y) { return pow(x, y); }
static inline double tanh_th_f64(double x) { return tanh(x); }
static inline double erf_near_th_f64(double x) { return erf(x); }
static inline double gelu_slope_th_f64(double x)
{
  const double c = x > 40 ? 40 : x < -40 ? -40 : x; /* beyond, the density is 0; x may be infinite */
  return 0.5 * (1 + erf(c * 0.70710678118654752440)) + c * exp(-0.5 * c * c) * 0.39894228040143267794;
}
static inline double softplus_th_f64(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static inline double sigmoid_th_f64(double x)
{
  const double e = exp(-fabs(x)); /* cannot overflow */
  return (x < 0 ? e : 1) / (1 + e);
}

#endif
