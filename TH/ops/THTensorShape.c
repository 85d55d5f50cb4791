/* Construction, joining and other operations whose work is mostly shape. */
#include "core/THDevice.h"
#include "core/THTensorArgs.h"
#include "THTensorOps.h"
#include "plan/THPointwise.h"
#include "plan/THLanes.h"
#include "plan/THReduce.h"
#include <math.h>
#define TH_GENERIC_FILE "ops/generic/THTensorShape.c"
#include "core/THGenerate.h"

enum { CHUNK = 16384 };

/* ---- constants ---- */

void THAnyTensor_zeros(THAnyTensor *r_, int n, const int64_t *size)
{
  THAnyTensor_resizeNd(r_, n, size, NULL);
  THAnyTensor_fill(r_, THScalar_fromInt(0));
}

void THAnyTensor_ones(THAnyTensor *r_, int n, const int64_t *size)
{
  THAnyTensor_resizeNd(r_, n, size, NULL);
  THAnyTensor_fill(r_, THScalar_fromInt(1));
}

void THAnyTensor_zerosLike(THAnyTensor *r_, THAnyTensor *t)
{
  THAnyTensor_zeros(r_, t->nDimension, t->size);
}

void THAnyTensor_onesLike(THAnyTensor *r_, THAnyTensor *t)
{
  THAnyTensor_ones(r_, t->nDimension, t->size);
}

/* ---- progressions ---- */

/* r_ keeps its shape if it has n elements; the values are laid out in row-major order. */
static THAnyTensor *new_vector_of(THAnyTensor *r_, int64_t n)
{
  if (THAnyTensor_nElement(r_) != n) THAnyTensor_resizeNd(r_, 1, &n, NULL);
  return THAnyTensor_newContiguous(r_);
}

static void progression(const char *op, THAnyTensor *r_, int64_t n, THScalar start, THScalar step)
{
  TH_checkInteger(op, r_, start.i, 2);
  TH_checkInteger(op, r_, (int64_t)((uint64_t)start.i + (uint64_t)(n - 1) * (uint64_t)step.i), 3);
  static void (*const fn[TH_NTYPES])(void *, int64_t, THScalar, THScalar) = TH_BY_TYPE(progression);
  TH_AUTO(THAnyTensor) r = new_vector_of(r_, n);
  if (THType_onDevice((THType)r->type)) {
    TH_ON_DEVICE(r->storage->device);
    TH_device->progression((THType)r->type, THAnyTensor_data(r), n, start, step);
  } else {
    fn[r->type](THAnyTensor_data(r), n, start, step);
  }
  if (r != r_) THAnyTensor_copy(r_, r);
}

static void check_progression(const char *op, THAnyTensor *r_, THScalar a, THScalar b,
                              THScalar step)
{
  TH_checkArithmetic(op, r_);
  double from = a.d, to = b.d, by = step.d;
  if (!THType_isFloating((THType)r_->type)) from = (double)a.i, to = (double)b.i, by = (double)step.i;
  THArgCheck(by > 0 || by < 0, 4, "%s: step must be a non-null number", op);
  THArgCheck(from == from, 2, "%s: lower bound %g is no number", op, from);
  THArgCheck(by > 0 ? to >= from : to <= from, 3,
             "%s: upper bound %g and lower bound %g incoherent with step %g", op, to, from, by);
  THArgCheck(fabs((to - from) / by) < 9e15, 3, "%s: %g to %g by %g is too long", op, from, to, by);
}

/* Whole steps from a to b; both may be anywhere among the integers. rest: what is left behind them.
 */
static int64_t steps(THScalar a, THScalar b, THScalar step, bool *rest)
{
  uint64_t span = step.i > 0 ? (uint64_t)b.i - (uint64_t)a.i : (uint64_t)a.i - (uint64_t)b.i;
  uint64_t by = step.i > 0 ? (uint64_t)step.i : 0 - (uint64_t)step.i;
  *rest = span % by != 0;
  return (int64_t)(span / by);
}

