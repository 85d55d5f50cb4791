/* Products of matrices. */
#include "ops.h"
#include "tiles.h"
#include "THBlas.h"
#include "blas/gemm/product.h"

void THOnnx_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, const float *b, float beta,
               float *c)
{
  if (!m || !n) return;
  if (!k || !alpha) {
    for (int64_t i = 0; i < m * n; i++) c[i] = beta ? beta * c[i] : 0;
    return;
  }
  THFloatBlas_gemm(tb ? 't' : 'n', ta ? 't' : 'n', n, m, k, alpha, (float *)b, THMax(1, tb ? k : n), (float *)a,
                   THMax(1, ta ? m : k), beta, c, n);
}

static void gemm_double(bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha, const double *a, const double *b,
                        double beta, double *c)
{
  if (!m || !n) return;
  if (!k) {
    for (int64_t i = 0; i < m * n; i++) c[i] = beta ? beta * c[i] : 0;
    return;
  }
  THDoubleBlas_gemm(tb ? 't' : 'n', ta ? 't' : 'n', n, m, k, alpha, (double *)b, THMax(1, tb ? k : n), (double *)a,
                    THMax(1, ta ? m : k), beta, c, n);
}

/* Integers, which wrap around. */
static void gemm_long(int64_t m, int64_t n, int64_t k, const int64_t *a, const int64_t *b, int64_t *c)
{
  memset(c, 0, (size_t)(m * n) * sizeof *c);
  for (int64_t i = 0; i < m; i++)
    for (int64_t l = 0; l < k; l++)
      for (int64_t j = 0; j < n; j++) c[i * n + j] += a[i * k + l] * b[l * n + j];
}

/* In which of float, double, int64 elements are multiplied. */
static THONNXType product_type(THONNXType type)
{
  return type == THONNX_FLOAT || type == THONNX_DOUBLE ? type : THOnnx_isFloating(type) ? THONNX_FLOAT : THONNX_INT64;
}

typedef struct Batch {
  const OnnxValue *x, *y;
  OnnxValue *r;
  int64_t m, n, k;
  int64_t *atX, *atY; /* which matrix of each */
} Batch;

static void multiply_one(const Batch *p, int64_t i)
{
  const int64_t m = p->m, n = p->n, k = p->k;
  switch (p->r->type) {
  case THONNX_FLOAT:
    THOnnx_gemm(false, false, m, n, k, 1, (float *)p->x->data + p->atX[i] * m * k, (float *)p->y->data + p->atY[i] * k * n, 0,
              (float *)p->r->data + i * m * n);
    break;
  case THONNX_DOUBLE:
    gemm_double(false, false, m, n, k, 1, (double *)p->x->data + p->atX[i] * m * k,
                (double *)p->y->data + p->atY[i] * k * n, 0, (double *)p->r->data + i * m * n);
    break;
  default:
    gemm_long(m, n, k, (int64_t *)p->x->data + p->atX[i] * m * k, (int64_t *)p->y->data + p->atY[i] * k * n,
              (int64_t *)p->r->data + i * m * n);
  }
}
static void multiply_some(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  (void)worker;
  for (int64_t i = first; i < last; i++) multiply_one(arg, i);
}

/* A few rows times a large matrix, of which each worker copies some blocks of columns before all rows are multiplied by them: a
   row of the matrix is a page or more from the next one. */
typedef struct Wide {
  const OnnxTiles *kernels;
  int64_t m, n, k, blocks, together; /* blocks that are copied at a time */
  const float *a, *b, *bias;
  float *c, *room;
  const int64_t *at; /* 0, 1... k - 1, and 0, n... (k - 1) n */
} Wide;

static void wide_block(const Wide *p, const float *w, int64_t j)
{
  const int64_t most = p->kernels->positions, parts = (p->m + most - 1) / most;
  const float none[64] = {0};
  OnnxTile t = {.k = p->k, .w = w, .bias = p->bias ? p->bias + j : none, .at = p->at, .step = p->k, .positionStep = p->n,
                .outputs = 2 * p->kernels->lanes};
  for (int64_t i = 0; i < parts; i++) {
    const int64_t from = p->m * i / parts, to = p->m * (i + 1) / parts;
    t.x = p->a + from * p->k;
    t.r = p->c + from * p->n + j;
    p->kernels->run(&t, 2, (int)(to - from));
  }
}

static int64_t wide_room(const Wide *p) { return (p->together * p->k + 1) * 2 * p->kernels->lanes; }

