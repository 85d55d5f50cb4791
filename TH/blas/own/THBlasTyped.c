/* Included by THBlasOwn.c for float and for double: real, OWN(name). Arguments are Fortran's, matrices column by column. */

/* Negative steps begin at the far end. */
static real *OWN(first)(const real *x, int n, int inc) { return (real *)x + (inc < 0 ? (int64_t)(1 - n) * inc : 0); }

static void OWN(swap)(const int *n, real *x, const int *incx, real *y, const int *incy)
{
  real *p = OWN(first)(x, *n, *incx), *q = OWN(first)(y, *n, *incy);
  for (int64_t i = 0; i < *n; i++) {
    real v = p[i * *incx];
    p[i * *incx] = q[i * *incy];
    q[i * *incy] = v;
  }
}

static void OWN(scal)(const int *n, const real *a, real *x, const int *incx)
{
  if (*incx <= 0) return; /* as BLAS has it */
  for (int64_t i = 0; i < *n; i++) x[i * *incx] *= *a;
}

static void OWN(copy)(const int *n, const real *x, const int *incx, real *y, const int *incy)
{
  const real *p = OWN(first)(x, *n, *incx);
  real *q = OWN(first)(y, *n, *incy);
  for (int64_t i = 0; i < *n; i++) q[i * *incy] = p[i * *incx];
}

static void OWN(axpy)(const int *n, const real *a, const real *x, const int *incx, real *y, const int *incy)
{
  const real *p = OWN(first)(x, *n, *incx), s = *a;
  real *q = OWN(first)(y, *n, *incy);
  if (*incx == 1 && *incy == 1)
    for (int64_t i = 0; i < *n; i++) q[i] += s * p[i];
  else
    for (int64_t i = 0; i < *n; i++) q[i * *incy] += s * p[i * *incx];
}

/* In eight sums, which the compiler makes vectors of. */
static real OWN(dot)(int n, const real *x, int incx, const real *y, int incy)
{
  const real *p = OWN(first)(x, n, incx), *q = OWN(first)(y, n, incy);
  real sum[8] = {0};
  int64_t i = 0;
  if (incx == 1 && incy == 1)
    for (; i + 8 <= n; i += 8)
      for (int k = 0; k < 8; k++) sum[k] += p[i + k] * q[i + k];
  for (; i < n; i++) sum[0] += p[i * incx] * q[i * incy];
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static bool OWN(is_transposed)(const char *trans) { return *trans != 'n' && *trans != 'N'; }

static void OWN(gemv)(const char *trans, const int *m, const int *n, const real *alpha, const real *a, const int *lda, const real *x,
                      const int *incx, const real *beta, real *y, const int *incy)
{
  const bool t = OWN(is_transposed)(trans);
  const int length = t ? *n : *m, one = 1;
  const real *p = OWN(first)(x, t ? *m : *n, *incx);
  real *q = OWN(first)(y, length, *incy);
  for (int64_t i = 0; i < length; i++) q[i * *incy] = *beta == 0 ? 0 : q[i * *incy] * *beta;
  for (int64_t j = 0; j < *n; j++) {
    const real *column = a + j * *lda;
    real v = t ? 0 : *alpha * p[j * *incx];
    if (!t) OWN(axpy)(m, &v, column, &one, y, incy);
    else q[j * *incy] += *alpha * OWN(dot)(*m, column, 1, x, *incx);
  }
}

static void OWN(ger)(const int *m, const int *n, const real *alpha, const real *x, const int *incx, const real *y, const int *incy,
                     real *a, const int *lda)
{
  const real *q = OWN(first)(y, *n, *incy);
  const int one = 1;
  for (int64_t j = 0; j < *n; j++) {
    real v = *alpha * q[j * *incy];
    OWN(axpy)(m, &v, x, incx, a + j * *lda, &one);
  }
}

/* ---- products: blocks of ROWS x COLUMNS sums, DEPTH of k at a time, factors packed for it ---- */

/* The product of k columns of A with k rows of B. */
static void OWN(block)(int64_t k, const real *a, const real *b, real sum[COLUMNS][ROWS])
{
  real s[COLUMNS][ROWS] = {{0}};
  for (; k > 0; k--, a += ROWS, b += COLUMNS)
    for (int j = 0; j < COLUMNS; j++)
      for (int i = 0; i < ROWS; i++) s[j][i] += a[i] * b[j];
  memcpy(sum, s, sizeof s);
}

/* n of `width` lines of k elements, zeros where there are fewer: element p of line i is at i * inc + p * step. */
static void OWN(pack)(const real *x, int64_t inc, int64_t step, int64_t n, int width, int64_t k, real *to)
{
  for (int64_t p = 0; p < k; p++)
    for (int i = 0; i < width; i++) *to++ = i < n ? x[i * inc + p * step] : 0;
}

static void OWN(add_block)(real *c, int64_t ldc, int64_t m, int64_t n, real alpha, real sum[COLUMNS][ROWS])
{
  for (int64_t j = 0; j < n; j++)
    for (int64_t i = 0; i < m; i++) c[i + j * ldc] += alpha * sum[j][i];
}

static void OWN(gemm)(const char *ta, const char *tb, const int *m, const int *n, const int *k, const real *alpha, const real *a,
                      const int *lda, const real *b, const int *ldb, const real *beta, real *c, const int *ldc)
{
  const bool at = OWN(is_transposed)(ta), bt = OWN(is_transposed)(tb);
  const int64_t ai = at ? *lda : 1, ap = at ? 1 : *lda, bj = bt ? 1 : *ldb, bp = bt ? *ldb : 1;
  real rows[ROWS * DEPTH], columns[COLUMNS * DEPTH];
  for (int64_t j = 0; j < *n; j++)
    for (int64_t i = 0; i < *m; i++) c[i + j * *ldc] = *beta == 0 ? 0 : c[i + j * *ldc] * *beta;
  for (int64_t p = 0; p < *k; p += DEPTH) {
    const int64_t depth = THMin(*k - p, DEPTH);
    for (int64_t i = 0; i < *m; i += ROWS) {
      OWN(pack)(a + i * ai + p * ap, ai, ap, THMin(*m - i, ROWS), ROWS, depth, rows);
      for (int64_t j = 0; j < *n; j += COLUMNS) {
        real sum[COLUMNS][ROWS];
        OWN(pack)(b + j * bj + p * bp, bj, bp, THMin(*n - j, COLUMNS), COLUMNS, depth, columns);
        OWN(block)(depth, rows, columns, sum);
        OWN(add_block)(c + i + j * *ldc, *ldc, THMin(*m - i, ROWS), THMin(*n - j, COLUMNS), *alpha, sum);
      }
    }
  }
}
