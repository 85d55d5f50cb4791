/* Kernels of THTensorIndex.c for one element type. */

/* Both loops of a block, the closer one inside: INNER(j) is the loop over a lane, BODY one element of it. */
#define INDEX_LOOPS(b, k, n, INNER, BODY) \
  if (THLaneBlock_isInner(b, k)) { \
    for (int64_t j = 0; j < (b)->lanes; j++) INNER \
  } else { \
    for (int64_t i = 0; i < (n); i++) \
      for (int64_t j = 0; j < (b)->lanes; j++) BODY \
  }

/* One lane, by steps; without steps where all are 1, which spares the multiplications. */
#define LANE_LOOP(NAME, STATEMENT) \
  static inline __attribute__((always_inline)) void T_(NAME##_steps)( \
    real *r, const int64_t *at, const real *x, int64_t n, int64_t rs, int64_t is, int64_t xs) \
  { \
    for (int64_t i = 0; i < n; i++) STATEMENT; \
  } \
  static void T_(NAME##_lane)(real *r, const int64_t *at, const real *x, int64_t n, int64_t rs, int64_t is, int64_t xs) \
  { \
    if (rs == 1 && is == 1 && xs == 1) T_(NAME##_steps)(r, at, x, n, 1, 1, 1); \
    else T_(NAME##_steps)(r, at, x, n, rs, is, xs); \
  }
LANE_LOOP(gather, r[i * rs] = x[at[i * is] * xs])
LANE_LOOP(scatter, r[at[i * is] * rs] = x[i * xs])
LANE_LOOP(scatter_add, r[at[i * is] * rs] = (real)(r[at[i * is] * rs] + x[i * xs]))
#undef LANE_LOOP

/* A row that stores go to in any order comes to the first cache in order first: stores wait for each other's lines.
   Inline, for GCC drops calls of a function that does nothing but prefetch. */
static inline __attribute__((always_inline)) void T_(fetch_row)(const real *r, int64_t n, int most)
{
  if ((size_t)n * sizeof(real) > (size_t)most) return;
  for (int64_t i = 0; i < n; i += 64 / (int64_t)sizeof(real)) __builtin_prefetch(r + i);
}

/* 0 result, 1 index, 2 source */
static void T_(gather)(const THLaneBlock *b)
{
  real *r = (real *)b->data[0];
  const int64_t *at = (const int64_t *)b->data[1];
  const real *x = (const real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t rs = b->step[0], is = b->step[1], xs = b->step[2];
  const int64_t ra = b->across[0], ia = b->across[1], xa = b->across[2], n = b->size[1];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) { /* whole rows */
    for (int64_t i = 0; i < n; i++) {
      if (i + AHEAD < n) T_(fetch_row)(x + at[(i + AHEAD) * is] * xs, b->lanes, AHEAD_BYTES);
      memcpy(r + i * rs, x + at[i * is] * xs, (size_t)b->lanes * sizeof(real));
    }
    return;
  }
  INDEX_LOOPS(b, 0, n, T_(gather_lane)(r + j * ra, at + j * ia, x + j * xa, n, rs, is, xs);,
              r[i * rs + j * ra] = x[at[i * is + j * ia] * xs + j * xa];)
}

/* 0 index, 1 source, 2 result */
static void T_(scatter)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  const real *x = (const real *)b->data[1];
  real *r = (real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t is = b->step[0], xs = b->step[1], rs = b->step[2];
  const int64_t ia = b->across[0], xa = b->across[1], ra = b->across[2], n = b->size[0];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) {
    for (int64_t i = 0; i < n; i++) {
      if (i + AHEAD < n) T_(fetch_row)(r + at[(i + AHEAD) * is] * rs, b->lanes, AHEAD_BYTES);
      memcpy(r + at[i * is] * rs, x + i * xs, (size_t)b->lanes * sizeof(real));
    }
    return;
  }
  const int64_t row = rs == 1 ? b->size[2] : 0;
  INDEX_LOOPS(b, 1, n, {
    T_(fetch_row)(r + TH_INDEX_BASE + j * ra, row, ROW_BYTES);
    T_(scatter_lane)(r + j * ra, at + j * ia, x + j * xa, n, rs, is, xs);
  }, r[at[i * is + j * ia] * rs + j * ra] = x[i * xs + j * xa];)
}

/* Row i of x, of n elements, on row at[i] of r, for every i. */
static TH_KERNEL void T_(add_rows)(real *restrict r, const int64_t *at, const real *restrict x, int64_t rows, int64_t n,
                                   int64_t rs, int64_t is, int64_t xs)
{
  for (int64_t i = 0; i < rows; i++) {
    if (i + AHEAD < rows) T_(fetch_row)(r + at[(i + AHEAD) * is] * rs, n, AHEAD_BYTES);
    real *to = r + at[i * is] * rs;
    const real *from = x + i * xs;
    for (int64_t j = 0; j < n; j++) to[j] = (real)(to[j] + from[j]);
  }
}

static void T_(scatter_add)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  const real *x = (const real *)b->data[1];
  real *r = (real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t is = b->step[0], xs = b->step[1], rs = b->step[2];
  const int64_t ia = b->across[0], xa = b->across[1], ra = b->across[2], n = b->size[0];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) {
    T_(add_rows)(r, at, x, n, b->lanes, rs, is, xs);
    return;
  }
  INDEX_LOOPS(b, 1, n, T_(scatter_add_lane)(r + j * ra, at + j * ia, x + j * xa, n, rs, is, xs);, {
    real *to = r + at[i * is + j * ia] * rs + j * ra;
    *to = (real)(*to + x[i * xs + j * xa]);
  })
}

/* Row at[i] of r, of n elements, for every i. */
static TH_KERNEL void T_(fill_rows)(real *r, const int64_t *at, int64_t rows, int64_t n, int64_t rs, int64_t is, real value)
{
  for (int64_t i = 0; i < rows; i++) {
    real *to = r + at[i * is] * rs;
    for (int64_t j = 0; j < n; j++) to[j] = value;
  }
}

/* 0 index, 1 result; arg points to the value */
static void T_(scatter_fill)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  real *r = (real *)b->data[1] - TH_INDEX_BASE * b->step[1];
  const real value = *(const real *)b->arg;
  const int64_t is = b->step[0], rs = b->step[1], ia = b->across[0], ra = b->across[1];
  if (ia == 0 && ra == 1) {
    T_(fill_rows)(r, at, b->size[0], b->lanes, rs, is, value);
    return;
  }
  INDEX_LOOPS(b, 1, b->size[0], for (int64_t i = 0; i < b->size[0]; i++) r[at[i * is + j * ia] * rs + j * ra] = value;,
              r[at[i * is + j * ia] * rs + j * ra] = value;)
}

