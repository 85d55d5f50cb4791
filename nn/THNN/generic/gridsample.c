#include "elements/gridsample.h"

/* at: input, grid; output */
static void T_(grid_sample_all)(const THNN_Grid *s, void *const *at)
{
  const real *x = at[0], *grid = at[1];
  real *y = at[2];
  int64_t in = s->ih * s->iw, out = s->oh * s->ow;
  for (int64_t o = 0; o < out; o++) {
    Corner c[4];
    for (int k = 0; k < 4; k++) c[k] = T_(corner)(s, grid + 2 * o, k);
    for (int64_t p = 0; p < s->planes; p++) {
      double sum = 0;
      for (int k = 0; k < 4; k++)
        if (c[k].at >= 0) sum += c[k].weight * x[p * in + c[k].at];
      y[p * out + o] = (real)sum;
    }
  }
}

/* at: input, grid, gradient of output; those of input and grid */
static void T_(grid_sample_grad)(const THNN_Grid *s, void *const *at)
{
  const real *x = at[0], *grid = at[1], *g = at[2];
  real *gx = at[3], *ggrid = at[4];
  int64_t in = s->ih * s->iw, out = s->oh * s->ow;
  memset(gx, 0, (size_t)(s->planes * in) * sizeof(real));
  for (int64_t o = 0; o < out; o++) {
    Corner c[4];
    double dx = 0, dy = 0;
    for (int k = 0; k < 4; k++) c[k] = T_(corner)(s, grid + 2 * o, k);
    for (int64_t p = 0; p < s->planes; p++)
      for (int k = 0; k < 4; k++) {
        if (c[k].at < 0) continue;
        double gy = g[p * out + o], v = x[p * in + c[k].at];
        gx[p * in + c[k].at] += (real)(c[k].weight * gy);
        dx += c[k].dx * v * gy;
        dy += c[k].dy * v * gy;
      }
    ggrid[2 * o] = (real)(dx * (double)(s->iw - 1) / 2);
    ggrid[2 * o + 1] = (real)(dy * (double)(s->ih - 1) / 2);
  }
}
