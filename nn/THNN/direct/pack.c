#include "direct/pack.h"

/* The lane of output o: its first weight, and the distance to the next. */
static int64_t lane_of(const Packing *p, int64_t o, int64_t *width)
{
  int64_t b = o / (2 * p->lanes);
  *width = Packing_vectors(p, b) * p->lanes;
  return Packing_at(p, b) + o % (2 * p->lanes);
}

void Packing_pack(const Packing *p, const float *w, bool flipped, float *packed)
{
  const int64_t taps = p->taps;
  if (p->outputs % p->lanes) memset(packed, 0, (size_t)Packing_size(p) * sizeof *packed); /* lanes without output */
  for (int64_t o = 0; o < p->outputs; o++) {
    int64_t width;
    float *to = packed + lane_of(p, o, &width);
    for (int64_t c = 0; c < p->planes; c++)
      for (int64_t t = 0; t < taps; t++)
        to[(c * taps + t) * width] = flipped ? w[(c * p->outputs + o) * taps + taps - 1 - t]
                                             : w[(o * p->planes + c) * taps + t];
  }
}

typedef struct Parts {
  const Packing *p;
  float *part, *gw;
  int64_t parts;
  float scale;
} Parts;

/* Elements first to last of the packed sum. */
static void sum_parts(const void *arg, int64_t first, int64_t last, int worker)
{
  const Parts *a = arg;
  (void)worker;
  for (int64_t p = 1; p < a->parts; p++) {
    const float *from = a->part + p * Packing_size(a->p);
    for (int64_t i = first; i < last; i++) a->part[i] += from[i];
  }
}

static void add_outputs(const void *arg, int64_t first, int64_t last, int worker)
{
  const Parts *a = arg;
  const int64_t K = a->p->K;
  (void)worker;
  for (int64_t o = first; o < last; o++) {
    int64_t width;
    const float *from = a->part + lane_of(a->p, o, &width);
    for (int64_t i = 0; i < K; i++) a->gw[o * K + i] += a->scale * from[i * width];
  }
}

void Packing_addParts(const Packing *p, float *part, int64_t parts, float *gw, float scale)
{
  Parts a = {p, part, gw, parts, scale};
  int64_t size = Packing_size(p);
  TH_parallel(size, TH_pieceFor(size, (double)parts), sum_parts, &a);
  TH_parallel(p->outputs, TH_pieceFor(p->outputs, 4 * (double)p->K), add_outputs, &a);
}

void Packing_bias(const Packing *p, const float *bias, float *to)
{
  for (int64_t o = 0; o < p->blocks * 2 * p->lanes; o++) to[o] = o < p->outputs ? bias[o] : 0;
}
