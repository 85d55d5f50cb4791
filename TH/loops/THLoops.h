#ifndef TH_LOOPS_H
#define TH_LOOPS_H
/* The inner loops. Each file of this folder is compiled once per instruction set; the set is
   chosen once, when the library is loaded. */
#include "THChain.h"
#include "THLoop.h"
#include "THTypes.h"

/* ORDER MAPS: one loop per line of map_list.h */
typedef enum THMapOp {
#define MAP_ALL(name, nin, expr) TH_MAP_##name,
#define MAP_INT MAP_ALL
#define MAP_FLOAT MAP_ALL
#define MAP_SPLIT(name, nin, int_expr, float_expr) TH_MAP_##name,
#include "map_list.h"
  TH_MAP_COUNT
} THMapOp;

typedef enum THCompareOp {
#define COMPARE(name, nin, expr) TH_COMPARE_##name,
#include "compare_list.h"
  TH_COMPARE_COUNT
} THCompareOp;

typedef enum THReduceOp {
#define REDUCE_ALL(name, acc, init, map, combine, final) TH_REDUCE_##name,
#define REDUCE_FLOAT REDUCE_ALL
#include "reduce_list.h"
  TH_REDUCE_COUNT
} THReduceOp;

/* A reduction of one element type. acc points to accumulators of accBytes each; n is the number of
   elements reduced in all, arg as for map loops. */
typedef struct THReduceLoops {
  size_t accBytes;
  bool plain; /* the result is the accumulator */
  int lanes; /* accumulators in which inner takes in contiguous elements from 16 on, and then what is left (reduce.c) */
  void (*start)(void *acc, int64_t n);
  /* *acc takes in n elements at x, x + stride... (bytes) */
  void (*inner)(void *acc, const char *x, int64_t stride, int64_t n, const void *arg);
  /* acc[j] takes in x[j] of every row; columns are `stride` bytes apart, rows `row_stride` */
  void (*outer)(void *acc, const char *x, int64_t stride, int64_t columns, int64_t row_stride,
                int64_t rows, const void *arg);
  void (*merge)(void *acc, const void *more, int64_t n);
  /* the result, as scalar: acc may still need a root or a quotient */
  THScalar (*finish)(const void *acc, int64_t n, const void *arg);
} THReduceLoops;

/* NULL where an operation does not exist for a type. */
typedef struct THLoops {
  const char *isa;
  THLoop (*map)[TH_NTYPES];             /* [THMapOp][type]; Half, BFloat16 and Bool have fill only */
  THLoop (*compare)[TH_NTYPES][2];      /* [THCompareOp][type][result is Byte ? 0 : of the type] */
  THLoop (*copy)[TH_NTYPES];            /* [to][from] */
  const THReduceLoops (*reduce)[TH_NTYPES]; /* [THReduceOp][type] */
  const THChainLoops *chain;            /* [type] */
} THLoops;

TH_API const THLoops *THLoops_chosen; /* before main; NULL: TH_ISA could not be followed */
/* Those with vectors of half a line of the cache where the chosen ones take whole lines, else the same. */
extern const THLoops *THLoops_half;
TH_API int THLoops_level(void); /* ORDER ISAS: 0 base, 1 avx2, 2 avx512; -1: none */
TH_API void THLoops_refuse(void) __attribute__((noreturn, cold)); /* raises the reason */
static inline const THLoops *THLoops_current(void)
{
  if (__builtin_expect(!THLoops_chosen, 0)) THLoops_refuse();
  return THLoops_chosen;
}

/* A line of a list of expressions: TH's, or a package's (package.h). */
typedef struct THMapLine {
  const THLoopTable *table; /* NULL: TH's */
  int number;
} THMapLine;
#define TH_MAP_LINE(name) ((THMapLine){NULL, TH_MAP_##name})

static inline THKernel THKernel_line(THMapLine line, THType type)
{
  const THLoops *loops = THLoops_current();
  THLoop(*map)[TH_NTYPES] = line.table ? line.table->map : loops->map;
  return (THKernel){type < TH_NTYPES ? map[line.number][type] : NULL, TH_KERNEL_MAP, (int16_t)line.number, 0, line.table};
}
static inline THKernel THKernel_map(THMapOp op, THType type)
{
  return THKernel_line((THMapLine){NULL, op}, type);
}
static inline THKernel THKernel_compare(THCompareOp op, THType type, bool to_byte)
{
  THLoop loop = type < TH_NTYPES ? THLoops_current()->compare[op][type][to_byte ? 0 : 1] : NULL;
  return (THKernel){loop, TH_KERNEL_COMPARE, (int16_t)op, 0, NULL};
}
static inline THKernel THKernel_copy(THType to, THType from)
{
  if (to == from && (to == TH_HALF || to == TH_BFLOAT16)) to = from = TH_SHORT; /* as bits */
  THLoop loop = to < TH_NTYPES && from < TH_NTYPES ? THLoops_current()->copy[to][from] : NULL;
  return (THKernel){loop, TH_KERNEL_COPY, 0, 0, NULL};
}

/* Before a loop. TH_NO_ALIAS: what it writes is not what it reads, but for the same element. TH_AS_VECTOR: as
   long as a vector or two; it shall become those, and not be unrolled into scalars first. */
#ifdef __clang__
#define TH_NO_ALIAS _Pragma("clang loop vectorize(assume_safety)")
#define TH_AS_VECTOR
#else
#define TH_NO_ALIAS _Pragma("GCC ivdep")
#define TH_AS_VECTOR _Pragma("GCC unroll 1")
#endif

/* Every file defines its table under the name of its instruction set. */
#ifdef TH_ISA
#define TH_ISA_(name) TH_CONCAT_3(name, _, TH_ISA)
#else
#define TH_ISA_(name) TH_CONCAT_2(name, _base)
#endif

#endif
