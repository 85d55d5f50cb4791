// One block: its threads run one after another on one stack; a thread that waits at a barrier or
// warp operation keeps its stack, and the others go on on another one. Every choice of who runs
// next follows simt_order.
#include "simt_internal.h"
#include "include/simt_device.h"
#include <algorithm>
#include <cstring>
#include <new>
#include <string>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
thc_simt_running thc_simt_now;
Order simt_order;

namespace
{
struct Wait {
  thc_simt_wait_kind kind;
  bool waiting;
  unsigned mask;
  int source;
  uint64_t value; // what the thread brings, then what it gets
  const char *file;
  int line;
};
enum { MAX = THC_SIMT_MAX_THREADS, WARPS = MAX / 32 };

const thc_simt_call *call;
thc_simt_thread threads[MAX]; // by linear index
thc_simt_thread order[MAX];   // as they start
Wait waits[MAX];
Fiber *parked[MAX];
uint32_t waiting_lanes[WARPS], ready_lanes[WARPS];
unsigned at_barrier;
uint64_t barrier_sum;
bool given_up;

Fiber host;
Fiber *current;                                           // NULL outside blocks
std::vector<Fiber *> &fibers = *new std::vector<Fiber *>; // all
std::vector<Fiber *> &idle = *new std::vector<Fiber *>;   // those without a thread
} // namespace

// ---- order ----

uint64_t simt_random() // xorshift64*
{
  uint64_t &s = simt_order.state;
  s ^= s >> 12;
  s ^= s << 25;
  s ^= s >> 27;
  return (s * 2685821657736338717u) >> 16;
}

bool simt_parse_order(const char *text, Order *order)
{
  *order = Order();
  if (strcmp(text, "forward") == 0) return true;
  if (strcmp(text, "reverse") == 0) return order->kind = Order::REVERSE, true;
  if (strncmp(text, "shuffled", 8) != 0) return false;
  order->kind = Order::SHUFFLED;
  unsigned long long seed = 1;
  if (text[8] == ':') {
    char *end;
    seed = strtoull(text + 9, &end, 10);
    if (*end || end == text + 9) return false;
  } else if (text[8]) return false;
  order->state = seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
  if (!order->state) order->state = 1;
  return true;
}

bool thc_simt_set_order(const char *text)
{
  Call call;
  Order next;
  if (!simt_parse_order(text, &next)) return false;
  simt_order = next;
  return true;
}

void simt_set_block_shape(dim3 block)
{
  static dim3 shape(0, 0, 0);
  static Order::Kind kind;
  unsigned n = block.x * block.y * block.z;
  blockDim = block;
  thc_simt_now.count = n;
  thc_simt_now.order = order;
  if (shape.x == block.x && shape.y == block.y && shape.z == block.z && kind == simt_order.kind)
    return;
  shape = block;
  kind = simt_order.kind;
  for (unsigned i = 0; i < n; i++)
    threads[i] = {{i % block.x, i / block.x % block.y, i / block.x / block.y}, i};
  std::copy(threads, threads + n, order);
  if (kind == Order::REVERSE) std::reverse(order, order + n);
}

static unsigned pick_ready()
{
  int warps = (int)(thc_simt_now.count + 31) / 32, w;
  if (simt_order.kind == Order::REVERSE) {
    for (w = warps - 1; !ready_lanes[w]; w--) {}
    return (unsigned)w * 32 + 31 - (unsigned)__builtin_clz(ready_lanes[w]);
  }
  if (simt_order.kind == Order::FORWARD) {
    for (w = 0; !ready_lanes[w]; w++) {}
    return (unsigned)w * 32 + (unsigned)__builtin_ctz(ready_lanes[w]);
  }
  unsigned start = (unsigned)(simt_random() % (unsigned)(warps * 32));
  for (unsigned i = start;; i = (i + 1) % (unsigned)(warps * 32))
    if (ready_lanes[i / 32] >> i % 32 & 1) return i;
}

// ---- who runs next ----

static std::string thread_name(unsigned linear)
{
  uint3 t = threads[linear].index;
  return simt_text("thread (%u,%u,%u)", t.x, t.y, t.z);
}

