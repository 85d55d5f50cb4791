/* What THGenerateByteType.h and its sisters share: includes TH_GENERIC_FILE for the type whose row of the list
   (THTypes.h) is TH_GENERATE_ROW. No include guard: it is the step of a loop over types. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateAllTypes.h or one of its sisters"
#endif
#include "THTypes.h"

#define real TH_ROW_REAL(TH_GENERATE_ROW)
#define accreal TH_ROW_ACCREAL(TH_GENERATE_ROW)
#define Real TH_ROW_NAME(TH_GENERATE_ROW)
#define TH_CODE TH_CONCAT_2(TH_, TH_ROW_CODE(TH_GENERATE_ROW))
#define THInf TH_ROW_LARGEST(TH_GENERATE_ROW)
#if defined(TH_REAL_IS_FLOAT) || defined(TH_REAL_IS_DOUBLE)
#define TH_REAL_IS_FLOATING
#endif
#ifdef TH_REAL_IS_HALF
#define TH_CONVERT_REAL_TO_ACCREAL(value) TH_half2float(value)
#define TH_CONVERT_ACCREAL_TO_REAL(value) TH_float2half(value)
#elif defined(TH_REAL_IS_BFLOAT16)
#define TH_CONVERT_REAL_TO_ACCREAL(value) TH_bfloat2float(value)
#define TH_CONVERT_ACCREAL_TO_REAL(value) TH_float2bfloat(value)
#elif defined(TH_REAL_IS_BOOL)
#define TH_CONVERT_REAL_TO_ACCREAL(value) ((accreal)((value) != 0))
#define TH_CONVERT_ACCREAL_TO_REAL(value) ((real)((value) != 0))
#else
#define TH_CONVERT_REAL_TO_ACCREAL(value) ((accreal)(value))
#define TH_CONVERT_ACCREAL_TO_REAL(value) ((real)(value))
#endif
#include TH_GENERIC_FILE
#undef real
#undef accreal
#undef Real
#undef TH_CODE
#undef THInf
#undef TH_REAL_IS_FLOATING
#undef TH_CONVERT_REAL_TO_ACCREAL
#undef TH_CONVERT_ACCREAL_TO_REAL

#ifndef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
#endif
