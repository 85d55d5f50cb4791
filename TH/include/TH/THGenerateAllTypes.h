/* Includes TH_GENERIC_FILE once per element type that has arithmetic: Byte, Char, Short, Int, Long,
   Float, Double. THGenerateIntTypes.h and THGenerateFloatTypes.h do so for some of them,
   THGenerateFloatType.h and its sisters for one, and THGenerateEveryType.h for all, those without arithmetic, too.

   In the file, real and accreal are the C types and Real the name, so that THTensor_(add) is
   THFloatTensor_add; TH_REAL_IS_FLOAT and so on tell which type it is. TH_GENERIC_FILE is looked up
   like any quoted include, and undefined at the end. */
#ifndef TH_GENERIC_FILE
#error "define TH_GENERIC_FILE before including THGenerateAllTypes.h"
#endif

#define TH_GENERATE_MANY
#include "THGenerateByteType.h"
#include "THGenerateCharType.h"
#include "THGenerateShortType.h"
#include "THGenerateIntType.h"
#include "THGenerateLongType.h"
#include "THGenerateFloatType.h"
#include "THGenerateDoubleType.h"
#undef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
