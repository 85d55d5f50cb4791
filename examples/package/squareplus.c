/* The kernels of rows.lua, and the operation that runs backward; the other needs none. Errors are raised: C frames are unwound, and what TH_AUTO holds is
   freed. */
#include "squareplus.h"
#include "squareplusKernels.h"
#include "squareplusOps.h"
#include "core/THDevice.h"
#include "parallel/THParallel.h"
#include "plan/THPointwise.h"

#define TH_LOOP_NAME squareplus
#define TH_LOOP_LIST "squareplus_list.h"
#include "loops/package.h"

const SquareplusGPU *squareplus_gpu = NULL;

/* THMath_line checks types and sizes and knows both sides; 0x32: the inputs are the C arguments 2 and 3. */
void squareplus_backward(THAnyTensor *r, THAnyTensor *x, THAnyTensor *g, double b)
{
  THMath_line("squareplusBackward", squareplus_line(squareplus_map_backward), r, THScalar_fromDouble(b),
              THScalar_fromInt(0), 2, (THAnyTensor *[]){x, g}, 0x32);
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
  THType type = (THType)x->type;
  bool on_gpu = THType_onDevice(type) && squareplus_gpu;
  THArgCheck(THType_element(type) == TH_DOUBLE && (on_gpu || type == TH_DOUBLE) && x->nDimension == 2, 2,
             "a DoubleTensor of 2 dimensions expected, got %sTensor %s", THType_name(type), THAnyTensor_sizeDesc(x).str);
  THArgCheck(r->type == type, 1, "a %sTensor expected", THType_name(type));
  TH_AUTO(THAnyTensor) packed = THAnyTensor_newContiguous(x);
  THAnyTensor_resizeNd(r, 1, &packed->size[0], NULL);
  TH_AUTO(THAnyTensor) result = THAnyTensor_newContiguous(r);
  Rows rows = {THAnyTensor_data(packed), THAnyTensor_data(result), packed->size[1]};
  if (on_gpu) {
    TH_checkDevice("squareplus.rowMean", "x", 0, x);
    squareplus_gpu->rowMean(type, rows.x, rows.r, packed->size[0], rows.n);
  } else {
    TH_parallel(packed->size[0], 64, row_means, &rows);
  }
  if (result != r) THAnyTensor_copy(r, result);
}
