/* Drivers of the direct convolution: padding and threads. */
#include "direct/convdirect.h"
#include "direct/pack.h"
#include <math.h>

enum { WEIGHT_PARTS = 8, MIN_OUTPUTS = 8, MAX_STRIDE = 4 };

/* A convolution of gradients or inputs as the kernels see it. */
typedef struct Job {
  const DirectKernels *k;
  DirectShape s;
  Packing p;
  int64_t ih, iw, padW;          /* of the tensor that is read */
  int64_t readStep, writtenStep; /* from a sample to the next */
} Job;

/* in, out: the sizes that are read and written; padding behind follows from them. */
static Job make_job(int64_t planes, int64_t outputs, const int64_t *in, const int64_t *out, const THNN_Window *g,
                    int64_t padH, int64_t padW, int64_t dH, int64_t dW)
{
  const int64_t ih = in[WINDOW_H], iw = in[WINDOW_W], kW = g->k[WINDOW_W], dilW = g->dil[WINDOW_W];
  Job j = {.k = THDirect_kernels(), .ih = ih, .iw = iw, .padW = padW};
  j.p = THPacking_make(planes, outputs, g->k[WINDOW_H] * kW, j.k->lanes);
  int64_t seen = (out[WINDOW_W] - 1) * dW + dilW * (kW - 1) + 1; /* columns, from the padding on */
  int64_t w = padW == 0 && seen <= iw ? iw : seen;
  j.s = (DirectShape){.planes = planes, .planeStride = ih * w, .rowStride = w, .ih = ih, .padH = padH,
                      .kH = g->k[WINDOW_H], .kW = kW, .dH = dH, .dW = dW, .dilH = g->dil[WINDOW_H], .dilW = dilW,
                      .oh = out[WINDOW_H], .ow = out[WINDOW_W]};
  return j;
}

static bool padded(const Job *j) { return j->padW != 0 || j->s.rowStride != j->iw; }
static int64_t sample_size(const Job *j) { return j->p.planes * j->s.planeStride; }

/* Rows of rowStride elements, of which padW on the left are zeros, or missing if that is negative. */
static void pad_planes(const Job *j, int64_t planes, const float *x, float *to)
{
  const int64_t w = j->s.rowStride, left = THMin(w, THMax(0, j->padW)), skip = THMax(0, -j->padW);
  const int64_t n = THMax(0, THMin(j->iw - skip, w - left));
  for (int64_t r = 0; r < planes * j->ih; r++, x += j->iw, to += w) {
    for (int64_t i = 0; i < left; i++) to[i] = 0;
    memcpy(to + left, x + skip, (size_t)n * sizeof *x);
    for (int64_t i = left + n; i < w; i++) to[i] = 0;
  }
}
static void pad_sample(const Job *j, const float *x, float *to) { pad_planes(j, j->p.planes, x, to); }

/* Output rows [begin, end), all channels, of an input with its padding. */
static void forward_rows(const Job *j, const float *x, const float *packed, const float *bias, float *y,
                         int64_t channelStride, int64_t begin, int64_t end)
{
  const int64_t lanes2 = 2 * j->k->lanes;
  for (int64_t b = 0; b < j->p.blocks; b++)
    j->k->forward(&j->s, THPacking_vectors(&j->p, b), THPacking_channels(&j->p, b), x, packed + THPacking_at(&j->p, b),
                  bias ? bias + b * lanes2 : NULL, y + b * lanes2 * channelStride, channelStride, begin, end);
}

/* Elements of plain arithmetic that take as long as the passes over n samples. */
static double work_of(const Job *j, int64_t n)
{
  enum { PER_ELEMENT = 24 };
  return (double)n * (double)(j->p.outputs * j->p.K) * (double)(j->s.oh * j->s.ow) / PER_ELEMENT;
}

typedef struct Forward {
  const Job *j;
  const float *x, *packed, *bias; /* bias: of all lanes, or NULL */
  float *y, *pad;                 /* pad: padded samples (once), or one for each worker; or NULL */
  int64_t parts;                  /* of a sample */
  bool once;
} Forward;

