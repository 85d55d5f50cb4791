/* Convolution layers: from arguments to the engine in conv.c. `Spatial` layers are volumes with
   T = 1. Buffers that Torch7's signatures carry (finput, columns, ones) are not needed and are left
   alone. */
#include "convengine.h"

/* A layer applied to an input. */
typedef struct Layer {
  THNN_Window w;
  THType type;
  THNN_Applied a;
} Layer;

/* Planes that the layer reads and writes. */
static int64_t read_planes(const THNN_Window *w) { return w->full ? w->outputs : w->planes; }
static int64_t written_planes(const THNN_Window *w) { return w->full ? w->planes : w->outputs; }

/* weight is outputs x planes of a group x kernel; a transposed convolution's is the same, seen from its other side */
static void take_planes(THNN_Window *w, const THAnyTensor *weight)
{
  const int64_t *k = w->k;
  THArgCheck(weight->nDimension == 2 || weight->nDimension == w->dims + 2, THNN_OWN,
             "%s: weight should be 2D or %dD, got %s", w->op, w->dims + 2, THAnyTensor_sizeDesc(weight).str);
  w->outputs = weight->size[0];
  int64_t each = THAnyTensor_nElement(weight) / w->outputs;
  int64_t planes = each / k[0] / k[1] / k[2], groups = THMax(w->groups, 1);
  THArgCheck(planes > 0 && planes * k[0] * k[1] * k[2] == each, THNN_OWN,
             "%s: weight of %s does not fit a kernel of %lld x %lld x %lld", w->op, THAnyTensor_sizeDesc(weight).str,
             (long long)k[0], (long long)k[1], (long long)k[2]);
  THArgCheck(w->groups >= 0 && w->outputs % groups == 0 && TH_mulSize(planes, groups, &w->planes), THNN_OWN,
             "%s: weight of %s cannot be cut into %lld groups", w->op, THAnyTensor_sizeDesc(weight).str,
             (long long)w->groups);
}

static Layer apply(const THNN_Window *given, const THAnyTensor *input, const THAnyTensor *weight)
{
  Layer l = {.w = *given, .type = (THType)input->type};
  THNN_Window_check(&l.w);
  take_planes(&l.w, weight);
  int batch = input->nDimension == l.w.dims + 2;
  THArgCheck((batch || input->nDimension == l.w.dims + 1) && input->size[batch] == read_planes(&l.w), 2,
             "%s: Need input of dimension %d (or %d with batches) and input.size[%d] == %lld but "
             "got input to be of shape: %s",
             l.w.op, l.w.dims + 1, l.w.dims + 2, batch + TH_INDEX_BASE, (long long)read_planes(&l.w),
             THAnyTensor_sizeDesc(input).str);
  l.a = THNN_Window_apply(&l.w, input);
  return l;
}

static void update_output(const THNN_Window *w, THAnyTensor *input, THAnyTensor *output,
                          THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES_ANY(w->op, input, output, weight, bias);
  Layer l = apply(w, input, weight);
  int64_t planes = written_planes(&l.w);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == planes, THNN_OWN,
             "%s: expected bias of %lld elements, got %s", w->op, (long long)planes,
             bias ? THAnyTensor_sizeDesc(bias).str : "");
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO weights = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = bias ? THAnyTensor_newContiguous(bias) : NULL;
  THNN_AUTO y = THNN_newResult(output, l.a.ndim, l.a.size);
  (w->full ? THConv_backwardData : THConv_forward)(w->op, &l.w, l.type, l.a.n, THNN_data(x), THNN_data(weights),
                                               b ? THNN_data(b) : NULL, THNN_data(y));
  THNN_finish(y, output);
}

static void update_grad_input(const THNN_Window *w, THAnyTensor *input, THAnyTensor *gradOutput,
                              THAnyTensor *gradInput, THAnyTensor *weight)
{
  THNN_TYPES_ANY(w->op, input, gradOutput, gradInput, weight);
  Layer l = apply(w, input, weight);
  THNN_checkSize(w->op, "gradOutput", gradOutput, l.a.ndim, l.a.size);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO weights = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, l.a.ndim, input->size);
  (w->full ? THConv_forward : THConv_backwardData)(w->op, &l.w, l.type, l.a.n, THNN_data(gy),
                                               THNN_data(weights), NULL, THNN_data(gx));
  THNN_finish(gx, gradInput);
}

