/* Attention of several heads, blockwise: exponentials are taken against the greatest score so far, and what has been summed is
   scaled when a greater one comes. The way back computes the scores again. Forwards a task is a block of queries of a
   head, backwards a head, whose sums have an order. */
#include "common.h"
#include "THNNDevice.h"
#include "blas/gemm/product.h"
#include "loops/THMath.h"
#include <math.h>

enum { BLOCK = 64, PACKED = BLOCK * BLOCK + 32 /* elements of a block of keys of up to 64, packed */ };

typedef THNN_SampleRows Rows;
typedef THNN_Attention Attention;

/* What the next task reads and writes: products ask for it. */
typedef struct Coming {
  int count;
  THProductNext next[32];
} Coming;

/* A block of rows of `head`, from `row` on, in each of `tensors`. */
static void expect(Coming *c, const Attention *a, int64_t head, int64_t row, int64_t all, const Rows *tensors, int count)
{
  const int64_t size = (int64_t)THType_size(a->type);
  for (const Rows *r = tensors; r < tensors + count; r++) {
    const int64_t step = r->ld * size;
    const char *at = (const char *)r->data + (head / a->heads * r->step + head % a->heads * a->n) * size + row * step;
    for (int64_t i = 0; i < a->n * size && c->count < (int)(sizeof c->next / sizeof *c->next); i += 64)
      c->next[c->count++] = (THProductNext){at + i, THMin(BLOCK, all - row), step};
  }
}

/* Of 16 lanes, or of 8, by constants: what they become is in registers. */
#define MEET_BY(width, value) _Pragma("omp simd") for (int k = 0; k < width; k++) { enum { w = width }; lane[k] = value; }
#define MEET(lanes, value) \
  if ((lanes) == 16) { MEET_BY(8, value) } \
  MEET_BY(4, value) MEET_BY(2, value) MEET_BY(1, value)

#define TH_GENERIC_FILE "generic/attention.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const attend[TH_NTYPES])(const Attention *, int64_t, int64_t, int64_t, int64_t, Coming *) = TH_BY_FLOAT_TYPE(attend);
static void (*const head_grad[TH_NTYPES])(const Attention *, int64_t, int64_t, Coming *) = TH_BY_FLOAT_TYPE(head_grad);

static const char *const op = "MultiHeadAttention";

static void check_size(const char *what, int arg, const THAnyTensor *t, int64_t a, int64_t b, int64_t c)
{
  THNN_checkSizeArg(op, what, arg, t, 3, (int64_t[]){a, b, c});
}

static Attention attention_of(const THAnyTensor *query, const THAnyTensor *key, const THAnyTensor *value, int64_t heads,
                              double scale, bool causal)
{
  THArgCheck(query->nDimension == 3, THNN_OWN, "%s: query: expected samples x queries x columns, got %s", op,
             THAnyTensor_sizeDesc(query).str);
  THArgCheck(key->nDimension == 3, THNN_OWN, "%s: key: expected samples x keys x columns, got %s", op,
             THAnyTensor_sizeDesc(key).str);
  if (heads < 1 || query->size[2] % heads != 0)
    THError("%s: %lld columns cannot be cut into %lld heads", op, (long long)query->size[2], (long long)heads);
  Attention a = {.type = (THType)query->type, .samples = query->size[0], .queries = query->size[1], .keys = key->size[1],
                 .heads = heads, .n = query->size[2] / heads, .scale = scale, .causal = causal};
  check_size("key", THNN_OWN, key, a.samples, a.keys, query->size[2]);
  check_size("value", THNN_OWN, value, a.samples, a.keys, query->size[2]);
  THNN_checkBlasSize(op, BLOCK, BLOCK, query->size[2]);
  return a;
}

static THAnyTensor *new_mask(Attention *a, THAnyTensor *mask)
{
  if (!mask) return NULL;
  const THType type = THType_beside(TH_BYTE, a->type);
  THArgCheck(mask->type == type, THNN_OWN, "%s: mask: torch.%sTensor expected, got torch.%sTensor", op, THType_name(type),
             THType_name((THType)mask->type));
  if (THType_onDevice(type)) TH_checkDevice(op, "mask", 0, mask);
  THNN_checkSizeArg(op, "mask", THNN_OWN, mask, 2, (int64_t[]){a->samples, a->keys});
  THAnyTensor *m = THAnyTensor_newContiguous(mask);
  a->mask = THNN_data(m);
  return m;
}

/* Rows without gaps between their elements, as products want them. */
static bool has_rows(const THAnyTensor *t)
{
  return t->stride[2] == 1 && t->stride[1] >= t->size[2] && t->stride[1] <= INT32_MAX;
}

static THAnyTensor *new_rows(THAnyTensor *t, Rows *rows)
{
  THAnyTensor *r = has_rows(t) ? t : THAnyTensor_newContiguous(t);
  if (r == t) THAnyTensor_retain(r);
  *rows = (Rows){THNN_data(r), r->stride[0], r->stride[1]};
  return r;
}

