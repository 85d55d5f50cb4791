/* The pool. Regions lie in a fixed array. A region's ticket holds, in one word, how far it is:
   generation, threads that take part, pieces taken from the front and from the back. Who counts a
   piece by a compare-and-swap has taken it, and knows that the fields it read before belong to this
   generation. A region is over when as many pieces are done as there are.

   The caller works from the front and the first helper from the back, so that, call after call, the
   same half of a tensor stays in the same core's cache. */
#define _GNU_SOURCE
#include "THParallel.h"
#include "THCores.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum {
  REGIONS = 64,      /* that many threads may be in regions at once; a further one works alone */
  WORKER_BITS = 8,   /* bits of a ticket, above those of the pieces */
  PIECE_BITS = 18,   /* of the front and of the back; a region of more pieces runs alone */
  MAX_WORKERS = (1 << WORKER_BITS) - 1,
  SPIN_NS = 200000,   /* a helper looks that long for the next region before it sleeps... */
  SPIN_BUSY_NS = 2000,    /* ...and that long where others want its processor */
  PREEMPTED_NS = 100000,  /* between two looks at the clock: somebody else has run */
  BEARABLE = 4,           /* a helper goes on where it was away for less than this part of its time, ... */
  REST_NS = 5000000,      /* ... and else rests for so long, ... */
  MOST_REST_NS = 320000000, /* ... twice as long each time that it happens again, up to this */
  JOIN_SPIN_NS = 20000    /* a caller spins that long for the last pieces before it sleeps */
};

typedef struct Region {
  uint64_t ticket; /* from the highest bit: generation, threads, front, back */
  int64_t n, piece;
  THRangeFn fn;
  const void *arg;
  uint32_t pieces, limit;
  uint32_t done;    /* pieces; a futex */
  uint32_t waiting; /* the caller sleeps on `done` */
} __attribute__((aligned(128))) Region;

