#define FACTOR_(name) TH_CONCAT_4(TH, Real, Factor_, name)
#define V T_(vector)
typedef real V __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
enum { T_(LANES) = 64 / sizeof(real), T_(WIDTH) = 4 * T_(LANES) };
#define LANES T_(LANES)
#define WIDTH T_(WIDTH)
#define UNROLL _Pragma("GCC unroll 4")

/* C = beta C + alpha A B, m x n and k; k is 0 only where beta is 1. */
static void T_(product)(int64_t m, int64_t n, int64_t k, double alpha, const real *a, int64_t ai, int64_t ak, const real *b,
                        int64_t bk, int64_t bj, double beta, real *c, int64_t ci, int64_t cj)
{
  if (m && n && k)
    THProduct_run(&(THProduct){sizeof(real) == 8, m, n, k, a, b, c, c, ai, ak, bk, bj, ci, cj, ci, cj, alpha, beta});
}
/* C -= A B */
static void T_(subtract)(int64_t m, int64_t n, int64_t k, const real *a, int64_t ai, int64_t ak, const real *b, int64_t bk,
                         int64_t bj, real *c, int64_t ci, int64_t cj)
{
  T_(product)(m, n, k, -1, a, ai, ak, b, bk, bj, 1, c, ci, cj);
}

/* Whether x * (1 / d) is x / d but for the last bit: 1 / d is not beyond the normal numbers. */
static inline bool T_(invertible)(real d)
{
  const real least = sizeof(real) == 8 ? (real)DBL_MIN : (real)FLT_MIN, most = 1 / (4 * least);
  return (d >= least && d <= most) || (d <= -least && d >= -most);
}

/* ---- triangular systems ---- */

/* x[j][lane] for t[k][j], n <= BLOCK unknowns, two at a time; right sides at b, `step` apart, become x, too. The diagonal's
   reciprocals are normal numbers. */
TH_KERNEL static void T_(solve_block)(int n, const real *t, bool backward, bool unit, real *x, real *b, int64_t step)
{
  for (int q = 0; q < n; q += 2) {
    const int j = backward ? n - 1 - q : q, next = q + 1 == n ? j : backward ? j - 1 : j + 1;
    V sum[4], other[4];
    UNROLL for (int i = 0; i < 4; i++) sum[i] = *(V *)(b + j * step + i * LANES), other[i] = *(V *)(b + next * step + i * LANES);
    for (int k = backward ? j + 1 : 0, last = k + q; k < last; k++) {
      const real factor = t[k * BLOCK + j], more = t[k * BLOCK + next];
      UNROLL for (int i = 0; i < 4; i++) {
        const V known = *(V *)(x + k * WIDTH + i * LANES);
        sum[i] -= known * factor, other[i] -= known * more;
      }
    }
    const real by = unit ? 1 : 1 / t[j * BLOCK + j], then = unit ? 1 : 1 / t[next * BLOCK + next];
    UNROLL for (int i = 0; i < 4; i++) *(V *)(x + j * WIDTH + i * LANES) = *(V *)(b + j * step + i * LANES) = sum[i] *= by;
    if (next == j) return;
    UNROLL for (int i = 0; i < 4; i++) {
      other[i] = (other[i] - sum[i] * t[j * BLOCK + next]) * then;
      *(V *)(x + next * WIDTH + i * LANES) = *(V *)(b + next * step + i * LANES) = other[i];
    }
  }
}

/* The same, x in place, where they are not. */
static __attribute__((noinline, cold)) void T_(solve_slowly)(int n, const real *t, bool backward, real *x)
{
  for (int q = 0; q < n; q++) {
    const int j = backward ? n - 1 - q : q;
    for (int i = 0; i < WIDTH; i++) {
      real sum = x[j * WIDTH + i];
      for (int k = backward ? j + 1 : 0, last = k + q; k < last; k++) sum -= x[k * WIDTH + i] * t[k * BLOCK + j];
      x[j * WIDTH + i] = sum / t[j * BLOCK + j];
    }
  }
}

static __attribute__((noinline)) bool T_(all_invertible)(int n, const real *t)
{
  for (int j = 0; j < n; j++)
    if (!T_(invertible)(t[j * BLOCK + j])) return false;
  return true;
}

