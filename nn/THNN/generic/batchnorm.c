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

/* The same for up to COLUMNS features whose elements lie side by side in n rows (s == 1). */

typedef real T_(Eight) __attribute__((vector_size(8 * sizeof(real)), aligned(sizeof(real)), may_alias));
#define EIGHT(p) __builtin_convertvector(*(const T_(Eight) *)(p), EightDoubles)

/* All COLUMNS of them: the sums stay in registers through all rows. */
static inline __attribute__((always_inline)) void T_(moments_all)(const real *x, int64_t n, int64_t step, double *mean,
                                                                  double *squares)
{
  EightDoubles sum[COLUMNS / 8] = {{0}}, square[COLUMNS / 8] = {{0}};
  const real *p = x;
  for (int64_t i = 0; i < n; i++, p += step)
    _Pragma("GCC unroll 8") for (int b = 0; b < COLUMNS / 8; b++) sum[b] += EIGHT(p + 8 * b);
  _Pragma("GCC unroll 8") for (int b = 0; b < COLUMNS / 8; b++) sum[b] /= (double)n;
  p = x;
  for (int64_t i = 0; i < n; i++, p += step)
    _Pragma("GCC unroll 8") for (int b = 0; b < COLUMNS / 8; b++)
    {
      const EightDoubles d = EIGHT(p + 8 * b) - sum[b];
      square[b] += d * d;
    }
  memcpy(mean, sum, sizeof sum);
  memcpy(squares, square, sizeof square);
}
#undef EIGHT

TH_KERNEL static void T_(moments_columns)(const void *x_, int64_t n, int64_t step, int columns,
                                          double *mean, double *squares)
{
  const real *x = x_;
  if (columns == COLUMNS) {
    T_(moments_all)(x, n, step, mean, squares);
    return;
  }
  for (int j = 0; j < columns; j++) mean[j] = squares[j] = 0;
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) mean[j] += x[i * step + j];
  for (int j = 0; j < columns; j++) mean[j] /= (double)n;
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) {
      double d = x[i * step + j] - mean[j];
      squares[j] += d * d;
    }
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
                                            int columns, const double *mean, double *sum,
                                            double *dot)
{
  const real *x = x_, *g = g_;
  for (int j = 0; j < columns; j++) sum[j] = dot[j] = 0;
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) {
      sum[j] += g[i * step + j];
      dot[j] += (x[i * step + j] - mean[j]) * g[i * step + j];
    }
}

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
