#include <inttypes.h>
#include "THTensorBlas.h"
#include "blas/THBlasTable.h"
#include "core/THDevice.h"
#include "THBlas.h"
#include "plan/THPointwise.h"
#include "plan/THPlan.h"
#include "blas/gemm/product.h"

/* One product of column-major matrices, its operands still to be named. When the result is stored
   by rows the factors change places: c' = b' a'. */
typedef struct Gemm {
  char ta, tb;
  bool swapped;
  int64_t m, n, k, lda, ldb, ldc;
  THScalar alpha;
  THType type;
} Gemm;

/* An outer product, rows of r in the outer loop. */
typedef struct Ger {
  THType type;
  void *r, *x, *y;
  int64_t n, incx, incy, incr, rowr;
  THScalar alpha, beta;
} Ger;

/* Elements of a piece of a dot product: few large pieces, in pairs, so that each of two threads meets the same half call
   after call. */
static int64_t dot_piece(int64_t n)
{
  enum { LEAST = 1 << 16, WANTED = 50000 };
  if (n < LEAST) return n;
  const int64_t pieces = THMin(THMax(n / (2 * WANTED), 1) * 2, TH_MAX_PIECES);
  return (n + pieces - 1) / pieces;
}

#define TH_GENERIC_FILE "ops/generic/THTensorBlas.c"
#include "core/THGenerate.h"

static const THScalar ZERO = {0, 0}, ONE = {1, 1};

/* ---- operands ---- */

static bool has_products(THType type) { return (int)type < TH_NMATH || THType_onDevice(type); }

#define CHECK_TYPES(op, t, ...)                                                                    \
  TH_checkAlike(op, "tensors of one arithmetic type", has_products((THType)(t)->type),              \
                sizeof((THAnyTensor *[]){t, __VA_ARGS__}) / sizeof(THAnyTensor *),                 \
                (THAnyTensor *[]){t, __VA_ARGS__})

/* How BLAS reads the matrix of dimensions dim and dim + 1: column-major as it is ('n') or as the
   transpose of that ('t'). False: not without a copy. */
static bool blas_view(const THAnyTensor *t, int dim, char *trans, int64_t *ld)
{
  int64_t rows = t->size[dim], cols = t->size[dim + 1];
  int64_t rs = t->stride[dim], cs = t->stride[dim + 1];
  if ((rs == 1 || rows == 1) && (cols == 1 || (cs >= rows && cs <= INT32_MAX))) {
    *trans = 'n';
    *ld = cols == 1 ? rows : cs;
    return true;
  }
  if ((cs == 1 || cols == 1) && (rows == 1 || (rs >= cols && rs <= INT32_MAX))) {
    *trans = 't';
    *ld = rows == 1 ? cols : rs;
    return true;
  }
  return false;
}

/* NULL when BLAS can read t, else a contiguous copy, owned by the caller. */
static THAnyTensor *new_operand(THAnyTensor *t, int dim, char *trans, int64_t *ld)
{
  if (blas_view(t, dim, trans, ld)) return NULL;
  int64_t columns = t->size[dim + 1];
  if (columns > INT32_MAX) THError("product: a matrix with rows of %" PRId64 " elements; BLAS takes %d", columns, INT32_MAX);
  THAnyTensor *copy = THAnyTensor_newClone(t);
  *trans = 't', *ld = columns; /* of one row or column, too */
  return copy;
}

static THExtent extent(const THAnyTensor *t)
{
  size_t width = THType_size((THType)t->type);
  return THExtent_of(THAnyTensor_data(t), t->nDimension, t->size, t->stride, width, width);
}

static bool overlap(const THAnyTensor *a, const THAnyTensor *b)
{
  if (a == b) return true;
  if (!a->storage || a->storage != b->storage || !a->nDimension || !b->nDimension) return false;
  return THExtent_meet(extent(a), extent(b));
}

/* Elements of r_ share memory, as those of an expanded tensor do. */
static bool has_zero_stride(const THAnyTensor *r_)
{
  for (int d = 0; d < r_->nDimension; d++)
    if (r_->stride[d] == 0 && r_->size[d] > 1) return true;
  return false;
}

/* BLAS, or a loop of ours (dim < 0), can write r. */
static bool writable(const THAnyTensor *r, int dim)
{
  char trans;
  int64_t ld;
  return !has_zero_stride(r) && (dim < 0 || blas_view(r, dim, &trans, &ld));
}

