/* NCCL's collective operations between processes of one machine, over memory that they share: every rank puts a piece into its
   slot, all wait, each takes what it needs. Done when a call returns, which NCCL allows; who waits too long gets an error. */
#define _GNU_SOURCE
#include "nccl.h"
#include "TH.h"
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 14, PATIENCE = 60 /* seconds */ };

typedef struct Meeting {
  atomic_int arrived, round;
  _Alignas(64) char slots[][PIECE];
} Meeting;

struct ncclComm {
  Meeting *meeting;
  size_t bytes;
  int rank, ranks;
};

static size_t bytes_of(int ranks) { return sizeof(Meeting) + (size_t)ranks * PIECE; }

/* Until every rank has come. */
static ncclResult_t meet(ncclComm_t c)
{
  Meeting *m = c->meeting;
  int round = atomic_load(&m->round);
  if (atomic_fetch_add(&m->arrived, 1) + 1 == c->ranks) {
    atomic_store(&m->arrived, 0);
    atomic_fetch_add(&m->round, 1);
    return ncclSuccess;
  }
  for (time_t end = time(NULL) + PATIENCE; atomic_load(&m->round) == round; sched_yield())
    if (time(NULL) > end) return ncclSystemError;
  return ncclSuccess;
}

/* ---- groups ---- */

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
  static int count;
  snprintf(id->internal, sizeof id->internal, "/nccl-standin-%d-%d", (int)getpid(), count++);
  return ncclSuccess;
}

static Meeting *open_meeting(const char *name, size_t bytes)
{
  int file = shm_open(name, O_RDWR | O_CREAT, 0600);
  void *memory = MAP_FAILED;
  if (file >= 0 && ftruncate(file, (off_t)bytes) == 0) memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0) close(file);
  return memory == MAP_FAILED ? NULL : memory;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank, ncclConfig_t *config)
{
  struct ncclComm *c = malloc(sizeof *c);
  *c = (struct ncclComm){open_meeting(id.internal, bytes_of(ranks)), bytes_of(ranks), rank, ranks};
  *comm = c;
  if (!c->meeting || config->blocking) return ncclSystemError;
  ncclResult_t all = meet(c);
  if (rank == 0) shm_unlink(id.internal);
  return all;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *error)
{
  *error = comm->meeting ? ncclSuccess : ncclSystemError;
  return ncclSuccess;
}

ncclResult_t ncclCommFinalize(ncclComm_t comm)
{
  (void)comm;
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
  if (comm->meeting) munmap(comm->meeting, comm->bytes);
  free(comm);
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) { return ncclCommDestroy(comm); }

const char *ncclGetErrorString(ncclResult_t error)
{
  return error == ncclSuccess ? "no error" : error == ncclInvalidArgument ? "invalid argument" : "system error";
}

const char *ncclGetLastError(ncclComm_t comm)
{
  (void)comm;
  return "of the stand-in";
}

/* ---- arithmetic ---- */

static size_t size_of(ncclDataType_t type)
{
  switch (type) {
  case ncclInt64:
  case ncclFloat64: return 8;
  case ncclInt32:
  case ncclFloat32: return 4;
  case ncclFloat16: return 2;
  default: return 1;
  }
}

#define COMBINE(name, real)                                                           \
  static void name(real *into, const real *x, size_t n, ncclRedOp_t op)               \
  {                                                                                   \
    for (size_t i = 0; i < n; i++)                                                    \
      if (op == ncclSum) into[i] = (real)(into[i] + x[i]);                            \
      else if (op == ncclMin ? x[i] < into[i] : x[i] > into[i]) into[i] = x[i];       \
  }
COMBINE(combine_char, signed char)
COMBINE(combine_byte, unsigned char)
COMBINE(combine_int, int)
COMBINE(combine_long, long)
COMBINE(combine_float, float)
COMBINE(combine_double, double)

static void combine_half(THHalf *into, const THHalf *x, size_t n, ncclRedOp_t op)
{
  for (size_t i = 0; i < n; i++) {
    float a = TH_half2float(into[i]), b = TH_half2float(x[i]);
    combine_float(&a, &b, 1, op);
    into[i] = TH_float2half(a);
  }
}

static void combine(void *into, const void *x, size_t n, ncclDataType_t type, ncclRedOp_t op)
{
  switch (type) {
  case ncclInt8: combine_char(into, x, n, op); break;
  case ncclUint8: combine_byte(into, x, n, op); break;
  case ncclInt32: combine_int(into, x, n, op); break;
  case ncclInt64: combine_long(into, x, n, op); break;
  case ncclFloat16: combine_half(into, x, n, op); break;
  case ncclFloat32: combine_float(into, x, n, op); break;
  case ncclFloat64: combine_double(into, x, n, op); break;
  }
}

