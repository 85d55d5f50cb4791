#include "THAnyTensor.h"

_Static_assert(offsetof(THAnyTensor, storageOffset) == offsetof(THFloatTensor, storageOffset) &&
                 sizeof(THAnyTensor) == sizeof(THHalfTensor),
               "typed tensors are casts of THAnyTensor");

/* ---- geometry ---- */

/* Every list of sizes and strides in the library, also those on the stack, has room for TH_MAX_DIMS. */
static int at_most_max_dims(int n)
{
  if (n > TH_MAX_DIMS) THError("%d dimensions: tensors have at most %d", n, TH_MAX_DIMS);
  return n;
}

/* Dimensions up to the first size <= 0. */
static int effective_dims(int n, const int64_t *size)
{
  int dims = 0;
  while (dims < n && size[dims] > 0) dims++;
  return at_most_max_dims(dims);
}

/* Elements from the first to the last one that the geometry reaches. Raises when that or the
   element count overflows. */
static int64_t extent(int n, const int64_t *size, const int64_t *stride)
{
  int64_t total = 1, span, count = 1;
  bool fits = true;
  for (int d = 0; d < n; d++)
    fits = fits && TH_mulSize(size[d] - 1, stride[d], &span) && TH_addSize(total, span, &total) &&
           TH_mulSize(count, size[d], &count);
  if (!fits)
    THError("size %s with the given strides is more than memory can address",
            _THSizeDesc(size, n).str);
  return n ? total : 0;
}

/* Room for n dimensions; the old sizes are lost. */
static void reserve_dims(THAnyTensor *self, int n)
{
  if (n <= TH_TENSOR_INLINE_DIMS) {
    if (self->size != self->dims_) THFree(self->size);
    self->size = self->dims_;
    self->stride = self->dims_ + TH_TENSOR_INLINE_DIMS;
  } else {
    int64_t *dims = THAlloc((ptrdiff_t)(2 * (size_t)n * sizeof *dims));
    if (self->size != self->dims_) THFree(self->size);
    self->size = dims;
    self->stride = dims + n;
  }
}

static void contiguous_strides(int n, const int64_t *size, int64_t *stride)
{
  int64_t step = 1;
  for (int d = n - 1; d >= 0; d--) {
    stride[d] = step;
    if (!TH_mulSize(step, size[d], &step))
      THError("size %s is more than memory can address", _THSizeDesc(size, n).str);
  }
}

/* Sets sizes and strides, nothing else. size and stride may be self's own. */
static void set_dims(THAnyTensor *self, int n, const int64_t *size, const int64_t *stride)
{
  if (n != self->nDimension && (n > TH_TENSOR_INLINE_DIMS || self->size != self->dims_)) {
    int64_t copy[2 * TH_MAX_DIMS];
    if (n) {
      memcpy(copy, size, (size_t)n * sizeof *copy);
      memcpy(copy + n, stride, (size_t)n * sizeof *copy);
    }
    reserve_dims(self, n);
    memcpy(self->size, copy, (size_t)n * sizeof *copy);
    memcpy(self->stride, copy + n, (size_t)n * sizeof *copy);
  } else {
    for (int d = 0; d < n; d++) {
      int64_t s = size[d], t = stride[d];
      self->size[d] = s;
      self->stride[d] = t;
    }
  }
  self->nDimension = n;
}

/* Elements that self's storage must have: as far as its last one. Geometries are checked for
   overflow when they are made. */
static ptrdiff_t reach(const THAnyTensor *self)
{
  ptrdiff_t last = self->storageOffset;
  for (int d = 0; d < self->nDimension; d++) last += (self->size[d] - 1) * self->stride[d];
  return self->nDimension ? last + 1 : 0;
}

/* The storage reaches the last element of a geometry at that offset. Called before sizes change: when
   there is no more memory, the tensor stays as it is. */
