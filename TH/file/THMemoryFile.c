#include "THFilePrivate.h"

/* The content is the first `size` bytes of the storage, and a NUL. While writing, the storage may be
   longer; its owner outside may also have changed it, so every call clamps first. */
typedef struct THMemoryFile {
  THFile base;
  THAnyStorage *storage; /* Char */
  int64_t size, position;
} THMemoryFile;

static void clamp(THMemoryFile *f)
{
  int64_t room = THMax((int64_t)f->storage->size - 1, 0);
  f->size = THMin(f->size, room);
  f->position = THMin(f->position, f->size);
}

static const char *memory_peek(THFile *self, size_t want, size_t *have)
{
  (void)want;
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  *have = (size_t)(f->size - f->position);
  return (const char *)f->storage->data + f->position;
}

static void memory_skip(THFile *self, size_t n) { ((THMemoryFile *)self)->position += (int64_t)n; }

static size_t memory_read(THFile *self, char *data, size_t n)
{
  size_t have;
  const char *p = memory_peek(self, n, &have);
  n = THMin(n, have);
  if (n) memmove(data, p, n); /* may be read into itself */
  memory_skip(self, n);
  return n;
}

/* Room for `size` bytes and the NUL; grows by half. */
static void reserve(THMemoryFile *f, int64_t size)
{
  int64_t have = f->storage->size;
  if (size < have) return;
  bool resizable = f->storage->flag & TH_STORAGE_RESIZABLE;
  if (!resizable)
    THError("write error: the storage of file <memory> is not resizable (%lld to %lld bytes)",
            (long long)have, (long long)size + 1);
  THAnyStorage_resize(f->storage, have == 0 ? size + 1 : THMax(size + 1, have + have / 2 + 64));
}

static size_t memory_write(THFile *self, const char *data, size_t n)
{
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  int64_t end;
  if (!TH_addSize(f->position, (int64_t)n, &end) || end == INT64_MAX)
    THError("write error: %zu bytes are more than memory can address", n);
  const char *old = f->storage->data;
  bool own = old && data >= old && data < old + f->storage->size; /* written into itself */
  reserve(f, end);
  char *bytes = f->storage->data;
  if (own) data = bytes + (data - old);
  memmove(bytes + f->position, data, n);
  f->position = end;
  if (end > f->size) {
    f->size = end;
    bytes[end] = '\0';
  }
  return n;
}

static int64_t memory_left(THFile *self)
{
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  return f->size - f->position;
}

static bool memory_flush(THFile *self)
{
  (void)self;
  return true;
}

static bool memory_seek(THFile *self, int64_t position)
{
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  if (position > f->size) return false;
  f->position = position;
  return true;
}

static bool memory_seekEnd(THFile *self)
{
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  f->position = f->size;
  return true;
}

static int64_t memory_position(THFile *self)
{
  clamp((THMemoryFile *)self);
  return ((THMemoryFile *)self)->position;
}

static bool memory_close(THFile *self)
{
  THMemoryFile *f = (THMemoryFile *)self;
  THAnyStorage_free(f->storage);
  f->storage = NULL;
  return true;
}

static void memory_free(THFile *self) { THFree(self); }

static const THFileClass memory = {memory_peek,  memory_skip,    memory_read,     memory_write,
                                   memory_left,  memory_flush,   memory_seek,     memory_seekEnd,
                                   memory_position, memory_close, memory_free,    TH_FILE_MEMORY};

THFile *THMemoryFile_newWithStorage(THCharStorage *storage, const char *mode)
{
  bool readable, writable;
  THAnyStorage *given = (THAnyStorage *)storage;
  THArgCheck(!given || (given->type == TH_CHAR && given->size > 0 &&
                        storage->data[given->size - 1] == '\0'),
             1, "provided CharStorage must be terminated by 0");
  THArgCheck(THFile_parseMode(mode, &readable, &writable), 2,
             "file mode should be 'r', 'w' or 'rw', got '%s'", mode);
  TH_AUTO(THAnyStorage) own = NULL;
  if (given) {
    THAnyStorage_retain(given);
    own = given;
  } else {
    own = THAnyStorage_newWithSize(TH_CHAR, 1);
    *(char *)own->data = '\0';
  }
  THMemoryFile *f = THAlloc(sizeof *f);
  *f = (THMemoryFile){.storage = own, .size = own->size - 1};
  own = NULL;
  THFile_init(&f->base, &memory, readable, writable);
  f->base.name = "memory";
  return &f->base;
}

THFile *THMemoryFile_new(const char *mode) { return THMemoryFile_newWithStorage(NULL, mode); }

THCharStorage *THMemoryFile_storage(THFile *self)
{
  THFile_checkOpened(self);
  THArgCheck(self->class == &memory, 1, "storage: <%s> is not a MemoryFile", self->name);
  THMemoryFile *f = (THMemoryFile *)self;
  clamp(f);
  if (f->storage->size != f->size + 1 && (f->storage->flag & TH_STORAGE_RESIZABLE)) {
    THAnyStorage_resize(f->storage, f->size + 1);
    ((char *)f->storage->data)[f->size] = '\0';
  }
  return (THCharStorage *)f->storage;
}
