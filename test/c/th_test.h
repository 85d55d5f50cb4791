#ifndef TH_TEST_H
#define TH_TEST_H
/* For Check suites: catching errors without leaking, failing allocations, and odd tensors.

   An error is caught the way Lua catches it: the handler unwinds the stack by _Unwind_ForcedUnwind,
   which runs the cleanups of every frame that it passes (TH_AUTO variables), and the stop function
   jumps once the catching frame is reached. Needs -fexceptions, in the library as here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unwind.h>
#include "THAnyTensor.h"
#include "THTensorMath.h"
#include "ck.h"

typedef struct th_Catch {
  jmp_buf jump;
  uintptr_t frame; /* of the function that catches */
  int argument;    /* 0 for plain errors */
  char message[2048];
  struct _Unwind_Exception exception;
} th_Catch;

static inline _Unwind_Reason_Code th_stop(int version, _Unwind_Action actions,
                                          _Unwind_Exception_Class cls,
                                          struct _Unwind_Exception *exception,
                                          struct _Unwind_Context *context, void *data)
{
  (void)version, (void)cls, (void)exception;
  th_Catch *c = data;
  /* the stack grows down: frames below the catching one have a lower frame address */
  if ((actions & _UA_END_OF_STACK) || _Unwind_GetCFA(context) > c->frame) longjmp(c->jump, 1);
  return _URC_NO_REASON;
}

static inline void th_on_arg_error(int argument, const char *message, void *data)
{
  th_Catch *c = data;
  c->argument = argument;
  snprintf(c->message, sizeof c->message, "%s", message);
  memset(&c->exception, 0, sizeof c->exception);
  _Unwind_ForcedUnwind(&c->exception, th_stop, c);
  abort(); /* unwinding failed */
}
static inline void th_on_error(const char *message, void *data)
{
  th_on_arg_error(0, message, data);
}

typedef void (*th_Fn)(void *arg);

/* Calls fn(arg); true when it raised, with the message in c. */
static __attribute__((noinline, unused)) bool th_catch(th_Catch *c, th_Fn fn, void *arg)
{
  volatile bool raised = true;
  c->frame = (uintptr_t)__builtin_frame_address(0);
  THSetErrorHandler(th_on_error, c);
  THSetArgErrorHandler(th_on_arg_error, c);
  if (setjmp(c->jump) == 0) {
    fn(arg);
    raised = false;
  }
  THSetErrorHandler(NULL, NULL);
  THSetArgErrorHandler(NULL, NULL);
  return raised;
}

/* fn(arg) raises an error that contains `text`, and leaks nothing. */
static inline void th_raises(th_Fn fn, void *arg, const char *text)
{
  th_Catch c;
  int64_t before = THAllocator_stats().objects;
  ck_assert_msg(th_catch(&c, fn, arg), "expected an error with '%s'", text);
  ck_assert_msg(strstr(c.message, text) != NULL, "'%s' is not in '%s'", text, c.message);
  ck_assert_int_eq(THAllocator_stats().objects, before);
}

/* Fails the 1st, 2nd, 3rd... allocation of fn(arg) until it succeeds; nothing may leak. fn must
   free what it makes, in TH_AUTO variables. Large blocks are counted too. */
static inline void th_exhaust(th_Fn fn, void *arg)
{
  for (int n = 1;; n++) {
    th_Catch c;
    THAllocatorStats before = THAllocator_stats();
    THAllocator_failAfter(n);
    bool raised = th_catch(&c, fn, arg);
    THAllocator_failAfter(0);
    THAllocatorStats after = THAllocator_stats();
    ck_assert_msg(after.objects == before.objects, "allocation %d: %lld objects leaked", n,
                  (long long)(after.objects - before.objects));
    ck_assert_msg(after.inUse == before.inUse, "allocation %d: %lld bytes leaked", n,
                  (long long)(after.inUse - before.inUse));
    if (!raised) return;
    ck_assert_int_lt(n, 200);
  }
}

