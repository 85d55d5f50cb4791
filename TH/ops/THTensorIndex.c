/* Indexing by tensors: select, copy, add and fill by position; gather and scatter; masks. */
#include "core/THTensorArgs.h"
#include "core/THDevice.h"
#include "plan/THLanes.h"
#include "plan/THMap.h"
#include "plan/THPointwise.h"
#include "plan/THReduce.h"
enum {
  ROW_BYTES = 16384,             /* of a row that stays in the first cache */
  AHEAD = 2, AHEAD_BYTES = 2048  /* so many rows ahead, no longer than that, one is fetched that the processor cannot guess */
};
#define TH_GENERIC_FILE "ops/generic/THTensorIndex.c"
#include "core/THGenerate.h"

static const THLaneBlockFn gather_block[TH_NTYPES] = TH_BY_TYPE(gather);
static const THLaneBlockFn scatter_block[TH_NTYPES] = TH_BY_TYPE(scatter);
static const THLaneBlockFn scatter_add_block[TH_NTYPES] = TH_BY_TYPE(scatter_add);
static const THLaneBlockFn scatter_fill_block[TH_NTYPES] = TH_BY_TYPE(scatter_fill);
static const THLoop masked_fill_loop[TH_NTYPES] = TH_BY_TYPE(masked_fill);

/* ---- checks ---- */

static int64_t reduce_index(THReduceOp op, THAnyTensor *index, int64_t s)
{
  return THReduce_all("index", op, index, THScalar_fromInt(s)).i;
}

/* On the GPU what uses positions or a mask checks them, so that nobody waits for a look at them. */
static bool checked_later(const THAnyTensor *t) { return THType_onDevice((THType)t->type) && TH_device->checksLater(); }

/* Every index lies in 1..limit. `t` is what is indexed: both live on the same side. */
static void check_indices(const char *op, THAnyTensor *index, const THAnyTensor *t, int dim,
                          int argNumber)
{
  int64_t limit = t->size[dim];
  TH_checkType(op, index, THType_beside(TH_LONG, (THType)t->type), argNumber);
  if (checked_later(index)) return;
  int64_t last = limit - 1 + TH_INDEX_BASE;
  if (index->nDimension == 0 || !reduce_index(TH_REDUCE_outside, index, last)) return;
  int64_t lo = reduce_index(TH_REDUCE_min, index, 0), hi = reduce_index(TH_REDUCE_max, index, 0);
  THArgCheck(false, argNumber, "%s: index %lld out of range, expected %d to %lld", op,
             (long long)(lo < TH_INDEX_BASE ? lo : hi), TH_INDEX_BASE, (long long)last);
}

static void check_vector(const char *op, const THAnyTensor *index, int argNumber)
{
  TH_checkType(op, index, THType_beside(TH_LONG, (THType)index->type), argNumber);
  THArgCheck(index->nDimension == 1, argNumber, "%s: index is supposed to be a vector, got %s", op,
             THAnyTensor_sizeDesc(index).str);
}

/* A vector of indices seen under t's sizes (but for dim): the same for every lane. */
static THAnyTensor *new_spread(THAnyTensor *index, const THAnyTensor *t, int dim)
{
  const int n = t->nDimension;
  int64_t size[TH_MAX_DIMS], stride[TH_MAX_DIMS];
  for (int d = 0; d < n; d++) {
    size[d] = d == dim ? index->size[0] : t->size[d];
    stride[d] = d == dim ? index->stride[0] : 0;
  }
  return THAnyTensor_newWithStorageNd((THType)index->type, index->storage, index->storageOffset, n, size, stride);
}

/* ---- on either side ----
   The index has the dimensions of the others here: a vector of positions has been spread. */

/* r = the elements of x that index names along dim. */
static void run_gather(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim)
{
  if (THType_onDevice((THType)r->type)) {
    TH_checkSameDevice(op, r, 2, (THAnyTensor *[]){index, x});
    TH_device->gather(op, r, index, x, dim);
  } else {
    THLanes_pieces(3, (THAnyTensor *[]){r, index, x}, dim, 1 | 2, gather_block[x->type], NULL);
  }
}

