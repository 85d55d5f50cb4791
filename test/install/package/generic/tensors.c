#ifndef TH_GENERIC_FILE
#define TH_GENERIC_FILE "generic/tensors.c"
#else

/* double(x): a new tensor, twice x */
static int bag_(Double)(lua_State *L)
{
  THTensor *x = luaT_checkudata(L, 1, torch_Tensor);
  THTensor *r = THTensor_(new)();
  THTensor_(resizeAs)(r, x);
  TH_TENSOR_APPLY2(real, r, real, x, *r_data = *x_data * 2;);
  luaT_pushudata(L, r, torch_Tensor);
  return 1;
}

/* total(x): in accreal, element by element */
static int bag_(Total)(lua_State *L)
{
  THTensor *x = luaT_checkudata(L, 1, torch_Tensor);
  accreal sum = 0;
  TH_TENSOR_APPLY(real, x, sum += *x_data;);
  lua_pushnumber(L, (lua_Number)sum);
  return 1;
}

/* mix(r, x, y): r = x * y + 1 */
static int bag_(Mix)(lua_State *L)
{
  THTensor *r = luaT_checkudata(L, 1, torch_Tensor);
  THTensor *x = luaT_checkudata(L, 2, torch_Tensor);
  THTensor *y = luaT_checkudata(L, 3, torch_Tensor);
  THArgCheck(THTensor_(nElement)(x) == THTensor_(nElement)(y), 2, "sizes do not match");
  THTensor_(resizeAs)(r, x);
  TH_TENSOR_APPLY3(real, r, real, x, real, y, *r_data = *x_data * *y_data + 1;);
  lua_settop(L, 1);
  return 1;
}

/* position(x): each element's position, from 1, in the last dimension */
static int bag_(Position)(lua_State *L)
{
  THTensor *x = luaT_checkudata(L, 1, torch_Tensor);
  TH_TENSOR_APPLY_D(real, x, x->nDimension - 1, *x_data = (real)(x_dimOffset[0] + TH_INDEX_BASE););
  lua_settop(L, 1);
  return 1;
}

/* largest(x): values and positions along the last dimension */
static int bag_(Largest)(lua_State *L)
{
  THTensor *x = luaT_checkudata(L, 1, torch_Tensor);
  int d = THTensor_(nDimension)(x) - 1;
  THLongStorage *size = THTensor_(newSizeOf)(x);
  THTensor *values = THTensor_(new)();
  THLongTensor *where = THLongTensor_new();
  THLongStorage_set(size, d, 1);
  THTensor_(resize)(values, size, NULL);
  THLongTensor_resize(where, size, NULL);
  THLongStorage_free(size);
  TH_TENSOR_DIM_APPLY3(real, x, real, values, long, where, d, {
    long i, best = 0;
    for (i = 1; i < x_size; i++)
      if (x_data[i * x_stride] > x_data[best * x_stride]) best = i;
    *values_data = x_data[best * x_stride];
    *where_data = best + TH_INDEX_BASE;
  });
  luaT_pushudata(L, values, torch_Tensor);
  luaT_pushudata(L, where, "torch.LongTensor");
  return 2;
}

/* trace(x): by the fields of the struct, by the macros for elements, and by storage */
static int bag_(Trace)(lua_State *L)
{
  THTensor *x = luaT_checkudata(L, 1, torch_Tensor);
  long i, n;
  double fields = 0, macros = 0, storage = 0;
  if (x->nDimension != 2) THError("matrix expected, got %dD tensor", x->nDimension);
  n = THMin(x->size[0], x->size[1]);
  for (i = 0; i < n; i++) {
    fields += (x->storage->data + x->storageOffset)[i * (x->stride[0] + x->stride[1])];
    macros += THTensor_fastGet2d(x, i, i);
    storage += THStorage_(get)(THTensor_(storage)(x), x->storageOffset + i * (x->stride[0] + x->stride[1]));
  }
  lua_pushnumber(L, fields);
  lua_pushnumber(L, macros);
  lua_pushnumber(L, storage);
  return 3;
}

/* rows(storage, m): an m-row view of a storage; and what a new one of three numbers sums to */
static int bag_(Rows)(lua_State *L)
{
  THStorage *s = luaT_checkudata(L, 1, torch_Storage);
  long m = luaL_checklong(L, 2), n = s->size / m;
  THStorage *made = THStorage_(newWithSize3)(1, 2, 3);
  luaT_pushudata(L, THTensor_(newWithStorage2d)(s, 0, m, n, n, 1), torch_Tensor);
  lua_pushnumber(L, made->data[0] + made->data[1] + made->data[2]);
  THStorage_(free)(made);
  return 2;
}

/* kind(): what the macros say of the type */
static int bag_(Kind)(lua_State *L)
{
#if defined(TH_REAL_IS_BYTE)
  const char *kind = "byte";
#elif defined(TH_REAL_IS_CHAR) || defined(TH_REAL_IS_SHORT) || defined(TH_REAL_IS_INT) || defined(TH_REAL_IS_LONG)
  const char *kind = "integer";
#elif defined(TH_REAL_IS_FLOAT) || defined(TH_REAL_IS_DOUBLE)
  const char *kind = "floating";
#endif
  lua_pushfstring(L, "%s %d", kind, (int)sizeof(real));
  return 1;
}

static const struct luaL_Reg bag_(Functions)[] = {
  {"double", bag_(Double)}, {"total", bag_(Total)}, {"mix", bag_(Mix)},   {"position", bag_(Position)}, {"largest", bag_(Largest)},
  {"trace", bag_(Trace)},   {"rows", bag_(Rows)},   {"kind", bag_(Kind)}, {NULL, NULL}};

static void bag_(Init)(lua_State *L)
{
  luaT_pushmetatable(L, torch_Tensor);
  luaT_registeratname(L, bag_(Functions), "bag");
  lua_pop(L, 1);
}

#endif
