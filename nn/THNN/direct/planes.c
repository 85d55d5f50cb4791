/* The loops of planes.h. */
#include "planes.h"
#include "vector.h"
#include "THTypes.h"

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE V vector_at(const float *p) { return *(const V *)p; }
INLINE V some(const float *p, int64_t n) { return n >= LANES ? vector_at(p) : n > 0 ? load_first(p, n) : (V){0}; }

#if LANES == 16
#define EVERY_SECOND(i) {i, 2 + i, 4 + i, 6 + i, 8 + i, 10 + i, 12 + i, 14 + i, 16 + i, 18 + i, 20 + i, 22 + i, 24 + i, 26 + i, 28 + i, 30 + i}
#define INTERLEAVED(i) {i, 16 + i, 1 + i, 17 + i, 2 + i, 18 + i, 3 + i, 19 + i, 4 + i, 20 + i, 5 + i, 21 + i, 6 + i, 22 + i, 7 + i, 23 + i}
#else
#define EVERY_SECOND(i) {i, 2 + i, 4 + i, 6 + i, 8 + i, 10 + i, 12 + i, 14 + i}
#define INTERLEAVED(i) {i, 8 + i, 1 + i, 9 + i, 2 + i, 10 + i, 3 + i, 11 + i}
#endif

/* ---- layout; vectors are stored whole, beyond the end of a row, where the next one is stored later ---- */

static void zeros(float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i += LANES) *(V *)(to + i) = (V){0};
}

/* to[i] = x[i * d] for i < n, and zeros up to `end`; x has m elements from there on. */
INLINE void lay_columns(int64_t d, const float *x, int64_t m, int64_t end, float *to)
{
  int64_t i = 0;
  if (d == 1) {
    for (; i < end; i += LANES) *(V *)(to + i) = some(x + i, m - i);
  } else if (d == 2) {
    for (; i < end; i += LANES) {
      const V a = some(x + 2 * i, m - 2 * i), b = some(x + 2 * i + LANES, m - 2 * i - LANES);
      *(V *)(to + i) = __builtin_shuffle(a, b, (VI)EVERY_SECOND(0));
    }
  } else {
    for (; i < end && i * d < m; i++) to[i] = x[i * d];
    zeros(to + i, end - i);
  }
}

/* Columns from b on, by steps of dW, of rows from a on. */
INLINE void lay_phase(const PlanesLayout *l, int64_t dW, int64_t a, int64_t b, const float *x, float *to)
{
  const int64_t first = l->left > b ? (l->left - b + dW - 1) / dW : 0, at = first * dW + b - l->left;
  for (int64_t r = 0, from = a - l->top; r < l->rows; r++, from += l->dH, to += l->pitch) {
    if (from < 0 || from >= l->h) {
      zeros(to, l->pitch);
    } else {
      zeros(to, least(first, l->pitch));
      lay_columns(dW, x + from * l->w + at, l->w - at, l->pitch - first, to + first);
    }
  }
  zeros(to, l->phase - l->rows * l->pitch);
}

static void lay(const PlanesLayout *l, const float *x, float *to)
{
  for (int64_t a = 0; a < l->dH; a++)
    for (int64_t b = 0; b < l->dW; b++, to += l->phase) {
      if (l->dW == 1) lay_phase(l, 1, a, b, x, to);
      else if (l->dW == 2) lay_phase(l, 2, a, b, x, to);
      else lay_phase(l, l->dW, a, b, x, to);
    }
  zeros(to, l->slack);
}

static void lay_result(int64_t rows, int64_t columns, int64_t pitch, int64_t vectors, const float *g, float *to)
{
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < pitch; i += LANES) *(V *)(to + r * pitch + i) = some(g + r * columns + i, columns - i);
  zeros(to + rows * pitch, vectors * LANES - rows * pitch);
}

static void write(int64_t dW, int64_t rows, int64_t columns, int64_t pitch, const float *const *from, float *to, int64_t step)
{
  for (int64_t r = 0; r < rows; r++, to += step) {
    const int64_t at = r * pitch;
    if (dW == 1) {
      int64_t i = 0;
      for (; i + LANES <= columns; i += LANES) *(V *)(to + i) = vector_at(from[0] + at + i);
      if (i < columns) store_first(to + i, vector_at(from[0] + at + i), columns - i);
    } else if (dW == 2) {
      for (int64_t i = 0; i < columns; i += 2 * LANES) {
        const V a = vector_at(from[0] + at + i / 2), b = vector_at(from[1] + at + i / 2);
        store_first(to + i, __builtin_shuffle(a, b, (VI)INTERLEAVED(0)), least(LANES, columns - i));
        if (columns - i > LANES)
          store_first(to + i + LANES, __builtin_shuffle(a, b, (VI)INTERLEAVED(LANES / 2)), least(LANES, columns - i - LANES));
      }
    } else {
      for (int64_t b = 0; b < dW; b++)
        for (int64_t i = b; i < columns; i += dW) to[i] = from[b][at + i / dW];
    }
  }
}

/* ---- sums; MOST_P(O): vectors of positions at a time for O outputs ---- */

#if LANES == 16
#define MOST_P(O) ((O) == 4 ? 6 : 8)
#else
#define MOST_P(O) ((O) == 4 ? 2 : (O) == 2 ? 4 : 8)
#endif

