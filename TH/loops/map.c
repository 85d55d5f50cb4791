/* Loops of map_list.h and compare_list.h; of a package's list when TH_LOOP_NAME and TH_LOOP_LIST say so (package.h). */
#ifdef TH_LOOP_NAME
#include "package.h"
#else
#include "THLoops.h"
#define TH_LOOP_LIST "map_list.h"
#define TH_LOOP_OP(line) TH_CONCAT_2(TH_MAP_, line)
#endif
#include "THMath.h"
#include <limits.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

/* The plan guarantees that operands are the same elements or do not overlap, hence TH_NO_ALIAS, and that they lie as
   THLoop.h says.
   X, Y, Z point to the inputs; a loop that has fewer of them leaves the others unread. */
#define EACH(OUT, IX, IY, IZ, expr) \
  TH_NO_ALIAS \
  for (int64_t i = 0; i < n; i++) { \
    const real x = X[IX], y = Y[IY], z = Z[IZ]; \
    (void)x, (void)y, (void)z; \
    r[i] = (OUT)(expr); \
  }

#define EACH_0(OUT, expr) EACH(OUT, 0, 0, 0, expr)
#define EACH_1(OUT, expr) EACH(OUT, i, 0, 0, expr)
#define EACH_2(OUT, expr) \
  if (stride[1] == 0) { \
    EACH(OUT, 0, i, 0, expr) \
  } else if (stride[2] == 0) { \
    EACH(OUT, i, 0, 0, expr) \
  } else { \
    EACH(OUT, i, i, 0, expr) \
  }
#define EACH_3(OUT, expr) EACH(OUT, i, i, i, expr)

#define DEFINE_LOOP(fn, OUT, nin, expr) \
  static void fn(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    const real s = ((const real *)arg)[0], t = ((const real *)arg)[1]; \
    OUT *r = (OUT *)base[0]; \
    const real *X = (const real *)base[nin >= 1 ? 1 : 0]; \
    const real *Y = nin >= 2 ? (const real *)base[2] : X, *Z = nin >= 3 ? (const real *)base[3] : X; \
    (void)s, (void)t, (void)X, (void)Y, (void)Z, (void)stride; \
    EACH_##nin(OUT, expr) \
  }

/* A loop over a function of the C library: whole vectors, by way of map_math.h. */
#define MATH_EACH_1(expr) EACH(real, i, 0, 0, expr)
#define MATH_EACH_2(expr) EACH(real, i, i, 0, expr)
#define DEFINE_MATH_LOOP(fn, nin, expr) DEFINE_MATH_LOOP_(fn, nin, expr) /* expands fn */
#define DEFINE_MATH_LOOP_(fn, nin, expr) \
  DEFINE_WHOLE(fn, nin, expr) \
  DEFINE_BY_WHOLE(fn, nin)
#define DEFINE_WHOLE(fn, nin, expr) DEFINE_WHOLE_(fn, nin, expr)
#define DEFINE_WHOLE_(fn, nin, expr) \
  static TH_ONE_COPY void fn##_whole(real *r, const real *X, const real *Y, int64_t n, \
                                     const real *arg) \
  { \
    const real s = arg[0], t = arg[1], *Z = X; \
    (void)s, (void)t, (void)Y; \
    n = n / TH_WHOLE(real) * TH_WHOLE(real); /* the compiler sees that there is no rest */ \
    MATH_EACH_##nin(expr) \
  }
