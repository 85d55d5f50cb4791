/* The part of the kernel at output (i, j) that lies inside: rows [u0, u1), columns [v0, v1). */
static inline void T_(clip)(const THNN_Window *g, int64_t i, int64_t j, int64_t *u0, int64_t *u1, int64_t *v0,
                            int64_t *v1)
{
  int64_t h = i * g->d[H] - g->pad[H], w = j * g->d[W] - g->pad[W];
  *u0 = THMax(-h, 0), *u1 = THMin(g->k[H], g->in[H] - h);
  *v0 = THMax(-w, 0), *v1 = THMin(g->k[W], g->in[W] - w);
}

/* Row i of the output of one sample. */
static void T_(local_forward)(const THNN_Window *g, const void *x_, const void *w_, const void *b_, void *y_,
                              int64_t i)
{
  const real *x = x_, *b = b_;
  real *y = y_;
  int64_t u0, u1, v0, v1, kernel = g->k[H] * g->k[W];
  for (int64_t j = 0; j < g->out[W]; j++) {
    T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
    const real *w = (const real *)w_ + (i * g->out[W] + j) * g->outputs * g->planes * kernel;
    for (int64_t o = 0; o < g->outputs; o++) {
      int64_t at = (o * g->out[H] + i) * g->out[W] + j;
      real sum = b[at];
      for (int64_t p = 0; p < g->planes; p++, w += kernel)
        for (int64_t u = u0; u < u1; u++) {
          const real *row = x + (p * g->in[H] + i * g->d[H] - g->pad[H] + u) * g->in[W] + j * g->d[W] - g->pad[W];
          for (int64_t v = v0; v < v1; v++) sum += w[u * g->k[W] + v] * row[v];
        }
      y[at] = sum;
    }
  }
}

/* The gradient of the input of one sample. */
static void T_(local_backward)(const THNN_Window *g, const void *gy_, const void *w_, void *gx_)
{
  const real *gy = gy_, *w = w_;
  real *gx = gx_;
  int64_t u0, u1, v0, v1, kernel = g->k[H] * g->k[W];
  memset(gx, 0, (size_t)(g->planes * g->inSize) * sizeof(real));
  for (int64_t i = 0; i < g->out[H]; i++)
    for (int64_t j = 0; j < g->out[W]; j++) {
      T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
      for (int64_t o = 0; o < g->outputs; o++) {
        real d = gy[(o * g->out[H] + i) * g->out[W] + j];
        for (int64_t p = 0; p < g->planes; p++, w += kernel)
          for (int64_t u = u0; u < u1; u++) {
            real *row = gx + (p * g->in[H] + i * g->d[H] - g->pad[H] + u) * g->in[W] + j * g->d[W] - g->pad[W];
            for (int64_t v = v0; v < v1; v++) row[v] += w[u * g->k[W] + v] * d;
          }
      }
    }
}

/* Gradients of the kernels and biases of row i of the output, over n samples. */
static void T_(local_grad)(const THNN_Window *g, const void *x_, const void *gy_, void *gw_, void *gb_, int64_t n,
                           int64_t i, double scale)
{
  const real *x = x_, *gy = gy_;
  real *gb = gb_;
  int64_t u0, u1, v0, v1, kernel = g->k[H] * g->k[W];
  for (int64_t s = 0; s < n; s++, x += g->planes * g->inSize, gy += g->outputs * g->outSize)
    for (int64_t j = 0; j < g->out[W]; j++) {
      real *gw = (real *)gw_ + (i * g->out[W] + j) * g->outputs * g->planes * kernel;
      T_(clip)(g, i, j, &u0, &u1, &v0, &v1);
      for (int64_t o = 0; o < g->outputs; o++) {
        int64_t at = (o * g->out[H] + i) * g->out[W] + j;
        real d = (real)scale * gy[at];
        gb[at] += d;
        for (int64_t p = 0; p < g->planes; p++, gw += kernel)
          for (int64_t u = u0; u < u1; u++) {
            const real *row = x + (p * g->in[H] + i * g->d[H] - g->pad[H] + u) * g->in[W] + j * g->d[W] - g->pad[W];
            for (int64_t v = v0; v < v1; v++) gw[u * g->k[W] + v] += d * row[v];
          }
      }
    }
}
