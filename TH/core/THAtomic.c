#include "THAtomic.h"

#define ATOMICS(Suffix, T)                                                                         \
  void THAtomicSet##Suffix(T volatile *a, T newvalue)                                              \
  {                                                                                                \
    __atomic_store_n(a, newvalue, __ATOMIC_SEQ_CST);                                               \
  }                                                                                                \
  T THAtomicGet##Suffix(T volatile *a) { return __atomic_load_n(a, __ATOMIC_SEQ_CST); }            \
  T THAtomicAdd##Suffix(T volatile *a, T value)                                                    \
  {                                                                                                \
    return __atomic_fetch_add(a, value, __ATOMIC_SEQ_CST);                                         \
  }                                                                                                \
  T THAtomicCompareAndSwap##Suffix(T volatile *a, T oldvalue, T newvalue)                          \
  {                                                                                                \
    return __atomic_compare_exchange_n(a, &oldvalue, newvalue, 0, __ATOMIC_SEQ_CST,                \
                                       __ATOMIC_SEQ_CST);                                          \
  }
ATOMICS(, int)
ATOMICS(Long, int64_t)
ATOMICS(Ptrdiff, ptrdiff_t)

void THAtomicIncrementRef(int volatile *a) { THAtomicAdd(a, 1); }
int THAtomicDecrementRef(int volatile *a) { return THAtomicAdd(a, -1) == 1; }
