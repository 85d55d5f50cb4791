/* What takes a p: norms of tensors and lanes, distances, renorm. The sums of powers are doubles.
   Where they leave a double's range though the norm itself does not, they are made once more of
   elements divided by the largest one, so that no p and no size of the elements overflows or
   vanishes. */
#include "core/THDevice.h"
#include "core/THTensorArgs.h"
#include "THTensorOps.h"
#include "plan/THPointwise.h"
#include "parallel/THParallel.h"
#include "plan/THReduce.h"
#include <float.h>
#include <math.h>

typedef double (*SliceSum)(const void *, int64_t, int64_t, int64_t, double, double);
typedef void (*SliceScale)(void *, int64_t, int64_t, int64_t, double);

#define TH_GENERIC_FILE "ops/generic/THTensorNorm.c"
#include "core/THGenerate.h"

enum { CHUNK = 16384 };

static THReduceOp norm_of(double p)
{
  return p == 0           ? TH_REDUCE_norm0
         : p == 1         ? TH_REDUCE_norm1
         : p == 2         ? TH_REDUCE_norm2
         : p == INFINITY  ? TH_REDUCE_normmax
         : p == -INFINITY ? TH_REDUCE_normmin
                          : TH_REDUCE_normp;
}

/* Such a p that what is added up are other numbers than the elements. */
static bool has_powers(double p) { return p != 0 && p != 1 && !isinf(p); }

/* A sum of powers, doubles, that lost nothing that counts. */
static bool in_range(double sum) { return sum > 1e-270 && sum <= DBL_MAX; }
/* Of Floats and Halfs the powers themselves are floats, but for squares. */
static bool is_settled(double norm, double p, THType type)
{
  double sum = p == 2 ? norm * norm : pow(norm, p);
  return in_range(sum) && (p == 2 || THType_element(type) == TH_DOUBLE || sum > 1e-20);
}

/* scale: the norm for p infinite of p's sign, that is the element that matters most. */
static double scaled_norm(THAnyTensor *x, THScalar p, double scale)
{
  if (!(scale > 0 && scale <= DBL_MAX)) return scale;
  TH_AUTO(THAnyTensor) y = THAnyTensor_new((THType)x->type);
  THMath_map("norm", TH_MAP_div, y, THScalar_fromDouble(scale), p, 1, &x, 0);
  return scale * THReduce_all("norm", norm_of(p.d), y, p).d;
}

static THReduceOp extreme_of(double p) { return p < 0 ? TH_REDUCE_normmin : TH_REDUCE_normmax; }

THScalar THAnyTensor_normall(THAnyTensor *x, THScalar p)
{
  THScalar norm = THReduce_all("norm", norm_of(p.d), x, p);
  if (!has_powers(p.d) || is_settled(norm.d, p.d, (THType)x->type) || x->nDimension == 0) return norm;
  return THScalar_fromDouble(scaled_norm(x, p, THReduce_all("norm", extreme_of(p.d), x, p).d));
}

/* ---- along a dimension ---- */

/* Its elements as doubles on the host, in row-major order. */
static THAnyTensor *new_host_doubles(THAnyTensor *t)
{
  TH_AUTO(THAnyTensor)
  local = THAnyTensor_newWithSizeNd(THType_element((THType)t->type), t->nDimension, t->size, NULL);
  THAnyTensor_copy(local, t);
  THAnyTensor *r = THAnyTensor_newWithSizeNd(TH_DOUBLE, t->nDimension, t->size, NULL);
  THAnyTensor_copy(r, local);
  return r;
}

/* Lane number `at`, counted in row-major order of the other dimensions. */
static THAnyTensor *new_lane(THAnyTensor *x, int dim, int64_t at)
{
  int64_t offset = x->storageOffset;
  for (int d = x->nDimension - 1; d >= 0; d--) {
    if (d == dim) continue;
    offset += at % x->size[d] * x->stride[d];
    at /= x->size[d];
  }
  return THAnyTensor_newWithStorageNd((THType)x->type, x->storage, offset, 1, &x->size[dim],
                                      &x->stride[dim]);
}

