#ifndef TORCH_GLUE_H
#define TORCH_GLUE_H
/* The parts of libtorch.so; each adds to the module table on top of the stack. */
#include "bind.h"

void torch_open_storage(lua_State *L);
void torch_open_tensor(lua_State *L);
void torch_open_utils(lua_State *L);
void torch_open_random(lua_State *L);
void torch_open_file(lua_State *L);
void torch_open_fuse(lua_State *L);
/* (filename [, shared [, size [, sharedMem]]]) on the stack -> a storage on mapped memory */
int torch_mapstorage(lua_State *L, THType type);
void bind_register_ops(lua_State *L);
/* Whether what is at idx can be an element of the type: a number, also an integer of the FFI, and of a BoolTensor a boolean.
   *v: its value. */
bool torch_toelement(lua_State *L, int idx, THType type, THScalar *v);
/* Of functions written by hand; in the generated bindings. */
extern const BindInfo bind_info_Tensor, bind_info_Storage, bind_info_resize, bind_info_set, bind_info_view, bind_info_expand,
  bind_info_squeeze, bind_info_MemoryFile;

/* Their rules of derivatives, likewise. */
extern const BindRule bind_rule_select, bind_rule_t, bind_rule_view, bind_rule_viewAs, bind_rule_expand, bind_rule_expandAs,
  bind_rule_squeeze;

/* Sets module[field] = {[typename] = closure of f over its THType}. */
void torch_constructors(lua_State *L, const char *field, lua_CFunction f);
#endif
