#ifndef TH_BLAS_GEMM_H
#define TH_BLAS_GEMM_H
/* Matrix products of floats and doubles by kernels of our own (kernel.c, compiled once per instruction set), cut into
   tiles and blocks by product.c.

   C is thought of with its lanes, the dimension of m, one element apart in memory: whoever has it the other way round
   names the factors the other way round (C' = B' A'). */
#include <stdbool.h>
#include <stdint.h>

/* What one call of a kernel does: `columns` columns of C, lanes of one to GEMM_MOST_VECTORS vectors.

   C = alpha A B + beta D, D being nowhere when `d` is NULL. */
typedef struct GemmBlock {
  int64_t k;
  const void *a, *b;
  void *c;
  const void *d;
  int64_t ak, bk, bj, cj, di, dj; /* steps, in elements; di is 1, or 0: lanes share an element of D */
  int lanes;                      /* of the last vector; wide blocks may read the others of A, not use them */
  bool fetch;                     /* C is far: it is asked for before the sums are made */
  /* Memory that is asked for meanwhile, a place each step of k: `askStep` bytes apart, but `askJump` after every
     GEMM_ASK, counted from the last step back. Steps of 0 ask for nothing new. */
  const char *ask;
  int64_t askStep, askJump;
  double alpha, beta;
  void *keep; /* where `keeping` blocks write A, packed */
} GemmBlock;

/* A few rows of A (i) times columns of B (j), k in a row in both: sums of products. C and D with any steps. */
typedef struct GemmDots {
  int64_t k;
  const void *a, *b;
  void *c;
  const void *d;
  int64_t ai, bj, ci, cj, di, dj;
  int64_t columns;
  double alpha, beta;
} GemmDots;

/* C = from + beta D for a block that a kernel has written apart, `width` lanes to a column. */
typedef struct GemmSpread {
  const void *from;
  void *c;
  const void *d;
  int64_t width, lanes, columns, ci, cj, di, dj;
  double beta;
} GemmSpread;

enum { GEMM_MOST_VECTORS = 4, GEMM_MOST_COLUMNS = 8, GEMM_MOST_ROWS = 4, GEMM_THIN = 8, GEMM_MOST_STREAMED = 2, GEMM_ASK = 16,
       GEMM_AHEAD = 16 /* steps of k from asking to use; half where runs share places of the first cache */ };

typedef struct GemmKernels {
  int lanes, vectors, columns[GEMM_MOST_VECTORS]; /* elements of a vector; most vectors of a block, and columns of [vectors - 1] */
  int rows; /* most of them in `dots` */
  int wide; /* sums, in vectors, that make a block a wide one */
  void (*block[GEMM_MOST_VECTORS][GEMM_MOST_COLUMNS])(const GemmBlock *g); /* [vectors - 1][columns - 1] */
  /* Blocks of most columns that pack A as they read it; NULL for few vectors. */
  void (*keeping[GEMM_MOST_VECTORS])(const GemmBlock *g); /* [vectors - 1] */
  void (*thin)(const GemmBlock *g); /* of lanes of GEMM_THIN vectors and one column; `lanes` is that of a whole vector */
  /* C += A B of any number of `lanes` and [columns - 1] columns; C stays in the first cache, and A is read in runs of all lanes. */
  void (*stream[GEMM_MOST_STREAMED])(const GemmBlock *g);
  void (*dots[GEMM_MOST_ROWS])(const GemmDots *g);         /* [rows - 1] */
  void (*spread)(const GemmSpread *g);
  /* to[k][width] from n rows, `step` apart, with their k in a row; width >= n, the rest is any number.
     A vector more than to[k][width] may be written. */
  void (*packRows)(int64_t k, int n, int width, const void *from, int64_t step, void *to);
  /* to[k][width] from k runs of n elements, `step` apart */
  void (*packRuns)(int64_t k, int n, int width, const void *from, int64_t step, void *to);
} GemmKernels;

/* Of floats and of doubles; NULL where the instruction set that TH has chosen has none. */
const GemmKernels *THGemm_kernels(int isDouble);

#endif
