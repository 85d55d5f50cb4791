// Stacks for waiting threads, and the switch between them. swapcontext makes two system calls per
// switch, so x86-64 and arm64 have a few lines of assembly instead.
#include "simt_internal.h"
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#ifdef SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// simt_switch(void **save, void *load): pushes the registers that calls preserve, swaps stacks.
#if defined(__x86_64__)
__asm__(".text\n.p2align 4\n.globl simt_switch\n.hidden simt_switch\n"
        ".type simt_switch,@function\nsimt_switch:\n"
        "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov %rsp,(%rdi)\nmov %rsi,%rsp\n"
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n"
        ".size simt_switch,.-simt_switch\n");
enum { SAVED_WORDS = 6, AFTER_WORDS = 1 }; // AFTER: entry() starts as if called, from address 0
#elif defined(__aarch64__)
__asm__(".text\n.p2align 4\n.globl simt_switch\n.hidden simt_switch\n"
        ".type simt_switch,%function\nsimt_switch:\n"
        "sub sp,sp,#160\n"
        "stp x19,x20,[sp,#0]\nstp x21,x22,[sp,#16]\nstp x23,x24,[sp,#32]\n"
        "stp x25,x26,[sp,#48]\nstp x27,x28,[sp,#64]\nstp d8,d9,[sp,#80]\n"
        "stp d10,d11,[sp,#96]\nstp d12,d13,[sp,#112]\nstp d14,d15,[sp,#128]\n"
        "stp x29,x30,[sp,#144]\n"
        "mov x2,sp\nstr x2,[x0]\nmov sp,x1\n"
        "ldp x19,x20,[sp,#0]\nldp x21,x22,[sp,#16]\nldp x23,x24,[sp,#32]\n"
        "ldp x25,x26,[sp,#48]\nldp x27,x28,[sp,#64]\nldp d8,d9,[sp,#80]\n"
        "ldp d10,d11,[sp,#96]\nldp d12,d13,[sp,#112]\nldp d14,d15,[sp,#128]\n"
        "ldp x29,x30,[sp,#144]\n"
        "add sp,sp,#160\nret\n.size simt_switch,.-simt_switch\n");
enum { SAVED_WORDS = 19, AFTER_WORDS = 0 };
#else
#include <ucontext.h>
#define SIMT_UCONTEXT 1
#endif

#ifdef SIMT_ASAN
static const size_t stack_bytes = 512 << 10;
#else
static const size_t stack_bytes = 128 << 10;
#endif

static Fiber *switching_from;

#ifdef SIMT_UCONTEXT
static void set_entry(Fiber *fiber, size_t, void (*main)(void))
{
  if (!fiber->sp) fiber->sp = new ucontext_t;
  ucontext_t *context = static_cast<ucontext_t *>(fiber->sp);
  getcontext(context);
  context->uc_stack.ss_sp = fiber->stack;
  context->uc_stack.ss_size = fiber->size;
  context->uc_link = nullptr;
  makecontext(context, main, 0);
}
static void switch_stacks(Fiber *from, Fiber *to)
{
  if (!from->sp) from->sp = new ucontext_t;
  swapcontext(static_cast<ucontext_t *>(from->sp), static_cast<ucontext_t *>(to->sp));
}
#else
extern "C" void simt_switch(void **save, void *load);

static void set_entry(Fiber *fiber, size_t colour, void (*main)(void))
{
  uintptr_t top = (uintptr_t)(fiber->stack + fiber->size - colour) & ~(uintptr_t)15;
  void **sp = reinterpret_cast<void **>(top) - SAVED_WORDS - 1 - AFTER_WORDS;
  for (void **p = sp; p < reinterpret_cast<void **>(top); p++) *p = nullptr;
  sp[SAVED_WORDS] = reinterpret_cast<void *>(main);
  fiber->sp = sp;
}
static void switch_stacks(Fiber *from, Fiber *to) { simt_switch(&from->sp, to->sp); }
#endif

// Stacks that all began at the same offset in a page would share a few lines of the cache.
static size_t colour_of(const Fiber *fiber)
{
  return (reinterpret_cast<uintptr_t>(fiber->stack) / stack_bytes * 13 % 32) * 128;
}

void simt_fiber_reset(Fiber *fiber, void (*main)(void))
{
#ifdef SIMT_ASAN
  ASAN_UNPOISON_MEMORY_REGION(fiber->stack, fiber->size);
  fiber->fake = nullptr;
#endif
  set_entry(fiber, colour_of(fiber), main);
}

Fiber *simt_fiber_new(void (*main)(void))
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *p = mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) != 0) throw std::bad_alloc();
  Fiber *fiber = new Fiber;
  fiber->stack = static_cast<char *>(p) + page;
  fiber->size = stack_bytes;
  simt_fiber_reset(fiber, main);
  return fiber;
}

void simt_fiber_entered()
{
#ifdef SIMT_ASAN
  const void *bottom;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &switching_from->size);
  switching_from->stack = static_cast<char *>(const_cast<void *>(bottom));
#endif
}

void simt_fiber_switch(Fiber *from, Fiber *to)
{
  switching_from = from;
#ifdef SIMT_ASAN
  __sanitizer_start_switch_fiber(&from->fake, to->stack, to->size);
#endif
  switch_stacks(from, to);
#ifdef SIMT_ASAN
  const void *bottom;
  __sanitizer_finish_switch_fiber(from->fake, &bottom, &switching_from->size);
  switching_from->stack = static_cast<char *>(const_cast<void *>(bottom));
#endif
}
