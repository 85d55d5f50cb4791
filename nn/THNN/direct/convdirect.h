#ifndef THNN_CONVDIRECT_H
#define THNN_CONVDIRECT_H
#include "convengine.h"
#include "direct/direct.h"

/* The passes of convengine.h by direct convolution (direct/direct.h). */

/* Vector multiplications, and what takes as long, of a pass over one sample; infinite where direct convolution does
   not apply: other types than Float, gradients of volumes, few output planes, processors without AVX2. */
double THDirect_cost(const THNN_Window *g, THType type, ConvPass pass);
void THDirect_forward(const THNN_Window *g, int64_t n, const float *x, const float *w, const float *bias,
                    float *y);
void THDirect_backwardData(const THNN_Window *g, int64_t n, const float *gy, const float *w,
                         const float *bias, float *gx);
void THDirect_backwardWeight(const THNN_Window *g, int64_t n, const float *x, const float *gy, float *gw,
                           float scale);
#endif
