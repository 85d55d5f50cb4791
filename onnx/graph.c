/* Graphs made ready: every name becomes a slot, constants are folded, values freed after their last use. */
#include <stdio.h>
#include <stdlib.h>
#include "graph.h"

/* ---- attributes ---- */

const OnnxAttribute *THOnnx_attribute(const OnnxNode *n, const char *name)
{
  for (int i = 0; i < n->nattributes; i++)
    if (!strcmp(n->attribute[i].name, name)) return &n->attribute[i];
  return NULL;
}

static const OnnxAttribute *typed(const OnnxNode *n, const char *name, OnnxAttributeType type)
{
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  THOnnx_check(!a || a->type == type, "attribute '%s' is of the wrong kind", name);
  return a;
}

int64_t THOnnx_int(const OnnxNode *n, const char *name, int64_t otherwise)
{
  const OnnxAttribute *a = typed(n, name, ONNX_A_INT);
  return a ? a->i : otherwise;
}
double THOnnx_float(const OnnxNode *n, const char *name, double otherwise)
{
  const OnnxAttribute *a = typed(n, name, ONNX_A_FLOAT);
  return a ? a->f : otherwise;
}
const char *THOnnx_string(const OnnxNode *n, const char *name, const char *otherwise)
{
  const OnnxAttribute *a = typed(n, name, ONNX_A_STRING);
  return a ? a->s : otherwise;
}
const int64_t *THOnnx_ints(const OnnxNode *n, const char *name, int *count)
{
  const OnnxAttribute *a = typed(n, name, ONNX_A_INTS);
  static const int64_t none;
  *count = a ? a->n : 0;
  return !a ? NULL : a->ints ? a->ints : &none;
}

/* ---- freeing ---- */

static void free_texts(char **t, int n)
{
  for (int i = 0; t && i < n; i++) THFree(t[i]);
  THFree(t);
}

void THOnnx_freeAttribute(OnnxAttribute *a)
{
  THFree(a->name);
  THFree(a->reference);
  THFree(a->s);
  THFree(a->floats);
  THFree(a->ints);
  free_texts(a->strings, a->n);
  THOnnx_free(a->t);
  THOnnx_freeGraph(a->g);
}

static void free_node(OnnxNode *n)
{
  if (n->releasePrepared) n->releasePrepared(n->prepared);
  for (int i = 0; i < n->nattributes; i++) THOnnx_freeAttribute(&n->attribute[i]);
  THFree(n->attribute);
  free_texts(n->in, n->nin);
  free_texts(n->out, n->nout);
  THFree(n->name);
  THFree(n->domain);
  THFree(n->type);
  THFree(n->inSlot);
  THFree(n->outSlot);
  THFree(n->freed);
}

static void free_declared(OnnxDeclared *d, int n)
{
  for (int i = 0; i < n; i++) {
    THFree((char *)d[i].info.name);
    for (int k = 0; k < ONNX_DIMS; k++) THFree((char *)d[i].info.sizeName[k]);
  }
  THFree(d);
}

static void free_values(OnnxValue **v, int n)
{
  for (int i = 0; v && i < n; i++) THOnnx_free(v[i]);
  THFree(v);
}

void THOnnx_freeGraph(OnnxGraph *g)
{
  if (!g) return;
  for (int i = 0; i < g->nnodes; i++) free_node(&g->node[i]);
  THFree(g->node);
  free_declared(g->input, g->ninputs);
  free_declared(g->output, g->noutputs);
  free_texts(g->initialName, g->ninitial);
  free_values(g->initial, g->ninitial);
  free_values(g->constant, g->nslots);
  THFree(g->slotName);
  THFree(g->capturedFrom);
  THFree(g->capturedTo);
  THFree(g->name);
  THFree(g);
}

/* ---- names ----
   A table of names by hash, kept while a graph is made ready; the graphs inside look outward. */

typedef struct Names {
  const OnnxGraph *graph;
  int room; /* a power of two */
  int *slot; /* -1: free */
  struct Names *outer;
} Names;
static void Names_autofree(Names *n) { THFree(n->slot); }

