#ifndef THC_SIMT_CUDA_RUNTIME_API_H
#define THC_SIMT_CUDA_RUNTIME_API_H
/* The simulator's part of the CUDA runtime API: names, values and meaning are CUDA 13's
   (docs/simulator.md says where it departs). Readable by C. */
#ifndef THC_SIMT
#define THC_SIMT 1
#endif
#include <stddef.h>

#ifdef __cplusplus
#define THC_SIMT_API extern "C" __attribute__((visibility("default")))
#define THC_SIMT_DEFAULT(value) = value
#else
#define THC_SIMT_API extern __attribute__((visibility("default")))
#define THC_SIMT_DEFAULT(value)
#endif

#define CUDART_VERSION 13000
#define CUDART_CB

/* X(name, number, text) */
#define THC_SIMT_ERRORS(X)                                                                         \
  X(cudaSuccess, 0, "no error")                                                                    \
  X(cudaErrorInvalidValue, 1, "invalid argument")                                                  \
  X(cudaErrorMemoryAllocation, 2, "out of memory")                                                 \
  X(cudaErrorInitializationError, 3, "initialization error")                                       \
  X(cudaErrorInvalidConfiguration, 9, "invalid configuration argument")                            \
  X(cudaErrorInvalidDevicePointer, 17, "invalid device pointer")                                   \
  X(cudaErrorInvalidMemcpyDirection, 21, "invalid copy direction for memcpy")                      \
  X(cudaErrorInvalidDeviceFunction, 98, "invalid device function")                                 \
  X(cudaErrorNoDevice, 100, "no CUDA-capable device is detected")                                  \
  X(cudaErrorInvalidDevice, 101, "invalid device ordinal")                                         \
  X(cudaErrorPeerAccessUnsupported, 217, "peer access is not supported between these two devices") \
  X(cudaErrorInvalidResourceHandle, 400, "invalid resource handle")                                \
  X(cudaErrorIllegalState, 401, "the operation cannot be performed in the present state")          \
  X(cudaErrorNotReady, 600, "device not ready")                                                    \
  X(cudaErrorIllegalAddress, 700, "an illegal memory access was encountered")                      \
  X(cudaErrorPeerAccessAlreadyEnabled, 704, "peer access is already enabled")                      \
  X(cudaErrorPeerAccessNotEnabled, 705, "peer access has not been enabled")                        \
  X(cudaErrorAssert, 710, "device-side assert triggered")                                          \
  X(cudaErrorLaunchFailure, 719, "unspecified launch failure")                                     \
  X(cudaErrorNotSupported, 801, "operation not supported")                                         \
  X(cudaErrorStreamCaptureUnsupported, 900, "operation not permitted when stream is capturing")    \
  X(cudaErrorStreamCaptureInvalidated, 901, "operation failed due to a previous error during capture") \
  X(cudaErrorUnknown, 999, "unknown error")

typedef enum cudaError {
#define X(name, number, text) name = number,
  THC_SIMT_ERRORS(X)
#undef X
} cudaError_t;

enum cudaMemcpyKind {
  cudaMemcpyHostToHost = 0,
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3,
  cudaMemcpyDefault = 4
};
enum cudaMemoryType {
  cudaMemoryTypeUnregistered = 0,
  cudaMemoryTypeHost = 1,
  cudaMemoryTypeDevice = 2,
  cudaMemoryTypeManaged = 3
};
struct cudaPointerAttributes {
  enum cudaMemoryType type;
  int device;
  void *devicePointer;
  void *hostPointer;
  long reserved[8];
};
typedef struct cudaUUID {
  char bytes[16];
} cudaUUID_t;

struct cudaDeviceProp {
  char name[256];
  cudaUUID_t uuid; /* the same in every process: GPU n of the machine */
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock;
  int warpSize;
  size_t memPitch;
  int maxThreadsPerBlock;
  int maxThreadsDim[3];
  int maxGridSize[3];
  size_t totalConstMem;
  int major;
  int minor;
  size_t textureAlignment;
  int multiProcessorCount;
  int integrated;
  int canMapHostMemory;
  int maxTexture1D;
  int concurrentKernels;
  int ECCEnabled;
  int pciBusID;
  int pciDeviceID;
  int pciDomainID;
  int asyncEngineCount;
  int unifiedAddressing;
  int memoryBusWidth;
  int l2CacheSize;
  int maxThreadsPerMultiProcessor;
  size_t sharedMemPerMultiprocessor;
  int regsPerMultiprocessor;
  int managedMemory;
  size_t sharedMemPerBlockOptin;
};
enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrWarpSize = 10,
  cudaDevAttrClockRate = 13,
  cudaDevAttrGpuOverlap = 15,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrKernelExecTimeout = 17,
  cudaDevAttrIntegrated = 18,
  cudaDevAttrCanMapHostMemory = 19,
  cudaDevAttrComputeMode = 20,
  cudaDevAttrMemoryClockRate = 36,
  cudaDevAttrGlobalMemoryBusWidth = 37,
  cudaDevAttrL2CacheSize = 38,
  cudaDevAttrMaxThreadsPerMultiProcessor = 39,
  cudaDevAttrMaxTexture1DLinearWidth = 69,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrManagedMemory = 83
};

#define cudaHostAllocDefault 0x00
#define cudaHostAllocPortable 0x01
#define cudaHostAllocMapped 0x02
#define cudaHostAllocWriteCombined 0x04
#define cudaStreamDefault 0x00
#define cudaStreamNonBlocking 0x01
#define cudaStreamLegacy ((cudaStream_t)0x1)
#define cudaEventDefault 0x00
#define cudaEventBlockingSync 0x01
#define cudaEventDisableTiming 0x02
#define cudaMemAttachGlobal 0x01
#define cudaMemAttachHost 0x02
#define cudaCpuDeviceId ((int)-1)

typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
typedef void(CUDART_CB *cudaHostFn_t)(void *userData);
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;
typedef struct CUgraphNode_st *cudaGraphNode_t;
enum cudaStreamCaptureMode {
  cudaStreamCaptureModeGlobal = 0,
  cudaStreamCaptureModeThreadLocal = 1,
  cudaStreamCaptureModeRelaxed = 2
};
enum cudaStreamCaptureStatus {
  cudaStreamCaptureStatusNone = 0,
  cudaStreamCaptureStatusActive = 1,
  cudaStreamCaptureStatusInvalidated = 2
};

/* ---- devices ---- */
THC_SIMT_API cudaError_t cudaGetDeviceCount(int *count);
THC_SIMT_API cudaError_t cudaGetDevice(int *device);
THC_SIMT_API cudaError_t cudaSetDevice(int device);
THC_SIMT_API cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);
THC_SIMT_API cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attr, int device);
THC_SIMT_API cudaError_t cudaDeviceSynchronize(void);
THC_SIMT_API cudaError_t cudaDeviceReset(void);
THC_SIMT_API cudaError_t cudaDeviceCanAccessPeer(int *canAccessPeer, int device, int peerDevice);
THC_SIMT_API cudaError_t cudaDeviceEnablePeerAccess(int peerDevice, unsigned flags);
THC_SIMT_API cudaError_t cudaDeviceDisablePeerAccess(int peerDevice);
THC_SIMT_API cudaError_t cudaRuntimeGetVersion(int *version);
THC_SIMT_API cudaError_t cudaDriverGetVersion(int *version);

/* ---- errors ---- */
THC_SIMT_API cudaError_t cudaGetLastError(void);
THC_SIMT_API cudaError_t cudaPeekAtLastError(void);
THC_SIMT_API const char *cudaGetErrorString(cudaError_t error);
THC_SIMT_API const char *cudaGetErrorName(cudaError_t error);

/* ---- memory ---- */
THC_SIMT_API cudaError_t cudaMalloc(void **devPtr, size_t size);
THC_SIMT_API cudaError_t cudaFree(void *devPtr);
THC_SIMT_API cudaError_t cudaMallocHost(void **ptr, size_t size);
THC_SIMT_API cudaError_t cudaHostAlloc(void **pHost, size_t size, unsigned flags);
THC_SIMT_API cudaError_t cudaFreeHost(void *ptr);
THC_SIMT_API cudaError_t cudaMallocManaged(void **devPtr, size_t size,
                                           unsigned flags THC_SIMT_DEFAULT(cudaMemAttachGlobal));
THC_SIMT_API cudaError_t cudaMemcpy(void *dst, const void *src, size_t count,
                                    enum cudaMemcpyKind kind);
THC_SIMT_API cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count,
                                         enum cudaMemcpyKind kind,
                                         cudaStream_t stream THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaMemcpyPeer(void *dst, int dstDevice, const void *src, int srcDevice,
                                        size_t count);
THC_SIMT_API cudaError_t cudaMemcpyPeerAsync(void *dst, int dstDevice, const void *src,
                                             int srcDevice, size_t count,
                                             cudaStream_t stream THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaMemset(void *devPtr, int value, size_t count);
THC_SIMT_API cudaError_t cudaMemsetAsync(void *devPtr, int value, size_t count,
                                         cudaStream_t stream THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
THC_SIMT_API cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes,
                                                  const void *ptr);

/* ---- streams and events ---- */
THC_SIMT_API cudaError_t cudaStreamCreate(cudaStream_t *stream);
THC_SIMT_API cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
THC_SIMT_API cudaError_t cudaStreamDestroy(cudaStream_t stream);
THC_SIMT_API cudaError_t cudaStreamSynchronize(cudaStream_t stream);
THC_SIMT_API cudaError_t cudaStreamQuery(cudaStream_t stream);
THC_SIMT_API cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                             unsigned flags THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaEventCreate(cudaEvent_t *event);
THC_SIMT_API cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
THC_SIMT_API cudaError_t cudaEventDestroy(cudaEvent_t event);
THC_SIMT_API cudaError_t cudaEventRecord(cudaEvent_t event,
                                         cudaStream_t stream THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaEventSynchronize(cudaEvent_t event);
THC_SIMT_API cudaError_t cudaEventQuery(cudaEvent_t event);
THC_SIMT_API cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end);
THC_SIMT_API cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t fn, void *userData);

/* ---- graphs: what is put into one stream, in that order ---- */
THC_SIMT_API cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode);
THC_SIMT_API cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
THC_SIMT_API cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status);
THC_SIMT_API cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *numNodes); /* counts */
THC_SIMT_API cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph,
                                              unsigned long long flags THC_SIMT_DEFAULT(0));
THC_SIMT_API cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
THC_SIMT_API cudaError_t cudaGraphDestroy(cudaGraph_t graph);
THC_SIMT_API cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);

#ifdef __cplusplus
template <class T> inline cudaError_t cudaMalloc(T **devPtr, size_t size)
{
  return cudaMalloc((void **)(void *)devPtr, size);
}
template <class T> inline cudaError_t cudaMallocHost(T **ptr, size_t size, unsigned flags = 0)
{
  return cudaHostAlloc((void **)(void *)ptr, size, flags);
}
template <class T> inline cudaError_t cudaHostAlloc(T **ptr, size_t size, unsigned flags)
{
  return cudaHostAlloc((void **)(void *)ptr, size, flags);
}
template <class T>
inline cudaError_t cudaMallocManaged(T **devPtr, size_t size, unsigned flags = cudaMemAttachGlobal)
{
  return cudaMallocManaged((void **)(void *)devPtr, size, flags);
}
#endif

#endif
