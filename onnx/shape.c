/* Operators that change shapes, or where elements lie, and do not look at them. */
#include "ops.h"

/* ---- views ---- */

static void op_identity(OnnxCall *c) { THOnnx_give(c, 0, THOnnx_retain(c->in[0])); }

static void op_dropout(OnnxCall *c)
{
  THOnnx_check(!THOnnx_in(c, 2) || !THOnnx_long(c->in[2], 0), "training is not supported");
  op_identity(c);
  if (!THOnnx_wants(c, 1)) return;
  const THONNXType type = c->node->version >= 10 ? THONNX_BOOL : c->in[0]->type;
  OnnxValue *mask = THOnnx_make(c, 1, type, c->in[0]->ndim, c->in[0]->size);
  if (mask->count) memset(mask->data, 0, (size_t)mask->count * THOnnx_width(type));
  for (int64_t i = 0; i < mask->count && type == THONNX_BOOL; i++) ((uint8_t *)mask->data)[i] = 1;
}

static void op_shape(OnnxCall *c)
{
  const OnnxValue *x = c->in[0];
  int64_t first = THOnnx_int(c->node, "start", 0), last = THOnnx_int(c->node, "end", x->ndim);
  if (first < 0) first += x->ndim;
  if (last < 0) last += x->ndim;
  first = THMax(0, THMin(first, x->ndim));
  last = THMax(first, THMin(last, x->ndim));
  THOnnx_give(c, 0, THOnnx_newLongs((int)(last - first), x->size + first));
}
static void op_size(OnnxCall *c)
{
  OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, 0, NULL);
  *(int64_t *)r->data = c->in[0]->count;
}

static void op_reshape(OnnxCall *c)
{
  int n;
  const int64_t *given;
  TH_AUTO_MEM int64_t *copy = c->nin > 1 ? THOnnx_newInts(c->in[1], &n) : NULL;
  given = copy ? copy : THOnnx_ints(c->node, "shape", &n);
  THOnnx_check(given && n <= ONNX_DIMS, "no shape, or one of too many dimensions");
  const OnnxValue *x = c->in[0];
  const bool zero = THOnnx_int(c->node, "allowzero", 0);
  int64_t size[ONNX_DIMS], known = 1;
  int open = -1;
  for (int d = 0; d < n; d++) {
    size[d] = given[d];
    if (size[d] == 0 && !zero) {
      THOnnx_check(d < x->ndim, "size 0 stands for that of a dimension which is not there");
      size[d] = x->size[d];
    }
    THOnnx_check(size[d] >= -1, "size %lld", (long long)size[d]);
    if (size[d] == -1) {
      THOnnx_check(open < 0, "two sizes are -1");
      open = d;
    } else {
      THOnnx_check(TH_mulSize(known, size[d], &known), "sizes are too large");
    }
  }
  if (open >= 0) size[open] = known ? x->count / known : 0;
  THOnnx_give(c, 0, THOnnx_newShaped(c->in[0], n, size));
}

static void op_flatten(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t axis = THOnnx_int(c->node, "axis", 1);
  THOnnx_check(axis >= -x->ndim && axis <= x->ndim, "axis %lld is out of range", (long long)axis);
  const int a = (int)(axis < 0 ? axis + x->ndim : axis);
  THOnnx_give(c, 0, THOnnx_newShaped(x, 2, (int64_t[]){THOnnx_product(x->size, a), THOnnx_product(x->size + a, x->ndim - a)}));
}

/* Axes from the attribute or the second input: marks them; false when none are given. */
static bool mark_axes(const OnnxCall *c, int ndim, bool *marked)
{
  int n;
  memset(marked, 0, ONNX_DIMS * sizeof *marked);
  TH_AUTO_MEM int64_t *copy = THOnnx_newInts(THOnnx_in(c, 1), &n);
  const int64_t *axes = copy ? copy : THOnnx_ints(c->node, "axes", &n);
  for (int i = 0; axes && i < n; i++) {
    const int a = THOnnx_axis(axes[i], ndim);
    THOnnx_check(!marked[a], "axis %d is given twice", a);
    marked[a] = true;
  }
  return axes;
}