static bool all_settled(const double *norm, int64_t n, double p, THType type)
{
  for (int64_t i = 0; i < n; i++)
    if (!is_settled(norm[i], p, type)) return false;
  return true;
}

/* r holds the norms of x's lanes; those that are not settled are made anew. */
static void settle(THAnyTensor *r, THAnyTensor *x, int dim, THScalar p)
{
  TH_AUTO(THAnyTensor) norms = new_host_doubles(r);
  double *norm = THAnyTensor_data(norms);
  int64_t n = THAnyTensor_nElement(norms);
  THType type = (THType)x->type;
  if (all_settled(norm, n, p.d, type)) return;
  TH_AUTO(THAnyTensor) extremes = THAnyTensor_new(type);
  THReduce_dim("norm", extreme_of(p.d), extremes, x, dim, 4, 1, p);
  TH_AUTO(THAnyTensor) scales = new_host_doubles(extremes);
  const double *scale = THAnyTensor_data(scales);
  for (int64_t i = 0; i < n; i++) {
    if (is_settled(norm[i], p.d, type)) continue;
    TH_AUTO(THAnyTensor) lane = new_lane(x, dim, i);
    norm[i] = scaled_norm(lane, p, scale[i]);
  }
  if (!THType_onDevice((THType)r->type)) {
    THAnyTensor_copy(r, norms);
    return;
  }
  TH_AUTO(THAnyTensor) local = THAnyTensor_new(THType_element((THType)r->type));
  THAnyTensor_resizeAs(local, norms);
  THAnyTensor_copy(local, norms);
  THAnyTensor_copy(r, local);
}

/* Squares of Floats and Halfs fit in a double. */
static bool always_settled(THType type, double p)
{
  return !has_powers(p) || (p == 2 && THType_element(type) != TH_DOUBLE);
}

void THAnyTensor_norm(THAnyTensor *r_, THAnyTensor *x_, THScalar p, int dim, int keepdim)
{
  TH_AUTO(THAnyTensor) x = TH_newApart(x_, r_);
  THReduce_dim("norm", norm_of(p.d), r_, x, dim, 4, 1, p);
  if (!always_settled((THType)x->type, p.d)) settle(r_, x, dim, p);
  TH_dropLane(r_, dim, keepdim);
}

/* ---- distances ---- */

static THScalar norm_of_difference(THAnyTensor *a, THAnyTensor *b, THScalar p)
{
  TH_AUTO(THAnyTensor) difference = THAnyTensor_new((THType)a->type);
  THMath_map("dist", TH_MAP_csub, difference, THScalar_fromInt(1), THScalar_fromInt(0), 2,
             (THAnyTensor *[]){a, b}, 0x21);
  return THAnyTensor_normall(difference, p);
}

typedef struct Distances {
  double (*fn)(const void *, const void *, int64_t, bool);
  const char *x, *y;
  size_t width;
  int64_t n;
  bool squared;
  double *part; /* of each chunk */
} Distances;

static void distances_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Distances *d = arg;
  (void)worker;
  for (int64_t c = first; c < last; c++) {
    size_t at = (size_t)(c * CHUNK) * d->width;
    d->part[c] = d->fn(d->x + at, d->y + at, THMin(CHUNK, d->n - c * CHUNK), d->squared);
  }
}

