/* Indexing by tensors: select, copy, add and fill by position; gather and scatter; masks. */
#include "THTensorArgs.h"
#include "plan/THLanes.h"
#include "plan/THReduce.h"
#define TH_GENERIC_FILE "generic/THTensorIndex.c"
#include "THGenerate.h"

static const THLaneBlockFn gather_block[TH_NTYPES] = TH_BY_TYPE(gather);
static const THLaneBlockFn scatter_block[TH_NTYPES] = TH_BY_TYPE(scatter);
static const THLaneBlockFn scatter_add_block[TH_NTYPES] = TH_BY_TYPE(scatter_add);
static const THLaneBlockFn scatter_fill_block[TH_NTYPES] = TH_BY_TYPE(scatter_fill);
static const THLoop masked_fill_loop[TH_NTYPES] = TH_BY_TYPE(masked_fill);

/* ---- checks ---- */

static int64_t reduce_index(THReduceOp op, THAnyTensor *index)
{
  return THReduce_all("index", op, index, THScalar_fromInt(0)).i;
}

/* Every index lies in 1..limit. */
static void check_indices(const char *op, THAnyTensor *index, int64_t limit, int argNumber)
{
  TH_checkType(op, index, TH_LONG, argNumber);
  if (index->nDimension == 0) return;
  int64_t lo = reduce_index(TH_REDUCE_min, index), hi = reduce_index(TH_REDUCE_max, index);
  THArgCheck(lo >= TH_INDEX_BASE && hi < limit + TH_INDEX_BASE, argNumber,
             "%s: index %lld out of range, expected %d to %lld", op,
             (long long)(lo < TH_INDEX_BASE ? lo : hi), TH_INDEX_BASE,
             (long long)(limit - 1 + TH_INDEX_BASE));
}

static void check_vector(const char *op, const THAnyTensor *index, int argNumber)
{
  TH_checkType(op, index, TH_LONG, argNumber);
  THArgCheck(index->nDimension == 1, argNumber, "%s: index is supposed to be a vector, got %s", op,
             THAnyTensor_sizeDesc(index).str);
}

/* A vector of indices seen under t's sizes (but for dim): the same for every lane. */
static THAnyTensor *new_spread(THAnyTensor *index, const THAnyTensor *t, int dim)
{
  int n = t->nDimension;
  TH_AUTO_MEM int64_t *size = THAlloc((ptrdiff_t)(2 * (size_t)n * sizeof *size));
  for (int d = 0; d < n; d++) {
    size[d] = d == dim ? index->size[0] : t->size[d];
    size[n + d] = d == dim ? index->stride[0] : 0;
  }
  return THAnyTensor_newWithStorageNd(TH_LONG, index->storage, index->storageOffset, n, size,
                                      size + n);
}

/* ---- by position ---- */

void THAnyTensor_indexSelect(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index)
{
  TH_checkMath("indexSelect", src);
  TH_checkType("indexSelect", r_, src->type, 1);
  TH_checkDim("indexSelect", src, dim, 3);
  check_vector("indexSelect", index, 4);
  check_indices("indexSelect", index, src->size[dim], 4);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, x, dim);
  TH_resizeLane(r_, x, dim, index->size[0]);
  THLanes_pieces(3, (THAnyTensor *[]){r_, spread, x}, dim, 1 | 2, gather_block[x->type], NULL);
}

static void scatter_slices(const char *op, const THLaneBlockFn *fn, THAnyTensor *r_, int dim,
                           THAnyTensor *index, THAnyTensor *src)
{
  TH_checkMath(op, r_);
  TH_checkDim(op, r_, dim, 2);
  check_vector(op, index, 3);
  TH_checkType(op, src, r_->type, 4);
  THArgCheck(TH_sameSizesBut(src, r_, dim) && src->size[dim] == index->size[0], 4,
             "%s: source %s does not fit %s with %lld indices along dimension %d", op,
             THAnyTensor_sizeDesc(src).str, THAnyTensor_sizeDesc(r_).str, (long long)index->size[0],
             dim + TH_INDEX_BASE);
  check_indices(op, index, r_->size[dim], 3);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, r_, dim);
  THLanes_blocks(3, (THAnyTensor *[]){spread, x, r_}, dim, fn[r_->type], NULL, 0);
}

void THAnyTensor_indexCopy(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_slices("indexCopy", scatter_block, r_, dim, index, src);
}

void THAnyTensor_indexAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_slices("indexAdd", scatter_add_block, r_, dim, index, src);
}

