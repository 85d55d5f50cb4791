/* What is said of a call that no form of an operation accepts: which argument of the nearest form is wrong, and
   every form. The nearest form is the one with the fewest wrong, missing and superfluous arguments; of several the one
   that is right for longest. */
#include "bind.h"
#include <stdio.h>
#include <string.h>

/* ---- values and kinds in words ---- */

/* __typename of the value's metatable, pushed: tables and userdata of a class. */
static bool push_class(lua_State *L, int idx)
{
  if (!lua_getmetatable(L, idx)) return false;
  lua_getfield(L, -1, "__typename");
  lua_remove(L, -2);
  if (lua_isstring(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

void bind_describe(lua_State *L, int idx)
{
  THAnyTensor *t = bind_totensor(L, idx);
  THAnyStorage *s = bind_tostorage(L, idx);
  int type = lua_type(L, idx);
  int64_t whole;
  char text[120];
  if (t) {
    snprintf(text, sizeof text, "%s %s", bind_tensors[t->type].name,
             t->nDimension ? THAnyTensor_sizeDesc(t).str : "without elements");
  } else if (s) {
    snprintf(text, sizeof text, "%s of size %lld", bind_storages[s->type].name, (long long)s->size);
  } else if (type == LUA_TNUMBER) {
    snprintf(text, sizeof text, "number %.14g", lua_tonumber(L, idx));
  } else if (type == LUA_TSTRING) {
    snprintf(text, sizeof text, strlen(lua_tostring(L, idx)) > 40 ? "string '%.40s...'" : "string '%s'", lua_tostring(L, idx));
  } else if (type == LUA_TNONE) {
    strcpy(text, "nothing");
  } else if (bind_tolong(L, idx, &whole)) {
    snprintf(text, sizeof text, "integer %lld, too large for a number", (long long)whole);
  } else if ((type == LUA_TTABLE || type == LUA_TUSERDATA) && push_class(L, idx)) {
    return;
  } else {
    strcpy(text, luaL_typename(L, idx));
  }
  lua_pushstring(L, text);
}

/* Adds a word to a list "a, b or c" unless it is in it. */
typedef struct Words {
  int n;
  const char *word[8];
} Words;

static void add_word(Words *words, const char *word)
{
  for (int i = 0; i < words->n; i++)
    if (!strcmp(words->word[i], word)) return;
  if (words->n < 8) words->word[words->n++] = word;
}

static void push_words(lua_State *L, const Words *words)
{
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int i = 0; i < words->n; i++) {
    if (i) luaL_addstring(&b, i == words->n - 1 ? " or " : ", ");
    luaL_addstring(&b, words->word[i]);
  }
  luaL_pushresult(&b);
}

/* ---- reading a call by a form ---- */

enum { FITS, OTHER_TYPE, WRONG, ALTERNATIVES = 8 };

typedef struct Search {
  lua_State *L;
  int nargs;
  bool typed; /* some argument is a tensor: the type below is not just the default */
  THType type;
  /* of the nearest so far */
  int cost, at;
  THType best_type;
  int n;
  const BindArg *expected[ALTERNATIVES]; /* at that place; NULL: one argument too many */
} Search;

/* The tensor type that an argument wants in a call dispatched on `type`. */
static bool wanted_type(const BindArg *arg, THType type, THType *wanted)
{
  if (arg->kind == BIND_T) *wanted = type;
  else if (arg->kind == BIND_MASK) *wanted = THType_beside(TH_BYTE, type);
  else if (arg->kind >= BIND_TENSOR && arg->kind < BIND_TENSOR + TH_NTYPES)
    *wanted = THType_beside((THType)(arg->kind - BIND_TENSOR), type);
  else return false;
  return true;
}

static int misfit(const Search *s, int idx, const BindArg *arg)
{
  lua_State *L = s->L;
  int type = lua_type(L, idx);
  THAnyTensor *t = bind_totensor(L, idx);
  THAnyStorage *storage = bind_tostorage(L, idx);
  THType wanted;
  if (arg->kind == BIND_MASK && t && bind_ismask(t, s->type)) return FITS;
  if (wanted_type(arg, s->type, &wanted)) return !t ? WRONG : t->type == wanted ? FITS : OTHER_TYPE;
  bool fits = false;
  switch (arg->kind) {
  case BIND_NUMBER: fits = type == LUA_TNUMBER; break;
  case BIND_BOOLEAN: fits = type == LUA_TBOOLEAN; break;
  case BIND_STRING: fits = type == LUA_TSTRING; break;
  case BIND_TABLE: fits = type == LUA_TTABLE; break;
  case BIND_FUNCTION: fits = type == LUA_TFUNCTION; break;
  case BIND_GENERATOR: fits = bind_testbox(L, idx, &bind_generator, 1) != NULL; break;
  case BIND_SIZES: fits = storage && storage->type == TH_LONG; break;
  case BIND_STORAGE: fits = storage != NULL; break;
  case BIND_ANYTENSOR: fits = t != NULL; break;
  default: fits = true;
  }
  return fits ? FITS : WRONG;
}

/* A reading has come to its end: the nearest is kept, with the alternatives that are as near. */
static void offer(Search *s, int cost, int at, const BindArg *expected)
{
  if (cost > s->cost) return;
  if (cost == s->cost) {
    if (at < s->at || (at == s->at && s->type != s->best_type)) return;
    bool named = s->n && s->expected[0];
    if (at == s->at && named && !expected) return;
    if (at != s->at || !named) s->n = 0;
  } else {
    s->n = 0;
  }
  s->cost = cost;
  s->at = at;
  s->best_type = s->type;
  if (s->n < ALTERNATIVES) s->expected[s->n++] = expected;
}

/* Sizes from idx to the end. */
static int misfit_dims(const Search *s, int idx, int *at)
{
  THAnyStorage *storage = bind_tostorage(s->L, idx);
  if (storage && storage->type == TH_LONG && idx == s->nargs) return FITS;
  int cost = idx > s->nargs ? WRONG : FITS;
  if (cost && !*at) *at = idx;
  for (int i = idx; i <= s->nargs; i++) {
    if (lua_type(s->L, i) == LUA_TNUMBER) continue;
    cost += WRONG;
    if (!*at) *at = i;
  }
  return cost;
}

/* Every way to read the arguments from idx on by those of a form. cost, at, expected: of what came before. */
static void read_form(Search *s, const BindArg *arg, int idx, int cost, int at, const BindArg *expected)
{
  if (!arg->name) {
    int extra = s->nargs - (idx - 1);
    if (extra > 0 && !at) at = idx;
    offer(s, cost + (extra > 0 ? extra * WRONG : 0), at, expected);
    return;
  }
  if (arg->optional) read_form(s, arg + 1, idx, cost, at, expected);
  int before = at;
  if (arg->kind == BIND_REST) {
    offer(s, cost, at, expected);
    return;
  }
  if (arg->kind == BIND_DIMS) {
    cost += misfit_dims(s, idx, &at);
    offer(s, cost, at, before ? expected : arg);
    return;
  }
  int wrong = idx > s->nargs ? WRONG : misfit(s, idx, arg);
  if (wrong && !at) at = idx;
  read_form(s, arg + 1, idx + 1, cost + wrong, at, before || !wrong ? expected : arg);
}

static void search_type(Search *s, const BindForm *forms, THType type, int against_self)
{
  s->type = type;
  for (const BindForm *form = forms; form && form->usage; form++) read_form(s, form->args, 1, against_self, 0, NULL);
}

/* By the type of every tensor argument that has the operation, the first being the likeliest; where none has, by one
   that has it. */
static void search(Search *s, const BindCall *call)
{
  const BindForm *forms = call->method ? call->info->methods : call->info->functions;
  unsigned types = call->info->types, tried = 0;
  for (int i = 1; i <= s->nargs; i++) {
    THAnyTensor *t = bind_totensor(s->L, i);
    if (!t || tried >> t->type & 1 || !(types >> t->type & 1)) continue;
    tried |= 1u << t->type;
    s->typed = true;
    search_type(s, forms, (THType)t->type, call->method && i > 1);
  }
  if (tried) return;
  THType type = types >> call->type & 1 ? call->type : bind_state(s->L)->default_type;
  if (!(types >> type & 1))
    for (type = TH_BYTE; !(types >> type & 1); type++) {}
  search_type(s, forms, type, 0);
}

/* ---- the message ---- */

/* "x:float()": what makes a tensor of the argument's one of that type. */
static void add_conversion(luaL_Buffer *b, const char *name, THType wanted, const THAnyTensor *got)
{
  char text[160];
  if (THType_onDevice(wanted) != THType_onDevice((THType)got->type)) {
    snprintf(text, sizeof text, "; it lives on the %s, the others on the %s: convert one of them",
             THType_onDevice(wanted) ? "CPU" : "GPU", THType_onDevice(wanted) ? "GPU" : "CPU");
  } else {
    if (THType_onDevice(wanted)) snprintf(text, sizeof text, "; %s:type('%s') converts it", name, bind_tensors[wanted].name);
    else snprintf(text, sizeof text, "; %s:%s() converts it", name, THType_method(wanted).str);
  }
  luaL_addstring(b, text);
}

/* The types of tensors must be equal, and are not. */
static void add_types(lua_State *L, luaL_Buffer *b, const Search *s)
{
  const THAnyTensor *got = s->at <= s->nargs ? bind_totensor(L, s->at) : NULL;
  for (int i = 0; got && i < s->n; i++) {
    THType wanted;
    if (!s->expected[i] || !wanted_type(s->expected[i], s->best_type, &wanted) || got->type == wanted) continue;
    if (s->expected[i]->kind == BIND_T && s->typed) luaL_addstring(b, "; the types of tensors must be equal");
    add_conversion(b, s->expected[i]->name, wanted, got);
    return;
  }
}

static void push_culprit(lua_State *L, const Search *s, bool method)
{
  Words names = {0}, kinds = {0};
  for (int i = 0; i < s->n; i++) {
    const BindArg *arg = s->expected[i];
    THType wanted;
    if (!arg) continue;
    add_word(&names, arg->name);
    add_word(&kinds, s->typed && wanted_type(arg, s->best_type, &wanted) ? bind_tensors[wanted].name : arg->expected);
  }
  luaL_Buffer b;
  if (s->at > s->nargs) lua_pushstring(L, "nothing");
  else bind_describe(L, s->at);
  if (method && s->at == 1) lua_pushstring(L, "self");
  else lua_pushfstring(L, "argument #%d", s->at - method);
  if (names.n) {
    push_words(L, &names);
    push_words(L, &kinds);
  } else {
    lua_pushnil(L);
    lua_pushstring(L, "no further argument");
  }
  int top = lua_gettop(L);
  luaL_buffinit(L, &b);
  lua_pushfstring(L, names.n ? "%s (%s): %s expected, got %s" : "%s: %s%s expected, got %s", lua_tostring(L, top - 2),
                  names.n ? lua_tostring(L, top - 1) : "", lua_tostring(L, top), lua_tostring(L, top - 3));
  luaL_addvalue(&b);
  add_types(L, &b, s);
  if (method && s->at == 1 && !bind_totensor(L, 1)) luaL_addstring(&b, ": methods are called with a colon");
  luaL_pushresult(&b);
}

static void add_forms(luaL_Buffer *b, const BindForm *form)
{
  for (; form && form->usage; form++) {
    luaL_addstring(b, "\n   ");
    luaL_addstring(b, form->usage);
  }
}

/* The culprit is a tensor of a type for which there is no such operation. */
static bool lacks_operation(lua_State *L, const BindCall *call, const Search *s)
{
  const THAnyTensor *t = s->at > 0 && s->at <= s->nargs ? bind_totensor(L, s->at) : NULL;
  return t && s->n && s->expected[0] && s->expected[0]->kind == BIND_T && !(call->info->types >> t->type & 1);
}

/* Pushes ": torch.FloatTensor and torch.DoubleTensor do": the types that have the operation, on the side of `type` if any
   is there. */
static void push_types(lua_State *L, const BindInfo *info, THType type)
{
  unsigned side = THType_onDevice(type) ? ~(unsigned)0 << TH_DEVICE : (1u << TH_DEVICE) - 1;
  unsigned types = info->types & side ? info->types & side : info->types;
  for (int t = 0; t < TH_NALLTYPES; t++)
    if (!bind_tensors[t].name) types &= ~(1u << t); /* GPUs lack some */
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int t = 0, n = 0; t < TH_NALLTYPES; t++) {
    if (!(types >> t & 1)) continue;
    bool last = !(types >> t >> 1);
    luaL_addstring(&b, !n++ ? ": " : last ? " and " : ", ");
    luaL_addstring(&b, bind_tensors[t].name);
    if (last) luaL_addstring(&b, n > 1 ? " do" : " does");
  }
  luaL_pushresult(&b);
}

/* What is wrong, after the name of the operation, pushed. */
static void push_reason(lua_State *L, const BindCall *call, const Search *s)
{
  bool lacks = lacks_operation(L, call, s), fits = s->cost == 0 || !s->n;
  if (!lacks && !fits) {
    push_culprit(L, s, call->method);
    return;
  }
  THType type = lacks ? (THType)bind_totensor(L, s->at)->type : call->type;
  if (lacks && s->at > call->method) lua_pushfstring(L, "argument #%d (%s): ", s->at - call->method, s->expected[0]->name);
  else if (lacks) lua_pushfstring(L, "self (%s): ", s->expected[0]->name);
  else lua_pushstring(L, "");
  if (lacks || !(call->info->types >> type & 1)) {
    lua_pushfstring(L, "%s does not implement the torch.%s() function", bind_tensors[type].name, call->info->name);
    push_types(L, call->info, type);
    lua_concat(L, 2);
  } else {
    lua_pushstring(L, "invalid arguments");
  }
  lua_concat(L, 2);
}

/* Whether an argument stands for a tensor or a number while torch.fuse records: then its metatable has
   __operation(name, method, ...), whose results are the call's. */
static bool records(lua_State *L, const BindCall *call)
{
  for (int i = 1; i <= call->nargs; i++)
    if (lua_type(L, i) == LUA_TUSERDATA && luaL_getmetafield(L, i, "__operation")) return true;
  return false;
}

static int record(lua_State *L, const BindCall *call)
{
  const int before = lua_gettop(L) - 1;
  luaL_checkstack(L, call->nargs + 2, "arguments");
  lua_pushstring(L, call->info->name);
  lua_pushboolean(L, call->method);
  for (int i = 1; i <= call->nargs; i++) lua_pushvalue(L, i);
  lua_call(L, call->nargs + 2, LUA_MULTRET);
  return lua_gettop(L) - before;
}

int bind_mismatch(lua_State *L, const BindCall *call)
{
  if (records(L, call)) return record(L, call);
  luaL_checkstack(L, 40, "error message");
  Search s = {.L = L, .nargs = call->nargs, .cost = 1 << 20, .at = -1, .best_type = call->type};
  search(&s, call);
  push_reason(L, call, &s);
  int reason = lua_gettop(L);
  const char *name = bind_caller(L, call->info->name);
  lua_pushfstring(L, "%s%s%s", name ? name : "", name ? ": " : "", lua_tostring(L, reason));
  lua_concat(L, 2);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addvalue(&b);
  luaL_addstring(&b, "\nexpected arguments, one of:");
  add_forms(&b, call->info->functions);
  add_forms(&b, call->info->methods);
  luaL_pushresult(&b);
  return lua_error(L);
}

int bind_refuse(lua_State *L, const BindInfo *info, bool method)
{
  BindCall call = {.info = info, .nargs = lua_gettop(L), .method = method, .type = bind_state(L)->default_type};
  return bind_mismatch(L, &call);
}
