#include "th_test.h"
#include "THTensorBlas.h"
#include "THTensorConv.h"
#include "THTensorLapack.h"
#include "THBlas.h"

static THScalar S(double v) { return THScalar_fromDouble(v); }
static double at2(THAnyTensor *t, int64_t i, int64_t j)
{
  return THAnyTensor_get(t, 2, (int64_t[]){i, j}).d;
}
static THAnyTensor *make(THType type, int layout, int n, int64_t a, int64_t b, int64_t c)
{
  THAnyTensor *t = th_layout(type, layout, n, (int64_t[]){a, b, c});
  th_fill(t, type == TH_BYTE ? 0 : -3, 7);
  return t;
}

/* Every type, every layout of the three operands, sizes around the blocks of the kernels; small
   integers, so that all types are exact. */
static void one_addmm(THType type, const int *layout, int64_t m, int64_t k, int64_t n, double beta, double alpha)
{
  THAnyTensor *a = make(type, layout[0], 2, m, k, 0), *b = make(type, layout[1], 2, k, n, 0),
              *r = make(type, layout[2], 2, m, n, 0), *t = THAnyTensor_newClone(r);
  THAnyTensor_addmm(r, S(beta), r, S(alpha), a, b);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      double want = beta * at2(t, i, j);
      for (int64_t q = 0; q < k; q++) want += alpha * at2(a, i, q) * at2(b, q, j);
      if (type == TH_BYTE) want = (unsigned char)(int)want;
      if (type == TH_CHAR) want = (signed char)(int)want;
      ck_assert_double_eq(at2(r, i, j), want);
    }
  THAnyTensor_free(a);
  THAnyTensor_free(b);
  THAnyTensor_free(r);
  THAnyTensor_free(t);
}
START_TEST(addmm)
{
  static const int64_t sizes[][3] = {{1, 1, 1}, {2, 3, 4}, {1, 5, 3}, {5, 1, 2}, {4, 3, 1}, {17, 33, 9}, {130, 35, 66}};
  for (int type = 0; type < TH_NMATH; type++)
    for (int l = 0; l < TH_LAYOUTS * TH_LAYOUTS * TH_LAYOUTS; l++) {
      int layout[3] = {l % TH_LAYOUTS, l / TH_LAYOUTS % TH_LAYOUTS, l / TH_LAYOUTS / TH_LAYOUTS};
      for (int s = 0; s < (l % 9 ? 5 : 7); s++)
        one_addmm((THType)type, layout, sizes[s][0], sizes[s][1], sizes[s][2], s % 3, 1 + s % 2);
    }
}
END_TEST

START_TEST(addmv_and_addr)
{
  for (int type = 0; type < TH_NMATH; type++)
    for (int l = 0; l < TH_LAYOUTS * TH_LAYOUTS; l++) {
      int la = l % TH_LAYOUTS, lb = l / TH_LAYOUTS;
      int64_t m = 7, n = 5;
      THAnyTensor *a = make((THType)type, la, 2, m, n, 0), *x = make((THType)type, lb, 1, n, 0, 0),
                  *y = make((THType)type, lb, 1, m, 0, 0), *y0 = THAnyTensor_newClone(y), *a0 = THAnyTensor_newClone(a);
      THAnyTensor_addmv(y, S(2), y, S(1), a, x);
      for (int64_t i = 0; i < m; i++) {
        double want = 2 * th_get(y0, i);
        for (int64_t j = 0; j < n; j++) want += at2(a, i, j) * th_get(x, j);
        if (type == TH_BYTE) want = (unsigned char)(int)want;
        ck_assert_double_eq(th_get(y, i), want);
      }
      THAnyTensor_addr(a, S(3), a, S(2), y0, x);
      for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
          double want = 3 * at2(a0, i, j) + 2 * th_get(y0, i) * th_get(x, j);
          ck_assert_double_eq(at2(a, i, j), want);
        }
      THAnyTensor *all[] = {a, x, y, y0, a0};
      for (int i = 0; i < 5; i++) THAnyTensor_free(all[i]);
    }
}
END_TEST

