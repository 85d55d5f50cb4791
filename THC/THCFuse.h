#ifndef THC_FUSE_H
#define THC_FUSE_H
// Who compiles the kernels of fused programs (kernels/fuse.cu).
#include <cuda_runtime.h>

struct THCFused; // kernels/THCFuse.cuh

// What a text would be compiled for: its kernel serves all GPUs of that target. -1: there is no compiler.
int THC_fusedTarget();
// The kernel of a text for the current GPU's target; it stays. Raises the compiler's log.
void *THC_fusedCompile(const char *text);
// packs: its variant that moves 16 bytes at once.
void THC_fusedLaunch(void *kernel, bool packs, unsigned grid, cudaStream_t stream, const THCFused *piece);

#endif