static bool same_storage(const THAnyTensor *a, const THAnyTensor *b)
{
  return a->storage && a->storage == b->storage;
}

/* r_ can take the product of a and b where it is: once it has the size of t, it is writable and
   shares no memory with what is still to be read. */
static bool takes_product(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *a, THAnyTensor *b, int dim)
{
  if (r_ == t || THAnyTensor_isSameSizeAs(r_, t))
    return writable(r_, dim) && !overlap(r_, a) && !overlap(r_, b) && (r_ == t || !overlap(r_, t));
  return !same_storage(r_, a) && !same_storage(r_, b) && !same_storage(r_, t); /* contiguous soon */
}

/* Gets the place of the result ready: r_ itself if that takes the product (NULL is returned), else
   an owned tensor that finish() copies. It holds t unless beta is 0. */
static THAnyTensor *new_result(THAnyTensor *r_, THAnyTensor *t, THScalar beta, bool direct)
{
  if (direct && r_ == t) return NULL;
  if (direct) THAnyTensor_resizeAs(r_, t);
  TH_AUTO(THAnyTensor)
  r = direct ? NULL : THAnyTensor_newWithSizeNd((THType)t->type, t->nDimension, t->size, NULL);
  if (beta.d != 0) THAnyTensor_copy(direct ? r_ : r, t);
  return TH_RELEASE(r);
}

static void finish(THAnyTensor *r_, THAnyTensor *owned)
{
  if (!owned) return;
  THAnyTensor_resizeAs(r_, owned);
  THAnyTensor_copy(r_, owned);
}

/* ---- kernels of our own: no copies of operands, whatever their steps ---- */

static bool has_own(const THAnyTensor *r, THScalar alpha, int64_t k)
{
  const bool floating = r->type == TH_FLOAT || r->type == TH_DOUBLE;
  return floating && alpha.d != 0 && k > 0 && THProduct_possible();
}

/* As new_result, but the product reads t where it is. */
static THAnyTensor *new_own_result(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *a, THAnyTensor *b)
{
  if (!takes_product(r_, t, a, b, -1)) return THAnyTensor_newWithSizeNd((THType)t->type, t->nDimension, t->size, NULL);
  if (r_ != t) THAnyTensor_resizeAs(r_, t);
  return NULL;
}

/* Of the matrices of dimensions dim and dim + 1. */
static THProduct own_product(THAnyTensor *r, int dim, THScalar beta, THAnyTensor *t, THScalar alpha, THAnyTensor *a,
                             THAnyTensor *b)
{
  return (THProduct){r->type == TH_DOUBLE, r->size[dim], r->size[dim + 1], a->size[dim + 1], THAnyTensor_data(a),
                     THAnyTensor_data(b), THAnyTensor_data(r), THAnyTensor_data(t), a->stride[dim], a->stride[dim + 1],
                     b->stride[dim], b->stride[dim + 1], r->stride[dim], r->stride[dim + 1], t->stride[dim],
                     t->stride[dim + 1], alpha.d, beta.d};
}

static void own_addmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha, THAnyTensor *a, THAnyTensor *b)
{
  TH_AUTO(THAnyTensor) r = new_own_result(r_, t, a, b);
  THProduct p = own_product(r ? r : r_, 0, beta, t, alpha, a, b);
  THProduct_run(&p);
  finish(r_, r);
}

/* Each element of a matrix is read once: one without elements in a row is better copied, as is such a vector. */
static void own_addmv(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha, THAnyTensor *mat_, THAnyTensor *vec)
{
  const bool run = vec->stride[0] == 1 || vec->size[0] == 1, rows = mat_->stride[0] == 1 || mat_->stride[1] == 1;
  TH_AUTO(THAnyTensor) x = run ? NULL : THAnyTensor_newClone(vec);
  TH_AUTO(THAnyTensor) copy = rows ? NULL : THAnyTensor_newClone(mat_);
  THAnyTensor *mat = rows ? mat_ : copy;
  TH_AUTO(THAnyTensor) r = new_own_result(r_, t, mat, vec);
  THAnyTensor *y = r ? r : r_;
  THProduct p = {y->type == TH_DOUBLE, mat->size[0], 1, mat->size[1], THAnyTensor_data(mat), THAnyTensor_data(run ? vec : x),
                 THAnyTensor_data(y), THAnyTensor_data(t), mat->stride[0], mat->stride[1], 1, 1, y->stride[0], 1,
                 t->stride[0], 1, alpha.d, beta.d};
  THProduct_run(&p);
  finish(r_, r);
}

