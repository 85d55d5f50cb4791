/* One type's share of reduce.c: definitions or entries of the table. */
#ifdef TH_INTEGER
#define TO_SCALAR(v) THScalar_fromInt((int64_t)(v))
#else
#define TO_SCALAR(v) THScalar_fromDouble((double)(v))
#endif
/* How the lanes of accumulators ACC or real become vectors. Sums do so by themselves and stay in registers.
   What picks among elements needs to be told; where that costs the registers of too many lanes, it is not. */
#define LANES_ACC
#define LANES_real TH_AS_VECTOR
#ifdef TH_INTEGER
#if R_MAX >= INT_MAX
#undef LANES_real
#define LANES_real
#endif
#endif
#ifdef TH_LOOP_DEFINE
#define REDUCE_ALL(name, acc, init, map, combine, final) \
  DEFINE_REDUCE(T_(name), acc, LANES_##acc, init, map, combine, final)
#define FLOAT_MATH(name, line, acc, init, map, combine, final) \
  DEFINE_REDUCE(T_(name), acc, LANES_##acc, init, x, combine, final) \
  DEFINE_REDUCE_MATH(T_(name), acc, TH_MAP_##line)
#else
#define ENTRY(name, acc, fn, math) \
  [TH_REDUCE_##name][TH_CONCAT_2(TH_, CODE)] = { \
    sizeof(acc),           TH_CONCAT_2(fn, _start),         TH_CONCAT_3(fn, math, _inner), \
    TH_CONCAT_3(fn, math, _outer), TH_CONCAT_2(fn, _merge), TH_CONCAT_2(fn, _finish)},
#define REDUCE_ALL(name, acc, init, map, combine, final) ENTRY(name, acc, T_(name), )
#define FLOAT_MATH(name, line, acc, init, map, combine, final) ENTRY(name, acc, T_(name), _math)
#endif
#ifdef TH_FLOATING
#define REDUCE_FLOAT REDUCE_ALL
#define REDUCE_MATH FLOAT_MATH
#else
#define REDUCE_FLOAT(name, acc, init, map, combine, final)
#endif
#include "reduce_list.h"
#undef TO_SCALAR
#undef LANES_ACC
#undef LANES_real
#undef ENTRY
#undef FLOAT_MATH
