/* Convolution of floats and its transpose. Up to three dimensions are THNN's; here, any number of them: windows become
   columns of a matrix, some rows of the output at a time. */
#include "direct.h"
#include "THAnyTensor.h"
#include "THBlas.h"
#include "blas/gemm/product.h"
#include "THNN.h"

enum { COLUMNS = 1 << 20 }; /* floats that columns of one step take, about */

typedef struct Conv {
  OnnxWindow w;
  int64_t batch, in, out, groups; /* planes */
  int64_t taps, inSize, outSize;  /* of a kernel, a plane */
  const float *x, *weight, *bias;
  float *r, *columns;
  int64_t first, n; /* outputs of a plane that columns hold */
} Conv;

static void unravel(const int64_t *size, int n, int64_t i, int64_t *at)
{
  for (int d = n - 1; d >= 0; d--) {
    at[d] = i % size[d];
    i /= size[d];
  }
}

/* A run of outputs along the last dimension, for one tap. */
static void column_run(const Conv *c, float *r, const float *x, const int64_t *tap, const int64_t *at, int64_t n)
{
  const OnnxWindow *w = &c->w;
  const int last = w->n - 1;
  int64_t offset = 0;
  for (int d = 0; d < last; d++) {
    const int64_t p = at[d] * w->stride[d] - w->before[d] + tap[d] * w->dilation[d];
    if (p < 0 || p >= w->in[d]) {
      memset(r, 0, (size_t)n * sizeof *r);
      return;
    }
    offset = (offset + p) * w->in[d + 1];
  }
  const int64_t size = w->in[last], step = w->stride[last];
  int64_t p = at[last] * step - w->before[last] + tap[last] * w->dilation[last], i = 0;
  for (; i < n && p < 0; i++, p += step) r[i] = 0;
  if (step == 1) {
    const int64_t inside = THMax(0, THMin(n - i, size - p));
    if (inside) memcpy(r + i, x + offset + p, (size_t)inside * sizeof *r);
    i += inside;
  } else {
    for (; i < n && p < size; i++, p += step) r[i] = x[offset + p];
  }
  for (; i < n; i++) r[i] = 0;
}

/* Rows of the column matrix: a plane and a tap each. */
static void fill_columns(const void *arg, int64_t first, int64_t last, int worker)
{
  const Conv *c = arg;
  const int inner = c->w.n - 1;
  (void)worker;
  for (int64_t row = first; row < last; row++) {
    int64_t tap[ONNX_DIMS], at[ONNX_DIMS];
    unravel(c->w.kernel, c->w.n, row % c->taps, tap);
    const float *x = c->x + row / c->taps * c->inSize;
    float *r = c->columns + row * c->n;
    for (int64_t i = 0; i < c->n;) {
      unravel(c->w.out, c->w.n, c->first + i, at);
      const int64_t run = THMin(c->n - i, c->w.out[inner] - at[inner]);
      column_run(c, r + i, x, tap, at, run);
      i += run;
    }
  }
}

static bool is_plain(const OnnxWindow *w) /* every output sees one input, that at its place */
{
  for (int d = 0; d < w->n; d++)
    if (w->kernel[d] != 1 || w->stride[d] != 1 || w->before[d] || w->after[d]) return false;
  return true;
}

static void start_with_bias(const Conv *c, float *r, int64_t planes, const float *bias)
{
  for (int64_t k = 0; k < planes; k++)
    for (int64_t i = 0; i < c->outSize; i++) r[k * c->outSize + i] = bias[k];
}

