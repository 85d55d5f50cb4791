#include "THTensorRandom.h"
#include "THTensorApply.h"
#include "core/THDevice.h"
#include "THHalf.h"
#include "core/THTensorArgs.h"
#include "THTensorOps.h"
#include "plan/THPointwise.h"
#include "plan/THReduce.h"
#include "THRandomFill.h"
#include <float.h>
#include <math.h>

#define TH_GENERIC_FILE "ops/generic/THTensorRandom.c"
#include "core/THGenerate.h"

typedef void (*StoreFn)(void *dst, int64_t stride, const void *src, int64_t n);
static const StoreFn store_doubles[TH_NTYPES] = TH_BY_TYPE(store_doubles);
static const StoreFn store_integers[TH_NTYPES] = TH_BY_TYPE(store_integers);

/* ---- filling, in row-major order ---- */

static void walk_store(THWalk *walk, StoreFn store, const char *values, int64_t n)
{
  while (n > 0) {
    int64_t m = THMin(n, THWalk_run(walk));
    store(walk->data, walk->stride, values, m);
    THWalk_step(walk, m);
    values += m * 8;
    n -= m;
  }
}

typedef union Block {
  double d[TH_RANDOM_BLOCK];
  int64_t i[TH_RANDOM_BLOCK];
} Block;

typedef THRandomFillArgs Distribution;

/* The GPU draws n numbers in a row, from a generator of its own. */
static void fill_on_device(const char *op, THAnyTensor *self, const Distribution *dist)
{
  TH_checkSameDevice(op, self, 0, NULL);
  bool run = THAnyTensor_isContiguous(self);
  TH_AUTO(THAnyTensor) r =
    run ? THAnyTensor_newWithTensor(self)
        : THAnyTensor_newWithSizeNd((THType)self->type, self->nDimension, self->size, NULL);
  TH_device->random(op, (THType)self->type, THAnyTensor_data(r), THAnyTensor_nElement(r), dist);
  if (!run) THAnyTensor_copy(self, r);
}

typedef void (*DrawFn)(THGenerator *gen, Block *out, int64_t first, int64_t n,
                       const Distribution *dist);

static void fill(const char *op, THAnyTensor *self, THGenerator *gen, const StoreFn *store, DrawFn draw,
                 const Distribution *dist)
{
  int64_t total = THAnyTensor_nElement(self);
  if (total == 0) return;
  if (THType_onDevice((THType)self->type)) {
    fill_on_device(op, self, dist);
    return;
  }
  THWalk walk;
  Block block;
  THWalk_begin(&walk, self, -1, -1);
  for (int64_t first = 0; first < total; first += TH_RANDOM_BLOCK) {
    int64_t n = THMin(total - first, TH_RANDOM_BLOCK);
    draw(gen, &block, first, n, dist);
    walk_store(&walk, store[self->type], (const char *)&block, n);
  }
}

/* A parameter given per element: a floating-point tensor on self's side. */
static void check_parameter(const char *op, THAnyTensor *t, const THAnyTensor *self, int arg)
{
  THType type = (THType)t->type;
  THArgCheck(THType_onDevice(type) == THType_onDevice((THType)self->type), arg,
             "%s: a %sTensor cannot be the parameter of a %sTensor, they live on different devices", op,
             THType_name(type), THType_name((THType)self->type));
  if (THType_onDevice(type)) TH_checkSameDevice(op, self, 1, &t);
}

static void check_type(const char *op, const THAnyTensor *t, bool floating)
{
  if (THType_onDevice((THType)t->type) ? floating && !THType_isFloating((THType)t->type)
                                       : t->type >= TH_NMATH ||
                                           (floating && !THType_isFloating((THType)t->type)))
    THError("%s: not defined for torch.%sTensor", op, THType_name((THType)t->type));
}

/* Its elements as doubles in row-major order, apart from whatever is about to be written. */
static THAnyTensor *new_doubles(THAnyTensor *t)
{
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(THType_beside(TH_DOUBLE, (THType)t->type));
  THAnyTensor_resizeNd(r, t->nDimension, t->size, NULL);
  if (t->nDimension) THAnyTensor_copy(r, t);
  return TH_RELEASE(r);
}

/* ---- integers ---- */

static void draw_range(THGenerator *gen, Block *out, int64_t first, int64_t n,
                       const Distribution *dist)
{
  (void)first;
  THRandom_rangeBlock(gen, out->i, n, dist->range, dist->first);
}

static void draw_words(THGenerator *gen, Block *out, int64_t first, int64_t n,
                       const Distribution *dist)
{
  (void)first;
  THRandom_wordBlock(gen, out->i, n, dist->range);
}

