/* Included by kernel.c for float and for double. */
#define V Name(vector)
typedef real V __attribute__((vector_size(BYTES), aligned(sizeof(real)), may_alias));
#define VI Name(places)
typedef integer VI __attribute__((vector_size(BYTES)));

/* ---- blocks: lanes of A times columns of B ---- */

/* sum + x y; the compiler would choose forms that need more registers than there are. */
#define ADD_PRODUCT(sum, x, y)                                                                     \
  __asm__("vfmadd231" SUFFIX " %2, %1, %0" : "+" VECTOR_REGISTER(sum) : VECTOR_REGISTER(x), VECTOR_REGISTER(y))

/* C = alpha sums + beta D, rounded alike in every place; the sums of a column lie side by side. */
static void Name(finish)(const GemmBlock *g, const V *sum, int vectors, int columns)
{
  const MASK last = Name(mask)(g->lanes);
  const bool whole = g->lanes == LANES; /* stores with a mask are slow on some */
  const int64_t cj = g->cj, di = g->di, dj = g->d ? g->dj : 0;
  const real alpha = (real)g->alpha, beta = (real)g->beta;
  const V factor = SPLAT(beta);
  real *c = g->c;
  const real *d = g->d;
  if (whole && d && di) { /* most of them */
    for (int j = 0; j < columns; j++, c += cj, d += dj)
      for (int i = 0; i < vectors; i++, sum++) {
        V value = *sum * alpha;
        ADD_PRODUCT(value, factor, *(const V *)(d + i * LANES));
        *(V *)(c + i * LANES) = value;
      }
    return;
  }
  for (int j = 0; j < columns; j++, c += cj, d += dj) {
    const V all = d && !di ? SPLAT(beta * *d) : (V){0};
    for (int i = 0; i < vectors; i++, sum++) {
      const bool part = i == vectors - 1 && !whole;
      V value = *sum * alpha;
      if (d && di) ADD_PRODUCT(value, factor, part ? LOAD_FIRST(d + i * LANES, last) : *(const V *)(d + i * LANES));
      else if (d) value += all;
      if (part) STORE_FIRST(c + i * LANES, last, value);
      else *(V *)(c + i * LANES) = value;
    }
  }
}

static __attribute__((noinline)) void Name(fetch)(const GemmBlock *g, int vectors, int columns)
{
  const real *c = g->c;
  for (int j = 0; j < columns; j++, c += g->cj)
    for (int i = 0; i < vectors; i++) __builtin_prefetch(c + i * LANES, 1);
}

/* C comes column by column in the last runs of GEMM_ASK steps: all at once it would keep A waiting, sooner it would be gone. */
#define FETCH_COLUMN                                                                               \
  if (unasked > 0 && k <= GEMM_ASK * (unasked + 2)) {                                              \
    UNROLL for (int i = 0; i < vectors; i++) __builtin_prefetch(to + i * BYTES, 1);                \
    to += g->cj * SIZE;                                                                            \
    unasked--;                                                                                     \
  }

/* A step of k, A at `a` and what is asked for at `asked`. Registers that __asm__ names stay what they are, instead of sums of
   more. */
#define STEP_OF_K(a, asked, column, KEEP)                                                          \
  {                                                                                                \
    V x[VECTORS];                                                                                  \
    const real *last = (const real *)((a) + (vectors - 1) * BYTES);                                \
    UNROLL for (int i = 0; i < vectors - 1; i++) x[i] = *(const V *)((a) + i * BYTES);             \
    x[vectors - 1] = whole ? *(const V *)last : LOAD_FIRST(last, mask);                            \
    KEEP                                                                                           \
    __builtin_prefetch(asked);                                                                     \
    if (sizeof(real) == 8) __builtin_prefetch((asked) + 64);                                       \
    UNROLL for (int j = 0; j < columns; j++)                                                       \
    {                                                                                              \
      const V factor = SPLAT(*(const real *)(column));                                             \
      UNROLL for (int i = 0; i < vectors; i++) ADD_PRODUCT(sum[j][i], x[i], factor);               \
    }                                                                                              \
  }
/* The same where A is far, GEMM_AHEAD of k: the processor looks ahead within a page only, and runs of a matrix as it lies are a
   page apart. */
