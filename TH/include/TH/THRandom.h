#ifndef TH_RANDOM_H
#define TH_RANDOM_H
/* Random numbers: Matsumoto and Nishimura's mt19937 (ACM TOMACS 8, 1998) and the distributions
   drawn from it. Sequences are Torch7's: equal seeds give equal draws. A generator is not locked:
   use one per thread. Every function that draws needs a seeded generator. */
#include "THGeneral.h"

enum { TH_MT_N = 624, TH_MT_M = 397 };

/* Torch7's layout, 5048 bytes on LP64; saved files and RNG states hold these bytes.
   left - 1 draws remain in state, from state[next] on; left == 1: the next draw renews it. */
typedef struct THGenerator {
  unsigned long the_initial_seed;
  int left;
  int seeded;
  unsigned long next;
  unsigned long state[TH_MT_N];          /* 32 bits each */
  double normal_x, normal_y, normal_rho; /* the pair that the last normal came from */
  int normal_is_valid;                   /* its second half has not been used yet */
} THGenerator;

TH_API THGenerator *THGenerator_new(void); /* seeded from the system's entropy */
TH_API THGenerator *THGenerator_copy(THGenerator *self, THGenerator *from);
TH_API void THGenerator_free(THGenerator *gen);
/* Seeded, and every draw stays inside state: true of no bytes but a real state's. */
TH_API int THGenerator_isValid(THGenerator *_generator);

TH_API unsigned long THRandom_seed(THGenerator *_generator); /* from the system; returns the seed */
TH_API void THRandom_manualSeed(THGenerator *_generator, unsigned long the_seed_);
TH_API unsigned long THRandom_initialSeed(THGenerator *_generator);

TH_API unsigned long THRandom_random(THGenerator *_generator); /* 32 bits */
/* Uniform on 0..range-1, all of 64 bits where range is 0. One word modulo range, or two where range
   is above 2^32; words that would favour the smaller numbers are passed over. */
TH_API uint64_t THRandom_below(THGenerator *_generator, uint64_t range);
/* Uniform on 1..b, and on a..b. b > 0; b >= a. */
TH_API int64_t THRandom_cappedRandom(THGenerator *_generator, int64_t b);
TH_API int64_t THRandom_clampedRandom(THGenerator *_generator, int64_t a, int64_t b);
/* In [a, b), or in (b, a]; the bounds are finite. */
TH_API double THRandom_uniform(THGenerator *_generator, double a, double b);
/* Box-Muller; draws come in pairs, the second one waits in the generator. stdv > 0. */
TH_API double THRandom_normal(THGenerator *_generator, double mean, double stdv);
TH_API double THRandom_exponential(THGenerator *_generator, double lambda); /* lambda > 0 */
TH_API double THRandom_cauchy(THGenerator *_generator, double median, double sigma);
TH_API double THRandom_logNormal(THGenerator *_generator, double mean,
                                 double stdv);                    /* of the log */
TH_API int THRandom_geometric(THGenerator *_generator, double p); /* 0 < p < 1 */
TH_API int THRandom_bernoulli(THGenerator *_generator, double p); /* 1 with probability p */
TH_API void THRandom_nextState(THGenerator *_generator);

/* What the scalar functions and the fills of tensors both check; arg is the (first) number's position. */
static inline void THRandom_checkNormal(double stdv, int arg)
{
  THArgCheck(stdv > 0, arg, "standard deviation must be strictly positive, got %g", stdv);
}
static inline void THRandom_checkUniform(double a, double b, int arg)
{
  THArgCheck(a - a == 0 && b - b == 0, arg + (a - a == 0), "uniform: bounds must be finite, got %g and %g", a, b);
}
static inline void THRandom_checkExponential(double lambda, int arg)
{
  THArgCheck(lambda > 0, arg, "exponential: the rate must be strictly positive, got %g", lambda);
}
static inline void THRandom_checkGeometric(double p, int arg)
{
  THArgCheck(p > 0 && p < 1, arg, "geometric: p must be > 0 and < 1, got %g", p);
}
static inline void THRandom_checkBernoulli(double p, int arg)
{
  THArgCheck(p >= 0 && p <= 1, arg, "bernoulli: p must be >= 0 and <= 1, got %g", p);
}
static inline void THRandom_checkCapped(int64_t b, int arg)
{
  THArgCheck(b > 0, arg, "random: upper bound must be strictly positive, got %lld", (long long)b);
}
static inline void THRandom_checkClamped(int64_t a, int64_t b, int arg)
{
  THArgCheck(b >= a, arg, "random: upper bound must be larger than lower bound, got %lld and %lld",
             (long long)a, (long long)b);
}

#endif
