/* Elements that follow from their places: triangles, progressions; and the pairs of rows that match
   compares. */
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"

#define EACH(i, n) \
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < (n); i += (int64_t)gridDim.x * blockDim.x)

/* ---- triangles ---- */

struct Matrix {
  char *data;
  int64_t rows, columns, row_step, column_step; /* bytes */
};

template <class Bits>
__global__ void __launch_bounds__(THC_BLOCK) clear_triangle(Matrix m, int64_t k, bool lower)
{
  EACH(i, m.rows * m.columns)
  {
    const int64_t row = i / m.columns, column = i - row * m.columns;
    if (lower ? column > row + k : column < row + k)
      *(Bits *)(m.data + row * m.row_step + column * m.column_step) = 0;
  }
}

void THC_clearTriangle(THAnyTensor *r, int64_t k, bool lower)
{
  const int64_t width = (int64_t)THType_size((THType)r->type);
  const Matrix m = {(char *)THAnyTensor_data(r), r->size[0], r->size[1], r->stride[0] * width,
                    r->stride[1] * width};
  const unsigned grid = THC_grid(m.rows * m.columns);
#define CLEAR(Bits) \
  THC_LAUNCH((clear_triangle<Bits>), grid, THC_BLOCK, 0, THC_stream(), m, k, lower)
  switch (width) {
  case 1: CLEAR(uint8_t); break;
  case 2: CLEAR(uint16_t); break;
  case 4: CLEAR(uint32_t); break;
  default: CLEAR(uint64_t); break;
  }
}

/* ---- progressions ---- */

template <class T>
__global__ void __launch_bounds__(THC_BLOCK) progress(T *r, int64_t n, THScalar start, THScalar step)
{
  EACH(i, n)
  {
    if constexpr (THCReal<T>::floating) r[i] = THCStore<T>::from(start.d + (double)i * step.d);
    else r[i] = (T)(int64_t)((uint64_t)start.i + (uint64_t)i * (uint64_t)step.i);
  }
}

template <class T, class R>
__global__ void __launch_bounds__(THC_BLOCK) place_points(T *r, int64_t n, R first, R step, bool exponents)
{
  EACH(i, n)
  {
    const R v = first + (R)i * step;
    r[i] = THCStore<T>::from(exponents ? (R)pow(10., (double)v) : v);
  }
}

/* As on the CPU, in the arithmetic of the type (of Half: float). */
template <class T> static void points(void *r, int64_t n, double a, double b, bool exponents)
{
  typedef typename THCReal<T>::type R;
  const R first = (R)a, last = (R)b, parts = (R)(n - 1), width = last - first;
  const R step = n == 1 ? 0 : std::isinf(width) ? last / parts - first / parts : width / parts;
  THC_LAUNCH((place_points<T, R>), THC_grid(n), THC_BLOCK, 0, THC_stream(), (T *)r, n, first, step, exponents);
}

void THC_progression(THType type, void *r, int64_t n, THScalar start, THScalar step)
{
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    THC_LAUNCH((progress<real>), THC_grid(n), THC_BLOCK, 0, THC_stream(), (real *)r, n, start, step); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}

void THC_points(THType type, void *r, int64_t n, double a, double b, bool exponents)
{
  switch (THType_element(type)) {
  case TH_FLOAT: points<float>(r, n, a, b, exponents); break;
  case TH_DOUBLE: points<double>(r, n, a, b, exponents); break;
  default: points<THHalf>(r, n, a, b, exponents); break;
  }
}

/* ---- match ---- */

/* r[i][j] = gain |a[i] - b[j]|^2, rows of d elements. */
template <class T, class R>
__global__ void __launch_bounds__(THC_BLOCK)
  match_rows(T *r, const T *a, const T *b, int64_t rows, int64_t columns, int64_t d, R gain)
{
  EACH(i, rows * columns)
  {
    const T *x = a + i / columns * d, *y = b + i % columns * d;
    typename THCReal<T>::accumulator sum = 0;
    for (int64_t k = 0; k < d; k++) {
      const R off = (R)(THC_load(x[k]) - THC_load(y[k]));
      sum += (typename THCReal<T>::accumulator)off * off;
    }
    r[i] = THCStore<T>::from(gain * sum);
  }
}

void THC_match(THType type, void *r, const void *a, const void *b, int64_t rows, int64_t columns, int64_t d,
               THScalar gain)
{
  const unsigned grid = THC_grid(rows * columns);
#define MATCH(real, R, value) \
  THC_LAUNCH((match_rows<real, R>), grid, THC_BLOCK, 0, THC_stream(), (real *)r, (const real *)a, \
             (const real *)b, rows, columns, d, (R)(value))
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    if (THCReal<real>::floating) MATCH(real, THCReal<real>::type, gain.d); \
    else MATCH(real, THCReal<real>::type, gain.i); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
