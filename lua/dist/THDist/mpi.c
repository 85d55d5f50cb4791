/* The engine of MPI; compiled once against each MPI, whose types differ. Everything is begun without waiting, so that
   each operation has one algorithm, whether the caller waits for it at once or not. */
#include "engine.h"
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef OPEN_MPI
#define NAME "openmpi"
#else
#define NAME "mpich"
#endif
_Static_assert(sizeof(MPI_Request) <= sizeof(void *) && sizeof(MPI_Comm) <= sizeof(void *), "handles are kept as addresses");

static char reason[MPI_MAX_ERROR_STRING + 64];
static const char *why(void) { return reason; }

static bool ok(int code)
{
  if (code == MPI_SUCCESS) return true;
  int length = 0;
  MPI_Error_string(code, reason, &length);
  reason[length] = 0;
  return false;
}

/* ---- types of 16 bits, which MPI does not know ---- */

static MPI_Datatype half, bfloat16;
static MPI_Op half_op[4], bfloat16_op[4];

static float pick(float a, float b, THDistOp op)
{
  if (op == THDIST_SUM) return a + b;
  return (op == THDIST_MAX) == (a > b) ? a : b;
}

#define REDUCTION(function, TYPE, op)                                                              \
  static void function(void *from, void *into, int *n, MPI_Datatype *type)                         \
  {                                                                                                \
    (void)type;                                                                                    \
    for (int i = 0; i < *n; i++) {                                                                 \
      char *a = (char *)into + 2 * i, *b = (char *)from + 2 * i;                                   \
      float v = pick((float)THScalar_load(TYPE, a).d, (float)THScalar_load(TYPE, b).d, op);        \
      THScalar_store(TYPE, a, THScalar_fromDouble(v));                                             \
    }                                                                                              \
  }
REDUCTION(half_sum, TH_HALF, THDIST_SUM)
REDUCTION(half_max, TH_HALF, THDIST_MAX)
REDUCTION(half_min, TH_HALF, THDIST_MIN)
REDUCTION(bfloat16_sum, TH_BFLOAT16, THDIST_SUM)
REDUCTION(bfloat16_max, TH_BFLOAT16, THDIST_MAX)
REDUCTION(bfloat16_min, TH_BFLOAT16, THDIST_MIN)

static bool new_type(MPI_Datatype *type)
{
  return ok(MPI_Type_contiguous(2, MPI_BYTE, type)) && ok(MPI_Type_commit(type));
}

static bool make_types(void)
{
  return new_type(&half) && new_type(&bfloat16) && ok(MPI_Op_create(half_sum, 1, &half_op[THDIST_SUM])) &&
         ok(MPI_Op_create(half_max, 1, &half_op[THDIST_MAX])) && ok(MPI_Op_create(half_min, 1, &half_op[THDIST_MIN])) &&
         ok(MPI_Op_create(bfloat16_sum, 1, &bfloat16_op[THDIST_SUM])) &&
         ok(MPI_Op_create(bfloat16_max, 1, &bfloat16_op[THDIST_MAX])) &&
         ok(MPI_Op_create(bfloat16_min, 1, &bfloat16_op[THDIST_MIN]));
}

static MPI_Datatype type_of(THType type)
{
  switch ((int)type) {
  case TH_CHAR: return MPI_INT8_T;
  case TH_SHORT: return MPI_INT16_T;
  case TH_INT: return MPI_INT32_T;
  case TH_LONG: return MPI_INT64_T;
  case TH_FLOAT: return MPI_FLOAT;
  case TH_DOUBLE: return MPI_DOUBLE;
  case TH_HALF: return half;
  case TH_BFLOAT16: return bfloat16;
  default: return MPI_UINT8_T; /* Byte, Bool */
  }
}

static MPI_Op op_of(THType type, THDistOp op)
{
  if (type == TH_HALF) return half_op[op];
  if (type == TH_BFLOAT16) return bfloat16_op[op];
  if (op == THDIST_MIN) return MPI_MIN;
  return op == THDIST_MAX || type == TH_BOOL ? MPI_MAX : MPI_SUM;
}

