/* Pooling over windows of images and volumes. Planes are shared out to threads. */
#include "common.h"
#include "THNNDevice.h"
#include <math.h>

enum { H = WINDOW_H, W = WINDOW_W };
enum { CHUNK = 64, GROUP = 16, FEW = 6 }; /* windows beside each other; fewer are pooled one by one */

#define TH_GENERIC_FILE "generic/pooling.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const max_plane[TH_NTYPES])(const THNN_Window *, const void *, void *,
                                          int64_t *) = TH_BY_FLOAT_TYPE(max_plane);
static void (*const max_plane_grad[TH_NTYPES])(const THNN_Window *, const void *, void *,
                                               const int64_t *) = TH_BY_FLOAT_TYPE(max_plane_grad);
static void (*const average_plane[TH_NTYPES])(const THNN_Window *, const void *,
                                              void *) = TH_BY_FLOAT_TYPE(average_plane);
static void (*const average_plane_grad[TH_NTYPES])(const THNN_Window *, const void *,
                                                   void *) = TH_BY_FLOAT_TYPE(average_plane_grad);
static void (*const max_volume[TH_NTYPES])(const THNN_Window *, const void *, void *,
                                           int64_t *) = TH_BY_FLOAT_TYPE(max_volume);
static void (*const max_volume_grad[TH_NTYPES])(const THNN_Window *, const void *, void *,
                                                const int64_t *) = TH_BY_FLOAT_TYPE(max_volume_grad);

/* The layer applied to input, with padding of half a kernel at most. */
static THNN_Applied apply(THNN_Window *p, bool ceil, const THAnyTensor *input)
{
  p->ceil = ceil;
  THNN_Window_check(p);
  for (int i = 0; i < WINDOW_DIMS; i++)
    THArgCheck(p->pad[i] <= p->k[i] / 2, THNN_OWN,
               "%s: pad should be at most half of kernel size, but got pad = %lld, kernel = %lld",
               p->op, (long long)p->pad[i], (long long)p->k[i]);
  return THNN_Window_apply(p, input);
}

/* What one plane is pooled with. */
typedef struct PlanePool {
  const THNN_Window *p;
  THType type;
} PlanePool;

static double plane_work(const THNN_Window *p)
{
  return (double)(p->outSize * p->k[0]) * p->k[1] * p->k[2];
}

/* Which element is the largest is asked one after the other. */
static double max_work(const THNN_Window *p) { return 4 * plane_work(p); }

static void max_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  if (a->p->dims == 2) max_plane[a->type](a->p, at[0], at[1], at[2]);
  else max_volume[a->type](a->p, at[0], at[1], at[2]);
}

static void max_grad_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  if (a->p->dims == 2) max_plane_grad[a->type](a->p, at[0], at[1], at[2]);
  else max_volume_grad[a->type](a->p, at[0], at[1], at[2]);
}

static void average_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  average_plane[a->type](a->p, at[0], at[1]);
}

static void average_grad_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  average_plane_grad[a->type](a->p, at[0], at[1]);
}

/* ---- largest elements ---- */

static void max_forward(THNN_Window *p, bool ceil, THAnyTensor *input, THAnyTensor *output,
                        THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->op, input, output);
  THNN_checkLong(p->op, "indices", indices, input);
  THNN_Applied a = apply(p, ceil, input);
  int64_t planes = a.n * p->planes;
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, a.ndim, a.size);
  THNN_AUTO ix = THNN_newResult(indices, a.ndim, a.size);
  if (THType_onDevice((THType)x->type)) {
    THNN_device->maxPool((THType)x->type, p, planes, THNN_data(x), THNN_data(y), THNN_data(ix));
    THNN_finish(y, output);
    THNN_finish(ix, indices);
    return;
  }
  size_t width = THType_size((THType)x->type);
  size_t in = (size_t)p->inSize, out = (size_t)p->outSize;
  TH_PLANES(planes, max_work(p), max_of_plane, &((PlanePool){p, (THType)x->type}),
              {THNN_data(x), in * width}, {THNN_data(y), out * width},
              {THNN_data(ix), out * sizeof(int64_t)});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

static void check_indices(const THNN_Window *p, const int64_t *ix, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (ix[i] < 0 || ix[i] >= p->inSize + TH_INDEX_BASE)
      THError("%s: index %lld out of range of a plane of %lld elements", p->op, (long long)ix[i],
              (long long)p->inSize);
}

