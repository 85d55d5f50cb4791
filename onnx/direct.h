#ifndef ONNX_DIRECT_H
#define ONNX_DIRECT_H
/* Convolutions with packed weights. */
#include "ops.h"
#include "tiles.h"

/* The weights of `each` outputs of each of `groups` groups, k to an output: blocks of two vectors of outputs, a block as
   [k][lane]; the last one may have one vector. Few outputs: blocks of some of them, a block as [k][output]. */
typedef struct OnnxPacked {
  int64_t groups, each, k, blocks;
  int lanes;
  bool few;
  float *w, *bias;
  int64_t *identity; /* 0, 1, ... k - 1 */
} OnnxPacked;

/* From rows of k weights, an output each, times that output's scale; w need not be aligned, scale and bias may be NULL. NULL
   where there are no kernels. */
OnnxPacked *THOnnx_newPacked(int64_t outputs, int64_t groups, int64_t k, const float *w, const float *scale, const float *bias);
void THOnnx_freePacked(void *packed);

/* Rows of x, k to a row, times the weights of a group, and the bias: to rows of r, or added to them. */
void THOnnx_multiplyPacked(const OnnxPacked *packed, int64_t group, int64_t rows, const float *x, float *r, int64_t rStep, bool add);

/* r = tail(convolution of x + bias). No padding is negative, and there are outputs. */
void THOnnx_convolve(const OnnxPacked *packed, const OnnxWindow *w, int64_t batch, int64_t planes, const float *x,
                   OnnxTail tail, float *r);
#endif
