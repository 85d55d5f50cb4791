/* Outputs o along an axis whose input o * d - pad + k lies within [0, in): [*begin, *end). */
static inline void T_(inside)(const THNN_Window *g, int axis, int64_t k, int64_t *begin, int64_t *end)
{
  const int64_t d = g->d[axis];
  int64_t first = g->pad[axis] - k, last = g->in[axis] - 1 + first;
  *begin = first > 0 ? (first + d - 1) / d : 0;
  *end = last < 0 ? 0 : THMin(last / d + 1, g->out[axis]);
}

/* ---- strides of 1: sums stay in registers over all taps of the kernel ---- */

/* y[r][c + skip..] += the taps over x, n columns from c on, where every column of the kernel lies inside */
static inline __attribute__((always_inline)) void T_(tap_block)(const Taps *t, const real *x, const real *w, real *y,
                                                                int64_t r, int64_t c, int n, int64_t skip)
{
  real sum[TAP_BLOCK] = {0};
  for (int64_t u = 0; u < t->kH; u++) {
    int64_t row = r + t->up + t->turn * u;
    if (row < 0 || row >= t->ih) continue;
    const real *p = x + row * t->iw + c + t->left, *k = w + u * t->kW;
    for (int64_t v = 0; v < t->kW; v++, p += t->turn)
      for (int i = 0; i < n; i++) sum[i] += k[v] * p[i];
  }
  y += r * t->ow + c;
  for (int i = (int)skip; i < n; i++) y[i] += sum[i];
}

/* The same for one column, where the kernel may reach outside. */
static inline void T_(tap_edge)(const Taps *t, const real *x, const real *w, real *y, int64_t r, int64_t c)
{
  real sum = 0;
  for (int64_t u = 0; u < t->kH; u++) {
    int64_t row = r + t->up + t->turn * u;
    if (row < 0 || row >= t->ih) continue;
    for (int64_t v = 0; v < t->kW; v++) {
      int64_t at = c + t->left + t->turn * v;
      if (at >= 0 && at < t->iw) sum += w[u * t->kW + v] * x[row * t->iw + at];
    }
  }
  y[r * t->ow + c] += sum;
}

/* Columns [lo, hi) of row r in blocks of n; the last one begins where it fits. */
static inline __attribute__((always_inline)) void T_(tap_blocks)(const Taps *t, const real *x, const real *w, real *y,
                                                                 int64_t r, int64_t lo, int64_t hi, int n)
{
  int64_t c = lo;
  for (; c + n <= hi; c += n) T_(tap_block)(t, x, w, y, r, c, n, 0);
  if (c < hi) T_(tap_block)(t, x, w, y, r, hi - n, n, c - (hi - n));
}

TH_KERNEL static void T_(taps)(const Taps *t, const real *x, const real *w, real *y)
{
  const int64_t end = t->left + t->turn * (t->kW - 1); /* where the last column of the kernel reads */
  int64_t lo = THMin(t->ow, THMax(0, -THMin(t->left, end)));
  int64_t hi = THMax(lo, THMin(t->ow, t->iw - THMax(t->left, end)));
  for (int64_t r = 0; r < t->oh; r++) {
    int64_t c = 0;
    for (; c < lo; c++) T_(tap_edge)(t, x, w, y, r, c);
    if (hi - lo >= TAP_BLOCK) T_(tap_blocks)(t, x, w, y, r, lo, hi, TAP_BLOCK);
    else if (hi - lo >= TAP_BLOCK / 2) T_(tap_blocks)(t, x, w, y, r, lo, hi, TAP_BLOCK / 2);
    else if (hi - lo >= TAP_BLOCK / 4) T_(tap_blocks)(t, x, w, y, r, lo, hi, TAP_BLOCK / 4);
    else
      for (; c < hi; c++) T_(tap_edge)(t, x, w, y, r, c);
    for (c = hi; c < t->ow; c++) T_(tap_edge)(t, x, w, y, r, c);
  }
}

/* ---- any strides ---- */

