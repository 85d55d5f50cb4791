/* Finding the installation from the running executable, so that a tree works wherever it is moved. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

/* Takes every occurrence of `part` out of text. */
static void take_out(char *text, const char *part)
{
  size_t n = strlen(part);
  for (char *at = text; (at = strstr(at, part));) memmove(at, at + n, strlen(at + n) + 1);
}

/* Puts `own` into an environment variable of the kind of LUA_PATH: behind what the user has put there, before
   the default (";;"). `others`: folders that a th of another place has left there. */
static void add_path(const char *variable, const char *own, const char *others)
{
  const char *set = getenv(variable);
  size_t room = (set ? strlen(set) : 0) + strlen(own) + 4;
  char *old = malloc(room), *new = malloc(room);
  if (old && new) {
    strcpy(old, set ? set : ";;");
    if (others[0]) take_out(old, others);
    const char *rest = strstr(old, ";;");
    if (strstr(old, own)) strcpy(new, old);
    else if (rest) snprintf(new, room, "%.*s%s%s%s", (int)(rest - old), old, rest == old ? "" : ";", own, rest);
    else snprintf(new, room, "%s%s%s", old, old[0] ? ";" : "", own);
    setenv(variable, new, 1);
  }
  free(old);
  free(new);
}

#define LUA_FILES "%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua"
#define C_MODULES "%s/lib/lua/5.1/?.so"

void th_set_paths(const char *prefix)
{
  char own[2 * PATH_MAX + 64], others[2 * PATH_MAX + 64] = "";
  const char *other = getenv("TH_PREFIX");
  int is_other = other && strcmp(other, prefix) && strlen(other) < PATH_MAX;
  snprintf(own, sizeof own, LUA_FILES, prefix, prefix);
  if (is_other) snprintf(others, sizeof others, LUA_FILES, other, other);
  add_path("LUA_PATH", own, others);
  snprintf(own, sizeof own, C_MODULES, prefix);
  if (is_other) snprintf(others, sizeof others, C_MODULES, other);
  add_path("LUA_CPATH", own, others);
  setenv("TH_PREFIX", prefix, 1);
}