static void convolve_group(Conv *c, const float *x, const float *weight, float *r)
{
  const int64_t planes = c->out / c->groups, rows = c->in / c->groups * c->taps, n = c->outSize;
  const float beta = c->bias ? 1 : 0;
  if (is_plain(&c->w)) {
    THOnnx_gemm(false, false, planes, n, rows, 1, weight, x, beta, r);
    return;
  }
  const int64_t step = THMax(1, THMin(n, COLUMNS / rows));
  c->x = x;
  for (c->first = 0; c->first < n; c->first += step) {
    c->n = THMin(step, n - c->first);
    TH_parallel(rows, TH_pieceFor(rows, (double)c->n), fill_columns, c);
    THFloatBlas_gemm('n', 'n', c->n, planes, rows, 1, c->columns, c->n, (float *)weight, rows, beta, r + c->first, n);
  }
}

/* ---- a plane to a plane ---- */

/* r += one tap over a row of outputs */
static TH_KERNEL void add_run(float *r, const float *x, int64_t n, float w)
{
  for (int64_t i = 0; i < n; i++) r[i] += w * x[i];
}

static void add_tap(const Conv *c, float *r, const float *x, const int64_t *tap, float weight)
{
  const OnnxWindow *w = &c->w;
  const int last = w->n - 1;
  const int64_t rows = c->outSize / w->out[last], step = w->stride[last], shift = tap[last] * w->dilation[last] - w->before[last];
  const int64_t first = shift >= 0 ? 0 : (-shift + step - 1) / step;
  const int64_t end = w->in[last] - shift <= 0 ? 0 : THMin(w->out[last], (w->in[last] - shift - 1) / step + 1);
  for (int64_t row = 0; row < rows && first < end; row++) {
    int64_t at[ONNX_DIMS], offset = 0;
    bool inside = true;
    unravel(w->out, last, row, at);
    for (int d = 0; d < last && inside; d++) {
      const int64_t p = at[d] * w->stride[d] - w->before[d] + tap[d] * w->dilation[d];
      inside = p >= 0 && p < w->in[d];
      offset = (offset + p) * w->in[d + 1];
    }
    if (!inside) continue;
    float *to = r + row * w->out[last];
    const float *from = x + offset + shift;
    if (step == 1) add_run(to + first, from + first, end - first, weight);
    else
      for (int64_t i = first; i < end; i++) to[i] += weight * from[i * step];
  }
}

/* Planes [first, last) of all samples, each made of one input plane. */
static void convolve_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Conv *c = arg;
  const int64_t each = c->out / c->groups;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t sample = i / c->out, k = i % c->out;
    const float *x = c->x + (sample * c->in + k / each) * c->inSize, *weight = c->weight + k * c->taps;
    float *r = c->r + i * c->outSize;
    for (int64_t j = 0; j < c->outSize; j++) r[j] = c->bias ? c->bias[k] : 0;
    for (int64_t t = 0; t < c->taps; t++) {
      int64_t tap[ONNX_DIMS];
      unravel(c->w.kernel, c->w.n, t, tap);
      add_tap(c, r, x, tap, weight[t]);
    }
  }
}

/* One plane in, along one dimension: the columns are the plane itself, read again and again. */
static bool convolve_row(const Conv *c, const float *x)
{
  int along = -1;
  for (int d = 0; d < c->w.n; d++) {
    if (c->w.in[d] == 1 && c->w.kernel[d] == 1 && c->w.out[d] == 1) continue;
    if (along >= 0) return false;
    along = d;
  }
  if (along < 0 || c->in != 1 || c->w.before[along] || c->w.after[along] || c->w.dilation[along] != 1) return false;
  const THProduct p = {.m = c->outSize, .n = c->out, .k = c->taps, .a = x, .b = c->weight, .c = c->r, .d = c->bias,
                       .ai = c->w.stride[along], .ak = 1, .bk = 1, .bj = c->taps, .ci = 1, .cj = c->outSize, .dj = 1,
                       .alpha = 1, .beta = c->bias ? 1 : 0};
  return THProduct_runBatch(&p, c->batch, c->inSize, 0, c->out * c->outSize, 0);
}