static void op_squeeze(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  bool marked[ONNX_DIMS];
  int64_t size[ONNX_DIMS];
  int n = 0;
  const bool some = mark_axes(c, x->ndim, marked);
  for (int d = 0; d < x->ndim; d++) {
    THOnnx_check(!marked[d] || x->size[d] == 1, "dimension %d has size %lld, not 1", d, (long long)x->size[d]);
    if (some ? !marked[d] : x->size[d] != 1) size[n++] = x->size[d];
  }
  THOnnx_give(c, 0, THOnnx_newShaped(x, n, size));
}

static void op_unsqueeze(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int count;
  TH_AUTO_MEM int64_t *copy = THOnnx_newInts(THOnnx_in(c, 1), &count);
  if (!copy) THOnnx_check(THOnnx_ints(c->node, "axes", &count), "no axes");
  const int ndim = x->ndim + count;
  THOnnx_check(ndim <= ONNX_DIMS, "too many dimensions");
  bool marked[ONNX_DIMS];
  int64_t size[ONNX_DIMS];
  mark_axes(c, ndim, marked);
  for (int d = 0, from = 0; d < ndim; d++) size[d] = marked[d] ? 1 : x->size[from++];
  THOnnx_give(c, 0, THOnnx_newShaped(x, ndim, size));
}

/* ---- moves ---- */

static void op_transpose(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int n, order[ONNX_DIMS];
  const int64_t *perm = THOnnx_ints(c->node, "perm", &n);
  bool seen[ONNX_DIMS] = {false};
  THOnnx_check(!perm || n == x->ndim, "perm has %d entries for %d dimensions", n, x->ndim);
  bool same = true; /* sizes of 1 may go anywhere */
  int last = -1;
  for (int d = 0; d < x->ndim; d++) {
    order[d] = perm ? THOnnx_axis(perm[d], x->ndim) : x->ndim - 1 - d;
    THOnnx_check(!seen[order[d]], "perm names a dimension twice");
    seen[order[d]] = true;
    if (x->size[order[d]] == 1) continue;
    same = same && order[d] > last;
    last = order[d];
  }
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = x->size[order[d]];
  THOnnx_give(c, 0, same ? THOnnx_newShaped(x, x->ndim, size) : THOnnx_newTransposed(x, order));
}

typedef struct Joined {
  int n;
  OnnxValue *const *v;
  char *r;
  int axis;
  size_t unit, row; /* bytes of an element of the axis, and of all of them */
} Joined;

#define COPY_UNITS(type)                                                                           \
  for (int64_t i = 0; i < n; i++) *(type *)(r + (size_t)i * row) = ((const type *)x)[i]
static void copy_units(char *r, size_t row, const char *x, size_t bytes, int64_t n)
{
  switch (bytes) {
  case 0: break;
  case 4: COPY_UNITS(uint32_t); break;
  case 8: COPY_UNITS(uint64_t); break;
  default:
    for (int64_t i = 0; i < n; i++) memcpy(r + (size_t)i * row, x + (size_t)i * bytes, bytes);
  }
}

/* Rows [first, last) of the result; short ones some at a time, input by input. */
static void join_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  enum { SOME = 256 };
  const Joined *j = arg;
  (void)worker;
  while (first < last) {
    const int64_t n = j->row < SOME ? THMin(SOME, last - first) : 1;
    char *at = j->r + (size_t)first * j->row;
    for (int i = 0; i < j->n; i++) {
      const size_t bytes = (size_t)j->v[i]->size[j->axis] * j->unit;
      copy_units(at, j->row, (char *)j->v[i]->data + (size_t)first * bytes, bytes, n);
      at += bytes;
    }
    first += n;
  }
}

