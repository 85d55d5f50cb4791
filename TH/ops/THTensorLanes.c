/* Along a dimension: running sums, extremes with their places, variance, renorm. */
#include "core/THTensorArgs.h"
#include "core/THDevice.h"
#include "plan/THLanes.h"
#include "plan/THPlan.h"
#include "plan/THReduce.h"
#include <math.h>

enum { LANE_CHUNK = 1024 };

typedef struct VarArg {
  bool biased, root;
} VarArg;

#define TH_GENERIC_FILE "ops/generic/THTensorLanes.c"
#include "core/THGenerate.h"

/* ---- cumsum, cumprod ---- */

/* A plan of the tensors' first elements along dim: their strides, and the sizes of the last one but
   1 in dim. */
static void plan_lanes(THPlan *plan, int n, THAnyTensor *const *t, int dim)
{
  TH_AUTO(THAnyTensor) shape = THAnyTensor_newNarrow(t[n - 1], dim, 0, 1);
  THOperand operand[TH_LANE_TENSORS];
  for (int k = 0; k < n; k++)
    operand[k] = (THOperand){THAnyTensor_data(t[k]), t[k]->stride, THType_size((THType)t[k]->type)};
  THPlan_build(plan, shape->nDimension, shape->size, n, operand);
}

static int64_t step_of(const THAnyTensor *t, int dim)
{
  return t->stride[dim] * (int64_t)THType_size((THType)t->type);
}

static void device_cumulate(const char *op, bool product, THAnyTensor *r, THAnyTensor *x, int dim)
{
  THPlan lanes;
  TH_checkSameDevice(op, r, 1, &x);
  plan_lanes(&lanes, 2, (THAnyTensor *[]){r, x}, dim);
  TH_device->scan(op, product, (THType)x->type, &lanes, x->size[dim], step_of(r, dim), step_of(x, dim));
}

static void cumulate(const char *op, bool product, const THLaneBlockFn *fn, THAnyTensor *r_, THAnyTensor *t,
                     int dim)
{
  TH_checkArithmetic(op, t);
  TH_checkType(op, r_, (THType)t->type, 1);
  TH_checkDim(op, t, dim, 3);
  TH_AUTO(THAnyTensor) x = r_ == t ? THAnyTensor_newWithTensor(t) : TH_newApart(t, r_);
  THAnyTensor_resizeAs(r_, x);
  if (THType_onDevice((THType)t->type)) device_cumulate(op, product, r_, x, dim);
  else
    THLanes_results(2, (THAnyTensor *[]){r_, x}, dim, fn[t->type], NULL,
                   TH_LANE_BLOCK * sizeof(int64_t));
}

void THAnyTensor_cumsum(THAnyTensor *r_, THAnyTensor *t, int dim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(cumsum);
  cumulate("cumsum", false, fn, r_, t, dim);
}

void THAnyTensor_cumprod(THAnyTensor *r_, THAnyTensor *t, int dim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(cumprod);
  cumulate("cumprod", true, fn, r_, t, dim);
}

/* ---- max, min ---- */

static void device_extreme(const char *op, bool largest, THAnyTensor *values, THAnyTensor *indices,
                           THAnyTensor *x, int dim)
{
  TH_checkSameDevice(op, values, 2, (THAnyTensor *[]){indices, x});
  THPlan kept;
  plan_lanes(&kept, 3, (THAnyTensor *[]){values, indices, x}, dim);
  TH_device->extremum(op, largest, (THType)x->type, &kept, x->size[dim], step_of(x, dim));
}

static void extreme(const char *op, const THLaneBlockFn *fn, bool largest, THAnyTensor *values_,
                    THAnyTensor *indices_, THAnyTensor *t, int dim, int keepdim)
{
  TH_checkArithmetic(op, t);
  TH_checkType(op, values_, (THType)t->type, 1);
  TH_checkType(op, indices_, THType_beside(TH_LONG, (THType)t->type), 2);
  THArgCheck(values_ != indices_, 2, "%s: values and indices cannot be one tensor", op);
  TH_checkDim(op, t, dim, 4);
  TH_AUTO(THAnyTensor) values_apart = TH_newApart(t, values_);
  TH_AUTO(THAnyTensor) x = TH_newApart(values_apart, indices_);
  TH_resizeLane(values_, x, dim, 1);
  TH_resizeLane(indices_, x, dim, 1);
  if (x->stride[dim] == 0) x->size[dim] = 1; /* an expanded dimension: the first of equals */
  if (THType_onDevice((THType)t->type))
    device_extreme(op, largest, values_, indices_, x, dim);
  else
    THLanes_results(3, (THAnyTensor *[]){values_, indices_, x}, dim, fn[t->type], NULL,
                   2 * TH_LANE_BLOCK * sizeof(int64_t));
  TH_dropLane(values_, dim, keepdim);
  TH_dropLane(indices_, dim, keepdim);
}

