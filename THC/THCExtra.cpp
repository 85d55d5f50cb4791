// What is in THCExtra.h but for kernels (kernels/batched.cu).
#include <new>
#include "THCState.h"
#include "THTensor.h"

static THAnyTensor *any(void *t) { return (THAnyTensor *)t; }

// ---- streams ----

static THCStream *new_stream(int flags, int priority)
{
  cudaStream_t stream;
#ifdef THC_SIMT
  (void)priority;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, (unsigned)flags));
#else
  THC_CHECK(cudaStreamCreateWithPriority(&stream, (unsigned)flags, priority));
#endif
  return new THCStream{stream, THC_device(), 1};
}

THCStream *THCStream_new(int flags) { return new_stream(flags, 0); }
THCStream *THCStream_newWithPriority(int flags, int priority) { return new_stream(flags, priority); }

void THCStream_retain(THCStream *self)
{
  if (self) __atomic_add_fetch(&self->refcount, 1, __ATOMIC_RELAXED);
}

void THCStream_free(THCStream *self)
{
  if (!self || !self->stream || __atomic_sub_fetch(&self->refcount, 1, __ATOMIC_ACQ_REL) > 0) return;
  if (THC_findStream(self->device, self->stream) < 0) (void)cudaStreamDestroy(self->stream);
  delete self;
}

// One object for a GPU's stream of the state, for the process.
static THCStream *object_of(int device, cudaStream_t stream)
{
  static std::mutex mutex;
  static auto *objects = new std::map<std::pair<int, cudaStream_t>, THCStream *>();
  std::lock_guard<std::mutex> lock(mutex);
  THCStream *&object = (*objects)[{device, stream}];
  if (!object) object = new THCStream{stream, device, 1};
  return object;
}

THCStream *THCStream_defaultStream(int device) { return object_of(device, nullptr); }

THCStream *THCState_getStream(THCState *state)
{
  return object_of(THC_device(), THCState_getCurrentStream(state));
}

void THCState_setStream(THCState *state, THCStream *stream)
{
  int index = stream && stream->stream ? THC_findStream(stream->device, stream->stream) : 0;
  if (index < 0) index = THC_addStream(stream->device, stream->stream);
  THCState_setCurrentStreamIndex(state, index);
}

void *THCState_getDeviceScratchSpace(THCState *state, int device, int stream)
{
  THCState_getDeviceStream(state, device, stream); // raises where there is none
  TH_ON_DEVICE(device + 1);
  int before = THCState_getCurrentStreamIndex(state);
  THCState_setCurrentStreamIndex(state, stream);
  void *space = THCState_getCurrentDeviceScratchSpace(state);
  THCState_setCurrentStreamIndex(state, before);
  return space;
}
size_t THCState_getDeviceScratchSpaceSize(THCState *state, int device)
{
  (void)device;
  return THCState_getCurrentDeviceScratchSpaceSize(state);
}

// ---- memory ----

THAllocator *THCCachingAllocator_get(void) { return THCState_getDeviceAllocator(THC_state()); }
void THCState_setDeviceAllocator(THCState *state, THAllocator *allocator)
{
  if (allocator != THCState_getDeviceAllocator(state)) THError("storages of GPUs have one allocator, which cannot be changed");
}
int THCCachingHostAllocator_recordEvent(void *ptr, THCStream *stream) { return (void)ptr, (void)stream, 0; }
void THCCachingHostAllocator_emptyCache(void) {}
void THCudaHostRecord(THCState *state, void *ptr) { (void)state, (void)ptr; }
void THCMagma_init(THCState *state) { (void)state; }

// ---- tensors ----

static THScalar median_of(THAnyTensor *t) { return THAnyTensor_medianall(t); }

static void sort_together(THAnyTensor *keys, THAnyTensor *values, int dim, int order)
{
  THArgCheck(THAnyTensor_isSameSizeAs(keys, values), 3, "sortKeyValueInplace: keys %s and values %s must have one size",
             THAnyTensor_sizeDesc(keys).str, THAnyTensor_sizeDesc(values).str);
  TH_AUTO(THAnyTensor) sorted = THAnyTensor_new((THType)keys->type);
  TH_AUTO(THAnyTensor) at = THAnyTensor_new((THType)values->type);
  TH_AUTO(THAnyTensor) moved = THAnyTensor_new((THType)values->type);
  THAnyTensor_sort(sorted, at, keys, dim, order);
  THAnyTensor_add(at, at, THScalar_fromInt(TH_INDEX_BASE));
  THAnyTensor_gather(moved, values, dim, at);
  THAnyTensor_copy(keys, sorted);
  THAnyTensor_copy(values, moved);
}

#define EXTRA(Cuda, real, field)                                                                                     \
  real Cuda##_medianall(THCState *state, Cuda *self) { return (void)state, (real)median_of(any(self)).field; }       \
  void Cuda##_sortKeyValueInplace(THCState *state, Cuda *keys, THCudaLongTensor *values, int dim, int order)         \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    sort_together(any(keys), any(values), dim, order);                                                               \
  }
