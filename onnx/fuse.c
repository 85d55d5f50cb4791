/* Nodes joined with what follows them: convolutions with batch normalisation, sums, factors and activations. Weights are
   packed here. */
#include <math.h>
#include <stdlib.h>
#include "direct.h"

/* ---- readers ---- */

typedef struct Uses {
  OnnxGraph *graph;
  int *count;      /* of readers, by slot; outputs of the graph count as well */
  OnnxNode **last; /* one of the readers */
  OnnxNode **maker;
  OnnxNode *node;
} Uses;
static void Uses_autofree(Uses *u)
{
  THFree(u->count);
  THFree(u->last);
  THFree(u->maker);
}

static void note_use(void *arg, int slot)
{
  Uses *u = arg;
  u->count[slot]++;
  u->last[slot] = u->node;
}

static void count_uses(Uses *u, OnnxGraph *g)
{
  u->graph = g;
  u->count = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->count);
  memset(u->count, 0, (size_t)g->nslots * sizeof *u->count);
  u->last = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->last);
  u->maker = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->maker);
  memset(u->maker, 0, (size_t)g->nslots * sizeof *u->maker);
  for (int i = 0; i < g->nnodes; i++) {
    u->node = &g->node[i];
    for (int k = 0; k < u->node->nout; k++)
      if (u->node->outSlot[k] >= 0) u->maker[u->node->outSlot[k]] = u->node;
    onnx_eachRead(u->node, note_use, u);
  }
  for (int i = 0; i < g->noutputs; i++) u->count[g->output[i].slot] += 2;
}

static OnnxValue *constant_in(const OnnxGraph *g, const OnnxNode *n, int i)
{
  return i < n->nin && n->inSlot[i] >= 0 ? g->constant[n->inSlot[i]] : NULL;
}
static bool is_floats(const OnnxValue *v) { return v && v->kind == ONNX_TENSOR && v->type == THONNX_FLOAT; }

/* The only reader of n's first output, which is all that n gives. */
static OnnxNode *follower(const Uses *u, const OnnxNode *n)
{
  for (int i = 1; i < n->nout; i++)
    if (n->outSlot[i] >= 0 && u->count[n->outSlot[i]]) return NULL;
  const int slot = n->outSlot[0];
  if (slot < 0 || u->count[slot] != 1) return NULL;
  OnnxNode *next = u->last[slot];
  for (int i = 0; i < next->nin; i++)
    if (next->inSlot[i] == slot) return next;
  return NULL; /* a graph inside reads it */
}

static bool is_op(const OnnxNode *n, const char *type) { return n->op && !n->op->domain && !strcmp(n->op->name, type); }

/* n gives what `next` gave, which is no more. */
static void join(OnnxNode *n, OnnxNode *next)
{
  n->outSlot[0] = next->outSlot[0];
  next->op = NULL;
}

/* A slot more, which holds v (its count). */
static int new_slot(OnnxGraph *g, OnnxValue *v)
{
  g->slotName = THRealloc(g->slotName, (g->nslots + 1) * (ptrdiff_t)sizeof(char *));
  g->constant = THRealloc(g->constant, (g->nslots + 1) * (ptrdiff_t)sizeof(OnnxValue *));
  static char none[] = "";
  g->slotName[g->nslots] = none;
  g->constant[g->nslots] = v;
  return g->nslots++;
}

/* The node reads these slots from now on. */
static void read_instead(OnnxNode *n, int count, const int *slots)
{
  char **names = THAlloc(count * (ptrdiff_t)sizeof(char *));
  for (int i = 0; i < count; i++) names[i] = i < n->nin ? n->in[i] : NULL;
  for (int i = n->nin; i < count; i++) {
    names[i] = THAlloc(1);
    *names[i] = 0;
  }
  for (int i = count; i < n->nin; i++) THFree(n->in[i]);
  THFree(n->in);
  n->in = names;
  n->nin = count;
  n->inSlot = THRealloc(n->inSlot, (count + 1) * (ptrdiff_t)sizeof(int));
  for (int i = 0; i < count; i++) n->inSlot[i] = slots[i];
}