static void draw_geometric(THGenerator *gen, Block *out, int64_t first, int64_t n,
                           const Distribution *dist)
{
  (void)first;
  THRandom_geometricBlock(gen, out->i, n, dist->a, (int64_t)dist->limit);
}

static void draw_bernoulli(THGenerator *gen, Block *out, int64_t first, int64_t n,
                           const Distribution *dist)
{
  double p[TH_RANDOM_BLOCK];
  for (int64_t i = 0; i < n; i++) p[i] = dist->mean ? dist->mean[first + i] : dist->a;
  THRandom_bernoulliBlock(gen, out->i, n, p);
}

void THAnyTensor_random(THAnyTensor *self, THGenerator *gen)
{
  check_type("random", self, false);
  THType type = (THType)self->type;
  Distribution dist = {.kind = TH_RANDOM_RANGE, .range = (uint64_t)TH_largestInteger(type) + 1};
  if (!THType_onDevice(type)) dist.range = THMin(dist.range, (uint64_t)1 << 32);
  fill("random", self, gen, store_integers, draw_words, &dist);
}

void THAnyTensor_clampedRandom(THAnyTensor *self, THGenerator *gen, int64_t min, int64_t max)
{
  check_type("random", self, false);
  THRandom_checkClamped(min, max, 4);
  TH_checkInteger("random", self, min, 3);
  TH_checkInteger("random", self, max, 4);
  fill("random", self, gen, store_integers, draw_range,
       &(Distribution){.kind = TH_RANDOM_RANGE,
                       .range = (uint64_t)max - (uint64_t)min + 1,
                       .first = min});
}

void THAnyTensor_cappedRandom(THAnyTensor *self, THGenerator *gen, int64_t max)
{
  THRandom_checkCapped(max, 3);
  THAnyTensor_clampedRandom(self, gen, 1, max);
}

void THAnyTensor_geometric(THAnyTensor *self, THGenerator *gen, double p)
{
  check_type("geometric", self, false);
  THRandom_checkGeometric(p, 3);
  double most = THMin(2147483647.0, (double)TH_largestInteger((THType)self->type));
  fill("geometric", self, gen, store_integers, draw_geometric,
       &(Distribution){.kind = TH_RANDOM_GEOMETRIC, .a = p, .limit = most});
}

void THAnyTensor_bernoulli(THAnyTensor *self, THGenerator *gen, double p)
{
  check_type("bernoulli", self, false);
  THRandom_checkBernoulli(p, 3);
  fill("bernoulli", self, gen, store_integers, draw_bernoulli,
       &(Distribution){.kind = TH_RANDOM_BERNOULLI, .a = p});
}

static void check_probabilities(THAnyTensor *p)
{
  if (p->nDimension == 0) return;
  THRandom_checkBernoulli(THReduce_all("bernoulli", TH_REDUCE_min, p, THScalar_fromInt(0)).d, 3);
  THRandom_checkBernoulli(THReduce_all("bernoulli", TH_REDUCE_max, p, THScalar_fromInt(0)).d, 3);
}

void THAnyTensor_bernoulliTensor(THAnyTensor *self, THGenerator *gen, THAnyTensor *p_)
{
  check_type("bernoulli", self, false);
  check_type("bernoulli", p_, true);
  check_parameter("bernoulli", p_, self, 3);
  int64_t n = THAnyTensor_nElement(self);
  THArgCheck(n == THAnyTensor_nElement(p_), 3,
             "bernoulli: inconsistent tensor size, result is %s and p is %s",
             THAnyTensor_sizeDesc(self).str, THAnyTensor_sizeDesc(p_).str);
  TH_AUTO(THAnyTensor) p = new_doubles(p_);
  check_probabilities(p);
  fill("bernoulli", self, gen, store_integers, draw_bernoulli,
       &(Distribution){.kind = TH_RANDOM_BERNOULLI, .mean = THAnyTensor_data(p)});
}

/* ---- real numbers ---- */

#define DRAW(name, Block_)                                                                         \
  static void draw_##name(THGenerator *gen, Block *out, int64_t first, int64_t n,                  \
                          const Distribution *dist)                                                \
  {                                                                                                \
    (void)first;                                                                                   \
    THRandom_##Block_(gen, out->d, n, dist->a, dist->b);                                           \
  }
DRAW(normal, normalBlock)
DRAW(log_normal, logNormalBlock)
DRAW(cauchy, cauchyBlock)

