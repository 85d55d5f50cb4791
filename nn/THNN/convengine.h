#ifndef THNN_CONVENGINE_H
#define THNN_CONVENGINE_H
/* One convolution engine for images (T = 1) and volumes, with strides, padding, dilation and groups. Every
   convolution layer, transposed ones included, is one of its three passes. Group i of x, of y and of the weights'
   outputs are convolved with each other alone. */
#include "common.h"
#include "THNNDevice.h"

/* The three passes, and how one is done. */
typedef enum ConvPass { CONV_FORWARD, CONV_DATA, CONV_WEIGHT } ConvPass;
typedef enum ConvWay {
  CONV_PRODUCT,  /* unfolded, a matrix product */
  CONV_DIRECT,   /* direct/direct.h */
  CONV_WINOGRAD, /* direct/winograd.h */
  CONV_PLANES,   /* direct/planes.h */
  CONV_APART,    /* convapart.h */
  CONV_GROUPS,   /* one group after another, each in its own way */
} ConvWay;
/* By shape, type and processor alone, so that a sample's values do not depend on the others. */
ConvWay THConv_way(const THNN_Window *g, THType type, ConvPass pass);

/* y[n] = W * x[n] (+ bias), x: n x planes x in, y: n x outputs x out, W: outputs x K. Contiguous
   data of the given type, on either side; bias may be NULL. */
void THConv_forward(const char *op, const THNN_Window *g, THType type, int64_t n, const void *x,
                  const void *w, const void *bias, void *y);
/* gx[n] = W' * gy[n]: the gradient of x, and the forward pass of a transposed convolution (then
   with a bias, one per plane of x). */
void THConv_backwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                       const void *gy, const void *w, const void *bias, void *gx);
/* gw += scale * sum over n of gy[n] x[n]'. */
void THConv_backwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                         const void *x, const void *gy, void *gw, double scale);
#endif
