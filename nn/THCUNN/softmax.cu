// SoftMax and LogSoftMax. Scores side by side: a block for each row. Scores of neighbouring
// positions side by side (images): a thread for each position.
#include "THCUNN.h"
using namespace thcunn;

template <class T, bool LOG> __global__ void softmax_rows(const T *x, T *y, int64_t classes)
{
  typedef Compute<T> C;
  THC_SHARED(double, room);
  x += blockIdx.x * classes;
  y += blockIdx.x * classes;
  C max = load(x);
  for (int64_t i = threadIdx.x; i < classes; i += blockDim.x) max = Greater()(max, load(x + i));
  max = block_reduce(max, (C *)room, Greater());
  __syncthreads(); // the room changes its type
  double sum = 0;
  for (int64_t i = threadIdx.x; i < classes; i += blockDim.x) sum += exp(load(x + i) - max);
  sum = block_reduce(sum, room, Plus());
  C shift = (C)log(sum), factor = (C)(1 / sum);
  for (int64_t i = threadIdx.x; i < classes; i += blockDim.x)
    store(y + i, LOG ? load(x + i) - max - shift : exp(load(x + i) - max) * factor);
}

template <class T, bool LOG> __global__ void softmax_columns(const T *x_, T *y_, THNN_Rows s)
{
  typedef Compute<T> C;
  THCUNN_EACH(i, s.frames * s.positions)
  {
    int64_t at = i, frame = split(&at, s.positions), end = s.classes * s.positions;
    const T *x = x_ + frame * end + at;
    T *y = y_ + frame * end + at;
    C max = load(x);
    for (int64_t j = s.positions; j < end; j += s.positions) max = Greater()(max, load(x + j));
    double sum = 0;
    for (int64_t j = 0; j < end; j += s.positions) sum += exp(load(x + j) - max);
    C shift = (C)log(sum), factor = (C)(1 / sum);
    for (int64_t j = 0; j < end; j += s.positions)
      store(y + j, LOG ? load(x + j) - max - shift : exp(load(x + j) - max) * factor);
  }
}

template <bool LOG, class C> static __device__ double grad_term(C y, C g)
{
  return LOG ? (double)g : (double)g * y;
}
template <bool LOG, class C> static __device__ C grad(C y, C g, C sum)
{
  return LOG ? g - exp(y) * sum : (g - sum) * y;
}

template <class T, bool LOG>
__global__ void softmax_rows_grad(const T *y, const T *g, T *gx, int64_t classes)
{
  typedef Compute<T> C;
  THC_SHARED(double, room);
  int64_t first = blockIdx.x * classes;
  double sum = 0;
  for (int64_t i = first + threadIdx.x; i < first + classes; i += blockDim.x)
    sum += grad_term<LOG>(load(y + i), load(g + i));
  C s = (C)block_reduce(sum, room, Plus());
  for (int64_t i = first + threadIdx.x; i < first + classes; i += blockDim.x)
    store(gx + i, grad<LOG>(load(y + i), load(g + i), s));
}

template <class T, bool LOG>
__global__ void softmax_columns_grad(const T *y, const T *g, T *gx, THNN_Rows s)
{
  typedef Compute<T> C;
  THCUNN_EACH(i, s.frames * s.positions)
  {
    int64_t at = i, frame = split(&at, s.positions), first = frame * s.classes * s.positions + at;
    int64_t end = first + s.classes * s.positions;
    double sum = 0;
    for (int64_t j = first; j < end; j += s.positions)
      sum += grad_term<LOG>(load(y + j), load(g + j));
    for (int64_t j = first; j < end; j += s.positions)
      store(gx + j, grad<LOG>(load(y + j), load(g + j), (C)sum));
  }
}

template <class T, bool LOG> static void launch(const THNN_Rows *s, const T *x, T *y)
{
  unsigned threads = block_for(s->classes);
  if (s->positions == 1)
    THC_LAUNCH((softmax_rows<T, LOG>), (unsigned)s->frames, threads, room_for<double>(threads),
               current_stream(), x, y, s->classes);
  else
    THC_LAUNCH((softmax_columns<T, LOG>), grid_for(s->frames * s->positions), BLOCK, 0,
               current_stream(), x, y, *s);
}

template <class T, bool LOG>
static void launch_grad(const THNN_Rows *s, const T *y, const T *g, T *gx)
{
  unsigned threads = block_for(s->classes);
  if (s->positions == 1)
    THC_LAUNCH((softmax_rows_grad<T, LOG>), (unsigned)s->frames, threads, room_for<double>(threads),
               current_stream(), y, g, gx, s->classes);
  else
    THC_LAUNCH((softmax_columns_grad<T, LOG>), grid_for(s->frames * s->positions), BLOCK, 0,
               current_stream(), y, g, gx, *s);
}

template <class T> static void softmax(bool log, const THNN_Rows *s, const void *x, void *y)
{
  if (log) launch<T, true>(s, (const T *)x, (T *)y);
  else launch<T, false>(s, (const T *)x, (T *)y);
}

template <class T>
static void softmax_grad(bool log, const THNN_Rows *s, const void *y, const void *g, void *gx)
{
  if (log) launch_grad<T, true>(s, (const T *)y, (const T *)g, (T *)gx);
  else launch_grad<T, false>(s, (const T *)y, (const T *)g, (T *)gx);
}

void THCUNN_softmax(THType type, bool log, const THNN_Rows *s, const void *x, void *y)
{
  THCUNN_DISPATCH(type, softmax, log, s, x, y);
}

void THCUNN_softmaxGrad(THType type, bool log, const THNN_Rows *s, const void *y, const void *gy,
                        void *gx)
{
  THCUNN_DISPATCH(type, softmax_grad, log, s, y, gy, gx);
}
