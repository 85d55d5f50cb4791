/* Operators element by element. Types that TH has no loops for (uint16, uint32, uint64, bool) are done as others. */
#include <math.h>
#include "ops.h"
#include "THAnyStorage.h"

/* ---- running loops ---- */

typedef struct Pairs {
  THLoop loop;
  char *r;
  const char *x[2];
  size_t width[3]; /* of r, x, y */
  int ndim;
  int64_t size[ONNX_DIMS], stride[2][ONNX_DIMS]; /* in elements */
  _Alignas(16) char arg[16];
} Pairs;

static void run_inner(const Pairs *p, int64_t r, int64_t x, int64_t y, int64_t n)
{
  const int inner = p->ndim - 1;
  char *const base[] = {p->r + r * (int64_t)p->width[0], (char *)p->x[0] + x * (int64_t)p->width[1],
                        (char *)p->x[1] + y * (int64_t)p->width[2]};
  const int64_t stride[] = {(int64_t)p->width[0], p->stride[0][inner] ? (int64_t)p->width[1] : 0,
                            p->stride[1][inner] ? (int64_t)p->width[2] : 0};
  p->loop(base, stride, n, p->arg);
}

static void run_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pairs *p = arg;
  const int inner = p->ndim - 1;
  int64_t at[ONNX_DIMS], x = 0, y = 0, rest = first;
  (void)worker;
  for (int d = inner - 1; d >= 0; d--) {
    at[d] = rest % p->size[d];
    rest /= p->size[d];
    x += at[d] * p->stride[0][d];
    y += at[d] * p->stride[1][d];
  }
  for (int64_t row = first; row < last; row++) {
    run_inner(p, row * p->size[inner], x, y, p->size[inner]);
    for (int d = inner - 1; d >= 0; d--) {
      x += p->stride[0][d];
      y += p->stride[1][d];
      if (++at[d] < p->size[d]) break;
      x -= at[d] * p->stride[0][d];
      y -= at[d] * p->stride[1][d];
      at[d] = 0;
    }
  }
}

static void run_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pairs *p = arg;
  (void)worker;
  run_inner(p, first, p->stride[0][0] ? first : 0, p->stride[1][0] ? first : 0, last - first);
}

static void own_strides(const OnnxValue *v, int ndim, int64_t *stride)
{
  int64_t step = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    const int own = d - (ndim - v->ndim);
    const int64_t size = own >= 0 ? v->size[own] : 1;
    stride[d] = size == 1 ? 0 : step;
    step *= size;
  }
}

/* Dimensions that all operands step through as one become one. */
static void plan(Pairs *p, int ndim, const int64_t *size, const int64_t *sx, const int64_t *sy)
{
  p->ndim = 0;
  for (int d = 0; d < ndim; d++) {
    if (size[d] == 1) continue;
    const int k = p->ndim - 1;
    if (k >= 0 && p->stride[0][k] == size[d] * sx[d] && p->stride[1][k] == size[d] * sy[d]) {
      p->size[k] *= size[d];
      p->stride[0][k] = sx[d];
      p->stride[1][k] = sy[d];
    } else {
      p->size[p->ndim] = size[d];
      p->stride[0][p->ndim] = sx[d];
      p->stride[1][p->ndim++] = sy[d];
    }
  }
  if (!p->ndim) p->size[0] = 1, p->stride[0][0] = p->stride[1][0] = 1, p->ndim = 1;
}

enum { WORK = 1 };
static void run_pairs(Pairs *p, OnnxValue *r, OnnxValue *x, OnnxValue *y)
{
  int64_t sx[ONNX_DIMS], sy[ONNX_DIMS];
  if (!r->count) return;
  own_strides(x, r->ndim, sx);
  own_strides(y, r->ndim, sy);
  plan(p, r->ndim, r->size, sx, sy);
  p->r = r->data;
  p->x[0] = x->data;
  p->x[1] = y->data;
  p->width[0] = THOnnx_width(r->type);
  p->width[1] = THOnnx_width(x->type);
  p->width[2] = THOnnx_width(y->type);
  const int64_t rows = THOnnx_product(p->size, p->ndim - 1);
  if (p->ndim == 1) TH_parallel(p->size[0], TH_pieceFor(p->size[0], WORK), run_piece, p);
  else TH_parallel(rows, TH_pieceFor(rows, (double)p->size[p->ndim - 1] * WORK), run_rows, p);
}

