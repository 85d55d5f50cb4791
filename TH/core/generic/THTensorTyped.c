/* Casts onto THAnyTensor. libTHC calls these for GPU tensors, too (kit/gen/capi_typed.lua), so what
   has a tensor takes the type from there, not from TH_CODE. */

/* ---- questions ---- */

THStorage *THTensor_(storage)(const THTensor *self) { return self->storage; }
ptrdiff_t THTensor_(storageOffset)(const THTensor *self) { return self->storageOffset; }
int THTensor_(nDimension)(const THTensor *self) { return self->nDimension; }
int64_t THTensor_(size)(const THTensor *self, int dim) { return THAnyTensor_size(any(self), dim); }
int64_t THTensor_(stride)(const THTensor *self, int dim)
{
  return THAnyTensor_stride(any(self), dim);
}
THLongStorage *THTensor_(newSizeOf)(THTensor *self)
{
  return long_storage(self->nDimension, self->size);
}
THLongStorage *THTensor_(newStrideOf)(THTensor *self)
{
  return long_storage(self->nDimension, self->stride);
}
real *THTensor_(data)(const THTensor *self) { return THAnyTensor_data(any(self)); }
int THTensor_(isContiguous)(const THTensor *self) { return THAnyTensor_isContiguous(any(self)); }
int THTensor_(isTransposed)(const THTensor *self) { return is_transposed(any(self)); }
int THTensor_(isSameSizeAs)(const THTensor *self, const THTensor *src)
{
  return THAnyTensor_isSameSizeAs(any(self), any(src));
}
int THTensor_(isSetTo)(const THTensor *self, const THTensor *src)
{
  return THAnyTensor_isSetTo(any(self), any(src));
}
int THTensor_(isSize)(const THTensor *self, const THLongStorage *dims)
{
  return is_size(any(self), dims);
}
ptrdiff_t THTensor_(nElement)(const THTensor *self) { return THAnyTensor_nElement(any(self)); }
ptrdiff_t THTensor_(numel)(THTensor *self) { return THAnyTensor_nElement(any(self)); }
THDescBuff THTensor_(desc)(const THTensor *self) { return describe(any(self)); }
THDescBuff THTensor_(sizeDesc)(const THTensor *self) { return THAnyTensor_sizeDesc(any(self)); }

/* ---- life ---- */

THTensor *THTensor_(new)(void) { return (THTensor *)THAnyTensor_new(TH_CODE); }
THTensor *THTensor_(newWithTensor)(THTensor *src)
{
  return (THTensor *)THAnyTensor_newWithTensor(any(src));
}

static THTensor *TH_CONCAT_2(new_view_, Real)(THStorage *storage, ptrdiff_t storageOffset, int n,
                                              const int64_t *size, const int64_t *stride)
{
  return (THTensor *)THAnyTensor_newWithStorageNd(TH_CODE, any_storage(storage), storageOffset, n,
                                                  size, stride);
}
#define NEW_VIEW TH_CONCAT_2(new_view_, Real)
THTensor *THTensor_(newWithStorage)(THStorage *storage, ptrdiff_t storageOffset,
                                    THLongStorage *size, THLongStorage *stride)
{
  Geometry g = geometry(size, stride, 4);
  return NEW_VIEW(storage, storageOffset, g.n, g.size, g.stride);
}
THTensor *THTensor_(newWithStorage1d)(THStorage *storage, ptrdiff_t storageOffset, int64_t size0,
                                      int64_t stride0)
{
  return NEW_VIEW(storage, storageOffset, 1, &size0, &stride0);
}
THTensor *THTensor_(newWithStorage2d)(THStorage *storage, ptrdiff_t storageOffset, int64_t size0,
                                      int64_t stride0, int64_t size1, int64_t stride1)
{
  return NEW_VIEW(storage, storageOffset, 2, (int64_t[]){size0, size1},
                  (int64_t[]){stride0, stride1});
}
THTensor *THTensor_(newWithStorage3d)(THStorage *storage, ptrdiff_t storageOffset, int64_t size0,
                                      int64_t stride0, int64_t size1, int64_t stride1,
                                      int64_t size2, int64_t stride2)
{
  return NEW_VIEW(storage, storageOffset, 3, (int64_t[]){size0, size1, size2},
                  (int64_t[]){stride0, stride1, stride2});
}
THTensor *THTensor_(newWithStorage4d)(THStorage *storage, ptrdiff_t storageOffset, int64_t size0,
                                      int64_t stride0, int64_t size1, int64_t stride1,
                                      int64_t size2, int64_t stride2, int64_t size3,
                                      int64_t stride3)
{
  return NEW_VIEW(storage, storageOffset, 4, (int64_t[]){size0, size1, size2, size3},
                  (int64_t[]){stride0, stride1, stride2, stride3});
}
#undef NEW_VIEW

