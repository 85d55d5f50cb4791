/* What the machine can do, measured in the same run as the benchmarks: memory bandwidth for reading,
   for reading and writing, and fused multiply-adds. Called through the FFI by bench/lib/harness.lua. */
#include <cblas.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define ISA __attribute__((target("avx2,fma")))
#else
#define ISA
#endif
#define API __attribute__((visibility("default")))

#if defined(__x86_64__)
/* Sums n floats; n a multiple of 64. The result keeps the loads alive. */
static ISA float read_part(const float *x, int64_t n)
{
  __m256 a[8];
  for (int k = 0; k < 8; k++) a[k] = _mm256_setzero_ps();
  for (int64_t i = 0; i < n; i += 64)
    for (int k = 0; k < 8; k++) a[k] = _mm256_add_ps(a[k], _mm256_loadu_ps(x + i + 8 * k));
  for (int k = 1; k < 8; k++) a[0] = _mm256_add_ps(a[0], a[k]);
  return _mm256_cvtss_f32(a[0]);
}
/* z = x + y past the cache; 32-byte aligned z */
static ISA void add_part(float *z, const float *x, const float *y, int64_t n)
{
  for (int64_t i = 0; i < n; i += 8)
    _mm256_stream_ps(z + i, _mm256_add_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
  _mm_sfence();
}
static ISA void copy_part(float *z, const float *x, int64_t n)
{
  for (int64_t i = 0; i < n; i += 8) _mm256_stream_ps(z + i, _mm256_loadu_ps(x + i));
  _mm_sfence();
}
static ISA float fma_part(int64_t n)
{
  __m256 a[12], b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(0.001f);
  for (int k = 0; k < 12; k++) a[k] = _mm256_set1_ps((float)k);
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < 12; k++) a[k] = _mm256_fmadd_ps(a[k], b, c);
  for (int k = 1; k < 12; k++) a[0] = _mm256_add_ps(a[0], a[k]);
  return _mm256_cvtss_f32(a[0]);
}
enum { FLOPS_PER_STEP = 12 * 8 * 2 };
#else
static float read_part(const float *x, int64_t n)
{
  float a[64] = {0};
  for (int64_t i = 0; i < n; i += 64)
    for (int k = 0; k < 64; k++) a[k] += x[i + k];
  for (int k = 1; k < 64; k++) a[0] += a[k];
  return a[0];
}
static void add_part(float *z, const float *x, const float *y, int64_t n)
{
  for (int64_t i = 0; i < n; i++) z[i] = x[i] + y[i];
}
static void copy_part(float *z, const float *x, int64_t n)
{
  for (int64_t i = 0; i < n; i++) z[i] = x[i];
}
static float fma_part(int64_t n)
{
  float a[32];
  for (int k = 0; k < 32; k++) a[k] = (float)k;
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < 32; k++) a[k] = a[k] * 0.999f + 0.001f;
  for (int k = 1; k < 32; k++) a[0] += a[k];
  return a[0];
}
enum { FLOPS_PER_STEP = 64 };
#endif

/* Share t of n elements, in multiples of 64. */
static int64_t bound(int64_t n, int threads, int t)
{
  return t == threads ? n / 64 * 64 : n / threads * t / 64 * 64;
}

API float bench_read(const float *x, int64_t n, int threads)
{
  float total = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : total)
  for (int t = 0; t < threads; t++)
    total += read_part(x + bound(n, threads, t), bound(n, threads, t + 1) - bound(n, threads, t));
  return total;
}

API void bench_add(float *z, const float *x, const float *y, int64_t n, int threads)
{
#pragma omp parallel for num_threads(threads)
  for (int t = 0; t < threads; t++) {
    int64_t b = bound(n, threads, t);
    add_part(z + b, x + b, y + b, bound(n, threads, t + 1) - b);
  }
}

API void bench_copy(float *z, const float *x, int64_t n, int threads)
{
#pragma omp parallel for num_threads(threads)
  for (int t = 0; t < threads; t++) {
    int64_t b = bound(n, threads, t);
    copy_part(z + b, x + b, bound(n, threads, t + 1) - b);
  }
}

/* Runs n steps on each thread; returns the floating-point operations done. */
API double bench_fma(int64_t n, int threads)
{
  float total = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : total)
  for (int t = 0; t < threads; t++) total += fma_part(n);
  return total == 12345.0f ? 0 : (double)FLOPS_PER_STEP * (double)n * threads;
}

/* C = A B of n x n floats, row-major, straight to BLAS. */
API void bench_sgemm(const float *a, const float *b, float *c, int n)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}