void THAnyTensor_range(THAnyTensor *r_, THScalar xmin, THScalar xmax, THScalar step)
{
  check_progression("range", r_, xmin, xmax, step);
  bool rest;
  int64_t n = !THType_isFloating((THType)r_->type) ? steps(xmin, xmax, step, &rest) + 1
                                                   : (int64_t)((xmax.d - xmin.d) / step.d) + 1;
  progression("range", r_, n, xmin, step);
}

void THAnyTensor_arange(THAnyTensor *r_, THScalar xmin, THScalar xmax, THScalar step)
{
  check_progression("arange", r_, xmin, xmax, step);
  int64_t n;
  if (THType_isFloating((THType)r_->type)) {
    n = (int64_t)ceil((xmax.d - xmin.d) / step.d);
  } else {
    bool rest;
    n = steps(xmin, xmax, step, &rest);
    n += rest;
  }
  if (n == 0) THAnyTensor_resizeNd(r_, 0, NULL, NULL);
  else progression("arange", r_, n, xmin, step);
}

static void points(const char *op, THAnyTensor *r_, THScalar a, THScalar b, int64_t n,
                   bool exponents)
{
  static void (*const fn[TH_NTYPES])(void *, int64_t, double, double, bool) =
      TH_BY_FLOAT_TYPE(points);
  TH_checkRealArithmetic(op, r_);
  THArgCheck(isfinite(a.d) && isfinite(b.d), isfinite(a.d) ? 3 : 2, "%s: bounds must be finite, got %g and %g", op, a.d,
             b.d);
  THArgCheck(n > 1 || (n == 1 && a.d == b.d), 4, "%s: invalid number of points: %lld", op,
             (long long)n);
  TH_AUTO(THAnyTensor) r = new_vector_of(r_, n);
  if (THType_onDevice((THType)r->type)) {
    TH_ON_DEVICE(r->storage->device);
    TH_device->points((THType)r->type, THAnyTensor_data(r), n, a.d, b.d, exponents);
  } else {
    fn[r->type](THAnyTensor_data(r), n, a.d, b.d, exponents);
  }
  if (r != r_) THAnyTensor_copy(r_, r);
}

void THAnyTensor_linspace(THAnyTensor *r_, THScalar a, THScalar b, int64_t n)
{
  points("linspace", r_, a, b, n, false);
}

void THAnyTensor_logspace(THAnyTensor *r_, THScalar a, THScalar b, int64_t n)
{
  points("logspace", r_, a, b, n, true);
}

/* ---- reshape, cat ---- */

void THAnyTensor_reshape(THAnyTensor *r_, THAnyTensor *t, int n, const int64_t *size)
{
  TH_checkType("reshape", r_, (THType)t->type, 1);
  TH_AUTO(THAnyTensor) apart = TH_newApart(t, r_);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  TH_AUTO(THAnyTensor) view = THAnyTensor_newWithTensor(x);
  THAnyTensor_viewNd(view, x, n, size);
  THAnyTensor_resizeAs(r_, view);
  THAnyTensor_copy(r_, view);
}

static int64_t size_or_one(const THAnyTensor *t, int d)
{
  return d < t->nDimension ? t->size[d] : 1;
}

/* s: sizes of the joined tensor; 0 dimensions when all inputs are empty. listed: they are one argument. */
static int cat_sizes(THAnyTensor *const *in, int count, bool listed, int *dim, int64_t *s)
{
  int n = 0;
  for (int k = 0; k < count; k++) n = THMax(n, in[k]->nDimension);
  if (*dim == TH_CAT_LAST) *dim = n ? n - 1 : 0;
  THArgCheck(*dim >= 0 && *dim < TH_MAX_DIMS, 4, "cat: invalid dimension %d", *dim + TH_INDEX_BASE);
  if (n == 0) return 0;
  n = THMax(n, *dim + 1);
  const THAnyTensor *first = NULL;
  for (int k = 0; k < count; k++) {
    const THAnyTensor *t = in[k];
    if (t->nDimension == 0) continue;
    if (!first) {
      first = t;
      for (int d = 0; d < n; d++) s[d] = d == *dim ? 0 : size_or_one(t, d);
    }
    for (int d = 0; d < n; d++)
      THArgCheck(d == *dim || s[d] == size_or_one(t, d), listed ? 2 : 2 + k,
                 "cat: inconsistent tensor sizes: %s and %s along dimension %d",
                 THAnyTensor_sizeDesc(first).str, THAnyTensor_sizeDesc(t).str, *dim + TH_INDEX_BASE);
    if (!TH_addSize(s[*dim], size_or_one(t, *dim), &s[*dim])) THError("cat: result is too large");
  }
  return n;
}

