/* Drivers of minimal filtering: weights to values at points, then blocks of some rows of tiles at a time:
   input to values, 36 products, values to output. What a block needs stays in the L2 cache. */
#include "direct/convwinograd.h"
#include "direct/pack.h"
#include "direct/winograd.h"
#include <math.h>

enum {
  PARTS = 8,               /* partial sums of the gradient of weights, whatever the number of threads */
  TILES = 32,              /* of a block, if its values fit in */
  VALUES = 1 << 17,        /* elements */
  MAX_WEIGHTS = 256 * 256, /* planes x outputs, whose values take 36 times as much */
  MAX_WIDTH = 1024
};

/* A convolution as the kernels see it. */
typedef struct Job {
  const WinogradKernels *k;
  WinogradShape s;
  Packing p;
  int64_t n, rows;      /* rows of tiles in a block */
  int64_t readStep, writtenStep; /* from a sample to the next */
  int64_t inBlocks;     /* of channels of the input */
  int64_t point;        /* floats of weights from a point to the next */
  int64_t v, m, scratch; /* floats of a worker: values of input and output, and the kernels' own */
} Job;

static int64_t tiles_of(int64_t size, int64_t tile) { return (size + tile - 1) / tile; }

/* A line is left free between points, which would all fall on the same few lines of the cache. */
static int64_t spread(const Job *j, int64_t n) { return n + j->k->lanes; }

static Job make_job(int64_t n, int64_t planes, int64_t outputs, const int64_t *in, const int64_t *out,
                    const int64_t *pad, int kernel)
{
  int tile = 7 - kernel;
  Job j = {.k = THWinograd_kernels(), .n = n};
  j.s = (WinogradShape){kernel, tile, in[WINDOW_H], in[WINDOW_W], pad[WINDOW_H], pad[WINDOW_W], out[WINDOW_H],
                        out[WINDOW_W], tiles_of(out[WINDOW_H], tile), tiles_of(out[WINDOW_W], tile)};
  j.p = THPacking_make(planes, outputs, kernel * kernel, j.k->lanes);
  j.inBlocks = (planes + j.k->lanes - 1) / j.k->lanes;
  int64_t each = WINOGRAD_POINTS * j.inBlocks * j.k->lanes, most = THMax(1, THMin(TILES, VALUES / each));
  j.rows = THMax(1, most / j.s.tilesW);
  int64_t tiles = j.rows * j.s.tilesW;
  j.point = spread(&j, planes * 2 * j.k->lanes);
  j.v = WINOGRAD_POINTS * spread(&j, tiles * j.inBlocks * j.k->lanes);
  j.m = WINOGRAD_POINTS * spread(&j, tiles * 2 * j.k->lanes);
  j.scratch = j.k->scratch(&j.s);
  return j;
}

static int64_t worker_size(const Job *j) { return j->v + j->m + j->scratch; }

/* Elements of plain arithmetic that take as long as a pass over n samples. */
static double work_of(const Job *j, int64_t n)
{
  enum { PER_ELEMENT = 24 };
  return (double)n * (double)(j->s.tilesH * j->s.tilesW * WINOGRAD_POINTS) *
         (double)((j->p.planes + 8) * (j->p.outputs + 8)) / PER_ELEMENT;
}

/* Rows [begin, end) of tiles, counted over all samples. */
typedef struct Block {
  int64_t begin, end, tiles;
} Block;

static Block make_block(const Job *j, int64_t begin, int64_t end)
{
  return (Block){begin, end, (end - begin) * j->s.tilesW};
}
static int64_t value_point(const Job *j, const Block *b)
{
  return spread(j, b->tiles * j->inBlocks * j->k->lanes);
}

static int64_t sample_of(const Job *j, int64_t r) { return r / j->s.tilesH; }

