#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H
/* Files of images, in memory: bytes to a tensor and back.

   A codec raises nothing while a foreign library is on the stack: it returns false, having told the
   fault, and has freed everything. What a file says of its size is believed only when the file is
   long enough for it, and the picture has no more pixels than the caller allows; memory is
   allocated after that. The functions here are in libimage.so. */
#include "THAnyTensor.h"

typedef struct ImageFault {
  char text[256];
} ImageFault;
/* Writes the text; false, for `return`. */
TH_API bool image_fault(ImageFault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

typedef struct ImageBytes {
  const uint8_t *data;
  size_t size;
} ImageBytes;

typedef struct ImageHeader {
  int64_t channels, height, width;
  int bits; /* of a sample in the file: up to 8, or 16 */
} ImageHeader;
/* False when there are more than maxPixels, or more than the bytes of the file can hold at `ratio`
   pixels a byte. */
TH_API bool image_allowed(const ImageHeader *h, double maxPixels, double ratio, size_t bytes,
                          ImageFault *fault);

/* An image as rows of interleaved samples, one or two bytes each in the order of this machine. */
typedef struct ImageRows {
  THType type; /* Byte, Float, Double */
  char *data;
  int64_t channels, height, width;
  int64_t stride[3]; /* in elements */
  double most;       /* the sample that is full brightness */
  bool wide;         /* samples have two bytes */
} ImageRows;
/* r_ becomes [channels x height x width]. */
TH_API ImageRows image_rowsOf(THAnyTensor *r_, const ImageHeader *h, bool wide, double most);
/* The rows of an image, of any strides. */
TH_API ImageRows image_rowsFrom(THAnyTensor *image, bool wide);
/* Row y becomes samples / most, times 255 in Bytes. */
TH_API void image_putRow(const ImageRows *rows, int64_t y, const void *samples);
/* Row y as samples: Bytes as they are, or times 257; others cut off at 0 and 1, times 255 and
   without what is behind the point, or times 65535 and rounded. */
TH_API void image_getRow(const ImageRows *rows, int64_t y, void *samples);

/* What an encoder writes; grows by realloc, as a library's frames must not be unwound. */
typedef struct ImageBuffer {
  uint8_t *data;
  size_t size, capacity;
} ImageBuffer;
/* False: no memory. */
TH_API bool image_append(ImageBuffer *buffer, const void *data, size_t size);

/* A kind of files. */
typedef struct ImageCodec {
  const char *name;
  bool (*header)(ImageBytes in, ImageHeader *h, ImageFault *fault);
  /* r_: a fresh tensor of type Byte, Float or Double */
  bool (*decode)(ImageBytes in, THAnyTensor *r_, double maxPixels, ImageFault *fault);
  /* `option`: quality for JPEG, bits of a sample for PNG, channels for PPM; out is freed by the
     caller */
  bool (*encode)(THAnyTensor *image, int option, ImageBuffer *out, ImageFault *fault);
} ImageCodec;

#endif
