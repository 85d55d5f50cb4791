/* Types changed, and integers that stand for numbers: quantisation. Products of int8 and uint8 stay integers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "ops.h"

/* ---- Cast ---- */

static OnnxValue *new_texts(OnnxValue *x)
{
  ONNX_AUTO r = THOnnx_newStrings(x->ndim, x->size);
  char buffer[48];
  for (int64_t i = 0; i < x->count; i++) {
    const double v = THOnnx_double(x, i);
    if (!THOnnx_isFloating(x->type)) snprintf(buffer, sizeof buffer, "%lld", (long long)THOnnx_long(x, i));
    else if (isnan(v) || isinf(v)) snprintf(buffer, sizeof buffer, "%s", isnan(v) ? "NaN" : v > 0 ? "INF" : "-INF");
    else snprintf(buffer, sizeof buffer, x->type == THONNX_DOUBLE ? "%.17g" : "%.9g", v);
    for (int digits = 1; digits < 17 && THOnnx_isFloating(x->type) && isfinite(v); digits++) { /* the shortest that reads back */
      snprintf(buffer, sizeof buffer, "%.*g", digits, v);
      if (x->type == THONNX_DOUBLE ? strtod(buffer, NULL) == v : strtof(buffer, NULL) == (float)v) break;
    }
    THOnnx_setString(r, i, buffer);
  }
  return TH_RELEASE(r);
}

static OnnxValue *new_parsed(OnnxValue *x, THONNXType type)
{
  ONNX_AUTO r = THOnnx_new(type, x->ndim, x->size);
  for (int64_t i = 0; i < x->count; i++) {
    const char *s = ((char **)x->data)[i];
    char *end = NULL;
    const double v = strtod(s ? s : "", &end);
    THOnnx_check(s && *s && !*end, "'%s' is no number", s ? s : "");
    THOnnx_convert(type, (char *)r->data + (size_t)i * THOnnx_width(type), THONNX_DOUBLE, &v, 1);
  }
  return TH_RELEASE(r);
}

static OnnxValue *new_cast(OnnxValue *x, THONNXType type)
{
  if (x->type == type) return THOnnx_retain(x);
  if (type == THONNX_STRING) return new_texts(x);
  if (x->type == THONNX_STRING) return new_parsed(x, type);
  return THOnnx_newCast(x, type);
}
static void op_cast(OnnxCall *c) { THOnnx_give(c, 0, new_cast(c->in[0], (THONNXType)THOnnx_int(c->node, "to", 0))); }
static void op_castLike(OnnxCall *c) { THOnnx_give(c, 0, new_cast(c->in[0], c->in[1]->type)); }

/* ---- to integers and back ---- */

typedef struct Scales { /* of a tensor: one, one a slice along an axis, or one a block */
  int64_t inner, n, block, blocks;
  const OnnxValue *scale, *zero;
} Scales;

static Scales scales_of(const OnnxCall *c, const OnnxValue *x, OnnxValue *scale, OnnxValue *zero)
{
  Scales s = {.inner = 1, .n = 1, .block = 0, .scale = scale, .zero = zero};
  if (scale->count <= 1 && scale->ndim <= 1) return s;
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", 1), x->ndim);
  s.inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 1);
  s.n = x->size[axis];
  s.block = THOnnx_int(c->node, "block_size", 0);
  if (s.block) {
    s.blocks = (s.n + s.block - 1) / s.block;
    THOnnx_check(scale->ndim == x->ndim && scale->size[axis] == s.blocks && scale->count * s.n == x->count * s.blocks, "scales do not fit");
  } else {
    THOnnx_check(scale->count == s.n, "%lld scales for %lld slices", (long long)scale->count, (long long)s.n);
  }
  THOnnx_check(!zero || zero->count == scale->count, "zero points do not fit the scales");
  return s;
}
static int64_t scale_at(const Scales *s, int64_t i)
{
  if (s->scale->count == 1) return 0;
  const int64_t k = i / s->inner % s->n;
  if (!s->block) return k;
  return (i / (s->inner * s->n) * s->blocks + k / s->block) * s->inner + i % s->inner;
}

static void type_range(THONNXType type, double *low, double *high)
{
  switch (type) {
  case THONNX_INT8: *low = -128, *high = 127; break;
  case THONNX_INT16: *low = -32768, *high = 32767; break;
  case THONNX_UINT16: *low = 0, *high = 65535; break;
  case THONNX_INT32: *low = -2147483648.0, *high = 2147483647.0; break;
  case THONNX_UINT8: *low = 0, *high = 255; break;
  default: THOnnx_raise("integers of type %s are not supported", THOnnx_typeName(type));
  }
}