static void draw_uniform(THGenerator *gen, Block *out, int64_t first, int64_t n,
                         const Distribution *dist)
{
  (void)first;
  THRandom_uniformBlock(gen, out->d, n, dist->a, dist->b, dist->limit);
}

static void draw_exponential(THGenerator *gen, Block *out, int64_t first, int64_t n,
                             const Distribution *dist)
{
  (void)first;
  THRandom_exponentialBlock(gen, out->d, n, dist->a);
}

static void draw_normals(THGenerator *gen, Block *out, int64_t first, int64_t n,
                         const Distribution *dist)
{
  THRandom_normalBlock(gen, out->d, n, 0, 1);
  for (int64_t i = 0; i < n; i++) {
    double mean = dist->mean ? dist->mean[first + i] : dist->a;
    double stdv = dist->stdv ? dist->stdv[first + i] : dist->b;
    out->d[i] = out->d[i] * stdv + mean;
  }
}

static void fill_reals(const char *op, THAnyTensor *self, THGenerator *gen, THRandomKind kind,
                       DrawFn draw, double a, double b)
{
  check_type(op, self, true);
  fill(op, self, gen, store_doubles, draw, &(Distribution){.kind = kind, .a = a, .b = b});
}

static THHalf half_towards(THHalf h, float to)
{
  float from = TH_half2float(h);
  if (from == 0) return (THHalf){to < 0 ? 0x8001 : 0x0001};
  h.x = (unsigned short)((from > 0) == (to > from) ? h.x + 1 : h.x - 1);
  return h;
}

/* The number of that type that comes next to b on a's side: what lies between them rounds to it,
   not to b. b itself if they are equal. */
static double next_to(THType type, double b, double a)
{
  if (a == b) return b;
  if (THType_element(type) == TH_DOUBLE) return nextafter(b, a);
  if (THType_element(type) == TH_FLOAT) {
    float f = (float)b;
    return (a < b ? f < b : f > b) ? f : nextafterf(f, a < b ? -INFINITY : INFINITY);
  }
  THHalf h = TH_float2half((float)b);
  float f = TH_half2float(h);
  return (a < b ? f < b : f > b) ? f : TH_half2float(half_towards(h, a < b ? -INFINITY : INFINITY));
}

void THAnyTensor_uniform(THAnyTensor *self, THGenerator *gen, double a, double b)
{
  check_type("uniform", self, true);
  THRandom_checkUniform(a, b, 3);
  fill("uniform", self, gen, store_doubles, draw_uniform,
       &(Distribution){
           .kind = TH_RANDOM_UNIFORM, .a = a, .b = b, .limit = next_to((THType)self->type, b, a)});
}

void THAnyTensor_normal(THAnyTensor *self, THGenerator *gen, double mean, double stdv)
{
  THRandom_checkNormal(stdv, 4);
  fill_reals("normal", self, gen, TH_RANDOM_NORMAL, draw_normal, mean, stdv);
}

void THAnyTensor_exponential(THAnyTensor *self, THGenerator *gen, double lambda)
{
  THRandom_checkExponential(lambda, 3);
  fill_reals("exponential", self, gen, TH_RANDOM_EXPONENTIAL, draw_exponential, lambda, 0);
}

void THAnyTensor_cauchy(THAnyTensor *self, THGenerator *gen, double median, double sigma)
{
  fill_reals("cauchy", self, gen, TH_RANDOM_CAUCHY, draw_cauchy, median, sigma);
}

void THAnyTensor_logNormal(THAnyTensor *self, THGenerator *gen, double mean, double stdv)
{
  THRandom_checkNormal(stdv, 4);
  fill_reals("logNormal", self, gen, TH_RANDOM_LOGNORMAL, draw_log_normal, mean, stdv);
}

/* means or stddevs may be NULL: the number stands in. */
static void fill_normals(THAnyTensor *self, THGenerator *gen, THAnyTensor *means, double mean,
                         THAnyTensor *stddevs, double stddev)
{
  check_type("normal", self, true);
  if (means) check_type("normal", means, true), check_parameter("normal", means, self, 3);
  if (stddevs) check_type("normal", stddevs, true), check_parameter("normal", stddevs, self, 4);
  if (means && stddevs)
    THArgCheck(THAnyTensor_nElement(means) == THAnyTensor_nElement(stddevs), 4,
               "normal: inconsistent tensor size, means is %s and stddevs is %s",
               THAnyTensor_sizeDesc(means).str, THAnyTensor_sizeDesc(stddevs).str);
  if (!stddevs) THRandom_checkNormal(stddev, 4);
  else if (stddevs->nDimension)
    THRandom_checkNormal(THReduce_all("normal", TH_REDUCE_min, stddevs, THScalar_fromInt(0)).d, 4);
  TH_AUTO(THAnyTensor) m = means ? new_doubles(means) : NULL;
  TH_AUTO(THAnyTensor) s = stddevs ? new_doubles(stddevs) : NULL;
  THAnyTensor_resizeAs(self, means ? means : stddevs);
  Distribution dist = {.kind = TH_RANDOM_NORMAL, .a = mean, .b = stddev};
  if (m) dist.mean = THAnyTensor_data(m);
  if (s) dist.stdv = THAnyTensor_data(s);
  fill("normal", self, gen, store_doubles, draw_normals, &dist);
}

