/* Nodes of recorded tensors: what an operation leaves behind for gradients. lua/autograd/core.lua runs them.

   A box that is recorded has its node as environment, so that node, tensor and graph are one piece for the collector.
   A node is a table, ORDER NODE (lua/autograd/core.lua, kit/gen/gradient.lua):
     1  function (node, g): hands the gradient g of the result on to the inputs
     2  its number; inputs have smaller ones
     3  the gradient that has come in
     4, ...  of every input its node, or false; of a table of tensors a table of these
     then what is saved, in order; then the sum of the versions of saved tensors; then, of every input, its sizes, where
     they may differ from the result's and do. */
#include "bind.h"
#include <string.h>

enum { RECORDER = BIND_KEY_RECORDED + TH_NALLTYPES, FUNCTION = 1, NUMBER, GRADIENT, FIRST };
enum { LARGE = 32768 }; /* elements, as in lua/autograd/chains.lua */

static int count(const char *slots) { return (int)strlen(slots); }

static bool is_recording(lua_State *L) { return bind_state(L)->recording; }

static BindBox *tensor_box(lua_State *L, int idx)
{
  return bind_testbox(L, idx, bind_tensors, TH_NALLTYPES);
}

/* Pushes the recorder's function of that name. */
static void push_hook(lua_State *L, const char *name)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, RECORDER);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

static void push_sizes(lua_State *L, const THAnyTensor *t)
{
  BindBox *box = bind_box(L, &bind_storages[TH_LONG]);
  THAnyStorage *s = box->object = THAnyStorage_newWithSize(TH_LONG, t->nDimension);
  if (t->nDimension) memcpy(s->data, t->size, (size_t)t->nDimension * sizeof *t->size);
}

static bool same_sizes(const THAnyTensor *a, const THAnyTensor *b)
{
  return a->nDimension == b->nDimension && (a->nDimension == 0 || !memcmp(a->size, b->size, (size_t)a->nDimension * sizeof *a->size));
}

/* ---- boxes and nodes ---- */

_Static_assert(sizeof(BindBox) == 3 * sizeof(void *), "a box is as large as without `seen`");

static uint64_t version_of(const BindBox *box)
{
  const THAnyTensor *t = box->object;
  return t->storage ? THAnyStorage_version(t->storage) : 0;
}

/* Whether something has been written to the memory of a view since it got its node; its base has the same memory. */
static bool is_stale(const BindBox *box) { return box->recorded & BIND_VIEW && (version_of(box) & (((uint64_t)1 << 56) - 1)) != box->seen; }

/* The node on top becomes that of the tensor at idx. */
static void attach(lua_State *L, int idx, unsigned char recorded)
{
  BindBox *box = lua_touserdata(L, idx);
  box->seen = version_of(box);
  lua_setfenv(L, idx);
  if (!box->recorded) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, BIND_KEY_RECORDED + ((THAnyTensor *)box->object)->type);
    if (lua_istable(L, -1)) lua_setmetatable(L, idx);
    else lua_pop(L, 1);
  }
  box->recorded = recorded;
}

static void detach(lua_State *L, int idx)
{
  BindBox *box = lua_touserdata(L, idx);
  box->recorded = 0;
  lua_pushvalue(L, LUA_GLOBALSINDEX);
  lua_setfenv(L, idx);
  lua_rawgeti(L, LUA_REGISTRYINDEX, box->klass->key);
  lua_setmetatable(L, idx);
}

/* Pushes the node of the value at idx, or false. Whose base was changed since it was made gets a new one. */
static bool push_node(lua_State *L, int idx)
{
  const BindBox *box = tensor_box(L, idx);
  if (!box || !box->recorded) {
    lua_pushboolean(L, false);
    return false;
  }
  if (is_stale(box)) {
    push_hook(L, "refresh");
    lua_pushvalue(L, idx);
    bind_call(L, 1, 0);
  }
  lua_getfenv(L, idx);
  return true;
}

/* The same for a table of tensors: a table of nodes. */
static bool push_nodes(lua_State *L, int idx)
{
  bool any = false;
  if (lua_type(L, idx) != LUA_TTABLE) return push_node(L, idx);
  int n = (int)lua_objlen(L, idx);
  lua_createtable(L, n, 0);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, idx, i);
    any |= push_node(L, lua_gettop(L));
    lua_rawseti(L, -3, i);
    lua_pop(L, 1);
  }
  if (!any) lua_pop(L, 1), lua_pushboolean(L, false);
  return any;
}

