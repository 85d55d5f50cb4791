/* Convolution without columns: weights packed when the model is loaded, inputs read where they are, or from a copy with
   the padding around it. */
#include "direct.h"
#include "loops/THLoops.h"

#ifdef ONNX_HAVE_TILES
extern const OnnxTiles THOnnx_tiles_avx2, THOnnx_tiles_avx512;
static const OnnxTiles *const tiles[] = {NULL, &THOnnx_tiles_avx2, &THOnnx_tiles_avx512}; /* ORDER ISAS */
const OnnxTiles *THOnnx_tiles(void) { return tiles[THMax(THLoops_level(), 0)]; }
#else
const OnnxTiles *THOnnx_tiles(void) { return NULL; }
#endif

/* ---- weights ---- */

void THOnnx_freePacked(void *packed)
{
  OnnxPacked *p = packed;
  if (!p) return;
  THOnnx_freeScratch(p->w);
  THOnnx_freeScratch(p->bias);
  THFree(p->identity);
  THFree(p);
}

static int64_t block_of(const OnnxPacked *p, int64_t block) { return block * p->k * 2 * p->lanes; }
static int block_outputs(const OnnxPacked *p, int64_t block) { return (int)THMin(2 * p->lanes, p->each - block * 2 * p->lanes); }

/* Blocks of few outputs are about equal. */
static int64_t few_first(const OnnxPacked *p, int64_t block) { return p->each * block / p->blocks; }

/* Of weights that may lie anywhere. */
static inline float weight_at(const float *w, int64_t i)
{
  float v;
  memcpy(&v, (const char *)w + i * (int64_t)sizeof v, sizeof v);
  return v;
}

static void pack_few(const OnnxPacked *p, const float *w, const float *scale, float *to, int64_t first, int64_t end)
{
  for (int64_t k = 0; k < p->k; k++)
    for (int64_t c = first; c < end; c++) *to++ = weight_at(w, c * p->k + k) * (scale ? scale[c] : 1);
}

/* A few k of all outputs at a time: what is read and what is written stays in the first cache. */
static void pack_block(const OnnxPacked *p, const float *w, const float *scale, float *to, int outputs)
{
  enum { SOME = 16 };
  const int width = outputs > p->lanes ? 2 * p->lanes : p->lanes;
  const int64_t all = p->k;
  for (int64_t k = 0; k < all; k += SOME, to += SOME * width) {
    const int n = (int)THMin(SOME, all - k);
    for (int c = 0; c < width; c++) {
      const float factor = scale && c < outputs ? scale[c] : 1;
      if (c < outputs)
        for (int i = 0; i < n; i++) to[i * width + c] = weight_at(w, c * all + k + i) * factor;
      else
        for (int i = 0; i < n; i++) to[i * width + c] = 0;
    }
  }
}

static void OnnxPacked_autofree(OnnxPacked **p) { THOnnx_freePacked(*p); }

