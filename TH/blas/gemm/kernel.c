/* The loops of gemm.h for one instruction set. Every element of a product is summed in the order of k by fused
   operations, whatever block it lies in. */
#include "gemm.h"
#include "loops/THShuffle.h"
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#ifdef __AVX512F__
#define BYTES 64
#define MOST 14 /* 2 * 14 sums, 2 vectors of A, 1 of B, of 32 registers */
#define DOT_ROWS 4
#define DOT_COLUMNS 6
#define VECTOR_REGISTER "v" /* a register of 32 */
#else
#define BYTES 32
#define MOST 6 /* of 16 registers */
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define VECTOR_REGISTER "x"
#endif

#define real float
#define Name(x) x##_float
#define LANES (BYTES / 4)
#ifdef __AVX512F__
#define MASK __mmask16
INLINE MASK mask_float(int n) { return (MASK)((1u << n) - 1); }
#define SPLAT(x) (V) _mm512_set1_ps(x)
#define LOAD_FIRST(p, mask) (V) _mm512_maskz_loadu_ps(mask, p)
#define STORE_FIRST(p, mask, v) _mm512_mask_storeu_ps(p, mask, (__m512)(v))
#else
#define MASK __m256i
INLINE MASK mask_float(int n) { return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
#define SPLAT(x) (V) _mm256_set1_ps(x)
#define LOAD_FIRST(p, mask) (V) _mm256_maskload_ps(p, mask)
#define STORE_FIRST(p, mask, v) _mm256_maskstore_ps(p, mask, (__m256)(v))
#endif
#define integer int
#define SUFFIX "ps"
#include "kernel_typed.h"

#define real double
#define Name(x) x##_double
#define LANES (BYTES / 8)
#ifdef __AVX512F__
#define MASK __mmask8
INLINE MASK mask_double(int n) { return (MASK)((1u << n) - 1); }
#define SPLAT(x) (V) _mm512_set1_pd(x)
#define LOAD_FIRST(p, mask) (V) _mm512_maskz_loadu_pd(mask, p)
#define STORE_FIRST(p, mask, v) _mm512_mask_storeu_pd(p, mask, (__m512d)(v))
#else
#define MASK __m256i
INLINE MASK mask_double(int n) { return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)); }
#define SPLAT(x) (V) _mm256_set1_pd(x)
#define LOAD_FIRST(p, mask) (V) _mm256_maskload_pd(p, mask)
#define STORE_FIRST(p, mask, v) _mm256_maskstore_pd(p, mask, (__m256d)(v))
#endif
#define integer long long
#define SUFFIX "pd"
#include "kernel_typed.h"
