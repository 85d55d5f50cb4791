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
    V r[LANES];
    for (int j = 0; j < LANES; j++) r[j] = j < n ? applied(sum[j][b] + bias, t->tail) : (V){0};
    transpose(r);
    float *to = t->r + b * LANES * t->outputStep;
    for (int c = 0; c < outputs; c++) store_first(to + c * t->outputStep, r[c], n);
  }
}

/* Positions are reached three from each pointer. */
INLINE void sums(const OnnxTile *t, const int vectors, const int n)
{
  V sum[MAX_N][2];
  const float *w = t->w, *x = t->x, *from[5];
  const int64_t *at = t->at, step = t->step, wStep = t->wStep ? t->wStep : vectors * LANES, ahead = t->ahead;
  UNROLL for (int i = 0; i < 5; i++) from[i] = x + (3 * i < n ? 3 * i * step : 0);
  UNROLL for (int j = 0; j < n; j++) sum[j][0] = sum[j][1] = (V){0};
  for (int64_t k = t->k; k > 0; k--, w += wStep) {
    const V low = *(const V *)w, high = vectors == 2 ? *(const V *)(w + LANES) : low;
    const int64_t place[3] = {*at, *at + step, *at + 2 * step};
    at++;
    __builtin_prefetch(w + ahead);
    __builtin_prefetch(w + ahead + LANES);
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

enum { ONE, BOTH, PARTS }; /* vectors of positions: what is beyond n may be read, and all of it not */

static void __attribute__((noinline)) finish_few(const OnnxTile *t, int n, V (*sum)[2])
{
  const int n0 = n < LANES ? n : LANES, n1 = n - n0;
  for (int j = 0; j < t->outputs; j++) {
    float *to = t->r + j * t->outputStep;
    store_first(to, applied(sum[j][0] + t->bias[j], t->tail), n0);
    if (n1) store_first(to + LANES, applied(sum[j][1] + t->bias[j], t->tail), n1);
  }
}

INLINE void few_sums(const OnnxTile *t, const int outputs, const int how, int n)
{
  const bool whole = how != PARTS, both = how != ONE;
  V sum[MAX_N][2];
  const float *w = t->w;
  const int64_t *at = t->at, wStep = t->wStep ? t->wStep : outputs;
  const int n0 = n < LANES ? n : LANES, n1 = n > LANES ? n - LANES : 0;
  UNROLL for (int j = 0; j < outputs; j++) sum[j][0] = sum[j][1] = (V){0};
  for (int64_t k = t->k; k > 0; k--, w += wStep) {
    const float *p = t->x + *at++;
    const V low = whole ? *(const V *)p : load_first(p, n0), high = !both ? low : whole ? *(const V *)(p + LANES) : load_first(p + LANES, n1);
    UNROLL for (int j = 0; j < outputs; j++)
    {
      const float e = w[j];
      sum[j][0] += low * e;
      if (both) sum[j][1] += high * e;
    }
  }
  finish_few(t, n, sum);
}
#define FEW_CASE(a, outputs, how) case outputs: few_sums(t, outputs, how, n); break;
static void few(const OnnxTile *t, int n)
{
  if (t->wStep && n <= LANES) {
    switch (t->outputs) { CASES(FEW_CASE, 0, ONE) }
  } else if (t->wStep || n == 2 * LANES) {
    switch (t->outputs) { CASES(FEW_CASE, 0, BOTH) }
  } else {
    switch (t->outputs) { CASES(FEW_CASE, 0, PARTS) }
  }
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

const OnnxTiles JOIN(onnx_tiles_, TH_ISA) = {LANES, MAX_N, run, few, lay, bytes};
