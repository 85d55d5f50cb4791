/* A pool of threads, each with a Lua state of its own. Jobs wait in a queue for all threads or in that of one thread;
   what they return waits in a queue for the owner of the pool. One lock guards it all: it is held for some
   instructions only, never while Lua runs. All queues are bounded by the number of threads, that of the results too, so
   that an owner who does not fetch results does not fill the memory.

   To sleep and be woken costs more than a small job does. So who waits looks for news for a while before it sleeps, as
   long as nobody else wants its processor (the same measure as in TH/parallel). And while jobs are short, one thread runs
   them all: then one of those that sleep only naps, and nobody need be woken for a job, for it will look soon. */
#include "threads.h"
#include "TH.h"
#include "message.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  PATIENCE = 20000,      /* ns that a thread looks for news before it sleeps... */
  BUSY_PATIENCE = 2000,  /* ...and where others want its processor */
  PREEMPTED = 100000,    /* ns between two looks at the clock: somebody else has run */
  SHORT = 20000,         /* ns of a job that is not worth waking a thread for, ... */
  MANY_SHORT = 16,       /* ... once so many in a row have been that short */
  NAP = 500000           /* ns */
};

typedef struct Pool Pool;

typedef struct Worker {
  Pool *pool;
  int id; /* from 1 */
  lua_State *L;
  pthread_t thread;
  pthread_cond_t work;
  bool asleep;      /* until there is work */
  int64_t patience; /* ns */
  int64_t began;    /* its job; now() */
  Queue jobs;       /* for this thread alone */
} Worker;

struct Pool {
  pthread_mutex_t lock;
  pthread_cond_t result, room; /* a result has come; there is room for one */
  bool closed;
  int news, given, taken; /* count jobs, results, results that were fetched; read without the lock, too */
  int cores, awake;       /* processors; threads that do not sleep */
  bool owner_sleeps;
  int waiting, looking;   /* threads that sleep until there is room; that look for jobs, awake */
  int shorts;             /* jobs in a row that were short */
  Worker *napping;
  int64_t patience; /* of the owner */
  Queue jobs, results;
  ThreadCode code;
  int n, running;            /* threads; those that were started */
  Worker worker[];
};

#define POOL "threads.Pool"
#define WORKER "threads.Worker"

/* ---- waiting ---- */

static int64_t now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* It is held for so short a time that to sleep for it would cost more. */
static void lock(Pool *p)
{
  enum { TRIES = 100 };
  for (int i = 0; i < TRIES; i++) {
    if (!pthread_mutex_trylock(&p->lock)) return;
    relax();
  }
  pthread_mutex_lock(&p->lock);
}

static void unlock(Pool *p) { pthread_mutex_unlock(&p->lock); }

/* Another event of that kind, locked. */
static void count(int *events) { __atomic_store_n(events, *events + 1, __ATOMIC_RELEASE); }

/* Without the lock: whether something happens before patience ends. Where somebody else wants this processor it is given
   up at once, and patience gets short. */
static bool happens_soon(const int *events, int so_far, int64_t *patience)
{
  enum { LOOKS = 32 };
  int64_t start = now(), last = start;
  while (last - start < *patience) {
    for (int i = 0; i < LOOKS; i++) {
      if (__atomic_load_n(events, __ATOMIC_ACQUIRE) != so_far) return true;
      relax();
    }
    int64_t t = now();
    if (t - last > PREEMPTED) *patience = BUSY_PATIENCE;
    last = t;
  }
  return false;
}

/* Threads that want a processor. */
static int running(const Pool *p) { return p->awake + !p->owner_sleeps; }

/* The same, locked before and after, if each of the pool's threads has a processor to itself. */
static bool look(Pool *p, const int *events, int64_t *patience)
{
  int so_far = *events;
  if (running(p) > p->cores) return false;
  unlock(p);
  happens_soon(events, so_far, patience);
  lock(p);
  return *events != so_far;
}

static void more_patience(int64_t *patience) { *patience = THMin(2 * *patience, PATIENCE); }

/* ---- life ---- */

static Pool *pool_new(int n)
{
  Pool *p = calloc(1, sizeof *p + (size_t)n * sizeof(Worker));
  if (!p) return NULL;
  pthread_mutex_init(&p->lock, NULL);
  threads_condition(&p->result);
  threads_condition(&p->room);
  p->n = n;
  p->awake = n;
  p->cores = THGetNumCores();
  p->patience = PATIENCE;
  for (int i = 0; i < n; i++) {
    p->worker[i].pool = p;
    p->worker[i].id = i + 1;
    p->worker[i].patience = PATIENCE;
    threads_condition(&p->worker[i].work);
  }
  return p;
}

