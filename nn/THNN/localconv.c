/* Convolutions with a kernel for each position of the output: SpatialConvolutionLocal. */
#include "common.h"
#include "THNNDevice.h"

enum { H = WINDOW_H, W = WINDOW_W };

#define TH_GENERIC_FILE "generic/localconv.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const local_forward[TH_NTYPES])(const THNN_Window *, const void *, const void *, const void *, void *,
                                              int64_t) = TH_BY_FLOAT_TYPE(local_forward);
static void (*const local_backward[TH_NTYPES])(const THNN_Window *, const void *, const void *,
                                               void *) = TH_BY_FLOAT_TYPE(local_backward);
static void (*const local_grad[TH_NTYPES])(const THNN_Window *, const void *, const void *, void *, void *, int64_t,
                                           int64_t, double) = TH_BY_FLOAT_TYPE(local_grad);

/* The sizes of input and output, as the layer was made for them. */
typedef struct Extent {
  int64_t iw, ih, ow, oh;
} Extent;

/* Output planes, from a weight of oh x ow x outputs x planes x kH x kW. */
static int64_t output_planes(const THNN_Window *w, const Extent *e, const THAnyTensor *input, const THAnyTensor *weight)
{
  int64_t positions, each = 0, kernel = w->k[H] * w->k[W], n = THAnyTensor_nElement(weight);
  int64_t in = input->size[input->nDimension - 3];
  bool small = TH_mulSize(e->oh, e->ow, &positions) && TH_mulSize(in, positions, &each) &&
               TH_mulSize(each, kernel, &each);
  int64_t out = small && each > 0 ? n / each : 0; /* `each`: weights of an output plane */
  THArgCheck(out > 0 && out * each == n, THNN_OWN,
             "%s: weight of %s does not fit input of %s: expected %lld x %lld x outputs x %lld x %lld x %lld", w->op,
             THAnyTensor_sizeDesc(weight).str, THAnyTensor_sizeDesc(input).str, (long long)e->oh, (long long)e->ow,
             (long long)in, (long long)w->k[H], (long long)w->k[W]);
  return out;
}

static THNN_Applied apply(THNN_Window *w, const Extent *e, const THAnyTensor *input, const THAnyTensor *weight,
                          const THAnyTensor *bias)
{
  int batch = input->nDimension == 4;
  THArgCheck(input->nDimension == 3 || batch, 2, "%s: 3D or 4D (batch mode) tensor expected, got %s", w->op,
             THAnyTensor_sizeDesc(input).str);
  THNN_Window_check(w);
  w->outputs = output_planes(w, e, input, weight);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == w->outputs * e->oh * e->ow, THNN_OWN,
             "%s: expected bias of %lld x %lld x %lld, got %s", w->op, (long long)w->outputs, (long long)e->oh,
             (long long)e->ow, bias ? THAnyTensor_sizeDesc(bias).str : "");
  THArgCheck(input->size[batch + 1] == e->ih && input->size[batch + 2] == e->iw, 2,
             "%s: expected input of %lld x %lld x %lld, got %s", w->op, (long long)input->size[batch], (long long)e->ih,
             (long long)e->iw, THAnyTensor_sizeDesc(input).str);
  THNN_Applied a = THNN_Window_apply(w, input);
  THArgCheck(w->out[H] == e->oh && w->out[W] == e->ow, THNN_OWN, "%s: expected output of %lld x %lld, got %lld x %lld",
             w->op, (long long)w->out[H], (long long)w->out[W], (long long)e->oh, (long long)e->ow);
  return a;
}

/* Of one of so many tasks. */
static double task_work(const THNN_Window *w, int64_t n, int64_t tasks)
{
  return (double)n * (double)w->outputs * (double)w->outSize * (double)w->K / (double)THMax(tasks, 1);
}

typedef struct LocalPass {
  const THNN_Window *w;
  THType type;
  const void *x, *g, *weight, *bias;
  void *r, *rb;
  int64_t n;
  double scale;
} LocalPass;

/* An output row of a sample. */
static void local_row(const void *arg, int64_t i, void *const *unused)
{
  const LocalPass *a = arg;
  const THNN_Window *w = a->w;
  int64_t sample = i / w->out[H], in = w->planes * w->inSize, out = w->outputs * w->outSize;
  size_t width = THType_size(a->type);
  (void)unused;
  local_forward[a->type](w, (const char *)a->x + (size_t)(sample * in) * width, a->weight, a->bias,
                         (char *)a->r + (size_t)(sample * out) * width, i % w->out[H]);
}

static void local_sample_grad(const void *arg, int64_t i, void *const *at)
{
  const LocalPass *a = arg;
  (void)i;
  local_backward[a->type](a->w, at[0], a->weight, at[1]);
}

