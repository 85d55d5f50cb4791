// The state of the GPUs: which one and which stream is current, scratch memory, random numbers; and
// the table by which TH reaches all of it.
#include "THCState.h"
#include <atomic>
#include <cstring>
#include <new>
#include <random>
#include "THCKernels.h"

static THCState *the_state;
static thread_local int current_stream;

THCState *THC_state() { return the_state; }

int THC_device(void)
{
  int device;
  THC_CHECK(cudaGetDevice(&device));
  return device;
}

cudaStream_t THC_stream(void) { return THCState_getCurrentStream(the_state); }

void THC_wait(void)
{
  THC_checkRecording();
  THC_CHECK(cudaStreamSynchronize(THC_stream()));
  THC_raiseFault();
}

// Into pageable memory the copy itself waits; what is page-locked needs the second call.
void THC_toHost(void *to, const void *from, size_t bytes)
{
  THC_checkRecording();
  cudaStream_t stream = THC_stream();
  THC_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream));
  THC_CHECK(cudaStreamSynchronize(stream));
  THC_raiseFault();
}

// ---- faults that kernels found ----

static THCFault *the_fault;
THCFault *THC_fault(void) { return the_fault; }

static THCFault *new_fault()
{
  void *memory;
  THC_CHECK(cudaHostAlloc(&memory, sizeof(THCFault), cudaHostAllocPortable | cudaHostAllocMapped));
  return new (memory) THCFault();
}

void THC_raiseFault(void)
{
  if (!the_fault || __atomic_load_n(&the_fault->state, __ATOMIC_ACQUIRE) != 2) return;
  const THCFault f = *the_fault;
  __atomic_store_n(&the_fault->state, 0, __ATOMIC_RELEASE);
  static const char where[] = "element %lld, in a call before this one; with THC_SYNC=1 in the environment that call raises it";
  char text[sizeof where + 32];
  snprintf(text, sizeof text, where, (long long)(f.at + TH_INDEX_BASE));
  if (f.limit < 0) THError("%s: Mask tensor can take 0 and 1 values only, got %lld: %s", f.op, (long long)f.value, text);
  THError("%s: index %lld out of range, expected %d to %lld: %s", f.op, (long long)f.value, TH_INDEX_BASE,
          (long long)(f.limit - 1 + TH_INDEX_BASE), text);
}

static bool checks_later(void) { return !THCLaunch_synchronous(); }

// The place stays where it is: a map does not move its entries.
static Scratch &scratch_of(GPU &gpu, cudaStream_t stream)
{
  std::lock_guard<std::mutex> lock(the_state->mutex);
  return gpu.scratch[stream];
}

// Freed blocks go back to the stream that they were made for, so growing needs no waiting.
void *THC_scratch(size_t bytes)
{
  cudaStream_t stream = THC_stream();
  Scratch &scratch = scratch_of(the_state->gpu[(size_t)THC_device()], stream);
  if (scratch.bytes < bytes) {
    if (scratch.data) THC_free(scratch.data);
    scratch = Scratch();
    size_t room = THMax(bytes, (size_t)1 << 16);
    scratch.data = THC_malloc((ptrdiff_t)room);
    scratch.bytes = room;
  }
  return scratch.data;
}

static const size_t kept_scratch = 1 << 20;
void *THCState_getCurrentDeviceScratchSpace(THCState *state) { return (void)state, THC_scratch(kept_scratch); }
size_t THCState_getCurrentDeviceScratchSpaceSize(THCState *state) { return (void)state, kept_scratch; }

// ---- life ----

static uint64_t system_seed()
{
  std::random_device device;
  return ((uint64_t)device() << 32 | device()) & ((1ull << 53) - 1); // a Lua number holds it
}

static int count_devices()
{
  int n = 0;
  cudaError_t error = cudaGetDeviceCount(&n);
  if (error != cudaSuccess || n == 0) {
    (void)cudaGetLastError();
    THError("no GPU that CUDA can use (%s); THC=simt runs GPU programs in the simulator",
            error == cudaSuccess ? "none is there" : cudaGetErrorString(error));
  }
  return n;
}

