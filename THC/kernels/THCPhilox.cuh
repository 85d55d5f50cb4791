#ifndef THC_PHILOX_CUH
#define THC_PHILOX_CUH
/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
   128 random bits from a 64-bit key and a 128-bit counter. */
#include <cuda_runtime.h>
#include <stdint.h>

struct THCPhilox {
  uint32_t word[4];
};

/* Ten rounds on a counter of four words. */
__host__ __device__ inline THCPhilox THCPhilox_rounds(THCPhilox c, uint32_t key0, uint32_t key1)
{
  for (int round = 0; round < 10; round++) {
    const uint64_t p = (uint64_t)0xD2511F53u * c.word[0], q = (uint64_t)0xCD9E8D57u * c.word[2];
    c = {{(uint32_t)(q >> 32) ^ c.word[1] ^ key0, (uint32_t)q, (uint32_t)(p >> 32) ^ c.word[3] ^ key1,
          (uint32_t)p}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

/* Block `counter` of the sequence of that seed; of further sequences, where those are needed. */
__host__ __device__ inline THCPhilox THCPhilox_block(uint64_t seed, uint64_t counter, uint32_t sequence = 0)
{
  const THCPhilox c = {{(uint32_t)counter, (uint32_t)(counter >> 32), sequence, 0}};
  return THCPhilox_rounds(c, (uint32_t)seed, (uint32_t)(seed >> 32));
}

#endif
