/* Counts and draws: histograms, and categories drawn by cumulative weights. */
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"

namespace {
constexpr int64_t LOCAL_BINS = 4096; /* counters in shared memory */
}

/* ---- histograms ---- */

template <class R> struct THCBins {
  int64_t n, bins; /* elements and counters of a row */
  R low, high, unit, width;

  /* The bin of x; -1: none, for NaN and what lies outside. */
  __device__ int64_t of(R x) const
  {
    if (!(x >= low && x <= high)) return -1;
    const int64_t bin = (int64_t)((x * unit - low * unit) / width * (R)bins);
    return bin < bins - 1 ? bin : bins - 1;
  }
};

/* A block takes part of a row; blocks of a row have consecutive numbers. */
template <class T, class R>
__global__ void __launch_bounds__(THC_BLOCK)
  count_bins(const T *x, THCBins<R> b, int64_t rows, int64_t per_row, unsigned long long *count)
{
  THC_SHARED(unsigned, local);
  const bool shares = b.bins <= LOCAL_BINS;
  for (int64_t block = blockIdx.x; block < rows * per_row; block += gridDim.x) {
    const int64_t row = block / per_row, part = block - row * per_row;
    unsigned long long *counters = count + row * b.bins;
    for (int64_t k = threadIdx.x; shares && k < b.bins; k += THC_BLOCK) local[k] = 0;
    __syncthreads();
    for (int64_t i = part * THC_BLOCK + threadIdx.x; i < b.n; i += per_row * THC_BLOCK) {
      const int64_t bin = b.of(THC_load(x[row * b.n + i]));
      if (bin < 0) continue;
      if (shares) atomicAdd(local + bin, 1u);
      else atomicAdd(counters + bin, 1ull);
    }
    __syncthreads();
    for (int64_t k = threadIdx.x; shares && k < b.bins; k += THC_BLOCK)
      if (local[k]) atomicAdd(counters + k, (unsigned long long)local[k]);
    __syncthreads();
  }
}

template <class T>
static void count(const void *x, int64_t rows, int64_t n, int64_t bins, double min, double max, int64_t *counts)
{
  typedef typename THCReal<T>::type R;
  const R low = (R)min, high = (R)max, unit = std::isinf(high - low) ? (R)0.5 : (R)1;
  const THCBins<R> b = {n, bins, low, high, unit, high * unit - low * unit};
  const int64_t per_row = THMax(1, THMin(512, n / (16 * THC_BLOCK)));
  THC_LAUNCH((count_bins<T, R>), THC_grid(rows * per_row * THC_BLOCK), THC_BLOCK,
             bins <= LOCAL_BINS ? (size_t)bins * sizeof(unsigned) : 0, THC_stream(), (const T *)x, b, rows,
             per_row, (unsigned long long *)counts);
}

void THC_histogram(THType type, const void *x, int64_t rows, int64_t n, int64_t bins, double min, double max,
                   int64_t *counts)
{
  switch (THType_element(type)) {
  case TH_FLOAT: count<float>(x, rows, n, bins, min, max, counts); break;
  case TH_DOUBLE: count<double>(x, rows, n, bins, min, max, counts); break;
  default: count<THHalf>(x, rows, n, bins, min, max, counts); break;
  }
}

/* ---- categories ---- */

/* The first position whose cumulative weight exceeds u times their sum; never one of weight 0. */
__global__ void __launch_bounds__(THC_BLOCK)
  draw_categories(const double *cumulative, int64_t rows, int64_t n, const double *u, int64_t draws, int64_t *r)
{
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < rows * draws;
       i += (int64_t)gridDim.x * blockDim.x) {
    const double *c = cumulative + i / draws * n, target = u[i] * c[n - 1];
    int64_t left = 0, right = n - 1;
    while (left < right) {
      const int64_t mid = left + (right - left) / 2;
      if (c[mid] <= target) left = mid + 1;
      else right = mid;
    }
    while (left > 0 && c[left] == c[left - 1]) left--; /* u times the sum was rounded up to it */
    r[i] = left;
  }
}

void THC_draw(const double *cumulative, int64_t rows, int64_t n, const double *u, int64_t draws, int64_t *r)
{
  THC_LAUNCH(draw_categories, THC_grid(rows * draws), THC_BLOCK, 0, THC_stream(), cumulative, rows, n, u, draws,
             r);
}
