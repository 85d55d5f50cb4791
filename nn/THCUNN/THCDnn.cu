#include "THCDnn.h"
#include "THCUNN.h"

#if !defined(THC_SIMT) && defined(__has_include)
#if __has_include(<cudnn.h>)
#define THC_HAVE_CUDNN
#endif
#endif

#ifndef THC_HAVE_CUDNN
bool THCDnn_forward(const char *, const THNN_Window *, THType, int64_t, const void *, const void *,
                    void *)
{
  return false;
}
bool THCDnn_backwardData(const char *, const THNN_Window *, THType, int64_t, const void *,
                         const void *, void *)
{
  return false;
}
bool THCDnn_backwardWeight(const char *, const THNN_Window *, THType, int64_t, const void *,
                           const void *, void *, double)
{
  return false;
}
#else
#include <cstdlib>
#include <cudnn.h>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace
{

// ---- the library ----

#define CUDNN_FUNCTIONS(X)                                                                         \
  X(cudnnCreate)                                                                                   \
  X(cudnnSetStream)                                                                                \
  X(cudnnGetErrorString)                                                                           \
  X(cudnnCreateTensorDescriptor)                                                                   \
  X(cudnnDestroyTensorDescriptor)                                                                  \
  X(cudnnSetTensorNdDescriptorEx)                                                                  \
  X(cudnnCreateFilterDescriptor)                                                                   \
  X(cudnnDestroyFilterDescriptor)                                                                  \
  X(cudnnSetFilterNdDescriptor)                                                                    \
  X(cudnnCreateConvolutionDescriptor)                                                              \
  X(cudnnDestroyConvolutionDescriptor)                                                             \
  X(cudnnSetConvolutionNdDescriptor)                                                               \
  X(cudnnSetConvolutionMathType)                                                                   \
  X(cudnnGetConvolutionForwardAlgorithm_v7)                                                        \
  X(cudnnGetConvolutionForwardWorkspaceSize)                                                       \
  X(cudnnConvolutionForward)                                                                       \
  X(cudnnGetConvolutionBackwardDataAlgorithm_v7)                                                   \
  X(cudnnGetConvolutionBackwardDataWorkspaceSize)                                                  \
  X(cudnnConvolutionBackwardData)                                                                  \
  X(cudnnGetConvolutionBackwardFilterAlgorithm_v7)                                                 \
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

bool is_image(const THNN_Window *g)
{
  return g->in[WINDOW_T] == 1 && g->k[WINDOW_T] == 1 && g->out[WINDOW_T] == 1 && g->pad[WINDOW_T] == 0;
}

bool fits(const THNN_Window *g, int64_t n)
{
  for (int i = WINDOW_T; i <= WINDOW_W; i++) {
    int64_t out = (g->in[i] + 2 * g->pad[i] - g->dil[i] * (g->k[i] - 1) - 1) / g->d[i] + 1;
    if (g->in[i] > INT32_MAX || out != g->out[i]) return false; // transposed with an adjustment
  }
  return n > 0 && n * g->planes * g->inSize <= INT32_MAX && n * g->outputs * g->outSize <= INT32_MAX;
}

bool good(cudnnStatus_t status) { return status == CUDNN_STATUS_SUCCESS; }

// Sizes as cuDNN takes them: two numbers, and those of H and W, or of T, H and W.
struct Sizes {
  int n = 0, v[5];
  void add(int64_t x) { v[n++] = (int)x; }
  Sizes(const THNN_Window *g, const int64_t *axes) { add_axes(g, axes); }
  Sizes(const THNN_Window *g, int64_t a, int64_t b, const int64_t *axes)
  {
    add(a), add(b);
    add_axes(g, axes);
  }

private:
  void add_axes(const THNN_Window *g, const int64_t *axes)
  {
    for (int i = is_image(g) ? WINDOW_H : WINDOW_T; i <= WINDOW_W; i++) add(axes[i]);
  }
};

// Whether factors may be rounded to TF32.
bool rounds(THType element)
{
  return element == TH_FLOAT && THCState_getFloatPrecision(THCState_alloc()) != THC_PRECISION_FLOAT;
}

enum Pass { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHT };
enum : size_t { MOST_WORKSPACE = (size_t)1 << 28, MOST_PLANS = 1024 };

// One pass of one convolution: descriptors, algorithm, workspace. Made once, then only read.
class Plan
{
public:
  cudnnTensorDescriptor_t x = nullptr, y = nullptr;
  cudnnFilterDescriptor_t w = nullptr;
  cudnnConvolutionDescriptor_t conv = nullptr;
  int algorithm = 0;
  size_t bytes = 0;
  bool ok = false; // false: cuDNN does not do it

  Plan(const char *op, Pass pass, const THNN_Window *g, THType type, int64_t n)
  {
    ok = fits(g, n) && describe(g, THType_element(type), n) && choose(handle(op), pass);
  }
  ~Plan()
  {
    if (conv) cudnn().cudnnDestroyConvolutionDescriptor(conv);
    if (w) cudnn().cudnnDestroyFilterDescriptor(w);
    if (y) cudnn().cudnnDestroyTensorDescriptor(y);
    if (x) cudnn().cudnnDestroyTensorDescriptor(x);
  }
  Plan(const Plan &) = delete;
  Plan &operator=(const Plan &) = delete;

private:
  bool describe(const THNN_Window *g, THType element, int64_t n)
  {
    cudnnDataType_t type = element == TH_FLOAT    ? CUDNN_DATA_FLOAT
                           : element == TH_DOUBLE ? CUDNN_DATA_DOUBLE
                                                  : CUDNN_DATA_HALF;
    cudnnDataType_t sums = element == TH_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    cudnnMathType_t math = element == TH_HALF || rounds(element) ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH;
    const Cudnn &c = cudnn();
    Sizes in(g, n, g->planes, g->in), out(g, n, g->outputs, g->out), kernel(g, g->outputs, g->planes, g->k);
    Sizes pad(g, g->pad), step(g, g->d), apart(g, g->dil);
    return good(c.cudnnCreateTensorDescriptor(&x)) && good(c.cudnnCreateTensorDescriptor(&y)) &&
           good(c.cudnnCreateFilterDescriptor(&w)) && good(c.cudnnCreateConvolutionDescriptor(&conv)) &&
           good(c.cudnnSetTensorNdDescriptorEx(x, CUDNN_TENSOR_NCHW, type, in.n, in.v)) &&
           good(c.cudnnSetTensorNdDescriptorEx(y, CUDNN_TENSOR_NCHW, type, out.n, out.v)) &&
           good(c.cudnnSetFilterNdDescriptor(w, type, CUDNN_TENSOR_NCHW, kernel.n, kernel.v)) &&
           good(c.cudnnSetConvolutionNdDescriptor(conv, pad.n, pad.v, step.v, apart.v,
                                                  CUDNN_CROSS_CORRELATION, sums)) &&
           good(c.cudnnSetConvolutionMathType(conv, math));
  }

  // The first of cuDNN's proposals, best ones first, that gives the same result on every run and
  // does with a bounded workspace.
  template <class Perf, class Propose, class Size> bool choose(Propose propose, Size size)
  {
    Perf list[8];
    int n = 0;
    if (!good(propose(8, &n, list))) return false;
    for (int i = 0; i < n; i++)
      if (good(list[i].status) && list[i].determinism == CUDNN_DETERMINISTIC && good(size(list[i].algo, &bytes)) &&
          bytes <= MOST_WORKSPACE) {
        algorithm = list[i].algo;
        return true;
      }
    return false;
  }

  bool choose(cudnnHandle_t h, Pass pass)
  {
    const Cudnn &c = cudnn();
    if (pass == FORWARD)
      return choose<cudnnConvolutionFwdAlgoPerf_t>(
          [&](int most, int *n, cudnnConvolutionFwdAlgoPerf_t *list) {
            return c.cudnnGetConvolutionForwardAlgorithm_v7(h, x, w, conv, y, most, n, list);
          },
          [&](cudnnConvolutionFwdAlgo_t a, size_t *room) {
            return c.cudnnGetConvolutionForwardWorkspaceSize(h, x, w, conv, y, a, room);
          });
    if (pass == BACKWARD_DATA)
      return choose<cudnnConvolutionBwdDataAlgoPerf_t>(
          [&](int most, int *n, cudnnConvolutionBwdDataAlgoPerf_t *list) {
            return c.cudnnGetConvolutionBackwardDataAlgorithm_v7(h, w, y, conv, x, most, n, list);
          },
          [&](cudnnConvolutionBwdDataAlgo_t a, size_t *room) {
            return c.cudnnGetConvolutionBackwardDataWorkspaceSize(h, w, y, conv, x, a, room);
          });
    return choose<cudnnConvolutionBwdFilterAlgoPerf_t>(
        [&](int most, int *n, cudnnConvolutionBwdFilterAlgoPerf_t *list) {
          return c.cudnnGetConvolutionBackwardFilterAlgorithm_v7(h, x, y, conv, w, most, n, list);
        },
        [&](cudnnConvolutionBwdFilterAlgo_t a, size_t *room) {
          return c.cudnnGetConvolutionBackwardFilterWorkspaceSize(h, x, y, conv, w, a, room);
        });
  }
};

// Plans by pass, type, precision, GPU, sizes. Those in use stay alive when the cache, being full, is emptied.
std::shared_ptr<const Plan> plan_for(const char *op, Pass pass, const THNN_Window *g, THType type, int64_t n)
{
  static std::mutex mutex;
  static auto *plans = new std::map<std::vector<int64_t>, std::shared_ptr<const Plan>>();
  if (!cudnn().there) return nullptr;
  std::vector<int64_t> key = {pass, type, rounds(THType_element(type)), thcunn::current_device(), n, g->planes, g->outputs};
  for (const int64_t *sizes : {g->in, g->out, g->k, g->d, g->pad, g->dil}) key.insert(key.end(), sizes, sizes + 3);
  std::lock_guard<std::mutex> lock(mutex);
  if (plans->size() >= MOST_PLANS) plans->clear();
  std::shared_ptr<const Plan> &plan = (*plans)[key];
  if (!plan) plan = std::make_shared<const Plan>(op, pass, g, type, n);
  return plan->ok ? plan : nullptr;
}

// A factor as cuDNN reads it: double for Double, else float.
struct Factor {
  double d;
  float f;
  bool wide;
  Factor(THType type, double v) : d(v), f((float)v), wide(THType_element(type) == TH_DOUBLE) {}
  const void *at() const { return wide ? (const void *)&d : &f; }
};

// Runs a pass: run(plan, handle, workspace). Returns whether cuDNN did it.
template <class Run>
bool run_pass(const char *op, Pass pass, const THNN_Window *g, THType type, int64_t n, Run run)
{
  std::shared_ptr<const Plan> plan = plan_for(op, pass, g, type, n);
  if (!plan) return false;
  thcunn::Workspace room(plan->bytes ? (int64_t)plan->bytes : 1);
  cudnnStatus_t status = run(*plan, handle(op), room.data());
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return false;
  check(op, "convolution", status);
  return true;
}

} // namespace

