/* Values: their memory, their users, conversion of types. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "graph.h"
#include "THHalf.h"
#include "parallel/THParallel.h"

void THOnnx_raise(const char *format, ...)
{
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  THError("%s", text);
}

size_t THOnnx_width(THONNXType type)
{
  switch (type) {
  case THONNX_UINT8: case THONNX_INT8: case THONNX_BOOL: return 1;
  case THONNX_UINT16: case THONNX_INT16: case THONNX_HALF: case THONNX_BFLOAT16: return 2;
  case THONNX_FLOAT: case THONNX_INT32: case THONNX_UINT32: return 4;
  case THONNX_INT64: case THONNX_UINT64: case THONNX_DOUBLE: case THONNX_STRING: case THONNX_COMPLEX64: return 8;
  default: THOnnx_raise("element type %d (%s) is not supported", type, THOnnx_typeName(type));
  }
}

const char *THOnnx_typeName(THONNXType type)
{
  static const char *const name[] = {"any", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string",
                                     "bool", "float16", "double", "uint32", "uint64", "complex64", "complex128",
                                     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz",
                                     "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2"};
  return (size_t)type < sizeof name / sizeof *name ? name[type] : "unknown";
}

bool THOnnx_isFloating(THONNXType t)
{
  return t == THONNX_FLOAT || t == THONNX_DOUBLE || t == THONNX_HALF || t == THONNX_BFLOAT16;
}

THType THOnnx_thType(THONNXType type)
{
  switch (type) {
  case THONNX_FLOAT: return TH_FLOAT;
  case THONNX_DOUBLE: return TH_DOUBLE;
  case THONNX_UINT8: return TH_BYTE;
  case THONNX_INT8: return TH_CHAR;
  case THONNX_INT16: return TH_SHORT;
  case THONNX_INT32: return TH_INT;
  case THONNX_INT64: return TH_LONG;
  default: return TH_NTYPES;
  }
}

int64_t THOnnx_product(const int64_t *size, int n)
{
  int64_t r = 1;
  for (int d = 0; d < n; d++)
    THOnnx_check(size[d] >= 0 && TH_mulSize(r, size[d], &r), "a tensor cannot have so many elements");
  return r;
}

/* ---- memory ---- */

static OnnxBuffer *new_block(int64_t bytes)
{
  OnnxArena *arena;
  OnnxBuffer *b = THOnnx_takeBlock(bytes, &arena);
  *b = (OnnxBuffer){.users = 1, .bytes = bytes, .arena = arena};
  return b;
}

OnnxBuffer *THOnnx_newBuffer(void *data, void (*release)(void *), void *context)
{
  OnnxBuffer *b = new_block(sizeof *b);
  b->data = data;
  b->release = release;
  b->context = context;
  return b;
}

enum { HEAD = 128 }; /* bytes of a block before the data, which keep its alignment */
_Static_assert(sizeof(OnnxBuffer) <= HEAD, "the head of a block is larger");

static OnnxBuffer *new_room(int64_t bytes)
{
  OnnxBuffer *b = new_block(bytes + HEAD);
  b->data = (char *)b + HEAD;
  return b;
}

void THOnnx_freeBuffer(OnnxBuffer *b)
{
  if (!b || __atomic_sub_fetch(&b->users, 1, __ATOMIC_ACQ_REL)) return;
  for (int i = 0; i < b->nkept; i++) THOnnx_freeBuffer(b->kept[i]);
  if (b->release) b->release(b->context);
  THOnnx_giveBlock(b, b->bytes, b->arena);
}

static OnnxBuffer *retain_buffer(OnnxBuffer *b)
{
  if (b) __atomic_add_fetch(&b->users, 1, __ATOMIC_RELAXED);
  return b;
}

void THOnnx_leavePages(const OnnxValue *v)
{
  if (!v->buffer || !v->buffer->mapped || !v->count) return;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)v->data + page - 1) / page * page;
  const uintptr_t end = ((uintptr_t)v->data + (uintptr_t)v->count * THOnnx_width(v->type)) / page * page;
  if (end > first) madvise((void *)first, end - first, MADV_DONTNEED);
}

