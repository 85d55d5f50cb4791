/* Includes TH_GENERIC_FILE once per element type of images, Byte, Float and Double, as THGenerateAllTypes.h does
   for its types, with
     T_(name)         a static name of that type: Float_name
     T_(inner)        the type that values are computed in, float or double
     T_(to_real)(v)   an inner as an element: itself, or a Byte, rounded and cut off
     T_(unit)         the element that full brightness is  */
#ifndef IMAGE_GENERATE_ONCE
#define IMAGE_GENERATE_ONCE
#define T_(name) TH_CONCAT_3(Real, _, name)
typedef float Byte_inner, Float_inner;
typedef double Double_inner;
enum { Byte_unit = 255, Float_unit = 1, Double_unit = 1 };
/* NaN gives 0. */
static inline __attribute__((unused)) unsigned char Byte_to_real(double v)
{
  v += .5;
  return (unsigned char)(v > 0 ? v < 255 ? v : 255 : 0);
}
static inline __attribute__((unused)) float Float_to_real(float v) { return v; }
static inline __attribute__((unused)) double Double_to_real(double v) { return v; }
#endif

#define TH_GENERATE_MANY
#include "THGenerateByteType.h"
#include "THGenerateFloatType.h"
#include "THGenerateDoubleType.h"
#undef TH_GENERATE_MANY
#undef TH_GENERIC_FILE
