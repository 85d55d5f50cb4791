/* The loops of winograd.h. One function each for what is done in a line of six points: an element's
   value does not depend on where its tile lies. */
#include "winograd.h"
#include "vector.h"
#include "THTypes.h"

enum { SIDE = 6 };
static const float A = 0.625f, B = 1.5f; /* points: 0, A, -A, B, -B, infinity */
static const float AA = 0.390625f, BB = 2.25f, SUM = 2.640625f, PRODUCT = 0.87890625f;
/* powers of A and B */
static const float powers[2][5] = {{1, 0.625f, 0.390625f, 0.244140625f, 0.152587890625f},
                                   {1, 1.5f, 2.25f, 3.375f, 5.0625f}};
/* one over the product of a point's distances to the others */
#define AT_A (float)(1 / (2 * 0.390625 * (0.390625 - 2.25)))
#define AT_B (float)(1 / (2 * 2.25 * (2.25 - 0.390625)))
static const float scale[SIDE] = {(float)(1 / 0.87890625), AT_A, AT_A, AT_B, AT_B, 1};

/* Values of the input: products of (x - point) over the other points, coefficient by coefficient. */
INLINE void interpolate(const V *d, V *t)
{
  const V even1 = d[4] - BB * d[2], odd1 = d[3] - BB * d[1];
  const V even2 = d[4] - AA * d[2], odd2 = d[3] - AA * d[1];
  const V first = d[4] - SUM * d[2], last = d[5] - SUM * d[3];
  t[0] = first + PRODUCT * d[0];
  t[1] = even1 + A * odd1;
  t[2] = even1 - A * odd1;
  t[3] = even2 + B * odd2;
  t[4] = even2 - B * odd2;
  t[5] = last + PRODUCT * d[1];
}

/* Values of the polynomial with n coefficients g. */
INLINE void evaluate(const int n, const V *g, V *t)
{
  UNROLL for (int k = 0; k < 2; k++)
  {
    V even = g[0], odd = powers[k][1] * g[1];
    UNROLL for (int i = 2; i < n; i++)
    {
      if (i & 1) odd += powers[k][i] * g[i];
      else even += powers[k][i] * g[i];
    }
    t[1 + 2 * k] = even + odd;
    t[2 + 2 * k] = even - odd;
  }
  t[0] = g[0];
  t[5] = g[n - 1];
}

/* The transpose of evaluate. */
INLINE void combine(const int n, const V *t, V *y)
{
  const V sum1 = t[1] + t[2], sum2 = t[3] + t[4], minus1 = t[1] - t[2], minus2 = t[3] - t[4];
  y[0] = t[0] + sum1 + sum2;
  UNROLL for (int i = 1; i < n; i++)
  {
    y[i] = powers[0][i] * (i & 1 ? minus1 : sum1);
    y[i] += powers[1][i] * (i & 1 ? minus2 : sum2);
  }
  y[n - 1] += t[5];
}

/* ---- rows of planes, channel by channel ---- */

/* Columns of a row of tiles, whole vectors of them. */
static int64_t columns(const WinogradShape *s)
{
  return s->tilesW * s->tile + s->kernel - 1 + LANES;
}
static int64_t scratch_size(const WinogradShape *s) { return SIDE * columns(s) * LANES; }

/* n neighbouring elements of each channel, `planeStride` apart, to the n places at `to`, channel by channel. */
INLINE void load_elements(int channels, int64_t n, const float *x, int64_t planeStride, float *to)
{
  V v[LANES];
  if (n == LANES && channels == LANES) {
    UNROLL for (int c = 0; c < LANES; c++) v[c] = *(const V *)(x + c * planeStride);
  } else {
    UNROLL for (int c = 0; c < LANES; c++) v[c] = c < channels ? load_first(x + c * planeStride, n) : (V){0};
  }
  transpose(v);
  UNROLL for (int j = 0; j < LANES; j++)
  {
    if (j < n) *(V *)(to + j * LANES) = v[j];
  }
}

