#ifndef TH_LANES_H
#define TH_LANES_H
/* Lanes in blocks: operations along one dimension that want neighbouring lanes side by side,
   working memory, or both. */
#include "THPlan.h"

enum { TH_LANE_TENSORS = 4, TH_LANE_BLOCK = 512 };

/* `lanes` lanes (TH_LANE_BLOCK at most) that lie side by side. Numbers are in elements. */
typedef struct THLaneBlock {
  int64_t lanes;
  char *data[TH_LANE_TENSORS];     /* first element of the first lane, for each tensor */
  int64_t step[TH_LANE_TENSORS];   /* from an element of a lane to the next */
  int64_t across[TH_LANE_TENSORS]; /* from a lane to the next */
  int64_t size[TH_LANE_TENSORS];   /* elements of a lane */
  void *scratch;                   /* this thread's own, 64-byte aligned */
  const void *arg;
} THLaneBlock;
/* Must neither raise nor allocate: blocks run in parallel. */
typedef void (*THLaneBlockFn)(const THLaneBlock *block);

/* Calls fn for blocks that cover every lane along dim once. The tensors' other dimensions agree;
   they are merged where all strides allow it, and the one that lies closest in the last tensor
   is the one blocks run along. A lane's result must depend on the lane alone. */
void THLanes_blocks(int ntensor, THAnyTensor *const *t, int dim, THLaneBlockFn fn, const void *arg,
                    size_t scratchBytes);
/* The same for operations that only read the last tensor, and from which every result is computed: lanes of it that are
   one in memory are run once, and their results copied. 3 tensors at most. */
void THLanes_results(int ntensor, THAnyTensor *const *t, int dim, THLaneBlockFn fn, const void *arg,
                     size_t scratchBytes);
/* The same as THLanes_blocks for operations whose elements along the lane are independent too: lanes may be cut.
   Tensors with their bit in `moving` start at the cut; the others are seen whole. */
void THLanes_pieces(int ntensor, THAnyTensor *const *t, int dim, unsigned moving, THLaneBlockFn fn,
                    const void *arg);

/* Walking a lane is cheaper than stepping from lane to lane, in tensor k: a lane of one element (step 0) says nothing. */
static inline bool THLaneBlock_isInner(const THLaneBlock *b, int k)
{
  return b->lanes == 1 || (b->step[k] <= b->across[k] && (b->step[k] || !b->across[k]));
}

#endif
