#ifndef TH_REPEAT_H
#define TH_REPEAT_H
/* Expanded inputs of operations along a dimension: what repeats in memory is computed once. */
#include "THAnyTensor.h"

/* x's dimensions of stride 0 and of more than one element, other than dim: a bit each. */
uint64_t THRepeat_dims(const THAnyTensor *x, int dim);
/* They become 1 long in x, which is a header of the caller's own. */
void THRepeat_fold(THAnyTensor *x, uint64_t dims);
/* r's elements at 0 along those dimensions are computed: they go to all other places along them. On the CPU. */
void THRepeat_spread(THAnyTensor *r, uint64_t dims);
#endif
