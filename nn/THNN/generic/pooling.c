/* Planes of pooling layers. */

/* The first of the greatest elements of a window, or its first NaN. A dilated window may have no
   element in the plane: -INFINITY and index -1. */
static inline real T_(window_max)(const THNN_Window *p, const real *x, int64_t h0, int64_t h1, int64_t w0,
                                  int64_t w1, int64_t *index)
{
  const int64_t iw = p->in[W], dilH = p->dil[H], dilW = p->dil[W];
  if (h0 >= h1 || w0 >= w1) {
    *index = -1;
    return -INFINITY;
  }
  int64_t at = h0 * iw + w0;
  real max = x[at];
  for (int64_t h = h0; h < h1; h += dilH)
    for (int64_t w = w0; w < w1; w += dilW) {
      real v = x[h * iw + w];
      if (THNN_wins(v, max)) {
        max = v;
        at = h * iw + w;
      }
    }
  *index = at;
  return max;
}

#ifdef TH_REAL_IS_FLOAT
typedef int32_t T_(Place); /* as wide as real, and wide enough for small planes */
#else
typedef int64_t T_(Place);
#endif

/* 2x2 windows, stride 2, all inside: a row of them, without branches. True: there is a NaN, and the
   row is to be done again with care. */
TH_KERNEL static bool T_(max_2x2)(const real *a, const real *b, int64_t first, int64_t iw, int64_t n,
                                  real *y, int64_t *index)
{
  int nan = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t j = 2 * i, at = j;
    real v = a[j];
    nan |= __builtin_isunordered(a[j], a[j + 1]) | __builtin_isunordered(b[j], b[j + 1]);
    at = a[j + 1] > v ? j + 1 : at, v = a[j + 1] > v ? a[j + 1] : v;
    at = b[j] > v ? j + iw : at, v = b[j] > v ? b[j] : v;
    at = b[j + 1] > v ? j + iw + 1 : at, v = b[j + 1] > v ? b[j + 1] : v;
    y[i] = v;
    index[i] = at + first + TH_INDEX_BASE;
  }
  return nan;
}

/* to = every d-th of x, n times, in each of so many rows `below` apart */
static __attribute__((noinline)) void T_(take_every)(const real *x, int64_t d, int64_t n, int64_t rows, int64_t below, real *to)
{
  for (; rows-- > 0; x += below, to += n)
    if (d == 2)
      _Pragma("GCC unroll 1") for (int64_t i = 0; i < n; i++) to[i] = x[2 * i];
    else
      _Pragma("GCC unroll 1") for (int64_t i = 0; i < n; i++) to[i] = x[i * d];
}

/* The same for `rows` rows of windows, n in each: those of the first cover rows [h0, h1) of the plane, from column w0 on, all lie inside
   along W, and further rows lie inside altogether and come into one chunk. Which element of its window is the greatest is kept as its
   distance from the first one; whole groups are compared, and what lies behind the last window is 0. */
TH_KERNEL static bool T_(max_inside)(const THNN_Window *p, const real *x, int64_t h0, int64_t h1, int64_t w0, int64_t rows, int64_t n,
                                     real *y, int64_t *index)
{
  const int64_t d = p->d[W], iw = p->in[W], ow = p->out[W], step = p->dil[W], width = (p->k[W] - 1) * step + 1, below = p->d[H] * iw;
  real most[CHUNK] = {0}, v[CHUNK] = {0};
  T_(Place) from[CHUNK], nan[GROUP] = {0}, nans = 0;
  for (int64_t j = 0; j < n; j += CHUNK, w0 += CHUNK * d) {
    const int64_t m = THMin(CHUNK, n - j), first = h0 * iw + w0;
    T_(take_every)(x + first, d, m, rows, below, most);
    for (int i = 0; i < CHUNK; i++) from[i] = 0;
    for (int64_t h = h0; h < h1; h += p->dil[H])
      for (int64_t w = w0; w < w0 + width; w += step) {
        const T_(Place) at = (T_(Place))(h * iw + w - first);
        T_(take_every)(x + first + at, d, m, rows, below, v);
        for (int64_t g = 0; g < rows * m; g += GROUP)
          for (int i = 0; i < GROUP; i++) {
            const bool more = v[g + i] > most[g + i];
            nan[i] |= v[g + i] != v[g + i];
            from[g + i] = more ? at : from[g + i];
            most[g + i] = more ? v[g + i] : most[g + i];
          }
      }
    for (int64_t r = 0; r < rows; r++) {
      memcpy(y + r * ow + j, most + r * m, (size_t)m * sizeof *y);
      _Pragma("GCC unroll 1") for (int64_t i = 0; i < m; i++)
        index[r * ow + j + i] = first + r * below + i * d + from[r * m + i] + TH_INDEX_BASE;
    }
  }
  for (int i = 0; i < GROUP; i++) nans |= nan[i];
  return nans;
}

