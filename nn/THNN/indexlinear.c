/* IndexLinear: a matrix times inputs given by the keys and values of their features. The weight has a row per
   feature, so that a sample touches a few rows; four columns before the outputs hold what is known of a feature
   where values are normalized (FEATURE_*). Gradients are a row per occurrence of a feature. */
#include "common.h"
#include "THNNDevice.h"
#include "THTensorOps.h"
#include <math.h>
#include <stdlib.h>

/* n occurrences of keys: rows of w, which are `stride` long, `lead` columns before the outputs. */
typedef struct Features {
  const int64_t *row;
  int64_t n, out, stride, lead;
} Features;

#define TH_GENERIC_FILE "generic/indexlinear.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const normalize[TH_NTYPES])(const Features *, const void *, void *, void *,
                                          bool) = TH_BY_FLOAT_TYPE(normalize);
static void (*const add_features[TH_NTYPES])(const Features *, int64_t, const void *, const void *,
                                             void *) = TH_BY_FLOAT_TYPE(add_features);
static void (*const feature_grad[TH_NTYPES])(const Features *, const void *, const void *, void *,
                                             double) = TH_BY_FLOAT_TYPE(feature_grad);
static void (*const update_bias[TH_NTYPES])(const Features *, const void *, void *, double) = TH_BY_FLOAT_TYPE(update_bias);
static void (*const decay_row[TH_NTYPES])(const Features *, int64_t, void *, double) = TH_BY_FLOAT_TYPE(decay_row);
static void (*const update_rows[TH_NTYPES])(const Features *, const void *, void *, double, int64_t,
                                            int64_t) = TH_BY_FLOAT_TYPE(update_rows);

static const char op[] = "IndexLinear";

/* ---- checks ---- */

static Features features(const THAnyTensor *weight, const THAnyTensor *bias)
{
  Features f = {.out = THAnyTensor_nElement(bias)};
  THArgCheck(weight->nDimension == 2, THNN_OWN, "%s: weight must be a matrix, got %s", op, THAnyTensor_sizeDesc(weight).str);
  f.stride = weight->size[1];
  f.lead = f.stride - f.out;
  THArgCheck(f.lead == 0 || f.lead == FEATURE_COLUMNS, THNN_OWN,
             "%s: weight of %s does not fit %lld outputs: expected features x %lld, or %d columns more to normalize", op,
             THAnyTensor_sizeDesc(weight).str, (long long)f.out, (long long)f.out, FEATURE_COLUMNS);
  return f;
}

/* Numbers that live on either side; those of the GPU are waited for. */
static THAnyTensor *new_host_longs(const THAnyTensor *t)
{
  THAnyTensor *from = (THAnyTensor *)t;
  if (!THNN_onDevice(t)) return THAnyTensor_newContiguous(from);
  THAnyTensor *r = THAnyTensor_newWithSizeNd(TH_LONG, t->nDimension, t->size, NULL);
  THAnyTensor_copy(r, from);
  return r;
}

/* Rows of the weight that the keys, C argument `arg`, mean; memory that the caller frees. */
static int64_t *new_rows(Features *f, int arg, const THAnyTensor *keys, int64_t offset, const THAnyTensor *weight)
{
  THNN_AUTO k = new_host_longs(keys);
  const int64_t *key = THNN_data(k);
  f->n = THAnyTensor_nElement(k);
  for (int64_t i = 0; i < f->n; i++)
    if (key[i] < -offset || key[i] >= weight->size[0] - offset)
      THNN_argError(arg, "%s: keys need to be in the range %lld to %lld, got %lld at position %lld", op,
                    (long long)-offset, (long long)(weight->size[0] - offset - 1), (long long)key[i],
                    (long long)i + TH_INDEX_BASE);
  int64_t *row = THAlloc(THMax(f->n, 1) * (ptrdiff_t)sizeof *row);
  for (int64_t i = 0; i < f->n; i++) row[i] = key[i] + offset;
  f->row = row;
  return row;
}