static unsigned hash(const char *s)
{
  unsigned h = 2166136261u;
  while (*s) h = (h ^ (unsigned char)*s++) * 16777619u;
  return h ^ h >> 15;
}

static int *place(const Names *t, const char *name)
{
  unsigned i = hash(name) & (unsigned)(t->room - 1);
  while (t->slot[i] >= 0 && strcmp(t->graph->slotName[t->slot[i]], name)) i = (i + 1) & (unsigned)(t->room - 1);
  return &t->slot[i];
}

static int find_here(const Names *t, const char *name) { return *place(t, name); }

static void names_resize(Names *t, int room)
{
  THFree(t->slot);
  t->slot = NULL;
  t->slot = THAlloc((ptrdiff_t)room * (ptrdiff_t)sizeof(int));
  t->room = room;
  for (int i = 0; i < room; i++) t->slot[i] = -1;
  for (int i = 0; i < t->graph->nslots; i++) *place(t, t->graph->slotName[i]) = i;
}

static int add_name(Names *t, OnnxGraph *g, const char *name)
{
  int *at = place(t, name);
  THOnnx_check(*at < 0, "value '%s' is made twice", name);
  if (!(g->nslots & (g->nslots - 1)) || !g->nslots) {
    const int room = g->nslots ? 2 * g->nslots : 1;
    g->slotName = THRealloc(g->slotName, room * (ptrdiff_t)sizeof(char *));
    g->constant = THRealloc(g->constant, room * (ptrdiff_t)sizeof(OnnxValue *));
  }
  g->slotName[g->nslots] = (char *)name; /* the node's, the input's or the initializer's */
  g->constant[g->nslots] = NULL;
  *at = g->nslots++;
  const int slot = *at;
  if (2 * g->nslots > t->room) names_resize(t, 2 * t->room);
  return slot;
}

static void capture(OnnxGraph *g, int from, int to)
{
  const int n = g->ncaptured;
  g->capturedFrom = THRealloc(g->capturedFrom, (n + 1) * (ptrdiff_t)sizeof(int));
  g->capturedTo = THRealloc(g->capturedTo, (n + 1) * (ptrdiff_t)sizeof(int));
  g->capturedFrom[n] = from;
  g->capturedTo[n] = to;
  g->ncaptured++;
}

/* Who reads the constant in a slot finds it aligned. */
static void align(const OnnxGraph *g, int slot)
{
  OnnxValue *v = slot < 0 ? NULL : g->constant[slot];
  if (!v) return;
  g->constant[slot] = THOnnx_newAligned(v);
  THOnnx_free(v);
}

/* The slot of a name; values of the graphs around are captured on the way. */
static int find_name(Names *t, const char *name)
{
  int slot = find_here(t, name);
  if (slot >= 0 || !t->outer) return slot;
  const int from = find_name(t->outer, name);
  if (from < 0) return -1;
  OnnxGraph *g = (OnnxGraph *)t->graph;
  slot = add_name(t, g, name);
  align(t->outer->graph, from);
  OnnxValue *known = t->outer->graph->constant[from];
  if (known) g->constant[slot] = THOnnx_retain(known);
  else capture(g, from, slot);
  return slot;
}

/* ---- operators ---- */

static int version_of(const THONNXModel *model, const char *domain)
{
  for (int i = 0; i < model->nopsets; i++)
    if (!strcmp(model->opset[i].domain, domain)) return model->opset[i].version;
  return *domain ? 1 : 0;
}

typedef struct Missing {
  char text[1536];
  int count;
} Missing;

static void note_missing(Missing *m, const OnnxNode *n)
{
  const size_t used = strlen(m->text);
  m->count++;
  if (sizeof m->text - used > 40 + strlen(n->type) + strlen(n->name) + strlen(n->domain))
    snprintf(m->text + used, sizeof m->text - used, "%s%s%s%s-%d (node '%s')", used ? ", " : "", n->domain,
             *n->domain ? "." : "", n->type, n->version, n->name);
}

