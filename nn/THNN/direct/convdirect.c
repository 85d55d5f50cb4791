/* Drivers of the direct convolution: padding, packing of weights, and threads. */
#include "direct/convdirect.h"

enum { WEIGHT_PARTS = 8, MIN_OUTPUTS = 8 };

/* A convolution of gradients or inputs as the kernels see it. */
typedef struct Job {
  const DirectKernels *k;
  DirectShape s;
  int64_t planes, ih, iw, padW; /* of the tensor that is read */
  int64_t outputs, blocks, K;         /* K: weights of an output */
} Job;

static Job make_job(int64_t planes, int64_t outputs, int64_t ih, int64_t iw, const ConvGeometry *g,
                    int64_t padH, int64_t padW, int64_t dH, int64_t dW)
{
  Job j = {.k = Direct_kernels(), .planes = planes, .ih = ih, .iw = iw, .padW = padW,
           .outputs = outputs, .K = planes * g->k[CONV_H] * g->k[CONV_W]};
  int64_t w = iw + 2 * padW;
  j.s = (DirectShape){.planes = planes, .planeStride = ih * w, .rowStride = w, .ih = ih, .padH = padH,
                      .kH = g->k[CONV_H], .kW = g->k[CONV_W], .dH = dH, .dW = dW,
                      .dilH = g->dil[CONV_H], .dilW = g->dil[CONV_W]};
  j.s.oh = ConvGeometry_output(ih, j.s.kH, dH, padH, j.s.dilH);
  j.s.ow = ConvGeometry_output(iw, j.s.kW, dW, padW, j.s.dilW);
  j.blocks = (outputs + 2 * j.k->lanes - 1) / (2 * j.k->lanes);
  return j;
}

static bool padded(const Job *j) { return j->padW > 0; }
static int64_t sample_size(const Job *j) { return j->planes * j->s.planeStride; }
/* The last block may need one vector only. */
static int block_channels(const Job *j, int64_t b)
{
  return (int)THMin(2 * j->k->lanes, j->outputs - b * 2 * j->k->lanes);
}
static int block_vectors(const Job *j, int64_t b) { return block_channels(j, b) > j->k->lanes ? 2 : 1; }
static int64_t packed_size(const Job *j) { return j->blocks * j->K * 2 * j->k->lanes; }
static const float *packed_block(const Job *j, const float *packed, int64_t b)
{
  return packed + b * j->K * 2 * j->k->lanes;
}

static void pad_sample(const Job *j, const float *x, float *to)
{
  int64_t w = j->iw + 2 * j->padW;
  for (int64_t r = 0; r < j->planes * j->ih; r++, x += j->iw, to += w) {
    for (int64_t i = 0; i < j->padW; i++) to[i] = to[w - 1 - i] = 0;
    memcpy(to + j->padW, x, (size_t)j->iw * sizeof *x);
  }
}

/* packed[block][K][lanes]; `flipped`: as the gradient of the input needs them, the roles of planes
   exchanged and the kernel turned round. */
static void pack_weights(const Job *j, const float *w, bool flipped, float *packed)
{
  int64_t taps = j->s.kH * j->s.kW;
  memset(packed, 0, (size_t)packed_size(j) * sizeof *packed);
  for (int64_t o = 0; o < j->outputs; o++) {
    int64_t b = o / (2 * j->k->lanes), lane = o % (2 * j->k->lanes);
    int64_t width = block_vectors(j, b) * j->k->lanes;
    float *to = packed + b * j->K * 2 * j->k->lanes + lane;
    for (int64_t c = 0; c < j->planes; c++)
      for (int64_t t = 0; t < taps; t++)
        to[(c * taps + t) * width] = flipped ? w[(c * j->outputs + o) * taps + taps - 1 - t]
                                             : w[(o * j->planes + c) * taps + t];
  }
}

