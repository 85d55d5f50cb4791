// BLAS as C programs know it, on pointers into the current GPU's memory: all products by THC_gemm; and how exact those of floats are.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include "THC.h"
#include "THCKernels.h"
#include "THHalf.h"

namespace
{

char transposed(const char *op, char trans)
{
  if (trans == 'n' || trans == 'N') return 'n';
  if (trans == 't' || trans == 'T' || trans == 'c' || trans == 'C') return 't';
  THError("%s: trans must be 'n' or 't', got '%c'", op, trans);
}

// A vector is a matrix of one row, whose columns are `inc` elements apart.
void check_step(const char *op, int64_t inc)
{
  if (inc < 1) THError("%s: the step of a vector must be positive, got %lld", op, (long long)inc);
}

template <class T> struct Element;
template <> struct Element<float> {
  static const THType type = TH_FLOAT;
};
template <> struct Element<double> {
  static const THType type = TH_DOUBLE;
};
template <> struct Element<THHalf> {
  static const THType type = TH_HALF;
};

double number(float x) { return x; }
double number(double x) { return x; }
double number(THHalf x) { return TH_half2float(x); }

template <class T> THType type_of() { return (THType)(Element<T>::type | TH_DEVICE); }

// n column-major matrices' product; the fields of g that describe the shapes are given.
template <class T>
void multiply(const char *op, THDeviceGemm g, T alpha, const T *a, const T *b, T beta, T *c)
{
  g.alpha = THScalar_fromDouble(number(alpha));
  g.beta = THScalar_fromDouble(number(beta));
  THC_gemm(op, type_of<T>(), &g, a, b, c);
}

// y' = alpha x' op(a)' + beta y', so that x and y are matrices of one row
template <class T>
void gemv(char trans, int64_t m, int64_t n, T alpha, T *a, int64_t lda, T *x, int64_t incx, T beta,
          T *y, int64_t incy)
{
  const char *op = "gemv";
  check_step(op, incx);
  check_step(op, incy);
  THDeviceGemm g = THDeviceGemm();
  bool plain = transposed(op, trans) == 'n';
  g.ta = 'n';
  g.tb = plain ? 't' : 'n';
  g.m = 1;
  g.n = plain ? m : n;
  g.k = plain ? n : m;
  g.lda = incx, g.ldb = lda, g.ldc = incy;
  g.batch = 1;
  multiply(op, g, alpha, x, a, beta, y);
}

template <class T>
void ger(int64_t m, int64_t n, T alpha, T *x, int64_t incx, T *y, int64_t incy, T *a, int64_t lda)
{
  check_step("ger", incx);
  check_step("ger", incy);
  THDeviceGemm g = THDeviceGemm();
  g.ta = 't', g.tb = 'n';
  g.m = m, g.n = n, g.k = 1;
  g.lda = incx, g.ldb = incy, g.ldc = lda;
  g.batch = 1;
  multiply("ger", g, alpha, x, y, (T)1, a);
}

template <class T>
void gemm(char transa, char transb, int64_t m, int64_t n, int64_t k, T alpha, const T *a,
          int64_t lda, int64_t sa, const T *b, int64_t ldb, int64_t sb, T beta, T *c, int64_t ldc,
          int64_t sc, int64_t batch)
{
  THDeviceGemm g = THDeviceGemm();
  g.ta = transposed("gemm", transa), g.tb = transposed("gemm", transb);
  g.m = m, g.n = n, g.k = k;
  g.lda = lda, g.ldb = ldb, g.ldc = ldc;
  g.sa = sa, g.sb = sb, g.sc = sc;
  g.batch = batch;
  multiply("gemm", g, alpha, a, b, beta, c);
}

template <class T> double dot(int64_t n, T *x, int64_t incx, T *y, int64_t incy)
{
  check_step("dot", incx);
  check_step("dot", incy);
  return n > 0 ? THC_dot(type_of<T>(), n, x, incx, y, incy).d : 0;
}

} // namespace

