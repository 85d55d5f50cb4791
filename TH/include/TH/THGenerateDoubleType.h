/* Includes TH_GENERIC_FILE for Double. See THGenerateAllTypes.h. */
#define TH_GENERATE_ROW TH_TYPE_Double
#define TH_REAL_IS_DOUBLE
#include "THGenerateType.h"
#undef TH_GENERATE_ROW
#undef TH_REAL_IS_DOUBLE
