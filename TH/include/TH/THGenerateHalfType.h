/* Includes TH_GENERIC_FILE for Half. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Half
#define TH_REAL_IS_HALF
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_HALF