static void put_rounded(OnnxValue *r, int64_t i, double v, double low, double high)
{
  v = v < low ? low : v > high ? high : v;
  THOnnx_convert(r->type, (char *)r->data + (size_t)i * THOnnx_width(r->type), THONNX_DOUBLE, &v, 1);
}

static void op_quantize(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *scale = c->in[1], *zero = THOnnx_in(c, 2);
  const int64_t wanted = THOnnx_int(c->node, "output_dtype", 0);
  const THONNXType type = zero ? zero->type : wanted ? (THONNXType)wanted : THONNX_UINT8;
  const Scales s = scales_of(c, x, scale, zero);
  OnnxValue *r = THOnnx_make(c, 0, type, x->ndim, x->size);
  double low, high;
  type_range(type, &low, &high);
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t k = scale_at(&s, i);
    const float v = rintf((float)THOnnx_double(x, i) / (float)THOnnx_double(scale, k));
    put_rounded(r, i, (double)v + (zero ? THOnnx_double(zero, k) : 0), low, high);
  }
}

static void op_dequantize(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *scale = c->in[1], *zero = THOnnx_in(c, 2);
  const Scales s = scales_of(c, x, scale, zero);
  OnnxValue *r = THOnnx_make(c, 0, scale->type, x->ndim, x->size);
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t k = scale_at(&s, i);
    const double v = (THOnnx_double(x, i) - (zero ? THOnnx_double(zero, k) : 0)) * THOnnx_double(scale, k);
    THOnnx_convert(r->type, (char *)r->data + (size_t)i * THOnnx_width(r->type), THONNX_DOUBLE, &v, 1);
  }
}

static TH_KERNEL void range_of(const float *x, int64_t n, float *low, float *high)
{
  float a = 0, b = 0;
  for (int64_t i = 0; i < n; i++) {
    a = x[i] < a ? x[i] : a;
    b = x[i] > b ? x[i] : b;
  }
  *low = a;
  *high = b;
}
static TH_KERNEL void to_bytes(uint8_t *r, const float *x, int64_t n, float scale, float zero)
{
  for (int64_t i = 0; i < n; i++) {
    float v = __builtin_rintf(x[i] / scale) + zero;
    v = v < 0 ? 0 : v > 255 ? 255 : v;
    r[i] = (uint8_t)(int)v;
  }
}

static void op_dynamicQuantize(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  THOnnx_check(x->type == THONNX_FLOAT, "floats are expected");
  OnnxValue *r = THOnnx_make(c, 0, THONNX_UINT8, x->ndim, x->size), *s = THOnnx_make(c, 1, THONNX_FLOAT, 0, NULL),
            *z = THOnnx_make(c, 2, THONNX_UINT8, 0, NULL);
  float low, high;
  range_of(x->data, x->count, &low, &high);
  float scale = (high - low) / 255;
  if (scale == 0) scale = 1;
  const float zero = rintf(THMax(0, THMin(255, -low / scale)));
  to_bytes(r->data, x->data, x->count, scale, zero);
  *(float *)s->data = scale;
  *(uint8_t *)z->data = (uint8_t)zero;
}

/* ---- products of integers ---- */

/* x and y less their zero points, as int64, multiplied: exact. */
static OnnxValue *new_centred(OnnxValue *x, OnnxValue *zero, bool by_row)
{
  ONNX_AUTO wide = THOnnx_new(THONNX_INT32, x->ndim, x->size);
  THOnnx_convert(THONNX_INT32, wide->data, x->type, x->data, x->count);
  if (!zero) return TH_RELEASE(wide);
  int32_t *v = wide->data;
  const int64_t columns = x->ndim ? x->size[x->ndim - 1] : 1, rows = x->ndim > 1 ? x->size[x->ndim - 2] : 1;
  THOnnx_check(zero->count == 1 || zero->count == (by_row ? rows : columns) || zero->count * columns == x->count, "zero points do not fit");
  for (int64_t i = 0; i < x->count; i++) {
    const int64_t k = zero->count == 1 ? 0 : by_row ? i / columns % zero->count : zero->count == columns ? i % columns : i / (rows * columns) * columns + i % columns;
    v[i] -= (int32_t)THOnnx_long(zero, k);
  }
  return TH_RELEASE(wide);
}

typedef struct Product {
  const uint8_t *a;
  const int8_t *b;
  bool aSigned, bSigned;
  int32_t *r, za, zb, *sums; /* sums: of b's columns */
  int64_t m, n, k;
} Product;

