/* The pool of threads: every item once, whoever calls and however many threads there are; results that do
   not depend on them; processes that fork. */
#define _GNU_SOURCE
#include "th_test.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif
#include "THTensorBlas.h"
#include "THTensorLapack.h"
#include "THTensorOps.h"
#include "parallel/THParallel.h"

static const int thread_counts[] = {1, 2, 3, 7};
enum { COUNTS = 4 };

/* ---- regions ---- */

typedef struct Marks {
  int64_t n, piece;
  int workers;
  unsigned char *seen; /* how often each item was run */
  int wrong;
} Marks;

static void mark(const void *arg, int64_t first, int64_t last, int worker)
{
  Marks *m = (Marks *)arg;
  if (first % m->piece || last != THMin(m->n, first + m->piece) || worker >= m->workers)
    __atomic_fetch_add(&m->wrong, 1, __ATOMIC_RELAXED);
  for (int64_t i = first; i < last; i++) m->seen[i]++;
}

static bool marks_once(int64_t n, int64_t piece)
{
  unsigned char few[5001] = {0}; /* no block that a forked child of another thread would lose */
  unsigned char *seen = n < (int64_t)sizeof few ? few : calloc((size_t)n + 1, 1);
  Marks m = {n, piece, TH_workersFor(n, piece), seen, 0};
  TH_parallel(n, piece, mark, &m);
  bool ok = !m.wrong && !m.seen[n];
  for (int64_t i = 0; i < n; i++) ok = ok && m.seen[i] == 1;
  if (seen != few) free(seen);
  return ok;
}

START_TEST(every_item_once)
{
  static const int64_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, 300003};
  static const int64_t pieces[] = {1, 2, 7, 64, 1000, 200000};
  for (int t = 0; t < COUNTS; t++) {
    THSetNumThreads(thread_counts[t]);
    for (int i = 0; i < 8; i++)
      for (int k = 0; k < 6; k++)
        ck_assert(marks_once(sizes[i], pieces[k]));
  }
}
END_TEST

static void nested(const void *arg, int64_t first, int64_t last, int worker)
{
  int *wrong = (int *)arg;
  (void)first, (void)last, (void)worker;
  if (!TH_inRegion() || TH_workersFor(100, 1) != 1 || !marks_once(500, 10))
    __atomic_fetch_add(wrong, 1, __ATOMIC_RELAXED);
}

START_TEST(regions_in_regions)
{
  int wrong = 0;
  for (int t = 0; t < COUNTS; t++) {
    THSetNumThreads(thread_counts[t]);
    TH_parallel(40, 1, nested, &wrong);
  }
  ck_assert_int_eq(wrong, 0);
  ck_assert(!TH_inRegion());
}
END_TEST

/* ---- many callers ---- */

static void *caller(void *unused)
{
  (void)unused;
  THSetNumThreads(3);
  for (int i = 0; i < 200; i++)
    if (!marks_once(1 + 97 * i % 1500, 1 + i % 9)) return (void *)1;
  return NULL;
}

static void many_callers(int n)
{
  pthread_t thread[100];
  void *result;
  for (int i = 0; i < n; i++) ck_assert(!pthread_create(&thread[i], NULL, caller, NULL));
  for (int i = 0; i < n; i++) {
    pthread_join(thread[i], &result);
    ck_assert_ptr_eq(result, NULL);
  }
}

START_TEST(callers_at_once)
{
  many_callers(4);
  many_callers(100); /* more than regions: the rest work alone */
}
END_TEST

static void *own_number(void *unused)
{
  (void)unused;
  int inherited = THGetNumThreads();
  THSetNumThreads(5);
  return (void *)(intptr_t)(inherited * 10 + THGetNumThreads());
}

