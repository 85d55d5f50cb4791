/* libimage.so: the kernels as Lua functions, their arguments those of image.h, result first. Errors
   and boxes are libtorch's, reached by BindAPI. */
#include "image.h"
#include "../lua/torch/bind.h"

static const BindAPI *api;

static THAnyTensor *tensor(lua_State *L, int at)
{
  BindBox *box = bind_testbox(L, at, api->tensors, TH_NALLTYPES);
  if (!box) api->typeerror(L, at, "tensor");
  return box->object;
}
static int64_t integer(lua_State *L, int at) { return api->integer(L, at); }

static int mode(lua_State *L, int at)
{
  static const char *const modes[] = {"simple", "bilinear", "bicubic", "lanczos", NULL};
  const char *given = lua_tostring(L, at);
  for (int i = 0; given && modes[i]; i++)
    if (strcmp(given, modes[i]) == 0) return i;
  return api->typeerror(L, at, "simple, bilinear, bicubic or lanczos");
}

/* frame: the names of the arguments; the call follows. */
#define KERNEL(name, args, ...)                                                                    \
  static int name(lua_State *L)                                                                    \
  {                                                                                                \
    static const BindFrame frame = {"image." #name, args, false};                                  \
    api->run(L, &frame);                                                                           \
    THImage_##name(tensor(L, 1), tensor(L, 2) __VA_OPT__(, ) __VA_ARGS__);                         \
    return 0;                                                                                      \
  }
KERNEL(scale, "r src height width mode", integer(L, 3), integer(L, 4), mode(L, 5))
KERNEL(rotate, "r src theta mode", api->number(L, 3), mode(L, 4))
KERNEL(polar, "r src height width logarithmic full mode", integer(L, 3), integer(L, 4),
       lua_toboolean(L, 5), lua_toboolean(L, 6), mode(L, 7))
KERNEL(warp, "r src field mode offset padded pad", tensor(L, 3), mode(L, 4), lua_toboolean(L, 5),
       lua_toboolean(L, 6), api->number(L, 7))
KERNEL(colorize, "r label map", tensor(L, 3))
KERNEL(flip, "r src dim", (int)integer(L, 3) - 1)
#define X(name) KERNEL(name, "r src")
IMAGE_CONVERSIONS(X)
#undef X

static const luaL_Reg kernels[] = {
#define X(name) {#name, name},
    IMAGE_CONVERSIONS(X)
#undef X
        {"scale", scale},
    {"rotate", rotate},
    {"polar", polar},
    {"warp", warp},
    {"colorize", colorize},
    {"flip", flip},
    {NULL, NULL}};

__attribute__((visibility("default"))) int luaopen_libimage(lua_State *L)
{
  bind_findapi(L, &api, "libimage");
  lua_newtable(L);
  luaL_register(L, NULL, kernels);
  return 1;
}
