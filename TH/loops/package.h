/* The loops of a package outside TH: its own list of expressions, in the words of map_list.h, compiled once per
   instruction set and kept in a table of its own. Include this after

     #define TH_LOOP_NAME nn
     #define TH_LOOP_LIST "nn_list.h"

   and have nn_map_<line> for every line of the list, the table TH_nn_loops, and

     THMapLine nn_line(int number)      THKernel_line makes of it what THMap_apply takes

   th_add_loops (kit/package.cmake) compiles the rest: map.c for each instruction set, and package.c. */
#include "THLoops.h"

#define TH_LOOP_OP(line) TH_CONCAT_3(TH_LOOP_NAME, _map_, line)
#define TH_LOOP_TABLE TH_CONCAT_3(TH_, TH_LOOP_NAME, _loops)

enum {
#define MAP_ALL(name, nin, expr) TH_LOOP_OP(name),
#define MAP_INT MAP_ALL
#define MAP_FLOAT MAP_ALL
#define MAP_SPLIT(name, nin, int_expr, float_expr) TH_LOOP_OP(name),
#include TH_LOOP_LIST
  TH_LOOP_OP(count)
};

TH_API THLoopTable TH_LOOP_TABLE; /* of the library that has the package's kernels */

static inline __attribute__((unused)) THMapLine TH_CONCAT_2(TH_LOOP_NAME, _line)(int number)
{
  return (THMapLine){&TH_LOOP_TABLE, number};
}
