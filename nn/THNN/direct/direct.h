#ifndef THNN_DIRECT_H
#define THNN_DIRECT_H
/* Convolution of FloatTensors without unfolding (direct.c, compiled once per instruction set).
   Output channels are the vector lanes: for each kernel element, one or two vectors of weights are
   multiplied with broadcast input elements, for several neighbouring positions at a time, so that
   all sums stay in registers. Inputs have their padding left and right in memory; rows above and
   below are skipped. */
#include <stdint.h>

/* A block of output channels: `channels` of them, in `vectors` (1 or 2) vectors. Weights and
   gradients of weights of a block lie as [plane][kh][kw][vectors * lanes]. */
typedef struct DirectShape {
  int64_t planes, planeStride, rowStride; /* of the input with its padding, in elements */
  int64_t ih, padH;                       /* rows that are there, and that are thought above them */
  int64_t kH, kW, dH, dW, dilH, dilW;
  int64_t oh, ow;
} DirectShape;

typedef struct DirectKernels {
  int lanes;
  /* y[channel][position] = bias + sum, rows [begin, end); channelStride between channels of y */
  void (*forward)(const DirectShape *s, int vectors, int channels, const float *x, const float *w,
                  const float *bias, float *y, int64_t channelStride, int64_t begin, int64_t end);
  /* gw += sum over positions of g x; g as [position][vectors * lanes] */
  void (*weights)(const DirectShape *s, int vectors, const float *x, const float *g, float *gw);
  /* to[position][vectors * lanes] from [channel][position], zeros in absent channels */
  void (*interleave)(int vectors, int channels, const float *from, int64_t channelStride, int64_t n,
                     float *to);
} DirectKernels;

/* NULL when this processor has none. */
const DirectKernels *THDirect_kernels(void);
/* Whether `weights` has a loop for that kernel. */
static inline int THDirect_hasWeights(const DirectShape *s)
{
  return (s->dilW == 1 || s->kW == 1) && (s->kW <= 3 || s->kW == 5 || s->kW == 7);
}
#endif
