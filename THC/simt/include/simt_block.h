#ifndef THC_SIMT_BLOCK_H
#define THC_SIMT_BLOCK_H
/* The block that runs: CUDA's built-in variables, and what compiled kernels share with the
   scheduler (THC/simt/block.cpp). One block runs at a time, on one thread of the host. */
#include "vector_types.h"

#define THC_SIMT_SHARED_API extern __attribute__((visibility("default")))

THC_SIMT_SHARED_API uint3 threadIdx, blockIdx;
THC_SIMT_SHARED_API dim3 blockDim, gridDim;
constexpr int warpSize = 32;

enum { THC_SIMT_MAX_THREADS = 1024 };

struct thc_simt_thread {
  uint3 index;
  unsigned linear;
};
struct thc_simt_running {
  const thc_simt_thread *order; /* the threads, in the order in which they start */
  unsigned count;               /* of threads in the block */
  unsigned started;
  unsigned finished;
  unsigned ready;       /* threads that waited and may go on */
  unsigned current;     /* linear index of the thread that runs */
  unsigned long serial; /* of the block; 0 outside kernels */
  void *dynamic_shared;
  unsigned char exited[THC_SIMT_MAX_THREADS];
};
THC_SIMT_SHARED_API thc_simt_running thc_simt_now;

inline void thc_simt_start_thread()
{
  const thc_simt_thread &t = thc_simt_now.order[thc_simt_now.started++];
  thc_simt_now.current = t.linear;
  threadIdx = t.index;
}
/* The current thread has returned. True: the next one was started on the same stack. */
inline bool thc_simt_next_thread()
{
  thc_simt_now.exited[thc_simt_now.current] = 1;
  thc_simt_now.finished++;
  if (thc_simt_now.ready || thc_simt_now.started == thc_simt_now.count) return false;
  thc_simt_start_thread();
  return true;
}

#endif
