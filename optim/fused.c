/* Steps of optimizers in one pass (ops.lua). What is written down here for an element is what the operations of tensors do one
   after another, with the same roundings: no fused multiply-add (the build's flags), scalars in the element type. */
#include "OptimKernels.h"
#include "THGeneral.h"
#include "core/THDevice.h"
#include "loops/THLoops.h"
#include "parallel/THParallel.h"
#include "steps.h"
#include <math.h>
#include <string.h>

#define R_SQRT(x) (sizeof(real) == sizeof(float) ? (real)sqrtf((float)(x)) : (real)sqrt((double)(x)))

#define TH_GENERIC_FILE "generic/fused.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*Loop)(const OptimStep *, int64_t first, int64_t last);
static const Loop loops[][TH_NTYPES] = {
#define X(name) TH_BY_FLOAT_TYPE(name),
  OPTIM_METHODS(X)
#undef X
};

typedef struct Run {
  Loop loop;
  const OptimStep *step;
} Run;

static void run_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Run *r = arg;
  (void)worker;
  r->loop(r->step, first, last);
}

/* ---- GPUs: steps of tensors, one after another, become launches ---- */

OptimLauncher Optim_gpu = NULL;

typedef struct Gathered {
  OptimMethod method;
  THType type;
  OptimList list;
} Gathered;

static _Thread_local Gathered *gathered; /* between Optim_begin and Optim_finish: what has been put off */

static void launch(Gathered *g)
{
  const int tensors = g->list.tensors;
  if (tensors > 0) Optim_gpu(g->method, g->type, &g->list);
  g->list.tensors = 0;
}

static bool overlap(const void *a, const void *b, int64_t a_bytes, int64_t b_bytes)
{
  return (const char *)a < (const char *)b + b_bytes && (const char *)b < (const char *)a + a_bytes;
}

/* Whether a tensor of the list has memory in common that either step writes: x or its gradient. */
static bool is_shared(const OptimList *list, const OptimStep *step, int64_t n, size_t size)
{
  for (int t = 0; t < list->tensors; t++)
    for (int k = 0; k < 2; k++)
      if (overlap(list->at[k][t], step->at[k], list->n[t] * (int64_t)size, n * (int64_t)size)) return true;
  return false;
}

static bool joins(const Gathered *g, OptimMethod method, THType type, const OptimStep *step, int64_t n)
{
  const OptimList *list = &g->list;
  return list->tensors > 0 && list->tensors < OPTIM_TENSORS && method == g->method && type == g->type &&
         !memcmp(list->step.s, step->s, sizeof step->s) && !memcmp(list->step.flag, step->flag, sizeof step->flag) &&
         !is_shared(list, step, n, THType_size(type));
}

static void start(Gathered *g, OptimMethod method, THType type, const OptimStep *step)
{
  g->method = method, g->type = type;
  g->list.step = *step;
  g->list.tensors = 0;
  g->list.chunk[0] = 0;
}

static void append(OptimList *list, const OptimStep *step, int64_t n)
{
  const int t = list->tensors++;
  for (int k = 0; k < OPTIM_ARRAYS; k++) list->at[k][t] = step->at[k];
  list->n[t] = n;
  list->chunk[t + 1] = list->chunk[t] + (uint32_t)((n + OPTIM_CHUNK - 1) / OPTIM_CHUNK);
}

static void run_on_gpu(OptimMethod method, THType type, const OptimStep *step, int64_t n)
{
  if (!gathered) {
    Gathered alone;
    start(&alone, method, type, step);
    append(&alone.list, step, n);
    launch(&alone);
    return;
  }
  if (!joins(gathered, method, type, step, n)) {
    launch(gathered);
    start(gathered, method, type, step);
  }
  append(&gathered->list, step, n);
}

void Optim_begin(void)
{
  if (gathered) return;
  gathered = THAlloc(sizeof *gathered);
  gathered->list.tensors = 0;
}

void Optim_finish(void)
{
  if (!gathered) return;
  Gathered last = *gathered;
  THFree(gathered);
  gathered = NULL;
  launch(&last);
}

/* ---- both sides ---- */