static const char *wait_name(thc_simt_wait_kind kind)
{
  static const char *const names[] = {"__syncthreads",
                                      "__syncthreads_count",
                                      "__syncthreads_and",
                                      "__syncthreads_or",
                                      "__syncwarp",
                                      "a shuffle",
                                      "a vote"};
  return names[kind];
}
static std::string wait_text(const Wait &w)
{
  std::string text = wait_name(w.kind);
  if (w.kind >= THC_SIMT_SYNCWARP) text += simt_text(" of lanes 0x%08x", w.mask);
  return text + simt_text(" at %s:%d", w.file, w.line);
}

static void make_current(unsigned linear)
{
  thc_simt_now.current = linear;
  threadIdx = threads[linear].index;
}

static bool together(const Wait &a, const Wait &b)
{
  if (a.kind != b.kind || a.mask != b.mask) return false;
  // lanes may meet in a __syncwarp from different lines
  return a.kind == THC_SIMT_SYNCWARP || (a.line == b.line && a.file == b.file);
}

// Reports that `who` waits in vain for `missing`. No destructor runs on a stack that is given up,
// so strings are gone before.
static void describe_missing(unsigned who, unsigned missing)
{
  const Wait &w = waits[who];
  std::string reason;
  if (missing >= thc_simt_now.count)
    reason = simt_text("lane %u of the mask is not in the block", missing % 32);
  else if (thc_simt_now.exited[missing]) reason = thread_name(missing) + " has exited";
  else reason = thread_name(missing) + " waits in " + wait_text(waits[missing]);
  make_current(who);
  simt_report(THC_SIMT_DIVERGENT_BARRIER, "divergent %s: %s", wait_text(w).c_str(), reason.c_str());
}
[[noreturn]] static void report_missing(unsigned who, unsigned missing)
{
  describe_missing(who, missing);
  simt_give_up();
}

// All threads have exited or wait: says what the first one waits for.
static void report_stuck()
{
  unsigned n = thc_simt_now.count, who = 0;
  while (!waits[who].waiting) who++;
  const Wait &w = waits[who];
  bool warp = w.kind >= THC_SIMT_SYNCWARP;
  unsigned begin = warp ? who / 32 * 32 : 0, end = warp ? begin + 32 : n;
  for (unsigned i = begin; i < end; i++) {
    if (warp && !(w.mask >> i % 32 & 1)) continue;
    if (i >= n || !waits[i].waiting || !together(w, waits[i])) report_missing(who, i);
  }
}

static Fiber *take_idle_fiber();

// The fiber that goes on; `me` may serve for threads that have not started if it is idle.
static Fiber *pick_fiber(Fiber *me_if_idle)
{
  thc_simt_running &now = thc_simt_now;
  bool can_start = now.started < now.count;
  bool resume =
      now.ready && !(can_start && simt_order.kind == Order::SHUFFLED && simt_random() & 1);
  if (resume) {
    unsigned next = pick_ready();
    ready_lanes[next / 32] &= ~(1u << next % 32);
    now.ready--;
    make_current(next);
    return parked[next];
  }
  if (can_start) return me_if_idle ? me_if_idle : take_idle_fiber();
  if (now.finished == now.count) return &host;
  report_stuck();
  return &host;
}

static void switch_to(Fiber *next)
{
  Fiber *me = current;
  if (next == me) return;
  current = next == &host ? nullptr : next;
  simt_fiber_switch(me, next);
}

static void fiber_main()
{
  simt_fiber_entered();
  Fiber *me = current;
  for (;;) {
    thc_simt_start_thread();
    call->run_threads();
    Fiber *next = pick_fiber(me);
    if (next == me) continue;
    idle.push_back(me);
    switch_to(next);
  }
}

static Fiber *take_idle_fiber()
{
  if (idle.empty()) {
    fibers.push_back(simt_fiber_new(fiber_main));
    return fibers.back();
  }
  Fiber *fiber = idle.back();
  idle.pop_back();
  return fiber;
}

bool simt_on_fiber() { return current != nullptr; }

void simt_give_up()
{
  given_up = true;
  switch_to(&host);
  __builtin_unreachable();
}

static void start_over() // abandoned fibers are made anew
{
  for (Fiber *fiber : fibers) simt_fiber_reset(fiber, fiber_main);
  idle = fibers;
}