/* The elements of r that index names = those of x, or += */
static void run_scatter(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim,
                        bool add)
{
  if (THType_onDevice((THType)r->type)) {
    TH_checkSameDevice(op, r, 2, (THAnyTensor *[]){index, x});
    TH_device->scatter(op, r, index, x, dim, add);
  } else {
    THLaneBlockFn fn = (add ? scatter_add_block : scatter_block)[r->type];
    THLanes_blocks(3, (THAnyTensor *[]){index, x, r}, dim, fn, NULL, 0);
  }
}

static void run_scatter_fill(const char *op, THAnyTensor *r, THAnyTensor *index, int dim, THScalar val)
{
  _Alignas(16) char arg[16];
  THScalar_store((THType)r->type, arg, val);
  if (THType_onDevice((THType)r->type)) {
    TH_checkSameDevice(op, r, 1, &index);
    TH_device->scatterFill(op, r, index, dim, arg);
  } else {
    THLanes_blocks(2, (THAnyTensor *[]){index, r}, dim, scatter_fill_block[r->type], arg, 0);
  }
}

/* ---- by position ---- */

void THAnyTensor_indexSelect(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index)
{
  TH_checkArithmetic("indexSelect", src);
  TH_checkType("indexSelect", r_, src->type, 1);
  TH_checkDim("indexSelect", src, dim, 3);
  check_vector("indexSelect", index, 4);
  check_indices("indexSelect", index, src, dim, 4);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, x, dim);
  TH_resizeLane(r_, x, dim, index->size[0]);
  run_gather("indexSelect", r_, spread, x, dim);
}

static void scatter_slices(const char *op, THAnyTensor *r_, int dim, THAnyTensor *index,
                           THAnyTensor *src, bool add)
{
  TH_checkArithmetic(op, r_);
  TH_checkDim(op, r_, dim, 2);
  check_vector(op, index, 3);
  TH_checkType(op, src, r_->type, 4);
  THArgCheck(TH_sameSizesBut(src, r_, dim) && src->size[dim] == index->size[0], 4,
             "%s: source %s does not fit %s with %lld indices along dimension %d", op,
             THAnyTensor_sizeDesc(src).str, THAnyTensor_sizeDesc(r_).str, (long long)index->size[0],
             dim + TH_INDEX_BASE);
  check_indices(op, index, r_, dim, 3);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, r_, dim);
  run_scatter(op, r_, spread, x, dim, add);
}

void THAnyTensor_indexCopy(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_slices("indexCopy", r_, dim, index, src, false);
}

void THAnyTensor_indexAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_slices("indexAdd", r_, dim, index, src, true);
}

void THAnyTensor_indexFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val)
{
  TH_checkArithmetic("indexFill", r_);
  TH_checkDim("indexFill", r_, dim, 2);
  check_vector("indexFill", index, 3);
  check_indices("indexFill", index, r_, dim, 3);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, r_, dim);
  run_scatter_fill("indexFill", r_, spread, dim, val);
}

/* ---- gather, scatter ---- */

void THAnyTensor_gather(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index)
{
  TH_checkArithmetic("gather", src);
  TH_checkType("gather", r_, src->type, 1);
  TH_checkDim("gather", src, dim, 3);
  TH_checkType("gather", index, THType_beside(TH_LONG, (THType)src->type), 4);
  THArgCheck(TH_sameSizesBut(index, src, dim), 4,
             "gather: index %s must have the sizes of the source %s, except in dimension %d",
             THAnyTensor_sizeDesc(index).str, THAnyTensor_sizeDesc(src).str, dim + TH_INDEX_BASE);
  check_indices("gather", index, src, dim, 4);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  THAnyTensor_resizeAs(r_, at);
  run_gather("gather", r_, at, x, dim);
}

static void check_scatter(const char *op, THAnyTensor *r_, int dim, THAnyTensor *index)
{
  TH_checkArithmetic(op, r_);
  TH_checkDim(op, r_, dim, 2);
  TH_checkType(op, index, THType_beside(TH_LONG, (THType)r_->type), 3);
  THArgCheck(TH_sameSizesBut(index, r_, dim), 3,
             "%s: index %s must have the sizes of the result %s, except in dimension %d", op,
             THAnyTensor_sizeDesc(index).str, THAnyTensor_sizeDesc(r_).str, dim + TH_INDEX_BASE);
  check_indices(op, index, r_, dim, 3);
}

