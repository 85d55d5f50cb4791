/* Order: sort, topk, kthvalue, median, mode.

   An element becomes an item: an unsigned key whose order is that of the values, NaN of either sign
   being largest, and its position (TH/ops/generic/THTensorSort.c has the same). Up to four bytes both
   fit in one 64-bit number, else they are a pair. No two items are equal, so what follows is stable
   and has one result.

   Lanes of up to a tile's items are sorted in shared memory, several in a block when they are short,
   by a bitonic network (Batcher, "Sorting networks and their applications", 1968) whose comparisons all
   go one way. Longer ones are cut into tiles, which are then merged in pairs: where an output tile
   starts in the two runs is found by bisection (Green, McColl, Bader, "GPU merge path", 2012). When few
   items are wanted, each tile keeps its first ones only, and what is left is a shorter lane.

   Very long lanes of which much is wanted are sorted one after another by THC_radixSort, keys and positions
   apart; it is stable, so the result is the same. */
#include "THC.h"
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"
#include "THCSort.h"

/* ---- items ---- */

struct THCPair {
  uint64_t key, at;
};
static inline __device__ bool before(uint64_t a, uint64_t b) { return a < b; }
static inline __device__ bool before(const THCPair &a, const THCPair &b)
{
  return a.key < b.key || (a.key == b.key && a.at < b.at);
}
static inline __device__ uint64_t key_of(uint64_t item) { return item >> 32; }
static inline __device__ uint64_t key_of(const THCPair &item) { return item.key; }
static inline __device__ int64_t position_of(uint64_t item) { return (int64_t)(item & 0xffffffff); }
static inline __device__ int64_t position_of(const THCPair &item) { return (int64_t)item.at; }
static inline __device__ void make_item(uint64_t *item, uint64_t key, int64_t at)
{
  *item = key << 32 | (uint64_t)at;
}
static inline __device__ void make_item(THCPair *item, uint64_t key, int64_t at)
{
  *item = {key, (uint64_t)at};
}

template <class T, bool wide = (sizeof(T) > 4)> struct THCItem {
  typedef uint64_t type;
};
template <class T> struct THCItem<T, true> {
  typedef THCPair type;
};

/* Unsigned integers of an element's size. */
template <int size> struct THCBits;
template <> struct THCBits<1> { typedef uint8_t type; };
template <> struct THCBits<2> { typedef uint16_t type; };
template <> struct THCBits<4> { typedef uint32_t type; };
template <> struct THCBits<8> { typedef uint64_t type; };

/* Values to keys and back. Negative floating numbers have their bits flipped, others their sign set. */
template <class T> struct THCKey {
  typedef typename THCBits<sizeof(T)>::type Bits;
  static constexpr Bits all = (Bits)~(Bits)0, sign = (Bits)((Bits)1 << (8 * sizeof(T) - 1));
  static constexpr bool is_signed = (T)-1 < (T)1;

  static __device__ Bits of(T v) { return is_signed ? (Bits)((Bits)v ^ sign) : (Bits)v; }
  static __device__ T value(Bits u) { return (T)(is_signed ? (Bits)(u ^ sign) : u); }
  static __device__ Bits leveled(Bits u) { return u; }
};
template <class T> struct THCFloatKey {
  typedef typename THCBits<sizeof(T)>::type Bits;
  static constexpr Bits all = (Bits)~(Bits)0, sign = (Bits)((Bits)1 << (8 * sizeof(T) - 1));

  static __device__ Bits of(T v)
  {
    Bits u;
    const auto x = THC_load(v);
    if (x != x) return all;
    memcpy(&u, &v, sizeof u);
    return u & sign ? (Bits)~u : (Bits)(u | sign);
  }
  static __device__ T value(Bits u)
  {
    T v;
    if (u == all) return THCStore<T>::from(NAN);
    u = u & sign ? (Bits)(u & ~sign) : (Bits)~u;
    memcpy(&v, &u, sizeof v);
    return v;
  }
  /* -0 counts as 0 where equal values are asked for */
  static __device__ Bits leveled(Bits u) { return u == (Bits)(sign - 1) ? sign : u; }
};
template <> struct THCKey<float> : THCFloatKey<float> {};
template <> struct THCKey<double> : THCFloatKey<double> {};
template <> struct THCKey<THHalf> : THCFloatKey<THHalf> {};

