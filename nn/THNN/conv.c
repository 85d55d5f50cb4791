/* Drivers of the convolution engine: samples, or tiles of output rows, are shared out to threads;
   each unfolds into its own buffer, made beforehand, and multiplies with a BLAS that stays in the
   thread. */
#include "convgeometry.h"
#include "direct/convdirect.h"
#ifdef _OPENMP
#include <omp.h>
#endif

enum {
  TILE = 98304,        /* elements of an unfolded tile: it should stay in the L2 cache */
  TILE_COLUMNS = 256,  /* below that many the matrix product is mostly packing */
  WEIGHT_PARTS = 8,    /* partial sums of the weight gradient, whatever the number of threads */
  PART_LIMIT = 1 << 24 /* elements they may take in all */
};

/* 1x1, stride 1, no padding: the input is its own unfolding. */
static bool is_plain(const ConvGeometry *g)
{
  for (int i = 0; i < 3; i++)
    if (g->k[i] != 1 || g->d[i] != 1 || g->pad[i] != 0) return false;
  return true;
}

#define TH_GENERIC_FILE "generic/conv.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "THGenerate.h"

static void (*const forward_tile[TH_NTYPES])(const ConvGeometry *, const void *, const void *,
                                             const void *, void *, int64_t, int64_t,
                                             void *) = TH_BY_FLOAT_TYPE(forward_tile);
static void (*const backward_data[TH_NTYPES])(const ConvGeometry *, const void *, const void *,
                                              const void *, void *, int64_t,
                                              void *) = TH_BY_FLOAT_TYPE(backward_data);
static void (*const backward_weight[TH_NTYPES])(const ConvGeometry *, const void *, const void *,
                                                void *, double, double, int64_t,
                                                void *) = TH_BY_FLOAT_TYPE(backward_weight);
static void (*const add_parts[TH_NTYPES])(void *, const void *, int64_t, int64_t, int64_t,
                                          int64_t) = TH_BY_FLOAT_TYPE(add_parts);

static int thread_number(void)
{
#ifdef _OPENMP
  return omp_get_thread_num();
#else
  return 0;
#endif
}

/* Output rows of a tile. */
static int64_t tile_rows(const ConvGeometry *g)
{
  int64_t columns = THMax(TILE / g->K, TILE_COLUMNS);
  int64_t total = g->out[CONV_T] * g->out[CONV_H];
  int64_t rows = THMax(1, columns / g->out[CONV_W]);
  int64_t tiles = (total + rows - 1) / rows;
  return (total + tiles - 1) / tiles; /* equal shares */
}

/* Unfolding buffers for that many threads; NULL when none is needed. */
static void *buffers(const ConvGeometry *g, THType type, int64_t rows, int threads, size_t *each)
{
  *each = (size_t)(g->K * rows * g->out[CONV_W]) * THType_size(type);
  *each = (*each + 4095) / 4096 * 4096 + 64; /* not all at the same place of a page */
  return is_plain(g) ? NULL : THAlloc((ptrdiff_t)*each * threads);
}

static int64_t work(const ConvGeometry *g, int64_t n) { return n * g->outputs * g->K * g->outSize; }

enum { CONV_GRAIN = 400000 }; /* multiplications that make a thread worth while */

void Conv_forward(const char *op, const ConvGeometry *g, THType type, int64_t n, const void *x,
                  const void *w, const void *bias, void *y)
{
  if (THType_onDevice(type)) {
    THNN_device->convForward(op, g, type, n, x, w, bias, y);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  if (Direct_forward(g, type, n, x, w, bias, y)) return;
  size_t width = THType_size(type), each;
  int64_t rows = tile_rows(g), total = g->out[CONV_T] * g->out[CONV_H];
  int64_t tiles = (total + rows - 1) / rows, tasks = n * tiles;
  int threads = (int)THMin(tasks, TH_threadsFor(work(g, n), CONV_GRAIN));
  TH_AUTO_MEM char *buffer = buffers(g, type, rows, threads, &each);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < tasks; i++) {
    int64_t sample = i / tiles, begin = i % tiles * rows;
    forward_tile[type](g, (const char *)x + (size_t)(sample * g->planes * g->inSize) * width, w, bias,
                       (char *)y + (size_t)(sample * g->outputs * g->outSize) * width, begin,
                       THMin(total, begin + rows),
                       buffer ? buffer + each * (size_t)thread_number() : NULL);
  }
}

void Conv_backwardData(const char *op, const ConvGeometry *g, THType type, int64_t n,
                       const void *gy, const void *w, const void *bias, void *gx)
{
  if (THType_onDevice(type)) {
    THNN_device->convBackwardData(op, g, type, n, gy, w, bias, gx);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  if (Direct_backwardData(g, type, n, gy, w, bias, gx)) return;
  size_t width = THType_size(type), each;
  int64_t rows = tile_rows(g);
  int threads = (int)THMin(n, TH_threadsFor(work(g, n), CONV_GRAIN));
  TH_AUTO_MEM char *buffer = buffers(g, type, rows, threads, &each);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t i = 0; i < n; i++)
    backward_data[type](g, (const char *)gy + (size_t)(i * g->outputs * g->outSize) * width, w, bias,
                        (char *)gx + (size_t)(i * g->planes * g->inSize) * width, rows,
                        buffer ? buffer + each * (size_t)thread_number() : NULL);
}

void Conv_backwardWeight(const char *op, const ConvGeometry *g, THType type, int64_t n,
                         const void *x, const void *gy, void *gw, double scale)
{
  if (THType_onDevice(type)) {
    THNN_device->convBackwardWeight(op, g, type, n, x, gy, gw, scale);
    return;
  }
  THNN_checkBlasSize(op, g->outputs, g->outSize, g->K);
  THNN_checkBlasSize(op, g->inSize, 1, 1);
  if (Direct_backwardWeight(g, type, n, x, gy, gw, scale)) return;
  size_t width = THType_size(type), each;
  int64_t rows = tile_rows(g), weights = g->outputs * g->K;
  int64_t parts = THMin(n, THMax(1, THMin(WEIGHT_PARTS, PART_LIMIT / weights)));
  int threads = (int)THMin(parts, TH_threadsFor(work(g, n), CONV_GRAIN));
  TH_AUTO_MEM char *buffer = buffers(g, type, rows, threads, &each);
  TH_AUTO_MEM char *part = parts > 1 ? THAlloc((ptrdiff_t)width * parts * weights) : NULL;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int64_t p = 0; p < parts; p++)
    for (int64_t first = n * p / parts, i = first; i < n * (p + 1) / parts; i++)
      backward_weight[type](g, (const char *)x + (size_t)(i * g->planes * g->inSize) * width,
                            (const char *)gy + (size_t)(i * g->outputs * g->outSize) * width,
                            part ? part + (size_t)(p * weights) * width : gw, scale,
                            part && i == first ? 0 : 1, rows,
                            buffer ? buffer + each * (size_t)thread_number() : NULL);
  if (!part) return;
  threads = TH_threadsFor(parts * weights, TH_GRAIN);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
  for (int t = 0; t < threads; t++)
    add_parts[type](gw, part, parts, weights, weights * t / threads, weights * (t + 1) / threads);
}
