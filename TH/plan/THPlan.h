#ifndef TH_PLAN_H
#define TH_PLAN_H
/* Strided iteration over several operands at once.

   A plan is made from an output and its inputs: the shape they share, sorted and merged so that
   the innermost dimension (number 0) is as long and as contiguous as can be. Strides are in bytes;
   0 repeats an element (broadcast). Plans live on the stack and own nothing. */
#include "THAnyTensor.h"
#include "loops/THLoop.h"
#include "parallel/THParallel.h"

/* Dimensions of size 1 are dropped and element counts fit in int64_t, so 62 dims are all there are. */
enum { TH_PLAN_OPS = 4, TH_PLAN_DIMS = 62 };

typedef struct THPlan {
  int nop, ndim;
  int64_t numel;
  char *base[TH_PLAN_OPS];
  int64_t size[TH_PLAN_DIMS];
  int64_t stride[TH_PLAN_DIMS][TH_PLAN_OPS];
} THPlan;

/* One geometry of an operand under the shared shape; stride in elements. */
typedef struct THOperand {
  char *data;
  const int64_t *stride;
  size_t elementSize;
} THOperand;

TH_API void THPlan_build(THPlan *plan, int ndim, const int64_t *size, int nop, const THOperand *op);

/* Runs the loop over the whole plan, in several threads when it is large. Operand 0 is written;
   each element exactly once, so the result does not depend on the number of threads. */
TH_API void THPlan_run(const THPlan *plan, THLoop loop, const void *arg);

#endif
