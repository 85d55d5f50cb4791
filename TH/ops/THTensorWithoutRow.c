#include "THTensorWithoutRow.h"
#include "THTensorOps.h"
#include "plan/THPointwise.h"

static inline THAnyTensor *any(const void *tensor) { return (THAnyTensor *)tensor; }

#define TH_GENERIC_FILE "ops/generic/THTensorWithoutRow.c"
#include "THGenerateAllTypes.h"

void THByteTensor_getRNGState(THGenerator *generator, THByteTensor *self)
{
  THAnyTensor_getRNGState(generator, any(self));
}
void THByteTensor_setRNGState(THGenerator *generator, THByteTensor *self)
{
  THAnyTensor_setRNGState(generator, any(self));
}
