/* Includes TH_GENERIC_FILE for Bool. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Bool
#define TH_REAL_IS_BOOL
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_BOOL