static void pad_samples(const void *arg, int64_t first, int64_t last, int worker)
{
  const Forward *f = arg;
  const Job *j = f->j;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    pad_sample(j, f->x + i * j->readStep, f->pad + i * sample_size(j));
}

static void forward_part(const Forward *f, int64_t i, int worker)
{
  const Job *j = f->j;
  int64_t sample = i / f->parts, part = i % f->parts, rows = j->s.oh;
  const float *from = f->x + sample * j->readStep;
  if (f->pad) {
    float *slot = f->pad + (f->once ? sample : worker) * sample_size(j);
    if (!f->once) pad_sample(j, from, slot);
    from = slot;
  }
  forward_rows(j, from, f->packed, f->bias, f->y + sample * j->writtenStep, rows * j->s.ow, rows * part / f->parts,
               rows * (part + 1) / f->parts);
}

static void forward_parts(const void *arg, int64_t first, int64_t last, int worker)
{
  for (int64_t i = first; i < last; i++) forward_part(arg, i, worker);
}

/* y = W x (+ bias) for n samples. Tasks are samples, or parts of samples when those are few. */
static void run_forward(const Job *j, int64_t n, const float *x, const float *w, bool flipped,
                        const float *bias, float *y)
{
  enum { MANY = 16, PARTS = 16 };
  int64_t lanes2 = 2 * j->k->lanes;
  int64_t parts = n >= MANY ? 1 : THMin(j->s.oh, (PARTS + n - 1) / n);
  bool once = parts > 1; /* every sample is padded beforehand */
  int64_t piece = TH_pieceFor(n * parts, work_of(j, n) / (double)(n * parts));
  int64_t slots = !padded(j) ? 0 : once ? n : TH_workersFor(n * parts, piece);
  TH_AUTO_SCRATCH float *packed = THScratch_alloc((ptrdiff_t)sizeof *packed * (THPacking_size(&j->p) + j->p.blocks * lanes2));
  TH_AUTO_SCRATCH float *pad = slots ? THScratch_alloc((ptrdiff_t)sizeof *pad * slots * sample_size(j)) : NULL;
  THPacking_pack(&j->p, w, flipped, packed);
  float *biases = packed + THPacking_size(&j->p);
  if (bias) THPacking_bias(&j->p, bias, biases);
  Forward f = {j, x, packed, bias ? biases : NULL, y, pad, parts, once};
  if (pad && once) TH_parallel(n, TH_pieceFor(n, (double)sample_size(j)), pad_samples, &f);
  TH_parallel(n * parts, piece, forward_parts, &f);
}

static bool two_dimensional(const THNN_Window *g)
{
  return g->in[WINDOW_T] == 1 && g->k[WINDOW_T] == 1 && g->out[WINDOW_T] == 1 && g->pad[WINDOW_T] == 0;
}

/* 1x1, stride 1, without padding: one long row, so that segments are full. */
static THNN_Window flattened(const THNN_Window *g)
{
  THNN_Window f = *g;
  for (int i = 0; i < 3; i++)
    if (g->k[i] != 1 || g->d[i] != 1 || g->pad[i] != 0 || g->more[i] != 0) return f;
  for (int i = 0; i < 3; i++) f.in[i] = f.out[i] = i == WINDOW_W ? g->inSize : 1;
  return f;
}

static Job forward_job(const THNN_Window *g)
{
  Job j = make_job(g->planes, g->outputs, g->in, g->out, g, g->pad[WINDOW_H], g->pad[WINDOW_W], g->d[WINDOW_H],
                   g->d[WINDOW_W]);
  j.readStep = g->inStep, j.writtenStep = g->outStep;
  return j;
}

/* With stride 1, the gradient is a convolution of gradOutput with the kernel turned round. */
static int64_t data_pad(const THNN_Window *g, int i) { return g->dil[i] * (g->k[i] - 1) - g->pad[i]; }
static Job data_job(const THNN_Window *g)
{
  Job j = make_job(g->outputs, g->planes, g->out, g->in, g, data_pad(g, WINDOW_H), data_pad(g, WINDOW_W), 1, 1);
  j.readStep = g->outStep, j.writtenStep = g->inStep;
  return j;
}

