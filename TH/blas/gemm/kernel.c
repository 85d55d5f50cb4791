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
#define UP_TO_6(b, vectors) b(vectors, 1) b(vectors, 2) b(vectors, 3) b(vectors, 4) b(vectors, 5) b(vectors, 6)

#ifdef __AVX512F__
#define BYTES 64
#define VECTORS 4
#define COLUMNS 8
#define COLUMNS_OF 8, 8, 8, 6 /* 24 sums, 3 or 4 vectors of A, 1 of B, of 32 registers; as few loads as can be: they limit */
#define WIDE 20
#define IS_SMALL(vectors, columns) ((vectors) == 2 && (columns) == 8)
#define ALL_BLOCKS(b) UP_TO_6(b, 1) b(1, 7) b(1, 8) UP_TO_6(b, 2) b(2, 7) b(2, 8) UP_TO_6(b, 3) b(3, 7) b(3, 8) UP_TO_6(b, 4)
#define ALL_KEEPING(b) b(3, 8) b(4, 6)
#define DOT_ROWS 4
#define DOT_COLUMNS 6
#define VECTOR_REGISTER "v" /* a register of 32 */
#else
#define BYTES 32
#define VECTORS 2
#define COLUMNS 6
#define COLUMNS_OF 6, 6 /* of 16 registers */
#define WIDE 10
#define IS_SMALL(vectors, columns) false
#define ALL_BLOCKS(b) UP_TO_6(b, 1) UP_TO_6(b, 2)
#define ALL_KEEPING(b) b(2, 6)
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define VECTOR_REGISTER "x"
#endif

#define POINTERS ((COLUMNS + 2) / 3) /* from which columns are reached */

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
