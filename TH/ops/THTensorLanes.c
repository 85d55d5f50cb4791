/* Along a dimension: running sums, extremes with their places, variance, renorm. */
#include "core/THTensorArgs.h"
#include "core/THDevice.h"
#include "plan/THLanes.h"
#include "plan/THPointwise.h"
#include "plan/THReduce.h"
#include <math.h>

enum { LANE_CHUNK = 1024 };

typedef struct VarArg {
  bool biased, root;
} VarArg;

#define TH_GENERIC_FILE "ops/generic/THTensorLanes.c"
#include "core/THGenerate.h"

/* ---- cumsum, cumprod ---- */

static void cumulate(const char *op, const THLaneBlockFn *fn, THAnyTensor *r_, THAnyTensor *t,
                     int dim)
{
  TH_checkMath(op, t);
  TH_checkType(op, r_, (THType)t->type, 1);
  TH_checkDim(op, t, dim, 3);
  TH_AUTO(THAnyTensor) x = r_ == t ? THAnyTensor_newWithTensor(t) : TH_newApart(t, r_);
  THAnyTensor_resizeAs(r_, x);
  THLanes_blocks(2, (THAnyTensor *[]){r_, x}, dim, fn[t->type], NULL,
                 TH_LANE_BLOCK * sizeof(int64_t));
}

void THAnyTensor_cumsum(THAnyTensor *r_, THAnyTensor *t, int dim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(cumsum);
  cumulate("cumsum", fn, r_, t, dim);
}

void THAnyTensor_cumprod(THAnyTensor *r_, THAnyTensor *t, int dim)
{
  static const THLaneBlockFn fn[TH_NTYPES] = TH_BY_TYPE(cumprod);
  cumulate("cumprod", fn, r_, t, dim);
}

/* ---- max, min ---- */

static void device_extreme(const char *op, bool largest, THAnyTensor *values, THAnyTensor *indices,
                           THAnyTensor *x, int dim)
{
  TH_checkSameDevice(op, values, 2, (THAnyTensor *[]){indices, x});
  THAnyTensor *t[] = {values, indices, x};
  THOperand operand[3];
  for (int k = 0; k < 3; k++)
    operand[k] = (THOperand){THAnyTensor_data(t[k]), t[k]->stride, THType_size((THType)t[k]->type)};
  THPlan kept;
  THPlan_build(&kept, values->nDimension, values->size, 3, operand);
  TH_device->extremum(op, largest, (THType)x->type, &kept, x->size[dim],
                      x->stride[dim] * (int64_t)operand[2].elementSize);
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
  if (THType_onDevice((THType)t->type))
    device_extreme(op, largest, values_, indices_, x, dim);
  else
    THLanes_blocks(3, (THAnyTensor *[]){values_, indices_, x}, dim, fn[t->type], NULL,
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

static THAnyTensor *new_as(THType type, THAnyTensor *t)
{
  THAnyTensor *r = THAnyTensor_newWithSizeNd(type, t->nDimension, t->size, NULL);
  THAnyTensor_copy(r, t);
  return r;
}

/* Whole tensors in two passes, as var_lane: mean, then squared distances from it. */
static void device_squares(const char *op, THAnyTensor *r, THAnyTensor *x, int dim)
{
  THScalar zero = THScalar_fromInt(0), share = THScalar_fromDouble(-1 / (double)x->size[dim]);
  TH_AUTO(THAnyTensor) mean = THAnyTensor_new((THType)x->type);
  TH_AUTO(THAnyTensor) off = THAnyTensor_new((THType)x->type);
  THReduce_dim(op, TH_REDUCE_mean, mean, x, dim, 3, 1, zero);
  THMath_map(op, TH_MAP_csub, off, THScalar_fromInt(1), zero, 2, (THAnyTensor *[]){x, mean}, 0);
  THReduce_dim(op, TH_REDUCE_sum, mean, off, dim, 3, 1, zero); /* 0 but for the mean's rounding */
  THMath_map(op, TH_MAP_square, off, zero, zero, 1, &off, 0);
  THReduce_dim(op, TH_REDUCE_sum, r, off, dim, 3, 1, zero);
  THMath_map(op, TH_MAP_addcmul, r, share, zero, 3, (THAnyTensor *[]){r, mean, mean}, 0);
  THMath_map(op, TH_MAP_cmaxValue, r, zero, zero, 1, &r, 0);
}

/* Half is computed in Float, which holds the squares. */
static void device_variance(const char *op, THAnyTensor *r_, THAnyTensor *x_, int dim, VarArg arg)
{
  TH_checkSameDevice(op, r_, 1, &x_);
  bool half = THType_element((THType)x_->type) == TH_HALF;
  THType type = half ? THType_beside(TH_FLOAT, (THType)x_->type) : (THType)x_->type;
  TH_AUTO(THAnyTensor) x = half ? new_as(type, x_) : THAnyTensor_newWithTensor(x_);
  TH_AUTO(THAnyTensor) r = half ? new_as(type, r_) : THAnyTensor_newWithTensor(r_);
  THScalar zero = THScalar_fromInt(0),
           n = THScalar_fromDouble((double)(x->size[dim] - (arg.biased ? 0 : 1)));
  device_squares(op, r, x, dim);
  THMath_map(op, TH_MAP_div, r, n, zero, 1, &r, 0);
  if (arg.root) THMath_map(op, TH_MAP_sqrt, r, zero, zero, 1, &r, 0);
  if (half) THAnyTensor_copy(r_, r);
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
    THLanes_blocks(2, (THAnyTensor *[]){r_, x}, dim, fn[t->type], &arg,
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

static double variance_all(const char *op, THAnyTensor *t, int biased)
{
  TH_checkRealArithmetic(op, t);
  THArgCheck(t->nDimension > 0, 1, "%s: empty Tensor", op);
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
