#ifndef THC_REDUCE_CUH
#define THC_REDUCE_CUH
/* Reductions. How elements are grouped follows from shapes and strides alone, never from the launch:
   the same tensor gives the same bits every time.

   An output's elements are cut into chunks. Two layouts, as on the CPU:
     lanes     the reduced elements lie closest together: 1 to 32, or 256, neighbouring threads a
               chunk; lane t takes packs of V elements t, t + lanes, ... and lanes join in a tree
     columns   the outputs lie closest together: a block takes `width` outputs by 256/width rows
   A single chunk writes the result. Several write accumulators to scratch memory, which reduce_lanes
   then joins as if they were elements.

   An operation is a plain struct on THCReduction, with
     Acc start(), map(x, position), join(Acc, Acc), result(Acc)
   Positions count along the reduced dimension, from 0. Plans hold the outputs' operands first and the
   input's first elements last. */
#include <climits>
#include "THCMath.cuh"
#include "THCPlan.cuh"

/* From tensors to launches; NULL where a type lacks the operation. */
typedef struct THCReduceLaunchers {
  THScalar (*all)(const char *op, const THPlan *plan, const void *arg);
  void (*dim)(const char *op, const THPlan *kept, int64_t length, int64_t step, const void *arg);
} THCReduceLaunchers;
#define X(Name, real, accreal, CODE) \
  extern const THCReduceLaunchers THC_reduce##Name[TH_REDUCE_COUNT];
TH_GPU_TYPES(X)
#undef X

template <class Op, class Element, class Acc_> struct THCReduction {
  typedef Element In;
  typedef Acc_ Acc;
  static constexpr int operands = 2;
  __device__ void store(const Acc a, char *const *at) const
  {
    const Op &op = static_cast<const Op &>(*this);
    *(In *)at[0] = THCStore<In>::from(op.result(a));
  }
};

/* ---- joining neighbouring threads ---- */

template <class T> __device__ T THC_shuffleDown(T v, int lanes)
{
  if constexpr (sizeof(T) < 4) return (T)__shfl_down_sync(0xffffffff, (int)v, lanes);
  else return __shfl_down_sync(0xffffffff, v, lanes);
}

/* The first of `lanes` threads (a power of two up to 32, or the block) gets all their values joined.
   Called by the whole block; `shared` has room for a value a warp. */
template <class Op>
__device__ typename Op::Acc THC_joinLanes(const Op &op, typename Op::Acc acc, int lanes,
                                          typename Op::Acc *shared)
{
  THC_ROLLED
  for (int w = THMin(lanes, 32) / 2; w > 0; w /= 2) acc = op.join(acc, THC_shuffleDown(acc, w));
  if (lanes <= 32) return acc;
  if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = acc;
  __syncthreads();
  if (threadIdx.x == 0)
    THC_ROLLED
    for (int w = 1; w < THC_BLOCK / 32; w++) acc = op.join(acc, shared[w]);
  __syncthreads();
  return acc;
}

/* ---- lanes ---- */

/* Where the reduced elements of an output are. */
template <class Op> struct THCElements {
  typedef typename Op::In In;
  static constexpr int pack = (int)(16 / sizeof(In));
  int ndim;
  bool packs; /* every output's elements are a run, aligned as packs are */
  THCDivider size[THC_PLAN_DIMS];
  int64_t stride[THC_PLAN_DIMS];

  __device__ const char *start(char *const *at, uint32_t) const { return at[Op::operands - 1]; }

  __device__ const char *locate(const char *x, uint32_t i) const
  {
    THC_ROLLED
    for (int d = 0; d + 1 < ndim; d++) {
      const uint32_t rest = size[d].divide(i);
      x += (i - rest * size[d].divisor) * stride[d];
      i = rest;
    }
    return x + i * stride[ndim - 1];
  }

  /* Lane's share of n elements from `first` on. */
  __device__ typename Op::Acc take(const Op &op, const char *x, int64_t first, uint32_t n,
                                   uint32_t lane, uint32_t lanes) const
  {
    typename Op::Acc acc = op.start();
    uint32_t begin = (uint32_t)first;
    if (ndim == 1) { /* may be longer than 32 bits */
      x += first * stride[0];
      begin = 0;
    }
    for (uint32_t i = lane * pack; i < n; i += lanes * pack) {
      if (packs && i + pack <= n) {
        const THCPack<In, pack> p = *(const THCPack<In, pack> *)(x + (int64_t)i * sizeof(In));
        THC_UNROLL
        for (int k = 0; k < pack; k++) acc = op.join(acc, op.map(THC_load(p.at[k]), first + i + k));
      } else {
        THC_ROLLED
        for (uint32_t k = i; k < n && k < i + pack; k++)
          acc = op.join(acc, op.map(THC_load(*(const In *)locate(x, begin + k)), first + k));
      }
    }
    return acc;
  }
};

