/* Mutexes, conditions and counters. Each is one C object, known by a number in every Lua state of the process, that
   lives as long as a userdata of it. */
#include "threads.h"
#include <pthread.h>
#include <stdlib.h>

typedef enum Sort { MUTEX, CONDITION, COUNTER, SORTS } Sort;
static const char *const sort_name[SORTS] = {"threads.Mutex", "threads.Condition", "threads.AtomicCounter"};

typedef struct Object {
  struct Object *next;
  long id;
  int count; /* userdata */
  Sort sort;
  union {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int64_t counter;
  };
} Object;

/* All that are alive: a number of one that is not is an error, not a crash. */
static struct {
  pthread_mutex_t lock;
  Object *first;
  long last_id;
} alive = {.lock = PTHREAD_MUTEX_INITIALIZER};

static Object *object_new(Sort sort)
{
  Object *o = calloc(1, sizeof *o);
  if (!o) return NULL;
  o->sort = sort;
  o->count = 1;
  if (sort == MUTEX) { /* errors of its use are errors, not hangs */
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&o->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  if (sort == CONDITION) pthread_cond_init(&o->condition, NULL);
  pthread_mutex_lock(&alive.lock);
  o->id = ++alive.last_id;
  o->next = alive.first;
  alive.first = o;
  pthread_mutex_unlock(&alive.lock);
  return o;
}

/* One more user of the object of that number; NULL when there is none. */
static Object *object_get(Sort sort, long id)
{
  pthread_mutex_lock(&alive.lock);
  Object *o = alive.first;
  while (o && (o->id != id || o->sort != sort)) o = o->next;
  if (o) o->count++;
  pthread_mutex_unlock(&alive.lock);
  return o;
}

static void unlink_object(Object *o)
{
  Object **at = &alive.first;
  while (*at != o) at = &(*at)->next;
  *at = o->next;
}

static void object_release(Object *o)
{
  pthread_mutex_lock(&alive.lock);
  bool last = --o->count == 0;
  if (last) unlink_object(o);
  pthread_mutex_unlock(&alive.lock);
  if (!last) return;
  if (o->sort == MUTEX) pthread_mutex_destroy(&o->mutex);
  if (o->sort == CONDITION) pthread_cond_destroy(&o->condition);
  free(o);
}

static Object *check_object(lua_State *L, int idx, Sort sort)
{
  Object *o = *(Object **)threads_check(L, idx, sort_name[sort]);
  if (!o) luaL_error(L, "this %s has been freed", sort_name[sort]);
  return o;
}

/* A new object, or that of the number at idx. */
static Object *make(lua_State *L, Sort sort, int idx)
{
  Object **box = lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, sort_name[sort]);
  lua_setmetatable(L, -2);
  bool given = !lua_isnoneornil(L, idx) && idx;
  *box = given ? object_get(sort, (long)luaL_checknumber(L, idx)) : object_new(sort);
  if (!*box && given) luaL_error(L, "there is no %s of number %d", sort_name[sort], (int)lua_tonumber(L, idx));
  if (!*box) luaL_error(L, "not enough memory for a %s", sort_name[sort]);
  return *box;
}

static int release(lua_State *L, Sort sort)
{
  Object **box = threads_check(L, 1, sort_name[sort]), *o = *box;
  *box = NULL;
  if (o) object_release(o);
  return 0;
}

static int push_id(lua_State *L, Sort sort)
{
  lua_pushnumber(L, (double)check_object(L, 1, sort)->id);
  return 1;
}

/* ---- mutexes ---- */

static int mutex_new(lua_State *L)
{
  lua_settop(L, 1);
  make(L, MUTEX, 1);
  return 1;
}

static int mutex_lock(lua_State *L)
{
  if (pthread_mutex_lock(&check_object(L, 1, MUTEX)->mutex)) luaL_error(L, "lock: this thread has locked the mutex already");
  return 0;
}