static void convolve(Conv *c, const float *x)
{
  const int64_t in = c->in / c->groups, out = c->out / c->groups;
  if (!c->outSize || !c->batch || convolve_row(c, x)) return;
  if (in == 1 && c->groups > 1) {
    c->x = x;
    TH_parallel(c->batch * c->out, TH_pieceFor(c->batch * c->out, (double)c->outSize * (double)c->taps), convolve_planes, c);
    return;
  }
  const int64_t rows = in * c->taps, step = THMax(1, THMin(c->outSize, COLUMNS / THMax(1, rows)));
  ONNX_AUTO_MEM float *columns = is_plain(&c->w) ? NULL : THOnnx_scratch((rows * step + 1) * (ptrdiff_t)sizeof(float));
  c->columns = columns;
  for (int64_t s = 0; s < c->batch; s++)
    for (int64_t g = 0; g < c->groups; g++) {
      float *r = c->r + (s * c->out + g * out) * c->outSize;
      if (c->bias) start_with_bias(c, r, out, c->bias + g * out);
      convolve_group(c, x + (s * c->in + g * in) * c->inSize, c->weight + g * out * rows, r);
    }
}

/* ---- by THNN ---- */

static THAnyTensor *new_view(const OnnxValue *v) { return THOnnx_newView(TH_FLOAT, v->data, v->ndim, v->size, NULL); }

static bool is_thnn(const Conv *c, const OnnxValue *x)
{
  int wide = 0; /* dimensions that the kernel reaches along: one, and columns are the faster way; none, and it is a product */
  for (int d = 0; d < c->w.n; d++) wide += c->w.kernel[d] > 1;
  bool fits = wide >= 2 && c->w.n <= 3 && x->count && c->outSize && c->batch;
  for (int d = 0; d < c->w.n; d++) fits = fits && c->w.before[d] >= 0 && c->w.after[d] >= 0;
  return fits;
}

static void convolve_by_thnn(const Conv *c, OnnxValue *x, OnnxValue *weight, OnnxValue *bias, OnnxValue *r)
{
  int step[3] = {1, 1, 1}, before[3] = {0}, after[3] = {0}, apart[3] = {1, 1, 1}; /* T H W */
  for (int d = 0, k = 3 - c->w.n; d < c->w.n; d++, k++) {
    step[k] = (int)c->w.stride[d];
    before[k] = (int)c->w.before[d];
    after[k] = (int)c->w.after[d];
    apart[k] = (int)c->w.dilation[d];
  }
  TH_AUTO(THAnyTensor) in = new_view(x);
  TH_AUTO(THAnyTensor) w = new_view(weight);
  TH_AUTO(THAnyTensor) b = bias ? new_view(bias) : NULL;
  TH_AUTO(THAnyTensor) out = new_view(r);
  THNN_Convolution_updateOutput(NULL, in, out, w, b, step[0], step[2], step[1], before[0], before[2], before[1], after[0],
                                after[2], after[1], apart[0], apart[2], apart[1], (int)c->groups);
}

/* ---- rows that lie apart: the rows of one remainder beside those of the next make a picture whose rows lie together ---- */

typedef struct Apart {
  const Conv *conv;
  const float *x;
  float *wide, *r; /* pictures of `rows` times `apart` rows of `columns` */
  int64_t apart, rows, columns;
} Apart;

static bool is_apart(const Conv *c)
{
  const OnnxWindow *w = &c->w;
  bool fits = w->n == 2 && w->dilation[0] > 1 && w->dilation[1] == 1 && c->batch && c->outSize && c->inSize;
  for (int d = 0; d < w->n; d++) fits = fits && w->kernel[d] == 3 && w->stride[d] == 1 && w->before[d] >= 0 && w->after[d] >= 0;
  return fits;
}

