/* require 'libdist': THDist for Lua. Operations are begun here and waited for in Lua (init.lua), so that Ctrl-C is seen
   in between. */
#include "bind.h"
#include "THDist/THDist.h"

/* ---- userdata ---- */

#define GROUP "dist.Group"
#define REQUEST "dist.begun"

/* A request, and who is to blame while it is waited for. */
typedef struct Begun {
  THDistRequest *request;
  BindFrame frame;
} Begun;

/* A userdata of a class, all zeros: made before what it is to own. */
static void *new_box(lua_State *L, const char *class, size_t size)
{
  void *box = memset(lua_newuserdata(L, size), 0, size);
  luaL_getmetatable(L, class);
  lua_setmetatable(L, -2);
  return box;
}

static Begun *new_request(lua_State *L, const char *name)
{
  Begun *begun = new_box(L, REQUEST, sizeof *begun);
  begun->frame = (BindFrame){name, "request seconds", false};
  return begun;
}

static void *test_box(lua_State *L, int idx, const char *class)
{
  void *box = lua_touserdata(L, idx);
  if (!box || !lua_getmetatable(L, idx)) return NULL;
  luaL_getmetatable(L, class);
  bool is = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is ? box : NULL;
}

static THDistGroup *group_at(lua_State *L, int idx)
{
  if (lua_isnoneornil(L, idx)) return NULL;
  THDistGroup **group = test_box(L, idx, GROUP);
  if (!group) bind_typeerror(L, idx, "group that dist.group made");
  return *group;
}

static int integer_at(lua_State *L, int idx, int otherwise)
{
  if (lua_isnoneornil(L, idx)) return otherwise;
  int64_t v = bind_integer(L, idx);
  return v < INT32_MIN || v > INT32_MAX ? INT32_MIN : (int)v;
}

static THDistOp op_at(lua_State *L, int idx)
{
  static const char *const names[] = {"sum", "mean", "max", "min"};
  if (lua_isnoneornil(L, idx)) return THDIST_SUM;
  const char *name = lua_type(L, idx) == LUA_TSTRING ? lua_tostring(L, idx) : "";
  for (int i = 0; i < 4; i++)
    if (!strcmp(name, names[i])) return (THDistOp)i;
  bind_typeerror(L, idx, "'sum', 'mean', 'max' or 'min'");
  return THDIST_SUM;
}

/* ---- operations: (arguments) -> request, result ---- */

static int no_more(lua_State *L, int most)
{
  if (lua_gettop(L) > most) bind_toomany(L, most + 1);
  lua_settop(L, most);
  return 0;
}

static int barrier(lua_State *L)
{
  bind_enter(L, "dist.barrier", "group", false);
  no_more(L, 1);
  THDistGroup *group = group_at(L, 1);
  Begun *begun = new_request(L, "dist.barrier");
  begun->request = THDist_barrierBegin(group);
  return 1;
}

static int broadcast(lua_State *L)
{
  bind_enter(L, "dist.broadcast", "x root group", false);
  no_more(L, 3);
  THAnyTensor *x = bind_checkanytensor(L, 1);
  int root = integer_at(L, 2, 0);
  THDistGroup *group = group_at(L, 3);
  Begun *begun = new_request(L, "dist.broadcast");
  begun->request = THDist_broadcastBegin(x, root, group);
  THAnyStorage_touch(x->storage, 0);
  lua_pushvalue(L, 1);
  return 2;
}

static int all_reduce(lua_State *L)
{
  bind_enter(L, "dist.allReduce", "x op group", false);
  no_more(L, 3);
  THAnyTensor *x = bind_checkanytensor(L, 1);
  THDistOp op = op_at(L, 2);
  THDistGroup *group = group_at(L, 3);
  Begun *begun = new_request(L, "dist.allReduce");
  begun->request = THDist_allReduceBegin(x, op, group);
  THAnyStorage_touch(x->storage, 0);
  lua_pushvalue(L, 1);
  return 2;
}

/* ([r,] x, ...): afterwards r, maybe a new one, is the first argument. Whether it was given. */
static bool take_result(lua_State *L, int most)
{
  bool given = bind_totensor(L, 2) != NULL;
  no_more(L, most - !given);
  THAnyTensor *x = bind_checkanytensor(L, given ? 2 : 1);
  if (!given) {
    bind_newtensor(L, (THType)x->type);
    lua_insert(L, 1);
  }
  return given;
}

