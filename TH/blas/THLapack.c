#include "THLapack.h"
#include "THBlasThread.h"

#define TH_GENERIC_FILE "generic/THLapack.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "../THGenerate.h"
