/* The first of the greatest elements, or the first NaN, of every window, and its place in it. */
static void T_(temporal_max)(const Frames *f, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  int64_t n = f->frame;
  for (int64_t o = 0; o < f->out; o++, y += n, index += n) {
    const real *window = x + o * f->d * n;
    memmove(y, window, (size_t)n * sizeof(real));
    memset(index, 0, (size_t)n * sizeof *index);
    for (int64_t k = 1; k < f->k; k++)
      for (int64_t j = 0; j < n; j++) {
        real v = window[k * n + j];
        bool wins = THNN_wins(v, y[j]);
        y[j] = wins ? v : y[j];
        index[j] = wins ? k : index[j];
      }
  }
}

static void T_(temporal_max_grad)(const Frames *f, const void *g_, void *gx_, const int64_t *index)
{
  const real *g = g_;
  real *gx = gx_;
  int64_t n = f->frame;
  memset(gx, 0, (size_t)(f->in * n) * sizeof(real));
  for (int64_t o = 0; o < f->out; o++, g += n, index += n)
    for (int64_t j = 0; j < n; j++) gx[(o * f->d + index[j]) * n + j] += g[j];
}
