/* Picks the instruction set when the library is loaded. TH_ISA=base|avx2|avx512 in the environment
   asks for a lower one. Compiled once, without extra flags. */
#include "THLoops.h"
#include <stdlib.h>

#define DECLARE(isa) \
  extern THLoop THLoops_map_##isa[TH_MAP_COUNT][TH_NTYPES]; \
  extern THLoop THLoops_compare_##isa[TH_COMPARE_COUNT][TH_NTYPES][2]; \
  extern THLoop THLoops_copy_##isa[TH_NTYPES][TH_NTYPES]; \
  extern const THReduceLoops THLoops_reduce_##isa[TH_REDUCE_COUNT][TH_NTYPES]; \
  static const THLoops loops_##isa = {#isa, THLoops_map_##isa, THLoops_compare_##isa, \
                                      THLoops_copy_##isa, THLoops_reduce_##isa};
DECLARE(base)
#ifdef TH_HAVE_AVX2
DECLARE(avx2)
#endif
#ifdef TH_HAVE_AVX512
DECLARE(avx512)
#endif

const THLoops *THLoops_current = &loops_base;

__attribute__((constructor)) static void choose(void)
{
  const char *limit = getenv("TH_ISA");
  if (!limit) limit = "avx512";
  if (!strcmp(limit, "base")) return;
#ifdef TH_HAVE_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) THLoops_current = &loops_avx2;
#endif
#ifdef TH_HAVE_AVX512
  if (!strcmp(limit, "avx512") && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    THLoops_current = &loops_avx512;
#endif
}

const char *THGetISA(void) { return THLoops_current->isa; }
