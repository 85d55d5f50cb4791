#ifndef THNN_VECTOR_H
#define THNN_VECTOR_H
/* What the loops of convolutions share, for the instruction set that the including file is compiled
   for. V is one vector register of floats. */
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "loops/THShuffle.h"

#ifdef __AVX512F__
#define LANES 16
#define MAX_N 14 /* positions: 2 * 14 sums, 2 weights, 1 input of 32 registers */
#else
#define LANES 8
#define MAX_N 6 /* 2 * 6 sums of 16 registers */
#endif
typedef float V __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int VI __attribute__((vector_size(4 * LANES)));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

/* The first n lanes, at most LANES; the others are zero when read and left alone when written. */
#ifdef __AVX512F__
INLINE V load_first(const float *p, int64_t n) { return (V)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store_first(float *p, V v, int64_t n)
{
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
#else
INLINE __m256i first_lanes(int64_t n)
{
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE V load_first(const float *p, int64_t n) { return (V)_mm256_maskload_ps(p, first_lanes(n)); }
INLINE void store_first(float *p, V v, int64_t n) { _mm256_maskstore_ps(p, first_lanes(n), (__m256)v); }
#endif

INLINE void transpose(V *r) { TH_TRANSPOSE(V, VI, LANES, r) }
#endif
