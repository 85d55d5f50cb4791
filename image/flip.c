/* Flips: slices along one dimension in reverse order. */
#include "common.h"

typedef struct Flip {
  const char *src;
  char *dst;
  int64_t n;    /* slices */
  size_t bytes; /* of a slice */
} Flip;

/* Slices of the size of an element, the other way round. */
#define REVERSE(type)                                                                              \
  case sizeof(type):                                                                               \
    for (int64_t i = 0; i < n; i++) ((type *)dst)[i] = ((const type *)src)[n - 1 - i];             \
    break

static void reverse(const char *src, char *dst, int64_t n, size_t bytes)
{
  switch (bytes) {
    REVERSE(uint8_t);
    REVERSE(uint16_t);
    REVERSE(uint32_t);
    REVERSE(uint64_t);
  default:
    for (int64_t i = 0; i < n; i++)
      memcpy(dst + (size_t)i * bytes, src + (size_t)(n - 1 - i) * bytes, bytes);
  }
}

static void run_flips(const void *arg, int64_t first, int64_t last, int worker)
{
  const Flip *f = arg;
  size_t block = (size_t)f->n * f->bytes;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    reverse(f->src + (size_t)i * block, f->dst + (size_t)i * block, f->n, f->bytes);
}

void THImage_flip(THAnyTensor *r_, THAnyTensor *src, int dim)
{
  THArgCheck(!THType_onDevice((THType)src->type), 2, "expected a tensor that is not on the GPU");
  THArgCheck(dim >= 0 && dim < src->nDimension, 3, "dimension %d out of range of %dD tensor",
             dim + TH_INDEX_BASE, src->nDimension);
  image_checkResult(r_, src);
  IMAGE_AUTO x = image_newSource(src, r_);
  IMAGE_AUTO y = image_newResult(r_, x->nDimension, x->size);
  int64_t blocks = 1;
  size_t bytes = THType_size((THType)x->type);
  for (int d = 0; d < x->nDimension; d++)
    if (d < dim) blocks *= x->size[d];
    else if (d > dim) bytes *= (size_t)x->size[d];
  Flip f = {THAnyTensor_data(x), THAnyTensor_data(y), x->size[dim], bytes};
  TH_parallel(blocks, TH_pieceFor(blocks, (double)f.n * (double)bytes / 8), run_flips, &f);
  image_finish(y, r_);
}