unsigned char bind_listrecorded(lua_State *L, int idx)
{
  unsigned char recorded = 0;
  int n = (int)lua_objlen(L, idx);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, idx, i);
    recorded |= bind_isrecorded(L, -1);
    lua_pop(L, 1);
  }
  return recorded;
}

/* ---- before a call ---- */

static void refuse_missing(lua_State *L, const BindRule *rule)
{
  if (rule->id < 0)
    bind_argerror(L, 0, "no derivative of this operation is known: call it within torch.noGrad, or on x:detach(), or write a torch.Function");
}

void bind_before(lua_State *L, BindCall *call, const BindRule *rule, const short *at)
{
  if (!is_recording(L)) return;
  refuse_missing(L, rule);
  for (const char *slot = rule->results; *slot; slot++) {
    int r = at[*slot - 1];
    BindBox *box = r ? tensor_box(L, r) : NULL;
    if (!box) continue;
    if (box->recorded & BIND_LEAF)
      bind_argerror(L, r, "the tensor wants gradients (requiresGrad) and cannot be overwritten while operations are recorded: "
                          "write within torch.noGrad, or on a copy");
    for (const char *s = rule->saved; *s && !call->copy; s++) {
      int x = *s & BIND_ONLY_SIZES ? 0 : at[(*s & (BIND_ONLY_SIZES - 1)) - 1];
      BindBox *saved = x ? tensor_box(L, x) : NULL;
      if (!saved || saved->object != box->object || strchr(rule->results, *s)) continue;
      THAnyTensor *copy = bind_newtensor(L, ((THAnyTensor *)box->object)->type);
      THAnyTensor_resizeAs(copy, box->object);
      THAnyTensor_copy(copy, box->object);
      call->copy = lua_gettop(L);
      if (saved->recorded && push_node(L, x)) attach(L, call->copy, BIND_RECORDED);
    }
  }
}

/* ---- after it ---- */

/* Pushes what is saved of the argument at x, of which a copy may have been made; its version is added. */
static void push_saved(lua_State *L, const BindCall *call, int x, bool sizes, bool is_result, uint64_t *version)
{
  BindBox *box = x ? tensor_box(L, x) : NULL;
  if (!x) {
    lua_pushnil(L);
  } else if (sizes && lua_type(L, x) == LUA_TTABLE) {
    int n = (int)lua_objlen(L, x);
    lua_createtable(L, n, 0);
    for (int i = 1; i <= n; i++) {
      lua_rawgeti(L, x, i);
      push_sizes(L, tensor_box(L, -1)->object);
      lua_rawseti(L, -3, i);
      lua_pop(L, 1);
    }
  } else if (sizes) {
    push_sizes(L, box->object);
  } else if (box) {
    const BindBox *copied = call->copy ? lua_touserdata(L, 1) : NULL;
    if (copied && !is_result && copied->object == box->object) x = call->copy;
    THAnyTensor *t = ((BindBox *)lua_touserdata(L, x))->object;
    if (t->storage) *version += THAnyStorage_version(t->storage);
    lua_pushvalue(L, x);
  } else {
    lua_pushvalue(L, x);
  }
}

/* Pushes the table of functions by number that a rule is in. */
static void push_rules(lua_State *L, const char *package)
{
  if (package) {
    push_hook(L, "rules_of");
    lua_pushstring(L, package);
    bind_call(L, 1, 1);
  } else {
    lua_rawgeti(L, LUA_REGISTRYINDEX, RECORDER);
  }
}

/* Sets the function and the number of the node at idx. */
static void begin_node(lua_State *L, int node, int id, const char *package)
{
  BindState *state = bind_state(L);
  push_rules(L, package);
  lua_rawgeti(L, -1, id);
  lua_rawseti(L, node, FUNCTION);
  lua_pop(L, 1);
  lua_pushnumber(L, ++state->sequence);
  lua_rawseti(L, node, NUMBER);
  if (state->anomaly) {
    bind_where(L);
    lua_setfield(L, node, "where");
  }
}

