#ifndef IMAGE_COMMON_H
#define IMAGE_COMMON_H
/* What the kernels share: checks, operands that are safe to read and results that are safe to
   write. */
#include "image.h"
#include "parallel/THParallel.h"

#define IMAGE_AUTO TH_AUTO(THAnyTensor)

/* Byte, Float or Double, on this side; ... argument `arg` of the C call. */
void image_checkType(const THAnyTensor *t, int arg);
/* An image of that type, of two or three dimensions. */
void image_check(const THAnyTensor *t, int arg);
/* r_ has src's type. */
void image_checkResult(const THAnyTensor *r_, const THAnyTensor *src);

/* [channels x height x width]; channels is 1 for two dimensions. */
static inline int64_t image_channels(const THAnyTensor *t)
{
  return t->nDimension == 3 ? t->size[0] : 1;
}
static inline int64_t image_height(const THAnyTensor *t) { return t->size[t->nDimension - 2]; }
static inline int64_t image_width(const THAnyTensor *t) { return t->size[t->nDimension - 1]; }

/* t, contiguous, not in r_'s memory; one owned count. */
THAnyTensor *image_newSource(THAnyTensor *t, const THAnyTensor *r_);
/* A contiguous tensor to write the result into: r_ itself, resized, when it is contiguous then. */
THAnyTensor *image_newResult(THAnyTensor *r_, int n, const int64_t *size);
/* The same with src's dimensions, but height and width. */
THAnyTensor *image_newLike(THAnyTensor *r_, const THAnyTensor *src, int64_t height, int64_t width);
static inline void image_finish(THAnyTensor *result, THAnyTensor *r_)
{
  if (result != r_) THAnyTensor_copy(r_, result);
}

/* Catmull-Rom: the weights of four neighbouring pixels for a place t after the second. */
static inline void image_cubicWeights(double t, double *weight)
{
  weight[0] = t * (t * (2 - t) - 1) / 2;
  weight[1] = (t * t * (3 * t - 5) + 2) / 2;
  weight[2] = t * (t * (4 - 3 * t) + 1) / 2;
  weight[3] = t * t * (t - 1) / 2;
}

/* Kernels by element type. */
#define IMAGE_BY_TYPE(name)                                                                        \
  {                                                                                                \
    [TH_BYTE] = Byte_##name, [TH_FLOAT] = Float_##name, [TH_DOUBLE] = Double_##name                \
  }

#endif
