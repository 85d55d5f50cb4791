/* Writing objects (.t7), the mirror of ObjectRead.c: tables with an explicit stack, classes with a
   write method by calling it. */
#include "File.h"
#include <limits.h>

enum { FILE_ = 1, OBJECT, NAME, HOOK, ENV, INDICES, REFS, STACK, CURRENT, KEY, OWNER, ORIGINAL, SLOTS = ORIGINAL };

/* CURRENT, KEY, STACK: as in ObjectRead.c. OWNER: the object whose fields CURRENT holds, else nil.
   STACK holds these three for each outer frame. ORIGINAL: what the hook has replaced by the value that is being
   written, else nil; an object is known again by what it was before. */
typedef struct Frame {
  bool upvalues; /* of a function: a list of {name =, value =} */
  bool at_value; /* the key is written, its value not yet */
  int left;      /* pairs that the count promised and are not written yet */
} Frame;

typedef struct Writer {
  lua_State *L;
  THFile *f;
  bool force;
  int depth;
  size_t room;
  Frame *frames;
} Writer;

static void writer_autofree(Writer *w) { THFree(w->frames); }

void torch_writesized(THFile *f, const char *s, size_t n)
{
  if (n > INT_MAX) THError("write error: a string of %zu bytes is too long for the format: file <%s>", n, THFile_name(f));
  THFile_writeIntScalar(f, (int)n);
  THFile_writeByteRaw(f, (const unsigned char *)s, n);
}

/* ---- where we are, for messages ---- */

/* Pushes the key at which frame i, from 1, is. */
static void push_key(Writer *w, int i)
{
  if (i == w->depth) lua_pushvalue(w->L, KEY);
  else lua_rawgeti(w->L, STACK, 3 * i - 1);
}

/* Replaces the key 'value' of frame i, an upvalue's entry, by the upvalue's name. */
static void name_upvalue(Writer *w, int i)
{
  lua_State *L = w->L;
  if (i == w->depth) lua_pushvalue(L, CURRENT);
  else lua_rawgeti(L, STACK, 3 * i - 2);
  lua_getfield(L, -1, "name");
  if (lua_isstring(L, -1) && *lua_tostring(L, -1)) lua_replace(L, -3);
  else lua_pop(L, 1);
  lua_pop(L, 1);
}

/* Pushes "name.key.key", in which an upvalue of a function goes by its name; of long paths the ends, as every object
   that is written asks for its own. */
static void push_path(Writer *w)
{
  enum { END = 32 };
  lua_State *L = w->L;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  lua_getfield(L, ENV, "path");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushstring(L, lua_isstring(L, NAME) ? lua_tostring(L, NAME) : "<?>");
  }
  luaL_addvalue(&b);
  for (int i = 1; i <= w->depth; i++) {
    if (i == END + 1 && w->depth > 2 * END) {
      luaL_addstring(&b, ".(...)");
      i = w->depth - END + 1;
    }
    if (w->frames[i - 1].upvalues) continue; /* the number of one */
    luaL_addchar(&b, '.');
    push_key(w, i);
    if (i > 1 && w->frames[i - 2].upvalues) name_upvalue(w, i);
    if (lua_type(L, -1) == LUA_TNUMBER || lua_type(L, -1) == LUA_TSTRING) {
      size_t n;
      lua_tolstring(L, -1, &n);
      luaL_addvalue(&b);
    } else {
      lua_pop(L, 1);
      luaL_addstring(&b, "<?>");
    }
  }
  luaL_pushresult(&b);
}

