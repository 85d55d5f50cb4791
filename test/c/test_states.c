/* Lua states side by side: alternating in one thread, one a thread, one closed while another
   computes, one that wanders between threads. Each must behave as if it were alone. */
#include "th_test.h"
#include <pthread.h>
#include <lauxlib.h>
#include <lualib.h>

static lua_State *new_state(void)
{
  lua_State *L = luaL_newstate();
  ck_assert(L != NULL);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_pushliteral(L, LUA_DIR "/?.lua;" LUA_DIR "/?/init.lua");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, LUALIB_DIR "/?.so");
  lua_setfield(L, -2, "cpath");
  lua_pop(L, 1);
  return L;
}

/* Runs code whose first result is a string, and copies that; an error's message likewise. */
static bool evaluate(lua_State *L, const char *code, char *result, size_t room)
{
  bool ok = luaL_loadstring(L, code) == 0 && lua_pcall(L, 0, 1, 0) == 0;
  const char *s = lua_tostring(L, -1);
  snprintf(result, room, "%s", s ? s : "no string");
  lua_settop(L, 0);
  return ok;
}

#define GIVES(L, expected, code)                                                                   \
  do {                                                                                             \
    char got[512];                                                                                 \
    ck_assert_msg(evaluate(L, code, got, sizeof got), "%s: %s", code, got);                        \
    ck_assert_str_eq(got, expected);                                                               \
  } while (0)
#define DOES(L, code) GIVES(L, "done", code " return 'done'")

/* ---- in one thread ---- */

START_TEST(each_has_its_own_classes_and_defaults)
{
  lua_State *a = new_state(), *b = new_state();
  /* b's registry is numbered differently */
  luaL_loadstring(b, "return ...");
  for (int i = 0; i < 50; i++) {
    lua_newtable(b);
    luaL_ref(b, LUA_REGISTRYINDEX);
  }
  lua_settop(b, 0);
  DOES(a, "require 'torch'");
  DOES(b, "require 'torch' torch.setdefaulttensortype('torch.FloatTensor')");
  const char *made = "return torch.typename(torch.ones(2)) .. ' ' .. torch.getdefaulttensortype()";
  GIVES(a, "torch.DoubleTensor torch.DoubleTensor", made);
  GIVES(b, "torch.FloatTensor torch.FloatTensor", made);
  const char *others = "local g, s, f = torch.Generator(), torch.LongStorage(2), torch.MemoryFile() "
                       "return torch.typename(g) .. torch.typename(s) .. torch.typename(f)";
  GIVES(a, "torch.Generatortorch.LongStoragetorch.MemoryFile", others);
  GIVES(b, "torch.Generatortorch.LongStoragetorch.MemoryFile", others);
  /* methods that one state adds are its own */
  DOES(a, "torch.getmetatable('torch.DoubleTensor').greet = function() return 'hello' end");
  GIVES(a, "hello", "return torch.DoubleTensor():greet()");
  GIVES(b, "nil", "return tostring(torch.DoubleTensor().greet)");
  lua_close(b);
  GIVES(a, "torch.DoubleTensor torch.DoubleTensor", made);
  lua_close(a);
}
END_TEST

START_TEST(errors_come_home)
{
  lua_State *a = new_state(), *b = new_state();
  DOES(a, "require 'torch' x = torch.ones(3) y = torch.ones(2)");
  DOES(b, "require 'torch' x = torch.ones(3) y = torch.ones(2)");
  const char *wrong = "local ok, why = pcall(torch.dot, x, y) assert(not ok) return 'raised'";
  for (int i = 0; i < 10; i++) {
    GIVES(a, "raised", wrong);
    GIVES(b, "raised", wrong);
  }
  lua_close(b);
  GIVES(a, "raised", wrong);
  const char *too_much = "local ok, why = pcall(torch.FloatTensor, 2^45) assert(not ok) return why:match('memory')";
  GIVES(a, "memory", too_much);
  lua_close(a);
}
END_TEST

START_TEST(a_failed_allocation_collects_its_own_garbage)
{
  lua_State *a = new_state(), *b = new_state();
  const char *setup = "require 'torch' collected = 0 torch.setheaptracking(false) "
                      "local p = newproxy(true) getmetatable(p).__gc = function() collected = collected + 1 end";
  ck_assert_int_eq(luaL_dostring(a, setup), 0);
  ck_assert_int_eq(luaL_dostring(b, setup), 0);
  lua_gc(a, LUA_GCSTOP, 0);
  lua_gc(b, LUA_GCSTOP, 0);
  GIVES(b, "1", "pcall(torch.FloatTensor, 2^45) return collected");
  GIVES(a, "0", "return collected");
  GIVES(a, "1", "pcall(torch.FloatTensor, 2^45) return collected");
  lua_close(a);
  lua_close(b);
}
END_TEST

