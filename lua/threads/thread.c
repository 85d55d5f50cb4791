/* Threads with a Lua state each: how one begins, and the class threads.Thread of a single one. */
#include "threads.h"
#include <errno.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- for pools, too ---- */

struct timespec threads_later(int64_t nanoseconds)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  int64_t end = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec + nanoseconds;
  return (struct timespec){end / 1000000000, end % 1000000000};
}

void threads_condition(pthread_cond_t *c)
{
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(c, &attributes);
  pthread_condattr_destroy(&attributes);
}

/* Threads take no signals but those of their own faults: one that is blocked ends the process, where the GPU simulator, whose
   memory is opened by faults, would go on. */
int threads_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
  sigset_t all, before;
  sigfillset(&all);
  const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(thread, NULL, run, arg);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed;
}

static void set_path(lua_State *L, const char *field, const char *value)
{
  lua_getglobal(L, "package");
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
  lua_pop(L, 1);
}

bool threads_copy(ThreadCode *c, lua_State *L, int path)
{
  c->path = strdup(luaL_checkstring(L, path));
  c->cpath = strdup(luaL_checkstring(L, path + 1));
  c->code = strdup(luaL_checkstring(L, path + 2));
  return c->path && c->cpath && c->code;
}

void threads_drop(ThreadCode *c)
{
  free(c->path);
  free(c->cpath);
  free(c->code);
}

/* Pushes what an error passes through: debug.traceback. */
static void push_traceback(lua_State *L)
{
  lua_getglobal(L, "debug");
  lua_getfield(L, -1, "traceback");
  lua_remove(L, -2);
}

int threads_run(lua_State *L, const ThreadCode *c, int nargs)
{
  int first = lua_gettop(L) - nargs + 1;
  luaL_openlibs(L);
  set_path(L, "path", c->path);
  set_path(L, "cpath", c->cpath);
  push_traceback(L);
  lua_insert(L, first);
  int failed = luaL_loadbuffer(L, c->code, strlen(c->code), "=thread");
  if (failed) return failed;
  lua_insert(L, first + 1);
  return lua_pcall(L, nargs, 0, first);
}

/* ---- threads.Thread ---- */

typedef struct Thread {
  pthread_t thread;
  lua_State *L;
  bool running;
  char *error;
  ThreadCode code;
} Thread;

#define THREAD "threads.Thread"

/* (light userdata of the thread) */
static int run_code(lua_State *L)
{
  Thread *t = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (threads_run(L, &t->code, 0)) {
    const char *why = lua_tostring(L, -1);
    t->error = strdup(why ? why : "an error that is no text");
  }
  return 0;
}

static void *thread_main(void *arg)
{
  Thread *t = arg;
  if (lua_cpcall(t->L, run_code, t) && !t->error) t->error = strdup("not enough memory");
  lua_close(t->L);
  return NULL;
}

/* newthread(path, cpath, code) */
static int new_thread(lua_State *L)
{
  Thread *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  luaL_getmetatable(L, THREAD);
  lua_setmetatable(L, -2);
  if (!threads_copy(&t->code, L, 1) || !(t->L = luaL_newstate())) luaL_error(L, "not enough memory for a thread");
  int failed = threads_start(&t->thread, thread_main, t);
  if (failed) {
    lua_close(t->L);
    luaL_error(L, "cannot start a thread: %s", strerror(failed));
  }
  t->running = true;
  return 1;
}

/* Waits for its end. */
static Thread *finish(lua_State *L)
{
  Thread *t = threads_check(L, 1, THREAD);
  if (t->running) pthread_join(t->thread, NULL);
  t->running = false;
  threads_drop(&t->code);
  memset(&t->code, 0, sizeof t->code);
  return t;
}

/* thread:free(): raises what the code raised */
static int free_thread(lua_State *L)
{
  Thread *t = finish(L);
  if (!t->error) return 0;
  lua_pushfstring(L, "[thread] %s", t->error);
  free(t->error);
  t->error = NULL;
  return lua_error(L);
}

/* Nobody else will tell of an error. */
static int collect_thread(lua_State *L)
{
  Thread *t = finish(L);
  if (t->error) fprintf(stderr, "error in a thread that was not freed: %s\n", t->error);
  free(t->error);
  t->error = NULL;
  return 0;
}

void threads_open_thread(lua_State *L)
{
  static const luaL_Reg methods[] = {{"free", free_thread}, {"__gc", collect_thread}, {NULL, NULL}};
  luaL_newmetatable(L, THREAD);
  luaL_register(L, NULL, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_pushcfunction(L, new_thread);
  lua_setfield(L, -2, "newthread");
}
