/* The structural functions of THFloatTensor and its sisters; included once per element type.

   Ownership: new* return one count, which the caller gives back with free; all arguments are
   borrowed; a tensor holds a count on its storage; storage() and data() are borrowed pointers.
   Shapes: dimensions and positions are 0-based; a tensor without dimensions is empty; a list of
   sizes ends at its first entry <= 0; a stride that is negative or absent makes that dimension
   contiguous. Views (narrow, select, ...) share the storage; src NULL means self, in place.
   Errors: THArgCheck with the number of the C argument, before anything is changed. */

/* ---- questions ---- */
TH_API THStorage *THTensor_(storage)(const THTensor *self);
TH_API ptrdiff_t THTensor_(storageOffset)(const THTensor *self);
TH_API int THTensor_(nDimension)(const THTensor *self);
TH_API int64_t THTensor_(size)(const THTensor *self, int dim);
TH_API int64_t THTensor_(stride)(const THTensor *self, int dim);
TH_API THLongStorage *THTensor_(newSizeOf)(THTensor *self);
TH_API THLongStorage *THTensor_(newStrideOf)(THTensor *self);
TH_API real *THTensor_(data)(const THTensor *self); /* first element; NULL without a storage */
TH_API int THTensor_(isContiguous)(const THTensor *self);
/* Not contiguous, but would be with its dimensions in another order. */
TH_API int THTensor_(isTransposed)(const THTensor *self);
TH_API int THTensor_(isSameSizeAs)(const THTensor *self, const THTensor *src);
TH_API int THTensor_(isSetTo)(const THTensor *self, const THTensor *src);
TH_API int THTensor_(isSize)(const THTensor *self, const THLongStorage *dims);
TH_API ptrdiff_t THTensor_(nElement)(const THTensor *self);  /* 0 when empty */
TH_API ptrdiff_t THTensor_(numel)(THTensor *self);           /* the same */
TH_API THDescBuff THTensor_(desc)(const THTensor *self);     /* torch.FloatTensor of size 2x3 */
TH_API THDescBuff THTensor_(sizeDesc)(const THTensor *self); /* [2 x 3] */

/* ---- life ---- */
TH_API THTensor *THTensor_(new)(void);
TH_API THTensor *THTensor_(newWithTensor)(THTensor *src); /* shares the storage */
/* A view on a storage from storageOffset on; the storage grows when it is too small. storage NULL
   makes one. size NULL: empty; stride NULL: contiguous; else both have the same length. */
TH_API THTensor *THTensor_(newWithStorage)(THStorage *storage, ptrdiff_t storageOffset,
                                           THLongStorage *size, THLongStorage *stride);
TH_API THTensor *THTensor_(newWithStorage1d)(THStorage *storage, ptrdiff_t storageOffset,
                                             int64_t size0, int64_t stride0);
TH_API THTensor *THTensor_(newWithStorage2d)(THStorage *storage, ptrdiff_t storageOffset,
                                             int64_t size0, int64_t stride0, int64_t size1,
                                             int64_t stride1);
TH_API THTensor *THTensor_(newWithStorage3d)(THStorage *storage, ptrdiff_t storageOffset,
                                             int64_t size0, int64_t stride0, int64_t size1,
                                             int64_t stride1, int64_t size2, int64_t stride2);
TH_API THTensor *THTensor_(newWithStorage4d)(THStorage *storage, ptrdiff_t storageOffset,
                                             int64_t size0, int64_t stride0, int64_t size1,
                                             int64_t stride1, int64_t size2, int64_t stride2,
                                             int64_t size3, int64_t stride3);
/* Contents are undefined. */
TH_API THTensor *THTensor_(newWithSize)(THLongStorage *size, THLongStorage *stride);
TH_API THTensor *THTensor_(newWithSize1d)(int64_t size0);
TH_API THTensor *THTensor_(newWithSize2d)(int64_t size0, int64_t size1);
TH_API THTensor *THTensor_(newWithSize3d)(int64_t size0, int64_t size1, int64_t size2);
TH_API THTensor *THTensor_(newWithSize4d)(int64_t size0, int64_t size1, int64_t size2,
                                          int64_t size3);
TH_API THTensor *THTensor_(newClone)(THTensor *self);      /* contiguous copy */
TH_API THTensor *THTensor_(newContiguous)(THTensor *self); /* self retained if it is contiguous */
TH_API THTensor *THTensor_(newSelect)(THTensor *src, int dim, int64_t index);
TH_API THTensor *THTensor_(newNarrow)(THTensor *src, int dim, int64_t first, int64_t size);
TH_API THTensor *THTensor_(newTranspose)(THTensor *src, int dim1, int dim2);
TH_API THTensor *THTensor_(newUnfold)(THTensor *src, int dim, int64_t size, int64_t step);
/* src, contiguous, in another shape; one size may be -1 and is inferred. */
TH_API THTensor *THTensor_(newView)(THTensor *src, THLongStorage *size);
TH_API THTensor *THTensor_(newExpand)(THTensor *src, THLongStorage *size);
TH_API void THTensor_(retain)(THTensor *self);
TH_API void THTensor_(free)(THTensor *self); /* NULL is ignored */
static inline void TH_CONCAT_2(THTensor, _autofree)(THTensor **self) { THTensor_(free)(*self); }
/* Copies self into dst unless they are the same tensor, then frees self. */
TH_API void THTensor_(freeCopyTo)(THTensor *self, THTensor *dst);
TH_API void THTensor_(setFlag)(THTensor *self, const char flag); /* TH_TENSOR_REFCOUNTED */
TH_API void THTensor_(clearFlag)(THTensor *self, const char flag);

