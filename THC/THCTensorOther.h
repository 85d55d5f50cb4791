#ifndef THC_TENSOR_OTHER_H
#define THC_TENSOR_OTHER_H
/* What THTensorOther.h and THTensorConv.h are for tensors of the CPU: functions that a few types have, besides the rows of the
   operation table. Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

#define THC_OTHER(Cuda, real)                                                                                       \
  TH_API real Cuda##_medianall(THCState *state, Cuda *self); /* of an even count the lower middle; waits */          \
  /* Sorts keys along dim, falling where order is not 0, and values (of keys' sizes) with them. */                   \
  TH_API void Cuda##_sortKeyValueInplace(THCState *state, Cuda *keys, THCudaLongTensor *values, int dim, int order);
THC_OTHER(THCudaByteTensor, unsigned char)
THC_OTHER(THCudaCharTensor, THChar)
THC_OTHER(THCudaShortTensor, short)
THC_OTHER(THCudaIntTensor, int)
THC_OTHER(THCudaLongTensor, int64_t)
THC_OTHER(THCudaTensor, float)
THC_OTHER(THCudaDoubleTensor, double)
#undef THC_OTHER

/* Those of floating-point types; TH/include/TH/generic/THTensorOther.h says what they do. lgamma, btrifact and btrisolve go by
   way of the CPU. */
#define THC_OTHER_REAL(Cuda)                                                                                         \
  TH_API void Cuda##_lgamma(THCState *state, Cuda *r_, Cuda *t);                                                     \
  TH_API void Cuda##_gesvd2(THCState *state, Cuda *ru_, Cuda *rs_, Cuda *rv_, Cuda *ra_, Cuda *a, const char *jobu); \
  TH_API void Cuda##_btrifact(THCState *state, Cuda *ra_, THCudaIntTensor *rpivots_, THCudaIntTensor *rinfo_,        \
                              int pivot, Cuda *a);                                                                   \
  TH_API void Cuda##_btrisolve(THCState *state, Cuda *rb_, Cuda *b, Cuda *atf, THCudaIntTensor *pivots);             \
  /* Fills self with categories, from 1 on, by Walker's tables (multinomialAliasSetup). */                           \
  TH_API void Cuda##_multinomialAliasDraw(THCState *state, THCudaLongTensor *self, THCudaLongTensor *J, Cuda *q);
THC_OTHER_REAL(THCudaTensor)
THC_OTHER_REAL(THCudaDoubleTensor)
#undef THC_OTHER_REAL

/* TH/include/TH/THTensorConv.h; type: "v" valid or "f" full, then "x" cross-correlation or "c" convolution. */
TH_API void THCudaTensor_conv2Dmv(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,
                                  THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type);
TH_API void THCudaTensor_conv2Dmm(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,
                                  THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type);
TH_API void THCudaTensor_conv2DRevger(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input,
                                      THCudaTensor *kernel, int64_t srow, int64_t scol);
TH_API void THCudaTensor_conv2DRevgerm(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input,
                                       THCudaTensor *kernel, int64_t srow, int64_t scol);

#ifdef __cplusplus
}
#endif
#endif
