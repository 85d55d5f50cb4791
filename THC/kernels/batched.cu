/* Batches of small column-major matrices, given by arrays of addresses: products, LU factors, solutions, inverses. A block has a
   matrix; a thread a column of right-hand sides. For C programs (THCBatched.h): TH's own operations go by cuBLAS and cuSOLVER. */
#include "THC.h"
#include "THCGeneral.h"

namespace {

enum { THREADS = 128 };

template <class T>
__global__ void multiply(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T *const *a_, int64_t lda,
                         const T *const *b_, int64_t ldb, T beta, T *const *c_, int64_t ldc)
{
  const T *a = a_[blockIdx.x], *b = b_[blockIdx.x];
  T *c = c_[blockIdx.x];
  for (int64_t e = threadIdx.x; e < m * n; e += blockDim.x) {
    const int64_t i = e % m, j = e / m;
    double sum = 0;
    for (int64_t l = 0; l < k; l++) sum += (double)a[ta ? l + i * lda : i + l * lda] * b[tb ? j + l * ldb : l + j * ldb];
    T *r = c + i + j * ldc;
    *r = (T)(alpha * sum + (beta == 0 ? 0 : (double)beta * *r));
  }
}

template <class T> __device__ void exchange(T *x, T *y)
{
  const T v = *x;
  *x = *y;
  *y = v;
}

/* The row of the largest element of column k, at or below the diagonal. */
template <class T> __device__ int pivot_row(const T *a, int lda, int k, int n)
{
  int best = k;
  for (int i = k + 1; i < n; i++)
    if (fabs((double)a[i + (int64_t)k * lda]) > fabs((double)a[best + (int64_t)k * lda])) best = i;
  return best;
}

template <class T> __global__ void factorise(T *const *a_, int n, int lda, int *pivot, int *info)
{
  THC_SHARED(int, row);
  T *a = a_[blockIdx.x];
  int first_zero = 0;
  for (int k = 0; k < n; k++) {
    if (threadIdx.x == 0) {
      *row = pivot ? pivot_row(a, lda, k, n) : k;
      if (pivot) pivot[(int64_t)blockIdx.x * n + k] = *row + 1;
    }
    __syncthreads();
    const int p = *row;
    if (p != k)
      for (int j = threadIdx.x; j < n; j += blockDim.x) exchange(a + k + (int64_t)j * lda, a + p + (int64_t)j * lda);
    __syncthreads();
    const T diagonal = a[k + (int64_t)k * lda];
    if (diagonal == 0) { /* the same for all threads */
      if (!first_zero) first_zero = k + 1;
      __syncthreads();
      continue;
    }
    for (int i = k + 1 + (int)threadIdx.x; i < n; i += blockDim.x) a[i + (int64_t)k * lda] /= diagonal;
    __syncthreads();
    const int64_t rest = n - k - 1;
    for (int64_t e = threadIdx.x; e < rest * rest; e += blockDim.x) {
      const int64_t i = k + 1 + e % rest, j = k + 1 + e / rest;
      a[i + j * lda] -= a[i + (int64_t)k * lda] * a[k + j * lda];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) info[blockIdx.x] = first_zero;
}

/* x, a column, becomes the solution of L U x = P x */
template <class T> __device__ void solve_column(const T *a, int n, int lda, const int *pivot, T *x)
{
  for (int k = 0; pivot && k < n; k++)
    if (pivot[k] - 1 != k) exchange(x + k, x + pivot[k] - 1);
  for (int j = 0; j < n; j++)
    for (int i = j + 1; i < n; i++) x[i] -= a[i + (int64_t)j * lda] * x[j];
  for (int j = n - 1; j >= 0; j--) {
    x[j] /= a[j + (int64_t)j * lda];
    for (int i = 0; i < j; i++) x[i] -= a[i + (int64_t)j * lda] * x[j];
  }
}

/* the same for the transpose: U' L' P x */
template <class T> __device__ void solve_transposed(const T *a, int n, int lda, const int *pivot, T *x)
{
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++) x[j] -= a[i + (int64_t)j * lda] * x[i];
    x[j] /= a[j + (int64_t)j * lda];
  }
  for (int j = n - 1; j >= 0; j--)
    for (int i = j + 1; i < n; i++) x[j] -= a[i + (int64_t)j * lda] * x[i];
  for (int k = n - 1; pivot && k >= 0; k--)
    if (pivot[k] - 1 != k) exchange(x + k, x + pivot[k] - 1);
}

