/* Which compilation of direct.c, planes.c and winograd.c runs: the one of the instruction set that TH has chosen. */
#include "direct.h"
#include "planes.h"
#include "winograd.h"
#include "loops/THLoops.h"

#ifdef THNN_HAVE_DIRECT
extern const DirectKernels Direct_avx2, Direct_avx512;
extern const PlanesKernels Planes_avx2, Planes_avx512;
extern const WinogradKernels Winograd_avx2, Winograd_avx512;

/* ORDER ISAS; the plain ones have no kernels */
static const DirectKernels *const direct[] = {NULL, &Direct_avx2, &Direct_avx512};
static const PlanesKernels *const planes[] = {NULL, &Planes_avx2, &Planes_avx512};
static const WinogradKernels *const winograd[] = {NULL, &Winograd_avx2, &Winograd_avx512};

const DirectKernels *Direct_kernels(void) { return direct[THMax(THLoops_level(), 0)]; }
const PlanesKernels *Planes_kernels(void) { return planes[THMax(THLoops_level(), 0)]; }
const WinogradKernels *Winograd_kernels(void) { return winograd[THMax(THLoops_level(), 0)]; }
#else
const DirectKernels *Direct_kernels(void) { return NULL; }
const PlanesKernels *Planes_kernels(void) { return NULL; }
const WinogradKernels *Winograd_kernels(void) { return NULL; }
#endif
