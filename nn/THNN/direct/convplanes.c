/* Drivers of correlations between planes: layouts, taps and threads. */
#include "direct/convplanes.h"
#include "direct/planes.h"
#include <math.h>

enum { MANY = 16, CHUNK = 4, BATCH = 8, ROOM = 1 << 15, PARTS = 8, MOST_LANES = 16 }; /* tasks that are
  enough; outputs summed up together; groups, and their floats; parts of the sum over samples */

static int64_t groups_of(const THNN_Window *g) { return THMax(g->groups, 1); }
static int64_t kernel_size(const THNN_Window *g) { return g->k[WINDOW_H] * g->k[WINDOW_W]; }
static int64_t rounded(int64_t n, int64_t lanes) { return (n + lanes - 1) / lanes; }

PlanesOrder THPlanes_order(const THNN_Window *g, ConvPass pass)
{
  int64_t planes = g->planes / groups_of(g), outputs = g->outputs / groups_of(g);
  return (PlanesOrder){outputs * planes, planes, 1, pass == CONV_DATA ? planes : outputs, 1};
}

/* ---- layouts ---- */

/* h x w elements after `top` rows and `left` columns of padding, cut into phases, of which `rows` rows and `columns` columns
   are seen by windows of which `across` lie in a row. */
static PlanesLayout make_layout(int64_t h, int64_t w, int64_t top, int64_t left, int64_t dH, int64_t dW, int64_t rows,
                                int64_t columns, int64_t across)
{
  PlanesLayout l = {h, w, top, left, dH, dW, rows, .slack = columns + 2 * THPlanes_kernels()->lanes};
  int64_t behind = THMax(0, columns - left - w); /* zeros, which those before the next row can be */
  int64_t shared = dW == 1 ? THMin(left, THMin(behind, columns - across)) : 0;
  l.pitch = columns - shared;
  l.phase = rows * l.pitch + shared;
  l.plane = dH * dW * l.phase;
  return l;
}

/* Positions of a result that has phases: rows and columns begin at `row` and `column`. */
typedef struct Result {
  int64_t rows, columns, row, column;
  PlanesTaps taps;
} Result;

typedef struct Job {
  const PlanesKernels *k;
  const THNN_Window *g;
  PlanesLayout l;             /* of the planes that are read */
  int64_t sources, outputs;   /* of a group */
  int64_t sourceSize, resultSize, columns; /* elements of a plane; columns of the result */
  int64_t readStep, writtenStep;
  int64_t weightOutput, weightSource; /* elements between weights */
  int64_t dH, dW, vectors;    /* phases of the result, and vectors of the largest one's positions */
  Result *results;            /* dH x dW, and their taps; in one block of memory */
} Job;

static Result *new_results(int64_t phases, int64_t taps)
{
  size_t size = (size_t)phases * (sizeof(Result) + 2 * (size_t)taps * sizeof(int64_t));
  Result *r = THAlloc((ptrdiff_t)size);
  int64_t *lists = (int64_t *)(r + phases);
  for (int64_t i = 0; i < phases; i++, lists += 2 * taps) r[i] = (Result){.taps = {0, lists, lists + taps}};
  return r;
}

static void add_tap(PlanesTaps *t, int64_t offset, int64_t index)
{
  t->offset[t->count] = offset;
  t->index[t->count++] = index;
}

static int64_t seen(const THNN_Window *g, int i) { return (g->out[i] - 1) * g->d[i] + g->dil[i] * (g->k[i] - 1) + 1; }

/* Outputs from the planes of the input, which are apart by strides. */
static Job forward_job(const THNN_Window *g, const PlanesOrder *order)
{
  const int64_t dH = g->d[WINDOW_H], dW = g->d[WINDOW_W], kH = g->k[WINDOW_H], kW = g->k[WINDOW_W];
  Job j = {.k = THPlanes_kernels(), .g = g, .dH = 1, .dW = 1};
  j.sources = g->planes / groups_of(g), j.outputs = g->outputs / groups_of(g);
  j.sourceSize = g->inSize, j.resultSize = g->outSize, j.columns = g->out[WINDOW_W];
  j.readStep = g->inStep, j.writtenStep = g->outStep;
  j.weightOutput = order->output * kH * kW, j.weightSource = order->plane * kH * kW;
  j.l = make_layout(g->in[WINDOW_H], g->in[WINDOW_W], g->pad[WINDOW_H], g->pad[WINDOW_W], dH, dW,
                    rounded(seen(g, WINDOW_H), dH), rounded(seen(g, WINDOW_W), dW), g->out[WINDOW_W]);
  j.results = new_results(1, kH * kW);
  Result *r = &j.results[0];
  r->rows = g->out[WINDOW_H], r->columns = g->out[WINDOW_W];
  for (int64_t u = 0; u < kH; u++)
    for (int64_t v = 0; v < kW; v++) {
      int64_t h = u * g->dil[WINDOW_H], c = v * g->dil[WINDOW_W];
      add_tap(&r->taps, (h % dH * dW + c % dW) * j.l.phase + h / dH * j.l.pitch + c / dW, u * kW + v);
    }
  j.vectors = rounded(r->rows * j.l.pitch, j.k->lanes);
  return j;
}

