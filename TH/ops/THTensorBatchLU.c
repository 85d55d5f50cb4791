/* LU factors of a batch of matrices, and systems solved with them. */
#include "THTensorLapack.h"
#include "THLapack.h"

#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#define TH_GENERIC_FILE "ops/generic/THTensorBatchLU.c"
#include "core/THGenerate.h"

static void (*const factor[TH_NTYPES])(int, void *, int *, bool, int *) = TH_BY_FLOAT_TYPE(factor);
static void (*const solve[TH_NTYPES])(int, int, void *, int *, void *, int *) = TH_BY_FLOAT_TYPE(solve);

static void check_type(const char *op, const char *name, const THAnyTensor *t, THType type, int arg)
{
  THArgCheck(t->type == type, arg, "%s: %s: a torch.%sTensor expected, got a torch.%sTensor", op, name,
             THType_name(type), THType_name((THType)t->type));
}

static void check_batch(const char *op, const THAnyTensor *a, int arg)
{
  THArgCheck(a->type == TH_FLOAT || a->type == TH_DOUBLE, arg,
             "%s: a FloatTensor or DoubleTensor expected, got a torch.%sTensor", op, THType_name((THType)a->type));
  THArgCheck(a->nDimension == 3 && a->size[1] == a->size[2] && a->size[1] <= INT32_MAX, arg,
             "%s: a batch of square matrices expected, got %s", op, THAnyTensor_sizeDesc(a).str);
}

/* src (batch x rows x columns, or batch x rows) with every matrix column-major. */
static THAnyTensor *new_columns(THAnyTensor *src)
{
  int64_t rows = src->size[1], columns = src->nDimension == 3 ? src->size[2] : 1;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd((THType)src->type, src->nDimension, src->size,
                                                     (int64_t[]){rows * columns, 1, rows});
  THAnyTensor_copy(r, src);
  return TH_RELEASE(r);
}

static void publish(THAnyTensor *r_, THAnyTensor *r)
{
  THAnyTensor_resizeNd(r_, r->nDimension, r->size, r->stride);
  THAnyTensor_copy(r_, r);
}

static void *matrix(const THAnyTensor *batch, int64_t i)
{
  return (char *)THAnyTensor_data(batch) + (size_t)(i * batch->stride[0]) * THType_size((THType)batch->type);
}

void THAnyTensor_btrifact(THAnyTensor *ra_, THAnyTensor *rpivots_, THAnyTensor *rinfo_, int pivot,
                          THAnyTensor *a)
{
  check_batch("btrifact", a, 5);
  check_type("btrifact", "result", ra_, (THType)a->type, 1);
  check_type("btrifact", "pivots", rpivots_, TH_INT, 2);
  if (rinfo_) check_type("btrifact", "info", rinfo_, TH_INT, 3);
  TH_AUTO(THAnyTensor) lu = new_columns(a);
  TH_AUTO(THAnyTensor) pivots = THAnyTensor_newWithSizeNd(TH_INT, 2, a->size, NULL);
  TH_AUTO(THAnyTensor) infos = THAnyTensor_newWithSizeNd(TH_INT, 1, a->size, NULL);
  int n = (int)a->size[1], *info = THAnyTensor_data(infos);
  for (int64_t i = 0; i < a->size[0]; i++) {
    factor[a->type](n, matrix(lu, i), matrix(pivots, i), pivot, &info[i]);
    if (!rinfo_ && info[i])
      THError("btrifact: matrix %lld of the batch is singular: U(%d,%d) is 0", (long long)i + 1, info[i], info[i]);
  }
  publish(ra_, lu);
  publish(rpivots_, pivots);
  if (rinfo_) publish(rinfo_, infos);
}

static void check_right_sides(const THAnyTensor *b, const THAnyTensor *a)
{
  THArgCheck(b->nDimension == 2 || b->nDimension == 3, 2,
             "btrisolve: a batch of vectors or of matrices expected, got %s", THAnyTensor_sizeDesc(b).str);
  THArgCheck(b->size[0] == a->size[0] && b->size[1] == a->size[1] && (b->nDimension == 2 || b->size[2] <= INT32_MAX),
             2, "btrisolve: the right sides %s do not fit factors of %s", THAnyTensor_sizeDesc(b).str,
             THAnyTensor_sizeDesc(a).str);
}

/* The pivots, which getrs trusts: each row is exchanged with itself or a later one. */
static THAnyTensor *new_pivots(THAnyTensor *pivots, const THAnyTensor *a)
{
  check_type("btrisolve", "pivots", pivots, TH_INT, 4);
  THArgCheck(pivots->nDimension == 2 && pivots->size[0] == a->size[0] && pivots->size[1] == a->size[1], 4,
             "btrisolve: pivots of %lldx%lld expected, got %s", (long long)a->size[0], (long long)a->size[1],
             THAnyTensor_sizeDesc(pivots).str);
  TH_AUTO(THAnyTensor) p = THAnyTensor_newContiguous(pivots);
  const int *row = THAnyTensor_data(p);
  for (int64_t i = 0; i < a->size[0] * a->size[1]; i++)
    THArgCheck(row[i] >= 1 && row[i] <= a->size[1], 4, "btrisolve: pivot %d is out of range of %lld rows", row[i],
               (long long)a->size[1]);
  return TH_RELEASE(p);
}

void THAnyTensor_btrisolve(THAnyTensor *rb_, THAnyTensor *b, THAnyTensor *atf, THAnyTensor *pivots)
{
  check_batch("btrisolve", atf, 3);
  check_type("btrisolve", "result", rb_, (THType)atf->type, 1);
  check_type("btrisolve", "right sides", b, (THType)atf->type, 2);
  check_right_sides(b, atf);
  TH_AUTO(THAnyTensor) rows = new_pivots(pivots, atf);
  TH_AUTO(THAnyTensor) lu = new_columns(atf);
  TH_AUTO(THAnyTensor) x = new_columns(b);
  int n = (int)atf->size[1], columns = b->nDimension == 3 ? (int)b->size[2] : 1, info;
  for (int64_t i = 0; i < atf->size[0]; i++)
    solve[atf->type](n, columns, matrix(lu, i), matrix(rows, i), matrix(x, i), &info);
  publish(rb_, x);
}