static void pool_free(Pool *p)
{
  for (int i = 0; i < p->n; i++) {
    pthread_cond_destroy(&p->worker[i].work);
    queue_clear(&p->worker[i].jobs);
  }
  queue_clear(&p->jobs);
  queue_clear(&p->results);
  pthread_cond_destroy(&p->result);
  pthread_cond_destroy(&p->room);
  pthread_mutex_destroy(&p->lock);
  threads_drop(&p->code);
  free(p);
}

/* Threads end after the job that they run; jobs that wait are dropped. */
static void pool_close(Pool *p)
{
  lock(p);
  p->closed = true;
  count(&p->news);
  count(&p->taken);
  for (int i = 0; i < p->n; i++) pthread_cond_signal(&p->worker[i].work);
  pthread_cond_broadcast(&p->room);
  unlock(p);
  for (int i = 0; i < p->running; i++) pthread_join(p->worker[i].thread, NULL);
  pool_free(p);
}

/* ---- in a thread ---- */

static void put_result(Pool *p, Message *m)
{
  queue_put(&p->results, m);
  count(&p->given);
  pthread_cond_signal(&p->result);
}

/* What kept a thread from taking jobs, on top of the stack, becomes a result: false, no job, its number and why. */
static void tell_failure(const Worker *w, lua_State *L)
{
  Pool *p = w->pool;
  int why = lua_gettop(L);
  lua_pushboolean(L, false);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, w->id);
  lua_pushvalue(L, why);
  Message *m = message_new(L, why + 1);
  lock(p);
  put_result(p, m);
  unlock(p);
}

/* (light userdata of the worker): runs its code */
static int run_worker(lua_State *L)
{
  Worker *w = lua_touserdata(L, 1);
  lua_pushinteger(L, w->id);
  if (threads_run(L, &w->pool->code, 2)) tell_failure(w, L);
  return 0;
}

static void *thread_main(void *arg)
{
  Worker *w = arg;
  lua_cpcall(w->L, run_worker, w);
  lua_close(w->L);
  return NULL;
}

static int start(Worker *w)
{
  if (!(w->L = luaL_newstate())) return ENOMEM;
  int failed = threads_start(&w->thread, thread_main, w);
  if (failed) lua_close(w->L);
  return failed;
}

static void get_up(Worker *w)
{
  w->asleep = false;
  w->pool->awake++;
}

/* Wakes a thread that sleeps, the given one (0: any). */
static void wake(Pool *p, int id)
{
  for (int i = 0; i < p->n; i++) {
    Worker *w = &p->worker[i];
    if (!w->asleep || (id && w->id != id)) continue;
    get_up(w);
    pthread_cond_signal(&w->work);
    return;
  }
}

static bool jobs_are_short(const Pool *p) { return p->shorts >= MANY_SHORT; }

/* A thread for a job that waits for any, unless one will find it without being woken. */
static void call_one(Pool *p)
{
  bool soon = p->looking || (p->napping && jobs_are_short(p) && p->awake + p->waiting > 0);
  if (p->jobs.count && !soon) wake(p, 0);
}

static Message *take_any(Worker *w)
{
  Message *m = queue_take(&w->jobs);
  if (m || !(m = queue_take(&w->pool->jobs))) return m;
  call_one(w->pool); /* for the next one */
  return m;
}

static bool look_for_job(Worker *w)
{
  Pool *p = w->pool;
  p->looking++;
  bool news = look(p, &p->news, &w->patience);
  p->looking--;
  return news;
}

/* Naps while others do jobs, until somebody wakes it; gets up when jobs wait that others do not get to. */
static void nap(Worker *w)
{
  Pool *p = w->pool;
  p->napping = w;
  for (int done = 1; w->asleep && !p->closed && done;) {
    int before = p->given;
    struct timespec end = threads_later(NAP);
    if (pthread_cond_timedwait(&w->work, &p->lock, &end) != ETIMEDOUT) continue;
    done = p->given - before;
    bool needed = p->jobs.count && (done < NAP / SHORT || running(p) + p->waiting < p->cores);
    if (needed && w->asleep) get_up(w); /* it may have been woken just now */
  }
  p->napping = NULL;
}

/* Until there is work, maybe. */
static void sleep_until_needed(Worker *w)
{
  Pool *p = w->pool;
  w->asleep = true;
  p->awake--;
  if (!p->napping && jobs_are_short(p)) nap(w);
  while (w->asleep && !p->closed) pthread_cond_wait(&w->work, &p->lock);
  if (w->asleep) get_up(w);
  more_patience(&w->patience);
}

static Message *next_job(Worker *w)
{
  Pool *p = w->pool;
  Message *m = NULL;
  lock(p);
  while (!p->closed && !(m = take_any(w)))
    if (!look_for_job(w)) sleep_until_needed(w);
  unlock(p);
  w->began = now();
  return m;
}

static Worker *to_worker(lua_State *L)
{
  if (!lua_islightuserdata(L, 1)) luaL_typerror(L, 1, WORKER);
  return lua_touserdata(L, 1);
}

