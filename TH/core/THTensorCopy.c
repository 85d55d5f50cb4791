/* fill and copy, for every type, and between the CPU and the GPU. */
#include "THDevice.h"
#include "plan/THMap.h"
#include "plan/THPlan.h"
#include "loops/THLoops.h"

static int device_of(const THAnyTensor *t) { return t->storage ? t->storage->device : 0; }

void THAnyTensor_fill(THAnyTensor *r_, THScalar value)
{
  TH_ON_DEVICE(device_of(r_));
  _Alignas(16) char arg[16] = {0};
  THScalar_store(r_->type, arg, value);
  THMap_into("fill", THKernel_map(TH_MAP_fill, (THType)r_->type), arg, r_, 0, NULL);
}

/* src where it is, contiguous and with elements of that type; one owned count. */
static THAnyTensor *new_converted(THAnyTensor *src, THType element)
{
  TH_ON_DEVICE(device_of(src));
  THType type = THType_beside(element, (THType)src->type);
  if (src->type == type) return THAnyTensor_newContiguous(src);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newWithSizeNd(type, src->nDimension, src->size, NULL);
  THAnyTensor_copy(x, src);
  return TH_RELEASE(x);
}

/* What elements travel as between the two: r_'s type, or, where GPUs lack it, src's. */
static THType travelling_type(const THAnyTensor *r_, const THAnyTensor *src)
{
  THType element = THType_element((THType)r_->type);
  return TH_GPU_BITS >> element & 1 ? element : THType_element((THType)src->type);
}

/* From one memory into another: elements are converted and laid out on the source's side, moved as
   one block, and converted and spread on the other side if need be. */
static void copy_across(THAnyTensor *r_, THAnyTensor *src)
{
  int64_t n = THAnyTensor_nElement(r_);
  THArgCheck(n == THAnyTensor_nElement(src), 2,
             "copy: inconsistent tensor size, %s into %s: equal element counts expected between "
             "devices",
             THAnyTensor_sizeDesc(src).str, THAnyTensor_sizeDesc(r_).str);
  if (n == 0) return;
  TH_AUTO(THAnyTensor) x = new_converted(src, travelling_type(r_, src));
  TH_ON_DEVICE(device_of(r_));
  THType type = THType_beside(THType_element((THType)x->type), (THType)r_->type);
  TH_AUTO(THAnyTensor) r = type == r_->type && THAnyTensor_isContiguous(r_)
                             ? THAnyTensor_newWithTensor(r_)
                             : THAnyTensor_newWithSizeNd(type, r_->nDimension, r_->size, NULL);
  TH_device->transfer(THAnyTensor_data(r), device_of(r), THAnyTensor_data(x), device_of(x),
                      (size_t)n * THType_size((THType)r->type));
  if (THAnyTensor_data(r) != THAnyTensor_data(r_)) THAnyTensor_copy(r_, r);
}

void THAnyTensor_copy(THAnyTensor *r_, THAnyTensor *src)
{
  if (r_ == src) return;
  if (device_of(r_) != device_of(src)) {
    copy_across(r_, src);
    return;
  }
  TH_ON_DEVICE(device_of(r_));
  THKernel kernel = THKernel_copy((THType)r_->type, (THType)src->type);
  kernel.args = 0x2;
  THMap_into("copy", kernel, NULL, r_, 1, &src);
}
