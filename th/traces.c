/* Making compiled loops interruptible.

   LuaJIT's traces do not look at debug hooks (that is a build-time option of LuaJIT, off in
   distributions), so `while true do end` would ignore Ctrl-C for ever. Each compiled loop has
   exits, though: conditional jumps to an exit stub, which restores the interpreter's state from a
   snapshot. Taking such a jump although its condition does not hold also gives a well-formed
   state, only with the wrong branch taken; that does not matter here, because the hook that
   interrupt.c has armed raises an error before the next instruction.

   So on Ctrl-C every conditional jump to an exit stub becomes an unconditional one, and a jump
   back to the start of a loop falls through to the exit behind it. A loop without any exit gets
   its jump back redirected to exit 0, whose snapshot is the state on entry: what such a loop kept
   in registers is lost. Afterwards all traces are flushed.

   Where things are is asked of jit.util whenever a trace has been compiled (a jit.attach
   callback). If a profiler or jit.v takes the callback over, or the code cannot be written, compiled
   loops are as deaf as in plain LuaJIT and the third Ctrl-C ends the process. x86-64 Linux only. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  /* REG_RIP */
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <lauxlib.h>
#include <luajit.h>
#include "th.h"

#if defined(__x86_64__) && defined(__linux__)

#define MAX_TRACES 8192  /* beyond, traces are not watched; the JIT's own limit is 1000 by default */
#define MAX_GROUPS 64
#define STUBS_PER_GROUP 32
#define MAX_CODE 65536   /* bytes of one trace; longer ones are left alone */

typedef struct Trace {
  uintptr_t start, end, loop;  /* loop: where a looping trace jumps back to, else 0 */
} Trace;

static Trace traces[MAX_TRACES];
static volatile int ntrace;
static uintptr_t stubs[MAX_GROUPS];  /* address of every 32nd exit stub, 0 where there is none */
static uintptr_t stub_size;

static int is_stub(uintptr_t address)
{
  for (int g = 0; g < MAX_GROUPS; g++)
    if (stubs[g] && address >= stubs[g] && address < stubs[g] + STUBS_PER_GROUP * stub_size)
      return (address - stubs[g]) % stub_size == 0;
  return 0;
}

/* Code of the trace in hand, copied through /proc/self/mem: the handler may run while LuaJIT
   is giving the memory back, and then a read fails instead of killing the process. */
static unsigned char code[MAX_CODE];

/* Where the jump at code[i], `length` bytes with the offset in the last four, goes. */
static uintptr_t target32(const Trace *t, size_t i, size_t length)
{
  int32_t offset;
  memcpy(&offset, code + i + length - 4, 4);
  return t->start + i + length + (uintptr_t)(intptr_t)offset;
}

static uintptr_t target8(const Trace *t, size_t i)
{
  return t->start + i + 2 + (uintptr_t)(intptr_t)(int8_t)code[i + 1];
}

/* Through /proc/self/mem as well, which leaves the page protections alone: they belong to the
   compiler, which may be at work right now. */
static int write_code(int fd, uintptr_t at, const void *bytes, size_t n)
{
  return pwrite(fd, bytes, n, (off_t)at) == (ssize_t)n;
}

/* Opens the exits of one trace; returns how many. pc: where the program was stopped. */
static int break_trace(int fd, const Trace *t, uintptr_t pc)
{
  static const unsigned char nops[6] = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90};
  static const unsigned char nop_jmp[2] = {0x90, 0xE9};
  size_t size = t->end - t->start, loop = t->loop - t->start;
  if (size > MAX_CODE || pread(fd, code, size, (off_t)t->start) != (ssize_t)size) return 0;
  int exits = 0, in_loop = 0;
  size_t back = 0, back_length = 0;  /* the unconditional jump back to the loop's start */
  for (size_t i = 0; i + 2 <= size; i++) {
    const unsigned char *c = code + i;
    size_t patch = 0;  /* bytes to overwrite here */
    const unsigned char *with = nops;
    if (c[0] == 0x0F && (c[1] & 0xF0) == 0x80 && i + 6 <= size) {  /* jcc, four-byte offset */
      uintptr_t to = target32(t, i, 6);
      if (is_stub(to)) patch = 2, with = nop_jmp;  /* the offset stays, counted from the same end */
      else if (t->loop && to == t->loop) patch = 6;
    } else if (t->loop && (c[0] & 0xF0) == 0x70 && i + 7 >= size && target8(t, i) == t->loop) {
      patch = 2;  /* jcc, one-byte offset; only the jump to the exit follows */
    } else if (t->loop && c[0] == 0xE9 && i + 5 == size && target32(t, i, 5) == t->loop) {
      back = i, back_length = 5;
    } else if (t->loop && c[0] == 0xEB && i + 2 == size && target8(t, i) == t->loop) {
      back = i, back_length = 2;
    }
    if (patch) {
      if (!write_code(fd, t->start + i, with, patch)) return exits;
      exits++;
      in_loop += t->loop && i >= loop;
      i += (c[0] == 0x0F ? 6 : 2) - 1;
    }
  }
  /* No exit in the loop. Its head has run already, so the far jump that a two-byte jump has no
     room for is written there; safe only if this very loop is running. */
  if (back_length && !in_loop && stubs[0] && pc >= t->loop && pc < t->end) {
    size_t at = back_length == 5 ? back : loop - 5;
    if (loop < 5 || back + 2 - at > 128) return exits;
    unsigned char far_jump[5] = {0xE9}, near_jump[2] = {0xEB, (unsigned char)(at - (back + 2))};
    int32_t offset = (int32_t)(intptr_t)(stubs[0] - (t->start + at + 5));
    memcpy(far_jump + 1, &offset, 4);
    if (!write_code(fd, t->start + at, far_jump, 5)) return exits;
    if (back_length == 2 && !write_code(fd, t->start + back, near_jump, 2)) return exits;
    exits++;
  }
  return exits;
}

