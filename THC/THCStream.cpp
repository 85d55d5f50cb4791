// THCStream.h.
#include <new>
#include "THCState.h"

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
