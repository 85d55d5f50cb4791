/* Outputs o whose input o * d - pad + k lies within [0, in): [*begin, *end). */
static inline void T_(inside)(int64_t k, int64_t d, int64_t pad, int64_t in, int64_t out, int64_t *begin,
                              int64_t *end)
{
  int64_t first = pad - k, last = in - 1 + pad - k;
  *begin = first > 0 ? (first + d - 1) / d : 0;
  *end = last < 0 ? 0 : THMin(last / d + 1, out);
}

/* y += x correlated with w */
TH_KERNEL static void T_(correlate)(const Geometry *g, const void *x_, const void *w_, void *y_)
{
  const real *x = x_, *w = w_;
  real *y = y_;
  int64_t i0, i1, j0, j1;
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
TH_KERNEL static void T_(correlate_back)(const Geometry *g, const void *y_, const void *w_, void *x_)
{
  const real *y = y_, *w = w_;
  real *x = x_;
  int64_t i0, i1, j0, j1;
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

/* gw += scale * x correlated with the gradient gy of the outputs */
TH_KERNEL static void T_(kernel_grad)(const Geometry *g, const void *x_, const void *gy_, void *gw_,
                                      double scale)
{
  const real *x = x_, *gy = gy_;
  real *gw = gw_;
  int64_t i0, i1, j0, j1;
  for (int64_t u = 0; u < g->kH; u++) {
    T_(inside)(u, g->dH, g->padH, g->ih, g->oh, &i0, &i1);
    for (int64_t v = 0; v < g->kW; v++) {
      T_(inside)(v, g->dW, g->padW, g->iw, g->ow, &j0, &j1);
      double sum = 0;
      for (int64_t i = i0; i < i1; i++) {
        const real *row = x + (i * g->dH - g->padH + u) * g->iw + v - g->padW;
        for (int64_t j = j0; j < j1; j++) sum += (double)row[j * g->dW] * gy[i * g->ow + j];
      }
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
static inline void T_(clip)(const Geometry *g, int64_t i, int64_t j, int64_t *u0, int64_t *u1, int64_t *v0,
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
  const Geometry *g = &l->g;
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
  const Geometry *g = &l->g;
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
  const Geometry *g = &l->g;
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
