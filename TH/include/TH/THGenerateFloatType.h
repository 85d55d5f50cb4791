/* Includes TH_GENERIC_FILE for Float. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Float
#define TH_REAL_IS_FLOAT
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_FLOAT
