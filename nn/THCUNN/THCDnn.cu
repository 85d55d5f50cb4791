#include "THCDnn.h"
#include "THCUNN.h"

#if !defined(THC_SIMT) && defined(__has_include)
#if __has_include(<cudnn.h>)
#define THC_HAVE_CUDNN
#endif
#endif

#ifndef THC_HAVE_CUDNN
bool THCDnn_forward(const char *, const ConvGeometry *, THType, int64_t, const void *, const void *,
                    void *)
{
  return false;
}
bool THCDnn_backwardData(const char *, const ConvGeometry *, THType, int64_t, const void *,
                         const void *, void *)
{
  return false;
}
bool THCDnn_backwardWeight(const char *, const ConvGeometry *, THType, int64_t, const void *,
                           const void *, void *, double)
{
  return false;
}
#else
#include <cstdlib>
#include <cudnn.h>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <utility>

namespace
{

// ---- the library ----

#define CUDNN_FUNCTIONS(X)                                                                         \
  X(cudnnCreate)                                                                                   \
  X(cudnnSetStream)                                                                                \
  X(cudnnGetErrorString)                                                                           \
  X(cudnnCreateTensorDescriptor)                                                                   \
  X(cudnnDestroyTensorDescriptor)                                                                  \
  X(cudnnSetTensor4dDescriptor)                                                                    \
  X(cudnnCreateFilterDescriptor)                                                                   \
  X(cudnnDestroyFilterDescriptor)                                                                  \
  X(cudnnSetFilter4dDescriptor)                                                                    \
  X(cudnnCreateConvolutionDescriptor)                                                              \
  X(cudnnDestroyConvolutionDescriptor)                                                             \
  X(cudnnSetConvolution2dDescriptor)                                                               \
  X(cudnnSetConvolutionMathType)                                                                   \
  X(cudnnGetConvolutionForwardWorkspaceSize)                                                       \
  X(cudnnConvolutionForward)                                                                       \
  X(cudnnGetConvolutionBackwardDataWorkspaceSize)                                                  \
  X(cudnnConvolutionBackwardData)                                                                  \
  X(cudnnGetConvolutionBackwardFilterWorkspaceSize)                                                \
  X(cudnnConvolutionBackwardFilter)

struct Cudnn {
#define X(name) decltype(&::name) name;
  CUDNN_FUNCTIONS(X)
#undef X
  bool there = false;