/* Accumulators of chunks: those of an output follow on one another. */
template <class Op> struct THCPartials {
  static constexpr int pack = 1;
  const typename Op::Acc *part;
  uint32_t chunks;

  __device__ const char *start(char *const *, uint32_t output) const
  {
    return (const char *)(part + (int64_t)output * chunks);
  }
  __device__ typename Op::Acc take(const Op &op, const char *x, int64_t, uint32_t n, uint32_t lane,
                                   uint32_t lanes) const
  {
    typename Op::Acc acc = op.start();
    THC_ROLLED
    for (uint32_t i = lane; i < n; i += lanes) acc = op.join(acc, ((const typename Op::Acc *)x)[i]);
    return acc;
  }
};

/* How the elements are cut. */
struct THCCut {
  int64_t length; /* elements an output */
  int64_t step;   /* bytes between them; columns only */
  uint32_t outputs, chunk, chunks;
  int lanes; /* threads a chunk, or outputs side by side */
};

/* Writes accumulators to `part` unless it is NULL, and results otherwise. */
template <class Op, class Source>
__global__ void __launch_bounds__(THC_BLOCK)
  reduce_lanes(Source source, THCCut cut, THCPlan<Op::operands> kept, Op op, typename Op::Acc *part)
{
  THC_SHARED(typename Op::Acc, shared);
  const uint32_t per_block = THC_BLOCK / cut.lanes, groups = cut.outputs * cut.chunks;
  const uint32_t lane = threadIdx.x % cut.lanes;
  for (uint32_t block = blockIdx.x; block * per_block < groups; block += gridDim.x) {
    const uint32_t group = block * per_block + threadIdx.x / cut.lanes;
    const uint32_t output = group / cut.chunks;
    typename Op::Acc acc = op.start();
    char *at[Op::operands] = {};
    if (group < groups) {
      const int64_t first = (int64_t)(group - output * cut.chunks) * cut.chunk;
      const int64_t rest = cut.length - first;
      const uint32_t n = rest < cut.chunk ? (uint32_t)rest : cut.chunk;
      kept.locate(output, at);
      acc = source.take(op, source.start(at, output), first, n, lane, cut.lanes);
    }
    acc = THC_joinLanes(op, acc, cut.lanes, shared);
    if (group >= groups || lane != 0) continue;
    if (part) part[group] = acc;
    else op.store(acc, at);
  }
}

/* ---- columns ---- */

template <class Op>
__global__ void __launch_bounds__(THC_BLOCK)
  reduce_columns(THCCut cut, THCPlan<Op::operands> kept, Op op, typename Op::Acc *part)
{
  typedef typename Op::In In;
  constexpr uint32_t AHEAD = 4;
  THC_SHARED(typename Op::Acc, shared);
  const uint32_t width = cut.lanes, rows = THC_BLOCK / width;
  const uint32_t column = threadIdx.x % width, row = threadIdx.x / width;
  const uint32_t tiles = (cut.outputs + width - 1) / width * cut.chunks;
  for (uint32_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const uint32_t chunk = tile % cut.chunks, output = tile / cut.chunks * width + column;
    typename Op::Acc acc = op.start();
    char *at[Op::operands] = {};
    if (output < cut.outputs) {
      const int64_t first = (int64_t)chunk * cut.chunk, rest = cut.length - first;
      const uint32_t n = rest < cut.chunk ? (uint32_t)rest : cut.chunk;
      kept.locate(output, at);
      const char *x = at[Op::operands - 1] + first * cut.step;
      uint32_t i = row;
      for (; i + (AHEAD - 1) * rows < n; i += AHEAD * rows) { /* several loads under way, joined in the order of one */
        In v[AHEAD];
        THC_UNROLL
        for (uint32_t k = 0; k < AHEAD; k++) v[k] = *(const In *)(x + (i + k * rows) * cut.step);
        THC_UNROLL
        for (uint32_t k = 0; k < AHEAD; k++) acc = op.join(acc, op.map(THC_load(v[k]), first + i + k * rows));
      }
      for (; i < n; i += rows)
        acc = op.join(acc, op.map(THC_load(*(const In *)(x + i * cut.step)), first + i));
    }
    shared[threadIdx.x] = acc;
    __syncthreads();
    THC_ROLLED
    for (uint32_t w = THC_BLOCK / 2; w >= width; w /= 2) {
      if (threadIdx.x < w) shared[threadIdx.x] = op.join(shared[threadIdx.x], shared[threadIdx.x + w]);
      __syncthreads();
    }
    if (row == 0 && output < cut.outputs) {
      if (part) part[(int64_t)output * cut.chunks + chunk] = shared[column];
      else op.store(shared[column], at);
    }
    __syncthreads();
  }
}

