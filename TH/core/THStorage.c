#include "THAnyTensor.h"
#include "THDevice.h"
#include "THHalf.h"

static int64_t byte_size(THType type, ptrdiff_t size)
{
  int64_t bytes;
  if (size < 0) THError("%sStorage: invalid size %lld", THType_name(type), (long long)size);
  if (!TH_mulSize(size, (int64_t)THType_size(type), &bytes))
    THError("%sStorage: %lld elements are more than memory can address", THType_name(type),
            (long long)size);
  return bytes;
}

/* The elements of a tiny storage lie right behind its header, in the same block: one allocation
   less. They are the header's until the storage grows or is swapped. */
enum { BLOCK = 64, INLINE_BYTES = TH_POOL_MAX - (int)sizeof(THAnyStorage) };

static void *inline_data(const THAnyStorage *self) { return (void *)(self + 1); }
static bool is_inline(const THAnyStorage *self) { return self->data == inline_data(self); }
static int64_t inline_room(const THAnyStorage *self)
{
  return self->blocks * BLOCK - (int64_t)sizeof *self;
}

/* Where the memory of a new storage is: a device type's on the current GPU. */
static int device_for(THType type)
{
  if (!THType_onDevice(type)) return 0;
  if (!(TH_GPU_BITS >> THType_element(type) & 1))
    THError("%sStorage: GPUs have no elements of this type", THType_name(THType_element(type)));
  if (!TH_device) THError("%sStorage: there is no GPU library; require 'cutorch' first", THType_name(type));
  return TH_device->current();
}

static THAnyStorage *new_header(THType type, int64_t inline_bytes, THAllocator *allocator,
                                void *context)
{
  int device = device_for(type);
  int64_t blocks = ((int64_t)sizeof(THAnyStorage) + inline_bytes + BLOCK - 1) / BLOCK;
  THAnyStorage *self = THPool_alloc((size_t)(blocks * BLOCK));
  THAllocator_noteObject(+1);
  *self = (THAnyStorage){.refcount = 1,
                         .flag = TH_STORAGE_REFCOUNTED | TH_STORAGE_RESIZABLE | TH_STORAGE_FREEMEM,
                         .type = (unsigned char)type,
                         .device = (unsigned char)device,
                         .blocks = (unsigned char)blocks,
                         .allocator = allocator,
                         .allocatorContext = context};
  return self;
}

THAnyStorage *THAnyStorage_newWithAllocator(THType type, ptrdiff_t size, THAllocator *allocator,
                                            void *context)
{
  int64_t bytes = byte_size(type, size);
  bool tiny = bytes > 0 && bytes <= INLINE_BYTES && allocator == &THDefaultAllocator;
  TH_AUTO(THAnyStorage) self = new_header(type, tiny ? bytes : 0, allocator, context);
  if (tiny) self->data = inline_data(self);
  else if (bytes)
    self->data = allocator->malloc(context, bytes);
  self->size = size;
  THAllocator_noteRequest(bytes);
  THAnyStorage *result = self;
  self = NULL;
  return result;
}

THAnyStorage *THAnyStorage_newWithSize(THType type, ptrdiff_t size)
{
  THAllocator *allocator = &THDefaultAllocator;
  void *context = NULL;
  if (device_for(type)) allocator = TH_device->allocator(&context);
  return THAnyStorage_newWithAllocator(type, size, allocator, context);
}

THAnyStorage *THAnyStorage_new(THType type) { return THAnyStorage_newWithSize(type, 0); }

THAnyStorage *THAnyStorage_newWithDataAndAllocator(THType type, void *data, ptrdiff_t size,
                                                   THAllocator *allocator, void *context)
{
  byte_size(type, size);
  THAnyStorage *self = new_header(type, 0, allocator, context);
  self->data = data;
  self->size = size;
  return self;
}