/* ---- where items come from and go to ---- */

/* Elements of contiguous lanes. */
template <class T> struct THCFromElements {
  typedef typename THCItem<T>::type Item;
  typedef typename THCKey<T>::Bits Bits;
  const T *x;
  int64_t n;
  Bits flip; /* all bits set reverse the order */

  __device__ Item get(int64_t lane, int64_t i) const
  {
    Item item;
    make_item(&item, (Bits)(THCKey<T>::of(x[lane * n + i]) ^ flip), i);
    return item;
  }
};
template <class Item> struct THCFromItems {
  const Item *items;
  int64_t n;
  __device__ Item get(int64_t lane, int64_t i) const { return items[lane * n + i]; }
};
template <class Item> struct THCToItems {
  Item *items;
  int64_t n;
  __device__ void put(int64_t lane, int64_t i, const Item &item) const { items[lane * n + i] = item; }
};
/* Places first, ..., first + keep - 1 of sorted lanes. */
template <class T> struct THCToResults {
  typedef typename THCItem<T>::type Item;
  typedef typename THCKey<T>::Bits Bits;
  T *values;
  int64_t *at, first, keep;
  Bits flip;

  __device__ void put(int64_t lane, int64_t i, const Item &item) const
  {
    i -= first;
    if (i < 0 || i >= keep) return;
    values[lane * keep + i] = THCKey<T>::value((Bits)(key_of(item) ^ flip));
    at[lane * keep + i] = position_of(item);
  }
};

/* ---- tiles ---- */

template <class Item> struct THCTile {
  static constexpr int size = 16384 / sizeof(Item);
};

/* How lanes are cut. Segments are sorted apart: tiles of a long lane, or whole lanes. */
struct Tiling {
  int64_t n, tiles, segments; /* elements and tiles of a lane; tiles of all lanes */
  int64_t keep;               /* items that a tile passes on */
  int log;                    /* a segment has room for 2^log items */
};

template <class Item> __device__ void sort_pair(Item *low, Item *high)
{
  const Item a = *low, b = *high;
  if (!before(b, a)) return;
  *low = b;
  *high = a;
}

/* Sorts the segments of a tile in shared memory. */
template <class Item> __device__ void sort_segments(Item *s, int log)
{
  constexpr int pairs = THCTile<Item>::size / 2;
  for (int k = 1; k <= log; k++) {
    const int half = 1 << (k - 1);
    for (int t = (int)threadIdx.x; t < pairs; t += THC_BLOCK) { /* mirrored */
      Item *start = s + ((t >> (k - 1)) << k);
      const int i = t & (half - 1);
      sort_pair(start + i, start + 2 * half - 1 - i);
    }
    __syncthreads();
    for (int d = k - 2; d >= 0; d--) {
      for (int t = (int)threadIdx.x; t < pairs; t += THC_BLOCK) {
        Item *low = s + ((t >> d) << (d + 1)) + (t & ((1 << d) - 1));
        sort_pair(low, low + (1 << d));
      }
      __syncthreads();
    }
  }
}

template <class Item, class Source, class Sink>
__global__ void __launch_bounds__(THC_BLOCK) sort_tiles(Source source, Sink sink, Tiling tiling)
{
  constexpr int size = THCTile<Item>::size;
  THC_SHARED(Item, s);
  const int room = 1 << tiling.log, per_block = size >> tiling.log;
  for (int64_t block = blockIdx.x; block * per_block < tiling.segments; block += gridDim.x) {
    for (int k = (int)threadIdx.x; k < size; k += THC_BLOCK) {
      const int64_t segment = block * per_block + (k >> tiling.log), lane = segment / tiling.tiles;
      const int64_t i = (segment - lane * tiling.tiles) * room + (k & (room - 1));
      if (segment < tiling.segments && i < tiling.n) s[k] = source.get(lane, i);
      else make_item(s + k, ~(uint64_t)0, INT64_MAX); /* comes last */
    }
    __syncthreads();
    sort_segments(s, tiling.log);
    for (int k = (int)threadIdx.x; k < size; k += THC_BLOCK) {
      const int64_t segment = block * per_block + (k >> tiling.log), lane = segment / tiling.tiles;
      const int64_t tile = segment - lane * tiling.tiles;
      const int i = k & (room - 1);
      if (segment < tiling.segments && i < tiling.keep && tile * room + i < tiling.n)
        sink.put(lane, tile * tiling.keep + i, s[k]);
    }
    __syncthreads();
  }
}

