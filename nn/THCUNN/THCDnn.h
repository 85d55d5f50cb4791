#ifndef THC_DNN_H
#define THC_DNN_H
// Convolution of images and volumes by cuDNN 9, if it is installed: the library is opened at run
// time, and not at all with THC_CUDNN=0 in the environment. Each function returns false, having
// written nothing, when cuDNN is absent or does not do the case; conv.cu does it then. For every
// size cuDNN's heuristic is asked once for an algorithm that gives the same result on every run and
// needs at most 256 MiB besides; the answer is kept. Float is computed in full FP32, or in TF32 where
// THCState_setFloatPrecision asks for less.
#include "THNNDevice.h"

bool THCDnn_forward(const char *op, const THNN_Window *g, THType type, int64_t n, const void *x,
                    const void *w, void *y);
bool THCDnn_backwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                         const void *gy, const void *w, void *gx);
// gw += scale * gradient
bool THCDnn_backwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                           const void *x, const void *gy, void *gw, double scale);

#endif