#define NEW_SIZED(n, size, stride) (THTensor *)THAnyTensor_newWithSizeNd(TH_CODE, n, size, stride)
THTensor *THTensor_(newWithSize)(THLongStorage *size, THLongStorage *stride)
{
  Geometry g = geometry(size, stride, 2);
  return NEW_SIZED(g.n, g.size, g.stride);
}
THTensor *THTensor_(newWithSize1d)(int64_t size0) { return NEW_SIZED(1, &size0, NULL); }
THTensor *THTensor_(newWithSize2d)(int64_t size0, int64_t size1)
{
  return NEW_SIZED(2, ((int64_t[]){size0, size1}), NULL);
}
THTensor *THTensor_(newWithSize3d)(int64_t size0, int64_t size1, int64_t size2)
{
  return NEW_SIZED(3, ((int64_t[]){size0, size1, size2}), NULL);
}
THTensor *THTensor_(newWithSize4d)(int64_t size0, int64_t size1, int64_t size2, int64_t size3)
{
  return NEW_SIZED(4, ((int64_t[]){size0, size1, size2, size3}), NULL);
}
#undef NEW_SIZED

THTensor *THTensor_(newClone)(THTensor *self)
{
  return (THTensor *)THAnyTensor_newClone(any(self));
}
THTensor *THTensor_(newContiguous)(THTensor *self)
{
  return (THTensor *)THAnyTensor_newContiguous(any(self));
}
THTensor *THTensor_(newSelect)(THTensor *src, int dim, int64_t index)
{
  return (THTensor *)THAnyTensor_newSelect(any(src), dim, index);
}
THTensor *THTensor_(newNarrow)(THTensor *src, int dim, int64_t first, int64_t size)
{
  return (THTensor *)THAnyTensor_newNarrow(any(src), dim, first, size);
}
THTensor *THTensor_(newTranspose)(THTensor *src, int dim1, int dim2)
{
  return (THTensor *)THAnyTensor_newTranspose(any(src), dim1, dim2);
}
THTensor *THTensor_(newUnfold)(THTensor *src, int dim, int64_t size, int64_t step)
{
  return (THTensor *)THAnyTensor_newUnfold(any(src), dim, size, step);
}
THTensor *THTensor_(newView)(THTensor *src, THLongStorage *size)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_viewNd(self, any(src), (int)size->size, size->data);
  return (THTensor *)TH_RELEASE(self);
}
THTensor *THTensor_(newExpand)(THTensor *src, THLongStorage *size)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_new(src->type);
  THAnyTensor_expand(self, any(src), (int)size->size, size->data);
  return (THTensor *)TH_RELEASE(self);
}
void THTensor_(retain)(THTensor *self) { THAnyTensor_retain(any(self)); }
void THTensor_(free)(THTensor *self) { THAnyTensor_free(any(self)); }
void THTensor_(freeCopyTo)(THTensor *self, THTensor *dst)
{
  THAnyTensor_freeCopyTo(any(self), any(dst));
}
void THTensor_(setFlag)(THTensor *self, const char flag) { self->flag |= flag; }
void THTensor_(clearFlag)(THTensor *self, const char flag) { self->flag &= (char)~flag; }

/* ---- shape ---- */

void THTensor_(resize)(THTensor *self, THLongStorage *size, THLongStorage *stride)
{
  Geometry g = geometry(size, stride, 3);
  THAnyTensor_resizeNd(any(self), g.n, g.size, g.stride);
}
void THTensor_(resizeAs)(THTensor *self, THTensor *src)
{
  THAnyTensor_resizeAs(any(self), any(src));
}
void THTensor_(resizeNd)(THTensor *self, int nDimension, int64_t *size, int64_t *stride)
{
  THAnyTensor_resizeNd(any(self), nDimension, size, stride);
}
void THTensor_(resize1d)(THTensor *self, int64_t size0)
{
  THAnyTensor_resizeNd(any(self), 1, &size0, NULL);
}
void THTensor_(resize2d)(THTensor *self, int64_t size0, int64_t size1)
{
  THAnyTensor_resizeNd(any(self), 2, (int64_t[]){size0, size1}, NULL);
}
void THTensor_(resize3d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2)
{
  THAnyTensor_resizeNd(any(self), 3, (int64_t[]){size0, size1, size2}, NULL);
}
void THTensor_(resize4d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2, int64_t size3)
{
  THAnyTensor_resizeNd(any(self), 4, (int64_t[]){size0, size1, size2, size3}, NULL);
}
void THTensor_(resize5d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2, int64_t size3,
                         int64_t size4)
{
  THAnyTensor_resizeNd(any(self), 5, (int64_t[]){size0, size1, size2, size3, size4}, NULL);
}
void THTensor_(set)(THTensor *self, THTensor *src) { THAnyTensor_set(any(self), any(src)); }

#define SET_VIEW(n, size, stride)                                                                  \
  THAnyTensor_setStorageNd(any(self), any_storage(storage), storageOffset, n, size, stride)