static int unwritable(Writer *w, const char *what)
{
  lua_State *L = w->L;
  bind_where(L);
  push_path(w);
  lua_pushfstring(L, "Unwritable object <%s> at %s: file <%s>", what, lua_tostring(L, -1), THFile_name(w->f));
  lua_remove(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

/* ---- references ---- */

static const void *address(lua_State *L, int idx)
{
  return lua_type(L, idx) == LUA_TUSERDATA ? *(void **)lua_touserdata(L, idx) : lua_topointer(L, idx);
}

/* What is written next has not been made by the hook. */
static void forget_original(Writer *w)
{
  lua_pushnil(w->L);
  lua_replace(w->L, ORIGINAL);
}

/* Writes the index of the object on top; true when that is all there is to write. */
static bool write_index(Writer *w)
{
  lua_State *L = w->L;
  int object = lua_isnil(L, ORIGINAL) ? lua_gettop(L) : ORIGINAL;
  const void *p = address(L, object);
  if (!w->force) {
    lua_pushnumber(L, (double)(uintptr_t)p);
    lua_rawget(L, INDICES);
    int known = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (known) {
      THFile_writeIntScalar(w->f, known);
      return true;
    }
  }
  lua_getfield(L, INDICES, "nWriteObject");
  int index = (int)lua_tointeger(L, -1) + 1;
  lua_pop(L, 1);
  lua_pushinteger(L, index);
  lua_setfield(L, INDICES, "nWriteObject");
  if (!w->force) {
    lua_pushnumber(L, (double)(uintptr_t)p);
    lua_pushinteger(L, index);
    lua_rawset(L, INDICES);
    lua_pushvalue(L, object); /* keeps the address taken */
    lua_rawseti(L, REFS, index);
  }
  THFile_writeIntScalar(w->f, index);
  return false;
}

/* Without references a cycle would never end: objects in progress are kept in env.open. */
static void enter_object(Writer *w, int idx)
{
  lua_State *L = w->L;
  if (!w->force) return;
  lua_pushvalue(L, idx);
  torch_pushfiletable(L, ENV, "open");
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  if (lua_toboolean(L, -1)) {
    lua_pop(L, 3);
    unwritable(w, "table that contains itself, which needs references");
  }
  lua_pop(L, 1);
  lua_insert(L, -2);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static void leave_object(Writer *w, int idx)
{
  lua_State *L = w->L;
  if (!w->force) return;
  lua_pushvalue(L, idx);
  torch_pushfiletable(L, ENV, "open");
  lua_insert(L, -2);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* ---- containers ---- */

/* The table on top becomes the current one. */
static void push_frame(Writer *w, int left)
{
  lua_State *L = w->L;
  if ((size_t)w->depth >= w->room) {
    size_t room = w->room ? 2 * w->room : 32;
    w->frames = THRealloc(w->frames, (ptrdiff_t)(room * sizeof *w->frames));
    w->room = room;
  }
  if (w->depth) {
    if (lua_isnil(L, STACK)) {
      lua_newtable(L);
      lua_replace(L, STACK);
    }
    lua_pushvalue(L, CURRENT);
    lua_rawseti(L, STACK, 3 * w->depth - 2);
    lua_pushvalue(L, KEY);
    lua_rawseti(L, STACK, 3 * w->depth - 1);
    lua_pushvalue(L, OWNER);
    lua_rawseti(L, STACK, 3 * w->depth);
  }
  enter_object(w, -1);
  lua_replace(L, CURRENT);
  lua_pushnil(L);
  lua_replace(L, KEY);
  lua_pushnil(L);
  lua_replace(L, OWNER);
  w->frames[w->depth++] = (Frame){.left = left};
}

static void pop_frame(Writer *w)
{
  lua_State *L = w->L;
  leave_object(w, CURRENT);
  if (!lua_isnil(L, OWNER)) leave_object(w, OWNER);
  if (--w->depth == 0) return;
  lua_rawgeti(L, STACK, 3 * w->depth - 2);
  lua_replace(L, CURRENT);
  lua_rawgeti(L, STACK, 3 * w->depth - 1);
  lua_replace(L, KEY);
  lua_rawgeti(L, STACK, 3 * w->depth);
  lua_replace(L, OWNER);
}

static int count_pairs(lua_State *L, int idx)
{
  int n = 0;
  lua_pushnil(L);
  while (lua_next(L, idx)) {
    lua_pop(L, 1);
    n++;
  }
  return n;
}

/* Pops the table on top. Only a table that opens a frame has an owner to wait for. */
static bool write_table(Writer *w)
{
  lua_State *L = w->L;
  THFile_writeIntScalar(w->f, OBJECT_TABLE);
  if (write_index(w)) {
    lua_pop(L, 1);
    return false;
  }
  int n = count_pairs(L, lua_gettop(L));
  THFile_writeIntScalar(w->f, n);
  if (n) push_frame(w, n);
  else lua_pop(L, 1);
  return n > 0;
}

/* Pushes the next key or value of the current table; false at its end. */
static bool next_value(Writer *w)
{
  lua_State *L = w->L;
  Frame *frame = &w->frames[w->depth - 1];
  lua_pushvalue(L, KEY);
  if (frame->at_value) {
    lua_rawget(L, CURRENT);
    frame->at_value = false;
    return true;
  }
  if (!lua_next(L, CURRENT)) {
    if (frame->left) luaL_error(L, "writeObject: a table changed while it was written: file <%s>", THFile_name(w->f));
    return false;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_replace(L, KEY);
  frame->at_value = true;
  frame->left--;
  return true;
}

/* ---- values of all kinds ---- */

/* Object on top, class name below it: calls its write method, or goes on with its fields. */
static void write_torch(Writer *w, const char *class)
{
  lua_State *L = w->L;
  int object = lua_gettop(L);
  THFile_writeIntScalar(w->f, OBJECT_TORCH);
  if (write_index(w)) {
    lua_pop(L, 2);
    return;
  }
  torch_pushhook(L, "describe"); /* (object, file) -> "V version", write method or nil */
  lua_pushvalue(L, object);
  lua_pushvalue(L, FILE_);
  bind_call(L, 2, 2);
  size_t n;
  const char *version = lua_tolstring(L, -2, &n);
  torch_writesized(w->f, version, n);
  torch_writesized(w->f, class, strlen(class));
  lua_getfield(L, ENV, "path"); /* of the call that we are part of */
  int path = lua_gettop(L);
  push_path(w);
  if (lua_isnil(L, object + 2)) { /* plain fields, as a table of its own */
    torch_pushhook(L, "fields");  /* (file, object, path) -> table */
    lua_insert(L, -2);
    lua_pushvalue(L, FILE_);
    lua_insert(L, -2);
    lua_pushvalue(L, object);
    lua_insert(L, -2);
    bind_call(L, 3, 1);
    lua_replace(L, object - 1);
    lua_settop(L, object); /* table, object */
    enter_object(w, object);
    lua_insert(L, -2);
    forget_original(w);
    if (write_table(w)) {
      lua_replace(L, OWNER);
    } else {
      leave_object(w, -1);
      lua_pop(L, 1);
    }
    return;
  }
  lua_setfield(L, ENV, "path");
  enter_object(w, object);
  lua_pushvalue(L, object + 2);
  lua_pushvalue(L, object);
  lua_pushvalue(L, FILE_);
  bind_call(L, 2, 0);
  leave_object(w, object);
  lua_pushvalue(L, path);
  lua_setfield(L, ENV, "path");
  lua_settop(L, object - 2);
}

/* Function, or a stand-in for one that was not loaded, on top. */
static void write_function(Writer *w)
{
  lua_State *L = w->L;
  int f = lua_gettop(L);
  torch_pushhook(L, "dump"); /* (file, function) -> bytecode, upvalues, tag; nothing: C function */
  lua_pushvalue(L, FILE_);
  lua_pushvalue(L, f);
  bind_call(L, 2, 3);
  if (lua_isnil(L, -3)) unwritable(w, "function");
  THFile_writeIntScalar(w->f, (int)lua_tointeger(L, -1));
  lua_pushvalue(L, f);
  if (write_index(w)) {
    lua_settop(L, f - 1);
    return;
  }
  size_t n;
  const char *code = lua_tolstring(L, f + 1, &n);
  torch_writesized(w->f, code, n);
  lua_pushvalue(L, f + 2);
  lua_replace(L, f);
  lua_settop(L, f);
  forget_original(w);
  if (write_table(w)) w->frames[w->depth - 1].upvalues = true;
}

/* The class name of the value on top, as "torch" objects have one; or "function" for a stand-in, or
   nil. Pushes it. */
static void push_class(Writer *w)
{
  lua_State *L = w->L;
  if (lua_type(L, -1) == LUA_TTABLE && !lua_getmetatable(L, -1)) {
    lua_pushnil(L);
    return;
  }
  if (lua_type(L, -2) == LUA_TTABLE && lua_type(L, -1) == LUA_TTABLE) lua_pop(L, 1);
  torch_pushhook(L, "classify"); /* (object, file) -> class, "function" or nil */
  lua_pushvalue(L, -2);
  lua_pushvalue(L, FILE_);
  bind_call(L, 2, 1);
}

static void write_other(Writer *w)
{
  lua_State *L = w->L;
  push_class(w);
  if (lua_isstring(L, -1)) {
    const char *class = lua_tostring(L, -1);
    if (!strcmp(class, "function")) {
      lua_pop(L, 1);
      write_function(w);
    } else {
      lua_insert(L, -2);
      write_torch(w, class);
    }
    return;
  }
  lua_pop(L, 1);
  if (lua_istable(L, -1)) write_table(w);
  else unwritable(w, luaL_typename(L, -1));
}

/* The value on top becomes what the hook makes of it. */
static void call_hook(Writer *w)
{
  lua_State *L = w->L;
  bool has_address = lua_type(L, -1) >= LUA_TTABLE;
  lua_pushvalue(L, HOOK);
  lua_pushvalue(L, -2);
  bind_call(L, 1, 1);
  lua_insert(L, -2);
  if (has_address) lua_replace(L, ORIGINAL);
  else lua_pop(L, 1);
}

/* Writes the value on top and pops it; containers open a frame. */
static void write_value(Writer *w)
{
  lua_State *L = w->L;
  forget_original(w);
  if (!lua_isnil(L, HOOK) && !lua_isnil(L, -1)) call_hook(w);
  bind_enter(L, "writeObject", "file object", true); /* finalizers may have called us while tables were made */
  size_t n;
  const char *s;
  switch (lua_type(L, -1)) {
  case LUA_TNIL: THFile_writeIntScalar(w->f, OBJECT_NIL); break;
  case LUA_TNUMBER:
    THFile_writeIntScalar(w->f, OBJECT_NUMBER);
    THFile_writeDoubleScalar(w->f, lua_tonumber(L, -1));
    break;
  case LUA_TBOOLEAN:
    THFile_writeIntScalar(w->f, OBJECT_BOOLEAN);
    THFile_writeIntScalar(w->f, lua_toboolean(L, -1));
    break;
  case LUA_TSTRING:
    s = lua_tolstring(L, -1, &n);
    THFile_writeIntScalar(w->f, OBJECT_STRING);
    torch_writesized(w->f, s, n);
    break;
  case LUA_TFUNCTION: write_function(w); return;
  default: write_other(w); return;
  }
  lua_pop(L, 1);
}

/* file:writeObject(object [, name [, hook]]) */
int torch_writeObject(lua_State *L)
{
  bind_enter(L, "writeObject", "file object", true);
  THFile *f = torch_checkfile(L, 1);
  bool outermost = torch_objectdepth == 0;
  TORCH_NESTED(L, "writeObject");
  luaL_checkstack(L, 40, "writeObject");
  lua_settop(L, HOOK);
  lua_getfenv(L, 1);
  torch_pushfiletable(L, ENV, "writeObjects");
  torch_pushfiletable(L, ENV, "writeObjectsRef");
  lua_settop(L, SLOTS);
  if (outermost) { /* what an earlier error left */
    lua_pushnil(L);
    lua_setfield(L, ENV, "open");
    lua_pushnil(L);
    lua_setfield(L, ENV, "path");
  }
  __attribute__((cleanup(writer_autofree))) Writer w = {.L = L, .f = f};
  lua_getfield(L, ENV, "force");
  w.force = lua_toboolean(L, -1);
  lua_settop(L, SLOTS);
  lua_pushvalue(L, OBJECT);
  write_value(&w);
  while (w.depth > 0) {
    if (next_value(&w)) write_value(&w);
    else pop_frame(&w);
  }
  lua_settop(L, 0);
  return 0;
}

/* ---- storages and tensors ---- */

/* storage:write(file) */
static int storage_write(lua_State *L)
{
  bind_enter(L, "write", "storage file", true);
  THAnyStorage *s = bind_tostorage(L, 1);
  if (!s) return bind_typeerror(L, 1, "torch.*Storage");
  THFile *f = torch_checkfile(L, 2);
  THFile_writeLongScalar(f, s->size);
  THFile_writeStorage(f, s);
  return 0;
}

/* tensor:write(file) */
static int tensor_write(lua_State *L)
{
  bind_enter(L, "write", "storage file", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THFile *f = torch_checkfile(L, 2);
  THFile_writeIntScalar(f, t->nDimension);
  THFile_writeLongRaw(f, t->size, (size_t)t->nDimension);
  THFile_writeLongRaw(f, t->stride, (size_t)t->nDimension);
  THFile_writeLongScalar(f, t->storageOffset + 1);
  lua_pushcfunction(L, torch_writeObject);
  lua_pushvalue(L, 2);
  THAnyStorage_retain(t->storage);
  bind_pushstorage(L, t->storage);
  bind_call(L, 2, 0);
  return 0;
}

void torch_open_objectwriter(lua_State *L)
{
  static const luaL_Reg functions[] = {{"writeObject", torch_writeObject}, {"writestorage", storage_write},
                                       {"writetensor", tensor_write},      {"rememberdump", torch_rememberdump},
                                       {"isdump", torch_isdump},         {NULL, NULL}};
  luaL_register(L, NULL, functions);
}