/* ---- merging ---- */

/* How many of the first `diagonal` items of two merged runs come from a. */
template <class Item>
__device__ int64_t split_runs(const Item *a, int64_t na, const Item *b, int64_t nb, int64_t diagonal)
{
  int64_t low = diagonal > nb ? diagonal - nb : 0, high = diagonal < na ? diagonal : na;
  while (low < high) {
    const int64_t mid = (low + high) / 2;
    if (before(a[mid], b[diagonal - 1 - mid])) low = mid + 1;
    else high = mid;
  }
  return low;
}

/* This thread's share of two runs that lie one after the other in shared memory, in place. */
template <class Item> __device__ void merge_shared(Item *s, int na, int n)
{
  constexpr int own = THCTile<Item>::size / THC_BLOCK;
  const int first = (int)threadIdx.x * own;
  const Item *a = s, *b = s + na;
  int i = 0, j = 0, count = 0;
  Item out[own];
  if (first < n) {
    i = (int)split_runs(a, na, b, n - na, first);
    j = first - i;
    count = n - first < own ? n - first : own;
  }
  for (int k = 0; k < count; k++)
    out[k] = j >= n - na || (i < na && before(a[i], b[j])) ? a[i++] : b[j++];
  __syncthreads();
  for (int k = 0; k < count; k++) s[first + k] = out[k];
  __syncthreads();
}

/* Runs of `width` items become runs of twice that; a block writes a tile. */
template <class Item, class Sink>
__global__ void __launch_bounds__(THC_BLOCK)
  merge_runs(const Item *items, int64_t n, int64_t tiles, int64_t all_tiles, int64_t width, Sink sink)
{
  constexpr int size = THCTile<Item>::size;
  THC_SHARED(Item, s);
  int64_t *cut = (int64_t *)(s + size);
  for (int64_t tile = blockIdx.x; tile < all_tiles; tile += gridDim.x) {
    const int64_t lane = tile / tiles, first = (tile - lane * tiles) * size;
    const int64_t start = first / (2 * width) * (2 * width);
    const int64_t na = THMin(width, n - start), nb = THMin(width, n - start - na);
    const Item *a = items + lane * n + start, *b = a + na;
    const int64_t from = first - start, to = THMin(from + size, na + nb);
    if (threadIdx.x < 2) cut[threadIdx.x] = split_runs(a, na, b, nb, threadIdx.x ? to : from);
    __syncthreads();
    const int64_t a0 = cut[0], b0 = from - a0;
    const int mine = (int)(cut[1] - a0), count = (int)(to - from);
    for (int k = (int)threadIdx.x; k < count; k += THC_BLOCK) s[k] = k < mine ? a[a0 + k] : b[b0 + k - mine];
    __syncthreads();
    merge_shared(s, mine, count);
    for (int k = (int)threadIdx.x; k < count; k += THC_BLOCK) sink.put(lane, first + k, s[k]);
    __syncthreads();
  }
}

/* ---- mode ---- */

template <class T, class Item>
__device__ uint64_t level_of(const Item &item)
{
  return THCKey<T>::leveled((typename THCKey<T>::Bits)key_of(item));
}

/* First place of sorted items a[0], ..., a[i] whose value is that of a[i]. */
template <class T, class Item> __device__ int64_t run_start(const Item *a, int64_t i)
{
  const uint64_t level = level_of<T>(a[i]);
  int64_t low = 0, high = i;
  while (low < high) {
    const int64_t mid = (low + high) / 2;
    if (level_of<T>(a[mid]) < level) low = mid + 1;
    else high = mid;
  }
  return low;
}

