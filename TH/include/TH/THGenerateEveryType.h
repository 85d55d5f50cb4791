/* Includes TH_GENERIC_FILE once per element type, those without arithmetic on the CPU included: the types of
   THGenerateAllTypes.h, Half, BFloat16 and Bool. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateEveryType.h"
#endif

#define TH_GENERATE_MANY
#include "THGenerateByteType.h"
#include "THGenerateCharType.h"
#include "THGenerateShortType.h"
#include "THGenerateIntType.h"
#include "THGenerateLongType.h"
#include "THGenerateFloatType.h"
#include "THGenerateDoubleType.h"
#include "THGenerateHalfType.h"
#include "THGenerateBFloat16Type.h"
#include "THGenerateBoolType.h"
#undef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
