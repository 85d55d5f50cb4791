/* libnn.so: nn's kernels as Lua functions. require 'libnn' returns the table that FloatTensor and
   DoubleTensor have as their field THNN. Errors and boxes are libtorch's, reached by BindAPI. */
#include "THNN.h"
#include "../../lua/torch/bind.h"

static const BindAPI *api;

/* frame: BindFrame; its first argument is the state, which Lua does not give */
static void kernel_enter(lua_State *L, const BindFrame *frame, int nargs)
{
  api->run(L, frame);
  if (lua_gettop(L) > nargs) api->argerror(L, nargs + 1, "no further argument expected");
}

static int wrong_argument(lua_State *L, int at, const char *expected)
{
  return api->typeerror(L, at, expected);
}

static THAnyTensor *kernel_optional_tensor(lua_State *L, int at)
{
  enum { LUA_TCDATA_ = 10 };
  switch (lua_type(L, at)) {
  case LUA_TUSERDATA: {
    BindBox *box = bind_testbox(L, at, api->tensors, TH_NALLTYPES);
    if (box) return box->object;
    break;
  }
  case LUA_TCDATA_: return *(THAnyTensor *const *)lua_topointer(L, at); /* x:cdata() or NULL */
  case LUA_TNIL:
  case LUA_TNONE: return NULL;
  }
  wrong_argument(L, at, "tensor");
  return NULL;
}

static THAnyTensor *kernel_tensor(lua_State *L, int at)
{
  THAnyTensor *t = kernel_optional_tensor(L, at);
  if (!t) wrong_argument(L, at, "tensor");
  return t;
}

static double kernel_number(lua_State *L, int at)
{
  if (!lua_isnumber(L, at)) wrong_argument(L, at, "number");
  return lua_tonumber(L, at);
}

/* Sizes fit in an int for the kernels. */
static int kernel_int(lua_State *L, int at)
{
  double v = kernel_number(L, at);
  if (!(v >= INT32_MIN && v <= INT32_MAX)) wrong_argument(L, at, "integer of 32 bits");
  return (int)v;
}

static inline __attribute__((unused)) THGenerator *kernel_generator(lua_State *L, int at)
{
  return api->generator(L, lua_isnoneornil(L, at) ? 0 : at);
}

#include "nn_kernels.c"

__attribute__((visibility("default"))) int luaopen_libnn(lua_State *L)
{
  bind_findapi(L, &api, "libnn");
  lua_newtable(L);
  luaL_register(L, NULL, kernels);
  return 1;
}

/* winograd([on]): the setting as it was; on: the new one */
static int convolution_winograd(lua_State *L)
{
  bool was = THNN_winograd();
  if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    THNN_setWinograd(lua_toboolean(L, 1));
  }
  lua_pushboolean(L, was);
  return 1;
}

/* way(pass, planes, outputs, ih, iw, kH, kW, dH, dW, padH, padW, dilH, dilW) */
static int convolution_way(lua_State *L)
{
  int64_t v[5][3] = {{1, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 0}, {1, 0, 0}};
  for (int i = 1; i <= 13; i++) {
    int64_t n = (int64_t)luaL_checknumber(L, i), least = i == 1 || i == 10 || i == 11 ? 0 : 1;
    luaL_argcheck(L, n >= least && n <= (i == 1 ? 2 : INT32_MAX), i, "size out of range");
    if (i > 3) v[(i - 4) / 2][1 + i % 2] = n;
  }
  lua_pushstring(L, THNN_convolutionWay((int)luaL_checkinteger(L, 1), luaL_checkinteger(L, 2),
                                        luaL_checkinteger(L, 3), v[0], v[1], v[2], v[3], v[4]));
  return 1;
}

/* require 'libnn.convolution': for nn/convolution/ways.lua */
__attribute__((visibility("default"))) int luaopen_libnn_convolution(lua_State *L)
{
  const luaL_Reg functions[] = {{"winograd", convolution_winograd}, {"way", convolution_way}, {NULL, NULL}};
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  return 1;
}
