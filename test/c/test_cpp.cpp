// The public header as C++ sees it: it compiles, links, and an exception passes through the
// library.
#include "TH.h"
#include <cstdio>
#include <stdexcept>
#include <string>

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) return std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition), 1;        \
  } while (0)

static void raise(const char *message, void *) { throw std::runtime_error(message); }
static void raise_argument(int argument, const char *message, void *)
{
  throw std::invalid_argument(std::to_string(argument) + ": " + message);
}

// A generic file's view of the names.
#define real float
#define Real Float
static double total(THTensor *x)
{
  double sum = 0;
  TH_TENSOR_APPLY(real, x, sum += *x_data;)
  return sum + THTensor_(nDimension)(x);
}
#undef real
#undef Real

int main()
{
  THSetErrorHandler(raise, nullptr);
  THSetArgErrorHandler(raise_argument, nullptr);
  THFloatTensor *x = THFloatTensor_newWithSize2d(2, 3);
  THFloatTensor_fill(x, 1.5f);
  THFloatTensor_add(x, x, 1);
  CHECK(THFloatTensor_sumall(x) == 15);
  CHECK(total(x) == 17);
  CHECK(THTensor_fastGet2d(x, 1, 2) == 2.5f);

  std::string message;
  try {
    THFloatTensor_narrow(x, NULL, 0, 1, 2);
  } catch (const std::invalid_argument &e) {
    message = e.what();
  }
  CHECK(message.find("5: length 2 out of range") == 0);
  CHECK(x->size[0] == 2);

  THHalf half = TH_float2half(0.5f);
  CHECK(TH_half2float(half) == 0.5f);
  int count = 1;
  CHECK(THAtomicDecrementRef(&count) == 1);
  THFloatTensor_free(x);
  CHECK(THAllocator_stats().objects == 0);
  return 0;
}
