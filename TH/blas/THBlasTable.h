#ifndef TH_BLAS_TABLE_H
#define TH_BLAS_TABLE_H
/* The routines of BLAS and LAPACK that TH calls, as a table of addresses. Loading a BLAS costs more than all else that
   happens when a program starts (OpenBLAS looks up 14,000 names of its own), so it is loaded at the first call: the
   table lies in a library of its own, libTHblas.so beside libTH.so, which is linked with the BLAS
   (THBlasPlugin.c; loaded by THBlasThread.c). With TH_BLAS_LAZY=OFF it is part of libTH. */
#include <stddef.h>
#include "THGeneral.h"

/* X(routine, arguments) for elements of type T: Fortran's, all by address and, after all else, the lengths of strings. */
#define TH_BLAS_ROUTINES(X, T) TH_VECTOR_ROUTINES(X, T) TH_LAPACK_ROUTINES(X, T)
#define TH_VECTOR_ROUTINES(X, T)                                                                   \
  X(swap, (const int *, T *, const int *, T *, const int *))                                       \
  X(scal, (const int *, const T *, T *, const int *))                                              \
  X(copy, (const int *, const T *, const int *, T *, const int *))                                 \
  X(axpy, (const int *, const T *, const T *, const int *, T *, const int *))                      \
  X(gemv, (const char *, const int *, const int *, const T *, const T *, const int *, const T *,   \
           const int *, const T *, T *, const int *))                                              \
  X(ger, (const int *, const int *, const T *, const T *, const int *, const T *, const int *, T *, \
          const int *))                                                                            \
  X(gemm, (const char *, const char *, const int *, const int *, const int *, const T *, const T *, \
           const int *, const T *, const int *, const T *, T *, const int *))
#define TH_LAPACK_ROUTINES(X, T)                                                                   \
  X(trtrs, (const char *, const char *, const char *, const int *, const int *, T *, const int *,  \
            T *, const int *, int *, size_t, size_t, size_t))                                      \
  X(gels, (const char *, const int *, const int *, const int *, T *, const int *, T *, const int *, \
           T *, const int *, int *, size_t))                                                       \
  X(syev, (const char *, const char *, const int *, T *, const int *, T *, T *, const int *, int *, \
           size_t, size_t))                                                                        \
  X(syevd, (const char *, const char *, const int *, T *, const int *, T *, T *, const int *,      \
            int *, const int *, int *, size_t, size_t))                                            \
  X(sterf, (const int *, T *, T *, int *))                                                         \
  X(stedc, (const char *, const int *, T *, T *, T *, const int *, T *, const int *, int *, const int *, \
            int *, size_t))                                                                        \
  X(ormtr, (const char *, const char *, const char *, const int *, const int *, T *, const int *,  \
            T *, T *, const int *, T *, const int *, int *, size_t, size_t, size_t))               \
  X(geev, (const char *, const char *, const int *, T *, const int *, T *, T *, T *, const int *,  \
           T *, const int *, T *, const int *, int *, size_t, size_t))                             \
  X(gesvd, (const char *, const char *, const int *, const int *, T *, const int *, T *, T *,      \
            const int *, T *, const int *, T *, const int *, int *, size_t, size_t))               \
  X(gesdd, (const char *, const int *, const int *, T *, const int *, T *, T *, const int *, T *,  \
            const int *, T *, const int *, int *, int *, size_t))                                  \
  X(getrf, (const int *, const int *, T *, const int *, int *, int *))                             \
  X(getrs, (const char *, const int *, const int *, T *, const int *, int *, T *, const int *,     \
            int *, size_t))                                                                        \
  X(getri, (const int *, T *, const int *, int *, T *, const int *, int *))                        \
  X(potrf, (const char *, const int *, T *, const int *, int *, size_t))                           \
  X(potri, (const char *, const int *, T *, const int *, int *, size_t))                           \
  X(potrs, (const char *, const int *, const int *, T *, const int *, T *, const int *, int *,     \
            size_t))                                                                               \
  X(pstrf, (const char *, const int *, T *, const int *, int *, int *, const T *, T *, int *,      \
            size_t))                                                                               \
  X(geqrf, (const int *, const int *, T *, const int *, T *, T *, const int *, int *))             \
  X(orgqr, (const int *, const int *, const int *, T *, const int *, T *, T *, const int *, int *)) \
  X(ormqr, (const char *, const char *, const int *, const int *, const int *, T *, const int *,   \
            T *, T *, const int *, T *, const int *, int *, size_t, size_t))

#define TH_BLAS_MEMBER(routine, arguments) void(*routine) arguments;
/* dot through the C interface, since Fortran compilers disagree on how a function returns a float */
#define TH_BLAS_OF(T)                                                                              \
  struct {                                                                                         \
    TH_BLAS_ROUTINES(TH_BLAS_MEMBER, T)                                                            \
    T (*dot)(int, const T *, int, const T *, int);                                                 \
  }

typedef struct THBlasTable {
  size_t size; /* of the table: both libraries are of one version */
  TH_BLAS_OF(float) s;
  TH_BLAS_OF(double) d;
  /* NULL where the BLAS is another than OpenBLAS, or nothing uses OpenMP */
  int (*omp_get_max_threads)(void);
  void (*omp_set_num_threads)(int);
  void (*openblas_set_num_threads)(int);
  int (*openblas_get_parallel)(void);
  char *(*openblas_get_corename)(void);
  char *(*openblas_get_config)(void);
} THBlasTable;

/* The table, once it is loaded; TH_blasLoad raises when it cannot be, TH_BLAS_ALONE (THBlasThread.h) calls it. Whoever
   goes to BLAS from the pieces of a parallel region calls it before, where errors may be raised. */
extern const THBlasTable *TH_blas;
TH_API const THBlasTable *TH_blasLoad(void);

#endif
