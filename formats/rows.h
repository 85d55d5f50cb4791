#ifndef TH_FORMAT_ROWS_H
#define TH_FORMAT_ROWS_H
/* Products of quantised rows with vectors of floats; compiled once per instruction set (rowsdot.c). */
#include <stdint.h>

/* Sums of 32 numbers each: what the least value of a block is multiplied with. */
typedef void (*RowSums)(const float *x, int64_t blocks, float *sums);
/* The products of `rows` rows, of `bytes` bytes and `blocks` blocks each, with x; sums as RowSums made them of x. */
typedef void (*RowDots)(const uint8_t *row, int64_t bytes, int64_t rows, const float *x, const float *sums, int64_t blocks, float *r);
/* The product of n floats with n floats. */
typedef float (*FloatDot)(const float *row, const float *x, int64_t n);

typedef struct RowKernels {
  RowSums sums;
  FloatDot dot;
  struct {
    const char *type; /* FileType's name */
    RowDots dots;
  } row[8]; /* ends with a type of NULL */
} RowKernels;
#endif
