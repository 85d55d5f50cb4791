#include "THTensorLapack.h"
#include "THLapack.h"
#include "THLapackCall.h"
#include "blas/THFactor.h"
#include "blas/gemm/product.h"
#include "core/THDevice.h"
#include "plan/THPointwise.h"
#include "plan/THReduce.h"
#include <math.h>

typedef THLapackCall Call;

enum { DIVIDED = 48 }; /* rows from which eigenvectors are found by divide and conquer */

#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#define TH_GENERIC_FILE "ops/generic/THTensorLapack.c"
#include "core/THGenerate.h"

static void (*const solve[TH_NTYPES])(const Call *, int *) = TH_BY_FLOAT_TYPE(solve);
static void (*const other_triangle[TH_NTYPES])(void *, int64_t, char,
                                               bool) = TH_BY_FLOAT_TYPE(other_triangle);

/* ---- checks ---- */

#define CHECK_TYPES(op, a, ...)                                                                    \
  TH_checkAlike(op, "FloatTensors or DoubleTensors", is_solved((THType)(a)->type),                  \
                sizeof((THAnyTensor *[]){a, __VA_ARGS__}) / sizeof(THAnyTensor *),                 \
                (THAnyTensor *[]){a, __VA_ARGS__})
static bool is_solved(THType type) { return THType_element(type) == TH_FLOAT || THType_element(type) == TH_DOUBLE; }

static void check_matrix(const char *op, const char *name, const THAnyTensor *a, int arg)
{
  THArgCheck(a->nDimension == 2, arg, "%s: %s should be 2 dimensional, got %s", op, name,
             THAnyTensor_sizeDesc(a).str);
  THArgCheck(a->size[0] <= INT32_MAX && a->size[1] <= INT32_MAX, arg, "%s: %s is too large", op,
             name);
}

static void check_square(const char *op, const THAnyTensor *a, int arg)
{
  check_matrix(op, "A", a, arg);
  THArgCheck(a->size[0] == a->size[1], arg, "%s: A should be square, but is %lldx%lld", op,
             (long long)a->size[0], (long long)a->size[1]);
}

/* b may be a vector. */
static void check_right_side(const char *op, const THAnyTensor *a, const THAnyTensor *b, int arg)
{
  THArgCheck(b->nDimension == 1 || b->nDimension == 2, arg,
             "%s: B should be 1 or 2 dimensional, got %s", op, THAnyTensor_sizeDesc(b).str);
  THArgCheck(a->size[0] == b->size[0], arg,
             "%s: A,B size incompatible - A has %lld rows, B has %lld", op, (long long)a->size[0],
             (long long)b->size[0]);
  THArgCheck(b->nDimension == 1 || b->size[1] <= INT32_MAX, arg, "%s: B is too large", op);
}

/* ---- matrices in and out ---- */

static THAnyTensor *new_matrix(THType type, int64_t rows, int64_t cols)
{
  return THAnyTensor_newWithSizeNd(type, 2, (int64_t[]){rows, cols}, (int64_t[]){1, rows});
}

/* Column-major copy of src with `rows` rows, at least those of src; a vector is a column. */
static THAnyTensor *new_copy(THAnyTensor *src, int64_t rows)
{
  int64_t cols = src->nDimension == 2 ? src->size[1] : 1;
  TH_AUTO(THAnyTensor) r = new_matrix((THType)src->type, rows, cols);
  TH_AUTO(THAnyTensor) top = THAnyTensor_newNarrow(r, 0, 0, src->size[0]);
  THAnyTensor_copy(top, src);
  return TH_RELEASE(r);
}

/* r_ becomes r; one without elements, whose storage nobody else has, takes r's unless that has more than r, or came
   from the other side. */
static void publish(THAnyTensor *r_, THAnyTensor *r)
{
  const bool fresh = r_->type == r->type && r_->nDimension == 0 && (!r_->storage || (r_->storage->size == 0 && r_->storage->refcount == 1));
  if (fresh && r->storage && r->storage->size == THAnyTensor_nElement(r)) {
    THAnyTensor_set(r_, r);
    return;
  }
  THAnyTensor_resizeNd(r_, r->nDimension, r->size, r->stride);
  THAnyTensor_copy(r_, r);
}