static void own_baddbmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha, THAnyTensor *a, THAnyTensor *b)
{
  TH_AUTO(THAnyTensor) r_owned = new_own_result(r_, t, a, b);
  THAnyTensor *r = r_owned ? r_owned : r_;
  THProduct p = own_product(r, 1, beta, t, alpha, a, b);
  THProduct_runBatch(&p, r->size[0], a->stride[0], b->stride[0], r->stride[0], t->stride[0]);
  finish(r_, r_owned);
}

/* For the plain products: an empty result gets its size, another must have it. */
static void size_result(const char *op, THAnyTensor *r_, int n, const int64_t *size)
{
  if (r_->nDimension == 0) THAnyTensor_resizeNd(r_, n, size, NULL);
  bool same = r_->nDimension == n;
  for (int d = 0; same && d < n; d++) same = r_->size[d] == size[d];
  THArgCheck(same, 1, "%s: size mismatch, result: %s, expected %s", op, THAnyTensor_sizeDesc(r_).str,
             _THSizeDesc(size, n).str);
}

/* ---- dot ---- */

/* Stride of t as one run of elements in row-major order; false when it is none. */
static bool single_run(const THAnyTensor *t, int64_t *stride)
{
  *stride = 1;
  if (t->nDimension == 1) *stride = t->size[0] == 1 ? 1 : t->stride[0];
  return t->nDimension == 1 ? *stride > 0 : THAnyTensor_isContiguous(t);
}

THScalar THAnyTensor_dot(THAnyTensor *x_, THAnyTensor *y_)
{
  static THScalar (*const dot[TH_NTYPES])(int64_t, void *, int64_t, void *, int64_t) =
      TH_BY_TYPE(dot);
  CHECK_TYPES("dot", x_, y_);
  int64_t n = THAnyTensor_nElement(x_), incx, incy;
  THArgCheck(n == THAnyTensor_nElement(y_), 2,
             "dot: inconsistent tensor size, expected %s and %s to have the same number of elements",
             THAnyTensor_sizeDesc(x_).str, THAnyTensor_sizeDesc(y_).str);
  if (n == 0) return ZERO;
  bool x_run = single_run(x_, &incx), y_run = single_run(y_, &incy);
  TH_AUTO(THAnyTensor) x_copy = x_run ? NULL : THAnyTensor_newClone(x_);
  TH_AUTO(THAnyTensor) y_copy = y_run ? NULL : THAnyTensor_newClone(y_);
  void *x = THAnyTensor_data(x_run ? x_ : x_copy), *y = THAnyTensor_data(y_run ? y_ : y_copy);
  if (!x_run) incx = 1;
  if (!y_run) incy = 1;
  if (THType_onDevice((THType)x_->type)) return TH_device->dot((THType)x_->type, n, x, incx, y, incy);
  return dot[x_->type](n, x, incx, y, incy);
}

/* ---- matrix and vector ---- */

/* One operand's dimensions; arg: its number in the C call. */
static void check_dims(const char *op, const THAnyTensor *t, int n, int arg)
{
  static const char *const what[] = {"", "vector", "matrix", "batch of matrices"};
  THArgCheck(t->nDimension == n, arg, "%s: %s expected, got %s", op, what[n], THAnyTensor_sizeDesc(t).str);
}

/* The factors are arguments arg and arg + 1; t, when there is one, argument 3. */
static void check_addmv(const char *op, int arg, THAnyTensor *t, THAnyTensor *mat, THAnyTensor *vec)
{
  check_dims(op, mat, 2, arg);
  check_dims(op, vec, 1, arg + 1);
  THArgCheck(mat->size[1] == vec->size[0], arg + 1, "%s: size mismatch, matrix: %s, vector: %s", op,
             THAnyTensor_sizeDesc(mat).str, THAnyTensor_sizeDesc(vec).str);
  if (!t) return;
  check_dims(op, t, 1, 3);
  THArgCheck(t->size[0] == mat->size[0], 3, "%s: size mismatch, t: %s, matrix: %s", op, THAnyTensor_sizeDesc(t).str,
             THAnyTensor_sizeDesc(mat).str);
}

/* A product of matrices: the vector, and the result, are matrices of one column, whose elements are
   the first of each row. 't' reads a row of one element each, ld apart. */