/* ---- pieces ---- */

static ncclResult_t move(void *into, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
  bool done = !cudaMemcpyAsync(into, from, bytes, kind, stream) && !cudaStreamSynchronize(stream);
  return done ? ncclSuccess : ncclSystemError;
}

typedef struct Work {
  const char *from;
  char *into;
  size_t n, size;
  ncclDataType_t type;
  ncclRedOp_t op;
  ncclComm_t comm;
  cudaStream_t stream;
} Work;

static ncclResult_t offer(const Work *w, const char *from, size_t n)
{
  return move(w->comm->meeting->slots[w->comm->rank], from, n * w->size, cudaMemcpyDeviceToHost, w->stream);
}

static ncclResult_t take(const Work *w, char *into, const char *slot, size_t n)
{
  return move(into, slot, n * w->size, cudaMemcpyHostToDevice, w->stream);
}

static ncclResult_t take_reduced(const Work *w, char *into, size_t n)
{
  _Alignas(64) char all[PIECE];
  memcpy(all, w->comm->meeting->slots[0], n * w->size);
  for (int r = 1; r < w->comm->ranks; r++) combine(all, w->comm->meeting->slots[r], n, w->type, w->op);
  return take(w, into, all, n);
}

/* A piece of each rank's `from` is in its slot when `use` is called; `at` counts elements. */
static ncclResult_t by_pieces(const Work *w, ncclResult_t (*use)(const Work *, size_t at, size_t n))
{
  ncclResult_t result = ncclSuccess;
  size_t piece = PIECE / w->size;
  for (size_t at = 0; at < w->n && result == ncclSuccess; at += piece) {
    size_t n = w->n - at < piece ? w->n - at : piece;
    if ((result = offer(w, w->from + at * w->size, n)) || (result = meet(w->comm)) || (result = use(w, at, n))) break;
    result = meet(w->comm);
  }
  return result;
}

static ncclResult_t use_sum(const Work *w, size_t at, size_t n) { return take_reduced(w, w->into + at * w->size, n); }

static ncclResult_t use_all(const Work *w, size_t at, size_t n)
{
  ncclResult_t result = ncclSuccess;
  for (int r = 0; r < w->comm->ranks && result == ncclSuccess; r++)
    result = take(w, w->into + ((size_t)r * w->n + at) * w->size, w->comm->meeting->slots[r], n);
  return result;
}

ncclResult_t ncclAllReduce(const void *from, void *into, size_t n, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                           cudaStream_t stream)
{
  return by_pieces(&(Work){from, into, n, size_of(type), type, op, comm, stream}, use_sum);
}

ncclResult_t ncclAllGather(const void *from, void *into, size_t n, ncclDataType_t type, ncclComm_t comm, cudaStream_t stream)
{
  return by_pieces(&(Work){from, into, n, size_of(type), type, ncclSum, comm, stream}, use_all);
}

static ncclResult_t use_none(const Work *w, size_t at, size_t n)
{
  (void)w, (void)at, (void)n;
  return ncclSuccess;
}

/* One sum for each rank, of which it alone takes it. */
ncclResult_t ncclReduceScatter(const void *from, void *into, size_t n, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                               cudaStream_t stream)
{
  ncclResult_t result = ncclSuccess;
  for (int r = 0; r < comm->ranks && result == ncclSuccess; r++) {
    const char *part = (const char *)from + (size_t)r * n * size_of(type);
    result = by_pieces(&(Work){part, into, n, size_of(type), type, op, comm, stream}, r == comm->rank ? use_sum : use_none);
  }
  return result;
}

/* Everyone offers; the root's slot is taken. */
typedef struct Broadcast {
  Work work;
  int root;
} Broadcast;

static ncclResult_t use_root(const Work *w, size_t at, size_t n)
{
  int root = ((const Broadcast *)w)->root;
  return take(w, w->into + at * w->size, w->comm->meeting->slots[root], n);
}

ncclResult_t ncclBroadcast(const void *from, void *into, size_t n, ncclDataType_t type, int root, ncclComm_t comm, cudaStream_t stream)
{
  return by_pieces(&(Broadcast){{from, into, n, size_of(type), type, ncclSum, comm, stream}, root}.work, use_root);
}
