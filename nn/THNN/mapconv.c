/* Convolutions whose kernels connect single planes: by a table (SpatialConvolutionMap and its
   transpose), every plane to outputs of its own (SpatialDepthWiseConvolution, TemporalRowConvolution).
   All are lists of connections (from, to) with a kernel each. */
#include "common.h"
#include "THNNDevice.h"
#include "direct/convplanes.h"
#include "THTensorOps.h"
#include <math.h>

enum { H = WINDOW_H, W = WINDOW_W };

/* A correlation with strides of 1: output (r, c) takes kernel element (u, v) times input (r + up + turn u, c + left +
   turn v). */
typedef struct Taps {
  int64_t ih, iw, oh, ow, kH, kW, up, left, turn;
} Taps;
enum { TAP_BLOCK = 16 };

#define TH_GENERIC_FILE "generic/mapconv.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*ConvFunction)(const THNN_Window *, const void *, const void *, void *);
static const ConvFunction correlate[TH_NTYPES] = TH_BY_FLOAT_TYPE(correlate);
static const ConvFunction correlate_back[TH_NTYPES] = TH_BY_FLOAT_TYPE(correlate_back);
static void (*const kernel_grad[TH_NTYPES])(const THNN_Window *, const void *, const void *, void *,
                                            double) = TH_BY_FLOAT_TYPE(kernel_grad);
static void (*const fill_plane[TH_NTYPES])(void *, const void *, int64_t) = TH_BY_FLOAT_TYPE(fill_plane);

/* A layer applied to an input. Connection c goes from plane from[c] to to[c] and has kernel
   kernel[c]; output plane p has bias biasAt[p]. each > 0: every input plane has so many outputs of its own. */
typedef struct Mapped {
  THNN_Window w;
  THNN_Applied a;
  int64_t in, out, each, connections; /* in, out: planes that the layer reads and writes */
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
  return input != m->w.full ? m->w.inSize : m->w.outSize;
}

/* Of one of so many tasks. */
static double task_work(const Mapped *m, int64_t tasks)
{
  double work = (double)m->a.n * (double)m->connections * (double)m->w.outSize;
  return work * (double)(m->w.k[H] * m->w.k[W]) / (double)THMax(tasks, 1);
}

/* What the tasks of a pass share. `source` is convolved into `planes` planes a sample; the list of a
   plane's connections is order[first[plane]] and on. */
typedef struct Pass {
  const Mapped *m;
  THType type;
  ConvFunction f;
  const char *source, *w, *bias;
  char *r;
  const int64_t *first, *order, *sourceOf; /* sourceOf: plane that a connection reads */
  int64_t planes, sourcePlanes;
  size_t sourceBytes, kernelBytes; /* of a plane, of a kernel */
  int64_t size;                    /* elements of a plane of r */
} Pass;

static void run_plane(const void *arg, int64_t i, void *const *at)
{
  const Pass *a = arg;
  int64_t sample = i / a->planes, plane = i % a->planes;
  size_t width = THType_size(a->type);
  fill_plane[a->type](at[0], a->bias ? a->bias + (size_t)a->m->biasAt[plane] * width : NULL, a->size);
  for (int64_t k = a->first[plane]; k < a->first[plane + 1]; k++) {
    int64_t c = a->order[k];
    a->f(&a->m->w, a->source + (size_t)(sample * a->sourcePlanes + a->sourceOf[c]) * a->sourceBytes,
         a->w + (size_t)a->m->kernel[c] * a->kernelBytes, at[0]);
  }
}

static void run_pass(const Pass *a)
{
  int64_t tasks = a->m->a.n * a->planes;
  TH_PLANES(tasks, task_work(a->m, tasks), run_plane, a,
              {a->r, (size_t)a->size * THType_size(a->type)});
}

/* ---- the same on the GPU (elements/mapconv.h) ---- */

static THAnyTensor *new_on_device(THAnyTensor *list, THType type)
{
  THAnyTensor *r = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, type), 1, list->size, NULL);
  THAnyTensor_copy(r, list);
  return r;
}

/* The connections of each of `planes` planes, which `key` names; `source`: the planes that they read. NULL: each has its
   own, and no list is needed. */
