/* Finding the installation from the running executable, so that a tree works wherever it is moved. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <lauxlib.h>
#include "th.h"

static int holds_torch(const char *folder)
{
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/share/lua/5.1/torch/init.lua", folder);
  return access(path, R_OK) == 0;
}

/* Cuts the last component of path; "/th" becomes "". */
static void cut_last(char *path)
{
  char *slash = strrchr(path, '/');
  if (slash) *slash = '\0';
}

void th_find_prefix(char *prefix, char *exe, size_t size)
{
  prefix[0] = exe[0] = '\0';
  ssize_t n = readlink("/proc/self/exe", exe, size - 1);
  if (n <= 0) {
    exe[0] = '\0';
    return;
  }
  exe[n] = '\0';
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", exe);
  for (int up = 0; up < 2; up++) {
    cut_last(folder);
    if (holds_torch(folder)) {
      snprintf(prefix, size, "%s", folder);
      return;
    }
  }
}

static void prepend(lua_State *L, const char *field, const char *value)
{
  lua_getglobal(L, "package");
  lua_getfield(L, -1, field);
  lua_pushfstring(L, "%s;%s", value, lua_tostring(L, -1));
  lua_setfield(L, -3, field);
  lua_pop(L, 2);
}

void th_set_paths(lua_State *L, const char *prefix)
{
  const char *p = lua_pushfstring(L, "%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua", prefix, prefix);
  prepend(L, "path", p);
  p = lua_pushfstring(L, "%s/lib/lua/5.1/?.so", prefix);
  prepend(L, "cpath", p);
  lua_pop(L, 2);
}
