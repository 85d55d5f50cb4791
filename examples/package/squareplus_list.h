/* Pointwise expressions, in the words of TH/loops/map_list.h: x, y are the inputs, s the scalar. The CPU's loops and the
   GPU's kernels are made of them. */
#ifndef MAP_MATH
#define MAP_MATH MAP_FLOAT
#define MAP_SPLIT_MATH MAP_SPLIT
#endif

MAP_FLOAT(forward, 1, (x + R_sqrt(x * x + s)) / 2)
MAP_FLOAT(backward, 2, y * (1 + x / R_sqrt(x * x + s)) / 2)

#undef MAP_ALL
#undef MAP_INT
#undef MAP_FLOAT
#undef MAP_SPLIT
#undef MAP_MATH
#undef MAP_SPLIT_MATH
