#include "THTensor.h"
#include "THHalf.h"
#include "THSize.h"
#include <stdio.h>

static inline THAnyTensor *any(const void *tensor) { return (THAnyTensor *)tensor; }
static inline THAnyStorage *any_storage(const void *storage) { return (THAnyStorage *)storage; }

/* Sizes and strides as functions take them: two LongStorages, either of which may be NULL. */
typedef struct Geometry {
  int n;
  const int64_t *size, *stride;
} Geometry;

static Geometry geometry(const THLongStorage *size, const THLongStorage *stride, int argNumber)
{
  THArgCheck(!size || !stride || size->size == stride->size, argNumber,
             "inconsistent numbers of sizes and strides: %lld and %lld",
             size ? (long long)size->size : 0, stride ? (long long)stride->size : 0);
  return (Geometry){size ? (int)size->size : 0, size ? size->data : NULL,
                    stride ? stride->data : NULL};
}

static THLongStorage *long_storage(int n, const int64_t *values)
{
  THLongStorage *s = THLongStorage_newWithSize(n);
  if (n) memcpy(s->data, values, (size_t)n * sizeof *values);
  return s;
}

/* Not contiguous, but would be with its dimensions in another order. */
static int is_transposed(const THAnyTensor *self)
{
  int64_t longest = 1, total = 1;
  for (int d = 0; d < self->nDimension; d++) {
    if (self->stride[d] == 0 && self->size[d] != 1) return 0;
    longest = THMax(longest, self->stride[d] * self->size[d]);
    total *= self->size[d];
  }
  return !THAnyTensor_isContiguous(self) && longest == total;
}

static int is_size(const THAnyTensor *self, const THLongStorage *dims)
{
  return THSize_isSameSizeAs(self->size, self->nDimension, dims->data, dims->size);
}

static THDescBuff describe(const THAnyTensor *self)
{
  THDescBuff buf;
  int n = snprintf(buf.str, sizeof buf.str, "torch.%sTensor of size ", THType_name(self->type));
  for (int d = 0; d < self->nDimension && n < (int)sizeof buf.str; d++)
    n += snprintf(buf.str + n, sizeof buf.str - (size_t)n, d ? "x%lld" : "%lld",
                  (long long)self->size[d]);
  if (n >= (int)sizeof buf.str) memcpy(buf.str + sizeof buf.str - 4, "...", 4);
  return buf;
}

#define TH_GENERIC_FILE "core/generic/THTensorTyped.c"
#include "THGenerateEveryType.h"
