/* Casts onto THAnyStorage. */

real *THStorage_(data)(const THStorage *self) { return self->data; }
ptrdiff_t THStorage_(size)(const THStorage *self) { return self->size; }
size_t THStorage_(elementSize)(void) { return sizeof(real); }

void THStorage_(set)(THStorage *self, ptrdiff_t index, real value)
{
  *(real *)THAnyStorage_at(any(self), index) = value;
}
real THStorage_(get)(const THStorage *self, ptrdiff_t index)
{
  return *(real *)THAnyStorage_at(any(self), index);
}

THStorage *THStorage_(new)(void) { return (THStorage *)THAnyStorage_new(TH_CODE); }
THStorage *THStorage_(newWithSize)(ptrdiff_t size)
{
  return (THStorage *)THAnyStorage_newWithSize(TH_CODE, size);
}

static THStorage *TH_CONCAT_2(with_values_, Real)(ptrdiff_t n, const real *values)
{
  THStorage *self = THStorage_(newWithSize)(n);
  memcpy(self->data, values, (size_t)n * sizeof *values);
  return self;
}
THStorage *THStorage_(newWithSize1)(real v0)
{
  return TH_CONCAT_2(with_values_, Real)(1, (real[]){v0});
}
THStorage *THStorage_(newWithSize2)(real v0, real v1)
{
  return TH_CONCAT_2(with_values_, Real)(2, (real[]){v0, v1});
}
THStorage *THStorage_(newWithSize3)(real v0, real v1, real v2)
{
  return TH_CONCAT_2(with_values_, Real)(3, (real[]){v0, v1, v2});
}
THStorage *THStorage_(newWithSize4)(real v0, real v1, real v2, real v3)
{
  return TH_CONCAT_2(with_values_, Real)(4, (real[]){v0, v1, v2, v3});
}

THStorage *THStorage_(newWithMapping)(const char *filename, ptrdiff_t size, int flags)
{
  return (THStorage *)THAnyStorage_newWithMapping(TH_CODE, filename, size, flags);
}
THStorage *THStorage_(newWithData)(real *data, ptrdiff_t size)
{
  return THStorage_(newWithDataAndAllocator)(data, size, &THDefaultAllocator, NULL);
}
THStorage *THStorage_(newWithAllocator)(ptrdiff_t size, THAllocator *allocator,
                                        void *allocatorContext)
{
  return (THStorage *)THAnyStorage_newWithAllocator(TH_CODE, size, allocator, allocatorContext);
}
THStorage *THStorage_(newWithDataAndAllocator)(real *data, ptrdiff_t size, THAllocator *allocator,
                                               void *allocatorContext)
{
  return (THStorage *)THAnyStorage_newWithDataAndAllocator(TH_CODE, data, size, allocator,
                                                           allocatorContext);
}

void THStorage_(setFlag)(THStorage *self, const char flag) { self->flag |= flag; }
void THStorage_(clearFlag)(THStorage *self, const char flag) { self->flag &= (char)~flag; }
void THStorage_(retain)(THStorage *self) { THAnyStorage_retain(any(self)); }
void THStorage_(free)(THStorage *self) { THAnyStorage_free(any(self)); }
void THStorage_(swap)(THStorage *a, THStorage *b) { THAnyStorage_swap(any(a), any(b)); }
void THStorage_(resize)(THStorage *self, ptrdiff_t size) { THAnyStorage_resize(any(self), size); }

void THStorage_(fill)(THStorage *self, real value)
{
  THAnyStorage_fill(any(self), THScalar_load(TH_CODE, &value));
}

void THStorage_(rawCopy)(THStorage *self, real *src)
{
  if (self->size) memmove(self->data, src, (size_t)self->size * sizeof *src);
}
void THStorage_(copy)(THStorage *self, THStorage *src) { THAnyStorage_copy(any(self), any(src)); }
#define COPY_FROM(Other, other_real, other_accreal, CODE)                                          \
  void THStorage_(copy##Other)(THStorage * self, struct TH##Other##Storage * src)                  \
  {                                                                                                \
    THAnyStorage_copy(any(self), any(src));                                                        \
  }
TH_ALL_TYPES(COPY_FROM)
#undef COPY_FROM