static void enable_peers(int n)
{
  for (int d = 0; d < n; d++)
    for (int e = 0; e < n; e++) {
      int can = 0;
      if (d == e || cudaDeviceCanAccessPeer(&can, d, e) != cudaSuccess || !can) continue;
      THCState_setPeerToPeerAccess(the_state, d, e, 1);
    }
}

static const THDevice device_table = {
#ifdef THC_SIMT
  "the simulator",
#else
  "CUDA",
#endif
  THC_currentDevice, THC_selectDevice, THC_storageAllocator, THC_transfer, THC_allowance, THC_run, THC_fused,
  THC_reduceAll, THC_reduceDim, THC_extremum, THC_scan, THC_order, THC_variance,
  THC_varianceAll, THC_histogram, THC_dot, checks_later, THC_checkMask, THC_gather, THC_scatter, THC_scatterFill, THC_nonzero,
  THC_clearTriangle, THC_progression, THC_points, THC_match, THC_convolve, THC_lapack, THC_gemm, THC_random, THC_draw};

const char *THC_platform(void) { return device_table.name; }

THCState *THCState_alloc(void)
{
  static std::mutex lock; // states of Lua in several threads may be the first to ask
  std::lock_guard<std::mutex> guard(lock);
  if (the_state) return the_state;
  int n = count_devices();
  the_state = new THCState();
  the_state->gpu.resize((size_t)n);
  for (GPU &gpu : the_state->gpu) {
    gpu.stream.push_back(nullptr);
    gpu.seed = system_seed();
  }
  the_fault = new_fault();
  TH_device = &device_table;
  enable_peers(n);
  return the_state;
}

void THCState_free(THCState *state)
{
  if (!state) return;
  int before = THC_device();
  for (size_t d = 0; d < state->gpu.size(); d++) {
    THC_CHECK(cudaSetDevice((int)d));
    for (auto &entry : state->gpu[d].scratch) THC_free(entry.second.data);
    state->gpu[d].scratch.clear();
    for (size_t s = 1; s < state->gpu[d].stream.size(); s++)
      THC_CHECK(cudaStreamDestroy(state->gpu[d].stream[s]));
    state->gpu[d].stream.resize(1);
  }
  THC_CHECK(cudaSetDevice(before));
  THC_releaseCached(state);
}

void THCudaInit(THCState *state) { (void)state; }
void THCudaShutdown(THCState *state) { THCState_free(state); }

THHalf THC_float2half(float a) { return TH_float2half(a); }
float THC_half2float(THHalf a) { return TH_half2float(a); }

void __THCudaCheck(int error, const char *file, int line)
{
  THCLaunch_check((cudaError_t)error, "THCudaCheck", file, line);
}

// ---- GPUs ----

static void check_device(THCState *state, int device)
{
  if (device < 0 || (size_t)device >= state->gpu.size())
    THError("GPU %d out of range, there are %d", device + TH_INDEX_BASE, (int)state->gpu.size());
}

int THCState_getNumDevices(THCState *state) { return (int)state->gpu.size(); }
int THC_getDevice(THCState *state) { return (void)state, THC_device(); }

void THC_setDevice(THCState *state, int device)
{
  check_device(state, device);
  THC_CHECK(cudaSetDevice(device));
}

int THC_currentDevice(void) { return THC_device() + 1; }

int THC_selectDevice(int device)
{
  int before = THC_currentDevice();
  THC_setDevice(the_state, device - 1);
  return before;
}

void THC_synchronize(THCState *state)
{
  (void)state;
  THC_checkRecording();
  THC_CHECK(cudaDeviceSynchronize());
  THC_raiseFault();
}

void THC_memory(THCState *state, int device, size_t *free_, size_t *total)
{
  check_device(state, device);
  TH_ON_DEVICE(device + 1);
  THC_CHECK(cudaMemGetInfo(free_, total));
  *free_ += (size_t)THC_memoryStats(state, device).cached;
}

void THC_describe(THCState *state, int device, char *name, size_t room, int *capability,
                  int *processors)
{
  check_device(state, device);
  cudaDeviceProp properties;
  THC_CHECK(cudaGetDeviceProperties(&properties, device));
  snprintf(name, room, "%s", properties.name);
  *capability = 10 * properties.major + properties.minor;
  *processors = properties.multiProcessorCount;
}

