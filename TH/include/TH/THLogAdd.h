#ifndef TH_LOGADD_H
#define TH_LOGADD_H
/* Sums of probabilities that are kept as logarithms. */
#include "THTypes.h"

TH_API const double THLog2Pi;  /* log(2 pi) */
TH_API const double THLogZero; /* stands for log(0): -DBL_MAX */
TH_API const double THLogOne;  /* 0 */

TH_API double THLogAdd(double log_a, double log_b); /* log(exp(log_a) + exp(log_b)) */
/* log(exp(log_a) - exp(log_b)); raises when log_a < log_b. */
TH_API double THLogSub(double log_a, double log_b);
TH_API double THExpMinusApprox(const double x); /* exp(-x) for x >= 0; 0 from 13 on; error 1e-4 */
TH_API double THLog1p(const double x);

#endif
