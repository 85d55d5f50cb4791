/* luaT.h, on top of the Lua module: what asks questions of an object reads its metatable here, what defines or
   looks up a class calls the module's function. */
#include "luaT.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CDATA = 10 }; /* LuaJIT's type of FFI objects */

/* Nothing here belongs to the process but the names below: libtorch has these functions, too, and saves a library at
   the start. */
enum { ENTRY = -0x6c756154 }; /* registry[ENTRY]: what luaT_onentry was given */

void luaT_onentry(lua_State *L, void (*f)(lua_State *L))
{
  lua_pushlightuserdata(L, (void *)(uintptr_t)f);
  lua_rawseti(L, LUA_REGISTRYINDEX, ENTRY);
}

static void enter(lua_State *L)
{
  luaL_checkstack(L, 1, "luaT");
  lua_rawgeti(L, LUA_REGISTRYINDEX, ENTRY);
  void (*f)(lua_State *) = (void (*)(lua_State *))(uintptr_t)lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (f) f(L);
}

/* A position that stays the same when values are pushed. */
static int absolute(lua_State *L, int idx)
{
  return idx < 0 && idx > LUA_REGISTRYINDEX ? lua_gettop(L) + idx + 1 : idx;
}

/* ---- the Lua module ---- */

static void push_function(lua_State *L, const char *name)
{
  luaL_checkstack(L, 8, "luaT");
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, "luaT");
  if (!lua_istable(L, -1)) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "luaT");
    lua_call(L, 1, 1);
    lua_replace(L, -2);
  }
  lua_getfield(L, -1, name);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* All arguments on to the module's function; returns all results. */
