/* n pixels of every channel at positions; dst is where the first goes, channels lie `plane`
   elements apart. */

static void T_(sample_simple)(const Sampler *s, int64_t n, const double *py, const double *px,
                              void *dst_, int64_t plane)
{
  const real *src = (const real *)s->src;
  real *dst = dst_;
  for (int64_t i = 0; i < n; i++) {
    double y = py[i], x = px[i];
    bool inside = place(s, s->height, &y) && place(s, s->width, &x);
    int64_t at = inside ? (int64_t)(y + .5) * s->width + (int64_t)(x + .5) : 0;
    for (int64_t c = 0; c < s->channels; c++)
      dst[c * plane + i] =
          inside ? src[c * s->height * s->width + at] : T_(to_real)((T_(inner))s->pad);
  }
}

static void T_(sample_bilinear)(const Sampler *s, int64_t n, const double *py, const double *px,
                                void *dst_, int64_t plane)
{
  real *dst = dst_;
  for (int64_t i = 0; i < n; i++) {
    double y = py[i], x = px[i];
    if (!place(s, s->height, &y) || !place(s, s->width, &x)) {
      for (int64_t c = 0; c < s->channels; c++) dst[c * plane + i] = T_(to_real)((T_(inner))s->pad);
      continue;
    }
    int64_t y0 = (int64_t)y, x0 = (int64_t)x;
    int64_t down = y0 + 1 < s->height ? s->width : 0, right = x0 + 1 < s->width;
    T_(inner) v = (T_(inner))(y - (double)y0), u = (T_(inner))(x - (double)x0);
    const real *src = (const real *)s->src + y0 * s->width + x0;
    for (int64_t c = 0; c < s->channels; c++, src += s->height * s->width) {
      T_(inner) above = (1 - u) * (T_(inner))src[0] + u * (T_(inner))src[right];
      T_(inner) below = (1 - u) * (T_(inner))src[down] + u * (T_(inner))src[down + right];
      dst[c * plane + i] = T_(to_real)((1 - v) * above + v * below);
    }
  }
}

static void T_(sample_taps)(const Sampler *s, int64_t n, const double *py, const double *px,
                            void *dst_, int64_t plane)
{
  real *dst = dst_;
  int64_t ay[MOST_TAPS], ax[MOST_TAPS];
  double wy[MOST_TAPS], wx[MOST_TAPS];
  for (int64_t i = 0; i < n; i++) {
    double y = py[i], x = px[i];
    if (!place(s, s->height, &y) || !place(s, s->width, &x)) {
      for (int64_t c = 0; c < s->channels; c++) dst[c * plane + i] = T_(to_real)((T_(inner))s->pad);
      continue;
    }
    int count = taps(s->mode, s->height, y, ay, wy);
    taps(s->mode, s->width, x, ax, wx);
    for (int64_t c = 0; c < s->channels; c++) {
      const real *src = (const real *)s->src + c * s->height * s->width;
      double sum = 0;
      for (int j = 0; j < count; j++) {
        double row = 0;
        for (int k = 0; k < count; k++) row += wx[k] * (double)src[ay[j] * s->width + ax[k]];
        sum += wy[j] * row;
      }
      dst[c * plane + i] = T_(to_real)((T_(inner))sum);
    }
  }
}
