// Normalisation within samples: a block for each group.
#include "THCUNN.h"
using namespace thcunn;

template <class T> static __device__ double channel_of(const void *vector, int64_t i, double absent)
{
  return vector ? (double)load((const T *)vector + i) : absent;
}

// The group that a block works on.
struct Group {
  int64_t n, first, channel; // elements, the first of them, and its channel in the sample
  __device__ explicit Group(const THNN_Groups &g)
      : n(g.channels * g.positions), first(blockIdx.x * n),
        channel((blockIdx.x - quotient(blockIdx.x, g.groups) * g.groups) * g.channels)
  {
  }
  __device__ int64_t channel_at(const THNN_Groups &g, int64_t i) const { return channel + quotient(i, g.positions); }
};

template <class T> __global__ void normalize_groups(THNN_Groups g, const T *x, T *y)
{
  typedef Compute<T> C;
  THC_SHARED(double, room);
  const Group at(g);
  x += at.first;
  y += at.first;
  double mean = 0, squares = 0;
  if (g.centred) {
    for (int64_t i = threadIdx.x; i < at.n; i += blockDim.x) mean += load(x + i);
    mean = block_reduce(mean, room, Plus()) / (double)at.n;
  }
  for (int64_t i = threadIdx.x; i < at.n; i += blockDim.x) {
    double d = load(x + i) - mean;
    squares += d * d;
  }
  const double invstd = 1 / sqrt(block_reduce(squares, room, Plus()) / (double)at.n + g.eps);
  if (threadIdx.x == 0) {
    store((T *)g.mean + blockIdx.x, mean);
    store((T *)g.invstd + blockIdx.x, invstd);
  }
  for (int64_t i = threadIdx.x; i < at.n; i += blockDim.x) {
    const int64_t c = at.channel_at(g, i);
    store(y + i, (load(x + i) - (C)mean) * (C)invstd * (C)channel_of<T>(g.weight, c, 1) + (C)channel_of<T>(g.bias, c, 0));
  }
}

template <class T> __global__ void normalize_groups_grad(THNN_Groups g, const T *x, const T *gy, T *gx)
{
  typedef Compute<T> C;
  THC_SHARED(Sums, room);
  const Group at(g);
  x += at.first;
  gy += at.first;
  gx += at.first;
  const double mean = load((const T *)g.mean + blockIdx.x), invstd = load((const T *)g.invstd + blockIdx.x);
  Sums s = {0, 0};
  for (int64_t i = threadIdx.x; i < at.n; i += blockDim.x) {
    double v = (double)load(gy + i) * channel_of<T>(g.weight, at.channel_at(g, i), 1);
    s.a += v;
    s.b += v * (load(x + i) - mean);
  }
  s = block_reduce(s, room, PlusSums());
  const C shift = g.centred ? (C)(s.a / (double)at.n) : 0, slope = (C)(s.b / (double)at.n * invstd * invstd);
  for (int64_t i = threadIdx.x; i < at.n; i += blockDim.x) {
    const C w = (C)channel_of<T>(g.weight, at.channel_at(g, i), 1);
    store(gx + i, (load(gy + i) * w - shift - (load(x + i) - (C)mean) * slope) * (C)invstd);
  }
}

// Of a channel, over samples and positions: gradients, and their products with what is normalised.
template <class T> struct ParameterSums {
  THNN_Groups g;
  const T *x, *gy;
  __device__ void operator()(int64_t channel, int64_t i, Sums *s) const
  {
    int64_t position = i, sample = split(&position, g.positions);
    const int64_t group = sample * g.groups + quotient(channel, g.channels);
    const int64_t at = (sample * g.groups * g.channels + channel) * g.positions + position;
    const double gradient = load(gy + at);
    s->a += gradient;
    s->b += gradient * (load(x + at) - (double)load((const T *)g.mean + group)) * load((const T *)g.invstd + group);
  }
};
template <class T> struct AddParameters {
  THNN_Groups g;
  __device__ void operator()(int64_t channel, Sums s) const
  {
    T *gw = (T *)g.gradWeight + channel, *gb = (T *)g.gradBias + channel;
    store(gw, load(gw) + g.scale * s.b);
    if (g.gradBias) store(gb, load(gb) + g.scale * s.a);
  }
};

static unsigned blocks_of(const THNN_Groups *g)
{
  int64_t n = g->samples * g->groups;
  if (n > INT32_MAX) THError("GroupNorm: %lld groups are too many for one launch", (long long)n);
  return (unsigned)n;
}

template <class T> static void forward(const THNN_Groups *g, const void *x, void *y)
{
  const unsigned threads = block_for(g->channels * g->positions), blocks = blocks_of(g);
  if (blocks)
    THC_LAUNCH((normalize_groups<T>), blocks, threads, room_for<double>(threads), current_stream(), *g, (const T *)x, (T *)y);
}

template <class T> static void backward(const THNN_Groups *g, const void *x, const void *gy, void *gx)
{
  const unsigned threads = block_for(g->channels * g->positions), blocks = blocks_of(g);
  if (blocks)
    THC_LAUNCH((normalize_groups_grad<T>), blocks, threads, room_for<Sums>(threads), current_stream(), *g, (const T *)x,
               (const T *)gy, (T *)gx);
}

template <class T> static void parameters(const THNN_Groups *g, const void *x, const void *gy)
{
  const int64_t channels = g->groups * g->channels, count = g->samples * g->positions;
  const ParameterSums<T> body = {*g, (const T *)x, (const T *)gy};
  if (g->positions == 1) sum_columns(channels, count, body, AddParameters<T>{*g});
  else sum_segments(channels, count, body, AddParameters<T>{*g});
}

void THCUNN_groupNorm(THType type, const THNN_Groups *g, const void *x, void *y)
{
  THCUNN_DISPATCH(type, forward, g, x, y);
}

void THCUNN_groupNormGrad(THType type, const THNN_Groups *g, const void *x, const void *gy, void *gx)
{
  THCUNN_DISPATCH(type, backward, g, x, gy, gx);
}

void THCUNN_groupNormParameters(THType type, const THNN_Groups *g, const void *x, const void *gy)
{
  THCUNN_DISPATCH(type, parameters, g, x, gy);
}
