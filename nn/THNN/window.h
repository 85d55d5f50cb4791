#ifndef THNN_WINDOW_H
#define THNN_WINDOW_H
/* Windows on images, volumes and sequences: what a layer of convolution or pooling is given, the sizes that follow
   from it and an input, and what is said when they do not fit. For both sides: kernels get the struct by value. */
#include "THAnyTensor.h"

#ifdef __CUDACC__
#define THNN_BOTH static inline __host__ __device__
#else
#define THNN_BOTH static inline
#endif

/* Arrays are T, H, W. A layer of fewer than three dimensions has the last ones; of the others, sizes are 1. */
enum { WINDOW_T, WINDOW_H, WINDOW_W, WINDOW_DIMS };

typedef struct THNN_Window {
  const char *op; /* the layer, for messages */
  int dims;       /* 1 to 3 */
  bool full;      /* a transposed convolution: its input has the size `out`, its output the size `in` */
  bool ceil;      /* the last window may begin inside and end outside */
  bool countPad;  /* averages count the padding */
  int64_t k[WINDOW_DIMS], d[WINDOW_DIMS], pad[WINDOW_DIMS], dil[WINDOW_DIMS]; /* kernel, stride, padding, dilation */
  int64_t adj[WINDOW_DIMS]; /* what a transposed convolution's output is longer */
  int64_t more[WINDOW_DIMS]; /* padding behind is so much more than the padding before, which is `pad` */
  int64_t groups; /* a convolution's planes and outputs fall into so many groups, which do not meet; 0: one */

  int64_t in[WINDOW_DIMS], out[WINDOW_DIMS]; /* windows lie in `in`, one for each of `out` */
  int64_t inSize, outSize;                   /* elements of a plane of either */
  int64_t planes, outputs;                   /* planes on the side of `in` and of `out` */
  int64_t K;                                 /* elements that a window of all planes (of a group) sees */
  int64_t inStep, outStep;                   /* elements from a sample to the next, of either side */
} THNN_Window;

/* The members that a layer is given, in the order of Torch7's signatures: (THNN_Window){THNN_WINDOW2(...)}. */
#define THNN_WINDOW1(name, kW, dW, padW)                                                           \
  .op = name, .dims = 1, .k = {1, 1, kW}, .d = {1, 1, dW}, .pad = {0, 0, padW}, .dil = {1, 1, 1}
#define THNN_WINDOW2(name, kW, kH, dW, dH, padW, padH, dilW, dilH)                                 \
  .op = name, .dims = 2, .k = {1, kH, kW}, .d = {1, dH, dW}, .pad = {0, padH, padW}, .dil = {1, dilH, dilW}
#define THNN_WINDOW3(name, kT, kW, kH, dT, dW, dH, pT, pW, pH, lT, lW, lH)                         \
  .op = name, .dims = 3, .k = {kT, kH, kW}, .d = {dT, dH, dW}, .pad = {pT, pH, pW}, .dil = {lT, lH, lW}

/* A layer applied to an input of (batch x) planes x sizes. */
typedef struct THNN_Applied {
  int64_t n;       /* samples */
  int64_t planes;  /* of the input, of all samples */
  int ndim;        /* of input and output */
  int64_t size[5]; /* of the output */
} THNN_Applied;

/* Raises unless kernel, stride and dilation are above zero, padding is not below, and the output adjustment fits. */
void THNN_Window_check(const THNN_Window *w);
/* Windows of kernel k, by strides of d, that lie whole in `in` and its padding; 0 where none does. */
static inline int64_t THNN_windowCount(int64_t in, int64_t k, int64_t d, int64_t pad, int64_t dil)
{
  int64_t room = in + 2 * pad - (dil * (k - 1) + 1);
  return room < 0 ? 0 : room / d + 1;
}
/* Windows of one axis. */
int64_t THNN_Window_count(const THNN_Window *w, int axis);
/* `in` is known: fills in `out` and what follows. */
void THNN_Window_slide(THNN_Window *w);
/* Both for an input, C argument 2: fills in all sizes, and the planes that are still 0. Raises for an input of other
   dimensions or too small for a window. */
THNN_Applied THNN_Window_apply(THNN_Window *w, const THAnyTensor *input);
/* The same where `out` is given, and the windows are listed elsewhere or need no list. */
THNN_Applied THNN_Window_cover(THNN_Window *w, const THAnyTensor *input);

/* ---- pooling ---- */

/* Whether max pooling prefers v to the greatest element so far: the first of equal ones is kept, and
   so is a NaN. */
#define THNN_wins(v, max) (((v) > (max)) | (((v) != (v)) & ((max) == (max))))

/* The window of output o, clipped: [b, e). Returns what an average divides by. */
THNN_BOTH double THNN_Window_bounds(const THNN_Window *p, const int64_t *o, int64_t *b, int64_t *e)
{
  int64_t padded = 1, inside = 1;
  for (int i = 0; i < WINDOW_DIMS; i++) {
    b[i] = o[i] * p->d[i] - p->pad[i];
    e[i] = THMin(b[i] + p->k[i], p->in[i] + p->pad[i]);
    padded *= e[i] - b[i];
    b[i] = THMax(b[i], 0);
    e[i] = THMin(e[i], p->in[i]);
    inside *= e[i] - b[i];
  }
  return (double)(p->countPad ? padded : inside);
}

/* Element (i, j, k) of the window of output o, as a position in the plane; -1 outside. */
THNN_BOTH int64_t THNN_Window_position(const THNN_Window *p, const int64_t *o, int64_t i, int64_t j,
                                       int64_t k)
{
  int64_t t = o[0] * p->d[0] - p->pad[0] + i * p->dil[0];
  int64_t h = o[1] * p->d[1] - p->pad[1] + j * p->dil[1];
  int64_t w = o[2] * p->d[2] - p->pad[2] + k * p->dil[2];
  if (t < 0 || h < 0 || w < 0 || t >= p->in[0] || h >= p->in[1] || w >= p->in[2]) return -1;
  return (t * p->in[1] + h) * p->in[2] + w;
}

/* An index of max pooling that no window position has: the window, a dilated one, has no element in
   the plane. Images keep the position in the
   plane, from TH_INDEX_BASE on; volumes that in the window, before it is clipped: byte 0 t, byte 1
   h, byte 2 w. */
enum { THNN_POOL_NONE_2D = TH_INDEX_BASE - 1, THNN_POOL_NONE_3D = 0xffffff };

#endif
