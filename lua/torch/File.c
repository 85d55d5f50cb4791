/* torch.File and its kinds: the methods that are one call of TH. */
#include "File.h"
#include "THHalf.h"
#include "THMapAllocator.h"
#include <stdio.h>

static void free_file(void *f) { THFile_free(f); }

const BindClass bind_files[3] = {
  [TH_FILE_DISK] = {"torch.DiskFile", free_file, BIND_KEY_FILE + TH_FILE_DISK},
  [TH_FILE_PIPE] = {"torch.PipeFile", free_file, BIND_KEY_FILE + TH_FILE_PIPE},
  [TH_FILE_MEMORY] = {"torch.MemoryFile", free_file, BIND_KEY_FILE + TH_FILE_MEMORY}};

THFile *torch_checkfile(lua_State *L, int idx)
{
  THFile *f = torch_tofile(L, idx);
  if (!f) bind_typeerror(L, idx, "torch.File");
  return f;
}

static THFile *enter(lua_State *L, const BindFrame *frame)
{
  bind_run(L, frame);
  return torch_checkfile(L, 1);
}
/* The file of a method, whose arguments (see BindFrame) begin with it. */
#define self(L, name, args) \
  __extension__({ static const BindFrame frame_ = {name, args, true}; enter(L, &frame_); })

static int return_self(lua_State *L)
{
  lua_settop(L, 1);
  return 1;
}

/* ---- questions and settings ---- */

