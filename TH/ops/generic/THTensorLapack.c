/* The routines behind one signature each, for tables by type. Those with a workspace are called
   with lwork -1 first; needed() reads the answer. */
#define LAPACK_(name) TH_CONCAT_4(TH, Real, Lapack_, name)

static int T_(needed)(const void *work) { return (int)*(const real *)work; }

static bool T_(finite)(const void *data, int64_t n)
{
  const real *a = data;
  real zero = 0;
  for (int64_t i = 0; i < n; i++) zero += a[i] * 0; /* of an infinity: NaN */
  return zero == 0;
}

static void T_(solve)(const Call *c, int *info)
{
  real *a = c->a, *b = c->b;
  switch (c->routine) {
  case GESV: LAPACK_(gesv)(c->n, c->k, a, c->lda, c->pivot, b, c->ldb, info); break;
  case TRTRS:
    LAPACK_(trtrs)(c->uplo, c->trans, c->diag, c->n, c->k, a, c->lda, b, c->ldb, info);
    break;
  case GELS:
    LAPACK_(gels)('N', c->m, c->n, c->k, a, c->lda, b, c->ldb, c->work, c->lwork, info);
    break;
  case SYEV:
    if (c->n < DIVIDED) LAPACK_(syev)(c->job, c->uplo, c->n, a, c->lda, b, c->work, c->lwork, info);
    else LAPACK_(syevd)(c->job, c->uplo, c->n, a, c->lda, b, c->work, c->lwork, c->pivot, 3 + 5 * c->n, info);
    break;
  case GEEV:
    LAPACK_(geev)
    ('N', c->job, c->n, a, c->lda, b, c->x, NULL, 1, c->y, c->ldb, c->work, c->lwork, info);
    break;
  case GESVD:
    LAPACK_(gesdd) /* divide and conquer: the same, in a third of gesvd's time */
    (c->job, c->m, c->n, a, c->lda, b, c->x, c->m, c->y, c->ldb, c->work, c->lwork, c->pivot, info);
    break;
  case GETRF: LAPACK_(getrf)(c->n, c->n, a, c->lda, c->pivot, info); break;
  case GETRI: LAPACK_(getri)(c->n, a, c->lda, c->pivot, c->work, c->lwork, info); break;
  case POTRF: LAPACK_(potrf)(c->uplo, c->n, a, c->lda, info); break;
  case POTRS: LAPACK_(potrs)(c->uplo, c->n, c->k, a, c->lda, b, c->ldb, info); break;
  case POTRI: LAPACK_(potri)(c->uplo, c->n, a, c->lda, info); break;
  case PSTRF: {
    int rank;
    LAPACK_(pstrf)(c->uplo, c->n, a, c->lda, c->pivot, &rank, (real)c->tol, c->work, info);
    break;
  }
  case GEQRF: LAPACK_(geqrf)(c->m, c->n, a, c->lda, b, c->work, c->lwork, info); break;
  case ORGQR: LAPACK_(orgqr)(c->m, c->n, c->k, a, c->lda, b, c->work, c->lwork, info); break;
  case ORMQR:
    LAPACK_(ormqr)
    (c->job, c->trans, c->m, c->n, c->k, a, c->lda, b, c->x, c->m, c->work, c->lwork, info);
    break;
  }
}

/* Zeroes the triangle that is not `uplo`, or makes it the mirror image of `uplo`. */
static void T_(other_triangle)(void *data, int64_t n, char uplo, bool mirror)
{
  enum { LINE = 8 }; /* columns whose lines stay in the cache while rows go by */
  real *a = data;
  const bool upper = uplo == 'U';
  for (int64_t j = 0; j < n && !mirror; j++) {
    if (upper) memset(a + j * n + j + 1, 0, (size_t)(n - j - 1) * sizeof *a);
    else memset(a + j * n, 0, (size_t)j * sizeof *a);
  }
  for (int64_t j0 = 0; j0 < n && mirror; j0 += LINE) {
    const int64_t last = THMin(j0 + LINE, n);
    for (int64_t i = 0; i < last; i++)
      for (int64_t j = THMax(j0, i + 1); j < last; j++) {
        if (upper) a[j + i * n] = a[i + j * n];
        else a[i + j * n] = a[j + i * n];
      }
  }
}

/* The upper triangle of a (m rows) as k rows of n columns. */
static void T_(upper)(void *r_, const void *a_, int64_t m, int64_t k, int64_t n)
{
  real *r = r_;
  const real *a = a_;
  for (int64_t j = 0; j < n; j++)
    for (int64_t i = 0; i < k; i++) r[i + j * k] = i <= j ? a[i + j * m] : 0;
}
#undef LAPACK_
