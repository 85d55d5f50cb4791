/* Programs of pointwise operations in one pass. The whole program is the loop of a plan: what brings inputs of any layout
   to blocks, shares blocks among threads and stores large results past the cache is that of single operations. */
#include "THFuseProgram.h"
#include "THMap.h"
#include "THReduce.h"
#include "THTensorPointwise.h"
#include "core/THDevice.h"

enum {
  SCRATCH = 48 << 10, /* bytes for the values of a block that are no operands; with them, it stays in the second cache */
  LARGEST = 1024,     /* elements of a block: a quarter of the first cache for a Float */
  SHAPE_DIMS = 8
};

/* A step with its numbers. */
typedef struct Prepared {
  THLoop loop;
  char number[16];
} Prepared;
typedef struct Call {
  const THFuse *f;
  const Prepared *step;
  int64_t block;
  char *const *base; /* of operands; for produce */
  const THScalar *given; /* the numbers of the call */
} Call;

static __thread bool in_one_pass;
bool THFuse_inOnePass(void) { return in_one_pass; }

/* ---- blocks ---- */

/* n elements from element `first` of the block on. */
static inline void run_step(const THFuse *f, const FuseStep *step, const Prepared *prepared, char *const *at, int result,
                            int64_t first, int64_t n)
{
  const int64_t width = (int64_t)THType_size(step->type), to = (int64_t)THType_size(f->value[result].type);
  char *base[1 + FUSE_INPUTS] = {at[result] + first * to};
  const int64_t stride[1 + FUSE_INPUTS] = {to, width, width, width};
  for (int k = 0; k < step->nin; k++) base[k + 1] = at[step->in[k]] + first * width;
  prepared->loop(base, stride, n, prepared->number);
}

static void run_steps(const Call *call, int begin, int end, char *const *at, int64_t first, int64_t n)
{
  const THFuse *f = call->f;
  for (int s = begin; s < end; s++) run_step(f, &f->step[s], &call->step[s], at, f->ninput + s, first, n);
}

/* The links of all chains, with the numbers of a call; their tensors come block by block. past: the result goes past the cache. */
static void make_links(const Call *call, bool past, THLink *link)
{
  const THFuse *f = call->f;
  for (int l = 0; l < f->nlink; l++) {
    const FuseLink *from = &f->link[l];
    const bool streams = past && from->stores && from->value == f->nvalue - 1;
    link[l].function = streams ? THLoops_current()->chain[f->step[from->step].type].stream : from->function;
    memcpy(link[l].number, call->step[from->step].number, sizeof link[l].number);
  }
}

enum { AHEAD = 2 }; /* blocks between what is computed and what is fetched */

/* Share `part` of `parts` of a block's inputs comes towards the cache: while a block is computed the memory would be
   idle. at: of this block, of n elements. Inline, for GCC drops calls of a function that does nothing but prefetch. */
static inline __attribute__((always_inline)) void fetch_ahead(const THFuse *f, char *const *at, int64_t n, int64_t part, int64_t parts)
{
  for (int v = 0; v < f->ninput; v++) {
    if (f->value[v].operand < 0) continue;
    const int64_t bytes = n * (int64_t)THType_size(f->value[v].type), share = (bytes / parts + 63) / 64 * 64;
    const char *next = at[v] + AHEAD * bytes;
    for (int64_t i = part * share; i < THMin(bytes, (part + 1) * share); i += 64) __builtin_prefetch(next + i, 0, 2);
  }
}

enum { PARTS = 4 }; /* of a chain over a block */

