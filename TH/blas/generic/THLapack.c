#ifdef TH_REAL_IS_FLOAT
#define F_(name) TH_blas->s.name
#else
#define F_(name) TH_blas->d.name
#endif
#define LAPACK_(name) TH_CONCAT_4(TH, Real, Lapack_, name)
#define FACTOR_(name) TH_CONCAT_4(TH, Real, Factor_, name)

/* OpenBLAS multiplies by what it finds as reciprocals of the diagonal, which are infinite for subnormal numbers: TH divides.
   Whether one of the diagonal is, and none is 0, which is for the library to tell. */
static bool T_(needs_division)(int n, const real *a, int lda)
{
  const real least = sizeof(real) == 8 ? (real)DBL_MIN : (real)FLT_MIN;
  bool found = false;
  for (int i = 0; i < n; i++) {
    const real d = a[i + (int64_t)i * lda];
    if (d == 0) return false;
    found |= d > -least && d < least;
  }
  return found;
}

/* Whether TH solves with a factor. */
static bool T_(solves)(int n, const real *a, int lda)
{
  return ours(n) || (THProduct_possible() && T_(needs_division)(n, a, lda));
}

/* n x n, columns lda apart. */
static void T_(copy_square)(int n, const real *from, int ldf, real *to, int ldt)
{
  for (int j = 0; j < n; j++) memcpy(to + (int64_t)j * ldt, from + (int64_t)j * ldf, (size_t)n * sizeof *to);
}

void LAPACK_(getrf)(int m, int n, real *a, int lda, int *ipiv, int *info)
{
  if (m == n && ours(n)) {
    FACTOR_(getrf)(n, a, lda, ipiv, info);
    return;
  }
  const bool small = m == n && n < OWN_ROWS && THProduct_possible();
  real before[THMax(OWN_ROWS * OWN_ROWS, 1)];
  if (small) T_(copy_square)(n, a, lda, before, n);
  TH_BLAS_ALONE;
  F_(getrf)(&m, &n, a, &lda, ipiv, info);
  if (*info || !small || !T_(needs_division)(n, a, lda)) return;
  T_(copy_square)(n, before, n, a, lda);
  FACTOR_(getrf)(n, a, lda, ipiv, info);
}

void LAPACK_(getrs)(char trans, int n, int nrhs, real *a, int lda, int *ipiv, real *b, int ldb,
                    int *info)
{
  if (trans == 'N' && T_(solves)(n, a, lda)) {
    FACTOR_(getrs)(n, nrhs, a, lda, ipiv, b, ldb);
    *info = 0;
    return;
  }
  TH_BLAS_ALONE;
  F_(getrs)(&trans, &n, &nrhs, a, &lda, ipiv, b, &ldb, info, 1);
}

void LAPACK_(gesv)(int n, int nrhs, real *a, int lda, int *ipiv, real *b, int ldb, int *info)
{
  LAPACK_(getrf)(n, n, a, lda, ipiv, info);
  if (!*info) LAPACK_(getrs)('N', n, nrhs, a, lda, ipiv, b, ldb, info);
}

/* B becomes X of op(A) X = B, by divisions. */
static void T_(substitute)(bool forward, int n, int nrhs, const real *a, int64_t ai, int64_t aj, real *b, int ldb)
{
  for (int c = 0; c < nrhs; c++, b += ldb)
    for (int q = 0; q < n; q++) {
      const int i = forward ? q : n - 1 - q;
      real sum = b[i];
      for (int j = forward ? 0 : i + 1; j < (forward ? i : n); j++) sum -= a[i * ai + j * aj] * b[j];
      b[i] = sum / a[i * ai + i * aj];
    }
}

void LAPACK_(trtrs)(char uplo, char trans, char diag, int n, int nrhs, real *a, int lda, real *b,
                    int ldb, int *info)
{
  const bool known = is_triangle(uplo) && (trans == 'N' || trans == 'T') && (diag == 'N' || diag == 'U');
  if (known && ours(n)) {
    FACTOR_(trtrs)(uplo, trans, diag, n, nrhs, a, lda, b, ldb, info);
    return;
  }
  if (known && diag == 'N' && T_(needs_division)(n, a, lda)) {
    const bool transposed = trans == 'T';
    T_(substitute)((uplo == 'L') != transposed, n, nrhs, a, transposed ? lda : 1, transposed ? 1 : lda, b, ldb);
    *info = 0;
    return;
  }
  TH_BLAS_ALONE;
  F_(trtrs)(&uplo, &trans, &diag, &n, &nrhs, a, &lda, b, &ldb, info, 1, 1, 1);
}