#define STEP_AFAR(column, KEEP)                                                                    \
  {                                                                                                \
    const char *later = a + ahead;                                                                 \
    __asm__("" : "+r"(later));                                                                     \
    UNROLL for (int i = 0; i < vectors; i++) __builtin_prefetch(later + i * BYTES);                \
    STEP_OF_K(a, ask, column, KEEP)                                                                \
    a += ak;                                                                                       \
    ask += askStep;                                                                                \
    __asm__("" : "+r"(a), "+r"(ask));                                                              \
  }

/* What counts and moves beside the products takes as long as they do: the widest blocks have a loop for columns that lie side by
   side and one for runs of k, of four steps where A is packed, and read whole vectors. Columns are reached three from each
   pointer: addresses have room for one and two steps. */
INLINE void Name(block)(const GemmBlock *g, const int vectors, const int columns, const bool keeps)
{
  enum { SIZE = sizeof(real) };
  const bool wide = vectors * columns >= WIDE && columns != 7, loops = wide || (IS_SMALL(vectors, columns) && g->lanes == LANES);
  const bool packed = loops && g->ak == vectors * LANES;
  const MASK mask = Name(mask)(g->lanes);
  const int64_t ak = g->ak * SIZE, bk = g->bk * SIZE, bj = g->bj * SIZE, askStep = g->askStep;
  int64_t twice = 2 * bj, ahead = GEMM_AHEAD * ak / (ak % 2048 ? 1 : 2), k = g->k;
  const char *ask = g->ask, *a = g->a, *b[POINTERS];
  V sum[COLUMNS][VECTORS], out[COLUMNS * VECTORS];
  __asm__("" : "+r"(twice), "+r"(ahead));
  char *keep = g->keep;
  const char *to = g->c;
  int unasked = g->fetch ? columns : 0; /* columns that are to be asked for */
  if (unasked && (!wide || k < GEMM_ASK * columns)) { /* those that have no run of their own */
    const int now = wide ? columns - (int)k / GEMM_ASK : columns;
    Name(fetch)(g, vectors, now);
    unasked -= now;
    to += now * g->cj * SIZE;
  }
  UNROLL for (int j = 0; j < columns; j++)
    UNROLL for (int i = 0; i < vectors; i++) sum[j][i] = (V){0};
#define KEEP_LANES UNROLL for (int i = 0; i < vectors; i++, keep += BYTES) *(V *)keep = x[i];
#define COLUMN(j) (b[(j) / 3] + ((j) % 3 == 2 ? twice : (j) % 3 * bj))
#define MOVE(by)                                                                                   \
  UNROLL for (int j = 0; j < POINTERS; j++)                                                   \
  {                                                                                                \
    if (3 * j < columns) b[j] += by;                                                               \
  }
  UNROLL for (int j = 0; j < POINTERS; j++) b[j] = (const char *)g->b + (3 * j < columns ? 3 * j * bj : 0);
/* Four steps of k, A packed. */
#define FOUR_STEPS(column, AFTER)                                                                        \
  {                                                                                                \
    UNROLL for (int q = 0; q < 4; q++)                                                             \
    {                                                                                              \
      STEP_OF_K(a + q * vectors * BYTES, ask, column, )                                            \
      AFTER                                                                                        \
      ask += askStep;                                                                              \
      __asm__("" : "+r"(ask));                                                                     \
    }                                                                                              \
    a += 4 * vectors * BYTES;                                                                      \
    __asm__("" : "+r"(a));                                                                         \
  }
  if (keeps) {
    const bool whole = true;
    for (int64_t run; k > 0; k -= run) {
      run = (k - 1) % GEMM_ASK + 1;
      FETCH_COLUMN
      for (int64_t i = run; i > 0; i--) {
        STEP_AFAR(COLUMN(j), KEEP_LANES)
        MOVE(bk)
      }
      ask += g->askJump - askStep;
    }
  } else if (loops && bj == SIZE) {
    const bool whole = true;
    for (int64_t run; k > 0; k -= run) {
      int64_t i = run = (k - 1) % GEMM_ASK + 1;
      FETCH_COLUMN
      if (packed)
        for (; i > 3; i -= 4) FOUR_STEPS(b[0] + j * SIZE, b[0] += bk; __asm__("" : "+r"(b[0]));)
      for (; i > 0; i--) {
        STEP_AFAR(b[0] + j * SIZE, )
        b[0] += bk;
      }
      ask += g->askJump - askStep;
    }
  } else if (loops && bk == SIZE) {
    const bool whole = true;
    for (int64_t run; k > 0; k -= run) {
      int64_t i = run = (k - 1) % GEMM_ASK + 1;
      FETCH_COLUMN
      if (packed)
        for (; i > 3; i -= 4) {
          FOUR_STEPS(COLUMN(j) + q * SIZE, )
          MOVE(4 * SIZE)
        }
      for (; i > 1; i -= 2) {
        STEP_AFAR(COLUMN(j), )
        STEP_AFAR(COLUMN(j) + SIZE, )
        MOVE(2 * SIZE)
      }
      if (i > 0) {
        STEP_AFAR(COLUMN(j), )
        MOVE(SIZE)
      }
      ask += g->askJump - askStep;
    }
  } else {
    const bool whole = wide;
    for (; k > 0; k--) {
      STEP_AFAR(COLUMN(j), )
      MOVE(bk)
      if (k % GEMM_ASK == 1) ask += g->askJump - askStep;
    }
  }
#undef FOUR_STEPS
#undef KEEP_LANES
#undef COLUMN
#undef MOVE
  if ((wide || vectors == 1 || IS_SMALL(vectors, columns)) && !keeps && g->lanes == LANES && (!g->d || (g->di && g->beta == 1 && (g->alpha == 1 || g->alpha == -1)))) {
    char *c = g->c;
    const char *d = g->d;
    const int64_t cj = g->cj * SIZE, dj = g->dj * SIZE;
    const real alpha = (real)g->alpha;
    if (d)
      UNROLL for (int j = 0; j < columns; j++, c += cj, d += dj)
        UNROLL for (int i = 0; i < vectors; i++) *(V *)(c + i * BYTES) = sum[j][i] * alpha + *(const V *)(d + i * BYTES);
    else
      UNROLL for (int j = 0; j < columns; j++, c += cj)
        UNROLL for (int i = 0; i < vectors; i++) *(V *)(c + i * BYTES) = sum[j][i] * alpha;
    return;
  }
  UNROLL for (int j = 0; j < columns; j++)
    UNROLL for (int i = 0; i < vectors; i++) out[j * vectors + i] = sum[j][i];
  Name(finish)(g, out, vectors, columns);
}

