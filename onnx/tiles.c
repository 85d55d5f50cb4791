/* The loops of tiles.h. */
#include "tiles.h"
#include "direct/vector.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

INLINE V chosen(VI where, V x, V y) { return (V)((where & (VI)x) | (~where & (VI)y)); }

INLINE V applied(V v, const OnnxTail tail)
{
  const V zero = {0}, one = zero + 1, s = zero + tail.s, t = zero + tail.t;
  switch (tail.kind) {
  case ONNX_TAIL_RELU: return chosen(v < zero, zero, v);
  case ONNX_TAIL_LEAKY: return chosen(v < zero, v * s, v);
  case ONNX_TAIL_CLIP: v = chosen(v < s, s, v); return chosen(v > t, t, v);
  case ONNX_TAIL_HARDSIGMOID: v = v * s + t; v = chosen(v < zero, zero, v); return chosen(v > one, one, v);
  case ONNX_TAIL_HARDSWISH: return v * chosen(v < -3 * one, zero, chosen(v > 3 * one, one, v / 6 + 0.5f));
  default: return v;
  }
}

static void finish_positions(const OnnxTile *t, int vectors, int n, V (*sum)[2])
{
  for (int b = 0; b < vectors; b++) {
    const int outputs = t->outputs - b * LANES < LANES ? t->outputs - b * LANES : LANES;
    const V bias = *(const V *)(t->bias + b * LANES);
    for (int j = 0; j < n; j++) {
      float *to = t->r + j * t->positionStep + b * LANES;
      V v = sum[j][b] + bias;
      if (t->add) v += load_first(to, outputs);
      store_first(to, applied(v, t->tail), outputs);
    }
  }
}

/* Sums by position to rows of outputs. */
static void __attribute__((noinline)) finish(const OnnxTile *t, int vectors, int n, V (*sum)[2])
{
  if (t->positionStep) {
    finish_positions(t, vectors, n, sum);
    return;
  }
  for (int b = 0; b < vectors; b++) {
    const int outputs = t->outputs - b * LANES < LANES ? t->outputs - b * LANES : LANES;
    const V bias = *(const V *)(t->bias + b * LANES);
    V r[LANES]; /* in registers: what lies beyond n is not stored */
    for (int j = 0; j < n && t->tail.kind; j++) sum[j][b] = applied(sum[j][b] + bias, t->tail);
    const V more = t->tail.kind ? (V){0} : bias;
    UNROLL for (int j = 0; j < LANES; j++) r[j] = j < MAX_N ? sum[j][b] + more : (V){0};
    transpose(r);
    float *to = t->r + b * LANES * t->outputStep;
    UNROLL for (int c = 0; c < LANES; c++)
    {
      if (c < outputs) store_first(to + c * t->outputStep, r[c], n);
    }
  }
}

/* Positions are reached three from each pointer. */
INLINE void sums(const OnnxTile *t, const int vectors, const int n)
{
  V sum[MAX_N][2];
  const float *w = t->w, *x = t->x, *from[5];
  const int64_t *at = t->at, step = t->step;
  UNROLL for (int i = 0; i < 5; i++) from[i] = x + (3 * i < n ? 3 * i * step : 0);
  UNROLL for (int j = 0; j < n; j++) sum[j][0] = sum[j][1] = (V){0};
  for (int64_t k = t->k; k > 0; k--, w += vectors * LANES) {
    const V low = *(const V *)w, high = vectors == 2 ? *(const V *)(w + LANES) : low;
    const int64_t place[3] = {*at, *at + step, *at + 2 * step};
    at++;
    UNROLL for (int j = 0; j < n; j++)
    {
      const float e = from[j / 3][place[j % 3]];
      sum[j][0] += low * e;
      if (vectors == 2) sum[j][1] += high * e;
    }
  }
  finish(t, vectors, n, sum);
}

#define CASE(vectors, n, b) case n: sums(t, vectors, n); break;
#if LANES == 16
#define MORE(X, a, b) X(a, 7, b) X(a, 8, b) X(a, 9, b) X(a, 10, b) X(a, 11, b) X(a, 12, b) X(a, 13, b) X(a, 14, b)
#else
#define MORE(X, a, b)
#endif
#define CASES(X, a, b) X(a, 1, b) X(a, 2, b) X(a, 3, b) X(a, 4, b) X(a, 5, b) X(a, 6, b) MORE(X, a, b)
#define SEGMENT(name, vectors)                                                                     \
  static void name(const OnnxTile *t, int n)                                                       \
  {                                                                                                \
    switch (n) { CASES(CASE, vectors, 0) }                                                         \
  }
SEGMENT(one, 1)
SEGMENT(two, 2)