static int mutex_unlock(lua_State *L)
{
  if (pthread_mutex_unlock(&check_object(L, 1, MUTEX)->mutex)) luaL_error(L, "unlock: this thread has not locked the mutex");
  return 0;
}

static int mutex_id(lua_State *L) { return push_id(L, MUTEX); }
static int mutex_free(lua_State *L) { return release(L, MUTEX); }

/* ---- conditions ---- */

static int condition_new(lua_State *L)
{
  lua_settop(L, 1);
  make(L, CONDITION, 1);
  return 1;
}

static int condition_wait(lua_State *L)
{
  Object *o = check_object(L, 1, CONDITION), *mutex = check_object(L, 2, MUTEX);
  if (pthread_cond_wait(&o->condition, &mutex->mutex)) luaL_error(L, "wait: this thread has not locked the mutex");
  return 0;
}

static int condition_signal(lua_State *L)
{
  pthread_cond_signal(&check_object(L, 1, CONDITION)->condition);
  return 0;
}

static int condition_broadcast(lua_State *L)
{
  pthread_cond_broadcast(&check_object(L, 1, CONDITION)->condition);
  return 0;
}

static int condition_id(lua_State *L) { return push_id(L, CONDITION); }
static int condition_free(lua_State *L) { return release(L, CONDITION); }

/* ---- counters ---- */

/* newcounter([value [, id]]) */
static int counter_new(lua_State *L)
{
  int64_t value = (int64_t)luaL_optnumber(L, 1, 0);
  lua_settop(L, 2);
  Object *o = make(L, COUNTER, 2);
  if (lua_isnil(L, 2)) __atomic_store_n(&o->counter, value, __ATOMIC_SEQ_CST);
  return 1;
}

static int counter_add(lua_State *L)
{
  Object *o = check_object(L, 1, COUNTER);
  lua_pushnumber(L, (double)__atomic_fetch_add(&o->counter, (int64_t)luaL_optnumber(L, 2, 1), __ATOMIC_SEQ_CST));
  return 1;
}

static int counter_get(lua_State *L)
{
  lua_pushnumber(L, (double)__atomic_load_n(&check_object(L, 1, COUNTER)->counter, __ATOMIC_SEQ_CST));
  return 1;
}

static int counter_set(lua_State *L)
{
  Object *o = check_object(L, 1, COUNTER);
  __atomic_store_n(&o->counter, (int64_t)luaL_checknumber(L, 2), __ATOMIC_SEQ_CST);
  return 0;
}

static int counter_id(lua_State *L) { return push_id(L, COUNTER); }
static int counter_free(lua_State *L) { return release(L, COUNTER); }

/* ---- registration ---- */

static void new_class(lua_State *L, Sort sort, const luaL_Reg *methods)
{
  luaL_newmetatable(L, sort_name[sort]);
  luaL_register(L, NULL, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void threads_open_sync(lua_State *L)
{
  static const luaL_Reg mutex[] = {{"lock", mutex_lock}, {"unlock", mutex_unlock}, {"id", mutex_id},
                                   {"free", mutex_free}, {"__gc", mutex_free},     {NULL, NULL}};
  static const luaL_Reg condition[] = {{"wait", condition_wait},           {"signal", condition_signal},
                                       {"broadcast", condition_broadcast}, {"id", condition_id},
                                       {"free", condition_free},           {"__gc", condition_free},
                                       {NULL, NULL}};
  static const luaL_Reg counter[] = {{"inc", counter_add}, {"get", counter_get},   {"set", counter_set},
                                     {"id", counter_id},   {"free", counter_free}, {"__gc", counter_free},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"Mutex", mutex_new}, {"Condition", condition_new}, {"newcounter", counter_new}, {NULL, NULL}};
  new_class(L, MUTEX, mutex);
  new_class(L, CONDITION, condition);
  new_class(L, COUNTER, counter);
  luaL_register(L, NULL, functions);
}