bool simt_run_block(const thc_simt_call &c)
{
  thc_simt_running &now = thc_simt_now;
  call = &c;
  now.started = now.finished = now.ready = 0;
  memset(now.exited, 0, now.count);
  for (unsigned i = 0; i < now.count; i++) waits[i].waiting = false;
  memset(waiting_lanes, 0, sizeof waiting_lanes);
  memset(ready_lanes, 0, sizeof ready_lanes);
  at_barrier = 0;
  barrier_sum = 0;
  given_up = false;
  if (simt_order.kind == Order::SHUFFLED)
    for (unsigned i = now.count; i > 1; i--) std::swap(order[i - 1], order[simt_random() % i]);
  current = take_idle_fiber();
  simt_fiber_switch(&host, current);
  if (given_up) start_over();
  return !given_up;
}

// ---- barriers and warp operations ----

static void make_ready(unsigned linear)
{
  waits[linear].waiting = false;
  ready_lanes[linear / 32] |= 1u << linear % 32;
  thc_simt_now.ready++;
}

static void arrive_at_barrier(unsigned me)
{
  unsigned n = thc_simt_now.count;
  barrier_sum += waits[me].value;
  if (++at_barrier < n) return;
  for (unsigned i = 0; i < n; i++)
    if (!together(waits[0], waits[i])) report_missing(0, i);
  thc_simt_wait_kind kind = waits[me].kind;
  uint64_t result = kind == THC_SIMT_SYNCTHREADS_AND  ? barrier_sum == n
                    : kind == THC_SIMT_SYNCTHREADS_OR ? barrier_sum != 0
                                                      : barrier_sum;
  for (unsigned i = 0; i < n; i++) {
    waits[i].value = result;
    make_ready(i);
  }
  at_barrier = 0;
  barrier_sum = 0;
}

static void finish_shuffle(unsigned base, unsigned mask)
{
  uint64_t values[32];
  for (unsigned lane = 0; lane < 32; lane++)
    if (mask >> lane & 1) values[lane] = waits[base + lane].value;
  for (unsigned lane = 0; lane < 32; lane++) {
    if (!(mask >> lane & 1)) continue;
    int source = waits[base + lane].source;
    if (!(mask >> source & 1)) {
      make_current(base + lane);
      simt_report(THC_SIMT_DIVERGENT_BARRIER, "%s reads lane %d, which is not in the mask 0x%08x",
                  wait_text(waits[base + lane]).c_str(), source, mask);
      simt_give_up();
    }
    waits[base + lane].value = values[source];
  }
}

static void finish_vote(unsigned base, unsigned mask)
{
  uint64_t ballot = 0;
  for (unsigned lane = 0; lane < 32; lane++)
    if (mask >> lane & 1) ballot |= waits[base + lane].value << lane;
  for (unsigned lane = 0; lane < 32; lane++)
    if (mask >> lane & 1) waits[base + lane].value = ballot;
}

static void arrive_in_warp(unsigned me)
{
  unsigned base = me / 32 * 32, mask = waits[me].mask;
  uint32_t &waiting = waiting_lanes[me / 32];
  if (!(mask >> me % 32 & 1)) {
    simt_report(THC_SIMT_DIVERGENT_BARRIER, "%s: lane %u is not in its own mask 0x%08x",
                wait_text(waits[me]).c_str(), me % 32, mask);
    simt_give_up();
  }
  waiting |= 1u << me % 32;
  if ((waiting & mask) != mask) return;
  for (unsigned lane = 0; lane < 32; lane++)
    if ((mask >> lane & 1) && !together(waits[me], waits[base + lane]))
      report_missing(me, base + lane);
  waiting &= ~mask;
  if (waits[me].kind == THC_SIMT_SHUFFLE) finish_shuffle(base, mask);
  if (waits[me].kind == THC_SIMT_VOTE) finish_vote(base, mask);
  for (unsigned lane = 0; lane < 32; lane++)
    if (mask >> lane & 1) make_ready(base + lane);
}

uint64_t thc_simt_wait(thc_simt_wait_kind kind, unsigned mask, uint64_t value, int source,
                       const char *file, int line)
{
  if (!current) {
    simt_report(THC_SIMT_DIVERGENT_BARRIER, "%s at %s:%d, outside kernels", wait_name(kind), file,
                line);
    abort();
  }
  unsigned me = thc_simt_now.current;
  waits[me] = {kind, true, mask, source, value, file, line};
  if (kind < THC_SIMT_SYNCWARP) arrive_at_barrier(me);
  else arrive_in_warp(me);
  parked[me] = current;
  switch_to(pick_fiber(nullptr));
  return waits[me].value;
}
