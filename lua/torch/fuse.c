/* Programs of torch.fuse: made from what fuse.lua recorded, found by the types of a call's arguments, and run. */
#include "glue.h"
#include "THFuse.h"
#include <math.h>

enum { MAX_INPUTS = 64, MAX_NUMBERS = 128, MAX_RESULTS = 32, MAX_ARGUMENTS = 32, NUMBER = 1, TENSOR = 2 };

typedef struct Number {
  enum { ARGUMENT, CONSTANT, ADD, SUB, MUL, DIV, MOD, POW } op;
  int a, b; /* the argument, or two numbers that come before */
  double value;
} Number;

/* Where a tensor is: an argument, from 1; -k: the k-th that the function refers to; 0: it is new. */
typedef struct Result {
  enum { TENSOR_AT, STORED, REDUCED, PLAIN } kind;
  int at;
} Result;

typedef struct Fused {
  THFuse *program;
  int ninput, nnumber, nstore, nreduction, nresult;
  int input[MAX_INPUTS];
  int store[MAX_RESULTS];
  THType stored[MAX_RESULTS], reduced[MAX_RESULTS];
  Result result[MAX_RESULTS];
  Number number[MAX_NUMBERS];
  bool finish, refers; /* a Lua function makes the results of these; it refers to tensors */
} Fused;

static const char class_key; /* registry: the metatable */

static int collect(lua_State *L)
{
  Fused *f = lua_touserdata(L, 1);
  THFuse_free(f->program);
  f->program = NULL;
  return 0;
}

/* ---- making ---- */