static void T_(fetch)(int n, int lanes, const real *b, int64_t bi, int64_t bj, real *x)
{
  if (bi == 1) {
    for (int j = 0; j < n; j++) memcpy(x + j * WIDTH, b + j * bj, (size_t)lanes * sizeof *x);
    return;
  }
  if (bj == 1) {
    THGemm_kernels(sizeof(real) == 8)->packRows(n, lanes, WIDTH, b, bi, x);
    return;
  }
  for (int j = 0; j < n; j++)
    for (int i = 0; i < lanes; i++) x[j * WIDTH + i] = b[i * bi + j * bj];
}

/* The other way. packRows writes whole vectors. */
static void T_(put_back)(int n, int lanes, const real *x, real *b, int64_t bi, int64_t bj)
{
  if (bi == 1) {
    for (int j = 0; j < n; j++) memcpy(b + j * bj, x + j * WIDTH, (size_t)lanes * sizeof *x);
    return;
  }
  if (bj == 1 && n % LANES == 0) {
    THGemm_kernels(sizeof(real) == 8)->packRows(lanes, n, (int)bi, x, WIDTH, b);
    return;
  }
  for (int i = 0; i < lanes; i++)
    for (int j = 0; j < n; j++) b[i * bi + j * bj] = x[j * WIDTH + i];
}

/* The square that the triangle is of, to rows of BLOCK; what is on its other side is not used. */
static void T_(copy_triangle)(const Triangle *s, int n, const real *t, real *to)
{
  if (s->tk == 1) THGemm_kernels(sizeof(real) == 8)->packRows(n, n, BLOCK, t, s->tj, to);
  else
    for (int k = 0; k < n; k++) memcpy(to + k * BLOCK, t + k * s->tk, (size_t)n * sizeof *to);
}

static void T_(solve_few)(const Triangle *s, int64_t lanes, int n, const real *t, real *b)
{
  real small[BLOCK * BLOCK + LANES], x[BLOCK * WIDTH + LANES] __attribute__((aligned(64)));
  T_(copy_triangle)(s, n, t, small);
  const bool fast = s->unit || T_(all_invertible)(n, small);
  for (int64_t i = 0; i < lanes; i += WIDTH) {
    const int some = (int)THMin(lanes - i, WIDTH);
    if (some == WIDTH && s->bi == 1 && fast) {
      T_(solve_block)(n, small, s->backward, s->unit, x, b + i, s->bj);
      continue;
    }
    if (some < WIDTH) memset(x, 0, sizeof x); /* lanes that there are not: no slow numbers */
    T_(fetch)(n, some, b + i * s->bi, s->bi, s->bj, x);
    if (fast) T_(solve_block)(n, small, s->backward, s->unit, x, x, WIDTH);
    else T_(solve_slowly)(n, small, s->backward, x);
    T_(put_back)(n, some, x, b + i * s->bi, s->bi, s->bj);
  }
}

static void T_(solve_lanes)(const Triangle *s, int64_t lanes, int64_t n, const real *t, real *b)
{
  if (n <= BLOCK) {
    T_(solve_few)(s, lanes, (int)n, t, b);
    return;
  }
  const int64_t half = (n / 2 + BLOCK - 1) / BLOCK * BLOCK, rest = n - half;
  const real *t2 = t + half * (s->tk + s->tj);
  real *b2 = b + half * s->bj;
  if (s->backward) {
    T_(solve_lanes)(s, lanes, rest, t2, b2);
    T_(subtract)(lanes, half, rest, b2, s->bi, s->bj, t + half * s->tk, s->tk, s->tj, b, s->bi, s->bj);
    T_(solve_lanes)(s, lanes, half, t, b);
  } else {
    T_(solve_lanes)(s, lanes, half, t, b);
    T_(subtract)(lanes, rest, half, b, s->bi, s->bj, t + half * s->tj, s->tk, s->tj, b2, s->bi, s->bj);
    T_(solve_lanes)(s, lanes, rest, t2, b2);
  }
}

typedef struct T_(Solution) {
  const Triangle *s;
  int64_t n;
  const real *t;
  real *b;
} T_(Solution);

static void T_(solve_piece)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(Solution) *g = arg;
  (void)worker;
  T_(solve_lanes)(g->s, last - first, g->n, g->t, g->b + first * g->s->bi);
}