OnnxValue *THOnnx_newConcatenated(int n, OnnxValue *const *v, int axis)
{
  int64_t size[ONNX_DIMS] = {0};
  const OnnxValue *first = v[0];
  for (int d = 0; d < first->ndim; d++) size[d] = first->size[d];
  size[axis] = 0;
  for (int i = 0; i < n; i++) {
    THOnnx_check(v[i]->type == first->type && v[i]->ndim == first->ndim, "inputs differ in type or dimensions");
    for (int d = 0; d < first->ndim; d++)
      THOnnx_check(d == axis || v[i]->size[d] == first->size[d], "inputs differ in dimension %d", d);
    THOnnx_check(TH_addSize(size[axis], v[i]->size[axis], &size[axis]), "too large");
  }
  OnnxValue *r = THOnnx_new(first->type, first->ndim, size);
  const int64_t outer = THOnnx_product(size, axis), inner = THOnnx_product(size + axis + 1, first->ndim - axis - 1);
  Joined j = {n, v, r->data, axis, (size_t)inner * THOnnx_width(first->type), 0};
  j.row = (size_t)size[axis] * j.unit;
  if (r->count) TH_parallel(outer, TH_pieceFor(outer, (double)j.row / 8), join_rows, &j);
  for (int i = 0; i < n && r->type == THONNX_STRING && r->buffer; i++) THOnnx_keep(r->buffer, v[i]->buffer);
  return r;
}

static void op_concat(OnnxCall *c)
{
  for (int i = 0; i < c->nin; i++) THOnnx_check(c->in[i] && c->in[i]->kind == ONNX_TENSOR, "input %d is missing", i + 1);
  THOnnx_give(c, 0, THOnnx_newConcatenated(c->nin, c->in, THOnnx_axis(THOnnx_int(c->node, "axis", 1), c->in[0]->ndim)));
}

/* Elements [first, first + n) of a dimension, or every step-th. */
OnnxValue *THOnnx_newPart(OnnxValue *x, int axis, int64_t first, int64_t n)
{
  int64_t size[ONNX_DIMS], stride[ONNX_DIMS], step = 1;
  for (int d = x->ndim - 1; d >= 0; d--) {
    size[d] = x->size[d];
    stride[d] = step;
    step *= x->size[d];
  }
  size[axis] = n;
  const size_t offset = (size_t)(first * stride[axis]) * THOnnx_width(x->type);
  if (THOnnx_product(x->size, axis) == 1) /* lies as one */
    return THOnnx_newOver(x->type, x->ndim, size, (char *)x->data + offset, x->buffer);
  OnnxValue *r = THOnnx_new(x->type, x->ndim, size);
  THOnnx_copyStrided(r->data, (char *)x->data + offset, x->ndim, size, stride, THOnnx_width(x->type));
  return r;
}

static void op_split(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim), count = (int)THOnnx_int(c->node, "num_outputs", c->nout);
  int n = 0;
  TH_AUTO_MEM int64_t *copy = THOnnx_newInts(THOnnx_in(c, 1), &n);
  const int64_t *sizes = copy ? copy : THOnnx_ints(c->node, "split", &n);
  THOnnx_check(count > 0 && (!sizes || n == c->nout), "%d sizes for %d outputs", n, c->nout);
  const int64_t total = x->size[axis], each = (total + count - 1) / count;
  int64_t first = 0;
  for (int i = 0; i < c->nout; i++) {
    const int64_t size = sizes ? sizes[i] : THMin(each, total - first);
    THOnnx_check(size >= 0 && size <= total - first, "sizes do not add up to %lld", (long long)total);
    THOnnx_give(c, i, THOnnx_newPart(x, axis, first, size));
    first += size;
  }
  THOnnx_check(first == total, "sizes do not add up to %lld", (long long)total);
}

typedef struct Slices {
  int64_t first[ONNX_DIMS], step[ONNX_DIMS], size[ONNX_DIMS];
} Slices;

static void slice_axis(Slices *s, int d, int64_t size, int64_t start, int64_t end, int64_t step)
{
  THOnnx_check(step != 0, "a step of 0");
  if (start < 0) start += size;
  if (end < 0) end += size;
  if (step > 0) {
    start = THMax(0, THMin(start, size));
    end = THMax(0, THMin(end, size));
    s->size[d] = end > start ? (end - start - 1) / step + 1 : 0;
  } else {
    start = THMax(-1, THMin(start, size - 1));
    end = THMax(-1, THMin(end, size - 1));
    const uint64_t back = 0 - (uint64_t)step;
    s->size[d] = start > end ? (int64_t)((uint64_t)(start - end - 1) / back) + 1 : 0;
  }
  s->first[d] = start;
  s->step[d] = step;
}

