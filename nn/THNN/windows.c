/* Largest elements of windows whose bounds an axis lists: adaptive and fractional pooling. Also the
   way back from max pooling, and norms over windows of features. */
#include "common.h"
#include "THTensorMath.h"
#include "THTensorOps.h"
#include "elements/host.h"
#include <float.h>
#include <math.h>

/* The window of output o along an axis is [begin[o], end[o]). */
typedef struct Bounds {
  int64_t in, out, *begin, *end;
} Bounds;

#define TH_GENERIC_FILE "generic/windows.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const plane_max[TH_NTYPES])(const Bounds *, const void *, void *,
                                          int64_t *) = TH_BY_FLOAT_TYPE(plane_max);
static void (*const scatter_add[TH_NTYPES])(const void *, void *, const int64_t *, int64_t,
                                            int64_t) = TH_BY_FLOAT_TYPE(scatter_add);
static void (*const scatter[TH_NTYPES])(const void *, void *, const int64_t *, int64_t,
                                        int64_t) = TH_BY_FLOAT_TYPE(scatter);
static void (*const gather[TH_NTYPES])(const void *, void *, const int64_t *,
                                       int64_t) = TH_BY_FLOAT_TYPE(gather);
static const THNN_Loop feature_norm[TH_NTYPES] = TH_BY_FLOAT_TYPE(feature_norm_loop);
static const THNN_Loop feature_norm_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(feature_norm_grad_loop);

/* What a layer does with an input: the last `dims` dimensions are windowed. */
typedef struct Plane {
  const char *op;
  int dims, ndim;
  int64_t planes, in[3], out[3], inside, outside; /* T, H, W */
  int64_t outSize[5];
} Plane;

static Plane plane(const char *op, int dims, const THAnyTensor *input, const int64_t *out)
{
  int n = input->nDimension;
  Plane p = {.op = op, .dims = dims, .ndim = n, .planes = 1, .inside = 1, .outside = 1};
  THArgCheck(n == dims + 1 || n == dims + 2, 2, "%s: %dD or %dD (batch mode) tensor expected, got %s", op,
             dims + 1, dims + 2, THAnyTensor_sizeDesc(input).str);
  for (int i = 0; i < n - dims; i++) p.planes *= p.outSize[i] = input->size[i];
  for (int i = 0; i < 3; i++) {
    p.in[i] = i < 3 - dims ? 1 : input->size[n - 3 + i];
    p.out[i] = i < 3 - dims ? 1 : out[i];
    p.inside *= p.in[i];
    THArgCheck(p.out[i] > 0, THNN_OWN, "%s: output size should be greater than zero, got %lld", op,
               (long long)p.out[i]);
    THArgCheck(TH_mulSize(p.outside, p.out[i], &p.outside), THNN_OWN, "%s: output size is too large", op);
    if (i < 3 - dims) continue;
    p.outSize[n - 3 + i] = out[i];
  }
  return p;
}

/* What is done to one plane. */
typedef struct Task {
  const Plane *p;
  THType type;
  const Bounds *bounds; /* of three axes; for fractional pooling, of every plane */
} Task;

/* Arrays of the input's and of the output's planes, elements of t or positions. */
static THNN_Array inside_of(const Plane *p, const THAnyTensor *t)
{
  return (THNN_Array){THNN_data(t), (size_t)p->inside * THType_size((THType)t->type)};
}
static THNN_Array outside_of(const Plane *p, const THAnyTensor *t)
{
  return (THNN_Array){THNN_data(t), (size_t)p->outside * THType_size((THType)t->type)};
}

static void run(const Plane *p, THNN_PlaneFn fn, const THAnyTensor *t, const Bounds *bounds, int n,
                const THNN_Array *arrays)
{
  THNN_planes(p->planes, (double)THMax(p->inside, p->outside), fn,
              &(Task){p, (THType)t->type, bounds}, n, arrays);
}

static void add_plane(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  (void)i;
  scatter_add[t->type](at[0], at[1], at[2], t->p->outside, t->p->inside);
}

