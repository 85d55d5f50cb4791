#ifndef TH_TENSOR_RANDOM_H
#define TH_TENSOR_RANDOM_H
/* Tensors of random numbers. Elements are visited in logical row-major order, whatever the strides,
   and each takes the draws of the scalar function of the same name (THRandom.h): a seed gives the
   same tensor in every layout. Tensors keep their size unless said otherwise; empty ones draw
   nothing. Types: all seven where "any", else Float and Double. */
#include "THAnyTensor.h"
#include "THRandom.h"

/* any: the full range of the type's non-negative integers, 0..2^24 for Float; on the CPU 32 bits
   for Long and Double */
TH_API void THAnyTensor_random(THAnyTensor *self, THGenerator *gen);
/* any: min..max, which an integer type must be able to hold */
TH_API void THAnyTensor_clampedRandom(THAnyTensor *self, THGenerator *gen, int64_t min,
                                      int64_t max);
TH_API void THAnyTensor_cappedRandom(THAnyTensor *self, THGenerator *gen, int64_t max); /* 1..max */
/* any; numbers that the type cannot hold become its largest one */
TH_API void THAnyTensor_geometric(THAnyTensor *self, THGenerator *gen, double p);
TH_API void THAnyTensor_bernoulli(THAnyTensor *self, THGenerator *gen, double p);       /* any */
/* p: as many probabilities, Float or Double, in row-major order */
TH_API void THAnyTensor_bernoulliTensor(THAnyTensor *self, THGenerator *gen, THAnyTensor *p);

/* In [a, b): what would round to b becomes the number of the type before it. The bounds are finite.
 */
TH_API void THAnyTensor_uniform(THAnyTensor *self, THGenerator *gen, double a, double b);
TH_API void THAnyTensor_normal(THAnyTensor *self, THGenerator *gen, double mean, double stdv);
/* self takes the size of means or stddevs; element i is N(means[i], stddevs[i]) */
TH_API void THAnyTensor_normal_means(THAnyTensor *self, THGenerator *gen, THAnyTensor *means,
                                     double stddev);
TH_API void THAnyTensor_normal_stddevs(THAnyTensor *self, THGenerator *gen, double mean,
                                       THAnyTensor *stddevs);
TH_API void THAnyTensor_normal_means_stddevs(THAnyTensor *self, THGenerator *gen,
                                             THAnyTensor *means, THAnyTensor *stddevs);
TH_API void THAnyTensor_exponential(THAnyTensor *self, THGenerator *gen, double lambda);
TH_API void THAnyTensor_cauchy(THAnyTensor *self, THGenerator *gen, double median, double sigma);
TH_API void THAnyTensor_logNormal(THAnyTensor *self, THGenerator *gen, double mean, double stdv);

/* Resized to `size`, then U[0, 1) and N(0, 1). */
TH_API void THAnyTensor_rand(THAnyTensor *r_, THGenerator *gen, int n, const int64_t *size);
TH_API void THAnyTensor_randn(THAnyTensor *r_, THGenerator *gen, int n, const int64_t *size);
/* A permutation of 0..n-1 (any), or of first..first+n-1, all of which the type can hold. */
TH_API void THAnyTensor_randperm(THAnyTensor *r_, THGenerator *gen, int64_t n);
TH_API void THAnyTensor_randpermFrom(THAnyTensor *r_, THGenerator *gen, int64_t n, int64_t first);

/* r_ (Long): n_sample 0-based categories drawn with the weights prob_dist, or a row of them for
   each row of a matrix. Weights need not sum to 1; none is negative, some are not 0: without
   replacement n_sample of them. */
TH_API void THAnyTensor_multinomial(THAnyTensor *r_, THGenerator *gen, THAnyTensor *prob_dist,
                                    int64_t n_sample, int with_replacement);
/* Walker's alias tables of a normalised prob_dist: category i stays with probability q[i], else is
   J[i] (Long, 0-based; 0 where q is 1). Constant time a draw. */
TH_API void THAnyTensor_multinomialAliasSetup(THAnyTensor *prob_dist, THAnyTensor *J,
                                              THAnyTensor *q);
/* Fills r_ (Long, keeps its size) with 0-based categories. From: J counts from `first`. */
TH_API void THAnyTensor_multinomialAliasDraw(THAnyTensor *r_, THGenerator *gen, THAnyTensor *J,
                                             THAnyTensor *q);
TH_API void THAnyTensor_multinomialAliasFrom(THAnyTensor *r_, THGenerator *gen, THAnyTensor *J,
                                             THAnyTensor *q, int64_t first);

/* The bytes of the generator: self (Byte, contiguous) becomes 1-D of that size. */
TH_API void THAnyTensor_getRNGState(THGenerator *gen, THAnyTensor *self);
TH_API void THAnyTensor_setRNGState(THGenerator *gen, THAnyTensor *self);

#endif
