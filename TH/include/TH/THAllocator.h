#ifndef TH_ALLOCATOR_H
#define TH_ALLOCATOR_H
/* Where storages get their memory. */
#include "THGeneral.h"

/* A storage keeps a pointer to its allocator. realloc may be NULL: resizing then copies. */
typedef struct THAllocator {
  void *(*malloc)(void *ctx, ptrdiff_t size);
  void *(*realloc)(void *ctx, void *ptr, ptrdiff_t size);
  void (*free)(void *ctx, void *ptr);
} THAllocator;

/* THAlloc and THFree. Blocks of TH_CACHE_MIN bytes and more are page-aligned and recycled: fresh
   pages cost more than the arithmetic on them (not under a sanitizer, which sees every block come
   and go). THFree also takes blocks of plain malloc. */
TH_API THAllocator THDefaultAllocator;
#define TH_CACHE_MIN (64 * 1024)

typedef struct THAllocatorStats {
  int64_t inUse;   /* bytes of large blocks handed out */
  int64_t cached;  /* bytes of large blocks kept for reuse */
  int64_t peak;    /* largest inUse so far */
  int64_t hits;    /* large requests served from the cache */
  int64_t misses;  /* large requests that went to the system */
  int64_t objects; /* live tensors and storages */
} THAllocatorStats;
TH_API THAllocatorStats THAllocator_stats(void);
TH_API void THAllocator_release(void); /* gives all cached blocks back to the system */
/* The cache keeps at most max(limit, inUse) bytes; when they are full, blocks of sizes not asked for lately make room.
   Default 64 MiB; 0 turns it off when idle. */
TH_API void THAllocator_setCacheLimit(int64_t limit);

/* A limit for the calling thread: a block of TH_CACHE_MIN bytes or more with which all threads together would have more
   than `limit` bytes in use is refused as if there were no memory. INT64_MAX, at first: none. Returns the one before. */
TH_API int64_t THAllocator_setLimit(int64_t limit);
TH_API int64_t THAllocator_room(void); /* bytes that the thread's limit leaves, negative beyond it; INT64_MAX without one */
TH_API void THAllocator_noteUse(int64_t bytes); /* memory got elsewhere, or given back (negative): it counts as in use for limits */

/* Memory for the time of one call, freed by the thread that took it: THAlloc's, or that of a place which the thread was given
   meanwhile, by who makes many such calls and has memory for them. Returns the place before; {NULL, NULL}: none. */
typedef struct THScratchPlace {
  void *(*take)(int64_t bytes); /* raises like THAlloc; aligned to 64 bytes */
  void (*give)(void *ptr);
} THScratchPlace;
TH_API THScratchPlace THScratch_setPlace(THScratchPlace place);
TH_API void *THScratch_alloc(ptrdiff_t size);
TH_API void THScratch_free(void *ptr);
static inline void THScratch_autofree(void *p) { THScratch_free(*(void **)p); }
#define TH_AUTO_SCRATCH __attribute__((cleanup(THScratch_autofree)))

/* For tests: the n-th allocation of this thread from now (1 = the next) fails once; 0 switches off. */
TH_API void THAllocator_failAfter(int64_t n);

/* Bytes this thread has requested for storages since it started; a garbage collector paces itself
   by the difference between two readings. */
TH_API int64_t THAllocator_requested(void);

/* internal: headers and tiny storages. Small blocks of a known size from free lists of the calling
   thread: the collector frees them by the hundred, which malloc's own caches do not absorb. */
enum { TH_POOL_MAX = 256 };
void *THPool_alloc(size_t size); /* size at most TH_POOL_MAX */
void THPool_free(void *ptr, size_t size);

/* internal: bookkeeping by THStorage and THTensor */
void THAllocator_noteRequest(int64_t bytes);
void THAllocator_noteObject(int delta);
#endif
