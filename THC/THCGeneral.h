#ifndef THC_GENERAL_H
#define THC_GENERAL_H
/* What the parts of libTHC share: the state of the GPUs, as seen from the calling thread. Internal;
   the public interface is THC.h. */
#include <cuda_runtime.h>
#include "loops/THLoops.h"
#include "plan/THPlan.h"
#include "THCLaunch.h"

#pragma GCC visibility push(default) /* libTHCUNN stands on these, too */

/* The calling thread's current GPU (from 0, as CUDA counts) and the stream that work goes to. */
int THC_device(void);
cudaStream_t THC_stream(void);

/* Room for partial results, `bytes` of it, on the current GPU: valid for work enqueued on the current
   stream until the next call for that stream. Grows and is kept. */
void *THC_scratch(size_t bytes);

/* Waits for the current stream; raises what went wrong in it. */
void THC_wait(void);
/* Copies bytes of the current GPU's memory to the host, in stream order, and waits. */
void THC_toHost(void *to, const void *from, size_t bytes);

/* Where Philox numbers of the current GPU's generator begin: 128-bit blocks from `counter` on. A recorded launch (THCGraph)
   finds the seed and what is to be added to the counter in recorded[0] and [1], which every replay sets anew. */
struct THCRandomBase {
  uint64_t seed, counter;
  const uint64_t *recorded; /* on the GPU, or NULL */
};
/* The caller takes n blocks. */
THCRandomBase THC_takeRandom(uint64_t n);

/* What a kernel found wrong, in page-locked memory that both sides see: an element of `op`'s index, `at` elements from the
   first, that does not lie in 1 .. limit; limit -1: of a mask. The first fault stays until whoever waits next raises it. */
struct THCFault {
  int state; /* 0: none, 1: being written, 2: there */
  const char *op;
  int64_t value, limit, at;
};
THCFault *THC_fault(void);
/* Raises the fault that is there; to be called after waiting. */
void THC_raiseFault(void);

#pragma GCC visibility pop
#endif
