/* A group is `channels` neighbouring channels of `positions` elements each; its sums are kept in double. */

/* Mean and the inverse of the deviation of n elements. */
TH_KERNEL static void T_(moments)(const Group *g, const void *x_, void *mean_, void *invstd_)
{
  const real *x = x_;
  const int64_t n = g->channels * g->positions;
  double sum = 0, squares = 0;
  if (g->centred)
    _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++) sum += x[i];
  const double mean = sum / (double)n;
  _Pragma("omp simd reduction(+ : squares)") for (int64_t i = 0; i < n; i++)
  {
    double d = x[i] - mean;
    squares += d * d;
  }
  *(real *)mean_ = (real)mean;
  *(real *)invstd_ = (real)(1 / sqrt(squares / (double)n + g->eps));
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

/* sums of w gy and of w gy (x - mean) over the group */
TH_KERNEL static void T_(grad_sums)(const Group *g, const real *x, const real *gy, const real *w, double mean,
                                    double *sum_, double *dot_)
{
  double sum = 0, dot = 0;
  if (g->positions == 1) {
    const int64_t n = g->channels;
    _Pragma("omp simd reduction(+ : sum, dot)") for (int64_t i = 0; i < n; i++)
    {
      double v = w ? (double)gy[i] * w[i] : gy[i];
      sum += v;
      dot += v * (x[i] - mean);
    }
  } else
    for (int64_t c = 0; c < g->channels; c++, x += g->positions, gy += g->positions) {
      double s = 0, d = 0;
      _Pragma("omp simd reduction(+ : s, d)") for (int64_t i = 0; i < g->positions; i++)
      {
        s += gy[i];
        d += gy[i] * (x[i] - mean);
      }
      sum += w ? w[c] * s : s;
      dot += w ? w[c] * d : d;
    }
  *sum_ = sum, *dot_ = dot;
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
