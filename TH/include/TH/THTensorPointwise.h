#ifndef TH_TENSOR_POINTWISE_H
#define TH_TENSOR_POINTWISE_H
/* Pointwise operations and reductions that are more than one loop; the others are generated into
   THTensorOps.h. Results are resized as the operation needs. */
#include "THAnyTensor.h"

/* r = x^p; 1, 2, 3, 1/2, -1/2 and -1 avoid the general power. Float, Double. */
TH_API void THAnyTensor_pow(THAnyTensor *r_, THAnyTensor *x, THScalar p);
/* r = x - y*floor(x/y): the sign of the divisor. Equal element counts, or broadcast. */
TH_API void THAnyTensor_cremainder(THAnyTensor *r_, THAnyTensor *x, THAnyTensor *y);
/* (sum |x|^p)^(1/p); p = 0 counts the elements that are not 0. Float, Double. */
TH_API THScalar THAnyTensor_normall(THAnyTensor *x, THScalar p);
TH_API void THAnyTensor_norm(THAnyTensor *r_, THAnyTensor *x, THScalar p, int dim, int keepdim);
/* Raise on empty tensors. A NaN wins in min and max. */
TH_API THScalar THAnyTensor_minall(THAnyTensor *x);
TH_API THScalar THAnyTensor_maxall(THAnyTensor *x);
TH_API THScalar THAnyTensor_meanall(THAnyTensor *x);
TH_API int THAnyTensor_logicalall(THAnyTensor *x);
TH_API int THAnyTensor_logicalany(THAnyTensor *x);
TH_API void THAnyTensor_zero(THAnyTensor *r_);

/* Raise when an integer division would have a zero divisor; floating types pass. */
TH_API void THMath_checkDivisor(const char *name, THType type, THScalar s, int argNumber);
TH_API void THMath_checkDivisors(const char *name, THAnyTensor *x, int argNumber);
#endif
