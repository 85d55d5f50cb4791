#include "THSize.h"
#include <stdarg.h>
#include <stdio.h>

int THSize_isSameSizeAs(const int64_t *sizeA, int64_t dimsA, const int64_t *sizeB, int64_t dimsB)
{
  if (dimsA != dimsB) return 0;
  for (int64_t d = 0; d < dimsA; d++)
    if (sizeA[d] != sizeB[d]) return 0;
  return 1;
}

ptrdiff_t THSize_nElement(int64_t dims, int64_t *size)
{
  ptrdiff_t n = dims > 0;
  for (int64_t d = 0; d < dims; d++) n *= size[d];
  return n;
}

THDescBuff THLongStorage_sizeDesc(const THLongStorage *size)
{
  return _THSizeDesc(size->data, size->size);
}

THLongStorage *THLongStorage_newInferSize(THLongStorage *size, ptrdiff_t nElement)
{
  int64_t known = 1, unknown = -1;
  bool fits = true;
  for (ptrdiff_t d = 0; d < size->size; d++) {
    if (size->data[d] == -1) {
      THArgCheck(unknown < 0, 1, "only one dimension can be inferred: %s",
                 THLongStorage_sizeDesc(size).str);
      unknown = d;
    } else {
      fits = fits && size->data[d] >= 0 && TH_mulSize(known, size->data[d], &known);
    }
  }
  fits = fits && (unknown < 0 ? known == nElement : known > 0 && nElement % known == 0);
  THArgCheck(fits, 2, "size %s is invalid for %lld elements", THLongStorage_sizeDesc(size).str,
             (long long)nElement);
  THLongStorage *copy = THLongStorage_newWithSize(size->size);
  THLongStorage_copy(copy, size);
  if (unknown >= 0) copy->data[unknown] = nElement / known;
  return copy;
}

/* ---- broadcasting ---- */

__attribute__((format(printf, 3, 4))) static int fail(char *buffer, int length, const char *fmt,
                                                      ...)
{
  va_list args;
  va_start(args, fmt);
  if (buffer && length > 0) vsnprintf(buffer, (size_t)length, fmt, args);
  va_end(args);
  return -1;
}

int THLongStorage_inferSizeN(THLongStorage *output, int n, int64_t **sizes, int64_t *dims,
                             char *error_buffer, int buffer_len)
{
  if (n <= 0) return fail(error_buffer, buffer_len, "no sizes to broadcast");
  int64_t ndim = 0;
  for (int k = 0; k < n; k++) {
    if (dims[k] <= 0) return fail(error_buffer, buffer_len, "cannot expand an empty tensor");
    ndim = THMax(ndim, dims[k]);
  }
  /* built apart: output may hold one of the inputs */
  TH_AUTO(THLongStorage) shape = THLongStorage_newWithSize(ndim);
  for (int64_t back = 1; back <= ndim; back++) {
    int64_t size = 1;
    for (int k = 0; k < n; k++) {
      int64_t own = back <= dims[k] ? sizes[k][dims[k] - back] : 1;
      if (own != 1 && size != 1 && own != size)
        return fail(error_buffer, buffer_len,
                    "sizes %s and %s do not match: %lld and %lld at dimension %lld",
                    _THSizeDesc(sizes[0], dims[0]).str, _THSizeDesc(sizes[k], dims[k]).str,
                    (long long)size, (long long)own, (long long)(ndim - back + TH_INDEX_BASE));
      if (own != 1) size = own;
    }
    shape->data[ndim - back] = size;
  }
  THLongStorage_resize(output, ndim);
  THLongStorage_copy(output, shape);
  return 0;
}

int THLongStorage_inferSize2(THLongStorage *output, int64_t *sizesA, int64_t dimsA, int64_t *sizesB,
                             int64_t dimsB, char *error_buffer, int buffer_len)
{
  return THLongStorage_inferSizeN(output, 2, (int64_t *[]){sizesA, sizesB},
                                  (int64_t[]){dimsA, dimsB}, error_buffer, buffer_len);
}

