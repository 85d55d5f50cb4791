/* Int: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Int
#define element int
#define real int
#define R th_s32
#define TH_INTEGER
#define R_MAX INT_MAX
#define R_MIN INT_MIN
#include "../THCTypeOps.inc"
