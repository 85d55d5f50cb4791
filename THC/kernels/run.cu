/* THC_run: from a kernel's family, number and element type to its launcher. And the same for the
   reductions of reduce_list.h. */
#include "THCKernels.h"
#include "THCMap.cuh"
#include "THCReduce.cuh"

/* By number: the types that GPUs have come first. */
static_assert((TH_GPU_BITS & (TH_GPU_BITS + 1)) == 0, "a type without kernels stands before one that has them");
static const THCMapLauncher *const maps[TH_NTYPES] = {
#define X(Name, real, accreal, CODE) THC##Name::maps,
  TH_GPU_TYPES(X)
#undef X
};
static const THCReduceLaunchers *const reductions[TH_NTYPES] = {
#define X(Name, real, accreal, CODE) THC_reduce##Name,
  TH_GPU_TYPES(X)
#undef X
};

/* A package's launchers, or TH's own. */
static THCMapLauncher map_launcher(const THKernel *kernel, THType type)
{
  if (!kernel->table) return maps[type][kernel->op];
  const THCMapLauncher *launchers = (const THCMapLauncher *)kernel->table->gpu[type];
  return launchers ? launchers[kernel->op] : NULL;
}

static void run_piece(const THKernel *kernel, const THPlan *piece, THType to, THType from,
                      const void *arg)
{
  switch (kernel->family) {
  case TH_KERNEL_MAP: map_launcher(kernel, from)(piece, arg); break;
  case TH_KERNEL_COMPARE:
    THC_compare((THCompareOp)kernel->op, from, to == TH_BYTE, piece, arg);
    break;
  case TH_KERNEL_COPY: THC_copy(to, from, piece); break;
  case TH_KERNEL_MASKED_FILL: THC_maskedFill(to, piece, arg); break;
  }
}

void THC_run(const char *op, const THKernel *kernel, const THPlan *plan, THType to, THType from,
             const void *arg)
{
  to = THType_element(to);
  if (kernel->family == TH_KERNEL_MAP && !map_launcher(kernel, THType_element(from)))
    THError("%s: not defined for %sTensor", op, THType_name(from));
  from = THType_element(from);
  THCPlan_pieces(op, plan, [&](const THPlan *piece) { run_piece(kernel, piece, to, from, arg); });
}

static const THCReduceLaunchers *reduction_of(const char *op, THReduceOp reduction, THType type)
{
  const THCReduceLaunchers *launchers = &reductions[THType_element(type)][reduction];
  if (!launchers->all) THError("%s: not defined for %sTensor", op, THType_name(type));
  return launchers;
}

THScalar THC_reduceAll(const char *op, THReduceOp reduction, THType type, const THPlan *plan,
                       const void *arg)
{
  return reduction_of(op, reduction, type)->all(op, plan, arg);
}

void THC_reduceDim(const char *op, THReduceOp reduction, THType type, const THPlan *kept,
                   int64_t length, int64_t step, const void *arg)
{
  reduction_of(op, reduction, type)->dim(op, kept, length, step, arg);
}