/* gradInput from positions in the planes (0-based, negative: none), as many as gradOutput has */
static void add_at_positions(const Plane *p, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                             const THAnyTensor *input, const int64_t *at)
{
  for (int64_t i = 0; i < p->planes * p->outside; i++)
    if (at[i] >= p->inside)
      THError("%s: indices: position %lld lies outside the input of %s", p->op, (long long)at[i],
              THAnyTensor_sizeDesc(input).str);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  run(p, add_plane, g, NULL, 3,
      (THNN_Array[]){outside_of(p, g), inside_of(p, gx),
                     {(void *)at, (size_t)p->outside * sizeof *at}});
  THNN_finish(gx, gradInput);
}

/* The same for the GPU; pool: NULL for adaptive windows. */
static THNN_Windows windows_of(const Plane *p, const int64_t *pool, const int *order)
{
  THNN_Windows w = {.samples = p->dims, .adaptive = !pool};
  for (int i = 0; i < 3; i++) {
    bool mapped = i >= 3 - p->dims;
    w.in[i] = p->in[i], w.out[i] = p->out[i];
    w.pool[i] = pool && mapped ? pool[i] : 1;
    w.order[i] = pool && mapped ? order[i] : 0;
  }
  return w;
}

/* gradInput, gathered from indices of two kinds (elements/windows.h) */
static void device_grad(const Plane *p, const THNN_Windows *w, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                        const THAnyTensor *input, THAnyTensor *indices)
{
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  int64_t *rows = THNN_data(ix), *columns = w->adaptive ? rows + p->planes * p->outside : NULL;
  THNN_EACH(window_max_grad, g, p->planes * p->inside, w, THNN_data(g), rows, columns, THNN_data(gx));
  THNN_finish(gx, gradInput);
}

/* ---- adaptive windows: floor(o in / out) up to ceil((o + 1) in / out) ---- */

/* memory for the bounds of three axes */
static int64_t *new_bounds(Bounds *b, const Plane *p, int64_t sets)
{
  int64_t n = p->out[0] + p->out[1] + p->out[2];
  int64_t *memory = THAlloc(2 * n * sets * (ptrdiff_t)sizeof *memory), *m = memory;
  for (int64_t s = 0; s < sets; s++)
    for (int i = 0; i < 3; i++) {
      b[3 * s + i] = (Bounds){p->in[i], p->out[i], m, m + p->out[i]};
      m += 2 * p->out[i];
    }
  return memory;
}

static void adaptive_bounds(Bounds *b)
{
  for (int64_t o = 0; o < b->out; o++) {
    b->begin[o] = o * b->in / b->out;
    b->end[o] = ((o + 1) * b->in + b->out - 1) / b->out;
  }
}

static void adaptive_plane(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  const Plane *p = t->p;
  int64_t *row = at[2], *col = at[3];
  (void)i;
  plane_max[t->type](t->bounds, at[0], at[1], col);
  for (int64_t o = 0; o < p->outside; o++) {
    int64_t h = o / p->out[2], w = o % p->out[2], position = col[o];
    row[o] = position / p->in[2] - t->bounds[1].begin[h] + TH_INDEX_BASE;
    col[o] = position % p->in[2] - t->bounds[2].begin[w] + TH_INDEX_BASE;
  }
}

/* indices: two tensors of the output's size, first the row, then the column of the greatest element
   in its window, from 1. */
