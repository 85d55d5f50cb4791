#ifndef TH_VECTOR_H
#define TH_VECTOR_H
/* Arithmetic on plain arrays, TH<Real>Vector_cadd and so on: the loops that tensor operations use.
   Arrays are the same or do not overlap; n may be 0. */
#include "THGeneral.h"

#define THVector_(NAME) TH_CONCAT_4(TH, Real, Vector_, NAME)

#define TH_GENERIC_FILE "generic/THVector.h"
#include "THGenerateAllTypes.h"

#endif
