#ifndef TH_PLAN_H
#define TH_PLAN_H
/* Strided iteration over several operands at once, and the drivers that run loops over it.

   A plan is made from an output and its inputs: the shape they share, sorted and merged so that
   the innermost dimension (number 0) is as long and as contiguous as can be. Strides are in bytes;
   0 repeats an element (broadcast). Plans live on the stack and own nothing. */
#include "../THTensor.h"
#include "../parallel/THParallel.h"

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

/* Processes n elements: operand k starts at base[k] and steps stride[k] bytes. */
typedef void (*THLoop)(char *const *base, const int64_t *stride, int64_t n, const void *arg);

/* Runs the loop over the whole plan, in several threads when it is large. Operand 0 is written;
   each element exactly once, so the result does not depend on the number of threads. */
TH_API void THPlan_run(const THPlan *plan, THLoop loop, const void *arg);

/* What a plan is run with: a loop on the CPU; on the GPU, the kernel of that family and number. */
typedef enum THKernelFamily {
  TH_KERNEL_MAP,        /* op: THMapOp */
  TH_KERNEL_COMPARE,    /* op: THCompareOp; into Byte or into the inputs' type */
  TH_KERNEL_COPY,       /* from any type into any type */
  TH_KERNEL_MASKED_FILL /* r = mask ? s : r, operands r, r, mask */
} THKernelFamily;
typedef struct THKernel {
  THLoop loop; /* NULL: not defined for the type, or on the GPU */
  THKernelFamily family;
  int16_t op;
  uint16_t args; /* for errors: numbers of the inputs in the C call, four bits each, the first lowest; 0: unknown */
} THKernel;

/* r_ = kernel(in...): finds the common shape (equal element counts pair up in row-major order under
   in[0]'s shape; otherwise NumPy's broadcasting), resizes r_, guards against partial overlap and
   runs. Errors name `op`. r_ may be one of the inputs. Element types are the caller's business. */
TH_API void THMap_apply(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                        THAnyTensor *const *in);
/* The same, with r_'s own shape: inputs pair up with it or broadcast to it. */
TH_API void THMap_into(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                       THAnyTensor *const *in);

#endif
