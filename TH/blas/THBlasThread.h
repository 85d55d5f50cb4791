#ifndef TH_BLAS_THREAD_H
#define TH_BLAS_THREAD_H
/* BLAS and LAPACK stay in the thread that calls them: TH shares out the work itself. OpenBLAS built for
   OpenMP asks OpenMP's setting of the calling thread, which is put back after the call; other builds
   have one number for the process (set when libTH is loaded). */

/* Absent from a BLAS that has no threads. */
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int n) __attribute__((weak));

static inline int TH_blasEnter(void)
{
  if (!omp_set_num_threads || !omp_get_max_threads) return 1;
  int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
  return before;
}
static inline void TH_blasLeave(const int *before)
{
  if (*before != 1) omp_set_num_threads(*before);
}
/* To the end of the scope. */
#define TH_BLAS_ALONE                                                                              \
  __attribute__((cleanup(TH_blasLeave), unused)) const int blas_threads_before = TH_blasEnter()

#endif
