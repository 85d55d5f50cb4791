#define LAPACK_(name) TH_CONCAT_4(TH, Real, Lapack_, name)

/* LU of a column-major matrix without exchanging rows; like getrf, *info tells the first pivot that is 0. */
static void T_(factor_in_order)(int n, real *a, int *pivot, int *info)
{
  *info = 0;
  for (int j = 0; j < n; j++) {
    real *column = a + (int64_t)j * n;
    pivot[j] = j + 1;
    for (int k = 0; k < j; k++)
      for (int i = k + 1; i < n; i++) column[i] -= a[i + (int64_t)k * n] * column[k];
    if (column[j] == 0 && !*info) *info = j + 1;
    for (int i = j + 1; i < n && column[j] != 0; i++) column[i] /= column[j];
  }
}

static void T_(factor)(int n, void *a, int *pivot, bool exchange, int *info)
{
  if (exchange) LAPACK_(getrf)(n, n, a, n, pivot, info);
  else T_(factor_in_order)(n, a, pivot, info);
}

static void T_(solve)(int n, int columns, void *a, int *pivot, void *b, int *info)
{
  LAPACK_(getrs)('N', n, columns, a, n, pivot, b, n, info);
}
#undef LAPACK_