static void wide_blocks(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const Wide *p = arg;
  const int lanes = p->kernels->lanes, width = 2 * lanes;
  OnnxPanel copy = {.k = p->k, .step = 1, .at = p->at + p->k};
  copy.to = (float *)(((uintptr_t)(p->room + worker * wide_room(p)) + 63) & ~(uintptr_t)63);
  for (int64_t b = first * p->together, end = THMin(last * p->together, p->blocks); b < end; b += p->together) {
    const int64_t some = THMin(p->together, end - b);
    copy.x = p->b + b * width;
    copy.nsegments = 2 * (int)some;
    for (int i = 0; i < copy.nsegments; i++) copy.segment[i] = (OnnxSegment){i * lanes, i / 2 * p->k * width + i % 2 * lanes, lanes};
    p->kernels->lay(&copy);
    for (int64_t i = 0; i < some; i++) wide_block(p, copy.to + i * p->k * width, (b + i) * width);
  }
}

enum { FEW_ROWS = 4, MANY_ROWS = 128, LARGE = 1 << 16, TOGETHER = 8, COPIED = 1 << 16 /* floats */ };
static bool multiply_wide(int64_t m, int64_t n, int64_t k, const float *a, const float *b, const float *bias, float *c)
{
  const OnnxTiles *kernels = THOnnx_tiles();
  if (!kernels || m < FEW_ROWS || m > MANY_ROWS || n * k < LARGE || n < 2 * kernels->lanes) return false;
  const int64_t width = 2 * kernels->lanes, blocks = n / width, rest = n % width;
  ONNX_AUTO_MEM int64_t *at = THOnnx_scratch(2 * k * (ptrdiff_t)sizeof *at);
  for (int64_t i = 0; i < k; i++) at[i] = i, at[k + i] = i * n;
  Wide p = {kernels, m, n, k, blocks, THMax(1, THMin(TOGETHER, COPIED / (k * width))), a, b, bias, c, NULL, at};
  const int64_t pieces = (blocks + p.together - 1) / p.together, some = TH_pieceFor(pieces, (double)p.together * (double)m * (double)k * 4);
  ONNX_AUTO_MEM float *room = THOnnx_scratch(TH_workersFor(pieces, some) * wide_room(&p) * (ptrdiff_t)sizeof *room);
  p.room = room;
  TH_parallel(pieces, some, wide_blocks, &p);
  for (int64_t i = 0; i < m; i++) /* the last columns */
    for (int64_t j = n - rest; j < n; j++) {
      float sum = bias ? bias[j] : 0;
      for (int64_t l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
      c[i * n + j] = sum;
    }
  return true;
}

/* One product of floats; every row gets the bias, where there is one. */
static void multiply_floats(int64_t m, int64_t n, int64_t k, const float *a, const float *b, const float *bias, float *c)
{
  if (multiply_wide(m, n, k, a, b, bias, c)) return;
  const THProduct p = {.m = n, .n = m, .k = k, .a = b, .b = a, .c = c, .d = bias, .ai = 1, .ak = n, .bk = 1, .bj = k, .ci = 1,
                       .cj = n, .di = 1, .alpha = 1, .beta = bias ? 1 : 0};
  if (!bias || !m || !n || !k || !THProduct_run(&p)) {
    for (int64_t i = 0; i < m * n && bias; i++) c[i] = bias[i % n];
    THOnnx_gemm(false, false, m, n, k, 1, a, b, bias ? 1 : 0, c);
  }
}

/* Which matrix of v belongs to each of the result's. */
static void place_matrices(const OnnxValue *v, int ndim, const int64_t *size, int64_t count, int64_t *at)
{
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i, step = 1;
    at[i] = 0;
    for (int d = ndim - 3; d >= 0; d--) {
      const int own = d - (ndim - v->ndim);
      const int64_t k = rest % size[d], s = own >= 0 ? v->size[own] : 1;
      rest /= size[d];
      at[i] += s == 1 ? 0 : k * step;
      step *= s;
    }
  }
}

