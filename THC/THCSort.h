#ifndef THC_SORT_H
#define THC_SORT_H
#include <stddef.h>
#include <stdint.h>

/* n unsigned keys of 1, 2, 4 or 8 bytes, which lie in keys[0], become rising, and each one's companion in at[0] goes along; equal
   ones keep their order. Both sides are written. Returns the one where the result is. By CUB
   (THCSort.cu), in the simulator by the host (THCSortSimt.cpp). */
typedef struct THCRadixSort {
  size_t bytes;
  int64_t n;
  void *keys[2];
  uint32_t *at[2];
} THCRadixSort;
int THC_radixSort(const THCRadixSort *sort);

#endif
