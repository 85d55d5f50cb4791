/* Convolutions whose kernels connect single planes: by a table (SpatialConvolutionMap and its
   transpose), every plane to outputs of its own (TemporalRowConvolution).
   All are lists of connections (from, to) with a kernel each. Also convolutions with a kernel per
   position (SpatialConvolutionLocal). */
#include "common.h"

/* Planes convolved: `wide` planes of ih x iw are correlated into `narrow` ones of oh x ow. */
typedef struct Geometry {
  int64_t kH, kW, dH, dW, padH, padW, ih, iw, oh, ow;
} Geometry;

typedef struct Local {
  Geometry g;
  int64_t in, out; /* planes */
} Local;

#define TH_GENERIC_FILE "generic/mapconv.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "THGenerate.h"

typedef void (*ConvFunction)(const Geometry *, const void *, const void *, void *);
static const ConvFunction correlate[TH_NTYPES] = TH_BY_FLOAT_TYPE(correlate);
static const ConvFunction correlate_back[TH_NTYPES] = TH_BY_FLOAT_TYPE(correlate_back);
static void (*const kernel_grad[TH_NTYPES])(const Geometry *, const void *, const void *, void *,
                                            double) = TH_BY_FLOAT_TYPE(kernel_grad);
static void (*const fill_plane[TH_NTYPES])(void *, const void *, int64_t) = TH_BY_FLOAT_TYPE(fill_plane);
static void (*const local_forward[TH_NTYPES])(const Local *, const void *, const void *, const void *, void *,
                                              int64_t) = TH_BY_FLOAT_TYPE(local_forward);
static void (*const local_backward[TH_NTYPES])(const Local *, const void *, const void *,
                                               void *) = TH_BY_FLOAT_TYPE(local_backward);
static void (*const local_grad[TH_NTYPES])(const Local *, const void *, const void *, void *, void *, int64_t,
                                           int64_t, double) = TH_BY_FLOAT_TYPE(local_grad);

/* A layer applied to an input. Connection c goes from plane from[c] to to[c] and has kernel
   kernel[c]; output plane p has bias biasAt[p]. */
typedef struct Mapped {
  const char *op;
  Geometry g;
  bool full; /* transposed: the input has the narrow planes */
  int64_t n, in, out, connections, ndim, outSize[4];
  int64_t *from, *to, *kernel, *biasAt;
} Mapped;

/* memory for the four lists, which the caller frees */
static void *new_lists(Mapped *m)
{
  int64_t *memory = THAlloc((3 * m->connections + m->out) * (ptrdiff_t)sizeof *memory);
  m->from = memory;
  m->to = m->from + m->connections;
  m->kernel = m->to + m->connections;
  m->biasAt = m->kernel + m->connections;
  for (int64_t i = 0; i < m->out; i++) m->biasAt[i] = i;
  return memory;
}

/* Connections ordered by the plane that `key` names: first[p] .. first[p + 1] - 1 of `order` are those
   of plane p. */
static int64_t *new_order(const Mapped *m, const int64_t *key, int64_t planes, int64_t **order)
{
  int64_t *first = THAlloc((planes + 2 + m->connections) * (ptrdiff_t)sizeof *first);
  memset(first, 0, (size_t)(planes + 2) * sizeof *first);
  *order = first + planes + 2;
  for (int64_t c = 0; c < m->connections; c++) first[key[c] + 2]++;
  for (int64_t p = 0; p < planes; p++) first[p + 2] += first[p + 1];
  for (int64_t c = 0; c < m->connections; c++) (*order)[first[key[c] + 1]++] = c;
  return first;
}

static int64_t plane_size(const Mapped *m, bool input)
{
  return input != m->full ? m->g.ih * m->g.iw : m->g.oh * m->g.ow;
}

static int threads_of(const Mapped *m, int64_t tasks)
{
  int64_t work = m->n * m->connections * m->g.oh * m->g.ow * m->g.kH * m->g.kW;
  return (int)THMin(tasks, TH_threadsFor(work, TH_GRAIN));
}

