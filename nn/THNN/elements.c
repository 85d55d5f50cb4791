/* Elements of kernels (elements/), shared out to threads or sent to the GPU. */
#include "common.h"
#include "elements/host.h"

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
