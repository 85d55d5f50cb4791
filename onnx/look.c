/* Graphs to be looked at: what THONNX.h shows importers of the nodes, attributes and weights of a file. Nothing here raises. */
#include "graph.h"

int THONNX_opset(const THONNXGraph *g, const char *domain)
{
  if (!THOnnx_given(g, "graph") || !THOnnx_given(domain, "domain")) return 0;
  while (g->outer) g = g->outer;
  const THONNXModel *m = g->model;
  for (int i = 0; m && i < m->nopsets; i++)
    if (!strcmp(m->opset[i].domain, domain)) return m->opset[i].version;
  return 0;
}

static bool within(int i, int n, const char *what)
{
  return (i >= 0 && i < n) || THOnnx_tell("there is no %s number %d: the last of %d is %d", what, i, n, n - 1);
}

bool THONNX_node(const THONNXGraph *g, int i, THONNXNode *r)
{
  if (!THOnnx_given(g, "graph") || !THOnnx_given(r, "node to fill in") || !within(i, g->nnodes, "node")) return false;
  const OnnxNode *n = &g->node[i];
  *r = (THONNXNode){n->type, n->name, n->domain, n->nin, n->nout, n->nattributes, (const char *const *)n->in, (const char *const *)n->out};
  return true;
}

const THONNXInfo *THONNX_graphInput(const THONNXGraph *g, int i)
{
  return THOnnx_given(g, "graph") && within(i, g->ninputs, "input") ? &g->input[i].info : NULL;
}
const THONNXInfo *THONNX_graphOutput(const THONNXGraph *g, int i)
{
  return THOnnx_given(g, "graph") && within(i, g->noutputs, "output") ? &g->output[i].info : NULL;
}

static bool show(const OnnxValue *v, const char *name, THONNXTensor *r)
{
  *r = (THONNXTensor){.name = name, .type = v->type, .ndim = v->ndim, .data = v->data};
  r->bytes = (size_t)v->count * THOnnx_width(v->type); /* the type was read: it is known */
  for (int d = 0; d < v->ndim; d++) r->size[d] = v->size[d];
  return true;
}

bool THONNX_weight(const THONNXGraph *g, int i, THONNXTensor *r)
{
  return THOnnx_given(g, "graph") && THOnnx_given(r, "tensor to fill in") && within(i, g->ninitial, "weight") && show(g->initial[i], g->initialName[i], r);
}

/* ---- attributes ---- */

static bool is_list(OnnxAttributeType type) { return type >= ONNX_A_FLOATS && type <= ONNX_A_STRINGS; }

bool THONNX_attribute(const THONNXGraph *g, int node, int i, THONNXAttribute *r)
{
  if (!THOnnx_given(g, "graph") || !THOnnx_given(r, "attribute to fill in")) return false;
  if (!within(node, g->nnodes, "node") || !within(i, g->node[node].nattributes, "attribute")) return false;
  const OnnxAttribute *a = &g->node[node].attribute[i];
  *r = (THONNXAttribute){a->name, (THONNXKind)a->type, is_list(a->type) ? a->n : 1};
  return true;
}

/* The attribute of that name, one of two kinds; else NULL. */
static const OnnxAttribute *find(const THONNXGraph *g, int node, const char *name, OnnxAttributeType one, OnnxAttributeType list)
{
  if (!THOnnx_given(g, "graph") || !THOnnx_given(name, "name") || !within(node, g->nnodes, "node")) return NULL;
  const OnnxNode *n = &g->node[node];
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  if (!a) THOnnx_tell("node '%s' (%s) has no attribute '%s'", n->name, n->type, name);
  else if (a->type != one && a->type != list)
    THOnnx_tell("node '%s' (%s): attribute '%s' is of kind %d, not %d", n->name, n->type, name, (int)a->type, (int)one);
  else return a;
  return NULL;
}

/* Where the values of a are: the list, which may be empty, or the one. */
static const void *values_of(const OnnxAttribute *a, const void *list, const void *one, int *count)
{
  static const int64_t none;
  if (count) *count = a && is_list(a->type) ? a->n : a != NULL;
  return !a ? NULL : !is_list(a->type) ? one : a->n ? list : &none;
}

const int64_t *THONNX_ints(const THONNXGraph *g, int node, const char *name, int *count)
{
  const OnnxAttribute *a = find(g, node, name, ONNX_A_INT, ONNX_A_INTS);
  return values_of(a, a ? a->ints : NULL, a ? &a->i : NULL, count);
}
const float *THONNX_floats(const THONNXGraph *g, int node, const char *name, int *count)
{
  const OnnxAttribute *a = find(g, node, name, ONNX_A_FLOAT, ONNX_A_FLOATS);
  return values_of(a, a ? a->floats : NULL, a ? &a->f : NULL, count);
}
const char *const *THONNX_texts(const THONNXGraph *g, int node, const char *name, int *count)
{
  const OnnxAttribute *a = find(g, node, name, ONNX_A_STRING, ONNX_A_STRINGS);
  return values_of(a, a ? a->strings : NULL, a ? &a->s : NULL, count);
}

bool THONNX_tensor(const THONNXGraph *g, int node, const char *name, THONNXTensor *r)
{
  const OnnxAttribute *a = find(g, node, name, ONNX_A_TENSOR, ONNX_A_TENSOR);
  if (!a || !THOnnx_given(r, "tensor to fill in")) return false;
  return a->t ? show(a->t, a->name, r) : THOnnx_tell("attribute '%s' has no tensor", name);
}

const THONNXGraph *THONNX_subgraph(const THONNXGraph *g, int node, const char *name)
{
  const OnnxAttribute *a = find(g, node, name, ONNX_A_GRAPH, ONNX_A_GRAPH);
  if (a && !a->g) THOnnx_tell("attribute '%s' has no graph", name);
  return a ? a->g : NULL;
}
