/* Checks and operands that the kernels of image share. */
#include "common.h"

void image_checkType(const THAnyTensor *t, int arg)
{
  THArgCheck(t->type == TH_BYTE || t->type == TH_FLOAT || t->type == TH_DOUBLE, arg,
             "expected a Byte, Float or Double tensor, got a %sTensor",
             THType_name((THType)t->type));
}

void image_check(const THAnyTensor *t, int arg)
{
  image_checkType(t, arg);
  THArgCheck(t->nDimension == 2 || t->nDimension == 3, arg,
             "expected an image, [channels x height x width] or [height x width], got %s",
             THAnyTensor_sizeDesc(t).str);
}

void image_checkResult(const THAnyTensor *r_, const THAnyTensor *src)
{
  THArgCheck(r_->type == src->type, 1, "expected a %sTensor, as the image is, got a %sTensor",
             THType_name((THType)src->type), THType_name((THType)r_->type));
}

THAnyTensor *image_newSource(THAnyTensor *t, const THAnyTensor *r_)
{
  bool shared = r_->storage && r_->storage == t->storage;
  return shared ? THAnyTensor_newClone(t) : THAnyTensor_newContiguous(t);
}

THAnyTensor *image_newResult(THAnyTensor *r_, int n, const int64_t *size)
{
  THAnyTensor_resizeNd(r_, n, size, NULL);
  if (!THAnyTensor_isContiguous(r_))
    return THAnyTensor_newWithSizeNd((THType)r_->type, n, size, NULL);
  THAnyTensor_retain(r_);
  return r_;
}

THAnyTensor *image_newLike(THAnyTensor *r_, const THAnyTensor *src, int64_t height, int64_t width)
{
  int64_t size[3] = {src->size[0], height, width};
  bool planes = src->nDimension == 3;
  return image_newResult(r_, planes ? 3 : 2, planes ? size : size + 1);
}
