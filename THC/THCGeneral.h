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

/* Philox numbers of the current GPU's generator: the caller takes n 128-bit blocks from *counter on. */
void THC_takeRandom(uint64_t n, uint64_t *seed, uint64_t *counter);

#pragma GCC visibility pop
#endif
