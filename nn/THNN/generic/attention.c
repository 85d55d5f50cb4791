/* Of one head of one sample: a block of queries against blocks of keys. Rows lie `ld` apart; those of scores BLOCK, and they are
   worked on in whole vectors, past the last key. */

static inline const real *T_(at)(const Rows *rows, int64_t sample, int64_t head, int64_t row, int64_t n)
{
  return (const real *)rows->data + sample * rows->step + row * rows->ld + head * n;
}

/* Lanes, whole vectors of them, and two by two their sum and the greatest. */
enum { T_(LANES) = 64 / sizeof(real) };
static inline __attribute__((always_inline)) real T_(lane_sum)(real *lane)
{
  MEET(T_(LANES), lane[k] + lane[k + w])
  return lane[0];
}
static inline __attribute__((always_inline)) real T_(lane_max)(real *lane)
{
  MEET(T_(LANES), lane[k + w] > lane[k] ? lane[k + w] : lane[k])
  return lane[0];
}

/* e^x of differences to a greater number: what is too small for a sum is 0. */
#ifdef TH_REAL_IS_FLOAT
static inline real T_(weight)(real x)
{
  const real e = exp_short(x), other = 0 > x ? 0 : x;
  return x > -87 ? e : other;
}
#else
static inline real T_(weight)(real x) { return exp(x); }
#endif

/* Which keys of a block are seen: query r sees the first `first` + r `more` of `keys`. */
typedef struct T_(Sight) {
  int64_t keys, first, more;
} T_(Sight);

static T_(Sight) T_(sight)(const Attention *a, int64_t q, int64_t k, int64_t keys)
{
  if (!a->causal) return (T_(Sight)){keys, keys, 0};
  return (T_(Sight)){keys, q + a->keys - a->queries - k + 1, 1};
}

static inline int64_t T_(seen)(T_(Sight) s, int64_t r) { return THMax(0, THMin(s.keys, s.first + r * s.more)); }

/* Scores of keys that are masked become -infinity. */
static void T_(hide)(const Attention *a, int64_t sample, int64_t k, int64_t rows, int64_t keys, real *score)
{
  if (!a->mask) return;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < keys; j++)
      if (a->mask[sample * a->keys + k + j]) score[r * BLOCK + j] = -INFINITY;
}

/* Of a block of queries: the greatest score so far, sums of exponentials, and their products with the values. */
typedef struct T_(Sums) {
  real max[BLOCK], logsum[BLOCK];
  double sum[BLOCK];
  real *y;
} T_(Sums);

static inline void T_(scale_row)(real *r, int64_t n, real s)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) r[j] *= s;
}

/* Rows of scores become exponentials of differences to the greatest so far, which is what sums so far go by, too: those of
   queries from r0 on. */
