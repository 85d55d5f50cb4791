/* torch.Generator: its constructor; everything else is in the operation table and random.lua. */
#include "glue.h"

static int new_generator(lua_State *L)
{
  bind_enter(L, "torch.Generator", 0, false);
  BindBox *box = bind_box(L, &bind_generator);
  box->object = THGenerator_new();
  return 1;
}

static int default_generator(lua_State *L)
{
  bind_enter(L, "torch.Generator", 0, false);
  bind_pushdefaultgenerator(L);
  return 1;
}

void torch_open_random(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"newgenerator", new_generator}, {"defaultgenerator", default_generator}, {NULL, NULL}};
  luaL_register(L, NULL, functions);
}
