/* lib<package>.so, the C half of a package: require 'lib<package>' returns the table of its kernels, and puts its
   operations into torch and the classes of tensors. th_add_package says of which: KIT_NAME, KIT_HEADER and KIT_BINDINGS,
   what kernels.lua made of the rows, and KIT_OPERATIONS, when bindings.lua made something, too. */
#include "kernel.h"
#include KIT_HEADER
#include KIT_BINDINGS

#define OPEN TH_CONCAT_2(luaopen_lib, KIT_NAME)
#define NAME TH_CONCAT_STRING_2(KIT_NAME, )

#ifdef KIT_OPERATIONS
void TH_CONCAT_2(bind_register_, KIT_NAME)(lua_State *L);
#else
static void TH_CONCAT_2(bind_register_, KIT_NAME)(lua_State *L) { (void)L; }
#endif

/* lua/torch/package.lua does the rest. */
static void tell_torch(lua_State *L)
{
  lua_getglobal(L, "require");
  lua_pushliteral(L, "torch.package");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "opened");
  lua_pushliteral(L, NAME);
  lua_newtable(L);
  TH_CONCAT_2(bind_register_, KIT_NAME)(L);
  lua_getfield(L, -1, "ops");
  lua_remove(L, -2);
  lua_call(L, 2, 0);
  lua_pop(L, 1);
}

TH_API int OPEN(lua_State *L);
int OPEN(lua_State *L)
{
  bind_need(L, NAME);
  tell_torch(L);
  lua_newtable(L);
  luaL_register(L, NULL, kernels);
  return 1;
}