/* Which inputs are recorded: bit k of the k-th. */
static unsigned fill_inputs(lua_State *L, int node, const BindRule *rule, const short *at)
{
  unsigned recorded = 0;
  for (int k = 0; rule->inputs[k]; k++) {
    int x = at[rule->inputs[k] - 1];
    if (!x) lua_pushboolean(L, false);
    else if (push_nodes(L, x)) recorded |= 1u << k;
    lua_rawseti(L, node, FIRST + k);
  }
  return recorded;
}

/* `inputs`: those that are recorded; what only others need is not kept. */
static void fill_saved(lua_State *L, int node, const BindCall *call, const BindRule *rule, const short *at, unsigned inputs)
{
  uint64_t version = 0;
  int k = FIRST + count(rule->inputs);
  for (int i = 0; rule->saved[i]; i++, k++) {
    char slot = (char)(rule->saved[i] & (BIND_ONLY_SIZES - 1));
    if (!((unsigned char)rule->needs[i] & inputs)) continue;
    push_saved(L, call, at[slot - 1], rule->saved[i] & BIND_ONLY_SIZES, strchr(rule->results, slot) != NULL, &version);
    lua_rawseti(L, node, k);
  }
  if (k > FIRST + count(rule->inputs)) {
    lua_pushnumber(L, (double)version);
    lua_rawseti(L, node, k);
  }
}

static void fill_sizes(lua_State *L, int node, const BindRule *rule, const short *at, const THAnyTensor *result)
{
  int k = FIRST + count(rule->inputs) + count(rule->saved) + (*rule->saved != 0);
  for (int i = 0; rule->inputs[i]; i++, k++) {
    int x = at[rule->inputs[i] - 1];
    BindBox *box = x && rule->fit >> i & 1 ? tensor_box(L, x) : NULL;
    if (!box || same_sizes(box->object, result)) continue;
    push_sizes(L, box->object);
    lua_rawseti(L, node, k);
  }
}

/* The node at `node` becomes that of the result at r. What others see of its memory is the recorder's business. */
static void give_node(lua_State *L, int node, int r, bool was_given, const char *name)
{
  const BindBox *box = lua_touserdata(L, r);
  const THAnyTensor *t = box->object;
  bool shared = was_given && !box->recorded && t->storage && t->storage->refcount > 1;
  if (THAnyTensor_nElement(t) >= LARGE) bind_state(L)->large = true;
  if (!shared && !(box->recorded & BIND_VIEW)) {
    lua_pushvalue(L, node);
    attach(L, r, BIND_RECORDED);
    return;
  }
  push_hook(L, "written");
  lua_pushvalue(L, r);
  lua_pushvalue(L, node);
  lua_pushstring(L, name);
  bind_call(L, 3, 0);
}

/* What a call that has no derivative wrote has none either. */
static void forget_results(lua_State *L, const BindCall *call, const BindRule *rule, const short *at)
{
  for (const char *slot = rule->results; *slot; slot++) {
    const BindBox *box = at[*slot - 1] ? tensor_box(L, at[*slot - 1]) : NULL;
    if (!box || !box->recorded) continue;
    if (box->recorded & BIND_VIEW) {
      lua_pushboolean(L, false);
      give_node(L, lua_gettop(L), at[*slot - 1], true, call->info->name);
      lua_pop(L, 1);
    } else {
      detach(L, at[*slot - 1]);
    }
  }
}

/* The result at r, just made, is a view of the tensor at x. */
static void give_view(lua_State *L, int node, int r, int x)
{
  const BindBox *base = lua_touserdata(L, x);
  const THAnyTensor *t = base->object;
  lua_pushvalue(L, x);
  lua_setfield(L, node, "base");
  lua_pushnumber(L, t->storage ? (double)THAnyStorage_version(t->storage) : 0);
  lua_setfield(L, node, "version");
  lua_pushvalue(L, node);
  attach(L, r, (unsigned char)(BIND_RECORDED | BIND_VIEW | (base->recorded & BIND_LEAF)));
}

/* Several results: each has a node of its own, which hands its gradient to the k-th place of a table. */
static void give_nodes(lua_State *L, int node, const BindCall *call, const BindRule *rule, const short *at)
{
  for (int k = 0; rule->results[k]; k++) {
    lua_createtable(L, FIRST + 1, 0);
    int child = lua_gettop(L);
    begin_node(L, child, 0, NULL);
    lua_pushvalue(L, node);
    lua_rawseti(L, child, FIRST);
    lua_pushinteger(L, k + 1);
    lua_rawseti(L, child, FIRST + 1);
    int r = at[rule->results[k] - 1];
    give_node(L, child, r, r <= call->nargs, call->info->name);
    lua_pop(L, 1);
  }
}