OnnxValue *THOnnx_newAligned(OnnxValue *v)
{
  if (v->kind != ONNX_TENSOR || v->type == THONNX_STRING || (uintptr_t)v->data % THOnnx_width(v->type) == 0) return THOnnx_retain(v);
  OnnxValue *r = THOnnx_new(v->type, v->ndim, v->size);
  memcpy(r->data, v->data, (size_t)v->count * THOnnx_width(v->type));
  THOnnx_leavePages(v);
  return r;
}

void THOnnx_keep(OnnxBuffer *b, OnnxBuffer *other)
{
  if (!other || b == other) return;
  for (int i = 0; i < b->nkept; i++)
    if (b->kept[i] == other) return;
  THOnnx_check(b->nkept < 4, "strings of too many origins");
  b->kept[b->nkept++] = retain_buffer(other);
}

static int64_t string_bytes(const char *s) { return (int64_t)strlen(s) + 32; }

char *THOnnx_newString(const char *s, size_t n)
{
  THOnnx_noteBytes((int64_t)n + 32);
  char *r = THAlloc((ptrdiff_t)n + 1);
  memcpy(r, s, n);
  r[n] = 0;
  return r;
}

static void free_strings(void *context)
{
  OnnxBuffer *b = context;
  char **s = b->data;
  for (int64_t i = 0; i < b->nstrings; i++) {
    if (s[i]) THOnnx_noteBytes(-string_bytes(s[i]));
    THFree(s[i]);
  }
}

void THOnnx_ownStrings(OnnxValue *v)
{
  if (!v->buffer) return;
  v->buffer->nstrings = v->count;
  v->buffer->release = free_strings;
  v->buffer->context = v->buffer;
}

static OnnxValue *new_header(OnnxKind kind, THONNXType type, int ndim, const int64_t *size)
{
  THOnnx_check(ndim <= ONNX_DIMS, "tensors of %d dimensions are not supported (at most %d are)", ndim, ONNX_DIMS);
  const int64_t count = THOnnx_product(size, ndim);
  THOnnx_noteBytes(sizeof(OnnxValue));
  OnnxValue *v = THAlloc(sizeof *v);
  *v = (OnnxValue){.users = 1, .kind = kind, .type = type, .ndim = ndim, .count = count};
  for (int d = 0; d < ndim; d++) v->size[d] = size[d];
  return v;
}

OnnxValue *THOnnx_new(THONNXType type, int ndim, const int64_t *size)
{
  const size_t width = THOnnx_width(type);
  ONNX_AUTO v = new_header(ONNX_TENSOR, type, ndim, size);
  int64_t bytes;
  THOnnx_check(TH_mulSize(v->count, (int64_t)width, &bytes), "a tensor cannot have so many elements");
  THOnnx_checkRoom(type, ndim, size, bytes);
  if (bytes) {
    v->buffer = new_room(bytes);
    v->data = v->buffer->data;
    if (type == THONNX_STRING) memset(v->data, 0, (size_t)bytes);
  }
  return TH_RELEASE(v);
}

OnnxValue *THOnnx_newOver(THONNXType type, int ndim, const int64_t *size, void *data, OnnxBuffer *buffer)
{
  OnnxValue *v = new_header(ONNX_TENSOR, type, ndim, size);
  v->data = v->count ? data : NULL;
  v->buffer = v->count ? retain_buffer(buffer) : NULL;
  return v;
}

OnnxValue *THOnnx_newShaped(OnnxValue *v, int ndim, const int64_t *size)
{
  THOnnx_check(v->kind == ONNX_TENSOR, "a tensor is expected");
  OnnxValue *r = THOnnx_newOver(v->type, ndim, size, v->data, v->buffer);
  if (r->count == v->count) return r;
  const THDescBuff d = _THSizeDesc(size, ndim);
  THOnnx_free(r);
  THOnnx_raise("%lld elements do not fit the shape %s", (long long)v->count, d.str);
}

OnnxValue *THOnnx_newSequence(int n)
{
  int64_t none = 0;
  ONNX_AUTO v = new_header(ONNX_SEQUENCE, THONNX_ANY, 1, &none);
  if (!n) return TH_RELEASE(v);
  v->item = THAlloc(n * (ptrdiff_t)sizeof *v->item);
  memset(v->item, 0, (size_t)n * sizeof *v->item);
  THOnnx_noteBytes(n * (int64_t)sizeof *v->item);
  v->nitems = n;
  return TH_RELEASE(v);
}