void THNN_SpatialAdaptiveMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
                                                 THAnyTensor *output, THAnyTensor *indices,
                                                 int owidth, int oheight)
{
  (void)state;
  static const char op[] = "SpatialAdaptiveMaxPooling";
  THNN_TYPES_ANY(op, input, output);
  THNN_checkLong(op, "indices", indices, input);
  Plane p = plane(op, 2, input, (int64_t[]){1, oheight, owidth});
  THArgCheck(p.inside > 0, 2, "%s: input is empty", op);
  Bounds b[3];
  TH_AUTO_MEM int64_t *memory = new_bounds(b, &p, 1);
  for (int i = 0; i < 3; i++) adaptive_bounds(&b[i]);
  int64_t size[6] = {2};
  memcpy(size + 1, p.outSize, (size_t)p.ndim * sizeof *size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, p.ndim, p.outSize);
  THNN_AUTO ix = THNN_newResult(indices, p.ndim + 1, size);
  int64_t *rows = THNN_data(ix), *cols = rows + p.planes * p.outside;
  THNN_Windows w = windows_of(&p, NULL, NULL);
  if (THNN_onDevice(x))
    THNN_EACH(window_max, x, p.planes * p.outside, &w, THNN_data(x), NULL, THNN_data(y), rows, cols);
  else
    run(&p, adaptive_plane, x, b, 4,
        (THNN_Array[]){inside_of(&p, x), outside_of(&p, y), outside_of(&p, ix),
                       {cols, (size_t)p.outside * sizeof *cols}});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

void THNN_SpatialAdaptiveMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
                                                    THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                    THAnyTensor *indices)
{
  (void)state;
  static const char op[] = "SpatialAdaptiveMaxPooling";
  THNN_TYPES_ANY(op, input, gradOutput, gradInput);
  THNN_checkLong(op, "indices", indices, input);
  int n = gradOutput->nDimension;
  THArgCheck(n == input->nDimension && n >= 3, 3, "%s: gradOutput of %s for input of %s", op,
             THAnyTensor_sizeDesc(gradOutput).str, THAnyTensor_sizeDesc(input).str);
  Plane p = plane(op, 2, input, (int64_t[]){1, gradOutput->size[n - 2], gradOutput->size[n - 1]});
  THNN_checkSize(op, "gradOutput", gradOutput, n, p.outSize);
  int64_t size[6] = {2}, total = p.planes * p.outside;
  memcpy(size + 1, p.outSize, (size_t)n * sizeof *size);
  THNN_checkSize(op, "indices", indices, n + 1, size);
  if (THNN_onDevice(input)) {
    THNN_Windows w = windows_of(&p, NULL, NULL);
    device_grad(&p, &w, gradOutput, gradInput, input, indices);
    return;
  }
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  TH_AUTO_MEM int64_t *at = THAlloc(total * (ptrdiff_t)sizeof *at);
  const int64_t *rows = THNN_data(ix), *cols = rows + total;
  for (int64_t i = 0; i < total; i++) {
    int64_t h = i / p.out[2] % p.out[1] * p.in[1] / p.out[1], w = i % p.out[2] * p.in[2] / p.out[2];
    at[i] = rows[i] < TH_INDEX_BASE || cols[i] < TH_INDEX_BASE
              ? -1
              : (h + rows[i] - TH_INDEX_BASE) * p.in[2] + w + cols[i] - TH_INDEX_BASE;
  }
  add_at_positions(&p, gradOutput, gradInput, input, at);
}

/* ---- fractional windows (Graham, Fractional Max-Pooling, 2014) ---- */

/* Windows of `pool` elements whose starts are pseudorandom, from one sample in [0, 1). The sample is
   read as a number of the tensor's type, and so is the step. */
static void fractional_bounds(Bounds *b, double sample, int64_t pool, THType type)
{
  double alpha = b->out > 1 ? (double)(b->in - pool) / (double)(b->out - 1) : 0;
  for (int64_t o = 0; o < b->out; o++) {
    if (o == b->out - 1) b->begin[o] = b->in - pool;
    else if (type == TH_FLOAT)
      b->begin[o] = (int64_t)(((float)o + (float)sample) * (float)alpha) - (int64_t)((float)sample * (float)alpha);
    else b->begin[o] = (int64_t)(((double)o + sample) * alpha) - (int64_t)(sample * alpha);
    b->end[o] = b->begin[o] + pool;
  }
}

static Plane fractional_plane(const char *op, int dims, const THAnyTensor *input, const int64_t *out,
                              const int64_t *pool)
{
  Plane p = plane(op, dims, input, out);
  for (int i = 3 - dims; i < 3; i++)
    THArgCheck(pool[i] > 0 && p.out[i] + pool[i] - 1 <= p.in[i], THNN_OWN,
               "%s: pool size %lld too large for input of %s and output size %lld", op,
               (long long)pool[i], THAnyTensor_sizeDesc(input).str, (long long)p.out[i]);
  return p;
}

