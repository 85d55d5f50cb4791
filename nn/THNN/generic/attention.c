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

/* How many keys of a block query q sees; those that are masked become -infinity. */
static int64_t T_(seen)(const Attention *a, int64_t sample, int64_t q, int64_t k, int64_t keys, real *score)
{
  if (a->causal) keys = THMax(0, THMin(keys, q + a->keys - a->queries - k + 1));
  if (a->mask)
    for (int64_t j = 0; j < keys; j++)
      if (a->mask[sample * a->keys + k + j]) score[j] = -INFINITY;
  return keys;
}

/* score[0, n) - d, and -infinity behind it: exponentials of the rest are 0. */
static inline void T_(lower_row)(real *score, int64_t n, int64_t all, real d)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) score[j] -= d;
  _Pragma("omp simd") for (int64_t j = n; j < all; j++) score[j] = -INFINITY;
}

/* One row of scores becomes differences to the greatest so far; returns what sums so far are to be multiplied by. */
TH_KERNEL static real T_(lower)(real *score, int64_t n, int64_t all, real *max)
{
  const real before = *max;
  real top = before;
  _Pragma("omp simd reduction(max : top)") for (int64_t j = 0; j < n; j++) top = score[j] > top ? score[j] : top;
  *max = top;
  T_(lower_row)(score, top == -INFINITY ? 0 : n, all, top);
  return top > before && before > -INFINITY ? (real)exp((double)(before - top)) : 1;
}

TH_KERNEL static double T_(row_sum)(const real *x, int64_t n)
{
  double sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t j = 0; j < n; j++) sum += x[j];
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

/* Queries that go together from q on, against keys up to `end`: all of them, or where the first ones see fewer keys, half. */
static int64_t T_(together)(const Attention *a, int64_t q, int64_t rows, int64_t end)
{
  return rows > BLOCK / 2 && T_(last_key)(a, q, BLOCK / 2) < end ? BLOCK / 2 : rows;
}

/* Of a block of queries: the greatest score so far, sums of exponentials, and their products with the values. */
typedef struct T_(Sums) {
  real max[BLOCK], logsum[BLOCK];
  double sum[BLOCK];
  real *y;
} T_(Sums);

/* Queries [r0, r0 + rows) of the block at q against keys [k, k + keys). */
static void T_(attend_keys)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t r0, int64_t rows, int64_t k,
                            int64_t keys, T_(Sums) *s)
{
  const int64_t n = a->n;
  real score[BLOCK * BLOCK], *y = s->y + r0 * a->output.ld;
  THNN_gemm(real)(false, true, rows, keys, n, (real)a->scale, T_(at)(&a->query, sample, head, q + r0, n), a->query.ld,
                  T_(at)(&a->key, sample, head, k, n), a->key.ld, 0, score, keys);
  for (int64_t r = 0; r < rows; r++) {
    const int64_t m = T_(seen)(a, sample, q + r0 + r, k, keys, score + r * keys);
    const real factor = T_(lower)(score + r * keys, m, keys, &s->max[r0 + r]);
    s->sum[r0 + r] *= factor;
    if (factor != 1) T_(scale_row)(y + r * a->output.ld, n, factor);
  }
  T_(exponentials)(score, rows * keys);
  for (int64_t r = 0; r < rows; r++) s->sum[r0 + r] += T_(row_sum)(score + r * keys, keys);
  THNN_gemm(real)(false, false, rows, n, keys, 1, score, keys, T_(at)(&a->value, sample, head, k, n), a->value.ld, 1, y,
                  a->output.ld);
}

/* Rows of y by their sums, and the logarithms of the sums; a query that sees no key has infinity, and 0 in y. */
static void T_(finish_rows)(const Attention *a, T_(Sums) *s, int64_t rows, real *logsum)
{
  const real arg[2] = {0};
  for (int64_t r = 0; r < rows; r++) {
    s->logsum[r] = (real)s->sum[r];
    if (s->sum[r] > 0) T_(scale_row)(s->y + r * a->output.ld, a->n, (real)(1 / s->sum[r]));
  }
  THLoops_current()->map[TH_MAP_log][TH_CODE]((char *[]){(char *)s->logsum, (char *)s->logsum},
                                              (int64_t[]){sizeof(real), sizeof(real)}, rows, arg);
  for (int64_t r = 0; r < rows; r++) logsum[r] = s->sum[r] > 0 ? s->max[r] + s->logsum[r] : INFINITY;
}

static void T_(attend)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t rows)
{
  T_(Sums) s = {.y = (real *)T_(at)(&a->output, sample, head, q, a->n)};
  for (int64_t r = 0; r < rows; r++) {
    s.max[r] = -INFINITY;
    memset(s.y + r * a->output.ld, 0, (size_t)a->n * sizeof(real));
  }
  for (int64_t k = 0, end = T_(last_key)(a, q, rows); k < end; k += BLOCK) {
    const int64_t keys = THMin(BLOCK, end - k), step = T_(together)(a, q, rows, k + keys);
    for (int64_t r = 0; r < rows; r += step) {
      const int64_t count = THMin(step, rows - r), some = THMin(keys, T_(last_key)(a, q + r, count) - k);
      if (some > 0) T_(attend_keys)(a, sample, head, q, r, count, k, some, &s);
    }
  }
  T_(finish_rows)(a, &s, rows, (real *)a->logsum + (sample * a->heads + head) * a->queries + q);
}

/* p (gp - d) scale, the gradients of scores, from those of probabilities p */
static inline void T_(soften_grad)(const real *p, real *gp, int64_t n, real d, real scale)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) gp[j] = p[j] * (gp[j] - d) * scale;
}

TH_KERNEL static void T_(block_grad)(const real *p, real *gp, int64_t rows, int64_t keys, const real *d, real scale)
{
  for (int64_t r = 0; r < rows; r++) T_(soften_grad)(p + r * keys, gp + r * keys, keys, d[r], scale);
}

TH_KERNEL static void T_(lower_to)(real *score, int64_t n, int64_t all, real logsum)
{
  T_(lower_row)(score, logsum < INFINITY ? n : 0, all, logsum);
}

TH_KERNEL static real T_(row_dot)(const real *x, const real *y, int64_t n)
{
  real sum = 0;
  _Pragma("omp simd reduction(+ : sum)") for (int64_t j = 0; j < n; j++) sum += x[j] * y[j];
  return sum;
}

/* Some queries of a block and a block of keys; d: products of output and its gradient, a query each. */
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
  for (int64_t r = 0; r < rows; r++)
    T_(lower_to)(score + r * keys, T_(seen)(a, sample, q + r, k, keys, score + r * keys), keys, logsum[r]);
  T_(exponentials)(score, rows * keys);
  T_(block_grad)(score, gp, rows, keys, d, (real)a->scale);
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
    for (int64_t k = 0; k < a->keys; k += BLOCK) {
      const int64_t step = T_(together)(a, q, rows, THMin(k + BLOCK, a->keys));
      for (int64_t r = 0; r < rows; r += step) T_(attend_grad)(a, sample, head, q + r, THMin(step, rows - r), k, d + r);
    }
  }
}