/* Inputs a, a + d... along an axis: element k of the kernel takes the i-th of them from output i + *at. */
static bool meets(const THNN_Window *g, int axis, int64_t a, int64_t k, int64_t *at)
{
  int64_t from = a + g->pad[axis] - k * g->dil[axis], d = g->d[axis];
  *at = from >= 0 ? from / d : -((d - 1 - from) / d);
  return *at * d == from;
}

/* The first output that any of them meets, if below 0, and how many are seen from there on. */
static int64_t outputs_before(const THNN_Window *g, int axis, int64_t *count)
{
  int64_t first = 0, last = 0, at;
  for (int64_t a = 0; a < g->d[axis]; a++)
    for (int64_t k = 0; k < g->k[axis]; k++)
      if (meets(g, axis, a, k, &at)) {
        first = THMin(first, at);
        last = THMax(last, at + rounded(g->in[axis] - a, g->d[axis]));
      }
  *count = THMax(last - first, rounded(g->in[axis], g->d[axis]));
  return -first;
}

/* Inputs, apart by strides, from the planes of the output. */
static Job data_job(const THNN_Window *g, const PlanesOrder *order)
{
  const int64_t dH = g->d[WINDOW_H], dW = g->d[WINDOW_W], kH = g->k[WINDOW_H], kW = g->k[WINDOW_W];
  Job j = {.k = THPlanes_kernels(), .g = g, .dH = dH, .dW = dW};
  j.sources = g->outputs / groups_of(g), j.outputs = g->planes / groups_of(g);
  j.sourceSize = g->outSize, j.resultSize = g->inSize, j.columns = g->in[WINDOW_W];
  j.readStep = g->outStep, j.writtenStep = g->inStep;
  j.weightOutput = order->plane * kH * kW, j.weightSource = order->output * kH * kW;
  int64_t rows, columns, top = outputs_before(g, WINDOW_H, &rows), left = outputs_before(g, WINDOW_W, &columns);
  j.l = make_layout(g->out[WINDOW_H], g->out[WINDOW_W], top, left, 1, 1, rows, columns, rounded(g->in[WINDOW_W], dW));
  j.results = new_results(dH * dW, kH * kW);
  for (int64_t i = 0; i < dH * dW; i++) {
    Result *r = &j.results[i];
    r->row = i / dW, r->column = i % dW;
    r->rows = rounded(g->in[WINDOW_H] - r->row, dH), r->columns = rounded(g->in[WINDOW_W] - r->column, dW);
    for (int64_t t = 0, h, c; t < kH * kW; t++)
      if (meets(g, WINDOW_H, r->row, t / kW, &h) && meets(g, WINDOW_W, r->column, t % kW, &c))
        add_tap(&r->taps, (h + top) * j.l.pitch + c + left, t);
  }
  j.vectors = rounded(j.results[0].rows * j.l.pitch, j.k->lanes);
  return j;
}

/* Elements of plain arithmetic that take as long as a pass over n samples. */
static double work_of(const THNN_Window *g, int64_t n)
{
  enum { PER_ELEMENT = 16 };
  return (double)n * (double)(g->outputs * g->K) * (double)g->outSize / PER_ELEMENT;
}

static int64_t laid_size(const Job *j) { return j->sources * j->l.plane + j->l.slack + j->k->lanes; }

static void lay_planes(const Job *j, int64_t planes, const float *x, float *to)
{
  for (int64_t c = 0; c < planes; c++) j->k->lay(&j->l, x + c * j->sourceSize, to + c * j->l.plane);
}

/* ---- output, and gradient of the input ---- */

typedef struct Forward {
  const Job *j;
  const PlanesOrder *order;
  const float *x, *w, *bias;
  float *y, *buffer;
  int64_t batch, chunks, laid, each; /* groups of a task, or chunks of outputs of one; floats of a group, and of a worker */
} Forward;