static void fractional_plane_max(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  int64_t *index = at[2];
  plane_max[t->type](t->bounds + 3 * i, at[0], at[1], index);
  for (int64_t o = 0; o < t->p->outside; o++) index[o] += TH_INDEX_BASE;
}

/* Bounds of all planes, from samples that are checked; order: which sample belongs to each axis */
static int64_t *new_fractional_bounds(Bounds *b, const Plane *p, const int64_t *pool, const int *order,
                                      const THAnyTensor *samples)
{
  THType type = (THType)samples->type;
  size_t width = THType_size(type);
  const char *u = THAnyTensor_data((THAnyTensor *)samples);
  for (int64_t i = 0; i < p->planes * p->dims; i++) {
    double s = THScalar_load(type, u + (size_t)i * width).d;
    THArgCheck(s >= 0 && s <= 1, THNN_OWN, "%s: random samples must lie in [0, 1], got %g", p->op, s);
  }
  int64_t *memory = new_bounds(b, p, p->planes);
  for (int64_t i = 0; i < 3 * p->planes; i++) {
    int axis = (int)(i % 3);
    bool fixed = axis < 3 - p->dims;
    double s = fixed ? 0 : THScalar_load(type, u + (size_t)(i / 3 * p->dims + order[axis]) * width).d;
    fractional_bounds(&b[i], s, fixed ? 1 : pool[axis], type);
  }
  return memory;
}

static void fractional_forward(const Plane *p, const int64_t *pool, const int *order, THAnyTensor *input,
                               THAnyTensor *output, THAnyTensor *indices, THAnyTensor *samples)
{
  THNN_TYPES_ANY(p->op, input, output, samples);
  THNN_checkLong(p->op, "indices", indices, input);
  THArgCheck(THAnyTensor_nElement(samples) >= p->planes * p->dims, THNN_OWN,
             "%s: expected %d random samples for each of %lld planes, got %s", p->op, p->dims,
             (long long)p->planes, THAnyTensor_sizeDesc(samples).str);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO u = THAnyTensor_newContiguous(samples);
  bool device = THNN_onDevice(x);
  TH_AUTO_MEM Bounds *b = device ? NULL : THAlloc(3 * p->planes * (ptrdiff_t)sizeof *b);
  TH_AUTO_MEM int64_t *memory = device ? NULL : new_fractional_bounds(b, p, pool, order, u);
  THNN_AUTO y = THNN_newResult(output, p->ndim, p->outSize);
  THNN_AUTO ix = THNN_newResult(indices, p->ndim, p->outSize);
  THNN_Windows w = windows_of(p, pool, order);
  if (device)
    THNN_EACH(window_max, x, p->planes * p->outside, &w, THNN_data(x), THNN_data(u), THNN_data(y), THNN_data(ix));
  else
    run(p, fractional_plane_max, x, b, 3, (THNN_Array[]){inside_of(p, x), outside_of(p, y), outside_of(p, ix)});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

static void fractional_backward(const Plane *p, const int64_t *pool, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradInput, THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->op, input, gradOutput, gradInput);
  THNN_checkLong(p->op, "indices", indices, input);
  THNN_checkSize(p->op, "gradOutput", gradOutput, p->ndim, p->outSize);
  THNN_checkSize(p->op, "indices", indices, p->ndim, p->outSize);
  if (THNN_onDevice(input)) {
    THNN_Windows w = windows_of(p, pool, (int[3]){0});
    device_grad(p, &w, gradOutput, gradInput, input, indices);
    return;
  }
  THNN_AUTO at = THAnyTensor_newWithSizeNd(TH_LONG, p->ndim, p->outSize, NULL);
  THAnyTensor_copy(at, indices);
  int64_t *d = THNN_data(at);
  for (int64_t i = 0; i < p->planes * p->outside; i++) d[i] -= TH_INDEX_BASE;
  add_at_positions(p, gradOutput, gradInput, input, d);
}