void THAnyTensor_normal_means(THAnyTensor *self, THGenerator *gen, THAnyTensor *means,
                              double stddev)
{
  fill_normals(self, gen, means, 0, NULL, stddev);
}

void THAnyTensor_normal_stddevs(THAnyTensor *self, THGenerator *gen, double mean,
                                THAnyTensor *stddevs)
{
  fill_normals(self, gen, NULL, mean, stddevs, 1);
}

void THAnyTensor_normal_means_stddevs(THAnyTensor *self, THGenerator *gen, THAnyTensor *means,
                                      THAnyTensor *stddevs)
{
  fill_normals(self, gen, means, 0, stddevs, 1);
}

void THAnyTensor_rand(THAnyTensor *r_, THGenerator *gen, int n, const int64_t *size)
{
  check_type("rand", r_, true);
  THAnyTensor_resizeNd(r_, n, size, NULL);
  THAnyTensor_uniform(r_, gen, 0, 1);
}

void THAnyTensor_randn(THAnyTensor *r_, THGenerator *gen, int n, const int64_t *size)
{
  check_type("randn", r_, true);
  THAnyTensor_resizeNd(r_, n, size, NULL);
  THAnyTensor_normal(r_, gen, 0, 1);
}

/* ---- permutations and categories ---- */

void THAnyTensor_randperm(THAnyTensor *r_, THGenerator *gen, int64_t n)
{
  THAnyTensor_randpermFrom(r_, gen, n, 0);
}

/* The order of n random numbers of 64 bits, no two of which are equal but once in 2^64 / n^2 calls. */
static void device_permute(THAnyTensor *r_, THGenerator *gen, int64_t n, int64_t first)
{
  THType type = THType_beside(TH_LONG, (THType)r_->type);
  TH_checkSameDevice("randperm", r_, 0, NULL);
  TH_AUTO(THAnyTensor) keys = THAnyTensor_newWithSizeNd(type, 1, &n, NULL);
  TH_AUTO(THAnyTensor) order = THAnyTensor_new(type);
  fill("randperm", keys, gen, NULL, NULL, &(Distribution){.kind = TH_RANDOM_RANGE});
  THAnyTensor_sort(keys, order, keys, 0, 0);
  THAnyTensor_add(order, order, THScalar_fromInt(first));
  THAnyTensor_copy(r_, order);
}

void THAnyTensor_randpermFrom(THAnyTensor *r_, THGenerator *gen, int64_t n, int64_t first)
{
  static void (*const permute[TH_NTYPES])(void *, int64_t, int64_t, int64_t, THGenerator *) =
      TH_BY_TYPE(permute);
  TH_checkArithmetic("randperm", r_);
  THArgCheck(n > 0, 3, "randperm: n must be strictly positive, got %lld", (long long)n);
  THArgCheck((double)n <= (double)TH_largestInteger((THType)r_->type) + 1 - (double)first, 3,
             "randperm: a %sTensor cannot hold all of %lld to %lld", THType_name((THType)r_->type),
             (long long)first, (long long)(n - 1 + first));
  THAnyTensor_resizeNd(r_, 1, &n, NULL);
  if (THType_onDevice((THType)r_->type)) {
    device_permute(r_, gen, n, first);
    return;
  }
  permute[r_->type](THAnyTensor_data(r_), r_->stride[0], n, first, gen);
}

/* Position i with cumulative[i - 1] <= u < cumulative[i]: never one of weight 0. */
static int64_t bisect(const double *cumulative, int64_t n, double u)
{
  int64_t left = 0, right = n - 1;
  while (left < right) {
    int64_t mid = left + (right - left) / 2;
    if (cumulative[mid] <= u) left = mid + 1;
    else right = mid;
  }
  return left;
}