static void scatter_from(const char *op, THAnyTensor *r_, int dim, THAnyTensor *index,
                         THAnyTensor *src, bool add)
{
  check_scatter(op, r_, dim, index);
  TH_checkType(op, src, r_->type, 4);
  THArgCheck(TH_sameSizesBut(src, index, dim) && src->size[dim] >= index->size[dim], 4,
             "%s: source %s must have the sizes of the index %s", op, THAnyTensor_sizeDesc(src).str,
             THAnyTensor_sizeDesc(index).str);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  run_scatter(op, r_, at, x, dim, add);
}

void THAnyTensor_scatter(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_from("scatter", r_, dim, index, src, false);
}

void THAnyTensor_scatterAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_from("scatterAdd", r_, dim, index, src, true);
}

void THAnyTensor_scatterFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val)
{
  check_scatter("scatterFill", r_, dim, index);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  run_scatter_fill("scatterFill", r_, at, dim, val);
}

/* ---- masks ----
   A ByteTensor, or a BoolTensor, whose bytes are read as those of one: under a header that is the caller's, in *owned. */

static THAnyTensor *as_bytes(THAnyTensor *mask, THAnyTensor **owned)
{
  if (mask->type != TH_BOOL) return mask;
  *owned = THAnyTensor_newWithTensor(mask);
  (*owned)->type = TH_BYTE;
  return *owned;
}

static void check_mask(const char *op, const THAnyTensor *t, THAnyTensor *mask, int argNumber)
{
  TH_checkType(op, mask, THType_beside(TH_BYTE, (THType)t->type), argNumber);
  if (mask->nDimension == 0) return;
  if (checked_later(mask)) {
    TH_checkDevice(op, "mask", 0, mask);
    TH_device->checkMask(op, mask);
    return;
  }
  int64_t largest = reduce_index(TH_REDUCE_max, mask, 0);
  THArgCheck(largest <= 1, argNumber, "%s: Mask tensor can take 0 and 1 values only, got %lld", op,
             (long long)largest);
}

static void check_mask_count(const char *op, THAnyTensor *t, THAnyTensor *mask, int argNumber)
{
  THArgCheck(THAnyTensor_nElement(t) == THAnyTensor_nElement(mask), argNumber,
             "%s: inconsistent tensor size, expected tensor %s and mask %s to have the same number "
             "of elements, but got %lld and %lld elements respectively",
             op, THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(mask).str,
             (long long)THAnyTensor_nElement(t), (long long)THAnyTensor_nElement(mask));
  check_mask(op, t, mask, argNumber);
}

static void check_enough(const THAnyTensor *src, int64_t total)
{
  THArgCheck(total <= THAnyTensor_nElement(src), 3,
             "maskedCopy: Number of elements of src < number of ones in mask: %lld < %lld",
             (long long)THAnyTensor_nElement(src), (long long)total);
}

void THAnyTensor_maskedFill(THAnyTensor *r_, THAnyTensor *mask_, THScalar value)
{
  TH_checkArithmetic("maskedFill", r_);
  TH_AUTO(THAnyTensor) owned = NULL;
  THAnyTensor *mask = as_bytes(mask_, &owned);
  check_mask("maskedFill", r_, mask, 2);
  _Alignas(16) char arg[16];
  THScalar_store(r_->type, arg, value);
  THLoop loop = r_->type < TH_NTYPES ? masked_fill_loop[r_->type] : NULL;
  THMap_into("maskedFill", (THKernel){loop, TH_KERNEL_MASKED_FILL, 0, 0x21, NULL}, arg, r_, 2,
             (THAnyTensor *[]){r_, mask});
}

/* ---- masks and positions on the GPU: by way of the positions that a mask names ---- */

