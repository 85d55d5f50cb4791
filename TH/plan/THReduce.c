/* Drivers of the reductions. The elements are cut into tasks by shape alone; partial results are
   joined in the order of the tasks. So the result is the same for any number of threads. */
#include "THReduce.h"
#include "THRepeat.h"
#include "core/THDevice.h"
#include <stdlib.h>

enum {
  CHUNK = 16384,  /* elements that one accumulator takes in before it is merged */
  PIECE = 1024,   /* of it at a time, where elements are produced */
  COLUMNS = 3072, /* accumulators side by side in an outer reduction; they stay in L1 */
  NARROW = 64,    /* and so many at least, where that makes TASKS of them */
  TASKS = 8,
  TOGETHER = 64,  /* lanes of one accumulator each that are finished together */
  MAX_LANES = 64, /* of any reduction's inner loop */
  MAX_ACC = 8     /* bytes of the largest accumulator */
};

/* For a device type the loops of its accumulators: Half sums up as Float does. A Bool is read as a Byte. */
static const THReduceLoops *loops_of(const char *op, THReduceOp reduction, THType of)
{
  THType type = THType_element(of);
  if (type == TH_HALF && THType_onDevice(of)) type = TH_FLOAT;
  if (type == TH_BOOL) type = TH_BYTE;
  const THReduceLoops *loops = &THLoops_current()->reduce[reduction][type];
  if (!loops->inner) THError("%s: not defined for %sTensor", op, THType_name(of));
  return loops;
}

static const THReduceLoops *loops_for(const char *op, THReduceOp reduction, const THAnyTensor *x)
{
  return loops_of(op, reduction, (THType)x->type);
}

/* Each of n accumulators as after `times` rounds of what it has taken in: an expanded dimension. By doubling, which no sum
   is rounded by. Clobbers acc; the result is in `more`. */
static void repeat(const THReduceLoops *loops, char *acc, char *more, int64_t n, int64_t times)
{
  loops->start(more, n);
  for (;; times /= 2) {
    if (times % 2) loops->merge(more, acc, n);
    if (times == 1) return;
    loops->merge(acc, acc, n);
  }
}

/* ---- everything ---- */

/* Elements [begin, end) in plan order into *acc. */
static void reduce_range(const THPlan *plan, const THReduceLoops *loops, void *acc, int64_t begin,
                         int64_t end, const void *arg)
{
  while (begin < end) {
    int64_t rest = begin / plan->size[0], at = begin % plan->size[0];
    const char *x = plan->base[0] + at * plan->stride[0][0];
    for (int d = 1; d < plan->ndim; d++) {
      x += rest % plan->size[d] * plan->stride[d][0];
      rest /= plan->size[d];
    }
    int64_t n = THMin(plan->size[0] - at, end - begin);
    loops->inner(acc, x, plan->stride[0][0], n, arg);
    begin += n;
  }
}

typedef struct AllReduction {
  const THPlan *plan;
  const THReduceLoops *loops;
  char *part; /* an accumulator for each chunk */
  const void *arg;
  int64_t n, times, width; /* all of it so many times over */
  THProduce produce; /* without a plan */
  const void *producer;
} AllReduction;

/* Joins lanes to *acc as inner does: the far half to the near one until one is left, and the n < lanes elements left at x
   to the halves that they fill. */
static void join_lanes(const AllReduction *r, void *acc, char *lane, const char *x, int64_t n)
{
  const THReduceLoops *loops = r->loops;
  for (int w = loops->lanes / 2; w > 0; w /= 2) {
    loops->merge(lane, lane + (size_t)w * loops->accBytes, w);
    if (n < w) continue;
    loops->outer(lane, x, r->width, w, w * r->width, 1, r->arg);
    x += w * r->width;
    n -= w;
  }
  loops->merge(acc, lane, 1);
}

/* Elements [begin, end), as they are produced, into *acc: piece by piece through the first cache. Lanes are columns of an
   outer reduction, so that the order is inner's. */