/* Sums of the weights up to each one, scaled to end at 1. */
static void cumulate(double *cumulative, const double *weight, int64_t n)
{
  double sum = 0;
  for (int64_t i = 0; i < n; i++) cumulative[i] = sum += weight[i];
  for (int64_t i = 0; i < n; i++) cumulative[i] /= sum;
}

/* needed: how many positive ones there must be. */
static void check_weights(const double *x, int64_t n, int64_t needed)
{
  double sum = 0;
  int64_t positive = 0;
  for (int64_t i = 0; i < n; i++) {
    THArgCheck(x[i] >= 0, 3, "multinomial: probability %g at position %lld is not positive or 0",
               x[i], (long long)i + TH_INDEX_BASE);
    sum += x[i];
    positive += x[i] > 0;
  }
  THArgCheck(sum > 0 && sum <= DBL_MAX, 3,
             "multinomial: invalid distribution (sum of probabilities is %g)", sum);
  THArgCheck(
      positive >= needed, 4,
      "multinomial: cannot sample %lld without replacement, only %lld probabilities are positive",
      (long long)needed, (long long)positive);
}

/* n categories of the weights into out; without replacement the weight of one that was drawn
 * becomes 0. */
static void draw_categories(int64_t *out, int64_t n_sample, THGenerator *gen, double *weight,
                            double *cumulative, int64_t n, bool with_replacement)
{
  cumulate(cumulative, weight, n);
  for (int64_t j = 0; j < n_sample; j++) {
    if (j && !with_replacement) {
      weight[out[j - 1]] = 0;
      cumulate(cumulative, weight, n);
    }
    out[j] = bisect(cumulative, n, THRandom_uniform(gen, 0, 1));
  }
}

/* A LongTensor on the side of `beside`. */
static void check_long(const char *op, const THAnyTensor *t, const THAnyTensor *beside, int arg)
{
  THType type = THType_beside(TH_LONG, (THType)beside->type);
  THArgCheck(t->type == (int)type, arg, "%s: %sTensor expected, got torch.%sTensor", op, THType_name(type),
             THType_name((THType)t->type));
}

/* ---- the same on a GPU, made of other operations ---- */

static double least(const char *op, THAnyTensor *x)
{
  return THReduce_all(op, TH_REDUCE_min, x, THScalar_fromInt(0)).d;
}

/* check_weights for the rows of a matrix of doubles. */
static void device_check_weights(THAnyTensor *p, int64_t needed)
{
  static const char *op = "multinomial";
  const THScalar zero = THScalar_fromInt(0);
  double lowest = least(op, p);
  THArgCheck(lowest >= 0, 3, "%s: probability %g is not positive or 0", op, lowest);
  TH_AUTO(THAnyTensor) sums = THAnyTensor_new((THType)p->type);
  THReduce_dim(op, TH_REDUCE_sum, sums, p, 1, 3, 1, zero);
  double low = least(op, sums), high = THReduce_all(op, TH_REDUCE_max, sums, zero).d;
  THArgCheck(low > 0 && high <= DBL_MAX, 3, "%s: invalid distribution (sum of probabilities is %g)", op,
             low > 0 ? high : low);
  TH_AUTO(THAnyTensor) positive = THAnyTensor_new((THType)p->type);
  THMath_compare(op, TH_COMPARE_gtValue, positive, zero, zero, 1, &p, 0);
  THReduce_dim(op, TH_REDUCE_sum, sums, positive, 1, 3, 1, zero);
  int64_t fewest = (int64_t)least(op, sums);
  THArgCheck(fewest >= needed, 4,
             "%s: cannot sample %lld without replacement, only %lld probabilities are positive", op,
             (long long)needed, (long long)fewest);
}

static void device_draw(THAnyTensor *r, THAnyTensor *p, THGenerator *gen)
{
  int64_t rows = p->size[0], n = p->size[1], draws = r->size[1];
  TH_AUTO(THAnyTensor) cumulative = THAnyTensor_new((THType)p->type);
  TH_AUTO(THAnyTensor) u = THAnyTensor_newWithSizeNd((THType)p->type, 2, (int64_t[]){rows, draws}, NULL);
  THAnyTensor_cumsum(cumulative, p, 1);
  THAnyTensor_uniform(u, gen, 0, 1);
  TH_device->draw(THAnyTensor_data(cumulative), rows, n, THAnyTensor_data(u), draws, THAnyTensor_data(r));
}

/* The largest p / e, e being exponential, come in the order of draws without replacement (Efraimidis,
   Spirakis, "Weighted random sampling with a reservoir", 2006). */
