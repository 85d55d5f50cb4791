/* Sums of losses: element i of input, target and (may be NULL) weight; m is the margin. */
#if defined(TH_REAL_IS_FLOAT)
#define F(name) name##f
#else
#define F(name) name
#endif

#define LOSS_OF(name, weight, expr)                                                                \
  TH_KERNEL static double T_(name)(const real *X, const real *Y, const real *W, int64_t n,         \
                                   real m)                                                         \
  {                                                                                                \
    double sum = 0;                                                                                \
    (void)Y, (void)W, (void)m;                                                                     \
    _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < n; i++)                         \
    {                                                                                              \
      const real x = X[i], y = Y[i], w = weight;                                                   \
      (void)y, (void)w;                                                                            \
      sum += (double)(expr);                                                                       \
    }                                                                                              \
    return sum;                                                                                    \
  }
#define LOSS(name, expr) LOSS_OF(name, 1, expr)
#define LOSS_WEIGHTED(name, expr) LOSS_OF(name, W[i], expr)
#include "../loss_list.h"

#undef LOSS_OF
#undef F