/* ---- activations ---- */

static bool float_attribute(const OnnxNode *n, const char *name, float otherwise, float *v)
{
  const OnnxAttribute *a = onnx_attribute(n, name);
  *v = a ? a->f : otherwise;
  return !a || a->type == ONNX_A_FLOAT;
}

static bool bound_of(const OnnxGraph *g, const OnnxNode *n, int i, const char *name, float otherwise, float *v)
{
  if (i >= n->nin || n->inSlot[i] < 0) return float_attribute(n, name, otherwise, v);
  const OnnxValue *c = g->constant[n->inSlot[i]];
  if (!is_floats(c) || c->count != 1) return false;
  *v = *(float *)c->data;
  return true;
}

static bool tail_of(const OnnxGraph *g, const OnnxNode *n, OnnxTail *tail)
{
  if (is_op(n, "Relu")) *tail = (OnnxTail){.kind = ONNX_TAIL_RELU};
  else if (is_op(n, "HardSwish")) *tail = (OnnxTail){.kind = ONNX_TAIL_HARDSWISH};
  else if (is_op(n, "LeakyRelu")) {
    tail->kind = ONNX_TAIL_LEAKY;
    return float_attribute(n, "alpha", 0.01f, &tail->s);
  } else if (is_op(n, "HardSigmoid")) {
    tail->kind = ONNX_TAIL_HARDSIGMOID;
    return float_attribute(n, "alpha", 0.2f, &tail->s) && float_attribute(n, "beta", 0.5f, &tail->t);
  } else if (is_op(n, "Clip")) {
    tail->kind = ONNX_TAIL_CLIP;
    return bound_of(g, n, 1, "min", -INFINITY, &tail->s) && bound_of(g, n, 2, "max", INFINITY, &tail->t);
  } else return false;
  return true;
}

/* ---- formulas that have an operator of their own ---- */

/* Of no more dimensions than that: then the result has no more than the other input. */
static bool is_number(const OnnxGraph *g, const OnnxNode *n, int i, double v, int ndim)
{
  const OnnxValue *c = constant_in(g, n, i);
  return is_floats(c) && c->count == 1 && c->ndim <= ndim && fabs((double)*(float *)c->data - v) <= 1e-6 * fabs(v);
}
/* The node is `type` of a value and that number: where the value is among its inputs; -1: it is not. */
static int other_than_wide(const OnnxGraph *g, const OnnxNode *n, const char *type, double v, int ndim)
{
  if (!n || !is_op(n, type) || n->nin != 2 || n->version < 7) return -1;
  return is_number(g, n, 1, v, ndim) ? 0 : is_number(g, n, 0, v, ndim) && strcmp(type, "Div") ? 1 : -1;
}
static int other_than(const OnnxGraph *g, const OnnxNode *n, const char *type, double v) { return other_than_wide(g, n, type, v, 0); }
static bool reads(const OnnxNode *n, int slot, int *at)
{
  for (int i = 0; i < n->nin && i < 2; i++)
    if (n->inSlot[i] == slot) {
      *at = i;
      return true;
    }
  return false;
}

/* Two factors that follow one another: the value in `slot`, and a number by which may also be divided. */
static OnnxNode *scaled_by(const Uses *u, OnnxNode *n, int slot, double number)
{
  OnnxNode *pair[2] = {follower(u, n), NULL};
  pair[1] = pair[0] ? follower(u, pair[0]) : NULL;
  int at;
  for (int k = 0; k < 2 && pair[1]; k++) {
    OnnxNode *by = pair[k], *plain = pair[1 - k];
    const bool number_fits = other_than(u->graph, by, "Mul", number) >= 0 || other_than(u->graph, by, "Div", 1 / number) >= 0;
    if (number_fits && is_op(plain, "Mul") && plain->version >= 7 && reads(plain, slot, &at)) return pair[1];
  }
  return NULL;
}

/* The node computes `type` of the value in `slot` from now on, which has so many fewer readers. */
static void compute_instead(Uses *u, OnnxNode *n, const char *type, int version, int slot, int fewer)
{
  n->op = onnx_findOp("", type, version);
  n->version = version;
  read_instead(n, 1, &slot);
  u->count[slot] -= fewer;
  u->last[slot] = n;
}

