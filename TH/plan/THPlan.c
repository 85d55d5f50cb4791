#include "THPlan.h"
#include "THTiles.h"
#include <stdlib.h>
#include <unistd.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

THExtent THExtent_of(const char *data, int n, const int64_t *size, const int64_t *stride, size_t unit, size_t width)
{
  THExtent e = {data, data + width};
  for (int d = 0; d < n; d++) {
    int64_t span = (size[d] - 1) * stride[d] * (int64_t)unit;
    if (span > 0) e.end += span;
    else e.begin += span;
  }
  return e;
}

/* ---- building ---- */

/* Dimension a belongs inside dimension b: smaller stride in the first operand that tells them
   apart, the output first. */
static bool inside(const THPlan *plan, int a, int b)
{
  for (int k = 0; k < plan->nop; k++) {
    int64_t sa = llabs(plan->stride[a][k]), sb = llabs(plan->stride[b][k]);
    if (sa != sb && sa != 0 && sb != 0) return sa < sb;
  }
  return false;
}

static void swap_dims(THPlan *plan, int a, int b)
{
  int64_t size = plan->size[a];
  plan->size[a] = plan->size[b];
  plan->size[b] = size;
  for (int k = 0; k < plan->nop; k++) {
    int64_t stride = plan->stride[a][k];
    plan->stride[a][k] = plan->stride[b][k];
    plan->stride[b][k] = stride;
  }
}

static bool mergeable(const THPlan *plan, int inner, int outer)
{
  for (int k = 0; k < plan->nop; k++)
    if (plan->stride[outer][k] != plan->size[inner] * plan->stride[inner][k]) return false;
  return true;
}

static void merge_dims(THPlan *plan)
{
  int last = 0;
  for (int d = 1; d < plan->ndim; d++) {
    if (mergeable(plan, last, d)) {
      plan->size[last] *= plan->size[d];
    } else {
      last++;
      plan->size[last] = plan->size[d];
      memcpy(plan->stride[last], plan->stride[d], sizeof *plan->stride);
    }
  }
  if (plan->ndim) plan->ndim = last + 1;
}

void THPlan_build(THPlan *plan, int ndim, const int64_t *size, int nop, const THOperand *op)
{
  plan->nop = nop;
  plan->numel = 1;
  int n = 0;
  for (int d = ndim - 1; d >= 0; d--) {
    plan->numel *= size[d];
    if (size[d] == 1) continue;
    plan->size[n] = size[d];
    for (int k = 0; k < nop; k++)
      plan->stride[n][k] = op[k].stride[d] * (int64_t)op[k].elementSize;
    n++;
  }
  for (int k = 0; k < nop; k++) {
    plan->base[k] = op[k].data;
    plan->width[k] = (int8_t)op[k].elementSize;
  }
  if (n == 0) { /* one element: a dimension of its own keeps the drivers simple */
    plan->size[0] = 1;
    for (int k = 0; k < nop; k++) plan->stride[0][k] = (int64_t)op[k].elementSize;
    n = 1;
  }
  plan->ndim = n;
  if (n == 1) return;
  for (int i = 1; i < n; i++) /* insertion sort: stable, and the input is nearly sorted */
    for (int d = i; d > 0 && inside(plan, d, d - 1); d--) swap_dims(plan, d, d - 1);
  merge_dims(plan);
}

/* ---- running ---- */

/* Where element i lies in every operand, by its index in every dimension. */
static void locate(const THPlan *plan, int64_t i, int64_t *index, char **base)
{
  for (int k = 0; k < plan->nop; k++) base[k] = plan->base[k];
  for (int d = 0; d < plan->ndim; d++) {
    index[d] = i % plan->size[d];
    i /= plan->size[d];
    for (int k = 0; k < plan->nop; k++) base[k] += index[d] * plan->stride[d][k];
  }
}

typedef struct Run {
  const THPlan *plan;
  THLoop loop, past; /* past: writes past the cache itself, or NULL */
  const void *arg;
  bool streamed, copies;
} Run;