static void find_ops(const THONNXModel *model, OnnxGraph *g, Missing *m)
{
  for (int i = 0; i < g->nnodes; i++) {
    OnnxNode *n = &g->node[i];
    n->version = version_of(model, n->domain);
    n->op = THOnnx_findOp(n->domain, n->type, n->version);
    if (!n->op) note_missing(m, n);
    for (int k = 0; k < n->nattributes; k++)
      if (n->attribute[k].g) find_ops(model, n->attribute[k].g, m);
  }
}

/* ---- slots ---- */

static void prepare_graph(OnnxGraph *g, Names *outer, bool optimized);

static void raise_at(const OnnxNode *n, const char *what)
{
  THOnnx_raise("node '%s' (%s): %s", n->name, n->type, what);
}

static void resolve_inputs(OnnxNode *n, Names *t)
{
  n->inSlot = THAlloc((n->nin + 1) * (ptrdiff_t)sizeof(int));
  for (int i = 0; i < n->nin; i++) {
    n->inSlot[i] = *n->in[i] ? find_name(t, n->in[i]) : -1;
    if (*n->in[i] && n->inSlot[i] < 0)
      THOnnx_raise("node '%s' (%s): input '%s' is made by no earlier node", n->name, n->type, n->in[i]);
  }
  if (n->nin < n->op->minIn) raise_at(n, "too few inputs");
  if (n->op->maxIn >= 0 && n->nin > n->op->maxIn) raise_at(n, "too many inputs");
}

static void resolve_outputs(OnnxNode *n, OnnxGraph *g, Names *t)
{
  n->outSlot = THAlloc((n->nout + 1) * (ptrdiff_t)sizeof(int));
  if (!n->nout) raise_at(n, "no outputs");
  for (int i = 0; i < n->nout; i++) n->outSlot[i] = *n->out[i] ? add_name(t, g, n->out[i]) : -1;
}

void THOnnx_eachRead(const OnnxNode *n, OnnxSlotFn fn, void *arg)
{
  for (int i = 0; i < n->nin; i++)
    if (n->inSlot[i] >= 0) fn(arg, n->inSlot[i]);
  for (int k = 0; k < n->nattributes; k++) {
    const OnnxGraph *g = n->attribute[k].g;
    for (int i = 0; g && i < g->ncaptured; i++) fn(arg, g->capturedFrom[i]);
  }
}

/* ---- constants ---- */

static void not_constant(void *arg, int slot)
{
  void **a = arg;
  const OnnxGraph *g = a[0];
  if (!g->constant[slot]) *(bool *)a[1] = false;
}

static bool is_foldable(const OnnxNode *n, const OnnxGraph *g)
{
  bool constant = !(n->op->flags & (ONNX_RANDOM | ONNX_GRAPHS));
  THOnnx_eachRead(n, not_constant, (void *[]){(void *)g, &constant});
  return constant;
}

typedef struct Fold {
  OnnxNode *node;
  OnnxValue **in, **out;
} Fold;
static void run_fold(void *arg)
{
  Fold *f = arg;
  THOnnx_runNode(f->node, f->in, f->out, NULL);
}

enum { FOLD_LIMIT = 1 << 24 }; /* bytes that a folded value may have beyond what it was made of */

static bool too_large(const OnnxValue *v, int64_t given)
{
  return v && v->kind == ONNX_TENSOR && v->count > given && v->count - given > FOLD_LIMIT / 8;
}

/* The node's outputs become constants, unless it fails: then a run says why. */
static bool fold(OnnxNode *n, OnnxGraph *g)
{
  OnnxValue *in[64], *out[64] = {NULL};
  if (n->nin > 64 || n->nout > 64) return false;
  int64_t given = n->nin ? 0 : INT64_MAX / 32; /* what a node without inputs gives is in the file */
  for (int i = 0; i < n->nin; i++) {
    in[i] = n->inSlot[i] < 0 ? NULL : g->constant[n->inSlot[i]];
    if (in[i]) given += in[i]->count;
  }
  char ignored[64];
  Fold f = {n, in, out};
  const int64_t before = THOnnx_setLargest(16 * given + 2 * FOLD_LIMIT);
  bool kept = THTry(run_fold, &f, ignored, sizeof ignored);
  THOnnx_setLargest(before);
  for (int i = 0; i < n->nout; i++) kept = kept && (out[i] || n->outSlot[i] < 0) && !too_large(out[i], given);
  for (int i = 0; i < n->nout; i++) {
    if (kept && n->outSlot[i] >= 0) g->constant[n->outSlot[i]] = out[i];
    else THOnnx_free(out[i]);
  }
  return kept;
}

