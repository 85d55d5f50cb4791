// Kernels that compute an element a thread, for Half.
#include "THCUNN.h"
#define ELEMENT_TYPE Half
#define element __half
#define real float
#include "elements.cuh"