void THNN_SpatialFractionalMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
                                                   THAnyTensor *output, int outputW, int outputH,
                                                   int poolSizeW, int poolSizeH,
                                                   THAnyTensor *indices, THAnyTensor *randomSamples)
{
  (void)state;
  const int64_t pool[] = {1, poolSizeH, poolSizeW};
  Plane p = fractional_plane("SpatialFractionalMaxPooling", 2, input,
                             (int64_t[]){1, outputH, outputW}, pool);
  fractional_forward(&p, pool, (int[]){0, 1, 0}, input, output, indices, randomSamples);
}

void THNN_SpatialFractionalMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
                                                      THAnyTensor *gradOutput,
                                                      THAnyTensor *gradInput, int outputW,
                                                      int outputH, int poolSizeW, int poolSizeH,
                                                      THAnyTensor *indices)
{
  (void)state;
  const int64_t pool[] = {1, poolSizeH, poolSizeW};
  Plane p = fractional_plane("SpatialFractionalMaxPooling", 2, input,
                             (int64_t[]){1, outputH, outputW}, pool);
  fractional_backward(&p, pool, input, gradOutput, gradInput, indices);
}

/* Volumes of this layer alone are height x width x time. */
void THNN_VolumetricFractionalMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
                                                      THAnyTensor *output, int outputT, int outputW,
                                                      int outputH, int poolSizeT, int poolSizeW,
                                                      int poolSizeH, THAnyTensor *indices,
                                                      THAnyTensor *randomSamples)
{
  (void)state;
  const int64_t pool[] = {poolSizeH, poolSizeW, poolSizeT};
  Plane p = fractional_plane("VolumetricFractionalMaxPooling", 3, input,
                             (int64_t[]){outputH, outputW, outputT}, pool);
  fractional_forward(&p, pool, (int[]){2, 1, 0}, input, output, indices, randomSamples);
}

void THNN_VolumetricFractionalMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
                                                         THAnyTensor *gradOutput,
                                                         THAnyTensor *gradInput, int outputT,
                                                         int outputW, int outputH, int poolSizeT,
                                                         int poolSizeW, int poolSizeH,
                                                         THAnyTensor *indices)
{
  (void)state;
  const int64_t pool[] = {poolSizeH, poolSizeW, poolSizeT};
  Plane p = fractional_plane("VolumetricFractionalMaxPooling", 3, input,
                             (int64_t[]){outputH, outputW, outputT}, pool);
  fractional_backward(&p, pool, input, gradOutput, gradInput, indices);
}

/* ---- back from volumetric max pooling ---- */

/* Positions in the unpooled volume, -1 where nothing was found, from indices in bytes: the element of
   the window (pooling.c). */
static int64_t *new_unpooled_positions(const Plane *p, const THAnyTensor *indices, const int64_t *d,
                                       const int64_t *pad)
{
  int64_t n = p->planes * p->inside;
  THNN_AUTO ix = THAnyTensor_newContiguous((THAnyTensor *)indices);
  const int64_t *id = THNN_data(ix);
  int64_t *at = THAlloc(n * (ptrdiff_t)sizeof *at);
  for (int64_t i = 0; i < n; i++) {
    int64_t o[] = {i / (p->in[1] * p->in[2]) % p->in[0], i / p->in[2] % p->in[1], i % p->in[2]}, to = 0;
    bool none = (id[i] & 0xffffff) == 0xffffff;
    for (int k = 0; k < 3 && !none; k++) {
      int64_t x = o[k] * d[k] - pad[k] + (id[i] >> 8 * k & 255);
      if (x < 0 || x >= p->out[k]) {
        THFree(at);
        THError("%s: found an invalid max index: position %lld in dimension %d of output volumes of "
                "size %lldx%lldx%lld",
                p->op, (long long)x, k + TH_INDEX_BASE, (long long)p->out[0], (long long)p->out[1],
                (long long)p->out[2]);
      }
      to = to * p->out[k] + x;
    }
    at[i] = none ? -1 : to;
  }
  return at;
}