/* Elements [begin, end) in the plan's own order; results, which lie close, to `block` instead where it is not NULL. */
static void run_range(const Run *run, int64_t begin, int64_t end, char *block)
{
  const THPlan *plan = run->plan;
  const THLoop loop = run->loop;
  const void *arg = run->arg;
  int nop = plan->nop, ndim = plan->ndim;
  char *base[TH_PLAN_OPS];
  int64_t index[TH_MAX_DIMS];
  locate(plan, begin, index, base);
  if (block) base[0] = block;
  const int64_t *stride = plan->stride[0], row = plan->size[0];
  while (begin < end) {
    int64_t n = THMin(row - index[0], end - begin);
    loop(base, stride, n, arg);
    begin += n;
    if (begin == end) return;
    for (int k = 0; k < nop; k++) base[k] += plan->stride[1][k] - index[0] * stride[k];
    index[0] = 0;
    index[1]++;
    int64_t rows = THMin((end - begin) / row, plan->size[1] - index[1]);
    begin += rows * row;
    index[1] += rows;
    if (run->copies && rows) {
      const int64_t to = plan->stride[1][0], from = plan->stride[1][1];
      THTiles_moveRows(base[0], to, base[1], from, row * stride[0], rows);
      base[0] += rows * to;
      base[1] += rows * from;
      rows = 0;
    }
    for (; rows; rows--) {
      loop(base, stride, row, arg);
      for (int k = 0; k < nop; k++) base[k] += plan->stride[1][k];
    }
    for (int d = 1; index[d] == plan->size[d] && d + 1 < ndim; index[d++] = 0, index[d]++)
      for (int k = 0; k < nop; k++) base[k] += plan->stride[d + 1][k] - plan->size[d] * plan->stride[d][k];
  }
}

/* ---- streaming stores ----
   An output that will not fit in the cache is written past it: ordinary stores would first read
   every line. The loop fills a block that stays in L1, which is then stored non-temporally. What the cache can keep of a
   result comes back from it at the next use, and need not be written meanwhile: so a result alone, a fill, is stored past it
   only from twice its size on, where both take the same time; what is read beside it counts twice. */

#if defined(__SSE2__)
enum { STREAM_BLOCK = 4096 };

static int64_t stream_threshold(void)
{
  static int64_t known;
  int64_t bytes = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (!bytes) {
    long l3 = 0;
#ifdef _SC_LEVEL3_CACHE_SIZE
    l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    /* where several L3 caches are, their sum is reported; a core fills its own only */
    bytes = l3 > 0 ? THMin(l3, 32 << 20) : 16 << 20;
    __atomic_store_n(&known, bytes, __ATOMIC_RELAXED);
  }
  return bytes;
}

static THExtent extent(const THPlan *plan, int k)
{
  int64_t stride[TH_MAX_DIMS];
  for (int d = 0; d < plan->ndim; d++) stride[d] = plan->stride[d][k];
  return THExtent_of(plan->base[k], plan->ndim, plan->size, stride, 1, (size_t)plan->width[k]);
}

static bool dense_result(const THPlan *plan)
{
  int64_t step = plan->width[0];
  for (int d = 0; d < plan->ndim; step *= plan->size[d++])
    if (plan->stride[d][0] != step) return false;
  return true;
}

static bool streamable(const THPlan *plan)
{
  const int64_t enough = 2 * stream_threshold();
  if (plan->numel * 16 * plan->nop < enough || !dense_result(plan)) return false;
  const THExtent r = extent(plan, 0);
  int64_t bytes = r.end - r.begin;
  for (int k = 1; k < plan->nop; k++) {
    const THExtent x = extent(plan, k);
    if (THExtent_meet(r, x)) return false;
    bytes += 2 * (x.end - x.begin);
  }
  return bytes >= enough;
}

/* The block to dst, and meanwhile the inputs of the next one towards the cache: without that reads and
   writes would take turns instead of overlapping. */