static void check_values(const THAnyTensor *keys, const THAnyTensor *values)
{
  THArgCheck(THAnyTensor_nElement(values) == THAnyTensor_nElement(keys), 4, "%s: expected a value for each of %lld keys, got %s",
             op, (long long)THAnyTensor_nElement(keys), THAnyTensor_sizeDesc(values).str);
}

/* Where the features of every sample begin, and end; memory that the caller frees. */
static int64_t *new_starts(const THAnyTensor *sizes, int64_t n)
{
  THNN_AUTO s = new_host_longs(sizes);
  const int64_t *size = THNN_data(s);
  int64_t samples = THAnyTensor_nElement(s);
  TH_AUTO_MEM int64_t *start = THAlloc((samples + 1) * (ptrdiff_t)sizeof *start);
  start[0] = 0;
  for (int64_t i = 0; i < samples; i++) {
    THArgCheck(size[i] >= 0 && size[i] <= n - start[i], 5, "%s: sizes must add up to the number of keys, %lld", op, (long long)n);
    start[i + 1] = start[i] + size[i];
  }
  THArgCheck(start[samples] == n, 5, "%s: sizes must add up to the number of keys, %lld, got %lld", op, (long long)n,
             (long long)start[samples]);
  int64_t *r = start;
  start = NULL;
  return r;
}

static void check_gradient(const THAnyTensor *gradOutput, int64_t samples, int64_t out)
{
  THArgCheck(THAnyTensor_nElement(gradOutput) == samples * out, 7, "%s: expected gradOutput of %lld x %lld, got %s", op,
             (long long)samples, (long long)out, THAnyTensor_sizeDesc(gradOutput).str);
}

/* ---- on the GPU (elements/indexlinear.h) ---- */

static int by_pair(const void *a, const void *b)
{
  const int64_t *x = a, *y = b;
  int rows = (x[0] > y[0]) - (x[0] < y[0]);
  return rows ? rows : (x[1] > y[1]) - (x[1] < y[1]);
}

/* Occurrences in the order of their rows. */
static void order_by_row(const Features *f, int64_t *order)
{
  TH_AUTO_MEM int64_t *pair = THAlloc(THMax(f->n, 1) * 2 * (ptrdiff_t)sizeof *pair);
  for (int64_t i = 0; i < f->n; i++) pair[2 * i] = f->row ? f->row[i] : 0, pair[2 * i + 1] = i;
  qsort(pair, (size_t)f->n, 2 * sizeof *pair, by_pair);
  for (int64_t i = 0; i < f->n; i++) order[i] = pair[2 * i + 1];
}

/* Rows, order and the starts of samples, on the GPU; rows or starts that are NULL are left out. */
static THAnyTensor *new_device_list(const Features *f, const int64_t *start, int64_t samples, THType type)
{
  int64_t size = 2 * f->n + samples + 1;
  THNN_AUTO list = THAnyTensor_newWithSizeNd(TH_LONG, 1, &size, NULL);
  int64_t *p = THNN_data(list);
  memset(p, 0, (size_t)size * sizeof *p);
  if (f->row) memcpy(p, f->row, (size_t)f->n * sizeof *p);
  order_by_row(f, p + f->n);
  if (start) memcpy(p + 2 * f->n, start, (size_t)(samples + 1) * sizeof *p);
  THAnyTensor *r = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, type), 1, &size, NULL);
  THAnyTensor_copy(r, list);
  return r;
}

static THNN_Features device_features(const Features *f, int64_t samples, double scale)
{
  return (THNN_Features){.n = f->n, .out = f->out, .stride = f->stride, .lead = f->lead, .samples = samples, .scale = scale};
}

static void device_normalize(const Features *f, THAnyTensor *v, THAnyTensor *w, THAnyTensor *r, bool train)
{
  THNN_Features a = device_features(f, 0, 1);
  a.train = train;
  THNN_AUTO list = new_device_list(f, NULL, 0, (THType)v->type);
  THNN_EACH(index_normalize, v, f->n, &a, THNN_data(list), THNN_data(v), THNN_data(w), THNN_data(r));
}

