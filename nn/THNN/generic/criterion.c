/* Sums of losses: element i of input, target and (may be NULL) weight W; m is the margin. */
#if defined(TH_REAL_IS_FLOAT)
#define F(name) name##f
#else
#define F(name) name
#endif

/* Adds the losses of the first n of TERMS elements to the lanes. All TERMS are computed: so a function has
   the same value in each of them. */
#define LOSS_OF(name, weight, expr)                                                                \
  TH_KERNEL static void T_(name)(double *restrict lane, const real *X, const real *Y,              \
                                 const real *W, int64_t n, real m)                                 \
  {                                                                                                \
    double term[TERMS];                                                                            \
    (void)Y, (void)W, (void)m;                                                                     \
    for (int i = 0; i < TERMS; i++) {                                                              \
      const real x = X[i], y = Y[i], w = weight;                                                   \
      (void)y, (void)w;                                                                            \
      term[i] = (double)(expr);                                                                    \
    }                                                                                              \
    for (int64_t i = n; i < TERMS; i++) term[i] = 0;                                               \
    for (int i = 0; i < TERMS; i += LANES)                                                         \
      for (int k = 0; k < LANES; k++) lane[k] += term[i + k];                                      \
  }
#define LOSS(name, expr) LOSS_OF(name, 1, expr)
#define LOSS_WEIGHTED(name, expr) LOSS_OF(name, W[i], expr)
#include "../loss_list.h"

typedef void (*T_(Terms))(double *, const real *, const real *, const real *, int64_t, real);

static const real *T_(padded)(real *to, const real *from, int64_t n)
{
  if (!from) return NULL;
  for (int64_t i = 0; i < TERMS; i++) to[i] = i < n ? from[i] : (real)TH_PADDING;
  return to;
}

static double T_(sum_terms)(T_(Terms) terms, const real *X, const real *Y, const real *W, int64_t n,
                            real margin)
{
  double lane[LANES] = {0};
  real x[TERMS], y[TERMS], w[TERMS];
  int64_t i = 0;
  for (; i + TERMS <= n; i += TERMS) terms(lane, X + i, Y + i, W ? W + i : NULL, TERMS, margin);
  if (i < n) {
    const int64_t rest = n - i;
    terms(lane, T_(padded)(x, X + i, rest), T_(padded)(y, Y + i, rest),
          T_(padded)(w, W ? W + i : NULL, rest), rest, margin);
  }
  for (int k = 1; k < LANES; k++) lane[0] += lane[k];
  return lane[0];
}

#undef LOSS_OF
#undef F