/* Batches against their single products, also when they run in several threads. */
START_TEST(batches)
{
  for (int threads = 1; threads <= 7; threads += 3)
    for (int type = TH_INT; type < TH_NMATH; type++)
      for (int l = 0; l < TH_LAYOUTS; l++) {
        THSetNumThreads(threads);
        THAnyTensor *a = make((THType)type, l, 3, 40, 9, 17), *b = make((THType)type, l, 3, 40, 17, 8),
                    *r = THAnyTensor_new((THType)type), *sum = th_new((THType)type, 2, 9, 8),
                    *sum2 = th_new((THType)type, 2, 9, 8), *one = THAnyTensor_new((THType)type);
        THAnyTensor_bmm(r, a, b);
        THAnyTensor_fill(sum, S(1));
        THAnyTensor_fill(sum2, S(1));
        THAnyTensor_addbmm(sum, S(1), sum, S(1), a, b);
        for (int i = 0; i < 40; i++) {
          TH_AUTO(THAnyTensor) ai = THAnyTensor_newSelect(a, 0, i);
          TH_AUTO(THAnyTensor) bi = THAnyTensor_newSelect(b, 0, i);
          TH_AUTO(THAnyTensor) ri = THAnyTensor_newSelect(r, 0, i);
          THAnyTensor_mm(one, ai, bi);
          for (int e = 0; e < 72; e++) ck_assert_double_eq(th_get(ri, e), th_get(one, e));
          THAnyTensor_addmm(sum2, S(1), sum2, S(1), ai, bi);
        }
        for (int e = 0; e < 72; e++) ck_assert_double_eq(th_get(sum, e), th_get(sum2, e));
        THAnyTensor *all[] = {a, b, r, sum, sum2, one};
        for (int i = 0; i < 6; i++) THAnyTensor_free(all[i]);
      }
}
END_TEST

START_TEST(aliases_and_nan)
{
  THAnyTensor *a = make(TH_DOUBLE, TH_CONTIGUOUS, 2, 6, 6, 0), *a0 = THAnyTensor_newClone(a),
              *want = THAnyTensor_new(TH_DOUBLE), *r = th_new(TH_DOUBLE, 2, 6, 6);
  THAnyTensor_mm(want, a0, a0);
  THAnyTensor_mm(a, a, a); /* r is both factors */
  for (int i = 0; i < 36; i++) ck_assert_double_eq(th_get(a, i), th_get(want, i));
  THAnyTensor_copy(a, a0);
  THAnyTensor *t = THAnyTensor_newTranspose(a, 0, 1);
  THAnyTensor_mm(want, a0, a0);
  THAnyTensor_addmm(t, S(0), t, S(1), a, a); /* r is the transpose of the factors */
  for (int i = 0; i < 36; i++) ck_assert_double_eq(th_get(t, i), th_get(want, i));
  THAnyTensor_fill(r, S(NAN));
  THAnyTensor_addmm(r, S(0), r, S(1), a0, a0);
  for (int i = 0; i < 36; i++) ck_assert_double_eq(th_get(r, i), th_get(want, i));
  THAnyTensor *all[] = {a, a0, want, r, t};
  for (int i = 0; i < 5; i++) THAnyTensor_free(all[i]);
}
END_TEST

/* ---- C functions: what a factor of 0 stands before is not read ---- */

