// The caching allocator of the GPUs.
//
// The driver's allocation waits for all work on the GPU, so freed blocks are kept and handed out
// again. A block belongs to the stream that was current when it was made and goes back to that
// stream's pool: whoever gets it next is enqueued behind whoever had it, and no waiting is needed.
//
// Small blocks are cut from slabs, of one size each, so that a loop of little temporaries asks the driver
// once in a thousand times. A slab goes back to the driver when all of its blocks are free.
//
// Larger ones are cut from segments. The smallest free block that has room is taken, what it has besides stays
// a block of its own, and free neighbours become one: so sizes that change from step to step use one another's
// memory. A segment goes back to the driver when it is one free block.
#include "THCState.h"
#include <cstdlib>
#include <cstring>
#include <unordered_map>

namespace {

struct Slab {
  char *data;
  size_t live; // blocks in use
};

struct Block {
  char *ptr;
  size_t bytes; // as rounded
  int device;
  cudaStream_t stream;
  Slab *slab;             // that it is part of, or NULL
  bool in_segment;        // else, without a slab, it is the driver's own
  bool big;               // of a segment for big blocks
  bool free;
  Block *before, *after;  // neighbours in the segment
};

struct BySize {
  bool operator()(const Block *a, const Block *b) const
  {
    return a->bytes != b->bytes ? a->bytes < b->bytes : a->ptr < b->ptr;
  }
};

// Free blocks of a GPU and stream.
struct Pool {
  std::map<size_t, std::vector<Block *>> small; // of slabs
  std::set<Block *, BySize> segments[2];        // for blocks up to MEDIUM, and for big ones
};

constexpr size_t SMALL = 8192, SLAB = 1 << 20;
constexpr size_t MEDIUM = 1 << 20;
constexpr size_t SEGMENT[2] = {2 << 20, 4 << 20}; // what the driver is asked for at least
constexpr size_t REST[2] = {SMALL, MEDIUM / 2};    // what is worth a block

struct Cache {
  std::mutex mutex;
  std::unordered_map<void *, Block *> live;
  std::map<std::pair<int, cudaStream_t>, Pool> pool;
  std::vector<THCMemoryStats> stats;
  bool keeps;
  std::unordered_map<void *, std::vector<std::pair<int, cudaStream_t>>> users; // other streams that use a block
  std::set<cudaStream_t> kept; // of graphs, which use their blocks again and again
  Cache() : stats((size_t)THCState_getNumDevices(THC_state()))
  {
    const char *value = std::getenv("THC_CACHING_ALLOCATOR");
    keeps = !(value && value[0] == '0');
  }
  bool keeps_for(cudaStream_t stream) const { return keeps || kept.count(stream) > 0; }
  Pool &pool_of(const Block *b) { return pool[{b->device, b->stream}]; }
  int64_t &cached(const Block *b) { return stats[(size_t)b->device].cached; }
};

// Never destroyed: storages are freed until the process ends.
Cache &cache()
{
  static Cache *c = new Cache();
  return *c;
}

// Eight sizes to an octave: at most an eighth is wasted, and sizes that are nearly alike share blocks.
size_t round_size(size_t bytes)
{
  size_t step = 512;
  while (step * 16 <= bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

// ---- the driver ----

void give_back(Cache &c, int device, void *ptr, size_t bytes)
{
  THC_CHECK(cudaFree(ptr));
  c.stats[(size_t)device].cached -= (int64_t)bytes;
}

// Keeps blocks of slabs that are in use; slabs without blocks in use are freed by the first of their blocks.
void release_small(Cache &c, int device, size_t bytes, std::vector<Block *> &list)
{
  std::vector<Block *> kept;
  std::set<Slab *> empty;
  for (Block *block : list) {
    if (block->slab->live) {
      kept.push_back(block);
      continue;
    }
    if (empty.insert(block->slab).second) give_back(c, device, block->slab->data, SLAB / bytes * bytes);
    delete block;
  }
  for (Slab *slab : empty) delete slab;
  list.swap(kept);
}

void release_segments(Cache &c, int device, std::set<Block *, BySize> &blocks)
{
  for (auto it = blocks.begin(); it != blocks.end();) {
    Block *block = *it;
    if (block->before || block->after) {
      ++it;
      continue;
    }
    it = blocks.erase(it);
    give_back(c, device, block->ptr, block->bytes);
    delete block;
  }
}

// Gives the cached blocks of one GPU back; the driver waits for what still uses them.
void release(Cache &c, int device)
{
  TH_ON_DEVICE(device + 1);
  for (auto &entry : c.pool) {
    if (entry.first.first != device || c.kept.count(entry.first.second)) continue;
    for (auto &list : entry.second.small) release_small(c, device, list.first, list.second);
    for (auto &blocks : entry.second.segments) release_segments(c, device, blocks);
  }
}

// NULL when there is no more.
char *ask_driver(size_t bytes)
{
  void *ptr = nullptr;
  cudaError_t error = cudaMalloc(&ptr, bytes);
  if (error == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();
    return nullptr;
  }
  THC_CHECK(error);
  return (char *)ptr;
}

char *from_driver(Cache &c, int device, size_t bytes)
{
  char *ptr = ask_driver(bytes);
  if (ptr) return ptr;
  release(c, device);
  return ask_driver(bytes);
}

// ---- slabs ----

Block *take_small(Cache &c, Pool &pool, size_t bytes)
{
  auto list = pool.small.find(bytes);
  if (list == pool.small.end() || list->second.empty()) return nullptr;
  Block *block = list->second.back();
  list->second.pop_back();
  c.cached(block) -= (int64_t)bytes;
  return block;
}

// A new slab's first block; the others go to the list.
Block *new_small(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  char *data = from_driver(c, device, SLAB);
  if (!data) return nullptr;
  Slab *slab = new Slab{data, 0};
  std::vector<Block *> &list = c.pool[{device, stream}].small[bytes];
  for (size_t i = SLAB / bytes; i > 0; i--)
    list.push_back(new Block{data + (i - 1) * bytes, bytes, device, stream, slab, false, false, true, nullptr, nullptr});
  c.cached(list.back()) += (int64_t)(SLAB / bytes * bytes);
  return take_small(c, c.pool[{device, stream}], bytes);
}

// ---- segments ----

// Leaves the block with that many bytes, where the rest is worth it.
void cut(Cache &c, Block *block, size_t bytes)
{
  if (block->bytes - bytes < REST[block->big]) return;
  Block *rest = new Block(*block);
  rest->ptr += bytes;
  rest->bytes -= bytes;
  rest->before = block;
  if (rest->after) rest->after->before = rest;
  block->after = rest;
  block->bytes = bytes;
  c.pool_of(rest).segments[rest->big].insert(rest);
}

Block *take_from_segment(Cache &c, Pool &pool, size_t bytes)
{
  auto &blocks = pool.segments[bytes > MEDIUM];
  Block wanted = {};
  wanted.bytes = bytes;
  auto at = blocks.lower_bound(&wanted);
  if (at == blocks.end()) return nullptr;
  Block *block = *at;
  blocks.erase(at);
  cut(c, block, bytes);
  c.cached(block) -= (int64_t)block->bytes;
  return block;
}

Block *new_segment(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  const bool big = bytes > MEDIUM;
  size_t all = c.keeps ? THMax(bytes, SEGMENT[big]) : bytes;
  char *data = from_driver(c, device, all);
  if (!data && all > bytes) data = ask_driver(all = bytes);
  if (!data) return nullptr;
  Block *block = new Block{data, all, device, stream, nullptr, true, big, true, nullptr, nullptr};
  c.cached(block) += (int64_t)all;
  c.pool_of(block).segments[big].insert(block);
  return take_from_segment(c, c.pool_of(block), bytes);
}

// `from` is swallowed by the block before it.
void join(Block *block, Block *from)
{
  block->bytes += from->bytes;
  block->after = from->after;
  if (block->after) block->after->before = block;
  delete from;
}

void return_to_segment(Cache &c, Block *block)
{
  auto &blocks = c.pool_of(block).segments[block->big];
  if (block->after && block->after->free) {
    blocks.erase(block->after);
    join(block, block->after);
  }
  if (block->before && block->before->free) {
    Block *before = block->before;
    blocks.erase(before);
    join(before, block);
    block = before;
  }
  blocks.insert(block);
}

// ---- blocks ----

Block *take_cached(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  Pool &pool = c.pool[{device, stream}];
  return c.keeps && bytes <= SMALL ? take_small(c, pool, bytes) : take_from_segment(c, pool, bytes);
}

Block *new_block(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  if (c.keeps && bytes <= SMALL) return new_small(c, device, stream, bytes);
  if (c.keeps_for(stream)) return new_segment(c, device, stream, bytes);
  char *data = from_driver(c, device, bytes);
  return data ? new Block{data, bytes, device, stream, nullptr, false, false, false, nullptr, nullptr} : nullptr;
}

void *try_malloc(size_t bytes)
{
  Cache &c = cache();
  int device = THC_device();
  cudaStream_t stream = THC_stream();
  std::lock_guard<std::mutex> lock(c.mutex);
  const bool keeps = c.keeps_for(stream);
  if (keeps) bytes = round_size(bytes);
  Block *block = keeps ? take_cached(c, device, stream, bytes) : nullptr;
  THCMemoryStats &stats = c.stats[(size_t)device];
  if (block) {
    stats.hits++;
  } else {
    block = new_block(c, device, stream, bytes);
    if (!block) return nullptr;
    stats.misses++;
  }
  block->free = false;
  if (block->slab) block->slab->live++;
  c.live[block->ptr] = block;
  stats.inUse += (int64_t)block->bytes;
  stats.peak = THMax(stats.peak, stats.inUse);
  return block->ptr;
}

void put_back(Cache &c, Block *block)
{
  c.stats[(size_t)block->device].inUse -= (int64_t)block->bytes;
  if (!block->slab && !block->in_segment) {
    (void)cudaFree(block->ptr); // may run while the process ends
    delete block;
    return;
  }
  block->free = true;
  c.cached(block) += (int64_t)block->bytes;
  if (block->slab) {
    block->slab->live--;
    c.pool_of(block).small[block->bytes].push_back(block);
    return;
  }
  const int device = block->device;
  const bool keeps = c.keeps_for(block->stream);
  return_to_segment(c, block);
  if (!keeps) release(c, device); // of a graph that is gone
}

} // namespace

void *THC_malloc(ptrdiff_t size)
{
  if (size <= 0) return nullptr;
  void *ptr = try_malloc((size_t)size);
  if (!ptr) { // tensors that nobody can reach any more may hold what is needed
    THCollectGarbage();
    ptr = try_malloc((size_t)size);
  }
  if (!ptr) {
    size_t free_ = 0, total = 0;
    THC_memory(THC_state(), THC_device(), &free_, &total);
    THError("GPU %d: out of memory: %lld bytes requested, %lld of %lld are free",
            THC_device() + TH_INDEX_BASE, (long long)size, (long long)free_, (long long)total);
  }
  return ptr;
}

// The block's own stream goes on after what uses it elsewhere. Errors are those of whoever waits next.
static void wait_for_users(const Block *block, const std::vector<std::pair<int, cudaStream_t>> &users)
{
  for (auto &user : users) {
    cudaEvent_t event;
    TH_ON_DEVICE(user.first + 1);
    if (cudaEventCreateWithFlags(&event, cudaEventDisableTiming) != cudaSuccess) continue;
    if (cudaEventRecord(event, user.second) == cudaSuccess) (void)cudaStreamWaitEvent(block->stream, event, 0);
    (void)cudaEventDestroy(event);
  }
}

void THC_free(void *ptr)
{
  if (!ptr) return;
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  auto at = c.live.find(ptr);
  if (at == c.live.end()) { // a block of cudaMalloc, taken over
    (void)cudaFree(ptr);
    return;
  }
  Block *block = at->second;
  c.live.erase(at);
  auto users = c.users.find(ptr);
  if (users != c.users.end()) {
    wait_for_users(block, users->second);
    c.users.erase(users);
  }
  put_back(c, block);
}

void THC_keepBlocks(cudaStream_t stream)
{
  std::lock_guard<std::mutex> lock(cache().mutex);
  cache().kept.insert(stream);
}

static void move_to_default(Pool &from, Pool &to)
{
  for (auto &list : from.small) {
    for (Block *block : list.second) block->stream = nullptr;
    std::vector<Block *> &into = to.small[list.first];
    into.insert(into.end(), list.second.begin(), list.second.end());
  }
  for (int big = 0; big < 2; big++)
    for (Block *block : from.segments[big]) {
      block->stream = nullptr;
      to.segments[big].insert(block);
    }
}

// Nothing of the stream runs any more.
void THC_endKeepingBlocks(int device, cudaStream_t stream)
{
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  c.kept.erase(stream);
  for (auto &entry : c.live)
    if (entry.second->device == device && entry.second->stream == stream) entry.second->stream = nullptr;
  auto from = c.pool.find({device, stream});
  if (from == c.pool.end()) return;
  move_to_default(from->second, c.pool[{device, nullptr}]);
  c.pool.erase(from);
  if (!c.keeps) release(c, device);
}

THCMemoryStats THC_memoryStats(THCState *state, int device)
{
  if (device < 0 || device >= THCState_getNumDevices(state))
    THError("GPU %d out of range, there are %d", device + TH_INDEX_BASE, THCState_getNumDevices(state));
  std::lock_guard<std::mutex> lock(cache().mutex);
  return cache().stats[(size_t)device];
}

void THC_releaseCached(THCState *state)
{
  std::lock_guard<std::mutex> lock(cache().mutex);
  for (int d = 0; d < THCState_getNumDevices(state); d++) release(cache(), d);
}

int THCState_isCachingAllocatorEnabled(THCState *state) { return (void)state, cache().keeps; }

// ---- as TH's storages see it ----

static size_t live_bytes(void *ptr)
{
  std::lock_guard<std::mutex> lock(cache().mutex);
  auto at = cache().live.find(ptr);
  if (at == cache().live.end())
    THError("a storage on memory that THCudaMalloc did not make cannot be resized");
  return at->second->bytes;
}

static void *storage_malloc(void *, ptrdiff_t size) { return THC_malloc(size); }

static void *storage_realloc(void *, void *ptr, ptrdiff_t size)
{
  if (ptr && size > 0 && (size_t)size <= live_bytes(ptr)) return ptr;
  void *to = THC_malloc(size);
  if (ptr && to) {
    size_t keep = THMin(live_bytes(ptr), (size_t)size);
    THC_CHECK(cudaMemcpyAsync(to, ptr, keep, cudaMemcpyDeviceToDevice, THC_stream()));
  }
  THC_free(ptr);
  return to;
}

static void storage_free(void *, void *ptr) { THC_free(ptr); }

THAllocator *THC_storageAllocator(void **context)
{
  static THAllocator allocator = {storage_malloc, storage_realloc, storage_free};
  *context = nullptr;
  return &allocator;
}

THAllocator *THCState_getDeviceAllocator(THCState *state)
{
  void *context;
  return (void)state, THC_storageAllocator(&context);
}

// ---- for C programs ----

int THCudaMalloc(THCState *state, void **ptr, size_t size)
{
  (void)state;
  if (size > PTRDIFF_MAX) THError("THCudaMalloc: %zu bytes are more than memory can address", size);
  *ptr = THC_malloc((ptrdiff_t)size);
  return cudaSuccess;
}

int THCudaFree(THCState *state, void *ptr)
{
  (void)state;
  THC_free(ptr);
  return cudaSuccess;
}

int THCudaMemGetInfo(THCState *state, size_t *freeBytes, size_t *totalBytes)
{
  THC_memory(state, THC_device(), freeBytes, totalBytes);
  return cudaSuccess;
}

int THCudaMemGetInfoCached(THCState *state, size_t *freeBytes, size_t *totalBytes, size_t *largestBlock)
{
  Cache &c = cache();
  THCudaMemGetInfo(state, freeBytes, totalBytes);
  std::lock_guard<std::mutex> lock(c.mutex);
  *largestBlock = 0;
  for (auto &entry : c.pool) {
    if (entry.first.first != THC_device()) continue;
    for (auto &list : entry.second.small)
      if (!list.second.empty()) *largestBlock = THMax(*largestBlock, list.first);
    for (auto &blocks : entry.second.segments)
      if (!blocks.empty()) *largestBlock = THMax(*largestBlock, (*blocks.rbegin())->bytes);
  }
  return cudaSuccess;
}

void *THCCachingAllocator_getBaseAllocation(void *ptr, size_t *size)
{
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  for (auto &entry : c.live)
    if (ptr >= entry.first && (char *)ptr < (char *)entry.first + entry.second->bytes) {
      if (size) *size = entry.second->bytes;
      return entry.first;
    }
  THError("an address that is in no block of THCudaMalloc");
}

void THCCachingAllocator_recordStream(void *ptr, THCStream *stream)
{
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  auto at = c.live.find(ptr);
  if (at == c.live.end()) THError("a block that THCudaMalloc did not make");
  if (stream->stream != at->second->stream) c.users[ptr].push_back({stream->device, stream->stream});
}

void THCSetGCHandler(THCState *state, void (*torchGCHandlerFunction)(void *), void *data)
{
  (void)state;
  THSetGCHandler(torchGCHandlerFunction, data);
}

void THCHeapUpdate(THCState *state, ptrdiff_t size) { (void)state, THHeapUpdate(size); }

// In proportion to what is held, as on the CPU, but well below what there is.
int64_t THC_allowance(void)
{
  size_t free_ = 0, total = 0;
  if (cudaMemGetInfo(&free_, &total) != cudaSuccess) return 0; // whoever uses the GPU will be told
  return THMin(THC_memoryStats(THC_state(), THC_device()).inUse / 2, (int64_t)(total / 8));
}
