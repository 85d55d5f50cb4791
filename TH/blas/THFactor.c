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
  DIAGONAL = 32,        /* columns of a triangle that a product makes whole */
  STRIPS = 384,         /* rows of a triangle that strips of so many columns make ... */
  SQUARE_WORK = 1 << 18, /* ... and multiplications that make one worth handing over */
  HALF_COLUMNS = 8      /* columns that are copied together, a line of their rows: they stay in the first cache */
};

/* X T = B, in place of B: lanes i and unknowns j of B lie bi and bj apart, T(k, j) at k tk + j tj. T is upper, solved from
   the first unknown, or lower, from the last. Solutions from the left are these of all transposed. */
typedef struct Triangle {
  bool backward, unit;
  int64_t tk, tj, bi, bj;
} Triangle;

/* ---- one triangle of a matrix ---- */

typedef struct Half {
  bool isDouble, upper;
  int64_t n, si, sj;
  const char *a;
  char *to;
} Half;

/* Columns [j, end): zeros in a row, which the processor foresees, then what all of these columns have, then the corner's zeros. */
static void half_columns(const Half *g, int64_t j, int64_t end)
{
  const int size = g->isDouble ? 8 : 4, lanes = 64 / size;
  const int64_t n = g->n, first = j, top = g->upper ? 0 : j, rows = g->upper ? end : n - j;
  const int64_t turned = g->sj == 1 ? rows / lanes * lanes : 0;
  char *to = g->to + (j * n + top) * size;
  const char *a = g->a + (top * g->si + j * g->sj) * size;
  memset(g->to + j * n * size, 0, (size_t)((end - j) * n * size));
  if (turned) THGemm_kernels(g->isDouble)->packRows(end - j, (int)turned, (int)n, a, g->si, to);
  for (; j < end; j++, to += n * size, a += g->sj * size) {
    if (g->si == 1) memcpy(to, a, (size_t)(rows * size));
    else
      for (int64_t i = turned; i < rows; i++) {
        if (g->isDouble) memcpy(to + i * 8, a + i * g->si * 8, 8);
        else memcpy(to + i * 4, a + i * g->si * 4, 4);
      }
    if (g->upper) memset(to + (j + 1) * size, 0, (size_t)((end - j - 1) * size));
    else memset(to, 0, (size_t)((j - first) * size));
  }
}

static void half_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Half *g = arg;
  (void)worker;
  for (int64_t q = first; q < last; q++) half_columns(g, q * HALF_COLUMNS, THMin((q + 1) * HALF_COLUMNS, g->n));
}

void THFactor_half(bool isDouble, bool upper, int64_t n, const void *a, int64_t si, int64_t sj, void *to)
{
  const int64_t groups = (n + HALF_COLUMNS - 1) / HALF_COLUMNS;
  TH_parallel(groups, TH_pieceFor(groups, HALF_COLUMNS * (double)n), half_piece, &(Half){isDouble, upper, n, si, sj, a, to});
}

#define TH_GENERIC_FILE "blas/generic/THFactor.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"
