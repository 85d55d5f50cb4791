#ifndef THC_STATE_H
#define THC_STATE_H
// Internal: the one THCState of the process, and what THCGeneral.cpp, THCAllocator.cpp and THCMemory.cpp
// tell each other.
#include "THC.h"
#include "THCGeneral.h"
#include "core/THDevice.h"
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

struct Scratch {
  void *data = nullptr;
  size_t bytes = 0;
};

struct GPU {
  std::vector<cudaStream_t> stream; // [0] is the default stream
  std::map<cudaStream_t, Scratch> scratch;
  std::set<int> peers;
  std::unique_ptr<cudaDeviceProp> properties; // once asked for
  uint64_t seed = 0, counter = 0; // of the random numbers
};

struct THCState {
  std::mutex mutex;
  std::vector<GPU> gpu;
};

THCState *THC_state();

// Functions of TH's table; devices from 1 on.
int THC_currentDevice(void);
int THC_selectDevice(int device);
THAllocator *THC_storageAllocator(void **context);
void THC_transfer(void *to, int toDevice, const void *from, int fromDevice, size_t bytes);
int64_t THC_allowance(void);

// Blocks of the current GPU, for its current stream.
void *THC_malloc(ptrdiff_t size);
void THC_free(void *ptr);

// The index of a GPU's stream, or -1; and gives it one. Devices from 0 on.
int THC_findStream(int device, cudaStream_t stream);
int THC_addStream(int device, cudaStream_t stream);

// Graphs (THCGraph.cpp). The stream that the calling thread's work goes to instead of the current one, or NULL.
cudaStream_t THC_graphStream(void);
// Raises while the calling thread records a graph: what follows would wait.
void THC_checkRecording(void);
// While it records, and then true: n blocks of random numbers, from where the graph has come to.
bool THC_recordedRandom(uint64_t n, THCRandomBase *base);

// Blocks freed on that stream are kept for it alone, whatever the settings; the end of it gives them to the default stream.
void THC_keepBlocks(cudaStream_t stream);
void THC_endKeepingBlocks(int device, cudaStream_t stream);

// What is put into `then` from now on starts after what is in `first` now; devices from 1 on.
void THC_orderStreams(int first_device, cudaStream_t first, int then_device, cudaStream_t then);

#endif