/* The type in which such elements are computed. */
static THONNXType type_as(THONNXType type)
{
  switch (type) {
  case THONNX_BOOL: return THONNX_UINT8;
  case THONNX_UINT16: case THONNX_UINT32: case THONNX_UINT64: return THONNX_INT64;
  default: return type;
  }
}

static void put_arg(void *arg, THONNXType type, double s, double t)
{
  const THType th = THOnnx_thType(type);
  THScalar_store(th, arg, THScalar_fromDouble(s));
  THScalar_store(th, (char *)arg + THType_size(th), THScalar_fromDouble(t));
}

static OnnxValue *retyped(OnnxValue *v, THONNXType as)
{
  if (v->type != THONNX_BOOL) return THOnnx_newCast(v, as);
  return THOnnx_newOver(as, v->ndim, v->size, v->data, v->buffer);
}

static THLoop loop_for(THMapLine line, THONNXType type)
{
  const THType th = THOnnx_thType(type);
  const THLoop loop = th == TH_NTYPES ? NULL : THKernel_line(line, th).loop;
  THOnnx_check(loop, "not for elements of type %s", THOnnx_typeName(type));
  return loop;
}

static void check_same(const OnnxValue *x, const OnnxValue *y)
{
  THOnnx_check(x->kind == ONNX_TENSOR && y->kind == ONNX_TENSOR, "tensors are expected");
  THOnnx_check(x->type == y->type, "inputs of types %s and %s", THOnnx_typeName(x->type), THOnnx_typeName(y->type));
}

static bool has_shape(const OnnxValue *v, int ndim, const int64_t *size)
{
  bool same = v->ndim == ndim;
  for (int d = 0; d < ndim && same; d++) same = v->size[d] == size[d];
  return same;
}

/* The result may have the memory of x or y where that is said. */
static OnnxValue *new_pairs(THMapLine line, OnnxValue *x, OnnxValue *y, bool overX, bool overY)
{
  check_same(x, y);
  const THONNXType as = type_as(x->type);
  ONNX_AUTO a = as == x->type ? THOnnx_retain(x) : retyped(x, as);
  ONNX_AUTO b = as == y->type ? THOnnx_retain(y) : retyped(y, as);
  int64_t size[ONNX_DIMS];
  const int ndim = THOnnx_broadcast(2, (OnnxValue *[]){a, b}, size);
  Pairs p = {.loop = loop_for(line, as)};
  put_arg(p.arg, as, 1, 0); /* x + 1 * y, x - 1 * y */
  OnnxValue *over = as != x->type ? NULL : overX && has_shape(x, ndim, size) ? x : overY && has_shape(y, ndim, size) ? y : NULL;
  ONNX_AUTO r = over ? THOnnx_retain(over) : THOnnx_new(as, ndim, size);
  run_pairs(&p, r, a, b);
  if (as == x->type) return TH_RELEASE(r);
  if (x->type == THONNX_BOOL) r->type = THONNX_BOOL;
  return THOnnx_newCast(r, x->type);
}
OnnxValue *THOnnx_newPairs(THMapLine line, OnnxValue *x, OnnxValue *y) { return new_pairs(line, x, y, false, false); }

typedef struct Mapped {
  THLoop loop;
  char *r;
  const char *x;
  int64_t width;
  _Alignas(16) char arg[16];
} Mapped;

static void run_mapped(const void *arg, int64_t first, int64_t last, int worker)
{
  const Mapped *m = arg;
  (void)worker;
  char *const base[] = {m->r + first * m->width, (char *)m->x + first * m->width};
  const int64_t stride[] = {m->width, m->width};
  m->loop(base, stride, last - first, m->arg);
}


enum { MAP_WORK = 6 };
void THOnnx_mapFloats(THMapLine line, float *r, const float *x, int64_t n, double s, double t)
{
  Mapped m = {.loop = loop_for(line, THONNX_FLOAT), .r = (char *)r, .x = (const char *)x, .width = sizeof(float)};
  put_arg(m.arg, THONNX_FLOAT, s, t);
  TH_parallel(n, TH_pieceFor(n, MAP_WORK), run_mapped, &m);
}

