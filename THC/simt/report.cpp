// Faults: their text, and the function they all go through.
#include "simt_internal.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

static void print_and_abort(const thc_simt_report *report)
{
  fflush(stdout);
  fprintf(stderr, "%s\n", report->message);
  if (report->fault != THC_SIMT_HOST_ACCESS) abort(); // that one dies by its signal
}

static thc_simt_reporter reporter = print_and_abort;

thc_simt_reporter thc_simt_set_reporter(thc_simt_reporter next)
{
  thc_simt_reporter before = reporter;
  reporter = next ? next : print_and_abort;
  return before;
}

static std::string format_list(const char *format, va_list args)
{
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  return text;
}

std::string simt_text(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  std::string text = format_list(format, args);
  va_end(args);
  return text;
}

static std::string where()
{
  const Running &r = simt_running;
  if (!r.what) return "";
  if (!r.file) return simt_text("\n  in %s, device %d", r.what, r.device->id);
  std::string text = simt_text("\n  in kernel %s (launched at %s:%d), device %d", r.what, r.file,
                               r.line, r.device->id);
  if (r.in_block)
    text += simt_text(", block (%u,%u,%u), thread (%u,%u,%u)", blockIdx.x, blockIdx.y, blockIdx.z,
                      threadIdx.x, threadIdx.y, threadIdx.z);
  return text;
}

void simt_report(thc_simt_fault fault, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  std::string text = "THC simulator: " + format_list(format, args) + where();
  va_end(args);
  if (simt_running.device)
    simt_running.device->sticky =
        fault == THC_SIMT_DIVERGENT_BARRIER ? cudaErrorLaunchFailure : cudaErrorIllegalAddress;
  thc_simt_report report = {fault, text.c_str()};
  reporter(&report);
}
