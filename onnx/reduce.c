/* Sums and extremes over axes, softmax, and normalisation. */
#include <math.h>
#include "ops.h"

OnnxValue *THOnnx_newFloats(OnnxValue *v) { return THOnnx_newCast(v, THONNX_FLOAT); }

/* ---- reductions: reduced axes are moved last, then each row gives a number ---- */

typedef struct Reduce {
  const OnnxValue *x;
  OnnxValue *r;
  OnnxReduction what;
  int64_t n, inner; /* elements of a row, and the distance between them */
  int64_t slabs;    /* groups of `inner` rows */
} Reduce;

static double start_of(OnnxReduction what)
{
  return what == ONNX_MAX || what == ONNX_LOGSUMEXP ? -INFINITY : what == ONNX_MIN ? INFINITY : what == ONNX_PROD;
}

#define TAKE(v)                                                                                    \
  switch (what) {                                                                                  \
  case ONNX_MAX: case ONNX_LOGSUMEXP: acc = v > acc || v != v ? v : acc; break;                    \
  case ONNX_MIN: acc = v < acc || v != v ? v : acc; break;                                         \
  case ONNX_PROD: acc *= v; break;                                                                 \
  case ONNX_L1: acc += v < 0 ? -v : v; break;                                                      \
  case ONNX_L2: case ONNX_SQUARES: acc += v * v; break;                                            \
  default: acc += v; break;                                                                        \
  }

static double finished(OnnxReduction what, double acc, int64_t n)
{
  switch (what) {
  case ONNX_MEAN: return acc / (double)n;
  case ONNX_L2: return sqrt(acc);
  case ONNX_LOGSUM: return log(acc);
  default: return acc;
  }
}

/* Rows that lie as one. */
enum { PARTS = 32 };
static TH_KERNEL float sum_row(const float *x, int64_t n)
{
  float part[PARTS]; /* lanes of sums; blocks keep the error small */
  double sum = 0;
  int64_t i = 0;
  while (i + PARTS <= n) {
    const int64_t end = THMin(n, i + 1024);
    for (int k = 0; k < PARTS; k++) part[k] = 0;
    for (; i + PARTS <= end; i += PARTS)
      for (int k = 0; k < PARTS; k++) part[k] += x[i + k];
    for (int step = PARTS / 2; step; step /= 2)
      for (int k = 0; k < step; k++) part[k] += part[k + step];
    sum += (double)part[0];
  }
  for (; i < n; i++) sum += x[i];
  return (float)sum;
}
static TH_KERNEL float max_row(const float *x, int64_t n)
{
  float part[PARTS], m = -INFINITY;
  int odd[PARTS] = {0}, nan = 0;
  int64_t i = 0;
  for (int k = 0; k < PARTS; k++) part[k] = m;
  for (; i + PARTS <= n; i += PARTS)
    for (int k = 0; k < PARTS; k++) {
      const float v = x[i + k];
      part[k] = v > part[k] ? v : part[k];
      odd[k] |= v != v;
    }
  for (int k = 0; k < PARTS; k++) {
    m = part[k] > m ? part[k] : m;
    nan |= odd[k];
  }
  for (; i < n; i++) {
    m = x[i] > m ? x[i] : m;
    nan |= x[i] != x[i];
  }
  return nan ? NAN : m;
}

/* Rows of a few floats. */
enum { SHORT = 16 };
static bool reduce_short(const Reduce *p, int64_t first, int64_t last)
{
  const OnnxReduction what = p->what;
  if (p->inner != 1 || p->x->type != THONNX_FLOAT || p->n >= SHORT || (what != ONNX_SUM && what != ONNX_MEAN && what != ONNX_MAX)) return false;
  const int64_t n = p->n;
  const float *x = (const float *)p->x->data + first * n, share = what == ONNX_MEAN ? 1 / (float)n : 1;
  float *r = p->r->data;
  for (int64_t row = first; row < last; row++, x += n) {
    float v = x[0];
    for (int64_t i = 1; i < n; i++) v = what != ONNX_MAX ? v + x[i] : x[i] > v || x[i] != x[i] ? x[i] : v;
    r[row] = v * share;
  }
  return true;
}

