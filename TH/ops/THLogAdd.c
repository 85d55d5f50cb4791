#include "THLogAdd.h"
#include "THGeneral.h"
#include <float.h>
#include <math.h>

const double THLog2Pi = 1.83787706640934548355;
const double THLogZero = -DBL_MAX;
const double THLogOne = 0;

/* Below this difference the smaller term is lost in rounding. */
static const double negligible = -39;

double THLogAdd(double log_a, double log_b)
{
  double high = THMax(log_a, log_b);
  double minus = log_a == log_b ? 0 : THMin(log_a, log_b) - high; /* equal infinities */
  return minus < negligible ? high : high + log1p(exp(minus));
}

double THLogSub(double log_a, double log_b)
{
  if (log_a < log_b) THError("logsub: log_a (%g) is less than log_b (%g)", log_a, log_b);
  double minus = log_b - log_a;
  if (minus == 0) return THLogZero;
  return minus < negligible ? log_a : log_a + log1p(-exp(minus));
}

double THExpMinusApprox(const double x) { return x < 13 ? exp(-x) : 0; }
double THLog1p(const double x) { return log1p(x); }