static void lay_beside(const void *arg, int64_t first, int64_t last, int worker)
{
  const Apart *a = arg;
  const OnnxWindow *w = &a->conv->w;
  const int64_t plane = a->rows * a->apart * a->columns;
  (void)worker;
  for (int64_t k = first; k < last; k++) {
    float *to = a->wide + k * plane;
    memset(to, 0, (size_t)plane * sizeof *to);
    for (int64_t i = 0; i < w->in[0]; i++)
      memcpy(to + (i + w->before[0]) * a->columns + w->before[1], a->x + k * a->conv->inSize + i * w->in[1], (size_t)w->in[1] * sizeof *to);
  }
}

static void take_back(const void *arg, int64_t first, int64_t last, int worker)
{
  const Apart *a = arg;
  const OnnxWindow *w = &a->conv->w;
  const int64_t width = a->apart * a->columns - 2;
  (void)worker;
  for (int64_t k = first; k < last; k++)
    for (int64_t i = 0; i < w->out[0]; i++)
      memcpy(a->r + k * a->conv->outSize + i * w->out[1], a->wide + (k * (a->rows - 2) + i / a->apart) * width + i % a->apart * a->columns,
             (size_t)w->out[1] * sizeof(float));
}

static OnnxValue *new_apart(const Conv *c, OnnxValue *x, OnnxValue *weight, OnnxValue *bias, const int64_t *size)
{
  const OnnxWindow *w = &c->w;
  const int64_t apart = w->dilation[0], rows = (w->in[0] + w->before[0] + w->after[0] + apart - 1) / apart,
                columns = w->in[1] + w->before[1] + w->after[1];
  OnnxValue *in = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){c->batch, c->in, rows, apart * columns});
  ONNX_AUTO held = in;
  ONNX_AUTO out = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){c->batch, c->out, rows - 2, apart * columns - 2});
  Apart a = {c, x->data, in->data, NULL, apart, rows, columns};
  TH_parallel(c->batch * c->in, TH_pieceFor(c->batch * c->in, (double)c->inSize), lay_beside, &a);
  Conv near = *c;
  for (int d = 0; d < 2; d++) near.w.before[d] = near.w.after[d] = 0, near.w.dilation[d] = 1;
  convolve_by_thnn(&near, in, weight, bias, out);
  THOnnx_free(in); /* before there are results */
  held = NULL;
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, 4, size);
  a.wide = out->data;
  a.r = r->data;
  TH_parallel(c->batch * c->out, TH_pieceFor(c->batch * c->out, (double)c->outSize), take_back, &a);
  return r;
}

/* ---- a plane to a plane, by tiles.h ---- */

typedef struct Planes {
  const OnnxTiles *kernels;
  const Conv *conv;
  OnnxPlane plane;
} Planes;

static bool is_by_planes(const Conv *c)
{
  const OnnxWindow *w = &c->w;
  bool fits = THOnnx_tiles() && c->in == c->groups && w->n == 2 && c->inSize && c->outSize && c->batch;
  for (int d = 0; d < w->n; d++) fits = fits && w->dilation[d] == 1 && w->before[d] >= 0 && w->after[d] >= 0;
  return fits && w->stride[1] == 1 && w->stride[0] <= 2 && (w->kernel[0] == 3 || w->kernel[0] == 7);
}

static void run_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const Planes *p = arg;
  const Conv *c = p->conv;
  OnnxPlane one = p->plane;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t sample = i / c->out, k = i % c->out;
    one.x = c->x + (sample * c->in + k / (c->out / c->groups)) * c->inSize;
    one.weight = c->weight + k * c->taps;
    one.bias = c->bias ? c->bias[k] : 0;
    one.r = c->r + i * c->outSize;
    p->kernels->plane(&one);
  }
}