/* ---- calls ---- */

static void *elements(THAnyTensor *t) { return t ? THAnyTensor_data(t) : NULL; }

/* Runs c on the CPU, with a workspace of the size that it asks for when lwork is -1. */
static int run_here(const Call *c_, THType type)
{
  static int (*const needed[TH_NTYPES])(const void *) = TH_BY_FLOAT_TYPE(needed);
  Call c = *c_;
  int info = 0;
  c.a = elements(c.A), c.b = elements(c.B), c.x = elements(c.X), c.y = elements(c.Y);
  if (c.lwork != -1) {
    solve[type](&c, &info);
    return info;
  }
  double answer[2] = {0};
  c.work = answer;
  solve[type](&c, &info);
  if (info) return info;
  c.lwork = THMax(1, needed[type](answer));
  TH_AUTO_MEM void *work = THAlloc((ptrdiff_t)((size_t)c.lwork * THType_size(type)));
  c.work = work;
  solve[type](&c, &info);
  return info;
}

/* The same tensor on the CPU, strides included; NULL for NULL. */
static THAnyTensor *new_twin(THAnyTensor *t)
{
  if (!t) return NULL;
  THAnyTensor *r =
    THAnyTensor_newWithSizeNd(THType_element((THType)t->type), t->nDimension, t->size, t->stride);
  THAnyTensor_copy(r, t);
  return r;
}
static void return_twin(THAnyTensor *t, THAnyTensor *twin)
{
  if (t) THAnyTensor_copy(t, twin);
}

/* Matrices of a GPU come to the CPU and go back when its library has no such routine. */
static int run_for_device(const Call *c, THType type)
{
  TH_AUTO(THAnyTensor) A = new_twin(c->A);
  TH_AUTO(THAnyTensor) B = new_twin(c->B);
  TH_AUTO(THAnyTensor) X = new_twin(c->X);
  TH_AUTO(THAnyTensor) Y = new_twin(c->Y);
  Call here = *c;
  here.A = A, here.B = B, here.X = X, here.Y = Y;
  int info = run_here(&here, THType_element(type));
  return_twin(c->A, A);
  return_twin(c->B, B);
  return_twin(c->X, X);
  return_twin(c->Y, Y);
  return info;
}

static int run(const Call *c_, THType type)
{
  int info = 0;
  Call c = *c_;
  if (!THType_onDevice(type)) return run_here(c_, type);
  c.a = elements(c.A), c.b = elements(c.B), c.x = elements(c.X), c.y = elements(c.Y);
  return TH_device->lapack(&c, type, &info) ? info : run_for_device(c_, type);
}

/* Zeroes the triangle of a (square, column-major) that is not `uplo`, or makes it the mirror image. */
static void fill_other_triangle(THAnyTensor *a, char uplo, bool mirror)
{
  const bool upper = uplo == 'U';
  if (!THType_onDevice((THType)a->type)) {
    other_triangle[a->type](THAnyTensor_data(a), a->size[0], uplo, mirror);
    return;
  }
  TH_device->clearTriangle(a, 0, !upper);
  if (!mirror) return;
  TH_AUTO(THAnyTensor) image = THAnyTensor_newClone(a);
  THAnyTensor_transpose(image, NULL, 0, 1);
  TH_device->clearTriangle(image, upper ? -1 : 1, upper);
  THMath_map("copyUpLoTriangle", TH_MAP_cadd, a, THScalar_fromInt(1), THScalar_fromInt(0), 2,
             (THAnyTensor *[]){a, image}, 0);
}

