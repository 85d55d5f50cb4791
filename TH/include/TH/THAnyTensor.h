#ifndef TH_ANY_TENSOR_H
#define TH_ANY_TENSOR_H
/* Tensor: a strided view on a storage. One C struct for all element types and devices; everything
   here moves sizes and strides only, and exists once. The typed names (THFloatTensor and its
   functions, THTensor.h) are casts onto these.

   Conventions: results come first and are named r_ or self; arguments are borrowed; new* returns
   one owned count; dimensions and positions are 0-based; a tensor with nDimension 0 is empty.
   Views share the storage. src == NULL means self, in place. */
#include "THAnyStorage.h"

#define TH_TENSOR_REFCOUNTED 1
enum { TH_TENSOR_INLINE_DIMS = 5 };
/* As many dimensions as a tensor can have; what would make one more raises an error. (PyTorch's limit, too.) */
enum { TH_MAX_DIMS = 64 };

/* The first seven fields are Torch7's. storage is NULL until the tensor is first sized. */
#define TH_TENSOR_FIELDS(Storage)                                                                  \
  int64_t *size;                                                                                   \
  int64_t *stride; /* in elements */                                                               \
  int nDimension;                                                                                  \
  Storage *storage;                                                                                \
  ptrdiff_t storageOffset;                                                                         \
  int refcount;                                                                                    \
  char flag;                                                                                       \
  unsigned char type; /* THType */                                                                 \
  int64_t dims_[2 * TH_TENSOR_INLINE_DIMS]; /* where size and stride point up to that many dims */

typedef struct THAnyTensor {
  TH_TENSOR_FIELDS(THAnyStorage)
} THAnyTensor;

#define X(Name, real, accreal, CODE)                                                               \
  typedef struct TH##Name##Tensor {                                                                \
    TH_TENSOR_FIELDS(TH##Name##Storage)                                                            \
  } TH##Name##Tensor;
TH_ALL_TYPES(X)
#undef X

/* An argument of a typed function. Debug builds raise an error that names function and argument when it
   is NULL, was freed, or is of another type than the C type says. */
#ifdef NDEBUG
#define TH_CHECKED(tensor, type, argNumber) ((THAnyTensor *)(tensor))
#else
#define TH_CHECKED(tensor, type, argNumber)                                                        \
  THAnyTensor_checked((THAnyTensor *)(tensor), type, __func__, argNumber)
#endif
TH_API THAnyTensor *THAnyTensor_checked(THAnyTensor *tensor, int type, const char *function,
                                        int argNumber);

/* ---- life ---- */
TH_API THAnyTensor *THAnyTensor_new(THType type);
/* Sizes stop at the first one <= 0; stride NULL, or negative entries: contiguous. */
TH_API THAnyTensor *THAnyTensor_newWithSizeNd(THType type, int n, const int64_t *size,
                                              const int64_t *stride);
TH_API THAnyTensor *THAnyTensor_newWithTensor(THAnyTensor *src); /* shares the storage */
TH_API THAnyTensor *THAnyTensor_newWithStorageNd(THType type, THAnyStorage *storage,
                                                 ptrdiff_t storageOffset, int n,
                                                 const int64_t *size, const int64_t *stride);
TH_API THAnyTensor *THAnyTensor_newClone(THAnyTensor *self);      /* contiguous copy */
TH_API THAnyTensor *THAnyTensor_newContiguous(THAnyTensor *self); /* self retained if it is */
TH_API THAnyTensor *THAnyTensor_newSelect(THAnyTensor *self, int dim, int64_t index);
TH_API THAnyTensor *THAnyTensor_newNarrow(THAnyTensor *self, int dim, int64_t first, int64_t size);
TH_API THAnyTensor *THAnyTensor_newTranspose(THAnyTensor *self, int dim1, int dim2);
TH_API THAnyTensor *THAnyTensor_newUnfold(THAnyTensor *self, int dim, int64_t size, int64_t step);
TH_API void THAnyTensor_retain(THAnyTensor *self);
TH_API void THAnyTensor_free(THAnyTensor *self); /* NULL is ignored */
/* Copies self into dst unless they are the same tensor, then frees self. */
TH_API void THAnyTensor_freeCopyTo(THAnyTensor *self, THAnyTensor *dst);
static inline void THAnyTensor_autofree(THAnyTensor **self) { THAnyTensor_free(*self); }