static void convolve_by_planes(Conv *c, const float *x, OnnxTail tail)
{
  const OnnxWindow *w = &c->w;
  ONNX_AUTO_MEM float *zeros = THOnnx_scratch(w->in[1] * (ptrdiff_t)sizeof *zeros);
  memset(zeros, 0, (size_t)w->in[1] * sizeof *zeros);
  const Planes p = {THOnnx_tiles(), c, {.h = w->in[0], .w = w->in[1], .rows = w->out[0], .columns = w->out[1], .top = w->before[0],
                    .left = w->before[1], .tall = (int)w->kernel[0], .wide = (int)w->kernel[1], .down = (int)w->stride[0], .zeros = zeros, .tail = tail}};
  c->x = x;
  TH_parallel(c->batch * c->out, TH_pieceFor(c->batch * c->out, (double)c->outSize * (double)c->taps / 8), run_planes, &p);
}

static int64_t group_count(const OnnxNode *node) { return THOnnx_int(node, "group", 1); }

static bool is_packed(const OnnxCall *c, const Conv *p)
{
  bool fits = c->node->prepared && p->outSize && p->batch;
  for (int d = 0; d < p->w.n; d++) fits = fits && p->w.before[d] >= 0 && p->w.after[d] >= 0;
  return fits;
}

static void run_tail(const OnnxTail *tail, OnnxValue *r)
{
  const THMapLine line[] = {{0}, TH_MAP_LINE(cmaxValue), ONNX_LINE(leaky), ONNX_LINE(clip), ONNX_LINE(hardsigmoid), ONNX_LINE(hardswish)};
  if (tail->kind && r->count) THOnnx_mapFloats(line[tail->kind], r->data, r->data, r->count, (double)tail->s, (double)tail->t);
}

/* x, weight and bias are floats. */
static OnnxValue *new_convolved(const OnnxCall *c, OnnxValue *x, OnnxValue *weight, OnnxValue *bias)
{
  Conv p = {.groups = group_count(c->node)};
  THOnnx_check(weight->ndim == x->ndim && x->ndim >= 3, "input of %d dimensions, weight of %d", x->ndim, weight->ndim);
  THOnnx_window(c->node, x, weight->size + 2, &p.w);
  p.batch = x->size[0];
  p.in = x->size[1];
  p.out = weight->size[0];
  THOnnx_check(p.groups > 0 && p.in % p.groups == 0 && p.out % p.groups == 0 && weight->size[1] == p.in / p.groups,
             "%lld planes in, weight %s, %lld groups", (long long)p.in, _THSizeDesc(weight->size, weight->ndim).str, (long long)p.groups);
  THOnnx_check(!bias || bias->count == p.out, "bias of %lld elements for %lld planes", bias ? (long long)bias->count : 0, (long long)p.out);
  p.taps = THOnnx_product(p.w.kernel, p.w.n);
  p.inSize = THOnnx_product(p.w.in, p.w.n);
  p.outSize = THOnnx_product(p.w.out, p.w.n);
  p.weight = weight->data;
  p.bias = bias ? bias->data : NULL;
  int64_t size[ONNX_DIMS] = {p.batch, p.out};
  for (int d = 0; d < p.w.n; d++) size[d + 2] = p.w.out[d];
  const bool packed = is_packed(c, &p), planes = is_by_planes(&p), apart = !packed && !planes && is_apart(&p);
  ONNX_AUTO r = apart ? new_apart(&p, x, weight, bias, size) : THOnnx_new(THONNX_FLOAT, x->ndim, size);
  p.r = r->data;
  if (packed) {
    THOnnx_convolve(c->node->prepared, &p.w, p.batch, p.in, x->data, c->node->tail, r->data);
    return TH_RELEASE(r);
  }
  if (planes) {
    convolve_by_planes(&p, x->data, c->node->tail);
    return TH_RELEASE(r);
  }
  if (!apart && is_thnn(&p, x)) convolve_by_thnn(&p, x, weight, bias, r);
  else if (!apart) convolve(&p, x->data);
  run_tail(&c->node->tail, r);
  return TH_RELEASE(r);
}

