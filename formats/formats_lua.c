/* libformats.so: THFormats for Lua. lua/torch/formats.lua makes functions of it that people call. What can fail because
   of a file returns nil and why; the wrapper raises.
     open(path, flags) -> file;  guess(path, first bytes) -> kind
     kind(file), count(file), find(file, name), entry(file, i), tensor(file, i), value(file, strict), text(file, size)
     product(file, i, x, r), rows(file, i, index, r)
     saveNpy, saveNpz, saveSafetensors, saveHdf5, savePyTorch */
#include "THFormats.h"
#include "bind.h"
#include <math.h>
#include <stdlib.h>

static const char class_name[] = "torch.FormatFile";

static THFormat *check_file(lua_State *L)
{
  THFormat **box = luaL_checkudata(L, 1, class_name);
  if (!*box) luaL_error(L, "the file is closed");
  return *box;
}

static int push_failure(lua_State *L, const char *why)
{
  lua_pushnil(L);
  lua_pushstring(L, why);
  return 2;
}

static int open_file(lua_State *L)
{
  char why[TH_FORMAT_ERROR];
  const char *path = luaL_checkstring(L, 1);
  int flags = (int)luaL_optinteger(L, 2, 0);
  THFormat **box = lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  bind_enter(L, "formats.open", "path flags", false);
  *box = THFormat_open(path, flags, why);
  return *box ? 1 : push_failure(L, why);
}

static int close_file(lua_State *L)
{
  THFormat **box = luaL_checkudata(L, 1, class_name);
  THFormat_free(*box);
  *box = NULL;
  return 0;
}

static int guess(lua_State *L)
{
  size_t n;
  const char *path = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &n);
  lua_pushstring(L, THFormat_guess(path, bytes, n));
  return 1;
}

static int kind(lua_State *L)
{
  lua_pushstring(L, THFormat_kind(check_file(L)));
  return 1;
}

static int count(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)THFormat_count(check_file(L)));
  return 1;
}

static int find(lua_State *L)
{
  int64_t i = THFormat_find(check_file(L), luaL_checkstring(L, 2));
  if (i < 0) lua_pushnil(L);
  else lua_pushnumber(L, (lua_Number)i + 1);
  return 1;
}

static int64_t number_of(lua_State *L) { return (int64_t)luaL_checknumber(L, 2) - 1; }

