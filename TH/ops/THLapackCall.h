#ifndef TH_LAPACK_CALL_H
#define TH_LAPACK_CALL_H
#include "THAnyTensor.h"

enum THLapackRoutine {
  GESV,
  TRTRS,
  GELS,
  SYEV,
  GEEV,
  GESVD,
  GETRF,
  GETRI,
  POTRF,
  POTRS,
  POTRI,
  PSTRF,
  GEQRF,
  ORGQR,
  ORMQR
};

/* A call of a routine of LAPACK, on column-major matrices; which members count, T_(solve) of
   ops/generic/THTensorLapack.c says. Callers name the tensors; a, b, x and y, their elements, are found when
   the call is run. */
typedef struct THLapackCall {
  enum THLapackRoutine routine;
  int m, n, k, lda, ldb;
  THAnyTensor *A, *B, *X, *Y;
  void *a, *b, *x, *y;
  int *pivot; /* on the CPU */
  char uplo, trans, diag, job;
  double tol;
  void *work;
  int lwork;
} THLapackCall;

#endif
