#include "THRepeat.h"
#include "THPlan.h"
#include "loops/THLoops.h"

uint64_t THRepeat_dims(const THAnyTensor *x, int dim)
{
  uint64_t dims = 0;
  for (int d = 0; d < x->nDimension; d++)
    if (d != dim && x->stride[d] == 0 && x->size[d] > 1) dims |= (uint64_t)1 << d;
  return dims;
}

void THRepeat_fold(THAnyTensor *x, uint64_t dims)
{
  for (; dims; dims &= dims - 1) x->size[__builtin_ctzll(dims)] = 1;
}

/* Along one dimension; the others are there as a whole, whatever they hold yet. */
static void spread(THAnyTensor *r, int dim)
{
  const size_t width = THType_size((THType)r->type);
  int64_t size[TH_MAX_DIMS], from[TH_MAX_DIMS];
  for (int d = 0; d < r->nDimension; d++) {
    size[d] = d == dim ? r->size[d] - 1 : r->size[d];
    from[d] = d == dim ? 0 : r->stride[d];
  }
  char *first = THAnyTensor_data(r);
  THPlan plan;
  THPlan_build(&plan, r->nDimension, size, 2,
               (THOperand[]){{first + r->stride[dim] * (int64_t)width, r->stride, width}, {first, from, width}});
  THPlan_run(&plan, THKernel_copy((THType)r->type, (THType)r->type).loop, true, 1, NULL);
}

void THRepeat_spread(THAnyTensor *r, uint64_t dims)
{
  for (; dims; dims &= dims - 1) spread(r, __builtin_ctzll(dims));
}