/* The part of the window of output o along an axis that lies in the plane: [*begin, *end), by steps of the dilation. */
static inline void T_(clip)(const THNN_Window *p, int axis, int64_t o, int64_t *begin, int64_t *end)
{
  const int64_t dil = p->dil[axis];
  int64_t first = o * p->d[axis] - p->pad[axis];
  *end = THMin(first + (p->k[axis] - 1) * dil + 1, p->in[axis]);
  while (first < 0) first += dil;
  *begin = first;
}

static bool T_(is_2x2)(const THNN_Window *p)
{
  for (int i = H; i <= W; i++)
    if (p->k[i] != 2 || p->d[i] != 2 || p->pad[i] != 0 || p->dil[i] != 1) return false;
  return true;
}

/* Windows [j, end) of rows [h0, h1). */
static void T_(max_each)(const THNN_Window *p, const real *x, int64_t h0, int64_t h1, int64_t j, int64_t end, real *y, int64_t *index)
{
  int64_t w0, w1, at;
  for (; j < end; j++) {
    T_(clip)(p, W, j, &w0, &w1);
    y[j] = T_(window_max)(p, x, h0, h1, w0, w1, &at);
    index[j] = at + TH_INDEX_BASE;
  }
}

/* Rows of windows from row i on, of n each, that come into one chunk: those after the first lie inside along H, as it does. */
static int64_t T_(rows_together)(const THNN_Window *p, int64_t i, int64_t n)
{
  const int64_t room = p->in[H] + p->pad[H] - (p->k[H] - 1) * p->dil[H] - 1, inside = room < 0 ? 0 : room / p->d[H] + 1;
  return i * p->d[H] < p->pad[H] ? 1 : THMax(1, THMin(CHUNK / n, THMin(p->out[H], inside) - i));
}

static void T_(max_plane)(const THNN_Window *p, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  const int64_t ih = p->in[H], iw = p->in[W], oh = p->out[H], ow = p->out[W];
  const bool simple = T_(is_2x2)(p), small = (double)ih * (double)iw < INT32_MAX;
  int64_t before = 0, inside = THMin(ow, iw / 2); /* windows in a row that end and begin outside, that lie inside */
  if (!simple) {
    const int64_t d = p->d[W], room = iw + p->pad[W] - (p->k[W] - 1) * p->dil[W] - 1;
    before = THMin(ow, (p->pad[W] + d - 1) / d);
    inside = room < 0 ? 0 : THMin(ow, room / d + 1) - before;
  }
  for (int64_t i = 0; i < oh;) {
    int64_t h0, h1, skip = 0, rows = 1;
    T_(clip)(p, H, i, &h0, &h1);
    if (simple && h0 + 2 <= ih) {
      if (!T_(max_2x2)(x + h0 * iw, x + (h0 + 1) * iw, h0 * iw, iw, inside, y, index)) skip = inside;
    } else if (inside > 0 && h0 < h1 && small) {
      const int64_t w0 = before * p->d[W] - p->pad[W];
      rows = T_(rows_together)(p, i, inside);
      if (rows * inside >= FEW && !T_(max_inside)(p, x, h0, h1, w0, rows, inside, y + before, index + before)) skip = inside;
    }
    for (const int64_t end = i + rows; i < end; i++, y += ow, index += ow) {
      if (skip == ow) continue;
      T_(clip)(p, H, i, &h0, &h1);
      T_(max_each)(p, x, h0, h1, 0, before, y, index);
      T_(max_each)(p, x, h0, h1, before + skip, ow, y, index);
    }
  }
}