/* Elements of plain arithmetic that take as long as the passes over n samples. */
static double work_of(const Job *j, int64_t n)
{
  enum { PER_ELEMENT = 24 };
  return (double)n * (double)(j->outputs * j->K) * (double)(j->s.oh * j->s.ow) / PER_ELEMENT;
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
    pad_sample(j, f->x + i * j->planes * j->ih * j->iw, f->pad + i * sample_size(j));
}

static void forward_part(const Forward *f, int64_t i, int worker)
{
  const Job *j = f->j;
  int64_t sample = i / f->parts, part = i % f->parts, rows = j->s.oh, lanes2 = 2 * j->k->lanes;
  const float *from = f->x + sample * j->planes * j->ih * j->iw;
  if (f->pad) {
    float *slot = f->pad + (f->once ? sample : worker) * sample_size(j);
    if (!f->once) pad_sample(j, from, slot);
    from = slot;
  }
  for (int64_t b = 0; b < j->blocks; b++)
    j->k->forward(&j->s, block_vectors(j, b), block_channels(j, b), from,
                  packed_block(j, f->packed, b), f->bias ? f->bias + b * lanes2 : NULL,
                  f->y + (sample * j->outputs + b * lanes2) * rows * j->s.ow, rows * j->s.ow,
                  rows * part / f->parts, rows * (part + 1) / f->parts);
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
  TH_AUTO_MEM float *packed = THAlloc((ptrdiff_t)sizeof *packed * (packed_size(j) + j->blocks * lanes2));
  TH_AUTO_MEM float *pad = slots ? THAlloc((ptrdiff_t)sizeof *pad * slots * sample_size(j)) : NULL;
  pack_weights(j, w, flipped, packed);
  float *biases = packed + packed_size(j);
  for (int64_t o = 0; bias && o < j->blocks * lanes2; o++) biases[o] = o < j->outputs ? bias[o] : 0;
  Forward f = {j, x, packed, bias ? biases : NULL, y, pad, parts, once};
  if (pad && once) TH_parallel(n, TH_pieceFor(n, (double)sample_size(j)), pad_samples, &f);
  TH_parallel(n * parts, piece, forward_parts, &f);
}

static bool two_dimensional(const ConvGeometry *g)
{
  return g->in[CONV_T] == 1 && g->k[CONV_T] == 1 && g->out[CONV_T] == 1 && g->pad[CONV_T] == 0;
}

/* 1x1, stride 1, without padding: one long row, so that segments are full. */
static ConvGeometry flattened(const ConvGeometry *g)
{
  ConvGeometry f = *g;
  for (int i = 0; i < 3; i++)
    if (g->k[i] != 1 || g->d[i] != 1 || g->pad[i] != 0) return f;
  for (int i = 0; i < 3; i++) f.in[i] = f.out[i] = i == CONV_W ? g->inSize : 1;
  return f;
}

bool Direct_forward(const ConvGeometry *g_, THType type, int64_t n, const void *x, const void *w,
                    const void *bias, void *y)
{
  const ConvGeometry flat = flattened(g_), *g = &flat;
  if (type != TH_FLOAT || !Direct_kernels() || !two_dimensional(g) || g->outputs < MIN_OUTPUTS)
    return false;
  Job j = make_job(g->planes, g->outputs, g->in[CONV_H], g->in[CONV_W], g, g->pad[CONV_H],
                   g->pad[CONV_W], g->d[CONV_H], g->d[CONV_W]);
  run_forward(&j, n, x, w, false, bias, y);
  return true;
}

