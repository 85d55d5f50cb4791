#ifndef THC_SIMT_CUDA_RUNTIME_H
#define THC_SIMT_CUDA_RUNTIME_H
/* Stands in for CUDA's header when g++ or clang++ compiles a .cu file. Names that are not here do
   not compile; nothing is accepted and ignored but what has no meaning on a CPU. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "cuda_runtime_api.h"
#include "vector_types.h"
#include "simt_block.h"
#include "simt_device.h"
#include "simt_launch.h"

#endif
