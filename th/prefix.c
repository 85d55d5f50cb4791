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

static const char *const lua_files[] = {"/share/lua/5.1/?.lua", "/share/lua/5.1/?/init.lua", NULL};
static const char *const c_modules[] = {"/lib/lua/5.1/?.so", NULL};
enum { ROOM = 4 * (PATH_MAX + 32) };  /* two trees, two kinds of files */

/* Where LuaRocks keeps one user's packages, if it does; "" otherwise, or where that is the prefix. */
static void find_users_tree(char *tree, const char *prefix)
{
  const char *home = getenv("HOME");
  int n = snprintf(tree, PATH_MAX, "%s/.luarocks", home ? home : "");
  if (!home || n >= PATH_MAX || access(tree, X_OK) || !strcmp(tree, prefix)) tree[0] = '\0';
}

/* Their files as a search path. */
static void list_folders(char *text, const char *prefix, const char *users, const char *const *files)
{
  const char *trees[] = {prefix, users[0] ? users : NULL, NULL};
  int n = 0;
  text[0] = '\0';
  for (const char **tree = trees; *tree; tree++)
    for (const char *const *file = files; *file; file++)
      n += snprintf(text + n, ROOM - n, "%s%s%s", n ? ";" : "", *tree, *file);
}

void th_set_paths(const char *prefix)
{
  const struct { const char *variable; const char *const *files; } kinds[] = {
    {"LUA_PATH", lua_files}, {"LUA_CPATH", c_modules}};
  char users[PATH_MAX], own[ROOM], others[ROOM] = "";
  const char *other = getenv("TH_PREFIX");
  int is_other = other && strcmp(other, prefix) && strlen(other) < PATH_MAX;
  find_users_tree(users, prefix);
  for (int i = 0; i < 2; i++) {
    list_folders(own, prefix, users, kinds[i].files);
    if (is_other) list_folders(others, other, users, kinds[i].files);
    add_path(kinds[i].variable, own, others);
  }
  setenv("TH_PREFIX", prefix, 1);
}
