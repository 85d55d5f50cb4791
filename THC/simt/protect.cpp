// Device memory: an address range per device, out of reach of the host except while Open.
//
// Where the CPU has protection keys, opening and closing is one register write per thread
// (about 15 ns). Elsewhere pages are protected by mprotect: an access of a kernel faults and opens
// the allocation, and closing protects again what was opened.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "simt_internal.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <ucontext.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static unsigned opened; // devices
unsigned simt_opened() { return opened; }

// ---- protection keys ----

#if defined(__x86_64__) && defined(__linux__)
static uint32_t read_keys()
{
  uint32_t low, high;
  __asm__ volatile("rdpkru" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}
static void write_keys(uint32_t keys)
{
  __asm__ volatile("wrpkru" : : "a"(keys), "c"(0), "d"(0) : "memory");
}
static int new_key() { return pkey_alloc(0, PKEY_DISABLE_ACCESS); }
static int set_key(void *p, size_t size, int protection, int key)
{
  return pkey_mprotect(p, size, protection, key);
}
// The register as the signal handler's return will restore it.
static uint32_t *saved_keys(ucontext_t *context)
{
  unsigned size, offset, c, d;
  char *state = reinterpret_cast<char *>(context->uc_mcontext.fpregs);
  if (!state || !__get_cpuid_count(0xD, 9, &size, &offset, &c, &d) || size < 4) return nullptr;
  uint32_t magic;
  memcpy(&magic, state + 464, sizeof magic); // sw_reserved.magic1
  if (magic != 0x46505853) return nullptr;   // FP_XSTATE_MAGIC1
  uint64_t present;
  memcpy(&present, state + 512, sizeof present); // the header of the XSAVE area
  present |= 1u << 9;
  memcpy(state + 512, &present, sizeof present);
  return reinterpret_cast<uint32_t *>(state + offset);
}
#else
static uint32_t read_keys() { return 0; }
static void write_keys(uint32_t) {}
static int new_key() { return -1; }
static int set_key(void *, size_t, int, int) { return -1; }
static uint32_t *saved_keys(ucontext_t *) { return nullptr; }
#endif

// Two bits a key; both set: no access.
static uint32_t with_devices(uint32_t keys, unsigned devices)
{
  for (const Device &d : simt_devices) keys |= 3u << 2 * d.key;
  for (const Device &d : simt_devices) // two devices may have to share a key
    if (devices >> d.id & 1) keys &= ~(3u << 2 * d.key);
  return keys;
}

// A thread that helps a kernel's host work (a BLAS has several) has closed keys of its own.
bool simt_grant_keys(void *context)
{
  if (simt_settings.protect != Settings::KEYS || !opened) return false;
  uint32_t *keys = saved_keys(static_cast<ucontext_t *>(context));
  if (!keys || with_devices(*keys, opened) == *keys) return false;
  *keys = with_devices(*keys, opened);
  return true;
}

static bool take_keys()
{
  int key = -1;
  for (Device &d : simt_devices) {
    int next = new_key();
    if (next >= 0) key = next;
    if (key < 0) return false;
    d.key = key;
  }
  return true;
}

// ---- pages ----

static std::vector<Allocation> &reached =
    *new std::vector<Allocation>; // opened by a fault since Open

static void protect_allocation(const Allocation &a, int protection)
{
  mprotect(a.pages, a.span, protection);
}

bool simt_open_pages(const Device &device, const char *p)
{
  if (simt_settings.protect != Settings::PAGES || !(opened >> device.id & 1)) return false;
  auto it = device.allocations.upper_bound(const_cast<char *>(p));
  if (it != device.allocations.end() && p >= it->second.pages) {
    // in the guard before the data
  } else if (it == device.allocations.begin()) return false;
  else --it;
  const Allocation &a = it->second;
  if (p < a.pages || p >= a.pages + a.span) return false;
  protect_allocation(a, PROT_READ | PROT_WRITE);
  reached.push_back(a); // has room: this runs in the handler of a signal
  return true;
}

// Room for every allocation, twice for what two threads reach at once.
static void make_room()
{
  size_t n = 0;
  for (const Device &d : simt_devices) n += d.allocations.size();
  if (reached.capacity() < 2 * n) reached.reserve(4 * n);
}

bool simt_reached(const Allocation &allocation)
{
  if (simt_settings.protect != Settings::PAGES) return true;
  for (const Allocation &a : reached)
    if (a.pages == allocation.pages) return true;
  return false;
}

static void close_pages()
{
  for (const Allocation &a : reached) protect_allocation(a, PROT_NONE);
  reached.clear();
}

// ---- both ----

void simt_protect_start()
{
  for (Device &d : simt_devices) {
    d.key = 0;
    d.arena_size = 4 * simt_settings.memory + ((size_t)64 << 20); // room for holes and guards
    void *p =
        mmap(nullptr, d.arena_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
      perror("THC simulator: no address space for device memory (try a smaller THC_SIMT_MEMORY)");
      abort();
    }
    d.arena = d.cursor = static_cast<char *>(p);
  }
  if (simt_settings.protect == Settings::KEYS && !take_keys())
    simt_settings.protect = Settings::PAGES;
}

// False when the process has as many mappings as the system lets it have (Linux: 65530).
bool simt_map(Device &d, char *pages, size_t span)
{
  const int all = PROT_READ | PROT_WRITE;
  bool keys = simt_settings.protect == Settings::KEYS;
  // with PAGES the caller has it open, and Open's end closes it
  if ((keys ? set_key(pages, span, all, d.key) : mprotect(pages, span, all)) != 0) return false;
  if (simt_settings.protect == Settings::PAGES) reached.push_back({pages, 0, pages, span, 0});
  return true;
}

// A fresh mapping, which becomes one with its neighbours: mappings are few.
void simt_unmap(char *pages, size_t span)
{
  mmap(pages, span, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (size_t i = 0; i < reached.size();)
    if (reached[i].pages == pages) reached.erase(reached.begin() + (std::ptrdiff_t)i);
    else i++;
}

static void set_opened(unsigned devices)
{
  if (opened == devices) return;
  if (simt_settings.protect == Settings::PAGES) {
    if (opened & ~devices) close_pages();
    make_room();
  }
  opened = devices;
  if (simt_settings.protect == Settings::KEYS) write_keys(with_devices(read_keys(), devices));
}

Open::Open(unsigned devices) : before(opened) { set_opened(devices); }
Open::~Open() { set_opened(before); }