static void take_result(const char *what, THAnyTensor *t, const THAnyTensor *like, Rows *rows)
{
  check_size(what, THNN_OWN, t, like->size[0], like->size[1], like->size[2]);
  if (!has_rows(t)) THError("%s: %s must have its last dimension side by side in memory", op, what);
  *rows = (Rows){THNN_data(t), t->stride[0], t->stride[1]};
}

static int64_t blocks_of(const Attention *a) { return (a->queries + BLOCK - 1) / BLOCK; }

static void forward_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Attention *a = arg;
  const int64_t blocks = blocks_of(a);
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t head = i / blocks, q = i % blocks * BLOCK, after = (i + 1) / blocks, from = (i + 1) % blocks * BLOCK;
    Coming c = {0};
    if (i + 1 < last) {
      expect(&c, a, after, 0, a->keys, (Rows[]){a->key, a->value}, 2);
      expect(&c, a, after, from, a->queries, (Rows[]){a->query, a->output}, 2);
    }
    attend[a->type](a, head / a->heads, head % a->heads, q, THMin(BLOCK, a->queries - q), &c);
  }
}

static void backward_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const Attention *a = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    Coming c = {0};
    if (i + 1 < last) {
      expect(&c, a, i + 1, 0, a->queries, (Rows[]){a->gradQuery, a->output, a->gradOutput, a->query}, 4);
      expect(&c, a, i + 1, 0, a->keys, (Rows[]){a->gradKey, a->gradValue, a->key, a->value}, 4);
    }
    head_grad[a->type](a, i / a->heads, i % a->heads, &c);
  }
}

/* Several tasks at once, where there are enough: each asks for what the next one needs. */
static void run(const Attention *a, int64_t tasks, double work, THRangeFn fn)
{
  TH_parallel(tasks, THMax(TH_pieceFor(tasks, work), tasks / (8 * TH_workersFor(tasks, 1))), fn, a);
}

void THNN_Attention_updateOutput(THNN_STATE, THAnyTensor *query, THAnyTensor *key, THAnyTensor *value,
                                 THAnyTensor *mask, THAnyTensor *output, THAnyTensor *logsum, int64_t heads, double scale,
                                 bool causal)
{
  THNN_TYPES_ANY(op, query, key, value, output, logsum);
  Attention a = attention_of(query, key, value, heads, scale, causal);
  THNN_AUTO m = new_mask(&a, mask);
  THNN_AUTO y = THNN_newResult(output, 3, query->size);
  THNN_AUTO sums = THNN_newResult(logsum, 3, (int64_t[]){a.samples, heads, a.queries});
  /* again, for a result may be one of the operands */
  attention_of(query, key, value, heads, scale, causal);
  check_size("output", THNN_OWN, y, a.samples, a.queries, a.n * heads);
  check_size("logsum", THNN_OWN, sums, a.samples, heads, a.queries);
  check_size("key", THNN_OWN, key, a.samples, a.keys, a.n * heads);
  THNN_AUTO x = new_rows(query, &a.query);
  THNN_AUTO k = new_rows(key, &a.key);
  THNN_AUTO v = new_rows(value, &a.value);
  THNN_AUTO y_ = new_rows(y, &a.output);
  a.logsum = THNN_data(sums);
  if (THType_onDevice(a.type)) THNN_device->attention(&a);
  else run(&a, a.samples * heads * blocks_of(&a), (double)THMin(BLOCK, a.queries) * (double)a.keys * (double)a.n, forward_tasks);
  THNN_finish(y, output);
  THNN_finish(sums, logsum);
}

void THNN_Attention_updateGradInput(THNN_STATE, THAnyTensor *query, THAnyTensor *key, THAnyTensor *value,
                                    THAnyTensor *mask, THAnyTensor *output, THAnyTensor *logsum, THAnyTensor *gradOutput,
                                    THAnyTensor *gradQuery, THAnyTensor *gradKey, THAnyTensor *gradValue, int64_t heads,
                                    double scale, bool causal)
{
  THNN_TYPES_ANY(op, query, key, value, output, logsum, gradOutput, gradQuery, gradKey, gradValue);
  Attention a = attention_of(query, key, value, heads, scale, causal);
  check_size("output", THNN_OWN, output, a.samples, a.queries, query->size[2]);
  check_size("logsum", THNN_OWN, logsum, a.samples, heads, a.queries);
  check_size("gradOutput", 8, gradOutput, a.samples, a.queries, query->size[2]);
  THNN_AUTO m = new_mask(&a, mask);
  THNN_AUTO x = new_rows(query, &a.query);
  THNN_AUTO k = new_rows(key, &a.key);
  THNN_AUTO v = new_rows(value, &a.value);
  THNN_AUTO y = new_rows(output, &a.output);
  THNN_AUTO gy = new_rows(gradOutput, &a.gradOutput);
  THNN_AUTO sums = THAnyTensor_newContiguous(logsum);
  take_result("gradQuery", gradQuery, query, &a.gradQuery);
  take_result("gradKey", gradKey, key, &a.gradKey);
  take_result("gradValue", gradValue, value, &a.gradValue);
  a.logsum = THNN_data(sums);
  if (THType_onDevice(a.type)) THNN_device->attentionGrad(&a);
  else run(&a, a.samples * heads, 3 * (double)a.queries * (double)a.keys * (double)a.n, backward_tasks);
}