template <class T>
__global__ void solve(bool transposed, int n, int nrhs, const T *const *a, int lda, const int *pivot, T *const *b, int ldb)
{
  const int *rows = pivot ? pivot + (int64_t)blockIdx.x * n : NULL;
  for (int j = threadIdx.x; j < nrhs; j += blockDim.x) {
    T *x = b[blockIdx.x] + (int64_t)j * ldb;
    if (transposed) solve_transposed(a[blockIdx.x], n, lda, rows, x);
    else solve_column(a[blockIdx.x], n, lda, rows, x);
  }
}

template <class T>
__global__ void invert(int n, const T *const *a_, int lda, const int *pivot, T *const *c, int ldc, int *info)
{
  const T *a = a_[blockIdx.x];
  const int *rows = pivot ? pivot + (int64_t)blockIdx.x * n : NULL;
  for (int j = threadIdx.x; j < n; j += blockDim.x) {
    T *x = c[blockIdx.x] + (int64_t)j * ldc;
    for (int i = 0; i < n; i++) x[i] = (T)(i == j);
    solve_column(a, n, lda, rows, x);
  }
  if (threadIdx.x > 0) return;
  info[blockIdx.x] = 0;
  for (int k = n - 1; k >= 0; k--)
    if (a[k + (int64_t)k * lda] == 0) info[blockIdx.x] = k + 1;
}

bool is_transposed(const char *op, char trans)
{
  if (trans == 'n' || trans == 'N') return false;
  if (trans == 't' || trans == 'T' || trans == 'c' || trans == 'C') return true;
  THError("%s: trans must be 'n' or 't', got '%c'", op, trans);
}

} /* namespace */

#define BATCHED(S, real)                                                                                             \
  void THCudaBlas_##S##gemmBatched(THCState *state, char transa, char transb, int64_t m, int64_t n, int64_t k,       \
                                   real alpha, const real *a[], int64_t lda, const real *b[], int64_t ldb,           \
                                   real beta, real *c[], int64_t ldc, int64_t batchCount)                            \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    const bool ta = is_transposed("gemmBatched", transa), tb = is_transposed("gemmBatched", transb);                 \
    if (batchCount <= 0 || m <= 0 || n <= 0) return;                                                                 \
    THC_LAUNCH((multiply<real>), (unsigned)batchCount, THREADS, 0, THC_stream(), ta, tb, m, n, k, alpha, a, lda, b,  \
               ldb, beta, c, ldc);                                                                                   \
  }                                                                                                                  \
  void THCudaBlas_##S##getrf(THCState *state, int n, real **a, int lda, int *pivot, int *info, int batchSize)        \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    if (batchSize > 0)                                                                                               \
      THC_LAUNCH((factorise<real>), (unsigned)batchSize, THREADS, sizeof(int), THC_stream(), a, n, lda, pivot, info); \
  }                                                                                                                  \
  void THCudaBlas_##S##getrs(THCState *state, char transa, int n, int nrhs, const real **a, int lda, int *pivot,     \
                             real **b, int ldb, int *info, int batchSize)                                            \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    const bool transposed = is_transposed("getrs", transa);                                                          \
    if (info) *info = 0;                                                                                             \
    if (batchSize > 0)                                                                                               \
      THC_LAUNCH((solve<real>), (unsigned)batchSize, THREADS, 0, THC_stream(), transposed, n, nrhs, a, lda, pivot, b, \
                 ldb);                                                                                               \
  }                                                                                                                  \
  void THCudaBlas_##S##getri(THCState *state, int n, const real **a, int lda, int *pivot, real **c, int ldc,         \
                             int *info, int batchSize)                                                               \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    if (batchSize > 0)                                                                                               \
      THC_LAUNCH((invert<real>), (unsigned)batchSize, THREADS, 0, THC_stream(), n, a, lda, pivot, c, ldc, info);     \
  }
BATCHED(S, float)
BATCHED(D, double)
