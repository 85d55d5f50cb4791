/* Sequences of frames, (batch x) time x frame: convolution, which is Linear of overlapping windows, and largest
   elements. */
#include "common.h"
#include "elements/host.h"
#include "window.h"
#include "THTensorBlas.h"
#include "THTensorOps.h"

typedef struct Frames {
  const char *op;
  int ndim;
  int64_t batch, in, out, frame, k, d; /* times; elements of a frame; size and step of windows */
  int64_t outSize[3];
} Frames;

#define TH_GENERIC_FILE "generic/temporal.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const temporal_max[TH_NTYPES])(const Frames *, const void *, void *,
                                             int64_t *) = TH_BY_FLOAT_TYPE(temporal_max);
static void (*const temporal_max_grad[TH_NTYPES])(const Frames *, const void *, void *,
                                                  const int64_t *) = TH_BY_FLOAT_TYPE(temporal_max_grad);

static Frames frames(const char *op, const THAnyTensor *input, int kW, int dW)
{
  int n = input->nDimension;
  THArgCheck(n == 2 || n == 3, 2, "%s: 2D or 3D (batch mode) tensor expected, got %s", op,
             THAnyTensor_sizeDesc(input).str);
  THNN_Window_check(&(THNN_Window){THNN_WINDOW1(op, kW, dW, 0)});
  Frames f = {op, n, n == 3 ? input->size[0] : 1, input->size[n - 2], 0, input->size[n - 1], kW, dW, {0}};
  THArgCheck(f.in >= kW, 2, "%s: input sequence smaller than kernel size. Got: %lld, Expected: %d", op, (long long)f.in,
             kW);
  f.out = THNN_windowCount(f.in, kW, dW, 0, 1);
  f.outSize[0] = f.batch;
  f.outSize[n - 2] = f.out;
  f.outSize[n - 1] = f.frame;
  return f;
}

/* ---- convolution ---- */

/* weight is outputs x (kW frame); the frames of the output are of that size then. */
static void check_weight(Frames *f, const THAnyTensor *weight, const THAnyTensor *bias)
{
  THArgCheck(weight->nDimension == 2 && weight->size[1] % f->k == 0, THNN_OWN,
             "%s: expected weight of outputs x (%lld frame size), got %s", f->op, (long long)f->k,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(weight->size[1] == f->k * f->frame, 2, "%s: invalid input frame size. Got: %lld, Expected: %lld", f->op,
             (long long)f->frame, (long long)(weight->size[1] / f->k));
  THArgCheck(!bias || THAnyTensor_nElement(bias) == weight->size[0], THNN_OWN,
             "%s: expected bias of %lld elements, got %s", f->op, (long long)weight->size[0],
             bias ? THAnyTensor_sizeDesc(bias).str : "");
  f->outSize[f->ndim - 1] = weight->size[0];
  THNN_checkBlasSize(f->op, f->batch * f->out, weight->size[0], weight->size[1]);
}

/* Every element of a window's frame k: batch x out x frame of t, whose frames lie `step` frames apart and whose
   sequences have `times` of them. */
static THAnyTensor *new_view(const Frames *f, const THAnyTensor *t, int64_t k, int64_t times, int64_t step,
                             int64_t width)
{
  return THAnyTensor_newWithStorageNd((THType)t->type, t->storage, t->storageOffset + k * f->frame, 3,
                                      (int64_t[]){f->batch, f->out, width},
                                      (int64_t[]){times * f->frame, step * f->frame, 1});
}

static THAnyTensor *new_matrix(const Frames *f, THAnyTensor *t, int64_t columns)
{
  THAnyTensor *m = THAnyTensor_new((THType)t->type);
  THAnyTensor_viewNd(m, t, 2, (int64_t[]){f->batch * f->out, columns});
  return m;
}

/* (batch out) x (kW frame): what every frame of the output sees */
static THAnyTensor *new_windows(const Frames *f, THAnyTensor *input)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO overlapping = new_view(f, x, 0, f->in, f->d, f->k * f->frame);
  THNN_AUTO windows = THAnyTensor_newContiguous(overlapping);
  return new_matrix(f, windows, f->k * f->frame);
}

void THNN_TemporalConvolution_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *weight, THAnyTensor *bias, int kW, int dW, int inputFrameSize,
                                           int outputFrameSize)
{
  THNN_TYPES_ANY("TemporalConvolution", input, output, weight, bias);
  Frames f = frames("TemporalConvolution", input, kW, dW);
  THArgCheck(f.frame == inputFrameSize, 2, "%s: invalid input frame size. Got: %lld, Expected: %d", f.op,
             (long long)f.frame, inputFrameSize);
  check_weight(&f, weight, bias);
  THArgCheck(weight->size[0] == outputFrameSize, THNN_OWN, "%s: expected weight of %d x %lld, got %s", f.op,
             outputFrameSize, (long long)weight->size[1], THAnyTensor_sizeDesc(weight).str);
  THNN_AUTO x = new_windows(&f, input);
  THNN_AUTO y = THNN_newResult(output, f.ndim, f.outSize);
  THNN_AUTO rows = new_matrix(&f, y, outputFrameSize);
  THNN_Linear_updateOutput(state, x, rows, weight, bias, NULL);
  THNN_finish(y, output);
}

static void add(THAnyTensor *to, THAnyTensor *what) { THAnyTensor_cadd(to, to, THScalar_fromInt(1), what); }

