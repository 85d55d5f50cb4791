/* A package's table: the loops of the instruction set that TH has chosen, when the library is loaded. */
#include "package.h"

#define LOOPS(isa) TH_CONCAT_3(TH_LOOP_TABLE, _, isa)
extern THLoop LOOPS(base)[TH_LOOP_OP(count)][TH_NTYPES];
#ifdef TH_HAVE_AVX2
extern THLoop LOOPS(avx2)[TH_LOOP_OP(count)][TH_NTYPES];
#endif
#ifdef TH_HAVE_AVX512
extern THLoop LOOPS(avx512)[TH_LOOP_OP(count)][TH_NTYPES];
#endif

THLoopTable TH_LOOP_TABLE;

/* A library is loaded after those that it needs: TH has chosen. */
__attribute__((constructor)) static void choose(void)
{
  TH_LOOP_TABLE.map = LOOPS(base);
#ifdef TH_HAVE_AVX2
  if (THLoops_level() >= 1) TH_LOOP_TABLE.map = LOOPS(avx2);
#endif
#ifdef TH_HAVE_AVX512
  if (THLoops_level() >= 2) TH_LOOP_TABLE.map = LOOPS(avx512);
#endif
}
