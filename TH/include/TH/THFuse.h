#ifndef TH_FUSE_H
#define TH_FUSE_H
/* Programs of pointwise operations that run in one pass: block by block in the cache, each operation by the loop that
   runs it alone, so that every element is what the operations give one after the other.

     THFuse *p = THFuse_new();
     int x = THFuse_input(p, TH_FLOAT), in[] = {x};
     int y = THFuse_map(p, "tanh", "tanh", 1, in, TH_FUSE_NONE, TH_FUSE_NONE, TH_FUSE_NONE);
     THFuse_store(p, y);
     THFuse_end(p);
     THFuse_run(p, &tensor, NULL, &result, NULL);
     THFuse_free(p);

   A value is an input or what an operation gives, and is known by its number. Numbers that operations take are known
   by their place in the list that a run brings; so one program serves for all of them. A program that has ended is
   constant: any threads may run it. */
#include "THAnyTensor.h"

typedef struct THFuse THFuse;
enum { TH_FUSE_NONE = -1 };

/* ---- making ---- */
TH_API THFuse *THFuse_new(void);
TH_API void THFuse_free(THFuse *self); /* NULL is ignored */
/* The next input; all of them come before the first operation. */
TH_API int THFuse_input(THFuse *self, THType type);
/* A line of loops/map_list.h, of nin values of one type and the numbers s and t (TH_FUSE_NONE: 0). With nin 0 (fill) in[0]
   is the value that has the result's shape. name: of the operation, for errors. over: the value whose tensor the
   result is written over where operations run one after the other (x of x:add(1)); TH_FUSE_NONE: a new one. Errors:
   no such line, or none for the type. */
TH_API int THFuse_map(THFuse *self, const char *name, const char *line, int nin, const int *in, int s, int t, int over);
/* A line of loops/compare_list.h, into Byte or, unless to_byte, into the inputs' type. */
TH_API int THFuse_compare(THFuse *self, const char *name, const char *line, bool to_byte, int nin, const int *in, int s,
                          int over);
/* x as elements of another type, or a copy of it. */
TH_API int THFuse_convert(THFuse *self, int x, THType type);
/* Integers only: the operation that gave the value must not divide by number s, or by a zero of the divisor. */
TH_API void THFuse_checkNumber(THFuse *self, int value);
TH_API void THFuse_checkDivisor(THFuse *self, int value, int divisor);
/* The value is a result: the k-th call is about r_[k] of a run. */
TH_API void THFuse_store(THFuse *self, int value);
/* The k-th call is about reduced[k]: sum, prod, mean, min or max of all elements. */
TH_API void THFuse_reduce(THFuse *self, const char *reduction, int value);
TH_API void THFuse_end(THFuse *self);

/* ---- running ---- */
/* in: a tensor for every input, of its type; number: a number for every place; r_: a tensor for every stored value, resized,
   which may be one of the inputs. Shapes are as the operations have them one after the other, and so are errors. They
   do run one after the other where results and inputs overlap in part, where tensors of equal element
   counts and unequal shapes pair up, and where there are more than TH_PLAN_OPS results and inputs (plan/THPlan.h). On a GPU one pass is one
   kernel, made by NVRTC; without that they run one after the other. */
TH_API void THFuse_run(const THFuse *self, THAnyTensor *const *in, const THScalar *number, THAnyTensor *const *r_,
                       THScalar *reduced);
/* Whether the last run of this thread was in one pass. For tests. */
TH_API bool THFuse_inOnePass(void);

#endif