/* Positions from 0, in order, of what is not zero in t; a CudaLong vector, empty if there are none. */
static THAnyTensor *new_positions(THAnyTensor *t)
{
  TH_checkSameDevice("nonzero", t, 0, NULL);
  THType type = (THType)t->type;
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(t);
  int64_t n = THAnyTensor_nElement(x);
  int64_t count = n ? TH_device->nonzero(type, THAnyTensor_data(x), n, NULL) : 0;
  TH_AUTO(THAnyTensor) at = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, type), 1, &count, NULL);
  if (count) TH_device->nonzero(type, THAnyTensor_data(x), n, THAnyTensor_data(at));
  return TH_RELEASE(at);
}

/* t, contiguous, as a vector; one owned count. */
static THAnyTensor *new_flat(THAnyTensor *t)
{
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(t);
  TH_AUTO(THAnyTensor) flat = THAnyTensor_newWithTensor(x);
  int64_t n = THAnyTensor_nElement(x);
  THAnyTensor_viewNd(flat, NULL, 1, &n);
  return TH_RELEASE(flat);
}

static void add_base(THAnyTensor *index)
{
  THMath_map("add", TH_MAP_add, index, THScalar_fromInt(TH_INDEX_BASE), THScalar_fromInt(0), 1, &index, 0);
}

static void device_masked_select(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *mask)
{
  TH_AUTO(THAnyTensor) at = new_positions(mask);
  if (at->nDimension == 0) {
    THAnyTensor_resizeNd(r_, 0, NULL, NULL);
    return;
  }
  add_base(at);
  TH_AUTO(THAnyTensor) apart = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) x = new_flat(apart);
  THAnyTensor_resizeAs(r_, at);
  run_gather("maskedSelect", r_, at, x, 0);
}

static void device_masked_copy(THAnyTensor *r_, THAnyTensor *mask, THAnyTensor *src)
{
  TH_AUTO(THAnyTensor) at = new_positions(mask);
  int64_t count = THAnyTensor_nElement(at);
  check_enough(src, count);
  if (count == 0) return;
  add_base(at);
  TH_AUTO(THAnyTensor) apart = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) x = new_flat(apart);
  TH_AUTO(THAnyTensor) first = THAnyTensor_newNarrow(x, 0, 0, count);
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(r_);
  TH_AUTO(THAnyTensor) flat = new_flat(r);
  run_scatter("maskedCopy", flat, at, first, 0, false);
  if (r != r_) THAnyTensor_copy(r_, r);
}

/* Column d of the result: position / (elements inside d) % size[d]. */
static void device_nonzero(THAnyTensor *subscript, THAnyTensor *t)
{
  TH_AUTO(THAnyTensor) at = new_positions(t);
  int64_t count = THAnyTensor_nElement(at), inside = 1;
  TH_AUTO(THAnyTensor) x = TH_newApart(t, subscript); /* the sizes, whatever becomes of t */
  THAnyTensor_resizeNd(subscript, 2, (int64_t[]){count, x->nDimension}, NULL);
  for (int d = count ? x->nDimension - 1 : -1; d >= 0; d--) {
    TH_AUTO(THAnyTensor) column = THAnyTensor_newSelect(subscript, 1, d);
    THScalar by = THScalar_fromInt(inside), size = THScalar_fromInt(x->size[d]);
    THMath_map("nonzero", TH_MAP_div, column, by, by, 1, (THAnyTensor *[]){at}, 0);
    THMath_map("nonzero", TH_MAP_remainder, column, size, size, 1, (THAnyTensor *[]){column}, 0);
    inside *= x->size[d];
  }
}

/* Chunks of a masked operation know where their elements go by the counts before them. */
enum { CHUNK = 16384 };
typedef struct Chunks {
  int64_t n, chunks;
  int64_t *before; /* [chunks + 1] taken elements before each chunk */
} Chunks;

static Chunks new_chunks(int64_t n)
{
  Chunks c = {n, (n + CHUNK - 1) / CHUNK, NULL};
  c.before = THAlloc((ptrdiff_t)((size_t)(c.chunks + 1) * sizeof *c.before));
  return c;
}
static void release_chunks(Chunks *c) { THFree(c->before); }
#define AUTO_CHUNKS __attribute__((cleanup(release_chunks))) Chunks