static __attribute__((noinline)) void reduce_produced(const AllReduction *r, void *acc, int64_t begin, int64_t end)
{
  _Alignas(64) char block[PIECE * 8], lane[MAX_LANES * MAX_ACC];
  const THReduceLoops *loops = r->loops;
  const int lanes = loops->lanes;
  if (end - begin <= PIECE) {
    r->produce(r->producer, begin, end - begin, block);
    loops->inner(acc, block, r->width, end - begin, r->arg);
    return;
  }
  loops->start(lane, lanes);
  int64_t n = 0, whole = 0;
  for (; begin < end; begin += PIECE) {
    n = THMin(end - begin, PIECE);
    whole = n / lanes * lanes;
    r->produce(r->producer, begin, n, block);
    loops->outer(lane, block, r->width, lanes, lanes * r->width, whole / lanes, r->arg);
  }
  join_lanes(r, acc, lane, block + whole * r->width, n - whole);
}

static void reduce_chunks(const void *arg, int64_t first, int64_t last, int worker)
{
  const AllReduction *r = arg;
  (void)worker;
  for (int64_t c = first; c < last; c++) {
    _Alignas(16) char acc[MAX_ACC]; /* a thread's own: those of other chunks share its line in `part` */
    r->loops->start(acc, 1);
    const int64_t begin = c * CHUNK, end = THMin(r->n, begin + CHUNK);
    if (r->plan) reduce_range(r->plan, r->loops, acc, begin, end, r->arg);
    else reduce_produced(r, acc, begin, end);
    memcpy(r->part + c * MAX_ACC, acc, r->loops->accBytes);
  }
}

static THScalar finish_all(const AllReduction *r, char *acc)
{
  _Alignas(16) char more[MAX_ACC];
  if (r->times > 1) repeat(r->loops, acc, more, 1, r->times);
  return r->loops->finish(r->times > 1 ? more : acc, r->n * r->times, r->arg);
}

/* All chunks, in several threads when there are many. */
static THScalar reduce_all(AllReduction *r)
{
  const int64_t chunks = (r->n + CHUNK - 1) / CHUNK;
  TH_AUTO_MEM char *part = r->part = THAlloc(chunks * MAX_ACC);
  TH_parallel(chunks, TH_pieceFor(chunks, CHUNK), reduce_chunks, r);
  if (chunks == 1) return finish_all(r, part);
  _Alignas(16) char total[MAX_ACC];
  r->loops->start(total, 1);
  for (int64_t c = 0; c < chunks; c++) r->loops->merge(total, part + c * MAX_ACC, 1);
  return finish_all(r, total);
}

THScalar THReduce_produced(const char *op, THReduceOp reduction, THType type, int64_t n, THProduce produce,
                           const void *producer)
{
  const char zero[16] = {0};
  AllReduction r = {.loops = loops_of(op, reduction, type), .arg = zero, .n = n, .times = 1,
                    .width = (int64_t)THType_size(type), .produce = produce, .producer = producer};
  return reduce_all(&r);
}

/* x's sizes, expanded dimensions 1 long; how often the elements of these sizes come up. */
static int64_t fold_sizes(const THAnyTensor *x, int64_t *size)
{
  int64_t times = 1;
  for (int d = 0; d < x->nDimension; d++) {
    size[d] = x->stride[d] ? x->size[d] : 1;
    if (!x->stride[d]) times *= x->size[d];
  }
  return times;
}

THScalar THReduce_all(const char *op, THReduceOp reduction, THAnyTensor *x, THScalar s)
{
  const THReduceLoops *loops = loops_for(op, reduction, x);
  _Alignas(16) char arg[16];
  THScalar_store(x->type, arg, s);
  _Alignas(16) char total[MAX_ACC];
  loops->start(total, 1);
  if (THAnyTensor_nElement(x) == 0) return loops->finish(total, 0, arg);
  const bool device = THType_onDevice((THType)x->type);
  int64_t folded[TH_MAX_DIMS], times = device ? 1 : fold_sizes(x, folded);
  THPlan plan;
  THPlan_build(&plan, x->nDimension, device ? x->size : folded, 1,
               &(THOperand){THAnyTensor_data(x), x->stride, THType_size(x->type)});
  if (device) {
    TH_checkSameDevice(op, x, 0, NULL);
    return TH_device->reduceAll(op, reduction, (THType)x->type, &plan, arg);
  }
  AllReduction r = {.plan = &plan, .loops = loops, .arg = arg, .n = plan.numel, .times = times};
  if (r.n > CHUNK) return reduce_all(&r);
  reduce_range(&plan, loops, total, 0, r.n, arg);
  return finish_all(&r, total);
}

