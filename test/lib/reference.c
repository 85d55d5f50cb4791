/* Errors of functions in units in the last place, against the C library's long double ones, which have 11
   bits more than double. Called through the FFI by test/lua/test_accuracy.lua. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#define API __attribute__((visibility("default")))

typedef long double Long;
typedef Long (*Function)(Long x, Long y);

#define UNARY(name, expr) static Long f_##name(Long x, Long y) { return (void)y, expr; }
UNARY(sqrt, sqrtl(x))
UNARY(rsqrt, 1 / sqrtl(x))
UNARY(cinv, 1 / x)
UNARY(exp, expl(x))
UNARY(log, logl(x))
UNARY(log1p, log1pl(x))
UNARY(sigmoid, x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)))
UNARY(tanh, tanhl(x))
UNARY(erf, erfl(x))
UNARY(sin, sinl(x))
UNARY(cos, cosl(x))
UNARY(tan, tanl(x))
UNARY(asin, asinl(x))
UNARY(acos, acosl(x))
UNARY(atan, atanl(x))
UNARY(sinh, sinhl(x))
UNARY(cosh, coshl(x))
UNARY(floor, floorl(x))
UNARY(ceil, ceill(x))
UNARY(round, roundl(x))
UNARY(trunc, truncl(x))
UNARY(frac, x - truncl(x))

static const struct {
  const char *name;
  Function f;
} functions[] = {
#define ROW(name) {#name, f_##name}
  ROW(sqrt), ROW(rsqrt), ROW(cinv), ROW(exp), ROW(log), ROW(log1p), ROW(sigmoid),
  ROW(tanh), ROW(erf), ROW(sin), ROW(cos), ROW(tan), ROW(asin), ROW(acos), ROW(atan),
  ROW(sinh), ROW(cosh), ROW(floor), ROW(ceil), ROW(round), ROW(trunc), ROW(frac),
  {"pow", powl}, {"atan2", atan2l},
};

static Function find(const char *name)
{
  for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
    if (!strcmp(name, functions[i].name)) return functions[i].f;
  return NULL;
}

API bool reference_knows(const char *name) { return find(name) != NULL; }

typedef struct Format {
  int bits, min_exponent, max_exponent;
} Format;
static const Format float_ = {FLT_MANT_DIG, FLT_MIN_EXP, FLT_MAX_EXP};
static const Format double_ = {DBL_MANT_DIG, DBL_MIN_EXP, DBL_MAX_EXP};

/* Distance of `got` from `want` in units of the last bit of want; numbers below the normal ones have the unit of
   the smallest normal one. Infinity stands where the exponents end. NaN, the sign of zero, and infinities
   that are no overflow must be the same. */
static double ulps(double got, Long want, Format f)
{
  if (want != want) return got != got ? 0 : INFINITY;
  if (got != got || isinf(want)) return got == (double)want ? 0 : INFINITY;
  if (want == 0 && got == 0) return !signbit(got) == !signbit(want) ? 0 : INFINITY;
  const Long end = ldexpl(1, f.max_exponent);
  Long w = fabsl(want) > end ? copysignl(end, want) : want, g = isinf(got) ? copysignl(end, got) : got;
  int e;
  frexpl(w, &e);
  if (w == 0 || e < f.min_exponent) e = f.min_exponent;
  if (e > f.max_exponent) e = f.max_exponent;
  return (double)(fabsl(g - w) / ldexpl(1, e - f.bits));
}

/* The largest error of n results and its place. */
API double reference_double(const char *name, const double *x, const double *y, const double *got,
                            int64_t n, int64_t *place)
{
  Function f = find(name);
  double worst = -1;
  for (int64_t i = 0; i < n; i++) {
    double e = ulps(got[i], f(x[i], y[i]), double_);
    if (e > worst) worst = e, *place = i;
  }
  return worst;
}

API double reference_float(const char *name, const float *x, const float *y, const float *got,
                           int64_t n, int64_t *place)
{
  Function f = find(name);
  double worst = -1;
  for (int64_t i = 0; i < n; i++) {
    double e = ulps(got[i], f(x[i], y[i]), float_);
    if (e > worst) worst = e, *place = i;
  }
  return worst;
}
