/* Losses over class scores. x is contiguous: frames x classes x positions. */

/* Sum of -w[t] x[t] and of w[t] over all frames and positions. */
static void T_(nll)(const THNN_Classes *c, const void *x_, const void *w_, double *loss,
                    double *total)
{
  const real *x = x_, *w = w_;
  double sum = 0, weight = 0;
  for (int64_t f = 0; f < c->frames; f++)
    for (int64_t p = 0; p < c->positions; p++) {
      int64_t t = c->target[f * c->positions + p];
      if (t == c->ignore) continue;
      t -= TH_INDEX_BASE;
      double wt = w ? (double)w[t] : 1;
      sum -= (double)x[(f * c->classes + t) * c->positions + p] * wt;
      weight += wt;
    }
  *loss = sum;
  *total = weight;
}

/* g, already zero, gets -w[t] / norm at every target. */
static void T_(nll_grad)(const THNN_Classes *c, void *g_, const void *w_, double norm)
{
  real *g = g_;
  const real *w = w_;
  for (int64_t f = 0; f < c->frames; f++)
    for (int64_t p = 0; p < c->positions; p++) {
      int64_t t = c->target[f * c->positions + p];
      if (t == c->ignore) continue;
      t -= TH_INDEX_BASE;
      g[(f * c->classes + t) * c->positions + p] = (real)(-(w ? (double)w[t] : 1) / norm);
    }
}

static double T_(multimargin)(const THNN_Classes *c, const void *x_, const void *w_, int p,
                              double margin)
{
  const real *x = x_, *w = w_;
  double sum = 0;
  for (int64_t f = 0; f < c->frames; f++, x += c->classes) {
    int64_t t = c->target[f] - TH_INDEX_BASE;
    for (int64_t d = 0; d < c->classes; d++) {
      double z = margin - (double)x[t] + (double)x[d];
      if (d == t || z <= 0) continue;
      sum += (p == 1 ? z : z * z) * (w ? (double)w[t] : 1);
    }
  }
  return sum / (double)c->classes;
}

static void T_(multimargin_grad)(const THNN_Classes *c, const void *x_, const void *w_, void *g_,
                                 int p, double margin, double scale)
{
  const real *x = x_, *w = w_;
  real *g = g_;
  for (int64_t f = 0; f < c->frames; f++, x += c->classes, g += c->classes) {
    int64_t t = c->target[f] - TH_INDEX_BASE;
    double at_target = 0;
    for (int64_t d = 0; d < c->classes; d++) {
      double z = margin - (double)x[t] + (double)x[d], h = 0;
      if (d == t) continue;
      if (z > 0) h = (p == 1 ? scale : 2 * scale * z) * (w ? (double)w[t] : 1);
      at_target -= h;
      g[d] = (real)h;
    }
    g[t] = (real)at_target;
  }
}

/* target: a list of classes per frame, ended by 0; mark gets 1 at each of them */
static double T_(multilabel)(const THNN_Classes *c, const void *x_, void *mark_)
{
  const real *x = x_;
  real *mark = mark_;
  const int64_t *target = c->target;
  double sum = 0;
  for (int64_t f = 0; f < c->frames; f++, x += c->classes, mark += c->classes, target += c->classes) {
    for (int64_t k = 0; k < c->classes && target[k] > 0; k++) mark[target[k] - TH_INDEX_BASE] = 1;
    for (int64_t k = 0; k < c->classes && target[k] > 0; k++)
      for (int64_t d = 0; d < c->classes; d++) {
        double z = 1 - (double)x[target[k] - TH_INDEX_BASE] + (double)x[d];
        if (mark[d] == 0 && z > 0) sum += z;
      }
  }
  return sum / (double)c->classes;
}

static void T_(multilabel_grad)(const THNN_Classes *c, const void *x_, const void *mark_, void *g_,
                                double scale)
{
  const real *x = x_, *mark = mark_;
  real *g = g_;
  const int64_t *target = c->target;
  for (int64_t f = 0; f < c->frames; f++) {
    for (int64_t k = 0; k < c->classes && target[k] > 0; k++) {
      int64_t t = target[k] - TH_INDEX_BASE;
      for (int64_t d = 0; d < c->classes; d++)
        if (mark[d] == 0 && 1 - (double)x[t] + (double)x[d] > 0) {
          g[t] -= (real)scale;
          g[d] += (real)scale;
        }
    }
    x += c->classes, mark += c->classes, g += c->classes, target += c->classes;
  }
}
