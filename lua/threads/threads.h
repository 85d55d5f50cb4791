#ifndef THREADS_H
#define THREADS_H
/* Parts of libthreads.so; each adds its functions to the table on top. */
#include "bind.h"
#include <pthread.h>
#include <time.h>

void threads_open_pool(lua_State *L);
void threads_open_sync(lua_State *L);
void threads_open_queue(lua_State *L);
void threads_open_thread(lua_State *L);

/* What a new state runs. */
typedef struct ThreadCode {
  char *path, *cpath, *code; /* package.path, package.cpath, Lua */
} ThreadCode;

/* Copies path, cpath and code at three indices; false: no memory. Those that are copied have to be dropped. */
bool threads_copy(ThreadCode *c, lua_State *L, int path);
void threads_drop(ThreadCode *c);
/* Opens the standard libraries and runs the code with the values on top; as lua_pcall, an error has a traceback. */
int threads_run(lua_State *L, const ThreadCode *c, int nargs);
/* A thread that takes no signals: those are for the threads that the program began with. 0, or what is wrong. */
int threads_start(pthread_t *thread, void *(*run)(void *), void *arg);

enum { THREADS_TURN = 100000000 }; /* ns that Lua waits in C before it has a look at interrupts */
void threads_condition(pthread_cond_t *c); /* a new one, of the clock of threads_later */
struct timespec threads_later(int64_t nanoseconds);

/* The userdata at idx of a class that luaL_newmetatable made, or an error: NAME expected. */
static inline void *threads_check(lua_State *L, int idx, const char *name) { return luaL_checkudata(L, idx, name); }

#endif
