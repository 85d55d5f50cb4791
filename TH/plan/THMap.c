/* Pointwise operations: from tensors to a plan. */
#include "THMap.h"
#include "THPlan.h"
#include "loops/THLoops.h"
#include "core/THDevice.h"
#include <stdio.h>

enum { MAX_INPUTS = 3 };

/* What THMap_apply holds and must let go, also when an error unwinds. */
typedef struct Inputs {
  THAnyTensor *owned[MAX_INPUTS]; /* copies and second headers of inputs, or NULL */
} Inputs;

static void inputs_release(Inputs *in)
{
  for (int k = 0; k < MAX_INPUTS; k++) THAnyTensor_free(in->owned[k]);
}

static void own(Inputs *inputs, int k, THAnyTensor *t)
{
  THAnyTensor *old = inputs->owned[k];
  inputs->owned[k] = t;
  THAnyTensor_free(old);
}

/* The sizes of input k do not go with the others'. */
static __attribute__((noreturn)) void raise_shapes(const char *op, THKernel kernel, int k, const THAnyTensor *r_,
                                                   int nin, THAnyTensor *const *in)
{
  char text[512];
  int n = 0;
  if (r_) n = snprintf(text, sizeof text, "result %s, ", THAnyTensor_sizeDesc(r_).str);
  for (int i = 0; i < nin && n < (int)sizeof text; i++)
    n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", i ? " and " : "",
                  THAnyTensor_sizeDesc(in[i]).str);
  THArgCheck(false, kernel.args >> 4 * k & 15,
             "%s: inconsistent tensor size, expected the same number of elements or shapes that "
             "broadcast, got %s",
             op, text);
  __builtin_unreachable();
}

int THMap_broadcastShape(int nin, THAnyTensor *const *in, int n, int64_t *size)
{
  for (int d = 0; d < n; d++) size[d] = 1;
  for (int k = 0; k < nin; k++) {
    for (int d = n - in[k]->nDimension; d < n; d++) {
      int64_t s = in[k]->size[d - (n - in[k]->nDimension)];
      if (size[d] == 1) size[d] = s;
      else if (s != 1 && s != size[d]) return k;
    }
  }
  return nin;
}

bool THMap_broadcastStrides(const THAnyTensor *t, int n, const int64_t *size, int64_t *stride)
{
  if (t->nDimension > n || t->nDimension == 0) return false;
  for (int d = 0; d < n; d++) {
    int own_dim = d - (n - t->nDimension);
    int64_t s = own_dim < 0 ? 1 : t->size[own_dim];
    if (s != size[d] && s != 1) return false;
    stride[d] = s == 1 ? 0 : t->stride[own_dim];
  }
  return true;
}

bool THMap_equalShape(const THAnyTensor *t, int n, const int64_t *size)
{
  if (t->nDimension != n) return false;
  for (int d = 0; d < n; d++)
    if (t->size[d] != size[d]) return false;
  return true;
}

/* Strides of input k under the shape; copies it when no strides show it that way. */
static void fit_input(Inputs *inputs, THAnyTensor **in, int k, const char *op, THKernel kernel,
                      const THAnyTensor *r_, int n, const int64_t *size, int64_t *stride)
{
  THAnyTensor *t = in[k];
  if (THMap_equalShape(t, n, size)) {
    memcpy(stride, t->stride, (size_t)n * sizeof *stride);
  } else if (THAnyTensor_nElement(t) == THAnyTensor_nElement(r_)) {
    if (THAnyTensor_viewStrides(t, n, size, stride)) return;
    own(inputs, k, THAnyTensor_newClone(t));
    in[k] = inputs->owned[k];
    THAnyTensor_viewStrides(in[k], n, size, stride);
  } else if (!THMap_broadcastStrides(t, n, size, stride)) {
    raise_shapes(op, kernel, k, r_, 1, &t);
  }
}

/* Input shares memory with the output in any way but element by element. */
static bool partial_overlap(int n, const int64_t *size, const THOperand *r, const THOperand *x)
{
  if (!THExtent_meet(THExtent_of(r->data, n, size, r->stride, r->elementSize, r->elementSize),
                     THExtent_of(x->data, n, size, x->stride, x->elementSize, x->elementSize)))
    return false;
  if (r->data != x->data || r->elementSize != x->elementSize) return true;
  for (int d = 0; d < n; d++)
    if (size[d] > 1 && r->stride[d] != x->stride[d]) return true;
  return false;
}

