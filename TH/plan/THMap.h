#ifndef TH_MAP_H
#define TH_MAP_H
/* The driver of pointwise operations: shapes, overlap and broadcasting, then a plan. */
#include "THAnyTensor.h"
#include "loops/THLoop.h"

/* r_ = kernel(in...): finds the common shape (equal element counts pair up in row-major order under
   in[0]'s shape; otherwise NumPy's broadcasting), resizes r_, guards against partial overlap and
   runs. Errors name `op`. r_ may be one of the inputs. Element types are the caller's business. */
TH_API void THMap_apply(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                        THAnyTensor *const *in);
/* The same, with r_'s own shape: inputs pair up with it or broadcast to it. */
TH_API void THMap_into(const char *op, THKernel kernel, const void *arg, THAnyTensor *r_, int nin,
                       THAnyTensor *const *in);

/* NumPy's rule: align at the last dimension; sizes agree or one of them is 1. Returns nin, or the first input that does
   not go with those before it. size: n entries, of the inputs' most dimensions. */
int THMap_broadcastShape(int nin, THAnyTensor *const *in, int n, int64_t *size);
/* The strides that show t under the shape by that rule; false when there are none. */
bool THMap_broadcastStrides(const THAnyTensor *t, int n, const int64_t *size, int64_t *stride);
bool THMap_equalShape(const THAnyTensor *t, int n, const int64_t *size);

#endif