/* Lanes of GEMM_THIN vectors times one column: rows of A are read in runs. */
static void Name(thin)(const GemmBlock *g)
{
  const int64_t ak = g->ak, bk = g->bk;
  const real *a = g->a, *b = g->b;
  V sum[GEMM_THIN];
  GemmBlock pair = *g;
  UNROLL for (int i = 0; i < GEMM_THIN; i++) sum[i] = (V){0};
  for (int64_t k = g->k; k > 0; k--, a += ak, b += bk) {
    const real factor = *b, *far = a + GEMM_AHEAD * ak;
    UNROLL for (int i = 0; i < GEMM_THIN * BYTES; i += 64) __builtin_prefetch((const char *)far + i);
    UNROLL for (int i = 0; i < GEMM_THIN; i++) sum[i] += *(const V *)(a + i * LANES) * factor;
  }
  for (int i = 0; i < GEMM_THIN; i += 2) {
    Name(finish)(&pair, sum + i, 2, 1);
    pair.c = (real *)pair.c + 2 * LANES;
    if (pair.d) pair.d = (const real *)pair.d + 2 * LANES * g->di;
  }
}

/* `steps` of k for all lanes. */
INLINE void Name(stream_steps)(const GemmBlock *g, const real *a, const real *b, const int steps, const int columns)
{
  const int64_t ak = g->ak, bk = g->bk, bj = g->bj, cj = g->cj, far = steps * ak;
  const MASK mask = Name(mask)(g->lanes % LANES);
  real *c = g->c;
  V factor[GEMM_MOST_STREAMED][4], x[4];
  UNROLL for (int j = 0; j < columns; j++)
    UNROLL for (int q = 0; q < steps; q++) factor[j][q] = SPLAT(b[j * bj + q * bk]);
#define SUMS(LOAD, STORE)                                                                          \
  UNROLL for (int q = 0; q < steps; q++) x[q] = LOAD(a + q * ak);                                  \
  UNROLL for (int j = 0; j < columns; j++)                                                         \
  {                                                                                                \
    V sum = LOAD(c + j * cj);                                                                      \
    UNROLL for (int q = 0; q < steps; q++) sum += x[q] * factor[j][q];                             \
    STORE(c + j * cj, sum);                                                                        \
  }
#define WHOLE(p) *(const V *)(p)
#define FIRST(p) LOAD_FIRST(p, mask)
#define PUT(p, v) *(V *)(p) = v
#define PUT_FIRST(p, v) STORE_FIRST(p, mask, v)
  for (int i = g->lanes / LANES; i > 0; i--, a += LANES, c += LANES) {
    UNROLL for (int q = 0; q < steps; q++) __builtin_prefetch(a + far + q * ak);
    SUMS(WHOLE, PUT)
  }
  if (g->lanes % LANES) {
    SUMS(FIRST, PUT_FIRST)
  }
#undef SUMS
#undef WHOLE
#undef FIRST
#undef PUT
#undef PUT_FIRST
}