OnnxPacked *THOnnx_newPacked(int64_t outputs, int64_t groups, int64_t k, const float *w, const float *scale, const float *bias)
{
  const OnnxTiles *kernels = THOnnx_tiles();
  if (!kernels || !outputs || !k) return NULL;
  const int width = 2 * kernels->lanes;
  const bool few = outputs / groups < 16;
  TH_AUTO(OnnxPacked) p = THAlloc(sizeof *p);
  *p = (OnnxPacked){.groups = groups, .each = outputs / groups, .k = k, .lanes = kernels->lanes, .few = few};
  p->blocks = few ? (p->each + kernels->positions - 1) / kernels->positions : (p->each + width - 1) / width;
  p->w = THOnnx_scratch(groups * p->blocks * k * width * (ptrdiff_t)sizeof(float));
  p->bias = THOnnx_scratch(groups * p->blocks * width * (ptrdiff_t)sizeof(float));
  memset(p->bias, 0, (size_t)(groups * p->blocks * width) * sizeof(float));
  p->identity = THAlloc(k * (ptrdiff_t)sizeof *p->identity);
  for (int64_t i = 0; i < k; i++) p->identity[i] = i;
  for (int64_t g = 0; g < groups; g++)
    for (int64_t b = 0; b < p->blocks; b++) {
      if (few) {
        pack_few(p, (const float *)((const char *)w + g * p->each * k * (int64_t)sizeof *w), scale ? scale + g * p->each : NULL,
                 p->w + (g * p->each + few_first(p, b)) * k, few_first(p, b), few_first(p, b + 1));
        if (bias && !b) memcpy(p->bias + g * p->each, bias + g * p->each, (size_t)p->each * sizeof(float));
        continue;
      }
      const int64_t first = g * p->each + b * width, at = g * p->blocks + b;
      pack_block(p, (const float *)((const char *)w + first * k * (int64_t)sizeof *w), scale ? scale + first : NULL,
                 p->w + block_of(p, at), block_outputs(p, b));
      if (bias) memcpy(p->bias + at * width, bias + first, (size_t)block_outputs(p, b) * sizeof(float));
    }
  return TH_RELEASE(p);
}

/* ---- a run ---- */

typedef struct Direct {
  const OnnxTiles *kernels;
  const OnnxPacked *packed;
  OnnxTail tail;
  OnnxWindow w; /* without dimensions that do nothing; its last one goes along a row */
  int64_t in, inSize, outSize, rows; /* planes of a group; elements; rows of outputs of a plane */
  int64_t laid[ONNX_DIMS], laidStride[ONNX_DIMS], laidSize; /* the input as it is read */
  bool padded;
  const float *x; /* laid, of the first sample */
  const float *given;
  float *r, *copy;
  int64_t *at;
  float *panels; /* room for those of each worker */
  int64_t pieces, splits; /* a plane's outputs are cut into pieces, blocks of outputs into splits */
} Direct;

/* Dimensions that are one element, and all of them where every output sees one input: a row. */
static void simplify(OnnxWindow *w)
{
  bool plain = true;
  for (int d = 0; d < w->n; d++) plain = plain && w->kernel[d] == 1 && w->stride[d] == 1 && !w->before[d] && !w->after[d];
  if (plain) {
    for (int d = 1; d < w->n; d++) w->in[0] *= w->in[d], w->out[0] *= w->out[d];
    w->n = 1;
    return;
  }
  int n = 0;
  for (int d = 0; d < w->n; d++) {
    if (w->in[d] == 1 && w->out[d] == 1 && w->kernel[d] == 1 && !w->before[d]) continue;
    w->in[n] = w->in[d], w->out[n] = w->out[d], w->kernel[n] = w->kernel[d], w->stride[n] = w->stride[d];
    w->dilation[n] = w->dilation[d], w->before[n] = w->before[d], w->after[n++] = w->after[d];
  }
  w->n = n;
}

static void lay_out(Direct *c)
{
  const OnnxWindow *w = &c->w;
  c->laidSize = 1;
  for (int d = w->n - 1; d >= 0; d--) {
    c->padded = c->padded || w->before[d] || w->after[d];
    c->laid[d] = w->in[d] + w->before[d] + w->after[d];
    c->laidStride[d] = c->laidSize;
    c->laidSize *= c->laid[d];
  }
  c->rows = THOnnx_product(w->out, w->n - 1);
}

static void find_offsets(const Direct *c, int64_t taps)
{
  const OnnxWindow *w = &c->w;
  for (int64_t t = 0; t < taps; t++) {
    int64_t rest = t, offset = 0;
    for (int d = w->n - 1; d >= 0; d--) {
      offset += rest % w->kernel[d] * w->dilation[d] * c->laidStride[d];
      rest /= w->kernel[d];
    }
    for (int64_t i = 0; i < c->in; i++) c->at[i * taps + t] = i * c->laidSize + offset;
  }
}

