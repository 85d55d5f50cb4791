/* Loops of reduce_list.h. Sums run in a fixed number of lanes, which both vectorises and bounds the rounding error: each
   lane sees n / lanes terms (Higham, "The accuracy of floating point summation", 1993). */
#include "THLoops.h"
#include "THMath.h"
#include <limits.h>

/* Two lanes meet, then what is left of the row joins as many as it fills: one by one it would take longer than the others
   together. w is a constant, so that a step is a vector or two. */
#define MEET(fn, w) \
  if ((w) < MOST) { \
    for (int k = 0; k < (w); k++) lane[k] = fn##_join(lane[k], lane[k + (w)]); \
    if (n - i >= (w)) { \
      for (int k = 0; k < (w); k++) lane[k] = fn##_join(lane[k], fn##_map(X[i + k], s)); \
      i += (w); \
    } \
  }

/* Rows from x on, and an accumulator that takes in an element of each, in order. */
#define ROWS(real, x, stride, a, b, c, d) \
  const real *a = (const real *)(x), *b = (const real *)((x) + (stride)), *c = (const real *)((x) + 2 * (stride)), \
             *d = (const real *)((x) + 3 * (stride));
#define TAKE(fn, v, x) fn##_join(v, fn##_map(x, s))
#define FOUR(fn, v, a, b, c, d) TAKE(fn, TAKE(fn, TAKE(fn, TAKE(fn, v, a), b), c), d)

/* The rows of an outer reduction, several for one pass over the accumulators p. */
#define EIGHT_ROWS(real, fn) \
  for (; i + 8 <= rows; i += 8) { \
    ROWS(real, x + i * row_stride, row_stride, a, b, c, d) \
    ROWS(real, x + (i + 4) * row_stride, row_stride, e, f, g, h) \
    TH_NO_ALIAS \
    for (int64_t k = 0; k < columns; k++) \
      p[k] = FOUR(fn, FOUR(fn, p[k], a[k], b[k], c[k], d[k]), e[k], f[k], g[k], h[k]); \
  } \
  for (; i < rows; i++) { \
    const real *a = (const real *)(x + i * row_stride); \
    TH_NO_ALIAS \
    for (int64_t k = 0; k < columns; k++) p[k] = TAKE(fn, p[k], a[k]); \
  }
#define FOUR_ROWS(real, fn) \
  for (; i + 4 <= rows; i += 4) { \
    ROWS(real, x + i * row_stride, row_stride, a, b, c, d) \
    TH_NO_ALIAS \
    for (int64_t k = 0; k < columns; k++) p[k] = FOUR(fn, p[k], a[k], b[k], c[k], d[k]); \
  }

/* LEAST elements run in lanes. VECTOR: bytes that are taken in at once; APART keeps the compiler from loading more and taking
   it to pieces, for conversions. */
enum { LEAST = 16 };
#define APART __asm__ volatile("");
#if defined(__AVX512F__)
enum { VECTOR = 64 };
#elif defined(__AVX2__)
enum { VECTOR = 32 };
#else
enum { VECTOR = 16 };
#endif

/* Towards the cache what comes FAR behind in memory, which in a long row is read soon, or by the next row: the processor alone
   keeps too few lines on their way (Ice Lake: 15 to 30 % of the time of what comes from memory, 0 in the second cache). */
enum { FAR = 4096 };
#define FETCH(x, ahead, most) \
  if ((most) * sizeof(real) >= 64) \
    for (int b = 0; b < (int)((most) * sizeof(real)); b += 64) __builtin_prefetch((const char *)(x) + (ahead) + b);

/* The first of n accumulators to the others. */
static TH_ONE_COPY void repeat_first(char *acc, int64_t width, int64_t n)
{
  for (int64_t done = 1; done < n; done *= 2) memcpy(acc + done * width, acc, (size_t)(THMin(done, n - done) * width));
}