void THNN_TemporalConvolution_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                              THAnyTensor *gradInput, THAnyTensor *weight, int kW, int dW)
{
  THNN_TYPES_ANY("TemporalConvolution", input, gradOutput, gradInput, weight);
  Frames f = frames("TemporalConvolution", input, kW, dW);
  check_weight(&f, weight, NULL);
  THNN_checkSize(f.op, "gradOutput", gradOutput, f.ndim, f.outSize);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO rows = new_matrix(&f, g, weight->size[0]);
  THNN_AUTO windows = THAnyTensor_newWithSizeNd((THType)g->type, 2, (int64_t[]){f.batch * f.out, f.k * f.frame}, NULL);
  THAnyTensor_addmm(windows, THScalar_fromInt(0), windows, THScalar_fromInt(1), rows, weight);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  THAnyTensor_fill(gx, THScalar_fromInt(0));
  for (int64_t k = 0; k < f.k; k++) {
    THNN_AUTO to = new_view(&f, gx, k, f.in, f.d, f.frame);
    THNN_AUTO from = new_view(&f, windows, k, f.out * f.k, f.k, f.frame);
    add(to, from);
  }
  THNN_finish(gx, gradInput);
}

void THNN_TemporalConvolution_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput,
                                                THAnyTensor *gradWeight, THAnyTensor *gradBias, int kW, int dW,
                                                double scale)
{
  THNN_TYPES_ANY("TemporalConvolution", input, gradOutput, gradWeight, gradBias);
  Frames f = frames("TemporalConvolution", input, kW, dW);
  check_weight(&f, gradWeight, gradBias);
  THNN_checkSize(f.op, "gradOutput", gradOutput, f.ndim, f.outSize);
  THNN_AUTO x = new_windows(&f, input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO rows = new_matrix(&f, g, gradWeight->size[0]);
  THNN_Linear_accGradParameters(state, x, rows, NULL, NULL, NULL, gradWeight, gradBias, NULL, scale);
}

/* ---- largest elements; sequences are shared out to threads ---- */

typedef struct MaxTask {
  const Frames *f;
  THType type;
} MaxTask;

static void max_sequence(const void *arg, int64_t i, void *const *at)
{
  const MaxTask *t = arg;
  (void)i;
  temporal_max[t->type](t->f, at[0], at[1], at[2]);
}

static void max_sequence_grad(const void *arg, int64_t i, void *const *at)
{
  const MaxTask *t = arg;
  (void)i;
  temporal_max_grad[t->type](t->f, at[0], at[1], at[2]);
}

static double sequence_work(const Frames *f) { return (double)(f->out * f->frame) * (double)f->k; }

static THPlaneArray sequences(const Frames *f, const THAnyTensor *t, int64_t times)
{
  return THNN_planesOf(t, times * f->frame);
}

void THNN_TemporalMaxPooling_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                          THAnyTensor *indices, int kW, int dW)
{
  THNN_TYPES_ANY("TemporalMaxPooling", input, output);
  THNN_checkLong("TemporalMaxPooling", "indices", indices, input);
  Frames f = frames("TemporalMaxPooling", input, kW, dW);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, f.ndim, f.outSize);
  THNN_AUTO ix = THNN_newResult(indices, f.ndim, f.outSize);
  if (THNN_onDevice(x))
    THNN_EACH(temporal_max, x, THAnyTensor_nElement(y), (&(THNN_Frames){f.in, f.out, f.frame, f.k, f.d}), THNN_data(x),
              THNN_data(y), THNN_data(ix));
  else
    TH_PLANES(f.batch, sequence_work(&f), max_sequence, &((MaxTask){&f, (THType)x->type}), sequences(&f, x, f.in),
                sequences(&f, y, f.out), sequences(&f, ix, f.out));
  THNN_finish(y, output);
  THNN_finish(ix, indices);
}

static void check_places(const Frames *f, const THAnyTensor *indices)
{
  const int64_t *at = THNN_data(indices);
  int64_t n = THAnyTensor_nElement(indices);
  for (int64_t i = 0; i < n; i++)
    if (at[i] < 0 || at[i] >= f->k)
      THError("%s: indices: %lld lies outside a window of %lld frames", f->op, (long long)at[i], (long long)f->k);
}

void THNN_TemporalMaxPooling_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                             THAnyTensor *gradInput, THAnyTensor *indices, int kW, int dW)
{
  THNN_TYPES_ANY("TemporalMaxPooling", input, gradOutput, gradInput);
  THNN_checkLong("TemporalMaxPooling", "indices", indices, input);
  Frames f = frames("TemporalMaxPooling", input, kW, dW);
  THNN_checkSize(f.op, "gradOutput", gradOutput, f.ndim, f.outSize);
  THNN_checkSize(f.op, "indices", indices, f.ndim, f.outSize);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  if (!THNN_onDevice(ix)) check_places(&f, ix);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  if (THNN_onDevice(g))
    THNN_EACH(temporal_max_grad, g, THAnyTensor_nElement(gx), (&(THNN_Frames){f.in, f.out, f.frame, f.k, f.d}),
              THNN_data(g), THNN_data(ix), THNN_data(gx));
  else
    TH_PLANES(f.batch, sequence_work(&f), max_sequence_grad, &((MaxTask){&f, (THType)g->type}),
                sequences(&f, g, f.out), sequences(&f, gx, f.in), sequences(&f, ix, f.out));
  THNN_finish(gx, gradInput);
}
