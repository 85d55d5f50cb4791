/* Mutexes, conditions and counters. */
#include "object.h"

/* ---- mutexes ---- */

void mutex_begin(Object *o) { pthread_mutex_init(&o->mutex.lock, NULL); }
void mutex_end(Object *o) { pthread_mutex_destroy(&o->mutex.lock); }

/* Who has locked a mutex is known, so that wrong use is an error and no hang. */
static __thread char me;
static bool is_mine(const Object *o) { return __atomic_load_n(&o->mutex.owner, __ATOMIC_RELAXED) == &me; }
static void set_owner(Object *o, const char *thread) { __atomic_store_n(&o->mutex.owner, thread, __ATOMIC_RELAXED); }

static int mutex_new(lua_State *L)
{
  lua_settop(L, 1);
  object_make(L, MUTEX, 1);
  return 1;
}

static int mutex_lock(lua_State *L)
{
  Object *o = object_check(L, 1, MUTEX);
  if (is_mine(o)) luaL_error(L, "lock: this thread has locked the mutex already");
  pthread_mutex_lock(&o->mutex.lock);
  set_owner(o, &me);
  return 0;
}

static int mutex_unlock(lua_State *L)
{
  Object *o = object_check(L, 1, MUTEX);
  if (!is_mine(o)) luaL_error(L, "unlock: this thread has not locked the mutex");
  set_owner(o, NULL);
  pthread_mutex_unlock(&o->mutex.lock);
  return 0;
}

/* ---- conditions ---- */

void condition_begin(Object *o) { pthread_cond_init(&o->condition, NULL); }
void condition_end(Object *o) { pthread_cond_destroy(&o->condition); }

static int condition_new(lua_State *L)
{
  lua_settop(L, 1);
  object_make(L, CONDITION, 1);
  return 1;
}

static int condition_wait(lua_State *L)
{
  Object *o = object_check(L, 1, CONDITION), *mutex = object_check(L, 2, MUTEX);
  if (!is_mine(mutex)) luaL_error(L, "wait: this thread has not locked the mutex");
  set_owner(mutex, NULL);
  pthread_cond_wait(&o->condition, &mutex->mutex.lock);
  set_owner(mutex, &me);
  return 0;
}

static int condition_signal(lua_State *L)
{
  pthread_cond_signal(&object_check(L, 1, CONDITION)->condition);
  return 0;
}

static int condition_broadcast(lua_State *L)
{
  pthread_cond_broadcast(&object_check(L, 1, CONDITION)->condition);
  return 0;
}

/* ---- counters ---- */

static int counter_new(lua_State *L)
{
  lua_settop(L, 1);
  object_make(L, COUNTER, 1);
  return 1;
}

static int counter_add(lua_State *L)
{
  Object *o = object_check(L, 1, COUNTER);
  lua_pushnumber(L, (double)__atomic_fetch_add(&o->counter, (int64_t)luaL_optnumber(L, 2, 1), __ATOMIC_SEQ_CST));
  return 1;
}

static int counter_get(lua_State *L)
{
  lua_pushnumber(L, (double)__atomic_load_n(&object_check(L, 1, COUNTER)->counter, __ATOMIC_SEQ_CST));
  return 1;
}

static int counter_set(lua_State *L)
{
  Object *o = object_check(L, 1, COUNTER);
  __atomic_store_n(&o->counter, (int64_t)luaL_checknumber(L, 2), __ATOMIC_SEQ_CST);
  return 0;
}

/* ---- registration ---- */

void threads_open_sync(lua_State *L)
{
  static const luaL_Reg mutex[] = {{"lock", mutex_lock}, {"unlock", mutex_unlock}, {NULL, NULL}};
  static const luaL_Reg condition[] = {
      {"wait", condition_wait}, {"signal", condition_signal}, {"broadcast", condition_broadcast}, {NULL, NULL}};
  static const luaL_Reg counter[] = {{"inc", counter_add}, {"get", counter_get}, {"set", counter_set}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"Mutex", mutex_new}, {"Condition", condition_new}, {"AtomicCounter", counter_new}, {NULL, NULL}};
  object_class(L, MUTEX, mutex);
  object_class(L, CONDITION, condition);
  object_class(L, COUNTER, counter);
  lua_pop(L, 3);
  luaL_register(L, NULL, functions);
}
