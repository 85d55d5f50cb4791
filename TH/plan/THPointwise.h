#ifndef TH_POINTWISE_H
#define TH_POINTWISE_H
#include "THAnyTensor.h"
#include "loops/THLoops.h"

/* r_ = a line of loops/map_list.h, applied to `in` with scalars s and t. All tensors are of one type.
   args: the numbers of the inputs in the C call (THKernel). */
void THMath_map(const char *name, THMapOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                THAnyTensor *const *in, unsigned args);
/* The same for compare_list.h; r_ is a ByteTensor or of the inputs' type. */
void THMath_compare(const char *name, THCompareOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                    THAnyTensor *const *in, unsigned args);
#endif