/* x * 0.5 * (1 + erf(x / sqrt(2))) */
static void find_gelu(Uses *u, OnnxNode *erf)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *half = erf->inSlot[0] < 0 ? NULL : u->maker[erf->inSlot[0]];
  if (!half || !half->op) return;
  int i = other_than(g, half, "Div", 1.4142135623730951);
  if (i < 0) i = other_than(g, half, "Mul", 0.7071067811865476);
  if (i < 0 || half->inSlot[i] < 0 || u->count[half->outSlot[0]] != 1) return;
  OnnxNode *sum = follower(u, erf), *last = other_than(g, sum, "Add", 1) < 0 ? NULL : scaled_by(u, sum, half->inSlot[i], 0.5);
  if (last) compute_instead(u, last, "Gelu", 20, half->inSlot[i], 1);
}

/* x * clip(x + 3, 0, 6) / 6 */
static void find_hardswish(Uses *u, OnnxNode *sum)
{
  const OnnxGraph *g = u->graph;
  OnnxTail tail = {.kind = ONNX_TAIL_NONE};
  const int i = other_than(g, sum, "Add", 3);
  OnnxNode *clip = i < 0 ? NULL : follower(u, sum);
  if (!clip || sum->inSlot[i] < 0 || !tail_of(g, clip, &tail) || tail.kind != ONNX_TAIL_CLIP || tail.s != 0 || tail.t != 6) return;
  OnnxNode *last = scaled_by(u, clip, sum->inSlot[i], 1.0 / 6);
  if (last) compute_instead(u, last, "HardSwish", 14, sum->inSlot[i], 1);
}

/* x * sigmoid(x) */
static void find_swish(Uses *u, OnnxNode *sigmoid)
{
  OnnxNode *next = follower(u, sigmoid);
  const int slot = sigmoid->inSlot[0];
  int at;
  if (next && slot >= 0 && is_op(next, "Mul") && next->version >= 7 && next->inSlot[0] != next->inSlot[1] && reads(next, slot, &at))
    compute_instead(u, next, "Swish", 24, slot, 1);
}

/* The node that makes the value in a slot which nothing else reads. */
static OnnxNode *only_maker(const Uses *u, int slot)
{
  OnnxNode *n = slot < 0 || u->count[slot] != 1 ? NULL : u->maker[slot];
  return n && n->op ? n : NULL;
}

/* Factors of a product: how often the value in slot x, and one number; false where there are others. */
static bool find_factors(const Uses *u, int slot, int x, int depth, int *times, double *number)
{
  if (slot == x) {
    ++*times;
    return true;
  }
  const OnnxValue *c = slot < 0 ? NULL : u->graph->constant[slot];
  if (c) {
    if (!is_floats(c) || c->count != 1 || c->ndim) return false;
    *number *= (double)*(float *)c->data;
    return true;
  }
  const OnnxNode *n = only_maker(u, slot);
  if (!n || !is_op(n, "Mul") || n->version < 7 || !depth) return false;
  return find_factors(u, n->inSlot[0], x, depth - 1, times, number) && find_factors(u, n->inSlot[1], x, depth - 1, times, number);
}

/* The value in a slot has at least so many dimensions. */
static int least_dimensions(const Uses *u, int slot)
{
  const OnnxNode *n = slot < 0 ? NULL : u->maker[slot];
  int least = 0;
  for (int i = 0; n && n->op && (is_op(n, "Add") || is_op(n, "Mul")) && i < n->nin; i++) {
    const OnnxValue *c = constant_in(u->graph, n, i);
    least = c ? THMax(least, c->ndim) : least;
  }
  return least;
}

