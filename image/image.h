#ifndef IMAGE_H
#define IMAGE_H
/* The kernels of the package image, for C and for its Lua half.

   An image is a tensor [channels x height x width] or [height x width], of type Byte (0 to 255), Float or
   Double (0 to 1). Coordinates are columns x, to the right, and rows y, downward; in C they start at 0.
   The result r_ comes first, is resized unless said otherwise, may have any strides, and may share memory
   with what is read. Values are computed in float (Byte, Float) or double; Bytes are rounded and cut off
   at 0 and 255. Errors about arguments are raised (THArgCheck). */
#include "THAnyTensor.h"

enum ImageMode { IMAGE_SIMPLE, IMAGE_BILINEAR, IMAGE_BICUBIC, IMAGE_LANCZOS };

/* src brought to height x width. SIMPLE takes the pixel at the same fraction of the way. BILINEAR
   enlarges with corners on corners and shrinks by the mean over the area of a pixel, BICUBIC puts corners
   on corners and draws Catmull-Rom splines through the pixels; both go along rows, then along columns. */
TH_API void THImage_scale(THAnyTensor *r_, THAnyTensor *src, int64_t height, int64_t width, int mode);

/* src turned by theta radians about its centre, counterclockwise as seen, in an image of the same size; what
   comes from more than half a pixel outside is 0. SIMPLE or BILINEAR. */
TH_API void THImage_rotate(THAnyTensor *r_, THAnyTensor *src, double theta, int mode);

/* Row j of height and column i of width show src at angle a = 2 pi j / height and distance d from its centre,
   that is at y = d cos a + src_height / 2, x = -d sin a + src_width / 2. d = R i / width, or, when
   `logarithmic`, exp(log(R) i / width). R reaches to the corners when `full`, else to the nearest edge. */
TH_API void THImage_polar(THAnyTensor *r_, THAnyTensor *src, int64_t height, int64_t width,
                          int logarithmic, int full, int mode);

/* Pixel (y, x) is src at (field[0][y][x], field[1][y][x]), to which (y, x) is added when `offset`. field is
   [2 x height x width], Float or Double, or of another type, which is converted. Positions outside are moved to
   the edge or, when `padded`, give the value pad. Any mode. */
TH_API void THImage_warp(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *field, int mode, int offset,
                         int padded, double pad);

/* Conversions of colours, [3 x height x width] to the same, but for rgb2y: to [1 x height x width].
   hue, saturation, value, lightness and y lie in 0 to 1; L in 0 to 100. Lab is not for Byte. */
#define IMAGE_CONVERSIONS(X)                                                                       \
  X(rgb2hsl) X(hsl2rgb) X(rgb2hsv) X(hsv2rgb) X(rgb2lab) X(lab2rgb) X(rgb2yuv) X(yuv2rgb) X(rgb2y) X(rgb2nrgb)
#define X(name) TH_API void THImage_##name(THAnyTensor *r_, THAnyTensor *src);
IMAGE_CONVERSIONS(X)
#undef X

/* r_[c][y][x] = map[label[y][x]][c]; labels [height x width] count from 0, are cut off to whole numbers and
   to the rows of map [n x channels], whose type is r_'s. */
TH_API void THImage_colorize(THAnyTensor *r_, THAnyTensor *label, THAnyTensor *map);

/* The elements of src in reverse order along a dimension; every element type. */
TH_API void THImage_flip(THAnyTensor *r_, THAnyTensor *src, int dim);

#endif
