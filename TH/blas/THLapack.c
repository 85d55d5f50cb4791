#include "THLapack.h"
#include "THBlasThread.h"
#include "THFactor.h"
#include "gemm/product.h"
#include <float.h>
#include <string.h>

#ifdef TH_BLAS_OWN
enum { OWN_ROWS = 0 }; /* there are no others */
#else
enum { OWN_ROWS = 48 }; /* from so many on TH's own factorisations are faster */
#endif
enum { REDUCED_ROWS = 400 }; /* up to so many a symmetric matrix is made three diagonals by TH: its half stays in the second cache */
static bool ours(int n) { return n >= OWN_ROWS && THProduct_possible(); }
static bool is_triangle(char uplo) { return uplo == 'U' || uplo == 'L'; } /* LAPACK says what is wrong with others */

#define TH_GENERIC_FILE "blas/generic/THLapack.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"
