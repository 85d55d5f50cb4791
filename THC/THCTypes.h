#ifndef THC_TYPES_H
#define THC_TYPES_H
/* THCudaTensor, THCudaDoubleTensor, ... and their storages, as C programs see them: TH's structs, whose
   data lies on a GPU. */
#include "TH.h"

typedef struct THCState THCState;

#define X(Name, real, CODE)                                                                        \
  typedef struct TH##Name##Storage {                                                               \
    TH_STORAGE_FIELDS(real, struct TH##Name##Storage)                                              \
  } TH##Name##Storage;                                                                             \
  typedef struct TH##Name##Tensor {                                                                \
    TH_TENSOR_FIELDS(TH##Name##Storage)                                                            \
  } TH##Name##Tensor;
TH_DEVICE_TYPES(X)
#undef X

#endif