/* Planes with their padding. */
static void pad_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Direct *c = arg;
  const OnnxWindow *w = &c->w;
  const int inner = w->n - 1;
  const int64_t width = w->in[inner], rows = width ? c->inSize / width : 0;
  (void)worker;
  for (int64_t k = first; k < last; k++) {
    float *to = c->copy + k * c->laidSize;
    const float *from = c->given + k * c->inSize;
    int64_t done = 0;
    for (int64_t row = 0; row < rows; row++) {
      int64_t rest = row, offset = w->before[inner];
      for (int d = inner - 1; d >= 0; d--) {
        offset += (rest % w->in[d] + w->before[d]) * c->laidStride[d];
        rest /= w->in[d];
      }
      memset(to + done, 0, (size_t)(offset - done) * sizeof *to);
      memcpy(to + offset, from + row * width, (size_t)width * sizeof *to);
      done = offset + width;
    }
    memset(to + done, 0, (size_t)(c->laidSize - done) * sizeof *to);
  }
}

static void run_few(const Direct *c, OnnxTile *t, const float *x, float *r, int64_t first, int64_t end, int64_t group, int64_t b)
{
  const OnnxPacked *p = c->packed;
  const int64_t output = few_first(p, b), place = group * p->each + output;
  t->w = p->w + place * p->k;
  t->bias = p->bias + place;
  t->outputs = (int)(few_first(p, b + 1) - output);
  t->x = x + first;
  t->r = r + output * c->outSize + first;
  c->kernels->few(t, (int)(end - first));
}

/* Positions of a row for a block of outputs. */
static void run_tile(const Direct *c, OnnxTile *t, const float *x, float *r, int64_t first, int64_t end, int64_t group, int64_t b)
{
  const OnnxPacked *p = c->packed;
  if (p->few) {
    run_few(c, t, x, r, first, end, group, b);
    return;
  }
  t->w = p->w + block_of(p, group * p->blocks + b);
  t->bias = p->bias + (group * p->blocks + b) * 2 * p->lanes;
  t->outputs = block_outputs(p, b);
  t->x = x + first * t->step;
  t->r = r + b * 2 * p->lanes * c->outSize + first;
  c->kernels->run(t, t->outputs > p->lanes ? 2 : 1, (int)(end - first));
}

/* Outputs [from, to) of a row, and blocks [block, lastBlock). What is smaller, the row's input or the weights, is what is
   gone through again and again. */
enum { LONG_ROW = 128 };
static void run_row(const Direct *c, OnnxTile *t, const float *x, float *r, int64_t from, int64_t to, int64_t block, int64_t lastBlock, int64_t group)
{
  const int64_t most = c->packed->few ? 2 * c->kernels->lanes : c->kernels->positions, n = to - from, parts = (n + most - 1) / most;
#define START(i) (c->packed->few ? THMin(to, from + most * (i)) : from + n * (i) / parts)
  if (n > LONG_ROW) {
    for (int64_t i = 0; i < parts; i++)
      for (int64_t b = block; b < lastBlock; b++) run_tile(c, t, x, r, START(i), START(i + 1), group, b);
  } else {
    for (int64_t b = block; b < lastBlock; b++)
      for (int64_t i = 0; i < parts; i++) run_tile(c, t, x, r, START(i), START(i + 1), group, b);
  }
#undef START
}

