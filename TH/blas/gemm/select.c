/* The kernels of the instruction set that TH has chosen. */
#include "gemm.h"
#include "loops/THLoops.h"

#ifdef TH_HAVE_AVX512
extern const GemmKernels THGemm_float_avx2, THGemm_float_avx512, THGemm_double_avx2, THGemm_double_avx512;

/* ORDER ISAS; the plain one has no kernels */
static const GemmKernels *const kernels[2][3] = {{NULL, &THGemm_float_avx2, &THGemm_float_avx512},
                                                 {NULL, &THGemm_double_avx2, &THGemm_double_avx512}};

const GemmKernels *THGemm_kernels(int isDouble) { return kernels[isDouble][THMax(THLoops_level(), 0)]; }
#else
const GemmKernels *THGemm_kernels(int isDouble)
{
  (void)isDouble;
  return NULL;
}
#endif
