/* Inner products: the sums of THCReduce.cuh over products. Integers wrap around at 64 bits; products and
   sums of floating types are doubles. */
#include "THCKernels.h"
#include "THCReduce.cuh"

/* Sums; int64_t wraps by way of uint64_t. */
template <class T> struct THCSum {
  typedef T In;
  typedef typename THCReal<T>::accumulator Acc;
  static constexpr int operands = 1;
  TH_HOST_DEVICE Acc start() const { return 0; }
  TH_HOST_DEVICE Acc join(Acc a, Acc b) const
  {
    if constexpr (THCReal<T>::floating) return a + b;
    else return (Acc)((uint64_t)a + (uint64_t)b);
  }
  __device__ void store(Acc, char *const *) const {} /* accumulators go to the host as they are */
};

template <class T> struct THCProducts {
  static constexpr int pack = (int)(16 / sizeof(T));
  typedef THCSum<T> Op;
  const char *x, *y;
  int64_t incx, incy; /* bytes */
  bool packs;

  __device__ const char *start(char *const *, uint32_t) const { return NULL; }
  __device__ static typename Op::Acc product(T a, T b)
  {
    typedef typename Op::Acc Acc;
    if constexpr (THCReal<T>::floating) return (Acc)THC_load(a) * (Acc)THC_load(b);
    else return (Acc)((uint64_t)(int64_t)a * (uint64_t)(int64_t)b);
  }
  __device__ typename Op::Acc take(const Op &op, const char *, int64_t first, uint32_t n, uint32_t lane,
                                   uint32_t lanes) const
  {
    typename Op::Acc acc = op.start();
    const char *a = x + first * incx, *b = y + first * incy;
    for (uint32_t i = lane * pack; i < n; i += lanes * pack) {
      if (packs && i + pack <= n) {
        const THCPack<T, pack> p = *(const THCPack<T, pack> *)(a + i * incx),
                               q = *(const THCPack<T, pack> *)(b + i * incy);
        THC_UNROLL
        for (int k = 0; k < pack; k++) acc = op.join(acc, product(p.at[k], q.at[k]));
      } else {
        THC_ROLLED
        for (uint32_t k = i; k < n && k < i + pack; k++)
          acc = op.join(acc, product(*(const T *)(a + k * incx), *(const T *)(b + k * incy)));
      }
    }
    return acc;
  }
};

template <class T>
typename THCSum<T>::Acc dot(int64_t n, const char *x, int64_t incx, const char *y, int64_t incy)
{
  const int64_t width = (int64_t)sizeof(T);
  const bool packs = incx == 1 && incy == 1 && (uintptr_t)x % 16 == 0 && (uintptr_t)y % 16 == 0;
  const THCProducts<T> source = {x, y, incx * width, incy * width, packs};
  return THC_reduceSource(source, n, THC_single<1>((char *)x), THCSum<T>{});
}

static THScalar scalar(int64_t v) { return THScalar_fromInt(v); }
static THScalar scalar(double v) { return THScalar_fromDouble(v); }

THScalar THC_dot(THType type, int64_t n, const void *x, int64_t incx, const void *y, int64_t incy)
{
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: return scalar(dot<real>(n, (const char *)x, incx, (const char *)y, incy));
    TH_GPU_TYPES(X)
#undef X
  default: return THScalar_fromInt(0);
  }
}