#define ZERO_FACTORS(Real, real)                                                                   \
  static void zero_factors_##Real(int64_t m, int64_t n, int64_t k, char ta, char tb, real *bad,    \
                                  real *c, real *ones)                                             \
  {                                                                                                \
    const int64_t lda = (ta == 'n' ? m : k) + 1, ldb = (tb == 'n' ? k : n) + 2, ldc = m + 3;       \
    for (int beta = 0; beta < 3; beta++) {                                                         \
      for (int64_t i = 0; i < ldc * n; i++) c[i] = beta == 0 && i % ldc < m ? (real)NAN : 1;       \
      TH##Real##Blas_gemm(ta, tb, m, n, k, 0, bad, lda, bad, ldb, (real)beta, c, ldc);             \
      for (int64_t i = 0; i < ldc * n; i++) ck_assert_double_eq(c[i], i % ldc < m ? beta : 1);     \
      TH##Real##Blas_gemm(ta, tb, m, n, 0, 1, bad, lda, bad, ldb, 2, c, ldc);                      \
      for (int64_t i = 0; i < ldc * n; i++) ck_assert_double_eq(c[i], i % ldc < m ? 2 * beta : 1); \
      const int64_t y = ta == 'n' ? m : n; /* op(A) x, x and y with steps of 2 */                  \
      for (int64_t i = 0; i < 2 * y; i++) c[i] = beta == 0 && i % 2 == 0 ? (real)NAN : 1;          \
      TH##Real##Blas_gemv(ta, m, n, 0, bad, m, bad, 2, (real)beta, c, 2);                          \
      for (int64_t i = 0; i < 2 * y; i++) ck_assert_double_eq(c[i], i % 2 ? 1 : beta);             \
    }                                                                                              \
    for (int64_t i = 0; i < ldc * n; i++) c[i] = i % ldc < m ? (real)NAN : 1;                      \
    TH##Real##Blas_gemm(ta, tb, m, n, k, 1, ones, lda, ones, ldb, 0, c, ldc);                      \
    for (int64_t i = 0; i < ldc * n; i++) ck_assert_double_eq(c[i], i % ldc < m ? k : 1);          \
    const int64_t y = ta == 'n' ? m : n;                                                           \
    for (int64_t i = 0; i < 2 * y; i++) c[i] = i % 2 ? 1 : (real)NAN;                              \
    TH##Real##Blas_gemv(ta, m, n, 1, ones, m, ones, 2, 0, c, 2);                                   \
    for (int64_t i = 0; i < 2 * y; i++) ck_assert_double_eq(c[i], i % 2 ? 1 : m + n - y);          \
    for (int64_t i = 0; i < m * n; i++) c[i] = 1;                                                  \
    TH##Real##Blas_ger(m, n, 0, bad, 1, bad, 2, c, m);                                             \
    TH##Real##Blas_axpy(m *n, 0, bad, 1, c, 1);                                                    \
    for (int64_t i = 0; i < m * n; i++) ck_assert_double_eq(c[i], 1);                              \
    for (int64_t i = 0; i < 2 * m; i++) c[i] = (real)NAN;                                          \
    TH##Real##Blas_scal(m, 0, c, 2);                                                               \
    for (int64_t i = 0; i < 2 * m; i += 2) ck_assert_double_eq(c[i], 0);                           \
  }
ZERO_FACTORS(Float, float)
ZERO_FACTORS(Double, double)

START_TEST(zero_factors)
{
  static const int64_t sizes[] = {1, 2, 5, 16, 33, 64, 100, 128, 200};
  enum { MOST = 210 * 210 };
  double *bad = THAlloc(MOST * 8), *c = THAlloc(MOST * 8), *ones = THAlloc(MOST * 8);
  float *bad_f = THAlloc(MOST * 4), *c_f = THAlloc(MOST * 4), *ones_f = THAlloc(MOST * 4);
  for (int i = 0; i < MOST; i++) bad[i] = NAN, bad_f[i] = NAN, ones[i] = 1, ones_f[i] = 1;
  for (int s = 0; s < 9; s++)
    for (int t = 0; t < 4; t++) {
      int64_t m = sizes[s], n = sizes[(s * 2 + t) % 9], k = sizes[(s + 4 * t) % 9];
      zero_factors_Float(m, n, k, t & 1 ? 't' : 'n', t & 2 ? 't' : 'n', bad_f, c_f, ones_f);
      zero_factors_Double(m, n, k, t & 1 ? 't' : 'n', t & 2 ? 't' : 'n', bad, c, ones);
    }
  void *all[] = {bad, c, ones, bad_f, c_f, ones_f};
  for (int i = 0; i < 6; i++) THFree(all[i]);
}
END_TEST

