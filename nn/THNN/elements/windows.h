/* Greatest elements of windows, norms of windows, and the ways back. In each, the first of equal elements wins, and so
   does the first NaN. */

/* Where the window of output o of a plane begins along an axis; *end: where it ends. u: the plane's random numbers. */
ELEMENT_FN int64_t T_(window)(const THNN_Windows *p, int axis, int64_t o, const element *u, int64_t *end)
{
  int64_t in = p->in[axis], out = p->out[axis], begin = in - p->pool[axis];
  if (p->adaptive) {
    *end = QUOTIENT((o + 1) * in + out - 1, out);
    return QUOTIENT(o * in, out);
  }
  if (o < out - 1) {
    real alpha = (real)((double)begin / (double)(out - 1)), sample = (real)LOAD(u + p->order[axis]);
    begin = (int64_t)(((real)o + sample) * alpha) - (int64_t)(sample * alpha);
  }
  *end = begin + p->pool[axis];
  return begin;
}

/* Outputs [lo, hi] along an axis whose windows may hold input i. */
ELEMENT_FN void T_(windows_with)(const THNN_Windows *p, int axis, int64_t i, int64_t *lo, int64_t *hi)
{
  int64_t in = p->in[axis], out = p->out[axis], room = in - p->pool[axis];
  *lo = 0, *hi = out - 1;
  if (p->adaptive) {
    *lo = QUOTIENT(i * out, in);
    *hi = QUOTIENT((i + 1) * out + in - 1, in) - 1;
  } else if (room > 0 && out > 1) { /* windows begin less than one element from o room / (out - 1) */
    *lo = THMax(0, QUOTIENT(THMax(0, i - p->pool[axis] - 1) * (out - 1), room) - 1);
    *hi = THMin(out - 1, QUOTIENT((i + 2) * (out - 1), room) + 1);
  }
}

/* x, random numbers; y, the positions in the plane from 1, or: the rows and the columns in the window, from 1 */
ELEMENT_FN void T_(window_max)(const THNN_Windows *p, int64_t i, void *const *at)
{
  int64_t o[3], b[3], e[3], plane = T_(locate)(i, p->out, o), best;
  const element *x = (const element *)at[0] + plane * p->in[0] * p->in[1] * p->in[2];
  for (int k = 0; k < 3; k++) b[k] = T_(window)(p, k, o[k], (const element *)at[1] + plane * p->samples, &e[k]);
  best = (b[0] * p->in[1] + b[1]) * p->in[2] + b[2];
  real max = LOAD(x + best);
  for (int64_t t = b[0]; t < e[0]; t++)
    for (int64_t h = b[1]; h < e[1]; h++)
      for (int64_t w = b[2], row = (t * p->in[1] + h) * p->in[2]; w < e[2]; w++) {
        real v = LOAD(x + row + w);
        if (THNN_wins(v, max)) max = v, best = row + w;
      }
  STORE((element *)at[2] + i, max);
  int64_t row = QUOTIENT(best, p->in[2]);
  ((int64_t *)at[3])[i] = TH_INDEX_BASE + (p->adaptive ? row - b[1] : best);
  if (p->adaptive) ((int64_t *)at[4])[i] = TH_INDEX_BASE + best - row * p->in[2] - b[2];
}

/* The input that the window of an output took, -1: none. */
ELEMENT_FN int64_t T_(window_winner)(const THNN_Windows *p, int64_t h, int64_t w, int64_t i, const int64_t *index,
                                     const int64_t *column)
{
  int64_t end, at = index[i] - TH_INDEX_BASE;
  if (!p->adaptive || at < 0) return at;
  if (column[i] < TH_INDEX_BASE) return -1;
  at += T_(window)(p, 1, h, NULL, &end);
  return at * p->in[2] + T_(window)(p, 2, w, NULL, &end) + column[i] - TH_INDEX_BASE;
}

/* gradient of y, the positions or rows, the columns; gradient of x, of which this is an element */
ELEMENT_FN void T_(window_max_grad)(const THNN_Windows *p, int64_t i, void *const *at)
{
  int64_t x[3], lo[3], hi[3], inside = p->in[0] * p->in[1] * p->in[2], plane = T_(locate)(i, p->in, x);
  real sum = 0;
  for (int k = 0; k < 3; k++) T_(windows_with)(p, k, x[k], &lo[k], &hi[k]);
  for (int64_t t = lo[0]; t <= hi[0]; t++)
    for (int64_t h = lo[1]; h <= hi[1]; h++)
      for (int64_t w = lo[2]; w <= hi[2]; w++) {
        int64_t o = ((plane * p->out[0] + t) * p->out[1] + h) * p->out[2] + w;
        if (T_(window_winner)(p, h, w, o, (const int64_t *)at[1], (const int64_t *)at[2]) == i - plane * inside)
          sum += LOAD((const element *)at[0] + o);
      }
  STORE((element *)at[3] + i, sum);
}

/* indices of volumetric max pooling (window.h); positions in the plane of the output, from 1; behind the plane: none;
   0: outside */
