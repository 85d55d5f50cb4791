/* A convolution whose results only a maximum of windows reads: some rows of results at a time, so that all of them are never
   in memory, and those that are stay near the processor. */
#include "direct.h"
#include "fuse.h"

typedef struct Bands {
  OnnxNode conv, pool; /* as they were */
  OnnxNode inner;      /* the convolution without rows of padding: these are given to it */
  int64_t pads[4], above, below;
} Bands;

static void free_bands(void *prepared)
{
  Bands *b = prepared;
  THOnnx_freePacked(b->conv.prepared);
  THFree(b->inner.attribute);
  THFree(b);
}

/* ---- found ---- */

static bool is_int(const OnnxNode *n, const char *name, int64_t otherwise)
{
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  return !a || (a->type == ONNX_A_INT && a->i == otherwise);
}

/* Every `step`-th of them; true without any. */
static bool all_are(const OnnxNode *n, const char *name, int step, int64_t v)
{
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  for (int i = 0; a && a->type == ONNX_A_INTS && i < a->n; i += step)
    if (a->ints[i] != v) return false;
  return !a || a->type == ONNX_A_INTS;
}

static bool has_plain_padding(const OnnxNode *n)
{
  const OnnxAttribute *a = THOnnx_attribute(n, "auto_pad"), *pads = THOnnx_attribute(n, "pads");
  if (a && a->type != ONNX_A_STRING) return false;
  const bool plain = !a || !strcmp(a->s, "NOTSET"), none = a && !strcmp(a->s, "VALID");
  return pads ? plain && pads->type == ONNX_A_INTS && pads->n == 4 : plain || none;
}

/* Of pictures, and the windows' rows need no padding. */
static bool is_banded(const OnnxNode *conv, const OnnxNode *pool, const OnnxValue *w)
{
  return conv->prepared && w->ndim == 4 && THOnnx_isOp(pool, "MaxPool") && has_plain_padding(conv) && has_plain_padding(pool) &&
         is_int(pool, "ceil_mode", 0) && is_int(pool, "storage_order", 0) && all_are(pool, "pads", 2, 0) && all_are(pool, "dilations", 1, 1);
}

/* The convolution with other padding; its other attributes are the node's own. */
static void make_inner(Bands *b)
{
  const OnnxNode *n = &b->conv;
  const OnnxAttribute *pads = THOnnx_attribute(n, "pads");
  static char name[] = "pads";
  b->inner = *n;
  b->inner.attribute = THAlloc((n->nattributes + 1) * (ptrdiff_t)sizeof *n->attribute);
  b->inner.nattributes = 0;
  for (int i = 0; i < n->nattributes; i++)
    if (&n->attribute[i] != pads) b->inner.attribute[b->inner.nattributes++] = n->attribute[i];
  for (int i = 0; pads && i < 4; i++) b->pads[i] = pads->ints[i];
  b->above = b->pads[0];
  b->below = b->pads[2];
  b->pads[0] = b->pads[2] = 0;
  b->inner.attribute[b->inner.nattributes++] = (OnnxAttribute){.name = name, .type = ONNX_A_INTS, .n = 4, .ints = b->pads};
}

void THOnnx_joinPool(const OnnxUses *u, OnnxNode *n)
{
  OnnxNode *next = THOnnx_follower(u, n);
  const OnnxValue *w = THOnnx_constantIn(u->graph, n, 1);
  if (!next || !is_banded(n, next, w)) return;
  Bands *b = THAlloc(sizeof *b);
  memset(b, 0, sizeof *b);
  b->conv = *n;
  b->pool = *next;
  b->pool.nout = 1;
  n->prepared = b;
  n->releasePrepared = free_bands;
  make_inner(b);
  n->op = &THOnnx_convPool;
  THOnnx_join(n, next);
}

/* ---- run ---- */

