/* Included per floating type by map_types.h: how loops over functions of the C library (MAP_MATH) run.
   Whole vectors of contiguous operands are computed in place; the rest, and what has a number that is
   repeated, by way of contiguous copies, the last of which is padded. */
typedef void (*T_(Whole))(real *r, const real *x, const real *y, int64_t n, const real *arg);

/* The one vector that is most often copied: by a mask, for what is stored as a whole need not reach memory before it is
   loaded as a whole. The arrays are aligned to a vector. */
#ifdef __AVX512F__
#define WORDS(n) ((__mmask16)((1u << (n) * (int64_t)(sizeof(real) / 4)) - 1)) /* the first n elements */
static inline void T_(pad)(real *to, const char *from, int64_t n)
{
  const __m512i padding = sizeof(real) == 4 ? _mm512_castps_si512(_mm512_set1_ps(TH_PADDING)) : _mm512_castpd_si512(_mm512_set1_pd(TH_PADDING));
  _mm512_store_si512(to, _mm512_mask_loadu_epi32(padding, WORDS(n), from));
}
static inline void T_(unpad)(char *to, const real *from, int64_t n)
{
  _mm512_mask_storeu_epi32(to, WORDS(n), _mm512_load_si512(from));
}
#undef WORDS
#endif

/* n elements, or one n times over, to the front of `whole`, which are whole vectors. */
static TH_ONE_COPY void T_(gather_any)(real *to, const char *from, int64_t stride, int64_t n, int64_t whole)
{
  real *last = to + whole - TH_WHOLE(real);
  for (int i = 0; i < TH_WHOLE(real); i++) last[i] = (real)TH_PADDING;
  if (stride != 0) {
    memcpy(to, from, (size_t)n * sizeof(real));
  } else {
    const real number = *(const real *)from;
    for (int64_t i = 0; i < n; i++) to[i] = number;
  }
}

static inline void T_(gather)(real *to, const char *from, int64_t stride, int64_t n, int64_t whole)
{
#ifdef __AVX512F__
  if (stride == (int64_t)sizeof(real) && n <= TH_WHOLE(real)) return T_(pad)(to, from, n);
#endif
  T_(gather_any)(to, from, stride, n, whole);
}

static inline void T_(put_back)(char *to, const real *from, int64_t n)
{
#ifdef __AVX512F__
  if (n <= TH_WHOLE(real)) return T_(unpad)(to, from, n);
#endif
  memcpy(to, from, (size_t)n * sizeof(real));
}

/* Every element is read before its result is written, so r may be x or y. Results lie side by side, and so do inputs, or
   are one number (a stride of 0): plans bring others together before (plan/THTiles.h). */
static TH_ONE_COPY __attribute__((unused)) void T_(in_whole_vectors)(T_(Whole) compute, int nin, char *const *base,
                                             const int64_t *stride, int64_t n, const real *arg)
{
  enum { PIECE = 16 * TH_WHOLE(real) };
  _Alignas(64) real r[PIECE], x[PIECE], y[PIECE];
  const char *X = base[1], *Y = base[nin];
  const int64_t width = sizeof(real), sx = stride[1], sy = stride[nin];
  int64_t i = 0;
  if (sx == width && sy == width) {
    i = n / TH_WHOLE(real) * TH_WHOLE(real);
    if (i) compute((real *)base[0], (const real *)X, (const real *)Y, i, arg);
  }
  while (i < n) {
    const int64_t m = THMin(n - i, PIECE);
    const int64_t whole = (m + TH_WHOLE(real) - 1) / TH_WHOLE(real) * TH_WHOLE(real);
    T_(gather)(x, X + i * sx, sx, m, whole);
    if (nin > 1) T_(gather)(y, Y + i * sy, sy, m, whole);
    compute(r, x, nin > 1 ? y : x, whole, arg);
    T_(put_back)(base[0] + i * width, r, m);
    i += m;
  }
}