/* What is left of the last strip goes step by step. */
static void run_chain(const Call *call, const FuseSegment *segment, THLink *link, char *const *at, int64_t n, bool fetch)
{
  const THFuse *f = call->f;
  const THType type = f->step[segment->first].type;
  const THChainLoops *loops = &THLoops_current()->chain[type];
  const int64_t width = (int64_t)THType_size(type), bytes = n * width / loops->strip * loops->strip;
  for (int l = segment->link; l < segment->link + segment->links; l++)
    if (f->link[l].value >= 0) link[l].data = at[f->link[l].value];
  const int64_t part = fetch ? (bytes / PARTS + loops->strip - 1) / loops->strip * loops->strip : bytes;
  for (int64_t begin = 0; begin < bytes; begin += part) {
    if (fetch) fetch_ahead(f, at, n, begin / part, PARTS);
    loops->run(link + segment->link, begin, THMin(bytes, begin + part));
  }
  if (bytes < n * width) run_steps(call, segment->first, segment->last, at, bytes / width, n - bytes / width);
}

/* Results that are an input, or the same as another one. */
static void copy_results(const THFuse *f, char *const *base, char *const *at, int64_t done, int64_t n)
{
  for (int k = 0; k < f->nstore; k++) {
    const FuseValue *v = &f->value[f->store[k]];
    const size_t width = THType_size(v->type);
    if (v->operand != k) memmove(base[k] + (size_t)done * width, at[f->store[k]], (size_t)n * width);
  }
}

static void run_blocks(char *const *base, int64_t n, const Call *call, bool past)
{
  const THFuse *f = call->f;
  _Alignas(64) char scratch[SCRATCH];
  char *at[FUSE_VALUES];
  THLink link[FUSE_LINKS];
  make_links(call, past, link);
  for (int v = 0; v < f->nvalue; v++)
    at[v] = f->value[v].operand >= 0 ? base[f->value[v].operand]
                                     : scratch + THMax(f->value[v].slot, 0) * call->block * f->width;
  for (int64_t done = 0; done < n; done += call->block) {
    const int64_t m = THMin(n - done, call->block);
    for (int k = 0; k < f->nsegment; k++) {
      const FuseSegment *segment = &f->segment[k];
      const bool fetch = m == call->block && f->nsegment > 1;
      if (fetch) fetch_ahead(f, at, m, k, f->nsegment);
      if (segment->links) run_chain(call, segment, link, at, m, m == call->block && f->nsegment == 1);
      else run_steps(call, segment->first, segment->last, at, 0, m);
    }
    copy_results(f, base, at, done, m);
    for (int v = 0; v < f->nvalue; v++)
      if (f->value[v].operand >= 0) at[v] += m * (int64_t)THType_size(f->value[v].type);
  }
}

/* The THLoops of a program; all operands are contiguous. */
static void run_program(char *const *base, const int64_t *stride, int64_t n, const void *arg)
{
  (void)stride;
  run_blocks(base, n, arg, false);
}

static void run_past(char *const *base, const int64_t *stride, int64_t n, const void *arg)
{
  (void)stride;
  run_blocks(base, n, arg, true);
}

/* What the only result of a program of contiguous inputs is from element `first` on. */
static void produce(const void *arg, int64_t first, int64_t n, char *to)
{
  const Call *call = arg;
  const THFuse *f = call->f;
  char *base[TH_PLAN_OPS] = {to};
  for (int v = 0; v < f->ninput; v++) {
    const int k = f->value[v].operand;
    if (k >= 0) base[k] = call->base[k] + first * (int64_t)THType_size(f->value[v].type);
  }
  run_blocks(base, n, call, false);
}

/* A multiple of 64 elements, so that slots are aligned. */
static int64_t block_of(const THFuse *f)
{
  const int64_t fits = SCRATCH / (THMax(f->nslot, 1) * THMax(f->width, 1));
  return THMin(fits / 64 * 64, LARGEST);
}

static void prepare(Prepared *prepared, const FuseStep *step, const THScalar *number)
{
  prepared->loop = THFuseStep_kernel(step, number).loop;
  THScalar_store(step->type, prepared->number, THFuseStep_number(step, 0, number));
  THScalar_store(step->type, prepared->number + THType_size(step->type), THFuseStep_number(step, 1, number));
}

/* ---- shapes ---- */

