/* Steps of optimizers in one pass (ops.lua). What is written down here for an element is what the operations of tensors do one
   after another, with the same roundings: no fused multiply-add (the build's flags), scalars in the element type. */
#include "OptimKernels.h"
#include "THGeneral.h"
#include "loops/THLoops.h"
#include "parallel/THParallel.h"
#include <math.h>

#define R_SQRT(x) (sizeof(real) == sizeof(float) ? (real)sqrtf((float)(x)) : (real)sqrt((double)(x)))

enum { MAX_ARRAYS = 5, SCALARS = 8 };

/* Elements of arrays, and numbers, as a loop wants them. */
typedef struct Step {
  void *at[MAX_ARRAYS];
  double s[SCALARS];
  bool flag[2];
} Step;

#define TH_GENERIC_FILE "generic/fused.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*Loop)(const Step *, int64_t first, int64_t last);
#define LOOPS(name) static const Loop name[TH_NTYPES] = TH_BY_FLOAT_TYPE(name)
LOOPS(sgd);
LOOPS(adam);
LOOPS(lamb);
LOOPS(lion);
LOOPS(rmsprop);
LOOPS(adagrad);
LOOPS(adadelta);

typedef struct Run {
  Loop loop;
  const Step *step;
} Run;

static void run_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Run *r = arg;
  (void)worker;
  r->loop(r->step, first, last);
}

/* Checks the arrays (absent ones may be NULL), x being the first, and runs the loop over all elements. */
static void run(const char *op, const Loop *loops, Step *step, int n, THAnyTensor *const *t, double work)
{
  const THType type = (THType)t[0]->type;
  const int64_t elements = THAnyTensor_nElement(t[0]);
  if (type != TH_FLOAT && type != TH_DOUBLE)
    THArgCheck(0, 1, "%s: torch.FloatTensor or torch.DoubleTensor expected, got torch.%sTensor", op, THType_name(type));
  for (int i = 0; i < n; i++) {
    if (!t[i]) continue;
    THArgCheck(t[i]->type == t[0]->type, i + 1, "%s: torch.%sTensor expected, as x is, got torch.%sTensor", op, THType_name(type),
               THType_name((THType)t[i]->type));
    THArgCheck(THAnyTensor_nElement(t[i]) == elements, i + 1, "%s: %lld elements expected, as x has, got %s", op,
               (long long)elements, THAnyTensor_sizeDesc(t[i]).str);
    THArgCheck(THAnyTensor_isContiguous(t[i]), i + 1, "%s: a contiguous tensor expected", op);
    step->at[i] = elements ? THAnyTensor_data(t[i]) : NULL;
  }
  TH_parallel(elements, TH_pieceFor(elements, work), run_piece, &(Run){loops[type], step});
}
#define RUN(name, step, work, ...)                                                                                    \
  run(#name, name, step, (int)(sizeof((THAnyTensor *[]){__VA_ARGS__}) / sizeof(THAnyTensor *)), (THAnyTensor *[]){__VA_ARGS__}, work)

void Optim_sgd(THAnyTensor *x, THAnyTensor *g, THAnyTensor *v, double rate, double decay, double momentum, double dampening,
               bool nesterov, bool first)
{
  Step s = {.s = {rate, decay, momentum, 1 - dampening}, .flag = {nesterov, first}};
  RUN(sgd, &s, 2, x, g, v);
}

void Optim_adam(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, THAnyTensor *v, THAnyTensor *denom, double rate, double beta1,
                double beta2, double epsilon, double scale, double decay, double shrink, bool plain)
{
  Step s = {.s = {rate, beta1, beta2, epsilon, scale, decay, shrink}, .flag = {plain}};
  RUN(adam, &s, 8, x, g, m, v, denom);
}

void Optim_lamb(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, THAnyTensor *v, THAnyTensor *u, double rate1, double beta1,
                double beta2, double epsilon, double scale, double decay)
{
  Step s = {.s = {rate1, beta1, beta2, epsilon, scale, decay}};
  RUN(lamb, &s, 8, x, g, m, v, u);
}

void Optim_lion(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double beta1, double beta2, double shrink)
{
  Step s = {.s = {rate, beta1, beta2, shrink}};
  RUN(lion, &s, 3, x, g, m);
}

void Optim_rmsprop(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double alpha, double epsilon, double decay)
{
  Step s = {.s = {rate, alpha, epsilon, decay}};
  RUN(rmsprop, &s, 8, x, g, m);
}

void Optim_adagrad(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double epsilon, double decay)
{
  Step s = {.s = {rate, epsilon, decay}};
  RUN(adagrad, &s, 8, x, g, m);
}

void Optim_adadelta(THAnyTensor *x, THAnyTensor *g, THAnyTensor *v, THAnyTensor *a, double rho, double epsilon, double decay)
{
  Step s = {.s = {rho, epsilon, decay}};
  RUN(adadelta, &s, 12, x, g, v, a);
}
