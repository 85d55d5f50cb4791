/* Double: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Double
#define element double
#define real double
#define R th_f64
#define TH_FLOATING
#define R_MAX INFINITY
#define R_MIN (-INFINITY)
#include "../THCTypeOps.inc"
