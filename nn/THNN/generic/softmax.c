/* Rows of n scores side by side in memory. */
#ifdef TH_REAL_IS_FLOAT
#define EXP expf
#else
#define EXP exp
#endif

static inline real T_(row_max)(const real *x, int64_t n)
{
  real max = x[0];
  _Pragma("omp simd reduction(max : max)") for (int64_t i = 1; i < n; i++) max =
    x[i] > max ? x[i] : max;
  return max;
}

TH_KERNEL static void T_(logsoftmax_row)(const void *x_, void *y_, int64_t n)
{
  const real *x = x_;
  real *y = y_, max = T_(row_max)(x, n);
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++) sum += EXP(x[i] - max);
  real shift = max + (real)log(sum);
  for (int64_t i = 0; i < n; i++) y[i] = x[i] - shift;
}

TH_KERNEL static void T_(softmax_row)(const void *x_, void *y_, int64_t n)
{
  const real *x = x_;
  real *y = y_, max = T_(row_max)(x, n);
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++)
  {
    real e = EXP(x[i] - max);
    y[i] = e;
    sum += e;
  }
  real factor = (real)(1 / sum);
  for (int64_t i = 0; i < n; i++) y[i] *= factor;
}

TH_KERNEL static void T_(logsoftmax_grad_row)(const void *y_, const void *g_, void *gx_, int64_t n)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++) sum += g[i];
  real s = (real)sum;
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) gx[i] = g[i] - EXP(y[i]) * s;
}

TH_KERNEL static void T_(softmax_grad_row)(const void *y_, const void *g_, void *gx_, int64_t n)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++) sum += (double)g[i] * y[i];
  real s = (real)sum;
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) gx[i] = (g[i] - s) * y[i];
}

/* Up to COLUMNS neighbouring positions, each with n scores `step` apart. */

static inline void T_(columns_max)(const real *x, int64_t n, int64_t step, int columns, real *max)
{
  for (int j = 0; j < columns; j++) max[j] = x[j];
  for (int64_t i = 1; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++) max[j] =
      x[i * step + j] > max[j] ? x[i * step + j] : max[j];
}

TH_KERNEL static void T_(logsoftmax_columns)(const void *x_, void *y_, int64_t n, int64_t step,
                                             int columns)
{
  const real *x = x_;
  real *y = y_, max[COLUMNS];
  double sum[COLUMNS] = {0};
  T_(columns_max)(x, n, step, columns, max);
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++) sum[j] += EXP(x[i * step + j] - max[j]);
  for (int j = 0; j < columns; j++) max[j] += (real)log(sum[j]);
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) y[i * step + j] = x[i * step + j] - max[j];
}

TH_KERNEL static void T_(softmax_columns)(const void *x_, void *y_, int64_t n, int64_t step,
                                          int columns)
{
  const real *x = x_;
  real *y = y_, max[COLUMNS];
  double sum[COLUMNS] = {0};
  T_(columns_max)(x, n, step, columns, max);
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++)
    {
      real e = EXP(x[i * step + j] - max[j]);
      y[i * step + j] = e;
      sum[j] += e;
    }
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) y[i * step + j] *= (real)(1 / sum[j]);
}

TH_KERNEL static void T_(logsoftmax_grad_columns)(const void *y_, const void *g_, void *gx_,
                                                  int64_t n, int64_t step, int columns)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double sum[COLUMNS] = {0};
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) sum[j] += g[i * step + j];
  for (int64_t i = 0; i < n; i++)
    _Pragma("omp simd") for (int j = 0; j < columns; j++) gx[i * step + j] =
      g[i * step + j] - EXP(y[i * step + j]) * (real)sum[j];
}

TH_KERNEL static void T_(softmax_grad_columns)(const void *y_, const void *g_, void *gx_, int64_t n,
                                               int64_t step, int columns)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double sum[COLUMNS] = {0};
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) sum[j] += (double)g[i * step + j] * y[i * step + j];
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < columns; j++) gx[i * step + j] =
      (g[i * step + j] - (real)sum[j]) * y[i * step + j];
}
#undef EXP