/* takejob(worker) -> the values of the next job; nothing when the pool has been closed */
static int take_job(lua_State *L)
{
  Message *m = next_job(to_worker(L));
  return m ? message_push(L, m) : 0;
}

/* Until there is room for a result, maybe. */
static void wait_for_room(Worker *w)
{
  Pool *p = w->pool;
  if (look(p, &p->taken, &w->patience)) return;
  p->waiting++;
  p->awake--;
  pthread_cond_wait(&p->room, &p->lock);
  p->awake++;
  p->waiting--;
}

/* giveresult(worker, ...) */
static int give_result(lua_State *L)
{
  Worker *w = to_worker(L);
  Pool *p = w->pool;
  Message *m = message_new(L, 2);
  bool was_short = now() - w->began < SHORT;
  lock(p);
  while (p->results.count >= p->n && !p->closed) wait_for_room(w);
  p->shorts = was_short ? THMin(p->shorts + 1, MANY_SHORT) : 0;
  put_result(p, m);
  unlock(p);
  return 0;
}

/* ---- for the owner ---- */

static Pool *check_pool(lua_State *L)
{
  Pool **box = threads_check(L, 1, POOL);
  if (!*box) luaL_error(L, "the pool of threads has been terminated");
  return *box;
}

/* newpool(n, path, cpath, code) -> pool of n threads that run code(worker, id) */
static int new_pool(lua_State *L)
{
  int n = (int)luaL_checkinteger(L, 1);
  Pool **box = lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, POOL);
  lua_setmetatable(L, -2);
  Pool *p = *box = pool_new(n);
  if (!p || !threads_copy(&p->code, L, 2)) return luaL_error(L, "not enough memory for %d threads", n);
  for (; p->running < n; p->running++) {
    int failed = start(&p->worker[p->running]);
    if (failed) return luaL_error(L, "cannot start thread %d of %d: %s", p->running + 1, n, strerror(failed));
  }
  return 1;
}

static int close_pool(lua_State *L)
{
  Pool **box = threads_check(L, 1, POOL), *p = *box;
  *box = NULL;
  if (p) pool_close(p);
  return 0;
}

static Queue *jobs_of(Pool *p, int id) { return id ? &p->worker[id - 1].jobs : &p->jobs; }

/* 0 (every thread) to n */
static int check_id(lua_State *L, const Pool *p)
{
  int id = (int)luaL_checkinteger(L, 2);
  luaL_argcheck(L, id >= 0 && id <= p->n, 2, "no such thread");
  return id;
}

static bool has_room(Pool *p, int id)
{
  lock(p);
  bool room = jobs_of(p, id)->count < p->n;
  unlock(p);
  return room;
}

/* pool:accepts(id): is there room for a job */
static int accepts(lua_State *L)
{
  Pool *p = check_pool(L);
  lua_pushboolean(L, has_room(p, check_id(L, p)));
  return 1;
}

/* pool:put(id, ...): a job of these values; false when there is no room for one */
static int put_job(lua_State *L)
{
  Pool *p = check_pool(L);
  int id = check_id(L, p);
  bool room = has_room(p, id); /* nobody else makes it smaller */
  lua_pushboolean(L, room);
  lua_insert(L, 3);
  if (room) {
    Message *m = message_new(L, 4);
    lock(p);
    queue_put(jobs_of(p, id), m);
    count(&p->news);
    if (id) wake(p, id);
    else call_one(p);
    unlock(p);
  }
  lua_settop(L, 3);
  return 1;
}

static void wait_for_result(Pool *p)
{
  struct timespec end = threads_later(THREADS_TURN);
  int status = 0;
  if (p->jobs.count) wake(p, 0); /* what was thought to be short is not */
  p->owner_sleeps = true;
  while (!p->results.count && status != ETIMEDOUT) status = pthread_cond_timedwait(&p->result, &p->lock, &end);
  p->owner_sleeps = false;
  more_patience(&p->patience);
}

/* pool:take() -> the values of the next result; nothing after a tenth of a second, so that Lua can be interrupted */
static int take_result(lua_State *L)
{
  Pool *p = check_pool(L);
  lock(p);
  if (!p->results.count && !look(p, &p->given, &p->patience)) wait_for_result(p);
  Message *m = queue_take(&p->results);
  if (m) count(&p->taken);
  if (p->waiting) pthread_cond_signal(&p->room);
  unlock(p);
  return m ? message_push(L, m) : 0;
}

void threads_open_pool(lua_State *L)
{
  static const luaL_Reg methods[] = {{"accepts", accepts}, {"put", put_job},     {"take", take_result},
                                     {"close", close_pool}, {"__gc", close_pool}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"newpool", new_pool}, {"takejob", take_job}, {"giveresult", give_result}, {NULL, NULL}};
  luaL_newmetatable(L, POOL);
  luaL_register(L, NULL, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_register(L, NULL, functions);
}