/* ---- cutting, by shape alone ---- */

static inline int THC_powerOfTwo(int64_t atLeast, int limit)
{
  int n = 1;
  while (n < limit && n < atLeast) n *= 2;
  return n;
}

/* At most `wanted` chunks, no shorter than `shortest` elements, and whole multiples of `unit`. */
static inline void THC_cutChunks(THCCut *cut, int64_t wanted, int64_t shortest, int64_t unit)
{
  const int64_t longest = (int64_t)1 << 30;
  int64_t chunks = THMax(1, THMin(wanted, cut->length / shortest));
  int64_t chunk = THMin((cut->length + chunks - 1) / chunks, longest);
  cut->chunk = (uint32_t)THMax(unit, (chunk + unit - 1) / unit * unit);
  cut->chunks = (uint32_t)THMax(1, (cut->length + cut->chunk - 1) / cut->chunk);
}

static inline THCCut THC_cutLanes(int64_t outputs, int64_t length, int pack)
{
  THCCut cut = {length, 0, (uint32_t)outputs, 0, 0, 0};
  const int64_t packs = (length + pack - 1) / pack;
  cut.lanes = packs <= 512 ? THC_powerOfTwo(packs, 32) : THC_BLOCK;
  THC_cutChunks(&cut, cut.lanes == THC_BLOCK ? 2048 / outputs : 1, 4096, (int64_t)cut.lanes * pack);
  return cut;
}

static inline THCCut THC_cutColumns(int64_t outputs, int64_t length, int64_t step)
{
  THCCut cut = {length, step, (uint32_t)outputs, 0, 0, THC_powerOfTwo(outputs, 32)};
  const int64_t tiles = (outputs + cut.lanes - 1) / cut.lanes, rows = THC_BLOCK / cut.lanes;
  THC_cutChunks(&cut, 1024 / tiles, 16 * rows, rows);
  return cut;
}

/* ---- launching ---- */

template <class Op, class Source>
void THC_launchLanes(const Source &source, const THCCut &cut, const THCPlan<Op::operands> &kept,
                     const Op &op, typename Op::Acc *part)
{
  const int64_t groups = (int64_t)cut.outputs * cut.chunks;
  THC_LAUNCH((reduce_lanes<Op, Source>), THC_grid(groups * cut.lanes), THC_BLOCK,
             THC_BLOCK / 32 * sizeof(typename Op::Acc), THC_stream(), source, cut, kept, op, part);
}

/* Joins the chunks of every output into `total`, or into results when that is NULL. */
template <class Op>
void THC_joinChunks(const THCCut &of, const THCPlan<Op::operands> &kept, const Op &op,
                    const typename Op::Acc *part, typename Op::Acc *total)
{
  const THCPartials<Op> source = {part, of.chunks};
  THCCut cut = {of.chunks, 0, of.outputs, of.chunks, 1, 0};
  cut.lanes = of.chunks <= 128 ? THC_powerOfTwo(of.chunks, 32) : THC_BLOCK;
  THC_launchLanes(source, cut, kept, op, total);
}