static PlanesSum make_sum(const Job *j, const Result *r)
{
  return (PlanesSum){r->taps, j->sources, j->l.plane, j->weightOutput, j->weightSource,
                     rounded(r->rows * j->l.pitch, j->k->lanes)};
}

static int64_t sums_size(const Job *j) { return j->dW * CHUNK * j->vectors * j->k->lanes; }

/* Outputs of one group, [begin, begin + n), n at most CHUNK. */
typedef struct Outputs {
  int64_t group, begin, n;
} Outputs;

/* The sums of phases (a, b) of outputs, of laid-out planes. */
static void sum_rows(const Forward *f, const Outputs *o, int64_t a, const float *laid, float *sums)
{
  const Job *j = f->j;
  const float *w = f->w + o->group * f->order->group * kernel_size(j->g) + o->begin * j->weightOutput;
  const float *bias = f->bias ? f->bias + o->group * f->order->biasGroup + o->begin * f->order->biasStep : NULL;
  for (int64_t b = 0; b < j->dW; b++) {
    const PlanesSum s = make_sum(j, &j->results[a * j->dW + b]);
    j->k->correlate(&s, (int)o->n, laid, w, bias, f->order->biasStep, sums + b * CHUNK * j->vectors * j->k->lanes);
  }
}

/* Rows a, a + dH... of outputs whose phases were summed up. */
static void write_rows(const Job *j, const Outputs *o, int64_t a, const float *sums, float *y)
{
  const Result *r = &j->results[a * j->dW];
  const int64_t each = j->vectors * j->k->lanes;
  y += (o->group * j->outputs + o->begin) * j->resultSize + a * j->columns;
  for (int64_t i = 0; i < o->n; i++) {
    const float *from[PLANES_STRIDE];
    for (int64_t b = 0; b < j->dW; b++)
      from[b] = sums + b * CHUNK * each + i * rounded(r->rows * j->l.pitch, j->k->lanes) * j->k->lanes; /* all b have as many rows */
    j->k->write(j->dW, r->rows, j->columns, j->l.pitch, from, y + i * j->resultSize, j->dH * j->columns);
  }
}

/* Groups [first, last) of a sample, or a chunk of the outputs of one. Everything is laid out, then summed up, then
   written: what has just been stored cannot be loaded at once in other pieces. */
static void forward_task(const Forward *f, int64_t task, float *buffer)
{
  const Job *j = f->j;
  const int64_t groups = groups_of(j->g), batches = (groups + f->batch - 1) / f->batch, chunk = task % f->chunks;
  const int64_t sample = task / f->chunks / batches, first = task / f->chunks % batches * f->batch;
  const int64_t n = THMin(f->batch, groups - first), begin = f->chunks > 1 ? chunk * CHUNK : 0;
  const int64_t end = f->chunks > 1 ? THMin(j->outputs, begin + CHUNK) : j->outputs;
  const float *x = f->x + sample * j->readStep + first * j->sources * j->sourceSize;
  float *y = f->y + sample * j->writtenStep, *sums = buffer + f->batch * f->laid;
  for (int64_t i = 0; i < n; i++) lay_planes(j, j->sources, x + i * j->sources * j->sourceSize, buffer + i * f->laid);
  for (int64_t o = begin; o < end; o += CHUNK)
    for (int64_t a = 0; a < j->dH; a++) {
      for (int64_t i = 0; i < n; i++)
        sum_rows(f, &(Outputs){first + i, o, THMin(CHUNK, end - o)}, a, buffer + i * f->laid, sums + i * sums_size(j));
      for (int64_t i = 0; i < n; i++)
        write_rows(j, &(Outputs){first + i, o, THMin(CHUNK, end - o)}, a, sums + i * sums_size(j), y);
    }
}

static void forward_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Forward *f = arg;
  for (int64_t i = first; i < last; i++) forward_task(f, i, f->buffer + worker * f->each);
}

static void run_forward(const Job *j, const PlanesOrder *order, int64_t n, const float *x, const float *w, const float *bias,
                        float *y)
{
  TH_AUTO_MEM void *results = j->results;
  const int64_t groups = groups_of(j->g), chunks = n * groups >= MANY ? 1 : rounded(j->outputs, CHUNK);
  const int64_t laid = laid_size(j), fit = ROOM / (laid + sums_size(j));
  const int64_t batch = chunks > 1 ? 1 : THMax(1, THMin(THMin(BATCH, fit), n * groups / MANY));
  const int64_t tasks = n * rounded(groups, batch) * chunks, piece = TH_pieceFor(tasks, work_of(j->g, n) / (double)tasks);
  const int64_t each = batch * (laid + sums_size(j)) + j->k->lanes;
  TH_AUTO_MEM float *buffer = THAlloc((ptrdiff_t)sizeof *buffer * each * TH_workersFor(tasks, piece));
  (void)results;
  TH_parallel(tasks, piece, forward_tasks, &(Forward){j, order, x, w, bias, y, buffer, batch, chunks, laid, each});
}

