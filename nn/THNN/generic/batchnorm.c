/* A feature is n runs of s neighbouring elements, `step` apart. */

TH_KERNEL static void T_(moments)(const void *x_, int64_t n, int64_t step, int64_t s, double *mean,
                                  double *squares)
{
  const real *x = x_;
  double sum = 0, sq = 0;
  for (int64_t i = 0; i < n; i++) {
    const real *p = x + i * step;
    _Pragma("omp simd reduction(+ : sum)") for (int64_t j = 0; j < s; j++) sum += p[j];
  }
  const double m = sum / (double)(n * s);
  for (int64_t i = 0; i < n; i++) {
    const real *p = x + i * step;
    _Pragma("omp simd reduction(+ : sq)") for (int64_t j = 0; j < s; j++)
    {
      double d = p[j] - m;
      sq += d * d;
    }
  }
  *mean = m;
  *squares = sq;
}

/* y = (x - mean) a + b */
TH_KERNEL static void T_(normalize)(const void *x_, void *y_, int64_t n, int64_t step, int64_t s,
                                    double mean, double a, double b)
{
  const real *x = x_;
  real *y = y_;
  const real mean_ = (real)mean, a_ = (real)a, b_ = (real)b;
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int64_t j = i * step; j < i * step + s; j++) y[j] =
      (x[j] - mean_) * a_ + b_;
}

/* sums of g and of (x - mean) g */
TH_KERNEL static void T_(grad_sums)(const void *x_, const void *g_, int64_t n, int64_t step,
                                    int64_t s, double mean, double *sum_, double *dot_)
{
  const real *x = x_, *g = g_;
  double sum = 0, dot = 0;
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd reduction(+ : sum, dot)") for (int64_t j = i * step; j < i * step + s; j++)
    {
      sum += g[j];
      dot += (x[j] - mean) * g[j];
    }
  *sum_ = sum;
  *dot_ = dot;
}

/* gx = (g - gmean - (x - mean) k) a */
TH_KERNEL static void T_(grad_input)(const void *x_, const void *g_, void *gx_, int64_t n,
                                     int64_t step, int64_t s, double mean, double gmean, double k,
                                     double a)
{
  const real *x = x_, *g = g_;
  real *gx = gx_;
  const real mean_ = (real)mean, gmean_ = (real)gmean, k_ = (real)k, a_ = (real)a;
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int64_t j = i * step; j < i * step + s; j++) gx[j] =
      (g[j] - gmean_ - (x[j] - mean_) * k_) * a_;
}

/* The same for features whose elements lie side by side in n rows (s == 1). Four rows at once: sums are read and written for
   every fourth only; they are added in the order of the rows. */
#define ROWS(before, four, one)                                                                    \
  {                                                                                                \
    int64_t i = 0;                                                                                 \
    for (; i + 4 <= n; i += 4) {                                                                   \
      before;                                                                                      \
      _Pragma("omp simd") for (int j = 0; j < columns; j++) four;                                  \
    }                                                                                              \
    for (; i < n; i++) _Pragma("omp simd") for (int j = 0; j < columns; j++) one;                  \
  }
/* Four rows from row i on, towards the cache: a row's piece is too short for the processor to do so itself. */
static inline void T_(fetch_rows)(const real *x, int64_t i, int64_t n, int64_t step, int columns)
{
  for (const int64_t end = THMin(i + 4, n); i < end; i++)
    for (int j = 0; j < columns; j += 64 / (int)sizeof *x) __builtin_prefetch(x + i * step + j);
}
#define AT(p, row) (double)p[(i + row) * step + j]

TH_KERNEL static void T_(moments_columns)(const void *x_, int64_t n, int64_t step, int columns,
                                          double *restrict mean, double *restrict squares)
{
  const real *x = x_;
  for (int j = 0; j < columns; j++) mean[j] = squares[j] = 0;
  ROWS(T_(fetch_rows)(x, i + 8, n, step, columns),
       mean[j] = mean[j] + AT(x, 0) + AT(x, 1) + AT(x, 2) + AT(x, 3), mean[j] += AT(x, 0))
  for (int j = 0; j < columns; j++) mean[j] /= (double)n;
#define SQUARE(row) (AT(x, row) - mean[j]) * (AT(x, row) - mean[j])
  ROWS(, squares[j] = squares[j] + SQUARE(0) + SQUARE(1) + SQUARE(2) + SQUARE(3), squares[j] += SQUARE(0))
#undef SQUARE
}

TH_KERNEL static void T_(normalize_columns)(const void *x_, void *y_, int64_t n, int64_t step,
                                            int columns, const double *mean, const double *a,
                                            const double *b)
{
  const real *x = x_;
  real *y = y_, m[COLUMNS], f[COLUMNS], c[COLUMNS];
  for (int j = 0; j < columns; j++) m[j] = (real)mean[j], f[j] = (real)a[j], c[j] = (real)b[j];
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++) y[i * step + j] =
      (x[i * step + j] - m[j]) * f[j] + c[j];
}

TH_KERNEL static void T_(grad_sums_columns)(const void *x_, const void *g_, int64_t n, int64_t step,
                                            int columns, const double *restrict mean,
                                            double *restrict sum, double *restrict dot)
{
  const real *x = x_, *g = g_;
  for (int j = 0; j < columns; j++) sum[j] = dot[j] = 0;
#define DOT(row) (AT(x, row) - mean[j]) * AT(g, row)
#define FETCH T_(fetch_rows)(x, i + 8, n, step, columns), T_(fetch_rows)(g, i + 8, n, step, columns)
  ROWS((FETCH), (sum[j] = sum[j] + AT(g, 0) + AT(g, 1) + AT(g, 2) + AT(g, 3), dot[j] = dot[j] + DOT(0) + DOT(1) + DOT(2) + DOT(3)),
       (sum[j] += AT(g, 0), dot[j] += DOT(0)))
#undef FETCH
#undef DOT
}
#undef AT
#undef ROWS

TH_KERNEL static void T_(grad_input_columns)(const void *x_, const void *g_, void *gx_, int64_t n,
                                             int64_t step, int columns, const double *mean,
                                             const double *gmean, const double *k, const double *a)
{
  const real *x = x_, *g = g_;
  real *gx = gx_, m[COLUMNS], gm[COLUMNS], f[COLUMNS], c[COLUMNS];
  for (int j = 0; j < columns; j++)
    m[j] = (real)mean[j], gm[j] = (real)gmean[j], f[j] = (real)k[j], c[j] = (real)a[j];
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++) gx[i * step + j] =
      (g[i * step + j] - gm[j] - (x[i * step + j] - m[j]) * f[j]) * c[j];
}
