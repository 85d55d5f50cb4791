/* Pixels [first, last) of planes, converted; the functions of one pixel are inlined. */

static inline __attribute__((always_inline)) void
T_(pixels)(const real *restrict src, real *restrict dst, int64_t plane, int64_t first, int64_t last,
           int channels, void (*fn)(const double *, double *))
{
  for (int64_t i = first; i < last; i++) {
    double in[3], out[3];
    for (int c = 0; c < 3; c++) in[c] = (double)src[c * plane + i] / T_(unit);
    fn(in, out);
    for (int c = 0; c < channels; c++)
      dst[c * plane + i] = T_(to_real)((T_(inner))(out[c] * T_(unit)));
  }
}

#define DEFINE(name, channels)                                                                     \
  static __attribute__((unused)) void T_(name)(const void *src, void *dst, int64_t plane,          \
                                               int64_t first, int64_t last)                        \
  {                                                                                                \
    T_(pixels)(src, dst, plane, first, last, channels, name);                                      \
  }
DEFINE(rgb2y, 1)
DEFINE(rgb2yuv, 3)
DEFINE(yuv2rgb, 3)
DEFINE(rgb2nrgb, 3)
DEFINE(rgb2hsv, 3)
DEFINE(rgb2hsl, 3)
DEFINE(hsv2rgb, 3)
DEFINE(hsl2rgb, 3)
DEFINE(rgb2lab, 3)
DEFINE(lab2rgb, 3)
#undef DEFINE

static void T_(colorize)(const void *map_, int64_t rows, const double *label, int64_t n,
                         int64_t channels, void *dst_)
{
  const real *map = map_;
  real *dst = dst_;
  for (int64_t i = 0; i < n; i++) {
    double at = label[i];
    int64_t row = (int64_t)(at > 0 ? at < (double)(rows - 1) ? at : (double)(rows - 1) : 0);
    for (int64_t c = 0; c < channels; c++) dst[c * n + i] = map[row * channels + c];
  }
}
