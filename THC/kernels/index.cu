/* gather, scatter, scatterAdd, scatterFill: elements that an index names along one dimension. A lane is
   all of that dimension at fixed other coordinates; elements of different lanes never meet.

     gather, scatterFill   a thread an element of the index
     scatter, scatterAdd   many lanes, or short ones: a thread a lane, which walks along it in order
     scatter               otherwise: first every position of r learns the last element that names it
                           (atomicMax, in scratch memory), then those elements are written
     scatterAdd            otherwise: atomic additions

   So scatter keeps the last of duplicates, as the CPU does, and scatterAdd of integers is exact. Sums
   of floating types are in the CPU's order when lanes are walked; atomic additions come in no fixed
   order, and their last bits may differ from call to call. Which way is taken depends on sizes alone.
   Positions are checked on the way (THCRange.cuh). */
#include <vector>
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"
#include "THCRange.cuh"

namespace {
constexpr int64_t MANY_LANES = 16384, SHORT_LANE = 64;
typedef std::vector<int64_t> Strides; /* in elements */
}

/* ---- plans ---- */

static std::vector<int64_t> sizes_of(const THAnyTensor *t)
{
  return std::vector<int64_t>(t->size, t->size + t->nDimension);
}

static Strides strides_of(const THAnyTensor *t) { return Strides(t->stride, t->stride + t->nDimension); }

/* The same for every element of a lane: the index says where in the lane. */
static Strides lane_strides(const THAnyTensor *t, int dim)
{
  Strides stride = strides_of(t);
  stride[dim] = 0;
  return stride;
}

static THOperand operand(THAnyTensor *t, const Strides &stride)
{
  return THOperand{(char *)THAnyTensor_data(t), stride.data(), THType_size((THType)t->type)};
}

/* Bytes from an element of a lane to the next. */
static int64_t step_of(const THAnyTensor *t, int dim)
{
  return t->stride[dim] * (int64_t)THType_size((THType)t->type);
}

/* Calls launch for the pieces of the plan of these operands. */
template <int N, class F>
static void over(const char *op, const std::vector<int64_t> &size, const THOperand (&operands)[N], const F &launch)
{
  THPlan plan;
  THPlan_build(&plan, (int)size.size(), size.data(), N, operands);
  THCPlan_pieces(op, &plan, [&](const THPlan *piece) { launch(THCPlan<N>(piece)); });
}

/* Lanes of t, each by its first element; owned by the plan's caller. */
struct Lanes {
  std::vector<int64_t> size;
  Lanes(const THAnyTensor *t, int dim) : size(t->size, t->size + t->nDimension) { size[dim] = 1; }
  int64_t count() const
  {
    int64_t n = 1;
    for (int64_t s : size) n *= s;
    return n;
  }
};

/* ---- kernels ---- */

#define EACH(i, n) \
  for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)

/* Operands: r, index, x at the start of the lane. */
template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK) gather_bits(THCPlan<3> p, int64_t step, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[3];
    int64_t position;
    p.locate(i, at);
    if (range.take(at[1], &position)) *(Bits *)at[0] = *(const Bits *)(at[2] + position * step);
  }
}

/* Operands: index, r at the start of the lane. */
template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK) scatter_fill_bits(THCPlan<2> p, int64_t step, Bits value, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[2];
    int64_t position;
    p.locate(i, at);
    if (range.take(at[0], &position)) *(Bits *)(at[1] + position * step) = value;
  }
}

struct Walk {
  int64_t length, index_step, x_step, r_step;
};

/* Operands: index, x, r, at the starts of lanes. */
template <class T, bool add>
__global__ void __launch_bounds__(THC_BLOCK) scatter_walk(THCPlan<3> p, Walk walk, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[3];
    p.locate(i, at);
    for (int64_t k = 0; k < walk.length; k++) {
      int64_t position;
      if (!range.take(at[0] + k * walk.index_step, &position)) continue;
      const T x = *(const T *)(at[1] + k * walk.x_step);
      T *r = (T *)(at[2] + position * walk.r_step);
      if constexpr (add) *r = THCStore<T>::from(THC_load(*r) + THC_load(x));
      else *r = x;
    }
  }
}

