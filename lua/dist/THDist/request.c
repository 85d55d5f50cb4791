/* Requests: a call cut into works of the engine, the tensors that these read and write, and waiting for them. */
#include "engine.h"
#include "core/THDevice.h"
#include <stdlib.h>
#include <time.h>

struct THDistRequest {
  const char *name;
  const THDistEngine *engine; /* who does it */
  THDistGroup *group; /* NULL: all ranks */
  int peer;           /* of the group, when only that one matters; else -1 */
  THAnyTensor *result, *into; /* what the caller asked for, and where it arrives; the same, or a contiguous copy */
  THAnyTensor *from;
  bool mean;
  int pieces, done; /* works, and those of them that are over, which are the first ones */
  void **handle;
  THDistRequest *next; /* of those that nobody owns any more */
};

static THDistRequest *orphans;

/* ---- beginning ---- */

static THDistRequest *new_request(const char *name, THDistGroup *group)
{
  const THDistEngine *engine = THDist_job()->engine;
  THDistRequest *r = calloc(1, sizeof *r);
  if (!r) THError("%s: not enough memory", name);
  r->name = name;
  r->engine = engine;
  r->peer = -1;
  r->group = group;
  if (group) group->count++;
  return r;
}

static void drop(THDistRequest *r)
{
  THDistGroup_free(r->group);
  THAnyTensor_free(r->result);
  THAnyTensor_free(r->into);
  THAnyTensor_free(r->from);
  free(r->handle);
  free(r);
}

/* The tensor itself where the engine can take bytes from it, else a contiguous copy, in the host's memory or on the GPU. */
static THAnyTensor *reachable(const THDistRequest *r, THAnyTensor *t, bool contents)
{
  bool on_gpu = r->engine != THDist_job()->engine;
  if ((on_gpu || !THType_onDevice(t->type)) && THAnyTensor_isContiguous(t)) {
    THAnyTensor_retain(t);
    return t;
  }
  THType type = on_gpu ? (THType)t->type : THType_element(t->type);
  TH_AUTO(THAnyTensor) copy = THAnyTensor_newWithSizeNd(type, t->nDimension, t->size, NULL);
  if (contents) THAnyTensor_copy(copy, t);
  return TH_RELEASE(copy);
}

static void set_result(THDistRequest *r, THAnyTensor *t, bool contents)
{
  THAnyTensor_retain(t);
  r->result = t;
  r->into = reachable(r, t, contents);
}

static int device_of(const THAnyTensor *t) { return t->storage && THType_onDevice(t->type) ? t->storage->device : 0; }

static int64_t elements(const THAnyTensor *t) { return t ? THAnyTensor_nElement(t) : 0; }

static void *comm_of(const THDistRequest *r)
{
  THDistJob *job = THDist_job();
  const THDistGroup *group = r->group ? r->group : &job->all;
  return r->engine == job->engine ? group->comm : group->gpu;
}

/* Begins the work, n elements of it, `most` at a time. */
static void begin(THDistRequest *r, THDistWork work, int64_t n, int64_t most)
{
  THDistJob *job = THDist_job();
  THDist_test(NULL);
  int64_t pieces = n > 0 ? (n - 1) / most + 1 : 0;
  if (work.kind == THDIST_BARRIER) pieces = 1;
  size_t bytes = THType_size(work.type);
  r->handle = calloc((size_t)THMax(pieces, 1), sizeof *r->handle);
  if (!r->handle) THError("%s: not enough memory", r->name);
  work.comm = comm_of(r);
  for (int64_t i = 0; i < pieces; i++) {
    work.n = THMin(most, n - i * most);
    if (!r->engine->begin(&work, &r->handle[i])) THError("%s: %s", r->name, r->engine->why());
    r->pieces++;
    work.from = work.from ? (const char *)work.from + (size_t)work.n * bytes : NULL;
    work.into = work.into ? (char *)work.into + (size_t)work.n * bytes : NULL;
  }
  job->calls++;
  job->bytes += (int64_t)bytes * (work.kind == THDIST_RECV ? 0 : n);
}

static void check_size(int64_t n) { THArgCheck(n <= THDIST_MOST, 1, "at most %d elements expected, got %lld", THDIST_MOST, (long long)n); }