static void local_row_grad(const void *arg, int64_t i, void *const *unused)
{
  const LocalPass *a = arg;
  (void)unused;
  local_grad[a->type](a->w, a->x, a->g, a->r, a->rb, a->n, i, a->scale);
}

#define LOCAL {THNN_WINDOW2("SpatialConvolutionLocal", kW, kH, dW, dH, padW, padH, 1, 1)}
#define EXTENT (&(Extent){inputWidth, inputHeight, outputWidth, outputHeight})

void THNN_SpatialConvolutionLocal_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                               THAnyTensor *weight, THAnyTensor *bias,
                                               THAnyTensor *finput, THAnyTensor *fgradInput, int kW, int kH,
                                               int dW, int dH, int padW, int padH, int64_t inputWidth,
                                               int64_t inputHeight, int64_t outputWidth,
                                               int64_t outputHeight)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialConvolutionLocal", input, output, weight, bias);
  THNN_Window w = LOCAL;
  THNN_Applied a = apply(&w, EXTENT, input, weight, bias);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO weights = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newContiguous(bias);
  THNN_AUTO y = THNN_newResult(output, a.ndim, a.size);
  int64_t tasks = a.n * w.out[H];
  LocalPass pass = {.w = &w, .type = (THType)x->type, .x = THNN_data(x), .weight = THNN_data(weights),
                    .bias = THNN_data(b), .r = THNN_data(y)};
  if (THNN_onDevice(x))
    THNN_EACH(local_forward, x, THAnyTensor_nElement(y), (&(THNN_Local){w, a.n, 1}), THNN_data(x), THNN_data(weights),
              THNN_data(b), THNN_data(y));
  else THPlanes_run(tasks, task_work(&w, a.n, tasks), local_row, &pass, 0, NULL);
  THNN_finish(y, output);
}

void THNN_SpatialConvolutionLocal_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                  THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                  THAnyTensor *weight, THAnyTensor *finput,
                                                  THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                  int padW, int padH, int64_t inputWidth,
                                                  int64_t inputHeight, int64_t outputWidth,
                                                  int64_t outputHeight)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialConvolutionLocal", input, gradOutput, gradInput, weight);
  THNN_Window w = LOCAL;
  THNN_Applied a = apply(&w, EXTENT, input, weight, NULL);
  THNN_checkSize(w.op, "gradOutput", gradOutput, a.ndim, a.size);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO weights = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  LocalPass pass = {.w = &w, .type = (THType)g->type, .weight = THNN_data(weights)};
  if (THNN_onDevice(g))
    THNN_EACH(local_backward, g, THAnyTensor_nElement(gx), (&(THNN_Local){w, a.n, 1}), THNN_data(g), THNN_data(weights),
              THNN_data(gx));
  else
    TH_PLANES(a.n, task_work(&w, a.n, a.n), local_sample_grad, &pass, THNN_planesOf(g, w.outputs * w.outSize),
              THNN_planesOf(gx, w.planes * w.inSize));
  THNN_finish(gx, gradInput);
}

void THNN_SpatialConvolutionLocal_accGradParameters(THNN_STATE, THAnyTensor *input,
                                                    THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                    THAnyTensor *gradBias, THAnyTensor *finput,
                                                    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH,
                                                    int padW, int padH, int64_t inputWidth,
                                                    int64_t inputHeight, int64_t outputWidth,
                                                    int64_t outputHeight, double scale)
{
  (void)finput, (void)fgradInput;
  THNN_TYPES_ANY("SpatialConvolutionLocal", input, gradOutput, gradWeight, gradBias);
  THNN_Window w = LOCAL;
  THNN_Applied a = apply(&w, EXTENT, input, gradWeight, gradBias);
  THNN_checkSize(w.op, "gradOutput", gradOutput, a.ndim, a.size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  if (THNN_onDevice(x)) {
    THNN_EACH(local_grad, x, THAnyTensor_nElement(gw), (&(THNN_Local){w, a.n, scale}), THNN_data(x), THNN_data(g),
              THNN_data(gw));
    THNN_finish(gw, gradWeight);
    THNN_addPlaneSums(g, a.n, w.outputs * w.outSize, 1, gradBias, scale);
    return;
  }
  THNN_AUTO gb = THNN_newInPlace(gradBias);
  LocalPass pass = {.w = &w, .type = (THType)x->type, .x = THNN_data(x), .g = THNN_data(g), .r = THNN_data(gw),
                    .rb = THNN_data(gb), .n = a.n, .scale = scale};
  THPlanes_run(w.out[H], task_work(&w, a.n, w.out[H]), local_row_grad, &pass, 0, NULL);
  THNN_finish(gw, gradWeight);
  THNN_finish(gb, gradBias);
}
