// Allocations of device memory with guards around them, pinned and managed memory, and what an
// address belongs to.
#include "simt_internal.h"
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#ifdef SIMT_ASAN
#include <sanitizer/asan_interface.h>
#endif

static const size_t alignment = 512; // of device memory, as CUDA's
static const size_t front = 512;     // guard before the data, of which SIMT_GUARD are checked
static unsigned long allocations;    // so far

struct HostBlock { // pinned or managed
  size_t size;
  bool managed;
  int device;
};
static std::map<char *, HostBlock> &host_blocks = *new std::map<char *, HostBlock>;

static size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

// ---- junk: bytes F5 FF, which read as NaN in half, float and double ----

#define SIMT_UNCHECKED __attribute__((no_sanitize("address", "undefined"), noinline))

static unsigned char junk_byte(const void *p)
{
  return reinterpret_cast<uintptr_t>(p) & 1 ? 0xFF : 0xF5;
}

SIMT_UNCHECKED void simt_fill_junk(void *begin, size_t size)
{
  typedef uint64_t __attribute__((may_alias, aligned(1))) Word;
  unsigned char *p = static_cast<unsigned char *>(begin), *end = p + size;
  uint64_t word = junk_byte(p) == 0xF5 ? 0xFFF5FFF5FFF5FFF5u : 0xF5FFF5FFF5FFF5FFu;
  for (; end - p >= 8; p += 8) *reinterpret_cast<Word *>(p) = word;
  for (; p < end; p++) *p = junk_byte(p);
}

SIMT_UNCHECKED size_t simt_first_not_junk(const void *begin, size_t size)
{
  typedef uint64_t __attribute__((may_alias, aligned(1))) Word;
  const unsigned char *p = static_cast<const unsigned char *>(begin);
  uint64_t word = junk_byte(p) == 0xF5 ? 0xFFF5FFF5FFF5FFF5u : 0xF5FFF5FFF5FFF5FFu;
  size_t i = 0;
  while (i + 8 <= size && *reinterpret_cast<const Word *>(p + i) == word) i += 8;
  while (i < size && p[i] == junk_byte(p + i)) i++;
  return i;
}

// ---- pages ----

// The first gap from `cursor` on, then from the arena's start, with a page out of reach behind.
static char *find_gap(const Device &d, char *cursor, size_t span)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *gap = cursor;
  auto it = d.allocations.lower_bound(cursor);
  for (; it != d.allocations.end(); ++it) {
    const Allocation &a = it->second;
    if (a.pages >= gap + span + page) break;
    gap = a.pages + a.span + page;
  }
  return gap + span + page <= d.arena + d.arena_size ? gap : nullptr;
}

static Allocation place_allocation(Device &d, size_t size)
{
  size_t span = round_up(front + size + SIMT_GUARD, (size_t)sysconf(_SC_PAGESIZE));
  char *pages = find_gap(d, d.cursor, span);
  if (!pages) pages = find_gap(d, d.arena, span);
  if (!pages) return {};
  d.cursor = pages + span + (size_t)sysconf(_SC_PAGESIZE);
  return {pages + front, size, pages, span, ++allocations};
}

static void fill_new(const Allocation &a)
{
  simt_fill_junk(a.data - SIMT_GUARD, a.size + 2 * SIMT_GUARD);
#ifdef SIMT_ASAN
  ASAN_POISON_MEMORY_REGION(a.pages, a.span);
  ASAN_UNPOISON_MEMORY_REGION(a.data, a.size);
#endif
}

static void release(Device &d, const Allocation &a)
{
#ifdef SIMT_ASAN
  ASAN_UNPOISON_MEMORY_REGION(a.pages, a.span); // a page out of reach says more
#endif
  simt_unmap(a.pages, a.span);
  d.used -= round_up(a.size, alignment);
}

void simt_free_all(Device &d)
{
  for (auto &entry : d.allocations) release(d, entry.second);
  d.allocations.clear();
  d.cursor = d.arena;
}

// ---- guards; under AddressSanitizer they are poisoned instead ----

static void check_guard(const Device &d, char *guard)
{
  size_t bad = simt_first_not_junk(guard, SIMT_GUARD);
  if (bad == SIMT_GUARD) return;
  simt_fill_junk(guard, SIMT_GUARD);
  simt_report(THC_SIMT_OUT_OF_BOUNDS, "write out of bounds: %s was overwritten",
              simt_describe(d, guard + bad).c_str());
}

void simt_check_guards(Device &d)
{
#ifdef SIMT_ASAN
  (void)d, (void)check_guard;
#else
  for (auto &entry : d.allocations) {
    const Allocation &a = entry.second;
    if (!simt_reached(a)) continue;
    check_guard(d, a.data - SIMT_GUARD);
    check_guard(d, a.data + a.size);
  }
#endif
}

// ---- what an address is ----

Device *simt_arena_of(const void *p)
{
  const char *c = static_cast<const char *>(p);
  for (Device &d : simt_devices)
    if (c >= d.arena && c < d.arena + d.arena_size) return &d;
  return nullptr;
}

// The allocation whose data or guards hold p, else the one before it, else NULL.
static const Allocation *nearest(const Device &d, const char *p)
{
  auto it = d.allocations.upper_bound(const_cast<char *>(p));
  if (it != d.allocations.end() && p >= it->second.pages) return &it->second;
  return it == d.allocations.begin() ? nullptr : &std::prev(it)->second;
}

std::string simt_describe(const Device &d, const char *p)
{
  const Allocation *a = nearest(d, p);
  if (!a) return simt_text("unallocated memory of device %d", d.id);
  std::string of = simt_text("the %zu-byte allocation %lu (%p) of device %d", a->size, a->number,
                             static_cast<void *>(a->data), d.id);
  if (p < a->data) return simt_text("byte %td before ", a->data - p) + of;
  if (p < a->data + a->size) return simt_text("byte %td of ", p - a->data) + of;
  return simt_text("byte %td behind the end of ", p - (a->data + a->size)) + of;
}