static void check_rank(int rank, int argNumber, THDistGroup *group)
{
  int size = THDist_size(group);
  THArgCheck(rank >= 0 && rank < size, argNumber, "rank from 0 to %d expected, got %d", size - 1, rank);
}

static void check_op(const THAnyTensor *t, THDistOp op, int argNumber)
{
  THArgCheck(op != THDIST_MEAN || THType_isFloating(t->type), argNumber,
             "a mean is of floating-point numbers; this is a %sTensor: use the sum", THType_name(t->type));
}

/* The sum is divided when it is there. */
static THDistOp summed(THDistRequest *r, THDistOp op)
{
  r->mean = op == THDIST_MEAN;
  return r->mean ? THDIST_SUM : op;
}

THDistRequest *THDist_barrierBegin(THDistGroup *group)
{
  TH_AUTO(THDistRequest) r = new_request("barrier", group);
  begin(r, (THDistWork){.kind = THDIST_BARRIER}, 0, 1);
  return TH_RELEASE(r);
}

THDistRequest *THDist_broadcastBegin(THAnyTensor *r_, int root, THDistGroup *group)
{
  check_rank(root, 2, group);
  TH_AUTO(THDistRequest) r = new_request("broadcast", group);
  TH_ON_DEVICE(device_of(r_));
  r->engine = THDist_carrier(r_, THDIST_BROADCAST, group);
  set_result(r, r_, THDist_rank(group) == root);
  begin(r, (THDistWork){.kind = THDIST_BROADCAST, .type = (THType)r->into->type, .into = THAnyTensor_data(r->into), .peer = root},
        elements(r_), THDIST_MOST);
  return TH_RELEASE(r);
}

THDistRequest *THDist_allReduceBegin(THAnyTensor *r_, THDistOp op, THDistGroup *group)
{
  check_op(r_, op, 2);
  TH_AUTO(THDistRequest) r = new_request("allReduce", group);
  TH_ON_DEVICE(device_of(r_));
  r->engine = THDist_carrier(r_, THDIST_ALL_REDUCE, group);
  set_result(r, r_, true);
  op = summed(r, op);
  begin(r, (THDistWork){.kind = THDIST_ALL_REDUCE, .op = op, .type = (THType)r->into->type, .into = THAnyTensor_data(r->into)},
        elements(r_), THDIST_PIECE);
  return TH_RELEASE(r);
}

/* r_: a row more than t in front; t: a row less than r_. */
static void resize_rows(THAnyTensor *r_, const THAnyTensor *t, int rows)
{
  int64_t size[TH_MAX_DIMS + 1] = {rows};
  THArgCheck(t->nDimension < TH_MAX_DIMS, 2, "fewer dimensions expected");
  for (int d = 0; d < t->nDimension; d++) size[d + 1] = t->size[d];
  THAnyTensor_resizeNd(r_, t->nDimension ? t->nDimension + 1 : 0, size, NULL);
}

static void check_types(const THAnyTensor *r_, const THAnyTensor *t)
{
  THArgCheck(r_->type == t->type, 1, "a %sTensor expected, as what is given, got a %sTensor", THType_name(t->type),
             THType_name(r_->type));
  THArgCheck(r_ != t && (!r_->storage || r_->storage != t->storage), 1, "must not share memory with what is given");
}

THDistRequest *THDist_allGatherBegin(THAnyTensor *r_, THAnyTensor *t, THDistGroup *group)
{
  check_types(r_, t);
  check_size(elements(t));
  TH_AUTO(THDistRequest) r = new_request("allGather", group);
  TH_ON_DEVICE(device_of(t));
  r->engine = THDist_carrier(t, THDIST_ALL_GATHER, group);
  resize_rows(r_, t, THDist_size(group));
  set_result(r, r_, false);
  r->from = reachable(r, t, true);
  begin(r, (THDistWork){.kind = THDIST_ALL_GATHER, .type = (THType)r->into->type, .from = THAnyTensor_data(r->from),
                        .into = THAnyTensor_data(r->into)},
        elements(t), THDIST_MOST);
  return TH_RELEASE(r);
}

