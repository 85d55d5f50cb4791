/* One type's share of map.c: definitions, or entries of the two tables. */
#if defined(TH_LOOP_DEFINE)
#define ENTRY(name, nin, expr) DEFINE_LOOP(T_(name), real, nin, expr)
#elif defined(TH_LOOP_TABLE_MAP)
#define ENTRY(name, nin, expr) [TH_MAP_##name][TH_CONCAT_2(TH_, CODE)] = T_(name),
#endif

#ifdef ENTRY
#define MAP_ALL ENTRY
#ifdef TH_INTEGER
#define MAP_INT ENTRY
#define MAP_FLOAT(name, nin, expr)
#define MAP_SPLIT(name, nin, int_expr, float_expr) ENTRY(name, nin, int_expr)
#else
#define MAP_INT(name, nin, expr)
#define MAP_FLOAT ENTRY
#define MAP_SPLIT(name, nin, int_expr, float_expr) ENTRY(name, nin, float_expr)
#endif
#include "map_list.h"
#undef ENTRY
#endif

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
