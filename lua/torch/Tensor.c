/* torch.XTensor: construction and those views and accessors whose Lua form is more than a row of the
   operation table. One function serves all types. */
#include "glue.h"

/* ---- construction ---- */

/* Frames of a constructor, by type; ARGS are its arguments. */
#define X(Name, real, accreal, CODE) [TH_##CODE] = {"torch." #Name "Tensor", ARGS, false},
#define Y(Name, real, CODE) [TH_##CODE | TH_DEVICE] = {"torch." #Name "Tensor", ARGS, false},
#define ARGS "size"
static const BindFrame of_sizes[TH_NALLTYPES] = {TH_ALL_TYPES(X) TH_DEVICE_TYPES(Y)};
#undef ARGS
#define ARGS "sizes strides"
static const BindFrame of_strides[TH_NALLTYPES] = {TH_ALL_TYPES(X) TH_DEVICE_TYPES(Y)};
#undef ARGS
#define ARGS "table"
static const BindFrame of_table[TH_NALLTYPES] = {TH_ALL_TYPES(X) TH_DEVICE_TYPES(Y)};
#undef ARGS
#define ARGS "x"
static const BindFrame of_object[TH_NALLTYPES] = {TH_ALL_TYPES(X) TH_DEVICE_TYPES(Y)};
#undef ARGS
#define ARGS "- storage offset sizes sizes strides"
static const BindFrame of_storage[TH_NALLTYPES] = {TH_ALL_TYPES(X) TH_DEVICE_TYPES(Y)};
#undef ARGS
#undef X
#undef Y

/* Sizes of nested tables, by first elements; deeper than MAX_TABLE_DIMS is refused. */
enum { MAX_TABLE_DIMS = 32 };

