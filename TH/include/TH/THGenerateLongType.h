/* Includes TH_GENERIC_FILE for Long. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Long
#define TH_REAL_IS_LONG
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_LONG
