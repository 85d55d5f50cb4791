/* IndexLinear (indexlinear.c): a matrix times inputs given by the keys and values of their features. Columns of a feature's
   row before the outputs: FEATURE_*.

   One list holds, of n occurrences and so many samples: the row of each, the occurrences in the order of their rows, and
   where every sample begins, and ends. What changes a row is done by the first occurrence of it, for all in order. */

ELEMENT_FN const int64_t *T_(index_order)(const THNN_Features *f, void *const *at) { return (const int64_t *)at[0] + f->n; }
ELEMENT_FN const int64_t *T_(index_start)(const THNN_Features *f, void *const *at) { return (const int64_t *)at[0] + 2 * f->n; }

/* The end, in the order, of the occurrences of the row that the i-th one has; 0: it is not the first of them. */
ELEMENT_FN int64_t T_(index_run)(const THNN_Features *f, void *const *at, int64_t i)
{
  const int64_t *row = (const int64_t *)at[0], *order = T_(index_order)(f, at);
  if (i > 0 && row[order[i - 1]] == row[order[i]]) return 0;
  int64_t end = i + 1;
  while (end < f->n && row[order[end]] == row[order[i]]) end++;
  return end;
}

/* list, values, weight; values brought to [-1, 1] by the largest absolute one of their feature, plus the feature's bias. In
   training that largest one is kept up to date. */
ELEMENT_FN void T_(index_normalize)(const THNN_Features *f, int64_t i, void *const *at)
{
  const int64_t *order = T_(index_order)(f, at);
  int64_t end = T_(index_run)(f, at, i);
  element *about = (element *)at[2] + ((const int64_t *)at[0])[order[i]] * f->stride;
  for (int64_t k = i; k < end; k++) {
    real v = LOAD((const element *)at[1] + order[k]), size = v < 0 ? -v : v;
    if (f->train && size > LOAD(about + FEATURE_MAX)) {
      STORE(about + FEATURE_MAX, size);
      STORE(about + FEATURE_INVERSE, 1 / size);
      STORE(about + FEATURE_RATE, 1);
    }
    bool beyond = size > LOAD(about + FEATURE_MAX);
    real scaled = beyond ? (real)(v > 0 ? 1 : -1) : v * LOAD(about + FEATURE_INVERSE);
    STORE((element *)at[3] + order[k], scaled + LOAD(about + FEATURE_BIAS));
  }
}

/* list, values, weight; output, samples x outputs, to an element of which the features are added */
ELEMENT_FN void T_(index_add)(const THNN_Features *f, int64_t i, void *const *at)
{
  int64_t sample = QUOTIENT(i, f->out), o = i - sample * f->out;
  const int64_t *start = T_(index_start)(f, at) + sample;
  element *y = (element *)at[3] + i;
  real sum = LOAD(y);
  for (int64_t k = start[0]; k < start[1]; k++)
    sum += LOAD((const element *)at[1] + k) *
           LOAD((const element *)at[2] + ((const int64_t *)at[0])[k] * f->stride + f->lead + o);
  STORE(y, sum);
}

/* list, values, gradient of output; gradients: a row per occurrence, of the feature's bias, but for the weights, where values
   are normalized, and of the outputs. Element i: of the outputs of all occurrences. */
ELEMENT_FN void T_(index_grad)(const THNN_Features *f, int64_t i, void *const *at)
{
  int64_t k = QUOTIENT(i, f->out), o = i - k * f->out, lo = 0, hi = f->samples - 1;
  const int64_t *start = T_(index_start)(f, at);
  while (lo < hi) { /* the last sample that begins at k or before */
    int64_t middle = lo + (hi - lo + 1) / 2;
    if (start[middle] <= k) lo = middle;
    else hi = middle - 1;
  }
  real g = LOAD((const element *)at[2] + lo * f->out + o), v = LOAD((const element *)at[1] + k);
  element *to = (element *)at[3] + (f->lead ? 2 : 1) * k * f->out + o;
  if (f->lead) STORE(to, (real)f->scale * g);
  STORE(to + (f->lead ? f->out : 0), (real)f->scale * v * g);
}

/* list, gradients; weight: the features' biases are updated */
ELEMENT_FN void T_(index_bias)(const THNN_Features *f, int64_t i, void *const *at)
{
  const int64_t *order = T_(index_order)(f, at);
  int64_t end = T_(index_run)(f, at, i);
  element *about = (element *)at[2] + ((const int64_t *)at[0])[order[i]] * f->stride;
  for (int64_t k = i; k < end; k++) {
    const element *g = (const element *)at[1] + 2 * order[k] * f->out;
    double sum = 0;
    for (int64_t o = 0; o < f->out; o++) sum += (double)LOAD(g + o) * LOAD(about + f->lead + o);
    STORE(about + FEATURE_BIAS, LOAD(about + FEATURE_BIAS) - (real)(f->scale * LOAD(about + FEATURE_RATE) * sum));
  }
}

/* The same; weight: rows decay once, and are updated. Element i: of the outputs of all occurrences in order. */
ELEMENT_FN void T_(index_update)(const THNN_Features *f, int64_t i, void *const *at)
{
  const int64_t *order = T_(index_order)(f, at);
  int64_t first = QUOTIENT(i, f->out), o = i - first * f->out, end = T_(index_run)(f, at, first);
  int64_t step = f->lead ? 2 * f->out : f->out;
  element *row = (element *)at[2] + ((const int64_t *)at[0])[order[first]] * f->stride;
  real rate = f->lead ? LOAD(row + FEATURE_RATE) : (real)1, w = LOAD(row + f->lead + o);
  if (end == 0) return;
  w *= (real)(1 - f->decay * rate);
  for (int64_t k = first; k < end; k++)
    w -= (real)(f->scale * rate) * LOAD((const element *)at[1] + order[k] * step + step - f->out + o);
  STORE(row + f->lead + o, w);
}
