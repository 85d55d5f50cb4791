#ifndef TH_GENERIC_FILE
#define TH_GENERIC_FILE "old_generic.c"
#else

static void old_(Loops)(void)
{
  THTensor *x = THTensor_(newWithSize2d)(3, 4), *y = THTensor_(newTranspose)(x, 0, 1), *z = THTensor_(new)();
  real *data = THTensor_(data)(x);
  accreal sum = 0;
  long i, lanes = 0, first = 0;
  for (i = 0; i < 12; i++) data[i] = (real)i;
  TH_TENSOR_APPLY(real, y, sum += *y_data;);
  expect(sum == 66);
  TH_TENSOR_APPLY_D(real, y, 0, if (*y_dimOffset == 1) first += (long)*y_data;);
  expect(first == 1 + 5 + 9);
  THTensor_(resize2d)(z, 4, 3);
  TH_TENSOR_APPLY2(real, z, real, y, *z_data = *y_data;);
  expect(THTensor_(get2d)(z, 3, 1) == 7 && THTensor_fastGet2d(z, 3, 1) == 7);
  TH_TENSOR_APPLY2_D(real, z, real, y, 1, if (*z_dimOffset == 0) *z_data = (real)(*y_data + 1););
  expect(THTensor_(get2d)(z, 3, 0) == 4 && THTensor_(get2d)(z, 3, 1) == 7);
  TH_TENSOR_APPLY3(real, z, real, y, real, x, {
    *z_data = (real)(*y_data * 2);
    lanes += *x_data == (real)lanes;
  });
  expect(THTensor_(get2d)(z, 1, 2) == 18 && lanes == 12);
  THTensor *same = y;
  TH_TENSOR_APPLY3_D(real, z, real, y, real, same, 0, *z_data = (real)(*z_data - *same_data););
  expect(THTensor_(equal)(z, y));

  lanes = 0;
  TH_TENSOR_DIM_APPLY(real, x, 1, {
    expect(x_size == 4 && x_stride == 1);
    lanes += (long)x_data[0];
  });
  expect(lanes == 0 + 4 + 8);
  THTensor_(resize2d)(z, 3, 1);
  TH_TENSOR_DIM_APPLY2(real, x, real, z, 1, *z_data = x_data[2 * x_stride];);
  expect(THTensor_(get2d)(z, 2, 0) == 10);
  THLongTensor *at = THLongTensor_newWithSize2d(3, 1);
  TH_TENSOR_DIM_APPLY3(real, x, real, z, long, at, 1, {
    long k;
    *z_data = 0;
    for (k = 0; k < x_size; k++) *z_data = (real)(*z_data + x_data[k * x_stride]);
    *at_data = x_size;
  });
  expect(THTensor_(get2d)(z, 2, 0) == 38 && THLongTensor_get2d(at, 2, 0) == 4);

  THTensor_fastSet2d(x, 0, 1, 5);
  TH_STORAGE_SET(x->storage, 0, 3);
  expect(TH_STORAGE_GET(THTensor_(storage)(x), 1) == 5 && THTensor_fastGet2d(x, 0, 0) == 3);
  THLongTensor_free(at);
  THTensor_(free)(x);
  THTensor_(free)(y);
  THTensor_(free)(z);
}

#endif
