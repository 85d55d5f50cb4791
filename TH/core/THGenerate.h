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
#define TH_BY_TYPE(name) {TH_EACH_TYPE(TH_LIST_BY_TYPE, name)}
#define TH_BY_FLOAT_TYPE(name) {TH_EACH_TYPE(TH_LIST_BY_FLOAT_TYPE, name)}
#define TH_LIST_BY_TYPE(name, ...) TH_LIST_BY_TYPE_(name, __VA_ARGS__)
#define TH_LIST_BY_TYPE_(name, kind, ...) TH_IF_MATH_##kind(TH_BY_TYPE_ENTRY(name, __VA_ARGS__))
#define TH_LIST_BY_FLOAT_TYPE(name, ...) TH_LIST_BY_FLOAT_TYPE_(name, __VA_ARGS__)
#define TH_LIST_BY_FLOAT_TYPE_(name, kind, ...)                                                    \
  TH_IF_MATH_##kind(TH_IF_FLOATING_##kind(TH_BY_TYPE_ENTRY(name, __VA_ARGS__)))
#define TH_BY_TYPE_ENTRY(name, Name, c_type, acc_type, CODE, ...) [TH_##CODE] = Name##_##name,
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
