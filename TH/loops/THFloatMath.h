#ifndef TH_FLOAT_MATH_H
#define TH_FLOAT_MATH_H
/* exp, pow, tanh, the logistic function and log(1 + e^x) of floats as straight-line code, which the compiler turns into
   vectors of any width, and log of sixteen; faster than libmvec's. Special values as in the C library; errors are measured by
   test/lua/test_accuracy.lua.

   The polynomials are minimax fits (Remez exchange; for tanh, Lawson's weighted least squares) of the
   functions named beside them. */
#include <stdint.h>
#include <math.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

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

static inline uint64_t double_bits(double x)
{
  union {
    double f;
    uint64_t u;
  } v = {x};
  return v.u;
}
static inline double bits_double(uint64_t u)
{
  union {
    uint64_t u;
    double f;
  } v = {.u = u};
  return v.f;
}

/* a * b + c, fused where the instruction set has it: the loops are compiled without contraction. */
static inline float muladd(float a, float b, float c)
{
#ifdef __FMA__
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

static inline double muladd_double(double a, double b, double c)
{
#ifdef __FMA__
  return __builtin_fma(a, b, c);
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

/* e^x = 2^n e^r, n = round(x / ln 2), |r| <= ln(2)/2: e^r, and n in the low nine bits of *bits. */
static inline float exp_parts(float x, uint32_t *bits)
{
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
  const float t = muladd(x, 1.44269504f, magic), n = t - magic;
  *bits = float_bits(t);
  /* ln 2, high and low part */
  const float r = muladd(n, -1.42860677e-6f, muladd(n, -0.693145752f, x));
  /* (e^r - 1 - r) / r^2 */
  float p = 1.390131214e-3f;
  p = muladd(p, r, 8.363200086e-3f);
  p = muladd(p, r, 4.166685405e-2f);
  p = muladd(p, r, 1.666657696e-1f);
  p = muladd(p, r, 4.999999955e-1f);
  return muladd(p, r * r, r) + 1.0f;
}

/* 2^n, n in the low nine bits. */
static inline float power_of_2(uint32_t n) { return bits_float((n << 23) + 0x3f800000); }

/* 2^n is multiplied in as two normal numbers, so that results below the normal ones and above the largest come out as such.
   From n = -253 on the first of them is 0 itself: of an infinity 0 comes out as fast as any number, where rounding what is
   too small takes an Intel CPU a hundred times as long. */
static inline float exp_th_f32(float x)
{
  uint32_t n;
  const float p = exp_parts(limited(x, 176.06f), &n); /* 254 ln 2 */
  const uint32_t half = n >> 1;
  return p * power_of_2(half) * power_of_2(n - half);
}

/* The same value in half the steps where it is a normal number, as it is of |x| < 87: n is added to the exponent. */
static inline float exp_short(float x)
{
  uint32_t n;
  const float p = exp_parts(x, &n);
  return bits_float(float_bits(p) + (n << 23));
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

#ifdef __AVX512F__
/* log x = k ln 2 - log c + log(1 + f), x = 2^k m, m from 1 to 2, f = m c - 1: c, near 1 / m, is of a table of sixteen, so that f
   is from -1/32 to 1/16, and a minimax fit of (log(1 + f) - f) / f^2 has four terms. At the ends of the table c is 1 and 1/2:
   near x = 1 only f is left. The other c are those beside the middle of their sixteenth whose logarithm, and it less ln 2, is a
   float to a twentieth of an ulp. The exponent is as good as the result where x is 0 or infinite, m where x is none or below
   0. Within 1.6 ulp, in a third of the time of libmvec's. */
static inline __m512 log_sixteen(__m512 x)
{
  const __m512 c = _mm512_setr_ps(1, 0.914245963f, 0.864738226f, 0.820640206f, 0.780327737f, 0.744278312f, 0.710955679f, 0.680791497f,
                                  0.653207541f, 0.627487898f, 0.603628039f, 0.58199662f, 0.561491609f, 0.542437077f, 0.524609268f, 0.5f);
  const __m512 minus_log_c = _mm512_setr_ps(0, 0.0896556377f, 0.145328447f, 0.197670504f, 0.248041272f, 0.29534024f, 0.341145188f,
                                            0.384499192f, 0.425860375f, 0.466030896f, 0.504797101f, 0.541290641f, 0.577158451f,
                                            0.61168319f, 0.645101547f, 0.693147182f);
  const __m512 k = _mm512_getexp_ps(x), m = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
  const __m512i sixteenth = _mm512_srli_epi32(_mm512_castps_si512(m), 19); /* in its low four bits */
  const __m512 f = _mm512_fmsub_ps(m, _mm512_permutexvar_ps(sixteenth, c), _mm512_set1_ps(1));
  __m512 p = _mm512_set1_ps(0.188460358f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-0.250061043f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.333344528f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-0.5f));
  p = _mm512_fmadd_ps(p, _mm512_mul_ps(f, f), f);
  return _mm512_add_ps(_mm512_fmadd_ps(k, _mm512_set1_ps(0.693147182f), _mm512_permutexvar_ps(sixteenth, minus_log_c)), p);
}
#endif

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

/* The derivative of x times the normal distribution's probability of less than x, 1/2 + x P(x^2) / Q(x^2), P and Q of degrees
   6 and 7, a minimax fit; beyond 6 it is 0 or 1. Within 2.5e-7 of it. */
static inline float gelu_slope_th_f32(float x)
{
  const float a = fabsf(x), c = 6 < a ? 6 : a, z = c * c;
  float p = 1.704629504e-8f, q = 1.314767295e-9f;
  p = muladd(p, z, 9.225212239e-7f);
  q = muladd(q, z, 3.389763208e-7f);
  p = muladd(p, z, 3.409189230e-5f);
  q = muladd(q, z, 1.030768635e-5f);
  p = muladd(p, z, 2.027280862e-4f);
  q = muladd(q, z, 2.453233465e-4f);
  p = muladd(p, z, 1.385734696e-2f);
  q = muladd(q, z, 3.971498925e-3f);
  p = muladd(p, z, -2.237143368e-2f);
  q = muladd(q, z, 4.413352534e-2f);
  p = muladd(p, z, 7.978845239e-1f);
  q = muladd(q, z, 3.052945137e-1f);
  q = muladd(q, z, 1.0f);
  return 0.5f + copysignf(c * p / q, x);
}

/* |x|^y = 2^(y log2 |x|) in doubles, whose rounding floats do not see: |x| = 2^k m, m from sqrt(1/2) to sqrt(2), log2 m and
   2^f, |f| <= 1/2, by minimax fits of log2(1 + r) / r and 2^f. Then what the C library says of signs, 0, 1, infinities and
   NaN. */
static inline float pow_th_f32(float x, float y)
{
  const double a = fabs((double)x);
  const uint64_t above = double_bits(a) + 0x00095f619980c433, exponent = above & 0xfff0000000000000; /* steps at sqrt(1/2) */
  const double r = bits_double(double_bits(a) - exponent + 0x3ff0000000000000) - 1;
  const double k = bits_double(above >> 52 | 0x4330000000000000) - 4503599627371519.0; /* 2^52 + 1023 */
  double p = 0.07737057300120508;
  p = muladd_double(p, r, -0.14283946138063683);
  p = muladd_double(p, r, 0.14474841282830292);
  p = muladd_double(p, r, -0.14315642312769006);
  p = muladd_double(p, r, 0.15876980176856867);
  p = muladd_double(p, r, -0.18030060509102883);
  p = muladd_double(p, r, 0.20617535972205528);
  p = muladd_double(p, r, -0.24045316542626768);
  p = muladd_double(p, r, 0.28853729345720885);
  p = muladd_double(p, r, -0.3606736748309437);
  p = muladd_double(p, r, 0.4808983613956833);
  p = muladd_double(p, r, -0.7213475208687412);
  p = muladd_double(p, r, 1.442695040868705);
  const double log = fabs(k) > 200 ? k * INFINITY : muladd_double(p, r, k); /* of 0 and infinity */
  const double e = y * log, c = fabs(e) < 200 ? e : copysign(200, e);
  const double magic = 6755399441055744.0, t = c + magic, f = c - (t - magic); /* 1.5 * 2^52 */
  double q = 0.00015345812002637798;
  q = muladd_double(q, f, 0.0013399931219330154);
  q = muladd_double(q, f, 0.009618488957115874);
  q = muladd_double(q, f, 0.05550328776964762);
  q = muladd_double(q, f, 0.24022646890634083);
  q = muladd_double(q, f, 0.6931472057372681);
  q = muladd_double(q, f, 1.0000000005541665);
  const float power = (float)bits_double(double_bits(q) + (double_bits(t) << 52));
  /* masks, for of what is said with ? the compiler makes branches */
  const uint32_t one = -(uint32_t)((y == 0) | (x == 1) | ((x == -1) & (fabsf(y) == INFINITY)));
  const float near = bits_float(float_bits(y) & -(uint32_t)(fabsf(y) < 16777216.0f)); /* what is larger is even */
  const int32_t n = (int32_t)near;
  const uint32_t whole = -(uint32_t)((float)n == near), odd = float_bits(x) & (uint32_t)n << 31 & whole;
  const uint32_t none = (-(uint32_t)((x < 0) & (x != -INFINITY)) & ~whole) | -(uint32_t)((x != x) | (y != y));
  return bits_float((one & 0x3f800000) | (~one & (float_bits(power) | odd | (none & 0x7fc00000))));
}

#endif
