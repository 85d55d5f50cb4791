#ifndef THNN_PLANES_H
#define THNN_PLANES_H
/* Correlation of planes with few others each, of floats (planes.c, compiled once per instruction set): positions of an
   output plane are the lanes of vectors, so that depthwise convolutions and small groups fill them.

   Sources are laid out with their padding, and apart by strides: phase (a, b) has rows a, a + dH... and columns b, b + dW...
   of a plane, so that what an element of the kernel sees at neighbouring outputs lies side by side. Rows of a phase and of
   the result are `pitch` apart, and so a plane is one long row of positions; those between rows come to nothing. Padding
   behind a row is that before the next one. */
#include <stdint.h>

typedef struct PlanesLayout {
  int64_t h, w, top, left; /* of the plane; rows and columns of padding before it */
  int64_t dH, dW;          /* phases */
  int64_t rows, pitch;     /* of a phase */
  int64_t phase, plane;    /* elements of a phase, of all of them */
  int64_t slack;           /* zeros that follow the last plane */
} PlanesLayout;

/* Elements of a kernel that count: what each sees lies at offset[t], its weight at index[t]. */
typedef struct PlanesTaps {
  int64_t count;
  int64_t *offset, *index;
} PlanesTaps;

/* A sum over `sources` laid-out planes; weights of neighbouring outputs and sources are so far apart. */
typedef struct PlanesSum {
  PlanesTaps taps;
  int64_t sources, plane, weightOutput, weightSource;
  int64_t vectors; /* of positions */
} PlanesSum;

typedef struct PlanesKernels {
  int lanes;
  /* A plane laid out, and zeros behind it. */
  void (*lay)(const PlanesLayout *l, const float *x, float *to);
  /* A plane without phases as `vectors` vectors of positions; zeros between rows. */
  void (*layResult)(int64_t rows, int64_t columns, int64_t pitch, int64_t vectors, const float *g, float *to);
  /* to[o][position] = bias[o] + sum, of `outputs` outputs; bias may be NULL, `biasStep` apart */
  void (*correlate)(const PlanesSum *s, int outputs, const float *x, const float *w, const float *bias, int64_t biasStep,
                    float *to);
  /* to[o][tap][lane] += g[o] x of one source, all taps; g and to of neighbouring outputs are gStep and toStep apart */
  void (*accumulate)(const PlanesSum *s, int outputs, const float *x, const float *g, int64_t gStep, float *to, int64_t toStep);
  /* Rows of a plane from those of its dW phases, the rows' and the columns': row r at to + r * step. */
  void (*write)(int64_t dW, int64_t rows, int64_t columns, int64_t pitch, const float *const *from, float *to, int64_t step);
} PlanesKernels;

enum { PLANES_STRIDE = 4 }; /* most phases of columns */

/* NULL when this processor has none. */
const PlanesKernels *THPlanes_kernels(void);
#endif
