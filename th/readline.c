/* The Lua module readline: setup, readline, pending, add_history, read_history, write_history, setcompleter.

   Built on GNU readline (TH_HAVE_READLINE), libedit (TH_HAVE_LIBEDIT) or, with neither, on plain
   reading without editing and history. Ctrl-C at the prompt abandons the line: readline() then
   returns nil and "interrupted"; at the end of input it returns nil. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  /* ppoll */
#endif
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <lauxlib.h>
#include "th.h"

#if defined(TH_HAVE_READLINE)
#include <readline/readline.h>
#include <readline/history.h>
#elif defined(TH_HAVE_LIBEDIT)
#include <editline/readline.h>
#endif

static int interrupted_line(lua_State *L)
{
  th_interrupt_at_prompt(0);
  lua_pushnil(L);
  lua_pushliteral(L, "interrupted");
  return 2;
}

/* Reads a line without editing, for pipes and for builds without a line editor. */
static int read_plain(lua_State *L, const char *prompt)
{
  luaL_Buffer b;
  char chunk[LUAL_BUFFERSIZE];
  size_t total = 0;
  fputs(prompt, stdout);
  fflush(stdout);
  luaL_buffinit(L, &b);
  th_interrupt_at_prompt(1);
  for (;;) {
    if (!fgets(chunk, sizeof chunk, stdin)) {
      if (th_interrupt_take()) {
        clearerr(stdin);
        fputs("^C\n", stdout);
        return interrupted_line(L);
      }
      break;
    }
    size_t n = strlen(chunk);
    total += n;
    int complete = n > 0 && chunk[n - 1] == '\n';
    luaL_addlstring(&b, chunk, complete ? n - 1 : n);
    if (complete) break;
  }
  th_interrupt_at_prompt(0);
  luaL_pushresult(&b);
  if (total == 0) lua_pushnil(L);
  return 1;
}

/* Is more input there already? After a line of pasted text it is, in no time; after a typed one it is not. */
static int l_pending(lua_State *L)
{
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  lua_pushboolean(L, poll(&input, 1, 20) > 0);
  return 1;
}

#if defined(TH_HAVE_READLINE) || defined(TH_HAVE_LIBEDIT)

static lua_State *completer_state;  /* the state that called readline(), while it waits */
static char completer_key;
static char **matches;              /* of the completion under way; entries are handed over to readline */
static int nmatch;

