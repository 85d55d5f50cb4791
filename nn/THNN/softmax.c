/* SoftMax and LogSoftMax over dimension 1 of 1-D and 3-D tensors, 2 of 2-D and 4-D ones; every
   position of an image on its own. */
#include "common.h"
#include "THNNDevice.h"
#include <math.h>

/* A piece is a multiple of the lanes. */
enum { COLUMNS = 64, LANES = 8, PIECE = 512 };

static inline double join_lanes(double *lane)
{
  for (int w = LANES / 2; w > 0; w /= 2)
    for (int k = 0; k < w; k++) lane[k] += lane[k + w];
  return lane[0];
}

/* The same for columns side by side; lanes that no score went to are left out. */
static inline void clear_columns(double (*lane)[COLUMNS], int64_t n, int columns)
{
  for (int64_t k = 0; k < THMin(n, LANES); k++)
    for (int j = 0; j < columns; j++) lane[k][j] = 0;
}
static inline void join_columns(double (*lane)[COLUMNS], int64_t n, int columns)
{
  for (int w = LANES / 2; w > 0; w /= 2)
    for (int k = 0; k < w && k + w < n; k++)
      for (int j = 0; j < columns; j++) lane[k][j] += lane[k + w][j];
}

/* Rows of columns that lie side by side, for one call of exp on up to PIECE elements. */
static inline int64_t rows_at_once(int64_t step, int columns)
{
  return step == columns ? PIECE / columns : 1;
}

#define TH_GENERIC_FILE "generic/softmax.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static THNN_Rows shape_of(const char *op, const THAnyTensor *t)
{
  const int64_t *s = t->size;
  switch (t->nDimension) {
  case 1: return (THNN_Rows){1, s[0], 1};
  case 2: return (THNN_Rows){s[0], s[1], 1};
  case 3: return (THNN_Rows){1, s[0], s[1] * s[2]};
  case 4: return (THNN_Rows){s[0], s[1], s[2] * s[3]};
  default:
    THNN_argError(2, "%s: 1D, 2D, 3D or 4D tensor expected, got %s", op, THAnyTensor_sizeDesc(t).str);
  }
}

typedef struct Kernels {
  bool log;
  void (*row[TH_NTYPES])(const void *, void *, int64_t);
  void (*columns[TH_NTYPES])(const void *, void *, int64_t, int64_t, int);
} Kernels;

typedef struct GradKernels {
  bool log;
  void (*row[TH_NTYPES])(const void *, const void *, void *, int64_t);
  void (*columns[TH_NTYPES])(const void *, const void *, void *, int64_t, int64_t, int);
} GradKernels;

/* Task number i: where it starts, in elements, and how many columns it has. */
static int64_t task_start(const THNN_Rows *s, int64_t i, int *columns)
{
  int64_t blocks = (s->positions + COLUMNS - 1) / COLUMNS;
  int64_t first = i % blocks * COLUMNS;
  *columns = (int)THMin(COLUMNS, s->positions - first);
  return i / blocks * s->classes * s->positions + first;
}

typedef struct Run {
  const Kernels *k;
  const GradKernels *grad;
  THType type;
  const THNN_Rows *s;
  char *x, *y, *g; /* on the way back: gradInput, output, gradOutput */
} Run;

static void forward_task(const void *arg, int64_t i, void *const *unused)
{
  const Run *r = arg;
  int columns;
  size_t at = (size_t)task_start(r->s, i, &columns) * THType_size(r->type);
  (void)unused;
  if (r->s->positions == 1) r->k->row[r->type](r->x + at, r->y + at, r->s->classes);
  else r->k->columns[r->type](r->x + at, r->y + at, r->s->classes, r->s->positions, columns);
}

static void backward_task(const void *arg, int64_t i, void *const *unused)
{
  const Run *r = arg;
  int columns;
  size_t at = (size_t)task_start(r->s, i, &columns) * THType_size(r->type);
  (void)unused;
  if (r->s->positions == 1) r->grad->row[r->type](r->y + at, r->g + at, r->x + at, r->s->classes);
  else
    r->grad->columns[r->type](r->y + at, r->g + at, r->x + at, r->s->classes, r->s->positions, columns);
}

/* An exponential costs as much as four additions. */
static void run_tasks(const Run *r, THPlaneFn task)
{
  int64_t tasks = r->s->frames * ((r->s->positions + COLUMNS - 1) / COLUMNS);
  double work = 4 * (double)r->s->frames * (double)r->s->positions * (double)r->s->classes;
  if (tasks) THPlanes_run(tasks, work / (double)tasks, task, r, 0, NULL);
}

static void forward(const char *op, const Kernels *k, THAnyTensor *input, THAnyTensor *output)
{
  THNN_TYPES_ANY(op, input, output);
  THNN_Rows s = shape_of(op, input);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, input->nDimension, input->size);
  THType type = (THType)x->type;
  if (THType_onDevice(type)) {
    THNN_device->softmax(type, k->log, &s, THNN_data(x), THNN_data(y));
    THNN_finish(y, output);
    return;
  }
  run_tasks(&(Run){.k = k, .type = type, .s = &s, .x = THNN_data(x), .y = THNN_data(y)},
            forward_task);
  THNN_finish(y, output);
}

static void backward(const char *op, const GradKernels *k, THAnyTensor *gradOutput,
                     THAnyTensor *gradInput, THAnyTensor *output)
{
  THNN_TYPES_ANY(op, output, gradOutput, gradInput);
  THNN_checkNElement(op, "output", output, "gradOutput", gradOutput);
  THNN_Rows s = shape_of(op, output);
  THNN_AUTO y = THAnyTensor_newContiguous(output);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, output->nDimension, output->size);
  THType type = (THType)y->type;
  if (THType_onDevice(type)) {
    THNN_device->softmaxGrad(type, k->log, &s, THNN_data(y), THNN_data(g), THNN_data(gx));
    THNN_finish(gx, gradInput);
    return;
  }
  run_tasks(&(Run){.grad = k, .type = type, .s = &s, .x = THNN_data(gx), .y = THNN_data(y),
                   .g = THNN_data(g)},
            backward_task);
  THNN_finish(gx, gradInput);
}

static const Kernels logsoftmax = {true, TH_BY_FLOAT_TYPE(logsoftmax_row),
                                   TH_BY_FLOAT_TYPE(logsoftmax_columns)};
static const Kernels softmax = {false, TH_BY_FLOAT_TYPE(softmax_row), TH_BY_FLOAT_TYPE(softmax_columns)};
static const GradKernels logsoftmax_grad = {true, TH_BY_FLOAT_TYPE(logsoftmax_grad_row),
                                            TH_BY_FLOAT_TYPE(logsoftmax_grad_columns)};
static const GradKernels softmax_grad = {false, TH_BY_FLOAT_TYPE(softmax_grad_row),
                                         TH_BY_FLOAT_TYPE(softmax_grad_columns)};

void THNN_LogSoftMax_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("LogSoftMax", &logsoftmax, input, output);
}

void THNN_LogSoftMax_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                     THAnyTensor *gradInput, THAnyTensor *output)
{
  (void)input;
  backward("LogSoftMax", &logsoftmax_grad, gradOutput, gradInput, output);
}

void THNN_SoftMax_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("SoftMax", &softmax, input, output);
}

void THNN_SoftMax_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                  THAnyTensor *gradInput, THAnyTensor *output)
{
  (void)input;
  backward("SoftMax", &softmax_grad, gradOutput, gradInput, output);
}