static void op_conv(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO w = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO b = THOnnx_in(c, 2) ? THOnnx_newFloats(c->in[2]) : NULL;
  ONNX_AUTO r = new_convolved(c, x, w, b);
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

/* ---- transposed ---- */

static void transposed_window(const OnnxNode *node, const OnnxValue *x, const OnnxValue *weight, OnnxWindow *w)
{
  int n, m;
  const int64_t *shape = THOnnx_ints(node, "output_shape", &n), *more = THOnnx_ints(node, "output_padding", &m);
  *w = (OnnxWindow){.n = x->ndim - 2};
  int ns, nd, np;
  const int64_t *strides = THOnnx_ints(node, "strides", &ns), *dilations = THOnnx_ints(node, "dilations", &nd), *pads = THOnnx_ints(node, "pads", &np);
  THOnnx_check((!shape || n >= w->n) && (!more || m == w->n) && (!strides || ns == w->n) && (!dilations || nd == w->n) &&
               (!pads || np == 2 * w->n), "attributes do not fit %d dimensions", w->n);
  const char *way = THOnnx_string(node, "auto_pad", "NOTSET");
  const bool same = !strncmp(way, "SAME", 4), lower = !strcmp(way, "SAME_LOWER");
  for (int d = 0; d < w->n; d++) {
    w->in[d] = x->size[d + 2];
    w->kernel[d] = weight->size[d + 2];
    w->stride[d] = strides ? strides[d] : 1;
    w->dilation[d] = dilations ? dilations[d] : 1;
    THOnnx_check(w->stride[d] > 0 && w->dilation[d] > 0 && w->stride[d] < 1 << 20 && w->dilation[d] < 1 << 20, "strides and dilations are positive");
    const int64_t extra = more ? more[d] : 0, full = w->stride[d] * (w->in[d] - 1) + extra + (w->kernel[d] - 1) * w->dilation[d] + 1;
    if (shape || same) {
      w->out[d] = shape ? shape[n - w->n + d] : w->in[d] * w->stride[d];
      const int64_t total = full - w->out[d];
      w->before[d] = lower || (shape && !same) ? (same && !lower ? total / 2 : total - total / 2) : total / 2;
      if (shape && !same) w->before[d] = total / 2;
    } else {
      w->before[d] = pads ? pads[d] : 0;
      w->out[d] = full - w->before[d] - (pads ? pads[d + w->n] : 0);
    }
    THOnnx_check(w->out[d] >= 0, "the output is smaller than nothing");
  }
}

typedef struct Scatter {
  const Conv *conv;
  float *r;
  const float *columns; /* a plane and a tap a row */
} Scatter;

static void scatter_tap(const Conv *c, float *r, const float *column, const int64_t *tap)
{
  const OnnxWindow *w = &c->w;
  const int last = w->n - 1;
  const int64_t n = w->in[last], step = w->stride[last], shift = tap[last] * w->dilation[last] - w->before[last];
  const int64_t first = shift >= 0 ? 0 : (-shift + step - 1) / step;
  const int64_t end = w->out[last] - shift <= 0 ? 0 : THMin(n, (w->out[last] - shift - 1) / step + 1);
  for (int64_t row = 0; first < end && row < c->inSize / n; row++) {
    int64_t at[ONNX_DIMS], offset = 0;
    bool inside = true;
    unravel(w->in, last, row, at);
    for (int d = 0; d < last && inside; d++) {
      const int64_t p = at[d] * w->stride[d] - w->before[d] + tap[d] * w->dilation[d];
      inside = p >= 0 && p < w->out[d];
      offset = (offset + p) * w->out[d + 1];
    }
    if (!inside) continue;
    const float *from = column + row * n;
    for (int64_t i = first; i < end; i++) r[offset + shift + i * step] += from[i];
  }
}

/* Two taps side by side, two apart: each output gets one of them. */
static TH_KERNEL void add_pairs(float *restrict r, const float *restrict a, const float *restrict b, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    r[2 * i] += a[i];
    r[2 * i + 1] += b[i];
  }
}
static bool scatter_pairs(const Conv *c, float *r, const float *column)
{
  const OnnxWindow *w = &c->w;
  if (w->n != 2 || w->out[1] != 2 * w->in[1]) return false;
  for (int d = 0; d < 2; d++)
    if (w->kernel[d] != 2 || w->stride[d] != 2 || w->before[d] || w->dilation[d] != 1 || w->out[d] < 2 * w->in[d]) return false;
  for (int k = 0; k < 2; k++, column += 2 * c->inSize)
    for (int64_t i = 0; i < w->in[0]; i++)
      add_pairs(r + (2 * i + k) * w->out[1], column + i * w->in[1], column + c->inSize + i * w->in[1], w->in[1]);
  return true;
}

