/* Random fillings, by Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
   1, 2, 3", 2011): a block of 128 bits is a function of a key, the seed, and of a counter. A thread
   makes the neighbouring elements that one block serves, so element i depends on the generator's
   counter and on i alone.

   A Float or Half takes 32 bits, so does the choice of a bernoulli or geometric variable; Doubles and
   integers of a range take 64, and other ones, from blocks of their own, where those would favour some
   numbers. Uniform numbers lie in [a, b) as on the CPU (cutorch had (a, b]); they have as many bits as
   the type's mantissa. What the arithmetic with a and b rounds to b becomes the number before it. */
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPhilox.cuh"
#include "THCPlan.cuh"

static constexpr double PI = 3.14159265358979323846;

/* ---- words into numbers ---- */

/* Bits of the mantissa, hidden one included; of integers, what a choice by 32 bits has. */
template <class T> struct THCUnit {
  static constexpr int bits = 32;
};
template <> struct THCUnit<float> {
  static constexpr int bits = 24;
};
template <> struct THCUnit<THHalf> {
  static constexpr int bits = 11;
};

static __device__ uint64_t join_words(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

/* 32 or 64 bits into [0, 1), and into (0, 1]. */
template <class T> __device__ double half_open(uint32_t w)
{
  return (w >> (32 - THCUnit<T>::bits)) * (1.0 / ((uint64_t)1 << THCUnit<T>::bits));
}
template <class T> __device__ double half_open(uint64_t w) { return (double)(w >> 11) * 0x1p-53; }
static __device__ double above_zero(uint32_t w) { return (w + 1.0) * 0x1p-32; }
static __device__ double above_zero(uint64_t w) { return ((double)(w >> 11) + 1.0) * 0x1p-53; }

struct THCDraw {
  double a, b;
  int64_t first;
  uint64_t range, last; /* words above last would favour small numbers */
  double limit;
  const double *mean, *stdv;
};

/* One element from one word of 32 or 64 bits. */
template <class T, THRandomKind kind, class Word>
__device__ T draw_one(const THCDraw &d, Word w, int64_t i)
{
  if constexpr (kind == TH_RANDOM_UNIFORM) {
    const double u = half_open<T>(w), width = d.b - d.a;
    const double v = width - width == 0 ? u * width + d.a : d.a * (1 - u) + d.b * u;
    return THCStore<T>::from(d.a <= d.b ? (v < d.limit ? v : d.limit) : (v > d.limit ? v : d.limit));
  } else if constexpr (kind == TH_RANDOM_EXPONENTIAL) {
    return THCStore<T>::from(-1 / d.a * log(above_zero(w)));
  } else if constexpr (kind == TH_RANDOM_CAUCHY) {
    return THCStore<T>::from(d.a + d.b * tan(PI * (above_zero(w) - 0.5)));
  } else if constexpr (kind == TH_RANDOM_GEOMETRIC) {
    const double count = log(above_zero(w)) / log(d.a) + 1;
    return THCStore<T>::from((int64_t)(count < d.limit ? count : d.limit));
  } else if constexpr (kind == TH_RANDOM_BERNOULLI) {
    return THCStore<T>::from((int)(w * 0x1p-32 < (d.mean ? d.mean[i] : d.a)));
  } else {
    return THCStore<T>::from((int64_t)((d.range ? w % d.range : w) + (uint64_t)d.first));
  }
}

/* Two of them by Box and Muller, mean 0 and standard deviation 1. */
static __device__ void draw_normals(float *z, uint32_t u, uint32_t v)
{
  const float rho = sqrtf(-2 * logf((float)above_zero(u)));
  float s, c;
  sincosf((float)(v * (2 * PI * 0x1p-32)), &s, &c);
  z[0] = rho * c;
  z[1] = rho * s;
}
static __device__ void draw_normals(double *z, uint64_t u, uint64_t v)
{
  const double rho = sqrt(-2 * log(above_zero(u)));
  double s, c;
  sincos((double)(v >> 11) * (2 * PI * 0x1p-53), &s, &c);
  z[0] = rho * c;
  z[1] = rho * s;
}
template <class T, THRandomKind kind, class Z> __device__ T place_normal(const THCDraw &d, Z z, int64_t i)
{
  const double v = z * (d.stdv ? d.stdv[i] : d.b) + (d.mean ? d.mean[i] : d.a);
  return THCStore<T>::from(kind == TH_RANDOM_LOGNORMAL ? exp(v) : v);
}

/* ---- kernels ---- */

/* Elements that a block serves. */
template <class T, THRandomKind kind> struct THCServed {
  static constexpr bool wide = kind == TH_RANDOM_RANGE ||
                               (sizeof(T) == 8 && THCReal<T>::floating && kind != TH_RANDOM_GEOMETRIC &&
                                kind != TH_RANDOM_BERNOULLI);
  static constexpr int count = wide ? 2 : 4;
};

/* Word k of 64 bits that is not above d.last: of block `counter`, or of the first sequence where it is. */
static __device__ uint64_t fair_word(const THCDraw &d, THCPhilox w, int k, uint64_t seed, uint64_t counter)
{
  uint64_t word = join_words(w.word[2 * k], w.word[2 * k + 1]);
  for (uint32_t sequence = 1; word > d.last; sequence++) {
    w = THCPhilox_block(seed, counter, sequence);
    word = join_words(w.word[2 * k], w.word[2 * k + 1]);
  }
  return word;
}

template <class T, THRandomKind kind>
__device__ void draw_block(const THCDraw &d, uint64_t seed, uint64_t counter, int64_t first, T *out)
{
  const THCPhilox w = THCPhilox_block(seed, counter);
  constexpr bool normal = kind == TH_RANDOM_NORMAL || kind == TH_RANDOM_LOGNORMAL;
  constexpr bool wide = THCServed<T, kind>::wide;
  if constexpr (normal && wide) {
    double z[2];
    draw_normals(z, join_words(w.word[0], w.word[1]), join_words(w.word[2], w.word[3]));
    for (int k = 0; k < 2; k++) out[k] = place_normal<T, kind>(d, z[k], first + k);
  } else if constexpr (normal) {
    float z[4];
    draw_normals(z, w.word[0], w.word[1]);
    draw_normals(z + 2, w.word[2], w.word[3]);
    for (int k = 0; k < 4; k++) out[k] = place_normal<T, kind>(d, z[k], first + k);
  } else if constexpr (kind == TH_RANDOM_RANGE) {
    for (int k = 0; k < 2; k++)
      out[k] = draw_one<T, kind>(d, fair_word(d, w, k, seed, counter), first + k);
  } else if constexpr (wide) {
    for (int k = 0; k < 2; k++)
      out[k] = draw_one<T, kind>(d, join_words(w.word[2 * k], w.word[2 * k + 1]), first + k);
  } else {
    for (int k = 0; k < 4; k++) out[k] = draw_one<T, kind>(d, w.word[k], first + k);
  }
}

template <class T, THRandomKind kind>
__global__ void __launch_bounds__(THC_BLOCK)
  random_blocks(T *r, int64_t n, THCDraw draw, THCRandomBase base)
{
  const uint64_t seed = base.recorded ? base.recorded[0] : base.seed;
  const uint64_t counter = base.recorded ? base.counter + base.recorded[1] : base.counter;
  constexpr int COUNT = THCServed<T, kind>::count;
  const int64_t blocks = (n + COUNT - 1) / COUNT;
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < blocks;
       i += (int64_t)gridDim.x * blockDim.x) {
    const int64_t first = i * COUNT, rest = n - first;
    if (rest < COUNT) { /* parameters are read for elements that exist only */
      THCDraw none = draw;
      none.mean = none.stdv = NULL;
      T out[COUNT];
      for (int k = 0; k < rest; k++) {
        if (draw.mean) none.a = draw.mean[first + k];
        if (draw.stdv) none.b = draw.stdv[first + k];
        draw_block<T, kind>(none, seed, counter + (uint64_t)i, first, out);
        r[first + k] = out[k];
      }
      continue;
    }
    THCPack<T, COUNT> out;
    draw_block<T, kind>(draw, seed, counter + (uint64_t)i, first, out.at);
    if ((uintptr_t)r % sizeof out == 0) {
      *(THCPack<T, COUNT> *)(r + first) = out;
    } else {
      for (int k = 0; k < COUNT; k++) r[first + k] = out.at[k];
    }
  }
}

