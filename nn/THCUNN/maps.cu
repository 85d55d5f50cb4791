// The kernels of nn_map_list.h, handed to its table (nn/THNN/loops.h) when this library is loaded.
#include "kernels/THCMap.cuh"
#include "loops.h"

#define TH_FLOATING
#define Name Float
#define element float
#define real float
#define R th_f32
#include "kernels/THCTypeMaps.inc"
#undef Name
#undef element

#define Name Half // computes as Float
#define element THHalf
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

__attribute__((constructor)) static void set_launchers()
{
  nn_loops.gpu[TH_FLOAT] = THCFloat::maps;
  nn_loops.gpu[TH_HALF] = THCHalf::maps;
  nn_loops.gpu[TH_DOUBLE] = THCDouble::maps;
}