static void run(const OnnxTile *t, int vectors, int n) { (vectors == 2 ? two : one)(t, n); }

/* ---- few outputs: lanes are positions ---- */

/* Lanes that are read; the others are zero. */
#if LANES == 16
typedef __mmask16 Inside;
INLINE Inside inside(int64_t first, int64_t end) /* lanes [first, end) */
{
  const int64_t a = first < 0 ? 0 : first > 16 ? 16 : first, b = end < 0 ? 0 : end > 16 ? 16 : end;
  return (Inside)(b > a ? (1u << b) - (1u << a) : 0);
}
INLINE V splat(float x) { return (V)_mm512_set1_ps(x); }
INLINE V load_inside(const float *p, Inside m) { return (V)_mm512_maskz_loadu_ps(m, p); }
#else
typedef __m256i Inside;
INLINE Inside inside(int64_t first, int64_t end)
{
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const int a = (int)(first < 0 ? 0 : first > 8 ? 8 : first), b = (int)(end < 0 ? 0 : end > 8 ? 8 : end);
  return _mm256_and_si256(_mm256_cmpgt_epi32(lane, _mm256_set1_epi32(a - 1)), _mm256_cmpgt_epi32(_mm256_set1_epi32(b), lane));
}
INLINE V splat(float x) { return (V)_mm256_set1_ps(x); }
INLINE V load_inside(const float *p, Inside m) { return (V)_mm256_maskload_ps(p, m); }
#endif

static void __attribute__((noinline)) finish_few(const OnnxTile *t, int n0, int n1, V (*sum)[2])
{
  float *to = t->r;
  for (int j = 0; j < t->outputs; j++, to += t->outputStep) {
    store_first(to, applied(sum[j][0], t->tail), n0);
    if (n1) store_first(to + LANES, applied(sum[j][1], t->tail), n1);
  }
}

/* packed: many outputs, with wStep. Whatever is counted, masked or moved beside their products takes as long as they do. */
INLINE void few_sums(const OnnxTile *t, const int outputs, int n, const bool packed)
{
  V sum[MAX_N][2];
  const float *w = t->w;
  const int64_t *at = t->at, wStep = t->wStep ? t->wStep : outputs;
  const int n0 = n < LANES ? n : LANES, n1 = n - n0;
  const Inside m0 = inside(0, n0), m1 = inside(0, n1);
  float *to = t->r;
  UNROLL for (int j = 0; j < outputs; j++) sum[j][0] = sum[j][1] = splat(t->bias[j]);
  if (t->add)
    UNROLL for (int j = 0; j < outputs; j++, to += t->outputStep) sum[j][0] = load_inside(to, m0), sum[j][1] = load_inside(to + LANES, m1);
  const float *p = t->x;
  for (int64_t k = t->k; k > 0; k--, w += wStep, p += 2 * LANES) {
    if (!packed && !t->wStep) p = t->x + *at++;
    const V low = packed ? *(const V *)p : load_inside(p, m0), high = packed ? *(const V *)(p + LANES) : load_inside(p + LANES, m1);
    UNROLL for (int j = 0; j < outputs; j++)
    {
      const float e = w[j];
      sum[j][0] += low * e;
      sum[j][1] += high * e;
    }
  }
  if (!packed || t->tail.kind) {
    V done[MAX_N][2]; /* sums whose address nobody takes stay in registers */
    UNROLL for (int j = 0; j < outputs; j++) done[j][0] = sum[j][0], done[j][1] = sum[j][1];
    finish_few(t, n0, n1, done);
    return;
  }
  to = t->r;
  UNROLL for (int j = 0; j < outputs; j++)
  {
    store_first(to, sum[j][0], n0);
    if (n1) store_first(to + LANES, sum[j][1], n1);
    to += t->outputStep;
  }
}
#define FEW_CASE(a, outputs, packed) case outputs: few_sums(t, outputs, n, packed && outputs > MAX_N / 2); break;
static void few(const OnnxTile *t, int n)
{
  if (t->wStep && t->outputs > MAX_N / 2)
    switch (t->outputs) { CASES(FEW_CASE, 0, true) }
  else
    switch (t->outputs) { CASES(FEW_CASE, 0, false) }
}

/* ---- positions side by side ---- */

#if LANES == 16
#define EVEN {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30}
#else
#define EVEN {0, 2, 4, 6, 8, 10, 12, 14}
#endif
/* What comes after n in a vector of `to` is anything. */
INLINE void lay_segment(const float *x, float *to, int n, const int64_t step)
{
  if (step == 1) *(V *)to = load_first(x, n);
  else *(V *)to = __builtin_shuffle(load_first(x, 2 * n - 1 < LANES ? 2 * n - 1 : LANES), load_first(x + LANES, 2 * n - 1 > LANES ? 2 * n - 1 - LANES : 0), (VI)EVEN);
}

