/* Threads, memory, clocks, and other odds and ends of the torch package. */
#include "glue.h"
#include "luaT.h"
#include <dirent.h>
#include <sys/resource.h>
#include <lualib.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int set_num_threads(lua_State *L)
{
  bind_enter(L, "setnumthreads", "n", false);
  int64_t n = bind_integer(L, 1);
  bind_argcheck(L, n >= 1 && n <= 4096, 1, "a number of threads from 1 to 4096 expected");
  THSetNumThreads((int)n);
  return 0;
}
static int get_num_threads(lua_State *L)
{
  lua_pushinteger(L, THGetNumThreads());
  return 1;
}
static int get_num_cores(lua_State *L)
{
  lua_pushinteger(L, THGetNumCores());
  return 1;
}

/* memorystats() -> {inUse=, cached=, peak=, hits=, misses=, objects=}; bytes and counts */
static int memory_stats(lua_State *L)
{
  THAllocatorStats s = THAllocator_stats();
  lua_createtable(L, 0, 6);
#define FIELD(name) \
  lua_pushnumber(L, (double)s.name); \
  lua_setfield(L, -2, #name)
  FIELD(inUse);
  FIELD(cached);
  FIELD(peak);
  FIELD(hits);
  FIELD(misses);
  FIELD(objects);
  return 1;
}

/* releasememory(): cached blocks go back to the system */
static int release_memory(lua_State *L)
{
  (void)L;
  THAllocator_release();
  return 0;
}

/* failallocation(n): for tests, the n-th allocation from now fails; 0 switches off */
static int fail_allocation(lua_State *L)
{
  bind_enter(L, "failallocation", "n", false);
  THAllocator_failAfter(bind_integer(L, 1));
  return 0;
}

/* cpuinfo() -> {model=, isa=, isas={...}, cores=, threads=, blas=, blasconfig=} */
static int cpu_info(lua_State *L)
{
  static const char *const isas[] = {"base", "avx2", "avx512"};
  const struct {
    const char *name, *value;
  } texts[] = {{"model", THGetCPU()},
               {"isa", THGetISA()},
               {"blas", THGetBLAS()},
               {"blasconfig", THGetBLASConfig()}};
  lua_createtable(L, 0, 7);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    lua_pushstring(L, texts[i].value);
    lua_setfield(L, -2, texts[i].name);
  }
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
    if (!THHasISA(isas[i])) continue;
    lua_pushstring(L, isas[i]);
    lua_rawseti(L, -2, ++count);
  }
  lua_setfield(L, -2, "isas");
  lua_pushinteger(L, THGetNumCores());
  lua_setfield(L, -2, "cores");
  lua_pushinteger(L, THGetNumThreads());
  lua_setfield(L, -2, "threads");
  return 1;
}

/* clock() -> seconds: wall, user, system */
static int clock_(lua_State *L)
{
  struct timespec now;
  struct rusage use;
  clock_gettime(CLOCK_MONOTONIC, &now);
  getrusage(RUSAGE_SELF, &use);
  lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
  lua_pushnumber(L, (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec);
  lua_pushnumber(L, (double)use.ru_stime.tv_sec + 1e-6 * (double)use.ru_stime.tv_usec);
  return 3;
}

static int is_a_tty(lua_State *L)
{
  bind_enter(L, "isatty", "file", false);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  bool file = lua_getmetatable(L, 1) && lua_rawequal(L, -1, -2);
  if (!file) return bind_typeerror(L, 1, "file");
  FILE **f = lua_touserdata(L, 1);
  lua_pushboolean(L, *f && isatty(fileno(*f)));
  return 1;
}

/* folder(path) -> list of the names in it, or nil */
static int folder(lua_State *L)
{
  DIR *dir = opendir(luaL_checkstring(L, 1));
  if (!dir) return 0;
  lua_newtable(L);
  int n = 0;
  for (struct dirent *entry; (entry = readdir(dir));) {
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++n);
  }
  closedir(dir);
  return 1;
}

void torch_open_utils(lua_State *L)
{
  static const luaL_Reg functions[] = {{"setnumthreads", set_num_threads},
                                       {"getnumthreads", get_num_threads},
                                       {"getnumcores", get_num_cores},
                                       {"memorystats", memory_stats},
                                       {"releasememory", release_memory},
                                       {"failallocation", fail_allocation},
                                       {"cpuinfo", cpu_info},
                                       {"clock", clock_},
                                       {"pointer", luaT_lua_pointer},
                                       {"isequal", luaT_lua_isequal},
                                       {"pushudata", luaT_lua_pushudata},
                                       {"isatty", is_a_tty},
                                       {"folder", folder},
                                       {NULL, NULL}};
  luaL_register(L, NULL, functions);
}
