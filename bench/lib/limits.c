/* What the machine can do, measured in the same run as the benchmarks: memory bandwidth for reading,
   for reading and writing, and fused multiply-adds. Called through the FFI by bench/lib/harness.lua. */
#include <cblas.h>
#include <stddef.h>
#include <stdint.h>
#include "parallel/THParallel.h"
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
  for (int64_t i = 0; i < n; i += 64) {
    for (int k = 0; k < 4; k++) __builtin_prefetch(x + i + 1024 + 16 * k); /* a page ahead: 15 to 30 % on an Ice Lake server */
    for (int k = 0; k < 8; k++) a[k] = _mm256_add_ps(a[k], _mm256_loadu_ps(x + i + 8 * k));
  }
  for (int k = 1; k < 8; k++) a[0] = _mm256_add_ps(a[0], a[k]);
  return _mm256_cvtss_f32(a[0]);
}
/* Past the cache where z is aligned to 32 bytes, as large blocks of TH's are. */
static inline ISA void put(float *z, __m256 v, bool aligned)
{
  if (aligned) _mm256_stream_ps(z, v);
  else _mm256_storeu_ps(z, v);
}
static ISA void add_part(float *z, const float *x, const float *y, int64_t n)
{
  const bool aligned = (uintptr_t)z % 32 == 0;
  for (int64_t i = 0; i < n; i += 8) put(z + i, _mm256_add_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)), aligned);
  _mm_sfence();
}
static ISA void copy_part(float *z, const float *x, int64_t n)
{
  const bool aligned = (uintptr_t)z % 32 == 0;
  for (int64_t i = 0; i < n; i += 8) put(z + i, _mm256_loadu_ps(x + i), aligned);
  _mm_sfence();
}
/* n steps of FLOPS_PER_STEP, in vectors as long as the processor has; 12 sums keep two units of 4 cycles busy. */
static ISA float fma_short(int64_t n)
{
  __m256 a[12], b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(0.001f);
  for (int k = 0; k < 12; k++) a[k] = _mm256_set1_ps((float)k);
  for (int64_t i = 0; i < 2 * n; i++)
    for (int k = 0; k < 12; k++) a[k] = _mm256_fmadd_ps(a[k], b, c);
  for (int k = 1; k < 12; k++) a[0] = _mm256_add_ps(a[0], a[k]);
  return _mm256_cvtss_f32(a[0]);
}
static __attribute__((target("avx512f"))) float fma_long(int64_t n)
{
  __m512 a[12], b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(0.001f);
  for (int k = 0; k < 12; k++) a[k] = _mm512_set1_ps((float)k);
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < 12; k++) a[k] = _mm512_fmadd_ps(a[k], b, c);
  for (int k = 1; k < 12; k++) a[0] = _mm512_add_ps(a[0], a[k]);
  return _mm512_cvtss_f32(a[0]);
}
static float fma_part(int64_t n) { return __builtin_cpu_supports("avx512f") ? fma_long(n) : fma_short(n); }
enum { FLOPS_PER_STEP = 12 * 16 * 2 };
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

/* What one thread does: its share of n elements, in multiples of 64, or n steps. */
typedef struct Share {
  float *z, *sum; /* sum: of each thread */
  const float *x, *y;
  int64_t n;
  int threads;
} Share;

static int64_t bound(const Share *s, int64_t t)
{
  return t == s->threads ? s->n / 64 * 64 : s->n / s->threads * t / 64 * 64;
}

static void read_share(const void *arg, int64_t t, int64_t last, int worker)
{
  const Share *s = arg;
  (void)last, (void)worker;
  s->sum[t] = read_part(s->x + bound(s, t), bound(s, t + 1) - bound(s, t));
}
static void add_share(const void *arg, int64_t t, int64_t last, int worker)
{
  const Share *s = arg;
  int64_t b = bound(s, t);
  (void)last, (void)worker;
  add_part(s->z + b, s->x + b, s->y + b, bound(s, t + 1) - b);
}
static void copy_share(const void *arg, int64_t t, int64_t last, int worker)
{
  const Share *s = arg;
  int64_t b = bound(s, t);
  (void)last, (void)worker;
  copy_part(s->z + b, s->x + b, bound(s, t + 1) - b);
}
static void fma_share(const void *arg, int64_t t, int64_t last, int worker)
{
  const Share *s = arg;
  (void)last, (void)worker;
  s->sum[t] = fma_part(s->n);
}

enum { MOST_THREADS = 1024 };
static float run(THRangeFn fn, Share s)
{
  float sum[MOST_THREADS] = {0}, total = 0;
  s.threads = s.threads > MOST_THREADS ? MOST_THREADS : s.threads;
  s.sum = sum;
  TH_parallel(s.threads, 1, fn, &s);
  for (int t = 0; t < s.threads; t++) total += sum[t];
  return total;
}

API float bench_read(const float *x, int64_t n, int threads)
{
  return run(read_share, (Share){.x = x, .n = n, .threads = threads});
}
API void bench_add(float *z, const float *x, const float *y, int64_t n, int threads)
{
  run(add_share, (Share){.z = z, .x = x, .y = y, .n = n, .threads = threads});
}
API void bench_copy(float *z, const float *x, int64_t n, int threads)
{
  run(copy_share, (Share){.z = z, .x = x, .n = n, .threads = threads});
}
/* Runs n steps on each thread; returns the floating-point operations done. */
API double bench_fma(int64_t n, int threads)
{
  float total = run(fma_share, (Share){.n = n, .threads = threads});
  return total == 12345.0f ? 0 : (double)FLOPS_PER_STEP * (double)n * threads;
}

/* C = A B of n x n floats, row-major, straight to BLAS. */
API void bench_sgemm(const float *a, const float *b, float *c, int n)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}