static void device_add(const Features *f, const int64_t *start, int64_t samples, THAnyTensor *v, THAnyTensor *w,
                       THAnyTensor *y)
{
  THNN_Features a = device_features(f, samples, 1);
  THNN_AUTO list = new_device_list(f, start, samples, (THType)v->type);
  THNN_EACH(index_add, v, samples * f->out, &a, THNN_data(list), THNN_data(v), THNN_data(w), THNN_data(y));
}

static void device_grad(const Features *f, const int64_t *start, int64_t samples, THAnyTensor *v, THAnyTensor *g,
                        THAnyTensor *gw, double scale)
{
  THNN_Features a = device_features(f, samples, scale), plain = a;
  Features unordered = *f;
  unordered.row = NULL;
  THNN_AUTO list = new_device_list(&unordered, start, samples, (THType)v->type);
  THNN_EACH(index_grad, v, plain.n * plain.out, &a, THNN_data(list), THNN_data(v), THNN_data(g), THNN_data(gw));
}

static void device_update(const Features *f, THAnyTensor *gw, THAnyTensor *w, double weightDecay, double rate)
{
  THNN_Features a = device_features(f, 0, rate);
  a.decay = weightDecay * rate;
  THNN_AUTO list = new_device_list(f, NULL, 0, (THType)w->type);
  if (f->lead) THNN_EACH(index_bias, w, f->n, &a, THNN_data(list), THNN_data(gw), THNN_data(w));
  THNN_EACH(index_update, w, f->n * f->out, &a, THNN_data(list), THNN_data(gw), THNN_data(w));
}

/* ---- passes ---- */

typedef struct Forward {
  const Features *f;
  THType type;
  const int64_t *start;
  const void *values, *w;
} Forward;

static void forward_sample(const void *arg, int64_t i, void *const *at)
{
  const Forward *p = arg;
  Features f = *p->f;
  int64_t first = p->start[i];
  f.row += first;
  f.n = p->start[i + 1] - first;
  add_features[p->type](&f, f.lead, (const char *)p->values + (size_t)first * THType_size(p->type), p->w, at[0]);
}

/* The values that the weights are multiplied with: those given, or normalized ones, which normalizedValues gets. */
static THAnyTensor *new_values(const Features *f, THAnyTensor *values, THAnyTensor *weight,
                               THAnyTensor *normalizedValues, bool train)
{
  THNN_AUTO v = THAnyTensor_newContiguous(values);
  if (!f->lead) return THAnyTensor_newContiguous(v);
  THArgCheck(normalizedValues != NULL, THNN_OWN, "%s: a tensor expected for the normalized values", op);
  THNN_AUTO w = THNN_newInPlace(weight);
  THNN_AUTO r = THNN_newResult(normalizedValues, 1, &f->n);
  if (THNN_onDevice(v)) device_normalize(f, v, w, r, train);
  else normalize[v->type](f, THNN_data(v), THNN_data(w), THNN_data(r), train);
  THNN_finish(w, weight);
  THNN_finish(r, normalizedValues);
  return THAnyTensor_newContiguous(r);
}

