/* BLAS without a library: what TH calls of it for vectors and matrices, in plain C, for builds with -DTH_BLAS=own. Products are TH's own
   where there are kernels for the processor (gemm), those here elsewhere. Of LAPACK there is what TH has itself where
   it has such kernels (THFactor.c); the rest raises. */
#include "blas/THBlasTable.h"
#include <stdbool.h>
#include <string.h>

enum { ROWS = 8, COLUMNS = 4, DEPTH = 256 }; /* of a block of a product */

#define REFUSE(routine, arguments)                                                                 \
  static void OWN(routine) arguments                                                               \
  {                                                                                                \
    THError("%s is not in this build, which has no LAPACK (TH_BLAS=own); build with OpenBLAS", #routine); \
  }
#define ADDRESS(routine, arguments) .routine = OWN(routine),

#define OWN(name) s##name##_own
#define real float
#include "THBlasTyped.c"
TH_LAPACK_ROUTINES(REFUSE, real)
#undef OWN
#undef real
#define OWN(name) d##name##_own
#define real double
#include "THBlasTyped.c"
TH_LAPACK_ROUTINES(REFUSE, real)
#undef OWN
#undef real

static char *name(void) { return "own"; }

extern const THBlasTable TH_blasPlugin;
const THBlasTable TH_blasPlugin = {
  .size = sizeof(THBlasTable),
  .openblas_get_corename = name,
  .openblas_get_config = name,
#define OWN(name) s##name##_own
  .s = {TH_BLAS_ROUTINES(ADDRESS, float).dot = sdot_own},
#undef OWN
#define OWN(name) d##name##_own
  .d = {TH_BLAS_ROUTINES(ADDRESS, double).dot = ddot_own},
#undef OWN
};
