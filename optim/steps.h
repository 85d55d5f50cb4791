#ifndef OPTIM_STEPS_H
#define OPTIM_STEPS_H
/* What the loops of steps (fused.c) and their kernels for GPUs (gpu/steps.cu) share. */
#include <stdbool.h>
#include <stdint.h>
#include "THGeneral.h"
#include "THTypes.h"

/* The steps of generic/fused.c. */
#define OPTIM_METHODS(X) X(sgd) X(adam) X(lamb) X(lion) X(rmsprop) X(adagrad) X(adadelta)
typedef enum OptimMethod {
#define X(name) OPTIM_##name,
  OPTIM_METHODS(X)
#undef X
} OptimMethod;

enum { OPTIM_ARRAYS = 5, OPTIM_NUMBERS = 8 };

/* Elements of arrays, and numbers, as a loop wants them. */
typedef struct OptimStep {
  void *at[OPTIM_ARRAYS];
  double s[OPTIM_NUMBERS];
  bool flag[2];
} OptimStep;

/* The same step of many tensors, a launch; small enough for a kernel's parameters. Tensors are cut into chunks, which are
   numbered through. */
enum { OPTIM_TENSORS = 64, OPTIM_CHUNK = 4096 };
typedef struct OptimList {
  OptimStep step; /* its numbers */
  int tensors;
  void *at[OPTIM_ARRAYS][OPTIM_TENSORS];
  int64_t n[OPTIM_TENSORS];          /* elements */
  uint32_t chunk[OPTIM_TENSORS + 1]; /* each tensor's first one; behind the last tensor how many there are */
} OptimList;

/* Enqueues the step on the current stream. Set by the GPU half when it is loaded; NULL without one. */
typedef void (*OptimLauncher)(OptimMethod method, THType type, const OptimList *list);
TH_API OptimLauncher Optim_gpu;

#endif
