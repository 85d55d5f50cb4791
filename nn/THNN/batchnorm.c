/* Batch normalisation over dimension 2: batch x features, or batch x features x positions.
   Features are shared out to threads; sums are kept in double. */
#include "common.h"
#include "THNNDevice.h"
#include <math.h>

enum { COLUMNS = 256 }; /* most features of a task, when there are no positions */

#define TH_GENERIC_FILE "generic/batchnorm.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

#define TABLE(ret, name, ...) static ret (*const name[TH_NTYPES])(__VA_ARGS__) = TH_BY_FLOAT_TYPE(name)
TABLE(void, moments, const void *, int64_t, int64_t, int64_t, double *, double *);
TABLE(void, normalize, const void *, void *, int64_t, int64_t, int64_t, double, double, double);
TABLE(void, grad_sums, const void *, const void *, int64_t, int64_t, int64_t, double, double *,
      double *);
TABLE(void, grad_input, const void *, const void *, void *, int64_t, int64_t, int64_t, double,
      double, double, double);
TABLE(void, moments_columns, const void *, int64_t, int64_t, int, double *, double *);
TABLE(void, normalize_columns, const void *, void *, int64_t, int64_t, int, const double *,
      const double *, const double *);
TABLE(void, grad_sums_columns, const void *, const void *, int64_t, int64_t, int, const double *,
      double *, double *);
TABLE(void, grad_input_columns, const void *, const void *, void *, int64_t, int64_t, int,
      const double *, const double *, const double *, const double *);

typedef struct Norm {
  THType type;
  int64_t n, features, positions, step; /* step: elements from one sample to the next */
  char *x, *y, *g, *gx;                 /* g, gx NULL in the forward pass; gx may be NULL */
  bool train;
  double momentum, eps, scale;
  THAnyTensor *weight, *bias, *running_mean, *running_var, *save_mean, *save_std;
  THAnyTensor *gradWeight, *gradBias;
} Norm;

/* Element 0 of a tensor that check_vector has seen. */
static char *start_of(const THAnyTensor *t)
{
  return (char *)t->storage->data + (size_t)t->storageOffset * THType_size((THType)t->type);
}

/* Elements [first, first + n) of a vector as doubles; `absent` for those of one that is not there. */
static void get(const THAnyTensor *t, int64_t first, int n, double absent, double *v)
{
  const int64_t step = t ? t->stride[0] : 0;
  if (!t) {
    for (int j = 0; j < n; j++) v[j] = absent;
  } else if (t->type == TH_FLOAT) {
    const float *p = (const float *)start_of(t) + first * step;
    for (int j = 0; j < n; j++) v[j] = p[j * step];
  } else {
    const double *p = (const double *)start_of(t) + first * step;
    for (int j = 0; j < n; j++) v[j] = p[j * step];
  }
}

static void put(THAnyTensor *t, int64_t first, int n, const double *v)
{
  const int64_t step = t->stride[0];
  if (t->type == TH_FLOAT) {
    float *p = (float *)start_of(t) + first * step;
    for (int j = 0; j < n; j++) p[j * step] = (float)v[j];
  } else {
    double *p = (double *)start_of(t) + first * step;
    for (int j = 0; j < n; j++) p[j * step] = v[j];
  }
}

static void check_vector(const char *what, const THAnyTensor *t, int64_t n)
{
  if (t && (t->nDimension != 1 || t->size[0] != n))
    THError("BatchNormalization: %s: expected size [%lld], got %s", what, (long long)n,
            THAnyTensor_sizeDesc(t).str);
  if (t) (void)THNN_data(t); /* raises where the storage is too small */
}

static Norm check(THAnyTensor *input, Norm norm)
{
  THArgCheck(input->nDimension >= 2, 2,
             "BatchNormalization: only mini-batch supported (batch x features ...), got %s",
             THAnyTensor_sizeDesc(input).str);
  norm.type = (THType)input->type;
  norm.n = input->size[0];
  norm.features = input->size[1];
  norm.step = THAnyTensor_nElement(input) / norm.n;
  norm.positions = norm.step / norm.features;
  check_vector("weight", norm.weight, norm.features);
  check_vector("bias", norm.bias, norm.features);
  check_vector("running_mean", norm.running_mean, norm.features);
  check_vector("running_var", norm.running_var, norm.features);
  check_vector("gradWeight", norm.gradWeight, norm.features);
  check_vector("gradBias", norm.gradBias, norm.features);
  return norm;
}

