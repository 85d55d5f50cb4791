// The kernels of elements/element_list.h (nn/THNN) for one type: include once, after THCUNN.h, with
// `element`, `real` and ELEMENT_TYPE (Float) defined. Makes THCUNN_Float_each and its sister.
#include <cfloat>
#include <cmath>
#include "axisrule.h"
#include "window.h"

namespace
{
using namespace thcunn;

#define WIDE real
#define T_(name) name
#define ELEMENT_FN __device__
#define LOAD(p) load(p)
#define STORE(p, v) store(p, v)
#define QUOTIENT(a, b) quotient(a, b)
#include "elements/elements.h"

struct Arrays {
  void *at[THNN_ELEMENT_ARRAYS];
};

#define ELEMENT(name, Arguments)                                                                   \
  __global__ void each_##name(Arguments a, Arrays arrays, int64_t n)                               \
  {                                                                                                \
    THCUNN_EACH(i, n) name(&a, i, arrays.at);                                                      \
  }
#define SUM(name, Arguments)                                                                       \
  struct Sum_##name {                                                                              \
    Arguments a;                                                                                   \
    Arrays arrays;                                                                                 \
    __device__ void operator()(int64_t segment, int64_t i, Sums *s) const                          \
    {                                                                                              \
      s->a += name(&a, segment, i, arrays.at);                                                     \
    }                                                                                              \
  };
#include "elements/element_list.h"

struct AddSum {
  element *r;
  double scale;
  __device__ void operator()(int64_t segment, Sums s) const
  {
    store(r + segment, (double)load(r + segment) + s.a * scale);
  }
};

Arrays arrays_of(void *const *at)
{
  Arrays r;
  for (int i = 0; i < THNN_ELEMENT_ARRAYS; i++) r.at[i] = at[i];
  return r;
}
} // namespace

#define TYPED(type, name) TYPED_(type, name)
#define TYPED_(type, name) THCUNN_##type##_##name

void TYPED(ELEMENT_TYPE, each)(THNNElement kernel, int64_t n, const void *a, void *const *at)
{
  switch (kernel) {
#define ELEMENT(name, Arguments)                                                                   \
  case THNN_##name:                                                                                \
    THC_LAUNCH(each_##name, grid_for(n), BLOCK, 0, current_stream(), *(const Arguments *)a,        \
               arrays_of(at), n);                                                                  \
    break;
#include "elements/element_list.h"
  case THNN_ELEMENT_COUNT: break;
  }
}

void TYPED(ELEMENT_TYPE, sumEach)(THNNSum kernel, int64_t segments, int64_t count, const void *a,
                                  void *const *at, double scale)
{
  AddSum finish = {(element *)at[0], scale};
  switch (kernel) {
#define SUM(name, Arguments)                                                                       \
  case THNN_##name:                                                                                \
    sum_segments(segments, count, Sum_##name{*(const Arguments *)a, arrays_of(at)}, finish);       \
    break;
#include "elements/element_list.h"
  case THNN_SUM_COUNT: break;
  }
}
