/* Batch normalisation over dimension 2: batch x features, or batch x features x positions.
   Features are shared out to threads; sums are kept in double. */
#include "common.h"
#include "THNNDevice.h"
#include <math.h>

enum { COLUMNS = 64 }; /* features of a task when there are no positions */
typedef double EightDoubles __attribute__((vector_size(64)));

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

static double get(const THAnyTensor *t, int64_t i, double absent)
{
  if (!t) return absent;
  const char *p = start_of(t);
  return t->type == TH_FLOAT ? (double)((const float *)p)[i * t->stride[0]]
                             : ((const double *)p)[i * t->stride[0]];
}

static void put(THAnyTensor *t, int64_t i, double v)
{
  char *p = start_of(t);
  if (t->type == TH_FLOAT) ((float *)p)[i * t->stride[0]] = (float)v;
  else ((double *)p)[i * t->stride[0]] = v;
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

/* Mean and 1/std of feature f, from the sums of the batch; brings the running ones up to date. */
static void take_moments(const Norm *b, int64_t f, double mean, double squares, double *invstd)
{
  double count = (double)(b->n * b->positions);
  *invstd = squares == 0 && b->eps == 0 ? 0 : 1 / sqrt(squares / count + b->eps);
  put(b->save_mean, f, mean);
  put(b->save_std, f, *invstd);
  put(b->running_mean, f, b->momentum * mean + (1 - b->momentum) * get(b->running_mean, f, 0));
  put(b->running_var, f,
      b->momentum * (squares / (count - 1)) + (1 - b->momentum) * get(b->running_var, f, 1));
}

static void running_moments(const Norm *b, int64_t f, double *mean, double *invstd)
{
  *mean = get(b->running_mean, f, 0);
  *invstd = 1 / sqrt(get(b->running_var, f, 1) + b->eps);
}

static void forward_feature(const Norm *b, int64_t f)
{
  size_t at = (size_t)(f * b->positions) * THType_size(b->type);
  double mean, squares, invstd;
  if (b->train) {
    moments[b->type](b->x + at, b->n, b->step, b->positions, &mean, &squares);
    take_moments(b, f, mean, squares, &invstd);
  } else {
    running_moments(b, f, &mean, &invstd);
  }
  normalize[b->type](b->x + at, b->y + at, b->n, b->step, b->positions, mean,
                     invstd * get(b->weight, f, 1), get(b->bias, f, 0));
}

static void forward_columns(const Norm *b, int64_t first, int columns)
{
  size_t at = (size_t)first * THType_size(b->type);
  double mean[COLUMNS], squares[COLUMNS], a[COLUMNS], c[COLUMNS];
  if (b->train) moments_columns[b->type](b->x + at, b->n, b->step, columns, mean, squares);
  for (int j = 0; j < columns; j++) {
    if (b->train) take_moments(b, first + j, mean[j], squares[j], &a[j]);
    else running_moments(b, first + j, &mean[j], &a[j]);
    a[j] *= get(b->weight, first + j, 1);
    c[j] = get(b->bias, first + j, 0);
  }
  normalize_columns[b->type](b->x + at, b->y + at, b->n, b->step, columns, mean, a, c);
}

/* Gradients of the parameters; mean and factors for gradInput = (g - gmean - (x - mean) k) a. */
static void take_gradients(const Norm *b, int64_t f, double sum, double dot, double invstd,
                           double *gmean, double *k, double *a)
{
  double count = (double)(b->n * b->positions);
  *gmean = b->train ? sum / count : 0;
  *k = b->train ? dot * invstd * invstd / count : 0;
  *a = invstd * get(b->weight, f, 1);
  if (b->gradWeight) put(b->gradWeight, f, get(b->gradWeight, f, 0) + b->scale * dot * invstd);
  if (b->gradBias) put(b->gradBias, f, get(b->gradBias, f, 0) + b->scale * sum);
}

static void batch_moments(const Norm *b, int64_t f, double *mean, double *invstd)
{
  if (!b->train) {
    running_moments(b, f, mean, invstd);
    return;
  }
  *mean = get(b->save_mean, f, 0);
  *invstd = get(b->save_std, f, 1);
}

static void backward_feature(const Norm *b, int64_t f)
{
  size_t at = (size_t)(f * b->positions) * THType_size(b->type);
  double mean, invstd, sum, dot, gmean, k, a;
  batch_moments(b, f, &mean, &invstd);
  grad_sums[b->type](b->x + at, b->g + at, b->n, b->step, b->positions, mean, &sum, &dot);
  take_gradients(b, f, sum, dot, invstd, &gmean, &k, &a);
  if (b->gx)
    grad_input[b->type](b->x + at, b->g + at, b->gx + at, b->n, b->step, b->positions, mean, gmean,
                        k, a);
}

static void backward_columns(const Norm *b, int64_t first, int columns)
{
  size_t at = (size_t)first * THType_size(b->type);
  double mean[COLUMNS] = {0}, invstd[COLUMNS], sum[COLUMNS], dot[COLUMNS], gmean[COLUMNS], k[COLUMNS],
    a[COLUMNS];
  for (int j = 0; j < columns; j++) batch_moments(b, first + j, &mean[j], &invstd[j]);
  grad_sums_columns[b->type](b->x + at, b->g + at, b->n, b->step, columns, mean, sum, dot);
  for (int j = 0; j < columns; j++)
    take_gradients(b, first + j, sum[j], dot[j], invstd[j], &gmean[j], &k[j], &a[j]);
  if (b->gx)
    grad_input_columns[b->type](b->x + at, b->g + at, b->gx + at, b->n, b->step, columns, mean,
                                gmean, k, a);
}

typedef struct Features {
  const Norm *b;
  void (*feature)(const Norm *, int64_t);
  void (*columns)(const Norm *, int64_t, int);
} Features;

static void run_features(const void *arg, int64_t i, void *const *at)
{
  const Features *f = arg;
  int64_t first = i * COLUMNS;
  (void)at;
  if (f->b->positions > 1) f->feature(f->b, i);
  else f->columns(f->b, first, (int)THMin(COLUMNS, f->b->features - first));
}

static void run(const Norm *b, void (*feature)(const Norm *, int64_t),
                void (*columns)(const Norm *, int64_t, int))
{
  int64_t width = b->positions == 1 ? COLUMNS : 1, tasks = (b->features + width - 1) / width;
  double work = 2 * (double)b->n * (double)b->step / (double)tasks;
  THPlanes_run(tasks, work, run_features, &(Features){b, feature, columns}, 0, NULL);
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
    run(&b, forward_feature, forward_columns);
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
    run(&b, backward_feature, backward_columns);
  }
  if (gx) THNN_finish(gx, gradInput);
}
