#ifndef TH_BLAS_THREAD_H
#define TH_BLAS_THREAD_H
/* BLAS and LAPACK stay in the thread that calls them: TH shares out the work itself. OpenBLAS built for
   OpenMP asks OpenMP's setting of the calling thread, which is put back after the call; its pthread
   build has one number for the process, set when it is loaded. A build without threads need not
   bear several callers (Debian 12's returns wrong products then): they take turns. */
#include "THBlasTable.h"

/* From here to the end of the scope, where TH_blas->s and ->d are there. Raises where no BLAS can be loaded. */
#define TH_BLAS_ALONE                                                                              \
  __attribute__((cleanup(TH_blasLeave), unused)) const int blas_threads_before = TH_blasEnter()

TH_API int TH_blasEnter(void); /* what TH_blasLeave wants back */
TH_API void TH_blasLeave(const int *before);

#endif