/* ---- on the GPU: by position, from 1, in planes that have `behind` elements more for what was nowhere ---- */

static THAnyTensor *new_rows(THAnyTensor *t, const Plane *p, int64_t columns)
{
  THAnyTensor *view = THAnyTensor_new((THType)t->type);
  THAnyTensor_viewNd(view, t, 2, (int64_t[]){p->planes, columns});
  return view;
}

static void device_unpool(const Plane *p, THAnyTensor *at, int64_t behind, THAnyTensor *input, THAnyTensor *output)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO rows = new_rows(x, p, p->inside);
  THNN_AUTO ix = new_rows(at, p, p->inside);
  THNN_AUTO y = THAnyTensor_newWithSizeNd((THType)x->type, 2, (int64_t[]){p->planes, p->outside + behind}, NULL);
  THAnyTensor_fill(y, THScalar_fromInt(0));
  THAnyTensor_scatter(y, 1, ix, rows);
  THNN_AUTO inside = THAnyTensor_newNarrow(y, 1, 0, p->outside);
  THNN_AUTO r = THNN_newResult(output, p->ndim, p->outSize);
  THNN_AUTO r2 = new_rows(r, p, p->outside);
  THAnyTensor_copy(r2, inside);
  THNN_finish(r, output);
}

static void device_unpool_grad(const Plane *p, THAnyTensor *at, int64_t behind, const THAnyTensor *input,
                               THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO from = new_rows(g, p, p->outside);
  THNN_AUTO ix = new_rows(at, p, p->inside);
  THNN_AUTO wide = THAnyTensor_newWithSizeNd((THType)g->type, 2, (int64_t[]){p->planes, p->outside + behind}, NULL);
  THAnyTensor_fill(wide, THScalar_fromInt(0));
  THNN_AUTO inside = THAnyTensor_newNarrow(wide, 1, 0, p->outside);
  THAnyTensor_copy(inside, from);
  THNN_AUTO r = THAnyTensor_new((THType)g->type);
  THAnyTensor_gather(r, wide, 1, ix);
  THNN_AUTO shaped = THAnyTensor_new((THType)g->type);
  THAnyTensor_viewNd(shaped, r, input->nDimension, input->size);
  THNN_copyResult(gradInput, shaped);
}

/* Positions from indices of volumetric max pooling. */
static THAnyTensor *new_device_positions(const Plane *p, THAnyTensor *indices, const int64_t *d, const int64_t *pad)
{
  THNN_Unpool u;
  for (int i = 0; i < 3; i++) u.in[i] = p->in[i], u.out[i] = p->out[i], u.d[i] = d[i], u.pad[i] = pad[i];
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  THAnyTensor *at = THAnyTensor_newWithSizeNd((THType)ix->type, ix->nDimension, ix->size, NULL);
  THNN_device->each((THType)TH_DEVICE, THNN_unpool_position, p->planes * p->inside, &u,
                    (void *[THNN_ELEMENT_ARRAYS]){THNN_data(ix), THNN_data(at)});
  return at;
}

static Plane unpooling(const THAnyTensor *input, const THAnyTensor *indices, const int64_t *out)
{
  Plane p = plane("VolumetricMaxUnpooling", 3, input, out);
  THNN_checkLong(p.op, "indices", indices, input);
  THNN_checkSize(p.op, "indices", indices, input->nDimension, input->size);
  return p;
}

static void unpool_plane(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  (void)i;
  scatter[t->type](at[0], at[1], at[2], t->p->inside, t->p->outside);
}

static void unpool_plane_grad(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  (void)i;
  gather[t->type](at[0], at[1], at[2], t->p->inside);
}

static void unpool(const Plane *p, const int64_t *at, THAnyTensor *input, THAnyTensor *output)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, p->ndim, p->outSize);
  run(p, unpool_plane, x, NULL, 3,
      (THNN_Array[]){inside_of(p, x), outside_of(p, y), {(void *)at, (size_t)p->inside * sizeof *at}});
  THNN_finish(y, output);
}

