/* Programs of pointwise operations: how they are made. */
#include "THFuseProgram.h"
#include "THTensorPointwise.h"
#include <stdio.h>

static const char *const map_names[] = {
#define MAP_ALL(name, nin, expr) #name,
#define MAP_INT MAP_ALL
#define MAP_FLOAT MAP_ALL
#define MAP_SPLIT(name, nin, int_expr, float_expr) #name,
#include "loops/map_list.h"
};
static const char *const compare_names[] = {
#define COMPARE(name, nin, expr) #name,
#include "loops/compare_list.h"
};
static const char *const reduce_names[] = {
#define REDUCE_ALL(name, acc, init, map, combine, final) #name,
#define REDUCE_FLOAT REDUCE_ALL
#include "loops/reduce_list.h"
};

static int find_name(const char *const *names, int n, const char *name, const char *what)
{
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return i;
  THError("fuse: there is no %s '%s'", what, name);
  return -1;
}
#define FIND(names, name, what) find_name(names, (int)(sizeof names / sizeof *names), name, what)

THFuse *THFuse_new(void)
{
  THFuse *self = THAlloc(sizeof *self);
  memset(self, 0, sizeof *self);
  return self;
}

void THFuse_free(THFuse *self)
{
  if (!self) return;
  THFree(self->value);
  THFree(self->step);
  THFree(self->store);
  THFree(self->reduction);
  THFree(self->segment);
  THFree(self->link);
  THFree(self);
}

void *THFuse_grown(void *list, int n, size_t width)
{
  if (n & (n - 1)) return list; /* grows at powers of two */
  return THRealloc(list, (ptrdiff_t)((n ? 2 * (size_t)n : 1) * width));
}

static int add_value(THFuse *self, THType type)
{
  self->value = THFuse_grown(self->value, self->nvalue, sizeof *self->value);
  self->value[self->nvalue] = (FuseValue){type, -1, -1, -1};
  return self->nvalue++;
}

int THFuse_input(THFuse *self, THType type)
{
  THArgCheck(self->nstep == 0, 1, "fuse: inputs come before operations");
  self->ninput++;
  return add_value(self, type);
}

static void check_value(const THFuse *self, int value)
{
  if (value < 0 || value >= self->nvalue) THError("fuse: there is no value %d", value);
}

static int add_step(THFuse *self, const char *name, THKernel kernel, THType result, int nin, const int *in, int s, int t,
                    int over)
{
  FuseStep step = {.kernel = kernel, .nin = nin, .number = {s, t}, .over = over, .divisor = TH_FUSE_NONE};
  snprintf(step.name, sizeof step.name, "%s", name);
  step.type = self->value[in[0]].type;
  for (int k = 0; k < THMax(nin, 1); k++) step.in[k] = in[k];
  if (!kernel.loop && !THType_onDevice(step.type)) THError("%s: not defined for %sTensor", name, THType_name(step.type));
  self->step = THFuse_grown(self->step, self->nstep, sizeof *self->step);
  const int value = add_value(self, result);
  self->step[self->nstep++] = step;
  return value;
}

/* The inputs' type; they must be alike. */
static THType check_inputs(const THFuse *self, const char *name, int nin, const int *in)
{
  if (nin > FUSE_INPUTS) THError("%s: %d inputs, %d at most", name, nin, FUSE_INPUTS);
  for (int k = 0; k < THMax(nin, 1); k++) {
    check_value(self, in[k]);
    if (self->value[in[k]].type != self->value[in[0]].type) THError("%s: the types of tensors must be equal", name);
  }
  return self->value[in[0]].type;
}

int THFuse_map(THFuse *self, const char *name, const char *line, int nin, const int *in, int s, int t, int over)
{
  const THType type = check_inputs(self, name, nin, in);
  return add_step(self, name, THKernel_map((THMapOp)FIND(map_names, line, "line"), type), type, nin, in, s, t, over);
}

int THFuse_compare(THFuse *self, const char *name, const char *line, bool to_byte, int nin, const int *in, int s, int over)
{
  const THType type = check_inputs(self, name, nin, in), byte = THType_beside(TH_BYTE, type);
  const THKernel kernel =
    THKernel_compare((THCompareOp)FIND(compare_names, line, "comparison"), type, to_byte && byte != type);
  return add_step(self, name, kernel, to_byte ? byte : type, nin, in, s, TH_FUSE_NONE, over);
}