#define DEFINE_BY_WHOLE(fn, nin) \
  static void fn(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    T_(in_whole_vectors)(fn##_whole, nin, base, stride, n, arg); \
  }
/* The same of floats, by a function of vectors of sixteen. */
#define DEFINE_SIXTEEN_LOOP(fn, function) DEFINE_SIXTEEN_LOOP_(fn, function) /* expands fn */
#define DEFINE_SIXTEEN_LOOP_(fn, function) \
  static TH_ONE_COPY void fn##_whole(real *r, const real *X, const real *Y, int64_t n, const real *arg) \
  { \
    (void)Y, (void)arg; \
    for (int64_t i = 0; i < n; i += 16) _mm512_storeu_ps(r + i, function(_mm512_loadu_ps(X + i))); \
  } \
  DEFINE_BY_WHOLE(fn, 1)

/* The same, in stretches of a few vectors, of which those whose elements are all plain are only moved; most others are
   known by their first vector. */
#define ALL(from, to, condition) \
  for (int64_t i = from; i < (to); i++) { \
    const real x = X[i]; \
    all &= (condition); \
  }
/* Magnitudes of floats order as their bits do, NaN's above all: a maximum of integers takes half a comparison's steps. */
#define WITHIN(from, to, limit) \
  { \
    int32_t most = 0; \
    for (int64_t i = from; i < (to); i++) { \
      const int32_t size = (int32_t)float_bits(fabsf(X[i])); \
      most = size > most ? size : most; \
    } \
    all &= most < (int32_t)float_bits(limit); \
  }
#define DEFINE_UNLESS_LOOP(fn, nin, ARE, condition, plain, expr) \
  DEFINE_UNLESS_LOOP_(fn, nin, ARE, condition, plain, expr) /* expands fn */
#define DEFINE_UNLESS_LOOP_(fn, nin, ARE, condition, plain, expr) \
  DEFINE_WHOLE(fn##_function, nin, expr) \
  static TH_ONE_COPY void fn##_whole(real *r, const real *X, const real *Y, int64_t left, const real *arg) \
  { \
    const real s = arg[0], t = arg[1], *Z = X; \
    (void)s, (void)t, (void)Y, (void)Z; \
    enum { WHOLE = TH_WHOLE(real), STRETCH = 16 * WHOLE }; \
    for (int64_t n; left > 0; left -= n, r += n, X += n, Y += n) { \
      n = (left < STRETCH ? left : STRETCH) / WHOLE * WHOLE; \
      int all = 1; \
      ARE(0, WHOLE, condition) \
      if (all) ARE(WHOLE, n, condition) \
      if (all) { \
        MATH_EACH_##nin(plain) \
      } else { \
        fn##_function_whole(r, X, Y, n, arg); \
      } \
    } \
  } \
  DEFINE_BY_WHOLE(fn, nin)

#ifndef TH_LOOP_NAME
extern THLoop TH_ISA_(THLoops_map)[TH_MAP_COUNT][TH_NTYPES];
#endif
/* A power, whose code is long, is made by the one loop that has it, of a number that is repeated. */
#define POWER(x, x_step, y, y_step) \
  T_(in_whole_vectors)(TH_CONCAT_2(T_(cpow), _whole), 2, (char *[]){base[0], x, y}, (int64_t[]){stride[0], x_step, y_step}, n, arg);
#define POWER_pow POWER(base[1], stride[1], (char *)arg, 0)
#define POWER_tpow POWER((char *)arg, 0, base[1], stride[1])
#define POWER_abspow \
  TH_ISA_(THLoops_map)[TH_MAP_abs][TH_CONCAT_2(TH_, CODE)](base, stride, n, arg); \
  POWER(base[0], stride[0], (char *)arg, 0)
#define DEFINE_POWER_LOOP(fn, how) \
  static void fn(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    how \
  }

/* loops */
#define TH_LOOP_FILE "map_types.h"
#define TH_LOOP_DEFINE
#include "THLoopTypes.h"
#undef TH_LOOP_DEFINE

/* tables */
#ifdef TH_LOOP_NAME
THLoop TH_ISA_(TH_LOOP_TABLE)[TH_LOOP_OP(count)][TH_NTYPES] = {
#else
THLoop TH_ISA_(THLoops_map)[TH_MAP_COUNT][TH_NTYPES] = {
  [TH_MAP_fill] = {[TH_HALF] = loop_fill_th_s16, [TH_BFLOAT16] = loop_fill_th_s16, [TH_BOOL] = loop_fill_th_u8},
#endif
#define TH_LOOP_TABLE_MAP
#include "THLoopTypes.h"
#undef TH_LOOP_TABLE_MAP
};

#ifndef TH_LOOP_NAME
THLoop TH_ISA_(THLoops_compare)[TH_COMPARE_COUNT][TH_NTYPES][2] = {
#define TH_LOOP_TABLE_COMPARE
#include "THLoopTypes.h"
#undef TH_LOOP_TABLE_COMPARE
};
#endif