/* 0 result, 1 itself, 2 mask. Every element is written, as plans demand. */
static TH_KERNEL void T_(masked_fill_row)(real *r, const real *x, const unsigned char *mask, int64_t n, real value)
{
  TH_NO_ALIAS
  for (int64_t i = 0; i < n; i++) r[i] = mask[i] ? value : x[i];
}
static void T_(masked_fill)(char *const *base, const int64_t *stride, int64_t n, const void *arg)
{
  const real value = *(const real *)arg;
  real *r = (real *)base[0];
  const real *x = (const real *)base[1];
  const unsigned char *mask = (const unsigned char *)base[2];
  if (stride[2] != 0) T_(masked_fill_row)(r, x, mask, n, value);
  else
    for (int64_t i = 0; i < n; i++) r[i] = *mask ? value : x[i];
}

/* n elements from *x on; the mask is contiguous. Without branches: masks are rarely regular. */
static void T_(masked_select)(void *r_, const void *x_, const unsigned char *mask, int64_t n)
{
  real *r = r_;
  const real *x = x_;
  int64_t at = 0;
  int64_t taken = 0; /* a store after the last one taken would be out of bounds */
  for (int64_t i = 0; i < n; i++) taken += mask[i];
  for (int64_t i = 0; at < taken; i++) {
    r[at] = x[i];
    at += mask[i];
  }
}

static void T_(masked_copy)(void *r_, const void *x_, const unsigned char *mask, int64_t n)
{
  real *r = r_;
  const real *x = x_;
  for (int64_t i = 0; i < n; i++)
    if (mask[i]) r[i] = *x++;
}

static int64_t T_(count_nonzero)(const void *x_, int64_t n)
{
  const real *x = x_;
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) count += x[i] != 0;
  return count;
}

/* Positions of the non-zero ones among n elements, as offsets from the first. */
static int64_t T_(find_nonzero)(const void *x_, int64_t n, int64_t *at)
{
  const real *x = x_;
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) { /* without branches; at[count] is in bounds as count <= i */
    at[count] = i;
    count += x[i] != 0;
  }
  return count;
}
#undef INDEX_LOOPS