void THAnyTensor_indexFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val)
{
  TH_checkMath("indexFill", r_);
  TH_checkDim("indexFill", r_, dim, 2);
  check_vector("indexFill", index, 3);
  check_indices("indexFill", index, r_->size[dim], 3);
  _Alignas(16) char arg[16];
  THScalar_store(r_->type, arg, val);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  TH_AUTO(THAnyTensor) spread = new_spread(at, r_, dim);
  THLanes_blocks(2, (THAnyTensor *[]){spread, r_}, dim, scatter_fill_block[r_->type], arg, 0);
}

/* ---- gather, scatter ---- */

void THAnyTensor_gather(THAnyTensor *r_, THAnyTensor *src, int dim, THAnyTensor *index)
{
  TH_checkMath("gather", src);
  TH_checkType("gather", r_, src->type, 1);
  TH_checkDim("gather", src, dim, 3);
  TH_checkType("gather", index, TH_LONG, 4);
  THArgCheck(TH_sameSizesBut(index, src, dim), 4,
             "gather: index %s must have the sizes of the source %s, except in dimension %d",
             THAnyTensor_sizeDesc(index).str, THAnyTensor_sizeDesc(src).str, dim + TH_INDEX_BASE);
  check_indices("gather", index, src->size[dim], 4);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  THAnyTensor_resizeAs(r_, at);
  THLanes_pieces(3, (THAnyTensor *[]){r_, at, x}, dim, 1 | 2, gather_block[x->type], NULL);
}

static void check_scatter(const char *op, THAnyTensor *r_, int dim, THAnyTensor *index)
{
  TH_checkMath(op, r_);
  TH_checkDim(op, r_, dim, 2);
  TH_checkType(op, index, TH_LONG, 3);
  THArgCheck(TH_sameSizesBut(index, r_, dim), 3,
             "%s: index %s must have the sizes of the result %s, except in dimension %d", op,
             THAnyTensor_sizeDesc(index).str, THAnyTensor_sizeDesc(r_).str, dim + TH_INDEX_BASE);
  check_indices(op, index, r_->size[dim], 3);
}

static void scatter_from(const char *op, const THLaneBlockFn *fn, THAnyTensor *r_, int dim,
                         THAnyTensor *index, THAnyTensor *src)
{
  check_scatter(op, r_, dim, index);
  TH_checkType(op, src, r_->type, 4);
  THArgCheck(TH_sameSizesBut(src, index, dim) && src->size[dim] >= index->size[dim], 4,
             "%s: source %s must have the sizes of the index %s", op, THAnyTensor_sizeDesc(src).str,
             THAnyTensor_sizeDesc(index).str);
  TH_AUTO(THAnyTensor) x = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  THLanes_blocks(3, (THAnyTensor *[]){at, x, r_}, dim, fn[r_->type], NULL, 0);
}

void THAnyTensor_scatter(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_from("scatter", scatter_block, r_, dim, index, src);
}

void THAnyTensor_scatterAdd(THAnyTensor *r_, int dim, THAnyTensor *index, THAnyTensor *src)
{
  scatter_from("scatterAdd", scatter_add_block, r_, dim, index, src);
}

void THAnyTensor_scatterFill(THAnyTensor *r_, int dim, THAnyTensor *index, THScalar val)
{
  check_scatter("scatterFill", r_, dim, index);
  _Alignas(16) char arg[16];
  THScalar_store(r_->type, arg, val);
  TH_AUTO(THAnyTensor) at = TH_newApart(index, r_);
  THLanes_blocks(2, (THAnyTensor *[]){at, r_}, dim, scatter_fill_block[r_->type], arg, 0);
}

/* ---- masks ---- */

static void check_mask(const char *op, THAnyTensor *mask, int argNumber)
{
  TH_checkType(op, mask, TH_BYTE, argNumber);
  if (mask->nDimension == 0) return;
  int64_t largest = reduce_index(TH_REDUCE_max, mask);
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
  check_mask(op, mask, argNumber);
}

void THAnyTensor_maskedFill(THAnyTensor *r_, THAnyTensor *mask, THScalar value)
{
  TH_checkMath("maskedFill", r_);
  check_mask("maskedFill", mask, 2);
  _Alignas(16) char arg[16];
  THScalar_store(r_->type, arg, value);
  THMap_into("maskedFill", masked_fill_loop[r_->type], arg, r_, 2, (THAnyTensor *[]){r_, mask});
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

/* before[] from a contiguous tensor, and the total. */
static int64_t count_chunks(Chunks *c, int64_t (*count)(const void *, int64_t), const char *data,
                            size_t width)
{
  int threads = TH_threadsFor(c->n, TH_GRAIN);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t k = 0; k < c->chunks; k++)
    c->before[k + 1] = count(data + (size_t)(k * CHUNK) * width, THMin(CHUNK, c->n - k * CHUNK));
  c->before[0] = 0;
  for (int64_t k = 0; k < c->chunks; k++) c->before[k + 1] += c->before[k];
  return c->before[c->chunks];
}

