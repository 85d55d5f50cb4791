#ifndef TH_CONV_H
#define TH_CONV_H
#include "THTypes.h"

/* A convolution as loops and kernels see it. Planes are volumes of depth 1. Output volume number
   outer * inner_count + inner is the sum over the terms of t[outer, inner, term] * k[outer, inner, term],
   by these strides in elements. */
typedef struct THConv {
  int64_t in[3], ker[3], out[3];
  int64_t step[3];   /* of the input position per output position, or the reverse in full mode */
  int64_t spread[3]; /* of positions per kernel position */
  bool full, flip, clear;
  THScalar alpha, beta;
  int64_t inner_count, terms;
  int64_t t_outer, t_inner, t_term, k_outer, k_inner, k_term;
  THType type;
  void *r;
  const void *t, *k;
  const int64_t *map; /* kernel j takes volume map[2 j] of t to volume map[2 j + 1] of r, from 1; or NULL */
  int64_t kernels;
} THConv;

#endif
