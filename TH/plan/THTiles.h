#ifndef TH_TILES_H
#define TH_TILES_H
/* Plans whose operands do not lie as loops take them: tile by tile through blocks in the first cache. */
#include "THPlan.h"

/* Whether the plan's rows go to a loop as they are: the result contiguous, the inputs too, but that one of two may
   repeat an element. */
bool THTiles_needed(const THPlan *plan);

/* THPlan_run for the others; the first nresult operands are written. Inputs are laid side by side in a block of their own, results are spread from others;
   what lies right stays where it is. Of two dimensions, that in which the result is closest and that in which the
   first input is (transposed: another one), a tile takes so much that no line of the cache is fetched twice. */
void THTiles_run(const THPlan *plan, int nresult, THLoop loop, bool copies, int work, const void *arg);

/* Rows of `bytes` bytes each from one place to another, which are the same or apart. */
void THTiles_moveRows(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t bytes, int64_t rows);

#endif
