#ifndef SQUAREPLUS_H
#define SQUAREPLUS_H
/* What the package asks of the GPU. The checks are in squareplus.c, once for both sides. */
#include "THAnyTensor.h"

typedef struct SquareplusGPU {
  /* r[i] = mean of row i of x, contiguous, rows x n, on the current GPU */
  void (*rowMean)(THType type, const void *x, void *r, int64_t rows, int64_t n);
} SquareplusGPU;

/* Set by the GPU half when it is loaded (squareplus.cu); NULL without one. */
TH_API const SquareplusGPU *squareplus_gpu;

#endif