static int all_gather(lua_State *L)
{
  if (bind_totensor(L, 2)) bind_enter(L, "dist.allGather", "r x group", false);
  else bind_enter(L, "dist.allGather", "x x group", false);
  take_result(L, 3);
  THDistGroup *group = group_at(L, 3);
  Begun *begun = new_request(L, "dist.allGather");
  begun->request = THDist_allGatherBegin(bind_totensor(L, 1), bind_totensor(L, 2), group);
  THAnyStorage_touch(bind_totensor(L, 1)->storage, 0);
  lua_pushvalue(L, 1);
  return 2;
}

static int reduce_scatter(lua_State *L)
{
  if (bind_totensor(L, 2)) bind_enter(L, "dist.reduceScatter", "r x op group", false);
  else bind_enter(L, "dist.reduceScatter", "x x op group", false);
  take_result(L, 4);
  THDistOp op = op_at(L, 3);
  THDistGroup *group = group_at(L, 4);
  Begun *begun = new_request(L, "dist.reduceScatter");
  begun->request = THDist_reduceScatterBegin(bind_totensor(L, 1), bind_totensor(L, 2), op, group);
  THAnyStorage_touch(bind_totensor(L, 1)->storage, 0);
  lua_pushvalue(L, 1);
  return 2;
}

static int transfer(lua_State *L, const char *name, THDistRequest *(*begin)(THAnyTensor *, int, int, THDistGroup *))
{
  no_more(L, 4);
  THAnyTensor *x = bind_checkanytensor(L, 1);
  int other = integer_at(L, 2, INT32_MIN), tag = integer_at(L, 3, 0);
  THDistGroup *group = group_at(L, 4);
  Begun *begun = new_request(L, name);
  begun->request = begin(x, other, tag, group);
  lua_pushvalue(L, 1);
  return 2;
}

static int send(lua_State *L)
{
  bind_enter(L, "dist.send", "x to tag group", false);
  return transfer(L, "dist.send", THDist_sendBegin);
}

static int recv(lua_State *L)
{
  bind_enter(L, "dist.recv", "x from tag group", false);
  transfer(L, "dist.recv", THDist_recvBegin);
  THAnyStorage_touch(bind_totensor(L, 1)->storage, 0);
  return 2;
}

/* encodeSigns(x, residual) -> bytes */
static int encode_signs(lua_State *L)
{
  bind_enter(L, "dist.encodeSigns", "- x residual", false);
  THAnyTensor *x = bind_checkanytensor(L, 1), *residual = bind_checkanytensor(L, 2);
  THDist_encodeSigns(bind_newtensor(L, TH_BYTE), x, residual);
  THAnyStorage_touch(residual->storage, 0);
  return 1;
}

/* decodeSigns(x, bytes, factor): adds to x */
static int decode_signs(lua_State *L)
{
  bind_enter(L, "dist.decodeSigns", "x bytes factor", false);
  THAnyTensor *x = bind_checkanytensor(L, 1);
  THDist_decodeSigns(x, bind_checkanytensor(L, 2), bind_number(L, 3));
  THAnyStorage_touch(x->storage, 0);
  return 0;
}

/* ---- requests ---- */

/* wait(request, seconds) -> whether it is done */
static int wait_for(lua_State *L)
{
  Begun *begun = test_box(L, 1, REQUEST);
  if (!begun) return luaL_error(L, "request expected");
  bind_run(L, &begun->frame);
  lua_pushboolean(L, THDist_waitFor(begun->request, bind_number(L, 2)));
  return 1;
}

static int test(lua_State *L)
{
  Begun *begun = test_box(L, 1, REQUEST);
  if (!begun) return luaL_error(L, "request expected");
  bind_run(L, &begun->frame);
  lua_pushboolean(L, THDist_test(begun->request));
  return 1;
}

static int free_request(lua_State *L)
{
  Begun *begun = lua_touserdata(L, 1);
  THDistRequest_free(TH_RELEASE(begun->request));
  return 0;
}

/* ---- groups and the job ---- */

