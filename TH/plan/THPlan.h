#ifndef TH_PLAN_H
#define TH_PLAN_H
/* Strided iteration over several operands at once.

   A plan is made from an output and its inputs: the shape they share, sorted and merged so that
   the innermost dimension (number 0) is as long and as contiguous as can be. Strides are in bytes;
   0 repeats an element (broadcast). Plans live on the stack and own nothing. */
#include "THAnyTensor.h"
#include "loops/THLoop.h"
#include "parallel/THParallel.h"

enum { TH_PLAN_OPS = 16 };

typedef struct THPlan {
  int nop, ndim;
  int8_t width[TH_PLAN_OPS]; /* bytes of an element */
  int64_t numel;
  char *base[TH_PLAN_OPS];
  int64_t size[TH_MAX_DIMS];
  int64_t stride[TH_MAX_DIMS][TH_PLAN_OPS];
} THPlan;

/* One geometry of an operand under the shared shape; stride in elements. */
typedef struct THOperand {
  char *data;
  const int64_t *stride;
  size_t elementSize;
} THOperand;

/* The bytes [begin, end) between the first and the last that a geometry touches: n dimensions with strides in units of
   `unit` bytes, elements of `width` bytes. */
typedef struct THExtent {
  const char *begin, *end;
} THExtent;
TH_API THExtent THExtent_of(const char *data, int n, const int64_t *size, const int64_t *stride, size_t unit,
                            size_t width);
static inline bool THExtent_meet(THExtent a, THExtent b) { return a.begin < b.end && b.begin < a.end; }

TH_API void THPlan_build(THPlan *plan, int ndim, const int64_t *size, int nop, const THOperand *op);

/* Runs the kernel's loop over the whole plan, in several threads when it is large. Operand 0 is written;
   each element exactly once, so the result does not depend on the number of threads. copies: the loop only moves
   elements as they are. work: of an element, in elements of plain arithmetic. */
TH_API void THPlan_run(const THPlan *plan, THLoop loop, bool copies, int work, const void *arg);
/* The same for a loop that writes the first nresult operands and takes all of them contiguous. past: the same loop writing its
   one result past the cache, from the beginning of a cache line on; NULL: it cannot. */
void THPlan_runSeveral(const THPlan *plan, int nresult, THLoop loop, THLoop past, const void *arg);

#endif
