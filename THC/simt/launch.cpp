// A launch: its checks, the blocks one after another, shared memory.
#include "simt_internal.h"
#include "include/simt_device.h"
#include <cstring>
#include <numeric>
#include <string>
#ifdef SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <cstdio>
#endif

Running simt_running;

// ---- dynamic shared memory ----

enum { SHARED_GUARD = 256 };
alignas(256) static char shared[SHARED_GUARD + SIMT_SHARED_BYTES + SHARED_GUARD];
static char *const shared_data = shared + SHARED_GUARD;

static void begin_shared(size_t size)
{
  simt_fill_junk(shared_data - SIMT_GUARD, size + 2 * SIMT_GUARD);
}

static void poison_shared(size_t size)
{
#ifdef SIMT_ASAN
  ASAN_POISON_MEMORY_REGION(shared, sizeof shared);
  ASAN_UNPOISON_MEMORY_REGION(shared_data, size);
#else
  (void)size;
#endif
}

// False after a report.
static bool check_shared(size_t size)
{
  size_t before = simt_first_not_junk(shared_data - SIMT_GUARD, SIMT_GUARD);
  size_t behind = simt_first_not_junk(shared_data + size, SIMT_GUARD);
  if (before == SIMT_GUARD && behind == SIMT_GUARD) return true;
  simt_report(
      THC_SIMT_OUT_OF_BOUNDS,
      "write out of bounds: byte %zu %s the %zu bytes of dynamic shared memory was overwritten",
      before < SIMT_GUARD ? SIMT_GUARD - before : behind,
      before < SIMT_GUARD ? "before" : "behind the end of", size);
  return false;
}

// ---- blocks ----

// Block number i of n: i, n-1-i, or a random walk that meets each once.
struct BlockOrder {
  uint64_t n, step = 1, offset = 0;
  explicit BlockOrder(uint64_t blocks) : n(blocks)
  {
    if (simt_order.kind == Order::REVERSE) {
      step = n - 1;
      offset = n - 1;
    } else if (simt_order.kind == Order::SHUFFLED) {
      offset = simt_random() % n;
      do step = 1 + simt_random() % n;
      while (std::gcd(step, n) != 1);
    }
  }
  uint64_t next() // offset, offset + step, ... modulo n
  {
    uint64_t block = offset;
    offset = (offset + step) % n;
    return block;
  }
};

static void run_blocks(const thc_simt_config &c, const thc_simt_call &call)
{
  static unsigned long serial;
  gridDim = c.grid;
  simt_set_block_shape(c.block);
  thc_simt_now.dynamic_shared = shared_data;
  poison_shared(c.shared);
  uint64_t blocks = (uint64_t)c.grid.x * c.grid.y * c.grid.z;
  BlockOrder order(blocks);
  for (uint64_t i = 0; i < blocks; i++) {
    uint64_t b = order.next();
    blockIdx = {(unsigned)(b % c.grid.x), (unsigned)(b / c.grid.x % c.grid.y),
                (unsigned)(b / c.grid.x / c.grid.y)};
    thc_simt_now.serial = ++serial;
    begin_shared(c.shared);
    simt_running.in_block = true;
    bool done = simt_run_block(call);
    if (!done || !check_shared(c.shared)) break;
  }
  simt_running.in_block = false;
  thc_simt_now.serial = 0;
}

#ifdef SIMT_ASAN
// AddressSanitizer has found an error: adds where in the grid that was.
static void name_kernel(const char *)
{
  if (simt_running.what && simt_running.in_block)
    fprintf(stderr,
            "THC simulator: in kernel %s (launched at %s:%d), device %d, block (%u,%u,%u), thread "
            "(%u,%u,%u)\n",
            simt_running.what, simt_running.file, simt_running.line, simt_running.device->id,
            blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
}
#endif

static void run_kernel(Device &device, const thc_simt_config &c, const std::string &name,
                       const thc_simt_call &call)
{
  if (device.sticky) return;
#ifdef SIMT_ASAN
  __asan_set_error_report_callback(name_kernel);
#endif
  simt_signals_thread();
  Running before = simt_running;
  simt_running = {name.c_str(), c.site.file, c.site.line, &device, false};
  {
    Open open(device.peers);
    run_blocks(c, call);
    simt_check_guards(device);
  }
  simt_running = before;
}

// ---- checks ----

static cudaError_t check(const thc_simt_config &c)
{
  const dim3 &g = c.grid, &b = c.block;
  if (!simt_stream_valid(c.stream) || &simt_stream_device(c.stream) != &simt_device())
    return cudaErrorInvalidResourceHandle;
  if (!g.x || !g.y || !g.z || !b.x || !b.y || !b.z || g.x > 2147483647 || g.y > 65535 ||
      g.z > 65535 || b.x > 1024 || b.y > 1024 || b.z > 64 ||
      (uint64_t)b.x * b.y * b.z > THC_SIMT_MAX_THREADS)
    return cudaErrorInvalidConfiguration;
  return c.shared > SIMT_SHARED_BYTES ? cudaErrorInvalidValue : cudaSuccess;
}

// "(scale<float>)", as templates are written in THC_LAUNCH, without its parentheses
static std::string plain_name(const char *kernel)
{
  std::string name = kernel;
  if (name.size() > 2 && name.front() == '(' && name.back() == ')')
    name = name.substr(1, name.size() - 2);
  return name;
}

void thc_simt_submit(const thc_simt_config &config, const thc_simt_call &call)
{
  Call api;
  if (api.error) return;
  if (cudaError_t error = simt_running.what ? cudaErrorNotSupported : check(config)) {
    simt_error(error);
    return;
  }
  Device &device = simt_device();
  const bool now = !config.stream || config.stream == cudaStreamLegacy || !simt_settings.lazy;
  if (now && !simt_capturing(config.stream)) {
    simt_drain(config.stream);
    run_kernel(device, config, plain_name(config.site.kernel), call);
    return;
  }
  std::shared_ptr<thc_simt_call> kept(call.clone());
  simt_enqueue(config.stream,
               [=, &device] { run_kernel(device, config, plain_name(config.site.kernel), *kept); });
}
