/* Formulas that have an operator of their own: nodes that make up GELU, swish, a softmax with zeros for its NaN... become one. */
#include <math.h>
#include "fuse.h"

/* Of no more dimensions than that: then the result has no more than the other input. */
static bool is_number(const OnnxGraph *g, const OnnxNode *n, int i, double v, int ndim)
{
  const OnnxValue *c = THOnnx_constantIn(g, n, i);
  return THOnnx_isFloats(c) && c->count == 1 && c->ndim <= ndim && fabs((double)*(float *)c->data - v) <= 1e-6 * fabs(v);
}
/* The node is `type` of a value and that number: where the value is among its inputs; -1: it is not. */
static int other_than_wide(const OnnxGraph *g, const OnnxNode *n, const char *type, double v, int ndim)
{
  if (!n || !THOnnx_isOp(n, type) || n->nin != 2 || n->version < 7) return -1;
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
static OnnxNode *scaled_by(const OnnxUses *u, OnnxNode *n, int slot, double number)
{
  OnnxNode *pair[2] = {THOnnx_follower(u, n), NULL};
  pair[1] = pair[0] ? THOnnx_follower(u, pair[0]) : NULL;
  int at;
  for (int k = 0; k < 2 && pair[1]; k++) {
    OnnxNode *by = pair[k], *plain = pair[1 - k];
    const bool number_fits = other_than(u->graph, by, "Mul", number) >= 0 || other_than(u->graph, by, "Div", 1 / number) >= 0;
    if (number_fits && THOnnx_isOp(plain, "Mul") && plain->version >= 7 && reads(plain, slot, &at)) return pair[1];
  }
  return NULL;
}

/* The node computes `type` of the value in `slot` from now on, which has so many fewer readers. */
static void compute_instead(OnnxUses *u, OnnxNode *n, const char *type, int version, int slot, int fewer)
{
  n->op = THOnnx_findOp("", type, version);
  n->version = version;
  THOnnx_readInstead(n, 1, &slot);
  u->count[slot] -= fewer;
  u->last[slot] = n;
}

/* x * 0.5 * (1 + erf(x / sqrt(2))) */
static void find_gelu(OnnxUses *u, OnnxNode *erf)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *half = erf->inSlot[0] < 0 ? NULL : u->maker[erf->inSlot[0]];
  if (!half || !half->op) return;
  int i = other_than(g, half, "Div", 1.4142135623730951);
  if (i < 0) i = other_than(g, half, "Mul", 0.7071067811865476);
  if (i < 0 || half->inSlot[i] < 0 || u->count[half->outSlot[0]] != 1) return;
  OnnxNode *sum = THOnnx_follower(u, erf), *last = other_than(g, sum, "Add", 1) < 0 ? NULL : scaled_by(u, sum, half->inSlot[i], 0.5);
  if (last) compute_instead(u, last, "Gelu", 20, half->inSlot[i], 1);
}

/* x * clip(x + 3, 0, 6) / 6 */
static void find_hardswish(OnnxUses *u, OnnxNode *sum)
{
  const OnnxGraph *g = u->graph;
  OnnxTail tail = {.kind = ONNX_TAIL_NONE};
  const int i = other_than(g, sum, "Add", 3);
  OnnxNode *clip = i < 0 ? NULL : THOnnx_follower(u, sum);
  if (!clip || sum->inSlot[i] < 0 || !THOnnx_tailOf(g, clip, &tail) || tail.kind != ONNX_TAIL_CLIP || tail.s != 0 || tail.t != 6) return;
  OnnxNode *last = scaled_by(u, clip, sum->inSlot[i], 1.0 / 6);
  if (last) compute_instead(u, last, "HardSwish", 14, sum->inSlot[i], 1);
}

/* x * sigmoid(x) */
static void find_swish(OnnxUses *u, OnnxNode *sigmoid)
{
  OnnxNode *next = THOnnx_follower(u, sigmoid);
  const int slot = sigmoid->inSlot[0];
  int at;
  if (next && slot >= 0 && THOnnx_isOp(next, "Mul") && next->version >= 7 && next->inSlot[0] != next->inSlot[1] && reads(next, slot, &at))
    compute_instead(u, next, "Swish", 24, slot, 1);
}

/* The node that makes the value in a slot which nothing else reads. */
static OnnxNode *only_maker(const OnnxUses *u, int slot)
{
  OnnxNode *n = slot < 0 || u->count[slot] != 1 ? NULL : u->maker[slot];
  return n && n->op ? n : NULL;
}

/* Factors of a product: how often the value in slot x, and one number; false where there are others. */
static bool find_factors(const OnnxUses *u, int slot, int x, int depth, int *times, double *number)
{
  if (slot == x) {
    ++*times;
    return true;
  }
  const OnnxValue *c = slot < 0 ? NULL : u->graph->constant[slot];
  if (c) {
    if (!THOnnx_isFloats(c) || c->count != 1 || c->ndim) return false;
    *number *= (double)*(float *)c->data;
    return true;
  }
  const OnnxNode *n = only_maker(u, slot);
  if (!n || !THOnnx_isOp(n, "Mul") || n->version < 7 || !depth) return false;
  return find_factors(u, n->inSlot[0], x, depth - 1, times, number) && find_factors(u, n->inSlot[1], x, depth - 1, times, number);
}

