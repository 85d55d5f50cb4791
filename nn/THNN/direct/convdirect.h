#ifndef THNN_CONVDIRECT_H
#define THNN_CONVDIRECT_H
#include "convgeometry.h"
#include "direct/direct.h"

/* The passes of convgeometry.h by direct convolution. False, and nothing done, where that does not
   apply: other types than Float, volumes, few output planes, processors without AVX2. */
bool Direct_forward(const ConvGeometry *g, THType type, int64_t n, const void *x, const void *w,
                    const void *bias, void *y);
bool Direct_backwardData(const ConvGeometry *g, THType type, int64_t n, const void *gy,
                         const void *w, const void *bias, void *gx);
bool Direct_backwardWeight(const ConvGeometry *g, THType type, int64_t n, const void *x,
                           const void *gy, void *gw, double scale);
#endif
