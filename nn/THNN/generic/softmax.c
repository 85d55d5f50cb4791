/* Rows of n scores side by side in memory. */

/* r = exp(x) by TH's loop, in which an element has the same value at any place. r may be x. */
static void T_(exp)(real *r, const real *x, int64_t n)
{
  const real arg[2] = {0};
  THLoops_current()->map[TH_MAP_exp][TH_CODE]((char *[]){(char *)r, (char *)x},
                                              (int64_t[]){sizeof *r, sizeof *x}, n, arg);
}

/* Of four parts at once, for one maximum waits for the one before; they begin where lines of the cache do if the row does. */
static inline real T_(row_max)(const real *x, int64_t n)
{
  const int64_t q = n / 256 * 64;
  real a = x[0], b = a, c = a, d = a;
  _Pragma("omp simd reduction(max : a, b, c, d)") for (int64_t i = 0; i < q; i++)
  {
    a = x[i] > a ? x[i] : a;
    b = x[q + i] > b ? x[q + i] : b;
    c = x[2 * q + i] > c ? x[2 * q + i] : c;
    d = x[3 * q + i] > d ? x[3 * q + i] : d;
  }
  a = b > a ? b : a;
  a = c > a ? c : a;
  a = d > a ? d : a;
  _Pragma("omp simd reduction(max : a)") for (int64_t i = 4 * q; i < n; i++) a = x[i] > a ? x[i] : a;
  return a;
}

/* Score number i goes to lane i % LANES, here and in the columns below: both give the same sums. */
#define ADD_TO_LANES(lane, n, term)                                                                \
  do {                                                                                             \
    int64_t i_ = 0;                                                                                \
    for (; i_ + LANES <= (n); i_ += LANES)                                                         \
      for (int k = 0; k < LANES; k++) {                                                            \
        const int64_t i = i_ + k;                                                                  \
        (lane)[k] += term;                                                                         \
      }                                                                                            \
    for (int64_t i = i_; i < (n); i++) (lane)[i - i_] += term;                                     \
  } while (0)

TH_KERNEL static void T_(logsoftmax_row)(const void *x_, void *y_, int64_t n)
{
  const real *x = x_;
  real *y = y_, max = T_(row_max)(x, n), e[PIECE];
  double lane[LANES] = {0};
  for (int64_t at = 0; at < n; at += PIECE) {
    const int64_t m = THMin(PIECE, n - at);
    for (int64_t i = 0; i < m; i++) e[i] = x[at + i] - max;
    T_(exp)(e, e, m);
    ADD_TO_LANES(lane, m, e[i]);
  }
  const real shift = (real)log(join_lanes(lane)); /* subtracted last: max + shift may round it away */
  for (int64_t i = 0; i < n; i++) y[i] = x[i] - max - shift;
}

TH_KERNEL static void T_(softmax_row)(const void *x_, void *y_, int64_t n)
{
  const real *x = x_;
  real *y = y_, max = T_(row_max)(x, n);
  double lane[LANES] = {0};
  for (int64_t at = 0; at < n; at += PIECE) {
    const int64_t m = THMin(PIECE, n - at);
    _Pragma("omp simd") for (int64_t i = at; i < at + m; i++) y[i] = x[i] - max;
    T_(exp)(y + at, y + at, m);
    ADD_TO_LANES(lane, m, y[at + i]);
  }
  const real factor = (real)(1 / join_lanes(lane));
  for (int64_t i = 0; i < n; i++) y[i] *= factor;
}

TH_KERNEL static void T_(logsoftmax_grad_row)(const void *y_, const void *g_, void *gx_, int64_t n)
{
  const real *y = y_, *g = g_;
  real *gx = gx_, e[PIECE];
  double lane[LANES] = {0};
  ADD_TO_LANES(lane, n, g[i]);
  const real s = (real)join_lanes(lane);
  for (int64_t at = 0; at < n; at += PIECE) {
    const int64_t m = THMin(PIECE, n - at);
    T_(exp)(e, y + at, m);
    _Pragma("omp simd") for (int64_t i = 0; i < m; i++) gx[at + i] = g[at + i] - e[i] * s;
  }
}

