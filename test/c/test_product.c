/* Products of floats and doubles against sums in double, element by element, by their own entry (blas/gemm/product.h):
   sizes around vectors, blocks and tiles, any steps between elements, and nothing written beside C. */
#include "th_test.h"
#include "blas/gemm/product.h"
#include "parallel/THParallel.h"
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/* A matrix in the middle of memory that holds `guard` elsewhere. */
typedef struct Matrix {
  void *memory;
  int64_t rows, columns, down, across, total, first;
  int isDouble;
} Matrix;

static const double GUARD = -77;
static uint32_t state = 1;
static double next(void) /* multiples of 1/8 in [-2, 2): products of floats are exact */
{
  state = state * 1664525u + 1013904223u;
  return (double)(state >> 27) / 8 - 2;
}

static double get(const Matrix *x, int64_t place)
{
  return x->isDouble ? ((const double *)x->memory)[place] : (double)((const float *)x->memory)[place];
}
static void put(Matrix *x, int64_t place, double value)
{
  if (x->isDouble) ((double *)x->memory)[place] = value;
  else ((float *)x->memory)[place] = (float)value;
}
static int64_t place(const Matrix *x, int64_t i, int64_t j) { return x->first + i * x->down + j * x->across; }
static void *start(const Matrix *x) { return (char *)x->memory + x->first * (x->isDouble ? 8 : 4); }

enum { ROWS, COLUMNS, NARROW_ROWS, NARROW_COLUMNS, SPARSE, LAYOUTS, FAR_ROWS = LAYOUTS };

/* The memory of the last four, which is there to be used again. */
enum { SLOTS = 4 };
static char slots[SLOTS + 1][16 << 20];

static Matrix new_matrix(int isDouble, int layout, int64_t rows, int64_t columns)
{
  Matrix x = {.rows = rows, .columns = columns, .down = columns, .across = 1, .first = 3, .isDouble = isDouble};
  if (layout == NARROW_ROWS) x.down = columns + 5;
  if (layout == FAR_ROWS) x.down = 512;
  if (layout == COLUMNS) x.down = 1, x.across = rows;
  if (layout == NARROW_COLUMNS) x.down = 1, x.across = rows + 3;
  if (layout == SPARSE) x.down = 2, x.across = 2 * rows + 1;
  x.total = x.first + (rows - 1) * x.down + (columns - 1) * x.across + 1 + 40;
  static int slot;
  if (x.total * 8 > (int64_t)sizeof *slots) ck_abort_msg("larger than the test has room for");
  x.memory = slots[slot++ % SLOTS];
  for (int64_t p = 0; p < x.total; p++) put(&x, p, GUARD);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) put(&x, place(&x, i, j), next());
  return x;
}

static void check_guard(const Matrix *x)
{
  char *used = slots[SLOTS];
  memset(used, 0, (size_t)x->total);
  for (int64_t i = 0; i < x->rows; i++)
    for (int64_t j = 0; j < x->columns; j++) used[place(x, i, j)] = 1;
  for (int64_t p = 0; p < x->total; p++)
    if (!used[p] && get(x, p) != GUARD) ck_abort_msg("written beside C, at %lld", (long long)p);
}

static THProduct product_of(const Matrix *a, const Matrix *b, const Matrix *c, const Matrix *d, double alpha, double beta)
{
  return (THProduct){a->isDouble, a->rows,   b->columns, a->columns, start(a), start(b), start(c), start(d), a->down,
                     a->across,   b->down,   b->across,  c->down,    c->across, d->down, d->across, alpha, beta};
}