int THC_property(THCState *state, int device, int i, const char **name, int *value)
{
  static const struct {
    const char *name;
    cudaDeviceAttr attribute;
  } list[] = {{"canMapHostMemory", cudaDevAttrCanMapHostMemory},
              {"clockRate", cudaDevAttrClockRate},
              {"computeMode", cudaDevAttrComputeMode},
              {"deviceOverlap", cudaDevAttrGpuOverlap},
              {"integrated", cudaDevAttrIntegrated},
              {"kernelExecTimeoutEnabled", cudaDevAttrKernelExecTimeout},
              {"major", cudaDevAttrComputeCapabilityMajor},
              {"minor", cudaDevAttrComputeCapabilityMinor},
              {"maxThreadsPerBlock", cudaDevAttrMaxThreadsPerBlock},
              {"multiProcessorCount", cudaDevAttrMultiProcessorCount},
              {"sharedMemPerBlock", cudaDevAttrMaxSharedMemoryPerBlock},
              {"memoryClockRate", cudaDevAttrMemoryClockRate},
              {"memoryBusWidth", cudaDevAttrGlobalMemoryBusWidth},
              {"l2CacheSize", cudaDevAttrL2CacheSize},
              {"warpSize", cudaDevAttrWarpSize}};
  check_device(state, device);
  if (i < 0 || i >= (int)(sizeof list / sizeof *list)) return 0;
  *name = list[i].name;
  THC_CHECK(cudaDeviceGetAttribute(value, list[i].attribute, device));
  return 1;
}

// Kept for the process: callers hold the pointer.
cudaDeviceProp *THCState_getCurrentDeviceProperties(THCState *state)
{
  int device = THC_device();
  std::lock_guard<std::mutex> lock(state->mutex);
  std::unique_ptr<cudaDeviceProp> &kept = state->gpu[(size_t)device].properties;
  if (!kept) {
    std::unique_ptr<cudaDeviceProp> properties(new cudaDeviceProp());
    THC_CHECK(cudaGetDeviceProperties(properties.get(), device));
    kept = std::move(properties);
  }
  return kept.get();
}

static int capability(THCState *state)
{
  const cudaDeviceProp *properties = THCState_getCurrentDeviceProperties(state);
  return 10 * properties->major + properties->minor;
}

int THC_nativeHalfInstructions(THCState *state) { return capability(state) >= 53; }
int THC_fastHalfInstructions(THCState *state)
{
  return capability(state) >= 60 && capability(state) != 61; // 6.1 has few half units
}

void THC_versions(int *runtime, int *driver)
{
  THC_CHECK(cudaRuntimeGetVersion(runtime));
  THC_CHECK(cudaDriverGetVersion(driver));
}

int THCState_getPeerToPeerAccess(THCState *state, int dev, int devToAccess)
{
  check_device(state, dev);
  check_device(state, devToAccess);
  return dev == devToAccess || state->gpu[(size_t)dev].peers.count(devToAccess) > 0;
}

void THCState_setPeerToPeerAccess(THCState *state, int dev, int devToAccess, int enable)
{
  check_device(state, dev);
  check_device(state, devToAccess);
  std::set<int> &peers = state->gpu[(size_t)dev].peers;
  if (dev == devToAccess || (peers.count(devToAccess) > 0) == (enable != 0)) return;
  TH_ON_DEVICE(dev + 1);
  if (enable) {
    cudaError_t error = cudaDeviceEnablePeerAccess(devToAccess, 0);
    if (error == cudaErrorPeerAccessAlreadyEnabled) (void)cudaGetLastError();
    else THC_CHECK(error);
    peers.insert(devToAccess);
  } else {
    peers.erase(devToAccess); // the mapping itself stays: others may use it
  }
}

int THCState_getKernelPeerToPeerAccessEnabled(THCState *state) { return (void)state, 0; }
void THCState_setKernelPeerToPeerAccessEnabled(THCState *state, int enable)
{
  (void)state;
  if (enable) THError("operations take tensors of the current GPU only; copy what is elsewhere");
}

// ---- handles, by number ----

static std::atomic<int> blas_handles{1};
static thread_local int blas_handle = 1;

