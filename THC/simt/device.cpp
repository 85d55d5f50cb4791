// Settings, devices, errors.
#include "simt_internal.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

Settings simt_settings;
std::vector<Device> &simt_devices = *new std::vector<Device>;

static thread_local int current_device;
static thread_local cudaError_t last_error;
size_t simt_waits;
static const char *bad_setting; // a variable of the environment that has no such value

// ---- start ----

static long read_number(const char *name, long least, long most, long otherwise)
{
  const char *text = getenv(name);
  if (!text) return otherwise;
  char *end;
  long n = strtol(text, &end, 10);
  if (*text && !*end && n >= least && n <= most) return n;
  bad_setting = name;
  fprintf(stderr, "THC simulator: %s=%s: expected a number from %ld to %ld\n", name, text, least,
          most);
  return otherwise;
}

// The index of the variable's value among `choices`, 0 if it is not set.
static int read_choice(const char *name, const char *const *choices, int n)
{
  const char *text = getenv(name);
  if (!text) return 0;
  for (int i = 0; i < n; i++)
    if (strcmp(text, choices[i]) == 0) return i;
  bad_setting = name;
  fprintf(stderr, "THC simulator: %s=%s: expected", name, text);
  for (int i = 0; i < n; i++) fprintf(stderr, "%s %s", i ? " or" : "", choices[i]);
  fprintf(stderr, "\n");
  return 0;
}

static void read_order()
{
  const char *text = getenv("THC_SIMT_ORDER");
  if (!text || simt_parse_order(text, &simt_order)) return;
  bad_setting = "THC_SIMT_ORDER";
  fprintf(stderr,
          "THC simulator: THC_SIMT_ORDER=%s: expected forward or reverse or shuffled[:seed]\n",
          text);
}

static void start()
{
  static const char *const when[] = {"lazy", "eager"}, *const how[] = {"keys", "pages", "off"};
  simt_settings.devices = (int)read_number("THC_SIMT_DEVICES", 0, SIMT_MAX_DEVICES, 1);
  simt_settings.memory = (size_t)read_number("THC_SIMT_MEMORY", 1, 1 << 20, 2048) << 20;
  simt_settings.lazy = read_choice("THC_SIMT_STREAMS", when, 2) == 0;
  simt_settings.protect = (Settings::Protect)read_choice("THC_SIMT_PROTECT", how, 3);
  read_order();
  simt_devices.resize((size_t)simt_settings.devices);
  for (int i = 0; i < simt_settings.devices; i++) {
    simt_devices[(size_t)i].id = i;
    simt_devices[(size_t)i].limit = simt_settings.memory;
    simt_devices[(size_t)i].peers = 1u << i;
  }
  simt_protect_start();
  simt_signals_start();
}

Device &simt_device() { return simt_devices[(size_t)current_device]; }

// Never destroyed: threads may still call while the process ends.
static std::recursive_mutex &the_lock()
{
  static std::recursive_mutex *lock = new std::recursive_mutex;
  return *lock;
}

Call::Call() : lock(the_lock()), error(cudaSuccess)
{
  static bool started;
  if (!started) {
    started = true;
    start();
  }
  if (bad_setting) error = cudaErrorInitializationError;
  else if (simt_devices.empty()) error = cudaErrorNoDevice;
  else error = simt_device().sticky;
  if (error) last_error = error;
}

size_t thc_simt_waits(void)
{
  Call call;
  return simt_waits;
}

// ---- errors ----

cudaError_t simt_error(cudaError_t error) { return last_error = error; }

cudaError_t cudaPeekAtLastError(void)
{
  Call call;
  return last_error;
}
cudaError_t cudaGetLastError(void)
{
  Call call; // renews an error that sticks
  cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}
const char *cudaGetErrorName(cudaError_t error)
{
  switch (error) {
#define X(name, number, text)                                                                      \
  case name: return #name;
    THC_SIMT_ERRORS(X)
#undef X
  }
  return "unrecognized error code";
}
const char *cudaGetErrorString(cudaError_t error)
{
  switch (error) {
#define X(name, number, text)                                                                      \
  case name: return text;
    THC_SIMT_ERRORS(X)
#undef X
  }
  return "unrecognized error code";
}

// ---- devices ----

static bool is_device(int device) { return device >= 0 && device < (int)simt_devices.size(); }

cudaError_t cudaGetDeviceCount(int *count)
{
  Call call;
  if (!count) return simt_error(cudaErrorInvalidValue);
  *count = (int)simt_devices.size();
  if (call.error == cudaErrorNoDevice || call.error == cudaErrorInitializationError)
    return call.error;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  if (!device) return simt_error(cudaErrorInvalidValue);
  *device = current_device;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  if (!is_device(device)) return simt_error(cudaErrorInvalidDevice);
  current_device = device;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
  Call call;
  if (call.error) return call.error;
  if (cudaError_t error = simt_check_wait_device(simt_device())) return error;
  simt_waits++;
  simt_drain_device(simt_device(), true);
  return simt_device().sticky ? simt_error(simt_device().sticky) : cudaSuccess;
}

