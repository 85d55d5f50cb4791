#ifndef TH_TENSOR_ARGS_H
#define TH_TENSOR_ARGS_H
/* Argument checks and results that the operations along a dimension share. Internal. */
#include "THTensorMath.h"

static inline void TH_checkType(const char *op, const THAnyTensor *t, THType type, int argNumber)
{
  THArgCheck(t->type == type, argNumber, "%s: expected a %sTensor, got a %sTensor", op,
             THType_name(type), THType_name((THType)t->type));
}

/* The table below has kernels for the arithmetic types only. */
static inline void TH_checkMath(const char *op, const THAnyTensor *t)
{
  if (t->type >= TH_NMATH)
    THError("%s: not defined for %sTensor", op, THType_name((THType)t->type));
}
/* For operations that the GPU has, too: there Half has arithmetic. */
static inline void TH_checkArithmetic(const char *op, const THAnyTensor *t)
{
  if (!THType_onDevice((THType)t->type)) TH_checkMath(op, t);
}
static inline void TH_checkFloating(const char *op, const THAnyTensor *t)
{
  if (t->type != TH_FLOAT && t->type != TH_DOUBLE)
    THError("%s: not defined for %sTensor", op, THType_name((THType)t->type));
}

/* Floating-point types, those of the GPU included. */
static inline void TH_checkRealArithmetic(const char *op, const THAnyTensor *t)
{
  if (!THType_onDevice((THType)t->type)) TH_checkFloating(op, t);
  else if (!THType_isFloating((THType)t->type))
    THError("%s: not defined for %sTensor", op, THType_name((THType)t->type));
}

/* Up to here the type holds every integer; of the integer types, its largest one. */
static inline int64_t TH_largestInteger(THType type)
{
  static const int64_t largest[TH_NTYPES] = {/* ORDER TYPES */
    UINT8_MAX, INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX, 1LL << 24, 1LL << 53, 1LL << 11, 1LL << 8, 1};
  return largest[THType_element(type)];
}

/* An integer type holds v; floating-point types round it. */
static inline void TH_checkInteger(const char *op, const THAnyTensor *t, int64_t v, int argNumber)
{
  THType type = THType_element((THType)t->type);
  double most = (double)TH_largestInteger(type), least = type == TH_BYTE ? 0 : -most - 1;
  THArgCheck(
      THType_isFloating(type) || type == TH_LONG || ((double)v >= least && (double)v <= most),
      argNumber, "%s: a %sTensor cannot hold %lld", op, THType_name((THType)t->type), (long long)v);
}

static inline bool TH_sameSizesBut(const THAnyTensor *a, const THAnyTensor *b, int dim)
{
  if (a->nDimension != b->nDimension) return false;
  for (int d = 0; d < a->nDimension; d++)
    if (d != dim && a->size[d] != b->size[d]) return false;
  return true;
}

/* t under a header of its own, one owned count; a copy when it shares memory with r. So r may be
   resized and written while t is read. */
static inline THAnyTensor *TH_newApart(THAnyTensor *t, const THAnyTensor *r)
{
  return r->storage && r->storage == t->storage ? THAnyTensor_newClone(t)
                                                : THAnyTensor_newWithTensor(t);
}

/* r_ gets t's sizes, but n in dim. */
static inline void TH_resizeLane(THAnyTensor *r_, const THAnyTensor *t, int dim, int64_t n)
{
  int64_t local[2 * TH_TENSOR_INLINE_DIMS];
  int dims = t->nDimension;
  size_t bytes = (size_t)dims * sizeof *local;
  TH_AUTO_MEM int64_t *heap =
      bytes <= sizeof local ? NULL : (int64_t *)THAlloc((ptrdiff_t)bytes);
  int64_t *size = heap ? heap : local;
  memcpy(size, t->size, bytes);
  size[dim] = n;
  THAnyTensor_resizeNd(r_, dims, size, NULL);
}

static inline void TH_dropLane(THAnyTensor *r_, int dim, int keepdim)
{
  if (!keepdim && r_->nDimension > 1) THAnyTensor_squeeze1d(r_, NULL, dim);
}

#endif