bool THCDnn_forward(const char *op, const THNN_Window *g, THType type, int64_t n, const void *x,
                    const void *w, void *y)
{
  Factor one(type, 1), zero(type, 0);
  return run_pass(op, FORWARD, g, type, n, [&](const Plan &p, cudnnHandle_t h, void *room) {
    return cudnn().cudnnConvolutionForward(h, one.at(), p.x, x, p.w, w, p.conv,
                                           (cudnnConvolutionFwdAlgo_t)p.algorithm, room, p.bytes,
                                           zero.at(), p.y, y);
  });
}

bool THCDnn_backwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                         const void *gy, const void *w, void *gx)
{
  Factor one(type, 1), zero(type, 0);
  return run_pass(op, BACKWARD_DATA, g, type, n, [&](const Plan &p, cudnnHandle_t h, void *room) {
    return cudnn().cudnnConvolutionBackwardData(h, one.at(), p.w, w, p.y, gy, p.conv,
                                                (cudnnConvolutionBwdDataAlgo_t)p.algorithm, room,
                                                p.bytes, zero.at(), p.x, gx);
  });
}

bool THCDnn_backwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                           const void *x, const void *gy, void *gw, double scale)
{
  Factor factor(type, scale), one(type, 1);
  return run_pass(op, BACKWARD_WEIGHT, g, type, n, [&](const Plan &p, cudnnHandle_t h, void *room) {
    return cudnn().cudnnConvolutionBackwardFilter(h, factor.at(), p.x, x, p.y, gy, p.conv,
                                                  (cudnnConvolutionBwdFilterAlgo_t)p.algorithm,
                                                  room, p.bytes, one.at(), p.w, gw);
  });
}
#endif