/* With stride 1, the gradient is a convolution of gradOutput with the kernel turned round. */
bool Direct_backwardData(const ConvGeometry *g_, THType type, int64_t n, const void *gy,
                         const void *w, const void *bias, void *gx)
{
  const ConvGeometry flat = flattened(g_), *g = &flat;
  int64_t padH = g->dil[CONV_H] * (g->k[CONV_H] - 1) - g->pad[CONV_H];
  int64_t padW = g->dil[CONV_W] * (g->k[CONV_W] - 1) - g->pad[CONV_W];
  if (type != TH_FLOAT || !Direct_kernels() || !two_dimensional(g) || g->planes < MIN_OUTPUTS ||
      g->d[CONV_H] != 1 || g->d[CONV_W] != 1 || padH < 0 || padW < 0)
    return false;
  /* columns that padding adds, and lanes without a plane, are work for nothing: the other way runs at
     a quarter of the speed */
  int64_t lanes = Direct_kernels()->lanes, used = (g->planes + lanes - 1) / lanes * lanes;
  if ((double)(g->in[CONV_W] * used) > 3.0 * (double)(g->out[CONV_W] * g->planes)) return false;
  Job j = make_job(g->outputs, g->planes, g->out[CONV_H], g->out[CONV_W], g, padH, padW, 1, 1);
  run_forward(&j, n, gy, w, true, bias, gx);
  return true;
}

/* Samples [begin, end) into part, which is laid out as packed weights. */
static void weights_part(const Job *j, int64_t begin, int64_t end, const float *x, const float *gy,
                         float *part, float *buffer)
{
  int64_t lanes2 = 2 * j->k->lanes, in = j->planes * j->ih * j->iw, out = j->s.oh * j->s.ow;
  float *lanes = buffer + (padded(j) ? sample_size(j) : 0);
  memset(part, 0, (size_t)packed_size(j) * sizeof *part);
  for (int64_t i = begin; i < end; i++) {
    const float *from = x + i * in;
    if (padded(j)) {
      pad_sample(j, from, buffer);
      from = buffer;
    }
    for (int64_t b = 0; b < j->blocks; b++) {
      int vectors = block_vectors(j, b);
      j->k->interleave(vectors, block_channels(j, b), gy + (i * j->outputs + b * lanes2) * out, out,
                       out, lanes);
      j->k->weights(&j->s, vectors, from, lanes, part + b * j->K * lanes2);
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
                 w->part + p * packed_size(w->j), w->buffer + w->each * worker);
}

static void unpack_parts(const Job *j, const float *part, int64_t parts, float *gw, float scale)
{
  for (int64_t p = 0; p < parts; p++, part += packed_size(j))
    for (int64_t o = 0; o < j->outputs; o++) {
      int64_t b = o / (2 * j->k->lanes), lane = o % (2 * j->k->lanes);
      int64_t width = block_vectors(j, b) * j->k->lanes;
      const float *from = packed_block(j, part, b) + lane;
      for (int64_t i = 0; i < j->K; i++) gw[o * j->K + i] += scale * from[i * width];
    }
}

bool Direct_backwardWeight(const ConvGeometry *g_, THType type, int64_t n, const void *x,
                           const void *gy, void *gw, double scale)
{
  const ConvGeometry flat = flattened(g_), *g = &flat;
  if (type != TH_FLOAT || !Direct_kernels() || !two_dimensional(g) || g->outputs < MIN_OUTPUTS)
    return false;
  Job j = make_job(g->planes, g->outputs, g->in[CONV_H], g->in[CONV_W], g, g->pad[CONV_H],
                   g->pad[CONV_W], g->d[CONV_H], g->d[CONV_W]);
  if (!Direct_hasWeights(&j.s) || (j.k->lanes < 16 && j.s.kW > 5)) return false;
  int64_t parts = THMin(n, WEIGHT_PARTS); /* whatever the number of threads */
  int64_t piece = TH_pieceFor(parts, work_of(&j, n) / (double)THMax(parts, 1));
  int64_t each = sample_size(&j) + j.s.oh * j.s.ow * 2 * j.k->lanes + 16;
  TH_AUTO_MEM float *buffer =
    THAlloc((ptrdiff_t)sizeof *buffer * each * TH_workersFor(parts, piece));
  TH_AUTO_MEM float *part = THAlloc((ptrdiff_t)sizeof *part * parts * packed_size(&j));
  TH_parallel(parts, piece, weights_parts, &(Weights){&j, x, gy, part, buffer, n, parts, each});
  unpack_parts(&j, part, parts, gw, (float)scale);
  return true;
}