static void raise_here(void *unused)
{
  (void)unused;
  THError("from C");
}

/* After the last state of a thread, the thread is plain C's again. */
START_TEST(a_closed_state_leaves_the_thread)
{
  lua_State *a = new_state();
  DOES(a, "require 'torch' pcall(torch.dot, torch.ones(2), torch.ones(3))");
  lua_close(a);
  THCollectGarbage(); /* of nobody */
  th_Catch c;
  THSetDefaultErrorHandler(th_on_error, &c);
  c.frame = (uintptr_t)__builtin_frame_address(0);
  if (setjmp(c.jump) == 0) {
    raise_here(NULL);
    ck_abort_msg("no error");
  }
  THSetDefaultErrorHandler(NULL, NULL);
  ck_assert_msg(strstr(c.message, "from C") != NULL, "%s", c.message);
}
END_TEST

START_TEST(finalizers_may_make_tensors)
{
  lua_State *a = new_state();
  DOES(a, "early = newproxy(true) getmetatable(early).__gc = function() torch.Tensor(3):fill(1) end "
          "require 'torch' nn = require 'nn' m = nn.Linear(2, 2) m:zeroGradParameters() "
          "late = newproxy(true) getmetatable(late).__gc = function() "
          "torch.Tensor(3) m:forward(torch.ones(2)) torch.MemoryFile():writeObject({m}) end");
  lua_close(a);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

/* The call that a finalizer interrupts keeps its name. */
START_TEST(finalizers_do_not_rename_calls)
{
  lua_State *a = new_state();
  DOES(a, "require 'torch' ran = 0 "
          "function litter() local p = newproxy(true) getmetatable(p).__gc = function() "
          "coroutine.wrap(function() torch.LongTensor(1):zero() end)() ran = ran + 1 end end "
          "x = torch.FloatTensor(300000):zero()");
  GIVES(a, "true", "for i = 1, 200 do litter() x:clone() end return tostring(ran > 0)");
  GIVES(a, "200", "local named = 0 for i = 1, 200 do litter() x:clone() "
                  "local ok, why = pcall(torch.cmul, x, torch.FloatTensor(7)) "
                  "if why:find('cmul', 1, true) then named = named + 1 end end return named");
  /* also when the collector steps by itself, while a userdata is made */
  GIVES(a, "3000", "torch.setheaptracking(false) local x, named = torch.FloatTensor(3), 0 "
                   "for i = 1, 3000 do litter() local ok, why = pcall(torch.cmul, x, torch.FloatTensor(7)) "
                   "if why:find('cmul', 1, true) then named = named + 1 end end return named");
  lua_close(a);
}
END_TEST

START_TEST(opened_and_closed_many_times)
{
  for (int i = 0; i < 20; i++) {
    lua_State *a = new_state();
    DOES(a, "require 'torch' local x = torch.rand(100, 100) assert((x * x):dim() == 2)");
    lua_close(a);
    ck_assert_int_eq(THAllocator_stats().objects, 0);
  }
}
END_TEST

/* What one state has dumped into memory, another may read; bytecode from elsewhere stays a stand-in. */
START_TEST(functions_travel)
{
  lua_State *a = new_state(), *b = new_state();
  DOES(a, "require 'torch'");
  DOES(b, "require 'torch'");
  ck_assert_int_eq(luaL_dostring(a, "local n = 20 return torch.serialize(function(x) return n + x end)"), 0);
  size_t size;
  const char *bytes = lua_tolstring(a, -1, &size);
  lua_pushlstring(b, bytes, size);
  lua_setglobal(b, "bytes");
  GIVES(b, "42", "return torch.deserialize(bytes)(22)");
  GIVES(b, "not loaded", "local s = torch.serialize{function() return 'another one of this size' end} "
                         "s = s:gsub('another one of this size', 'an evil one of this size') "
                         "return select(2, pcall(torch.deserialize(s)[1])):match('not loaded')");
  lua_close(a);
  GIVES(b, "42", "return torch.deserialize(bytes)(22)");
  lua_close(b);
}
END_TEST

/* The FFI's declarations of our structs are compared with C's when torch is loaded. */
START_TEST(structs_are_as_declared)
{
  static const char *const changes[] = {"layout.storage.allocator = 30", "layout.tensor.flag = 0", "layout.tensor.news = 8",
                                        "layout.allocator.free = 8", "types[5].size = 4"};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    lua_State *L = new_state();
    char code[256];
    snprintf(code, sizeof code, "local C = require 'libtorch' C.%s local ok, why = pcall(require, 'torch') "
             "return not ok and why:match('in libtorch') or tostring(why)", changes[i]);
    GIVES(L, "in libtorch", code);
    lua_close(L);
  }
}
END_TEST

/* ---- in threads ---- */

enum { THREADS = 4 };

