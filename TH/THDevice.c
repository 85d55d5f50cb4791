#include "THDevice.h"
#include <stdio.h>

const THDevice *TH_device = NULL;

void TH_checkSameDevice(const char *op, const THAnyTensor *r, int nin, THAnyTensor *const *in)
{
  int current = TH_device->current();
  for (int k = -1; k < nin; k++) {
    const THAnyTensor *t = k < 0 ? r : in[k];
    if (!t->storage || t->storage->device == current) continue;
    char which[32];
    snprintf(which, sizeof which, k < 0 ? "the result" : nin == 1 ? "the input" : "input %d",
             k + TH_INDEX_BASE);
    THError("%s: %s is on GPU %d, but the current one is GPU %d: move it, or call inside "
            "cutorch.withDevice(%d, ...)",
            op, which, t->storage->device, current, t->storage->device);
  }
}