static void T_(solve)(Triangle s, int64_t lanes, int64_t n, const real *t, real *b)
{
  const double pieces = THMax(1, THMin((double)lanes * (double)n * (double)n / 2 / SOLVE_WORK, 16));
  const int64_t piece = ((int64_t)((double)lanes / pieces) + WIDTH - 1) / WIDTH * WIDTH;
  if (lanes && n) TH_parallel(lanes, THMax(piece, WIDTH), T_(solve_piece), &(T_(Solution)){&s, n, t, b});
}

/* ---- LU ---- */

/* Where |x| is largest, NaN being nowhere so. */
TH_KERNEL static int64_t T_(largest)(int64_t n, const real *x)
{
  real most = -1;
  _Pragma("omp simd reduction(max : most)") for (int64_t i = 0; i < n; i++)
  {
    const real v = x[i] < 0 ? -x[i] : x[i];
    most = v > most ? v : most;
  }
  for (int64_t i = 0; i < n; i++)
    if (x[i] == most || x[i] == -most) return i;
  return 0;
}

static void T_(exchange)(real *a, int64_t lda, int64_t columns, int64_t i, int64_t j)
{
  for (int64_t c = 0; c < columns && i != j; c++, a += lda) {
    const real x = a[i];
    a[i] = a[j];
    a[j] = x;
  }
}

/* x /= d; where 1 / d would overflow, element by element */
TH_KERNEL static void T_(divide)(int64_t n, real *x, real d)
{
  const real by = 1 / d;
  if (T_(invertible)(d))
    for (int64_t i = 0; i < n; i++) x[i] *= by;
  else
    for (int64_t i = 0; i < n; i++) x[i] /= d;
}

/* Columns y, lda apart, -= x times their own first element, which lies one before. */
TH_KERNEL static void T_(eliminate)(int64_t n, int64_t columns, const real *x, real *y, int64_t lda)
{
  for (int64_t c = 0; c < columns; c++, y += lda) {
    const real factor = y[-1];
    for (int64_t i = 0; i < n; i++) y[i] -= x[i] * factor;
  }
}

/* The same for ROUND columns x one after the other, of n rows from the first one's diagonal on, as y are. */
TH_KERNEL static void T_(eliminate_round)(int64_t n, int64_t columns, const real *x, real *y, int64_t lda)
{
  const real *x1 = x + lda, *x2 = x1 + lda, *x3 = x2 + lda;
  for (int64_t j = 0; j < columns; j++, y += lda) {
    const real a = y[0], b = y[1] - x[1] * a, c = y[2] - x[2] * a - x1[2] * b, d = y[3] - x[3] * a - x1[3] * b - x2[3] * c;
    y[1] = b, y[2] = c, y[3] = d;
    _Pragma("omp simd") for (int64_t i = ROUND; i < n; i++) y[i] = y[i] - x[i] * a - x1[i] * b - x2[i] * c - x3[i] * d;
  }
}

/* Few columns of m rows; pivots count from 0. The column, from 1, of the first pivot that is 0, or 0. */
static int T_(lu_panel)(int64_t m, int n, real *a, int64_t lda, int *pivot)
{
  int info = 0;
  for (int j = 0; j < n; j++) {
    real *column = a + j * lda;
    const int first = j / ROUND * ROUND, last = THMin(first + ROUND, n);
    pivot[j] = j + (int)T_(largest)(m - j, column + j);
    if (column[pivot[j]] == 0) {
      if (!info) info = j + 1;
    } else {
      T_(exchange)(a, lda, n, j, pivot[j]);
      T_(divide)(m - j - 1, column + j + 1, column[j]);
      T_(eliminate)(m - j - 1, last - j - 1, column + j + 1, column + lda + j + 1, lda);
    }
    if (j == last - 1 && last < n) T_(eliminate_round)(m - first, n - last, a + first * (lda + 1), a + last * lda + first, lda);
  }
  return info;
}

typedef struct T_(Exchanges) {
  real *a;
  int64_t lda, n;
  const int *pivot;
} T_(Exchanges);

static void T_(exchange_piece)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(Exchanges) *g = arg;
  (void)worker;
  for (int64_t i = 0; i < g->n;) {
    int from[EXCHANGES], to[EXCHANGES], n = 0;
    for (; i < g->n && n < EXCHANGES; i++)
      if (g->pivot[i] != i) from[n] = (int)i, to[n++] = g->pivot[i];
    for (int64_t c = first; c < last && n; c++) {
      real *column = g->a + c * g->lda;
      for (int k = 0; k < n; k++) {
        const real x = column[from[k]];
        column[from[k]] = column[to[k]];
        column[to[k]] = x;
      }
    }
  }
}