/* For p of 1 and 2 on the CPU: without a tensor of the differences. */
static double sum_of_distances(THAnyTensor *a_, THAnyTensor *b_, bool squared)
{
  static double (*const fn[TH_NTYPES])(const void *, const void *, int64_t, bool) =
      TH_BY_FLOAT_TYPE(distances);
  int64_t n = THAnyTensor_nElement(a_), chunks = (n + CHUNK - 1) / CHUNK;
  TH_AUTO(THAnyTensor) a = THAnyTensor_newContiguous(a_);
  TH_AUTO(THAnyTensor) b = THAnyTensor_newContiguous(b_);
  TH_AUTO_MEM double *part = THAlloc((ptrdiff_t)((size_t)chunks * sizeof *part));
  TH_parallel(chunks, TH_pieceFor(chunks, CHUNK), distances_piece,
              &(Distances){fn[a->type], THAnyTensor_data(a), THAnyTensor_data(b),
                           THType_size((THType)a->type), n, squared, part});
  double sum = 0; /* in order, so that threads make no difference */
  for (int64_t c = 0; c < chunks; c++) sum += part[c];
  return sum;
}

THScalar THAnyTensor_dist(THAnyTensor *a, THAnyTensor *b, THScalar p)
{
  TH_checkRealArithmetic("dist", a);
  TH_checkType("dist", b, (THType)a->type, 2);
  THArgCheck(THAnyTensor_nElement(a) == THAnyTensor_nElement(b), 2,
             "dist: inconsistent tensor size, expected %s and %s to have the same number of "
             "elements",
             THAnyTensor_sizeDesc(a).str, THAnyTensor_sizeDesc(b).str);
  if (THType_onDevice((THType)a->type) || (p.d != 1 && p.d != 2))
    return norm_of_difference(a, b, p);
  double sum = sum_of_distances(a, b, p.d == 2);
  if (p.d == 1) return THScalar_fromDouble(sum);
  return in_range(sum) ? THScalar_fromDouble(sqrt(sum)) : norm_of_difference(a, b, p);
}

/* ---- renorm: slices of a contiguous [outer][n][inner] block, scaled in place ---- */

typedef struct Renorm {
  SliceSum sum;
  SliceScale scale;
  char *data;
  size_t width;
  int64_t outer, n, inner;
  double p, maxnorm;
} Renorm;

static double slice_norm(const Renorm *r, const char *slice)
{
  int64_t step = r->n * r->inner;
  double sum = r->sum(slice, r->outer, step, r->inner, r->p, 1), scale = 1;
  if (isinf(r->p)) return sum;
  if (has_powers(r->p) && !in_range(sum)) {
    scale = r->sum(slice, r->outer, step, r->inner, INFINITY, 1);
    if (!(scale > 0 && scale <= DBL_MAX)) return scale;
    sum = r->sum(slice, r->outer, step, r->inner, r->p, scale);
  }
  return scale * (r->p == 2 ? sqrt(sum) : pow(sum, 1 / r->p));
}

static void renorm_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Renorm *r = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    char *slice = r->data + (size_t)(i * r->inner) * r->width;
    double norm = slice_norm(r, slice);
    if (norm > r->maxnorm)
      r->scale(slice, r->outer, r->n * r->inner, r->inner, r->maxnorm / (norm + 1e-7));
  }
}

/* A new tensor of a type with t's elements, the dimension first, the others as one. */
static THAnyTensor *new_rows(THType type, THAnyTensor *t, int dim)
{
  TH_AUTO(THAnyTensor) first = THAnyTensor_newTranspose(t, 0, dim);
  TH_AUTO(THAnyTensor) all = THAnyTensor_newWithSizeNd(type, first->nDimension, first->size, NULL);
  THAnyTensor_copy(all, first);
  THAnyTensor *rows = THAnyTensor_newWithTensor(all);
  THAnyTensor_viewNd(rows, all, 2, (int64_t[]){t->size[dim], THAnyTensor_nElement(t) / t->size[dim]});
  return rows;
}

