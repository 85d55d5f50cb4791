/* The engine of a process that is alone: what it gathers and reduces is its own. */
#include "engine.h"

static bool start(int *rank, int *size)
{
  *rank = 0;
  *size = 1;
  return true;
}

static void finish(void) {}
static void release(void *comm) { (void)comm; }
static const char *why(void) { return "one process cannot do this"; }

static bool group(void **comm, const int *ranks, int n)
{
  (void)ranks;
  (void)n;
  *comm = NULL;
  return true;
}

static bool begin(const THDistWork *work, void **handle)
{
  *handle = NULL;
  if (work->kind == THDIST_ALL_GATHER || work->kind == THDIST_REDUCE_SCATTER)
    memcpy(work->into, work->from, (size_t)work->n * THType_size(work->type));
  return work->kind < THDIST_SEND;
}

static int poll(void **handle)
{
  (void)handle;
  return 1;
}

const THDistEngine THDist_single = {THDIST_ENGINE_VERSION, "none", start, finish, group, release, begin, poll, why};
