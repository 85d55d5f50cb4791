#ifndef THC_PLAN_CUH
#define THC_PLAN_CUH
/* A THPlan as kernels take it, by value, and the shapes of launches.

   Positions are 32-bit numbers, split into coordinates by multiplications; offsets are 64-bit bytes.
   Plans of more elements are cut on the host, so no kernel exists in a 64-bit version. */
#include "THCDevice.cuh"
#include "THCGeneral.h"

#ifndef THC_PIECE
#define THC_PIECE ((int64_t)1 << 31) /* elements; tests make it small */
#endif
constexpr int THC_PLAN_DIMS = 25;

/* Blocks for that many threads; kernels stride over what is left. */
static inline unsigned THC_grid(int64_t threads)
{
  const int64_t blocks = (threads + THC_BLOCK - 1) / THC_BLOCK, most = 1 << 20;
  return (unsigned)THMax(1, THMin(blocks, most));
}

/* Plain data; dimension 0 is the innermost. */
template <int N> struct THCPlan {
  char *base[N];
  uint32_t numel;
  int ndim;
  THCDivider size[THC_PLAN_DIMS];
  int64_t stride[THC_PLAN_DIMS][N]; /* bytes */

  explicit THCPlan(const THPlan *plan) : numel((uint32_t)plan->numel), ndim(plan->ndim)
  {
    for (int k = 0; k < N; k++) base[k] = plan->base[k];
    for (int d = 0; d < ndim; d++) {
      size[d] = THCDivider((uint32_t)plan->size[d]);
      for (int k = 0; k < N; k++) stride[d][k] = plan->stride[d][k];
    }
  }

  /* Where element i of each operand is. */
  __device__ void locate(uint32_t i, char **at) const
  {
    for (int k = 0; k < N; k++) at[k] = base[k];
    THC_ROLLED
    for (int d = 0; d < ndim; d++) {
      uint32_t rest = d + 1 < ndim ? size[d].divide(i) : 0;
      uint32_t coordinate = i - rest * size[d].divisor;
      for (int k = 0; k < N; k++) at[k] += coordinate * stride[d][k];
      i = rest;
    }
  }
};

/* Calls run for pieces that cover the plan, each of less than THC_PIECE elements. */
template <class F> void THCPlan_pieces(const char *op, const THPlan *plan, const F &run)
{
  if (plan->ndim > THC_PLAN_DIMS) THError("%s: tensor too large or too many (>25) dims", op);
  if (plan->numel < THC_PIECE) {
    if (plan->numel > 0) run(plan);
    return;
  }
  THPlan half = *plan;
  while (half.size[half.ndim - 1] == 1) half.ndim--; /* left by an earlier cut */
  int d = half.ndim - 1;
  int64_t size = half.size[d], row = half.numel / size, first = size / 2;
  if (d == 0 && first > 64) first = first / 64 * 64; /* keeps the second half aligned */
  half.size[d] = first;
  half.numel = row * first;
  THCPlan_pieces(op, &half, run);
  for (int k = 0; k < half.nop; k++) half.base[k] += first * half.stride[d][k];
  half.size[d] = size - first;
  half.numel = row * half.size[d];
  THCPlan_pieces(op, &half, run);
}

#endif
