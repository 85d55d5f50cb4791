/* Pooling over windows of images and volumes. Planes are shared out to threads. */
#include "common.h"
#include "poolwindow.h"
#include <math.h>

typedef struct Pool2 {
  int64_t kW, kH, dW, dH, padW, padH, dilW, dilH;
  int64_t iw, ih, ow, oh;
} Pool2;

#define TH_GENERIC_FILE "generic/pooling.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const max_plane[TH_NTYPES])(const Pool2 *, const void *, void *,
                                          int64_t *) = TH_BY_FLOAT_TYPE(max_plane);
static void (*const max_plane_grad[TH_NTYPES])(const Pool2 *, const void *, void *,
                                               const int64_t *) = TH_BY_FLOAT_TYPE(max_plane_grad);
static void (*const average_plane[TH_NTYPES])(const THNN_Pool *, const void *,
                                              void *) = TH_BY_FLOAT_TYPE(average_plane);
static void (*const average_plane_grad[TH_NTYPES])(const THNN_Pool *, const void *,
                                                   void *) = TH_BY_FLOAT_TYPE(average_plane_grad);
static void (*const max_volume[TH_NTYPES])(const THNN_Pool *, const void *, void *,
                                           int64_t *) = TH_BY_FLOAT_TYPE(max_volume);
static void (*const max_volume_grad[TH_NTYPES])(const THNN_Pool *, const void *, void *,
                                                const int64_t *) = TH_BY_FLOAT_TYPE(max_volume_grad);

/* ---- shapes ---- */

typedef struct Shape {
  int ndim;
  int64_t planes, out[5]; /* sizes of the output tensor */
} Shape;

static int64_t output_size(int64_t in, int64_t k, int64_t d, int64_t pad, int64_t dil, bool ceil)
{
  int64_t room = in + 2 * pad - dil * (k - 1) - 1;
  if (room < 0) return ceil && room > -d ? 1 : 0;
  int64_t out = (ceil ? (room + d - 1) / d : room / d) + 1;
  if ((out - 1) * d >= in + pad) out--; /* the last window starts inside */
  return out;
}

static Shape pool_shape(THNN_Pool *p, const THAnyTensor *input, bool ceil)
{
  int n = input->nDimension, first = 3 - p->dims;
  Shape s = {.ndim = n, .planes = 1};
  THArgCheck(n == p->dims + 1 || n == p->dims + 2, 2, "%s: %dD or %dD (batch mode) tensor expected, got %s",
             p->op, p->dims + 1, p->dims + 2, THAnyTensor_sizeDesc(input).str);
  bool ok = true;
  for (int i = 0; i < n - p->dims; i++) s.planes *= s.out[i] = input->size[i];
  for (int i = first; i < 3; i++) {
    THArgCheck(p->k[i] > 0 && p->d[i] > 0 && p->dil[i] > 0, THNN_OWN,
               "%s: kernel size, stride and dilation should be greater than zero", p->op);
    THArgCheck(p->pad[i] >= 0 && p->pad[i] <= p->k[i] / 2, THNN_OWN,
               "%s: pad should be at most half of kernel size, but got pad = %lld, kernel = %lld",
               p->op, (long long)p->pad[i], (long long)p->k[i]);
    p->in[i] = input->size[n - 3 + i];
    p->out[i] = output_size(p->in[i], p->k[i], p->d[i], p->pad[i], p->dil[i], ceil);
    s.out[n - 3 + i] = p->out[i];
    ok = ok && p->out[i] > 0;
  }
  for (int i = 0; i < first; i++) p->in[i] = p->out[i] = p->k[i] = p->d[i] = p->dil[i] = 1, p->pad[i] = 0;
  if (!ok)
    THNN_argError(2, "%s: Given input size: %s. Calculated output size: %s. Output size is too small", p->op,
            THAnyTensor_sizeDesc(input).str, _THSizeDesc(s.out, s.ndim).str);
  return s;
}

