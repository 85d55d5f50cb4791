#include "th_test.h"
#include "THTensorRandom.h"

/* First and 10000th outputs that Matsumoto and Nishimura publish for seed 5489. */
START_TEST(mt19937_reference)
{
  THGenerator *g = THGenerator_new();
  THRandom_manualSeed(g, 5489);
  ck_assert_uint_eq(THRandom_random(g), 3499211612u);
  for (int i = 2; i < 10000; i++) THRandom_random(g);
  ck_assert_uint_eq(THRandom_random(g), 4123659995u);
  ck_assert_uint_eq(sizeof *g, 5048);
  THGenerator_free(g);
}
END_TEST

typedef double (*Scalar)(THGenerator *g);
typedef void (*Fill)(THAnyTensor *t, THGenerator *g);
static double scalar_uniform(THGenerator *g) { return THRandom_uniform(g, -1, 3); }
static double scalar_normal(THGenerator *g) { return THRandom_normal(g, 1, 2); }
static double scalar_exponential(THGenerator *g) { return THRandom_exponential(g, 2); }
static double scalar_cauchy(THGenerator *g) { return THRandom_cauchy(g, 0, 2); }
static double scalar_log_normal(THGenerator *g) { return THRandom_logNormal(g, 0, 1); }
static double scalar_geometric(THGenerator *g) { return THRandom_geometric(g, 0.7); }
static double scalar_bernoulli(THGenerator *g) { return THRandom_bernoulli(g, 0.3); }
static double scalar_capped(THGenerator *g) { return (double)THRandom_cappedRandom(g, 17); }
static double scalar_clamped(THGenerator *g) { return (double)THRandom_clampedRandom(g, -5, 9); }
static double scalar_random(THGenerator *g) { return (double)THRandom_random(g); }
static void fill_uniform(THAnyTensor *t, THGenerator *g) { THAnyTensor_uniform(t, g, -1, 3); }
static void fill_normal(THAnyTensor *t, THGenerator *g) { THAnyTensor_normal(t, g, 1, 2); }
static void fill_exponential(THAnyTensor *t, THGenerator *g) { THAnyTensor_exponential(t, g, 2); }
static void fill_cauchy(THAnyTensor *t, THGenerator *g) { THAnyTensor_cauchy(t, g, 0, 2); }
static void fill_log_normal(THAnyTensor *t, THGenerator *g) { THAnyTensor_logNormal(t, g, 0, 1); }
static void fill_geometric(THAnyTensor *t, THGenerator *g) { THAnyTensor_geometric(t, g, 0.7); }
static void fill_bernoulli(THAnyTensor *t, THGenerator *g) { THAnyTensor_bernoulli(t, g, 0.3); }
static void fill_capped(THAnyTensor *t, THGenerator *g) { THAnyTensor_cappedRandom(t, g, 17); }
static void fill_clamped(THAnyTensor *t, THGenerator *g) { THAnyTensor_clampedRandom(t, g, -5, 9); }
static void fill_random(THAnyTensor *t, THGenerator *g) { THAnyTensor_random(t, g); }

/* A generator whose next 600 draws are one word: that state which tempering turns into it. */
static void same_draws(THGenerator *g, uint32_t word)
{
  uint32_t y = word ^ word >> 18, part;
  y ^= y << 15 & 0xefc60000u;
  part = y;
  for (int i = 0; i < 5; i++) part = y ^ (part << 7 & 0x9d2c5680u);
  y = part;
  for (int i = 0; i < 3; i++) part = y ^ part >> 11;
  THRandom_manualSeed(g, 1);
  for (int i = 0; i < TH_MT_N; i++) g->state[i] = part;
  g->left = TH_MT_N;
  g->next = 0;
}