/* ---- shape ---- */
/* No-op when the sizes (and given strides) are equal; else contiguous. The storage only grows. */
TH_API void THTensor_(resize)(THTensor *self, THLongStorage *size, THLongStorage *stride);
TH_API void THTensor_(resizeAs)(THTensor *self, THTensor *src);
TH_API void THTensor_(resizeNd)(THTensor *self, int nDimension, int64_t *size, int64_t *stride);
TH_API void THTensor_(resize1d)(THTensor *self, int64_t size0);
TH_API void THTensor_(resize2d)(THTensor *self, int64_t size0, int64_t size1);
TH_API void THTensor_(resize3d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2);
TH_API void THTensor_(resize4d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2,
                                int64_t size3);
TH_API void THTensor_(resize5d)(THTensor *self, int64_t size0, int64_t size1, int64_t size2,
                                int64_t size3, int64_t size4);
TH_API void THTensor_(set)(THTensor *self, THTensor *src); /* the same view as src */
TH_API void THTensor_(setStorage)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                  THLongStorage *size, THLongStorage *stride);
TH_API void THTensor_(setStorageNd)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                    int nDimension, int64_t *size, int64_t *stride);
TH_API void THTensor_(setStorage1d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                    int64_t size0, int64_t stride0);
TH_API void THTensor_(setStorage2d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                    int64_t size0, int64_t stride0, int64_t size1, int64_t stride1);
TH_API void THTensor_(setStorage3d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                    int64_t size0, int64_t stride0, int64_t size1, int64_t stride1,
                                    int64_t size2, int64_t stride2);
TH_API void THTensor_(setStorage4d)(THTensor *self, THStorage *storage, ptrdiff_t storageOffset,
                                    int64_t size0, int64_t stride0, int64_t size1, int64_t stride1,
                                    int64_t size2, int64_t stride2, int64_t size3, int64_t stride3);
TH_API void THTensor_(narrow)(THTensor *self, THTensor *src, int dim, int64_t first, int64_t size);
TH_API void THTensor_(select)(THTensor *self, THTensor *src, int dim, int64_t index);
TH_API void THTensor_(transpose)(THTensor *self, THTensor *src, int dim1, int dim2);
/* All slices of `size` positions, `step` apart; they become a new last dimension. */
TH_API void THTensor_(unfold)(THTensor *self, THTensor *src, int dim, int64_t size, int64_t step);
TH_API void THTensor_(squeeze)(THTensor *self, THTensor *src);
TH_API void THTensor_(squeeze1d)(THTensor *self, THTensor *src, int dim);
TH_API void THTensor_(unsqueeze1d)(THTensor *self, THTensor *src, int dim);
/* r becomes a view of src in which dimensions of size 1, and leading ones that src lacks, have the
   size asked for and stride 0; -1 keeps a size. */
TH_API void THTensor_(expand)(THTensor *r, THTensor *src, THLongStorage *size);
/* The same for `count` tensors, to the shape that they broadcast to. rets may be ops. */
TH_API void THTensor_(expandNd)(THTensor **rets, THTensor **ops, int count);

/* ---- elements: one position per dimension, checked ---- */
TH_API void THTensor_(set1d)(THTensor *self, int64_t x0, real value);
TH_API void THTensor_(set2d)(THTensor *self, int64_t x0, int64_t x1, real value);
TH_API void THTensor_(set3d)(THTensor *self, int64_t x0, int64_t x1, int64_t x2, real value);
TH_API void THTensor_(set4d)(THTensor *self, int64_t x0, int64_t x1, int64_t x2, int64_t x3,
                             real value);
TH_API real THTensor_(get1d)(const THTensor *self, int64_t x0);
TH_API real THTensor_(get2d)(const THTensor *self, int64_t x0, int64_t x1);
TH_API real THTensor_(get3d)(const THTensor *self, int64_t x0, int64_t x1, int64_t x2);
TH_API real THTensor_(get4d)(const THTensor *self, int64_t x0, int64_t x1, int64_t x2, int64_t x3);

/* ---- copies ----
   Element counts are equal and pair up in row-major order, or src broadcasts to self's shape. Other
   types are converted as C converts them. The two may overlap. */
TH_API void THTensor_(copy)(THTensor *self, THTensor *src);
TH_API void THTensor_(copyByte)(THTensor *self, struct THByteTensor *src);
TH_API void THTensor_(copyChar)(THTensor *self, struct THCharTensor *src);
TH_API void THTensor_(copyShort)(THTensor *self, struct THShortTensor *src);
TH_API void THTensor_(copyInt)(THTensor *self, struct THIntTensor *src);
TH_API void THTensor_(copyLong)(THTensor *self, struct THLongTensor *src);
TH_API void THTensor_(copyFloat)(THTensor *self, struct THFloatTensor *src);
TH_API void THTensor_(copyDouble)(THTensor *self, struct THDoubleTensor *src);
TH_API void THTensor_(copyHalf)(THTensor *self, struct THHalfTensor *src);
TH_API void THTensor_(copyBFloat16)(THTensor *self, struct THBFloat16Tensor *src);
TH_API void THTensor_(copyBool)(THTensor *self, struct THBoolTensor *src);
/* Whether copyTranspose is the way to copy: self is contiguous, and src is a matrix of 3600 elements or more whose
   columns are contiguous. */
TH_API int THTensor_(copyTransposeValid)(THTensor *self, THTensor *src);
TH_API void THTensor_(copyTranspose)(THTensor *self, THTensor *src); /* the same as copy */