/* Assertions for inner loops: ck_assert writes to a pipe each time, these only when they fail. */
#define th_check(cond) ((cond) ? (void)0 : ck_abort_msg("failed: %s", #cond))
#define th_same(a, b)                                                                              \
  ((int64_t)(a) == (int64_t)(b)                                                                    \
       ? (void)0                                                                                   \
       : ck_abort_msg("%s is %lld, not %s, %lld", #a, (long long)(a), #b, (long long)(b)))
#define th_at_most(a, b)                                                                           \
  ((a) <= (b) ? (void)0 : ck_abort_msg("%s is %g, above %s, %g", #a, (double)(a), #b, (double)(b)))

/* ---- tensors ---- */

static inline THAnyTensor *th_new(THType type, int n, ...)
{
  int64_t size[8];
  va_list args;
  va_start(args, n);
  for (int d = 0; d < n; d++) size[d] = va_arg(args, int);
  va_end(args);
  return THAnyTensor_newWithSizeNd(type, n, size, NULL);
}

/* Element number i in row-major order. */
static inline char *th_at(const THAnyTensor *t, int64_t i)
{
  int64_t offset = 0;
  for (int d = t->nDimension - 1; d >= 0; d--) {
    offset += i % t->size[d] * t->stride[d];
    i /= t->size[d];
  }
  return (char *)THAnyTensor_data(t) + offset * (int64_t)THType_size((THType)t->type);
}
static inline double th_get(const THAnyTensor *t, int64_t i)
{
  return THScalar_load((THType)t->type, th_at(t, i)).d;
}
static inline void th_set(THAnyTensor *t, int64_t i, double v)
{
  THScalar_store((THType)t->type, th_at(t, i), THScalar_fromDouble(v));
}

static inline unsigned th_random(void) /* repeatable */
{
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state >> 33);
}
/* Small integers from lo on, `count` of them: exact in every type. */
static inline void th_fill(THAnyTensor *t, int lo, int count)
{
  for (int64_t i = 0, n = THAnyTensor_nElement(t); i < n; i++)
    th_set(t, i, lo + (int)(th_random() % (unsigned)count));
}

enum { TH_CONTIGUOUS, TH_TRANSPOSED, TH_NARROWED, TH_OFFSET, TH_LAYOUTS };

/* A tensor of the given sizes in one of the layouts, its memory otherwise full of junk. */
static inline THAnyTensor *th_layout(THType type, int layout, int n, const int64_t *size)
{
  int64_t big[8];
  for (int d = 0; d < n; d++) big[d] = size[d] + (layout == TH_NARROWED ? 2 : 0);
  if (layout == TH_OFFSET) big[0] += 1;
  if (layout == TH_TRANSPOSED && n > 1) {
    big[0] = size[n - 1];
    big[n - 1] = size[0];
  }
  THAnyTensor *t = THAnyTensor_newWithSizeNd(type, n, big, NULL);
  th_fill(t, 1, 100);
  if (layout == TH_TRANSPOSED && n > 1) THAnyTensor_transpose(t, NULL, 0, n - 1);
  if (layout == TH_NARROWED)
    for (int d = 0; d < n; d++) THAnyTensor_narrow(t, NULL, d, 1, size[d]);
  if (layout == TH_OFFSET) THAnyTensor_narrow(t, NULL, 0, 1, size[0]);
  return t;
}

/* ---- running ---- */

#define TH_MAIN(name, ...)                                                                         \
  int main(void)                                                                                   \
  {                                                                                                \
    const TTest *tests[] = {__VA_ARGS__};                                                          \
    Suite *s = suite_create(name);                                                                 \
    TCase *tc = tcase_create(name);                                                                \
    tcase_set_timeout(tc, 0); /* ctest ends what hangs */                                          \
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tc, tests[i]);        \
    suite_add_tcase(s, tc);                                                                        \
    SRunner *sr = srunner_create(s);                                                               \
    srunner_run_all(sr, CK_NORMAL);                                                                \
    int failed = srunner_ntests_failed(sr);                                                        \
    srunner_free(sr);                                                                              \
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                                   \
  }

#endif
