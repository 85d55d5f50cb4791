/* lib<package>.so, the C half of a package: require 'lib<package>' returns the table of its kernels.
   th_add_package says of which: KIT_NAME, KIT_HEADER and KIT_BINDINGS, what kernels.lua made of the rows. */
#include "kernel.h"
#include KIT_HEADER
#include KIT_BINDINGS

#define OPEN TH_CONCAT_2(luaopen_lib, KIT_NAME)

TH_API int OPEN(lua_State *L);
int OPEN(lua_State *L)
{
  bind_need(L, TH_CONCAT_STRING_2(KIT_NAME, ));
  lua_newtable(L);
  luaL_register(L, NULL, kernels);
  return 1;
}
