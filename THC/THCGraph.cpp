// Graphs: the launches of a function, recorded once and then started as one (CUDA graphs). A graph has a stream of its own, on
// which its function runs for the first time and is then recorded. What is allocated meanwhile comes from blocks of that
// stream, and blocks that are freed stay with it: nothing else ever gets the memory that a replay writes to.
#include "THCState.h"

struct THCGraph {
  int device;
  cudaStream_t stream;
  cudaGraphExec_t exec = nullptr;
  size_t launches = 0;
  uint64_t drawn = 0;        // blocks of random numbers in a replay
  uint64_t *words = nullptr; // on the GPU: the generator's seed and position (THCRandomBase)
};

static thread_local THCGraph *entered, *recording;

cudaStream_t THC_graphStream(void) { return entered && entered->device == THC_device() ? entered->stream : nullptr; }

void THC_checkRecording(void)
{
  if (recording)
    THError("a graph cannot wait for the GPU, nor copy from or to the CPU: read values, and copy data, outside of its function");
}

bool THC_recordedRandom(uint64_t n, THCRandomBase *base)
{
  if (!recording) return false;
  base->counter = recording->drawn;
  base->recorded = recording->words;
  recording->drawn += n;
  return true;
}

// ---- streams, which are used again: cuBLAS and cuDNN have handles for them ----

static std::mutex idle_mutex;
static std::vector<std::pair<int, cudaStream_t>> &idle_streams()
{
  static auto *list = new std::vector<std::pair<int, cudaStream_t>>();
  return *list;
}

static cudaStream_t take_stream(int device)
{
  std::lock_guard<std::mutex> lock(idle_mutex);
  auto &idle = idle_streams();
  for (auto it = idle.begin(); it != idle.end(); ++it) {
    if (it->first != device) continue;
    cudaStream_t stream = it->second;
    idle.erase(it);
    return stream;
  }
  cudaStream_t stream;
  THC_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return stream;
}

THCGraph *THCGraph_new(THCState *state)
{
  (void)state;
  int device = THC_device();
  cudaStream_t stream = take_stream(device);
  THC_keepBlocks(stream);
  THCGraph *g = new THCGraph();
  g->device = device;
  g->stream = stream;
  return g;
}

// Garbage that was collected while the calling thread recorded, when nothing may wait.
static thread_local std::vector<THCGraph *> abandoned;

void THCGraph_free(THCGraph *g)
{
  if (!g) return;
  if (recording) {
    abandoned.push_back(g);
    return;
  }
  TH_ON_DEVICE(g->device + 1);
  (void)cudaDeviceSynchronize(); // replays may be under way, on any stream; the process may be ending
  if (g->exec) (void)cudaGraphExecDestroy(g->exec);
  THC_free(g->words);
  THC_endKeepingBlocks(g->device, g->stream);
  std::lock_guard<std::mutex> lock(idle_mutex);
  idle_streams().push_back({g->device, g->stream});
  delete g;
}

static void free_abandoned()
{
  std::vector<THCGraph *> list;
  list.swap(abandoned);
  for (THCGraph *g : list) THCGraph_free(g);
}

// ---- recording ----

static void check_free(const THCGraph *g)
{
  if (entered) THError("a graph is being made already: its function cannot make another one");
  if (g->device != THC_device())
    THError("the graph is of GPU %d, but the current one is GPU %d", g->device + TH_INDEX_BASE, THC_device() + TH_INDEX_BASE);
}

void THCGraph_enter(THCState *state, THCGraph *g)
{
  check_free(g);
  THC_orderStreams(g->device + 1, THCState_getCurrentStream(state), g->device + 1, g->stream);
  entered = g;
}

void THCGraph_leave(THCState *state, THCGraph *g)
{
  entered = nullptr;
  TH_ON_DEVICE(g->device + 1);
  THC_orderStreams(g->device + 1, g->stream, g->device + 1, THCState_getCurrentStream(state));
}

void THCGraph_begin(THCGraph *g)
{
  if (entered != g) THError("the graph is not entered");
  if (!g->words) g->words = (uint64_t *)THC_malloc(2 * sizeof *g->words);
  g->drawn = 0;
  THC_CHECK(cudaStreamBeginCapture(g->stream, cudaStreamCaptureModeRelaxed));
  recording = g;
}

void THCGraph_end(THCGraph *g, int keep)
{
  cudaGraph_t graph = nullptr;
  recording = nullptr;
  cudaError_t error = cudaStreamEndCapture(g->stream, &graph);
  free_abandoned();
  if (!keep) {
    (void)cudaGetLastError();
    if (graph) (void)cudaGraphDestroy(graph);
    return;
  }
  THC_CHECK(error);
  error = cudaGraphGetNodes(graph, nullptr, &g->launches);
  if (error == cudaSuccess) error = cudaGraphInstantiate(&g->exec, graph, 0);
  (void)cudaGraphDestroy(graph);
  THC_CHECK(error);
}

size_t THCGraph_size(const THCGraph *g) { return g->launches; }

// ---- replaying ----

void THCGraph_launch(THCState *state, THCGraph *g)
{
  THC_checkRecording();
  if (!g->exec) THError("the graph holds nothing: its function has not been recorded");
  check_free(g);
  cudaStream_t stream = THCState_getCurrentStream(state);
  if (g->drawn) {
    THCRandomBase base = THC_takeRandom(g->drawn);
    uint64_t words[2] = {base.seed, base.counter};
    THC_CHECK(cudaMemcpyAsync(g->words, words, sizeof words, cudaMemcpyHostToDevice, stream));
  }
  THC_CHECK(cudaGraphLaunch(g->exec, stream));
}