TH_KERNEL static void T_(softmax_grad_row)(const void *y_, const void *g_, void *gx_, int64_t n)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double lane[LANES] = {0};
  ADD_TO_LANES(lane, n, (double)g[i] * y[i]);
  const real s = (real)join_lanes(lane);
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) gx[i] = (g[i] - s) * y[i];
}

/* Up to COLUMNS neighbouring positions, each with n scores `step` apart. */
#define EACH_COLUMN _Pragma("omp simd") for (int j = 0; j < columns; j++)

static inline void T_(columns_max)(const real *x, int64_t n, int64_t step, int columns, real *max)
{
  EACH_COLUMN max[j] = x[j];
  for (int64_t i = 1; i < n; i++)
    EACH_COLUMN max[j] =
      x[i * step + j] > max[j] ? x[i * step + j] : max[j];
}

TH_KERNEL static void T_(logsoftmax_columns)(const void *x_, void *y_, int64_t n, int64_t step,
                                             int columns)
{
  const real *x = x_;
  real *y = y_, max[COLUMNS], shift[COLUMNS], e[PIECE];
  double lane[LANES][COLUMNS];
  const int64_t rows = rows_at_once(step, columns);
  clear_columns(lane, n, columns);
  T_(columns_max)(x, n, step, columns, max);
  for (int64_t at = 0; at < n; at += rows) {
    const int64_t m = THMin(rows, n - at);
    for (int64_t i = 0; i < m; i++)
      EACH_COLUMN e[i * columns + j] = x[(at + i) * step + j] - max[j];
    T_(exp)(e, e, m * columns);
    for (int64_t i = 0; i < m; i++)
      EACH_COLUMN lane[(at + i) % LANES][j] += e[i * columns + j];
  }
  join_columns(lane, n, columns);
  EACH_COLUMN shift[j] = (real)log(lane[0][j]);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN y[i * step + j] = x[i * step + j] - max[j] - shift[j];
}

TH_KERNEL static void T_(softmax_columns)(const void *x_, void *y_, int64_t n, int64_t step,
                                          int columns)
{
  const real *x = x_;
  real *y = y_, max[COLUMNS];
  double lane[LANES][COLUMNS];
  const int64_t rows = rows_at_once(step, columns);
  clear_columns(lane, n, columns);
  T_(columns_max)(x, n, step, columns, max);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN y[i * step + j] = x[i * step + j] - max[j];
  for (int64_t i = 0; i < n; i += rows)
    T_(exp)(y + i * step, y + i * step, THMin(rows, n - i) * columns);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN lane[i % LANES][j] += y[i * step + j];
  join_columns(lane, n, columns);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN y[i * step + j] *= (real)(1 / lane[0][j]);
}

TH_KERNEL static void T_(logsoftmax_grad_columns)(const void *y_, const void *g_, void *gx_,
                                                  int64_t n, int64_t step, int columns)
{
  const real *y = y_, *g = g_;
  real *gx = gx_, e[PIECE];
  double lane[LANES][COLUMNS];
  const int64_t rows = rows_at_once(step, columns);
  clear_columns(lane, n, columns);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN lane[i % LANES][j] += g[i * step + j];
  join_columns(lane, n, columns);
  for (int64_t at = 0; at < n; at += rows) {
    const int64_t m = THMin(rows, n - at);
    T_(exp)(e, y + at * step, m * columns);
    for (int64_t i = 0; i < m; i++)
      EACH_COLUMN gx[(at + i) * step + j] =
        g[(at + i) * step + j] - e[i * columns + j] * (real)lane[0][j];
  }
}

TH_KERNEL static void T_(softmax_grad_columns)(const void *y_, const void *g_, void *gx_, int64_t n,
                                               int64_t step, int columns)
{
  const real *y = y_, *g = g_;
  real *gx = gx_;
  double lane[LANES][COLUMNS];
  clear_columns(lane, n, columns);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN
      lane[i % LANES][j] += (double)g[i * step + j] * y[i * step + j];
  join_columns(lane, n, columns);
  for (int64_t i = 0; i < n; i++)
    EACH_COLUMN gx[i * step + j] =
      (g[i * step + j] - (real)lane[0][j]) * y[i * step + j];
}
#undef ADD_TO_LANES
#undef EACH_COLUMN
