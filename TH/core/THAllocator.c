#include "THAllocator.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Large blocks live in size classes, four to a doubling. A free block keeps the link to the next
   one in its first word. An open-addressing table finds the size of a block by its address, so
   blocks need no header and stay page-aligned.

   A sanitizer, or valgrind (TH_PLAIN_MALLOC), must see every block come and go, and where exactly it ends: then
   large blocks are malloc's, of the size asked for, and nothing is kept for reuse, small blocks included. */
#ifdef __has_feature
#define FEATURE(name) __has_feature(name)
#else
#define FEATURE(name) 0
#endif
#if defined(TH_PLAIN_MALLOC) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||    \
  FEATURE(address_sanitizer) || FEATURE(thread_sanitizer) || FEATURE(memory_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum {
  CLASSES = 4 * 40,
  HUGE_PAGE = 2 << 20,
  PAGE = 4096,
  RESERVE = 16 * HUGE_PAGE, /* blocks of up to a quarter of that are cut from so much ... */
  FEW = 2 * HUGE_PAGE       /* ... unless there are but so many bytes of them */
};

typedef struct Entry {
  uintptr_t ptr; /* 0: never used, 1: deleted */
  size_t bytes;
} Entry;

static struct {
  pthread_mutex_t lock;
  void *idle[CLASSES];
  int64_t asked[CLASSES]; /* `served` at the last request for the class */
  int64_t served;         /* bytes of all requests so far */
  Entry *table;
  size_t capacity, used; /* capacity is a power of two; used counts deleted entries too */
  THAllocatorStats stats;
  int64_t limit;
  char *reserve; /* mapped, not given out yet */
  size_t reserved;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = 64 << 20};

/* A child of fork finds the cache whole, whatever other threads were doing. */
static void lock_cache(void) { pthread_mutex_lock(&cache.lock); }
static void unlock_cache(void) { pthread_mutex_unlock(&cache.lock); }
static __attribute__((constructor)) void watch_forks(void)
{
  pthread_atfork(lock_cache, unlock_cache, unlock_cache);
}

static int64_t objects;
static int64_t noted; /* bytes in use that are not the cache's */
static __thread int64_t thread_limit = INT64_MAX;
static __thread int64_t fail_countdown;
static __thread int64_t requested;

static size_t class_bytes(int class)
{
  size_t base = (size_t)TH_CACHE_MIN << (class / 4);
  size_t bytes = base + base / 4 * (size_t)(class % 4);
  return (bytes + PAGE - 1) / PAGE * PAGE;
}

static int class_of(size_t bytes)
{
  int doubling = 63 - __builtin_clzll(bytes / TH_CACHE_MIN | 1);
  int class = 4 * doubling;
  while (class < CLASSES && class_bytes(class) < bytes) class ++;
  return class;
}

static size_t slot_of(uintptr_t ptr)
{
  return (size_t)((ptr >> 12) * 0x9E3779B97F4A7C15u >> 20) & (cache.capacity - 1);
}

static Entry *table_find(uintptr_t ptr)
{
  if (!cache.capacity) return NULL;
  for (size_t i = slot_of(ptr);; i = (i + 1) & (cache.capacity - 1)) {
    if (cache.table[i].ptr == ptr) return &cache.table[i];
    if (cache.table[i].ptr == 0) return NULL;
  }
}

static void table_put(uintptr_t ptr, size_t bytes)
{
  size_t i = slot_of(ptr);
  while (cache.table[i].ptr > 1) i = (i + 1) & (cache.capacity - 1);
  if (cache.table[i].ptr == 0) cache.used++;
  cache.table[i] = (Entry){ptr, bytes};
}

/* Room for one more entry; false when there is no memory for the table. */
static bool table_reserve(void)
{
  if (2 * (cache.used + 1) <= cache.capacity) return true;
  Entry *old = cache.table;
  size_t n = cache.capacity, live = 0;
  for (size_t i = 0; i < n; i++) live += old[i].ptr > 1;
  size_t capacity = 256;
  while (capacity < 4 * (live + 1)) capacity *= 2;
  Entry *table = calloc(capacity, sizeof *table);
  if (!table) return false;
  cache.table = table;
  cache.capacity = capacity;
  cache.used = 0;
  for (size_t i = 0; i < n; i++)
    if (old[i].ptr > 1) table_put(old[i].ptr, old[i].bytes);
  free(old);
  return true;
}

#if SANITIZED
static void *map_pages(size_t bytes)
{
  void *p;
  return posix_memalign(&p, PAGE, bytes) == 0 ? p : NULL;
}
static void unmap_pages(void *p, size_t bytes)
{
  (void)bytes;
  free(p);
}
#else
static void unmap_pages(void *p, size_t bytes)
{
  if (bytes) munmap(p, bytes);
}
static void *map_apart(size_t bytes)
{
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= RESERVE / 4) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return p;
}

