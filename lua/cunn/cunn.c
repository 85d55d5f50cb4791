/* libcunn.so, and libcunnsimt.so for the simulator: loading it loads libTHCUNN, which hands its kernels
   to libTHNN. There is nothing more to bind: nn's own functions dispatch to them. */
#include <lua.h>

#define EXPORT __attribute__((visibility("default")))
EXPORT int luaopen_libcunn(lua_State *L);
EXPORT int luaopen_libcunnsimt(lua_State *L);

int luaopen_libcunn(lua_State *L) { return (void)L, 0; }
int luaopen_libcunnsimt(lua_State *L) { return (void)L, 0; }
