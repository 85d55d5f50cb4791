/* The engine of NCCL: works on the memory of GPUs, a GPU for each rank. A group has a stream of its own, beside the one that
   tensors are computed in: a work waits there for what the current stream has been given before, and an event tells of its
   end. Groups are made without waiting, so that a rank that has died while the others look for it is noticed. */
#include "engine.h"
#include "THC.h"
#include <cuda_runtime_api.h>
#include <nccl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

_Static_assert(sizeof(ncclUniqueId) <= THDIST_GPU_ID, "an id has its room");
_Static_assert(sizeof(cudaUUID_t) <= THDIST_GPU_NAME, "so has the name of a GPU");

static bool (*anyFailed)(void);
static char reason[512];
static const char *why(void) { return reason; }

static bool ok(ncclResult_t code)
{
  if (code == ncclSuccess || code == ncclInProgress) return true;
  snprintf(reason, sizeof reason, "%s (%s)", ncclGetErrorString(code), ncclGetLastError(NULL));
  return false;
}

static bool cuda_ok(cudaError_t code)
{
  if (code == cudaSuccess) return true;
  snprintf(reason, sizeof reason, "%s", cudaGetErrorString(code));
  return false;
}

/* ---- GPUs ---- */

static bool device_of(const void *memory, int *device)
{
  struct cudaPointerAttributes at;
  if (!cuda_ok(cudaPointerGetAttributes(&at, memory))) return false;
  *device = at.device;
  return true;
}

static bool describe(unsigned char *name, const void *memory)
{
  int device;
  struct cudaDeviceProp properties;
  if (!device_of(memory, &device) || !cuda_ok(cudaGetDeviceProperties(&properties, device))) return false;
  memcpy(name, &properties.uuid, sizeof properties.uuid);
  return true;
}

/* ---- groups ---- */

typedef struct Comm {
  ncclComm_t nccl;
  int device;
  cudaStream_t stream;
} Comm;

/* Waits for what NCCL does in threads of its own. A rank that is gone ends it: there the comm is given up. */
static bool settled(Comm *c)
{
  ncclResult_t state = ncclInProgress;
  while (ok(ncclCommGetAsyncError(c->nccl, &state)) && state == ncclInProgress) {
    if (anyFailed()) {
      snprintf(reason, sizeof reason, "another rank has ended");
      return false;
    }
    nanosleep(&(struct timespec){0, 20000}, NULL);
  }
  return state == ncclSuccess || (ok(state), false);
}

static bool new_id(unsigned char *id)
{
  ncclUniqueId made;
  if (!ok(ncclGetUniqueId(&made))) return false;
  memcpy(id, &made, sizeof made);
  return true;
}

static void abandon(Comm *c)
{
  if (c->nccl) ncclCommAbort(c->nccl);
  if (c->stream) cudaStreamDestroy(c->stream);
  free(c);
}

static bool connect(Comm *c, const unsigned char *id, int rank, int size)
{
  ncclUniqueId name;
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  memcpy(&name, id, sizeof name);
  return cuda_ok(cudaGetDevice(&c->device)) && cuda_ok(cudaStreamCreateWithFlags(&c->stream, cudaStreamNonBlocking)) &&
         ok(ncclCommInitRankConfig(&c->nccl, size, name, rank, &config)) && settled(c);
}

static bool join(void **comm, const unsigned char *id, int rank, int size, bool (*failed)(void))
{
  Comm *c = calloc(1, sizeof *c);
  anyFailed = failed;
  if (c && connect(c, id, rank, size)) {
    *comm = c;
    return true;
  }
  if (!c) snprintf(reason, sizeof reason, "not enough memory");
  else abandon(c);
  return false;
}

static void release(void *comm)
{
  Comm *c = comm;
  cudaStreamSynchronize(c->stream);
  ncclCommFinalize(c->nccl);
  if (settled(c)) {
    ncclCommDestroy(c->nccl);
    c->nccl = NULL;
  }
  abandon(c);
}

/* ---- works ---- */

