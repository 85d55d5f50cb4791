/* A convolution whose results only another one, or a maximum of windows, reads: some rows of both at a time, so that all of the
   results between them are never in memory, and those that are stay near the processor. */
#include "direct.h"
#include "fuse.h"

enum { ATTRIBUTES = 16 };
typedef struct Bands {
  OnnxNode node[2]; /* as they were */
} Bands;

static void free_bands(void *prepared)
{
  Bands *b = prepared;
  for (int i = 0; i < 2; i++)
    if (b->node[i].releasePrepared) b->node[i].releasePrepared(b->node[i].prepared);
  THFree(b);
}

/* ---- found ---- */

static bool is_int(const OnnxNode *n, const char *name, int64_t otherwise)
{
  const OnnxAttribute *a = THOnnx_attribute(n, name);
  return !a || (a->type == ONNX_A_INT && a->i == otherwise);
}

/* A convolution of pictures, by itself. */
static bool is_convolution(const OnnxGraph *g, const OnnxNode *n)
{
  const OnnxValue *w = n && n->nin > 1 ? THOnnx_constantIn(g, n, 1) : NULL;
  return w && THOnnx_isOp(n, "Conv") && n->releasePrepared != free_bands && n->nattributes < ATTRIBUTES && THOnnx_isFloats(w) && w->ndim == 4;
}

static bool is_maximum(const OnnxUses *u, const OnnxNode *n)
{
  return n && THOnnx_isOp(n, "MaxPool") && n->nattributes < ATTRIBUTES && is_int(n, "ceil_mode", 0) && is_int(n, "storage_order", 0) &&
         (n->nout < 2 || n->outSlot[1] < 0 || !u->count[n->outSlot[1]]);
}

/* The two are one node, which reads what they read. */
static void join(OnnxNode *n, OnnxNode *next)
{
  Bands *b = THAlloc(sizeof *b);
  *b = (Bands){{*n, *next}};
  TH_AUTO_MEM int *slots = THAlloc((n->nin + next->nin) * (ptrdiff_t)sizeof *slots);
  int count = 0;
  for (int i = 0; i < n->nin; i++) slots[count++] = n->inSlot[i];
  for (int i = 1; i < next->nin; i++) slots[count++] = next->inSlot[i];
  next->releasePrepared = NULL;
  next->prepared = NULL;
  n->prepared = b;
  n->releasePrepared = free_bands;
  n->op = &THOnnx_bands;
  THOnnx_readInstead(n, count, slots);
  THOnnx_join(n, next);
}

void THOnnx_joinWindows(const OnnxUses *u, OnnxNode *n)
{
  const OnnxGraph *g = u->graph;
  if (!is_convolution(g, n)) return;
  OnnxNode *next = THOnnx_follower(u, n);
  if (!next || next->inSlot[0] != n->outSlot[0]) return;
  if (n->prepared && is_maximum(u, next)) join(n, next);
  else if (is_convolution(g, next) && !(next->prepared && is_maximum(u, THOnnx_follower(u, next)))) join(n, next);
}

/* ---- run ---- */

/* A result of one of them, with the padding that is given: top, left, bottom, right; NULL: its own. */
static OnnxValue *new_result(const OnnxCall *c, int which, OnnxValue *x, int64_t *pads)
{
  static char name[] = "pads";
  OnnxNode n = ((const Bands *)c->node->prepared)->node[which];
  OnnxAttribute attribute[ATTRIBUTES];
  if (pads) {
    int k = 0;
    for (int i = 0; i < n.nattributes; i++)
      if (strcmp(n.attribute[i].name, "pads") && strcmp(n.attribute[i].name, "auto_pad")) attribute[k++] = n.attribute[i];
    attribute[k++] = (OnnxAttribute){.name = name, .type = ONNX_A_INTS, .n = 4, .ints = pads};
    n.attribute = attribute;
    n.nattributes = k;
  }
  const int first = which ? ((const Bands *)c->node->prepared)->node[0].nin - 1 : 0;
  OnnxValue *in[3] = {x}, *out[1] = {NULL};
  for (int i = 1; i < n.nin && i < 3; i++) in[i] = c->in[first + i];
  OnnxCall inner = {&n, THMin(n.nin, 3), 1, in, out, c->scope};
  n.op->run(&inner);
  return out[0];
}

static OnnxValue *new_rows(const OnnxValue *x, int64_t sample, int64_t first, int64_t end)
{
  const int64_t planes = x->size[1], rows = x->size[2], width = x->size[3], n = end - first;
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){1, planes, n, width});
  for (int64_t k = 0; k < planes; k++)
    memcpy((float *)r->data + k * n * width, (float *)x->data + ((sample * planes + k) * rows + first) * width, (size_t)(n * width) * sizeof(float));
  return r;
}

