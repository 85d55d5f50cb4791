#include "THMapAllocator.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct THMapAllocatorContext {
  char *filename;
  int flags, fd;
  ptrdiff_t size; /* bytes the user sees */
};

enum { COUNT_BYTES = 64 };

THMapAllocatorContext *THMapAllocatorContext_newWithFd(const char *filename, int fd, int flags)
{
  const int shared = TH_ALLOCATOR_MAPPED_SHARED | TH_ALLOCATOR_MAPPED_SHAREDMEM;
  THArgCheck(filename, 1, "mapping: a file name is needed");
  THArgCheck((flags & shared) || !(flags & (TH_ALLOCATOR_MAPPED_NOCREATE | TH_ALLOCATOR_MAPPED_EXCLUSIVE |
                                            TH_ALLOCATOR_MAPPED_UNLINK)),
             2, "mapping <%s>: private mappings never create or remove files", filename);
  if (flags & TH_ALLOCATOR_MAPPED_SHAREDMEM) flags |= TH_ALLOCATOR_MAPPED_SHARED;
  size_t n = strlen(filename) + 1;
  TH_AUTO(THMapAllocatorContext) ctx = THAlloc(sizeof *ctx);
  *ctx = (THMapAllocatorContext){.flags = flags, .fd = fd};
  ctx->filename = THAlloc((ptrdiff_t)n);
  memcpy(ctx->filename, filename, n);
  THMapAllocatorContext *result = ctx;
  ctx = NULL;
  return result;
}

THMapAllocatorContext *THMapAllocatorContext_new(const char *filename, int flags)
{
  return THMapAllocatorContext_newWithFd(filename, -1, flags & ~TH_ALLOCATOR_MAPPED_FROMFD);
}

char *THMapAllocatorContext_filename(THMapAllocatorContext *ctx) { return ctx->filename; }
int THMapAllocatorContext_fd(THMapAllocatorContext *ctx) { return ctx->fd; }
ptrdiff_t THMapAllocatorContext_size(THMapAllocatorContext *ctx) { return ctx->size; }

void THMapAllocatorContext_free(THMapAllocatorContext *ctx)
{
  if (!ctx) return;
  if (ctx->fd >= 0) close(ctx->fd);
  THFree(ctx->filename);
  THFree(ctx);
}

/* ---- mapping ---- */

static void remove_name(const THMapAllocatorContext *ctx)
{
  if (ctx->flags & TH_ALLOCATOR_MAPPED_SHAREDMEM) shm_unlink(ctx->filename);
  else unlink(ctx->filename);
}

static int open_file(const THMapAllocatorContext *ctx)
{
  if (!(ctx->flags & TH_ALLOCATOR_MAPPED_SHARED)) return open(ctx->filename, O_RDONLY | O_CLOEXEC);
  int flags = O_RDWR;
  if (!(ctx->flags & TH_ALLOCATOR_MAPPED_NOCREATE)) flags |= O_CREAT;
  if (ctx->flags & TH_ALLOCATOR_MAPPED_EXCLUSIVE) flags |= O_CREAT | O_EXCL;
  return ctx->flags & TH_ALLOCATOR_MAPPED_SHAREDMEM ? shm_open(ctx->filename, flags, 0600)
                                                    : open(ctx->filename, flags | O_CLOEXEC, 0666);
}

/* The bytes to map: `wanted`, or all of the file; grows shared files. */
static int64_t fit_file(const THMapAllocatorContext *ctx, int fd, int64_t wanted)
{
  struct stat st;
  if (fstat(fd, &st) != 0)
    THError("unable to stat file <%s>: %s", ctx->filename, strerror(errno));
  if (S_ISDIR(st.st_mode)) THError("unable to map <%s>: %s", ctx->filename, strerror(EISDIR));
  if (wanted <= 0) return st.st_size;
  if (wanted <= st.st_size) return wanted;
  if (!(ctx->flags & TH_ALLOCATOR_MAPPED_SHARED))
    THError("file <%s> is smaller than the required mapping: %lld bytes, %lld needed",
            ctx->filename, (long long)st.st_size, (long long)wanted);
  if (ftruncate(fd, wanted) != 0)
    THError("unable to resize file <%s> to %lld bytes: %s", ctx->filename, (long long)wanted,
            strerror(errno));
  return wanted;
}

static void close_autofree(int *fd)
{
  if (*fd >= 0) close(*fd);
}