static void forward(const Mapped *m, THAnyTensor *input, THAnyTensor *output, THAnyTensor *weight,
                    THAnyTensor *bias)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = bias ? THAnyTensor_newContiguous(bias) : NULL;
  int64_t *order;
  TH_AUTO_MEM int64_t *first = new_order(m, m->to, m->out, &order);
  THNN_AUTO y = THNN_newResult(output, (int)m->ndim, m->outSize);
  size_t width = THType_size((THType)x->type), in = (size_t)plane_size(m, true) * width,
         out = (size_t)plane_size(m, false) * width, k = (size_t)(m->g.kH * m->g.kW) * width;
  const char *xd = THNN_data(x), *wd = THNN_data(w), *bd = b ? THNN_data(b) : NULL;
  char *yd = THNN_data(y);
  ConvFunction f = m->full ? correlate_back[x->type] : correlate[x->type];
  int threads = threads_of(m, m->n * m->out);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < m->n * m->out; i++) {
    int64_t sample = i / m->out, plane = i % m->out;
    fill_plane[x->type](yd + (size_t)i * out, bd ? bd + (size_t)m->biasAt[plane] * width : NULL,
                        plane_size(m, false));
    for (int64_t at = first[plane]; at < first[plane + 1]; at++) {
      int64_t c = order[at];
      f(&m->g, xd + (size_t)(sample * m->in + m->from[c]) * in, wd + (size_t)m->kernel[c] * k,
        yd + (size_t)i * out);
    }
  }
  THNN_finish(y, output);
}

static void backward(const Mapped *m, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                     THAnyTensor *weight)
{
  THNN_checkSize(m->op, "gradOutput", gradOutput, (int)m->ndim, m->outSize);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  int64_t *order;
  TH_AUTO_MEM int64_t *first = new_order(m, m->from, m->in, &order);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  size_t width = THType_size((THType)g->type), in = (size_t)plane_size(m, true) * width,
         out = (size_t)plane_size(m, false) * width, k = (size_t)(m->g.kH * m->g.kW) * width;
  const char *gd = THNN_data(g), *wd = THNN_data(w);
  char *gxd = THNN_data(gx);
  ConvFunction f = m->full ? correlate[g->type] : correlate_back[g->type];
  int threads = threads_of(m, m->n * m->in);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < m->n * m->in; i++) {
    int64_t sample = i / m->in, plane = i % m->in;
    fill_plane[g->type](gxd + (size_t)i * in, NULL, plane_size(m, true));
    for (int64_t at = first[plane]; at < first[plane + 1]; at++) {
      int64_t c = order[at];
      f(&m->g, gd + (size_t)(sample * m->out + m->to[c]) * out, wd + (size_t)m->kernel[c] * k,
        gxd + (size_t)i * in);
    }
  }
  THNN_finish(gx, gradInput);
}

/* Kernels belong to one connection each, so connections are independent. */
static void parameters(const Mapped *m, THAnyTensor *input, THAnyTensor *gradOutput,
                       THAnyTensor *gradWeight, THAnyTensor *gradBias, double scale)
{
  THNN_checkSize(m->op, "gradOutput", gradOutput, (int)m->ndim, m->outSize);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO sums = gradBias ? THAnyTensor_newWithSizeNd((THType)g->type, 1, &m->out, NULL) : NULL;
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  size_t width = THType_size((THType)g->type), in = (size_t)plane_size(m, true) * width,
         out = (size_t)plane_size(m, false) * width, k = (size_t)(m->g.kH * m->g.kW) * width;
  const char *gd = THNN_data(g), *xd = THNN_data(x);
  char *gwd = THNN_data(gw);
  int threads = threads_of(m, m->connections);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t c = 0; c < m->connections; c++)
    for (int64_t i = 0; i < m->n; i++) {
      const char *xp = xd + (size_t)(i * m->in + m->from[c]) * in;
      const char *gp = gd + (size_t)(i * m->out + m->to[c]) * out;
      kernel_grad[g->type](&m->g, m->full ? gp : xp, m->full ? xp : gp, gwd + (size_t)m->kernel[c] * k, scale);
    }
  THNN_finish(gw, gradWeight);
  if (!gradBias) return;
  THAnyTensor_fill(sums, THScalar_fromDouble(0));
  THNN_addPlaneSums(g, m->n, m->out, plane_size(m, false), sums, scale);
  THNN_AUTO gb = THNN_newInPlace(gradBias);
  char *gbd = THNN_data(gb), *sd = THNN_data(sums);
  for (int64_t i = 0; i < m->out; i++) {
    char *r = gbd + (size_t)m->biasAt[i] * width;
    double v = THScalar_load((THType)g->type, r).d + THScalar_load((THType)g->type, sd + (size_t)i * width).d;
    THScalar_store((THType)g->type, r, THScalar_fromDouble(v));
  }
  THNN_finish(gb, gradBias);
}

