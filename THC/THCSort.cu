// Long vectors are sorted by CUB, which comes with the toolkit: compiled by the size of a key, not by element type.
#include <cub/device/device_radix_sort.cuh>
#include "THC.h"
#include "THCGeneral.h"
#include "THCSort.h"

template <class Key> static int sort(const THCRadixSort *s)
{
  cub::DoubleBuffer<Key> keys((Key *)s->keys[0], (Key *)s->keys[1]);
  cub::DoubleBuffer<uint32_t> at(s->at[0], s->at[1]);
  const cudaStream_t stream = THC_stream();
  const int last = 8 * sizeof(Key);
  size_t bytes = 0;
  THC_CHECK(cub::DeviceRadixSort::SortPairs(nullptr, bytes, keys, at, s->n, 0, last, stream));
  void *room = THC_scratch(bytes);
  THC_CHECK(cub::DeviceRadixSort::SortPairs(room, bytes, keys, at, s->n, 0, last, stream));
  return keys.Current() == s->keys[1];
}

int THC_radixSort(const THCRadixSort *s)
{
  switch (s->bytes) {
  case 1: return sort<uint8_t>(s);
  case 2: return sort<uint16_t>(s);
  case 4: return sort<uint32_t>(s);
  default: return sort<uint64_t>(s);
  }
}
