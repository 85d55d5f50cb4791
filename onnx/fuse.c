/* Nodes joined with what follows them: convolutions with batch normalisation, sums, factors and activations. Weights are
   packed here. */
#include <math.h>
#include "direct.h"
#include "fuse.h"

/* ---- readers ---- */

static void Uses_autofree(OnnxUses *u)
{
  THFree(u->count);
  THFree(u->last);
  THFree(u->maker);
}

static void note_use(void *arg, int slot)
{
  OnnxUses *u = arg;
  u->count[slot]++;
  u->last[slot] = u->node;
}

static void count_uses(OnnxUses *u, OnnxGraph *g)
{
  u->graph = g;
  u->count = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->count);
  memset(u->count, 0, (size_t)g->nslots * sizeof *u->count);
  u->last = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->last);
  u->maker = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *u->maker);
  memset(u->maker, 0, (size_t)g->nslots * sizeof *u->maker);
  for (int i = 0; i < g->nnodes; i++) {
    u->node = &g->node[i];
    if (!u->node->op) continue;
    for (int k = 0; k < u->node->nout; k++)
      if (u->node->outSlot[k] >= 0) u->maker[u->node->outSlot[k]] = u->node;
    THOnnx_eachRead(u->node, note_use, u);
  }
  for (int i = 0; i < g->noutputs; i++) u->count[g->output[i].slot] += 2;
}

OnnxNode *THOnnx_follower(const OnnxUses *u, const OnnxNode *n)
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

void THOnnx_join(OnnxNode *n, OnnxNode *next)
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

void THOnnx_readInstead(OnnxNode *n, int count, const int *slots)
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

bool THOnnx_floatAttribute(const OnnxNode *n, const char *name, float otherwise, float *v)
{
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  *v = a ? a->f : otherwise;
  return !a || a->type == ONNX_A_FLOAT;
}

static bool bound_of(const OnnxGraph *g, const OnnxNode *n, int i, const char *name, float otherwise, float *v)
{
  if (i >= n->nin || n->inSlot[i] < 0) return THOnnx_floatAttribute(n, name, otherwise, v);
  const OnnxValue *c = g->constant[n->inSlot[i]];
  if (!THOnnx_isFloats(c) || c->count != 1) return false;
  *v = *(float *)c->data;
  return true;
}

bool THOnnx_tailOf(const OnnxGraph *g, const OnnxNode *n, OnnxTail *tail)
{
  if (THOnnx_isOp(n, "Relu")) *tail = (OnnxTail){.kind = ONNX_TAIL_RELU};
  else if (THOnnx_isOp(n, "HardSwish")) *tail = (OnnxTail){.kind = ONNX_TAIL_HARDSWISH};
  else if (THOnnx_isOp(n, "LeakyRelu")) {
    tail->kind = ONNX_TAIL_LEAKY;
    return THOnnx_floatAttribute(n, "alpha", 0.01f, &tail->s);
  } else if (THOnnx_isOp(n, "HardSigmoid")) {
    tail->kind = ONNX_TAIL_HARDSIGMOID;
    return THOnnx_floatAttribute(n, "alpha", 0.2f, &tail->s) && THOnnx_floatAttribute(n, "beta", 0.5f, &tail->t);
  } else if (THOnnx_isOp(n, "Clip")) {
    tail->kind = ONNX_TAIL_CLIP;
    return bound_of(g, n, 1, "min", -INFINITY, &tail->s) && bound_of(g, n, 2, "max", INFINITY, &tail->t);
  } else return false;
  return true;
}

/* ---- convolutions ---- */

/* The element of a constant for each of n planes of results with so many dimensions: one for all, or one each. */
static bool is_by_plane(const OnnxValue *v, int64_t n, int ndim)
{
  if (!THOnnx_isFloats(v) || v->ndim > ndim) return false;
  if (v->count == 1) return true;
  return v->count == n && v->ndim >= ndim - 1 && v->size[v->ndim - ndim + 1 > 0 ? v->ndim - ndim + 1 : 0] == n;
}
static float by_plane(const OnnxValue *v, int64_t i) { return ((float *)v->data)[v->count == 1 ? 0 : i]; }

static OnnxValue *new_copy(const OnnxValue *v)
{
  OnnxValue *r = THOnnx_new(v->type, v->ndim, v->size);
  if (v->count) memcpy(r->data, v->data, (size_t)v->count * sizeof(float));
  return r;
}