static void T_(exchange_rows)(real *a, int64_t lda, int64_t columns, int64_t n, const int *pivot)
{
  if (columns && n) TH_parallel(columns, THMax(8, SWAP_WORK / n), T_(exchange_piece), &(T_(Exchanges)){a, lda, n, pivot});
}

/* m >= n */
static int T_(lu)(int64_t m, int64_t n, real *a, int64_t lda, int *pivot)
{
  if (n <= PANEL) return T_(lu_panel)(m, (int)n, a, lda, pivot);
  const int64_t half = (n / 2 + PANEL - 1) / PANEL * PANEL, rest = n - half;
  real *right = a + half * lda, *below = a + half, *corner = right + half;
  int info = T_(lu)(m, half, a, lda, pivot);
  T_(exchange_rows)(right, lda, rest, half, pivot);
  T_(solve)((Triangle){false, true, lda, 1, lda, 1}, rest, half, a, right);
  T_(subtract)(m - half, rest, half, below, 1, lda, right, 1, lda, corner, 1, lda);
  const int more = T_(lu)(m - half, rest, corner, lda, pivot + half);
  T_(exchange_rows)(below, lda, half, rest, pivot + half);
  for (int64_t i = half; i < n; i++) pivot[i] += (int)half;
  return info ? info : more ? more + (int)half : 0;
}

void FACTOR_(getrf)(int n, real *a, int lda, int *pivot, int *info)
{
  *info = T_(lu)(n, n, a, lda, pivot);
  for (int i = 0; i < n; i++) pivot[i]++;
}

void FACTOR_(getrs)(int n, int columns, const real *a, int lda, const int *pivot, real *b, int ldb)
{
  for (int i = 0; i < n; i++) T_(exchange)(b, ldb, columns, i, pivot[i] - 1);
  T_(solve)((Triangle){false, true, lda, 1, ldb, 1}, columns, n, a, b);
  T_(solve)((Triangle){true, false, lda, 1, ldb, 1}, columns, n, a, b);
}

/* ---- the inverse ---- */

/* An upper triangle, in place. */
static void T_(invert_few)(int n, real *a, int64_t lda)
{
  real small[BLOCK * BLOCK + LANES], x[BLOCK * WIDTH] __attribute__((aligned(64)));
  memset(x, 0, sizeof x);
  for (int j = 0; j < n; j++) x[j * WIDTH + j] = 1;
  T_(copy_triangle)(&(Triangle){.tk = 1, .tj = lda}, n, a, small);
  if (T_(all_invertible)(n, small)) T_(solve_block)(n, small, false, false, x, x, WIDTH);
  else T_(solve_slowly)(n, small, false, x);
  for (int j = 0; j < n; j++) memcpy(a + j * lda, x + j * WIDTH, (size_t)(j + 1) * sizeof *a);
}

static void T_(invert_upper)(int64_t n, real *a, int64_t lda)
{
  if (n <= BLOCK) {
    T_(invert_few)((int)n, a, lda);
    return;
  }
  const int64_t half = (n / 2 + BLOCK - 1) / BLOCK * BLOCK, rest = n - half;
  real *right = a + half * lda, *corner = right + half;
  T_(solve)((Triangle){true, false, lda, 1, lda, 1}, rest, half, a, right);
  T_(solve)((Triangle){false, false, 1, lda, 1, lda}, half, rest, corner, right);
  for (int64_t j = 0; j < rest; j++)
    for (int64_t i = 0; i < half; i++) right[j * lda + i] = -right[j * lda + i];
  T_(invert_upper)(half, a, lda);
  T_(invert_upper)(rest, corner, lda);
}

/* Columns [j, j + n) of X, where X L is the inverse of U: those after them are known. */
static void T_(inverse_columns)(int64_t all, int64_t j, int64_t n, real *a, int64_t lda, real *work)
{
  const int64_t after = all - j - n;
  real *columns = a + j * lda;
  for (int64_t c = 0; c < n; c++)
    for (int64_t i = j + c + 1; i < all; i++) {
      work[i - j + c * all] = columns[i + c * lda];
      columns[i + c * lda] = 0;
    }
  T_(subtract)(all, n, after, columns + n * lda, 1, lda, work + n, 1, all, columns, 1, lda);
  T_(solve)((Triangle){true, true, 1, all, 1, lda}, all, n, work, columns);
}

