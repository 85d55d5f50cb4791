/* Both sides: which types a function takes, and the table of the GPU's loops. */
#include "common.h"
#include "THNNDevice.h"
#include <stdio.h>
#include <string.h>

const THNNDevice *THNN_device = NULL;

static bool is_number(THType type, bool anywhere)
{
  if (!THType_onDevice(type)) return type == TH_FLOAT || type == TH_DOUBLE;
  return anywhere && THType_isFloating(type);
}

int THNN_argument(const char *name)
{
  return !strcmp(name, "input") ? 2 : !strcmp(name, "gradOutput") || !strcmp(name, "target") ? 3 : 0;
}

/* The i-th of names such as "input, gradOutput". */
static void name_of(const char *names, int i, char *name, size_t size)
{
  for (; i > 0 && *names; names++) i -= *names == ',';
  names += strspn(names, " *");
  snprintf(name, size, "%.*s", (int)strcspn(names, ",- "), names);
}

/* Tensor i is not of the first's type: what the caller gave is wrong, not what the module holds. */
static __attribute__((noreturn)) void raise_types(const char *op, const char *names, int i, THAnyTensor *const *t)
{
  char first[48], name[48];
  name_of(names, 0, first, sizeof first);
  name_of(names, i, name, sizeof name);
  const char *wanted = THType_name((THType)t[0]->type), *got = THType_name((THType)t[i]->type);
  if (strcmp(first, "input") != 0)
    THNN_argError(THNN_OWN, "%s: torch.%sTensor expected for %s, as %s is, got torch.%sTensor: types must be equal", op,
                  wanted, name, first, got);
  if (THNN_argument(name))
    THNN_argError(THNN_argument(name), "%s: torch.%sTensor expected, as %s is, got torch.%sTensor: types must be equal, "
                  "convert with %s:%s()", op, wanted, first, got, name, THType_method((THType)t[0]->type).str);
  THNN_argError(2, "%s: torch.%sTensor expected, as the module's %s is, got torch.%sTensor: types must "
                "be equal, convert with input:%s(), or net:%s()", op, got, name, wanted,
                THType_method((THType)t[i]->type).str, THType_method((THType)t[0]->type).str);
}

/* The one place that lets a GPU tensor in: what follows may index tables of CPU loops by type and
   read the data, unless it said `anywhere`. names: those of t, as a list. */
void THNN_checkTypes(const char *op, const char *names, bool anywhere, int n, THAnyTensor *const *t)
{
  THType type = (THType)t[0]->type;
  if (!is_number(type, anywhere)) {
    int arg = !strncmp(names, "input", 5) || !strncmp(names, "gradOutput", 10) ? 2 : THNN_OWN;
    if (THType_onDevice(type) && !anywhere)
      THNN_argError(arg, "%s: not available for torch.%sTensor: convert the module and its input with "
                    ":float()",
                    op, THType_name(type));
    THNN_argError(arg, "%s: torch.%sTensor or torch.%sTensor expected, got torch.%sTensor", op,
                  THType_name(THType_beside(TH_FLOAT, type)), THType_name(THType_beside(TH_DOUBLE, type)),
                  THType_name(type));
  }
  for (int i = 1; i < n; i++)
    if (t[i] && t[i]->type != type) raise_types(op, names, i, t);
  if (!THType_onDevice(type)) return;
  if (!THNN_device) THError("%s: torch.%sTensor needs require 'cunn'", op, THType_name(type));
  for (int i = 0; i < n; i++)
    if (t[i]) TH_checkDevice(op, "tensor argument #%d", i + 1, t[i]);
}

void THNN_checkLong(const char *op, const char *what, const THAnyTensor *t,
                    const THAnyTensor *beside)
{
  THType type = THType_beside(TH_LONG, (THType)beside->type);
  THArgCheck(t->type == type, THNN_argument(what), "%s: %s: torch.%sTensor expected, got torch.%sTensor", op, what,
             THType_name(type), THType_name((THType)t->type));
  if (THType_onDevice(type)) TH_checkDevice(op, what, 0, t);
}
