/* The one copy of the inline functions that has an address. */
#include "THHalf.h"

extern inline float TH_half2float(THHalf h);
extern inline THHalf TH_float2half(float f);
extern inline void TH_float2halfbits(float *f, unsigned short *h);
extern inline void TH_halfbits2float(unsigned short *h, float *f);
extern inline float TH_bfloat2float(THBFloat16 b);
extern inline THBFloat16 TH_float2bfloat(float f);