void THCState_reserveBlasHandles(THCState *state, int numHandles)
{
  (void)state;
  blas_handles = THMax((int)blas_handles, numHandles);
}
int THCState_getNumBlasHandles(THCState *state) { return (void)state, blas_handles; }
int THCState_getCurrentBlasHandleIndex(THCState *state) { return (void)state, blas_handle; }
void THCState_setCurrentBlasHandleIndex(THCState *state, int handle)
{
  (void)state;
  if (handle < 1 || handle > blas_handles)
    THError("%d is not a valid handle, valid range is: (1, %d)", handle, (int)blas_handles);
  blas_handle = handle;
}
cublasContext *THCState_getDeviceBlasHandle(THCState *state, int device, int handle)
{
  check_device(state, device);
  if (handle < 1 || handle > blas_handles)
    THError("%d is not a valid handle, valid range is: (1, %d)", handle, (int)blas_handles);
  TH_ON_DEVICE(device + 1);
  return THCState_getCurrentBlasHandle(state);
}

// ---- streams ----

static cudaStream_t stream_of(THCState *state, int device, int stream)
{
  check_device(state, device);
  std::lock_guard<std::mutex> lock(state->mutex);
  const std::vector<cudaStream_t> &streams = state->gpu[(size_t)device].stream;
  if (stream < 0 || (size_t)stream >= streams.size())
    THError("%d is not a valid stream, valid range is: (0, %d)", stream, (int)streams.size() - 1);
  return streams[(size_t)stream];
}

void THCState_reserveStreams(THCState *state, int numStreams, int nonBlocking)
{
  for (int d = 0; d < THCState_getNumDevices(state); d++) {
    TH_ON_DEVICE(d + 1);
    std::lock_guard<std::mutex> lock(state->mutex);
    while ((int)state->gpu[(size_t)d].stream.size() <= numStreams) {
      cudaStream_t stream;
      THC_CHECK(cudaStreamCreateWithFlags(&stream, nonBlocking ? cudaStreamNonBlocking : cudaStreamDefault));
      state->gpu[(size_t)d].stream.push_back(stream);
    }
  }
}

int THC_findStream(int device, cudaStream_t stream)
{
  check_device(the_state, device);
  std::lock_guard<std::mutex> lock(the_state->mutex);
  const std::vector<cudaStream_t> &streams = the_state->gpu[(size_t)device].stream;
  for (size_t i = 0; i < streams.size(); i++)
    if (streams[i] == stream) return (int)i;
  return -1;
}

// An index is the same on every GPU: the others get streams of their own for it.
int THC_addStream(int device, cudaStream_t stream)
{
  int index = THCState_getNumStreams(the_state) + 1;
  THCState_reserveStreams(the_state, index, 0);
  std::lock_guard<std::mutex> lock(the_state->mutex);
  cudaStream_t &place = the_state->gpu[(size_t)device].stream[(size_t)index];
  TH_ON_DEVICE(device + 1);
  THC_CHECK(cudaStreamDestroy(place));
  place = stream;
  return index;
}

int THCState_getNumStreams(THCState *state) { return (int)state->gpu[0].stream.size() - 1; }
int THCState_getCurrentStreamIndex(THCState *state) { return (void)state, current_stream; }

void THCState_setCurrentStreamIndex(THCState *state, int stream)
{
  stream_of(state, 0, stream);
  current_stream = stream;
}

cudaStream_t THCState_getDeviceStream(THCState *state, int device, int stream)
{
  return stream_of(state, device, stream);
}

cudaStream_t THCState_getCurrentStream(THCState *state)
{
  if (cudaStream_t own = THC_graphStream()) return own;
  return current_stream == 0 ? nullptr : stream_of(state, THC_device(), current_stream);
}

cudaStream_t THCState_getCurrentStreamOnDevice(THCState *state, int device)
{
  return stream_of(state, device, current_stream);
}

void THC_streamSynchronize(THCState *state, int device, int stream)
{
  THC_checkRecording();
  THC_CHECK(cudaStreamSynchronize(stream_of(state, device, stream)));
  THC_raiseFault();
}

void THC_orderStreams(int first_device, cudaStream_t first, int then_device, cudaStream_t then)
{
  if (first == then && first_device == then_device) return;
  cudaEvent_t event;
  {
    TH_ON_DEVICE(first_device);
    THC_CHECK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    THC_CHECK(cudaEventRecord(event, first));
  }
  TH_ON_DEVICE(then_device);
  THC_CHECK(cudaStreamWaitEvent(then, event, 0));
  THC_CHECK(cudaEventDestroy(event)); // CUDA keeps it until it has happened
}

