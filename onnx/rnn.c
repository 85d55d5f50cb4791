/* Recurrent layers: RNN, GRU, LSTM. The products with the inputs of all steps are one product. */
#include <math.h>
#include "direct.h"

typedef enum Cell { CELL_RNN = 1, CELL_GRU = 3, CELL_LSTM = 4 } Cell; /* the number of gates */

typedef struct Activation {
  const char *name;
  double alpha, beta;
} Activation;

static bool same_name(const char *a, const char *b)
{
  for (; *a && *b; a++, b++)
    if ((*a | 32) != (*b | 32)) return false;
  return *a == *b;
}

/* In pieces so small that this thread does them alone: ONNX_FLUSH, which makes zeros of states that fade away, is its own. */
static void activate(const Activation *a, float *x, int64_t n)
{
  enum { PIECE = 1024 };
  const struct {
    const char *name;
    THMapLine line;
    bool bare; /* without parameters */
  } known[] = {{"Sigmoid", TH_MAP_LINE(sigmoid), true}, {"Tanh", TH_MAP_LINE(tanh), true}, {"Relu", TH_MAP_LINE(cmaxValue), true},
               {"LeakyRelu", ONNX_LINE(leaky), false}, {"HardSigmoid", ONNX_LINE(hardsigmoid), false}, {"Elu", ONNX_LINE(elu), false},
               {"Softsign", ONNX_LINE(softsign), true}, {"Softplus", ONNX_LINE(softplus), true},
               {"ThresholdedRelu", ONNX_LINE(thresholded), false}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!same_name(a->name, known[i].name)) continue;
    for (int64_t k = 0; k < n; k += PIECE)
      THOnnx_mapFloats(known[i].line, x + k, x + k, THMin(PIECE, n - k), known[i].bare ? 0 : a->alpha, known[i].bare ? 0 : a->beta);
    return;
  }
  for (int64_t i = 0; i < n && same_name(a->name, "Affine"); i++) x[i] = (float)(a->alpha * x[i] + a->beta);
  for (int64_t i = 0; i < n && same_name(a->name, "ScaledTanh"); i++) x[i] = (float)(a->alpha * tanh(a->beta * x[i]));
  THOnnx_check(same_name(a->name, "Affine") || same_name(a->name, "ScaledTanh"), "activation '%s' is not known", a->name);
}

typedef struct Recurrent {
  Cell cell;
  int64_t steps, batch, inputs, hidden;
  const float *w, *r, *b, *peephole; /* of the direction */
  const OnnxPacked *packed; /* r of all directions, or NULL */
  int64_t direction;
  Activation f, g, h;
  float clip;
  bool linear_before, input_forget;
  const int64_t *lengths;
} Recurrent;

static void default_figures(Activation *a)
{
  a->alpha = same_name(a->name, "LeakyRelu") ? 0.01f : same_name(a->name, "HardSigmoid") ? 0.2f : 1;
  a->beta = same_name(a->name, "HardSigmoid") ? 0.5 : 0;
}

static void choose_activations(const OnnxNode *node, Recurrent *q, int direction)
{
  const OnnxAttribute *names = THOnnx_attribute(node, "activations"), *alpha = THOnnx_attribute(node, "activation_alpha"),
                      *beta = THOnnx_attribute(node, "activation_beta");
  Activation *a[] = {&q->f, &q->g, &q->h};
  const int n = q->cell == CELL_RNN ? 1 : q->cell == CELL_GRU ? 2 : 3;
  for (int i = 0; i < n; i++) {
    const int k = direction * n + i;
    a[i]->name = names && k < names->n && names->strings ? names->strings[k] : i || q->cell == CELL_RNN ? "Tanh" : "Sigmoid";
    default_figures(a[i]);
    if (alpha && alpha->floats && k < alpha->n) a[i]->alpha = alpha->floats[k];
    if (beta && beta->floats && k < beta->n) a[i]->beta = beta->floats[k];
  }
}

