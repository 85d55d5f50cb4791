/* All kernels of element_list.h for one element type. Defined are: real, what it is computed in; WIDE, the same for
   functions of one element; element, how it is stored; T_(name), ELEMENT_FN, LOAD, STORE, and QUOTIENT, of numbers that
   are not negative. */
#include "recurrent.h"
#include "sequence.h"
#include "resample.h"
#include "windows.h"
#include "gridsample.h"
#include "margins.h"
#include "mapconv.h"
#include "rows.h"
#include "indexlinear.h"
#include "unfold.h"