static bool reduce_fast(const Reduce *p, int64_t row)
{
  if (p->inner != 1 || p->x->type != THONNX_FLOAT) return false;
  const float *x = (const float *)p->x->data + row * p->n;
  float *r = (float *)p->r->data + row;
  if (p->what == ONNX_SUM) *r = sum_row(x, p->n);
  else if (p->what == ONNX_MEAN) *r = sum_row(x, p->n) / (float)p->n;
  else if (p->what == ONNX_MAX) *r = max_row(x, p->n);
  else return false;
  return true;
}

#define LOAD_ALL(real)                                                                             \
  {                                                                                                \
    const real *x = (const real *)p->x->data + base;                                               \
    for (int64_t i = 0; i < p->n; i++) {                                                           \
      const double v = (double)x[i * p->inner];                                                    \
      TAKE(v)                                                                                      \
    }                                                                                              \
  }

static double reduce_row(const Reduce *p, int64_t base)
{
  const OnnxReduction what = p->what;
  double acc = start_of(what);
  switch (p->x->type) {
  case THONNX_FLOAT: LOAD_ALL(float) break;
  case THONNX_DOUBLE: LOAD_ALL(double) break;
  case THONNX_INT32: LOAD_ALL(int32_t) break;
  case THONNX_UINT8: case THONNX_BOOL: LOAD_ALL(uint8_t) break;
  case THONNX_INT8: LOAD_ALL(int8_t) break;
  default:
    for (int64_t i = 0; i < p->n; i++) {
      const double v = THOnnx_double(p->x, base + i * p->inner);
      TAKE(v)
    }
  }
  if (what == ONNX_LOGSUMEXP) {
    double sum = 0;
    for (int64_t i = 0; i < p->n && !isinf(acc); i++) sum += exp(THOnnx_double(p->x, base + i * p->inner) - acc);
    return isinf(acc) ? acc : acc + log(sum);
  }
  return finished(what, acc, p->n);
}

/* Sums of longs, which doubles would round. */
static int64_t reduce_longs(const Reduce *p, int64_t base)
{
  const int64_t *x = (const int64_t *)p->x->data + base;
  const OnnxReduction what = p->what;
  int64_t acc = what == ONNX_MAX ? INT64_MIN : what == ONNX_MIN ? INT64_MAX : what == ONNX_PROD;
  for (int64_t i = 0; i < p->n; i++) {
    const int64_t v = x[i * p->inner];
    TAKE(v)
  }
  return what == ONNX_MEAN && p->n ? acc / p->n : acc;
}

static void reduce_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Reduce *p = arg;
  (void)worker;
  if (reduce_short(p, first, last)) return;
  for (int64_t row = first; row < last; row++) {
    if (reduce_fast(p, row)) continue;
    const int64_t base = row / p->inner * p->inner * p->n + row % p->inner;
    if (p->x->type == THONNX_INT64 && p->what <= ONNX_L1) {
      ((int64_t *)p->r->data)[row] = reduce_longs(p, base);
      continue;
    }
    const double v = reduce_row(p, base);
    THOnnx_convert(p->r->type, (char *)p->r->data + (size_t)row * THOnnx_width(p->r->type), THONNX_DOUBLE, &v, 1);
  }
}

static TH_KERNEL void add_row(float *restrict r, const float *restrict x, int64_t n)
{
  for (int64_t i = 0; i < n; i++) r[i] += x[i];
}

/* Sum and mean of floats over outer rows: a row at a time. */
static void sum_slabs(const void *arg, int64_t first, int64_t last, int worker)
{
  const Reduce *p = arg;
  (void)worker;
  for (int64_t s = first; s < last; s++) {
    float *r = (float *)p->r->data + s * p->inner;
    const float *x = (const float *)p->x->data + s * p->inner * p->n;
    for (int64_t k = 0; k < p->inner; k++) r[k] = 0;
    for (int64_t i = 0; i < p->n; i++) add_row(r, x + i * p->inner, p->inner);
    if (p->what == ONNX_MEAN)
      for (int64_t k = 0; k < p->inner; k++) r[k] /= (float)p->n;
  }
}