/* What follows a convolution as factors and terms of its planes: weights * scale[i]; bias * scale[i] + ... */
typedef struct Planes {
  int64_t n;
  float *scale, *bias; /* NULL: as they are */
} Planes;
static void THPlanes_autofree(Planes *p)
{
  THFree(p->scale);
  THFree(p->bias);
}

static void own_planes(Planes *p, const OnnxValue *bias)
{
  if (p->scale) return;
  p->bias = THAlloc(p->n * (ptrdiff_t)sizeof(float));
  p->scale = THAlloc(p->n * (ptrdiff_t)sizeof(float));
  for (int64_t i = 0; i < p->n; i++) p->scale[i] = 1, p->bias[i] = bias ? ((float *)bias->data)[i] : 0;
}

static void scale_plane(Planes *p, int64_t i, float factor, float term)
{
  p->scale[i] *= factor;
  p->bias[i] = p->bias[i] * factor + term;
}

/* Gives the node weights and a bias of its own. */
static void own_weights(OnnxGraph *g, OnnxNode *n, const Planes *p)
{
  const OnnxValue *w = THOnnx_constantIn(g, n, 1);
  ONNX_AUTO copy = new_copy(w);
  THOnnx_leavePages(w);
  ONNX_AUTO bias = THOnnx_new(THONNX_FLOAT, 1, &p->n);
  const int64_t each = w->count / p->n;
  for (int64_t i = 0; i < w->count; i++) ((float *)copy->data)[i] *= p->scale[i / each];
  memcpy(bias->data, p->bias, (size_t)p->n * sizeof(float));
  const int slots[] = {n->inSlot[0], new_slot(g, TH_RELEASE(copy)), new_slot(g, TH_RELEASE(bias))};
  THOnnx_readInstead(n, 3, slots);
}

static bool fold_normalisation(const OnnxGraph *g, const OnnxNode *n, const OnnxNode *next, Planes *p)
{
  const OnnxValue *v[4];
  for (int i = 0; i < 4; i++) {
    v[i] = THOnnx_constantIn(g, next, i + 1);
    if (!THOnnx_isFloats(v[i]) || v[i]->count != p->n) return false;
  }
  float epsilon;
  const OnnxAttribute *training = THOnnx_attribute(next, "training_mode");
  if (!THOnnx_floatAttribute(next, "epsilon", 1e-5f, &epsilon) || (training && training->i)) return false;
  own_planes(p, THOnnx_constantIn(g, n, 2));
  for (int64_t i = 0; i < p->n; i++) {
    const float factor = by_plane(v[0], i) / sqrtf(by_plane(v[3], i) + epsilon);
    scale_plane(p, i, factor, by_plane(v[1], i) - by_plane(v[2], i) * factor);
  }
  return true;
}

/* A sum with or a product by constants of the planes of what is in `slot`, of so many dimensions. */
static bool fold_pair(const OnnxGraph *g, const OnnxNode *n, const OnnxNode *next, int slot, int ndim, Planes *p)
{
  const bool add = THOnnx_isOp(next, "Add"), multiply = THOnnx_isOp(next, "Mul");
  if ((!add && !multiply) || next->version < 7) return false;
  const OnnxValue *v = THOnnx_constantIn(g, next, next->inSlot[0] == slot ? 1 : 0);
  if (!v || !is_by_plane(v, p->n, ndim)) return false;
  own_planes(p, THOnnx_constantIn(g, n, 2));
  for (int64_t i = 0; i < p->n; i++) scale_plane(p, i, multiply ? by_plane(v, i) : 1, add ? by_plane(v, i) : 0);
  return true;
}

/* Kernels that THNN's minimal filtering does with fewer products; the rows may lie apart. */
static bool is_square3(const OnnxNode *n, const OnnxValue *w)
{
  int nstrides, napart;
  if (w->ndim != 4 || w->size[2] != 3 || w->size[3] != 3 || w->size[1] < 32 || w->size[0] < 24) return false;
  const int64_t *strides = THOnnx_ints(n, "strides", &nstrides), *apart = THOnnx_ints(n, "dilations", &napart);
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
  const int64_t *v = THOnnx_ints(n, "strides", &count);
  for (int i = 0; v && i < count; i++)
    if (v[i] != 1) return false;
  return !v || count == ndim;
}

static bool has_negative(const OnnxNode *n)
{
  int count;
  const int64_t *v = THOnnx_ints(n, "pads", &count);
  for (int i = 0; v && i < count; i++)
    if (v[i] < 0) return true;
  return false;
}