void FACTOR_(getri)(int n, real *a, int lda, const int *pivot, real *work, int *info)
{
  *info = 0;
  for (int i = 0; i < n && !*info; i++)
    if (a[i + (int64_t)i * lda] == 0) *info = i + 1;
  if (*info) return;
  T_(invert_upper)(n, a, lda);
  for (int j = (n - 1) / TH_INVERSE_COLUMNS * TH_INVERSE_COLUMNS; j >= 0; j -= TH_INVERSE_COLUMNS)
    T_(inverse_columns)(n, j, THMin(n - j, TH_INVERSE_COLUMNS), a, lda, work);
  for (int i = n - 1; i >= 0; i--)
    if (pivot[i] - 1 != i) {
      real *x = a + (int64_t)i * lda, *y = a + (int64_t)(pivot[i] - 1) * lda;
      for (int k = 0; k < n; k++) {
        const real save = x[k];
        x[k] = y[k];
        y[k] = save;
      }
    }
}

/* ---- Cholesky: L(i, j) at i si + j sj; the upper factor is this one transposed ---- */

/* By whole vectors: what they hold above the diagonal is any number, of which no row below it is made. */
TH_KERNEL static int T_(cholesky_block)(int n, real *a)
{
  for (int j = 0; j < n; j++) {
    real *column = a + j * BLOCK;
    if (column[j] <= 0) return j + 1; /* NaN spreads */
    const real root = sizeof(real) == 8 ? (real)sqrt((double)column[j]) : (real)sqrtf((float)column[j]);
    const bool invertible = T_(invertible)(root);
    for (int i = j / LANES * LANES; i < BLOCK; i += LANES) {
      if (invertible) *(V *)(column + i) *= 1 / root;
      else *(V *)(column + i) /= root;
    }
    column[j] = root;
    for (int k = j + 1; k < n; k++) {
      const real factor = column[k];
      for (int i = k / LANES * LANES; i < BLOCK; i += LANES) *(V *)(a + k * BLOCK + i) -= *(const V *)(column + i) * factor;
    }
  }
  return 0;
}

static int T_(cholesky_few)(int n, real *a, int64_t si, int64_t sj)
{
  real small[BLOCK * BLOCK] = {0};
  for (int j = 0; j < n; j++)
    for (int i = j; i < n; i++) small[j * BLOCK + i] = a[i * si + j * sj];
  const int info = T_(cholesky_block)(n, small);
  for (int j = 0; j < n; j++)
    for (int i = j; i < n; i++) a[i * si + j * sj] = small[j * BLOCK + i];
  return info;
}

/* The lower triangle of C -= A A', A of n x k. */
typedef struct T_(Square) {
  int64_t n, k;
  const real *a;
  real *c;
  int64_t si, sj;
} T_(Square);

/* Strips of DIAGONAL columns: the square on the diagonal is made whole. */
static void T_(subtract_strips)(const void *arg, int64_t first, int64_t last, int worker)
{
  const T_(Square) *g = arg;
  (void)worker;
  for (int64_t at = first * DIAGONAL; at < last * DIAGONAL; at += DIAGONAL) {
    const int64_t si = g->si, sj = g->sj, n = THMin(DIAGONAL, g->n - at);
    const real *a = g->a + at * si, *below = a + n * si;
    real *c = g->c + at * (si + sj), square[DIAGONAL * DIAGONAL];
    THProduct_run(&(THProduct){sizeof(real) == 8, n, n, g->k, a, a, square, NULL, si, sj, sj, si, 1, n, 0, 0, 1, 0});
    for (int64_t j = 0; j < n; j++)
      for (int64_t i = j; i < n; i++) c[i * si + j * sj] -= square[j * n + i];
    T_(subtract)(g->n - at - n, n, g->k, below, si, sj, a, sj, si, c + n * si, si, sj);
  }
}

