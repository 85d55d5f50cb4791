/* Operators that pick elements by index, put them, or choose them by value. */
#include <math.h>
#include <stdlib.h>
#include "ops.h"

static int64_t wrapped(const OnnxValue *index, int64_t i, int64_t size)
{
  int64_t k = index->type == THONNX_INT64 ? ((int64_t *)index->data)[i] : THOnnx_long(index, i);
  if (k < 0) k += size;
  THOnnx_check(k >= 0 && k < size, "index %lld is out of range of %lld elements", (long long)k, (long long)size);
  return k;
}

static void op_gather(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *index = c->in[1];
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim);
  int64_t size[2 * ONNX_DIMS];
  int n = 0;
  for (int d = 0; d < axis; d++) size[n++] = x->size[d];
  for (int d = 0; d < index->ndim; d++) size[n++] = index->size[d];
  for (int d = axis + 1; d < x->ndim; d++) size[n++] = x->size[d];
  OnnxValue *r = THOnnx_make(c, 0, x->type, n, size);
  const int64_t outer = THOnnx_product(x->size, axis), inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 1);
  const size_t bytes = (size_t)inner * THOnnx_width(x->type);
  ONNX_AUTO_MEM int64_t *at = THOnnx_scratch((index->count + 1) * (ptrdiff_t)sizeof *at);
  for (int64_t i = 0; i < index->count; i++) at[i] = wrapped(index, i, x->size[axis]);
  char *to = r->data;
  for (int64_t o = 0; o < outer && r->count; o++)
    for (int64_t i = 0; i < index->count; i++, to += bytes)
      memcpy(to, (char *)x->data + (size_t)(o * x->size[axis] + at[i]) * bytes, bytes);
}

/* Rows of bytes, each scaled: int8 data, indices, and a scale for every row, or one for all. */
static void op_byteGather(OnnxCall *c)
{
  const OnnxValue *x = c->in[0], *index = c->in[1], *scale = c->in[2];
  int64_t size[2 * ONNX_DIMS];
  int n = 0;
  for (int d = 0; d < index->ndim; d++) size[n++] = index->size[d];
  size[n++] = x->size[1];
  OnnxValue *r = THOnnx_make(c, 0, THONNX_FLOAT, n, size);
  for (int64_t i = 0; i < index->count; i++) {
    const int64_t row = wrapped(index, i, x->size[0]);
    const float by = ((float *)scale->data)[scale->count == 1 ? 0 : row];
    const int8_t *from = (int8_t *)x->data + row * x->size[1];
    float *to = (float *)r->data + i * x->size[1];
    for (int64_t k = 0; k < x->size[1]; k++) to[k] = (float)from[k] * by;
  }
}
const OnnxOp THOnnx_byteGather = {"Gather", op_byteGather, 1, 0, 3, 3, 0, NULL};

/* For every element of index: where it is in a tensor of x's sizes, with the coordinate of `axis` replaced. */
typedef void (*PlaceFn)(void *arg, int64_t i, int64_t at);
static void each_place(const OnnxValue *x, const OnnxValue *index, int axis, PlaceFn fn, void *arg)
{
  int64_t at[ONNX_DIMS] = {0}, stride[ONNX_DIMS], step = 1;
  THOnnx_check(index->ndim == x->ndim, "indices have %d dimensions, the data %d", index->ndim, x->ndim);
  for (int d = x->ndim - 1; d >= 0; d--) {
    THOnnx_check(d == axis || index->size[d] <= x->size[d], "indices are larger than the data");
    stride[d] = step;
    step *= x->size[d];
  }
  for (int64_t i = 0; i < index->count; i++) {
    int64_t offset = wrapped(index, i, x->size[axis]) * stride[axis];
    for (int d = 0; d < x->ndim; d++) offset += d == axis ? 0 : at[d] * stride[d];
    fn(arg, i, offset);
    for (int d = x->ndim - 1; d >= 0; d--) {
      if (++at[d] < index->size[d]) break;
      at[d] = 0;
    }
  }
}

typedef struct Moving {
  char *r;
  const char *x;
  size_t width;
  THONNXType type;
  const char *how; /* of scattering: none, add, mul, max, min */
} Moving;

static void take(void *arg, int64_t i, int64_t at)
{
  const Moving *m = arg;
  memcpy(m->r + (size_t)i * m->width, m->x + (size_t)at * m->width, m->width);
}

static void op_gatherElements(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim);
  OnnxValue *r = THOnnx_make(c, 0, x->type, c->in[1]->ndim, c->in[1]->size);
  Moving m = {r->data, x->data, THOnnx_width(x->type), x->type, NULL};
  each_place(x, c->in[1], axis, take, &m);
}