/* ---- shape ---- */
/* No-op when sizes (and given strides) are equal; else contiguous. The storage only grows. */
TH_API void THAnyTensor_resizeNd(THAnyTensor *self, int n, const int64_t *size,
                                 const int64_t *stride);
TH_API void THAnyTensor_resizeAs(THAnyTensor *self, const THAnyTensor *src);
TH_API void THAnyTensor_set(THAnyTensor *self, THAnyTensor *src);
TH_API void THAnyTensor_setStorageNd(THAnyTensor *self, THAnyStorage *storage,
                                     ptrdiff_t storageOffset, int n, const int64_t *size,
                                     const int64_t *stride);
TH_API void THAnyTensor_narrow(THAnyTensor *self, THAnyTensor *src, int dim, int64_t first,
                               int64_t size);
TH_API void THAnyTensor_select(THAnyTensor *self, THAnyTensor *src, int dim, int64_t index);
TH_API void THAnyTensor_transpose(THAnyTensor *self, THAnyTensor *src, int dim1, int dim2);
TH_API void THAnyTensor_unfold(THAnyTensor *self, THAnyTensor *src, int dim, int64_t size,
                               int64_t step);
TH_API void THAnyTensor_squeeze(THAnyTensor *self, THAnyTensor *src);
TH_API void THAnyTensor_squeeze1d(THAnyTensor *self, THAnyTensor *src, int dim);
TH_API void THAnyTensor_unsqueeze1d(THAnyTensor *self, THAnyTensor *src, int dim);
/* Singleton dimensions of src become size[i] with stride 0. Same number of dimensions. */
TH_API void THAnyTensor_expandNd(THAnyTensor *self, THAnyTensor *src, int n, const int64_t *size);
/* src, contiguous, in another shape; one size may be -1 and is inferred. */
TH_API void THAnyTensor_viewNd(THAnyTensor *self, THAnyTensor *src, int n, const int64_t *size);

/* ---- questions ---- */
TH_API int64_t THAnyTensor_nElement(const THAnyTensor *self); /* 0 when empty */
TH_API int64_t THAnyTensor_size(const THAnyTensor *self, int dim);
TH_API int64_t THAnyTensor_stride(const THAnyTensor *self, int dim);
TH_API int THAnyTensor_isContiguous(const THAnyTensor *self);
TH_API int THAnyTensor_isSameSizeAs(const THAnyTensor *self, const THAnyTensor *src);
TH_API int THAnyTensor_isSetTo(const THAnyTensor *self, const THAnyTensor *src);
TH_API THDescBuff THAnyTensor_sizeDesc(const THAnyTensor *self); /* "[2 x 3]" */
/* Raises for argument argNumber unless dim is a dimension of t. op: whom the message names, NULL for nobody. */
TH_API void TH_checkDim(const char *op, const THAnyTensor *t, int dim, int argNumber);
/* First element; NULL without a storage. Raises when the storage was resized and no longer reaches the
   last element: whoever computes asks here, so no view reads past its storage. The address holds until
   the storage is resized or freed. */
TH_API void *THAnyTensor_data(const THAnyTensor *self);
/* Strides (elements) under which self shows `size` without a copy; false when there are none. */
TH_API bool THAnyTensor_viewStrides(const THAnyTensor *self, int n, const int64_t *size,
                                    int64_t *stride);

/* ---- elements; 0-based, one position per dimension, checked ---- */
TH_API void *THAnyTensor_at(const THAnyTensor *self, int n, const int64_t *index); /* its address */
TH_API THScalar THAnyTensor_get(const THAnyTensor *self, int n, const int64_t *index);
TH_API void THAnyTensor_put(THAnyTensor *self, int n, const int64_t *index, THScalar value);

/* ---- the two operations that every type has, Half included ---- */
TH_API void THAnyTensor_fill(THAnyTensor *r_, THScalar value);
/* Any type into any type, equal element counts, row-major order; broadcasts src otherwise. */
TH_API void THAnyTensor_copy(THAnyTensor *r_, THAnyTensor *src);

#endif
