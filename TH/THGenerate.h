/* Includes TH_GENERIC_FILE once per element type, with these macros (no include guard):
     real, accreal   the C types            Real   the name (Float)
     TH_CODE         the enum (TH_FLOAT)    TH_REAL_IS_FLOAT and so on, TH_REAL_IS_FLOATING
     T_(name)        a static name of that type: Float_name
   Set TH_GENERIC_TYPES to TH_GENERIC_FLOAT (Float, Double) or TH_GENERIC_MATH (the seven arithmetic
   types, the default) before. Kernels made this way are reached through tables by type:

     static void (*const lane[TH_NTYPES])(...) = TH_BY_TYPE(sort_lane);        all seven
     static void (*const lane[TH_NTYPES])(...) = TH_BY_FLOAT_TYPE(var_lane);   the two  */
#ifndef TH_GENERATE_ONCE
#define TH_GENERATE_ONCE
#define TH_GENERIC_FLOAT 2
#define TH_GENERIC_MATH 7
#define TH_BY_TYPE(name)                                                                           \
  {                                                                                                \
    [TH_BYTE] = Byte_##name, [TH_CHAR] = Char_##name, [TH_SHORT] = Short_##name,                   \
    [TH_INT] = Int_##name, [TH_LONG] = Long_##name, [TH_FLOAT] = Float_##name,                     \
    [TH_DOUBLE] = Double_##name                                                                    \
  }
#define TH_BY_FLOAT_TYPE(name)                                                                     \
  {                                                                                                \
    [TH_FLOAT] = Float_##name, [TH_DOUBLE] = Double_##name                                         \
  }
#define T_(name) TH_CONCAT_3(Real, _, name)
#endif

#ifndef TH_GENERIC_TYPES
#define TH_GENERIC_TYPES TH_GENERIC_MATH
#endif

#if TH_GENERIC_TYPES == TH_GENERIC_MATH
#define accreal int64_t
#define real unsigned char
#define Real Byte
#define TH_CODE TH_BYTE
#define TH_REAL_IS_BYTE
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_BYTE
#define real signed char
#define Real Char
#define TH_CODE TH_CHAR
#define TH_REAL_IS_CHAR
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_CHAR
#define real short
#define Real Short
#define TH_CODE TH_SHORT
#define TH_REAL_IS_SHORT
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_SHORT
#define real int
#define Real Int
#define TH_CODE TH_INT
#define TH_REAL_IS_INT
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_INT
#define real int64_t
#define Real Long
#define TH_CODE TH_LONG
#define TH_REAL_IS_LONG
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_LONG
#undef accreal
#endif

#define TH_REAL_IS_FLOATING
#define accreal double
#define real float
#define Real Float
#define TH_CODE TH_FLOAT
#define TH_REAL_IS_FLOAT
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_FLOAT
#define real double
#define Real Double
#define TH_CODE TH_DOUBLE
#define TH_REAL_IS_DOUBLE
#include TH_GENERIC_FILE
#undef real
#undef Real
#undef TH_CODE
#undef TH_REAL_IS_DOUBLE
#undef accreal
#undef TH_REAL_IS_FLOATING
#undef TH_GENERIC_TYPES
#undef TH_GENERIC_FILE