/* Operands: index, owners of the lane, and the place along the lane, as an address. */
__global__ void __launch_bounds__(THC_BLOCK) scatter_claim(THCPlan<3> p, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[3];
    int64_t position;
    p.locate(i, at);
    if (range.take(at[0], &position)) atomicMax((int *)at[1] + position, (int)(uintptr_t)at[2]);
  }
}

/* Operands: r, its owners, x at the start of the lane. */
template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK) scatter_owned(THCPlan<3> p, int64_t x_step)
{
  EACH(i, p.numel)
  {
    char *at[3];
    p.locate(i, at);
    const int owner = *(const int *)at[1];
    if (owner >= 0) *(Bits *)at[0] = *(const Bits *)(at[2] + owner * x_step);
  }
}

/* All lanes have one index. Operands: index, x, r at the start of the lane, the place along it. */
template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK) scatter_spread(THCPlan<4> p, int64_t r_step, const int *owner, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[4];
    int64_t position;
    p.locate(i, at);
    if (!range.take(at[0], &position)) continue;
    if (owner[position] == (int)(uintptr_t)at[3]) *(Bits *)(at[2] + position * r_step) = *(const Bits *)at[1];
  }
}

static __device__ void add_atomically(int *p, int v) { atomicAdd(p, v); }
static __device__ void add_atomically(int64_t *p, int64_t v)
{
  atomicAdd((unsigned long long *)p, (unsigned long long)v);
}
static __device__ void add_atomically(float *p, float v) { atomicAdd(p, v); }
static __device__ void add_atomically(double *p, double v) { atomicAdd(p, v); }

/* Elements of 16 bits, and bytes within the word that they are in. */
template <class T> __device__ void add_atomically16(T *p, T v)
{
  unsigned short *bits = (unsigned short *)p, seen = *bits, old;
  do {
    T now;
    memcpy(&now, &seen, sizeof now);
    now = THCStore<T>::from(THC_load(now) + THC_load(v));
    unsigned short next;
    memcpy(&next, &now, sizeof next);
    old = seen;
    seen = atomicCAS(bits, old, next);
  } while (seen != old);
}
static __device__ void add_atomically(short *p, short v) { add_atomically16(p, v); }
static __device__ void add_atomically(THHalf *p, THHalf v) { add_atomically16(p, v); }
static __device__ void add_atomically(unsigned char *p, unsigned char v)
{
  unsigned *word = (unsigned *)((uintptr_t)p & ~(uintptr_t)3), seen = *word, old;
  const int shift = 8 * (int)((uintptr_t)p & 3);
  do {
    const unsigned byte = ((seen >> shift) + v) & 0xff;
    old = seen;
    seen = atomicCAS(word, old, (old & ~(0xffu << shift)) | byte << shift);
  } while (seen != old);
}
static __device__ void add_atomically(THChar *p, THChar v)
{
  add_atomically((unsigned char *)p, (unsigned char)v);
}

/* Operands: index, x, r at the start of the lane. */
template <class T>
__global__ void __launch_bounds__(THC_BLOCK) scatter_add(THCPlan<3> p, int64_t r_step, THCRange range)
{
  EACH(i, p.numel)
  {
    char *at[3];
    int64_t position;
    p.locate(i, at);
    if (range.take(at[0], &position)) add_atomically((T *)(at[2] + position * r_step), *(const T *)at[1]);
  }
}

/* ---- launching ---- */

#define BY_WIDTH(type, call) \
  switch (THType_size(type)) { \
  case 1: call(uint8_t); break; \
  case 2: call(uint16_t); break; \
  case 4: call(uint32_t); break; \
  default: call(uint64_t); break; \
  }

static THCRange range_of(const char *op, THAnyTensor *index, const THAnyTensor *t, int dim)
{
  return THCRange{THC_fault(), op, (const int64_t *)THAnyTensor_data(index), t->size[dim]};
}

typedef THCPack<int32_t, 4> Pack;

/* Strides in packs for those in elements, when runs along dimension d can be moved in whole packs. */
static bool in_packs(THAnyTensor *t, int d, int64_t run, Strides &stride)
{
  const int64_t width = (int64_t)THType_size((THType)t->type), pack = (int64_t)sizeof(Pack);
  if (stride[d] != 1 || run * width % pack || (uintptr_t)THAnyTensor_data(t) % (uintptr_t)pack) return false;
  for (size_t k = 0; k < stride.size(); k++) {
    if (stride[k] * width % pack && (int)k != d) return false;
    if ((int)k != d) stride[k] = stride[k] * width / pack;
  }
  return true;
}