int THFuse_convert(THFuse *self, int x, THType type)
{
  check_value(self, x);
  return add_step(self, "copy", THKernel_copy(type, self->value[x].type), type, 1, &x, TH_FUSE_NONE, TH_FUSE_NONE,
                  TH_FUSE_NONE);
}

static FuseStep *step_of(THFuse *self, int value)
{
  check_value(self, value);
  THArgCheck(value >= self->ninput, 2, "fuse: value %d is an input", value);
  return &self->step[value - self->ninput];
}

void THFuse_checkNumber(THFuse *self, int value)
{
  FuseStep *step = step_of(self, value);
  step->check_number = !THType_isFloating(step->type);
}

void THFuse_checkDivisor(THFuse *self, int value, int divisor)
{
  FuseStep *step = step_of(self, value);
  check_value(self, divisor);
  if (!THType_isFloating(step->type)) step->divisor = divisor;
}

void THFuse_store(THFuse *self, int value)
{
  check_value(self, value);
  self->store = THFuse_grown(self->store, self->nstore, sizeof *self->store);
  self->store[self->nstore++] = value;
}

void THFuse_reduce(THFuse *self, const char *reduction, int value)
{
  check_value(self, value);
  FuseReduction r = {.op = (THReduceOp)FIND(reduce_names, reduction, "reduction"), .value = value};
  snprintf(r.name, sizeof r.name, "%s", reduction);
  self->reduction = THFuse_grown(self->reduction, self->nreduction, sizeof *self->reduction);
  self->reduction[self->nreduction++] = r;
}

/* ---- the end: who is read last when, and where values lie ---- */

static void find_last_uses(THFuse *self)
{
  for (int s = 0; s < self->nstep; s++)
    for (int k = 0; k < self->step[s].nin; k++) self->value[self->step[s].in[k]].last = s;
  for (int k = 0; k < self->nstore; k++) /* also the copy of an input, at the end of a block */
    if (self->value[self->store[k]].last < self->nstep) self->value[self->store[k]].last = self->nstep;
  for (int k = 0; k < self->nreduction; k++) self->value[self->reduction[k].value].last = self->nstep;
}

/* The value lies in operand k, unless it is an input or in another one. */
static void place(THFuse *self, int value, int k)
{
  FuseValue *v = &self->value[value];
  if (value >= self->ninput && v->operand < 0) v->operand = k;
}

static void number_operands(THFuse *self)
{
  for (int k = 0; k < self->nstore; k++) place(self, self->store[k], k);
  self->noperand = self->nstore;
  for (int k = 0; k < self->nreduction; k++) {
    place(self, self->reduction[k].value, self->noperand);
    self->reduction[k].own = self->value[self->reduction[k].value].operand == self->noperand;
    self->noperand += self->reduction[k].own;
  }
  self->nresult = self->noperand;
  for (int k = 0; k < self->ninput; k++)
    if (self->value[k].last >= 0) self->value[k].operand = self->noperand++;
}

enum { MAX_SLOTS = 64 };

/* A slot for every value that is no operand, and whose last reader has not come before. A result may take the slot of
   an input that is as wide: loops read an element before they write it. False: too many at once. */
static bool give_slots(THFuse *self)
{
  int free_after[MAX_SLOTS]; /* the step after which a slot is free */
  size_t width[MAX_SLOTS];
  for (int s = 0; s < self->nstep; s++) {
    FuseValue *v = &self->value[self->ninput + s];
    if (v->operand >= 0) continue;
    const size_t w = THType_size(v->type);
    int slot = 0;
    while (slot < self->nslot && free_after[slot] >= s + (width[slot] == w)) slot++;
    if (slot == MAX_SLOTS) return false;
    if (slot == self->nslot) self->nslot++;
    v->slot = slot;
    free_after[slot] = v->last < 0 ? s + 1 : v->last;
    width[slot] = w;
    self->width = THMax(self->width, (int)w);
  }
  return true;
}

void THFuse_end(THFuse *self)
{
  find_last_uses(self);
  number_operands(self);
  self->onePass = give_slots(self) && self->noperand <= TH_PLAN_OPS && self->nvalue <= FUSE_VALUES &&
                  self->nstore + self->nreduction > 0;
  self->device = self->nvalue && THType_onDevice(self->value[0].type);
  for (int s = 0; s < self->nstep; s++)
    self->onePass = self->onePass && (self->device || self->step[s].kernel.loop) && self->step[s].divisor < 0;
  for (int v = 0; v < self->nvalue; v++)
    self->onePass = self->onePass && !THType_onDevice(self->value[v].type) == !self->device;
  if (self->onePass && !self->device) THFuse_cut(self);
}
