#include "THBlas.h"
#include "../plan/THPlan.h"

/* The Fortran interface, which every BLAS has; dot through the C one, since Fortran compilers
   disagree on how a function returns a float. */
#define FORTRAN(p, T)                                                                              \
  void p##swap_(const int *, T *, const int *, T *, const int *);                                  \
  void p##scal_(const int *, const T *, T *, const int *);                                         \
  void p##copy_(const int *, const T *, const int *, T *, const int *);                            \
  void p##axpy_(const int *, const T *, const T *, const int *, T *, const int *);                 \
  T cblas_##p##dot(int, const T *, int, const T *, int);                                           \
  void p##gemv_(const char *, const int *, const int *, const T *, const T *, const int *,         \
                const T *, const int *, const T *, T *, const int *);                              \
  void p##ger_(const int *, const int *, const T *, const T *, const int *, const T *,             \
               const int *, T *, const int *);                                                     \
  void p##gemm_(const char *, const char *, const int *, const int *, const int *, const T *,      \
                const T *, const int *, const T *, const int *, const T *, T *, const int *);
FORTRAN(s, float)
FORTRAN(d, double)

static int fits(int64_t n)
{
  if (n > INT32_MAX || n < -(int64_t)INT32_MAX)
    THError("BLAS: size %lld does not fit", (long long)n);
  return (int)n;
}

static bool transposed(char trans)
{
  return trans == 't' || trans == 'T' || trans == 'c' || trans == 'C';
}

#define TH_GENERIC_FILE "generic/THBlas.c"
#include "../THGenerate.h"
