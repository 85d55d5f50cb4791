#ifndef TH_LAPACK_H
#define TH_LAPACK_H
/* LAPACK on plain column-major arrays, Float and Double: THFloatLapack_gesv and so on. Arguments
   are those of the Fortran routines, passed by value. */
#include "THGeneral.h"

#define THLapack_(NAME) TH_CONCAT_4(TH, Real, Lapack_, NAME)
/* Raises when `info` of a LAPACK routine is not 0; fmt takes func and info, then what follows. */
#define THLapackCheck(fmt, func, info, ...)                                                        \
  THLapackCheckWithCleanup(fmt, (void)0, func, info, ##__VA_ARGS__)
#define THLapackCheckWithCleanup(fmt, cleanup, func, info, ...)                                    \
  do {                                                                                             \
    if ((info) != 0) {                                                                             \
      cleanup;                                                                                     \
      if ((info) < 0) THError("%s: illegal argument %d", func, -(info));                           \
      else THError(fmt, func, info, ##__VA_ARGS__);                                                \
    }                                                                                              \
  } while (0)

#define TH_LAPACK_TYPES(X) X(Float, float) X(Double, double)
#define X(Name, real)                                                                              \
  TH_API void TH##Name##Lapack_gesv(int n, int nrhs, real *a, int lda, int *ipiv, real *b,         \
                                    int ldb, int *info);                                           \
  TH_API void TH##Name##Lapack_trtrs(char uplo, char trans, char diag, int n, int nrhs, real *a,   \
                                     int lda, real *b, int ldb, int *info);                        \
  TH_API void TH##Name##Lapack_gels(char trans, int m, int n, int nrhs, real *a, int lda, real *b, \
                                    int ldb, real *work, int lwork, int *info);                    \
  TH_API void TH##Name##Lapack_syev(char jobz, char uplo, int n, real *a, int lda, real *w,        \
                                    real *work, int lwork, int *info);                             \
  TH_API void TH##Name##Lapack_syevd(char jobz, char uplo, int n, real *a, int lda, real *w,       \
                                     real *work, int lwork, int *iwork, int liwork, int *info);    \
  TH_API void TH##Name##Lapack_geev(char jobvl, char jobvr, int n, real *a, int lda, real *wr,     \
                                    real *wi, real *vl, int ldvl, real *vr, int ldvr, real *work,  \
                                    int lwork, int *info);                                         \
  TH_API void TH##Name##Lapack_gesvd(char jobu, char jobvt, int m, int n, real *a, int lda,        \
                                     real *s, real *u, int ldu, real *vt, int ldvt, real *work,    \
                                     int lwork, int *info);                                        \
  TH_API void TH##Name##Lapack_gesdd(char jobz, int m, int n, real *a, int lda, real *s, real *u,  \
                                     int ldu, real *vt, int ldvt, real *work, int lwork,           \
                                     int *iwork, int *info);                                       \
  TH_API void TH##Name##Lapack_getrf(int m, int n, real *a, int lda, int *ipiv, int *info);        \
  TH_API void TH##Name##Lapack_getrs(char trans, int n, int nrhs, real *a, int lda, int *ipiv,     \
                                     real *b, int ldb, int *info);                                 \
  TH_API void TH##Name##Lapack_getri(int n, real *a, int lda, int *ipiv, real *work, int lwork,    \
                                     int *info);                                                   \
  TH_API void TH##Name##Lapack_potrf(char uplo, int n, real *a, int lda, int *info);               \
  TH_API void TH##Name##Lapack_potri(char uplo, int n, real *a, int lda, int *info);               \
  TH_API void TH##Name##Lapack_potrs(char uplo, int n, int nrhs, real *a, int lda, real *b,        \
                                     int ldb, int *info);                                          \
  TH_API void TH##Name##Lapack_pstrf(char uplo, int n, real *a, int lda, int *piv, int *rank,      \
                                     real tol, real *work, int *info);                             \
  TH_API void TH##Name##Lapack_geqrf(int m, int n, real *a, int lda, real *tau, real *work,        \
                                     int lwork, int *info);                                        \
  TH_API void TH##Name##Lapack_orgqr(int m, int n, int k, real *a, int lda, real *tau, real *work, \
                                     int lwork, int *info);                                        \
  TH_API void TH##Name##Lapack_ormqr(char side, char trans, int m, int n, int k, real *a, int lda, \
                                     real *tau, real *c, int ldc, real *work, int lwork,           \
                                     int *info);
TH_LAPACK_TYPES(X)
#undef X

#endif
