// Memory of the GPUs: the caching allocator, page-locked host memory, and moving bytes.
//
// The driver's allocation waits for all work on the GPU, so freed blocks are kept and handed out
// again. A block belongs to the stream that was current when it was made and goes back to that
// stream's list: whoever gets it next is enqueued behind whoever had it, and no waiting is needed.
//
// Small blocks are cut from slabs, of one size each, so that a loop of little temporaries asks the driver
// once in a thousand times. A slab goes back to the driver when all of its blocks are free.
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
  size_t bytes; // as rounded
  int device;
  cudaStream_t stream;
  Slab *slab; // that it is part of, or NULL
};

struct Free {
  void *ptr;
  Slab *slab;
};

constexpr size_t SMALL = 8192, SLAB = 1 << 20;

struct Cache {
  std::mutex mutex;
  std::unordered_map<void *, Block> live;
  // free blocks by GPU, stream and size
  std::map<std::pair<int, cudaStream_t>, std::map<size_t, std::vector<Free>>> free;
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

// A block of a list, or one without address.
Free take_cached(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  auto &lists = c.free[{device, stream}];
  auto list = lists.find(bytes);
  if (list == lists.end() || list->second.empty()) return {nullptr, nullptr};
  Free block = list->second.back();
  list->second.pop_back();
  c.stats[(size_t)device].cached -= (int64_t)bytes;
  return block;
}

void give_back(Cache &c, int device, void *ptr, size_t bytes)
{
  THC_CHECK(cudaFree(ptr));
  c.stats[(size_t)device].cached -= (int64_t)bytes;
}

// Frees what of a list stands alone, and keeps what is part of a slab in use; slabs without blocks in use are
// freed by the first of their blocks.
void release_list(Cache &c, int device, size_t bytes, std::vector<Free> &list)
{
  std::vector<Free> kept;
  std::set<Slab *> empty;
  for (const Free &block : list) {
    if (!block.slab) give_back(c, device, block.ptr, bytes);
    else if (block.slab->live) kept.push_back(block);
    else if (empty.insert(block.slab).second)
      give_back(c, device, block.slab->data, SLAB / bytes * bytes);
  }
  for (Slab *slab : empty) delete slab;
  list.swap(kept);
}

// Gives the cached blocks of one GPU back; the driver waits for what still uses them.
void release(Cache &c, int device)
{
  TH_ON_DEVICE(device + 1);
  for (auto &entry : c.free)
    if (entry.first.first == device && !c.kept.count(entry.first.second))
      for (auto &list : entry.second) release_list(c, device, list.first, list.second);
}

// NULL when there is no more.
void *from_driver(Cache &c, int device, size_t bytes)
{
  void *ptr = nullptr;
  cudaError_t error = cudaMalloc(&ptr, bytes);
  if (error == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();
    release(c, device);
    error = cudaMalloc(&ptr, bytes);
  }
  if (error == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();
    return nullptr;
  }
  THC_CHECK(error);
  return ptr;
}

// A new slab's first block; the others go to the list.
Free from_slab(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  char *data = (char *)from_driver(c, device, SLAB);
  if (!data) return {nullptr, nullptr};
  Slab *slab = new Slab{data, 0};
  const size_t count = SLAB / bytes;
  std::vector<Free> &list = c.free[{device, stream}][bytes];
  for (size_t i = count - 1; i > 0; i--) list.push_back({data + i * bytes, slab});
  c.stats[(size_t)device].cached += (int64_t)((count - 1) * bytes);
  return {data, slab};
}

Free new_block(Cache &c, int device, cudaStream_t stream, size_t bytes)
{
  if (c.keeps && bytes <= SMALL) {
    Free block = from_slab(c, device, stream, bytes);
    if (block.ptr) return block;
  }
  return {from_driver(c, device, bytes), nullptr};
}

void *try_malloc(size_t bytes)
{
  Cache &c = cache();
  int device = THC_device();
  cudaStream_t stream = THC_stream();
  std::lock_guard<std::mutex> lock(c.mutex);
  const bool keeps = c.keeps_for(stream);
  if (keeps) bytes = round_size(bytes);
  Free block = keeps ? take_cached(c, device, stream, bytes) : Free{nullptr, nullptr};
  THCMemoryStats &stats = c.stats[(size_t)device];
  if (block.ptr) {
    stats.hits++;
  } else {
    block = new_block(c, device, stream, bytes);
    if (!block.ptr) return nullptr;
    stats.misses++;
  }
  if (block.slab) block.slab->live++;
  c.live[block.ptr] = {bytes, device, stream, block.slab};
  stats.inUse += (int64_t)bytes;
  stats.peak = THMax(stats.peak, stats.inUse);
  return block.ptr;
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
static void wait_for_users(const Block &block, const std::vector<std::pair<int, cudaStream_t>> &users)
{
  for (auto &user : users) {
    cudaEvent_t event;
    TH_ON_DEVICE(user.first + 1);
    if (cudaEventCreateWithFlags(&event, cudaEventDisableTiming) != cudaSuccess) continue;
    if (cudaEventRecord(event, user.second) == cudaSuccess) (void)cudaStreamWaitEvent(block.stream, event, 0);
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
  Block block = at->second;
  c.live.erase(at);
  auto users = c.users.find(ptr);
  if (users != c.users.end()) {
    wait_for_users(block, users->second);
    c.users.erase(users);
  }
  THCMemoryStats &stats = c.stats[(size_t)block.device];
  stats.inUse -= (int64_t)block.bytes;
  if (c.keeps_for(block.stream)) {
    if (block.slab) block.slab->live--;
    c.free[{block.device, block.stream}][block.bytes].push_back({ptr, block.slab});
    stats.cached += (int64_t)block.bytes;
  } else {
    (void)cudaFree(ptr); // may run while the process ends
  }
}

void THC_keepBlocks(cudaStream_t stream)
{
  std::lock_guard<std::mutex> lock(cache().mutex);
  cache().kept.insert(stream);
}

// Nothing of the stream runs any more.
void THC_endKeepingBlocks(int device, cudaStream_t stream)
{
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  c.kept.erase(stream);
  for (auto &entry : c.live)
    if (entry.second.device == device && entry.second.stream == stream) entry.second.stream = nullptr;
  auto from = c.free.find({device, stream});
  if (from == c.free.end()) return;
  for (auto &list : from->second) {
    std::vector<Free> &to = c.free[{device, nullptr}][list.first];
    to.insert(to.end(), list.second.begin(), list.second.end());
  }
  c.free.erase(from);
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
  return at->second.bytes;
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
  for (auto &entry : c.free)
    for (auto &list : entry.second)
      if (entry.first.first == THC_device() && !list.second.empty()) *largestBlock = THMax(*largestBlock, list.first);
  return cudaSuccess;
}

void *THCCachingAllocator_getBaseAllocation(void *ptr, size_t *size)
{
  Cache &c = cache();
  std::lock_guard<std::mutex> lock(c.mutex);
  for (auto &entry : c.live)
    if (ptr >= entry.first && (char *)ptr < (char *)entry.first + entry.second.bytes) {
      if (size) *size = entry.second.bytes;
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
  if (stream->stream != at->second.stream) c.users[ptr].push_back({stream->device, stream->stream});
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

// ---- page-locked host memory ----

static void *host_malloc(void *, ptrdiff_t size)
{
  void *ptr = nullptr;
  if (size <= 0) return nullptr;
  cudaError_t error = cudaMallocHost(&ptr, (size_t)size);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();
    THError("%lld bytes of page-locked memory: %s", (long long)size, cudaGetErrorString(error));
  }
  return ptr;
}

static void host_free(void *, void *ptr)
{
  if (ptr) (void)cudaFreeHost(ptr); // may run while the process ends
}

THAllocator THCudaHostAllocator = {host_malloc, nullptr, host_free};
void *THCudaHostAlloc(THCState *state, size_t size) { return (void)state, host_malloc(nullptr, (ptrdiff_t)size); }
void THCudaHostFree(THCState *state, void *ptr) { (void)state, host_free(nullptr, ptr); }
THAllocator *THCState_getCudaHostAllocator(THCState *state) { return (void)state, &THCudaHostAllocator; }

// ---- memory of both ----

static void *managed_malloc(void *, ptrdiff_t size)
{
  void *ptr = nullptr;
  if (size <= 0) return nullptr;
  cudaError_t error = cudaMallocManaged(&ptr, (size_t)size, cudaMemAttachGlobal);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();
    THError("%lld bytes of managed memory: %s", (long long)size, cudaGetErrorString(error));
  }
  return ptr;
}

static void managed_free(void *, void *ptr)
{
  if (ptr) (void)cudaFree(ptr); // may run while the process ends
}

THAllocator THCudaUVAAllocator = {managed_malloc, nullptr, managed_free};
THAllocator *THCState_getCudaUVAAllocator(THCState *state) { return (void)state, &THCudaUVAAllocator; }

int THC_isManaged(THCState *state, const void *ptr)
{
  (void)state;
  cudaPointerAttributes attributes;
  if (!ptr || cudaPointerGetAttributes(&attributes, ptr) != cudaSuccess) {
    (void)cudaGetLastError();
    return 0;
  }
  return attributes.type == cudaMemoryTypeManaged;
}

// ---- moving bytes ----

static void between_gpus(void *to, int toDevice, const void *from, int fromDevice, size_t bytes)
{
  THCState *state = THC_state();
  int stream = THCState_getCurrentStreamIndex(state);
  cudaStream_t source = THCState_getDeviceStream(state, fromDevice - 1, stream);
  cudaStream_t target = THCState_getDeviceStream(state, toDevice - 1, stream);
  THC_orderStreams(toDevice, target, fromDevice, source); // the target's memory may still be in use
  {
    TH_ON_DEVICE(fromDevice);
    THC_CHECK(cudaMemcpyPeerAsync(to, toDevice - 1, from, fromDevice - 1, bytes, source));
  }
  THC_orderStreams(fromDevice, source, toDevice, target);
}

// ---- from the host without waiting: by way of page-locked blocks, which copies leave again when their events have happened ----

namespace {

struct Staging {
  void *data;
  size_t bytes;
  cudaEvent_t event; // recorded behind the last copy from it
};

constexpr size_t STAGED = 16 << 20, SMALLEST = 64 << 10;
constexpr size_t STAGINGS = 8; // of a GPU; more copies under way than that wait for the first

struct Stagings {
  std::mutex mutex;
  std::map<int, std::vector<Staging>> list; // by GPU, the least recently used first
};

Stagings &stagings()
{
  static Stagings *s = new Stagings(); // as the cache, never destroyed
  return *s;
}

bool is_free(const Staging &s)
{
  cudaError_t error = cudaEventQuery(s.event);
  if (error == cudaErrorNotReady) (void)cudaGetLastError();
  else THC_CHECK(error);
  return error == cudaSuccess;
}

// Data NULL: there is no page-locked memory.
Staging new_staging(size_t bytes)
{
  Staging s = {nullptr, SMALLEST, nullptr};
  while (s.bytes < bytes) s.bytes *= 2;
  THC_CHECK(cudaEventCreateWithFlags(&s.event, cudaEventDisableTiming));
  if (cudaHostAlloc(&s.data, s.bytes, cudaHostAllocPortable) == cudaSuccess) return s;
  (void)cudaGetLastError();
  (void)cudaEventDestroy(s.event);
  return Staging{nullptr, 0, nullptr};
}

Staging take_staging(std::vector<Staging> &list, size_t bytes)
{
  for (size_t i = 0; i < list.size(); i++) {
    if (list[i].bytes < bytes || !is_free(list[i])) continue;
    Staging s = list[i];
    list.erase(list.begin() + (std::ptrdiff_t)i);
    return s;
  }
  if (list.size() >= STAGINGS) {
    Staging s = list.front();
    list.erase(list.begin());
    THC_CHECK(cudaEventSynchronize(s.event));
    if (s.bytes >= bytes) return s;
    (void)cudaEventDestroy(s.event);
    (void)cudaFreeHost(s.data);
  }
  return new_staging(bytes);
}

// Bytes of the host into the current GPU's memory; false: too many, or no room.
bool copy_staged(void *to, const void *from, size_t bytes, cudaStream_t stream)
{
  if (bytes > STAGED) return false;
  std::lock_guard<std::mutex> lock(stagings().mutex);
  std::vector<Staging> &list = stagings().list[THC_device()];
  Staging s = take_staging(list, bytes);
  if (!s.data) return false;
  memcpy(s.data, from, bytes);
  THC_CHECK(cudaMemcpyAsync(to, s.data, bytes, cudaMemcpyHostToDevice, stream));
  THC_CHECK(cudaEventRecord(s.event, stream));
  list.push_back(s);
  return true;
}

} // namespace

void THC_transfer(void *to, int toDevice, const void *from, int fromDevice, size_t bytes)
{
  if (toDevice && fromDevice) {
    between_gpus(to, toDevice, from, fromDevice, bytes);
    return;
  }
  THC_checkRecording();
  TH_ON_DEVICE(toDevice ? toDevice : fromDevice);
  cudaStream_t stream = THC_stream();
  if (toDevice && copy_staged(to, from, bytes, stream)) return;
  THC_CHECK(cudaMemcpyAsync(to, from, bytes, toDevice ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost,
                            stream));
  THC_CHECK(cudaStreamSynchronize(stream));
  THC_raiseFault();
}

void THC_copyAsync(THCState *state, THAnyTensor *r, THAnyTensor *src)
{
  (void)state;
  int64_t n = THAnyTensor_nElement(r);
  THArgCheck(THAnyTensor_isContiguous(r) && THAnyTensor_isContiguous(src), 3,
             "copyAsync: both tensors must be contiguous");
  THArgCheck(n == THAnyTensor_nElement(src), 3, "copyAsync: inconsistent tensor size, %s into %s",
             THAnyTensor_sizeDesc(src).str, THAnyTensor_sizeDesc(r).str);
  THArgCheck(THType_element((THType)r->type) == THType_element((THType)src->type), 3,
             "copyAsync: a %sTensor cannot be copied into a %sTensor without conversion",
             THType_name((THType)src->type), THType_name((THType)r->type));
  if (n == 0) return;
  int to = r->storage->device, from = src->storage->device;
  THArgCheck((to == 0) != (from == 0), 3, "copyAsync: one tensor must be on the CPU, the other on a GPU");
  TH_ON_DEVICE(to ? to : from);
  THC_CHECK(cudaMemcpyAsync(THAnyTensor_data(r), THAnyTensor_data(src),
                            (size_t)n * THType_size((THType)r->type),
                            to ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost, THC_stream()));
}