static void cat_into(THAnyTensor *r_, THAnyTensor *const *in, int count, int dim)
{
  TH_AUTO(THAnyTensor) part = THAnyTensor_newWithTensor(r_);
  int64_t at = 0;
  for (int k = 0; k < count; k++) {
    if (in[k]->nDimension == 0) continue;
    part->storageOffset = r_->storageOffset + at * r_->stride[dim];
    part->size[dim] = size_or_one(in[k], dim);
    at += part->size[dim];
    THAnyTensor_copy(part, in[k]);
  }
}

static void cat(THAnyTensor *r_, THAnyTensor *const *inputs, int numInputs, bool listed, int dim)
{
  bool shares = false;
  for (int k = 0; k < numInputs; k++) {
    THArgCheck(inputs[k]->type == r_->type, listed ? 2 : 2 + k,
               "cat: expected %sTensors, got a %sTensor at place %d", THType_name((THType)r_->type),
               THType_name((THType)inputs[k]->type), k + 1);
    shares = shares || r_ == inputs[k] || (r_->storage && r_->storage == inputs[k]->storage);
  }
  if (THType_onDevice((THType)r_->type)) TH_checkSameDevice("cat", r_, numInputs, inputs);
  int64_t size[TH_MAX_DIMS];
  int n = cat_sizes(inputs, numInputs, listed, &dim, size);
  if (shares) { /* build it elsewhere */
    TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd((THType)r_->type, n, size, NULL);
    if (n) cat_into(r, inputs, numInputs, dim);
    THAnyTensor_resizeAs(r_, r);
    if (n) THAnyTensor_copy(r_, r);
    return;
  }
  THAnyTensor_resizeNd(r_, n, size, NULL);
  if (n) cat_into(r_, inputs, numInputs, dim);
}

void THAnyTensor_catArray(THAnyTensor *r_, THAnyTensor *const *inputs, int numInputs, int dim)
{
  THArgCheck(numInputs > 0, 2, "cat: expected one tensor at least, got %d", numInputs);
  cat(r_, inputs, numInputs, true, dim);
}

void THAnyTensor_cat(THAnyTensor *r_, THAnyTensor *a, THAnyTensor *b, int dim)
{
  cat(r_, (THAnyTensor *[]){a, b}, 2, false, dim);
}

/* ---- diagonals ---- */

static void check_matrix(const char *op, const THAnyTensor *t, int argNumber)
{
  THArgCheck(t->nDimension == 2, argNumber, "%s: expected a matrix, got %s", op,
             THAnyTensor_sizeDesc(t).str);
}

/* Its k-th diagonal as a vector that shares t's memory; raises if there is none. */
static THAnyTensor *new_diagonal(const char *op, THAnyTensor *t, int64_t k)
{
  int64_t rows = t->size[0], columns = t->size[1];
  THArgCheck(k > -rows && k < columns, 3, "%s: %s has no diagonal %lld", op,
             THAnyTensor_sizeDesc(t).str, (long long)k);
  int64_t n = k >= 0 ? THMin(rows, columns - k) : THMin(rows + k, columns);
  int64_t stride = t->stride[0] + t->stride[1];
  int64_t offset = k >= 0 ? k * t->stride[1] : -k * t->stride[0];
  return THAnyTensor_newWithStorageNd((THType)t->type, t->storage, t->storageOffset + offset, 1, &n,
                                      &stride);
}

