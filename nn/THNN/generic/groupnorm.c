/* A group is `channels` neighbouring channels of `positions` elements each. */

INLINE real T_(lane_sum)(real *lane)
{
  FOR_LANES(8) lane[k] += lane[k + 8];
  FOR_LANES(4) lane[k] += lane[k + 4];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

/* Sum of n differences to `from`, or of their squares. */
INLINE double T_(differences)(const real *x, int64_t n, real from, bool squared)
{
  double sum = 0;
  for (int64_t i = 0; i < n;) {
    const int64_t end = THMin(n, i + RUN);
    real lane[LANES] = {0};
#define ADD_DIFFERENCE(k, i) { const real d = x[i] - from; lane[k] += squared ? d * d : d; }
    for (; i + LANES <= end; i += LANES) FOR_LANES(LANES) ADD_DIFFERENCE(k, i + k)
    for (int k = 0; i < end; i++, k++) ADD_DIFFERENCE(k, i)
    sum += (double)T_(lane_sum)(lane);
  }
  return sum;
}

/* The same in double throughout, where squares are beyond the type, or too small for it. */
static __attribute__((noinline, cold)) double T_(wide_moments)(const Group *g, const real *x, int64_t n, real *mean_)
{
  double mean = 0, squares = 0;
  for (int64_t i = 0; g->centred && i < n; i++) mean += (double)x[i] / (double)n;
  for (int64_t i = 0; i < n; i++) squares += ((double)x[i] - mean) * ((double)x[i] - mean);
  *mean_ = (real)mean;
  return squares / (double)n;
}

/* Mean and the inverse of the deviation of n elements: differences to one of them are as exact as they, far from 0, too. */
TH_KERNEL static void T_(moments)(const Group *g, const void *x_, void *mean_, void *invstd_)
{
  const real *x = x_, from = g->centred ? x[0] : 0;
  const int64_t n = g->channels * g->positions;
  const double mean = g->centred ? (double)from + T_(differences)(x, n, from, false) / (double)n : 0;
  real rounded = (real)mean;
  const double off = mean - (double)rounded;
  double variance = T_(differences)(x, n, rounded, true) / (double)n - off * off;
  if (!isfinite(variance) || variance + g->eps < LEAST_SQUARE) variance = T_(wide_moments)(g, x, n, &rounded);
  *(real *)mean_ = rounded;
  *(real *)invstd_ = (real)(1 / sqrt((variance > 0 ? variance : 0) + g->eps));
}

/* y = (x - mean) invstd w + b; w and b are those of the group's first channel, or NULL */
TH_KERNEL static void T_(normalize)(const Group *g, const void *x_, const void *w_, const void *b_, void *y_,
                                    const void *mean_, const void *invstd_)
{
  const real *x = x_, *w = w_, *b = b_;
  real *y = y_;
  const real mean = *(const real *)mean_, invstd = *(const real *)invstd_;
  if (g->positions == 1) {
    const int64_t n = g->channels;
    if (w && b) _Pragma("omp simd") for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * invstd * w[i] + b[i];
    else if (w) _Pragma("omp simd") for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * invstd * w[i];
    else _Pragma("omp simd") for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * invstd;
    return;
  }
  for (int64_t c = 0; c < g->channels; c++, x += g->positions, y += g->positions) {
    const real wc = w ? w[c] : 1, bc = b ? b[c] : 0;
    _Pragma("omp simd") for (int64_t i = 0; i < g->positions; i++) y[i] = (x[i] - mean) * invstd * wc + bc;
  }
}

/* Adds the sums of w gy and of w gy (x - mean), of n elements, or of gy, not `weighted`. */
INLINE void T_(products)(const real *x, const real *gy, const real *w, bool weighted, int64_t n, real mean, double *sum_, double *dot_)
{
  for (int64_t i = 0; i < n;) {
    const int64_t end = THMin(n, i + RUN);
    real sum[LANES] = {0}, dot[LANES] = {0};
#define ADD_PRODUCT(k, i) { const real v = weighted ? gy[i] * w[i] : gy[i]; sum[k] += v; dot[k] += v * (x[i] - mean); }
    for (; i + LANES <= end; i += LANES) FOR_LANES(LANES) ADD_PRODUCT(k, i + k)
    for (int k = 0; i < end; i++, k++) ADD_PRODUCT(k, i)
    *sum_ += (double)T_(lane_sum)(sum);
    *dot_ += (double)T_(lane_sum)(dot);
  }
}

/* sums of w gy and of w gy (x - mean) over the group */
TH_KERNEL static void T_(grad_sums)(const Group *g, const real *x, const real *gy, const real *w, real mean,
                                    double *sum, double *dot)
{
  const int64_t n = g->positions == 1 ? g->channels : g->positions, parts = g->positions == 1 ? 1 : g->channels;
  *sum = *dot = 0;
  if (g->positions == 1 && w) {
    T_(products)(x, gy, w, true, n, mean, sum, dot);
    return;
  }
  for (int64_t c = 0; c < parts; c++, x += n, gy += n) {
    double s = 0, d = 0;
    T_(products)(x, gy, NULL, false, n, mean, &s, &d);
    *sum += w ? w[c] * s : s;
    *dot += w ? w[c] * d : d;
  }
}

/* gx = (w gy - mean of w gy - (x - mean) k) invstd */
TH_KERNEL static void T_(grad_input)(const Group *g, const void *x_, const void *gy_, const void *w_, void *gx_,
                                     const void *mean_, const void *invstd_)
{
  const real *x = x_, *gy = gy_, *w = w_;
  real *gx = gx_;
  const real mean = *(const real *)mean_, invstd = *(const real *)invstd_;
  const double n = (double)(g->channels * g->positions);
  double sum, dot;
  T_(grad_sums)(g, x, gy, w, mean, &sum, &dot);
  const real shift = g->centred ? (real)(sum / n) : 0, k = (real)(dot / n * invstd * invstd);
  if (g->positions == 1) {
    const int64_t m = g->channels;
    if (w)
      _Pragma("omp simd") for (int64_t i = 0; i < m; i++) gx[i] = (gy[i] * w[i] - shift - (x[i] - mean) * k) * invstd;
    else _Pragma("omp simd") for (int64_t i = 0; i < m; i++) gx[i] = (gy[i] - shift - (x[i] - mean) * k) * invstd;
    return;
  }
  for (int64_t c = 0; c < g->channels; c++, x += g->positions, gy += g->positions, gx += g->positions) {
    const real wc = w ? w[c] : 1;
    _Pragma("omp simd") for (int64_t i = 0; i < g->positions; i++) gx[i] =
      (gy[i] * wc - shift - (x[i] - mean) * k) * invstd;
  }
}

/* Channels [first, last), COLUMNS at most: gw += scale sum of gy (x - mean) invstd, gb += scale sum of gy */
TH_KERNEL static void T_(grad_parameters)(const Params *p, int64_t first, int64_t last)
{
  const real *mean = p->mean, *invstd = p->invstd;
  const int64_t positions = p->g.positions, all = p->g.channels * p->groups;
  double dot[COLUMNS] = {0}, sum[COLUMNS] = {0};
  for (int64_t s = 0; s < p->samples; s++) {
    const real *x = (const real *)p->x + (s * all + first) * positions;
    const real *gy = (const real *)p->gy + (s * all + first) * positions;
    if (positions == 1 && p->groups == 1) {
      const real m = mean[s], i = invstd[s];
      _Pragma("omp simd") for (int64_t c = 0; c < last - first; c++)
      {
        dot[c] += gy[c] * ((x[c] - m) * i);
        sum[c] += gy[c];
      }
      continue;
    }
    for (int64_t c = 0; c < last - first; c++, x += positions, gy += positions) {
      const int64_t at = s * p->groups + (first + c) / p->g.channels;
      const double m = mean[at];
      double d = 0, t = 0;
      _Pragma("omp simd reduction(+ : d, t)") for (int64_t i = 0; i < positions; i++)
      {
        d += gy[i] * (x[i] - m);
        t += gy[i];
      }
      dot[c] += d * invstd[at];
      sum[c] += t;
    }
  }
  real *gw = p->gw, *gb = p->gb;
  for (int64_t c = first; c < last; c++) {
    gw[c] += (real)(p->scale * dot[c - first]);
    if (gb) gb[c] += (real)(p->scale * sum[c - first]);
  }
}