static void acc_grad_parameters(const THNN_Window *w, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradWeight, THAnyTensor *gradBias, double scale)
{
  THNN_TYPES_ANY(w->op, input, gradOutput, gradWeight, gradBias);
  Layer l = apply(w, input, gradWeight);
  THNN_checkSize(w->op, "gradOutput", gradOutput, l.a.ndim, l.a.size);
  int64_t planes = written_planes(&l.w);
  THArgCheck(!gradBias || THAnyTensor_nElement(gradBias) == planes, THNN_OWN,
             "%s: expected gradBias of %lld elements", w->op, (long long)planes);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  THConv_backwardWeight(w->op, &l.w, l.type, l.a.n, THNN_data(w->full ? gy : x),
                      THNN_data(w->full ? x : gy), THNN_data(gw), scale);
  THNN_finish(gw, gradWeight);
  if (gradBias)
    THNN_addPlaneSums(gy, l.a.n, planes, THAnyTensor_nElement(gy) / l.a.n / planes, gradBias, scale);
}

#define IMAGE(name, kW, kH, dW, dH, padW, padH, dilW, dilH, adjW, adjH, full_)                     \
  (&(THNN_Window){THNN_WINDOW2(name, kW, kH, dW, dH, padW, padH, dilW, dilH),                      \
                  .adj = {0, adjH, adjW}, .full = full_})
#define VOLUME(name, kT, kW, kH, dT, dW, dH, pT, pW, pH, lT, lW, lH, aT, aW, aH, full_)            \
  (&(THNN_Window){THNN_WINDOW3(name, kT, kW, kH, dT, dW, dH, pT, pW, pH, lT, lW, lH),              \
                  .adj = {aT, aH, aW}, .full = full_})
/* kernel sizes as the weight, ... x T x H x W, has them */
static int64_t kernel_size(const char *op, const THAnyTensor *weight, int i)
{
  THArgCheck(weight->nDimension == 5, THNN_OWN, "%s: weight should be 5D, got %s", op,
             THAnyTensor_sizeDesc(weight).str);
  return weight->size[2 + i];
}

/* Defines the three functions of a layer: SIZES its arguments, LAYER how it is described, W the
   tensor that has the weight's shape, and the unused buffers of each signature. */
#define T_ARG THAnyTensor *
#define PASSES(Name, LAYER, SIZES, FORWARD_BUFFERS, DATA_BUFFERS, WEIGHT_BUFFERS)                  \
  void THNN_##Name##_updateOutput(THNN_STATE, T_ARG input, T_ARG output, T_ARG weight,             \
                                  T_ARG bias, FORWARD_BUFFERS SIZES)                               \
  {                                                                                                \
    THAnyTensor *W = weight;                                                                       \
    (void)W;                                                                                       \
    update_output(LAYER, input, output, weight, bias);                                             \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNN_STATE, T_ARG input, T_ARG gradOutput,                    \
                                     T_ARG gradInput, T_ARG weight, DATA_BUFFERS SIZES)            \
  {                                                                                                \
    THAnyTensor *W = weight;                                                                       \
    (void)W;                                                                                       \
    update_grad_input(LAYER, input, gradOutput, gradInput, weight);                                \
  }                                                                                                \
  void THNN_##Name##_accGradParameters(THNN_STATE, T_ARG input, T_ARG gradOutput,                  \
                                       T_ARG gradWeight, T_ARG gradBias, WEIGHT_BUFFERS SIZES,     \
                                       double scale)                                               \
  {                                                                                                \
    THAnyTensor *W = gradWeight;                                                                   \
    (void)W;                                                                                       \
    acc_grad_parameters(LAYER, input, gradOutput, gradWeight, gradBias, scale);                    \
  }
#define COMMA ,
#define ONE(a) T_ARG a __attribute__((unused)) COMMA
#define TWO(a, b) ONE(a) ONE(b)
#define WITH(...) __VA_ARGS__

PASSES(SpatialConvolutionMM,
       IMAGE("SpatialConvolutionMM", kW, kH, dW, dH, padW, padH, 1, 1, 0, 0, false),
       WITH(int kW, int kH, int dW, int dH, int padW, int padH), TWO(finput, fgradInput),
       TWO(finput, fgradInput), TWO(finput, fgradInput))

PASSES(SpatialDilatedConvolution,
       IMAGE("SpatialDilatedConvolution", kW, kH, dW, dH, padW, padH, dilationW, dilationH, 0, 0,
             false),
       WITH(int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int dilationH),
       TWO(columns, ones), ONE(gradColumns), TWO(columns, ones))

PASSES(SpatialFullConvolution,
       IMAGE("SpatialFullConvolution", kW, kH, dW, dH, padW, padH, 1, 1, adjW, adjH, true),
       WITH(int kW, int kH, int dW, int dH, int padW, int padH, int adjW, int adjH),
       TWO(columns, ones), ONE(gradColumns), TWO(columns, ones))