/* ---- along a dimension ----
   Plan operands: 0 the result, 1 the input, over the kept dimensions only. The reduced dimension is
   apart: `length` elements, `step` bytes; an expanded one is `length` 1, `times` over. A task is a block of kept elements times a chunk of the
   reduced dimension. When the innermost kept dimension lies closer in memory than the reduced one,
   a block is a row of COLUMNS accumulators (outer reduction), else a single one. */
typedef struct DimReduction {
  const THReduceLoops *loops;
  THPlan kept;
  int64_t length, times, step, chunk, chunks;
  int64_t columns, blocks; /* columns per block, blocks per innermost row */
  char *part;              /* [task][columns] accumulators, when chunks > 1 */
  THType type;
  const void *arg;
} DimReduction;

/* Start of kept element number i: result and input. */
static void locate(const DimReduction *r, int64_t row, int64_t column, char **out, const char **in)
{
  const THPlan *p = &r->kept;
  *out = p->base[0] + column * p->stride[0][0];
  *in = p->base[1] + column * p->stride[0][1];
  for (int d = 1; d < p->ndim; d++) {
    int64_t at = row % p->size[d];
    row /= p->size[d];
    *out += at * p->stride[d][0];
    *in += at * p->stride[d][1];
  }
}

static void accumulate(const DimReduction *r, void *acc, const char *x, int64_t columns,
                       int64_t first, int64_t n)
{
  x += first * r->step;
  r->loops->start(acc, columns);
  if (r->columns == 1) r->loops->inner(acc, x, r->step, n, r->arg);
  else r->loops->outer(acc, x, r->kept.stride[0][1], columns, r->step, n, r->arg);
}

static void finish(const DimReduction *r, const char *acc, char *out, int64_t columns)
{
  if (r->loops->plain && r->type == TH_FLOAT && r->loops->accBytes == sizeof(double)) { /* sums, without two calls for each */
    const int64_t step = r->kept.stride[0][0];
    for (int64_t j = 0; j < columns; j++) *(float *)(out + j * step) = (float)((const double *)acc)[j];
    return;
  }
  for (int64_t j = 0; j < columns; j++)
    THScalar_store(r->type, out + j * r->kept.stride[0][0],
                   r->loops->finish(acc + (size_t)j * r->loops->accBytes, r->length * r->times, r->arg));
}

static __attribute__((noinline)) void finish_repeated(const DimReduction *r, char *acc, char *out, int64_t columns)
{
  _Alignas(64) char more[COLUMNS * MAX_ACC];
  repeat(r->loops, acc, more, columns, r->times);
  finish(r, more, out, columns);
}

static void run_task(const DimReduction *r, int64_t task)
{
  int64_t chunk = task % r->chunks, block = task / r->chunks;
  int64_t row = block / r->blocks, column = block % r->blocks * r->columns;
  int64_t columns = THMin(r->columns, r->kept.size[0] - column);
  int64_t first = chunk * r->chunk, n = THMin(r->chunk, r->length - first);
  char *out;
  const char *in;
  locate(r, row, column, &out, &in);
  _Alignas(64) char local[COLUMNS * MAX_ACC];
  char *acc = r->part ? r->part + (size_t)(task * r->columns) * r->loops->accBytes : local;
  accumulate(r, acc, in, columns, first, n);
  if (r->times > 1) finish_repeated(r, acc, out, columns);
  else if (!r->part) finish(r, acc, out, columns);
}

/* Tasks of one lane each, whole: the next one lies beside the last. */
static void run_lanes(const DimReduction *r, int64_t first, int64_t last)
{
  const int64_t *stride = r->kept.stride[0], length = r->kept.size[0];
  while (first < last) {
    const int64_t column = first % length, n = THMin(THMin(last - first, length - column), TOGETHER);
    char *out;
    const char *in;
    locate(r, first / length, column, &out, &in);
    _Alignas(16) char acc[TOGETHER * MAX_ACC];
    r->loops->start(acc, n);
    for (int64_t j = 0; j < n; j++, in += stride[1])
      r->loops->inner(acc + (size_t)j * r->loops->accBytes, in, r->step, r->length, r->arg);
    finish(r, acc, out, n);
    first += n;
  }
}

/* Joins the chunks of a block, in order. */
static void join_block(const DimReduction *r, int64_t block)
{
  size_t bytes = (size_t)r->columns * r->loops->accBytes;
  int64_t row = block / r->blocks, column = block % r->blocks * r->columns;
  int64_t columns = THMin(r->columns, r->kept.size[0] - column);
  char *acc = r->part + (size_t)(block * r->chunks) * bytes, *out;
  const char *in;
  for (int64_t c = 1; c < r->chunks; c++) r->loops->merge(acc, acc + (size_t)c * bytes, columns);
  locate(r, row, column, &out, &in);
  finish(r, acc, out, columns);
}

