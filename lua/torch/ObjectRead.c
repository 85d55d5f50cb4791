/* Reading objects (.t7). Plain tables, and objects of classes without a read method, are read with
   an explicit stack, so their depth costs neither C nor Lua stack. Classes with a read method call
   back and are limited to OBJECT_DEPTH levels. What is read is never trusted: counts only end loops
   that consume bytes, and no memory is asked for by a number from the file that the rest of the
   file could not fill. */
#include "File.h"
#include "THHalf.h"
#include <stdarg.h>
#include <stdio.h>

__thread int torch_objectdepth;

int torch_corrupt(lua_State *L, THFile *f, const char *fmt, ...)
{
  char what[512];
  va_list args;
  va_start(args, fmt);
  vsnprintf(what, sizeof what, fmt, args);
  va_end(args);
  char offset[32];
  snprintf(offset, sizeof offset, "%zu", THFile_isOpened(f) ? THFile_position(f) : 0);
  bind_where(L);
  lua_pushfstring(L, "%s: file <%s>, byte offset %s", what, THFile_name(f), offset);
  lua_concat(L, 2);
  return lua_error(L);
}

void torch_pushfiletable(lua_State *L, int env, const char *field)
{
  lua_getfield(L, env, field);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, env, field);
}

static char hooks_key;