/* Whether kernels of packed weights do the node. */
static bool is_packable(const OnnxNode *n, const OnnxValue *w)
{
  const OnnxAttribute *group = THOnnx_attribute(n, "group");
  const int64_t groups = group ? group->i : 1;
  if (groups < 1 || w->size[0] % groups || !w->count || is_square3(n, w)) return false;
  if (groups == 1 && w->size[1] == 1 && w->count / w->size[0] >= 32 && is_row(w)) return false; /* convolve_row of conv.c */
  if (groups > 1 && (w->size[1] == 1 || w->size[0] / groups < 8)) return false; /* planes to planes: THNN's */
  if (w->size[0] / groups < 16 && (w->size[0] / groups < 4 || !is_step_1(n, w->ndim - 2))) return false;
  return !has_negative(n);
}

static bool pack_weights(OnnxGraph *g, OnnxNode *n, const Planes *p)
{
  const OnnxValue *w = THOnnx_constantIn(g, n, 1), *b = THOnnx_constantIn(g, n, 2);
  if (!is_packable(n, w)) return false;
  const OnnxAttribute *group = THOnnx_attribute(n, "group");
  n->prepared = THOnnx_newPacked(p->n, group ? group->i : 1, w->count / p->n, w->data, p->scale, p->bias ? p->bias : b ? b->data : NULL);
  n->releasePrepared = THOnnx_freePacked;
  if (!n->prepared) return false;
  THOnnx_leavePages(w); /* no more than the shape is read */
  THOnnx_readInstead(n, 2, (int[]){n->inSlot[0], new_slot(g, THOnnx_newOver(THONNX_FLOAT, w->ndim, w->size, NULL, NULL))});
  return true;
}

static bool is_convolution(const OnnxGraph *g, const OnnxNode *n)
{
  const OnnxValue *w = THOnnx_constantIn(g, n, 1), *b = THOnnx_constantIn(g, n, 2);
  const bool bare = n->nin < 3 || n->inSlot[2] < 0;
  return THOnnx_isOp(n, "Conv") && THOnnx_isFloats(w) && w->ndim >= 3 && w->size[0] > 0 && (bare || (THOnnx_isFloats(b) && b->count == w->size[0]));
}

/* Integers of input i, or of an attribute where the operator has no such input; NULL: neither, or they are not constant. */
static int64_t *new_integers(const OnnxGraph *g, const OnnxNode *n, int i, const char *name, int *count)
{
  if (n->nin > 1) return THOnnx_newInts(THOnnx_constantIn(g, n, i), count);
  const int64_t *given = THOnnx_ints(n, name, count);
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
  const bool squeezes = THOnnx_isOp(n, "Squeeze");
  int count = 0;
  if (!squeezes && !THOnnx_isOp(n, "Slice")) return false;
  TH_AUTO_MEM int64_t *axes = new_integers(g, n, squeezes ? 1 : 3, "axes", &count);
  for (int i = 0; axes && i < count; i++) {
    const int64_t axis = axes[i] < 0 ? axes[i] + *ndim : axes[i];
    if (axis < 0 || axis >= *ndim || (axis < 2 && (squeezes || !takes_all(g, n, i)))) return false;
  }
  *ndim -= squeezes ? count : 0;
  return axes;
}

/* The last node between n and what computes with its results; *ndim of their dimensions. */
static OnnxNode *last_mover(const OnnxUses *u, OnnxNode *n, int *ndim)
{
  for (OnnxNode *next = THOnnx_follower(u, n); next && next->inSlot[0] == n->outSlot[0] && keeps_planes(u->graph, next, ndim); next = THOnnx_follower(u, n))
    n = next;
  return n;
}

static void fuse_convolution(const OnnxUses *u, OnnxNode *n)
{
  OnnxGraph *g = u->graph;
  const OnnxValue *w = THOnnx_constantIn(g, n, 1);
  __attribute__((cleanup(THPlanes_autofree))) Planes planes = {w->size[0], NULL, NULL};
  int ndim = w->ndim;
  OnnxNode *last = last_mover(u, n, &ndim);
  for (OnnxNode *next = THOnnx_follower(u, last); next; next = THOnnx_follower(u, last)) {
    const bool normal = THOnnx_isOp(next, "BatchNormalization") && next->version >= 7 && next->inSlot[0] == last->outSlot[0];
    if (normal ? !fold_normalisation(g, n, next, &planes) : !fold_pair(g, n, next, last->outSlot[0], ndim, &planes)) break;
    THOnnx_join(last, next);
  }
  OnnxNode *next = THOnnx_follower(u, last);
  if (next && next->inSlot[0] == last->outSlot[0] && THOnnx_tailOf(g, next, &n->tail)) THOnnx_join(last, next);
  else n->tail.kind = ONNX_TAIL_NONE;
  if (!pack_weights(g, n, &planes) && planes.scale) own_weights(g, n, &planes);
}