OnnxValue *THOnnx_newNone(void) { return new_header(ONNX_NONE, THONNX_ANY, 0, NULL); }

OnnxValue *THOnnx_newLongs(int n, const int64_t *x)
{
  int64_t size = n;
  OnnxValue *v = THOnnx_new(THONNX_INT64, 1, &size);
  if (n) memcpy(v->data, x, (size_t)n * sizeof *x);
  return v;
}

OnnxValue *THOnnx_retain(OnnxValue *v)
{
  if (v) __atomic_add_fetch(&v->users, 1, __ATOMIC_RELAXED);
  return v;
}

void THOnnx_free(OnnxValue *v)
{
  if (!v || __atomic_sub_fetch(&v->users, 1, __ATOMIC_ACQ_REL)) return;
  for (int i = 0; i < v->nitems; i++) THOnnx_free(v->item[i]);
  THFree(v->item);
  THOnnx_freeBuffer(v->buffer);
  THOnnx_noteBytes(-(int64_t)sizeof *v - v->nitems * (int64_t)sizeof *v->item);
  THFree(v);
}

bool THOnnx_isAlone(const OnnxValue *v)
{
  return v->buffer && !v->buffer->release && __atomic_load_n(&v->users, __ATOMIC_ACQUIRE) == 1 &&
         __atomic_load_n(&v->buffer->users, __ATOMIC_ACQUIRE) == 1;
}

/* ---- conversion ---- */

static int64_t whole(double v) { return TH_wholePart(v); }

#define NUMBERS(X)                                                                                 \
  X(THONNX_FLOAT, float) X(THONNX_DOUBLE, double) X(THONNX_UINT8, uint8_t) X(THONNX_INT8, int8_t)  \
  X(THONNX_UINT16, uint16_t) X(THONNX_INT16, int16_t) X(THONNX_INT32, int32_t) X(THONNX_INT64, int64_t) \
  X(THONNX_BOOL, uint8_t) X(THONNX_UINT32, uint32_t) X(THONNX_UINT64, uint64_t)

#define NARROW(name, real)                                                                         \
  static void to_##name(real *r, THONNXType from, const void *x, int64_t n)                        \
  {                                                                                                \
    switch (from) {                                                                                \
    case THONNX_FLOAT: for (int64_t i = 0; i < n; i++) r[i] = (real)whole(((const float *)x)[i]); break;     \
    case THONNX_DOUBLE: for (int64_t i = 0; i < n; i++) r[i] = (real)whole(((const double *)x)[i]); break;   \
    case THONNX_UINT8: case THONNX_BOOL: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint8_t *)x)[i]; break; \
    case THONNX_INT8: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int8_t *)x)[i]; break;     \
    case THONNX_UINT16: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint16_t *)x)[i]; break; \
    case THONNX_INT16: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int16_t *)x)[i]; break;   \
    case THONNX_UINT32: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint32_t *)x)[i]; break; \
    case THONNX_INT32: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int32_t *)x)[i]; break;   \
    case THONNX_UINT64: case THONNX_INT64: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int64_t *)x)[i]; break; \
    default: break;                                                                                \
    }                                                                                              \
  }
NARROW(u8, uint8_t)
NARROW(s8, int8_t)
NARROW(u16, uint16_t)
NARROW(s16, int16_t)
NARROW(u32, uint32_t)
NARROW(s32, int32_t)
NARROW(s64, int64_t)

