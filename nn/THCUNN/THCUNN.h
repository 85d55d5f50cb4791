#ifndef THCUNN_H
#define THCUNN_H
// What the kernels of nn share: element types, sums of blocks, launches. Internal to libTHCUNN;
// THNN's checks and shapes come before (nn/THNN/THNNDevice.h).
//
// Work is divided by sizes alone, never by the GPU at hand, and sums are joined in a fixed order: a
// result is the same on every run.
#include <cuda_fp16.h>
#include "THC.h"
#include "THCLaunch.h"
#include "THNNDevice.h"

namespace thcunn
{

static inline cudaStream_t current_stream() { return THCState_getCurrentStream(THCState_alloc()); }
static inline int current_device() { return THC_getDevice(THCState_alloc()); }

// ---- element types: Half is computed in float, sums are kept in double ----

template <class T> struct ComputeType {
  typedef T type;
};
template <> struct ComputeType<__half> {
  typedef float type;
};
template <class T> using Compute = typename ComputeType<T>::type;

static __device__ __forceinline__ float load(const float *p) { return *p; }
static __device__ __forceinline__ double load(const double *p) { return *p; }
static __device__ __forceinline__ float load(const __half *p) { return __half2float(*p); }
template <class V> static __device__ __forceinline__ void store(float *p, V v) { *p = (float)v; }
template <class V> static __device__ __forceinline__ void store(double *p, V v) { *p = (double)v; }
template <class V> static __device__ __forceinline__ void store(__half *p, V v)
{
  *p = __float2half((float)v);
}

// f<element type>(...)
#define THCUNN_DISPATCH(type, f, ...)                                                              \
  do {                                                                                             \
    switch (THType_element(type)) {                                                                \
    case TH_FLOAT: f<float>(__VA_ARGS__); break;                                                   \
    case TH_DOUBLE: f<double>(__VA_ARGS__); break;                                                 \
    default: f<__half>(__VA_ARGS__);                                                               \
    }                                                                                              \
  } while (0)

// ---- one thread for each of n elements ----

enum { BLOCK = 256 };

static inline unsigned grid_for(int64_t n)
{
  const int64_t most = 1 << 16;
  return (unsigned)THMax(1, THMin((n + BLOCK - 1) / BLOCK, most));
}

#define THCUNN_EACH(i, n)                                                                          \
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < (n);                        \
       i += (int64_t)gridDim.x * blockDim.x)

// Division of 64-bit numbers is slow; most sizes fit in 32.
static __device__ __forceinline__ int64_t quotient(int64_t a, int64_t b)
{
  return ((uint64_t)(a | b) >> 32) ? a / b : (int64_t)((uint32_t)a / (uint32_t)b);
}
// *i becomes the remainder.
static __device__ __forceinline__ int64_t split(int64_t *i, int64_t b)
{
  int64_t q = quotient(*i, b);
  *i -= q * b;
  return q;
}

// ---- sums over a block; every thread gets the result ----

enum { LANES = 16 };

// Threads of a block for n elements.
static inline unsigned block_for(int64_t n) { return n <= 128 ? 32 : BLOCK; }

// Shared memory of a block: what block_reduce needs for a T.
template <class T> static size_t room_for(unsigned threads)
{
  return (threads + LANES) * sizeof(T);
}

template <class T, class Combine> __device__ T block_reduce(T v, T *room, Combine combine)
{
  unsigned t = threadIdx.x, n = blockDim.x;
  room[t] = v;
  __syncthreads();
  if (t < LANES) {
    for (unsigned j = t + LANES; j < n; j += LANES) v = combine(v, room[j]);
    room[n + t] = v;
  }
  __syncthreads();
  v = room[n];
  for (unsigned j = 1; j < LANES; j++) v = combine(v, room[n + j]);
  return v;
}

struct Plus {
  template <class T> __device__ T operator()(T a, T b) const { return a + b; }
};
struct Greater {
  template <class T> __device__ T operator()(T a, T b) const { return b > a ? b : a; }
};

