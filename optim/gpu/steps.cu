/* Steps of optimizers on GPUs: one launch for a list of tensors. A block takes a chunk of a tensor, and a thread single elements,
   by what the CPU's loops are made of; so an element's value depends neither on the tensor's place in a list nor on the list. */
#include "THC.h"
#include "THCLaunch.h"
#include "steps.h"

#undef TH_KERNEL
#define TH_KERNEL __device__
#define TH_NO_ALIAS
#define R_SQRT(x) sqrt(x)
#define T_(name) TH_CONCAT_3(Real, _, name)
#define TH_GENERIC_FILE "generic/fused.c"
#include "THGenerateFloatTypes.h"

enum { THREADS = 256 };

typedef void (*Loop)(const OptimStep *step, int64_t first, int64_t last);

template <Loop loop> __global__ void __launch_bounds__(THREADS) step_tensors(OptimList list)
{
  int t = 0;
  for (int half = OPTIM_TENSORS / 2; half > 0; half /= 2)
    if (t + half < list.tensors && list.chunk[t + half] <= blockIdx.x) t += half;
  OptimStep step = list.step;
  for (int k = 0; k < OPTIM_ARRAYS; k++) step.at[k] = list.at[k][t];
  const int64_t first = (int64_t)(blockIdx.x - list.chunk[t]) * OPTIM_CHUNK, end = first + OPTIM_CHUNK;
  const int64_t last = end < list.n[t] ? end : list.n[t];
  for (int64_t i = first + threadIdx.x; i < last; i += THREADS) loop(&step, i, i + 1);
}

template <Loop loop> static void launch(const OptimList *list)
{
  const uint32_t chunks = list->chunk[list->tensors];
  if (chunks > 0) THC_LAUNCH((step_tensors<loop>), chunks, THREADS, 0, THCState_getCurrentStream(THCState_alloc()), *list);
}

static void launch_step(OptimMethod method, THType type, const OptimList *list)
{
  const bool wide = THType_element(type) == TH_DOUBLE;
  switch (method) {
#define X(name) \
  case OPTIM_##name: wide ? launch<Double_##name>(list) : launch<Float_##name>(list); break;
    OPTIM_METHODS(X)
#undef X
  }
}

__attribute__((constructor)) static void set_launcher() { Optim_gpu = launch_step; }