static void clip(const Recurrent *q, float *x, int64_t n)
{
  for (int64_t i = 0; i < n && q->clip > 0; i++) x[i] = x[i] > q->clip ? q->clip : x[i] < -q->clip ? -q->clip : x[i];
}

/* gates: batch x G*hidden, the products with the input and the biases; h, c: batch x hidden, replaced. */
/* gates += h R', for all gates; few samples are done as sums along rows of R */
enum { MANY = 4 };
static void add_state(const Recurrent *q, float *gates, const float *h)
{
  const int64_t n = q->hidden, width = q->cell * n;
  if (q->packed && q->batch >= MANY) THOnnx_multiplyPacked(q->packed, q->direction, q->batch, h, gates, width, true);
  else THOnnx_gemm(false, true, q->batch, width, n, 1, h, q->r, 1, gates);
}

static void step_rnn(const Recurrent *q, float *gates, float *h)
{
  add_state(q, gates, h);
  ONNX_FLUSH;
  clip(q, gates, q->batch * q->hidden);
  activate(&q->f, gates, q->batch * q->hidden);
  memcpy(h, gates, (size_t)(q->batch * q->hidden) * sizeof *h);
}

static void step_lstm(const Recurrent *q, float *gates, float *h, float *c)
{
  const int64_t n = q->hidden;
  const float *p = q->peephole;
  add_state(q, gates, h);
  ONNX_FLUSH;
  for (int64_t b = 0; b < q->batch; b++) { /* i o f c */
    float *i = gates + b * 4 * n, *o = i + n, *f = o + n, *g = f + n, *cell = c + b * n, *out = h + b * n;
    for (int64_t k = 0; k < n && p; k++) {
      i[k] += p[k] * cell[k];
      f[k] += p[2 * n + k] * cell[k];
    }
    clip(q, i, 4 * n);
    activate(&q->f, i, n);
    if (!q->input_forget) activate(&q->f, f, n);
    for (int64_t k = 0; k < n && q->input_forget; k++) f[k] = 1 - i[k];
    activate(&q->g, g, n);
    for (int64_t k = 0; k < n; k++) cell[k] = f[k] * cell[k] + i[k] * g[k];
    for (int64_t k = 0; k < n && p; k++) o[k] += p[n + k] * cell[k];
    activate(&q->f, o, n);
    memcpy(out, cell, (size_t)n * sizeof *out);
    activate(&q->h, out, n);
    for (int64_t k = 0; k < n; k++) out[k] *= o[k];
  }
}

static void find_gates(const Recurrent *q, float *gates, const float *h, const float *product, float *reset)
{
  ONNX_FLUSH;
  const int64_t n = q->hidden, width = (q->linear_before ? 3 : 2) * n;
  for (int64_t b = 0; b < q->batch; b++) { /* z r h */
    float *z = gates + b * 3 * n, *candidate = z + 2 * n;
    const float *u = product + b * width;
    for (int64_t k = 0; k < 2 * n; k++) z[k] += u[k];
    clip(q, z, 2 * n);
    activate(&q->f, z, 2 * n);
    for (int64_t k = 0; k < n; k++) {
      if (q->linear_before) candidate[k] += z[n + k] * (u[2 * n + k] + (q->b ? q->b[5 * n + k] : 0));
      else reset[b * n + k] = z[n + k] * h[b * n + k];
    }
  }
}

static void find_states(const Recurrent *q, float *gates, float *h, const float *product)
{
  ONNX_FLUSH;
  const int64_t n = q->hidden;
  for (int64_t b = 0; b < q->batch; b++) {
    float *z = gates + b * 3 * n, *candidate = z + 2 * n;
    for (int64_t k = 0; k < n && !q->linear_before; k++) candidate[k] += product[b * n + k];
    clip(q, candidate, n);
    activate(&q->g, candidate, n);
    for (int64_t k = 0; k < n; k++) h[b * n + k] = (1 - z[k]) * candidate[k] + z[k] * h[b * n + k];
  }
}

