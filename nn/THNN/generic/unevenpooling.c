/* The first of the greatest elements, or the first NaN, of windows of a volume, and its position in
   it. No window is empty. */
static void T_(plane_max)(const Bounds *b, const void *x_, void *y_, int64_t *index)
{
  const real *x = x_;
  real *y = y_;
  for (int64_t i = 0; i < b[0].out; i++)
    for (int64_t j = 0; j < b[1].out; j++)
      for (int64_t k = 0; k < b[2].out; k++) {
        int64_t at = (b[0].begin[i] * b[1].in + b[1].begin[j]) * b[2].in + b[2].begin[k];
        real max = x[at];
        for (int64_t t = b[0].begin[i]; t < b[0].end[i]; t++)
          for (int64_t h = b[1].begin[j]; h < b[1].end[j]; h++) {
            int64_t row = (t * b[1].in + h) * b[2].in;
            for (int64_t w = b[2].begin[k]; w < b[2].end[k]; w++)
              if (THNN_wins(x[row + w], max)) max = x[at = row + w];
          }
        *y++ = max;
        *index++ = at;
      }
}

/* r = 0, then r[at[i]] += x[i] for the n positions; r has `size` elements. */
static void T_(scatter_add)(const void *x_, void *r_, const int64_t *at, int64_t n, int64_t size)
{
  const real *x = x_;
  real *r = r_;
  memset(r, 0, (size_t)size * sizeof(real));
  for (int64_t i = 0; i < n; i++)
    if (at[i] >= 0) r[at[i]] += x[i];
}