ELEMENT_FN void T_(unpool_position)(const THNN_Window *u, int64_t i, void *const *at)
{
  int64_t index = ((const int64_t *)at[0])[i] & 0xffffff, o[3], to = 0;
  bool inside = true;
  T_(locate)(i, u->in, o);
  for (int k = 0; k < 3; k++) {
    int64_t x = o[k] * u->d[k] - u->pad[k] + (index >> 8 * k & 255);
    inside = inside && x >= 0 && x < u->out[k];
    to = to * u->out[k] + x;
  }
  if (index == 0xffffff) to = u->out[0] * u->out[1] * u->out[2], inside = true;
  ((int64_t *)at[1])[i] = inside ? to + TH_INDEX_BASE : 0;
}

/* ---- norms over windows of features ---- */

/* Of the features x[0], x[inner]..., each divided by scale: (sum of v^power)^(1/power) */
ELEMENT_FN double T_(scaled_norm)(const THNN_FeatureNorm *f, const element *x, double scale)
{
  double sum = 0;
  for (int64_t k = 0; k < f->width; k++) {
    double v = LOAD(x + k * f->inner) / scale;
    sum += f->power == 2 ? v * v : f->power == 1 ? v : pow(v, f->power);
  }
  return scale * (f->power == 2 ? sqrt(sum) : f->power == 1 ? sum : pow(sum, 1 / f->power));
}

/* x; y. Where the sum overflows or vanishes, or the power is infinite, the features are scaled. */
ELEMENT_FN void T_(feature_norm)(const THNN_FeatureNorm *f, int64_t i, void *const *at)
{
  int64_t block = QUOTIENT(i, f->inner), sample = QUOTIENT(block, f->out), o = block - sample * f->out;
  const element *x = (const element *)at[0] + (sample * f->features + o * f->stride) * f->inner + i - block * f->inner;
  double norm = T_(scaled_norm)(f, x, 1), largest = 0;
  if (!(norm > 1e-30 && norm <= DBL_MAX && f->power <= DBL_MAX)) {
    for (int64_t k = 0; k < f->width; k++) largest = fmax(largest, fabs((double)LOAD(x + k * f->inner)));
    if (largest > 0 && largest <= DBL_MAX) norm = T_(scaled_norm)(f, x, largest);
  }
  STORE((element *)at[1] + i, norm);
}

/* gradient of y, x, y; gradient of x, of which this is an element */
ELEMENT_FN void T_(feature_norm_grad)(const THNN_FeatureNorm *f, int64_t i, void *const *at)
{
  int64_t block = QUOTIENT(i, f->inner), sample = QUOTIENT(block, f->features), feature = block - sample * f->features;
  int64_t lo = feature < f->width ? 0 : QUOTIENT(feature - f->width, f->stride) + 1;
  int64_t hi = THMin(QUOTIENT(feature, f->stride), f->out - 1);
  double x = LOAD((const element *)at[1] + i);
  real sum = 0;
  for (int64_t o = lo; o <= hi; o++) {
    int64_t from = (sample * f->out + o) * f->inner + i - block * f->inner;
    double norm = LOAD((const element *)at[2] + from), v = x / norm;
    if (norm == 0) continue; /* the norm has no derivative there */
    double slope = f->power == 2 ? v : f->power == 1 ? 1 : f->power > DBL_MAX ? v == 1 : pow(v, f->power - 1);
    sum += (real)(LOAD((const element *)at[0] + from) * slope);
  }
  STORE((element *)at[3] + i, sum);
}

/* ---- sequences of frames ---- */

/* x; y, the places in the windows. An element of y. */
ELEMENT_FN void T_(temporal_max)(const THNN_Frames *f, int64_t i, void *const *at)
{
  int64_t row = QUOTIENT(i, f->frame), sequence = QUOTIENT(row, f->out), first = (row - sequence * f->out) * f->d, best = 0;
  const element *x = (const element *)at[0] + (sequence * f->in + first) * f->frame + i - row * f->frame;
  real max = LOAD(x);
  for (int64_t k = 1; k < f->k; k++) {
    real v = LOAD(x + k * f->frame);
    if (THNN_wins(v, max)) max = v, best = k;
  }
  STORE((element *)at[1] + i, max);
  ((int64_t *)at[2])[i] = best;
}

/* gradient of y, the places; gradient of x, of which this is an element */
ELEMENT_FN void T_(temporal_max_grad)(const THNN_Frames *f, int64_t i, void *const *at)
{
  int64_t row = QUOTIENT(i, f->frame), sequence = QUOTIENT(row, f->in), time = row - sequence * f->in;
  int64_t lo = time < f->k ? 0 : QUOTIENT(time - f->k, f->d) + 1, hi = THMin(QUOTIENT(time, f->d), f->out - 1);
  real sum = 0;
  for (int64_t o = lo; o <= hi; o++) {
    int64_t from = (sequence * f->out + o) * f->frame + i - row * f->frame;
    if (((const int64_t *)at[1])[from] == time - o * f->d) sum += LOAD((const element *)at[0] + from);
  }
  STORE((element *)at[2] + i, sum);
}
