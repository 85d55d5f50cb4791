#ifndef TH_ANY_STORAGE_H
#define TH_ANY_STORAGE_H
/* Storage: a counted, typed block of memory. One C struct for all element types; the typed names
   (THFloatStorage) have the same layout and differ in the type of `data` only. */
#include "THAllocator.h"

#define TH_STORAGE_REFCOUNTED 1
#define TH_STORAGE_RESIZABLE 2
#define TH_STORAGE_FREEMEM 4
#define TH_STORAGE_VIEW 8

/* The first five fields are Torch7's; data is NULL when size is 0. */
#define TH_STORAGE_FIELDS(real, Storage)                                                           \
  real *data;                                                                                      \
  ptrdiff_t size; /* in elements */                                                                \
  int refcount;                                                                                    \
  char flag;                                                                                       \
  unsigned char type;   /* THType */                                                               \
  unsigned char device; /* 0: CPU memory; else the GPU, from 1 */                                                        \
  unsigned char blocks; /* of 64 bytes: this header and tiny data behind it */                     \
  THAllocator *allocator;                                                                          \
  void *allocatorContext;                                                                          \
  __extension__ union { /* C99 and C++ have none without a name */                                 \
    Storage *view;    /* owner of the memory when TH_STORAGE_VIEW */                               \
    uint64_t version; /* of the contents otherwise: see THAnyStorage_touch */                      \
  };

typedef struct THAnyStorage {
  TH_STORAGE_FIELDS(void, struct THAnyStorage)
} THAnyStorage;

#define X(Name, real, accreal, CODE)                                                               \
  typedef struct TH##Name##Storage {                                                               \
    TH_STORAGE_FIELDS(real, struct TH##Name##Storage)                                              \
  } TH##Name##Storage;
TH_ALL_TYPES(X)
#undef X

/* The contents have changed, by the operation of that number, below TH_STORAGE_WRITERS: versions grow, and the remainder tells
   who wrote last. What keeps a tensor for later compares versions (lua/torch/record.c). */
enum { TH_STORAGE_WRITERS = 4096 };
static inline uint64_t THAnyStorage_version(const THAnyStorage *self)
{
  while (self->flag & TH_STORAGE_VIEW) self = self->view;
  return __atomic_load_n(&self->version, __ATOMIC_RELAXED);
}
/* Threads may write parts of one storage at a time: of their counts one may be lost, the version changes all the same. */
static inline void THAnyStorage_touch(THAnyStorage *self, unsigned writer)
{
  if (!self) return;
  while (self->flag & TH_STORAGE_VIEW) self = self->view;
  uint64_t version = (__atomic_load_n(&self->version, __ATOMIC_RELAXED) | (TH_STORAGE_WRITERS - 1)) + 1 + writer;
  __atomic_store_n(&self->version, version, __ATOMIC_RELAXED);
}

/* new*: the caller owns one count of the result. Sizes are in elements and checked for overflow. */
TH_API THAnyStorage *THAnyStorage_new(THType type);
TH_API THAnyStorage *THAnyStorage_newWithSize(THType type, ptrdiff_t size);
/* The allocator's memory is the host's, or the current GPU's for a device type. */
TH_API THAnyStorage *THAnyStorage_newWithAllocator(THType type, ptrdiff_t size,
                                                   THAllocator *allocator, void *context);
/* Takes the block over: it is freed with the allocator. */
TH_API THAnyStorage *THAnyStorage_newWithDataAndAllocator(THType type, void *data, ptrdiff_t size,
                                                          THAllocator *allocator, void *context);
/* Shares size elements of src from offset (0-based) on and keeps src alive. From then on neither is
   resizable: the view points into src's memory. */
TH_API THAnyStorage *THAnyStorage_newView(THAnyStorage *src, ptrdiff_t offset, ptrdiff_t size);
TH_API void THAnyStorage_retain(THAnyStorage *self);
TH_API void THAnyStorage_free(THAnyStorage *self); /* NULL is ignored */
/* Keeps the common prefix. Raises when the storage is not resizable. */
TH_API void THAnyStorage_resize(THAnyStorage *self, ptrdiff_t size);
/* Contents, not counts. Raises when one of them is not resizable. */
TH_API void THAnyStorage_swap(THAnyStorage *a, THAnyStorage *b);
TH_API void THAnyStorage_fill(THAnyStorage *self, THScalar value);
/* 0-based, checked. at: the address. */
TH_API void *THAnyStorage_at(const THAnyStorage *self, ptrdiff_t index);
TH_API void THAnyStorage_set(THAnyStorage *self, ptrdiff_t index, THScalar value);
TH_API THScalar THAnyStorage_get(const THAnyStorage *self, ptrdiff_t index);
/* Same sizes; converts between element types. */
TH_API void THAnyStorage_copy(THAnyStorage *self, THAnyStorage *src);

static inline void THAnyStorage_autofree(THAnyStorage **self) { THAnyStorage_free(*self); }

/* One element at p, as or from a scalar. */
TH_API THScalar THScalar_load(THType type, const void *p);
TH_API void THScalar_store(THType type, void *p, THScalar value);


/* internal: one element, at its address, on either side */
void THStorage_putElement(const THAnyStorage *self, void *at, THScalar value);
THScalar THStorage_getElement(const THAnyStorage *self, const void *at);

#endif
