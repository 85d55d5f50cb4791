/* Sums of losses: element i of input, target and (may be NULL) weight W; m is the margin. */
#if defined(TH_REAL_IS_FLOAT)
#define F(name) name##f
#else
#define F(name) name
#endif

/* Losses of TERMS elements: a function has the same value in each of them. */
#define LOSS_OF(name, weight, expr)                                                                \
  TH_KERNEL static void T_(name)(double *restrict term, const real *X, const real *Y,              \
                                 const real *W, real m)                                            \
  {                                                                                                \
    (void)Y, (void)W, (void)m;                                                                     \
    for (int i = 0; i < TERMS; i++) {                                                              \
      const real x = X[i], y = Y[i], w = weight;                                                   \
      (void)y, (void)w;                                                                            \
      term[i] = (double)(expr);                                                                    \
    }                                                                                              \
  }
#define LOSS(name, expr) LOSS_OF(name, 1, expr)
#define LOSS_WEIGHTED(name, expr) LOSS_OF(name, W[i], expr)
#include "../loss_list.h"

typedef void (*T_(Terms))(double *, const real *, const real *, const real *, real);

static const real *T_(padded)(real *to, const real *from, int64_t n)
{
  if (!from) return NULL;
  for (int64_t i = 0; i < TERMS; i++) to[i] = i < n ? from[i] : (real)TH_PADDING;
  return to;
}

static double T_(sum_terms)(T_(Terms) terms, const real *X, const real *Y, const real *W, int64_t n,
                            real margin)
{
  double lane[LANES] = {0}, term[TERMS];
  real x[TERMS], y[TERMS], w[TERMS];
  int64_t i = 0;
  for (; i + TERMS <= n; i += TERMS) {
    terms(term, X + i, Y + i, W ? W + i : NULL, margin);
    for (int k = 0; k < TERMS; k++) lane[k % LANES] += term[k];
  }
  if (i < n) {
    const int64_t rest = n - i;
    terms(term, T_(padded)(x, X + i, rest), T_(padded)(y, Y + i, rest),
          T_(padded)(w, W ? W + i : NULL, rest), margin);
    for (int64_t k = 0; k < rest; k++) lane[k % LANES] += term[k];
  }
  for (int k = 1; k < LANES; k++) lane[0] += lane[k];
  return lane[0];
}

#undef LOSS_OF
#undef F
