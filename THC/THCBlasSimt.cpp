// Products of matrices in the simulator: by the host's BLAS, when the stream comes to them. Factors of floats are rounded as
// THCState_setFloatPrecision says.
#include <cstring>
#include <vector>
#include "THC.h"
#include "THCBlas.h"
#include "THCGeneral.h"
#include "THHalf.h"
#include "blas/THBlasThread.h"
#include "thc_simt.h"

static auto gemm(float) { return TH_blasLoad()->s.gemm; }
static auto gemm(double) { return TH_blasLoad()->d.gemm; }

template <class T>
static void multiply(const THDeviceGemm &g, const T *a, int64_t lda_, const T *b, int64_t ldb_,
                     T *c, int64_t ldc_)
{
  int m = (int)g.m, n = (int)g.n, k = (int)g.k, lda = (int)lda_, ldb = (int)ldb_, ldc = (int)ldc_;
  T alpha = (T)g.alpha.d, beta = (T)g.beta.d;
  if (k > 0 && alpha != 0) {
    TH_BLAS_ALONE; // helpers would open the pages of device memory at the same time (protect.cpp)
    gemm(T())(&g.ta, &g.tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
    return;
  }
  for (int64_t j = 0; j < g.n; j++)
    for (int64_t i = 0; i < g.m; i++) c[j * ldc_ + i] = beta == 0 ? 0 : c[j * ldc_ + i] * beta;
}

template <class T>
static void multiply_batch(const THDeviceGemm &g, const void *a, const void *b, void *c)
{
  for (int64_t i = 0; i < g.batch; i++)
    multiply(g, (const T *)a + i * g.sa, g.lda, (const T *)b + i * g.sb, g.ldb, (T *)c + i * g.sc,
             g.ldc);
}

template <class T, class Convert>
static std::vector<float> unpack(const T *p, int64_t rows, int64_t columns, int64_t ld, Convert convert)
{
  std::vector<float> v;
  v.reserve((size_t)(rows * columns));
  for (int64_t j = 0; j < columns; j++)
    for (int64_t i = 0; i < rows; i++) v.push_back(convert(p[j * ld + i]));
  return v;
}

// c = alpha a b + beta c, a and b being converted to floats first.
template <class T, class Convert>
static void multiply_converted(const THDeviceGemm &g, const T *a, const T *b, float *c, int64_t ldc, Convert convert)
{
  int64_t ra = g.ta == 'n' ? g.m : g.k, ca = g.ta == 'n' ? g.k : g.m;
  int64_t rb = g.tb == 'n' ? g.k : g.n, cb = g.tb == 'n' ? g.n : g.k;
  std::vector<float> x = unpack(a, ra, ca, g.lda, convert), y = unpack(b, rb, cb, g.ldb, convert);
  multiply(g, x.data(), THMax(ra, 1), y.data(), THMax(rb, 1), c, ldc);
}

static void multiply_half(const THDeviceGemm &g, const THHalf *a, const THHalf *b, THHalf *c)
{
  std::vector<float> r = unpack(c, g.m, g.n, g.ldc, TH_half2float);
  multiply_converted(g, a, b, r.data(), g.m, TH_half2float);
  for (int64_t j = 0; j < g.n; j++)
    for (int64_t i = 0; i < g.m; i++) c[j * g.ldc + i] = TH_float2half(r[(size_t)(j * g.m + i)]);
}

// Rounded to that many bits behind the point, to the nearest, ties to even.
static float rounded(float x, int bits)
{
  const int dropped = 23 - bits;
  uint32_t u;
  if (x != x) return x;
  std::memcpy(&u, &x, sizeof u);
  u += (1u << (dropped - 1)) - 1 + (u >> dropped & 1);
  u &= ~0u << dropped;
  std::memcpy(&x, &u, sizeof u);
  return x;
}

static void multiply_rounded(const THDeviceGemm &g, const float *a, const float *b, float *c, int bits)
{
  for (int64_t i = 0; i < g.batch; i++)
    multiply_converted(g, a + i * g.sa, b + i * g.sb, c + i * g.sc, g.ldc, [=](float x) { return rounded(x, bits); });
}

static void run(THType type, THCPrecision precision, const THDeviceGemm &g, const void *a, const void *b, void *c)
{
  switch (THType_element(type)) {
  case TH_FLOAT:
    if (precision == THC_PRECISION_FLOAT) multiply_batch<float>(g, a, b, c);
    else multiply_rounded(g, (const float *)a, (const float *)b, (float *)c, precision == THC_PRECISION_TF32 ? 10 : 7);
    break;
  case TH_DOUBLE: multiply_batch<double>(g, a, b, c); break;
  default:
    for (int64_t i = 0; i < g.batch; i++)
      multiply_half(g, (const THHalf *)a + i * g.sa, (const THHalf *)b + i * g.sb,
                    (THHalf *)c + i * g.sc);
  }
}

void THC_gemm(const char *op, THType type, const THDeviceGemm *g_, const void *a, const void *b,
              void *c)
{
  if (!THCBlas_check(op, g_)) return;
  if (!THType_isFloating(type)) {
    THC_integerGemm(type, g_, a, b, c);
    return;
  }
  TH_blasLoad(); // what it raises belongs to the call
  THDeviceGemm g = *g_;
  const THCPrecision precision = THCState_getFloatPrecision(nullptr);
  thc_simt_enqueue(THC_stream(), "gemm", [=] { run(type, precision, g, a, b, c); });
}

bool THC_lapack(const struct THLapackCall *, THType, int *) { return false; }

struct cublasContext *THCState_getCurrentBlasHandle(THCState *state)
{
  (void)state;
  THError("THCState_getCurrentBlasHandle: the simulator has no cuBLAS; THCudaBlas_Sgemm and its sisters work");
}