static volatile sig_atomic_t broken;

/* Opens the exits of traces from `first` on; how many? */
static int break_from(int first, uintptr_t pc)
{
  if (first >= ntrace) return 0;
  int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (fd < 0) return 0;
  int exits = 0;
  for (int i = first; i < ntrace; i++) exits += break_trace(fd, &traces[i], pc);
  close(fd);
  if (exits) broken = 1;
  return exits;
}

void th_traces_break_all(const void *context)
{
  int error = errno;
  break_from(0, (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]);
  errno = error;
}

static void forget_all(void)
{
  ntrace = 0;
  memset(stubs, 0, sizeof stubs);
}

static char settler_key;  /* its address is the registry's key of a function that does nothing */

/* A recording that began after the hook was armed (a forced exit was hot, or a trace is being stitched to
   the one before a C call) is only marked as aborted when the hook is called. LuaJIT clears it away at the
   next instruction of Lua code, and then writes to the trace that it began at, gone if the flush came
   first. So some Lua code runs before the flush. It is never compiled, or would be a recording itself. */
static void settle_recording(lua_State *L)
{
  lua_pushlightuserdata(L, &settler_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_call(L, 0, 0);
}

void th_traces_restore(lua_State *L)
{
  if (!broken) return;
  settle_recording(L);
  broken = 0;
  forget_all();
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
}

static uintptr_t stub_address(lua_State *L, int exitno)
{
  lua_getfield(L, lua_upvalueindex(1), "traceexitstub");
  lua_pushinteger(L, exitno);
  lua_call(L, 1, 1);
  uintptr_t address = lua_isnumber(L, -1) ? (uintptr_t)lua_tonumber(L, -1) : 0;
  lua_pop(L, 1);
  return address;
}

/* Called by LuaJIT with 'start', 'stop', 'abort' or 'flush' and the trace number. */
static int trace_event(lua_State *L)
{
  const char *what = lua_tostring(L, 1);
  if (!what) return 0;
  if (!strcmp(what, "flush")) forget_all();
  if (strcmp(what, "stop") || ntrace == MAX_TRACES) return 0;

  lua_getfield(L, lua_upvalueindex(1), "traceinfo");
  lua_pushvalue(L, 2);
  lua_call(L, 1, 1);
  if (!lua_istable(L, -1)) return 0;
  lua_getfield(L, -1, "nexit");
  int nexit = (int)lua_tointeger(L, -1);
  lua_settop(L, 2);

  lua_getfield(L, lua_upvalueindex(1), "tracemc");
  lua_pushvalue(L, 2);
  lua_call(L, 1, 3);  /* code, address, offset of the loop */
  size_t size;
  if (!lua_tolstring(L, -3, &size)) return 0;
  uintptr_t start = (uintptr_t)lua_tonumber(L, -2);
  uintptr_t loop = (uintptr_t)lua_tonumber(L, -1);
  lua_settop(L, 2);

  stub_size = stub_address(L, 1) - stub_address(L, 0);
  for (int g = 0; g <= nexit / STUBS_PER_GROUP && g < MAX_GROUPS; g++)
    if (!stubs[g]) stubs[g] = stub_address(L, g * STUBS_PER_GROUP);
  traces[ntrace] = (Trace){start, start + size, loop ? start + loop : 0};
  atomic_signal_fence(memory_order_seq_cst);
  ntrace = ntrace + 1;  /* last: the handler may run at any time */
  if (th_interrupt_waiting()) {  /* it ran while this trace was being compiled, and did not see it */
    sigset_t sigint, before;
    sigemptyset(&sigint);
    sigaddset(&sigint, SIGINT);
    pthread_sigmask(SIG_BLOCK, &sigint, &before);
    /* A loop without exits cannot be stopped from outside before it runs, but the instruction that ended the
       recording looks at the count of the hook once more: at 0 the hook runs before the loop does. */
    if (!break_from(ntrace - 1, 0) && loop) lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  return 0;
}

void th_traces_watch(lua_State *L)
{
  int top = lua_gettop(L);
  lua_pushlightuserdata(L, &settler_key);
  luaL_loadstring(L, "");
  luaJIT_setmode(L, -1, LUAJIT_MODE_FUNC | LUAJIT_MODE_OFF);
  lua_rawset(L, LUA_REGISTRYINDEX);
  lua_getglobal(L, "jit");
  lua_getfield(L, -1, "attach");
  lua_getglobal(L, "require");
  lua_pushliteral(L, "jit.util");
  if (lua_pcall(L, 1, 1, 0) == 0 && lua_istable(L, -1)) {
    lua_pushcclosure(L, trace_event, 1);
    lua_pushliteral(L, "trace");
    lua_pcall(L, 2, 0, 0);
  }
  lua_settop(L, top);
}

#else

void th_traces_watch(lua_State *L) { (void)L; }
void th_traces_break_all(const void *context) { (void)context; }
void th_traces_restore(lua_State *L) { (void)L; }

#endif
