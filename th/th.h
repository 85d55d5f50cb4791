/* th: what the files of the launcher offer each other. */
#ifndef TH_LAUNCHER_H
#define TH_LAUNCHER_H

#include <stddef.h>
#include <lua.h>

/* prefix.c: writes the installation prefix (the folder that holds share/lua/5.1/torch/init.lua)
   and the path of this executable into the given buffers, "" where unknown. */
void th_find_prefix(char *prefix, char *exe, size_t size);
/* Adds the prefix' folders and those of ~/.luarocks to LUA_PATH and LUA_CPATH: for the state that is opened next, other
   states, and child processes. What the user has put there comes first, the system's folders last; TH_PREFIX tells a
   child whose folders these are. */
void th_set_paths(const char *prefix);

/* interrupt.c: installs the Ctrl-C handler for state L, the main one; call it once. prefix: where
   our own Lua files are, which the message does not name. */
void th_interrupt_install(lua_State *L, const char *prefix);
/* Gives SIGINT its plain meaning back; the state is about to be closed. */
void th_interrupt_remove(void);
/* While a line is being edited, Ctrl-C only sets a flag. take returns that flag and clears it. */
void th_interrupt_at_prompt(int on);
int th_interrupt_take(void);
/* Has Ctrl-C been pressed, with its error still to be raised? */
int th_interrupt_waiting(void);
/* For libraries that compute for long, by way of the FFI: stop(NULL) is called at each Ctrl-C that is to raise an error, in
   the signal handler. One library; it must stay loaded. */
__attribute__((visibility("default"))) void th_interrupt_stops(void (*stop)(void *));
/* Is this the text of an error that Ctrl-C raised? */
int th_interrupt_is(const char *text);
/* Ends the process by SIGINT, without a word. */
void th_interrupt_die(void);
int luaopen_th_signal(lua_State *L);

/* traces.c: makes compiled loops leave to the interpreter. watch is called once, at start;
   break_all is called by a signal handler (context: its third argument);
   restore throws the code away if it was changed and must run before any Lua code does. */
void th_traces_watch(lua_State *L);
void th_traces_break_all(const void *context);
void th_traces_restore(lua_State *L);

/* readline.c */
int luaopen_readline(lua_State *L);

#endif
