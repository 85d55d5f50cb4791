#include "THOperands.h"

enum { MOST = 24 };
static __thread const THAnyTensor *given[MOST], *twice[MOST];
static __thread int ngiven, ntwice;

static bool among(const THAnyTensor *const *list, int n, const THAnyTensor *t)
{
  for (int i = 0; i < n; i++)
    if (list[i] == t) return true;
  return false;
}

void TH_operandsBegin(void) { ngiven = ntwice = 0; }

void TH_operand(const THAnyTensor *t)
{
  if (!among(given, ngiven, t)) {
    if (ngiven < MOST) given[ngiven++] = t;
  } else if (ntwice < MOST) {
    twice[ntwice++] = t;
  }
}

static bool has_sizes(const THAnyTensor *t, int n, const int64_t *size)
{
  bool same = t->nDimension == n;
  for (int d = 0; same && d < n; d++) same = t->size[d] == size[d];
  return same;
}

void TH_resizeResult(THAnyTensor *r_, int n, const int64_t *size)
{
  if (ntwice && among(twice, ntwice, r_) && !has_sizes(r_, n, size))
    THError("a result of %s is an operand as well and would need other sizes: results must be tensors of their own",
            THAnyTensor_sizeDesc(r_).str);
  THAnyTensor_resizeNd(r_, n, size, NULL);
}
