/* libTHblas.so: the BLAS's addresses (THBlasTable.h). The linker finds them when the library is loaded. */
#include "THBlasTable.h"

#define DECLARE_S(routine, arguments) void s##routine##_ arguments;
#define DECLARE_D(routine, arguments) void d##routine##_ arguments;
TH_BLAS_ROUTINES(DECLARE_S, float)
TH_BLAS_ROUTINES(DECLARE_D, double)
float cblas_sdot(int, const float *, int, const float *, int);
double cblas_ddot(int, const double *, int, const double *, int);

/* Absent from other BLAS libraries, and where nothing uses OpenMP. */
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int n) __attribute__((weak));
extern void openblas_set_num_threads(int n) __attribute__((weak));
extern int openblas_get_parallel(void) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));

#define ADDRESS_S(routine, arguments) .routine = s##routine##_,
#define ADDRESS_D(routine, arguments) .routine = d##routine##_,

extern const THBlasTable TH_blasPlugin;
__attribute__((visibility("default"))) const THBlasTable TH_blasPlugin = {
  .size = sizeof(THBlasTable),
  .s = {TH_BLAS_ROUTINES(ADDRESS_S, float).dot = cblas_sdot},
  .d = {TH_BLAS_ROUTINES(ADDRESS_D, double).dot = cblas_ddot},
  .omp_get_max_threads = omp_get_max_threads,
  .omp_set_num_threads = omp_set_num_threads,
  .openblas_set_num_threads = openblas_set_num_threads,
  .openblas_get_parallel = openblas_get_parallel,
  .openblas_get_corename = openblas_get_corename,
  .openblas_get_config = openblas_get_config,
};