static void device_draw_apart(THAnyTensor *r, THAnyTensor *p, THGenerator *gen)
{
  const THScalar zero = THScalar_fromInt(0);
  TH_AUTO(THAnyTensor) e = THAnyTensor_newWithSizeNd((THType)p->type, 2, p->size, NULL);
  TH_AUTO(THAnyTensor) best = THAnyTensor_new((THType)p->type);
  THAnyTensor_exponential(e, gen, 1);
  THMath_map("multinomial", TH_MAP_cmaxValue, e, THScalar_fromDouble(1e-300), zero, 1, &e, 0); /* 0 / 0 is NaN */
  THMath_map("multinomial", TH_MAP_cdiv, e, zero, zero, 2, (THAnyTensor *[]){p, e}, 0);
  THAnyTensor_topk(best, r, e, r->size[1], 1, 1, 1);
}

static void device_multinomial(THAnyTensor *r_, THGenerator *gen, THAnyTensor *weights, int64_t n_sample,
                               bool with_replacement)
{
  int ndim = weights->nDimension;
  int64_t rows = ndim == 2 ? weights->size[0] : 1, n = weights->size[ndim - 1];
  TH_checkSameDevice("multinomial", r_, 1, &weights);
  TH_AUTO(THAnyTensor) doubles = new_doubles(weights);
  TH_AUTO(THAnyTensor) p = THAnyTensor_newWithTensor(doubles);
  THAnyTensor_viewNd(p, doubles, 2, (int64_t[]){rows, n});
  device_check_weights(p, with_replacement ? 1 : n_sample);
  TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd((THType)r_->type, 2, (int64_t[]){rows, n_sample}, NULL);
  (with_replacement ? device_draw : device_draw_apart)(r, p, gen);
  THAnyTensor_resizeNd(r_, ndim, ndim == 2 ? r->size : r->size + 1, NULL);
  THAnyTensor_copy(r_, r);
}

void THAnyTensor_multinomial(THAnyTensor *r_, THGenerator *gen, THAnyTensor *prob_dist,
                             int64_t n_sample, int with_replacement)
{
  check_long("multinomial", r_, prob_dist, 1);
  TH_checkRealArithmetic("multinomial", prob_dist);
  int ndim = prob_dist->nDimension;
  THArgCheck(ndim == 1 || ndim == 2, 3, "multinomial: prob_dist must be 1 or 2 dim, got %s",
             THAnyTensor_sizeDesc(prob_dist).str);
  int64_t rows = ndim == 2 ? prob_dist->size[0] : 1, n = prob_dist->size[ndim - 1];
  THArgCheck(n_sample > 0, 4, "multinomial: cannot sample n_sample <= 0 samples");
  THArgCheck(with_replacement || n_sample <= n, 4,
             "multinomial: cannot sample n_sample > prob_dist:size(1) samples without replacement, "
             "got %lld of "
             "%lld",
             (long long)n_sample, (long long)n);
  if (THType_onDevice((THType)prob_dist->type)) {
    device_multinomial(r_, gen, prob_dist, n_sample, with_replacement != 0);
    return;
  }
  TH_AUTO(THAnyTensor) p = new_doubles(prob_dist);
  TH_AUTO(THAnyTensor) sums = THAnyTensor_newWithSizeNd(TH_DOUBLE, 1, &n, NULL);
  double *weight = THAnyTensor_data(p);
  for (int64_t i = 0; i < rows; i++)
    check_weights(weight + i * n, n, with_replacement ? 1 : n_sample);
  TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd(TH_LONG, 2, (int64_t[]){rows, n_sample}, NULL);
  int64_t *out = THAnyTensor_data(r);
  for (int64_t i = 0; i < rows; i++)
    draw_categories(out + i * n_sample, n_sample, gen, weight + i * n, THAnyTensor_data(sums), n,
                    with_replacement != 0);
  THAnyTensor_resizeNd(r_, ndim, ndim == 2 ? r->size : r->size + 1, NULL);
  THAnyTensor_copy(r_, r);
}

/* On the CPU, contiguous, owned; Half by way of Float. */
static THAnyTensor *new_here(THAnyTensor *t)
{
  THType element = THType_element((THType)t->type);
  THAnyTensor *r =
    THAnyTensor_newWithSizeNd(element == TH_HALF ? TH_FLOAT : element, t->nDimension, t->size, NULL);
  THAnyTensor_copy(r, t);
  return r;
}
static THAnyTensor *new_host_doubles(THAnyTensor *t)
{
  TH_AUTO(THAnyTensor) here = new_here(t);
  return new_doubles(here);
}
static THAnyTensor *new_host_longs(THAnyTensor *t) { return new_here(t); }
/* r of any floating-point type, on either side, from doubles on the CPU. */
static void copy_doubles(THAnyTensor *r, THAnyTensor *doubles)
{
  TH_AUTO(THAnyTensor) here = THAnyTensor_newWithSizeNd(
    THType_element((THType)r->type) == TH_HALF ? TH_FLOAT : THType_element((THType)r->type), doubles->nDimension,
    doubles->size, NULL);
  THAnyTensor_copy(here, doubles);
  THAnyTensor_copy(r, here);
}

