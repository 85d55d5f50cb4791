/* Includes TH_GENERIC_FILE for Char. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateCharType.h"
#endif
#include "THTypes.h"

#define real THChar
#define accreal int64_t
#define Real Char
#define TH_CODE TH_CHAR
#define THInf SCHAR_MAX
#define TH_REAL_IS_CHAR
#define TH_CONVERT_REAL_TO_ACCREAL(value) ((accreal)(value))
#define TH_CONVERT_ACCREAL_TO_REAL(value) ((real)(value))
#include TH_GENERIC_FILE
#undef real
#undef accreal
#undef Real
#undef TH_CODE
#undef THInf
#undef TH_REAL_IS_CHAR
#undef TH_CONVERT_REAL_TO_ACCREAL
#undef TH_CONVERT_ACCREAL_TO_REAL

#ifndef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
#endif