static void stream_out(char *dst, const char *src, int64_t bytes, int ninput, char *const *next)
{
  for (int64_t i = 0; i < bytes; i += 64) {
    for (int k = 0; k < ninput; k++) _mm_prefetch(next[k] + i, _MM_HINT_T0);
    __m128i a = _mm_loadu_si128((const __m128i *)(src + i));
    __m128i b = _mm_loadu_si128((const __m128i *)(src + i + 16));
    __m128i c = _mm_loadu_si128((const __m128i *)(src + i + 32));
    __m128i d = _mm_loadu_si128((const __m128i *)(src + i + 48));
    _mm_stream_si128((__m128i *)(dst + i), a);
    _mm_stream_si128((__m128i *)(dst + i + 16), b);
    _mm_stream_si128((__m128i *)(dst + i + 32), c);
    _mm_stream_si128((__m128i *)(dst + i + 48), d);
  }
}

/* A loop that only moves elements needs no block in between. */
static void stream_range(const Run *run, int64_t begin, int64_t end)
{
  const THPlan *plan = run->plan;
  const void *arg = run->arg;
  _Alignas(64) char block[STREAM_BLOCK];
  const int64_t *stride = plan->stride[0], width = stride[0];
  int64_t to_line = (int64_t)(-(uintptr_t)(plan->base[0] + begin * width) % 64);
  int64_t head = to_line % width ? end - begin : THMin(to_line / width, end - begin);
  run_range(run, begin, begin + head, NULL);
  begin += head;
  char *base[TH_PLAN_OPS];
  int64_t index[TH_MAX_DIMS];
  locate(plan, begin, index, base);
  if (run->past && plan->ndim == 1) {
    const int64_t n = (end - begin) * width / 64 * 64 / width;
    if (n) run->past(base, stride, n, arg);
    begin += n;
  } else if (run->copies && plan->ndim == 1 && stride[0] == stride[1]) {
    int64_t bytes = (end - begin) * width / 64 * 64;
    stream_out(base[0], base[1], bytes, 0, NULL);
    begin += bytes / width;
  }
  while (end - begin >= 64) {
    int64_t n = THMin(end - begin, STREAM_BLOCK / width) * width / 64 * 64 / width;
    run_range(run, begin, begin + n, block);
    char *to = plan->base[0] + begin * width;
    begin += n;
    locate(plan, begin, index, base); /* past the last element, the first */
    stream_out(to, block, n * width, plan->nop - 1, base + 1);
  }
  _mm_sfence();
  if (begin < end) run_range(run, begin, end, NULL);
}
#else
static bool streamable(const THPlan *plan) { return (void)plan, false; }
static void stream_range(const Run *run, int64_t begin, int64_t end) { run_range(run, begin, end, NULL); }
#endif

static void run_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Run *r = arg;
  (void)worker;
  if (r->streamed) stream_range(r, first, last);
  else run_range(r, first, last, NULL);
}

static void run_rows(const THPlan *plan, int nresult, THLoop loop, THLoop past, bool copies, int work, const void *arg)
{
  if (plan->ndim == 1 && plan->numel * work < 4 * TH_GRAIN) {
    loop(plan->base, plan->stride[0], plan->numel, arg);
    return;
  }
  Run run = {plan, loop, past, arg, nresult == 1 && streamable(plan), copies};
  /* pieces of whole blocks keep threads off each other's cache lines */
  int64_t piece = (TH_pieceFor(plan->numel, work) + 63) / 64 * 64;
  TH_parallel(plan->numel, piece, run_piece, &run);
}

void THPlan_run(const THPlan *plan, THLoop loop, bool copies, int work, const void *arg)
{
  if (THTiles_needed(plan)) THTiles_run(plan, 1, loop, copies, work, arg);
  else run_rows(plan, 1, loop, NULL, copies, work, arg);
}

void THPlan_runSeveral(const THPlan *plan, int nresult, THLoop loop, THLoop past, const void *arg)
{
  bool right = true;
  for (int k = 0; k < plan->nop; k++) right = right && plan->stride[0][k] == plan->width[k];
  if (right) run_rows(plan, nresult, loop, past, false, 1, arg);
  else THTiles_run(plan, nresult, loop, false, 1, arg);
}