/* r[j] += a * b[j], b signed or not */
static TH_KERNEL void add_scaled_s8(int32_t *r, const int8_t *b, int64_t n, int32_t a)
{
  for (int64_t j = 0; j < n; j++) r[j] += a * b[j];
}
static TH_KERNEL void add_scaled_u8(int32_t *r, const uint8_t *b, int64_t n, int32_t a)
{
  for (int64_t j = 0; j < n; j++) r[j] += a * b[j];
}
/* two rows of b at a time, by pairs of 16-bit products */
static TH_KERNEL void add_scaled4_s8(int32_t *r, const int8_t *b, int64_t stride, int64_t n, const int32_t *a)
{
  const int8_t *b1 = b + stride, *b2 = b1 + stride, *b3 = b2 + stride;
  const int32_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
  for (int64_t j = 0; j < n; j++) r[j] += a0 * b[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
}

static int32_t element(const Product *p, int64_t i)
{
  return p->aSigned ? ((const int8_t *)p->a)[i] : p->a[i];
}

static void product_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Product *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    int32_t *r = p->r + i * p->n, sum = 0;
    memset(r, 0, (size_t)p->n * sizeof *r);
    int64_t l = 0;
    for (; l + 4 <= p->k && p->bSigned; l += 4) {
      int32_t a[4];
      for (int t = 0; t < 4; t++) {
        a[t] = element(p, i * p->k + l + t) - p->za;
        sum += a[t];
      }
      add_scaled4_s8(r, p->b + l * p->n, p->n, p->n, a);
    }
    for (; l < p->k; l++) {
      const int32_t a = element(p, i * p->k + l) - p->za;
      sum += a;
      if (p->bSigned) add_scaled_s8(r, p->b + l * p->n, p->n, a);
      else add_scaled_u8(r, (const uint8_t *)p->b + l * p->n, p->n, a);
    }
    for (int64_t j = 0; j < p->n && p->zb; j++) r[j] -= p->zb * sum;
  }
}

static bool is_byte(THONNXType t) { return t == THONNX_INT8 || t == THONNX_UINT8; }

/* One matrix of bytes on the right, and one zero point each. */
static OnnxValue *new_byte_product(OnnxValue *x, OnnxValue *y, OnnxValue *zx, OnnxValue *zy)
{
  const int64_t k = y->size[0], n = y->size[1];
  THOnnx_check(x->size[x->ndim - 1] == k, "%s and %s cannot be multiplied", _THSizeDesc(x->size, x->ndim).str, _THSizeDesc(y->size, 2).str);
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d == x->ndim - 1 ? n : x->size[d];
  OnnxValue *r = THOnnx_new(THONNX_INT32, x->ndim, size);
  Product p = {.a = x->data, .b = y->data, .aSigned = x->type == THONNX_INT8, .bSigned = y->type == THONNX_INT8, .r = r->data,
               .za = zx ? (int32_t)THOnnx_long(zx, 0) : 0, .zb = zy ? (int32_t)THOnnx_long(zy, 0) : 0, .n = n, .k = k};
  const int64_t rows = THOnnx_product(x->size, x->ndim - 1);
  if (r->count) TH_parallel(rows, TH_pieceFor(rows, (double)n * (double)k / 4), product_rows, &p);
  return r;
}

OnnxValue *THOnnx_newIntegerProduct(OnnxValue *x, OnnxValue *y, OnnxValue *zx, OnnxValue *zy)
{
  const bool simple = (!zx || zx->count == 1) && (!zy || zy->count == 1);
  if (simple && is_byte(x->type) && is_byte(y->type) && y->ndim == 2 && x->ndim >= 2) return new_byte_product(x, y, zx, zy);
  ONNX_AUTO a = new_centred(x, zx, true);
  ONNX_AUTO b = new_centred(y, zy, false);
  ONNX_AUTO r = THOnnx_newMatmul(a, b);
  return THOnnx_newCast(r, THONNX_INT32);
}

static void op_matmulInteger(OnnxCall *c)
{
  THOnnx_give(c, 0, THOnnx_newIntegerProduct(c->in[0], c->in[1], THOnnx_in(c, 2), THOnnx_in(c, 3)));
}

/* Integers as scaled by `scale` (one, or one a column), in the type of zero. */
static OnnxValue *new_requantised(const OnnxValue *v, const double *scale, int64_t nscale, int64_t inner, const OnnxValue *zero)
{
  OnnxValue *r = THOnnx_new(zero->type, v->ndim, v->size);
  double low, high;
  type_range(zero->type, &low, &high);
  const double z = THOnnx_double(zero, 0);
  for (int64_t i = 0; i < r->count; i++)
    put_rounded(r, i, rint(THOnnx_double(v, i) * scale[nscale == 1 ? 0 : i / inner % nscale]) + z, low, high);
  return r;
}