#define DEFINE_REDUCE(fn, ...) DEFINE_REDUCE_(fn, __VA_ARGS__) /* expands fn */
#define DEFINE_REDUCE_(fn, acc_t, LANES, LANE_LOOP, init, map, combine, final) \
  static inline acc_t fn##_map(const real x, const real s) { return (void)s, (acc_t)(map); } \
  static inline acc_t fn##_join(const acc_t a, const acc_t b) { return (acc_t)(combine); } \
  static void fn##_start(void *acc, int64_t n) \
  { \
    *(acc_t *)acc = (acc_t)(init); \
    repeat_first(acc, sizeof(acc_t), n); \
  } \
  static void fn##_merge(void *acc, const void *more, int64_t n) \
  { \
    acc_t *p = acc; \
    const acc_t *q = more; /* may be p */ \
    TH_NO_ALIAS \
    for (int64_t i = 0; i < n; i++) p[i] = fn##_join(p[i], q[i]); \
  } \
  static void fn##_inner(void *acc, const char *x, int64_t stride, int64_t n, const void *arg) \
  { \
    const real s = *(const real *)arg; \
    acc_t total = *(acc_t *)acc; \
    int64_t i = 0; \
    if (stride == sizeof(real) && n >= LEAST) { \
      enum { MOST = LANES, WIDE = VECTOR / sizeof(acc_t) < MOST ? VECTOR / sizeof(acc_t) : MOST }; \
      const real *X = (const real *)x; \
      const int64_t ahead = n * (int64_t)sizeof(real) > FAR ? FAR : 0; \
      acc_t lane[MOST]; \
      for (int k = 0; k < MOST; k++) lane[k] = (acc_t)(init); \
      for (; i + MOST <= n; i += MOST) { \
        FETCH(X + i, ahead, MOST) \
        _Pragma("GCC unroll 8") \
        for (int v = 0; v < MOST; v += WIDE) { \
          APART \
          LANE_LOOP \
          for (int k = v; k < v + WIDE; k++) lane[k] = fn##_join(lane[k], fn##_map(X[i + k], s)); \
        } \
      } \
      MEET(fn, 64) MEET(fn, 32) MEET(fn, 16) MEET(fn, 8) MEET(fn, 4) MEET(fn, 2) MEET(fn, 1) \
      total = fn##_join(total, lane[0]); \
    } \
    for (; i < n; i++) total = fn##_join(total, fn##_map(*(const real *)(x + i * stride), s)); \
    *(acc_t *)acc = total; \
  } \
  static void fn##_outer(void *acc, const char *x, int64_t stride, int64_t columns, \
                         int64_t row_stride, int64_t rows, const void *arg) \
  { \
    const real s = *(const real *)arg; \
    acc_t *p = acc; /* the driver's own: not x */ \
    int64_t i = 0; \
    if (stride == sizeof(real)) { PASS(real, fn) } \
    for (; i < rows; i++) \
      for (int64_t j = 0; j < columns; j++) \
        p[j] = fn##_join(p[j], fn##_map(*(const real *)(x + i * row_stride + j * stride), s)); \
  } \
  static THScalar fn##_finish(const void *acc, int64_t n, const void *arg) \
  { \
    const real s = *(const real *)arg; \
    const acc_t a = *(const acc_t *)acc; \
    (void)s, (void)n; \
    return TO_SCALAR(final); \
  }

/* The same where a loop of map_list.h maps, a piece at a time; fn reduces what is mapped. */
extern THLoop TH_ISA_(THLoops_map)[TH_MAP_COUNT][TH_NTYPES];
enum { PIECE = 256 };

#define DEFINE_REDUCE_MATH(fn, acc_t, map) DEFINE_REDUCE_MATH_(fn, acc_t, map)
#define DEFINE_REDUCE_MATH_(fn, acc_t, map) \
  static void fn##_map_piece(real *mapped, const char *x, int64_t stride, int64_t n, const void *arg) \
  { \
    char *base[] = {(char *)mapped, (char *)x}; \
    if (stride != sizeof(real)) { \
      for (int64_t i = 0; i < n; i++) mapped[i] = *(const real *)(x + i * stride); \
      base[1] = base[0]; \
    } \
    TH_ISA_(THLoops_map)[map][TH_CONCAT_2(TH_, CODE)]( \
      base, (int64_t[]){sizeof(real), sizeof(real)}, n, arg); \
  } \
  static void fn##_math_inner(void *acc, const char *x, int64_t stride, int64_t n, const void *arg) \
  { \
    real mapped[PIECE]; \
    for (int64_t i = 0; i < n; i += PIECE) { \
      const int64_t m = THMin(PIECE, n - i); \
      fn##_map_piece(mapped, x + i * stride, stride, m, arg); \
      fn##_inner(acc, (const char *)mapped, sizeof(real), m, arg); \
    } \
  } \
  static void fn##_math_outer(void *acc, const char *x, int64_t stride, int64_t columns, \
                              int64_t row_stride, int64_t rows, const void *arg) \
  { \
    real mapped[PIECE]; \
    for (int64_t i = 0; i < rows; i++) \
      for (int64_t j = 0; j < columns; j += PIECE) { \
        const int64_t m = THMin(PIECE, columns - j); \
        fn##_map_piece(mapped, x + i * row_stride + j * stride, stride, m, arg); \
        fn##_outer((acc_t *)acc + j, (const char *)mapped, sizeof(real), m, 0, 1, arg); \
      } \
  }

#define TH_LOOP_FILE "reduce_types.h"
#define TH_LOOP_DEFINE
#include "THLoopTypes.h"
#undef TH_LOOP_DEFINE

const THReduceLoops TH_ISA_(THLoops_reduce)[TH_REDUCE_COUNT][TH_NTYPES] = {
#include "THLoopTypes.h"
};
