#ifndef TH_TENSOR_CONV_TYPED_H
#define TH_TENSOR_CONV_TYPED_H
/* Convolutions as C programs see them, TH<Real>Tensor_conv2Dmv and so on, for the seven arithmetic types.
   THTensorConv.h says what each computes; the functions that take pointers are described in the generic list. */
#include "THTensor.h"

/* Parameters that the functions of a kind share. */
#define TH_CONV2D_PARAMS_(t, k)                                                                    \
  THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k, int64_t srow, int64_t scol
#define TH_CONV3D_PARAMS_(t, k)                                                                    \
  THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k, int64_t sdepth, int64_t srow,    \
    int64_t scol
#define TH_PTR2D_PARAMS_                                                                           \
  real *r_, real alpha, real *t_, int64_t ir, int64_t ic, real *k_, int64_t kr, int64_t kc,       \
    int64_t sr, int64_t sc
#define TH_PTR3D_PARAMS_                                                                           \
  real *r_, real alpha, real *t_, int64_t it, int64_t ir, int64_t ic, real *k_, int64_t kt,       \
    int64_t kr, int64_t kc, int64_t st, int64_t sr, int64_t sc

#define TH_GENERIC_FILE "generic/THTensorConvTyped.h"
#include "THGenerateAllTypes.h"

#endif