static void step_gru(const Recurrent *q, float *gates, float *h, float *more)
{
  const int64_t n = q->hidden;
  float *product = more, *reset = more + q->batch * 3 * n;
  if (q->packed && q->batch >= MANY && q->linear_before) THOnnx_multiplyPacked(q->packed, q->direction, q->batch, h, product, 3 * n, false);
  else THOnnx_gemm(false, true, q->batch, (q->linear_before ? 3 : 2) * n, n, 1, h, q->r, 0, product);
  find_gates(q, gates, h, product, reset);
  if (!q->linear_before) THOnnx_gemm(false, true, q->batch, n, n, 1, reset, q->r + 2 * n * n, 0, product);
  find_states(q, gates, h, product);
}

/* Biases of input and state together; a GRU that multiplies before it resets keeps that of the state for later. */
static void start_gates(const Recurrent *q, float *gates, const float *x)
{
  const int64_t n = q->hidden, width = q->cell * n, rows = q->steps * q->batch;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < width; k++) {
      const bool later = q->cell == CELL_GRU && q->linear_before && k >= 2 * n;
      gates[i * width + k] = q->b ? q->b[k] + (later ? 0 : q->b[width + k]) : 0;
    }
  THOnnx_gemm(false, true, rows, width, q->inputs, 1, x, q->w, 1, gates);
}

/* Samples that have ended keep their state, and give 0. */
static void run_direction(const Recurrent *q, const float *x, float *y, int64_t stride, float *h, float *c, bool reverse)
{
  const int64_t n = q->hidden, width = q->cell * n, state = q->batch * n;
  ONNX_AUTO_MEM float *gates = THOnnx_scratch((q->steps * q->batch * width + 1) * (ptrdiff_t)sizeof(float));
  ONNX_AUTO_MEM float *before = THOnnx_scratch((2 * state + q->batch * 4 * n + 1) * (ptrdiff_t)sizeof(float));
  float *more = before + 2 * state;
  start_gates(q, gates, x);
  for (int64_t s = 0; s < q->steps; s++) {
    const int64_t t = reverse ? q->steps - 1 - s : s;
    float *g = gates + t * q->batch * width;
    if (q->lengths) {
      memcpy(before, h, (size_t)state * sizeof *h);
      if (c) memcpy(before + state, c, (size_t)state * sizeof *h);
    }
    if (q->cell == CELL_RNN) step_rnn(q, g, h);
    else if (q->cell == CELL_GRU) step_gru(q, g, h, more);
    else step_lstm(q, g, h, c);
    for (int64_t b = 0; b < q->batch; b++) {
      const bool ended = q->lengths && t >= q->lengths[b];
      if (ended) memcpy(h + b * n, before + b * n, (size_t)n * sizeof *h);
      if (ended && c) memcpy(c + b * n, before + state + b * n, (size_t)n * sizeof *h);
      if (!y) continue;
      if (ended) memset(y + t * stride + b * n, 0, (size_t)n * sizeof *y);
      else memcpy(y + t * stride + b * n, h + b * n, (size_t)n * sizeof *y);
    }
  }
}

static const float *part(const OnnxValue *v, int64_t expected, int directions, int d, const char *what)
{
  if (!v) return NULL;
  THOnnx_check(v->count == expected * directions, "%s has %lld elements, not %lld", what, (long long)v->count, (long long)expected * directions);
  return (float *)v->data + d * expected;
}

static OnnxValue *new_state(const OnnxValue *given, bool by_batch, int64_t directions, int64_t batch, int64_t n)
{
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 3, (int64_t[]){directions, batch, n});
  if (r->count) memset(r->data, 0, (size_t)r->count * sizeof(float));
  if (!given) return TH_RELEASE(r);
  THOnnx_check(given->count == r->count, "an initial state of another size");
  ONNX_AUTO f = THOnnx_newFloats((OnnxValue *)given);
  ONNX_AUTO moved = by_batch ? THOnnx_newTransposed(f, (int[]){1, 0, 2}) : THOnnx_retain(f);
  if (r->count) memcpy(r->data, moved->data, (size_t)r->count * sizeof(float));
  return TH_RELEASE(r);
}

