// Products of matrices by cuBLAS. Float is computed in full FP32, like on the CPU, unless THCState_setFloatPrecision or
// NVIDIA_TF32_OVERRIDE asks for less; Half is added up in float.
#include <cublas_v2.h>
#include <map>
#include <mutex>
#include <utility>
#include "THC.h"
#include "THCBlas.h"
#include "THCGeneral.h"

static void check(cublasStatus_t status, const char *op, const char *call)
{
  if (status != CUBLAS_STATUS_SUCCESS)
    THError("%s: %s: cuBLAS error %d, %s", op, call, (int)status, cublasGetStatusName(status));
}

// One handle for each GPU and stream, so that each has a workspace of its own. They live as long as
// the process: destroying one waits for the GPU.
static cublasHandle_t handle(const char *op)
{
  static std::mutex mutex;
  static std::map<std::pair<int, cudaStream_t>, cublasHandle_t> *handles =
      new std::map<std::pair<int, cudaStream_t>, cublasHandle_t>();
  cudaStream_t stream = THC_stream();
  std::lock_guard<std::mutex> lock(mutex);
  cublasHandle_t &h = (*handles)[{THC_device(), stream}];
  if (h) return h;
  check(cublasCreate(&h), op, "cublasCreate");
  check(cublasSetStream(h, stream), op, "cublasSetStream");
  check(cublasSetMathMode(h, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION), op,
        "cublasSetMathMode");
  return h;
}

cublasHandle_t THCState_getCurrentBlasHandle(THCState *state)
{
  (void)state;
  return handle("THCState_getCurrentBlasHandle");
}

static __device__ float times(float x, float s) { return x * s; }
static __device__ double times(double x, double s) { return x * s; }
static __device__ __half times(__half x, float s) { return __float2half(__half2float(x) * s); }

// c = beta c, where nothing is added: what is multiplied by a beta of 0 may be NaN.
template <class T, class S>
__global__ void scale(T *c, int64_t m, int64_t n, int64_t ldc, int64_t sc, S beta)
{
  c += blockIdx.y * sc;
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < m * n;
       i += (int64_t)gridDim.x * blockDim.x) {
    T *p = c + i / m * ldc + i % m;
    *p = beta == 0 ? (T)0.f : times(*p, beta);
  }
}

template <class T, class S> static void scale_batch(const THDeviceGemm *g, T *c)
{
  const int64_t threads = 256, most = 65535; // of a grid's second dimension
  dim3 grid((unsigned)THMin((g->m * g->n + threads - 1) / threads, most));
  for (int64_t first = 0; first < g->batch; first += most) {
    grid.y = (unsigned)THMin(g->batch - first, most);
    THC_LAUNCH((scale<T, S>), grid, threads, 0, THC_stream(), c + first * g->sc, g->m, g->n, g->ldc,
               g->sc, (S)g->beta.d);
  }
}

static void scale_results(THType type, const THDeviceGemm *g, void *c)
{
  switch (THType_element(type)) {
  case TH_FLOAT: scale_batch<float, float>(g, (float *)c); break;
  case TH_DOUBLE: scale_batch<double, double>(g, (double *)c); break;
  default: scale_batch<__half, float>(g, (__half *)c);
  }
}

static cublasComputeType_t compute_type(THType type)
{
  if (THType_element(type) == TH_DOUBLE) return CUBLAS_COMPUTE_64F;
  if (THType_element(type) == TH_HALF) return CUBLAS_COMPUTE_32F;
  switch (THCState_getFloatPrecision(nullptr)) {
  case THC_PRECISION_TF32: return CUBLAS_COMPUTE_32F_FAST_TF32;
  case THC_PRECISION_BF16: return CUBLAS_COMPUTE_32F_FAST_16BF;
  default: return CUBLAS_COMPUTE_32F;
  }
}

static cublasOperation_t operation(char t) { return t == 'n' ? CUBLAS_OP_N : CUBLAS_OP_T; }

void THC_gemm(const char *op, THType type, const THDeviceGemm *g, const void *a, const void *b,
              void *c)
{
  if (!THCBlas_check(op, g)) return;
  if (!THType_isFloating(type)) {
    THC_integerGemm(type, g, a, b, c);
    return;
  }
  if (g->k == 0 || g->alpha.d == 0) { /* the factors do not count, NaN or not */
    scale_results(type, g, c);
    return;
  }
  bool wide = THType_element(type) == TH_DOUBLE;
  cudaDataType_t data = wide                               ? CUDA_R_64F
                        : THType_element(type) == TH_FLOAT ? CUDA_R_32F
                                                           : CUDA_R_16F;
  cublasComputeType_t compute = compute_type(type);
  float alpha = (float)g->alpha.d, beta = (float)g->beta.d;
  const void *alpha_ = wide ? (const void *)&g->alpha.d : &alpha;
  const void *beta_ = wide ? (const void *)&g->beta.d : &beta;
  int m = (int)g->m, n = (int)g->n, k = (int)g->k;
  int lda = (int)g->lda, ldb = (int)g->ldb, ldc = (int)g->ldc;
  if (g->batch == 1)
    check(cublasGemmEx(handle(op), operation(g->ta), operation(g->tb), m, n, k, alpha_, a, data,
                       lda, b, data, ldb, beta_, c, data, ldc, compute, CUBLAS_GEMM_DEFAULT),
          op, "cublasGemmEx");
  else
    check(cublasGemmStridedBatchedEx(handle(op), operation(g->ta), operation(g->tb), m, n, k,
                                     alpha_, a, data, lda, g->sa, b, data, ldb, g->sb, beta_, c,
                                     data, ldc, g->sc, (int)g->batch, compute, CUBLAS_GEMM_DEFAULT),
          op, "cublasGemmStridedBatchedEx");
}