void THAnyTensor_diag(THAnyTensor *r_, THAnyTensor *t, int64_t k)
{
  TH_checkType("diag", r_, (THType)t->type, 1);
  THArgCheck(t->nDimension == 1 || t->nDimension == 2, 2,
             "diag: expected a matrix or a vector, got %s", THAnyTensor_sizeDesc(t).str);
  TH_AUTO(THAnyTensor) x = TH_newApart(t, r_);
  if (t->nDimension == 2) {
    TH_AUTO(THAnyTensor) diagonal = new_diagonal("diag", x, k);
    THAnyTensor_resizeAs(r_, diagonal);
    THAnyTensor_copy(r_, diagonal);
    return;
  }
  THArgCheck(k > -INT32_MAX && k < INT32_MAX, 3, "diag: diagonal %lld out of range", (long long)k);
  int64_t n = x->size[0] + (k < 0 ? -k : k);
  THAnyTensor_zeros(r_, 2, (int64_t[]){n, n});
  TH_AUTO(THAnyTensor) diagonal = new_diagonal("diag", r_, k);
  THAnyTensor_copy(diagonal, x);
}

void THAnyTensor_eye(THAnyTensor *r_, int64_t n, int64_t m)
{
  THArgCheck(n > 0, 2, "eye: the number of rows must be positive, got %lld", (long long)n);
  THAnyTensor_zeros(r_, 2, (int64_t[]){n, m > 0 ? m : n});
  TH_AUTO(THAnyTensor) diagonal = new_diagonal("eye", r_, 0);
  THAnyTensor_fill(diagonal, THScalar_fromInt(1));
}

/* Zeros in columns [from, to) of row i. All types have zero as zero bytes. */
static void clear_cells(THAnyTensor *r, int64_t i, int64_t from, int64_t to)
{
  size_t width = THType_size((THType)r->type);
  char *p = (char *)THAnyTensor_data(r) + (size_t)(i * r->stride[0]) * width;
  if (from >= to) return;
  if (r->stride[1] == 1) {
    memset(p + (size_t)from * width, 0, (size_t)(to - from) * width);
    return;
  }
  for (int64_t j = from; j < to; j++) memset(p + (size_t)(j * r->stride[1]) * width, 0, width);
}

static void triangle(const char *op, THAnyTensor *r_, THAnyTensor *t, int64_t k, bool lower)
{
  check_matrix(op, t, 2);
  TH_checkType(op, r_, (THType)t->type, 1);
  TH_AUTO(THAnyTensor) x = r_ == t ? THAnyTensor_newWithTensor(t) : TH_newApart(t, r_);
  THAnyTensor_resizeAs(r_, x);
  if (r_ != t) THAnyTensor_copy(r_, x);
  int64_t columns = r_->size[1];
  if (THType_onDevice((THType)t->type)) {
    TH_checkSameDevice(op, r_, 1, &t);
    TH_device->clearTriangle(r_, k, lower);
    return;
  }
  k = THMax(THMin(k, columns), -r_->size[0]);
  for (int64_t i = 0; i < r_->size[0]; i++) {
    int64_t first = THMax(0, THMin(columns, i + k + (lower ? 1 : 0)));
    if (lower) clear_cells(r_, i, first, columns);
    else clear_cells(r_, i, 0, first);
  }
}

void THAnyTensor_tril(THAnyTensor *r_, THAnyTensor *t, int64_t k)
{
  triangle("tril", r_, t, k, true);
}

void THAnyTensor_triu(THAnyTensor *r_, THAnyTensor *t, int64_t k)
{
  triangle("triu", r_, t, k, false);
}

THScalar THAnyTensor_trace(THAnyTensor *t)
{
  static THScalar (*const fn[TH_NTYPES])(const void *, int64_t, int64_t) = TH_BY_TYPE(trace);
  TH_checkArithmetic("trace", t);
  check_matrix("trace", t, 1);
  if (THType_onDevice((THType)t->type)) {
    TH_AUTO(THAnyTensor) diagonal = new_diagonal("trace", t, 0);
    return THReduce_all("trace", TH_REDUCE_sum, diagonal, THScalar_fromInt(0));
  }
  return fn[t->type](THAnyTensor_data(t), t->stride[0] + t->stride[1],
                     THMin(t->size[0], t->size[1]));
}

