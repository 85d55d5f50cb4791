/* Pointwise operations: from the table's rows to the loops. */
#include "THTensorPointwise.h"
#include "THTensorOps.h"
#include "core/THTensorArgs.h"
#include "plan/THMap.h"
#include "plan/THPointwise.h"
#include "plan/THReduce.h"

static void map(const char *name, THKernel kernel, THType type, THAnyTensor *r_, THScalar s, THScalar t,
                int nin, THAnyTensor *const *in)
{
  if (!kernel.loop && !THType_onDevice(type))
    THError("%s: not defined for %sTensor", name, THType_name(type));
  for (int k = 0; k < nin; k++) TH_checkType(name, in[k], type, (int)(kernel.args >> 4 * k & 15));
  _Alignas(16) char arg[32];
  THScalar_store(type, arg, s);
  THScalar_store(type, arg + THType_size(type), t);
  THMap_apply(name, kernel, arg, r_, nin, in);
}

void THMath_line(const char *name, THMapLine line, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                 THAnyTensor *const *in, unsigned args)
{
  THKernel kernel = THKernel_line(line, (THType)r_->type);
  kernel.args = (uint16_t)args;
  map(name, kernel, (THType)r_->type, r_, s, t, nin, in);
}

void THMath_map(const char *name, THMapOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                THAnyTensor *const *in, unsigned args)
{
  THMath_line(name, (THMapLine){NULL, op}, r_, s, t, nin, in, args);
}

void THMath_compare(const char *name, THCompareOp op, THAnyTensor *r_, THScalar s, THScalar t, int nin,
                    THAnyTensor *const *in, unsigned args)
{
  THType type = in[0]->type;
  THType byte = THType_beside(TH_BYTE, type);
  THArgCheck(r_->type == byte || r_->type == type, 1,
             "%s: the result must be a %sTensor or a %sTensor, not a %sTensor", name,
             THType_name(byte), THType_name(type), THType_name(r_->type));
  THKernel kernel = THKernel_compare(op, type, r_->type == byte && type != byte);
  kernel.args = (uint16_t)args;
  map(name, kernel, type, r_, s, t, nin, in);
}

void THMath_checkDivisor(const char *name, THType type, THScalar s, int argNumber)
{
  THArgCheck(THType_isFloating(type) || s.i != 0, argNumber, "%s: division by zero", name);
}

void THMath_checkDivisors(const char *name, THAnyTensor *x, int argNumber)
{
  if (THType_isFloating(x->type) || x->nDimension == 0) return;
  THArgCheck(THReduce_all(name, TH_REDUCE_logicalall, x, THScalar_fromInt(0)).i, argNumber, "%s: division by zero", name);
}

/* ---- powers: common exponents have loops of their own ---- */

THMapOp THMath_powerLine(THScalar p)
{
  return p.d == 1     ? TH_MAP_mul
         : p.d == 2   ? TH_MAP_square
         : p.d == 3   ? TH_MAP_cube
         : p.d == .5  ? TH_MAP_powhalf
         : p.d == -.5 ? TH_MAP_powminushalf
         : p.d == -1  ? TH_MAP_cinv
                      : TH_MAP_pow;
}

void THAnyTensor_pow(THAnyTensor *r_, THAnyTensor *x, THScalar p)
{
  THMath_map("pow", THMath_powerLine(p), r_, p, p, 1, &x, 0x2);
}

/* Torch7 reads the divisor back after it has written the remainder. Where r_ is the divisor itself,
   integers therefore keep the sign of the dividend; scripts may depend on it. */
void THAnyTensor_cremainder(THAnyTensor *r_, THAnyTensor *x, THAnyTensor *y)
{
  bool reread = r_ == y && !THType_isFloating(x->type);
  THMath_map("cremainder", reread ? TH_MAP_cfmod : TH_MAP_cremainder, r_, THScalar_fromInt(0),
             THScalar_fromInt(0), 2, (THAnyTensor *[]){x, y}, 0x32);
}

/* ---- whole-tensor reductions that an empty tensor has no answer to ---- */

static THScalar reduce_nonempty(const char *name, THReduceOp op, THAnyTensor *x)
{
  THArgCheck(x->nDimension > 0, 1, "%s: tensor must have one dimension", name);
  return THReduce_all(name, op, x, THScalar_fromInt(0));
}

THScalar THAnyTensor_minall(THAnyTensor *x) { return reduce_nonempty("min", TH_REDUCE_min, x); }
THScalar THAnyTensor_maxall(THAnyTensor *x) { return reduce_nonempty("max", TH_REDUCE_max, x); }
THScalar THAnyTensor_meanall(THAnyTensor *x) { return reduce_nonempty("mean", TH_REDUCE_mean, x); }
int THAnyTensor_logicalall(THAnyTensor *x)
{
  return reduce_nonempty("all", TH_REDUCE_logicalall, x).i != 0;
}
int THAnyTensor_logicalany(THAnyTensor *x)
{
  return reduce_nonempty("any", TH_REDUCE_logicalany, x).i != 0;
}

void THAnyTensor_zero(THAnyTensor *r_) { THAnyTensor_fill(r_, THScalar_fromInt(0)); }
