#include "THLanes.h"
#include "THRepeat.h"

enum { PIECE = 16384, MIN_BLOCK = 64, MIN_BLOCKS = 32, TOGETHER = 4 };

/* The dimensions other than `dim`, merged; number 0 is the one blocks run along. */
typedef struct Lanes {
  int ntensor, ndim;
  int64_t size[TH_MAX_DIMS], stride[TH_MAX_DIMS][TH_LANE_TENSORS];
  char *data[TH_LANE_TENSORS];
  size_t width[TH_LANE_TENSORS];
  int64_t block, blocks, piece, pieces; /* lanes a block, blocks a row; elements a piece */
  unsigned moving;
  THLaneBlock proto;
  THLaneBlockFn fn;
  char *scratch; /* scratchBytes for each worker */
  size_t scratchBytes;
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

/* Lanes of a block that are walked, of `lanes` in all: a grain, but TOGETHER of them, which loops take side by side, where
   blocks remain enough for several threads. */
static int64_t inner_block(int64_t block, int64_t length, int64_t lanes)
{
  const int64_t fit = THMax(1, THMin(block, TH_GRAIN / THMax(length, 1)));
  if (fit >= TOGETHER) return fit / TOGETHER * TOGETHER;
  return lanes >= TOGETHER * MIN_BLOCKS ? THMin(block, TOGETHER) : fit;
}

/* Blocks as wide as one call takes, but enough of them for several threads; pieces of lanes are enough anyway. */
static void cut(Lanes *l, int64_t length, bool pieces)
{
  const int64_t rows = count_lanes(l) / l->size[0], last = l->ntensor - 1;
  const int64_t step = l->proto.step[last], across = l->proto.across[last];
  const bool inner = step <= across && (step || !across);
  l->block = THMin(l->size[0], TH_LANE_BLOCK);
  if (inner) l->block = inner_block(l->block, length, rows * l->size[0]);
  while (!pieces && !inner && l->block >= 2 * MIN_BLOCK && rows * (l->size[0] / l->block) < MIN_BLOCKS)
    l->block /= 2;
  l->blocks = (l->size[0] + l->block - 1) / l->block;
  l->piece = pieces ? THMax(64, PIECE / l->block) : THMax(length, 1);
  l->pieces = (length + l->piece - 1) / l->piece;
}

static void run_task(const Lanes *l, int64_t task, void *scratch)
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
  l->fn(&b);
}

static void run_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Lanes *l = arg;
  void *scratch = l->scratch ? l->scratch + (size_t)worker * l->scratchBytes : NULL;
  for (int64_t i = first; i < last; i++) run_task(l, i, scratch);
}

static void run(int ntensor, THAnyTensor *const *t, int dim, unsigned moving, THLaneBlockFn fn,
                const void *arg, size_t scratchBytes)
{
  if (t[0]->nDimension == 0) return;
  TH_ASSERT(ntensor <= TH_LANE_TENSORS);
  Lanes l; /* large: only what is used gets filled */
  memset(&l.proto, 0, sizeof l.proto);
  l.moving = moving;
  l.fn = fn;
  l.proto.arg = arg;
  gather_dims(&l, ntensor, t, dim);
  int64_t work = 0, lanes = count_lanes(&l);
  for (int k = 0; k < ntensor; k++)
    if (!moving || moving >> k & 1) work = THMax(work, lanes * l.proto.size[k]);
  cut(&l, work / lanes, moving != 0);
  int64_t tasks = lanes / l.size[0] * l.blocks * l.pieces;
  int64_t piece = TH_pieceFor(tasks, 2 * (double)work / (double)tasks);
  l.scratchBytes = (scratchBytes + 63) / 64 * 64;
  size_t workers = (size_t)TH_workersFor(tasks, piece);
  TH_AUTO_MEM char *raw =
      scratchBytes ? THAlloc((ptrdiff_t)(l.scratchBytes * workers + 64)) : NULL;
  l.scratch = raw ? raw + (-(uintptr_t)raw & 63) : NULL;
  TH_parallel(tasks, piece, run_tasks, &l);
}

void THLanes_blocks(int ntensor, THAnyTensor *const *t, int dim, THLaneBlockFn fn, const void *arg,
                    size_t scratchBytes)
{
  run(ntensor, t, dim, 0, fn, arg, scratchBytes);
}

static THAnyTensor *new_folded(THAnyTensor *t, uint64_t dims)
{
  THAnyTensor *folded = THAnyTensor_newWithTensor(t);
  THRepeat_fold(folded, dims);
  return folded;
}

void THLanes_results(int ntensor, THAnyTensor *const *t, int dim, THLaneBlockFn fn, const void *arg,
                     size_t scratchBytes)
{
  const int last = ntensor - 1;
  const uint64_t dims = THRepeat_dims(t[last], dim);
  if (!dims) {
    run(ntensor, t, dim, 0, fn, arg, scratchBytes);
    return;
  }
  TH_AUTO(THAnyTensor) first = new_folded(t[0], dims);
  TH_AUTO(THAnyTensor) second = new_folded(t[1], dims);
  TH_AUTO(THAnyTensor) third = new_folded(t[last], dims);
  run(ntensor, (THAnyTensor *[]){first, second, third}, dim, 0, fn, arg, scratchBytes);
  for (int k = 0; k < last; k++) THRepeat_spread(t[k], dims);
}

void THLanes_pieces(int ntensor, THAnyTensor *const *t, int dim, unsigned moving, THLaneBlockFn fn,
                    const void *arg)
{
  run(ntensor, t, dim, moving, fn, arg, 0);
}
