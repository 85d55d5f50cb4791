/* fill and copy, for every type. */
#include "loops/THLoops.h"

void THAnyTensor_fill(THAnyTensor *r_, THScalar value)
{
  _Alignas(16) char arg[16] = {0};
  THScalar_store(r_->type, arg, value);
  THMap_into("fill", THLoops_current->map[TH_MAP_fill][r_->type], arg, r_, 0, NULL);
}

void THAnyTensor_copy(THAnyTensor *r_, THAnyTensor *src)
{
  if (r_ == src) return;
  THMap_into("copy", THLoops_current->copy[r_->type][src->type], NULL, r_, 1, &src);
}
