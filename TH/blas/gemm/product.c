/* Which kernels a product is made of, and its tiles and blocks. */
#include "product.h"
#include "gemm.h"
#include "parallel/THParallel.h"
#include <pthread.h>
#include <stdlib.h>

#ifdef GEMM_TUNE
#define TUNABLE(name, value) int name = value;
#else
#define TUNABLE(name, value) enum { name = value };
#endif
TUNABLE(BLOCK_K, 512)     /* most k of a block: with few blocks C is read and written again rarely ... */
TUNABLE(LONG_BLOCK_K, 1024) /* ... where columns of B are read as runs of k ... */
TUNABLE(SHORT_BLOCK_K, 256) /* ... and that of narrow panels, which stay in the first cache */
TUNABLE(PACK_WORK, 4)     /* an element that is packed, beside one of plain arithmetic: it comes from afar */
TUNABLE(TILE_N, 512)      /* most columns of a tile: packed, they stay in the second cache */
TUNABLE(SHARED_N, 192)    /* ... or so many, where both are packed, A once for all tiles: C, too, stays there until k's next block */
TUNABLE(TILE_WORK, 1 << 18) /* multiplications that make a tile worth handing over */
TUNABLE(MATRIX_READ, 4)   /* multiplications in the time in which an element of a large matrix is read */
TUNABLE(TILE_SIDE, 256)   /* tiles of that side are wanted where columns are packed for each: smaller ones read the factors too often ... */
TUNABLE(MOST_TILES, 32)
TUNABLE(THREAD_TILES, 4)  /* ... and so do more of them than so many for each thread */
TUNABLE(PACKED_SIDES, 4)  /* a tile's m is up to so many times its n where tiles of the same columns pack these each */
TUNABLE(SHARED_SIDE, 64)  /* m, n and k from which A, if it is packed at all, is so once for all tiles ... */
TUNABLE(SHARED_BYTES, 64 << 20) /* ... unless that takes more memory */
TUNABLE(FAR_BYTES, 1 << 19)   /* A that does not stay in the second cache */
TUNABLE(MOST_PIECES, 4096) /* of a batch */
TUNABLE(DOT_SIDE, 8)      /* rows, or columns, up to which sums along k are taken ... */
TUNABLE(DOT_LONG_SIDE, 64) /* ... where k is so many vectors, or ... */
TUNABLE(DOT_WIDE_SIDE, 24) /* ... for vectors of 16 lanes, whose blocks take more at once, and */
TUNABLE(DOT_LONG, 24)
TUNABLE(DOT_BYTES, 8 << 10) /* of a row and of a column that are taken at once, where there are several of both */
TUNABLE(DOT_COLUMNS, 12)  /* that meet all rows before the next do; multiple of what kernels take at once */
TUNABLE(PAGE, 4096)       /* bytes between runs of lanes from which they are packed for more than TILE_N columns though they need not be */
TUNABLE(KEEP_COLUMNS, 32) /* from which a panel of A is packed beside the first of them where its runs lie across lines or a page apart; ... */
TUNABLE(KEEP_FAR, 64)     /* ... where A does not stay near; ... */
TUNABLE(KEEP_NEAR, 160)   /* ... and else */
TUNABLE(LEAST_COLUMNS, 48) /* of a tile */
TUNABLE(PACK_B_STEP, 4096)  /* multiples of that between columns of B, or of half of it (a quarter: narrow vectors) between its rows: they share places of the first cache */
TUNABLE(PACK_B_LANES, 64) /* ... for more lanes than that */
TUNABLE(PANEL_RUNS, 1024) /* bytes of a run of lanes that are packed at once, for several panels: a page is met once */
TUNABLE(FIRST_CACHE, 16 << 10) /* bytes of C that stay there besides what else is read */
TUNABLE(STREAM_BYTES, 1 << 18) /* of A from which it is read in runs of all lanes, by two threads and more */
TUNABLE(STREAM_RUN, 16 << 10) /* most bytes of such a run */
TUNABLE(STREAM_LEAST, 64) /* of k in a piece: its sums are read once more */

typedef struct Step {
  const GemmKernels *kernels;
  THProduct p;
  int size; /* bytes of an element */
  int vectors; /* of lanes in a panel of A */
  int keepColumns; /* of a tile from which panels of A are packed beside the first of them */
  bool dots, direct; /* sums along k; C is written by the kernels */
  bool far;          /* C does not stay in the first cache */
  bool runs;         /* columns of B are read as runs of k */
  bool packA, packB, shares, thin; /* shares: A is packed once for all tiles; thin: one column, A as it lies */
  const char *packed; /* all of A, by THProduct_pack; or NULL */
  THProductNext *next;
  int count;
  int64_t tileM, tileN, gridM, gridN;
  int64_t batch, sa, sb, sc, sd; /* sa...: bytes */
} Step;

enum { MOST_LANES = 16 }; /* of a vector: AVX-512's floats */

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* Lanes of a panel of A. */
static int64_t panel_of(const Step *s) { return (int64_t)s->vectors * s->kernels->lanes; }

