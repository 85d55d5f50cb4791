// Correct kernels: what CUDA promises, the simulator does, in every thread order.
#include "simt_test.h"
#include "cuda_fp16.h"
#include <atomic>
#include <cmath>
#include <numeric>
#include <thread>

static std::vector<float> ramp(size_t n)
{
  std::vector<float> v(n);
  std::iota(v.begin(), v.end(), 1.f);
  return v;
}

// ---- plain ----

template <class T> __global__ void add(T *r, const T *a, const T *b, int64_t n)
{
  int64_t step = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step)
    r[i] = a[i] + b[i];
}

START_TEST(vector_add)
{
  in_all_orders([] {
    DeviceVector<float> a(ramp(1000)), b(ramp(1000)), r(1000);
    THC_LAUNCH((add<float>), 3, 128, 0, 0, r.data, a.data, b.data, 1000);
    std::vector<float> got = r.get();
    for (size_t i = 0; i < 1000; i++) ck_assert_float_eq(got[i], 2.f * (float)(i + 1));
  });
}
END_TEST

__global__ void note_index(uint3 *block, uint3 *thread)
{
  unsigned b = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  unsigned t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  unsigned i = b * blockDim.x * blockDim.y * blockDim.z + t;
  block[i] = blockIdx;
  thread[i] = threadIdx;
}

START_TEST(indices) // every thread of every block runs once, with its own index
{
  in_all_orders([] {
    dim3 grid(3, 2, 2), block(4, 3, 5);
    size_t n = 12 * 60;
    DeviceVector<uint3> b(n), t(n);
    THC_LAUNCH(note_index, grid, block, 0, 0, b.data, t.data);
    std::vector<uint3> blocks = b.get(), threads = t.get();
    for (unsigned i = 0; i < n; i++) {
      ck_assert_uint_eq((blocks[i].z * 2 + blocks[i].y) * 3 + blocks[i].x, i / 60);
      ck_assert_uint_eq((threads[i].z * 3 + threads[i].y) * 4 + threads[i].x, i % 60);
    }
  });
}
END_TEST

// ---- shared memory and barriers ----

template <class T> __device__ T block_sum(T v)
{
  __shared__ T partial[1024];
  unsigned i = threadIdx.x;
  partial[i] = v;
  __syncthreads();
  for (unsigned n = blockDim.x / 2; n > 0; n /= 2) {
    if (i < n) partial[i] += partial[i + n];
    __syncthreads();
  }
  T sum = partial[0];
  __syncthreads();
  return sum;
}
template <class T> __global__ void sums(T *r, const T *x)
{
  T v = x[blockIdx.x * blockDim.x + threadIdx.x];
  T sum = block_sum(v), twice = block_sum(2 * v);
  if (threadIdx.x == 0) r[blockIdx.x] = sum + twice;
}

START_TEST(static_shared)
{
  in_all_orders([] {
    for (unsigned block : {1u, 2u, 32u, 64u, 1024u}) {
      DeviceVector<float> x(ramp(3 * block)), r(3);
      DeviceVector<double> xd(std::vector<double>(3 * block, 1)), rd(3);
      THC_LAUNCH((sums<float>), 3, block, 0, 0, r.data, x.data);
      THC_LAUNCH((sums<double>), 3, block, 0, 0, rd.data, xd.data);
      float first = 0;
      for (unsigned i = 1; i <= block; i++) first += (float)i;
      ck_assert_float_eq(r.get()[0], 3 * first);
      ck_assert_double_eq(rd.get()[2], 3. * block);
    }
  });
}
END_TEST

