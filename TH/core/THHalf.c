/* The one copy of the inline functions that has an address. */
#include "THHalf.h"

extern inline float TH_half2float(THHalf h);
extern inline THHalf TH_float2half(float f);
extern inline void TH_float2halfbits(float *f, unsigned short *h);
extern inline void TH_halfbits2float(unsigned short *h, float *f);
