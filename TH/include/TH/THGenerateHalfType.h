/* Includes TH_GENERIC_FILE for Half. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateHalfType.h"
#endif
#include "THTypes.h"

#define real THHalf
#define accreal float
#define Real Half
#define TH_CODE TH_HALF
#define THInf TH_HALF_INF
#define TH_REAL_IS_HALF
#define TH_CONVERT_REAL_TO_ACCREAL(value) TH_half2float(value)
#define TH_CONVERT_ACCREAL_TO_REAL(value) TH_float2half(value)
#include TH_GENERIC_FILE
#undef real
#undef accreal
#undef Real
#undef TH_CODE
#undef THInf
#undef TH_REAL_IS_HALF
#undef TH_CONVERT_REAL_TO_ACCREAL
#undef TH_CONVERT_ACCREAL_TO_REAL

#ifndef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
#endif