/* The lowest and the highest draw: no distribution leaves its range. */
START_TEST(extreme_draws)
{
  static const uint32_t words[] = {0, 1, 0x80000000u, 0xffffffffu};
  THGenerator g;
  for (int w = 0; w < 4; w++) {
    same_draws(&g, words[w]);
    ck_assert_uint_eq(THRandom_random(&g), words[w]);
    ck_assert_uint_eq(THRandom_random(&g), words[w]);
    for (int type = TH_FLOAT; type <= TH_DOUBLE; type++) {
      THAnyTensor *t = th_new((THType)type, 1, 10);
      THAnyTensor_uniform(t, &g, 0, 1);
      for (int i = 0; i < 10; i++) ck_assert(th_get(t, i) >= 0 && th_get(t, i) < 1);
      THAnyTensor_uniform(t, &g, 5, 6);
      for (int i = 0; i < 10; i++) ck_assert(th_get(t, i) >= 5 && th_get(t, i) < 6);
      THAnyTensor_uniform(t, &g, -5, -6);
      for (int i = 0; i < 10; i++) ck_assert(th_get(t, i) <= -5 && th_get(t, i) > -6);
      THAnyTensor_normal(t, &g, 0, 1);
      for (int i = 0; i < 10; i++) ck_assert(isfinite(th_get(t, i)));
      THAnyTensor_exponential(t, &g, 1);
      for (int i = 0; i < 10; i++) ck_assert(isfinite(th_get(t, i)) && th_get(t, i) >= 0);
      THAnyTensor_cauchy(t, &g, 0, 1);
      for (int i = 0; i < 10; i++) ck_assert(isfinite(th_get(t, i)));
      THAnyTensor_bernoulli(t, &g, 0);
      for (int i = 0; i < 10; i++) ck_assert_double_eq(th_get(t, i), 0);
      THAnyTensor_bernoulli(t, &g, 1);
      for (int i = 0; i < 10; i++) ck_assert_double_eq(th_get(t, i), 1);
      THAnyTensor_geometric(t, &g, 0.5);
      for (int i = 0; i < 10; i++) ck_assert(th_get(t, i) >= 1);
      THAnyTensor_free(t);
    }
    ck_assert(THRandom_uniform(&g, 1, 1 + 0x1p-50) < 1 + 0x1p-50);
    ck_assert_int_eq(THRandom_bernoulli(&g, 0), 0);
    ck_assert_int_eq(THRandom_bernoulli(&g, 1), 1);
    ck_assert_int_ge(THRandom_geometric(&g, 0.5), 1);
    THAnyTensor *p = th_new(TH_DOUBLE, 1, 4), *r = THAnyTensor_new(TH_LONG); /* weights 0 1 1 0 */
    th_set(p, 1, 1), th_set(p, 2, 1), th_set(p, 0, 0), th_set(p, 3, 0);
    THAnyTensor_multinomial(r, &g, p, 9, 1);
    for (int i = 0; i < 9; i++) ck_assert(th_get(r, i) == 1 || th_get(r, i) == 2);
    THAnyTensor_free(p);
    THAnyTensor_free(r);
  }
}
END_TEST

/* Words that would favour small numbers are passed over, by single draws and fills alike. */
START_TEST(ranges)
{
  static const uint64_t range[] = {1,          7,          3ull << 30, 1ull << 32, (1ull << 32) + 1,
                                   3ull << 62, 1ull << 63, 0};
  THGenerator g, twin;
  for (int k = 0; k < 8; k++) {
    THRandom_manualSeed(&g, 3);
    THRandom_manualSeed(&twin, 3);
    uint64_t most = range[k] - 1;
    int64_t min = most > INT64_MAX ? INT64_MIN : 0, max = (int64_t)((uint64_t)min + most);
    THAnyTensor *t = th_new(TH_LONG, 1, 1300);
    THAnyTensor_clampedRandom(t, &g, min, max);
    int64_t *x = THAnyTensor_data(t);
    int low = 0;
    for (int i = 0; i < 1300; i++) {
      ck_assert(x[i] >= min && x[i] <= max);
      ck_assert_int_eq(x[i], THRandom_clampedRandom(&twin, min, max));
      low += (uint64_t)x[i] - (uint64_t)min < (range[k] ? range[k] : UINT64_MAX) / 3 + 1;
    }
    ck_assert_uint_eq(THRandom_random(&g), THRandom_random(&twin));
    if (k > 1) ck_assert(abs(low - 433) < 80);
    THAnyTensor_free(t);
  }
}
END_TEST

static const struct {
  Scalar scalar;
  Fill fill;
} distributions[] = {
  {scalar_uniform, fill_uniform},       {scalar_normal, fill_normal},
  {scalar_exponential, fill_exponential}, {scalar_cauchy, fill_cauchy},
  {scalar_log_normal, fill_log_normal}, {scalar_geometric, fill_geometric},
  {scalar_bernoulli, fill_bernoulli},   {scalar_capped, fill_capped},
  {scalar_clamped, fill_clamped},       {scalar_random, fill_random},
};