void LAPACK_(gels)(char trans, int m, int n, int nrhs, real *a, int lda, real *b, int ldb,
                   real *work, int lwork, int *info)
{
  TH_BLAS_ALONE;
  F_(gels)(&trans, &m, &n, &nrhs, a, &lda, b, &ldb, work, &lwork, info, 1);
}

void LAPACK_(syev)(char jobz, char uplo, int n, real *a, int lda, real *w, real *work, int lwork,
                   int *info)
{
  TH_BLAS_ALONE;
  F_(syev)(&jobz, &uplo, &n, a, &lda, w, work, &lwork, info, 1, 1);
}

#ifndef TH_BLAS_OWN
/* Both triangles are those of a symmetric matrix whose elements need no scaling. */
static bool T_(is_reducible)(int n, const real *a, int lda)
{
  const real least = (real)(sizeof(real) == 8 ? 1e-100 : 1e-12);
  real most = 0;
  for (int j = 0; j < n; j++)
    for (int i = j; i < n; i++) {
      const real x = a[i + (int64_t)j * lda], size = x < 0 ? -x : x;
      if (x != a[j + (int64_t)i * lda]) return false;
      most = size > most ? size : most;
    }
  return most >= least && most <= 1 / least;
}

/* What syevd does, with TH's reduction; its workspace is as large as syevd's, which begins with it, and one more of n. */
static void T_(eigen)(char jobz, int n, real *a, int lda, real *w, real *work, int lwork, int *iwork, int liwork, int *info)
{
  real *e = work, *tau = e + n, *z = tau + n, *rest = z + (int64_t)n * n;
  int left = lwork - n * (n + 2);
  FACTOR_(sytrd)(n, a, lda, w, e, tau, z);
  TH_BLAS_ALONE;
  if (jobz == 'N') {
    F_(sterf)(&n, w, e, info);
    return;
  }
  F_(stedc)("I", &n, w, e, z, &n, rest, &left, iwork, &liwork, info, 1);
  if (*info) return;
  F_(ormtr)("L", "L", "N", &n, &n, a, &lda, tau, z, &n, rest, &left, info, 1, 1, 1);
  for (int j = 0; j < n; j++) memcpy(a + (int64_t)j * lda, z + (int64_t)j * n, (size_t)n * sizeof *a);
}

/* Elements of its workspace. */
static int T_(eigen_work)(int n)
{
  const int64_t reduce = 2 * n + FACTOR_(sytrdWork)(n), vectors = 2 * (int64_t)n * n + 70 * n + 1;
  return (int)THMax(reduce, vectors);
}
#endif

void LAPACK_(syevd)(char jobz, char uplo, int n, real *a, int lda, real *w, real *work, int lwork, int *iwork,
                    int liwork, int *info)
{
#ifndef TH_BLAS_OWN
  if (ours(n) && n <= REDUCED_ROWS && lwork >= T_(eigen_work)(n) && (jobz == 'N' || jobz == 'V') && T_(is_reducible)(n, a, lda)) {
    T_(eigen)(jobz, n, a, lda, w, work, lwork, iwork, liwork, info);
    return;
  }
#endif
  {
    TH_BLAS_ALONE;
    F_(syevd)(&jobz, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, info, 1, 1);
  }
#ifndef TH_BLAS_OWN
  if (lwork == -1 && !*info && ours(n) && n <= REDUCED_ROWS) work[0] = (real)THMax((int)work[0], T_(eigen_work)(n));
#endif
}