/* The last item of the longest run of equal values, the first of several; a block a lane. */
template <class T, class Sink>
__global__ void __launch_bounds__(THC_BLOCK)
  longest_run(const typename THCItem<T>::type *items, int64_t n, int64_t lanes, Sink sink)
{
  THC_SHARED(int64_t, length);
  int64_t *end = length + THC_BLOCK;
  const int thread = (int)threadIdx.x;
  for (int64_t lane = blockIdx.x; lane < lanes; lane += gridDim.x) {
    const typename THCItem<T>::type *a = items + lane * n;
    int64_t longest = 0, last = 0;
    for (int64_t i = thread; i < n; i += THC_BLOCK) {
      if (i + 1 < n && level_of<T>(a[i]) == level_of<T>(a[i + 1])) continue;
      const int64_t run = i + 1 - run_start<T>(a, i);
      if (run > longest) longest = run, last = i;
    }
    length[thread] = longest;
    end[thread] = last;
    __syncthreads();
    for (int w = THC_BLOCK / 2; w > 0; w /= 2) {
      const int other = thread + w;
      if (thread < w && (length[other] > length[thread] ||
                         (length[other] == length[thread] && end[other] < end[thread]))) {
        length[thread] = length[other];
        end[thread] = end[other];
      }
      __syncthreads();
    }
    if (thread == 0) sink.put(lane, 0, a[end[0]]);
    __syncthreads();
  }
}

/* ---- launching ---- */

namespace {
/* Memory of the current stream, for as long as this lives. */
struct Buffer {
  void *data = nullptr;
  explicit Buffer(int64_t bytes)
  {
    if (bytes) THCudaMalloc(nullptr, &data, (size_t)bytes);
  }
  ~Buffer() { THCudaFree(nullptr, data); }
  Buffer(const Buffer &) = delete;
};
} // namespace

template <class Item> static Tiling cut_tiles(int64_t lanes, int64_t n, int64_t keep)
{
  constexpr int size = THCTile<Item>::size;
  Tiling t = {n, (n + size - 1) / size, 0, keep, 0};
  while (((int64_t)1 << t.log) < THMin(n, size)) t.log++;
  t.segments = lanes * t.tiles;
  return t;
}

template <class Item, class Source, class Sink>
static void launch_tiles(const Source &source, const Sink &sink, const Tiling &t)
{
  const int64_t blocks = (t.segments + (THCTile<Item>::size >> t.log) - 1) / (THCTile<Item>::size >> t.log);
  THC_LAUNCH((sort_tiles<Item, Source, Sink>), THC_grid(blocks * THC_BLOCK), THC_BLOCK,
             THCTile<Item>::size * sizeof(Item), THC_stream(), source, sink, t);
}

template <class Item, class Sink>
static void launch_merge(const Item *items, const Tiling &t, int64_t width, const Sink &sink)
{
  THC_LAUNCH((merge_runs<Item, Sink>), THC_grid(t.segments * THC_BLOCK), THC_BLOCK,
             THCTile<Item>::size * sizeof(Item) + 2 * sizeof(int64_t), THC_stream(), items, t.n, t.tiles,
             t.segments, width, sink);
}

/* Sorts lanes of n items; the first `wanted` of each must reach the sink, which gets them in order. */
template <class Item, class Source, class Sink>
static void sort_lanes(const Source &source, int64_t lanes, int64_t n, int64_t wanted, const Sink &sink)
{
  constexpr int64_t size = THCTile<Item>::size;
  Tiling t = cut_tiles<Item>(lanes, n, THMin(n, size));
  if (n <= size) {
    launch_tiles<Item>(source, sink, t);
    return;
  }
  if (wanted <= size / 4) {
    t.keep = wanted;
    const int64_t left = (t.tiles - 1) * wanted + THMin(wanted, n - (t.tiles - 1) * size);
    Buffer kept(lanes * left * (int64_t)sizeof(Item));
    launch_tiles<Item>(source, THCToItems<Item>{(Item *)kept.data, left}, t);
    sort_lanes<Item>(THCFromItems<Item>{(const Item *)kept.data, left}, lanes, left, wanted, sink);
    return;
  }
  Buffer first(lanes * n * (int64_t)sizeof(Item)), second(n > 2 * size ? lanes * n * (int64_t)sizeof(Item) : 0);
  Item *from = (Item *)first.data, *to = (Item *)second.data;
  launch_tiles<Item>(source, THCToItems<Item>{from, n}, t);
  int64_t width = size;
  for (; 2 * width < n; width *= 2) {
    launch_merge(from, t, width, THCToItems<Item>{to, n});
    Item *swap = from;
    from = to;
    to = swap;
  }
  launch_merge((const Item *)from, t, width, sink);
}

