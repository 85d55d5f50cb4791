/* require 'libtorch': the C half of the torch package. */
#include "glue.h"

void torch_constructors(lua_State *L, const char *field, lua_CFunction f)
{
  lua_newtable(L);
  for (int t = 0; t < TH_NALLTYPES; t++) {
    lua_pushinteger(L, t);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, THType_name((THType)t));
  }
  lua_setfield(L, -2, field);
}

__attribute__((visibility("default"))) int luaopen_libtorch(lua_State *L)
{
  lua_newtable(L);
  bind_open(L);
  bind_enter(L, "torch", 0, false);
  THGetISA(); /* raises when TH_ISA cannot be followed */
  torch_open_storage(L);
  torch_open_tensor(L);
  torch_open_utils(L);
  torch_open_random(L);
  torch_open_file(L);
  bind_register_ops(L);
  return 1;
}