static void compare(const Matrix *a, const Matrix *b, const Matrix *c, const Matrix *before, double alpha, double beta)
{
  for (int64_t i = 0; i < c->rows; i++)
    for (int64_t j = 0; j < c->columns; j++) {
      double sum = 0, size = 0;
      for (int64_t k = 0; k < a->columns; k++) {
        const double term = get(a, place(a, i, k)) * get(b, place(b, k, j));
        sum += term, size += fabs(term);
      }
      const double old = beta == 0 ? 0 : beta * get(before, place(before, i, j));
      const double want = alpha * sum + old, got = get(c, place(c, i, j));
      const double bound = (fabs(alpha) * size + fabs(old)) * (c->isDouble ? 1e-14 : 1e-6) + 1e-30;
      if (!(fabs(got - want) <= bound))
        ck_abort_msg("%lldx%lldx%lld at %lld, %lld: %.17g, expected %.17g", (long long)c->rows, (long long)a->columns,
                     (long long)c->columns, (long long)i, (long long)j, got, want);
    }
}

/* bias: 1, D is a vector along columns; 2, along rows; 0, D is C. */
static void one(int isDouble, int64_t m, int64_t k, int64_t n, const int *layout, double alpha, double beta, int bias)
{
  Matrix a = new_matrix(isDouble, layout[0], m, k), b = new_matrix(isDouble, layout[1], k, n),
         c = new_matrix(isDouble, layout[2], m, n), d = new_matrix(isDouble, layout[2], m, n);
  if (bias == 1) d.down = 0;
  if (bias == 2) d.across = 0;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++)
      put(&c, place(&c, i, j), beta == 0 || bias ? NAN : get(&d, place(&d, i, j)));
  if (bias && beta == 0) put(&d, d.first, NAN);
  THProduct p = product_of(&a, &b, &c, bias ? &d : &c, alpha, beta);
  if (!THProduct_run(&p)) ck_abort_msg("no kernels");
  compare(&a, &b, &c, &d, alpha, beta);
  check_guard(&c);
}

static bool has_kernels(void)
{
  float x[1] = {2}, y[1] = {3}, z[1] = {0};
  THProduct p = {0, 1, 1, 1, x, y, z, z, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  const bool has = THProduct_run(&p);
  ck_assert(!has || z[0] == 6);
  return has;
}
#define NEEDS_KERNELS                                                                              \
  if (!has_kernels()) {                                                                            \
    printf("skipped: no kernels of products with this instruction set\n");                         \
    return;                                                                                        \
  }

/* Every size of each side, the others around a vector. */
START_TEST(small_sizes)
{
  NEEDS_KERNELS
  static const int64_t few[] = {1, 2, 3, 8, 15, 17, 33};
  int turn = 0;
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int64_t s = 1; s <= 40; s++)
      for (int x = 0; x < 7; x++)
        for (int y = x % 2; y < 7; y += 2, turn++) {
          const int layout[3] = {turn % LAYOUTS, turn / LAYOUTS % LAYOUTS, turn / 25 % LAYOUTS};
          const double alpha = turn % 3 ? 1 : -2, beta = turn % 4 - 1;
          one(isDouble, s, few[x], few[y], layout, alpha, beta, 0);
          one(isDouble, few[x], s, few[y], layout, alpha, beta, turn % 3);
          one(isDouble, few[x], few[y], s, layout, alpha, beta, 0);
        }
}
END_TEST

START_TEST(layouts)
{
  NEEDS_KERNELS
  static const int64_t sizes[][3] = {{5, 70, 3}, {37, 19, 45}, {3, 300, 40}, {40, 300, 6}, {1, 40, 50}, {50, 40, 1}};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int l = 0; l < LAYOUTS * LAYOUTS * LAYOUTS; l++) {
      const int layout[3] = {l % LAYOUTS, l / LAYOUTS % LAYOUTS, l / LAYOUTS / LAYOUTS};
      for (int s = 0; s < 6; s++)
        for (int beta = 0; beta < 3; beta++)
          one(isDouble, sizes[s][0], sizes[s][1], sizes[s][2], layout, 1 + s % 2, beta, l % 2 ? 0 : s % 3);
    }
}
END_TEST

