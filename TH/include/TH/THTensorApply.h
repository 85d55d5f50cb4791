#ifndef TH_TENSOR_APPLY_H
#define TH_TENSOR_APPLY_H
/* Loops over the elements or the lanes of tensors, for C extensions:

     double sum = 0;
     TH_TENSOR_APPLY(float, x, sum += *x_data;)
     TH_TENSOR_APPLY2(float, r, float, x, *r_data = *x_data * 2;)

   Elements come in row-major order, whatever the layout; tensors of several have equal element
   counts (checked), their shapes may differ. CODE sees, per tensor t: t_data (its element),
   t_stride and t_size (of the innermost run, which may be several dimensions merged). `break`
   leaves the current run; TH_TENSOR_APPLY_hasFinished = 1 with `break` ends the whole loop.

   In the _D forms, *t_dimOffset is the position in dimension DIM.

   TH_TENSOR_DIM_APPLY runs CODE once for every 1-D lane along dimension DIM: t_data points to its
   first element, t_size and t_stride tell the others. All tensors have the same number of
   dimensions, and the same sizes apart from DIM (checked).

   The library's own loops are plans (plan/THPlan.h), which are faster and run in parallel. */
#include "THAnyTensor.h"

/* Walks one tensor. Dimensions of size 1 are dropped, others merged where the layout allows it. */
typedef struct THWalk {
  char *data;       /* current element */
  int64_t left;     /* elements from here to the end of the tensor */
  int64_t at, size; /* position in, and length of, the innermost run */
  int64_t stride;   /* of the innermost run, in elements */
  size_t bytes;     /* of an element */
  int outer;        /* dimensions around the innermost, 0 is the nearest */
  int64_t outer_at[TH_MAX_DIMS], outer_size[TH_MAX_DIMS], outer_stride[TH_MAX_DIMS];
  int64_t *offset; /* where the position in dimension `keep` is counted */
} THWalk;

/* skip: a dimension that is left out; keep: one that is not merged with others; -1: none. */
TH_API void THWalk_begin(THWalk *walk, const void *tensor, int skip, int keep);
/* Advances by n elements, at most to the end of the run. */
TH_API void THWalk_step(THWalk *walk, int64_t n);
static inline int64_t THWalk_run(const THWalk *walk) /* elements to the end of the run */
{
  return THMin(walk->left, walk->size - walk->at);
}
/* Raise when element counts, or shapes apart from dimension dim, differ. */
TH_API void THWalk_checkSame(const void *a, const void *b);
TH_API void THWalk_checkLanes(const void *a, const void *b, int dim);

