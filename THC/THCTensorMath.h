#ifndef THC_TENSOR_MATH_H
#define THC_TENSOR_MATH_H
/* Medians, pairs sorted by their keys, lgamma, factorisations and draws from tables: what a few types have, besides the rows of the
   operation table (THCTensorOps.h). Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

#define THC_MATH(Cuda, real)                                                                                       \
  TH_API real Cuda##_medianall(THCState *state, Cuda *self); /* of an even count the lower middle; waits */          \
  /* Sorts keys along dim, falling where order is not 0, and values (of keys' sizes) with them. */                   \
  TH_API void Cuda##_sortKeyValueInplace(THCState *state, Cuda *keys, THCudaLongTensor *values, int dim, int order);
THC_MATH(THCudaByteTensor, unsigned char)
THC_MATH(THCudaCharTensor, THChar)
THC_MATH(THCudaShortTensor, short)
THC_MATH(THCudaIntTensor, int)
THC_MATH(THCudaLongTensor, int64_t)
THC_MATH(THCudaTensor, float)
THC_MATH(THCudaDoubleTensor, double)
#undef THC_MATH

/* Those of floating-point types; TH/include/TH/generic/THTensorWithoutRow.h says what they do. lgamma, btrifact and btrisolve go by
   way of the CPU. */
#define THC_MATH_REAL(Cuda)                                                                                         \
  TH_API void Cuda##_lgamma(THCState *state, Cuda *r_, Cuda *t);                                                     \
  TH_API void Cuda##_gesvd2(THCState *state, Cuda *ru_, Cuda *rs_, Cuda *rv_, Cuda *ra_, Cuda *a, const char *jobu); \
  TH_API void Cuda##_btrifact(THCState *state, Cuda *ra_, THCudaIntTensor *rpivots_, THCudaIntTensor *rinfo_,        \
                              int pivot, Cuda *a);                                                                   \
  TH_API void Cuda##_btrisolve(THCState *state, Cuda *rb_, Cuda *b, Cuda *atf, THCudaIntTensor *pivots);             \
  /* Fills self with categories, from 1 on, by Walker's tables (multinomialAliasSetup). */                           \
  TH_API void Cuda##_multinomialAliasDraw(THCState *state, THCudaLongTensor *self, THCudaLongTensor *J, Cuda *q);
THC_MATH_REAL(THCudaTensor)
THC_MATH_REAL(THCudaDoubleTensor)
#undef THC_MATH_REAL

#ifdef __cplusplus
}
#endif
#endif