/* 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
static void find_gelu_tanh(Uses *u, OnnxNode *tanh)
{
  const OnnxNode *scaled = only_maker(u, tanh->inSlot[0]);
  const int i = other_than(u->graph, scaled, "Mul", 0.7978845608028654);
  const OnnxNode *sum = i < 0 ? NULL : only_maker(u, scaled->inSlot[i]);
  OnnxNode *next = follower(u, tanh);
  if (!sum || !is_op(sum, "Add") || sum->version < 7) return;
  for (int k = 0; k < 2; k++) {
    const int x = sum->inSlot[k];
    int times = 0;
    double number = 1;
    if (x < 0 || other_than_wide(u->graph, next, "Add", 1, least_dimensions(u, x)) < 0) continue;
    OnnxNode *last = scaled_by(u, next, x, 0.5);
    if (!last || !find_factors(u, sum->inSlot[1 - k], x, 4, &times, &number) || times != 3 || fabs(number - 0.044715) > 1e-7) continue;
    compute_instead(u, last, "Gelu", 20, x, times + 1);
    last->op = &onnx_tanhGelu;
    return;
  }
}

/* Integers j + first along the last dimension, of size n. */
static bool is_counting(const OnnxValue *v, int64_t n)
{
  if (!v || v->kind != ONNX_TENSOR || v->count != n || !v->ndim || v->size[v->ndim - 1] != n) return false;
  if (v->type != THONNX_INT32 && v->type != THONNX_INT64) return false;
  for (int64_t i = 1; i < n; i++)
    if (onnx_long(v, i) != onnx_long(v, 0) + i) return false;
  return n > 0;
}
static bool is_finite(const OnnxValue *v)
{
  for (int64_t i = 0; i < v->count; i++)
    if (!isfinite(((float *)v->data)[i])) return false;
  return true;
}

/* A product by rows that are 1 where a number equals its place, and 0 elsewhere: it takes rows of the matrix. */
static void find_one_hot(const Uses *u, OnnxNode *product)
{
  const OnnxGraph *g = u->graph;
  const OnnxValue *w = constant_in(g, product, 1);
  const OnnxNode *cast = only_maker(u, product->inSlot[0]);
  const OnnxAttribute *to = cast && is_op(cast, "Cast") ? onnx_attribute(cast, "to") : NULL;
  const OnnxNode *equal = to && to->i == THONNX_FLOAT ? only_maker(u, cast->inSlot[0]) : NULL;
  if (!equal || !is_op(equal, "Equal") || equal->version < 7 || !is_floats(w) || w->ndim != 2) return;
  for (int k = 0; k < 2; k++) {
    if (equal->inSlot[1 - k] < 0 || !is_counting(constant_in(g, equal, k), w->size[0]) || !is_finite(w)) continue;
    read_instead(product, 3, (int[]){equal->inSlot[1 - k], product->inSlot[1], equal->inSlot[k]});
    product->op = &onnx_oneHotProduct;
    return;
  }
}

/* Where a softmax gives NaN it gives 0: softmax, IsNaN and Where are one node. */
static void find_masked_softmax(Uses *u, OnnxNode *where)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *isnan = only_maker(u, where->inSlot[0]);
  const OnnxValue *zero = constant_in(g, where, 1);
  const int soft = where->inSlot[2];
  if (!isnan || !is_op(isnan, "IsNaN") || isnan->inSlot[0] != soft || soft < 0 || u->count[soft] != 2) return;
  if (!is_floats(zero) || zero->count != 1 || zero->ndim || *(float *)zero->data != 0) return;
  OnnxNode *n = u->maker[soft];
  if (!n || !n->op || n->outSlot[0] != soft || !is_op(n, "Softmax")) return;
  n->op = &onnx_maskedSoftmax;
  join(n, where);
}

/* ---- convolutions ---- */

/* The element of a constant for each of n planes of results with so many dimensions: one for all, or one each. */
static bool is_by_plane(const OnnxValue *v, int64_t n, int ndim)
{
  if (!is_floats(v) || v->ndim > ndim) return false;
  if (v->count == 1) return true;
  return v->count == n && v->ndim >= ndim - 1 && v->size[v->ndim - ndim + 1 > 0 ? v->ndim - ndim + 1 : 0] == n;
}
static float by_plane(const OnnxValue *v, int64_t i) { return ((float *)v->data)[v->count == 1 ? 0 : i]; }

