#include "THVector.h"
#include "loops/THLoops.h"

static void run(THMapOp op, THType type, const void *scalar, void *r, const void *x, const void *y,
                ptrdiff_t n)
{
  int64_t step = (int64_t)THType_size(type), stride[] = {step, step, step};
  _Alignas(16) char arg[16] = {0}; /* loops read two scalars */
  if (scalar) memcpy(arg, scalar, (size_t)step);
  char *base[] = {r, (char *)x, (char *)y};
  if (n > 0) THLoops_current()->map[op][type](base, stride, n, arg);
}

#define TH_GENERIC_FILE "ops/generic/THVector.c"
#include "THGenerateAllTypes.h"
