#ifndef TH_PARALLEL_H
#define TH_PARALLEL_H
/* Work in pieces, shared by the calling thread and the helpers of one pool per process.

   The pieces depend on shapes alone, so results are equal for any number of threads. The caller takes
   pieces like everybody; helpers take some when the system lets them run; nobody waits for a helper
   that has not begun. Threads of the program may call at the same time, each with pieces of its
   own. A region inside a region runs in the thread that meets it, and so does one of more than a quarter of
   a million pieces. A child of fork starts afresh.

   OpenBLAS is called from pieces, one thread each (blas/THBlasThread.h). */
#include "THGeneral.h"

/* Items [first, last) of a region, one piece of it. `worker` numbers the threads that take part, the
   caller being 0: scratch memory of its own. Must not raise unless it is the only piece. */
typedef void (*THRangeFn)(const void *arg, int64_t first, int64_t last, int worker);

/* Calls fn for [0, piece), [piece, 2 piece)... up to n, each once, in any order and any thread; all
   are done when it returns. */
TH_API void TH_parallel(int64_t n, int64_t piece, THRangeFn fn, const void *arg);
/* The calling thread runs a piece of more than one. By shapes alone, like all else. */
TH_API bool TH_inRegion(void);
/* More than the largest `worker` that fn will see; 1 inside a region. */
TH_API int TH_workersFor(int64_t n, int64_t piece);

/* Elements of plain arithmetic that make a piece worth handing over. */
enum { TH_GRAIN = 16384, TH_MAX_PIECES = 64 };

/* Items of a piece for n items of `work` (in elements of plain arithmetic) each: everything in one
   piece below four grains of work, else TH_MAX_PIECES pieces at most, of a grain at least. */
static inline int64_t TH_pieceFor(int64_t n, double work)
{
  double pieces = (double)n * work / (double)TH_GRAIN;
  if (pieces < 4) return n;
  int64_t count = (int64_t)THMin(pieces, (double)TH_MAX_PIECES);
  return (n + count - 1) / count;
}

#endif
