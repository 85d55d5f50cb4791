/* BLAS without a library: what TH calls of it for vectors and matrices, in plain C, for builds with -DTH_BLAS=own. Products are TH's own
   where there are kernels for the processor (gemm), those here elsewhere. Of LAPACK there is what TH has itself (THFactor.c); the
   rest raises. */
#include "blas/THBlasTable.h"
#include <stdbool.h>
#include <string.h>

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

extern const THBlasTable TH_blasPlugin;
const THBlasTable TH_blasPlugin = {
  .size = sizeof(THBlasTable),
#define OWN(name) s##name##_own
  .s = {TH_BLAS_ROUTINES(ADDRESS, float).dot = sdot_own},
#undef OWN
#define OWN(name) d##name##_own
  .d = {TH_BLAS_ROUTINES(ADDRESS, double).dot = ddot_own},
#undef OWN
};
