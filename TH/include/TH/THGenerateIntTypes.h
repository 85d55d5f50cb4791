/* Includes TH_GENERIC_FILE for Byte, Char, Short, Int, Long. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateIntTypes.h"
#endif

#define TH_GENERATE_MANY
#include "THGenerateByteType.h"
#include "THGenerateCharType.h"
#include "THGenerateShortType.h"
#include "THGenerateIntType.h"
#include "THGenerateLongType.h"
#undef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