static double combined(const char *how, double a, double b)
{
  if (!strcmp(how, "add")) return a + b;
  if (!strcmp(how, "mul")) return a * b;
  if (!strcmp(how, "max")) return a > b ? a : b;
  if (!strcmp(how, "min")) return a < b ? a : b;
  THOnnx_raise("reduction '%s' is not known", how);
}

static void put_element(const Moving *m, char *r, const char *x)
{
  if (!strcmp(m->how, "none")) {
    memcpy(r, x, m->width);
    return;
  }
  double a, b;
  THOnnx_convert(THONNX_DOUBLE, &a, m->type, r, 1);
  THOnnx_convert(THONNX_DOUBLE, &b, m->type, x, 1);
  a = combined(m->how, a, b);
  THOnnx_convert(m->type, r, THONNX_DOUBLE, &a, 1);
}
static void put(void *arg, int64_t i, int64_t at)
{
  const Moving *m = arg;
  put_element(m, m->r + (size_t)at * m->width, m->x + (size_t)i * m->width);
}

static OnnxValue *make_copy(OnnxCall *c, const OnnxValue *x)
{
  OnnxValue *r = THOnnx_makeAs(c, 0, x);
  if (r->count) memcpy(r->data, x->data, (size_t)x->count * THOnnx_width(x->type));
  return r;
}

static void op_scatterElements(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = make_copy(c, x);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim);
  THOnnx_check(c->in[2]->type == x->type && c->in[2]->count == c->in[1]->count, "updates do not fit");
  Moving m = {r->data, c->in[2]->data, THOnnx_width(x->type), x->type, THOnnx_string(c->node, "reduction", "none")};
  each_place(x, c->in[1], axis, put, &m);
}

/* Positions of blocks that rows of an index tensor name: row i, from the batch it is in. */
static int64_t block_at(const OnnxValue *x, const OnnxValue *index, int64_t row, int k, int batch)
{
  int64_t at = 0, rows = 1;
  for (int d = batch; d < index->ndim - 1; d++) rows *= index->size[d];
  if (batch) at = row / rows;
  for (int d = 0; d < k; d++) at = at * x->size[batch + d] + wrapped(index, row * k + d, x->size[batch + d]);
  return at;
}

static void op_gatherND(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *index = c->in[1];
  const int batch = (int)THOnnx_int(c->node, "batch_dims", 0);
  THOnnx_check(index->ndim >= 1 && batch >= 0 && batch < index->ndim, "indices have too few dimensions");
  const int64_t k = index->size[index->ndim - 1];
  THOnnx_check(k <= x->ndim - batch, "indices name more dimensions than there are");
  int64_t size[2 * ONNX_DIMS];
  int n = 0;
  for (int d = 0; d < index->ndim - 1; d++) size[n++] = index->size[d];
  for (int d = batch + (int)k; d < x->ndim; d++) size[n++] = x->size[d];
  OnnxValue *r = THOnnx_make(c, 0, x->type, n, size);
  const size_t bytes = (size_t)THOnnx_product(x->size + batch + k, x->ndim - batch - (int)k) * THOnnx_width(x->type);
  const int64_t rows = THOnnx_product(index->size, index->ndim - 1);
  for (int d = 0; d < batch; d++) THOnnx_check(index->size[d] == x->size[d], "batches differ");
  for (int64_t i = 0; i < rows && r->count; i++)
    memcpy((char *)r->data + (size_t)i * bytes, (char *)x->data + (size_t)block_at(x, index, i, (int)k, batch) * bytes, bytes);
}

static void op_scatterND(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *index = c->in[1], *r = make_copy(c, x);
  THOnnx_check(index->ndim >= 1, "indices have no dimension");
  const int64_t k = index->size[index->ndim - 1], rows = THOnnx_product(index->size, index->ndim - 1);
  THOnnx_check(k <= x->ndim, "indices name more dimensions than there are");
  const int64_t block = THOnnx_product(x->size + k, x->ndim - (int)k);
  THOnnx_check(c->in[2]->type == x->type && c->in[2]->count == rows * block, "updates do not fit");
  Moving m = {r->data, c->in[2]->data, THOnnx_width(x->type), x->type, THOnnx_string(c->node, "reduction", "none")};
  for (int64_t i = 0; i < rows; i++) {
    const int64_t at = block_at(x, index, i, (int)k, 0) * block;
    for (int64_t j = 0; j < block; j++) put(&m, i * block + j, at + j);
  }
}

/* ---- one-hot, non-zero, compress ---- */

