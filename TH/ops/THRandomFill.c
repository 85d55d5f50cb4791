/* Loops over blocks of draws. Compiled without contraction, so that all instruction sets round
   alike; the vector forms of log, sin and so on stay within 4 ulp of the C library's. They run over whole
   vectors, padded at the end, so that a number does not depend on how many are drawn at once. */
#include "THRandomFill.h"
#include "loops/THMath.h"

static const double WORD = 1.0 / 4294967296.0;
static const double PI = 3.14159265358979323846;

static inline unsigned long twist(unsigned long far, unsigned long u, unsigned long v)
{
  unsigned long y = (u & 0x80000000UL) | (v & 0x7fffffffUL);
  return far ^ y >> 1 ^ (-(v & 1UL) & 0x9908b0dfUL);
}

/* Word j needs j + 1 (still old) and j + 397 modulo 624 (old below 227, new from there on). */
TH_KERNEL void THRandom_twist(unsigned long *state)
{
  enum { SPLIT = TH_MT_N - TH_MT_M };
  for (int j = 0; j < SPLIT; j++) state[j] = twist(state[j + TH_MT_M], state[j], state[j + 1]);
  for (int j = SPLIT; j < 2 * SPLIT; j++) /* in pieces that read nothing they write */
    state[j] = twist(state[j - SPLIT], state[j], state[j + 1]);
  for (int j = 2 * SPLIT; j < TH_MT_N - 1; j++)
    state[j] = twist(state[j - SPLIT], state[j], state[j + 1]);
  state[TH_MT_N - 1] = twist(state[TH_MT_M - 1], state[TH_MT_N - 1], state[0]);
}

TH_KERNEL static void temper(uint32_t *restrict out, const unsigned long *restrict state, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    uint32_t y = (uint32_t)state[i];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680U;
    y ^= y << 15 & 0xefc60000U;
    out[i] = y ^ y >> 18;
  }
}

void THRandom_words(THGenerator *gen, uint32_t *out, int64_t n)
{
  while (n > 0) {
    if (gen->left == 1) { /* as the draw that finds nothing left: it counts itself off later */
      THRandom_nextState(gen);
      gen->left++;
    }
    int64_t m = THMin(n, (int64_t)gen->left - 1);
    temper(out, gen->state + gen->next, m);
    gen->next += (unsigned long)m;
    gen->left -= (int)m;
    out += m;
    n -= m;
  }
}

/* ---- distributions: words in, numbers out ---- */

TH_KERNEL static void uniform(double *restrict out, const uint32_t *restrict w, int64_t n, double a,
                              double width, double most)
{
  for (int64_t i = 0; i < n; i++) {
    double v = w[i] * WORD * width + a;
    out[i] = v < most ? v : most;
  }
}

/* The same where b - a overflows. */
TH_KERNEL static void spread(double *restrict out, const uint32_t *restrict w, int64_t n, double a,
                             double b, double most)
{
  for (int64_t i = 0; i < n; i++) {
    double v = THRandom_between(a, b, w[i] * WORD);
    out[i] = v < most ? v : most;
  }
}

TH_KERNEL static void keep_above(double *x, int64_t n, double limit)
{
  for (int64_t i = 0; i < n; i++) x[i] = x[i] > limit ? x[i] : limit;
}

/* n, and the whole vectors that hold n elements. */
#define WHOLE(n) (((n) + TH_WHOLE(double) - 1) / TH_WHOLE(double) * TH_WHOLE(double))

static inline void pad(double *x, int64_t n)
{
  for (int64_t i = n; i < WHOLE(n); i++) x[i] = TH_PADDING;
}

/* sin and cos have loops of their own: together the compiler would make them one sincos call, which
   has no vector form. */
TH_KERNEL static void box_muller(double *restrict out, const uint32_t *restrict w, int64_t pairs,
                                 double mean, double stdv)
{
  enum { PAIRS = TH_RANDOM_BLOCK / 2 };
  double theta[PAIRS], rho[PAIRS], cosine[PAIRS];
  const int64_t whole = WHOLE(pairs);
  for (int64_t i = 0; i < pairs; i++) {
    theta[i] = 2 * PI * (w[2 * i] * WORD);
    rho[i] = 1 - w[2 * i + 1] * WORD;
  }
  pad(theta, pairs);
  pad(rho, pairs);
  for (int64_t i = 0; i < whole; i++) rho[i] = sqrt(-2 * log(rho[i]));
  for (int64_t i = 0; i < whole; i++) cosine[i] = cos(theta[i]);
  for (int64_t i = 0; i < whole; i++) theta[i] = sin(theta[i]);
  for (int64_t i = 0; i < pairs; i++) {
    out[2 * i] = rho[i] * cosine[i] * stdv + mean;
    out[2 * i + 1] = rho[i] * theta[i] * stdv + mean;
  }
}

TH_KERNEL static void exponentiate(double *x, int64_t n)
{
  pad(x, n);
  for (int64_t i = 0; i < WHOLE(n); i++) x[i] = exp(x[i]);
}

TH_KERNEL static void logarithm(double *restrict out, uint32_t *restrict w, int64_t n, double scale)
{
  for (int64_t i = 0; i < n; i++) out[i] = 1 - w[i] * WORD;
  pad(out, n);
  for (int64_t i = 0; i < WHOLE(n); i++) out[i] = scale * log(out[i]);
}