static bool is_finite(THAnyTensor *a)
{
  static bool (*const finite[TH_NTYPES])(const void *, int64_t) = TH_BY_FLOAT_TYPE(finite);
  const THScalar zero = THScalar_fromInt(0);
  if (!THType_onDevice((THType)a->type)) return finite[a->type](THAnyTensor_data(a), THAnyTensor_nElement(a));
  TH_AUTO(THAnyTensor) zeros = THAnyTensor_new((THType)a->type);
  THMath_map("isFinite", TH_MAP_mul, zeros, zero, zero, 1, &a, 0); /* of an infinity: NaN */
  return THReduce_all("isFinite", TH_REDUCE_sum, zeros, zero).d == 0;
}

/* Eigenvalues and singular values are found by iterations that need not end on NaN or infinities.
   All results are NaN then, as the NaNs of the direct methods spread. False when a is finite. */
static bool spread_nan(THAnyTensor *a, int n, THAnyTensor *const *r)
{
  if (is_finite(a)) return false;
  for (int k = 0; k < n; k++)
    if (r[k]) THAnyTensor_fill(r[k], THScalar_fromDouble(NAN));
  return true;
}

static void check_info(const char *op, int info)
{
  if (info < 0) THError("Lapack Error in %s : Illegal Argument %d", op, -info);
}

static int int_dim(const THAnyTensor *t, int d) { return (int)t->size[d]; }

/* Solves for right sides b_ by a routine that takes a square a_; `c` has what is its own. What it makes of a_ goes to
   ra_, unless that is NULL. singular: the matrix of whose diagonal it finds a zero, as its error ends. */
static void solve_square(const char *op, Call c, THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, int bArg,
                         THAnyTensor *a_, const char *singular)
{
  check_square(op, a_, bArg + 1);
  check_right_side(op, a_, b_, bArg);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) b = new_copy(b_, b_->size[0]);
  c.n = c.lda = c.ldb = int_dim(a, 0);
  c.k = int_dim(b, 1);
  c.A = a;
  c.B = b;
  int info = run(&c, (THType)a->type);
  check_info(op, info);
  if (info > 0) THError("Lapack Error in %s : %c(%d,%d) is zero, singular %s", op, singular[0], info, info, singular);
  if (ra_) publish(ra_, a);
  publish(rb_, b);
}

void THAnyTensor_gesv(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_)
{
  if (!a_) a_ = ra_;
  if (!b_) b_ = rb_;
  CHECK_TYPES("gesv", rb_, ra_, b_, a_);
  check_square("gesv", a_, 4);
  TH_AUTO_MEM int *pivot = THAlloc((ptrdiff_t)((size_t)a_->size[0] * sizeof *pivot));
  solve_square("gesv", (Call){.routine = GESV, .pivot = pivot}, rb_, ra_, b_, 3, a_, "U.");
}

void THAnyTensor_trtrs(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_,
                       const char *uplo, const char *trans, const char *diag)
{
  if (!a_) a_ = ra_;
  if (!b_) b_ = rb_;
  CHECK_TYPES("trtrs", rb_, ra_, b_, a_);
  solve_square("trtrs", (Call){.routine = TRTRS, .uplo = uplo[0], .trans = trans[0], .diag = diag[0]}, rb_, ra_, b_, 3,
               a_, "A");
}

void THAnyTensor_gels(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_)
{
  if (!a_) a_ = ra_;
  if (!b_) b_ = rb_;
  CHECK_TYPES("gels", rb_, ra_, b_, a_);
  check_matrix("gels", "A", a_, 4);
  check_right_side("gels", a_, b_, 3);
  int m = int_dim(a_, 0), n = int_dim(a_, 1), rows = THMax(m, n);
  TH_AUTO(THAnyTensor) a = new_copy(a_, m);
  TH_AUTO(THAnyTensor) b = new_copy(b_, rows);
  int info = run(&(Call){.routine = GELS,
                         .m = m,
                         .n = n,
                         .k = int_dim(b, 1),
                         .A = a,
                         .lda = m,
                         .B = b,
                         .ldb = rows,
                         .lwork = -1},
                 (THType)a->type);
  check_info("gels", info);
  if (info > 0)
    THError(
        "Lapack Error in gels : The %d-th diagonal element of the triangular factor of A is zero",
        info);
  THAnyTensor_narrow(b, NULL, 0, 0, n);
  publish(ra_, a);
  publish(rb_, b);
}

