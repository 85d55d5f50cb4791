/* lib<package>cuda.so and lib<package>simt.so, a package's half for GPUs (KIT_GPU_NAME): loading it loads what it is
   linked with, whose constructors hand the kernels to the package. */
#include "THGeneral.h"

#define OPEN TH_CONCAT_2(luaopen_lib, KIT_GPU_NAME)

struct lua_State;
TH_API int OPEN(struct lua_State *L);
int OPEN(struct lua_State *L) { return (void)L, 0; }