static void grow_storage(THType type, THAnyStorage **storage, ptrdiff_t offset, int n,
                         const int64_t *size, const int64_t *stride)
{
  int64_t span = extent(n, size, stride), need;
  if (!span) return;
  if (!TH_addSize(span, offset, &need)) THError("storage offset out of range");
  if (!*storage) *storage = THAnyStorage_newWithSize(type, need);
  else if (need > (*storage)->size)
    THAnyStorage_resize(*storage, need);
}

static bool same_dims(const THAnyTensor *self, int n, const int64_t *size, const int64_t *stride)
{
  if (self->nDimension != n) return false;
  for (int d = 0; d < n; d++) {
    if (self->size[d] != size[d]) return false;
    if (stride && stride[d] >= 0 && self->stride[d] != stride[d]) return false;
  }
  return true;
}

/* `stride` where it is given; negative entries follow from the dimension inside them. */
static void full_strides(int n, const int64_t *size, const int64_t *stride, int64_t *strides)
{
  contiguous_strides(n, size, strides);
  for (int d = n - 1; stride && d >= 0; d--) {
    if (stride[d] >= 0) strides[d] = stride[d];
    else if (d == n - 1) strides[d] = 1;
    else if (!TH_mulSize(size[d + 1], strides[d + 1], &strides[d]))
      THError("size %s is more than memory can address", _THSizeDesc(size, n).str);
  }
}

void THAnyTensor_resizeNd(THAnyTensor *self, int n, const int64_t *size, const int64_t *stride)
{
  n = effective_dims(n, size);
  if (same_dims(self, n, size, stride)) {
    if (n && reach(self) > self->storage->size) THAnyStorage_resize(self->storage, reach(self));
    return;
  }
  if (n == 0) {
    set_dims(self, 0, NULL, NULL);
    return;
  }
  int64_t dims[2 * TH_MAX_DIMS];
  full_strides(n, size, stride, dims + n);
  memcpy(dims, size, (size_t)n * sizeof *dims); /* `size` may lie in the storage that grows */
  grow_storage((THType)self->type, &self->storage, self->storageOffset, n, dims, dims + n);
  set_dims(self, n, dims, dims + n);
}

void THAnyTensor_resizeAs(THAnyTensor *self, const THAnyTensor *src)
{
  THAnyTensor_resizeNd(self, src->nDimension, src->size, NULL);
}

static void set_storage(THAnyTensor *self, THAnyStorage *storage, ptrdiff_t offset)
{
  if (self->storage != storage) {
    THAnyStorage_retain(storage);
    THAnyStorage_free(self->storage);
    self->storage = storage;
  }
  self->storageOffset = offset;
}

void THAnyTensor_setStorageNd(THAnyTensor *self, THAnyStorage *storage, ptrdiff_t storageOffset,
                              int n, const int64_t *size, const int64_t *stride)
{
  THArgCheck(!storage || storage->type == self->type, 2, "expected a %sStorage, got a %sStorage",
             THType_name(self->type), storage ? THType_name(storage->type) : "");
  THArgCheck(storageOffset >= 0, 3, "invalid storage offset %lld",
             (long long)storageOffset + TH_INDEX_BASE);
  n = effective_dims(n, size);
  int64_t dims[2 * TH_MAX_DIMS];
  if (same_dims(self, n, size, stride)) memcpy(dims + n, self->stride, (size_t)n * sizeof *dims);
  else full_strides(n, size, stride, dims + n); /* as resizeNd: equal sizes keep their strides */
  if (n) memcpy(dims, size, (size_t)n * sizeof *dims);
  TH_AUTO(THAnyStorage) own = NULL;
  if (n && !storage) storage = own = THAnyStorage_new((THType)self->type);
  grow_storage((THType)self->type, &storage, storageOffset, n, dims, dims + n);
  set_storage(self, storage, storageOffset);
  set_dims(self, n, dims, dims + n);
}

void THAnyTensor_set(THAnyTensor *self, THAnyTensor *src)
{
  if (self == src) return;
  set_dims(self, src->nDimension, src->size, src->stride);
  set_storage(self, src->storage, src->storageOffset);
}

/* ---- life ---- */