static void set_text(lua_State *L, const char *key, const char *text)
{
  if (!text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double v)
{
  lua_pushnumber(L, v);
  lua_setfield(L, -2, key);
}

static int entry(lua_State *L)
{
  const THFormatEntry *e = THFormat_entry(check_file(L), number_of(L));
  if (!e) return 0;
  lua_newtable(L);
  set_text(L, "name", e->name);
  set_text(L, "type", e->type);
  set_text(L, "note", e->note);
  set_text(L, "refused", e->refused);
  if (!e->refused) set_text(L, "element", THType_name(e->element));
  set_number(L, "offset", (double)e->offset);
  set_number(L, "bytes", (double)e->bytes);
  lua_pushboolean(L, e->mapped);
  lua_setfield(L, -2, "mapped");
  lua_createtable(L, e->nDimension, 0);
  for (int d = 0; d < e->nDimension; d++) {
    lua_pushnumber(L, (lua_Number)e->size[d]);
    lua_rawseti(L, -2, d + 1);
  }
  lua_setfield(L, -2, "size");
  return 1;
}

/* Pushes tensor number i; false, and the reason on the stack, when it cannot be had. */
static bool push_tensor(lua_State *L, THFormat *f, int64_t i)
{
  const THFormatEntry *e = THFormat_entry(f, i);
  BindBox *box = bind_box(L, &bind_tensors[e ? e->element : TH_FLOAT]);
  bind_enter(L, "formats.tensor", "file tensor", false);
  box->object = THFormat_newTensor(f, i);
  if (box->object) return true;
  lua_pop(L, 1);
  lua_pushstring(L, THFormat_error(f));
  return false;
}

static int tensor(lua_State *L)
{
  THFormat *f = check_file(L);
  if (push_tensor(L, f, number_of(L))) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* A function of a matrix of the file: (file, number, tensor, result). */
static int of_matrix(lua_State *L, bool (*run)(THFormat *, int64_t, THAnyTensor *, THAnyTensor *))
{
  THFormat *f = check_file(L);
  THAnyTensor *x = bind_checkanytensor(L, 3);
  lua_settop(L, 4);
  if (lua_isnil(L, 4)) {
    lua_pop(L, 1);
    bind_newtensor(L, TH_FLOAT);
  }
  for (int i = 3; i <= 4; i++)
    if (bind_isrecorded(L, i)) bind_refuse_recorded(L, i - 1); /* as methods count: matrix:product(x, r) */
  THAnyTensor *r = bind_checkanytensor(L, 4);
  if (run(f, number_of(L), x, r)) {
    THAnyStorage_touch(r->storage, 0);
    return 1;
  }
  return push_failure(L, THFormat_error(f));
}

static int product(lua_State *L)
{
  bind_enter(L, "formats.product", "matrix matrix x r", true);
  return of_matrix(L, THFormat_product);
}

static int rows(lua_State *L)
{
  bind_enter(L, "formats.rows", "matrix matrix index r", true);
  return of_matrix(L, THFormat_rows);
}

/* ---- values ---- */

enum { MOST_DEPTH = 150 };

/* Pushes a value; false, and the reason, when it has no counterpart. The table at index `seen` has the tables made so
   far, so that what is there twice stays one. */
static bool push_value(lua_State *L, THFormat *f, const THFormatValue *v, int seen, int depth);

static bool push_reason(lua_State *L, THFormat *f, const char *format, const char *what)
{
  (void)f;
  lua_pushfstring(L, format, what);
  return false;
}

static bool seen_before(lua_State *L, const THFormatValue *v, int seen)
{
  lua_pushlightuserdata(L, (void *)v);
  lua_rawget(L, seen);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

static void remember(lua_State *L, const THFormatValue *v, int seen)
{
  lua_pushlightuserdata(L, (void *)v);
  lua_pushvalue(L, -2);
  lua_rawset(L, seen);
}

/* None in a list keeps its place: it is the light userdata that cjson.null is. */
static bool push_list(lua_State *L, THFormat *f, const THFormatValue *v, int seen, int depth)
{
  lua_createtable(L, (int)THMin(v->length, 1 << 20), 0);
  remember(L, v, seen);
  for (int64_t i = 0; i < v->length; i++) {
    if (v->item[i]->kind == TH_FORMAT_NONE) lua_pushlightuserdata(L, NULL);
    else if (!push_value(L, f, v->item[i], seen, depth + 1)) return false;
    lua_rawseti(L, -2, (int)i + 1);
  }
  return true;
}

/* None as a value is no value, as in Lua. */
static bool push_table(lua_State *L, THFormat *f, const THFormatValue *v, int seen, int depth)
{
  lua_newtable(L);
  remember(L, v, seen);
  for (int64_t i = 0; i < v->length; i++) {
    const THFormatValue *key = v->item[2 * i];
    if (key->kind == TH_FORMAT_NONE || (key->kind == TH_FORMAT_NUMBER && isnan(key->number)))
      return push_reason(L, f, "a key of a table is %s", key->kind == TH_FORMAT_NONE ? "None" : "NaN");
    if (!push_value(L, f, key, seen, depth + 1) || !push_value(L, f, v->item[2 * i + 1], seen, depth + 1)) return false;
    lua_rawset(L, -3);
  }
  return true;
}

static bool push_value(lua_State *L, THFormat *f, const THFormatValue *v, int seen, int depth)
{
  luaL_checkstack(L, 8, "values nested too deep");
  if (depth > MOST_DEPTH) return push_reason(L, f, "%s", "values nested too deep");
  if (v->kind >= TH_FORMAT_LIST && seen_before(L, v, seen)) return true;
  switch (v->kind) {
  case TH_FORMAT_NONE: lua_pushnil(L); return true;
  case TH_FORMAT_BOOLEAN: lua_pushboolean(L, (int)v->integer); return true;
  case TH_FORMAT_INTEGER: lua_pushnumber(L, (lua_Number)v->integer); return true;
  case TH_FORMAT_NUMBER: lua_pushnumber(L, v->number); return true;
  case TH_FORMAT_TEXT: lua_pushlstring(L, v->text, (size_t)v->length); return true;
  case TH_FORMAT_LIST: return push_list(L, f, v, seen, depth);
  case TH_FORMAT_TABLE: return push_table(L, f, v, seen, depth);
  case TH_FORMAT_TENSOR:
    if (!push_tensor(L, f, v->integer)) return false;
    remember(L, v, seen);
    return true;
  default:
    return push_reason(L, f, "it holds an object of %s; objects of programs are not loaded, but formats.open(path) has the tensors", v->text);
  }
}

static int value(lua_State *L)
{
  THFormat *f = check_file(L);
  lua_settop(L, 1);
  lua_newtable(L);
  if (push_value(L, f, THFormat_value(f), 2, 0)) return 1;
  const char *why = lua_tostring(L, -1);
  lua_pushnil(L);
  lua_pushstring(L, why);
  return 2;
}

static void push_text(lua_State *L, const THFormatValue *v, size_t most)
{
  char text[4096];
  THFormatValue_text(v, text, THMin(most, sizeof text));
  lua_pushstring(L, text);
}

/* describe(file, most) -> list of {key, text}: the pairs of the value that are no tensors, each as a text of at most so
   many bytes; of another value its text alone. */
static int describe(lua_State *L)
{
  const THFormatValue *v = THFormat_value(check_file(L));
  size_t most = (size_t)luaL_checkinteger(L, 2);
  bool table = v->kind == TH_FORMAT_TABLE;
  lua_newtable(L);
  for (int64_t i = 0; i < (table ? v->length : 1); i++) {
    const THFormatValue *item = table ? v->item[2 * i + 1] : v;
    if (item->kind == TH_FORMAT_TENSOR) continue;
    lua_createtable(L, 2, 0);
    if (table) push_text(L, v->item[2 * i], most);
    else lua_pushliteral(L, "object");
    lua_rawseti(L, -2, 1);
    push_text(L, item, most);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
  }
  return 1;
}

/* ---- saving ---- */

static int save_npy(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  THAnyTensor *t = bind_checkanytensor(L, 2);
  bind_enter(L, "formats.save", "path x", false);
  THFormat_saveNpy(path, t);
  return 0;
}

/* Arrays of the names at 2 and tensors at 3, in userdata on the stack. */
static void read_named(lua_State *L, int64_t *n, const char ***names, THAnyTensor ***tensors)
{
  *n = (int64_t)lua_objlen(L, 2);
  *names = lua_newuserdata(L, (size_t)(*n + 1) * sizeof **names);
  *tensors = lua_newuserdata(L, (size_t)(*n + 1) * sizeof **tensors);
  for (int64_t i = 0; i < *n; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    lua_rawgeti(L, 3, (int)i + 1);
    (*names)[i] = luaL_checkstring(L, -2);
    (*tensors)[i] = bind_totensor(L, -1);
    if (!(*tensors)[i]) luaL_error(L, "tensor expected");
    lua_pop(L, 2); /* the tables hold them */
  }
}

static int save_named(lua_State *L, void (*save)(const char *, int64_t, const char *const *, THAnyTensor *const *))
{
  int64_t n;
  const char *path = luaL_checkstring(L, 1), **names;
  THAnyTensor **tensors;
  read_named(L, &n, &names, &tensors);
  bind_enter(L, "formats.save", "path x x x", false);
  save(path, n, names, tensors);
  return 0;
}

static int save_npz(lua_State *L) { return save_named(L, THFormat_saveNpz); }
static int save_hdf5(lua_State *L) { return save_named(L, THFormat_saveHdf5); }

/* Values made of Lua's: userdata, which the table at index `keep` holds. */
typedef struct Making {
  int keep, tensors; /* indices of tables */
  int64_t n;
} Making;

static THFormatValue *to_value(lua_State *L, int idx, Making *m, int depth);

static THFormatValue *new_value(lua_State *L, Making *m, THFormatKind kind, int64_t items)
{
  THFormatValue *v = lua_newuserdata(L, sizeof *v + (size_t)items * sizeof *v->item);
  *v = (THFormatValue){.kind = kind, .length = items, .item = (THFormatValue **)(v + 1)};
  lua_rawseti(L, m->keep, (int)lua_objlen(L, m->keep) + 1);
  return v;
}

static THFormatValue *number_value(lua_State *L, Making *m, double d)
{
  bool whole = d == floor(d) && fabs(d) <= 9007199254740992.0;
  THFormatValue *v = new_value(L, m, whole ? TH_FORMAT_INTEGER : TH_FORMAT_NUMBER, 0);
  if (whole) v->integer = (int64_t)d;
  else v->number = d;
  return v;
}

static THFormatValue *text_value(lua_State *L, int idx, Making *m)
{
  size_t n;
  THFormatValue *v = new_value(L, m, TH_FORMAT_TEXT, 0);
  v->text = lua_tolstring(L, idx, &n);
  v->length = (int64_t)n;
  return v;
}

static THFormatValue *tensor_value(lua_State *L, int idx, Making *m)
{
  if (!bind_totensor(L, idx)) luaL_error(L, "a value of type %s, which such a file cannot hold", luaL_typename(L, idx));
  THFormatValue *v = new_value(L, m, TH_FORMAT_TENSOR, 0);
  v->integer = m->n++;
  lua_pushvalue(L, idx);
  lua_rawseti(L, m->tensors, (int)m->n);
  return v;
}

/* {keys = {...}, values = {...}} is a table in that order, {...} a list: so lua/torch/formats.lua prepares them. */
static THFormatValue *list_value(lua_State *L, int idx, Making *m, int depth)
{
  lua_getfield(L, idx, "keys");
  lua_getfield(L, idx, "values");
  bool table = lua_istable(L, -2);
  int keys = lua_gettop(L) - 1, values = table ? keys + 1 : idx;
  int64_t n = (int64_t)lua_objlen(L, values);
  THFormatValue *v = new_value(L, m, table ? TH_FORMAT_TABLE : TH_FORMAT_LIST, table ? 2 * n : n);
  v->length = n;
  for (int64_t i = 0; i < n; i++) {
    if (table) lua_rawgeti(L, keys, (int)i + 1);
    if (table) v->item[2 * i] = to_value(L, lua_gettop(L), m, depth + 1);
    lua_rawgeti(L, values, (int)i + 1);
    v->item[table ? 2 * i + 1 : i] = to_value(L, lua_gettop(L), m, depth + 1);
    lua_settop(L, keys + 1);
  }
  lua_pop(L, 2);
  return v;
}

static THFormatValue *to_value(lua_State *L, int idx, Making *m, int depth)
{
  luaL_checkstack(L, 8, "tables nested too deep");
  if (depth > MOST_DEPTH) luaL_error(L, "tables nested too deep, or within themselves");
  switch (lua_type(L, idx)) {
  case LUA_TNUMBER: return number_value(L, m, lua_tonumber(L, idx));
  case LUA_TSTRING: return text_value(L, idx, m);
  case LUA_TTABLE: return list_value(L, idx, m, depth);
  case LUA_TBOOLEAN: {
    THFormatValue *v = new_value(L, m, TH_FORMAT_BOOLEAN, 0);
    v->integer = lua_toboolean(L, idx);
    return v;
  }
  case LUA_TLIGHTUSERDATA:
    if (!lua_touserdata(L, idx)) return new_value(L, m, TH_FORMAT_NONE, 0);
  }
  return tensor_value(L, idx, m);
}

static THFormatValue *make_value(lua_State *L, int idx, Making *m)
{
  lua_newtable(L);
  m->keep = lua_gettop(L);
  lua_newtable(L);
  m->tensors = lua_gettop(L);
  return to_value(L, idx, m, 0);
}

static int save_safetensors(lua_State *L)
{
  int64_t n;
  const char *path = luaL_checkstring(L, 1), **names;
  THAnyTensor **tensors;
  Making m = {0};
  lua_settop(L, 4);
  read_named(L, &n, &names, &tensors);
  THFormatValue *metadata = lua_isnil(L, 4) ? NULL : make_value(L, 4, &m);
  bind_enter(L, "formats.save", "path x x x metadata", false);
  THFormat_saveSafetensors(path, n, names, tensors, metadata);
  return 0;
}

static int save_pytorch(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  Making m = {0};
  lua_settop(L, 2);
  THFormatValue *object = make_value(L, 2, &m);
  THAnyTensor **tensors = lua_newuserdata(L, (size_t)(m.n + 1) * sizeof *tensors);
  for (int64_t i = 0; i < m.n; i++) {
    lua_rawgeti(L, m.tensors, (int)i + 1);
    tensors[i] = bind_totensor(L, -1);
    lua_pop(L, 1);
  }
  bind_enter(L, "formats.save", "path x x", false);
  THFormat_savePyTorch(path, object, tensors);
  return 0;
}

static const luaL_Reg functions[] = {{"open", open_file},
                                     {"close", close_file},
                                     {"guess", guess},
                                     {"kind", kind},
                                     {"count", count},
                                     {"find", find},
                                     {"entry", entry},
                                     {"tensor", tensor},
                                     {"product", product},
                                     {"rows", rows},
                                     {"value", value},
                                     {"describe", describe},
                                     {"saveNpy", save_npy},
                                     {"saveNpz", save_npz},
                                     {"saveSafetensors", save_safetensors},
                                     {"saveHdf5", save_hdf5},
                                     {"savePyTorch", save_pytorch},
                                     {NULL, NULL}};

TH_API int luaopen_libformats(lua_State *L)
{
  bind_need(L, "formats");
  luaL_newmetatable(L, class_name);
  lua_pushcfunction(L, close_file);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "none");
  return 1;
}
