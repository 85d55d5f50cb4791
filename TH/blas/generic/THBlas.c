#define BLAS_(name) TH_CONCAT_4(TH, Real, Blas_, name)
#if defined(TH_REAL_IS_FLOATING)
#ifdef TH_REAL_IS_FLOAT
#define F_(name) TH_blas->s.name
#else
#define F_(name) TH_blas->d.name
#endif

void BLAS_(swap)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  TH_BLAS_ALONE;
  F_(swap)(&(int){fits(n)}, x, &(int){fits(incx)}, y, &(int){fits(incy)});
}
/* x *= a, m x n; without reading x where a is 0. */
static void T_(scale)(int64_t m, int64_t n, real a, real *x, int64_t inc, int64_t ld)
{
  if (inc < 0) x -= (m - 1) * inc; /* as BLAS has it: from the far end */
  for (int64_t j = 0; j < n; j++)
    for (int64_t i = 0; i < m; i++) {
      real *p = x + i * inc + j * ld;
      *p = a == 0 ? 0 : *p * a;
    }
}
/* Kernels of a BLAS disagree on whether a factor that is multiplied by 0 is read, and so on what a
   NaN in it does. Here it is not: where alpha or k is 0 only beta is left, and done. */
static bool T_(only_scaled)(int64_t m, int64_t n, int64_t k, real alpha, real beta, real *c,
                            int64_t inc, int64_t ld)
{
  if (alpha != 0 && k != 0) return false;
  if (beta != 1) T_(scale)(m, n, beta, c, inc, ld);
  return true;
}

void BLAS_(scal)(int64_t n, real a, real *x, int64_t incx)
{
  if (a == 0 && incx > 0) {
    T_(scale)(n, 1, a, x, incx, 0);
    return;
  }
  TH_BLAS_ALONE;
  F_(scal)(&(int){fits(n)}, &a, x, &(int){fits(incx)});
}
void BLAS_(copy)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  TH_BLAS_ALONE;
  F_(copy)(&(int){fits(n)}, x, &(int){fits(incx)}, y, &(int){fits(incy)});
}
void BLAS_(axpy)(int64_t n, real a, real *x, int64_t incx, real *y, int64_t incy)
{
  if (a == 0) return;
  TH_BLAS_ALONE;
  F_(axpy)(&(int){fits(n)}, &a, x, &(int){fits(incx)}, y, &(int){fits(incy)});
}
real BLAS_(dot)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  TH_BLAS_ALONE;
  return F_(dot)(fits(n), x, fits(incx), y, fits(incy));
}

typedef struct T_(Gemv) {
  char trans;
  int64_t m, n, lda, incx, incy;
  real alpha, beta, *a, *x, *y;
} T_(Gemv);

/* Elements [first, last) of y: rows of a, or columns where it is transposed. */
static void T_(gemv_piece)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(Gemv) *g = arg;
  bool t = transposed(g->trans);
  int64_t m = t ? g->m : last - first, n = t ? last - first : g->n;
  (void)worker;
  TH_BLAS_ALONE;
  F_(gemv)
  (&g->trans, &(int){fits(m)}, &(int){fits(n)}, &g->alpha, g->a + first * (t ? g->lda : 1),
   &(int){fits(g->lda)}, g->x, &(int){fits(g->incx)}, &g->beta, g->y + first * g->incy,
   &(int){fits(g->incy)});
}

void BLAS_(gemv)(char trans, int64_t m, int64_t n, real alpha, real *a, int64_t lda, real *x,
                 int64_t incx, real beta, real *y, int64_t incy)
{
  const bool t = transposed(trans);
  int64_t length = t ? n : m, work = t ? m : n;
  if (T_(only_scaled)(length, 1, work, alpha, beta, y, incy, 0)) return;
  if (incx == 1 && incy > 0 &&
      THProduct_run(&(THProduct){sizeof(real) == 8, length, 1, work, a, x, y, y, t ? lda : 1, t ? 1 : lda, incx, 1, incy, 1, incy, 1, alpha, beta}))
    return;
  if (beta == 0) T_(scale)(length, 1, 0, y, incy, 0);
  (void)fits(m), (void)fits(n), (void)fits(incx), (void)fits(incy); /* a piece must not raise */
  TH_blasLoad();
  T_(Gemv) g = {trans, m, n, n == 1 ? m : fits(lda), incx, incy, alpha, beta, a, x, y};
  int64_t piece = TH_inRegion() ? length : TH_pieceFor(length, (double)work);
  if (piece < length) piece = (piece + 15) / 16 * 16;
  TH_parallel(length, piece, T_(gemv_piece), &g);
}
void BLAS_(ger)(int64_t m, int64_t n, real alpha, real *x, int64_t incx, real *y, int64_t incy,
                real *a, int64_t lda)
{
  if (alpha == 0) return;
  TH_BLAS_ALONE;
  F_(ger)
  (&(int){fits(m)}, &(int){fits(n)}, &alpha, x, &(int){fits(incx)}, y, &(int){fits(incy)}, a,
   &(int){fits(n == 1 ? m : lda)});
}