TH_KERNEL static void tangent(double *restrict out, const uint32_t *restrict w, int64_t n,
                              double median, double sigma)
{
  for (int64_t i = 0; i < n; i++) out[i] = PI * (w[i] * WORD - 0.5);
  pad(out, n);
  for (int64_t i = 0; i < WHOLE(n); i++) out[i] = median + sigma * tan(out[i]);
}

/* w % range by a reciprocal: the quotient is off by one at most, every product is exact. */
TH_KERNEL static void modulo(int64_t *restrict out, const uint32_t *restrict w, int64_t n,
                             double range, int64_t first)
{
  double inverse = 1 / range;
  for (int64_t i = 0; i < n; i++) {
    double rest = w[i] - floor(w[i] * inverse) * range;
    rest = rest < 0 ? rest + range : rest >= range ? rest - range : rest;
    out[i] = (int64_t)rest + first;
  }
}

void THRandom_uniformBlock(THGenerator *gen, double *out, int64_t n, double a, double b,
                           double limit)
{
  uint32_t w[TH_RANDOM_BLOCK];
  THRandom_words(gen, w, n);
  double width = b - a, most = a <= b ? limit : INFINITY;
  if (width - width == 0) uniform(out, w, n, a, width, most);
  else spread(out, w, n, a, b, most);
  if (a > b) keep_above(out, n, limit);
}

/* The generator keeps a pair of which one half is given. */
static void keep_pair(THGenerator *gen, const uint32_t *w, int valid)
{
  gen->normal_x = w[0] * WORD;
  gen->normal_y = w[1] * WORD;
  gen->normal_rho = sqrt(-2 * log(1 - gen->normal_y));
  gen->normal_is_valid = valid;
}

void THRandom_normalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv)
{
  uint32_t w[TH_RANDOM_BLOCK];
  double both[2];
  if (n > 0 && gen->normal_is_valid) {
    w[0] = (uint32_t)(gen->normal_x / WORD);
    w[1] = (uint32_t)(gen->normal_y / WORD);
    box_muller(both, w, 1, mean, stdv);
    *out++ = both[1];
    n--;
    gen->normal_is_valid = 0;
  }
  int64_t pairs = n / 2;
  if (pairs) {
    THRandom_words(gen, w, 2 * pairs);
    box_muller(out, w, pairs, mean, stdv);
    keep_pair(gen, w + 2 * pairs - 2, 0);
  }
  if (n % 2) {
    THRandom_words(gen, w, 2);
    box_muller(both, w, 1, mean, stdv);
    out[n - 1] = both[0];
    keep_pair(gen, w, 1);
  }
}

void THRandom_logNormalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv)
{
  THRandom_normalBlock(gen, out, n, mean, stdv);
  exponentiate(out, n);
}

void THRandom_exponentialBlock(THGenerator *gen, double *out, int64_t n, double lambda)
{
  uint32_t w[TH_RANDOM_BLOCK];
  THRandom_words(gen, w, n);
  logarithm(out, w, n, -1 / lambda);
}

void THRandom_cauchyBlock(THGenerator *gen, double *out, int64_t n, double median, double sigma)
{
  uint32_t w[TH_RANDOM_BLOCK];
  THRandom_words(gen, w, n);
  tangent(out, w, n, median, sigma);
}

void THRandom_wordBlock(THGenerator *gen, int64_t *out, int64_t n, uint64_t range)
{
  uint32_t w[TH_RANDOM_BLOCK];
  THRandom_words(gen, w, n);
  modulo(out, w, n, (double)range, 0);
}

TH_KERNEL static uint32_t largest(const uint32_t *w, int64_t n)
{
  uint32_t most = 0;
  for (int64_t i = 0; i < n; i++) most = w[i] > most ? w[i] : most;
  return most;
}

/* Words below limit, in the order of the draws; as a rule all are. */
static void words_below(THGenerator *gen, uint32_t *w, int64_t n, uint64_t limit)
{
  THRandom_words(gen, w, n);
  if (largest(w, n) < limit) return;
  int64_t have = 0;
  for (;;) {
    for (int64_t i = have; i < n; i++) {
      w[have] = w[i];
      have += w[i] < limit;
    }
    if (have == n) return;
    THRandom_words(gen, w + have, n - have);
  }
}

void THRandom_rangeBlock(THGenerator *gen, int64_t *out, int64_t n, uint64_t range, int64_t first)
{
  const uint64_t words = (uint64_t)1 << 32;
  uint32_t w[TH_RANDOM_BLOCK];
  if (range && range <= words) {
    words_below(gen, w, n, words - words % range);
    modulo(out, w, n, (double)range, first);
    return;
  }
  for (int64_t i = 0; i < n; i++) out[i] = (int64_t)(THRandom_below(gen, range) + (uint64_t)first);
}

void THRandom_geometricBlock(THGenerator *gen, int64_t *out, int64_t n, double p, int64_t most)
{
  double count[TH_RANDOM_BLOCK];
  THRandom_exponentialBlock(gen, count, n, -1);
  double scale = log(p);
  for (int64_t i = 0; i < n; i++) {
    double c = count[i] / scale + 1;
    out[i] = c < (double)most ? (int64_t)c : most;
  }
}

TH_KERNEL static void is_below(int64_t *restrict out, const uint32_t *restrict w,
                               const double *restrict p, int64_t n)
{
  for (int64_t i = 0; i < n; i++) out[i] = w[i] * WORD < p[i];
}

void THRandom_bernoulliBlock(THGenerator *gen, int64_t *out, int64_t n, const double *p)
{
  uint32_t w[TH_RANDOM_BLOCK];
  THRandom_words(gen, w, n);
  is_below(out, w, p, n);
}
