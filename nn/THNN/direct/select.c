/* Which compilation of direct.c, planes.c and winograd.c runs: the one of the instruction set that TH has chosen. */
#include "direct.h"
#include "planes.h"
#include "winograd.h"
#include "loops/THLoops.h"

#ifdef THNN_HAVE_DIRECT
extern const DirectKernels THDirect_avx2, THDirect_avx512;
extern const PlanesKernels THPlanes_avx2, THPlanes_avx512;
extern const WinogradKernels THWinograd_avx2, THWinograd_avx512;

/* ORDER ISAS; the plain ones have no kernels */
static const DirectKernels *const direct[] = {NULL, &THDirect_avx2, &THDirect_avx512};
static const PlanesKernels *const planes[] = {NULL, &THPlanes_avx2, &THPlanes_avx512};
static const WinogradKernels *const winograd[] = {NULL, &THWinograd_avx2, &THWinograd_avx512};

const DirectKernels *THDirect_kernels(void) { return direct[THMax(THLoops_level(), 0)]; }
const PlanesKernels *THPlanes_kernels(void) { return planes[THMax(THLoops_level(), 0)]; }
const WinogradKernels *THWinograd_kernels(void) { return winograd[THMax(THLoops_level(), 0)]; }
#else
const DirectKernels *THDirect_kernels(void) { return NULL; }
const PlanesKernels *THPlanes_kernels(void) { return NULL; }
const WinogradKernels *THWinograd_kernels(void) { return NULL; }
#endif
