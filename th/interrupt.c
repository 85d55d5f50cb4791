/* Ctrl-C.

   The signal handler only arms a debug hook; the hook raises "interrupted!" from the next
   instruction of the interpreter, so that pcall can catch it and cleanups run. Compiled loops
   never look at hooks: traces.c makes them return to the interpreter. A C function that computes
   for long cannot be stopped, but runs of ONNX models can; a third Ctrl-C while the first is still waiting ends the process.
   A script that does not catch the error ends by the signal itself, so that a loop of the shell around it
   stops as well.

   require 'th.signal' lets a script take the matter into its own hands:
     onInterrupt(true)     Ctrl-C raises nothing, interrupted() returns true from then on
     onInterrupt('text')   the same, and the text is written to stderr at once
     onInterrupt(f)        the same, and interrupted() calls f() when it first notices
     onInterrupt(nil)      back to raising an error
     interrupted([clear])  has Ctrl-C been pressed? clear = true forgets it
     exit()                ends the process as Ctrl-C would have, for a script that has saved its work
   A second Ctrl-C that comes before the script asked interrupted() raises as usual. */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <lauxlib.h>
#include "th.h"

static lua_State *main_state;
static pthread_t main_thread;
static int ignored;  /* SIGINT was, when th started */
static char own_files[PATH_MAX + 32];  /* how the sources of the installed Lua files begin */

static const char message[] = "interrupted!";

static volatile sig_atomic_t waiting;     /* presses since the hook was armed and not yet run */
static volatile int64_t armed_at;
static volatile sig_atomic_t at_prompt, prompt_pressed;
static volatile sig_atomic_t flag_mode, flag, flag_noticed;
static int raised;  /* the error, at least once */
static char flag_text[256];

/* Stops what a library computes, so that the hook has its turn; called by the signal handler. */
static void (*volatile stop_library)(void *);
void th_interrupt_stops(void (*stop)(void *)) { stop_library = stop; }

/* The script's own hook, put back after ours has run. */
static lua_Hook saved_hook;
static int saved_mask, saved_count;

static void say(const char *text)
{
  ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  (void)ignored;
}

/* Is this a line that the user wrote? Chunks named (like this) are ours as well. */
static int is_users(const lua_Debug *ar)
{
  if (ar->currentline < 0 || !strncmp(ar->source, "=(", 2)) return 0;
  return !own_files[0] || strncmp(ar->source, own_files, strlen(own_files));
}

/* Pushes the message, with the innermost line of the user's before it. */
static void push_message(lua_State *L)
{
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (is_users(&ar)) {
      lua_pushfstring(L, "%s:%d: %s", ar.short_src, ar.currentline, message);
      return;
    }
  }
  lua_pushstring(L, message);
}

static void raise_interrupt(lua_State *L, lua_Debug *ar)
{
  (void)ar;
  sigset_t sigint, before;
  sigemptyset(&sigint);
  sigaddset(&sigint, SIGINT);
  pthread_sigmask(SIG_BLOCK, &sigint, &before);
  th_traces_restore(L);
  lua_sethook(L, saved_hook, saved_mask, saved_count);
  waiting = 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  raised = 1;
  push_message(L);
  lua_error(L);
}

static int64_t tenths(void)  /* of a second */
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * (int64_t)10 + t.tv_nsec / 100000000;
}

static void arm(const void *context)
{
  if (!waiting) {
    saved_hook = lua_gethook(main_state);
    saved_mask = lua_gethookmask(main_state);
    saved_count = lua_gethookcount(main_state);
  }
  armed_at = tenths();
  waiting++;
  if (stop_library) stop_library(NULL);
  /* lua_sethook is one of the few calls that a signal handler may make (as luajit's own does). */
  /* Counting only: LuaJIT settles an aborted recording before it counts, but not before a call hook, and flushing
     traces in between leaves the bytecode of a function pointing to a trace that is gone. */
  lua_sethook(main_state, raise_interrupt, LUA_MASKCOUNT, 1);
  th_traces_break_all(context);
}

