#ifndef TH_TENSOR_WITHOUT_ROW_H
#define TH_TENSOR_WITHOUT_ROW_H
/* Typed functions that no row of the operation table stands for, because Lua reaches the same
   through another name. */
#include "THTensorHeaders.h"
#include "THTensor.h"

#define TH_GENERIC_FILE "generic/THTensorWithoutRow.h"
#include "THGenerateAllTypes.h"

/* The bytes of the generator: self becomes 1-D of that size. */
TH_API void THByteTensor_getRNGState(THGenerator *generator, THByteTensor *self);
TH_API void THByteTensor_setRNGState(THGenerator *generator, THByteTensor *self);

#endif
