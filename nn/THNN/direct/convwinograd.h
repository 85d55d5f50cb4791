#ifndef THNN_CONVWINOGRAD_H
#define THNN_CONVWINOGRAD_H
#include "convengine.h"

/* The passes of convengine.h by minimal filtering (direct/winograd.h). */

/* Vector multiplications, and what takes as long, of a pass over one sample; infinite where minimal filtering does not apply:
   other types than Float, kernels but 3x3 and 5x5, strides, dilation, processors without AVX2. */
double THWinograd_cost(const THNN_Window *g, THType type, ConvPass pass);
void THWinograd_forward(const THNN_Window *g, int64_t n, const float *x, const float *w, const float *bias,
                      float *y);
void THWinograd_backwardData(const THNN_Window *g, int64_t n, const float *gy, const float *w,
                           const float *bias, float *gx);
void THWinograd_backwardWeight(const THNN_Window *g, int64_t n, const float *x, const float *gy, float *gw,
                             float scale);
#endif
