#ifndef TH_BLAS_PRODUCT_H
#define TH_BLAS_PRODUCT_H
/* C = alpha A B + beta D for floats and doubles with any steps between elements, in tiles for TH's threads.

   A is m x k, B k x n, C and D m x n; i, j and k name the dimensions of m, n and k. D is C itself, with C's steps, or
   shares no memory with C; with a step of 0 it is a vector that every row or column gets (a bias). It is not read
   where beta is 0. C has no two elements in one place and shares no memory with A and B. alpha and k are not 0.

   How k is cut depends on the shape alone, and an element's sum on nothing but that, so that the result does not depend on
   the number of threads or on whether it is made within a parallel region: tiles may. (One or two columns of a large matrix
   are summed in parts in scratch memory; where there is none for it, as others are, to within rounding.) */
#include "THGeneral.h"

typedef struct THProduct {
  int isDouble;
  int64_t m, n, k;
  const void *a, *b;
  void *c;
  const void *d;
  int64_t ai, ak, bk, bj, ci, cj, di, dj;
  double alpha, beta;
} THProduct;

/* Whether the instruction set that TH has chosen has kernels. */
TH_API bool THProduct_possible(void);

/* Does the product, or returns false: no kernels for the instruction set that TH has chosen. Raises nothing; where
   there is no memory for packed operands it takes more time. */
TH_API bool THProduct_run(const THProduct *p);

/* `batch` products whose operands lie sa, sb, sc (and sd) elements apart. */
TH_API bool THProduct_runBatch(const THProduct *p, int64_t batch, int64_t sa, int64_t sb, int64_t sc, int64_t sd);

/* Places that a thread reads or writes after a product: so many, `step` bytes apart, a line of the cache each. */
typedef struct THProductNext {
  const void *at;
  int64_t count, step;
} THProductNext;

/* A factor A that many products share, packed once. THProduct_pack takes m, k, a, ai and ak of `p` and writes
   THProduct_packedBytes of any alignment; these are 0 where there are no kernels, and then the other two must not be
   called; threads share the work. THProduct_runPacked does the product in the calling thread, of the same m and k, and
   does not read a, ai and ak; where `packed` is NULL it takes A as it lies, with ai and ci of 1. Sums are always those of blocks, so that a column
   of C does not depend on how many others there are. Meanwhile `count` elements of `next` are asked for, so that what comes next
   finds them in the cache; what has been asked for is taken out of them. Neither raises. */
TH_API int64_t THProduct_packedBytes(int isDouble, int64_t m, int64_t k);
TH_API void THProduct_pack(const THProduct *p, void *to);
TH_API void THProduct_runPacked(const THProduct *p, const void *packed, THProductNext *next, int count);

#endif