static int64_t chunk_size(const Chunks *c, int64_t k) { return THMin(CHUNK, c->n - k * CHUNK); }

static void run_chunks(const Chunks *c, THRangeFn fn, const void *arg)
{
  TH_parallel(c->chunks, TH_pieceFor(c->chunks, CHUNK), fn, arg);
}

typedef struct Counting {
  Chunks *c;
  int64_t (*count)(const void *, int64_t);
  const char *data;
  size_t width;
} Counting;

static void count_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Counting *a = arg;
  (void)worker;
  for (int64_t k = first; k < last; k++)
    a->c->before[k + 1] = a->count(a->data + (size_t)(k * CHUNK) * a->width, chunk_size(a->c, k));
}

/* before[] from a contiguous tensor, and the total. */
static int64_t count_chunks(Chunks *c, int64_t (*count)(const void *, int64_t), const char *data,
                            size_t width)
{
  run_chunks(c, count_piece, &(Counting){c, count, data, width});
  c->before[0] = 0;
  for (int64_t k = 0; k < c->chunks; k++) c->before[k + 1] += c->before[k];
  return c->before[c->chunks];
}

typedef struct Masked {
  const Chunks *c;
  void (*fn)(void *, const void *, const unsigned char *, int64_t);
  char *to;
  const char *from;
  const unsigned char *mask;
  size_t width;
} Masked;

static void select_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Masked *a = arg;
  (void)worker;
  for (int64_t k = first; k < last; k++)
    a->fn(a->to + (size_t)a->c->before[k] * a->width, a->from + (size_t)(k * CHUNK) * a->width,
          a->mask + k * CHUNK, chunk_size(a->c, k));
}

static void copy_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Masked *a = arg;
  (void)worker;
  for (int64_t k = first; k < last; k++)
    a->fn(a->to + (size_t)(k * CHUNK) * a->width, a->from + (size_t)a->c->before[k] * a->width,
          a->mask + k * CHUNK, chunk_size(a->c, k));
}

void THAnyTensor_maskedSelect(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *given)
{
  static void (*const fn[TH_NTYPES])(void *, const void *, const unsigned char *, int64_t) =
      TH_BY_TYPE(masked_select);
  TH_checkArithmetic("maskedSelect", src);
  TH_checkType("maskedSelect", r_, src->type, 1);
  TH_AUTO(THAnyTensor) owned = NULL;
  THAnyTensor *mask_ = as_bytes(given, &owned);
  check_mask_count("maskedSelect", src, mask_, 3);
  if (THType_onDevice((THType)src->type)) {
    device_masked_select(r_, src, mask_);
    return;
  }
  TH_AUTO(THAnyTensor) apart = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  TH_AUTO(THAnyTensor) mask_apart = TH_newApart(mask_, r_);
  TH_AUTO(THAnyTensor) mask = THAnyTensor_newContiguous(mask_apart);
  AUTO_CHUNKS c = new_chunks(THAnyTensor_nElement(x));
  const unsigned char *m = THAnyTensor_data(mask);
  int64_t total = count_chunks(&c, Byte_count_nonzero, (const char *)m, 1);
  THAnyTensor_resizeNd(r_, 1, &total, NULL);
  if (total == 0) return;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(r_); /* an equal size keeps odd strides */
  run_chunks(&c, select_piece,
             &(Masked){&c, fn[x->type], THAnyTensor_data(r), THAnyTensor_data(x), m,
                       THType_size(x->type)});
  if (r != r_) THAnyTensor_copy(r_, r);
}