/* ---- weights of bytes ---- */

enum { MANY_BYTES = 4096 };
bool THOnnx_isWidening(const OnnxNode *n, const OnnxGraph *g)
{
  const OnnxValue *v = THOnnx_constantIn(g, n, 0);
  const OnnxAttribute *to = THOnnx_attribute(n, "to");
  return THOnnx_tiles() && v && v->kind == ONNX_TENSOR && v->type == THONNX_INT8 && v->ndim == 2 && v->count >= MANY_BYTES &&
         (THOnnx_isOp(n, "DequantizeLinear") || (THOnnx_isOp(n, "Cast") && to && to->i == THONNX_FLOAT));
}

/* Bytes that are widened and scaled; slots of both. */
typedef struct Scaled {
  int bytes, scale;
} Scaled;

/* Scales by column (along 1), by row (along 0), or one. */
static bool is_along(const OnnxValue *scale, const OnnxValue *bytes, int axis)
{
  if (!THOnnx_isFloats(scale) || scale->ndim > 2) return false;
  if (scale->count == 1) return axis == 0;
  const int own = axis - (2 - scale->ndim);
  return own >= 0 && scale->count == bytes->size[axis] && scale->size[own] == scale->count;
}

static bool is_zero(const OnnxValue *v)
{
  for (int64_t i = 0; v && i < v->count; i++)
    if (THOnnx_long(v, i)) return false;
  return true;
}

static bool find_scaled(const OnnxUses *u, int slot, int axis, Scaled *s)
{
  const OnnxGraph *g = u->graph;
  const OnnxNode *n = slot < 0 ? NULL : u->maker[slot];
  if (!n || !n->op) return false;
  if (THOnnx_isOp(n, "Mul")) {
    for (int i = 0; i < 2; i++) {
      const int from = n->inSlot[i], other = n->inSlot[1 - i];
      const OnnxNode *cast = from < 0 ? NULL : u->maker[from];
      if (!cast || !THOnnx_isOp(cast, "Cast") || !THOnnx_isWidening(cast, g) || other < 0) continue;
      *s = (Scaled){cast->inSlot[0], other};
      return is_along(g->constant[other], g->constant[s->bytes], axis);
    }
    return false;
  }
  if (!THOnnx_isOp(n, "DequantizeLinear") || !THOnnx_isWidening(n, g) || THOnnx_attribute(n, "block_size")) return false;
  const OnnxAttribute *along = THOnnx_attribute(n, "axis");
  const OnnxValue *scale = THOnnx_constantIn(g, n, 1), *zero = THOnnx_constantIn(g, n, 2);
  if ((n->nin > 2 && n->inSlot[2] >= 0 && !zero) || !is_zero(zero) || !THOnnx_isFloats(scale)) return false;
  if (scale->count > 1 && (along ? (along->i + 2) % 2 : 1) != axis) return false;
  *s = (Scaled){n->inSlot[0], n->inSlot[1]};
  return scale->count == 1 ? axis == 0 : scale->count == g->constant[s->bytes]->size[axis];
}

static void use_bytes(const OnnxUses *u, OnnxNode *n)
{
  Scaled s;
  if (THOnnx_isOp(n, "MatMul") && n->nin == 2 && find_scaled(u, n->inSlot[1], 1, &s)) {
    THOnnx_readInstead(n, 3, (int[]){n->inSlot[0], s.bytes, s.scale});
    n->op = &THOnnx_byteProduct;
  } else if (THOnnx_isOp(n, "Gather")) {
    const OnnxAttribute *axis = THOnnx_attribute(n, "axis");
    if ((axis && axis->i != 0 && axis->i != -2) || !find_scaled(u, n->inSlot[0], 0, &s)) return;
    THOnnx_readInstead(n, 3, (int[]){s.bytes, n->inSlot[1], s.scale});
    n->op = &THOnnx_byteGather;
  }
}

/* ---- products ---- */

