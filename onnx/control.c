/* Graphs within graphs, sequences and optional values. */
#include <limits.h>
#include "ops.h"

static const OnnxGraph *graph_of(const OnnxCall *c, const char *name)
{
  const OnnxAttribute *a = THOnnx_attribute(c->node, name);
  THOnnx_check(a && a->g, "no graph '%s'", name);
  return a->g;
}

/* Values that are freed with the sequence that holds them. */
static OnnxValue *new_room(int n) { return THOnnx_newSequence(n); }

static void op_if(OnnxCall *c)
{
  THOnnx_check(c->in[0]->count == 1, "the condition is one number");
  const OnnxGraph *g = graph_of(c, THOnnx_long(c->in[0], 0) ? "then_branch" : "else_branch");
  THOnnx_check(g->noutputs == c->nout, "a branch has %d outputs, not %d", g->noutputs, c->nout);
  THOnnx_runGraph(g, c->scope, 0, NULL, c->out);
}

/* ---- Loop ---- */

static void append(OnnxValue *list, OnnxValue *v)
{
  const int n = list->nitems;
  THOnnx_check(n < 1 << 30, "more than a thousand million results");
  THOnnx_noteBytes(sizeof *list->item);
  if (!(n & (n - 1))) list->item = THRealloc(list->item, (n ? 2 * n : 1) * (ptrdiff_t)sizeof *list->item);
  list->item[n] = THOnnx_retain(v);
  list->nitems++;
}

/* The items, all of one shape, along a new dimension at `axis`. */
static OnnxValue *new_stacked(const OnnxValue *list, int axis)
{
  ONNX_AUTO parts = new_room(list->nitems);
  for (int i = 0; i < list->nitems; i++) {
    const OnnxValue *v = list->item[i];
    int64_t size[ONNX_DIMS + 1];
    THOnnx_check(v->ndim < ONNX_DIMS, "too many dimensions");
    for (int d = 0, from = 0; d <= v->ndim; d++) size[d] = d == axis ? 1 : v->size[from++];
    parts->item[i] = THOnnx_newShaped(list->item[i], v->ndim + 1, size);
  }
  return THOnnx_newConcatenated(list->nitems, parts->item, axis);
}

static OnnxValue *new_empty_stack(const THONNXInfo *d)
{
  int64_t size[ONNX_DIMS] = {0};
  for (int k = 0; k < d->ndim && k < ONNX_DIMS - 1; k++) size[k + 1] = THMax(0, d->size[k]);
  return THOnnx_new(d->type ? d->type : THONNX_FLOAT, THMax(0, d->ndim) + 1, size);
}

static void op_loop(OnnxCall *c)
{
  const OnnxGraph *g = graph_of(c, "body");
  const int carried = g->ninputs - 2, scans = g->noutputs - 1 - carried;
  THOnnx_check(carried >= 0 && scans >= 0 && c->nin == carried + 2 && c->nout <= carried + scans, "the body does not fit");
  const int64_t limit = THOnnx_in(c, 0) ? THOnnx_long(c->in[0], 0) : INT64_MAX;
  bool go = THOnnx_in(c, 1) ? THOnnx_long(c->in[1], 0) != 0 : true;
  ONNX_AUTO state = new_room(carried + 2);
  ONNX_AUTO lists = new_room(scans);
  for (int i = 0; i < carried; i++) state->item[i + 2] = THOnnx_retain(c->in[i + 2]);
  for (int i = 0; i < scans; i++) lists->item[i] = THOnnx_newSequence(0);
  for (int64_t n = 0; n < limit && go; n++) {
    ONNX_AUTO out = new_room(g->noutputs);
    THOnnx_free(state->item[0]);
    THOnnx_free(state->item[1]);
    state->item[0] = state->item[1] = NULL;
    state->item[0] = THOnnx_new(THONNX_INT64, 0, NULL);
    *(int64_t *)state->item[0]->data = n;
    state->item[1] = THOnnx_new(THONNX_BOOL, 0, NULL);
    *(uint8_t *)state->item[1]->data = 1;
    THOnnx_runGraph(g, c->scope, g->ninputs, state->item, out->item);
    go = THOnnx_long(out->item[0], 0) != 0;
    for (int i = 0; i < carried; i++) {
      THOnnx_free(state->item[i + 2]);
      state->item[i + 2] = THOnnx_retain(out->item[i + 1]);
    }
    for (int i = 0; i < scans; i++) append(lists->item[i], out->item[1 + carried + i]);
  }
  for (int i = 0; i < carried; i++) THOnnx_give(c, i, THOnnx_retain(state->item[i + 2]));
  for (int i = 0; i < scans; i++)
    THOnnx_give(c, carried + i, lists->item[i]->nitems ? new_stacked(lists->item[i], 0) : new_empty_stack(&g->output[1 + carried + i].info));
}

