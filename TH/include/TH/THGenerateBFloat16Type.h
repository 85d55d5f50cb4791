/* Includes TH_GENERIC_FILE for BFloat16. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_BFloat16
#define TH_REAL_IS_BFLOAT16
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_BFLOAT16
