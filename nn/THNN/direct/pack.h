#ifndef THNN_PACK_H
#define THNN_PACK_H
/* Weights as the loops of convolutions read them: outputs in blocks of two vectors of lanes, a block as
   [plane][tap][lane]. The last block may need one vector only. */
#include "common.h"

typedef struct Packing {
  int64_t planes, outputs, taps; /* taps: elements of a kernel */
  int lanes;
  int64_t blocks, K; /* K: weights of an output */
} Packing;

static inline Packing THPacking_make(int64_t planes, int64_t outputs, int64_t taps, int lanes)
{
  return (Packing){planes, outputs, taps, lanes, (outputs + 2 * lanes - 1) / (2 * lanes), planes * taps};
}
static inline int THPacking_channels(const Packing *p, int64_t block)
{
  return (int)THMin(2 * p->lanes, p->outputs - block * 2 * p->lanes);
}
static inline int THPacking_vectors(const Packing *p, int64_t block)
{
  return THPacking_channels(p, block) > p->lanes ? 2 : 1;
}
static inline int64_t THPacking_size(const Packing *p) { return p->blocks * p->K * 2 * p->lanes; }
static inline int64_t THPacking_at(const Packing *p, int64_t block) { return block * p->K * 2 * p->lanes; }

/* `flipped`: as the gradient of the input needs them, the roles of planes exchanged and the kernel
   turned round. */
void THPacking_pack(const Packing *p, const float *w, bool flipped, float *packed);
/* gw += scale * the sum of packed weights, `parts` of them one after another; overwrites the first. */
void THPacking_addParts(const Packing *p, float *part, int64_t parts, float *gw, float scale);
/* bias of all lanes, zeros in absent ones */
void THPacking_bias(const Packing *p, const float *bias, float *to);
#endif