void THAnyTensor_maskedSelect(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *mask_)
{
  static void (*const fn[TH_NTYPES])(void *, const void *, const unsigned char *, int64_t) =
      TH_BY_TYPE(masked_select);
  TH_checkMath("maskedSelect", src);
  TH_checkType("maskedSelect", r_, src->type, 1);
  check_mask_count("maskedSelect", src, mask_, 3);
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
  char *to = THAnyTensor_data(r), *from = THAnyTensor_data(x);
  size_t width = THType_size(x->type);
  int threads = TH_threadsFor(c.n, TH_GRAIN);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t k = 0; k < c.chunks; k++)
    fn[x->type](to + (size_t)c.before[k] * width, from + (size_t)(k * CHUNK) * width, m + k * CHUNK,
                THMin(CHUNK, c.n - k * CHUNK));
  if (r != r_) THAnyTensor_copy(r_, r);
}

void THAnyTensor_maskedCopy(THAnyTensor *r_, THAnyTensor *mask_, THAnyTensor *src)
{
  static void (*const fn[TH_NTYPES])(void *, const void *, const unsigned char *, int64_t) =
      TH_BY_TYPE(masked_copy);
  TH_checkMath("maskedCopy", r_);
  TH_checkType("maskedCopy", src, r_->type, 3);
  check_mask_count("maskedCopy", r_, mask_, 2);
  TH_AUTO(THAnyTensor) apart = TH_newApart(src, r_);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  TH_AUTO(THAnyTensor) mask_apart = TH_newApart(mask_, r_);
  TH_AUTO(THAnyTensor) mask = THAnyTensor_newContiguous(mask_apart);
  AUTO_CHUNKS c = new_chunks(THAnyTensor_nElement(mask));
  const unsigned char *m = THAnyTensor_data(mask);
  int64_t total = count_chunks(&c, Byte_count_nonzero, (const char *)m, 1);
  THArgCheck(total <= THAnyTensor_nElement(x), 3,
             "maskedCopy: Number of elements of src < number of ones in mask: %lld < %lld",
             (long long)THAnyTensor_nElement(x), (long long)total);
  if (total == 0) return;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(r_);
  char *to = THAnyTensor_data(r), *from = THAnyTensor_data(x);
  size_t width = THType_size(x->type);
  int threads = TH_threadsFor(c.n, TH_GRAIN);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t k = 0; k < c.chunks; k++)
    fn[x->type](to + (size_t)(k * CHUNK) * width, from + (size_t)c.before[k] * width, m + k * CHUNK,
                THMin(CHUNK, c.n - k * CHUNK));
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

void THAnyTensor_nonzero(THAnyTensor *subscript, THAnyTensor *t)
{
  static int64_t (*const count[TH_NTYPES])(const void *, int64_t) = TH_BY_TYPE(count_nonzero);
  static int64_t (*const find[TH_NTYPES])(const void *, int64_t, int64_t *) =
      TH_BY_TYPE(find_nonzero);
  TH_checkMath("nonzero", t);
  TH_checkType("nonzero", subscript, TH_LONG, 1);
  TH_AUTO(THAnyTensor) apart = TH_newApart(t, subscript);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newContiguous(apart);
  Nonzero z = {find[t->type], THAnyTensor_data(x), THType_size(t->type), x->nDimension, x->size,
               NULL};
  AUTO_CHUNKS c = new_chunks(THAnyTensor_nElement(x));
  int64_t total = count_chunks(&c, count[t->type], z.data, z.width);
  THAnyTensor_resizeNd(subscript, 2, (int64_t[]){total, z.n}, NULL);
  if (total == 0) return;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newContiguous(subscript);
  z.r = THAnyTensor_data(r);
  int threads = TH_threadsFor(c.n, TH_GRAIN);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t k = 0; k < c.chunks; k++)
    nonzero_chunk(&z, k * CHUNK, THMin(CHUNK, c.n - k * CHUNK), c.before[k]);
  if (r != subscript) THAnyTensor_copy(subscript, r);
}
