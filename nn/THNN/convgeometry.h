#ifndef THNN_CONVGEOMETRY_H
#define THNN_CONVGEOMETRY_H
/* One convolution engine for images (T = 1) and volumes, with strides, padding and dilation. Every
   convolution layer, transposed ones included, is one of its three passes. */
#include "common.h"

enum { CONV_T, CONV_H, CONV_W };

/* A convolution of `planes` input planes to `outputs` output planes. Arrays are T, H, W. */
typedef struct ConvGeometry {
  int64_t planes, outputs;
  int64_t in[3], out[3], k[3], d[3], pad[3], dil[3];
  int64_t inSize, outSize; /* elements of an input and of an output plane */
  int64_t K;               /* rows of the unfolded input: planes * k[0] * k[1] * k[2] */
} ConvGeometry;

static inline int64_t ConvGeometry_output(int64_t in, int64_t k, int64_t d, int64_t pad, int64_t dil)
{
  int64_t room = in + 2 * pad - (dil * (k - 1) + 1);
  return room < 0 ? 0 : room / d + 1;
}

/* Fills in out, inSize, outSize and K from the rest. */
void ConvGeometry_finish(ConvGeometry *g);

/* y[n] = W * x[n] (+ bias), x: n x planes x in, y: n x outputs x out, W: outputs x K. Contiguous
   data of the given type; bias may be NULL. */
void Conv_forward(const char *op, const ConvGeometry *g, THType type, int64_t n, const void *x,
                  const void *w, const void *bias, void *y);
/* gx[n] = W' * gy[n]: the gradient of x, and the forward pass of a transposed convolution (then
   with a bias, one per plane of x). */
void Conv_backwardData(const char *op, const ConvGeometry *g, THType type, int64_t n,
                       const void *gy, const void *w, const void *bias, void *gx);
/* gw += scale * sum over n of gy[n] x[n]'. */
void Conv_backwardWeight(const char *op, const ConvGeometry *g, THType type, int64_t n,
                         const void *x, const void *gy, void *gw, double scale);
#endif