static void op_oneHot(OnnxCall *c)
{
  OnnxValue *index = c->in[0], *values = c->in[2];
  const int64_t depth = THOnnx_long(c->in[1], 0);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", -1), index->ndim + 1);
  int64_t size[ONNX_DIMS + 1];
  THOnnx_check(index->ndim < ONNX_DIMS && values->count == 2 && depth >= 0, "two values and a depth are expected");
  for (int d = 0, from = 0; d <= index->ndim; d++) size[d] = d == axis ? depth : index->size[from++];
  OnnxValue *r = THOnnx_make(c, 0, values->type, index->ndim + 1, size);
  const size_t width = THOnnx_width(values->type);
  if (!r->count) return;
  THOnnx_copyStrided(r->data, values->data, 1, &r->count, (int64_t[]){0}, width);
  const int64_t inner = THOnnx_product(index->size + axis, index->ndim - axis);
  for (int64_t i = 0; i < index->count; i++) {
    int64_t k = THOnnx_long(index, i);
    if (k < 0) k += depth;
    if (k < 0 || k >= depth) continue;
    memcpy((char *)r->data + (size_t)((i / inner * depth + k) * inner + i % inner) * width, (char *)values->data + width, width);
  }
}

static void op_nonZero(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int64_t n = 0;
  for (int64_t i = 0; i < x->count; i++) n += THOnnx_double(x, i) != 0;
  OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, 2, (int64_t[]){x->ndim, n});
  int64_t k = 0;
  for (int64_t i = 0; i < x->count; i++) {
    if (THOnnx_double(x, i) == 0) continue;
    int64_t rest = i;
    for (int d = x->ndim - 1; d >= 0; d--) {
      ((int64_t *)r->data)[d * n + k] = rest % x->size[d];
      rest /= x->size[d];
    }
    k++;
  }
}

static void op_compress(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const OnnxAttribute *a = THOnnx_attribute(c->node, "axis");
  ONNX_AUTO flat = a ? THOnnx_retain(x) : THOnnx_newShaped(x, 1, &x->count);
  const int axis = a ? THOnnx_axis(a->i, x->ndim) : 0;
  int64_t size[ONNX_DIMS], n = 0;
  const int64_t given = THMin(c->in[1]->count, flat->size[axis]);
  for (int64_t i = 0; i < given; i++) n += THOnnx_long(c->in[1], i) != 0;
  for (int d = 0; d < flat->ndim; d++) size[d] = d == axis ? n : flat->size[d];
  OnnxValue *r = THOnnx_make(c, 0, x->type, flat->ndim, size);
  const int64_t outer = THOnnx_product(flat->size, axis), inner = THOnnx_product(flat->size + axis + 1, flat->ndim - axis - 1);
  const size_t bytes = (size_t)inner * THOnnx_width(x->type);
  char *to = r->data;
  for (int64_t o = 0; o < outer && r->count; o++)
    for (int64_t i = 0; i < given; i++) {
      if (!THOnnx_long(c->in[1], i)) continue;
      memcpy(to, (char *)flat->data + (size_t)(o * flat->size[axis] + i) * bytes, bytes);
      to += bytes;
    }
}

/* ---- the largest ---- */

typedef struct Ranked {
  double v;
  int64_t at;
} Ranked;
static int by_value(double x, double y) { return (x > y) - (x < y); }
static int largest_first(const void *a, const void *b)
{
  const Ranked *x = a, *y = b;
  const int order = by_value(y->v, x->v);
  return order ? order : (x->at > y->at) - (x->at < y->at);
}
static int smallest_first(const void *a, const void *b)
{
  const Ranked *x = a, *y = b;
  const int order = by_value(x->v, y->v);
  return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void op_topK(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t k = c->nin > 1 ? THOnnx_long(c->in[1], 0) : THOnnx_int(c->node, "k", -1);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", -1), x->ndim);
  const int64_t n = x->size[axis], outer = THOnnx_product(x->size, axis), inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 1);
  THOnnx_check(k >= 0 && k <= n, "%lld of %lld elements", (long long)k, (long long)n);
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d == axis ? k : x->size[d];
  OnnxValue *r = THOnnx_make(c, 0, x->type, x->ndim, size), *at = THOnnx_make(c, 1, THONNX_INT64, x->ndim, size);
  const size_t width = THOnnx_width(x->type);
  ONNX_AUTO_MEM Ranked *row = THOnnx_scratch((n + 1) * (ptrdiff_t)sizeof *row);
  for (int64_t o = 0; o < outer * inner; o++) {
    const int64_t base = o / inner * n * inner + o % inner, to = o / inner * k * inner + o % inner;
    for (int64_t i = 0; i < n; i++) row[i] = (Ranked){THOnnx_double(x, base + i * inner), i};
    qsort(row, (size_t)n, sizeof *row, THOnnx_int(c->node, "largest", 1) ? largest_first : smallest_first);
    for (int64_t i = 0; i < k; i++) {
      memcpy((char *)r->data + (size_t)(to + i * inner) * width, (char *)x->data + (size_t)(base + row[i].at * inner) * width, width);
      ((int64_t *)at->data)[to + i * inner] = row[i].at;
    }
  }
}