void THPlanes_forward(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *x, const float *w, const float *bias,
                    float *y)
{
  Job j = forward_job(g, order);
  run_forward(&j, order, n, x, w, bias, y);
}

void THPlanes_backwardData(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *gy, const float *w,
                         const float *bias, float *gx)
{
  Job j = data_job(g, order);
  run_forward(&j, order, n, gy, w, bias, gx);
}

/* ---- gradient of weights ---- */

typedef struct Weights {
  const Job *j;
  const PlanesOrder *order;
  const float *x, *gy;
  float *part, *buffer;          /* part: outputs x sources x taps x lanes, of every group and part of the samples */
  int64_t n, parts, size, each; /* size: floats of a part of a group; each: of a sample laid out, a worker has two */
} Weights;

/* A sample of group i laid out: planes of the input, then of the gradient. */
static void lay_sample(const Weights *a, int64_t sample, int64_t i, float *to)
{
  const Job *j = a->j;
  const Result *r = &j->results[0];
  const float *gy = a->gy + sample * j->writtenStep + i * j->outputs * j->resultSize;
  float *g = to + laid_size(j);
  lay_planes(j, j->sources, a->x + sample * j->readStep + i * j->sources * j->sourceSize, to);
  for (int64_t o = 0; o < j->outputs; o++)
    j->k->layResult(r->rows, r->columns, j->l.pitch, j->vectors, gy + o * j->resultSize, g + o * j->vectors * j->k->lanes);
}

/* Every pair of planes of a sample. */
static void add_sample(const Job *j, const float *laid, float *part)
{
  const PlanesSum s = make_sum(j, &j->results[0]);
  const int64_t step = s.vectors * j->k->lanes, pair = s.taps.count * j->k->lanes;
  for (int64_t c = 0; c < j->sources; c++)
    j->k->accumulate(&s, (int)j->outputs, laid + c * j->l.plane, laid + laid_size(j), step, part + c * pair, j->sources * pair);
}

/* Samples [begin, end) of group i; each is laid out while the one before waits in the other half of the buffer. */
static void add_samples(const Weights *a, int64_t i, int64_t begin, int64_t end, float *part, float *buffer)
{
  for (int64_t sample = begin; sample <= end; sample++) {
    if (sample < end) lay_sample(a, sample, i, buffer + sample % 2 * a->each);
    if (sample > begin) add_sample(a->j, buffer + (sample - 1) % 2 * a->each, part);
  }
}

static void weights_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Weights *a = arg;
  for (int64_t task = first; task < last; task++) {
    int64_t i = task / a->parts, k = task % a->parts;
    float *part = a->part + task * a->size;
    memset(part, 0, (size_t)a->size * sizeof *part);
    add_samples(a, i, a->n * k / a->parts, a->n * (k + 1) / a->parts, part, a->buffer + 2 * worker * a->each);
  }
}

typedef struct Sums {
  const Weights *a;
  float *gw, scale;
} Sums;

/* lane[i] = sum over n parts, `step` floats apart */
TH_KERNEL static void sum_parts(const float *part, int64_t n, int64_t step, int64_t lanes, double *lane)
{
  for (int64_t i = 0; i < lanes; i++) lane[i] = part[i];
  for (int64_t k = 1; k < n; k++)
    for (int64_t i = 0; i < lanes; i++) lane[i] += (double)part[k * step + i];
}

/* The kernel of a pair of planes of a group, all parts and lanes. */
static void add_kernel(const Sums *s, int64_t group, int64_t pair, float *gw)
{
  const Weights *a = s->a;
  const int64_t taps = kernel_size(a->j->g), lanes = a->j->k->lanes;
  for (int64_t t = 0; t < taps; t++) {
    double lane[MOST_LANES], sum = 0;
    sum_parts(a->part + group * a->parts * a->size + (pair * taps + t) * lanes, a->parts, a->size, lanes, lane);
    for (int64_t i = 0; i < lanes; i++) sum += lane[i];
    gw[t] += s->scale * (float)sum;
  }
}

