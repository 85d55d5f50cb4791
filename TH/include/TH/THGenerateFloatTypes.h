/* Includes TH_GENERIC_FILE for Float and Double. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateFloatTypes.h"
#endif

#define TH_GENERATE_MANY
#include "THGenerateFloatType.h"
#include "THGenerateDoubleType.h"
#undef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
