/* r = values brought to [-1, 1] by the largest absolute value of their feature, plus the feature's bias. In training
   that largest value is kept up to date. */
static void T_(normalize)(const Features *f, const void *v_, void *w_, void *r_, bool train)
{
  const real *v = v_;
  real *w = w_, *r = r_;
  for (int64_t i = 0; i < f->n; i++) {
    real *about = w + f->row[i] * f->stride, size = (real)fabs((double)v[i]);
    if (train && size > about[FEATURE_MAX]) {
      about[FEATURE_MAX] = size;
      about[FEATURE_INVERSE] = 1 / size;
      about[FEATURE_RATE] = 1;
    }
    bool beyond = size > about[FEATURE_MAX];
    r[i] = (beyond ? (real)(v[i] > 0 ? 1 : -1) : v[i] * about[FEATURE_INVERSE]) + about[FEATURE_BIAS];
  }
}

/* y += the rows of the features, times their values */
TH_KERNEL static void T_(add_features)(const Features *f, int64_t lead, const void *v_, const void *w_, void *y_)
{
  const real *v = v_, *w = w_;
  real *y = y_;
  for (int64_t i = 0; i < f->n; i++) {
    const real *row = w + f->row[i] * f->stride + lead;
    for (int64_t o = 0; o < f->out; o++) y[o] += v[i] * row[o];
  }
}

/* gw[i] = scale * v[i] * g, after scale * g where values are normalized: the gradient of the feature's bias, but
   for the weights */
TH_KERNEL static void T_(feature_grad)(const Features *f, const void *v_, const void *g_, void *gw_, double scale)
{
  const real *v = v_, *g = g_;
  real *gw = gw_;
  for (int64_t i = 0; i < f->n; i++) {
    if (f->lead) {
      for (int64_t o = 0; o < f->out; o++) gw[o] = (real)scale * g[o];
      gw += f->out;
    }
    real s = (real)scale * v[i];
    for (int64_t o = 0; o < f->out; o++) gw[o] = s * g[o];
    gw += f->out;
  }
}

static void T_(update_bias)(const Features *f, const void *gw_, void *w_, double rate)
{
  const real *gw = gw_;
  real *w = w_;
  for (int64_t i = 0; i < f->n; i++, gw += 2 * f->out) {
    real *about = w + f->row[i] * f->stride;
    double sum = 0;
    for (int64_t o = 0; o < f->out; o++) sum += (double)gw[o] * about[f->lead + o];
    about[FEATURE_BIAS] -= (real)(rate * about[FEATURE_RATE] * sum);
  }
}

static void T_(decay_row)(const Features *f, int64_t row, void *w_, double rate)
{
  real *w = (real *)w_ + row * f->stride, keep = (real)(1 - rate * (f->lead ? w[FEATURE_RATE] : 1));
  for (int64_t o = 0; o < f->out; o++) w[f->lead + o] *= keep;
}

/* w -= rate * gw, outputs [begin, end) */
TH_KERNEL static void T_(update_rows)(const Features *f, const void *gw_, void *w_, double rate, int64_t begin, int64_t end)
{
  const int64_t step = f->lead ? 2 * f->out : f->out;
  const real *gw = (const real *)gw_ + step - f->out;
  real *w = w_;
  for (int64_t i = 0; i < f->n; i++, gw += step) {
    real *row = w + f->row[i] * f->stride, s = (real)(f->lead ? rate * row[FEATURE_RATE] : rate);
    for (int64_t o = begin; o < end; o++) row[f->lead + o] -= s * gw[o];
  }
}
