/* A plane (volume) through three axes: rows are added up, weighted. */
TH_KERNEL static void T_(resample_plane)(const Axis *a, const void *x_, void *y_)
{
  const real *x = x_;
  real *y = y_;
  for (int64_t i = 0; i < a[0].out; i++)
    for (int64_t j = 0; j < a[1].out; j++, y += a[2].out) {
      memset(y, 0, (size_t)a[2].out * sizeof(real));
      for (int64_t s = a[0].start[i]; s < a[0].start[i + 1]; s++)
        for (int64_t t = a[1].start[j]; t < a[1].start[j + 1]; t++) {
          const real *row = x + (a[0].taps[s].at * a[1].in + a[1].taps[t].at) * a[2].in;
          double w = a[0].taps[s].weight * a[1].taps[t].weight;
          for (int64_t k = 0; k < a[2].out; k++)
            for (int64_t u = a[2].start[k]; u < a[2].start[k + 1]; u++)
              y[k] += (real)(w * a[2].taps[u].weight) * row[a[2].taps[u].at];
        }
    }
}

/* The transpose. */
TH_KERNEL static void T_(resample_plane_grad)(const Axis *a, const void *g_, void *gx_)
{
  const real *g = g_;
  real *gx = gx_;
  memset(gx, 0, (size_t)(a[0].in * a[1].in * a[2].in) * sizeof(real));
  for (int64_t i = 0; i < a[0].out; i++)
    for (int64_t j = 0; j < a[1].out; j++, g += a[2].out)
      for (int64_t s = a[0].start[i]; s < a[0].start[i + 1]; s++)
        for (int64_t t = a[1].start[j]; t < a[1].start[j + 1]; t++) {
          real *row = gx + (a[0].taps[s].at * a[1].in + a[1].taps[t].at) * a[2].in;
          double w = a[0].taps[s].weight * a[1].taps[t].weight;
          for (int64_t k = 0; k < a[2].out; k++)
            for (int64_t u = a[2].start[k]; u < a[2].start[k + 1]; u++)
              row[a[2].taps[u].at] += (real)(w * a[2].taps[u].weight) * g[k];
        }
}

/* y[i] = w[c] y[i] + b[c] with c = i / inner % count; b may be NULL. */
static void T_(scale_shift)(void *y_, const void *w_, const void *b_, int64_t n, int64_t inner,
                            int64_t count)
{
  real *y = y_;
  const real *w = w_, *b = b_;
  for (int64_t i = 0; i < n; i += inner * count)
    for (int64_t c = 0; c < count; c++)
      for (int64_t j = 0; j < inner; j++, y++) *y = w[c] * *y + (b ? b[c] : 0);
}