/* Blocks that lie side by side share huge pages: where each is small, most of the time for what is not in a cache would go
   into looking pages up, in a virtual machine above all. */
static void *map_pages(size_t bytes)
{
  if (bytes > RESERVE / 4 || cache.stats.inUse + cache.stats.cached < FEW) return map_apart(bytes);
  if (bytes > cache.reserved) {
    char *p = map_apart(RESERVE + HUGE_PAGE);
    if (!p) return map_apart(bytes);
    const size_t before = (size_t)(-(uintptr_t)p % HUGE_PAGE);
    unmap_pages(p, before);
    unmap_pages(p + before + RESERVE, HUGE_PAGE - before);
    unmap_pages(cache.reserve, cache.reserved);
    cache.reserve = p + before, cache.reserved = RESERVE;
  }
  char *p = cache.reserve;
  cache.reserve += bytes, cache.reserved -= bytes;
  return p;
}
#endif

static void unmap(Entry *e)
{
  void *p = (void *)e->ptr;
  e->ptr = 1;
  unmap_pages(p, e->bytes);
}

static void release_class(int class)
{
  while (cache.idle[class]) {
    void *p = cache.idle[class];
    Entry *e = table_find((uintptr_t)p);
    cache.idle[class] = *(void **)p;
    cache.stats.cached -= (int64_t)e->bytes;
    unmap(e);
  }
}

static void release_idle(void)
{
  for (int class = 0; class < CLASSES; class ++) release_class(class);
}

/* Blocks of sizes that nobody wanted while four times `most` went through: else they would fill the cache for good, and
   every block of a size wanted now would be the system's, with new pages each time. */
static void release_stale(int64_t most)
{
  for (int class = 0; class < CLASSES; class ++)
    if (cache.served - cache.asked[class] > 4 * most) release_class(class);
}

static int64_t in_use(void) { return cache.stats.inUse + __atomic_load_n(&noted, __ATOMIC_RELAXED); }

/* What is kept for reuse goes before a limit is passed. */
static bool within_limit(int64_t bytes)
{
  if (__builtin_expect(thread_limit == INT64_MAX, 1)) return true;
  const int64_t room = thread_limit - in_use();
  if (bytes > room) return false;
  if (bytes > room - cache.stats.cached) release_idle();
  return true;
}

static void *large_alloc(size_t bytes)
{
  int class = class_of(bytes);
  if (class >= CLASSES) return NULL;
  if (!SANITIZED) bytes = class_bytes(class);
  lock_cache();
  const bool allowed = within_limit((int64_t)bytes);
  void *p = allowed ? cache.idle[class] : NULL;
  if (p) {
    cache.idle[class] = *(void **)p;
    cache.stats.cached -= (int64_t)bytes;
    cache.stats.hits++;
  } else if (allowed && table_reserve() && (p = map_pages(bytes))) {
    table_put((uintptr_t)p, bytes);
    cache.stats.misses++;
  }
  if (p) {
    cache.served += (int64_t)bytes;
    cache.asked[class] = cache.served;
    cache.stats.inUse += (int64_t)bytes;
    cache.stats.peak = THMax(cache.stats.peak, cache.stats.inUse);
  }
  unlock_cache();
  return p;
}

/* For reuse, unless enough is kept. */
static void keep(Entry *e)
{
  const int64_t bytes = (int64_t)e->bytes, most = THMax(cache.limit, cache.stats.inUse);
  if (cache.stats.cached + bytes > most) release_stale(most);
  if (SANITIZED || cache.stats.cached + bytes > most) {
    unmap(e);
    return;
  }
  int class = class_of(e->bytes);
  *(void **)e->ptr = cache.idle[class];
  cache.idle[class] = (void *)e->ptr;
  cache.stats.cached += bytes;
}