OnnxValue *THOnnx_newReduced(OnnxValue *x, OnnxReduction what, const bool *axis, bool keep)
{
  int order[ONNX_DIMS], n = 0, m = 0;
  int64_t size[ONNX_DIMS], count = 1;
  bool together = true; /* the reduced axes are neighbours */
  int first = -1, last = -1;
  for (int d = 0; d < x->ndim; d++) {
    if (!axis[d]) {
      order[n++] = d;
      size[m++] = x->size[d];
    } else {
      together = together && (last < 0 || last == d - 1);
      if (first < 0) first = d;
      last = d;
      count *= x->size[d];
      if (keep) size[m++] = 1;
    }
  }
  int64_t inner = together && last >= 0 ? THOnnx_product(x->size + last + 1, x->ndim - last - 1) : 1;
  ONNX_AUTO moved = NULL;
  if (!together) {
    for (int d = 0; d < x->ndim; d++)
      if (axis[d]) order[n++] = d;
    moved = THOnnx_newTransposed(x, order);
  }
  OnnxValue *r = THOnnx_new(x->type, m, size);
  ONNX_AUTO held = r;
  THOnnx_check(count > 0 || !r->count || (what != ONNX_MEAN), "the mean of nothing");
  Reduce p = {moved ? moved : x, r, what, count, THMax(inner, 1), 0};
  if (count == 0 && r->count) {
    for (int64_t i = 0; i < r->count; i++) {
      const double v = finished(what, start_of(what), 1);
      THOnnx_convert(r->type, (char *)r->data + (size_t)i * THOnnx_width(r->type), THONNX_DOUBLE, &v, 1);
    }
  } else if (x->type == THONNX_FLOAT && (what == ONNX_SUM || what == ONNX_MEAN) && p.inner >= 16 && count < 100000) {
    const int64_t slabs = r->count / p.inner;
    TH_parallel(slabs, TH_pieceFor(slabs, (double)count * (double)p.inner), sum_slabs, &p);
  } else if (r->count) {
    TH_parallel(r->count, TH_pieceFor(r->count, (double)count), reduce_rows, &p);
  }
  held = NULL;
  return r;
}

/* Axes from an input or the attribute; none: all. false: nothing is to be reduced. */
static bool reduced_axes(const OnnxCall *c, bool *marked)
{
  int n = 0;
  const OnnxValue *x = c->in[0];
  TH_AUTO_MEM int64_t *copy = THOnnx_newInts(THOnnx_in(c, 1), &n);
  const int64_t *axes = copy ? copy : THOnnx_ints(c->node, "axes", &n);
  memset(marked, 0, ONNX_DIMS * sizeof *marked);
  if (!n && THOnnx_int(c->node, "noop_with_empty_axes", 0)) return false;
  for (int i = 0; i < n; i++) marked[THOnnx_axis(axes[i], x->ndim)] = true;
  for (int d = 0; d < x->ndim && !n; d++) marked[d] = true;
  return true;
}

static void reduced(OnnxCall *c, OnnxReduction what)
{
  bool marked[ONNX_DIMS];
  if (!reduced_axes(c, marked)) memset(marked, 0, sizeof marked);
  if (c->in[0]->type == THONNX_BOOL) {
    ONNX_AUTO bytes = THOnnx_newOver(THONNX_UINT8, c->in[0]->ndim, c->in[0]->size, c->in[0]->data, c->in[0]->buffer);
    THOnnx_give(c, 0, THOnnx_newReduced(bytes, what, marked, THOnnx_int(c->node, "keepdims", 1)));
    c->out[0]->type = THONNX_BOOL;
    return;
  }
  THOnnx_give(c, 0, THOnnx_newReduced(c->in[0], what, marked, THOnnx_int(c->node, "keepdims", 1)));
}
#define REDUCED(name, WHAT) static void op_##name(OnnxCall *c) { reduced(c, ONNX_##WHAT); }
REDUCED(sum, SUM) REDUCED(mean, MEAN) REDUCED(max, MAX) REDUCED(min, MIN) REDUCED(prod, PROD) REDUCED(l1, L1)
REDUCED(l2, L2) REDUCED(squares, SQUARES) REDUCED(logsum, LOGSUM) REDUCED(logsumexp, LOGSUMEXP)

static void op_globalAverage(OnnxCall *c)
{
  bool marked[ONNX_DIMS] = {false};
  for (int d = 2; d < c->in[0]->ndim; d++) marked[d] = true;
  THOnnx_give(c, 0, THOnnx_newReduced(c->in[0], ONNX_MEAN, marked, true));
}
static void op_globalMax(OnnxCall *c)
{
  bool marked[ONNX_DIMS] = {false};
  for (int d = 2; d < c->in[0]->ndim; d++) marked[d] = true;
  THOnnx_give(c, 0, THOnnx_newReduced(c->in[0], ONNX_MAX, marked, true));
}

/* ---- softmax ---- */

