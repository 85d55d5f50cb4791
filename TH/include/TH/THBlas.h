#ifndef TH_BLAS_H
#define TH_BLAS_H
/* BLAS on plain arrays, column-major as in Fortran: TH<Real>Blas_gemm and so on. Float and Double
   go to the BLAS the library was built for, which the first call loads, but products of matrices on processors with AVX2 or
   AVX-512, which are ours (blas/gemm); the integer types wrap around and use loops of ours.
   What is multiplied by 0 is not read: A, B and x where alpha is, C and y where beta is, x of scal;
   so NaN there does not count. Increments are not zero. Sizes and leading dimensions of Float and
   Double stay below 2^31. */
#include "THGeneral.h"

#define THBlas_(NAME) TH_CONCAT_4(TH, Real, Blas_, NAME)

#define X(Name, real, accreal, CODE)                                                               \
  TH_API void TH##Name##Blas_swap(int64_t n, real *x, int64_t incx, real *y, int64_t incy);        \
  TH_API void TH##Name##Blas_scal(int64_t n, real a, real *x, int64_t incx);                       \
  TH_API void TH##Name##Blas_copy(int64_t n, real *x, int64_t incx, real *y, int64_t incy);        \
  TH_API void TH##Name##Blas_axpy(int64_t n, real a, real *x, int64_t incx, real *y,               \
                                  int64_t incy);                                                   \
  TH_API real TH##Name##Blas_dot(int64_t n, real *x, int64_t incx, real *y, int64_t incy);         \
  TH_API void TH##Name##Blas_gemv(char trans, int64_t m, int64_t n, real alpha, real *a,           \
                                  int64_t lda, real *x, int64_t incx, real beta, real *y,          \
                                  int64_t incy);                                                   \
  TH_API void TH##Name##Blas_ger(int64_t m, int64_t n, real alpha, real *x, int64_t incx, real *y, \
                                 int64_t incy, real *a, int64_t lda);                              \
  TH_API void TH##Name##Blas_gemm(char transa, char transb, int64_t m, int64_t n, int64_t k,       \
                                  real alpha, real *a, int64_t lda, real *b, int64_t ldb,          \
                                  real beta, real *c, int64_t ldc);
TH_MATH_TYPES(X)
#undef X

#endif
