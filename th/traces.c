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
#include <fcntl.h>
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

typedef struct Trace {
  uintptr_t start, end, loop;  /* loop: where a looping trace jumps back to, else 0 */
} Trace;

static Trace traces[MAX_TRACES];
static int ntrace;
static uintptr_t stubs[MAX_GROUPS];  /* address of every 32nd exit stub, 0 where there is none */
static uintptr_t stub_size;

static int is_stub(uintptr_t address)
{
  for (int g = 0; g < MAX_GROUPS; g++)
    if (stubs[g] && address >= stubs[g] && address < stubs[g] + STUBS_PER_GROUP * stub_size)
      return (address - stubs[g]) % stub_size == 0;
  return 0;
}

static uintptr_t target32(uintptr_t at, int length)  /* of a jump whose offset is its last four bytes */
{
  int32_t offset;
  memcpy(&offset, (const void *)(at + length - 4), 4);
  return at + length + (intptr_t)offset;
}

static int write_code(int fd, uintptr_t at, const void *bytes, size_t n)
{
  /* Through /proc/self/mem, because that leaves the page protections alone, which belong to
     the compiler (it may be at work right now). */
  return pwrite(fd, bytes, n, (off_t)at) == (ssize_t)n;
}

/* Opens the exits of one trace; returns how many. pc: where the program was stopped. */
static int break_trace(int fd, const Trace *t, uintptr_t pc)
{
  static const unsigned char nops[6] = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90};
  static const unsigned char nop_jmp[2] = {0x90, 0xE9};
  int exits = 0, in_loop = 0;
  uintptr_t back = 0;  /* the unconditional jump back to the loop's start */
  int back_length = 0;
  for (uintptr_t p = t->start; p + 2 <= t->end; p++) {
    const unsigned char *c = (const unsigned char *)p;
    if (c[0] == 0x0F && (c[1] & 0xF0) == 0x80 && p + 6 <= t->end) {  /* jcc rel32 */
      uintptr_t to = target32(p, 6);
      if (is_stub(to)) {
        if (!write_code(fd, p, nop_jmp, 2)) return 0;  /* same offset, one byte later: same target */
        exits++;
        in_loop += p >= t->loop;
      } else if (t->loop && to == t->loop) {
        if (!write_code(fd, p, nops, 6)) return 0;
        exits++;
        in_loop++;
      } else {
        continue;
      }
      p += 5;
    } else if (t->loop && p + 7 >= t->end && (c[0] & 0xF0) == 0x70 && p + 2 + (int8_t)c[1] == t->loop) {
      /* jcc rel8, followed by nothing but the jump to the exit */
      if (!write_code(fd, p, nops, 2)) return 0;
      exits++;
      in_loop++;
    } else if (t->loop && c[0] == 0xE9 && p + 5 == t->end && target32(p, 5) == t->loop) {
      back = p, back_length = 5;
    } else if (t->loop && c[0] == 0xEB && p + 2 == t->end && p + 2 + (int8_t)c[1] == t->loop) {
      back = p, back_length = 2;
    }
  }
  /* No exit in the loop. Its head has run already, so the far jump that a two-byte jump has no
     room for is written there; safe only if this very loop is running. */
  if (back && !in_loop && stubs[0] && pc >= t->loop && pc < t->end) {
    uintptr_t at = back_length == 5 ? back : t->loop - 5;
    intptr_t near = (intptr_t)at - (intptr_t)(back + 2);
    if (at < t->start || near < -128) return exits;
    unsigned char far_jump[5] = {0xE9}, near_jump[2] = {0xEB, (unsigned char)near};
    int32_t offset = (int32_t)(intptr_t)(stubs[0] - (at + 5));
    memcpy(far_jump + 1, &offset, 4);
    if (!write_code(fd, at, far_jump, 5)) return exits;
    if (back_length == 2 && !write_code(fd, back, near_jump, 2)) return exits;
    exits++;
  }
  return exits;
}

int th_traces_break_all(const void *context)
{
  uintptr_t pc = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  if (!ntrace) return 0;
  int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (fd < 0) return 0;
  int exits = 0;
  for (int i = 0; i < ntrace; i++) exits += break_trace(fd, &traces[i], pc);
  close(fd);
  return exits > 0;
}

static void forget_all(void)
{
  ntrace = 0;
  memset(stubs, 0, sizeof stubs);
}

void th_traces_restore(lua_State *L)
{
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
  forget_all();
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
  ntrace++;  /* last: the handler may run at any time */
  return 0;
}

void th_traces_watch(lua_State *L)
{
  int top = lua_gettop(L);
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
int th_traces_break_all(const void *context) { (void)context; return 0; }
void th_traces_restore(lua_State *L) { (void)L; }

#endif
