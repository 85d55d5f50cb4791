#include "window.h"
#include "common.h"
#include <stdio.h>

/* ---- what is given ---- */

static void check_positive(const THNN_Window *w, const char *what, int64_t n)
{
  THArgCheck(n > 0, THNN_OWN, "%s: %s should be greater than zero, got %lld", w->op, what, (long long)n);
}

void THNN_Window_check(const THNN_Window *w)
{
  for (int i = WINDOW_DIMS - w->dims; i < WINDOW_DIMS; i++) {
    check_positive(w, "kernel size", w->k[i]);
    check_positive(w, "stride", w->d[i]);
    check_positive(w, "dilation", w->dil[i]);
    THArgCheck(w->pad[i] >= 0, THNN_OWN, "%s: padding should not be negative, got %lld", w->op, (long long)w->pad[i]);
    THArgCheck(w->adj[i] >= 0 && (w->adj[i] < w->d[i] || w->adj[i] < w->dil[i] || !w->adj[i]), THNN_OWN,
               "%s: output adjustment %lld must be smaller than stride or dilation", w->op, (long long)w->adj[i]);
    THArgCheck(w->pad[i] + w->more[i] >= 0, THNN_OWN, "%s: padding should not be negative, got %lld", w->op,
               (long long)(w->pad[i] + w->more[i]));
  }
}

/* ---- sizes ---- */

int64_t THNN_Window_count(const THNN_Window *w, int i)
{
  int64_t room = w->in[i] + 2 * w->pad[i] + w->more[i] - (w->dil[i] * (w->k[i] - 1) + 1);
  if (!w->ceil) return THNN_windowCount(w->in[i] + w->more[i], w->k[i], w->d[i], w->pad[i], w->dil[i]);
  if (room < 0) return room > -w->d[i] ? 1 : 0;
  int64_t out = (room + w->d[i] - 1) / w->d[i] + 1;
  return (out - 1) * w->d[i] >= w->in[i] + w->pad[i] ? out - 1 : out; /* the last window starts inside */
}

/* Too many for any tensor: the result's resize will say so. */
static int64_t product(int64_t n, const int64_t *size)
{
  for (int i = 0; i < WINDOW_DIMS; i++)
    if (!TH_mulSize(n, size[i], &n)) return INT64_MAX;
  return n;
}

static void finish(THNN_Window *w)
{
  w->inSize = product(1, w->in);
  w->outSize = product(1, w->out);
  w->K = product(w->groups > 1 ? w->planes / w->groups : w->planes, w->k);
  w->inStep = product(w->planes, w->in);
  w->outStep = product(w->outputs, w->out);
}

void THNN_Window_slide(THNN_Window *w)
{
  for (int i = 0; i < WINDOW_DIMS; i++) w->out[i] = THNN_Window_count(w, i);
  finish(w);
}

/* The input that windows are spread over. */
static void spread(THNN_Window *w)
{
  for (int i = 0; i < WINDOW_DIMS; i++)
    w->in[i] = (w->out[i] - 1) * w->d[i] - 2 * w->pad[i] - w->more[i] + w->dil[i] * (w->k[i] - 1) + 1 + w->adj[i];
  finish(w);
}

/* ---- an input ---- */

static THNN_Applied begin(THNN_Window *w, const THAnyTensor *input, int64_t *read)
{
  int n = input->nDimension, batch = n == w->dims + 2;
  THArgCheck(batch || n == w->dims + 1, 2, "%s: %dD or %dD (batch mode) tensor expected, got %s", w->op, w->dims + 1,
             w->dims + 2, THAnyTensor_sizeDesc(input).str);
  int64_t planes = input->size[batch];
  if (w->planes == 0) w->planes = planes;
  if (w->outputs == 0) w->outputs = planes;
  for (int i = 0; i < WINDOW_DIMS; i++)
    read[i] = i < WINDOW_DIMS - w->dims ? 1 : input->size[n - WINDOW_DIMS + i];
  int64_t samples = batch ? input->size[0] : 1;
  return (THNN_Applied){.n = samples, .planes = samples * planes, .ndim = n, .size = {samples}};
}

static void end(const THNN_Window *w, const int64_t *written, THNN_Applied *a)
{
  int batch = a->ndim == w->dims + 2;
  a->size[batch] = w->full ? w->planes : w->outputs;
  for (int i = WINDOW_DIMS - w->dims; i < WINDOW_DIMS; i++) a->size[a->ndim - WINDOW_DIMS + i] = written[i];
}

typedef struct Text {
  char str[96];
} Text;

/* "3 x 8 x 8", with or without the planes */
static Text sizes(const THNN_Window *w, bool plane, int64_t planes, const int64_t *size)
{
  Text b;
  int at = plane ? snprintf(b.str, sizeof b.str, "%lld", (long long)planes) : 0;
  for (int i = WINDOW_DIMS - w->dims; i < WINDOW_DIMS; i++)
    at += snprintf(b.str + at, sizeof b.str - (size_t)at, at ? " x %lld" : "%lld", (long long)size[i]);
  return b;
}

static void check_result(const THNN_Window *w, const int64_t *read, const int64_t *written)
{
  bool ok = true;
  for (int i = 0; i < WINDOW_DIMS; i++) ok = ok && written[i] > 0;
  if (ok) return;
  Text from = sizes(w, true, w->full ? w->outputs : w->planes, read),
       to = sizes(w, true, w->full ? w->planes : w->outputs, written);
  if (w->full)
    THNN_argError(2, "%s: Given input size: (%s). Calculated output size: (%s). Output size is too small", w->op,
                  from.str, to.str);
  THNN_argError(2, "%s: Given input size: (%s). Calculated output size: (%s). Output size is too small: the input is "
                "smaller than the kernel of %s",
                w->op, from.str, to.str, sizes(w, false, 0, w->k).str);
}

THNN_Applied THNN_Window_apply(THNN_Window *w, const THAnyTensor *input)
{
  THNN_Window_check(w);
  int64_t *read = w->full ? w->out : w->in, *written = w->full ? w->in : w->out;
  THNN_Applied a = begin(w, input, read);
  if (w->full) spread(w);
  else THNN_Window_slide(w);
  check_result(w, read, written);
  end(w, written, &a);
  return a;
}

THNN_Applied THNN_Window_cover(THNN_Window *w, const THAnyTensor *input)
{
  THNN_Applied a = begin(w, input, w->in);
  for (int i = 0; i < WINDOW_DIMS; i++)
    if (i < WINDOW_DIMS - w->dims) w->out[i] = 1;
    else check_positive(w, "output size", w->out[i]);
  finish(w);
  THArgCheck(w->outSize < INT64_MAX, THNN_OWN, "%s: output size is too large", w->op);
  end(w, w->out, &a);
  return a;
}
