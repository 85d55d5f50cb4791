#ifndef TH_FACTOR_H
#define TH_FACTOR_H
/* Factorisations of floats and doubles made of TH's own products, and so shared out over its threads: LU, Cholesky, QR, and
   what is solved with them. Those of BLAS's library run in one thread. THLapack.c calls these for large matrices where
   THProduct_possible().

   Matrices are column-major, arguments and `info` those of LAPACK's routines of the same names, for square matrices but for QR. All is
   cut by shape alone: results are equal for any number of threads. Nothing here needs memory or raises. */
#include "THGeneral.h"

enum { TH_INVERSE_COLUMNS = 64 }; /* getri's workspace: so many columns */

/* `to`, column-major without gaps, becomes a triangle of A, of which si or sj is 1, and 0 beside it: what potrf leaves. */
void THFactor_half(bool isDouble, bool upper, int64_t n, const void *a, int64_t si, int64_t sj, void *to);

#define TH_FACTOR_TYPES(X) X(Float, float) X(Double, double)
#define X(Name, real)                                                                              \
  void TH##Name##Factor_getrf(int n, real *a, int lda, int *pivot, int *info);                     \
  /* B is solved for, after getrf: A X = B */                                                      \
  void TH##Name##Factor_getrs(int n, int columns, const real *a, int lda, const int *pivot, real *b, int ldb); \
  void TH##Name##Factor_getri(int n, real *a, int lda, const int *pivot, real *work, int *info);   \
  void TH##Name##Factor_potrf(char uplo, int n, real *a, int lda, int *info);                      \
  void TH##Name##Factor_potrs(char uplo, int n, int columns, const real *a, int lda, real *b, int ldb); \
  void TH##Name##Factor_trtrs(char uplo, char trans, char diag, int n, int columns, const real *a, int lda, real *b, \
                              int ldb, int *info);                              \
  /* m x n; orgqr makes n columns of Q of k reflections. work: qrWork(m, n) elements, which m and n alone say */ \
  int64_t TH##Name##Factor_qrWork(int64_t m, int64_t n);                                           \
  void TH##Name##Factor_geqrf(int m, int n, real *a, int lda, real *tau, real *work);              \
  void TH##Name##Factor_orgqr(int m, int n, int k, real *a, int lda, const real *tau, real *work); \
  /* A, symmetric in both triangles, n >= 1: three diagonals, d and e, and the reflections in its lower triangle as sytrd \
     leaves them. Without scaling: elements are far from the ends of the type. work: sytrdWork(n) elements */ \
  int64_t TH##Name##Factor_sytrdWork(int64_t n);                                                   \
  void TH##Name##Factor_sytrd(int n, real *a, int lda, real *d, real *e, real *tau, real *work);
TH_FACTOR_TYPES(X)
#undef X

#endif
