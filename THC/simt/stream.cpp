// Streams and events. Work of the default stream runs at once, after that of the device's blocking
// streams; work of other streams is kept until something waits for it, so that a missing wait
// shows.
#include "simt_internal.h"
#include <ctime>

struct CUevent_st {
  Device *device;
  bool timing;
  std::shared_ptr<Record> record; // the latest; NULL: never recorded
};

std::set<cudaStream_t> &simt_streams = *new std::set<cudaStream_t>;
static std::set<cudaStream_t> &streams = simt_streams;
static std::set<cudaEvent_t> &events = *new std::set<cudaEvent_t>;

static bool is_default(cudaStream_t s) { return s == nullptr || s == cudaStreamLegacy; }
bool simt_stream_valid(cudaStream_t s) { return is_default(s) || streams.count(s); }
Device &simt_stream_device(cudaStream_t s) { return is_default(s) ? simt_device() : *s->device; }

static double now_ms()
{
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

// ---- order ----

static void run_first(cudaStream_t s)
{
  Work work = std::move(s->queue.front());
  s->queue.pop_front();
  if (work.run) work.run();
  if (!work.record) return;
  work.record->ms = now_ms();
  work.record->done = true;
}

void simt_drain(cudaStream_t s)
{
  if (is_default(s)) simt_drain_device(simt_device(), false);
  else
    while (!s->queue.empty()) run_first(s);
}

void simt_drain_device(Device &device, bool non_blocking_too)
{
  for (cudaStream_t s : streams)
    if (s->device == &device && (s->blocking || non_blocking_too)) simt_drain(s);
}

// Runs the record's stream up to it. What that waits for was recorded earlier, so this ends.
static void complete(const std::shared_ptr<Record> &record)
{
  while (!record->done && streams.count(record->stream) && !record->stream->queue.empty())
    run_first(record->stream);
}

static void add(cudaStream_t s, Work work)
{
  if (is_default(s)) {
    simt_drain(s);
    CUstream_st now = {&simt_device(), true, {}, nullptr, false};
    now.queue.push_back(std::move(work));
    run_first(&now);
    return;
  }
  if (simt_capturing(s)) {
    s->capture->work.push_back(std::move(work.run));
    return;
  }
  s->queue.push_back(std::move(work));
  if (!simt_settings.lazy) simt_drain(s);
}

void simt_enqueue(cudaStream_t s, std::function<void()> run) { add(s, {std::move(run), nullptr}); }

void simt_forget_streams(Device &device)
{
  for (auto it = streams.begin(); it != streams.end();) {
    if ((*it)->device != &device) {
      ++it;
      continue;
    }
    delete *it;
    it = streams.erase(it);
  }
  for (auto it = events.begin(); it != events.end();) {
    if ((*it)->device != &device) {
      ++it;
      continue;
    }
    delete *it;
    it = events.erase(it);
  }
}

// ---- streams ----

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  if (!stream || flags & ~(unsigned)cudaStreamNonBlocking) return simt_error(cudaErrorInvalidValue);
  *stream = new CUstream_st{&simt_device(), !(flags & cudaStreamNonBlocking), {}, nullptr, false};
  streams.insert(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (is_default(stream) || !streams.count(stream))
    return simt_error(cudaErrorInvalidResourceHandle);
  simt_drain(stream);
  streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  if (cudaError_t error = simt_check_wait(stream)) return error;
  simt_waits++;
  Device &device = simt_stream_device(stream);
  simt_drain(stream);
  return device.sticky ? simt_error(device.sticky) : cudaSuccess;
}

// Not ready as long as work was waiting; runs one piece of it, so that polling ends.
cudaError_t cudaStreamQuery(cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  if (cudaError_t error = simt_check_wait(stream)) return error;
  if (is_default(stream) || stream->queue.empty()) return cudaSuccess;
  run_first(stream);
  return simt_error(cudaErrorNotReady);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  if (flags) return simt_error(cudaErrorInvalidValue);
  if (!simt_stream_valid(stream) || !events.count(event))
    return simt_error(cudaErrorInvalidResourceHandle);
  if (simt_capturing(stream)) return simt_break_capture(stream);
  if (event->record && !event->record->done)
    simt_enqueue(stream, [record = event->record] { complete(record); });
  return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t fn, void *data)
{
  Call call;
  if (call.error) return call.error;
  if (!fn) return simt_error(cudaErrorInvalidValue);
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  simt_enqueue(stream, [=] { fn(data); });
  return cudaSuccess;
}

// ---- events ----

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  if (!event || flags & ~(unsigned)(cudaEventBlockingSync | cudaEventDisableTiming))
    return simt_error(cudaErrorInvalidValue);
  *event = new CUevent_st{&simt_device(), !(flags & cudaEventDisableTiming), nullptr};
  events.insert(*event);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t *event)
{
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
  Call call;
  if (call.error) return call.error;
  if (!events.erase(event)) return simt_error(cudaErrorInvalidResourceHandle);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream) || !events.count(event) ||
      &simt_stream_device(stream) != event->device)
    return simt_error(cudaErrorInvalidResourceHandle);
  if (simt_capturing(stream)) return simt_break_capture(stream);
  event->record = std::make_shared<Record>();
  event->record->stream = stream;
  add(stream, {nullptr, event->record});
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
  Call call;
  if (call.error) return call.error;
  if (!events.count(event)) return simt_error(cudaErrorInvalidResourceHandle);
  simt_waits++;
  if (event->record) complete(event->record);
  return event->device->sticky ? simt_error(event->device->sticky) : cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
  Call call;
  if (call.error) return call.error;
  if (!events.count(event)) return simt_error(cudaErrorInvalidResourceHandle);
  if (!event->record || event->record->done) return cudaSuccess;
  run_first(event->record->stream); // not done, so it is in the queue
  return simt_error(cudaErrorNotReady);
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
  Call call;
  if (call.error) return call.error;
  if (!ms) return simt_error(cudaErrorInvalidValue);
  if (!events.count(start) || !events.count(end) || !start->timing || !end->timing ||
      !start->record || !end->record)
    return simt_error(cudaErrorInvalidResourceHandle);
  if (!start->record->done || !end->record->done) return simt_error(cudaErrorNotReady);
  *ms = (float)(end->record->ms - start->record->ms);
  return cudaSuccess;
}

// ---- work of the host in stream order ----

void thc_simt_enqueue(cudaStream_t stream, const char *what, std::function<void()> work)
{
  Call call;
  if (call.error) return;
  if (!simt_stream_valid(stream)) {
    simt_error(cudaErrorInvalidResourceHandle);
    return;
  }
  Device *device = &simt_stream_device(stream);
  simt_enqueue(stream, [=] {
    if (device->sticky) return;
    Running before = simt_running;
    simt_running = {what, nullptr, 0, device, false};
    {
      Open open(SIMT_ALL_DEVICES);
      work();
      simt_check_guards(*device);
    }
    simt_running = before;
  });
}