/* t = share v + (1 - share) t */
static void follow(THAnyTensor *t, int64_t first, int n, double share, const double *v)
{
  double w[COLUMNS];
  get(t, first, n, 0, w);
  for (int j = 0; j < n; j++) w[j] = share * v[j] + (1 - share) * w[j];
  put(t, first, n, w);
}

/* 1/std of features from the sums of the batch; brings the running moments up to date. */
static void take_moments(const Norm *b, int64_t first, int n, const double *mean, const double *squares,
                         double *invstd)
{
  const double count = (double)(b->n * b->positions);
  double variance[COLUMNS];
  for (int j = 0; j < n; j++) {
    invstd[j] = squares[j] == 0 && b->eps == 0 ? 0 : 1 / sqrt(squares[j] / count + b->eps);
    variance[j] = squares[j] / (count - 1);
  }
  put(b->save_mean, first, n, mean);
  put(b->save_std, first, n, invstd);
  follow(b->running_mean, first, n, b->momentum, mean);
  follow(b->running_var, first, n, b->momentum, variance);
}

static void running_moments(const Norm *b, int64_t first, int n, double *mean, double *invstd)
{
  get(b->running_mean, first, n, 0, mean);
  get(b->running_var, first, n, 1, invstd);
  for (int j = 0; j < n; j++) invstd[j] = 1 / sqrt(invstd[j] + b->eps);
}

/* Of n features from `first` on, one where there are positions. */
static void forward(const Norm *b, int64_t first, int n)
{
  const size_t at = (size_t)(first * b->positions) * THType_size(b->type);
  const char *x = b->x + at;
  double mean[COLUMNS], squares[COLUMNS], a[COLUMNS], w[COLUMNS];
  if (!b->train) {
    running_moments(b, first, n, mean, a);
  } else {
    if (b->positions > 1) moments[b->type](x, b->n, b->step, b->positions, mean, squares);
    else moments_columns[b->type](x, b->n, b->step, n, mean, squares);
    take_moments(b, first, n, mean, squares, a);
  }
  get(b->weight, first, n, 1, w);
  for (int j = 0; j < n; j++) a[j] *= w[j];
  get(b->bias, first, n, 0, w);
  if (b->positions > 1) normalize[b->type](x, b->y + at, b->n, b->step, b->positions, *mean, *a, *w);
  else normalize_columns[b->type](x, b->y + at, b->n, b->step, n, mean, a, w);
}

/* t += scale v */
static void add_to(THAnyTensor *t, int64_t first, int n, double scale, const double *v)
{
  double w[COLUMNS];
  if (!t) return;
  get(t, first, n, 0, w);
  for (int j = 0; j < n; j++) w[j] += scale * v[j];
  put(t, first, n, w);
}

/* Gradients of the parameters; gradInput = (g - gmean - (x - mean) k) a. */
static void backward(const Norm *b, int64_t first, int n)
{
  const size_t at = (size_t)(first * b->positions) * THType_size(b->type);
  const char *x = b->x + at, *g = b->g + at;
  const double count = (double)(b->n * b->positions);
  double mean[COLUMNS], a[COLUMNS], sum[COLUMNS], dot[COLUMNS], k[COLUMNS], w[COLUMNS];
  if (b->train) {
    get(b->save_mean, first, n, 0, mean);
    get(b->save_std, first, n, 1, a);
  } else {
    running_moments(b, first, n, mean, a);
  }
  if (b->positions > 1) grad_sums[b->type](x, g, b->n, b->step, b->positions, *mean, sum, dot);
  else grad_sums_columns[b->type](x, g, b->n, b->step, n, mean, sum, dot);
  get(b->weight, first, n, 1, w);
  add_to(b->gradBias, first, n, b->scale, sum);
  for (int j = 0; j < n; j++) {
    sum[j] = b->train ? sum[j] / count : 0;
    k[j] = b->train ? dot[j] * a[j] * a[j] / count : 0;
    dot[j] *= a[j];
    a[j] *= w[j];
  }
  add_to(b->gradWeight, first, n, b->scale, dot);
  if (!b->gx) return;
  if (b->positions > 1)
    grad_input[b->type](x, g, b->gx + at, b->n, b->step, b->positions, *mean, *sum, *k, *a);
  else grad_input_columns[b->type](x, g, b->gx + at, b->n, b->step, n, mean, sum, k, a);
}

typedef struct Features {
  const Norm *b;
  void (*pass)(const Norm *, int64_t, int);
  int64_t width;
} Features;

static void run_features(const void *arg, int64_t i, void *const *at)
{
  const Features *f = arg;
  const int64_t first = i * f->width;
  (void)at;
  f->pass(f->b, first, (int)THMin(f->width, f->b->features - first));
}

