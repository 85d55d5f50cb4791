#ifndef TH_TYPES_H
#define TH_TYPES_H
/* Element types: their list, their C types, and the number that carries any of their values. */
#include <float.h>
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

/* The upper 16 bits of a float, kept as bits likewise. */
typedef struct THBFloat16 {
  unsigned short x;
} THBFloat16;

/* 0 or 1. Any other byte, which only a program can have put there, counts as 1. */
typedef unsigned char THBool;

/* An element of a CharTensor: char where that is signed, so that a char * may point to one. */
#if CHAR_MIN < 0
typedef char THChar;
#else
typedef signed char THChar;
#endif

/* ---- the list of element types ----
   A line a type, in the order of their numbers. Everything that goes through the types follows from it: the macros
   below, generic files (THGenerateType.h), the loops (loops/THLoopTypes.h), the generators (kit/gen/types.lua reads
   these lines), and what Lua knows of the C types (lua/torch/Storage.lua). Columns:

     kind       INTEGER and FLOATING have arithmetic on the CPU; HALF is kept in 16 bits and computed as float; BOOL
     Name       of the classes: FloatTensor
     real       C type of an element
     accreal    what sums are kept and returned in
     CODE       TH_FLOAT is its number
     largest    THInf of generic files
     token      of its scalar functions in loops (loops/THMathNames.h)
     where      BOTH: GPUs have it, too; HOST: they do not
     Gpu        what its classes are called there: CudaTensor

   To add one: docs/architecture.md. */
#define TH_TYPE_Byte     INTEGER,  Byte,     unsigned char, int64_t, BYTE,     UCHAR_MAX,       th_u8,  BOTH, CudaByte
#define TH_TYPE_Char     INTEGER,  Char,     THChar,        int64_t, CHAR,     SCHAR_MAX,       th_s8,  BOTH, CudaChar
#define TH_TYPE_Short    INTEGER,  Short,    short,         int64_t, SHORT,    SHRT_MAX,        th_s16, BOTH, CudaShort
#define TH_TYPE_Int      INTEGER,  Int,      int,           int64_t, INT,      INT_MAX,         th_s32, BOTH, CudaInt
#define TH_TYPE_Long     INTEGER,  Long,     int64_t,       int64_t, LONG,     LONG_MAX,        th_s64, BOTH, CudaLong
#define TH_TYPE_Float    FLOATING, Float,    float,         double,  FLOAT,    FLT_MAX,         th_f32, BOTH, Cuda
#define TH_TYPE_Double   FLOATING, Double,   double,        double,  DOUBLE,   DBL_MAX,         th_f64, BOTH, CudaDouble
#define TH_TYPE_Half     HALF,     Half,     THHalf,        float,   HALF,     TH_HALF_INF,     th_f32, BOTH, CudaHalf
#define TH_TYPE_BFloat16 HALF,     BFloat16, THBFloat16,    float,   BFLOAT16, TH_BFLOAT16_INF, th_f32, HOST,
#define TH_TYPE_Bool     BOOL,     Bool,     THBool,        int64_t, BOOL,     1,               th_u8,  HOST,
/* Y(X, row) for every row */
#define TH_EACH_TYPE(Y, X)                                                                         \
  Y(X, TH_TYPE_Byte)                                                                               \
  Y(X, TH_TYPE_Char)                                                                               \
  Y(X, TH_TYPE_Short)                                                                              \
  Y(X, TH_TYPE_Int)                                                                                \
  Y(X, TH_TYPE_Long)                                                                               \
  Y(X, TH_TYPE_Float)                                                                              \
  Y(X, TH_TYPE_Double)                                                                             \
  Y(X, TH_TYPE_Half)                                                                               \
  Y(X, TH_TYPE_BFloat16)                                                                           \
  Y(X, TH_TYPE_Bool)

/* One column of a row. */
#define TH_ROW_NAME(...) TH_ROW_NAME_(__VA_ARGS__)
#define TH_ROW_REAL(...) TH_ROW_REAL_(__VA_ARGS__)
#define TH_ROW_ACCREAL(...) TH_ROW_ACCREAL_(__VA_ARGS__)
#define TH_ROW_CODE(...) TH_ROW_CODE_(__VA_ARGS__)
#define TH_ROW_LARGEST(...) TH_ROW_LARGEST_(__VA_ARGS__)
#define TH_ROW_TOKEN(...) TH_ROW_TOKEN_(__VA_ARGS__)
#define TH_ROW_NAME_(kind, Name, ...) Name
#define TH_ROW_REAL_(kind, Name, c_type, ...) c_type
#define TH_ROW_ACCREAL_(kind, Name, c_type, acc_type, ...) acc_type
#define TH_ROW_CODE_(kind, Name, c_type, acc_type, CODE, ...) CODE
#define TH_ROW_LARGEST_(kind, Name, c_type, acc_type, CODE, largest, ...) largest
#define TH_ROW_TOKEN_(kind, Name, c_type, acc_type, CODE, largest, token, ...) token

/* X(Name, real, accreal, CODE) for every type, for those with arithmetic on the CPU, for the integer types, for the
   floating-point ones, and for those that GPUs have. */
#define TH_ALL_TYPES(X) TH_EACH_TYPE(TH_LIST_ALL, X)
#define TH_MATH_TYPES(X) TH_EACH_TYPE(TH_LIST_MATH, X)
#define TH_INTEGER_TYPES(X) TH_EACH_TYPE(TH_LIST_INTEGER, X)
#define TH_FLOATING_TYPES(X) TH_EACH_TYPE(TH_LIST_FLOATING, X)
#define TH_GPU_TYPES(X) TH_EACH_TYPE(TH_LIST_GPU, X)
/* X(Name, real, CODE) for the types of GPU tensors by their own names: CudaByte ... Cuda, CudaDouble ... */
#define TH_DEVICE_TYPES(X) TH_EACH_TYPE(TH_LIST_DEVICE, X)