// ---- two sums at once, over each of many segments ----

struct Sums {
  double a, b;
};
struct PlusSums {
  __device__ Sums operator()(Sums x, Sums y) const { return Sums{x.a + y.a, x.b + y.b}; }
};

// Memory of the current GPU until the end of the block; what is enqueued then may still use it.
class Workspace
{
  THAnyTensor *tensor;

public:
  explicit Workspace(int64_t bytes)
      : tensor(THAnyTensor_newWithSizeNd(THType_beside(TH_BYTE, (THType)TH_DEVICE), 1, &bytes,
                                         nullptr))
  {
  }
  ~Workspace() { THAnyTensor_free(tensor); }
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;
  void *data() const { return THAnyTensor_data(tensor); }
};

enum { CHUNK = 8192 }; // elements that one block adds up

// A block adds up part of a segment; when that is all of it, it finishes, too.
template <class Body, class Finish>
__global__ void sum_parts(Body body, Finish finish, int64_t count, int64_t parts, Sums *sums)
{
  THC_SHARED(Sums, room);
  int64_t segment = quotient(blockIdx.x, parts), begin = (blockIdx.x - segment * parts) * CHUNK;
  int64_t end = begin + CHUNK < count ? begin + CHUNK : count;
  Sums s = {0, 0};
  for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) body(segment, i, &s);
  s = block_reduce(s, room, PlusSums());
  if (threadIdx.x > 0) return;
  if (parts == 1) finish(segment, s);
  else sums[blockIdx.x] = s;
}

template <class Finish>
__global__ void join_parts(Finish finish, int64_t segments, int64_t parts, const Sums *sums)
{
  THCUNN_EACH(segment, segments)
  {
    Sums s = {0, 0};
    for (int64_t p = 0; p < parts; p++) s = PlusSums()(s, sums[segment * parts + p]);
    finish(segment, s);
  }
}

// For each segment: body(segment, i, &sums) adds element i of `count`; finish(segment, sums) takes
// the sums. Both are functors; the launch keeps copies.
template <class Body, class Finish>
void sum_segments(int64_t segments, int64_t count, Body body, Finish finish)
{
  int64_t parts = THMax(1, (count + CHUNK - 1) / CHUNK);
  if (segments * parts > INT32_MAX)
    THError("sums over %lld x %lld elements are too large for one launch", (long long)segments,
            (long long)count);
  Workspace sums(parts > 1 ? segments * parts * (int64_t)sizeof(Sums) : 1);
  unsigned threads = block_for(count);
  THC_LAUNCH((sum_parts<Body, Finish>), (unsigned)(segments * parts), threads,
             room_for<Sums>(threads), current_stream(), body, finish, count, parts,
             (Sums *)sums.data());
  if (parts > 1)
    THC_LAUNCH((join_parts<Finish>), grid_for(segments), BLOCK, 0, current_stream(), finish,
               segments, parts, (const Sums *)sums.data());
}

// The same where neighbouring segments lie closest together: neighbouring threads take neighbouring segments.
enum { COLUMNS = 32, COLUMN_CHUNK = 512 };
template <class Body, class Finish>
__global__ void column_parts(Body body, Finish finish, int64_t segments, int64_t count, int64_t parts, Sums *sums)
{
  THC_SHARED(Sums, room);
  unsigned column = threadIdx.x % COLUMNS, row = threadIdx.x / COLUMNS, rows = blockDim.x / COLUMNS;
  int64_t tile = quotient(blockIdx.x, parts), part = blockIdx.x - tile * parts, segment = tile * COLUMNS + column;
  int64_t begin = part * COLUMN_CHUNK, end = begin + COLUMN_CHUNK < count ? begin + COLUMN_CHUNK : count;
  Sums s = {0, 0};
  if (segment < segments)
    for (int64_t i = begin + row; i < end; i += rows) body(segment, i, &s);
  room[threadIdx.x] = s;
  __syncthreads();
  if (row > 0 || segment >= segments) return;
  for (unsigned r = 1; r < rows; r++) s = PlusSums()(s, room[r * COLUMNS + column]);
  if (parts == 1) finish(segment, s);
  else sums[segment * parts + part] = s;
}