START_TEST(numbers_belong_to_threads)
{
  THInferNumThreads(); /* what another test left, where all run in one process */
  int usual = THGetNumThreads();
  pthread_t thread;
  void *result;
  THSetNumThreads(2);
  pthread_create(&thread, NULL, own_number, NULL);
  pthread_join(thread, &result);
  ck_assert_int_eq((intptr_t)result, usual * 10 + 5);
  ck_assert_int_eq(THGetNumThreads(), 2);
  THInferNumThreads();
  ck_assert_int_eq(THGetNumThreads(), usual);
  ck_assert_int_ge(THGetNumCores(), 1);
}
END_TEST

/* ---- processes ---- */

static void *compute_on(void *stop)
{
  while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) marks_once(5000, 50);
  return NULL;
}

/* Forks while this thread has used the pool and another one is using it; both go on. */
START_TEST(fork_and_go_on)
{
  int stop = 0;
  pthread_t thread;
  THSetNumThreads(3);
  ck_assert(marks_once(10000, 10));
  pthread_create(&thread, NULL, compute_on, &stop);
  for (int i = 0; i < 10; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(60); /* a child that hangs fails */
#ifdef __SANITIZE_THREAD__
      THSetNumThreads(1); /* the sanitizer bears no new threads in a child of several */
#endif
      bool ok = marks_once(10000, 10) && marks_once(777, 7);
      _exit(ok ? 0 : 1);
    }
    int status;
    ck_assert(marks_once(10000, 10));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
}
END_TEST

#ifdef __linux__
START_TEST(affinity_is_left_alone)
{
  cpu_set_t before, after;
  sched_getaffinity(0, sizeof before, &before);
  THSetNumThreads(3);
  ck_assert(marks_once(10000, 10));
  sched_getaffinity(0, sizeof after, &after);
  ck_assert(CPU_EQUAL(&before, &after));
}
END_TEST
#else
START_TEST(affinity_is_left_alone) {}
END_TEST
#endif

/* ---- results ---- */

/* What is computed: results from inputs a (n x n) and v (n), n odd. */
typedef struct Work {
  THAnyTensor *a, *spd, *v, *r[4];
} Work;
typedef void (*WorkFn)(Work *w);

static void do_mm(Work *w) { THAnyTensor_mm(w->r[0], w->a, w->spd); }
static void do_mm_transposed(Work *w)
{
  TH_AUTO(THAnyTensor) t = THAnyTensor_newTranspose(w->a, 0, 1);
  THAnyTensor_mm(w->r[0], t, w->a);
}
static void do_mv(Work *w)
{
  TH_AUTO(THAnyTensor) t = THAnyTensor_newTranspose(w->a, 0, 1);
  THAnyTensor_mv(w->r[0], w->a, w->v);
  THAnyTensor_mv(w->r[1], t, w->v);
}
static void do_dot(Work *w)
{
  double value = THAnyTensor_dot(w->a, w->spd).d;
  THAnyTensor_resizeNd(w->r[0], 1, (int64_t[]){1}, NULL);
  THAnyTensor_fill(w->r[0], THScalar_fromDouble(value));
}
static void do_maps(Work *w)
{
  TH_AUTO(THAnyTensor) t = THAnyTensor_newTranspose(w->a, 0, 1);
  TH_AUTO(THAnyTensor) part = THAnyTensor_newNarrow(w->a, 1, 1, w->a->size[1] - 2);
  THAnyTensor_exp(w->r[0], part);
  THAnyTensor_tanh(w->r[1], t);
  THAnyTensor_sum(w->r[2], part, 0, 1);
  THAnyTensor_sum(w->r[3], part, 1, 1);
}
static void do_ger(Work *w) { THAnyTensor_ger(w->r[0], w->v, w->v); }
static void do_gesv(Work *w) { THAnyTensor_gesv(w->r[0], w->r[1], w->a, w->spd); }
static void do_potrf(Work *w) { THAnyTensor_potrf(w->r[0], w->spd, "U"); }
static void do_inverse(Work *w) { THAnyTensor_getri(w->r[0], w->spd); }
static void do_symeig(Work *w) { THAnyTensor_syev(w->r[0], w->r[1], w->spd, "V", "U"); }
static void do_svd(Work *w) { THAnyTensor_gesvd(w->r[0], w->r[1], w->r[2], w->a, "S"); }
static void do_qr(Work *w) { THAnyTensor_qr(w->r[0], w->r[1], w->a); }