typedef struct T_(Gemm) {
  char ta, tb;
  int64_t m, n, k, lda, ldb, ldc;
  real alpha, beta, *a, *b, *c;
  GemmTiles tiles;
} T_(Gemm);

static void T_(gemm_tile)(const T_(Gemm) *g, int64_t tile)
{
  int64_t i = tile % g->tiles.rows * g->tiles.m, j = tile / g->tiles.rows * g->tiles.n;
  int64_t m = THMin(g->tiles.m, g->m - i), n = THMin(g->tiles.n, g->n - j);
  TH_BLAS_ALONE;
  F_(gemm)
  (&g->ta, &g->tb, &(int){(int)m}, &(int){(int)n}, &(int){(int)g->k}, &g->alpha,
   g->a + i * (transposed(g->ta) ? g->lda : 1), &(int){(int)g->lda},
   g->b + j * (transposed(g->tb) ? 1 : g->ldb), &(int){(int)g->ldb}, &g->beta,
   g->c + i + j * g->ldc, &(int){(int)g->ldc});
}

static void T_(gemm_piece)(const void *g, int64_t first, int64_t last, int worker)
{
  (void)worker;
  for (int64_t tile = first; tile < last; tile++) T_(gemm_tile)(g, tile);
}

static bool T_(own_product)(const T_(Gemm) *g)
{
  const bool ta = transposed(g->ta), tb = transposed(g->tb);
  return THProduct_run(&(THProduct){sizeof(real) == 8, g->m, g->n, g->k, g->a, g->b, g->c, g->c, ta ? g->lda : 1,
                                    ta ? 1 : g->lda, tb ? g->ldb : 1, tb ? 1 : g->ldb, 1, g->ldc, 1, g->ldc,
                                    g->alpha, g->beta});
}

/* cut: into which tiles */
static void T_(multiply)(T_(Gemm) *g, GemmTiles (*cut)(int64_t m, int64_t n, int64_t k))
{
  if (g->m == 0 || g->n == 0) return;
  if (T_(only_scaled)(g->m, g->n, g->k, g->alpha, g->beta, g->c, 1, g->ldc)) return;
  if (T_(own_product)(g)) return;
  /* with a single column the leading dimension means nothing, but BLAS checks it */
  if (g->n == 1) g->ldc = g->m;
  if (transposed(g->ta) ? g->m == 1 : g->k == 1) g->lda = transposed(g->ta) ? g->k : g->m;
  if (transposed(g->tb) ? g->k == 1 : g->n == 1) g->ldb = transposed(g->tb) ? g->n : g->k;
  (void)fits(g->m), (void)fits(g->n), (void)fits(g->k);
  (void)fits(g->lda), (void)fits(g->ldb), (void)fits(g->ldc);
  TH_blasLoad();
  g->tiles = cut(g->m, g->n, g->k);
  TH_parallel(g->tiles.rows * g->tiles.columns, 1, T_(gemm_piece), g);
}

void BLAS_(gemm)(char transa, char transb, int64_t m, int64_t n, int64_t k, real alpha, real *a,
                 int64_t lda, real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
  T_(multiply)(&(T_(Gemm)){transa, transb, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c, {0}}, gemm_tiles);
}

void BLAS_(gemmByShape)(char transa, char transb, int64_t m, int64_t n, int64_t k, real alpha, real *a,
                        int64_t lda, real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
  T_(multiply)(&(T_(Gemm)){transa, transb, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c, {0}}, shape_tiles);
}
#undef F_

#else /* integers: arithmetic in an unsigned type, so that overflow wraps */
#ifdef TH_REAL_IS_LONG
#define wide uint64_t
#else
#define wide uint32_t
#endif

