#ifndef THC_SCAN_CUH
#define THC_SCAN_CUH
/* Running results within a block. An operation has Acc start() and join(Acc, Acc). */
#include "THCPlan.cuh"

/* What the values of the threads before this one join to; *total gets that of all. `shared` has room
   for 2 THC_BLOCK values. Called by the whole block. */
template <class Op>
__device__ typename Op::Acc THC_joinBefore(const Op &op, typename Op::Acc value,
                                           typename Op::Acc *shared, typename Op::Acc *total)
{
  typedef typename Op::Acc Acc;
  const int thread = (int)threadIdx.x;
  Acc *from = shared, *to = shared + THC_BLOCK;
  from[thread] = value;
  __syncthreads();
  for (int w = 1; w < THC_BLOCK; w *= 2) {
    to[thread] = thread >= w ? op.join(from[thread - w], from[thread]) : from[thread];
    __syncthreads();
    Acc *swap = from;
    from = to;
    to = swap;
  }
  *total = from[THC_BLOCK - 1];
  const Acc before = thread > 0 ? from[thread - 1] : op.start();
  __syncthreads();
  return before;
}

#endif
