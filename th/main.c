/* th: runs Lua scripts and interactive sessions with `torch` loaded.

   The launcher keeps to what every start needs: paths, options, the script, Ctrl-C. All that only an
   interactive session or an error needs is Lua code (lua/trepl) and loaded when it comes to that. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>
#include "th.h"

static const char usage[] =
  "usage: th [options] [script.lua [arguments]]\n"
  "\n"
  "  -l name         require the library before anything else runs\n"
  "  -e statement    run a Lua statement; what follows goes into the table arg\n"
  "  -i              interactive session after the script or the statement\n"
  "  -g, --globals   warn when a global variable is created or read before it exists\n"
  "  -gg, --gglobals the same, as an error\n"
  "  --show file     a table of what a file of tensors holds (.npy, .safetensors, .pt...)\n"
  "  --kernel file   the kernel of a Jupyter notebook, run by Jupyter\n"
  "  --install-kernel [--user | --prefix folder]   tells Jupyter of it\n"
  "  -v, --version   the version of torch, and of LuaJIT\n"
  "  -h, --help      this text\n"
  "  -               run standard input as a script\n"
  "\n"
  "Without script and statement: an interactive session, or, where standard input is not a\n"
  "terminal, the script found there.\n";

/* --show is this statement, and the files are its arguments. */
static const char show[] =
  "for i, path in ipairs(arg) do\n"
  "   local ok, text = pcall(require('torch.formats').show, path)\n"
  "   if not ok then\n"
  "      io.stderr:write('th: ', (text:gsub('^%S+ formats.open: ', '')), '\\n')\n"
  "      os.exit(1)\n"
  "   end\n"
  "   print((i > 1 and '\\n' or '') .. text)\n"
  "end";

typedef struct Options {
  int interactive, globals, from_stdin;
  const char *statement;
  const char *jupyter;  /* function of the package jupyter that runs instead of a script */
  int rest;  /* index of the first argument that is not an option: the script, if any */
} Options;

/* Message handler: error message and traceback as trepl.traceback words them, or LuaJIT's own. */
static int on_error(lua_State *L)
{
  const char *message = lua_tostring(L, 1);
  if (message && strstr(message, "stack overflow")) {  /* no room for Lua code: see trepl.traceback */
    luaL_traceback(L, L, message, 1);
    return 1;
  }
  lua_getglobal(L, "require");
  lua_pushliteral(L, "trepl.traceback");
  if (lua_pcall(L, 1, 1, 0) == 0 && lua_istable(L, -1)) {
    lua_getfield(L, -1, "handler");
    lua_pushvalue(L, 1);
    lua_pushboolean(L, isatty(STDERR_FILENO));
    lua_pushinteger(L, 3);  /* above this function, which goes by the name of what failed */
    if (lua_pcall(L, 3, 1, 0) == 0) return 1;
  }
  lua_settop(L, 1);
  luaL_traceback(L, L, lua_isstring(L, 1) ? lua_tostring(L, 1) : "error object is not a string", 1);
  return 1;
}

static int interrupted;  /* Ctrl-C ended the last call */

/* Calls what is on the stack; an error is printed. */
static int call(lua_State *L, int nargs, int nresults)
{
  int base = lua_gettop(L) - nargs;
  lua_pushcfunction(L, on_error);
  lua_insert(L, base);
  int failed = lua_pcall(L, nargs, nresults, base);
  interrupted = 0;
  if (failed) {
    const char *message = lua_tostring(L, -1);
    interrupted = th_interrupt_is(message);
    fflush(stdout);
    if (interrupted && isatty(STDERR_FILENO)) fputc('\n', stderr);  /* the terminal has shown ^C */
    fprintf(stderr, "%s\n", message ? message : "th: error without a message");
    lua_pop(L, 1);
  }
  lua_remove(L, base);
  return !failed;
}

/* Requires a module and calls its function, if one is given. */
static int run_module(lua_State *L, const char *module, const char *function, int argument)
{
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  if (!function) return call(L, 1, 0);
  if (!call(L, 1, 1)) return 0;
  lua_getfield(L, -1, function);
  lua_pushboolean(L, argument);
  int ok = call(L, 1, 0);
  lua_pop(L, 1);
  return ok;
}

/* -l: a library that does not load is reported and skipped. */
static void load_library(lua_State *L, const char *name)
{
  if (!run_module(L, name, NULL, 0)) fprintf(stderr, "could not load %s, skipping\n", name);
}