#define TH_LIST_ALL(X, ...) TH_LIST_ALL_(X, __VA_ARGS__)
#define TH_LIST_ALL_(X, kind, Name, c_type, acc_type, CODE, ...) X(Name, c_type, acc_type, CODE)
#define TH_LIST_MATH(X, ...) TH_LIST_MATH_(X, __VA_ARGS__)
#define TH_LIST_MATH_(X, kind, ...) TH_IF_MATH_##kind(TH_LIST_ALL_(X, kind, __VA_ARGS__))
#define TH_LIST_INTEGER(X, ...) TH_LIST_INTEGER_(X, __VA_ARGS__)
#define TH_LIST_INTEGER_(X, kind, ...) TH_IF_INTEGER_##kind(TH_LIST_ALL_(X, kind, __VA_ARGS__))
#define TH_LIST_FLOATING(X, ...) TH_LIST_FLOATING_(X, __VA_ARGS__)
#define TH_LIST_FLOATING_(X, kind, ...) TH_IF_FLOATING_##kind(TH_LIST_ALL_(X, kind, __VA_ARGS__))
#define TH_LIST_GPU(X, ...) TH_LIST_GPU_(X, __VA_ARGS__)
#define TH_LIST_GPU_(X, kind, Name, c_type, acc_type, CODE, largest, token, where, Gpu)            \
  TH_IF_GPU_##where(X(Name, c_type, acc_type, CODE))
#define TH_LIST_DEVICE(X, ...) TH_LIST_DEVICE_(X, __VA_ARGS__)
#define TH_LIST_DEVICE_(X, kind, Name, c_type, acc_type, CODE, largest, token, where, Gpu)         \
  TH_IF_GPU_##where(X(Gpu, c_type, CODE))
#define TH_IF_MATH_INTEGER(...) __VA_ARGS__
#define TH_IF_MATH_FLOATING(...) __VA_ARGS__
#define TH_IF_MATH_HALF(...)
#define TH_IF_MATH_BOOL(...)
#define TH_IF_INTEGER_INTEGER(...) __VA_ARGS__
#define TH_IF_INTEGER_FLOATING(...)
#define TH_IF_INTEGER_HALF(...)
#define TH_IF_INTEGER_BOOL(...)
#define TH_IF_FLOATING_INTEGER(...)
#define TH_IF_FLOATING_FLOATING(...) __VA_ARGS__
#define TH_IF_FLOATING_HALF(...) __VA_ARGS__
#define TH_IF_FLOATING_BOOL(...)
#define TH_IF_GPU_BOTH(...) __VA_ARGS__
#define TH_IF_GPU_HOST(...)

/* TH_FLOAT | TH_DEVICE is the same element type on the GPU, that of a CudaTensor. So the type of a tensor or storage
   says on which side it lives, and whatever compares types refuses to mix them. There is room for TH_DEVICE
   element types. The bit is one of the enumerators for C++, where an enumeration holds no more bits than they have. */
typedef enum THType {
#define X(Name, real, accreal, CODE) TH_##CODE,
  TH_ALL_TYPES(X)
#undef X
  TH_NTYPES,
  TH_DEVICE = 16
} THType;
enum { TH_NALLTYPES = 2 * TH_DEVICE };

/* What the list says of all types: a bit for each. Types with arithmetic come first, TH_NMATH of them. */
enum {
#define X(Name, real, accreal, CODE) | 1 << TH_##CODE
  TH_MATH_BITS = 0 TH_MATH_TYPES(X),
  TH_FLOATING_BITS = 0 TH_FLOATING_TYPES(X),
  TH_GPU_BITS = 0 TH_GPU_TYPES(X),
#undef X
#define X(Name, real, accreal, CODE) + 1
  TH_NMATH = 0 TH_MATH_TYPES(X)
#undef X
};

static inline THType THType_element(THType type) { return (THType)(type & ~TH_DEVICE); }
static inline int THType_onDevice(THType type) { return type & TH_DEVICE; }
/* That element type, where `other` lives. */
static inline THType THType_beside(THType element, THType other)
{
  return (THType)(element | (other & TH_DEVICE));
}
static inline int THType_isFloating(THType type) { return TH_FLOATING_BITS >> THType_element(type) & 1; }

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

static inline THScalar THScalar_fromInt(int64_t v)
{
  const THScalar s = {(double)v, v};
  return s;
}
static inline THScalar THScalar_fromDouble(double v)
{
  const THScalar s = {v, TH_wholePart(v)};
  return s;
}

TH_API const char *THType_name(THType type); /* "Float"; "Cuda", "CudaDouble" on the GPU; NULL for no type */
/* Bytes of an element, a power of 2: four bits of a constant hold each one's logarithm. */
#define TH_LOG2(n) ((n) > 1) + ((n) > 2) + ((n) > 4) + ((n) > 8)
static inline size_t THType_size(THType type)
{
#define X(Name, real, accreal, CODE) | (uint64_t)(TH_LOG2(sizeof(real))) << 4 * TH_##CODE
  return (size_t)1 << ((0 TH_ALL_TYPES(X)) >> 4 * (type % TH_DEVICE) & 15);
#undef X
}

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
