/* A row between a tensor and interleaved samples. `channels` is a constant in the common cases, which so become
   vector code, for each instruction set; the others are compiled once. */

/* Full brightness 1, or 255 in Bytes. */
#define FROM_SAMPLE(s) T_(to_real)((T_(inner))(s) * T_(unit) / most)

/* NaN gives 0. */
static inline __attribute__((unused)) T_(inner) T_(cut)(T_(inner) v)
{
  return v > 0 ? v < 1 ? v : 1 : 0;
}
#ifdef TH_REAL_IS_BYTE
#define TO_SAMPLE(v, sample) ((sample)(sizeof(sample) == 1 ? (v) : (v)*257))
#else
#define TO_SAMPLE(v, sample)                                                                       \
  ((sample)(int)(sizeof(sample) == 1 ? T_(cut)(v)*255 : T_(cut)(v)*65535 + (T_(inner)).5))
#endif

#define ROWS(name, sample, KERNEL)                                                                 \
  static inline __attribute__((always_inline)) void T_(put_lanes_##name)(                          \
      const ImageRows *rows, real *restrict r, const sample *restrict s, int64_t channels)         \
  {                                                                                                \
    T_(inner) most = (T_(inner))rows->most;                                                        \
    int64_t plane = rows->stride[0];                                                               \
    for (int64_t x = 0; x < rows->width; x++)                                                      \
      for (int64_t c = 0; c < channels; c++)                                                       \
        r[c * plane + x] = FROM_SAMPLE(s[x * channels + c]);                                       \
  }                                                                                                \
  static KERNEL void T_(put_common_##name)(const ImageRows *rows, real *r, const sample *s)        \
  {                                                                                                \
    if (rows->channels == 1) T_(put_lanes_##name)(rows, r, s, 1);                                  \
    else T_(put_lanes_##name)(rows, r, s, 3);                                                      \
  }                                                                                                \
  static void T_(put_##name)(const ImageRows *rows, int64_t y, void *samples)                      \
  {                                                                                                \
    real *r = (real *)rows->data + y * rows->stride[1];                                            \
    bool common = rows->channels == 1 || rows->channels == 3;                                      \
    if (common) T_(put_common_##name)(rows, r, samples);                                           \
    else T_(put_lanes_##name)(rows, r, samples, rows->channels);                                   \
  }                                                                                                \
  static inline __attribute__((always_inline)) void T_(get_lanes_##name)(                          \
      const ImageRows *rows, const real *restrict r, sample *restrict s, int64_t channels,         \
      int64_t step)                                                                                \
  {                                                                                                \
    int64_t plane = rows->stride[0];                                                               \
    for (int64_t x = 0; x < rows->width; x++)                                                      \
      for (int64_t c = 0; c < channels; c++)                                                       \
        s[x * channels + c] = TO_SAMPLE(r[c * plane + x * step], sample);                          \
  }                                                                                                \
  static KERNEL void T_(get_common_##name)(const ImageRows *rows, const real *r, sample *s)        \
  {                                                                                                \
    T_(get_lanes_##name)(rows, r, s, 3, 1);                                                        \
  }                                                                                                \
  static void T_(get_##name)(const ImageRows *rows, int64_t y, void *samples)                      \
  {                                                                                                \
    const real *r = (const real *)rows->data + y * rows->stride[1];                                \
    int64_t step = rows->stride[2];                                                                \
    if (rows->channels == 3 && step == 1) T_(get_common_##name)(rows, r, samples);                 \
    else T_(get_lanes_##name)(rows, r, samples, rows->channels, step);                             \
  }

ROWS(narrow, uint8_t, TH_KERNEL)
ROWS(wide, uint16_t, ) /* inflating them takes longer by far */
#undef ROWS
#undef FROM_SAMPLE
#undef TO_SAMPLE

/* Bytes as they are, three channels; by way of words, which compilers know how to deal out to lanes. */
#ifdef TH_REAL_IS_BYTE
static TH_KERNEL void split_bytes(const ImageRows *rows, int64_t y, const uint8_t *restrict s)
{
  enum { BLOCK = 256 };
  int lane[3][BLOCK];
  uint8_t *r = (uint8_t *)rows->data + y * rows->stride[1];
  for (int64_t x = 0; x < rows->width; x += BLOCK, s += 3 * BLOCK) {
    int64_t n = THMin(rows->width - x, BLOCK);
    for (int64_t i = 0; i < n; i++)
      for (int c = 0; c < 3; c++) lane[c][i] = s[3 * i + c];
    for (int c = 0; c < 3; c++) {
      uint8_t *restrict to = r + c * rows->stride[0] + x;
      for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)lane[c][i];
    }
  }
}
#endif
