/* Kernels of THTensorLanes.c for one element type. */

/* ---- running sums and products: 0 result, 1 source ---- */

/* Lanes of floating-point numbers are walked four side by side, for each step of one waits for the step before. */
#ifdef TH_REAL_IS_FLOATING
#define WAITS true
#define CUMULATE_KERNEL TH_KERNEL
#else
#define WAITS false
#define CUMULATE_KERNEL
#endif
#define DEFINE_CUMULATE(name, start, op)                                                           \
  static inline void T_(name##_four)(real *r, int64_t rs, int64_t ra, const real *x, int64_t xs,   \
                                     int64_t xa, int64_t n)                                        \
  {                                                                                                \
    accreal a = start, b = start, c = start, d = start;                                            \
    for (int64_t i = 0; i < n; i++, r += rs, x += xs) {                                            \
      r[0] = (real)(a = a op x[0]);                                                                \
      r[ra] = (real)(b = b op x[xa]);                                                              \
      r[2 * ra] = (real)(c = c op x[2 * xa]);                                                      \
      r[3 * ra] = (real)(d = d op x[3 * xa]);                                                      \
    }                                                                                              \
  }                                                                                                \
  static void T_(name##_walk)(const THLaneBlock *b, real *r, const real *x)                        \
  {                                                                                                \
    const int64_t n = b->size[1], rs = b->step[0], xs = b->step[1];                                \
    const int64_t ra = b->across[0], xa = b->across[1];                                            \
    int64_t j = 0;                                                                                 \
    for (; WAITS && j + 4 <= b->lanes; j += 4, r += 4 * ra, x += 4 * xa)                           \
      T_(name##_four)(r, rs, ra, x, xs, xa, n);                                                    \
    for (; j < b->lanes; j++, r += ra, x += xa) {                                                  \
      accreal acc = start;                                                                         \
      for (int64_t i = 0; i < n; i++) r[i * rs] = (real)(acc = acc op x[i * xs]);                  \
    }                                                                                              \
  }                                                                                                \
  /* r may be x */                                                                                 \
  static CUMULATE_KERNEL void T_(name##_row)(accreal *restrict acc, real *r, const real *x, int64_t n)   \
  {                                                                                                \
    for (int64_t j = 0; j < n; j++) acc[j] = acc[j] op x[j];                                       \
    for (int64_t j = 0; j < n; j++) r[j] = (real)acc[j];                                           \
  }                                                                                                \
  static void T_(name)(const THLaneBlock *b)                                                       \
  {                                                                                                \
    const int64_t n = b->size[1], rs = b->step[0], xs = b->step[1];                                \
    const int64_t ra = b->across[0], xa = b->across[1];                                            \
    real *r = (real *)b->data[0];                                                                  \
    const real *x = (const real *)b->data[1];                                                      \
    if (THLaneBlock_isInner(b, 1)) {                                                               \
      T_(name##_walk)(b, r, x);                                                                    \
      return;                                                                                      \
    }                                                                                              \
    accreal *restrict acc = b->scratch;                                                            \
    for (int64_t j = 0; j < b->lanes; j++) acc[j] = start;                                         \
    for (int64_t i = 0; i < n; i++) {                                                              \
      real *p = r + i * rs;                                                                        \
      const real *q = x + i * xs;                                                                  \
      if (ra == 1 && xa == 1) T_(name##_row)(acc, p, q, b->lanes);                                 \
      else                                                                                         \
        for (int64_t j = 0; j < b->lanes; j++) p[j * ra] = (real)(acc[j] = acc[j] op q[j * xa]);   \
    }                                                                                              \
  }
DEFINE_CUMULATE(cumsum, 0, +)
DEFINE_CUMULATE(cumprod, 1, *)
#undef DEFINE_CUMULATE
#undef WAITS
#undef CUMULATE_KERNEL

/* ---- max and min: 0 values, 1 indices, 2 source ---- */

/* Vectors of lanes each keep their own best; which chunk holds the best is known, and only that one
   is searched for its place. A NaN ends it: the first wins. */
#ifdef TH_REAL_IS_FLOATING
#define IS_NAN(v) ((v) != (v))
#else
#define IS_NAN(v) false
#endif

#define DEFINE_EXTREME(name, BEATS)                                                                \
  static TH_KERNEL real T_(name##_chunk)(const real *x, int64_t n, int *has_nan)                   \
  {                                                                                                \
    enum { W = 64 };                                                                               \
    real best[W];                                                                                  \
    int nan = 0;                                                                                   \
    real m = x[0];                                                                                 \
    int64_t i = 0;                                                                                 \
    if (n >= W) {                                                                                  \
      for (int k = 0; k < W; k++) best[k] = x[k];                                                  \
      for (; i + W <= n; i += W)                                                                   \
        for (int k = 0; k < W; k++) {                                                              \
          best[k] = x[i + k] BEATS best[k] ? x[i + k] : best[k];                                   \
          nan |= IS_NAN(x[i + k]);                                                                 \
        }                                                                                          \
      m = best[0];                                                                                 \
      for (int k = 1; k < W; k++) m = best[k] BEATS m ? best[k] : m;                               \
    }                                                                                              \
    for (; i < n; i++) {                                                                           \
      m = x[i] BEATS m ? x[i] : m;                                                                 \
      nan |= IS_NAN(x[i]);                                                                         \
    }                                                                                              \
    *has_nan = nan;                                                                                \
    return m;                                                                                      \
  }                                                                                                \
  /* contiguous lane */                                                                            \
  static int64_t T_(name##_at)(const real *x, int64_t n)                                           \
  {                                                                                                \
    real best = x[0];                                                                              \
    int64_t from = 0;                                                                              \
    for (int64_t i = 0; i < n; i += LANE_CHUNK) {                                                  \
      int64_t m = THMin(LANE_CHUNK, n - i);                                                        \
      int nan;                                                                                     \
      real v = T_(name##_chunk)(x + i, m, &nan);                                                   \
      if (nan) {                                                                                   \
        while (!IS_NAN(x[i])) i++;                                                                 \
        return i;                                                                                  \
      }                                                                                            \
      if (v BEATS best) {                                                                          \
        best = v;                                                                                  \
        from = i;                                                                                  \
      }                                                                                            \
    }                                                                                              \
    while (!(x[from] == best)) from++;                                                             \
    return from;                                                                                   \
  }                                                                                                \
  static int64_t T_(name##_strided)(const real *x, int64_t stride, int64_t n)                      \
  {                                                                                                \
    int64_t at = 0;                                                                                \
    for (int64_t i = 0; i < n; i++) {                                                              \
      if (IS_NAN(x[i * stride])) return i;                                                         \
      if (x[i * stride] BEATS x[at * stride]) at = i;                                              \
    }                                                                                              \
    return at;                                                                                     \
  }                                                                                                \
  /* row by row: best value and its row for each column */                                         \
  static TH_KERNEL void T_(name##_row)(real *restrict best, Row *restrict at,                      \
                                       const real *restrict x, int64_t n, Row row)                 \
  {                                                                                                \
    for (int64_t j = 0; j < n; j++) {                                                              \
      bool take = (x[j] BEATS best[j]) | (IS_NAN(x[j]) & !IS_NAN(best[j]));                        \
      best[j] = take ? x[j] : best[j];                                                             \
      at[j] = take ? row : at[j];                                                                  \
    }                                                                                              \
  }                                                                                                \
  static void T_(name##_rows)(const THLaneBlock *b)                                                \
  {                                                                                                \
    int64_t n = b->lanes;                                                                          \
    const real *x = (const real *)b->data[2];                                                      \
    real *best = b->scratch;                                                                       \
    Row *at = (Row *)((char *)b->scratch + TH_LANE_BLOCK * sizeof(int64_t));                       \
    memcpy(best, x, (size_t)n * sizeof(real));                                                     \
    memset(at, 0, (size_t)n * sizeof(Row));                                                        \
    for (int64_t i = 1; i < b->size[2]; i++)                                                       \
      T_(name##_row)(best, at, x + i * b->step[2], n, (Row)i);                                     \
    for (int64_t j = 0; j < n; j++) {                                                              \
      ((real *)b->data[0])[j * b->across[0]] = best[j];                                            \
      ((int64_t *)b->data[1])[j * b->across[1]] = (int64_t)at[j];                                  \
    }                                                                                              \
  }                                                                                                \
  static void T_(name)(const THLaneBlock *b)                                                       \
  {                                                                                                \
    if (!THLaneBlock_isInner(b, 2) && b->across[2] == 1 && b->size[2] <= INT32_MAX) {              \
      T_(name##_rows)(b);                                                                          \
      return;                                                                                      \
    }                                                                                              \
    for (int64_t j = 0; j < b->lanes; j++) {                                                       \
      const real *x = (const real *)b->data[2] + j * b->across[2];                                 \
      int64_t at = b->step[2] == 1 ? T_(name##_at)(x, b->size[2])                                  \
                                   : T_(name##_strided)(x, b->step[2], b->size[2]);                \
      ((real *)b->data[0])[j * b->across[0]] = x[at * b->step[2]];                                 \
      ((int64_t *)b->data[1])[j * b->across[1]] = at;                                              \
    }                                                                                              \
  }
/* a row number of the width of the values vectorises best */
#if defined(TH_REAL_IS_LONG) || defined(TH_REAL_IS_DOUBLE)
#define Row int64_t
#else
#define Row int32_t
#endif
DEFINE_EXTREME(max, >)
DEFINE_EXTREME(min, <)
#undef DEFINE_EXTREME
#undef Row
#undef IS_NAN

#ifdef TH_REAL_IS_FLOATING
/* ---- variance: 0 result, 1 source ---- */

/* The second pass adds squares about the mean found by the first; the sum of the deviations, zero
   but for rounding, corrects it (Chan, Golub, LeVeque, "Algorithms for computing the sample
   variance", 1983). */
static double T_(var_lane)(const real *x, int64_t stride, int64_t n, double denominator)
{
  double sum[4] = {0}, dev[4] = {0}, sq[4] = {0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) sum[k] += (double)x[(i + k) * stride];
  for (; i < n; i++) sum[0] += (double)x[i * stride];
  const double mean = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / (double)n;
  for (i = 0; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) {
      double d = (double)x[(i + k) * stride] - mean;
      dev[k] += d;
      sq[k] += d * d;
    }
  for (; i < n; i++) {
    double d = (double)x[i * stride] - mean;
    dev[0] += d;
    sq[0] += d * d;
  }
  double off = (dev[0] + dev[1]) + (dev[2] + dev[3]);
  double squares = ((sq[0] + sq[1]) + (sq[2] + sq[3])) - off * off / (double)n;
  return (squares < 0 ? 0 : squares) / denominator;
}

static TH_KERNEL void T_(add_row)(double *restrict sum, const real *restrict x, int64_t n)
{
  for (int64_t j = 0; j < n; j++) sum[j] += (double)x[j];
}
static TH_KERNEL void T_(deviate_row)(double *restrict dev, double *restrict sq,
                                      const double *restrict mean, const real *restrict x,
                                      int64_t n)
{
  for (int64_t j = 0; j < n; j++) {
    double d = (double)x[j] - mean[j];
    dev[j] += d;
    sq[j] += d * d;
  }
}

static void T_(var_rows)(const THLaneBlock *b, double denominator, bool root)
{
  int64_t lanes = b->lanes, n = b->size[1];
  const real *x = (const real *)b->data[1];
  double *mean = b->scratch, *dev = mean + TH_LANE_BLOCK, *sq = dev + TH_LANE_BLOCK;
  memset(mean, 0, 3 * TH_LANE_BLOCK * sizeof *mean);
  for (int64_t i = 0; i < n; i++) T_(add_row)(mean, x + i * b->step[1], lanes);
  for (int64_t j = 0; j < lanes; j++) mean[j] /= (double)n;
  for (int64_t i = 0; i < n; i++) T_(deviate_row)(dev, sq, mean, x + i * b->step[1], lanes);
  for (int64_t j = 0; j < lanes; j++) {
    double squares = sq[j] - dev[j] * dev[j] / (double)n;
    double v = (squares < 0 ? 0 : squares) / denominator;
    ((real *)b->data[0])[j * b->across[0]] = (real)(root ? sqrt(v) : v);
  }
}

static void T_(var)(const THLaneBlock *b)
{
  const VarArg *arg = b->arg;
  int64_t n = b->size[1];
  double denominator = (double)(arg->biased ? n : n - 1);
  if (!THLaneBlock_isInner(b, 1) && b->across[1] == 1) {
    T_(var_rows)(b, denominator, arg->root);
    return;
  }
  for (int64_t j = 0; j < b->lanes; j++) {
    double v =
        T_(var_lane)((const real *)b->data[1] + j * b->across[1], b->step[1], n, denominator);
    ((real *)b->data[0])[j * b->across[0]] = (real)(arg->root ? sqrt(v) : v);
  }
}
#endif
