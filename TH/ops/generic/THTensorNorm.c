/* Kernels of THTensorNorm.c for one element type. */

#ifdef TH_REAL_IS_FLOATING
/* Sum of the differences, or of their squares, in double. */
static double T_(distances)(const void *a_, const void *b_, int64_t n, bool squared)
{
  const real *a = a_, *b = b_;
  double lane[8] = {0}, sum = 0;
  int64_t i = 0;
  if (squared) {
    for (; i + 8 <= n; i += 8)
      for (int k = 0; k < 8; k++) {
        double d = (double)a[i + k] - (double)b[i + k];
        lane[k] += d * d;
      }
  } else {
    for (; i + 8 <= n; i += 8)
      for (int k = 0; k < 8; k++) lane[k] += fabs((double)a[i + k] - (double)b[i + k]);
  }
  for (; i < n; i++) {
    double d = fabs((double)a[i] - (double)b[i]);
    sum += squared ? d * d : d;
  }
  for (int k = 0; k < 8; k++) sum += lane[k];
  return sum;
}

/* A slice: `outer` runs of `inner` elements, `step` apart. Sum of the powers of |x| / scale, or the
   largest one for p infinite. */
static double T_(slice_sum)(const void *x_, int64_t outer, int64_t step, int64_t inner, double p,
                            double scale)
{
  const real *x = x_;
  double sum = 0;
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++) {
      double v = fabs((double)x[o * step + i]) / scale;
      if (isinf(p)) sum = v > sum || v != v ? v : sum;
      else sum += p == 2 ? v * v : p == 1 ? v : pow(v, p);
    }
  return sum;
}

static void T_(slice_scale)(void *x_, int64_t outer, int64_t step, int64_t inner, double s)
{
  real *x = x_;
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++) x[o * step + i] *= (real)s;
}
#endif