EXTRA(THCudaByteTensor, unsigned char, i)
EXTRA(THCudaCharTensor, THChar, i)
EXTRA(THCudaShortTensor, short, i)
EXTRA(THCudaIntTensor, int, i)
EXTRA(THCudaLongTensor, int64_t, i)
EXTRA(THCudaTensor, float, d)
EXTRA(THCudaDoubleTensor, double, d)

// A tensor of the CPU with t's elements, or an empty one of its type.
static THAnyTensor *new_host(THAnyTensor *t, bool filled)
{
  THAnyTensor *r = THAnyTensor_new(THType_element((THType)t->type));
  if (filled) {
    THAnyTensor_resizeAs(r, t);
    THAnyTensor_copy(r, t);
  }
  return r;
}
static void give_back(THAnyTensor *r_, THAnyTensor *host)
{
  THAnyTensor_resizeAs(r_, host);
  THAnyTensor_copy(r_, host);
}

static void factorise(THAnyTensor *ra_, THAnyTensor *rpivots_, THAnyTensor *rinfo_, int pivot, THAnyTensor *a)
{
  TH_AUTO(THAnyTensor) x = new_host(a, true);
  TH_AUTO(THAnyTensor) r = new_host(ra_, false);
  TH_AUTO(THAnyTensor) p = new_host(rpivots_, false);
  TH_AUTO(THAnyTensor) info = rinfo_ ? new_host(rinfo_, false) : nullptr;
  THAnyTensor_btrifact(r, p, info, pivot, x);
  give_back(ra_, r);
  give_back(rpivots_, p);
  if (rinfo_) give_back(rinfo_, info);
}

static void solve(THAnyTensor *rb_, THAnyTensor *b, THAnyTensor *atf, THAnyTensor *pivots)
{
  TH_AUTO(THAnyTensor) r = new_host(rb_, false);
  TH_AUTO(THAnyTensor) right = new_host(b, true);
  TH_AUTO(THAnyTensor) factors = new_host(atf, true);
  TH_AUTO(THAnyTensor) p = new_host(pivots, true);
  THAnyTensor_btrisolve(r, right, factors, p);
  give_back(rb_, r);
}

#define EXTRA_REAL(Cuda, Host)                                                                                             \
  void Cuda##_lgamma(THCState *state, Cuda *r_, Cuda *t)                                                             \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    TH_AUTO(THAnyTensor) x = new_host(any(t), true);                                                                 \
    Host##_lgamma((Host *)x, (Host *)x);                                                                             \
    give_back(any(r_), x);                                                                                           \
  }                                                                                                                  \
  void Cuda##_gesvd2(THCState *state, Cuda *ru_, Cuda *rs_, Cuda *rv_, Cuda *ra_, Cuda *a, const char *jobu)         \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    THAnyTensor_gesvd2(any(ru_), any(rs_), any(rv_), any(ra_), any(a), jobu);                                        \
  }                                                                                                                  \
  void Cuda##_btrifact(THCState *state, Cuda *ra_, THCudaIntTensor *rpivots_, THCudaIntTensor *rinfo_, int pivot,    \
                       Cuda *a)                                                                                      \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    factorise(any(ra_), any(rpivots_), any(rinfo_), pivot, any(a));                                                  \
  }                                                                                                                  \
  void Cuda##_btrisolve(THCState *state, Cuda *rb_, Cuda *b, Cuda *atf, THCudaIntTensor *pivots)                     \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    solve(any(rb_), any(b), any(atf), any(pivots));                                                                  \
  }                                                                                                                  \
  void Cuda##_multinomialAliasDraw(THCState *state, THCudaLongTensor *self, THCudaLongTensor *J, Cuda *q)            \
  {                                                                                                                  \
    Cuda##_multinomialAliasFrom(state, self, J, q, TH_INDEX_BASE);                                                   \
  }
EXTRA_REAL(THCudaTensor, THFloatTensor)
EXTRA_REAL(THCudaDoubleTensor, THDoubleTensor)

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

#define CONV(name)                                                                                                   \
  void THCudaTensor_conv2D##name(THCState *state, THCudaTensor *output, float beta, THCudaTensor *input,             \
                                 THCudaTensor *kernel, int64_t srow, int64_t scol, const char *type)                 \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    const char vf[2] = {upper(type[0]), '\0'}, xc[2] = {type[0] ? upper(type[1]) : '\0', '\0'};                      \
    THAnyTensor_conv2D##name(any(output), THScalar_fromDouble(beta), THScalar_fromInt(1), any(input), any(kernel),   \
                             srow, scol, vf, xc);                                                                    \
  }
CONV(mv)
CONV(mm)
#define CONV_REV(name)                                                                                               \
  void THCudaTensor_conv2D##name(THCState *state, THCudaTensor *output, float beta, float alpha, THCudaTensor *input, \
                                 THCudaTensor *kernel, int64_t srow, int64_t scol)                                   \
  {                                                                                                                  \
    (void)state;                                                                                                     \
    THAnyTensor_conv2D##name(any(output), THScalar_fromDouble(beta), THScalar_fromDouble(alpha), any(input),         \
                             any(kernel), srow, scol);                                                               \
  }
CONV_REV(Revger)
CONV_REV(Revgerm)