static const char *at(const void *p, int64_t elements, int size) { return (const char *)p + elements * size; }

/* ---- scratch memory: kept by each thread ---- */

enum {
  LINE = 64,
  SPARE = 264 << 10, /* where there is no memory: a panel of A and one of B */
  BLOCK_BYTES = GEMM_MOST_VECTORS * LINE * GEMM_MOST_COLUMNS
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;
static __thread char *kept;

static void make_key(void) { have_key = pthread_key_create(&key, free) == 0; }

/* Room for panels of A and the columns of a tile, or NULL. */
static char *scratch(void)
{
  if (kept) return kept;
  pthread_once(&once, make_key);
  void *p;
  size_t bytes = (size_t)(TILE_N + PANEL_RUNS / 8 + GEMM_MOST_COLUMNS) * (size_t)BLOCK_K * 8;
  if (!have_key || posix_memalign(&p, LINE, bytes)) return NULL;
  if (pthread_setspecific(key, p)) {
    free(p);
    return NULL;
  }
  return kept = p;
}

/* ---- a tile ---- */

typedef struct Tile {
  const Step *s;
  int64_t m, n, first; /* rows, columns; the first row */
  const char *a, *b, *d;
  char *c;
  char *panel, *columns, *block; /* packed A, packed B, a block of C; of scratch memory */
  int64_t panels; /* lanes of A that are packed at once */
  int width;                     /* columns of a panel of B */
  THProductNext *next;           /* what is to be asked for */
  int count;
} Tile;

/* `bytes` from `at` on are asked for meanwhile, some each step of k. */
static void ask_for_bytes(GemmBlock *g, const char *at, int64_t bytes)
{
  g->ask = at;
  g->askStep = g->askJump = ceil_div(bytes, g->k);
}

/* Columns from b on, at their step of k, are asked for meanwhile. */
static void ask_for_columns(GemmBlock *g, const Step *s, const char *b)
{
  const int64_t along = s->p.bk * s->size, across = s->p.bj * s->size;
  if (along != s->size && across != s->size) return;
  g->ask = b;
  g->askStep = along == s->size ? across : along;
  g->askJump = g->askStep + (along == s->size ? GEMM_ASK * (along - across) : 0);
}

/* A line each step of k, of what comes after the product; of doubles, two that lie side by side. */
static void ask_for_next(GemmBlock *g, Tile *t)
{
  THProductNext *next = t->next;
  const bool beside = next->step <= LINE;
  const int64_t count = THMin(next->count, g->k * (beside ? t->s->size / 4 : 1));
  ask_for_bytes(g, next->at, count * next->step);
  if (!beside) g->askStep = g->askJump = next->step;
  next->at = (const char *)next->at + count * next->step;
  next->count -= count;
}

/* Lanes [i, ...) of a tile's rows times columns [j, ...), k's block. */
static void run_block(Tile *t, const char *a, int64_t ak, const char *b, int64_t bk, int64_t bj, int64_t i, int64_t j,
                      int64_t lanes, int64_t columns, int64_t k, bool first, const char *next, int64_t bytes, char *keep)
{
  const Step *s = t->s;
  const THProduct *p = &s->p;
  const int64_t panel = panel_of(s);
  const int whole = s->kernels->lanes, vectors = lanes == panel ? s->vectors : (int)ceil_div(lanes, whole);
  char *c = t->c + (i * p->ci + j * p->cj) * s->size;
  const bool adds = !first || p->beta != 0;
  const double beta = first ? p->beta : 1;
  const char *d = !adds ? NULL : first ? at(t->d, i * p->di + j * p->dj, s->size) : c;
  const int64_t di = first ? p->di : p->ci, dj = first ? p->dj : p->cj;
  GemmBlock g = {k, a, b, c, d, ak, bk, bj, p->cj, di, dj, (int)lanes - (vectors - 1) * whole, k >= 64 && s->far,
                 a, 0, 0, p->alpha, beta, keep};
  while (t->count && t->next->count == 0) t->next++, t->count--;
  if (t->count) ask_for_next(&g, t);
  else if (next && bytes) ask_for_bytes(&g, next, bytes);
  else if (next) ask_for_columns(&g, s, next);
  if (!s->direct) g.c = t->block, g.d = NULL, g.cj = panel;
  if (lanes > panel) {
    g.lanes = whole;
    s->kernels->thin(&g);
    return;
  }
  (keep ? s->kernels->keeping[vectors - 1] : s->kernels->block[vectors - 1][columns - 1])(&g);
  if (!s->direct)
    s->kernels->spread(&(GemmSpread){t->block, c, d, panel, lanes, columns, p->ci, p->cj, di, dj, beta});
}

/* Elements with any steps. */
static void pack_each(int64_t k, int64_t n, const char *from, int64_t across, int64_t along, int width, int size, char *to)
{
  for (int64_t q = 0; q < k; q++)
    for (int64_t i = 0; i < n; i++) memcpy(to + (q * width + i) * size, at(from, i * across + q * along, size), (size_t)size);
}

/* k times n elements, `across` apart from each other and `along` from the next k's, become to[k][width]. */
static void pack(const Step *s, int64_t k, int64_t n, const char *from, int64_t across, int64_t along, int width, char *to)
{
  if (across == 1) s->kernels->packRuns(k, (int)n, width, from, along, to);
  else if (along == 1) s->kernels->packRows(k, (int)n, width, from, across, to);
  else pack_each(k, n, from, across, along, width, s->size, to);
}

/* The same for panels of `width` beside each other, runs of elements a few of k at a time: lines and pages are met once. */
static void pack_beside(const Step *s, int64_t k, int64_t n, const char *from, int64_t across, int64_t along, int width, char *to)
{
  enum { FEW = 8 };
  const int64_t step = across == 1 ? FEW : k;
  for (int64_t q = 0; q < k; q += step, to += step * width * s->size)
    for (int64_t j = 0; j < n; j += width)
      pack(s, THMin(step, k - q), THMin(n - j, width), from + (j * across + q * along) * s->size, across, along, width, to + j * k * s->size);
}

/* Where lanes from i on of the block of k from k0 on lie in what is packed. */
static int64_t packed_at(const Step *s, int64_t k0, int64_t k, int64_t i)
{
  const int64_t wide = panel_of(s);
  return (k0 * ceil_div(s->p.m, wide) * wide + i * k) * s->size;
}

/* What is worth being asked for beside lanes from i on times columns [j, j + columns) of n at b: the next block of k of these
   columns, or GEMM_ASK further columns where they are runs of k; the processor foresees neither. NULL: nothing. Columns
   beyond n stay out of it: another thread may be writing there. */
static const char *next_columns(const Step *s, const char *b, int64_t k0, int64_t k, int64_t i, int64_t j, int64_t columns, int64_t n)
{
  if (i == 0 && k0 + k < s->p.k) return b + (j * s->p.bj + k * s->p.bk) * s->size;
  if (s->packB || s->p.bk != 1 || j + columns >= n || n < GEMM_ASK) return NULL;
  return b + THMin(j + columns, n - GEMM_ASK) * s->p.bj * s->size;
}

/* Whether a block would read more of A than there is. */
static bool beyond(const Step *s, int64_t lanes, int64_t columns)
{
  return lanes % s->kernels->lanes != 0 && ceil_div(lanes, s->kernels->lanes) * columns >= s->kernels->wide;
}

/* Whether whole panels of A that lie as they are get packed by the block of the first of n columns. */
static bool keeps_panels(const Tile *t, int64_t n)
{
  const GemmKernels *kernels = t->s->kernels;
  const int vectors = t->s->vectors - 1;
  return n >= t->s->keepColumns && t->width == kernels->columns[vectors] && kernels->keeping[vectors];
}

/* Columns [j0, j0 + n) for a block of k. */
static void run_columns(Tile *t, int64_t k0, int64_t k, int64_t j0, int64_t n)
{
  const Step *s = t->s;
  const THProduct *p = &s->p;
  const int64_t wide = panel_of(s), thin = s->thin ? GEMM_THIN * s->kernels->lanes : wide;
  const char *b = t->b + (k0 * p->bk + j0 * p->bj) * s->size;
  if (s->packB) pack_beside(s, k, n, b, p->bj, p->bk, t->width, t->columns);
  for (int64_t i = 0, lanes; i < t->m; i += lanes) {
    lanes = t->m - i >= thin ? thin : THMin(wide, t->m - i);
    const char *lies = t->a + (i * p->ai + k0 * p->ak) * s->size, *a = lies;
    int64_t ak = p->ak;
    if (s->packed) {
      a = s->packed + packed_at(s, k0, k, t->first + i);
      ak = wide;
    } else if (s->packA) {
      if (i % t->panels == 0) pack_beside(s, k, THMin(t->panels, t->m - i), a, p->ai, p->ak, (int)wide, t->panel);
      a = t->panel + i % t->panels * k * s->size;
      ak = wide;
    } else if (beyond(s, lanes, THMin(t->width, n))) {
      pack(s, k, lanes, a, p->ai, p->ak, (int)wide, t->panel);
      a = t->panel;
      ak = wide;
    }
    const bool keeps = a == lies && lanes == wide && keeps_panels(t, n);
    for (int64_t j = 0; j < n; j += t->width) {
      const int64_t columns = THMin(t->width, n - j);
      const char *here = b + j * p->bj * s->size, *next = next_columns(s, b, k0, k, i, j, columns, n);
      int64_t bytes = 0;
      char *keep = keeps && j == 0 ? t->panel : NULL;
      if (!next && s->packed && i + lanes < t->m) { /* this block's share of the next panel */
        bytes = wide * k * s->size * columns / n;
        next = a + (wide * k + wide * k * j / n) * s->size;
      }
      if (s->packB)
        run_block(t, a, ak, t->columns + j * k * s->size, t->width, 1, i, j0 + j, lanes, columns, k, k0 == 0, next, bytes, keep);
      else run_block(t, a, ak, here, p->bk, p->bj, i, j0 + j, lanes, columns, k, k0 == 0, next, bytes, keep);
      if (keep) a = keep, ak = wide;
    }
  }
}

static int64_t block_of_k(const Step *s)
{
  const int64_t k = s->p.k, most = s->kernels->vectors <= 2 ? SHORT_BLOCK_K : s->runs ? LONG_BLOCK_K : BLOCK_K;
  return k <= most ? k : ceil_div(k, ceil_div(k, most));
}

/* In memory for a panel of A and a few packed columns, or, where there is `room`, for several and many. */
static void run_blocks_in(Tile *t, char *memory, char *block, bool room)
{
  const Step *s = t->s;
  const int64_t wide = panel_of(s), k = s->p.k, bk = block_of_k(s);
  const int columns = s->kernels->columns[s->vectors - 1];
  t->width = t->n % columns ? (int)ceil_div(t->n, ceil_div(t->n, columns)) : columns;
  const int64_t most = s->packB ? THMax((room ? TILE_N : GEMM_MOST_COLUMNS) / t->width, 1) * t->width : t->n;
  t->panels = s->packA && room ? THMax(PANEL_RUNS / (wide * s->size), 1) * wide : wide;
  const int64_t panel = s->packed ? 0 : (t->panels * bk + s->kernels->lanes) * s->size;
  t->panel = memory;
  t->block = block;
  t->columns = memory + ceil_div(panel, LINE) * LINE;
  for (int64_t k0 = 0; k0 < k; k0 += bk)
    for (int64_t j = 0; j < t->n; j += most) run_columns(t, k0, THMin(bk, k - k0), j, THMin(most, t->n - j));
}

/* Apart: a thread's stack may be small, and compilers touch each page of such a frame. */
static __attribute__((noinline, cold)) void run_blocks_on_stack(Tile *t, char *block)
{
  char spare[SPARE] __attribute__((aligned(LINE)));
  run_blocks_in(t, spare, block, false);
}

static void run_blocks(Tile *t)
{
  char block[BLOCK_BYTES] __attribute__((aligned(LINE))), *memory = scratch();
  if (memory) run_blocks_in(t, memory, block, true);
  else run_blocks_on_stack(t, block);
}

/* Few rows: all of them times columns [j, j + n) of the tile, k elements from k0 on. */
static void dots_of(const Tile *t, int64_t k0, int64_t k, int64_t j, int64_t n)
{
  const Step *s = t->s;
  const THProduct *p = &s->p;
  const bool first = k0 == 0;
  for (int64_t i = 0; i < t->m; i += s->kernels->rows) {
    const int64_t rows = THMin(s->kernels->rows, t->m - i);
    char *c = t->c + (i * p->ci + j * p->cj) * s->size;
    const char *d = !first ? c : p->beta != 0 ? at(t->d, i * p->di + j * p->dj, s->size) : NULL;
    GemmDots g = {k, at(t->a, i * p->ai + k0, s->size), at(t->b, j * p->bj + k0, s->size), c, d, p->ai, p->bj, p->ci, p->cj,
                  first ? p->di : p->ci, first ? p->dj : p->cj, n, p->alpha, first ? p->beta : 1};
    s->kernels->dots[rows - 1](&g);
  }
}

/* For so many of k that rows stay in the second cache, and a few columns until all rows have met them. */
static void run_dots(const Tile *t)
{
  const Step *s = t->s;
  const int64_t k = s->p.k, most = t->m == 1 || t->n == 1 ? k : DOT_BYTES / s->size, step = ceil_div(k, ceil_div(k, most));
  const int64_t few = t->m <= s->kernels->rows ? t->n : DOT_COLUMNS;
  for (int64_t k0 = 0; k0 < k; k0 += step)
    for (int64_t j = 0; j < t->n; j += few) dots_of(t, k0, THMin(step, k - k0), j, THMin(few, t->n - j));
}

static void run_tile(const Step *s, int64_t number)
{
  const THProduct *p = &s->p;
  const int64_t tiles = s->gridM * s->gridN, item = tiles == 1 ? number : number / tiles, one = number - item * tiles;
  const int64_t column = one ? one / s->gridM : 0, i = (one - column * s->gridM) * s->tileM, j = column * s->tileN;
  Tile t = {s, THMin(s->tileM, p->m - i), THMin(s->tileN, p->n - j), i, at(p->a, i * p->ai, s->size) + item * s->sa,
            at(p->b, j * p->bj, s->size) + item * s->sb, NULL,
            (char *)p->c + (i * p->ci + j * p->cj) * s->size + item * s->sc, NULL, NULL, NULL, 0, 0, s->next, s->count};
  if (p->beta != 0) t.d = at(p->d, i * p->di + j * p->dj, s->size) + item * s->sd;
  if (s->dots) run_dots(&t);
  else run_blocks(&t);
}

static void run_tiles(const void *arg, int64_t first, int64_t last, int worker)
{
  (void)worker;
  for (int64_t i = first; i < last; i++) run_tile(arg, i);
}

/* ---- the plan ---- */

/* The factors change places, and so rows become columns. */
static void turn(THProduct *p)
{
  THProduct q = *p;
  p->m = q.n, p->n = q.m;
  p->a = q.b, p->b = q.a;
  p->ai = q.bj, p->ak = q.bk, p->bk = q.ak, p->bj = q.ai;
  p->ci = q.cj, p->cj = q.ci, p->di = q.dj, p->dj = q.di;
}

/* Elements of a run may have any step where there is one alone. */
static void tidy(THProduct *p)
{
  if (p->m == 1) p->ai = p->ak == 1 ? p->k : 1, p->ci = p->di = 1;
  if (p->n == 1) p->bj = p->bk == 1 ? p->k : 1, p->cj = p->dj = 1;
  if (p->k == 1) p->ak = p->ai == 1 ? p->m : 1, p->bk = p->bj == 1 ? p->n : 1;
}

static bool directly(const THProduct *p) { return p->ci == 1 && (p->beta == 0 || p->di == 1 || p->di == 0); }

static int bytes_of(const THProduct *p) { return p->isDouble ? 8 : 4; }

/* Whether columns share places of the first cache as they lie. Of narrow panels there are more, that read them again. */
static bool packs_columns(const THProduct *p, int lanes)
{
  const int64_t across = lanes < MOST_LANES ? 4 : 2;
  return p->m > PACK_B_LANES && (p->bj == 1 ? across * p->bk : p->bj) * bytes_of(p) % PACK_B_STEP == 0;
}

/* Time for a product with its lanes along m, about in cycles. */
static double cost(const THProduct *p, int lanes)
{
  const bool most = lanes == MOST_LANES, runs = most && p->cj == 1 && (p->beta == 0 || p->dj == 1); /* C's rows, turned by vectors */
  const double vectors = (double)ceil_div(p->m, lanes), n = (double)p->n, m = (double)p->m, k = (double)p->k;
  double time = vectors * n * k * (p->n < 4 ? 2 : 1);
  if (p->ai != 1) time += m * k * (p->ak == 1 ? 0.4 : 2);
  else if (most && p->ak * bytes_of(p) >= PAGE) time += m * k * 0.6;
  if (most && packs_columns(p, lanes)) time += n * k * 0.6;
  if (!directly(p)) time += m * n * (runs ? 0.5 : 1.5) * (double)ceil_div(p->k, BLOCK_K);
  return time;
}

static bool is_dots(const THProduct *p, int lanes)
{
  const int64_t side = THMin(p->m, p->n);
  if (p->ak != 1 || p->bk != 1) return false;
  return side == 1 || (p->k >= 16 && side <= DOT_SIDE) || (p->k >= DOT_LONG * lanes && side <= (lanes < MOST_LANES ? DOT_LONG_SIDE : DOT_WIDE_SIDE));
}

/* Vectors of lanes in a panel of A, about equally many in all and at most so many. */
static int even_vectors(int64_t vectors, int most) { return (int)ceil_div(vectors, ceil_div(vectors, most)); }

/* Time for panels of `per` vectors, shared out, and for blocks of as many columns: few in the last one take as long as more. */
static int64_t time_of_panels(int64_t n, int per)
{
  const int64_t panels = ceil_div(n, per), threads = TH_workersFor(MOST_TILES, 1);
  return 2 * n + (n % per ? per - n % per : 0) + per * (ceil_div(panels, threads) * threads - panels);
}
static int64_t time_of_columns(int64_t n, int per) { return n / per * per + (n % per ? THMax(n % per, 5) : 0); }

/* Vectors in a panel for so many columns (0: unknown): sums of three times eight or four times six. The former read less of an A
   that does not stay near. */
static int panel_vectors(const GemmKernels *kernels, int64_t m, int64_t columns, bool large)
{
  const int64_t vectors = ceil_div(m, kernels->lanes);
  const int three = even_vectors(vectors, 3), four = even_vectors(vectors, kernels->vectors);
  if (four < 4 || three < 3 || !columns) return four;
  const int64_t time3 = time_of_panels(vectors, 3) * time_of_columns(columns, kernels->columns[2]);
  const int64_t time4 = time_of_panels(vectors, 4) * time_of_columns(columns, kernels->columns[3]);
  return (large ? 49 : 50) * time3 <= 50 * time4 ? 3 : 4;
}

static void choose_ways(Step *s)
{
  const THProduct *p = &s->p;
  const int64_t step = p->ak * s->size;
  const bool large = p->m * p->k * s->size > FAR_BYTES;
  s->keepColumns = step % LINE || step >= PAGE ? KEEP_COLUMNS : large ? KEEP_FAR : KEEP_NEAR;
  s->direct = directly(p);
  s->far = p->m * p->n * s->size > FIRST_CACHE;
  s->packA = p->ai != 1 || (p->n > TILE_N && step >= PAGE);
  s->thin = p->n == 1 && s->direct && !s->packA && !s->packed;
  s->packB = packs_columns(p, s->kernels->lanes);
  s->vectors = panel_vectors(s->kernels, p->m, s->packed ? 0 : p->n, large && !(s->packA && s->packB));
  if (s->packed && p->bk == 1) s->packB = false; /* runs of k beside runs of A leave each other their places */
}

/* Whether the factors have changed places. */
static bool choose_kernels(Step *s)
{
  THProduct *p = &s->p, turned = *p;
  const int lanes = s->kernels->lanes;
  turn(&turned);
  tidy(p), tidy(&turned);
  s->dots = is_dots(p, lanes);
  const bool turns = s->dots ? p->m > p->n : cost(&turned, lanes) < cost(p, lanes);
  if (turns) *p = turned;
  choose_ways(s);
  s->runs = p->bk == 1 && !s->packB; /* not where THProduct_pack has cut k before */
  return turns;
}

/* Multiplications, and as many again as would take the time of reading a matrix that is used once. */
static double work_of(const THProduct *p)
{
  return (double)p->m * (double)p->n * (double)p->k * (p->m == 1 || p->n == 1 ? MATRIX_READ : 1);
}

static char *on_a_line(const void *p) { return (char *)(((uintptr_t)p + LINE - 1) / LINE * LINE); }

typedef struct Packing {
  Step s;
  char *to;
} Packing;

static void pack_panels(const void *arg, int64_t first, int64_t last, int worker)
{
  const Packing *g = arg;
  const THProduct *p = &g->s.p;
  const int64_t wide = panel_of(&g->s), bk = block_of_k(&g->s);
  (void)worker;
  for (int64_t i = first * wide; i < last * wide; i += wide)
    for (int64_t k0 = 0; k0 < p->k; k0 += bk) {
      const int64_t k = THMin(bk, p->k - k0);
      pack(&g->s, k, THMin(wide, p->m - i), at(p->a, i * p->ai + k0 * p->ak, g->s.size), p->ai, p->ak, (int)wide,
           g->to + packed_at(&g->s, k0, k, i));
    }
}

/* Panels of A with all columns, or with TILE_N or fewer where there are more columns or too few panels: a panel is packed by who needs
   it, and stays in the second cache until all columns have met it. */
static void cut_panels(Step *s)
{
  const THProduct *p = &s->p;
  const int64_t wide = panel_of(s), panels = ceil_div(p->m, wide), few = s->kernels->columns[s->vectors - 1];
  const int64_t threads = TH_workersFor(MOST_TILES, 1), most = ceil_div(p->n, TILE_N / few * few);
  const int64_t wanted = (int64_t)THMin(work_of(p) / (2 * TILE_WORK), (double)(threads == 1 ? 1 : THREAD_TILES * threads));
  int64_t per = THMax(panels * most / THMax(wanted, 1), 1);
  for (int64_t less = per - 1, least = per / 2; less >= THMax(least, 1); less--) /* nine tiles take two threads as long as ten */
    if (ceil_div(ceil_div(panels, less) * most, threads) * less < ceil_div(ceil_div(panels, per) * most, threads) * per) per = less;
  s->tileM = per * wide;
  s->gridM = ceil_div(p->m, s->tileM);
  s->gridN = THMax(most, THMin(ceil_div(wanted, s->gridM), p->n / LEAST_COLUMNS));
  s->tileN = ceil_div(ceil_div(p->n, s->gridN), few) * few;
  s->gridN = ceil_div(p->n, s->tileN);
}

/* Dots, and tiles that pack columns: halves of halves of the longer side while there is work. Where sums are those of blocks,
   tiles change nothing about them: how many there are may depend on the threads. */
static void cut(Step *s)
{
  const THProduct *p = &s->p;
  s->gridM = s->gridN = 1;
  s->tileM = p->m, s->tileN = p->n;
  if (p->n <= TILE_N && work_of(p) < 2.0 * TILE_WORK) return;
  if (!s->dots && !s->packB) {
    cut_panels(s);
    return;
  }
  const int64_t wide = panel_of(s), leastM = s->dots ? p->m : wide, leastN = s->dots ? 6 : 8;
  const int64_t sides = s->dots ? 1 : PACKED_SIDES;
  double wanted = work_of(p) / TILE_WORK, most = THMin(MOST_TILES, (double)p->m * (double)p->n / (TILE_SIDE * TILE_SIDE));
  if (!s->dots) most = THMin(most, THREAD_TILES * TH_workersFor(MOST_TILES, 1));
  wanted = THMin(wanted, THMax(s->dots ? 16 : 4, most));
  while ((double)(s->gridM * s->gridN) * 2 <= wanted) {
    const int64_t m = p->m / s->gridM, n = p->n / s->gridN;
    if (m >= n * sides && m >= 2 * leastM) s->gridM *= 2;
    else if (n >= 2 * leastN) s->gridN *= 2;
    else if (m >= 2 * leastM) s->gridM *= 2;
    else break;
  }
  const int64_t few = !s->dots ? s->kernels->columns[s->vectors - 1] : p->m == 1 ? s->kernels->lanes : DOT_COLUMNS;
  s->gridN = s->dots ? s->gridN : THMax(s->gridN, ceil_div(p->n, (s->shares ? SHARED_N : TILE_N) / few * few));
  s->tileM = ceil_div(p->m, s->gridM), s->tileN = ceil_div(ceil_div(p->n, s->gridN), few) * few;
  if (!s->dots) s->tileM = ceil_div(s->tileM, wide) * wide;
  s->gridM = ceil_div(p->m, s->tileM), s->gridN = ceil_div(p->n, s->tileN);
}

static int64_t packed_bytes(const Step *s)
{
  return (ceil_div(s->p.m, panel_of(s)) * panel_of(s) * s->p.k + s->kernels->lanes) * s->size;
}

/* Whether A, where it has to be packed, is packed once for all tiles. */
static void choose_sharing(Step *s)
{
  const THProduct *p = &s->p;
  if (s->dots || s->batch != 1) return;
  s->shares = s->packA && THMin(THMin(p->m, p->n), p->k) >= SHARED_SIDE;
}

/* The same, done, where there is memory and tiles would pack the same. */
static void *share_packed(Step *s)
{
  const THProduct *p = &s->p;
  if (!s->shares || s->gridN == 1) return NULL;
  const int64_t panels = ceil_div(p->m, panel_of(s)), bytes = packed_bytes(s);
  void *memory = bytes <= SHARED_BYTES ? THAlloc_try(bytes) : NULL;
  if (!memory) return NULL;
  Packing g = {*s, memory};
  TH_parallel(panels, TH_pieceFor(panels, PACK_WORK * (double)panel_of(s) * (double)p->k), pack_panels, &g);
  s->packed = memory;
  return memory;
}

/* Tiles that one thread takes at once: small products of a batch together. */
static int64_t tiles_at_once(const Step *s, int64_t tiles)
{
  const double work = (double)s->p.m * (double)s->p.n * (double)s->p.k * (double)s->batch / (double)tiles;
  const int64_t few = s->batch == 1 ? 1 : (int64_t)(TILE_WORK / 2 / work) + 1;
  return THMax(few, ceil_div(tiles, MOST_PIECES));
}

/* A vector times a matrix, either way round, k in a row in both, too little to share: needs no plan. */
static bool run_small_vector(const GemmKernels *kernels, const THProduct *p)
{
  const bool runs = (p->ak == 1 && p->bk == 1) || p->k == 1, small = work_of(p) < 2.0 * TILE_WORK;
  if (!runs || !small || (p->m != 1 && p->n != 1)) return false;
  const void *d = p->beta != 0 ? p->d : NULL;
  GemmDots g = {p->k, p->a, p->b, p->c, d, 0, p->bj, 0, p->cj, 0, p->dj, p->n, p->alpha, p->beta};
  if (p->m != 1) g.a = p->b, g.b = p->a, g.bj = p->ai, g.cj = p->ci, g.dj = p->di, g.columns = p->m;
  kernels->dots[0](&g);
  return true;
}

/* ---- few columns of a large matrix: read in long runs, k shared out ---- */

enum { MOST_STREAMS = 16 };

typedef struct Stream {
  const GemmKernels *kernels;
  const THProduct *p;
  int64_t lanes, k, gridM, gridK; /* of a piece; numbers of them */
  int size;
  char *sums; /* of gridK, n columns of m each */
} Stream;

static void run_streams(const void *arg, int64_t first, int64_t last, int worker)
{
  const Stream *t = arg;
  const THProduct *p = t->p;
  (void)worker;
  for (int64_t piece = first; piece < last; piece++) {
    const int64_t i = piece % t->gridM * t->lanes, part = piece / t->gridM, k = part * t->k, lanes = THMin(t->lanes, p->m - i);
    char *c = t->sums + (part * p->n * p->m + i) * t->size;
    for (int64_t j = 0; j < p->n; j++) memset(c + j * p->m * t->size, 0, (size_t)(lanes * t->size));
    GemmBlock g = {THMin(t->k, p->k - k), at(p->a, i + k * p->ak, t->size), at(p->b, k * p->bk, t->size), c, NULL, p->ak, p->bk, p->bj, p->m,
                   0, 0, (int)lanes, false, NULL, 0, 0, 1, 1, NULL};
    t->kernels->stream[p->n - 1](&g);
  }
}

/* C = alpha times the sum of parts + beta D: products with ones. */
static void add_streams(const Step *s, const Stream *t)
{
  const THProduct *p = &s->p;
  float ones[MOST_STREAMS];
  double doubles[MOST_STREAMS];
  for (int q = 0; q < MOST_STREAMS; q++) doubles[q] = ones[q] = 1;
  for (int64_t j = 0; j < p->n; j++) {
    Step sum = {.kernels = s->kernels, .size = s->size, .batch = 1, .gridM = 1, .gridN = 1, .tileM = p->m, .tileN = 1, .p = *p};
    sum.p.n = 1, sum.p.k = t->gridK, sum.p.b = s->size == 8 ? (const void *)doubles : ones, sum.p.ak = p->n * p->m, sum.p.bk = 1, sum.p.bj = 1;
    sum.p.a = t->sums + j * p->m * s->size, sum.p.c = (char *)p->c + j * p->cj * s->size;
    if (p->beta != 0) sum.p.d = at(p->d, j * p->dj, s->size);
    choose_ways(&sum);
    run_tile(&sum, 0);
  }
}

/* Into how many parts k is cut depends on the shape alone. */
static bool run_stream(const Step *s)
{
  const THProduct *p = &s->p;
  Stream t = {.kernels = s->kernels, .p = p, .size = s->size};
  if (s->dots || s->batch != 1 || p->n > GEMM_MOST_STREAMED || p->ai != 1 || !s->direct || p->m * p->k * s->size < 2 * STREAM_BYTES) return false;
  t.gridM = ceil_div(p->m * s->size, STREAM_RUN);
  t.lanes = ceil_div(ceil_div(p->m, t.gridM), s->kernels->lanes) * s->kernels->lanes;
  t.gridK = THMin(THMin(p->m * p->k * s->size / STREAM_BYTES, MOST_STREAMS) / t.gridM, p->k / STREAM_LEAST);
  if (t.gridK < 2 || !(t.sums = scratch())) return false;
  t.k = ceil_div(p->k, 4 * t.gridK) * 4;
  t.gridM = ceil_div(p->m, t.lanes), t.gridK = ceil_div(p->k, t.k);
  TH_parallel(t.gridM * t.gridK, 1, run_streams, &t);
  add_streams(s, &t);
  return true;
}

bool THProduct_runBatch(const THProduct *p, int64_t batch, int64_t sa, int64_t sb, int64_t sc, int64_t sd)
{
  Step s = {.kernels = THGemm_kernels(p->isDouble), .p = *p, .size = p->isDouble ? 8 : 4, .batch = batch};
  if (!s.kernels) return false;
  if (p->m == 0 || p->n == 0 || batch == 0) return true;
  if (batch == 1 && run_small_vector(s.kernels, p)) return true;
  const bool turned = choose_kernels(&s);
  s.sa = (turned ? sb : sa) * s.size, s.sb = (turned ? sa : sb) * s.size, s.sc = sc * s.size, s.sd = sd * s.size;
  if (run_stream(&s)) return true;
  choose_sharing(&s);
  cut(&s);
  void *packed = share_packed(&s);
  const int64_t tiles = s.gridM * s.gridN * batch;
  if (tiles == 1) run_tile(&s, 0);
  else TH_parallel(tiles, tiles_at_once(&s, tiles), run_tiles, &s);
  THFree(packed);
  return true;
}

/* ---- a factor that is packed once for many products ---- */

int64_t THProduct_packedBytes(int isDouble, int64_t m, int64_t k)
{
  const GemmKernels *kernels = THGemm_kernels(isDouble);
  if (!kernels) return 0;
  const int64_t wide = (int64_t)panel_vectors(kernels, m, 0, false) * kernels->lanes;
  return (ceil_div(m, wide) * wide * k + kernels->lanes) * (isDouble ? 8 : 4) + LINE;
}

void THProduct_pack(const THProduct *p, void *to)
{
  Packing g = {{.kernels = THGemm_kernels(p->isDouble), .p = *p, .size = p->isDouble ? 8 : 4}, on_a_line(to)};
  g.s.vectors = panel_vectors(g.s.kernels, p->m, 0, false);
  const int64_t panels = ceil_div(p->m, panel_of(&g.s));
  TH_parallel(panels, TH_pieceFor(panels, PACK_WORK * (double)panel_of(&g.s) * (double)p->k), pack_panels, &g);
}

void THProduct_runPacked(const THProduct *p, const void *packed, THProductNext *next, int count)
{
  Step s = {.kernels = THGemm_kernels(p->isDouble), .p = *p, .size = p->isDouble ? 8 : 4, .packed = packed ? on_a_line(packed) : NULL, .next = next, .count = count,
            .batch = 1, .gridM = 1, .gridN = 1, .tileM = p->m, .tileN = p->n};
  if (p->m == 0 || p->n == 0) return;
  choose_ways(&s);
  run_tile(&s, 0);
}

bool THProduct_possible(void) { return THGemm_kernels(0) != NULL; }

bool THProduct_run(const THProduct *p) { return THProduct_runBatch(p, 1, 0, 0, 0, 0); }