/* Features of a task: the pieces of its rows stay in the second cache for a second pass, and are long enough to be fetched
   ahead; but there are tasks for many threads. */
static int64_t width_of(const Norm *b)
{
  enum { LINE = 16, KEPT = 32768, TASKS = 32 };
  if (b->positions > 1) return 1;
  int64_t width = THMin(COLUMNS, THMax(KEPT / b->n, LINE));
  if (b->n * b->features >= 4 * TH_GRAIN) width = THMin(width, THMax(b->features / TASKS, LINE));
  return (width + LINE - 1) / LINE * LINE;
}

static void run(const Norm *b, void (*pass)(const Norm *, int64_t, int))
{
  const int64_t width = width_of(b), tasks = (b->features + width - 1) / width;
  const double work = 2 * (double)b->n * (double)b->step / (double)tasks;
  THPlanes_run(tasks, work, run_features, &(Features){b, pass, width}, 0, NULL);
}

static THNN_Vector vector(const THAnyTensor *t)
{
  return t ? (THNN_Vector){THNN_data(t), t->stride[0]} : (THNN_Vector){NULL, 0};
}

static THNN_Norm for_device(const Norm *b)
{
  return (THNN_Norm){.n = b->n, .features = b->features, .positions = b->positions,
                     .train = b->train, .momentum = b->momentum, .eps = b->eps, .scale = b->scale,
                     .weight = vector(b->weight), .bias = vector(b->bias),
                     .running_mean = vector(b->running_mean),
                     .running_var = vector(b->running_var), .save_mean = vector(b->save_mean),
                     .save_std = vector(b->save_std), .gradWeight = vector(b->gradWeight),
                     .gradBias = vector(b->gradBias)};
}

void THNN_BatchNormalization_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                          THAnyTensor *weight, THAnyTensor *bias,
                                          THAnyTensor *running_mean, THAnyTensor *running_var,
                                          THAnyTensor *save_mean, THAnyTensor *save_std, bool train,
                                          double momentum, double eps)
{
  THNN_TYPES_ANY("BatchNormalization", input, output, weight, bias, running_mean, running_var,
             save_mean, save_std);
  Norm b = check(input, (Norm){.train = train, .momentum = momentum, .eps = eps, .weight = weight,
                               .bias = bias, .running_mean = running_mean,
                               .running_var = running_var, .save_mean = save_mean,
                               .save_std = save_std});
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, input->nDimension, input->size);
  if (train) {
    TH_resizeResult(save_mean, 1, &b.features);
    TH_resizeResult(save_std, 1, &b.features);
  }
  b.x = THNN_data(x);
  b.y = THNN_data(y);
  if (THType_onDevice(b.type)) {
    THNN_Norm norm = for_device(&b);
    THNN_device->normalize(b.type, &norm, b.x, b.y);
  } else {
    run(&b, forward);
  }
  THNN_finish(y, output);
}

void THNN_BatchNormalization_backward(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                      THAnyTensor *gradInput, THAnyTensor *gradWeight,
                                      THAnyTensor *gradBias, THAnyTensor *weight,
                                      THAnyTensor *running_mean, THAnyTensor *running_var,
                                      THAnyTensor *save_mean, THAnyTensor *save_std, bool train,
                                      double scale, double eps)
{
  THNN_TYPES_ANY("BatchNormalization", input, gradOutput, gradInput, gradWeight, gradBias, weight,
             running_mean, running_var, save_mean, save_std);
  Norm b = check(input, (Norm){.train = train, .scale = scale, .eps = eps, .weight = weight,
                               .running_mean = running_mean, .running_var = running_var,
                               .save_mean = save_mean, .save_std = save_std,
                               .gradWeight = gradWeight, .gradBias = gradBias});
  THNN_checkNElement("BatchNormalization", "input", input, "gradOutput", gradOutput);
  if (train) {
    check_vector("save_mean", save_mean, b.features);
    check_vector("save_std", save_std, b.features);
  }
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = gradInput ? THNN_newResult(gradInput, input->nDimension, input->size) : NULL;
  b.x = THNN_data(x);
  b.g = THNN_data(g);
  b.gx = gx ? THNN_data(gx) : NULL;
  if (THType_onDevice(b.type)) {
    THNN_Norm norm = for_device(&b);
    THNN_device->normalizeGrad(b.type, &norm, b.x, b.g, b.gx);
  } else {
    run(&b, backward);
  }
  if (gx) THNN_finish(gx, gradInput);
}
