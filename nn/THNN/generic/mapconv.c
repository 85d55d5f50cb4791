/* Outputs o whose input o * d - pad + k lies within [0, in): [*begin, *end). */
static inline void T_(inside)(int64_t k, int64_t d, int64_t pad, int64_t in, int64_t out, int64_t *begin,
                              int64_t *end)
{
  int64_t first = pad - k, last = in - 1 + pad - k;
  *begin = first > 0 ? (first + d - 1) / d : 0;
  *end = last < 0 ? 0 : THMin(last / d + 1, out);
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
static void T_(correlate)(const THNN_Geometry *g, const void *x_, const void *w_, void *y_)
{
  const real *x = x_, *w = w_;
  real *y = y_;
  int64_t i0, i1, j0, j1;
  if (g->dH == 1 && g->dW == 1) {
    T_(taps)(&(Taps){g->ih, g->iw, g->oh, g->ow, g->kH, g->kW, -g->padH, -g->padW, 1}, x, w, y);
    return;
  }
  for (int64_t u = 0; u < g->kH; u++) {
    T_(inside)(u, g->dH, g->padH, g->ih, g->oh, &i0, &i1);
    for (int64_t v = 0; v < g->kW; v++) {
      T_(inside)(v, g->dW, g->padW, g->iw, g->ow, &j0, &j1);
      real k = w[u * g->kW + v];
      for (int64_t i = i0; i < i1; i++) {
        const real *row = x + (i * g->dH - g->padH + u) * g->iw + v - g->padW;
        for (int64_t j = j0; j < j1; j++) y[i * g->ow + j] += k * row[j * g->dW];
      }
    }
  }
}

/* The transpose: x += y spread by w */
static void T_(correlate_back)(const THNN_Geometry *g, const void *y_, const void *w_, void *x_)
{
  const real *y = y_, *w = w_;
  real *x = x_;
  int64_t i0, i1, j0, j1;
  if (g->dH == 1 && g->dW == 1) { /* the taps of the kernel turned round */
    T_(taps)(&(Taps){g->oh, g->ow, g->ih, g->iw, g->kH, g->kW, g->padH, g->padW, -1}, y, w, x);
    return;
  }
  for (int64_t u = 0; u < g->kH; u++) {
    T_(inside)(u, g->dH, g->padH, g->ih, g->oh, &i0, &i1);
    for (int64_t v = 0; v < g->kW; v++) {
      T_(inside)(v, g->dW, g->padW, g->iw, g->ow, &j0, &j1);
      real k = w[u * g->kW + v];
      for (int64_t i = i0; i < i1; i++) {
        real *row = x + (i * g->dH - g->padH + u) * g->iw + v - g->padW;
        for (int64_t j = j0; j < j1; j++) row[j * g->dW] += k * y[i * g->ow + j];
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
        for (int k = 0; k < LANES; k++) lane[k] += (double)x[j + k] * gy[j + k];
    for (; j < n; j++) sum += (double)x[j * step] * gy[j];
  }
  for (int k = 0; k < LANES; k++) sum += lane[k];
  return sum;
}

/* gw += scale * x correlated with the gradient gy of the outputs */
TH_KERNEL static void T_(kernel_grad)(const THNN_Geometry *g, const void *x_, const void *gy_, void *gw_,
                                      double scale)
{
  const real *x = x_, *gy = gy_;
  real *gw = gw_;
  int64_t i0, i1, j0, j1;
  for (int64_t u = 0; u < g->kH; u++) {
    T_(inside)(u, g->dH, g->padH, g->ih, g->oh, &i0, &i1);
    for (int64_t v = 0; v < g->kW; v++) {
      T_(inside)(v, g->dW, g->padW, g->iw, g->ow, &j0, &j1);
      if (i0 >= i1 || j0 >= j1) continue;
      const real *first = x + (i0 * g->dH - g->padH + u) * g->iw + j0 * g->dW + v - g->padW;
      double sum = T_(plane_dot)(first, g->dH * g->iw, g->dW, gy + i0 * g->ow + j0, g->ow, i1 - i0, j1 - j0);
      gw[u * g->kW + v] += (real)(scale * sum);
    }
  }
}

/* r = *value, or 0 */
static void T_(fill_plane)(void *r_, const void *value, int64_t n)
{
  real *r = r_, v = value ? *(const real *)value : 0;
  for (int64_t i = 0; i < n; i++) r[i] = v;
}

/* The part of the kernel at output (i, j) that lies inside: rows [u0, u1), columns [v0, v1). */
static inline void T_(clip)(const THNN_Geometry *g, int64_t i, int64_t j, int64_t *u0, int64_t *u1, int64_t *v0,
                            int64_t *v1)
{
  int64_t h = i * g->dH - g->padH, w = j * g->dW - g->padW;
  *u0 = THMax(-h, 0), *u1 = THMin(g->kH, g->ih - h);
  *v0 = THMax(-w, 0), *v1 = THMin(g->kW, g->iw - w);
}

/* Row i of the output of one sample. */
static void T_(local_forward)(const Local *l, const void *x_, const void *w_, const void *b_, void *y_,
                              int64_t i)
{
  const THNN_Geometry *g = &l->g;
  const real *x = x_, *b = b_;
  real *y = y_;
  int64_t u0, u1, v0, v1, kernel = g->kH * g->kW;
  for (int64_t j = 0; j < g->ow; j++) {
    T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
    const real *w = (const real *)w_ + (i * g->ow + j) * l->out * l->in * kernel;
    for (int64_t o = 0; o < l->out; o++) {
      int64_t at = (o * g->oh + i) * g->ow + j;
      real sum = b[at];
      for (int64_t p = 0; p < l->in; p++, w += kernel)
        for (int64_t u = u0; u < u1; u++) {
          const real *row = x + (p * g->ih + i * g->dH - g->padH + u) * g->iw + j * g->dW - g->padW;
          for (int64_t v = v0; v < v1; v++) sum += w[u * g->kW + v] * row[v];
        }
      y[at] = sum;
    }
  }
}

/* The gradient of the input of one sample. */
static void T_(local_backward)(const Local *l, const void *gy_, const void *w_, void *gx_)
{
  const THNN_Geometry *g = &l->g;
  const real *gy = gy_, *w = w_;
  real *gx = gx_;
  int64_t u0, u1, v0, v1, kernel = g->kH * g->kW;
  memset(gx, 0, (size_t)(l->in * g->ih * g->iw) * sizeof(real));
  for (int64_t i = 0; i < g->oh; i++)
    for (int64_t j = 0; j < g->ow; j++) {
      T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
      for (int64_t o = 0; o < l->out; o++) {
        real d = gy[(o * g->oh + i) * g->ow + j];
        for (int64_t p = 0; p < l->in; p++, w += kernel)
          for (int64_t u = u0; u < u1; u++) {
            real *row = gx + (p * g->ih + i * g->dH - g->padH + u) * g->iw + j * g->dW - g->padW;
            for (int64_t v = v0; v < v1; v++) row[v] += w[u * g->kW + v] * d;
          }
      }
    }
}

/* Gradients of the kernels and biases of row i of the output, over n samples. */
static void T_(local_grad)(const Local *l, const void *x_, const void *gy_, void *gw_, void *gb_, int64_t n,
                           int64_t i, double scale)
{
  const THNN_Geometry *g = &l->g;
  const real *x = x_, *gy = gy_;
  real *gb = gb_;
  int64_t u0, u1, v0, v1, kernel = g->kH * g->kW;
  for (int64_t s = 0; s < n; s++, x += l->in * g->ih * g->iw, gy += l->out * g->oh * g->ow)
    for (int64_t j = 0; j < g->ow; j++) {
      real *gw = (real *)gw_ + (i * g->ow + j) * l->out * l->in * kernel;
      T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
      for (int64_t o = 0; o < l->out; o++) {
        int64_t at = (o * g->oh + i) * g->ow + j;
        real d = (real)scale * gy[at];
        gb[at] += d;
        for (int64_t p = 0; p < l->in; p++, gw += kernel)
          for (int64_t u = u0; u < u1; u++) {
            const real *row = x + (p * g->ih + i * g->dH - g->padH + u) * g->iw + j * g->dW - g->padW;
            for (int64_t v = v0; v < v1; v++) gw[u * g->kW + v] += d * row[v];
          }
      }
    }
}
