/* Kernels of THTensorShape.c for one element type. */

/* tensors: 0 result, 1 a, 2 b; lanes of three elements */
static void T_(cross)(const THLaneBlock *b)
{
  const int64_t rs = b->step[0], xs = b->step[1], ys = b->step[2];
  for (int64_t j = 0; j < b->lanes; j++) {
    real *r = (real *)b->data[0] + j * b->across[0];
    const real *x = (const real *)b->data[1] + j * b->across[1];
    const real *y = (const real *)b->data[2] + j * b->across[2];
    real u = (real)(x[xs] * y[2 * ys] - x[2 * xs] * y[ys]);
    real v = (real)(x[2 * xs] * y[0] - x[0] * y[2 * ys]);
    real w = (real)(x[0] * y[ys] - x[xs] * y[0]);
    r[0] = u;
    r[rs] = v;
    r[2 * rs] = w;
  }
}

static void T_(progression)(void *r_, int64_t n, THScalar start, THScalar step)
{
  real *r = r_;
#ifdef TH_REAL_IS_FLOATING
  for (int64_t i = 0; i < n; i++) r[i] = (real)(start.d + (double)i * step.d);
#else
  uint64_t v = (uint64_t)start.i; /* wraps */
  for (int64_t i = 0; i < n; i++, v += (uint64_t)step.i) r[i] = (real)(int64_t)v;
#endif
}

static THScalar T_(trace)(const void *x_, int64_t step, int64_t n)
{
  const real *x = x_;
#ifdef TH_REAL_IS_FLOATING
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)x[i * step];
  return THScalar_fromDouble(sum);
#else
  uint64_t sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (uint64_t)x[i * step];
  return THScalar_fromInt((int64_t)sum);
#endif
}

static bool T_(equal)(const void *a_, const void *b_, int64_t n)
{
  const real *a = a_, *b = b_;
  int differ = 0;
  for (int64_t i = 0; i < n; i++) differ |= a[i] != b[i];
  return !differ;
}

/* row i of m1 against all n rows of m2; d columns */
static void T_(match)(void *r_, const void *a_, const void *m2, int64_t n, int64_t d, THScalar gain)
{
  real *r = r_;
  const real *a = a_, *b = m2;
#ifdef TH_REAL_IS_FLOATING
  const real scale = (real)gain.d;
#else
  const real scale = (real)gain.i;
#endif
  for (int64_t j = 0; j < n; j++, b += d) {
    accreal lane[8] = {0}, sum = 0;
    int64_t k = 0;
    for (; k + 8 <= d; k += 8)
      for (int l = 0; l < 8; l++) {
        real diff = (real)(a[k + l] - b[k + l]);
        lane[l] += (accreal)diff * diff;
      }
    for (; k < d; k++) {
      real diff = (real)(a[k] - b[k]);
      sum += (accreal)diff * diff;
    }
    for (int l = 0; l < 8; l++) sum += lane[l];
    r[j] = (real)(scale * sum);
  }
}

#ifdef TH_REAL_IS_FLOATING
/* n points from a to b, or 10 to their power; in `real` arithmetic, as Torch7 has them */
static void T_(points)(void *r_, int64_t n, double a, double b, bool exponents)
{
  real *r = r_;
  const real first = (real)a, last = (real)b, parts = (real)(n - 1), width = last - first;
  const real step = n == 1 ? 0 : isinf(width) ? last / parts - first / parts : width / parts;
  for (int64_t i = 0; i < n; i++) {
    real v = first + (real)i * step;
    r[i] = exponents ? (real)pow(10, (double)v) : v;
  }
}

/* NaN and what lies outside [min, max] fall in no bin. */
static void T_(count_bins)(int64_t *count, const void *x_, int64_t n, int64_t nbins, double min,
                           double max)
{
  const real *x = x_;
  const real lo = (real)min, hi = (real)max;
  const real unit = isinf(hi - lo) ? (real)0.5 : 1, width = hi * unit - lo * unit;
  for (int64_t i = 0; i < n; i++) {
    if (!(x[i] >= lo && x[i] <= hi)) continue;
    int64_t bin = (int64_t)((x[i] * unit - lo * unit) / width * (real)nbins);
    count[THMin(bin, nbins - 1)]++;
  }
}
#endif