void THC_streamWaitFor(THCState *state, int waitingDevice, int waiting, int device, int stream)
{
  THC_orderStreams(device + 1, stream_of(state, device, stream), waitingDevice + 1,
                   stream_of(state, waitingDevice, waiting));
}

// ---- events ----

struct THCEvent {
  cudaEvent_t event;
};

THCEvent *THCEvent_new(THCState *state)
{
  (void)state;
  cudaEvent_t event;
  THC_CHECK(cudaEventCreateWithFlags(&event, cudaEventDefault));
  THC_CHECK(cudaEventRecord(event, THC_stream()));
  return new THCEvent{event};
}

void THCEvent_free(THCEvent *event)
{
  if (!event) return;
  (void)cudaEventDestroy(event->event); // the process may be ending
  delete event;
}

void THCEvent_waitOn(THCState *state, THCEvent *event)
{
  (void)state;
  THC_CHECK(cudaStreamWaitEvent(THC_stream(), event->event, 0));
}

void THCEvent_synchronize(THCEvent *event)
{
  THC_checkRecording();
  THC_CHECK(cudaEventSynchronize(event->event));
  THC_raiseFault();
}

int THCEvent_query(THCEvent *event)
{
  cudaError_t error = cudaEventQuery(event->event);
  if (error == cudaErrorNotReady) (void)cudaGetLastError(); // an answer; the next launch must not find it
  else THC_CHECK(error);
  return error == cudaSuccess;
}

double THCEvent_elapsed(THCEvent *from, THCEvent *to)
{
  float ms = 0;
  THC_CHECK(cudaEventElapsedTime(&ms, from->event, to->event));
  return ms;
}

// ---- random numbers ----

static GPU &current_gpu() { return the_state->gpu[(size_t)THC_device()]; }

THCRandomBase THC_takeRandom(uint64_t n)
{
  THCRandomBase base = {0, 0, nullptr};
  if (THC_recordedRandom(n, &base)) return base;
  std::lock_guard<std::mutex> lock(the_state->mutex);
  GPU &gpu = current_gpu();
  base.seed = gpu.seed;
  base.counter = gpu.counter;
  gpu.counter += n;
  return base;
}

static void set_random(GPU &gpu, uint64_t seed, uint64_t counter)
{
  std::lock_guard<std::mutex> lock(the_state->mutex);
  gpu.seed = seed;
  gpu.counter = counter;
}

void THCRandom_manualSeed(THCState *state, uint64_t seed) { (void)state, set_random(current_gpu(), seed, 0); }

void THCRandom_manualSeedAll(THCState *state, uint64_t seed)
{
  for (GPU &gpu : state->gpu) set_random(gpu, seed, 0);
}

uint64_t THCRandom_seed(THCState *state)
{
  uint64_t seed = system_seed();
  THCRandom_manualSeed(state, seed);
  return seed;
}

uint64_t THCRandom_seedAll(THCState *state)
{
  uint64_t seed = system_seed();
  THCRandom_manualSeedAll(state, seed);
  return seed;
}

uint64_t THCRandom_initialSeed(THCState *state) { return (void)state, current_gpu().seed; }

enum { RNG_STATE_BYTES = 16 };

void THCRandom_getRNGState(THCState *state, THByteTensor *r_)
{
  (void)state;
  THByteTensor_resize1d(r_, RNG_STATE_BYTES);
  THArgCheck(THByteTensor_isContiguous(r_), 2, "getRNGState: a contiguous tensor expected");
  uint64_t values[2] = {current_gpu().seed, current_gpu().counter};
  memcpy(THByteTensor_data(r_), values, sizeof values);
}

void THCRandom_setRNGState(THCState *state, THByteTensor *src)
{
  (void)state;
  THArgCheck(THByteTensor_nElement(src) == RNG_STATE_BYTES && THByteTensor_isContiguous(src), 2,
             "setRNGState: a contiguous tensor of %d bytes expected, got %lld", RNG_STATE_BYTES,
             (long long)THByteTensor_nElement(src));
  uint64_t values[2];
  memcpy(values, THByteTensor_data(src), sizeof values);
  set_random(current_gpu(), values[0], values[1]);
}