void THAnyTensor_syev(THAnyTensor *re_, THAnyTensor *rv_, THAnyTensor *a_, const char *jobz,
                      const char *uplo)
{
  if (!a_) a_ = rv_;
  CHECK_TYPES("syev", re_, rv_, a_);
  check_square("syev", a_, 3);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) e = THAnyTensor_newWithSizeNd((THType)a->type, 1, a->size, NULL);
  int n = int_dim(a, 0);
  TH_AUTO_MEM int *places = THAlloc((ptrdiff_t)((3 + 5 * (size_t)n) * sizeof(int)));
  fill_other_triangle(a, uplo[0], true); /* a NaN there does not count */
  const Call call = {.routine = SYEV,
                     .job = jobz[0],
                     .uplo = uplo[0],
                     .n = n,
                     .A = a,
                     .lda = n,
                     .B = e,
                     .pivot = places,
                     .lwork = -1};
  int info = spread_nan(a, 2, (THAnyTensor *[]){a, e}) ? 0 : run(&call, (THType)a->type);
  check_info("syev", info);
  if (info > 0)
    THError("Lapack Error in syev : %d off-diagonal elements didn't converge to zero", info);
  publish(rv_, a);
  publish(re_, e);
}

void THAnyTensor_geev(THAnyTensor *re_, THAnyTensor *rv_, THAnyTensor *a_, const char *jobvr)
{
  CHECK_TYPES("geev", re_, rv_, a_);
  check_square("geev", a_, 3);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) e = new_matrix((THType)a->type, a->size[0], 2);
  TH_AUTO(THAnyTensor)
  v = jobvr[0] == 'V' ? new_matrix((THType)a->type, a->size[0], a->size[0]) : NULL;
  int n = int_dim(a, 0);
  TH_AUTO(THAnyTensor) real_part = THAnyTensor_newSelect(e, 1, 0);
  TH_AUTO(THAnyTensor) imaginary_part = THAnyTensor_newSelect(e, 1, 1);
  const Call call = {.routine = GEEV,
                     .job = jobvr[0],
                     .n = n,
                     .A = a,
                     .lda = n,
                     .B = real_part,
                     .X = imaginary_part,
                     .Y = v,
                     .ldb = v ? n : 1,
                     .lwork = -1};
  int info = spread_nan(a, 2, (THAnyTensor *[]){e, v}) ? 0 : run(&call, (THType)a->type);
  check_info("geev", info);
  if (info > 0)
    THError("Lapack Error in geev : %d off-diagonal elements didn't converge to zero", info);
  if (v) publish(rv_, v);
  THAnyTensor_resizeNd(re_, 2, e->size, NULL); /* rows of (re, im) */
  THAnyTensor_copy(re_, e);
}

void THAnyTensor_gesvd(THAnyTensor *ru_, THAnyTensor *rs_, THAnyTensor *rv_, THAnyTensor *a,
                       const char *jobu)
{
  TH_AUTO(THAnyTensor) rest = THAnyTensor_new((THType)a->type);
  THAnyTensor_gesvd2(ru_, rs_, rv_, rest, a, jobu);
}

