/* The largest or smallest element along a dimension and its position, the first of equal ones; NaN wins,
   the first of them. Which of two candidates is better does not depend on the order in which they
   meet, so any cut gives the same answer. */
#include "THCKernels.h"
#include "THCReduce.cuh"

template <class T> struct THCCandidate {
  T value;
  int64_t at; /* -1: none */
};

template <class T> __device__ THCCandidate<T> THC_shuffleDown(const THCCandidate<T> &c, int lanes)
{
  return {THC_shuffleDown(c.value, lanes), THC_shuffleDown(c.at, lanes)};
}

template <class Element> struct THCExtremum {
  typedef Element In;
  typedef typename THCReal<Element>::type real;
  typedef THCCandidate<real> Acc;
  static constexpr int operands = 3;
  bool largest;

  __device__ Acc start() const { return {real(), -1}; }
  __device__ Acc map(real x, int64_t position) const { return {x, position}; }
  __device__ bool better(const Acc &b, const Acc &a) const
  {
    if (a.at < 0 || b.at < 0) return a.at < 0;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return b_nan;
    if (a_nan || a.value == b.value) return b.at < a.at;
    return largest ? b.value > a.value : b.value < a.value;
  }
  __device__ Acc join(const Acc &a, const Acc &b) const { return better(b, a) ? b : a; }
  __device__ void store(const Acc &a, char *const *at) const
  {
    *(Element *)at[0] = THCStore<Element>::from(a.value);
    *(int64_t *)at[1] = a.at;
  }
};

void THC_extremum(const char *op, bool largest, THType type, const THPlan *kept, int64_t length,
                  int64_t step)
{
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    THC_reduceLanes(op, kept, length, step, THCExtremum<real>{largest}); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
