/* Includes TH_GENERIC_FILE for Byte. See THGenerateAllTypes.h. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateByteType.h"
#endif
#include "THTypes.h"

#define real unsigned char
#define accreal int64_t
#define Real Byte
#define TH_CODE TH_BYTE
#define THInf UCHAR_MAX
#define TH_REAL_IS_BYTE
#define TH_CONVERT_REAL_TO_ACCREAL(value) ((accreal)(value))
#define TH_CONVERT_ACCREAL_TO_REAL(value) ((real)(value))
#include TH_GENERIC_FILE
#undef real
#undef accreal
#undef Real
#undef TH_CODE
#undef THInf
#undef TH_REAL_IS_BYTE
#undef TH_CONVERT_REAL_TO_ACCREAL
#undef TH_CONVERT_ACCREAL_TO_REAL

#ifndef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
#endif
