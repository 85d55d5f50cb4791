/* Loops of reduce_list.h. Sums run in a fixed number of lanes (LANES), which both vectorises and
   bounds the rounding error: each lane sees n / LANES terms (Higham, "The accuracy of floating
   point summation", 1993). */
#include "THLoops.h"
#include "THMath.h"
#include <limits.h>

/* AHEAD: bytes between what is read and what is prefetched. The conversions fill the core's window, which
   then looks too short a way ahead by itself to keep the memory busy. */
enum { LANES = TH_REDUCE_LANES, AHEAD = 2048 };

#define DEFINE_REDUCE(fn, ...) DEFINE_REDUCE_(fn, __VA_ARGS__) /* expands fn */
#define DEFINE_REDUCE_(fn, acc_t, LANE_LOOP, init, map, combine, final) \
  static inline acc_t fn##_map(const real x, const real s) { return (void)s, (acc_t)(map); } \
  static inline acc_t fn##_join(const acc_t a, const acc_t b) { return (acc_t)(combine); } \
  static void fn##_start(void *acc, int64_t n) \
  { \
    for (int64_t i = 0; i < n; i++) ((acc_t *)acc)[i] = (acc_t)(init); \
  } \
  static void fn##_merge(void *acc, const void *more, int64_t n) \
  { \
    acc_t *p = acc; \
    const acc_t *q = more; \
    for (int64_t i = 0; i < n; i++) p[i] = fn##_join(p[i], q[i]); \
  } \
  static void fn##_inner(void *acc, const char *x, int64_t stride, int64_t n, const void *arg) \
  { \
    const real s = *(const real *)arg; \
    acc_t total = *(acc_t *)acc; \
    int64_t i = 0; \
    if (stride == sizeof(real) && n >= 2 * LANES) { \
      const real *X = (const real *)x; \
      acc_t lane[LANES]; \
      for (int k = 0; k < LANES; k++) lane[k] = (acc_t)(init); \
      for (; i + LANES <= n; i += LANES) { \
        __builtin_prefetch((const char *)(X + i) + AHEAD); \
        LANE_LOOP \
        for (int k = 0; k < LANES; k++) lane[k] = fn##_join(lane[k], fn##_map(X[i + k], s)); \
      } \
      for (int w = LANES / 2; w > 0; w /= 2) \
        for (int k = 0; k < w; k++) lane[k] = fn##_join(lane[k], lane[k + w]); \
      total = fn##_join(total, lane[0]); \
    } \
    for (; i < n; i++) total = fn##_join(total, fn##_map(*(const real *)(x + i * stride), s)); \
    *(acc_t *)acc = total; \
  } \
  static void fn##_outer(void *acc, const char *x, int64_t stride, int64_t columns, \
                         int64_t row_stride, int64_t rows, const void *arg) \
  { \
    enum { LINE = 64 / sizeof(real), STRIP = 8 * LINE, ROWS = 4 }; \
    const real s = *(const real *)arg; \
    acc_t *p = acc; /* the driver's own: not x */ \
    int64_t i = 0; \
    if (stride == sizeof(real)) { \
      for (; i + ROWS <= rows; i += ROWS) { /* four rows for one pass over acc */ \
        const real *a = (const real *)(x + i * row_stride), \
                   *b = (const real *)(x + (i + 1) * row_stride), \
                   *c = (const real *)(x + (i + 2) * row_stride), \
                   *d = (const real *)(x + (i + 3) * row_stride); \
        for (int64_t j = 0; j < columns; j += STRIP) { \
          const int64_t end = THMin(j + STRIP, columns); \
          for (int64_t k = j; k < end; k += LINE) { \
            __builtin_prefetch((const char *)(a + k) + AHEAD); \
            __builtin_prefetch((const char *)(b + k) + AHEAD); \
            __builtin_prefetch((const char *)(c + k) + AHEAD); \
            __builtin_prefetch((const char *)(d + k) + AHEAD); \
          } \
          TH_NO_ALIAS \
          for (int64_t k = j; k < end; k++) { \
            const acc_t v = fn##_join(fn##_join(p[k], fn##_map(a[k], s)), fn##_map(b[k], s)); \
            p[k] = fn##_join(fn##_join(v, fn##_map(c[k], s)), fn##_map(d[k], s)); \
          } \
        } \
      } \
    } \
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
    TH_ISA_(THLoops_map)[map][TH_CONCAT_2(TH_, CODE)]( \
      base, (int64_t[]){sizeof(real), stride}, n, arg); \
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
