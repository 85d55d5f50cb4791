#ifndef THNN_CONVPLANES_H
#define THNN_CONVPLANES_H
#include "convengine.h"

/* The passes of convengine.h by correlation of single planes (direct/planes.h). */

/* Where weights and biases are: kernel number i * group + o * output + p * plane is that of plane p and output o of group
   i; a bias of output o (of the input's planes, when those are what a pass writes) number i * biasGroup + o * biasStep. */
typedef struct PlanesOrder {
  int64_t group, output, plane, biasGroup, biasStep;
} PlanesOrder;

/* Vector multiplications, and what takes as long, of a pass over one sample of all groups; infinite where this does not
   apply: other types than Float, volumes, wide strides, processors without AVX2. */
double THPlanes_cost(const THNN_Window *g, THType type, ConvPass pass);
void THPlanes_forward(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *x, const float *w, const float *bias,
                    float *y);
void THPlanes_backwardData(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *gy, const float *w,
                         const float *bias, float *gx);
void THPlanes_backwardWeight(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *x, const float *gy,
                           float *gw, float scale);
/* Weights are outputs x planes of a group. */
PlanesOrder THPlanes_order(const THNN_Window *g, ConvPass pass);
#endif