static void op_slice(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int nstarts, nends, naxes, nsteps;
  const bool inputs = c->nin > 1;
  TH_AUTO_MEM int64_t *s = THOnnx_newInts(THOnnx_in(c, 1), &nstarts);
  TH_AUTO_MEM int64_t *e = THOnnx_newInts(THOnnx_in(c, 2), &nends);
  TH_AUTO_MEM int64_t *a = THOnnx_newInts(THOnnx_in(c, 3), &naxes);
  TH_AUTO_MEM int64_t *steps = THOnnx_newInts(THOnnx_in(c, 4), &nsteps);
  const int64_t *starts = inputs ? s : THOnnx_ints(c->node, "starts", &nstarts);
  const int64_t *ends = inputs ? e : THOnnx_ints(c->node, "ends", &nends);
  const int64_t *axes = inputs ? a : THOnnx_ints(c->node, "axes", &naxes);
  THOnnx_check(starts && ends && nstarts == nends && (!axes || naxes == nstarts) && (!steps || nsteps == nstarts),
             "starts, ends, axes and steps differ in length");
  Slices p;
  int64_t stride[ONNX_DIMS], step = 1, offset = 0;
  for (int d = 0; d < x->ndim; d++) p.first[d] = 0, p.step[d] = 1, p.size[d] = x->size[d];
  for (int i = 0; i < nstarts; i++) {
    const int d = THOnnx_axis(axes ? axes[i] : i, x->ndim);
    slice_axis(&p, d, x->size[d], starts[i], ends[i], steps ? steps[i] : 1);
  }
  bool whole = true;
  for (int d = x->ndim - 1; d >= 0; d--) {
    whole = whole && p.size[d] == x->size[d] && p.step[d] == 1;
    if (p.size[d] <= 1) p.step[d] = 1; /* may be as large as it likes */
    stride[d] = step * p.step[d];
    offset += p.size[d] ? p.first[d] * step : 0;
    step *= x->size[d];
  }
  if (whole) {
    THOnnx_give(c, 0, THOnnx_retain(x));
    return;
  }
  OnnxValue *r = THOnnx_make(c, 0, x->type, x->ndim, p.size);
  if (r->count)
    THOnnx_copyStrided(r->data, (char *)x->data + offset * (int64_t)THOnnx_width(x->type), x->ndim, p.size, stride,
                     THOnnx_width(x->type));
}

static void op_expand(OnnxCall *c)
{
  int n;
  TH_AUTO_MEM int64_t *given = THOnnx_newInts(c->in[1], &n);
  OnnxValue *x = c->in[0];
  int64_t size[ONNX_DIMS];
  const int ndim = THMax(n, x->ndim);
  THOnnx_check(ndim <= ONNX_DIMS, "too many dimensions");
  for (int d = 0; d < ndim; d++) {
    const int mine = d - (ndim - x->ndim), theirs = d - (ndim - n);
    const int64_t a = mine >= 0 ? x->size[mine] : 1, b = theirs >= 0 ? given[theirs] : 1;
    THOnnx_check(a == b || a == 1 || b == 1, "size %lld does not become %lld", (long long)a, (long long)b);
    size[d] = a == 1 ? b : a;
  }
  THOnnx_give(c, 0, THOnnx_newExpanded(x, ndim, size));
}

/* x, so often along a dimension. */
static OnnxValue *new_repeated(OnnxValue *x, int d, int64_t times)
{
  int64_t size[ONNX_DIMS], parts[] = {THOnnx_product(x->size, d), 1, THOnnx_product(x->size + d, x->ndim - d)};
  for (int k = 0; k < x->ndim; k++) size[k] = x->size[k];
  THOnnx_check(times >= 0 && TH_mulSize(size[d], times, &size[d]), "%lld repeats", (long long)times);
  ONNX_AUTO one = THOnnx_newShaped(x, 3, parts);
  parts[1] = times;
  ONNX_AUTO many = THOnnx_newExpanded(one, 3, parts);
  return THOnnx_newShaped(many, x->ndim, size);
}