static void T_(subtract_square)(int64_t n, int64_t k, const real *a, real *c, int64_t si, int64_t sj)
{
  if (n <= STRIPS) {
    const int64_t strips = (n + DIAGONAL - 1) / DIAGONAL;
    TH_parallel(strips, n * n * k / 2 < 2 * SQUARE_WORK ? strips : 1, T_(subtract_strips), &(T_(Square)){n, k, a, c, si, sj});
    return;
  }
  const int64_t half = (n / 2 + DIAGONAL - 1) / DIAGONAL * DIAGONAL, rest = n - half;
  T_(subtract_square)(half, k, a, c, si, sj);
  T_(subtract)(rest, half, k, a + half * si, si, sj, a, sj, si, c + half * si, si, sj);
  T_(subtract_square)(rest, k, a + half * si, c + half * (si + sj), si, sj);
}

static int T_(cholesky)(int64_t n, real *a, int64_t si, int64_t sj)
{
  if (n <= BLOCK) return T_(cholesky_few)((int)n, a, si, sj);
  const int64_t half = (n / 2 + BLOCK - 1) / BLOCK * BLOCK, rest = n - half;
  real *below = a + half * si, *corner = below + half * sj;
  int info = T_(cholesky)(half, a, si, sj);
  if (info) return info;
  T_(solve)((Triangle){false, false, sj, si, si, sj}, rest, half, a, below);
  T_(subtract_square)(rest, half, below, corner, si, sj);
  info = T_(cholesky)(rest, corner, si, sj);
  return info ? info + (int)half : 0;
}

void FACTOR_(potrf)(char uplo, int n, real *a, int lda, int *info)
{
  *info = T_(cholesky)(n, a, uplo == 'L' ? 1 : lda, uplo == 'L' ? lda : 1);
}

void FACTOR_(potrs)(char uplo, int n, int columns, const real *a, int lda, real *b, int ldb)
{
  const int64_t si = uplo == 'L' ? 1 : lda, sj = uplo == 'L' ? lda : 1;
  T_(solve)((Triangle){false, false, sj, si, ldb, 1}, columns, n, a, b);
  T_(solve)((Triangle){true, false, si, sj, ldb, 1}, columns, n, a, b);
}

void FACTOR_(trtrs)(char uplo, char trans, char diag, int n, int columns, const real *a, int lda, real *b, int ldb, int *info)
{
  const bool turned = trans != 'N', unit = diag == 'U';
  *info = 0;
  for (int i = 0; i < n && !unit && !*info; i++)
    if (a[i + (int64_t)i * lda] == 0) *info = i + 1;
  if (*info) return;
  T_(solve)((Triangle){(uplo == 'L') == turned, unit, turned ? 1 : lda, turned ? lda : 1, ldb, 1}, columns, n, a, b);
}

/* ---- QR: blocks of reflections I - V T V' (Schreiber, Van Loan, 1989) ---- */

/* v, whose first element is alpha, becomes a reflection with a first element of 1, which is not stored: beta, what it makes
   of alpha, is. Returns tau. A vector so small that beta would lose bits is scaled meanwhile. */
TH_KERNEL static real T_(reflection)(int64_t m, real *v)
{
  const real alpha = v[0];
  real most = 0, sum = 0;
  for (int64_t i = 1; i < m; i++) most = fabs((double)v[i]) > (double)most ? (real)fabs((double)v[i]) : most;
  for (int64_t i = 1; i < m; i++) most = v[i] != v[i] ? v[i] : most; /* NaN spreads */
  if (most == 0) return 0;
  const real top = most > (real)fabs((double)alpha) ? most : (real)fabs((double)alpha);
  const real few = (real)(sizeof(real) == 8 ? DBL_MIN / DBL_EPSILON : FLT_MIN / FLT_EPSILON);
  if (top < few) {
    for (int64_t i = 0; i < m; i++) v[i] /= few;
    const real tau = T_(reflection)(m, v);
    v[0] *= few;
    return tau;
  }
  _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 0; i < m; i++) sum += v[i] / top * (v[i] / top);
  const real size = top * (real)sqrt((double)sum), beta = alpha > 0 ? -size : size;
  T_(divide)(m - 1, v + 1, alpha - beta);
  v[0] = beta;
  return (beta - alpha) / beta;
}

/* The reflection v, of tau, on so many columns of C, lda apart. */
TH_KERNEL static void T_(reflect)(int64_t m, const real *v, real tau, int64_t columns, real *c, int64_t lda)
{
  for (int64_t j = 0; j < columns; j++, c += lda) {
    real sum = 0;
    _Pragma("omp simd reduction(+ : sum)") for (int64_t i = 1; i < m; i++) sum += v[i] * c[i];
    const real by = tau * (c[0] + sum);
    c[0] -= by;
    for (int64_t i = 1; i < m; i++) c[i] -= v[i] * by;
  }
}

