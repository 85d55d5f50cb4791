// THCTensorMath.h: by way of TH's functions, which know both sides, or of the CPU.
#include "THCState.h"
#include "THTensor.h"

static THAnyTensor *any(void *t) { return (THAnyTensor *)t; }

static THScalar median_of(THAnyTensor *t) { return THAnyTensor_medianall(t); }

static void sort_together(THAnyTensor *keys, THAnyTensor *values, int dim, int order)
{
  THArgCheck(THAnyTensor_isSameSizeAs(keys, values), 3, "sortKeyValueInplace: keys %s and values %s must have one size",
             THAnyTensor_sizeDesc(keys).str, THAnyTensor_sizeDesc(values).str);
  TH_AUTO(THAnyTensor) sorted = THAnyTensor_new((THType)keys->type);
  TH_AUTO(THAnyTensor) at = THAnyTensor_new((THType)values->type);
  TH_AUTO(THAnyTensor) moved = THAnyTensor_new((THType)values->type);
  THAnyTensor_sort(sorted, at, keys, dim, order);
  THAnyTensor_add(at, at, THScalar_fromInt(TH_INDEX_BASE));
  THAnyTensor_gather(moved, values, dim, at);
  THAnyTensor_copy(keys, sorted);
  THAnyTensor_copy(values, moved);
}

#define MATH(Cuda, real, field)                                                                                     \
  real Cuda##_medianall(THCState *state, Cuda *self) { return (void)state, (real)median_of(any(self)).field; }       \
  void Cuda##_sortKeyValueInplace(THCState *state, Cuda *keys, THCudaLongTensor *values, int dim, int order)         \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    sort_together(any(keys), any(values), dim, order);                                                               \
  }
MATH(THCudaByteTensor, unsigned char, i)
MATH(THCudaCharTensor, THChar, i)
MATH(THCudaShortTensor, short, i)
MATH(THCudaIntTensor, int, i)
MATH(THCudaLongTensor, int64_t, i)
MATH(THCudaTensor, float, d)
MATH(THCudaDoubleTensor, double, d)

// A tensor of the CPU with t's elements, or an empty one of its type.
static THAnyTensor *new_host(THAnyTensor *t, bool filled)
{
  THAnyTensor *r = THAnyTensor_new(THType_element((THType)t->type));
  if (filled) {
    THAnyTensor_resizeAs(r, t);
    THAnyTensor_copy(r, t);
  }
  return r;
}
static void give_back(THAnyTensor *r_, THAnyTensor *host)
{
  THAnyTensor_resizeAs(r_, host);
  THAnyTensor_copy(r_, host);
}

static void factorise(THAnyTensor *ra_, THAnyTensor *rpivots_, THAnyTensor *rinfo_, int pivot, THAnyTensor *a)
{
  TH_AUTO(THAnyTensor) x = new_host(a, true);
  TH_AUTO(THAnyTensor) r = new_host(ra_, false);
  TH_AUTO(THAnyTensor) p = new_host(rpivots_, false);
  TH_AUTO(THAnyTensor) info = rinfo_ ? new_host(rinfo_, false) : nullptr;
  THAnyTensor_btrifact(r, p, info, pivot, x);
  give_back(ra_, r);
  give_back(rpivots_, p);
  if (rinfo_) give_back(rinfo_, info);
}

static void solve(THAnyTensor *rb_, THAnyTensor *b, THAnyTensor *atf, THAnyTensor *pivots)
{
  TH_AUTO(THAnyTensor) r = new_host(rb_, false);
  TH_AUTO(THAnyTensor) right = new_host(b, true);
  TH_AUTO(THAnyTensor) factors = new_host(atf, true);
  TH_AUTO(THAnyTensor) p = new_host(pivots, true);
  THAnyTensor_btrisolve(r, right, factors, p);
  give_back(rb_, r);
}

#define MATH_REAL(Cuda, Host)                                                                                             \
  void Cuda##_lgamma(THCState *state, Cuda *r_, Cuda *t)                                                             \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    TH_AUTO(THAnyTensor) x = new_host(any(t), true);                                                                 \
    Host##_lgamma((Host *)x, (Host *)x);                                                                             \
    give_back(any(r_), x);                                                                                           \
  }                                                                                                                  \
  void Cuda##_gesvd2(THCState *state, Cuda *ru_, Cuda *rs_, Cuda *rv_, Cuda *ra_, Cuda *a, const char *jobu)         \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    THAnyTensor_gesvd2(any(ru_), any(rs_), any(rv_), any(ra_), any(a), jobu);                                        \
  }                                                                                                                  \
  void Cuda##_btrifact(THCState *state, Cuda *ra_, THCudaIntTensor *rpivots_, THCudaIntTensor *rinfo_, int pivot,    \
                       Cuda *a)                                                                                      \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    factorise(any(ra_), any(rpivots_), any(rinfo_), pivot, any(a));                                                  \
  }                                                                                                                  \
  void Cuda##_btrisolve(THCState *state, Cuda *rb_, Cuda *b, Cuda *atf, THCudaIntTensor *pivots)                     \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    solve(any(rb_), any(b), any(atf), any(pivots));                                                                  \
  }                                                                                                                  \
  void Cuda##_multinomialAliasDraw(THCState *state, THCudaLongTensor *self, THCudaLongTensor *J, Cuda *q)            \
  {                                                                                                                  \
    Cuda##_multinomialAliasFrom(state, self, J, q, TH_INDEX_BASE);                                                   \
  }
MATH_REAL(THCudaTensor, THFloatTensor)
MATH_REAL(THCudaDoubleTensor, THDoubleTensor)
