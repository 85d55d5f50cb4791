/* Comparisons, into Byte or into the operands' type, and maskedFill. One pair of kernels for all
   comparisons of a type: which one it is, is asked once a pack. Scalar forms have no second input. */
#include "THCMap.cuh"

template <class T, class To, int inputs> struct THCComparison {
  typedef To Out;
  typedef T X, Y, Z;
  static constexpr int nin = inputs;
  THCompareOp op;
  typename THCReal<T>::type s;

  template <int V>
  __device__ void run(Out (&r)[V], const T (&a)[V], const T (&b)[V], const T (&)[V]) const
  {
    switch (op) {
#define COMPARE(name, inputs, expr) \
  case TH_COMPARE_##name: \
    THC_UNROLL for (int i = 0; i < V; i++) \
    { \
      const auto x = THC_load(a[i]), y = THC_load(b[i]); \
      (void)y; \
      r[i] = THCStore<Out>::from(expr); \
    } \
    break;
#include "loops/compare_list.h"
    default: break;
    }
  }
};

template <class T, class To> void compare(THCompareOp op, const THPlan *piece, const void *arg)
{
  const auto s = THC_load(*(const T *)arg);
  if (piece->nop == 2) THC_map(piece, THCComparison<T, To, 1>{op, s});
  else THC_map(piece, THCComparison<T, To, 2>{op, s});
}

void THC_compare(THCompareOp op, THType type, bool toByte, const THPlan *piece, const void *arg)
{
  switch (type) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    if (toByte) compare<real, unsigned char>(op, piece, arg); \
    else compare<real, real>(op, piece, arg); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}

/* r = mask ? s : x, on elements as bits. */
template <class Bits> struct THCMaskedFill : THCEach<THCMaskedFill<Bits>, Bits, Bits, unsigned char> {
  static constexpr int nin = 2;
  Bits s;
  __device__ Bits operator()(Bits x, unsigned char mask, Bits) const { return mask ? s : x; }
};

template <class Bits> void masked_fill(const THPlan *piece, const void *arg)
{
  THCMaskedFill<Bits> op;
  op.s = *(const Bits *)arg;
  THC_map(piece, op);
}

void THC_maskedFill(THType type, const THPlan *piece, const void *arg)
{
  switch (THType_size(type)) {
  case 1: masked_fill<uint8_t>(piece, arg); break;
  case 2: masked_fill<uint16_t>(piece, arg); break;
  case 4: masked_fill<uint32_t>(piece, arg); break;
  default: masked_fill<uint64_t>(piece, arg); break;
  }
}