static ncclDataType_t type_of(THType type)
{
  switch ((int)THType_element(type)) {
  case TH_CHAR: return ncclInt8;
  case TH_INT: return ncclInt32;
  case TH_LONG: return ncclInt64;
  case TH_FLOAT: return ncclFloat32;
  case TH_DOUBLE: return ncclFloat64;
  case TH_HALF: return ncclFloat16;
  default: return ncclUint8; /* Byte; of Shorts, n is that of their bytes */
  }
}

static ncclRedOp_t op_of(THDistOp op)
{
  if (op == THDIST_MIN) return ncclMin;
  return op == THDIST_MAX ? ncclMax : ncclSum;
}

static ncclResult_t begin_one(const THDistWork *w, Comm *c)
{
  ncclDataType_t type = type_of(w->type);
  size_t n = (size_t)w->n * (THType_element(w->type) == TH_SHORT ? 2 : 1);
  switch (w->kind) {
  case THDIST_BROADCAST: return ncclBroadcast(w->into, w->into, n, type, w->peer, c->nccl, c->stream);
  case THDIST_ALL_REDUCE: return ncclAllReduce(w->into, w->into, n, type, op_of(w->op), c->nccl, c->stream);
  case THDIST_ALL_GATHER: return ncclAllGather(w->from, w->into, n, type, c->nccl, c->stream);
  case THDIST_REDUCE_SCATTER: return ncclReduceScatter(w->from, w->into, n, type, op_of(w->op), c->nccl, c->stream);
  default: return ncclInvalidArgument;
  }
}

static bool right_gpu(const THDistWork *w, Comm *c)
{
  int device;
  if (!device_of(w->into, &device)) return false;
  if (device == c->device) return true;
  snprintf(reason, sizeof reason, "a tensor of GPU %d, and this group has begun with GPU %d", device + 1, c->device + 1);
  return false;
}

/* What the current stream of the GPU has been given comes first. */
static bool follow(cudaStream_t stream, int device)
{
  cudaEvent_t before;
  if (!cuda_ok(cudaEventCreateWithFlags(&before, cudaEventDisableTiming))) return false;
  bool done = cuda_ok(cudaEventRecord(before, THCState_getCurrentStreamOnDevice(THCState_alloc(), device))) &&
              cuda_ok(cudaStreamWaitEvent(stream, before, 0));
  cudaEventDestroy(before);
  return done;
}

typedef struct Handle {
  cudaEvent_t event;
  Comm *comm;
} Handle;

static void drop(Handle *h)
{
  if (h->event) cudaEventDestroy(h->event);
  free(h);
}

static bool launch(const THDistWork *work, Handle *h)
{
  Comm *c = h->comm;
  return cuda_ok(cudaEventCreateWithFlags(&h->event, cudaEventDisableTiming)) && follow(c->stream, c->device) &&
         ok(begin_one(work, c)) && settled(c) && cuda_ok(cudaEventRecord(h->event, c->stream));
}

/* The tensors' GPU is the current one. */
static bool begin(const THDistWork *work, void **handle)
{
  if (!right_gpu(work, work->comm)) return false;
  Handle *h = calloc(1, sizeof *h);
  if (!h) {
    snprintf(reason, sizeof reason, "not enough memory");
    return false;
  }
  h->comm = work->comm;
  *handle = h;
  if (launch(work, h)) return true;
  drop(h);
  return false;
}

static int poll(void **handle)
{
  Handle *h = *handle;
  ncclResult_t state = ncclSuccess;
  cudaError_t code = cudaEventQuery(h->event);
  if (code == cudaErrorNotReady) {
    cudaGetLastError(); /* the next launch would take it for its own */
    return ok(ncclCommGetAsyncError(h->comm->nccl, &state)) && ok(state) ? 0 : -1;
  }
  if (!cuda_ok(code)) return -1;
  drop(h);
  *handle = NULL;
  return 1;
}

TH_API const THDistGpu THDist_gpuPlugin;
const THDistGpu THDist_gpuPlugin = {
  {THDIST_ENGINE_VERSION, "nccl", NULL, NULL, NULL, release, begin, poll, why}, describe, new_id, join};