/* Pairs every small probability with a large one that fills it up (Walker 1977, in Vose's order).
   Whatever finds no partner has one but for rounding: it stays. `stack` has room for 2 n positions.
 */
static void pair_up(int64_t *J, double *q, int64_t n, int64_t *stack)
{
  int64_t *small = stack, *large = stack + n, ns = 0, nl = 0;
  for (int64_t i = 0; i < n; i++) {
    J[i] = 0;
    q[i] *= (double)n;
    if (q[i] < 1) small[ns++] = i;
    else large[nl++] = i;
  }
  while (ns > 0 && nl > 0) {
    int64_t s = small[ns - 1], l = large[nl - 1];
    J[s] = l;
    q[l] -= 1 - q[s];
    if (q[l] < 1) {
      small[ns - 1] = l;
      nl--;
    } else {
      ns--;
    }
  }
  while (ns > 0) q[small[--ns]] = 1;
  while (nl > 0) q[large[--nl]] = 1;
}

void THAnyTensor_multinomialAliasSetup(THAnyTensor *prob_dist, THAnyTensor *J, THAnyTensor *q)
{
  check_long("multinomialAliasSetup", J, prob_dist, 2);
  TH_checkRealArithmetic("multinomialAliasSetup", prob_dist);
  TH_checkType("multinomialAliasSetup", q, (THType)prob_dist->type, 3);
  if (THType_onDevice((THType)q->type))
    TH_checkSameDevice("multinomialAliasSetup", prob_dist, 2, (THAnyTensor *[]){J, q});
  int64_t n = THAnyTensor_nElement(prob_dist);
  THArgCheck(prob_dist->nDimension > 0, 1, "multinomialAliasSetup: empty distribution");
  TH_AUTO(THAnyTensor) p = new_host_doubles(prob_dist);
  double *value = THAnyTensor_data(p), sum = 0;
  for (int64_t i = 0; i < n; i++) {
    THArgCheck(value[i] >= 0, 1, "multinomialAliasSetup: probability %g is negative", value[i]);
    sum += value[i];
  }
  THArgCheck(fabs(sum - 1) < 1e-3, 1, "multinomialAliasSetup: probabilities sum to %g, not 1", sum);
  TH_AUTO(THAnyTensor) alias = THAnyTensor_newWithSizeNd(TH_LONG, 1, &n, NULL);
  TH_AUTO(THAnyTensor) stack = THAnyTensor_newWithSizeNd(TH_LONG, 1, (int64_t[]){2 * n}, NULL);
  pair_up(THAnyTensor_data(alias), value, n, THAnyTensor_data(stack));
  THAnyTensor_resizeNd(J, 1, &n, NULL);
  THAnyTensor_resizeNd(q, 1, &n, NULL);
  THAnyTensor_copy(J, alias);
  copy_doubles(q, p);
}

/* Where `stay` does not decide, the other category counts: r = other + (u < stay) (k - other). */
static void device_choose(THAnyTensor *r_, THAnyTensor *J, THAnyTensor *q, THGenerator *gen, int64_t first)
{
  static const char *op = "multinomialAlias";
  const THScalar zero = THScalar_fromInt(0), one = THScalar_fromInt(1);
  int64_t n = THAnyTensor_nElement(J), total = THAnyTensor_nElement(r_);
  THType type = (THType)r_->type, real = THType_beside(TH_DOUBLE, type);
  TH_AUTO(THAnyTensor) u = THAnyTensor_newWithSizeNd(real, 1, &total, NULL);
  TH_AUTO(THAnyTensor) k = THAnyTensor_newWithSizeNd(type, 1, &total, NULL);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(type);
  TH_AUTO(THAnyTensor) stay = THAnyTensor_new(real);
  TH_AUTO(THAnyTensor) chosen = THAnyTensor_newWithSizeNd(type, 1, &total, NULL);
  THAnyTensor_uniform(u, gen, 0, (double)n);
  THAnyTensor_copy(k, u);
  THAnyTensor_add(k, k, THScalar_fromInt(TH_INDEX_BASE));
  THAnyTensor_gather(stay, q, 0, k);
  THAnyTensor_gather(r, J, 0, k);
  THAnyTensor_add(k, k, THScalar_fromInt(-TH_INDEX_BASE));
  THAnyTensor_add(r, r, THScalar_fromInt(-first));
  THAnyTensor_uniform(u, gen, 0, 1);
  THMath_compare(op, TH_COMPARE_ltTensor, u, zero, zero, 2, (THAnyTensor *[]){u, stay}, 0);
  THAnyTensor_copy(chosen, u);
  THMath_map(op, TH_MAP_csub, k, one, zero, 2, (THAnyTensor *[]){k, r}, 0);
  THMath_map(op, TH_MAP_addcmul, r, one, zero, 3, (THAnyTensor *[]){r, chosen, k}, 0);
  THAnyTensor_copy(r_, r);
}