START_TEST(dots)
{
  for (int type = 0; type < TH_NMATH; type++)
    for (int l = 0; l < TH_LAYOUTS; l++) {
      THAnyTensor *x = make((THType)type, l, 2, 31, 9, 0), *y = make((THType)type, (l + 1) % TH_LAYOUTS, 2, 31, 9, 0);
      double want = 0;
      for (int i = 0; i < 31 * 9; i++) want += th_get(x, i) * th_get(y, i);
      THScalar got = THAnyTensor_dot(x, y); /* more than a Byte holds */
      ck_assert_double_eq(type >= TH_FLOAT ? got.d : (double)got.i, want);
      THAnyTensor_free(x);
      THAnyTensor_free(y);
    }
}
END_TEST

/* Integer products wrap as the type does and do not depend on the number of threads. */
START_TEST(threads_agree)
{
  THAnyTensor *a = th_new(TH_LONG, 2, 200, 150), *b = th_new(TH_LONG, 2, 150, 170), *r[2];
  for (int64_t i = 0; i < 200 * 150; i++) ((int64_t *)THAnyTensor_data(a))[i] = (int64_t)((uint64_t)th_random() << 40);
  for (int64_t i = 0; i < 150 * 170; i++) ((int64_t *)THAnyTensor_data(b))[i] = (int64_t)((uint64_t)th_random() << 20);
  for (int k = 0; k < 2; k++) {
    THSetNumThreads(k ? 7 : 1);
    r[k] = THAnyTensor_new(TH_LONG);
    THAnyTensor_mm(r[k], a, b);
  }
  ck_assert_mem_eq(THAnyTensor_data(r[0]), THAnyTensor_data(r[1]), 200 * 170 * sizeof(int64_t));
  THAnyTensor *all[] = {a, b, r[0], r[1]};
  for (int i = 0; i < 4; i++) THAnyTensor_free(all[i]);
}
END_TEST

/* ---- LAPACK: residuals ---- */

START_TEST(lapack)
{
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++)
    for (int l = 0; l < TH_LAYOUTS; l++) {
      double tol = type == TH_FLOAT ? 2e-4 : 1e-11;
      THAnyTensor *a = make((THType)type, l, 2, 9, 9, 0), *b = make((THType)type, l, 2, 9, 2, 0), *x = THAnyTensor_new((THType)type),
                  *lu = THAnyTensor_new((THType)type), *p = THAnyTensor_new((THType)type), *q = THAnyTensor_new((THType)type);
      for (int i = 0; i < 9; i++) THAnyTensor_put(a, 2, (int64_t[]){i, i}, S(20));
      THAnyTensor_gesv(x, lu, b, a);
      THAnyTensor_mm(p, a, x);
      for (int i = 0; i < 18; i++) ck_assert_double_eq_tol(th_get(p, i), th_get(b, i), tol);
      ck_assert_int_eq(x->stride[0], 1);
      THAnyTensor_getri(x, a);
      THAnyTensor_free(p), p = THAnyTensor_new((THType)type);
      THAnyTensor_mm(p, a, x);
      for (int i = 0; i < 81; i++) ck_assert_double_eq_tol(th_get(p, i), i % 10 == 0, tol);
      THAnyTensor_qr(q, x, a);
      THAnyTensor_mm(p, q, x);
      for (int i = 0; i < 81; i++) ck_assert_double_eq_tol(th_get(p, i), th_get(a, i), 20 * tol);
      THAnyTensor *all[] = {a, b, x, lu, p, q};
      for (int i = 0; i < 6; i++) THAnyTensor_free(all[i]);
    }
}
END_TEST

/* ---- refusals ---- */

