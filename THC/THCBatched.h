#ifndef THC_BATCHED_H
#define THC_BATCHED_H
/* Batches of column-major matrices, given by arrays on the GPU of their addresses (kernels/batched.cu). Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

#define THC_BATCHED(S, real)                                                                                        \
  /* c = alpha op(a) op(b) + beta c */                                                                               \
  TH_API void THCudaBlas_##S##gemmBatched(THCState *state, char transa, char transb, int64_t m, int64_t n,           \
                                          int64_t k, real alpha, const real *a[], int64_t lda, const real *b[],      \
                                          int64_t ldb, real beta, real *c[], int64_t ldc, int64_t batchCount);       \
  /* LU factors of n x n matrices in place; the rows exchanged, from 1 (NULL: none are), n a matrix; info, on the GPU,  \
     a matrix: 0, or the first k with U(k,k) = 0 */                                                                  \
  TH_API void THCudaBlas_##S##getrf(THCState *state, int n, real **a, int lda, int *pivot, int *info,                \
                                    int batchSize);                                                                  \
  /* b = the solution of op(a) x = b by these factors, b being n x nrhs; info, on the host, becomes 0 */             \
  TH_API void THCudaBlas_##S##getrs(THCState *state, char transa, int n, int nrhs, const real **a, int lda,          \
                                    int *pivot, real **b, int ldb, int *info, int batchSize);                        \
  /* c = the inverse by these factors; c is none of them; info, on the GPU, becomes 0, or the first k with U(k,k) = 0 */ \
  TH_API void THCudaBlas_##S##getri(THCState *state, int n, const real **a, int lda, int *pivot, real **c,           \
                                    int ldc, int *info, int batchSize);
THC_BATCHED(S, float)
THC_BATCHED(D, double)
#undef THC_BATCHED

#ifdef __cplusplus
}
#endif
#endif