static void max_backward(THNN_Window *p, bool ceil, THAnyTensor *input, THAnyTensor *gradOutput,
                         THAnyTensor *gradInput, THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->op, input, gradOutput, gradInput);
  THNN_checkLong(p->op, "indices", indices, input);
  THNN_Applied a = apply(p, ceil, input);
  int64_t planes = a.n * p->planes;
  THNN_checkSize(p->op, "gradOutput", gradOutput, a.ndim, a.size);
  THNN_checkSize(p->op, "indices", indices, a.ndim, a.size);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  const int64_t *id = THNN_data(ix);
  bool on_device = THType_onDevice((THType)gy->type);
  if (p->dims == 2 && !on_device) check_indices(p, id, planes * p->outSize);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (on_device) { /* gathers: an index out of range is never looked up */
    THNN_device->maxPoolGrad((THType)gy->type, p, planes, THNN_data(gy), id, THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  size_t width = THType_size((THType)gy->type);
  size_t in = (size_t)p->inSize, out = (size_t)p->outSize;
  TH_PLANES(planes, plane_work(p), max_grad_of_plane,
              &((PlanePool){p, (THType)gy->type}), {THNN_data(gy), out * width},
              {THNN_data(gx), in * width}, {THNN_data(ix), out * sizeof(int64_t)});
  THNN_finish(gx, gradInput);
}

#define POOL2(...) (&(THNN_Window){THNN_WINDOW2(__VA_ARGS__)})
#define POOL3(...) (&(THNN_Window){THNN_WINDOW3(__VA_ARGS__)})

#define MAX_LAYER(Name, POOL, SIZES, CEIL)                                                         \
  void THNN_##Name##_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,             \
                                  THAnyTensor *indices, SIZES, bool CEIL)                          \
  {                                                                                                \
    max_forward(POOL, CEIL, input, output, indices);                                               \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,      \
                                     THAnyTensor *gradInput, THAnyTensor *indices, SIZES,          \
                                     bool CEIL)                                                    \
  {                                                                                                \
    max_backward(POOL, CEIL, input, gradOutput, gradInput, indices);                               \
  }
#define WITH(...) __VA_ARGS__

MAX_LAYER(SpatialMaxPooling, POOL2("SpatialMaxPooling", kW, kH, dW, dH, padW, padH, 1, 1),
          WITH(int kW, int kH, int dW, int dH, int padW, int padH), ceil_mode)
MAX_LAYER(SpatialDilatedMaxPooling,
          POOL2("SpatialDilatedMaxPooling", kW, kH, dW, dH, padW, padH, dilationW, dilationH),
          WITH(int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int dilationH),
          ceil_mode)
MAX_LAYER(VolumetricMaxPooling,
          POOL3("VolumetricMaxPooling", kT, kW, kH, dT, dW, dH, pT, pW, pH, 1, 1, 1),
          WITH(int kT, int kW, int kH, int dT, int dW, int dH, int pT, int pW, int pH), ceilMode)
MAX_LAYER(VolumetricDilatedMaxPooling,
          POOL3("VolumetricDilatedMaxPooling", kT, kW, kH, dT, dW, dH, pT, pW, pH, dilationT,
                dilationW, dilationH),
          WITH(int kT, int kW, int kH, int dT, int dW, int dH, int pT, int pW, int pH, int dilationT,
               int dilationW, int dilationH),
          ceilMode)

/* ---- averages ---- */

static void average_forward(THNN_Window *p, bool ceil, bool countPad, THAnyTensor *input,
                            THAnyTensor *output)
{
  THNN_TYPES_ANY(p->op, input, output);
  p->countPad = countPad;
  THNN_Applied a = apply(p, ceil, input);
  int64_t planes = a.n * p->planes;
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, a.ndim, a.size);
  if (THType_onDevice((THType)x->type)) {
    THNN_device->averagePool((THType)x->type, p, planes, THNN_data(x), THNN_data(y));
    THNN_finish(y, output);
    return;
  }
  size_t width = THType_size((THType)x->type);
  TH_PLANES(planes, plane_work(p), average_of_plane,
              &((PlanePool){p, (THType)x->type}),
              {THNN_data(x), (size_t)p->inSize * width}, {THNN_data(y), (size_t)p->outSize * width});
  THNN_finish(y, output);
}

static void average_backward(THNN_Window *p, bool ceil, bool countPad, THAnyTensor *input,
                             THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  THNN_TYPES_ANY(p->op, input, gradOutput, gradInput);
  p->countPad = countPad;
  THNN_Applied a = apply(p, ceil, input);
  int64_t planes = a.n * p->planes;
  THNN_checkSize(p->op, "gradOutput", gradOutput, a.ndim, a.size);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (THType_onDevice((THType)gy->type)) {
    THNN_device->averagePoolGrad((THType)gy->type, p, planes, THNN_data(gy), THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  size_t width = THType_size((THType)gy->type);
  TH_PLANES(planes, plane_work(p), average_grad_of_plane,
              &((PlanePool){p, (THType)gy->type}),
              {THNN_data(gy), (size_t)p->outSize * width}, {THNN_data(gx), (size_t)p->inSize * width});
  THNN_finish(gx, gradInput);
}

#define AVERAGE_LAYER(Name, POOL, SIZES)                                                           \
  void THNN_##Name##_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, SIZES,      \
                                  bool ceil_mode, bool count_include_pad)                          \
  {                                                                                                \
    average_forward(POOL, ceil_mode, count_include_pad, input, output);                            \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,      \
                                     THAnyTensor *gradInput, SIZES, bool ceil_mode,                \
                                     bool count_include_pad)                                       \
  {                                                                                                \
    average_backward(POOL, ceil_mode, count_include_pad, input, gradOutput, gradInput);            \
  }

AVERAGE_LAYER(SpatialAveragePooling,
              POOL2("SpatialAveragePooling", kW, kH, dW, dH, padW, padH, 1, 1),
              WITH(int kW, int kH, int dW, int dH, int padW, int padH))
AVERAGE_LAYER(VolumetricAveragePooling,
              POOL3("VolumetricAveragePooling", kT, kW, kH, dT, dW, dH, padT, padW, padH, 1, 1, 1),
              WITH(int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int padH))
