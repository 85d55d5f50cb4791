/* The loops of direct.h. */
#include "direct.h"
#include "vector.h"
#include "THTypes.h"

/* A row of outputs: kernel rows [kh0, kh1) meet input; x is where the first of them does. */
typedef struct Row {
  int64_t kh0, kh1;
  const float *x, *w, *bias;
  float *y;
  int channels;
  int64_t channelStride;
} Row;

/* Sums of n positions by lanes of channels become rows of channels. */
static void __attribute__((noinline)) store_rows(float *y, V (*acc)[2], int vectors, int n, int channels, int64_t channelStride)
{
  for (int b = 0; b < vectors; b++, y += LANES * channelStride) {
    const int rows = channels - b * LANES < LANES ? channels - b * LANES : LANES;
    V r[LANES];
    for (int j = 0; j < LANES; j++) r[j] = j < n ? acc[j][b] : (V){0};
    transpose(r);
    for (int c = 0; c < rows; c++) store_first(y + c * channelStride, r[c], n);
  }
}

/* N positions of a row, from column `first` of the input and `to` of the output. */
INLINE void positions(const DirectShape *s, const int B, const int N, const int64_t d, const Row *row,
                      int64_t first, int64_t to_)
{
  const float *x = row->x + first, *bias = row->bias;
  const int64_t taps = s->kH * s->kW * B * LANES;
  const float *w_ = row->w + row->kh0 * s->kW * B * LANES;
  V acc[MAX_N][2];
  UNROLL for (int b = 0; b < B; b++)
  {
    V start = {0};
    if (bias) memcpy(&start, bias + b * LANES, sizeof start);
    UNROLL for (int j = 0; j < N; j++) acc[j][b] = start;
  }
  for (int64_t c = 0; c < s->planes; c++, x += s->planeStride, w_ += taps) {
    const float *w = w_;
    for (int64_t kh = row->kh0; kh < row->kh1; kh++) {
      const float *p = x + (kh - row->kh0) * s->dilH * s->rowStride;
      for (int64_t kw = 0; kw < s->kW; kw++, p += s->dilW, w += B * LANES) {
        const V w0 = *(const V *)w, w1 = B > 1 ? *(const V *)(w + LANES) : w0;
        UNROLL for (int j = 0; j < N; j++)
        {
          const float e = p[j * d];
          acc[j][0] += e * w0;
          if (B > 1) acc[j][1] += e * w1;
        }
      }
    }
  }
  store_rows(row->y + to_, acc, B, N, row->channels, row->channelStride);
}

#define CASE(B, N, d) case N: positions(s, B, N, d, row, first, to); break;
#if LANES == 16
#define CASES(B, d)                                                                                \
  CASE(B, 1, d) CASE(B, 2, d) CASE(B, 3, d) CASE(B, 4, d) CASE(B, 5, d) CASE(B, 6, d) CASE(B, 7, d) \
  CASE(B, 8, d) CASE(B, 9, d) CASE(B, 10, d) CASE(B, 11, d) CASE(B, 12, d) CASE(B, 13, d)          \
  CASE(B, 14, d)
#else
#define CASES(B, d) \
  CASE(B, 1, d) CASE(B, 2, d) CASE(B, 3, d) CASE(B, 4, d) CASE(B, 5, d) CASE(B, 6, d)
#endif
#define SEGMENT(name, B, d)                                                                        \
  static void name(const DirectShape *s, int n, const Row *row, int64_t first, int64_t to)         \
  {                                                                                                \
    switch (n) { CASES(B, d) }                                                                     \
  }
SEGMENT(segment_1_1, 1, 1)
SEGMENT(segment_2_1, 2, 1)
SEGMENT(segment_1_2, 1, 2)
SEGMENT(segment_2_2, 2, 2)
SEGMENT(segment_1_d, 1, s->dW)
SEGMENT(segment_2_d, 2, s->dW)

/* First i >= 0 with start + i * step >= 0, and number of i with start + i * step < end. */
INLINE int64_t first_inside(int64_t start, int64_t step) { return start >= 0 ? 0 : (step - 1 - start) / step; }
INLINE int64_t count_before(int64_t start, int64_t step, int64_t end)
{
  return start >= end ? 0 : (end - 1 - start) / step + 1;
}
INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void forward(const DirectShape *s, int vectors, int channels, const float *x, const float *w,
                    const float *bias, float *y, int64_t channelStride, int64_t begin, int64_t end)
{
  void (*const run[2][3])(const DirectShape *, int, const Row *, int64_t, int64_t) = {
    {segment_1_1, segment_1_2, segment_1_d}, {segment_2_1, segment_2_2, segment_2_d}};
  int64_t blocks = (s->ow + MAX_N - 1) / MAX_N;
  int by = s->dW <= 2 ? (int)s->dW - 1 : 2;
  for (int64_t r = begin; r < end; r++) {
    int64_t top = r * s->dH - s->padH;
    Row row = {.kh0 = least(first_inside(top, s->dilH), s->kH),
               .kh1 = least(count_before(top, s->dilH, s->ih), s->kH),
               .w = w, .bias = bias, .y = y + r * s->ow, .channels = channels,
               .channelStride = channelStride};
    row.x = row.kh0 < row.kh1 ? x + (top + row.kh0 * s->dilH) * s->rowStride : x;
    for (int64_t b = 0; b < blocks; b++) {
      int64_t first = s->ow * b / blocks, n = s->ow * (b + 1) / blocks - first;
      run[vectors - 1][by](s, (int)n, &row, first * s->dW, first);
    }
  }
}