THDistRequest *THDist_reduceScatterBegin(THAnyTensor *r_, THAnyTensor *t, THDistOp op, THDistGroup *group)
{
  check_types(r_, t);
  check_op(t, op, 3);
  int size = THDist_size(group);
  THArgCheck(t->nDimension > 0 && t->size[0] == size, 2, "%d rows expected, one for each rank, got %s", size, THAnyTensor_sizeDesc(t).str);
  int64_t n = elements(t) / size, one = 1;
  check_size(n);
  TH_AUTO(THDistRequest) r = new_request("reduceScatter", group);
  TH_ON_DEVICE(device_of(t));
  r->engine = THDist_carrier(t, THDIST_REDUCE_SCATTER, group);
  THAnyTensor_resizeNd(r_, THMax(t->nDimension - 1, 1), t->nDimension > 1 ? t->size + 1 : &one, NULL);
  set_result(r, r_, false);
  r->from = reachable(r, t, true);
  op = summed(r, op);
  begin(r, (THDistWork){.kind = THDIST_REDUCE_SCATTER, .op = op, .type = (THType)r->into->type, .from = THAnyTensor_data(r->from),
                        .into = THAnyTensor_data(r->into)},
        n, THDIST_MOST);
  return TH_RELEASE(r);
}

static void check_pair(int peer, int tag, THDistGroup *group)
{
  check_rank(peer, 2, group);
  THArgCheck(peer != THDist_rank(group), 2, "another rank than this one, %d, expected", peer);
  THArgCheck(tag >= 0 && tag <= 32767, 3, "a number from 0 to 32767 expected, got %d", tag);
}

THDistRequest *THDist_sendBegin(THAnyTensor *t, int to, int tag, THDistGroup *group)
{
  check_pair(to, tag, group);
  TH_AUTO(THDistRequest) r = new_request("send", group);
  r->peer = to;
  r->from = reachable(r, t, true);
  begin(r, (THDistWork){.kind = THDIST_SEND, .type = (THType)r->from->type, .from = THAnyTensor_data(r->from), .peer = to, .tag = tag},
        elements(t), THDIST_MOST);
  return TH_RELEASE(r);
}

THDistRequest *THDist_recvBegin(THAnyTensor *r_, int from, int tag, THDistGroup *group)
{
  check_pair(from, tag, group);
  TH_AUTO(THDistRequest) r = new_request("recv", group);
  r->peer = from;
  set_result(r, r_, false);
  begin(r, (THDistWork){.kind = THDIST_RECV, .type = (THType)r->into->type, .into = THAnyTensor_data(r->into), .peer = from, .tag = tag},
        elements(r_), THDIST_MOST);
  return TH_RELEASE(r);
}

/* ---- ending ---- */

/* x = x / n, of every floating-point type. */
static void divide(THAnyTensor *t, int n)
{
  if (THType_onDevice(t->type)) {
    TH_ON_DEVICE(device_of(t));
    THAnyTensor_div(t, t, THScalar_fromInt(n));
    return;
  }
  int64_t count = elements(t);
  void *data = THAnyTensor_data(t);
  switch ((int)t->type) {
  case TH_FLOAT:
    for (int64_t i = 0; i < count; i++) ((float *)data)[i] /= (float)n;
    break;
  case TH_DOUBLE:
    for (int64_t i = 0; i < count; i++) ((double *)data)[i] /= n;
    break;
  default:
    for (int64_t i = 0; i < count; i++) {
      char *at = (char *)data + (size_t)i * THType_size((THType)t->type);
      THScalar_store((THType)t->type, at, THScalar_fromDouble(THScalar_load((THType)t->type, at).d / n));
    }
  }
}

/* All works are over: the result is what the caller's tensor gets. Once. */
static void complete(THDistRequest *r)
{
  if (r->mean) divide(r->into, THDist_size(r->group));
  r->mean = false;
  if (r->result && r->into != r->result) THAnyTensor_copy(r->result, r->into);
  THAnyTensor_free(r->into);
  THAnyTensor_free(r->from);
  r->into = r->from = NULL;
}

/* 1: all works are over; -1: one has failed. */
static int advance(THDistRequest *r)
{
  for (; r->done < r->pieces; r->done++) {
    int state = r->handle[r->done] ? r->engine->poll(&r->handle[r->done]) : 1;
    if (state <= 0) return state;
  }
  return 1;
}