/* bias: NULL, or floats for each column of y, which has two dimensions then. */
static OnnxValue *new_product(OnnxValue *x, OnnxValue *y, const OnnxValue *bias)
{
  THOnnx_check(x->type == y->type && x->ndim && y->ndim, "factors of types %s and %s, of %d and %d dimensions",
             THOnnx_typeName(x->type), THOnnx_typeName(y->type), x->ndim, y->ndim);
  const THONNXType as = product_type(x->type);
  int64_t one[ONNX_DIMS] = {1, x->size[0]}, two[ONNX_DIMS] = {y->size[0], 1};
  ONNX_AUTO castX = THOnnx_newCast(x, as);
  ONNX_AUTO castY = THOnnx_newCast(y, as);
  ONNX_AUTO a = x->ndim == 1 ? THOnnx_newShaped(castX, 2, one) : THOnnx_retain(castX);
  ONNX_AUTO b = y->ndim == 1 ? THOnnx_newShaped(castY, 2, two) : THOnnx_retain(castY);
  const int64_t m = a->size[a->ndim - 2], k = a->size[a->ndim - 1], n = b->size[b->ndim - 1];
  THOnnx_check(b->size[b->ndim - 2] == k, "%s and %s cannot be multiplied", _THSizeDesc(x->size, x->ndim).str,
             _THSizeDesc(y->size, y->ndim).str);
  const int ndim = THMax(a->ndim, b->ndim);
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < ndim - 2; d++) {
    const int p = d - (ndim - a->ndim), q = d - (ndim - b->ndim);
    const int64_t s = p >= 0 ? a->size[p] : 1, t = q >= 0 ? b->size[q] : 1;
    THOnnx_check(s == t || s == 1 || t == 1, "batches %lld and %lld", (long long)s, (long long)t);
    size[d] = s == 1 ? t : s;
  }
  size[ndim - 2] = m;
  size[ndim - 1] = n;
  ONNX_AUTO r = THOnnx_new(as, ndim, size);
  const int64_t batches = THOnnx_product(size, ndim - 2);
  if (b->ndim == 2 || batches == 1) { /* one product */
    const int64_t rows = batches * m;
    if (as == THONNX_FLOAT) multiply_floats(rows, n, k, a->data, b->data, bias ? bias->data : NULL, r->data);
    else if (as == THONNX_DOUBLE) gemm_double(false, false, rows, n, k, 1, a->data, b->data, 0, r->data);
    else if (r->count) gemm_long(rows, n, k, a->data, b->data, r->data);
  } else if (r->count) {
    ONNX_AUTO_MEM int64_t *at = THOnnx_scratch(2 * batches * (ptrdiff_t)sizeof *at);
    place_matrices(a, ndim, size, batches, at);
    place_matrices(b, ndim, size, batches, at + batches);
    Batch p = {a, b, r, m, n, k, at, at + batches};
    if (batches >= 4) TH_parallel(batches, TH_pieceFor(batches, (double)m * (double)n * (double)k / 4), multiply_some, &p);
    else multiply_some(&p, 0, batches, 0);
  }
  int keep = 0;
  for (int d = 0; d < ndim; d++)
    if (!(d == ndim - 2 && x->ndim == 1) && !(d == ndim - 1 && y->ndim == 1)) size[keep++] = r->size[d];
  ONNX_AUTO back = THOnnx_newCast(r, x->type);
  return THOnnx_newShaped(back, keep, size);
}

OnnxValue *THOnnx_newMatmul(OnnxValue *x, OnnxValue *y) { return new_product(x, y, NULL); }

/* The third input is a bias, given by fuse.c alone. */
static void op_matmul(OnnxCall *c) { THOnnx_give(c, 0, new_product(c->in[0], c->in[1], THOnnx_in(c, 2))); }

/* ---- floats times bytes: y is int8, and is scaled by column ---- */

typedef struct ByteProduct {
  const OnnxTiles *kernels;
  const float *x, *scale, *bias;
  const int8_t *y;
  float *r;
  int64_t m, n, k;
} ByteProduct;

/* Blocks of columns. */
static void multiply_bytes(const void *arg, int64_t first, int64_t last, int worker)
{
  ONNX_FLUSH;
  const ByteProduct *p = arg;
  const int64_t most = p->kernels->positions, parts = (p->m + most - 1) / most, width = 2 * p->kernels->lanes;
  (void)worker;
  for (int64_t b = first; b < last; b++) {
    const int64_t at = b * width;
    OnnxByteTile t = {.k = p->k, .w = p->y + at, .wStep = p->n, .scale = p->scale + at, .bias = p->bias ? p->bias + at : NULL,
                      .step = p->k, .rStep = p->n, .outputs = (int)THMin(width, p->n - at)};
    for (int64_t i = 0; i < parts; i++) {
      const int64_t from = p->m * i / parts, to = p->m * (i + 1) / parts;
      t.x = p->x + from * p->k;
      t.r = p->r + from * p->n + at;
      p->kernels->bytes(&t, (int)(to - from));
    }
  }
}

