/* libcutorch.so, and libcutorchsimt.so for the simulator: the functions of cutorch that are more than a
   tensor operation. GPUs and events are counted from 1, streams from 0, as in Lua. */
#include "THC.h"
#include "core/THDevice.h"
#include "bind.h"
#include <string.h>

static THCState *state;

/* args: as in BindFrame; most C functions take the state first. */
#define enter(L, name, args) bind_enter(L, name, args, false)

static int check_gpu(lua_State *L, int at)
{
  double device = bind_number(L, at);
  int n = THCState_getNumDevices(state);
  if (!(device >= 1 && device <= n))
    bind_argerror(L, at, lua_pushfstring(L, "GPU %f out of range, there are %d", device, n));
  return (int)device - 1;
}

static int optional_gpu(lua_State *L, int at)
{
  return lua_isnoneornil(L, at) ? THC_getDevice(state) : check_gpu(L, at);
}

static void check(lua_State *L, bool holds, int at, const char *msg)
{
  if (!holds) bind_argerror(L, at, msg);
}

/* What is no index of a stream is told from the others by the state. */
static int check_stream(lua_State *L, int at)
{
  int64_t stream = bind_integer(L, at);
  return stream >= 0 && stream < INT32_MAX ? (int)stream : -1;
}

static THAnyTensor *check_tensor(lua_State *L, int at)
{
  BindBox *box = bind_testbox(L, at, bind_tensors, TH_NALLTYPES);
  if (!box) bind_argerror(L, at, lua_pushfstring(L, "tensor expected, got %s", luaL_typename(L, at)));
  return (THAnyTensor *)box->object;
}

/* ---- GPUs ---- */

static int get_device_count(lua_State *L)
{
  lua_pushinteger(L, THCState_getNumDevices(state));
  return 1;
}

static int get_device(lua_State *L)
{
  enter(L, "getDevice", "-");
  lua_pushinteger(L, THC_getDevice(state) + 1);
  return 1;
}

static int set_device(lua_State *L)
{
  enter(L, "setDevice", "- gpu");
  THC_setDevice(state, check_gpu(L, 1));
  return 0;
}

static int synchronize(lua_State *L)
{
  enter(L, "synchronize", "-");
  THC_synchronize(state);
  return 0;
}

static int synchronize_all(lua_State *L)
{
  enter(L, "synchronizeAll", "-");
  for (int d = 0; d < THCState_getNumDevices(state); d++) {
    TH_ON_DEVICE(d + 1);
    THC_synchronize(state);
  }
  return 0;
}

/* getMemoryUsage([gpu]) -> free bytes, total bytes */
static int get_memory_usage(lua_State *L)
{
  enter(L, "getMemoryUsage", "- gpu");
  size_t free_ = 0, total = 0;
  THC_memory(state, optional_gpu(L, 1), &free_, &total);
  lua_pushnumber(L, (double)free_);
  lua_pushnumber(L, (double)total);
  return 2;
}