/* ---- the parts of the macros below ---- */
#define TH_WALK_DECLARE_(TYPE, t, skip, keep)                                                      \
  THWalk t##_walk;                                                                                 \
  THWalk_begin(&t##_walk, t, skip, keep);                                                          \
  TYPE *t##_data;                                                                                  \
  const int64_t *t##_dimOffset = t##_walk.offset;                                                  \
  int64_t t##_size = t##_walk.size, t##_stride = t##_walk.stride;                                  \
  (void)t##_size, (void)t##_stride, (void)t##_dimOffset;
#define TH_WALK_DATA_(TYPE, t) (void)(t##_data = (TYPE *)t##_walk.data);
#define TH_WALK_NEXT_(t) (t##_data += t##_stride, t##_walk.at++)
/* `at` went along for dimOffset; the step counts from the start of the run. */
#define TH_WALK_STEP_(t)                                                                           \
  t##_walk.at = t##_start;                                                                         \
  THWalk_step(&t##_walk, TH_TENSOR_APPLY_run);
#define TH_WALK_START_(t) int64_t t##_start = t##_walk.at;
#define TH_WALK_LOOP_(next, ...)                                                                   \
  for (int64_t TH_TENSOR_APPLY_i = 0; TH_TENSOR_APPLY_i < TH_TENSOR_APPLY_run;                     \
       TH_TENSOR_APPLY_i++, next) {                                                                \
    __VA_ARGS__                                                                                    \
  }

#define TH_WALK1_(T1, t1, keep, ...)                                                               \
  {                                                                                                \
    int TH_TENSOR_APPLY_hasFinished = 0;                                                           \
    int64_t TH_TENSOR_APPLY_run;                                                                   \
    TH_WALK_DECLARE_(T1, t1, -1, keep)                                                             \
    while (!TH_TENSOR_APPLY_hasFinished && (TH_TENSOR_APPLY_run = THWalk_run(&t1##_walk)) > 0) {   \
      TH_WALK_START_(t1)                                                                           \
      TH_WALK_DATA_(T1, t1)                                                                        \
      TH_WALK_LOOP_(TH_WALK_NEXT_(t1), __VA_ARGS__)                                                \
      TH_WALK_STEP_(t1)                                                                            \
    }                                                                                              \
  }
#define TH_WALK2_(T1, t1, T2, t2, keep, ...)                                                       \
  {                                                                                                \
    int TH_TENSOR_APPLY_hasFinished = 0;                                                           \
    int64_t TH_TENSOR_APPLY_run;                                                                   \
    THWalk_checkSame(t1, t2);                                                                      \
    TH_WALK_DECLARE_(T1, t1, -1, keep)                                                             \
    TH_WALK_DECLARE_(T2, t2, -1, keep)                                                             \
    while (!TH_TENSOR_APPLY_hasFinished &&                                                         \
           (TH_TENSOR_APPLY_run = THMin(THWalk_run(&t1##_walk), THWalk_run(&t2##_walk))) > 0) {    \
      TH_WALK_START_(t1)                                                                           \
      TH_WALK_START_(t2)                                                                           \
      TH_WALK_DATA_(T1, t1)                                                                        \
      TH_WALK_DATA_(T2, t2)                                                                        \
      TH_WALK_LOOP_((TH_WALK_NEXT_(t1), TH_WALK_NEXT_(t2)), __VA_ARGS__)                           \
      TH_WALK_STEP_(t1)                                                                            \
      TH_WALK_STEP_(t2)                                                                            \
    }                                                                                              \
  }
#define TH_WALK3_(T1, t1, T2, t2, T3, t3, keep, ...)                                               \
  {                                                                                                \
    int TH_TENSOR_APPLY_hasFinished = 0;                                                           \
    int64_t TH_TENSOR_APPLY_run;                                                                   \
    THWalk_checkSame(t1, t2);                                                                      \
    THWalk_checkSame(t1, t3);                                                                      \
    TH_WALK_DECLARE_(T1, t1, -1, keep)                                                             \
    TH_WALK_DECLARE_(T2, t2, -1, keep)                                                             \
    TH_WALK_DECLARE_(T3, t3, -1, keep)                                                             \
    while (!TH_TENSOR_APPLY_hasFinished &&                                                         \
           (TH_TENSOR_APPLY_run = THMin(THWalk_run(&t1##_walk),                                    \
                                        THMin(THWalk_run(&t2##_walk), THWalk_run(&t3##_walk)))) >  \
               0) {                                                                                \
      TH_WALK_START_(t1)                                                                           \
      TH_WALK_START_(t2)                                                                           \
      TH_WALK_START_(t3)                                                                           \
      TH_WALK_DATA_(T1, t1)                                                                        \
      TH_WALK_DATA_(T2, t2)                                                                        \
      TH_WALK_DATA_(T3, t3)                                                                        \
      TH_WALK_LOOP_((TH_WALK_NEXT_(t1), TH_WALK_NEXT_(t2), TH_WALK_NEXT_(t3)), __VA_ARGS__)        \
      TH_WALK_STEP_(t1)                                                                            \
      TH_WALK_STEP_(t2)                                                                            \
      TH_WALK_STEP_(t3)                                                                            \
    }                                                                                              \
  }

#define TH_TENSOR_APPLY(TYPE, TENSOR, ...) TH_WALK1_(TYPE, TENSOR, -1, __VA_ARGS__)
#define TH_TENSOR_APPLY_D(TYPE, TENSOR, DIM, ...) TH_WALK1_(TYPE, TENSOR, DIM, __VA_ARGS__)
#define TH_TENSOR_APPLY2(TYPE1, TENSOR1, TYPE2, TENSOR2, ...)                                      \
  TH_WALK2_(TYPE1, TENSOR1, TYPE2, TENSOR2, -1, __VA_ARGS__)
#define TH_TENSOR_APPLY2_D(TYPE1, TENSOR1, TYPE2, TENSOR2, DIM, ...)                               \
  TH_WALK2_(TYPE1, TENSOR1, TYPE2, TENSOR2, DIM, __VA_ARGS__)
#define TH_TENSOR_APPLY3(TYPE1, TENSOR1, TYPE2, TENSOR2, TYPE3, TENSOR3, ...)                      \
  TH_WALK3_(TYPE1, TENSOR1, TYPE2, TENSOR2, TYPE3, TENSOR3, -1, __VA_ARGS__)
#define TH_TENSOR_APPLY3_D(TYPE1, TENSOR1, TYPE2, TENSOR2, TYPE3, TENSOR3, DIM, ...)               \
  TH_WALK3_(TYPE1, TENSOR1, TYPE2, TENSOR2, TYPE3, TENSOR3, DIM, __VA_ARGS__)

/* ---- lanes: a walk over the tensor without that dimension, one element at a time ---- */
#define TH_LANE_DECLARE_(TYPE, t, DIM)                                                             \
  THWalk t##_walk;                                                                                 \
  THWalk_begin(&t##_walk, t, DIM, -1);                                                             \
  TYPE *t##_data;                                                                                  \
  int64_t t##_size = (t)->nDimension ? (t)->size[DIM] : 0;                                         \
  int64_t t##_stride = (t)->nDimension ? (t)->stride[DIM] : 0;                                     \
  (void)t##_size, (void)t##_stride;

#define TH_TENSOR_DIM_APPLY(TYPE, TENSOR, DIM, ...)                                                \
  {                                                                                                \
    int TH_TENSOR_DIM_APPLY_hasFinished = 0;                                                       \
    THWalk_checkLanes(TENSOR, TENSOR, DIM);                                                        \
    TH_LANE_DECLARE_(TYPE, TENSOR, DIM)                                                            \
    for (; !TH_TENSOR_DIM_APPLY_hasFinished && TENSOR##_walk.left > 0;                             \
         THWalk_step(&TENSOR##_walk, 1)) {                                                         \
      TH_WALK_DATA_(TYPE, TENSOR)                                                                  \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define TH_TENSOR_DIM_APPLY2(TYPE1, TENSOR1, TYPE2, TENSOR2, DIM, ...)                             \
  {                                                                                                \
    int TH_TENSOR_DIM_APPLY_hasFinished = 0;                                                       \
    THWalk_checkLanes(TENSOR1, TENSOR2, DIM);                                                      \
    TH_LANE_DECLARE_(TYPE1, TENSOR1, DIM)                                                          \
    TH_LANE_DECLARE_(TYPE2, TENSOR2, DIM)                                                          \
    for (; !TH_TENSOR_DIM_APPLY_hasFinished && TENSOR1##_walk.left > 0;                            \
         THWalk_step(&TENSOR1##_walk, 1), THWalk_step(&TENSOR2##_walk, 1)) {                       \
      TH_WALK_DATA_(TYPE1, TENSOR1)                                                                \
      TH_WALK_DATA_(TYPE2, TENSOR2)                                                                \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define TH_TENSOR_DIM_APPLY3(TYPE1, TENSOR1, TYPE2, TENSOR2, TYPE3, TENSOR3, DIM, ...)             \
  {                                                                                                \
    int TH_TENSOR_DIM_APPLY_hasFinished = 0;                                                       \
    THWalk_checkLanes(TENSOR1, TENSOR2, DIM);                                                      \
    THWalk_checkLanes(TENSOR1, TENSOR3, DIM);                                                      \
    TH_LANE_DECLARE_(TYPE1, TENSOR1, DIM)                                                          \
    TH_LANE_DECLARE_(TYPE2, TENSOR2, DIM)                                                          \
    TH_LANE_DECLARE_(TYPE3, TENSOR3, DIM)                                                          \
    for (; !TH_TENSOR_DIM_APPLY_hasFinished && TENSOR1##_walk.left > 0;                            \
         THWalk_step(&TENSOR1##_walk, 1), THWalk_step(&TENSOR2##_walk, 1),                         \
         THWalk_step(&TENSOR3##_walk, 1)) {                                                        \
      TH_WALK_DATA_(TYPE1, TENSOR1)                                                                \
      TH_WALK_DATA_(TYPE2, TENSOR2)                                                                \
      TH_WALK_DATA_(TYPE3, TENSOR3)                                                                \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }

#endif