/* A fill is the scalar function called for each element in row-major order, in any layout, across
   blocks of the generator, and it leaves the same state. */
START_TEST(fills_are_scalar_draws)
{
  static const int64_t shapes[][2] = {{1, 1}, {3, 5}, {1, 623}, {25, 25}, {7, 211}};
  THGenerator *g = THGenerator_new(), *h = THGenerator_new();
  for (size_t d = 0; d < sizeof distributions / sizeof *distributions; d++)
    for (int s = 0; s < 5; s++)
      for (int layout = 0; layout < TH_LAYOUTS; layout++) {
        THAnyTensor *t = th_layout(TH_DOUBLE, layout, 2, shapes[s]);
        THRandom_manualSeed(g, 77 + (unsigned long)s);
        THRandom_manualSeed(h, 77 + (unsigned long)s);
        if (s % 2) scalar_normal(g), scalar_normal(h); /* a kept normal */
        distributions[d].fill(t, g);
        for (int64_t i = 0, n = THAnyTensor_nElement(t); i < n; i++) {
          double want = distributions[d].scalar(h), got = th_get(t, i);
          ck_assert_msg(fabs(got - want) <= 1e-13 * fabs(want) + 1e-15 * (1 + fabs(want)),
                        "distribution %d, element %d: %.17g, not %.17g", (int)d, (int)i, got, want);
        }
        ck_assert_uint_eq(THRandom_random(g), THRandom_random(h));
        ck_assert_int_eq(g->normal_is_valid, h->normal_is_valid);
        THAnyTensor_free(t);
      }
  THGenerator_free(g);
  THGenerator_free(h);
}
END_TEST

START_TEST(empty_draws_nothing)
{
  THGenerator *g = THGenerator_new(), h = *g;
  THAnyTensor *t = THAnyTensor_new(TH_DOUBLE);
  THAnyTensor_normal(t, g, 0, 1);
  ck_assert_uint_eq(THRandom_random(g), THRandom_random(&h));
  THAnyTensor_free(t);
  THGenerator_free(g);
}
END_TEST

START_TEST(moments)
{
  int64_t n = 400000;
  THGenerator *g = THGenerator_new();
  THRandom_manualSeed(g, 3);
  THAnyTensor *t = THAnyTensor_newWithSizeNd(TH_FLOAT, 1, &n, NULL);
  const float *x = THAnyTensor_data(t);
  static const double mean[] = {1, 1, 0.5}, var[] = {16. / 12, 4, 0.25};
  for (int d = 0; d < 3; d++) {
    distributions[d].fill(t, g);
    double s = 0, q = 0;
    for (int64_t i = 0; i < n; i++) s += x[i], q += (x[i] - mean[d]) * (x[i] - mean[d]);
    ck_assert_double_eq_tol(s / (double)n, mean[d], 5 * sqrt(var[d] / (double)n));
    ck_assert_double_eq_tol(q / (double)n, var[d], 0.02 * var[d]);
  }
  THAnyTensor_free(t);
  THGenerator_free(g);
}
END_TEST

START_TEST(permutations)
{
  THGenerator *g = THGenerator_new();
  for (int type = 0; type < TH_NMATH; type++) {
    THAnyTensor *t = THAnyTensor_new((THType)type);
    THAnyTensor_randperm(t, g, 100);
    char seen[100] = {0};
    for (int i = 0; i < 100; i++) seen[(int)th_get(t, i)]++;
    for (int i = 0; i < 100; i++) ck_assert_int_eq(seen[i], 1);
    THAnyTensor_free(t);
  }
  THGenerator_free(g);
}
END_TEST