static void op_qlinearMatMul(OnnxCall *c)
{
  ONNX_AUTO product = THOnnx_newIntegerProduct(c->in[0], c->in[3], c->in[2], c->in[5]);
  THOnnx_check(c->in[1]->count == 1 && c->in[4]->count == 1 && c->in[6]->count == 1, "one scale each is supported");
  const double scale = THOnnx_double(c->in[1], 0) * THOnnx_double(c->in[4], 0) / THOnnx_double(c->in[6], 0);
  THOnnx_give(c, 0, new_requantised(product, &scale, 1, 1, c->in[7]));
}

/* ---- convolutions of integers: exact in floats as long as sums stay below 2^24, in doubles otherwise. Floats here. ---- */

static OnnxValue *new_floats_less(OnnxValue *v, OnnxValue *zero)
{
  ONNX_AUTO centred = new_centred(v, zero && zero->count == 1 ? zero : NULL, false);
  if (zero && zero->count > 1) { /* one a plane of outputs */
    THOnnx_check(zero->count == v->size[0], "zero points do not fit");
    const int64_t each = v->count / v->size[0];
    for (int64_t i = 0; i < v->count; i++) ((int32_t *)centred->data)[i] -= (int32_t)THOnnx_long(zero, i / each);
  }
  return THOnnx_newFloats(centred);
}

static OnnxValue *new_integer_conv(OnnxCall *c, OnnxValue *x, OnnxValue *w, OnnxValue *zx, OnnxValue *zw)
{
  const OnnxOp *conv = THOnnx_findOp("", "Conv", 11);
  ONNX_AUTO a = new_floats_less(x, zx);
  ONNX_AUTO b = new_floats_less(w, zw);
  OnnxValue *in[] = {a, b}, *out[] = {NULL};
  OnnxCall inner = {c->node, 2, 1, in, out, c->scope};
  conv->run(&inner);
  return out[0];
}

static void op_convInteger(OnnxCall *c)
{
  ONNX_AUTO r = new_integer_conv(c, c->in[0], c->in[1], THOnnx_in(c, 2), THOnnx_in(c, 3));
  THOnnx_give(c, 0, THOnnx_newCast(r, THONNX_INT32));
}

static void op_qlinearConv(OnnxCall *c)
{
  ONNX_AUTO r = new_integer_conv(c, c->in[0], c->in[3], c->in[2], c->in[5]);
  const int64_t n = c->in[4]->count, inner = THOnnx_product(r->size + 2, r->ndim - 2), planes = r->size[1];
  THOnnx_check(n == 1 || n == planes, "%lld scales for %lld planes", (long long)n, (long long)planes);
  if (THOnnx_in(c, 8))
    for (int64_t i = 0; i < r->count; i++) ((float *)r->data)[i] += (float)THOnnx_long(c->in[8], i / inner % planes);
  ONNX_AUTO_MEM double *scale = THOnnx_scratch((n + 1) * (ptrdiff_t)sizeof *scale);
  for (int64_t i = 0; i < n; i++) scale[i] = (double)((float)THOnnx_double(c->in[1], 0) * (float)THOnnx_double(c->in[4], i)) / THOnnx_double(c->in[6], 0);
  THOnnx_give(c, 0, new_requantised(r, scale, n, inner, c->in[7]));
}

const OnnxOp THOnnx_quantOps[] = {
  {"Cast", op_cast, 1, 0, 1, 1, ONNX_HALVES, NULL},
  {"CastLike", op_castLike, 15, 0, 2, 2, ONNX_HALVES, NULL},
  {"QuantizeLinear", op_quantize, 10, 0, 2, 3, ONNX_HALVES, NULL},
  {"DequantizeLinear", op_dequantize, 10, 0, 2, 3, ONNX_HALVES, NULL},
  {"DynamicQuantizeLinear", op_dynamicQuantize, 11, 0, 1, 1, 0, NULL},
  {"MatMulInteger", op_matmulInteger, 10, 0, 2, 4, 0, NULL},
  {"QLinearMatMul", op_qlinearMatMul, 10, 0, 8, 8, ONNX_HALVES, NULL},
  {"ConvInteger", op_convInteger, 10, 0, 2, 4, 0, NULL},
  {"QLinearConv", op_qlinearConv, 10, 0, 8, 9, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