void THAnyTensor_multinomialAliasFrom(THAnyTensor *r_, THGenerator *gen, THAnyTensor *J_,
                                      THAnyTensor *q_, int64_t first)
{
  static const char *op = "multinomialAlias";
  check_long(op, r_, q_, 1);
  check_long(op, J_, q_, 3);
  if (THType_onDevice((THType)q_->type)) TH_checkSameDevice(op, r_, 2, (THAnyTensor *[]){J_, q_});
  check_type(op, q_, true);
  int64_t n = THAnyTensor_nElement(J_), total = THAnyTensor_nElement(r_);
  THArgCheck(n > 0 && n == THAnyTensor_nElement(q_), 4,
             "multinomialAlias: J is %s and q is %s, expected vectors of one size",
             THAnyTensor_sizeDesc(J_).str, THAnyTensor_sizeDesc(q_).str);
  TH_AUTO(THAnyTensor) J = new_host_longs(J_);
  TH_AUTO(THAnyTensor) q = new_host_doubles(q_);
  const int64_t *alias = THAnyTensor_data(J);
  const double *stay = THAnyTensor_data(q);
  for (int64_t i = 0; i < n; i++) {
    THRandom_checkBernoulli(THMin(stay[i], 1.0), 4);
    THArgCheck(stay[i] >= 1 || (alias[i] >= first && alias[i] - first < n), 3,
               "multinomialAlias: %lld in J is no category", (long long)alias[i]);
  }
  if (total == 0) return;
  if (THType_onDevice((THType)r_->type)) {
    TH_AUTO(THAnyTensor) stays = new_doubles(q_);
    device_choose(r_, J_, stays, gen, first);
    return;
  }
  TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd(TH_LONG, 1, &total, NULL);
  int64_t *out = THAnyTensor_data(r);
  for (int64_t i = 0; i < total; i++) {
    int64_t k = (int64_t)THRandom_uniform(gen, 0, (double)n);
    out[i] = THRandom_bernoulli(gen, THMin(stay[k], 1.0)) ? k : alias[k] - first;
  }
  THAnyTensor_copy(r_, r);
}

void THAnyTensor_multinomialAliasDraw(THAnyTensor *r_, THGenerator *gen, THAnyTensor *J,
                                      THAnyTensor *q)
{
  THAnyTensor_multinomialAliasFrom(r_, gen, J, q, 0);
}

/* ---- state ---- */

void THAnyTensor_getRNGState(THGenerator *gen, THAnyTensor *self)
{
  THArgCheck(self->type == TH_BYTE, 2, "ByteTensor expected for the RNG state");
  int64_t n = sizeof *gen;
  THAnyTensor_resizeNd(self, 1, &n, NULL);
  THArgCheck(THAnyTensor_isContiguous(self), 2, "RNG state needs to be contiguous");
  memcpy(THAnyTensor_data(self), gen, sizeof *gen);
}

void THAnyTensor_setRNGState(THGenerator *gen, THAnyTensor *self)
{
  THArgCheck(self->type == TH_BYTE, 2, "ByteTensor expected for the RNG state");
  THArgCheck(THAnyTensor_nElement(self) == (int64_t)sizeof *gen, 2,
             "RNG state is wrong size, expected %lld bytes, got %s", (long long)sizeof *gen,
             THAnyTensor_sizeDesc(self).str);
  THArgCheck(THAnyTensor_isContiguous(self), 2, "RNG state needs to be contiguous");
  THGenerator state;
  memcpy(&state, THAnyTensor_data(self), sizeof state);
  THArgCheck(THGenerator_isValid(&state), 2, "Invalid RNG state");
  *gen = state;
}