/* Asks the Lua function (line, word, start, end) for a list of candidates and the text to append. */
static void ask_lua(const char *word, int start, int end)
{
  lua_State *L = completer_state;
  int top = lua_gettop(L);
  matches = NULL;
  nmatch = 0;
  lua_pushlightuserdata(L, &completer_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_pushstring(L, rl_line_buffer);
  lua_pushstring(L, word);
  lua_pushinteger(L, start + 1);
  lua_pushinteger(L, end);
  if (lua_isfunction(L, top + 1) && lua_pcall(L, 4, 2, 0) == 0 && lua_istable(L, -2)) {
    int n = (int)lua_objlen(L, -2);
    matches = calloc((size_t)n + 1, sizeof *matches);
    for (int i = 1; matches && i <= n; i++) {
      lua_rawgeti(L, -2, i);
      const char *s = lua_tostring(L, -1);
      if (s && (matches[nmatch] = strdup(s))) nmatch++;
      lua_pop(L, 1);
    }
    const char *append = lua_tostring(L, -1);
    rl_completion_append_character = append ? append[0] : '\0';
  }
  lua_settop(L, top);
}

static char *next_match(const char *word, int state)
{
  (void)word;
  return state < nmatch ? strdup(matches[state]) : NULL;
}

static char **complete(const char *word, int start, int end)
{
  rl_attempted_completion_over = 1;  /* no file names unless Lua says so */
  ask_lua(word, start, end);
  char **list = nmatch ? rl_completion_matches(word, next_match) : NULL;
  for (int i = 0; i < nmatch; i++) free(matches[i]);
  free(matches);
  matches = NULL;
  nmatch = 0;
  return list;
}

static char *finished_line;
static int finished;

static void on_line(char *line)
{
  finished_line = line;
  finished = 1;
  rl_callback_handler_remove();
}

static void abandon_line(void)
{
#if defined(TH_HAVE_READLINE)
  rl_free_line_state();
  rl_callback_sigcleanup();
  rl_cleanup_after_signal();
#endif
  rl_callback_handler_remove();
  fputs("^C\n", stdout);
  fflush(stdout);
}

static int read_edited(lua_State *L, const char *prompt)
{
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  sigset_t sigint, before;
  sigemptyset(&sigint);
  sigaddset(&sigint, SIGINT);
  completer_state = L;
  finished = 0;
  finished_line = NULL;
  fflush(stdout);
  /* SIGINT only gets through while ppoll waits, so that none is lost between look and wait. */
  pthread_sigmask(SIG_BLOCK, &sigint, &before);
  th_interrupt_at_prompt(1);
  rl_callback_handler_install(prompt, on_line);
  int interrupted = 0;
  while (!finished && !interrupted) {
    if (ppoll(&input, 1, NULL, &before) > 0) rl_callback_read_char();
    else if (errno != EINTR) break;
    else if (!(interrupted = th_interrupt_take())) rl_resize_terminal();
  }
  if (interrupted) abandon_line();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (interrupted) return interrupted_line(L);
  th_interrupt_at_prompt(0);
  if (!finished_line) return 0;
  lua_pushstring(L, finished_line);
  free(finished_line);
  return 1;
}

static int l_setup(lua_State *L)
{
  (void)L;
  rl_readline_name = (char *)"th";
  rl_attempted_completion_function = complete;
  rl_basic_word_break_characters = rl_completer_word_break_characters = (char *)" \t\n\"'`()[]{}<>=+-*/%^#~,;&|\\.:?$";
#if defined(TH_HAVE_READLINE)
  rl_catch_signals = 0;  /* ours does; see read_edited */
  rl_completer_quote_characters = NULL;
#endif
  using_history();
  return 0;
}

static int l_add_history(lua_State *L)
{
  add_history(luaL_checkstring(L, 1));
  return 0;
}

/* true, or nil and the reason */
static int file_result(lua_State *L, int error, const char *file)
{
  if (error == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", file, strerror(error > 0 ? error : errno));
  return 2;
}

static int l_read_history(lua_State *L)
{
  const char *file = luaL_checkstring(L, 1);
  return file_result(L, read_history(file), file);
}

static int l_write_history(lua_State *L)
{
  const char *file = luaL_checkstring(L, 1);
  return file_result(L, write_history(file), file);
}

static int l_setcompleter(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_pushlightuserdata(L, &completer_key);
  lua_insert(L, 1);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return 0;
}

static int l_readline(lua_State *L)
{
  const char *prompt = luaL_optstring(L, 1, "");
  if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) return read_edited(L, prompt);
  return read_plain(L, prompt);
}

#else  /* no line editor */

static int nothing(lua_State *L)
{
  (void)L;
  return 0;
}
#define l_setup nothing
#define l_add_history nothing
#define l_read_history nothing
#define l_write_history nothing
#define l_setcompleter nothing

static int l_readline(lua_State *L)
{
  return read_plain(L, luaL_optstring(L, 1, ""));
}

#endif

int luaopen_readline(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"setup", l_setup},
    {"readline", l_readline},
    {"pending", l_pending},  /* true if more input waits to be read */
    {"add_history", l_add_history},
    {"read_history", l_read_history},
    {"write_history", l_write_history},
    {"setcompleter", l_setcompleter},  /* f(line, word, start, end) -> candidates, text appended to a single one */
    {NULL, NULL},
  };
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  return 1;
}