static OnnxValue *new_mapped(THMapLine line, OnnxValue *x, double s, double t, bool over)
{
  THOnnx_check(x->kind == ONNX_TENSOR, "a tensor is expected");
  const THONNXType as = type_as(x->type);
  ONNX_AUTO a = as == x->type ? THOnnx_retain(x) : retyped(x, as);
  Mapped m = {.loop = loop_for(line, as), .width = (int64_t)THOnnx_width(as)};
  put_arg(m.arg, as, s, t);
  ONNX_AUTO r = over && as == x->type ? THOnnx_retain(x) : THOnnx_new(as, x->ndim, x->size);
  m.r = r->data;
  m.x = a->data;
  if (r->count) TH_parallel(r->count, TH_pieceFor(r->count, MAP_WORK), run_mapped, &m);
  if (as == x->type) return TH_RELEASE(r);
  return THOnnx_newCast(r, x->type);
}

OnnxValue *THOnnx_newMapped(THMapLine line, OnnxValue *x, double s, double t) { return new_mapped(line, x, s, t, false); }

/* ---- two inputs ---- */

/* Opsets below 7 lined the second input up with an axis of the first. */
static OnnxValue *new_lined_up(const OnnxCall *c, OnnxValue *x, OnnxValue *y)
{
  const OnnxAttribute *axis = c->node->version < 7 ? THOnnx_attribute(c->node, "axis") : NULL;
  if (!axis || y->ndim == 0) return THOnnx_retain(y);
  const int first = THOnnx_axis(axis->i, x->ndim);
  int64_t size[ONNX_DIMS];
  THOnnx_check(first + y->ndim <= x->ndim, "the second input has more dimensions than are there from axis %d on", first);
  for (int d = first; d < x->ndim; d++) size[d - first] = d - first < y->ndim ? y->size[d - first] : 1;
  return THOnnx_newShaped(y, x->ndim - first, size);
}

static void pairs(OnnxCall *c, THMapLine line)
{
  const bool overX = THOnnx_isDying(c, 0), overY = THOnnx_isDying(c, 1);
  ONNX_AUTO y = new_lined_up(c, c->in[0], c->in[1]);
  THOnnx_give(c, 0, new_pairs(line, c->in[0], y, overX, overY && y == c->in[1]));
}
#define PAIRS(name) static void op_##name(OnnxCall *c) { pairs(c, TH_MAP_LINE(c##name)); }
PAIRS(add) PAIRS(sub) PAIRS(mul) PAIRS(div) PAIRS(bitand) PAIRS(bitor) PAIRS(bitxor)

static void op_mod(OnnxCall *c)
{
  const bool floating = THOnnx_isFloating(c->in[0]->type);
  pairs(c, THOnnx_int(c->node, "fmod", 0) ? TH_MAP_LINE(cfmod) : floating ? ONNX_LINE(mod) : TH_MAP_LINE(cremainder));
}
/* TH shifts zeros in: bits of negative numbers are turned over before and after. */
static OnnxValue *new_signed_shift(OnnxValue *x, OnnxValue *y)
{
  ONNX_AUTO sign = THOnnx_newMapped(TH_MAP_LINE(sign), x, 0, 0);
  ONNX_AUTO mask = THOnnx_newMapped(TH_MAP_LINE(cminValue), sign, 0, 0);
  ONNX_AUTO turned = THOnnx_newPairs(TH_MAP_LINE(cbitxor), x, mask);
  ONNX_AUTO shifted = THOnnx_newPairs(TH_MAP_LINE(crshift), turned, y);
  return THOnnx_newPairs(TH_MAP_LINE(cbitxor), shifted, mask);
}
static void op_shift(OnnxCall *c)
{
  const char *direction = THOnnx_string(c->node, "direction", "LEFT");
  const THONNXType type = c->in[0]->type;
  const bool is_signed = type == THONNX_INT8 || type == THONNX_INT16 || type == THONNX_INT32 || type == THONNX_INT64;
  if (strcmp(direction, "RIGHT")) pairs(c, TH_MAP_LINE(clshift));
  else if (is_signed) THOnnx_give(c, 0, new_signed_shift(c->in[0], c->in[1]));
  else pairs(c, TH_MAP_LINE(crshift));
}

