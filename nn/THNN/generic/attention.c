/* Of one head of one sample: a block of queries against blocks of keys. Rows lie `ld` apart. */

static inline void T_(exponentials)(real *r, int64_t n)
{
  const real arg[2] = {0};
  THLoops_current()->map[TH_MAP_exp][TH_CODE]((char *[]){(char *)r, (char *)r}, (int64_t[]){sizeof *r, sizeof *r}, n, arg);
}

static inline const real *T_(at)(const Rows *rows, int64_t sample, int64_t head, int64_t row, int64_t n)
{
  return (const real *)rows->data + sample * rows->step + row * rows->ld + head * n;
}

/* Scores that count of a row: how many keys of the block query q sees; keys that are masked become -infinity. */
static int64_t T_(seen)(const Attention *a, int64_t sample, int64_t q, int64_t k, int64_t keys, real *score)
{
  if (a->causal) keys = THMax(0, THMin(keys, q + a->keys - a->queries - k + 1));
  if (a->mask)
    for (int64_t j = 0; j < keys; j++)
      if (a->mask[sample * a->keys + k + j]) score[j] = -INFINITY;
  return keys;
}

/* One row of scores becomes exponentials of the differences to the greatest so far; returns their sum. */
TH_KERNEL static double T_(soften)(real *score, int64_t n, int64_t all, real *max, real *factor)
{
  real top = *max;
  for (int64_t j = 0; j < n; j++) top = score[j] > top ? score[j] : top;
  for (int64_t j = n; j < all; j++) score[j] = 0;
  *factor = top > *max ? (real)exp((double)(*max - top)) : 1;
  *max = top;
  if (top == -INFINITY) {
    for (int64_t j = 0; j < n; j++) score[j] = 0;
    return 0;
  }
  double sum = 0;
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) score[j] -= top;
  T_(exponentials)(score, n);
  _Pragma("omp simd reduction(+ : sum)") for (int64_t j = 0; j < n; j++) sum += score[j];
  return sum;
}

static inline void T_(scale_row)(real *r, int64_t n, real s)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) r[j] *= s;
}

/* Keys that a block of queries from q to q + rows may see. */
static int64_t T_(last_key)(const Attention *a, int64_t q, int64_t rows)
{
  return a->causal ? THMax(0, THMin(a->keys, q + rows + a->keys - a->queries)) : a->keys;
}

static void T_(attend)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t rows)
{
  const int64_t n = a->n;
  real score[BLOCK * BLOCK], max[BLOCK], factor;
  double sum[BLOCK] = {0};
  real *y = (real *)T_(at)(&a->output, sample, head, q, n), *logsum = (real *)a->logsum + (sample * a->heads + head) * a->queries + q;
  for (int64_t r = 0; r < rows; r++) {
    max[r] = -INFINITY;
    memset(y + r * a->output.ld, 0, (size_t)n * sizeof *y);
  }
  for (int64_t k = 0, end = T_(last_key)(a, q, rows); k < end; k += BLOCK) {
    const int64_t keys = THMin(BLOCK, end - k);
    THNN_gemm(real)(false, true, rows, keys, n, (real)a->scale, T_(at)(&a->query, sample, head, q, n), a->query.ld,
                    T_(at)(&a->key, sample, head, k, n), a->key.ld, 0, score, keys);
    for (int64_t r = 0; r < rows; r++) {
      int64_t m = T_(seen)(a, sample, q + r, k, keys, score + r * keys);
      double part = T_(soften)(score + r * keys, m, keys, &max[r], &factor);
      sum[r] = sum[r] * factor + part;
      if (factor != 1) T_(scale_row)(y + r * a->output.ld, n, factor);
    }
    THNN_gemm(real)(false, false, rows, n, keys, 1, score, keys, T_(at)(&a->value, sample, head, k, n), a->value.ld, 1, y,
                    a->output.ld);
  }
  for (int64_t r = 0; r < rows; r++) {
    if (sum[r] > 0) T_(scale_row)(y + r * a->output.ld, n, (real)(1 / sum[r]));
    logsum[r] = sum[r] > 0 ? (real)((double)max[r] + log(sum[r])) : INFINITY;
  }
}