static int forward(lua_State *L, const char *name)
{
  enter(L);
  push_function(L, name);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

int luaT_lua_newmetatable(lua_State *L) { return forward(L, "newmetatable"); }
int luaT_lua_factory(lua_State *L) { return forward(L, "factory"); }
int luaT_lua_getconstructortable(lua_State *L) { return forward(L, "getconstructortable"); }
int luaT_lua_typename(lua_State *L) { return forward(L, "typename"); }
int luaT_lua_getmetatable(lua_State *L) { return forward(L, "getmetatable"); }
int luaT_lua_setmetatable(lua_State *L) { return forward(L, "setmetatable"); }
int luaT_lua_metatype(lua_State *L) { return forward(L, "metatype"); }
int luaT_lua_version(lua_State *L) { return forward(L, "version"); }
int luaT_lua_setenv(lua_State *L) { return forward(L, "setenv"); }
int luaT_lua_getenv(lua_State *L) { return forward(L, "getenv"); }

/* ---- errors ---- */

static const char *class_of(lua_State *L, int ud);

/* Name of the running C function, and whether it was called as a method. */
static const char *running_function(lua_State *L, int *method)
{
  lua_Debug ar;
  *method = 0;
  if (!lua_getstack(L, 0, &ar) || !lua_getinfo(L, "n", &ar)) return "?";
  *method = ar.namewhat && !strcmp(ar.namewhat, "method");
  return ar.name ? ar.name : "?";
}

static int arg_error(lua_State *L, int idx, const char *message)
{
  int method;
  const char *name = running_function(L, &method);
  luaL_where(L, 1);
  const char *colon = *message == '(' ? "" : ":"; /* "(NAME): what is wrong" */
  if (method && idx == 1) lua_pushfstring(L, "%s: self%s %s", name, colon, message);
  else lua_pushfstring(L, "%s: argument #%d%s %s", name, idx - method, colon, message);
  lua_concat(L, 2);
  return lua_error(L);
}

int luaT_typerror(lua_State *L, int ud, const char *tname)
{
  enter(L);
  const char *got = class_of(L, ud);
  return arg_error(L, ud, lua_pushfstring(L, "%s expected, got %s", tname, got ? got : luaL_typename(L, ud)));
}

/* ---- memory ---- */

static void *checked_block(lua_State *L, void *old, ptrdiff_t size)
{
  if (size < 0) luaL_error(L, "a size of %f bytes: it did not fit", (double)size);
  void *p = realloc(old, (size_t)size);
  if (p) return p;
  lua_gc(L, LUA_GCCOLLECT, 0);
  p = realloc(old, (size_t)size);
  if (!p) luaL_error(L, "not enough memory: %f bytes wanted", (double)size);
  return p;
}

void *luaT_alloc(lua_State *L, ptrdiff_t size) { return size ? checked_block(L, NULL, size) : NULL; }

void *luaT_realloc(lua_State *L, void *ptr, ptrdiff_t size)
{
  if (size) return checked_block(L, ptr, size);
  free(ptr);
  return NULL;
}

void luaT_free(lua_State *L, void *ptr)
{
  (void)L;
  free(ptr);
}

/* ---- classes ---- */

static void push_or_nil(lua_State *L, const char *s)
{
  if (s) lua_pushstring(L, s);
  else lua_pushnil(L);
}

static void push_function_or_nil(lua_State *L, lua_CFunction f)
{
  if (f) lua_pushcfunction(L, f);
  else lua_pushnil(L);
}

/* The name in the metatable on top, which is a class's; NULL when it is none. */
static const char *own_name(lua_State *L)
{
  lua_pushliteral(L, "__typename");
  lua_rawget(L, -2);
  const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* the metatable keeps it */
  lua_pop(L, 1);
  return name;
}

/* A copy of the name, the same one for equal names, that stays as long as the process. Packages keep what they get here in
   variables that the states of all threads share, and a state's own string goes with the state. */
static const char *kept(lua_State *L, const char *name)
{
  typedef struct Name {
    struct Name *next;
    char text[];
  } Name;
  static Name *names;
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  Name *n = names;
  while (n && strcmp(n->text, name)) n = n->next;
  if (!n && (n = malloc(sizeof *n + strlen(name) + 1))) {
    strcpy(n->text, name);
    n->next = names;
    names = n;
  }
  pthread_mutex_unlock(&lock);
  if (!n) luaL_error(L, "no memory for the name of class %s", name);
  return n->text;
}

const char *luaT_newlocalmetatable(lua_State *L, const char *tname, const char *parent_tname, lua_CFunction constructor,
                                   lua_CFunction destructor, lua_CFunction factory, int moduleidx)
{
  enter(L);
  moduleidx = absolute(L, moduleidx);
  push_function(L, "newmetatable");
  lua_pushstring(L, tname);
  push_or_nil(L, parent_tname);
  push_function_or_nil(L, constructor);
  push_function_or_nil(L, destructor);
  push_function_or_nil(L, factory);
  if (moduleidx) lua_pushvalue(L, moduleidx);
  else lua_pushnil(L);
  lua_call(L, 6, 1);
  return kept(L, own_name(L));
}

const char *luaT_newmetatable(lua_State *L, const char *tname, const char *parent_tname, lua_CFunction constructor,
                              lua_CFunction destructor, lua_CFunction factory)
{
  return luaT_newlocalmetatable(L, tname, parent_tname, constructor, destructor, factory, 0);
}

int luaT_pushmetatable(lua_State *L, const char *tname)
{
  push_function(L, "getmetatable");
  lua_pushstring(L, tname);
  lua_call(L, 1, 1);
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

const char *luaT_typenameid(lua_State *L, const char *tname)
{
  if (!luaT_pushmetatable(L, tname)) return NULL;
  const char *id = kept(L, own_name(L));
  lua_pop(L, 1);
  return id;
}

/* The name that the module gives it. */
static const char *cdata_class(lua_State *L, int ud)
{
  ud = absolute(L, ud);
  push_function(L, "typename");
  lua_pushvalue(L, ud);
  lua_call(L, 1, 1);
  const char *name = lua_tostring(L, -1); /* the class keeps it */
  lua_pop(L, 1);
  return name;
}

/* Whether the value at ud is itself a class's metatable, which is no object. */
static int is_class(lua_State *L, int ud)
{
  if (!lua_istable(L, ud)) return 0;
  lua_pushvalue(L, ud);
  const char *name = own_name(L);
  lua_pop(L, 1);
  return name != NULL;
}

static const char *class_of(lua_State *L, int ud)
{
  luaL_checkstack(L, 3, "luaT");
  if (lua_type(L, ud) == CDATA) return cdata_class(L, ud);
  if (is_class(L, ud) || !lua_getmetatable(L, ud)) return NULL;
  const char *name = own_name(L);
  lua_pop(L, 1);
  return name;
}

const char *luaT_typename(lua_State *L, int ud)
{
  enter(L);
  return class_of(L, ud);
}

/* ---- objects ---- */

/* The userdata of an address, given as light userdata: a class's own way, `__box`, or one word. */
static void push_object(lua_State *L, void *object)
{
  lua_pushliteral(L, "__box"); /* the metatable is on top, and is replaced */
  lua_rawget(L, -2);
  if (lua_isfunction(L, -1)) {
    lua_pushlightuserdata(L, object);
    lua_call(L, 1, 1);
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  *(void **)lua_newuserdata(L, sizeof object) = object;
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
}

void luaT_pushudata(lua_State *L, void *udata, const char *tname)
{
  enter(L);
  if (!udata) {
    lua_pushnil(L);
    return;
  }
  if (!luaT_pushmetatable(L, tname)) luaL_error(L, "there is no class %s: has its package been loaded?", tname);
  push_object(L, udata);
  enter(L); /* collected objects may have called others */
}

/* Whether the metatable on top is that of the class or of one derived from it. Pops it. */
static int derives(lua_State *L, const char *tname)
{
  for (;;) {
    const char *name = own_name(L);
    int found = name && !strcmp(name, tname);
    if (found || !name || !lua_getmetatable(L, -1)) {
      lua_pop(L, 1);
      return found;
    }
    lua_remove(L, -2);
  }
}

void *luaT_toudata(lua_State *L, int ud, const char *tname)
{
  enter(L);
  void **p = lua_type(L, ud) == LUA_TUSERDATA && lua_objlen(L, ud) >= sizeof *p ? lua_touserdata(L, ud) : NULL;
  luaL_checkstack(L, 3, "luaT");
  if (!p || !lua_getmetatable(L, ud)) return NULL;
  return derives(L, tname) ? *p : NULL;
}

int luaT_isudata(lua_State *L, int ud, const char *tname) { return luaT_toudata(L, ud, tname) != NULL; }

void *luaT_checkudata(lua_State *L, int ud, const char *tname)
{
  void *p = luaT_toudata(L, ud, tname);
  if (!p) luaT_typerror(L, ud, tname);
  return p;
}

/* ---- numbers and booleans ---- */

static double check_number(lua_State *L, int idx)
{
  enter(L);
  if (!lua_isnumber(L, idx)) luaT_typerror(L, idx, "number");
  return lua_tonumber(L, idx);
}

void luaT_pushlong(lua_State *L, long n) { lua_pushnumber(L, (lua_Number)n); }
void luaT_pushinteger(lua_State *L, ptrdiff_t n) { lua_pushnumber(L, (lua_Number)n); }
long luaT_tolong(lua_State *L, int idx) { return (long)lua_tonumber(L, idx); }
long luaT_checklong(lua_State *L, int idx) { return (long)check_number(L, idx); }
ptrdiff_t luaT_checkinteger(lua_State *L, int idx) { return (ptrdiff_t)check_number(L, idx); }

int luaT_checkboolean(lua_State *L, int ud)
{
  enter(L);
  if (!lua_isboolean(L, ud)) luaT_typerror(L, ud, "boolean");
  return lua_toboolean(L, ud);
}

int luaT_optboolean(lua_State *L, int ud, int def)
{
  return lua_isnoneornil(L, ud) ? def : luaT_checkboolean(L, ud);
}

/* ---- fields ---- */

/* Raises unless `fits`: the field, on top, of the value at ud is not what was expected. */
static void check_field(lua_State *L, int fits, int ud, const char *field, const char *expected)
{
  if (fits) return;
  const char *got = class_of(L, -1);
  arg_error(L, ud, lua_pushfstring(L, "field %s: %s expected, got %s", field, expected, got ? got : luaL_typename(L, -1)));
}

/* Pushes the field; returns the position of what has it. */
static int push_field(lua_State *L, int ud, const char *field)
{
  enter(L);
  ud = absolute(L, ud);
  lua_getfield(L, ud, field);
  return ud;
}

void *luaT_getfieldcheckudata(lua_State *L, int ud, const char *field, const char *tname)
{
  ud = push_field(L, ud, field);
  void *p = luaT_toudata(L, -1, tname);
  check_field(L, p != NULL, ud, field, tname);
  return p;
}

void *luaT_getfieldchecklightudata(lua_State *L, int ud, const char *field)
{
  ud = push_field(L, ud, field);
  check_field(L, lua_islightuserdata(L, -1), ud, field, "light userdata");
  return lua_touserdata(L, -1);
}

double luaT_getfieldchecknumber(lua_State *L, int ud, const char *field)
{
  ud = push_field(L, ud, field);
  check_field(L, lua_isnumber(L, -1), ud, field, "number");
  return lua_tonumber(L, -1);
}

int luaT_getfieldcheckint(lua_State *L, int ud, const char *field)
{
  return (int)luaT_getfieldchecknumber(L, ud, field);
}

const char *luaT_getfieldcheckstring(lua_State *L, int ud, const char *field)
{
  ud = push_field(L, ud, field);
  check_field(L, lua_isstring(L, -1), ud, field, "string");
  return lua_tostring(L, -1);
}

int luaT_getfieldcheckboolean(lua_State *L, int ud, const char *field)
{
  ud = push_field(L, ud, field);
  check_field(L, lua_isboolean(L, -1), ud, field, "boolean");
  return lua_toboolean(L, -1);
}

void luaT_getfieldchecktable(lua_State *L, int ud, const char *field)
{
  ud = push_field(L, ud, field);
  check_field(L, lua_istable(L, -1), ud, field, "table");
}

/* ---- helpers ---- */

void luaT_setfuncs(lua_State *L, const luaL_Reg *l, int nup)
{
  luaL_checkstack(L, nup + 1, "too many upvalues");
  for (; l->name; l++) {
    for (int i = 0; i < nup; i++) lua_pushvalue(L, -nup);
    lua_pushcclosure(L, l->func, nup);
    lua_setfield(L, -(nup + 2), l->name);
  }
  lua_pop(L, nup);
}

void luaT_registeratname(lua_State *L, const struct luaL_Reg *methods, const char *name)
{
  luaL_checktype(L, -1, LUA_TTABLE);
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  luaT_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}

const char *luaT_classrootname(const char *tname)
{
  const char *dot = strrchr(tname, '.');
  return dot ? dot + 1 : tname;
}

int luaT_classmodulename(const char *tname, char *module_name)
{
  size_t n = strcspn(tname, ".");
  memcpy(module_name, tname, n);
  module_name[n] = 0;
  return tname[n] == '.';
}

static void dump_value(lua_State *L, int idx)
{
  const char *class = class_of(L, idx);
  if (class) printf("%s %p", class, lua_topointer(L, idx));
  else if (lua_type(L, idx) == LUA_TNUMBER) printf("%g", lua_tonumber(L, idx));
  else if (lua_type(L, idx) == LUA_TSTRING) printf("\"%s\"", lua_tostring(L, idx));
  else if (lua_isboolean(L, idx)) printf(lua_toboolean(L, idx) ? "true" : "false");
  else printf("%s %p", luaL_typename(L, idx), lua_topointer(L, idx));
}

void luaT_stackdump(lua_State *L)
{
  for (int i = 1, n = lua_gettop(L); i <= n; i++) {
    printf("%3d. ", i);
    dump_value(L, i);
    printf("\n");
  }
}

/* ---- for Lua ---- */

/* Pushes the address that the cdata at 1 holds, a number, by the module. */
static int cdata_pointer(lua_State *L)
{
  push_function(L, "address");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

/* pointer(x): the address that identifies x, of the C object for a userdata, else of the Lua object */
int luaT_lua_pointer(lua_State *L)
{
  int kind = lua_type(L, 1);
  if (kind == CDATA) return cdata_pointer(L);
  const void *p = kind == LUA_TUSERDATA ? *(void **)lua_touserdata(L, 1)
                  : kind == LUA_TSTRING ? lua_tostring(L, 1)
                                        : lua_topointer(L, 1);
  if (!p) return luaL_error(L, "Torch object, table, thread, cdata or function expected, got %s", luaL_typename(L, 1));
  lua_pushnumber(L, (double)(uintptr_t)p);
  return 1;
}

/* isequal(a, b): the same C object, or the same Lua table */
int luaT_lua_isequal(lua_State *L)
{
  int equal = 0;
  if (lua_type(L, 1) == LUA_TUSERDATA && lua_type(L, 2) == LUA_TUSERDATA)
    equal = *(void **)lua_touserdata(L, 1) == *(void **)lua_touserdata(L, 2);
  else if (lua_istable(L, 1)) equal = lua_rawequal(L, 1, 2);
  lua_pushboolean(L, equal);
  return 1;
}

/* pushudata(address, class): the address is a number or a pointer of the FFI; takes over a count of the object */
int luaT_lua_pushudata(lua_State *L)
{
  if (lua_type(L, 1) == CDATA) {
    cdata_pointer(L);
    lua_replace(L, 1);
  }
  double address = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : 0;
  void *p = address >= 1 && address < 9223372036854775808.0 ? (void *)(uintptr_t)address : NULL; /* others are none */
  if (!p) return arg_error(L, 1, "(address): address of a C object expected");
  if (lua_type(L, 2) != LUA_TSTRING) return arg_error(L, 2, "(class): name of a class expected");
  if (!luaT_pushmetatable(L, lua_tostring(L, 2))) return arg_error(L, 2, "(class): unknown class");
  push_object(L, p);
  return 1;
}

/* ---- names of older packages ---- */

int luaT_pushmetaclass(lua_State *L, const char *tname) { return luaT_pushmetatable(L, tname); }
const char *luaT_id(lua_State *L, int ud) { return luaT_typename(L, ud); }
const char *luaT_id2typename(lua_State *L, const char *id) { return luaT_typenameid(L, id); }
const char *luaT_typename2id(lua_State *L, const char *tname) { return luaT_typenameid(L, tname); }
int luaT_getmetaclass(lua_State *L, int index) { return lua_getmetatable(L, index); }

const char *luaT_checktypename2id(lua_State *L, const char *tname)
{
  const char *id = luaT_typenameid(L, tname);
  if (!id) luaL_error(L, "there is no class %s", tname);
  return id;
}

void luaT_registeratid(lua_State *L, const struct luaL_Reg *methods, const char *id)
{
  luaT_registeratname(L, methods, id);
}