/* ---- volumes ---- */

/* A slice of the output, one t, is a convolution of images: their planes are the slices that its kernels meet. */
typedef struct Volumes {
  const THNN_Window *g;
  const Job *j;
  const float *x, *packed, *bias;
  float *y, *buffer; /* buffer: the planes of a slice for every worker */
} Volumes;

static Job slice_job(const THNN_Window *g)
{
  THNN_Window s = *g;
  s.planes *= g->k[WINDOW_T];
  return forward_job(&s);
}

static void gather_slices(const Volumes *v, int64_t sample, int64_t t, float *to)
{
  const THNN_Window *g = v->g;
  const float *x = v->x + sample * g->inStep;
  for (int64_t i = 0; i < v->j->p.planes; i++, to += v->j->s.planeStride) {
    int64_t c = i / g->k[WINDOW_T], k = i % g->k[WINDOW_T];
    int64_t at = t * g->d[WINDOW_T] - g->pad[WINDOW_T] + k * g->dil[WINDOW_T];
    if (at < 0 || at >= g->in[WINDOW_T]) memset(to, 0, (size_t)v->j->s.planeStride * sizeof *to);
    else pad_planes(v->j, 1, x + c * g->inSize + at * g->in[WINDOW_H] * g->in[WINDOW_W], to);
  }
}

static void volume_slices(const void *arg, int64_t first, int64_t last, int worker)
{
  const Volumes *v = arg;
  const Job *j = v->j;
  float *planes = v->buffer + worker * sample_size(j);
  for (int64_t i = first; i < last; i++) {
    int64_t sample = i / v->g->out[WINDOW_T], t = i % v->g->out[WINDOW_T];
    gather_slices(v, sample, t, planes);
    forward_rows(j, planes, v->packed, v->bias, v->y + sample * v->g->outStep + t * j->s.oh * j->s.ow, v->g->outSize,
                 0, j->s.oh);
  }
}

static void volumes_forward(const THNN_Window *g, int64_t n, const float *x, const float *w, const float *bias, float *y)
{
  const Job j = slice_job(g);
  const int64_t slices = n * g->out[WINDOW_T], piece = TH_pieceFor(slices, work_of(&j, 1));
  const int64_t packing = THPacking_size(&j.p), biases = j.p.blocks * 2 * j.k->lanes;
  TH_AUTO_MEM float *packed = THAlloc((ptrdiff_t)sizeof *packed * (packing + biases));
  TH_AUTO_MEM float *buffer = THAlloc((ptrdiff_t)sizeof *buffer * sample_size(&j) * TH_workersFor(slices, piece));
  THPacking_pack(&j.p, w, false, packed);
  if (bias) THPacking_bias(&j.p, bias, packed + packing);
  TH_parallel(slices, piece, volume_slices, &(Volumes){g, &j, x, packed, bias ? packed + packing : NULL, y, buffer});
}

/* ---- gradient of the input with strides ---- */

/* Input rows a, a + d, a + 2 d... meet every d-th element of the kernel only, from element `first`, count of them.
   To them the gradient is a convolution with stride 1; the output row of the last one at input row a is -pad. */
typedef struct Line {
  int64_t rows, first, count, pad;
} Line;

static Line make_line(const THNN_Window *g, int i, int64_t a)
{
  int64_t d = g->d[i], first = (a + g->pad[i]) % d;
  int64_t count = first < g->k[i] ? (g->k[i] - first + d - 1) / d : 0;
  return (Line){g->in[i] > a ? (g->in[i] - a + d - 1) / d : 0, first, count, count - 1 - (a + g->pad[i]) / d};
}

/* Inputs a, b of every d x d. */
typedef struct Phase {
  Job j;
  Line h, w;
  const float *packed;
} Phase;

