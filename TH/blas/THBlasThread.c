#include "THBlasThread.h"
#include <pthread.h>
#include "THGeneral.h"

/* Absent from other BLAS libraries, and where nothing uses OpenMP. */
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int n) __attribute__((weak));
extern void openblas_set_num_threads(int n) __attribute__((weak));
extern int openblas_get_parallel(void) __attribute__((weak));

/* What openblas_get_parallel returns. ORDER OPENBLAS */
enum { SEQUENTIAL, PTHREADS, OPENMP };
static int kind = PTHREADS;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The thread that held the lock is not in the child. */
static void in_child(void) { pthread_mutex_init(&turn, NULL); }

__attribute__((constructor)) static void ask_blas(void)
{
  if (openblas_get_parallel) kind = openblas_get_parallel();
  if (kind == OPENMP && (!omp_get_max_threads || !omp_set_num_threads)) kind = PTHREADS;
  if (kind == SEQUENTIAL) pthread_atfork(NULL, NULL, in_child);
  if (kind == PTHREADS && openblas_set_num_threads) openblas_set_num_threads(1);
}

int TH_blasEnter(void)
{
  if (kind == SEQUENTIAL) pthread_mutex_lock(&turn);
  if (kind != OPENMP) return 1;
  int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
  return before;
}

void TH_blasLeave(const int *before)
{
  if (kind == SEQUENTIAL) pthread_mutex_unlock(&turn);
  if (*before != 1) omp_set_num_threads(*before);
}


/* ---- what it is ---- */

extern char *openblas_get_corename(void) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
const char *THGetBLAS(void) { return openblas_get_corename ? openblas_get_corename() : "unknown"; }
const char *THGetBLASConfig(void) { return openblas_get_config ? openblas_get_config() : "unknown"; }
