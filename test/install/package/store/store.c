/* store.Hash: numbers, booleans, tensors and hashes by name, outside of Lua's memory. store.Thread: a Lua state in a
   thread. And what else of luaT.h packages use. */
#include <luaT.h>
#include <TH/TH.h>
#include <pthread.h>

enum store_kind { NUMBER, FLAG, TENSOR, HASH };

typedef struct store_Entry {
  struct store_Entry *next;
  char *name;
  enum store_kind kind;
  union {
    double number;
    int flag;
    THDoubleTensor *tensor;
    struct store_Hash *hash;
  } value;
} store_Entry;

typedef struct store_Hash {
  int refcount;
  long n;
  store_Entry *first[16];
} store_Hash;

static const char *hash_name; /* luaT's own string, for the states of all threads */
static int alive = 0;

/* ---- entries ---- */

static store_Entry **place(store_Hash *h, const char *name)
{
  unsigned sum = 0;
  const char *s;
  store_Entry **at;
  for (s = name; *s; s++) sum = sum * 31 + (unsigned char)*s;
  at = &h->first[sum % 16];
  while (*at && strcmp((*at)->name, name)) at = &(*at)->next;
  return at;
}

static void hash_release(lua_State *L, store_Hash *h);

static void entry_clear(lua_State *L, store_Entry *e)
{
  if (e->kind == TENSOR) THDoubleTensor_free(e->value.tensor);
  if (e->kind == HASH) hash_release(L, e->value.hash);
}

static void remove_entry(lua_State *L, store_Hash *h, store_Entry **at)
{
  store_Entry *e = *at;
  *at = e->next;
  entry_clear(L, e);
  luaT_free(L, e->name);
  luaT_free(L, e);
  h->n--;
}

static void add_entry(lua_State *L, store_Hash *h, store_Entry **at, const char *name, store_Entry value)
{
  store_Entry *e = luaT_alloc(L, sizeof(store_Entry));
  *e = value;
  e->name = luaT_alloc(L, (ptrdiff_t)strlen(name) + 1);
  strcpy(e->name, name);
  e->next = *at;
  *at = e;
  h->n++;
}

static void hash_release(lua_State *L, store_Hash *h)
{
  int i;
  if (--h->refcount > 0) return;
  for (i = 0; i < 16; i++)
    while (h->first[i]) remove_entry(L, h, &h->first[i]);
  luaT_free(L, h);
  alive--;
}

static void push_entry(lua_State *L, store_Entry *e)
{
  switch (e->kind) {
  case NUMBER: lua_pushnumber(L, e->value.number); break;
  case FLAG: lua_pushboolean(L, e->value.flag); break;
  case TENSOR:
    THDoubleTensor_retain(e->value.tensor);
    luaT_pushudata(L, e->value.tensor, "torch.DoubleTensor");
    break;
  case HASH:
    e->value.hash->refcount++;
    luaT_pushudata(L, e->value.hash, hash_name);
    break;
  }
}

/* The value at idx, with a count of its own. */
static store_Entry entry_of(lua_State *L, int idx)
{
  store_Entry e;
  memset(&e, 0, sizeof(e));
  if (luaT_isudata(L, idx, "torch.DoubleTensor")) {
    e.kind = TENSOR;
    e.value.tensor = luaT_toudata(L, idx, "torch.DoubleTensor");
    THDoubleTensor_retain(e.value.tensor);
  } else if (luaT_isudata(L, idx, hash_name)) {
    e.kind = HASH;
    e.value.hash = luaT_toudata(L, idx, hash_name);
    e.value.hash->refcount++;
  } else if (lua_isboolean(L, idx)) {
    e.kind = FLAG;
    e.value.flag = luaT_checkboolean(L, idx);
  } else {
    if (!lua_isnumber(L, idx)) luaT_typerror(L, idx, "number, boolean, tensor or hash");
    e.kind = NUMBER;
    e.value.number = lua_tonumber(L, idx);
  }
  return e;
}

/* ---- the class ---- */

static int hash_new(lua_State *L)
{
  store_Hash *h = luaT_alloc(L, sizeof(store_Hash));
  memset(h, 0, sizeof(store_Hash));
  h->refcount = 1;
  alive++;
  luaT_pushudata(L, h, "store.Hash");
  return 1;
}

static int hash_free(lua_State *L)
{
  hash_release(L, luaT_checkudata(L, 1, "store.Hash"));
  return 0;
}

