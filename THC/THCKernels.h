#ifndef THC_KERNELS_H
#define THC_KERNELS_H
/* The kernels behind THDevice (TH/core/THDevice.h documents each): launched on the current stream. */
#include "core/THDevice.h"

#pragma GCC visibility push(default) /* libTHCUNN multiplies with THC_gemm */

void THC_run(const char *op, const THKernel *kernel, const THPlan *plan, THType to, THType from,
             const void *arg);
bool THC_fused(const struct THFuse *program, const THPlan *plan, const THScalar *number);
THScalar THC_reduceAll(const char *op, THReduceOp reduction, THType type, const THPlan *plan,
                       const void *arg);
void THC_reduceDim(const char *op, THReduceOp reduction, THType type, const THPlan *kept,
                   int64_t length, int64_t step, const void *arg);
void THC_extremum(const char *op, bool largest, THType type, const THPlan *kept, int64_t length,
                  int64_t step);
void THC_scan(const char *op, bool product, THType type, const THPlan *lanes, int64_t n, int64_t r_step,
              int64_t x_step);
void THC_order(THType type, const THDeviceOrder *order, const void *x, void *values, int64_t *at);
void THC_variance(const char *op, THType type, const THPlan *kept, int64_t length, int64_t step, bool biased,
                  bool root);
double THC_varianceAll(const char *op, THType type, const THPlan *plan, bool biased);
void THC_histogram(THType type, const void *x, int64_t rows, int64_t n, int64_t bins, double min, double max,
                   int64_t *counts);
THScalar THC_dot(THType type, int64_t n, const void *x, int64_t incx, const void *y, int64_t incy);
void THC_gather(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim);
void THC_scatter(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim,
                 bool add);
void THC_scatterFill(const char *op, THAnyTensor *r, THAnyTensor *index, int dim, const void *arg);
void THC_checkMask(const char *op, THAnyTensor *mask);
int64_t THC_nonzero(THType type, const void *x, int64_t n, int64_t *at);
void THC_clearTriangle(THAnyTensor *r, int64_t k, bool lower);
void THC_progression(THType type, void *r, int64_t n, THScalar start, THScalar step);
void THC_points(THType type, void *r, int64_t n, double a, double b, bool exponents);
void THC_match(THType type, void *r, const void *a, const void *b, int64_t rows, int64_t columns, int64_t d,
               THScalar gain);
void THC_convolve(const struct THConv *c, int64_t volumes);
void THC_draw(const double *cumulative, int64_t rows, int64_t n, const double *u, int64_t draws, int64_t *r);
void THC_random(const char *op, THType type, void *r, int64_t n, const THRandomFillArgs *args);
bool THC_lapack(const struct THLapackCall *call, THType type, int *info);
void THC_integerGemm(THType type, const THDeviceGemm *g, const void *a, const void *b, void *c);
void THC_gemm(const char *op, THType type, const THDeviceGemm *g, const void *a, const void *b, void *c);

#pragma GCC visibility pop
#endif
