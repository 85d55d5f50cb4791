#include "THDevice.h"

const THDevice *TH_device = NULL;

void TH_checkSameDevice(const char *op, const THAnyTensor *r, int nin, THAnyTensor *const *in)
{
  int current = TH_device->current();
  for (int k = -1; k < nin; k++) {
    const THAnyTensor *t = k < 0 ? r : in[k];
    if (!t->storage || t->storage->device == current) continue;
    THError("%s: %s is on GPU %d, but the current one is GPU %d: move it, or call inside "
            "cutorch.withDevice(%d, ...)",
            op, k < 0 ? "the result" : nin == 1 ? "the input" : k == 0 ? "the first input" : "an input",
            t->storage->device, current, t->storage->device);
  }
}
