/* Largest elements of windows whose bounds an axis lists: adaptive and fractional pooling. */
#include "common.h"
#include "THNNDevice.h"

/* The window of output o along an axis is [begin[o], end[o]). */
typedef struct Bounds {
  int64_t in, out, *begin, *end;
} Bounds;

#define TH_GENERIC_FILE "generic/unevenpooling.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const plane_max[TH_NTYPES])(const Bounds *, const void *, void *,
                                          int64_t *) = TH_BY_FLOAT_TYPE(plane_max);
static void (*const scatter_add[TH_NTYPES])(const void *, void *, const int64_t *, int64_t,
                                            int64_t) = TH_BY_FLOAT_TYPE(scatter_add);

/* A layer applied to an input. */
typedef struct Pooled {
  THNN_Window w;
  THNN_Applied a;
} Pooled;

static Pooled pooled(const char *op, int dims, const THAnyTensor *input, const int64_t *out)
{
  Pooled p = {.w = {.op = op, .dims = dims}};
  memcpy(p.w.out, out, sizeof p.w.out);
  p.a = THNN_Window_cover(&p.w, input);
  return p;
}

/* What is done to one plane. */
typedef struct Task {
  const Pooled *p;
  THType type;
  const Bounds *bounds; /* of three axes; for fractional pooling, of every plane */
} Task;

static void run(const Pooled *p, THPlaneFn fn, const THAnyTensor *t, const Bounds *bounds, int n,
                const THPlaneArray *arrays)
{
  double work = (double)THMax(p->w.inSize, p->w.outSize);
  THPlanes_run(p->a.planes, work, fn, &(Task){p, (THType)t->type, bounds}, n, arrays);
}

static void add_plane(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  (void)i;
  scatter_add[t->type](at[0], at[1], at[2], t->p->w.outSize, t->p->w.inSize);
}

/* gradInput from positions in the planes (0-based, negative: none), as many as gradOutput has */
static void add_at_positions(const Pooled *p, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                             const THAnyTensor *input, const int64_t *at)
{
  for (int64_t i = 0; i < p->a.planes * p->w.outSize; i++)
    if (at[i] >= p->w.inSize)
      THError("%s: indices: position %lld lies outside the input of %s", p->w.op, (long long)at[i],
              THAnyTensor_sizeDesc(input).str);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  run(p, add_plane, g, NULL, 3,
      (THPlaneArray[]){THNN_planesOf(g, p->w.outSize), THNN_planesOf(gx, p->w.inSize),
                     {(void *)at, (size_t)p->w.outSize * sizeof *at}});
  THNN_finish(gx, gradInput);
}

/* The same for the GPU; order: NULL for adaptive windows. */
static THNN_Windows windows_of(const Pooled *p, const int *order)
{
  THNN_Windows w = {.samples = p->w.dims, .adaptive = !order};
  for (int i = 0; i < 3; i++) {
    bool mapped = i >= 3 - p->w.dims;
    w.in[i] = p->w.in[i], w.out[i] = p->w.out[i];
    w.pool[i] = order && mapped ? p->w.k[i] : 1;
    w.order[i] = order && mapped ? order[i] : 0;
  }
  return w;
}

/* gradInput, gathered from indices of two kinds (elements/windows.h) */
static void device_grad(const Pooled *p, const THNN_Windows *w, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                        const THAnyTensor *input, THAnyTensor *indices)
{
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  int64_t *rows = THNN_data(ix), *columns = w->adaptive ? rows + p->a.planes * p->w.outSize : NULL;
  THNN_EACH(window_max_grad, g, p->a.planes * p->w.inSize, w, THNN_data(g), rows, columns, THNN_data(gx));
  THNN_finish(gx, gradInput);
}

/* ---- adaptive windows: floor(o in / out) up to ceil((o + 1) in / out) ---- */