static int new_group(lua_State *L)
{
  bind_enter(L, "dist.group", "ranks", false);
  if (!lua_istable(L, 1)) return bind_typeerror(L, 1, "list of ranks");
  int n = (int)lua_objlen(L, 1);
  int *ranks = lua_newuserdata(L, (size_t)(n + 1) * sizeof *ranks);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    bool whole = lua_isnumber(L, -1) && lua_tonumber(L, -1) == (int)lua_tonumber(L, -1);
    bind_argcheck(L, whole, 1, "a list of whole numbers expected");
    ranks[i] = (int)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  THDistGroup **box = new_box(L, GROUP, sizeof *box);
  *box = THDist_newGroup(ranks, n);
  if (!*box) lua_pushnil(L);
  return 1;
}

static int free_group(lua_State *L)
{
  THDistGroup **box = lua_touserdata(L, 1);
  THDistGroup_free(TH_RELEASE(*box));
  return 0;
}

static int describe_group(lua_State *L)
{
  THDistGroup **group = test_box(L, 1, GROUP);
  if (!group || !*group) return luaL_error(L, "no group");
  lua_pushfstring(L, "dist.Group: rank %d of %d", THDist_rank(*group), THDist_size(*group));
  return 1;
}

static int init(lua_State *L)
{
  bind_enter(L, "dist.init", "", false);
  THDist_init();
  return 0;
}

static int rank(lua_State *L)
{
  bind_enter(L, "dist.rank", "group", false);
  lua_pushinteger(L, THDist_rank(group_at(L, 1)));
  return 1;
}

static int size(lua_State *L)
{
  bind_enter(L, "dist.size", "group", false);
  lua_pushinteger(L, THDist_size(group_at(L, 1)));
  return 1;
}

static int local_rank(lua_State *L)
{
  bind_enter(L, "dist.localRank", "", false);
  lua_pushinteger(L, THDist_localRank());
  return 1;
}

static int engine(lua_State *L)
{
  bind_enter(L, "dist.engine", "", false);
  lua_pushstring(L, THDist_engine());
  return 1;
}

static int cores(lua_State *L)
{
  bind_enter(L, "dist.cores", "", false);
  lua_pushinteger(L, THDist_cores());
  return 1;
}

static int name(lua_State *L)
{
  bind_enter(L, "dist.name", "rank", false);
  lua_pushstring(L, THDist_name(integer_at(L, 1, THDist_rank(NULL))));
  return 1;
}

static int statistics(lua_State *L)
{
  int64_t bytes, calls;
  THDist_statistics(&bytes, &calls);
  lua_pushnumber(L, (double)bytes);
  lua_pushnumber(L, (double)calls);
  return 2;
}

static int terminated(lua_State *L)
{
  bind_enter(L, "dist.interrupted", "", false);
  lua_pushboolean(L, THDist_terminated());
  return 1;
}

static int hush(lua_State *L)
{
  bind_enter(L, "dist.hush", "", false);
  THDist_hush();
  return 0;
}

static void make_class(lua_State *L, const char *class, lua_CFunction gc)
{
  luaL_newmetatable(L, class);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_pushstring(L, class);
  lua_setfield(L, -2, "__typename");
  if (gc == free_group) {
    lua_pushcfunction(L, describe_group);
    lua_setfield(L, -2, "__tostring");
  }
  lua_pop(L, 1);
}

TH_API int luaopen_libdist(lua_State *L);
int luaopen_libdist(lua_State *L)
{
  static const luaL_Reg functions[] = {
    {"barrier", barrier}, {"broadcast", broadcast}, {"allReduce", all_reduce}, {"allGather", all_gather},
    {"reduceScatter", reduce_scatter}, {"send", send}, {"recv", recv}, {"wait", wait_for}, {"test", test}, {"group", new_group},
    {"init", init}, {"rank", rank}, {"size", size}, {"localRank", local_rank}, {"engine", engine}, {"cores", cores}, {"name", name},
    {"statistics", statistics}, {"terminated", terminated}, {"hush", hush}, {"encodeSigns", encode_signs}, {"decodeSigns", decode_signs}, {NULL, NULL},
  };
  bind_need(L, "dist");
  make_class(L, GROUP, free_group);
  make_class(L, REQUEST, free_request);
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  lua_pushinteger(L, THDIST_PIECE);
  lua_setfield(L, -2, "piece");
  return 1;
}