static int hash_index(lua_State *L)
{
  store_Hash *h = luaT_checkudata(L, 1, hash_name);
  store_Entry *e = lua_type(L, 2) == LUA_TSTRING ? *place(h, lua_tostring(L, 2)) : NULL;
  if (e) push_entry(L, e);
  else lua_pushnil(L);
  lua_pushboolean(L, e != NULL);
  return 2;
}

static int hash_newindex(lua_State *L)
{
  store_Hash *h = luaT_checkudata(L, 1, hash_name);
  const char *name = luaL_checkstring(L, 2);
  store_Entry **at = place(h, name), value;
  if (!lua_isnil(L, 3)) value = entry_of(L, 3);
  if (*at) remove_entry(L, h, at);
  if (!lua_isnil(L, 3)) add_entry(L, h, at, name, value);
  lua_pushboolean(L, 1);
  return 1;
}

static int hash_size(lua_State *L)
{
  luaT_pushinteger(L, ((store_Hash *)luaT_checkudata(L, 1, hash_name))->n);
  return 1;
}

/* For pairs: the next name and value after a name */
static int hash_next(lua_State *L)
{
  store_Hash *h = luaT_checkudata(L, 1, hash_name);
  int i, found = lua_isnil(L, 2);
  for (i = 0; i < 16; i++) {
    store_Entry *e;
    for (e = h->first[i]; e; e = e->next) {
      if (found) {
        lua_pushstring(L, e->name);
        push_entry(L, e);
        return 2;
      }
      found = !strcmp(e->name, lua_tostring(L, 2));
    }
  }
  return 0;
}

