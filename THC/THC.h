#ifndef THC_H
#define THC_H
/* libTHC: tensors on NVIDIA GPUs. A CudaTensor is TH's tensor struct whose memory lies on a GPU
   (TH/THDevice.h); this library brings the memory, the streams and the kernels.

   Everything works on the calling thread's current GPU and current stream and returns before the
   work is done; reading a value, copying to the host and THC_synchronize wait. GPUs are counted from
   0 here, from 1 in Lua and in storage->device. Streams have an index: 0 is CUDA's default stream,
   others are made by THCState_reserveStreams on every GPU.

   There is one state in a process; the functions take it first, as Torch7's do. */
#include "THCTypes.h"
/* generated */
#include "THCStorageTyped.h"
#include "THCTensorTyped.h" /* THCudaTensor_newWithSize2d(state, ...), _narrow, _copyFloat, ... */
#include "THCTensorOps.h"   /* THCudaTensor_add(state, ...) and all that the table has */

#ifdef __cplusplus
extern "C" {
#endif

struct CUstream_st; /* cudaStream_t points to it */

/* ---- life ---- */
/* Finds the GPUs and makes TH use them; the second call returns the same state. Raises when there is
   no driver or no GPU. */
TH_API THCState *THCState_alloc(void);
TH_API void THCState_free(THCState *state); /* cached memory and streams; tensors must be gone */
/* Allocated the state and made it ready in Torch7; THCState_alloc does both here. */
TH_API void THCudaInit(THCState *state);
TH_API void THCudaShutdown(THCState *state);
/* "CUDA", or "the simulator" (THC/simt). */
TH_API const char *THC_platform(void);

/* ---- GPUs ---- */
TH_API int THCState_getNumDevices(THCState *state);
TH_API int THC_getDevice(THCState *state);
TH_API void THC_setDevice(THCState *state, int device); /* raises when there is none */
TH_API void THC_synchronize(THCState *state);           /* waits for the current GPU */
/* Bytes of the GPU. What the allocator keeps for reuse counts as free. */
TH_API void THC_memory(THCState *state, int device, size_t *free_, size_t *total);
/* Name, compute capability 10 * major + minor, multiprocessors. */
TH_API void THC_describe(THCState *state, int device, char *name, size_t room, int *capability,
                         int *processors);
/* The i-th of the GPU's numbers, by its name in getDeviceProperties; 0 when there are no more. */
TH_API int THC_property(THCState *state, int device, int i, const char **name, int *value);
TH_API void THC_versions(int *runtime, int *driver); /* such as 13000 */
TH_API int THCState_getPeerToPeerAccess(THCState *state, int dev, int devToAccess);
TH_API void THCState_setPeerToPeerAccess(THCState *state, int dev, int devToAccess, int enable);

/* ---- streams; the index is the calling thread's, and the same on every GPU ---- */
TH_API void THCState_reserveStreams(THCState *state, int numStreams, int nonBlocking);
TH_API int THCState_getNumStreams(THCState *state);
TH_API int THCState_getCurrentStreamIndex(THCState *state);
TH_API void THCState_setCurrentStreamIndex(THCState *state, int stream);
TH_API struct CUstream_st *THCState_getDeviceStream(THCState *state, int device, int stream);
TH_API struct CUstream_st *THCState_getCurrentStream(THCState *state);
TH_API void THC_streamSynchronize(THCState *state, int device, int stream);
/* Work put into `waiting` from now on starts after what is in `stream` now. */
TH_API void THC_streamWaitFor(THCState *state, int waitingDevice, int waiting, int device, int stream);

/* An event of the current GPU, recorded in the current stream. */
typedef struct THCEvent THCEvent;
TH_API THCEvent *THCEvent_new(THCState *state);
TH_API void THCEvent_free(THCEvent *event);
TH_API void THCEvent_waitOn(THCState *state, THCEvent *event); /* the current stream waits for it */
TH_API void THCEvent_synchronize(THCEvent *event);             /* the caller does */
TH_API int THCEvent_query(THCEvent *event);                    /* has it happened */
TH_API double THCEvent_elapsed(THCEvent *from, THCEvent *to);  /* milliseconds; both have happened */

/* ---- memory ---- */
typedef struct THCMemoryStats {
  int64_t inUse, cached, peak; /* bytes */
  int64_t hits, misses;        /* requests served from the cache, or by the driver */
} THCMemoryStats;
TH_API THCMemoryStats THC_memoryStats(THCState *state, int device);
TH_API void THC_releaseCached(THCState *state); /* on all GPUs */
/* Whether freed blocks are kept: not when THC_CACHING_ALLOCATOR=0 is in the environment. */
TH_API int THCState_isCachingAllocatorEnabled(THCState *state);
/* Page-locked host memory: copies from and to it can run beside the host's own work. */
TH_API THAllocator THCudaHostAllocator;
TH_API THAllocator *THCState_getCudaHostAllocator(THCState *state);
/* r = src, both contiguous and of one element type and count, one on the host. Returns at once; the
   host side must be page-locked for that, and untouched until the stream has been waited for. */
TH_API void THC_copyAsync(THCState *state, THAnyTensor *r, THAnyTensor *src);

/* ---- random numbers: Philox4x32-10 (Salmon et al., 2011), one generator for each GPU. A fill gives
   the same numbers whatever the launch shape. ---- */
TH_API uint64_t THCRandom_seed(THCState *state); /* from the system; returns it */
TH_API uint64_t THCRandom_seedAll(THCState *state);
TH_API void THCRandom_manualSeed(THCState *state, uint64_t seed);
TH_API void THCRandom_manualSeedAll(THCState *state, uint64_t seed);
TH_API uint64_t THCRandom_initialSeed(THCState *state);
/* 16 bytes: the seed and the position, little endian. */
TH_API void THCRandom_getRNGState(THCState *state, THByteTensor *r_);
TH_API void THCRandom_setRNGState(THCState *state, THByteTensor *src);

#ifdef __cplusplus
}
#endif
#endif
