/* Lines of a scaled image: one row from a row, one row from rows. */

static TH_KERNEL void T_(along_row)(const Axis *a, const void *src_, void *dst_)
{
  const real *restrict src = src_;
  real *restrict dst = dst_;
  const T_(inner) *restrict weight = a->weight;
  for (int64_t o = 0; o < a->out; o++) {
    const real *restrict x = src + a->first[o];
    T_(inner) sum = 0;
    for (int64_t k = a->start[o]; k < a->start[o + 1]; k++) sum += weight[k] * (T_(inner)) * x++;
    dst[o] = T_(to_real)(sum);
  }
}

/* Row o of the result; rows are width long. */
static TH_KERNEL void T_(across_rows)(const Axis *a, int64_t o, int64_t width, const void *src_,
                                      void *dst_)
{
  enum { BLOCK = 512 };
  const real *src = (const real *)src_ + a->first[o] * width;
  const T_(inner) *weight = (const T_(inner) *)a->weight + a->start[o];
  int64_t n = a->start[o + 1] - a->start[o];
  T_(inner) sum[BLOCK];
  for (int64_t at = 0; at < width; at += BLOCK) {
    int64_t here = THMin(width - at, BLOCK);
    const real *restrict x = src + at;
    for (int64_t i = 0; i < here; i++) sum[i] = weight[0] * (T_(inner))x[i];
    for (int64_t k = 1; k < n; k++) {
      x += width;
      for (int64_t i = 0; i < here; i++) sum[i] += weight[k] * (T_(inner))x[i];
    }
    real *restrict dst = (real *)dst_ + at;
    for (int64_t i = 0; i < here; i++) dst[i] = T_(to_real)(sum[i]);
  }
}

static void T_(pick_row)(const int64_t *at, int64_t width, const void *src, void *dst)
{
  for (int64_t i = 0; i < width; i++) ((real *)dst)[i] = ((const real *)src)[at[i]];
}