__global__ void reverse_block(int *x)
{
  THC_SHARED(int, tile);
  tile[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

START_TEST(dynamic_shared)
{
  in_all_orders([] {
    std::vector<int> x(100);
    std::iota(x.begin(), x.end(), 0);
    DeviceVector<int> d(x);
    THC_LAUNCH(reverse_block, 1, 100, 100 * sizeof(int), 0, d.data);
    std::vector<int> got = d.get();
    for (int i = 0; i < 100; i++) ck_assert_int_eq(got[(size_t)i], 99 - i);
  });
}
END_TEST

__global__ void peek_shared(float *r)
{
  __shared__ float fixed[2];
  THC_SHARED(float, dynamic);
  r[2 * blockIdx.x] = fixed[threadIdx.x];
  r[2 * blockIdx.x + 1] = dynamic[threadIdx.x];
  fixed[threadIdx.x] = dynamic[threadIdx.x] = 1;
}

START_TEST(shared_starts_as_junk) // not as zeros, nor as an earlier block left it
{
  DeviceVector<float> r(6);
  THC_LAUNCH(peek_shared, 3, 1, 8, 0, r.data);
  for (float v : r.get()) ck_assert(std::isnan(v));
}
END_TEST

__global__ void count_predicates(int *r)
{
  int i = (int)threadIdx.x;
  int count = __syncthreads_count(i % 3 == 0), all = __syncthreads_and(i < 64),
      none = __syncthreads_or(i > 64), some = __syncthreads_or(i == 5);
  r[i] = count * 1000 + all * 100 + none * 10 + some;
}

START_TEST(barriers_with_predicates)
{
  in_all_orders([] {
    DeviceVector<int> r(64);
    THC_LAUNCH(count_predicates, 1, 64, 0, 0, r.data);
    for (int v : r.get()) ck_assert_int_eq(v, 22101);
  });
}
END_TEST

// ---- warps ----

__global__ void warp_sums(double *r, const float *x)
{
  double v = x[threadIdx.x];
  for (unsigned n = 16; n > 0; n /= 2) v += __shfl_down_sync(0xffffffff, v, n);
  if (threadIdx.x % 32 == 0) r[threadIdx.x / 32] = v;
}

START_TEST(shuffle_reduction)
{
  in_all_orders([] {
    DeviceVector<float> x(ramp(256));
    DeviceVector<double> r(8);
    THC_LAUNCH(warp_sums, 1, 256, 0, 0, r.data, x.data);
    std::vector<double> got = r.get();
    for (int w = 0; w < 8; w++) ck_assert_double_eq(got[(size_t)w], 32 * (32 * w + 16.5));
  });
}
END_TEST

__global__ void shuffles(int *r)
{
  int i = (int)threadIdx.x;
  const unsigned all = 0xffffffff;
  int *mine = r + i * 8;
  mine[0] = __shfl_sync(all, i, 5);
  mine[1] = __shfl_sync(all, i, 9, 8);
  mine[2] = __shfl_up_sync(all, i, 3);
  mine[3] = __shfl_up_sync(all, i, 3, 16);
  mine[4] = __shfl_down_sync(all, i, 3);
  mine[5] = __shfl_down_sync(all, i, 3, 16);
  mine[6] = __shfl_xor_sync(all, i, 5);
  mine[7] = __shfl_xor_sync(all, i, 9, 8);
}

START_TEST(shuffle_lanes)
{
  in_all_orders([] {
    DeviceVector<int> r(32 * 8);
    THC_LAUNCH(shuffles, 1, 32, 0, 0, r.data);
    std::vector<int> got = r.get();
    for (int i = 0; i < 32; i++) {
      const int *mine = got.data() + i * 8;
      ck_assert_int_eq(mine[0], 5);
      ck_assert_int_eq(mine[1], i / 8 * 8 + 1);
      ck_assert_int_eq(mine[2], i < 3 ? i : i - 3);
      ck_assert_int_eq(mine[3], i % 16 < 3 ? i : i - 3);
      ck_assert_int_eq(mine[4], i > 28 ? i : i + 3);
      ck_assert_int_eq(mine[5], i % 16 > 12 ? i : i + 3);
      ck_assert_int_eq(mine[6], i ^ 5);
      ck_assert_int_eq(mine[7], (i ^ 9) / 8 > i / 8 ? i : i ^ 9); // an earlier segment may be read
    }
  });
}
END_TEST

__global__ void votes(unsigned *r)
{
  unsigned i = threadIdx.x, all = 0xffffffff;
  r[i * 4] = __ballot_sync(all, i % 2);
  r[i * 4 + 1] = (unsigned)__any_sync(all, i == 40);
  r[i * 4 + 2] = (unsigned)__all_sync(all, i < 40);
  unsigned half = i % 32 < 16 ? 0xffffu : 0xffff0000u; // two groups of a warp on their own ways
  if (i % 32 < 16) r[i * 4 + 3] = __ballot_sync(half, i % 4 == 0);
  else r[i * 4 + 3] = __ballot_sync(half, 1);
  __syncwarp();
}

START_TEST(votes_and_masks)
{
  in_all_orders([] {
    DeviceVector<unsigned> r(64 * 4);
    THC_LAUNCH(votes, 1, 64, 0, 0, r.data);
    std::vector<unsigned> got = r.get();
    for (unsigned i = 0; i < 64; i++) {
      ck_assert_uint_eq(got[i * 4], 0xaaaaaaaau);
      ck_assert_uint_eq(got[i * 4 + 1], i >= 32);
      ck_assert_uint_eq(got[i * 4 + 2], i < 32);
      ck_assert_uint_eq(got[i * 4 + 3], i % 32 < 16 ? 0x1111u : 0xffff0000u);
    }
  });
}
END_TEST

// ---- atomics and intrinsics ----

__global__ void atomics(int *i, unsigned *u, unsigned long long *l, float *f, double *d)
{
  int t = (int)threadIdx.x;
  atomicAdd(&i[0], t);
  atomicSub(&i[1], 1);
  atomicMax(&i[2], t);
  atomicMin(&i[3], -t);
  atomicAdd(&u[0], 1u);
  atomicOr(&u[1], 1u << t % 32);
  atomicAnd(&u[2], ~(1u << t % 32));
  atomicAdd(&l[0], 1ull << 40);
  unsigned long long seen = l[1];
  while (atomicCAS(&l[1], seen, seen + 2) != seen) seen = l[1];
  atomicAdd(&f[0], .5f);
  atomicAdd(&d[0], .25);
  if (atomicExch(&i[4], t) == -1) atomicAdd(&i[5], 1);
}

START_TEST(atomic_operations)
{
  in_all_orders([] {
    DeviceVector<int> i(std::vector<int>{0, 0, 0, 0, -1, 0});
    DeviceVector<unsigned> u(std::vector<unsigned>{0, 0, ~0u});
    DeviceVector<unsigned long long> l(std::vector<unsigned long long>{0, 0});
    DeviceVector<float> f(std::vector<float>{0});
    DeviceVector<double> d(std::vector<double>{0});
    THC_LAUNCH(atomics, 2, 100, 0, 0, i.data, u.data, l.data, f.data, d.data);
    std::vector<int> is = i.get();
    ck_assert_int_eq(is[0], 9900);
    ck_assert_int_eq(is[1], -200);
    ck_assert_int_eq(is[2], 99);
    ck_assert_int_eq(is[3], -99);
    ck_assert_int_eq(is[5], 1);
    ck_assert_uint_eq(u.get()[0], 200);
    ck_assert_uint_eq(u.get()[1], ~0u);
    ck_assert_uint_eq(u.get()[2], 0);
    ck_assert(l.get()[0] == 200ull << 40);
    ck_assert(l.get()[1] == 400);
    ck_assert_float_eq(f.get()[0], 100);
    ck_assert_double_eq(d.get()[0], 50);
  });
}
END_TEST

__global__ void intrinsics(int *r)
{
  int i = 0;
  r[i++] = __popc(0xf0f0u) == 8 && __popcll(~0ull) == 64;
  r[i++] = __clz(1) == 31 && __clz(0) == 32 && __clzll(1) == 63 && __clzll(0) == 64;
  r[i++] = __ffs(8) == 4 && __ffs(0) == 0 && __ffsll(1ll << 40) == 41;
  r[i++] = __umulhi(0x80000000u, 6) == 3 && __umul64hi(1ull << 63, 6) == 3 && __mulhi(-1, 1) == -1;
  r[i++] = __float_as_int(1.f) == 0x3f800000 && __int_as_float(0x40000000) == 2.f;
  r[i++] = __longlong_as_double(__double_as_longlong(3.5)) == 3.5;
  r[i++] = rsqrtf(4.f) == .5f && rsqrt(4.) == .5;
  r[i++] = min(2, 3) == 2 && max(2.f, NAN) == 2.f;
  r[i++] =
      __half2float(__float2half(1.5f)) == 1.5f && __half_as_ushort(__float2half_rn(1.f)) == 0x3c00;
  r[i++] = __activemask() == 1u << threadIdx.x % 32;
}

START_TEST(intrinsic_functions)
{
  DeviceVector<int> r(10);
  THC_LAUNCH(intrinsics, 1, 1, 0, 0, r.data);
  std::vector<int> got = r.get();
  for (size_t i = 0; i < 10; i++) ck_assert_msg(got[i] == 1, "intrinsics, line %zu", i);
}
END_TEST

// ---- streams ----

__global__ void scale(float *x, float a, int n)
{
  int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) x[i] *= a;
}

START_TEST(two_stream_pipeline) // copy in on one stream, work on another, copy out on the first
{
  in_all_orders([] {
    const int n = 100, rounds = 5;
    cudaStream_t copy, work;
    THC_CHECK(cudaStreamCreateWithFlags(&copy, cudaStreamNonBlocking));
    THC_CHECK(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
    float *host, *device;
    THC_CHECK(cudaMallocHost(&host, n * rounds * sizeof(float)));
    THC_CHECK(cudaMalloc(&device, n * rounds * sizeof(float)));
    for (int i = 0; i < n * rounds; i++) host[i] = (float)i;
    for (int k = 0; k < rounds; k++) {
      cudaEvent_t arrived, scaled;
      THC_CHECK(cudaEventCreateWithFlags(&arrived, cudaEventDisableTiming));
      THC_CHECK(cudaEventCreateWithFlags(&scaled, cudaEventDisableTiming));
      float *h = host + k * n, *d = device + k * n;
      THC_CHECK(cudaMemcpyAsync(d, h, n * sizeof(float), cudaMemcpyHostToDevice, copy));
      THC_CHECK(cudaEventRecord(arrived, copy));
      THC_CHECK(cudaStreamWaitEvent(work, arrived));
      THC_LAUNCH(scale, 1, 128, 0, work, d, 2.f, n);
      THC_CHECK(cudaEventRecord(scaled, work));
      THC_CHECK(cudaStreamWaitEvent(copy, scaled));
      THC_CHECK(cudaMemcpyAsync(h, d, n * sizeof(float), cudaMemcpyDeviceToHost, copy));
      THC_CHECK(cudaEventDestroy(arrived));
      THC_CHECK(cudaEventDestroy(scaled));
    }
    THC_CHECK(cudaStreamSynchronize(copy));
    for (int i = 0; i < n * rounds; i++) ck_assert_float_eq(host[i], 2.f * (float)i);
    THC_CHECK(cudaStreamDestroy(copy));
    THC_CHECK(cudaStreamDestroy(work));
    THC_CHECK(cudaFree(device));
    THC_CHECK(cudaFreeHost(host));
  });
}
END_TEST

START_TEST(default_stream_waits_for_blocking_streams)
{
  cudaStream_t stream;
  THC_CHECK(cudaStreamCreate(&stream));
  DeviceVector<float> x(ramp(10));
  THC_LAUNCH(scale, 1, 32, 0, stream, x.data, 3.f, 10);
  THC_LAUNCH(scale, 1, 32, 0, 0, x.data, 2.f, 10);
  ck_assert_float_eq(x.get()[9], 60);
  THC_LAUNCH(scale, 1, 32, 0, stream, x.data, .5f, 10);
  ck_assert_float_eq(x.get()[9], 30); // a copy waits, too
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

START_TEST(pageable_memory_is_read_at_once)
{
  cudaStream_t stream;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  DeviceVector<float> x(1);
  float value = 1;
  THC_CHECK(cudaMemcpyAsync(x.data, &value, sizeof value, cudaMemcpyHostToDevice, stream));
  value = 2;
  THC_CHECK(cudaStreamSynchronize(stream));
  ck_assert_float_eq(x.get()[0], 1);
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

START_TEST(polling_ends)
{
  cudaStream_t stream;
  cudaEvent_t start, end;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  THC_CHECK(cudaEventCreate(&start));
  THC_CHECK(cudaEventCreate(&end));
  DeviceVector<float> x(ramp(10));
  THC_CHECK(cudaEventRecord(start, stream));
  for (int i = 0; i < 3; i++) THC_LAUNCH(scale, 1, 32, 0, stream, x.data, 2.f, 10);
  THC_CHECK(cudaEventRecord(end, stream));
  int polls = 0;
  for (; cudaEventQuery(end) == cudaErrorNotReady; polls++) ck_assert_int_lt(polls, 100);
  (void)cudaGetLastError();
  ck_assert_int_eq((int)cudaStreamQuery(stream), (int)cudaSuccess);
  float ms = -1;
  THC_CHECK(cudaEventElapsedTime(&ms, start, end));
  ck_assert(ms >= 0);
  ck_assert_float_eq(x.get()[0], 8);
  THC_CHECK(cudaEventDestroy(start));
  THC_CHECK(cudaEventDestroy(end));
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

START_TEST(host_work_in_stream_order)
{
  cudaStream_t stream;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  DeviceVector<float> x(ramp(10));
  float *data = x.data;
  THC_LAUNCH(scale, 1, 32, 0, stream, x.data, 3.f, 10);
  thc_simt_enqueue(stream, "negate", [=] {
    for (int i = 0; i < 10; i++) data[i] = -data[i];
  });
  int calls = 0;
  THC_CHECK(cudaLaunchHostFunc(
      stream, [](void *p) { ++*static_cast<int *>(p); }, &calls));
  THC_CHECK(cudaStreamSynchronize(stream));
  ck_assert_float_eq(x.get()[9], -30);
  ck_assert_int_eq(calls, 1);
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

START_TEST(host_work_of_several_threads) // as in a BLAS, whose threads are older than the work
{
  std::atomic<float *> job{nullptr};
  std::thread helper([&] {
    while (!job) std::this_thread::yield();
    *job += 1;
    job = nullptr;
  });
  DeviceVector<float> x(ramp(1));
  float *data = x.data;
  thc_simt_enqueue(nullptr, "helped", [&] {
    job = data;
    while (job) std::this_thread::yield();
  });
  helper.join();
  ck_assert_float_eq(x.get()[0], 2);
}
END_TEST

// ---- devices and memory ----

START_TEST(several_devices)
{
  int count = 0, can = 0;
  THC_CHECK(cudaGetDeviceCount(&count));
  ck_assert_int_eq(count, 2);
  DeviceVector<float> here(ramp(10));
  THC_CHECK(cudaSetDevice(1));
  DeviceVector<float> there(10);
  THC_CHECK(cudaMemcpyPeerAsync(there.data, 1, here.data, 0, 10 * sizeof(float)));
  THC_LAUNCH(scale, 1, 32, 0, 0, there.data, 2.f, 10);
  ck_assert_float_eq(there.get()[9], 20);
  THC_CHECK(cudaDeviceCanAccessPeer(&can, 1, 0));
  ck_assert_int_eq(can, 1);
  THC_CHECK(cudaDeviceEnablePeerAccess(0, 0));
  THC_LAUNCH(scale, 1, 32, 0, 0, here.data, 2.f, 10);
  ck_assert_float_eq(here.get()[9], 20);
  cudaPointerAttributes attributes;
  THC_CHECK(cudaPointerGetAttributes(&attributes, here.data + 3));
  ck_assert_int_eq(attributes.type, cudaMemoryTypeDevice);
  ck_assert_int_eq(attributes.device, 0);
  cudaDeviceProp p;
  THC_CHECK(cudaGetDeviceProperties(&p, 1));
  check_contains(std::string(p.name), "simulator");
}
END_TEST

START_TEST(memory_is_junk_and_counted)
{
  size_t before, total, after;
  THC_CHECK(cudaMemGetInfo(&before, &total));
  ck_assert_uint_eq(total, 64u << 20);
  {
    DeviceVector<float> x(1000);
    for (float v : x.get()) ck_assert(std::isnan(v));
    THC_CHECK(cudaMemset(x.data, 0, 4));
    ck_assert(x.get()[0] == 0);
    THC_CHECK(cudaMemGetInfo(&after, nullptr));
    ck_assert_uint_ge(before - after, 4000);
    ck_assert_uint_lt(before - after, 8192);
  }
  THC_CHECK(cudaMemGetInfo(&after, nullptr));
  ck_assert_uint_eq(after, before);
}
END_TEST

START_TEST(many_allocations) // of odd sizes, freed in another order, do not overlap
{
  std::vector<std::pair<unsigned char *, size_t>> live;
  unsigned state = 1;
  for (int i = 0; i < 2000; i++) {
    state = state * 1664525u + 1013904223u;
    if (live.size() > 50 || (!live.empty() && state >> 30 == 0)) {
      size_t k = (state >> 8) % live.size();
      std::vector<unsigned char> got(live[k].second);
      THC_CHECK(cudaMemcpy(got.data(), live[k].first, got.size(), cudaMemcpyDefault));
      ck_assert(got == std::vector<unsigned char>(got.size(), got.size() % 251));
      THC_CHECK(cudaFree(live[k].first));
      live.erase(live.begin() + (long)k);
    } else {
      size_t size = 1 + (state >> 8) % 20000;
      unsigned char *p;
      THC_CHECK(cudaMalloc(&p, size));
      THC_CHECK(cudaMemset(p, (int)(size % 251), size));
      live.emplace_back(p, size);
    }
  }
  for (auto &block : live) THC_CHECK(cudaFree(block.first));
}
END_TEST

START_TEST(managed_memory)
{
  float *x;
  THC_CHECK(cudaMallocManaged(&x, 10 * sizeof(float)));
  for (int i = 0; i < 10; i++) x[i] = (float)i;
  THC_LAUNCH(scale, 1, 32, 0, 0, x, 2.f, 10);
  THC_CHECK(cudaDeviceSynchronize());
  ck_assert_float_eq(x[9], 18);
  THC_CHECK(cudaFree(x));
}
END_TEST

START_TEST(graphs) // what is captured runs when it is launched, as often as it is
{
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t exec;
  cudaStreamCaptureStatus status;
  size_t nodes = 0;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  DeviceVector<float> x(ramp(10)), y(10);
  THC_CHECK(cudaDeviceSynchronize());
  THC_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  THC_LAUNCH(scale, 1, 32, 0, stream, x.data, 2.f, 10);
  THC_CHECK(cudaMemcpyAsync(y.data, x.data, 10 * sizeof(float), cudaMemcpyDeviceToDevice, stream));
  THC_CHECK(cudaStreamIsCapturing(stream, &status));
  ck_assert_int_eq(status, cudaStreamCaptureStatusActive);
  THC_CHECK(cudaStreamEndCapture(stream, &graph));
  ck_assert_float_eq(x.get()[9], 10);
  THC_CHECK(cudaGraphGetNodes(graph, NULL, &nodes));
  ck_assert_uint_eq(nodes, 2);
  THC_CHECK(cudaGraphInstantiate(&exec, graph, 0));
  THC_CHECK(cudaGraphDestroy(graph));
  for (int i = 0; i < 3; i++) THC_CHECK(cudaGraphLaunch(exec, stream));
  THC_CHECK(cudaStreamSynchronize(stream));
  ck_assert_float_eq(y.get()[9], 80);
  THC_CHECK(cudaGraphExecDestroy(exec));
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

// Nothing that waits, or reads memory of the host later, can be captured.
START_TEST(captures_that_fail)
{
  cudaStream_t stream;
  cudaGraph_t graph;
  float host[10] = {};
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  DeviceVector<float> x(10);
  ck_assert_int_eq(cudaStreamBeginCapture(NULL, cudaStreamCaptureModeRelaxed), cudaErrorStreamCaptureUnsupported);
  ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaErrorIllegalState);
  for (int what = 0; what < 4; what++) {
    THC_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
    cudaError_t error = what == 0   ? cudaStreamSynchronize(stream)
                        : what == 1 ? cudaDeviceSynchronize()
                        : what == 2 ? cudaMemcpyAsync(x.data, host, sizeof host, cudaMemcpyHostToDevice, stream)
                                    : cudaMemcpyAsync(host, x.data, sizeof host, cudaMemcpyDeviceToHost, stream);
    ck_assert_int_eq(error, cudaErrorStreamCaptureUnsupported);
    ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    ck_assert_ptr_null(graph);
  }
  (void)cudaGetLastError();
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

START_TEST(waits_are_counted)
{
  cudaStream_t stream;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  DeviceVector<float> x(ramp(10));
  float host[10] = {};
  size_t before = thc_simt_waits();
  THC_LAUNCH(scale, 1, 32, 0, stream, x.data, 2.f, 10);
  THC_CHECK(cudaMemsetAsync(x.data, 0, 4, stream));
  THC_CHECK(cudaMemcpyAsync(x.data, host, sizeof host, cudaMemcpyHostToDevice, stream));
  ck_assert_uint_eq(thc_simt_waits(), before);
  THC_CHECK(cudaStreamSynchronize(stream));
  ck_assert_uint_eq(thc_simt_waits(), before + 1);
  THC_CHECK(cudaMemcpyAsync(host, x.data, sizeof host, cudaMemcpyDeviceToHost, stream));
  ck_assert_uint_eq(thc_simt_waits(), before + 2);
  THC_CHECK(cudaStreamDestroy(stream));
}
END_TEST

int main()
{
  return run_suite("simt kernels", {vector_add,
                                    indices,
                                    static_shared,
                                    dynamic_shared,
                                    shared_starts_as_junk,
                                    barriers_with_predicates,
                                    shuffle_reduction,
                                    shuffle_lanes,
                                    votes_and_masks,
                                    atomic_operations,
                                    intrinsic_functions,
                                    two_stream_pipeline,
                                    default_stream_waits_for_blocking_streams,
                                    pageable_memory_is_read_at_once,
                                    polling_ends,
                                    host_work_in_stream_order,
                                    host_work_of_several_threads,
                                    several_devices,
                                    memory_is_junk_and_counted,
                                    many_allocations,
                                    managed_memory,
                                    graphs,
                                    captures_that_fail,
                                    waits_are_counted});
}
