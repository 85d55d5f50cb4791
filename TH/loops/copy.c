/* Copies between every pair of element types. Floating to integer truncates, and wraps to the
   width of the integer as C does by way of int. */
#include "THLoops.h"
#include "../THHalf.h"


#define DEFINE_COPY(name, TO, FROM, convert) \
  static void name(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    (void)arg; \
    if (stride[0] == sizeof(TO) && stride[1] == sizeof(FROM)) { \
      TO *r = (TO *)base[0]; \
      const FROM *x = (const FROM *)base[1]; \
      for (int64_t i = 0; i < n; i++) r[i] = (TO)convert(x[i]); \
      return; \
    } \
    char *r = base[0], *x = base[1]; \
    for (int64_t i = 0; i < n; i++, r += stride[0], x += stride[1]) \
      *(TO *)r = (TO)convert(*(const FROM *)x); \
  }

#define HALF_TO(x) TH_half2float(x)
#define TO_HALF(x) TH_float2half((float)(x))
#define PLAIN(x) (x)
#define FLOAT_TO_INT(x) (int)(x)
#define HALF_TO_INT(x) (int)TH_half2float(x)

#define COPY_TO(Name, real, small) \
  DEFINE_COPY(Name##_Byte, real, unsigned char, PLAIN) \
  DEFINE_COPY(Name##_Char, real, signed char, PLAIN) \
  DEFINE_COPY(Name##_Short, real, short, PLAIN) \
  DEFINE_COPY(Name##_Int, real, int, PLAIN) \
  DEFINE_COPY(Name##_Long, real, int64_t, PLAIN) \
  DEFINE_COPY(Name##_Float, real, float, small) \
  DEFINE_COPY(Name##_Double, real, double, small)
COPY_TO(Byte, unsigned char, FLOAT_TO_INT)
COPY_TO(Char, signed char, FLOAT_TO_INT)
COPY_TO(Short, short, FLOAT_TO_INT)
COPY_TO(Int, int, PLAIN)
COPY_TO(Long, int64_t, PLAIN)
COPY_TO(Float, float, PLAIN)
COPY_TO(Double, double, PLAIN)
DEFINE_COPY(Byte_Half, unsigned char, THHalf, HALF_TO_INT)
DEFINE_COPY(Char_Half, signed char, THHalf, HALF_TO_INT)
DEFINE_COPY(Short_Half, short, THHalf, HALF_TO_INT)
DEFINE_COPY(Int_Half, int, THHalf, HALF_TO)
DEFINE_COPY(Long_Half, int64_t, THHalf, HALF_TO)
DEFINE_COPY(Float_Half, float, THHalf, HALF_TO)
DEFINE_COPY(Double_Half, double, THHalf, HALF_TO)
#define DEFINE_TO_HALF(Name, real, accreal, CODE) \
  static void Half_##Name(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    (void)arg; \
    char *r = base[0], *x = base[1]; \
    for (int64_t i = 0; i < n; i++, r += stride[0], x += stride[1]) \
      *(THHalf *)r = TO_HALF(*(const real *)x); \
  }
TH_MATH_TYPES(DEFINE_TO_HALF)

#define ROW(Name, real, accreal, CODE) \
  [TH_##CODE] = {[TH_BYTE] = Name##_Byte,   [TH_CHAR] = Name##_Char,   [TH_SHORT] = Name##_Short, \
                 [TH_INT] = Name##_Int,     [TH_LONG] = Name##_Long,   [TH_FLOAT] = Name##_Float, \
                 [TH_DOUBLE] = Name##_Double, [TH_HALF] = Name##_Half},
#define Half_Half Short_Short
THLoop TH_ISA_(THLoops_copy)[TH_NTYPES][TH_NTYPES] = {TH_ALL_TYPES(ROW)};
