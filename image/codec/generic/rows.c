/* A channel of a row, between a tensor and interleaved samples. */

#define PUT(name, sample)                                                                          \
  static void T_(name)(const ImageRows *rows, int64_t y, int64_t c, void *samples)                 \
  {                                                                                                \
    real *r = (real *)rows->data + c * rows->stride[0] + y * rows->stride[1];                      \
    const sample *s = (const sample *)samples + c;                                                 \
    T_(inner) most = (T_(inner))rows->most;                                                        \
    if (T_(unit) == 255 && sizeof(sample) == 1 && most == 255)                                     \
      for (int64_t x = 0; x < rows->width; x++)                                                    \
        r[x * rows->stride[2]] = (real)s[x * rows->channels];                                      \
    else                                                                                           \
      for (int64_t x = 0; x < rows->width; x++)                                                    \
        r[x * rows->stride[2]] = T_(to_real)((T_(inner))s[x * rows->channels] * T_(unit) / most);  \
  }

/* NaN gives 0. */
static inline T_(inner) T_(cut)(T_(inner) v) { return v > 0 ? v < 1 ? v : 1 : 0; }

#ifdef TH_REAL_IS_BYTE
#define SAMPLE(v, sample) ((sample)(sizeof(sample) == 1 ? (v) : (v)*257))
#else
#define SAMPLE(v, sample)                                                                          \
  ((sample)(sizeof(sample) == 1 ? T_(cut)(v) * 255 : T_(cut)(v) * 65535 + (T_(inner)).5))
#endif

#define GET(name, sample)                                                                          \
  static void T_(name)(const ImageRows *rows, int64_t y, int64_t c, void *samples)                 \
  {                                                                                                \
    const real *r = (const real *)rows->data + c * rows->stride[0] + y * rows->stride[1];          \
    sample *s = (sample *)samples + c;                                                             \
    for (int64_t x = 0; x < rows->width; x++) {                                                    \
      real v = r[x * rows->stride[2]];                                                             \
      s[x * rows->channels] = SAMPLE(v, sample);                                                   \
    }                                                                                              \
  }

PUT(put_narrow, uint8_t)
PUT(put_wide, uint16_t)
GET(get_narrow, uint8_t)
GET(get_wide, uint16_t)
#undef PUT
#undef GET
#undef SAMPLE
