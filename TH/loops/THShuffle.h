#ifndef TH_SHUFFLE_H
#define TH_SHUFFLE_H
/* Lanes of the vectors a and b, those of b counted on from a's last: a vector of integers that the compiler sees to be
   constant names them. gcc's own function does this; clang's takes literals alone, but of the loop it makes the same
   instructions. */
#ifdef __clang__
#define TH_SHUFFLE(a, b, places)                                                                   \
  ({                                                                                               \
    __typeof__(a) from_[2] = {(a), (b)}, to_ = from_[0];                                           \
    __typeof__(places) at_ = (places);                                                             \
    enum { lanes_ = sizeof at_ / sizeof at_[0] };                                                  \
    for (int i_ = 0; i_ < lanes_; i_++) to_[i_] = from_[at_[i_] / lanes_][at_[i_] % lanes_];       \
    to_;                                                                                           \
  })
#else
#define TH_SHUFFLE(a, b, places) __builtin_shuffle(a, b, places)
#endif
#endif