/* ---- Scan ---- */


static OnnxValue *new_selected(OnnxValue *x, int axis, int64_t i)
{
  ONNX_AUTO part = THOnnx_newPart(x, axis, i, 1);
  int64_t size[ONNX_DIMS];
  int n = 0;
  for (int d = 0; d < part->ndim; d++)
    if (d != axis) size[n++] = part->size[d];
  return THOnnx_newShaped(part, n, size);
}

static int64_t entry(const int64_t *list, int n, int i) { return list && i < n ? list[i] : 0; }

static void scan(OnnxCall *c, int first, OnnxValue **out)
{
  const OnnxGraph *g = graph_of(c, "body");
  const int nscan = (int)THOnnx_int(c->node, "num_scan_inputs", 0), states = c->nin - first - nscan, outs = g->noutputs - states;
  THOnnx_check(nscan > 0 && states >= 0 && outs >= 0 && g->ninputs == states + nscan, "the body does not fit");
  int na, nd, nb, ne;
  const int64_t *axes = THOnnx_ints(c->node, "scan_input_axes", &na), *ways = THOnnx_ints(c->node, "scan_input_directions", &nd);
  const int64_t *outAxes = THOnnx_ints(c->node, "scan_output_axes", &nb), *outWays = THOnnx_ints(c->node, "scan_output_directions", &ne);
  OnnxValue **in = c->in + first;
  ONNX_AUTO state = new_room(g->ninputs);
  ONNX_AUTO lists = new_room(outs);
  for (int i = 0; i < states; i++) state->item[i] = THOnnx_retain(in[i]);
  for (int i = 0; i < outs; i++) lists->item[i] = THOnnx_newSequence(0);
  int64_t steps = -1;
  for (int i = 0; i < nscan; i++) {
    const OnnxValue *x = in[states + i];
    const int64_t n = x->size[THOnnx_axis(entry(axes, na, i), x->ndim)];
    THOnnx_check(steps < 0 || n == steps, "inputs of %lld and %lld steps", (long long)steps, (long long)n);
    steps = n;
  }
  for (int64_t n = 0; n < steps; n++) {
    ONNX_AUTO result = new_room(g->noutputs);
    for (int i = 0; i < nscan; i++) {
      OnnxValue *x = in[states + i];
      THOnnx_free(state->item[states + i]);
      state->item[states + i] = NULL;
      state->item[states + i] = new_selected(x, THOnnx_axis(entry(axes, na, i), x->ndim), entry(ways, nd, i) ? steps - 1 - n : n);
    }
    THOnnx_runGraph(g, c->scope, g->ninputs, state->item, result->item);
    for (int i = 0; i < states; i++) {
      THOnnx_free(state->item[i]);
      state->item[i] = THOnnx_retain(result->item[i]);
    }
    for (int i = 0; i < outs; i++) append(lists->item[i], result->item[states + i]);
  }
  for (int i = 0; i < states; i++) out[i] = THOnnx_retain(state->item[i]);
  for (int i = 0; i < outs; i++) {
    OnnxValue *list = lists->item[i];
    for (int k = 0; entry(outWays, ne, i) && k < list->nitems / 2; k++) {
      OnnxValue *other = list->item[list->nitems - 1 - k];
      list->item[list->nitems - 1 - k] = list->item[k];
      list->item[k] = other;
    }
    const int ndim = list->nitems ? list->item[0]->ndim + 1 : 1;
    out[states + i] = list->nitems ? new_stacked(list, THOnnx_axis(entry(outAxes, nb, i), ndim)) : new_empty_stack(&g->output[states + i].info);
  }
}