/* NULL when there is nothing to map. */
static void *map_file(THMapAllocatorContext *ctx, int64_t wanted, int64_t *size)
{
  bool given = ctx->fd >= 0;
  __attribute__((cleanup(close_autofree))) int opened = given ? -1 : open_file(ctx);
  int fd = given ? ctx->fd : opened;
  if (fd < 0) THError("unable to open file <%s> for mapping: %s", ctx->filename, strerror(errno));
  *size = fit_file(ctx, fd, wanted);
  if (*size == 0) return NULL;
  void *p = mmap(NULL, (size_t)*size, PROT_READ | PROT_WRITE,
                 ctx->flags & TH_ALLOCATOR_MAPPED_SHARED ? MAP_SHARED : MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED)
    THError("unable to map file <%s> to memory, %lld bytes: %s", ctx->filename, (long long)*size,
            strerror(errno));
  if (ctx->flags & TH_ALLOCATOR_MAPPED_UNLINK) remove_name(ctx);
  if (ctx->flags & TH_ALLOCATOR_MAPPED_KEEPFD) {
    ctx->fd = fd;
    opened = -1;
  } else if (given) {
    close(ctx->fd);
    ctx->fd = -1;
  }
  return p;
}

static void *map_malloc(void *context, ptrdiff_t size)
{
  THMapAllocatorContext *ctx = context;
  int64_t bytes;
  void *p = map_file(ctx, size, &bytes);
  ctx->size = bytes;
  return p;
}

static void *no_realloc(void *context, void *ptr, ptrdiff_t size)
{
  (void)ptr;
  THError("cannot resize mapped file <%s> to %lld bytes",
          ((THMapAllocatorContext *)context)->filename, (long long)size);
}

static void map_free(void *context, void *data)
{
  THMapAllocatorContext *ctx = context;
  if (data) munmap(data, (size_t)ctx->size);
  THMapAllocatorContext_free(ctx);
}

THAllocator THMapAllocator = {map_malloc, no_realloc, map_free};

/* ---- counted ---- */

static int *count_of(void *data) { return (int *)((char *)data - COUNT_BYTES); }

static void *counted_malloc(void *context, ptrdiff_t size)
{
  THMapAllocatorContext *ctx = context;
  int64_t bytes;
  THArgCheck(ctx->flags & TH_ALLOCATOR_MAPPED_SHARED, 2,
             "mapping <%s>: a counted mapping must be shared", ctx->filename);
  THArgCheck(!(ctx->flags & (TH_ALLOCATOR_MAPPED_KEEPFD | TH_ALLOCATOR_MAPPED_UNLINK)), 2,
             "mapping <%s>: a counted mapping keeps neither descriptor nor unlinks early",
             ctx->filename);
  char *p = map_file(ctx, size > 0 ? size + COUNT_BYTES : 0, &bytes);
  if (bytes <= COUNT_BYTES) {
    if (p) munmap(p, (size_t)bytes);
    THError("file <%s> is too small for a counted mapping: %lld bytes", ctx->filename,
            (long long)bytes);
  }
  ctx->size = bytes - COUNT_BYTES;
  THRefcountedMapAllocator_incref(ctx, p + COUNT_BYTES);
  return p + COUNT_BYTES;
}

void THRefcountedMapAllocator_incref(THMapAllocatorContext *ctx, void *data)
{
  (void)ctx;
  __atomic_fetch_add(count_of(data), 1, __ATOMIC_RELAXED);
}

int THRefcountedMapAllocator_decref(THMapAllocatorContext *ctx, void *data)
{
  (void)ctx;
  return __atomic_sub_fetch(count_of(data), 1, __ATOMIC_ACQ_REL) == 0;
}

static void counted_free(void *context, void *data)
{
  THMapAllocatorContext *ctx = context;
  if (data) {
    if (THRefcountedMapAllocator_decref(ctx, data)) remove_name(ctx);
    munmap((char *)data - COUNT_BYTES, (size_t)ctx->size + COUNT_BYTES);
  }
  THMapAllocatorContext_free(ctx);
}

THAllocator THRefcountedMapAllocator = {counted_malloc, no_realloc, counted_free};

/* ---- storages ---- */

THAnyStorage *THAnyStorage_newWithMapping(THType type, const char *filename, ptrdiff_t size,
                                          int flags)
{
  int64_t bytes, element = (int64_t)THType_size(type);
  THArgCheck(size >= 0 && TH_mulSize(size, element, &bytes), 2,
             "mapping <%s>: invalid size %lld", filename, (long long)size);
  /* The storage comes first, empty: freeing it frees the context and whatever got mapped. */
  TH_AUTO(THMapAllocatorContext) ctx = THMapAllocatorContext_new(filename, flags);
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithDataAndAllocator(type, NULL, 0, &THMapAllocator, ctx);
  THMapAllocatorContext *mapped = ctx;
  ctx = NULL;
  s->flag &= ~TH_STORAGE_RESIZABLE;
  s->data = map_malloc(mapped, bytes);
  s->size = mapped->size / element;
  THAnyStorage *result = s;
  s = NULL;
  return result;
}