/* Pieces of planes: of samples, of groups, of rows (or of the only row), of blocks of outputs. */
static void run_pieces(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const Direct *c = arg;
  const OnnxWindow *w = &c->w;
  const OnnxPacked *p = c->packed;
  const int inner = w->n - 1;
  OnnxTile t = {.k = p->k, .at = c->at, .step = w->stride[inner], .outputStep = c->outSize, .tail = c->tail};
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t split = i % c->splits, piece = i / c->splits % c->pieces, plane = i / c->splits / c->pieces;
    const int64_t group = plane % p->groups, block = p->blocks * split / c->splits, lastBlock = p->blocks * (split + 1) / c->splits;
    const float *x = c->x + plane * c->in * c->laidSize;
    float *r = c->r + plane * p->each * c->outSize;
    const int64_t width = w->out[inner], all = c->rows > 1 ? c->rows : width;
    const int64_t begin = all * piece / c->pieces, end = all * (piece + 1) / c->pieces;
    if (c->rows == 1) {
      run_row(c, &t, x, r, begin, end, block, lastBlock, group);
      continue;
    }
    for (int64_t row = begin; row < end; row++) {
      int64_t rest = row, offset = 0;
      for (int d = inner - 1; d >= 0; d--) {
        offset += rest % w->out[d] * w->stride[d] * c->laidStride[d];
        rest /= w->out[d];
      }
      run_row(c, &t, x + offset, r + row * width, 0, width, block, lastBlock, group);
    }
  }
}

/* ---- lanes of positions: the inputs of two vectors of them laid side by side, for all outputs ---- */

/* What is laid out at once stays in the L2 cache, and of it one panel with the weights of a block in the L1 cache: longer sums
   are made in parts, which are added to what is in r. */
enum { PANELS = 1 << 15 /* floats */, PANEL_K = 128 };

static int64_t panel_parts(const Direct *c) { return (c->packed->k + PANEL_K - 1) / PANEL_K; }
static int64_t panel_size(const Direct *c) { return (2 * ((c->packed->k - 1) / panel_parts(c) + 1) + 1) * c->packed->lanes; }

/* About how long both ways take, in products of vectors for a position. */
static bool by_panels(const Direct *c)
{
  const OnnxPacked *p = c->packed;
  const double vectors = (double)((p->each + p->lanes - 1) / p->lanes), k = (double)p->k,
               filled = (double)((c->outSize + p->lanes - 1) / p->lanes * p->lanes) / (double)c->outSize,
               laid = filled * ((double)p->each / p->lanes * (0.98 * k + 5) + (c->w.stride[c->w.n - 1] > 1 ? 0.3 : 0.15) * k);
  return !p->few && laid < vectors * (k + 16);
}

static int64_t offset_of(const Direct *c, int64_t row)
{
  int64_t offset = 0;
  for (int d = c->w.n - 2; d >= 0; d--) {
    offset += row % c->w.out[d] * c->w.stride[d] * c->laidStride[d];
    row /= c->w.out[d];
  }
  return offset;
}

/* Outputs of a plane from first on, at most to end, a panel for each two vectors: returns where they end. */
static int64_t plan_panels(const Direct *c, OnnxPanel *p, int64_t first, int64_t end)
{
  const int inner = c->w.n - 1;
  const int64_t width = c->w.out[inner], lanes = c->packed->lanes;
  int64_t at = first;
  p->nsegments = 0;
  for (int64_t panel = 0; at < end && (panel + 1) * panel_size(c) <= PANELS; panel++) {
    const int64_t last = THMin(end, first + (panel + 1) * 2 * lanes);
    OnnxSegment part[32];
    int n = 0;
    for (int64_t i = at; i < last; i += part[n++].n) {
      const int64_t row = i / width, column = i % width, most = THMin(lanes, width - column);
      part[n] = (OnnxSegment){offset_of(c, row) + column * p->step, panel * panel_size(c) + i - at, (int)THMin(last - i, most)};
    }
    if (p->nsegments + n > ONNX_SEGMENTS) break;
    memcpy(p->segment + p->nsegments, part, (size_t)n * sizeof *part);
    p->nsegments += n;
    at = last;
  }
  return at;
}