INLINE void lay_segments(const OnnxPanel *p, const int64_t step)
{
  float *to = p->to;
  for (int64_t k = 0; k < p->k; k++, to += 2 * LANES) {
    const float *x = p->x + p->at[k];
    for (const OnnxSegment *s = p->segment, *end = s + p->nsegments; s < end; s++) lay_segment(x + s->from, to + s->to, s->n, step);
  }
}

/* Steps of more than two. */
static void lay_apart(const OnnxPanel *p)
{
  float *to = p->to;
  for (int64_t k = 0; k < p->k; k++, to += 2 * LANES)
    for (int s = 0; s < p->nsegments; s++)
      for (int i = 0; i < p->segment[s].n; i++) to[p->segment[s].to + i] = p->x[p->at[k] + p->segment[s].from + i * p->step];
}

static void lay(const OnnxPanel *p)
{
  if (p->step > 2) lay_apart(p);
  else if (p->step == 2) lay_segments(p, 2);
  else lay_segments(p, 1);
}

/* ---- a plane to a plane: what is read once is used for all rows of results that see it ---- */

static void __attribute__((noinline)) finish_plane(const OnnxPlane *p, int rows, float *to, int64_t n, const V *sum)
{
  for (int i = 0; i < rows; i++) store_first(to + i * p->columns, applied(sum[i], p->tail), n);
}

/* ROWS rows of results from `row` on, VECTORS vectors of columns from `column` on. */
INLINE void plane_block(const OnnxPlane *p, const int TALL, const int ROWS, const int VECTORS, int64_t row, int64_t column)
{
  V sum[VECTORS][ROWS];
  const float *from[ROWS + TALL - 1];
  UNROLL for (int y = 0; y < ROWS + TALL - 1; y++)
  {
    const int64_t at = row * p->down + y - p->top;
    from[y] = (at >= 0 && at < p->h ? p->x + at * p->w : p->zeros) + column - p->left;
  }
  UNROLL for (int i = 0; i < VECTORS * ROWS; i++) sum[i / ROWS][i % ROWS] = (V){0} + p->bias;
  for (int v = 0; v < p->wide; v++) {
    float k[TALL];
    Inside m[VECTORS];
    UNROLL for (int u = 0; u < TALL; u++) k[u] = p->weight[u * p->wide + v];
    UNROLL for (int q = 0; q < VECTORS; q++)
    {
      const int64_t at = column + v - p->left + q * LANES;
      m[q] = inside(-at, p->w - at);
    }
    UNROLL for (int y = 0; y < ROWS + TALL - 1; y++)
    {
      UNROLL for (int q = 0; q < VECTORS; q++)
      {
        const V e = load_inside(from[y] + v + q * LANES, m[q]);
        UNROLL for (int i = 0; i < ROWS; i++)
        {
          if (y >= i && y - i < TALL) sum[q][i] += k[y - i] * e;
        }
      }
    }
  }
  float *to = p->r + row * p->columns + column;
  UNROLL for (int q = 0; q < VECTORS; q++, to += LANES)
  {
    const int64_t left = p->columns - column - q * LANES, n = left < LANES ? left : LANES;
    if (p->tail.kind) {
      V done[ROWS];
      UNROLL for (int i = 0; i < ROWS; i++) done[i] = sum[q][i];
      finish_plane(p, ROWS, to, n, done);
    } else {
      UNROLL for (int i = 0; i < ROWS; i++) store_first(to + i * p->columns, sum[q][i], n);
    }
  }
}

#define MOST_VECTORS (LANES / 8) /* weights and sums stay in registers */
#define PLANE_ROWS(tall, n)                                                                        \
  for (; row + n <= p->rows && (n == 1 || p->down == 1); row += n) {                               \
    int64_t column = 0;                                                                            \
    for (; MOST_VECTORS > 1 && column + LANES < p->columns; column += MOST_VECTORS * LANES) plane_block(p, tall, n, MOST_VECTORS, row, column); \
    for (; column < p->columns; column += LANES) plane_block(p, tall, n, 1, row, column);          \
  }
static void plane_3(const OnnxPlane *p)
{
  int64_t row = 0;
  PLANE_ROWS(3, 4)
  PLANE_ROWS(3, 3)
  PLANE_ROWS(3, 2)
  PLANE_ROWS(3, 1)
}
static void plane_7(const OnnxPlane *p)
{
  int64_t row = 0;
  PLANE_ROWS(7, 4)
  PLANE_ROWS(7, 2)
  PLANE_ROWS(7, 1)
}
static void plane(const OnnxPlane *p) { (p->tall == 3 ? plane_3 : plane_7)(p); }

