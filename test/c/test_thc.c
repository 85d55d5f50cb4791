/* The C API of GPU tensors, as a program that embeds libTHC uses it. Run in the simulator with two
   GPUs. labels: simt */
#include "th_test.h"
#include <THC.h>

extern int cudaMalloc(void **ptr, size_t size); /* CUDA's, or the simulator's */

static THCState *state;

static void start(void) { state = THCState_alloc(); } /* in each test's process */

/* Objects of the test that are still alive at its end. */
static int64_t objects(void) { return THAllocator_stats().objects; }

static int gpus(const char *name) { return strncmp(name, "Cuda", 4) == 0; }

/* ---- structure, for every type ---- */

/* One body for eight types, as a C program would write it for one. Name is Cuda, CudaDouble, ... */
#define STRUCTURE(Name, Real, real)                                                                \
  static void structure_##Name(void)                                                               \
  {                                                                                                \
    TH_AUTO(TH##Real##Tensor) host = TH##Real##Tensor_newWithSize2d(3, 4);                         \
    th_fill((THAnyTensor *)host, 1, 90);                                                           \
    TH_AUTO(TH##Name##Tensor) x = TH##Name##Tensor_newWithSize2d(state, 3, 4);                     \
    TH##Name##Tensor_copyCPU(state, x, host);                                                      \
    ck_assert_int_eq(TH##Name##Tensor_getDevice(state, x), 0);                                     \
    ck_assert(gpus(THType_name((THType)x->type)));                                                 \
    ck_assert(x->storage->type == x->type);                                                        \
                                                                                                   \
    TH_AUTO(TH##Name##Tensor) t = TH##Name##Tensor_newTranspose(state, x, 0, 1);                   \
    TH_AUTO(TH##Name##Tensor) c = TH##Name##Tensor_newContiguous(state, t);                        \
    TH_AUTO(TH##Name##Tensor) row = TH##Name##Tensor_newSelect(state, x, 0, 1);                    \
    ck_assert(!TH##Name##Tensor_isContiguous(state, t) && c != t);                                 \
    ck_assert_int_eq(TH##Name##Tensor_stride(state, t, 0), 1);                                     \
    for (int i = 0; i < 3; i++)                                                                    \
      for (int j = 0; j < 4; j++) {                                                                \
        real want = TH##Real##Tensor_get2d(host, i, j);                                            \
        real got = TH##Name##Tensor_get2d(state, c, j, i);                                         \
        ck_assert(memcmp(&want, &got, sizeof want) == 0);                                          \
      }                                                                                            \
    TH##Name##Tensor_set1d(state, row, 2, TH##Name##Tensor_get2d(state, x, 2, 3));                 \
    TH_AUTO(TH##Real##Tensor) back = TH##Real##Tensor_new();                                       \
    TH##Real##Tensor_resizeAs(back, host);                                                         \
    TH##Real##Tensor_copyCuda(state, back, x);                                                     \
    real a = TH##Real##Tensor_get2d(back, 1, 2), b = TH##Real##Tensor_get2d(host, 2, 3);           \
    ck_assert(memcmp(&a, &b, sizeof a) == 0);                                                      \
                                                                                                   \
    TH_AUTO(THLongStorage) sizes = THLongStorage_newWithSize2(2, 6);                               \
    TH_AUTO(TH##Name##Tensor) view = TH##Name##Tensor_newView(state, x, sizes);                    \
    TH_AUTO(TH##Name##Tensor) sized = TH##Name##Tensor_newWithSize(state, sizes, NULL);            \
    ck_assert(TH##Name##Tensor_isSize(state, view, sizes));                                        \
    ck_assert(TH##Name##Tensor_isSameSizeAs(state, view, sized));                                  \
    ck_assert(TH##Name##Tensor_data(state, view) == TH##Name##Tensor_data(state, x));              \
    ck_assert_int_eq(TH##Name##Tensor_nElement(state, sized), 12);                                 \
    ck_assert(TH##Name##Tensor_checkGPU(state, 3, x, view, sized));                                \
    TH##Name##Tensor_resize1d(state, sized, 0);                                                    \
    ck_assert_int_eq(TH##Name##Tensor_nDimension(state, sized), 0);                                \
                                                                                                   \
    TH_AUTO(TH##Name##Storage) s = TH##Name##Storage_newWithSize2(state, a, b);                    \
    TH_AUTO(TH##Name##Tensor) on_s = TH##Name##Tensor_newWithStorage1d(state, s, 1, 1, 1);         \
    a = TH##Name##Storage_get(state, s, 1), b = TH##Name##Tensor_get1d(state, on_s, 0);            \
    ck_assert(memcmp(&a, &b, sizeof a) == 0);                                                      \
    ck_assert_int_eq(TH##Name##Storage_elementSize(state), sizeof(real));                          \
    TH_AUTO(TH##Name##Storage) s2 = TH##Name##Storage_newWithSize(state, 2);                       \
    TH##Name##Storage_rawCopy(state, s2, TH##Name##Storage_data(state, s));                        \
    b = TH##Name##Storage_get(state, s2, 1);                                                       \
    ck_assert(memcmp(&a, &b, sizeof a) == 0);                                                      \
    TH##Name##Storage_set(state, s2, 0, a);                                                        \
    TH##Name##Storage_resize(state, s2, 5);                                                        \
    a = TH##Name##Storage_get(state, s2, 0);                                                       \
    ck_assert(memcmp(&a, &b, sizeof a) == 0);                                                      \
  }
STRUCTURE(CudaByte, Byte, unsigned char)
STRUCTURE(CudaChar, Char, THChar)
STRUCTURE(CudaShort, Short, short)
STRUCTURE(CudaInt, Int, int)
STRUCTURE(CudaLong, Long, int64_t)
STRUCTURE(Cuda, Float, float)
STRUCTURE(CudaDouble, Double, double)
STRUCTURE(CudaHalf, Half, THHalf)

START_TEST(test_structure)
{
  start();
  int64_t before = objects();
#define X(Name, real, CODE) structure_##Name();
  TH_DEVICE_TYPES(X)
#undef X
  ck_assert_int_eq(objects(), before);
}
END_TEST

START_TEST(test_expand)
{
  start();
  TH_AUTO(THCudaTensor) column = THCudaTensor_newWithSize2d(state, 3, 1);
  THCudaTensor_fill(state, column, 2);
  TH_AUTO(THLongStorage) sizes = THLongStorage_newWithSize2(3, 4);
  TH_AUTO(THCudaTensor) wide = THCudaTensor_newExpand(state, column, sizes);
  ck_assert_int_eq(THCudaTensor_stride(state, wide, 1), 0);
  ck_assert(THCudaTensor_sumall(state, wide) == 24);
  TH_AUTO(THCudaTensor) unfolded = THCudaTensor_newUnfold(state, wide, 1, 2, 2);
  ck_assert_str_eq(THCudaTensor_sizeDesc(state, unfolded).str, "[3 x 2 x 2]");
  ck_assert_str_eq(THCudaTensor_desc(state, unfolded).str, "torch.CudaTensor of size 3x2x2");
}
END_TEST

/* ---- copies ---- */

START_TEST(test_copies)
{
  start();
  TH_AUTO(THDoubleTensor) host = THDoubleTensor_newWithSize1d(5);
  for (int i = 0; i < 5; i++) THDoubleTensor_set1d(host, i, i - 1.5);
  TH_AUTO(THCudaTensor) x = THCudaTensor_newWithSize1d(state, 5);
  TH_AUTO(THCudaIntTensor) n = THCudaIntTensor_newWithSize1d(state, 5);
  TH_AUTO(THCudaHalfTensor) h = THCudaHalfTensor_newWithSize1d(state, 5);
  TH_AUTO(THLongTensor) back = THLongTensor_newWithSize1d(5);
  THCudaTensor_copyDouble(state, x, host);
  THCudaIntTensor_copyCudaFloat(state, n, x);
  THCudaHalfTensor_copyCudaInt(state, h, n);
  THLongTensor_copyCudaHalf(state, back, h);
  for (int i = 0; i < 5; i++) th_same(THLongTensor_get1d(back, i), (int64_t)(i - 1.5));

  TH_AUTO(THCudaDoubleStorage) s = THCudaDoubleStorage_newWithSize(state, 5);
  THCudaDoubleStorage_copyDouble(state, s, host->storage);
  TH_AUTO(THFloatStorage) f = THFloatStorage_newWithSize(5);
  THFloatStorage_copyCudaDouble(state, f, s);
  ck_assert(THFloatStorage_get(f, 4) == 2.5f && THCudaDoubleStorage_get(state, s, 4) == 2.5);
}
END_TEST

START_TEST(test_pinned)
{
  start();
  TH_AUTO(THFloatStorage)
  s = THFloatStorage_newWithAllocator(100, THCState_getCudaHostAllocator(state), NULL);
  TH_AUTO(THFloatTensor) host = THFloatTensor_newWithStorage1d(s, 0, 100, 1);
  THFloatTensor_fill(host, 3);
  TH_AUTO(THCudaTensor) x = THCudaTensor_newWithSize1d(state, 100);
  THCState_reserveStreams(state, 1, 0);
  THCState_setCurrentStreamIndex(state, 1);
  ck_assert(THCState_getCurrentStream(state) == THCState_getCurrentStreamOnDevice(state, 0));
  THCudaTensor_copyAsyncCPU(state, x, host);
  THCudaTensor_mul(state, x, x, 2);
  THFloatTensor_copyAsyncCuda(state, host, x);
  THC_streamSynchronize(state, 0, 1);
  ck_assert(THFloatTensor_get1d(host, 99) == 6);
}
END_TEST

/* ---- operations ---- */

START_TEST(test_operations)
{
  start();
  int64_t before = objects();
  {
    TH_AUTO(THCudaTensor) x = THCudaTensor_newWithSize2d(state, 2, 3);
    TH_AUTO(THCudaTensor) r = THCudaTensor_new(state);
    TH_AUTO(THCudaByteTensor) mask = THCudaByteTensor_new(state);
    TH_AUTO(THCudaLongTensor) at = THCudaLongTensor_new(state);
    THCudaTensor_fill(state, x, 2);
    THCudaTensor_set2d(state, x, 1, 1, 7);
    THCudaTensor_cadd(state, r, x, 0.5f, x);
    ck_assert(THCudaTensor_sumall(state, r) == 25.5);
    ck_assert(THCudaTensor_maxall(state, x) == 7);
    THCudaTensor_max(state, r, at, x, 1, 1);
    ck_assert_int_eq(THCudaLongTensor_get2d(state, at, 1, 0), 1);
    THCudaTensor_gtValue(state, mask, x, 3);
    ck_assert_int_eq(THCudaByteTensor_sumall(state, mask), 1);
    THCudaTensor_maskedFill(state, x, mask, -1);
    ck_assert(THCudaTensor_minall(state, x) == -1);
  }
  ck_assert_int_eq(objects(), before);
}
END_TEST

/* Positions and masks of the CPU. */
START_TEST(test_moved)
{
  start();
  int64_t before = objects();
  {
    TH_AUTO(THCudaDoubleTensor) x = THCudaDoubleTensor_newWithSize1d(state, 4);
    TH_AUTO(THCudaDoubleTensor) r = THCudaDoubleTensor_new(state);
    TH_AUTO(THLongTensor) at = THLongTensor_newWithSize1d(2);
    TH_AUTO(THByteTensor) mask = THByteTensor_newWithSize1d(4);
    THCudaDoubleTensor_zero(state, x);
    THLongTensor_set1d(at, 0, 2), THLongTensor_set1d(at, 1, 4);
    THCudaDoubleTensor_indexFill_long(state, x, 0, at, 5);
    THCudaDoubleTensor_indexSelect_long(state, r, x, 0, at);
    ck_assert(THCudaDoubleTensor_sumall(state, x) == 10 &&
              THCudaDoubleTensor_sumall(state, r) == 10);
    THByteTensor_zero(mask), THByteTensor_set1d(mask, 1, 1);
    THCudaDoubleTensor_maskedFillByte(state, x, mask, 1);
    ck_assert(THCudaDoubleTensor_sumall(state, x) == 6);
  }
  ck_assert_int_eq(objects(), before);
}
END_TEST

START_TEST(test_random)
{
  start();
  TH_AUTO(THLongStorage) sizes = THLongStorage_newWithSize1(1000);
  TH_AUTO(THCudaTensor) a = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) b = THCudaTensor_new(state);
  THCRandom_manualSeed(state, 11);
  THCudaTensor_rand(state, a, sizes);
  TH_AUTO(THByteTensor) position = THByteTensor_new();
  THCRandom_getRNGState(state, position);
  THCudaTensor_rand(state, b, sizes);
  ck_assert(!THCudaTensor_equal(state, a, b));
  THCRandom_setRNGState(state, position);
  THCudaTensor_rand(state, a, sizes);
  ck_assert(THCudaTensor_equal(state, a, b));
  TH_AUTO(THCudaIntTensor) n = THCudaIntTensor_newWithSize1d(state, 1000);
  THCudaTensor_fill(state, a, 1);
  THCudaIntTensor_bernoulli_FloatTensor(state, n, a);
  ck_assert_int_eq(THCudaIntTensor_sumall(state, n), 1000);
}
END_TEST

/* ---- BLAS and memory ---- */

START_TEST(test_blas)
{
  start();
  /* column-major: a = (1 3 5; 2 4 6) */
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize1d(state, 6);
  THCudaTensor_range(state, a, 1, 6, 1);
  TH_AUTO(THCudaTensor) x = THCudaTensor_newWithSize1d(state, 6); /* every other one is used */
  THCudaTensor_range(state, x, 1, 6, 1);
  TH_AUTO(THCudaTensor) y = THCudaTensor_newWithSize1d(state, 6);
  THCudaTensor_fill(state, y, 1);
  float *pa = THCudaTensor_data(state, a), *px = THCudaTensor_data(state, x),
        *py = THCudaTensor_data(state, y);
  THCudaBlas_Sgemv(state, 'n', 2, 3, 2, pa, 2, px, 2, 1, py, 3); /* x = 1 3 5 */
  ck_assert(THCudaTensor_get1d(state, y, 0) == 2 * 35 + 1 &&
            THCudaTensor_get1d(state, y, 3) == 2 * 44 + 1);
  ck_assert(THCudaTensor_get1d(state, y, 1) == 1);
  THCudaBlas_Sgemv(state, 'T', 2, 3, 1, pa, 2, px, 1, 0, py, 1); /* x = 1 2 */
  ck_assert(THCudaTensor_get1d(state, y, 0) == 5 && THCudaTensor_get1d(state, y, 2) == 17);
  ck_assert(THCudaBlas_Sdot(state, 3, px, 2, px, 1) == 1 * 1 + 3 * 2 + 5 * 3);
  THCudaBlas_Sger(state, 2, 3, 1, px, 1, px, 2, pa, 2); /* a += (1 2)' (1 3 5) */
  ck_assert(THCudaTensor_get1d(state, a, 5) == 6 + 10 && THCudaTensor_get1d(state, a, 2) == 3 + 3);
  THCudaTensor_range(state, a, 1, 6, 1);
  THCudaBlas_Sgemm(state, 'n', 't', 2, 2, 3, 1, pa, 2, pa, 2, 0, py, 2); /* a a' = 35 44; 44 56 */
  ck_assert(THCudaTensor_get1d(state, y, 0) == 35 && THCudaTensor_get1d(state, y, 1) == 44 &&
            THCudaTensor_get1d(state, y, 3) == 56);
}
END_TEST

START_TEST(test_memory)
{
  start();
  size_t free_, total;
  ck_assert_int_eq(THCudaMemGetInfo(state, &free_, &total), 0);
  ck_assert(free_ <= total && total > 0);
  size_t largest;
  ck_assert_int_eq(THCudaMemGetInfoCached(state, &free_, &total, &largest), 0);
  ck_assert(free_ <= total && largest <= total);
  ck_assert(!THC_isManaged(state, &largest));
  THCState_reserveBlasHandles(state, 3);
  ck_assert_int_eq(THCState_getNumBlasHandles(state), 3);
  THCState_setCurrentBlasHandleIndex(state, 2);
  ck_assert_int_eq(THCState_getCurrentBlasHandleIndex(state), 2);
  void *block;
  THCudaCheck(THCudaMalloc(state, &block, 4 * sizeof(float)));
  ck_assert_int_eq(THC_memoryStats(state, 0).inUse, 512); /* as rounded */
  {
    TH_AUTO(THCudaStorage) s = THCudaStorage_newWithData(state, block, 4); /* takes it over */
    TH_AUTO(THCudaTensor) x = THCudaTensor_newWithStorage1d(state, s, 0, 4, 1);
    THCudaTensor_fill(state, x, 2);
    ck_assert(THCudaTensor_sumall(state, x) == 8);
    ck_assert_int_eq(THCudaStorage_getDevice(state, s), 0);
  }
  ck_assert(THCState_getCurrentDeviceScratchSpace(state) && THCState_getCurrentDeviceScratchSpaceSize(state) >= 1 << 16);
  THCudaCheck(THCudaMalloc(state, &block, 4 * sizeof(float)));
  {
    TH_AUTO(THCudaStorage) s = THCudaStorage_newWithData(state, block, 4); /* borrows it */
    THCudaStorage_clearFlag(state, s, TH_STORAGE_FREEMEM | TH_STORAGE_RESIZABLE);
  }
  THCudaCheck(THCudaFree(state, block));
  THCudaCheck(cudaMalloc(&block, 64)); /* not from the cache: taken over, too */
  THCudaStorage_free(state, THCudaStorage_newWithData(state, block, 16));
  {
    TH_AUTO(THCudaHalfStorage) s = THCudaHalfStorage_newWithSize3(
      state, THC_float2half(1), THC_float2half(2), THC_float2half(3));
    TH_AUTO(THCudaLongStorage) n = THCudaLongStorage_newWithSize4(state, 1, 2, 3, INT64_MAX);
    for (int i = 0; i < 3; i++) {
      ck_assert(THC_half2float(THCudaHalfStorage_get(state, s, i)) == (float)(i + 1));
      ck_assert_int_eq(THCudaLongStorage_get(state, n, i), i + 1);
    }
    ck_assert(THCudaLongStorage_get(state, n, 3) == INT64_MAX); /* exactly */
  }
  float *pinned = THCudaHostAlloc(state, 64);
  pinned[15] = 1;
  THCudaHostFree(state, pinned);
  ck_assert(THC_half2float(THC_float2half(1.5f)) == 1.5f);
}
END_TEST

/* ---- errors ---- */

static void different_sizes(void *arg)
{
  (void)arg;
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize2d(state, 2, 3);
  TH_AUTO(THCudaTensor) b = THCudaTensor_newWithSize2d(state, 4, 5);
  THCudaTensor_cadd(state, a, a, 1, b);
}
static void too_far(void *arg)
{
  (void)arg;
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize1d(state, 3);
  THCudaTensor_get1d(state, a, 3);
}
static void bad_constructor(void *arg)
{
  (void)arg;
  TH_AUTO(THLongStorage) two = THLongStorage_newWithSize2(2, 3);
  TH_AUTO(THLongStorage) one = THLongStorage_newWithSize1(1);
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize(state, two, one);
}
static void bad_storage(void *arg)
{
  (void)arg;
  TH_AUTO(THCudaIntStorage) s = THCudaIntStorage_newWithSize(state, 4);
  THCudaIntStorage_clearFlag(state, s, TH_STORAGE_RESIZABLE);
  TH_AUTO(THCudaIntTensor) a = THCudaIntTensor_newWithStorage1d(state, s, 2, 3, 1);
}
static void bad_view(void *arg)
{
  (void)arg;
  TH_AUTO(THLongStorage) sizes = THLongStorage_newWithSize1(7);
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize1d(state, 6);
  TH_AUTO(THCudaTensor) view = THCudaTensor_newView(state, a, sizes);
}
static void bad_index(void *arg)
{
  (void)arg;
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize1d(state, 6);
  TH_AUTO(THLongTensor) at = THLongTensor_newWithSize1d(1);
  THLongTensor_fill(at, 9);
  THCudaTensor_indexFill_long(state, a, 0, at, 1);
  THC_synchronize(state); /* what waits next raises it */
}
static void other_gpu(void *arg)
{
  (void)arg;
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize1d(state, 6);
  THC_setDevice(state, 1);
  TH_AUTO(THCudaTensor) b = THCudaTensor_newWithSize1d(state, 6);
  ck_assert_int_eq(THCudaTensor_getDevice(state, b), 1);
  ck_assert(!THCudaTensor_checkGPU(state, 2, a, b));
  THCudaTensor_copy(state, b, a); /* copies may cross */
  THCudaTensor_cadd(state, b, b, 1, a);
}
static void no_gpu(void *arg)
{
  (void)arg;
  THC_setDevice(state, 7);
}
static void async_transposed(void *arg)
{
  (void)arg;
  TH_AUTO(THFloatTensor) host = THFloatTensor_newWithSize2d(2, 3);
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize2d(state, 3, 2);
  THCudaTensor_transpose(state, a, NULL, 0, 1);
  THCudaTensor_copyAsyncCPU(state, a, host);
}
static void bad_trans(void *arg)
{
  (void)arg;
  THCudaBlas_Sgemm(state, 'x', 'n', 1, 1, 1, 1, NULL, 1, NULL, 1, 0, NULL, 1);
}
static void foreign_block(void *arg)
{
  (void)arg;
  void *block;
  THCudaCheck(cudaMalloc(&block, 64));
  TH_AUTO(THCudaStorage) s = THCudaStorage_newWithData(state, block, 16);
  THCudaStorage_resize(state, s, 32);
}
static void cuda_error(void *arg)
{
  (void)arg;
  THCudaCheck(2); /* cudaErrorMemoryAllocation */
}

START_TEST(test_errors)
{
  start();
  th_raises(different_sizes, NULL, "[2 x 3]");
  th_raises(too_far, NULL, "out of range");
  th_raises(bad_constructor, NULL, "inconsistent numbers of sizes and strides");
  th_raises(bad_storage, NULL, "not resizable");
  th_raises(bad_view, NULL, "7");
  th_raises(bad_index, NULL, "index");
  th_raises(other_gpu, NULL, "GPU 1");
  th_raises(no_gpu, NULL, "GPU 8 out of range, there are 2");
  th_raises(bad_trans, NULL, "trans must be 'n' or 't', got 'x'");
  th_raises(async_transposed, NULL, "must be contiguous");
  th_raises(foreign_block, NULL, "THCudaMalloc did not make");
  th_raises(cuda_error, NULL, "CUDA error 2");
}
END_TEST

/* ---- streams as objects, batches of matrices, functions of a few types ---- */

START_TEST(test_streams)
{
  start();
  THCStream *stream = THCStream_new(0), *other = THCStream_newWithPriority(1, 0);
  ck_assert(THCState_getStream(state) == THCStream_defaultStream(0));
  THCState_setStream(state, stream);
  ck_assert(THCState_getCurrentStream(state) == stream->stream);
  ck_assert_int_eq(THCState_getCurrentStreamIndex(state), 1);
  THCState_setStream(state, stream);
  ck_assert_int_eq(THCState_getNumStreams(state), 1);
  ck_assert(THCState_getDeviceScratchSpace(state, 0, 1) == THCState_getCurrentDeviceScratchSpace(state));
  void *block;
  size_t size = 0;
  THCudaMalloc(state, &block, 100);
  ck_assert(THCCachingAllocator_getBaseAllocation((char *)block + 50, &size) == block && size >= 100);
  THCCachingAllocator_recordStream(block, other);
  THCudaFree(state, block);
  THCState_setStream(state, NULL);
  ck_assert(THCState_getCurrentStream(state) == NULL);
  THCStream_retain(other);
  THCStream_free(other);
  THCStream_free(other);
  THCStream_free(stream);
  THCState_setDeviceAllocator(state, THCCachingAllocator_get());
  THCMagma_init(state);
}
END_TEST

enum { N = 5, BATCH = 3 };

/* Addresses of the matrices of a batch, on the GPU. */
static double **addresses(THCudaLongTensor *list, double *first)
{
  for (int64_t i = 0; i < BATCH; i++) THCudaLongTensor_set1d(state, list, i, (int64_t)(first + i * N * N));
  return (double **)THCudaLongTensor_data(state, list);
}

START_TEST(test_batches)
{
  start();
  TH_AUTO(THDoubleTensor) host = THDoubleTensor_newWithSize3d(BATCH, N, N);
  for (int64_t b = 0; b < BATCH; b++)
    for (int64_t i = 0; i < N; i++)
      for (int64_t j = 0; j < N; j++) THDoubleTensor_set3d(host, b, i, j, (double)((3 * i + 7 * j * j + b) % 11) - (i == j ? 0 : 4));
  TH_AUTO(THCudaDoubleTensor) a = THCudaDoubleTensor_newWithSize3d(state, BATCH, N, N);
  THCudaDoubleTensor_copyCPU(state, a, host);
  TH_AUTO(THCudaDoubleTensor) lu = THCudaDoubleTensor_newClone(state, a);
  TH_AUTO(THCudaDoubleTensor) inverse = THCudaDoubleTensor_newClone(state, a);
  TH_AUTO(THCudaDoubleTensor) product = THCudaDoubleTensor_newClone(state, a);
  TH_AUTO(THCudaIntTensor) pivot = THCudaIntTensor_newWithSize1d(state, BATCH * N);
  TH_AUTO(THCudaIntTensor) info = THCudaIntTensor_newWithSize1d(state, BATCH);
  THCudaLongTensor *lists[4];
  for (int i = 0; i < 4; i++) lists[i] = THCudaLongTensor_newWithSize1d(state, BATCH);
  double **x = addresses(lists[0], THCudaDoubleTensor_data(state, a)), **f = addresses(lists[1], THCudaDoubleTensor_data(state, lu));
  double **c = addresses(lists[2], THCudaDoubleTensor_data(state, inverse)), **p = addresses(lists[3], THCudaDoubleTensor_data(state, product));
  int *rows = THCudaIntTensor_data(state, pivot), *zero = THCudaIntTensor_data(state, info), done = 7;
  THCudaBlas_Dgetrf(state, N, f, N, rows, zero, BATCH);
  ck_assert_int_eq(THCudaIntTensor_sumall(state, info), 0);
  THCudaBlas_Dgetri(state, N, (const double **)f, N, rows, c, N, zero, BATCH);
  THCudaBlas_DgemmBatched(state, 'n', 'n', N, N, N, 1, (const double **)x, N, (const double **)c, N, 0, p, N, BATCH);
  for (int64_t i = 0; i < BATCH * N * N; i++)
    ck_assert(fabs(THCudaDoubleTensor_get3d(state, product, i / (N * N), i / N % N, i % N) - (i / N % N == i % N)) < 1e-9);
  /* A' X = A' gives 1, A X = A as well */
  for (int t = 0; t < 2; t++) {
    TH_AUTO(THCudaDoubleTensor) right = THCudaDoubleTensor_newTranspose(state, a, 1, 2);
    THCudaDoubleTensor_copy(state, product, t ? right : a);
    THCudaBlas_Dgetrs(state, t ? 't' : 'n', N, N, (const double **)f, N, rows, p, N, &done, BATCH);
    ck_assert_int_eq(done, 0);
    for (int64_t i = 0; i < BATCH * N * N; i++)
      ck_assert(fabs(THCudaDoubleTensor_get3d(state, product, i / (N * N), i / N % N, i % N) - (i / N % N == i % N)) < 1e-9);
  }
  THCudaDoubleTensor_zero(state, lu);
  THCudaBlas_Dgetrf(state, N, f, N, NULL, zero, BATCH);
  ck_assert_int_eq(THCudaIntTensor_get1d(state, info, 1), 1);
  for (int i = 0; i < 4; i++) THCudaLongTensor_free(state, lists[i]);
}
END_TEST

START_TEST(test_extras)
{
  start();
  TH_AUTO(THCudaTensor) keys = THCudaTensor_newWithSize1d(state, 3);
  TH_AUTO(THCudaLongTensor) values = THCudaLongTensor_newWithSize1d(state, 3);
  for (int64_t i = 0; i < 3; i++) {
    THCudaTensor_set1d(state, keys, i, (float)(i * 2 % 3));
    THCudaLongTensor_set1d(state, values, i, 10 * i);
  }
  ck_assert(THCudaTensor_medianall(state, keys) == 1);
  THCudaTensor_sortKeyValueInplace(state, keys, values, 0, 1);
  static const int64_t moved[] = {10, 20, 0};
  for (int64_t i = 0; i < 3; i++) {
    ck_assert(THCudaTensor_get1d(state, keys, i) == (float)(2 - i));
    ck_assert_int_eq(THCudaLongTensor_get1d(state, values, i), moved[i]);
  }
  TH_AUTO(THCudaTensor) r = THCudaTensor_new(state);
  THCudaTensor_fill(state, keys, 5);
  THCudaTensor_lgamma(state, r, keys);
  ck_assert(fabsf(THCudaTensor_get1d(state, r, 2) - logf(24)) < 1e-5f);
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize3d(state, 1, 2, 2);
  TH_AUTO(THCudaTensor) lu = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) b = THCudaTensor_newWithSize2d(state, 1, 2);
  TH_AUTO(THCudaIntTensor) pivot = THCudaIntTensor_new(state);
  TH_AUTO(THCudaIntTensor) info = THCudaIntTensor_new(state);
  for (int64_t i = 0; i < 4; i++) THCudaTensor_set3d(state, a, 0, i / 2, i % 2, i == 0 ? 2 : i == 3 ? 4 : 0);
  THCudaTensor_fill(state, b, 8);
  THCudaTensor_btrifact(state, lu, pivot, info, 1, a);
  THCudaTensor_btrisolve(state, r, b, lu, pivot);
  ck_assert(THCudaTensor_get2d(state, r, 0, 0) == 4 && THCudaTensor_get2d(state, r, 0, 1) == 2);
  TH_AUTO(THCudaTensor) u = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) s = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) v = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) rest = THCudaTensor_new(state);
  TH_AUTO(THCudaTensor) m = THCudaTensor_newSelect(state, a, 0, 0);
  THCudaTensor_gesvd2(state, u, s, v, rest, m, "A");
  ck_assert(fabsf(THCudaTensor_get1d(state, s, 0) - 4) < 1e-5f);
  TH_AUTO(THCudaTensor) image = THCudaTensor_newWithSize3d(state, 1, 3, 3);
  TH_AUTO(THCudaTensor) kernel = THCudaTensor_newWithSize4d(state, 2, 1, 2, 2);
  THCudaTensor_fill(state, image, 1);
  THCudaTensor_fill(state, kernel, 1);
  THCudaTensor_conv2Dmv(state, r, 0, image, kernel, 1, 1, "vx");
  ck_assert(THCudaTensor_get3d(state, r, 1, 1, 1) == 4 && THCudaTensor_nElement(state, r) == 8);
}
END_TEST

/* Whatever allocation fails, nothing is left behind. */
static void make_things(void *arg)
{
  (void)arg;
  TH_AUTO(THLongStorage) sizes = THLongStorage_newWithSize2(2, 3);
  TH_AUTO(THCudaTensor) a = THCudaTensor_newWithSize(state, sizes, NULL);
  TH_AUTO(THCudaStorage) s = THCudaStorage_newWithSize4(state, 1, 2, 3, 4);
  TH_AUTO(THCudaTensor) b = THCudaTensor_newWithStorage2d(state, s, 0, 2, 2, 2, 1);
  TH_AUTO(THCudaTensor) c = THCudaTensor_newView(state, a, sizes);
  TH_AUTO(THLongTensor) at = THLongTensor_newWithSize1d(1);
  THLongTensor_fill(at, 1);
  THCudaTensor_indexFill_long(state, b, 0, at, 1);
}
START_TEST(test_no_memory)
{
  start();
  make_things(NULL); /* fills the pools */
  th_exhaust(make_things, NULL);
}
END_TEST

START_TEST(test_state)
{
  start();
  ck_assert(THCState_alloc() == state);
  ck_assert_int_eq(THCState_getNumDevices(state), 2);
  ck_assert(THCState_getCurrentDeviceProperties(state) != NULL);
  ck_assert(THC_nativeHalfInstructions(state) >= THC_fastHalfInstructions(state));
  ck_assert(THCState_getDeviceAllocator(state)->malloc != NULL);
  {
    TH_AUTO(THCudaTensor) x = THCudaTensor_newWithSize1d(state, 1000);
    THCudaTensor_fill(state, x, 1);
    ck_assert(THCudaTensor_normall(state, x, 1) == 1000);
  }
  THCState_free(state);
  ck_assert_int_eq(THC_memoryStats(state, 0).inUse, 0);
}
END_TEST

TH_MAIN("thc", test_structure, test_expand, test_copies, test_pinned, test_operations, test_moved,
        test_random, test_blas, test_memory, test_errors, test_streams, test_batches, test_extras, test_no_memory, test_state)
