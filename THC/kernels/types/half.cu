/* Half: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Half
#define element THHalf
#define real float
#define R th_f32
#define TH_FLOATING
#define R_MAX INFINITY
#define R_MIN (-INFINITY)
#include "../THCTypeOps.inc"