typedef struct Rows {
  const float *from;
  float *x;
  int64_t n;
  bool log, masked; /* masked: rows of NaN are 0 */
  THLoop exp;
} Rows;

static TH_KERNEL void subtract(float *r, const float *x, int64_t n, float v)
{
  for (int64_t i = 0; i < n; i++) r[i] = x[i] - v;
}
static TH_KERNEL void scale(float *x, int64_t n, float v)
{
  for (int64_t i = 0; i < n; i++) x[i] *= v;
}

static void softmax_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Rows *p = arg;
  (void)worker;
  const int64_t stride[] = {sizeof(float), sizeof(float)};
  _Alignas(16) const char none[16] = {0};
  for (int64_t r = first; r < last; r++) {
    float *x = p->x + r * p->n;
    const float *from = p->from + r * p->n;
    subtract(x, from, p->n, max_row(from, p->n));
    if (p->log) {
      double sum = 0;
      for (int64_t i = 0; i < p->n; i++) sum += exp(x[i]);
      subtract(x, x, p->n, (float)log(sum));
      continue;
    }
    char *const base[] = {(char *)x, (char *)x};
    p->exp(base, stride, p->n, none);
    const float sum = sum_row(x, p->n);
    if (p->masked && sum != sum) memset(x, 0, (size_t)p->n * sizeof *x);
    else scale(x, p->n, 1 / sum);
  }
}

static void softmax_all(const float *from, float *x, int64_t rows, int64_t n, bool log, bool masked)
{
  if (!n || !rows) return;
  Rows p = {from, x, n, log, masked, THKernel_line(TH_MAP_LINE(exp), TH_FLOAT).loop};
  TH_parallel(rows, TH_pieceFor(rows, (double)n * 8), softmax_rows, &p);
}

void THOnnx_softmaxRows(float *x, int64_t rows, int64_t n, bool log) { softmax_all(x, x, rows, n, log, false); }

static void op_hardmaxRows(float *x, int64_t rows, int64_t n)
{
  for (int64_t r = 0; r < rows; r++, x += n) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
      if (x[i] > x[best]) best = i;
    for (int64_t i = 0; i < n; i++) x[i] = i == best;
  }
}

enum { SOFT, LOGSOFT, HARD, MASKED };
static void softmax(OnnxCall *c, int kind)
{
  OnnxValue *x = c->in[0];
  const bool flat = c->node->version < 13;
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", flat ? 1 : -1), THMax(x->ndim, 1));
  int order[ONNX_DIMS], back[ONNX_DIMS], n = 0;
  for (int d = 0; d < x->ndim; d++)
    if (d != axis || flat) order[n++] = d;
  if (!flat && x->ndim) order[n++] = axis;
  for (int d = 0; d < x->ndim; d++) back[order[d]] = d;
  const bool moves = !flat && axis != x->ndim - 1 && x->ndim;
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO r = moves ? THOnnx_newTransposed(f, order) : THOnnx_new(THONNX_FLOAT, x->ndim, x->size);
  if (!moves && r->count && kind == HARD) memcpy(r->data, f->data, (size_t)r->count * sizeof(float));
  const int64_t row = flat ? THOnnx_product(x->size + axis, x->ndim - axis) : x->ndim ? x->size[axis] : 1;
  if (kind == HARD) op_hardmaxRows(r->data, row ? r->count / row : 0, row);
  else softmax_all(moves ? r->data : f->data, r->data, row ? r->count / row : 0, row, kind == LOGSOFT, kind == MASKED);
  ONNX_AUTO home = moves ? THOnnx_newTransposed(r, back) : THOnnx_retain(r);
  THOnnx_give(c, 0, THOnnx_newCast(home, x->type));
}
static void op_softmax(OnnxCall *c) { softmax(c, SOFT); }
static void op_logSoftmax(OnnxCall *c) { softmax(c, LOGSOFT); }
static void op_hardmax(OnnxCall *c) { softmax(c, HARD); }
static void op_maskedSoftmax(OnnxCall *c) { softmax(c, MASKED); }
const OnnxOp THOnnx_maskedSoftmax = {"Softmax", op_maskedSoftmax, 1, 0, 1, 1, 0, NULL};

/* ---- normalisation ---- */

typedef struct Norm {
  const float *x, *weight, *bias;
  float *r, *mean, *inverse;
  int64_t n;
  float epsilon;
  bool centred;
} Norm;

