/* Which compilation of direct.c and winograd.c runs: the one that TH's loops were chosen for (TH/loops/select.c). */
#include "direct.h"
#include "winograd.h"
#include "THGeneral.h"
#include <string.h>

#ifdef THNN_HAVE_DIRECT
extern const DirectKernels Direct_avx2, Direct_avx512;
extern const WinogradKernels Winograd_avx2, Winograd_avx512;

const DirectKernels *Direct_kernels(void)
{
  const char *isa = THGetISA();
  return !strcmp(isa, "avx512") ? &Direct_avx512 : !strcmp(isa, "avx2") ? &Direct_avx2 : NULL;
}

const WinogradKernels *Winograd_kernels(void)
{
  const char *isa = THGetISA();
  return !strcmp(isa, "avx512") ? &Winograd_avx512 : !strcmp(isa, "avx2") ? &Winograd_avx2 : NULL;
}
#else
const DirectKernels *Direct_kernels(void) { return NULL; }
const WinogradKernels *Winograd_kernels(void) { return NULL; }
#endif