static void recurrent(OnnxCall *c, Cell cell)
{
  const OnnxNode *node = c->node;
  const char *way = THOnnx_string(node, "direction", "forward");
  const int directions = !strcmp(way, "bidirectional") ? 2 : 1;
  const bool by_batch = THOnnx_int(node, "layout", 0);
  THOnnx_check(c->in[0]->ndim == 3 && c->in[2]->ndim == 3, "inputs of three dimensions are expected");
  ONNX_AUTO given = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO x = by_batch ? THOnnx_newTransposed(given, (int[]){1, 0, 2}) : THOnnx_retain(given);
  ONNX_AUTO w = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO r = THOnnx_newFloats(c->in[2]);
  ONNX_AUTO b = THOnnx_in(c, 3) ? THOnnx_newFloats(c->in[3]) : NULL;
  ONNX_AUTO p = THOnnx_in(c, 7) ? THOnnx_newFloats(c->in[7]) : NULL;
  int nlengths = 0;
  TH_AUTO_MEM int64_t *lengths = THOnnx_newInts(THOnnx_in(c, 4), &nlengths);
  Recurrent q = {.cell = cell, .steps = x->size[0], .batch = x->size[1], .inputs = x->size[2], .hidden = r->size[2],
                 .clip = (float)THOnnx_float(node, "clip", 0), .linear_before = THOnnx_int(node, "linear_before_reset", 0),
                 .input_forget = THOnnx_int(node, "input_forget", 0), .lengths = lengths};
  THOnnx_check(!lengths || nlengths == q.batch, "%d lengths for %lld samples", nlengths, (long long)q.batch);
  bool shorter = false;
  for (int i = 0; i < nlengths; i++) shorter = shorter || lengths[i] < q.steps;
  if (!shorter) q.lengths = NULL;
  ONNX_AUTO h = new_state(THOnnx_in(c, 5), by_batch, directions, q.batch, q.hidden);
  ONNX_AUTO state = cell == CELL_LSTM ? new_state(THOnnx_in(c, 6), by_batch, directions, q.batch, q.hidden) : NULL;
  ONNX_AUTO y = THOnnx_wants(c, 0) ? THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){q.steps, directions, q.batch, q.hidden}) : NULL;
  for (int d = 0; d < directions; d++) {
    const int64_t n = q.hidden, size = q.batch * n;
    q.w = part(w, cell * n * q.inputs, directions, d, "W");
    q.r = part(r, cell * n * n, directions, d, "R");
    q.b = part(b, 2 * cell * n, directions, d, "B");
    q.peephole = part(p, 3 * n, directions, d, "P");
    const OnnxPacked *packed = node->prepared;
    q.packed = packed && packed->groups == directions && packed->each == cell * n && packed->k == n && !packed->few ? packed : NULL;
    q.direction = d;
    choose_activations(node, &q, d);
    run_direction(&q, x->data, y ? (float *)y->data + d * size : NULL, directions * size, (float *)h->data + d * size,
                  state ? (float *)state->data + d * size : NULL, d == 1 || !strcmp(way, "reverse"));
  }
  OnnxValue *out[] = {y, h, state};
  for (int i = 0; i < 3; i++) {
    if (!out[i] || !THOnnx_wants(c, i)) continue;
    ONNX_AUTO moved = by_batch ? THOnnx_newTransposed(out[i], i ? (int[]){1, 0, 2} : (int[]){2, 0, 1, 3}) : THOnnx_retain(out[i]);
    THOnnx_give(c, i, THOnnx_newCast(moved, c->in[0]->type));
  }
}
static void op_rnn(OnnxCall *c) { recurrent(c, CELL_RNN); }
static void op_gru(OnnxCall *c) { recurrent(c, CELL_GRU); }
static void op_lstm(OnnxCall *c) { recurrent(c, CELL_LSTM); }

const OnnxOp THOnnx_rnnOps[] = {
  {"RNN", op_rnn, 1, 0, 3, 6, 0, NULL},
  {"GRU", op_gru, 1, 0, 3, 6, 0, NULL},
  {"LSTM", op_lstm, 1, 0, 3, 8, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