/* A node for a call by that rule, on top; its place. */
static int new_node(lua_State *L, const BindRule *rule)
{
  luaL_checkstack(L, 12, "record");
  lua_createtable(L, FIRST + 2 * count(rule->inputs) + count(rule->saved), rule->view ? 2 : 0);
  return lua_gettop(L);
}

/* Whether the first input is a tensor without elements. */
static bool is_empty(lua_State *L, const BindRule *rule, const short *at)
{
  const BindBox *box = *rule->inputs ? tensor_box(L, at[*rule->inputs - 1]) : NULL;
  return box && ((THAnyTensor *)box->object)->nDimension == 0;
}

/* Makes the node of a call whose result is at `result`, or whose results `at` names. */
static void record(lua_State *L, const BindCall *call, const BindRule *rule, const short *at, int result)
{
  const int node = new_node(L, rule);
  const unsigned inputs = fill_inputs(L, node, rule, at);
  if (!inputs) {
    forget_results(L, call, rule, at);
  } else {
    begin_node(L, node, rule->id, rule->package);
    fill_saved(L, node, call, rule, at, inputs);
    if (rule->fit) fill_sizes(L, node, rule, at, ((BindBox *)lua_touserdata(L, result))->object);
    if (rule->view) give_view(L, node, result, at[*rule->inputs - 1]);
    else if (count(rule->results) > 1) give_nodes(L, node, call, rule, at);
    else give_node(L, node, result, result <= call->nargs, call->info->name);
  }
  lua_pop(L, 1);
}

int bind_record(lua_State *L, const BindCall *call, const BindRule *rule, const short *at, int nresults)
{
  if (!is_recording(L)) return nresults;
  refuse_missing(L, rule);
  if (*rule->inputs) record(L, call, rule, at, at[*rule->results - 1]);
  else forget_results(L, call, rule, at);
  return nresults;
}

void bind_record_view(lua_State *L, const BindRule *rule, int idx, const short *at)
{
  static const BindCall no_call;
  if (!is_recording(L)) return;
  const int view = lua_gettop(L), node = new_node(L, rule);
  const unsigned inputs = fill_inputs(L, node, rule, at);
  begin_node(L, node, rule->id, rule->package);
  fill_saved(L, node, &no_call, rule, at, inputs);
  give_view(L, node, view, idx);
  lua_settop(L, view);
}

int bind_record_number(lua_State *L, const BindCall *call, const BindRule *rule, const short *at, THScalar value)
{
  const bool on = is_recording(L);
  if (on) refuse_missing(L, rule);
  if (!*rule->inputs || !on) {
    bind_pushscalar(L, call->type, value);
    return 1;
  }
  const int64_t one = 1;
  THAnyTensor *r = bind_newtensor(L, call->type);
  THAnyTensor_resizeNd(r, 1, &one, NULL);
  THAnyTensor_fill(r, value);
  short places[BIND_MAXARGS + 1];
  const int last = *rule->results - 1;
  memcpy(places, at, (size_t)last * sizeof *at);
  places[last] = (short)lua_gettop(L);
  record(L, call, rule, places, places[last]);
  if (is_empty(L, rule, at) && bind_isrecorded(L, places[last])) {
    lua_getfenv(L, places[last]);
    push_hook(L, "of_nothing"); /* what most rules would compute has elements */
    lua_rawseti(L, -2, FUNCTION);
    lua_pop(L, 1);
  }
  BindBox *box = lua_touserdata(L, places[last]);
  if (box->recorded) box->recorded |= BIND_ELEMENT;
  return 1;
}

/* ---- functions written by hand ---- */

