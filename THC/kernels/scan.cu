/* cumsum and cumprod: running sums and products along a dimension, kept in accreal.

     many lanes side by side, or short ones   a thread a lane, which walks along it
     otherwise                                a block a chunk of CHUNK elements. Longer lanes take
                                              three passes: chunks add up theirs; a block a lane turns
                                              those into what stands before each chunk; chunks write.

   Which way is taken, and where chunks end, depends on shapes alone: results are the same every time. */
#include <vector>
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCScan.cuh"

namespace {
constexpr int OWN = 8, CHUNK = THC_BLOCK * OWN; /* elements a thread, a block */
constexpr int64_t SHORT = 32, MANY_LANES = 8192;

struct Lane {
  int64_t n, r_step, x_step; /* bytes */
  uint32_t chunks;
};
} // namespace

template <class T> struct THCRunningSum {
  typedef typename THCReal<T>::accumulator Acc;
  __device__ Acc start() const { return 0; }
  __device__ Acc join(Acc a, Acc b) const { return a + b; }
};
template <class T> struct THCRunningProduct {
  typedef typename THCReal<T>::accumulator Acc;
  __device__ Acc start() const { return 1; }
  __device__ Acc join(Acc a, Acc b) const { return a * b; }
};

/* Operands: r, x, at the starts of lanes. */
template <class T, class Op>
__global__ void __launch_bounds__(THC_BLOCK) scan_walk(THCPlan<2> lanes, Lane lane, Op op)
{
  for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < lanes.numel; i += gridDim.x * blockDim.x) {
    char *at[2];
    lanes.locate(i, at);
    typename Op::Acc acc = op.start();
    for (int64_t k = 0; k < lane.n; k++) {
      acc = op.join(acc, THC_load(*(const T *)(at[1] + k * lane.x_step)));
      *(T *)(at[0] + k * lane.r_step) = THCStore<T>::from(acc);
    }
  }
}

/* Elements first to first + CHUNK of a lane into shared memory, as accumulators. */
template <class T, class Op>
__device__ void load_chunk(const Op &op, const char *x, const Lane &lane, int64_t first,
                           typename Op::Acc *to)
{
  THC_ROLLED
  for (int i = (int)threadIdx.x; i < CHUNK; i += THC_BLOCK)
    to[i] = first + i < lane.n
              ? (typename Op::Acc)THC_load(*(const T *)(x + (first + i) * lane.x_step))
              : op.start();
  __syncthreads();
}

/* part == NULL with one chunk a lane. Without `write` part gets the sums of chunks; with it, it
   holds what stands before each. */
template <class T, class Op, bool write>
__global__ void __launch_bounds__(THC_BLOCK)
  scan_chunks(THCPlan<2> lanes, Lane lane, Op op, typename Op::Acc *part)
{
  typedef typename Op::Acc Acc;
  THC_SHARED(Acc, shared);
  Acc *chunk = shared + 2 * THC_BLOCK, *own = chunk + threadIdx.x * OWN;
  const int64_t groups = (int64_t)lanes.numel * lane.chunks;
  for (int64_t group = blockIdx.x; group < groups; group += gridDim.x) {
    const uint32_t number = (uint32_t)(group / lane.chunks);
    const int64_t first = (group - (int64_t)number * lane.chunks) * CHUNK;
    char *at[2];
    lanes.locate(number, at);
    load_chunk<T>(op, at[1], lane, first, chunk);
    Acc acc = own[0], total;
    for (int k = 1; k < OWN; k++) own[k] = acc = op.join(acc, own[k]);
    Acc before = THC_joinBefore(op, acc, shared, &total);
    if (!write) {
      if (threadIdx.x == 0) part[group] = total;
      continue;
    }
    if (part) before = op.join(part[group], before);
    for (int k = 0; k < OWN; k++) own[k] = op.join(before, own[k]);
    __syncthreads();
    for (int i = (int)threadIdx.x; i < CHUNK && first + i < lane.n; i += THC_BLOCK)
      *(T *)(at[0] + (first + i) * lane.r_step) = THCStore<T>::from(chunk[i]);
    __syncthreads();
  }
}

/* Sums of chunks become those of the chunks before. A block a lane. */
template <class Op>
__global__ void __launch_bounds__(THC_BLOCK)
  scan_parts(typename Op::Acc *part, uint32_t chunks, uint32_t lanes, Op op)
{
  typedef typename Op::Acc Acc;
  THC_SHARED(Acc, shared);
  for (uint32_t lane = blockIdx.x; lane < lanes; lane += gridDim.x) {
    Acc *p = part + (int64_t)lane * chunks, sum = op.start();
    for (uint32_t first = 0; first < chunks; first += THC_BLOCK) {
      const uint32_t i = first + threadIdx.x;
      Acc total;
      const Acc before = THC_joinBefore(op, i < chunks ? p[i] : op.start(), shared, &total);
      if (i < chunks) p[i] = op.join(sum, before);
      sum = op.join(sum, total);
    }
  }
}

template <class T, class Op> static void scan_piece(const THPlan *plan, Lane lane)
{
  typedef typename Op::Acc Acc;
  const THCPlan<2> lanes(plan);
  const Op op;
  const bool beside = llabs(plan->stride[0][1]) < llabs(lane.x_step);
  if (lane.n <= SHORT || (beside && plan->numel >= MANY_LANES)) {
    THC_LAUNCH((scan_walk<T, Op>), THC_grid(plan->numel), THC_BLOCK, 0, THC_stream(), lanes, lane, op);
    return;
  }
  lane.chunks = (uint32_t)((lane.n + CHUNK - 1) / CHUNK);
  const int64_t groups = plan->numel * lane.chunks;
  const unsigned grid = THC_grid(groups * THC_BLOCK);
  const size_t beforeBytes = 2 * THC_BLOCK * sizeof(Acc), bytes = beforeBytes + CHUNK * sizeof(Acc);
  Acc *part = NULL;
  if (lane.chunks > 1) {
    part = (Acc *)THC_scratch((size_t)groups * sizeof(Acc));
    THC_LAUNCH((scan_chunks<T, Op, false>), grid, THC_BLOCK, bytes, THC_stream(), lanes, lane, op, part);
    THC_LAUNCH((scan_parts<Op>), THC_grid(plan->numel * THC_BLOCK), THC_BLOCK, beforeBytes, THC_stream(),
               part, lane.chunks, lanes.numel, op);
  }
  THC_LAUNCH((scan_chunks<T, Op, true>), grid, THC_BLOCK, bytes, THC_stream(), lanes, lane, op, part);
}

template <class T>
static void scan(const char *name, bool product, const THPlan *lanes, const Lane &lane)
{
  THCPlan_pieces(name, lanes, [&](const THPlan *piece) {
    if (product) scan_piece<T, THCRunningProduct<T>>(piece, lane);
    else scan_piece<T, THCRunningSum<T>>(piece, lane);
  });
}

void THC_scan(const char *op, bool product, THType type, const THPlan *lanes, int64_t n, int64_t r_step,
              int64_t x_step)
{
  const Lane lane = {n, r_step, x_step, 1};
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: scan<real>(op, product, lanes, lane); break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