static void device_gemv(THAnyTensor *r, THScalar beta, THScalar alpha, THAnyTensor *mat, char trans,
                        int64_t ld, THAnyTensor *vec, int64_t incx)
{
  int64_t m = mat->size[0], k = mat->size[1], incr = r->size[0] == 1 ? 1 : r->stride[0];
  THDeviceGemm g = {.batch = 1, .k = k, .alpha = alpha, .beta = beta};
  THType type = (THType)r->type;
  void *a = THAnyTensor_data(mat), *x = THAnyTensor_data(vec), *y = THAnyTensor_data(r);
  /* column-major r' (1 x m, ld incr) = x' (1 x k, ld incx) A' */
  g.ta = 'n', g.tb = trans == 'n' ? 't' : 'n';
  g.m = 1, g.n = m, g.lda = incx, g.ldb = ld, g.ldc = incr;
  TH_device->gemm("addmv", type, &g, x, a, y);
}

static void gemv(THAnyTensor *r, THScalar beta, THScalar alpha, THAnyTensor *mat_,
                 THAnyTensor *vec_)
{
  static void (*const gemv_[TH_NTYPES])(char, int64_t, int64_t, THScalar, void *, int64_t, void *,
                                        int64_t, THScalar, void *, int64_t) = TH_BY_TYPE(gemv);
  char trans;
  int64_t ld, incx;
  TH_AUTO(THAnyTensor) mat_copy = new_operand(mat_, 0, &trans, &ld);
  THAnyTensor *mat = mat_copy ? mat_copy : mat_;
  bool run = single_run(vec_, &incx);
  TH_AUTO(THAnyTensor) vec = run ? NULL : THAnyTensor_newClone(vec_);
  int64_t m = mat->size[trans == 't'], n = mat->size[trans == 'n'];
  if (THType_onDevice((THType)r->type)) {
    device_gemv(r, beta, alpha, mat, trans, ld, run ? vec_ : vec, run ? incx : 1);
    return;
  }
  gemv_[r->type](trans, m, n, alpha, THAnyTensor_data(mat), ld, THAnyTensor_data(run ? vec_ : vec),
                 run ? incx : 1, beta, THAnyTensor_data(r), r->size[0] == 1 ? 1 : r->stride[0]);
}

void THAnyTensor_addmv(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                       THAnyTensor *mat, THAnyTensor *vec)
{
  CHECK_TYPES("addmv", r_, t, mat, vec);
  check_addmv("addmv", 5, t, mat, vec);
  if (has_own(r_, alpha, mat->size[1])) {
    own_addmv(r_, beta, t, alpha, mat, vec);
    return;
  }
  TH_AUTO(THAnyTensor) r = new_result(r_, t, beta, takes_product(r_, t, mat, vec, -1));
  gemv(r ? r : r_, beta, alpha, mat, vec);
  finish(r_, r);
}

void THAnyTensor_mv(THAnyTensor *r_, THAnyTensor *mat, THAnyTensor *vec)
{
  CHECK_TYPES("mv", r_, mat, vec);
  check_addmv("mv", 2, NULL, mat, vec);
  size_result("mv", r_, 1, mat->size);
  THAnyTensor_addmv(r_, ZERO, r_, ONE, mat, vec);
}

/* ---- outer product ---- */

static void check_addr(const char *op, int arg, THAnyTensor *t, THAnyTensor *vec1, THAnyTensor *vec2)
{
  check_dims(op, vec1, 1, arg);
  check_dims(op, vec2, 1, arg + 1);
  if (!t) return;
  check_dims(op, t, 2, 3);
  THArgCheck(t->size[0] == vec1->size[0] && t->size[1] == vec2->size[0], 3,
             "%s: size mismatch, t: %s, vectors: %s, %s", op, THAnyTensor_sizeDesc(t).str,
             THAnyTensor_sizeDesc(vec1).str, THAnyTensor_sizeDesc(vec2).str);
}