static THAnyTensor *new_connections(const Mapped *m, const int64_t *key, const int64_t *source, int64_t planes, THType type)
{
  if (m->each) return NULL;
  int64_t *order, size = planes + 1 + 2 * m->connections;
  TH_AUTO_MEM int64_t *first = new_order(m, key, planes, &order);
  THNN_AUTO list = THAnyTensor_newWithSizeNd(TH_LONG, 1, &size, NULL);
  int64_t *p = THNN_data(list);
  memcpy(p, first, (size_t)(planes + 1) * sizeof *p);
  p += planes + 1;
  for (int64_t k = 0; k < m->connections; k++) {
    *p++ = source[order[k]];
    *p++ = m->kernel[order[k]];
  }
  return new_on_device(list, type);
}

/* The wide and the narrow plane of every kernel. */
static THAnyTensor *new_pairs(const Mapped *m, THType type)
{
  if (m->each) return NULL;
  int64_t size = 2 * m->connections;
  THNN_AUTO list = THAnyTensor_newWithSizeNd(TH_LONG, 1, &size, NULL);
  int64_t *p = THNN_data(list);
  for (int64_t c = 0; c < m->connections; c++) {
    p[2 * m->kernel[c]] = m->w.full ? m->to[c] : m->from[c];
    p[2 * m->kernel[c] + 1] = m->w.full ? m->from[c] : m->to[c];
  }
  return new_on_device(list, type);
}

static void *optional_data(THAnyTensor *t) { return t ? THNN_data(t) : NULL; }

/* back: r are the layer's input planes */
static void device_pass(const Mapped *m, bool back, THAnyTensor *source, THAnyTensor *w, THAnyTensor *bias, THAnyTensor *r)
{
  THNN_Map a = {m->w, back ? m->in : m->out, back ? m->out : m->in, m->each, m->in, back};
  THNN_AUTO list = new_connections(m, back ? m->from : m->to, back ? m->to : m->from, a.planes, (THType)r->type);
  int64_t n = THAnyTensor_nElement(r);
  void *lists = optional_data(list), *b = optional_data(bias);
  if (back == m->w.full) THNN_EACH(map_correlate, r, n, &a, THNN_data(source), THNN_data(w), b, lists, THNN_data(r));
  else THNN_EACH(map_spread, r, n, &a, THNN_data(source), THNN_data(w), b, lists, THNN_data(r));
}

static void device_kernels(const Mapped *m, THAnyTensor *x, THAnyTensor *g, THAnyTensor *gw, double scale)
{
  THNN_Map a = {m->w, m->w.full ? m->out : m->in, m->w.full ? m->in : m->out, m->each, m->in, false};
  THNN_AUTO list = new_pairs(m, (THType)g->type);
  THNN_SUM_EACH(map_kernel, g, m->connections * m->w.k[H] * m->w.k[W], m->a.n * m->w.outSize, scale, &a, THNN_data(gw),
                THNN_data(m->w.full ? g : x), THNN_data(m->w.full ? x : g), optional_data(list));
}

/* ---- planes with outputs of their own, of floats (direct/convplanes.h) ---- */

static bool by_planes(const Mapped *m, THType type, ConvPass pass)
{
  return m->each && m->w.groups == m->in && isfinite(THPlanes_cost(&m->w, type, pass));
}
/* Kernels and biases lie by output, then by input. */
static PlanesOrder planes_order(const Mapped *m, ConvPass pass)
{
  return (PlanesOrder){1, m->in, 0, 1, pass == CONV_DATA ? 0 : m->in};
}

/* ---- passes ---- */

