/* What the codecs share: faults, limits, rows. */
#include "codec.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool image_fault(ImageFault *fault, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(fault->text, sizeof fault->text, format, args);
  va_end(args);
  return false;
}

bool image_allowed(const ImageHeader *h, double maxPixels, double ratio, size_t bytes,
                   ImageFault *fault)
{
  double pixels = (double)h->height * (double)h->width;
  if (pixels > maxPixels)
    return image_fault(fault, "%lld x %lld pixels are more than image.maxpixels (%.0f) allows",
                       (long long)h->width, (long long)h->height, maxPixels);
  if (pixels > ratio * (double)bytes)
    return image_fault(fault, "the file is too short for the %lld x %lld pixels that it announces",
                       (long long)h->width, (long long)h->height);
  return true;
}

ImageRows image_rowsOf(THAnyTensor *r_, const ImageHeader *h, bool wide, double most)
{
  THAnyTensor_resizeNd(r_, 3, (int64_t[]){h->channels, h->height, h->width}, NULL);
  ImageRows rows = image_rowsFrom(r_, wide);
  rows.most = most;
  return rows;
}

ImageRows image_rowsFrom(THAnyTensor *image, bool wide)
{
  bool planes = image->nDimension == 3;
  const int64_t *size = image->size + planes, *stride = image->stride + planes;
  return (ImageRows){(THType)image->type,
                     THAnyTensor_data(image),
                     planes ? image->size[0] : 1,
                     size[0],
                     size[1],
                     {planes ? image->stride[0] : 0, stride[0], stride[1]},
                     wide ? 65535 : 255,
                     wide};
}

#define TH_GENERIC_FILE "codec/generic/rows.c"
#include "../generate.h"

typedef void (*RowFn)(const ImageRows *, int64_t, void *);
#define BY_TYPE(name)                                                                              \
  {                                                                                                \
    [TH_BYTE] = Byte_##name, [TH_FLOAT] = Float_##name, [TH_DOUBLE] = Double_##name                \
  }
static const RowFn put[2][TH_NTYPES] = {BY_TYPE(put_narrow), BY_TYPE(put_wide)};
static const RowFn get[2][TH_NTYPES] = {BY_TYPE(get_narrow), BY_TYPE(get_wide)};

void image_putRow(const ImageRows *rows, int64_t y, const void *samples)
{
  bool plain = rows->type == TH_BYTE && !rows->wide && rows->channels == 3;
  if (plain) split_bytes(rows, y, samples);
  else put[rows->wide][rows->type](rows, y, (void *)samples);
}

void image_getRow(const ImageRows *rows, int64_t y, void *samples)
{
  get[rows->wide][rows->type](rows, y, samples);
}

bool image_append(ImageBuffer *buffer, const void *data, size_t size)
{
  if (size > buffer->capacity - buffer->size) {
    if (size > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4) return false;
    size_t capacity = THMax(2 * buffer->capacity, buffer->size + size + 4096);
    uint8_t *grown = realloc(buffer->data, capacity);
    if (!grown) return false;
    buffer->data = grown;
    buffer->capacity = capacity;
  }
  memcpy(buffer->data + buffer->size, data, size);
  buffer->size += size;
  return true;
}