cudaError_t cudaDeviceReset(void)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  Device &device = simt_device();
  if (!device.sticky) simt_drain_device(device, true);
  simt_forget_streams(device);
  simt_free_all(device);
  device.peers = 1u << device.id;
  device.sticky = last_error = cudaSuccess;
  return cudaSuccess;
}

// Enough that kernels which size their grid by it give a thread few elements: one that strides far
// through memory is slower than several threads.
enum { MULTIPROCESSORS = 64, CLOCK_KHZ = 1000000, MAJOR = 9, MINOR = 0 };

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *p, int device)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  if (!p) return simt_error(cudaErrorInvalidValue);
  if (!is_device(device)) return simt_error(cudaErrorInvalidDevice);
  *p = {};
  snprintf(p->name, sizeof p->name, "THC simulator (CPU)");
  memcpy(p->uuid.bytes, &device, sizeof device);
  p->totalGlobalMem = simt_devices[(size_t)device].limit;
  p->sharedMemPerBlock = p->sharedMemPerMultiprocessor = SIMT_SHARED_BYTES;
  p->sharedMemPerBlockOptin = SIMT_SHARED_BYTES;
  p->regsPerBlock = p->regsPerMultiprocessor = 65536;
  p->warpSize = warpSize;
  p->memPitch = 2147483647;
  p->maxThreadsPerBlock = p->maxThreadsPerMultiProcessor = THC_SIMT_MAX_THREADS;
  p->maxThreadsDim[0] = p->maxThreadsDim[1] = THC_SIMT_MAX_THREADS;
  p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = 2147483647;
  p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->totalConstMem = 65536;
  p->major = MAJOR;
  p->minor = MINOR;
  p->textureAlignment = 512;
  p->multiProcessorCount = MULTIPROCESSORS;
  p->canMapHostMemory = p->unifiedAddressing = p->managedMemory = 1;
  p->concurrentKernels = 1;
  p->asyncEngineCount = 1;
  p->maxTexture1D = 131072;
  p->pciBusID = device;
  p->memoryBusWidth = 64;
  p->l2CacheSize = 1 << 20;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  if (!value) return simt_error(cudaErrorInvalidValue);
  if (!is_device(device)) return simt_error(cudaErrorInvalidDevice);
  switch (attribute) {
  case cudaDevAttrMaxThreadsPerBlock:
  case cudaDevAttrMaxThreadsPerMultiProcessor: *value = THC_SIMT_MAX_THREADS; break;
  case cudaDevAttrMaxSharedMemoryPerBlock: *value = SIMT_SHARED_BYTES; break;
  case cudaDevAttrWarpSize: *value = warpSize; break;
  case cudaDevAttrClockRate:
  case cudaDevAttrMemoryClockRate: *value = CLOCK_KHZ; break;
  case cudaDevAttrMultiProcessorCount: *value = MULTIPROCESSORS; break;
  case cudaDevAttrCanMapHostMemory:
  case cudaDevAttrGpuOverlap:
  case cudaDevAttrManagedMemory: *value = 1; break;
  case cudaDevAttrKernelExecTimeout:
  case cudaDevAttrIntegrated:
  case cudaDevAttrComputeMode: *value = 0; break;
  case cudaDevAttrGlobalMemoryBusWidth: *value = 64; break;
  case cudaDevAttrL2CacheSize: *value = 1 << 20; break;
  case cudaDevAttrMaxTexture1DLinearWidth: *value = 1 << 27; break;
  case cudaDevAttrComputeCapabilityMajor: *value = MAJOR; break;
  case cudaDevAttrComputeCapabilityMinor: *value = MINOR; break;
  default: return simt_error(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer)
{
  Call call;
  if (simt_devices.empty()) return call.error;
  if (!can) return simt_error(cudaErrorInvalidValue);
  if (!is_device(device) || !is_device(peer)) return simt_error(cudaErrorInvalidDevice);
  *can = device != peer;
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  if (flags) return simt_error(cudaErrorInvalidValue);
  Device &device = simt_device();
  if (!is_device(peer) || peer == device.id) return simt_error(cudaErrorInvalidDevice);
  if (device.peers >> peer & 1) return simt_error(cudaErrorPeerAccessAlreadyEnabled);
  device.peers |= 1u << peer;
  return cudaSuccess;
}
cudaError_t cudaDeviceDisablePeerAccess(int peer)
{
  Call call;
  if (call.error) return call.error;
  Device &device = simt_device();
  if (!is_device(peer) || peer == device.id) return simt_error(cudaErrorInvalidDevice);
  if (!(device.peers >> peer & 1)) return simt_error(cudaErrorPeerAccessNotEnabled);
  device.peers &= ~(1u << peer);
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
  if (!version) return simt_error(cudaErrorInvalidValue);
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int *version) { return cudaRuntimeGetVersion(version); }
