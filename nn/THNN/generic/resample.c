/* y += w times what outputs [first, last) of an axis see of a row. */
static inline void T_(see)(const Axis *a, double w, const real *row, real *y, int64_t first, int64_t last)
{
  for (int64_t k = first; k < last; k++)
    for (int64_t u = a->start[k]; u < a->start[k + 1]; u++) y[k] += (real)(w * a->taps[u].weight) * row[a->taps[u].at];
}

/* The transpose: row += w times g. */
static inline void T_(show)(const Axis *a, double w, const real *g, real *row, int64_t first, int64_t last)
{
  for (int64_t k = first; k < last; k++)
    for (int64_t u = a->start[k]; u < a->start[k + 1]; u++) row[a->taps[u].at] += (real)(w * a->taps[u].weight) * g[k];
}

static inline void T_(see_row)(const Axis *a, double w, const real *row, real *y)
{
  const real f = (real)w, *x = row + a->first + a->shift;
  T_(see)(a, w, row, y, 0, a->first);
  for (int64_t k = 0; k < a->last - a->first; k++) y[a->first + k] += f * x[k];
  T_(see)(a, w, row, y, a->last, a->out);
}

static inline void T_(show_row)(const Axis *a, double w, const real *g, real *row)
{
  const real f = (real)w;
  real *x = row + a->first + a->shift;
  if (a->pairs) {
    for (int64_t k = 0; k < a->in; k++) row[k] = row[k] + f * g[2 * k] + f * g[2 * k + 1];
    return;
  }
  T_(show)(a, w, g, row, 0, a->first);
  for (int64_t k = 0; k < a->last - a->first; k++) x[k] += f * g[a->first + k];
  T_(show)(a, w, g, row, a->last, a->out);
}

/* Where every output is one input, by all axes. */
static inline void T_(copy_plane)(const Axis *a, const real *x, real *y)
{
  const Axis *c = &a[2];
  for (int64_t i = 0; i < a[0].out; i++)
    for (int64_t j = 0; j < a[1].out; j++, y += c->out) {
      const real *row = x + (a[0].taps[i].at * a[1].in + a[1].taps[j].at) * c->in;
      for (int64_t k = 0; k < c->first; k++) y[k] = row[c->taps[k].at];
      memcpy(y + c->first, row + c->first + c->shift, (size_t)(c->last - c->first) * sizeof(real));
      for (int64_t k = c->last; k < c->out; k++) y[k] = row[c->taps[k].at];
    }
}

/* A plane (volume) through three axes: rows are added up, weighted. */
TH_KERNEL static void T_(resample_plane)(const Axis *a, const void *x_, void *y_)
{
  const real *x = x_;
  real *y = y_;
  if (a[0].copies && a[1].copies && a[2].copies) {
    T_(copy_plane)(a, x, y);
    return;
  }
  for (int64_t i = 0; i < a[0].out; i++)
    for (int64_t j = 0; j < a[1].out; j++, y += a[2].out) {
      memset(y, 0, (size_t)a[2].out * sizeof(real));
      for (int64_t s = a[0].start[i]; s < a[0].start[i + 1]; s++)
        for (int64_t t = a[1].start[j]; t < a[1].start[j + 1]; t++)
          T_(see_row)(&a[2], a[0].taps[s].weight * a[1].taps[t].weight,
                      x + (a[0].taps[s].at * a[1].in + a[1].taps[t].at) * a[2].in, y);
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
        for (int64_t t = a[1].start[j]; t < a[1].start[j + 1]; t++)
          T_(show_row)(&a[2], a[0].taps[s].weight * a[1].taps[t].weight, g,
                       gx + (a[0].taps[s].at * a[1].in + a[1].taps[t].at) * a[2].in);
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