/* What slices are multiplied with, from their norms, in place. */
static void norms_to_factors(THAnyTensor *norm, double maxnorm)
{
  const THScalar zero = THScalar_fromInt(0), limit = THScalar_fromDouble(maxnorm);
  TH_AUTO(THAnyTensor) small = THAnyTensor_new(THType_beside(TH_BYTE, (THType)norm->type));
  THMath_compare("renorm", TH_COMPARE_gtValue, small, limit, zero, 1, &norm, 0);
  THMath_compare("renorm", TH_COMPARE_eqValue, small, zero, zero, 1, &small, 0); /* NaN counts as small */
  THMath_map("renorm", TH_MAP_add, norm, THScalar_fromDouble(1e-7), zero, 1, &norm, 0);
  THMath_map("renorm", TH_MAP_cinv, norm, zero, zero, 1, &norm, 0);
  THMath_map("renorm", TH_MAP_mul, norm, limit, zero, 1, &norm, 0);
  THAnyTensor_maskedFill(norm, small, THScalar_fromInt(1));
}

/* Halfs by way of Float, which holds their norms. */
static void device_renorm(THAnyTensor *r_, THAnyTensor *t, THScalar p, int dim, THScalar maxnorm)
{
  TH_checkSameDevice("renorm", r_, 1, &t);
  const THType type =
    THType_element((THType)t->type) == TH_HALF ? THType_beside(TH_FLOAT, (THType)t->type) : (THType)t->type;
  TH_AUTO(THAnyTensor) rows = new_rows(type, t, dim);
  TH_AUTO(THAnyTensor) factor = THAnyTensor_new(type);
  THAnyTensor_norm(factor, rows, p, 1, 1);
  norms_to_factors(factor, maxnorm.d);
  THMath_map("renorm", TH_MAP_cmul, rows, THScalar_fromInt(0), THScalar_fromInt(0), 2,
             (THAnyTensor *[]){rows, factor}, 0);
  TH_AUTO(THAnyTensor) first = THAnyTensor_newTranspose(t, 0, dim);
  TH_AUTO(THAnyTensor) shaped = THAnyTensor_newWithTensor(rows);
  THAnyTensor_viewNd(shaped, rows, first->nDimension, first->size);
  THAnyTensor_transpose(shaped, NULL, 0, dim);
  THAnyTensor_resizeAs(r_, shaped);
  THAnyTensor_copy(r_, shaped);
}

void THAnyTensor_renorm(THAnyTensor *r_, THAnyTensor *t, THScalar p, int dim, THScalar maxnorm)
{
  static const SliceSum sum[TH_NTYPES] = TH_BY_FLOAT_TYPE(slice_sum);
  static const SliceScale scale[TH_NTYPES] = TH_BY_FLOAT_TYPE(slice_scale);
  TH_checkRealArithmetic("renorm", t);
  TH_checkType("renorm", r_, (THType)t->type, 1);
  TH_checkDim("renorm", t, dim, 4);
  THArgCheck(p.d > 0, 3, "renorm: non-positive norm %g not supported", p.d);
  THArgCheck(maxnorm.d >= 0, 5, "renorm: maxnorm must not be negative, got %g", maxnorm.d);
  THArgCheck(t->nDimension > 1, 2, "renorm: needs at least 2 dimensions, got %s",
             THAnyTensor_sizeDesc(t).str);
  if (THType_onDevice((THType)t->type)) {
    device_renorm(r_, t, p, dim, maxnorm);
    return;
  }
  bool in_place = r_ == t && THAnyTensor_isContiguous(t);
  TH_AUTO(THAnyTensor) x = in_place ? THAnyTensor_newWithTensor(t) : THAnyTensor_newClone(t);
  int64_t n = x->size[dim], inner = 1;
  for (int d = dim + 1; d < x->nDimension; d++) inner *= x->size[d];
  int64_t outer = THAnyTensor_nElement(x) / (n * inner);
  TH_parallel(n, TH_pieceFor(n, (double)outer * (double)inner), renorm_piece,
              &(Renorm){sum[x->type], scale[x->type], THAnyTensor_data(x),
                        THType_size((THType)x->type), outer, n, inner, p.d, maxnorm.d});
  if (in_place) return;
  THAnyTensor_resizeAs(r_, x);
  THAnyTensor_copy(r_, x);
}
