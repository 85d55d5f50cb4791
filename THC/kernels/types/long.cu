/* Long: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Long
#define element int64_t
#define real int64_t
#define R th_s64
#define TH_INTEGER
#define R_MAX INT64_MAX
#define R_MIN INT64_MIN
#include "../THCTypeOps.inc"