/* What an element of a line of TH's takes, in elements of plain arithmetic: MAP_MATH and MAP_SPLIT_MATH call functions. */
enum { PLAIN = 1, FUNCTION = 4 };
static const uint8_t work[TH_MAP_COUNT] = {
#define MAP_ALL(name, nin, expr) [TH_MAP_##name] = PLAIN,
#define MAP_INT MAP_ALL
#define MAP_FLOAT MAP_ALL
#define MAP_SPLIT(name, nin, int_expr, float_expr) [TH_MAP_##name] = PLAIN,
#define MAP_MATH(name, nin, expr) [TH_MAP_##name] = FUNCTION,
#define MAP_SPLIT_MATH(name, nin, int_expr, float_expr) [TH_MAP_##name] = FUNCTION,
#include "loops/map_list.h"
};

static int work_of(const THKernel *kernel)
{
  return kernel->family == TH_KERNEL_MAP && !kernel->table ? work[kernel->op] : PLAIN;
}

/* An operand's rows do not begin with lines of the cache, and the result is more than L1 keeps beside inputs. */
static bool across_lines(const THPlan *plan)
{
  uintptr_t beside = 0;
  if (plan->numel * plan->width[0] < 16384) return false;
  for (int k = 0; k < plan->nop; k++) {
    beside |= (uintptr_t)plan->base[k];
    for (int d = 1; d < plan->ndim; d++) beside |= (uintptr_t)plan->stride[d][k];
  }
  return beside % 64 != 0;
}

/* A vector that lies in two lines, of which one is still to come from the second cache, waits for it: half vectors, of which only
   every other one does, take a quarter less time. Not for a clamp, whose comparisons take longer without masks. */
static THLoop loop_for(const THKernel *kernel, const THPlan *plan, THType type)
{
  const bool plain = kernel->family == TH_KERNEL_MAP && work_of(kernel) == PLAIN && !kernel->table && kernel->op != TH_MAP_clamp;
  return plain && (type == TH_FLOAT || type == TH_DOUBLE) && across_lines(plan) ? THLoops_half->map[kernel->op][type] : kernel->loop;
}

static void execute(const char *op, THKernel kernel, const THPlan *plan, const void *arg,
                    THAnyTensor *r_, int nin, THAnyTensor *const *in)
{
  if (!THType_onDevice((THType)r_->type)) {
    THPlan_run(plan, loop_for(&kernel, plan, (THType)r_->type), kernel.family == TH_KERNEL_COPY && r_->type == in[0]->type, work_of(&kernel), arg);
    return;
  }
  TH_checkSameDevice(op, r_, nin, in);
  TH_device->run(op, &kernel, plan, (THType)r_->type, nin ? (THType)in[0]->type : (THType)r_->type, arg);
}

static void run(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, Inputs *inputs,
                int nin, THAnyTensor **in, int n, const int64_t *size)
{
  THOperand operand[1 + MAX_INPUTS];
  int64_t strides[MAX_INPUTS][TH_MAX_DIMS];
  operand[0] = (THOperand){THAnyTensor_data(r_), r_->stride, THType_size(r_->type)};
  for (int k = 0; k < nin; k++) {
    int64_t *stride = strides[k];
    fit_input(inputs, in, k, op, kernel, r_, n, size, stride);
    operand[k + 1] = (THOperand){THAnyTensor_data(in[k]), stride, THType_size(in[k]->type)};
    if (in[k]->storage == r_->storage && partial_overlap(n, size, &operand[0], &operand[k + 1])) {
      own(inputs, k, THAnyTensor_newClone(in[k]));
      in[k] = inputs->owned[k];
      fit_input(inputs, in, k, op, kernel, r_, n, size, stride);
      operand[k + 1].data = THAnyTensor_data(in[k]);
    }
  }
  THPlan plan;
  THPlan_build(&plan, n, size, nin + 1, operand);
  execute(op, kernel, &plan, arg, r_, nin, in);
}

/* Inputs of one shape, not empty; so an empty r_ is none of them. */
static bool all_alike(int nin, THAnyTensor *const *in)
{
  for (int k = 1; k < nin; k++)
    if (!THMap_equalShape(in[k], in[0]->nDimension, in[0]->size)) return false;
  return in[0]->nDimension > 0;
}