#define GEMM(S, real)                                                                              \
  void THCudaBlas_##S##gemm(THCState *state, char transa, char transb, int64_t m, int64_t n,       \
                            int64_t k, real alpha, real *a, int64_t lda, real *b, int64_t ldb,     \
                            real beta, real *c, int64_t ldc)                                       \
  {                                                                                                \
    (void)state;                                                                                   \
    gemm<real>(transa, transb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);          \
  }                                                                                                \
  void THCudaBlas_##S##gemmStridedBatched(                                                         \
      THCState *state, char transa, char transb, int64_t m, int64_t n, int64_t k, real alpha,      \
      const real *a, int64_t lda, int64_t strideA, const real *b, int64_t ldb, int64_t strideB,    \
      real beta, real *c, int64_t ldc, int64_t strideC, int64_t batchCount)                        \
  {                                                                                                \
    (void)state;                                                                                   \
    gemm<real>(transa, transb, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc,     \
               strideC, batchCount);                                                               \
  }
#define VECTORS(S, real)                                                                           \
  void THCudaBlas_##S##gemv(THCState *state, char trans, int64_t m, int64_t n, real alpha,         \
                            real *a, int64_t lda, real *x, int64_t incx, real beta, real *y,       \
                            int64_t incy)                                                          \
  {                                                                                                \
    (void)state;                                                                                   \
    gemv<real>(trans, m, n, alpha, a, lda, x, incx, beta, y, incy);                                \
  }                                                                                                \
  void THCudaBlas_##S##ger(THCState *state, int64_t m, int64_t n, real alpha, real *x,             \
                           int64_t incx, real *y, int64_t incy, real *a, int64_t lda)              \
  {                                                                                                \
    (void)state;                                                                                   \
    ger<real>(m, n, alpha, x, incx, y, incy, a, lda);                                              \
  }
GEMM(S, float)
GEMM(D, double)
GEMM(H, THHalf)
VECTORS(S, float)
VECTORS(D, double)

// ---- precision ----

const char *THCPrecision_name(THCPrecision precision)
{
  static const char *const names[] = {"float", "tf32", "bf16"};
  return precision >= THC_PRECISION_FLOAT && precision <= THC_PRECISION_BF16 ? names[precision] : nullptr;
}

static THCPrecision precision_of_environment()
{
  const char *given = std::getenv("THC_FLOAT_PRECISION");
  if (!given || !*given) return THC_PRECISION_FLOAT;
  for (int i = 0; THCPrecision_name((THCPrecision)i); i++)
    if (!std::strcmp(given, THCPrecision_name((THCPrecision)i))) return (THCPrecision)i;
  THError("THC_FLOAT_PRECISION must be float, tf32 or bf16 in the environment, got '%s'", given);
}

static std::atomic<int> float_precision{-1}; // not known yet

THCPrecision THCState_getFloatPrecision(THCState *state)
{
  (void)state;
  if (float_precision < 0) float_precision = precision_of_environment();
  return (THCPrecision)float_precision.load();
}

void THCState_setFloatPrecision(THCState *state, THCPrecision precision)
{
  (void)state;
  if (!THCPrecision_name(precision)) THError("no such precision: %d", (int)precision);
  float_precision = precision;
}

// ---- BLAS ----

float THCudaBlas_Sdot(THCState *state, int64_t n, float *x, int64_t incx, float *y, int64_t incy)
{
  return (void)state, (float)dot(n, x, incx, y, incy);
}

double THCudaBlas_Ddot(THCState *state, int64_t n, double *x, int64_t incx, double *y, int64_t incy)
{
  return (void)state, dot(n, x, incx, y, incy);
}

float THCudaBlas_Hdot(THCState *state, int64_t n, THHalf *x, int64_t incx, THHalf *y, int64_t incy)
{
  return (void)state, (float)dot(n, x, incx, y, incy);
}
