// Graphs: the work that is put into a stream while it captures, kept to be run again.
#include "simt_internal.h"

struct CUgraphExec_st {
  Device *device;
  std::shared_ptr<const std::vector<std::function<void()>>> work;
};

static std::set<cudaGraph_t> &graphs = *new std::set<cudaGraph_t>;
static std::set<cudaGraphExec_t> &execs = *new std::set<cudaGraphExec_t>;

bool simt_capturing(cudaStream_t stream)
{
  return stream && stream != cudaStreamLegacy && stream->capture;
}

cudaError_t simt_break_capture(cudaStream_t stream)
{
  stream->broken = true;
  return simt_error(cudaErrorStreamCaptureUnsupported);
}

cudaError_t simt_check_wait(cudaStream_t stream)
{
  return simt_capturing(stream) ? simt_break_capture(stream) : cudaSuccess;
}

cudaError_t simt_check_wait_device(Device &device)
{
  for (cudaStream_t s : simt_streams)
    if (s->device == &device && simt_capturing(s)) return simt_break_capture(s);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  if (!stream || stream == cudaStreamLegacy) return simt_error(cudaErrorStreamCaptureUnsupported);
  if (mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed)
    return simt_error(cudaErrorInvalidValue);
  if (stream->capture) return simt_error(cudaErrorIllegalState);
  stream->capture = std::make_unique<CUgraph_st>();
  stream->capture->device = stream->device;
  stream->broken = false;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream) || !graph) return simt_error(cudaErrorInvalidValue);
  *graph = nullptr;
  if (!simt_capturing(stream)) return simt_error(cudaErrorIllegalState);
  std::unique_ptr<CUgraph_st> captured = std::move(stream->capture);
  if (stream->broken) return simt_error(cudaErrorStreamCaptureInvalidated);
  *graph = captured.release();
  graphs.insert(*graph);
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream) || !status) return simt_error(cudaErrorInvalidValue);
  *status = !simt_capturing(stream) ? cudaStreamCaptureStatusNone
            : stream->broken        ? cudaStreamCaptureStatusInvalidated
                                    : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *n)
{
  Call call;
  if (call.error) return call.error;
  if (!graphs.count(graph) || nodes || !n) return simt_error(cudaErrorInvalidValue);
  *n = graph->work.size();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
  Call call;
  if (call.error) return call.error;
  if (!exec || !graphs.count(graph) || flags) return simt_error(cudaErrorInvalidValue);
  *exec = new CUgraphExec_st{graph->device,
                             std::make_shared<const std::vector<std::function<void()>>>(graph->work)};
  execs.insert(*exec);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!execs.count(exec) || !simt_stream_valid(stream)) return simt_error(cudaErrorInvalidValue);
  for (const std::function<void()> &work : *exec->work) simt_enqueue(stream, work);
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
  Call call;
  if (call.error) return call.error;
  if (!graphs.erase(graph)) return simt_error(cudaErrorInvalidValue);
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
  Call call;
  if (call.error) return call.error;
  if (!execs.erase(exec)) return simt_error(cudaErrorInvalidValue);
  delete exec;
  return cudaSuccess;
}
