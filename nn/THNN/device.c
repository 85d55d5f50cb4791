/* Both sides: which types a function takes, and the table of the GPU's loops. */
#include "common.h"
#include "THNNDevice.h"
#include <ctype.h>

const THNNDevice *THNN_device = NULL;

static bool is_number(THType type, bool anywhere)
{
  if (!THType_onDevice(type)) return type == TH_FLOAT || type == TH_DOUBLE;
  return anywhere && THType_isFloating(type);
}

/* A type's name begins with a capital, the method that converts to it with a small letter. */
static void refuse_mixture(const char *op, THType first_, THType other_)
{
  const char *first = THType_name(first_), *other = THType_name(other_);
  THError("%s: got torch.%sTensor and torch.%sTensor, but all must be of one type: convert with "
          "input:%c%s(), or net:%c%s()",
          op, first, other, tolower(other[0]), other + 1, tolower(first[0]), first + 1);
}

/* The one place that lets a GPU tensor in: what follows may index tables of CPU loops by type and
   read the data, unless it said `anywhere`. */
void THNN_checkTypes(const char *op, bool anywhere, int n, THAnyTensor *const *t)
{
  THType type = (THType)t[0]->type;
  if (!is_number(type, anywhere)) {
    if (THType_onDevice(type) && !anywhere)
      THError("%s: not available for torch.%sTensor: convert the module and its input with "
              ":float()",
              op, THType_name(type));
    THError("%s: expected torch.%sTensor or torch.%sTensor, got torch.%sTensor", op,
            THType_name(THType_beside(TH_FLOAT, type)), THType_name(THType_beside(TH_DOUBLE, type)),
            THType_name(type));
  }
  for (int i = 1; i < n; i++)
    if (t[i] && t[i]->type != type) refuse_mixture(op, type, (THType)t[i]->type);
  if (!THType_onDevice(type)) return;
  if (!THNN_device) THError("%s: torch.%sTensor needs require 'cunn'", op, THType_name(type));
  for (int i = 0; i < n; i++)
    if (t[i]) TH_checkDevice(op, "tensor argument #%d", i + 1, t[i]);
}

void THNN_checkLong(const char *op, const char *what, const THAnyTensor *t,
                    const THAnyTensor *beside)
{
  THType type = THType_beside(TH_LONG, (THType)beside->type);
  if (t->type != type)
    THError("%s: %s: expected torch.%sTensor, got torch.%sTensor", op, what, THType_name(type),
            THType_name((THType)t->type));
  if (THType_onDevice(type)) TH_checkDevice(op, what, 0, t);
}
