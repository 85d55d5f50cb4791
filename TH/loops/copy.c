/* Copies between every pair of element types. Integers keep their low bits; floating to integer is
   TH_wholePart's rule. */
#include "THLoops.h"
#include "THHalf.h"

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
#define HALF_TO_WHOLE(x) TH_wholePart(TH_half2float(x))
#define TO_HALF(x) TH_float2half((float)(x))
#define PLAIN(x) (x)
#define WHOLE(x) TH_wholePart(x)

/* What an int can hold, a whole block of it, is converted by vectors. */
#define DEFINE_FITS(FROM) \
  static int fits_##FROM(const FROM *x, int64_t n) \
  { \
    int fits = 1; \
    for (int64_t i = 0; i < n; i++) \
      fits &= (x[i] > (FROM)-2147483648.0) & (x[i] < (FROM)2147483648.0); \
    return fits; \
  }
DEFINE_FITS(float)
DEFINE_FITS(double)

enum { BLOCK = 256 };
#define DEFINE_TRUNCATION(name, TO, FROM) \
  DEFINE_COPY(name##_any, TO, FROM, WHOLE) \
  static void name(char *const *base, const int64_t *stride, int64_t n, const void *arg) \
  { \
    TO *r = (TO *)base[0]; \
    const FROM *x = (const FROM *)base[1]; \
    if (stride[0] != sizeof(TO) || stride[1] != sizeof(FROM)) { \
      name##_any(base, stride, n, arg); \
      return; \
    } \
    for (; n > 0; n -= BLOCK, r += BLOCK, x += BLOCK) { \
      int64_t count = n < BLOCK ? n : BLOCK; \
      if (fits_##FROM(x, count)) { \
        for (int64_t i = 0; i < count; i++) r[i] = (TO)(int)x[i]; \
      } else { \
        for (int64_t i = 0; i < count; i++) r[i] = (TO)TH_wholePart(x[i]); \
      } \
    } \
  }
#define DEFINE_LONG(name, TO, FROM) DEFINE_COPY(name, TO, FROM, WHOLE)
#define DEFINE_PLAIN(name, TO, FROM) DEFINE_COPY(name, TO, FROM, PLAIN)

#define COPY_TO(Name, real, DEFINE_FROM_FLOATING) \
  DEFINE_COPY(Name##_Byte, real, unsigned char, PLAIN) \
  DEFINE_COPY(Name##_Char, real, signed char, PLAIN) \
  DEFINE_COPY(Name##_Short, real, short, PLAIN) \
  DEFINE_COPY(Name##_Int, real, int, PLAIN) \
  DEFINE_COPY(Name##_Long, real, int64_t, PLAIN) \
  DEFINE_FROM_FLOATING(Name##_Float, real, float) \
  DEFINE_FROM_FLOATING(Name##_Double, real, double)
COPY_TO(Byte, unsigned char, DEFINE_TRUNCATION)
COPY_TO(Char, signed char, DEFINE_TRUNCATION)
COPY_TO(Short, short, DEFINE_TRUNCATION)
COPY_TO(Int, int, DEFINE_TRUNCATION)
COPY_TO(Long, int64_t, DEFINE_LONG)
COPY_TO(Float, float, DEFINE_PLAIN)
COPY_TO(Double, double, DEFINE_PLAIN)
DEFINE_COPY(Byte_Half, unsigned char, THHalf, HALF_TO_WHOLE)
DEFINE_COPY(Char_Half, signed char, THHalf, HALF_TO_WHOLE)
DEFINE_COPY(Short_Half, short, THHalf, HALF_TO_WHOLE)
DEFINE_COPY(Int_Half, int, THHalf, HALF_TO_WHOLE)
DEFINE_COPY(Long_Half, int64_t, THHalf, HALF_TO_WHOLE)
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
