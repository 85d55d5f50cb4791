/* Positions of the elements that are not zero, in order. Chunks of CHUNK elements count theirs; one
   block turns counts into the places where chunks start; chunks write. Elements are looked at as bits,
   without the sign for floating types. */
#include "THCKernels.h"
#include "THCPlan.cuh"

namespace {
constexpr int OWN = 16, CHUNK = THC_BLOCK * OWN; /* elements a thread, a block */
}

/* Sum of the values of threads before this one; *total gets that of all. `shared` has room for
   2 THC_BLOCK values. Called by the whole block. */
__device__ static int64_t sum_before(int64_t value, int64_t *shared, int64_t *total)
{
  const int thread = (int)threadIdx.x;
  int64_t *from = shared, *to = shared + THC_BLOCK;
  from[thread] = value;
  __syncthreads();
  for (int w = 1; w < THC_BLOCK; w *= 2) {
    to[thread] = thread >= w ? from[thread - w] + from[thread] : from[thread];
    __syncthreads();
    int64_t *swap = from;
    from = to;
    to = swap;
  }
  *total = from[THC_BLOCK - 1];
  const int64_t before = from[thread] - value;
  __syncthreads();
  return before;
}

/* A bit for each of this thread's elements of the chunk at `first`. */
template <class Bits>
__device__ unsigned find_nonzero(const Bits *x, int64_t first, int64_t n, int dropped)
{
  unsigned found = 0;
  for (int k = 0; k < OWN; k++) {
    const int64_t i = first + k;
    if (i < n && (Bits)(x[i] << dropped) != 0) found |= 1u << k;
  }
  return found;
}

/* dropped: leading bits that do not count. Without `at` the counts of chunks are written to `before`,
   else positions go where `before` says. */
template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK)
  nonzero_chunks(const Bits *x, int64_t n, int dropped, int64_t chunks, int64_t *before, int64_t *at)
{
  THC_SHARED(int64_t, shared);
  for (int64_t chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x) {
    const int64_t first = chunk * CHUNK + (int64_t)threadIdx.x * OWN;
    const unsigned found = find_nonzero(x, first, n, dropped);
    int64_t total, to = sum_before(__popc(found), shared, &total);
    if (!at) {
      if (threadIdx.x == 0) before[chunk] = total;
      continue;
    }
    to += before[chunk];
    for (int k = 0; k < OWN; k++)
      if (found >> k & 1) at[to++] = first + k;
  }
}

/* Counts become sums of those before, and before[chunks] the sum of all. One block. */
__global__ void __launch_bounds__(THC_BLOCK) scan_counts(int64_t *before, int64_t chunks)
{
  THC_SHARED(int64_t, shared);
  int64_t sum = 0;
  for (int64_t first = 0; first < chunks; first += THC_BLOCK) {
    const int64_t i = first + threadIdx.x;
    int64_t total;
    const int64_t to = sum_before(i < chunks ? before[i] : 0, shared, &total);
    if (i < chunks) before[i] = sum + to;
    sum += total;
  }
  if (threadIdx.x == 0) before[chunks] = sum;
}

template <class Bits> int64_t nonzero(const void *x_, int64_t n, int dropped, int64_t *at)
{
  const Bits *x = (const Bits *)x_;
  const int64_t chunks = (n + CHUNK - 1) / CHUNK;
  const unsigned grid = THC_grid(chunks * THC_BLOCK);
  const size_t shared = 2 * THC_BLOCK * sizeof(int64_t);
  int64_t *before = (int64_t *)THC_scratch((size_t)(chunks + 1) * sizeof(int64_t)), count;
  THC_LAUNCH((nonzero_chunks<Bits>), grid, THC_BLOCK, shared, THC_stream(), x, n, dropped, chunks,
             before, (int64_t *)NULL);
  THC_LAUNCH(scan_counts, 1, THC_BLOCK, shared, THC_stream(), before, chunks);
  if (at)
    THC_LAUNCH((nonzero_chunks<Bits>), grid, THC_BLOCK, shared, THC_stream(), x, n, dropped, chunks,
               before, at);
  THC_toHost(&count, before + chunks, sizeof count);
  return count;
}

int64_t THC_nonzero(THType type, const void *x, int64_t n, int64_t *at)
{
  const int sign = THType_isFloating(type) ? 1 : 0;
  if (n == 0) return 0;
  switch (THType_size(type)) {
  case 1: return nonzero<uint8_t>(x, n, sign, at);
  case 2: return nonzero<uint16_t>(x, n, sign, at);
  case 4: return nonzero<uint32_t>(x, n, sign, at);
  default: return nonzero<uint64_t>(x, n, sign, at);
  }
}