/* Version 8 scans every sample of a batch by itself. */
static void op_scan8(OnnxCall *c)
{
  const OnnxGraph *g = graph_of(c, "body");
  THOnnx_check(!THOnnx_in(c, 0), "sequence lengths are not supported");
  THOnnx_check(c->nin > 1 && c->in[1]->ndim > 0, "a batch is expected");
  const int64_t batch = c->in[1]->size[0];
  ONNX_AUTO lists = new_room(g->noutputs);
  for (int i = 0; i < g->noutputs; i++) lists->item[i] = THOnnx_newSequence(0);
  for (int64_t b = 0; b < batch; b++) {
    ONNX_AUTO in = new_room(c->nin);
    ONNX_AUTO out = new_room(g->noutputs);
    for (int i = 1; i < c->nin; i++) in->item[i] = new_selected(c->in[i], 0, b);
    OnnxCall one = *c;
    one.in = in->item;
    scan(&one, 1, out->item);
    for (int i = 0; i < g->noutputs; i++) append(lists->item[i], out->item[i]);
  }
  for (int i = 0; i < c->nout; i++) THOnnx_give(c, i, new_stacked(lists->item[i], 0));
}

static void op_scan(OnnxCall *c)
{
  const OnnxGraph *g = graph_of(c, "body");
  ONNX_AUTO out = new_room(g->noutputs);
  scan(c, 0, out->item);
  for (int i = 0; i < c->nout && i < g->noutputs; i++) THOnnx_give(c, i, THOnnx_retain(out->item[i]));
}

/* ---- sequences ---- */

static OnnxValue *sequence_in(const OnnxCall *c, int i)
{
  OnnxValue *s = THOnnx_in(c, i);
  THOnnx_check(s && s->kind == ONNX_SEQUENCE, "a sequence is expected");
  return s;
}
static int64_t position(const OnnxCall *c, int i, int64_t n, int64_t otherwise)
{
  int64_t p = THOnnx_in(c, i) ? THOnnx_long(c->in[i], 0) : otherwise;
  if (p < 0) p += n;
  return p;
}

static void op_sequenceEmpty(OnnxCall *c) { THOnnx_give(c, 0, THOnnx_newSequence(0)); }
static void op_sequenceConstruct(OnnxCall *c)
{
  OnnxValue *s = THOnnx_newSequence(c->nin);
  for (int i = 0; i < c->nin; i++) s->item[i] = THOnnx_retain(c->in[i]);
  THOnnx_give(c, 0, s);
}
static void op_sequenceLength(OnnxCall *c)
{
  const int64_t n = sequence_in(c, 0)->nitems;
  OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, 0, NULL);
  *(int64_t *)r->data = n;
}
static void op_sequenceAt(OnnxCall *c)
{
  const OnnxValue *s = sequence_in(c, 0);
  const int64_t p = position(c, 1, s->nitems, 0);
  THOnnx_check(p >= 0 && p < s->nitems, "position %lld of %d items", (long long)p, s->nitems);
  THOnnx_give(c, 0, THOnnx_retain(s->item[p]));
}
static void op_sequenceInsert(OnnxCall *c)
{
  const OnnxValue *s = sequence_in(c, 0);
  const int64_t p = position(c, 2, s->nitems, s->nitems);
  THOnnx_check(p >= 0 && p <= s->nitems, "position %lld of %d items", (long long)p, s->nitems);
  OnnxValue *r = THOnnx_newSequence(s->nitems + 1);
  for (int i = 0; i < r->nitems; i++) r->item[i] = THOnnx_retain(i < p ? s->item[i] : i == p ? c->in[1] : s->item[i - 1]);
  THOnnx_give(c, 0, r);
}
static void op_sequenceErase(OnnxCall *c)
{
  const OnnxValue *s = sequence_in(c, 0);
  const int64_t p = position(c, 1, s->nitems, s->nitems - 1);
  THOnnx_check(p >= 0 && p < s->nitems, "position %lld of %d items", (long long)p, s->nitems);
  OnnxValue *r = THOnnx_newSequence(s->nitems - 1);
  for (int i = 0; i < r->nitems; i++) r->item[i] = THOnnx_retain(s->item[i < p ? i : i + 1]);
  THOnnx_give(c, 0, r);
}
static void op_concatFromSequence(OnnxCall *c)
{
  const OnnxValue *s = sequence_in(c, 0);
  THOnnx_check(s->nitems > 0, "the sequence is empty");
  const bool fresh = THOnnx_int(c->node, "new_axis", 0);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), s->item[0]->ndim + fresh);
  THOnnx_give(c, 0, fresh ? new_stacked(s, axis) : THOnnx_newConcatenated(s->nitems, s->item, axis));
}
static void op_splitToSequence(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *split = THOnnx_in(c, 1);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 0), x->ndim);
  const bool keep = split || THOnnx_int(c->node, "keepdims", 1);
  const int64_t total = x->size[axis], each = split && split->ndim == 0 ? THOnnx_long(split, 0) : 1;
  THOnnx_check(each > 0, "parts of nothing");
  const int64_t n = split && split->ndim ? split->count : total / each + (total % each > 0);
  THOnnx_check(n <= INT_MAX, "%lld parts", (long long)n);
  ONNX_AUTO r = THOnnx_newSequence((int)n);
  for (int64_t i = 0, first = 0; i < n; i++) {
    const int64_t size = split && split->ndim ? THOnnx_long(split, i) : THMin(each, total - first);
    THOnnx_check(size >= 0 && size <= total - first, "parts do not add up");
    r->item[i] = keep ? THOnnx_newPart(x, axis, first, size) : new_selected(x, axis, first);
    first += size;
  }
  THOnnx_give(c, 0, THOnnx_retain(r));
}

