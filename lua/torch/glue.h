#ifndef TORCH_GLUE_H
#define TORCH_GLUE_H
/* The parts of libtorch.so; each adds to the module table on top of the stack. */
#include "bind.h"

void torch_open_storage(lua_State *L);
void torch_open_tensor(lua_State *L);
void torch_open_utils(lua_State *L);
void torch_open_random(lua_State *L);
void torch_open_file(lua_State *L);
/* (filename [, shared [, size [, sharedMem]]]) on the stack -> a storage on mapped memory */
int torch_mapstorage(lua_State *L, THType type);
void bind_register_ops(lua_State *L);

/* Sets module[field] = {[typename] = closure of f over its THType}. */
void torch_constructors(lua_State *L, const char *field, lua_CFunction f);
#endif