static void T_(qr_panel)(int64_t m, int n, real *a, int64_t lda, real *tau)
{
  for (int j = 0; j < n; j++) {
    real *v = a + j + j * lda;
    tau[j] = T_(reflection)(m - j, v);
    T_(reflect)(m - j, v, tau[j], n - j - 1, v + lda, lda);
  }
}

/* The reflections of a panel together: V is m x n, T upper; w and w2 have room for n x columns. */
typedef struct T_(Reflections) {
  int64_t m, n;
  real *v, *t, *w, *w2;
} T_(Reflections);

/* Of the first n columns of m rows, in `work`: qrWork elements. */
static T_(Reflections) T_(reflections_of)(int64_t m, int n, const real *a, int64_t lda, const real *tau, real *work, int64_t columns)
{
  T_(Reflections) r = {m, n, work, work + m * n, work + m * n + n * n, work + m * n + n * n + n * columns};
  for (int j = 0; j < n; j++) {
    memset(r.v + j * m, 0, (size_t)j * sizeof *a);
    r.v[j + j * m] = 1;
    memcpy(r.v + j * m + j + 1, a + j * lda + j + 1, (size_t)(m - j - 1) * sizeof *a);
  }
  T_(product)(n, n, m, 1, r.v, m, 1, r.v, 1, m, 0, r.t, 1, n); /* V' V; what is above the diagonal counts */
  for (int i = 0; i < n; i++) {
    real *column = r.t + i * n;
    for (int k = 0; k < i; k++) { /* T's columns before it times the products, and -tau */
      const real product = -tau[i] * column[k], *before = r.t + k * n;
      for (int j = 0; j < k; j++) column[j] += before[j] * product;
      column[k] = before[k] * product;
    }
    column[i] = tau[i];
    memset(column + i + 1, 0, (size_t)(n - i - 1) * sizeof *a);
  }
  return r;
}

/* C of m x columns becomes (I - V T V') C, or with T's transpose. */
static void T_(reflect_all)(const T_(Reflections) *r, bool turned, int64_t columns, real *c, int64_t lda)
{
  const int64_t m = r->m, n = r->n;
  if (!columns) return;
  T_(product)(n, columns, m, 1, r->v, m, 1, c, 1, lda, 0, r->w, 1, n);
  T_(product)(n, columns, n, 1, r->t, turned ? n : 1, turned ? 1 : n, r->w, 1, n, 0, r->w2, 1, n);
  T_(subtract)(m, columns, n, r->v, 1, m, r->w2, 1, n, c, 1, lda);
}

int64_t FACTOR_(qrWork)(int64_t m, int64_t n) { return BLOCK * (m + BLOCK + 2 * THMax(n, BLOCK)); }

void FACTOR_(geqrf)(int m, int n, real *a, int lda, real *tau, real *work)
{
  const int most = THMin(m, n);
  for (int j = 0; j < most; j += BLOCK) {
    const int some = THMin(BLOCK, most - j), after = n - j - some;
    real *corner = a + j + (int64_t)j * lda;
    T_(qr_panel)(m - j, some, corner, lda, tau + j);
    if (!after) break;
    const T_(Reflections) r = T_(reflections_of)(m - j, some, corner, lda, tau + j, work, after);
    T_(reflect_all)(&r, true, after, corner + some * (int64_t)lda, lda);
  }
}

/* Columns of the unit matrix. */
static void T_(unit_columns)(int64_t m, int64_t first, int64_t last, real *a, int64_t lda)
{
  for (int64_t j = first; j < last; j++) {
    memset(a + j * lda, 0, (size_t)m * sizeof *a);
    a[j + j * lda] = 1;
  }
}