void torch_pushhook(lua_State *L, const char *name)
{
  lua_pushlightuserdata(L, &hooks_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* sethooks{classify=, fields=, dump=, instance=, func=}: see ObjectIO.lua */
static int set_hooks(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushlightuserdata(L, &hooks_key);
  lua_pushvalue(L, 1);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return 0;
}

/* ---- primitives; a quiet file's short read is an error too, inside an object ----
   Each says where we are: strings and tables are made between them, and then finalizers may call
   torch in coroutines of their own. */

static void enter(lua_State *L) { bind_enter(L, "readObject", "file", true); }

static int read_int(lua_State *L, THFile *f)
{
  int v;
  enter(L);
  if (THFile_readIntRaw(f, &v, 1) < 1) torch_corrupt(L, f, "read error: the object is cut short");
  return v;
}

static int64_t read_long(lua_State *L, THFile *f)
{
  int64_t v;
  enter(L);
  if (THFile_readLongRaw(f, &v, 1) < 1) torch_corrupt(L, f, "read error: the object is cut short");
  return v;
}

static double read_double(lua_State *L, THFile *f)
{
  double v;
  enter(L);
  if (THFile_readDoubleRaw(f, &v, 1) < 1) torch_corrupt(L, f, "read error: the object is cut short");
  return v;
}

void torch_readsized(lua_State *L, THFile *f)
{
  enum { SMALL = 256 };
  char small[SMALL];
  int n = read_int(L, f);
  if (n < 0) torch_corrupt(L, f, "read error: a string of %d bytes", n);
  if (n <= SMALL) {
    if (THFile_readByteRaw(f, (unsigned char *)small, (size_t)n) < (size_t)n)
      torch_corrupt(L, f, "read error: the string is cut short");
    lua_pushlstring(L, small, (size_t)n);
    return;
  }
  TH_AUTO(THAnyStorage) bytes = THFile_newRead(f, TH_BYTE, n);
  if (bytes->size < n) torch_corrupt(L, f, "read error: the string is cut short");
  lua_pushlstring(L, bytes->data, (size_t)n);
}

/* ---- the stack of containers ---- */

enum { FILE_ = 1, ENV, OBJECTS, STACK, CURRENT, KEY, SLOTS = KEY };
enum FrameKind { AT_KEY, AT_VALUE, FIELDS };

/* The innermost container is at CURRENT, its pending key at KEY; those further out are in the Lua
   table at STACK, two entries a frame. */
typedef struct Frame {
  int kind;
  int left; /* pairs yet to be read */
} Frame;

typedef struct Reader {
  lua_State *L;
  THFile *f;
  bool force;
  int depth;
  size_t room;
  Frame *frames; /* [depth] */
} Reader;

static void reader_autofree(Reader *r) { THFree(r->frames); }

/* The container is on top; pops it. */
static void push_frame(Reader *r, int kind, int left)
{
  lua_State *L = r->L;
  if ((size_t)r->depth >= r->room) {
    size_t room = r->room ? 2 * r->room : 32;
    enter(L);
    r->frames = THRealloc(r->frames, (ptrdiff_t)(room * sizeof *r->frames));
    r->room = room;
  }
  if (r->depth) {
    if (lua_isnil(L, STACK)) {
      lua_newtable(L);
      lua_replace(L, STACK);
    }
    lua_pushvalue(L, CURRENT);
    lua_rawseti(L, STACK, 2 * r->depth - 1);
    lua_pushvalue(L, KEY);
    lua_rawseti(L, STACK, 2 * r->depth);
  }
  lua_replace(L, CURRENT);
  r->frames[r->depth++] = (Frame){kind, left};
}

/* Leaves the finished container on top. */
static void pop_frame(Reader *r)
{
  lua_State *L = r->L;
  lua_pushvalue(L, CURRENT);
  if (--r->depth == 0) return;
  lua_rawgeti(L, STACK, 2 * r->depth - 1);
  lua_replace(L, CURRENT);
  lua_rawgeti(L, STACK, 2 * r->depth);
  lua_replace(L, KEY);
}

/* nn modules name their tensor type in `_type`: without CUDA it names what was loaded instead. */
static void retype(lua_State *L)
{
  if (!lua_istable(L, -1)) return;
  lua_pushliteral(L, "_type");
  lua_rawget(L, -2);
  const char *type = lua_tostring(L, -1);
  if (type && !strncmp(type, "torch.Cuda", 10)) {
    torch_pushhook(L, "retype");
    lua_pushvalue(L, -3);
    bind_call(L, 1, 0);
  }
  lua_pop(L, 1);
}

/* The value on top goes into the current container; true when the next value is due there. */
static bool deliver(Reader *r)
{
  lua_State *L = r->L;
  Frame *frame = &r->frames[r->depth - 1];
  if (frame->kind == AT_KEY) {
    if (lua_isnil(L, -1) || (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1)))
      torch_corrupt(L, r->f, "read error: a table key is %s", lua_isnil(L, -1) ? "nil" : "nan");
    lua_replace(L, KEY);
    frame->kind = AT_VALUE;
    return true;
  }
  if (frame->kind == AT_VALUE) {
    lua_pushvalue(L, KEY);
    lua_insert(L, -2);
    lua_rawset(L, CURRENT);
    frame->kind = AT_KEY;
    return --frame->left > 0;
  }
  /* FIELDS: copied into the object by Lua, which knows what needs translation */
  torch_pushhook(L, "setfields");
  lua_insert(L, -2);
  lua_pushvalue(L, CURRENT);
  lua_insert(L, -2);
  lua_pushvalue(L, FILE_);
  bind_call(L, 3, 0);
  lua_pushvalue(L, CURRENT);
  retype(L);
  lua_pop(L, 1);
  return false;
}

/* ---- values ---- */

/* The index of a shared object; true when the object is known, and on top. */
static bool read_index(Reader *r, int *index)
{
  *index = read_int(r->L, r->f);
  if (*index < 1) torch_corrupt(r->L, r->f, "read error: object index %d", *index);
  if (r->force) return false;
  lua_rawgeti(r->L, OBJECTS, *index);
  if (!lua_isnil(r->L, -1)) return true;
  lua_pop(r->L, 1);
  return false;
}

/* The object on top gets its index before its content is read: it may refer to itself. */
static void remember(Reader *r, int index)
{
  if (r->force) return;
  lua_pushvalue(r->L, -1);
  lua_rawseti(r->L, OBJECTS, index);
}

/* true: the value is on top; false: a frame was opened */
static bool read_table(Reader *r)
{
  int index;
  if (read_index(r, &index)) return true;
  lua_State *L = r->L;
  int n = read_int(L, r->f);
  if (n < 0) torch_corrupt(L, r->f, "read error: a table of %d entries", n);
  lua_newtable(L); /* not sized by n: nested tables would multiply it */
  remember(r, index);
  if (n == 0) return true;
  push_frame(r, AT_KEY, n);
  return false;
}

/* "V <number>", then the class; old files have the class alone, and mean version 0. */
static double read_class(Reader *r)
{
  lua_State *L = r->L;
  torch_readsized(L, r->f);
  const char *s = lua_tostring(L, -1);
  if (strncmp(s, "V ", 2)) return 0;
  lua_pushstring(L, s + 2);
  if (!lua_isnumber(L, -1)) torch_corrupt(L, r->f, "read error: object version '%.40s'", s);
  double version = lua_tonumber(L, -1);
  lua_pop(L, 2);
  torch_readsized(L, r->f);
  return version;
}

static bool read_torch(Reader *r)
{
  int index;
  if (read_index(r, &index)) return true;
  lua_State *L = r->L;
  double version = read_class(r);
  torch_pushhook(L, "instance"); /* (file, class) -> object, read method or nil */
  lua_insert(L, -2);
  lua_pushvalue(L, FILE_);
  lua_insert(L, -2);
  bind_call(L, 2, 2);
  lua_insert(L, -2); /* read, object */
  remember(r, index);
  if (lua_isnil(L, -2)) {
    lua_remove(L, -2);
    push_frame(r, FIELDS, 1);
    return false;
  }
  lua_pushvalue(L, -1);
  lua_insert(L, -3); /* object, read, object */
  lua_pushvalue(L, FILE_);
  lua_pushnumber(L, version);
  bind_call(L, 3, 0);
  retype(L);
  return true;
}

static bool read_function(Reader *r, int tag)
{
  int index = 0;
  if (tag != OBJECT_FUNCTION && read_index(r, &index)) return true;
  lua_State *L = r->L;
  torch_pushhook(L, "func"); /* (file, tag, index, bytecode) -> function or stand-in */
  lua_pushvalue(L, FILE_);
  lua_pushinteger(L, tag);
  lua_pushinteger(L, r->force ? 0 : index);
  torch_readsized(L, r->f);
  bind_call(L, 4, 1);
  return true;
}

static bool read_value(Reader *r, int tag)
{
  lua_State *L = r->L;
  switch (tag) {
  case OBJECT_NIL: lua_pushnil(L); return true;
  case OBJECT_NUMBER: lua_pushnumber(L, read_double(L, r->f)); return true;
  case OBJECT_BOOLEAN: lua_pushboolean(L, read_int(L, r->f) == 1); return true;
  case OBJECT_STRING: torch_readsized(L, r->f); return true;
  case OBJECT_TABLE: return read_table(r);
  case OBJECT_TORCH: return read_torch(r);
  case OBJECT_FUNCTION:
  case OBJECT_LEGACY_RECUR_FUNCTION:
  case OBJECT_RECUR_FUNCTION: return read_function(r, tag);
  default: torch_corrupt(L, r->f, "read error: unknown object type %d", tag); return false;
  }
}

/* file:readObject() */
int torch_readObject(lua_State *L)
{
  bind_enter(L, "readObject", "file", true);
  THFile *f = torch_checkfile(L, 1);
  TORCH_NESTED(L, "readObject");
  luaL_checkstack(L, 20, "readObject");
  lua_settop(L, 1);
  lua_getfenv(L, 1);
  torch_pushfiletable(L, ENV, "readObjects");
  lua_settop(L, SLOTS);
  __attribute__((cleanup(reader_autofree))) Reader r = {.L = L, .f = f};
  lua_getfield(L, ENV, "force");
  r.force = lua_toboolean(L, -1);
  lua_pop(L, 1);
  int tag;
  if (THFile_readIntRaw(f, &tag, 1) < 1) { /* a quiet file's end */
    lua_pushnil(L);
    return 1;
  }
  for (;;) {
    bool more = !read_value(&r, tag);
    while (!more && r.depth > 0) {
      more = deliver(&r);
      if (!more) pop_frame(&r);
    }
    if (!more) return 1;
    tag = read_int(L, f);
  }
}

/* ---- storages and tensors ---- */

/* storage:read(file) */
static int storage_read(lua_State *L)
{
  bind_enter(L, "read", "storage file", true);
  THAnyStorage *s = bind_tostorage(L, 1);
  if (!s) return bind_typeerror(L, 1, "torch.*Storage");
  THFile *f = torch_checkfile(L, 2);
  int64_t n = read_long(L, f);
  if (n < 0) torch_corrupt(L, f, "read error: a storage of %lld elements", (long long)n);
  TH_AUTO(THAnyStorage) bytes = THFile_newRead(f, THType_element((THType)s->type), n);
  if (bytes->size < n) torch_corrupt(L, f, "read error: the storage is cut short");
  if (THType_onDevice((THType)s->type)) {
    THAnyStorage_resize(s, n);
    THAnyStorage_copy(s, bytes);
  } else {
    THAnyStorage_swap(s, bytes);
  }
  return 0;
}

/* Raises unless every element lies in a storage of `room` elements. offset is 0-based. */
static void check_geometry(lua_State *L, THFile *f, int n, const int64_t *sizes, const int64_t *strides,
                           int64_t offset, int64_t room)
{
  int64_t reach = offset, span, count = 1;
  if (offset < 0 || offset > room)
    torch_corrupt(L, f, "read error: tensor offset %lld outside its storage of %lld elements",
                  (long long)offset + 1, (long long)room);
  for (int d = 0; d < n; d++) {
    long long size = sizes[d], stride = strides[d];
    if (size < 1 || stride < 0)
      torch_corrupt(L, f, "read error: tensor size %lld with stride %lld", size, stride);
    if (!TH_mulSize(size - 1, stride, &span) || !TH_addSize(reach, span, &reach) ||
        !TH_mulSize(count, size, &count))
      torch_corrupt(L, f, "read error: tensor size %lld with stride %lld: too large", size, stride);
  }
  if (n && reach >= room)
    torch_corrupt(L, f, "read error: the tensor reaches element %llu of its storage of %lld elements",
                  (unsigned long long)reach + 1, (long long)room);
}

static void read_longs(lua_State *L, THFile *f, int64_t *data, int n)
{
  if (THFile_readLongRaw(f, data, (size_t)n) < (size_t)n)
    torch_corrupt(L, f, "read error: the tensor is cut short");
}

/* tensor:read(file) */
static int tensor_read(lua_State *L)
{
  bind_enter(L, "read", "storage file", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THFile *f = torch_checkfile(L, 2);
  int n = read_int(L, f);
  if (n < 0 || n > TH_MAX_DIMS) torch_corrupt(L, f, "read error: a tensor of %d dimensions", n);
  int64_t sizes[TH_MAX_DIMS], strides[TH_MAX_DIMS];
  read_longs(L, f, sizes, n);
  read_longs(L, f, strides, n);
  int64_t offset = read_long(L, f);
  if (offset == INT64_MIN) offset = 0;
  offset--;
  lua_pushcfunction(L, torch_readObject);
  lua_pushvalue(L, 2);
  bind_call(L, 1, 1);
  THAnyStorage *s = bind_tostorage(L, -1);
  if (!lua_isnil(L, -1) && (!s || s->type != t->type))
    torch_corrupt(L, f, "read error: a %sTensor with a %s for its storage", THType_name((THType)t->type),
                  s ? bind_storages[s->type].name : luaL_typename(L, -1));
  check_geometry(L, f, n, sizes, strides, offset, s ? s->size : 0);
  THAnyTensor_setStorageNd(t, s, s ? offset : 0, n, sizes, strides);
  return 0;
}

/* readsized(file) -> string */
static int read_sized(lua_State *L)
{
  bind_enter(L, "readObject", "file", true);
  torch_readsized(L, torch_checkfile(L, 1));
  return 1;
}

/* corrupt(file, message): raises with name and offset */
static int corrupt(lua_State *L)
{
  return torch_corrupt(L, torch_checkfile(L, 1), "%s", luaL_checkstring(L, 2));
}

/* name(file): path, command or "memory" */
static int file_name(lua_State *L)
{
  lua_pushstring(L, THFile_name(torch_checkfile(L, 1)));
  return 1;
}

void torch_open_objectwriter(lua_State *L);

void torch_open_object(lua_State *L)
{
  static const luaL_Reg functions[] = {{"readObject", torch_readObject}, {"readstorage", storage_read},
                                       {"readtensor", tensor_read},      {"readsized", read_sized},
                                       {"sethooks", set_hooks},          {"corrupt", corrupt},
                                       {"name", file_name},
                                       {NULL, NULL}};
  luaL_register(L, NULL, functions);
  torch_open_objectwriter(L);
}