static void T_(max_plane_grad)(const THNN_Window *p, const void *gy_, void *gx_, const int64_t *index)
{
  const real *gy = gy_;
  real *gx = gx_;
  memset(gx, 0, (size_t)p->inSize * sizeof(real));
  for (int64_t i = 0; i < p->outSize; i++)
    if (index[i] >= TH_INDEX_BASE) gx[index[i] - TH_INDEX_BASE] += gy[i];
}

/* Sums of n windows that follow each other along W and lie inside there, in the order of T_(average) below; b and e
   bound them along the other axes. */
static inline void T_(sums_inside)(const real *x, const int64_t *in, const int64_t *b, const int64_t *e, int64_t k,
                                   int64_t d, int64_t n, double *sum)
{
  _Pragma("GCC unroll 1") for (int64_t i = 0; i < n; i++) sum[i] = 0;
  for (int64_t t = b[0]; t < e[0]; t++)
    for (int64_t h = b[1]; h < e[1]; h++)
      for (int64_t w = 0; w < k; w++) {
        const real *row = x + (t * in[1] + h) * in[2] + w;
        _Pragma("GCC unroll 1") for (int64_t i = 0; i < n; i++) sum[i] += row[i * d];
      }
}

TH_KERNEL static void T_(average_inside)(const THNN_Window *p, const real *x, const int64_t *b, const int64_t *e,
                                         double count, int64_t n, real *y)
{
  const int64_t k = p->k[W], d = p->d[W];
  double sum[CHUNK];
  for (int64_t at = 0; at < n; at += CHUNK, x += CHUNK * d, y += CHUNK) {
    const int64_t m = THMin(CHUNK, n - at);
    if (d == 1) T_(sums_inside)(x, p->in, b, e, k, 1, m, sum);
    else if (d == 2) T_(sums_inside)(x, p->in, b, e, k, 2, m, sum);
    else T_(sums_inside)(x, p->in, b, e, k, d, m, sum);
    _Pragma("GCC unroll 1") for (int64_t i = 0; i < m; i++) y[i] = (real)(sum[i] / count);
  }
}

/* Windows of 2x2, stride 2, that lie inside, of a whole plane. */
TH_KERNEL static void T_(average_2x2)(const THNN_Window *p, const real *x, real *y)
{
  const int64_t iw = p->in[W], ow = p->out[W];
  for (int64_t h = 0; h < p->out[H]; h++, x += 2 * iw, y += ow)
    _Pragma("GCC unroll 1") for (int64_t i = 0; i < ow; i++)
      y[i] = (real)((0. + x[2 * i] + x[2 * i + 1] + x[iw + 2 * i] + x[iw + 2 * i + 1]) / 4);
}

/* The mean over the window of output o. */
static real T_(average)(const THNN_Window *p, const real *x, const int64_t *o)
{
  int64_t b[3], e[3];
  double n = THNN_Window_bounds(p, o, b, e), sum = 0;
  for (int64_t t = b[0]; t < e[0]; t++)
    for (int64_t h = b[1]; h < e[1]; h++)
      for (int64_t w = b[2]; w < e[2]; w++) sum += x[(t * p->in[1] + h) * p->in[2] + w];
  return (real)(sum / n);
}

