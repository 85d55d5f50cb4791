/* Order: sort, topk, kthvalue, median, mode. */
#include "core/THTensorArgs.h"
#include "plan/THLanes.h"
#include <math.h>

enum {
  SORT_RUN = 16,  /* short enough for insertion */
  SORT_FEW = 16,  /* so many smallest are kept in order while the others pass */
  SORT_RADIX = 96 /* items per byte of key from which counting beats merging */
};

typedef struct SortPair {
  uint64_t key, at;
} SortPair;

typedef struct SortArg {
  int64_t k;
  bool descending, sorted;
} SortArg;

#define TH_GENERIC_FILE "ops/generic/THTensorSort.c"
#include "core/THGenerate.h"

static const THLaneBlockFn sort_lanes[TH_NTYPES] = TH_BY_TYPE(sort_block);
static const THLaneBlockFn topk_lanes[TH_NTYPES] = TH_BY_TYPE(topk_block);
static const THLaneBlockFn kth_lanes[TH_NTYPES] = TH_BY_TYPE(kth_block);
static const THLaneBlockFn mode_lanes[TH_NTYPES] = TH_BY_TYPE(mode_block);

/* Runs fn over the lanes of t; the results keep k elements of each. */
static void order(const char *op, const THLaneBlockFn *fn, THAnyTensor *rt_, THAnyTensor *ri_,
                  THAnyTensor *t, int dim, int64_t keep, const SortArg *arg)
{
  TH_checkMath(op, t);
  TH_checkType(op, rt_, t->type, 1);
  TH_checkType(op, ri_, TH_LONG, 2);
  THArgCheck(rt_ != ri_, 2, "%s: values and indices cannot be one tensor", op);
  int64_t n = t->size[dim];
  size_t width = THType_size(t->type);
  if (width <= 4 && n > UINT32_MAX)
    THError("%s: lanes of %lld elements are not supported", op, (long long)n);
  TH_AUTO(THAnyTensor) values_apart = TH_newApart(t, rt_);
  TH_AUTO(THAnyTensor) x = TH_newApart(values_apart, ri_);
  TH_resizeLane(rt_, x, dim, keep);
  TH_resizeLane(ri_, x, dim, keep);
  size_t item = width <= 4 ? sizeof(uint64_t) : sizeof(SortPair);
  THLanes_blocks(3, (THAnyTensor *[]){rt_, ri_, x}, dim, fn[t->type], arg, 2 * (size_t)n * item);
}

void THAnyTensor_sort(THAnyTensor *rt_, THAnyTensor *ri_, THAnyTensor *t, int dim, int descending)
{
  if (t->nDimension == 0 && dim <= 0) { /* nothing to sort */
    THAnyTensor_resizeAs(rt_, t);
    THAnyTensor_resizeAs(ri_, t);
    return;
  }
  TH_checkDim("sort", t, dim, 4);
  order("sort", sort_lanes, rt_, ri_, t, dim, t->size[dim],
        &(SortArg){.descending = descending != 0});
}

void THAnyTensor_topk(THAnyTensor *rt_, THAnyTensor *ri_, THAnyTensor *t, int64_t k, int dim,
                      int dir, int sorted)
{
  TH_checkDim("topk", t, dim, 5);
  THArgCheck(k > 0 && k <= t->size[dim], 4, "topk: k = %lld out of range for dimension %d of %s",
             (long long)k, dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(t).str);
  order("topk", topk_lanes, rt_, ri_, t, dim, k,
        &(SortArg){.k = k, .descending = dir != 0, .sorted = sorted != 0});
}

static void kth(const char *op, THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t,
                int64_t k, int dim, int keepdim)
{
  order(op, kth_lanes, values_, indices_, t, dim, 1, &(SortArg){.k = k});
  TH_dropLane(values_, dim, keepdim);
  TH_dropLane(indices_, dim, keepdim);
}

void THAnyTensor_kthvalue(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int64_t k,
                          int dim, int keepdim)
{
  TH_checkDim("kthvalue", t, dim, 5);
  THArgCheck(k > 0 && k <= t->size[dim], 4,
             "kthvalue: k = %lld out of range for dimension %d of %s", (long long)k,
             dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(t).str);
  kth("kthvalue", values_, indices_, t, k, dim, keepdim);
}

void THAnyTensor_median(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                        int keepdim)
{
  TH_checkDim("median", t, dim, 4);
  kth("median", values_, indices_, t, (t->size[dim] - 1) / 2 + 1, dim, keepdim);
}

THScalar THAnyTensor_medianall(THAnyTensor *t)
{
  THArgCheck(t->nDimension > 0, 1, "median: tensor must have one dimension");
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(t);
  int64_t n = THAnyTensor_nElement(x);
  TH_AUTO(THAnyTensor) flat = THAnyTensor_newWithTensor(x);
  THAnyTensor_viewNd(flat, x, 1, &n);
  TH_AUTO(THAnyTensor) value = THAnyTensor_new((THType)t->type);
  TH_AUTO(THAnyTensor) index = THAnyTensor_new(TH_LONG);
  THAnyTensor_median(value, index, flat, 0, 1);
  return THScalar_load((THType)t->type, THAnyTensor_data(value));
}

void THAnyTensor_mode(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                      int keepdim)
{
  TH_checkDim("mode", t, dim, 4);
  order("mode", mode_lanes, values_, indices_, t, dim, 1, &(SortArg){0});
  TH_dropLane(values_, dim, keepdim);
  TH_dropLane(indices_, dim, keepdim);
}