INLINE void block(const PlanesSum *s, const int O, const int P, const float *x, const float *w, const float *bias,
                  int64_t biasStep, float *to)
{
  V acc[4][8];
  UNROLL for (int o = 0; o < O; o++)
  {
    const V start = bias ? bias[o * biasStep] - (V){0} : (V){0};
    UNROLL for (int p = 0; p < P; p++) acc[o][p] = start;
  }
  for (int64_t c = 0; c < s->sources; c++, x += s->plane, w += s->weightSource)
    for (int64_t t = 0; t < s->taps.count; t++) {
      const float *from = x + s->taps.offset[t], *k = w + s->taps.index[t];
      V e[8];
      UNROLL for (int p = 0; p < P; p++) e[p] = vector_at(from + p * LANES);
      UNROLL for (int o = 0; o < O; o++)
      {
        const float v = k[o * s->weightOutput];
        UNROLL for (int p = 0; p < P; p++) acc[o][p] += v * e[p];
      }
    }
  UNROLL for (int o = 0; o < O; o++)
  {
    UNROLL for (int p = 0; p < P; p++) *(V *)(to + (o * s->vectors + p) * LANES) = acc[o][p];
  }
}

#define BLOCK(O, P) case P: block(s, O, P <= MOST_P(O) ? P : 1, x + at, w, bias, biasStep, to + at); break;
#define SUMS(name, O)                                                                              \
  static void name(const PlanesSum *s, const float *x, const float *w, const float *bias, int64_t biasStep, float *to) \
  {                                                                                                \
    const int64_t n = s->vectors;                                                                  \
    for (int64_t first = 0, each; first < n; first += each) {                                      \
      const int64_t left = n - first, at = first * LANES;                                          \
      each = left <= MOST_P(O) ? left : left < 2 * MOST_P(O) ? left / 2 : MOST_P(O);               \
      switch (each) {                                                                              \
      BLOCK(O, 1) BLOCK(O, 2) BLOCK(O, 3) BLOCK(O, 4) BLOCK(O, 5) BLOCK(O, 6) BLOCK(O, 7) BLOCK(O, 8) \
      }                                                                                            \
    }                                                                                              \
  }
SUMS(sums_1, 1)
SUMS(sums_2, 2)
SUMS(sums_4, 4)

static void correlate(const PlanesSum *s, int outputs, const float *x, const float *w, const float *bias, int64_t biasStep,
                      float *to)
{
  for (int o = 0; o < outputs;) {
    const int n = outputs - o >= 4 ? 4 : outputs - o >= 2 ? 2 : 1;
    (n == 4 ? sums_4 : n == 2 ? sums_2 : sums_1)(s, x, w + o * s->weightOutput, bias ? bias + o * biasStep : NULL, biasStep,
                                                 to + o * s->vectors * LANES);
    o += n;
  }
}

/* ---- gradients of weights ---- */

/* v stays in a register: two loads across lines of the cache take longer than one. */
#define KEEP(v) __asm__("" : "+v"(v))

#if LANES == 16
#define MOST_T(O) 9
#else
#define MOST_T(O) ((O) == 2 ? 5 : 9)
#endif

INLINE void taps(const PlanesSum *s, const int O, const int T, const int64_t *offset, const float *x, const float *g,
                 int64_t gStep, float *to, int64_t toStep)
{
  V acc[2][9];
  UNROLL for (int o = 0; o < O; o++)
  {
    UNROLL for (int t = 0; t < T; t++) acc[o][t] = vector_at(to + o * toStep + t * LANES);
  }
  for (int64_t i = 0; i < s->vectors; i++, x += LANES, g += LANES) {
    V e[2];
    UNROLL for (int o = 0; o < O; o++) e[o] = vector_at(g + o * gStep);
    UNROLL for (int t = 0; t < T; t++)
    {
      V v = vector_at(x + offset[t]);
      if (O > 1) KEEP(v);
      UNROLL for (int o = 0; o < O; o++) acc[o][t] += e[o] * v;
    }
  }
  UNROLL for (int o = 0; o < O; o++)
  {
    UNROLL for (int t = 0; t < T; t++) *(V *)(to + o * toStep + t * LANES) = acc[o][t];
  }
}

#define TAPS(O, T) case T: taps(s, O, T <= MOST_T(O) ? T : 1, s->taps.offset + first, x, g, gStep, to + first * LANES, toStep); break;
#define GRADIENTS(name, O)                                                                         \
  static void name(const PlanesSum *s, const float *x, const float *g, int64_t gStep, float *to, int64_t toStep) \
  {                                                                                                \
    const int64_t n = s->taps.count, parts = (n + MOST_T(O) - 1) / MOST_T(O);                      \
    for (int64_t k = 0; k < parts; k++) {                                                          \
      const int64_t first = n * k / parts;                                                         \
      switch (n * (k + 1) / parts - first) {                                                       \
      TAPS(O, 1) TAPS(O, 2) TAPS(O, 3) TAPS(O, 4) TAPS(O, 5) TAPS(O, 6) TAPS(O, 7) TAPS(O, 8) TAPS(O, 9) \
      }                                                                                            \
    }                                                                                              \
  }
GRADIENTS(gradients_1, 1)
GRADIENTS(gradients_2, 2)

static void accumulate(const PlanesSum *s, int outputs, const float *x, const float *g, int64_t gStep, float *to,
                       int64_t toStep)
{
  int o = 0;
  for (; o + 2 <= outputs; o += 2) gradients_2(s, x, g + o * gStep, gStep, to + o * toStep, toStep);
  if (o < outputs) gradients_1(s, x, g + o * gStep, gStep, to + o * toStep, toStep);
}

extern const PlanesKernels TH_CONCAT_2(THPlanes_, TH_ISA);
const PlanesKernels TH_CONCAT_2(THPlanes_, TH_ISA) = {LANES, lay, lay_result, correlate, accumulate, write};
