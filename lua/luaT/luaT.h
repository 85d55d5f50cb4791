#ifndef LUAT_H
#define LUAT_H
/* Classes of luaT from C, as packages written for Torch7 use them. They are the classes of the Lua module `luaT`
   (torch.class): one registry in each Lua state, whoever declares a class.

   An object of a C class is a userdata whose first word points to the C object. A class is named "package.Class";
   `ud` and `idx` are positions on the Lua stack. The functions raise Lua errors; those about an argument say
   "FUNCTION: argument #N: MESSAGE" after the user's line.

   Call one of these functions before TH: errors of TH are raised in the Lua state that called last. */
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#ifdef __cplusplus
}
#define LUAT_EXTERNC extern "C"
#else
#define LUAT_EXTERNC extern
#endif

#define LUAT_API LUAT_EXTERNC __attribute__((visibility("default")))
#define LUAT_DEPRECATED __attribute__((deprecated))

/* Names of Lua 5.2 that sources use for both versions. */
#ifndef lua_pushglobaltable
#define lua_pushglobaltable(L) lua_pushvalue(L, LUA_GLOBALSINDEX)
#endif
#ifndef lua_setuservalue
#define lua_setuservalue lua_setfenv
#define lua_getuservalue lua_getfenv
#endif

/* ---- memory ----
   Blocks of malloc. Size 0 gives NULL; a negative size, or one beyond memory, raises after the collector has run. */
LUAT_API void *luaT_alloc(lua_State *L, ptrdiff_t size);
LUAT_API void *luaT_realloc(lua_State *L, void *ptr, ptrdiff_t size);
LUAT_API void luaT_free(lua_State *L, void *ptr);

/* ---- classes ---- */
/* Defines the class tname and pushes its metatable, which takes the methods; parent_tname (NULL: none) is a class.
   What is not NULL of these is set, and must not have been before:
     constructor  called as package.Class(...) with these arguments; returns the object
     destructor   called with a userdata that the collector frees
     factory      makes an empty object for torch.load
   With a constructor, the constructor table is put at package.Class, where `package` is a global table, or in the
   table at moduleidx when that is not 0. Returns the class's name, the same pointer in all states, for as long as the
   process lives. */
LUAT_API const char *luaT_newlocalmetatable(lua_State *L, const char *tname, const char *parent_tname,
                                            lua_CFunction constructor, lua_CFunction destructor,
                                            lua_CFunction factory, int moduleidx);
LUAT_API const char *luaT_newmetatable(lua_State *L, const char *tname, const char *parent_tname,
                                       lua_CFunction constructor, lua_CFunction destructor,
                                       lua_CFunction factory);
/* Pushes the metatable of a class and returns 1; returns 0, and pushes nothing, when there is no such class. */
LUAT_API int luaT_pushmetatable(lua_State *L, const char *tname);
/* The name as luaT_newmetatable returns it; NULL when there is no such class. */
LUAT_API const char *luaT_typenameid(lua_State *L, const char *tname);
/* The class of the value at ud; NULL when it is no object. */
LUAT_API const char *luaT_typename(lua_State *L, int ud);

/* ---- objects ---- */
/* Pushes a userdata of the class for the C object, nil for NULL. It takes over the caller's count: the class's
   destructor gives it back. The userdata of tensors, storages, generators and files are those that torch makes. */
LUAT_API void luaT_pushudata(lua_State *L, void *udata, const char *tname);
/* The C object at ud when it is of the class or of one derived from it, else NULL. */
LUAT_API void *luaT_toudata(lua_State *L, int ud, const char *tname);
LUAT_API int luaT_isudata(lua_State *L, int ud, const char *tname);
LUAT_API void *luaT_checkudata(lua_State *L, int ud, const char *tname); /* raises instead of NULL */

/* ---- numbers and booleans ---- */
LUAT_API void luaT_pushlong(lua_State *L, long n);
LUAT_API long luaT_checklong(lua_State *L, int idx);
LUAT_API long luaT_tolong(lua_State *L, int idx); /* 0 when it is no number */
LUAT_API void luaT_pushinteger(lua_State *L, ptrdiff_t n);
LUAT_API ptrdiff_t luaT_checkinteger(lua_State *L, int idx);
LUAT_API int luaT_checkboolean(lua_State *L, int ud);
LUAT_API int luaT_optboolean(lua_State *L, int ud, int def); /* def for none and nil */