static TH_KERNEL float squares_row(const float *x, int64_t n, float mean)
{
  float part[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; k++) part[k] += (x[i + k] - mean) * (x[i + k] - mean);
  for (; i < n; i++) part[0] += (x[i] - mean) * (x[i] - mean);
  return part[0] + part[1] + part[2] + part[3] + part[4] + part[5] + part[6] + part[7];
}
static TH_KERNEL void scaled_row(float *r, const float *x, const float *w, const float *b, int64_t n, float mean, float inverse)
{
  if (w && b)
    for (int64_t i = 0; i < n; i++) r[i] = (x[i] - mean) * inverse * w[i] + b[i];
  else
    for (int64_t i = 0; i < n; i++) r[i] = (x[i] - mean) * inverse * (w ? w[i] : 1) + (b ? b[i] : 0);
}

static void norm_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Norm *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const float *x = p->x + i * p->n;
    const float mean = p->centred ? sum_row(x, p->n) / (float)p->n : 0;
    const float inverse = 1 / sqrtf(squares_row(x, p->n, mean) / (float)p->n + p->epsilon);
    scaled_row(p->r + i * p->n, x, p->weight, p->bias, p->n, mean, inverse);
    if (p->mean) p->mean[i] = mean;
    if (p->inverse) p->inverse[i] = inverse;
  }
}

static void norm_over(OnnxCall *c, bool centred)
{
  OnnxValue *x = c->in[0], *bias = THOnnx_in(c, 2);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", -1), x->ndim);
  const int64_t n = THOnnx_product(x->size + axis, x->ndim - axis), rows = THOnnx_product(x->size, axis);
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO wide = THOnnx_newExpanded(c->in[1], x->ndim - axis, x->size + axis);
  ONNX_AUTO w = THOnnx_newFloats(wide);
  ONNX_AUTO wideBias = bias ? THOnnx_newExpanded(bias, x->ndim - axis, x->size + axis) : NULL;
  ONNX_AUTO b = bias ? THOnnx_newFloats(wideBias) : NULL;
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, x->size);
  Norm p = {f->data, w->data, b ? b->data : NULL, r->data, NULL, NULL, n, (float)THOnnx_float(c->node, "epsilon", 1e-5f), centred};
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d < axis ? x->size[d] : 1;
  if (THOnnx_wants(c, 1) && centred) p.mean = THOnnx_make(c, 1, THONNX_FLOAT, x->ndim, size)->data;
  if (THOnnx_wants(c, 2) || (!centred && THOnnx_wants(c, 1)))
    p.inverse = THOnnx_make(c, centred ? 2 : 1, THONNX_FLOAT, x->ndim, size)->data;
  if (r->count) TH_parallel(rows, TH_pieceFor(rows, (double)n * 4), norm_rows, &p);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}
static void op_layerNorm(OnnxCall *c) { norm_over(c, true); }
static void op_rmsNorm(OnnxCall *c) { norm_over(c, false); }

/* r = x * scale + shift by planes (dimension 1). */
typedef struct Planes {
  const float *x, *scale, *shift;
  float *r;
  int64_t planes, n;
} Planes;
static TH_KERNEL void plane(float *r, const float *x, int64_t n, float s, float t)
{
  for (int64_t i = 0; i < n; i++) r[i] = x[i] * s + t;
}
static void scale_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Planes *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    plane(p->r + i * p->n, p->x + i * p->n, p->n, p->scale[i % p->planes], p->shift[i % p->planes]);
}

static void check_planes(const OnnxValue *v, int64_t planes, const char *what)
{
  THOnnx_check(v && v->count == planes, "%s has %lld elements for %lld planes", what, v ? (long long)v->count : 0, (long long)planes);
}

static void train_batchNorm(OnnxCall *c, OnnxValue *x, OnnxValue *mean, OnnxValue *var)
{
  bool marked[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) marked[d] = d != 1;
  ONNX_AUTO m = THOnnx_newReduced(x, ONNX_MEAN, marked, true);
  ONNX_AUTO centred = THOnnx_newPairs(TH_MAP_LINE(csub), x, m);
  ONNX_AUTO squared = THOnnx_newPairs(TH_MAP_LINE(cmul), centred, centred);
  ONNX_AUTO v = THOnnx_newReduced(squared, ONNX_MEAN, marked, true);
  const float momentum = (float)THOnnx_float(c->node, "momentum", 0.9f);
  OnnxValue *running[] = {mean, var}, *batch[] = {m, v};
  for (int k = 0; k < 2; k++) {
    OnnxValue *r = THOnnx_make(c, k + 1, THONNX_FLOAT, 1, &mean->count);
    for (int64_t i = 0; i < mean->count; i++)
      ((float *)r->data)[i] = ((float *)running[k]->data)[i] * momentum + ((float *)batch[k]->data)[i] * (1 - momentum);
  }
  memcpy(mean->data, m->data, (size_t)mean->count * sizeof(float));
  memcpy(var->data, v->data, (size_t)mean->count * sizeof(float));
}