/* memory for the bounds of three axes */
static int64_t *new_bounds(Bounds *b, const Pooled *p, int64_t sets)
{
  int64_t n = p->w.out[0] + p->w.out[1] + p->w.out[2];
  int64_t *memory = THAlloc(2 * n * sets * (ptrdiff_t)sizeof *memory), *m = memory;
  for (int64_t s = 0; s < sets; s++)
    for (int i = 0; i < 3; i++) {
      b[3 * s + i] = (Bounds){p->w.in[i], p->w.out[i], m, m + p->w.out[i]};
      m += 2 * p->w.out[i];
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
  const Pooled *p = t->p;
  int64_t *row = at[2], *col = at[3];
  (void)i;
  plane_max[t->type](t->bounds, at[0], at[1], col);
  for (int64_t o = 0; o < p->w.outSize; o++) {
    int64_t h = o / p->w.out[2], w = o % p->w.out[2], position = col[o];
    row[o] = position / p->w.in[2] - t->bounds[1].begin[h] + TH_INDEX_BASE;
    col[o] = position % p->w.in[2] - t->bounds[2].begin[w] + TH_INDEX_BASE;
  }
}

/* indices: two tensors of the output's size, first the row, then the column of the greatest element
   in its window, from 1. */
void THNN_SpatialAdaptiveMaxPooling_updateOutput(THNN_STATE, THAnyTensor *input,
                                                 THAnyTensor *output, THAnyTensor *indices,
                                                 int owidth, int oheight)
{
  static const char op[] = "SpatialAdaptiveMaxPooling";
  THNN_TYPES_ANY(op, input, output);
  THNN_checkLong(op, "indices", indices, input);
  Pooled p = pooled(op, 2, input, (int64_t[]){1, oheight, owidth});
  THArgCheck(p.w.inSize > 0, 2, "%s: input is empty", op);
  Bounds b[3];
  TH_AUTO_MEM int64_t *memory = new_bounds(b, &p, 1);
  for (int i = 0; i < 3; i++) adaptive_bounds(&b[i]);
  int64_t size[6] = {2};
  memcpy(size + 1, p.a.size, (size_t)p.a.ndim * sizeof *size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, p.a.ndim, p.a.size);
  THNN_AUTO ix = THNN_newResult(indices, p.a.ndim + 1, size);
  int64_t *rows = THNN_data(ix), *cols = rows + p.a.planes * p.w.outSize;
  THNN_Windows w = windows_of(&p, NULL);
  if (THNN_onDevice(x))
    THNN_EACH(window_max, x, p.a.planes * p.w.outSize, &w, THNN_data(x), NULL, THNN_data(y), rows, cols);
  else
    run(&p, adaptive_plane, x, b, 4,
        (THPlaneArray[]){THNN_planesOf(x, p.w.inSize), THNN_planesOf(y, p.w.outSize), THNN_planesOf(ix, p.w.outSize),
                       {cols, (size_t)p.w.outSize * sizeof *cols}});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

void THNN_SpatialAdaptiveMaxPooling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                    THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                    THAnyTensor *indices)
{
  static const char op[] = "SpatialAdaptiveMaxPooling";
  THNN_TYPES_ANY(op, input, gradOutput, gradInput);
  THNN_checkLong(op, "indices", indices, input);
  int n = gradOutput->nDimension;
  THArgCheck(n == input->nDimension && n >= 3, 3, "%s: gradOutput of %s for input of %s", op,
             THAnyTensor_sizeDesc(gradOutput).str, THAnyTensor_sizeDesc(input).str);
  Pooled p = pooled(op, 2, input, (int64_t[]){1, gradOutput->size[n - 2], gradOutput->size[n - 1]});
  THNN_checkSize(op, "gradOutput", gradOutput, n, p.a.size);
  int64_t size[6] = {2}, total = p.a.planes * p.w.outSize;
  memcpy(size + 1, p.a.size, (size_t)n * sizeof *size);
  THNN_checkSize(op, "indices", indices, n + 1, size);
  if (THNN_onDevice(input)) {
    THNN_Windows w = windows_of(&p, NULL);
    device_grad(&p, &w, gradOutput, gradInput, input, indices);
    return;
  }
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  TH_AUTO_MEM int64_t *at = THAlloc(total * (ptrdiff_t)sizeof *at);
  const int64_t *rows = THNN_data(ix), *cols = rows + total;
  for (int64_t i = 0; i < total; i++) {
    int64_t h = i / p.w.out[2] % p.w.out[1] * p.w.in[1] / p.w.out[1], w = i % p.w.out[2] * p.w.in[2] / p.w.out[2];
    at[i] = rows[i] < TH_INDEX_BASE || cols[i] < TH_INDEX_BASE
              ? -1
              : (h + rows[i] - TH_INDEX_BASE) * p.w.in[2] + w + cols[i] - TH_INDEX_BASE;
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

static Pooled fractional_plane(const char *op, int dims, const THAnyTensor *input, const int64_t *out,
                              const int64_t *pool)
{
  Pooled p = pooled(op, dims, input, out);
  memcpy(p.w.k, pool, sizeof p.w.k);
  for (int i = 3 - dims; i < 3; i++)
    THArgCheck(pool[i] > 0 && p.w.out[i] + pool[i] - 1 <= p.w.in[i], THNN_OWN,
               "%s: pool size %lld too large for input of %s and output size %lld", op,
               (long long)pool[i], THAnyTensor_sizeDesc(input).str, (long long)p.w.out[i]);
  return p;
}

static void fractional_plane_max(const void *arg, int64_t i, void *const *at)
{
  const Task *t = arg;
  int64_t *index = at[2];
  plane_max[t->type](t->bounds + 3 * i, at[0], at[1], index);
  for (int64_t o = 0; o < t->p->w.outSize; o++) index[o] += TH_INDEX_BASE;
}

/* Bounds of all planes, from samples that are checked; order: which sample belongs to each axis */
static int64_t *new_fractional_bounds(Bounds *b, const Pooled *p, const int *order,
                                      const THAnyTensor *samples)
{
  THType type = (THType)samples->type;
  size_t width = THType_size(type);
  const char *u = THAnyTensor_data((THAnyTensor *)samples);
  for (int64_t i = 0; i < p->a.planes * p->w.dims; i++) {
    double s = THScalar_load(type, u + (size_t)i * width).d;
    THArgCheck(s >= 0 && s <= 1, THNN_OWN, "%s: random samples must lie in [0, 1], got %g", p->w.op, s);
  }
  int64_t *memory = new_bounds(b, p, p->a.planes);
  for (int64_t i = 0; i < 3 * p->a.planes; i++) {
    int axis = (int)(i % 3);
    bool fixed = axis < 3 - p->w.dims;
    double s = fixed ? 0 : THScalar_load(type, u + (size_t)(i / 3 * p->w.dims + order[axis]) * width).d;
    fractional_bounds(&b[i], s, fixed ? 1 : p->w.k[axis], type);
  }
  return memory;
}

static void fractional_forward(const Pooled *p, const int *order, THAnyTensor *input,
                               THAnyTensor *output, THAnyTensor *indices, THAnyTensor *samples)
{
  THNN_TYPES_ANY(p->w.op, input, output, samples);
  THNN_checkLong(p->w.op, "indices", indices, input);
  THArgCheck(THAnyTensor_nElement(samples) >= p->a.planes * p->w.dims, THNN_OWN,
             "%s: expected %d random samples for each of %lld planes, got %s", p->w.op, p->w.dims,
             (long long)p->a.planes, THAnyTensor_sizeDesc(samples).str);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO u = THAnyTensor_newContiguous(samples);
  bool device = THNN_onDevice(x);
  TH_AUTO_MEM Bounds *b = device ? NULL : THAlloc(3 * p->a.planes * (ptrdiff_t)sizeof *b);
  TH_AUTO_MEM int64_t *memory = device ? NULL : new_fractional_bounds(b, p, order, u);
  THNN_AUTO y = THNN_newResult(output, p->a.ndim, p->a.size);
  THNN_AUTO ix = THNN_newResult(indices, p->a.ndim, p->a.size);
  THNN_Windows w = windows_of(p, order);
  if (device)
    THNN_EACH(window_max, x, p->a.planes * p->w.outSize, &w, THNN_data(x), THNN_data(u), THNN_data(y), THNN_data(ix));
  else
    run(p, fractional_plane_max, x, b, 3,
        (THPlaneArray[]){THNN_planesOf(x, p->w.inSize), THNN_planesOf(y, p->w.outSize),
                         THNN_planesOf(ix, p->w.outSize)});
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

static void fractional_backward(const Pooled *p, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradInput, THAnyTensor *indices)
{
  THNN_TYPES_ANY(p->w.op, input, gradOutput, gradInput);
  THNN_checkLong(p->w.op, "indices", indices, input);
  THNN_checkSize(p->w.op, "gradOutput", gradOutput, p->a.ndim, p->a.size);
  THNN_checkSize(p->w.op, "indices", indices, p->a.ndim, p->a.size);
  if (THNN_onDevice(input)) {
    THNN_Windows w = windows_of(p, (int[3]){0});
    device_grad(p, &w, gradOutput, gradInput, input, indices);
    return;
  }
  THNN_AUTO at = THAnyTensor_newWithSizeNd(TH_LONG, p->a.ndim, p->a.size, NULL);
  THAnyTensor_copy(at, indices);
  int64_t *d = THNN_data(at);
  for (int64_t i = 0; i < p->a.planes * p->w.outSize; i++) d[i] -= TH_INDEX_BASE;
  add_at_positions(p, gradOutput, gradInput, input, d);
}

void THNN_SpatialFractionalMaxPooling_updateOutput(THNN_STATE, THAnyTensor *input,
                                                   THAnyTensor *output, int outputW, int outputH,
                                                   int poolSizeW, int poolSizeH,
                                                   THAnyTensor *indices, THAnyTensor *randomSamples)
{
  const int64_t pool[] = {1, poolSizeH, poolSizeW};
  Pooled p = fractional_plane("SpatialFractionalMaxPooling", 2, input,
                             (int64_t[]){1, outputH, outputW}, pool);
  fractional_forward(&p, (int[]){0, 1, 0}, input, output, indices, randomSamples);
}

void THNN_SpatialFractionalMaxPooling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                      THAnyTensor *gradOutput,
                                                      THAnyTensor *gradInput, int outputW,
                                                      int outputH, int poolSizeW, int poolSizeH,
                                                      THAnyTensor *indices)
{
  const int64_t pool[] = {1, poolSizeH, poolSizeW};
  Pooled p = fractional_plane("SpatialFractionalMaxPooling", 2, input,
                             (int64_t[]){1, outputH, outputW}, pool);
  fractional_backward(&p, input, gradOutput, gradInput, indices);
}

/* Volumes of this layer alone are height x width x time. */
void THNN_VolumetricFractionalMaxPooling_updateOutput(THNN_STATE, THAnyTensor *input,
                                                      THAnyTensor *output, int outputT, int outputW,
                                                      int outputH, int poolSizeT, int poolSizeW,
                                                      int poolSizeH, THAnyTensor *indices,
                                                      THAnyTensor *randomSamples)
{
  const int64_t pool[] = {poolSizeH, poolSizeW, poolSizeT};
  Pooled p = fractional_plane("VolumetricFractionalMaxPooling", 3, input,
                             (int64_t[]){outputH, outputW, outputT}, pool);
  fractional_forward(&p, (int[]){2, 1, 0}, input, output, indices, randomSamples);
}

void THNN_VolumetricFractionalMaxPooling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                         THAnyTensor *gradOutput,
                                                         THAnyTensor *gradInput, int outputT,
                                                         int outputW, int outputH, int poolSizeT,
                                                         int poolSizeW, int poolSizeH,
                                                         THAnyTensor *indices)
{
  const int64_t pool[] = {poolSizeH, poolSizeW, poolSizeT};
  Pooled p = fractional_plane("VolumetricFractionalMaxPooling", 3, input,
                             (int64_t[]){outputH, outputW, outputT}, pool);
  fractional_backward(&p, input, gradOutput, gradInput, indices);
}

