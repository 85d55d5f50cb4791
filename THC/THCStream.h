#ifndef THC_STREAM_H
#define THC_STREAM_H
/* Streams as objects, counted, of the GPU that was current when they were made; and what Torch7's allocators were told of them.
   Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct THCStream {
  struct CUstream_st *stream;
  int device;
  int refcount;
} THCStream;
TH_API THCStream *THCStream_new(int flags); /* cudaStreamDefault or cudaStreamNonBlocking */
TH_API THCStream *THCStream_newWithPriority(int flags, int priority);
TH_API THCStream *THCStream_defaultStream(int device); /* borrowed */
TH_API void THCStream_retain(THCStream *self);
TH_API void THCStream_free(THCStream *self); /* CUDA's stream stays while a state knows it */
/* The current GPU's current stream, borrowed; and makes one current, under an index of its own, NULL being the default one. */
TH_API THCStream *THCState_getStream(THCState *state);
TH_API void THCState_setStream(THCState *state, THCStream *stream);
/* THCState_getCurrentDeviceScratchSpace of any GPU and stream. */
TH_API void *THCState_getDeviceScratchSpace(THCState *state, int device, int stream);
TH_API size_t THCState_getDeviceScratchSpaceSize(THCState *state, int device);

/* ---- memory ---- */
/* THCState_getDeviceAllocator: the only one; setting another raises. */
TH_API THAllocator *THCCachingAllocator_get(void);
TH_API void THCState_setDeviceAllocator(THCState *state, THAllocator *allocator);
/* The block that an address of THCudaMalloc's is in, which is a block of its own, and its bytes. */
TH_API void *THCCachingAllocator_getBaseAllocation(void *ptr, size_t *size);
/* A block of THCudaMalloc's is used by that stream, too: when it is freed, its own stream waits for it. */
TH_API void THCCachingAllocator_recordStream(void *ptr, THCStream *stream);
/* Page-locked memory is given back when it is freed, and waits then: nothing to record, and no cache to empty. */
TH_API int THCCachingHostAllocator_recordEvent(void *ptr, THCStream *stream);
TH_API void THCCachingHostAllocator_emptyCache(void);
TH_API void THCudaHostRecord(THCState *state, void *ptr);
TH_API void THCMagma_init(THCState *state); /* nothing: there is no MAGMA */

#ifdef __cplusplus
}
#endif
#endif