static void on_sigint(int sig, siginfo_t *info, void *context)
{
  (void)info;
  if (!pthread_equal(pthread_self(), main_thread)) {  /* another thread got it */
    pthread_kill(main_thread, sig);
    return;
  }
  if (at_prompt) {
    prompt_pressed = 1;
  } else if (flag_mode && (!flag || flag_noticed)) {
    flag = 1;
    flag_noticed = 0;
    if (flag_text[0]) say(flag_text);
  } else if (!waiting) {
    arm(context);
  } else if (tenths() - armed_at < 3) {  /* a double press: the first may still take effect */
    th_traces_break_all(context);
  } else if (waiting == 1) {
    say("\nth: busy in a computation that cannot be interrupted; Ctrl-C once more ends th\n");
    arm(context);
  } else {
    say("\nth: stopped while computing; nothing was saved\n");
    th_interrupt_die();
  }
}

void th_interrupt_install(lua_State *L, const char *prefix)
{
  if (prefix[0]) snprintf(own_files, sizeof own_files, "@%s/share/lua/5.1/", prefix);
  main_state = L;
  main_thread = pthread_self();
  struct sigaction old, act;
  memset(&act, 0, sizeof act);
  act.sa_sigaction = on_sigint;
  act.sa_flags = SA_SIGINFO;
  sigemptyset(&act.sa_mask);
  /* A read from the terminal must return for the hook to run, so no SA_RESTART. A background
     job of a shell starts with SIGINT ignored and keeps it so. */
  sigaction(SIGINT, NULL, &old);
  ignored = old.sa_handler == SIG_IGN;
  if (!ignored) sigaction(SIGINT, &act, NULL);
}

void th_interrupt_remove(void)
{
  if (main_state) signal(SIGINT, ignored ? SIG_IGN : SIG_DFL);
}

/* Called by the signal handler, too. */
void th_interrupt_die(void)
{
  sigset_t sigint;
  sigemptyset(&sigint);
  sigaddset(&sigint, SIGINT);
  signal(SIGINT, SIG_DFL);
  kill(getpid(), SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &sigint, NULL);
  _exit(130);
}

int th_interrupt_is(const char *text)
{
  return raised && text && strstr(text, message);
}

void th_interrupt_at_prompt(int on)
{
  at_prompt = on;
  if (on) prompt_pressed = 0;
}

int th_interrupt_waiting(void)
{
  return waiting > 0;
}

int th_interrupt_take(void)
{
  int was = prompt_pressed;
  prompt_pressed = 0;
  return was;
}

/* Saving a model on the way out must not fail with EINTR: calls restart in flag mode. */
static void restart_calls(int on)
{
  struct sigaction act;
  sigaction(SIGINT, NULL, &act);
  act.sa_flags = on ? act.sa_flags | SA_RESTART : act.sa_flags & ~SA_RESTART;
  sigaction(SIGINT, &act, NULL);
}

static char registry_key;  /* its address is the key of the script's function */

static int on_interrupt(lua_State *L)
{
  int type = lua_type(L, 1);
  luaL_argcheck(L, lua_isnoneornil(L, 1) || type == LUA_TFUNCTION || type == LUA_TSTRING || lua_toboolean(L, 1), 1,
                "function, text for stderr, true, or nil to raise errors again expected");
  flag_mode = 0;
  const char *text = type == LUA_TSTRING ? lua_tostring(L, 1) : "";
  strncpy(flag_text, text, sizeof flag_text - 1);
  lua_settop(L, 1);
  lua_pushlightuserdata(L, &registry_key);
  if (type == LUA_TFUNCTION) lua_pushvalue(L, 1);
  else lua_pushnil(L);
  lua_rawset(L, LUA_REGISTRYINDEX);
  flag = flag_noticed = 0;
  flag_mode = type > LUA_TNIL;
  restart_calls(flag_mode);
  return 0;
}

static int interrupted(lua_State *L)
{
  int was = flag;
  int is_new = was && !flag_noticed;
  flag_noticed = was;
  if (lua_toboolean(L, 1)) flag = flag_noticed = 0;
  if (is_new) {
    lua_pushlightuserdata(L, &registry_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_isfunction(L, -1)) lua_call(L, 0, 0);
  }
  lua_pushboolean(L, was);
  return 1;
}

static int l_exit(lua_State *L)
{
  (void)L;
  fflush(NULL);
  th_interrupt_die();
  return 0;
}

int luaopen_th_signal(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"onInterrupt", on_interrupt}, {"interrupted", interrupted}, {"exit", l_exit}, {NULL, NULL},
  };
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  return 1;
}