static Phase make_phase(const THNN_Window *g, int64_t a, int64_t b)
{
  Phase p = {.h = make_line(g, WINDOW_H, a), .w = make_line(g, WINDOW_W, b)};
  Job *j = &p.j;
  j->k = THDirect_kernels();
  j->p = THPacking_make(g->outputs, g->planes, p.h.count * p.w.count, j->k->lanes);
  j->ih = g->out[WINDOW_H], j->iw = g->out[WINDOW_W], j->padW = p.w.pad;
  int64_t width = THMax(1, p.w.rows + p.w.count - 1);
  j->s = (DirectShape){.planes = g->outputs, .planeStride = j->ih * width, .rowStride = width, .ih = j->ih,
                       .padH = p.h.pad, .kH = p.h.count, .kW = p.w.count, .dH = 1, .dW = 1, .dilH = 1,
                       .dilW = 1, .oh = p.h.rows, .ow = p.w.rows};
  return p;
}

/* The weights that the phase meets, packed; `part` is room for them. */
static void pack_phase(const THNN_Window *g, const Phase *p, const float *w, float *part, float *packed)
{
  const int64_t kH = g->k[WINDOW_H], kW = g->k[WINDOW_W];
  float *to = part;
  for (int64_t i = 0; i < g->outputs * g->planes; i++, w += kH * kW)
    for (int64_t u = p->h.first; u < kH; u += g->d[WINDOW_H])
      for (int64_t v = p->w.first; v < kW; v += g->d[WINDOW_W]) *to++ = w[u * kW + v];
  THPacking_pack(&p->j.p, part, true, packed);
}

typedef struct Strided {
  const THNN_Window *g;
  const Phase *phases; /* dH x dW of them */
  const float *gy, *bias;
  float *gx, *buffer;
  int64_t pad, each; /* floats of a worker: gradOutput with padding, and in all */
} Strided;

static void phase_grad(const Strided *d, const Phase *p, const float *gy, float *pad, float *to)
{
  const Job *j = &p->j;
  int64_t size = j->s.oh * j->s.ow;
  if (!j->p.taps) {
    for (int64_t c = 0; c < j->p.outputs; c++)
      for (int64_t i = 0; i < size; i++) to[c * size + i] = d->bias ? d->bias[c] : 0;
    return;
  }
  if (padded(j)) {
    pad_sample(j, gy, pad);
    gy = pad;
  }
  forward_rows(j, gy, p->packed, d->bias, to, size, 0, j->s.oh);
}

/* row[b + d * i] = from[b][i], n[b] of each, which do not grow with b. */
TH_KERNEL static void interleave_row(int64_t d, const float *const *from, const int64_t *n, float *row)
{
  if (d == 2) {
    const float *even = from[0], *odd = from[1];
    for (int64_t i = 0; i < n[1]; i++) row[2 * i] = even[i], row[2 * i + 1] = odd[i];
    if (n[0] > n[1]) row[2 * n[1]] = even[n[1]];
    return;
  }
  for (int64_t b = 0; b < d; b++)
    for (int64_t i = 0; i < n[b]; i++) row[b + d * i] = from[b][i];
}

/* Rows of gx from those of the phases. */
static void interleave_phases(const Strided *d, const Phase *p, const float **from, float *gx)
{
  const THNN_Window *g = d->g;
  int64_t n[MAX_STRIDE], dW = g->d[WINDOW_W];
  for (int64_t b = 0; b < dW; b++) n[b] = p[b].w.rows;
  for (int64_t c = 0; c < g->planes; c++)
    for (int64_t r = 0; r < p->h.rows; r++) {
      interleave_row(dW, from, n, gx + c * g->inSize + r * g->d[WINDOW_H] * g->in[WINDOW_W]);
      for (int64_t b = 0; b < dW; b++) from[b] += n[b];
    }
}

/* Task i: rows a, a + dH, a + 2 dH... of a sample. */
static void strided_task(const Strided *d, int64_t i, float *pad)
{
  const THNN_Window *g = d->g;
  int64_t sample = i / g->d[WINDOW_H], a = i % g->d[WINDOW_H];
  const Phase *p = d->phases + a * g->d[WINDOW_W];
  const float *from[MAX_STRIDE];
  float *to = pad + d->pad;
  for (int64_t b = 0; b < g->d[WINDOW_W]; b++) {
    phase_grad(d, &p[b], d->gy + sample * g->outStep, pad, to);
    from[b] = to;
    to += g->planes * p[b].h.rows * p[b].w.rows;
  }
  interleave_phases(d, p, from, d->gx + sample * g->inStep + a * g->in[WINDOW_W]);
}

