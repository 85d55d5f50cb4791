#include "THRandom.h"
#include "THRandomFill.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double WORD = 1.0 / 4294967296.0;
static const double PI = 3.14159265358979323846;

/* ---- generators ---- */

THGenerator *THGenerator_new(void)
{
  THGenerator *gen = THAlloc(sizeof *gen);
  memset(gen, 0, sizeof *gen);
  THRandom_seed(gen);
  return gen;
}

THGenerator *THGenerator_copy(THGenerator *self, THGenerator *from)
{
  memmove(self, from, sizeof *self);
  return self;
}

void THGenerator_free(THGenerator *gen) { THFree(gen); }

int THGenerator_isValid(THGenerator *gen)
{
  return gen->seeded == 1 && gen->left > 0 && gen->left <= TH_MT_N && gen->next <= TH_MT_N &&
         gen->next + (unsigned long)gen->left - 1 <= TH_MT_N;
}

/* 53 bits, so that a seed passes through a Lua number unharmed. Without /dev/urandom (a bare chroot), clock and process number must do. */
static unsigned long system_entropy(void)
{
  const unsigned long mask = ULONG_MAX >> (sizeof mask == 8 ? 11 : 0);
  unsigned long value;
  FILE *file = fopen("/dev/urandom", "rb");
  size_t n = file ? fread(&value, sizeof value, 1, file) : 0;
  if (file) fclose(file);
  if (n == 1) return value & mask;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  value = (unsigned long)now.tv_nsec * 1000003UL ^ (unsigned long)now.tv_sec ^
          (unsigned long)getpid() << 20;
  return value & mask;
}

unsigned long THRandom_seed(THGenerator *gen)
{
  unsigned long seed = system_entropy();
  THRandom_manualSeed(gen, seed);
  return seed;
}

void THRandom_manualSeed(THGenerator *gen, unsigned long seed)
{
  memset(gen, 0, sizeof *gen);
  gen->the_initial_seed = seed;
  gen->state[0] = seed & 0xffffffffUL;
  for (unsigned long j = 1; j < TH_MT_N; j++) {
    unsigned long last = gen->state[j - 1];
    gen->state[j] = (1812433253UL * (last ^ (last >> 30)) + j) & 0xffffffffUL;
  }
  gen->left = 1;
  gen->seeded = 1;
}

unsigned long THRandom_initialSeed(THGenerator *gen) { return gen->the_initial_seed; }

/* ---- draws ---- */

void THRandom_nextState(THGenerator *gen)
{
  THRandom_twist(gen->state);
  gen->left = TH_MT_N;
  gen->next = 0;
}

unsigned long THRandom_random(THGenerator *gen)
{
  if (--gen->left == 0) THRandom_nextState(gen);
  uint32_t y = (uint32_t)gen->state[gen->next++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680U;
  y ^= y << 15 & 0xefc60000U;
  return y ^ y >> 18;
}

static uint64_t two_words(THGenerator *gen)
{
  uint64_t high = THRandom_random(gen);
  return high << 32 | THRandom_random(gen);
}

uint64_t THRandom_below(THGenerator *gen, uint64_t range)
{
  const uint64_t words = (uint64_t)1 << 32;
  uint64_t word;
  if (range != 0 && range <= words) {
    do word = THRandom_random(gen);
    while (word >= words - words % range);
    return word % range;
  }
  uint64_t rest = range ? (0 - range) % range : 0; /* 2^64 modulo range */
  do word = two_words(gen);
  while (word > UINT64_MAX - rest);
  return range ? word % range : word;
}

int64_t THRandom_cappedRandom(THGenerator *gen, int64_t b)
{
  THRandom_checkCapped(b, 2);
  return (int64_t)THRandom_below(gen, (uint64_t)b) + 1;
}

int64_t THRandom_clampedRandom(THGenerator *gen, int64_t a, int64_t b)
{
  THRandom_checkClamped(a, b, 3);
  return (int64_t)(THRandom_below(gen, (uint64_t)b - (uint64_t)a + 1) + (uint64_t)a);
}

static double unit(THGenerator *gen) { return (double)THRandom_random(gen) * WORD; }

double THRandom_uniform(THGenerator *gen, double a, double b)
{
  THRandom_checkUniform(a, b, 2);
  double v = THRandom_between(a, b, unit(gen));
  return (a <= b ? v >= b : v <= b) ? nextafter(b, a) : v; /* rounding must not reach b */
}

double THRandom_normal(THGenerator *gen, double mean, double stdv)
{
  THRandom_checkNormal(stdv, 3);
  if (gen->normal_is_valid) {
    gen->normal_is_valid = 0;
    return gen->normal_rho * sin(2 * PI * gen->normal_x) * stdv + mean;
  }
  gen->normal_x = unit(gen);
  gen->normal_y = unit(gen);
  gen->normal_rho = sqrt(-2 * log(1 - gen->normal_y));
  gen->normal_is_valid = 1;
  return gen->normal_rho * cos(2 * PI * gen->normal_x) * stdv + mean;
}

double THRandom_exponential(THGenerator *gen, double lambda)
{
  THRandom_checkExponential(lambda, 2);
  return -1 / lambda * log(1 - unit(gen));
}

double THRandom_cauchy(THGenerator *gen, double median, double sigma)
{
  return median + sigma * tan(PI * (unit(gen) - 0.5));
}

double THRandom_logNormal(THGenerator *gen, double mean, double stdv)
{
  return exp(THRandom_normal(gen, mean, stdv));
}

int THRandom_geometric(THGenerator *gen, double p)
{
  THRandom_checkGeometric(p, 2);
  double n = log(1 - unit(gen)) / log(p) + 1;
  return n < 2147483647 ? (int)n : 2147483647;
}

int THRandom_bernoulli(THGenerator *gen, double p)
{
  THRandom_checkBernoulli(p, 2);
  return unit(gen) < p;
}