Place simt_place(const void *p)
{
  char *c = static_cast<char *>(const_cast<void *>(p));
  if (Device *d = simt_arena_of(p)) {
    auto it = d->allocations.upper_bound(c);
    if (it == d->allocations.begin()) return {Place::DEVICE, d, nullptr, 0};
    const Allocation &a = std::prev(it)->second;
    bool inside = c < a.data + a.size;
    return {Place::DEVICE, d, inside ? a.data : nullptr, inside ? a.size : 0};
  }
  auto it = host_blocks.upper_bound(c);
  if (it == host_blocks.begin()) return {Place::PAGEABLE, nullptr, nullptr, 0};
  --it;
  if (c >= it->first + it->second.size) return {Place::PAGEABLE, nullptr, nullptr, 0};
  return {it->second.managed ? Place::MANAGED : Place::PINNED,
          &simt_devices[(size_t)it->second.device], it->first, it->second.size};
}

// ---- API ----

cudaError_t cudaMalloc(void **p, size_t size)
{
  Call call;
  if (call.error) return call.error;
  simt_waits++;
  if (!p) return simt_error(cudaErrorInvalidValue);
  *p = nullptr;
  if (size == 0) return cudaSuccess;
  Device &d = simt_device();
  if (size > d.limit || round_up(size, alignment) > d.limit - d.used)
    return simt_error(cudaErrorMemoryAllocation);
  Allocation a = place_allocation(d, size);
  if (!a.data) return simt_error(cudaErrorMemoryAllocation);
  Open open(SIMT_ALL_DEVICES);
  if (!simt_map(d, a.pages, a.span)) return simt_error(cudaErrorMemoryAllocation);
  d.used += round_up(size, alignment);
  d.allocations[a.data] = a;
  fill_new(a);
  *p = a.data;
  return cudaSuccess;
}

static cudaError_t free_managed(char *p)
{
  auto it = host_blocks.find(p);
  if (it == host_blocks.end() || !it->second.managed) return simt_error(cudaErrorInvalidValue);
  for (Device &d : simt_devices) simt_drain_device(d, true);
  host_blocks.erase(it);
  free(p);
  return cudaSuccess;
}

cudaError_t cudaFree(void *p)
{
  Call call;
  if (call.error) return call.error;
  simt_waits++;
  if (!p) return cudaSuccess;
  Device *d = simt_arena_of(p);
  if (!d) return free_managed(static_cast<char *>(p));
  auto it = d->allocations.find(static_cast<char *>(p));
  if (it == d->allocations.end()) return simt_error(cudaErrorInvalidValue);
  simt_drain_device(*d, true); // as CUDA does: the work that uses it ends first
  it = d->allocations.find(static_cast<char *>(p));
  if (it == d->allocations.end()) return simt_error(cudaErrorInvalidValue);
  release(*d, it->second);
  d->allocations.erase(it);
  return cudaSuccess;
}

static cudaError_t new_host_block(void **p, size_t size, bool managed)
{
  *p = nullptr;
  if (size == 0) return managed ? simt_error(cudaErrorInvalidValue) : cudaSuccess;
  void *block = nullptr;
  if (posix_memalign(&block, alignment, size) != 0) return simt_error(cudaErrorMemoryAllocation);
  simt_fill_junk(block, size);
  host_blocks[static_cast<char *>(block)] = {size, managed, simt_device().id};
  *p = block;
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void **p, size_t size, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  simt_waits++;
  if (!p || flags & ~(cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined))
    return simt_error(cudaErrorInvalidValue);
  return new_host_block(p, size, false);
}
cudaError_t cudaMallocHost(void **p, size_t size) { return cudaHostAlloc(p, size, 0); }

cudaError_t cudaMallocManaged(void **p, size_t size, unsigned flags)
{
  Call call;
  if (call.error) return call.error;
  simt_waits++;
  if (!p || (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost))
    return simt_error(cudaErrorInvalidValue);
  return new_host_block(p, size, true);
}

cudaError_t cudaFreeHost(void *p)
{
  Call call;
  if (call.error) return call.error;
  simt_waits++;
  if (!p) return cudaSuccess;
  auto it = host_blocks.find(static_cast<char *>(p));
  if (it == host_blocks.end() || it->second.managed) return simt_error(cudaErrorInvalidValue);
  for (Device &d : simt_devices) simt_drain_device(d, true);
  host_blocks.erase(static_cast<char *>(p));
  free(p);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
  Call call;
  if (call.error) return call.error;
  const Device &d = simt_device();
  if (free_bytes) *free_bytes = d.limit - d.used;
  if (total) *total = d.limit;
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *p)
{
  Call call;
  if (call.error) return call.error;
  if (!attributes) return simt_error(cudaErrorInvalidValue);
  Place place = simt_place(p);
  void *pointer = const_cast<void *>(p);
  *attributes = {};
  attributes->device = place.device ? place.device->id : -2; // cudaInvalidDeviceId
  attributes->hostPointer = place.kind == Place::DEVICE ? nullptr : pointer;
  attributes->devicePointer = place.kind == Place::PAGEABLE ? nullptr : pointer;
  attributes->type = place.kind == Place::DEVICE    ? cudaMemoryTypeDevice
                     : place.kind == Place::MANAGED ? cudaMemoryTypeManaged
                     : place.kind == Place::PINNED  ? cudaMemoryTypeHost
                                                    : cudaMemoryTypeUnregistered;
  return cudaSuccess;
}
