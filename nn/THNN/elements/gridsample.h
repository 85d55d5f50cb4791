/* Bilinear sampling. A pixel around a place: its position in the plane, or -1 outside; its weight, and the weight's
   derivatives. */
#ifndef THNN_CORNER
#define THNN_CORNER
typedef struct Corner {
  int64_t at;
  double weight, dx, dy;
} Corner;
#endif

/* A coordinate, -1 to 1, in pixels. */
ELEMENT_FN double T_(pixel)(double at, int64_t n) { return (at + 1) / 2 * (double)(n - 1); }

/* Corner k of the place at `grid`. */
ELEMENT_FN Corner T_(corner)(const THNN_Grid *s, const element *grid, int k)
{
  double x = T_(pixel)(LOAD(grid), s->iw), y = T_(pixel)(LOAD(grid + 1), s->ih);
  bool near = x >= -1 && x <= (double)s->iw && y >= -1 && y <= (double)s->ih; /* not NaN, either */
  int64_t left = near ? (int64_t)floor(x) : 0, top = near ? (int64_t)floor(y) : 0;
  double fx = x - (double)left, fy = y - (double)top;
  bool right = k & 1, below = k & 2;
  int64_t column = left + right, row = top + below;
  bool inside = near && column >= 0 && column < s->iw && row >= 0 && row < s->ih;
  double wx = right ? fx : 1 - fx, wy = below ? fy : 1 - fy;
  Corner c = {inside ? row * s->iw + column : -1, wx * wy, right ? wy : -wy, below ? wx : -wx};
  return c;
}

/* input, grid; output, of which this is an element */
ELEMENT_FN void T_(grid_sample)(const THNN_Grid *s, int64_t i, void *const *at)
{
  int64_t out = s->oh * s->ow, plane = QUOTIENT(i, out), sample = QUOTIENT(plane, s->planes);
  const element *grid = (const element *)at[1] + 2 * (sample * out + i - plane * out);
  const element *x = (const element *)at[0] + plane * s->ih * s->iw;
  double sum = 0;
  for (int k = 0; k < 4; k++) {
    Corner c = T_(corner)(s, grid, k);
    if (c.at >= 0) sum += c.weight * LOAD(x + c.at);
  }
  STORE((element *)at[2] + i, sum);
}

/* input, grid, gradient of output; gradient of the grid: that of place i */
ELEMENT_FN void T_(grid_place_grad)(const THNN_Grid *s, int64_t i, void *const *at)
{
  int64_t out = s->oh * s->ow, in = s->ih * s->iw, sample = QUOTIENT(i, out);
  const element *x = (const element *)at[0] + sample * s->planes * in;
  const element *g = (const element *)at[2] + sample * s->planes * out + i - sample * out;
  element *to = (element *)at[3] + 2 * i;
  double dx = 0, dy = 0;
  for (int k = 0; k < 4; k++) {
    Corner c = T_(corner)(s, (const element *)at[1] + 2 * i, k);
    for (int64_t p = 0; p < s->planes && c.at >= 0; p++) {
      double v = (double)LOAD(x + p * in + c.at) * LOAD(g + p * out);
      dx += c.dx * v;
      dy += c.dy * v;
    }
  }
  STORE(to, dx * (double)(s->iw - 1) / 2);
  STORE(to + 1, dy * (double)(s->ih - 1) / 2);
}

/* grid; positions from 1, samples x (places x 4): the pixels around them, 1 for none */
ELEMENT_FN void T_(grid_corner)(const THNN_Grid *s, int64_t i, void *const *at)
{
  Corner c = T_(corner)(s, (const element *)at[0] + 2 * (i >> 2), (int)(i & 3));
  ((int64_t *)at[1])[i] = THMax(c.at, 0) + TH_INDEX_BASE;
}

/* grid, gradient of output; what is added to those pixels, samples x planes x (places x 4) */
ELEMENT_FN void T_(grid_share)(const THNN_Grid *s, int64_t i, void *const *at)
{
  int64_t out = s->oh * s->ow, from = i >> 2, plane = QUOTIENT(from, out), sample = QUOTIENT(plane, s->planes);
  Corner c = T_(corner)(s, (const element *)at[0] + 2 * (sample * out + from - plane * out), (int)(i & 3));
  STORE((element *)at[2] + i, c.at < 0 ? 0 : c.weight * LOAD((const element *)at[1] + from));
}