/* A constant that every row gets is added by the product. */
static void fuse_product(const OnnxUses *u, OnnxNode *n)
{
  const OnnxGraph *g = u->graph;
  const OnnxValue *y = THOnnx_constantIn(g, n, 1);
  OnnxNode *next = THOnnx_follower(u, n);
  if (!next || !THOnnx_isOp(next, "Add") || next->version < 7 || !y || y->ndim != 2 || (n->op != &THOnnx_byteProduct && !THOnnx_isFloats(y))) return;
  const int i = next->inSlot[0] == n->outSlot[0];
  const OnnxValue *bias = THOnnx_constantIn(g, next, i);
  if (!THOnnx_isFloats(bias) || bias->ndim != 1 || bias->count != y->size[1]) return;
  int slots[4];
  for (int k = 0; k < n->nin; k++) slots[k] = n->inSlot[k];
  slots[n->nin] = next->inSlot[i];
  THOnnx_readInstead(n, n->nin + 1, slots);
  THOnnx_join(n, next);
}

static void free_table(void *table) { THOnnx_free(table); }

/* Rows are taken from a table that holds the bias. */
static void prepare_one_hot(const OnnxGraph *g, OnnxNode *n)
{
  const OnnxValue *y = THOnnx_constantIn(g, n, 1);
  n->prepared = THOnnx_newOneHotTable(y, THOnnx_constantIn(g, n, 3));
  n->releasePrepared = free_table;
  THOnnx_leavePages(y);
}

/* ---- recurrent layers ---- */

/* The weights of the state, a group a direction. */
static void pack_recurrent(const OnnxGraph *g, OnnxNode *n)
{
  const OnnxValue *r = THOnnx_constantIn(g, n, 2);
  if (!THOnnx_isFloats(r) || r->ndim != 3 || !r->count) return;
  n->prepared = THOnnx_newPacked(r->size[0] * r->size[1], r->size[0], r->size[2], r->data, NULL, NULL);
  n->releasePrepared = THOnnx_freePacked;
}

/* ---- copies ---- */

static bool is_output(const OnnxGraph *g, int slot)
{
  for (int i = 0; i < g->noutputs; i++)
    if (g->output[i].slot == slot) return true;
  return false;
}

static void read_originals(OnnxNode *n, const int *original)
{
  for (int i = 0; i < n->nin; i++)
    if (n->inSlot[i] >= 0) n->inSlot[i] = original[n->inSlot[i]];
  for (int k = 0; k < n->nattributes; k++) {
    OnnxGraph *inner = n->attribute[k].g;
    for (int i = 0; inner && i < inner->ncaptured; i++) inner->capturedFrom[i] = original[inner->capturedFrom[i]];
  }
}

/* Who reads what an Identity gives reads what it is given: nothing stands between nodes that can be joined. */
static void skip_identities(OnnxGraph *g)
{
  TH_AUTO_MEM int *original = THAlloc((g->nslots + 1) * (ptrdiff_t)sizeof *original);
  for (int i = 0; i < g->nslots; i++) original[i] = i;
  for (int i = 0; i < g->nnodes; i++) {
    OnnxNode *n = &g->node[i];
    read_originals(n, original);
    if (!THOnnx_isOp(n, "Identity") || n->outSlot[0] < 0 || g->constant[n->outSlot[0]] || is_output(g, n->outSlot[0])) continue;
    original[n->outSlot[0]] = n->inSlot[0];
    n->op = NULL;
  }
}

void THOnnx_fuse(OnnxGraph *g)
{
  skip_identities(g);
  __attribute__((cleanup(Uses_autofree))) OnnxUses u = {NULL, NULL, NULL, NULL, NULL};
  count_uses(&u, g);
  THOnnx_findFormulas(&u);
  for (int i = 0; i < g->nnodes; i++) {
    OnnxNode *n = &g->node[i];
    if (is_convolution(g, n)) fuse_convolution(&u, n);
    use_bytes(&u, n);
    if (THOnnx_isOp(n, "MatMul")) fuse_product(&u, n);
    if (n->op == &THOnnx_oneHotProduct) prepare_one_hot(g, n);
    if (THOnnx_isOp(n, "LSTM") || THOnnx_isOp(n, "GRU") || THOnnx_isOp(n, "RNN")) pack_recurrent(g, n);
  }
  for (int i = 0; i < g->nnodes; i++) THOnnx_joinWindows(&u, &g->node[i]);
}
