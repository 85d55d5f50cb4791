#ifndef TH_INC
#define TH_INC
/* Everything a C or C++ program needs of libTH. docs/c-api.md is the guide. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "THGeneral.h"
#include "THAllocator.h"
#include "THMapAllocator.h"
#include "THAtomic.h"
#include "THHalf.h"
#include "THLogAdd.h"
#include "THMath.h"
#include "THRandom.h"
#include "THVector.h"
#include "THStorage.h"
#include "THTensor.h"
#include "THSize.h"
#include "THTensorApply.h"
#include "THTensorOps.h"
#include "THTensorConvTyped.h"
#include "THTensorWithoutRow.h"
#include "THFuse.h"
#include "THBlas.h"
#include "THLapack.h"
#include "THFile.h"

#endif