/* ---- life of values ---- */

static void remove_nodes(OnnxGraph *g, const bool *kept)
{
  int n = 0;
  for (int i = 0; i < g->nnodes; i++) {
    /* names of a removed node are still those of its slots: they go to the end, and are freed with the rest */
    OnnxNode node = g->node[i];
    if (!kept[i]) continue;
    if (n != i) {
      g->node[i] = g->node[n];
      g->node[n] = node;
    }
    n++;
  }
  for (int i = n; i < g->nnodes; i++) g->node[i].op = NULL; /* past the end: kept for freeing */
}

static void mark_read(void *arg, int slot) { ((bool *)arg)[slot] = true; }

/* Keeps nodes that something reads; the order stays. */
static int drop_dead(OnnxGraph *g)
{
  TH_AUTO_MEM bool *needed = THAlloc(g->nslots + 1);
  TH_AUTO_MEM bool *kept = THAlloc(g->nnodes + 1);
  memset(needed, 0, (size_t)g->nslots + 1);
  memset(kept, 0, (size_t)g->nnodes + 1);
  for (int i = 0; i < g->noutputs; i++) needed[g->output[i].slot] = true;
  int live = 0;
  for (int i = g->nnodes - 1; i >= 0; i--) {
    OnnxNode *n = &g->node[i];
    if (!n->op) continue;
    for (int k = 0; k < n->nout; k++) kept[i] |= n->outSlot[k] >= 0 && needed[n->outSlot[k]] && !g->constant[n->outSlot[k]];
    if (kept[i]) {
      live++;
      THOnnx_eachRead(n, mark_read, needed);
      for (int k = 0; k < n->nout; k++)
        if (n->outSlot[k] >= 0 && !needed[n->outSlot[k]]) n->outSlot[k] = -1;
    }
  }
  remove_nodes(g, kept);
  return live;
}

typedef struct LastUse {
  OnnxGraph *graph;
  OnnxNode *node;
  bool *seen;
} LastUse;

static void note_last(void *arg, int slot)
{
  LastUse *u = arg;
  if (u->seen[slot] || u->graph->constant[slot]) return;
  u->seen[slot] = true;
  u->node->freed[u->node->nfreed++] = slot;
}
static void count_read(void *arg, int slot)
{
  (void)slot;
  ++*(int *)arg;
}

/* Inputs that die here. Values that graphs inside read stay whole. */
static void mark_dying(const OnnxGraph *g, OnnxNode *n)
{
  for (int i = 0; i < n->nin && i < 64; i++)
    for (int k = 0; k < n->nfreed && !(n->op->flags & ONNX_GRAPHS); k++)
      if (n->freed[k] == n->inSlot[i] && !g->constant[n->inSlot[i]]) n->dying |= (uint64_t)1 << i;
}

static void find_last_uses(OnnxGraph *g, int live)
{
  TH_AUTO_MEM bool *seen = THAlloc(g->nslots + 1);
  memset(seen, 0, (size_t)g->nslots + 1);
  for (int i = 0; i < g->noutputs; i++) seen[g->output[i].slot] = true;
  for (int i = live - 1; i >= 0; i--) {
    int reads = 0;
    THOnnx_eachRead(&g->node[i], count_read, &reads);
    LastUse use = {g, &g->node[i], seen};
    g->node[i].freed = THAlloc((reads + 1) * (ptrdiff_t)sizeof(int));
    THOnnx_eachRead(&g->node[i], note_last, &use);
    mark_dying(g, &g->node[i]);
  }
}