/* Two rows of half a vector each, which are neighbours in the planes. */
INLINE void load_pair(int channels, const float *x, int64_t planeStride, float *to, float *to2)
{
  V v[LANES];
  UNROLL for (int c = 0; c < LANES; c++) v[c] = c < channels ? *(const V *)(x + c * planeStride) : (V){0};
  transpose(v);
  UNROLL for (int j = 0; j < LANES; j++) *(V *)((j < LANES / 2 ? to : to2 - LANES / 2 * LANES) + j * LANES) = v[j];
}

/* strip[row][column][channel] of `rows` rows from row `top` of the h x w planes at x; column 0 is
   -pad, and zeros are around, but in the last LANES columns, which no tile reads. */
static void load_rows(int channels, const float *x, int64_t h, int64_t w, int64_t top, int rows,
                      int64_t pad, int64_t count, float *strip)
{
  const int64_t stride = count * LANES, right = pad + w, used = count - LANES;
  for (int64_t r = 0; r < rows; r++) {
    const bool inside = top + r >= 0 && top + r < h;
    V *row = (V *)(strip + r * stride);
    for (int64_t i = 0; i < (inside ? pad : used); i++) row[i] = (V){0};
    for (int64_t i = inside ? right : used; i < used; i++) row[i] = (V){0};
  }
  int64_t r = top < 0 ? -top : 0, last = h - top < rows ? h - top : rows;
  const float *p = x + (top + r) * w;
  float *to = strip + r * stride + pad * LANES;
  for (; w == LANES / 2 && r + 1 < last; r += 2, p += 2 * w, to += 2 * stride)
    load_pair(channels, p, h * w, to, to + stride);
  for (; r < last; r++, p += w, to += stride)
    for (int64_t i = 0; i < w; i += LANES)
      load_elements(channels, w - i < LANES ? w - i : LANES, p + i, h * w, to + i * LANES);
}

/* The other way: n places to n elements of each channel. */
INLINE void store_elements(int channels, int64_t n, const float *from, float *y, int64_t planeStride)
{
  V v[LANES];
  UNROLL for (int j = 0; j < LANES; j++) v[j] = *(const V *)(from + j * LANES);
  transpose(v);
  if (n == LANES && channels == LANES) {
    UNROLL for (int c = 0; c < LANES; c++) *(V *)(y + c * planeStride) = v[c];
  } else {
    UNROLL for (int c = 0; c < LANES; c++)
    {
      if (c < channels) store_first(y + c * planeStride, v[c], n);
    }
  }
}

/* The first `rows` rows of the strip become rows of planes. */
static void store_rows(int channels, const float *strip, int64_t count, int64_t rows, int64_t w,
                       int64_t planeStride, float *y)
{
  for (int64_t r = 0; r < rows; r++, strip += count * LANES, y += w)
    for (int64_t i = 0; i < w; i += LANES)
      store_elements(channels, w - i < LANES ? w - i : LANES, strip + i * LANES, y + i, planeStride);
}

/* ---- tiles ---- */

/* Each column of a strip of `rows` rows becomes the values at six points, in place. */
INLINE void points_down(const int rows, int64_t count, float *strip)
{
  const int64_t stride = count * LANES;
  for (int64_t i = 0; i < count - LANES; i++, strip += LANES) {
    V d[SIDE], t[SIDE];
    UNROLL for (int r = 0; r < rows; r++) d[r] = *(const V *)(strip + r * stride);
    if (rows == SIDE) interpolate(d, t);
    else evaluate(rows, d, t);
    UNROLL for (int r = 0; r < SIDE; r++) *(V *)(strip + r * stride) = t[r];
  }
}

