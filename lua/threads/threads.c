/* libthreads.so, the C half of the package threads. */
#include "threads.h"

TH_API int luaopen_libthreads(lua_State *L);
int luaopen_libthreads(lua_State *L)
{
  bind_need(L, "threads");
  lua_newtable(L);
  threads_open_pool(L);
  threads_open_sync(L);
  threads_open_queue(L);
  threads_open_thread(L);
  return 1;
}
