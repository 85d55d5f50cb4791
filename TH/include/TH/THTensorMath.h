#ifndef TH_TENSOR_MATH_H
#define TH_TENSOR_MATH_H
/* Operations on tensors of any arithmetic type. Conventions as in THTensor.h: results first, named
   r_ and resized; dimensions 0-based; all tensors of one call share their element type, except
   index tensors (Long) and masks (Byte). Every argument and every index is checked before the first
   write, so after an error nothing has changed but, at most, the shape of a result. Results may be
   the inputs themselves or views of them, where nothing else is said. */
#include "THAnyTensor.h"

/* ---- indexing (THTensorIndex.c) ----
   Index tensors hold 1-based positions (TH_INDEX_BASE); one out of range raises. Masks hold 0 and 1
   only, anything else raises. */

/* r_ = the slices of src along dim that the vector `index` names, in its order. */
TH_API void THAnyTensor_indexSelect(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index);
/* Slice index[i] of r_ = slice i of src. src has r_'s sizes, and index's in dim. The last of
   duplicates stays. */
TH_API void THAnyTensor_indexCopy(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src);
/* Slice index[i] of r_ += slice i of src; duplicates add up. */
TH_API void THAnyTensor_indexAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src);
TH_API void THAnyTensor_indexFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val);
/* r_[i][j] = src[index[i][j]][j] for dim 0, and so on. r_ gets the sizes of index, which are src's
   but for dim. */
TH_API void THAnyTensor_gather(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index);
/* r_[index[i][j]][j] = src[i][j] for dim 0, and so on; index has r_'s sizes but for dim, src has
   index's, or more in dim. The last of duplicates stays. */
TH_API void THAnyTensor_scatter(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src);
TH_API void THAnyTensor_scatterAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src);
TH_API void THAnyTensor_scatterFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val);
/* r_ = value where mask is 1. The mask pairs up with r_ in row-major order or broadcasts to it. */
TH_API void THAnyTensor_maskedFill(THAnyTensor *r_, THAnyTensor *mask, THScalar value);
/* The elements of r_ where mask is 1 = the first elements of src, in row-major order. Raises when
   src has too few or the mask another element count. */
TH_API void THAnyTensor_maskedCopy(THAnyTensor *r_, THAnyTensor *mask, THAnyTensor *src);
/* r_ = the elements of src where mask is 1, in row-major order, 1-D; empty if there are none. */
TH_API void THAnyTensor_maskedSelect(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *mask);
/* subscript (Long, n x dims) = 0-based positions of the non-zero elements in row-major order; empty
   if there are none. NaN is not zero. */
TH_API void THAnyTensor_nonzero(THAnyTensor *subscript, THAnyTensor *t);

/* ---- order (THTensorSort.c) ----
   Indices (Long) are 0-based. NaN is larger than every number, -0 smaller than 0. Along a lane of n
   elements all of these are at worst O(n log n). keepdim 0 drops the reduced dimension. */

/* Stable, also when descending. */
TH_API void THAnyTensor_sort(THAnyTensor *rt_, THAnyTensor *ri_, THAnyTensor *t, int dim,
                             int descending);
/* The k smallest (dir 0) or largest of every lane; in order if sorted, else in any. */
TH_API void THAnyTensor_topk(THAnyTensor *rt_, THAnyTensor *ri_, THAnyTensor *t, int64_t k, int dim,
                             int dir, int sorted);
/* The k-th smallest, k from 1. */
TH_API void THAnyTensor_kthvalue(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t,
                                 int64_t k, int dim, int keepdim);
/* The lower of the two in the middle when the count is even. */
TH_API void THAnyTensor_median(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                               int keepdim);
TH_API THScalar THAnyTensor_medianall(THAnyTensor *t); /* raises when t is empty */
/* Most frequent value, the smallest of several, and where it occurs last. */
TH_API void THAnyTensor_mode(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                             int keepdim);

/* ---- along a dimension (THTensorLanes.c) ---- */

/* Running sums and products, kept in accreal. */
TH_API void THAnyTensor_cumsum(THAnyTensor *r_, THAnyTensor *t, int dim);
TH_API void THAnyTensor_cumprod(THAnyTensor *r_, THAnyTensor *t, int dim);
/* Largest and smallest with 0-based indices (Long): the first of equal ones; a NaN wins, the first
   one. keepdim 0 drops the dimension. */
TH_API void THAnyTensor_max(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                            int keepdim);
TH_API void THAnyTensor_min(THAnyTensor *values_, THAnyTensor *indices_, THAnyTensor *t, int dim,
                            int keepdim);
/* Float, Double. Sum of squared deviations over n (biased) or n - 1; two passes, so a large mean
   costs no accuracy. NaN for one element, unbiased. The ...all forms raise when t is empty. */