static struct {
  Region region[REGIONS];
  uint64_t claimed __attribute__((aligned(128))); /* a bit for each region that a caller holds */
  uint64_t active;                                /* ... that may have pieces left */
  uint32_t epoch __attribute__((aligned(128)));   /* counts published regions; a futex */
  uint32_t sleepers;                              /* helpers that sleep on it */
  int started;                                    /* helpers */
  pthread_mutex_t lock;                           /* while helpers are started */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static __thread int own_limit;  /* THSetNumThreads in this thread; 0: not set */
static __thread bool in_region; /* this thread runs a piece */

/* Moments at which a test holds a thread (test/c/test_regions.c includes this file). */
#ifndef TH_MOMENT
#define TH_MOMENT(which) ((void)0)
#endif

#define LOAD(p) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define STORE(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)

/* ---- what the system offers ---- */

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#ifdef __linux__
static void wait_while(uint32_t *word, uint32_t value)
{
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(uint32_t *word, int count)
{
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
#else
static void wait_while(uint32_t *word, uint32_t value)
{
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
    nanosleep(&(struct timespec){0, 50000}, NULL);
}
static void wake(uint32_t *word, int count) { (void)word, (void)count; }
#endif

/* ---- pieces ---- */

enum { PIECE_MASK = (1 << PIECE_BITS) - 1, WORKER_SHIFT = 2 * PIECE_BITS };
static uint32_t back_of(uint64_t ticket) { return (uint32_t)ticket & PIECE_MASK; }
static uint32_t front_of(uint64_t ticket) { return (uint32_t)(ticket >> PIECE_BITS) & PIECE_MASK; }
static uint32_t threads_of(uint64_t ticket) { return (uint32_t)(ticket >> WORKER_SHIFT) & MAX_WORKERS; }
static uint64_t new_ticket(uint64_t last) /* of the next generation; the caller takes part */
{
  enum { SHIFT = WORKER_SHIFT + WORKER_BITS };
  return ((last >> SHIFT) + 1) << SHIFT | (uint64_t)1 << WORKER_SHIFT;
}

/* Nobody takes anything. A region is closed before its fields are filled in again: a helper that comes
   late finds no piece, or its swap fails. */
static uint64_t closed_ticket(uint64_t last)
{
  return new_ticket(last) | (uint64_t)PIECE_MASK << PIECE_BITS;
}

static void run_piece(const Region *r, uint32_t piece, int worker)
{
  int64_t n = LOAD(r->n), size = LOAD(r->piece), first = piece * size;
  LOAD(r->fn)(LOAD(r->arg), first, THMin(n, first + size), worker);
}

/* Takes a piece; a thread that joins is counted. False: nothing left, or enough threads. */
static bool take(Region *r, bool join, uint32_t *piece, int *worker)
{
  uint64_t ticket = __atomic_load_n(&r->ticket, __ATOMIC_ACQUIRE);
  for (;;) {
    uint32_t pieces = __atomic_load_n(&r->pieces, __ATOMIC_ACQUIRE), front = front_of(ticket), back = back_of(ticket);
    if (front + back >= pieces || (join && threads_of(ticket) >= LOAD(r->limit))) return false;
    if (join) *worker = (int)threads_of(ticket);
    bool at_front = *worker % 2 == 0;
    *piece = at_front ? front : pieces - 1 - back;
    uint64_t taken = ticket + (at_front ? (uint64_t)1 << PIECE_BITS : 1) +
                     (join ? (uint64_t)1 << WORKER_SHIFT : 0);
    if (__atomic_compare_exchange_n(&r->ticket, &ticket, taken, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return true;
  }
}

/* Runs pieces while there are some; how many it were. */
static uint32_t work_on(Region *r, bool join)
{
  uint32_t piece, done = 0;
  int worker = 0;
  in_region = true;
  while (take(r, join, &piece, &worker)) {
    run_piece(r, piece, worker);
    join = false;
    done++;
  }
  in_region = false;
  return done;
}

/* ---- helpers ---- */

/* Pieces of any region; whether there were some. */
static bool help(void)
{
  bool found = false;
  for (uint64_t active = __atomic_load_n(&pool.active, __ATOMIC_ACQUIRE); active; active &= active - 1) {
    Region *r = &pool.region[__builtin_ctzll(active)];
    TH_MOMENT(SEEN);
    uint32_t done = work_on(r, true);
    TH_MOMENT(TRIED);
    if (!done) continue;
    found = true;
    __atomic_fetch_add(&r->done, done, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&r->waiting, __ATOMIC_SEQ_CST)) wake(&r->done, 1);
  }
  return found;
}

/* What a helper knows of its own time. */
typedef struct Watch {
  int64_t wall, cpu;  /* at the last look */
  long switches;      /* that others made, at the last look that asked */
  int64_t kept, rest; /* when it started, was last kept from running, or had rested then; how long it rests next */
} Watch;

/* How often somebody else was given this thread's processor. The pauses of a virtual machine do not count. */
static long switches_so_far(void)
{
#ifdef RUSAGE_THREAD
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
#else
  return 0;
#endif
}
static bool was_switched(Watch *w)
{
#ifdef RUSAGE_THREAD
  long before = w->switches;
  w->switches = switches_so_far();
  return w->switches > before;
#else
  return true;
#endif
}

static int64_t thread_time(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* How long a helper rests that was away for so many ns until `wall`: not at all where that is little of its time since the last
   rest. Who comes by now and then, or has a low priority, costs a few milliseconds; who stays is left alone. */
static int64_t next_rest(Watch *w, int64_t wall, int64_t away)
{
  const bool bearable = wall - w->kept > BEARABLE * away;
  const int64_t rest = bearable ? 0 : w->rest;
  w->rest = bearable ? THMax(w->rest / 2, REST_NS) : THMin(2 * w->rest, MOST_REST_NS);
  w->kept = wall + rest;
  return rest;
}

/* A helper that is kept from running, maybe with a piece in its hands, does more harm than good: it takes part no more for a
   while. The others go on. */
static void look(Watch *w, bool after_sleep)
{
  int64_t wall = now(), cpu = thread_time(), away = (wall - w->wall) - (cpu - w->cpu);
  bool late = away > PREEMPTED_NS; /* it may only have been slow to wake */
  if (late && was_switched(w) && !after_sleep) {
    const int64_t rest = next_rest(w, wall, away);
    if (rest) {
      nanosleep(&(struct timespec){0, (long)rest}, NULL);
      wall = now(), cpu = thread_time();
    }
  }
  w->wall = wall;
  w->cpu = cpu;
}

/* Looks for a new region until `patience` (ns) ends: then false. Where somebody else wants this
   processor it is given up at once, and patience gets short. */
static bool spin(uint32_t epoch, int64_t *patience)
{
  int64_t start = now(), last = start;
  for (;;) {
    for (int i = 0; i < 32; i++) {
      if (__atomic_load_n(&pool.epoch, __ATOMIC_ACQUIRE) != epoch) {
        return true;
      }
      relax();
    }
    int64_t t = now();
    if (t - last > PREEMPTED_NS) {
      *patience = SPIN_BUSY_NS;
      return false;
    }
    if (t - start > *patience) return false;
    last = t;
  }
}

static void *helper(void *unused)
{
  (void)unused;
  int64_t patience = SPIN_NS;
  Watch watch = {now(), thread_time(), switches_so_far(), now(), REST_NS};
  for (;;) {
    uint32_t epoch = __atomic_load_n(&pool.epoch, __ATOMIC_SEQ_CST);
    if (help()) {
      look(&watch, false);
      continue;
    }
    bool found = spin(epoch, &patience);
    look(&watch, false);
    if (found) continue;
    __atomic_fetch_add(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
    wait_while(&pool.epoch, epoch);
    patience = THMin(patience * 2, SPIN_NS);
    look(&watch, true);
    __atomic_fetch_sub(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

static void before_fork(void) { pthread_mutex_lock(&pool.lock); }
static void in_parent(void) { pthread_mutex_unlock(&pool.lock); }
/* Only the thread that forked lives on. */
static void in_child(void)
{
  pool.claimed = pool.active = 0;
  pool.sleepers = 0;
  pool.started = 0;
  pthread_mutex_init(&pool.lock, NULL);
}

/* Helpers take no signals: those are for the threads of the program. */
static void start_helpers(int count)
{
  static bool registered;
  sigset_t all, old;
  sigfillset(&all);
  pthread_mutex_lock(&pool.lock);
  if (!registered) registered = pthread_atfork(before_fork, in_parent, in_child) == 0;
  pthread_sigmask(SIG_SETMASK, &all, &old);
  while (pool.started < count) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, helper, NULL)) break; /* then with those that are there */
    pthread_detach(thread);
    __atomic_store_n(&pool.started, pool.started + 1, __ATOMIC_RELEASE);
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  pthread_mutex_unlock(&pool.lock);
}

/* ---- callers ---- */

static Region *claim(void)
{
  uint64_t claimed = LOAD(pool.claimed);
  while (~claimed) {
    uint64_t bit = ~claimed & (claimed + 1);
    if (__atomic_compare_exchange_n(&pool.claimed, &claimed, claimed | bit, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
      return &pool.region[__builtin_ctzll(bit)];
  }
  return NULL;
}

static uint64_t bit_of(const Region *r) { return (uint64_t)1 << (r - pool.region); }

static void publish(Region *r, int limit)
{
  STORE(r->limit, (uint32_t)limit);
  STORE(r->done, 0);
  STORE(r->waiting, 0);
  __atomic_store_n(&r->ticket, new_ticket(LOAD(r->ticket)), __ATOMIC_RELEASE);
  __atomic_fetch_or(&pool.active, bit_of(r), __ATOMIC_RELEASE);
  __atomic_fetch_add(&pool.epoch, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST)) wake(&pool.epoch, limit - 1);
}

/* Until the pieces that helpers took are done. */
static void join(Region *r, uint32_t left)
{
  int64_t start = 0;
  for (unsigned i = 1; __atomic_load_n(&r->done, __ATOMIC_ACQUIRE) != left; i++) {
    relax();
    if (i % 64) continue;
    int64_t t = now();
    if (!start) start = t;
    if (t - start < JOIN_SPIN_NS) continue;
    __atomic_store_n(&r->waiting, 1, __ATOMIC_SEQ_CST);
    uint32_t done = __atomic_load_n(&r->done, __ATOMIC_SEQ_CST);
    if (done != left) wait_while(&r->done, done);
  }
}

/* The same pieces, for a region inside a region or a single thread. */
static void alone(int64_t n, int64_t piece, THRangeFn fn, const void *arg)
{
  bool before = in_region;
  in_region = true;
  for (int64_t first = 0; first < n; first += piece) fn(arg, first, THMin(n, first + piece), 0);
  in_region = before;
}

bool TH_inRegion(void) { return in_region; }

int TH_workersFor(int64_t n, int64_t piece)
{
  if (n <= piece || in_region) return 1;
  int64_t pieces = (n - 1) / piece + 1;
  return (int)THMin(pieces, THGetNumThreads());
}

void TH_parallel(int64_t n, int64_t piece, THRangeFn fn, const void *arg)
{
  piece = THMax(piece, 1);
  if (n <= piece) { /* no region: what fn calls may share its own work */
    if (n > 0) fn(arg, 0, n, 0);
    return;
  }
  int limit = TH_workersFor(n, piece);
  bool shared = limit > 1 && (n - 1) / piece < PIECE_MASK;
  Region *r = shared ? claim() : NULL;
  if (!r) {
    alone(n, piece, fn, arg);
    return;
  }
  if (__atomic_load_n(&pool.started, __ATOMIC_ACQUIRE) < limit - 1) start_helpers(limit - 1);
  uint32_t pieces = (uint32_t)((n - 1) / piece + 1);
  STORE(r->n, n);
  STORE(r->piece, piece);
  STORE(r->fn, fn);
  STORE(r->arg, arg);
  __atomic_store_n(&r->pieces, pieces, __ATOMIC_RELEASE);
  TH_MOMENT(FILLED);
  publish(r, limit);
  uint32_t mine = work_on(r, false);
  __atomic_fetch_and(&pool.active, ~bit_of(r), __ATOMIC_RELAXED);
  join(r, pieces - mine);
  __atomic_store_n(&r->ticket, closed_ticket(LOAD(r->ticket)), __ATOMIC_SEQ_CST);
  __atomic_fetch_and(&pool.claimed, ~bit_of(r), __ATOMIC_RELEASE);
}

/* ---- numbers of threads ---- */

static int default_threads;

int THGetNumCores(void)
{
  static int cores;
  if (!LOAD(cores)) STORE(cores, TH_countCores());
  return LOAD(cores);
}

/* OMP_NUM_THREADS is what users of such programs set, in job scripts and beside mpirun. */
static int threads_by_default(void)
{
  if (!LOAD(default_threads)) {
    const char *text = getenv("OMP_NUM_THREADS");
    long n = text ? strtol(text, NULL, 10) : 0;
    STORE(default_threads, n > 0 && n <= MAX_WORKERS ? (int)n : THGetNumCores());
  }
  return LOAD(default_threads);
}

int THGetNumThreads(void) { return own_limit ? own_limit : threads_by_default(); }

void THSetNumThreads(int num_threads)
{
  THArgCheck(num_threads > 0, 1, "the number of threads must be at least 1, got %d", num_threads);
  own_limit = THMin(num_threads, MAX_WORKERS);
}

void THInferNumThreads(void) { own_limit = 0; }