typedef struct Shape {
  int n;
  int64_t size[SHAPE_DIMS];
} Shape;

/* What the operations are about: the operands' tensors, in the plan's order, under one shape. */
typedef struct Scene {
  THAnyTensor *tensor[TH_PLAN_OPS];
  bool alike; /* inputs are contiguous and of one shape */
  Shape shape;
  THAnyTensor *owned[TH_PLAN_OPS]; /* results that are only reduced */
} Scene;

static void scene_release(Scene *scene)
{
  for (int k = 0; k < TH_PLAN_OPS; k++) THAnyTensor_free(scene->owned[k]);
}

static bool same_shape(const Shape *a, const Shape *b)
{
  return a->n == b->n && memcmp(a->size, b->size, (size_t)a->n * sizeof *a->size) == 0;
}

static int64_t count(const Shape *shape)
{
  int64_t n = 1;
  for (int d = 0; d < shape->n; d++) n *= shape->size[d];
  return n;
}

static void join_shapes(Shape *to, const Shape *other)
{
  Shape r = {THMax(to->n, other->n), {0}};
  for (int d = 1; d <= r.n; d++) {
    const int64_t a = d <= to->n ? to->size[to->n - d] : 1, b = d <= other->n ? other->size[other->n - d] : 1;
    r.size[r.n - d] = a == 1 ? b : b == 1 || a == b ? a : -1;
  }
  *to = r;
}

/* The shape of a step's result, from those of all values; false where inputs do not broadcast, or pair up by their
   number of elements. */
static bool step_shape(const FuseStep *step, Shape *shape, Shape *result)
{
  *result = shape[step->in[0]];
  bool equal = true, equal_counts = true;
  for (int k = 1; k < step->nin; k++) {
    equal = equal && same_shape(&shape[step->in[k]], &shape[step->in[0]]);
    equal_counts = equal_counts && count(&shape[step->in[k]]) == count(&shape[step->in[0]]);
  }
  if (equal) return true;
  if (equal_counts) return false;
  for (int k = 1; k < step->nin; k++) join_shapes(result, &shape[step->in[k]]);
  for (int d = 0; d < result->n; d++)
    if (result->size[d] < 0) return false;
  return true;
}

/* The shape of all that is stored or reduced; false when there is no such one. */
static bool infer_shape(const THFuse *f, THAnyTensor *const *in, Shape *result)
{
  Shape shape[FUSE_VALUES];
  for (int v = 0; v < f->ninput; v++) {
    if (in[v]->nDimension > SHAPE_DIMS) return false;
    shape[v].n = in[v]->nDimension;
    memcpy(shape[v].size, in[v]->size, (size_t)in[v]->nDimension * sizeof *in[v]->size);
  }
  for (int s = 0; s < f->nstep; s++)
    if (!step_shape(&f->step[s], shape, &shape[f->ninput + s])) return false;
  *result = shape[f->nstore ? f->store[0] : f->reduction[0].value];
  for (int k = 0; k < f->nstore; k++)
    if (!same_shape(&shape[f->store[k]], result)) return false;
  for (int k = 0; k < f->nreduction; k++)
    if (!same_shape(&shape[f->reduction[k].value], result)) return false;
  return true;
}

/* On a GPU: the tensors are on the current one, or have no memory yet. */
static bool at_hand(int n, THAnyTensor *const *t)
{
  for (int k = 0; k < n; k++)
    if (t[k]->storage && t[k]->storage->device != TH_device->current()) return false;
  return true;
}