/* Blocks of whole vectors, where one would keep a single thread busy. */
static void narrow_blocks(DimReduction *r)
{
  const int64_t unit = 16, inner = r->kept.size[0], rows = r->kept.numel / inner * r->chunks;
  while (r->columns >= 2 * NARROW && rows * r->blocks < TASKS) {
    r->columns = (r->columns / 2 + unit - 1) / unit * unit;
    r->blocks = (inner + r->columns - 1) / r->columns;
  }
}

static void cut(DimReduction *r)
{
  int64_t inner = r->kept.size[0], across = llabs(r->kept.stride[0][1]), along = llabs(r->step);
  bool outer = inner >= 4 && across && (!along || across < along); /* a stride of 0: an expanded dimension */
  r->columns = outer ? THMin(inner, COLUMNS) : 1;
  r->blocks = (inner + r->columns - 1) / r->columns;
  r->chunk = THMax(CHUNK * 16 / r->columns / 8 * 8, 64); /* rows of a chunk: loops take eight at a time */
  r->columns = (inner + r->blocks - 1) / r->blocks; /* none much narrower than the others */
  r->chunks = (r->length + r->chunk - 1) / r->chunk;
  if (outer && r->kept.numel * r->length >= 4 * TH_GRAIN) narrow_blocks(r);
}

static void run_tasks(const void *arg, int64_t first, int64_t last, int worker)
{
  const DimReduction *r = arg;
  (void)worker;
  if (r->columns == 1 && r->chunks == 1 && r->times == 1) run_lanes(r, first, last);
  else
    for (int64_t t = first; t < last; t++) run_task(r, t);
}

static void reduce_dim(DimReduction *r)
{
  cut(r);
  int64_t blocks = r->kept.numel / r->kept.size[0] * r->blocks, tasks = blocks * r->chunks;
  TH_AUTO_MEM char *part =
    r->chunks > 1 ? THAlloc(tasks * r->columns * (int64_t)r->loops->accBytes) : NULL;
  r->part = part;
  double work = (double)r->kept.numel * (double)r->length / (double)tasks;
  TH_parallel(tasks, TH_pieceFor(tasks, work), run_tasks, r);
  if (part)
    for (int64_t b = 0; b < blocks; b++) join_block(r, b);
}

void THReduce_dim(const char *op, THReduceOp reduction, THAnyTensor *r_, THAnyTensor *x_, int dim, int dimArg,
                  int keepdim, THScalar s)
{
  DimReduction r = {.loops = loops_for(op, reduction, x_), .type = x_->type, .times = 1};
  TH_checkDim(op, x_, dim, dimArg);
  _Alignas(16) char arg[16];
  THScalar_store(x_->type, arg, s);
  r.arg = arg;
  /* a header of its own: r_ may be x, and is resized */
  TH_AUTO(THAnyTensor) x =
    r_->storage && r_->storage == x_->storage ? THAnyTensor_newClone(x_) : THAnyTensor_newWithTensor(x_);
  THAnyTensor_data(x); /* raises where the storage does not hold all of it: below, one element stands for the lane */
  r.length = x->size[dim];
  r.step = x->stride[dim] * (int64_t)THType_size(x->type);
  x->size[dim] = 1;
  THAnyTensor_resizeAs(r_, x);
  const bool device = THType_onDevice(r.type);
  const uint64_t folded = device ? 0 : THRepeat_dims(x, dim);
  THRepeat_fold(x, folded);
  THPlan_build(&r.kept, x->nDimension, x->size, 2,
               (THOperand[]){{THAnyTensor_data(r_), r_->stride, THType_size(r_->type)},
                             {THAnyTensor_data(x), x->stride, THType_size(x->type)}});
  if (device) {
    TH_checkSameDevice(op, r_, 1, &x);
    TH_device->reduceDim(op, reduction, r.type, &r.kept, r.length, r.step, arg);
  } else {
    if (r.step == 0 && r.length > 1) r.times = r.length, r.length = 1;
    reduce_dim(&r);
    THRepeat_spread(r_, folded);
  }
  if (!keepdim && r_->nDimension > 1) THAnyTensor_squeeze1d(r_, NULL, dim);
}