static void add_kernels(const void *arg, int64_t first, int64_t last, int worker)
{
  const Sums *s = arg;
  const Job *j = s->a->j;
  const PlanesOrder *order = s->a->order;
  const int64_t pairs = j->outputs * j->sources;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    int64_t group = i / pairs, o = i % pairs / j->sources, c = i % j->sources;
    add_kernel(s, group, i % pairs, s->gw + (group * order->group + o * order->output + c * order->plane) * kernel_size(j->g));
  }
}

void THPlanes_backwardWeight(const THNN_Window *g, const PlanesOrder *order, int64_t n, const float *x, const float *gy,
                           float *gw, float scale)
{
  Job j = forward_job(g, order);
  TH_AUTO_MEM void *results = j.results;
  const int64_t groups = groups_of(g), pairs = j.outputs * j.sources, taps = kernel_size(g);
  Weights a = {&j, order, x, gy, .n = n, .parts = THMin(n, rounded(PARTS, groups)), .size = pairs * taps * j.k->lanes};
  const int64_t tasks = groups * a.parts, piece = TH_pieceFor(tasks, work_of(g, n) / (double)tasks);
  a.each = laid_size(&j) + j.outputs * j.vectors * j.k->lanes + j.k->lanes;
  TH_AUTO_MEM float *buffer = THAlloc((ptrdiff_t)sizeof *buffer * 2 * a.each * TH_workersFor(tasks, piece));
  TH_AUTO_MEM float *part = THAlloc((ptrdiff_t)sizeof *part * tasks * a.size);
  (void)results;
  a.buffer = buffer, a.part = part;
  TH_parallel(tasks, piece, weights_tasks, &a);
  TH_parallel(groups * pairs, TH_pieceFor(groups * pairs, (double)(a.parts * taps * j.k->lanes)), add_kernels,
              &(Sums){&a, gw, scale});
}

/* ---- where it pays ---- */

static bool applies(const THNN_Window *g, THType type, ConvPass pass)
{
  enum { MOST_WEIGHTS = 1 << 16, MOST_PLANES = 1 << 20 };
  int64_t groups = groups_of(g), pairs = g->outputs / groups * (g->planes / groups);
  if (type != TH_FLOAT || !THPlanes_kernels() || g->in[WINDOW_T] != 1 || g->k[WINDOW_T] != 1) return false;
  if (g->pad[WINDOW_T] != 0 || g->out[WINDOW_T] != 1 || g->d[WINDOW_H] > PLANES_STRIDE || g->d[WINDOW_W] > PLANES_STRIDE)
    return false;
  if (pass == CONV_WEIGHT && pairs * kernel_size(g) > MOST_WEIGHTS) return false;
  return (g->planes + g->outputs) / groups * THMax(g->inSize, g->outSize) <= MOST_PLANES;
}

/* Positions of a plane of the result that are summed up, those between rows included, times the elements of the kernel that
   each meets. */
static double positions(const THNN_Window *g, ConvPass pass)
{
  const int64_t *size = pass == CONV_DATA ? g->in : g->out;
  const double strides = pass == CONV_DATA ? (double)(g->d[WINDOW_H] * g->d[WINDOW_W]) : 1;
  const int64_t pad = g->pad[WINDOW_W], between = pass == CONV_DATA ? g->dil[WINDOW_W] * (g->k[WINDOW_W] - 1) - pad : pad;
  return (double)(size[WINDOW_H] * (size[WINDOW_W] + THMax(between, 1))) * (double)kernel_size(g) / strides;
}

double THPlanes_cost(const THNN_Window *g, THType type, ConvPass pass)
{
  enum { LAY = 2, SUM = 4 }; /* to lay out a vector, and to write one; to take up a sum and put it back */
  if (!applies(g, type, pass)) return INFINITY;
  const double lanes = THPlanes_kernels()->lanes, groups = (double)groups_of(g);
  const double outputs = (double)(pass == CONV_DATA ? g->planes : g->outputs) / groups;
  const double each = pass == CONV_WEIGHT ? 1.8 : outputs >= 4 ? 1.2 : outputs >= 2 ? 1.4 : 1.7; /* with loads */
  const double pairs = (double)g->outputs * (double)g->planes / groups;
  const double sums = pass == CONV_WEIGHT ? SUM * pairs * (double)kernel_size(g) : 0;
  return sums + (each * pairs * positions(g, pass) + LAY * (double)(g->planes * g->inSize + g->outputs * g->outSize)) / lanes;
}