static OnnxValue *new_own_floats(OnnxValue *v)
{
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, v->ndim, v->size);
  THOnnx_convert(THONNX_FLOAT, r->data, v->type, v->data, v->count);
  return r;
}

static void op_batchNorm(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t planes = x->ndim > 1 ? x->size[1] : 1;
  const bool training = THOnnx_int(c->node, "training_mode", 0);
  const double epsilon = THOnnx_float(c->node, "epsilon", 1e-5f);
  for (int i = 1; i < 5; i++) check_planes(c->in[i], planes, c->node->in[i]);
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO w = new_own_floats(c->in[1]);
  ONNX_AUTO b = new_own_floats(c->in[2]);
  ONNX_AUTO m = new_own_floats(c->in[3]);
  ONNX_AUTO v = new_own_floats(c->in[4]);
  if (training) train_batchNorm(c, f, m, v);
  for (int64_t i = 0; i < planes; i++) { /* scale and shift */
    float *scale = &((float *)w->data)[i], *shift = &((float *)b->data)[i];
    const double s = *scale / sqrt(((float *)v->data)[i] + epsilon);
    *shift = (float)(*shift - ((float *)m->data)[i] * s);
    *scale = (float)s;
  }
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, x->size);
  const int64_t n = x->ndim > 2 ? THOnnx_product(x->size + 2, x->ndim - 2) : 1;
  Planes p = {f->data, w->data, b->data, r->data, planes, n};
  const int64_t all = n ? x->count / n : 0;
  TH_parallel(all, TH_pieceFor(all, (double)n), scale_planes, &p);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

/* Groups of planes, each with mean 0 and variance 1, then weight and bias by plane or, in old files, by group. */
static void normalise_groups(OnnxCall *c, int64_t groups, bool by_group)
{
  OnnxValue *x = c->in[0];
  THOnnx_check(x->ndim >= 3 && groups > 0 && x->size[1] % groups == 0, "planes do not fit the groups");
  const int64_t planes = x->size[1], n = THOnnx_product(x->size + 2, x->ndim - 2);
  check_planes(c->in[1], by_group ? groups : planes, "scale");
  check_planes(c->in[2], by_group ? groups : planes, "bias");
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO w = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO b = THOnnx_newFloats(c->in[2]);
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, x->size);
  Norm p = {f->data, NULL, NULL, r->data, NULL, NULL, n * (planes / groups), (float)THOnnx_float(c->node, "epsilon", 1e-5f), true};
  const int64_t rows = x->size[0] * groups;
  if (r->count) TH_parallel(rows, TH_pieceFor(rows, (double)p.n * 4), norm_rows, &p);
  for (int64_t i = 0; i < x->size[0] * planes && r->count; i++) {
    const int64_t k = by_group ? i % planes / (planes / groups) : i % planes;
    plane((float *)r->data + i * n, (float *)r->data + i * n, n, ((float *)w->data)[k], ((float *)b->data)[k]);
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}
static void op_instanceNorm(OnnxCall *c) { normalise_groups(c, c->in[0]->ndim > 1 ? c->in[0]->size[1] : 1, false); }
static void op_groupNorm(OnnxCall *c) { normalise_groups(c, THOnnx_int(c->node, "num_groups", 1), c->node->version < 21); }

static void op_lpNorm(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  bool marked[ONNX_DIMS] = {false};
  marked[THOnnx_axis(THOnnx_int(c->node, "axis", -1), x->ndim)] = true;
  ONNX_AUTO norm = THOnnx_newReduced(x, THOnnx_int(c->node, "p", 2) == 1 ? ONNX_L1 : ONNX_L2, marked, true);
  ONNX_AUTO r = THOnnx_newPairs(TH_MAP_LINE(cdiv), x, norm);
  for (int64_t i = 0; i < r->count && r->type == THONNX_FLOAT; i++)
    if (isnan(((float *)r->data)[i]) && ((float *)x->data)[i] == 0) ((float *)r->data)[i] = 0;
  THOnnx_give(c, 0, THOnnx_retain(r));
}