/* The reduced elements of `plan`'s operand. */
template <class Op> THCElements<Op> THC_elements(const THPlan *plan)
{
  const int64_t width = (int64_t)sizeof(typename Op::In);
  THCElements<Op> e;
  e.ndim = plan->ndim;
  e.packs = plan->ndim == 1 && plan->stride[0][0] == width &&
            (uintptr_t)plan->base[0] % (width * THCElements<Op>::pack) == 0;
  for (int d = 0; d < plan->ndim; d++) {
    e.size[d] = THCDivider((uint32_t)THMin(plan->size[d], INT32_MAX)); /* that of one dim is not used */
    e.stride[d] = plan->stride[d][0];
  }
  return e;
}

/* All elements that a source gives, of one output, to the host. */
template <class Op, class Source>
typename Op::Acc THC_reduceSource(const Source &source, int64_t length, const THCPlan<Op::operands> &at,
                                  const Op &op)
{
  typedef typename Op::Acc Acc;
  const THCCut cut = THC_cutLanes(1, length, Source::pack);
  Acc *part = (Acc *)THC_scratch((cut.chunks + (size_t)1) * sizeof(Acc)), *total = part + cut.chunks;
  THC_launchLanes(source, cut, at, op, part);
  if (cut.chunks > 1) THC_joinChunks(cut, at, op, part, total);
  Acc value;
  THC_toHost(&value, cut.chunks > 1 ? total : part, sizeof value);
  return value;
}

/* A plan of one output, whose input starts at x. */
template <int N> THCPlan<N> THC_single(char *x)
{
  THPlan plan;
  plan.ndim = 1;
  plan.numel = plan.size[0] = 1;
  for (int k = 0; k < N; k++) plan.base[k] = x, plan.stride[0][k] = 0;
  return THCPlan<N>(&plan);
}

/* All elements of operand 0. A run is not cut into pieces: lengths may exceed 32 bits. */
template <class Op>
typename Op::Acc THC_reduceElements(const char *name, const THPlan *plan, const Op &op)
{
  typename Op::Acc total = op.start();
  auto piece = [&](const THPlan *p) {
    total = op.join(total, THC_reduceSource(THC_elements<Op>(p), p->numel,
                                            THC_single<Op::operands>(p->base[0]), op));
  };
  if (plan->ndim == 1) piece(plan);
  else THCPlan_pieces(name, plan, piece);
  return total;
}

template <class Op>
void THC_reduceLanes(const char *name, const THPlan *plan, int64_t length, int64_t step, const Op &op)
{
  enum { IN = Op::operands - 1 };
  typedef typename Op::Acc Acc;
  THCPlan_pieces(name, plan, [&](const THPlan *p) {
    const THCPlan<Op::operands> kept(p);
    const int64_t inner = llabs(p->stride[0][IN]);
    const bool columns = p->size[0] >= 4 && inner != 0 && inner < llabs(step);
    const THCCut cut = columns ? THC_cutColumns(p->numel, length, step)
                               : THC_cutLanes(p->numel, length, THCElements<Op>::pack);
    const size_t bytes = (size_t)cut.outputs * cut.chunks * sizeof(Acc);
    Acc *part = cut.chunks > 1 ? (Acc *)THC_scratch(bytes) : NULL;
    if (columns) {
      const int64_t tiles = ((int64_t)cut.outputs + cut.lanes - 1) / cut.lanes * cut.chunks;
      THC_LAUNCH((reduce_columns<Op>), THC_grid(tiles * THC_BLOCK), THC_BLOCK, THC_BLOCK * sizeof(Acc),
                 THC_stream(), cut, kept, op, part);
    } else {
      THPlan line;
      line.ndim = 1;
      line.size[0] = length;
      line.stride[0][0] = step;
      line.base[0] = p->base[IN];
      THCElements<Op> elements = THC_elements<Op>(&line);
      for (int d = 0; d < p->ndim; d++) /* every output's elements must be aligned */
        if (p->stride[d][IN] % (int64_t)(sizeof(typename Op::In) * THCElements<Op>::pack))
          elements.packs = false;
      THC_launchLanes(elements, cut, kept, op, part);
    }
    if (part) THC_joinChunks(cut, kept, op, part, (Acc *)NULL);
  });
}

#endif
