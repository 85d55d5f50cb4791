#include "THLanes.h"

enum { PIECE = 16384, MIN_BLOCK = 64 };

/* The dimensions other than `dim`, merged; number 0 is the one blocks run along. */
typedef struct Lanes {
  int ntensor, ndim;
  int64_t size[TH_PLAN_DIMS], stride[TH_PLAN_DIMS][TH_LANE_TENSORS];
  char *data[TH_LANE_TENSORS];
  size_t width[TH_LANE_TENSORS];
  int64_t block, blocks, piece, pieces; /* lanes a block, blocks a row; elements a piece */
  unsigned moving;
  THLaneBlock proto;
} Lanes;

static bool mergeable(const Lanes *l, int inner, const int64_t *outer)
{
  for (int k = 0; k < l->ntensor; k++)
    if (outer[k] != l->size[inner] * l->stride[inner][k]) return false;
  return true;
}

static void add_dim(Lanes *l, int64_t size, const int64_t *stride)
{
  if (l->ndim && mergeable(l, l->ndim - 1, stride)) {
    l->size[l->ndim - 1] *= size;
  } else {
    l->size[l->ndim] = size;
    memcpy(l->stride[l->ndim], stride, sizeof *l->stride);
    l->ndim++;
  }
}

static void lead_with_closest(Lanes *l)
{
  int lead = 0, last = l->ntensor - 1;
  for (int d = 1; d < l->ndim; d++) {
    int64_t s = l->stride[d][last], best = l->stride[lead][last];
    if (s && (!best || s < best)) lead = d;
  }
  if (lead == 0) return;
  int64_t stride[TH_LANE_TENSORS], size = l->size[lead];
  memcpy(stride, l->stride[lead], sizeof stride);
  l->size[lead] = l->size[0];
  memcpy(l->stride[lead], l->stride[0], sizeof stride);
  l->size[0] = size;
  memcpy(l->stride[0], stride, sizeof stride);
}

static void gather_dims(Lanes *l, int ntensor, THAnyTensor *const *t, int dim)
{
  l->ntensor = ntensor;
  l->ndim = 0;
  for (int k = 0; k < ntensor; k++) {
    l->data[k] = THAnyTensor_data(t[k]);
    l->width[k] = THType_size(t[k]->type);
    l->proto.step[k] = t[k]->stride[dim];
    l->proto.size[k] = t[k]->size[dim];
  }
  for (int d = t[0]->nDimension - 1; d >= 0; d--) {
    int64_t stride[TH_LANE_TENSORS] = {0};
    if (d == dim || t[0]->size[d] == 1) continue;
    for (int k = 0; k < ntensor; k++) stride[k] = t[k]->stride[d];
    add_dim(l, t[0]->size[d], stride);
  }
  if (l->ndim == 0) {
    l->size[l->ndim] = 1;
    memset(l->stride[l->ndim++], 0, sizeof *l->stride);
  }
  lead_with_closest(l);
  memcpy(l->proto.across, l->stride[0], sizeof *l->stride);
}

static int64_t count_lanes(const Lanes *l)
{
  int64_t lanes = 1;
  for (int d = 0; d < l->ndim; d++) lanes *= l->size[d];
  return lanes;
}

/* Blocks as wide as one call takes, but enough of them for every thread. */
static void cut(Lanes *l, int64_t length, int threads, bool pieces)
{
  int64_t rows = count_lanes(l) / l->size[0];
  bool inner = l->proto.step[l->ntensor - 1] <= l->proto.across[l->ntensor - 1];
  l->block = THMin(l->size[0], TH_LANE_BLOCK);
  if (inner) l->block = THMax(1, THMin(l->block, TH_GRAIN / THMax(length, 1)));
  while (!inner && l->block >= 2 * MIN_BLOCK && rows * (l->size[0] / l->block) < 4 * threads)
    l->block /= 2;
  l->blocks = (l->size[0] + l->block - 1) / l->block;
  l->piece = pieces ? THMax(64, PIECE / l->block) : THMax(length, 1);
  l->pieces = (length + l->piece - 1) / l->piece;
}

static void run_task(const Lanes *l, THLaneBlockFn fn, int64_t task, void *scratch)
{
  THLaneBlock b = l->proto;
  int64_t piece = task % l->pieces, row = task / l->pieces;
  int64_t at = row % l->blocks * l->block;
  row /= l->blocks;
  b.lanes = THMin(l->block, l->size[0] - at);
  b.scratch = scratch;
  for (int k = 0; k < l->ntensor; k++) b.data[k] = l->data[k];
  for (int d = 0; d < l->ndim; d++) {
    int64_t i = at;
    if (d) {
      i = row % l->size[d];
      row /= l->size[d];
    }
    for (int k = 0; k < l->ntensor; k++) b.data[k] += i * l->stride[d][k] * (int64_t)l->width[k];
  }
  for (int k = 0; k < l->ntensor; k++) {
    if (!(l->moving >> k & 1)) continue;
    b.data[k] += piece * l->piece * b.step[k] * (int64_t)l->width[k];
    b.size[k] = THMin(l->piece, b.size[k] - piece * l->piece);
  }
  fn(&b);
}

static void run(int ntensor, THAnyTensor *const *t, int dim, unsigned moving, THLaneBlockFn fn,
                const void *arg, size_t scratchBytes)
{
  if (t[0]->nDimension == 0) return;
  TH_ASSERT(ntensor <= TH_LANE_TENSORS);
  Lanes l; /* large: only what is used gets filled */
  memset(&l.proto, 0, sizeof l.proto);
  l.moving = moving;
  l.proto.arg = arg;
  gather_dims(&l, ntensor, t, dim);
  int64_t work = 0, lanes = count_lanes(&l);
  for (int k = 0; k < ntensor; k++)
    if (!moving || moving >> k & 1) work = THMax(work, lanes * l.proto.size[k]);
  int threads = TH_threadsFor(work, TH_GRAIN / 2);
  cut(&l, work / lanes, threads, moving != 0);
  int64_t tasks = lanes / l.size[0] * l.blocks * l.pieces;
  threads = (int)THMin(tasks, threads);
  scratchBytes = (scratchBytes + 63) / 64 * 64;
  TH_AUTO_MEM char *raw =
      scratchBytes ? THAlloc((ptrdiff_t)(scratchBytes * (size_t)threads + 64)) : NULL;
  char *scratch = raw ? raw + (-(uintptr_t)raw & 63) : NULL;
  if (threads == 1) {
    for (int64_t i = 0; i < tasks; i++) run_task(&l, fn, i, scratch);
    return;
  }
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int k = 0; k < threads; k++)
    for (int64_t i = tasks * k / threads; i < tasks * (k + 1) / threads; i++)
      run_task(&l, fn, i, scratch ? scratch + (size_t)k * scratchBytes : NULL);
}

void THLanes_blocks(int ntensor, THAnyTensor *const *t, int dim, THLaneBlockFn fn, const void *arg,
                    size_t scratchBytes)
{
  run(ntensor, t, dim, 0, fn, arg, scratchBytes);
}

void THLanes_pieces(int ntensor, THAnyTensor *const *t, int dim, unsigned moving, THLaneBlockFn fn,
                    const void *arg)
{
  run(ntensor, t, dim, moving, fn, arg, 0);
}
