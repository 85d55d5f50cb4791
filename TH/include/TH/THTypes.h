#ifndef TH_TYPES_H
#define TH_TYPES_H
/* Element types: their list, their C types, and the number that carries any of their values. */
#include <limits.h>
#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
#define TH_EXTERNC extern "C"
#else
#define TH_EXTERNC extern
#endif
#define TH_API TH_EXTERNC __attribute__((visibility("default")))

/* IEEE 754 binary16, kept as bits; arithmetic is done in float. */
typedef struct THHalf {
  unsigned short x;
} THHalf;
typedef struct THHalf2 {
  unsigned int x;
} THHalf2;

/* An element of a CharTensor: char where that is signed, so that a char * may point to one. */
#if CHAR_MIN < 0
typedef char THChar;
#else
typedef signed char THChar;
#endif

/* ORDER TYPES: X(Name, real, accreal, CODE). accreal is what sums are kept and returned in. */
#define TH_MATH_TYPES(X)                                                                           \
  X(Byte, unsigned char, int64_t, BYTE)                                                            \
  X(Char, THChar, int64_t, CHAR)                                                                   \
  X(Short, short, int64_t, SHORT)                                                                  \
  X(Int, int, int64_t, INT)                                                                        \
  X(Long, int64_t, int64_t, LONG)                                                                  \
  X(Float, float, double, FLOAT)                                                                   \
  X(Double, double, double, DOUBLE)
#define TH_ALL_TYPES(X) TH_MATH_TYPES(X) X(Half, THHalf, float, HALF)

typedef enum THType {
#define X(Name, real, accreal, CODE) TH_##CODE,
  TH_ALL_TYPES(X)
#undef X
  TH_NTYPES
} THType;
#define TH_NMATH TH_HALF /* types below this one have arithmetic on the CPU */

/* The same element type on the GPU: TH_FLOAT | TH_DEVICE is that of a CudaTensor. So the type of a
   tensor or storage says on which side it lives, and whatever compares types refuses to mix them. */
enum { TH_DEVICE = 8, TH_NALLTYPES = 16 };

/* X(Name, real, CODE): GPU types by name; the tensors are CudaTensor, CudaDoubleTensor, ...
   ORDER TYPES */
#define TH_DEVICE_TYPES(X)                                                                         \
  X(CudaByte, unsigned char, BYTE)                                                                 \
  X(CudaChar, THChar, CHAR)                                                                        \
  X(CudaShort, short, SHORT)                                                                       \
  X(CudaInt, int, INT)                                                                             \
  X(CudaLong, int64_t, LONG)                                                                       \
  X(Cuda, float, FLOAT)                                                                            \
  X(CudaDouble, double, DOUBLE)                                                                    \
  X(CudaHalf, THHalf, HALF)

static inline THType THType_element(THType type) { return (THType)(type & ~TH_DEVICE); }
static inline int THType_onDevice(THType type) { return type & TH_DEVICE; }
/* That element type, where `other` lives. */
static inline THType THType_beside(THType element, THType other)
{
  return (THType)(element | (other & TH_DEVICE));
}
static inline int THType_isFloating(THType type) { return THType_element(type) >= TH_FLOAT; }

/* How a number becomes an integer, everywhere: the fraction is cut off, what 64 bits cannot hold becomes
   the nearest number that they can, NaN becomes 0. A narrower element keeps the low bits of that. */
static inline int64_t TH_wholePart(double v)
{
  if (v >= -9223372036854775808.0 && v < 9223372036854775808.0) return (int64_t)v;
  return v > 0 ? INT64_MAX : v < 0 ? INT64_MIN : 0;
}

/* A number on its way to or from a tensor of any type. Both members hold it, each as well as its
   type can: `i` keeps every Long exactly, `d` every float. */
typedef struct THScalar {
  double d;
  int64_t i;
} THScalar;

static inline THScalar THScalar_fromInt(int64_t v) { return (THScalar){(double)v, v}; }
static inline THScalar THScalar_fromDouble(double v) { return (THScalar){v, TH_wholePart(v)}; }

TH_API const char *THType_name(THType type); /* "Float"; "Cuda", "CudaDouble" on the GPU */
/* Bytes of an element. ORDER TYPES: 1 1 2 4 8 4 8 2 */
static inline size_t THType_size(THType type) { return (size_t)(0x28484211u >> 4 * (type & 7) & 15); }

#define TH_CONCAT_STRING_2(x, y) TH_CONCAT_STRING_2_EXPAND(x, y)
#define TH_CONCAT_STRING_2_EXPAND(x, y) #x #y
#define TH_CONCAT_STRING_3(x, y, z) TH_CONCAT_STRING_3_EXPAND(x, y, z)
#define TH_CONCAT_STRING_3_EXPAND(x, y, z) #x #y #z
#define TH_CONCAT_STRING_4(x, y, z, w) TH_CONCAT_STRING_4_EXPAND(x, y, z, w)
#define TH_CONCAT_STRING_4_EXPAND(x, y, z, w) #x #y #z #w
#define TH_CONCAT_2_EXPAND(x, y) x##y
#define TH_CONCAT_2(x, y) TH_CONCAT_2_EXPAND(x, y)
#define TH_CONCAT_3_EXPAND(x, y, z) x##y##z
#define TH_CONCAT_3(x, y, z) TH_CONCAT_3_EXPAND(x, y, z)
#define TH_CONCAT_4_EXPAND(x, y, z, w) x##y##z##w
#define TH_CONCAT_4(x, y, z, w) TH_CONCAT_4_EXPAND(x, y, z, w)

#endif
