#ifndef THC_SIMT_DEVICE_H
#define THC_SIMT_DEVICE_H
/* The language of kernels: qualifiers, shared memory, barriers, warp operations, atomics,
   intrinsics. Barriers and warp operations note the line that calls them, for reports. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "simt_block.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

/* ---- shared memory ---- */

/* Static shared memory is a static variable. The first thread of a block that passes its
   declaration has it filled with junk; shared.cpp finds it through the marker's neighbours among
   the symbols. Only in functions, without initialiser, as in CUDA. */
#define __shared__ THC_SIMT_SHARED_1(__COUNTER__)
#define THC_SIMT_SHARED_1(n) THC_SIMT_SHARED_2(n)
#define THC_SIMT_SHARED_2(n)                                                                       \
  static unsigned long thc_simt_marker_##n;                                                        \
  if (thc_simt_marker_##n != thc_simt_now.serial) {                                                \
    thc_simt_marker_##n = thc_simt_now.serial;                                                     \
    thc_simt_new_shared(&thc_simt_marker_##n);                                                     \
  }                                                                                                \
  static

__attribute__((visibility("default"))) void thc_simt_new_shared(const unsigned long *marker);
inline void *thc_simt_dynamic_shared() { return thc_simt_now.dynamic_shared; }

/* ---- barriers and warp operations ---- */

enum thc_simt_wait_kind {
  THC_SIMT_SYNCTHREADS,
  THC_SIMT_SYNCTHREADS_COUNT,
  THC_SIMT_SYNCTHREADS_AND,
  THC_SIMT_SYNCTHREADS_OR,
  THC_SIMT_SYNCWARP,
  THC_SIMT_SHUFFLE,
  THC_SIMT_VOTE
};
/* Parks the thread until the threads of the block, or the lanes of the mask, have come here.
   Returns the count or disjunction, the value of lane `source`, or the ballot. */
__attribute__((visibility("default"))) uint64_t thc_simt_wait(thc_simt_wait_kind kind,
                                                              unsigned mask, uint64_t value,
                                                              int source, const char *file,
                                                              int line);

#define THC_SIMT_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(THC_SIMT_HERE)
{
  thc_simt_wait(THC_SIMT_SYNCTHREADS, 0, 0, 0, file, line);
}
inline int __syncthreads_count(int predicate, THC_SIMT_HERE)
{
  return (int)thc_simt_wait(THC_SIMT_SYNCTHREADS_COUNT, 0, predicate != 0, 0, file, line);
}
inline int __syncthreads_and(int predicate, THC_SIMT_HERE)
{
  return (int)thc_simt_wait(THC_SIMT_SYNCTHREADS_AND, 0, predicate != 0, 0, file, line);
}
inline int __syncthreads_or(int predicate, THC_SIMT_HERE)
{
  return (int)thc_simt_wait(THC_SIMT_SYNCTHREADS_OR, 0, predicate != 0, 0, file, line);
}
inline void __syncwarp(unsigned mask = 0xffffffff, THC_SIMT_HERE)
{
  thc_simt_wait(THC_SIMT_SYNCWARP, mask, 0, 0, file, line);
}

inline int thc_simt_lane() { return (int)(thc_simt_now.current % 32); }

template <class T>
inline T thc_simt_shuffle(unsigned mask, T v, int source, const char *file, int line)
{
  uint64_t bits = 0;
  memcpy(&bits, &v, sizeof v);
  bits = thc_simt_wait(THC_SIMT_SHUFFLE, mask, bits, source, file, line);
  memcpy(&v, &bits, sizeof v);
  return v;
}
/* Source lanes, as the PTX manual defines them; lanes beyond the segment read themselves. */
inline int thc_simt_source(int lane, int width)
{
  return (thc_simt_lane() & ~(width - 1)) | (lane & (width - 1));
}
inline int thc_simt_source_up(unsigned delta, int width)
{
  int lane = thc_simt_lane();
  return (unsigned)(lane & (width - 1)) >= delta ? lane - (int)delta : lane;
}
inline int thc_simt_source_down(unsigned delta, int width)
{
  int lane = thc_simt_lane();
  return (unsigned)(lane & (width - 1)) + delta < (unsigned)width ? lane + (int)delta : lane;
}
inline int thc_simt_source_xor(int lanes, int width)
{
  int lane = thc_simt_lane(), source = lane ^ lanes;
  return source <= (lane | (width - 1)) ? source : lane;
}

#define THC_SIMT_SHUFFLES(T)                                                                       \
  inline T __shfl_sync(unsigned mask, T v, int lane, int width = 32, THC_SIMT_HERE)                \
  {                                                                                                \
    return thc_simt_shuffle(mask, v, thc_simt_source(lane, width), file, line);                    \
  }                                                                                                \
  inline T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32, THC_SIMT_HERE)       \
  {                                                                                                \
    return thc_simt_shuffle(mask, v, thc_simt_source_up(delta, width), file, line);                \
  }                                                                                                \
  inline T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32, THC_SIMT_HERE)     \
  {                                                                                                \
    return thc_simt_shuffle(mask, v, thc_simt_source_down(delta, width), file, line);              \
  }                                                                                                \
  inline T __shfl_xor_sync(unsigned mask, T v, int lanes, int width = 32, THC_SIMT_HERE)           \
  {                                                                                                \
    return thc_simt_shuffle(mask, v, thc_simt_source_xor(lanes, width), file, line);               \
  }
