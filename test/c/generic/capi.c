/* What an extension's generic file looks like, and checks of the typed API that hold for every
   type; included once per type by test_capi.c. */
#ifndef TH_GENERIC_FILE
#define TH_GENERIC_FILE "generic/capi.c"
#else

#if defined(TH_REAL_IS_HALF)
#define R(x) TH_float2half(x)
#define N(x) TH_half2float(x)
#elif defined(TH_REAL_IS_BFLOAT16)
#define R(x) TH_float2bfloat(x)
#define N(x) TH_bfloat2float(x)
#else
#define R(x) ((real)(x))
#define N(x) ((double)(x))
#endif

static void capi_(storage)(void)
{
  THStorage *s = THStorage_(newWithSize4)(R(1), R(2), R(3), R(4));
  ck_assert_int_eq(THStorage_(size)(s), 4);
  ck_assert_uint_eq(THStorage_(elementSize)(), sizeof(real));
  ck_assert(N(THStorage_(get)(s, 3)) == 4);
  THStorage_(set)(s, 0, R(9));
  ck_assert(N(TH_STORAGE_GET(s, 0)) == 9 && N(THStorage_(data)(s)[0]) == 9);
  TH_STORAGE_SET(s, 1, R(8));
  THStorage_(resize)(s, 6);
  THStorage_(resize)(s, 2);
  ck_assert(N(THStorage_(get)(s, 1)) == 8);
  THStorage *t = THStorage_(newWithSize)(2);
  THStorage_(fill)(t, R(5));
  THStorage_(swap)(s, t);
  ck_assert(N(s->data[1]) == 5 && N(t->data[1]) == 8);
  THStorage_(copy)(s, t);
  ck_assert(N(s->data[0]) == 9);
  real values[] = {R(3), R(4)};
  THStorage_(rawCopy)(s, values);
  ck_assert(N(s->data[1]) == 4);

  THStorage_(retain)(s);
  THStorage_(free)(s);
  ck_assert_int_eq(s->refcount, 1);
  THStorage_(free)(s);
  THStorage_(free)(t);
  THStorage_(free)(NULL);
}

/* A block of the caller's, taken over and not. */
static void capi_(data)(void)
{
  real *block = malloc(3 * sizeof *block);
  for (int i = 0; i < 3; i++) block[i] = R(i);
  THStorage *s = THStorage_(newWithData)(block, 3);
  ck_assert_ptr_eq(THStorage_(data)(s), block);
  THStorage_(resize)(s, 40);
  ck_assert(N(s->data[2]) == 2);
  THStorage_(free)(s);

  real own[3] = {R(1), R(2), R(3)};
  s = THStorage_(newWithData)(own, 3);
  THStorage_(clearFlag)(s, TH_STORAGE_FREEMEM | TH_STORAGE_RESIZABLE);
  THTensor *x = THTensor_(newWithStorage1d)(s, 1, 2, 1);
  THStorage_(free)(s);
  THTensor_(set1d)(x, 0, R(7));
  ck_assert(N(own[1]) == 7);
  THTensor_(free)(x);
}

