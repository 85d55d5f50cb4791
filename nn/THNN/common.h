#ifndef THNN_COMMON_H
#define THNN_COMMON_H
/* What the kernels share: argument checks, contiguous copies that free themselves, pointwise maps,
   and the matrix product. */
#include "THNN.h"
#include "plan/THPlanes.h"
#include "loops.h"
#include "plan/THMap.h"
#include "loops/THLoops.h"
#include "THBlas.h"
#include "THOperands.h"
#include "blas/THBlasTable.h"
#include "blas/THGemm.h"

/* The first parameter of a kernel's definition: the state, which nobody looks at (THNN.h). */
#define THNN_STATE THNNState *state __attribute__((unused))

/* Every tensor is of the first one's type, and that is Float or Double; absent (NULL) ones pass.
   Tensors of the GPU are refused, so what follows may read the data. */
#define THNN_TYPES(op, ...) THNN_CHECK_TYPES(op, false, __VA_ARGS__)
/* The same for functions that run on both sides: all is on the current GPU, of type Float, Double or
   Half; what follows only calls TH, or THNN_device. */
#define THNN_TYPES_ANY(op, ...) THNN_CHECK_TYPES(op, true, __VA_ARGS__)
#define THNN_CHECK_TYPES(op, anywhere, ...)                                                        \
  THNN_checkTypes(op, #__VA_ARGS__, anywhere,                                                      \
                  (int)(sizeof((THAnyTensor *[]){__VA_ARGS__}) / sizeof(THAnyTensor *)),           \
                  (THAnyTensor *[]){__VA_ARGS__})
void THNN_checkTypes(const char *op, const char *names, bool anywhere, int n, THAnyTensor *const *t);
/* The number, in the C call, of the argument of that name that the caller of a module or criterion gives: input 2 (the
   state is 1), gradOutput and target 3; 0 for what is the module's own. */
int THNN_argument(const char *name);
/* The number of what is the module's own, such as its weight or the size of its kernel: the message alone tells it. */
enum { THNN_OWN = 0 };
#define THNN_argError(arg, ...) _THArgError(__FILE__, __LINE__, arg, __VA_ARGS__)
/* t is a Long tensor on the same side as `beside`. */
void THNN_checkLong(const char *op, const char *what, const THAnyTensor *t, const THAnyTensor *beside);
/* a and b have as many elements; the names are for the message. */
void THNN_checkNElement(const char *op, const char *aname, const THAnyTensor *a, const char *bname,
                        const THAnyTensor *b);
void THNN_checkSize(const char *op, const char *what, const THAnyTensor *t, int n,
                    const int64_t *size);
/* The same for a function whose arguments have another order: t is C argument `arg`. */
void THNN_checkSizeArg(const char *op, const char *what, int arg, const THAnyTensor *t, int n, const int64_t *size);

#define THNN_AUTO TH_AUTO(THAnyTensor)

/* r_ = op(in...), scalars s and t. Shapes follow in[0]. */
void THNN_map(const char *op, THMapLine map, THAnyTensor *r_, int nin, THAnyTensor *const *in,
              double s, double t);
/* The same, over r_ as it is: for operations in place. */
void THNN_mapInto(const char *op, THMapLine map, THAnyTensor *r_, int nin, THAnyTensor *const *in,
                  double s, double t);

/* r_ gets one element. */
void THNN_setNumber(THAnyTensor *r_, double value);

/* A contiguous tensor to write the result into: r_ itself, resized, when that is contiguous.
   THNN_finish then copies it to r_ if it is another one. */
THAnyTensor *THNN_newResult(THAnyTensor *r_, int n, const int64_t *size);
/* The same for a tensor that is added to. */
static inline THAnyTensor *THNN_newInPlace(THAnyTensor *r_) { return THAnyTensor_newContiguous(r_); }
static inline void THNN_finish(THAnyTensor *result, THAnyTensor *r_)
{
  if (result != r_) THAnyTensor_copy(r_, result);
}
void THNN_copyResult(THAnyTensor *r_, THAnyTensor *result); /* resizes r_ */

/* sum[c] += scale * sum over n and s of x[n][c][s]; x is contiguous, sum of x's type. */
void THNN_addPlaneSums(const THAnyTensor *x, int64_t n, int64_t planes, int64_t s, THAnyTensor *sum,
                       double scale);

static inline bool THNN_onDevice(const THAnyTensor *t) { return THType_onDevice((THType)t->type); }
static inline void *THNN_data(const THAnyTensor *t) { return THAnyTensor_data(t); }
/* Planes of so many elements of contiguous t. */
static inline THPlaneArray THNN_planesOf(const THAnyTensor *t, int64_t elements)
{
  return (THPlaneArray){THNN_data(t), (size_t)elements * THType_size((THType)t->type)};
}

/* So many elements a tensor (or none at all) had when its sizes were read. */
typedef struct THNNHeld {
  const THAnyTensor *t;
  int64_t elements;
} THNNHeld;
/* Raises where one has others by now: a result that is an operand as well has been resized since then. To be asked once
   all results have their sizes, before addresses are taken.  THNN_HELD("Linear", {x, m * k}, {y, m * n}); */
void THNN_checkHeld(const char *op, int n, const THNNHeld *held);
#define THNN_HELD(op, ...)                                                                         \
  THNN_checkHeld(op, (int)(sizeof((THNNHeld[]){__VA_ARGS__}) / sizeof(THNNHeld)), (THNNHeld[]){__VA_ARGS__})

/* Sizes of a matrix product as BLAS wants them; raises when they do not fit. */
void THNN_checkBlasSize(const char *op, int64_t m, int64_t n, int64_t k);

/* Row-major C[m x n] = alpha op(A)[m x k] op(B)[k x n] + beta C; ta and tb say that the matrix is
   stored transposed. Within a parallel region it runs in the calling thread. */
#define THNN_DEFINE_GEMM(name, real, blas)                                                         \
  static inline void name(bool ta, bool tb, int64_t m, int64_t n, int64_t k, real alpha,           \
                          const real *a, int64_t lda, const real *b, int64_t ldb, real beta,       \
                          real *c, int64_t ldc)                                                    \
  {                                                                                                \
    blas(tb ? 't' : 'n', ta ? 't' : 'n', n, m, k, alpha, (real *)b, ldb, (real *)a, lda, beta, c,  \
         ldc);                                                                                     \
  }
THNN_DEFINE_GEMM(THNN_gemm_float, float, THFloatBlas_gemm)
THNN_DEFINE_GEMM(THNN_gemm_double, double, THDoubleBlas_gemm)
#define THNN_gemm(real) TH_CONCAT_2(THNN_gemm_, real)
/* Of one sample of a batch: the same values when the sample comes alone. */
THNN_DEFINE_GEMM(THNN_sampleGemm_float, float, THFloatBlas_gemmByShape)
THNN_DEFINE_GEMM(THNN_sampleGemm_double, double, THDoubleBlas_gemmByShape)
#define THNN_sampleGemm(real) TH_CONCAT_2(THNN_sampleGemm_, real)

#endif
