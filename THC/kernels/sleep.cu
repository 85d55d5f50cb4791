/* Work that does nothing for a while: tests of streams and events want it. */
#include "THC.h"
#include "THCGeneral.h"
#ifdef THC_SIMT
#include <chrono>
static long long ticks() { return std::chrono::steady_clock::now().time_since_epoch().count(); }
#else
static __device__ long long ticks() { return clock64(); }
#endif

__global__ void spin(long long cycles)
{
  const long long start = ticks();
  while (ticks() - start < cycles) continue;
}

void THC_sleep(THCState *, long long cycles)
{
  THC_LAUNCH(spin, 1, 1, 0, THC_stream(), cycles);
}