/* The value in a slot has at least so many dimensions. */
static int least_dimensions(const OnnxUses *u, int slot)
{
  const OnnxNode *n = slot < 0 ? NULL : u->maker[slot];
  int least = 0;
  for (int i = 0; n && n->op && (THOnnx_isOp(n, "Add") || THOnnx_isOp(n, "Mul")) && i < n->nin; i++) {
    const OnnxValue *c = THOnnx_constantIn(u->graph, n, i);
    least = c ? THMax(least, c->ndim) : least;
  }
  return least;
}

/* 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
static void find_gelu_tanh(OnnxUses *u, OnnxNode *tanh)
{
  const OnnxNode *scaled = only_maker(u, tanh->inSlot[0]);
  const int i = other_than(u->graph, scaled, "Mul", 0.7978845608028654);
  const OnnxNode *sum = i < 0 ? NULL : only_maker(u, scaled->inSlot[i]);
  OnnxNode *next = THOnnx_follower(u, tanh);
  if (!sum || !THOnnx_isOp(sum, "Add") || sum->version < 7) return;
  for (int k = 0; k < 2; k++) {
    const int x = sum->inSlot[k];
    int times = 0;
    double number = 1;
    if (x < 0 || other_than_wide(u->graph, next, "Add", 1, least_dimensions(u, x)) < 0) continue;
    OnnxNode *last = scaled_by(u, next, x, 0.5);
    if (!last || !find_factors(u, sum->inSlot[1 - k], x, 4, &times, &number) || times != 3 || fabs(number - 0.044715) > 1e-7) continue;
    compute_instead(u, last, "Gelu", 20, x, times + 1);
    last->op = &THOnnx_tanhGelu;
    return;
  }
}

/* Integers j + first along the last dimension, of size n. */
static bool is_counting(const OnnxValue *v, int64_t n)
{
  if (!v || v->kind != ONNX_TENSOR || v->count != n || !v->ndim || v->size[v->ndim - 1] != n) return false;
  if (v->type != THONNX_INT32 && v->type != THONNX_INT64) return false;
  for (int64_t i = 1; i < n; i++)
    if (THOnnx_long(v, i) != THOnnx_long(v, 0) + i) return false;
  return n > 0;
}
static bool is_finite(const OnnxValue *v)
{
  for (int64_t i = 0; i < v->count; i++)
    if (!isfinite(((float *)v->data)[i])) return false;
  return true;
}

/* A product by rows that are 1 where a number equals its place, and 0 elsewhere: it takes rows of the matrix. */
static void find_one_hot(const OnnxUses *u, OnnxNode *product)
{
  const OnnxGraph *g = u->graph;
  const OnnxValue *w = THOnnx_constantIn(g, product, 1);
  const OnnxNode *cast = only_maker(u, product->inSlot[0]);
  const OnnxAttribute *to = cast && THOnnx_isOp(cast, "Cast") ? THOnnx_attribute(cast, "to") : NULL;
  const OnnxNode *equal = to && to->i == THONNX_FLOAT ? only_maker(u, cast->inSlot[0]) : NULL;
  if (!equal || !THOnnx_isOp(equal, "Equal") || equal->version < 7 || !THOnnx_isFloats(w) || w->ndim != 2) return;
  for (int k = 0; k < 2; k++) {
    if (equal->inSlot[1 - k] < 0 || !is_counting(THOnnx_constantIn(g, equal, k), w->size[0]) || !is_finite(w)) continue;
    THOnnx_readInstead(product, 3, (int[]){equal->inSlot[1 - k], product->inSlot[1], equal->inSlot[k]});
    product->op = &THOnnx_oneHotProduct;
    return;
  }
}

/* Where a softmax gives NaN it gives 0: softmax, IsNaN and Where are one node. */
static void find_masked_softmax(OnnxUses *u, OnnxNode *where)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *isnan = only_maker(u, where->inSlot[0]);
  const OnnxValue *zero = THOnnx_constantIn(g, where, 1);
  const int soft = where->inSlot[2];
  if (!isnan || !THOnnx_isOp(isnan, "IsNaN") || isnan->inSlot[0] != soft || soft < 0 || u->count[soft] != 2) return;
  if (!THOnnx_isFloats(zero) || zero->count != 1 || zero->ndim || *(float *)zero->data != 0) return;
  OnnxNode *n = u->maker[soft];
  if (!n || !n->op || n->outSlot[0] != soft || !THOnnx_isOp(n, "Softmax")) return;
  n->op = &THOnnx_maskedSoftmax;
  THOnnx_join(n, where);
}

void THOnnx_findFormulas(OnnxUses *u)
{
  const OnnxGraph *g = u->graph;
  for (int i = 0; i < g->nnodes; i++) {
    if (THOnnx_isOp(&g->node[i], "Erf")) find_gelu(u, &g->node[i]);
    if (THOnnx_isOp(&g->node[i], "Add")) find_hardswish(u, &g->node[i]);
    if (THOnnx_isOp(&g->node[i], "Tanh")) find_gelu_tanh(u, &g->node[i]);
    if (THOnnx_isOp(&g->node[i], "Sigmoid")) find_swish(u, &g->node[i]);
    if (THOnnx_isOp(&g->node[i], "MatMul")) find_one_hot(u, &g->node[i]);
    if (THOnnx_isOp(&g->node[i], "Where")) find_masked_softmax(u, &g->node[i]);
  }
}
