#ifndef TH_FUSE_PROGRAM_H
#define TH_FUSE_PROGRAM_H
/* What a program of fused operations is made of. Value v is input v, or the result of step v - ninput. */
#include "THFuse.h"
#include "loops/THLoops.h"
#include "plan/THPlan.h"

enum { FUSE_INPUTS = 3, FUSE_NAME = 32, FUSE_VALUES = 128 /* in one pass */, FUSE_LINKS = 3 * FUSE_VALUES };

typedef struct FuseStep {
  char name[FUSE_NAME]; /* of the operation */
  THKernel kernel;
  THType type; /* of the inputs, and of the numbers */
  int nin, in[FUSE_INPUTS], number[2], over;
  bool check_number; /* the first one is no zero */
  int divisor;       /* a value without zeros, or TH_FUSE_NONE */
} FuseStep;

typedef struct FuseValue {
  THType type;
  int last;    /* the last step that reads it, -1: none */
  int operand; /* of the plan; -1: in a slot */
  int slot;
} FuseValue;

typedef struct FuseReduction {
  THReduceOp op;
  char name[FUSE_NAME];
  int value;
  bool own; /* the value has an operand that nobody else wants */
} FuseReduction;

/* Steps [first, last) of a program. Where `links` is not 0 they form a chain (loops/THChain.h): these links from `link` on. */
typedef struct FuseSegment {
  int first, last, link, links;
} FuseSegment;

typedef struct FuseLink {
  THLinkFunction function;
  int step;  /* whose numbers it takes */
  int value; /* that it reads or writes, or TH_FUSE_NONE */
  bool stores;
} FuseLink;

/* Operands of the plan: what is stored, values that are reduced and not stored, the inputs that are read. */
struct THFuse {
  int ninput, nvalue, nstep, nstore, nreduction, nresult, noperand, nslot, width;
  FuseValue *value;
  FuseStep *step;
  int *store;                      /* values */
  FuseReduction *reduction;
  int nsegment, nlink;
  FuseSegment *segment;
  FuseLink *link;
  bool past;    /* the only result comes out of the last chain, and could be written past the cache there */
  bool onePass; /* may run so: loops for all types or all on a GPU, few enough operands and slots */
  bool device;  /* all of it is on a GPU */
  void *compiled; /* what the GPU's side keeps of it */
};

/* Cuts the steps into segments; values have their places by then. */
void THFuse_cut(THFuse *self);
/* Room for one more of n entries. */
void *THFuse_grown(void *list, int n, size_t width);
/* step's kernel with these numbers: powers have loops of their own for some exponents. */
THKernel THFuseStep_kernel(const FuseStep *step, const THScalar *number);
static inline THScalar THFuseStep_number(const FuseStep *step, int k, const THScalar *number)
{
  return step->number[k] < 0 ? THScalar_fromInt(0) : number[step->number[k]];
}
/* One operation after the other, each on whole tensors. */
void THFuse_runApart(const THFuse *self, THAnyTensor *const *in, const THScalar *number, THAnyTensor *const *r_,
                     THScalar *reduced);
/* What a reduction of a program gives for a tensor. */
THScalar THFuseReduction_of(const FuseReduction *reduction, THAnyTensor *x);

#endif
