/* torch.XStorage: construction, elements, and the questions that need C. One function serves all
   types: the class is an upvalue of the constructor, or the box's own. */
#include "bind.h"
#include "glue.h"
#include <math.h>
#include <stddef.h>

static THAnyStorage *check_storage(lua_State *L, int idx)
{
  THAnyStorage *s = bind_tostorage(L, idx);
  if (!s) bind_typeerror(L, idx, "torch.*Storage");
  return s;
}

bool torch_toelement(lua_State *L, int idx, THType type, THScalar *v)
{
  if (type != TH_BOOL || !lua_isboolean(L, idx)) return bind_toscalar(L, idx, v);
  *v = THScalar_fromInt(lua_toboolean(L, idx));
  return true;
}

/* What is at idx, to be stored in an element of any type. */
static THScalar check_scalar(lua_State *L, int idx)
{
  THScalar v;
  if (!bind_toscalar(L, idx, &v)) bind_typeerror(L, idx, "number");
  return v;
}

/* The constructor by a size, by a storage and by a table. */
enum { BY_SIZE, BY_STORAGE, BY_TABLE };
static const BindFrame made[TH_NALLTYPES][3] = {
#define MADE(Name)                                                                                                       \
  {{"torch." #Name "Storage", "size address", false}, {"torch." #Name "Storage", "storage offset size", false},           \
   {"torch." #Name "Storage", "table", false}}
#define X(Name, real, accreal, CODE) [TH_##CODE] = MADE(Name),
  TH_ALL_TYPES(X)
#undef X
#define X(Name, real, CODE) [TH_##CODE | TH_DEVICE] = MADE(Name),
  TH_DEVICE_TYPES(X)
#undef X
#undef MADE
};

static void fill_from_table(lua_State *L, THAnyStorage *s, int idx)
{
  for (ptrdiff_t i = 0; i < s->size; i++) {
    lua_rawgeti(L, idx, (int)i + 1);
    THScalar v;
    if (!torch_toelement(L, -1, s->type, &v))
      bind_argerror(L, 1, lua_pushfstring(L, "element at index %d is not a number", (int)i + 1));
    THScalar_store(s->type, (char *)s->data + (size_t)i * THType_size(s->type), v);
    lua_pop(L, 1);
  }
}

/* A CPU storage of s's size and element type, pushed; for bytes that the CPU is to touch. */
static THAnyStorage *push_host(lua_State *L, const THAnyStorage *s)
{
  BindBox *box = bind_box(L, &bind_storages[THType_element(s->type)]);
  return box->object = THAnyStorage_newWithSize(THType_element(s->type), s->size);
}

static int new_from_table(lua_State *L, THType type)
{
  bind_run(L, &made[type][BY_TABLE]);
  BindBox *box = bind_box(L, &bind_storages[type]);
  THAnyStorage *s = box->object = THAnyStorage_newWithSize(type, (ptrdiff_t)lua_objlen(L, 1));
  THAnyStorage *host = s->device ? push_host(L, s) : s;
  fill_from_table(L, host, 1);
  if (host == s) return 1;
  THAnyStorage_copy(s, host);
  lua_pop(L, 1);
  return 1;
}

static ptrdiff_t check_size(lua_State *L, int idx)
{
  ptrdiff_t size = bind_integer(L, idx);
  if (size < 0) bind_argerror(L, idx, lua_pushfstring(L, "invalid size %f", (lua_Number)size));
  return size;
}

/* Memory that somebody else owns and keeps: neither freed nor resizable. */
static THAnyStorage *new_foreign(lua_State *L, THType type, ptrdiff_t size)
{
  void *data = (void *)(uintptr_t)bind_integer(L, 2);
  bind_argcheck(L, data || size == 0, 2, "the address of the elements is NULL");
  bind_argcheck(L, (uintptr_t)data % THType_size(type) == 0, 2, "the address is not that of an element");
  THAnyStorage *s =
    THAnyStorage_newWithDataAndAllocator(type, data, size, &THDefaultAllocator, NULL);
  s->flag = TH_STORAGE_REFCOUNTED;
  return s;
}

static THAnyStorage *new_sized(lua_State *L, THType type)
{
  bind_run(L, &made[type][BY_SIZE]);
  ptrdiff_t size = lua_isnil(L, 1) ? 0 : check_size(L, 1);
  if (lua_type(L, 2) == LUA_TNUMBER) return new_foreign(L, type, size);
  bind_argcheck(L, lua_isnil(L, 2), 2, "address expected, as number or pointer");
  return THAnyStorage_newWithSize(type, size);
}

/* new([size [, address]]) | new(table) | new(storage [, offset [, size]]) | new(filename [, shared
   [, size [, sharedMem]]]) ; upvalue 1: type */
static int storage_new(lua_State *L)
{
  THType type = (THType)lua_tointeger(L, lua_upvalueindex(1));
  bind_run(L, &made[type][BY_STORAGE]);
  if (lua_type(L, 1) == LUA_TSTRING) {
    if (THType_onDevice(type))
      return luaL_error(L, "%s: a file cannot be mapped into a GPU's memory: map a %s and copy", bind_storages[type].name,
                        bind_storages[THType_element(type)].name);
    return torch_mapstorage(L, type);
  }
  int n = lua_gettop(L);
  lua_settop(L, 3);
  THAnyStorage *src = bind_tostorage(L, 1);
  if (lua_type(L, 1) == LUA_TNUMBER || lua_isnil(L, 1)) {
    BindBox *box = bind_box(L, &bind_storages[type]);
    box->object = new_sized(L, type);
  } else if (lua_istable(L, 1)) {
    return new_from_table(L, type);
  } else if (src && src->type == type) {
    ptrdiff_t offset = lua_isnoneornil(L, 2) ? 0 : bind_integer(L, 2) - 1;
    ptrdiff_t size = lua_isnoneornil(L, 3) ? src->size - offset : bind_integer(L, 3);
    BindBox *box = bind_box(L, &bind_storages[type]);
    box->object = THAnyStorage_newView(src, offset, size);
  } else if (src) {
    bind_describe(L, 1);
    return bind_argerror(L, 1, lua_pushfstring(L, "%s expected, got %s; %s(s:size()):copy(s) converts it", bind_storages[type].name, lua_tostring(L, -1),
                                               bind_storages[type].name));
  } else {
    lua_settop(L, n);
    return bind_refuse(L, &bind_info_Storage, false);
  }
  return 1;
}

static int storage_size(lua_State *L)
{
  bind_enter(L, "size", "s", true);
  lua_pushnumber(L, (double)check_storage(L, 1)->size);
  return 1;
}

static int storage_element_size(lua_State *L)
{
  bind_enter(L, "elementSize", "s", true);
  lua_pushnumber(L, (double)THType_size(check_storage(L, 1)->type));
  return 1;
}

static int storage_resize(lua_State *L)
{
  bind_enter(L, "resize", "s n", true);
  THAnyStorage_resize(check_storage(L, 1), check_size(L, 2));
  lua_settop(L, 1);
  return 1;
}

static int storage_fill(lua_State *L)
{
  bind_enter(L, "fill", "s value", true);
  THAnyStorage *s = check_storage(L, 1);
  THAnyStorage_fill(s, check_scalar(L, 2));
  THAnyStorage_touch(s, 0);
  lua_settop(L, 1);
  return 1;
}

static int storage_copy(lua_State *L)
{
  bind_enter(L, "copy", "s other", true);
  THAnyStorage *s = check_storage(L, 1);
  THAnyStorage_copy(s, check_storage(L, 2));
  THAnyStorage_touch(s, 0);
  lua_settop(L, 1);
  return 1;
}

static int storage_retain(lua_State *L)
{
  bind_enter(L, "retain", "s", true);
  THAnyStorage_retain(check_storage(L, 1));
  return 0;
}

static int storage_release(lua_State *L)
{
  bind_enter(L, "free", "s", true);
  THAnyStorage_free(check_storage(L, 1));
  return 0;
}

/* string() -> the bytes; string(s) sets them and resizes. Byte and Char only. */
static int storage_string(lua_State *L)
{
  bind_enter(L, "string", "s text", true);
  THAnyStorage *s = check_storage(L, 1);
  THType element = THType_element((THType)s->type);
  if (element != TH_BYTE && element != TH_CHAR) return luaL_error(L, "string: only for Byte and Char storages");
  if (lua_isnoneornil(L, 2)) {
    THAnyStorage *host = s->device ? push_host(L, s) : s;
    if (host != s) THAnyStorage_copy(host, s);
    lua_pushlstring(L, s->size ? host->data : "", (size_t)s->size);
    return 1;
  }
  size_t n;
  const char *text = bind_string(L, 2, &n);
  THAnyStorage_resize(s, (ptrdiff_t)n);
  THAnyStorage *host = s->device ? push_host(L, s) : s;
  if (n) memcpy(host->data, text, n);
  if (host != s) THAnyStorage_copy(s, host);
  THAnyStorage_touch(s, 0);
  lua_settop(L, 1);
  return 1;
}

/* get(i), set(i, v): 1-based, for the slow path of s[i] */
static int storage_get(lua_State *L)
{
  bind_enter(L, "s[i]", "s i", true);
  THAnyStorage *s = check_storage(L, 1);
  bind_pushscalar(L, s->type, THAnyStorage_get(s, bind_integer(L, 2) - 1));
  return 1;
}

static int storage_set(lua_State *L)
{
  bind_enter(L, "s[i] = v", "s i v", true);
  THAnyStorage *s = check_storage(L, 1);
  THAnyStorage_set(s, bind_integer(L, 2) - 1, check_scalar(L, 3));
  return 0;
}

/* ---- the structs, as the FFI is told of them (Storage.lua) ---- */

typedef struct Place {
  const char *field;
  size_t offset;
} Place;

static void push_struct(lua_State *L, const char *name, const Place *place)
{
  lua_newtable(L);
  for (; place->field; place++) {
    lua_pushnumber(L, (double)place->offset);
    lua_setfield(L, -2, place->field);
  }
  lua_setfield(L, -2, name);
}

/* One row of the list of types (THTypes.h) */
typedef struct TypeRow {
  const char *kind, *name, *real, *gpu;
} TypeRow;

static void push_type(lua_State *L, THType type, const TypeRow *row)
{
  lua_createtable(L, 0, 5);
  lua_pushstring(L, row->kind);
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, row->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, row->real);
  lua_setfield(L, -2, "real");
  lua_pushnumber(L, (double)THType_size(type));
  lua_setfield(L, -2, "size");
  if (!(TH_GPU_BITS >> type & 1)) return;
  lua_pushstring(L, row->gpu);
  lua_setfield(L, -2, "gpu");
}

/* Sets module.types, the list of types in the order of their numbers: {kind = , name = , real = the C type, size = , gpu =
   the name on GPUs}; and module.device, what is added to the number of the same type there. */
static void push_types(lua_State *L)
{
#define ROW(_, ...) ROW_(__VA_ARGS__)
#define ROW_(kind, Name, real, accreal, CODE, largest, token, where, gpu) {#kind, #Name, #real, #gpu},
  static const TypeRow rows[TH_NTYPES] = {TH_EACH_TYPE(ROW, _)};
#undef ROW
#undef ROW_
  lua_createtable(L, TH_NTYPES, 0);
  for (int t = 0; t < TH_NTYPES; t++) {
    push_type(L, (THType)t, &rows[t]);
    lua_rawseti(L, -2, t + 1);
  }
  lua_setfield(L, -2, "types");
  lua_pushinteger(L, TH_DEVICE);
  lua_setfield(L, -2, "device");
}

/* Sets module.layout = {storage = {field = offset}, tensor = , allocator = } */
static void push_layout(lua_State *L)
{
#define AT(Struct, field) {#field, offsetof(Struct, field)}
  static const Place storage[] = {
    AT(THAnyStorage, data), AT(THAnyStorage, size), AT(THAnyStorage, refcount), AT(THAnyStorage, flag),
    AT(THAnyStorage, type), AT(THAnyStorage, device), AT(THAnyStorage, allocator),
    AT(THAnyStorage, allocatorContext), AT(THAnyStorage, view), {NULL, 0}};
  static const Place tensor[] = {
    AT(THAnyTensor, size), AT(THAnyTensor, stride), AT(THAnyTensor, nDimension), AT(THAnyTensor, storage),
    AT(THAnyTensor, storageOffset), AT(THAnyTensor, refcount), AT(THAnyTensor, flag), AT(THAnyTensor, type),
    {NULL, 0}};
  static const Place allocator[] = {AT(THAllocator, malloc), AT(THAllocator, realloc), AT(THAllocator, free),
                                    {NULL, 0}};
#undef AT
  lua_newtable(L);
  push_struct(L, "storage", storage);
  push_struct(L, "tensor", tensor);
  push_struct(L, "allocator", allocator);
  lua_setfield(L, -2, "layout");
}

/* ---- for element.lua, which calls them through the FFI ---- */

static double canonical(double v) { return v == v ? v : NAN; }
static double element_double(const double *p) { return canonical(*p); }
static double element_float(const float *p) { return canonical(*p); }

/* elements.name = address of f */
static void set_element_function(lua_State *L, const char *name, void (*f)(void))
{
  lua_pushlightuserdata(L, (void *)f);
  lua_setfield(L, -2, name);
}

static void open_elements(lua_State *L)
{
  lua_newtable(L);
  set_element_function(L, "double", (void (*)(void))element_double);
  set_element_function(L, "float", (void (*)(void))element_float);
  set_element_function(L, "wholepart", (void (*)(void))TH_wholePart);
  lua_setfield(L, -2, "elements");
}

void torch_open_storage(lua_State *L)
{
  push_layout(L);
  push_types(L);
  static const luaL_Reg methods[] = {
    {"size", storage_size},     {"elementSize", storage_element_size},
    {"resize", storage_resize}, {"fill", storage_fill},
    {"copy", storage_copy},     {"retain", storage_retain},
    {"free", storage_release},  {"string", storage_string},
    {"get_", storage_get},      {"set_", storage_set},
    {NULL, NULL}};
  lua_newtable(L);
  luaL_register(L, NULL, methods);
  lua_setfield(L, -2, "storage");
  torch_constructors(L, "newstorage", storage_new);
  open_elements(L);
}
