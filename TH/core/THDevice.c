#include "THDevice.h"
#include <stdio.h>

const THDevice *TH_device = NULL;

void TH_checkDevice(const char *op, const char *what, int k, const THAnyTensor *t)
{
  int current = TH_device->current();
  if (!t->storage || t->storage->device == current) return;
  char which[64];
  snprintf(which, sizeof which, what, k);
  THError("%s: %s is on GPU %d, but the current one is GPU %d: move it, or call inside "
          "cutorch.withDevice(%d, ...)",
          op, which, t->storage->device, current, t->storage->device);
}

void TH_checkSameDevice(const char *op, const THAnyTensor *r, int nin, THAnyTensor *const *in)
{
  TH_checkDevice(op, "the result", 0, r);
  for (int k = 0; k < nin; k++)
    TH_checkDevice(op, nin == 1 ? "the input" : "input %d", k + TH_INDEX_BASE, in[k]);
}

void TH_checkAlike(const char *op, const char *expected, bool defined, int n, THAnyTensor *const *t)
{
  THType type = (THType)t[0]->type;
  for (int i = 0; i < n; i++)
    if (t[i]->type != type || !defined)
      THError("%s: %s expected, got torch.%sTensor and torch.%sTensor", op, expected, THType_name(type),
              THType_name((THType)t[i]->type));
  if (THType_onDevice(type)) TH_checkSameDevice(op, t[0], n, t);
}
