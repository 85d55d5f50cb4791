#ifndef THREADS_H
#define THREADS_H
/* Parts of libthreads.so; each adds its functions to the table on top. */
#include "bind.h"

void threads_open_pool(lua_State *L);
void threads_open_sync(lua_State *L);

/* The userdata at idx of a class that luaL_newmetatable made, or an error: NAME expected. */
static inline void *threads_check(lua_State *L, int idx, const char *name) { return luaL_checkudata(L, idx, name); }

#endif
