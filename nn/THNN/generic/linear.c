/* Sums of `count` columns of n rows, of which several are taken at once, whole: memory likes long runs. */
static inline __attribute__((always_inline)) void T_(column_sums)(const real *x, int64_t n, int64_t step, int64_t count,
                                                                  double *restrict sum)
{
  int64_t i = 0;
  for (int64_t c = 0; c < count; c++) sum[c] = 0;
  for (; i + 4 <= n; i += 4, x += 4 * step)
    _Pragma("omp simd") for (int64_t c = 0; c < count; c++)
      sum[c] += ((double)x[c] + (double)x[c + step]) + ((double)x[c + 2 * step] + (double)x[c + 3 * step]);
  for (; i < n; i++, x += step)
    for (int64_t c = 0; c < count; c++) sum[c] += (double)x[c];
}

/* Sum over n and s of x[n][c][s] for planes c in [begin, end). */
TH_KERNEL static void T_(plane_sums)(const void *x_, int64_t n, int64_t planes, int64_t s,
                                     int64_t begin, int64_t end, double *sum)
{
  const real *x = x_;
  if (s == 1) {
    T_(column_sums)(x + begin, n, planes, end - begin, sum + begin);
    return;
  }
  for (int64_t c = begin; c < end; c++) sum[c] = 0;
  for (int64_t i = 0; i < n; i++) {
    const real *row = x + i * planes * s;
    for (int64_t c = begin; c < end; c++) {
      double part = 0;
      const real *p = row + c * s;
      _Pragma("omp simd reduction(+ : part)") for (int64_t j = 0; j < s; j++) part += p[j];
      sum[c] += part;
    }
  }
}

static void T_(add_sums)(void *r_, int64_t stride, const double *sum, int64_t n, double scale)
{
  real *r = r_;
  for (int64_t c = 0; c < n; c++) r[c * stride] += (real)(scale * sum[c]);
}

static void T_(fill_rows)(void *r_, const void *row_, int64_t n, int64_t columns)
{
  real *r = r_;
  for (int64_t i = 0; i < n; i++) memmove(r + i * columns, row_, (size_t)columns * sizeof(real));
}

static void T_(product)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha,
                        const void *a, const void *b, double beta, void *c)
{
  THNN_gemm(real)(ta, tb, m, n, k, (real)alpha, a, ta ? m : k, b, tb ? k : n, (real)beta, c, n);
}

/* r[index[i]] += scale / frequency of index[i] * g[i], columns [begin, end) of the rows */
TH_KERNEL static void T_(add_rows)(void *r_, const void *g_, const int64_t *index, const int *count,
                                   int64_t n, int64_t columns, int64_t begin, int64_t end,
                                   int64_t padding, double scale)
{
  real *r = r_;
  const real *g = g_;
  for (int64_t i = 0; i < n; i++) {
    if (index[i] == padding) continue;
    int64_t row = index[i] - TH_INDEX_BASE;
    real s = (real)(count ? scale / count[row] : scale);
    for (int64_t j = begin; j < end; j++) r[row * columns + j] += s * g[i * columns + j];
  }
}