/* A row of outputs: borders one by one, what lies inside at once. */
static void T_(average_row)(const THNN_Window *p, const real *x, int64_t *o, real *y)
{
  const int64_t d = p->d[W], room = p->in[W] - p->k[W] + p->pad[W], ow = p->out[W];
  const int64_t first = THMin(ow, (p->pad[W] + d - 1) / d), end = room < 0 ? 0 : THMin(ow, room / d + 1);
  int64_t b[3], e[3];
  for (o[W] = 0; o[W] < first; o[W]++) y[o[W]] = T_(average)(p, x, o);
  if (first < end) {
    const double count = THNN_Window_bounds(p, o, b, e);
    T_(average_inside)(p, x + b[W], b, e, count, end - first, y + first);
    o[W] = end;
  }
  for (; o[W] < ow; o[W]++) y[o[W]] = T_(average)(p, x, o);
}

/* Means over windows of a volume (T = 1 for images). */
static void T_(average_plane)(const THNN_Window *p, const void *x, void *y_)
{
  real *y = y_;
  int64_t o[3];
  if (p->dims == 2 && T_(is_2x2)(p) && 2 * p->out[H] <= p->in[H] && 2 * p->out[W] <= p->in[W]) {
    T_(average_2x2)(p, x, y);
    return;
  }
  for (o[0] = 0; o[0] < p->out[0]; o[0]++)
    for (o[1] = 0; o[1] < p->out[1]; o[1]++, y += p->out[W]) T_(average_row)(p, x, o, y);
}

static void T_(average_plane_grad)(const THNN_Window *p, const void *gy_, void *gx_)
{
  const real *gy = gy_;
  real *gx = gx_;
  memset(gx, 0, (size_t)p->inSize * sizeof(real));
  int64_t b[3], e[3], o[3];
  for (o[0] = 0; o[0] < p->out[0]; o[0]++)
    for (o[1] = 0; o[1] < p->out[1]; o[1]++)
      for (o[2] = 0; o[2] < p->out[2]; o[2]++) {
        double n = THNN_Window_bounds(p, o, b, e);
        real g = (real)(*gy++ / n);
        for (int64_t t = b[0]; t < e[0]; t++)
          for (int64_t h = b[1]; h < e[1]; h++)
            for (int64_t w = b[2]; w < e[2]; w++) gx[(t * p->in[1] + h) * p->in[2] + w] += g;
      }
}

/* Greatest elements over windows of a volume. */
static void T_(max_volume)(const THNN_Window *p, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  int64_t o[3];
  for (o[0] = 0; o[0] < p->out[0]; o[0]++)
    for (o[1] = 0; o[1] < p->out[1]; o[1]++)
      for (o[2] = 0; o[2] < p->out[2]; o[2]++) {
        real max = -INFINITY;
        int64_t at = THNN_POOL_NONE_3D;
        for (int64_t i = 0; i < p->k[0]; i++)
          for (int64_t j = 0; j < p->k[1]; j++)
            for (int64_t k = 0; k < p->k[2]; k++) {
              int64_t from = THNN_Window_position(p, o, i, j, k);
              if (from < 0 || !(at == THNN_POOL_NONE_3D || THNN_wins(x[from], max))) continue;
              max = x[from];
              at = i | j << 8 | k << 16;
            }
        *y++ = max;
        *index++ = at;
      }
}

static void T_(max_volume_grad)(const THNN_Window *p, const void *gy_, void *gx_, const int64_t *index)
{
  const real *gy = gy_;
  real *gx = gx_;
  memset(gx, 0, (size_t)p->inSize * sizeof(real));
  int64_t o[3];
  for (o[0] = 0; o[0] < p->out[0]; o[0]++)
    for (o[1] = 0; o[1] < p->out[1]; o[1]++)
      for (o[2] = 0; o[2] < p->out[2]; o[2]++, gy++, index++) {
        int64_t at = *index & 0xffffff;
        if (at == THNN_POOL_NONE_3D) continue;
        int64_t to = THNN_Window_position(p, o, at & 255, at >> 8 & 255, at >> 16);
        if (to >= 0) gx[to] += *gy;
      }
}
