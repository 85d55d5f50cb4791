#include "THBlas.h"
#include "THGemm.h"
#include "THBlasThread.h"
#include "gemm/product.h"
#include "parallel/THParallel.h"
#include <math.h>

static int fits(int64_t n)
{
  if (n > INT32_MAX || n < -(int64_t)INT32_MAX)
    THError("BLAS: size %lld does not fit", (long long)n);
  return (int)n;
}

static bool transposed(char trans)
{
  return trans == 't' || trans == 'T' || trans == 'c' || trans == 'C';
}

/* A product in tiles, a call of BLAS each. */
typedef struct GemmTiles {
  int64_t m, n, rows, columns; /* sizes of a tile; numbers of them */
} GemmTiles;

enum {
  TILE_WORK = 1 << 18, /* multiplications that make a tile worth handing over */
  LARGE_TILE_WORK = 1 << 23,
  LARGE_TILE_SIDE = 144,
  TILE_SIDE = 256      /* tiles of that side are wanted: smaller ones pack too much */
};

/* n items in equal parts of about `size`, a multiple of 32. */
static int64_t tile_size(int64_t n, double size)
{
  int64_t parts = (int64_t)THMax(1, (double)n / THMax(size, 1) + 0.5);
  int64_t part = (n + parts - 1) / parts;
  return THMin(n, (part + 31) / 32 * 32);
}

/* About so many tiles. */
static GemmTiles tiles_of(int64_t m, int64_t n, double wanted)
{
  GemmTiles t = {m, n, 1, 1};
  double area = (double)m * (double)n, side = sqrt(area / wanted);
  if (m < n) {
    t.m = tile_size(m, side);
    t.n = tile_size(n, area / wanted / (double)t.m);
  } else {
    t.n = tile_size(n, side);
    t.m = tile_size(m, area / wanted / (double)t.n);
  }
  t.rows = (m + t.m - 1) / t.m;
  t.columns = (n + t.n - 1) / t.n;
  return t;
}

/* By the shape alone; one tile when it is small, or when other threads have work anyway. */
static GemmTiles gemm_tiles(int64_t m, int64_t n, int64_t k)
{
  double area = (double)m * (double)n, pieces = area * (double)k / TILE_WORK;
  if (pieces < 4 || TH_inRegion()) return (GemmTiles){m, n, 1, 1};
  double wanted = THMin(pieces, THMax(8, area / (TILE_SIDE * TILE_SIDE)));
  return tiles_of(m, n, THMin(wanted, 4 * TH_MAX_PIECES));
}

/* The same within a region and outside: few and large, since within one they only cost packing. */
static GemmTiles shape_tiles(int64_t m, int64_t n, int64_t k)
{
  double area = (double)m * (double)n, pieces = area * (double)k / LARGE_TILE_WORK;
  double wanted = THMin(THMin(pieces, 8), area / (LARGE_TILE_SIDE * LARGE_TILE_SIDE));
  return wanted < 2 ? (GemmTiles){m, n, 1, 1} : tiles_of(m, n, wanted);
}

#define TH_GENERIC_FILE "blas/generic/THBlas.c"
#include "core/THGenerate.h"
