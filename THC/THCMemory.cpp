// Memory of the host as GPUs see it, page-locked or shared, and moving bytes. THCAllocator.cpp has the GPUs' own.
#include "THCState.h"
#include <cstring>

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
