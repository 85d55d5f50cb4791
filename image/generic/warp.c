/* n pixels of every channel at positions; dst is where the first goes, channels lie `plane`
   elements apart. */

static TH_KERNEL void T_(sample_simple)(const Sampler *s, int64_t n, const Positions *p, void *dst_,
                                        int64_t plane)
{
  int64_t at[BLOCK];
  real pad = T_(to_real)((T_(inner))s->pad);
  for (int64_t i = 0; i < n; i++)
    at[i] = (int64_t)(int32_t)(p->y[i] + .5) * s->width + (int32_t)(p->x[i] + .5);
  for (int64_t c = 0; c < s->channels; c++) {
    const real *restrict src = (const real *)s->src + c * s->height * s->width;
    real *restrict dst = (real *)dst_ + c * plane;
    for (int64_t i = 0; i < n; i++) {
      real v = src[at[i]];
      dst[i] = p->out[i] ? pad : v;
    }
  }
}

static TH_KERNEL void T_(sample_bilinear)(const Sampler *s, int64_t n, const Positions *p,
                                          void *dst_, int64_t plane)
{
  int64_t at[BLOCK];
  T_(inner) v[BLOCK], u[BLOCK]; /* parts of the way down and to the right */
  int64_t down = s->height > 1 ? s->width : 0, right = s->width > 1;
  int32_t last_y = (int32_t)THMax(s->height - 2, 0), last_x = (int32_t)THMax(s->width - 2, 0);
  real pad = T_(to_real)((T_(inner))s->pad);
  for (int64_t i = 0; i < n; i++) {
    int32_t y = (int32_t)p->y[i], x = (int32_t)p->x[i];
    y = THMin(y, last_y);
    x = THMin(x, last_x);
    at[i] = (int64_t)y * s->width + x;
    v[i] = (T_(inner))(p->y[i] - y);
    u[i] = (T_(inner))(p->x[i] - x);
  }
  for (int64_t c = 0; c < s->channels; c++) {
    const real *restrict src = (const real *)s->src + c * s->height * s->width;
    real *restrict dst = (real *)dst_ + c * plane;
    for (int64_t i = 0; i < n; i++) {
      const real *q = src + at[i];
      T_(inner) above = (1 - u[i]) * (T_(inner))q[0] + u[i] * (T_(inner))q[right];
      T_(inner) below = (1 - u[i]) * (T_(inner))q[down] + u[i] * (T_(inner))q[down + right];
      real r = T_(to_real)((1 - v[i]) * above + v[i] * below);
      dst[i] = p->out[i] ? pad : r;
    }
  }
}

static void T_(sample_taps)(const Sampler *s, int64_t n, const Positions *p, void *dst_,
                            int64_t plane)
{
  real *dst = dst_;
  int64_t ay[MOST_TAPS], ax[MOST_TAPS];
  double wy[MOST_TAPS], wx[MOST_TAPS];
  for (int64_t i = 0; i < n; i++) {
    int count = taps(s->mode, s->height, p->y[i], ay, wy);
    taps(s->mode, s->width, p->x[i], ax, wx);
    for (int64_t c = 0; c < s->channels; c++) {
      const real *src = (const real *)s->src + c * s->height * s->width;
      double sum = 0;
      for (int j = 0; j < count; j++) {
        double row = 0;
        for (int k = 0; k < count; k++) row += wx[k] * (double)src[ay[j] * s->width + ax[k]];
        sum += wy[j] * row;
      }
      dst[c * plane + i] = T_(to_real)((T_(inner))(p->out[i] ? s->pad : sum));
    }
  }
}
