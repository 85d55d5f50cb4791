#ifndef TH_STORAGE_H
#define TH_STORAGE_H
/* Storages as C programs see them: TH<Real>Storage_<name> for the eight element types. The
   functions are listed once, in generic/THStorage.h, under the generic names below, which are
   also what generic files use (THGenerateAllTypes.h). */
#include "THMapAllocator.h"
#include "THAnyStorage.h"

#define THStorage TH_CONCAT_3(TH, Real, Storage)
#define THStorage_(NAME) TH_CONCAT_4(TH, Real, Storage_, NAME)

/* Unchecked; for any storage. */
#define TH_STORAGE_GET(storage, idx) ((storage)->data[(idx)])
#define TH_STORAGE_SET(storage, idx, value) ((storage)->data[(idx)] = (value))

#define TH_GENERIC_FILE "generic/THStorage.h"
#include "THGenerateEveryType.h"

#endif
