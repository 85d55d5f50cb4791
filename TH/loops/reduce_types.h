/* One type's share of reduce.c: definitions or entries of the table. */
#ifdef TH_INTEGER
#define TO_SCALAR(v) THScalar_fromInt((int64_t)(v))
#define PASS FOUR_ROWS
#if R_MAX > INT_MAX
#define TH_LONG_LOOPS
#endif
#else
#define TO_SCALAR(v) THScalar_fromDouble((double)(v))
#define PASS EIGHT_ROWS
#endif
/* Lanes of accumulators ACC or real, and how they become vectors. Sums of what is converted do so by themselves and stay in
   registers; those of doubles and longs would become single numbers. What picks among elements needs to be told, and more
   lanes, for it takes three times as long from one element to the next; where that costs the registers of too many lanes, it
   is not told. */
#define LANES_ACC 16
#if defined(TH_LONG_LOOPS) || defined(TH_IS_DOUBLE)
#define HOW_ACC TH_AS_VECTOR
#else
#define HOW_ACC
#endif
#define LANES_real (sizeof(real) > 4 ? 32 : 64)
#define HOW_real TH_AS_VECTOR
#ifdef TH_INTEGER
#if R_MAX >= INT_MAX
#undef LANES_real
#undef HOW_real
#define LANES_real 16
#define HOW_real
#endif
#endif
#ifdef TH_LOOP_DEFINE
#define REDUCE_ALL(name, acc, init, map, combine, final) \
  DEFINE_REDUCE(T_(name), acc, LANES_##acc, HOW_##acc, init, map, combine, final)
#define FLOAT_MATH(name, line, acc, init, map, combine, final) \
  DEFINE_REDUCE(T_(name), acc, LANES_##acc, HOW_##acc, init, x, combine, final) \
  DEFINE_REDUCE_MATH(T_(name), acc, TH_MAP_##line)
#else
#define ENTRY(name, acc, lanes, fn, math, final) \
  [TH_REDUCE_##name][TH_CONCAT_2(TH_, CODE)] = { \
    sizeof(acc), sizeof #final == sizeof "a", lanes, TH_CONCAT_2(fn, _start), TH_CONCAT_3(fn, math, _inner), \
    TH_CONCAT_3(fn, math, _outer), TH_CONCAT_2(fn, _merge), TH_CONCAT_2(fn, _finish)},
#define REDUCE_ALL(name, acc, init, map, combine, final) ENTRY(name, acc, LANES_##acc, T_(name), , final)
#define FLOAT_MATH(name, line, acc, init, map, combine, final) ENTRY(name, acc, LANES_##acc, T_(name), _math, final)
#endif
#ifndef TH_LONG_LOOPS
#define REDUCE_INDEX(name, acc, init, map, combine, final)
#endif
#ifdef TH_FLOATING
#define REDUCE_FLOAT REDUCE_ALL
#define REDUCE_MATH FLOAT_MATH
#else
#define REDUCE_FLOAT(name, acc, init, map, combine, final)
#endif
#include "reduce_list.h"
#undef TO_SCALAR
#undef PASS
#undef TH_LONG_LOOPS
#undef LANES_ACC
#undef HOW_ACC
#undef LANES_real
#undef HOW_real
#undef ENTRY
#undef FLOAT_MATH