/* The inputs that are read, and the shape. */
static bool set_inputs(const THFuse *f, THAnyTensor *const *in, Scene *scene)
{
  const THAnyTensor *first = NULL;
  bool equal = true;
  scene->alike = true;
  for (int v = 0; v < f->ninput; v++) {
    const int k = f->value[v].operand;
    if (k < 0) continue;
    if (in[v]->nDimension == 0) return false;
    if (!first) first = in[v];
    scene->tensor[k] = in[v];
    equal = equal && THMap_equalShape(in[v], first->nDimension, first->size);
    scene->alike = scene->alike && equal && THAnyTensor_isContiguous(in[v]);
  }
  if (!first || first->nDimension > SHAPE_DIMS) return false;
  if (!equal) return infer_shape(f, in, &scene->shape);
  for (int s = 0; s < f->nstep; s++) /* the shape of fill */
    if (f->step[s].nin == 0 && f->step[s].in[0] < f->ninput && f->value[f->step[s].in[0]].operand < 0)
      return infer_shape(f, in, &scene->shape);
  scene->shape.n = first->nDimension;
  memcpy(scene->shape.size, first->size, (size_t)first->nDimension * sizeof *first->size);
  return true;
}

static bool meet(const THAnyTensor *a, const THAnyTensor *b)
{
  if (a->storage != b->storage) return false;
  const size_t wa = THType_size((THType)a->type), wb = THType_size((THType)b->type);
  return THExtent_meet(THExtent_of(THAnyTensor_data(a), a->nDimension, a->size, a->stride, wa, wa),
                       THExtent_of(THAnyTensor_data(b), b->nDimension, b->size, b->stride, wb, wb));
}

static bool repeats(const THAnyTensor *t)
{
  for (int d = 0; d < t->nDimension; d++)
    if (t->stride[d] == 0 && t->size[d] > 1) return true;
  return false;
}

/* A result may be an input, all of it, that is not read after the result is there; else it shares nothing. */
static bool may_write(const THFuse *f, const Scene *scene, int k)
{
  const THAnyTensor *r = scene->tensor[k];
  if (repeats(r)) return false;
  const int written = f->store[k] - f->ninput;
  bool found = false;
  for (int v = 0; v < f->ninput; v++) {
    const int operand = f->value[v].operand;
    if (operand < 0 || !meet(r, scene->tensor[operand])) continue;
    if (found || scene->tensor[operand] != r || f->value[v].last > written) return false;
    found = true;
  }
  for (int j = 0; j < k; j++)
    if (meet(r, scene->tensor[j])) return false;
  return true;
}

static bool shares(const THFuse *f, const Scene *scene, const THAnyTensor *r)
{
  for (int v = 0; v < f->ninput; v++) {
    const int k = f->value[v].operand;
    if (k >= 0 && scene->tensor[k]->storage == r->storage) return true;
  }
  return false;
}

static bool set_results(const THFuse *f, THAnyTensor *const *r_, Scene *scene)
{
  const Shape *shape = &scene->shape;
  for (int k = 0; k < f->nstore; k++) {
    scene->tensor[k] = r_[k];
    const bool fits = THMap_equalShape(r_[k], shape->n, shape->size);
    if (r_[k]->storage && !fits && shares(f, scene, r_[k])) return false;
    if (!fits) THAnyTensor_resizeNd(r_[k], shape->n, shape->size, NULL);
    scene->alike = scene->alike && THAnyTensor_isContiguous(r_[k]);
  }
  for (int k = 0; k < f->nstore; k++)
    if (!may_write(f, scene, k)) return false;
  return true;
}

/* Tensors for what is reduced only. */
static void make_results(const THFuse *f, Scene *scene)
{
  for (int k = 0, at = f->nstore; k < f->nreduction; k++) {
    if (!f->reduction[k].own) continue;
    scene->owned[at] = THAnyTensor_newWithSizeNd(f->value[f->reduction[k].value].type, scene->shape.n, scene->shape.size, NULL);
    scene->tensor[at] = scene->owned[at];
    at++;
  }
}

/* ---- the run ---- */

static void build_contiguous(THPlan *plan, const THFuse *f, const Scene *scene)
{
  plan->nop = f->noperand;
  plan->ndim = 1;
  plan->numel = plan->size[0] = count(&scene->shape);
  for (int k = 0; k < f->noperand; k++) {
    plan->base[k] = THAnyTensor_data(scene->tensor[k]);
    plan->width[k] = (int8_t)THType_size((THType)scene->tensor[k]->type);
    plan->stride[0][k] = plan->width[k];
  }
}