void THTensor_(setStorage)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                           THLongStorage *size, THLongStorage *stride)
{
  Geometry g = geometry(size, stride, 5);
  SET_VIEW(g.n, g.size, g.stride);
}
void THTensor_(setStorageNd)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                             int nDimension, int64_t *size, int64_t *stride)
{
  SET_VIEW(nDimension, size, stride);
}
void THTensor_(setStorage1d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                             int64_t size0, int64_t stride0)
{
  SET_VIEW(1, &size0, &stride0);
}
void THTensor_(setStorage2d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                             int64_t size0, int64_t stride0, int64_t size1, int64_t stride1)
{
  SET_VIEW(2, ((int64_t[]){size0, size1}), ((int64_t[]){stride0, stride1}));
}
void THTensor_(setStorage3d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                             int64_t size0, int64_t stride0, int64_t size1, int64_t stride1,
                             int64_t size2, int64_t stride2)
{
  SET_VIEW(3, ((int64_t[]){size0, size1, size2}), ((int64_t[]){stride0, stride1, stride2}));
}
void THTensor_(setStorage4d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                             int64_t size0, int64_t stride0, int64_t size1, int64_t stride1,
                             int64_t size2, int64_t stride2, int64_t size3, int64_t stride3)
{
  SET_VIEW(4, ((int64_t[]){size0, size1, size2, size3}),
           ((int64_t[]){stride0, stride1, stride2, stride3}));
}
#undef SET_VIEW

void THTensor_(narrow)(THTensor *self, THTensor *src, int dim, int64_t first, int64_t size)
{
  THAnyTensor_narrow(any(self), any(src), dim, first, size);
}
void THTensor_(select)(THTensor *self, THTensor *src, int dim, int64_t index)
{
  THAnyTensor_select(any(self), any(src), dim, index);
}
void THTensor_(transpose)(THTensor *self, THTensor *src, int dim1, int dim2)
{
  THAnyTensor_transpose(any(self), any(src), dim1, dim2);
}
void THTensor_(unfold)(THTensor *self, THTensor *src, int dim, int64_t size, int64_t step)
{
  THAnyTensor_unfold(any(self), any(src), dim, size, step);
}
void THTensor_(squeeze)(THTensor *self, THTensor *src) { THAnyTensor_squeeze(any(self), any(src)); }
void THTensor_(squeeze1d)(THTensor *self, THTensor *src, int dim)
{
  THAnyTensor_squeeze1d(any(self), any(src), dim);
}
void THTensor_(unsqueeze1d)(THTensor *self, THTensor *src, int dim)
{
  THAnyTensor_unsqueeze1d(any(self), any(src), dim);
}
void THTensor_(expand)(THTensor *r, THTensor *src, THLongStorage *size)
{
  THAnyTensor_expand(any(r), any(src), (int)size->size, size->data);
}
void THTensor_(expandNd)(THTensor **rets, THTensor **ops, int count)
{
  THAnyTensor_expandTogether((THAnyTensor **)rets, (THAnyTensor **)ops, count);
}

/* ---- elements ---- */

#define AT(n, ...) (*(real *)THAnyTensor_at(any(self), n, (int64_t[]){__VA_ARGS__}))
void THTensor_(set1d)(THTensor *self, int64_t x0, real value) { AT(1, x0) = value; }
void THTensor_(set2d)(THTensor *self, int64_t x0, int64_t x1, real value) { AT(2, x0, x1) = value; }
void THTensor_(set3d)(THTensor *self, int64_t x0, int64_t x1, int64_t x2, real value)
{
  AT(3, x0, x1, x2) = value;
}
void THTensor_(set4d)(THTensor *self, int64_t x0, int64_t x1, int64_t x2, int64_t x3, real value)
{
  AT(4, x0, x1, x2, x3) = value;
}
real THTensor_(get1d)(const THTensor *self, int64_t x0) { return AT(1, x0); }
real THTensor_(get2d)(const THTensor *self, int64_t x0, int64_t x1) { return AT(2, x0, x1); }
real THTensor_(get3d)(const THTensor *self, int64_t x0, int64_t x1, int64_t x2)
{
  return AT(3, x0, x1, x2);
}
real THTensor_(get4d)(const THTensor *self, int64_t x0, int64_t x1, int64_t x2, int64_t x3)
{
  return AT(4, x0, x1, x2, x3);
}
#undef AT

/* ---- copies ---- */

void THTensor_(copy)(THTensor *self, THTensor *src) { THAnyTensor_copy(any(self), any(src)); }
#define COPY_FROM(Other, other_real, other_accreal, CODE)                                          \
  void THTensor_(copy##Other)(THTensor * self, struct TH##Other##Tensor * src)                     \
  {                                                                                                \
    THAnyTensor_copy(any(self), any(src));                                                         \
  }
TH_ALL_TYPES(COPY_FROM)
#undef COPY_FROM

int THTensor_(copyTransposeValid)(THTensor *self, THTensor *src)
{
  return THTensor_(isContiguous)(self) && src->nDimension == 2 && src->stride[0] == 1 &&
         src->stride[1] == src->size[0] && THTensor_(nElement)(src) >= 3600;
}
void THTensor_(copyTranspose)(THTensor *self, THTensor *src) { THAnyTensor_copy(any(self), any(src)); }
