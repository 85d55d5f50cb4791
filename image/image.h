#ifndef IMAGE_H
#define IMAGE_H
/* The kernels of the package image: image/ops.lua. Coordinates are columns x, to the right, and rows y, downward;
   in C they start at 0. Errors about arguments are raised (THArgCheck). */
#include "THImageKernels.h"

/* ORDER MODES, as in ops.lua */
enum ImageMode { IMAGE_SIMPLE, IMAGE_BILINEAR, IMAGE_BICUBIC, IMAGE_LANCZOS };

#endif
