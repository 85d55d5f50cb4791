#include "direct/pack.h"

/* The lane of output o: its first weight, and the distance to the next. */
static int64_t lane_of(const Packing *p, int64_t o, int64_t *width)
{
  int64_t b = o / (2 * p->lanes);
  *width = THPacking_vectors(p, b) * p->lanes;
  return THPacking_at(p, b) + o % (2 * p->lanes);
}

typedef struct Pack {
  const Packing *p;
  const float *w;
  bool flipped;
  float *packed;
} Pack;

/* Plane c of a block: taps rows of lanes, those without output zeros. */
static void pack_plane(const Pack *a, int64_t block, int64_t c)
{
  const Packing *p = a->p;
  const int64_t taps = p->taps, first = block * 2 * p->lanes, width = THPacking_vectors(p, block) * p->lanes;
  const int64_t channels = THPacking_channels(p, block), step = a->flipped ? taps : p->K;
  const float *from = a->w + (a->flipped ? (c * p->outputs + first) * taps : first * p->K + c * taps);
  float *to = a->packed + THPacking_at(p, block) + c * taps * width;
  for (int64_t t = 0; t < taps; t++, to += width) {
    const float *at = from + (a->flipped ? taps - 1 - t : t);
    for (int64_t o = 0; o < channels; o++) to[o] = at[o * step];
    for (int64_t o = channels; o < width; o++) to[o] = 0;
  }
}

static void pack_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pack *a = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) pack_plane(a, i / a->p->planes, i % a->p->planes);
}

void THPacking_pack(const Packing *p, const float *w, bool flipped, float *packed)
{
  const int64_t planes = p->blocks * p->planes;
  TH_parallel(planes, TH_pieceFor(planes, 2.0 * (double)(p->taps * 2 * p->lanes)), pack_planes,
              &(Pack){p, w, flipped, packed});
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
    const float *from = a->part + p * THPacking_size(a->p);
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

void THPacking_addParts(const Packing *p, float *part, int64_t parts, float *gw, float scale)
{
  Parts a = {p, part, gw, parts, scale};
  int64_t size = THPacking_size(p);
  TH_parallel(size, TH_pieceFor(size, (double)parts), sum_parts, &a);
  TH_parallel(p->outputs, TH_pieceFor(p->outputs, 4 * (double)p->K), add_outputs, &a);
}

void THPacking_bias(const Packing *p, const float *bias, float *to)
{
  for (int64_t o = 0; o < p->blocks * 2 * p->lanes; o++) to[o] = o < p->outputs ? bias[o] : 0;
}
