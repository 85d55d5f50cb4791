/* Drivers of the convolution engine: samples, or tiles of output rows, are shared out to threads;
   each unfolds into its own buffer, made beforehand, and multiplies with a BLAS that stays in the
   thread. */
#include "convapart.h"
#include "convengine.h"
#include "direct/convdirect.h"
#include "direct/convplanes.h"
#include "direct/convwinograd.h"
#include <math.h>
#include <stdatomic.h>

enum {
  TILE = 98304,        /* elements of an unfolded tile: it should stay in the L2 cache */
  TILE_COLUMNS = 256,  /* below that many the matrix product is mostly packing */
  WEIGHT_PARTS = 8,    /* partial sums of the weight gradient, whatever the number of threads */
  PART_LIMIT = 1 << 24 /* elements they may take in all */
};

/* 1x1, stride 1, no padding: the input is its own unfolding. */
static bool is_plain(const THNN_Window *g)
{
  for (int i = 0; i < 3; i++)
    if (g->k[i] != 1 || g->d[i] != 1 || g->pad[i] != 0 || g->more[i] != 0) return false;
  return true;
}

#define TH_GENERIC_FILE "generic/conv.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const forward_tile[TH_NTYPES])(const THNN_Window *, const void *, const void *,
                                             const void *, void *, int64_t, int64_t,
                                             void *) = TH_BY_FLOAT_TYPE(forward_tile);
static void (*const backward_data[TH_NTYPES])(const THNN_Window *, const void *, const void *,
                                              const void *, void *, int64_t,
                                              void *) = TH_BY_FLOAT_TYPE(backward_data);
static void (*const backward_weight[TH_NTYPES])(const THNN_Window *, const void *, const void *,
                                                void *, double, double, int64_t,
                                                void *) = TH_BY_FLOAT_TYPE(backward_weight);
typedef void (*PlaneUnfolding)(const THNN_Window *, void *x, void *col);
static const PlaneUnfolding unfold_plane[TH_NTYPES] = TH_BY_FLOAT_TYPE(unfold_plane);
static const PlaneUnfolding fold_plane[TH_NTYPES] = TH_BY_FLOAT_TYPE(fold_plane);
static void (*const add_parts[TH_NTYPES])(void *, const void *, int64_t, int64_t, int64_t,
                                          int64_t) = TH_BY_FLOAT_TYPE(add_parts);

/* Output rows of a tile. */
static int64_t tile_rows(const THNN_Window *g)
{
  int64_t columns = THMax(TILE / g->K, TILE_COLUMNS);
  int64_t total = g->out[WINDOW_T] * g->out[WINDOW_H];
  int64_t rows = THMax(1, columns / g->out[WINDOW_W]);
  int64_t tiles = (total + rows - 1) / rows;
  return (total + tiles - 1) / tiles; /* equal shares */
}

/* A pass over n samples, and what its tasks share. */
typedef struct Pass {
  const THNN_Window *g;
  THType type;
  int64_t n, rows, tiles, parts; /* rows: output rows of a tile */
  const char *x, *w, *bias;
  char *y, *part;
  double scale;
  char *buffer; /* `each` bytes for every worker to unfold into, or NULL */
  size_t each;
} Pass;

static size_t input_bytes(const Pass *p) { return (size_t)p->g->inStep * THType_size(p->type); }
static size_t output_bytes(const Pass *p) { return (size_t)p->g->outStep * THType_size(p->type); }
static void *buffer_of(const Pass *p, int worker)
{
  return p->buffer ? p->buffer + p->each * (size_t)worker : NULL;
}

/* Runs tasks 0 .. n-1, which share the work of the whole pass. */
static void run(Pass *p, int64_t tasks, THRangeFn fn)
{
  const THNN_Window *g = p->g;
  TH_blasLoad(); /* tasks must not raise */
  enum { PER_ELEMENT = 24 }; /* multiplications that take as long as an addition of elements */
  double work = (double)p->n * (double)g->outputs * (double)g->K * (double)g->outSize;
  int64_t piece = TH_pieceFor(tasks, work / PER_ELEMENT / (double)THMax(tasks, 1));
  p->each = (size_t)(g->K * p->rows * g->out[WINDOW_W]) * THType_size(p->type);
  p->each = (p->each + 4095) / 4096 * 4096 + 64; /* not all at the same place of a page */
  TH_AUTO_SCRATCH char *buffer =
    is_plain(g) ? NULL : THScratch_alloc((ptrdiff_t)p->each * TH_workersFor(tasks, piece));
  p->buffer = buffer;
  TH_parallel(tasks, piece, fn, p);
}