/* Positions of whole rows: r, of rows of packs, and so x. False, and nothing done, where rows are not so. */
static bool gather_packs(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  const int d = r->nDimension - 1;
  Strides rs = strides_of(r), xs = lane_strides(x, dim);
  const Strides is = strides_of(index);
  if (d < 1 || d == dim || is[d] != 0 || step_of(x, dim) % (int64_t)sizeof(Pack)) return false;
  if (!in_packs(r, d, r->size[d], rs) || !in_packs(x, d, r->size[d], xs)) return false;
  std::vector<int64_t> size = sizes_of(r);
  size[d] = size[d] * (int64_t)THType_size((THType)r->type) / (int64_t)sizeof(Pack);
  const THOperand to = {(char *)THAnyTensor_data(r), rs.data(), sizeof(Pack)};
  const THOperand from = {(char *)THAnyTensor_data(x), xs.data(), sizeof(Pack)};
  over<3>(op, size, {to, operand(index, is), from}, [&](const THCPlan<3> &p) {
    THC_LAUNCH((gather_bits<Pack>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, step_of(x, dim), range_of(op, index, x, dim));
  });
  return true;
}

void THC_gather(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  if (gather_packs(op, r, index, x, dim)) return;
  const Strides rs = strides_of(r), is = strides_of(index), xs = lane_strides(x, dim);
  over<3>(op, sizes_of(r), {operand(r, rs), operand(index, is), operand(x, xs)}, [&](const THCPlan<3> &p) {
#define GATHER(Bits) \
  THC_LAUNCH((gather_bits<Bits>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, step_of(x, dim), range_of(op, index, x, dim))
    BY_WIDTH((THType)x->type, GATHER)
  });
}

void THC_scatterFill(const char *op, THAnyTensor *r, THAnyTensor *index, int dim, const void *arg)
{
  const Strides is = strides_of(index), rs = lane_strides(r, dim);
  over<2>(op, sizes_of(index), {operand(index, is), operand(r, rs)}, [&](const THCPlan<2> &p) {
#define FILL(Bits) \
  THC_LAUNCH((scatter_fill_bits<Bits>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, \
             step_of(r, dim), *(const Bits *)arg, range_of(op, index, r, dim))
    BY_WIDTH((THType)r->type, FILL)
  });
}

template <class T, bool add>
static void walk_lanes(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  const Walk walk = {index->size[dim], step_of(index, dim), step_of(x, dim), step_of(r, dim)};
  const Strides is = strides_of(index), xs = strides_of(x), rs = strides_of(r);
  const THOperand operands[] = {operand(index, is), operand(x, xs), operand(r, rs)};
  const Lanes lanes(index, dim);
  THPlan plan;
  THPlan_build(&plan, index->nDimension, lanes.size.data(), 3, operands);
  THCPlan_pieces(op, &plan, [&](const THPlan *piece) {
    const THCPlan<3> p(piece);
    THC_LAUNCH((scatter_walk<T, add>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, walk, range_of(op, index, r, dim));
  });
}

/* The place along the lane, as the address of an operand of one-byte elements from NULL on. */
static Strides place_strides(const THAnyTensor *t, int dim)
{
  Strides stride((size_t)t->nDimension, 0);
  stride[dim] = 1;
  return stride;
}
static THOperand place_operand(const Strides &stride) { return THOperand{NULL, stride.data(), 1}; }

static int *new_owners(int64_t n)
{
  int *owner = (int *)THC_scratch((size_t)n * sizeof(int));
  THC_CHECK(cudaMemsetAsync(owner, 0xff, (size_t)n * sizeof(int), THC_stream()));
  return owner;
}

template <class Bits>
static void write_spread(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  int *owner = new_owners(r->size[dim]);
  const Strides none(1, 0), one(1, 1), index_stride(1, index->stride[dim]);
  const THOperand claim[] = {operand(index, index_stride), {(char *)owner, none.data(), sizeof(int)},
                             place_operand(one)};
  THPlan plan;
  THPlan_build(&plan, 1, &index->size[dim], 3, claim);
  THCPlan_pieces(op, &plan, [&](const THPlan *piece) {
    const THCPlan<3> p(piece);
    THC_LAUNCH(scatter_claim, THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, range_of(op, index, r, dim));
  });
  const Strides is = strides_of(index), xs = strides_of(x), rs = lane_strides(r, dim),
                place = place_strides(index, dim);
  over<4>(op, sizes_of(index), {operand(index, is), operand(x, xs), operand(r, rs), place_operand(place)},
          [&](const THCPlan<4> &p) {
            THC_LAUNCH((scatter_spread<Bits>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p,
                       step_of(r, dim), owner, range_of(op, index, r, dim));
          });
}

/* Positions of r have owners, lane after lane. */
template <class Bits>
static void write_owned(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  Strides owner_lane((size_t)r->nDimension, 0);
  int64_t n = r->size[dim];
  for (int d = r->nDimension - 1; d >= 0; d--) {
    if (d == dim) continue;
    owner_lane[(size_t)d] = n;
    n *= r->size[d];
  }
  int *owner = new_owners(n);
  const Strides is = strides_of(index), place = place_strides(index, dim);
  over<3>(op, sizes_of(index), {operand(index, is), {(char *)owner, owner_lane.data(), sizeof(int)}, place_operand(place)},
          [&](const THCPlan<3> &p) {
            THC_LAUNCH(scatter_claim, THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, range_of(op, index, r, dim));
          });
  Strides owner_each = owner_lane;
  owner_each[(size_t)dim] = 1;
  const Strides rs = strides_of(r), xs = lane_strides(x, dim);
  over<3>(op, sizes_of(r), {operand(r, rs), {(char *)owner, owner_each.data(), sizeof(int)}, operand(x, xs)},
          [&](const THCPlan<3> &p) {
            THC_LAUNCH((scatter_owned<Bits>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p,
                       step_of(x, dim));
          });
}

static bool worth_walking(const THAnyTensor *index, int dim)
{
  return Lanes(index, dim).count() >= MANY_LANES || index->size[dim] <= SHORT_LANE ||
         index->size[dim] > INT32_MAX; /* owners are ints */
}

static bool is_spread(const THAnyTensor *index, int dim)
{
  for (int d = 0; d < index->nDimension; d++)
    if (d != dim && index->size[d] > 1 && index->stride[d] != 0) return false;
  return true;
}

template <class T>
static void add_lanes(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  if (worth_walking(index, dim)) {
    walk_lanes<T, true>(op, r, index, x, dim);
    return;
  }
  const Strides is = strides_of(index), xs = strides_of(x), rs = lane_strides(r, dim);
  over<3>(op, sizes_of(index), {operand(index, is), operand(x, xs), operand(r, rs)}, [&](const THCPlan<3> &p) {
    THC_LAUNCH((scatter_add<T>), THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, step_of(r, dim), range_of(op, index, r, dim));
  });
}

template <class Bits>
static void write_lanes(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  if (worth_walking(index, dim)) walk_lanes<Bits, false>(op, r, index, x, dim);
  else if (is_spread(index, dim)) write_spread<Bits>(op, r, index, x, dim);
  else write_owned<Bits>(op, r, index, x, dim);
}

void THC_scatter(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim, bool add)
{
  if (!add) {
#define WRITE(Bits) write_lanes<Bits>(op, r, index, x, dim)
    BY_WIDTH((THType)r->type, WRITE)
    return;
  }
  switch (THType_element((THType)r->type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: add_lanes<real>(op, r, index, x, dim); break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}

/* ---- masks: 0 and 1 ---- */

__global__ void __launch_bounds__(THC_BLOCK) check_bytes(THCPlan<1> p, const char *first, THCFault *fault, const char *op)
{
  EACH(i, p.numel)
  {
    char *at[1];
    p.locate(i, at);
    if (*(const uint8_t *)at[0] > 1) THC_note(fault, op, *(const uint8_t *)at[0], -1, at[0] - first);
  }
}

void THC_checkMask(const char *op, THAnyTensor *mask)
{
  const Strides stride = strides_of(mask);
  over<1>(op, sizes_of(mask), {operand(mask, stride)}, [&](const THCPlan<1> &p) {
    THC_LAUNCH(check_bytes, THC_grid(p.numel), THC_BLOCK, 0, THC_stream(), p, (const char *)THAnyTensor_data(mask), THC_fault(),
               op);
  });
}