/* ---- the job ---- */

static bool start(int *rank, int *size)
{
  int level, begun = 0;
  MPI_Initialized(&begun);
  if (!begun && !ok(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level))) return false;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  return ok(MPI_Comm_rank(MPI_COMM_WORLD, rank)) && ok(MPI_Comm_size(MPI_COMM_WORLD, size)) && make_types();
}

static void finish(void)
{
  int ended = 0;
  MPI_Finalized(&ended);
  if (ended) return;
  MPI_Type_free(&half);
  MPI_Type_free(&bfloat16);
  for (int op = 0; op < 4; op++) {
    if (op == THDIST_MEAN) continue;
    MPI_Op_free(&half_op[op]);
    MPI_Op_free(&bfloat16_op[op]);
  }
  MPI_Finalize();
}

static MPI_Comm comm_of(void *comm)
{
  MPI_Comm c = MPI_COMM_WORLD;
  if (comm) memcpy(&c, &comm, sizeof c);
  return c;
}

static bool group(void **comm, const int *ranks, int n)
{
  MPI_Group all, some;
  MPI_Comm c;
  if (!ok(MPI_Comm_group(MPI_COMM_WORLD, &all)) || !ok(MPI_Group_incl(all, n, ranks, &some))) return false;
  bool made = ok(MPI_Comm_create_group(MPI_COMM_WORLD, some, 0, &c));
  MPI_Group_free(&some);
  MPI_Group_free(&all);
  if (!made) return false;
  MPI_Comm_set_errhandler(c, MPI_ERRORS_RETURN);
  *comm = NULL;
  memcpy(comm, &c, sizeof c);
  return true;
}

static void release(void *comm)
{
  int ended = 0;
  MPI_Finalized(&ended);
  MPI_Comm c = comm_of(comm);
  if (!ended && c != MPI_COMM_WORLD) MPI_Comm_free(&c);
}

/* ---- works ---- */

static int begin_one(const THDistWork *w, MPI_Comm c, MPI_Request *r)
{
  int n = (int)w->n;
  MPI_Datatype type = type_of(w->type);
  switch (w->kind) {
  case THDIST_BARRIER: return MPI_Ibarrier(c, r);
  case THDIST_BROADCAST: return MPI_Ibcast(w->into, n, type, w->peer, c, r);
  case THDIST_ALL_REDUCE: return MPI_Iallreduce(MPI_IN_PLACE, w->into, n, type, op_of(w->type, w->op), c, r);
  case THDIST_ALL_GATHER: return MPI_Iallgather(w->from, n, type, w->into, n, type, c, r);
  case THDIST_REDUCE_SCATTER: return MPI_Ireduce_scatter_block(w->from, w->into, n, type, op_of(w->type, w->op), c, r);
  case THDIST_SEND: return MPI_Isend(w->from, n, type, w->peer, w->tag, c, r);
  case THDIST_RECV: return MPI_Irecv(w->into, n, type, w->peer, w->tag, c, r);
  }
  return MPI_ERR_OTHER;
}

static bool begin(const THDistWork *work, void **handle)
{
  MPI_Request r = MPI_REQUEST_NULL;
  if (!ok(begin_one(work, comm_of(work->comm), &r))) return false;
  *handle = NULL;
  memcpy(handle, &r, sizeof r);
  return true;
}

static int poll(void **handle)
{
  MPI_Request r;
  int done = 0;
  memcpy(&r, handle, sizeof r);
  if (!ok(MPI_Test(&r, &done, MPI_STATUS_IGNORE))) return -1;
  if (done) *handle = NULL;
  return done;
}

TH_API const THDistEngine THDist_plugin;
const THDistEngine THDist_plugin = {THDIST_ENGINE_VERSION, NAME, start, finish, group, release, begin, poll, why};