static int table_shape(lua_State *L, int idx, int64_t *size)
{
  int n = 0;
  lua_pushvalue(L, idx);
  while (lua_istable(L, -1)) {
    if (n == MAX_TABLE_DIMS) return bind_argerror(L, 1, "invalid tensor definition: tables nested too deep");
    size[n++] = (int64_t)lua_objlen(L, -1);
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  return n;
}

/* The table on top, of dimension d, into consecutive elements from *p on. */
static void read_table(lua_State *L, THType type, int d, int n, const int64_t *size, char **p)
{
  size_t width = THType_size(type);
  luaL_checkstack(L, 4, "tensor definition");
  if ((int64_t)lua_objlen(L, -1) != size[d])
    bind_argerror(L, 1, lua_pushfstring(L, "invalid tensor sizes: dimension %d has %d elements here, %d before", d + 1,
                                        (int)lua_objlen(L, -1), (int)size[d]));
  for (int64_t i = 0; i < size[d]; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    if (d < n - 1) {
      if (!lua_istable(L, -1))
        bind_argerror(L, 1, lua_pushfstring(L, "invalid tensor definition: table expected inside, got %s", luaL_typename(L, -1)));
      read_table(L, type, d + 1, n, size, p);
    } else {
      THScalar v;
      if (!torch_toelement(L, -1, type, &v))
        bind_argerror(L, 1, lua_pushfstring(L, "invalid element (not a number): got %s", luaL_typename(L, -1)));
      THScalar_store(type, *p, v);
      *p += width;
    }
    lua_pop(L, 1);
  }
}

/* Elements are converted on the CPU; a tensor of the GPU takes them from there in one copy. */
static int new_from_table(lua_State *L, THType type)
{
  int64_t size[MAX_TABLE_DIMS];
  int n = table_shape(L, 1, size);
  THAnyTensor *t = bind_newtensor(L, type);
  for (int d = 0; d < n; d++)
    if (size[d] == 0) {
      if (n > 1) return bind_argerror(L, 1, "invalid tensor definition: empty table inside");
      return 1;
    }
  THAnyTensor *host = THType_onDevice(type) ? bind_newtensor(L, THType_element(type)) : t;
  THAnyTensor_resizeNd(host, n, size, NULL);
  char *p = THAnyTensor_data(host);
  lua_pushvalue(L, 1);
  read_table(L, host->type, 0, n, size, &p);
  lua_pop(L, 1);
  if (host == t) return 1;
  THAnyTensor_resizeAs(t, host);
  THAnyTensor_copy(t, host);
  lua_pop(L, 1);
  return 1;
}

/* Geometry after a storage, in the arguments from idx to last: [offset [, sizes [, strides]]] or offset, size1, stride1, size2, ... */
static void set_from_storage(lua_State *L, THAnyTensor *t, int idx, int last)
{
  THAnyStorage *s = bind_tostorage(L, idx);
  while (last > idx && lua_isnil(L, last)) last--;
  ptrdiff_t offset = last > idx ? bind_integer(L, idx + 1) - 1 : 0;
  THAnyStorage *sizes = last > idx + 1 ? bind_tostorage(L, idx + 2) : NULL;
  if (sizes) {
    THAnyStorage *strides = last > idx + 2 ? bind_tostorage(L, idx + 3) : NULL;
    bind_argcheck(L, sizes->type == TH_LONG, idx + 2, "torch.LongStorage of sizes expected");
    bind_argcheck(L, last <= idx + 2 || (strides && strides->type == TH_LONG && strides->size == sizes->size),
                  idx + 3, "torch.LongStorage of as many strides as sizes expected");
    THAnyTensor_setStorageNd(t, s, offset, (int)sizes->size, sizes->data, strides ? strides->data : NULL);
  } else if (last > idx + 1) {
    int64_t size[BIND_MAXARGS], stride[BIND_MAXARGS];
    int n = (last - idx - 1 + 1) / 2;
    bind_argcheck(L, n <= BIND_MAXARGS, idx + 2, "too many sizes; give LongStorages");
    for (int d = 0; d < n; d++) {
      int at = idx + 2 + 2 * d;
      size[d] = bind_integer(L, at);
      stride[d] = at + 1 <= last ? bind_integer(L, at + 1) : -1;
    }
    THAnyTensor_setStorageNd(t, s, offset, n, size, stride);
  } else if (last > idx) { /* an offset alone, as in Torch7: a tensor without dimensions */
    THAnyTensor_setStorageNd(t, s, offset, 0, NULL, NULL);
  } else {
    int64_t size = s->size, stride = 1;
    THAnyTensor_setStorageNd(t, s, 0, 1, &size, &stride);
  }
}

/* A number, which an integer of the FFI becomes. */
static bool is_number(lua_State *L, int idx) { return lua_type(L, idx) == LUA_TNUMBER || bind_plainnumber(L, idx); }

/* The first argument is a tensor or storage of another type. */
static int refuse_type(lua_State *L, THType type)
{
  const bool tensor = bind_totensor(L, 1) != NULL;
  const char *wanted = tensor ? bind_tensors[type].name : bind_storages[type].name;
  bind_run(L, &of_object[type]);
  bind_describe(L, 1);
  return bind_argerror(L, 1, lua_pushfstring(L, tensor ? "%s expected, got %s; x:type('%s') converts it" : "%s expected, got %s; %s(x:size()):copy(x) converts it",
                                             wanted, lua_tostring(L, -1), wanted));
}

/* new() | new(sizes...) | new(LongStorage [, LongStorage]) | new(tensor) | new(storage, ...) |
   new(table); upvalue 1: the type */
static int tensor_new(lua_State *L)
{
  THType type = (THType)lua_tointeger(L, lua_upvalueindex(1));
  bind_run(L, &of_sizes[type]);
  int n = lua_gettop(L);
  if (n == 0) {
    bind_newtensor(L, type);
    return 1;
  }
  THAnyStorage *storage = bind_tostorage(L, 1);
  THAnyTensor *src = bind_totensor(L, 1);
  if (is_number(L, 1)) {
    int64_t size[8];
    int dims = THMin(n, 8);
    for (int d = 0; d < dims; d++) size[d] = bind_integer(L, d + 1);
    THAnyTensor_resizeNd(bind_newtensor(L, type), dims, size, NULL);
  } else if (lua_istable(L, 1)) {
    bind_run(L, &of_table[type]);
    return new_from_table(L, type);
  } else if (src && src->type == type) {
    THAnyTensor_set(bind_newtensor(L, type), src);
  } else if (storage && storage->type == type && !(type == TH_LONG && bind_tostorage(L, 2))) {
    THAnyTensor *t = bind_newtensor(L, type);
    bind_run(L, &of_storage[type]);
    set_from_storage(L, t, 1, n);
  } else if (storage && storage->type == TH_LONG) {
    bind_run(L, &of_strides[type]);
    THAnyStorage *strides = n > 1 ? bind_tostorage(L, 2) : NULL;
    bind_argcheck(L, n == 1 || (strides && strides->type == TH_LONG && strides->size == storage->size), 2,
                  "torch.LongStorage of as many strides as sizes expected");
    THAnyTensor_resizeNd(bind_newtensor(L, type), (int)storage->size, storage->data,
                         strides ? strides->data : NULL);
  } else if (src || storage) {
    return refuse_type(L, type);
  } else {
    return bind_refuse(L, &bind_info_Tensor, false);
  }
  return 1;
}

/* set() | set(tensor) | set(storage [, ...]) -> self */
static int tensor_set(lua_State *L)
{
  int results;
  if (bind_detour(L, "set", &results)) return results;
  bind_enter(L, "set", "x storage offset sizes sizes strides", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THAnyTensor *src = bind_totensor(L, 2);
  THAnyStorage *storage = bind_tostorage(L, 2);
  if (src) {
    bind_checktensor(L, 2, t->type);
    THAnyTensor_set(t, src);
  } else if (storage) {
    if (storage->type != t->type)
      return bind_typeerror(L, 2, bind_storages[t->type].name);
    set_from_storage(L, t, 2, lua_gettop(L));
  } else if (lua_gettop(L) == 1) {
    THAnyTensor_setStorageNd(t, NULL, 0, 0, NULL, NULL);
  } else {
    return bind_refuse(L, &bind_info_set, true);
  }
  lua_settop(L, 1);
  return 1;
}

/* resize(LongStorage [, LongStorage]) | resize(sizes...) -> self */
static int tensor_resize(lua_State *L)
{
  int results;
  if (bind_detour(L, "resize", &results)) return results;
  bind_enter(L, "resize", "x size size strides", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THAnyStorage *sizes = bind_tostorage(L, 2), *strides = bind_tostorage(L, 3);
  if ((sizes || strides || !is_number(L, 2)) && lua_gettop(L) > 1 + (sizes != NULL) + (strides != NULL))
    return bind_refuse(L, &bind_info_resize, true);
  if (strides) {
    bind_argcheck(L, sizes && sizes->type == TH_LONG, 2, "torch.LongStorage expected");
    bind_argcheck(L, strides->type == TH_LONG && strides->size == sizes->size, 3,
                  "torch.LongStorage of as many strides as sizes expected");
    THAnyTensor_resizeNd(t, (int)sizes->size, sizes->data, strides->data);
  } else {
    BindSizes list;
    bind_sizes(L, 2, lua_gettop(L), &list);
    THAnyTensor_resizeNd(t, list.n, list.size, NULL);
  }
  lua_settop(L, 1);
  return 1;
}

/* ---- questions ---- */

static int push_dims(lua_State *L, const THAnyTensor *t, const int64_t *dims)
{
  BindBox *box = bind_box(L, &bind_storages[TH_LONG]);
  THAnyStorage *s = box->object = THAnyStorage_newWithSize(TH_LONG, t->nDimension);
  if (t->nDimension) memcpy(s->data, dims, (size_t)t->nDimension * sizeof *dims);
  return 1;
}

static int one_dim(lua_State *L, const THAnyTensor *t, const int64_t *dims)
{
  int64_t d = bind_integer(L, 2);
  TH_checkDim(NULL, t, (int)THMin(THMax(d, -INT32_MAX), INT32_MAX) - TH_INDEX_BASE, 2);
  lua_pushnumber(L, (double)dims[d - 1]);
  return 1;
}

static int tensor_size(lua_State *L)
{
  bind_enter(L, "size", "x d", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  return lua_isnoneornil(L, 2) ? push_dims(L, t, t->size) : one_dim(L, t, t->size);
}

static int tensor_stride(lua_State *L)
{
  bind_enter(L, "stride", "x d", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  return lua_isnoneornil(L, 2) ? push_dims(L, t, t->stride) : one_dim(L, t, t->stride);
}

static int tensor_dim(lua_State *L)
{
  bind_enter(L, "dim", "x", true);
  lua_pushinteger(L, bind_checkanytensor(L, 1)->nDimension);
  return 1;
}

static int tensor_storage(lua_State *L)
{
  bind_enter(L, "storage", "x", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  if (!t->storage) {
    lua_pushnil(L);
    return 1;
  }
  BindBox *box = bind_box(L, &bind_storages[t->type]);
  THAnyStorage_retain(t->storage);
  box->object = t->storage;
  return 1;
}

static int tensor_storage_offset(lua_State *L)
{
  bind_enter(L, "storageOffset", "x", true);
  lua_pushnumber(L, (double)bind_checkanytensor(L, 1)->storageOffset + TH_INDEX_BASE);
  return 1;
}

static int tensor_element_size(lua_State *L)
{
  bind_enter(L, "elementSize", "x", true);
  lua_pushnumber(L, (double)THType_size(bind_checkanytensor(L, 1)->type));
  return 1;
}

static int tensor_is_size(lua_State *L)
{
  bind_enter(L, "isSize", "x size", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THAnyStorage *s = bind_tostorage(L, 2);
  bind_argcheck(L, s && s->type == TH_LONG, 2, "torch.LongStorage expected");
  lua_pushboolean(L, s->size == t->nDimension &&
                       (!s->size || !memcmp(s->data, t->size, (size_t)s->size * sizeof *t->size)));
  return 1;
}

static int tensor_retain(lua_State *L)
{
  bind_enter(L, "retain", "x", true);
  THAnyTensor_retain(bind_checkanytensor(L, 1));
  return 0;
}

static int tensor_free(lua_State *L)
{
  bind_enter(L, "free", "x", true);
  THAnyTensor_free(bind_checkanytensor(L, 1));
  return 0;
}

/* ---- views and copies ---- */

static int tensor_clone(lua_State *L)
{
  int results;
  if (bind_detour(L, "clone", &results)) return results;
  bind_enter(L, "clone", "x", true);
  THAnyTensor *src = bind_checkanytensor(L, 1);
  THAnyTensor *t = bind_newtensor(L, src->type);
  THAnyTensor_resizeAs(t, src);
  THAnyTensor_copy(t, src);
  return 1;
}

static int tensor_contiguous(lua_State *L)
{
  bind_enter(L, "contiguous", "x", true);
  THAnyTensor *src = bind_checkanytensor(L, 1);
  if (!THAnyTensor_isContiguous(src)) return tensor_clone(L);
  if (bind_isrecorded(L, 1)) { /* a second box would know nothing of its node */
    lua_settop(L, 1);
    return 1;
  }
  BindBox *box = bind_box(L, &bind_tensors[src->type]);
  THAnyTensor_retain(src);
  box->object = src;
  return 1;
}

/* totype(typename): a converted copy; empty stays empty. upvalue 1: the type */
static int tensor_convert(lua_State *L)
{
  bind_enter(L, "type", "x", true);
  THType type = (THType)lua_tointeger(L, lua_upvalueindex(1));
  THAnyTensor *src = bind_checkanytensor(L, 1);
  if (!bind_hasclass(L, &bind_tensors[type]))
    return luaL_error(L, "type: there is no %s; require 'cutorch' first", bind_tensors[type].name);
  lua_settop(L, 1);
  if (src->type == type) return 1;
  int results;
  if (bind_isrecorded(L, 1)) {
    lua_pushstring(L, bind_tensors[type].name);
    if (bind_detour(L, "convert", &results)) return results;
  }
  THAnyTensor *t = bind_newtensor(L, type);
  THAnyTensor_resizeAs(t, src);
  THAnyTensor_copy(t, src);
  return 1;
}

/* copy(src): any element type, equal element counts -> self */
static int tensor_copy(lua_State *L)
{
  int results;
  if (bind_detour(L, "copy", &results)) return results;
  bind_enter(L, "copy", "x y", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THAnyTensor_copy(t, bind_checkanytensor(L, 2));
  THAnyStorage_touch(t->storage, 0);
  lua_settop(L, 1);
  return 1;
}

/* What of a recorded tensor is not recorded is a number: a tensor of one element that stands for one. */
static int element_view(lua_State *L, const BindRule *rule, const short *at)
{
  bind_record_view(L, rule, 1, at);
  BindBox *box = lua_touserdata(L, -1);
  box->recorded |= BIND_ELEMENT;
  return 1;
}

/* select(d, i): a view, or the element of a tensor of one dimension, for which d says nothing (as in Torch7) */
static int tensor_select(lua_State *L)
{
  static const short at[] = {1, 2, 3, 4};
  bind_enter(L, "select", "- x d i", true);
  THAnyTensor *src = bind_checkanytensor(L, 1);
  int dim = bind_dimension(L, 2);
  int64_t i = bind_integer(L, 3) - 1;
  if (src->nDimension == 1) {
    if (i < 0 || i >= src->size[0])
      return bind_argerror(L, 3, lua_pushfstring(L, "index %d out of range: dimension 1 of [%d] has size %d", (int)(i + 1),
                                                 (int)src->size[0], (int)src->size[0]));
    if (bind_isrecorded(L, 1) && bind_state(L)->recording) {
      THAnyTensor_narrow(bind_newtensor(L, src->type), src, 0, i, 1);
      return element_view(L, &bind_rule_select, at);
    }
    bind_pushscalar(L, src->type, THAnyTensor_get(src, 1, &i));
    return 1;
  }
  THAnyTensor *t = bind_newtensor(L, src->type);
  THAnyTensor_select(t, src, dim, i);
  if (bind_isrecorded(L, 1)) bind_record_view(L, &bind_rule_select, 1, at);
  return 1;
}

static int tensor_t(lua_State *L)
{
  static const short at[] = {1, 2};
  bind_enter(L, "t", "x", true);
  THAnyTensor *src = bind_checkanytensor(L, 1);
  if (src->nDimension != 2)
    return bind_typeerror(L, 1, "a tensor with 2 dimensions");
  THAnyTensor_transpose(bind_newtensor(L, src->type), src, 0, 1);
  if (bind_isrecorded(L, 1)) bind_record_view(L, &bind_rule_t, 1, at);
  return 1;
}

/* view([r,] x, sizes...) and its like, as functions and, where upvalue 1 is true, as methods: the frames without and with
   r. `like`: instead of sizes a tensor of them. */
typedef void (*Shaper)(THAnyTensor *r, THAnyTensor *x, int n, const int64_t *size);

static int shaped(lua_State *L, const BindFrame frames[2][2], Shaper shape, bool like, const BindInfo *info, const BindRule *rule)
{
  static const short places[] = {1, 0, 0};
  bool method = lua_toboolean(L, lua_upvalueindex(1));
  int last = lua_gettop(L), at = (like ? last > 2 : bind_totensor(L, 2) != NULL) ? 2 : 1, results;
  if (at == 2 && bind_detour(L, frames[method][0].name, &results)) return results;
  bind_run(L, &frames[method][at - 1]);
  if (info && !is_number(L, at + 1) && !bind_tostorage(L, at + 1)) return bind_refuse(L, info, method);
  THAnyTensor *x = bind_checkanytensor(L, 1), *r = at == 2 ? x : NULL;
  if (r) x = bind_checktensor(L, 2, r->type);
  BindSizes sizes;
  if (like) {
    THAnyTensor *template = bind_checkanytensor(L, at + 1);
    if (last > at + 1) return bind_toomany(L, at + 2);
    sizes.n = template->nDimension;
    sizes.size = template->size;
  } else {
    bind_sizes(L, at + 1, last, &sizes);
  }
  shape(r ? r : bind_newtensor(L, x->type), x, sizes.n, sizes.size);
  if (r) lua_pushvalue(L, 1);
  else if (bind_isrecorded(L, 1)) bind_record_view(L, rule, 1, places);
  return 1;
}

#define SHAPED(name, shape, args, like, info)                                                            \
  static int tensor_##name(lua_State *L)                                                           \
  {                                                                                                \
    static const BindFrame frames[2][2] = {{{#name, "- x " args, false}, {#name, "r x " args, false}}, \
                                           {{#name, "- x " args, true}, {#name, "r x " args, true}}}; \
    return shaped(L, frames, shape, like, info, &bind_rule_##name);                                      \
  }
SHAPED(view, THAnyTensor_viewNd, "size size", false, &bind_info_view)
SHAPED(expand, THAnyTensor_expandNd, "size size", false, &bind_info_expand)
SHAPED(viewAs, THAnyTensor_viewNd, "template template", true, NULL)
SHAPED(expandAs, THAnyTensor_expandNd, "template template", true, NULL)

static int push_squeezed(lua_State *L, int result, bool number)
{
  static const short at[] = {1, 0, 0};
  THAnyTensor *r = bind_totensor(L, result);
  if (result > 1 && bind_isrecorded(L, 1) && bind_state(L)->recording) {
    if (number && r->nDimension == 1 && r->size[0] == 1) return element_view(L, &bind_rule_squeeze, at);
    bind_record_view(L, &bind_rule_squeeze, 1, at);
    return 1;
  }
  if (number && r->nDimension == 1 && r->size[0] == 1) {
    int64_t zero = 0;
    bind_pushscalar(L, r->type, THAnyTensor_get(r, 1, &zero));
  } else {
    lua_pushvalue(L, result);
  }
  return 1;
}

/* squeeze([r,] x [, d]); upvalue 1: whether it is the method */
static int tensor_squeeze(lua_State *L)
{
  static const BindFrame frames[2][2] = {{{"squeeze", "- x d", false}, {"squeeze", "r x d", false}},
                                         {{"squeeze", "- x d", true}, {"squeeze", "r x d", true}}};
  bool method = lua_toboolean(L, lua_upvalueindex(1));
  int at = bind_totensor(L, 2) ? 2 : 1, results;
  if (at == 2 && bind_detour(L, "squeeze", &results)) return results;
  bind_run(L, &frames[method][at - 1]);
  THAnyTensor *x = bind_checkanytensor(L, 1);
  if (at == 2) x = bind_checktensor(L, 2, x->type);
  bool has_dim = is_number(L, at + 1), number = true;
  if (!has_dim && lua_gettop(L) > at) return bind_refuse(L, &bind_info_squeeze, method);
  THAnyTensor *r = at == 2 ? bind_totensor(L, 1) : bind_newtensor(L, x->type);
  int result = at == 2 ? 1 : lua_gettop(L);
  if (has_dim) {
    number = x->nDimension == 1;
    THAnyTensor_squeeze1d(r, x, bind_dimension(L, at + 1));
  } else {
    THAnyTensor_squeeze(r, x);
  }
  return push_squeezed(L, result, number);
}

/* get_(i...), put_(v, i...): elements by 1-based positions, all types */
static int tensor_get(lua_State *L)
{
  bind_enter(L, "index", "x i", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  int64_t at[64];
  int n = THMin(lua_gettop(L) - 1, 64);
  for (int d = 0; d < n; d++) at[d] = bind_integer(L, d + 2) - 1;
  bind_pushscalar(L, t->type, THAnyTensor_get(t, n, at));
  return 1;
}

static int tensor_put(lua_State *L)
{
  bind_enter(L, "newindex", "x v i", true);
  THAnyTensor *t = bind_checkanytensor(L, 1);
  THScalar v;
  if (!bind_toscalar(L, 2, &v)) return bind_typeerror(L, 2, "number");
  int64_t at[64];
  int n = THMin(lua_gettop(L) - 2, 64);
  for (int d = 0; d < n; d++) at[d] = bind_integer(L, d + 3) - 1;
  THAnyTensor_put(t, n, at, v);
  THAnyStorage_touch(t->storage, 0);
  return 0;
}

/* What is there as function and as method, into the table on top. */
static void add_both(lua_State *L, bool method)
{
  static const luaL_Reg both[] = {{"squeeze", tensor_squeeze},   {"view", tensor_view}, {"expand", tensor_expand},
                                  {"viewAs", tensor_viewAs},     {"expandAs", tensor_expandAs}, {NULL, NULL}};
  for (const luaL_Reg *f = both; f->name; f++) {
    lua_pushboolean(L, method);
    lua_pushcclosure(L, f->func, 1);
    lua_setfield(L, -2, f->name);
  }
}

void torch_open_tensor(lua_State *L)
{
  static const luaL_Reg methods[] = {
    {"set", tensor_set},
    {"resize", tensor_resize},
    {"size", tensor_size},
    {"stride", tensor_stride},
    {"dim", tensor_dim},
    {"nDimension", tensor_dim},
    {"storage", tensor_storage},
    {"storageOffset", tensor_storage_offset},
    {"elementSize", tensor_element_size},
    {"isSize", tensor_is_size},
    {"retain", tensor_retain},
    {"free", tensor_free},
    {"clone", tensor_clone},
    {"contiguous", tensor_contiguous},
    {"copy", tensor_copy},
    {"select", tensor_select},
    {"t", tensor_t},
    {"get_", tensor_get},
    {"put_", tensor_put},
    {NULL, NULL}};
  lua_newtable(L);
  luaL_register(L, NULL, methods);
  add_both(L, true);
  lua_setfield(L, -2, "tensor");
  lua_newtable(L);
  add_both(L, false);
  lua_setfield(L, -2, "functions"); /* of torch */
  torch_constructors(L, "newtensor", tensor_new);
  torch_constructors(L, "convert", tensor_convert);
}