static void unpool_grad(const Plane *p, const int64_t *at, const THAnyTensor *input, THAnyTensor *gradOutput,
                        THAnyTensor *gradInput)
{
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  run(p, unpool_plane_grad, g, NULL, 3,
      (THNN_Array[]){outside_of(p, g), inside_of(p, gx), {(void *)at, (size_t)p->inside * sizeof *at}});
  THNN_finish(gx, gradInput);
}

void THNN_VolumetricMaxUnpooling_updateOutput(THNNState *state, THAnyTensor *input,
                                              THAnyTensor *output, THAnyTensor *indices, int oT,
                                              int oW, int oH, int dT, int dW, int dH, int pT, int pW,
                                              int pH)
{
  (void)state;
  THNN_TYPES_ANY("VolumetricMaxUnpooling", input, output);
  Plane p = unpooling(input, indices, (int64_t[]){oT, oH, oW});
  if (THNN_onDevice(input)) {
    THNN_AUTO where = new_device_positions(&p, indices, (int64_t[]){dT, dH, dW}, (int64_t[]){pT, pH, pW});
    device_unpool(&p, where, 1, input, output);
    return;
  }
  TH_AUTO_MEM int64_t *at = new_unpooled_positions(&p, indices, (int64_t[]){dT, dH, dW},
                                                   (int64_t[]){pT, pH, pW});
  unpool(&p, at, input, output);
}

void THNN_VolumetricMaxUnpooling_updateGradInput(THNNState *state, THAnyTensor *input,
                                                 THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                 THAnyTensor *indices, int oT, int oW, int oH, int dT,
                                                 int dW, int dH, int pT, int pW, int pH)
{
  (void)state;
  THNN_TYPES_ANY("VolumetricMaxUnpooling", input, gradOutput, gradInput);
  Plane p = unpooling(input, indices, (int64_t[]){oT, oH, oW});
  THNN_checkSize(p.op, "gradOutput", gradOutput, p.ndim, p.outSize);
  if (THNN_onDevice(input)) {
    THNN_AUTO where = new_device_positions(&p, indices, (int64_t[]){dT, dH, dW}, (int64_t[]){pT, pH, pW});
    device_unpool_grad(&p, where, 1, input, gradOutput, gradInput);
    return;
  }
  TH_AUTO_MEM int64_t *at = new_unpooled_positions(&p, indices, (int64_t[]){dT, dH, dW},
                                                   (int64_t[]){pT, pH, pW});
  unpool_grad(&p, at, input, gradOutput, gradInput);
}

/* ---- back from max pooling of images: positions in the plane ---- */

static Plane spatial_unpooling(const THAnyTensor *input, const THAnyTensor *indices, int owidth, int oheight)
{
  Plane p = plane("SpatialMaxUnpooling", 2, input, (int64_t[]){1, oheight, owidth});
  THNN_checkLong(p.op, "indices", indices, input);
  THNN_checkSize(p.op, "indices", indices, input->nDimension, input->size);
  return p;
}

static int64_t *new_plane_positions(const Plane *p, const THAnyTensor *indices)
{
  int64_t n = p->planes * p->inside;
  THNN_AUTO ix = THAnyTensor_newContiguous((THAnyTensor *)indices);
  const int64_t *id = THNN_data(ix);
  for (int64_t i = 0; i < n; i++)
    if (id[i] < TH_INDEX_BASE || id[i] >= p->outside + TH_INDEX_BASE)
      THError("%s: found an invalid max index: %lld (output planes are of size %lldx%lld)", p->op, (long long)id[i],
              (long long)p->out[1], (long long)p->out[2]);
  int64_t *at = THAlloc(n * (ptrdiff_t)sizeof *at);
  for (int64_t i = 0; i < n; i++) at[i] = id[i] - TH_INDEX_BASE;
  return at;
}

void THNN_SpatialMaxUnpooling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *indices, int owidth, int oheight)
{
  (void)state;
  THNN_TYPES_ANY("SpatialMaxUnpooling", input, output);
  Plane p = spatial_unpooling(input, indices, owidth, oheight);
  if (THNN_onDevice(input)) {
    THNN_AUTO where = THAnyTensor_newContiguous(indices);
    device_unpool(&p, where, 0, input, output);
    return;
  }
  TH_AUTO_MEM int64_t *at = new_plane_positions(&p, indices);
  unpool(&p, at, input, output);
}

