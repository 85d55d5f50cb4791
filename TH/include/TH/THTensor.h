#ifndef TH_TENSOR_H
#define TH_TENSOR_H
/* Tensors as C programs see them: TH<Real>Tensor_<name> for the eight element types. What concerns
   shape, views and ownership is listed once, in generic/THTensor.h, under the generic names below,
   which are also what generic files use (THGenerateAllTypes.h). Arithmetic: THTensorOps.h, at the end. */
#include "THStorage.h"
#include "THAnyTensor.h"

#define THTensor TH_CONCAT_3(TH, Real, Tensor)
#define THTensor_(NAME) TH_CONCAT_4(TH, Real, Tensor_, NAME)

#define TH_GENERIC_FILE "generic/THTensor.h"
#include "THGenerateEveryType.h"

/* Elements by position, unchecked, of a tensor of any type. */
#define THTensor_fastGet1d(self, x0)                                                               \
  (((self)->storage->data + (self)->storageOffset)[(x0) * (self)->stride[0]])
#define THTensor_fastGet2d(self, x0, x1)                                                           \
  (((self)->storage->data +                                                                        \
    (self)->storageOffset)[(x0) * (self)->stride[0] + (x1) * (self)->stride[1]])
#define THTensor_fastGet3d(self, x0, x1, x2)                                                       \
  (((self)->storage->data +                                                                        \
    (self)->storageOffset)[(x0) * (self)->stride[0] + (x1) * (self)->stride[1] +                   \
                           (x2) * (self)->stride[2]])
#define THTensor_fastGet4d(self, x0, x1, x2, x3)                                                   \
  (((self)->storage->data +                                                                        \
    (self)->storageOffset)[(x0) * (self)->stride[0] + (x1) * (self)->stride[1] +                   \
                           (x2) * (self)->stride[2] + (x3) * (self)->stride[3]])
#define THTensor_fastSet1d(self, x0, value) (THTensor_fastGet1d(self, x0) = (value))
#define THTensor_fastSet2d(self, x0, x1, value) (THTensor_fastGet2d(self, x0, x1) = (value))
#define THTensor_fastSet3d(self, x0, x1, x2, value) (THTensor_fastGet3d(self, x0, x1, x2) = (value))
#define THTensor_fastSet4d(self, x0, x1, x2, x3, value)                                            \
  (THTensor_fastGet4d(self, x0, x1, x2, x3) = (value))

#include "THTensorApply.h"
#include "THTensorOps.h"
#include "THTensorConvTyped.h"
#include "THTensorWithoutRow.h"

#endif