static bool build(THPlan *plan, const THFuse *f, const Scene *scene)
{
  THOperand operand[TH_PLAN_OPS];
  int64_t stride[TH_PLAN_OPS][SHAPE_DIMS];
  const Shape *shape = &scene->shape;
  for (int k = 0; k < f->noperand; k++) {
    const THAnyTensor *t = scene->tensor[k];
    if (!THMap_broadcastStrides(t, shape->n, shape->size, stride[k])) return false;
    operand[k] = (THOperand){THAnyTensor_data(t), stride[k], THType_size((THType)t->type)};
  }
  THPlan_build(plan, shape->n, shape->size, f->noperand, operand);
  return true;
}

/* The tensor that holds a value after the run. */
static THAnyTensor *holder(const THFuse *f, const Scene *scene, int value)
{
  return scene->tensor[f->value[value].operand];
}

static bool run_plan(const THFuse *f, const THPlan *plan, const Call *call)
{
  if (f->device) return TH_device->fused(f, plan, call->given);
  THPlan_runSeveral(plan, f->nresult, run_program, f->past ? run_past : NULL, call);
  return true;
}

static bool run_scene(const THFuse *f, Scene *scene, Call *call, THScalar *reduced)
{
  THPlan plan;
  if (!f->device && scene->alike && f->nstore == 0 && f->nreduction == 1 && f->reduction[0].own) {
    char *base[TH_PLAN_OPS];
    for (int k = f->nresult; k < f->noperand; k++) base[k] = THAnyTensor_data(scene->tensor[k]);
    call->base = base;
    const FuseReduction *r = &f->reduction[0];
    reduced[0] = THReduce_produced(r->name, r->op, f->value[r->value].type, count(&scene->shape), produce, call);
    return true;
  }
  make_results(f, scene);
  if (scene->alike) build_contiguous(&plan, f, scene);
  else if (!build(&plan, f, scene)) return false;
  if (f->nresult && !run_plan(f, &plan, call)) return false;
  for (int k = 0; k < f->nreduction; k++)
    reduced[k] = THFuseReduction_of(&f->reduction[k], holder(f, scene, f->reduction[k].value));
  return true;
}

static bool run_once(const THFuse *f, THAnyTensor *const *in, const THScalar *number, THAnyTensor *const *r_,
                     THScalar *reduced)
{
  __attribute__((cleanup(scene_release))) Scene scene;
  memset(scene.owned, 0, sizeof scene.owned);
  if (f->device && !(at_hand(f->ninput, in) && at_hand(f->nstore, r_))) return false;
  if (!set_inputs(f, in, &scene) || !set_results(f, r_, &scene)) return false;
  Prepared step[FUSE_VALUES];
  for (int s = 0; s < f->nstep; s++) prepare(&step[s], &f->step[s], number);
  Call call = {f, step, block_of(f), NULL, number};
  return run_scene(f, &scene, &call, reduced);
}

static void check_numbers(const THFuse *f, const THScalar *number)
{
  for (int s = 0; s < f->nstep; s++)
    if (f->step[s].check_number)
      THMath_checkDivisor(f->step[s].name, f->step[s].type, THFuseStep_number(&f->step[s], 0, number), 0);
}

void THFuse_run(const THFuse *self, THAnyTensor *const *in, const THScalar *number, THAnyTensor *const *r_,
                THScalar *reduced)
{
  for (int v = 0; v < self->ninput; v++)
    if (in[v]->type != self->value[v].type)
      THError("fuse: input %d is a %sTensor, the program takes a %sTensor", v, THType_name((THType)in[v]->type),
              THType_name(self->value[v].type));
  check_numbers(self, number);
  in_one_pass = self->onePass && run_once(self, in, number, r_, reduced);
  if (!in_one_pass) THFuse_runApart(self, in, number, r_, reduced);
}