START_TEST(categories)
{
  THGenerator *g = THGenerator_new();
  THRandom_manualSeed(g, 1);
  THAnyTensor *p = th_new(TH_DOUBLE, 1, 4), *r = THAnyTensor_new(TH_LONG), *J = THAnyTensor_new(TH_LONG),
              *q = THAnyTensor_new(TH_DOUBLE);
  static const double weight[] = {0.1, 0, 0.6, 0.3};
  for (int i = 0; i < 4; i++) th_set(p, i, weight[i]);
  THAnyTensor_multinomialAliasSetup(p, J, q);
  for (int method = 0; method < 2; method++) {
    int count[4] = {0}, n = 100000;
    if (method) THAnyTensor_multinomialAliasDraw(r, g, J, q);
    else THAnyTensor_multinomial(r, g, p, n, 1);
    for (int i = 0; i < n; i++) count[(int)th_get(r, i)]++;
    for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(count[i] / (double)n, weight[i], 0.01);
  }
  for (int trial = 0; trial < 100; trial++) { /* without replacement: all the non-zero ones */
    THAnyTensor_multinomial(r, g, p, 3, 0);
    int seen = 0;
    for (int i = 0; i < 3; i++) seen |= 1 << (int)th_get(r, i);
    ck_assert_int_eq(seen, 13);
  }
  THAnyTensor_free(p);
  THAnyTensor_free(r);
  THAnyTensor_free(J);
  THAnyTensor_free(q);
  THGenerator_free(g);
}
END_TEST

START_TEST(states)
{
  THGenerator *g = THGenerator_new();
  THAnyTensor *s = THAnyTensor_new(TH_BYTE);
  for (int i = 0; i < 700; i++) THRandom_random(g);
  THRandom_normal(g, 0, 1);
  THAnyTensor_getRNGState(g, s);
  double a = THRandom_normal(g, 0, 1), b = THRandom_normal(g, 0, 1);
  THAnyTensor_setRNGState(g, s);
  ck_assert(THRandom_normal(g, 0, 1) == a && THRandom_normal(g, 0, 1) == b);
  THAnyTensor_free(s);
  THGenerator_free(g);
}
END_TEST

/* ---- refusals ---- */

static void wrong_state(void *which)
{
  TH_AUTO(THAnyTensor) s = THAnyTensor_new(TH_BYTE);
  THGenerator g;
  THRandom_manualSeed(&g, 1);
  THAnyTensor_getRNGState(&g, s);
  THGenerator *bytes = THAnyTensor_data(s);
  switch (*(int *)which) {
    case 0: bytes->next = 600; bytes->left = 624; break; /* would read past the end */
    case 1: bytes->left = 0; break;
    case 2: bytes->seeded = 7; break;
    default: THAnyTensor_narrow(s, NULL, 0, 0, 5000);
  }
  THAnyTensor_setRNGState(&g, s);
}
static void wrong_weights(void *which)
{
  TH_AUTO(THAnyTensor) p = th_new(TH_FLOAT, 1, 3);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_LONG);
  THGenerator g;
  THRandom_manualSeed(&g, 1);
  static const double last[] = {-1, NAN, 0, INFINITY};
  for (int i = 0; i < 3; i++) th_set(p, i, 0);
  th_set(p, 2, last[*(int *)which]);
  THAnyTensor_multinomial(r, &g, p, 2, 1);
}
static void many_samples(void *arg)
{
  TH_AUTO(THAnyTensor) p = th_new(TH_FLOAT, 2, 2, 3);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_LONG);
  THGenerator g;
  THRandom_manualSeed(&g, 1);
  th_fill(p, 1, 5);
  THAnyTensor_multinomial(r, &g, p, *(int *)arg, 0);
}
static void integer_uniform(void *arg)
{
  TH_AUTO(THAnyTensor) t = th_new(TH_INT, 1, 3);
  THAnyTensor_uniform(t, arg, 0, 1);
}
static void wrong_p(void *arg)
{
  TH_AUTO(THAnyTensor) t = th_new(TH_BYTE, 1, 3);
  TH_AUTO(THAnyTensor) p = th_new(TH_DOUBLE, 1, 3);
  for (int i = 0; i < 3; i++) th_set(p, i, i);
  THAnyTensor_bernoulliTensor(t, arg, p);
}
START_TEST(refusals)
{
  for (int i = 0; i < 4; i++) th_raises(wrong_state, &i, i < 3 ? "Invalid RNG state" : "wrong size");
  for (int i = 0; i < 4; i++) th_raises(wrong_weights, &i, "multinomial");
  th_raises(many_samples, &(int){4}, "without replacement");
  th_exhaust(many_samples, &(int){2});
  THGenerator g;
  THRandom_manualSeed(&g, 1);
  th_raises(integer_uniform, &g, "IntTensor");
  th_raises(wrong_p, &g, "bernoulli");
}
END_TEST

TH_MAIN("random", mt19937_reference, fills_are_scalar_draws, empty_draws_nothing, moments,
        permutations, categories, states, extreme_draws, ranges, refusals)
