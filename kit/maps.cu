/* The lines of a package's list (th_add_package) as kernels for GPUs, handed to the package's table when this library
   is loaded. */
#include "kernels/THCMap.cuh"
#include "loops/package.h"

#define TH_INTEGER
#define Name Byte
#define element unsigned char
#define real unsigned char
#define R th_u8
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Char
#define element THChar
#define real THChar
#define R th_s8
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Short
#define element short
#define real short
#define R th_s16
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Int
#define element int
#define real int
#define R th_s32
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Long
#define element int64_t
#define real int64_t
#define R th_s64
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#undef TH_INTEGER
#define TH_FLOATING
#define Name Float
#define element float
#define real float
#define R th_f32
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Double
#define element double
#define real double
#define R th_f64
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

#define Name Half /* computes as Float */
#define element THHalf
#define real float
#define R th_f32
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element
#undef real
#undef R

__attribute__((constructor)) static void set_launchers()
{
#define X(Name, real, accreal, CODE) TH_LOOP_TABLE.gpu[TH_##CODE] = THC##Name::maps;
  TH_GPU_TYPES(X)
#undef X
}
