#ifndef THC_H
#define THC_H
/* libTHC: tensors on NVIDIA GPUs. A CudaTensor is TH's tensor struct whose memory lies on a GPU
   (TH/core/THDevice.h); this library brings the memory, the streams and the kernels.

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

/* CUDA's types, whose headers a C program need not include: cudaStream_t and cublasHandle_t point to
   the first two, and cudaError_t is passed as an int. */
struct CUstream_st;
struct cublasContext;
struct cudaDeviceProp;

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

/* Raises what a call of CUDA returned, unless it is cudaSuccess. */
#define THCudaCheck(call) __THCudaCheck((int)(call), __FILE__, __LINE__)
TH_API void __THCudaCheck(int error, const char *file, int line);

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
TH_API struct cudaDeviceProp *THCState_getCurrentDeviceProperties(THCState *state); /* borrowed */
/* Whether the current GPU computes with half, and faster than with float. */
TH_API int THC_nativeHalfInstructions(THCState *state);
TH_API int THC_fastHalfInstructions(THCState *state);
TH_API THHalf THC_float2half(float a);
TH_API float THC_half2float(THHalf a);
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
TH_API struct CUstream_st *THCState_getCurrentStreamOnDevice(THCState *state, int device);
TH_API void THC_sleep(THCState *state, long long cycles); /* keeps the current stream busy that long */
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

/* ---- graphs: launches recorded once, then started as one ----
   THCGraph_enter, the work, THCGraph_leave runs work on the graph's own stream, whose memory stays the graph's; once it has run so,
   enter, begin, the same work, end, leave records it: nothing is computed then. Between begin and end nothing may wait for the
   GPU or copy from or to the host, which raises. A graph uses the memory that was used when it was recorded, and numbers
   as they were then; random numbers go on from replay to replay. Of one GPU, and of the calling thread. */
typedef struct THCGraph THCGraph;
TH_API THCGraph *THCGraph_new(THCState *state); /* of the current GPU */
TH_API void THCGraph_free(THCGraph *graph);     /* waits for the GPU */
TH_API void THCGraph_enter(THCState *state, THCGraph *graph);
TH_API void THCGraph_leave(THCState *state, THCGraph *graph);
TH_API void THCGraph_begin(THCGraph *graph);
TH_API void THCGraph_end(THCGraph *graph, int keep); /* keep 0: what was recorded is dropped */
TH_API size_t THCGraph_size(const THCGraph *graph);  /* launches and copies in it */
TH_API void THCGraph_launch(THCState *state, THCGraph *graph); /* on the current stream; returns at once */

/* ---- memory ---- */
typedef struct THCMemoryStats {
  int64_t inUse, cached, peak; /* bytes */
  int64_t hits, misses;        /* requests served from the cache, or by the driver */
} THCMemoryStats;
TH_API THCMemoryStats THC_memoryStats(THCState *state, int device);
TH_API void THC_releaseCached(THCState *state); /* on all GPUs */
/* The same and the largest block that is kept for reuse. */
TH_API int THCudaMemGetInfoCached(THCState *state, size_t *freeBytes, size_t *totalBytes, size_t *largestBlock);
/* Room on the current GPU for work on the current stream, until the next operation; its bytes. */
TH_API void *THCState_getCurrentDeviceScratchSpace(THCState *state);
TH_API size_t THCState_getCurrentDeviceScratchSpaceSize(THCState *state);
/* Whether freed blocks are kept: not when THC_CACHING_ALLOCATOR=0 is in the environment. */
TH_API int THCState_isCachingAllocatorEnabled(THCState *state);
/* A block of the current GPU, from the cache, for work on the current stream. Both return 0; when there
   is no memory THCudaMalloc raises. THCudaFree also takes blocks of cudaMalloc, and NULL. */
TH_API int THCudaMalloc(THCState *state, void **ptr, size_t size);
TH_API int THCudaFree(THCState *state, void *ptr);
TH_API int THCudaMemGetInfo(THCState *state, size_t *freeBytes, size_t *totalBytes); /* current GPU */
/* What storages get their memory from; its context is NULL. */
TH_API THAllocator *THCState_getDeviceAllocator(THCState *state);
/* Page-locked host memory: copies from and to it can run beside the host's own work. */
TH_API THAllocator THCudaHostAllocator;
TH_API THAllocator *THCState_getCudaHostAllocator(THCState *state);
TH_API void *THCudaHostAlloc(THCState *state, size_t size);
TH_API void THCudaHostFree(THCState *state, void *ptr);
/* Memory that the host and the GPUs share; who reads what the other wrote waits for it first. */
TH_API THAllocator THCudaUVAAllocator;
TH_API THAllocator *THCState_getCudaUVAAllocator(THCState *state);
/* Whether an address is in such memory. */
TH_API int THC_isManaged(THCState *state, const void *ptr);
/* THSetGCHandler and THHeapUpdate, under the names that extensions use. */
TH_API void THCSetGCHandler(THCState *state, void (*torchGCHandlerFunction)(void *data), void *data);
TH_API void THCHeapUpdate(THCState *state, ptrdiff_t size);
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

