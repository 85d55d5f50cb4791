#ifndef TH_DEVICE_H
#define TH_DEVICE_H
/* What TH asks of the GPU. Shapes, checks, results and plans are made here, once for both sides;
   wherever elements would then be touched and the type says that they live on the GPU, one of these
   functions is called instead of a loop. libTHC fills the table in when it is loaded; until then
   TH_device is NULL and no tensor of a device type can be made.

   Every function works on the current GPU and its current stream, and returns before the work is
   done, except those that bring a value to the host. Operands are checked, resized, of device types
   and on one GPU; element types are passed as device types. Operations that do not exist for a type
   raise an error that names `op`. `arg` holds the scalars as elements of the type (the CPU loops'
   layout): s at 0, t at one element's size. */
#include "plan/THPlan.h"
#include "loops/THLoops.h"

/* A random filling: what THRandom.h calls by the same name, with its parameters a and b. */
typedef enum THRandomKind {
  TH_RANDOM_UNIFORM,     /* in [a, b) */
  TH_RANDOM_NORMAL,      /* mean a, standard deviation b */
  TH_RANDOM_LOGNORMAL,   /* exp(normal), a and b being those of the normal variable */
  TH_RANDOM_EXPONENTIAL, /* rate a */
  TH_RANDOM_CAUCHY,      /* median a, scale b */
  TH_RANDOM_GEOMETRIC,   /* success probability 1 - a; at least 1 */
  TH_RANDOM_BERNOULLI,   /* 1 with probability a, or mean[i] */
  TH_RANDOM_RANGE        /* integers a, ..., a + range - 1; range 0: 2^64 */
} THRandomKind;
typedef struct THRandomFillArgs {
  THRandomKind kind;
  double a, b;
  int64_t first;      /* TH_RANDOM_RANGE */
  uint64_t range;
  double limit;       /* uniform: the last number before b; geometric: what larger ones become */
  const double *mean; /* on the GPU, one per element, or NULL */
  const double *stdv;
} THRandomFillArgs;

/* Product of column-major matrices, c = alpha op(a) op(b) + beta c, `batch` times; the matrices of
   a batch are sa, sb, sc elements apart. */
typedef struct THDeviceGemm {
  char ta, tb; /* 'n' or 't' */
  int64_t m, n, k, lda, ldb, ldc;
  int64_t batch, sa, sb, sc;
  THScalar alpha, beta;
} THDeviceGemm;

/* Sorted lanes: contiguous, `lanes` of n elements. Asked for are places first to first + keep - 1 of each,
   or (mode) the last of the longest run of equal values, keep being 1 and first 0. */
typedef struct THDeviceOrder {
  int64_t lanes, n, first, keep;
  bool descending, mode;
} THDeviceOrder;

struct THConv; /* ops/THConv.h */
struct THFuse; /* plan/THFuseProgram.h */
struct THLapackCall; /* ops/THLapackCall.h */

