#ifdef TH_REAL_IS_FLOATING
#define FROM_DOUBLE(v) (real)(v)
#else
#define FROM_DOUBLE(v) (real)TH_wholePart(v)
#endif

static void T_(store_doubles)(void *dst_, int64_t stride, const void *src_, int64_t n)
{
  real *dst = dst_;
  const double *src = src_;
  if (stride == 1)
    for (int64_t i = 0; i < n; i++) dst[i] = FROM_DOUBLE(src[i]);
  else
    for (int64_t i = 0; i < n; i++) dst[i * stride] = FROM_DOUBLE(src[i]);
}

#undef FROM_DOUBLE

static void T_(store_integers)(void *dst_, int64_t stride, const void *src_, int64_t n)
{
  real *dst = dst_;
  const int64_t *src = src_;
  if (stride == 1)
    for (int64_t i = 0; i < n; i++) dst[i] = (real)src[i];
  else
    for (int64_t i = 0; i < n; i++) dst[i * stride] = (real)src[i];
}

/* Fisher-Yates on 0..n-1, from `first` on. */
static void T_(permute)(void *data, int64_t stride, int64_t n, int64_t first, THGenerator *gen)
{
  real *x = data;
  for (int64_t i = 0; i < n; i++) x[i * stride] = (real)(i + first);
  for (int64_t i = 0; i < n - 1; i++) {
    int64_t z = i + (int64_t)THRandom_below(gen, (uint64_t)(n - i));
    real save = x[i * stride];
    x[i * stride] = x[z * stride];
    x[z * stride] = save;
  }
}