/* THAnyTensor_data of a contiguous tensor of numel elements. */
static inline char *contiguous_data(const THAnyTensor *t, int64_t numel)
{
  const THAnyStorage *s = t->storage;
  if (t->storageOffset + numel > s->size) return THAnyTensor_data(t); /* raises */
  return (char *)s->data + (size_t)t->storageOffset * THType_size((THType)t->type);
}

/* The common case without a plan: tensors of one shape, each contiguous, inputs apart from r_ or r_
   itself. False when it is not this case. */
static bool run_contiguous(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_,
                           int nin, THAnyTensor *const *in)
{
  int n = r_->nDimension;
  if (n == 0) return false;
  int64_t numel = 1;
  for (int d = n - 1; d >= 0; d--) {
    if (r_->stride[d] != numel && r_->size[d] != 1) return false;
    numel *= r_->size[d];
  }
  for (int k = 0; k < nin; k++) {
    if (in[k] == r_) continue;
    if (in[k]->storage == r_->storage || !THMap_equalShape(in[k], n, r_->size) ||
        !THAnyTensor_isContiguous(in[k]))
      return false;
  }
  THPlan plan;
  plan.nop = nin + 1;
  plan.ndim = 1;
  plan.numel = plan.size[0] = numel;
  plan.base[0] = contiguous_data(r_, numel);
  plan.width[0] = (int8_t)THType_size(r_->type);
  plan.stride[0][0] = plan.width[0];
  for (int k = 0; k < nin; k++) {
    plan.base[k + 1] = in[k] == r_ ? plan.base[0] : contiguous_data(in[k], numel);
    plan.width[k + 1] = (int8_t)THType_size(in[k]->type);
    plan.stride[0][k + 1] = plan.width[k + 1];
  }
  execute(op, kernel, &plan, arg, r_, nin, in);
  return true;
}

void THMap_into(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                THAnyTensor *const *in_)
{
  if (run_contiguous(op, kernel, arg, r_, nin, in_)) return;
  if (r_->nDimension == 0) {
    for (int k = 0; k < nin; k++)
      if (in_[k]->nDimension) raise_shapes(op, kernel, k, r_, nin, in_);
    return;
  }
  __attribute__((cleanup(inputs_release))) Inputs inputs = {{NULL}};
  THAnyTensor *in[MAX_INPUTS];
  for (int k = 0; k < nin; k++) {
    in[k] = in_[k];
    if (in[k]->nDimension == 0) raise_shapes(op, kernel, k, r_, nin, in_);
  }
  run(op, kernel, arg, r_, &inputs, nin, in, r_->nDimension, r_->size);
}

void THMap_apply(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                 THAnyTensor *const *in_)
{
  if (r_->nDimension == 0 && all_alike(nin, in_)) THAnyTensor_resizeAs(r_, in_[0]);
  if (run_contiguous(op, kernel, arg, r_, nin, in_)) return;
  __attribute__((cleanup(inputs_release))) Inputs inputs = {{NULL}};
  THAnyTensor *in[MAX_INPUTS];
  int n = 0, empty = 0;
  bool equal = true;
  for (int k = 0; k < nin; k++) {
    in[k] = in_[k];
    n = THMax(n, in[k]->nDimension);
    empty += in[k]->nDimension == 0;
    equal = equal && THAnyTensor_nElement(in[k]) == THAnyTensor_nElement(in[0]);
  }
  if (empty) {
    for (int k = 1; k < nin; k++)
      if ((in[k]->nDimension == 0) != (in[0]->nDimension == 0)) raise_shapes(op, kernel, k, NULL, nin, in_);
    THAnyTensor_resizeAs(r_, in[0]);
    return;
  }
  int64_t size[TH_MAX_DIMS];
  if (equal) {
    n = in[0]->nDimension;
    memcpy(size, in[0]->size, (size_t)n * sizeof *size);
  } else {
    int k = THMap_broadcastShape(nin, in, n, size);
    if (k < nin) raise_shapes(op, kernel, k, NULL, nin, in_);
  }
  if (!THMap_equalShape(r_, n, size)) {
    for (int k = 0; k < nin; k++) { /* an input that is r_ keeps its shape in a second header */
      if (in[k] != r_) continue;
      own(&inputs, k, THAnyTensor_newWithTensor(in[k]));
      in[k] = inputs.owned[k];
    }
    THAnyTensor_resizeNd(r_, n, size, NULL);
  }
  run(op, kernel, arg, r_, &inputs, nin, in, n, size);
}