static void advance_orphans(void)
{
  for (THDistRequest **at = &orphans; *at;) {
    THDistRequest *r = *at;
    if (advance(r) == 0) {
      at = &r->next;
      continue;
    }
    *at = r->next;
    drop(r);
  }
}

bool THDist_test(THDistRequest *r)
{
  advance_orphans();
  if (!r || !r->handle) return true;
  int state = advance(r);
  if (state < 0) THError("%s: %s", r->name, r->engine->why());
  if (state == 0) return false;
  complete(r);
  free(r->handle);
  r->handle = NULL;
  return true;
}

static double seconds_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The rank of the job that will not take part any more; -1: all are here. */
static int missing(const THDistRequest *r, bool *in_order)
{
  int size = THDist_size(r->group);
  for (int i = 0; i < size; i++) {
    int rank = r->group ? r->group->ranks[i] : i, status = THDist_ended(rank);
    if ((r->peer >= 0 && r->peer != i) || status == THDIST_HERE) continue;
    *in_order = status == 0;
    return rank;
  }
  return -1;
}

/* What a rank sent before it ended may still be on its way: there is some patience. */
static void check_peers(const THDistRequest *r, double *noticed)
{
  if (!THDist_anyEnded()) return;
  bool in_order;
  int rank = missing(r, &in_order);
  if (rank < 0) return;
  double now = seconds_now();
  if (!*noticed) *noticed = now;
  if (now - *noticed < (in_order ? 2 : 0.2)) return;
  int status = THDist_ended(rank);
  if (status == THDIST_DIED) THError("%s: %s has died", r->name, THDist_name(rank));
  THError("%s: %s has ended, with status %d, and does not take part", r->name, THDist_name(rank), status);
}

/* Between two looks: at first at once, then after a nap, which lets others run, who may be the ranks that we wait for. (Giving
   the processor away by sched_yield costs a turn of everybody else on a busy machine; a nap ends at its time.) */
static void rest(int looks)
{
  if (looks >= (THDist_job()->crowded ? 20 : 2000)) nanosleep(&(struct timespec){0, looks < 20000 ? 5000 : 50000}, NULL);
}

bool THDist_waitFor(THDistRequest *r, double seconds)
{
  double noticed = 0, until = 0;
  for (int looks = 0; !THDist_test(r); looks++) {
    rest(looks);
    if (looks % 64 != 63) continue;
    check_peers(r, &noticed);
    double now = seconds_now();
    if (!until) until = now + seconds;
    if (now >= until && !noticed) return false;
  }
  return true;
}

void THDist_wait(THDistRequest *r)
{
  while (!THDist_waitFor(r, 3600)) continue;
}

void THDistRequest_free(THDistRequest *r)
{
  if (!r) return;
  if (r->done < r->pieces) { /* the engine still reads and writes its tensors */
    r->next = orphans;
    orphans = r;
  } else {
    drop(r);
  }
}

/* ---- at once ---- */

static void wait_and_free(THDistRequest *request)
{
  TH_AUTO(THDistRequest) r = request;
  THDist_wait(r);
}

void THDist_barrier(THDistGroup *group) { wait_and_free(THDist_barrierBegin(group)); }
void THDist_broadcast(THAnyTensor *r_, int root, THDistGroup *group) { wait_and_free(THDist_broadcastBegin(r_, root, group)); }
void THDist_allReduce(THAnyTensor *r_, THDistOp op, THDistGroup *group) { wait_and_free(THDist_allReduceBegin(r_, op, group)); }
void THDist_allGather(THAnyTensor *r_, THAnyTensor *t, THDistGroup *group) { wait_and_free(THDist_allGatherBegin(r_, t, group)); }
void THDist_reduceScatter(THAnyTensor *r_, THAnyTensor *t, THDistOp op, THDistGroup *group)
{
  wait_and_free(THDist_reduceScatterBegin(r_, t, op, group));
}
void THDist_send(THAnyTensor *t, int to, int tag, THDistGroup *group) { wait_and_free(THDist_sendBegin(t, to, tag, group)); }
void THDist_recv(THAnyTensor *r_, int from, int tag, THDistGroup *group) { wait_and_free(THDist_recvBegin(r_, from, tag, group)); }