/* Adds the columns of planes [first, last) to them. */
static void scatter_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Scatter *s = arg;
  const Conv *c = s->conv;
  (void)worker;
  for (int64_t k = first; k < last; k++) {
    if (scatter_pairs(c, s->r + k * c->outSize, s->columns + k * c->taps * c->inSize)) continue;
    for (int64_t t = 0; t < c->taps; t++) {
      int64_t tap[ONNX_DIMS];
      unravel(c->w.kernel, c->w.n, t, tap);
      scatter_tap(c, s->r + k * c->outSize, s->columns + (k * c->taps + t) * c->inSize, tap);
    }
  }
}

static void op_convTranspose(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO w = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO b = THOnnx_in(c, 2) ? THOnnx_newFloats(c->in[2]) : NULL;
  Conv p = {.groups = group_count(c->node)};
  THOnnx_check(w->ndim == x->ndim && x->ndim >= 3, "input of %d dimensions, weight of %d", x->ndim, w->ndim);
  transposed_window(c->node, x, w, &p.w);
  p.batch = x->size[0];
  p.in = x->size[1];
  THOnnx_check(p.groups > 0 && p.in % p.groups == 0 && w->size[0] == p.in, "%lld planes in, weight %s", (long long)p.in,
             _THSizeDesc(w->size, w->ndim).str);
  const int64_t each = w->size[1], in = p.in / p.groups;
  p.out = each * p.groups;
  THOnnx_check(!b || b->count == p.out, "bias of %lld elements for %lld planes", b ? (long long)b->count : 0, (long long)p.out);
  p.taps = THOnnx_product(p.w.kernel, p.w.n);
  p.inSize = THOnnx_product(p.w.in, p.w.n);
  p.outSize = THOnnx_product(p.w.out, p.w.n);
  int64_t size[ONNX_DIMS] = {p.batch, p.out}, columns_count;
  for (int d = 0; d < p.w.n; d++) size[d + 2] = p.w.out[d];
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, size);
  THOnnx_check(TH_mulSize(each * p.taps, p.inSize, &columns_count), "too large");
  ONNX_AUTO_MEM float *columns = THOnnx_scratch((columns_count + 1) * (ptrdiff_t)sizeof(float));
  for (int64_t s = 0; s < p.batch && r->count; s++)
    for (int64_t g = 0; g < p.groups; g++) {
      float *to = (float *)r->data + (s * p.out + g * each) * p.outSize;
      for (int64_t k = 0; k < each; k++)
        for (int64_t i = 0; i < p.outSize; i++) to[k * p.outSize + i] = b ? ((float *)b->data)[g * each + k] : 0;
      THOnnx_gemm(true, false, each * p.taps, p.inSize, in, 1, (float *)w->data + g * in * each * p.taps,
                (float *)x->data + (s * p.in + g * in) * p.inSize, 0, columns);
      const Scatter scatter = {&p, to, columns};
      TH_parallel(each, TH_pieceFor(each, (double)(p.taps * p.inSize)), scatter_planes, &scatter);
    }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

const OnnxOp THOnnx_convOps[] = {
  {"Conv", op_conv, 1, 0, 2, 3, 0, NULL},
  {"ConvTranspose", op_convTranspose, 1, 0, 2, 3, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
