#ifndef TH_REPEAT_H
#define TH_REPEAT_H
/* Expanded inputs of operations along a dimension: what repeats in memory is computed once. */
#include "THAnyTensor.h"

/* x's dimensions of stride 0, other than dim, become 1 long; a bit for each that did. x is a header of the caller's own. */
uint64_t THRepeat_fold(THAnyTensor *x, int dim);
/* r's elements at 0 along those dimensions are computed: they go to all other places along them. On the CPU. */
void THRepeat_spread(THAnyTensor *r, uint64_t dims);
#endif