void BLAS_(swap)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  for (int64_t i = 0; i < n; i++) {
    real save = x[i * incx];
    x[i * incx] = y[i * incy];
    y[i * incy] = save;
  }
}
void BLAS_(scal)(int64_t n, real a, real *x, int64_t incx)
{
  for (int64_t i = 0; i < n; i++) x[i * incx] = (real)(a == 0 ? 0 : (wide)x[i * incx] * (wide)a);
}
void BLAS_(copy)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  for (int64_t i = 0; i < n; i++) y[i * incy] = x[i * incx];
}
TH_KERNEL void BLAS_(axpy)(int64_t n, real a, real *x, int64_t incx, real *y, int64_t incy)
{
  if (incx == 1 && incy == 1)
    for (int64_t i = 0; i < n; i++) y[i] = (real)((wide)y[i] + (wide)a * (wide)x[i]);
  else
    for (int64_t i = 0; i < n; i++)
      y[i * incy] = (real)((wide)y[i * incy] + (wide)a * (wide)x[i * incx]);
}
TH_KERNEL real BLAS_(dot)(int64_t n, real *x, int64_t incx, real *y, int64_t incy)
{
  wide sum = 0;
  if (incx == 1 && incy == 1)
    for (int64_t i = 0; i < n; i++) sum += (wide)x[i] * (wide)y[i];
  else
    for (int64_t i = 0; i < n; i++) sum += (wide)x[i * incx] * (wide)y[i * incy];
  return (real)sum;
}
void BLAS_(gemv)(char trans, int64_t m, int64_t n, real alpha, real *a, int64_t lda, real *x,
                 int64_t incx, real beta, real *y, int64_t incy)
{
  if (transposed(trans)) {
    for (int64_t j = 0; j < n; j++) {
      wide sum = (wide)BLAS_(dot)(m, a + j * lda, 1, x, incx) * (wide)alpha;
      y[j * incy] = (real)(beta == 0 ? sum : sum + (wide)beta * (wide)y[j * incy]);
    }
  } else {
    if (beta != 1) BLAS_(scal)(m, beta, y, incy);
    for (int64_t j = 0; j < n; j++)
      BLAS_(axpy)(m, (real)((wide)alpha * (wide)x[j * incx]), a + j * lda, 1, y, incy);
  }
}
void BLAS_(ger)(int64_t m, int64_t n, real alpha, real *x, int64_t incx, real *y, int64_t incy,
                real *a, int64_t lda)
{
  for (int64_t j = 0; j < n; j++)
    BLAS_(axpy)(m, (real)((wide)alpha * (wide)y[j * incy]), x, incx, a + j * lda, 1);
}

#ifndef GEMM_BLOCK
#define GEMM_BLOCK
enum { GEMM_MB = 128, GEMM_KB = 32 };
#endif

/* c += block * b, block being mb x kb packed by columns; kb is a multiple of 4. */
TH_KERNEL static void T_(gemm_block)(int64_t mb, int64_t kb, const real *restrict block,
                                     const real *restrict b, real *restrict c)
{
  for (int64_t k = 0; k < kb; k += 4) {
    const real *a = block + k * GEMM_MB;
    wide b0 = (wide)b[k], b1 = (wide)b[k + 1], b2 = (wide)b[k + 2], b3 = (wide)b[k + 3];
    for (int64_t i = 0; i < mb; i++)
      c[i] = (real)((wide)c[i] + (wide)a[i] * b0 + (wide)a[i + GEMM_MB] * b1 +
                    (wide)a[i + 2 * GEMM_MB] * b2 + (wide)a[i + 3 * GEMM_MB] * b3);
  }
}

/* Columns [first, last) of c; strides of op(a): (ai, ak), of op(b): (bk, bj). */
static void T_(gemm_columns)(int64_t m, int64_t k, real alpha, const real *a, int64_t ai,
                             int64_t ak, const real *b, int64_t bk, int64_t bj, real beta, real *c,
                             int64_t ldc, int64_t first, int64_t last)
{
  real block[GEMM_MB * GEMM_KB], column[GEMM_KB];
  if (beta != 1)
    for (int64_t j = first; j < last; j++) BLAS_(scal)(m, beta, c + j * ldc, 1);
  for (int64_t k0 = 0; k0 < k; k0 += GEMM_KB) {
    int64_t kb = THMin(k - k0, GEMM_KB), padded = (kb + 3) / 4 * 4;
    for (int64_t q = kb; q < padded; q++) {
      memset(block + q * GEMM_MB, 0, GEMM_MB * sizeof(real));
      column[q] = 0;
    }
    for (int64_t i0 = 0; i0 < m; i0 += GEMM_MB) {
      int64_t mb = THMin(m - i0, GEMM_MB);
      for (int64_t q = 0; q < kb; q++)
        for (int64_t i = 0; i < mb; i++) block[q * GEMM_MB + i] = a[(i0 + i) * ai + (k0 + q) * ak];
      for (int64_t j = first; j < last; j++) {
        for (int64_t q = 0; q < kb; q++)
          column[q] = (real)((wide)alpha * (wide)b[(k0 + q) * bk + j * bj]);
        T_(gemm_block)(mb, padded, block, column, c + i0 + j * ldc);
      }
    }
  }
}

typedef struct T_(IntGemm) {
  int64_t m, k, ai, ak, bk, bj, ldc;
  real alpha, beta;
  const real *a, *b;
  real *c;
} T_(IntGemm);

static void T_(gemm_piece)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(IntGemm) *g = arg;
  (void)worker;
  T_(gemm_columns)
  (g->m, g->k, g->alpha, g->a, g->ai, g->ak, g->b, g->bk, g->bj, g->beta, g->c, g->ldc, first, last);
}

void BLAS_(gemm)(char transa, char transb, int64_t m, int64_t n, int64_t k, real alpha, real *a,
                 int64_t lda, real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
  bool ta = transposed(transa), tb = transposed(transb);
  T_(IntGemm) g = {m, k, ta ? lda : 1, ta ? 1 : lda, tb ? ldb : 1, tb ? 1 : ldb, ldc, alpha, beta,
                   a, b, c};
  TH_parallel(n, TH_pieceFor(n, (double)m * (double)k / 4), T_(gemm_piece), &g);
}
#undef wide
#endif
#undef BLAS_
