// Fused programs in the simulator: operations run one after the other, unless a test brings a compiler for the kernel's text.
#include "THCFuse.h"
#include "THCGeneral.h"

typedef void (*Launcher)(bool packs, unsigned grid, cudaStream_t stream, const THCFused *piece);

// For tests (test/gpu/test_fuse.lua): compiles the text of a program; NULL: there is none.
TH_API Launcher (*THC_simtFusedCompiler)(const char *text);
Launcher (*THC_simtFusedCompiler)(const char *text);

int THC_fusedTarget() { return THC_simtFusedCompiler ? 0 : -1; }
void *THC_fusedCompile(const char *text) { return (void *)THC_simtFusedCompiler(text); }
void THC_fusedLaunch(void *kernel, bool packs, unsigned grid, cudaStream_t stream, const THCFused *piece)
{
  ((Launcher)kernel)(packs, grid, stream, piece);
}
