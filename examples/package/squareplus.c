/* The kernels of rows.lua. Errors are raised: C frames are unwound, and what TH_AUTO holds is freed. */
#include "squareplusKernels.h"
#include "parallel/THParallel.h"
#include "plan/THMap.h"

#define TH_LOOP_NAME squareplus
#define TH_LOOP_LIST "squareplus_list.h"
#include "loops/package.h"

static void check_types(int n, THAnyTensor *const *t)
{
  for (int i = 0; i < n; i++) {
    THArgCheck(t[i]->type == TH_FLOAT || t[i]->type == TH_DOUBLE, i + 1, "torch.FloatTensor or DoubleTensor expected");
    THArgCheck(t[i]->type == t[0]->type, i + 1, "types must be equal");
  }
}

/* t[0] = the line of the list, applied to t[1] and what follows. */
static void run(const char *name, int line, int n, THAnyTensor *const *t, double b)
{
  check_types(n, t);
  THType type = (THType)t[0]->type;
  _Alignas(16) char scalars[16];
  THScalar_store(type, scalars, THScalar_fromDouble(b));
  THScalar_store(type, scalars + THType_size(type), THScalar_fromDouble(0));
  THMap_apply(name, THKernel_line(squareplus_line(line), type), scalars, t[0], n - 1, t + 1);
}

void squareplus_forward(THAnyTensor *r, THAnyTensor *x, double b)
{
  run("squareplus", squareplus_map_forward, 2, (THAnyTensor *[]){r, x}, b);
}

void squareplus_backward(THAnyTensor *r, THAnyTensor *x, THAnyTensor *g, double b)
{
  run("squareplus", squareplus_map_backward, 3, (THAnyTensor *[]){r, x, g}, b);
}

typedef struct Rows {
  const double *x;
  double *r;
  int64_t n;
} Rows;

static void row_means(const void *arg, int64_t first, int64_t end, int worker)
{
  (void)worker;
  const Rows *rows = arg;
  for (int64_t i = first; i < end; i++) {
    double sum = 0;
    for (int64_t j = 0; j < rows->n; j++) sum += rows->x[i * rows->n + j];
    rows->r[i] = sum / (double)rows->n;
  }
}

void squareplus_rowMean(THAnyTensor *r, THAnyTensor *x)
{
  THArgCheck(x->type == TH_DOUBLE && x->nDimension == 2, 2, "a DoubleTensor of 2 dimensions expected, got %s",
             THAnyTensor_sizeDesc(x).str);
  THArgCheck(r->type == TH_DOUBLE, 1, "a DoubleTensor expected");
  TH_AUTO(THAnyTensor) packed = THAnyTensor_newContiguous(x);
  THAnyTensor_resizeNd(r, 1, &packed->size[0], NULL);
  TH_AUTO(THAnyTensor) result = THAnyTensor_newContiguous(r);
  Rows rows = {THAnyTensor_data(packed), THAnyTensor_data(result), packed->size[1]};
  TH_parallel(packed->size[0], 64, row_means, &rows);
  if (result != r) THAnyTensor_copy(r, result);
}