static void set_number(lua_State *L, const char *name, double value)
{
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

/* memoryStats([gpu]) -> table of what the caching allocator did */
static int memory_stats(lua_State *L)
{
  enter(L, "memoryStats", "- gpu");
  THCMemoryStats s = THC_memoryStats(state, optional_gpu(L, 1));
  lua_newtable(L);
  set_number(L, "inUse", (double)s.inUse);
  set_number(L, "cached", (double)s.cached);
  set_number(L, "peak", (double)s.peak);
  set_number(L, "hits", (double)s.hits);
  set_number(L, "misses", (double)s.misses);
  return 1;
}

static int release_memory(lua_State *L)
{
  enter(L, "releaseMemory", "-");
  THC_releaseCached(state);
  return 0;
}

static int is_caching(lua_State *L)
{
  lua_pushboolean(L, THCState_isCachingAllocatorEnabled(state));
  return 1;
}

static int get_float_precision(lua_State *L)
{
  enter(L, "getFloatPrecision", "-");
  lua_pushstring(L, THCPrecision_name(THCState_getFloatPrecision(state)));
  return 1;
}

static int set_float_precision(lua_State *L)
{
  enter(L, "setFloatPrecision", "- precision");
  const char *given = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
  int i = 0;
  while (THCPrecision_name((THCPrecision)i) && strcmp(given, THCPrecision_name((THCPrecision)i))) i++;
  check(L, THCPrecision_name((THCPrecision)i) != NULL, 1, "'float', 'tf32' or 'bf16' expected");
  THCState_setFloatPrecision(state, (THCPrecision)i);
  return 0;
}

/* getDeviceProperties(gpu) -> table */
static int get_device_properties(lua_State *L)
{
  enter(L, "getDeviceProperties", "- gpu");
  int device = optional_gpu(L, 1), capability, processors;
  char name[256];
  THC_describe(state, device, name, sizeof name, &capability, &processors);
  lua_newtable(L);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "name");
  const char *property;
  int value;
  for (int i = 0; THC_property(state, device, i, &property, &value); i++) set_number(L, property, value);
  size_t free_ = 0, total = 0;
  THC_memory(state, device, &free_, &total);
  set_number(L, "freeGlobalMem", (double)free_);
  set_number(L, "totalGlobalMem", (double)total);
  return 1;
}

static int get_peer_access(lua_State *L)
{
  enter(L, "getPeerToPeerAccess", "- gpu other");
  lua_pushboolean(L, THCState_getPeerToPeerAccess(state, check_gpu(L, 1), check_gpu(L, 2)));
  return 1;
}

static int set_peer_access(lua_State *L)
{
  enter(L, "setPeerToPeerAccess", "- gpu other on");
  THCState_setPeerToPeerAccess(state, check_gpu(L, 1), check_gpu(L, 2), lua_toboolean(L, 3));
  return 0;
}

static int versions(lua_State *L)
{
  int runtime, driver;
  THC_versions(&runtime, &driver);
  lua_pushinteger(L, runtime);
  lua_pushinteger(L, driver);
  return 2;
}

/* ---- streams ---- */

static int reserve_streams(lua_State *L)
{
  enter(L, "reserveStreams", "- n");
  int64_t n = bind_integer(L, 1);
  check(L, n >= 0 && n <= 1024, 1, "a number of streams from 0 to 1024 expected");
  THCState_reserveStreams(state, (int)n, lua_toboolean(L, 2));
  return 0;
}

static int get_num_streams(lua_State *L)
{
  lua_pushinteger(L, THCState_getNumStreams(state));
  return 1;
}

static int set_stream(lua_State *L)
{
  enter(L, "setStream", "- stream");
  THCState_setCurrentStreamIndex(state, check_stream(L, 1));
  return 0;
}

static int get_stream(lua_State *L)
{
  lua_pushinteger(L, THCState_getCurrentStreamIndex(state));
  return 1;
}

/* streamWait_(waiting gpu, waiting stream, gpu, stream) */
static int stream_wait(lua_State *L)
{
  enter(L, "streamWaitFor", "- gpu stream otherGpu otherStream");
  THC_streamWaitFor(state, check_gpu(L, 1), check_stream(L, 2), check_gpu(L, 3), check_stream(L, 4));
  return 0;
}

static int stream_synchronize(lua_State *L)
{
  enter(L, "streamSynchronize", "- - stream");
  THC_streamSynchronize(state, THC_getDevice(state), check_stream(L, 1));
  return 0;
}

/* ---- events: userdata of class cutorch.Event ---- */

static THCEvent *check_event(lua_State *L, int at)
{
  THCEvent **box = (THCEvent **)lua_touserdata(L, at);
  luaL_getmetatable(L, "cutorch.Event");
  bool fits = box && lua_getmetatable(L, at) && lua_rawequal(L, -1, -2) && *box;
  check(L, fits, at, "cutorch.Event expected");
  return *box;
}