/* A product of a column and a row: r is column-major, or its transpose is. */
static void device_ger(THAnyTensor *r, THScalar beta, THScalar alpha, THAnyTensor *x_, THAnyTensor *y_)
{
  int64_t incx, incy;
  bool x_run = single_run(x_, &incx), y_run = single_run(y_, &incy);
  TH_AUTO(THAnyTensor) x_copy = x_run ? NULL : THAnyTensor_newClone(x_);
  TH_AUTO(THAnyTensor) y_copy = y_run ? NULL : THAnyTensor_newClone(y_);
  THAnyTensor *x = x_run ? x_ : x_copy, *y = y_run ? y_ : y_copy;
  if (!x_run) incx = 1;
  if (!y_run) incy = 1;
  char trans = 'n';
  THDeviceGemm g = {.ta = 't', .tb = 'n', .m = r->size[0], .n = r->size[1], .k = 1, .lda = incx,
                    .ldb = incy, .batch = 1, .alpha = alpha, .beta = beta};
  blas_view(r, 0, &trans, &g.ldc);
  if (trans == 't')
    g.m = r->size[1], g.n = r->size[0], g.lda = incy, g.ldb = incx;
  TH_device->gemm("addr", (THType)r->type, &g, THAnyTensor_data(trans == 't' ? y : x),
                  THAnyTensor_data(trans == 't' ? x : y), THAnyTensor_data(r));
}

static void ger_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  static void (*const rows[TH_NTYPES])(const Ger *, int64_t, int64_t) = TH_BY_TYPE(ger);
  const Ger *g = arg;
  (void)worker;
  rows[g->type](g, first, last);
}

static void ger(THAnyTensor *r, THScalar beta, THScalar alpha, THAnyTensor *x, THAnyTensor *y)
{
  if (alpha.d == 0) { /* x and y do not count, NaN or not */
    if (beta.d == 0) THAnyTensor_fill(r, ZERO);
    else THMath_map("addr", TH_MAP_mul, r, beta, ZERO, 1, &r, 0);
    return;
  }
  if (THType_onDevice((THType)r->type)) {
    device_ger(r, beta, alpha, x, y);
    return;
  }
  int row = r->stride[0] < r->stride[1] && r->size[0] > 1; /* dimension of the outer loop */
  if (row) {
    THAnyTensor *x_ = x;
    x = y;
    y = x_;
  }
  Ger g = {.type = (THType)r->type,
           .r = THAnyTensor_data(r),
           .x = THAnyTensor_data(x),
           .y = THAnyTensor_data(y),
           .n = r->size[1 - row],
           .incx = x->stride[0],
           .incy = y->stride[0],
           .incr = r->stride[1 - row],
           .rowr = r->stride[row],
           .alpha = alpha,
           .beta = beta};
  int64_t rows = r->size[row];
  TH_parallel(rows, TH_pieceFor(rows, (double)g.n), ger_piece, &g);
}

void THAnyTensor_addr(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                      THAnyTensor *vec1, THAnyTensor *vec2)
{
  CHECK_TYPES("addr", r_, t, vec1, vec2);
  check_addr("addr", 5, t, vec1, vec2);
  int dim = THType_onDevice((THType)r_->type) ? 0 : -1;
  TH_AUTO(THAnyTensor) r = new_result(r_, t, beta, takes_product(r_, t, vec1, vec2, dim));
  ger(r ? r : r_, beta, alpha, vec1, vec2);
  finish(r_, r);
}

void THAnyTensor_ger(THAnyTensor *r_, THAnyTensor *vec1, THAnyTensor *vec2)
{
  CHECK_TYPES("ger", r_, vec1, vec2);
  check_addr("ger", 2, NULL, vec1, vec2);
  size_result("ger", r_, 2, (int64_t[]){vec1->size[0], vec2->size[0]});
  THAnyTensor_addr(r_, ZERO, r_, ONE, vec1, vec2);
}

/* ---- matrix and matrix ---- */

typedef void (*GemmFn)(const Gemm *g, void *a, void *b, THScalar beta, void *c);
static const GemmFn gemm_fn[TH_NTYPES] = TH_BY_TYPE(gemm);

/* sa, sb, sc: elements between the matrices of a batch. */
static void device_gemm(const Gemm *g, int64_t batch, int64_t sa, int64_t sb, int64_t sc, char *a,
                        char *b, THScalar beta, char *c)
{
  THDeviceGemm d = {g->ta, g->tb, g->m, g->n, g->k, g->lda, g->ldb, g->ldc,
                    batch, sa,    sb,   sc,   g->alpha, beta};
  TH_device->gemm("gemm", g->type, &d, a, b, c);
}

static void gemm_run(const Gemm *g, char *a, char *b, THScalar beta, char *c)
{
  if (g->swapped) {
    char *t = a;
    a = b;
    b = t;
  }
  if (THType_onDevice(g->type)) device_gemm(g, 1, 0, 0, 0, a, b, beta, c);
  else gemm_fn[g->type](g, a, b, beta, c);
}

