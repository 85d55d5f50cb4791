// THCTensorConv.h: by way of TH's functions, which know both sides.
#include "THCState.h"
#include "THTensor.h"

static THAnyTensor *any(void *t) { return (THAnyTensor *)t; }
static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

#define CONV(name)                                                                                                   \
  void THCudaTensor_conv2D##name(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,             \
                                 THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type)                 \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    const char vf[2] = {upper(type[0]), '\0'}, xc[2] = {type[0] ? upper(type[1]) : '\0', '\0'};                      \
    THAnyTensor_conv2D##name(any(output), THScalar_fromDouble(beta), THScalar_fromInt(1), any(input), any(kernel),   \
                             srow, scol, vf, xc);                                                                    \
  }
CONV(mv)
CONV(mm)
#define CONV_REV(name)                                                                                               \
  void THCudaTensor_conv2D##name(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input, \
                                 THCudaTensor *kernel, int64_t srow, int64_t scol)                                   \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    THAnyTensor_conv2D##name(any(output), THScalar_fromDouble(beta), THScalar_fromDouble(alpha), any(input),         \
                             any(kernel), srow, scol);                                                               \
  }
CONV_REV(Revger)
CONV_REV(Revgerm)
