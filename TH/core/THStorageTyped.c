#include "THStorage.h"
#include "THHalf.h"

/* The casts below and in C programs rest on this. */
_Static_assert(sizeof(long) == sizeof(int64_t), "`long` of the C API is int64_t: LP64 only");
_Static_assert(offsetof(THAnyStorage, allocator) == offsetof(THHalfStorage, allocator) &&
                   sizeof(THAnyStorage) == sizeof(THHalfStorage),
               "typed storages are casts of THAnyStorage");

static inline THAnyStorage *any(const void *storage) { return (THAnyStorage *)storage; }

#define TH_GENERIC_FILE "core/generic/THStorageTyped.c"
#include "THGenerateEveryType.h"
