#include "bind.h"
#include "luaT.h"
#include "core/THDevice.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

static void free_tensor(void *t) { THAnyTensor_free(t); }
static void free_storage(void *s) { THAnyStorage_free(s); }
static void free_generator(void *g) { THGenerator_free(g); }

const BindClass bind_tensors[TH_NALLTYPES] = {
#define X(Name, real, accreal, CODE) \
  [TH_##CODE] = {"torch." #Name "Tensor", free_tensor, BIND_KEY_TENSOR + TH_##CODE},
  TH_ALL_TYPES(X)
#undef X
#define X(Name, real, CODE) \
  [TH_##CODE | TH_DEVICE] = {"torch." #Name "Tensor", free_tensor, \
                             BIND_KEY_TENSOR + (TH_##CODE | TH_DEVICE)},
  TH_DEVICE_TYPES(X)
#undef X
};
const BindClass bind_storages[TH_NALLTYPES] = {
#define X(Name, real, accreal, CODE) \
  [TH_##CODE] = {"torch." #Name "Storage", free_storage, BIND_KEY_STORAGE + TH_##CODE},
  TH_ALL_TYPES(X)
#undef X
#define X(Name, real, CODE) \
  [TH_##CODE | TH_DEVICE] = {"torch." #Name "Storage", free_storage, \
                             BIND_KEY_STORAGE + (TH_##CODE | TH_DEVICE)},
  TH_DEVICE_TYPES(X)
#undef X
};
const BindClass bind_generator = {"torch.Generator", free_generator, BIND_KEY_GENERATOR};

/* ---- threads ---- */

/* Where the calling thread is. Errors of TH come to the handlers of the thread, which raise them in
   the Lua state whose function it runs. */
typedef struct Running {
  lua_State *L;
  const BindFrame *frame;
  bool ready; /* the thread has our handlers */
} Running;
static __thread Running running;

/* A userdata. The collector may take a step, and the finalizers of others call us meanwhile. */
static void *new_userdata(lua_State *L, size_t bytes)
{
  Running before = running;
  void *p = lua_newuserdata(L, bytes);
  running = before;
  return p;
}

/* ---- boxes ---- */

/* Pushes the metatable of a class; nil when there is none. The first object of a class of tensors or storages defines it, in
   Lua (lua/torch/classes.lua), and that calls us. */
static void push_class(lua_State *L, const BindClass *class)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, class->key);
  if (!lua_isnil(L, -1)) return;
  Running before = running;
  luaL_checkstack(L, 2, class->name);
  if (luaT_pushmetatable(L, class->name)) lua_replace(L, -2);
  running = before;
}

BindBox *bind_box(lua_State *L, const BindClass *class)
{
  BindBox *box = new_userdata(L, sizeof *box);
  *box = (BindBox){.klass = class};
  push_class(L, class);
  lua_setmetatable(L, -2);
  return box;
}

/* __gc; safe to call twice. */
static int box_gc(lua_State *L)
{
  BindBox *box = lua_touserdata(L, 1);
  if (box && lua_objlen(L, 1) == sizeof *box && box->object) {
    void *object = box->object;
    box->object = NULL;
    box->klass->free(object);
  }
  return 0;
}

void bind_pushtensor(lua_State *L, THAnyTensor *tensor)
{
  bind_box(L, &bind_tensors[tensor->type])->object = tensor;
}

void bind_pushstorage(lua_State *L, THAnyStorage *storage)
{
  if (!storage) lua_pushnil(L);
  else bind_box(L, &bind_storages[storage->type])->object = storage;
}

/* ---- the collector ----
   Lua sees a tensor as sixteen bytes. So every tensor made here also pays for the bytes that
   storages took since the last payment, in steps of the incremental collector: over an allowance of
   new bytes (what is in use after a cycle, at least ALLOWANCE) a whole cycle is done. */
enum { ALLOWANCE = 16 << 20, STEP = 1 << 20 }; /* temporaries of a cycle stay in an L3 cache */
static __thread int64_t paid; /* THAllocator_requested() at the last step of a collector */

/* true when a cycle ended. */
static bool step_collector(lua_State *L, const BindState *state, int64_t debt)
{
  if (state->cycle > 4 * state->allowance) { /* steps did not keep up */
    lua_gc(L, LUA_GCCOLLECT, 0);
    return true;
  }
  /* the heap is walked once per allowance; a step of k KB does about 2k KB of work */
  double share = (double)debt / (double)state->allowance;
  return lua_gc(L, LUA_GCSTEP, (int)(share * lua_gc(L, LUA_GCCOUNT, 0)) + 1);
}

static void pace_collector(lua_State *L)
{
  BindState *state = bind_state(L);
  int64_t debt = THAllocator_requested() - paid;
  paid += debt;
  state->cycle += debt;
  if (!state->paced) return;
  Running before = running; /* finalizers may call us */
  bool ended = step_collector(L, state, debt);
  running = before;
  if (!ended) return;
  state->allowance = THMax((int64_t)ALLOWANCE, THAllocator_stats().inUse / 2);
  if (TH_device) state->allowance = THMax(state->allowance, TH_device->allowance());
  state->cycle = 0;
}

THAnyTensor *bind_newtensor(lua_State *L, THType type)
{
  if (THAllocator_requested() - paid > STEP) pace_collector(L);
  BindBox *box = bind_box(L, &bind_tensors[type]);
  box->object = THAnyTensor_new(type);
  return box->object;
}

/* torch.setheaptracking(enabled) */
static int set_heap_tracking(lua_State *L)
{
  bind_enter(L, "setheaptracking", "enabled", false);
  if (!lua_isboolean(L, 1)) return bind_typeerror(L, 1, "boolean");
  bind_state(L)->paced = lua_toboolean(L, 1);
  return 0;
}

/* __box(address): a userdata for a C object that a package made; upvalue 1 is the class. */
static int box_object(lua_State *L)
{
  if (THAllocator_requested() - paid > STEP) pace_collector(L);
  bind_box(L, lua_touserdata(L, lua_upvalueindex(1)))->object = lua_touserdata(L, 1);
  return 1;
}

/* An allocation failed in this thread: garbage may hold what is needed. */
static void collect_garbage(void *data)
{
  (void)data;
  Running before = running;
  lua_gc(running.L, LUA_GCCOLLECT, 0);
  running = before;
}

/* ---- errors ---- */

static void take_thread(void);

void bind_run(lua_State *L, const BindFrame *frame)
{
  if (__builtin_expect(!running.ready, 0)) take_thread();
  running.L = L;
  running.frame = frame;
}

void bind_call(lua_State *L, int arguments, int results)
{
  const BindFrame *frame = running.frame;
  lua_call(L, arguments, results);
  bind_run(L, frame);
}

/* The k-th word of a frame's args, k from 1; its length, 0 when there is none. */
static int find_word(const char *args, int k, const char **word)
{
  for (; args; args = strchr(args, ' ')) {
    if (*args == ' ') args++;
    *word = args;
    if (--k == 0) return (int)strcspn(args, " ");
  }
  return 0;
}

static bool same_word(const char *args, int i, int j)
{
  const char *a = "", *b = "";
  int n = find_word(args, i, &a);
  return n == find_word(args, j, &b) && !strncmp(a, b, (size_t)n);
}

/* Whether word i of the frame's args is the first with the name of a Lua argument. */
static bool is_new(const char *args, int i)
{
  const char *word = "-";
  find_word(args, i, &word);
  for (int j = 1; j < i; j++)
    if (same_word(args, i, j)) return false;
  return *word != '-';
}

/* The Lua argument that C argument c comes from; 0: none. */
static int lua_position(const char *args, int c)
{
  const char *word = "-";
  if (!find_word(args, c, &word) || *word == '-') return 0;
  int position = 0;
  for (int i = 1; i <= c; i++) {
    position += is_new(args, i);
    if (same_word(args, i, c)) return position;
  }
  return 0;
}

/* The name of Lua argument `arg`; of those after the last, which are sizes, the last one's. */
static int find_name(const char *args, int arg, const char **name)
{
  const char *word = "-";
  int length = 0, n;
  for (int i = 1; arg > 0 && (n = find_word(args, i, &word)) > 0; i++) {
    if (!is_new(args, i)) continue;
    *name = word;
    length = n;
    arg--;
  }
  return length;
}

/* Skips "name: " where a message of TH begins with the operation's name. */
static const char *without_name(const char *msg, const char *name)
{
  const char *dot = name ? strrchr(name, '.') : NULL; /* nn.Linear */
  if (dot) name = dot + 1;
  size_t n = strspn(msg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (name && (n != strlen(name) || strncmp(msg, name, n))) return msg;
  return n && msg[n] == ':' && msg[n + 1] == ' ' ? msg + n + 2 : msg;
}

/* What follows the folder of the packages in the name of a file of theirs that are installed beside this one ("nn/x.lua"), or
   NULL for a file of the user's. */
static const char *library_file(lua_State *L, const char *source)
{
  static const char *const packages[] = {"torch/", "nn/", "optim/", "luaT/", "graph/", "nngraph/", "cutorch/", "cunn/", "trepl/", "xlua/", "sys/", "paths/", "image/",
    "gnuplot/", "plot/", "jupyter/", "autograd/", "torchdata/", "env/", "data/", "train/", "profile/", "dist/", "onnx/", "optnet/", "threads/"};
  lua_getfield(L, LUA_REGISTRYINDEX, "torch.root");
  const char *root = lua_tostring(L, -1);
  lua_pop(L, 1); /* the registry keeps it */
  if (!root || *source++ != '@' || strncmp(source, root, strlen(root))) return NULL;
  source += strlen(root);
  for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
    if (!strncmp(source, packages[i], strlen(packages[i]))) return source;
  return NULL;
}

void bind_where(lua_State *L)
{
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    if (!lua_getinfo(L, "Sl", &ar) || ar.currentline < 0 || library_file(L, ar.source)) continue;
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
    return;
  }
  luaL_where(L, 1);
}

/* Pushes "nn.Linear: " for nn/simple/Linear.lua, "optim.adam: " for optim/adam.lua, and returns true; false for files of
   another kind. */
static bool push_class_of_file(lua_State *L, const char *file)
{
  const char *name = strrchr(file, '/') + 1, *end = strstr(name, ".lua");
  bool nn = !strncmp(file, "nn/", 3), optim = !strncmp(file, "optim/", 6);
  if (!end || !(nn || optim) || (nn && !isupper((unsigned char)*name))) return false;
  lua_pushstring(L, nn ? "nn." : "optim.");
  lua_pushlstring(L, name, (size_t)(end - name));
  lua_pushstring(L, ": ");
  lua_concat(L, 3);
  return true;
}

/* The same by the class of the object whose method runs: nn.ReLU has methods of nn.Threshold. */
static bool push_class_of_self(lua_State *L, const lua_Debug *frame)
{
  const char *local = lua_getlocal(L, frame, 1);
  if (!local) return false;
  bool object = !strcmp(local, "self") && lua_istable(L, -1) && luaL_getmetafield(L, -1, "__typename");
  if (object) lua_remove(L, -2);
  if (!object || !lua_isstring(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushstring(L, ": ");
  lua_concat(L, 2);
  return true;
}

const char *bind_caller(lua_State *L, const char *operation)
{
  lua_Debug ar;
  const bool kernel = !strncmp(operation, "nn.", 3);
  bind_where(L);
  if (strchr(operation, '.') && !kernel) return operation; /* another package's function tells its name itself */
  for (int level = 1; lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar); level++) {
    const char *file = *ar.what == 'C' ? "" : library_file(L, ar.source);
    if (!file) return operation; /* called by the user */
    if (*file && ((!strncmp(file, "nn/", 3) && push_class_of_self(L, &ar)) || push_class_of_file(L, file))) {
      lua_concat(L, 2);
      return kernel ? NULL : operation;
    }
  }
  return operation;
}

static int error_where(lua_State *L) /* where() */
{
  bind_where(L);
  return 1;
}

static int describe(lua_State *L) /* describe(value): what it is, in words */
{
  bind_describe(L, 1);
  return 1;
}

static int set_root(lua_State *L) /* setroot(directory, with its slash, in which the packages are) */
{
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "torch.root");
  return 0;
}

/* Raises msg about Lua argument `arg`, 0 for none, of the running call; `nameless`: one that it does not have. */
static void arg_error(lua_State *L, int arg, bool nameless, const char *msg)
{
  const BindFrame *frame = running.frame; /* finalizers may call us from here on */
  const char *name = NULL;
  int length = nameless ? 0 : find_name(frame->args, arg, &name);
  const char *operation = bind_caller(L, frame->name);
  lua_pushfstring(L, "%s%s", operation ? operation : "", operation ? ": " : "");
  if (arg == 1 && frame->method) lua_pushstring(L, "self");
  else if (arg) lua_pushfstring(L, "argument #%d", arg - frame->method);
  else lua_pushstring(L, "");
  if (length) {
    lua_pushstring(L, " (");
    lua_pushlstring(L, name, (size_t)length);
    lua_pushstring(L, ")");
    lua_concat(L, 3);
  } else {
    lua_pushstring(L, "");
  }
  lua_pushstring(L, arg ? ": " : "");
  lua_pushstring(L, msg);
  lua_concat(L, 6);
  lua_error(L);
}

/* Raises msg in a function of another package, which has no frame: after its name. */
static void foreign_error(lua_State *L, const char *msg)
{
  lua_Debug ar;
  bool named = lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && ar.name;
  bind_where(L);
  lua_pushfstring(L, "%s%s%s", named ? ar.name : "", named ? ": " : "", msg);
  lua_concat(L, 2);
  lua_error(L);
}

static void raise_error(const char *msg, void *data)
{
  (void)data;
  if (!running.frame) foreign_error(running.L, msg);
  /* what comes from below the operations, such as the allocator, does not know its caller */
  arg_error(running.L, 0, true, without_name(msg, running.frame->name));
}

static void raise_arg_error(int argNumber, const char *msg, void *data)
{
  if (!running.frame) raise_error(msg, data);
  arg_error(running.L, lua_position(running.frame->args, argNumber), false, without_name(msg, NULL));
}

int bind_argerror(lua_State *L, int idx, const char *msg)
{
  arg_error(L, idx, false, msg);
  return 0;
}

int bind_toomany(lua_State *L, int idx)
{
  bind_describe(L, idx);
  arg_error(L, idx, true, lua_pushfstring(L, "no further argument expected, got %s", lua_tostring(L, -1)));
  return 0;
}

int bind_typeerror(lua_State *L, int idx, const char *expected)
{
  bind_describe(L, idx);
  return bind_argerror(L, idx, lua_pushfstring(L, "%s expected, got %s", expected, lua_tostring(L, -1)));
}

bool bind_tolong(lua_State *L, int idx, int64_t *v)
{
  /* what the FFI makes of it as text is the only thing that C can ask */
  if (lua_type(L, idx) != BIND_LUA_CDATA) return false;
  Running before = running; /* finalizers may call us */
  bool told = luaL_callmeta(L, idx, "__tostring");
  running = before;
  if (!told) return false;
  const char *text = lua_tostring(L, -1);
  char *end = NULL;
  errno = 0;
  *v = strtoll(text ? text : "", &end, 10);
  bool integer = text && end > text && !errno && (!strcmp(end, "LL") || !strcmp(end, "ULL"));
  lua_pop(L, 1);
  return integer;
}

bool bind_plainnumber(lua_State *L, int idx)
{
  const int64_t most = (int64_t)1 << DBL_MANT_DIG;
  int64_t v;
  if (!bind_tolong(L, idx, &v) || v < -most || v > most) return false;
  lua_pushnumber(L, (double)v);
  lua_replace(L, idx);
  return true;
}

double bind_number(lua_State *L, int idx)
{
  double v = lua_tonumber(L, idx);
  if (v == 0 && !lua_isnumber(L, idx)) {
    if (!bind_plainnumber(L, idx)) bind_typeerror(L, idx, "number");
    v = lua_tonumber(L, idx);
  }
  return v;
}

bool bind_toscalar(lua_State *L, int idx, THScalar *v)
{
  int64_t whole = 0;
  bool integer = bind_tolong(L, idx, &whole);
  *v = integer ? THScalar_fromInt(whole) : THScalar_fromDouble(lua_tonumber(L, idx));
  return integer || lua_isnumber(L, idx);
}

const char *bind_string(lua_State *L, int idx, size_t *length)
{
  if (!lua_isstring(L, idx)) bind_typeerror(L, idx, "string");
  return lua_tolstring(L, idx, length);
}

static void take_thread(void)
{
  THSetErrorHandler(raise_error, NULL);
  THSetArgErrorHandler(raise_arg_error, NULL);
  THSetGCHandler(collect_garbage, NULL);
  running.ready = true;
}

/* A Lua state that this thread ran may be gone: TH does without until the next call. */
static void leave_thread(void)
{
  if (!running.ready) return;
  THSetErrorHandler(NULL, NULL);
  THSetArgErrorHandler(NULL, NULL);
  THSetGCHandler(NULL, NULL);
  memset(&running, 0, sizeof running);
}

/* torch.updateerrorhandlers(): takes the thread back from a program that set its own handlers. A
   thread that is new to the state needs no call. */
static int update_error_handlers(lua_State *L)
{
  take_thread();
  running.L = L;
  return 0;
}

/* A function of another package runs in L: luaT told us. */
static void run_foreign(lua_State *L) { bind_run(L, NULL); }

/* ---- the Lua state ---- */

BindState *bind_state(lua_State *L)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, BIND_KEY_STATE);
  BindState *state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return state;
}

void bind_need(lua_State *L, const char *package)
{
  if (!bind_state(L)) luaL_error(L, "lib%s: load 'torch' first", package);
}

/* __gc, when the state closes. The struct outlives it: other finalizers may come later. */
static int close_state(lua_State *L)
{
  (void)L;
  leave_thread();
  return 0;
}

static void open_state(lua_State *L)
{
  BindState *state = lua_newuserdata(L, sizeof *state);
  *state = (BindState){.default_type = TH_DOUBLE, .paced = true, .allowance = ALLOWANCE};
  lua_newtable(L);
  lua_pushcfunction(L, close_state);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_rawseti(L, LUA_REGISTRYINDEX, BIND_KEY_STATE);
}

void bind_setmetatable(lua_State *L, const BindClass *class, lua_CFunction gc, lua_CFunction box)
{
  lua_pushliteral(L, "__gc");
  lua_pushcfunction(L, gc);
  lua_rawset(L, -3);
  lua_pushliteral(L, "__box");
  lua_pushlightuserdata(L, (void *)class);
  lua_pushcclosure(L, box, 1);
  lua_rawset(L, -3);
  lua_rawseti(L, LUA_REGISTRYINDEX, class->key);
}

bool bind_hasclass(lua_State *L, const BindClass *class)
{
  push_class(L, class);
  bool has = lua_istable(L, -1);
  lua_pop(L, 1);
  return has;
}

/* ---- reading arguments ---- */

/* Kind of the argument; of a tensor, which *tensor is set to, BIND_T. */
static int kind_of(lua_State *L, int idx, THAnyTensor **tensor, unsigned char *recorded)
{
  switch (lua_type(L, idx)) {
  case LUA_TNUMBER: return BIND_NUMBER;
  case LUA_TBOOLEAN: return BIND_BOOLEAN;
  case LUA_TSTRING: return BIND_STRING;
  case LUA_TTABLE: return BIND_TABLE;
  case LUA_TNIL: return BIND_NIL;
  case BIND_LUA_CDATA: return bind_plainnumber(L, idx) ? BIND_NUMBER : BIND_OTHER;
  case LUA_TUSERDATA: break;
  default: return BIND_OTHER;
  }
  if (lua_objlen(L, idx) != sizeof(BindBox)) return BIND_OTHER;
  const BindBox *box = lua_touserdata(L, idx);
  if (box->klass >= bind_tensors && box->klass < bind_tensors + TH_NALLTYPES && box->object) {
    *tensor = box->object;
    *recorded |= box->recorded;
    return BIND_T;
  }
  if (box->klass == &bind_storages[TH_LONG]) return BIND_SIZES;
  return box->klass == &bind_generator ? BIND_GENERATOR : BIND_OTHER;
}

/* Kind of a tensor in a call dispatched on `type`: the same for both sides. No form takes one of the other side. */
static int tensor_kind(THType own, THType type)
{
  if (own == type) return BIND_T;
  return THType_onDevice(own) == THType_onDevice(type) ? BIND_TENSOR + (int)THType_element(own) : BIND_OTHER;
}

/* Reads every argument once. The first tensor found sets the dispatch type; its like become BIND_T.
   False when there is no tensor. */
static bool read_arguments(lua_State *L, BindCall *call)
{
  uint64_t signature = 0;
  unsigned char recorded = 0;
  bool found = false;
  int n = THMin(call->nargs, BIND_MAXARGS);
  for (int i = 0; i < n; i++) {
    call->tensor[i] = NULL;
    int kind = kind_of(L, i + 1, &call->tensor[i], &recorded);
    if (kind == BIND_T) {
      THType own = (THType)call->tensor[i]->type;
      if (!found) call->type = own;
      found = true;
      kind = tensor_kind(own, call->type);
    }
    signature |= (uint64_t)kind << 5 * i;
  }
  call->signature = call->nargs <= BIND_MAXARGS ? signature : ~(uint64_t)0;
  call->tried = found ? 1u << call->type : 0;
  call->recorded = recorded;
  call->copy = 0;
  return found;
}

/* The signature when dispatched on another tensor's type. */
static void set_type(BindCall *call, THType type)
{
  for (int i = 0; i < call->nargs && i < BIND_MAXARGS; i++) {
    THAnyTensor *t = call->tensor[i];
    if (!t) continue;
    uint64_t kind = (uint64_t)tensor_kind((THType)t->type, type);
    call->signature = (call->signature & ~((uint64_t)31 << 5 * i)) | kind << 5 * i;
  }
  call->type = type;
  call->tried |= 1u << type;
}

static bool parse_type_name(const char *name, THType *type)
{
  for (int t = 0; t < TH_NALLTYPES; t++) {
    if (!bind_tensors[t].name || strcmp(name, bind_tensors[t].name)) continue;
    *type = (THType)t;
    return true;
  }
  return false;
}

/* For a call without tensor arguments. */
static THType dispatch_type(lua_State *L, BindCall *call)
{
  if (lua_type(L, 1) == LUA_TTABLE) {
    lua_rawgeti(L, 1, 1);
    THAnyTensor *t = bind_totensor(L, -1);
    lua_pop(L, 1);
    if (t) return t->type;
  }
  THType type = bind_state(L)->default_type;
  if (call->nargs && lua_type(L, call->nargs) == LUA_TSTRING &&
      parse_type_name(lua_tostring(L, call->nargs), &type)) {
    lua_settop(L, --call->nargs);
    call->signature &= ((uint64_t)1 << 5 * THMin(call->nargs, BIND_MAXARGS)) - 1;
  }
  return type;
}

void bind_begin(lua_State *L, BindCall *call, const BindInfo *info, bool method)
{
  call->info = info;
  call->method = method;
  call->nargs = lua_gettop(L);
  if (!read_arguments(L, call)) call->type = dispatch_type(L, call);
}

bool bind_retry(lua_State *L, BindCall *call)
{
  (void)L;
  for (int i = 0; i < call->nargs && i < BIND_MAXARGS; i++) {
    THAnyTensor *t = call->tensor[i];
    if (!t || call->tried >> t->type & 1) continue;
    set_type(call, t->type);
    return true;
  }
  return false;
}

THAnyTensor *bind_checkanytensor(lua_State *L, int idx)
{
  THAnyTensor *t = bind_totensor(L, idx);
  if (!t) bind_typeerror(L, idx, "torch.*Tensor");
  return t;
}

THAnyTensor *bind_checktensor(lua_State *L, int idx, THType type)
{
  THAnyTensor *t = bind_totensor(L, idx);
  if (!t || t->type != type) bind_typeerror(L, idx, bind_tensors[type].name);
  return t;
}

void bind_pushdefaultgenerator(lua_State *L)
{
  static const char key = 0; /* the registry keeps it alive */
  lua_pushlightuserdata(L, (void *)&key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  BindBox *box = bind_box(L, &bind_generator);
  box->object = THGenerator_new();
  lua_pushlightuserdata(L, (void *)&key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

THGenerator *bind_generator_or_default(lua_State *L, int idx)
{
  if (idx) {
    BindBox *box = bind_testbox(L, idx, &bind_generator, 1);
    if (!box) bind_typeerror(L, idx, "torch.Generator");
    return box->object;
  }
  bind_pushdefaultgenerator(L);
  BindBox *box = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return box->object;
}

int64_t bind_integer(lua_State *L, int idx)
{
  double v = bind_number(L, idx);
  if (!(v >= -9007199254740992.0 && v <= 9007199254740992.0))
    bind_argerror(L, idx, lua_pushfstring(L, "an integer below 2^53 expected, got %f", v));
  return (int64_t)v;
}

int bind_dimension(lua_State *L, int idx)
{
  int64_t d = bind_integer(L, idx);
  if (d < 1 || d > 1000) bind_argerror(L, idx, lua_pushfstring(L, "dimension %d out of range; dimensions count from 1", (int)d));
  return (int)d - 1;
}

void bind_sizes(lua_State *L, int idx, int last, BindSizes *sizes)
{
  THAnyStorage *s = bind_tostorage(L, idx);
  if (s && s->type == TH_LONG && idx == last) {
    sizes->n = (int)THMin(s->size, 1000);
    sizes->size = s->data;
    return;
  }
  sizes->n = last - idx + 1;
  sizes->size = sizes->own;
  if (sizes->n < 1 || sizes->n > BIND_MAXARGS)
    bind_argerror(L, idx, lua_pushfstring(L, "expected 1 to %d sizes, got %d", BIND_MAXARGS, sizes->n));
  for (int i = 0; i < sizes->n; i++) sizes->own[i] = bind_integer(L, idx + i);
}

/* Element i, on top of the stack, of a list of tensors of the type. */
static void bad_element(lua_State *L, int idx, int i, THType type, const THAnyTensor *got)
{
  static const char *const side[] = {"on the CPU", "on the GPU"};
  const char *name = got ? bind_tensors[got->type].name : luaL_typename(L, -1);
  int here = THType_onDevice(type) != 0;
  if (got && (THType_onDevice((THType)got->type) != 0) != here)
    bind_argerror(L, idx, lua_pushfstring(L, "element %d, a %s, lives %s, but a %s, %s, was expected: "
                                             "convert one of them",
                                          i, name, side[!here], bind_tensors[type].name, side[here]));
  bind_argerror(L, idx, lua_pushfstring(L, "element %d: %s expected, got %s", i, bind_tensors[type].name, name));
}

THAnyTensor **bind_tensorlist(lua_State *L, int idx, THType type, int *n)
{
  *n = (int)lua_objlen(L, idx);
  THAnyTensor **list = new_userdata(L, (size_t)(*n + 1) * sizeof *list);
  for (int i = 0; i < *n; i++) {
    lua_rawgeti(L, idx, i + 1);
    list[i] = bind_totensor(L, -1);
    if (!list[i] || list[i]->type != type) bad_element(L, idx, i + 1, type, list[i]);
    lua_pop(L, 1);
  }
  return list;
}

void bind_pushscalar(lua_State *L, THType type, THScalar value)
{
  lua_pushnumber(L, THType_isFloating(type) ? value.d : (double)value.i);
}

const char *bind_option(lua_State *L, int idx, const char *options)
{
  static const char letters[] = "A\0B\0C\0D\0E\0F\0G\0H\0I\0J\0K\0L\0M\0N\0O\0P\0Q\0R\0S\0T\0U\0V\0W\0X\0Y\0Z";
  const char *given = lua_tostring(L, idx);
  int c = toupper((unsigned char)(given ? given : "")[0]);
  if (!c || !strchr(options, c))
    bind_argerror(L, idx, lua_pushfstring(L, "one of the letters %s expected, got '%s'", options,
                                          given ? given : luaL_typename(L, idx)));
  return letters + 2 * (c - 'A');
}

/* ---- set-up ---- */

/* setclass(typename, metatable); nil takes it back */
static int set_class(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  const BindClass *class = NULL;
  for (int t = 0; t < TH_NALLTYPES; t++) {
    if (!bind_tensors[t].name) continue;
    if (!strcmp(bind_tensors[t].name, name)) class = &bind_tensors[t];
    if (!strcmp(bind_storages[t].name, name)) class = &bind_storages[t];
  }
  if (!strcmp(bind_generator.name, name)) class = &bind_generator;
  if (!class) return luaL_argerror(L, 1, "unknown class");
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_rawseti(L, LUA_REGISTRYINDEX, class->key);
    return 0;
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  bind_setmetatable(L, class, box_gc, box_object);
  return 0;
}

static int set_default_type(lua_State *L)
{
  if (!parse_type_name(luaL_checkstring(L, 1), &bind_state(L)->default_type))
    return luaL_error(L, "%s is not a string describing a torch object", lua_tostring(L, 1));
  return 0;
}

/* Hundreds of operations, so a set of them is one list: at 2i - 1 and 2i function and method of the operation i, or false,
   at 0 the address of what C knows of them. */
static void push_function(lua_State *L, lua_CFunction f)
{
  if (f) lua_pushcfunction(L, f);
  else lua_pushboolean(L, 0);
}

void bind_openops(lua_State *L, const BindOp *ops, const char *field)
{
  int n = 0;
  while (ops[n].info) n++;
  lua_createtable(L, 2 * n, 0);
  lua_pushlightuserdata(L, (void *)ops);
  lua_rawseti(L, -2, 0);
  for (int i = 0; i < n; i++) {
    push_function(L, ops[i].function);
    lua_rawseti(L, -2, 2 * i + 1);
    push_function(L, ops[i].method);
    lua_rawseti(L, -2, 2 * i + 2);
  }
  lua_setfield(L, -2, field);
}

static const BindOp *check_set(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_rawgeti(L, 1, 0);
  const BindOp *ops = lua_touserdata(L, -1);
  if (!ops) luaL_argerror(L, 1, "set of operations expected");
  lua_pop(L, 1);
  return ops;
}

/* function, method, mask of types, info of operation i, pushed */
static int push_op(lua_State *L, const BindInfo *info, int i)
{
  lua_rawgeti(L, 1, 2 * i + 1);
  lua_rawgeti(L, 1, 2 * i + 2);
  lua_pushinteger(L, (lua_Integer)info->types);
  lua_pushlightuserdata(L, (void *)info);
  return 4;
}

/* findop(set, name) -> function, method, mask of types, info, or nothing */
static int find_op(lua_State *L)
{
  const BindOp *ops = check_set(L);
  const char *name = luaL_checkstring(L, 2);
  for (int i = 0; ops[i].info; i++)
    if (!strcmp(ops[i].info->name, name)) return push_op(L, ops[i].info, i);
  return 0;
}

/* nextop(set, i) -> i + 1, name, function, method, mask of types, info: for i, name, ... in nextop, set, 0 */
static int next_op(lua_State *L)
{
  const BindOp *ops = check_set(L);
  int i = luaL_checkint(L, 2);
  const BindInfo *info = ops[i].info;
  if (!info) return 0;
  lua_pushinteger(L, i + 1);
  lua_pushstring(L, info->name);
  return 2 + push_op(L, info, i);
}

/* table[name] = set[at], the table at idx, unless that is false */
static void put_op(lua_State *L, int idx, const char *name, int at)
{
  lua_pushstring(L, name);
  lua_rawgeti(L, 1, at);
  if (lua_toboolean(L, -1)) lua_rawset(L, idx);
  else lua_pop(L, 2);
}

/* putops(set, methods, functions, type): what the type of that number (THType) has, into these tables */
static int put_ops(lua_State *L)
{
  const BindOp *ops = check_set(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  unsigned bit = 1u << luaL_checkint(L, 4);
  lua_settop(L, 3);
  for (int i = 0; ops[i].info; i++) {
    if (!(ops[i].info->types & bit)) continue;
    put_op(L, 3, ops[i].info->name, 2 * i + 1);
    put_op(L, 2, ops[i].info->name, 2 * i + 2);
  }
  return 0;
}

/* refuse(info, method, ...): raises the error about the arguments of a function that is written in Lua; info is that of
   nextop. */
static int refuse(lua_State *L)
{
  const BindInfo *info = lua_touserdata(L, 1);
  bool method = lua_toboolean(L, 2);
  lua_remove(L, 1);
  lua_remove(L, 1);
  return bind_refuse(L, info, method);
}

int bind_open(lua_State *L)
{
  static const luaL_Reg functions[] = {{"setclass", set_class},
                                       {"setdefaulttype", set_default_type},
                                       {"setheaptracking", set_heap_tracking},
                                       {"updateerrorhandlers", update_error_handlers},
                                       {"where", error_where},
                                       {"describe", describe},
                                       {"setroot", set_root},
                                       {"refuse", refuse},
                                       {"nextop", next_op},
                                       {"findop", find_op},
                                       {"putops", put_ops},
                                       {NULL, NULL}};
  open_state(L);
  bind_openrecord(L);
  luaT_onentry(L, run_foreign);
  luaL_register(L, NULL, functions);
  update_error_handlers(L);
  return 0;
}