PASSES(SpatialFullDilatedConvolution,
       IMAGE("SpatialFullDilatedConvolution", kW, kH, dW, dH, padW, padH, dilationW, dilationH, adjW,
             adjH, true),
       WITH(int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int dilationH,
            int adjW, int adjH),
       TWO(columns, ones), ONE(gradColumns), TWO(columns, ones))

PASSES(VolumetricDilatedConvolution,
       VOLUME("VolumetricDilatedConvolution", kT, kW, kH, dT, dW, dH, padT, padW, padH, dilationT,
              dilationW, dilationH, 0, 0, 0, false),
       WITH(int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int padH,
            int dilationT, int dilationW, int dilationH),
       TWO(columns, ones), ONE(gradColumns), TWO(columns, ones))

#define KERNEL(name) kernel_size(name, W, 0), kernel_size(name, W, 2), kernel_size(name, W, 1)
#define VOLUME_(...) VOLUME(__VA_ARGS__)

PASSES(VolumetricConvolution,
       VOLUME_("VolumetricConvolution", KERNEL("VolumetricConvolution"), dT, dW, dH, pT, pW, pH, 1, 1,
               1, 0, 0, 0, false),
       WITH(int dT, int dW, int dH, int pT, int pW, int pH), TWO(finput, fgradInput), ONE(finput),
       TWO(finput, fgradInput))

PASSES(VolumetricConvolutionMM,
       VOLUME("VolumetricConvolutionMM", kT, kW, kH, dT, dW, dH, pT, pW, pH, 1, 1, 1, 0, 0, 0, false),
       WITH(int kT, int kW, int kH, int dT, int dW, int dH, int pT, int pW, int pH), ONE(finput),
       TWO(finput, fgradInput), ONE(finput))

PASSES(VolumetricFullConvolution,
       VOLUME_("VolumetricFullConvolution", KERNEL("VolumetricFullConvolution"), dT, dW, dH, pT, pW,
               pH, 1, 1, 1, aT, aW, aH, true),
       WITH(int dT, int dW, int dH, int pT, int pW, int pH, int aT, int aW, int aH),
       TWO(finput, fgradInput), TWO(finput, fgradInput), TWO(finput, fgradInput))

PASSES(VolumetricFullDilatedConvolution,
       VOLUME_("VolumetricFullDilatedConvolution", KERNEL("VolumetricFullDilatedConvolution"), dT, dW,
               dH, pT, pW, pH, dilationT, dilationW, dilationH, aT, aW, aH, true),
       WITH(int dT, int dW, int dH, int pT, int pW, int pH, int dilationT, int dilationW,
            int dilationH, int aT, int aW, int aH),
       TWO(finput, fgradInput), TWO(finput, fgradInput), TWO(finput, fgradInput))

/* ---- any convolution of one to three dimensions ---- */

/* The kernel's sizes are those of weight, outputs x planes (x T) (x H) x W; numbers before and behind are paddings. */
static THNN_Window any_window(const char *op, const THAnyTensor *weight, const THNN_Window *given)
{
  THNN_Window w = *given;
  w.op = op;
  w.dims = weight->nDimension - 2;
  THArgCheck(w.dims >= 1 && w.dims <= 3, THNN_OWN, "%s: weight should be 3D, 4D or 5D, got %s", op,
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(w.groups >= 1, THNN_OWN, "%s: groups should be greater than zero, got %lld", op, (long long)w.groups);
  for (int i = 0; i < WINDOW_DIMS; i++) {
    bool absent = i < WINDOW_DIMS - w.dims;
    w.k[i] = absent ? 1 : weight->size[weight->nDimension - WINDOW_DIMS + i];
    w.more[i] -= w.pad[i];
    if (absent) w.d[i] = w.dil[i] = 1, w.pad[i] = w.more[i] = w.adj[i] = 0;
  }
  return w;
}
#define ANY(Name, full_, aT, aW, aH)                                                               \
  (&(THNN_Window[]){any_window(#Name, W, &(THNN_Window){                                           \
    .full = full_, .d = {dT, dH, dW}, .pad = {padT, padH, padW}, .more = {endT, endH, endW},       \
    .dil = {dilationT, dilationH, dilationW}, .adj = {aT, aH, aW}, .groups = groups})}[0])

PASSES(Convolution, ANY(Convolution, false, 0, 0, 0),
       WITH(int dT, int dW, int dH, int padT, int padW, int padH, int endT, int endW, int endH, int dilationT,
            int dilationW, int dilationH, int groups),
       , , )

PASSES(FullConvolution, ANY(FullConvolution, true, adjT, adjW, adjH),
       WITH(int dT, int dW, int dH, int padT, int padW, int padH, int endT, int endW, int endH, int dilationT,
            int dilationW, int dilationH, int adjT, int adjW, int adjH, int groups),
       , , )
