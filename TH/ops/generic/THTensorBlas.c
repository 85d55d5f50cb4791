#define BLAS_(name) TH_CONCAT_4(TH, Real, Blas_, name)
#ifdef TH_REAL_IS_FLOATING
#define SCALAR(s) ((real)(s).d)
#else
#define SCALAR(s) ((real)(s).i)
#endif

static void T_(gemm)(const Gemm *g, void *a, void *b, THScalar beta, void *c)
{
  BLAS_(gemm)
  (g->ta, g->tb, g->m, g->n, g->k, SCALAR(g->alpha), a, g->lda, b, g->ldb, SCALAR(beta), c, g->ldc);
}

static void T_(gemv)(char trans, int64_t m, int64_t n, THScalar alpha, void *a, int64_t lda,
                     void *x, int64_t incx, THScalar beta, void *y, int64_t incy)
{
  BLAS_(gemv)(trans, m, n, SCALAR(alpha), a, lda, x, incx, SCALAR(beta), y, incy);
}

#ifdef TH_REAL_IS_FLOATING
typedef struct T_(Dot) {
  real *x, *y;
  int64_t incx, incy, piece;
  double *part; /* of each piece */
} T_(Dot);

static void T_(dot_piece)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(Dot) *d = arg;
  (void)worker;
  d->part[first / d->piece] = BLAS_(dot)(last - first, d->x + first * d->incx, d->incx,
                                         d->y + first * d->incy, d->incy);
}

static THScalar T_(dot)(int64_t n, void *x, int64_t incx, void *y, int64_t incy)
{
  enum { PIECES = 4 * TH_MAX_PIECES, MOST = 1 << 30 };
  double part[PIECES], sum = 0;
  int64_t step = (int64_t)PIECES * MOST; /* BLAS counts in 32 bits */
  TH_blasLoad();
  for (int64_t begin = 0; begin < n; begin += step) {
    int64_t count = THMin(n - begin, step), piece = THMin(dot_piece(count), MOST);
    T_(Dot) d = {(real *)x + begin * incx, (real *)y + begin * incy, incx, incy, piece, part};
    TH_parallel(count, piece, T_(dot_piece), &d);
    for (int64_t i = 0; i < (count + piece - 1) / piece; i++) sum += part[i];
  }
  return THScalar_fromDouble(sum);
}
#else
TH_KERNEL static int64_t T_(dot_sum)(int64_t n, const real *x, int64_t incx, const real *y,
                                     int64_t incy)
{
  uint64_t sum = 0;
  if (incx == 1 && incy == 1)
    for (int64_t i = 0; i < n; i++) sum += (uint64_t)x[i] * (uint64_t)y[i];
  else
    for (int64_t i = 0; i < n; i++) sum += (uint64_t)x[i * incx] * (uint64_t)y[i * incy];
  return (int64_t)sum;
}
static THScalar T_(dot)(int64_t n, void *x, int64_t incx, void *y, int64_t incy)
{
  return THScalar_fromInt(T_(dot_sum)(n, x, incx, y, incy));
}
#endif

#ifdef TH_REAL_IS_FLOATING
#define wide real
#elif defined(TH_REAL_IS_LONG)
#define wide uint64_t
#else
#define wide uint32_t
#endif
/* r = beta r + x y, a row of an outer product. */
TH_KERNEL static void T_(ger_row)(int64_t n, real beta_, real x_, const real *y, int64_t incy,
                                  real *r, int64_t incr)
{
  wide beta = (wide)beta_, x = (wide)x_;
  if (incy == 1 && incr == 1) {
    if (beta_ == 0)
      for (int64_t j = 0; j < n; j++) r[j] = (real)(x * (wide)y[j]);
    else
      for (int64_t j = 0; j < n; j++) r[j] = (real)(beta * (wide)r[j] + x * (wide)y[j]);
  } else {
    for (int64_t j = 0; j < n; j++) {
      wide old = beta_ == 0 ? 0 : beta * (wide)r[j * incr];
      r[j * incr] = (real)(old + x * (wide)y[j * incy]);
    }
  }
}

static void T_(ger)(const Ger *g, int64_t first, int64_t last)
{
  wide alpha = (wide)SCALAR(g->alpha);
  real *r = g->r;
  const real *x = g->x, *y = g->y;
  for (int64_t i = first; i < last; i++)
    T_(ger_row)
    (g->n, SCALAR(g->beta), (real)(alpha * (wide)x[i * g->incx]), y, g->incy, r + i * g->rowr,
     g->incr);
}
#undef wide
#undef SCALAR
#undef BLAS_