/* Constants that no node reads any more: what folding and joining has made others of. */
static void drop_constants(OnnxGraph *g)
{
  TH_AUTO_MEM bool *needed = THAlloc(g->nslots + 1);
  memset(needed, 0, (size_t)g->nslots + 1);
  for (int i = 0; i < g->ninputs; i++) needed[g->input[i].slot] = true;
  for (int i = 0; i < g->noutputs; i++) needed[g->output[i].slot] = true;
  for (int i = 0; i < g->nlive; i++) THOnnx_eachRead(&g->node[i], mark_read, needed);
  for (int i = 0; i < g->nslots; i++) {
    if (needed[i]) continue;
    THOnnx_free(g->constant[i]);
    g->constant[i] = NULL;
  }
  for (int i = 0; i < g->ninitial; i++) { /* they have slots of their own */
    THOnnx_free(g->initial[i]);
    g->initial[i] = NULL;
  }
  for (int i = 0; i < g->nslots; i++) align(g, i);
}

/* Weights of convolutions are left to fuse.c as they are. */
static void align_inputs(const OnnxNode *n, const OnnxGraph *g, bool optimized)
{
  const bool packs = optimized && !n->op->domain && !strcmp(n->op->name, "Conv") && n->inSlot[0] >= 0 && !g->constant[n->inSlot[0]];
  for (int i = 0; i < n->nin; i++)
    if (i != 1 || !packs) align(g, n->inSlot[i]);
}

/* ---- all together ---- */

static void resolve_ends(OnnxGraph *g, Names *t)
{
  for (int i = 0; i < g->noutputs; i++) {
    g->output[i].slot = find_name(t, g->output[i].info.name);
    if (g->output[i].slot < 0) THOnnx_raise("output '%s' is made by no node", g->output[i].info.name);
  }
}

static void add_starts(OnnxGraph *g, Names *t)
{
  for (int i = 0; i < g->ninitial; i++) {
    const int slot = add_name(t, g, g->initialName[i]);
    g->constant[slot] = THOnnx_retain(g->initial[i]);
  }
  for (int i = 0; i < g->ninputs; i++) {
    const int slot = find_here(t, g->input[i].info.name);
    g->input[i].slot = slot >= 0 ? slot : add_name(t, g, g->input[i].info.name);
  }
}

/* Joins nodes; then what was left to be joined is folded after all. */
static void optimize(OnnxGraph *g)
{
  THOnnx_fuse(g);
  g->nlive = drop_dead(g);
  for (int i = 0; i < g->nlive; i++)
    if (is_foldable(&g->node[i], g)) fold(&g->node[i], g);
}

static void prepare_graph(OnnxGraph *g, Names *outer, bool optimized)
{
  __attribute__((cleanup(Names_autofree))) Names t = {.graph = g, .outer = outer};
  names_resize(&t, 16);
  add_starts(g, &t);
  for (int i = 0; i < g->nnodes; i++) {
    OnnxNode *n = &g->node[i];
    THOnnx_checkStop();
    resolve_inputs(n, &t);
    for (int k = 0; k < n->nattributes; k++)
      if (n->attribute[k].g) prepare_graph(n->attribute[k].g, &t, optimized);
    resolve_outputs(n, g, &t);
    align_inputs(n, g, optimized);
    if (is_foldable(n, g) && !(optimized && THOnnx_isWidening(n, g))) fold(n, g);
  }
  resolve_ends(g, &t);
  if (optimized) optimize(g);
  g->nlive = drop_dead(g);
  find_last_uses(g, g->nlive);
  drop_constants(g);
}

static void choose_inputs(THONNXModel *model)
{
  const OnnxGraph *g = model->graph;
  model->inputIndex = THAlloc((g->ninputs + 1) * (ptrdiff_t)sizeof(int));
  for (int i = 0; i < g->ninputs; i++)
    if (!g->constant[g->input[i].slot]) model->inputIndex[model->ninputs++] = i;
}

void THOnnx_prepare(THONNXModel *model, bool optimized)
{
  Missing missing = {"", 0};
  find_ops(model, model->graph, &missing);
  if (missing.count) THOnnx_raise("operators that are not supported: %s%s", missing.text, missing.count > 20 ? ", ..." : "");
  prepare_graph(model->graph, NULL, optimized);
  choose_inputs(model);
}