static int event_new(lua_State *L)
{
  enter(L, "Event", "-");
  THCEvent **box = (THCEvent **)lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, "cutorch.Event");
  lua_setmetatable(L, -2);
  *box = THCEvent_new(state);
  return 1;
}

static int event_gc(lua_State *L)
{
  THCEvent **box = (THCEvent **)luaL_checkudata(L, 1, "cutorch.Event");
  THCEvent_free(*box);
  *box = NULL;
  return 0;
}

static int event_wait_on(lua_State *L)
{
  enter(L, "waitOn", "- event");
  THCEvent_waitOn(state, check_event(L, 1));
  return 0;
}

static int event_synchronize(lua_State *L)
{
  enter(L, "synchronize", "event");
  THCEvent_synchronize(check_event(L, 1));
  return 0;
}

static int event_query(lua_State *L)
{
  enter(L, "query", "event");
  lua_pushboolean(L, THCEvent_query(check_event(L, 1)));
  return 1;
}

/* event:elapsed(later) -> milliseconds between the two */
static int event_elapsed(lua_State *L)
{
  enter(L, "elapsed", "event other");
  lua_pushnumber(L, THCEvent_elapsed(check_event(L, 1), check_event(L, 2)));
  return 1;
}

/* ---- graphs: userdata of class cutorch.Graph_, which init.lua wraps ---- */

static THCGraph *check_graph(lua_State *L)
{
  THCGraph **box = (THCGraph **)luaL_checkudata(L, 1, "cutorch.Graph_");
  check(L, *box, 1, "this graph is gone");
  return *box;
}

static int graph_new(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph **box = (THCGraph **)lua_newuserdata(L, sizeof *box);
  *box = NULL;
  luaL_getmetatable(L, "cutorch.Graph_");
  lua_setmetatable(L, -2);
  *box = THCGraph_new(state);
  return 1;
}

static int graph_gc(lua_State *L)
{
  THCGraph **box = (THCGraph **)luaL_checkudata(L, 1, "cutorch.Graph_");
  THCGraph_free(*box);
  *box = NULL;
  return 0;
}

static int graph_enter(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph_enter(state, check_graph(L));
  return 0;
}

static int graph_leave(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph_leave(state, check_graph(L));
  return 0;
}

static int graph_begin(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph_begin(check_graph(L));
  return 0;
}

/* graph:finish(keep) */
static int graph_finish(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph_end(check_graph(L), lua_toboolean(L, 2));
  return 0;
}

static int graph_launch(lua_State *L)
{
  enter(L, "graph", "-");
  THCGraph_launch(state, check_graph(L));
  return 0;
}

static int graph_size(lua_State *L)
{
  lua_pushnumber(L, (double)THCGraph_size(check_graph(L)));
  return 1;
}

/* ---- random numbers ---- */

static uint64_t check_seed(lua_State *L, int at)
{
  double seed = bind_number(L, at);
  check(L, seed >= 0 && seed <= 9007199254740992.0, at, "a seed from 0 to 2^53 expected");
  return (uint64_t)seed;
}

static int manual_seed(lua_State *L)
{
  enter(L, "manualSeed", "- seed");
  THCRandom_manualSeed(state, check_seed(L, 1));
  return 0;
}

static int manual_seed_all(lua_State *L)
{
  enter(L, "manualSeedAll", "- seed");
  THCRandom_manualSeedAll(state, check_seed(L, 1));
  return 0;
}

static int seed(lua_State *L)
{
  enter(L, "seed", "-");
  lua_pushnumber(L, (double)THCRandom_seed(state));
  return 1;
}

static int seed_all(lua_State *L)
{
  enter(L, "seedAll", "-");
  lua_pushnumber(L, (double)THCRandom_seedAll(state));
  return 1;
}

