#ifndef THC_RANGE_CUH
#define THC_RANGE_CUH
/* Positions that kernels read, checked where they are used: one out of range is left out, and what waits next raises it. */
#include "THCGeneral.h"

/* Called by whichever thread finds something; the first one writes it. */
static __device__ inline void THC_note(THCFault *fault, const char *op, int64_t value, int64_t limit, int64_t at)
{
  if (atomicCAS(&fault->state, 0, 1) != 0) return;
  fault->op = op;
  fault->value = value;
  fault->limit = limit;
  fault->at = at;
  __threadfence_system();
  atomicExch(&fault->state, 2);
}

struct THCRange {
  THCFault *fault;
  const char *op;
  const int64_t *first; /* of the index */
  int64_t limit;

  /* False: out of range. *position counts from 0. */
  __device__ bool take(const void *index_, int64_t *position) const
  {
    const int64_t *index = (const int64_t *)index_;
    *position = *index - TH_INDEX_BASE;
    if ((uint64_t)*position < (uint64_t)limit) return true;
    THC_note(fault, op, *index, limit, index - first);
    return false;
  }
};

#endif
