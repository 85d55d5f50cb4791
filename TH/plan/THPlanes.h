#ifndef TH_PLANES_H
#define TH_PLANES_H
/* Work on planes (images of a batch, samples, rows) that lie at equal steps in a few arrays, shared out to threads. */
#include "parallel/THParallel.h"

enum { TH_PLANE_ARRAYS = 8 };

typedef struct THPlaneArray {
  void *data;  /* of plane 0; NULL: absent, and so at every plane */
  size_t step; /* bytes from a plane to the next */
} THPlaneArray;

/* Plane i; at[k] is where it begins in array k. Must neither raise nor allocate. */
typedef void (*THPlaneFn)(const void *arg, int64_t i, void *const *at);

/* fn(arg, i, at) for the planes 0 .. n-1, in any order. `work`: of a plane, in elements of plain arithmetic. */
TH_API void THPlanes_run(int64_t n, double work, THPlaneFn fn, const void *arg, int narrays, const THPlaneArray *arrays);
#define TH_PLANES(n, work, fn, arg, ...)                                                           \
  THPlanes_run(n, work, fn, arg, (int)(sizeof((THPlaneArray[]){__VA_ARGS__}) / sizeof(THPlaneArray)), \
               (THPlaneArray[]){__VA_ARGS__})

#endif