TH_KERNEL static void T_(soften)(real *x, int64_t rows, T_(Sight) sight, T_(Sums) *s, int64_t r0, int64_t n, int64_t ld)
{
  real before[BLOCK];
  for (int64_t r = 0; r < rows; r++) { /* first all maxima: rows that wait for their own ones overlap */
    const int m = (int)T_(seen)(sight, r);
    real top[T_(LANES)];
    before[r] = s->max[r0 + r];
    for (int k = 0; k < T_(LANES); k++) top[k] = before[r];
    for (int j = 0; j < m; j += T_(LANES))
      _Pragma("omp simd") for (int k = 0; k < T_(LANES); k++)
      {
        const real v = j + k < m ? x[r * BLOCK + j + k] : -INFINITY;
        top[k] = v > top[k] ? v : top[k];
      }
    s->max[r0 + r] = T_(lane_max)(top);
  }
  for (int64_t r = 0; r < rows; r++, x += BLOCK) {
    const int m = (int)T_(seen)(sight, r), all = (int)sight.keys;
    const real now = s->max[r0 + r], from = now > -INFINITY ? now : 0;
    real sum[T_(LANES)] = {0};
    for (int j = 0; j < all; j += T_(LANES))
      _Pragma("omp simd") for (int k = 0; k < T_(LANES); k++)
      {
        const real e = T_(weight)((j + k < m ? x[j + k] : -INFINITY) - from);
        x[j + k] = e;
        sum[k] += e;
      }
    const real factor = now > before[r] && before[r] > -INFINITY ? (real)exp((double)(before[r] - now)) : 1;
    if (factor != 1) T_(scale_row)(s->y + (r0 + r) * ld, n, factor);
    s->sum[r0 + r] = s->sum[r0 + r] * (double)factor + (double)T_(lane_sum)(sum);
  }
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

/* ---- products ---- */

/* Rows of a head that stand transposed in products, packed where they are few enough. */
typedef struct T_(Turned) {
  const real *rows;
  int64_t count, ld;
  bool isPacked;
  real packed[PACKED];
} T_(Turned);

static void T_(turn)(T_(Turned) *t, const Attention *a, const Rows *rows, int64_t sample, int64_t head, int64_t k, int64_t keys)
{
  const THProduct p = {.isDouble = sizeof(real) == 8, .m = keys, .k = a->n, .a = T_(at)(rows, sample, head, k, a->n), .ai = rows->ld, .ak = 1};
  const int64_t bytes = THProduct_packedBytes(p.isDouble, p.m, p.k);
  t->rows = p.a, t->count = keys, t->ld = rows->ld;
  t->isPacked = bytes && bytes <= (int64_t)sizeof t->packed;
  if (t->isPacked) THProduct_pack(&p, t->packed);
}

/* Scores = scale X T', of `rows` rows of X with `keys` of T, or all of them: what is packed goes by their number. */
static void T_(against)(const T_(Turned) *t, int64_t rows, int64_t keys, int64_t n, real scale, const real *x, int64_t ld, real *score,
                        Coming *c)
{
  if (t->isPacked)
    THProduct_runPacked(&(THProduct){sizeof(real) == 8, t->count, rows, n, NULL, x, score, NULL, 0, 0, 1, ld, 1, BLOCK, 0, 0, (double)scale, 0},
                        t->packed, c->next, c->count);
  else THNN_gemm(real)(false, true, rows, keys, n, scale, x, ld, t->rows, t->ld, 0, score, BLOCK);
}

/* R += S X, or S' X: S are scores, r rows of them with k columns, or r columns of k rows. */
static void T_(add_product)(bool turned, int64_t r, int64_t n, int64_t k, const real *score, const real *x, int64_t ld, real *to,
                            int64_t told, Coming *c)
{
  if (THProduct_possible())
    THProduct_runPacked(&(THProduct){sizeof(real) == 8, n, r, k, x, score, to, to, 1, ld, turned ? BLOCK : 1, turned ? 1 : BLOCK, 1,
                                     told, 1, told, 1, 1},
                        NULL, c->next, c->count);
  else THNN_gemm(real)(turned, false, r, n, k, 1, score, BLOCK, x, ld, 1, to, told);
}

/* Rows of n become 0, without calls. */
TH_KERNEL static void T_(clear)(real *r, int64_t rows, int64_t n, int64_t ld)
{
  for (int64_t i = 0; i < rows; i++, r += ld)
    _Pragma("omp simd") for (int64_t j = 0; j < n; j++) r[j] = 0;
}

/* ---- output ---- */

/* Queries [r0, r0 + rows) of the block at q against keys [k, k + keys). */
static void T_(attend_keys)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t r0, int64_t rows, int64_t k,
                            int64_t keys, const T_(Turned) *key, T_(Sums) *s, Coming *c)
{
  const int64_t n = a->n, ld = a->output.ld;
  real score[BLOCK * BLOCK];
  T_(against)(key, rows, keys, n, (real)a->scale, T_(at)(&a->query, sample, head, q + r0, n), a->query.ld, score, c);
  T_(hide)(a, sample, k, rows, keys, score);
  T_(soften)(score, rows, T_(sight)(a, q + r0, k, keys), s, r0, n, ld);
  T_(add_product)(false, rows, n, keys, score, T_(at)(&a->value, sample, head, k, n), a->value.ld, s->y + r0 * ld, ld, c);
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

static void T_(attend)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t rows, Coming *c)
{
  T_(Sums) s = {.y = (real *)T_(at)(&a->output, sample, head, q, a->n)};
  T_(Turned) key;
  for (int64_t r = 0; r < rows; r++) s.max[r] = -INFINITY;
  T_(clear)(s.y, rows, a->n, a->output.ld);
  for (int64_t k = 0, end = T_(last_key)(a, q, rows); k < end; k += BLOCK) {
    const int64_t keys = THMin(BLOCK, end - k), step = T_(together)(a, q, rows, k + keys);
    T_(turn)(&key, a, &a->key, sample, head, k, keys);
    for (int64_t r = 0; r < rows; r += step) {
      const int64_t count = THMin(step, rows - r), some = THMin(keys, T_(last_key)(a, q + r, count) - k);
      if (some > 0) T_(attend_keys)(a, sample, head, q, r, count, k, some, &key, &s, c);
    }
  }
  T_(finish_rows)(a, &s, rows, (real *)a->logsum + (sample * a->heads + head) * a->queries + q);
}

/* ---- gradients ---- */

