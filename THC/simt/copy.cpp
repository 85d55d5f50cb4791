// cudaMemcpy and cudaMemset. Copies that wait in a stream read pageable memory when they are
// issued, pinned memory when the stream comes to them.
#include "simt_internal.h"
#include <cstring>

static bool on_device(const Place &p)
{
  return p.kind == Place::DEVICE || p.kind == Place::MANAGED;
}
static bool on_host(const Place &p) { return p.kind != Place::DEVICE; }

static bool in_bounds(const Place &place, const void *p, size_t count)
{
  if (place.kind == Place::PAGEABLE) return true;
  if (!place.data) return false;
  return count <= place.size - (size_t)(static_cast<const char *>(p) - place.data);
}

static bool direction_fits(const Place &dst, const Place &src, cudaMemcpyKind kind)
{
  switch (kind) {
  case cudaMemcpyHostToHost: return on_host(dst) && on_host(src);
  case cudaMemcpyHostToDevice: return on_device(dst) && on_host(src);
  case cudaMemcpyDeviceToHost: return on_host(dst) && on_device(src);
  case cudaMemcpyDeviceToDevice: return on_device(dst) && on_device(src);
  case cudaMemcpyDefault: return true;
  }
  return false;
}

static cudaError_t check(const void *dst, const void *src, size_t count, cudaMemcpyKind kind)
{
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault)
    return cudaErrorInvalidMemcpyDirection;
  Place to = simt_place(dst), from = simt_place(src);
  if (!dst || !src || !direction_fits(to, from, kind) || !in_bounds(to, dst, count) ||
      !in_bounds(from, src, count))
    return cudaErrorInvalidValue;
  return cudaSuccess;
}

static void copy_now(void *dst, const void *src, size_t count)
{
  Open open(SIMT_ALL_DEVICES);
  memmove(dst, src, count);
}

// Waits for what a copy of the default stream waits for, on the devices of both sides.
static void drain_for(const void *p)
{
  Place place = simt_place(p);
  if (place.kind == Place::DEVICE) simt_drain_device(*place.device, false);
}

static cudaError_t sticky()
{
  return simt_device().sticky ? simt_error(simt_device().sticky) : cudaSuccess;
}

cudaError_t cudaMemcpy(void *dst, const void *src, size_t count, cudaMemcpyKind kind)
{
  Call call;
  if (call.error) return call.error;
  if (count == 0) return cudaSuccess;
  if (cudaError_t error = check(dst, src, count, kind)) return simt_error(error);
  simt_waits++;
  simt_drain(nullptr);
  drain_for(dst);
  drain_for(src);
  if (sticky()) return sticky();
  copy_now(dst, src, count);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, cudaMemcpyKind kind,
                            cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  if (count == 0) return cudaSuccess;
  if (cudaError_t error = check(dst, src, count, kind)) return simt_error(error);
  bool at_once = !stream || stream == cudaStreamLegacy, returns = simt_place(dst).kind == Place::PAGEABLE;
  if (simt_capturing(stream) && (returns || simt_place(src).kind == Place::PAGEABLE)) return simt_break_capture(stream);
  if (returns) simt_waits++;
  if (at_once || returns) { // as CUDA does: returns when it is done
    simt_drain(stream);
    if (sticky()) return sticky();
    copy_now(dst, src, count);
  } else if (simt_place(src).kind == Place::PAGEABLE) {
    const char *bytes = static_cast<const char *>(src);
    auto staged = std::make_shared<std::vector<char>>(bytes, bytes + count);
    simt_enqueue(stream, [=] { copy_now(dst, staged->data(), count); });
  } else simt_enqueue(stream, [=] { copy_now(dst, src, count); });
  return cudaSuccess;
}

static cudaError_t check_peers(int dst_device, int src_device)
{
  int n = (int)simt_devices.size();
  bool fits = dst_device >= 0 && dst_device < n && src_device >= 0 && src_device < n;
  return fits ? cudaSuccess : simt_error(cudaErrorInvalidDevice);
}

cudaError_t cudaMemcpyPeerAsync(void *dst, int dst_device, const void *src, int src_device,
                                size_t count, cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (cudaError_t error = check_peers(dst_device, src_device)) return error;
  return cudaMemcpyAsync(dst, src, count, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemcpyPeer(void *dst, int dst_device, const void *src, int src_device, size_t count)
{
  Call call;
  if (call.error) return call.error;
  if (cudaError_t error = check_peers(dst_device, src_device)) return error;
  return cudaMemcpy(dst, src, count, cudaMemcpyDeviceToDevice);
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t count, cudaStream_t stream)
{
  Call call;
  if (call.error) return call.error;
  if (!simt_stream_valid(stream)) return simt_error(cudaErrorInvalidResourceHandle);
  if (count == 0) return cudaSuccess;
  Place place = simt_place(p);
  if (!on_device(place) || !in_bounds(place, p, count)) return simt_error(cudaErrorInvalidValue);
  simt_enqueue(stream, [=] {
    Open open(SIMT_ALL_DEVICES);
    memset(p, value, count);
  });
  return cudaSuccess;
}
cudaError_t cudaMemset(void *p, int value, size_t count)
{
  return cudaMemsetAsync(p, value, count, nullptr);
}