/* ---- geometry ---- */

/* Sizes from an input of (batch x) planes x height x width. */
static Mapped mapped(const char *op, bool full, const THAnyTensor *input, int64_t in, int64_t out,
                     int64_t connections, const Geometry *k)
{
  int n = input->nDimension, batch = n == 4;
  Mapped m = {.op = op, .g = *k, .full = full, .in = in, .out = out, .connections = connections, .ndim = n};
  THArgCheck(n == 3 || n == 4, 2, "%s: 3D or 4D (batch mode) tensor expected, got %s", op,
             THAnyTensor_sizeDesc(input).str);
  THArgCheck(input->size[batch] == in, 2, "%s: expected %lld input planes, got input of %s", op,
             (long long)in, THAnyTensor_sizeDesc(input).str);
  THArgCheck(k->kH > 0 && k->kW > 0 && k->dH > 0 && k->dW > 0, 7,
             "%s: kernel size and stride should be greater than zero", op);
  THArgCheck(k->padH >= 0 && k->padW >= 0, 9, "%s: padding should not be negative", op);
  Geometry *g = &m.g;
  int64_t h = input->size[batch + 1], w = input->size[batch + 2];
  m.n = batch ? input->size[0] : 1;
  if (full) {
    g->oh = h, g->ow = w;
    g->ih = (h - 1) * g->dH + g->kH, g->iw = (w - 1) * g->dW + g->kW;
  } else {
    g->ih = h, g->iw = w;
    int64_t roomH = h + 2 * g->padH - g->kH, roomW = w + 2 * g->padW - g->kW;
    if (roomH < 0 || roomW < 0)
      THError("%s: input of %s is smaller than the kernel of %lld x %lld", op,
              THAnyTensor_sizeDesc(input).str, (long long)g->kH, (long long)g->kW);
    g->oh = roomH / g->dH + 1, g->ow = roomW / g->dW + 1;
  }
  if (batch) m.outSize[0] = m.n;
  m.outSize[batch] = out;
  m.outSize[batch + 1] = full ? g->ih : g->oh;
  m.outSize[batch + 2] = full ? g->iw : g->ow;
  return m;
}

/* ---- connection tables ---- */