/* Learns to tell which of two numbers is larger; the losses as text. */
static const char training[] =
  "require 'torch' local nn, optim = require 'nn', require 'optim' "
  "torch.setnumthreads(1) torch.manualSeed(SEED) "
  "torch.setdefaulttensortype(SEED % 2 == 0 and 'torch.FloatTensor' or 'torch.DoubleTensor') "
  "local x = torch.rand(64, 2) local y = x:select(2, 1):gt(x:select(2, 2)):long() + 1 "
  "local net = nn.Sequential():add(nn.Linear(2, 32)):add(nn.Tanh()):add(nn.Dropout(0.1)) "
  ":add(nn.Linear(32, 2)):add(nn.LogSoftMax()) local criterion = nn.ClassNLLCriterion() "
  "local w, g = net:getParameters() local config, losses = {learningRate = 0.05}, {} "
  "for step = 1, 40 do optim.adam(function() g:zero() local out = net:forward(x) "
  "local loss = criterion:forward(out, y) net:backward(x, criterion:backward(out, y)) "
  "losses[#losses + 1] = string.format('%.17g', loss) return loss, g end, w, config) "
  "assert(not pcall(torch.dot, w, torch.rand(3))) end "
  "local f = torch.MemoryFile() f:writeObject(net) f:seek(1) "
  "assert((f:readObject():forward(x) - net:forward(x)):dim() == 2) "
  "return table.concat(losses, ' ')";

typedef struct Trainer {
  pthread_t thread;
  int seed;
  bool ok;
  char losses[4096];
} Trainer;

static void *train(void *arg)
{
  Trainer *t = arg;
  lua_State *L = new_state();
  lua_pushinteger(L, t->seed);
  lua_setglobal(L, "SEED");
  t->ok = evaluate(L, training, t->losses, sizeof t->losses);
  lua_close(L);
  return NULL;
}

static void start(Trainer *t, int seed)
{
  t->seed = seed;
  ck_assert_int_eq(pthread_create(&t->thread, NULL, train, t), 0);
}

START_TEST(threads_train_as_one_after_the_other)
{
  static Trainer alone[THREADS], together[THREADS];
  for (int i = 0; i < THREADS; i++) {
    start(&alone[i], i);
    pthread_join(alone[i].thread, NULL);
    ck_assert_msg(alone[i].ok, "%s", alone[i].losses);
  }
  for (int i = 0; i < THREADS; i++) start(&together[i], i);
  for (int i = 0; i < THREADS; i++) pthread_join(together[i].thread, NULL);
  for (int i = 0; i < THREADS; i++) ck_assert_str_eq(together[i].losses, alone[i].losses);
  ck_assert_str_ne(alone[0].losses, alone[1].losses);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

/* States come and go, also in mid-error, while this thread trains. */
static void *come_and_go(void *stop)
{
  while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) {
    lua_State *L = new_state();
    char got[256];
    evaluate(L, "require 'torch' torch.setdefaulttensortype('torch.LongTensor') x = torch.ones(20000) "
                "pcall(torch.FloatTensor, 2^45) return torch.dot(x, torch.ones(3))", got, sizeof got);
    lua_close(L);
  }
  return NULL;
}

START_TEST(a_state_closes_while_another_computes)
{
  static Trainer undisturbed, disturbed;
  train(&undisturbed);
  ck_assert_msg(undisturbed.ok, "%s", undisturbed.losses);
  int stop = 0;
  pthread_t other;
  ck_assert_int_eq(pthread_create(&other, NULL, come_and_go, &stop), 0);
  for (int i = 0; i < 3; i++) {
    train(&disturbed);
    ck_assert_str_eq(disturbed.losses, undisturbed.losses);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(other, NULL);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

/* One state, run by a thread that has never seen it: errors and collections come to that thread. */
static void *run_foreign(void *L)
{
  GIVES(L, "raised", "local ok, why = pcall(torch.dot, torch.ones(3), torch.ones(2)) assert(not ok) return 'raised'");
  GIVES(L, "memory", "local ok, why = pcall(torch.FloatTensor, 2^45) return why:match('memory')");
  DOES(L, "for i = 1, 50 do torch.FloatTensor(1e6):zero() end");
  return NULL;
}

START_TEST(a_state_wanders_between_threads)
{
  lua_State *L = new_state();
  DOES(L, "require 'torch'");
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run_foreign, L), 0);
    pthread_join(thread, NULL);
    run_foreign(L);
  }
  lua_close(L);
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

TH_MAIN("states", each_has_its_own_classes_and_defaults, errors_come_home,
        a_failed_allocation_collects_its_own_garbage, a_closed_state_leaves_the_thread,
        finalizers_may_make_tensors, finalizers_do_not_rename_calls, opened_and_closed_many_times, structs_are_as_declared,
        functions_travel,         threads_train_as_one_after_the_other, a_state_closes_while_another_computes,
        a_state_wanders_between_threads)