static void input_values(const Job *j, const Block *b, const float *x, float *scratch, float *v)
{
  const int lanes = j->k->lanes;
  for (int64_t r = b->begin; r < b->end; r++)
    for (int64_t c = 0; c < j->inBlocks; c++) {
      float *to = v + (c * b->tiles + (r - b->begin) * j->s.tilesW) * lanes;
      j->k->input(&j->s, r % j->s.tilesH, (int)THMin(lanes, j->p.planes - c * lanes),
                  x + sample_of(j, r) * j->readStep + c * lanes * j->s.ih * j->s.iw, scratch,
                  (WinogradValues){to, value_point(j, b), lanes});
    }
}

/* Calls fn for every row of tiles and vector of lanes of block o of outputs. */
typedef void (*OutputFn)(const Job *j, int64_t r, int channels, int64_t first, WinogradValues values,
                         float *scratch, const void *arg);
static void output_vectors(const Job *j, const Block *b, int64_t o, float *m, float *scratch, OutputFn fn,
                           const void *arg)
{
  const int lanes = j->k->lanes, vectors = THPacking_vectors(&j->p, o), width = vectors * lanes;
  const int channels = THPacking_channels(&j->p, o);
  for (int64_t r = b->begin; r < b->end; r++)
    for (int i = 0; i < vectors; i++) {
      float *at = m + (r - b->begin) * j->s.tilesW * width + i * lanes;
      fn(j, r, THMin(lanes, channels - i * lanes), (o * 2 + i) * lanes,
         (WinogradValues){at, spread(j, b->tiles * width), width}, scratch, arg);
    }
}

/* ---- output, and gradient of the input ---- */

typedef struct Forward {
  const Job *j;
  const float *x, *u, *bias; /* bias: of all lanes, or NULL */
  float *y, *buffer;
  int64_t splits; /* of the blocks of outputs: each makes the input's values again */
} Forward;

static void write_output(const Job *j, int64_t r, int channels, int64_t first, WinogradValues values,
                         float *scratch, const void *arg)
{
  const Forward *f = arg;
  j->k->output(&j->s, r % j->s.tilesH, channels, values, f->bias ? f->bias + first : NULL, scratch,
               f->y + sample_of(j, r) * j->writtenStep + first * j->s.oh * j->s.ow);
}

static void forward_block(const Forward *f, const Block *b, int64_t first, int64_t end, float *v)
{
  const Job *j = f->j;
  float *m = v + j->v, *scratch = m + j->m;
  input_values(j, b, f->x, scratch, v);
  for (int64_t o = first; o < end; o++) {
    const int vectors = THPacking_vectors(&j->p, o);
    const int64_t step = spread(j, b->tiles * vectors * j->k->lanes);
    for (int64_t p = 0; p < WINOGRAD_POINTS; p++)
      j->k->product(vectors, b->tiles, j->p.planes, v + p * value_point(j, b),
                    f->u + (o * WINOGRAD_POINTS + p) * j->point, m + p * step);
    output_vectors(j, b, o, m, scratch, write_output, f);
  }
}

static void forward_blocks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Forward *f = arg;
  const Job *j = f->j;
  for (int64_t i = first; i < last; i++) {
    const int64_t block = i / f->splits, split = i % f->splits;
    Block b = make_block(j, block * j->rows, THMin((block + 1) * j->rows, j->n * j->s.tilesH));
    forward_block(f, &b, j->p.blocks * split / f->splits, j->p.blocks * (split + 1) / f->splits, f->buffer + worker * worker_size(j));
  }
}

typedef struct WeightValues {
  const Job *j;
  const float *packed;
  float *u;
} WeightValues;

/* Item i: plane i % planes of block i / planes. */
static void weight_values(const void *arg, int64_t first, int64_t last, int worker)
{
  const WeightValues *a = arg;
  const Job *j = a->j;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    int64_t o = i / j->p.planes, c = i % j->p.planes, width = THPacking_vectors(&j->p, o) * j->k->lanes;
    j->k->weights(j->s.kernel, 1, width, a->packed + THPacking_at(&j->p, o) + c * j->p.taps * width,
                  a->u + o * WINOGRAD_POINTS * j->point + c * width, j->point);
  }
}

