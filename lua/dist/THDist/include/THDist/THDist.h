#ifndef TH_DIST_H
#define TH_DIST_H
/* Tensors between processes. Each process of a job has a rank, from 0 to size - 1, and all of them make the same calls
   in the same order. The work is MPI's; which one (Open MPI or MPICH) is seen from the environment that mpirun makes,
   or said by DIST_MPI = openmpi, mpich or none. Without either there is one process, rank 0 of 1, and all of this works.

   Tensors are of any type and any strides, on either side: what is not contiguous in the host's memory goes through a
   copy that is. Tensors of GPUs are carried by NCCL, without the host, where every rank of a group has a GPU of its own
   (libTHDist_nccl.so; DIST_GPU=nccl raises where that cannot be, DIST_GPU=host does without); not by send and recv, and not
   sums of Shorts. Results come first and are named r_; arguments are borrowed; what is wrong raises a TH error, as does a
   wait for a rank that has ended, which the error names. Calls are for the thread that called THDist_init.

     THDist_init();
     TH_AUTO(THAnyTensor) x = THAnyTensor_newWithSizeNd(TH_FLOAT, 1, (int64_t[]){10}, NULL);
     THAnyTensor_fill(x, THScalar_fromInt(THDist_rank(NULL)));
     THDist_allReduce(x, THDIST_SUM, NULL);

   The process may end by exit or by return from main: a handler then tells the others and leaves MPI in order, or, where
   the status is not 0, ends the whole job. */
#include <TH/TH.h>

/* ---- the job ---- */

/* Takes part in the job; what is below calls it, if need be. Raises where the MPI that started the process was not there
   when this library was built. Where OMP_NUM_THREADS is not set and THSetNumThreads was not called, the number of threads
   becomes this rank's share of the machine's processors (THDist_cores). */
TH_API void THDist_init(void);
TH_API const char *THDist_engine(void); /* "openmpi", "mpich", "none" */
/* Processors that this rank may keep busy: each one that it is bound to counts as a part, when other ranks of the machine
   are bound to it as well. At least 1. */
TH_API int THDist_cores(void);
/* "rank 1 (process 4711 on node7)" */
TH_API const char *THDist_name(int rank);
/* Which of the ranks of its machine this one is, from 0: that of its GPU. */
TH_API int THDist_localRank(void);
/* Bytes that this rank has handed over to be sent or reduced, and calls that did so; either may be NULL. */
TH_API void THDist_statistics(int64_t *bytes, int64_t *calls);
/* Whether SIGTERM, which mpirun sends when it is interrupted, has come. From the first call on that ends the process
   only when it comes a second time. */
TH_API bool THDist_terminated(void);
/* From now on ranks other than 0 write nothing to the standard output. */
TH_API void THDist_hush(void);

/* ---- groups: some ranks of the job, numbered from 0 in the order given; NULL stands for all ---- */
typedef struct THDistGroup THDistGroup;
/* Called by all its members, with equal lists; NULL in other processes, which need not call. The caller owns it. */
TH_API THDistGroup *THDist_newGroup(const int *ranks, int n);
TH_API void THDistGroup_free(THDistGroup *group); /* NULL is ignored */
TH_API int THDist_rank(const THDistGroup *group); /* of this process */
TH_API int THDist_size(const THDistGroup *group);

/* ---- operations: every rank of the group calls, with tensors of equal type and size ---- */

/* MEAN is for floating-point types. The sum of Bools is 1 where one of them is; integers wrap around; Half and BFloat16
   are added as floats and rounded each time. Which NaN or number MAX and MIN give of both is not said. */
typedef enum THDistOp { THDIST_SUM, THDIST_MEAN, THDIST_MAX, THDIST_MIN } THDistOp;

TH_API void THDist_barrier(THDistGroup *group); /* returns when every rank has called it */
TH_API void THDist_broadcast(THAnyTensor *r_, int root, THDistGroup *group); /* r_ becomes the root's */
/* r_ becomes the sum (...) of all ranks' r_. All ranks get the same bits, and the bits of an element depend on its place
   modulo THDIST_PIECE in r_, on the size of r_, and on the number of ranks alone, not on how often it is called. */
TH_API void THDist_allReduce(THAnyTensor *r_, THDistOp op, THDistGroup *group);
TH_API void THDist_allGather(THAnyTensor *r_, THAnyTensor *t, THDistGroup *group); /* r_: size x sizes of t, by rank */
/* t: size x ...; r_: the row of this rank of the sum (...) of all ranks' t. */
TH_API void THDist_reduceScatter(THAnyTensor *r_, THAnyTensor *t, THDistOp op, THDistGroup *group);
/* Between two ranks; tags (from 0 to 32767) must be equal; recv changes r_, whose type and number of elements are the
   sender's. A rank does not send to itself. */
TH_API void THDist_send(THAnyTensor *t, int to, int tag, THDistGroup *group);
TH_API void THDist_recv(THAnyTensor *r_, int from, int tag, THDistGroup *group);

/* Elements that an allReduce hands over together. */
enum { THDIST_PIECE = 1 << 18 };

/* ---- the same, begun and ended apart ----
   A request holds its tensors; they must not be changed before it is done, and a result is there when it is. The caller
   owns the request and frees it, at any time: one that is not done goes on. It advances while this process waits for,
   tests or begins any other. */
typedef struct THDistRequest THDistRequest;
TH_API THDistRequest *THDist_barrierBegin(THDistGroup *group);
TH_API THDistRequest *THDist_broadcastBegin(THAnyTensor *r_, int root, THDistGroup *group);
TH_API THDistRequest *THDist_allReduceBegin(THAnyTensor *r_, THDistOp op, THDistGroup *group);
TH_API THDistRequest *THDist_allGatherBegin(THAnyTensor *r_, THAnyTensor *t, THDistGroup *group);
TH_API THDistRequest *THDist_reduceScatterBegin(THAnyTensor *r_, THAnyTensor *t, THDistOp op, THDistGroup *group);
TH_API THDistRequest *THDist_sendBegin(THAnyTensor *t, int to, int tag, THDistGroup *group);
TH_API THDistRequest *THDist_recvBegin(THAnyTensor *r_, int from, int tag, THDistGroup *group);
TH_API bool THDist_test(THDistRequest *request); /* whether it is done */
TH_API void THDist_wait(THDistRequest *request);
TH_API bool THDist_waitFor(THDistRequest *request, double seconds); /* whether it was done by then */
TH_API void THDistRequest_free(THDistRequest *request); /* NULL is ignored */
static inline void THDistRequest_autofree(THDistRequest **request) { THDistRequest_free(*request); }
static inline void THDistGroup_autofree(THDistGroup **group) { THDistGroup_free(*group); }

/* ---- gradients as signs ---- */

/* r_: bytes that stand for t + residual (contiguous Floats or Doubles): 1 bit an element and two floats, means of positive and
   negative ones, for each 1,024. residual becomes what is lost. */
TH_API void THDist_encodeSigns(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *residual);
/* r_ = r_ + factor times what the bytes stand for. */
TH_API void THDist_decodeSigns(THAnyTensor *r_, THAnyTensor *t, double factor);

#endif