static void op_tile(OnnxCall *c)
{
  int n;
  TH_AUTO_MEM int64_t *times = THOnnx_newInts(c->in[1], &n);
  ONNX_AUTO r = THOnnx_retain(c->in[0]);
  THOnnx_check(n == r->ndim, "%d repeats for %d dimensions", n, r->ndim);
  for (int d = 0; d < n; d++) {
    OnnxValue *next = times[d] == 1 ? THOnnx_retain(r) : new_repeated(r, d, times[d]);
    THOnnx_free(r);
    r = next;
  }
  THOnnx_give(c, 0, THOnnx_retain(r));
}

/* ---- constants ---- */

static OnnxValue *new_number(THONNXType type, double v)
{
  ONNX_AUTO r = THOnnx_new(THONNX_DOUBLE, 0, NULL);
  *(double *)r->data = v;
  return THOnnx_newCast(r, type);
}

static OnnxValue *new_floats(const OnnxAttribute *a)
{
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, 1, (int64_t[]){a->n});
  if (a->n) memcpy(r->data, a->floats, (size_t)a->n * sizeof(float));
  return r;
}

/* A tensor of empty strings (NULL), each of which may be set to memory of THAlloc. */
OnnxValue *THOnnx_newStrings(int ndim, const int64_t *size)
{
  OnnxValue *v = THOnnx_new(THONNX_STRING, ndim, size);
  THOnnx_ownStrings(v);
  return v;
}
void THOnnx_setString(OnnxValue *v, int64_t i, const char *s) { ((char **)v->data)[i] = THOnnx_newString(s ? s : "", s ? strlen(s) : 0); }

static void op_constant(OnnxCall *c)
{
  const OnnxAttribute *a = c->node->nattributes ? &c->node->attribute[0] : NULL;
  THOnnx_check(a, "no value");
  switch (a->type) {
  case ONNX_A_TENSOR: THOnnx_give(c, 0, THOnnx_retain(a->t)); break;
  case ONNX_A_FLOAT: THOnnx_give(c, 0, new_number(THONNX_FLOAT, a->f)); break;
  case ONNX_A_INT: {
    OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, 0, NULL);
    *(int64_t *)r->data = a->i;
    break;
  }
  case ONNX_A_FLOATS: THOnnx_give(c, 0, new_floats(a)); break;
  case ONNX_A_INTS: THOnnx_give(c, 0, THOnnx_newLongs(a->n, a->ints)); break;
  case ONNX_A_STRING: case ONNX_A_STRINGS: {
    const int one = a->type == ONNX_A_STRING;
    int64_t n = a->n;
    THOnnx_give(c, 0, THOnnx_newStrings(one ? 0 : 1, &n));
    for (int64_t i = 0; i < c->out[0]->count; i++) THOnnx_setString(c->out[0], i, one ? a->s : a->strings[i]);
    break;
  }
  default: THOnnx_raise("value of that kind is not supported");
  }
}

static void op_constantOfShape(OnnxCall *c)
{
  int n;
  TH_AUTO_MEM int64_t *size = THOnnx_newInts(c->in[0], &n);
  const OnnxAttribute *a = THOnnx_attribute(c->node, "value");
  const THONNXType type = a && a->t ? a->t->type : THONNX_FLOAT;
  THOnnx_check(!a || (a->t && a->t->count == 1), "value must have one element");
  OnnxValue *r = THOnnx_make(c, 0, type, n, size);
  const size_t width = THOnnx_width(type);
  if (!r->count) return;
  if (!a) memset(r->data, 0, (size_t)r->count * width);
  else THOnnx_copyStrided(r->data, a->t->data, 1, &r->count, (int64_t[]){0}, width);
}