static void run_forward(const Job *j, const float *x, const float *w, bool flipped, const float *bias,
                        float *y)
{
  int64_t lanes = j->p.blocks * 2 * j->k->lanes, rows = j->n * j->s.tilesH;
  enum { TASKS = 4 }; /* at least, where outputs allow: a small image is a block or two */
  int64_t blocks = (rows + j->rows - 1) / j->rows, items = j->p.blocks * j->p.planes;
  int64_t splits = THGetNumThreads() > 1 && !TH_inRegion() ? THMin(j->p.blocks, (TASKS - 1) / blocks + 1) : 1, tasks = blocks * splits;
  int64_t piece = TH_pieceFor(tasks, work_of(j, j->n) / (double)tasks);
  int64_t buffers = worker_size(j) * TH_workersFor(tasks, piece), values = j->p.blocks * WINOGRAD_POINTS * j->point;
  TH_AUTO_SCRATCH float *u = THScratch_alloc((ptrdiff_t)sizeof(float) * (values + lanes));
  TH_AUTO_SCRATCH float *buffer = THScratch_alloc((ptrdiff_t)sizeof(float) * (buffers + THPacking_size(&j->p)));
  float *packed = buffer + buffers, *biases = u + values;
  THPacking_pack(&j->p, w, flipped, packed);
  TH_parallel(items, TH_pieceFor(items, 20.0 * j->k->lanes), weight_values, &(WeightValues){j, packed, u});
  if (bias) THPacking_bias(&j->p, bias, biases);
  TH_parallel(tasks, piece, forward_blocks, &(Forward){j, x, u, bias ? biases : NULL, y, buffer, splits});
}

void THWinograd_forward(const THNN_Window *g, int64_t n, const float *x, const float *w, const float *bias,
                      float *y)
{
  Job j = make_job(n, g->planes, g->outputs, g->in, g->out, g->pad, (int)g->k[WINDOW_H]);
  j.readStep = g->inStep, j.writtenStep = g->outStep;
  run_forward(&j, x, w, false, bias, y);
}

/* A convolution of gradOutput with the kernel turned round. */
void THWinograd_backwardData(const THNN_Window *g, int64_t n, const float *gy, const float *w,
                           const float *bias, float *gx)
{
  int64_t pad[3];
  for (int i = 0; i < 3; i++) pad[i] = g->k[i] - 1 - g->pad[i];
  Job j = make_job(n, g->outputs, g->planes, g->out, g->in, pad, (int)g->k[WINDOW_H]);
  j.readStep = g->outStep, j.writtenStep = g->inStep;
  run_forward(&j, gy, w, true, bias, gx);
}

/* ---- gradient of weights ---- */

typedef struct Weights {
  const Job *j;
  const float *x, *gy;
  float *part, *buffer;
  int64_t parts, u; /* u: floats of the values of a block of weights */
} Weights;

static void read_grad(const Job *j, int64_t r, int channels, int64_t first, WinogradValues values,
                      float *scratch, const void *arg)
{
  const Weights *w = arg;
  j->k->outputGrad(&j->s, r % j->s.tilesH, channels,
                   w->gy + sample_of(j, r) * j->writtenStep + first * j->s.oh * j->s.ow, scratch, values);
}

static void accumulate_block(const Weights *w, const Block *b, int64_t o, float *v, float *u, bool fresh)
{
  const Job *j = w->j;
  float *m = v + j->v, *scratch = m + j->m;
  const int vectors = THPacking_vectors(&j->p, o);
  const int64_t step = spread(j, b->tiles * vectors * j->k->lanes);
  input_values(j, b, w->x, scratch, v);
  output_vectors(j, b, o, m, scratch, read_grad, w);
  for (int64_t p = 0; p < WINOGRAD_POINTS; p++)
    j->k->accumulate(vectors, b->tiles, j->p.planes, v + p * value_point(j, b), m + p * step,
                     u + p * j->point, fresh);
}