static int initial_seed(lua_State *L)
{
  lua_pushnumber(L, (double)THCRandom_initialSeed(state));
  return 1;
}

static int get_rng_state(lua_State *L)
{
  enter(L, "getRNGState", "-");
  THCRandom_getRNGState(state, (THByteTensor *)bind_newtensor(L, TH_BYTE));
  return 1;
}

static int set_rng_state(lua_State *L)
{
  enter(L, "setRNGState", "- state");
  THAnyTensor *t = check_tensor(L, 1);
  check(L, t->type == TH_BYTE, 1, "torch.ByteTensor expected");
  THCRandom_setRNGState(state, (THByteTensor *)t);
  return 0;
}

/* ---- tensors ---- */

/* tensorDevice(x) -> its GPU, 0 on the CPU or without storage */
static int tensor_device(lua_State *L)
{
  enter(L, "getDevice", "x");
  const THAnyTensor *t = check_tensor(L, 1);
  lua_pushinteger(L, t->storage ? t->storage->device : 0);
  return 1;
}

static int storage_device(lua_State *L)
{
  enter(L, "getDevice", "s");
  BindBox *box = bind_testbox(L, 1, bind_storages, TH_NALLTYPES);
  check(L, box, 1, "storage expected");
  lua_pushinteger(L, ((THAnyStorage *)box->object)->device);
  return 1;
}

/* copyAsync(x, src) -> x */
static int copy_async(lua_State *L)
{
  enter(L, "copyAsync", "- x y");
  THC_copyAsync(state, check_tensor(L, 1), check_tensor(L, 2));
  lua_settop(L, 1);
  return 1;
}

/* pinned(x, count): gives the empty CPU tensor x page-locked memory for count elements -> x */
static int pinned(lua_State *L)
{
  enter(L, "createCudaHostTensor", "x n");
  THAnyTensor *t = check_tensor(L, 1);
  int64_t n = bind_integer(L, 2), stride = 1;
  check(L, !THType_onDevice((THType)t->type), 1, "a CPU tensor expected");
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithAllocator((THType)t->type, n, &THCudaHostAllocator, NULL);
  THAnyTensor_setStorageNd(t, s, 0, 1, &n, &stride);
  lua_settop(L, 1);
  return 1;
}

/* managed(x, count): gives the empty tensor x memory that host and GPUs share, for count elements -> x */
static int managed(lua_State *L)
{
  enter(L, "createUVATensor", "x n");
  THAnyTensor *t = check_tensor(L, 1);
  int64_t n = bind_integer(L, 2), stride = 1;
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithAllocator((THType)t->type, n, &THCudaUVAAllocator, NULL);
  THAnyTensor_setStorageNd(t, s, 0, 1, &n, &stride);
  lua_settop(L, 1);
  return 1;
}

static int is_managed(lua_State *L)
{
  enter(L, "isManaged", "x");
  const THAnyTensor *t = check_tensor(L, 1);
  lua_pushboolean(L, t->storage && THC_isManaged(state, t->storage->data));
  return 1;
}

static int is_managed_address(lua_State *L)
{
  enter(L, "isManagedPtr", "address");
  lua_pushboolean(L, THC_isManaged(state, (void *)(uintptr_t)TH_wholePart(bind_number(L, 1))));
  return 1;
}

/* share(x, r): the empty tensor r becomes x, whose memory is shared, seen from the other side -> r */
static int share(lua_State *L)
{
  if (THType_onDevice((THType)check_tensor(L, 2)->type)) enter(L, "toCudaUVATensor", "- x r");
  else enter(L, "toFloatUVATensor", "- x r");
  THAnyTensor *x = check_tensor(L, 1), *r = check_tensor(L, 2);
  check(L, THType_element((THType)r->type) == THType_element((THType)x->type), 1, "tensor of the same elements expected");
  check(L, x->storage && THC_isManaged(state, x->storage->data), 1, "UVA tensor expected");
  TH_AUTO(THAnyStorage) s = THAnyStorage_newView(x->storage, 0, x->storage->size);
  s->type = r->type;
  s->device = (unsigned char)(THType_onDevice((THType)r->type) ? THC_getDevice(state) + 1 : 0);
  THAnyTensor_setStorageNd(r, s, x->storageOffset, x->nDimension, x->size, x->stride);
  lua_settop(L, 2);
  return 1;
}

