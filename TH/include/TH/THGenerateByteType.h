/* Includes TH_GENERIC_FILE for Byte. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Byte
#define TH_REAL_IS_BYTE
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_BYTE
