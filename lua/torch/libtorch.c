/* require 'libtorch': the C half of the torch package. */
#define _GNU_SOURCE /* dladdr */
#include "glue.h"
#include "luaT.h"
#include <dlfcn.h>

void torch_constructors(lua_State *L, const char *field, lua_CFunction f)
{
  lua_newtable(L);
  for (int t = 0; t < TH_NALLTYPES; t++) {
    if (!THType_name((THType)t)) continue;
    lua_pushinteger(L, t);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, THType_name((THType)t));
  }
  lua_setfield(L, -2, field);
}

/* Makes the functions of the library that has this one names of the whole process. */
static void publish(const void *function)
{
  Dl_info library;
  if (dladdr(function, &library) && library.dli_fname)
    dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_GLOBAL);
}

__attribute__((visibility("default"))) int luaopen_libtorch(lua_State *L)
{
  lua_newtable(L);
  bind_open(L);
  bind_enter(L, "torch", 0, false);
  THGetISA(); /* raises when TH_ISA cannot be followed */
  publish((void *)THAnyTensor_new); /* for ffi.C, and for packages that name no libraries */
  publish((void *)luaT_pushudata); /* which is this library's own */
  torch_open_storage(L);
  torch_open_tensor(L);
  torch_open_utils(L);
  torch_open_random(L);
  torch_open_file(L);
  torch_open_fuse(L);
  bind_register_ops(L);
  return 1;
}
