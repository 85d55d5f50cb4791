/* A codec as a Lua module, compiled once for each with IMAGE_CODEC set to its name. require
   'libimagepng' returns
     header(bytes) -> channels, height, width, bits of a sample
     decode(bytes, r, maxpixels) -> true: r, a tensor of type Byte, Float or Double, becomes the image
     encode(image, option) -> ByteTensor
   or nil and what is wrong with the file or the image. bytes is a ByteTensor. */
#include "kinds.h"
#include "bind.h"
#include <stdlib.h>

#define codec TH_CONCAT_2(image_, IMAGE_CODEC)

static void begin(lua_State *L, const char *args)
{
  static const BindFrame frames[] = {{"image.load", "bytes r maxpixels", false},
                                     {"image.save", "image option", false}};
  bind_run(L, &frames[args[0] == 'i']);
}

static THAnyTensor *check_tensor(lua_State *L, int at, bool bytes)
{
  BindBox *box = bind_testbox(L, at, bind_tensors, TH_NALLTYPES);
  THAnyTensor *t = box ? box->object : NULL;
  bool fits =
      t && (t->type == TH_BYTE || (!bytes && (t->type == TH_FLOAT || t->type == TH_DOUBLE)));
  if (!fits) bind_typeerror(L, at, bytes ? "ByteTensor" : "Byte, Float or Double tensor");
  return t;
}

static THAnyTensor *new_bytes(lua_State *L)
{
  return THAnyTensor_newContiguous(check_tensor(L, 1, true));
}
static ImageBytes bytes_of(const THAnyTensor *t)
{
  return (ImageBytes){THAnyTensor_data(t), (size_t)THAnyTensor_nElement(t)};
}

static int push_fault(lua_State *L, const ImageFault *fault)
{
  lua_pushnil(L);
  lua_pushstring(L, fault->text);
  return 2;
}

static int header(lua_State *L)
{
  ImageHeader h;
  ImageFault fault;
  begin(L, "bytes");
  TH_AUTO(THAnyTensor) bytes = new_bytes(L);
  if (!codec.header(bytes_of(bytes), &h, &fault)) return push_fault(L, &fault);
  lua_pushnumber(L, (double)h.channels);
  lua_pushnumber(L, (double)h.height);
  lua_pushnumber(L, (double)h.width);
  lua_pushinteger(L, h.bits);
  return 4;
}

static int decode(lua_State *L)
{
  ImageFault fault;
  begin(L, "bytes");
  THAnyTensor *r = check_tensor(L, 2, false);
  double most = bind_number(L, 3);
  TH_AUTO(THAnyTensor) bytes = new_bytes(L);
  if (!codec.decode(bytes_of(bytes), r, most, &fault)) return push_fault(L, &fault);
  lua_pushboolean(L, true);
  return 1;
}

static void free_buffer(ImageBuffer *buffer) { free(buffer->data); }

static int encode(lua_State *L)
{
  ImageBuffer out __attribute__((cleanup(free_buffer))) = {NULL, 0, 0};
  ImageFault fault;
  begin(L, "image");
  THAnyTensor *image = check_tensor(L, 1, false);
  if (image->nDimension != 2 && image->nDimension != 3)
    bind_argerror(L, 1, "expected an image, [channels x height x width] or [height x width]");
  int option = (int)bind_number(L, 2);
  THAnyTensor *r = bind_newtensor(L, TH_BYTE);
  if (!codec.encode(image, option, &out, &fault)) return push_fault(L, &fault);
  THAnyTensor_resizeNd(r, 1, (int64_t[]){(int64_t)out.size}, NULL);
  memcpy(THAnyTensor_data(r), out.data, out.size);
  return 1;
}

static const luaL_Reg functions[] = {
    {"header", header}, {"decode", decode}, {"encode", encode}, {NULL, NULL}};

__attribute__((visibility("default"))) int TH_CONCAT_2(luaopen_libimage, IMAGE_CODEC)(lua_State *L)
{
  bind_need(L, "image");
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  return 1;
}
