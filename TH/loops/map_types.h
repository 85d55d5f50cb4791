/* One type's share of map.c: definitions, or entries of the two tables. */
#if defined(TH_LOOP_DEFINE)
#define ENTRY(name, nin, expr) DEFINE_LOOP(T_(name), real, nin, expr)
#ifdef TH_FLOATING
#include "map_math.h"
#define MATH_ENTRY(name, nin, expr) DEFINE_MATH_LOOP(T_(name), nin, expr)
#define MAP_UNLESS(name, nin, condition, plain, expr) \
  DEFINE_UNLESS_LOOP(T_(name), nin, ALL, condition, plain, (condition) ? (plain) : (expr))
#define MAP_POW(name, base, exponent) DEFINE_POWER_LOOP(T_(name), POWER_##name)
#define MAP_SHORT TH_CONCAT_2(SHORT_, R)
#define SHORT_th_f32(name, nin, limit, short_expr, expr) \
  DEFINE_UNLESS_LOOP(T_(name), nin, WITHIN, limit, short_expr, expr)
#define SHORT_th_f64(name, nin, limit, short_expr, expr) MATH_ENTRY(name, nin, expr)
#ifdef __AVX512F__
#define MAP_SIXTEEN TH_CONCAT_2(SIXTEEN_, R)
#define SIXTEEN_th_f32(name, nin, function, expr) DEFINE_SIXTEEN_LOOP(T_(name), function)
#define SIXTEEN_th_f64(name, nin, function, expr) MATH_ENTRY(name, nin, expr)
#endif
#endif
#elif defined(TH_LOOP_TABLE_MAP)
#define ENTRY(name, nin, expr) [TH_LOOP_OP(name)][TH_CONCAT_2(TH_, CODE)] = T_(name),
#endif

#ifdef ENTRY
#define MAP_ALL ENTRY
#ifdef TH_INTEGER
#define MAP_INT ENTRY
#define MAP_FLOAT(name, nin, expr)
#define MAP_SPLIT(name, nin, int_expr, float_expr) ENTRY(name, nin, int_expr)
#else
#ifndef MATH_ENTRY
#define MATH_ENTRY ENTRY
#endif
#define MAP_INT(name, nin, expr)
#define MAP_FLOAT ENTRY
#define MAP_SPLIT(name, nin, int_expr, float_expr) ENTRY(name, nin, float_expr)
#define MAP_MATH MATH_ENTRY
#define MAP_SPLIT_MATH(name, nin, int_expr, float_expr) MATH_ENTRY(name, nin, float_expr)
#endif
#include TH_LOOP_LIST
#undef ENTRY
#undef MATH_ENTRY
#undef MAP_UNLESS
#undef MAP_SHORT
#undef SHORT_th_f32
#undef SHORT_th_f64
#undef SIXTEEN_th_f32
#undef SIXTEEN_th_f64
#undef MAP_POW
#endif

#ifndef TH_LOOP_NAME /* comparisons are TH's alone */
#if defined(TH_LOOP_DEFINE)
#define COMPARE(name, nin, expr) \
  DEFINE_LOOP(T_(name##_byte), unsigned char, nin, expr) \
  DEFINE_LOOP(T_(name), real, nin, expr)
#include "compare_list.h"
#elif defined(TH_LOOP_TABLE_COMPARE)
#define COMPARE(name, nin, expr) \
  [TH_COMPARE_##name][TH_CONCAT_2(TH_, CODE)] = {T_(name##_byte), T_(name)},
#include "compare_list.h"
#endif
#endif
