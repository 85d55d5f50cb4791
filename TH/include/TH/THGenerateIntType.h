/* Includes TH_GENERIC_FILE for Int. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Int
#define TH_REAL_IS_INT
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_INT