/* Around blocks of k, of vectors and of tiles; steps that share places of a cache. */
START_TEST(borders)
{
  NEEDS_KERNELS
  static const int64_t sizes[][3] = {{31, 255, 29}, {32, 256, 28}, {33, 257, 27}, {65, 512, 43}, {64, 513, 42}, {127, 64, 128},
                                     {130, 129, 131}, {257, 65, 255}, {20, 30, 1025}, {1030, 40, 18}, {9, 1024, 65},
                                     {66, 1024, 70}, {1, 1000, 300}, {300, 1000, 1}, {513, 257, 1}, {8, 800, 130}, {130, 31, 8},
                                     {23, 2100, 37}, {50, 400, 63}, {40, 1100, 210}, {48, 1030, 390}, {1, 1031, 301}, {301, 1031, 2}, {5001, 140, 1}};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int s = 0; s < (int)(sizeof sizes / sizeof *sizes); s++)
      for (int l = 0; l < 8; l++) {
        const int layout[3] = {l & 1, l >> 1 & 1, l >> 2};
        one(isDouble, sizes[s][0], sizes[s][1], sizes[s][2], layout, 1, l % 3, l % 3);
      }
}
END_TEST

/* Panels that are packed beside each other: every width, few steps of k. */
START_TEST(packed_columns)
{
  NEEDS_KERNELS
  static const int layout[3] = {ROWS, FAR_ROWS, ROWS}, turned[3] = {COLUMNS, FAR_ROWS, COLUMNS};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int64_t k = 1; k <= 18; k++)
      for (int64_t n = 1; n <= 50; n++) {
        one(isDouble, 70, k, n, layout, 1, 0, 0);
        one(isDouble, 70, k, n, turned, 1, 0, 0);
      }
}
END_TEST

/* Equal to the last bit for any number of threads, and within a region. */
static void in_region(const void *arg, int64_t first, int64_t last, int worker)
{
  (void)worker;
  for (int64_t i = first; i < last; i++)
    if (i == 1) THProduct_run(arg);
}
START_TEST(threads)
{
  NEEDS_KERNELS
  static const int64_t sizes[][3] = {{200, 300, 210}, {16, 900, 500}, {500, 100, 16}, {4, 2000, 300}, {301, 5000, 1}, {1, 784, 500}, {513, 70, 515},
                                     {2, 1030, 301}, {30, 2500, 101}, {64, 1100, 500}};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int s = 0; s < (int)(sizeof sizes / sizeof *sizes); s++)
      for (int l = 0; l < 4; l++) {
        Matrix a = new_matrix(isDouble, l & 1, sizes[s][0], sizes[s][1]), b = new_matrix(isDouble, l >> 1, sizes[s][1], sizes[s][2]),
               c = new_matrix(isDouble, 0, sizes[s][0], sizes[s][2]), want = new_matrix(isDouble, 0, sizes[s][0], sizes[s][2]);
        for (int64_t p = 0; p < a.total; p++) put(&a, p, get(&a, p) / 3); /* inexact now */
        static const int numbers[] = {1, 2, 3, 7, 0};
        for (int t = 0; t < 5; t++) {
          Matrix *to = t ? &c : &want;
          for (int64_t e = 0; e < sizes[s][0] * sizes[s][2]; e++) put(to, to->first + e, (double)(e % 7) / 3);
          THProduct p = product_of(&a, &b, to, to, 0.7, s % 2 * 0.3);
          THSetNumThreads(numbers[t] ? numbers[t] : 2);
          if (numbers[t]) THProduct_run(&p);
          else TH_parallel(2, 1, in_region, &p);
          for (int64_t e = 0; t && e < sizes[s][0] * sizes[s][2]; e++)
            if (get(&c, c.first + e) != get(&want, want.first + e)) ck_abort_msg("%d threads: other values", numbers[t]);
        }
      }
}
END_TEST

