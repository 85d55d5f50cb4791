#ifndef IMAGE_KINDS_H
#define IMAGE_KINDS_H
/* The codecs; each is in a Lua module of its own (binding.c), so that a missing library takes away
   one kind. */
#include "codec.h"

extern const ImageCodec image_ppm, image_png, image_jpeg;

#endif