/* Samples of part i, for block o of outputs. */
static void weights_part(const Weights *w, int64_t i, int64_t o, float *buffer)
{
  const Job *j = w->j;
  int64_t begin = j->n * i / w->parts * j->s.tilesH, end = j->n * (i + 1) / w->parts * j->s.tilesH;
  int64_t width = THPacking_vectors(&j->p, o) * j->k->lanes;
  float *u = buffer + worker_size(j), *to = w->part + i * THPacking_size(&j->p) + THPacking_at(&j->p, o);
  for (int64_t r = begin; r < end; r += j->rows) {
    Block b = make_block(j, r, THMin(r + j->rows, end));
    accumulate_block(w, &b, o, buffer, u, r == begin);
  }
  memset(to, 0, (size_t)(j->p.K * width) * sizeof *to);
  j->k->weightsGrad(j->s.kernel, j->p.planes, width, u, j->point, to);
}

static void weights_parts(const void *arg, int64_t first, int64_t last, int worker)
{
  const Weights *w = arg;
  for (int64_t i = first; i < last; i++)
    weights_part(w, i / w->j->p.blocks, i % w->j->p.blocks, w->buffer + worker * (worker_size(w->j) + w->u));
}

void THWinograd_backwardWeight(const THNN_Window *g, int64_t n, const float *x, const float *gy, float *gw,
                             float scale)
{
  Job j = make_job(n, g->planes, g->outputs, g->in, g->out, g->pad, (int)g->k[WINDOW_H]);
  j.readStep = g->inStep, j.writtenStep = g->outStep;
  int64_t tiles = n * j.s.tilesH * j.s.tilesW;
  int64_t parts = THMax(1, THMin(THMin(n, tiles / TILES), (PARTS + j.p.blocks - 1) / j.p.blocks));
  int64_t tasks = parts * j.p.blocks, u = WINOGRAD_POINTS * j.point;
  int64_t piece = TH_pieceFor(tasks, work_of(&j, n) / (double)tasks);
  TH_AUTO_MEM float *buffer =
    THAlloc((ptrdiff_t)sizeof *buffer * (worker_size(&j) + u) * TH_workersFor(tasks, piece));
  TH_AUTO_MEM float *part = THAlloc((ptrdiff_t)sizeof *part * parts * THPacking_size(&j.p));
  TH_parallel(tasks, piece, weights_parts, &(Weights){&j, x, gy, part, buffer, parts, u});
  THPacking_addParts(&j.p, part, parts, gw, scale);
}

/* ---- where it pays ---- */

static bool applies(const THNN_Window *g, THType type)
{
  if (type != TH_FLOAT || !THWinograd_kernels() || g->in[WINDOW_T] != 1 || g->k[WINDOW_T] != 1) return false;
  if (g->pad[WINDOW_T] != 0 || g->out[WINDOW_T] != 1 || g->k[WINDOW_H] != g->k[WINDOW_W]) return false;
  if (g->k[WINDOW_H] != 3 && g->k[WINDOW_H] != 5) return false;
  for (int i = WINDOW_H; i <= WINDOW_W; i++)
    if (g->d[i] != 1 || g->dil[i] != 1 || g->pad[i] >= g->k[i] || g->in[i] > MAX_WIDTH || g->out[i] > MAX_WIDTH)
      return false;
  return g->planes * g->outputs <= MAX_WEIGHTS;
}

double THWinograd_cost(const THNN_Window *g, THType type, ConvPass pass)
{
  enum { IN = 300, OUT = 200 }; /* to take a vector of channels of a tile to points and back */
  if (!applies(g, type)) return INFINITY;
  bool data = pass == CONV_DATA;
  int64_t lanes = THWinograd_kernels()->lanes, tile = 7 - g->k[WINDOW_H];
  int64_t planes = data ? g->outputs : g->planes, outputs = data ? g->planes : g->outputs;
  const int64_t *out = data ? g->in : g->out;
  int64_t in = (planes + lanes - 1) / lanes, o = (outputs + lanes - 1) / lanes;
  return (double)(tiles_of(out[WINDOW_H], tile) * tiles_of(out[WINDOW_W], tile)) *
         (double)(WINOGRAD_POINTS * planes * o + IN * in + OUT * o);
}
