#include "THPlanes.h"

typedef struct Planes {
  THPlaneFn fn;
  const void *arg;
  int narrays;
  const THPlaneArray *arrays;
} Planes;

static void run_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Planes *p = arg;
  void *at[TH_PLANE_ARRAYS];
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    for (int k = 0; k < p->narrays; k++) {
      const THPlaneArray *a = &p->arrays[k];
      at[k] = a->data ? (char *)a->data + (size_t)i * a->step : NULL;
    }
    p->fn(p->arg, i, at);
  }
}

void THPlanes_run(int64_t n, double work, THPlaneFn fn, const void *arg, int narrays, const THPlaneArray *arrays)
{
  TH_ASSERT(narrays <= TH_PLANE_ARRAYS);
  TH_parallel(n, TH_pieceFor(n, work), run_planes, &(Planes){fn, arg, narrays, arrays});
}
