/* Pooling, padding, and pictures made larger or smaller. */
#include <math.h>
#include "ops.h"

/* ---- pooling ---- */

typedef enum Pooling { POOL_MAX, POOL_AVERAGE, POOL_LP } Pooling;
typedef struct Pool {
  OnnxWindow w;
  Pooling what;
  int64_t inSize, outSize, taps;
  const float *x;
  float *r;
  int64_t *at;  /* of the maxima; or NULL */
  bool padded;  /* averages count the padding */
  double p;
  bool byColumns; /* indices run along the columns first */
} Pool;

static int64_t column_index(const OnnxWindow *w, const int64_t *p)
{
  int64_t r = 0;
  for (int d = w->n - 1; d >= 0; d--) r = r * w->in[d] + p[d];
  return r;
}

static void pool_one(const Pool *q, const float *x, const int64_t *out, float *r, int64_t *index, int64_t plane)
{
  const OnnxWindow *w = &q->w;
  int64_t tap[ONNX_DIMS] = {0}, p[ONNX_DIMS], best = -1, counted = 0;
  double acc = q->what == POOL_MAX ? -INFINITY : 0;
  for (int64_t t = 0; t < q->taps; t++) {
    int64_t offset = 0;
    bool inside = true, within = true;
    for (int d = 0; d < w->n; d++) {
      p[d] = out[d] * w->stride[d] - w->before[d] + tap[d] * w->dilation[d];
      inside = inside && p[d] >= 0 && p[d] < w->in[d];
      within = within && p[d] < w->in[d] + w->after[d];
      offset = offset * w->in[d] + p[d];
    }
    counted += q->padded ? within : inside;
    if (inside) {
      const double v = x[offset];
      if (q->what == POOL_MAX) {
        if (v > acc || best < 0 || v != v) acc = v, best = q->byColumns ? column_index(w, p) : offset;
      } else {
        acc += q->what == POOL_LP ? pow(fabs(v), q->p) : v;
      }
    }
    for (int d = w->n - 1; d >= 0; d--) {
      if (++tap[d] < w->kernel[d]) break;
      tap[d] = 0;
    }
  }
  if (q->what == POOL_AVERAGE) acc = counted ? acc / (double)counted : 0;
  if (q->what == POOL_LP) acc = pow(acc, 1 / q->p);
  *r = (float)acc;
  if (index) *index = best < 0 ? best : plane * q->inSize + best;
}

#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))

/* m = the larger ones of m and x */
static TH_KERNEL void take_row(float *m, const float *x, int64_t n)
{
  for (int64_t i = 0; i < n; i++) m[i] = LARGER(m[i], x[i]);
}
static TH_KERNEL void by_twos(float *r, const float *m, int64_t n)
{
  for (int64_t i = 0; i < n; i++) r[i] = LARGER(m[2 * i], m[2 * i + 1]);
}
/* twice by twos: four neighbours at once are not made vectors of */
static void by_fours(float *r, const float *m, int64_t n)
{
  enum { SOME = 256 };
  float pairs[2 * SOME];
  for (int64_t i = 0; i < n; i += SOME) {
    const int64_t some = THMin(SOME, n - i);
    by_twos(pairs, m + 4 * i, 2 * some);
    by_twos(r + i, pairs, some);
  }
}
/* windows of `kernel` from every place on */
static TH_KERNEL void by_ones(float *r, const float *m, int64_t n, int64_t kernel)
{
  for (int64_t i = 0; i < n; i++) r[i] = m[i];
  for (int64_t k = 1; k < kernel; k++)
    for (int64_t i = 0; i < n; i++) r[i] = LARGER(r[i], m[i + k]);
}
/* ... of which every step-th counts */
static void by_steps(float *r, const float *m, int64_t n, int64_t kernel, int64_t step)
{
  enum { ROOM = 512 };
  float each[ROOM];
  const int64_t most = THMax(1, ROOM / step);
  for (int64_t i = 0; i < n; i += most) {
    const int64_t some = THMin(most, n - i);
    by_ones(each, m + i * step, (some - 1) * step + 1, kernel);
    for (int64_t j = 0; j < some; j++) r[i + j] = each[j * step];
  }
}