/* y += x correlated with w */
static void T_(correlate)(const THNN_Window *g, const void *x_, const void *w_, void *y_)
{
  const real *x = x_, *w = w_;
  real *y = y_;
  int64_t i0, i1, j0, j1;
  if (g->d[H] == 1 && g->d[W] == 1) {
    T_(taps)
    (&(Taps){g->in[H], g->in[W], g->out[H], g->out[W], g->k[H], g->k[W], -g->pad[H], -g->pad[W], 1}, x, w, y);
    return;
  }
  for (int64_t u = 0; u < g->k[H]; u++) {
    T_(inside)(g, H, u, &i0, &i1);
    for (int64_t v = 0; v < g->k[W]; v++) {
      T_(inside)(g, W, v, &j0, &j1);
      real k = w[u * g->k[W] + v];
      for (int64_t i = i0; i < i1; i++) {
        const real *row = x + (i * g->d[H] - g->pad[H] + u) * g->in[W] + v - g->pad[W];
        real *to = y + i * g->out[W];
        for (int64_t j = j0, d = g->d[W]; j < j1; j++) to[j] += k * row[j * d];
      }
    }
  }
}

/* The transpose: x += y spread by w */
static void T_(correlate_back)(const THNN_Window *g, const void *y_, const void *w_, void *x_)
{
  const real *y = y_, *w = w_;
  real *x = x_;
  int64_t i0, i1, j0, j1;
  if (g->d[H] == 1 && g->d[W] == 1) { /* the taps of the kernel turned round */
    T_(taps)
    (&(Taps){g->out[H], g->out[W], g->in[H], g->in[W], g->k[H], g->k[W], g->pad[H], g->pad[W], -1}, y, w, x);
    return;
  }
  for (int64_t u = 0; u < g->k[H]; u++) {
    T_(inside)(g, H, u, &i0, &i1);
    for (int64_t v = 0; v < g->k[W]; v++) {
      T_(inside)(g, W, v, &j0, &j1);
      real k = w[u * g->k[W] + v];
      for (int64_t i = i0; i < i1; i++) {
        real *row = x + (i * g->d[H] - g->pad[H] + u) * g->in[W] + v - g->pad[W];
        const real *from = y + i * g->out[W];
        for (int64_t j = j0, d = g->d[W]; j < j1; j++) row[j * d] += k * from[j];
      }
    }
  }
}

/* Sum of the products of n columns of rows rows, of x by strides, of gy without gaps between columns. */
static inline __attribute__((always_inline)) double T_(plane_dot)(const real *x, int64_t xrow, int64_t step, const real *gy,
                                                                  int64_t grow, int64_t rows, int64_t n)
{
  enum { LANES = 8 };
  double lane[LANES] = {0}, sum = 0;
  for (int64_t i = 0; i < rows; i++, x += xrow, gy += grow) {
    int64_t j = 0;
    if (step == 1)
      for (; j + LANES <= n; j += LANES)
        _Pragma("GCC unroll 8") for (int k = 0; k < LANES; k++) lane[k] += (double)x[j + k] * gy[j + k];
    for (; j < n; j++) sum += (double)x[j * step] * gy[j];
  }
  for (int k = 0; k < LANES; k++) sum += lane[k];
  return sum;
}

/* gw += scale * x correlated with the gradient gy of the outputs */
TH_KERNEL static void T_(kernel_grad)(const THNN_Window *g, const void *x_, const void *gy_, void *gw_,
                                      double scale)
{
  const real *x = x_, *gy = gy_;
  real *gw = gw_;
  int64_t i0, i1, j0, j1;
  for (int64_t u = 0; u < g->k[H]; u++) {
    T_(inside)(g, H, u, &i0, &i1);
    for (int64_t v = 0; v < g->k[W]; v++) {
      T_(inside)(g, W, v, &j0, &j1);
      if (i0 >= i1 || j0 >= j1) continue;
      const real *first = x + (i0 * g->d[H] - g->pad[H] + u) * g->in[W] + j0 * g->d[W] + v - g->pad[W];
      double sum = T_(plane_dot)(first, g->d[H] * g->in[W], g->d[W], gy + i0 * g->out[W] + j0, g->out[W],
                                 i1 - i0, j1 - j0);
      gw[u * g->k[W] + v] += (real)(scale * sum);
    }
  }
}

/* r = *value, or 0 */
static void T_(fill_plane)(void *r_, const void *value, int64_t n)
{
  real *r = r_, v = value ? *(const real *)value : 0;
  for (int64_t i = 0; i < n; i++) r[i] = v;
}