static void op_range(OnnxCall *c)
{
  const THONNXType type = c->in[0]->type;
  const double start = THOnnx_double(c->in[0], 0), limit = THOnnx_double(c->in[1], 0), step = THOnnx_double(c->in[2], 0);
  THOnnx_check(step != 0, "a step of 0");
  const double span = (limit - start) / step;
  int64_t n = span > 0 ? (int64_t)THMin(span, 1e15) : 0;
  if ((double)n < span) n++;
  OnnxValue *r = THOnnx_make(c, 0, type, 1, &n);
  for (int64_t i = 0; i < n; i++) {
    const double v = start + (double)i * step;
    THOnnx_convert(type, (char *)r->data + (size_t)i * THOnnx_width(type), THONNX_DOUBLE, &v, 1);
  }
}

static void op_eyelike(OnnxCall *c)
{
  const OnnxValue *x = c->in[0];
  THOnnx_check(x->ndim == 2, "a matrix is expected");
  const THONNXType type = (THONNXType)THOnnx_int(c->node, "dtype", x->type);
  const int64_t k = THOnnx_int(c->node, "k", 0);
  OnnxValue *r = THOnnx_make(c, 0, type, 2, x->size);
  const double one = 1;
  if (r->count) memset(r->data, 0, (size_t)r->count * THOnnx_width(type));
  for (int64_t i = 0; i < x->size[0]; i++)
    if (i + k >= 0 && i + k < x->size[1])
      THOnnx_convert(type, (char *)r->data + (size_t)(i * x->size[1] + i + k) * THOnnx_width(type), THONNX_DOUBLE, &one, 1);
}

/* ---- blocks ---- */

static OnnxValue *new_regrouped(OnnxValue *x, int n, const int64_t *as, const int *order, const int64_t *size)
{
  ONNX_AUTO six = THOnnx_newShaped(x, n, as);
  ONNX_AUTO moved = THOnnx_newTransposed(six, order);
  return THOnnx_newShaped(moved, 4, size);
}

static void op_depthToSpace(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t b = THOnnx_int(c->node, "blocksize", 0);
  THOnnx_check(x->ndim == 4 && b > 0 && x->size[1] % (b * b) == 0, "channels are no multiple of the block");
  const int64_t n = x->size[0], ch = x->size[1] / (b * b), h = x->size[2], w = x->size[3];
  const bool crd = !strcmp(THOnnx_string(c->node, "mode", "DCR"), "CRD");
  const int64_t dcr_as[] = {n, b, b, ch, h, w}, crd_as[] = {n, ch, b, b, h, w};
  const int dcr_order[] = {0, 3, 4, 1, 5, 2}, crd_order[] = {0, 1, 4, 2, 5, 3};
  THOnnx_give(c, 0, new_regrouped(x, 6, crd ? crd_as : dcr_as, crd ? crd_order : dcr_order, (int64_t[]){n, ch, h * b, w * b}));
}
static void op_spaceToDepth(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const int64_t b = THOnnx_int(c->node, "blocksize", 0);
  THOnnx_check(x->ndim == 4 && b > 0 && x->size[2] % b == 0 && x->size[3] % b == 0, "sizes are no multiple of the block");
  const bool crd = !strcmp(THOnnx_string(c->node, "mode", "DCR"), "CRD");
  const int64_t n = x->size[0], ch = x->size[1], h = x->size[2] / b, w = x->size[3] / b;
  const int dcr_order[] = {0, 3, 5, 1, 2, 4}, crd_order[] = {0, 1, 3, 5, 2, 4};
  THOnnx_give(c, 0, new_regrouped(x, 6, (int64_t[]){n, ch, h, b, w, b}, crd ? crd_order : dcr_order, (int64_t[]){n, ch * b * b, h, w}));
}

static void op_trilu(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = THOnnx_makeAs(c, 0, x);
  const int64_t k = THOnnx_in(c, 1) ? THOnnx_long(c->in[1], 0) : 0;
  const bool upper = THOnnx_int(c->node, "upper", 1);
  THOnnx_check(x->ndim >= 2, "a matrix is expected");
  const int64_t rows = x->size[x->ndim - 2], columns = x->size[x->ndim - 1];
  const size_t width = THOnnx_width(x->type);
  if (!r->count) return;
  memset(r->data, 0, (size_t)r->count * width);
  for (int64_t i = 0; i < r->count / columns; i++) {
    const int64_t edge = THMax(0, THMin(columns, (i % rows) + k + (upper ? 0 : 1)));
    const int64_t first = upper ? edge : 0, n = upper ? columns - edge : edge;
    memcpy((char *)r->data + (size_t)(i * columns + first) * width, (char *)x->data + (size_t)(i * columns + first) * width,
           (size_t)n * width);
  }
}

