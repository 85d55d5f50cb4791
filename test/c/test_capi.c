/* libTH as a C program uses it: TH.h alone, typed functions, a handler of its own. */
#include "TH.h"
#include "th_test.h"
#include <math.h>

#define capi_(name) TH_CONCAT_4(capi_, Real, _, name)
#include "generic/capi.c"
#include "THGenerateAllTypes.h"
#define TH_GENERIC_FILE "generic/capi.c"
#include "THGenerateHalfType.h"
#define TH_GENERIC_FILE "generic/capi.c"
#include "THGenerateBFloat16Type.h"

static void (*const every_type[])(void) = {
#define X(Name, real, accreal, CODE) capi_##Name##_all,
    TH_MATH_TYPES(X)
#undef X
    capi_Half_all, capi_BFloat16_all,
};

START_TEST(typed_functions)
{
  every_type[_i]();
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

/* ---- errors: a handler that jumps ----
   Only calls that have allocated nothing when they raise: the others leak then (see unwinding). */

typedef struct Caught {
  jmp_buf jump;
  int argument;
  char message[256];
} Caught;

static void on_error(const char *message, void *data)
{
  Caught *c = data;
  c->argument = 0;
  snprintf(c->message, sizeof c->message, "%s", message);
  longjmp(c->jump, 1);
}
static void on_arg_error(int argument, const char *message, void *data)
{
  Caught *c = data;
  snprintf(c->message, sizeof c->message, "%s", message);
  c->argument = argument;
  longjmp(c->jump, 1);
}

#define RAISES(c, number, text, call)                                                              \
  do {                                                                                             \
    (c)->argument = -1;                                                                            \
    if (setjmp((c)->jump) == 0) {                                                                  \
      call;                                                                                        \
      ck_abort_msg("%s", "no error from " #call);                                                  \
    }                                                                                              \
    ck_assert_msg(strstr((c)->message, text) != NULL, "%s", (c)->message);                         \
    ck_assert_int_eq((c)->argument, number);                                                       \
  } while (0)

START_TEST(errors)
{
  static Caught caught;
  Caught *c = &caught;
  THSetErrorHandler(on_error, c);
  THSetArgErrorHandler(on_arg_error, c);
  THFloatTensor *x = THFloatTensor_newWithSize2d(2, 3);
  THFloatStorage *s = THFloatTensor_storage(x);
  THLongStorage *two = THLongStorage_newWithSize2(5, 3), *one = THLongStorage_newWithSize1(2);

  RAISES(c, 3, "index 4 out of range", THFloatTensor_get2d(x, 1, 3));
  RAISES(c, 2, "index 0 out of range", THFloatTensor_set2d(x, -1, 0, 1));
  RAISES(c, 1, "must have 1 dimensions", THFloatTensor_get1d(x, 0));
  RAISES(c, 2, "out of bounds", THFloatStorage_get(s, 6));
  RAISES(c, 0, "invalid size", THFloatStorage_newWithSize(-1));
  RAISES(c, 0, "more than memory", THFloatStorage_newWithSize(PTRDIFF_MAX));
  RAISES(c, 4, "inconsistent numbers", THFloatTensor_newWithStorage(s, 0, two, one));
  RAISES(c, 3, "dimension 3 out of range", THFloatTensor_select(x, NULL, 2, 0));
  RAISES(c, 0, "log_a (1) is less", THLogSub(1, 2));
  int64_t ones[TH_MAX_DIMS + 1];
  for (int d = 0; d <= TH_MAX_DIMS; d++) ones[d] = 1;
  THAnyTensor *most = THAnyTensor_newWithSizeNd(TH_FLOAT, TH_MAX_DIMS, ones, NULL);
  RAISES(c, 0, "65 dimensions: tensors have at most 64", THAnyTensor_resizeNd(most, TH_MAX_DIMS + 1, ones, NULL));
  RAISES(c, 0, "65 dimensions", THAnyTensor_unsqueeze1d(most, NULL, 1));
  ck_assert_int_eq(most->nDimension, TH_MAX_DIMS);
  THAnyTensor_free(most);
  THFloatTensor *y = THFloatTensor_new();
  RAISES(c, 0, "same number of elements", TH_TENSOR_APPLY2(float, x, float, y, abort();));
  RAISES(c, 0, "agree apart from", TH_TENSOR_DIM_APPLY2(float, x, float, y, 0, abort();));
  ck_assert_str_eq(THFloatTensor_sizeDesc(x).str, "[2 x 3]"); /* nothing has changed */
  ck_assert(THFloatTensor_storage(x) == s && s->refcount == 1);
  THFloatTensor_free(x);
  THFloatTensor_free(y);
  THLongStorage_free(two);
  THLongStorage_free(one);
}
END_TEST

/* Debug builds: tensors that are NULL, freed, or cast from another type. */
START_TEST(wrong_tensors)
{
#ifdef NDEBUG
  puts("skipped: only Debug builds look at tensors themselves");
#else
  static Caught caught;
  Caught *c = &caught;
  THSetErrorHandler(on_error, c);
  THSetArgErrorHandler(on_arg_error, c);
  THFloatTensor *x = THFloatTensor_newWithSize1d(3);
  THDoubleTensor *d = THDoubleTensor_newWithSize1d(3);
  RAISES(c, 2, "THFloatTensor_add: the tensor is NULL", THFloatTensor_add(x, NULL, 1));
  RAISES(c, 4, "THFloatTensor_cadd: expected a FloatTensor, got a DoubleTensor",
         THFloatTensor_cadd(x, x, 1, (THFloatTensor *)d));
#if !defined(TH_PLAIN_MALLOC) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which report it */
  THDoubleTensor_free(d);
  RAISES(c, 1, "THDoubleTensor_zero: the tensor was freed", THDoubleTensor_zero(d));
#else
  THDoubleTensor_free(d);
#endif
  THFloatTensor_free(x);
#endif
}
END_TEST

/* Errors tell the number of the C parameter, one wrong call for each of a family's checks. */
START_TEST(argument_numbers)
{
  static th_Catch caught;
  th_Catch *c = &caught;
  THSetErrorHandler(th_on_error, c);
  THSetArgErrorHandler(th_on_arg_error, c);
  c->frame = (uintptr_t)__builtin_frame_address(0);
  THDoubleTensor *r = THDoubleTensor_new(), *x = THDoubleTensor_newWithSize2d(2, 3), *y = THDoubleTensor_newWithSize2d(5, 7),
                 *v = THDoubleTensor_newWithSize1d(2), *b = THDoubleTensor_newWithSize3d(2, 3, 4);
  THLongTensor *i = THLongTensor_newWithSize1d(2), *at = THLongTensor_new();
  THByteTensor *m = THByteTensor_newWithSize1d(4);
  THGenerator *g = THGenerator_new();
  THDoubleTensor_fill(x, 1);
  THLongTensor_fill(i, 9);
  THByteTensor_fill(m, 1);

  RAISES(c, 3, "dimension 6", THDoubleTensor_sum(r, x, 5, 1));
  RAISES(c, 4, "dimension 6", THDoubleTensor_norm(r, x, 2, 5, 1));
  RAISES(c, 3, "dimension 6", THDoubleTensor_cumsum(r, x, 5));
  RAISES(c, 4, "dimension 6", THDoubleTensor_max(r, at, x, 5, 1));
  RAISES(c, 4, "dimension 6", THDoubleTensor_sort(r, at, x, 5, 0));
  RAISES(c, 4, "k = 9", THDoubleTensor_kthvalue(r, at, x, 9, 1, 1));
  RAISES(c, 3, "inconsistent", THDoubleTensor_cmul(r, x, y));
  RAISES(c, 4, "inconsistent", THDoubleTensor_cadd(r, x, 1, y));
  RAISES(c, 4, "inconsistent", THDoubleTensor_addcmul(r, x, 1, y, x));
  RAISES(c, 5, "inconsistent", THDoubleTensor_addcmul(r, x, 1, x, y));
  RAISES(c, 3, "inconsistent", THDoubleTensor_ltTensor((THByteTensor *)m, x, y));
  RAISES(c, 2, "same number", THDoubleTensor_dot(x, y));
  RAISES(c, 2, "matrix expected", THDoubleTensor_mv(r, v, v));
  RAISES(c, 3, "size mismatch", THDoubleTensor_mv(r, x, v));
  RAISES(c, 3, "size mismatch", THDoubleTensor_mm(r, x, x));
  RAISES(c, 1, "size mismatch", THDoubleTensor_ger(y, v, v));
  RAISES(c, 5, "matrix expected", THDoubleTensor_addmm(r, 1, x, 1, v, x));
  RAISES(c, 6, "size mismatch", THDoubleTensor_addmm(r, 1, x, 1, x, x));
  RAISES(c, 6, "wrong matrix size", THDoubleTensor_baddbmm(r, 1, b, 1, b, b));
  RAISES(c, 4, "out of range", THDoubleTensor_indexSelect(r, x, 0, i));
  RAISES(c, 3, "out of range", THDoubleTensor_indexFill(x, 0, i, 1));
  RAISES(c, 2, "number of elements", THDoubleTensor_maskedFill(x, m, 1));
  RAISES(c, 3, "number of elements", THDoubleTensor_maskedSelect(r, x, m));
  RAISES(c, 3, "inconsistent", THDoubleTensor_cat(r, x, y, 0));
  RAISES(c, 2, "inconsistent", THDoubleTensor_catArray(r, (THDoubleTensor *[]){x, y}, 2, 0));
  RAISES(c, 3, "no diagonal", THDoubleTensor_diag(r, x, 9));
  RAISES(c, 4, "number of points", THDoubleTensor_linspace(r, 0, 1, 0));
  RAISES(c, 3, "incoherent", THDoubleTensor_range(r, 2, 1, 1));
  RAISES(c, 4, "should be square", THDoubleTensor_gesv(r, r, x, x));
  RAISES(c, 3, "smaller than kernel", THDoubleTensor_conv2(r, x, y, "V"));
  RAISES(c, 4, "upper bound", THDoubleTensor_clampedRandom(x, g, 3, 1));
  RAISES(c, 4, "standard deviation", THDoubleTensor_normal(x, g, 0, -1));
  THGenerator_free(g);
  THByteTensor_free(m);
  THLongTensor_free(i);
  THLongTensor_free(at);
  THDoubleTensor_free(r);
  THDoubleTensor_free(x);
  THDoubleTensor_free(y);
  THDoubleTensor_free(v);
  THDoubleTensor_free(b);
}
END_TEST

/* A handler that unwinds frees what the failed call had made. */
static THLongStorage *two;
static void expand_wrong(void *x) { THFloatTensor_expand(x, x, two); }
static void new_expand_wrong(void *x) { THFloatTensor_newExpand(x, two); }
static void new_view_wrong(void *x) { THFloatTensor_newView(x, two); }
static void infer_wrong(void *unused)
{
  (void)unused;
  THLongStorage_newInferSize(two, 7);
}

START_TEST(unwinding)
{
  two = THLongStorage_newWithSize2(5, 3);
  THFloatTensor *x = THFloatTensor_newWithSize2d(2, 3);
  th_raises(expand_wrong, x, "cannot expand [2 x 3] to [5 x 3]");
  th_raises(new_expand_wrong, x, "cannot expand [2 x 3] to [5 x 3]");
  th_raises(new_view_wrong, x, "Wrong size for view");
  th_raises(infer_wrong, NULL, "size [5 x 3] is invalid for 7 elements");
  ck_assert_str_eq(THFloatTensor_sizeDesc(x).str, "[2 x 3]");
  THFloatTensor_free(x);
  THLongStorage_free(two);
}
END_TEST

/* A storage that was resized under its tensors. */
static void sum_of(void *x) { THFloatTensor_sumall(x); }
static void fill_it(void *x) { THFloatTensor_fill(x, 1); }
static void data_of(void *x) { THFloatTensor_data(x); }
static void last_of(void *x) { THFloatTensor_get1d(x, 999); }
static void apply_to(void *x_)
{
  THFloatTensor *x = x_;
  TH_TENSOR_APPLY(float, x, *x_data = 1;)
}
static void resize_viewed(void *s) { THFloatStorage_resize(s, 2000); }
static void swap_viewed(void *s) { THAnyStorage_swap(s, s); }

START_TEST(shrunk)
{
  static const char why[] = "needs 1000 elements of a storage that was resized to 10";
  THFloatTensor *x = THFloatTensor_newWithSize1d(1000);
  THFloatTensor_fill(x, 2);
  THFloatStorage_resize(x->storage, 10);
  th_raises(sum_of, x, why);
  th_raises(fill_it, x, why);
  th_raises(data_of, x, why);
  th_raises(last_of, x, why);
  th_raises(apply_to, x, why);
  ck_assert(THFloatTensor_get1d(x, 9) == 2);
  THFloatTensor_resize1d(x, 1000); /* whole again */
  ck_assert(x->storage->size == 1000 && THFloatTensor_get1d(x, 9) == 2);
  THAnyStorage *s = (THAnyStorage *)x->storage, *view = THAnyStorage_newView(s, 5, 5);
  th_raises(resize_viewed, s, "not resizable");
  th_raises(swap_viewed, s, "not resizable");
  THAnyStorage_free(view);
  THFloatTensor_free(x);
}
END_TEST

/* Sizes that lie in the memory that a resize moves or lets go. */
START_TEST(own_sizes)
{
  THLongTensor *x = THLongTensor_newWithSize1d(3);
  for (int d = 0; d < 3; d++) x->storage->data[d] = 100 + d;
  THLongTensor_resize(x, x->storage, NULL);
  ck_assert_str_eq(THLongTensor_sizeDesc(x).str, "[100 x 101 x 102]");
  THLongTensor *y = THLongTensor_newWithSize2d(1, 2);
  y->storage->data[0] = 3, y->storage->data[1] = 2;
  THLongTensor *row = THLongTensor_newWithSize2d(1, 2);
  THLongTensor_expand(y, row, y->storage);
  ck_assert_str_eq(THLongTensor_sizeDesc(y).str, "[3 x 2]");
  THLongTensor_free(x);
  THLongTensor_free(y);
  THLongTensor_free(row);
}
END_TEST

START_TEST(whole_part)
{
  ck_assert(TH_wholePart(2.9) == 2 && TH_wholePart(-2.9) == -2 && TH_wholePart(-0.5) == 0);
  ck_assert(TH_wholePart(0x1p63) == INT64_MAX && TH_wholePart(INFINITY) == INT64_MAX);
  ck_assert(TH_wholePart(-0x1p63) == INT64_MIN && TH_wholePart(-1e300) == INT64_MIN);
  ck_assert(TH_wholePart(NAN) == 0 && TH_wholePart(-NAN) == 0);
  int i;
  THScalar_store(TH_INT, &i, THScalar_fromDouble(4294967301.0));
  ck_assert_int_eq(i, 5);
}
END_TEST

/* Handlers of the thread come before the default ones. */
START_TEST(default_handlers)
{
  static Caught own, fallback;
  THSetDefaultErrorHandler(on_error, &fallback);
  RAISES(&fallback, 0, "first", THError("first"));
  THSetErrorHandler(on_error, &own);
  RAISES(&own, 0, "second 2", THError("second %d", 2));
  THSetErrorHandler(NULL, NULL);
  RAISES(&fallback, 0, "third", THError("third"));
}
END_TEST

/* ---- aliasing: results that are inputs, and views of each other ---- */

START_TEST(in_place)
{
  THDoubleTensor *x = THDoubleTensor_newWithSize1d(6);
  for (int i = 0; i < 6; i++) THDoubleTensor_set1d(x, i, i);
  THDoubleTensor_cadd(x, x, 2, x); /* 3 i */
  ck_assert(THDoubleTensor_get1d(x, 5) == 15);
  THDoubleTensor *low = THDoubleTensor_newNarrow(x, 0, 0, 5);
  THDoubleTensor *high = THDoubleTensor_newNarrow(x, 0, 1, 5);
  THDoubleTensor_copy(high, low); /* overlapping: as if low had been copied first */
  for (int i = 1; i < 6; i++) ck_assert(THDoubleTensor_get1d(x, i) == 3 * (i - 1));
  THDoubleTensor_cmul(low, low, high);
  ck_assert(THDoubleTensor_get1d(x, 4) == 9 * 12 && THDoubleTensor_get1d(x, 5) == 12);
  THDoubleTensor_free(low);
  THDoubleTensor_free(high);
  THDoubleTensor_free(x);
}
END_TEST

/* ---- sizes ---- */

START_TEST(sizes)
{
  int64_t a[] = {2, 1, 3}, b[] = {4, 1}, c[] = {5}, *all[] = {a, b, c}, dims[] = {3, 2, 1};
  char why[128] = "";
  THLongStorage *r = THLongStorage_new();
  ck_assert_int_eq(THLongStorage_inferSize2(r, a, 3, b, 2, why, sizeof why), 0);
  ck_assert_str_eq(THLongStorage_sizeDesc(r).str, "[2 x 4 x 3]");
  ck_assert_int_eq(THLongStorage_inferSizeN(r, 3, all, dims, why, sizeof why), -1);
  ck_assert_msg(strstr(why, "3 and 5 at dimension 3") != NULL, "%s", why);
  ck_assert_int_eq(THLongStorage_inferSizeN(r, 0, all, dims, why, sizeof why), -1);

  int64_t stride[] = {3, 3, 1}, *size2, *stride2;
  THLongStorage *want = THLongStorage_newWithSize4(7, -1, 6, 3);
  ck_assert_int_eq(
      THLongStorage_inferExpandGeometry(a, stride, 3, want, &size2, &stride2, why, sizeof why), 0);
  int64_t expected_size[] = {7, 2, 6, 3}, expected_stride[] = {0, 3, 0, 1};
  ck_assert(THSize_isSameSizeAs(size2, 4, expected_size, 4));
  ck_assert(THSize_isSameSizeAs(stride2, 4, expected_stride, 4));
  ck_assert_int_eq(THSize_nElement(4, size2), 7 * 36);
  ck_assert_int_eq(THSize_nElement(0, size2), 0);
  THFree(size2);
  THFree(stride2);
  THLongStorage *inferred = THLongStorage_newInferSize(want, 7 * 18 * 4);
  ck_assert_int_eq(inferred->data[1], 4);
  THLongStorage_free(inferred);
  THLongStorage_free(want);
  THLongStorage_free(r);
}
END_TEST

/* ---- the small families ---- */

START_TEST(vectors)
{
  float x[37], y[37], z[37];
  for (int i = 0; i < 37; i++) x[i] = (float)i, y[i] = 2;
  THFloatVector_cadd(z, x, y, 3, 37);
  ck_assert(z[36] == 42);
  THFloatVector_cmul(z, z, y, 37);
  THFloatVector_adds(z, z, 1, 37);
  THFloatVector_muls(z, z, 2, 37);
  ck_assert(z[36] == 170);
  THFloatVector_cdiv(z, z, y, 37);
  THFloatVector_divs(z, z, 5, 36);
  ck_assert(z[0] == 13 / 5.f && z[36] == 85);
  THFloatVector_fill(x, 4, 36);
  THFloatVector_copy(y, x, 37);
  ck_assert(y[35] == 4 && y[36] == 36);
  THFloatVector_cadd_DEFAULT(z, x, y, 3, 37); /* the same by the names of processors */
  THFloatVector_cadd_AVX(x, x, y, 3, 36);
  THFloatVector_divs_AVX2(y, y, 4, 36);
  ck_assert(z[35] == 16 && z[36] == 144 && x[35] == 16 && x[36] == 36 && y[35] == 1 && y[36] == 36);
  int64_t long_value = INT64_MAX - 1;
  THLongVector_adds(&long_value, &long_value, 1, 1);
  ck_assert(long_value == INT64_MAX);
}
END_TEST

START_TEST(atomics)
{
  int i = 1;
  ck_assert(THAtomicAdd(&i, 4) == 1 && THAtomicGet(&i) == 5);
  ck_assert(!THAtomicCompareAndSwap(&i, 4, 9) && THAtomicCompareAndSwap(&i, 5, 2));
  THAtomicIncrementRef(&i);
  ck_assert(!THAtomicDecrementRef(&i) && !THAtomicDecrementRef(&i) && THAtomicDecrementRef(&i));
  int64_t l = 7;
  THAtomicSetLong(&l, INT64_MAX - 1);
  ck_assert(THAtomicAddLong(&l, 1) == INT64_MAX - 1 && THAtomicGetLong(&l) == INT64_MAX);
  ptrdiff_t p = 0;
  THAtomicSetPtrdiff(&p, 3);
  ck_assert(THAtomicCompareAndSwapPtrdiff(&p, 3, 4) && THAtomicAddPtrdiff(&p, -4) == 4);
}
END_TEST

START_TEST(logadd)
{
  ck_assert(fabs(THLogAdd(log(3), log(4)) - log(7)) < 1e-15);
  ck_assert(fabs(THLogSub(log(7), log(4)) - log(3)) < 1e-15);
  ck_assert(THLogAdd(THLogZero, 2) == 2 && THLogSub(2, 2) == THLogZero);
  ck_assert(THLogAdd(-INFINITY, -INFINITY) == -INFINITY);
  ck_assert(fabs(THExpMinusApprox(2) - exp(-2)) < 1e-4 && THLogOne == 0);
}
END_TEST

START_TEST(others)
{
  THGenerator *g = THGenerator_new();
  THRandom_manualSeed(g, 3);
  THLongTensor *n = THLongTensor_new();
  THLongTensor_randperm(n, g, 9);
  ck_assert(THLongTensor_sumall(n) == 36 && THLongTensor_medianall(n) == 4);
  THLongTensor_neg(n, n);
  ck_assert(THLongTensor_medianall(n) == -4);
  THByteTensor *state = THByteTensor_new();
  THByteTensor_getRNGState(g, state);
  unsigned long next = THRandom_random(g);
  THByteTensor_setRNGState(g, state);
  ck_assert(THRandom_random(g) == next);
  THDoubleTensor *p = THDoubleTensor_newWithSize1d(2);
  THDoubleTensor_set1d(p, 0, 0);
  THDoubleTensor_set1d(p, 1, 1);
  THIntTensor *draw = THIntTensor_newWithSize1d(2);
  THIntTensor_bernoulli_DoubleTensor(draw, g, p);
  ck_assert(THIntTensor_get1d(draw, 0) == 0 && THIntTensor_get1d(draw, 1) == 1);
  THDoubleTensor_fill(p, 5);
  THDoubleTensor_lgamma(p, p);
  ck_assert(fabs(THDoubleTensor_get1d(p, 1) - log(24)) < 1e-14);
  THLongTensor_resize2d(n, 1, 3);
  for (int i = 0; i < 3; i++) THLongTensor_set2d(n, 0, i, i + 1);
  THLongTensor_tpow(n, 3, n);
  ck_assert(THLongTensor_get2d(n, 0, 0) == 3 && THLongTensor_get2d(n, 0, 2) == 27 && n->nDimension == 2);
  THByteTensor *bytes = THByteTensor_newWithSize1d(1);
  THByteTensor_fill(bytes, 9);
  THByteTensor_tpow(bytes, 2, bytes);
  ck_assert_int_eq(THByteTensor_get1d(bytes, 0), 0); /* 512 */
  THByteTensor_free(bytes);
  THLongTensor_free(n);
  THByteTensor_free(state);
  THDoubleTensor_free(p);
  THIntTensor_free(draw);
  THGenerator_free(g);
}
END_TEST

int main(void)
{
  Suite *s = suite_create("capi");
  TCase *tc = tcase_create("capi");
  tcase_add_loop_test(tc, typed_functions, 0, sizeof every_type / sizeof *every_type);
  const TTest *tests[] = {errors,  wrong_tensors, argument_numbers, unwinding, default_handlers, in_place, sizes,
                          shrunk,  own_sizes, whole_part,
                          vectors, atomics,   logadd,           others};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tc, tests[i]);
  suite_add_tcase(s, tc);
  SRunner *sr = srunner_create(s);
  srunner_run_all(sr, CK_NORMAL);
  int failed = srunner_ntests_failed(sr);
  srunner_free(sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