THAnyStorage *THAnyStorage_newView(THAnyStorage *src, ptrdiff_t offset, ptrdiff_t size)
{
  THArgCheck(offset >= 0 && (offset < src->size || offset == 0), 2, "offset out of bounds: %lld of %lld elements",
             (long long)offset, (long long)src->size);
  THArgCheck(size >= 0 && size <= src->size - offset, 3,
             "size out of bounds: %lld elements from offset %lld of %lld", (long long)size,
             (long long)offset, (long long)src->size);
  THAnyStorage *self = new_header(src->type, 0, src->allocator, src->allocatorContext);
  self->data = (char *)src->data + (size_t)offset * THType_size(src->type);
  self->size = size;
  self->device = src->device;
  self->flag = TH_STORAGE_REFCOUNTED | TH_STORAGE_VIEW;
  self->view = src;
  src->flag &= ~TH_STORAGE_RESIZABLE;
  THAnyStorage_retain(src);
  return self;
}

void THAnyStorage_retain(THAnyStorage *self)
{
  if (self && (self->flag & TH_STORAGE_REFCOUNTED))
    __atomic_fetch_add(&self->refcount, 1, __ATOMIC_RELAXED);
}

void THAnyStorage_free(THAnyStorage *self)
{
  if (!self || !(self->flag & TH_STORAGE_REFCOUNTED)) return;
  if (__atomic_sub_fetch(&self->refcount, 1, __ATOMIC_ACQ_REL) > 0) return;
  if (self->flag & TH_STORAGE_FREEMEM && !is_inline(self))
    self->allocator->free(self->allocatorContext, self->data);
  if (self->flag & TH_STORAGE_VIEW) THAnyStorage_free(self->view);
  THPool_free(self, (size_t)self->blocks * BLOCK);
  THAllocator_noteObject(-1);
}

/* Inline elements to a block of their own, of at least that many bytes. */
static void move_out(THAnyStorage *self, int64_t bytes)
{
  void *data = self->allocator->malloc(self->allocatorContext, bytes);
  memcpy(data, self->data, (size_t)THMin(self->size * (int64_t)THType_size(self->type), bytes));
  self->data = data;
}

void THAnyStorage_resize(THAnyStorage *self, ptrdiff_t size)
{
  if (size == self->size) return;
  if (!(self->flag & TH_STORAGE_RESIZABLE))
    THError("Trying to resize storage that is not resizable (%lld to %lld elements)",
            (long long)self->size, (long long)size);
  int64_t bytes = byte_size(self->type, size);
  THAllocator *a = self->allocator;
  if (self->device && !self->data) self->device = (unsigned char)TH_device->current();
  TH_ON_DEVICE(self->device); /* what grows stays where it is */
  if (is_inline(self)) {
    if (bytes > inline_room(self)) move_out(self, bytes);
  } else if (a->realloc) {
    self->data = a->realloc(self->allocatorContext, self->data, bytes);
  } else {
    void *data = bytes ? a->malloc(self->allocatorContext, bytes) : NULL;
    size_t keep = (size_t)THMin(self->size, size) * THType_size(self->type);
    if (keep) memcpy(data, self->data, keep);
    a->free(self->allocatorContext, self->data);
    self->data = data;
  }
  self->size = size;
  THAllocator_noteRequest(bytes);
}

void THAnyStorage_swap(THAnyStorage *a, THAnyStorage *b)
{
  THArgCheck(a->type == b->type, 2, "cannot swap a %sStorage with a %sStorage",
             THType_name(a->type), THType_name(b->type));
  THArgCheck(a->flag & b->flag & TH_STORAGE_RESIZABLE, 2, "cannot swap a storage that is not resizable");
  if (is_inline(a)) move_out(a, inline_room(a));
  if (is_inline(b)) move_out(b, inline_room(b));
  THAnyStorage t = *a;
  int a_count = a->refcount, b_count = b->refcount;
  unsigned char a_blocks = a->blocks;
  *a = *b;
  *b = t;
  a->refcount = a_count;
  b->refcount = b_count;
  b->blocks = a->blocks; /* what a header was allocated with stays with it */
  a->blocks = a_blocks;
}