static void *apply_table(const char *op, bool full, Mapped *m, const THAnyTensor *input,
                         const THAnyTensor *weight, const THAnyTensor *bias, const THAnyTensor *table,
                         int64_t in, int64_t out, int dW, int dH)
{
  THArgCheck(weight->nDimension == 3, 4, "%s: weight must be connections x kH x kW, got %s", op,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(table->nDimension == 2 && table->size[1] == 2 && table->size[0] == weight->size[0], 6,
             "%s: connTable must be %lld x 2, got %s", op, (long long)weight->size[0],
             THAnyTensor_sizeDesc(table).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == out, 5, "%s: expected bias of %lld elements, got %s", op,
             (long long)out, bias ? THAnyTensor_sizeDesc(bias).str : "");
  *m = mapped(op, full, input, in, out, weight->size[0],
              &(Geometry){.kH = weight->size[1], .kW = weight->size[2], .dH = dH, .dW = dW});
  THNN_AUTO t = THAnyTensor_newContiguous((THAnyTensor *)table);
  size_t width = THType_size((THType)t->type);
  const char *td = THNN_data(t);
  TH_AUTO_MEM void *memory = new_lists(m);
  for (int64_t c = 0; c < m->connections; c++) {
    m->from[c] = (int64_t)THScalar_load((THType)t->type, td + (size_t)(2 * c) * width).d - TH_INDEX_BASE;
    m->to[c] = (int64_t)THScalar_load((THType)t->type, td + (size_t)(2 * c + 1) * width).d - TH_INDEX_BASE;
    m->kernel[c] = c;
    THArgCheck(m->from[c] >= 0 && m->from[c] < in && m->to[c] >= 0 && m->to[c] < out, 6,
               "%s: connTable: connection %lld from %lld to %lld, but there are %lld input and %lld output planes",
               op, (long long)c + TH_INDEX_BASE, (long long)m->from[c] + TH_INDEX_BASE,
               (long long)m->to[c] + TH_INDEX_BASE, (long long)in, (long long)out);
  }
  void *lists = memory;
  memory = NULL;
  return lists;
}

#define TABLE_LAYER(Name, full)                                                                    \
  void THNN_##Name##_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,       \
                                  THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *connTable,  \
                                  int nInputPlane, int nOutputPlane, int dW, int dH)               \
  {                                                                                                \
    (void)state;                                                                                   \
    THNN_TYPES(#Name, input, output, weight, bias, connTable);                                     \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, weight, bias, connTable,         \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    forward(&m, input, output, weight, bias);                                                      \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput, \
                                     THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias, \
                                     THAnyTensor *connTable, int nInputPlane, int nOutputPlane,    \
                                     int dW, int dH)                                               \
  {                                                                                                \
    (void)state;                                                                                   \
    THNN_TYPES(#Name, input, gradOutput, gradInput, weight, bias, connTable);                      \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, weight, bias, connTable,         \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    backward(&m, input, gradOutput, gradInput, weight);                                            \
  }                                                                                                \
  void THNN_##Name##_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput, \
                                       THAnyTensor *gradWeight, THAnyTensor *gradBias,             \
                                       THAnyTensor *connTable, int nInputPlane, int nOutputPlane,  \
                                       int dW, int dH, double scale)                               \
  {                                                                                                \
    (void)state;                                                                                   \
    THNN_TYPES(#Name, input, gradOutput, gradWeight, gradBias, connTable);                         \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, gradWeight, gradBias, connTable, \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    parameters(&m, input, gradOutput, gradWeight, gradBias, scale);                                \
  }
TABLE_LAYER(SpatialConvolutionMap, false)
TABLE_LAYER(SpatialFullConvolutionMap, true)

/* ---- TemporalRowConvolution: a row per place in the frame ---- */

/* The tensor with its last two dimensions swapped unless featFirst, and with a height of 1 before the
   last: (batch x) frame x 1 x time. */
static THAnyTensor *rows_view(const char *what, THAnyTensor *t, bool featFirst)
{
  int n = t->nDimension;
  THArgCheck(n == 2 || n == 3, 2, "TemporalRowConvolution: %s: 2D or 3D (batch mode) tensor expected, got %s",
             what, THAnyTensor_sizeDesc(t).str);
  THAnyTensor *view = THAnyTensor_newWithTensor(t);
  if (!featFirst) THAnyTensor_transpose(view, NULL, n - 2, n - 1);
  THAnyTensor_unsqueeze1d(view, NULL, n - 1);
  return view;
}

static void *apply_rows(Mapped *m, const THAnyTensor *x, const THAnyTensor *weight, const THAnyTensor *bias,
                        int kW, int dW, int padW)
{
  static const char op[] = "TemporalRowConvolution";
  THArgCheck(weight->nDimension > 0, 4, "%s: weight is empty", op);
  int64_t frame = weight->size[0];
  THArgCheck(THAnyTensor_nElement(weight) == frame * kW, 4, "%s: weight should be frame x 1 x %d, got %s", op, kW,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == frame, 5, "%s: expected bias of %lld elements, got %s", op,
             (long long)frame, bias ? THAnyTensor_sizeDesc(bias).str : "");
  *m = mapped(op, false, x, frame, frame, frame,
              &(Geometry){.kH = 1, .kW = kW, .dH = 1, .dW = dW, .padW = padW});
  void *lists = new_lists(m);
  for (int64_t c = 0; c < frame; c++) m->from[c] = m->to[c] = m->kernel[c] = c;
  return lists;
}

/* r_ = rows, in the layout of input */
static void finish_rows(THAnyTensor *r_, THAnyTensor *rows, bool featFirst)
{
  int n = rows->nDimension;
  THNN_AUTO view = THAnyTensor_newWithTensor(rows);
  THAnyTensor_squeeze1d(view, NULL, n - 2);
  if (!featFirst) THAnyTensor_transpose(view, NULL, n - 3, n - 2);
  THNN_copyResult(r_, view);
}

void THNN_TemporalRowConvolution_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                              THAnyTensor *weight, THAnyTensor *bias,
                                              THAnyTensor *finput, THAnyTensor *fgradInput, int kW, int dW,
                                              int padW, bool featFirst)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("TemporalRowConvolution", input, output, weight, bias);
  THNN_AUTO x = rows_view("input", input, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, weight, bias, kW, dW, padW);
  THNN_AUTO y = THAnyTensor_new((THType)input->type);
  forward(&m, x, y, weight, bias);
  finish_rows(output, y, featFirst);
}

