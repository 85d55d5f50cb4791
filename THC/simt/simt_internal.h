#ifndef THC_SIMT_INTERNAL_H
#define THC_SIMT_INTERNAL_H
/* What the simulator's files share. One lock (Call) guards all of it: a kernel runs within the call
   that launches it or waits for it. Containers are never destroyed, as programs free memory of
   devices when they end. */
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>
#include "include/cuda_runtime_api.h"
#include "include/simt_launch.h"
#include "include/thc_simt.h"

#if defined(__SANITIZE_ADDRESS__)
#define SIMT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIMT_ASAN 1
#endif
#endif

enum { SIMT_MAX_DEVICES = 16, SIMT_SHARED_BYTES = 48 << 10 };

struct Allocation {
  char *data;
  size_t size;
  char *pages; /* with guards around data; a page out of reach follows */
  size_t span;
  unsigned long number; /* counts cudaMalloc calls */
};
extern size_t simt_waits; /* what thc_simt_waits gives */
struct Device {
  int id;
  char *arena;
  size_t arena_size;
  int key;            /* of its pages' protection; -1: none */
  size_t limit, used; /* bytes */
  char *cursor;       /* where the search for free pages goes on, so that reuse comes late */
  std::map<char *, Allocation> allocations; /* by data */
  unsigned peers;                           /* devices whose memory its kernels may use */
  cudaError_t sticky;                       /* after a fault, until cudaDeviceReset */
};

/* ---- device.cpp ---- */
struct Settings {
  int devices = 1;
  size_t memory = (size_t)2048 << 20;
  bool lazy = true;
  enum Protect { KEYS, PAGES, OFF } protect = KEYS;
};
extern Settings simt_settings;
extern std::vector<Device> &simt_devices;
Device &simt_device();                     /* the calling thread's */
cudaError_t simt_error(cudaError_t error); /* records it for cudaGetLastError */

/* First thing in an API function: starts the simulator, takes the lock, finds sticky errors. */
struct Call {
  std::unique_lock<std::recursive_mutex> lock;
  cudaError_t error;
  Call();
};

/* ---- protect.cpp: who may touch device memory ---- */
constexpr unsigned SIMT_ALL_DEVICES = ~0u;
void simt_protect_start();
bool simt_map(Device &device, char *pages, size_t span);   /* back with memory */
void simt_unmap(char *pages, size_t span); /* out of reach, contents gone */
struct Open { /* device memory is accessible while it lives */
  unsigned before;
  explicit Open(unsigned devices);
  ~Open();
  Open(const Open &) = delete;
};
unsigned simt_opened();
bool simt_reached(const Allocation &allocation);           /* false: surely untouched since Open */
bool simt_open_pages(const Device &device, const char *p); /* after a fault; false: not ours */

/* ---- signal.cpp ---- */
void simt_signals_start();
void simt_signals_thread();           /* gives the thread a stack for the handler, if it has none */
bool simt_grant_keys(void *ucontext); /* protect.cpp: access for the thread that faulted */

/* ---- memory.cpp ---- */
constexpr size_t SIMT_GUARD = 64; /* bytes */
void simt_fill_junk(void *p, size_t size);
size_t simt_first_not_junk(const void *p, size_t size); /* size if all is junk */
void simt_check_guards(Device &device);
void simt_free_all(Device &device);
struct Place { /* where an address is */
  enum { PAGEABLE, PINNED, MANAGED, DEVICE } kind;
  Device *device;   /* DEVICE, MANAGED, PINNED: whose */
  const char *data; /* of the allocation; NULL for PAGEABLE and addresses in none */
  size_t size;
};
Place simt_place(const void *p);
Device *simt_arena_of(const void *p); /* NULL: not a device's address */
/* "byte 4 after the 400-byte allocation 7 of device 0" */
std::string simt_describe(const Device &device, const char *p);

/* ---- stream.cpp ---- */
struct Record { /* one cudaEventRecord */
  cudaStream_t stream;
  bool done = false;
  double ms = 0;
};
struct Work {
  std::function<void()> run;
  std::shared_ptr<Record> record; /* of an event, done when the work is */
};
struct CUgraph_st {
  Device *device;
  std::vector<std::function<void()>> work;
};
struct CUstream_st {
  Device *device;
  bool blocking;
  std::deque<Work> queue;
  std::unique_ptr<CUgraph_st> capture; /* where work goes instead, between Begin- and EndCapture */
  bool broken;                         /* something was asked of it that cannot be captured */
};
bool simt_stream_valid(cudaStream_t stream);
Device &simt_stream_device(cudaStream_t stream);
void simt_enqueue(cudaStream_t stream, std::function<void()> work); /* the stream is valid */
void simt_drain(cudaStream_t stream);
void simt_drain_device(Device &device, bool non_blocking_too);
void simt_forget_streams(Device &device);

/* ---- graph.cpp ---- */
bool simt_capturing(cudaStream_t stream);
cudaError_t simt_break_capture(cudaStream_t stream); /* for what cannot be captured: the error */
/* cudaSuccess, or the error where the stream is capturing, which ends in an error then. */
cudaError_t simt_check_wait(cudaStream_t stream);
cudaError_t simt_check_wait_device(Device &device); /* the same for all streams of a device */
extern std::set<cudaStream_t> &simt_streams;

/* ---- launch.cpp ---- */
struct Running {              /* what reports name */
  const char *what = nullptr; /* kernel or host work; NULL: neither runs */
  const char *file = nullptr;
  int line = 0;
  Device *device = nullptr;
  bool in_block = false; /* blockIdx, threadIdx are set */
};
extern Running simt_running;

/* ---- block.cpp ---- */
struct Order {
  enum Kind { FORWARD, REVERSE, SHUFFLED } kind = FORWARD;
  uint64_t state = 1; /* of the random numbers */
};
extern Order simt_order;
bool simt_parse_order(const char *text, Order *order);
uint64_t simt_random();
void simt_set_block_shape(dim3 block);
bool simt_run_block(const thc_simt_call &call); /* false: given up after a fault */
[[noreturn]] void simt_give_up();               /* on a fiber: leaves the block */
bool simt_on_fiber();

/* ---- fiber.cpp ---- */
struct Fiber {
  void *sp = nullptr;
  char *stack = nullptr; /* the lowest page is out of reach */
  size_t size = 0;
  void *fake = nullptr; /* AddressSanitizer's */
};
Fiber *simt_fiber_new(void (*main)(void)); /* main must not return */
void simt_fiber_reset(Fiber *fiber, void (*main)(void));
void simt_fiber_switch(Fiber *from, Fiber *to);
void simt_fiber_entered(); /* first thing in main */

/* ---- report.cpp ---- */
/* Adds where we are to the text and calls the reporter. When that returns, the running device has
   a sticky error; the caller gives up the kernel. */
void simt_report(thc_simt_fault fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
std::string simt_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