static int hash_pairs(lua_State *L)
{
  lua_pushcfunction(L, hash_next);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

static int hash_alive(lua_State *L)
{
  luaT_pushinteger(L, alive);
  return 1;
}

/* retain() -> the address, with a count of its own, for another state; attach(address) takes it over */
static int hash_retain(lua_State *L)
{
  store_Hash *h = luaT_checkudata(L, 1, hash_name);
  h->refcount++;
  luaT_pushinteger(L, (ptrdiff_t)h);
  return 1;
}

static int hash_attach(lua_State *L)
{
  luaT_pushudata(L, (void *)luaT_checkinteger(L, 1), hash_name);
  return 1;
}

/* ---- what luaT says of values ---- */

/* classes(x): names of x's class by all ways to ask, and the parts of the name */
static int store_classes(lua_State *L)
{
  const char *name = luaT_typename(L, 1);
  char module[64];
  if (!name) return 0;
  lua_pushstring(L, name);
  lua_pushboolean(L, luaT_classmodulename(name, module));
  lua_pushstring(L, module);
  lua_pushstring(L, luaT_classrootname(name));
  lua_pushboolean(L, luaT_typenameid(L, name) == luaT_typenameid(L, name));
  lua_pushboolean(L, luaT_typenameid(L, "store.Nothing") == NULL);
  return 6;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/* The same in the names of the first versions of luaT: classes have ids. */
static int store_ids(lua_State *L)
{
  const char *id = luaT_id(L, 1);
  lua_pushstring(L, luaT_id2typename(L, id));
  lua_pushboolean(L, luaT_typename2id(L, lua_tostring(L, -1)) == luaT_checktypename2id(L, lua_tostring(L, -1)));
  lua_pushboolean(L, luaT_pushmetaclass(L, "store.Nothing"));
  luaT_pushmetaclass(L, lua_tostring(L, -3));
  luaT_getmetaclass(L, 1);
  lua_pushboolean(L, lua_rawequal(L, -1, -2));
  lua_replace(L, -3);
  lua_pop(L, 1);
  return 4;
}

static int store_check_id(lua_State *L)
{
  lua_pushstring(L, luaT_checktypename2id(L, luaL_checkstring(L, 1)));
  return 1;
}

static void add_methods(lua_State *L, const luaL_Reg *methods) { luaT_registeratid(L, methods, "functions"); }
#pragma GCC diagnostic pop

/* options(n, flag [, other=true]) */
static int store_options(lua_State *L)
{
  lua_settop(L, 3);
  luaT_pushinteger(L, luaT_checkinteger(L, 1));
  luaT_pushlong(L, luaT_tolong(L, 2));
  lua_pushboolean(L, luaT_checkboolean(L, 2));
  lua_pushboolean(L, luaT_optboolean(L, 3, 1));
  return 4;
}

static int store_handle(lua_State *L)
{
  lua_newtable(L);
  lua_pushlightuserdata(L, &alive);
  lua_setfield(L, -2, "handle");
  return 1;
}

static int store_from_handle(lua_State *L)
{
  luaT_pushinteger(L, *(int *)luaT_getfieldchecklightudata(L, 1, "handle"));
  return 1;
}

static int store_dump(lua_State *L)
{
  luaT_stackdump(L);
  fflush(stdout);
  return 0;
}

static int entries = 0;
static void on_entry(lua_State *L)
{
  (void)L;
  entries++;
}

/* entered(): how often a function of a state whose entries are counted was called by C; a state of its own, for torch
   counts those of this one */
static int store_entered(lua_State *L)
{
  lua_State *other = luaL_newstate();
  luaT_onentry(other, on_entry);
  lua_pushnumber(other, 1);
  luaT_typename(other, 1);
  luaT_isudata(other, 1, hash_name);
  lua_close(other);
  luaT_pushinteger(L, entries);
  return 1;
}

/* ---- threads ---- */

typedef struct store_Thread {
  pthread_t thread;
  char *code, *result;
  size_t length;
  int failed;
} store_Thread;

static void *thread_main(void *arg)
{
  store_Thread *t = arg;
  lua_State *L = luaL_newstate();
  const char *s;
  luaL_openlibs(L);
  t->failed = luaL_loadstring(L, t->code) || lua_pcall(L, 0, 1, 0);
  s = lua_tolstring(L, -1, &t->length);
  t->result = malloc(t->length + 1);
  if (s) memcpy(t->result, s, t->length + 1);
  lua_close(L);
  return NULL;
}

static int thread_new(lua_State *L)
{
  const char *code = luaL_checkstring(L, 1);
  store_Thread *t = luaT_alloc(L, sizeof(store_Thread));
  memset(t, 0, sizeof(store_Thread));
  t->code = strdup(code);
  pthread_create(&t->thread, NULL, thread_main, t);
  luaT_pushudata(L, t, "store.Thread");
  return 1;
}

static int thread_wait(lua_State *L)
{
  store_Thread *t = luaT_checkudata(L, 1, "store.Thread");
  if (t->thread) pthread_join(t->thread, NULL);
  t->thread = 0;
  lua_pushlstring(L, t->result, t->length);
  return t->failed ? lua_error(L) : 1;
}

static int thread_free(lua_State *L)
{
  store_Thread *t = luaT_checkudata(L, 1, "store.Thread");
  if (t->thread) pthread_join(t->thread, NULL);
  free(t->code);
  free(t->result);
  luaT_free(L, t);
  return 0;
}

/* ---- registration ---- */

#include "wrapped.c" /* store_names: made by wrapped.lua */

static const luaL_Reg hash_methods[] = {{"__index__", hash_index}, {"__newindex__", hash_newindex},
                                        {"__len__", hash_size},    {"pairs", hash_pairs},
                                        {"retain", hash_retain},   {NULL, NULL}};
static const luaL_Reg thread_methods[] = {{"wait", thread_wait}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"alive", hash_alive},           {"attach", hash_attach},  {"classes", store_classes},
                                     {"ids", store_ids},              {"checkid", store_check_id}, {"options", store_options},
                                     {"handle", store_handle},        {"fromhandle", store_from_handle},
                                     {"dump", store_dump},            {"entered", store_entered}, {NULL, NULL}};
static const luaL_Reg lua_functions[] = {{"newmetatable", luaT_lua_newmetatable},
                                         {"factory", luaT_lua_factory},
                                         {"getconstructortable", luaT_lua_getconstructortable},
                                         {"typename", luaT_lua_typename},
                                         {"isequal", luaT_lua_isequal},
                                         {"pointer", luaT_lua_pointer},
                                         {"setenv", luaT_lua_setenv},
                                         {"getenv", luaT_lua_getenv},
                                         {"getmetatable", luaT_lua_getmetatable},
                                         {"version", luaT_lua_version},
                                         {"setmetatable", luaT_lua_setmetatable},
                                         {"metatype", luaT_lua_metatype},
                                         {"pushudata", luaT_lua_pushudata},
                                         {NULL, NULL}};

/* No globals: the classes lie in the table that require returns. */
int luaopen_libstore(lua_State *L)
{
  int module;
  lua_newtable(L);
  module = lua_gettop(L);
  hash_name = luaT_newlocalmetatable(L, "store.Hash", NULL, hash_new, hash_free, hash_new, module);
  luaT_setfuncs(L, hash_methods, 0);
  lua_pop(L, 1);
  luaT_newlocalmetatable(L, "store.Thread", NULL, thread_new, thread_free, NULL, module);
  luaT_setfuncs(L, thread_methods, 0);
  lua_pop(L, 1);
  add_methods(L, functions);
  luaT_registeratname(L, lua_functions, "luaT");
  luaT_registeratname(L, store_names, "names");
  return 1;
}
