#ifndef THNN_WINOGRAD_H
#define THNN_WINOGRAD_H
/* Winograd's minimal filtering for square kernels of 3 or 5 elements a side, stride 1 (winograd.c,
   compiled once per instruction set). A tile of m x m outputs, m = 7 - kernel, sees 6 x 6 inputs. Both
   are taken to values of polynomials at six points, where a convolution is 36 products instead of
   (m kernel)^2 (Winograd, 1980; Lavin and Gray, 2015). The points are 0, 5/8, -5/8, 3/2, -3/2 and infinity:
   products and sums of these are exact, and the rounding errors about half of those of 0, 1, -1, 2, -2.

   Errors of a result, in units of 2^-24 * sum |x| |w| over its products, for normal x and w: the root mean
   square is 1 to 2, the largest of thousands some 10, where the sum in order has 0.5 and 4. Next to padding, where a
   result is the sum of a few products only, they are those of the whole tile: up to 3 and 50
   (test/lua/test_convolution.lua measures them against doubles). */
#include <stdbool.h>
#include <stdint.h>

enum { WINOGRAD_POINTS = 36 };

/* Channels lie in blocks of `lanes`, one to a lane. */
typedef struct WinogradShape {
  int kernel, tile;                   /* 3 and 4, or 5 and 2 */
  int64_t ih, iw, padH, padW, oh, ow; /* the planes of input and output */
  int64_t tilesH, tilesW;
} WinogradShape;

/* Values at points. Value p of tile t and channel c of a block is data[p * point + t * tile + c]. */
typedef struct WinogradValues {
  float *data;
  int64_t point, tile;
} WinogradValues;

typedef struct WinogradKernels {
  int lanes;
  /* floats that `scratch` must have: rows of tiles, channel by channel */
  int64_t (*scratch)(const WinogradShape *s);
  /* u[p][c][lane] from w[c][kernel * kernel][lane], `width` lanes */
  void (*weights)(int kernel, int64_t channels, int64_t width, const float *w, float *u, int64_t point);
  /* w[c][kernel * kernel][lane] += the gradient, from that of u */
  void (*weightsGrad)(int kernel, int64_t channels, int64_t width, const float *u, int64_t point, float *w);
  /* the tiles of row ty, of the input, and of the gradient of the output */
  void (*input)(const WinogradShape *s, int64_t ty, int channels, const float *x, float *scratch,
                WinogradValues v);
  void (*outputGrad)(const WinogradShape *s, int64_t ty, int channels, const float *gy, float *scratch,
                     WinogradValues v);
  /* row ty of y, with the bias added, for one block of channels */
  void (*output)(const WinogradShape *s, int64_t ty, int channels, WinogradValues v, const float *bias,
                 float *scratch, float *y);
  /* For one point: m[t][width] = sum over c of v[c / lanes][t][c % lanes] u[c][width], width being 1 or 2 vectors */
  void (*product)(int vectors, int64_t tiles, int64_t channels, const float *v, const float *u, float *m);
  /* u[c][width] += sum over t of v[c / lanes][t][c % lanes] g[t][width]; fresh: u counts as zero */
  void (*accumulate)(int vectors, int64_t tiles, int64_t channels, const float *v, const float *g, float *u,
                     bool fresh);
} WinogradKernels;

/* NULL when this processor has none. */
const WinogradKernels *THWinograd_kernels(void);
#endif
