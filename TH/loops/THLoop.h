#ifndef TH_LOOP_H
#define TH_LOOP_H
/* A loop, and a loop by name. */
#include "THGeneral.h"

/* Processes n elements: operand k starts at base[k] and steps stride[k] bytes. The result is contiguous, and so are the
   inputs, but that one of two may repeat an element (stride 0): plans bring what lies otherwise to blocks that do
   (plan/THTiles.h). */
typedef void (*THLoop)(char *const *base, const int64_t *stride, int64_t n, const void *arg);

/* A package's own map loops (package.h), and their kernels for GPUs once a library that has them is loaded. */
typedef struct THLoopTable {
  THLoop (*map)[TH_NTYPES];         /* [number][type], of the chosen instruction set */
  const void *gpu[TH_NTYPES];       /* [element type]: launchers by number, for libTHC */
} THLoopTable;

/* What a plan is run with: a loop on the CPU; on the GPU, the kernel of that family and number. */
typedef enum THKernelFamily {
  TH_KERNEL_MAP,        /* op: THMapOp, or a number of the package's */
  TH_KERNEL_COMPARE,    /* op: THCompareOp; into Byte or into the inputs' type */
  TH_KERNEL_COPY,       /* from any type into any type */
  TH_KERNEL_MASKED_FILL /* r = mask ? s : r, operands r, r, mask */
} THKernelFamily;
typedef struct THKernel {
  THLoop loop; /* NULL: not defined for the type, or on the GPU */
  THKernelFamily family;
  int16_t op;
  uint16_t args; /* for errors: numbers of the inputs in the C call, four bits each, the first lowest; 0: unknown */
  const THLoopTable *table; /* of the package; NULL: TH's own */
} THKernel;

#endif