/* score becomes the probabilities p, gp (their gradients) those of the scores: p (gp - d) scale */
TH_KERNEL static void T_(soften_grad)(real *score, real *gp, int64_t n, int64_t all, real logsum, real d, real scale)
{
  for (int64_t j = 0; j < n; j++) score[j] -= logsum;
  if (logsum < INFINITY) T_(exponentials)(score, n);
  else n = 0;
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) gp[j] = score[j] * (gp[j] - d) * scale;
  for (int64_t j = n; j < all; j++) score[j] = gp[j] = 0;
}

TH_KERNEL static real T_(row_dot)(const real *x, const real *y, int64_t n)
{
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t j = 0; j < n; j++) sum += (double)x[j] * y[j];
  return (real)sum;
}

/* A block of queries and one of keys; d: products of output and its gradient, a query each. */
static void T_(attend_grad)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t rows, int64_t k, const real *d)
{
  const int64_t n = a->n, keys = THMin(BLOCK, T_(last_key)(a, q, rows) - k);
  if (keys <= 0) return;
  real score[BLOCK * BLOCK], gp[BLOCK * BLOCK];
  const real *x = T_(at)(&a->query, sample, head, q, n), *key = T_(at)(&a->key, sample, head, k, n);
  const real *gy = T_(at)(&a->gradOutput, sample, head, q, n);
  const real *logsum = (const real *)a->logsum + (sample * a->heads + head) * a->queries + q;
  THNN_gemm(real)(false, true, rows, keys, n, (real)a->scale, x, a->query.ld, key, a->key.ld, 0, score, keys);
  THNN_gemm(real)(false, true, rows, keys, n, 1, gy, a->gradOutput.ld, T_(at)(&a->value, sample, head, k, n), a->value.ld, 0, gp,
                  keys);
  for (int64_t r = 0; r < rows; r++) {
    int64_t m = T_(seen)(a, sample, q + r, k, keys, score + r * keys);
    T_(soften_grad)(score + r * keys, gp + r * keys, m, keys, logsum[r], d[r], (real)a->scale);
  }
  THNN_gemm(real)(true, false, keys, n, rows, 1, score, keys, gy, a->gradOutput.ld, 1,
                  (real *)T_(at)(&a->gradValue, sample, head, k, n), a->gradValue.ld);
  THNN_gemm(real)(true, false, keys, n, rows, 1, gp, keys, x, a->query.ld, 1, (real *)T_(at)(&a->gradKey, sample, head, k, n),
                  a->gradKey.ld);
  THNN_gemm(real)(false, false, rows, n, keys, 1, gp, keys, key, a->key.ld, 1, (real *)T_(at)(&a->gradQuery, sample, head, q, n),
                  a->gradQuery.ld);
}

static void T_(clear_head)(const Rows *rows, int64_t sample, int64_t head, int64_t count, int64_t n)
{
  for (int64_t i = 0; i < count; i++) memset((real *)T_(at)(rows, sample, head, i, n), 0, (size_t)n * sizeof(real));
}

static void T_(head_grad)(const Attention *a, int64_t sample, int64_t head)
{
  const int64_t n = a->n;
  T_(clear_head)(&a->gradQuery, sample, head, a->queries, n);
  T_(clear_head)(&a->gradKey, sample, head, a->keys, n);
  T_(clear_head)(&a->gradValue, sample, head, a->keys, n);
  for (int64_t q = 0; q < a->queries; q += BLOCK) {
    const int64_t rows = THMin(BLOCK, a->queries - q);
    real d[BLOCK];
    for (int64_t r = 0; r < rows; r++)
      d[r] = T_(row_dot)(T_(at)(&a->output, sample, head, q + r, n), T_(at)(&a->gradOutput, sample, head, q + r, n), n);
    for (int64_t k = 0; k < a->keys; k += BLOCK) T_(attend_grad)(a, sample, head, q, rows, k, d);
  }
}