void THAnyTensor_gesvd2(THAnyTensor *ru_, THAnyTensor *rs_, THAnyTensor *rv_, THAnyTensor *ra_,
                        THAnyTensor *a_, const char *jobu)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES("gesvd", ru_, rs_, rv_, ra_, a_);
  check_matrix("gesvd", "A", a_, 4);
  THType type = (THType)a_->type;
  int64_t m = a_->size[0], n = a_->size[1], k = THMin(m, n);
  bool all = jobu[0] == 'A';
  TH_AUTO(THAnyTensor) a = new_copy(a_, m);
  TH_AUTO(THAnyTensor) u = new_matrix(type, m, all ? m : k);
  TH_AUTO(THAnyTensor) s = THAnyTensor_newWithSizeNd(type, 1, &k, NULL);
  TH_AUTO(THAnyTensor) vt = new_matrix(type, all ? n : k, n);
  TH_AUTO_MEM int *places = THAlloc((ptrdiff_t)(8 * (size_t)THMax(k, 1) * sizeof(int)));
  const Call call = {.routine = GESVD,
                     .job = jobu[0],
                     .m = (int)m,
                     .n = (int)n,
                     .A = a,
                     .lda = (int)m,
                     .B = s,
                     .X = u,
                     .Y = vt,
                     .ldb = int_dim(vt, 0),
                     .pivot = places,
                     .lwork = -1};
  int info = spread_nan(a, 3, (THAnyTensor *[]){u, s, vt}) ? 0 : run(&call, type);
  check_info("gesvd", info);
  if (info > 0) THError("Lapack Error in gesvd : %d superdiagonals failed to converge.", info);
  THAnyTensor_transpose(vt, NULL, 0, 1);
  publish(ru_, u);
  publish(rs_, s);
  publish(rv_, vt);
  publish(ra_, a);
}

void THAnyTensor_getri(THAnyTensor *ra_, THAnyTensor *a_)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES("inverse", ra_, a_);
  check_square("inverse", a_, 2);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  int n = int_dim(a, 0);
  TH_AUTO_MEM int *pivot = THAlloc((ptrdiff_t)((size_t)n * sizeof *pivot));
  Call call = {.routine = GETRF, .n = n, .A = a, .lda = n, .pivot = pivot};
  int info = run(&call, (THType)a->type);
  check_info("getrf", info);
  if (info > 0) THError("Lapack Error getrf : U(%d,%d) is 0, U is singular", info, info);
  call.routine = GETRI;
  call.lwork = -1;
  info = run(&call, (THType)a->type);
  check_info("getri", info);
  if (info > 0) THError("Lapack Error getri : U(%d,%d) is 0, U is singular", info, info);
  publish(ra_, a);
}

/* POTRF, after which the other triangle is 0, or POTRI, after which it is the mirror image. */
static void cholesky(const char *op, int routine, THAnyTensor *ra_, THAnyTensor *a_, const char *uplo)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES(op, ra_, a_);
  check_square(op, a_, 2);
  int n = int_dim(a_, 0);
  const bool rows = a_->stride[0] == 1 || a_->stride[1] == 1;
  const bool half = routine == POTRF && rows && !THType_onDevice((THType)a_->type) && THProduct_possible();
  TH_AUTO(THAnyTensor) a = half ? new_matrix((THType)a_->type, n, n) : new_copy(a_, n);
  if (half) THFactor_half(a->type == TH_DOUBLE, uplo[0] == 'U', n, elements(a_), a_->stride[0], a_->stride[1], elements(a));
  int info =
      run(&(Call){.routine = routine, .uplo = uplo[0], .n = n, .A = a, .lda = n}, (THType)a->type);
  check_info(op, info);
  if (info > 0 && routine == POTRF)
    THError("Lapack Error in %s : the leading minor of order %d is not positive definite", op, info);
  if (info > 0) THError("Lapack Error in %s : A(%d,%d) is 0, A cannot be factorized", op, info, info);
  if (!half) fill_other_triangle(a, uplo[0], routine == POTRI);
  publish(ra_, a);
}

void THAnyTensor_potrf(THAnyTensor *ra_, THAnyTensor *a, const char *uplo) { cholesky("potrf", POTRF, ra_, a, uplo); }
void THAnyTensor_potri(THAnyTensor *ra_, THAnyTensor *a, const char *uplo) { cholesky("potri", POTRI, ra_, a, uplo); }