/* false: not one of the cache's blocks */
static bool large_free(void *p)
{
  if ((uintptr_t)p % PAGE) return false;
  lock_cache();
  Entry *e = table_find((uintptr_t)p);
  if (e) {
    cache.stats.inUse -= (int64_t)e->bytes;
    keep(e);
  }
  unlock_cache();
  return e != NULL;
}

static size_t large_size(void *p)
{
  if ((uintptr_t)p % PAGE) return 0;
  lock_cache();
  Entry *e = table_find((uintptr_t)p);
  size_t bytes = e ? e->bytes : 0;
  unlock_cache();
  return bytes;
}

void THAllocator_release(void)
{
  lock_cache();
  release_idle();
  unlock_cache();
}

THAllocatorStats THAllocator_stats(void)
{
  lock_cache();
  THAllocatorStats stats = cache.stats;
  unlock_cache();
  stats.objects = __atomic_load_n(&objects, __ATOMIC_RELAXED);
  return stats;
}

void THAllocator_setCacheLimit(int64_t limit)
{
  THArgCheck(limit >= 0, 1, "the cache limit must not be negative, got %lld", (long long)limit);
  lock_cache();
  cache.limit = limit;
  unlock_cache();
}

int64_t THAllocator_setLimit(int64_t limit)
{
  const int64_t before = thread_limit;
  thread_limit = limit;
  return before;
}

int64_t THAllocator_room(void)
{
  if (thread_limit == INT64_MAX) return INT64_MAX;
  lock_cache();
  const int64_t used = in_use();
  unlock_cache();
  return thread_limit - used;
}

void THAllocator_noteUse(int64_t bytes)
{
  __atomic_fetch_add(&noted, bytes, __ATOMIC_RELAXED);
  if (bytes <= 0 || thread_limit == INT64_MAX) return;
  lock_cache();
  if (in_use() > thread_limit - cache.stats.cached) release_idle();
  unlock_cache();
}

void THAllocator_failAfter(int64_t n) { fail_countdown = n; }
int64_t THAllocator_requested(void) { return requested; }
void THAllocator_noteRequest(int64_t bytes) { requested += bytes; }
void THHeapUpdate(ptrdiff_t size)
{
  if (size > 0) requested += size;
}
void THAllocator_noteObject(int delta) { __atomic_fetch_add(&objects, delta, __ATOMIC_RELAXED); }

/* ---- THAlloc ---- */

static __thread void (*gc_handler)(void *data);
static __thread void *gc_data;

void THSetGCHandler(void (*handler)(void *data), void *data)
{
  gc_handler = handler;
  gc_data = data;
}

void THCollectGarbage(void)
{
  if (gc_handler) gc_handler(gc_data);
}

static bool injected_failure(void)
{
  return __builtin_expect(fail_countdown > 0, 0) && --fail_countdown == 0;
}

static void *try_alloc(size_t size)
{
  if (size >= TH_CACHE_MIN) return large_alloc(size);
  if (size <= 5120) return malloc(size);
  void *p;
  return posix_memalign(&p, 64, size) == 0 ? p : NULL;
}

void *THAlloc(ptrdiff_t size)
{
  if (size < 0) THError("invalid memory size %lld: maybe an overflow?", (long long)size);
  if (size == 0) return NULL;
  bool injected = injected_failure(); /* then collecting does not help either */
  void *p = injected ? NULL : try_alloc((size_t)size);
  if (!p && gc_handler) { /* garbage may hold what we need */
    THCollectGarbage();
    THAllocator_release();
    p = injected ? NULL : try_alloc((size_t)size);
  }
  if (!p && thread_limit != INT64_MAX && size > THAllocator_room())
    THError("not enough memory: %lld bytes more are beyond the limit of %lld", (long long)size, (long long)thread_limit);
  if (!p) THError("not enough memory: tried to allocate %lld bytes", (long long)size);
  return p;
}