#define WIDEN(name, real)                                                                          \
  static void to_##name(real *r, THONNXType from, const void *x, int64_t n)                        \
  {                                                                                                \
    switch (from) {                                                                                \
    case THONNX_FLOAT: for (int64_t i = 0; i < n; i++) r[i] = (real)((const float *)x)[i]; break;     \
    case THONNX_DOUBLE: for (int64_t i = 0; i < n; i++) r[i] = (real)((const double *)x)[i]; break;   \
    case THONNX_UINT8: case THONNX_BOOL: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint8_t *)x)[i]; break; \
    case THONNX_INT8: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int8_t *)x)[i]; break;     \
    case THONNX_UINT16: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint16_t *)x)[i]; break; \
    case THONNX_INT16: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int16_t *)x)[i]; break;   \
    case THONNX_UINT32: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint32_t *)x)[i]; break; \
    case THONNX_INT32: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int32_t *)x)[i]; break;   \
    case THONNX_UINT64: for (int64_t i = 0; i < n; i++) r[i] = (real)((const uint64_t *)x)[i]; break; \
    case THONNX_INT64: for (int64_t i = 0; i < n; i++) r[i] = (real)((const int64_t *)x)[i]; break;   \
    case THONNX_HALF: for (int64_t i = 0; i < n; i++) r[i] = (real)TH_half2float(((const THHalf *)x)[i]); break; \
    case THONNX_BFLOAT16: for (int64_t i = 0; i < n; i++) r[i] = (real)TH_bfloat2float(((const THBFloat16 *)x)[i]); break; \
    default: break;                                                                                \
    }                                                                                              \
  }
WIDEN(f32, float)
WIDEN(f64, double)

static void to_bool(uint8_t *r, THONNXType from, const void *x, int64_t n)
{
  double part[64];
  for (int64_t i = 0; i < n; i += 64) {
    const int64_t m = THMin(n - i, 64);
    to_f64(part, from, (const char *)x + (size_t)i * THOnnx_width(from), m);
    for (int64_t k = 0; k < m; k++) r[i + k] = part[k] != 0;
  }
}

static void convert_16(THONNXType to, void *r, const float *x, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (to == THONNX_HALF) ((THHalf *)r)[i] = TH_float2half(x[i]);
    else ((THBFloat16 *)r)[i] = TH_float2bfloat(x[i]);
}

static void convert_numbers(THONNXType to, void *r, THONNXType from, const void *x, int64_t n)
{
  switch (to) {
  case THONNX_FLOAT: to_f32(r, from, x, n); break;
  case THONNX_DOUBLE: to_f64(r, from, x, n); break;
  case THONNX_UINT8: to_u8(r, from, x, n); break;
  case THONNX_INT8: to_s8(r, from, x, n); break;
  case THONNX_UINT16: to_u16(r, from, x, n); break;
  case THONNX_INT16: to_s16(r, from, x, n); break;
  case THONNX_UINT32: to_u32(r, from, x, n); break;
  case THONNX_INT32: to_s32(r, from, x, n); break;
  case THONNX_UINT64: case THONNX_INT64: to_s64(r, from, x, n); break;
  case THONNX_BOOL: to_bool(r, from, x, n); break;
  default: THOnnx_raise("no conversion from %s to %s", THOnnx_typeName(from), THOnnx_typeName(to));
  }
}

void THOnnx_convert(THONNXType to, void *r, THONNXType from, const void *x, int64_t n)
{
  enum { BLOCK = 256 };
  float part[BLOCK];
  const bool from16 = from == THONNX_HALF || from == THONNX_BFLOAT16, to16 = to == THONNX_HALF || to == THONNX_BFLOAT16;
  if (from == to) {
    if (n) memcpy(r, x, (size_t)n * THOnnx_width(to));
  } else if (to16 || (from16 && to != THONNX_FLOAT && to != THONNX_DOUBLE)) {
    for (int64_t i = 0; i < n; i += BLOCK) {
      const int64_t m = THMin(n - i, (int64_t)BLOCK);
      to_f32(part, from, (const char *)x + (size_t)i * THOnnx_width(from), m);
      char *at = (char *)r + (size_t)i * THOnnx_width(to);
      if (to16) convert_16(to, at, part, m);
      else convert_numbers(to, at, THONNX_FLOAT, part, m);
    }
  } else {
    convert_numbers(to, r, from, x, n);
  }
}

OnnxValue *THOnnx_newCast(OnnxValue *v, THONNXType type)
{
  if (v->type == type) return THOnnx_retain(v);
  THOnnx_check(v->kind == ONNX_TENSOR && v->type != THONNX_STRING, "no conversion from %s to %s", THOnnx_typeName(v->type),
             THOnnx_typeName(type));
  ONNX_AUTO r = THOnnx_new(type, v->ndim, v->size);
  THOnnx_convert(type, r->data, v->type, v->data, v->count);
  return TH_RELEASE(r);
}

