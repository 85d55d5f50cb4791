#ifndef THNN_CONVAPART_H
#define THNN_CONVAPART_H
#include "convengine.h"

/* The passes of convengine.h for dilated windows, as those of dil x dil images for each one, whose windows are not dilated. */

/* The window of such an image. False where there is none: other types than Float, strides, volumes, groups, sizes and padding
   that dilation does not divide, samples of more than 16 MB. */
bool THApart_window(const THNN_Window *g, THType type, THNN_Window *one);
/* Of a sample, where a pass over such an image costs `one`. */
double THApart_cost(const THNN_Window *g, double one);
/* Any pass; what it writes is x, w or y. Takes 4 MB of memory, or that of one sample. */
void THApart_run(const THNN_Window *g, const THNN_Window *one, int64_t n, const float *x, const float *w, const float *bias,
               const float *y, ConvPass pass, double scale);
#endif