void THNN_IndexLinear_updateOutput(THNN_STATE, THAnyTensor *keys, int64_t keysOffset, THAnyTensor *values,
                                   THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor *output,
                                   THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *normalizedValues, int train)
{
  (void)cumSumSizes;
  THNN_TYPES_ANY(op, values, output, weight, bias, normalizedValues);
  THNN_checkLong(op, "keys", keys, values);
  THNN_checkLong(op, "sizes", sizes, values);
  Features f = features(weight, bias);
  check_values(keys, values);
  TH_AUTO_MEM int64_t *rows = new_rows(&f, 2, keys, keysOffset, weight);
  TH_AUTO_MEM int64_t *start = new_starts(sizes, f.n);
  int64_t size[] = {THAnyTensor_nElement(sizes), f.out};
  THNN_AUTO v = new_values(&f, values, weight, normalizedValues, train != 0);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newWithTensor(bias);
  THAnyTensor_unsqueeze1d(b, NULL, 0);
  THAnyTensor_expandNd(b, NULL, 2, size);
  THNN_AUTO y = THNN_newResult(output, 2, size);
  THAnyTensor_copy(y, b);
  size_t width = THType_size((THType)v->type);
  if (THNN_onDevice(v)) device_add(&f, start, size[0], v, w, y);
  else TH_PLANES(size[0], (double)f.n * (double)f.out / (double)THMax(size[0], 1), forward_sample,
              &((Forward){&f, (THType)v->type, start, THNN_data(v), THNN_data(w)}), {THNN_data(y), (size_t)f.out * width});
  THNN_finish(y, output);
}

typedef struct Backward {
  const Features *f;
  THType type;
  const int64_t *start;
  const char *values, *g;
  char *gw;
  double scale;
} Backward;

static void backward_sample(const void *arg, int64_t i, void *const *unused)
{
  const Backward *p = arg;
  Features f = *p->f;
  size_t width = THType_size(p->type), first = (size_t)p->start[i] * width;
  (void)unused;
  f.n = p->start[i + 1] - p->start[i];
  feature_grad[p->type](&f, p->values + first, p->g + (size_t)(i * f.out) * width,
                        p->gw + first * (size_t)(f.lead ? 2 * f.out : f.out), p->scale);
}

static void check_grad_bias(const THAnyTensor *gradBias, int64_t out)
{
  THArgCheck(THAnyTensor_nElement(gradBias) == out, THNN_OWN, "%s: expected gradBias of %lld elements, got %s", op,
             (long long)out, THAnyTensor_sizeDesc(gradBias).str);
}

/* gradWeight becomes a row per occurrence; gradBias is added to. */
static void gradients(Features *f, THAnyTensor *values, THAnyTensor *sizes, THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                      THAnyTensor *gradBias, double scale)
{
  f->n = THAnyTensor_nElement(values);
  TH_AUTO_MEM int64_t *start = new_starts(sizes, f->n);
  int64_t samples = THAnyTensor_nElement(sizes), size[] = {f->n, f->lead ? 2 * f->out : f->out};
  check_gradient(gradOutput, samples, f->out);
  check_grad_bias(gradBias, f->out);
  THNN_AUTO v = THAnyTensor_newContiguous(values);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newResult(gradWeight, 2, size);
  if (THNN_onDevice(v)) device_grad(f, start, samples, v, g, gw, scale);
  else THPlanes_run(samples, (double)f->n * (double)f->out / (double)THMax(samples, 1), backward_sample,
              &(Backward){f, (THType)v->type, start, THNN_data(v), THNN_data(g), THNN_data(gw), scale}, 0, NULL);
  THNN_finish(gw, gradWeight);
  THNN_addPlaneSums(g, samples, f->out, 1, gradBias, scale);
}

void THNN_IndexLinear_accGradParameters(THNN_STATE, THAnyTensor *keys, int64_t keysOffset, THAnyTensor *values,
                                        THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor *gradOutput,
                                        THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight,
                                        THAnyTensor *bias, THAnyTensor *valuesBuffer, double weightDecay, double scale)
{
  (void)cumSumSizes, (void)valuesBuffer, (void)weightDecay, (void)keysOffset;
  THNN_TYPES_ANY(op, values, gradOutput, gradWeight, gradBias, weight, bias);
  THNN_checkLong(op, "keys", keys, values);
  THNN_checkLong(op, "sizes", sizes, values);
  Features f = features(weight, bias);
  check_values(keys, values);
  gradients(&f, values, sizes, gradOutput, gradWeight, gradBias, scale);
}