/* r must have a view that BLAS can write. */
static Gemm gemm_plan(const THAnyTensor *r, int dim, char ta, int64_t lda, char tb, int64_t ldb,
                      int64_t k, THScalar alpha)
{
  THType type = (THType)r->type;
  Gemm g = {ta, tb, false, r->size[dim], r->size[dim + 1], k, lda, ldb, 0, alpha, type};
  char tc = 'n';
  blas_view(r, dim, &tc, &g.ldc);
  if (tc == 't') {
    g = (Gemm){tb == 'n' ? 't' : 'n', ta == 'n' ? 't' : 'n', true, g.n, g.m, k, ldb, lda, g.ldc, alpha,
               type};
  }
  return g;
}

static void check_addmm(const char *op, int arg, THAnyTensor *t, THAnyTensor *m1, THAnyTensor *m2)
{
  check_dims(op, m1, 2, arg);
  check_dims(op, m2, 2, arg + 1);
  THArgCheck(m1->size[1] == m2->size[0], arg + 1, "%s: size mismatch, m1: %s, m2: %s; m1 needs as many columns as m2 has rows", op,
             THAnyTensor_sizeDesc(m1).str, THAnyTensor_sizeDesc(m2).str);
  if (!t) return;
  check_dims(op, t, 2, 3);
  THArgCheck(t->size[0] == m1->size[0] && t->size[1] == m2->size[1], 3, "%s: size mismatch, t: %s, m1: %s, m2: %s", op,
             THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(m1).str, THAnyTensor_sizeDesc(m2).str);
}

void THAnyTensor_addmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                       THAnyTensor *m1, THAnyTensor *m2)
{
  CHECK_TYPES("addmm", r_, t, m1, m2);
  check_addmm("addmm", 5, t, m1, m2);
  if (has_own(r_, alpha, m1->size[1])) {
    own_addmm(r_, beta, t, alpha, m1, m2);
    return;
  }
  char ta, tb;
  int64_t lda, ldb;
  TH_AUTO(THAnyTensor) a_copy = new_operand(m1, 0, &ta, &lda);
  TH_AUTO(THAnyTensor) b_copy = new_operand(m2, 0, &tb, &ldb);
  THAnyTensor *a = a_copy ? a_copy : m1, *b = b_copy ? b_copy : m2;
  TH_AUTO(THAnyTensor) r_owned = new_result(r_, t, beta, takes_product(r_, t, a, b, 0));
  THAnyTensor *r = r_owned ? r_owned : r_;
  Gemm g = gemm_plan(r, 0, ta, lda, tb, ldb, a->size[1], alpha);
  gemm_run(&g, THAnyTensor_data(a), THAnyTensor_data(b), beta, THAnyTensor_data(r));
  finish(r_, r_owned);
}

void THAnyTensor_mm(THAnyTensor *r_, THAnyTensor *m1, THAnyTensor *m2)
{
  CHECK_TYPES("mm", r_, m1, m2);
  check_addmm("mm", 2, NULL, m1, m2);
  size_result("mm", r_, 2, (int64_t[]){m1->size[0], m2->size[1]});
  THAnyTensor_addmm(r_, ZERO, r_, ONE, m1, m2);
}

/* ---- batches ---- */

/* b1 is argument number arg. */
static void check_batches(const char *op, int arg, THAnyTensor *t, THAnyTensor *b1, THAnyTensor *b2,
                          bool summed)
{
  check_dims(op, b1, 3, arg);
  check_dims(op, b2, 3, arg + 1);
  THArgCheck(b1->size[0] == b2->size[0], arg + 1,
             "%s: equal number of batches expected, got %lld, %lld", op, (long long)b1->size[0],
             (long long)b2->size[0]);
  THArgCheck(b1->size[2] == b2->size[1], arg + 1,
             "%s: wrong matrix size, batch1: %lldx%lld, batch2: %lldx%lld", op,
             (long long)b1->size[1], (long long)b1->size[2], (long long)b2->size[1],
             (long long)b2->size[2]);
  if (!t) return;
  int64_t want[3] = {b1->size[0], b1->size[1], b2->size[2]};
  int n = summed ? 2 : 3;
  bool same = t->nDimension == n;
  for (int d = 0; same && d < n; d++) same = t->size[d] == want[d + 3 - n];
  THArgCheck(same, 3, "%s: size mismatch, t: %s, expected %s", op, THAnyTensor_sizeDesc(t).str,
             _THSizeDesc(want + 3 - n, n).str);
}