void THNN_SpatialMaxUnpooling_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput,
                                              THAnyTensor *gradInput, THAnyTensor *indices, int owidth, int oheight)
{
  (void)state;
  THNN_TYPES_ANY("SpatialMaxUnpooling", input, gradOutput, gradInput);
  Plane p = spatial_unpooling(input, indices, owidth, oheight);
  THNN_checkSize(p.op, "gradOutput", gradOutput, p.ndim, p.outSize);
  if (THNN_onDevice(input)) {
    THNN_AUTO where = THAnyTensor_newContiguous(indices);
    device_unpool_grad(&p, where, 0, input, gradOutput, gradInput);
    return;
  }
  TH_AUTO_MEM int64_t *at = new_plane_positions(&p, indices);
  unpool_grad(&p, at, input, gradOutput, gradInput);
}

/* ---- FeatureLPPooling: p-norms over windows of features, (batch x) features x anything ---- */

/* input is C argument `arg` */
static THNN_FeatureNorm feature_layer(int arg, const THAnyTensor *input, double power, int width, int stride,
                                 bool batch, int64_t *outer, int64_t *outSize)
{
  static const char op[] = "FeatureLPPooling";
  int n = input->nDimension, dim = batch;
  THArgCheck(n >= 1 + batch && n <= 3 + batch, arg, "%s: expected input of %d to %d dimensions, got %s", op,
             1 + batch, 3 + batch, THAnyTensor_sizeDesc(input).str);
  THArgCheck(width >= 2 && width <= 16, THNN_OWN, "%s: width must be within 2 to 16, got %d", op, width);
  THArgCheck(stride >= 1 && stride <= 4, THNN_OWN, "%s: stride must be within 1 to 4, got %d", op, stride);
  THNN_FeatureNorm f = {.features = input->size[dim], .inner = 1, .width = width, .stride = stride, .power = power};
  THArgCheck(f.features >= width, arg, "%s: feature dimension must be >= width %d, got input of %s",
             op, width, THAnyTensor_sizeDesc(input).str);
  f.out = (f.features - width) / stride + 1;
  *outer = batch ? input->size[0] : 1;
  for (int i = 0; i < n; i++) {
    outSize[i] = i == dim ? f.out : input->size[i];
    if (i > dim) f.inner *= input->size[i];
  }
  return f;
}

void THNN_FeatureLPPooling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                        double power, int width, int stride, bool batchMode)
{
  (void)state;
  int64_t outer, size[5];
  THNN_TYPES_ANY("FeatureLPPooling", input, output);
  THNN_FeatureNorm f = feature_layer(2, input, power, width, stride, batchMode, &outer, size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, input->nDimension, size);
  THNN_ELEMENTS(feature_norm, x, outer * f.out * f.inner, 2 * width, &f, THNN_data(x), THNN_data(y));
  THNN_finish(y, output);
}

void THNN_FeatureLPPooling_updateGradInput(THNNState *state, THAnyTensor *gradOutput,
                                           THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *gradInput, double power, int width, int stride,
                                           bool batchMode)
{
  (void)state;
  int64_t outer, size[5];
  THNN_TYPES_ANY("FeatureLPPooling", gradOutput, input, output, gradInput);
  THNN_FeatureNorm f = feature_layer(3, input, power, width, stride, batchMode, &outer, size);
  THNN_checkSizeArg("FeatureLPPooling", "gradOutput", 2, gradOutput, input->nDimension, size);
  THNN_checkSize("FeatureLPPooling", "output", output, input->nDimension, size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THAnyTensor_newContiguous(output);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  THNN_ELEMENTS(feature_norm_grad, x, outer * f.features * f.inner, 4 * width, &f, THNN_data(g), THNN_data(x),
                THNN_data(y), THNN_data(gx));
  THNN_finish(gx, gradInput);
}
