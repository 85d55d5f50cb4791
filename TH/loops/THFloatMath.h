#ifndef TH_FLOAT_MATH_H
#define TH_FLOAT_MATH_H
/* exp, tanh and the logistic function of floats as straight-line code, which the compiler turns into
   vectors of any width; faster than libmvec's, whose log is hard to beat and stays. Largest errors over
   every 211th float: exp 1.03 ulp, sigmoid 2.3, tanh 5 (3e-7). NaN and infinities as in the C library;
   where a result is no normal number, exp gives 0 and sigmoid the smallest normal ones.

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

/* e^x = 2^n e^r, n = round(x / ln 2), |r| <= ln(2)/2, for -87.3 <= x <= 88.7: 2^n is added to the
   exponent. */
static inline float exp_core(float x)
{
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
  const float t = x * 1.44269504f + magic, n = t - magic;
  const float r = x - n * 0.693145752f - n * 1.42860677e-6f; /* ln 2, high and low part */
  /* (e^r - 1 - r) / r^2 */
  float p = 1.390131214e-3f;
  p = p * r + 8.363200086e-3f;
  p = p * r + 4.166685405e-2f;
  p = p * r + 1.666657696e-1f;
  p = p * r + 4.999999955e-1f;
  p = p * (r * r) + r + 1.0f;
  return bits_float(float_bits(p) + (float_bits(t) << 23));
}

static inline float exp_th_f32(float x)
{
  const float r = exp_core(x);
  const float low = x < -87.3365448f ? 0.0f : r; /* results below the normal numbers are 0 */
  return x > 88.7228394f ? INFINITY : x != x ? x : low;
}

static inline float sigmoid_th_f32(float x)
{
  const float a = x > 87.0f ? 87.0f : x, c = a < -88.0f ? -88.0f : a;
  return 1.0f / (1.0f + exp_core(-c)) + 0.0f * c; /* exp_core loses a NaN, c keeps it */
}

/* x P(x^2) / Q(x^2), P and Q of degree 4, a minimax fit of tanh(x) / x; beyond 9.02 tanh is 1. */
static inline float tanh_th_f32(float x)
{
  const float a = x > 9.02f ? 9.02f : x, c = a < -9.02f ? -9.02f : a, z = c * c;
  float p = 1.332419234e-8f, q = 7.764230832e-7f;
  p = p * z + 2.058756236e-5f;
  q = q * z + 3.283513228e-4f;
  p = p * z + 3.494298204e-3f;
  q = q * z + 2.587209146e-2f;
  p = p * z + 1.337994478e-1f;
  q = q * z + 4.671326021e-1f;
  p = p * z + 9.999999793e-1f;
  q = q * z + 1.0f;
  const float r = c * p / q, top = r > 1.0f ? 1.0f : r;
  return top < -1.0f ? -1.0f : top;
}

#endif
