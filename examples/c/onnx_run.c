/* onnx_run MODEL: what an ONNX model takes and gives, and the outputs for inputs of ones, open sizes being 1.

     cc onnx_run.c $(pkg-config --cflags --libs thonnx) */
#include <THONNX.h>
#include <stdio.h>
#include <stdlib.h>

static THONNXTensor ones(const THONNXInfo *info)
{
  THONNXTensor t = {.name = info->name, .type = info->type, .ndim = info->ndim < 0 ? 0 : info->ndim};
  size_t n = 1;
  for (int d = 0; d < t.ndim; d++) n *= (size_t)(t.size[d] = info->size[d] < 0 ? 1 : info->size[d]);
  t.data = calloc(n + 1, 8);
  for (size_t i = 0; t.data && i < n; i++) {
    if (t.type == THONNX_FLOAT) ((float *)t.data)[i] = 1;
    if (t.type == THONNX_INT64) ((int64_t *)t.data)[i] = 1;
    if (t.type == THONNX_INT32) ((int32_t *)t.data)[i] = 1;
  }
  return t;
}

int main(int argc, char **argv)
{
  THONNXModel *model = argc > 1 ? THONNX_open(argv[1]) : NULL;
  if (!model) return fprintf(stderr, "%s\n", argc > 1 ? THONNX_error() : "usage: onnx_run MODEL"), 1;
  enum { MOST = 32 };
  THONNXTensor in[MOST], out[MOST] = {{0}};
  const int nin = THONNX_inputs(model), nout = THONNX_outputs(model);
  if (nin > MOST || nout > MOST) return fprintf(stderr, "too many inputs or outputs\n"), 1;
  for (int i = 0; i < nin; i++) in[i] = ones(THONNX_input(model, i));
  const bool ok = THONNX_run(model, in, nin, out, nout);
  if (!ok) fprintf(stderr, "%s\n", THONNX_error());
  for (int i = 0; i < nout && ok; i++) {
    printf("%s:", THONNX_output(model, i)->name);
    for (int d = 0; d < out[i].ndim; d++) printf(" %lld", (long long)out[i].size[d]);
    if (out[i].type == THONNX_FLOAT && out[i].bytes) printf("  %g ...", ((float *)out[i].data)[0]);
    printf("\n");
  }
  for (int i = 0; i < nin; i++) free(in[i].data);
  THONNX_release(out, nout);
  THONNX_close(model);
  return !ok;
}
