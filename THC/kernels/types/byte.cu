/* Byte: the kernels of map_list.h and reduce_list.h. */
#include "../THCMap.cuh"
#include "../THCReduce.cuh"
#define Name Byte
#define element unsigned char
#define real unsigned char
#define R th_u8
#define TH_INTEGER
#define R_MAX UCHAR_MAX
#define R_MIN 0
#include "../THCTypeOps.inc"