static void forward(const Mapped *m, THAnyTensor *input, THAnyTensor *output, THAnyTensor *weight,
                    THAnyTensor *bias)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = bias ? THAnyTensor_newContiguous(bias) : NULL;
  THNN_AUTO y = THNN_newResult(output, m->a.ndim, m->a.size);
  if (THNN_onDevice(x)) {
    device_pass(m, false, x, w, b, y);
    THNN_finish(y, output);
    return;
  }
  if (by_planes(m, (THType)x->type, CONV_FORWARD)) {
    const PlanesOrder order = planes_order(m, CONV_FORWARD);
    THPlanes_forward(&m->w, &order, m->a.n, THNN_data(x), THNN_data(w), b ? THNN_data(b) : NULL, THNN_data(y));
    THNN_finish(y, output);
    return;
  }
  int64_t *order;
  TH_AUTO_MEM int64_t *first = new_order(m, m->to, m->out, &order);
  size_t width = THType_size((THType)x->type);
  run_pass(&(Pass){.m = m, .type = (THType)x->type,
                   .f = m->w.full ? correlate_back[x->type] : correlate[x->type],
                   .source = THNN_data(x), .w = THNN_data(w), .bias = b ? THNN_data(b) : NULL,
                   .r = THNN_data(y), .first = first, .order = order, .sourceOf = m->from,
                   .planes = m->out, .sourcePlanes = m->in,
                   .sourceBytes = (size_t)plane_size(m, true) * width,
                   .kernelBytes = (size_t)(m->w.k[H] * m->w.k[W]) * width,
                   .size = plane_size(m, false)});
  THNN_finish(y, output);
}