void THAnyTensor_maskedCopy(THAnyTensor *r_, THAnyTensor *given, THAnyTensor *src)
{
  static void (*const fn[TH_NTYPES])(void *, const void *, const unsigned char *, int64_t) =
      TH_BY_TYPE(masked_copy);
  TH_checkArithmetic("maskedCopy", r_);
  TH_checkType("maskedCopy", src, r_->type, 3);
  TH_AUTO(THAnyTensor) owned = NULL;
  THAnyTensor *mask_ = as_bytes(given, &owned);
  check_mask_count("maskedCopy", r_, mask_, 2);
  if (THType_onDevice((THType)r_->type)) {
    device_masked_copy(r_, mask_, src);
    return;
  }
  TH_AUTO(THAnyTensor) apart = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  TH_AUTO(THAnyTensor) mask_apart = TH_newApart(mask_, r_);
  TH_AUTO(THAnyTensor) mask = THAnyTensor_newContiguous(mask_apart);
  AUTO_CHUNKS c = new_chunks(THAnyTensor_nElement(mask));
  const unsigned char *m = THAnyTensor_data(mask);
  int64_t total = count_chunks(&c, Byte_count_nonzero, (const char *)m, 1);
  check_enough(x, total);
  if (total == 0) return;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(r_);
  run_chunks(&c, copy_piece,
             &(Masked){&c, fn[x->type], THAnyTensor_data(r), THAnyTensor_data(x), m,
                       THType_size(x->type)});
  if (r != r_) THAnyTensor_copy(r_, r);
}

/* Offsets into subscripts, in place: row i of r holds the offset of element i in its last cell.
   Offsets grow, so most rows share all but the last subscript with the one before. */
static void split_offsets(int64_t *r, int64_t rows, int n, const int64_t *size)
{
  int64_t last = size[n - 1], base = -last;
  for (int64_t i = 0; i < rows; i++, r += n) {
    int64_t offset = r[n - 1];
    if (i > 0 && offset - base < last) {
      for (int d = 0; d < n - 1; d++) r[d] = r[d - n];
    } else {
      int64_t lead = offset / last;
      base = lead * last;
      for (int d = n - 2; d >= 0; d--) {
        r[d] = lead % size[d];
        lead /= size[d];
      }
    }
    r[n - 1] = offset - base;
  }
}

typedef struct Nonzero {
  int64_t (*find)(const void *, int64_t, int64_t *);
  const char *data;
  size_t width;
  int n;
  const int64_t *size;
  int64_t *r;
  const Chunks *c;
} Nonzero;

/* Short runs at a time, so that their offsets stay in L1. */
static void nonzero_chunk(const Nonzero *z, int64_t first, int64_t n, int64_t row)
{
  enum { RUN = 256 };
  int64_t at[RUN];
  for (int64_t i = first; i < first + n; i += RUN) {
    int64_t count = z->find(z->data + (size_t)i * z->width, THMin(RUN, first + n - i), at);
    int64_t *r = z->r + row * z->n;
    for (int64_t k = 0; k < count; k++) r[k * z->n + z->n - 1] = i + at[k];
    split_offsets(r, count, z->n, z->size);
    row += count;
  }
}

static void nonzero_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Nonzero *z = arg;
  (void)worker;
  for (int64_t k = first; k < last; k++)
    nonzero_chunk(z, k * CHUNK, chunk_size(z->c, k), z->c->before[k]);
}

void THAnyTensor_nonzero(THAnyTensor *subscript, THAnyTensor *t)
{
  static int64_t (*const count[TH_NTYPES])(const void *, int64_t) = TH_BY_TYPE(count_nonzero);
  static int64_t (*const find[TH_NTYPES])(const void *, int64_t, int64_t *) =
      TH_BY_TYPE(find_nonzero);
  TH_checkArithmetic("nonzero", t);
  TH_checkType("nonzero", subscript, THType_beside(TH_LONG, (THType)t->type), 1);
  if (THType_onDevice((THType)t->type)) {
    device_nonzero(subscript, t);
    return;
  }
  TH_AUTO(THAnyTensor) apart = TH_newApart(t, subscript);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  Nonzero z = {find[t->type], THAnyTensor_data(x), THType_size(t->type), x->nDimension, x->size,
               NULL, NULL};
  AUTO_CHUNKS c = new_chunks(THAnyTensor_nElement(x));
  int64_t total = count_chunks(&c, count[t->type], z.data, z.width);
  THAnyTensor_resizeNd(subscript, 2, (int64_t[]){total, z.n}, NULL);
  if (total == 0) return;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(subscript);
  z.r = THAnyTensor_data(r);
  z.c = &c;
  run_chunks(&c, nonzero_piece, &z);
  if (r != subscript) THAnyTensor_copy(subscript, r);
}