/* ---- pairs of tensors ---- */

static void check_same_type(const char *op, const THAnyTensor *a, const THAnyTensor *b,
                            int argNumber)
{
  TH_checkArithmetic(op, a);
  TH_checkType(op, b, (THType)a->type, argNumber);
}

/* r = x y' - x' y for components of which x' and y' are the next but one. */
static void device_cross(THAnyTensor *r_, THAnyTensor *x, THAnyTensor *y, int dim)
{
  THScalar zero = THScalar_fromInt(0), minus = THScalar_fromInt(-1);
  TH_checkSameDevice("cross", r_, 2, (THAnyTensor *[]){x, y});
  for (int d = 0; d < 3; d++) {
    const int e = (d + 1) % 3, f = (d + 2) % 3;
    TH_AUTO(THAnyTensor) r = THAnyTensor_newNarrow(r_, dim, d, 1);
    TH_AUTO(THAnyTensor) xe = THAnyTensor_newNarrow(x, dim, e, 1);
    TH_AUTO(THAnyTensor) xf = THAnyTensor_newNarrow(x, dim, f, 1);
    TH_AUTO(THAnyTensor) ye = THAnyTensor_newNarrow(y, dim, e, 1);
    TH_AUTO(THAnyTensor) yf = THAnyTensor_newNarrow(y, dim, f, 1);
    THMath_map("cross", TH_MAP_cmul, r, zero, zero, 2, (THAnyTensor *[]){xe, yf}, 0);
    THMath_map("cross", TH_MAP_addcmul, r, minus, zero, 3, (THAnyTensor *[]){r, xf, ye}, 0);
  }
}

void THAnyTensor_cross(THAnyTensor *r_, THAnyTensor *a, THAnyTensor *b, int dim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(cross);
  check_same_type("cross", a, b, 3);
  TH_checkType("cross", r_, (THType)a->type, 1);
  THArgCheck(THAnyTensor_isSameSizeAs(a, b), 3, "cross: inconsistent tensor size, %s and %s",
             THAnyTensor_sizeDesc(a).str, THAnyTensor_sizeDesc(b).str);
  for (int d = 0; d < a->nDimension && dim < 0; d++)
    if (a->size[d] == 3) dim = d;
  THArgCheck(dim >= 0, 4, "cross: no dimension of size 3 in %s", THAnyTensor_sizeDesc(a).str);
  TH_checkDim("cross", a, dim, 4);
  THArgCheck(a->size[dim] == 3, 4, "cross: dimension %d of %s does not have size 3",
             dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(a).str);
  TH_AUTO(THAnyTensor) x = TH_newApart(a, r_);
  TH_AUTO(THAnyTensor) y = TH_newApart(b, r_);
  THAnyTensor_resizeAs(r_, x);
  if (THType_onDevice((THType)x->type)) device_cross(r_, x, y, dim);
  else THLanes_blocks(3, (THAnyTensor *[]){r_, x, y}, dim, fn[x->type], NULL, 0);
}

static int device_equal(THAnyTensor *a, THAnyTensor *b)
{
  TH_AUTO(THAnyTensor) same = THAnyTensor_new(THType_beside(TH_BYTE, (THType)a->type));
  THScalar zero = THScalar_fromInt(0);
  THMath_compare("equal", TH_COMPARE_eqTensor, same, zero, zero, 2, (THAnyTensor *[]){a, b}, 0x21);
  return THReduce_all("equal", TH_REDUCE_logicalall, same, zero).i != 0;
}

/* Of types without arithmetic: by way of one that has the same numbers. */
static int equal_as(THType type, THAnyTensor *a_, THAnyTensor *b_)
{
  TH_AUTO(THAnyTensor) a = THAnyTensor_newWithSizeNd(type, a_->nDimension, a_->size, NULL);
  TH_AUTO(THAnyTensor) b = THAnyTensor_newWithSizeNd(type, b_->nDimension, b_->size, NULL);
  THAnyTensor_copy(a, a_);
  THAnyTensor_copy(b, b_);
  return THAnyTensor_equal(a, b);
}