static bool has_steps(THType type)
{
  const THType element = THType_element(type);
  return (element == TH_FLOAT || element == TH_DOUBLE) && (!THType_onDevice(type) || Optim_gpu);
}

/* Checks the arrays (absent ones may be NULL), x being the first, and runs the loop over all elements. */
static void run(const char *op, OptimMethod method, OptimStep *step, int n, THAnyTensor *const *t, double work)
{
  const THType type = (THType)t[0]->type;
  const int64_t elements = THAnyTensor_nElement(t[0]);
  if (!has_steps(type))
    THArgCheck(0, 1, "%s: torch.FloatTensor or torch.DoubleTensor expected, got torch.%sTensor", op, THType_name(type));
  for (int i = 0; i < n; i++) {
    if (!t[i]) continue;
    THArgCheck(t[i]->type == t[0]->type, i + 1, "%s: torch.%sTensor expected, as x is, got torch.%sTensor", op, THType_name(type),
               THType_name((THType)t[i]->type));
    THArgCheck(THAnyTensor_nElement(t[i]) == elements, i + 1, "%s: %lld elements expected, as x has, got %s", op,
               (long long)elements, THAnyTensor_sizeDesc(t[i]).str);
    THArgCheck(THAnyTensor_isContiguous(t[i]), i + 1, "%s: a contiguous tensor expected", op);
    if (THType_onDevice(type)) TH_checkDevice(op, "tensor argument #%d", i + 1, t[i]);
    step->at[i] = elements ? THAnyTensor_data(t[i]) : NULL;
  }
  if (THType_onDevice(type)) run_on_gpu(method, type, step, elements);
  else TH_parallel(elements, TH_pieceFor(elements, work), run_piece, &(Run){loops[method][type], step});
}
#define RUN(name, step, work, ...)                                                                                    \
  run(#name, OPTIM_##name, step, (int)(sizeof((THAnyTensor *[]){__VA_ARGS__}) / sizeof(THAnyTensor *)), (THAnyTensor *[]){__VA_ARGS__}, work)

void Optim_sgd(THAnyTensor *x, THAnyTensor *g, THAnyTensor *v, double rate, double decay, double momentum, double dampening,
               bool nesterov, bool first)
{
  OptimStep s = {.s = {rate, decay, momentum, 1 - dampening}, .flag = {nesterov, first}};
  RUN(sgd, &s, 2, x, g, v);
}

void Optim_adam(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, THAnyTensor *v, THAnyTensor *denom, double rate, double beta1,
                double beta2, double epsilon, double scale, double decay, double shrink, bool plain)
{
  OptimStep s = {.s = {rate, beta1, beta2, epsilon, scale, decay, shrink}, .flag = {plain}};
  RUN(adam, &s, 8, x, g, m, v, denom);
}

void Optim_lamb(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, THAnyTensor *v, THAnyTensor *u, double rate1, double beta1,
                double beta2, double epsilon, double scale, double decay)
{
  OptimStep s = {.s = {rate1, beta1, beta2, epsilon, scale, decay}};
  RUN(lamb, &s, 8, x, g, m, v, u);
}

void Optim_lion(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double beta1, double beta2, double shrink)
{
  OptimStep s = {.s = {rate, beta1, beta2, shrink}};
  RUN(lion, &s, 3, x, g, m);
}

void Optim_rmsprop(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double alpha, double epsilon, double decay)
{
  OptimStep s = {.s = {rate, alpha, epsilon, decay}};
  RUN(rmsprop, &s, 8, x, g, m);
}

void Optim_adagrad(THAnyTensor *x, THAnyTensor *g, THAnyTensor *m, double rate, double epsilon, double decay)
{
  OptimStep s = {.s = {rate, epsilon, decay}};
  RUN(adagrad, &s, 8, x, g, m);
}

void Optim_adadelta(THAnyTensor *x, THAnyTensor *g, THAnyTensor *v, THAnyTensor *a, double rho, double epsilon, double decay)
{
  OptimStep s = {.s = {rho, epsilon, decay}};
  RUN(adadelta, &s, 12, x, g, v, a);
}
