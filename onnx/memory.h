#ifndef ONNX_MEMORY_H
#define ONNX_MEMORY_H
/* Where the bytes of values come from, how many there may be, and what stops a run. */
#include "THAllocator.h"
#include "THGeneral.h"
#include "THONNX.h"

/* Memory of a model, or of its runs, reused from one to the next: the blocks of a run lie close together in one range of
   addresses, so that a run touches little more than its values need at one time. One run uses it at a time; a block that
   outlives the run (an output) keeps it alive. */
typedef struct OnnxArena OnnxArena;
OnnxArena *THOnnx_newArena(void); /* NULL where there are no addresses; then runs get theirs from THAlloc */
void THOnnx_freeArena(OnnxArena *a); /* NULL is ignored; blocks that are still in use stay */
/* Pages that no block has go back to the system, but for the first `kept` bytes. */
void THOnnx_trimArena(OnnxArena *a, int64_t kept);
/* A block, of the arena of the run that this thread is in if that is good for it, else of THAlloc; *arena says whose it is. */
void *THOnnx_takeBlock(int64_t bytes, OnnxArena **arena);
void THOnnx_giveBlock(void *block, int64_t bytes, OnnxArena *arena);

/* Memory that is no value's, 64 bytes apart from a block's start; ONNX_AUTO_MEM frees it as TH_AUTO_MEM does THAlloc's. */
void *THOnnx_scratch(int64_t bytes);
void THOnnx_freeScratch(void *p);
static inline void THOnnx_autofree_scratch(void *p) { THOnnx_freeScratch(*(void **)p); }
#define ONNX_AUTO_MEM __attribute__((cleanup(THOnnx_autofree_scratch)))

/* Small blocks, which THAlloc does not count: what this thread has more, or less (negative), of them. */
void THOnnx_noteBytes(int64_t bytes);
/* Raises, with the shape, when a value of so many bytes is more than the limit leaves, or than THOnnx_setLargest allows. */
void THOnnx_checkRoom(THONNXType type, int ndim, const int64_t *size, int64_t bytes);
/* No value that this thread makes may have more bytes from now on; returns what was so before. */
int64_t THOnnx_setLargest(int64_t bytes);

/* What a thread has while it opens or runs a model: a limit, an arena, and an eye on THONNX_stop. Begun by THOnnx_enter, ended
   by ONNX_AUTO_LEAVE when the scope ends. `stops`: the model's count of calls to stop it; NULL: none yet. */
typedef struct OnnxPlace {
  OnnxArena *arena;
  const unsigned *stops;
  unsigned seen, seenAll;
  int64_t largest, limit; /* limit: the one of THAllocator before */
  THScratchPlace scratch; /* before */
} OnnxPlace;
void THOnnx_enter(OnnxPlace *before, OnnxArena *arena, const unsigned *stops);
void THOnnx_leave(OnnxPlace *before);
#define ONNX_AUTO_LEAVE __attribute__((cleanup(THOnnx_leave))) OnnxPlace
/* Raises when THONNX_stop was called since this thread entered. */
void THOnnx_checkStop(void);
#endif
