#ifndef THC_SIMT_H
#define THC_SIMT_H
/* What the simulator offers beyond CUDA: work of the host in stream order, and reports. */
#include <functional>
#include "cuda_runtime_api.h"

/* Calls work() when the stream comes to it; device memory is accessible meanwhile. For the faked
   vendor libraries. `what` names it in reports and must outlive it (a literal). Must not throw. */
__attribute__((visibility("default"))) void thc_simt_enqueue(cudaStream_t stream, const char *what,
                                                             std::function<void()> work);

/* "forward", "reverse", "shuffled" or "shuffled:SEED", as in THC_SIMT_ORDER; false: none of them.
 */
__attribute__((visibility("default"))) bool thc_simt_set_order(const char *order);

/* How often the host has waited for a device so far: calls that synchronise, and copies into pageable
   memory; memory that is taken from a device or given back counts as well, as the driver may wait then. */
extern "C" __attribute__((visibility("default"))) size_t thc_simt_waits(void);

enum thc_simt_fault {
  THC_SIMT_DIVERGENT_BARRIER, /* __syncthreads or a warp operation that some threads do not reach */
  THC_SIMT_OUT_OF_BOUNDS,     /* bytes around device or shared memory were overwritten */
  THC_SIMT_BAD_ACCESS,        /* a kernel reads or writes an address that is not its to use */
  THC_SIMT_HOST_ACCESS        /* the host reads or writes device memory */
};
struct thc_simt_report {
  thc_simt_fault fault;
  const char *message; /* all of it: what, kernel, file, line, block, thread */
};

/* Every fault goes through the reporter, which by default prints and aborts. When another one
   returns, the kernel is given up and the device has a sticky error, as after a fault in CUDA
   (cudaDeviceReset recovers); after a host access the process dies by SIGSEGV.
   Returns the previous one; NULL sets the default. */
typedef void (*thc_simt_reporter)(const thc_simt_report *report);
__attribute__((visibility("default"))) thc_simt_reporter
thc_simt_set_reporter(thc_simt_reporter reporter);

#endif