/* ---- BLAS on pointers into the current GPU's memory: column-major, as in Fortran; trans is 'n' or
   't'; x_i is x[i * incx] with incx > 0. Sums of half are kept in float. ---- */
TH_API float THCudaBlas_Sdot(THCState *state, int64_t n, float *x, int64_t incx, float *y, int64_t incy);
TH_API double THCudaBlas_Ddot(THCState *state, int64_t n, double *x, int64_t incx, double *y, int64_t incy);
TH_API float THCudaBlas_Hdot(THCState *state, int64_t n, THHalf *x, int64_t incx, THHalf *y, int64_t incy);
#define THC_BLAS(S, real)                                                                          \
  /* y = alpha op(a) x + beta y, a being m x n */                                                  \
  TH_API void THCudaBlas_##S##gemv(THCState *state, char trans, int64_t m, int64_t n, real alpha,  \
                                   real *a, int64_t lda, real *x, int64_t incx, real beta,         \
                                   real *y, int64_t incy);                                         \
  /* a += alpha x y', a being m x n */                                                             \
  TH_API void THCudaBlas_##S##ger(THCState *state, int64_t m, int64_t n, real alpha, real *x,      \
                                  int64_t incx, real *y, int64_t incy, real *a, int64_t lda);
#define THC_BLAS_GEMM(S, real)                                                                     \
  /* c = alpha op(a) op(b) + beta c, c being m x n, the sums of length k */                        \
  TH_API void THCudaBlas_##S##gemm(THCState *state, char transa, char transb, int64_t m,           \
                                   int64_t n, int64_t k, real alpha, real *a, int64_t lda,         \
                                   real *b, int64_t ldb, real beta, real *c, int64_t ldc);         \
  /* the same for matrices that are strideA, strideB, strideC elements apart */                    \
  TH_API void THCudaBlas_##S##gemmStridedBatched(                                                  \
    THCState *state, char transa, char transb, int64_t m, int64_t n, int64_t k, real alpha,        \
    const real *a, int64_t lda, int64_t strideA, const real *b, int64_t ldb, int64_t strideB,      \
    real beta, real *c, int64_t ldc, int64_t strideC, int64_t batchCount);
THC_BLAS(S, float)
THC_BLAS(D, double)
THC_BLAS_GEMM(S, float)
THC_BLAS_GEMM(D, double)
THC_BLAS_GEMM(H, THHalf)
#undef THC_BLAS
#undef THC_BLAS_GEMM
/* The cuBLAS handle of the current GPU and stream, for calls of your own. The simulator has none and
   raises. */
TH_API struct cublasContext *THCState_getCurrentBlasHandle(THCState *state);
TH_API struct cublasContext *THCState_getDeviceBlasHandle(THCState *state, int device, int handle);
/* Kept for programs that number their handles, from 1: every GPU and stream has its own. */
TH_API void THCState_reserveBlasHandles(THCState *state, int numHandles);
TH_API int THCState_getNumBlasHandles(THCState *state);
TH_API int THCState_getCurrentBlasHandleIndex(THCState *state);
TH_API void THCState_setCurrentBlasHandleIndex(THCState *state, int handle);
/* How products of floats, convolutions among them, use the units for matrices: not (the default), their factors rounded to
   TF32's 10 bits behind the point, or to bfloat16's 7, which convolutions by cuDNN take for TF32. Sums are kept in float. At
   first what THC_FLOAT_PRECISION is in the environment: float, tf32 or bf16. For the whole process. */
typedef enum THCPrecision { THC_PRECISION_FLOAT, THC_PRECISION_TF32, THC_PRECISION_BF16 } THCPrecision;
TH_API THCPrecision THCState_getFloatPrecision(THCState *state); /* raises where the environment has something else */
TH_API void THCState_setFloatPrecision(THCState *state, THCPrecision precision);
TH_API const char *THCPrecision_name(THCPrecision precision); /* NULL: there is none */

/* Operations take tensors of the current GPU only: 0, and true raises. */
TH_API int THCState_getKernelPeerToPeerAccessEnabled(THCState *state);
TH_API void THCState_setKernelPeerToPeerAccessEnabled(THCState *state, int enable);

#ifdef __cplusplus
}
#endif

#include "THCBatched.h"
#include "THCStream.h"
#include "THCTensorConv.h"
#include "THCTensorMath.h"
#endif
