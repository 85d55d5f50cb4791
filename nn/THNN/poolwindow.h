#ifndef THNN_POOLWINDOW_H
#define THNN_POOLWINDOW_H
/* Where the windows of pooling lie, for both sides. */
#include "THNNDevice.h"

/* Whether max pooling prefers v to the greatest element so far: the first of equal ones is kept, and
   so is a NaN. */
#define THNN_wins(v, max) (((v) > (max)) | (((v) != (v)) & ((max) == (max))))

/* The window of output o, clipped: [b, e). Returns what an average divides by. */
THNN_BOTH double THNN_Pool_window(const THNN_Pool *p, const int64_t *o, int64_t *b, int64_t *e)
{
  int64_t padded = 1, inside = 1;
  for (int i = 0; i < 3; i++) {
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
THNN_BOTH int64_t THNN_Pool_position(const THNN_Pool *p, const int64_t *o, int64_t i, int64_t j,
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