/* Windows of a row, of which m has the maxima by column. */
static void max_row(const OnnxWindow *w, const float *m, float *r)
{
  const int d = w->n - 1;
  const int64_t W = w->in[d], n = w->out[d], kernel = w->kernel[d], step = w->stride[d], before = w->before[d];
  const int64_t first = THMin(n, (before + step - 1) / step), end = THMax(first, THMin(n, (W - kernel + before) / step + 1));
  for (int64_t j = 0; j < n; j++) { /* windows that reach beyond an end */
    if (j == first) j = end;
    if (j >= n) break;
    const int64_t x0 = THMax(0, j * step - before), x1 = THMin(W, j * step - before + kernel);
    float v = -INFINITY;
    for (int64_t k = x0; k < x1; k++) v = LARGER(v, m[k]);
    r[j] = v;
  }
  m += first * step - before;
  r += first;
  if (step == 2 && kernel == 2) by_twos(r, m, end - first);
  else if (step == 4 && kernel == 4) by_fours(r, m, end - first);
  else if (step == 1) by_ones(r, m, end - first, kernel);
  else by_steps(r, m, end - first, kernel, step);
}

/* Windows of one or two dimensions without indices; `room` holds a row. */
static bool max_by_tiles(const Pool *q, const float *x, float *r)
{
  const OnnxWindow *w = &q->w;
  const bool two = w->n == 2;
  const int i = w->n - 1;
  if (!THOnnx_tiles() || w->stride[i] > 1 || w->kernel[i] > ONNX_WIDEST || (two && w->kernel[0] > ONNX_WIDEST)) return false;
  const OnnxPool p = {.h = two ? w->in[0] : 1, .w = w->in[i], .rows = two ? w->out[0] : 1, .columns = w->out[i], .top = two ? w->before[0] : 0,
                      .left = w->before[i], .tall = two ? (int)w->kernel[0] : 1, .wide = (int)w->kernel[i],
                      .down = two ? (int)w->stride[0] : 1, .x = x, .r = r};
  THOnnx_tiles()->pool(&p);
  return true;
}

static void max_plane(const Pool *q, const float *x, float *r, float *room)
{
  const OnnxWindow *w = &q->w;
  const bool two = w->n == 2;
  const int64_t H = two ? w->in[0] : 1, W = w->in[w->n - 1], oh = two ? w->out[0] : 1, ow = w->out[w->n - 1];
  const int64_t kh = two ? w->kernel[0] : 1, sh = two ? w->stride[0] : 1, ph = two ? w->before[0] : 0;
  const int64_t kw = w->kernel[w->n - 1];
  if (kh == 1 && sh == 1 && !ph && !w->before[w->n - 1] && oh == H && ow * kw == W && w->stride[w->n - 1] == kw && (kw == 2 || kw == 4)) { /* the rows are one */
    (kw == 2 ? by_twos : by_fours)(r, x, oh * ow);
    return;
  }
  if (max_by_tiles(q, x, r)) return;
  for (int64_t i = 0; i < oh; i++) {
    const int64_t y0 = THMax(0, i * sh - ph), y1 = THMin(H, i * sh - ph + kh);
    for (int64_t k = 0; k < W && y1 <= y0; k++) room[k] = -INFINITY;
    if (y1 > y0 + 1) memcpy(room, x + y0 * W, (size_t)W * sizeof *room);
    for (int64_t y = y0 + 1; y < y1; y++) take_row(room, x + y * W, W);
    max_row(w, y1 == y0 + 1 ? x + y0 * W : room, r + i * ow);
  }
}