static void forward_tiles(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pass *p = arg;
  int64_t total = p->g->out[WINDOW_T] * p->g->out[WINDOW_H];
  for (int64_t i = first; i < last; i++) {
    int64_t sample = i / p->tiles, begin = i % p->tiles * p->rows;
    forward_tile[p->type](p->g, p->x + (size_t)sample * input_bytes(p), p->w, p->bias,
                          p->y + (size_t)sample * output_bytes(p), begin,
                          THMin(total, begin + p->rows), buffer_of(p, worker));
  }
}

/* y is gradOutput, x is what is filled in. */
static void backward_samples(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pass *p = arg;
  for (int64_t i = first; i < last; i++)
    backward_data[p->type](p->g, p->y + (size_t)i * output_bytes(p), p->w, p->bias,
                           (char *)p->x + (size_t)i * input_bytes(p), p->rows, buffer_of(p, worker));
}

/* Samples of a part, one after another, into the part's own sum. */
static void weight_parts(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pass *p = arg;
  size_t bytes = (size_t)(p->g->outputs * p->g->K) * THType_size(p->type);
  for (int64_t k = first; k < last; k++)
    for (int64_t begin = p->n * k / p->parts, i = begin; i < p->n * (k + 1) / p->parts; i++)
      backward_weight[p->type](p->g, p->x + (size_t)i * input_bytes(p),
                               p->y + (size_t)i * output_bytes(p), p->part + (size_t)k * bytes,
                               p->scale, p->parts > 1 && i == begin ? 0 : 1, p->rows,
                               buffer_of(p, worker));
}

typedef struct Parts {
  THType type;
  void *gw;
  const void *part;
  int64_t parts, weights;
} Parts;

static void parts_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Parts *p = arg;
  (void)worker;
  add_parts[p->type](p->gw, p->part, p->parts, p->weights, first, last);
}

/* ---- which way ---- */

/* Vector multiplications of a sample by unfolding: a quarter of the speed of the others. */
static double product_cost(const THNN_Window *g)
{
  const DirectKernels *k = THDirect_kernels();
  double lanes = k ? k->lanes : 1;
  return 4 / lanes * (double)g->outputs * (double)g->K * (double)g->outSize;
}

static atomic_bool winograd_on = true;

bool THNN_winograd(void) { return winograd_on; }
void THNN_setWinograd(bool on) { winograd_on = on; }

/* The window of one group; samples still lie as far apart. */
static THNN_Window one_group(const THNN_Window *g)
{
  THNN_Window one = *g;
  one.planes /= g->groups, one.outputs /= g->groups, one.groups = 1;
  return one;
}

/* The best way and its cost, of a sample of one group. */
static ConvWay way_of_one(const THNN_Window *g, THType type, ConvPass pass, double *cost)
{
  double costs[] = {[CONV_PRODUCT] = product_cost(g), [CONV_DIRECT] = THDirect_cost(g, type, pass),
                    [CONV_WINOGRAD] = winograd_on ? THWinograd_cost(g, type, pass) : INFINITY,
                    [CONV_PLANES] = THPlanes_cost(g, type, pass), [CONV_APART] = INFINITY};
  THNN_Window one;
  if (THApart_window(g, type, &one)) {
    way_of_one(&one, type, pass, cost);
    costs[CONV_APART] = THApart_cost(g, *cost);
  }
  ConvWay best = CONV_PRODUCT;
  for (int i = CONV_DIRECT; i <= CONV_APART; i++)
    if (costs[i] < costs[best]) best = (ConvWay)i;
  *cost = costs[best];
  return best;
}

ConvWay THConv_way(const THNN_Window *g, THType type, ConvPass pass)
{
  enum { BEGIN = 2000 }; /* what it takes to begin with a group */
  double cost;
  if (g->groups <= 1) return way_of_one(g, type, pass, &cost);
  const THNN_Window one = one_group(g);
  way_of_one(&one, type, pass, &cost);
  return THPlanes_cost(g, type, pass) < (double)g->groups * (cost + BEGIN) ? CONV_PLANES : CONV_GROUPS;
}

