#ifndef TH_POINTWISE_H
#define TH_POINTWISE_H
#include "THAnyTensor.h"
#include "loops/THLoops.h"

/* r_ = a line of a list of expressions, applied to `in` with scalars s and t: THMap_apply with the loop, on either
   side. All tensors are of one type, for which the line is defined: errors otherwise. args: the numbers of the inputs
   in the C call, four bits each, the first lowest (THKernel). */
TH_API void THMath_line(const char *name, THMapLine line, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                        THAnyTensor *const *in, unsigned args);
/* The same for a line of TH's own list, loops/map_list.h. */
void THMath_map(const char *name, THMapOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                THAnyTensor *const *in, unsigned args);
/* The same for compare_list.h; r_ is a ByteTensor or of the inputs' type. */
void THMath_compare(const char *name, THCompareOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                    THAnyTensor *const *in, unsigned args);
/* The line that computes x^p. */
THMapOp THMath_powerLine(THScalar p);
#endif
