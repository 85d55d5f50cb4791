/* Memory of runs, its limit, and THONNX_stop. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "graph.h"
#include "THAllocator.h"

static __thread OnnxPlace here = {.largest = INT64_MAX};
static __thread int64_t small; /* bytes that are not noted yet */
static int64_t limit;          /* 0: not asked for yet */
static unsigned all_stops;

/* ---- the limit ---- */

static void lower(int64_t *least, const char *path)
{
  FILE *f = fopen(path, "re");
  long long v;
  if (f && fscanf(f, "%lld", &v) == 1 && v > 0) *least = THMin(*least, v); /* "max": none */
  if (f) fclose(f);
}

/* The limits of a control group and of those around it. */
static void lower_by_group(int64_t *least, const char *root, char *group, const char *file)
{
  char path[1200];
  for (;;) {
    snprintf(path, sizeof path, "%s%s/%s", root, group, file);
    lower(least, path);
    char *slash = strrchr(group, '/');
    if (!slash) return;
    *slash = 0;
  }
}

/* Bytes that this process may have: the machine's, or its control group's where those are fewer. */
static int64_t machine_memory(void)
{
  int64_t least = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  FILE *f = fopen("/proc/self/cgroup", "re");
  char line[1024];
  while (f && fgets(line, sizeof line, f)) {
    line[strcspn(line, "\n")] = 0;
    char *kinds = strchr(line, ':'), *group = kinds ? strchr(kinds + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    if (!strcmp(kinds + 1, "memory")) lower_by_group(&least, "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
    else if (!kinds[1]) lower_by_group(&least, "/sys/fs/cgroup", group, "memory.max");
  }
  if (f) fclose(f);
  return least;
}

int64_t THONNX_limitMemory(int64_t bytes)
{
  if (bytes > 0) __atomic_store_n(&limit, bytes, __ATOMIC_RELAXED);
  else if (bytes == 0 || !__atomic_load_n(&limit, __ATOMIC_RELAXED))
    __atomic_store_n(&limit, THMax(machine_memory() / 4 * 3, 1), __ATOMIC_RELAXED);
  return __atomic_load_n(&limit, __ATOMIC_RELAXED);
}

enum { NOTED = 1 << 20 };
void THOnnx_noteBytes(int64_t bytes)
{
  small += bytes;
  if (small > -NOTED && small < NOTED) return;
  THAllocator_noteUse(small);
  small = 0;
  if (bytes < 0 || THAllocator_room() > 0) return;
  small = -bytes; /* the caller does without */
  THOnnx_raise("not enough memory: small values are beyond the limit of %lld bytes (THONNX_limitMemory sets it)", (long long)limit);
}

void THOnnx_checkRoom(THONNXType type, int ndim, const int64_t *size, int64_t bytes)
{
  if (bytes < TH_CACHE_MIN) return;
  THOnnx_check(bytes <= here.largest, "too large to be computed when the model is loaded");
  if (bytes <= THAllocator_room()) return;
  THCollectGarbage();
  const int64_t room = THAllocator_room();
  if (bytes <= room) return;
  THOnnx_raise("not enough memory: a result of %s %s takes %lld bytes, and of the limit of %lld bytes %lld are left (THONNX_limitMemory sets it)",
             ndim ? _THSizeDesc(size, ndim).str : "one", THOnnx_typeName(type), (long long)bytes, (long long)limit, (long long)THMax(room, 0));
}

int64_t THOnnx_setLargest(int64_t bytes)
{
  const int64_t before = here.largest;
  here.largest = bytes;
  return before;
}

/* ---- stopping ---- */

void THOnnx_enter(OnnxPlace *before, OnnxArena *arena, const unsigned *stops)
{
  *before = here;
  here.arena = arena;
  here.stops = stops;
  here.seen = stops ? __atomic_load_n(stops, __ATOMIC_RELAXED) : 0;
  here.seenAll = __atomic_load_n(&all_stops, __ATOMIC_RELAXED);
  before->limit = THAllocator_setLimit(THONNX_limitMemory(-1));
  before->scratch = THScratch_setPlace((THScratchPlace){THOnnx_scratch, THOnnx_freeScratch});
}

void THOnnx_leave(OnnxPlace *before)
{
  THAllocator_setLimit(before->limit);
  THScratch_setPlace(before->scratch);
  here = *before;
}

void THOnnx_checkStop(void)
{
  const bool own = here.stops && __atomic_load_n(here.stops, __ATOMIC_RELAXED) != here.seen;
  THOnnx_check(!own && __atomic_load_n(&all_stops, __ATOMIC_RELAXED) == here.seenAll, "stopped");
}

void THONNX_stop(THONNXModel *model) { __atomic_fetch_add(model ? &model->stops : &all_stops, 1, __ATOMIC_RELAXED); }

/* ---- arenas ---- */

typedef struct Gap {
  char *at;
  int64_t bytes;
} Gap;

struct OnnxArena {
  pthread_mutex_t lock; /* an output may be freed while another run is under way */
  int users;            /* the model or a run, and each block */
  void *mapping;
  size_t mapped;
  char *base, *top, *end;
  char *touched; /* the highest top, to a page: what counts as in use */
  int ngaps, room, nblocks;
  Gap *gap; /* free blocks below the top, by address; no two touch */
};

/* A sanitizer or valgrind must see every block come and go. */
#if defined(TH_PLAIN_MALLOC) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ARENAS 0
#else
#define ARENAS 1
#endif
enum { UNIT = 256, LEAST = 4096, MOST_BLOCKS = 4096, PAGE = 4096, HUGE_PAGE = 2 << 20, SMALL = 1 << 20 };
enum { FEWEST = 64 << 20 }; /* addresses of an arena */

/* Where addresses are limited (ulimit -v), all arenas and everybody else share them. */
static int64_t address_share(void)
{
  struct rlimit r;
  enum { SHARE = 32 };
  return getrlimit(RLIMIT_AS, &r) || r.rlim_cur == RLIM_INFINITY ? INT64_MAX : (int64_t)(r.rlim_cur / SHARE);
}

OnnxArena *THOnnx_newArena(void)
{
  int64_t bytes = ARENAS ? THMin(THONNX_limitMemory(-1), address_share()) / PAGE * PAGE : 0;
  void *base = MAP_FAILED;
  for (; bytes >= FEWEST; bytes = bytes / 4 / PAGE * PAGE) {
    base = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base != MAP_FAILED) break;
  }
  OnnxArena *a = base == MAP_FAILED ? NULL : malloc(sizeof *a);
  if (!a) {
    if (base != MAP_FAILED) munmap(base, (size_t)bytes);
    return NULL;
  }
  /* Fresh pages cost more than the arithmetic on them: beyond the first ones, which are enough for a small model, they are
     large ones. */
  char *huge = (char *)(((uintptr_t)base + SMALL + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE), *end = (char *)base + bytes;
  madvise(huge, (size_t)(end - huge), MADV_HUGEPAGE);
  *a = (OnnxArena){.users = 1, .mapping = base, .mapped = (size_t)bytes, .base = huge - SMALL, .top = huge - SMALL, .end = end, .touched = huge - SMALL};
  pthread_mutex_init(&a->lock, NULL);
  return a;
}

void THOnnx_freeArena(OnnxArena *a)
{
  if (!a || __atomic_sub_fetch(&a->users, 1, __ATOMIC_ACQ_REL)) return;
  THAllocator_noteUse(a->base - a->touched);
  munmap(a->mapping, a->mapped);
  pthread_mutex_destroy(&a->lock);
  free(a->gap);
  free(a);
}

/* The whole pages in [from, to). */
static int64_t leave(char *from, char *to)
{
  from = (char *)(((uintptr_t)from + PAGE - 1) / PAGE * PAGE);
  to = (char *)((uintptr_t)to / PAGE * PAGE);
  if (to <= from) return 0;
  madvise(from, (size_t)(to - from), MADV_DONTNEED);
  return to - from;
}

void THOnnx_trimArena(OnnxArena *a, int64_t kept)
{
  if (!a) return;
  pthread_mutex_lock(&a->lock);
  char *last = a->base - SMALL + (a->touched - a->base + SMALL + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE; /* a large page's end */
  if (!kept) leave(a->touched, THMin(last, a->end));
  const int64_t rest = leave(THMax(a->top, a->base + kept), a->touched);
  THAllocator_noteUse(-rest);
  a->touched -= rest;
  for (int i = 0; i < a->ngaps && !kept; i++) leave(a->gap[i].at, a->gap[i].at + a->gap[i].bytes);
  pthread_mutex_unlock(&a->lock);
}

static void remove_gap(OnnxArena *a, int i)
{
  a->ngaps--;
  memmove(a->gap + i, a->gap + i + 1, (size_t)(a->ngaps - i) * sizeof *a->gap);
}

/* The smallest gap that is large enough; NULL: none. */
static char *take_gap(OnnxArena *a, int64_t bytes)
{
  int best = -1;
  for (int i = 0; i < a->ngaps; i++)
    if (a->gap[i].bytes >= bytes && (best < 0 || a->gap[i].bytes < a->gap[best].bytes)) best = i;
  if (best < 0) return NULL;
  char *p = a->gap[best].at;
  a->gap[best].at += bytes;
  a->gap[best].bytes -= bytes;
  if (!a->gap[best].bytes) remove_gap(a, best);
  return p;
}

/* Above all blocks. */
static char *take_top(OnnxArena *a, int64_t bytes)
{
  if (bytes > a->end - a->top) return NULL;
  char *top = a->top + bytes;
  if (top > a->touched) {
    char *touched = (char *)(((uintptr_t)top + PAGE - 1) / PAGE * PAGE);
    if (touched - a->touched > THAllocator_room()) return NULL;
    THAllocator_noteUse(touched - a->touched);
    a->touched = touched;
  }
  char *p = a->top;
  a->top = top;
  return p;
}

/* Room for the gap that any block may leave. */
static bool reserve_gaps(OnnxArena *a)
{
  if (a->nblocks >= MOST_BLOCKS) return false;
  if (a->nblocks + 2 < a->room) return true;
  const int room = 2 * a->room + 64;
  Gap *gap = realloc(a->gap, (size_t)room * sizeof *gap);
  if (!gap) return false;
  a->gap = gap;
  a->room = room;
  return true;
}

static int64_t rounded(int64_t bytes) { return (bytes + UNIT - 1) / UNIT * UNIT; }

static void *arena_take(OnnxArena *a, int64_t bytes)
{
  pthread_mutex_lock(&a->lock);
  char *p = reserve_gaps(a) ? take_gap(a, rounded(bytes)) : NULL;
  if (!p && a->nblocks < MOST_BLOCKS) p = take_top(a, rounded(bytes));
  if (p) {
    a->nblocks++;
    __atomic_add_fetch(&a->users, 1, __ATOMIC_RELAXED);
  }
  pthread_mutex_unlock(&a->lock);
  return p;
}

static void arena_give(OnnxArena *a, char *p, int64_t bytes)
{
  pthread_mutex_lock(&a->lock);
  int i = 0;
  for (int end = a->ngaps; i < end;) { /* the first gap behind p */
    const int middle = (i + end) / 2;
    if (a->gap[middle].at < p) i = middle + 1;
    else end = middle;
  }
  if (i && a->gap[i - 1].at + a->gap[i - 1].bytes == p) {
    p = a->gap[--i].at;
    bytes += a->gap[i].bytes;
    remove_gap(a, i);
  }
  if (i < a->ngaps && p + bytes == a->gap[i].at) {
    bytes += a->gap[i].bytes;
    remove_gap(a, i);
  }
  if (p + bytes == a->top) {
    a->top = p;
  } else {
    memmove(a->gap + i + 1, a->gap + i, (size_t)(a->ngaps - i) * sizeof *a->gap);
    a->gap[i] = (Gap){p, bytes};
    a->ngaps++;
  }
  a->nblocks--;
  pthread_mutex_unlock(&a->lock);
  THOnnx_freeArena(a);
}

void *THOnnx_takeBlock(int64_t bytes, OnnxArena **arena)
{
  void *p = here.arena && bytes >= LEAST ? arena_take(here.arena, bytes) : NULL;
  *arena = p ? here.arena : NULL;
  if (p) return p;
  if (bytes < TH_CACHE_MIN) THOnnx_noteBytes(bytes);
  return THAlloc(bytes);
}

void THOnnx_giveBlock(void *block, int64_t bytes, OnnxArena *arena)
{
  if (arena) {
    arena_give(arena, block, rounded(bytes));
    return;
  }
  THFree(block);
  if (bytes < TH_CACHE_MIN) THOnnx_noteBytes(-bytes);
}

/* ---- scratch ---- */

typedef struct Scratch {
  OnnxArena *arena;
  int64_t bytes;
} Scratch;
enum { HEAD = 64 };

void *THOnnx_scratch(int64_t bytes)
{
  OnnxArena *arena;
  THOnnx_check(bytes <= INT64_MAX - HEAD, "too large");
  char *p = THOnnx_takeBlock(bytes + HEAD, &arena);
  *(Scratch *)p = (Scratch){arena, bytes + HEAD};
  return p + HEAD;
}

void THOnnx_freeScratch(void *p)
{
  if (!p) return;
  char *block = (char *)p - HEAD;
  const Scratch s = *(Scratch *)block;
  THOnnx_giveBlock(block, s.bytes, s.arena);
}
