/* Threads of plain C: each with tensors, random numbers, errors and handlers of its own. */
#include "TH.h"
#include "th_test.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 200 };

static pthread_barrier_t all; /* where each thread has done its part */

/* Runs body in THREADS threads at once, with 0, 1, ... as its argument. */
static void in_threads(void *(*body)(void *))
{
  pthread_t thread[THREADS];
  pthread_barrier_init(&all, NULL, THREADS);
  for (intptr_t i = 0; i < THREADS; i++)
    ck_assert_int_eq(pthread_create(&thread[i], NULL, body, (void *)i), 0);
  for (int i = 0; i < THREADS; i++) ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
  pthread_barrier_destroy(&all);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
  ck_assert_int_eq(THAllocator_stats().inUse, 0);
}

/* ---- tensors and random numbers ---- */

static double results[THREADS];

/* Small and large blocks, on one shared cache; the same numbers for the same seed. */
static double compute(int seed)
{
  THGenerator *gen = THGenerator_new();
  THRandom_manualSeed(gen, (unsigned long)seed);
  double sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    TH_AUTO(THDoubleTensor) x = THDoubleTensor_newWithSize2d(1 + round % 7, 40 * (1 + round % 400));
    TH_AUTO(THDoubleTensor) y = THDoubleTensor_new();
    THDoubleTensor_uniform(x, gen, -1, 1);
    THDoubleTensor_cadd(y, x, round, x);
    TH_AUTO(THDoubleTensor) row = THDoubleTensor_newSelect(y, 0, 0);
    sum += THDoubleTensor_sumall(row) + THRandom_normal(gen, 0, 1);
  }
  THGenerator_free(gen);
  return sum;
}

static void *compute_one(void *i)
{
  results[(intptr_t)i] = compute((int)(intptr_t)i);
  return NULL;
}

START_TEST(tensors_and_random_numbers)
{
  in_threads(compute_one);
  for (int i = 0; i < THREADS; i++) ck_assert(results[i] == compute(i));
  ck_assert(results[0] != results[1]);
}
END_TEST

/* All at once make the process's first product, which loads the BLAS; THGetBLAS asks it as well. */
static void *multiply_first(void *i)
{
  pthread_barrier_wait(&all);
  if ((intptr_t)i == 0) th_check(THGetBLAS() != NULL);
  TH_AUTO(THFloatTensor) x = THFloatTensor_newWithSize1d(100);
  THFloatTensor_fill(x, (float)(intptr_t)i);
  th_check(THFloatTensor_dot(x, x) == 100 * (double)(intptr_t)i * (double)(intptr_t)i);
  return NULL;
}

START_TEST(first_products) { in_threads(multiply_first); }
END_TEST

/* ---- errors ---- */

static void wrong_sizes(void *i)
{
  TH_AUTO(THFloatTensor) x = THFloatTensor_newWithSize1d(10 + (intptr_t)i);
  TH_AUTO(THFloatTensor) y = THFloatTensor_newWithSize1d(20 + (intptr_t)i);
  THFloatTensor_dot(x, y);
}

static void wrong_argument(void *i)
{
  TH_AUTO(THFloatTensor) x = THFloatTensor_newWithSize2d(3, 3);
  THFloatTensor_narrow(x, NULL, 0, 100 + (intptr_t)i, 1);
}

static void own_message(void *i) { THError("mine is %d", (int)(intptr_t)i); }

static void catch_own(th_Fn fn, void *arg, const char *format, int number)
{
  char text[64];
  th_Catch c;
  snprintf(text, sizeof text, format, number);
  th_check(th_catch(&c, fn, arg));
  if (!strstr(c.message, text)) ck_abort_msg("'%s' is not in '%s'", text, c.message);
}

static void *raise_own(void *arg)
{
  int i = (int)(intptr_t)arg;
  for (int round = 0; round < ROUNDS; round++) {
    catch_own(wrong_sizes, arg, "[%d]", 10 + i);
    catch_own(wrong_argument, arg, "start %d", 101 + i);
    catch_own(own_message, arg, "mine is %d", i);
  }
  return NULL;
}

START_TEST(errors) { in_threads(raise_own); }
END_TEST

/* A default handler is set while errors are raised: each error goes to one whole handler. */
static void *raise_with_defaults(void *arg)
{
  th_Catch c;
  c.frame = (uintptr_t)__builtin_frame_address(0);
  THSetArgErrorHandler(th_on_arg_error, &c);
  for (int round = 0; round < ROUNDS; round++) {
    if (arg == NULL) THSetDefaultErrorHandler(round % 2 ? th_on_error : NULL, NULL);
    else catch_own(own_message, arg, "mine is %d", (int)(intptr_t)arg);
  }
  THSetArgErrorHandler(NULL, NULL);
  return NULL;
}