/* A block of outputs of a group for what was laid out: the part of the sums that begins at `begin`. */
static void run_laid(const Direct *c, const OnnxPanel *laid, int64_t begin, float *r, int64_t first, int64_t end, int64_t group, int64_t b)
{
  const OnnxPacked *p = c->packed;
  const int width = 2 * p->lanes, outputs = block_outputs(p, b), parts = (outputs + c->kernels->positions - 1) / c->kernels->positions;
  OnnxTile t = {.k = laid->k, .outputStep = c->outSize, .wStep = outputs > p->lanes ? width : p->lanes, .add = begin > 0};
  if (begin + laid->k == p->k) t.tail = c->tail;
  t.x = laid->to;
  for (int64_t at = first; at < end; at += width, t.x += panel_size(c))
    for (int i = 0; i < parts; i++) {
      const int from = outputs * i / parts;
      t.outputs = outputs * (i + 1) / parts - from;
      t.w = p->w + block_of(p, group * p->blocks + b) + begin * t.wStep + from;
      t.bias = p->bias + (group * p->blocks + b) * width + from;
      t.r = r + (b * width + from) * c->outSize + at;
      c->kernels->few(&t, (int)THMin(width, end - at));
    }
}

static void run_panels(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const Direct *c = arg;
  const OnnxPacked *p = c->packed;
  const int64_t width = 2 * p->lanes, all = (c->outSize + width - 1) / width, parts = panel_parts(c);
  OnnxPanel laid = {.step = c->w.stride[c->w.n - 1]};
  laid.to = (float *)(((uintptr_t)(c->panels + worker * (PANELS + width)) + 63) & ~(uintptr_t)63);
  for (int64_t i = first; i < last; i++) {
    const int64_t split = i % c->splits, piece = i / c->splits % c->pieces, plane = i / c->splits / c->pieces, group = plane % p->groups;
    const int64_t end = THMin(all * (piece + 1) / c->pieces * width, c->outSize);
    laid.x = c->x + plane * c->in * c->laidSize;
    for (int64_t at = all * piece / c->pieces * width, to; at < end; at = to) {
      to = plan_panels(c, &laid, at, end);
      for (int64_t part = 0; part < parts; part++) {
        const int64_t begin = p->k * part / parts;
        laid.at = c->at + begin;
        laid.k = p->k * (part + 1) / parts - begin;
        c->kernels->lay(&laid);
        for (int64_t b = p->blocks * split / c->splits; b < p->blocks * (split + 1) / c->splits; b++)
          run_laid(c, &laid, begin, c->r + plane * p->each * c->outSize, at, to, group, b);
      }
    }
  }
}

enum { FAIR = 16 /* tasks, so that no thread is without work at the end */, PIECE = 1 << 19 /* products of a piece, about */,
       COPY = 1 << 20 /* floats of padded samples at a time, about */ };

/* Each piece goes through the weights, each split lays its inputs out again. */
static void share_panels(Direct *c, int64_t planes, int64_t all)
{
  const int64_t wanted = THGetNumThreads() > 1 ? FAIR : 1, most = PANELS / panel_size(c);
  c->pieces = (all + most - 1) / most;
  c->splits = THMax(1, THMin(c->packed->blocks / 2, (wanted - 1) / (c->pieces * planes) + 1));
  c->pieces = THMin(all, THMax(c->pieces, (wanted - 1) / (c->splits * planes) + 1));
}

static void share_rows(Direct *c, int64_t planes, int64_t all, double work)
{
  c->pieces = THMax(1, THMin(all, (int64_t)(work / PIECE)));
  const int64_t most = c->pieces * planes < FAIR ? (int64_t)(work / (double)c->pieces / PIECE * 4) : 1;
  c->splits = THMax(1, THMin(c->packed->blocks, most));
}

