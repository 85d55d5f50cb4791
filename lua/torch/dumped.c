/* Bytecode that this process has dumped: in memory it may come back, for that code is already here. One
   set for all Lua states, as functions travel between them; two generations of at most KEEP entries and KEEP_BYTES
   (or of one larger entry). */
#include "File.h"
#include <pthread.h>
#include <stdlib.h>

enum { KEEP = 4096, KEEP_BYTES = 16 << 20, BUCKETS = 1024 };

typedef struct Code {
  struct Code *next;
  size_t size;
  char bytes[];
} Code;

static struct {
  pthread_mutex_t lock;
  Code *bucket[2][BUCKETS]; /* by generation */
  int newer, count;         /* which one is filled, and how many it holds */
  size_t bytes;             /* of its code */
} dumped = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t bucket_of(const char *bytes, size_t n)
{
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < n; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
  return (size_t)(hash >> 20) % BUCKETS;
}

static bool holds(int generation, size_t bucket, const char *bytes, size_t n)
{
  for (const Code *c = dumped.bucket[generation][bucket]; c; c = c->next)
    if (c->size == n && !memcmp(c->bytes, bytes, n)) return true;
  return false;
}

static void forget(int generation)
{
  for (int b = 0; b < BUCKETS; b++) {
    for (Code *c = dumped.bucket[generation][b], *next; c; c = next) {
      next = c->next;
      free(c);
    }
    dumped.bucket[generation][b] = NULL;
  }
}

static void add(size_t bucket, const char *bytes, size_t n)
{
  Code *c = malloc(sizeof *c + n);
  if (!c) return; /* not remembered: read back, it will be a stand-in */
  if (dumped.count == KEEP || (dumped.count && dumped.bytes + n > KEEP_BYTES)) {
    dumped.newer = 1 - dumped.newer;
    dumped.count = 0;
    dumped.bytes = 0;
    forget(dumped.newer);
  }
  dumped.count++;
  dumped.bytes += n;
  c->size = n;
  memcpy(c->bytes, bytes, n);
  c->next = dumped.bucket[dumped.newer][bucket];
  dumped.bucket[dumped.newer][bucket] = c;
}

/* rememberdump(bytecode) */
int torch_rememberdump(lua_State *L)
{
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  size_t bucket = bucket_of(bytes, n);
  pthread_mutex_lock(&dumped.lock);
  if (!holds(dumped.newer, bucket, bytes, n)) add(bucket, bytes, n);
  pthread_mutex_unlock(&dumped.lock);
  return 0;
}

/* isdump(bytecode): did rememberdump get it, in any state? */
int torch_isdump(lua_State *L)
{
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  size_t bucket = bucket_of(bytes, n);
  pthread_mutex_lock(&dumped.lock);
  bool known = holds(0, bucket, bytes, n) || holds(1, bucket, bytes, n);
  pthread_mutex_unlock(&dumped.lock);
  lua_pushboolean(L, known);
  return 1;
}