int64_t THOnnx_long(const OnnxValue *v, int64_t i)
{
  int64_t r = 0;
  THOnnx_check(v && v->kind == ONNX_TENSOR && v->type != THONNX_STRING && i >= 0 && i < v->count, "a number is expected");
  THOnnx_convert(THONNX_INT64, &r, v->type, (char *)v->data + (size_t)i * THOnnx_width(v->type), 1);
  return r;
}

double THOnnx_double(const OnnxValue *v, int64_t i)
{
  double r = 0;
  THOnnx_check(v && v->kind == ONNX_TENSOR && v->type != THONNX_STRING && i >= 0 && i < v->count, "a number is expected");
  THOnnx_convert(THONNX_DOUBLE, &r, v->type, (char *)v->data + (size_t)i * THOnnx_width(v->type), 1);
  return r;
}

int64_t *THOnnx_newInts(const OnnxValue *v, int *n)
{
  *n = 0;
  if (!v || v->kind != ONNX_TENSOR) return NULL;
  THOnnx_check(v->count < 1 << 20, "too many numbers");
  int64_t *r = THAlloc((ptrdiff_t)(v->count + 1) * (ptrdiff_t)sizeof *r);
  for (int64_t i = 0; i < v->count; i++) r[i] = THOnnx_long(v, i);
  *n = (int)v->count;
  return r;
}

/* ---- shapes ---- */

int THOnnx_axis(int64_t axis, int ndim)
{
  THOnnx_check(axis >= -ndim && axis < ndim, "axis %lld is out of range of %d dimensions", (long long)axis, ndim);
  return (int)(axis < 0 ? axis + ndim : axis);
}

int THOnnx_broadcast(int n, OnnxValue *const *v, int64_t *size)
{
  int ndim = 0;
  for (int i = 0; i < n; i++) ndim = THMax(ndim, v[i]->ndim);
  for (int d = 0; d < ndim; d++) size[d] = 1;
  for (int i = 0; i < n; i++)
    for (int d = 0; d < v[i]->ndim; d++) {
      const int64_t s = v[i]->size[d];
      int64_t *r = &size[d + ndim - v[i]->ndim];
      if (*r == 1) *r = s;
      THOnnx_check(s == *r || s == 1, "shapes %s and %s do not go together", _THSizeDesc(v[0]->size, v[0]->ndim).str,
                 _THSizeDesc(v[i]->size, v[i]->ndim).str);
    }
  return ndim;
}

#define COPY_ROW(real)                                                                             \
  for (int64_t i = 0; i < n; i++) ((real *)r)[i] = ((const real *)x)[i * stride]

static void copy_row(void *r, const void *x, int64_t n, int64_t stride, size_t width)
{
  if (stride == 1) {
    memcpy(r, x, (size_t)n * width);
    return;
  }
  switch (width) {
  case 1: COPY_ROW(uint8_t); break;
  case 2: COPY_ROW(uint16_t); break;
  case 4: COPY_ROW(uint32_t); break;
  default: COPY_ROW(uint64_t); break;
  }
}

typedef struct Copy {
  char *r;
  const char *x;
  int ndim;
  int64_t size[ONNX_DIMS], stride[ONNX_DIMS];
  size_t width;
} Copy;

static void copy_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Copy *c = arg;
  const int inner = c->ndim - 1;
  (void)worker;
  int64_t at[ONNX_DIMS], offset = 0, rest = first;
  for (int d = inner - 1; d >= 0; d--) {
    at[d] = rest % c->size[d];
    rest /= c->size[d];
    offset += at[d] * c->stride[d];
  }
  for (int64_t row = first; row < last; row++) {
    copy_row(c->r + (size_t)(row * c->size[inner]) * c->width, c->x + offset * (int64_t)c->width, c->size[inner],
             c->stride[inner], c->width);
    for (int d = inner - 1; d >= 0; d--) {
      offset += c->stride[d];
      if (++at[d] < c->size[d]) break;
      offset -= at[d] * c->stride[d];
      at[d] = 0;
    }
  }
}

static void *refuse(void *context, ptrdiff_t size)
{
  (void)context, (void)size;
  THOnnx_raise("a borrowed tensor cannot grow");
}
static void leave(void *context, void *data) { (void)context, (void)data; }
static THAllocator borrowed = {refuse, NULL, leave};