bool bind_hook(lua_State *L, const char *name, int n, int *results)
{
  int top = lua_gettop(L);
  push_hook(L, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  luaL_checkstack(L, n + 1, name);
  for (int i = top - n + 1; i <= top; i++) lua_pushvalue(L, i);
  bind_call(L, n, LUA_MULTRET);
  *results = lua_gettop(L) - top;
  return true;
}

bool bind_detour(lua_State *L, const char *name, int *results)
{
  if (!(bind_isrecorded(L, 1) | bind_isrecorded(L, 2)) || !is_recording(L)) return false;
  return bind_hook(L, name, lua_gettop(L), results);
}

bool bind_recorded_number(lua_State *L, const BindCall *call, int *results)
{
  if (!is_recording(L)) return false;
  int n = lua_gettop(L);
  push_hook(L, "number");
  lua_pushstring(L, call->info->name);
  lua_pushboolean(L, call->method);
  for (int i = 1; i <= n; i++) lua_pushvalue(L, i);
  bind_call(L, n + 2, LUA_MULTRET);
  *results = lua_gettop(L) - n;
  return *results > 0;
}

void bind_refuse_recorded(lua_State *L, int idx)
{
  if (!is_recording(L)) return;
  bind_argerror(L, idx, "the tensor is recorded, and what a kernel computes of it would not be: call it within torch.noGrad or on x:detach(), "
                        "from the forward of a torch.Function where it has a derivative");
}

/* ---- for lua/autograd ---- */

/* recorder(table): from now on its functions are called: [id] of rules, [0] of one of several results, and by name. */
static int set_recorder(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_rawseti(L, LUA_REGISTRYINDEX, RECORDER);
  return 0;
}

/* recordedclass(type, metatable): of recorded tensors of that THType */
static int set_class(lua_State *L)
{
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_rawseti(L, LUA_REGISTRYINDEX, BIND_KEY_RECORDED + luaL_checkint(L, 1));
  return 0;
}

/* recording([on]) -> what it was */
static int recording(lua_State *L)
{
  BindState *state = bind_state(L);
  bool before = state->recording;
  if (!lua_isnoneornil(L, 1)) state->recording = lua_toboolean(L, 1);
  lua_pushboolean(L, before);
  return 1;
}

/* anomaly([on]) -> what it was */
static int anomaly(lua_State *L)
{
  BindState *state = bind_state(L);
  bool before = state->anomaly;
  if (!lua_isnoneornil(L, 1)) state->anomaly = lua_toboolean(L, 1);
  lua_pushboolean(L, before);
  return 1;
}

/* alias(x) -> a tensor on the same memory that is not recorded; what stands for one while torch.fuse records, itself */
static int alias(lua_State *L)
{
  BindBox *box = tensor_box(L, 1);
  if (!box && lua_type(L, 1) == LUA_TUSERDATA && luaL_getmetafield(L, 1, "__operation")) {
    lua_settop(L, 1);
    return 1;
  }
  if (!box) return bind_typeerror(L, 1, "torch.*Tensor");
  THAnyTensor_set(bind_newtensor(L, ((THAnyTensor *)box->object)->type), box->object);
  return 1;
}

/* newnumber() -> the number of the next node */
static int new_number(lua_State *L)
{
  lua_pushnumber(L, ++bind_state(L)->sequence);
  return 1;
}

/* recorded(x) -> BIND_RECORDED and so on together; 0 for anything else */
static int is_recorded(lua_State *L)
{
  lua_pushinteger(L, bind_isrecorded(L, 1));
  return 1;
}

/* node(x) -> its node, brought up to date, or false */
static int get_node(lua_State *L)
{
  push_node(L, 1);
  return 1;
}

/* oldnode(x) -> its node as it is, or false */
static int get_old_node(lua_State *L)
{
  if (bind_isrecorded(L, 1)) lua_getfenv(L, 1);
  else lua_pushboolean(L, false);
  return 1;
}

/* setnode(x, node, recorded) -> x; a node of false: x is recorded no more */
static int set_node(lua_State *L)
{
  if (!tensor_box(L, 1)) return luaL_argerror(L, 1, "tensor expected");
  if (lua_toboolean(L, 2)) {
    lua_pushvalue(L, 2);
    attach(L, 1, (unsigned char)luaL_checkint(L, 3));
  } else {
    detach(L, 1);
  }
  lua_settop(L, 1);
  return 1;
}

/* saved(node, first, n, keep) -> what is saved from `first` on, after a look at the versions; unless keep, the node forgets it. */
static int get_saved(lua_State *L)
{
  int first = (int)lua_tointeger(L, 2), n = (int)lua_tointeger(L, 3);
  bool keep = lua_toboolean(L, 4);
  uint64_t version = 0;
  lua_rawgeti(L, 1, first + n);
  double expected = lua_tonumber(L, -1);
  bool freed = lua_isnil(L, -1);
  lua_settop(L, 1);
  luaL_checkstack(L, n + 4, "saved");
  for (int i = 0; i < n && !freed; i++) {
    lua_rawgeti(L, 1, first + i);
    BindBox *box = tensor_box(L, -1);
    THAnyTensor *t = box ? box->object : NULL;
    if (t && t->storage) version += THAnyStorage_version(t->storage);
  }
  if (freed || (double)version != expected) {
    push_hook(L, freed ? "freed" : "changed");
    lua_pushvalue(L, 1);
    lua_pushinteger(L, first);
    lua_pushinteger(L, n);
    lua_call(L, 3, 0);
  }
  if (!keep)
    for (int i = 0; i <= n; i++) {
      lua_pushnil(L);
      lua_rawseti(L, 1, first + i);
    }
  return n;
}

/* largerecorded() -> whether a result of LARGE elements ever got a node: chains of rules are looked for then (lua/autograd/chains.lua) */
static int large_recorded(lua_State *L)
{
  lua_pushboolean(L, bind_state(L)->large);
  return 1;
}

/* version(x) -> of its memory, and the number of the operation that wrote last */
static int get_version(lua_State *L)
{
  BindBox *box = tensor_box(L, 1);
  THAnyTensor *t = box ? box->object : NULL;
  uint64_t version = t && t->storage ? THAnyStorage_version(t->storage) : 0;
  lua_pushnumber(L, (double)version);
  lua_pushinteger(L, (lua_Integer)(version % TH_STORAGE_WRITERS));
  return 2;
}

/* touch(x): its memory has changed */
static int touch(lua_State *L)
{
  BindBox *box = tensor_box(L, 1);
  if (box) THAnyStorage_touch(((THAnyTensor *)box->object)->storage, 0);
  return 0;
}

/* shares(x) -> how many tensors and others hold its storage */
static int shares(lua_State *L)
{
  BindBox *box = tensor_box(L, 1);
  THAnyTensor *t = box ? box->object : NULL;
  lua_pushinteger(L, t && t->storage ? t->storage->refcount : 0);
  return 1;
}

static int64_t product(int n, const int64_t *size)
{
  int64_t p = n > 0;
  for (int d = 0; d < n; d++) p *= size[d];
  return p;
}

/* repeated(x, sizes) -> how x differs from a tensor of those sizes that it is a broadcast of: 0 in nothing, a dimension that is to be
   summed, -1 in the form alone, -2 in having fewer elements. */
static int get_repeated(lua_State *L)
{
  const BindBox *box = tensor_box(L, 1);
  const THAnyStorage *sizes = bind_tostorage(L, 2);
  luaL_argcheck(L, box, 1, "tensor expected");
  luaL_argcheck(L, sizes && sizes->type == TH_LONG, 2, "torch.LongStorage expected");
  const THAnyTensor *x = box->object;
  const int n = (int)sizes->size, extra = x->nDimension - n;
  const int64_t *size = sizes->data, have = product(x->nDimension, x->size), wanted = product(n, size);
  int d = -1;
  if (x->nDimension == n && (n == 0 || !memcmp(x->size, size, (size_t)n * sizeof *size))) d = 0;
  else if (have < wanted) d = -2;
  for (int k = 0; d == -1 && have > wanted && k < x->nDimension; k++)
    if (x->size[k] > 1 && (k < extra || size[k - extra] == 1)) d = k + 1;
  lua_pushinteger(L, d);
  return 1;
}

int bind_openrecord(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"recorder", set_recorder}, {"recordedclass", set_class}, {"recording", recording}, {"anomaly", anomaly}, {"newnumber", new_number}, {"alias", alias},
    {"recorded", is_recorded},  {"node", get_node},           {"oldnode", get_old_node}, {"setnode", set_node}, {"saved", get_saved},
    {"largerecorded", large_recorded}, {"version", get_version},   {"touch", touch},             {"shares", shares},
    {"repeated", get_repeated}, {NULL, NULL}};
  luaL_register(L, NULL, functions);
  return 0;
}