int THAnyTensor_equal(THAnyTensor *a_, THAnyTensor *b_)
{
  static bool (*const fn[TH_NTYPES])(const void *, const void *, int64_t) = TH_BY_TYPE(equal);
  THType type = (THType)a_->type;
  TH_checkType("equal", b_, type, 2);
  if (!THAnyTensor_isSameSizeAs(a_, b_)) return 0;
  if (THType_onDevice(type)) return device_equal(a_, b_);
  if (!fn[type]) return equal_as(THType_isFloating(type) ? TH_FLOAT : TH_BYTE, a_, b_);
  TH_AUTO(THAnyTensor) a = THAnyTensor_newContiguous(a_);
  TH_AUTO(THAnyTensor) b = THAnyTensor_newContiguous(b_);
  int64_t n = THAnyTensor_nElement(a);
  size_t width = THType_size((THType)a->type);
  const char *p = THAnyTensor_data(a), *q = THAnyTensor_data(b);
  for (int64_t i = 0; i < n; i += CHUNK) /* stops at the first chunk that differs */
    if (!fn[a->type](p + (size_t)i * width, q + (size_t)i * width, THMin(CHUNK, n - i))) return 0;
  return 1;
}

typedef struct Match {
  void (*fn)(void *, const void *, const void *, int64_t, int64_t, THScalar);
  char *to;
  const char *from, *all;
  size_t width;
  int64_t n2, d;
  THScalar gain;
} Match;

static void match_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Match *m = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    m->fn(m->to + (size_t)(i * m->n2) * m->width, m->from + (size_t)(i * m->d) * m->width, m->all,
          m->n2, m->d, m->gain);
}

void THAnyTensor_match(THAnyTensor *r_, THAnyTensor *m1, THAnyTensor *m2, THScalar gain)
{
  static void (*const fn[TH_NTYPES])(void *, const void *, const void *, int64_t, int64_t,
                                     THScalar) = TH_BY_TYPE(match);
  check_same_type("match", m1, m2, 3);
  TH_checkType("match", r_, (THType)m1->type, 1);
  int64_t n1 = m1->nDimension ? m1->size[0] : 0, n2 = m2->nDimension ? m2->size[0] : 0;
  THArgCheck(n1 && n2 && THAnyTensor_nElement(m1) / n1 == THAnyTensor_nElement(m2) / n2, 3,
             "match: m1 and m2 must have the same inner vector dim, got %s and %s",
             THAnyTensor_sizeDesc(m1).str, THAnyTensor_sizeDesc(m2).str);
  int64_t d = THAnyTensor_nElement(m1) / n1;
  TH_AUTO(THAnyTensor) a = THAnyTensor_newContiguous(m1);
  TH_AUTO(THAnyTensor) b = THAnyTensor_newContiguous(m2);
  TH_AUTO(THAnyTensor)
  r = THAnyTensor_newWithSizeNd((THType)m1->type, 2, (int64_t[]){n1, n2}, NULL);
  if (THType_onDevice((THType)m1->type)) {
    TH_checkSameDevice("match", r_, 2, (THAnyTensor *[]){m1, m2});
    TH_device->match((THType)r->type, THAnyTensor_data(r), THAnyTensor_data(a), THAnyTensor_data(b), n1, n2, d, gain);
    THAnyTensor_resizeAs(r_, r);
    THAnyTensor_copy(r_, r);
    return;
  }
  TH_parallel(n1, TH_pieceFor(n1, (double)n2 * (double)d), match_piece,
              &(Match){fn[m1->type], THAnyTensor_data(r), THAnyTensor_data(a), THAnyTensor_data(b),
                       THType_size((THType)m1->type), n2, d, gain});
  THAnyTensor_resizeAs(r_, r);
  THAnyTensor_copy(r_, r);
}

/* ---- histograms ---- */