void FACTOR_(orgqr)(int m, int n, int k, real *a, int lda, const real *tau, real *work)
{
  T_(unit_columns)(m, k, n, a, lda);
  for (int j = (k - 1) / BLOCK * BLOCK; k && j >= 0; j -= BLOCK) {
    const int some = THMin(BLOCK, k - j), after = n - j - some;
    real *corner = a + j + (int64_t)j * lda;
    const T_(Reflections) r = T_(reflections_of)(m - j, some, corner, lda, tau + j, work, THMax(after, some));
    T_(reflect_all)(&r, false, after, corner + some * (int64_t)lda, lda);
    T_(unit_columns)(m, j, j + some, a, lda);
    T_(reflect_all)(&r, false, some, corner, lda);
  }
}
/* ---- three diagonals of a symmetric matrix, by reflections one after the other. Columns lie `step` apart, a multiple of LANES;
   rows up to step are whole vectors. One triangle is kept, of whose diagonal both sides within a vector ---- */

static inline real T_(lanes_total)(V x)
{
  real sum = 0;
  for (int i = 0; i < LANES; i++) sum += x[i];
  return sum;
}

/* Columns [c, n) -= v w' + w v', and p = what they are times u, in one walk through memory, four columns at once: those before c are
   done, and u is 0 there; those from n on are 0. What a column has below its first vector counts for its mirror image, too. */
TH_KERNEL static void T_(update_and_multiply)(int64_t step, int64_t c, int64_t n, real *restrict s, const real *restrict v,
                                              const real *restrict w, const real *restrict u, real *restrict p)
{
  enum { MANY = 4 };
  const int64_t first = c / LANES * LANES;
  memset(p + first, 0, (size_t)(step - first) * sizeof *p);
  for (c = c / MANY * MANY; c < n; c += MANY) {
    const int64_t head = c / LANES * LANES;
    V sums[MANY];
    real *x = s + c * step;
    for (int k = 0; k < MANY; k++) {
      const V now = *(V *)(x + k * step + head) -= *(const V *)(v + head) * w[c + k] + *(const V *)(w + head) * v[c + k];
      *(V *)(p + head) += now * u[c + k];
      sums[k] = (V){0};
    }
    for (int64_t i = head + LANES; i < step; i += LANES) {
      const V vi = *(const V *)(v + i), wi = *(const V *)(w + i), ui = *(const V *)(u + i);
      V pi = *(const V *)(p + i);
      UNROLL for (int k = 0; k < MANY; k++) {
        const V now = *(V *)(x + k * step + i) -= vi * w[c + k] + wi * v[c + k];
        pi += now * u[c + k], sums[k] += now * ui;
      }
      *(V *)(p + i) = pi;
    }
    for (int k = 0; k < MANY; k++) p[c + k] += T_(lanes_total)(sums[k]);
  }
}

static int64_t T_(padded)(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

int64_t FACTOR_(sytrdWork)(int64_t n) { return T_(padded)(n) * (T_(padded)(n) + 4); }

/* The product with a column's reflection is taken while what the column before it changes is written. */
void FACTOR_(sytrd)(int n, real *a, int lda, real *d, real *e, real *tau, real *work)
{
  const int64_t step = T_(padded)(n);
  real *s = work, *v = s + step * step, *w = v + step, *u = w + step, *p = u + step;
  memset(work, 0, (size_t)FACTOR_(sytrdWork)(n) * sizeof *work);
  for (int64_t j = 0; j < n; j++) memcpy(s + j * step, a + j * lda, (size_t)n * sizeof *s);
  for (int64_t j = 0; j < n; j++) {
    const int64_t next = j + 1, first = next / LANES * LANES, left = n - next;
    real *x = s + j * step, dot = 0;
    for (int64_t i = j; i < n; i++) x[i] -= v[i] * w[j] + w[i] * v[j];
    d[j] = x[j];
    memcpy(a + j + j * lda, x + j, (size_t)(n - j) * sizeof *a);
    if (!left) break;
    real *below = a + next + j * lda;
    tau[j] = T_(reflection)(left, below);
    e[j] = below[0];
    memset(u + first, 0, (size_t)(next - first) * sizeof *u);
    memcpy(u + next, below, (size_t)left * sizeof *u);
    u[next] = 1;
    T_(update_and_multiply)(step, next, n, s, v, w, u, p);
    for (int64_t i = next; i < n; i++) dot += p[i] * u[i];
    dot *= tau[j] / 2;
    for (int64_t i = first; i < n; i++) w[i] = i > j ? tau[j] * (p[i] - dot * u[i]) : 0;
    real *const before = v;
    v = u, u = before;
  }
}
#undef FACTOR_
#undef V
#undef LANES
#undef WIDTH
#undef UNROLL