void *THAlloc_try(ptrdiff_t size) { return size > 0 ? try_alloc((size_t)size) : NULL; }

void *THRealloc(void *ptr, ptrdiff_t size)
{
  if (!ptr) return THAlloc(size);
  if (size < 0) THError("invalid memory size %lld: maybe an overflow?", (long long)size);
  if (size == 0) {
    THFree(ptr);
    return NULL;
  }
  size_t have = large_size(ptr);
  if (!have && size < TH_CACHE_MIN) { /* malloc's own */
    void *p = injected_failure() ? NULL : realloc(ptr, (size_t)size);
    if (!p) THError("not enough memory: tried to allocate %lld bytes", (long long)size);
    return p;
  }
  if (have && (size_t)size <= have && (size_t)size > have / 2) return ptr;
  if (!have) { /* grows out of malloc: let malloc copy, it alone knows the old size */
    void *grown = injected_failure() ? NULL : realloc(ptr, (size_t)size);
    if (!grown) THError("not enough memory: tried to allocate %lld bytes", (long long)size);
    return grown;
  }
  void *p = THAlloc(size);
  memcpy(p, ptr, THMin(have, (size_t)size));
  THFree(ptr);
  return p;
}

void THFree(void *ptr)
{
  if (ptr && !large_free(ptr)) free(ptr);
}

static __thread THScratchPlace scratch_place;

THScratchPlace THScratch_setPlace(THScratchPlace place)
{
  THScratchPlace before = scratch_place;
  scratch_place = place;
  return before;
}
void *THScratch_alloc(ptrdiff_t size) { return scratch_place.take && size > 0 ? scratch_place.take(size) : THAlloc(size); }
void THScratch_free(void *ptr) { (ptr && scratch_place.give ? scratch_place.give : THFree)(ptr); }

static void *default_malloc(void *ctx, ptrdiff_t size) { return (void)ctx, THAlloc(size); }
static void *default_realloc(void *ctx, void *ptr, ptrdiff_t size)
{
  return (void)ctx, THRealloc(ptr, size);
}
static void default_free(void *ctx, void *ptr)
{
  (void)ctx;
  THFree(ptr);
}
THAllocator THDefaultAllocator = {default_malloc, default_realloc, default_free};

/* ---- small blocks ---- */

#if SANITIZED
void *THPool_alloc(size_t size) { return THAlloc((ptrdiff_t)size); }
void THPool_free(void *ptr, size_t size)
{
  (void)size;
  THFree(ptr);
}
#else
enum { POOL_STEP = 64, POOL_CLASSES = TH_POOL_MAX / POOL_STEP, POOL_LIMIT = 4096 };

typedef struct Pool {
  void *idle; /* linked through the first word */
  int count;
} Pool;
static __thread Pool pools[POOL_CLASSES];
static pthread_key_t pool_key; /* its destructor empties the pools of a thread that ends */
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static __thread bool pool_registered;

static void empty_pools(void *unused)
{
  (void)unused;
  for (int i = 0; i < POOL_CLASSES; i++) {
    while (pools[i].idle) {
      void *p = pools[i].idle;
      pools[i].idle = *(void **)p;
      free(p);
    }
    pools[i].count = 0;
  }
}

static void make_key(void) { pthread_key_create(&pool_key, empty_pools); }

static void *pool_refill(int class)
{
  if (!pool_registered) {
    pthread_once(&pool_once, make_key);
    pthread_setspecific(pool_key, pools);
    pool_registered = true;
  }
  return THAlloc((ptrdiff_t)(class + 1) * POOL_STEP);
}

void *THPool_alloc(size_t size)
{
  int class = (int)((size - 1) / POOL_STEP);
  Pool *pool = &pools[class];
  void *p = pool->idle;
  if (__builtin_expect(!p || fail_countdown > 0, 0)) return pool_refill(class);
  pool->idle = *(void **)p;
  pool->count--;
  return p;
}

void THPool_free(void *ptr, size_t size)
{
  Pool *pool = &pools[(size - 1) / POOL_STEP];
  if (pool->count >= POOL_LIMIT) {
    free(ptr);
    return;
  }
  *(void **)ptr = pool->idle;
  pool->idle = ptr;
  pool->count++;
}
#endif