void THAnyTensor_potrs(THAnyTensor *rb_, THAnyTensor *b_, THAnyTensor *a_, const char *uplo)
{
  if (!b_) b_ = rb_;
  CHECK_TYPES("potrs", rb_, b_, a_);
  solve_square("potrs", (Call){.routine = POTRS, .uplo = uplo[0]}, rb_, NULL, b_, 2, a_, "A");
}

void THAnyTensor_pstrf(THAnyTensor *ra_, THAnyTensor *rpiv_, THAnyTensor *a_, const char *uplo,
                       THScalar tol)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES("pstrf", ra_, a_);
  THArgCheck(rpiv_->type == (int)THType_beside(TH_INT, (THType)a_->type), 2, "pstrf: IntTensor expected for the pivots");
  check_square("pstrf", a_, 3);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) pivot = THAnyTensor_newWithSizeNd(TH_INT, 1, a->size, NULL);
  int n = int_dim(a, 0);
  TH_AUTO_MEM void *work = THAlloc((ptrdiff_t)((size_t)n * 2 * THType_size((THType)a->type)));
  int info = run(&(Call){.routine = PSTRF,
                         .uplo = uplo[0],
                         .n = n,
                         .A = a,
                         .lda = n,
                         .pivot = THAnyTensor_data(pivot),
                         .tol = tol.d,
                         .work = work},
                 (THType)a->type);
  check_info("pstrf", info);
  if (info > 0)
    THError("Lapack Error in pstrf : matrix is rank deficient or not positive semidefinite");
  fill_other_triangle(a, uplo[0], false);
  publish(ra_, a);
  publish(rpiv_, pivot);
}

static void fill_triangle(const char *op, THAnyTensor *a_, const char *uplo, bool mirror)
{
  CHECK_TYPES(op, a_);
  check_square(op, a_, 1);
  THArgCheck(uplo[0] == 'U' || uplo[0] == 'L', 2, "%s: the triangle is 'U' or 'L'", op);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  other_triangle[a->type](THAnyTensor_data(a), a->size[0], uplo[0], mirror);
  THAnyTensor_copy(a_, a);
}
void THAnyTensor_clearUpLoTriangle(THAnyTensor *a, const char *uplo)
{
  fill_triangle("clearUpLoTriangle", a, uplo, false);
}
void THAnyTensor_copyUpLoTriangle(THAnyTensor *a, const char *uplo)
{
  fill_triangle("copyUpLoTriangle", a, uplo, true);
}

/* ---- QR ---- */

/* a becomes the Householder form; the tau are returned, owned by the caller. */
static THAnyTensor *new_householder(THAnyTensor *a)
{
  int m = int_dim(a, 0), n = int_dim(a, 1);
  int64_t k = THMin(m, n);
  TH_AUTO(THAnyTensor) tau = THAnyTensor_newWithSizeNd((THType)a->type, 1, &k, NULL);
  int info = run(&(Call){.routine = GEQRF,
                         .m = m,
                         .n = n,
                         .A = a,
                         .lda = m,
                         .B = tau,
                         .lwork = -1},
                 (THType)a->type);
  check_info("geqrf", info);
  if (info > 0) THError("Lapack Error in geqrf : unknown Lapack error. info = %i", info);
  return TH_RELEASE(tau);
}

/* The first k columns of a (column-major, m rows) become those of Q. */
static void form_q(THAnyTensor *a, int cols, THAnyTensor *tau)
{
  int m = int_dim(a, 0);
  int info = run(&(Call){.routine = ORGQR,
                         .m = m,
                         .n = cols,
                         .k = int_dim(tau, 0),
                         .A = a,
                         .lda = m,
                         .B = tau,
                         .lwork = -1},
                 (THType)a->type);
  check_info("orgqr", info);
}

void THAnyTensor_geqrf(THAnyTensor *ra_, THAnyTensor *rtau_, THAnyTensor *a_)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES("geqrf", ra_, rtau_, a_);
  check_matrix("geqrf", "A", a_, 3);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) tau = new_householder(a);
  publish(ra_, a);
  publish(rtau_, tau);
}