static void put_rows(OnnxValue *r, const OnnxValue *part, int64_t sample, int64_t first)
{
  const int64_t planes = r->size[1], width = r->size[3], n = part->size[2];
  for (int64_t k = 0; k < planes; k++)
    memcpy((float *)r->data + ((sample * planes + k) * r->size[2] + first) * width, (float *)part->data + k * n * width,
           (size_t)(n * width) * sizeof(float));
}

/* Rows [first, end) of the results of a window become the rows of its input that they see, and the padding beyond its ends. */
static void rows_seen(const OnnxWindow *w, int64_t *first, int64_t *end, int64_t *pads)
{
  const int64_t from = *first * w->stride[0] - w->before[0],
                to = (*end - 1) * w->stride[0] - w->before[0] + (w->kernel[0] - 1) * w->dilation[0] + 1;
  *first = THMax(0, from);
  *end = THMin(w->in[0], to);
  pads[0] = *first - from, pads[1] = w->before[1], pads[2] = to - *end, pads[3] = w->after[1];
}

static bool is_plain(const OnnxWindow *w)
{
  bool plain = w->n == 2;
  for (int d = 0; d < w->n; d++) {
    const int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1;
    plain = plain && w->out[d] > 0 && w->before[d] >= 0 && w->after[d] >= 0 && w->before[d] < reach && w->after[d] < reach;
  }
  return plain;
}

/* What both see, and how large the results are; false: it is not to be computed by rows. */
static bool find_windows(const OnnxCall *c, OnnxWindow *w, OnnxValue *between, OnnxValue *result)
{
  const OnnxNode *node = ((const Bands *)c->node->prepared)->node;
  const OnnxValue *x = c->in[0], *w0 = c->in[1], *w1 = c->nin > node[0].nin ? c->in[node[0].nin] : NULL;
  if (x->type != THONNX_FLOAT || x->ndim != 4 || !x->count) return false;
  THOnnx_window(&node[0], x, w0->size + 2, &w[0]);
  *between = (OnnxValue){.kind = ONNX_TENSOR, .ndim = 4, .size = {x->size[0], w0->size[0], w[0].out[0], w[0].out[1]}};
  if (!is_plain(&w[0])) return false;
  THOnnx_window(&node[1], between, w1 ? w1->size + 2 : NULL, &w[1]);
  *result = (OnnxValue){.kind = ONNX_TENSOR, .ndim = 4, .size = {x->size[0], w1 ? w1->size[0] : w0->size[0], w[1].out[0], w[1].out[1]}};
  return is_plain(&w[1]);
}

/* Results of the convolution at a time, about, and the fewest rows of them. One whose rows another convolution reads is made
   partly twice, where bands meet, and many small bands cost more than they save. */
enum { BAND = 1 << 18, LARGE_BAND = 3 << 19, FEWEST = 8 };

static OnnxValue *new_band(const OnnxCall *c, const OnnxWindow *w, int64_t sample, int64_t first, int64_t end)
{
  int64_t pads[2][4];
  rows_seen(&w[1], &first, &end, pads[1]);
  rows_seen(&w[0], &first, &end, pads[0]);
  OnnxValue *part = new_rows(c->in[0], sample, first, end);
  ONNX_AUTO held = part;
  ONNX_AUTO between = new_result(c, 0, part, pads[0]);
  THOnnx_free(part);
  held = NULL;
  return new_result(c, 1, between, pads[1]);
}

static void op_bands(OnnxCall *c)
{
  OnnxWindow w[2];
  OnnxValue between, result;
  const int64_t band = THOnnx_isOp(&((const Bands *)c->node->prepared)->node[1], "Conv") ? LARGE_BAND : BAND;
  if (!find_windows(c, w, &between, &result) || THOnnx_product(between.size, 4) <= band) {
    ONNX_AUTO whole = new_result(c, 0, c->in[0], NULL);
    THOnnx_give(c, 0, new_result(c, 1, whole, NULL));
    return;
  }
  const int64_t step = w[1].stride[0], row = between.size[1] * between.size[3] * step, most = THMax(band / row, (FEWEST + step - 1) / step);
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, result.size);
  for (int64_t s = 0; s < r->size[0]; s++)
    for (int64_t first = 0; first < r->size[2]; first += most) {
      ONNX_AUTO part = new_band(c, w, s, first, THMin(first + most, r->size[2]));
      put_rows(r, part, s, first);
    }
  THOnnx_give(c, 0, TH_RELEASE(r));
}
const OnnxOp THOnnx_bands = {"Conv", op_bands, 1, 0, 2, 5, 0, NULL};
