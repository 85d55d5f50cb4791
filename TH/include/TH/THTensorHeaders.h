/* The hand-written operations, family by family. */
#include "THAnyTensor.h"
#include "THTensorPointwise.h"
#include "THTensorMath.h"
#include "THTensorRandom.h"
#include "THTensorBlas.h"
#include "THTensorLapack.h"
#include "THTensorConv.h"
