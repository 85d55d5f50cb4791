/* Matrices of a file used where they lie, quantised as they are: products with vectors, and rows by number. */
#include "rows.h"
#include "blas/gemm/product.h"
#include "format.h"
#include "loops/THLoops.h"
#include "parallel/THParallel.h"

extern const RowKernels Rows_base, Rows_avx2, Rows_avx512;

static const RowKernels *kernels(void)
{
#ifdef TH_HAVE_AVX512
  if (THLoops_level() == 2) return &Rows_avx512;
  if (THLoops_level() == 1) return &Rows_avx2;
#endif
  return &Rows_base;
}

static RowDots dots_of(const char *type)
{
  const RowKernels *k = kernels();
  for (int i = 0; k->row[i].type; i++)
    if (!strcmp(k->row[i].type, type)) return k->row[i].dots;
  return NULL;
}

typedef struct Matrix {
  const uint8_t *data;
  const FileType *type;
  int64_t rows, columns, blocks, bytes; /* blocks and bytes of a row */
} Matrix;

static bool is_plain(const Entry *e)
{
  const Blob *b = e->blob;
  if (!b || b->read || b->swap || b->skip || e->first || e->conj || e->negative || e->scale != 0) return false;
  return e->stride && e->shown.nDimension == 2 && e->stride[1] == 1 && e->stride[0] == e->shown.size[1];
}

/* Matrix number i; false with the file's text where it has none that can be used in place. */
static bool find_matrix(THFormat *f, int64_t i, Matrix *m)
{
  f->error[0] = '\0';
  if (i < 0 || i >= f->n) return Format_tell(f, UINT64_MAX, "there is no tensor number %lld", (long long)i);
  const Entry *e = f->entries[i];
  if (e->shown.refused) return Format_tell(f, UINT64_MAX, "%s: %s", e->shown.name, e->shown.refused);
  bool floats = is_plain(e) && e->shown.element == TH_FLOAT && e->blob->type->parts == 1;
  if (!floats || e->shown.size[1] % e->blob->type->values)
    return Format_tell(f, UINT64_MAX, "%s: no matrix of floats or quantised rows that lies in the file as it is", e->shown.name);
  const FileType *type = e->blob->type;
  *m = (Matrix){e->blob->stored.data, type, e->shown.size[0], e->shown.size[1], e->shown.size[1] / type->values, 0};
  m->bytes = m->blocks * type->bytes;
  return true;
}

static void decode_row(const Matrix *m, int64_t row, float *r)
{
  const uint8_t *p = m->data + row * m->bytes;
  if (m->type->decode) m->type->decode(p, m->blocks, r);
  else memcpy(r, p, (size_t)m->bytes);
}

typedef struct Product {
  Matrix m;
  const RowKernels *kernels;
  RowDots dots; /* NULL: rows become floats first */
  const float *x;
  const RowPart *parts; /* of x, where there are dots */
  float *r, *scratch;   /* a row of floats per worker */
  int64_t n;            /* vectors */
} Product;

static void multiply_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Product *p = arg;
  if (p->dots) {
    p->dots(p->m.data + first * p->m.bytes, p->m.bytes, last - first, p->x, p->parts, p->m.blocks, p->r + first);
    return;
  }
  float *row = p->scratch + worker * p->m.columns;
  for (int64_t i = first; i < last; i++) {
    decode_row(&p->m, i, row);
    for (int64_t k = 0; k < p->n; k++) p->r[k * p->m.rows + i] = p->kernels->dot(row, p->x + k * p->m.columns, p->m.columns);
  }
}

/* Rows of blocks that are one piece of work: some microseconds, so that threads end together; a multiple of 4. */
static int64_t rows_for(int64_t columns)
{
  enum { NUMBERS = 1 << 15 };
  return THMax(1, NUMBERS / 4 / columns) * 4;
}

/* ---- many vectors: some rows at a time become floats, and a matrix product ---- */

enum { MANY = 4, STRIP = 1 << 18 }; /* vectors; numbers that become floats at once: they stay in the cache */

typedef struct Strip {
  const Matrix *m;
  float *to;
  int64_t first;
} Strip;

static void decode_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Strip *s = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) decode_row(s->m, s->first + i, s->to + i * s->m->columns);
}

/* r's rows are those of x: column i of r belongs to row i of the matrix. */
static void multiply_strip(const Product *p, const float *rows, int64_t first, int64_t n)
{
  const Matrix *m = &p->m;
  THProduct_run(&(THProduct){.m = n, .n = p->n, .k = m->columns, .a = rows, .b = p->x, .c = p->r + first,
                             .ai = m->columns, .ak = 1, .bk = 1, .bj = m->columns, .ci = 1, .cj = m->rows, .alpha = 1});
}