static void backward(const Mapped *m, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                     THAnyTensor *weight)
{
  THNN_checkSize(m->w.op, "gradOutput", gradOutput, m->a.ndim, m->a.size);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (THNN_onDevice(g)) {
    device_pass(m, true, g, w, NULL, gx);
    THNN_finish(gx, gradInput);
    return;
  }
  if (by_planes(m, (THType)g->type, CONV_DATA)) {
    const PlanesOrder order = planes_order(m, CONV_DATA);
    THPlanes_backwardData(&m->w, &order, m->a.n, THNN_data(g), THNN_data(w), NULL, THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  int64_t *order;
  TH_AUTO_MEM int64_t *first = new_order(m, m->from, m->in, &order);
  size_t width = THType_size((THType)g->type);
  run_pass(&(Pass){.m = m, .type = (THType)g->type,
                   .f = m->w.full ? correlate[g->type] : correlate_back[g->type],
                   .source = THNN_data(g), .w = THNN_data(w), .r = THNN_data(gx), .first = first,
                   .order = order, .sourceOf = m->to, .planes = m->in, .sourcePlanes = m->out,
                   .sourceBytes = (size_t)plane_size(m, false) * width,
                   .kernelBytes = (size_t)(m->w.k[H] * m->w.k[W]) * width,
                   .size = plane_size(m, true)});
  THNN_finish(gx, gradInput);
}

typedef struct KernelPass {
  const Mapped *m;
  THType type;
  const char *x, *g;
  char *gw;
  double scale;
} KernelPass;

static void grad_connection(const void *arg, int64_t c, void *const *unused)
{
  const KernelPass *a = arg;
  const Mapped *m = a->m;
  size_t width = THType_size(a->type), in = (size_t)plane_size(m, true) * width,
         out = (size_t)plane_size(m, false) * width, k = (size_t)(m->w.k[H] * m->w.k[W]) * width;
  (void)unused;
  for (int64_t i = 0; i < m->a.n; i++) {
    const char *x = a->x + (size_t)(i * m->in + m->from[c]) * in;
    const char *g = a->g + (size_t)(i * m->out + m->to[c]) * out;
    kernel_grad[a->type](&m->w, m->w.full ? g : x, m->w.full ? x : g, a->gw + (size_t)m->kernel[c] * k,
                         a->scale);
  }
}

/* gradBias += sums of planes, which lie input by input where planes have outputs of their own */
static void add_bias(const Mapped *m, THAnyTensor *g, THAnyTensor *gradBias, double scale)
{
  THNN_AUTO sums = THAnyTensor_newWithSizeNd((THType)g->type, 1, &m->out, NULL);
  THAnyTensor_fill(sums, THScalar_fromDouble(0));
  THNN_addPlaneSums(g, m->a.n, m->out, plane_size(m, false), sums, scale);
  int64_t each = THMax(m->each, 1), in = m->out / each;
  THNN_AUTO gb = THNN_newInPlace(gradBias);
  THNN_AUTO to = THAnyTensor_new((THType)gb->type);
  THNN_AUTO from = THAnyTensor_new((THType)gb->type);
  THAnyTensor_viewNd(to, gb, 2, (int64_t[]){each, in});
  THAnyTensor_viewNd(from, sums, 2, (int64_t[]){in, each});
  THAnyTensor_transpose(from, NULL, 0, 1);
  THAnyTensor_cadd(to, to, THScalar_fromInt(1), from);
  THNN_finish(gb, gradBias);
}

/* gw += scale * the gradient. Kernels belong to one connection each, so connections are independent. */
static void add_kernels(const Mapped *m, THAnyTensor *x, THAnyTensor *g, THAnyTensor *gw, double scale)
{
  const PlanesOrder order = planes_order(m, CONV_WEIGHT);
  const KernelPass pass = {m, (THType)g->type, THNN_data(x), THNN_data(g), THNN_data(gw), scale};
  if (THNN_onDevice(g)) device_kernels(m, x, g, gw, scale);
  else if (by_planes(m, pass.type, CONV_WEIGHT))
    THPlanes_backwardWeight(&m->w, &order, m->a.n, THNN_data(x), THNN_data(g), THNN_data(gw), (float)scale);
  else THPlanes_run(m->connections, task_work(m, m->connections), grad_connection, &pass, 0, NULL);
}

static void parameters(const Mapped *m, THAnyTensor *input, THAnyTensor *gradOutput,
                       THAnyTensor *gradWeight, THAnyTensor *gradBias, double scale)
{
  THNN_checkSize(m->w.op, "gradOutput", gradOutput, m->a.ndim, m->a.size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  if (scale != 0) add_kernels(m, x, g, gw, scale); /* else nothing, whatever it stands before */
  THNN_finish(gw, gradWeight);
  if (gradBias) add_bias(m, g, gradBias, scale);
}

/* The layer described by w, applied to an input of `in` planes. */
static Mapped mapped(const THNN_Window *w, const THAnyTensor *input, int64_t in, int64_t out, int64_t connections)
{
  Mapped m = {.w = *w, .in = in, .out = out, .connections = connections};
  m.w.planes = w->full ? out : in;
  m.w.outputs = w->full ? in : out;
  m.a = THNN_Window_apply(&m.w, input);
  THArgCheck(input->size[m.a.ndim - w->dims - 1] == in, 2, "%s: expected %lld input planes, got input of %s", w->op,
             (long long)in, THAnyTensor_sizeDesc(input).str);
  return m;
}

/* ---- connection tables ---- */

static void *apply_table(const char *op, bool full, Mapped *m, const THAnyTensor *input,
                         const THAnyTensor *weight, const THAnyTensor *bias, const THAnyTensor *table,
                         int64_t in, int64_t out, int dW, int dH)
{
  THArgCheck(weight->nDimension == 3, THNN_OWN, "%s: weight must be connections x kH x kW, got %s", op,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(table->nDimension == 2 && table->size[1] == 2 && table->size[0] == weight->size[0], THNN_OWN,
             "%s: connTable must be %lld x 2, got %s", op, (long long)weight->size[0],
             THAnyTensor_sizeDesc(table).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == out, THNN_OWN, "%s: expected bias of %lld elements, got %s", op,
             (long long)out, bias ? THAnyTensor_sizeDesc(bias).str : "");
  *m = mapped(&(THNN_Window){THNN_WINDOW2(op, weight->size[2], weight->size[1], dW, dH, 0, 0, 1, 1), .full = full},
              input, in, out, weight->size[0]);
  THNN_AUTO t = THAnyTensor_newWithSizeNd(TH_DOUBLE, 2, table->size, NULL);
  THAnyTensor_copy(t, (THAnyTensor *)table);
  const double *td = THNN_data(t);
  TH_AUTO_MEM void *memory = new_lists(m);
  for (int64_t c = 0; c < m->connections; c++) {
    double from = td[2 * c] - TH_INDEX_BASE;
    double to = td[2 * c + 1] - TH_INDEX_BASE;
    THArgCheck(from >= 0 && from < (double)in && to >= 0 && to < (double)out, THNN_OWN,
               "%s: connTable: connection %lld from %.15g to %.15g, but there are %lld input and %lld output planes",
               op, (long long)c + TH_INDEX_BASE, from + TH_INDEX_BASE, to + TH_INDEX_BASE, (long long)in, (long long)out);
    m->from[c] = (int64_t)from;
    m->to[c] = (int64_t)to;
    m->kernel[c] = c;
  }
  return TH_RELEASE(memory);
}

#define TABLE_LAYER(Name, full)                                                                    \
  void THNN_##Name##_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,             \
                                  THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *connTable,  \
                                  int nInputPlane, int nOutputPlane, int dW, int dH)               \
  {                                                                                                \
    THNN_TYPES_ANY(#Name, input, output, weight, bias, connTable);                                     \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, weight, bias, connTable,         \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    forward(&m, input, output, weight, bias);                                                      \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,      \
                                     THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias, \
                                     THAnyTensor *connTable, int nInputPlane, int nOutputPlane,    \
                                     int dW, int dH)                                               \
  {                                                                                                \
    THNN_TYPES_ANY(#Name, input, gradOutput, gradInput, weight, bias, connTable);                      \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, weight, bias, connTable,         \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    backward(&m, input, gradOutput, gradInput, weight);                                            \
  }                                                                                                \
  void THNN_##Name##_accGradParameters(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,    \
                                       THAnyTensor *gradWeight, THAnyTensor *gradBias,             \
                                       THAnyTensor *connTable, int nInputPlane, int nOutputPlane,  \
                                       int dW, int dH, double scale)                               \
  {                                                                                                \
    THNN_TYPES_ANY(#Name, input, gradOutput, gradWeight, gradBias, connTable);                         \
    Mapped m;                                                                                      \
    TH_AUTO_MEM void *lists = apply_table(#Name, full, &m, input, gradWeight, gradBias, connTable, \
                                          nInputPlane, nOutputPlane, dW, dH);                      \
    parameters(&m, input, gradOutput, gradWeight, gradBias, scale);                                \
  }
TABLE_LAYER(SpatialConvolutionMap, false)
TABLE_LAYER(SpatialFullConvolutionMap, true)

/* ---- SpatialDepthWiseConvolution: every plane has outputs of its own ---- */

/* Output plane c belongs to input plane c / each; weight and bias are each x inputs (x kH x kW). */
static void *apply_depthwise(Mapped *m, const THAnyTensor *input, const THAnyTensor *weight,
                             const THAnyTensor *bias, const THNN_Window *w)
{
  const char *op = w->op;
  int64_t n = THAnyTensor_nElement(weight), kernel = THMax(w->k[H] * w->k[W], 1);
  THArgCheck(n > 0 && (weight->nDimension == 2 || weight->nDimension == 4), THNN_OWN,
             "%s: weight should be outputs x inputs x kH x kW, got %s", op, THAnyTensor_sizeDesc(weight).str);
  int64_t each = weight->size[0], in = n / each / kernel, out = in * each;
  THArgCheck(in > 0 && out * kernel == n, THNN_OWN, "%s: weight of %s does not fit a kernel of %lld x %lld", op,
             THAnyTensor_sizeDesc(weight).str, (long long)w->k[H], (long long)w->k[W]);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == out, THNN_OWN, "%s: expected bias of %lld x %lld elements, got %s", op,
             (long long)each, (long long)in, bias ? THAnyTensor_sizeDesc(bias).str : "");
  THNN_Window grouped = *w;
  grouped.groups = in;
  *m = mapped(&grouped, input, in, out, out);
  m->each = each;
  void *lists = new_lists(m);
  for (int64_t c = 0; c < out; c++) {
    m->from[c] = c / each, m->to[c] = c;
    m->kernel[c] = m->biasAt[c] = c % each * in + c / each;
  }
  return lists;
}

#define DEPTHWISE (&(THNN_Window){THNN_WINDOW2("SpatialDepthWiseConvolution", kW, kH, dW, dH, padW, padH, 1, 1)})

void THNN_SpatialDepthWiseConvolution_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                                   THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput,
                                                   THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                   int padW, int padH)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialDepthWiseConvolution", input, output, weight, bias);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_depthwise(&m, input, weight, bias, DEPTHWISE);
  forward(&m, input, output, weight, bias);
}

void THNN_SpatialDepthWiseConvolution_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                      THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                      THAnyTensor *weight, THAnyTensor *finput,
                                                      THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                      int padW, int padH)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialDepthWiseConvolution", input, gradOutput, gradInput, weight);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_depthwise(&m, input, weight, NULL, DEPTHWISE);
  backward(&m, input, gradOutput, gradInput, weight);
}