static char *slice(const THAnyTensor *t, int64_t i)
{
  return (char *)THAnyTensor_data(t) + i * t->stride[0] * (int64_t)THType_size((THType)t->type);
}

void THAnyTensor_addbmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                        THAnyTensor *b1, THAnyTensor *b2)
{
  CHECK_TYPES("addbmm", r_, t, b1, b2);
  check_batches("addbmm", 5, t, b1, b2, true);
  char ta, tb;
  int64_t lda, ldb;
  TH_AUTO(THAnyTensor) a_copy = new_operand(b1, 1, &ta, &lda);
  TH_AUTO(THAnyTensor) b_copy = new_operand(b2, 1, &tb, &ldb);
  THAnyTensor *a = a_copy ? a_copy : b1, *b = b_copy ? b_copy : b2;
  TH_AUTO(THAnyTensor) r_owned = new_result(r_, t, beta, takes_product(r_, t, a, b, 0));
  THAnyTensor *r = r_owned ? r_owned : r_;
  Gemm g = gemm_plan(r, 0, ta, lda, tb, ldb, a->size[2], alpha);
  for (int64_t i = 0; i < a->size[0]; i++)
    gemm_run(&g, slice(a, i), slice(b, i), i ? ONE : beta, THAnyTensor_data(r));
  finish(r_, r_owned);
}

/* Up to this many multiplications a product is left to one thread: others take the next ones. */
enum { GEMM_ALONE = 1 << 24 };

typedef struct Batch {
  const Gemm *g;
  THAnyTensor *a, *b, *r;
  THScalar beta;
} Batch;

static void batch_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Batch *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    gemm_run(p->g, slice(p->a, i), slice(p->b, i), p->beta, slice(p->r, i));
}

static void run_batch(const Gemm *g, THAnyTensor *a, THAnyTensor *b, THScalar beta, THAnyTensor *r)
{
  int64_t batch = r->size[0], work = g->m * g->n * g->k;
  if (THType_onDevice(g->type)) {
    THAnyTensor *x = g->swapped ? b : a, *y = g->swapped ? a : b;
    device_gemm(g, batch, x->stride[0], y->stride[0], r->stride[0], THAnyTensor_data(x),
                THAnyTensor_data(y), beta, THAnyTensor_data(r));
    return;
  }
  Batch p = {g, a, b, r, beta};
  if (work > GEMM_ALONE) batch_piece(&p, 0, batch, 0);
  else TH_parallel(batch, TH_pieceFor(batch, (double)work / 16), batch_piece, &p);
}

void THAnyTensor_baddbmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                         THAnyTensor *b1, THAnyTensor *b2)
{
  CHECK_TYPES("baddbmm", r_, t, b1, b2);
  check_batches("baddbmm", 5, t, b1, b2, false);
  if (has_own(r_, alpha, b1->size[2])) {
    own_baddbmm(r_, beta, t, alpha, b1, b2);
    return;
  }
  char ta, tb;
  int64_t lda, ldb;
  TH_AUTO(THAnyTensor) a_copy = new_operand(b1, 1, &ta, &lda);
  TH_AUTO(THAnyTensor) b_copy = new_operand(b2, 1, &tb, &ldb);
  THAnyTensor *a = a_copy ? a_copy : b1, *b = b_copy ? b_copy : b2;
  TH_AUTO(THAnyTensor) r_owned = new_result(r_, t, beta, takes_product(r_, t, a, b, 1));
  THAnyTensor *r = r_owned ? r_owned : r_;
  Gemm g = gemm_plan(r, 1, ta, lda, tb, ldb, a->size[2], alpha);
  run_batch(&g, a, b, beta, r);
  finish(r_, r_owned);
}

void THAnyTensor_bmm(THAnyTensor *r_, THAnyTensor *b1, THAnyTensor *b2)
{
  CHECK_TYPES("bmm", r_, b1, b2);
  check_batches("bmm", 2, NULL, b1, b2, false);
  size_result("bmm", r_, 3, (int64_t[]){b1->size[0], b1->size[1], b2->size[2]});
  THAnyTensor_baddbmm(r_, ZERO, r_, ONE, b1, b2);
}