/* x, y, the scales of y's columns, and a bias or nothing. */
static void op_byteProduct(OnnxCall *c)
{
  const OnnxValue *x = c->in[0], *y = c->in[1], *bias = THOnnx_in(c, 3);
  const int64_t n = y->size[1], k = y->size[0];
  THOnnx_check(x->type == THONNX_FLOAT && x->ndim && x->size[x->ndim - 1] == k, "%s and %s cannot be multiplied",
             _THSizeDesc(x->size, x->ndim).str, _THSizeDesc(y->size, 2).str);
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d == x->ndim - 1 ? n : x->size[d];
  OnnxValue *r = THOnnx_make(c, 0, THONNX_FLOAT, x->ndim, size);
  ByteProduct p = {THOnnx_tiles(), x->data, c->in[2]->data, bias ? bias->data : NULL, y->data, r->data, THOnnx_product(x->size, x->ndim - 1), n, k};
  const int64_t blocks = (n + 2 * p.kernels->lanes - 1) / (2 * p.kernels->lanes);
  if (r->count) TH_parallel(blocks, TH_pieceFor(blocks, (double)p.m * (double)k * 4), multiply_bytes, &p);
}
const OnnxOp THOnnx_byteProduct = {"MatMul", op_byteProduct, 1, 0, 3, 4, 0, NULL};

/* ---- rows with a single 1 times a matrix ---- */

typedef struct Rows {
  const OnnxValue *x;
  int64_t first, n, columns; /* the row of number `first` is the first one of n */
  const float *y, *none;     /* none: the row of other numbers */
  float *r;
} Rows;

static void take_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Rows *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t v = p->x->type == THONNX_INT32 ? ((int32_t *)p->x->data)[i] : ((int64_t *)p->x->data)[i];
    const bool inside = v >= p->first && v - p->first < p->n;
    memcpy(p->r + i * p->columns, inside ? p->y + (v - p->first) * p->columns : p->none, (size_t)p->columns * sizeof(float));
  }
}

OnnxValue *THOnnx_newOneHotTable(const OnnxValue *y, const OnnxValue *bias)
{
  const int64_t n = y->size[0], columns = y->size[1];
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, 2, (int64_t[]){n + 1, columns});
  float *to = r->data;
  for (int64_t i = 0; i <= n; i++, to += columns)
    for (int64_t k = 0; k < columns; k++) to[k] = (i < n ? ((float *)y->data)[i * columns + k] : 0) + (bias ? ((float *)bias->data)[k] : 0);
  return r;
}

/* As the nodes would that it stands for. */
static OnnxValue *new_plain_one_hot(const OnnxCall *c)
{
  const OnnxOp *equal = THOnnx_findOp("", "Equal", 13);
  ONNX_AUTO same = NULL;
  OnnxValue *in[] = {c->in[0], c->in[2]}, *out[] = {NULL};
  OnnxCall inner = {c->node, 2, 1, in, out, c->scope};
  equal->run(&inner);
  same = out[0];
  ONNX_AUTO x = THOnnx_newCast(same, THONNX_FLOAT);
  return new_product(x, c->in[1], THOnnx_in(c, 3));
}

/* Numbers (of a last dimension of 1), the matrix, the numbers that its rows are for, and a bias or nothing. */
static void op_oneHotProduct(OnnxCall *c)
{
  const OnnxValue *x = c->in[0], *y = c->in[1], *counting = c->in[2];
  if (x->type != counting->type || !x->ndim || x->size[x->ndim - 1] != 1 || x->ndim < counting->ndim) {
    THOnnx_give(c, 0, new_plain_one_hot(c));
    return;
  }
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d == x->ndim - 1 ? y->size[1] : x->size[d];
  OnnxValue *r = THOnnx_make(c, 0, THONNX_FLOAT, x->ndim, size);
  const float *rows = ((const OnnxValue *)c->node->prepared)->data;
  const Rows p = {x, THOnnx_long(counting, 0), y->size[0], y->size[1], rows, rows + y->count, r->data};
  if (r->count) TH_parallel(x->count, TH_pieceFor(x->count, (double)y->size[1]), take_rows, &p);
}
const OnnxOp THOnnx_oneHotProduct = {"MatMul", op_oneHotProduct, 1, 0, 3, 4, 0, NULL};

