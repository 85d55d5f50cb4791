/* LU of batches of matrices, and triangles, through the typed functions. */
#include "TH.h"
#include "th_test.h"

enum { BATCH = 3, N = 5 };

#define SUITE(Real, real, tol)                                                                     \
  /* A batch in one of two layouts, with a heavy diagonal. */                                      \
  static TH##Real##Tensor *Real##_batch(bool turned)                                               \
  {                                                                                                \
    TH##Real##Tensor *a = TH##Real##Tensor_newWithSize3d(BATCH, N, N);                             \
    if (turned) TH##Real##Tensor_transpose(a, NULL, 0, 2), TH##Real##Tensor_resize3d(a, N, N, BATCH), \
      TH##Real##Tensor_transpose(a, NULL, 0, 2);                                                   \
    for (int b = 0; b < BATCH; b++)                                                                \
      for (int i = 0; i < N; i++)                                                                  \
        for (int j = 0; j < N; j++)                                                                \
          TH##Real##Tensor_set3d(a, b, i, j, (real)((b * 31 + i * 7 + j * 13) % 11 - 5 + (i == j ? 30 : 0))); \
    return a;                                                                                      \
  }                                                                                                \
  /* Entry i, j of L U. */                                                                         \
  static double Real##_product(TH##Real##Tensor *lu, int b, int i, int j)                          \
  {                                                                                                \
    double sum = 0;                                                                                \
    for (int k = 0; k <= (i < j ? i : j); k++)                                                     \
      sum += (k == i ? 1 : TH##Real##Tensor_get3d(lu, b, i, k)) * TH##Real##Tensor_get3d(lu, b, k, j); \
    return sum;                                                                                    \
  }                                                                                                \
  static void Real##_factors(bool turned, int pivot)                                               \
  {                                                                                                \
    TH##Real##Tensor *a = Real##_batch(turned), *lu = TH##Real##Tensor_new();                      \
    THIntTensor *pivots = THIntTensor_new(), *info = THIntTensor_new();                            \
    if (pivot) /* a row that must be exchanged */                                                  \
      TH##Real##Tensor_set3d(a, 1, 0, 0, 0);                                                       \
    TH##Real##Tensor_btrifact(lu, pivots, info, pivot, a);                                         \
    for (int b = 0; b < BATCH; b++) {                                                              \
      int row[N];                                                                                  \
      for (int i = 0; i < N; i++) row[i] = i;                                                      \
      for (int i = 0; i < N; i++) {                                                                \
        int other = THIntTensor_get2d(pivots, b, i) - 1, kept = row[i];                            \
        row[i] = row[other], row[other] = kept;                                                    \
        ck_assert(pivot || other == i);                                                            \
      }                                                                                            \
      ck_assert_int_eq(THIntTensor_get1d(info, b), 0);                                             \
      for (int i = 0; i < N; i++)                                                                  \
        for (int j = 0; j < N; j++)                                                                \
          ck_assert_double_eq_tol(Real##_product(lu, b, i, j), TH##Real##Tensor_get3d(a, b, row[i], j), tol); \
    }                                                                                              \
    TH##Real##Tensor *x = TH##Real##Tensor_new(), *y = TH##Real##Tensor_newWithSize3d(BATCH, N, 2); \
    for (int i = 0; i < BATCH * N * 2; i++) TH##Real##Tensor_data(y)[i] = (real)(i % 7 - 3);       \
    TH##Real##Tensor *v = TH##Real##Tensor_newSelect(y, 2, 1), *xv = TH##Real##Tensor_new();       \
    TH##Real##Tensor_btrisolve(x, y, lu, pivots);                                                  \
    TH##Real##Tensor_btrisolve(xv, v, lu, pivots);                                                 \
    for (int b = 0; b < BATCH; b++)                                                                \
      for (int i = 0; i < N; i++) {                                                                \
        double got[2] = {0, 0};                                                                    \
        for (int k = 0; k < N; k++)                                                                \
          for (int c = 0; c < 2; c++)                                                              \
            got[c] += TH##Real##Tensor_get3d(a, b, i, k) * TH##Real##Tensor_get3d(x, b, k, c);     \
        for (int c = 0; c < 2; c++) ck_assert_double_eq_tol(got[c], TH##Real##Tensor_get3d(y, b, i, c), tol); \
        ck_assert_double_eq_tol(TH##Real##Tensor_get2d(xv, b, i), TH##Real##Tensor_get3d(x, b, i, 1), tol); \
      }                                                                                            \
    TH##Real##Tensor_btrifact(a, pivots, NULL, pivot, a); /* in place */                           \
    ck_assert(TH##Real##Tensor_equal(a, lu));                                                      \
    TH##Real##Tensor *all[] = {a, lu, x, y, v, xv};                                                \
    for (int i = 0; i < 6; i++) TH##Real##Tensor_free(all[i]);                                     \
    THIntTensor_free(pivots);                                                                      \
    THIntTensor_free(info);                                                                        \
  }                                                                                                \
  static void Real##_triangles(bool turned)                                                        \
  {                                                                                                \
    TH##Real##Tensor *batch = Real##_batch(turned), *a = TH##Real##Tensor_newSelect(batch, 0, 1);  \
    for (int mirror = 0; mirror < 2; mirror++)                                                     \
      for (int upper = 0; upper < 2; upper++) {                                                    \
        TH##Real##Tensor *t = TH##Real##Tensor_newClone(a);                                        \
        (mirror ? TH##Real##Tensor_copyUpLoTriangle : TH##Real##Tensor_clearUpLoTriangle)(t, upper ? "U" : "L"); \
        for (int i = 0; i < N; i++)                                                                \
          for (int j = 0; j < N; j++) {                                                            \
            bool kept = upper ? i <= j : i >= j;                                                   \
            real other = mirror ? TH##Real##Tensor_get2d(a, j, i) : 0;                             \
            ck_assert(TH##Real##Tensor_get2d(t, i, j) == (kept ? TH##Real##Tensor_get2d(a, i, j) : other)); \
          }                                                                                        \
        TH##Real##Tensor_free(t);                                                                  \
      }                                                                                            \
    TH##Real##Tensor_free(a);                                                                      \
    TH##Real##Tensor_free(batch);                                                                  \
  }
SUITE(Float, float, 2e-4)
SUITE(Double, double, 1e-11)

START_TEST(factors)
{
  for (int pivot = 0; pivot < 2; pivot++)
    for (int turned = 0; turned < 2; turned++) Float_factors(turned, pivot), Double_factors(turned, pivot);
}
END_TEST

START_TEST(triangles)
{
  for (int turned = 0; turned < 2; turned++) Float_triangles(turned), Double_triangles(turned);
}
END_TEST

/* Matrix 1 of two has a column of zeros. */
START_TEST(singular)
{
  for (int pivot = 0; pivot < 2; pivot++) {
    THDoubleTensor *a = Double_batch(false), *lu = THDoubleTensor_new();
    THIntTensor *pivots = THIntTensor_new(), *info = THIntTensor_new();
    for (int i = 0; i < N; i++) THDoubleTensor_set3d(a, 1, i, 2, 0);
    THDoubleTensor_btrifact(lu, pivots, info, pivot, a);
    ck_assert(THIntTensor_get1d(info, 0) == 0 && THIntTensor_get1d(info, 1) == 3 && THIntTensor_get1d(info, 2) == 0);
    THDoubleTensor_free(a);
    THDoubleTensor_free(lu);
    THIntTensor_free(pivots);
    THIntTensor_free(info);
  }
}
END_TEST

/* ---- refusals; what: which fault to make ---- */

static void refused(void *what_)
{
  char what = *(const char *)what_;
  TH_AUTO(THAnyTensor) a = th_new(TH_DOUBLE, 3, 2, 2, what == 's' ? 3 : 2);
  TH_AUTO(THAnyTensor) pivots = THAnyTensor_new(what == 't' ? TH_LONG : TH_INT);
  TH_AUTO(THAnyTensor) b = th_new(TH_DOUBLE, 2, 2, what == 'b' ? 3 : 2);
  THAnyTensor_fill(a, THScalar_fromInt(1));
  THAnyTensor_fill(b, THScalar_fromInt(1));
  if (what != 'z')
    for (int i = 0; i < 2; i++) THAnyTensor_put(a, 3, (int64_t[]){i, 0, 0}, THScalar_fromInt(5));
  THDoubleTensor_btrifact((THDoubleTensor *)a, (THIntTensor *)pivots, NULL, 1, (THDoubleTensor *)a);
  if (what == 'p') THAnyTensor_put(pivots, 2, (int64_t[]){1, 1}, THScalar_fromInt(3));
  THDoubleTensor_btrisolve((THDoubleTensor *)b, (THDoubleTensor *)b, (THDoubleTensor *)a, (THIntTensor *)pivots);
}

START_TEST(refusals)
{
  th_raises(refused, "square", "a batch of square matrices expected, got [2 x 2 x 3]");
  th_raises(refused, "type", "pivots: a torch.IntTensor expected, got a torch.LongTensor");
  th_raises(refused, "zero", "matrix 1 of the batch is singular: U(2,2) is 0");
  th_raises(refused, "pivot", "pivot 3 is out of range of 2 rows");
  th_raises(refused, "b", "the right sides [2 x 3] do not fit factors of [2 x 2 x 2]");
  th_exhaust(refused, "nothing");
}
END_TEST

TH_MAIN("batchlu", factors, triangles, singular, refusals)