THC_SIMT_SHUFFLES(int)
THC_SIMT_SHUFFLES(unsigned)
THC_SIMT_SHUFFLES(long)
THC_SIMT_SHUFFLES(unsigned long)
THC_SIMT_SHUFFLES(long long)
THC_SIMT_SHUFFLES(unsigned long long)
THC_SIMT_SHUFFLES(float)
THC_SIMT_SHUFFLES(double)
#undef THC_SIMT_SHUFFLES

inline unsigned __ballot_sync(unsigned mask, int predicate, THC_SIMT_HERE)
{
  return (unsigned)thc_simt_wait(THC_SIMT_VOTE, mask, predicate != 0, 0, file, line);
}
inline int __any_sync(unsigned mask, int predicate, THC_SIMT_HERE)
{
  return __ballot_sync(mask, predicate, file, line) != 0;
}
inline int __all_sync(unsigned mask, int predicate, THC_SIMT_HERE)
{
  return __ballot_sync(mask, predicate, file, line) == mask;
}
/* CUDA promises no more than the calling lane: here it is never more. */
inline unsigned __activemask() { return 1u << thc_simt_lane(); }

/* ---- atomics: one thread runs at a time, so plain operations do ---- */

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}

#define THC_SIMT_ATOMIC(name, T, expression)                                                       \
  inline T name(T *p, T v)                                                                         \
  {                                                                                                \
    T old = *p;                                                                                    \
    *p = (T)(expression);                                                                          \
    return old;                                                                                    \
  }
#define THC_SIMT_ATOMICS(T)                                                                        \
  THC_SIMT_ATOMIC(atomicMax, T, old > v ? old : v)                                                 \
  THC_SIMT_ATOMIC(atomicMin, T, old < v ? old : v)                                                 \
  THC_SIMT_ATOMIC(atomicAnd, T, old &v)                                                            \
  THC_SIMT_ATOMIC(atomicOr, T, old | v)                                                            \
  THC_SIMT_ATOMIC(atomicXor, T, old ^ v)
THC_SIMT_ATOMICS(int)
THC_SIMT_ATOMICS(unsigned)
THC_SIMT_ATOMICS(long long)
THC_SIMT_ATOMICS(unsigned long long)
THC_SIMT_ATOMIC(atomicAdd, int, (unsigned)old + (unsigned)v)
THC_SIMT_ATOMIC(atomicAdd, unsigned, old + v)
THC_SIMT_ATOMIC(atomicAdd, unsigned long long, old + v)
THC_SIMT_ATOMIC(atomicAdd, float, old + v)
THC_SIMT_ATOMIC(atomicAdd, double, old + v)
THC_SIMT_ATOMIC(atomicSub, int, (unsigned)old - (unsigned)v)
THC_SIMT_ATOMIC(atomicSub, unsigned, old - v)
THC_SIMT_ATOMIC(atomicExch, int, v)
THC_SIMT_ATOMIC(atomicExch, unsigned, v)
THC_SIMT_ATOMIC(atomicExch, unsigned long long, v)
THC_SIMT_ATOMIC(atomicExch, float, v)
#undef THC_SIMT_ATOMICS
#undef THC_SIMT_ATOMIC

#define THC_SIMT_CAS(T)                                                                            \
  inline T atomicCAS(T *p, T compare, T v)                                                         \
  {                                                                                                \
    T old = *p;                                                                                    \
    if (old == compare) *p = v;                                                                    \
    return old;                                                                                    \
  }
THC_SIMT_CAS(int)
THC_SIMT_CAS(unsigned)
THC_SIMT_CAS(unsigned long long)
THC_SIMT_CAS(unsigned short)
#undef THC_SIMT_CAS

/* ---- intrinsics ---- */

template <class T> inline T __ldg(const T *p) { return *p; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
inline int __mulhi(int a, int b) { return (int)((int64_t)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{
  return (unsigned long long)((unsigned __int128)a * b >> 64);
}

#define THC_SIMT_BITS(name, From, To)                                                              \
  inline To name(From from)                                                                        \
  {                                                                                                \
    To to;                                                                                         \
    memcpy(&to, &from, sizeof to);                                                                 \
    return to;                                                                                     \
  }
THC_SIMT_BITS(__float_as_int, float, int)
THC_SIMT_BITS(__int_as_float, int, float)
THC_SIMT_BITS(__float_as_uint, float, unsigned)
THC_SIMT_BITS(__uint_as_float, unsigned, float)
THC_SIMT_BITS(__double_as_longlong, double, long long)
THC_SIMT_BITS(__longlong_as_double, long long, double)
#undef THC_SIMT_BITS

/* not contracted into a fused operation (thc_simt_sources compiles with -ffp-contract=off) */
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }

#if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 42) /* newer ones have it */
inline float rsqrtf(float x) { return 1 / sqrtf(x); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
#endif
inline float rsqrt(float x) { return 1 / sqrtf(x); }
inline float fdividef(float a, float b) { return a / b; }

#define THC_SIMT_MIN_MAX(T)                                                                        \
  inline T min(T a, T b) { return b < a ? b : a; }                                                 \
  inline T max(T a, T b) { return a < b ? b : a; }
THC_SIMT_MIN_MAX(int)
THC_SIMT_MIN_MAX(unsigned)
THC_SIMT_MIN_MAX(long)
THC_SIMT_MIN_MAX(unsigned long)
THC_SIMT_MIN_MAX(long long)
THC_SIMT_MIN_MAX(unsigned long long)
#undef THC_SIMT_MIN_MAX
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

#endif
