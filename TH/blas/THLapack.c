#include "THLapack.h"
#include "THBlasThread.h"

#define TH_GENERIC_FILE "blas/generic/THLapack.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"