static void op_lrn(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t size = THOnnx_int(c->node, "size", 1), planes = x->ndim > 1 ? x->size[1] : 1, n = THOnnx_product(x->size + 2, THMax(0, x->ndim - 2));
  const double alpha = THOnnx_float(c->node, "alpha", 1e-4f), beta = THOnnx_float(c->node, "beta", 0.75), bias = THOnnx_float(c->node, "bias", 1);
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, x->size);
  const float *v = f->data;
  THOnnx_check(size > 0 && x->ndim >= 2, "planes and a positive size are expected");
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t ch = i / n % planes, first = THMax(0, ch - (size - 1) / 2), last = THMin(planes - 1, ch + size / 2);
    double sum = 0;
    for (int64_t k = first; k <= last; k++) {
      const double y = v[i + (k - ch) * n];
      sum += y * y;
    }
    ((float *)r->data)[i] = (float)(v[i] / pow(bias + alpha / (double)size * sum, beta));
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

static void op_mvn(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int n;
  const int64_t *axes = THOnnx_ints(c->node, "axes", &n);
  bool marked[ONNX_DIMS] = {false};
  for (int i = 0; i < (axes ? n : 3); i++) marked[THOnnx_axis(axes ? axes[i] : (int64_t[]){0, 2, 3}[i], x->ndim)] = true;
  ONNX_AUTO mean = THOnnx_newReduced(x, ONNX_MEAN, marked, true);
  ONNX_AUTO centred = THOnnx_newPairs(TH_MAP_LINE(csub), x, mean);
  ONNX_AUTO squared = THOnnx_newPairs(TH_MAP_LINE(cmul), centred, centred);
  ONNX_AUTO variance = THOnnx_newReduced(squared, ONNX_MEAN, marked, true);
  ONNX_AUTO deviation = THOnnx_newMapped(TH_MAP_LINE(sqrt), variance, 0, 0);
  THOnnx_give(c, 0, THOnnx_newPairs(TH_MAP_LINE(cdiv), centred, deviation));
}

const OnnxOp THOnnx_reduceOps[] = {
  {"ReduceSum", op_sum, 1, 0, 1, 2, 0, NULL}, {"ReduceMean", op_mean, 1, 0, 1, 2, 0, NULL},
  {"ReduceMax", op_max, 1, 0, 1, 2, 0, NULL}, {"ReduceMin", op_min, 1, 0, 1, 2, 0, NULL},
  {"ReduceProd", op_prod, 1, 0, 1, 2, 0, NULL}, {"ReduceL1", op_l1, 1, 0, 1, 2, 0, NULL},
  {"ReduceL2", op_l2, 1, 0, 1, 2, 0, NULL}, {"ReduceSumSquare", op_squares, 1, 0, 1, 2, 0, NULL},
  {"ReduceLogSum", op_logsum, 1, 0, 1, 2, 0, NULL}, {"ReduceLogSumExp", op_logsumexp, 1, 0, 1, 2, 0, NULL},
  {"GlobalAveragePool", op_globalAverage, 1, 0, 1, 1, 0, NULL}, {"GlobalMaxPool", op_globalMax, 1, 0, 1, 1, 0, NULL},
  {"Softmax", op_softmax, 1, 0, 1, 1, 0, NULL}, {"LogSoftmax", op_logSoftmax, 1, 0, 1, 1, 0, NULL},
  {"Hardmax", op_hardmax, 1, 0, 1, 1, 0, NULL}, {"LayerNormalization", op_layerNorm, 17, 0, 2, 3, 0, NULL},
  {"RMSNormalization", op_rmsNorm, 23, 0, 2, 2, 0, NULL}, {"BatchNormalization", op_batchNorm, 7, 0, 5, 5, 0, NULL},
  {"InstanceNormalization", op_instanceNorm, 6, 0, 3, 3, 0, NULL}, {"GroupNormalization", op_groupNorm, 18, 0, 3, 3, 0, NULL},
  {"LpNormalization", op_lpNorm, 1, 0, 1, 1, 0, NULL}, {"LRN", op_lrn, 1, 0, 1, 1, 0, NULL},
  {"MeanVarianceNormalization", op_mvn, 9, 0, 1, 1, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
