/* The job: its beginning, its end, and groups of its ranks. */
#define _GNU_SOURCE /* on_exit */
#include "engine.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static THDistJob job;
static pthread_t owner;
static pid_t process; /* a child of fork is not in the job */
static int cores = 1;

/* ---- beginning and end ---- */

void THDist_exchange(const THDistEngine *engine, THDistWork work)
{
  void *handle = NULL;
  int done = engine->begin(&work, &handle) ? !handle : -1;
  while (done == 0) done = engine->poll(&handle);
  if (done < 0) THError("init: %s", engine->why());
}

static void meet_peers(void)
{
  int size = job.all.size;
  job.peers = calloc((size_t)size, sizeof *job.peers);
  if (!job.peers) THError("init: not enough memory for a list of %d ranks", size);
  THDistPeer self = {.process = 0};
  THDist_describe(&self);
  THDist_exchange(job.engine, (THDistWork){THDIST_ALL_GATHER, THDIST_SUM, TH_BYTE, NULL, &self, job.peers, sizeof self, 0, 0});
}

/* By exit or return from main. A rank that fails must not wait in MPI for the others, who may be waiting for it: it is gone
   at once, and mpirun, or the news of it, ends them. (MPI_Abort, which is for this, hangs in exit handlers at times.) */
static void at_exit(int status, void *unused)
{
  (void)unused;
  if (getpid() != process) return;
  THDist_leave(status);
  if (job.all.size == 1 || (status == 0 && !THDist_anyFailed())) {
    job.engine->finish();
    return;
  }
  fflush(NULL);
  _exit(status ? status : 1);
}

static void share_processors(void)
{
  double share = THDist_share(job.peers, job.all.size, job.all.rank);
  job.crowded = share < 1;
  cores = (int)THMax(share, 1);
  if (!getenv("OMP_NUM_THREADS") && THGetNumThreads() == THGetNumCores()) THSetNumThreads(cores);
}

void THDist_init(void)
{
  if (job.engine) return;
  const THDistEngine *engine = THDist_load();
  if (!engine->start(&job.all.rank, &job.all.size)) THError("init: %s", engine->why());
  job.engine = engine;
  owner = pthread_self();
  process = getpid();
  on_exit(at_exit, NULL);
  meet_peers();
  share_processors();
  THDist_watch(&job);
}

THDistJob *THDist_job(void)
{
  THDist_init();
  if (!pthread_equal(owner, pthread_self())) THError("only the thread that began may call");
  if (getpid() != process) THError("a child of fork takes no part in the job");
  return &job;
}

/* ---- questions ---- */

const char *THDist_engine(void) { return THDist_job()->engine->name; }
int THDist_cores(void)
{
  THDist_job();
  return cores;
}

const char *THDist_name(int rank)
{
  static __thread char text[128];
  THDist_job();
  THArgCheck(rank >= 0 && rank < job.all.size, 1, "rank from 0 to %d expected, got %d", job.all.size - 1, rank);
  snprintf(text, sizeof text, "rank %d (process %d on %s)", rank, (int)job.peers[rank].process, job.peers[rank].host);
  return text;
}

int THDist_localRank(void)
{
  THDist_job();
  int before = 0;
  for (int i = 0; i < job.all.rank; i++) before += !strcmp(job.peers[i].host, job.peers[job.all.rank].host);
  return before;
}

void THDist_statistics(int64_t *bytes, int64_t *calls)
{
  if (bytes) *bytes = job.bytes;
  if (calls) *calls = job.calls;
}

void THDist_hush(void)
{
  THDist_job();
  if (job.all.rank > 0 && !freopen("/dev/null", "w", stdout)) THError("hush: the standard output stays open");
}

/* ---- groups ---- */

static void check_members(const int *ranks, int n)
{
  for (int i = 0; i < n; i++) {
    THArgCheck(ranks[i] >= 0 && ranks[i] < job.all.size, 1, "ranks from 0 to %d expected, got %d", job.all.size - 1, ranks[i]);
    for (int k = 0; k < i; k++) THArgCheck(ranks[i] != ranks[k], 1, "rank %d is there twice", ranks[i]);
  }
}

THDistGroup *THDist_newGroup(const int *ranks, int n)
{
  THDist_job();
  THArgCheck(n > 0, 1, "at least one rank expected");
  check_members(ranks, n);
  int own = -1;
  for (int i = 0; i < n; i++)
    if (ranks[i] == job.all.rank) own = i;
  if (own < 0) return NULL;
  THDistGroup *group = malloc(sizeof *group + (size_t)n * sizeof *ranks);
  if (!group) THError("group: not enough memory");
  *group = (THDistGroup){.rank = own, .size = n, .ranks = (int *)(group + 1), .count = 1};
  memcpy(group->ranks, ranks, (size_t)n * sizeof *ranks);
  if (job.engine->group(&group->comm, ranks, n)) return group;
  free(group);
  THError("group: %s", job.engine->why());
}

void THDistGroup_free(THDistGroup *group)
{
  if (!group || --group->count > 0) return;
  if (getpid() == process && !THDist_anyFailed()) {
    THDist_releaseGpu(group);
    job.engine->release(group->comm);
  }
  free(group);
}

int THDist_rank(const THDistGroup *group) { return group ? group->rank : THDist_job()->all.rank; }
int THDist_size(const THDistGroup *group) { return group ? group->size : THDist_job()->all.size; }