static void op_sequenceMap(OnnxCall *c)
{
  const OnnxGraph *g = graph_of(c, "body");
  const int n = sequence_in(c, 0)->nitems;
  ONNX_AUTO lists = new_room(g->noutputs);
  for (int k = 0; k < g->noutputs; k++) lists->item[k] = THOnnx_newSequence(0);
  for (int i = 0; i < n; i++) {
    ONNX_AUTO in = new_room(c->nin);
    ONNX_AUTO out = new_room(g->noutputs);
    for (int k = 0; k < c->nin; k++) {
      const bool many = c->in[k]->kind == ONNX_SEQUENCE;
      THOnnx_check(!many || c->in[k]->nitems == n, "sequences of different lengths");
      in->item[k] = THOnnx_retain(many ? c->in[k]->item[i] : c->in[k]);
    }
    THOnnx_runGraph(g, c->scope, c->nin, in->item, out->item);
    for (int k = 0; k < g->noutputs; k++) append(lists->item[k], out->item[k]);
  }
  for (int k = 0; k < c->nout; k++) THOnnx_give(c, k, THOnnx_retain(lists->item[k]));
}

static void op_optional(OnnxCall *c) { THOnnx_give(c, 0, THOnnx_in(c, 0) ? THOnnx_retain(c->in[0]) : THOnnx_newNone()); }
static void op_optionalHas(OnnxCall *c)
{
  OnnxValue *r = THOnnx_make(c, 0, THONNX_BOOL, 0, NULL);
  *(uint8_t *)r->data = THOnnx_in(c, 0) && c->in[0]->kind != ONNX_NONE;
}
static void op_optionalGet(OnnxCall *c)
{
  THOnnx_check(c->in[0]->kind != ONNX_NONE, "there is no value");
  THOnnx_give(c, 0, THOnnx_retain(c->in[0]));
}

const OnnxOp THOnnx_controlOps[] = {
  {"If", op_if, 1, 0, 1, 1, ONNX_GRAPHS, NULL},
  {"Loop", op_loop, 1, 0, 2, -1, ONNX_GRAPHS, NULL},
  {"Scan", op_scan8, 8, 8, 1, -1, ONNX_GRAPHS, NULL},
  {"Scan", op_scan, 9, 0, 1, -1, ONNX_GRAPHS, NULL},
  {"SequenceEmpty", op_sequenceEmpty, 11, 0, 0, 0, ONNX_MOVES, NULL},
  {"SequenceConstruct", op_sequenceConstruct, 11, 0, 1, -1, ONNX_MOVES, NULL},
  {"SequenceLength", op_sequenceLength, 11, 0, 1, 1, ONNX_MOVES, NULL},
  {"SequenceAt", op_sequenceAt, 11, 0, 2, 2, ONNX_MOVES, NULL},
  {"SequenceInsert", op_sequenceInsert, 11, 0, 2, 3, ONNX_MOVES, NULL},
  {"SequenceErase", op_sequenceErase, 11, 0, 1, 2, ONNX_MOVES, NULL},
  {"SequenceMap", op_sequenceMap, 17, 0, 1, -1, ONNX_GRAPHS, NULL},
  {"ConcatFromSequence", op_concatFromSequence, 11, 0, 1, 1, ONNX_MOVES, NULL},
  {"SplitToSequence", op_splitToSequence, 11, 0, 1, 2, ONNX_MOVES, NULL},
  {"Optional", op_optional, 15, 0, 0, 1, ONNX_MOVES, NULL},
  {"OptionalHasElement", op_optionalHas, 15, 0, 0, 1, ONNX_MOVES, NULL},
  {"OptionalGetElement", op_optionalGet, 15, 0, 1, 1, ONNX_MOVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
