/* Char: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Char
#define element THChar
#define real THChar
#define R th_s8
#define TH_INTEGER
#define R_MAX SCHAR_MAX
#define R_MIN SCHAR_MIN
#include "../THCTypeOps.inc"