THAnyTensor *THAnyTensor_new(THType type)
{
  THAnyTensor *self = THPool_alloc(sizeof *self);
  THAllocator_noteObject(+1);
  self->size = self->dims_;
  self->stride = self->dims_ + TH_TENSOR_INLINE_DIMS;
  self->nDimension = 0;
  self->storage = NULL;
  self->storageOffset = 0;
  self->refcount = 1;
  self->flag = TH_TENSOR_REFCOUNTED;
  self->type = (unsigned char)type;
  return self;
}

THAnyTensor *THAnyTensor_newWithSizeNd(THType type, int n, const int64_t *size,
                                       const int64_t *stride)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(type);
  THAnyTensor_resizeNd(self, n, size, stride);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newWithTensor(THAnyTensor *src)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_set(self, src);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newWithStorageNd(THType type, THAnyStorage *storage,
                                          ptrdiff_t storageOffset, int n, const int64_t *size,
                                          const int64_t *stride)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(type);
  THAnyTensor_setStorageNd(self, storage, storageOffset, n, size, stride);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newClone(THAnyTensor *src)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_resizeAs(self, src);
  THAnyTensor_copy(self, src);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newContiguous(THAnyTensor *self)
{
  if (!THAnyTensor_isContiguous(self)) return THAnyTensor_newClone(self);
  THAnyTensor_retain(self);
  return self;
}

THAnyTensor *THAnyTensor_newSelect(THAnyTensor *src, int dim, int64_t index)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_select(self, src, dim, index);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newNarrow(THAnyTensor *src, int dim, int64_t first, int64_t size)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_narrow(self, src, dim, first, size);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newTranspose(THAnyTensor *src, int dim1, int dim2)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_transpose(self, src, dim1, dim2);
  return TH_RELEASE(self);
}

THAnyTensor *THAnyTensor_newUnfold(THAnyTensor *src, int dim, int64_t size, int64_t step)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_unfold(self, src, dim, size, step);
  return TH_RELEASE(self);
}

void THAnyTensor_retain(THAnyTensor *self)
{
  if (self->flag & TH_TENSOR_REFCOUNTED) __atomic_fetch_add(&self->refcount, 1, __ATOMIC_RELAXED);
}

enum { FREED = 0xDD }; /* what debug builds leave of a tensor */

THAnyTensor *THAnyTensor_checked(THAnyTensor *tensor, int type, const char *function, int argNumber)
{
  THArgCheck(tensor, argNumber, "%s: the tensor is NULL", function);
  THArgCheck(tensor->type != FREED, argNumber, "%s: the tensor was freed", function);
  THArgCheck(tensor->type == type, argNumber, "%s: expected a %sTensor, got a %sTensor", function,
             THType_name((THType)type), THType_name((THType)tensor->type));
  return tensor;
}

void THAnyTensor_free(THAnyTensor *self)
{
  if (!self || !(self->flag & TH_TENSOR_REFCOUNTED)) return;
  if (__atomic_sub_fetch(&self->refcount, 1, __ATOMIC_ACQ_REL) > 0) return;
  if (self->size != self->dims_) THFree(self->size);
  THAnyStorage_free(self->storage);
#ifndef NDEBUG
  memset(self, FREED, sizeof *self);
#endif
  THPool_free(self, sizeof *self);
  THAllocator_noteObject(-1);
}

void THAnyTensor_freeCopyTo(THAnyTensor *self_, THAnyTensor *dst)
{
  TH_AUTO(THAnyTensor) self = self_;
  if (self != dst) THAnyTensor_copy(dst, self);
}

/* ---- views ---- */

void TH_checkDim(const char *op, const THAnyTensor *t, int dim, int argNumber)
{
  THArgCheck(dim >= 0 && dim < t->nDimension, argNumber, "%s%sdimension %d out of range of %dD tensor", op ? op : "",
             op ? ": " : "", dim + TH_INDEX_BASE, t->nDimension);
}
static void check_dim(const THAnyTensor *t, int dim, int argNumber) { TH_checkDim(NULL, t, dim, argNumber); }