#define QUESTION(name)                                                                             \
  static int file_##name(lua_State *L)                                                             \
  {                                                                                                \
    lua_pushboolean(L, THFile_##name(self(L, #name, "file")));                                             \
    return 1;                                                                                      \
  }
#define SETTING(name, function)                                                                    \
  static int file_##name(lua_State *L)                                                             \
  {                                                                                                \
    function(self(L, #name, "file"));                                                                      \
    return return_self(L);                                                                         \
  }
#define QUESTIONS(X) X(isOpened) X(isQuiet) X(isReadable) X(isWritable) X(isBinary) X(isAutoSpacing) X(hasError)
#define SETTINGS(X)                                                                                \
  X(binary, THFile_binary)                                                                         \
  X(ascii, THFile_ascii)                                                                           \
  X(autoSpacing, THFile_autoSpacing)                                                               \
  X(noAutoSpacing, THFile_noAutoSpacing)                                                           \
  X(quiet, THFile_quiet)                                                                           \
  X(pedantic, THFile_pedantic)                                                                     \
  X(clearError, THFile_clearError)                                                                 \
  X(synchronize, THFile_synchronize)                                                               \
  X(seekEnd, THFile_seekEnd)                                                                       \
  X(close, THFile_close)
#define DISK_SETTINGS(X)                                                                           \
  X(nativeEndianEncoding, THDiskFile_nativeEndianEncoding)                                         \
  X(littleEndianEncoding, THDiskFile_littleEndianEncoding)                                         \
  X(bigEndianEncoding, THDiskFile_bigEndianEncoding)                                               \
  X(noBuffer, THDiskFile_noBuffer)                                                                 \
  X(commit_, THDiskFile_commit)
QUESTIONS(QUESTION)
SETTINGS(SETTING)
DISK_SETTINGS(SETTING)

static int file_longSize(lua_State *L)
{
  THFile *f = self(L, "longSize", "file size");
  THFile_longSize(f, (int)bind_integer(L, 2));
  return return_self(L);
}

static int disk_isLittleEndianCPU(lua_State *L)
{
  lua_pushboolean(L, THDiskFile_isLittleEndianCPU());
  return 1;
}
static int disk_isBigEndianCPU(lua_State *L)
{
  lua_pushboolean(L, THDiskFile_isBigEndianCPU());
  return 1;
}

/* ---- the position, 1-based ---- */

static int file_position(lua_State *L)
{
  lua_pushnumber(L, (double)THFile_position(self(L, "position", "file")) + 1);
  return 1;
}

static int file_seek(lua_State *L)
{
  THFile *f = self(L, "seek", "file position");
  int64_t position = bind_integer(L, 2);
  bind_argcheck(L, position >= 1, 2, "positions start at 1");
  THFile_seek(f, (size_t)(position - 1));
  return return_self(L);
}

/* ---- numbers ---- */

static const BindFrame read_frames[TH_NTYPES] = {
#define X(Name, real, accreal, CODE) {"read" #Name, "file n", true},
  TH_ALL_TYPES(X)
#undef X
};
static const BindFrame write_frames[TH_NTYPES] = {
#define X(Name, real, accreal, CODE) {"write" #Name, "file value", true},
  TH_ALL_TYPES(X)
#undef X
};

/* readX(n) -> storage; readX(storage) -> count */
static int read_elements(lua_State *L, THFile *f, THType type)
{
  if (lua_isnumber(L, 2)) {
    int64_t n = bind_integer(L, 2);
    BindBox *box = bind_box(L, &bind_storages[type]);
    box->object = THFile_newRead(f, type, n);
  } else {
    THAnyStorage *s = bind_tostorage(L, 2);
    if (!s || s->type != type)
      return bind_typeerror(L, 2, lua_pushfstring(L, "nothing, a number of elements or a %s", bind_storages[type].name));
    THAnyStorage_touch(s, 0);
    lua_pushnumber(L, (double)THFile_readStorage(f, s));
  }
  return 1;
}

/* The same, and readX() -> number. Upvalue 1: type */
static int file_readX(lua_State *L)
{
  THType type = (THType)lua_tointeger(L, lua_upvalueindex(1));
  THFile *f = enter(L, &read_frames[type]);
  if (!lua_isnoneornil(L, 2)) return read_elements(L, f, type);
  char element[8] = {0};
  THFile_readRaw(f, type, element, 1);
  bind_pushscalar(L, type, THScalar_load(type, element));
  return 1;
}

/* writeX(storage) -> count */
static int write_elements(lua_State *L, THFile *f, THType type, const char *one)
{
  THAnyStorage *s = bind_tostorage(L, 2);
  if (!s || s->type != type) return bind_typeerror(L, 2, lua_pushfstring(L, "%s or %s", one, bind_storages[type].name));
  lua_pushnumber(L, (double)THFile_writeStorage(f, s));
  return 1;
}

/* The same, and writeX(number). Upvalue 1: type */
static int file_writeX(lua_State *L)
{
  THType type = (THType)lua_tointeger(L, lua_upvalueindex(1));
  THFile *f = enter(L, &write_frames[type]);
  if (lua_isnumber(L, 2)) {
    char element[8];
    THScalar_store(type, element, THScalar_fromDouble(lua_tonumber(L, 2)));
    THFile_writeRaw(f, type, element, 1);
    return 0;
  }
  return write_elements(L, f, type, "number");
}

/* One truth value is an Int in the file; those of storages are bytes. */
static int file_readBool(lua_State *L)
{
  THFile *f = enter(L, &read_frames[TH_BOOL]);
  if (!lua_isnoneornil(L, 2)) return read_elements(L, f, TH_BOOL);
  lua_pushboolean(L, THFile_readIntScalar(f) == 1);
  return 1;
}
static int file_writeBool(lua_State *L)
{
  THFile *f = enter(L, &write_frames[TH_BOOL]);
  if (!lua_isboolean(L, 2)) return write_elements(L, f, TH_BOOL, "boolean");
  THFile_writeIntScalar(f, lua_toboolean(L, 2));
  return 0;
}

/* ---- strings ---- */

static int file_readString(lua_State *L)
{
  THFile *f = self(L, "readString", "file format");
  const char *format = bind_string(L, 2, NULL);
  TH_AUTO_MEM char *text = NULL;
  size_t n = THFile_readStringRaw(f, format, &text);
  lua_pushlstring(L, text ? text : "", n);
  return 1;
}

static int file_writeString(lua_State *L)
{
  THFile *f = self(L, "writeString", "file text");
  size_t n;
  const char *s = bind_string(L, 2, &n);
  lua_pushnumber(L, (double)THFile_writeStringRaw(f, s, n));
  return 1;
}

static int memory_storage(lua_State *L)
{
  THFile *f = self(L, "storage", "file");
  BindBox *box = bind_box(L, &bind_storages[TH_CHAR]);
  THAnyStorage *s = (THAnyStorage *)THMemoryFile_storage(f);
  THAnyStorage_retain(s);
  box->object = s;
  return 1;
}

static int file_tostring(lua_State *L)
{
  THFile *f = torch_checkfile(L, 1);
  const char *class = bind_files[THFile_kind(f)].name;
  const char *colon = "";
  lua_pushstring(L, class);
  if (THFile_kind(f) == TH_FILE_MEMORY) colon = ":";
  else lua_pushfstring(L, " on <%s>", THFile_name(f));
  if (!THFile_isOpened(f)) {
    lua_pushstring(L, " [status: closed]");
  } else {
    if (THFile_kind(f) == TH_FILE_PIPE) colon = ":";
    lua_pushfstring(L, " [status: open -- mode%s %s%s]", colon, THFile_isReadable(f) ? "r" : " ",
                    THFile_isWritable(f) ? "w" : " ");
  }
  lua_concat(L, lua_gettop(L) - 1);
  return 1;
}

/* ---- construction ---- */

/* Descriptors are few, and the collector does not see them: it runs when many files are live. */
static void pace_files(lua_State *L, BindState *state)
{
  enum { FILES = 256 };
  if (state->files < THMax((int)FILES, state->most_files)) return;
  lua_gc(L, LUA_GCCOLLECT, 0);
  lua_gc(L, LUA_GCCOLLECT, 0);
  state->most_files = state->files + state->files / 2;
}

/* A box with an environment of its own, which the object reader and writer use. */
static BindBox *new_box(lua_State *L, THFileKind kind)
{
  pace_files(L, bind_state(L));
  BindBox *box = bind_box(L, &bind_files[kind]);
  lua_newtable(L);
  lua_setfenv(L, -2);
  return box;
}

/* The box on top gets the file; nil when there is none. */
static int return_file(lua_State *L, BindBox *box, THFile *f)
{
  box->object = f;
  if (f) bind_state(L)->files++;
  else lua_pushnil(L);
  return 1;
}

/* __box(file), as in bind.c */
static int box_file(lua_State *L)
{
  const BindClass *class = lua_touserdata(L, lua_upvalueindex(1));
  return return_file(L, new_box(L, (THFileKind)(class - bind_files)), lua_touserdata(L, 1));
}

static const char *check_path(lua_State *L)
{
  size_t n;
  const char *name = bind_string(L, 1, &n);
  bind_argcheck(L, strlen(name) == n, 1, "the name holds a zero byte");
  return name;
}

/* disk(name [, mode [, quiet]]) and pipe(command ...): nil on a quiet failure */
static int new_disk(lua_State *L)
{
  bool pipe = lua_toboolean(L, lua_upvalueindex(1));
  if (pipe) bind_enter(L, "torch.PipeFile", "command mode quiet", false);
  else bind_enter(L, "torch.DiskFile", "path mode quiet", false);
  const char *name = check_path(L), *mode = lua_isnoneornil(L, 2) ? "r" : bind_string(L, 2, NULL);
  if (!lua_isnoneornil(L, 3) && !lua_isboolean(L, 3)) return bind_typeerror(L, 3, "boolean");
  int quiet = lua_toboolean(L, 3);
  BindBox *box = new_box(L, pipe ? TH_FILE_PIPE : TH_FILE_DISK);
  return return_file(L, box, pipe ? THPipeFile_new(name, mode, quiet) : THDiskFile_new(name, mode, quiet));
}

/* replacing(name): a DiskFile for writing that replaces `name` at commit_(), or is it (inplace) */
static int new_replacing(lua_State *L)
{
  bind_enter(L, "torch.save", "path", false);
  const char *name = check_path(L);
  BindBox *box = new_box(L, TH_FILE_DISK);
  return return_file(L, box, THDiskFile_newReplacing(name));
}

static int in_place(lua_State *L)
{
  lua_pushboolean(L, THDiskFile_isInPlace(torch_checkfile(L, 1)));
  return 1;
}

/* memory([storage,] [mode]) */
static int new_memory(lua_State *L)
{
  THAnyStorage *s = bind_tostorage(L, 1);
  if (s) bind_enter(L, "torch.MemoryFile", "storage mode", false);
  else bind_enter(L, "torch.MemoryFile", "mode", false);
  if (s && s->type != TH_CHAR) return bind_typeerror(L, 1, "torch.CharStorage");
  if (!s && !lua_isnoneornil(L, 1) && lua_type(L, 1) != LUA_TSTRING)
    return bind_refuse(L, &bind_info_MemoryFile, false);
  int at = s ? 2 : 1;
  const char *mode = lua_isnoneornil(L, at) ? "rw" : bind_string(L, at, NULL);
  BindBox *box = new_box(L, TH_FILE_MEMORY);
  return return_file(L, box, THMemoryFile_newWithStorage((THCharStorage *)s, mode));
}

/* memoryof(string): a MemoryFile for reading that holds a copy */
static int memory_of(lua_State *L)
{
  bind_enter(L, "torch.deserialize", "text", false);
  size_t n;
  const char *s = bind_string(L, 1, &n);
  BindBox *box = new_box(L, TH_FILE_MEMORY);
  TH_AUTO(THAnyStorage) bytes = THAnyStorage_newWithSize(TH_CHAR, (ptrdiff_t)n + 1);
  memcpy(bytes->data, s, n + 1);
  return return_file(L, box, THMemoryFile_newWithStorage((THCharStorage *)bytes, "r"));
}

int torch_mapstorage(lua_State *L, THType type)
{
  static const BindFrame frames[TH_NTYPES] = {
#define X(Name, real, accreal, CODE) [TH_##CODE] = {"torch." #Name "Storage", "path shared size sharedMem", false},
    TH_ALL_TYPES(X)
#undef X
  };
  bind_run(L, &frames[type]);
  const char *name = check_path(L);
  int flags = lua_toboolean(L, 2) ? TH_ALLOCATOR_MAPPED_SHARED : 0;
  int64_t size = lua_isnoneornil(L, 3) ? 0 : bind_integer(L, 3);
  if (lua_toboolean(L, 4)) flags |= TH_ALLOCATOR_MAPPED_SHAREDMEM;
  BindBox *box = bind_box(L, &bind_storages[type]);
  box->object = THAnyStorage_newWithMapping(type, name, size, flags);
  return 1;
}

/* ---- registration ---- */

/* __gc; safe to call twice. Files close here. */
static int file_gc(lua_State *L)
{
  BindBox *box = bind_testbox(L, 1, bind_files, 3);
  if (!box) return 0;
  void *object = box->object;
  box->object = NULL;
  free_file(object);
  bind_state(L)->files--;
  return 0;
}

/* setclass(kind, metatable) */
static int set_class(lua_State *L)
{
  static const char *const kinds[] = {"DiskFile", "PipeFile", "MemoryFile", NULL};
  const BindClass *class = &bind_files[luaL_checkoption(L, 1, NULL, kinds)];
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  bind_setmetatable(L, class, file_gc, box_file);
  return 0;
}

static void push_methods(lua_State *L, const char *field, const luaL_Reg *methods)
{
  lua_newtable(L);
  luaL_register(L, NULL, methods);
  lua_setfield(L, -2, field);
}

static void add_numbers(lua_State *L)
{
  lua_getfield(L, -1, "methods");
  for (int t = 0; t < TH_NTYPES; t++) {
    if (t == TH_BOOL) continue;
    lua_pushinteger(L, t);
    lua_pushcclosure(L, file_readX, 1);
    lua_setfield(L, -2, read_frames[t].name);
    lua_pushinteger(L, t);
    lua_pushcclosure(L, file_writeX, 1);
    lua_setfield(L, -2, write_frames[t].name);
  }
  lua_pop(L, 1);
}

/* module[class][name] = module.file[field]; module and module.file are on top */
static void share_method(lua_State *L, const char *class, const char *name, const char *field)
{
  lua_getfield(L, -2, class);
  lua_getfield(L, -2, field);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void torch_open_file(lua_State *L)
{
#define ENTRY(name) {#name, file_##name},
#define ENTRY2(name, function) {#name, file_##name},
  static const luaL_Reg methods[] = {
    QUESTIONS(ENTRY) SETTINGS(ENTRY2) ENTRY(position) ENTRY(seek) ENTRY(readBool) ENTRY(writeBool)
    ENTRY(readString) ENTRY(writeString) {"__tostring__", file_tostring}, {NULL, NULL}};
  static const luaL_Reg disk[] = {DISK_SETTINGS(ENTRY2) ENTRY(longSize)
                                  {"isLittleEndianCPU", disk_isLittleEndianCPU},
                                  {"isBigEndianCPU", disk_isBigEndianCPU},
                                  {NULL, NULL}};
  static const luaL_Reg memory[] = {ENTRY(longSize){"storage", memory_storage}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"newreplacing", new_replacing}, {"inplace", in_place},
                                       {"newmemory", new_memory},       {"memoryof", memory_of},
                                       {"setclass", set_class},         {NULL, NULL}};
  lua_newtable(L);
  luaL_register(L, NULL, functions);
  for (int pipe = 0; pipe < 2; pipe++) {
    lua_pushboolean(L, pipe);
    lua_pushcclosure(L, new_disk, 1);
    lua_setfield(L, -2, pipe ? "newpipe" : "newdisk");
  }
  push_methods(L, "methods", methods);
  push_methods(L, "disk", disk);
  push_methods(L, "memory", memory);
  add_numbers(L);
  torch_open_object(L);
  share_method(L, "storage", "read", "readstorage");
  share_method(L, "storage", "write", "writestorage");
  share_method(L, "tensor", "read", "readtensor");
  share_method(L, "tensor", "write", "writetensor");
  lua_setfield(L, -2, "file");
}
