#ifndef TORCH_FILE_H
#define TORCH_FILE_H
/* What the file methods (File.c) and the object reader and writer (Object*.c) share. */
#include "glue.h"
#include "THFile.h"

extern const BindClass bind_files[3]; /* by THFileKind */

static inline THFile *torch_tofile(lua_State *L, int idx)
{
  BindBox *box = bind_testbox(L, idx, bind_files, 3);
  return box ? box->object : NULL;
}
THFile *torch_checkfile(lua_State *L, int idx);

/* Fields of a file's environment (torch.getenv(file)):
     readObjects        index -> object
     writeObjects       address -> index; nWriteObject: the last index given
     writeObjectsRef    index -> object, so that no address is used twice
     force              true: objects are written in full each time (referenced(false))
     unsafe             true: functions may be compiled
     open, path         writing: objects in progress when `force`, and where we are
   `hooks` is a table of Lua functions, set by ObjectIO.lua. */
enum { OBJECT_NIL, OBJECT_NUMBER, OBJECT_STRING, OBJECT_TABLE, OBJECT_TORCH, OBJECT_BOOLEAN,
       OBJECT_FUNCTION, OBJECT_LEGACY_RECUR_FUNCTION = 7, OBJECT_RECUR_FUNCTION = 8 };

/* Pushes env[field], a table made on first use. */
void torch_pushfiletable(lua_State *L, int env, const char *field);
/* Pushes the Lua function `name` given to sethooks. */
void torch_pushhook(lua_State *L, const char *name);

int torch_rememberdump(lua_State *L); /* dumped.c */
int torch_isdump(lua_State *L);

int torch_readObject(lua_State *L);
int torch_writeObject(lua_State *L);
/* "S" of the format: int length, then bytes. */
void torch_readsized(lua_State *L, THFile *f);
void torch_writesized(THFile *f, const char *s, size_t n);
/* Raises: what, the file's name, the byte offset. */
int torch_corrupt(lua_State *L, THFile *f, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Calls nest where classes read and write themselves; each level holds a C frame. */
enum { OBJECT_DEPTH = 1000 };
extern __thread int torch_objectdepth;
static inline void torch_leave(int *before) { torch_objectdepth = *before; }
#define TORCH_NESTED(L, what)                                                                      \
  __attribute__((cleanup(torch_leave))) int depth_before = torch_objectdepth;                      \
  if (++torch_objectdepth > OBJECT_DEPTH)                                                          \
  luaL_error(L, "%s: objects nest more than %d levels deep", what, OBJECT_DEPTH)

void torch_open_file(lua_State *L);
void torch_open_object(lua_State *L);
#endif