void THNN_SpatialDepthWiseConvolution_accGradParameters(THNN_STATE, THAnyTensor *input,
                                                        THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                        THAnyTensor *gradBias, THAnyTensor *finput,
                                                        THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                        int padW, int padH, double scale)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialDepthWiseConvolution", input, gradOutput, gradWeight, gradBias);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_depthwise(&m, input, gradWeight, gradBias, DEPTHWISE);
  parameters(&m, input, gradOutput, gradWeight, gradBias, scale);
}

/* ---- TemporalRowConvolution: a row per place in the frame ---- */

/* The tensor as (batch x) frame x time: with its last two dimensions swapped unless featFirst. */
static THAnyTensor *rows_view(const char *what, THAnyTensor *t, bool featFirst)
{
  int n = t->nDimension;
  THArgCheck(n == 2 || n == 3, 2, "TemporalRowConvolution: %s: 2D or 3D (batch mode) tensor expected, got %s",
             what, THAnyTensor_sizeDesc(t).str);
  THAnyTensor *view = THAnyTensor_newWithTensor(t);
  if (!featFirst) THAnyTensor_transpose(view, NULL, n - 2, n - 1);
  return view;
}

static void *apply_rows(Mapped *m, const THAnyTensor *x, const THAnyTensor *weight, const THAnyTensor *bias,
                        int kW, int dW, int padW)
{
  static const char op[] = "TemporalRowConvolution";
  THArgCheck(weight->nDimension > 0, THNN_OWN, "%s: weight is empty", op);
  int64_t frame = weight->size[0];
  THArgCheck(THAnyTensor_nElement(weight) / frame == kW, THNN_OWN, "%s: weight should be frame x 1 x %d, got %s", op, kW,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == frame, THNN_OWN, "%s: expected bias of %lld elements, got %s", op,
             (long long)frame, bias ? THAnyTensor_sizeDesc(bias).str : "");
  *m = mapped(&(THNN_Window){THNN_WINDOW1(op, kW, dW, padW), .groups = frame}, x, frame, frame, frame);
  m->each = 1;
  void *lists = new_lists(m);
  for (int64_t c = 0; c < frame; c++) m->from[c] = m->to[c] = m->kernel[c] = c;
  return lists;
}