/* The same along rows: `n` columns of each tile, tiles `step` columns apart. */
INLINE void points_across(const int n, const int step, int64_t tiles, int64_t count, const float *strip,
                          const WinogradValues *v)
{
  for (int64_t i = 0; i < tiles; i++) {
    const float *from = strip + i * step * LANES;
    float *to = v->data + i * v->tile;
    for (int r = 0; r < SIDE; r++, from += count * LANES, to += SIDE * v->point) {
      V d[SIDE], t[SIDE];
      UNROLL for (int j = 0; j < n; j++) d[j] = *(const V *)(from + j * LANES);
      if (n == SIDE) interpolate(d, t);
      else evaluate(n, d, t);
      UNROLL for (int j = 0; j < SIDE; j++) *(V *)(to + j * v->point) = t[j];
    }
  }
}

INLINE void input_tiles(const int kernel, const WinogradShape *s, int64_t ty, int channels,
                        const float *x, float *scratch, const WinogradValues *v)
{
  const int tile = SIDE + 1 - kernel;
  load_rows(channels, x, s->ih, s->iw, ty * tile - s->padH, SIDE, s->padW, columns(s), scratch);
  points_down(SIDE, columns(s), scratch);
  points_across(SIDE, tile, s->tilesW, columns(s), scratch, v);
}

static void input(const WinogradShape *s, int64_t ty, int channels, const float *x, float *scratch,
                  WinogradValues v)
{
  if (s->kernel == 3) input_tiles(3, s, ty, channels, x, scratch, &v);
  else input_tiles(5, s, ty, channels, x, scratch, &v);
}

INLINE void output_grad_tiles(const int kernel, const WinogradShape *s, int64_t ty, int channels,
                              const float *gy, float *scratch, const WinogradValues *v)
{
  const int tile = SIDE + 1 - kernel;
  load_rows(channels, gy, s->oh, s->ow, ty * tile, tile, 0, columns(s), scratch);
  points_down(tile, columns(s), scratch);
  points_across(tile, tile, s->tilesW, columns(s), scratch, v);
}

static void output_grad(const WinogradShape *s, int64_t ty, int channels, const float *gy, float *scratch,
                        WinogradValues v)
{
  if (s->kernel == 3) output_grad_tiles(3, s, ty, channels, gy, scratch, &v);
  else output_grad_tiles(5, s, ty, channels, gy, scratch, &v);
}

INLINE void output_tiles(const int kernel, const WinogradShape *s, const WinogradValues *v, V bias,
                         float *strip)
{
  const int tile = SIDE + 1 - kernel;
  const int64_t stride = columns(s) * LANES;
  for (int64_t i = 0; i < s->tilesW; i++, strip += tile * LANES) {
    const float *from = v->data + i * v->tile;
    V rows[SIDE][4]; /* a tile is 4 at most */
    UNROLL for (int r = 0; r < SIDE; r++)
    {
      V t[SIDE];
      UNROLL for (int j = 0; j < SIDE; j++) t[j] = *(const V *)(from + (r * SIDE + j) * v->point);
      combine(tile, t, rows[r]);
    }
    UNROLL for (int j = 0; j < tile; j++)
    {
      V t[SIDE], y[4];
      UNROLL for (int r = 0; r < SIDE; r++) t[r] = rows[r][j];
      combine(tile, t, y);
      UNROLL for (int r = 0; r < tile; r++) *(V *)(strip + r * stride + j * LANES) = y[r] + bias;
    }
  }
}

static void output(const WinogradShape *s, int64_t ty, int channels, WinogradValues v, const float *bias,
                   float *scratch, float *y)
{
  V start = {0};
  if (bias) memcpy(&start, bias, sizeof start);
  if (s->kernel == 3) output_tiles(3, s, &v, start, scratch);
  else output_tiles(5, s, &v, start, scratch);
  int64_t row = ty * s->tile, rows = s->oh - row < s->tile ? s->oh - row : s->tile;
  store_rows(channels, scratch, columns(s), rows, s->ow, s->oh * s->ow, y + row * s->ow);
}

