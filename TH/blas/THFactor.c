/* Recursive factorisations (Toledo, 1997; Elmroth, Gustavson, 2000): halves of halves, so that nearly all work is in products. */
#include "THFactor.h"
#include "gemm/gemm.h"
#include "gemm/product.h"
#include "parallel/THParallel.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum {
  BLOCK = 32, /* unknowns that are solved for without products */
  PANEL = 16, /* columns of LU without products */
  ROUND = 4,  /* of them that are taken from the others together */
  SOLVE_WORK = 1 << 16, /* multiplications that make a piece of a solution worth handing over */
  SWAP_WORK = 1 << 12,  /* exchanges of elements that do */
  EXCHANGES = 64,       /* done to a column while it is at hand */
  DIAGONAL = 64         /* columns of a triangle that a product makes whole */
};

/* X T = B, in place of B: lanes i and unknowns j of B lie bi and bj apart, T(k, j) at k tk + j tj. T is upper, solved from
   the first unknown, or lower, from the last. Solutions from the left are these of all transposed. */
typedef struct Triangle {
  bool backward, unit;
  int64_t tk, tj, bi, bj;
} Triangle;

#define TH_GENERIC_FILE "blas/generic/THFactor.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"