/* Means of windows of one or two dimensions. */
static void average_plane(const Pool *q, const float *x, float *r)
{
  const OnnxWindow *w = &q->w;
  const int inner = w->n - 1;
  const bool two = w->n == 2;
  const int64_t H = two ? w->in[0] : 1, W = w->in[inner], oh = two ? w->out[0] : 1, ow = w->out[inner], kh = two ? w->kernel[0] : 1;
  for (int64_t i = 0; i < oh; i++) {
    const int64_t top = two ? i * w->stride[0] - w->before[0] : 0, y0 = THMax(0, top), y1 = THMin(H, top + kh);
    const int64_t high = two ? THMin(H + w->after[0], top + kh) - top : 1;
    for (int64_t j = 0; j < ow; j++) {
      const int64_t left = j * w->stride[inner] - w->before[inner], x0 = THMax(0, left), x1 = THMin(W, left + w->kernel[inner]);
      const int64_t wide = THMin(W + w->after[inner], left + w->kernel[inner]) - left;
      const int64_t counted = q->padded ? high * wide : THMax(0, y1 - y0) * THMax(0, x1 - x0);
      double sum = 0;
      for (int64_t y = y0; y < y1; y++)
        for (int64_t k = x0; k < x1; k++) sum += (double)x[y * W + k];
      *r++ = counted > 0 ? (float)(sum / (double)counted) : 0;
    }
  }
}

static bool is_undilated(const OnnxWindow *w)
{
  for (int d = 0; d < w->n; d++)
    if (w->dilation[d] != 1) return false;
  return true;
}

static void pool_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pool *q = arg;
  (void)worker;
  const bool flat = q->w.n <= 2 && is_undilated(&q->w), fast = flat && q->what == POOL_MAX && !q->at;
  ONNX_AUTO_MEM float *room = fast ? THOnnx_scratch((q->w.in[q->w.n - 1] + 1) * (ptrdiff_t)sizeof *room) : NULL;
  for (int64_t k = first; k < last; k++) {
    const float *x = q->x + k * q->inSize;
    float *r = q->r + k * q->outSize;
    int64_t out[ONNX_DIMS] = {0};
    if (fast) {
      max_plane(q, x, r, room);
      continue;
    }
    if (flat && q->what == POOL_AVERAGE) {
      average_plane(q, x, r);
      continue;
    }
    for (int64_t i = 0; i < q->outSize; i++) {
      pool_one(q, x, out, r + i, q->at ? q->at + k * q->outSize + i : NULL, k);
      for (int d = q->w.n - 1; d >= 0; d--) {
        if (++out[d] < q->w.out[d]) break;
        out[d] = 0;
      }
    }
  }
}

static void pool(OnnxCall *c, Pooling what)
{
  OnnxValue *x = c->in[0];
  Pool q = {.what = what, .padded = THOnnx_int(c->node, "count_include_pad", 0), .p = 2};
  THOnnx_window(c->node, x, NULL, &q.w);
  if (what == POOL_LP) q.p = (double)THOnnx_int(c->node, "p", 2);
  q.byColumns = THOnnx_int(c->node, "storage_order", 0);
  ONNX_AUTO f = THOnnx_newFloats(x);
  int64_t size[ONNX_DIMS] = {x->size[0], x->size[1]};
  for (int d = 0; d < q.w.n; d++) size[d + 2] = q.w.out[d];
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, size);
  if (what == POOL_MAX && THOnnx_wants(c, 1)) q.at = THOnnx_make(c, 1, THONNX_INT64, x->ndim, size)->data;
  q.inSize = THOnnx_product(q.w.in, q.w.n);
  q.outSize = THOnnx_product(q.w.out, q.w.n);
  q.taps = THOnnx_product(q.w.kernel, q.w.n);
  q.x = f->data;
  q.r = r->data;
  const int64_t planes = size[0] * size[1];
  if (r->count) TH_parallel(planes, TH_pieceFor(planes, (double)q.outSize * (double)q.taps * 2), pool_planes, &q);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}
static void op_maxPool(OnnxCall *c) { pool(c, POOL_MAX); }
static void op_averagePool(OnnxCall *c) { pool(c, POOL_AVERAGE); }
static void op_lpPool(OnnxCall *c) { pool(c, POOL_LP); }