void THAnyTensor_narrow(THAnyTensor *self, THAnyTensor *src, int dim, int64_t first, int64_t size)
{
  if (!src) src = self;
  check_dim(src, dim, 3);
  THArgCheck(first >= 0 && first < src->size[dim], 4,
             "start %lld out of range: dimension %d of %s has size %lld",
             (long long)first + TH_INDEX_BASE, dim + TH_INDEX_BASE,
             THAnyTensor_sizeDesc(src).str, (long long)src->size[dim]);
  THArgCheck(size > 0 && size <= src->size[dim] - first, 5,
             "length %lld out of range: %lld elements are left from %lld in dimension %d of %s",
             (long long)size, (long long)(src->size[dim] - first), (long long)first + TH_INDEX_BASE,
             dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(src).str);
  THAnyTensor_set(self, src);
  self->storageOffset += first * self->stride[dim];
  self->size[dim] = size;
}

static void remove_dim(THAnyTensor *self, int dim)
{
  for (int d = dim; d < self->nDimension - 1; d++) {
    self->size[d] = self->size[d + 1];
    self->stride[d] = self->stride[d + 1];
  }
  set_dims(self, self->nDimension - 1, self->size, self->stride);
}

void THAnyTensor_select(THAnyTensor *self, THAnyTensor *src, int dim, int64_t index)
{
  if (!src) src = self;
  THArgCheck(src->nDimension > 1, 2, "cannot select on a vector");
  check_dim(src, dim, 3);
  THArgCheck(index >= 0 && index < src->size[dim], 4,
             "index %lld out of range: dimension %d of %s has size %lld",
             (long long)index + TH_INDEX_BASE, dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(src).str,
             (long long)src->size[dim]);
  THAnyTensor_set(self, src);
  self->storageOffset += index * self->stride[dim];
  remove_dim(self, dim);
}

void THAnyTensor_transpose(THAnyTensor *self, THAnyTensor *src, int dim1, int dim2)
{
  if (!src) src = self;
  check_dim(src, dim1, 3);
  check_dim(src, dim2, 4);
  THAnyTensor_set(self, src);
  int64_t size = self->size[dim1], stride = self->stride[dim1];
  self->size[dim1] = self->size[dim2];
  self->stride[dim1] = self->stride[dim2];
  self->size[dim2] = size;
  self->stride[dim2] = stride;
}

/* dims of src with one more inserted at position dim */
static void insert_dim(THAnyTensor *self, THAnyTensor *src, int dim, int64_t size, int64_t stride)
{
  const int n = at_most_max_dims(src->nDimension + 1);
  int64_t dims[2 * TH_MAX_DIMS];
  for (int d = 0; d < n; d++) {
    dims[d] = d < dim ? src->size[d] : d == dim ? size : src->size[d - 1];
    dims[n + d] = d < dim ? src->stride[d] : d == dim ? stride : src->stride[d - 1];
  }
  set_storage(self, src->storage, src->storageOffset);
  set_dims(self, n, dims, dims + n);
}

void THAnyTensor_unfold(THAnyTensor *self, THAnyTensor *src, int dim, int64_t size, int64_t step)
{
  if (!src) src = self;
  THArgCheck(src->nDimension > 0, 2, "cannot unfold an empty tensor");
  check_dim(src, dim, 3);
  THArgCheck(size > 0 && size <= src->size[dim], 4,
             "size %lld out of range: dimension %d of %s has size %lld", (long long)size,
             dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(src).str, (long long)src->size[dim]);
  THArgCheck(step > 0, 5, "step must be positive, got %lld", (long long)step);
  int64_t stride = src->stride[dim];
  insert_dim(self, src, src->nDimension, size, stride);
  self->size[dim] = (self->size[dim] - size) / step + 1;
  if (self->size[dim] > 1) self->stride[dim] = step * stride;
  else self->stride[dim] = stride;
}

