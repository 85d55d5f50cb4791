/* A kernel of nn from C. */
#include <THNN.h>
#include <TH.h>

int main(void)
{
  THFloatTensor *x = THFloatTensor_newWithSize1d(3), *y = THFloatTensor_new();
  float *data = THFloatTensor_data(x);
  data[0] = -1, data[1] = 2, data[2] = -3;
  THNN_FloatThreshold_updateOutput(NULL, x, y, 0, 0, false);
  printf("%g %g %g\n", THFloatTensor_get1d(y, 0), THFloatTensor_get1d(y, 1), THFloatTensor_get1d(y, 2));
  THFloatTensor_free(x);
  THFloatTensor_free(y);
  return 0;
}
