/* Planes, and elements of kernels, shared out to threads. */
#include "common.h"
#include "elements/host.h"

enum { ARRAYS = 8 };

typedef struct Planes {
  THNN_PlaneFn fn;
  const void *arg;
  int narrays;
  const THNN_Array *arrays;
} Planes;

static void run_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Planes *p = arg;
  void *at[ARRAYS];
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    for (int k = 0; k < p->narrays; k++) {
      const THNN_Array *a = &p->arrays[k];
      at[k] = a->data ? (char *)a->data + (size_t)i * a->step : NULL;
    }
    p->fn(p->arg, i, at);
  }
}

void THNN_planes(int64_t n, double work, THNN_PlaneFn fn, const void *arg, int narrays,
                 const THNN_Array *arrays)
{
  TH_ASSERT(narrays <= ARRAYS);
  TH_parallel(n, TH_pieceFor(n, work), run_planes, &(Planes){fn, arg, narrays, arrays});
}

typedef struct Elements {
  THNN_Loop loop;
  const void *a;
  void *const *at;
} Elements;

static void run_elements(const void *arg, int64_t first, int64_t last, int worker)
{
  const Elements *e = arg;
  (void)worker;
  e->loop(e->a, first, last, e->at);
}

void THNN_elements(THType type, THNNElement kernel, const THNN_Loop *loops, int64_t n, double work, const void *a,
                   void *const *at)
{
  if (THType_onDevice(type)) THNN_device->each(type, kernel, n, a, at);
  else TH_parallel(n, TH_pieceFor(n, work), run_elements, &(Elements){loops[type], a, at});
}