/* ---- weights ---- */

INLINE void weight_points(const int kernel, const float *w, int64_t step, float *u, int64_t point)
{
  V rows[SIDE][5];
  UNROLL for (int j = 0; j < kernel; j++)
  {
    V g[5], t[SIDE];
    UNROLL for (int i = 0; i < kernel; i++) g[i] = *(const V *)(w + (i * kernel + j) * step);
    evaluate(kernel, g, t);
    UNROLL for (int r = 0; r < SIDE; r++) rows[r][j] = t[r] * scale[r];
  }
  UNROLL for (int r = 0; r < SIDE; r++)
  {
    V t[SIDE];
    evaluate(kernel, rows[r], t);
    UNROLL for (int j = 0; j < SIDE; j++) *(V *)(u + (r * SIDE + j) * point) = t[j] * scale[j];
  }
}

INLINE void weight_grad(const int kernel, const float *u, int64_t point, float *w, int64_t step)
{
  V rows[SIDE][5];
  UNROLL for (int r = 0; r < SIDE; r++)
  {
    V t[SIDE];
    UNROLL for (int j = 0; j < SIDE; j++) t[j] = *(const V *)(u + (r * SIDE + j) * point) * scale[j];
    combine(kernel, t, rows[r]);
  }
  UNROLL for (int j = 0; j < kernel; j++)
  {
    V t[SIDE], y[5];
    UNROLL for (int r = 0; r < SIDE; r++) t[r] = rows[r][j] * scale[r];
    combine(kernel, t, y);
    UNROLL for (int i = 0; i < kernel; i++) *(V *)(w + (i * kernel + j) * step) += y[i];
  }
}

static void weights(int kernel, int64_t channels, int64_t width, const float *w, float *u, int64_t point)
{
  for (int64_t c = 0; c < channels; c++)
    for (int64_t i = 0; i < width; i += LANES) {
      const float *from = w + c * kernel * kernel * width + i;
      if (kernel == 3) weight_points(3, from, width, u + c * width + i, point);
      else weight_points(5, from, width, u + c * width + i, point);
    }
}

static void weights_grad(int kernel, int64_t channels, int64_t width, const float *u, int64_t point,
                         float *w)
{
  for (int64_t c = 0; c < channels; c++)
    for (int64_t i = 0; i < width; i += LANES) {
      float *to = w + c * kernel * kernel * width + i;
      if (kernel == 3) weight_grad(3, u + c * width + i, point, to, width);
      else weight_grad(5, u + c * width + i, point, to, width);
    }
}

/* ---- products ---- */

/* N tiles; blockStride: between blocks of channels of v. */
INLINE void product_tiles(const int vectors, const int N, int64_t channels, const float *v,
                          int64_t blockStride, const float *u, float *m)
{
  V acc[MAX_N][2];
  UNROLL for (int j = 0; j < N; j++) acc[j][0] = acc[j][1] = (V){0};
  for (int64_t b = 0; b < channels; b += LANES, v += blockStride) {
    const int64_t n = channels - b < LANES ? channels - b : LANES;
    for (int64_t c = 0; c < n; c++, u += vectors * LANES) {
      const V u0 = *(const V *)u, u1 = vectors > 1 ? *(const V *)(u + LANES) : u0;
      UNROLL for (int j = 0; j < N; j++)
      {
        const float e = v[j * LANES + c];
        acc[j][0] += e * u0;
        if (vectors > 1) acc[j][1] += e * u1;
      }
    }
  }
  UNROLL for (int j = 0; j < N; j++, m += vectors * LANES)
  {
    *(V *)m = acc[j][0];
    if (vectors > 1) *(V *)(m + LANES) = acc[j][1];
  }
}

#define CASE(B, N) case N: product_tiles(B, N, channels, v, blockStride, u, m); break;
#if LANES == 16
#define MORE_CASES(B)                                                                              \
  CASE(B, 7) CASE(B, 8) CASE(B, 9) CASE(B, 10) CASE(B, 11) CASE(B, 12) CASE(B, 13) CASE(B, 14)