/* ---- launching ---- */

template <class T, THRandomKind kind> void launch(T *r, int64_t n, const THRandomFillArgs *args)
{
  constexpr int COUNT = THCServed<T, kind>::count;
  const int64_t blocks = (n + COUNT - 1) / COUNT;
  const uint64_t rest = args->range ? (0 - args->range) % args->range : 0; /* 2^64 modulo range */
  const THCDraw draw = {args->a,     args->b,    args->first, args->range, UINT64_MAX - rest,
                        args->limit, args->mean, args->stdv};
  THC_LAUNCH((random_blocks<T, kind>), THC_grid(blocks), THC_BLOCK, 0, THC_stream(), r, n, draw,
             THC_takeRandom((uint64_t)blocks));
}

template <class T> bool fill_reals(T *r, int64_t n, const THRandomFillArgs *args)
{
  if constexpr (THCReal<T>::floating) {
    switch (args->kind) {
    case TH_RANDOM_UNIFORM: launch<T, TH_RANDOM_UNIFORM>(r, n, args); return true;
    case TH_RANDOM_NORMAL: launch<T, TH_RANDOM_NORMAL>(r, n, args); return true;
    case TH_RANDOM_LOGNORMAL: launch<T, TH_RANDOM_LOGNORMAL>(r, n, args); return true;
    case TH_RANDOM_EXPONENTIAL: launch<T, TH_RANDOM_EXPONENTIAL>(r, n, args); return true;
    case TH_RANDOM_CAUCHY: launch<T, TH_RANDOM_CAUCHY>(r, n, args); return true;
    default: break;
    }
  }
  return false;
}

template <class T> bool fill(T *r, int64_t n, const THRandomFillArgs *args)
{
  switch (args->kind) {
  case TH_RANDOM_GEOMETRIC: launch<T, TH_RANDOM_GEOMETRIC>(r, n, args); return true;
  case TH_RANDOM_BERNOULLI: launch<T, TH_RANDOM_BERNOULLI>(r, n, args); return true;
  case TH_RANDOM_RANGE: launch<T, TH_RANDOM_RANGE>(r, n, args); return true;
  default: return fill_reals(r, n, args);
  }
}

void THC_random(const char *op, THType type, void *r, int64_t n, const THRandomFillArgs *args)
{
  bool defined = false;
  if (n == 0) return;
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: defined = fill((real *)r, n, args); break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
  if (!defined) THError("%s: not defined for %sTensor", op, THType_name(type));
}