  Cudnn()
  {
    const char *wanted = std::getenv("THC_CUDNN");
    void *library =
        wanted && wanted[0] == '0' ? nullptr : dlopen("libcudnn.so.9", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    there = true;
#define X(name)                                                                                    \
  name = reinterpret_cast<decltype(name)>(dlsym(library, #name));                                  \
  there = there && name;
    CUDNN_FUNCTIONS(X)
#undef X
  }
};

const Cudnn &cudnn()
{
  static const Cudnn *library = new Cudnn(); // for the life of the process, as are the handles
  return *library;
}

void check(const char *op, const char *what, cudnnStatus_t status)
{
  if (status != CUDNN_STATUS_SUCCESS)
    THError("%s: %s: cuDNN error %d, %s (THC_CUDNN=0 does without cuDNN)", op, what, (int)status,
            cudnn().cudnnGetErrorString(status));
}

cudnnHandle_t handle(const char *op)
{
  static std::mutex mutex;
  static auto *handles = new std::map<std::pair<int, cudaStream_t>, cudnnHandle_t>();
  cudaStream_t stream = thcunn::current_stream();
  std::lock_guard<std::mutex> lock(mutex);
  cudnnHandle_t &h = (*handles)[{thcunn::current_device(), stream}];
  if (h) return h;
  check(op, "cudnnCreate", cudnn().cudnnCreate(&h));
  check(op, "cudnnSetStream", cudnn().cudnnSetStream(h, stream));
  return h;
}

// ---- what a convolution looks like to cuDNN ----

bool fits(const ConvGeometry *g, int64_t n)
{
  if (g->in[CONV_T] != 1 || g->k[CONV_T] != 1 || g->out[CONV_T] != 1) return false; // images only
  if (g->pad[CONV_T] != 0 || n > INT32_MAX) return false;
  for (int i = CONV_H; i <= CONV_W; i++) {
    int64_t out = (g->in[i] + 2 * g->pad[i] - g->dil[i] * (g->k[i] - 1) - 1) / g->d[i] + 1;
    if (g->in[i] > INT32_MAX || out != g->out[i]) return false; // transposed with an adjustment
  }
  return n * g->planes * g->inSize <= INT32_MAX && n * g->outputs * g->outSize <= INT32_MAX;
}

class Problem
{
public:
  cudnnTensorDescriptor_t x = nullptr, y = nullptr;
  cudnnFilterDescriptor_t w = nullptr;
  cudnnConvolutionDescriptor_t conv = nullptr;
  bool ok = false; // false: cuDNN does not do it

  Problem(const ConvGeometry *g, THType type_, int64_t n)
  {
    if (!cudnn().there || !fits(g, n)) return;
    THType element = THType_element(type_);
    cudnnDataType_t type = element == TH_FLOAT    ? CUDNN_DATA_FLOAT
                           : element == TH_DOUBLE ? CUDNN_DATA_DOUBLE
                                                  : CUDNN_DATA_HALF;
    cudnnDataType_t sums = element == TH_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    cudnnMathType_t math = element == TH_HALF ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH;
    const Cudnn &c = cudnn();
    ok = good(c.cudnnCreateTensorDescriptor(&x)) && good(c.cudnnCreateTensorDescriptor(&y)) &&
         good(c.cudnnCreateFilterDescriptor(&w)) &&
         good(c.cudnnCreateConvolutionDescriptor(&conv)) &&
         good(c.cudnnSetTensor4dDescriptor(x, CUDNN_TENSOR_NCHW, type, (int)n, (int)g->planes,
                                           (int)g->in[CONV_H], (int)g->in[CONV_W])) &&
         good(c.cudnnSetTensor4dDescriptor(y, CUDNN_TENSOR_NCHW, type, (int)n, (int)g->outputs,
                                           (int)g->out[CONV_H], (int)g->out[CONV_W])) &&
         good(c.cudnnSetFilter4dDescriptor(w, type, CUDNN_TENSOR_NCHW, (int)g->outputs,
                                           (int)g->planes, (int)g->k[CONV_H], (int)g->k[CONV_W])) &&
         good(c.cudnnSetConvolution2dDescriptor(
             conv, (int)g->pad[CONV_H], (int)g->pad[CONV_W], (int)g->d[CONV_H], (int)g->d[CONV_W],
             (int)g->dil[CONV_H], (int)g->dil[CONV_W], CUDNN_CROSS_CORRELATION, sums)) &&
         good(c.cudnnSetConvolutionMathType(conv, math));
  }
  ~Problem()
  {
    if (conv) cudnn().cudnnDestroyConvolutionDescriptor(conv);
    if (w) cudnn().cudnnDestroyFilterDescriptor(w);
    if (y) cudnn().cudnnDestroyTensorDescriptor(y);
    if (x) cudnn().cudnnDestroyTensorDescriptor(x);
  }
  Problem(const Problem &) = delete;
  Problem &operator=(const Problem &) = delete;

private:
  static bool good(cudnnStatus_t status) { return status == CUDNN_STATUS_SUCCESS; }
};

// A factor as cuDNN reads it: double for Double, else float.
struct Factor {
  double d;
  float f;
  bool wide;
  Factor(THType type, double v) : d(v), f((float)v), wide(THType_element(type) == TH_DOUBLE) {}
  const void *at() const { return wide ? (const void *)&d : &f; }
};

// Room for `bytes`; 1 byte at least, so that there is a pointer.
int64_t at_least_one(size_t bytes) { return bytes ? (int64_t)bytes : 1; }

} // namespace

bool THCDnn_forward(const char *op, const ConvGeometry *g, THType type, int64_t n, const void *x,
                    const void *w, void *y)
{
  const cudnnConvolutionFwdAlgo_t algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  Problem p(g, type, n);
  size_t bytes = 0;
  if (!p.ok || cudnn().cudnnGetConvolutionForwardWorkspaceSize(
                   handle(op), p.x, p.w, p.conv, p.y, algorithm, &bytes) != CUDNN_STATUS_SUCCESS)
    return false;
  thcunn::Workspace room(at_least_one(bytes));
  Factor one(type, 1), zero(type, 0);
  cudnnStatus_t status =
      cudnn().cudnnConvolutionForward(handle(op), one.at(), p.x, x, p.w, w, p.conv, algorithm,
                                      room.data(), bytes, zero.at(), p.y, y);
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return false;
  check(op, "cudnnConvolutionForward", status);
  return true;
}

bool THCDnn_backwardData(const char *op, const ConvGeometry *g, THType type, int64_t n,
                         const void *gy, const void *w, void *gx)
{
  const cudnnConvolutionBwdDataAlgo_t algorithm = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  Problem p(g, type, n);
  size_t bytes = 0;
  if (!p.ok || cudnn().cudnnGetConvolutionBackwardDataWorkspaceSize(
                   handle(op), p.w, p.y, p.conv, p.x, algorithm, &bytes) != CUDNN_STATUS_SUCCESS)
    return false;
  thcunn::Workspace room(at_least_one(bytes));
  Factor one(type, 1), zero(type, 0);
  cudnnStatus_t status =
      cudnn().cudnnConvolutionBackwardData(handle(op), one.at(), p.w, w, p.y, gy, p.conv, algorithm,
                                           room.data(), bytes, zero.at(), p.x, gx);
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return false;
  check(op, "cudnnConvolutionBackwardData", status);
  return true;
}

bool THCDnn_backwardWeight(const char *op, const ConvGeometry *g, THType type, int64_t n,
                           const void *x, const void *gy, void *gw, double scale)
{
  const cudnnConvolutionBwdFilterAlgo_t algorithm = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
  Problem p(g, type, n);
  size_t bytes = 0;
  if (!p.ok || cudnn().cudnnGetConvolutionBackwardFilterWorkspaceSize(
                   handle(op), p.x, p.y, p.conv, p.w, algorithm, &bytes) != CUDNN_STATUS_SUCCESS)
    return false;
  thcunn::Workspace room(at_least_one(bytes));
  Factor factor(type, scale), one(type, 1);
  cudnnStatus_t status =
      cudnn().cudnnConvolutionBackwardFilter(handle(op), factor.at(), p.x, x, p.y, gy, p.conv,
                                             algorithm, room.data(), bytes, one.at(), p.w, gw);
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return false;
  check(op, "cudnnConvolutionBackwardFilter", status);
  return true;
}
#endif
