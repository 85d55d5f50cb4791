/* A region of the pool that is used again while a helper is late: threads are held at moments that are a few
   instructions apart, so nothing here depends on how fast anything runs. And how long a helper rests. */
#define _GNU_SOURCE
#include <semaphore.h>
#include "th_test.h"

typedef enum Moment {
  SEEN,   /* a helper knows that a region is active, and has not looked for a piece */
  TRIED,  /* it has looked */
  FILLED, /* the caller has filled a region in, and not published it */
  MOMENTS
} Moment;
static void at_moment(Moment moment);
#define TH_MOMENT(which) at_moment(which)
#include "../../TH/parallel/THParallel.c"
#include "../../TH/parallel/THCores.c"

static int held[MOMENTS];            /* whether who comes there is to wait */
static sem_t came[MOMENTS], go[MOMENTS];

static void hold(Moment moment) { __atomic_store_n(&held[moment], 1, __ATOMIC_SEQ_CST); }
static void wait_for(sem_t *s)
{
  while (sem_wait(s)) {}
}

/* The first that comes to a held moment says so and waits. */
static void at_moment(Moment moment)
{
  if (!__atomic_exchange_n(&held[moment], 0, __ATOMIC_SEQ_CST)) return;
  sem_post(&came[moment]);
  wait_for(&go[moment]);
}

enum { ITEMS = 8 };
static int runs[ITEMS];
static void count(const void *unused, int64_t first, int64_t last, int worker)
{
  (void)unused, (void)worker;
  for (int64_t i = first; i < last; i++) __atomic_fetch_add(&runs[i], 1, __ATOMIC_SEQ_CST);
}

/* The caller does not leave its first region before a helper has seen it. */
static void wait_for_helper(const void *unused, int64_t first, int64_t last, int worker)
{
  (void)unused, (void)last, (void)worker;
  if (first == 0) wait_for(&came[SEEN]);
}

static void *let_helper_try(void *unused)
{
  (void)unused;
  wait_for(&came[FILLED]);
  hold(TRIED);
  sem_post(&go[SEEN]);
  wait_for(&came[TRIED]); /* it has taken what it could */
  sem_post(&go[FILLED]);
  sem_post(&go[TRIED]);
  return NULL;
}

/* Somebody who stays makes rests longer and longer; somebody who comes by now and then, or takes little, none. */
START_TEST(rests)
{
  const int64_t ms = 1000000;
  int64_t wall = 1000 * ms;
  Watch w = {.kept = wall, .rest = REST_NS};
  for (int i = 0; i < 9; i++) ck_assert_int_eq(next_rest(&w, wall += 100 * ms, 3 * ms), 0);
  for (int i = 0; i < 9; i++) ck_assert_int_eq(next_rest(&w, wall += 13 * ms, 3 * ms), 0);
  int64_t last = 0;
  for (int64_t rest = REST_NS; rest < 2 * MOST_REST_NS; rest *= 2) {
    wall += last + 6 * ms; /* half of the time since the rest */
    last = next_rest(&w, wall, 3 * ms);
    ck_assert_int_eq(last, THMin(rest, MOST_REST_NS));
  }
  wall += last;
  for (int i = 0; i < 9; i++) ck_assert_int_eq(next_rest(&w, wall += 100 * ms, 3 * ms), 0);
  ck_assert_int_eq(next_rest(&w, wall += 6 * ms, 3 * ms), REST_NS);
}
END_TEST

START_TEST(late_helper)
{
  pthread_t thread;
  for (int i = 0; i < MOMENTS; i++) {
    sem_init(&came[i], 0, 0);
    sem_init(&go[i], 0, 0);
  }
  THSetNumThreads(2);
  hold(SEEN);
  TH_parallel(2, 1, wait_for_helper, NULL); /* all of it is done by the caller */
  ck_assert(!pthread_create(&thread, NULL, let_helper_try, NULL));
  hold(FILLED);
  TH_parallel(ITEMS, 1, count, NULL); /* the same region, with more pieces */
  pthread_join(thread, NULL);
  for (int i = 0; i < ITEMS; i++) ck_assert_int_eq(runs[i], 1);
}
END_TEST

TH_MAIN("regions", rests, late_helper)
