/* All kernels of element_list.h for one element type: real, what it is computed in, and element, how it is stored, T_(name),
   ELEMENT_FN, LOAD, STORE and QUOTIENT (of numbers that are not negative) are defined. */
#include "recurrent.h"
#include "resample.h"
#include "windows.h"
#include "gridsample.h"
#include "margins.h"
#include "mapconv.h"
#include "rows.h"
#include "unfold.h"