/* ---- the largest numbers of windows ---- */

#if LANES == 16
INLINE V load_or(V other, const float *p, Inside m) { return (V)_mm512_mask_loadu_ps((__m512)other, m, p); }
#else
INLINE V load_or(V other, const float *p, Inside m) { return (V)_mm256_blendv_ps((__m256)other, _mm256_maskload_ps(p, m), _mm256_castsi256_ps(m)); }
#endif

static void pool_columns(const OnnxPool *p, int64_t column)
{
  const V least = (V){0} - __builtin_inff();
  const int64_t left = p->columns - column, n = left < LANES ? left : LANES, at = column - p->left;
  Inside m[ONNX_WIDEST];
  for (int v = 0; v < p->wide; v++) m[v] = inside(-at - v, p->w - at - v);
  for (int64_t row = 0; row < p->rows; row++) {
    const int64_t top = row * p->down - p->top, y0 = top < 0 ? 0 : top, y1 = top + p->tall < p->h ? top + p->tall : p->h;
    V best = least;
    for (int64_t y = y0; y < y1; y++)
      for (int v = 0; v < p->wide; v++) {
        const V e = load_or(least, p->x + y * p->w + at + v, m[v]);
        best = chosen((e > best) | (e != e), e, best);
      }
    store_first(p->r + row * p->columns + column, best, n);
  }
}

static void pool(const OnnxPool *p)
{
  for (int64_t column = 0; column < p->columns; column += LANES) pool_columns(p, column);
}

/* ---- weights of bytes ---- */

#if LANES == 16
INLINE V widened(const int8_t *p) { return (V)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p))); }
#else
INLINE V widened(const int8_t *p) { return (V)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
#endif
/* The first n of them, the others anything. */
INLINE V widened_first(const int8_t *p, int n)
{
  int8_t copy[LANES] = {0};
  if (n >= LANES) return widened(p);
  for (int i = 0; i < n; i++) copy[i] = p[i];
  return widened(copy);
}

static void __attribute__((noinline)) finish_bytes(const OnnxByteTile *t, int n, V (*sum)[2])
{
  for (int b = 0; b < 2 && t->outputs > b * LANES; b++) {
    const int m = t->outputs - b * LANES < LANES ? t->outputs - b * LANES : LANES;
    const V scale = load_first(t->scale + b * LANES, m), bias = t->bias ? load_first(t->bias + b * LANES, m) : (V){0};
    for (int j = 0; j < n; j++) store_first(t->r + j * t->rStep + b * LANES, sum[j][b] * scale + bias, m);
  }
}

INLINE void byte_sums(const OnnxByteTile *t, const int n, const bool whole)
{
  V sum[MAX_N][2];
  const int8_t *w = t->w;
  const float *from[5];
  const int64_t step = t->step;
  const int high_n = t->outputs - LANES;
  UNROLL for (int i = 0; i < 5; i++) from[i] = t->x + (3 * i < n ? 3 * i * step : 0);
  UNROLL for (int j = 0; j < n; j++) sum[j][0] = sum[j][1] = (V){0};
  for (int64_t k = t->k; k > 0; k--, w += t->wStep) {
    const V low = whole ? widened(w) : widened_first(w, t->outputs), high = whole ? widened(w + LANES) : high_n > 0 ? widened_first(w + LANES, high_n) : low;
    UNROLL for (int j = 0; j < n; j++)
    {
      const float e = from[j / 3][j % 3 * step];
      sum[j][0] += low * e;
      sum[j][1] += high * e;
    }
    UNROLL for (int i = 0; i < 5; i++)
    {
      if (3 * i < n) from[i]++;
    }
  }
  finish_bytes(t, n, sum);
}
#define BYTE_CASE(a, n, b) case n: byte_sums(t, n, b); break;
static void bytes_whole(const OnnxByteTile *t, int n)
{
  switch (n) { CASES(BYTE_CASE, 0, true) }
}
static void bytes_part(const OnnxByteTile *t, int n)
{
  OnnxByteTile one = *t;
  for (int j = 0; j < n; j++, one.x += t->step, one.r += t->rStep) byte_sums(&one, 1, false);
}
static void bytes(const OnnxByteTile *t, int n) { (t->outputs == 2 * LANES ? bytes_whole : bytes_part)(t, n); }

const OnnxTiles JOIN(THOnnx_tiles_, TH_ISA) = {LANES, MAX_N, run, few, lay, plane, pool, bytes};
