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

static void T_(max_plane)(const THNN_Window *p, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  const int64_t ih = p->in[H], iw = p->in[W], oh = p->out[H], ow = p->out[W];
  const bool simple = T_(is_2x2)(p);
  for (int64_t i = 0; i < oh; i++, y += ow, index += ow) {
    int64_t h0, h1, w0, w1, at, j = 0;
    T_(clip)(p, H, i, &h0, &h1);
    if (simple && h0 + 2 <= ih) {
      j = THMin(ow, iw / 2);
      if (T_(max_2x2)(x + h0 * iw, x + (h0 + 1) * iw, h0 * iw, iw, j, y, index)) j = 0;
    }
    for (; j < ow; j++) {
      T_(clip)(p, W, j, &w0, &w1);
      y[j] = T_(window_max)(p, x, h0, h1, w0, w1, &at);
      index[j] = at + TH_INDEX_BASE;
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
  for (int64_t i = 0; i < n; i++) sum[i] = 0;
  for (int64_t t = b[0]; t < e[0]; t++)
    for (int64_t h = b[1]; h < e[1]; h++)
      for (int64_t w = 0; w < k; w++) {
        const real *row = x + (t * in[1] + h) * in[2] + w;
        for (int64_t i = 0; i < n; i++) sum[i] += row[i * d];
      }
}

TH_KERNEL static void T_(average_inside)(const THNN_Window *p, const real *x, const int64_t *b, const int64_t *e,
                                         double count, int64_t n, real *y)
{
  enum { CHUNK = 64 };
  const int64_t k = p->k[W], d = p->d[W];
  double sum[CHUNK];
  for (int64_t at = 0; at < n; at += CHUNK, x += CHUNK * d, y += CHUNK) {
    const int64_t m = THMin(CHUNK, n - at);
    if (d == 1) T_(sums_inside)(x, p->in, b, e, k, 1, m, sum);
    else if (d == 2) T_(sums_inside)(x, p->in, b, e, k, 2, m, sum);
    else T_(sums_inside)(x, p->in, b, e, k, d, m, sum);
    for (int64_t i = 0; i < m; i++) y[i] = (real)(sum[i] / count);
  }
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