static Pool2 pool2(const THNN_Pool *p)
{
  return (Pool2){p->k[2],   p->k[1],   p->d[2],  p->d[1],  p->pad[2], p->pad[1],
                 p->dil[2], p->dil[1], p->in[2], p->in[1], p->out[2], p->out[1]};
}

static int64_t inside(const THNN_Pool *p) { return p->in[0] * p->in[1] * p->in[2]; }
static int64_t outside(const THNN_Pool *p) { return p->out[0] * p->out[1] * p->out[2]; }

/* What one plane is pooled with, and what it costs. */
typedef struct PlanePool {
  THNN_Pool *p;
  Pool2 p2;
  THType type;
} PlanePool;

static double plane_work(const THNN_Pool *p)
{
  return (double)(outside(p) * p->k[0]) * p->k[1] * p->k[2];
}

static void max_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  if (a->p->dims == 2) max_plane[a->type](&a->p2, at[0], at[1], at[2]);
  else max_volume[a->type](a->p, at[0], at[1], at[2]);
}

static void max_grad_of_plane(const void *arg, int64_t i, void *const *at)
{
  const PlanePool *a = arg;
  (void)i;
  if (a->p->dims == 2) max_plane_grad[a->type](&a->p2, at[0], at[1], at[2]);
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

static void max_forward(THNN_Pool *p, bool ceil, THAnyTensor *input, THAnyTensor *output,
                        THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->op, input, output);
  THNN_checkLong(p->op, "indices", indices, input);
  Shape s = pool_shape(p, input, ceil);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, s.ndim, s.out);
  THNN_AUTO ix = THNN_newResult(indices, s.ndim, s.out);
  if (THType_onDevice((THType)x->type)) {
    THNN_device->maxPool((THType)x->type, p, s.planes, THNN_data(x), THNN_data(y), THNN_data(ix));
    THNN_finish(y, output);
    THNN_finish(ix, indices);
    return;
  }
  size_t width = THType_size((THType)x->type);
  size_t in = (size_t)inside(p), out = (size_t)outside(p);
  THNN_PLANES(s.planes, plane_work(p), max_of_plane, &((PlanePool){p, pool2(p), (THType)x->type}),
              {THNN_data(x), in * width}, {THNN_data(y), out * width},
              {THNN_data(ix), out * sizeof(int64_t)});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

static void check_indices(const THNN_Pool *p, const int64_t *ix, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (ix[i] < 0 || ix[i] >= inside(p) + TH_INDEX_BASE)
      THError("%s: index %lld out of range of a plane of %lld elements", p->op, (long long)ix[i],
              (long long)inside(p));
}

