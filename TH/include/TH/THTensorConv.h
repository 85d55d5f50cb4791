#ifndef TH_TENSOR_CONV_H
#define TH_TENSOR_CONV_H
/* Convolution of planes (2-D) and volumes (3-D), for the seven arithmetic types.

   r_ = beta r_ + alpha (t * k); r_ is resized, and counts as 0 when its element count changes or
   beta is 0. vf: "V" valid, out = (in - k) / stride + 1, or "F" full, out = (in - 1) stride + k.
   xc: "X" cross-correlation, k as it is, or "C" convolution, k flipped. In what follows i counts
   input planes, o output planes, b a batch; t[i] is a plane or a volume. */
#include "THAnyTensor.h"

#define TH_CONV2D(name, ...)                                                                       \
  TH_API void THAnyTensor_conv2D##name(THAnyTensor *r_, THScalar beta, THScalar alpha,             \
                                       THAnyTensor *t, THAnyTensor *k, int64_t srow,               \
                                       int64_t scol __VA_ARGS__);
#define TH_CONV3D(name, ...)                                                                       \
  TH_API void THAnyTensor_conv3D##name(THAnyTensor *r_, THScalar beta, THScalar alpha,             \
                                       THAnyTensor *t, THAnyTensor *k, int64_t sdepth,             \
                                       int64_t srow, int64_t scol __VA_ARGS__);
#define TH_CONV_MODE , const char *vf, const char *xc
TH_CONV2D(mul, TH_CONV_MODE)  /* r = t * k */
TH_CONV2D(cmul, TH_CONV_MODE) /* r[i] = t[i] * k[i] */
TH_CONV2D(mv, TH_CONV_MODE)   /* r[o] = sum_i t[i] * k[o][i] */
TH_CONV2D(mm, TH_CONV_MODE)   /* r[b][o] = sum_i t[b][i] * k[o][i] */
TH_CONV2D(ger, TH_CONV_MODE)  /* r[o][i] = t[i] * k[o] */
TH_CONV3D(mul, TH_CONV_MODE)
TH_CONV3D(cmul, TH_CONV_MODE)
TH_CONV3D(mv, TH_CONV_MODE)
TH_CONV3D(ger, TH_CONV_MODE)
/* Gradients of a strided convolution by its kernel: valid, the stride spreads k out;
   out = in - (k - 1) stride. */
TH_CONV2D(Revger, )  /* r[o][i] = t[i] * k[o] */
TH_CONV2D(Revgerm, ) /* r[o][i] = sum_b t[b][i] * k[b][o] */
TH_CONV3D(Revger, )
/* Connections: row j of map (n x 2, counted from 1) says from which plane of t to which of r kernel k[j] goes;
   r has as many planes as there are kernels. */
TH_API void THAnyTensor_conv2Dmap(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                                  THAnyTensor *k, THAnyTensor *map, int64_t srow, int64_t scol,
                                  const char *vf, const char *xc);
TH_API void THAnyTensor_conv3Dmap(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                                  THAnyTensor *k, THAnyTensor *map, int64_t sdepth, int64_t srow,
                                  int64_t scol, const char *vf, const char *xc);

/* torch.conv2 and its sisters, stride 1: mul, cmul or mv, as the dimensions of t and k say. */
TH_API void THAnyTensor_conv2(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf);
TH_API void THAnyTensor_xcorr2(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf);
TH_API void THAnyTensor_conv3(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf);
TH_API void THAnyTensor_xcorr3(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf);

#endif
