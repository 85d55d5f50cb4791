#ifndef TH_REDUCE_H
#define TH_REDUCE_H
#include "THAnyTensor.h"
#include "loops/THLoops.h"

/* All of x to one number; start and finish as the reduction defines them, so an empty tensor gives
   its neutral element. `s` is the reduction's scalar. */
THScalar THReduce_all(const char *op, THReduceOp reduction, THAnyTensor *x, THScalar s);
/* Writes elements [first, first + n) of something, contiguous, to `to`, in any thread. */
typedef void (*THProduce)(const void *producer, int64_t first, int64_t n, char *to);
/* THReduce_all of the n > 0 elements of a contiguous tensor that is never there as a whole. */
THScalar THReduce_produced(const char *op, THReduceOp reduction, THType type, int64_t n, THProduce produce,
                           const void *producer);
/* r_ = x reduced along dim, which is argument number dimArg of the C call and keeps size 1 (keepdim) or goes. r_ is
   of x's type. */
void THReduce_dim(const char *op, THReduceOp reduction, THAnyTensor *r_, THAnyTensor *x, int dim, int dimArg,
                  int keepdim, THScalar s);
#endif
