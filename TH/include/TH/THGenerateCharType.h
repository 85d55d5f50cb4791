/* Includes TH_GENERIC_FILE for Char. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Char
#define TH_REAL_IS_CHAR
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_CHAR