void *THAnyStorage_at(const THAnyStorage *self, ptrdiff_t index)
{
  THArgCheck(index >= 0 && index < self->size, 2, "out of bounds: index %lld, size %lld",
             (long long)(index + TH_INDEX_BASE), (long long)self->size);
  return (char *)self->data + (size_t)index * THType_size(self->type);
}

void THStorage_putElement(const THAnyStorage *self, void *at, THScalar value)
{
  if (!self->device) {
    THScalar_store((THType)self->type, at, value);
    return;
  }
  _Alignas(8) char element[8];
  THScalar_store((THType)self->type, element, value);
  TH_device->transfer(at, self->device, element, 0, THType_size((THType)self->type));
}

THScalar THStorage_getElement(const THAnyStorage *self, const void *at)
{
  if (!self->device) return THScalar_load((THType)self->type, at);
  _Alignas(8) char element[8];
  TH_device->transfer(element, 0, at, self->device, THType_size((THType)self->type));
  return THScalar_load((THType)self->type, element);
}

void THAnyStorage_set(THAnyStorage *self, ptrdiff_t index, THScalar value)
{
  THStorage_putElement(self, THAnyStorage_at(self, index), value);
}

THScalar THAnyStorage_get(const THAnyStorage *self, ptrdiff_t index)
{
  return THStorage_getElement(self, THAnyStorage_at(self, index));
}

/* Filling and copying are the tensor's: a storage is a contiguous 1-D tensor. */
static THAnyTensor *as_tensor(THAnyStorage *self)
{
  int64_t size = self->size, stride = 1;
  return THAnyTensor_newWithStorageNd(self->type, self, 0, 1, &size, &stride);
}

void THAnyStorage_fill(THAnyStorage *self, THScalar value)
{
  if (!self->size) return;
  TH_AUTO(THAnyTensor) t = as_tensor(self);
  THAnyTensor_fill(t, value);
}

void THAnyStorage_copy(THAnyStorage *self, THAnyStorage *src)
{
  THArgCheck(self->size == src->size, 2, "size mismatch: %lld elements into %lld",
             (long long)src->size, (long long)self->size);
  if (!self->size) return;
  TH_AUTO(THAnyTensor) t = as_tensor(self);
  TH_AUTO(THAnyTensor) s = as_tensor(src);
  THAnyTensor_copy(t, s);
}

THScalar THScalar_load(THType type, const void *p)
{
  switch (THType_element(type)) {
  case TH_FLOAT: return THScalar_fromDouble(*(const float *)p);
  case TH_DOUBLE: return THScalar_fromDouble(*(const double *)p);
  case TH_HALF: return THScalar_fromDouble(TH_half2float(*(const THHalf *)p));
  case TH_BFLOAT16: return THScalar_fromDouble(TH_bfloat2float(*(const THBFloat16 *)p));
  case TH_BOOL: return THScalar_fromInt(*(const THBool *)p != 0);
  case TH_BYTE: return THScalar_fromInt(*(const unsigned char *)p);
  case TH_CHAR: return THScalar_fromInt(*(const signed char *)p);
  case TH_SHORT: return THScalar_fromInt(*(const short *)p);
  case TH_INT: return THScalar_fromInt(*(const int *)p);
  default: return THScalar_fromInt(*(const int64_t *)p);
  }
}

void THScalar_store(THType type, void *p, THScalar v)
{
  switch (THType_element(type)) {
  case TH_FLOAT: *(float *)p = (float)v.d; break;
  case TH_DOUBLE: *(double *)p = v.d; break;
  case TH_HALF: *(THHalf *)p = TH_float2half((float)v.d); break;
  case TH_BFLOAT16: *(THBFloat16 *)p = TH_float2bfloat((float)v.d); break;
  case TH_BOOL: *(THBool *)p = v.d != 0; break;
  case TH_BYTE: *(unsigned char *)p = (unsigned char)v.i; break;
  case TH_CHAR: *(signed char *)p = (signed char)v.i; break;
  case TH_SHORT: *(short *)p = (short)v.i; break;
  case TH_INT: *(int *)p = (int)v.i; break;
  default: *(int64_t *)p = v.i; break;
  }
}
