// SIGSEGV: tells accesses of the host to device memory, and bad addresses in kernels, from other
// faults. Those go to the handler that was there before.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "simt_internal.h"
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static struct sigaction previous;
static const size_t handler_stack = 256 << 10;

// ---- backtrace ----

static const void *fault_pc(void *context)
{
#if defined(__x86_64__)
  return reinterpret_cast<void *>(static_cast<ucontext_t *>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void *>(static_cast<ucontext_t *>(context)->uc_mcontext.pc);
#else
  (void)context;
  return nullptr;
#endif
}

// "function at file:line" by addr2line, which may not be installed; the process is dying anyway.
static bool print_source_line(const char *module, uintptr_t address)
{
  char hex[32];
  snprintf(hex, sizeof hex, "%#zx", (size_t)address);
  fflush(stderr);
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    unsetenv("LD_PRELOAD");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execlp("addr2line", "addr2line", "-Cfpse", module, hex, static_cast<char *>(nullptr));
    _exit(127);
  }
  int status;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void print_frame(const void *pc, bool exact)
{
  Dl_info info;
  void *extra = nullptr;
  if (!dladdr1(pc, &info, &extra, RTLD_DL_LINKMAP) || !extra) {
    fprintf(stderr, "%p\n", pc);
    return;
  }
  const link_map *map = static_cast<link_map *>(extra);
  const char *module = map->l_name && *map->l_name ? map->l_name : "/proc/self/exe";
  char path[4096];
  ssize_t n = readlink(module, path, sizeof path - 1);
  if (n > 0) module = (path[n] = 0, module[1] == 'p' ? path : module);
  uintptr_t address = reinterpret_cast<uintptr_t>(pc) - map->l_addr - (exact ? 0 : 1);
  if (!print_source_line(module, address))
    fprintf(stderr, "%s (%s+%#zx)\n", info.dli_sname ? info.dli_sname : "??", module,
            (size_t)address);
}

static void print_backtrace(void *context)
{
  void *frames[64];
  int n = backtrace(frames, 64), first = 0;
  for (int i = 0; i < n; i++)
    if (frames[i] == fault_pc(context)) first = i;
  for (int i = first; i < n && i < first + 20; i++) {
    fprintf(stderr, "  #%d ", i - first);
    print_frame(frames[i], i == first);
  }
}

// ---- the handler ----

static void pass_on(int signal, siginfo_t *info, void *context)
{
  if (previous.sa_flags & SA_SIGINFO) previous.sa_sigaction(signal, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(signal);
  else { // the access is repeated, and ends the process
    struct sigaction fallback = {};
    fallback.sa_handler = SIG_DFL;
    sigaction(signal, &fallback, nullptr);
  }
}

static void kernel_fault(const Device *owner, const char *p)
{
  if (!owner)
    simt_report(THC_SIMT_BAD_ACCESS,
                "access to %p, which is not mapped (or the stack of a thread, %d KB, is full)",
                static_cast<const void *>(p), 128);
  else if (!(simt_opened() >> owner->id & 1))
    simt_report(THC_SIMT_BAD_ACCESS, "access to memory of device %d without peer access: %p is %s",
                owner->id, static_cast<const void *>(p), simt_describe(*owner, p).c_str());
  else
    simt_report(THC_SIMT_BAD_ACCESS, "access out of bounds or to freed memory: %p is %s",
                static_cast<const void *>(p), simt_describe(*owner, p).c_str());
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
  const char *p = static_cast<const char *>(info->si_addr);
  const Device *owner = simt_arena_of(p);
  if (owner && simt_open_pages(*owner, p)) return;
  if (owner && info->si_code == SEGV_PKUERR && simt_grant_keys(context)) return;
  if (simt_on_fiber()) {
    kernel_fault(owner, p);
    simt_give_up();
  }
  if (owner) {
    simt_report(THC_SIMT_HOST_ACCESS, "host access to device memory: %p is %s",
                static_cast<const void *>(p), simt_describe(*owner, p).c_str());
    print_backtrace(context);
  }
  pass_on(signal, info, context);
}

void simt_signals_start()
{
  void *frame[1];
  backtrace(frame, 1); // loads the unwinder now rather than in the handler
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  // NODEFER: a kernel that is given up leaves the handler by switching stacks
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSEGV, &action, &previous);
}

void simt_signals_thread()
{
  static thread_local bool done;
  if (done) return;
  done = true;
  stack_t stack = {};
  if (sigaltstack(nullptr, &stack) == 0 && !(stack.ss_flags & SS_DISABLE)) return;
  void *p =
      mmap(nullptr, handler_stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return;
  stack.ss_sp = p; // stays with the thread, as the kernel may use it until its end
  stack.ss_size = handler_stack;
  stack.ss_flags = 0;
  sigaltstack(&stack, nullptr);
}
