/* Variances, in one pass: parts know their number, mean and sum of squares about it, which join exactly
   up to rounding (Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983). */
#include "THCKernels.h"
#include "THCReduce.cuh"

struct THCMoments {
  double n, mean, squares;
};

static inline __device__ THCMoments THC_shuffleDown(const THCMoments &m, int lanes)
{
  return {THC_shuffleDown(m.n, lanes), THC_shuffleDown(m.mean, lanes), THC_shuffleDown(m.squares, lanes)};
}

template <class Element> struct THCVariance {
  typedef Element In;
  typedef typename THCReal<Element>::type real;
  typedef THCMoments Acc;
  static constexpr int operands = 2;
  bool biased, root;

  TH_HOST_DEVICE Acc start() const { return {0, 0, 0}; }
  TH_HOST_DEVICE Acc map(real x, int64_t) const { return {1, (double)x, 0}; }
  TH_HOST_DEVICE Acc join(const Acc &a, const Acc &b) const
  {
    if (a.n == 0 || b.n == 0) return a.n == 0 ? b : a;
    const double n = a.n + b.n, off = b.mean - a.mean, part = b.n / n;
    return {n, a.mean + off * part, a.squares + b.squares + off * off * a.n * part};
  }
  TH_HOST_DEVICE double result(const Acc &a) const
  {
    const double v = a.squares / (biased ? a.n : a.n - 1);
    return root ? sqrt(v) : v;
  }
  __device__ void store(const Acc &a, char *const *at) const
  {
    *(Element *)at[0] = THCStore<Element>::from(result(a));
  }
};

void THC_variance(const char *op, THType type, const THPlan *kept, int64_t length, int64_t step, bool biased,
                  bool root)
{
  switch (THType_element(type)) {
  case TH_FLOAT: THC_reduceLanes(op, kept, length, step, THCVariance<float>{biased, root}); break;
  case TH_DOUBLE: THC_reduceLanes(op, kept, length, step, THCVariance<double>{biased, root}); break;
  default: THC_reduceLanes(op, kept, length, step, THCVariance<THHalf>{biased, root}); break;
  }
}

template <class T> static double variance_all(const char *op, const THPlan *plan, bool biased)
{
  const THCVariance<T> variance = {biased, false};
  return variance.result(THC_reduceElements(op, plan, variance));
}

double THC_varianceAll(const char *op, THType type, const THPlan *plan, bool biased)
{
  switch (THType_element(type)) {
  case TH_FLOAT: return variance_all<float>(op, plan, biased);
  case TH_DOUBLE: return variance_all<double>(op, plan, biased);
  default: return variance_all<THHalf>(op, plan, biased);
  }
}
