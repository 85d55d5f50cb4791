#ifndef TH_GEMM_H
#define TH_GEMM_H
/* A matrix product for what is done to one sample of many. THBlas_gemm cuts a large product into tiles for threads, but
   leaves it whole where the threads have work anyway, and BLAS rounds by the size of what it is given: a sample in a
   batch would differ from the same sample alone. These are cut by shape, wherever they are called. */
#include "THGeneral.h"

TH_API void THFloatBlas_gemmByShape(char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, float *a,
                                    int64_t lda, float *b, int64_t ldb, float beta, float *c, int64_t ldc);
TH_API void THDoubleBlas_gemmByShape(char transa, char transb, int64_t m, int64_t n, int64_t k, double alpha,
                                     double *a, int64_t lda, double *b, int64_t ldb, double beta, double *c,
                                     int64_t ldc);

#endif