static void strided_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Strided *d = arg;
  for (int64_t i = first; i < last; i++) strided_task(d, i, d->buffer + worker * d->each);
}

static void strided_data(const THNN_Window *g, int64_t n, const float *gy, const float *w,
                         const float *bias, float *gx)
{
  Phase phases[MAX_STRIDE * MAX_STRIDE];
  const int64_t dH = g->d[WINDOW_H], dW = g->d[WINDOW_W], lanes2 = 2 * THDirect_kernels()->lanes;
  int64_t packed = 0, pad = 0, blocks = 0;
  for (int64_t i = 0; i < dH * dW; i++) {
    phases[i] = make_phase(g, i / dW, i % dW);
    packed += THPacking_size(&phases[i].j.p);
    pad = THMax(pad, sample_size(&phases[i].j));
    blocks = phases[i].j.p.blocks;
  }
  double work = (double)(g->outputs * g->planes * g->k[WINDOW_H] * g->k[WINDOW_W]) * (double)g->outSize / 24;
  int64_t piece = TH_pieceFor(n * dH, work / (double)dH), each = pad + g->planes * g->inSize + 16;
  int64_t weights = g->outputs * g->planes * g->k[WINDOW_H] * g->k[WINDOW_W];
  TH_AUTO_MEM float *values = THAlloc((ptrdiff_t)sizeof *values * (packed + weights + blocks * lanes2));
  TH_AUTO_MEM float *buffer = THAlloc((ptrdiff_t)sizeof *buffer * each * TH_workersFor(n * dH, piece));
  float *at = values, *part = values + packed, *biases = part + weights;
  for (int64_t i = 0; i < dH * dW; i++) {
    pack_phase(g, &phases[i], w, part, at);
    phases[i].packed = at;
    at += THPacking_size(&phases[i].j.p);
  }
  if (bias) THPacking_bias(&phases[0].j.p, bias, biases);
  TH_parallel(n * dH, piece, strided_tasks,
              &(Strided){g, phases, gy, bias ? biases : NULL, gx, buffer, pad, each});
}

static bool is_strided(const THNN_Window *g) { return g->d[WINDOW_H] > 1 || g->d[WINDOW_W] > 1; }
static bool strided_applies(const THNN_Window *g)
{
  return g->d[WINDOW_H] <= MAX_STRIDE && g->d[WINDOW_W] <= MAX_STRIDE && g->dil[WINDOW_H] == 1 && g->dil[WINDOW_W] == 1;
}
static double strided_cost(const THNN_Window *g)
{
  enum { COPY = 40 }; /* of a vector, to its phase and back */
  int64_t lanes = THDirect_kernels()->lanes, vectors = (g->planes + lanes - 1) / lanes;
  return 1.2 * (double)(g->outputs * g->k[WINDOW_H] * g->k[WINDOW_W] * vectors) * (double)g->inSize /
           (double)(g->d[WINDOW_H] * g->d[WINDOW_W]) +
         COPY * (double)g->inSize * (double)vectors;
}

/* ---- passes ---- */

static bool applies(const THNN_Window *g, THType type, ConvPass pass)
{
  int64_t outputs = pass == CONV_DATA ? g->planes : g->outputs;
  if (type != TH_FLOAT || !THDirect_kernels() || outputs < MIN_OUTPUTS) return false;
  if (pass == CONV_FORWARD || !two_dimensional(g)) return pass == CONV_FORWARD;
  if (pass == CONV_DATA && is_strided(g)) return strided_applies(g);
  if (pass == CONV_DATA) return data_pad(g, WINDOW_H) >= 0 && data_pad(g, WINDOW_W) >= 0;
  Job j = forward_job(g);
  return THDirect_hasWeights(&j.s) && (j.k->lanes >= 16 || j.s.kW <= 5);
}