/* Nothing is left out because a factor is 0. */
START_TEST(not_a_number)
{
  NEEDS_KERNELS
  static const int64_t sizes[][3] = {{20, 30, 25}, {3, 40, 30}, {70, 300, 1}};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int s = 0; s < 3; s++) {
      Matrix a = new_matrix(isDouble, 0, sizes[s][0], sizes[s][1]), b = new_matrix(isDouble, s & 1, sizes[s][1], sizes[s][2]),
             c = new_matrix(isDouble, 0, sizes[s][0], sizes[s][2]);
      for (int64_t k = 0; k < a.columns; k++) put(&a, place(&a, 1, k), 0);
      put(&b, place(&b, 7, 0), INFINITY);
      THProduct p = product_of(&a, &b, &c, &c, 1, 0);
      THProduct_run(&p);
      ck_assert(isnan(get(&c, place(&c, 1, 0))));
      if (c.columns > 1) ck_assert_double_eq(get(&c, place(&c, 1, 1)), 0);
    }
}
END_TEST

START_TEST(batches)
{
  NEEDS_KERNELS
  enum { BATCH = 30, M = 9, K = 17, N = 21 };
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int turned = 0; turned < 2; turned++) {
      Matrix a = new_matrix(isDouble, 0, BATCH * M, K), b = new_matrix(isDouble, 0, BATCH * K, N), c = new_matrix(isDouble, 0, BATCH * M, N);
      Matrix old = new_matrix(isDouble, 0, BATCH * M, N);
      THProduct p = product_of(&a, &b, &c, &old, 2, 1);
      p.m = M, p.k = K;
      if (turned) p = (THProduct){isDouble, N, M, K, p.b, p.a, p.c, p.d, 1, N, 1, K, 1, N, 1, N, 2, 1};
      ck_assert(THProduct_runBatch(&p, BATCH, turned ? K * N : M * K, turned ? M * K : K * N, M * N, M * N));
      for (int64_t i = 0; i < BATCH; i++) {
        Matrix ai = a, bi = b, ci = c, di = old;
        ai.first += i * M * K, bi.first += i * K * N, ci.first += i * M * N, di.first += i * M * N;
        ai.rows = ci.rows = di.rows = M, bi.rows = K;
        compare(&ai, &bi, &ci, &di, 2, 1);
      }
    }
}
END_TEST

/* A factor packed once: what the product gives, whatever else is multiplied by it. */
START_TEST(packed)
{
  NEEDS_KERNELS
  static const int64_t sizes[][3] = {{1, 1, 1}, {5, 70, 3}, {37, 19, 45}, {64, 256, 25}, {65, 257, 13}, {256, 512, 25}, {300, 600, 70}, {33, 40, 0}};
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int s = 0; s < (int)(sizeof sizes / sizeof *sizes); s++)
      for (int l = 0; l < 8; l++) {
        const int64_t m = sizes[s][0], k = sizes[s][1], n = sizes[s][2];
        Matrix a = new_matrix(isDouble, l & 1, m, k), b = new_matrix(isDouble, l >> 1 & 1, k, n), c = new_matrix(isDouble, l >> 2, m, n),
               d = new_matrix(isDouble, l >> 2, m, n);
        THProduct p = product_of(&a, &b, &c, &d, 2, l % 3 ? 1 : 0);
        char *memory = malloc((size_t)THProduct_packedBytes(isDouble, m, k) + 1);
        THProduct_pack(&p, memory + 1);
        p.a = NULL, p.ai = p.ak = 0;
        THProduct_runPacked(&p, memory + 1, NULL, 0);
        compare(&a, &b, &c, &d, 2, p.beta);
        check_guard(&c);
        free(memory);
      }
}
END_TEST