/* Every way to make and to shape a tensor. */
static void capi_(shapes)(void)
{
  THTensor *x = THTensor_(newWithSize4d)(2, 3, 4, 5);
  ck_assert_int_eq(THTensor_(nElement)(x), 120);
  ck_assert_int_eq(THTensor_(numel)(x), 120);
  ck_assert_str_eq(THTensor_(sizeDesc)(x).str, "[2 x 3 x 4 x 5]");
  ck_assert_str_eq(THTensor_(desc)(x).str,
                   TH_CONCAT_STRING_3(torch., Real, Tensor) " of size 2x3x4x5");
  for (int i = 0; i < 120; i++) THTensor_(data)(x)[i] = R(i % 100);
  ck_assert(N(THTensor_(get4d)(x, 0, 1, 2, 3)) == 33);
  ck_assert(N(THTensor_fastGet4d(x, 0, 1, 2, 3)) == 33);
  THTensor_(set4d)(x, 0, 1, 2, 3, R(1));
  THTensor_fastSet4d(x, 0, 1, 2, 4, R(2));
  ck_assert(N(THTensor_(get4d)(x, 0, 1, 2, 3)) == 1 && N(THTensor_(get4d)(x, 0, 1, 2, 4)) == 2);

  THTensor *v = THTensor_(newSelect)(x, 0, 1), *w = THTensor_(newNarrow)(v, 2, 1, 3);
  ck_assert(THTensor_(storage)(v) == THTensor_(storage)(x) && x->storage->refcount == 3);
  ck_assert_int_eq(THTensor_(storageOffset)(w), 61);
  ck_assert(N(THTensor_(get3d)(w, 0, 0, 0)) == 61 && !THTensor_(isContiguous)(w));
  THTensor *t = THTensor_(newTranspose)(w, 0, 2), *u = THTensor_(newUnfold)(t, 1, 2, 2);
  ck_assert_str_eq(THTensor_(sizeDesc)(t).str, "[3 x 4 x 3]");
  ck_assert_str_eq(THTensor_(sizeDesc)(u).str, "[3 x 2 x 3 x 2]");
  THTensor *c = THTensor_(newContiguous)(t), *same = THTensor_(newContiguous)(c);
  ck_assert(c != t && same == c && c->refcount == 2);
  ck_assert(THTensor_(isSameSizeAs)(c, t) && !THTensor_(isSetTo)(c, t));
  ck_assert(N(THTensor_(get3d)(c, 2, 1, 0)) == N(THTensor_(get3d)(w, 0, 1, 2)));

  THLongStorage *size = THTensor_(newSizeOf)(t), *stride = THTensor_(newStrideOf)(t);
  ck_assert(THTensor_(isSize)(t, size) && size->size == 3 && stride->data[0] == 1);
  THTensor *z = THTensor_(newWithStorage)(t->storage, t->storageOffset, size, stride);
  ck_assert(THTensor_(isSetTo)(z, t));
  THLongStorage *flat = THLongStorage_newWithSize2(9, -1);
  THTensor *view = THTensor_(newView)(c, flat);
  ck_assert_str_eq(THTensor_(sizeDesc)(view).str, "[9 x 4]");
  THTensor_(resize)(z, flat, NULL); /* sizes end at the first that is not positive */
  ck_assert_int_eq(THTensor_(nDimension)(z), 1);

  THTensor_(resize2d)(z, 2, 1);
  ck_assert(THTensor_(size)(z, 0) == 2 && THTensor_(stride)(z, 0) == 1);
  THLongStorage *big = THLongStorage_newWithSize3(4, -1, 3);
  THTensor *e = THTensor_(newExpand)(z, big);
  ck_assert_str_eq(THTensor_(sizeDesc)(e).str, "[4 x 2 x 3]");
  ck_assert(e->stride[0] == 0 && e->stride[2] == 0 && e->storage == z->storage);
  THTensor *pair[] = {THTensor_(newWithSize1d)(3), THTensor_(newWithTensor)(z)};
  THTensor_(expandNd)(pair, pair, 2);
  ck_assert_str_eq(THTensor_(sizeDesc)(pair[0]).str, "[2 x 3]");
  ck_assert_str_eq(THTensor_(sizeDesc)(pair[1]).str, "[2 x 3]");

  THTensor_(resize5d)(z, 1, 2, 1, 3, 1);
  THTensor_(squeeze)(z, NULL);
  ck_assert_str_eq(THTensor_(sizeDesc)(z).str, "[2 x 3]");
  THTensor_(unsqueeze1d)(z, NULL, 1);
  THTensor_(transpose)(z, NULL, 0, 2);
  ck_assert_str_eq(THTensor_(sizeDesc)(z).str, "[3 x 1 x 2]");
  ck_assert(THTensor_(isTransposed)(z) && !THTensor_(isTransposed)(c));
  THTensor_(setStorage2d)(z, c->storage, 2, 2, 4, 3, 1);
  ck_assert(N(THTensor_(get2d)(z, 1, 2)) == N(c->storage->data[8]));

  THTensor *all[] = {x, v, w, t, u, c, same, z, view, e, pair[0], pair[1]};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) THTensor_(free)(all[i]);
  THLongStorage *lists[] = {size, stride, flat, big};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) THLongStorage_free(lists[i]);
}

