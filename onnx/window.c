/* Windows of convolution and pooling: what their attributes say. */
#include "ops.h"

static void fill(int64_t *r, int n, const OnnxNode *node, const char *name, int64_t otherwise)
{
  int count;
  const int64_t *given = THOnnx_ints(node, name, &count);
  THOnnx_check(!given || count == n, "%s has %d entries for %d dimensions", name, count, n);
  for (int d = 0; d < n; d++) r[d] = given ? given[d] : otherwise;
}

static void fill_pads(OnnxWindow *w, const OnnxNode *node)
{
  int count;
  const int64_t *pads = THOnnx_ints(node, "pads", &count);
  THOnnx_check(!pads || count == 2 * w->n, "pads has %d entries for %d dimensions", count, w->n);
  for (int d = 0; d < w->n; d++) {
    w->before[d] = pads ? pads[d] : 0;
    w->after[d] = pads ? pads[d + w->n] : 0;
  }
}

static void check_window(const OnnxWindow *w)
{
  const int64_t limit = (int64_t)1 << 31;
  for (int d = 0; d < w->n; d++) {
    THOnnx_check(w->kernel[d] > 0 && w->stride[d] > 0 && w->dilation[d] > 0, "kernel, strides and dilations are positive");
    THOnnx_check(w->kernel[d] < limit && w->stride[d] < limit && w->dilation[d] < limit && w->before[d] > -limit &&
                 w->before[d] < limit && w->after[d] > -limit && w->after[d] < limit && w->in[d] < limit, "sizes are too large");
  }
}

void THOnnx_window(const OnnxNode *node, const OnnxValue *x, const int64_t *kernel, OnnxWindow *w)
{
  *w = (OnnxWindow){.n = x->ndim - 2};
  THOnnx_check(w->n >= 1, "a batch of planes is expected, not %d dimensions", x->ndim);
  for (int d = 0; d < w->n; d++) w->in[d] = x->size[d + 2];
  if (kernel) memcpy(w->kernel, kernel, (size_t)w->n * sizeof *kernel);
  else fill(w->kernel, w->n, node, "kernel_shape", 1);
  fill(w->stride, w->n, node, "strides", 1);
  fill(w->dilation, w->n, node, "dilations", 1);
  const char *way = THOnnx_string(node, "auto_pad", "NOTSET");
  const bool same = !strncmp(way, "SAME", 4), ceil = THOnnx_int(node, "ceil_mode", 0);
  if (!strcmp(way, "NOTSET") || !*way) fill_pads(w, node);
  check_window(w);
  for (int d = 0; d < w->n; d++) {
    const int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1;
    if (same) {
      w->out[d] = (w->in[d] + w->stride[d] - 1) / w->stride[d];
      const int64_t total = THMax(0, (w->out[d] - 1) * w->stride[d] + reach - w->in[d]);
      w->before[d] = !strcmp(way, "SAME_LOWER") ? total - total / 2 : total / 2;
      w->after[d] = total - w->before[d];
      continue;
    }
    const int64_t room = w->in[d] + w->before[d] + w->after[d] - reach;
    THOnnx_check(room >= 0 || w->in[d] == 0, "a window of %lld does not fit into %lld", (long long)reach,
               (long long)(w->in[d] + w->before[d] + w->after[d]));
    w->out[d] = room < 0 ? 0 : room / w->stride[d] + 1;
    if (ceil && room % w->stride[d] && w->out[d] * w->stride[d] < w->in[d] + w->before[d]) w->out[d]++;
  }
}