static OnnxValue *new_copy(const OnnxValue *v)
{
  OnnxValue *r = onnx_new(v->type, v->ndim, v->size);
  if (v->count) memcpy(r->data, v->data, (size_t)v->count * sizeof(float));
  return r;
}

/* Gives the node weights and a bias of its own, which may be changed. */
static void own_weights(OnnxGraph *g, OnnxNode *n, OnnxValue **weight, OnnxValue **bias)
{
  const OnnxValue *w = constant_in(g, n, 1), *b = constant_in(g, n, 2);
  ONNX_AUTO copy = new_copy(w);
  onnx_leavePages(w);
  ONNX_AUTO own = b ? new_copy(b) : onnx_new(THONNX_FLOAT, 1, (int64_t[]){w->size[0]});
  if (!b) memset(own->data, 0, (size_t)own->count * sizeof(float));
  *weight = copy, *bias = own;
  const int slots[] = {n->inSlot[0], new_slot(g, TH_RELEASE(copy)), new_slot(g, TH_RELEASE(own))};
  read_instead(n, 3, slots);
}

/* weights * factor[i] by output plane i; bias * factor[i] + term[i] */
static void scale_planes(OnnxValue *w, OnnxValue *b, int64_t i, float factor, float term)
{
  const int64_t each = w->count / w->size[0];
  float *p = (float *)w->data + i * each, *q = (float *)b->data + i;
  for (int64_t k = 0; k < each && factor != 1; k++) p[k] *= factor;
  *q = *q * factor + term;
}

static bool fold_normalisation(OnnxGraph *g, OnnxNode *n, const OnnxNode *next)
{
  const int64_t planes = constant_in(g, n, 1)->size[0];
  const OnnxValue *v[4];
  for (int i = 0; i < 4; i++) {
    v[i] = constant_in(g, next, i + 1);
    if (!is_floats(v[i]) || v[i]->count != planes) return false;
  }
  float epsilon;
  const OnnxAttribute *training = onnx_attribute(next, "training_mode");
  if (!float_attribute(next, "epsilon", 1e-5f, &epsilon) || (training && training->i)) return false;
  OnnxValue *w, *b;
  own_weights(g, n, &w, &b);
  for (int64_t i = 0; i < planes; i++) {
    const float factor = by_plane(v[0], i) / sqrtf(by_plane(v[3], i) + epsilon);
    scale_planes(w, b, i, factor, by_plane(v[1], i) - by_plane(v[2], i) * factor);
  }
  return true;
}

/* A sum with or a product by constants of the planes of what is in `slot`, of so many dimensions. */
static bool fold_pair(OnnxGraph *g, OnnxNode *n, const OnnxNode *next, int slot, int ndim)
{
  const bool add = is_op(next, "Add"), multiply = is_op(next, "Mul");
  if ((!add && !multiply) || next->version < 7) return false;
  const OnnxValue *weight = constant_in(g, n, 1), *v = constant_in(g, next, next->inSlot[0] == slot ? 1 : 0);
  if (!v || !is_by_plane(v, weight->size[0], ndim)) return false;
  OnnxValue *w, *b;
  own_weights(g, n, &w, &b);
  for (int64_t i = 0; i < w->size[0]; i++) scale_planes(w, b, i, multiply ? by_plane(v, i) : 1, add ? by_plane(v, i) : 0);
  return true;
}

/* Kernels that THNN's minimal filtering does with fewer products; the rows may lie apart. */
static bool is_square3(const OnnxNode *n, const OnnxValue *w)
{
  int nstrides, napart;
  if (w->ndim != 4 || w->size[2] != 3 || w->size[3] != 3 || w->size[1] < 32 || w->size[0] < 24) return false;
  const int64_t *strides = onnx_ints(n, "strides", &nstrides), *apart = onnx_ints(n, "dilations", &napart);
  for (int i = 0; strides && i < nstrides; i++)
    if (strides[i] != 1) return false;
  return !apart || (napart == 2 && apart[0] >= 1 && apart[0] <= 4 && apart[1] == 1);
}

