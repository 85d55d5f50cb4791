#ifndef TH_TENSOR_BLAS_H
#define TH_TENSOR_BLAS_H
/* Products of vectors, matrices and batches of matrices, for the seven arithmetic types.

   r_ = beta * t + alpha * product. beta == 0: the content of t counts for nothing, not even NaN.
   r_ takes the size of t; it may be t, and may share memory with the factors. Integer types wrap.
   Operands that BLAS can read (rows or columns without gaps between elements, any leading
   dimension) are not copied. */
#include "THAnyTensor.h"

/* Sum of x_i y_i in accreal, equal element counts in row-major order. Integers do not wrap at the
   element type. */
TH_API THScalar THAnyTensor_dot(THAnyTensor *x, THAnyTensor *y);

TH_API void THAnyTensor_addmv(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                              THAnyTensor *mat, THAnyTensor *vec);
TH_API void THAnyTensor_addmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                              THAnyTensor *mat1, THAnyTensor *mat2);
/* the outer product vec1 vec2' */
TH_API void THAnyTensor_addr(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                             THAnyTensor *vec1, THAnyTensor *vec2);
/* the sum over the batch of batch1[b] batch2[b] */
TH_API void THAnyTensor_addbmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                               THAnyTensor *batch1, THAnyTensor *batch2);
/* each product of the batch for itself */
TH_API void THAnyTensor_baddbmm(THAnyTensor *r_, THScalar beta, THAnyTensor *t, THScalar alpha,
                                THAnyTensor *batch1, THAnyTensor *batch2);

/* The plain products. r_ has the size of the result already, or is empty and gets it. */
TH_API void THAnyTensor_mv(THAnyTensor *r_, THAnyTensor *mat, THAnyTensor *vec);
TH_API void THAnyTensor_mm(THAnyTensor *r_, THAnyTensor *mat1, THAnyTensor *mat2);
TH_API void THAnyTensor_ger(THAnyTensor *r_, THAnyTensor *vec1, THAnyTensor *vec2);
TH_API void THAnyTensor_bmm(THAnyTensor *r_, THAnyTensor *batch1, THAnyTensor *batch2);

#endif
