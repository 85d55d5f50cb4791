/* For kernels of the library: includes TH_GENERIC_FILE once per element type, as
   THGenerateAllTypes.h does, with two things more:
     TH_CODE    the enum (TH_FLOAT)
     T_(name)   a static name of that type: Float_name
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
#include "THGenerateAllTypes.h"
#else
#include "THGenerateFloatTypes.h"
#endif
#undef TH_GENERIC_TYPES