void THAnyTensor_squeeze(THAnyTensor *self, THAnyTensor *src)
{
  if (!src) src = self;
  THAnyTensor_set(self, src);
  int n = 0;
  for (int d = 0; d < self->nDimension; d++) {
    if (self->size[d] == 1) continue;
    self->size[n] = self->size[d];
    self->stride[n++] = self->stride[d];
  }
  if (n == 0 && self->nDimension > 0) { /* all ones: one dimension stays */
    self->size[0] = self->stride[0] = 1;
    n = 1;
  }
  set_dims(self, n, self->size, self->stride);
}

void THAnyTensor_squeeze1d(THAnyTensor *self, THAnyTensor *src, int dim)
{
  if (!src) src = self;
  check_dim(src, dim, 3);
  THAnyTensor_set(self, src);
  if (src->size[dim] == 1 && src->nDimension > 1) remove_dim(self, dim);
}

void THAnyTensor_unsqueeze1d(THAnyTensor *self, THAnyTensor *src, int dim)
{
  if (!src) src = self;
  if (dim != src->nDimension) check_dim(src, dim, 3);
  THArgCheck(src->nDimension > 0, 2, "cannot unsqueeze an empty tensor");
  int64_t stride = dim < src->nDimension ? src->size[dim] * src->stride[dim] : 1;
  insert_dim(self, src, dim, 1, stride);
}

void THAnyTensor_expandNd(THAnyTensor *self, THAnyTensor *src, int n, const int64_t *size)
{
  if (!src) src = self;
  THArgCheck(src->nDimension > 0, 2, "can't expand an empty tensor");
  THArgCheck(n == src->nDimension, 4,
             "the number of dimensions provided must equal tensor:dim(): got %d for %s", n,
             THAnyTensor_sizeDesc(src).str);
  for (int d = 0; d < n; d++) {
    THArgCheck(size[d] > 0 && (src->size[d] == 1 || src->size[d] == size[d]), 4,
               "incorrect size: only supporting singleton expansion (size=1), cannot expand %s "
               "to %s",
               THAnyTensor_sizeDesc(src).str, _THSizeDesc(size, n).str);
  }
  int64_t dims[2 * TH_MAX_DIMS];
  for (int d = 0; d < n; d++) {
    dims[d] = size[d];
    dims[n + d] = src->size[d] == size[d] ? src->stride[d] : 0;
  }
  extent(n, dims, dims + n); /* the element count must not overflow */
  set_storage(self, src->storage, src->storageOffset);
  set_dims(self, n, dims, dims + n);
}

void THAnyTensor_viewNd(THAnyTensor *self, THAnyTensor *src, int n, const int64_t *size)
{
  if (!src) src = self;
  THArgCheck(THAnyTensor_isContiguous(src), 2, "expecting a contiguous tensor; a contiguous copy of it can be viewed, and reshape makes one where it must");
  int64_t dims[2 * TH_MAX_DIMS];
  at_most_max_dims(n);
  int64_t total = THAnyTensor_nElement(src), known = 1;
  int infer = -1;
  bool ok = true;
  for (int d = 0; d < n; d++) {
    dims[d] = size[d];
    if (size[d] == -1) {
      ok = ok && infer < 0;
      infer = d;
    } else {
      ok = ok && size[d] > 0 && TH_mulSize(known, size[d], &known);
    }
  }
  if (ok && infer >= 0) {
    ok = total % known == 0 && total > 0;
    dims[infer] = total / known;
    known = total;
  }
  THArgCheck(ok && known == total && n > 0, 4, "Wrong size for view. Input size: %s. Output size: %s",
             THAnyTensor_sizeDesc(src).str, _THSizeDesc(size, n).str);
  contiguous_strides(n, dims, dims + n);
  set_storage(self, src->storage, src->storageOffset);
  set_dims(self, n, dims, dims + n);
}

/* ---- questions ---- */

int64_t THAnyTensor_nElement(const THAnyTensor *self)
{
  if (self->nDimension == 0) return 0;
  int64_t n = 1;
  for (int d = 0; d < self->nDimension; d++) n *= self->size[d];
  return n;
}

