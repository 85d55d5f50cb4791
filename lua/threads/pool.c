/* A pool of threads, each with a Lua state of its own. Jobs wait in a queue for all threads or in that of one thread;
   what they return waits in a queue for the owner of the pool. One lock guards it all: it is held for some
   instructions only, never while Lua runs. All queues are bounded by the number of threads, that of the results too, so
   that an owner who does not fetch results does not fill the memory. */
#include "threads.h"
#include "message.h"
#include <errno.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Pool Pool;

typedef struct Worker {
  Pool *pool;
  int id; /* from 1 */
  lua_State *L;
  pthread_t thread;
  pthread_cond_t work;
  bool idle; /* waits for work */
  Queue jobs; /* for this thread alone */
} Worker;

struct Pool {
  pthread_mutex_t lock;
  pthread_cond_t result, room; /* a result has come; there is room for one */
  bool closed;
  int waiting; /* threads that wait for room */
  Queue jobs, results;
  char *path, *cpath, *code; /* of a new state: package.path, package.cpath, and what it runs */
  int n, running;            /* threads; those that were started */
  Worker worker[];
};

#define POOL "threads.Pool"
#define WORKER "threads.Worker"

/* ---- life ---- */

static void init_condition(pthread_cond_t *c)
{
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(c, &attributes);
  pthread_condattr_destroy(&attributes);
}

static Pool *pool_new(int n, const char *path, const char *cpath, const char *code)
{
  Pool *p = calloc(1, sizeof *p + (size_t)n * sizeof(Worker));
  if (!p) return NULL;
  pthread_mutex_init(&p->lock, NULL);
  init_condition(&p->result);
  init_condition(&p->room);
  p->n = n;
  for (int i = 0; i < n; i++) {
    p->worker[i].pool = p;
    p->worker[i].id = i + 1;
    init_condition(&p->worker[i].work);
  }
  p->path = strdup(path);
  p->cpath = strdup(cpath);
  p->code = strdup(code);
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
  free(p->path);
  free(p->cpath);
  free(p->code);
  free(p);
}

/* Threads end after the job that they run; jobs that wait are dropped. */
static void pool_close(Pool *p)
{
  pthread_mutex_lock(&p->lock);
  p->closed = true;
  for (int i = 0; i < p->n; i++) pthread_cond_signal(&p->worker[i].work);
  pthread_cond_broadcast(&p->room);
  pthread_mutex_unlock(&p->lock);
  for (int i = 0; i < p->running; i++) pthread_join(p->worker[i].thread, NULL);
  pool_free(p);
}

/* ---- in a thread ---- */

static void set_path(lua_State *L, const char *field, const char *value)
{
  lua_getglobal(L, "package");
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
  lua_pop(L, 1);
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
  pthread_mutex_lock(&p->lock);
  queue_put(&p->results, m);
  pthread_cond_signal(&p->result);
  pthread_mutex_unlock(&p->lock);
}

/* (light userdata of the worker): runs its code */
static int run_worker(lua_State *L)
{
  Worker *w = lua_touserdata(L, 1);
  luaL_openlibs(L);
  set_path(L, "path", w->pool->path);
  set_path(L, "cpath", w->pool->cpath);
  luaL_loadstring(L, w->pool->code);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, w->id);
  if (lua_pcall(L, 2, 0, 0)) tell_failure(w, L);
  return 0;
}

static void *thread_main(void *arg)
{
  Worker *w = arg;
  lua_cpcall(w->L, run_worker, w);
  lua_close(w->L);
  return NULL;
}

/* Signals are for the threads that the program began with. */
static int start(Worker *w)
{
  sigset_t all, before;
  if (!(w->L = luaL_newstate())) return ENOMEM;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&w->thread, NULL, thread_main, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) lua_close(w->L);
  return failed;
}

static Message *next_job(Worker *w)
{
  Pool *p = w->pool;
  Message *m = NULL;
  pthread_mutex_lock(&p->lock);
  while (!p->closed && !(m = queue_take(&w->jobs)) && !(m = queue_take(&p->jobs))) {
    w->idle = true;
    pthread_cond_wait(&w->work, &p->lock);
    w->idle = false;
  }
  pthread_mutex_unlock(&p->lock);
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

/* giveresult(worker, ...) */
static int give_result(lua_State *L)
{
  Pool *p = to_worker(L)->pool;
  Message *m = message_new(L, 2);
  pthread_mutex_lock(&p->lock);
  while (p->results.count >= p->n && !p->closed) {
    p->waiting++;
    pthread_cond_wait(&p->room, &p->lock);
    p->waiting--;
  }
  queue_put(&p->results, m);
  pthread_cond_signal(&p->result);
  pthread_mutex_unlock(&p->lock);
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
  Pool *p = *box = pool_new(n, luaL_checkstring(L, 2), luaL_checkstring(L, 3), luaL_checkstring(L, 4));
  if (!p || !p->path || !p->cpath || !p->code) return luaL_error(L, "not enough memory for %d threads", n);
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

/* pool:accepts(id): is there room for a job */
static int accepts(lua_State *L)
{
  Pool *p = check_pool(L);
  int id = check_id(L, p);
  pthread_mutex_lock(&p->lock);
  lua_pushboolean(L, jobs_of(p, id)->count < p->n);
  pthread_mutex_unlock(&p->lock);
  return 1;
}

/* Wakes one thread, the given one (0: any), if it waits. */
static void wake(Pool *p, int id)
{
  for (int i = 0; i < p->n; i++) {
    Worker *w = &p->worker[i];
    if (!w->idle || (id && w->id != id)) continue;
    w->idle = false; /* the next job wakes another one */
    pthread_cond_signal(&w->work);
    return;
  }
}

/* pool:put(id, ...): a job of these values */
static int put_job(lua_State *L)
{
  Pool *p = check_pool(L);
  int id = check_id(L, p);
  Message *m = message_new(L, 3);
  pthread_mutex_lock(&p->lock);
  queue_put(jobs_of(p, id), m);
  wake(p, id);
  pthread_mutex_unlock(&p->lock);
  return 0;
}

static struct timespec later(long nanoseconds)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += nanoseconds;
  t.tv_sec += t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

/* pool:take() -> the values of the next result; nothing after a tenth of a second, so that Lua can be interrupted */
static int take_result(lua_State *L)
{
  Pool *p = check_pool(L);
  Message *m;
  int status = 0;
  pthread_mutex_lock(&p->lock);
  if (!p->results.count) {
    struct timespec end = later(100000000);
    while (!p->results.count && status != ETIMEDOUT) status = pthread_cond_timedwait(&p->result, &p->lock, &end);
  }
  m = queue_take(&p->results);
  if (p->waiting) pthread_cond_signal(&p->room);
  pthread_mutex_unlock(&p->lock);
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