void LAPACK_(geev)(char jobvl, char jobvr, int n, real *a, int lda, real *wr, real *wi, real *vl,
                   int ldvl, real *vr, int ldvr, real *work, int lwork, int *info)
{
  TH_BLAS_ALONE;
  F_(geev)(&jobvl, &jobvr, &n, a, &lda, wr, wi, vl, &ldvl, vr, &ldvr, work, &lwork, info, 1, 1);
}

void LAPACK_(gesvd)(char jobu, char jobvt, int m, int n, real *a, int lda, real *s, real *u,
                    int ldu, real *vt, int ldvt, real *work, int lwork, int *info)
{
  TH_BLAS_ALONE;
  F_(gesvd)(&jobu, &jobvt, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, info, 1, 1);
}

void LAPACK_(gesdd)(char jobz, int m, int n, real *a, int lda, real *s, real *u, int ldu, real *vt, int ldvt,
                    real *work, int lwork, int *iwork, int *info)
{
  TH_BLAS_ALONE;
  F_(gesdd)(&jobz, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, iwork, info, 1);
}

void LAPACK_(getri)(int n, real *a, int lda, int *ipiv, real *work, int lwork, int *info)
{
  if (ours(n)) {
    *info = 0;
    if (lwork == -1) work[0] = (real)n * TH_INVERSE_COLUMNS;
    else FACTOR_(getri)(n, a, lda, ipiv, work, info);
    return;
  }
  TH_BLAS_ALONE;
  F_(getri)(&n, a, &lda, ipiv, work, &lwork, info);
}

void LAPACK_(potrf)(char uplo, int n, real *a, int lda, int *info)
{
  if (ours(n) && is_triangle(uplo)) {
    FACTOR_(potrf)(uplo, n, a, lda, info);
    return;
  }
  TH_BLAS_ALONE;
  F_(potrf)(&uplo, &n, a, &lda, info, 1);
}

void LAPACK_(potri)(char uplo, int n, real *a, int lda, int *info)
{
  TH_BLAS_ALONE;
  F_(potri)(&uplo, &n, a, &lda, info, 1);
}

void LAPACK_(potrs)(char uplo, int n, int nrhs, real *a, int lda, real *b, int ldb, int *info)
{
  if (is_triangle(uplo) && T_(solves)(n, a, lda)) {
    FACTOR_(potrs)(uplo, n, nrhs, a, lda, b, ldb);
    *info = 0;
    return;
  }
  TH_BLAS_ALONE;
  F_(potrs)(&uplo, &n, &nrhs, a, &lda, b, &ldb, info, 1);
}

void LAPACK_(pstrf)(char uplo, int n, real *a, int lda, int *piv, int *rank, real tol, real *work,
                    int *info)
{
  TH_BLAS_ALONE;
  F_(pstrf)(&uplo, &n, a, &lda, piv, rank, &tol, work, info, 1);
}

void LAPACK_(geqrf)(int m, int n, real *a, int lda, real *tau, real *work, int lwork, int *info)
{
  if (ours(THMin(m, n))) {
    *info = 0;
    if (lwork == -1) work[0] = (real)FACTOR_(qrWork)(m, n);
    else FACTOR_(geqrf)(m, n, a, lda, tau, work);
    return;
  }
  TH_BLAS_ALONE;
  F_(geqrf)(&m, &n, a, &lda, tau, work, &lwork, info);
}

void LAPACK_(orgqr)(int m, int n, int k, real *a, int lda, real *tau, real *work, int lwork,
                    int *info)
{
  if (ours(n) && k <= n && n <= m) {
    *info = 0;
    if (lwork == -1) work[0] = (real)FACTOR_(qrWork)(m, n);
    else FACTOR_(orgqr)(m, n, k, a, lda, tau, work);
    return;
  }
  TH_BLAS_ALONE;
  F_(orgqr)(&m, &n, &k, a, &lda, tau, work, &lwork, info);
}

void LAPACK_(ormqr)(char side, char trans, int m, int n, int k, real *a, int lda, real *tau,
                    real *c, int ldc, real *work, int lwork, int *info)
{
  TH_BLAS_ALONE;
  F_(ormqr)(&side, &trans, &m, &n, &k, a, &lda, tau, c, &ldc, work, &lwork, info, 1, 1);
}

#undef F_
#undef FACTOR_
#undef LAPACK_
