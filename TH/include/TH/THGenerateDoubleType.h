/* Includes TH_GENERIC_FILE for Double. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateDoubleType.h"
#endif
#include "THTypes.h"

#define real double
#define accreal double
#define Real Double
#define TH_CODE TH_DOUBLE
#define THInf DBL_MAX
#define TH_REAL_IS_DOUBLE
#define TH_CONVERT_REAL_TO_ACCREAL(value) ((accreal)(value))
#define TH_CONVERT_ACCREAL_TO_REAL(value) ((real)(value))
#define TH_REAL_IS_FLOATING
#include TH_GENERIC_FILE
#undef real
#undef accreal
#undef Real
#undef TH_CODE
#undef THInf
#undef TH_REAL_IS_DOUBLE
#undef TH_CONVERT_REAL_TO_ACCREAL
#undef TH_CONVERT_ACCREAL_TO_REAL
#undef TH_REAL_IS_FLOATING

#ifndef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
#endif
