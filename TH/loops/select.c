/* Picks the instruction set when the library is loaded: the best that the processor has, or the one
   that TH_ISA in the environment names. A name that cannot be followed leaves no loops: programs that
   only link against the library run, the first operation raises, and so does require 'torch'.
   Compiled once, without extra flags. */
#include "THLoops.h"
#include <stdio.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define DECLARE(isa) \
  extern THLoop THLoops_map_##isa[TH_MAP_COUNT][TH_NTYPES]; \
  extern THLoop THLoops_compare_##isa[TH_COMPARE_COUNT][TH_NTYPES][2]; \
  extern THLoop THLoops_copy_##isa[TH_NTYPES][TH_NTYPES]; \
  extern const THReduceLoops THLoops_reduce_##isa[TH_REDUCE_COUNT][TH_NTYPES]; \
  extern const THChainLoops THLoops_chain_##isa[TH_NTYPES]; \
  static const THLoops loops_##isa = {#isa, THLoops_map_##isa, THLoops_compare_##isa, \
                                      THLoops_copy_##isa, THLoops_reduce_##isa, THLoops_chain_##isa};
DECLARE(base)
#ifdef TH_HAVE_AVX2
DECLARE(avx2)
#endif
#ifdef TH_HAVE_AVX512
DECLARE(avx512)
#endif

/* ORDER ISAS, from plain to best. What the build leaves out is NULL. */
enum { BASE, AVX2, AVX512, COUNT };
static const char *const names[COUNT] = {"base", "avx2", "avx512"};
static const THLoops *const loops[COUNT] = {
  &loops_base,
#ifdef TH_HAVE_AVX2
  [AVX2] = &loops_avx2,
#endif
#ifdef TH_HAVE_AVX512
  [AVX512] = &loops_avx512,
#endif
};

const THLoops *THLoops_chosen, *THLoops_half;
static char wanted[32]; /* TH_ISA, when it could not be followed */

static bool offered(int isa)
{
  if (!loops[isa]) return false;
#ifdef __x86_64__
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == AVX2) return avx2;
  if (isa == AVX512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return true;
}

__attribute__((constructor)) static void choose(void)
{
  const char *asked = getenv("TH_ISA");
  if (asked && !*asked) asked = NULL;
  for (int isa = 0; isa < COUNT; isa++)
    if (offered(isa) && (!asked || !strcmp(asked, names[isa]))) THLoops_chosen = loops[isa];
  THLoops_half = THLoops_chosen && THLoops_chosen == loops[AVX512] ? loops[AVX2] : THLoops_chosen;
  if (!THLoops_chosen) snprintf(wanted, sizeof wanted, "%s", asked);
}

int THLoops_level(void)
{
  for (int isa = 0; isa < COUNT; isa++)
    if (THLoops_chosen && THLoops_chosen == loops[isa]) return isa;
  return -1;
}

void THLoops_refuse(void)
{
  char list[64] = "";
  bool known = false;
  for (int isa = 0; isa < COUNT; isa++) {
    known = known || !strcmp(wanted, names[isa]);
    if (offered(isa)) {
      if (*list) strcat(list, ", ");
      strcat(list, names[isa]);
    }
  }
  THError("TH_ISA=%s: %s; this build on this processor offers %s", wanted,
          known ? "instruction set not available" : "no such instruction set", list);
}

const char *THGetISA(void) { return THLoops_current()->isa; }

bool THHasISA(const char *isa)
{
  for (int i = 0; i < COUNT; i++)
    if (!strcmp(isa, names[i])) return offered(i);
  return false;
}

const char *THGetCPU(void)
{
  static char text[49];
#ifdef __x86_64__
  unsigned r[12];
  for (unsigned i = 0; i < 3; i++)
    if (!__get_cpuid(0x80000002 + i, &r[4 * i], &r[4 * i + 1], &r[4 * i + 2], &r[4 * i + 3]))
      return "x86-64";
  memcpy(text, r, sizeof r);
  return text + strspn(text, " ");
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "unknown";
#endif
}