double THDirect_cost(const THNN_Window *g_, THType type, ConvPass pass)
{
  const THNN_Window flat = flattened(g_), *g = &flat;
  if (!applies(g, type, pass)) return INFINITY;
  if (pass == CONV_DATA && is_strided(g)) return strided_cost(g);
  Job j = pass == CONV_DATA ? data_job(g) : slice_job(g);
  int64_t vectors = (j.p.outputs + j.k->lanes - 1) / j.k->lanes;
  double slices = pass == CONV_DATA ? 1 : (double)g->out[WINDOW_T];
  return 1.2 * (double)(j.p.K * vectors) * (double)(j.s.oh * j.s.ow) * slices;
}

void THDirect_forward(const THNN_Window *g, int64_t n, const float *x, const float *w, const float *bias,
                    float *y)
{
  const THNN_Window flat = flattened(g);
  if (!two_dimensional(&flat)) {
    volumes_forward(g, n, x, w, bias, y);
    return;
  }
  Job j = forward_job(&flat);
  run_forward(&j, n, x, w, false, bias, y);
}

void THDirect_backwardData(const THNN_Window *g, int64_t n, const float *gy, const float *w,
                         const float *bias, float *gx)
{
  if (is_strided(g)) {
    strided_data(g, n, gy, w, bias, gx);
    return;
  }
  const THNN_Window flat = flattened(g);
  Job j = data_job(&flat);
  run_forward(&j, n, gy, w, true, bias, gx);
}

/* Samples [begin, end) into part, which is laid out as packed weights. */
static void weights_part(const Job *j, int64_t begin, int64_t end, const float *x, const float *gy,
                         float *part, float *buffer)
{
  int64_t lanes2 = 2 * j->k->lanes, out = j->s.oh * j->s.ow;
  float *lanes = buffer + (padded(j) ? sample_size(j) : 0);
  memset(part, 0, (size_t)THPacking_size(&j->p) * sizeof *part);
  for (int64_t i = begin; i < end; i++) {
    const float *from = x + i * j->readStep;
    if (padded(j)) {
      pad_sample(j, from, buffer);
      from = buffer;
    }
    for (int64_t b = 0; b < j->p.blocks; b++) {
      int vectors = THPacking_vectors(&j->p, b);
      j->k->interleave(vectors, THPacking_channels(&j->p, b), gy + i * j->writtenStep + b * lanes2 * out, out,
                       out, lanes);
      j->k->weights(&j->s, vectors, from, lanes, part + THPacking_at(&j->p, b));
    }
  }
}

typedef struct Weights {
  const Job *j;
  const float *x, *gy;
  float *part, *buffer; /* buffer: `each` floats for every worker */
  int64_t n, parts, each;
} Weights;

static void weights_parts(const void *arg, int64_t first, int64_t last, int worker)
{
  const Weights *w = arg;
  for (int64_t p = first; p < last; p++)
    weights_part(w->j, w->n * p / w->parts, w->n * (p + 1) / w->parts, w->x, w->gy,
                 w->part + p * THPacking_size(&w->j->p), w->buffer + w->each * worker);
}

void THDirect_backwardWeight(const THNN_Window *g, int64_t n, const float *x, const float *gy, float *gw,
                           float scale)
{
  const THNN_Window flat = flattened(g);
  Job j = forward_job(&flat);
  int64_t parts = THMin(n, WEIGHT_PARTS); /* whatever the number of threads */
  int64_t piece = TH_pieceFor(parts, work_of(&j, n) / (double)THMax(parts, 1));
  int64_t each = sample_size(&j) + j.s.oh * j.s.ow * 2 * j.k->lanes + 16;
  TH_AUTO_MEM float *buffer =
    THAlloc((ptrdiff_t)sizeof *buffer * each * TH_workersFor(parts, piece));
  TH_AUTO_MEM float *part = THAlloc((ptrdiff_t)sizeof *part * parts * THPacking_size(&j.p));
  TH_parallel(parts, piece, weights_parts, &(Weights){&j, x, gy, part, buffer, n, parts, each});
  THPacking_addParts(&j.p, part, parts, gw, scale);
}
