// Pooling over windows of images and volumes: a thread for each output, and for each input in the
// backward pass, which looks for the windows that it is in.
#include <cmath>
#include "THCUNN.h"
#include "window.h"
using namespace thcunn;

// Element i of a set of planes of `size`: its plane, and where it is in it.
static __device__ int64_t locate(int64_t i, const int64_t *size, int64_t *at)
{
  int64_t row = quotient(i, size[2]), slice = quotient(row, size[1]),
          plane = quotient(slice, size[0]);
  at[2] = i - row * size[2];
  at[1] = row - slice * size[1];
  at[0] = slice - plane * size[0];
  return plane;
}

static __device__ int64_t elements(const int64_t *size) { return size[0] * size[1] * size[2]; }

// Number of the first window element, on an axis, that is not in the padding before it.
static __device__ int64_t first_inside(const THNN_Window &p, int64_t o, int axis)
{
  int64_t begin = o * p.d[axis] - p.pad[axis];
  return begin >= 0 ? 0 : quotient(-begin + p.dil[axis] - 1, p.dil[axis]);
}
static __device__ int64_t end_inside(const THNN_Window &p, int64_t o, int axis)
{
  int64_t room =
      p.in[axis] + p.pad[axis] - o * p.d[axis]; // positions left, the window's first included
  int64_t n = room <= 0 ? 0 : quotient(room + p.dil[axis] - 1, p.dil[axis]);
  return THMin(n, p.k[axis]);
}

// Outputs [lo, hi] along an axis whose windows may hold input `at`; `extent` is what a window
// spans.
static __device__ void windows_of(const THNN_Window &p, int64_t at, int64_t extent, int axis,
                                  int64_t *lo, int64_t *hi)
{
  int64_t first = at + p.pad[axis] - extent + 1;
  *lo = first <= 0 ? 0 : quotient(first + p.d[axis] - 1, p.d[axis]);
  *hi = THMin(quotient(at + p.pad[axis], p.d[axis]), p.out[axis] - 1);
}

// Calls f(number of the output in its plane, o) for the outputs that may see input `at`, in order.
template <class Visit>
static __device__ void each_window(const THNN_Window &p, const int64_t *at, const int64_t *extent,
                                   Visit f)
{
  int64_t lo[3], hi[3], o[3];
  for (int axis = 0; axis < 3; axis++)
    windows_of(p, at[axis], extent[axis], axis, &lo[axis], &hi[axis]);
  for (o[0] = lo[0]; o[0] <= hi[0]; o[0]++)
    for (o[1] = lo[1]; o[1] <= hi[1]; o[1]++)
      for (o[2] = lo[2]; o[2] <= hi[2]; o[2]++) f((o[0] * p.out[1] + o[1]) * p.out[2] + o[2], o);
}

// ---- largest elements: the first of the greatest ones, or the first NaN ----

template <class T>
__global__ void max_pool(THNN_Window p, int64_t planes, const T *x_, T *y, int64_t *index)
{
  typedef Compute<T> C;
  THCUNN_EACH(n, planes * elements(p.out))
  {
    int64_t o[3], b[3], e[3], plane = locate(n, p.out, o);
    for (int axis = 0; axis < 3; axis++)
      b[axis] = first_inside(p, o[axis], axis), e[axis] = end_inside(p, o[axis], axis);
    const T *x = x_ + plane * elements(p.in);
    C max = -INFINITY;
    const int64_t none = p.dims == 2 ? (int64_t)THNN_POOL_NONE_2D : (int64_t)THNN_POOL_NONE_3D;
    int64_t at = none;
    for (int64_t i = b[0]; i < e[0]; i++)
      for (int64_t j = b[1]; j < e[1]; j++)
        for (int64_t k = b[2]; k < e[2]; k++) {
          int64_t from = THNN_Window_position(&p, o, i, j, k);
          C v = load(x + from);
          if (at != none && !THNN_wins(v, max)) continue;
          max = v;
          at = p.dims == 2 ? from + TH_INDEX_BASE : i | j << 8 | k << 16;
        }
    store(y + n, max);
    index[n] = at;
  }
}

// The input that an index of max_pool names; -1: none.
static __device__ int64_t winner(const THNN_Window &p, const int64_t *o, int64_t index)
{
  if (p.dims == 2) return index - TH_INDEX_BASE;
  index &= THNN_POOL_NONE_3D;
  return index == THNN_POOL_NONE_3D
             ? -1
             : THNN_Window_position(&p, o, index & 255, index >> 8 & 255, index >> 16);
}