/* A kernel along one dimension. */
static bool is_row(const OnnxValue *w)
{
  int along = 0;
  for (int d = 2; d < w->ndim; d++) along += w->size[d] > 1;
  return along == 1;
}

/* Along the last dimension, or no strides at all. */
static bool is_step_1(const OnnxNode *n, int ndim)
{
  int count;
  const int64_t *v = onnx_ints(n, "strides", &count);
  for (int i = 0; v && i < count; i++)
    if (v[i] != 1) return false;
  return !v || count == ndim;
}

static bool has_negative(const OnnxNode *n)
{
  int count;
  const int64_t *v = onnx_ints(n, "pads", &count);
  for (int i = 0; v && i < count; i++)
    if (v[i] < 0) return true;
  return false;
}

static void pack_weights(OnnxGraph *g, OnnxNode *n)
{
  const OnnxValue *w = constant_in(g, n, 1), *b = constant_in(g, n, 2);
  const OnnxAttribute *group = onnx_attribute(n, "group");
  const int64_t groups = group ? group->i : 1;
  if (groups < 1 || w->size[0] % groups || !w->count || is_square3(n, w)) return;
  if (groups == 1 && w->size[1] == 1 && w->count / w->size[0] >= 32 && is_row(w)) return; /* convolve_row of conv.c */
  if (groups > 1 && (w->size[1] == 1 || w->size[0] / groups < 8)) return; /* planes to planes: THNN's */
  if (w->size[0] / groups < 16 && (w->size[0] / groups < 4 || !is_step_1(n, w->ndim - 2))) return;
  if (has_negative(n)) return;
  n->prepared = onnx_newPacked(w->size[0], groups, w->count / w->size[0], w->data, b ? b->data : NULL);
  n->releasePrepared = onnx_freePacked;
  if (!n->prepared) return;
  /* of the weights themselves no more than the shape is read; those that are n's own have no name */
  const int own = *g->slotName[n->inSlot[1]] ? -1 : n->inSlot[1];
  onnx_leavePages(w);
  read_instead(n, 2, (int[]){n->inSlot[0], new_slot(g, onnx_newOver(THONNX_FLOAT, w->ndim, w->size, NULL, NULL))});
  if (own < 0) return;
  onnx_free(g->constant[own]);
  g->constant[own] = NULL;
}

static bool is_convolution(const OnnxGraph *g, const OnnxNode *n)
{
  const OnnxValue *w = constant_in(g, n, 1), *b = constant_in(g, n, 2);
  const bool bare = n->nin < 3 || n->inSlot[2] < 0;
  return is_op(n, "Conv") && is_floats(w) && w->ndim >= 3 && w->size[0] > 0 && (bare || (is_floats(b) && b->count == w->size[0]));
}

/* Integers of input i, or of an attribute where the operator has no such input; NULL: neither, or they are not constant. */
static int64_t *new_integers(const OnnxGraph *g, const OnnxNode *n, int i, const char *name, int *count)
{
  if (n->nin > 1) return onnx_newInts(constant_in(g, n, i), count);
  const int64_t *given = onnx_ints(n, name, count);
  int64_t *r = given ? THAlloc((*count + 1) * (ptrdiff_t)sizeof *r) : NULL;
  if (r) memcpy(r, given, (size_t)*count * sizeof *r);
  return r;
}

/* Takes all elements of the i-th of its axes, as they are. */
static bool takes_all(const OnnxGraph *g, const OnnxNode *slice, int i)
{
  int nstarts, nends, nsteps;
  TH_AUTO_MEM int64_t *starts = new_integers(g, slice, 1, "starts", &nstarts);
  TH_AUTO_MEM int64_t *ends = new_integers(g, slice, 2, "ends", &nends);
  TH_AUTO_MEM int64_t *steps = new_integers(g, slice, 4, "steps", &nsteps);
  return starts && ends && i < nstarts && i < nends && !starts[i] && ends[i] >= INT32_MAX && (slice->nin < 5 || (steps && i < nsteps && steps[i] == 1));
}

