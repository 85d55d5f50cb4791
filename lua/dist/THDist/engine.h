#ifndef TH_DIST_ENGINE_H
#define TH_DIST_ENGINE_H
/* What carries bytes between processes: one table of functions for each engine. single.c is the one of a process that is
   alone; mpi.c, compiled against each MPI that was found, is a library that load.c loads.

   Memory is contiguous and the host's, but for that of nccl.c; counts are checked. Nothing here raises: false means that why() has the reason. */
#include "THDist/THDist.h"

typedef enum THDistKind {
  THDIST_BARRIER,
  THDIST_BROADCAST,      /* n elements of `into`, from peer */
  THDIST_ALL_REDUCE,     /* n elements of `into` */
  THDIST_ALL_GATHER,     /* n elements of `from`, size * n of `into` */
  THDIST_REDUCE_SCATTER, /* size * n elements of `from`, n of `into` */
  THDIST_SEND,           /* n elements of `from`, to peer */
  THDIST_RECV            /* n elements of `into`, from peer */
} THDistKind;

typedef struct THDistWork {
  THDistKind kind;
  THDistOp op; /* never THDIST_MEAN */
  THType type; /* an element type of the CPU; of nccl.c, of the GPU */
  void *comm;  /* what `group`, or `join`, made; NULL: all ranks */
  const void *from;
  void *into;
  int64_t n;
  int peer, tag;
} THDistWork;

enum { THDIST_ENGINE_VERSION = 1, THDIST_MOST = 1 << 30 /* elements of one work */ };

typedef struct THDistEngine {
  int version;
  const char *name;
  bool (*start)(int *rank, int *size);
  void (*finish)(void); /* every rank calls it */
  bool (*group)(void **comm, const int *ranks, int n); /* its members call it */
  void (*release)(void *comm);
  bool (*begin)(const THDistWork *work, void **handle); /* NULL: done already */
  int (*poll)(void **handle); /* 1: done, and the handle is gone; 0: not yet; -1: failed */
  const char *(*why)(void);
} THDistEngine;

extern const THDistEngine THDist_single;
/* The engine that the environment asks for; raises where it is not there. */
const THDistEngine *THDist_load(void);

/* ---- tensors of GPUs ---- */
enum { THDIST_GPU_NAME = 16, THDIST_GPU_ID = 128 };

/* What nccl.c is: an engine without start, finish and group, whose works have a comm that `join` made; its works are begun
   with the tensors' GPU as the current one, and come after what the current stream has been given. */
typedef struct THDistGpu {
  THDistEngine engine;
  bool (*describe)(unsigned char *name, const void *memory); /* which GPU this memory is of: THDIST_GPU_NAME bytes */
  bool (*newId)(unsigned char *id);                          /* THDIST_GPU_ID bytes, by which ranks meet */
  /* Waits for the others, until `failed` says that one has ended; the current GPU is the comm's. */
  bool (*join)(void **comm, const unsigned char *id, int rank, int size, bool (*failed)(void));
} THDistGpu;
const THDistGpu *THDist_loadGpu(const char *name); /* NULL: not there */

/* Who does a work of this kind on t. Of a tensor of a GPU every rank of the group asks (NULL: all), unless it is a send or a
   recv; its GPU is the current one. */
const THDistEngine *THDist_carrier(const THAnyTensor *t, THDistKind kind, THDistGroup *group);
void THDist_releaseGpu(THDistGroup *group);

/* ---- who is in the job ---- */
typedef struct THDistPeer {
  char host[64];
  int32_t process;
  unsigned char processors[256]; /* a bit for each one that it is bound to */
} THDistPeer;
void THDist_describe(THDistPeer *peer); /* this process */
/* This rank's share of the machine's processors. */
double THDist_share(const THDistPeer *peers, int size, int rank);

struct THDistGroup {
  void *comm;
  int rank, size, *ranks; /* ranks of the job; NULL: all */
  int count;              /* owners */
  void *gpu;              /* NCCL's; NULL: tensors of GPUs go by way of the host */
  bool agreed;            /* which of the two */
};

typedef struct THDistJob {
  const THDistEngine *engine;
  THDistGroup all;
  THDistPeer *peers;
  int64_t bytes, calls;
  bool crowded; /* more ranks than processors: who waits makes room */
} THDistJob;
THDistJob *THDist_job(void); /* calls THDist_init; raises in another thread than that did */
/* Waits for one work of all ranks; raises. */
void THDist_exchange(const THDistEngine *engine, THDistWork work);

/* ---- who has ended (watch.c) ---- */
enum { THDIST_HERE = INT32_MIN, THDIST_DIED = -1 }; /* else the status that it ended with */
void THDist_watch(const THDistJob *job); /* begins; silently does without where ranks cannot reach each other */
int THDist_ended(int rank);              /* THDIST_HERE, THDIST_DIED or the status */
bool THDist_anyEnded(void);
bool THDist_anyFailed(void);
void THDist_leave(int status); /* tells the others that this rank ends */

#endif