INLINE void Name(stream)(const GemmBlock *g, const int columns)
{
  const real *a = g->a, *b = g->b;
  int64_t k = g->k;
  for (; k > 3; k -= 4, a += 4 * g->ak, b += 4 * g->bk) Name(stream_steps)(g, a, b, 4, columns);
  for (; k > 0; k--, a += g->ak, b += g->bk) Name(stream_steps)(g, a, b, 1, columns);
}
static void Name(stream_1)(const GemmBlock *g) { Name(stream)(g, 1); }
static void Name(stream_2)(const GemmBlock *g) { Name(stream)(g, 2); }

#define BLOCK(vectors, columns)                                                                    \
  static void Name(block_##vectors##_##columns)(const GemmBlock *g) { Name(block)(g, vectors, columns, false); }
ALL_BLOCKS(BLOCK)
#undef BLOCK
#define KEEPING(vectors, columns)                                                                  \
  static void Name(keeping_##vectors)(const GemmBlock *g) { Name(block)(g, vectors, columns, true); }
ALL_KEEPING(KEEPING)
#undef KEEPING

/* ---- sums along k ---- */

/* The sums of the lanes of LANES vectors, as the lanes of one. */
INLINE V Name(sums)(V *r)
{
  VI j;
  for (int i = 0; i < LANES; i++) j[i] = i;
  UNROLL for (int s = 1; s < LANES; s *= 2)
  {
    VI odd = (j & s) != 0;
    VI low = (odd & (LANES + (j ^ s))) | (~odd & j), high = (odd & (LANES + j)) | (~odd & (j ^ s));
    UNROLL for (int i = 0; i < LANES; i += 2 * s)
    {
      V a = r[i], b = r[i + s];
      r[i] = TH_SHUFFLE(a, b, low) + TH_SHUFFLE(a, b, high);
    }
  }
  return r[0];
}

#define DOT_SUMS ((DOT_ROWS * DOT_COLUMNS + LANES - 1) / LANES * LANES)
/* The next `most` columns; those beyond `columns` repeat the last one. */
INLINE void Name(some_dots)(const GemmDots *g, const int rows, const int most, const real *b0, int columns, real *total)
{
  const real *a[DOT_ROWS], *b[LANES > DOT_COLUMNS ? LANES : DOT_COLUMNS];
  V sum[DOT_SUMS];
  UNROLL for (int i = 0; i < rows; i++) a[i] = (const real *)g->a + i * g->ai;
  UNROLL for (int j = 0; j < most; j++) b[j] = b0 + (j < columns ? j : columns - 1) * g->bj;
  UNROLL for (int i = 0; i < DOT_SUMS; i++) sum[i] = (V){0};
  int64_t k = 0;
#define STEP(LOAD)                                                                                 \
  V x[DOT_ROWS];                                                                                   \
  UNROLL for (int i = 0; i < rows; i++) x[i] = LOAD(a[i] + k);                                     \
  UNROLL for (int j = 0; j < most; j++)                                                     \
  {                                                                                                \
    const V y = LOAD(b[j] + k);                                                                    \
    UNROLL for (int i = 0; i < rows; i++) sum[j * rows + i] += x[i] * y;                           \
  }
#define WHOLE(p) *(const V *)(p)
#define FIRST(p) LOAD_FIRST(p, mask)
  for (; k + LANES <= g->k; k += LANES) {
    STEP(WHOLE)
  }
  if (k < g->k) {
    const MASK mask = Name(mask)((int)(g->k - k));
    STEP(FIRST)
  }
#undef STEP
#undef WHOLE
#undef FIRST
  UNROLL for (int i = 0; i < rows * most; i += LANES) *(V *)(total + i) = Name(sums)(sum + i);
}

INLINE void Name(dots)(const GemmDots *g, const int rows)
{
  const real alpha = (real)g->alpha, beta = (real)g->beta, *b = g->b, *d = g->d;
  real total[DOT_SUMS + LANES], *c = g->c;
  for (int64_t j0 = 0; j0 < g->columns; j0 += DOT_COLUMNS, b += DOT_COLUMNS * g->bj) {
    const int columns = g->columns - j0 < DOT_COLUMNS ? (int)(g->columns - j0) : DOT_COLUMNS;
    Name(some_dots)(g, rows, DOT_COLUMNS, b, columns, total);
    for (int j = 0; j < columns; j++)
      for (int i = 0; i < rows; i++) {
        real value = alpha * total[j * rows + i];
        if (d) value += beta * d[i * g->di + (j0 + j) * g->dj];
        c[i * g->ci + (j0 + j) * g->cj] = value;
      }
  }
}

/* The first elements of a vector, `step` apart. */
INLINE V Name(gather)(const real *p, int64_t step, int n)
{
  if (step == 1) return n == LANES ? *(const V *)p : LOAD_FIRST(p, Name(mask)(n));
  V v = {0};
  for (int i = 0; i < n; i++) v[i] = p[i * step];
  return v;
}
INLINE void Name(scatter)(real *p, int64_t step, int n, V v)
{
  if (step == 1 && n == LANES) *(V *)p = v;
  else if (step == 1) STORE_FIRST(p, Name(mask)(n), v);
  else
    for (int i = 0; i < n; i++) p[i * step] = v[i];
}

/* The sums of a single row: of LANES columns, reached three from each pointer, or of up to four, the last one repeated. */
INLINE V Name(row_sums)(const real *a, const real *b0, int64_t bj, int columns, int64_t k, const int most)
{
  const real *b[6];
  V sum[LANES];
  UNROLL for (int j = 0; j < 6; j++) b[j] = b0 + (most == 4 ? (j < columns ? j : columns - 1) : 3 * j < most ? 3 * j : 0) * bj;
  UNROLL for (int j = 0; j < LANES; j++) sum[j] = (V){0};
#define COLUMN(j) (most == 4 ? b[j] : b[(j) / 3] + (j) % 3 * bj)
  for (; k >= LANES; k -= LANES, a += LANES) {
    const V x = *(const V *)a;
    UNROLL for (int j = 0; j < most; j++) sum[j] += x * *(const V *)COLUMN(j);
    UNROLL for (int j = 0; j < 6; j++) b[j] += LANES;
  }
  if (k > 0) {
    const MASK mask = Name(mask)((int)k);
    const V x = LOAD_FIRST(a, mask);
    UNROLL for (int j = 0; j < most; j++) sum[j] += x * LOAD_FIRST(COLUMN(j), mask);
  }
#undef COLUMN
  return Name(sums)(sum);
}

static void Name(dots_1)(const GemmDots *g)
{
  const real alpha = (real)g->alpha, beta = (real)g->beta, *b = g->b, *d = g->d;
  real *c = g->c;
  for (int64_t j = 0; j < g->columns;) {
    const bool whole = g->columns - j >= LANES;
    const int columns = whole ? LANES : g->columns - j < 4 ? (int)(g->columns - j) : 4;
    V value = alpha * (whole ? Name(row_sums)(g->a, b, g->bj, LANES, g->k, LANES) : Name(row_sums)(g->a, b, g->bj, columns, g->k, 4));
    if (d) value += beta * Name(gather)(d + j * g->dj, g->dj, columns);
    Name(scatter)(c + j * g->cj, g->cj, columns, value);
    j += columns;
    b += columns * g->bj;
  }
}
static void Name(dots_2)(const GemmDots *g) { Name(dots)(g, 2); }
static void Name(dots_3)(const GemmDots *g) { Name(dots)(g, 3); }
#if DOT_ROWS > 3
static void Name(dots_4)(const GemmDots *g) { Name(dots)(g, 4); }
#endif
#undef DOT_SUMS

#if LANES == 16
/* At most 8 columns that are runs, from squares of 8. */
static void Name(spread_runs)(const GemmSpread *g)
{
  const __mmask8 there = (__mmask8)((1 << g->columns) - 1);
  const __m256 beta = _mm256_set1_ps((real)g->beta);
  const real *from = g->from, *d = g->d;
  real *c = g->c;
  for (int64_t left = g->lanes; left > 0; left -= LANES, from += LANES) {
    V r[8];
    UNROLL for (int j = 0; j < 8; j++) r[j] = *(const V *)(from + (j < g->columns ? j : 0) * g->width);
    TH_TRANSPOSE_SQUARES(V, VI, LANES, 8, r)
    for (int i = 0; i < LANES && i < left; i++, c += g->ci) {
      __m256 row = _mm256_loadu_ps((const real *)&r[i % 8] + i / 8 * 8);
      if (d) row = _mm256_fmadd_ps(beta, _mm256_maskz_loadu_ps(there, d), row), d += g->di;
      _mm256_mask_storeu_ps(c, there, row);
    }
  }
}
#endif

static void Name(spread)(const GemmSpread *g)
{
#if LANES == 16
  if (g->cj == 1 && (!g->d || g->dj == 1)) {
    Name(spread_runs)(g);
    return;
  }
#endif
  const real beta = (real)g->beta, *from = g->from, *d = g->d;
  real *c = g->c;
  for (int64_t i = 0; i < g->lanes; i++, from++, c += g->ci) {
    if (!d) {
      for (int64_t j = 0; j < g->columns; j++) c[j * g->cj] = from[j * g->width];
      continue;
    }
    for (int64_t j = 0; j < g->columns; j++) c[j * g->cj] = from[j * g->width] + beta * d[j * g->dj];
    d += g->di;
  }
}

/* ---- packing ---- */

INLINE void Name(transpose)(V *r) { TH_TRANSPOSE(V, VI, LANES, r) }

/* n <= LANES rows. What a store writes too much the next one overwrites. */
static void Name(pack_few)(int64_t k, int n, int width, const real *from, int64_t step, real *to)
{
  for (int64_t i = 0; i < k; i += LANES, from += LANES, to += LANES * width) {
    V r[LANES];
    const int count = k - i < LANES ? (int)(k - i) : LANES;
    if (count == LANES && n == LANES) {
      UNROLL for (int j = 0; j < LANES; j++) r[j] = *(const V *)(from + j * step);
    } else {
      const MASK there = Name(mask)(count);
      UNROLL for (int j = 0; j < LANES; j++) r[j] = j < n ? LOAD_FIRST(from + j * step, there) : (V){0};
    }
    Name(transpose)(r);
    UNROLL for (int j = 0; j < LANES; j++)
    {
      if (j < count) *(V *)(to + j * width) = r[j];
    }
  }
}

#if LANES == 16
/* n <= 8 rows, two squares at a time. */
static void Name(pack_half)(int64_t k, int n, int width, const real *from, int64_t step, real *to)
{
  for (int64_t i = 0; i < k; i += LANES, from += LANES, to += LANES * width) {
    V r[8];
    const int count = k - i < LANES ? (int)(k - i) : LANES;
    if (count == LANES) {
      UNROLL for (int j = 0; j < 8; j++) r[j] = *(const V *)(from + (j < n ? j : 0) * step);
    } else {
      const MASK there = Name(mask)(count);
      UNROLL for (int j = 0; j < 8; j++) r[j] = LOAD_FIRST(from + (j < n ? j : 0) * step, there);
    }
    TH_TRANSPOSE_SQUARES(V, VI, LANES, 8, r)
#define LOW(j) _mm256_storeu_ps(to + (j) * width, _mm512_castps512_ps256((__m512)r[j]))
#define HIGH(j) _mm256_storeu_pd((double *)(to + (8 + (j)) * width), _mm512_extractf64x4_pd((__m512d)r[j], 1))
    if (count == LANES) {
      UNROLL for (int j = 0; j < 8; j++) LOW(j);
      UNROLL for (int j = 0; j < 8; j++) HIGH(j);
    } else {
      for (int j = 0; j < count; j++) _mm256_storeu_ps(to + j * width, _mm256_loadu_ps((const float *)&r[j % 8] + j / 8 * 8));
    }
#undef LOW
#undef HIGH
  }
}
#endif

static void Name(pack_rows)(int64_t k, int n, int width, const void *from, int64_t step, void *to)
{
#if LANES == 16
  if (n <= 8) {
    Name(pack_half)(k, n, width, from, step, to);
    return;
  }
#endif
  int done = n / LANES * LANES; /* the last ones first: they write too much */
  if (done < n) Name(pack_few)(k, n - done, width, (const real *)from + done * step, step, (real *)to + done);
  while ((done -= LANES) >= 0) Name(pack_few)(k, LANES, width, (const real *)from + done * step, step, (real *)to + done);
}

#if LANES == 16
/* Runs of 8 and fewer, by half vectors: whole ones would lie across lines of the cache. */
static void Name(pack_short_runs)(int64_t k, int n, int width, const real *from, int64_t step, real *to)
{
  const __mmask8 there = (__mmask8)((1 << n) - 1);
  for (int64_t q = 0; q < k; q++, from += step, to += width) {
    __builtin_prefetch(from + GEMM_AHEAD * step);
    _mm256_storeu_ps(to, _mm256_maskz_loadu_ps(there, from));
  }
}
#endif

/* Nothing is written past the panel, which ends with the last run: what follows may be packed already. */
static void Name(pack_runs)(int64_t k, int n, int width, const void *from_, int64_t step, void *to_)
{
  const real *from = from_;
  real *to = to_;
  const int whole = n / LANES * LANES, rest = n - whole;
  const MASK last = Name(mask)(rest);
  int64_t q = 0;
#if LANES == 16
  if (n <= 8 && k * width > 8) {
    q = k - (width + 7) / width;
    Name(pack_short_runs)(q, n, width, from, step, to);
    from += q * step, to += q * width;
  }
#endif
  for (; q < k; q++, from += step, to += width) {
    __builtin_prefetch(from + GEMM_AHEAD * step);
    for (int i = 0; i < whole; i += LANES) *(V *)(to + i) = *(const V *)(from + i);
    const int64_t room = (k - q) * width - whole;
    if (rest && room < LANES) STORE_FIRST(to + whole, Name(mask)((int)room), LOAD_FIRST(from + whole, last));
    else if (rest) *(V *)(to + whole) = LOAD_FIRST(from + whole, last);
  }
}

#define BLOCK(vectors, columns) [vectors - 1][columns - 1] = Name(block_##vectors##_##columns),
#define KEEPING(vectors, columns) [vectors - 1] = Name(keeping_##vectors),
const GemmKernels JOIN(Name(THGemm), JOIN(_, TH_ISA)) = {
  LANES, VECTORS, {COLUMNS_OF}, DOT_ROWS, WIDE, {ALL_BLOCKS(BLOCK)}, {ALL_KEEPING(KEEPING)}, Name(thin),
  {Name(stream_1), Name(stream_2)},
  {Name(dots_1), Name(dots_2), Name(dots_3)
#if DOT_ROWS > 3
   , Name(dots_4)
#endif
  },
  Name(spread), Name(pack_rows), Name(pack_runs)};
#undef BLOCK
#undef KEEPING
#undef V
#undef VI
#undef real
#undef Name
#undef LANES
#undef MASK
#undef LOAD_FIRST
#undef SUFFIX
#undef SPLAT
#undef STEP_OF_K
#undef FETCH_COLUMN
#undef STEP_AFAR
#undef ADD_PRODUCT
#undef STORE_FIRST
#undef integer
