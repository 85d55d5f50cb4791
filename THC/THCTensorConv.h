#ifndef THC_TENSOR_CONV_H
#define THC_TENSOR_CONV_H
/* Convolutions of images with kernels, as THTensorConv.h has them for tensors of the CPU. Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

/* type: "v" valid or "f" full, then "x" cross-correlation or "c" convolution. */
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