static void op_pow(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  if (THOnnx_isFloating(x->type) && c->in[1]->count == 1 && c->in[1]->ndim <= x->ndim) {
    const double p = THOnnx_double(c->in[1], 0);
    if (p == 2) {
      THOnnx_give(c, 0, THOnnx_newPairs(TH_MAP_LINE(cmul), x, x));
      return;
    }
    if (p == 0.5) {
      THOnnx_give(c, 0, THOnnx_newMapped(TH_MAP_LINE(sqrt), x, 0, 0));
      return;
    }
  }
  /* integers to the power of fractions */
  const bool mixed = !THOnnx_isFloating(x->type) && THOnnx_isFloating(c->in[1]->type);
  const THONNXType as = mixed ? THONNX_DOUBLE : x->type;
  ONNX_AUTO base = THOnnx_newCast(x, as);
  ONNX_AUTO exponent = THOnnx_newCast(c->in[1], as);
  ONNX_AUTO r = THOnnx_newPairs(TH_MAP_LINE(cpow), base, exponent);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

static void op_prelu(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *slope = c->in[1];
  if (THOnnx_isFloating(x->type)) {
    if (slope->ndim == 1 && slope->size[0] > 1 && c->node->version < 7 && x->ndim > 1) {
      int64_t size[ONNX_DIMS] = {slope->size[0], 1, 1, 1, 1, 1, 1, 1, 1, 1};
      ONNX_AUTO planes = THOnnx_newShaped(slope, x->ndim - 1, size);
      THOnnx_give(c, 0, THOnnx_newPairs(ONNX_LINE(prelu), x, planes));
    } else {
      THOnnx_give(c, 0, THOnnx_newPairs(ONNX_LINE(prelu), x, slope));
    }
    return;
  }
  ONNX_AUTO a = THOnnx_newCast(x, THONNX_DOUBLE);
  ONNX_AUTO b = THOnnx_newCast(slope, THONNX_DOUBLE);
  ONNX_AUTO r = THOnnx_newPairs(ONNX_LINE(prelu), a, b);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

/* ---- many inputs ---- */

static OnnxValue *new_folded(const OnnxCall *c, THMapLine line)
{
  ONNX_AUTO r = THOnnx_retain(c->in[0]);
  for (int i = 1; i < c->nin; i++) {
    THOnnx_check(c->in[i], "input %d is missing", i + 1);
    OnnxValue *next = THOnnx_newPairs(line, r, c->in[i]);
    THOnnx_free(r);
    r = next;
  }
  return TH_RELEASE(r);
}
static void op_max(OnnxCall *c) { THOnnx_give(c, 0, new_folded(c, TH_MAP_LINE(cmax))); }
static void op_min(OnnxCall *c) { THOnnx_give(c, 0, new_folded(c, TH_MAP_LINE(cmin))); }
static void op_sum(OnnxCall *c) { THOnnx_give(c, 0, new_folded(c, TH_MAP_LINE(cadd))); }
static void op_mean(OnnxCall *c)
{
  ONNX_AUTO sum = new_folded(c, TH_MAP_LINE(cadd));
  ONNX_AUTO one = THOnnx_new(THONNX_FLOAT, 0, NULL);
  *(float *)one->data = (float)c->nin;
  ONNX_AUTO n = THOnnx_newCast(one, sum->type);
  THOnnx_give(c, 0, THOnnx_newPairs(TH_MAP_LINE(cdiv), sum, n));
}

/* ---- comparisons and logic ---- */

static OnnxValue *new_strings_equal(OnnxValue *x, OnnxValue *y)
{
  int64_t size[ONNX_DIMS];
  const int ndim = THOnnx_broadcast(2, (OnnxValue *[]){x, y}, size);
  ONNX_AUTO a = THOnnx_newExpanded(x, ndim, size);
  ONNX_AUTO b = THOnnx_newExpanded(y, ndim, size);
  OnnxValue *r = THOnnx_new(THONNX_BOOL, ndim, size);
  for (int64_t i = 0; i < r->count; i++) {
    const char *s = ((char **)a->data)[i], *t = ((char **)b->data)[i];
    ((uint8_t *)r->data)[i] = !strcmp(s ? s : "", t ? t : "");
  }
  return r;
}

static OnnxValue *new_compared(THCompareOp op, OnnxValue *x, OnnxValue *y)
{
  check_same(x, y);
  if (x->type == THONNX_STRING && op == TH_COMPARE_eqTensor) return new_strings_equal(x, y);
  const THONNXType as = type_as(x->type);
  ONNX_AUTO a = as == x->type ? THOnnx_retain(x) : retyped(x, as);
  ONNX_AUTO b = as == y->type ? THOnnx_retain(y) : retyped(y, as);
  const THType th = THOnnx_thType(as);
  THOnnx_check(th != TH_NTYPES, "not for elements of type %s", THOnnx_typeName(as));
  int64_t size[ONNX_DIMS];
  const int ndim = THOnnx_broadcast(2, (OnnxValue *[]){a, b}, size);
  Pairs p = {.loop = THKernel_compare(op, th, th != TH_BYTE).loop};
  ONNX_AUTO r = THOnnx_new(THONNX_BOOL, ndim, size);
  run_pairs(&p, r, a, b);
  return TH_RELEASE(r);
}

static void compared(OnnxCall *c, THCompareOp op)
{
  ONNX_AUTO y = new_lined_up(c, c->in[0], c->in[1]);
  THOnnx_give(c, 0, new_compared(op, c->in[0], y));
}
static void op_equal(OnnxCall *c) { compared(c, TH_COMPARE_eqTensor); }
static void op_less(OnnxCall *c) { compared(c, TH_COMPARE_ltTensor); }
static void op_lessEqual(OnnxCall *c) { compared(c, TH_COMPARE_leTensor); }
static void op_greater(OnnxCall *c) { compared(c, TH_COMPARE_gtTensor); }
static void op_greaterEqual(OnnxCall *c) { compared(c, TH_COMPARE_geTensor); }

static void op_not(OnnxCall *c)
{
  OnnxValue *r = THOnnx_makeAs(c, 0, c->in[0]);
  THOnnx_check(r->type == THONNX_BOOL, "bool is expected, not %s", THOnnx_typeName(r->type));
  for (int64_t i = 0; i < r->count; i++) ((uint8_t *)r->data)[i] = !((uint8_t *)c->in[0]->data)[i];
}

/* ---- one input ---- */

static void mapped(OnnxCall *c, THMapLine line, double s, double t)
{
  THOnnx_give(c, 0, new_mapped(line, c->in[0], s, t, THOnnx_isDying(c, 0)));
}
#define MAPPED(name, line) static void op_##name(OnnxCall *c) { mapped(c, line, 0, 0); }
#define MAPPED_TH(name) MAPPED(name, TH_MAP_LINE(name))
#define MAPPED_HERE(name) MAPPED(name, ONNX_LINE(name))
MAPPED_TH(neg) MAPPED_TH(sign) MAPPED_TH(abs) MAPPED_TH(exp) MAPPED_TH(log) MAPPED_TH(sin) MAPPED_TH(cos) MAPPED_TH(tan) MAPPED_TH(asin)
MAPPED_TH(acos) MAPPED_TH(atan) MAPPED_TH(sinh) MAPPED_TH(cosh) MAPPED_TH(tanh) MAPPED_TH(erf) MAPPED_TH(sigmoid) MAPPED_TH(sqrt)
MAPPED_TH(floor) MAPPED_TH(ceil) MAPPED(reciprocal, TH_MAP_LINE(cinv)) MAPPED(relu, TH_MAP_LINE(cmaxValue))
MAPPED_HERE(bitnot) MAPPED_HERE(asinh) MAPPED_HERE(acosh) MAPPED_HERE(atanh) MAPPED_HERE(softplus) MAPPED_HERE(softsign)
MAPPED_HERE(hardswish) MAPPED_HERE(mish)

#define FIGURE(name, s, t) THOnnx_float(c->node, name, s), t
static void op_leaky(OnnxCall *c) { mapped(c, ONNX_LINE(leaky), FIGURE("alpha", 0.01f, 0)); }
static void op_elu(OnnxCall *c) { mapped(c, ONNX_LINE(elu), FIGURE("alpha", 1, 0)); }
static void op_celu(OnnxCall *c) { mapped(c, ONNX_LINE(celu), FIGURE("alpha", 1, 0)); }
static void op_swish(OnnxCall *c) { mapped(c, ONNX_LINE(swish), FIGURE("alpha", 1, 0)); }
static void op_thresholded(OnnxCall *c) { mapped(c, ONNX_LINE(thresholded), FIGURE("alpha", 1, 0)); }
static void op_selu(OnnxCall *c)
{
  mapped(c, ONNX_LINE(selu), THOnnx_float(c->node, "alpha", 1.67326319217681884765625),
         THOnnx_float(c->node, "gamma", 1.05070102214813232421875));
}
static void op_hardsigmoid(OnnxCall *c)
{
  mapped(c, ONNX_LINE(hardsigmoid), THOnnx_float(c->node, "alpha", 0.2f), THOnnx_float(c->node, "beta", 0.5));
}
static void op_shrink(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newCast(c->in[0], THOnnx_isFloating(c->in[0]->type) ? c->in[0]->type : THONNX_DOUBLE);
  ONNX_AUTO r = THOnnx_newMapped(ONNX_LINE(shrink), x, THOnnx_float(c->node, "bias", 0), THOnnx_float(c->node, "lambd", 0.5));
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}
MAPPED_HERE(gelu_tanh)
const OnnxOp THOnnx_tanhGelu = {"Gelu", op_gelu_tanh, 20, 0, 1, 1, 0, NULL};
static void op_gelu(OnnxCall *c)
{
  const bool tanh_like = !strcmp(THOnnx_string(c->node, "approximate", "none"), "tanh");
  mapped(c, tanh_like ? ONNX_LINE(gelu_tanh) : ONNX_LINE(gelu), 0, 0);
}

/* A bound of Clip as a tensor, of x's type: an input, an attribute, or none. */
static OnnxValue *new_bound(const OnnxCall *c, int i, const char *name)
{
  if (THOnnx_in(c, i)) return THOnnx_retain(c->in[i]);
  const OnnxAttribute *a = THOnnx_attribute(c->node, name);
  if (!a) return NULL;
  ONNX_AUTO f = THOnnx_new(THONNX_FLOAT, 0, NULL);
  *(float *)f->data = a->f;
  return THOnnx_newCast(f, c->in[0]->type);
}
static void op_clip(OnnxCall *c)
{
  ONNX_AUTO low = new_bound(c, 1, "min");
  ONNX_AUTO high = new_bound(c, 2, "max");
  if (c->in[0]->type == THONNX_FLOAT) {
    mapped(c, ONNX_LINE(clip), low ? THOnnx_double(low, 0) : -INFINITY, high ? THOnnx_double(high, 0) : INFINITY);
    return;
  }
  ONNX_AUTO above = low ? THOnnx_newPairs(TH_MAP_LINE(cmax), c->in[0], low) : THOnnx_retain(c->in[0]);
  THOnnx_give(c, 0, high ? THOnnx_newPairs(TH_MAP_LINE(cmin), above, high) : THOnnx_retain(above));
}

static void op_round(OnnxCall *c) /* halves to even */
{
  OnnxValue *x = c->in[0], *r = THOnnx_makeAs(c, 0, x);
  if (x->type == THONNX_FLOAT)
    for (int64_t i = 0; i < r->count; i++) ((float *)r->data)[i] = rintf(((float *)x->data)[i]);
  else if (x->type == THONNX_DOUBLE)
    for (int64_t i = 0; i < r->count; i++) ((double *)r->data)[i] = rint(((double *)x->data)[i]);
  else THOnnx_raise("not for elements of type %s", THOnnx_typeName(x->type));
}

static void op_isnan(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = THOnnx_make(c, 0, THONNX_BOOL, x->ndim, x->size);
  const float *v = x->data;
  uint8_t *restrict to = r->data;
  if (x->type == THONNX_FLOAT)
    for (int64_t i = 0; i < r->count; i++) to[i] = v[i] != v[i];
  else
    for (int64_t i = 0; i < r->count; i++) to[i] = isnan(THOnnx_double(x, i)) != 0;
}
static void op_isinf(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = THOnnx_make(c, 0, THONNX_BOOL, x->ndim, x->size);
  const bool below = THOnnx_int(c->node, "detect_negative", 1), above = THOnnx_int(c->node, "detect_positive", 1);
  for (int64_t i = 0; i < r->count; i++) {
    const double v = THOnnx_double(x, i);
    ((uint8_t *)r->data)[i] = (above && v == INFINITY) || (below && v == -INFINITY);
  }
}

/* ---- choice ---- */

typedef struct Choice {
  size_t width;
  const uint8_t *m;
  const void *x, *y;
  bool oneX, oneY; /* one element for all */
  void *r;
} Choice;

#define CHOOSE_FROM(X, Y)                                                                          \
  for (int64_t i = first; i < last; i++) r[i] = m[i] ? (X) : (Y)
#define CHOOSE(real)                                                                               \
  static void choose_##real(const Choice *c, int64_t first, int64_t last)                          \
  {                                                                                                \
    const uint8_t *restrict m = c->m;                                                              \
    const real *x = c->x, *y = c->y, s = *x, t = *y;                                               \
    real *restrict r = c->r;                                                                       \
    if (c->oneX && c->oneY) CHOOSE_FROM(s, t);                                                     \
    else if (c->oneX) CHOOSE_FROM(s, y[i]);                                                        \
    else if (c->oneY) CHOOSE_FROM(x[i], t);                                                        \
    else CHOOSE_FROM(x[i], y[i]);                                                                  \
  }
CHOOSE(uint8_t) CHOOSE(uint16_t) CHOOSE(uint32_t) CHOOSE(uint64_t)

static void choose(const void *arg, int64_t first, int64_t last, int worker)
{
  const Choice *c = arg;
  (void)worker;
  switch (c->width) {
  case 1: choose_uint8_t(c, first, last); break;
  case 2: choose_uint16_t(c, first, last); break;
  case 4: choose_uint32_t(c, first, last); break;
  default: choose_uint64_t(c, first, last); break;
  }
}

static void op_where(OnnxCall *c)
{
  int64_t size[ONNX_DIMS];
  THOnnx_check(c->in[0]->type == THONNX_BOOL, "the condition is of type %s, not bool", THOnnx_typeName(c->in[0]->type));
  check_same(c->in[1], c->in[2]);
  const int ndim = THOnnx_broadcast(3, c->in, size);
  const bool oneX = c->in[1]->count == 1, oneY = c->in[2]->count == 1;
  ONNX_AUTO mask = THOnnx_newExpanded(c->in[0], ndim, size);
  ONNX_AUTO x = oneX ? THOnnx_retain(c->in[1]) : THOnnx_newExpanded(c->in[1], ndim, size);
  ONNX_AUTO y = oneY ? THOnnx_retain(c->in[2]) : THOnnx_newExpanded(c->in[2], ndim, size);
  OnnxValue *r = THOnnx_make(c, 0, x->type, ndim, size);
  const Choice p = {THOnnx_width(r->type), mask->data, x->data, y->data, oneX, oneY, r->data};
  if (r->count) TH_parallel(r->count, TH_pieceFor(r->count, WORK), choose, &p);
}

const OnnxOp THOnnx_elementwiseOps[] = {
  {"Add", op_add, 1, 0, 2, 2, 0, NULL}, {"Sub", op_sub, 1, 0, 2, 2, 0, NULL}, {"Mul", op_mul, 1, 0, 2, 2, 0, NULL},
  {"Div", op_div, 1, 0, 2, 2, 0, NULL}, {"Pow", op_pow, 1, 0, 2, 2, 0, NULL}, {"Mod", op_mod, 10, 0, 2, 2, 0, NULL},
  {"BitShift", op_shift, 11, 0, 2, 2, 0, NULL}, {"BitwiseAnd", op_bitand, 18, 0, 2, 2, 0, NULL},
  {"BitwiseOr", op_bitor, 18, 0, 2, 2, 0, NULL}, {"BitwiseXor", op_bitxor, 18, 0, 2, 2, 0, NULL},
  {"BitwiseNot", op_bitnot, 18, 0, 1, 1, 0, NULL}, {"And", op_bitand, 1, 0, 2, 2, 0, NULL},
  {"Or", op_bitor, 1, 0, 2, 2, 0, NULL}, {"Xor", op_bitxor, 1, 0, 2, 2, 0, NULL}, {"PRelu", op_prelu, 1, 0, 2, 2, 0, NULL},
  {"Max", op_max, 1, 0, 1, -1, 0, NULL}, {"Min", op_min, 1, 0, 1, -1, 0, NULL}, {"Sum", op_sum, 1, 0, 1, -1, 0, NULL},
  {"Mean", op_mean, 1, 0, 1, -1, 0, NULL}, {"Equal", op_equal, 1, 0, 2, 2, 0, NULL}, {"Less", op_less, 1, 0, 2, 2, 0, NULL},
  {"LessOrEqual", op_lessEqual, 12, 0, 2, 2, 0, NULL}, {"Greater", op_greater, 1, 0, 2, 2, 0, NULL},
  {"GreaterOrEqual", op_greaterEqual, 12, 0, 2, 2, 0, NULL}, {"Not", op_not, 1, 0, 1, 1, 0, NULL},
  {"Neg", op_neg, 1, 0, 1, 1, 0, NULL}, {"Sign", op_sign, 9, 0, 1, 1, 0, NULL}, {"Exp", op_exp, 1, 0, 1, 1, 0, NULL},
  {"Log", op_log, 1, 0, 1, 1, 0, NULL}, {"Sin", op_sin, 7, 0, 1, 1, 0, NULL}, {"Cos", op_cos, 7, 0, 1, 1, 0, NULL},
  {"Tan", op_tan, 7, 0, 1, 1, 0, NULL}, {"Asin", op_asin, 7, 0, 1, 1, 0, NULL}, {"Acos", op_acos, 7, 0, 1, 1, 0, NULL},
  {"Atan", op_atan, 7, 0, 1, 1, 0, NULL}, {"Sinh", op_sinh, 9, 0, 1, 1, 0, NULL}, {"Cosh", op_cosh, 9, 0, 1, 1, 0, NULL},
  {"Tanh", op_tanh, 1, 0, 1, 1, 0, NULL}, {"Asinh", op_asinh, 9, 0, 1, 1, 0, NULL}, {"Acosh", op_acosh, 9, 0, 1, 1, 0, NULL},
  {"Atanh", op_atanh, 9, 0, 1, 1, 0, NULL}, {"Erf", op_erf, 9, 0, 1, 1, 0, NULL}, {"Sigmoid", op_sigmoid, 1, 0, 1, 1, 0, NULL},
  {"Sqrt", op_sqrt, 1, 0, 1, 1, 0, NULL}, {"Reciprocal", op_reciprocal, 1, 0, 1, 1, 0, NULL},
  {"Floor", op_floor, 1, 0, 1, 1, 0, NULL}, {"Ceil", op_ceil, 1, 0, 1, 1, 0, NULL},
  {"Softplus", op_softplus, 1, 0, 1, 1, 0, NULL}, {"Softsign", op_softsign, 1, 0, 1, 1, 0, NULL},
  {"HardSwish", op_hardswish, 14, 0, 1, 1, 0, NULL}, {"Mish", op_mish, 18, 0, 1, 1, 0, NULL},
  {"Relu", op_relu, 1, 0, 1, 1, 0, NULL}, {"Abs", op_abs, 1, 0, 1, 1, 0, NULL}, {"LeakyRelu", op_leaky, 1, 0, 1, 1, 0, NULL},
  {"Elu", op_elu, 1, 0, 1, 1, 0, NULL}, {"Celu", op_celu, 12, 0, 1, 1, 0, NULL}, {"Swish", op_swish, 24, 0, 1, 1, 0, NULL},
  {"ThresholdedRelu", op_thresholded, 1, 0, 1, 1, 0, NULL}, {"Selu", op_selu, 1, 0, 1, 1, 0, NULL},
  {"HardSigmoid", op_hardsigmoid, 1, 0, 1, 1, 0, NULL}, {"Shrink", op_shrink, 9, 0, 1, 1, 0, NULL},
  {"Gelu", op_gelu, 20, 0, 1, 1, 0, NULL}, {"Clip", op_clip, 1, 0, 1, 3, 0, NULL}, {"Round", op_round, 11, 0, 1, 1, 0, NULL},
  {"IsNaN", op_isnan, 9, 0, 1, 1, 0, NULL}, {"IsInf", op_isinf, 10, 0, 1, 1, 0, NULL},
  {"Where", op_where, 9, 0, 3, 3, ONNX_MOVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