typedef struct THDevice {
  const char *name; /* "CUDA", or what simulates it */

  /* ---- memory ---- */
  int (*current)(void); /* the current GPU, counted from 1: what storage->device holds */
  int (*select)(int device); /* makes it the current one; returns the one before */
  THAllocator *(*allocator)(void **context);
  /* Bytes from one place to another; a device of 0 is the host. Waits when the host is involved. */
  void (*transfer)(void *to, int toDevice, const void *from, int fromDevice, size_t bytes);
  int64_t (*allowance)(void); /* bytes of the current GPU that garbage may take between collections */

  /* ---- over plans: operand 0 is written ---- */
  void (*run)(const char *op, const THKernel *kernel, const THPlan *plan, THType to, THType from,
              const void *arg);

  /* A program (plan/THFuseProgram.h) as one kernel over a plan of its operands, with the call's numbers. False: it cannot be,
     and nothing has happened. */
  bool (*fused)(const struct THFuse *program, const THPlan *plan, const THScalar *number);

  /* ---- reductions (loops/reduce_list.h), the same for any launch shape ---- */
  /* Of operand 0 of a plan that is not empty. Waits. */
  THScalar (*reduceAll)(const char *op, THReduceOp reduction, THType type, const THPlan *plan,
                        const void *arg);
  /* Operands: 0 the result, 1 the input at the first element of the reduced dimension, which has
     `length` elements, `step` bytes apart. */
  void (*reduceDim)(const char *op, THReduceOp reduction, THType type, const THPlan *kept,
                    int64_t length, int64_t step, const void *arg);
  /* The same for the largest (or smallest) element and its position from 0, the first of equal ones;
     NaN wins. Operands: 0 values, 1 positions (Long), 2 the input. */
  void (*extremum)(const char *op, bool largest, THType type, const THPlan *kept, int64_t length,
                   int64_t step);
  /* Running sums (or products) along a dimension of n elements. Operands: 0 the result, 1 the input, at
     their first elements of that dimension, whose elements are r_step and x_step bytes apart. */
  void (*scan)(const char *op, bool product, THType type, const THPlan *lanes, int64_t n, int64_t r_step,
               int64_t x_step);
  /* In the order of the CPU's sort (TH/ops/THTensorSort.c): values, and positions from 0 on, of x. Both
     results are contiguous. */
  void (*order)(THType type, const THDeviceOrder *order, const void *x, void *values, int64_t *at);
  /* Variance or, with `root`, standard deviation of lanes, as reduceDim has them; floating-point types. */
  void (*variance)(const char *op, THType type, const THPlan *kept, int64_t length, int64_t step, bool biased,
                   bool root);
  /* Of all elements of a plan that is not empty. Waits. */
  double (*varianceAll)(const char *op, THType type, const THPlan *plan, bool biased);
  /* Adds the elements of each of `rows` contiguous rows of n to counts[row][bin], as histc has them. */
  void (*histogram)(THType type, const void *x, int64_t rows, int64_t n, int64_t bins, double min, double max,
                    int64_t *counts);
  /* Sum of products of n elements, as accreal. Waits. */
  THScalar (*dot)(THType type, int64_t n, const void *x, int64_t incx, const void *y, int64_t incy);

  /* ---- by position; indices are Long, from 1 on, and share the others' dimensions ---- */
  /* Whether nobody waits for a look at indices and masks: these functions leave out what is out of range, and what waits next
     raises it. Else they come checked. */
  bool (*checksLater)(void);
  /* The mask's bytes are 0 and 1; what waits next raises otherwise. */
  void (*checkMask)(const char *op, THAnyTensor *mask);
  /* r[i][j] = x[index[i][j]][j] for dim 0. r and index have equal sizes; x's differ in dim. */
  void (*gather)(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim);
  /* r[index[i][j]][j] = x[i][j], or += with `add`: one of duplicates stays, or all add up. */
  void (*scatter)(const char *op, THAnyTensor *r, THAnyTensor *index, THAnyTensor *x, int dim,
                  bool add);
  void (*scatterFill)(const char *op, THAnyTensor *r, THAnyTensor *index, int dim, const void *arg);
  /* Positions, from 0 and in order, of the elements of x (contiguous, n of them) that are not 0.
     Returns their number. at == NULL: only counts. Waits. */
  int64_t (*nonzero)(THType type, const void *x, int64_t n, int64_t *at);

  /* ---- by shape; results are contiguous but for the triangle's ---- */
  /* Zeros above (lower) or below the k-th diagonal of a matrix. */
  void (*clearTriangle)(THAnyTensor *r, int64_t k, bool lower);
  void (*progression)(THType type, void *r, int64_t n, THScalar start, THScalar step);
  /* n points from a to b, or 10 to their power; floating-point types. */
  void (*points)(THType type, void *r, int64_t n, double a, double b, bool exponents);
  /* r[i][j] = gain |a[i] - b[j]|^2, rows of d elements. */
  void (*match)(THType type, void *r, const void *a, const void *b, int64_t rows, int64_t columns, int64_t d,
                THScalar gain);
  void (*convolve)(const struct THConv *c, int64_t volumes);

  /* ---- linear algebra ---- */
  /* A routine of LAPACK on the GPU, whose result code is *info. False: not there, the CPU must do it. Waits. */
  bool (*lapack)(const struct THLapackCall *call, THType type, int *info);
  void (*gemm)(const char *op, THType type, const THDeviceGemm *g, const void *a, const void *b, void *c);

  /* ---- random numbers: n consecutive elements, from the current GPU's generator ---- */
  void (*random)(const char *op, THType type, void *r, int64_t n, const THRandomFillArgs *args);
  /* r[i][j] = the first position from 0 on whose cumulative weight in row i (of n) exceeds u[i][j] times
     their sum, u being in [0, 1); a position without weight never is. */
  void (*draw)(const double *cumulative, int64_t rows, int64_t n, const double *u, int64_t draws, int64_t *r);
} THDevice;

/* Set once, by libTHC. */
TH_API const THDevice *TH_device;

/* Makes a GPU the current one until the end of the block; 0, the host, changes nothing. */
static inline int TH_selectDevice(int device)
{
  return device && device != TH_device->current() ? TH_device->select(device) : 0;
}
static inline void TH_restoreDevice(const int *previous)
{
  if (*previous) TH_device->select(*previous);
}
#define TH_ON_DEVICE(device)                                                                       \
  __attribute__((cleanup(TH_restoreDevice), unused)) const int TH_CONCAT_2(previous_, __LINE__) =  \
    TH_selectDevice(device)

/* Raises unless t, which `what` says with its number k (or without a %d), lives on the current GPU or
   has no memory yet. */
TH_API void TH_checkDevice(const char *op, const char *what, int k, const THAnyTensor *t);
/* The same for a result and the inputs of an operation. */
TH_API void TH_checkSameDevice(const char *op, const THAnyTensor *r, int nin, THAnyTensor *const *in);
/* Raises "OP: EXPECTED expected, got ..." unless all n tensors are of the first one's type, which is `defined` for the
   operation, and on one device. */
TH_API void TH_checkAlike(const char *op, const char *expected, bool defined, int n, THAnyTensor *const *t);

#endif