static void run_samples(Direct *c, int64_t n)
{
  const OnnxPacked *p = c->packed;
  const bool panels = by_panels(c);
  const int64_t width = 2 * p->lanes, planes = n * p->groups;
  const double work = (double)c->outSize * (double)p->each * (double)p->k;
  if (panels) share_panels(c, planes, (c->outSize + width - 1) / width);
  else share_rows(c, planes, c->rows > 1 ? c->rows : (c->outSize + 55) / 56, work);
  const int64_t pieces = planes * c->pieces * c->splits;
  const int64_t some = TH_pieceFor(pieces, work / (double)(c->pieces * c->splits) / 8);
  if (!panels) {
    TH_parallel(pieces, some, run_pieces, c);
    return;
  }
  ONNX_AUTO_MEM float *room = THOnnx_scratch(TH_workersFor(pieces, some) * (PANELS + width) * (ptrdiff_t)sizeof *room);
  c->panels = room;
  TH_parallel(pieces, some, run_panels, c);
}

void THOnnx_convolve(const OnnxPacked *packed, const OnnxWindow *w, int64_t batch, int64_t planes, const float *x, OnnxTail tail, float *r)
{
  Direct c = {.kernels = THOnnx_tiles(), .packed = packed, .tail = tail, .w = *w, .in = planes / packed->groups, .given = x, .r = r};
  c.inSize = THOnnx_product(w->in, w->n);
  c.outSize = THOnnx_product(w->out, w->n);
  const int64_t taps = THOnnx_product(w->kernel, w->n);
  simplify(&c.w);
  lay_out(&c);
  ONNX_AUTO_MEM int64_t *at = THOnnx_scratch((packed->k + 1) * (ptrdiff_t)sizeof *at);
  c.at = at;
  find_offsets(&c, taps);
  if (!c.padded) {
    c.x = x;
    run_samples(&c, batch);
    return;
  }
  const int64_t step = THMax(1, THMin(batch, COPY / (planes * c.laidSize)));
  ONNX_AUTO_MEM float *copy = THOnnx_scratch((step * planes * c.laidSize + 1) * (ptrdiff_t)sizeof *copy);
  c.x = c.copy = copy;
  for (int64_t s = 0; s < batch; s += step) {
    const int64_t n = THMin(step, batch - s);
    TH_parallel(n * planes, TH_pieceFor(n * planes, (double)c.laidSize), pad_planes, &c);
    run_samples(&c, n);
    c.given += n * planes * c.inSize;
    c.r += n * packed->groups * packed->each * c.outSize;
  }
}

/* ---- products ---- */

typedef struct Rows {
  const OnnxTiles *kernels;
  const OnnxPacked *packed;
  int64_t group, rows, rStep;
  const int64_t *at;
  const float *x;
  float *r;
  bool add;
} Rows;

static void run_blocks(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const Rows *c = arg;
  const OnnxPacked *p = c->packed;
  const int64_t most = c->kernels->positions, parts = (c->rows + most - 1) / most;
  (void)worker;
  for (int64_t b = first; b < last; b++) {
    OnnxTile t = {.k = p->k, .at = c->at, .step = p->k, .positionStep = c->rStep, .add = c->add, .outputs = block_outputs(p, b),
                  .w = p->w + block_of(p, c->group * p->blocks + b), .bias = p->bias + (c->group * p->blocks + b) * 2 * p->lanes};
    for (int64_t i = 0; i < parts; i++) {
      const int64_t from = c->rows * i / parts, end = c->rows * (i + 1) / parts;
      t.x = c->x + from * p->k;
      t.r = c->r + from * c->rStep + b * 2 * p->lanes;
      c->kernels->run(&t, t.outputs > p->lanes ? 2 : 1, (int)(end - from));
    }
  }
}

void THOnnx_multiplyPacked(const OnnxPacked *p, int64_t group, int64_t rows, const float *x, float *r, int64_t rStep, bool add)
{
  Rows c = {THOnnx_tiles(), p, group, rows, rStep, p->identity, x, r, add};
  TH_parallel(p->blocks, TH_pieceFor(p->blocks, (double)rows * (double)p->k * 4), run_blocks, &c);
}