/* The table arg: the script (or th) at 0, its arguments from 1, what came before from -1 down. */
static void set_arg(lua_State *L, char **argv, int argc, int zero, const char *exe)
{
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, i == 0 && exe[0] ? exe : argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

/* Reads the options. Returns 1 to go on, 0 if all is done (-h, -v), -1 after a mistake. Libraries
   named by -l come first in the order given, so they load here if `load` is set. */
static int read_options(lua_State *L, int argc, char **argv, Options *o, int load)
{
  memset(o, 0, sizeof *o);
  for (o->rest = 1; o->rest < argc; o->rest++) {
    const char *a = argv[o->rest];
    if (!strcmp(a, "-")) {
      o->from_stdin = 1;
      return 1;
    }
    if (a[0] != '-') return 1;
    if (!strcmp(a, "-h") || !strcmp(a, "--help")) {
      fputs(usage, stdout);
      return 0;
    } else if (!strcmp(a, "-v") || !strcmp(a, "--version")) {
      puts("torch " TH_VERSION ", " LUAJIT_VERSION);
      return 0;
    } else if (!strcmp(a, "-i") || !strcmp(a, "--interactive")) {
      o->interactive = 1;
    } else if (!strcmp(a, "-g") || !strcmp(a, "--globals")) {
      o->globals = 1;
    } else if (!strcmp(a, "-gg") || !strcmp(a, "--gglobals")) {
      o->globals = 2;
    } else if (!strcmp(a, "-e")) {
      if (++o->rest == argc) {
        fputs("th: -e needs a statement: th -e \"print(1)\"\n", stderr);
        return -1;
      }
      o->statement = argv[o->rest++];
      return 1;
    } else if (!strcmp(a, "--show")) {
      if (o->rest + 1 == argc) {
        fputs("th: --show needs a file: th --show model.safetensors\n", stderr);
        return -1;
      }
      o->statement = show;
      o->rest++;
      return 1;
    } else if (!strcmp(a, "--kernel") || !strcmp(a, "--install-kernel")) {
      o->jupyter = a[2] == 'k' ? "_kernel" : "_install";
      o->rest++;
      return 1;
    } else if (a[1] == 'l') {
      const char *name = a[2] ? a + 2 : argv[++o->rest];
      if (!name) {
        fputs("th: -l needs the name of a library: th -l nn\n", stderr);
        return -1;
      }
      if (load) load_library(L, name);
    } else {
      fprintf(stderr, "Error: unrecognized flag %s\n\n%s", a, usage);
      return -1;
    }
  }
  return 1;
}

static int load_torch(lua_State *L, const char *prefix, const char *exe)
{
  if (run_module(L, "torch", NULL, 0)) return 1;
  if (!prefix[0])
    fprintf(stderr, "th: no share/lua/5.1/torch/init.lua beside %s or one folder up; "
            "build and install the torch package, or set LUA_PATH and LUA_CPATH\n", exe);
  return 0;
}

/* Runs the script or the statement. */
static int run_script(lua_State *L, const Options *o, int argc, char **argv)
{
  int failed, nargs = 0;
  if (o->statement) {
    failed = luaL_loadbuffer(L, o->statement, strlen(o->statement), "=-e");
  } else if (o->rest < argc && !o->from_stdin) {
    failed = luaL_loadfile(L, argv[o->rest]);
  } else {
    failed = luaL_loadfile(L, NULL);
  }
  if (failed) {
    /* no traceback: the place of a syntax error is in its message */
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_pop(L, 1);
    return 0;
  }
  if (!o->statement)
    for (int i = o->rest + 1; i < argc; i++, nargs++) {
      luaL_checkstack(L, 1, "too many arguments");
      lua_pushstring(L, argv[i]);
    }
  return call(L, nargs, 0);
}

typedef struct Start {
  int argc, status;
  char **argv;
} Start;

static int protected_main(lua_State *L)
{
  Start *start = lua_touserdata(L, 1);
  int argc = start->argc;
  char **argv = start->argv;
  Options o;
  lua_settop(L, 0);
  start->status = EXIT_FAILURE;

  int go_on = read_options(L, argc, argv, &o, 0);
  if (go_on <= 0) {
    if (go_on == 0) start->status = EXIT_SUCCESS;
    return 0;
  }
  static char prefix[PATH_MAX], exe[PATH_MAX];
  th_find_prefix(prefix, exe, sizeof exe);
  if (prefix[0]) th_set_paths(prefix);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_th_signal);
  lua_setfield(L, -2, "th.signal");
  lua_pushcfunction(L, luaopen_readline);
  lua_setfield(L, -2, "readline");
  lua_pop(L, 2);
  th_traces_watch(L);
  th_interrupt_install(L, prefix);

  int has_script = o.statement || o.jupyter || o.from_stdin || o.rest < argc;
  set_arg(L, argv, argc, o.statement || o.jupyter ? o.rest - 1 : o.rest < argc ? o.rest : 0, exe);
  if (o.statement || o.jupyter) {  /* there is no script that could stand at 0 */
    lua_getglobal(L, "arg");
    lua_pushstring(L, exe[0] ? exe : argv[0]);
    lua_rawseti(L, -2, 0);
    lua_pop(L, 1);
  }
  if (!load_torch(L, prefix, exe)) return 0;
  if (!run_module(L, "trepl.globals", NULL, 0)) return 0;
  read_options(L, argc, argv, &o, 1);
  if (o.globals && !run_module(L, "xlua.who", "monitor_G", o.globals == 2)) return 0;

  int session = o.interactive || (!has_script && isatty(STDIN_FILENO));
  int ok = 1;
  if (o.jupyter) ok = run_module(L, "jupyter", o.jupyter, 0);
  else if (has_script || !session) ok = run_script(L, &o, argc, argv);
  /* -i: a look around is most welcome after an error */
  if (session) ok = run_module(L, "trepl", "start", has_script);
  if (ok) start->status = EXIT_SUCCESS;
  return 0;
}

int main(int argc, char **argv)
{
  lua_State *L = luaL_newstate();
  if (!L) {
    fputs("th: cannot create a Lua state: out of memory\n", stderr);
    return EXIT_FAILURE;
  }
  Start start = {argc, EXIT_FAILURE, argv};
  if (lua_cpcall(L, protected_main, &start)) fprintf(stderr, "th: %s\n", lua_tostring(L, -1));
  th_interrupt_remove();
  lua_close(L);
  if (interrupted) {
    fflush(NULL);
    th_interrupt_die();
  }
  return start.status;
}