static void op_gemm(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *y = c->in[1];
  const bool ta = THOnnx_int(c->node, "transA", 0), tb = THOnnx_int(c->node, "transB", 0);
  const double alpha = THOnnx_float(c->node, "alpha", 1), beta = THOnnx_float(c->node, "beta", 1);
  THOnnx_check(x->ndim == 2 && y->ndim == 2, "matrices are expected");
  const int64_t m = x->size[ta], k = x->size[!ta], n = y->size[!tb];
  THOnnx_check(y->size[tb] == k, "%s and %s cannot be multiplied", _THSizeDesc(x->size, 2).str, _THSizeDesc(y->size, 2).str);
  const bool narrow = x->type == THONNX_FLOAT;
  const THONNXType as = narrow ? THONNX_FLOAT : THONNX_DOUBLE;
  ONNX_AUTO a = THOnnx_newCast(x, as);
  ONNX_AUTO b = THOnnx_newCast(y, as);
  ONNX_AUTO r = THOnnx_new(as, 2, (int64_t[]){m, n});
  OnnxValue *bias = THOnnx_in(c, 2);
  if (bias) {
    ONNX_AUTO wide = THOnnx_newExpanded(bias, 2, r->size);
    THOnnx_convert(as, r->data, wide->type, wide->data, r->count);
  }
  if (narrow) THOnnx_gemm(ta, tb, m, n, k, (float)alpha, a->data, b->data, bias ? (float)beta : 0, r->data);
  else gemm_double(ta, tb, m, n, k, alpha, a->data, b->data, bias ? beta : 0, r->data);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

/* ---- Einstein's sums: operands are brought to (batch, kept, summed) x (batch, summed, kept) one after another ---- */

enum { LETTERS = 128 }; /* '...' stands for letters of its own, 1 and up, the last dimension first */

static int parse_term(const char *s, size_t n, int ndim, unsigned char *letter)
{
  int count = 0, named = 0;
  for (size_t i = 0; i < n; i++) named += s[i] != '.' && s[i] != ' ';
  for (size_t i = 0; i < n; i++) {
    if (s[i] == ' ') continue;
    THOnnx_check(count < ONNX_DIMS, "too many dimensions");
    if (s[i] != '.') {
      THOnnx_check((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z'), "the equation has a '%c'", s[i]);
      letter[count++] = (unsigned char)s[i];
      continue;
    }
    const int dots = ndim - named;
    THOnnx_check(dots >= 0 && count + dots <= ONNX_DIMS && i + 2 < n, "the dots do not fit");
    for (int k = 0; k < dots; k++) letter[count++] = (unsigned char)(1 + (dots - 1 - k)); /* lined up at the end */
    i += 2;
  }
  return count;
}

static bool has(const unsigned char *letter, int n, unsigned char l) { return n && memchr(letter, l, (size_t)n); }

/* v with dimensions for all of `letters` in that order, size 1 where it has none; a letter twice: the diagonal. */
static OnnxValue *new_lined(OnnxValue *v, const unsigned char *own, int n, const unsigned char *letters, int m)
{
  int64_t size[ONNX_DIMS], stride[ONNX_DIMS], step[ONNX_DIMS], all = 1;
  for (int d = v->ndim - 1; d >= 0; d--) {
    step[d] = all;
    all *= v->size[d];
  }
  for (int k = 0; k < m; k++) {
    size[k] = 1;
    stride[k] = 0;
    for (int d = 0; d < n; d++) {
      if (own[d] != letters[k]) continue;
      THOnnx_check(size[k] == 1 || v->size[d] == size[k], "sizes of one letter differ");
      size[k] = v->size[d];
      stride[k] += step[d];
    }
  }
  OnnxValue *r = THOnnx_new(v->type, m, size);
  THOnnx_copyStrided(r->data, v->data, m, size, stride, THOnnx_width(v->type));
  return r;
}

static void op_einsum(OnnxCall *c)
{
  const char *equation = THOnnx_string(c->node, "equation", ""), *arrow = strstr(equation, "->"), *s = equation;
  const size_t left = arrow ? (size_t)(arrow - equation) : strlen(equation);
  unsigned char all[2 * LETTERS], out[ONNX_DIMS];
  int nall = 0, nout = 0, times[LETTERS] = {0}, own_n[8];
  unsigned char own[8][ONNX_DIMS];
  THOnnx_check(c->nin <= 8, "at most eight operands");
  for (int i = 0; i < c->nin; i++) {
    const size_t end = strcspn(s, ",-"), n = THMin(end, (size_t)(equation + left - s));
    own_n[i] = parse_term(s, n, c->in[i]->ndim, own[i]);
    THOnnx_check(own_n[i] == c->in[i]->ndim, "operand %d has %d dimensions, the equation says %d", i + 1, c->in[i]->ndim, own_n[i]);
    for (int d = 0; d < own_n[i]; d++) {
      if (!times[own[i][d]]++) all[nall++] = own[i][d];
    }
    s += n + (s[n] == ',');
  }
  if (arrow) {
    int dots = 0;
    for (int k = 1; k < ONNX_DIMS; k++) dots += times[k] > 0;
    int named = 0;
    for (const char *p = arrow + 2; *p; p++) named += *p != '.' && *p != ' ';
    nout = parse_term(arrow + 2, strlen(arrow + 2), named + dots, out);
  } else {
    for (int k = ONNX_DIMS - 1; k > 0; k--)
      if (times[k]) out[nout++] = (unsigned char)k;
    for (int k = 'A'; k < LETTERS; k++)
      if (times[k] == 1) out[nout++] = (unsigned char)k;
  }
  unsigned char order[ONNX_DIMS]; /* the result's letters, then those that are summed */
  int n = 0;
  for (int k = 0; k < nout; k++) order[n++] = out[k];
  for (int k = 0; k < nall; k++)
    if (!has(out, nout, all[k])) {
      THOnnx_check(n < ONNX_DIMS, "too many letters");
      order[n++] = all[k];
    }
  bool summed[ONNX_DIMS] = {false};
  for (int k = nout; k < n; k++) summed[k] = true;
  ONNX_AUTO r = new_lined(c->in[0], own[0], own_n[0], order, n);
  for (int i = 1; i < c->nin; i++) {
    ONNX_AUTO next = new_lined(c->in[i], own[i], own_n[i], order, n);
    OnnxValue *product = THOnnx_newPairs(TH_MAP_LINE(cmul), r, next);
    THOnnx_free(r);
    r = product;
  }
  THOnnx_give(c, 0, n > nout ? THOnnx_newReduced(r, ONNX_SUM, summed, false) : THOnnx_retain(r));
}

static void op_det(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  THOnnx_check(x->ndim >= 2 && x->size[x->ndim - 1] == x->size[x->ndim - 2], "square matrices are expected");
  const int64_t n = x->size[x->ndim - 1];
  OnnxValue *r = THOnnx_make(c, 0, x->type, x->ndim - 2, x->size);
  ONNX_AUTO a = THOnnx_newCast(x, THONNX_DOUBLE);
  ONNX_AUTO copy = THOnnx_new(THONNX_DOUBLE, x->ndim, x->size);
  if (copy->count) memcpy(copy->data, a->data, (size_t)a->count * sizeof(double));
  for (int64_t b = 0; b < r->count; b++) {
    double *m = (double *)copy->data + b * n * n, det = 1;
    for (int64_t k = 0; k < n; k++) {
      int64_t pivot = k;
      for (int64_t i = k + 1; i < n; i++)
        if (m[i * n + k] * m[i * n + k] > m[pivot * n + k] * m[pivot * n + k]) pivot = i;
      for (int64_t j = 0; j < n && pivot != k; j++) {
        const double t = m[k * n + j];
        m[k * n + j] = m[pivot * n + j];
        m[pivot * n + j] = t;
      }
      det *= pivot != k ? -m[k * n + k] : m[k * n + k];
      for (int64_t i = k + 1; i < n && m[k * n + k] != 0; i++) {
        const double f = m[i * n + k] / m[k * n + k];
        for (int64_t j = k; j < n; j++) m[i * n + j] -= f * m[k * n + j];
      }
    }
    THOnnx_convert(x->type, (char *)r->data + (size_t)b * THOnnx_width(x->type), THONNX_DOUBLE, &det, 1);
  }
}

const OnnxOp THOnnx_matmulOps[] = {
  {"MatMul", op_matmul, 1, 0, 2, 2, 0, NULL},
  {"Gemm", op_gemm, 1, 0, 2, 3, 0, NULL},
  {"Einsum", op_einsum, 12, 0, 1, -1, 0, NULL},
  {"Det", op_det, 11, 0, 1, 1, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
