/* Order: sort, topk, kthvalue, median, mode. */
#include "core/THDevice.h"
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
  bool kth, mode; /* one place alone is asked for */
} SortArg;

#define TH_GENERIC_FILE "ops/generic/THTensorSort.c"
#include "core/THGenerate.h"

static const THLaneBlockFn sort_lanes[TH_NTYPES] = TH_BY_TYPE(sort_block);
static const THLaneBlockFn topk_lanes[TH_NTYPES] = TH_BY_TYPE(topk_block);
static const THLaneBlockFn kth_lanes[TH_NTYPES] = TH_BY_TYPE(kth_block);
static const THLaneBlockFn mode_lanes[TH_NTYPES] = TH_BY_TYPE(mode_block);

/* A contiguous tensor with dim last; t itself where it is one. */
static THAnyTensor *new_lanes(THAnyTensor *t, int dim)
{
  TH_AUTO(THAnyTensor) lanes = THAnyTensor_newTranspose(t, dim, t->nDimension - 1);
  return THAnyTensor_newContiguous(lanes);
}
static void return_lanes(THAnyTensor *t, THAnyTensor *lanes, int dim)
{
  if (lanes->storage == t->storage) return;
  THAnyTensor_transpose(lanes, NULL, dim, t->nDimension - 1);
  THAnyTensor_copy(t, lanes);
}

static void device_order(const char *op, THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *x_, int dim,
                         const SortArg *arg)
{
  TH_checkSameDevice(op, values_, 2, (THAnyTensor *[]){indices_, x_});
  TH_AUTO(THAnyTensor) x = new_lanes(x_, dim);
  TH_AUTO(THAnyTensor) values = new_lanes(values_, dim);
  TH_AUTO(THAnyTensor) indices = new_lanes(indices_, dim);
  const int64_t n = x_->size[dim];
  TH_device->order((THType)x->type,
                   &(THDeviceOrder){.lanes = THAnyTensor_nElement(x) / n,
                                    .n = n,
                                    .first = arg->kth ? arg->k - 1 : 0,
                                    .keep = values_->size[dim],
                                    .descending = arg->descending,
                                    .mode = arg->mode},
                   THAnyTensor_data(x), THAnyTensor_data(values), THAnyTensor_data(indices));
  return_lanes(values_, values, dim);
  return_lanes(indices_, indices, dim);
}

/* Runs fn over the lanes of t; the results keep k elements of each. */
static void order(const char *op, const THLaneBlockFn *fn, THAnyTensor *rt_, THAnyTensor *ri_,
                  THAnyTensor *t, int dim, int64_t keep, const SortArg *arg)
{
  TH_checkArithmetic(op, t);
  TH_checkType(op, rt_, (THType)t->type, 1);
  TH_checkType(op, ri_, THType_beside(TH_LONG, (THType)t->type), 2);
  THArgCheck(rt_ != ri_, 2, "%s: values and indices cannot be one tensor", op);
  int64_t n = t->size[dim];
  size_t width = THType_size((THType)t->type);
  if (width <= 4 && n > UINT32_MAX)
    THError("%s: lanes of %lld elements are not supported", op, (long long)n);
  TH_AUTO(THAnyTensor) values_apart = TH_newApart(t, rt_);
  TH_AUTO(THAnyTensor) x = TH_newApart(values_apart, ri_);
  TH_resizeLane(rt_, x, dim, keep);
  TH_resizeLane(ri_, x, dim, keep);
  if (THType_onDevice((THType)t->type)) {
    device_order(op, rt_, ri_, x, dim, arg);
    return;
  }
  size_t item = width <= 4 ? sizeof(uint64_t) : sizeof(SortPair);
  THLanes_results(3, (THAnyTensor *[]){rt_, ri_, x}, dim, fn[t->type], arg, 2 * (size_t)n * item);
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
  order(op, kth_lanes, values_, indices_, t, dim, 1, &(SortArg){.k = k, .kth = true});
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
  TH_AUTO(THAnyTensor) index = THAnyTensor_new(THType_beside(TH_LONG, (THType)t->type));
  THAnyTensor_median(value, index, flat, 0, 1);
  return THAnyStorage_get(value->storage, value->storageOffset);
}

void THAnyTensor_mode(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                      int keepdim)
{
  TH_checkDim("mode", t, dim, 4);
  order("mode", mode_lanes, values_, indices_, t, dim, 1, &(SortArg){.mode = true});
  TH_dropLane(values_, dim, keepdim);
  TH_dropLane(indices_, dim, keepdim);
}