static void (*const count_bins[TH_NTYPES])(int64_t *, const void *, int64_t, int64_t, double,
                                           double) = TH_BY_FLOAT_TYPE(count_bins);

/* The extremes of t, kept apart where they are equal. */
static void find_limits(const char *op, THAnyTensor *t, double *min, double *max)
{
  THArgCheck(t->nDimension > 0, 2, "%s: empty tensor needs min and max", op);
  *min = THReduce_all(op, TH_REDUCE_min, t, THScalar_fromInt(0)).d;
  *max = THReduce_all(op, TH_REDUCE_max, t, THScalar_fromInt(0)).d;
  if (*min != *max) return;
  double apart = THMax(1, fabs(*min) * 1e-6);
  *min -= apart;
  *max += apart;
}

static void bin_limits(const char *op, THAnyTensor *t, double *min, double *max)
{
  bool given = *min != *max;
  if (!given) find_limits(op, t, min, max);
  THArgCheck(isfinite(*min) && isfinite(*max), !given ? 2 : isfinite(*min) ? 5 : 4,
             "%s: the limits %g and %g are not finite", op, *min, *max);
  THArgCheck(*min < *max, 5, "%s: max %g is below min %g", op, *max, *min);
  if (THType_element((THType)t->type) != TH_DOUBLE)
    THArgCheck((float)*min < (float)*max && isfinite((float)*min) && isfinite((float)*max), 5,
               "%s: the limits %.9g and %.9g are not two different Floats", op, *min, *max);
}

typedef struct Histogram {
  THType type;
  int64_t *counts, n, nbins;
  const char *data;
  double min, max;
} Histogram;

static void histogram_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Histogram *h = arg;
  size_t row = (size_t)h->n * THType_size(h->type);
  (void)worker;
  for (int64_t i = first; i < last; i++)
    count_bins[h->type](h->counts + i * h->nbins, h->data + (size_t)i * row, h->n, h->nbins, h->min,
                        h->max);
}

/* One row of counts for each of `rows` equal parts of t. */
static void histogram(const char *op, THAnyTensor *r_, THAnyTensor *t, int dims, int64_t rows,
                      int64_t nbins, double min, double max)
{
  TH_checkRealArithmetic(op, t);
  TH_checkType(op, r_, (THType)t->type, 1);
  THArgCheck(nbins > 0, 3, "%s: the number of bins must be positive, got %lld", op,
             (long long)nbins);
  bin_limits(op, t, &min, &max);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(t);
  TH_AUTO(THAnyTensor)
  count = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, (THType)t->type), 2, (int64_t[]){rows, nbins}, NULL);
  THAnyTensor_fill(count, THScalar_fromInt(0));
  int64_t n = THAnyTensor_nElement(x) / rows;
  if (THType_onDevice((THType)x->type)) {
    TH_checkSameDevice(op, r_, 1, &t);
    TH_device->histogram((THType)x->type, THAnyTensor_data(x), rows, n, nbins, min, max, THAnyTensor_data(count));
  } else {
    TH_parallel(rows, TH_pieceFor(rows, (double)n), histogram_piece,
                &(Histogram){(THType)x->type, THAnyTensor_data(count), n, nbins, THAnyTensor_data(x), min, max});
  }
  THAnyTensor_resizeNd(r_, dims, (int64_t[]){rows, nbins} + (2 - dims), NULL);
  THAnyTensor_copy(r_, count);
}

void THAnyTensor_histc(THAnyTensor *r_, THAnyTensor *t, int64_t nbins, THScalar min, THScalar max)
{
  histogram("histc", r_, t, 1, 1, nbins, min.d, max.d);
}

void THAnyTensor_bhistc(THAnyTensor *r_, THAnyTensor *t, int64_t nbins, THScalar min, THScalar max)
{
  THArgCheck(t->nDimension == 1 || t->nDimension == 2, 2,
             "bhistc: expected a matrix or a vector, got %s", THAnyTensor_sizeDesc(t).str);
  histogram("bhistc", r_, t, 2, t->nDimension == 2 ? t->size[0] : 1, nbins, min.d, max.d);
}
