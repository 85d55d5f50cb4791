/* Every public header by its installed name, in a program that has included nothing else. */
#include <TH/TH.h>
#include <TH/THGeneral.h>
#include <TH/THTensor.h>

void use(THFloatTensor *x);
void use(THFloatTensor *x)
{
  double sum = 0;
  TH_TENSOR_APPLY(float, x, sum += *x_data;)
  THFloatTensor_fill(x, (float)sum);
}