#else
#define MORE_CASES(B)
#endif
#define PRODUCT_OF(name, B)                                                                        \
  static void name(int n, int64_t channels, const float *v, int64_t blockStride, const float *u,  \
                   float *m)                                                                       \
  {                                                                                                \
    switch (n) {                                                                                   \
      CASE(B, 1) CASE(B, 2) CASE(B, 3) CASE(B, 4) CASE(B, 5) CASE(B, 6) MORE_CASES(B)              \
    }                                                                                              \
  }
PRODUCT_OF(product_1, 1)
PRODUCT_OF(product_2, 2)

static void product(int vectors, int64_t tiles, int64_t channels, const float *v, const float *u,
                    float *m)
{
  int64_t groups = (tiles + MAX_N - 1) / MAX_N;
  for (int64_t i = 0; i < groups; i++) {
    int64_t first = tiles * i / groups;
    int n = (int)(tiles * (i + 1) / groups - first);
    (vectors == 2 ? product_2 : product_1)(n, channels, v + first * LANES, tiles * LANES, u,
                                           m + first * vectors * LANES);
  }
}

enum { SUMS = LANES / 2 }; /* channels whose sums stay in registers */

INLINE void accumulate_channels(const int vectors, const int N, int64_t tiles, const float *v,
                                const float *g, float *u, bool fresh)
{
  V acc[SUMS][2];
  UNROLL for (int j = 0; j < N; j++) acc[j][0] = acc[j][1] = (V){0};
  if (!fresh) {
    UNROLL for (int j = 0; j < N; j++)
    {
      acc[j][0] = *(const V *)(u + j * vectors * LANES);
      if (vectors > 1) acc[j][1] = *(const V *)(u + j * vectors * LANES + LANES);
    }
  }
  for (int64_t t = 0; t < tiles; t++, v += LANES, g += vectors * LANES) {
    const V g0 = *(const V *)g, g1 = vectors > 1 ? *(const V *)(g + LANES) : g0;
    UNROLL for (int j = 0; j < N; j++)
    {
      acc[j][0] += v[j] * g0;
      if (vectors > 1) acc[j][1] += v[j] * g1;
    }
  }
  UNROLL for (int j = 0; j < N; j++)
  {
    *(V *)(u + j * vectors * LANES) = acc[j][0];
    if (vectors > 1) *(V *)(u + j * vectors * LANES + LANES) = acc[j][1];
  }
}

#define ACCUMULATE(name, B)                                                                        \
  static void name(int64_t n, int64_t tiles, const float *v, const float *g, float *u, bool fresh) \
  {                                                                                                \
    if (n == SUMS) accumulate_channels(B, SUMS, tiles, v, g, u, fresh);                            \
    else                                                                                           \
      for (int64_t j = 0; j < n; j++)                                                              \
        accumulate_channels(B, 1, tiles, v + j, g, u + j * B * LANES, fresh);                      \
  }
ACCUMULATE(accumulate_1, 1)
ACCUMULATE(accumulate_2, 2)

static void accumulate(int vectors, int64_t tiles, int64_t channels, const float *v, const float *g,
                       float *u, bool fresh)
{
  for (int64_t c = 0; c < channels; c += SUMS) {
    int64_t n = channels - c < SUMS ? channels - c : SUMS;
    (vectors == 2 ? accumulate_2 : accumulate_1)(n, tiles, v + c / LANES * tiles * LANES + c % LANES, g,
                                                 u + c * vectors * LANES, fresh);
  }
}

extern const WinogradKernels TH_CONCAT_2(THWinograd_, TH_ISA);
const WinogradKernels TH_CONCAT_2(THWinograd_, TH_ISA) = {
  LANES, scratch_size, weights, weights_grad, input, output_grad, output, product, accumulate};
