/* bag.Bag: a growing list of numbers. bag.Weighted: one with a factor. And functions of tensors. */
#include "luaT.h"
#include "TH.h"

#define bag_(NAME) TH_CONCAT_3(bag_, Real, NAME)
#define torch_Tensor TH_CONCAT_STRING_3(torch., Real, Tensor)
#define torch_Storage TH_CONCAT_STRING_3(torch., Real, Storage)

typedef struct Bag {
  double *items;
  long n, room;
  double factor;
} Bag;

static int live = 0; /* bags that were not freed */

static int push_new(lua_State *L, const char *tname, double factor)
{
  Bag *bag = luaT_alloc(L, sizeof(Bag));
  memset(bag, 0, sizeof(Bag));
  bag->factor = factor;
  live++;
  luaT_pushudata(L, bag, tname);
  return 1;
}

static int bag_new(lua_State *L) { return push_new(L, "bag.Bag", 1); }
static int weighted_new(lua_State *L) { return push_new(L, "bag.Weighted", luaL_checknumber(L, 1)); }
static int weighted_factory(lua_State *L) { return push_new(L, "bag.Weighted", 0); }

static int bag_free(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  luaT_free(L, bag->items);
  luaT_free(L, bag);
  live--;
  return 0;
}

static void put(lua_State *L, Bag *bag, double x)
{
  if (bag->n == bag->room) {
    bag->room = 2 * bag->room + 1;
    bag->items = luaT_realloc(L, bag->items, (ptrdiff_t)(bag->room * sizeof(double)));
  }
  bag->items[bag->n++] = x;
}

static int bag_add(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  put(L, bag, luaL_checknumber(L, 2));
  lua_settop(L, 1);
  return 1;
}

static int bag_sum(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  double sum = 0;
  long i;
  for (i = 0; i < bag->n; i++) sum += bag->items[i];
  lua_pushnumber(L, sum * bag->factor);
  return 1;
}

static int bag_size(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  luaT_pushlong(L, bag->n);
  return 1;
}

static int bag_plus(lua_State *L)
{
  Bag *a = luaT_checkudata(L, 1, "bag.Bag"), *b = luaT_checkudata(L, 2, "bag.Bag"), *c;
  long i;
  bag_new(L);
  c = luaT_toudata(L, -1, "bag.Bag");
  for (i = 0; i < a->n; i++) put(L, c, a->items[i]);
  for (i = 0; i < b->n; i++) put(L, c, b->items[i]);
  return 1;
}

static int bag_index(lua_State *L)
{
  Bag *bag = luaT_toudata(L, 1, "bag.Bag"); /* none: an object of a class that Lua derives */
  if (!bag || lua_type(L, 2) != LUA_TNUMBER) {
    lua_pushnil(L);
    lua_pushboolean(L, 0);
    return 2;
  }
  long i = luaT_checklong(L, 2);
  luaL_argcheck(L, i >= 1 && i <= bag->n, 2, "out of range");
  lua_pushnumber(L, bag->items[i - 1]);
  lua_pushboolean(L, 1);
  return 2;
}

static int bag_write(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  THFile *file = luaT_checkudata(L, 2, "torch.File");
  THFile_writeDoubleScalar(file, bag->factor);
  THFile_writeLongScalar(file, bag->n);
  THFile_writeDoubleRaw(file, bag->items, bag->n);
  return 0;
}

static int bag_read(lua_State *L)
{
  Bag *bag = luaT_checkudata(L, 1, "bag.Bag");
  THFile *file = luaT_checkudata(L, 2, "torch.File");
  long i, n;
  bag->factor = THFile_readDoubleScalar(file);
  n = THFile_readLongScalar(file);
  for (i = 0; i < n; i++) put(L, bag, THFile_readDoubleScalar(file));
  return 0;
}

static int bag_live(lua_State *L)
{
  lua_pushinteger(L, live);
  return 1;
}

/* fields(t): what the fields of a table, or of an object, are */
static int bag_fields(lua_State *L)
{
  double number = luaT_getfieldchecknumber(L, 1, "number");
  int whole = luaT_getfieldcheckint(L, 1, "number"), flag = luaT_getfieldcheckboolean(L, 1, "flag");
  const char *text = luaT_getfieldcheckstring(L, 1, "text");
  THLongTensor *tensor = luaT_getfieldcheckudata(L, 1, "tensor", "torch.LongTensor");
  luaT_getfieldchecktable(L, 1, "list");
  lua_pushfstring(L, "%f %d %s %s %d %d", number, whole, flag ? "yes" : "no", text, (int)THLongTensor_nElement(tensor),
                  (int)lua_objlen(L, -1));
  return 1;
}

/* shuffled(n): a permutation by torch's own generator */
static int bag_shuffled(lua_State *L)
{
  THLongTensor *r = THLongTensor_new();
  THGenerator *gen;
  lua_getglobal(L, "torch");
  gen = luaT_getfieldcheckudata(L, -1, "_gen", "torch.Generator");
  THLongTensor_randperm(r, gen, luaT_checklong(L, 1));
  luaT_pushudata(L, r, "torch.LongTensor");
  return 1;
}

/* others(): a generator, a file and a storage that were made here */
static int bag_others(lua_State *L)
{
  THGenerator *gen = THGenerator_new();
  THRandom_manualSeed(gen, 7);
  luaT_pushudata(L, gen, "torch.Generator");
  luaT_pushudata(L, THMemoryFile_new("rw"), "torch.MemoryFile");
  luaT_pushudata(L, THFloatStorage_newWithSize2(1, 2), "torch.FloatStorage");
  luaT_pushudata(L, NULL, "torch.FloatStorage");
  return 4;
}

#include "generic/tensors.c"
#include "THGenerateAllTypes.h"

static const struct luaL_Reg bag_methods[] = {{"add", bag_add},     {"sum", bag_sum},         {"size", bag_size},
                                              {"read", bag_read},   {"write", bag_write},     {"__add__", bag_plus},
                                              {"__len__", bag_size}, {"__index__", bag_index}, {NULL, NULL}};
static const struct luaL_Reg bag_functions[] = {{"live", bag_live},         {"fields", bag_fields},
                                                {"shuffled", bag_shuffled}, {"others", bag_others},
                                                {NULL, NULL}};

int luaopen_libbag(lua_State *L)
{
  luaT_newmetatable(L, "bag.Bag", NULL, bag_new, bag_free, bag_new);
  luaT_setfuncs(L, bag_methods, 0);
  lua_pop(L, 1);
  luaT_newmetatable(L, "bag.Weighted", "bag.Bag", weighted_new, bag_free, weighted_factory);
  lua_pop(L, 1);

  bag_ByteInit(L);
  bag_CharInit(L);
  bag_ShortInit(L);
  bag_IntInit(L);
  bag_LongInit(L);
  bag_FloatInit(L);
  bag_DoubleInit(L);

  lua_getglobal(L, "bag");
  luaT_setfuncs(L, bag_functions, 0);
  return 1;
}
