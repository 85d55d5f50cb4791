#include "object.h"
#include <stdlib.h>

static void nothing(Object *o) { (void)o; }

static const struct {
  const char *name;
  void (*begin)(Object *o), (*end)(Object *o);
} sorts[SORTS] = {
    [MUTEX] = {"threads.Mutex", mutex_begin, mutex_end},
    [CONDITION] = {"threads.Condition", condition_begin, condition_end},
    [COUNTER] = {"threads.AtomicCounter", nothing, nothing},
    [QUEUE] = {"threads.Queue", queue_begin, queue_end},
};

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
  sorts[sort].begin(o);
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
  sorts[o->sort].end(o);
  free(o);
}

Object *object_check(lua_State *L, int idx, Sort sort)
{
  Object *o = *(Object **)threads_check(L, idx, sorts[sort].name);
  if (!o) luaL_error(L, "this %s has been freed", sorts[sort].name);
  return o;
}

Object *object_make(lua_State *L, Sort sort, int idx)
{
  Object **box = lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, sorts[sort].name);
  lua_setmetatable(L, -2);
  bool given = idx && !lua_isnoneornil(L, idx);
  *box = given ? object_get(sort, (long)luaL_checknumber(L, idx)) : object_new(sort);
  if (!*box && given) luaL_error(L, "there is no %s of number %d", sorts[sort].name, (int)lua_tonumber(L, idx));
  if (!*box) luaL_error(L, "not enough memory for a %s", sorts[sort].name);
  return *box;
}

/* The sort is the function's upvalue. */
static Sort sort_of(lua_State *L) { return (Sort)lua_tointeger(L, lua_upvalueindex(1)); }

static int push_id(lua_State *L)
{
  lua_pushnumber(L, (double)object_check(L, 1, sort_of(L))->id);
  return 1;
}

static int release(lua_State *L)
{
  Object **box = threads_check(L, 1, sorts[sort_of(L)].name), *o = *box;
  *box = NULL;
  if (o) object_release(o);
  return 0;
}

static void set_method(lua_State *L, Sort sort, const char *name, lua_CFunction f)
{
  lua_pushinteger(L, sort);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

void object_class(lua_State *L, Sort sort, const luaL_Reg *methods)
{
  luaL_newmetatable(L, sorts[sort].name);
  luaL_register(L, NULL, methods);
  set_method(L, sort, "id", push_id);
  set_method(L, sort, "free", release);
  set_method(L, sort, "__gc", release);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
}
