// Long vectors in the simulator, which cannot run CUB: sorted by the host when the stream comes to them.
#include <algorithm>
#include <vector>
#include "THC.h"
#include "THCGeneral.h"
#include "THCSort.h"
#include "thc_simt.h"

template <class Key> static void sort(const THCRadixSort &s)
{
  const Key *keys = (const Key *)s.keys[0];
  std::vector<uint32_t> order((size_t)s.n);
  for (size_t i = 0; i < order.size(); i++) order[i] = (uint32_t)i;
  std::stable_sort(order.begin(), order.end(), [=](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  for (size_t i = 0; i < order.size(); i++) {
    ((Key *)s.keys[1])[i] = keys[order[i]];
    s.at[1][i] = s.at[0][order[i]];
  }
}

int THC_radixSort(const THCRadixSort *s_)
{
  const THCRadixSort s = *s_;
  thc_simt_enqueue(THC_stream(), "radix sort", [=] {
    switch (s.bytes) {
    case 1: sort<uint8_t>(s); break;
    case 2: sort<uint16_t>(s); break;
    case 4: sort<uint32_t>(s); break;
    default: sort<uint64_t>(s);
    }
  });
  return 1;
}