template <class Body, class Finish>
void sum_columns(int64_t segments, int64_t count, Body body, Finish finish)
{
  int64_t parts = THMax(1, (count + COLUMN_CHUNK - 1) / COLUMN_CHUNK), tiles = (segments + COLUMNS - 1) / COLUMNS;
  if (tiles * parts > INT32_MAX)
    THError("sums over %lld x %lld elements are too large for one launch", (long long)segments, (long long)count);
  Workspace sums(parts > 1 ? segments * parts * (int64_t)sizeof(Sums) : 1);
  THC_LAUNCH((column_parts<Body, Finish>), (unsigned)(tiles * parts), BLOCK, BLOCK * sizeof(Sums), current_stream(), body,
             finish, segments, count, parts, (Sums *)sums.data());
  if (parts > 1)
    THC_LAUNCH((join_parts<Finish>), grid_for(segments), BLOCK, 0, current_stream(), finish, segments, parts,
               (const Sums *)sums.data());
}

} // namespace thcunn

// ---- the functions of the table; each is described in THNNDevice.h ----

#define THCUNN_ELEMENTS(Type)                                                                      \
  void THCUNN_##Type##_each(THNNElement kernel, int64_t n, const void *a, void *const *at);        \
  void THCUNN_##Type##_sumEach(THNNSum kernel, int64_t segments, int64_t count, const void *a,     \
                               void *const *at, double scale);
THCUNN_ELEMENTS(Float)
THCUNN_ELEMENTS(Double)
THCUNN_ELEMENTS(Half)

void THCUNN_softmax(THType type, bool log, const THNN_Rows *s, const void *x, void *y);
void THCUNN_softmaxGrad(THType type, bool log, const THNN_Rows *s, const void *y, const void *gy,
                        void *gx);
void THCUNN_lossSum(THType type, THNNLoss loss, int64_t n, const void *x, const void *y,
                    const void *w, double m, double scale, void *output);
void THCUNN_nll(THType type, const THNN_Classes *c, const void *x, const void *w, bool average,
                void *output, void *total);
void THCUNN_nllGrad(THType type, const THNN_Classes *c, const void *w, bool average,
                    const void *total, void *gx);
void THCUNN_maxPool(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y,
                    int64_t *index);
void THCUNN_maxPoolGrad(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                        const int64_t *index, void *gx);
void THCUNN_averagePool(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y);
void THCUNN_averagePoolGrad(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                            void *gx);
void THCUNN_normalize(THType type, const THNN_Norm *b, const void *x, void *y);
void THCUNN_normalizeGrad(THType type, const THNN_Norm *b, const void *x, const void *gy, void *gx);
void THCUNN_groupNorm(THType type, const THNN_Groups *g, const void *x, void *y);
void THCUNN_groupNormGrad(THType type, const THNN_Groups *g, const void *x, const void *gy, void *gx);
void THCUNN_groupNormParameters(THType type, const THNN_Groups *g, const void *x, const void *gy);
void THCUNN_attention(const THNN_Attention *a);
void THCUNN_attentionGrad(const THNN_Attention *a);
void THCUNN_planeSums(THType type, int64_t n, int64_t planes, int64_t s, const void *x,
                      double scale, void *sum);
void THCUNN_convForward(const char *op, const THNN_Window *g, THType type, int64_t n,
                        const void *x, const void *w, const void *bias, void *y);
void THCUNN_convBackwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                             const void *gy, const void *w, const void *bias, void *gx);
void THCUNN_convBackwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                               const void *x, const void *gy, void *gw, double scale);

#endif