/* The upper triangle of a in as many rows as r has. */
static void copy_upper(THAnyTensor *r, THAnyTensor *a)
{
  static void (*const upper[TH_NTYPES])(void *, const void *, int64_t, int64_t, int64_t) =
      TH_BY_FLOAT_TYPE(upper);
  if (!THType_onDevice((THType)a->type)) {
    upper[a->type](THAnyTensor_data(r), THAnyTensor_data(a), a->size[0], r->size[0], r->size[1]);
    return;
  }
  TH_AUTO(THAnyTensor) top = THAnyTensor_newNarrow(a, 0, 0, r->size[0]);
  THAnyTensor_copy(r, top);
  TH_device->clearTriangle(r, 0, false);
}

void THAnyTensor_qr(THAnyTensor *rq_, THAnyTensor *rr_, THAnyTensor *a_)
{
  CHECK_TYPES("qr", rq_, rr_, a_);
  check_matrix("qr", "A", a_, 3);
  int64_t m = a_->size[0], n = a_->size[1], k = THMin(m, n);
  TH_AUTO(THAnyTensor) a = new_copy(a_, m);
  TH_AUTO(THAnyTensor) tau = new_householder(a);
  TH_AUTO(THAnyTensor) r = new_matrix((THType)a->type, k, n);
  copy_upper(r, a);
  form_q(a, (int)k, tau);
  THAnyTensor_narrow(a, NULL, 1, 0, k);
  publish(rq_, a);
  publish(rr_, r);
}

/* tau holds the factors of at most that many columns of a; a contiguous copy, owned. */
static THAnyTensor *new_tau(const char *op, THAnyTensor *a, THAnyTensor *tau, int arg)
{
  THArgCheck(tau->nDimension == 1 && tau->size[0] <= THMin(a->size[0], a->size[1]), arg,
             "%s: tau is %s, expected a vector of at most %lld", op, THAnyTensor_sizeDesc(tau).str,
             (long long)THMin(a->size[0], a->size[1]));
  return THAnyTensor_newClone(tau);
}

void THAnyTensor_orgqr(THAnyTensor *ra_, THAnyTensor *a_, THAnyTensor *tau_)
{
  if (!a_) a_ = ra_;
  CHECK_TYPES("orgqr", ra_, a_, tau_);
  check_matrix("orgqr", "A", a_, 2);
  TH_AUTO(THAnyTensor) tau = new_tau("orgqr", a_, tau_, 3);
  int64_t k = THMin(a_->size[0], a_->size[1]);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  form_q(a, (int)k, tau);
  THAnyTensor_narrow(a, NULL, 1, 0, k);
  publish(ra_, a);
}

void THAnyTensor_ormqr(THAnyTensor *ra_, THAnyTensor *a_, THAnyTensor *tau_, THAnyTensor *c_,
                       const char *side, const char *trans)
{
  CHECK_TYPES("ormqr", ra_, a_, tau_, c_);
  check_matrix("ormqr", "A", a_, 2);
  check_matrix("ormqr", "C", c_, 4);
  int inner = side[0] == 'L' ? 0 : 1;
  THArgCheck(a_->size[0] == c_->size[inner], 4, "ormqr: Q has %lld rows, C is %s",
             (long long)a_->size[0], THAnyTensor_sizeDesc(c_).str);
  TH_AUTO(THAnyTensor) tau = new_tau("ormqr", a_, tau_, 3);
  TH_AUTO(THAnyTensor) a = new_copy(a_, a_->size[0]);
  TH_AUTO(THAnyTensor) c = new_copy(c_, c_->size[0]);
  int info = run(&(Call){.routine = ORMQR,
                         .job = side[0],
                         .trans = trans[0],
                         .m = int_dim(c, 0),
                         .n = int_dim(c, 1),
                         .k = int_dim(tau, 0),
                         .A = a,
                         .lda = int_dim(a, 0),
                         .B = tau,
                         .X = c,
                         .lwork = -1},
                 (THType)a->type);
  check_info("ormqr", info);
  publish(ra_, c);
}
