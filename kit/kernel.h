#ifndef KIT_KERNEL_H
#define KIT_KERNEL_H
/* How the bindings of kernels (kit/gen/kernels.lua) read their arguments: every one at its place. Tensors are
   given as tensors or as the pointers that x:cdata() returns. One that is recorded is refused: kernels have no rules. */
#include "bind.h"
#include "THOperands.h"

#define KIT_UNUSED __attribute__((unused))

static KIT_UNUSED void kernel_enter(lua_State *L, const BindFrame *frame, int nargs)
{
  bind_run(L, frame);
  TH_operandsBegin();
  if (lua_gettop(L) > nargs) bind_toomany(L, nargs + 1);
}

static KIT_UNUSED int wrong_argument(lua_State *L, int at, const char *expected)
{
  return bind_typeerror(L, at, expected);
}

static KIT_UNUSED THAnyTensor *tensor_or_null(lua_State *L, int at)
{
  enum { LUA_TCDATA_ = 10 };
  switch (lua_type(L, at)) {
  case LUA_TUSERDATA: {
    BindBox *box = bind_testbox(L, at, bind_tensors, TH_NALLTYPES);
    if (!box) break;
    if (box->recorded) bind_refuse_recorded(L, at);
    return (THAnyTensor *)box->object;
  }
  case LUA_TCDATA_: return *(THAnyTensor *const *)lua_topointer(L, at); /* x:cdata() or NULL */
  case LUA_TNIL:
  case LUA_TNONE: return NULL;
  }
  wrong_argument(L, at, "tensor");
  return NULL;
}

static KIT_UNUSED THAnyTensor *kernel_optional_tensor(lua_State *L, int at)
{
  THAnyTensor *t = tensor_or_null(L, at);
  if (t) TH_operand(t);
  return t;
}

static KIT_UNUSED THAnyTensor *kernel_tensor(lua_State *L, int at)
{
  THAnyTensor *t = kernel_optional_tensor(L, at);
  if (!t) wrong_argument(L, at, "tensor");
  return t;
}

/* A kernel has written t: who saved it for a derivative will see by its version. Results that a kernel in place makes a view of
   what it was given share its memory, and so its version. */
static KIT_UNUSED void kernel_written(const THAnyTensor *t)
{
  if (t) THAnyStorage_touch(t->storage, TH_STORAGE_WRITERS - 1);
}

static KIT_UNUSED double kernel_number(lua_State *L, int at)
{
  if (!lua_isnumber(L, at)) wrong_argument(L, at, "number");
  return lua_tonumber(L, at);
}

/* Sizes fit in an int for most kernels. */
static KIT_UNUSED int kernel_int(lua_State *L, int at)
{
  double v = kernel_number(L, at);
  if (!(v >= INT32_MIN && v <= INT32_MAX)) wrong_argument(L, at, "integer of 32 bits");
  return (int)v;
}

static KIT_UNUSED int64_t kernel_long(lua_State *L, int at) { return bind_integer(L, at); }

/* The number, from 0, of the word at `at` among `words`, which blanks separate. */
static KIT_UNUSED int kernel_choice(lua_State *L, int at, const char *words)
{
  size_t length = 0;
  const char *given = lua_type(L, at) == LUA_TSTRING ? lua_tolstring(L, at, &length) : "";
  const char *word = words;
  for (int i = 0; *word; i++, word += *word == ' ') {
    size_t n = strcspn(word, " ");
    if (n == length && !memcmp(word, given, n)) return i;
    word += n;
  }
  return wrong_argument(L, at, lua_pushfstring(L, "one of the words %s", words));
}

static KIT_UNUSED THGenerator *kernel_generator(lua_State *L, int at)
{
  return bind_generator_or_default(L, lua_isnoneornil(L, at) ? 0 : at);
}

#endif