static void op_globalLp(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  bool marked[ONNX_DIMS] = {false};
  for (int d = 2; d < x->ndim; d++) marked[d] = true;
  THOnnx_check(THOnnx_int(c->node, "p", 2) == 2, "p must be 2");
  THOnnx_give(c, 0, THOnnx_newReduced(x, ONNX_L2, marked, true));
}

static void op_maxUnpool(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  OnnxWindow w;
  THOnnx_window(c->node, x, NULL, &w);
  int64_t size[ONNX_DIMS], plain[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) {
    plain[d] = d < 2 ? x->size[d] : (w.in[d - 2] - 1) * w.stride[d - 2] - w.before[d - 2] - w.after[d - 2] + w.kernel[d - 2];
    size[d] = THOnnx_in(c, 2) ? THOnnx_long(c->in[2], d) : plain[d];
  }
  OnnxValue *r = THOnnx_make(c, 0, x->type, x->ndim, size);
  const size_t width = THOnnx_width(x->type);
  if (r->count) memset(r->data, 0, (size_t)r->count * width);
  for (int64_t i = 0; i < x->count; i++) { /* positions are those in the plain shape */
    int64_t k = THOnnx_long(c->in[1], i), at = 0, own[ONNX_DIMS];
    for (int d = x->ndim - 1; d >= 0; d--) {
      THOnnx_check(plain[d] > 0, "sizes do not fit");
      own[d] = k % plain[d];
      k /= plain[d];
    }
    for (int d = 0; d < x->ndim; d++) {
      THOnnx_check(own[d] >= 0 && own[d] < size[d], "an index is out of range");
      at = at * size[d] + own[d];
    }
    memcpy((char *)r->data + (size_t)at * width, (char *)x->data + (size_t)i * width, width);
  }
}

/* ---- padding ---- */

static int64_t reflected(int64_t p, int64_t n)
{
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1);
  p = ((p % period) + period) % period;
  return p < n ? p : period - p;
}

/* Where an element of the padded dimension comes from; -1: the constant. */
static int64_t padded_from(char mode, int64_t p, int64_t n)
{
  if (p >= 0 && p < n) return p;
  if (mode == 'e') return p < 0 ? 0 : n - 1;
  if (mode == 'w') return ((p % n) + n) % n;
  if (mode == 'r') return reflected(p, n);
  return -1;
}

typedef struct Padding {
  char mode;
  const char *x;
  char *r;
  int n;
  int64_t from[ONNX_DIMS], to[ONNX_DIMS], before[ONNX_DIMS];
  const int64_t *place; /* of the last dimension: where its positions come from */
  size_t unit;          /* bytes of a position of the last dimension */
  const char *fill;     /* the constant, as often as fits a position */
} Padding;

static void pad_row(const Padding *p, char *to, const char *x)
{
  const int64_t n = p->to[p->n - 1];
  for (int64_t i = 0; i < n;) {
    int64_t run = 1;
    if (!x || p->place[i] < 0) {
      memcpy(to + (size_t)i * p->unit, p->fill, p->unit);
    } else {
      while (i + run < n && p->place[i + run] == p->place[i] + run) run++;
      memcpy(to + (size_t)i * p->unit, x + (size_t)p->place[i] * p->unit, (size_t)run * p->unit);
    }
    i += run;
  }
}

static void pad_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Padding *p = arg;
  const int inner = p->n - 1;
  (void)worker;
  for (int64_t row = first; row < last; row++) {
    int64_t rest = row, offset = 0, step = p->from[inner];
    bool outside = false;
    for (int d = inner - 1; d >= 0; d--) {
      const int64_t from = padded_from(p->mode, rest % p->to[d] - p->before[d], p->from[d]);
      rest /= p->to[d];
      outside = outside || from < 0;
      offset += from * step;
      step *= p->from[d];
    }
    pad_row(p, p->r + (size_t)(row * p->to[inner]) * p->unit, outside ? NULL : p->x + (size_t)offset * p->unit);
  }
}

