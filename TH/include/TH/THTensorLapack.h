#ifndef TH_TENSOR_LAPACK_H
#define TH_TENSOR_LAPACK_H
/* Linear algebra by LAPACK, Float and Double. Matrices that are returned are column-major (stride
   1, rows). An input may be the result; NULL stands for the result as input. Results are written
   only when all went well: singular and unfit matrices raise and change nothing. Options are the
   letters of LAPACK. */
#include "THAnyTensor.h"

/* A X = B: X into rb_ (n x k; a vector b is one column), the LU factors of A into ra_. */
TH_API void THAnyTensor_gesv(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_);
/* The same for a triangular A, of which ra_ becomes a copy. */
TH_API void THAnyTensor_trtrs(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_,
                              const char *uplo, const char *trans, const char *diag);
/* Least squares, or the solution of least norm: X (n x k) into rb_, the factors of A into ra_. */
TH_API void THAnyTensor_gels(THAnyTensor *rb_, THAnyTensor *ra_, THAnyTensor *b_, THAnyTensor *a_);
/* Eigenvalues of a symmetric matrix, ascending; rv_: the vectors when jobz is V, else junk. */
TH_API void THAnyTensor_syev(THAnyTensor *re_, THAnyTensor *rv_, THAnyTensor *a_, const char *jobz,
                             const char *uplo);
/* Eigenvalues of any square matrix, n x 2 (real and imaginary parts); rv_: right vectors packed as
   LAPACK does, when jobvr is V, else left alone. */
TH_API void THAnyTensor_geev(THAnyTensor *re_, THAnyTensor *rv_, THAnyTensor *a_,
                             const char *jobvr);
/* A = U diag(S) V', by divide and conquer (LAPACK's gesdd): jobu S for min(m, n) columns of U and V, A for all. */
TH_API void THAnyTensor_gesvd(THAnyTensor *ru_, THAnyTensor *rs_, THAnyTensor *rv_, THAnyTensor *a,
                              const char *jobu);
/* the same, with what LAPACK leaves of A in ra_ */
TH_API void THAnyTensor_gesvd2(THAnyTensor *ru_, THAnyTensor *rs_, THAnyTensor *rv_,
                               THAnyTensor *ra_, THAnyTensor *a, const char *jobu);
TH_API void THAnyTensor_getri(THAnyTensor *ra_, THAnyTensor *a); /* the inverse */
/* Cholesky factor, its other triangle 0; solution and inverse from it; and with pivoting (rpiv_:
   IntTensor, 1-based). */
TH_API void THAnyTensor_potrf(THAnyTensor *ra_, THAnyTensor *a, const char *uplo);
TH_API void THAnyTensor_potrs(THAnyTensor *rb_, THAnyTensor *b, THAnyTensor *a, const char *uplo);
TH_API void THAnyTensor_potri(THAnyTensor *ra_, THAnyTensor *a, const char *uplo);
TH_API void THAnyTensor_pstrf(THAnyTensor *ra_, THAnyTensor *rpiv_, THAnyTensor *a,
                              const char *uplo, THScalar tol);
/* A = QR with k = min(m, n) columns in Q; and Q as Householder vectors below R, with their tau. */
TH_API void THAnyTensor_qr(THAnyTensor *rq_, THAnyTensor *rr_, THAnyTensor *a);
TH_API void THAnyTensor_geqrf(THAnyTensor *ra_, THAnyTensor *rtau_, THAnyTensor *a);
TH_API void THAnyTensor_orgqr(THAnyTensor *ra_, THAnyTensor *a, THAnyTensor *tau);
/* c times Q, from the side and transposed as asked */
TH_API void THAnyTensor_ormqr(THAnyTensor *ra_, THAnyTensor *a, THAnyTensor *tau, THAnyTensor *c,
                              const char *side, const char *trans);

/* A batch of square matrices (b x n x n): their LU factors into ra_, the rows exchanged (b x n, from 1) into the
   IntTensor rpivots_, and into the IntTensor rinfo_ for each 0, or the first k with U(k,k) = 0; with rinfo_ NULL that is
   an error. pivot 0: no rows are exchanged. */
TH_API void THAnyTensor_btrifact(THAnyTensor *ra_, THAnyTensor *rpivots_, THAnyTensor *rinfo_,
                                 int pivot, THAnyTensor *a);
/* A X = B by these factors for every matrix of the batch: b is b x n or b x n x columns. */
TH_API void THAnyTensor_btrisolve(THAnyTensor *rb_, THAnyTensor *b, THAnyTensor *atf,
                                  THAnyTensor *pivots);

/* Of a square matrix, in place: zeroes the triangle that is not `uplo`, U or L; makes it the mirror image of `uplo`. */
TH_API void THAnyTensor_clearUpLoTriangle(THAnyTensor *a, const char *uplo);
TH_API void THAnyTensor_copyUpLoTriangle(THAnyTensor *a, const char *uplo);

#endif
