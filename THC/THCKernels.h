#ifndef THC_KERNELS_H
#define THC_KERNELS_H
/* The kernels behind THDevice (TH/core/THDevice.h documents each): launched on the current stream. */
#include "core/THDevice.h"

#pragma GCC visibility push(default) /* libTHCUNN multiplies with THC_gemm */

void THC_run(const char *op, const THKernel *kernel, const THPlan *plan, THType to, THType from,
             const void *arg);
THScalar THC_reduceAll(const char *op, THReduceOp reduction, THType type, const THPlan *plan,
                       const void *arg);
void THC_reduceDim(const char *op, THReduceOp reduction, THType type, const THPlan *kept,
                   int64_t length, int64_t step, const void *arg);
void THC_extremum(const char *op, bool largest, THType type, const THPlan *kept, int64_t length,
                  int64_t step);
THScalar THC_dot(THType type, int64_t n, const void *x, int64_t incx, const void *y, int64_t incy);
void THC_gather(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim);
void THC_scatter(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim,
                 bool add);
void THC_scatterFill(const char *op, THAnyTensor *r, THAnyTensor *index, int dim, const void *arg);
int64_t THC_nonzero(THType type, const void *x, int64_t n, int64_t *at);
void THC_random(const char *op, THType type, void *r, int64_t n, const THRandomFillArgs *args);
void THC_gemm(const char *op, THType type, const THDeviceGemm *g, const void *a, const void *b, void *c);

#pragma GCC visibility pop
#endif
