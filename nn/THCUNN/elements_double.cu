// Kernels that compute an element a thread, for Double.
#include "THCUNN.h"
#define ELEMENT_TYPE Double
#define element double
#define real double
#include "elements.cuh"
