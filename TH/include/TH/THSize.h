#ifndef TH_SIZE_H
#define TH_SIZE_H
/* Arithmetic on lists of sizes: comparing, inferring, broadcasting, expanding. */
#include "THStorage.h"
#include "THAnyTensor.h"

TH_API int THSize_isSameSizeAs(const int64_t *sizeA, int64_t dimsA, const int64_t *sizeB,
                               int64_t dimsB);
TH_API ptrdiff_t THSize_nElement(int64_t dims, int64_t *size); /* 0 without dimensions */

TH_API THDescBuff THLongStorage_sizeDesc(const THLongStorage *size); /* [2 x 3] */
/* A copy of `size` whose one entry -1, if any, is chosen so that there are nElement elements.
   Raises when that is impossible. */
TH_API THLongStorage *THLongStorage_newInferSize(THLongStorage *size, ptrdiff_t nElement);

/* The infer functions return 0, or -1 with a message in error_buffer. */

/* output becomes the shape that sizes broadcast to: aligned at the last dimension, sizes 1 (and
   missing ones) give way to others. */
TH_API int THLongStorage_inferSize2(THLongStorage *output, int64_t *sizesA, int64_t dimsA,
                                    int64_t *sizesB, int64_t dimsB, char *error_buffer,
                                    int buffer_len);
TH_API int THLongStorage_inferSizeN(THLongStorage *output, int n, int64_t **sizes, int64_t *dims,
                                    char *error_buffer, int buffer_len);
/* Geometry of a tensor expanded to `sizes` (-1 keeps a size). The two arrays have sizes->size
   entries and belong to the caller, who frees them with THFree. */
TH_API int THLongStorage_inferExpandGeometry(int64_t *tensorSizes, int64_t *tensorStrides,
                                             int64_t tensorDim, THLongStorage *sizes,
                                             int64_t **expandedSizes, int64_t **expandedStrides,
                                             char *error_buffer, int buffer_len);

/* r becomes src expanded to `size`; the same for count tensors and the shape they broadcast to. */
TH_API void THAnyTensor_expand(THAnyTensor *r, THAnyTensor *src, int n, const int64_t *size);
TH_API void THAnyTensor_expandTogether(THAnyTensor **rets, THAnyTensor **ops, int count);

#endif