/* r_ = rows, in the layout of input */
static void finish_rows(THAnyTensor *r_, THAnyTensor *rows, bool featFirst)
{
  THNN_AUTO view = rows_view("output", rows, featFirst);
  THNN_copyResult(r_, view);
}

void THNN_TemporalRowConvolution_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                              THAnyTensor *weight, THAnyTensor *bias,
                                              THAnyTensor *finput, THAnyTensor *fgradInput, int kW, int dW,
                                              int padW, bool featFirst)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("TemporalRowConvolution", input, output, weight, bias);
  THNN_AUTO x = rows_view("input", input, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, weight, bias, kW, dW, padW);
  THNN_AUTO y = THAnyTensor_new((THType)input->type);
  forward(&m, x, y, weight, bias);
  finish_rows(output, y, featFirst);
}

void THNN_TemporalRowConvolution_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                 THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                 THAnyTensor *weight, THAnyTensor *finput,
                                                 THAnyTensor *fgradInput, int kW, int dW, int padW,
                                                 bool featFirst)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("TemporalRowConvolution", input, gradOutput, gradInput, weight);
  THNN_AUTO x = rows_view("input", input, featFirst);
  THNN_AUTO g = rows_view("gradOutput", gradOutput, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, weight, NULL, kW, dW, padW);
  THNN_AUTO gx = THAnyTensor_new((THType)input->type);
  backward(&m, x, g, gx, weight);
  finish_rows(gradInput, gx, featFirst);
}

void THNN_TemporalRowConvolution_accGradParameters(THNN_STATE, THAnyTensor *input,
                                                   THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                   THAnyTensor *gradBias, THAnyTensor *finput,
                                                   THAnyTensor *fgradInput, int kW, int dW, int padW,
                                                   bool featFirst, double scale)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("TemporalRowConvolution", input, gradOutput, gradWeight, gradBias);
  THNN_AUTO x = rows_view("input", input, featFirst);
  THNN_AUTO g = rows_view("gradOutput", gradOutput, featFirst);
  Mapped m;
  TH_AUTO_MEM void *lists = apply_rows(&m, x, gradWeight, gradBias, kW, dW, padW);
  parameters(&m, x, g, gradWeight, gradBias, scale);
}