/* ---- by radix ---- */

template <class T>
__global__ void __launch_bounds__(THC_BLOCK)
  split_items(const T *x, int64_t n, typename THCKey<T>::Bits flip, typename THCKey<T>::Bits *keys, uint32_t *at)
{
  for (int64_t i = blockIdx.x * (int64_t)THC_BLOCK + threadIdx.x; i < n; i += gridDim.x * (int64_t)THC_BLOCK) {
    keys[i] = (typename THCKey<T>::Bits)(THCKey<T>::of(x[i]) ^ flip);
    at[i] = (uint32_t)i;
  }
}

template <class T>
__global__ void __launch_bounds__(THC_BLOCK)
  join_items(const typename THCKey<T>::Bits *keys, const uint32_t *from, int64_t n, typename THCKey<T>::Bits flip, T *values,
             int64_t *at)
{
  for (int64_t i = blockIdx.x * (int64_t)THC_BLOCK + threadIdx.x; i < n; i += gridDim.x * (int64_t)THC_BLOCK) {
    values[i] = THCKey<T>::value((typename THCKey<T>::Bits)(keys[i] ^ flip));
    at[i] = from[i];
  }
}

static bool is_radix_case(const THDeviceOrder &o)
{
  const int64_t shortest = o.lanes <= 16 ? 65536 : 1 << 20;
  return !o.mode && o.n >= shortest && o.n <= INT32_MAX && o.first + o.keep > o.n / 8;
}

template <class T> static void order_by_radix(const THDeviceOrder &o, const T *x, T *values, int64_t *at)
{
  typedef typename THCKey<T>::Bits Bits;
  const Bits flip = o.descending ? THCKey<T>::all : 0;
  Buffer first(o.n * (int64_t)sizeof(Bits)), second(o.n * (int64_t)sizeof(Bits));
  Buffer first_at(o.n * (int64_t)sizeof(uint32_t)), second_at(o.n * (int64_t)sizeof(uint32_t));
  for (int64_t lane = 0; lane < o.lanes; lane++) {
    THCRadixSort s = {sizeof(Bits), o.n, {first.data, second.data}, {(uint32_t *)first_at.data, (uint32_t *)second_at.data}};
    THC_LAUNCH((split_items<T>), THC_grid(o.n), THC_BLOCK, 0, THC_stream(), x + lane * o.n, o.n, flip, (Bits *)s.keys[0], s.at[0]);
    const int sorted = THC_radixSort(&s);
    THC_LAUNCH((join_items<T>), THC_grid(o.keep), THC_BLOCK, 0, THC_stream(), (const Bits *)s.keys[sorted] + o.first,
               s.at[sorted] + o.first, o.keep, flip, values + lane * o.keep, at + lane * o.keep);
  }
}

template <class T> static void order(const THDeviceOrder &o, const void *x, void *values, int64_t *at)
{
  typedef typename THCItem<T>::type Item;
  if (is_radix_case(o)) {
    order_by_radix<T>(o, (const T *)x, (T *)values, at);
    return;
  }
  const typename THCKey<T>::Bits flip = o.descending ? THCKey<T>::all : 0;
  const THCFromElements<T> source = {(const T *)x, o.n, flip};
  const THCToResults<T> results = {(T *)values, at, o.first, o.keep, flip};
  if (!o.mode) {
    sort_lanes<Item>(source, o.lanes, o.n, o.first + o.keep, results);
    return;
  }
  Buffer sorted(o.lanes * o.n * (int64_t)sizeof(Item));
  Item *items = (Item *)sorted.data;
  sort_lanes<Item>(source, o.lanes, o.n, o.n, THCToItems<Item>{items, o.n});
  THC_LAUNCH((longest_run<T, THCToResults<T>>), THC_grid(o.lanes * THC_BLOCK), THC_BLOCK,
             2 * THC_BLOCK * sizeof(int64_t), THC_stream(), items, o.n, o.lanes, results);
}

void THC_order(THType type, const THDeviceOrder *o, const void *x, void *values, int64_t *at)
{
  switch (THType_element(type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: order<real>(*o, x, values, at); break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
