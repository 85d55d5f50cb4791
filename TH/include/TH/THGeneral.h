#ifndef TH_GENERAL_H
#define TH_GENERAL_H
/* Errors, argument checks, memory, threads. */
#include <stdbool.h>
#include <string.h>
#include "THTypes.h"

#define TH_INDEX_BASE 1 /* index tensors hold 1-based positions */
#define THMin(a, b) ((a) < (b) ? (a) : (b))
#define THMax(a, b) ((a) > (b) ? (a) : (b))

/* ---- errors ----
   A handler must not return: it unwinds (lua_error, a C++ exception, a forced unwind) or ends the
   program. The library holds its temporaries in TH_AUTO variables, so unwinding frees them.
   The default handler prints the message and exits. Handlers set with THSetErrorHandler hold for
   the calling thread; the Default ones for every thread that has none of its own. */
typedef void (*THErrorHandlerFunction)(const char *msg, void *data);
typedef void (*THArgErrorHandlerFunction)(int argNumber, const char *msg, void *data);
TH_API void THSetErrorHandler(THErrorHandlerFunction new_handler, void *data);
TH_API void THSetDefaultErrorHandler(THErrorHandlerFunction new_handler, void *data);
TH_API void THSetArgErrorHandler(THArgErrorHandlerFunction new_handler, void *data);
TH_API void THSetDefaultArgErrorHandler(THArgErrorHandlerFunction new_handler, void *data);

TH_API void _THError(const char *file, int line, const char *fmt, ...)
  __attribute__((noreturn, format(printf, 3, 4)));
TH_API void _THArgCheck(const char *file, int line, int condition, int argNumber, const char *fmt,
                        ...) __attribute__((format(printf, 5, 6)));
TH_API void _THArgError(const char *file, int line, int argNumber, const char *fmt, ...)
  __attribute__((noreturn, format(printf, 4, 5)));
TH_API void _THAssertionFailed(const char *file, int line, const char *exp, const char *fmt, ...)
  __attribute__((noreturn, format(printf, 4, 5)));

#define THError(...) _THError(__FILE__, __LINE__, __VA_ARGS__)
#define THArgCheck(cond, argN, ...)                                                                \
  ((cond) ? (void)0 : _THArgError(__FILE__, __LINE__, (argN), __VA_ARGS__))
#define THCleanup(...) __VA_ARGS__
#define THArgCheckWithCleanup(cond, cleanup, argN, ...)                                            \
  do {                                                                                             \
    if (!(cond)) {                                                                                 \
      cleanup;                                                                                     \
      _THArgError(__FILE__, __LINE__, (argN), __VA_ARGS__);                                        \
    }                                                                                              \
  } while (0)
#define THAssertMsg(exp, ...)                                                                      \
  ((exp) ? (void)0 : _THAssertionFailed(__FILE__, __LINE__, #exp, __VA_ARGS__))
#define THAssert(exp) THAssertMsg(exp, " ")
/* Broken invariants of the library itself; checked in debug builds only. */
#ifdef NDEBUG
#define TH_ASSERT(exp) ((void)sizeof(exp))
#else
#define TH_ASSERT(exp) THAssert(exp)
#endif

/* Freed when the scope ends, by return or by an error that unwinds:
     TH_AUTO(THAnyTensor) t = THAnyTensor_newContiguous(x);  */
#define TH_AUTO(Type) __attribute__((cleanup(Type##_autofree))) Type *
/* Takes a variable's value out of the care of TH_AUTO or TH_AUTO_MEM, and leaves NULL:  return TH_RELEASE(t);  */
#define TH_RELEASE(variable)                                                                       \
  __extension__({                                                                                  \
    __typeof__(variable) released_ = (variable);                                                   \
    (variable) = NULL;                                                                             \
    released_;                                                                                     \
  })

/* ---- memory (THAllocator.h has statistics and the cache) ---- */
TH_API void *THAlloc(ptrdiff_t size); /* size 0: NULL; negative or no memory: THError */
TH_API void *THAlloc_try(ptrdiff_t size); /* for who can do without: NULL where there is no memory; collects no garbage */
TH_API void *THRealloc(void *ptr, ptrdiff_t size);
TH_API void THFree(void *ptr);
/* Tells the collector's pacing about memory held outside tensors; what is given back (a negative
   size) is ignored. */
TH_API void THHeapUpdate(ptrdiff_t size);
/* Called when memory runs out in the calling thread, before that is an error. NULL: none. */
TH_API void THSetGCHandler(void (*torchGCHandlerFunction)(void *data), void *data);
TH_API void THCollectGarbage(void); /* calls it, if there is one */
static inline void THFree_autofree(void *p) { THFree(*(void **)p); }
#define TH_AUTO_MEM __attribute__((cleanup(THFree_autofree)))

/* a*b and a+b of sizes; false when the result does not fit in int64_t. */
static inline bool TH_mulSize(int64_t a, int64_t b, int64_t *r)
{
  return !__builtin_mul_overflow(a, b, r);
}
static inline bool TH_addSize(int64_t a, int64_t b, int64_t *r)
{
  return !__builtin_add_overflow(a, b, r);
}

/* Instruction set of the loops in use: "base", "avx2" or "avx512"; the best that this processor and this
   build offer, or the one that TH_ISA in the environment names. Raises when that cannot be followed, as
   every operation does then. */
TH_API const char *THGetISA(void);
TH_API bool THHasISA(const char *isa); /* whether TH_ISA may name it here */
TH_API const char *THGetCPU(void);     /* the processor's name */
/* For which processor the BLAS has chosen its kernels, and how it was built; "unknown" unless it is OpenBLAS. */
TH_API const char *THGetBLAS(void);
TH_API const char *THGetBLASConfig(void);

/* ---- threads ---- */
/* How many threads, itself included, share the work of calls that this thread makes; at least 1. A
   thread that sets nothing uses OMP_NUM_THREADS of the environment, else all cores. Results do not
   depend on it. Which threads they are is said in parallel/THParallel.h. */
TH_API void THSetNumThreads(int num_threads);
TH_API int THGetNumThreads(void);
/* Processors that the process may keep busy, by its affinity mask and its control group's quota. */
TH_API int THGetNumCores(void);
TH_API void THInferNumThreads(void); /* takes back THSetNumThreads */

/* On a kernel, a leaf function that starts no threads: compiled for several instruction sets, one of them
   chosen when the library is loaded. (Files in loops/ are compiled once per set instead: hundreds
   of functions, reached through tables.) */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(TH_PORTABLE) && \
  !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TH_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TH_KERNEL
#endif

/* Text such as "[2 x 3]", returned by value. */
typedef struct THDescBuff {
  char str[64];
} THDescBuff;
TH_API THDescBuff _THSizeDesc(const int64_t *size, int64_t ndim);
TH_API THDescBuff THType_method(THType type); /* the tensors' method that converts to it: "float", "cudaDouble" */

#endif