static void arg_extreme(OnnxCall *c, bool largest)
{
  OnnxValue *x = c->in[0];
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim);
  const bool keep = THOnnx_int(c->node, "keepdims", 1), last = THOnnx_int(c->node, "select_last_index", 0);
  int64_t size[ONNX_DIMS];
  int m = 0;
  for (int d = 0; d < x->ndim; d++)
    if (d != axis) size[m++] = x->size[d];
    else if (keep) size[m++] = 1;
  OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, m, size);
  const int64_t n = x->size[axis], inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 1);
  THOnnx_check(n > 0 || !r->count, "no elements");
  for (int64_t o = 0; o < r->count; o++) {
    const int64_t base = o / inner * n * inner + o % inner;
    int64_t best = 0;
    double v = THOnnx_double(x, base);
    for (int64_t i = 1; i < n; i++) {
      const double w = THOnnx_double(x, base + i * inner);
      if (largest ? w > v || (last && w == v) : w < v || (last && w == v)) best = i, v = w;
    }
    ((int64_t *)r->data)[o] = best;
  }
}
static void op_argMax(OnnxCall *c) { arg_extreme(c, true); }
static void op_argMin(OnnxCall *c) { arg_extreme(c, false); }

/* ---- running sums ---- */

static void cumulate(OnnxCall *c, bool product)
{
  OnnxValue *x = c->in[0], *r = THOnnx_makeAs(c, 0, x);
  const int axis = THOnnx_axis(THOnnx_long(c->in[1], 0), x->ndim);
  const bool exclusive = THOnnx_int(c->node, "exclusive", 0), reverse = THOnnx_int(c->node, "reverse", 0);
  const int64_t n = x->size[axis], inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 1);
  const size_t width = THOnnx_width(x->type);
  for (int64_t o = 0; n && o < x->count / n; o++) {
    const int64_t base = o / inner * n * inner + o % inner;
    double sum = product;
    for (int64_t k = 0; k < n; k++) {
      const int64_t at = base + (reverse ? n - 1 - k : k) * inner;
      const double before = sum, v = THOnnx_double(x, at);
      sum = product ? sum * v : sum + v;
      THOnnx_convert(x->type, (char *)r->data + (size_t)at * width, THONNX_DOUBLE, exclusive ? &before : &sum, 1);
    }
  }
}
static void op_cumSum(OnnxCall *c) { cumulate(c, false); }
static void op_cumProd(OnnxCall *c) { cumulate(c, true); }

const OnnxOp THOnnx_gatherOps[] = {
  {"Gather", op_gather, 1, 0, 2, 2, ONNX_MOVES, NULL},
  {"GatherElements", op_gatherElements, 11, 0, 2, 2, ONNX_MOVES, NULL},
  {"GatherND", op_gatherND, 11, 0, 2, 2, ONNX_MOVES, NULL},
  {"Scatter", op_scatterElements, 9, 10, 3, 3, ONNX_MOVES, NULL},
  {"ScatterElements", op_scatterElements, 11, 0, 3, 3, ONNX_MOVES, NULL},
  {"ScatterND", op_scatterND, 11, 0, 3, 3, ONNX_MOVES, NULL},
  {"OneHot", op_oneHot, 9, 0, 3, 3, ONNX_MOVES, NULL},
  {"NonZero", op_nonZero, 9, 0, 1, 1, ONNX_HALVES, NULL},
  {"Compress", op_compress, 9, 0, 2, 2, ONNX_MOVES, NULL},
  {"TopK", op_topK, 1, 0, 1, 2, ONNX_HALVES, NULL},
  {"ArgMax", op_argMax, 1, 0, 1, 1, ONNX_HALVES, NULL},
  {"ArgMin", op_argMin, 1, 0, 1, 1, ONNX_HALVES, NULL},
  {"CumSum", op_cumSum, 11, 0, 2, 2, ONNX_HALVES, NULL},
  {"CumProd", op_cumProd, 26, 0, 2, 2, ONNX_HALVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
