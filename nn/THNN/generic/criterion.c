/* Sums of losses: element i of input, target and (may be NULL) weight; m is the margin. */
#if defined(TH_REAL_IS_FLOAT)
#define F(name) name##f
#else
#define F(name) name
#endif

#define LOSS(name, expr)                                                                           \
  TH_KERNEL static double T_(name)(const real *X, const real *Y, const real *W, int64_t n,         \
                                   real m)                                                         \
  {                                                                                                \
    double sum = 0;                                                                                \
    (void)Y, (void)W, (void)m;                                                                     \
    _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++)                         \
    {                                                                                              \
      const real x = X[i], y = Y[i];                                                               \
      (void)y;                                                                                     \
      sum += (double)(expr);                                                                       \
    }                                                                                              \
    return sum;                                                                                    \
  }

LOSS(mse, ((double)x - y) * ((double)x - y))
LOSS(absolute, F(fabs)(x - y))
LOSS(smoothl1, F(fabs)(x - y) < 1 ? (real)0.5 * (x - y) * (x - y) : F(fabs)(x - y) - (real)0.5)
LOSS(bce, -(F(log)(x + (real)1e-12) * y + F(log)(1 - x + (real)1e-12) * (1 - y)))
LOSS(bce_weighted, -W[i] * (F(log)(x + (real)1e-12) * y + F(log)(1 - x + (real)1e-12) * (1 - y)))
LOSS(outside01, !(x >= 0 && x <= 1))
LOSS(margin, m - x * y > 0 ? m - x * y : 0)
LOSS(softmargin, (x * y < 0 ? -x * y : 0) + F(log1p)(F(exp)(-F(fabs)(x * y))))
LOSS(kldiv, y > 0 ? y * (F(log)(y) - x) : 0)
LOSS(l1, F(fabs)(x))

#undef LOSS
#undef F