/* From this type to every other and back. */
static void capi_(copies)(void)
{
  THTensor *x = THTensor_(newWithSize2d)(3, 4), *back = THTensor_(newWithSize1d)(12);
  for (int i = 0; i < 12; i++) THTensor_(data)(x)[i] = R(i * 9);
  THTensor_(transpose)(x, NULL, 0, 1);
  THStorage *s = THStorage_(newWithSize)(12);
#define PAIR(Other)                                                                                \
  {                                                                                                \
    TH##Other##Tensor *y = TH##Other##Tensor_newWithSize2d(4, 3);                                  \
    TH_CONCAT_2(TH##Other##Tensor_copy, Real)(y, x);                                               \
    THTensor_(copy##Other)(back, y);                                                               \
    THStorage_(copy##Other)(s, y->storage);                                                        \
    for (int i = 0; i < 12; i++) {                                                                 \
      ck_assert(N(THTensor_(get1d)(back, i)) == (i % 3 * 4 + i / 3) * 9);                          \
      ck_assert(N(s->data[i]) == (i % 3 * 4 + i / 3) * 9);                                         \
    }                                                                                              \
    TH##Other##Tensor_free(y);                                                                     \
  }
  PAIR(Byte)
  PAIR(Char)
  PAIR(Short)
  PAIR(Int)
  PAIR(Long)
  PAIR(Float)
  PAIR(Double)
  PAIR(Half)
  PAIR(BFloat16)
#undef PAIR
  THTensor_(retain)(back);
  THTensor_(freeCopyTo)(back, x); /* shapes differ, counts agree */
  ck_assert_int_eq(back->refcount, 1);
  ck_assert(N(THTensor_(get2d)(x, 0, 1)) == N(THTensor_(get1d)(back, 1)));
  THTensor_(free)(back);
  THTensor_(free)(x);
  THStorage_(free)(s);

  x = THTensor_(newWithSize2d)(60, 70), back = THTensor_(newWithSize2d)(70, 60);
  for (int i = 0; i < 4200; i++) THTensor_(data)(x)[i] = R(i % 100);
  ck_assert(!THTensor_(copyTransposeValid)(back, x));
  THTensor_(transpose)(x, NULL, 0, 1);
  ck_assert(THTensor_(copyTransposeValid)(back, x) && !THTensor_(copyTransposeValid)(x, back));
  THTensor_(copyTranspose)(back, x);
  for (int i = 0; i < 4200; i++) th_check(N(THTensor_(data)(back)[i]) == (i % 60 * 70 + i / 60) % 100);
  THTensor_(free)(back);
  THTensor_(free)(x);
}

/* Walks over two layouts at once, with positions; lanes. */
static void capi_(apply)(void)
{
  THTensor *x = THTensor_(newWithSize3d)(3, 4, 5), *y = THTensor_(newWithSize2d)(12, 5);
  for (int i = 0; i < 60; i++) THTensor_(data)(x)[i] = R(i);
  THTensor_(transpose)(x, NULL, 0, 2);
  int at = 0, bad = 0, dims = 0;
  TH_TENSOR_APPLY2(real, x, real, y, *y_data = *x_data; at++;)
  ck_assert_int_eq(at, 60);
  at = 0;
  TH_TENSOR_APPLY(real, y, bad += N(*y_data) != at % 3 * 20 + at / 3 % 4 * 5 + at / 12; at++;)
  THTensor *z = x;
  TH_TENSOR_APPLY3(real, x, real, y, real, z, {
    bad += N(*x_data) != N(*y_data);
    bad += x_data != z_data;
    continue;
  })
  for (int d = 0; d < 3; d++) {
    at = 0;
    TH_TENSOR_APPLY_D(real, x, d, {
      int position[] = {at / 12, at / 3 % 4, at % 3};
      bad += *x_dimOffset != position[d];
      at++;
    })
    dims += at;
  }
  ck_assert(bad == 0 && dims == 180);
  at = 0;
  TH_TENSOR_APPLY(
      real, x, if (++at == 7) {
        TH_TENSOR_APPLY_hasFinished = 1;
        break;
      })
  ck_assert_int_eq(at, 7);

  THTensor *r = THTensor_(newWithSize3d)(5, 1, 3);
  at = 0;
  TH_TENSOR_DIM_APPLY2(real, r, real, x, 1, {
    double sum = 0;
    for (int64_t i = 0; i < x_size; i++) sum += N(x_data[i * x_stride]);
    *r_data = R((sum - 30) / 4);
    at++;
  })
  ck_assert_int_eq(at, 15);
  for (int i = 0; i < 15; i++)
    ck_assert(N(THTensor_(get3d)(r, i / 3, 0, i % 3)) == 20 * (i % 3) + i / 3);
  THTensor *empty = THTensor_(new)();
  TH_TENSOR_APPLY(real, empty, at = -1;)
  ck_assert_int_eq(at, 15);
  THTensor_(free)(empty);
  THTensor_(free)(r);
  THTensor_(free)(x);
  THTensor_(free)(y);
}

static void capi_(all)(void)
{
  capi_(storage)();
  capi_(data)();
  capi_(shapes)();
  capi_(copies)();
  capi_(apply)();
}

#undef R
#undef N
#endif
