#ifndef THC_BLAS_H
#define THC_BLAS_H
/* What the two forms of THC_gemm share: THCBlas.cu by cuBLAS, simt/THCBlasSimt.cpp by the host's
   BLAS. */
#include "THCKernels.h"

static inline void THCBlas_checkSize(const char *op, const char *what, int64_t n)
{
  if (n < 0 || n > INT32_MAX)
    THError("%s: matrix product: %s = %lld is too large for BLAS, the limit is %d", op, what,
            (long long)n, INT32_MAX);
}

/* Raises what BLAS cannot do. False: there is nothing to do. */
static inline bool THCBlas_check(const char *op, const THDeviceGemm *g)
{
  if (g->m == 0 || g->n == 0 || g->batch == 0) return false;
  THCBlas_checkSize(op, "rows of the result", g->m);
  THCBlas_checkSize(op, "columns of the result", g->n);
  THCBlas_checkSize(op, "length of the sums", g->k);
  THCBlas_checkSize(op, "stride of the first factor", g->lda);
  THCBlas_checkSize(op, "stride of the second factor", g->ldb);
  THCBlas_checkSize(op, "stride of the result", g->ldc);
  THCBlas_checkSize(op, "number of matrices", g->batch);
  return true;
}

#endif