void THNN_TemporalRowConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
                                                 THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                 THAnyTensor *weight, THAnyTensor *finput,
                                                 THAnyTensor *fgradInput, int kW, int dW, int padW,
                                                 bool featFirst)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("TemporalRowConvolution", input, gradOutput, gradInput, weight);
  THNN_AUTO x = rows_view("input", input, featFirst);
  THNN_AUTO g = rows_view("gradOutput", gradOutput, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, weight, NULL, kW, dW, padW);
  THNN_AUTO gx = THAnyTensor_new((THType)input->type);
  backward(&m, x, g, gx, weight);
  finish_rows(gradInput, gx, featFirst);
}

void THNN_TemporalRowConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
                                                   THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                   THAnyTensor *gradBias, THAnyTensor *finput,
                                                   THAnyTensor *fgradInput, int kW, int dW, int padW,
                                                   bool featFirst, double scale)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("TemporalRowConvolution", input, gradOutput, gradWeight, gradBias);
  THNN_AUTO x = rows_view("input", input, featFirst);
  THNN_AUTO g = rows_view("gradOutput", gradOutput, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, gradWeight, gradBias, kW, dW, padW);
  parameters(&m, x, g, gradWeight, gradBias, scale);
}

/* ---- a kernel per position ---- */

static Mapped local_layer(Local *l, const THAnyTensor *input, const THAnyTensor *weight,
                          const THAnyTensor *bias, int kW, int kH, int dW, int dH, int padW, int padH,
                          int64_t iw, int64_t ih, int64_t ow, int64_t oh)
{
  static const char op[] = "SpatialConvolutionLocal";
  int64_t positions = oh * ow, kernel = (int64_t)kH * kW, n = THAnyTensor_nElement(weight);
  int batch = input->nDimension == 4;
  THArgCheck(input->nDimension == 3 || batch, 2, "%s: 3D or 4D (batch mode) tensor expected, got %s", op,
             THAnyTensor_sizeDesc(input).str);
  int64_t in = input->size[batch], out = in * positions * kernel > 0 ? n / (in * positions * kernel) : 0;
  THArgCheck(out > 0 && in * out * positions * kernel == n, 4,
             "%s: weight of %s does not fit input of %s: expected %lld x %lld x outputs x %lld x %d x %d", op,
             THAnyTensor_sizeDesc(weight).str, THAnyTensor_sizeDesc(input).str, (long long)oh, (long long)ow,
             (long long)in, kH, kW);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == out * positions, 5,
             "%s: expected bias of %lld x %lld x %lld, got %s", op, (long long)out, (long long)oh, (long long)ow,
             bias ? THAnyTensor_sizeDesc(bias).str : "");
  THArgCheck(input->size[batch + 1] == ih && input->size[batch + 2] == iw, 2,
             "%s: expected input of %lld x %lld x %lld, got %s", op, (long long)in, (long long)ih, (long long)iw,
             THAnyTensor_sizeDesc(input).str);
  Mapped m = mapped(op, false, input, in, out, 0,
                    &(Geometry){.kH = kH, .kW = kW, .dH = dH, .dW = dW, .padH = padH, .padW = padW});
  THArgCheck(m.g.oh == oh && m.g.ow == ow, 16, "%s: expected output of %lld x %lld, got %lld x %lld", op,
             (long long)m.g.oh, (long long)m.g.ow, (long long)oh, (long long)ow);
  *l = (Local){m.g, in, out};
  m.connections = in * out; /* for the amount of work */
  return m;
}