void THAnyTensor_max(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                     int keepdim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(max);
  extreme("max", fn, true, values_, indices_, t, dim, keepdim);
}

void THAnyTensor_min(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                     int keepdim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(min);
  extreme("min", fn, false, values_, indices_, t, dim, keepdim);
}

/* ---- variance ---- */

static void device_variance(const char *op, THAnyTensor *r, THAnyTensor *x, int dim, VarArg arg)
{
  THPlan kept;
  TH_checkSameDevice(op, r, 1, &x);
  plan_lanes(&kept, 2, (THAnyTensor *[]){r, x}, dim);
  TH_device->variance(op, (THType)x->type, &kept, x->size[dim], step_of(x, dim), arg.biased, arg.root);
}

static void variance(const char *op, THAnyTensor *r_, THAnyTensor *t, int dim, VarArg arg,
                     int keepdim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_FLOAT_TYPE(var);
  TH_checkRealArithmetic(op, t);
  TH_checkType(op, r_, (THType)t->type, 1);
  TH_checkDim(op, t, dim, 3);
  TH_AUTO(THAnyTensor) x = TH_newApart(t, r_);
  TH_resizeLane(r_, x, dim, 1);
  if (THType_onDevice((THType)t->type)) device_variance(op, r_, x, dim, arg);
  else
    THLanes_results(2, (THAnyTensor *[]){r_, x}, dim, fn[t->type], &arg,
                   3 * TH_LANE_BLOCK * sizeof(double));
  TH_dropLane(r_, dim, keepdim);
}

void THAnyTensor_var(THAnyTensor *r_, THAnyTensor *t, int dim, int biased, int keepdim)
{
  variance("var", r_, t, dim, (VarArg){biased != 0, false}, keepdim);
}

void THAnyTensor_std(THAnyTensor *r_, THAnyTensor *t, int dim, int biased, int keepdim)
{
  variance("std", r_, t, dim, (VarArg){biased != 0, true}, keepdim);
}

static double device_variance_all(const char *op, THAnyTensor *t, int biased)
{
  THPlan plan;
  TH_checkSameDevice(op, t, 0, NULL);
  const THOperand x = {THAnyTensor_data(t), t->stride, THType_size((THType)t->type)};
  THPlan_build(&plan, t->nDimension, t->size, 1, &x);
  return TH_device->varianceAll(op, (THType)t->type, &plan, biased != 0);
}

static double variance_all(const char *op, THAnyTensor *t, int biased)
{
  TH_checkRealArithmetic(op, t);
  THArgCheck(t->nDimension > 0, 1, "%s: empty Tensor", op);
  if (THType_onDevice((THType)t->type)) return device_variance_all(op, t, biased);
  double n = (double)THAnyTensor_nElement(t);
  double sum = THReduce_all(op, TH_REDUCE_sum, t, THScalar_fromInt(0)).d;
  /* squares about the mean as far as the element type holds it; the rest is corrected */
  _Alignas(8) char rounded[8];
  THScalar_store((THType)t->type, rounded, THScalar_fromDouble(sum / n));
  double about = THScalar_load((THType)t->type, rounded).d;
  double squares = THReduce_all(op, TH_REDUCE_sqdev, t, THScalar_fromDouble(about)).d;
  double off = sum - n * about;
  squares -= off * off / n;
  return (squares < 0 ? 0 : squares) / (biased ? n : n - 1); /* NaN stays */
}

THScalar THAnyTensor_varall(THAnyTensor *t, int biased)
{
  return THScalar_fromDouble(variance_all("var", t, biased));
}

THScalar THAnyTensor_stdall(THAnyTensor *t, int biased)
{
  return THScalar_fromDouble(sqrt(variance_all("std", t, biased)));
}
