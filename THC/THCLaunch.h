#ifndef THC_LAUNCH_H
#define THC_LAUNCH_H
/* Launching kernels and checking calls, alike under nvcc and under the simulator (THC/simt, which
   defines THC_SIMT). For .cu files:

     template <class T> __global__ void scale(T *x, T a, int64_t n) {...}
     THC_LAUNCH((scale<float>), grid, block, sharedBytes, stream, x, 2.f, n);
     THC_CHECK(cudaStreamSynchronize(stream));

   A kernel's template arguments are spelt out, in parentheses. Parameters are trivially copyable.
 */
#include <cstdlib>
#include <cuda_runtime.h>
#include "THGeneral.h"

/* CUDA's errors raise THError with the error's text and the file and line of the call. A call's
   error is cleared, so that the next launch is not blamed for it; those that stick stay. */
#define THC_CHECK(call) THCLaunch_check((call), #call, __FILE__, __LINE__)

static inline void THCLaunch_check(cudaError_t error, const char *call, const char *file, int line)
{
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();
  _THError(file, line, "%s: CUDA error %d, %s (%s)", call, (int)error, cudaGetErrorString(error),
           cudaGetErrorName(error));
}

/* THC_SYNC=1 in the environment: every launch waits for its kernel, so that faults name it. */
inline bool THCLaunch_synchronous()
{
  static const bool on = [] {
    const char *value = std::getenv("THC_SYNC");
    return value && value[0] == '1';
  }();
  return on;
}

static inline void THCLaunch_checkLaunch(const char *kernel, cudaStream_t stream, const char *file,
                                         int line)
{
  cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess && THCLaunch_synchronous()) {
    error = cudaStreamSynchronize(stream);
    (void)cudaGetLastError();
  }
  if (error != cudaSuccess)
    _THError(file, line, "kernel %s: CUDA error %d, %s (%s)", kernel, (int)error,
             cudaGetErrorString(error), cudaGetErrorName(error));
}

/* THC_SHARED(type, name): `name` points to the launch's sharedBytes of dynamic shared memory. Its
   contents are undefined when a block starts. */
#ifdef THC_SIMT
#define THC_LAUNCH(kernel, grid, block, sharedBytes, stream, ...)                                  \
  do {                                                                                             \
    cudaStream_t thc_stream_ = (stream);                                                           \
    thc_simt_launcher({#kernel, __FILE__, __LINE__}, kernel, grid, block, sharedBytes,             \
                      thc_stream_)(__VA_ARGS__);                                                   \
    THCLaunch_checkLaunch(#kernel, thc_stream_, __FILE__, __LINE__);                               \
  } while (0)
#define THC_SHARED(type, name) type *name = static_cast<type *>(thc_simt_dynamic_shared())
#else
#define THC_LAUNCH(kernel, grid, block, sharedBytes, stream, ...)                                  \
  do {                                                                                             \
    cudaStream_t thc_stream_ = (stream);                                                           \
    kernel<<<grid, block, sharedBytes, thc_stream_>>>(__VA_ARGS__);                                \
    THCLaunch_checkLaunch(#kernel, thc_stream_, __FILE__, __LINE__);                               \
  } while (0)
#define THC_SHARED(type, name)                                                                     \
  extern __shared__ __align__(16) unsigned char thc_dynamic_shared[];                              \
  type *name = reinterpret_cast<type *>(thc_dynamic_shared)
#endif

#endif