int64_t THAnyTensor_size(const THAnyTensor *self, int dim)
{
  check_dim(self, dim, 2);
  return self->size[dim];
}

int64_t THAnyTensor_stride(const THAnyTensor *self, int dim)
{
  check_dim(self, dim, 2);
  return self->stride[dim];
}

int THAnyTensor_isContiguous(const THAnyTensor *self)
{
  int64_t step = 1;
  for (int d = self->nDimension - 1; d >= 0; d--) {
    if (self->size[d] == 1) continue;
    if (self->stride[d] != step) return 0;
    step *= self->size[d];
  }
  return 1;
}

int THAnyTensor_isSameSizeAs(const THAnyTensor *self, const THAnyTensor *src)
{
  return same_dims(self, src->nDimension, src->size, NULL);
}

int THAnyTensor_isSetTo(const THAnyTensor *self, const THAnyTensor *src)
{
  return self->storage && self->storage == src->storage &&
         self->storageOffset == src->storageOffset &&
         same_dims(self, src->nDimension, src->size, src->stride);
}

THDescBuff THAnyTensor_sizeDesc(const THAnyTensor *self)
{
  return _THSizeDesc(self->size, self->nDimension);
}

/* Walks both shapes from the inside; a run of target sizes must fall into one or several source
   dimensions that are contiguous among themselves. */
bool THAnyTensor_viewStrides(const THAnyTensor *self, int n, const int64_t *size, int64_t *stride)
{
  int d = self->nDimension - 1, t = n - 1;
  while (d >= 0 && t >= 0) {
    int64_t step = self->stride[d], have = self->size[d--];
    while (d >= 0 && (self->size[d] == 1 || self->stride[d] == step * have)) {
      have *= self->size[d--];
    }
    int64_t want = 1;
    while (t >= 0 && (want < have || size[t] == 1)) {
      stride[t] = step * want;
      want *= size[t--];
    }
    if (want != have) return false;
  }
  return d < 0 && t < 0;
}

/* ---- elements ---- */

static __attribute__((noreturn, cold)) void raise_shrunk(const THAnyTensor *self)
{
  THError("tensor of size %s needs %lld elements of a storage that was resized to %lld",
          THAnyTensor_sizeDesc(self).str, (long long)reach(self), (long long)self->storage->size);
}

void *THAnyTensor_data(const THAnyTensor *self)
{
  const THAnyStorage *s = self->storage;
  if (!s) return NULL;
  if (reach(self) > s->size) raise_shrunk(self);
  size_t offset = (size_t)self->storageOffset * THType_size((THType)self->type);
  return s->data ? (char *)s->data + offset : NULL;
}

void *THAnyTensor_at(const THAnyTensor *self, int n, const int64_t *index)
{
  THArgCheck(n == self->nDimension, 1, "tensor must have %d dimensions, got %s", n,
             THAnyTensor_sizeDesc(self).str);
  THArgCheck(n > 0, 1, "an empty tensor has no elements");
  int64_t offset = self->storageOffset;
  for (int d = 0; d < n; d++) {
    THArgCheck(index[d] >= 0 && index[d] < self->size[d], d + 2,
               "index %lld out of range: dimension %d of %s has size %lld",
               (long long)index[d] + TH_INDEX_BASE, d + TH_INDEX_BASE,
               THAnyTensor_sizeDesc(self).str, (long long)self->size[d]);
    offset += index[d] * self->stride[d];
  }
  if (offset >= self->storage->size) raise_shrunk(self);
  return (char *)self->storage->data + (size_t)offset * THType_size(self->type);
}

THScalar THAnyTensor_get(const THAnyTensor *self, int n, const int64_t *index)
{
  return THStorage_getElement(self->storage, THAnyTensor_at(self, n, index));
}

void THAnyTensor_put(THAnyTensor *self, int n, const int64_t *index, THScalar value)
{
  THStorage_putElement(self->storage, THAnyTensor_at(self, n, index), value);
}