/* Gradients of kernel row kh of P planes, all of its KW elements. */
INLINE void taps(const DirectShape *s, const int B, const int P, const int KW, int64_t kh,
                 const float *x, const float *g, float *gw)
{
  V acc[MAX_N][2];
  UNROLL for (int i = 0; i < P * KW; i++) acc[i][0] = acc[i][1] = (V){0};
  const int64_t top = kh * s->dilH - s->padH; /* input row of output row 0 */
  const int64_t begin = first_inside(top, s->dH), end = least(count_before(top, s->dH, s->ih), s->oh);
  g += begin * s->ow * B * LANES;
  for (int64_t row = begin; row < end; row++) {
    const float *p = x + (top + row * s->dH) * s->rowStride;
    for (int64_t i = 0; i < s->ow; i++, g += B * LANES, p += s->dW) {
      const V g0 = *(const V *)g, g1 = B > 1 ? *(const V *)(g + LANES) : g0;
      UNROLL for (int c = 0; c < P; c++)
      {
        UNROLL for (int kw = 0; kw < KW; kw++)
        {
          const float e = p[c * s->planeStride + kw];
          acc[c * KW + kw][0] += e * g0;
          if (B > 1) acc[c * KW + kw][1] += e * g1;
        }
      }
    }
  }
  UNROLL for (int c = 0; c < P; c++)
  {
    float *to = gw + (c * s->kH + kh) * KW * B * LANES;
    UNROLL for (int kw = 0; kw < KW; kw++)
    {
      *(V *)(to + kw * B * LANES) += acc[c * KW + kw][0];
      if (B > 1) *(V *)(to + kw * B * LANES + LANES) += acc[c * KW + kw][1];
    }
  }
}

/* All planes, as many at a time as registers allow. */
#define WEIGHTS(name, B, KW, P)                                                                    \
  static void name(const DirectShape *s, const float *x, const float *g, float *gw)                \
  {                                                                                                \
    for (int64_t c = 0; c < s->planes;) {                                                          \
      int64_t left = s->planes - c, n = left >= P ? P : 1;                                         \
      for (int64_t kh = 0; kh < s->kH; kh++) {                                                     \
        const float *from = x + c * s->planeStride;                                                \
        float *to = gw + c * s->kH * KW * B * LANES;                                               \
        if (n == P) taps(s, B, P, KW, kh, from, g, to);                                            \
        else taps(s, B, 1, KW, kh, from, g, to);                                                   \
      }                                                                                            \
      c += n;                                                                                      \
    }                                                                                              \
  }
#define FIT(KW) (MAX_N / (KW) > 4 ? 4 : MAX_N / (KW) > 0 ? MAX_N / (KW) : 1)
WEIGHTS(weights_1_1, 1, 1, 6)
WEIGHTS(weights_2_1, 2, 1, 6)
WEIGHTS(weights_1_2, 1, 2, FIT(2))
WEIGHTS(weights_2_2, 2, 2, FIT(2))
WEIGHTS(weights_1_3, 1, 3, FIT(3))
WEIGHTS(weights_2_3, 2, 3, FIT(3))
WEIGHTS(weights_1_5, 1, 5, FIT(5))
WEIGHTS(weights_2_5, 2, 5, FIT(5))
#if LANES == 16
WEIGHTS(weights_1_7, 1, 7, FIT(7))
WEIGHTS(weights_2_7, 2, 7, FIT(7))
#endif

static void weights(const DirectShape *s, int vectors, const float *x, const float *g, float *gw)
{
  bool two = vectors == 2;
  switch (s->kW) {
  case 1: (two ? weights_2_1 : weights_1_1)(s, x, g, gw); break;
  case 2: (two ? weights_2_2 : weights_1_2)(s, x, g, gw); break;
  case 3: (two ? weights_2_3 : weights_1_3)(s, x, g, gw); break;
  case 5: (two ? weights_2_5 : weights_1_5)(s, x, g, gw); break;
#if LANES == 16
  case 7: (two ? weights_2_7 : weights_1_7)(s, x, g, gw); break;
#endif
  }
}

static void interleave(int vectors, int channels, const float *from, int64_t channelStride,
                       int64_t n, float *to)
{
  const int width = vectors * LANES;
  for (int b = 0; b < vectors; b++) {
    int present = channels - b * LANES < LANES ? channels - b * LANES : LANES;
    for (int64_t i = 0; i < n; i += LANES) {
      int64_t m = n - i < LANES ? n - i : LANES;
      V r[LANES];
      UNROLL for (int c = 0; c < LANES; c++)
      {
        V v = {0};
        if (c < present) {
          const float *p = from + (b * LANES + c) * channelStride + i;
          if (m == LANES) v = *(const V *)p;
          else memcpy(&v, p, (size_t)m * sizeof *p);
        }
        r[c] = v;
      }
      transpose(r);
      for (int64_t j = 0; j < m; j++) *(V *)(to + (i + j) * width + b * LANES) = r[j];
    }
  }
}

extern const DirectKernels TH_CONCAT_2(THDirect_, TH_ISA);
const DirectKernels TH_CONCAT_2(THDirect_, TH_ISA) = {LANES, forward, weights, interleave};