static int field(lua_State *L, const char *name, int otherwise)
{
  lua_getfield(L, -1, name);
  const int v = lua_isnil(L, -1) ? otherwise : (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return v;
}

static const char *name_at(lua_State *L, const char *name)
{
  lua_getfield(L, -1, name);
  const char *s = lua_tostring(L, -1);
  lua_pop(L, 1); /* the table keeps it */
  return s;
}

/* Pushes description[name], a list; its length, which must not be above `most`. */
static int open_list(lua_State *L, const char *name, int most)
{
  lua_getfield(L, 1, name);
  const int n = (int)lua_objlen(L, -1);
  if (n > most) THError("fuse: %d %s, %d at most", n, name, most);
  return n;
}

static int entry(lua_State *L, int i)
{
  lua_rawgeti(L, -1, i + 1);
  const int v = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return v;
}

static void read_inputs(lua_State *L, Fused *f)
{
  f->ninput = open_list(L, "inputs", MAX_INPUTS);
  for (int i = 0; i < f->ninput; i++) {
    lua_rawgeti(L, -1, i + 1);
    f->input[i] = field(L, "at", 0);
    f->refers = f->refers || f->input[i] < 0;
    THFuse_input(f->program, (THType)field(L, "type", 0));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_step(lua_State *L, Fused *f)
{
  int in[3];
  lua_getfield(L, -1, "inputs");
  const int n = THMin((int)lua_objlen(L, -1), 3);
  for (int k = 0; k < n; k++) in[k] = entry(L, k);
  lua_pop(L, 1);
  const char *name = name_at(L, "name"), *line = name_at(L, "line"), *kind = name_at(L, "kind");
  const int s = field(L, "s", TH_FUSE_NONE), t = field(L, "t", TH_FUSE_NONE), over = field(L, "over", TH_FUSE_NONE);
  int value;
  if (kind[0] == 'm') value = THFuse_map(f->program, name, line, n, in, s, t, over);
  else if (kind[0] == 'f') value = THFuse_map(f->program, name, line, 0, in, s, t, over);
  else if (kind[0] == 'c') value = THFuse_compare(f->program, name, line, field(L, "byte", 0), n, in, s, over);
  else value = THFuse_convert(f->program, in[0], (THType)field(L, "type", 0));
  const int divisor = field(L, "divisor", TH_FUSE_NONE);
  if (field(L, "checked", 0)) THFuse_checkNumber(f->program, value);
  if (divisor >= 0) THFuse_checkDivisor(f->program, value, divisor);
}

static void read_steps(lua_State *L, Fused *f)
{
  const int n = open_list(L, "steps", 1 << 20);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, -1, i + 1);
    read_step(L, f);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_numbers(lua_State *L, Fused *f)
{
  f->nnumber = open_list(L, "numbers", MAX_NUMBERS);
  for (int i = 0; i < f->nnumber; i++) {
    Number *v = &f->number[i];
    lua_rawgeti(L, -1, i + 1);
    v->op = field(L, "op", CONSTANT);
    v->a = field(L, "a", 0);
    v->b = field(L, "b", 0);
    lua_getfield(L, -1, "value");
    v->value = lua_tonumber(L, -1);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static void read_results(lua_State *L, Fused *f)
{
  f->nstore = open_list(L, "stores", MAX_RESULTS);
  for (int i = 0; i < f->nstore; i++) {
    lua_rawgeti(L, -1, i + 1);
    f->store[i] = field(L, "at", 0);
    f->stored[i] = (THType)field(L, "type", 0);
    f->refers = f->refers || f->store[i] < 0;
    THFuse_store(f->program, field(L, "value", 0));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  f->nreduction = open_list(L, "reductions", MAX_RESULTS);
  for (int i = 0; i < f->nreduction; i++) {
    lua_rawgeti(L, -1, i + 1);
    f->reduced[i] = (THType)field(L, "type", 0);
    THFuse_reduce(f->program, name_at(L, "name"), field(L, "value", 0));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  f->nresult = open_list(L, "results", MAX_RESULTS);
  for (int i = 0; i < f->nresult; i++) {
    lua_rawgeti(L, -1, i + 1);
    f->result[i].kind = field(L, "kind", 0);
    f->result[i].at = field(L, "at", 0);
    f->refers = f->refers || (f->result[i].kind == TENSOR_AT && f->result[i].at < 0);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* fusedprogram(description) -> a program; the environment of the userdata is description.tensors, which the program
   refers to, and .finish in it. */
static int make_program(lua_State *L)
{
  bind_enter(L, "fuse", NULL, false);
  luaL_checktype(L, 1, LUA_TTABLE);
  Fused *f = lua_newuserdata(L, sizeof *f);
  memset(f, 0, sizeof *f);
  lua_pushlightuserdata(L, (void *)&class_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_setmetatable(L, -2);
  f->program = THFuse_new();
  read_inputs(L, f);
  read_steps(L, f);
  read_numbers(L, f);
  read_results(L, f);
  THFuse_end(f->program);
  lua_getfield(L, 1, "tensors");
  lua_getfield(L, -1, "finish");
  f->finish = !lua_isnil(L, -1);
  lua_pop(L, 1);
  lua_setfenv(L, 2);
  return 1;
}

/* ---- running ---- */

static double value_of(const Number *v, const double *before)
{
  const double a = before[v->a], b = before[v->b];
  switch (v->op) {
  case ADD: return a + b;
  case SUB: return a - b;
  case MUL: return a * b;
  case DIV: return a / b;
  case MOD: return a - floor(a / b) * b;
  case POW: return pow(a, b);
  default: return v->value;
  }
}

static void compute_numbers(lua_State *L, const Fused *f, double *value, THScalar *number)
{
  for (int i = 0; i < f->nnumber; i++) {
    const Number *v = &f->number[i];
    value[i] = v->op == ARGUMENT ? lua_tonumber(L, v->a) : value_of(v, value);
    number[i] = THScalar_fromDouble(value[i]);
  }
}

/* Pushes the tensor at a place; env: where the table of those is that the function refers to. */
static void push_tensor(lua_State *L, int at, int env)
{
  if (at > 0) lua_pushvalue(L, at);
  else lua_rawgeti(L, env, -at);
}

static THAnyTensor *tensor_at(lua_State *L, int at, int env)
{
  if (at > 0) return bind_totensor(L, at);
  push_tensor(L, at, env);
  THAnyTensor *t = bind_totensor(L, -1);
  lua_pop(L, 1); /* the table keeps it */
  return t;
}

static void push_result(lua_State *L, const Fused *f, const Result *result, const int *stored, const THScalar *reduced,
                        const double *number, int env)
{
  switch (result->kind) {
  case TENSOR_AT: push_tensor(L, result->at, env); return;
  case STORED: lua_pushvalue(L, stored[result->at]); return;
  case REDUCED: bind_pushscalar(L, f->reduced[result->at], reduced[result->at]); return;
  default: lua_pushnumber(L, number[result->at]);
  }
}

/* The arguments are the stack up to `nargs`; the program is on top. */
static int run_program(lua_State *L, int nargs)
{
  const Fused *f = lua_touserdata(L, -1);
  THAnyTensor *in[MAX_INPUTS], *r_[MAX_RESULTS];
  THScalar number[MAX_NUMBERS], reduced[MAX_RESULTS];
  double value[MAX_NUMBERS];
  int stored[MAX_RESULTS], env = 0;
  (void)nargs;
  if (f->refers || f->finish) {
    lua_getfenv(L, -1);
    env = lua_gettop(L);
  }
  luaL_checkstack(L, 2 * MAX_RESULTS, "results");
  value[0] = 0;
  compute_numbers(L, f, value, number);
  for (int i = 0; i < f->ninput; i++) in[i] = tensor_at(L, f->input[i], env);
  for (int i = 0; i < f->nstore; i++) {
    if (f->store[i]) {
      push_tensor(L, f->store[i], env);
      r_[i] = bind_totensor(L, -1);
    } else {
      r_[i] = bind_newtensor(L, f->stored[i]);
    }
    stored[i] = lua_gettop(L);
  }
  bind_enter(L, "fuse", NULL, false);
  THFuse_run(f->program, in, number, r_, reduced);
  if (f->finish) lua_getfield(L, env, "finish");
  for (int i = 0; i < f->nresult; i++) push_result(L, f, &f->result[i], stored, reduced, value, env);
  if (!f->finish) return f->nresult;
  const int before = lua_gettop(L) - f->nresult - 1;
  lua_call(L, f->nresult, LUA_MULTRET);
  return lua_gettop(L) - before;
}

/* What the program depends on, a byte for every argument; 0: a value that stands for another while torch.fuse records. */
static char kind_of(lua_State *L, int idx)
{
  if (lua_type(L, idx) == LUA_TNUMBER) return NUMBER;
  const THAnyTensor *t = bind_totensor(L, idx);
  if (t) return (char)(TENSOR + t->type);
  if (lua_type(L, idx) == LUA_TUSERDATA && luaL_getmetafield(L, idx, "__operation")) {
    lua_pop(L, 1);
    return 0;
  }
  bind_enter(L, "fuse", NULL, false);
  lua_pushstring(L, "argument #");
  lua_pushinteger(L, idx);
  lua_pushstring(L, ": tensor or number expected, got ");
  bind_describe(L, idx);
  lua_concat(L, 4);
  bind_where(L);
  lua_insert(L, -2);
  lua_concat(L, 2);
  lua_error(L);
  return 0;
}

/* Calls the function itself, with the n arguments. */
static int call_plain(lua_State *L, int n)
{
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  lua_call(L, n, LUA_MULTRET);
  return lua_gettop(L);
}

/* Arguments of which some are recorded: by lua/autograd/fused.lua (f, programs, kinds, arguments...). */
static int call_recorded(lua_State *L, const char *kinds, int n)
{
  int results = 0;
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushlstring(L, kinds, (size_t)n);
  for (int i = 3; i > 0; i--) lua_insert(L, 1);
  return bind_hook(L, "fused", n + 3, &results) ? results : luaL_error(L, "fuse: no recorder");
}

/* Whether the program on top refers to a tensor that is recorded. */
static bool refers_to_recorded(lua_State *L)
{
  const Fused *f = lua_touserdata(L, -1);
  bool found = false;
  if (!f->refers || !bind_state(L)->recording) return false;
  lua_getfenv(L, -1);
  for (int i = 0; i < f->ninput && !found; i++) {
    if (f->input[i] > 0) continue;
    lua_rawgeti(L, -1, -f->input[i]);
    found = bind_isrecorded(L, -1) != 0;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

/* A fused function. Upvalues: programs by kinds of arguments; the function that records one; the function itself. */
static int call_fused(lua_State *L)
{
  const int n = lua_gettop(L);
  char kinds[MAX_ARGUMENTS];
  unsigned char recorded = 0;
  if (n > MAX_ARGUMENTS) return luaL_error(L, "fuse: %d arguments, %d at most", n, MAX_ARGUMENTS);
  for (int i = 0; i < n; i++) {
    kinds[i] = kind_of(L, i + 1);
    if (!kinds[i]) return call_plain(L, n); /* another function is being recorded, and this is part of it */
    if (kinds[i] != NUMBER) recorded |= bind_isrecorded(L, i + 1);
  }
  if (recorded && bind_state(L)->recording) return call_recorded(L, kinds, n);
  lua_pushlstring(L, kinds, (size_t)n);
  lua_rawget(L, lua_upvalueindex(1));
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushlstring(L, kinds, (size_t)n);
    for (int i = 1; i <= n; i++) lua_pushvalue(L, i);
    lua_call(L, n + 1, 1);
    lua_pushlstring(L, kinds, (size_t)n);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(1));
  }
  if (refers_to_recorded(L)) {
    lua_pop(L, 1);
    return call_plain(L, n);
  }
  return run_program(L, n);
}

/* fusedfunction(record, f) */
static int make_function(lua_State *L)
{
  lua_settop(L, 2);
  lua_newtable(L);
  lua_insert(L, 1);
  lua_pushcclosure(L, call_fused, 3);
  return 1;
}

static int in_one_pass(lua_State *L)
{
  lua_pushboolean(L, THFuse_inOnePass());
  return 1;
}

/* tensortype(x) -> its THType */
static int tensor_type(lua_State *L)
{
  lua_pushinteger(L, bind_checkanytensor(L, 1)->type);
  return 1;
}

void torch_open_fuse(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"fusedprogram", make_program}, {"fusedfunction", make_function}, {"inonepass", in_one_pass}, {"tensortype", tensor_type},
    {NULL, NULL}};
  lua_pushlightuserdata(L, (void *)&class_key);
  lua_newtable(L);
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_rawset(L, LUA_REGISTRYINDEX);
  luaL_register(L, NULL, functions);
}
