/* libTHDist as a C program uses it, in one process: the stand-in's results, requests, groups, errors. test/dist has the
   suites of several ranks. */
#include "THDist/THDist.h"
#include "th_test.h"

static THAnyTensor *range(int64_t n)
{
  THAnyTensor *t = THAnyTensor_newWithSizeNd(TH_FLOAT, 1, &n, NULL);
  for (int64_t i = 0; i < n; i++) THAnyTensor_put(t, 1, &i, THScalar_fromInt(i));
  return t;
}

static double at(THAnyTensor *t, int64_t row, int64_t column)
{
  return THAnyTensor_get(t, t->nDimension, (int64_t[]){row, column}).d;
}

START_TEST(one_process)
{
  ck_assert_int_eq(THDist_rank(NULL), 0);
  ck_assert_int_eq(THDist_size(NULL), 1);
  ck_assert_str_eq(THDist_engine(), "none");
  ck_assert_int_ge(THDist_cores(), 1);
  ck_assert(strstr(THDist_name(0), "rank 0 (process ") != NULL);
}
END_TEST

START_TEST(results)
{
  TH_AUTO(THAnyTensor) t = range(6);
  THDist_barrier(NULL);
  THDist_broadcast(t, 0, NULL);
  THDist_allReduce(t, THDIST_MEAN, NULL);
  ck_assert(at(t, 5, 0) == 5);
  TH_AUTO(THAnyTensor) all = THAnyTensor_new(TH_FLOAT);
  THDist_allGather(all, t, NULL);
  ck_assert(all->nDimension == 2 && all->size[0] == 1 && all->size[1] == 6 && at(all, 0, 4) == 4);
  TH_AUTO(THAnyTensor) row = THAnyTensor_new(TH_FLOAT);
  THDist_reduceScatter(row, all, THDIST_SUM, NULL);
  ck_assert(row->nDimension == 1 && row->size[0] == 6 && at(row, 3, 0) == 3);
}
END_TEST

START_TEST(strides)
{
  TH_AUTO(THAnyTensor) t = range(6);
  THAnyTensor_resizeNd(t, 2, (int64_t[]){2, 3}, NULL);
  TH_AUTO(THAnyTensor) turned = THAnyTensor_newTranspose(t, 0, 1);
  THDist_allReduce(turned, THDIST_MAX, NULL);
  ck_assert(at(turned, 2, 1) == 5);
  TH_AUTO(THAnyTensor) all = THAnyTensor_new(TH_FLOAT);
  THDist_allGather(all, turned, NULL);
  ck_assert(THAnyTensor_get(all, 3, (int64_t[]){0, 1, 1}).d == 4);
}
END_TEST

START_TEST(requests)
{
  int64_t calls, bytes, more;
  TH_AUTO(THAnyTensor) t = range(6);
  THDist_statistics(&bytes, &calls);
  TH_AUTO(THDistRequest) request = THDist_allReduceBegin(t, THDIST_SUM, NULL);
  ck_assert(THDist_waitFor(request, 1) && THDist_test(request));
  THDist_wait(request);
  THDist_statistics(&more, NULL);
  ck_assert_int_eq(more - bytes, 24);
  THDistRequest_free(THDist_barrierBegin(NULL)); /* nobody waits */
}
END_TEST

START_TEST(groups)
{
  TH_AUTO(THDistGroup) group = THDist_newGroup((int[]){0}, 1);
  TH_AUTO(THAnyTensor) t = range(3);
  THDist_allReduce(t, THDIST_SUM, group);
  ck_assert(THDist_size(group) == 1 && THDist_rank(group) == 0 && at(t, 2, 0) == 2);
}
END_TEST

static THAnyTensor *ints, *floats;
static void mean_of_integers(void *unused) { THDist_allReduce(ints, THDIST_MEAN, unused); }
static void no_such_root(void *unused) { THDist_broadcast(floats, 1, unused); }
static void to_itself(void *unused) { THDist_send(floats, 0, 0, unused); }
static void other_type(void *unused) { THDist_allGather(ints, floats, unused); }
static void shared(void *unused) { THDist_allGather(floats, floats, unused); }
static void rows(void *unused)
{
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  THDist_reduceScatter(r, floats, THDIST_SUM, unused);
}
static void no_such_member(void *unused)
{
  (void)unused;
  THDist_newGroup((int[]){0, 1}, 2);
}

static const struct {
  th_Fn call;
  int argument;
  const char *message;
} wrong[] = {
  {mean_of_integers, 2, "a mean is of floating-point numbers"}, {no_such_root, 2, "rank from 0 to 0 expected, got 1"},
  {to_itself, 2, "another rank than this one"}, {other_type, 1, "a FloatTensor expected"}, {shared, 1, "must not share memory"},
  {rows, 2, "1 rows expected"}, {no_such_member, 1, "ranks from 0 to 0 expected, got 1"},
};

START_TEST(errors)
{
  floats = range(3);
  ints = THAnyTensor_new(TH_INT);
  th_Catch caught;
  ck_assert(th_catch(&caught, wrong[_i].call, NULL));
  ck_assert_int_eq(caught.argument, wrong[_i].argument);
  ck_assert_msg(strstr(caught.message, wrong[_i].message) != NULL, "%s", caught.message);
  THAnyTensor_free(ints);
  THAnyTensor_free(floats);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

int main(void)
{
  unsetenv("DIST_MPI");
  Suite *suite = suite_create("dist");
  TCase *tests = tcase_create("one process");
  tcase_add_test(tests, one_process);
  tcase_add_test(tests, results);
  tcase_add_test(tests, strides);
  tcase_add_test(tests, requests);
  tcase_add_test(tests, groups);
  tcase_add_loop_test(tests, errors, 0, sizeof wrong / sizeof *wrong);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