static OnnxValue *new_result(const OnnxCall *c, const OnnxNode *n, OnnxValue *x)
{
  OnnxValue *in[] = {x, c->in[1]}, *out[] = {NULL};
  OnnxCall inner = {n, n == &((const Bands *)c->node->prepared)->pool ? 1 : 2, 1, in, out, c->scope};
  n->op->run(&inner);
  return out[0];
}

/* Rows [first, first + n) of a sample, zeros beyond its ends. */
static OnnxValue *new_rows(const OnnxValue *x, int64_t sample, int64_t first, int64_t n)
{
  const int64_t planes = x->size[1], rows = x->size[2], width = x->size[3], from = THMax(0, first), to = THMin(rows, first + n);
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){1, planes, n, width});
  for (int64_t k = 0; k < planes; k++) {
    const float *plane = (float *)x->data + (sample * planes + k) * rows * width;
    float *at = (float *)r->data + k * n * width;
    const int64_t before = THMin(n, THMax(0, from - first)), inside = THMax(0, to - from);
    memset(at, 0, (size_t)(before * width) * sizeof *at);
    if (inside) memcpy(at + before * width, plane + from * width, (size_t)(inside * width) * sizeof *at);
    memset(at + (before + inside) * width, 0, (size_t)((n - before - inside) * width) * sizeof *at);
  }
  return r;
}

static void put_rows(OnnxValue *r, const OnnxValue *part, int64_t sample, int64_t first)
{
  const int64_t planes = r->size[1], width = r->size[3], n = part->size[2];
  for (int64_t k = 0; k < planes; k++)
    memcpy((float *)r->data + ((sample * planes + k) * r->size[2] + first) * width, (float *)part->data + k * n * width,
           (size_t)(n * width) * sizeof(float));
}

enum { BAND = 1 << 18 /* results of the convolution at a time, about */, FEWEST = 8 /* rows of them */ };

static void op_convPool(OnnxCall *c)
{
  const Bands *b = c->node->prepared;
  const OnnxValue *w = c->in[1];
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  OnnxWindow conv, pool;
  OnnxValue shape = {.kind = ONNX_TENSOR, .ndim = x->ndim};
  int64_t results = 0;
  if (x->ndim == 4 && x->count) {
    for (int d = 0; d < 4; d++) shape.size[d] = x->size[d];
    shape.size[2] += b->above + b->below;
    THOnnx_window(&b->inner, &shape, w->size + 2, &conv);
    results = x->size[0] * w->size[0] * conv.out[0] * conv.out[1];
  }
  if (results <= BAND) {
    ONNX_AUTO whole = new_result(c, &b->conv, c->in[0]);
    THOnnx_give(c, 0, new_result(c, &b->pool, whole));
    return;
  }
  for (int d = 0; d < 2; d++) shape.size[d + 2] = conv.out[d];
  THOnnx_window(&b->pool, &shape, NULL, &pool);
  const int64_t row = w->size[0] * conv.out[1] * pool.stride[0], most = THMax(BAND / row, (FEWEST + pool.stride[0] - 1) / pool.stride[0]);
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){x->size[0], w->size[0], pool.out[0], pool.out[1]});
  for (int64_t s = 0; s < x->size[0]; s++)
    for (int64_t first = 0; first < pool.out[0]; first += most) {
      const int64_t n = THMin(most, pool.out[0] - first), rows = (n - 1) * pool.stride[0] + pool.kernel[0];
      ONNX_AUTO part = new_rows(x, s, first * pool.stride[0] * conv.stride[0] - b->above,
                                (rows - 1) * conv.stride[0] + (conv.kernel[0] - 1) * conv.dilation[0] + 1);
      ONNX_AUTO results_of = new_result(c, &b->inner, part);
      ONNX_AUTO maxima = new_result(c, &b->pool, results_of);
      put_rows(r, maxima, s, first);
    }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}
const OnnxOp THOnnx_convPool = {"Conv", op_convPool, 1, 0, 2, 2, 0, NULL};