/* Scores become probabilities p, and gp, their gradients, p (gp - d) scale, those of the scores. */
TH_KERNEL static void T_(soften_grad)(real *p, real *gp, int64_t rows, T_(Sight) sight, const real *logsum, const real *d, real scale)
{
  for (int64_t r = 0; r < rows; r++, p += BLOCK, gp += BLOCK) {
    const int m = (int)T_(seen)(sight, r), all = (int)sight.keys;
    const real from = logsum[r], less = d[r];
    for (int j = 0; j < all; j += T_(LANES))
      _Pragma("omp simd") for (int k = 0; k < T_(LANES); k++)
      {
        const real e = T_(weight)((j + k < m ? p[j + k] : -INFINITY) - from);
        p[j + k] = e;
        gp[j + k] = e * (gp[j + k] - less) * scale;
      }
  }
}

/* d of each row: the product of x's and y's. */
TH_KERNEL static void T_(row_dots)(const real *x, int64_t xld, const real *y, int64_t yld, int64_t rows, int64_t n, real *d)
{
  for (int64_t r = 0; r < rows; r++, x += xld, y += yld) {
    real sum[T_(LANES)] = {0};
    int64_t j = 0;
    for (; j + T_(LANES) <= n; j += T_(LANES))
      _Pragma("omp simd") for (int k = 0; k < T_(LANES); k++) sum[k] += x[j + k] * y[j + k];
    for (int k = 0; j < n; j++, k++) sum[k] += x[j] * y[j];
    d[r] = T_(lane_sum)(sum);
  }
}

/* Some queries of a block and a block of keys; d: products of output and its gradient, a query each. */
static void T_(attend_grad)(const Attention *a, int64_t sample, int64_t head, int64_t q, int64_t rows, int64_t k, const real *d,
                            const T_(Turned) *key, const T_(Turned) *value, Coming *c)
{
  const int64_t n = a->n, keys = THMin(BLOCK, T_(last_key)(a, q, rows) - k);
  if (keys <= 0) return;
  real score[BLOCK * BLOCK], gp[BLOCK * BLOCK];
  const real *x = T_(at)(&a->query, sample, head, q, n), *gy = T_(at)(&a->gradOutput, sample, head, q, n);
  T_(against)(key, rows, keys, n, (real)a->scale, x, a->query.ld, score, c);
  T_(against)(value, rows, keys, n, 1, gy, a->gradOutput.ld, gp, c);
  T_(hide)(a, sample, k, rows, keys, score);
  T_(soften_grad)(score, gp, rows, T_(sight)(a, q, k, keys),
                  (const real *)a->logsum + (sample * a->heads + head) * a->queries + q, d, (real)a->scale);
  T_(add_product)(true, keys, n, rows, score, gy, a->gradOutput.ld, (real *)T_(at)(&a->gradValue, sample, head, k, n), a->gradValue.ld, c);
  T_(add_product)(true, keys, n, rows, gp, x, a->query.ld, (real *)T_(at)(&a->gradKey, sample, head, k, n), a->gradKey.ld, c);
  T_(add_product)(false, rows, n, keys, gp, key->rows, key->ld, (real *)T_(at)(&a->gradQuery, sample, head, q, n), a->gradQuery.ld, c);
}

static void T_(clear_head)(const Rows *rows, int64_t sample, int64_t head, int64_t count, int64_t n)
{
  T_(clear)((real *)T_(at)(rows, sample, head, 0, n), count, n, rows->ld);
}

static void T_(head_grad)(const Attention *a, int64_t sample, int64_t head, Coming *c)
{
  const int64_t n = a->n;
  T_(Turned) key, value;
  T_(clear_head)(&a->gradQuery, sample, head, a->queries, n);
  T_(clear_head)(&a->gradKey, sample, head, a->keys, n);
  T_(clear_head)(&a->gradValue, sample, head, a->keys, n);
  for (int64_t q = 0; q < a->queries; q += BLOCK) {
    const int64_t rows = THMin(BLOCK, a->queries - q);
    real d[BLOCK];
    T_(row_dots)(T_(at)(&a->output, sample, head, q, n), a->output.ld, T_(at)(&a->gradOutput, sample, head, q, n), a->gradOutput.ld,
                 rows, n, d);
    for (int64_t k = 0, end = T_(last_key)(a, q, rows); k < end; k += BLOCK) {
      const int64_t keys = THMin(BLOCK, end - k), step = T_(together)(a, q, rows, k + keys);
      T_(turn)(&key, a, &a->key, sample, head, k, keys);
      T_(turn)(&value, a, &a->value, sample, head, k, keys);
      for (int64_t r = 0; r < rows; r += step)
        T_(attend_grad)(a, sample, head, q + r, THMin(step, rows - r), k, d + r, &key, &value, c);
    }
  }
}
