/* Queues of jobs that any thread fills and any thread empties; a queue waits where it is full or empty. */
#include "object.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void queue_begin(Object *o)
{
  pthread_mutex_init(&o->queue.lock, NULL);
  threads_condition(&o->queue.more);
  threads_condition(&o->queue.room);
}

void queue_end(Object *o)
{
  JobQueue *q = &o->queue;
  queue_clear(&q->jobs);
  pthread_cond_destroy(&q->more);
  pthread_cond_destroy(&q->room);
  pthread_mutex_destroy(&q->lock);
  free(q->by);
}

static JobQueue *check_queue(lua_State *L) { return &object_check(L, 1, QUEUE)->queue; }

/* newqueue(size, by), or newqueue(id) */
static int new_queue(lua_State *L)
{
  if (lua_gettop(L) == 1) {
    object_make(L, QUEUE, 1);
    return 1;
  }
  int size = (int)luaL_checkinteger(L, 1);
  const char *by = luaL_checkstring(L, 2);
  JobQueue *q = &object_make(L, QUEUE, 0)->queue;
  q->size = size;
  if (!(q->by = strdup(by))) luaL_error(L, "not enough memory for a threads.Queue");
  return 1;
}

/* Waits while the queue has that many jobs, locked; false after a tenth of a second, so that Lua can be interrupted. */
static bool wait_while(JobQueue *q, int jobs, pthread_cond_t *changed)
{
  struct timespec end = threads_later(THREADS_TURN);
  int status = 0;
  while (q->jobs.count == jobs && status != ETIMEDOUT) status = pthread_cond_timedwait(changed, &q->lock, &end);
  return q->jobs.count != jobs;
}

/* queue:put(...): a job of these values; false when there has been no room for one */
static int put(lua_State *L)
{
  JobQueue *q = check_queue(L);
  Message *m = message_new(L, 2);
  pthread_mutex_lock(&q->lock);
  bool room = wait_while(q, q->size, &q->room);
  if (room) {
    queue_put(&q->jobs, m);
    pthread_cond_signal(&q->more);
  }
  pthread_mutex_unlock(&q->lock);
  if (!room) message_free(m);
  lua_pushboolean(L, room);
  return 1;
}

/* queue:take() -> the values of the next job; nothing when there is none yet */
static int take(lua_State *L)
{
  JobQueue *q = check_queue(L);
  pthread_mutex_lock(&q->lock);
  Message *m = wait_while(q, 0, &q->more) ? queue_take(&q->jobs) : NULL;
  if (m) pthread_cond_signal(&q->room);
  pthread_mutex_unlock(&q->lock);
  return m ? message_push(L, m) : 0;
}

static int count(JobQueue *q)
{
  pthread_mutex_lock(&q->lock);
  int n = q->jobs.count;
  pthread_mutex_unlock(&q->lock);
  return n;
}

static int is_empty(lua_State *L)
{
  lua_pushboolean(L, count(check_queue(L)) == 0);
  return 1;
}

static int is_full(lua_State *L)
{
  JobQueue *q = check_queue(L);
  lua_pushboolean(L, count(q) == q->size);
  return 1;
}

static int size(lua_State *L)
{
  lua_pushinteger(L, check_queue(L)->size);
  return 1;
}

/* The name of the module that serializes. */
static int by(lua_State *L)
{
  lua_pushstring(L, check_queue(L)->by);
  return 1;
}

void threads_open_queue(lua_State *L)
{
  static const luaL_Reg methods[] = {{"put", put},       {"take", take}, {"isempty", is_empty}, {"isfull", is_full},
                                     {"size", size}, {"by", by},     {NULL, NULL}};
  object_class(L, QUEUE, methods);
  lua_setfield(L, -2, "queue");
  lua_pushcfunction(L, new_queue);
  lua_setfield(L, -2, "newqueue");
}