static void wrong_mm(void *arg)
{
  (void)arg;
  TH_AUTO(THAnyTensor) a = make(TH_FLOAT, TH_NARROWED, 2, 2, 3, 0);
  TH_AUTO(THAnyTensor) b = make(TH_FLOAT, TH_CONTIGUOUS, 2, 2, 2, 0);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  THAnyTensor_mm(r, a, b);
}
static void wrong_dims(void *arg)
{
  (void)arg;
  TH_AUTO(THAnyTensor) a = make(TH_FLOAT, TH_CONTIGUOUS, 1, 2, 3, 0);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  THAnyTensor_mm(r, a, r);
}
static void wrong_result(void *arg)
{
  (void)arg;
  TH_AUTO(THAnyTensor) a = make(TH_FLOAT, TH_CONTIGUOUS, 2, 2, 2, 0);
  TH_AUTO(THAnyTensor) r = th_new(TH_FLOAT, 2, 3, 3);
  THAnyTensor_mm(r, a, a);
}
static void copying_mm(void *arg)
{
  (void)arg; /* all three need a copy */
  TH_AUTO(THAnyTensor) a = make(TH_FLOAT, TH_CONTIGUOUS, 3, 4, 4, 2);
  TH_AUTO(THAnyTensor) m = THAnyTensor_newSelect(a, 2, 0);
  TH_AUTO(THAnyTensor) n = THAnyTensor_newSelect(a, 2, 1);
  THAnyTensor_addmm(n, S(1), m, S(1), m, n);
}
static void singular(void *arg)
{
  TH_AUTO(THAnyTensor) a = th_new(TH_DOUBLE, 2, 3, 3);
  TH_AUTO(THAnyTensor) b = th_new(TH_DOUBLE, 2, 3, 1);
  THAnyTensor_fill(a, S(1));
  THAnyTensor_fill(b, S(1));
  if (arg) THAnyTensor_put(a, 2, (int64_t[]){0, 0}, S(5)), THAnyTensor_put(a, 2, (int64_t[]){1, 1}, S(5));
  THAnyTensor_gesv(b, a, b, a);
}
static void small_image(void *arg)
{
  (void)arg;
  TH_AUTO(THAnyTensor) t = make(TH_FLOAT, TH_TRANSPOSED, 2, 2, 5, 0);
  TH_AUTO(THAnyTensor) k = make(TH_FLOAT, TH_TRANSPOSED, 2, 3, 3, 0);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  THAnyTensor_conv2(r, t, k, "V");
}
START_TEST(refusals)
{
  th_raises(wrong_mm, NULL, "size mismatch, m1: [2 x 3], m2: [2 x 2]");
  th_raises(wrong_dims, NULL, "mm: matrix expected, got [2]");
  th_raises(wrong_result, NULL, "size mismatch, result: [3 x 3], expected [2 x 2]");
  th_raises(singular, NULL, "singular U");
  th_raises(small_image, NULL, "Input image is smaller than kernel");
  th_exhaust(copying_mm, NULL);
  th_exhaust(singular, "regular");
}
END_TEST

/* ---- convolution against its definition ---- */

static double tap(THAnyTensor *t, int64_t y, int64_t x)
{
  return y < 0 || x < 0 || y >= t->size[0] || x >= t->size[1] ? 0 : at2(t, y, x);
}
START_TEST(convolution)
{
  for (int type = 0; type < TH_NMATH; type++)
    for (int form = 0; form < 8; form++) {
      bool full = form & 1, flip = form & 2;
      int64_t s = full ? 1 : 1 + form / 4;
      THAnyTensor *t = make((THType)type, form % TH_LAYOUTS, 2, 9, 7, 0), *k = make((THType)type, 1, 2, 3, 2, 0),
                  *r = THAnyTensor_new((THType)type);
      THAnyTensor_conv2Dmul(r, S(0), S(1), t, k, s, s, full ? "F" : "V", flip ? "C" : "X");
      ck_assert_int_eq(r->size[0], full ? 11 : (9 - 3) / s + 1);
      ck_assert_int_eq(r->size[1], full ? 8 : (7 - 2) / s + 1);
      for (int64_t y = 0; y < r->size[0]; y++)
        for (int64_t x = 0; x < r->size[1]; x++) {
          double want = 0;
          for (int64_t a = 0; a < 3; a++)
            for (int64_t b = 0; b < 2; b++)
              want += tap(t, y * s + a - (full ? 2 : 0), x * s + b - (full ? 1 : 0)) *
                      (flip ? at2(k, 2 - a, 1 - b) : at2(k, a, b));
          if (type == TH_BYTE) want = (unsigned char)(int)want;
          ck_assert_double_eq(at2(r, y, x), want);
        }
      THAnyTensor_free(t);
      THAnyTensor_free(k);
      THAnyTensor_free(r);
    }
}
END_TEST

TH_MAIN("blas", addmm, addmv_and_addr, batches, aliases_and_nan, zero_factors, dots, threads_agree,
        lapack, refusals, convolution)