/* ---- fields of a table or object ----
   Push the field's value, which keeps what is returned alive, and return it; raise when it is of another kind. */
LUAT_API void *luaT_getfieldcheckudata(lua_State *L, int ud, const char *field, const char *tname);
LUAT_API void *luaT_getfieldchecklightudata(lua_State *L, int ud, const char *field);
LUAT_API double luaT_getfieldchecknumber(lua_State *L, int ud, const char *field);
LUAT_API int luaT_getfieldcheckint(lua_State *L, int ud, const char *field);
LUAT_API const char *luaT_getfieldcheckstring(lua_State *L, int ud, const char *field);
LUAT_API int luaT_getfieldcheckboolean(lua_State *L, int ud, const char *field);
LUAT_API void luaT_getfieldchecktable(lua_State *L, int ud, const char *field);

/* ---- helpers ---- */
/* Raises: tname expected, got what is at ud. */
LUAT_API int luaT_typerror(lua_State *L, int ud, const char *tname);
/* Sets the functions, with nup upvalues each (on top, popped), in the table below them. */
LUAT_API void luaT_setfuncs(lua_State *L, const luaL_Reg *l, int nup);
/* The same without upvalues, in the table `name` of the table on top, which is made when it is not there. */
LUAT_API void luaT_registeratname(lua_State *L, const struct luaL_Reg *methods, const char *name);
/* "a.b.C": C, part of tname. */
LUAT_API const char *luaT_classrootname(const char *tname);
/* "a.b.C": copies a, and returns 1; of "C" copies C and returns 0. module_name has room for tname. */
LUAT_API int luaT_classmodulename(const char *tname, char *module_name);
LUAT_API void luaT_stackdump(lua_State *L); /* prints the stack, for debugging */

/* ---- for Lua: functions of the torch table of the same names ---- */
LUAT_API int luaT_lua_newmetatable(lua_State *L);
LUAT_API int luaT_lua_factory(lua_State *L);
LUAT_API int luaT_lua_getconstructortable(lua_State *L);
LUAT_API int luaT_lua_typename(lua_State *L);
LUAT_API int luaT_lua_isequal(lua_State *L);
LUAT_API int luaT_lua_pointer(lua_State *L);
LUAT_API int luaT_lua_setenv(lua_State *L);
LUAT_API int luaT_lua_getenv(lua_State *L);
LUAT_API int luaT_lua_getmetatable(lua_State *L);
LUAT_API int luaT_lua_version(lua_State *L);
LUAT_API int luaT_lua_setmetatable(lua_State *L);
LUAT_API int luaT_lua_metatype(lua_State *L);
LUAT_API int luaT_lua_pushudata(lua_State *L);

/* ---- names of older packages: a class's id is its name ---- */
LUAT_API LUAT_DEPRECATED int luaT_pushmetaclass(lua_State *L, const char *tname);
LUAT_API LUAT_DEPRECATED const char *luaT_id(lua_State *L, int ud);
LUAT_API LUAT_DEPRECATED const char *luaT_id2typename(lua_State *L, const char *id);
LUAT_API LUAT_DEPRECATED const char *luaT_typename2id(lua_State *L, const char *tname);
LUAT_API LUAT_DEPRECATED int luaT_getmetaclass(lua_State *L, int index);
LUAT_API LUAT_DEPRECATED const char *luaT_checktypename2id(lua_State *L, const char *tname);
LUAT_API LUAT_DEPRECATED void luaT_registeratid(lua_State *L, const struct luaL_Reg *methods, const char *id);

/* ---- for libraries that raise errors of their own, as torch does those of TH ----
   Sets a function that is called with L, or a coroutine of it, whenever one of the functions above is. */
LUAT_API void luaT_onentry(lua_State *L, void (*f)(lua_State *L));

#endif
