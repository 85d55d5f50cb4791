#ifndef TH_MAP_ALLOCATOR_H
#define TH_MAP_ALLOCATOR_H
/* Storages whose memory is a file, or a piece of POSIX shared memory, mapped into the process.

   A private mapping (the default) is copy on write: the file never changes. A shared one is created
   or extended to the size asked for, unless NOCREATE; a private one must be large enough already.
   Size 0 maps the whole file. Mapped storages are not resizable. A file that another process cuts
   short while it is mapped faults on access: that is the operating system's rule. */
#include "THAnyStorage.h"

#define TH_ALLOCATOR_MAPPED_SHARED 1
#define TH_ALLOCATOR_MAPPED_SHAREDMEM 2 /* a shm_open name; implies SHARED */
#define TH_ALLOCATOR_MAPPED_EXCLUSIVE 4 /* must not exist yet */
#define TH_ALLOCATOR_MAPPED_NOCREATE 8
#define TH_ALLOCATOR_MAPPED_KEEPFD 16 /* fd stays open, THMapAllocatorContext_fd */
#define TH_ALLOCATOR_MAPPED_FROMFD 32 /* set by newWithFd */
#define TH_ALLOCATOR_MAPPED_UNLINK 64 /* the name is removed as soon as it is mapped */

typedef struct THMapAllocatorContext THMapAllocatorContext;

TH_API THMapAllocatorContext *THMapAllocatorContext_new(const char *filename, int flags);
TH_API THMapAllocatorContext *THMapAllocatorContext_newWithFd(const char *filename, int fd,
                                                              int flags);
TH_API char *THMapAllocatorContext_filename(THMapAllocatorContext *ctx);
TH_API int THMapAllocatorContext_fd(THMapAllocatorContext *ctx);
TH_API ptrdiff_t THMapAllocatorContext_size(THMapAllocatorContext *ctx); /* bytes, once mapped */
/* Contexts that never mapped anything; the allocator's free frees the others. */
TH_API void THMapAllocatorContext_free(THMapAllocatorContext *ctx);
static inline void THMapAllocatorContext_autofree(THMapAllocatorContext **ctx)
{
  THMapAllocatorContext_free(*ctx);
}

TH_API THAllocator THMapAllocator;
/* The mapping starts with a count of its users in all processes, 64 bytes that no storage sees; the
   last one to leave removes the name. */
TH_API THAllocator THRefcountedMapAllocator;
TH_API void THRefcountedMapAllocator_incref(THMapAllocatorContext *ctx, void *data);
TH_API int THRefcountedMapAllocator_decref(THMapAllocatorContext *ctx, void *data); /* 1: was last */

/* size in elements; 0: what the file holds. */
TH_API THAnyStorage *THAnyStorage_newWithMapping(THType type, const char *filename, ptrdiff_t size,
                                                 int flags);
#endif