/* Geometry of (size, stride), tdim dimensions, expanded to ndim sizes `want`, into arrays of ndim.
 */
static int expand_geometry(const int64_t *size, const int64_t *stride, int64_t tdim,
                           const int64_t *want, int64_t ndim, int64_t *new_size,
                           int64_t *new_stride, char *error_buffer, int buffer_len)
{
  if (tdim <= 0) return fail(error_buffer, buffer_len, "cannot expand an empty tensor");
  if (ndim < tdim)
    return fail(
        error_buffer, buffer_len,
        "the number of sizes (%lld) must be at least the number of dimensions of the tensor "
        "(%lld)",
        (long long)ndim, (long long)tdim);
  for (int64_t i = 0; i < ndim; i++) {
    int64_t d = i - (ndim - tdim);
    int64_t have = d >= 0 ? size[d] : 1, target = want[i] == -1 && d >= 0 ? have : want[i];
    if (target <= 0 || (have != 1 && have != target))
      return fail(error_buffer, buffer_len, "cannot expand %s to %s: size %lld at dimension %lld",
                  _THSizeDesc(size, tdim).str, _THSizeDesc(want, ndim).str, (long long)want[i],
                  (long long)i + TH_INDEX_BASE);
    new_size[i] = target;
    new_stride[i] = d >= 0 && have == target ? stride[d] : 0;
  }
  return 0;
}

int THLongStorage_inferExpandGeometry(int64_t *tensorSizes, int64_t *tensorStrides,
                                      int64_t tensorDim, THLongStorage *sizes,
                                      int64_t **expandedSizes, int64_t **expandedStrides,
                                      char *error_buffer, int buffer_len)
{
  ptrdiff_t bytes = sizes->size * (ptrdiff_t)sizeof(int64_t);
  TH_AUTO_MEM int64_t *new_size = THAlloc(bytes);
  TH_AUTO_MEM int64_t *new_stride = THAlloc(bytes);
  if (expand_geometry(tensorSizes, tensorStrides, tensorDim, sizes->data, sizes->size, new_size,
                      new_stride, error_buffer, buffer_len))
    return -1;
  *expandedSizes = new_size;
  *expandedStrides = new_stride;
  new_size = new_stride = NULL;
  return 0;
}

void THAnyTensor_expand(THAnyTensor *r, THAnyTensor *src, int n, const int64_t *size)
{
  char why[256];
  ptrdiff_t bytes = n * (ptrdiff_t)sizeof(int64_t);
  TH_AUTO_MEM int64_t *new_size = THAlloc(bytes);
  TH_AUTO_MEM int64_t *new_stride = THAlloc(bytes);
  if (expand_geometry(src->size, src->stride, src->nDimension, size, n, new_size, new_stride, why,
                      sizeof why))
    THError("expand: %s", why);
  THAnyTensor_setStorageNd(r, src->storage, src->storageOffset, n, new_size, new_stride);
}

void THAnyTensor_expandTogether(THAnyTensor **rets, THAnyTensor **ops, int count)
{
  char why[256];
  TH_AUTO_MEM int64_t **sizes = THAlloc(count * (ptrdiff_t)sizeof *sizes);
  TH_AUTO_MEM int64_t *dims = THAlloc(count * (ptrdiff_t)sizeof *dims);
  TH_AUTO(THLongStorage) shape = THLongStorage_new();
  for (int k = 0; k < count; k++) {
    sizes[k] = ops[k]->size;
    dims[k] = ops[k]->nDimension;
  }
  if (THLongStorage_inferSizeN(shape, count, sizes, dims, why, sizeof why))
    THError("expand: %s", why);
  for (int k = 0; k < count; k++)
    THAnyTensor_expand(rets[k], ops[k], (int)shape->size, shape->data);
}