/* Nothing is read behind a factor, whose last element is the last one of a page before one that may not be read. */
START_TEST(ends_of_memory)
{
  NEEDS_KERNELS
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 16 * page;
  char *memory = mmap(NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert(memory != MAP_FAILED && mprotect(memory + bytes, page, PROT_NONE) == 0);
  enum { K = 19, MOST_M = 70, MOST_N = 34 };
  static double b[K * MOST_N], c[MOST_M * MOST_N];
  for (int isDouble = 0; isDouble < 2; isDouble++)
    for (int64_t m = 1; m <= MOST_M; m++)
      for (int64_t n = 1; n <= MOST_N; n++) {
        const char *a = memory + bytes - m * K * (isDouble ? 8 : 4);
        ck_assert(THProduct_run(&(THProduct){isDouble, m, n, K, a, b, c, NULL, 1, m, 1, K, 1, m, 0, 0, 1, 0}));
        ck_assert(THProduct_run(&(THProduct){isDouble, n, m, K, b, a, c, NULL, K, 1, 1, K, 1, n, 0, 0, 1, 0}));
      }
  munmap(memory, bytes + page);
}
END_TEST

/* Large enough that A is packed once for all tiles, or small beside many columns; where no memory is allowed, the same bits. */
START_TEST(shared)
{
  NEEDS_KERNELS
  enum { N = 1100 };
  for (int l = 0; l < 16; l++) {
    const int isDouble = l >> 3;
    const int64_t M = l & 4 ? 600 : 200, K = l & 4 ? 520 : 100;
    Matrix a = new_matrix(isDouble, l & 1, M, K), b = new_matrix(isDouble, l >> 1 & 1, K, N), c = new_matrix(isDouble, 0, M, N),
           want = new_matrix(isDouble, 0, M, N);
    for (int64_t p = 0; p < a.total; p++) put(&a, p, get(&a, p) / 3);
    THProduct p = product_of(&a, &b, &want, &want, 1, 0);
    for (int64_t i = 0; i < M; i += 100) { /* too few rows to be shared */
      THProduct q = p;
      q.m = 100;
      q.a = (const char *)p.a + i * p.ai * (isDouble ? 8 : 4);
      q.c = (char *)p.c + i * p.ci * (isDouble ? 8 : 4);
      ck_assert(THProduct_run(&q));
    }
    p = product_of(&a, &b, &c, &c, 1, 0);
    for (int limited = 0; limited < 2; limited++) {
      const int64_t before = THAllocator_setLimit(limited ? 1 : INT64_MAX);
      ck_assert(THProduct_run(&p));
      THAllocator_setLimit(before);
      for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N; j++)
          if (get(&c, place(&c, i, j)) != get(&want, place(&want, i, j))) ck_abort_msg("%d, %d: other values", (int)i, (int)j);
      for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N; j++) put(&c, place(&c, i, j), NAN);
    }
  }
}
END_TEST

/* A thread whose stack is small has room for any product. */
static void *run_in_thread(void *product)
{
  ck_assert(THProduct_run(product));
  return NULL;
}
START_TEST(small_stack)
{
  NEEDS_KERNELS
  for (int l = 0; l < 8; l++) {
    const int isDouble = l >> 2;
    Matrix a = new_matrix(isDouble, l & 1, 70, 1030), b = new_matrix(isDouble, l >> 1 & 1, 1030, 50), c = new_matrix(isDouble, 0, 70, 50);
    THProduct p = product_of(&a, &b, &c, &c, 1, 0);
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    ck_assert(!pthread_attr_setstacksize(&attr, 160 << 10));
    ck_assert(!pthread_create(&thread, &attr, run_in_thread, &p));
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    for (int64_t i = 0; i < 70; i++)
      for (int64_t j = 0; j < 50; j++) {
        double sum = 0;
        for (int64_t k = 0; k < 1030; k++) sum += get(&a, place(&a, i, k)) * get(&b, place(&b, k, j));
        ck_assert_double_eq(get(&c, place(&c, i, j)), sum);
      }
  }
}
END_TEST

TH_MAIN("product", small_stack, ends_of_memory, packed, shared, small_sizes, layouts, borders, packed_columns, threads, not_a_number, batches)