/* The node takes elements of what it is given, of so many dimensions, and samples and planes stay where they are. */
static bool keeps_planes(const OnnxGraph *g, const OnnxNode *n, int *ndim)
{
  const bool squeezes = is_op(n, "Squeeze");
  int count = 0;
  if (!squeezes && !is_op(n, "Slice")) return false;
  TH_AUTO_MEM int64_t *axes = new_integers(g, n, squeezes ? 1 : 3, "axes", &count);
  for (int i = 0; axes && i < count; i++) {
    const int64_t axis = axes[i] < 0 ? axes[i] + *ndim : axes[i];
    if (axis < 0 || axis >= *ndim || (axis < 2 && (squeezes || !takes_all(g, n, i)))) return false;
  }
  *ndim -= squeezes ? count : 0;
  return axes;
}

/* The last node between n and what computes with its results; *ndim of their dimensions. */
static OnnxNode *last_mover(const Uses *u, OnnxNode *n, int *ndim)
{
  for (OnnxNode *next = follower(u, n); next && next->inSlot[0] == n->outSlot[0] && keeps_planes(u->graph, next, ndim); next = follower(u, n))
    n = next;
  return n;
}

static void fuse_convolution(const Uses *u, OnnxNode *n)
{
  OnnxGraph *g = u->graph;
  const OnnxValue *w = constant_in(g, n, 1);
  int ndim = w->ndim;
  OnnxNode *last = last_mover(u, n, &ndim);
  for (OnnxNode *next = follower(u, last); next; next = follower(u, last)) {
    const bool normal = is_op(next, "BatchNormalization") && next->version >= 7 && next->inSlot[0] == last->outSlot[0];
    if (normal ? !fold_normalisation(g, n, next) : !fold_pair(g, n, next, last->outSlot[0], ndim)) break;
    join(last, next);
  }
  OnnxNode *next = follower(u, last);
  if (next && next->inSlot[0] == last->outSlot[0] && tail_of(g, next, &n->tail)) join(last, next);
  else n->tail.kind = ONNX_TAIL_NONE;
  pack_weights(g, n);
}

/* ---- weights of bytes ---- */

enum { MANY_BYTES = 4096 };
bool onnx_isWidening(const OnnxNode *n, const OnnxGraph *g)
{
  const OnnxValue *v = constant_in(g, n, 0);
  const OnnxAttribute *to = onnx_attribute(n, "to");
  return onnx_tiles() && v && v->kind == ONNX_TENSOR && v->type == THONNX_INT8 && v->ndim == 2 && v->count >= MANY_BYTES &&
         (is_op(n, "DequantizeLinear") || (is_op(n, "Cast") && to && to->i == THONNX_FLOAT));
}

/* Bytes that are widened and scaled; slots of both. */
typedef struct Scaled {
  int bytes, scale;
} Scaled;

/* Scales by column (along 1), by row (along 0), or one. */
static bool is_along(const OnnxValue *scale, const OnnxValue *bytes, int axis)
{
  if (!is_floats(scale) || scale->ndim > 2) return false;
  if (scale->count == 1) return axis == 0;
  const int own = axis - (2 - scale->ndim);
  return own >= 0 && scale->count == bytes->size[axis] && scale->size[own] == scale->count;
}

static bool is_zero(const OnnxValue *v)
{
  for (int64_t i = 0; v && i < v->count; i++)
    if (onnx_long(v, i)) return false;
  return true;
}

static bool find_scaled(const Uses *u, int slot, int axis, Scaled *s)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *n = slot < 0 ? NULL : u->maker[slot];
  if (!n || !n->op) return false;
  if (is_op(n, "Mul")) {
    for (int i = 0; i < 2; i++) {
      const int from = n->inSlot[i], other = n->inSlot[1 - i];
      const OnnxNode *cast = from < 0 ? NULL : u->maker[from];
      if (!cast || !is_op(cast, "Cast") || !onnx_isWidening(cast, g) || other < 0) continue;
      *s = (Scaled){cast->inSlot[0], other};
      return is_along(g->constant[other], g->constant[s->bytes], axis);
    }
    return false;
  }
  if (!is_op(n, "DequantizeLinear") || !onnx_isWidening(n, g) || onnx_attribute(n, "block_size")) return false;
  const OnnxAttribute *along = onnx_attribute(n, "axis");
  const OnnxValue *scale = constant_in(g, n, 1), *zero = constant_in(g, n, 2);
  if ((n->nin > 2 && n->inSlot[2] >= 0 && !zero) || !is_zero(zero) || !is_floats(scale)) return false;
  if (scale->count > 1 && (along ? (along->i + 2) % 2 : 1) != axis) return false;
  *s = (Scaled){n->inSlot[0], n->inSlot[1]};
  return scale->count == 1 ? axis == 0 : scale->count == g->constant[s->bytes]->size[axis];
}