static void same_for_any_number(WorkFn fn, THType type, int n)
{
  Work w = {.a = th_new(type, 2, n, n), .spd = th_new(type, 2, n, n), .v = th_new(type, 1, n)};
  for (int64_t i = 0; i < n * n; i++) th_set(w.a, i, (th_random() % 2001 - 1000.0) / 777);
  for (int64_t i = 0; i < n; i++) th_set(w.v, i, (th_random() % 2001 - 1000.0) / 777);
  TH_AUTO(THAnyTensor) t = THAnyTensor_newTranspose(w.a, 0, 1);
  THAnyTensor_mm(w.spd, w.a, t);
  for (int i = 0; i < n; i++) th_set(w.spd, (int64_t)i * n + i, th_get(w.spd, (int64_t)i * n + i) + n);
  THAnyTensor *first[4] = {0};
  for (int c = 0; c < COUNTS; c++) {
    THSetNumThreads(thread_counts[c]);
    for (int k = 0; k < 4; k++) w.r[k] = THAnyTensor_new(type);
    fn(&w);
    for (int k = 0; k < 4; k++) {
      if (c == 0) first[k] = THAnyTensor_newContiguous(w.r[k]);
      TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(w.r[k]);
      int64_t size = THAnyTensor_nElement(first[k]);
      ck_assert_int_eq(THAnyTensor_nElement(r), size);
      if (size)
        ck_assert_mem_eq(THAnyTensor_data(r), THAnyTensor_data(first[k]),
                         (size_t)size * THType_size(type));
      THAnyTensor_free(w.r[k]);
    }
  }
  for (int k = 0; k < 4; k++) THAnyTensor_free(first[k]);
  THAnyTensor_free(w.a);
  THAnyTensor_free(w.spd);
  THAnyTensor_free(w.v);
}

START_TEST(products_are_the_same)
{
  static const WorkFn fns[] = {do_mm, do_mm_transposed, do_mv, do_dot, do_maps, do_ger};
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++)
    for (int i = 0; i < 6; i++) {
      same_for_any_number(fns[i], (THType)type, 131);
      same_for_any_number(fns[i], (THType)type, 601);
    }
}
END_TEST

START_TEST(decompositions_are_the_same)
{
  static const WorkFn fns[] = {do_gesv, do_potrf, do_inverse, do_symeig, do_svd, do_qr};
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++)
    for (int i = 0; i < 6; i++) same_for_any_number(fns[i], (THType)type, 201);
}
END_TEST

/* Products from several threads are those of one. */
static void *product(void *expected)
{
  THAnyTensor *a = th_new(TH_DOUBLE, 2, 150, 150), *r = THAnyTensor_new(TH_DOUBLE);
  for (int64_t i = 0; i < 150 * 150; i++) th_set(a, i, (double)(i * 7919 % 1000) / 999);
  for (int k = 0; k < 20; k++) THAnyTensor_mm(r, a, a);
  bool same = !expected || !memcmp(THAnyTensor_data(r), THAnyTensor_data(expected),
                                   150 * 150 * sizeof(double));
  THAnyTensor_free(a);
  if (!expected) return r;
  THAnyTensor_free(r);
  return same ? expected : NULL;
}

START_TEST(products_at_once)
{
  THAnyTensor *expected = product(NULL);
  pthread_t thread[4];
  void *result;
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, product, expected);
  for (int i = 0; i < 4; i++) {
    pthread_join(thread[i], &result);
    ck_assert_ptr_eq(result, expected);
  }
  THAnyTensor_free(expected);
}
END_TEST

TH_MAIN("parallel", every_item_once, regions_in_regions, callers_at_once, numbers_belong_to_threads,
        fork_and_go_on, affinity_is_left_alone, products_are_the_same, decompositions_are_the_same,
        products_at_once)