TH_API void THAnyTensor_var(THAnyTensor *r_, THAnyTensor *t, int dim, int biased, int keepdim);
TH_API void THAnyTensor_std(THAnyTensor *r_, THAnyTensor *t, int dim, int biased, int keepdim);
TH_API THScalar THAnyTensor_varall(THAnyTensor *t, int biased);
TH_API THScalar THAnyTensor_stdall(THAnyTensor *t, int biased);
/* Float, Double. Slices along dim whose p-norm exceeds maxnorm are scaled by
   maxnorm / (norm + 1e-7). Two dimensions or more, p > 0. */
TH_API void THAnyTensor_renorm(THAnyTensor *r_, THAnyTensor *t, THScalar p, int dim,
                               THScalar maxnorm);

/* ---- shape and construction (THTensorShape.c) ---- */

/* Sizes stop at the first one <= 0. */
TH_API void THAnyTensor_zeros(THAnyTensor *r_, int n, const int64_t *size);
TH_API void THAnyTensor_ones(THAnyTensor *r_, int n, const int64_t *size);
TH_API void THAnyTensor_zerosLike(THAnyTensor *r_, THAnyTensor *t);
TH_API void THAnyTensor_onesLike(THAnyTensor *r_, THAnyTensor *t);
/* A copy of t in another shape of as many elements; one size may be -1 and is inferred. */
TH_API void THAnyTensor_reshape(THAnyTensor *r_, THAnyTensor *t, int n, const int64_t *size);
/* Joins along dim, or along the last dimension of the widest input when dim is
   TH_CAT_LAST. A tensor of fewer dimensions has size 1 in the missing ones; empty tensors are
   skipped. The other sizes must agree. */
enum { TH_CAT_LAST = -1 - TH_INDEX_BASE };
TH_API void THAnyTensor_cat(THAnyTensor *r_, THAnyTensor *a, THAnyTensor *b, int dim);
TH_API void THAnyTensor_catArray(THAnyTensor *r_, THAnyTensor *const *inputs, int numInputs,
                                 int dim);
/* Vector: the square matrix with t on its k-th diagonal; matrix: its k-th diagonal, copied. */
TH_API void THAnyTensor_diag(THAnyTensor *r_, THAnyTensor *t, int64_t k);
TH_API void THAnyTensor_eye(THAnyTensor *r_, int64_t n, int64_t m); /* m <= 0: n */
/* Matrix t with zeros above (tril) or below (triu) its k-th diagonal. */
TH_API void THAnyTensor_tril(THAnyTensor *r_, THAnyTensor *t, int64_t k);
TH_API void THAnyTensor_triu(THAnyTensor *r_, THAnyTensor *t, int64_t k);
TH_API THScalar THAnyTensor_trace(THAnyTensor *t); /* of a matrix */
/* Vector products along dim, of size 3; dim < 0: the first dimension of size 3. */
TH_API void THAnyTensor_cross(THAnyTensor *r_, THAnyTensor *a, THAnyTensor *b, int dim);
/* xmin, xmin + step, ... up to xmax, which range includes and arange does not. step != 0 and of the
   right sign. Integer types use the integers. r_ keeps its shape if it has as many elements. */
TH_API void THAnyTensor_range(THAnyTensor *r_, THScalar xmin, THScalar xmax, THScalar step);
TH_API void THAnyTensor_arange(THAnyTensor *r_, THScalar xmin, THScalar xmax, THScalar step);
/* Float, Double. n points from a to b, both included; logspace: 10 to their power. n = 1 needs
   a == b. */
TH_API void THAnyTensor_linspace(THAnyTensor *r_, THScalar a, THScalar b, int64_t n);
TH_API void THAnyTensor_logspace(THAnyTensor *r_, THScalar a, THScalar b, int64_t n);
/* Float, Double. Counts in nbins equal bins of [min, max]; min == max: the extremes of t, widened
   by one on both sides if they are equal. max falls in the last bin; what is outside, and NaN, in
   none. bhistc: a row of counts for each row of the matrix t, with common bins. */
TH_API void THAnyTensor_histc(THAnyTensor *r_, THAnyTensor *t, int64_t nbins, THScalar min,
                              THScalar max);
TH_API void THAnyTensor_bhistc(THAnyTensor *r_, THAnyTensor *t, int64_t nbins, THScalar min,
                               THScalar max);
/* Same sizes and all elements ==. */
TH_API int THAnyTensor_equal(THAnyTensor *a, THAnyTensor *b);
/* r_[i][j] = gain * |m1[i] - m2[j]|^2; dimensions after the first are flattened. */
TH_API void THAnyTensor_match(THAnyTensor *r_, THAnyTensor *m1, THAnyTensor *m2, THScalar gain);
/* Float, Double. (sum |a - b|^p)^(1/p), elements paired in row-major order. */
TH_API THScalar THAnyTensor_dist(THAnyTensor *a, THAnyTensor *b, THScalar p);

#endif
