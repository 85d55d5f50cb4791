// Kernels that compute an element a thread, for Float.
#include "THCUNN.h"
#define ELEMENT_TYPE Float
#define element float
#define real float
#include "elements.cuh"
