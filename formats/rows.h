#ifndef TH_FORMAT_ROWS_H
#define TH_FORMAT_ROWS_H
/* Products of quantised rows with vectors of floats; compiled once per instruction set (rowsdot.c). */
#include <stdint.h>

/* 32 numbers of a vector: scale (256 high + low), rounded to 16 bits beside the largest of them; and their sum, which the least
   value of a block is multiplied with. */
typedef struct RowPart {
  int8_t high[32], low[32];
  float scale, sum;
} RowPart;
typedef void (*RowParts)(const float *x, int64_t blocks, RowPart *parts);
/* The products of `rows` rows, of `bytes` bytes and `blocks` blocks each, with x; parts as RowParts made them of x. */
typedef void (*RowDots)(const uint8_t *row, int64_t bytes, int64_t rows, const float *x, const RowPart *parts, int64_t blocks, float *r);
/* The product of n floats with n floats. */
typedef float (*FloatDot)(const float *row, const float *x, int64_t n);

typedef struct RowKernels {
  RowParts parts;
  FloatDot dot;
  struct {
    const char *type; /* FileType's name */
    RowDots dots;
  } row[8]; /* ends with a type of NULL */
} RowKernels;
#endif
