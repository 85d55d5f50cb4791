#ifndef TH_SHUFFLE_H
#define TH_SHUFFLE_H
/* Lanes of the vectors a and b, those of b counted on from a's last: a vector of integers that the compiler sees to be
   constant names them. gcc's own function does this; clang's takes literals alone, but of the loop it makes the same
   instructions. */
#ifdef __clang__
#define TH_SHUFFLE(a, b, places)                                                                   \
  ({                                                                                               \
    __typeof__(a) from_[2] = {(a), (b)}, to_ = from_[0];                                           \
    const __typeof__(places) at_ = (places);                                                             \
    enum { lanes_ = sizeof at_ / sizeof at_[0] };                                                  \
    for (int i_ = 0; i_ < lanes_; i_++) to_[i_] = from_[at_[i_] / lanes_][at_[i_] % lanes_];       \
    to_;                                                                                           \
  })
#else
#define TH_SHUFFLE(a, b, places) __builtin_shuffle(a, b, places)
#endif

/* The square of `lanes` vectors at r, of type V, is turned: off-diagonal blocks of 1, 2, 4... change places. VI: integers of
   the same lanes. */
#define TH_TRANSPOSE(V, VI, lanes, r) TH_TRANSPOSE_SQUARES(V, VI, lanes, lanes, r)

/* The same for squares of `side` vectors that lie side by side in vectors of `lanes`. */
#define TH_TRANSPOSE_SQUARES(V, VI, lanes, side, r)                                                \
  VI j_;                                                                                           \
  for (int i_ = 0; i_ < (lanes); i_++) j_[i_] = i_;                                                \
  _Pragma("GCC unroll 16") for (int s_ = 1; s_ < (side); s_ *= 2)                                 \
  {                                                                                                \
    const VI odd_ = (j_ & s_) != 0;                                                                \
    const VI low_ = (odd_ & ((lanes) + (j_ ^ s_))) | (~odd_ & j_);                                 \
    const VI high_ = (odd_ & ((lanes) + j_)) | (~odd_ & (j_ ^ s_));                                \
    _Pragma("GCC unroll 16") for (int i_ = 0; i_ < (side); i_++)                                   \
    {                                                                                              \
      if (i_ & s_) continue;                                                                       \
      V a_ = (r)[i_], b_ = (r)[i_ | s_];                                                           \
      (r)[i_] = TH_SHUFFLE(a_, b_, low_);                                                          \
      (r)[i_ | s_] = TH_SHUFFLE(a_, b_, high_);                                                    \
    }                                                                                              \
  }
#endif