/* ---- updates ---- */

static int by_row(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Rows of features that occur decay once. */
static void decay(const Features *f, THType type, void *w, double rate)
{
  if (rate == 0 || !f->n) return;
  TH_AUTO_MEM int64_t *row = THAlloc(f->n * (ptrdiff_t)sizeof *row);
  memcpy(row, f->row, (size_t)f->n * sizeof *row);
  qsort(row, (size_t)f->n, sizeof *row, by_row);
  for (int64_t i = 0; i < f->n; i++)
    if (i == 0 || row[i] != row[i - 1]) decay_row[type](f, row[i], w, rate);
}

typedef struct Update {
  const Features *f;
  THType type;
  const void *gw;
  void *w;
  double rate;
} Update;

/* Outputs are shared out, since a feature may occur more than once. */
static void update_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Update *u = arg;
  (void)worker;
  update_rows[u->type](u->f, u->gw, u->w, u->rate, first, last);
}

static void update(const Features *f, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight, THAnyTensor *bias,
                   double weightDecay, double rate)
{
  THNN_AUTO gw = THAnyTensor_newContiguous(gradWeight);
  THNN_AUTO w = THNN_newInPlace(weight);
  if (THNN_onDevice(w)) device_update(f, gw, w, weightDecay, rate);
  else {
    if (f->lead) update_bias[w->type](f, THNN_data(gw), THNN_data(w), rate);
    decay(f, (THType)w->type, THNN_data(w), weightDecay * rate);
    TH_parallel(f->out, TH_pieceFor(f->out, (double)f->n), update_piece,
                &(Update){f, (THType)w->type, THNN_data(gw), THNN_data(w), rate});
  }
  THNN_finish(w, weight);
  THAnyTensor_cadd(bias, bias, THScalar_fromDouble(-rate), gradBias);
}

void THNN_IndexLinear_updateParameters(THNN_STATE, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                       THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *runningKeys,
                                       THAnyTensor *cumSumSizes, int64_t keysOffset, double weightDecay,
                                       double learningRate)
{
  (void)cumSumSizes;
  THNN_TYPES_ANY(op, gradWeight, gradBias, weight, bias);
  THNN_checkLong(op, "runningKeys", runningKeys, weight);
  Features f = features(weight, bias);
  TH_AUTO_MEM int64_t *rows = new_rows(&f, 6, runningKeys, keysOffset, weight);
  THArgCheck(THAnyTensor_nElement(gradWeight) == f.n * f.out * (f.lead ? 2 : 1), THNN_OWN,
             "%s: expected gradients of %lld occurrences, got %s", op, (long long)f.n, THAnyTensor_sizeDesc(gradWeight).str);
  check_grad_bias(gradBias, f.out);
  update(&f, gradWeight, gradBias, weight, bias, weightDecay, learningRate);
}

void THNN_IndexLinear_accUpdateGradParameters(THNN_STATE, THAnyTensor *keys, int64_t keysOffset, THAnyTensor *values,
                                              THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor *gradOutput,
                                              THAnyTensor *weight, THAnyTensor *bias, double weightDecay, double scale)
{
  (void)cumSumSizes;
  THNN_TYPES_ANY(op, values, gradOutput, weight, bias);
  THNN_checkLong(op, "keys", keys, values);
  THNN_checkLong(op, "sizes", sizes, values);
  Features f = features(weight, bias);
  check_values(keys, values);
  TH_AUTO_MEM int64_t *rows = new_rows(&f, 2, keys, keysOffset, weight);
  THNN_AUTO gw = THAnyTensor_new((THType)values->type);
  THNN_AUTO gb = THAnyTensor_newWithSizeNd((THType)values->type, 1, &f.out, NULL);
  THAnyTensor_fill(gb, THScalar_fromDouble(0));
  gradients(&f, values, sizes, gradOutput, gw, gb, 1);
  update(&f, gw, gb, weight, bias, weightDecay, scale);
}
