/* Programs of pointwise operations, one operation after the other on whole tensors. */
#include "THFuseProgram.h"
#include "THMap.h"
#include "THPointwise.h"
#include "THReduce.h"
#include "THTensorPointwise.h"

THKernel THFuseStep_kernel(const FuseStep *step, const THScalar *number)
{
  if (step->kernel.family != TH_KERNEL_MAP || step->kernel.op != TH_MAP_pow) return step->kernel;
  return THKernel_map(THMath_powerLine(THFuseStep_number(step, 0, number)), step->type);
}

THScalar THFuseReduction_of(const FuseReduction *r, THAnyTensor *x)
{
  THArgCheck(r->op == TH_REDUCE_sum || r->op == TH_REDUCE_prod || x->nDimension > 0, 0,
             "%s: tensor must have one dimension", r->name);
  return THReduce_all(r->name, r->op, x, THScalar_fromInt(0));
}

typedef struct Values {
  int n;
  THAnyTensor **tensor;
} Values;

static void values_release(Values *values)
{
  for (int v = 0; v < values->n; v++) THAnyTensor_free(values->tensor[v]);
  THFree(values->tensor);
}

/* The value whose tensor v is written to, in the end. */
static int root_of(const THFuse *f, int v)
{
  while (v >= f->ninput && f->step[v - f->ninput].over >= 0) v = f->step[v - f->ninput].over;
  return v;
}

/* The result that the tensor of value v is; NULL: one of its own. */
static THAnyTensor *result_of(const THFuse *f, int v, THAnyTensor *const *in, THAnyTensor *const *r_)
{
  for (int k = 0; k < f->nstore; k++) {
    if (root_of(f, f->store[k]) != v) continue;
    for (int i = 0; i < f->ninput; i++)
      if (in[i]->storage && in[i]->storage == r_[k]->storage) return NULL;
    return r_[k];
  }
  return NULL;
}

static void set_value(Values *values, int v, THAnyTensor *t)
{
  THAnyTensor_retain(t);
  values->tensor[v] = t;
}

static void make_tensor(const THFuse *f, Values *values, int v, THAnyTensor *const *in, THAnyTensor *const *r_)
{
  const int over = f->step[v - f->ninput].over;
  THAnyTensor *t = over >= 0 ? values->tensor[over] : result_of(f, v, in, r_);
  if (t) set_value(values, v, t);
  else values->tensor[v] = THAnyTensor_new(f->value[v].type);
}

static void run_step(const THFuse *f, const FuseStep *step, Values *values, THAnyTensor *r, const THScalar *number)
{
  THAnyTensor *in[FUSE_INPUTS];
  (void)f;
  for (int k = 0; k < THMax(step->nin, 1); k++) in[k] = values->tensor[step->in[k]];
  if (step->divisor >= 0) THMath_checkDivisors(step->name, values->tensor[step->divisor], 0);
  if (step->kernel.family == TH_KERNEL_COPY || step->nin == 0) {
    THAnyTensor_resizeAs(r, in[0]);
    if (step->nin) THAnyTensor_copy(r, in[0]);
    else THAnyTensor_fill(r, THFuseStep_number(step, 0, number));
    return;
  }
  _Alignas(16) char arg[32];
  THScalar_store(step->type, arg, THFuseStep_number(step, 0, number));
  THScalar_store(step->type, arg + THType_size(step->type), THFuseStep_number(step, 1, number));
  THMap_apply(step->name, THFuseStep_kernel(step, number), arg, r, step->nin, in);
}

void THFuse_runApart(const THFuse *self, THAnyTensor *const *in, const THScalar *number, THAnyTensor *const *r_,
                     THScalar *reduced)
{
  __attribute__((cleanup(values_release))) Values values = {0, NULL};
  values.tensor = THAlloc(self->nvalue * (ptrdiff_t)sizeof *values.tensor);
  memset(values.tensor, 0, (size_t)self->nvalue * sizeof *values.tensor);
  values.n = self->nvalue;
  for (int v = 0; v < self->ninput; v++) set_value(&values, v, in[v]);
  for (int s = 0; s < self->nstep; s++) {
    make_tensor(self, &values, self->ninput + s, in, r_);
    run_step(self, &self->step[s], &values, values.tensor[self->ninput + s], number);
  }
  for (int k = 0; k < self->nstore; k++) {
    THAnyTensor *t = values.tensor[self->store[k]];
    if (t == r_[k]) continue;
    THAnyTensor_resizeAs(r_[k], t);
    THAnyTensor_copy(r_[k], t);
  }
  for (int k = 0; k < self->nreduction; k++)
    reduced[k] = THFuseReduction_of(&self->reduction[k], values.tensor[self->reduction[k].value]);
}