const char *THNN_convolutionWay(int pass, int64_t groups, int64_t planes, int64_t outputs, const int64_t *in,
                                const int64_t *k, const int64_t *d, const int64_t *pad,
                                const int64_t *dil)
{
  static const char *const names[] = {"product", "direct", "winograd", "planes", "apart", "groups"};
  THNN_Window g = {.planes = planes, .outputs = outputs, .groups = groups};
  for (int i = 0; i < 3; i++)
    g.in[i] = in[i], g.k[i] = k[i], g.d[i] = d[i], g.pad[i] = pad[i], g.dil[i] = dil[i];
  THNN_Window_slide(&g);
  return names[THConv_way(&g, TH_FLOAT, (ConvPass)pass)];
}

/* ---- groups ---- */

/* Addresses of a pass: x, the weights, y, and a bias or NULL. */
typedef struct Operands {
  const char *x, *w, *bias, *y;
} Operands;

static Operands at_group(const THNN_Window *one, size_t width, const Operands *all, int64_t group, ConvPass pass)
{
  const int64_t biases = pass == CONV_DATA ? one->planes : one->outputs;
  return (Operands){all->x + (size_t)(group * one->planes * one->inSize) * width,
                    all->w + (size_t)(group * one->outputs * one->K) * width,
                    all->bias ? all->bias + (size_t)(group * biases) * width : NULL,
                    all->y + (size_t)(group * one->outputs * one->outSize) * width};
}

static void run_group(const char *op, const THNN_Window *one, THType type, int64_t n, const Operands *a, ConvPass pass,
                      double scale)
{
  switch (pass) {
  case CONV_FORWARD: THConv_forward(op, one, type, n, a->x, a->w, a->bias, (char *)a->y); return;
  case CONV_DATA: THConv_backwardData(op, one, type, n, a->y, a->w, a->bias, (char *)a->x); return;
  case CONV_WEIGHT: THConv_backwardWeight(op, one, type, n, a->x, a->y, (char *)a->w, scale); return;
  }
}

/* One group after another; on the GPU, whose kernels take samples without gaps, one sample at a time. */
static void run_groups(const char *op, const THNN_Window *g, THType type, int64_t n, const Operands *all, ConvPass pass,
                       double scale)
{
  const THNN_Window one = one_group(g);
  const size_t width = THType_size(type);
  const int64_t together = THType_onDevice(type) ? 1 : n;
  for (int64_t i = 0; i < n; i += together)
    for (int64_t group = 0; group < g->groups; group++) {
      Operands a = *all;
      a.x += (size_t)(i * g->inStep) * width, a.y += (size_t)(i * g->outStep) * width;
      a = at_group(&one, width, &a, group, pass);
      run_group(op, &one, type, together, &a, pass, scale);
    }
}

/* The images of a dilated window, apart. */
static void run_apart(const THNN_Window *g, THType type, int64_t n, const void *x, const void *w, const void *bias,
                      const void *y, ConvPass pass, double scale)
{
  THNN_Window one;
  if (THApart_window(g, type, &one)) THApart_run(g, &one, n, x, w, bias, y, pass, scale);
}

/* ---- passes ---- */