static void use_bytes(const Uses *u, OnnxNode *n)
{
  Scaled s;
  if (is_op(n, "MatMul") && n->nin == 2 && find_scaled(u, n->inSlot[1], 1, &s)) {
    read_instead(n, 3, (int[]){n->inSlot[0], s.bytes, s.scale});
    n->op = &onnx_byteProduct;
  } else if (is_op(n, "Gather")) {
    const OnnxAttribute *axis = onnx_attribute(n, "axis");
    if ((axis && axis->i != 0 && axis->i != -2) || !find_scaled(u, n->inSlot[0], 0, &s)) return;
    read_instead(n, 3, (int[]){s.bytes, n->inSlot[1], s.scale});
    n->op = &onnx_byteGather;
  }
}

/* ---- products ---- */

/* A constant that every row gets is added by the product. */
static void fuse_product(const Uses *u, OnnxNode *n)
{
  const OnnxGraph *g = u->graph;
  const OnnxValue *y = constant_in(g, n, 1);
  OnnxNode *next = follower(u, n);
  if (!next || !is_op(next, "Add") || next->version < 7 || !y || y->ndim != 2 || (n->op != &onnx_byteProduct && !is_floats(y))) return;
  const int i = next->inSlot[0] == n->outSlot[0];
  const OnnxValue *bias = constant_in(g, next, i);
  if (!is_floats(bias) || bias->ndim != 1 || bias->count != y->size[1]) return;
  int slots[4];
  for (int k = 0; k < n->nin; k++) slots[k] = n->inSlot[k];
  slots[n->nin] = next->inSlot[i];
  read_instead(n, n->nin + 1, slots);
  join(n, next);
}

/* ---- recurrent layers ---- */

/* The weights of the state, a group a direction. */
static void pack_recurrent(const OnnxGraph *g, OnnxNode *n)
{
  const OnnxValue *r = constant_in(g, n, 2);
  if (!is_floats(r) || r->ndim != 3 || !r->count) return;
  n->prepared = onnx_newPacked(r->size[0] * r->size[1], r->size[0], r->size[2], r->data, NULL);
  n->releasePrepared = onnx_freePacked;
}

void onnx_fuse(OnnxGraph *g)
{
  __attribute__((cleanup(Uses_autofree))) Uses u = {NULL, NULL, NULL, NULL, NULL};
  count_uses(&u, g);
  for (int i = 0; i < g->nnodes; i++) {
    if (is_op(&g->node[i], "Erf")) find_gelu(&u, &g->node[i]);
    if (is_op(&g->node[i], "Add")) find_hardswish(&u, &g->node[i]);
    if (is_op(&g->node[i], "Tanh")) find_gelu_tanh(&u, &g->node[i]);
    if (is_op(&g->node[i], "Sigmoid")) find_swish(&u, &g->node[i]);
    if (is_op(&g->node[i], "MatMul")) find_one_hot(&u, &g->node[i]);
    if (is_op(&g->node[i], "Where")) find_masked_softmax(&u, &g->node[i]);
  }
  for (int i = 0; i < g->nnodes; i++) {
    OnnxNode *n = &g->node[i];
    if (is_convolution(g, n)) fuse_convolution(&u, n);
    use_bytes(&u, n);
    if (is_op(n, "MatMul")) fuse_product(&u, n);
    if (is_op(n, "LSTM") || is_op(n, "GRU") || is_op(n, "RNN")) pack_recurrent(g, n);
  }
}
