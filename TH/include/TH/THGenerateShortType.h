/* Includes TH_GENERIC_FILE for Short. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Short
#define TH_REAL_IS_SHORT
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_SHORT