void THConv_forward(const char *op, const THNN_Window *g, THType type, int64_t n, const void *x,
                  const void *w, const void *bias, void *y)
{
  ConvWay way = THConv_way(g, type, CONV_FORWARD);
  if (way == CONV_GROUPS) {
    run_groups(op, g, type, n, &(Operands){x, w, bias, y}, CONV_FORWARD, 1);
    return;
  }
  if (THType_onDevice(type)) {
    THNN_device->convForward(op, g, type, n, x, w, bias, y);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  const PlanesOrder order = THPlanes_order(g, CONV_FORWARD);
  switch (way) {
  case CONV_PLANES: THPlanes_forward(g, &order, n, x, w, bias, y); return;
  case CONV_WINOGRAD: THWinograd_forward(g, n, x, w, bias, y); return;
  case CONV_DIRECT: THDirect_forward(g, n, x, w, bias, y); return;
  case CONV_APART: run_apart(g, type, n, x, w, bias, y, CONV_FORWARD, 1); return;
  case CONV_PRODUCT: case CONV_GROUPS: break;
  }
  int64_t rows = tile_rows(g), total = g->out[WINDOW_T] * g->out[WINDOW_H];
  int64_t tiles = (total + rows - 1) / rows;
  Pass p = {.g = g, .type = type, .n = n, .rows = rows, .tiles = tiles, .x = x, .w = w, .bias = bias,
            .y = y};
  run(&p, n * tiles, forward_tiles);
}

void THConv_backwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                       const void *gy, const void *w, const void *bias, void *gx)
{
  ConvWay way = THConv_way(g, type, CONV_DATA);
  if (way == CONV_GROUPS) {
    run_groups(op, g, type, n, &(Operands){gx, w, bias, gy}, CONV_DATA, 1);
    return;
  }
  if (THType_onDevice(type)) {
    THNN_device->convBackwardData(op, g, type, n, gy, w, bias, gx);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  const PlanesOrder order = THPlanes_order(g, CONV_DATA);
  switch (way) {
  case CONV_PLANES: THPlanes_backwardData(g, &order, n, gy, w, bias, gx); return;
  case CONV_WINOGRAD: THWinograd_backwardData(g, n, gy, w, bias, gx); return;
  case CONV_DIRECT: THDirect_backwardData(g, n, gy, w, bias, gx); return;
  case CONV_APART: run_apart(g, type, n, gx, w, bias, gy, CONV_DATA, 1); return;
  case CONV_PRODUCT: case CONV_GROUPS: break;
  }
  Pass p = {.g = g, .type = type, .n = n, .rows = tile_rows(g), .x = gx, .w = w, .bias = bias,
            .y = (char *)gy};
  run(&p, n, backward_samples);
}

void THConv_backwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                         const void *x, const void *gy, void *gw, double scale)
{
  if (scale == 0) return; /* nothing is added, whatever it stands before: products by BLAS do the same */
  ConvWay way = THConv_way(g, type, CONV_WEIGHT);
  if (way == CONV_GROUPS) {
    run_groups(op, g, type, n, &(Operands){x, gw, NULL, gy}, CONV_WEIGHT, scale);
    return;
  }
  if (THType_onDevice(type)) {
    THNN_device->convBackwardWeight(op, g, type, n, x, gy, gw, scale);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  const PlanesOrder order = THPlanes_order(g, CONV_WEIGHT);
  switch (way) {
  case CONV_PLANES: THPlanes_backwardWeight(g, &order, n, x, gy, gw, (float)scale); return;
  case CONV_WINOGRAD: THWinograd_backwardWeight(g, n, x, gy, gw, (float)scale); return;
  case CONV_DIRECT: THDirect_backwardWeight(g, n, x, gy, gw, (float)scale); return;
  case CONV_APART: run_apart(g, type, n, x, gw, NULL, gy, CONV_WEIGHT, scale); return;
  case CONV_PRODUCT: case CONV_GROUPS: break;
  }
  int64_t weights = g->outputs * g->K;
  int64_t parts = THMin(n, THMax(1, THMin(WEIGHT_PARTS, PART_LIMIT / weights)));
  TH_AUTO_MEM char *part =
    parts > 1 ? THAlloc((ptrdiff_t)THType_size(type) * parts * weights) : NULL;
  Pass p = {.g = g, .type = type, .n = n, .rows = tile_rows(g), .parts = parts, .x = x,
            .y = (char *)gy, .part = part ? part : gw, .scale = scale};
  run(&p, parts, weight_parts);
  if (part)
    TH_parallel(weights, TH_pieceFor(weights, (double)parts), parts_piece,
                &(Parts){type, gw, part, parts, weights});
}

/* ---- the unfolded input, for those who multiply themselves ---- */

/* A plane of the input, with the output size that the caller says. */
static THNN_Window unfolded_plane(THNN_Window g, const int *in, const int *out)
{
  g.planes = g.outputs = g.in[WINDOW_T] = 1;
  THNN_Window_check(&g);
  for (int i = 0; i < 2; i++) {
    THArgCheck(in[i] > 0 && out[i] > 0, THNN_OWN, "unfolded: sizes should be greater than zero");
    g.in[WINDOW_H + i] = in[i];
  }
  THNN_Window_slide(&g);
  g.out[WINDOW_H] = out[0];
  g.out[WINDOW_W] = out[1];
  g.outSize = (int64_t)out[0] * out[1];
  return g;
}

/* Rows of finput; raises when input is not `planes` such planes. */
static int64_t unfolded_rows(const THNN_Window *g, int planes, const THAnyTensor *input)
{
  int64_t rows, all;
  THArgCheck(planes > 0 && THAnyTensor_nElement(input) / planes == g->inSize && THAnyTensor_nElement(input) % planes == 0,
             3, "unfolded: expected size %d x %lld x %lld, got %s", planes, (long long)g->in[WINDOW_H],
             (long long)g->in[WINDOW_W], THAnyTensor_sizeDesc(input).str);
  THArgCheck(TH_mulSize(g->K, planes, &rows) && TH_mulSize(rows, g->outSize, &all), 2,
             "unfolded: finput would have too many elements");
  return rows;
}

typedef struct Unfolding {
  const THNN_Window *g;
  PlaneUnfolding f;
} Unfolding;

static void run_unfolding(const void *arg, int64_t i, void *const *at)
{
  const Unfolding *u = arg;
  (void)i;
  u->f(u->g, at[0], at[1]);
}

static void unfolded(const THNN_Window *g, int planes, const PlaneUnfolding *f, const THAnyTensor *x,
                     const THAnyTensor *col)
{
  size_t width = THType_size((THType)x->type);
  TH_PLANES(planes, (double)g->K * (double)g->outSize, run_unfolding, &((Unfolding){g, f[x->type]}),
              {THNN_data(x), (size_t)g->inSize * width}, {THNN_data(col), (size_t)(g->K * g->outSize) * width});
}

void THNN_unfolded_copy(THNN_STATE, THAnyTensor *finput, THAnyTensor *input, int kW, int kH, int dW, int dH,
                        int padW, int padH, int nInputPlane, int inputWidth, int inputHeight, int outputWidth,
                        int outputHeight)
{
  THNN_TYPES_ANY("unfolded_copy", finput, input);
  THNN_Window g = unfolded_plane((THNN_Window){THNN_WINDOW2("unfolded", kW, kH, dW, dH, padW, padH, 1, 1)},
                                 (int[]){inputHeight, inputWidth}, (int[]){outputHeight, outputWidth});
  int64_t rows = unfolded_rows(&g, nInputPlane, input);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO col = THNN_newResult(finput, 2, (int64_t[]){rows, g.outSize});
  if (THNN_onDevice(x)) THNN_EACH(unfold_image, x, THAnyTensor_nElement(col), &g, THNN_data(x), THNN_data(col));
  else unfolded(&g, nInputPlane, unfold_plane, x, col);
  THNN_finish(col, finput);
}

void THNN_unfolded_acc(THNN_STATE, THAnyTensor *finput, THAnyTensor *input, int kW, int kH, int dW, int dH,
                       int padW, int padH, int nInputPlane, int inputWidth, int inputHeight, int outputWidth,
                       int outputHeight)
{
  THNN_TYPES_ANY("unfolded_acc", finput, input);
  THNN_Window g = unfolded_plane((THNN_Window){THNN_WINDOW2("unfolded", kW, kH, dW, dH, padW, padH, 1, 1)},
                                 (int[]){inputHeight, inputWidth}, (int[]){outputHeight, outputWidth});
  int64_t rows = unfolded_rows(&g, nInputPlane, input);
  THArgCheck(THAnyTensor_nElement(finput) == rows * g.outSize, 2, "unfolded: expected size %lld x %lld, got %s",
             (long long)rows, (long long)g.outSize, THAnyTensor_sizeDesc(finput).str);
  THNN_AUTO col = THAnyTensor_newContiguous(finput);
  THNN_AUTO x = THNN_newInPlace(input);
  if (THNN_onDevice(x)) THNN_EACH(fold_image, x, THAnyTensor_nElement(x), &g, THNN_data(col), THNN_data(x));
  else unfolded(&g, nInputPlane, fold_plane, x, col);
  THNN_finish(x, input);
}
