/* Short: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Short
#define element short
#define real short
#define R th_s16
#define TH_INTEGER
#define R_MAX SHRT_MAX
#define R_MIN SHRT_MIN
#include "../THCTypeOps.inc"