static int sleep_(lua_State *L)
{
  enter(L, "_sleep", "- cycles");
  THC_sleep(state, bind_integer(L, 1));
  return 0;
}

static const luaL_Reg functions[] = {{"getDeviceCount", get_device_count},
                                     {"getDevice", get_device},
                                     {"setDevice", set_device},
                                     {"synchronize", synchronize},
                                     {"synchronizeAll", synchronize_all},
                                     {"getMemoryUsage", get_memory_usage},
                                     {"memoryStats", memory_stats},
                                     {"releaseMemory", release_memory},
                                     {"isCachingAllocatorEnabled", is_caching},
                                     {"getFloatPrecision", get_float_precision},
                                     {"setFloatPrecision", set_float_precision},
                                     {"getDeviceProperties", get_device_properties},
                                     {"getPeerToPeerAccess", get_peer_access},
                                     {"setPeerToPeerAccess", set_peer_access},
                                     {"versions", versions},
                                     {"reserveStreams", reserve_streams},
                                     {"getNumStreams", get_num_streams},
                                     {"setStream", set_stream},
                                     {"getStream", get_stream},
                                     {"streamWait_", stream_wait},
                                     {"streamSynchronize", stream_synchronize},
                                     {"Event", event_new},
                                     {"graph", graph_new},
                                     {"manualSeed", manual_seed},
                                     {"manualSeedAll", manual_seed_all},
                                     {"seed", seed},
                                     {"seedAll", seed_all},
                                     {"initialSeed", initial_seed},
                                     {"getRNGState", get_rng_state},
                                     {"setRNGState", set_rng_state},
                                     {"tensorDevice", tensor_device},
                                     {"storageDevice", storage_device},
                                     {"copyAsync", copy_async},
                                     {"pinned", pinned},
                                     {"managed", managed},
                                     {"isManaged", is_managed},
                                     {"isManagedPtr", is_managed_address},
                                     {"share", share},
                                     {"sleep", sleep_},
                                     {NULL, NULL}};
static const luaL_Reg event_methods[] = {{"waitOn", event_wait_on}, {"synchronize", event_synchronize},
                                         {"query", event_query},    {"elapsed", event_elapsed},
                                         {"__gc", event_gc},        {NULL, NULL}};

static const luaL_Reg graph_methods[] = {{"enter", graph_enter},   {"leave", graph_leave},   {"begin", graph_begin},
                                         {"finish", graph_finish}, {"launch", graph_launch}, {"size", graph_size},
                                         {"__gc", graph_gc},       {NULL, NULL}};

/* A class of userdata, whose methods are found through it. */
static void new_class(lua_State *L, const char *name, const luaL_Reg *methods)
{
  luaL_newmetatable(L, name);
  luaL_register(L, NULL, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

static int open_module(lua_State *L)
{
  enter(L, "cutorch", "-");
  state = THCState_alloc();
  new_class(L, "cutorch.Event", event_methods);
  new_class(L, "cutorch.Graph_", graph_methods);
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  lua_pushstring(L, THC_platform());
  lua_setfield(L, -2, "platform");
  lua_pushlightuserdata(L, state);
  lua_setfield(L, -2, "state");
  return 1;
}

#define EXPORT __attribute__((visibility("default")))
EXPORT int luaopen_libcutorch(lua_State *L) { return open_module(L); }
EXPORT int luaopen_libcutorchsimt(lua_State *L) { return open_module(L); }