void THNN_SpatialConvolutionLocal_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                               THAnyTensor *weight, THAnyTensor *bias,
                                               THAnyTensor *finput, THAnyTensor *fgradInput, int kW, int kH,
                                               int dW, int dH, int padW, int padH, int64_t inputWidth,
                                               int64_t inputHeight, int64_t outputWidth,
                                               int64_t outputHeight)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("SpatialConvolutionLocal", input, output, weight, bias);
  Local l;
  Mapped m = local_layer(&l, input, weight, bias, kW, kH, dW, dH, padW, padH, inputWidth, inputHeight,
                         outputWidth, outputHeight);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newContiguous(bias);
  THNN_AUTO y = THNN_newResult(output, (int)m.ndim, m.outSize);
  size_t width = THType_size((THType)x->type), in = (size_t)(m.in * l.g.ih * l.g.iw) * width,
         out = (size_t)(m.out * l.g.oh * l.g.ow) * width;
  const char *xd = THNN_data(x), *wd = THNN_data(w), *bd = THNN_data(b);
  char *yd = THNN_data(y);
  int64_t tasks = m.n * l.g.oh;
  int threads = threads_of(&m, tasks);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < tasks; i++)
    local_forward[x->type](&l, xd + (size_t)(i / l.g.oh) * in, wd, bd, yd + (size_t)(i / l.g.oh) * out, i % l.g.oh);
  THNN_finish(y, output);
}

void THNN_SpatialConvolutionLocal_updateGradInput(THNNState *state, THAnyTensor *input,
                                                  THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                  THAnyTensor *weight, THAnyTensor *finput,
                                                  THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                  int padW, int padH, int64_t inputWidth,
                                                  int64_t inputHeight, int64_t outputWidth,
                                                  int64_t outputHeight)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("SpatialConvolutionLocal", input, gradOutput, gradInput, weight);
  Local l;
  Mapped m = local_layer(&l, input, weight, NULL, kW, kH, dW, dH, padW, padH, inputWidth, inputHeight,
                         outputWidth, outputHeight);
  THNN_checkSize(m.op, "gradOutput", gradOutput, (int)m.ndim, m.outSize);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  size_t width = THType_size((THType)g->type), in = (size_t)(m.in * l.g.ih * l.g.iw) * width,
         out = (size_t)(m.out * l.g.oh * l.g.ow) * width;
  const char *gd = THNN_data(g), *wd = THNN_data(w);
  char *gxd = THNN_data(gx);
  int threads = threads_of(&m, m.n);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < m.n; i++)
    local_backward[g->type](&l, gd + (size_t)i * out, wd, gxd + (size_t)i * in);
  THNN_finish(gx, gradInput);
}

void THNN_SpatialConvolutionLocal_accGradParameters(THNNState *state, THAnyTensor *input,
                                                    THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                    THAnyTensor *gradBias, THAnyTensor *finput,
                                                    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                    int padW, int padH, int64_t inputWidth,
                                                    int64_t inputHeight, int64_t outputWidth,
                                                    int64_t outputHeight, double scale)
{
  (void)state, (void)finput, (void)fgradInput;
  THNN_TYPES("SpatialConvolutionLocal", input, gradOutput, gradWeight, gradBias);
  Local l;
  Mapped m = local_layer(&l, input, gradWeight, gradBias, kW, kH, dW, dH, padW, padH, inputWidth, inputHeight,
                         outputWidth, outputHeight);
  THNN_checkSize(m.op, "gradOutput", gradOutput, (int)m.ndim, m.outSize);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  THNN_AUTO gb = THNN_newInPlace(gradBias);
  const void *xd = THNN_data(x), *gd = THNN_data(g);
  void *gwd = THNN_data(gw), *gbd = THNN_data(gb);
  int threads = threads_of(&m, l.g.oh);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < l.g.oh; i++) local_grad[x->type](&l, xd, gd, gwd, gbd, m.n, i, scale);
  THNN_finish(gw, gradWeight);
  THNN_finish(gb, gradBias);
}