template <class T>
__global__ void max_pool_grad(THNN_Window p, int64_t planes, const T *gy_, const int64_t *index_,
                              T *gx)
{
  typedef Compute<T> C;
  int64_t in = elements(p.in), out = elements(p.out), extent[3];
  for (int axis = 0; axis < 3; axis++) extent[axis] = (p.k[axis] - 1) * p.dil[axis] + 1;
  THCUNN_EACH(n, planes * in)
  {
    int64_t at[3], plane = locate(n, p.in, at), me = n - plane * in;
    const T *gy = gy_ + plane * out;
    const int64_t *index = index_ + plane * out;
    C sum = 0;
    each_window(p, at, extent, [&](int64_t i, const int64_t *o) {
      if (winner(p, o, index[i]) == me) sum += load(gy + i);
    });
    store(gx + n, sum);
  }
}

// ---- averages ----

template <class T> __global__ void average_pool(THNN_Window p, int64_t planes, const T *x_, T *y)
{
  THCUNN_EACH(n, planes * elements(p.out))
  {
    int64_t o[3], b[3], e[3], plane = locate(n, p.out, o);
    double count = THNN_Window_bounds(&p, o, b, e), sum = 0;
    const T *x = x_ + plane * elements(p.in);
    for (int64_t t = b[0]; t < e[0]; t++)
      for (int64_t h = b[1]; h < e[1]; h++)
        for (int64_t w = b[2]; w < e[2]; w++) sum += load(x + (t * p.in[1] + h) * p.in[2] + w);
    store(y + n, sum / count);
  }
}

template <class T>
__global__ void average_pool_grad(THNN_Window p, int64_t planes, const T *gy_, T *gx)
{
  typedef Compute<T> C;
  int64_t in = elements(p.in), out = elements(p.out);
  THCUNN_EACH(n, planes * in)
  {
    int64_t at[3], plane = locate(n, p.in, at);
    const T *gy = gy_ + plane * out;
    C sum = 0;
    each_window(p, at, p.k, [&](int64_t i, const int64_t *o) {
      int64_t b[3], e[3];
      sum += (C)(load(gy + i) / THNN_Window_bounds(&p, o, b, e));
    });
    store(gx + n, sum);
  }
}

// ---- launches ----

static int64_t outputs(const THNN_Window *p, int64_t planes)
{
  return planes * p->out[0] * p->out[1] * p->out[2];
}
static int64_t inputs(const THNN_Window *p, int64_t planes)
{
  return planes * p->in[0] * p->in[1] * p->in[2];
}

template <class T>
static void maximum(const THNN_Window *p, int64_t planes, const void *x, void *y, int64_t *index)
{
  THC_LAUNCH((max_pool<T>), grid_for(outputs(p, planes)), BLOCK, 0, current_stream(), *p, planes,
             (const T *)x, (T *)y, index);
}
template <class T>
static void maximum_grad(const THNN_Window *p, int64_t planes, const void *gy, const int64_t *index,
                         void *gx)
{
  THC_LAUNCH((max_pool_grad<T>), grid_for(inputs(p, planes)), BLOCK, 0, current_stream(), *p,
             planes, (const T *)gy, index, (T *)gx);
}
template <class T> static void average(const THNN_Window *p, int64_t planes, const void *x, void *y)
{
  THC_LAUNCH((average_pool<T>), grid_for(outputs(p, planes)), BLOCK, 0, current_stream(), *p,
             planes, (const T *)x, (T *)y);
}
template <class T>
static void average_grad(const THNN_Window *p, int64_t planes, const void *gy, void *gx)
{
  THC_LAUNCH((average_pool_grad<T>), grid_for(inputs(p, planes)), BLOCK, 0, current_stream(), *p,
             planes, (const T *)gy, (T *)gx);
}

void THCUNN_maxPool(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y,
                    int64_t *index)
{
  THCUNN_DISPATCH(type, maximum, p, planes, x, y, index);
}

void THCUNN_maxPoolGrad(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                        const int64_t *index, void *gx)
{
  THCUNN_DISPATCH(type, maximum_grad, p, planes, gy, index, gx);
}

void THCUNN_averagePool(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y)
{
  THCUNN_DISPATCH(type, average, p, planes, x, y);
}

void THCUNN_averagePoolGrad(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                            void *gx)
{
  THCUNN_DISPATCH(type, average_grad, p, planes, gy, gx);
}
