/* How convolutions are done: for nn/convolution/ways.lua. */
#include "THNN.h"
#include "bind.h"

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

/* way(pass, planes, outputs, ih, iw, kH, kW, dH, dW, padH, padW, dilH, dilW, groups) */
static int convolution_way(lua_State *L)
{
  int64_t v[5][3] = {{1, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 0}, {1, 0, 0}};
  for (int i = 1; i <= 14; i++) {
    int64_t n = (int64_t)luaL_checknumber(L, i), least = i == 1 || i == 10 || i == 11 ? 0 : 1;
    luaL_argcheck(L, n >= least && n <= (i == 1 ? 2 : INT32_MAX), i, "size out of range");
    if (i > 3 && i < 14) v[(i - 4) / 2][1 + i % 2] = n;
  }
  lua_pushstring(L, THNN_convolutionWay((int)luaL_checkinteger(L, 1), luaL_checkinteger(L, 14), luaL_checkinteger(L, 2),
                                        luaL_checkinteger(L, 3), v[0], v[1], v[2], v[3], v[4]));
  return 1;
}

/* require 'libnn.convolution': for nn/convolution/ways.lua */
TH_API int luaopen_libnn_convolution(lua_State *L);
int luaopen_libnn_convolution(lua_State *L)
{
  const luaL_Reg functions[] = {{"winograd", convolution_winograd}, {"way", convolution_way}, {NULL, NULL}};
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  return 1;
}