static void op_reverseSequence(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = THOnnx_makeAs(c, 0, x);
  const int batch = THOnnx_axis(THOnnx_int(c->node, "batch_axis", 1), x->ndim), time = THOnnx_axis(THOnnx_int(c->node, "time_axis", 0), x->ndim);
  THOnnx_check(batch + time == 1 && batch != time && c->in[1]->count == x->size[batch], "batch and time are the first two axes");
  const int64_t inner = THOnnx_product(x->size + 2, x->ndim - 2);
  const size_t bytes = (size_t)inner * THOnnx_width(x->type);
  for (int64_t b = 0; b < x->size[batch]; b++) {
    const int64_t n = THOnnx_long(c->in[1], b);
    THOnnx_check(n >= 0 && n <= x->size[time], "a length is out of range");
    for (int64_t t = 0; t < x->size[time]; t++) {
      const int64_t from = t < n ? n - 1 - t : t;
      const int64_t to_at = batch ? t * x->size[1] + b : b * x->size[1] + t, at = batch ? from * x->size[1] + b : b * x->size[1] + from;
      if (bytes) memcpy((char *)r->data + (size_t)to_at * bytes, (char *)x->data + (size_t)at * bytes, bytes);
    }
  }
}

/* ---- types ---- */

static void op_bitcast(OnnxCall *c)
{
  const THONNXType type = (THONNXType)THOnnx_int(c->node, "to", 0);
  THOnnx_check(THOnnx_width(type) == THOnnx_width(c->in[0]->type), "types of different widths");
  THOnnx_give(c, 0, THOnnx_newOver(type, c->in[0]->ndim, c->in[0]->size, c->in[0]->data, c->in[0]->buffer));
}

const OnnxOp THOnnx_shapeOps[] = {
  {"Identity", op_identity, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Dropout", op_dropout, 1, 0, 1, 3, ONNX_MOVES, NULL},
  {"Shape", op_shape, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Size", op_size, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Reshape", op_reshape, 1, 0, 1, 2, ONNX_MOVES, NULL},
  {"Flatten", op_flatten, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Squeeze", op_squeeze, 1, 0, 1, 2, ONNX_MOVES, NULL},
  {"Unsqueeze", op_unsqueeze, 1, 0, 1, 2, ONNX_MOVES, NULL},
  {"Transpose", op_transpose, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Concat", op_concat, 1, 0, 1, -1, ONNX_MOVES, NULL},
  {"Split", op_split, 1, 0, 1, 2, ONNX_MOVES, NULL},
  {"Slice", op_slice, 1, 0, 1, 5, ONNX_MOVES, NULL},
  {"Expand", op_expand, 8, 0, 2, 2, ONNX_MOVES, NULL},
  {"Tile", op_tile, 6, 0, 2, 2, ONNX_MOVES, NULL},
  {"Constant", op_constant, 1, 0, 0, 0, ONNX_MOVES, NULL},
  {"ConstantOfShape", op_constantOfShape, 9, 0, 1, 1, ONNX_MOVES, NULL},
  {"Range", op_range, 11, 0, 3, 3, ONNX_HALVES, NULL},
  {"EyeLike", op_eyelike, 9, 0, 1, 1, ONNX_HALVES, NULL},
  {"DepthToSpace", op_depthToSpace, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"SpaceToDepth", op_spaceToDepth, 1, 0, 1, 1, ONNX_MOVES, NULL},
  {"Trilu", op_trilu, 14, 0, 1, 2, ONNX_MOVES, NULL},
  {"ReverseSequence", op_reverseSequence, 10, 0, 2, 2, ONNX_MOVES, NULL},
  {"BitCast", op_bitcast, 26, 0, 1, 1, ONNX_MOVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