START_TEST(default_handlers)
{
  in_threads(raise_with_defaults);
  THSetDefaultErrorHandler(NULL, NULL);
}
END_TEST

/* ---- memory ---- */

static void two_storages(void *unused)
{
  (void)unused;
  TH_AUTO(THAnyStorage) small = THAnyStorage_newWithSize(TH_FLOAT, 10);
  TH_AUTO(THAnyStorage) large = THAnyStorage_newWithSize(TH_FLOAT, TH_CACHE_MIN);
}

/* A failure that one thread asks for is no other's. */
static void *fail_own(void *arg)
{
  for (int round = 0; round < ROUNDS; round++) {
    th_Catch c;
    if ((intptr_t)arg % 2) THAllocator_failAfter(1 + round % 3);
    pthread_barrier_wait(&all);
    bool raised = th_catch(&c, two_storages, NULL);
    THAllocator_failAfter(0);
    th_check(raised == ((intptr_t)arg % 2 == 1));
  }
  return NULL;
}

START_TEST(failing_allocations) { in_threads(fail_own); }
END_TEST

static __thread int collections;
static void count_collection(void *data) { ++*(int *)data; }
static void much_too_large(void *unused)
{
  (void)unused;
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithSize(TH_DOUBLE, (ptrdiff_t)1 << 45);
}

static void *collect_own(void *arg)
{
  if ((intptr_t)arg % 2) THSetGCHandler(count_collection, &collections);
  pthread_barrier_wait(&all);
  for (int round = 0; round < 20; round++) {
    th_Catch c;
    th_check(th_catch(&c, much_too_large, NULL));
  }
  th_same(collections, (intptr_t)arg % 2 ? 20 : 0);
  return NULL;
}

START_TEST(collectors) { in_threads(collect_own); }
END_TEST

/* Limits, releases and statistics, while others allocate. */
static void *use_cache(void *arg)
{
  for (int round = 0; round < ROUNDS; round++) {
    int64_t before = THAllocator_requested();
    TH_AUTO(THAnyStorage) s = THAnyStorage_newWithSize(TH_BYTE, TH_CACHE_MIN * (1 + round % 5));
    th_same(THAllocator_requested() - before, s->size); /* this thread's alone */
    memset(s->data, (int)(intptr_t)arg, (size_t)s->size);
    if (round % 16 == 0) THAllocator_setCacheLimit((int64_t)round << 20);
    if (round % 32 == 0) THAllocator_release();
    th_check(THAllocator_stats().inUse >= s->size);
    unsigned char *data = s->data;
    for (int k = 0; k < 100; k++) th_same(data[k * (s->size / 100)], (intptr_t)arg);
  }
  return NULL;
}

START_TEST(cache) { in_threads(use_cache); }
END_TEST

/* A process is forked while other threads are in the allocator: its child allocates. */
static void *allocate_and_fork(void *arg)
{
  for (int round = 0; round < ROUNDS / 4; round++) {
    if (arg) {
      for (int k = 0; k < 50; k++) THFree(THAlloc(TH_CACHE_MIN * (1 + k % 3)));
      continue;
    }
    pid_t child = fork();
    if (child == 0) {
      alarm(60); /* a lock that nobody would open */
      THFree(THAlloc(TH_CACHE_MIN));
      _exit(7);
    }
    int status = 0;
    th_check(child > 0 && waitpid(child, &status, 0) == child);
    th_check(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  }
  return NULL;
}

START_TEST(forks) { in_threads(allocate_and_fork); }
END_TEST

/* A tensor is made here, used there, and freed by whoever is last. */
static THDoubleTensor *shared;

static void *read_shared(void *unused)
{
  (void)unused;
  for (int round = 0; round < ROUNDS; round++) {
    TH_AUTO(THDoubleTensor) view = THDoubleTensor_newTranspose(shared, 0, 1);
    th_same(THDoubleTensor_sumall(view), 3 * THDoubleTensor_nElement(view));
  }
  THDoubleTensor_free(shared);
  return NULL;
}

START_TEST(shared_tensors)
{
  shared = THDoubleTensor_newWithSize2d(50, 50);
  THDoubleTensor_fill(shared, 3);
  for (int i = 1; i < THREADS; i++) THDoubleTensor_retain(shared);
  in_threads(read_shared);
}
END_TEST

TH_MAIN("threads", tensors_and_random_numbers, first_products, errors, default_handlers, failing_allocations,
        collectors, cache, forks, shared_tensors)
