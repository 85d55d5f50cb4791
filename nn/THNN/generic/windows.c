/* The first of the greatest elements, or the first NaN, of windows of a volume, and its position in
   it. No window is empty. */
static void T_(window_max)(const Bounds *b, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  for (int64_t i = 0; i < b[0].out; i++)
    for (int64_t j = 0; j < b[1].out; j++)
      for (int64_t k = 0; k < b[2].out; k++) {
        int64_t at = (b[0].begin[i] * b[1].in + b[1].begin[j]) * b[2].in + b[2].begin[k];
        real max = x[at];
        for (int64_t t = b[0].begin[i]; t < b[0].end[i]; t++)
          for (int64_t h = b[1].begin[j]; h < b[1].end[j]; h++) {
            int64_t row = (t * b[1].in + h) * b[2].in;
            for (int64_t w = b[2].begin[k]; w < b[2].end[k]; w++)
              if (THNN_wins(x[row + w], max)) max = x[at = row + w];
          }
        *y++ = max;
        *index++ = at;
      }
}

/* r = 0, then r[at[i]] += x[i] for the n positions; r has `size` elements. */
static void T_(scatter_add)(const void *x_, void *r_, const int64_t *at, int64_t n, int64_t size)
{
  const real *x = x_;
  real *r = r_;
  memset(r, 0, (size_t)size * sizeof(real));
  for (int64_t i = 0; i < n; i++)
    if (at[i] >= 0) r[at[i]] += x[i];
}

static void T_(scatter)(const void *x_, void *r_, const int64_t *at, int64_t n, int64_t size)
{
  const real *x = x_;
  real *r = r_;
  memset(r, 0, (size_t)size * sizeof(real));
  for (int64_t i = 0; i < n; i++)
    if (at[i] >= 0) r[at[i]] = x[i];
}

static void T_(gather)(const void *x_, void *r_, const int64_t *at, int64_t n)
{
  const real *x = x_;
  real *r = r_;
  for (int64_t i = 0; i < n; i++) r[i] = at[i] >= 0 ? x[at[i]] : 0;
}

/* Of the features x[0], x[step]..., each divided by scale: (sum of v^power)^(1/power) */
static double T_(scaled_norm)(const FeatureNorm *f, const real *x, double scale)
{
  double sum = 0;
  for (int64_t k = 0; k < f->width; k++) {
    double v = x[k * f->inner] / scale;
    sum += f->power == 2 ? v * v : f->power == 1 ? v : pow(v, f->power);
  }
  return scale * (f->power == 2 ? sqrt(sum) : f->power == 1 ? sum : pow(sum, 1 / f->power));
}

/* Where the sum overflows or vanishes, or the power is infinite, the features are scaled. */
static double T_(window_norm)(const FeatureNorm *f, const real *x)
{
  double norm = T_(scaled_norm)(f, x, 1), largest = 0;
  if (norm > 1e-30 && norm <= DBL_MAX && !isinf(f->power)) return norm;
  for (int64_t k = 0; k < f->width; k++) largest = fmax(largest, fabs((double)x[k * f->inner]));
  return largest > 0 && largest <= DBL_MAX ? T_(scaled_norm)(f, x, largest) : norm;
}

static void T_(feature_norm)(const FeatureNorm *f, const void *x_, void *y_)
{
  const real *x = x_;
  real *y = y_;
  for (int64_t o = 0; o < f->out; o++)
    for (int64_t j = 0; j < f->inner; j++)
      y[o * f->inner + j] = (real)T_(window_norm)(f, x + o * f->stride * f->inner + j);
}

static void T_(feature_norm_grad)(const FeatureNorm *f, const void *g_, const void *x_, const void *y_,
                                  void *gx_)
{
  const real *g = g_, *x = x_, *y = y_;
  real *gx = gx_;
  memset(gx, 0, (size_t)(f->features * f->inner) * sizeof(real));
  for (int64_t o = 0; o < f->out; o++)
    for (int64_t j = 0; j < f->inner; j++) {
      int64_t at = o * f->inner + j;
      if (y[at] == 0) continue; /* the norm has no derivative there */
      for (int64_t k = 0; k < f->width; k++) {
        int64_t i = (o * f->stride + k) * f->inner + j;
        double v = (double)x[i] / y[at];
        gx[i] += (real)(g[at] * (f->power == 2 ? v : f->power == 1 ? 1 : isinf(f->power) ? v == 1 : pow(v, f->power - 1)));
      }
    }
}
