// Planted faults, each of which must be found: by a wrong result in some thread order, by a report,
// or by the death of the process with the right message.
#include "simt_test.h"
#include <algorithm>
#include <csignal>
#include <numeric>

// True when `test` gives a wrong result in at least one thread order.
static bool some_order_shows(const std::function<bool()> &correct)
{
  bool all = true;
  in_all_orders([&] { all = correct() && all; });
  return !all;
}

static void check_report(thc_simt_fault fault, const std::vector<const char *> &parts)
{
  ck_assert_msg(!Caught::faults.empty(), "the fault was not reported");
  ck_assert_int_eq(Caught::faults[0], fault);
  for (const char *part : parts) check_contains(Caught::text, part);
}

// The fault has spoilt the device, as in CUDA; the reset makes it usable.
static void check_sticky(cudaError_t error)
{
  ck_assert_int_eq(cudaDeviceSynchronize(), error);
  ck_assert_int_eq(cudaGetLastError(), error);
  ck_assert_int_eq(cudaGetLastError(), error);
  ck_assert_int_eq(cudaDeviceReset(), cudaSuccess);
  ck_assert_int_eq(cudaDeviceSynchronize(), cudaSuccess);
}

// Launches that are reported: THC_LAUNCH would raise the error at once.
#define LAUNCH(kernel, grid, block, shared, ...)                                                   \
  thc_simt_launcher({#kernel, "planted.cu", 7}, kernel, grid, block, shared, nullptr)(__VA_ARGS__)

// ---- barriers ----

template <bool barrier> __global__ void reverse_block(int *x)
{
  THC_SHARED(int, tile);
  tile[threadIdx.x] = x[threadIdx.x];
  if (barrier) __syncthreads();
  x[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

static bool reverses(void (*kernel)(int *))
{
  std::vector<int> x(64);
  std::iota(x.begin(), x.end(), 0);
  DeviceVector<int> d(x);
  THC_LAUNCH(kernel, 1, 64, 64 * sizeof(int), 0, d.data);
  std::reverse(x.begin(), x.end());
  return d.get() == x;
}

START_TEST(dropped_barrier)
{
  ck_assert(!some_order_shows([] { return reverses(reverse_block<true>); }));
  ck_assert(some_order_shows([] { return reverses(reverse_block<false>); }));
}
END_TEST

// The sum of a block in which one barrier of the tree is forgotten.
template <bool barrier> __global__ void tree_sum(int *r, const int *x)
{
  __shared__ int partial[64];
  unsigned i = threadIdx.x;
  partial[i] = x[i];
  __syncthreads();
  for (unsigned n = 32; n > 0; n /= 2) {
    if (i < n) partial[i] += partial[i + n];
    if (barrier || n != 16) __syncthreads();
  }
  if (i == 0) *r = partial[0];
}

static bool sums(void (*kernel)(int *, const int *))
{
  DeviceVector<int> x(std::vector<int>(64, 1)), r(1);
  THC_LAUNCH(kernel, 1, 64, 0, 0, r.data, x.data);
  return r.get()[0] == 64;
}

START_TEST(dropped_barrier_in_a_tree)
{
  ck_assert(!some_order_shows([] { return sums(tree_sum<true>); }));
  ck_assert(some_order_shows([] { return sums(tree_sum<false>); }));
}
END_TEST

__global__ void barrier_in_branch(int *x)
{
  if (threadIdx.x < 16) __syncthreads();
  x[threadIdx.x] = 1;
}

START_TEST(divergent_barrier)
{
  for (const char *order : all_orders) {
    DeviceVector<int> x(32);
    thc_simt_set_order(order);
    Caught caught;
    LAUNCH(barrier_in_branch, 2, 32, 0, x.data);
    check_report(THC_SIMT_DIVERGENT_BARRIER,
                 {"__syncthreads at ", "test_faults.cu:", "thread (16,0,0) has exited",
                  "kernel barrier_in_branch (launched at planted.cu:7), device 0, block (",
                  "thread (0,0,0)"});
    check_sticky(cudaErrorLaunchFailure);
    x.data = nullptr; // freed by the reset
  }
}
END_TEST

__global__ void two_barriers(int *x)
{
  if (threadIdx.x < 16) __syncthreads();
  else __syncthreads();
  x[threadIdx.x] = 1;
}

START_TEST(barriers_in_two_places)
{
  DeviceVector<int> x(32);
  Caught caught;
  LAUNCH(two_barriers, 1, 32, 0, x.data);
  check_report(THC_SIMT_DIVERGENT_BARRIER, {"thread (16,0,0) waits in __syncthreads at "});
  cudaDeviceReset();
  x.data = nullptr;
}
END_TEST

// ---- warps ----

__global__ void shuffle_of_half(int *x)
{
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_down_sync(0xffffffff, (int)threadIdx.x, 1);
}
__global__ void shuffle_of_others(int *x)
{
  x[threadIdx.x] = __shfl_xor_sync(0xffffu, (int)threadIdx.x, 1);
}
__global__ void shuffle_from_outside(int *x)
{
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_sync(0xffffu, (int)threadIdx.x, 20);
}
__global__ void shuffle_against_barrier(int *x)
{
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_down_sync(0xffffffff, (int)threadIdx.x, 1);
  else __syncthreads();
}

static void check_warp_fault(void (*kernel)(int *), unsigned block,
                             const std::vector<const char *> &parts)
{
  for (const char *order : all_orders) {
    DeviceVector<int> x(64);
    thc_simt_set_order(order);
    Caught caught;
    LAUNCH(kernel, 1, block, 0, x.data);
    check_report(THC_SIMT_DIVERGENT_BARRIER, parts);
    check_sticky(cudaErrorLaunchFailure);
    x.data = nullptr;
  }
}

START_TEST(shuffle_with_missing_lanes)
{
  check_warp_fault(shuffle_of_half, 32,
                   {"a shuffle of lanes 0xffffffff at ", "thread (16,0,0) has exited"});
  check_warp_fault(shuffle_of_half, 16, {"lane 16 of the mask is not in the block"});
  check_warp_fault(shuffle_of_others, 32, {"is not in its own mask 0x0000ffff"});
  check_warp_fault(shuffle_from_outside, 32, {"reads lane 20, which is not in the mask"});
  check_warp_fault(shuffle_against_barrier, 32, {"divergent"});
}
END_TEST

// ---- device memory ----

template <class T> __global__ void fill(T *x, int64_t n)
{
  for (int64_t i = threadIdx.x; i < n; i += blockDim.x) x[i] = 1;
}

// Runs in a child under AddressSanitizer, which ends the process.
static std::string report_of_write(const std::function<void()> &launch)
{
  if (address_sanitizer) {
    Death death([&] {
      launch();
      cudaDeviceSynchronize();
    });
    ck_assert_msg(death.failed(), "the write was not found");
    check_contains(death.text, "use-after-poison");
    check_contains(death.text, "kernel");
    return death.text;
  }
  Caught caught;
  launch();
  check_report(THC_SIMT_OUT_OF_BOUNDS, {"was overwritten"});
  check_sticky(cudaErrorIllegalAddress);
  return Caught::text;
}

START_TEST(off_by_one_store)
{
  for (size_t n : {1u, 3u, 100u, 4096u}) { // bytes: guards are exact to the byte
    char *x;
    THC_CHECK(cudaMalloc(&x, n));
    LAUNCH((fill<char>), 1, 32, 0, x, (int64_t)n);
    ck_assert_int_eq(cudaDeviceSynchronize(), cudaSuccess); // in bounds: nothing to report
    std::string text = report_of_write([=] { LAUNCH((fill<char>), 1, 32, 0, x, (int64_t)n + 1); });
    check_contains(text, "fill<char> (launched at planted.cu:7)");
    if (address_sanitizer) THC_CHECK(cudaFree(x));
    else
      check_contains(text,
                     "byte 0 behind the end of the " + std::to_string(n) + "-byte allocation");
  }
}
END_TEST

START_TEST(store_before_the_start)
{
  int *x;
  THC_CHECK(cudaMalloc(&x, 100));
  std::string text = report_of_write([=] { LAUNCH((fill<int>), 1, 32, 0, x - 1, 2); });
  if (!address_sanitizer) check_contains(text, "byte 4 before the 100-byte allocation");
}
END_TEST

__global__ void write_shared(int *x, int n)
{
  THC_SHARED(int, tile);
  tile[threadIdx.x] = n;
  x[threadIdx.x] = tile[threadIdx.x];
}

START_TEST(store_behind_shared_memory)
{
  int *x;
  THC_CHECK(cudaMalloc(&x, 128));
  report_of_write([=] { LAUNCH(write_shared, 1, 32, 31 * sizeof(int), x, 5); });
}
END_TEST

#if defined(__SANITIZE_ADDRESS__)
__global__ void write_fixed(int *x, int n)
{
  __shared__ int tile[31];
  int *volatile p = tile; // its size is hidden from the checks of array indices
  for (int i = 0; i < n; i++) p[i] = i;
  x[0] = tile[3];
}

START_TEST(store_behind_static_shared_memory)
{
  DeviceVector<int> x(1);
  THC_LAUNCH(write_fixed, 1, 1, 0, 0, x.data, 31);
  Death death([&] { THC_LAUNCH(write_fixed, 1, 1, 0, 0, x.data, 32); });
  ck_assert(death.failed());
  check_contains(death.text, "global-buffer-overflow");
  check_contains(death.text, "write_fixed");
}
END_TEST

// reads leave no trace: only AddressSanitizer sees them
__global__ void read_one(float *r, const float *x, int i) { *r = x[i]; }

START_TEST(off_by_one_read)
{
  DeviceVector<float> x(10), r(1);
  Death death([&] { THC_LAUNCH(read_one, 1, 1, 0, 0, r.data, x.data, 10); });
  ck_assert(death.failed());
  check_contains(death.text, "use-after-poison");
  check_contains(death.text, "in kernel read_one (launched at ");
}
END_TEST
#else
__global__ void touch(float *x) { x[threadIdx.x] += 1; }

static void check_bad_access(float *x, const std::vector<const char *> &parts)
{
  Caught caught;
  LAUNCH(touch, 1, 1, 0, x);
  check_report(THC_SIMT_BAD_ACCESS, parts);
  check_contains(Caught::text, "in kernel touch (launched at planted.cu:7)");
  check_sticky(cudaErrorIllegalAddress);
}

START_TEST(wild_access) // freed memory, no memory, another device's memory
{
  float *x;
  THC_CHECK(cudaMalloc(&x, 4));
  THC_CHECK(cudaFree(x));
  check_bad_access(x, {"freed memory"});
  check_bad_access(nullptr, {"not mapped"});
  THC_CHECK(cudaSetDevice(1));
  THC_CHECK(cudaMalloc(&x, 4));
  THC_CHECK(cudaSetDevice(0));
  check_bad_access(x, {"memory of device 1 without peer access"});
}
END_TEST
#endif

// ---- races and strides ----

template <bool safe> __global__ void histogram(int *r, const int *x)
{
  __shared__ int bin[4];
  if (threadIdx.x < 4) bin[threadIdx.x] = 0;
  __syncthreads();
  int *mine = &bin[x[threadIdx.x] % 4];
  if (safe) atomicAdd(mine, 1);
  else {
    int count = *mine;
    __syncwarp(); // the others of the warp read before this one writes
    *mine = count + 1;
  }
  __syncthreads();
  if (threadIdx.x < 4) r[threadIdx.x] = bin[threadIdx.x];
}
// Every thread passes its value on to its neighbour, in place.
template <bool safe> __global__ void rotate(int *x)
{
  __shared__ int ring[64];
  unsigned i = threadIdx.x;
  ring[i] = x[i];
  __syncthreads();
  int v = ring[(i + 1) % 64];
  if (safe) __syncthreads();
  ring[i] = v;
  __syncthreads();
  x[i] = ring[i];
}

START_TEST(race_on_shared_memory)
{
  std::vector<int> x(64), rotated(64);
  for (int i = 0; i < 64; i++) x[(size_t)i] = i, rotated[(size_t)i] = (i + 1) % 64;
  auto counts = [&](void (*kernel)(int *, const int *)) {
    DeviceVector<int> d(x), r(4);
    THC_LAUNCH(kernel, 1, 64, 0, 0, r.data, d.data);
    return r.get() == std::vector<int>(4, 16);
  };
  auto rotates = [&](void (*kernel)(int *)) {
    DeviceVector<int> d(x);
    THC_LAUNCH(kernel, 1, 64, 0, 0, d.data);
    return d.get() == rotated;
  };
  ck_assert(!some_order_shows([&] { return counts(histogram<true>); }));
  ck_assert(some_order_shows([&] { return counts(histogram<false>); }));
  ck_assert(!some_order_shows([&] { return rotates(rotate<true>); }));
  ck_assert(some_order_shows([&] { return rotates(rotate<false>); }));
}
END_TEST

template <bool strides> __global__ void copy_strided(float *r, const float *x, int rows, int stride)
{
  int i = (int)threadIdx.x;
  if (i < rows) r[i] = x[strides ? i * stride : i];
}

START_TEST(kernel_ignoring_strides) // against a reference on the host
{
  std::vector<float> x(30), column(10);
  std::iota(x.begin(), x.end(), 0.f);
  for (size_t i = 0; i < 10; i++) column[i] = x[3 * i];
  auto copies = [&](void (*kernel)(float *, const float *, int, int)) {
    DeviceVector<float> d(x), r(10);
    THC_LAUNCH(kernel, 1, 32, 0, 0, r.data, d.data, 10, 3);
    return r.get() == column;
  };
  ck_assert(!some_order_shows([&] { return copies(copy_strided<true>); }));
  ck_assert(some_order_shows([&] { return copies(copy_strided<false>); }));
}
END_TEST

// ---- host access ----

__attribute__((noinline)) static float host_reads_element(const float *x, size_t i) { return x[i]; }

static void check_host_death(const std::function<void(float *)> &access, const char *byte)
{
  float *x;
  THC_CHECK(cudaMalloc(&x, 400));
  Death death([&] { access(x); });
  ck_assert_msg(death.failed(), "the host could use device memory");
  if (!address_sanitizer) ck_assert(WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGSEGV);
  check_contains(death.text, "host access to device memory");
  check_contains(death.text, byte);
  check_contains(death.text, "of the 400-byte allocation 1 ");
  check_contains(death.text, "host_");
  THC_CHECK(cudaFree(x));
  THC_CHECK(cudaDeviceReset());
}

__attribute__((noinline)) static void host_writes_element(float *x, size_t i) { x[i] = 1; }

START_TEST(host_read)
{
  check_host_death(
      [](float *x) {
        volatile float v = host_reads_element(x, 4);
        (void)v;
      },
      "is byte 16 ");
}
END_TEST

START_TEST(host_write_after_a_kernel)
{
  check_host_death(
      [](float *x) {
        THC_LAUNCH((fill<float>), 1, 32, 0, 0, x, 100);
        host_writes_element(x, 99);
      },
      "is byte 396 ");
}
END_TEST

START_TEST(other_faults_are_passed_on)
{
  THC_CHECK(cudaDeviceSynchronize());
  Death death([] {
    signal(SIGSEGV, SIG_DFL); // AddressSanitizer's handler would exit instead
    raise(SIGSEGV);
  });
  ck_assert(WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGSEGV);
  Death wild([] {
    volatile int *volatile p = nullptr;
    *p = 1;
  });
  ck_assert(wild.failed());
  ck_assert(wild.text.find("THC simulator") == std::string::npos);
}
END_TEST

// ---- streams ----

START_TEST(missing_wait)
{
  cudaStream_t first, second;
  THC_CHECK(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
  THC_CHECK(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
  cudaEvent_t done;
  THC_CHECK(cudaEventCreateWithFlags(&done, cudaEventDisableTiming));
  for (bool wait : {true, false}) {
    float *x, *r; // pinned: the copy is in stream order
    THC_CHECK(cudaMalloc(&x, 4));
    THC_CHECK(cudaMallocHost(&r, 4));
    *r = 0;
    THC_LAUNCH((fill<float>), 1, 1, 0, first, x, 1);
    THC_CHECK(cudaEventRecord(done, first));
    if (wait) THC_CHECK(cudaStreamWaitEvent(second, done));
    THC_CHECK(cudaMemcpyAsync(r, x, 4, cudaMemcpyDeviceToHost, second));
    ck_assert(*r == 0); // nothing has waited for it yet
    THC_CHECK(cudaStreamSynchronize(second));
    ck_assert((*r == 1) == wait);
    THC_CHECK(cudaStreamSynchronize(first));
    THC_CHECK(cudaFree(x));
    THC_CHECK(cudaFreeHost(r));
  }
  THC_CHECK(cudaEventDestroy(done));
  THC_CHECK(cudaStreamDestroy(first));
  THC_CHECK(cudaStreamDestroy(second));
}
END_TEST

// ---- error codes ----

#define check_error(call, error)                                                                   \
  do {                                                                                             \
    ck_assert_int_eq(call, error);                                                                 \
    ck_assert_int_eq(cudaPeekAtLastError(), error);                                                \
    ck_assert_int_eq(cudaGetLastError(), error);                                                   \
    ck_assert_int_eq(cudaGetLastError(), cudaSuccess);                                             \
  } while (0)

START_TEST(error_codes)
{
  void *p = &p, *q;
  char host[8] = "";
  check_error(cudaMalloc(&p, (size_t)65 << 20), cudaErrorMemoryAllocation);
  ck_assert_ptr_null(p);
  check_error(cudaMalloc(&p, SIZE_MAX), cudaErrorMemoryAllocation);
  ck_assert_int_eq(cudaMalloc(&p, (size_t)40 << 20), cudaSuccess);
  check_error(cudaMalloc(&q, (size_t)40 << 20), cudaErrorMemoryAllocation);
  ck_assert_int_eq(cudaFree(p), cudaSuccess);
  ck_assert_int_eq(cudaMalloc(&p, (size_t)40 << 20), cudaSuccess);
  check_error(cudaFree(static_cast<char *>(p) + 8), cudaErrorInvalidValue);
  check_error(cudaFree(host), cudaErrorInvalidValue);
  check_error(cudaFreeHost(host), cudaErrorInvalidValue);
  check_error(cudaMemcpy(host, p, 8, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  check_error(cudaMemcpy(host, p, 8, (cudaMemcpyKind)9), cudaErrorInvalidMemcpyDirection);
  check_error(cudaMemcpy(p, p, ((size_t)40 << 20) + 1, cudaMemcpyDefault), cudaErrorInvalidValue);
  check_error(cudaMemset(host, 0, 8), cudaErrorInvalidValue);
  ck_assert_int_eq(cudaFree(p), cudaSuccess);
  check_error(cudaMemset(p, 0, 8), cudaErrorInvalidValue); // freed
  check_error(cudaSetDevice(2), cudaErrorInvalidDevice);
  check_error(cudaSetDevice(-1), cudaErrorInvalidDevice);
  check_error(cudaStreamSynchronize((cudaStream_t)host), cudaErrorInvalidResourceHandle);
  check_error(cudaDeviceEnablePeerAccess(0, 0), cudaErrorInvalidDevice);
  ck_assert_str_eq(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  ck_assert_str_eq(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
}
END_TEST

__global__ void nothing() {}

START_TEST(launch_errors)
{
  LAUNCH(nothing, 1, 1025, 0);
  ck_assert_int_eq(cudaGetLastError(), cudaErrorInvalidConfiguration);
  ck_assert_int_eq(cudaGetLastError(), cudaSuccess);
}
END_TEST

static std::string last_message;
struct Raised {
};
static void raise_error(const char *message, void *)
{
  last_message = message;
  throw Raised();
}
static std::string message_of(const std::function<void()> &work)
{
  THSetErrorHandler(raise_error, nullptr);
  last_message.clear();
  try {
    work();
  } catch (const Raised &) {
  }
  THSetErrorHandler(nullptr, nullptr);
  return last_message;
}

START_TEST(errors_are_raised)
{
  std::string text = message_of([] { THC_LAUNCH(nothing, 1, dim3(32, 33), 0, 0); });
  check_contains(text, "kernel nothing");
  check_contains(text, "invalid configuration argument (cudaErrorInvalidConfiguration)");
  text = message_of([] { THC_LAUNCH(nothing, 1, 1, 1 << 20, 0); });
  check_contains(text, "cudaErrorInvalidValue");
  text = message_of([] { THC_LAUNCH(nothing, 0, 1, 0, 0); });
  check_contains(text, "cudaErrorInvalidConfiguration");
  void *p;
  text = message_of([&] { THC_CHECK(cudaMalloc(&p, (size_t)1 << 40)); });
  check_contains(text, "cudaMalloc(&p, (size_t)1 << 40)");
  check_contains(text, "out of memory");
  text = message_of([] { THC_LAUNCH(nothing, 1, 1, 0, 0); });
  ck_assert_str_eq(text.c_str(), "");
}
END_TEST

START_TEST(wrong_settings) // say what is accepted
{
  Death death([] {
    setenv("THC_SIMT_ORDER", "backwards", 1);
    _exit(cudaDeviceSynchronize() == cudaErrorInitializationError ? 3 : 0);
  });
  ck_assert_int_eq(WEXITSTATUS(death.status), 3);
  check_contains(death.text, "THC_SIMT_ORDER=backwards: expected forward or reverse or shuffled");
}
END_TEST

int main()
{
  return run_suite("simt faults", {
    dropped_barrier, dropped_barrier_in_a_tree, divergent_barrier, barriers_in_two_places,
        shuffle_with_missing_lanes, off_by_one_store, store_before_the_start,
        store_behind_shared_memory,
#if defined(__SANITIZE_ADDRESS__)
        store_behind_static_shared_memory, off_by_one_read,
#else
                    wild_access,
#endif
        race_on_shared_memory, kernel_ignoring_strides, host_read, host_write_after_a_kernel,
        other_faults_are_passed_on, missing_wait, error_codes, launch_errors, errors_are_raised,
        wrong_settings
  });
}
