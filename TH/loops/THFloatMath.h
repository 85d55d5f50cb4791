#ifndef TH_FLOAT_MATH_H
#define TH_FLOAT_MATH_H
/* exp, tanh, the logistic function and log(1 + e^x) of floats as straight-line code, which the compiler turns into
   vectors of any width; faster than libmvec's, whose log is hard to beat and stays. Special values as in
   the C library; errors are measured by test/lua/test_accuracy.lua.

   The polynomials are minimax fits (Remez exchange; for tanh, Lawson's weighted least squares) of the
   functions named beside them. */
#include <stdint.h>
#include <math.h>

static inline uint32_t float_bits(float x)
{
  union {
    float f;
    uint32_t u;
  } v = {x};
  return v.u;
}
static inline float bits_float(uint32_t u)
{
  union {
    uint32_t u;
    float f;
  } v = {u};
  return v.f;
}

static inline float power_of_2(int32_t n) { return bits_float((uint32_t)(n + 127) << 23); }

/* a * b + c, fused where the instruction set has it: the loops are compiled without contraction. */
static inline float muladd(float a, float b, float c)
{
#ifdef __FMA__
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/* x, but no further from 0 than `most`; NaN stays. One minimum of magnitudes: two comparisons would become branches of each
   other, which take four times as long in vectors. */
static inline float limited(float x, float most)
{
  const float a = fabsf(x);
  return copysignf(most < a ? most : a, x);
}

/* e^x = 2^n e^r, n = round(x / ln 2), |r| <= ln(2)/2. 2^n is multiplied in as two normal numbers, so that
   results below the normal ones and above the largest come out as such. */
static inline float exp_th_f32(float x)
{
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
  const float c = limited(x, 104.0f);
  const float t = muladd(c, 1.44269504f, magic), n = t - magic;
  /* ln 2, high and low part */
  const float r = muladd(n, -1.42860677e-6f, muladd(n, -0.693145752f, c));
  /* (e^r - 1 - r) / r^2 */
  float p = 1.390131214e-3f;
  p = muladd(p, r, 8.363200086e-3f);
  p = muladd(p, r, 4.166685405e-2f);
  p = muladd(p, r, 1.666657696e-1f);
  p = muladd(p, r, 4.999999955e-1f);
  p = muladd(p, r * r, r) + 1.0f;
  const int32_t k = (int32_t)float_bits(t) - 0x4b400000, half = k >> 1; /* k = n */
  return p * power_of_2(half) * power_of_2(k - half);
}

/* e^-|x| cannot overflow. */
static inline float sigmoid_th_f32(float x)
{
  const float e = exp_th_f32(-fabsf(x));
  return (x < 0 ? e : 1.0f) / (1.0f + e);
}

/* log(1 + e^x), without overflow: what is above 0 of x, and log(1 + u) for u = e^-|x|, by a minimax fit of log(1 + u) / u
   on [0, 1]. Within 3 ulp. */
static inline float softplus_th_f32(float x)
{
  const float u = exp_th_f32(-fabsf(x));
  float p = 2.030218951e-3f;
  p = muladd(p, u, -1.340741292e-2f);
  p = muladd(p, u, 4.147796333e-2f);
  p = muladd(p, u, -8.244141936e-2f);
  p = muladd(p, u, 1.241841018e-1f);
  p = muladd(p, u, -1.610567868e-1f);
  p = muladd(p, u, 1.989074349e-1f);
  p = muladd(p, u, -2.498726994e-1f);
  p = muladd(p, u, 3.333255947e-1f);
  p = muladd(p, u, -4.999998212e-1f);
  return (x > 0 ? x : 0.0f) + muladd(p, u * u, u);
}

/* x P(x^2) / Q(x^2), P and Q of degree 4, a minimax fit of tanh(x) / x; beyond 9.02 tanh is 1. */
static inline float tanh_th_f32(float x)
{
  const float a = fabsf(x), c = 9.02f < a ? 9.02f : a, z = c * c;
  float p = 1.332419234e-8f, q = 7.764230832e-7f;
  p = muladd(p, z, 2.058756236e-5f);
  q = muladd(q, z, 3.283513228e-4f);
  p = muladd(p, z, 3.494298204e-3f);
  q = muladd(q, z, 2.587209146e-2f);
  p = muladd(p, z, 1.337994478e-1f);
  q = muladd(q, z, 4.671326021e-1f);
  p = muladd(p, z, 9.999999793e-1f);
  q = muladd(q, z, 1.0f);
  const float r = c * p / q;
  return copysignf(1.0f < r ? 1.0f : r, x);
}

/* erf as x P(x^2) / Q(x^2), P and Q of degree 5, a minimax fit of erf(x) / x; beyond 3.93 erf is 1. Within 3e-7 of erf and
   5 ulp, in half the time of libmvec's: for what adds 1 to it. */
static inline float erf_near_th_f32(float x)
{
  const float a = fabsf(x), c = 3.93f < a ? 3.93f : a, z = c * c;
  float p = 2.041957207e-6f, q = 3.800272324e-5f;
  p = muladd(p, z, 2.847853917e-4f);
  q = muladd(q, z, 1.165041933e-3f);
  p = muladd(p, z, 3.778971895e-3f);
  q = muladd(q, z, 1.499616189e-2f);
  p = muladd(p, z, 5.278827352e-2f);
  q = muladd(q, z, 1.142517124e-1f);
  p = muladd(p, z, 1.907702423e-1f);
  q = muladd(q, z, 5.023984481e-1f);
  p = muladd(p, z, 1.128379146f);
  q = muladd(q, z, 1.0f);
  const float r = c * p / q;
  return copysignf(1.0f < r ? 1.0f : r, x);
}

#endif
