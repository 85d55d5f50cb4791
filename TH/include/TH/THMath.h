#ifndef TH_MATH_H
#define TH_MATH_H
/* Functions of one number that tensors have as operations: TH_sigmoid of a double, TH_sigmoidf of a float. */
#include <math.h>

static inline double TH_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static inline double TH_frac(double x) { return x - trunc(x); }
static inline double TH_rsqrt(double x) { return 1 / sqrt(x); }
static inline double TH_lerp(double a, double b, double weight) { return a + weight * (b - a); }

static inline float TH_sigmoidf(float x) { return 1 / (1 + expf(-x)); }
static inline float TH_fracf(float x) { return x - truncf(x); }
static inline float TH_rsqrtf(float x) { return 1 / sqrtf(x); }
static inline float TH_lerpf(float a, float b, float weight) { return a + weight * (b - a); }

#endif
