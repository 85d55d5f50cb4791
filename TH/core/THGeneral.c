#include "THGeneral.h"
#include "THTry.h"
#include <ctype.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif
#include <stdlib.h>
#include <unwind.h>

/* ---- errors ---- */

static void print_and_exit(const char *msg, void *data)
{
  (void)data;
  fprintf(stderr, "$ Error: %s\n", msg);
  exit(-1);
}

static void print_arg_and_exit(int argNumber, const char *msg, void *data)
{
  (void)data;
  fprintf(stderr, "$ Invalid argument %d: %s\n", argNumber, msg);
  exit(-1);
}

typedef struct Handlers {
  THErrorHandlerFunction error;
  void *error_data;
  THArgErrorHandlerFunction arg;
  void *arg_data;
} Handlers;

static pthread_mutex_t defaults_lock = PTHREAD_MUTEX_INITIALIZER;
static Handlers defaults = {print_and_exit, NULL, print_arg_and_exit, NULL};
static __thread Handlers own;

void THSetErrorHandler(THErrorHandlerFunction handler, void *data)
{
  own.error = handler;
  own.error_data = data;
}
void THSetArgErrorHandler(THArgErrorHandlerFunction handler, void *data)
{
  own.arg = handler;
  own.arg_data = data;
}
void THSetDefaultErrorHandler(THErrorHandlerFunction handler, void *data)
{
  pthread_mutex_lock(&defaults_lock);
  defaults.error = handler ? handler : print_and_exit;
  defaults.error_data = data;
  pthread_mutex_unlock(&defaults_lock);
}
void THSetDefaultArgErrorHandler(THArgErrorHandlerFunction handler, void *data)
{
  pthread_mutex_lock(&defaults_lock);
  defaults.arg = handler ? handler : print_arg_and_exit;
  defaults.arg_data = data;
  pthread_mutex_unlock(&defaults_lock);
}

/* Those of the calling thread, where it has none the default ones. */
static Handlers current_handlers(void)
{
  pthread_mutex_lock(&defaults_lock);
  Handlers h = defaults;
  pthread_mutex_unlock(&defaults_lock);
  if (own.error) h.error = own.error, h.error_data = own.error_data;
  if (own.arg) h.arg = own.arg, h.arg_data = own.arg_data;
  return h;
}

/* ---- catching ---- */

typedef struct Catch {
  jmp_buf jump;
  uintptr_t frame; /* of the function that catches */
  char *message;
  size_t room;
  struct _Unwind_Exception exception;
} Catch;

static _Unwind_Reason_Code stop_at_catch(int version, _Unwind_Action actions, _Unwind_Exception_Class cls,
                                         struct _Unwind_Exception *exception, struct _Unwind_Context *context,
                                         void *data)
{
  (void)version, (void)cls, (void)exception;
  Catch *c = data;
  /* the stack grows down: frames below the catching one have a lower address */
  if ((actions & _UA_END_OF_STACK) || _Unwind_GetCFA(context) > c->frame) longjmp(c->jump, 1);
  return _URC_NO_REASON;
}

static void unwind_to_catch(const char *message, void *data)
{
  Catch *c = data;
  snprintf(c->message, c->room, "%s", message);
#ifdef __SANITIZE_ADDRESS__
  __asan_handle_no_return(); /* it knows other ways of leaving frames, not this one: their variables would stay marked */
#endif
  _Unwind_ForcedUnwind(&c->exception, stop_at_catch, c);
  abort(); /* unwinding failed */
}
static void unwind_argument(int argument, const char *message, void *data)
{
  (void)argument;
  unwind_to_catch(message, data);
}

__attribute__((noinline)) bool THTry(void (*fn)(void *arg), void *arg, char *message, size_t room)
{
  const Handlers before = own;
  volatile bool raised = true;
  Catch c = {.frame = (uintptr_t)__builtin_frame_address(0), .message = message, .room = room};
  own = (Handlers){unwind_to_catch, &c, unwind_argument, &c};
  if (setjmp(c.jump) == 0) {
    fn(arg);
    raised = false;
  }
  own = before;
  return !raised;
}

enum { MESSAGE = 2048 };

/* For who reads the source: the default handlers print the place of the check, others get the message alone. */
static void append_place(char *msg, const char *file, int line)
{
  size_t n = strlen(msg);
  const char *base = strrchr(file, '/');
  snprintf(msg + n, MESSAGE - n, " at %s:%d", base ? base + 1 : file, line);
}

void _THError(const char *file, int line, const char *fmt, ...)
{
  char msg[MESSAGE];
  va_list args;
  va_start(args, fmt);
  vsnprintf(msg, MESSAGE, fmt, args);
  va_end(args);
  Handlers h = current_handlers();
  if (h.error == print_and_exit) append_place(msg, file, line);
  h.error(msg, h.error_data);
  abort(); /* a handler returned: the caller cannot go on */
}

static void __attribute__((noreturn)) arg_error(const char *file, int line, int argNumber,
                                                const char *fmt, va_list args)
{
  char msg[MESSAGE];
  vsnprintf(msg, MESSAGE, fmt, args);
  Handlers h = current_handlers();
  if (h.arg == print_arg_and_exit) append_place(msg, file, line);
  h.arg(argNumber, msg, h.arg_data);
  abort();
}

void _THArgError(const char *file, int line, int argNumber, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  arg_error(file, line, argNumber, fmt, args);
}

void _THArgCheck(const char *file, int line, int condition, int argNumber, const char *fmt, ...)
{
  if (condition) return;
  va_list args;
  va_start(args, fmt);
  arg_error(file, line, argNumber, fmt, args);
}

void _THAssertionFailed(const char *file, int line, const char *exp, const char *fmt, ...)
{
  char msg[MESSAGE / 2];
  va_list args;
  va_start(args, fmt);
  vsnprintf(msg, sizeof msg, fmt, args);
  va_end(args);
  _THError(file, line, "Assertion `%s' failed. %s", exp, msg);
}

/* ---- descriptions ---- */

THDescBuff _THSizeDesc(const int64_t *size, int64_t ndim)
{
  THDescBuff buf;
  int n = snprintf(buf.str, sizeof buf.str, "[");
  for (int64_t i = 0; i < ndim && n < (int)sizeof buf.str; i++)
    n += snprintf(buf.str + n, sizeof buf.str - (size_t)n, i ? " x %lld" : "%lld",
                  (long long)size[i]);
  if (n < (int)sizeof buf.str) n += snprintf(buf.str + n, sizeof buf.str - (size_t)n, "]");
  if (n >= (int)sizeof buf.str) memcpy(buf.str + sizeof buf.str - 5, "...]", 5);
  return buf;
}

/* ---- element types ---- */

/* Of a GPU's type only the first letter is small. */
THDescBuff THType_method(THType type)
{
  THDescBuff buf = {""};
  const char *name = THType_name(type);
  for (size_t i = 0; name[i] && i + 1 < sizeof buf.str; i++)
    buf.str[i] = (char)(i == 0 || !THType_onDevice(type) ? tolower((unsigned char)name[i]) : name[i]);
  return buf;
}

const char *THType_name(THType type)
{
  static const char *const names[TH_NALLTYPES] = {
#define X(Name, real, accreal, CODE) [TH_##CODE] = #Name,
    TH_ALL_TYPES(X)
#undef X
#define X(Name, real, CODE) [TH_##CODE | TH_DEVICE] = #Name,
    TH_DEVICE_TYPES(X)
#undef X
  };
  return names[type];
}