THAnyTensor *THOnnx_newView(THType type, const void *data, int ndim, const int64_t *size, const int64_t *stride)
{
  int64_t last = 0;
  for (int d = 0; d < ndim; d++) last = stride ? last + (size[d] - 1) * stride[d] : (last + 1) * size[d] - 1;
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithDataAndAllocator(type, (void *)data, last + 1, &borrowed, NULL);
  return THAnyTensor_newWithStorageNd(type, s, 0, ndim, size, stride);
}

/* Elements that lie side by side in r do not in x, but others do: TH copies such by tiles. */
enum { MANY_MOVED = 2048 };
static bool copy_by_tiles(const Copy *c)
{
  const THType type = c->width == 1 ? TH_BYTE : c->width == 2 ? TH_SHORT : c->width == 4 ? TH_INT : TH_LONG;
  int64_t least = INT64_MAX, count = 1;
  for (int d = 0; d < c->ndim; d++) {
    least = THMin(least, c->stride[d]);
    count *= c->size[d];
  }
  if (least != 1 || c->stride[c->ndim - 1] == 1 || count < MANY_MOVED) return false;
  TH_AUTO(THAnyTensor) r = THOnnx_newView(type, c->r, c->ndim, c->size, NULL);
  TH_AUTO(THAnyTensor) x = THOnnx_newView(type, c->x, c->ndim, c->size, c->stride);
  THAnyTensor_copy(r, x);
  return true;
}

void THOnnx_copyStrided(void *r, const void *x, int ndim, const int64_t *size, const int64_t *stride, size_t width)
{
  Copy c = {.r = r, .x = x, .width = width};
  for (int d = 0; d < ndim; d++) { /* neighbours that lie as one become one */
    if (size[d] == 0) return;
    if (size[d] == 1) continue;
    if (c.ndim && c.stride[c.ndim - 1] == size[d] * stride[d]) {
      c.size[c.ndim - 1] *= size[d];
      c.stride[c.ndim - 1] = stride[d];
    } else {
      c.size[c.ndim] = size[d];
      c.stride[c.ndim++] = stride[d];
    }
  }
  if (!c.ndim) c.size[c.ndim] = 1, c.stride[c.ndim++] = 1;
  if (copy_by_tiles(&c)) return;
  const int64_t rows = THOnnx_product(c.size, c.ndim - 1);
  TH_parallel(rows, TH_pieceFor(rows, (double)c.size[c.ndim - 1]), copy_rows, &c);
}

OnnxValue *THOnnx_newExpanded(OnnxValue *v, int ndim, const int64_t *size)
{
  bool same = v->ndim == ndim;
  for (int d = 0; d < ndim && same; d++) same = v->size[d] == size[d];
  if (same) return THOnnx_retain(v);
  int64_t stride[ONNX_DIMS] = {0}, step = 1;
  for (int d = v->ndim - 1; d >= 0; d--) {
    stride[d + ndim - v->ndim] = v->size[d] == 1 ? 0 : step;
    step *= v->size[d];
  }
  ONNX_AUTO r = THOnnx_new(v->type, ndim, size);
  THOnnx_copyStrided(r->data, v->data, ndim, size, stride, THOnnx_width(v->type));
  if (v->type == THONNX_STRING && r->buffer) THOnnx_keep(r->buffer, v->buffer);
  return TH_RELEASE(r);
}

OnnxValue *THOnnx_newTransposed(OnnxValue *v, const int *order)
{
  int64_t size[ONNX_DIMS], stride[ONNX_DIMS], own[ONNX_DIMS], step = 1;
  for (int d = v->ndim - 1; d >= 0; d--) {
    own[d] = step;
    step *= v->size[d];
  }
  for (int d = 0; d < v->ndim; d++) {
    size[d] = v->size[order[d]];
    stride[d] = own[order[d]];
  }
  ONNX_AUTO r = THOnnx_new(v->type, v->ndim, size);
  THOnnx_copyStrided(r->data, v->data, v->ndim, size, stride, THOnnx_width(v->type));
  if (v->type == THONNX_STRING && r->buffer) THOnnx_keep(r->buffer, v->buffer);
  return TH_RELEASE(r);
}
