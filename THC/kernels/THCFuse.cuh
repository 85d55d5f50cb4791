#ifndef THC_FUSE_CUH
#define THC_FUSE_CUH
/* Fused programs (torch.fuse) as kernels. THCFuse.cpp writes the text of one, which begins with this file; NVRTC compiles it
   without the host's headers, the simulator's test with the C++ compiler.

   A program is a struct:
     operands, pack                            results first, then inputs; elements that 16 bytes of the widest hold
     run<V>(const THCFused &f, char *const *at)  computes V elements, operand k being at at[k]
   Every step's value is rounded to its type, as if it had been stored. */
#include "THCDevice.cuh"
#include "THCMath.cuh"

enum { THC_FUSED_OPERANDS = 16, THC_FUSED_DIMS = 8, THC_FUSED_NUMBERS = 64 };

/* A piece of a plan and the numbers of a call, by value. Dimension 0 is the innermost; strides in bytes. */
struct THCFused {
  char *base[THC_FUSED_OPERANDS];
  uint32_t numel;
  int ndim;
  THCDivider size[THC_FUSED_DIMS];
  int64_t stride[THC_FUSED_DIMS][THC_FUSED_OPERANDS];
  alignas(16) char number[THC_FUSED_NUMBERS][16]; /* of a step that has some: s and t, elements of its type */
};

template <class T> __device__ auto THC_fusedNumber(const THCFused &f, int place, int which)
{
  return THC_load(((const T *)f.number[place])[which]);
}

template <class T, int V> __device__ void THC_fusedLoad(THCPack<T, V> &p, const THCFused &f, int k, char *const *at)
{
  if (V > 1 && f.stride[0][k] == 0) {
    const T v = *(const T *)at[k];
    THC_UNROLL
    for (int j = 0; j < V; j++) p.at[j] = v;
  } else {
    p = *(const THCPack<T, V> *)at[k];
  }
}

template <class T, int V> __device__ void THC_fusedStore(const THCPack<T, V> &p, char *at) { *(THCPack<T, V> *)at = p; }

/* Elements from number i on of a run. */
template <class Program, int V> __device__ void THC_fusedAt(const THCFused &f, uint32_t i)
{
  char *at[Program::operands];
  THC_UNROLL
  for (int k = 0; k < Program::operands; k++) at[k] = f.base[k] + i * f.stride[0][k];
  Program::template run<V>(f, at);
}

/* Of one dimension, whose operands are contiguous and aligned to packs, or repeated. */
template <class Program> __device__ void THC_fusedPacks(const THCFused &f)
{
  constexpr int V = Program::pack;
  const uint32_t thread = blockIdx.x * blockDim.x + threadIdx.x, packs = f.numel / V;
  for (uint32_t i = thread; i < packs; i += gridDim.x * blockDim.x) THC_fusedAt<Program, V>(f, i * V);
  if (packs * V + thread < f.numel) THC_fusedAt<Program, 1>(f, packs * V + thread);
}

template <class Program> __device__ void THC_fusedStrided(const THCFused &f)
{
  for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < f.numel; i += gridDim.x * blockDim.x) {
    char *at[Program::operands];
    THC_UNROLL
    for (int k = 0; k < Program::operands; k++) at[k] = f.base[k];
    THC_ROLLED
    for (uint32_t d = 0, left = i; d < (uint32_t)f.ndim; d++) {
      const uint32_t rest = d + 1 < (uint32_t)f.ndim ? f.size[d].divide(left) : 0;
      const uint32_t coordinate = left - rest * f.size[d].divisor;
      THC_UNROLL
      for (int k = 0; k < Program::operands; k++) at[k] += coordinate * f.stride[d][k];
      left = rest;
    }
    Program::template run<1>(f, at);
  }
}

#endif
