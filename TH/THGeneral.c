#define _GNU_SOURCE
#include "THGeneral.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

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

static Handlers defaults = {print_and_exit, NULL, print_arg_and_exit, NULL};
static __thread Handlers own;

void THSetErrorHandler(THErrorHandlerFunction handler, void *data)
{
  own.error = handler;
  own.error_data = data;
}
void THSetDefaultErrorHandler(THErrorHandlerFunction handler, void *data)
{
  defaults.error = handler ? handler : print_and_exit;
  defaults.error_data = data;
}
void THSetArgErrorHandler(THArgErrorHandlerFunction handler, void *data)
{
  own.arg = handler;
  own.arg_data = data;
}
void THSetDefaultArgErrorHandler(THArgErrorHandlerFunction handler, void *data)
{
  defaults.arg = handler ? handler : print_arg_and_exit;
  defaults.arg_data = data;
}

enum { MESSAGE = 2048 };

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
  append_place(msg, file, line);
  (own.error ? own.error : defaults.error)(msg, own.error ? own.error_data : defaults.error_data);
  abort(); /* a handler returned: the caller cannot go on */
}

static void __attribute__((noreturn)) arg_error(const char *file, int line, int argNumber,
                                                const char *fmt, va_list args)
{
  char msg[MESSAGE];
  vsnprintf(msg, MESSAGE, fmt, args);
  append_place(msg, file, line);
  (own.arg ? own.arg : defaults.arg)(argNumber, msg, own.arg ? own.arg_data : defaults.arg_data);
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

/* ---- threads ---- */

int THGetNumCores(void)
{
#ifdef _OPENMP
  return omp_get_num_procs();
#else
  return 1;
#endif
}

int THGetNumThreads(void)
{
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/* OpenBLAS is the OpenMP build, so this one number rules both. */
void THSetNumThreads(int num_threads)
{
  THArgCheck(num_threads > 0, 1, "the number of threads must be at least 1, got %d", num_threads);
#ifdef _OPENMP
  omp_set_num_threads(num_threads);
#endif
}

void THInferNumThreads(void) { THSetNumThreads(THGetNumCores()); }

#if defined(_OPENMP) && defined(__linux__)
/* The calling thread may run wherever one of the OpenMP places allows. */
static void unpin(void)
{
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (int place = 0; place < omp_get_num_places(); place++) {
    int n = omp_get_place_num_procs(place), ids[CPU_SETSIZE];
    if (n > CPU_SETSIZE) return;
    omp_get_place_proc_ids(place, ids);
    for (int i = 0; i < n; i++) CPU_SET((size_t)ids[i], &mask);
  }
  if (CPU_COUNT(&mask)) sched_setaffinity(0, sizeof mask, &mask);
}
#else
static void unpin(void) {}
#endif

void THStartThreads(void)
{
  int started = 0;
#pragma omp parallel reduction(+ : started)
  started++;
  (void)started;
  unpin();
}
