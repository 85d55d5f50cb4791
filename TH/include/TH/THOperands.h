#ifndef TH_OPERANDS_H
#define TH_OPERANDS_H
/* What the running call of a kernel was given, so that a result that is an operand as well is not resized under the
   kernel's hands: sizes that it has checked would no longer hold. Bindings of kernels (kit/kernel.h) tell; kernels size
   their results by TH_resizeResult. A tensor whose sizes stay may be both: that is work in place. */
#include "THTensor.h"

TH_API void TH_operandsBegin(void); /* a new call of this thread; also at its end */
TH_API void TH_operand(const THAnyTensor *t);
/* THAnyTensor_resizeNd; raises where r_ was given twice and has other sizes. */
TH_API void TH_resizeResult(THAnyTensor *r_, int n, const int64_t *size);

#endif