static void max_backward(THNN_Pool *p, bool ceil, THAnyTensor *input, THAnyTensor *gradOutput,
                         THAnyTensor *gradInput, THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->op, input, gradOutput, gradInput);
  THNN_checkLong(p->op, "indices", indices, input);
  Shape s = pool_shape(p, input, ceil);
  THNN_checkSize(p->op, "gradOutput", gradOutput, s.ndim, s.out);
  THNN_checkSize(p->op, "indices", indices, s.ndim, s.out);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  const int64_t *id = THNN_data(ix);
  bool on_device = THType_onDevice((THType)gy->type);
  if (p->dims == 2 && !on_device) check_indices(p, id, s.planes * outside(p));
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (on_device) { /* gathers: an index out of range is never looked up */
    THNN_device->maxPoolGrad((THType)gy->type, p, s.planes, THNN_data(gy), id, THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  size_t width = THType_size((THType)gy->type);
  size_t in = (size_t)inside(p), out = (size_t)outside(p);
  THNN_PLANES(s.planes, plane_work(p), max_grad_of_plane,
              &((PlanePool){p, pool2(p), (THType)gy->type}), {THNN_data(gy), out * width},
              {THNN_data(gx), in * width}, {THNN_data(ix), out * sizeof(int64_t)});
  THNN_finish(gx, gradInput);
}

#define POOL2(name, kW, kH, dW, dH, padW, padH, dilW, dilH)                                        \
  (&(THNN_Pool){.op = name, .dims = 2, .k = {1, kH, kW}, .d = {1, dH, dW}, .pad = {0, padH, padW},     \
            .dil = {1, dilH, dilW}})
#define POOL3(name, kT, kW, kH, dT, dW, dH, pT, pW, pH, lT, lW, lH)                                \
  (&(THNN_Pool){.op = name, .dims = 3, .k = {kT, kH, kW}, .d = {dT, dH, dW}, .pad = {pT, pH, pW},      \
            .dil = {lT, lH, lW}})

#define MAX_LAYER(Name, POOL, SIZES, CEIL)                                                         \
  void THNN_##Name##_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,       \
                                  THAnyTensor *indices, SIZES, bool CEIL)                          \
  {                                                                                                \
    (void)state;                                                                                   \
    max_forward(POOL, CEIL, input, output, indices);                                               \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput, \
                                     THAnyTensor *gradInput, THAnyTensor *indices, SIZES,          \
                                     bool CEIL)                                                    \
  {                                                                                                \
    (void)state;                                                                                   \
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

static void average_forward(THNN_Pool *p, bool ceil, bool countPad, THAnyTensor *input,
                            THAnyTensor *output)
{
  THNN_TYPES_ANY(p->op, input, output);
  Shape s = pool_shape(p, input, ceil);
  p->countPad = countPad;
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, s.ndim, s.out);
  if (THType_onDevice((THType)x->type)) {
    THNN_device->averagePool((THType)x->type, p, s.planes, THNN_data(x), THNN_data(y));
    THNN_finish(y, output);
    return;
  }
  size_t width = THType_size((THType)x->type);
  THNN_PLANES(s.planes, plane_work(p), average_of_plane,
              &((PlanePool){.p = p, .type = (THType)x->type}),
              {THNN_data(x), (size_t)inside(p) * width}, {THNN_data(y), (size_t)outside(p) * width});
  THNN_finish(y, output);
}

static void average_backward(THNN_Pool *p, bool ceil, bool countPad, THAnyTensor *input,
                             THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  THNN_TYPES_ANY(p->op, input, gradOutput, gradInput);
  Shape s = pool_shape(p, input, ceil);
  p->countPad = countPad;
  THNN_checkSize(p->op, "gradOutput", gradOutput, s.ndim, s.out);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (THType_onDevice((THType)gy->type)) {
    THNN_device->averagePoolGrad((THType)gy->type, p, s.planes, THNN_data(gy), THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  size_t width = THType_size((THType)gy->type);
  THNN_PLANES(s.planes, plane_work(p), average_grad_of_plane,
              &((PlanePool){.p = p, .type = (THType)gy->type}),
              {THNN_data(gy), (size_t)outside(p) * width}, {THNN_data(gx), (size_t)inside(p) * width});
  THNN_finish(gx, gradInput);
}

#define AVERAGE_LAYER(Name, POOL, SIZES)                                                           \
  void THNN_##Name##_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output, SIZES, \
                                  bool ceil_mode, bool count_include_pad)                          \
  {                                                                                                \
    (void)state;                                                                                   \
    average_forward(POOL, ceil_mode, count_include_pad, input, output);                            \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput, \
                                     THAnyTensor *gradInput, SIZES, bool ceil_mode,                \
                                     bool count_include_pad)                                       \
  {                                                                                                \
    (void)state;                                                                                   \
    average_backward(POOL, ceil_mode, count_include_pad, input, gradOutput, gradInput);            \
  }

AVERAGE_LAYER(SpatialAveragePooling,
              POOL2("SpatialAveragePooling", kW, kH, dW, dH, padW, padH, 1, 1),
              WITH(int kW, int kH, int dW, int dH, int padW, int padH))
AVERAGE_LAYER(VolumetricAveragePooling,
              POOL3("VolumetricAveragePooling", kT, kW, kH, dT, dW, dH, padT, padW, padH, 1, 1, 1),
              WITH(int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int padH))