/* What follows the last dimension that changes moves as one. */
static void pad_all(Padding *p, const char *fill, size_t width)
{
  p->unit = width;
  while (p->n > 0 && p->from[p->n - 1] == p->to[p->n - 1] && !p->before[p->n - 1]) p->unit *= (size_t)p->from[--p->n];
  if (!p->n) p->from[0] = p->to[0] = p->n = 1, p->before[0] = 0;
  const int64_t n = p->to[p->n - 1], rows = THOnnx_product(p->to, p->n - 1);
  ONNX_AUTO_MEM int64_t *place = THOnnx_scratch(n * (ptrdiff_t)sizeof *place);
  for (int64_t i = 0; i < n; i++) place[i] = padded_from(p->mode, i - p->before[p->n - 1], p->from[p->n - 1]);
  ONNX_AUTO_MEM char *constant = THOnnx_scratch((ptrdiff_t)p->unit);
  for (size_t i = 0; i < p->unit; i += width) memcpy(constant + i, fill, width);
  p->place = place;
  p->fill = constant;
  TH_parallel(rows, TH_pieceFor(rows, (double)n * ((double)p->unit / 16 + 2)), pad_rows, p);
}

static void op_pad(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int n, naxes = 0;
  TH_AUTO_MEM int64_t *copy = THOnnx_newInts(THOnnx_in(c, 1), &n);
  const int64_t *pads = copy ? copy : THOnnx_ints(c->node, c->node->version < 2 ? "paddings" : "pads", &n);
  TH_AUTO_MEM int64_t *axes = THOnnx_newInts(THOnnx_in(c, 3), &naxes);
  const char *mode = THOnnx_string(c->node, "mode", "constant");
  const int count = axes ? naxes : x->ndim;
  THOnnx_check(pads && n == 2 * count, "%d pads for %d dimensions", n, count);
  int64_t before[ONNX_DIMS] = {0}, size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = x->size[d];
  for (int i = 0; i < count; i++) {
    const int d = axes ? THOnnx_axis(axes[i], x->ndim) : i;
    before[d] = pads[i];
    THOnnx_check(TH_addSize(size[d], pads[i], &size[d]) && TH_addSize(size[d], pads[i + count], &size[d]) && size[d] >= 0, "sizes");
  }
  OnnxValue *r = THOnnx_make(c, 0, x->type, x->ndim, size);
  if (!r->count) return;
  const size_t width = THOnnx_width(x->type);
  _Alignas(8) char fill[8] = {0};
  if (THOnnx_in(c, 2) && c->in[2]->count) memcpy(fill, c->in[2]->data, width);
  const double value = THOnnx_float(c->node, "value", 0);
  if (c->nin < 2 && value) THOnnx_convert(x->type, fill, THONNX_DOUBLE, &value, 1);
  if (!x->count) {
    THOnnx_copyStrided(r->data, fill, 1, &r->count, (int64_t[]){0}, width);
    return;
  }
  Padding p = {.mode = *mode, .x = x->data, .r = r->data, .n = x->ndim};
  for (int d = 0; d < x->ndim; d++) p.from[d] = x->size[d], p.to[d] = size[d], p.before[d] = before[d];
  pad_all(&p, fill, width);
}

const OnnxOp THOnnx_poolOps[] = {
  {"MaxPool", op_maxPool, 1, 0, 1, 1, 0, NULL},
  {"AveragePool", op_averagePool, 1, 0, 1, 1, 0, NULL},
  {"LpPool", op_lpPool, 2, 0, 1, 1, 0, NULL},
  {"GlobalLpPool", op_globalLp, 2, 0, 1, 1, 0, NULL},
  {"MaxUnpool", op_maxUnpool, 9, 0, 2, 3, 0, NULL},
  {"Pad", op_pad, 1, 0, 1, 4, ONNX_MOVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