static void multiply_many(const Product *p)
{
  const Matrix *m = &p->m;
  int64_t most = THMin(m->rows, THMax(1, STRIP / m->columns / 96) * 96); /* 96: whole tiles */
  TH_AUTO(THFloatStorage) floats = THFloatStorage_newWithSize((ptrdiff_t)(most * m->columns));
  for (int64_t i = 0; i < m->rows; i += most) {
    Strip s = {m, floats->data, i};
    int64_t n = THMin(most, m->rows - i);
    TH_parallel(n, TH_pieceFor(n, (double)m->columns), decode_rows, &s);
    multiply_strip(p, s.to, i, n);
  }
}

static void multiply_dots(Product *p)
{
  int64_t n = p->m.columns / 32;
  RowPart *parts = THAlloc((ptrdiff_t)((size_t)(n + 1) * sizeof(RowPart)));
  p->kernels->parts(p->x, n, parts);
  p->parts = parts;
  TH_parallel(p->m.rows, rows_for(p->m.columns), multiply_rows, p);
  THFree(parts);
}

static void multiply_each(Product *p)
{
  int64_t piece = TH_pieceFor(p->m.rows, (double)p->m.columns * (double)p->n / 4);
  p->scratch = THAlloc((ptrdiff_t)((size_t)(p->m.columns * TH_workersFor(p->m.rows, piece) + 1) * sizeof(float)));
  TH_parallel(p->m.rows, piece, multiply_rows, p);
  THFree(p->scratch);
}

/* The result's memory is made, and x checked, by the caller. */
static void multiply(Product *p)
{
  if (p->n >= MANY && p->m.rows > 0 && p->m.columns > 0 && THProduct_possible()) multiply_many(p);
  else if (p->dots) multiply_dots(p);
  else multiply_each(p);
}

static void check_vectors(const Matrix *m, const THAnyTensor *x)
{
  int d = x->nDimension;
  THArgCheck(x->type == TH_FLOAT, 3, "torch.FloatTensor expected");
  THArgCheck((d == 1 || d == 2) && x->size[d - 1] == m->columns, 3, "vectors of %lld elements expected, for rows of as many; got %s",
             (long long)m->columns, THAnyTensor_sizeDesc(x).str);
}

static float *resized(THAnyTensor *r, int n, const int64_t *size)
{
  THArgCheck(r->type == TH_FLOAT, 4, "torch.FloatTensor expected");
  THAnyTensor_resizeNd(r, n, size, NULL);
  THArgCheck(THAnyTensor_isContiguous(r), 4, "contiguous tensor expected");
  return THAnyTensor_data(r);
}

bool THFormat_product(THFormat *self, int64_t i, THAnyTensor *x, THAnyTensor *r)
{
  Product p = {.kernels = kernels()};
  if (!find_matrix(self, i, &p.m)) return false;
  check_vectors(&p.m, x);
  TH_AUTO(THAnyTensor) in = x->storage == r->storage ? THAnyTensor_newClone(x) : THAnyTensor_newContiguous(x);
  int64_t size[2] = {x->size[0], p.m.rows};
  p.n = x->nDimension == 2 ? x->size[0] : 1;
  p.r = resized(r, x->nDimension, x->nDimension == 2 ? size : size + 1);
  p.x = THAnyTensor_data(in);
  p.dots = p.n == 1 ? dots_of(p.m.type->name) : NULL;
  multiply(&p);
  return true;
}

bool THFormat_rows(THFormat *self, int64_t i, THAnyTensor *index, THAnyTensor *r)
{
  Matrix m;
  if (!find_matrix(self, i, &m)) return false;
  THArgCheck(index->type == TH_LONG && index->nDimension == 1, 3, "vector of longs expected");
  TH_AUTO(THAnyTensor) in = THAnyTensor_newContiguous(index);
  const int64_t *row = THAnyTensor_data(in), n = index->size[0];
  for (int64_t k = 0; k < n; k++)
    THArgCheck(row[k] >= 0 && row[k] < m.rows, 3, "row %lld out of range of %lld rows", (long long)row[k] + 1, (long long)m.rows);
  float *to = resized(r, 2, (int64_t[]){n, m.columns});
  for (int64_t k = 0; k < n; k++) decode_row(&m, row[k], to + k * m.columns);
  return true;
}
