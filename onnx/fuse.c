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
  OnnxNode *node;
} Uses;
static void Uses_autofree(Uses *u)
{
  THFree(u->count);
  THFree(u->last);
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
  for (int i = 0; i < g->nnodes; i++) {
    u->node = &g->node[i];
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
  ONNX_AUTO own = b ? new_copy(b) : onnx_new(THONNX_FLOAT, 1, (int64_t[]){w->size[0]});
  if (!b) memset(own->data, 0, (size_t)own->count * sizeof(float));
  int *slots = THAlloc(4 * (ptrdiff_t)sizeof(int));
  slots[0] = n->inSlot[0];
  char **names = THAlloc(3 * (ptrdiff_t)sizeof(char *)); /* as many as inputs: an empty one more */
  for (int i = 0; i < 3; i++) names[i] = i < n->nin ? n->in[i] : NULL;
  if (!names[2]) {
    names[2] = THAlloc(1);
    *names[2] = 0;
  }
  THFree(n->in);
  THFree(n->inSlot);
  n->in = names;
  n->inSlot = slots;
  n->nin = 3;
  *weight = copy, *bias = own;
  slots[1] = new_slot(g, TH_RELEASE(copy));
  slots[2] = new_slot(g, TH_RELEASE(own));
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

/* A sum with or a product by constants of the planes. */
static bool fold_pair(OnnxGraph *g, OnnxNode *n, const OnnxNode *next)
{
  const bool add = is_op(next, "Add"), multiply = is_op(next, "Mul");
  if ((!add && !multiply) || next->version < 7) return false;
  const OnnxValue *weight = constant_in(g, n, 1), *v = constant_in(g, next, next->inSlot[0] == n->outSlot[0] ? 1 : 0);
  if (!v || !is_by_plane(v, weight->size[0], weight->ndim)) return false;
  OnnxValue *w, *b;
  own_weights(g, n, &w, &b);
  for (int64_t i = 0; i < w->size[0]; i++) scale_planes(w, b, i, multiply ? by_plane(v, i) : 1, add ? by_plane(v, i) : 0);
  return true;
}

/* Kernels that THNN's minimal filtering does with fewer products. */
static bool is_square3(const OnnxNode *n, const OnnxValue *w)
{
  int count;
  if (w->ndim != 4 || w->size[2] != 3 || w->size[3] != 3 || w->size[1] < 32 || w->size[0] < 32) return false;
  static const char *const ones[] = {"strides", "dilations"};
  for (int k = 0; k < 2; k++) {
    const int64_t *v = onnx_ints(n, ones[k], &count);
    for (int i = 0; v && i < count; i++)
      if (v[i] != 1) return false;
  }
  return true;
}

static void pack_weights(const OnnxGraph *g, OnnxNode *n)
{
  const OnnxValue *w = constant_in(g, n, 1), *b = constant_in(g, n, 2);
  const OnnxAttribute *group = onnx_attribute(n, "group");
  const int64_t groups = group ? group->i : 1;
  if (groups < 1 || w->size[0] % groups || !w->count || is_square3(n, w)) return;
  if (groups > 1 && (w->size[1] == 1 || w->size[0] / groups < 8)) return; /* planes to planes: THNN's */
  n->prepared = onnx_newPacked(w->size[0], groups, w->count / w->size[0], w->data, b ? b->data : NULL);
  n->releasePrepared = onnx_freePacked;
}

static bool is_convolution(const OnnxGraph *g, const OnnxNode *n)
{
  const OnnxValue *w = constant_in(g, n, 1), *b = constant_in(g, n, 2);
  const bool bare = n->nin < 3 || n->inSlot[2] < 0;
  return is_op(n, "Conv") && is_floats(w) && w->ndim >= 3 && w->size[0] > 0 && (bare || (is_floats(b) && b->count == w->size[0]));
}

static void fuse_convolution(const Uses *u, OnnxNode *n)
{
  OnnxGraph *g = u->graph;
  for (OnnxNode *next = follower(u, n); next; next = follower(u, n)) {
    const bool normal = is_op(next, "BatchNormalization") && next->version >= 7 && next->inSlot[0] == n->outSlot[0];
    if (normal ? !fold_normalisation(g, n, next) : !fold_pair(g, n, next)) break;
    join(n, next);
  }
  OnnxNode *next = follower(u, n);
  if (next && next->inSlot[0] == n->outSlot[0] && tail_of(g, next, &n->tail)) join(n, next);
  else n->tail.kind = ONNX_TAIL_NONE;
  pack_weights(g, n);
}

void onnx_fuse(OnnxGraph *g)
{
  __attribute__((cleanup(Uses_autofree))) Uses u = {NULL, NULL, NULL, NULL};
  count_uses(&u, g);
  for (int i = 0; i < g->nnodes; i++)
    if (is_convolution(g, &g->node[i])) fuse_convolution(&u, &g->node[i]);
}
