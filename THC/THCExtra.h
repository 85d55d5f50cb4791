#ifndef THC_EXTRA_H
#define THC_EXTRA_H
/* What C programs of Torch7's time may call besides the rows of the operation table: streams as objects, batches of matrices
   by their addresses, and some functions that a few tensor types have. Included by THC.h. */
#include "THC.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- streams as objects, counted; of the GPU that was current when they were made ---- */
typedef struct THCStream {
  struct CUstream_st *stream;
  int device;
  int refcount;
} THCStream;
TH_API THCStream *THCStream_new(int flags); /* cudaStreamDefault or cudaStreamNonBlocking */
TH_API THCStream *THCStream_newWithPriority(int flags, int priority);
TH_API THCStream *THCStream_defaultStream(int device); /* borrowed */
TH_API void THCStream_retain(THCStream *self);
TH_API void THCStream_free(THCStream *self); /* CUDA's stream stays while a state knows it */
/* The current GPU's current stream, borrowed; and makes one current, under an index of its own, NULL being the default one. */
TH_API THCStream *THCState_getStream(THCState *state);
TH_API void THCState_setStream(THCState *state, THCStream *stream);
/* THCState_getCurrentDeviceScratchSpace of any GPU and stream. */
TH_API void *THCState_getDeviceScratchSpace(THCState *state, int device, int stream);
TH_API size_t THCState_getDeviceScratchSpaceSize(THCState *state, int device);

/* ---- memory ---- */
/* THCState_getDeviceAllocator: the only one; setting another raises. */
TH_API THAllocator *THCCachingAllocator_get(void);
TH_API void THCState_setDeviceAllocator(THCState *state, THAllocator *allocator);
/* The block that an address of THCudaMalloc's is in, which is a block of its own, and its bytes. */
TH_API void *THCCachingAllocator_getBaseAllocation(void *ptr, size_t *size);
/* A block of THCudaMalloc's is used by that stream, too: when it is freed, its own stream waits for it. */
TH_API void THCCachingAllocator_recordStream(void *ptr, THCStream *stream);
/* Page-locked memory is given back when it is freed, and waits then: nothing to record, and no cache to empty. */
TH_API int THCCachingHostAllocator_recordEvent(void *ptr, THCStream *stream);
TH_API void THCCachingHostAllocator_emptyCache(void);
TH_API void THCudaHostRecord(THCState *state, void *ptr);
TH_API void THCMagma_init(THCState *state); /* nothing: there is no MAGMA */

/* ---- batches of column-major matrices, given by arrays on the GPU of their addresses ---- */
#define THC_BATCHED(S, real)                                                                                        \
  /* c = alpha op(a) op(b) + beta c */                                                                               \
  TH_API void THCudaBlas_##S##gemmBatched(THCState *state, char transa, char transb, int64_t m, int64_t n,           \
                                          int64_t k, real alpha, const real *a[], int64_t lda, const real *b[],      \
                                          int64_t ldb, real beta, real *c[], int64_t ldc, int64_t batchCount);       \
  /* LU factors of n x n matrices in place; the rows exchanged, from 1 (NULL: none are), n a matrix; info, on the GPU,  \
     a matrix: 0, or the first k with U(k,k) = 0 */                                                                  \
  TH_API void THCudaBlas_##S##getrf(THCState *state, int n, real **a, int lda, int *pivot, int *info,                \
                                    int batchSize);                                                                  \
  /* b = the solution of op(a) x = b by these factors, b being n x nrhs; info, on the host, becomes 0 */             \
  TH_API void THCudaBlas_##S##getrs(THCState *state, char transa, int n, int nrhs, const real **a, int lda,          \
                                    int *pivot, real **b, int ldb, int *info, int batchSize);                        \
  /* c = the inverse by these factors; c is none of them; info, on the GPU, becomes 0, or the first k with U(k,k) = 0 */ \
  TH_API void THCudaBlas_##S##getri(THCState *state, int n, const real **a, int lda, int *pivot, real **c,           \
                                    int ldc, int *info, int batchSize);
THC_BATCHED(S, float)
THC_BATCHED(D, double)
#undef THC_BATCHED

/* ---- tensors ---- */
#define THC_EXTRA(Cuda, real)                                                                                       \
  TH_API real Cuda##_medianall(THCState *state, Cuda *self); /* of an even count the lower middle; waits */          \
  /* Sorts keys along dim, falling where order is not 0, and values (of keys' sizes) with them. */                   \
  TH_API void Cuda##_sortKeyValueInplace(THCState *state, Cuda *keys, THCudaLongTensor *values, int dim, int order);
THC_EXTRA(THCudaByteTensor, unsigned char)
THC_EXTRA(THCudaCharTensor, THChar)
THC_EXTRA(THCudaShortTensor, short)
THC_EXTRA(THCudaIntTensor, int)
THC_EXTRA(THCudaLongTensor, int64_t)
THC_EXTRA(THCudaTensor, float)
THC_EXTRA(THCudaDoubleTensor, double)
#undef THC_EXTRA

/* Those of floating-point types; TH/include/TH/generic/THTensorOther.h says what they do. lgamma, btrifact and btrisolve go by
   way of the CPU. */
#define THC_EXTRA_REAL(Cuda)                                                                                         \
  TH_API void Cuda##_lgamma(THCState *state, Cuda *r_, Cuda *t);                                                     \
  TH_API void Cuda##_gesvd2(THCState *state, Cuda *ru_, Cuda *rs_, Cuda *rv_, Cuda *ra_, Cuda *a, const char *jobu); \
  TH_API void Cuda##_btrifact(THCState *state, Cuda *ra_, THCudaIntTensor *rpivots_, THCudaIntTensor *rinfo_,        \
                              int pivot, Cuda *a);                                                                   \
  TH_API void Cuda##_btrisolve(THCState *state, Cuda *rb_, Cuda *b, Cuda *atf, THCudaIntTensor *pivots);             \
  /* Fills self with categories, from 1 on, by Walker's tables (multinomialAliasSetup). */                           \
  TH_API void Cuda##_multinomialAliasDraw(THCState *state, THCudaLongTensor *self, THCudaLongTensor *J, Cuda *q);
THC_EXTRA_REAL(THCudaTensor)
THC_EXTRA_REAL(THCudaDoubleTensor)
#undef THC_EXTRA_REAL

/* TH/include/TH/THTensorConv.h; type: "v" valid or "f" full, then "x" cross-correlation or "c" convolution. */
TH_API void THCudaTensor_conv2Dmv(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,
                                  THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type);
TH_API void THCudaTensor_conv2Dmm(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,
                                  THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type);
TH_API void THCudaTensor_conv2DRevger(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input,
                                      THCudaTensor *kernel, int64_t srow, int64_t scol);
TH_API void THCudaTensor_conv2DRevgerm(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input,
                                       THCudaTensor *kernel, int64_t srow, int64_t scol);

#ifdef __cplusplus
}
#endif
#endif
