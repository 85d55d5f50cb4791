/* Convolution layers: from arguments to the engine in conv.c. `Spatial` layers are volumes with
   T = 1. Buffers that Torch7's signatures carry (finput, columns, ones) are not needed and are left
   alone. */
#include "convgeometry.h"

/* What a layer is given. Arrays are T, H, W; adj is only for transposed convolutions. */
typedef struct Layer {
  const char *op;
  int dims; /* 2 or 3 spatial dimensions */
  int64_t k[3], d[3], pad[3], dil[3], adj[3];
  bool full; /* transposed: weight is inputs x outputs x k */
} Layer;

/* A layer applied to an input. */
typedef struct Applied {
  ConvGeometry g;
  THType type;
  int64_t n, planes, outputs; /* samples; planes the layer reads and writes */
  int ndim;
  int64_t outSize[5]; /* of the output tensor */
} Applied;

static void check_layer(const Layer *l)
{
  for (int i = 3 - l->dims; i < 3; i++) {
    THArgCheck(l->k[i] > 0, THNN_OWN, "%s: kernel size should be greater than zero, got %lld", l->op,
               (long long)l->k[i]);
    THArgCheck(l->d[i] > 0, THNN_OWN, "%s: stride should be greater than zero, got %lld", l->op,
               (long long)l->d[i]);
    THArgCheck(l->dil[i] > 0, THNN_OWN, "%s: dilation should be greater than zero, got %lld", l->op,
               (long long)l->dil[i]);
    THArgCheck(l->pad[i] >= 0, THNN_OWN, "%s: padding should not be negative, got %lld", l->op,
               (long long)l->pad[i]);
    THArgCheck(l->adj[i] >= 0 && (l->adj[i] < l->d[i] || l->adj[i] < l->dil[i] || !l->adj[i]), THNN_OWN,
               "%s: output adjustment %lld must be smaller than stride or dilation", l->op,
               (long long)l->adj[i]);
  }
}

static void check_weight(const Layer *l, const THAnyTensor *weight, Applied *a)
{
  const int64_t *k = l->k;
  THArgCheck(weight->nDimension == 2 || weight->nDimension == l->dims + 2, THNN_OWN,
             "%s: weight should be 2D or %dD, got %s", l->op, l->dims + 2,
             THAnyTensor_sizeDesc(weight).str);
  a->outputs = weight->size[0];
  int64_t each = THAnyTensor_nElement(weight) / a->outputs;
  a->planes = each / k[0] / k[1] / k[2];
  THArgCheck(a->planes > 0 && a->planes * k[0] * k[1] * k[2] == each, THNN_OWN,
             "%s: weight of %s does not fit a kernel of %lld x %lld x %lld", l->op, THAnyTensor_sizeDesc(weight).str,
             (long long)k[0], (long long)k[1], (long long)k[2]);
  if (l->full) {
    int64_t swap = a->outputs;
    a->outputs = a->planes;
    a->planes = swap;
  }
}

static void raise_too_small(const Layer *l, const THAnyTensor *input, const Applied *a)
{
  const int64_t *o = l->full ? a->g.in : a->g.out;
  if (l->dims == 2)
    THNN_argError(2, "%s: Given input size: (%lld x %lld x %lld). Calculated output size: (%lld x %lld x "
            "%lld). Output size is too small",
            l->op, (long long)a->planes, (long long)input->size[input->nDimension - 2],
            (long long)input->size[input->nDimension - 1], (long long)a->outputs, (long long)o[1],
            (long long)o[2]);
  THNN_argError(2, "%s: Given input size: %s. Calculated output size: (%lld x %lld x %lld x %lld). Output "
          "size is too small",
          l->op, THAnyTensor_sizeDesc(input).str, (long long)a->outputs, (long long)o[0],
          (long long)o[1], (long long)o[2]);
}

static Applied apply(const Layer *l, const THAnyTensor *input, const THAnyTensor *weight)
{
  Applied a = {.type = (THType)input->type};
  check_layer(l);
  check_weight(l, weight, &a);
  int batch = input->nDimension == l->dims + 2;
  THArgCheck((batch || input->nDimension == l->dims + 1) && input->size[batch] == a.planes, 2,
             "%s: Need input of dimension %d (or %d with batches) and input.size[%d] == %lld but "
             "got input to be of shape: %s",
             l->op, l->dims + 1, l->dims + 2, batch + TH_INDEX_BASE, (long long)a.planes,
             THAnyTensor_sizeDesc(input).str);
  a.n = batch ? input->size[0] : 1;
  a.ndim = input->nDimension;
  ConvGeometry *g = &a.g;
  g->planes = l->full ? a.outputs : a.planes;
  g->outputs = l->full ? a.planes : a.outputs;
  bool ok = true;
  for (int i = 0; i < 3; i++) {
    int64_t in = i < 3 - l->dims ? 1 : input->size[a.ndim - 3 + i];
    g->k[i] = l->k[i], g->d[i] = l->d[i], g->pad[i] = l->pad[i], g->dil[i] = l->dil[i];
    g->in[i] = !l->full ? in
                        : (in - 1) * l->d[i] - 2 * l->pad[i] + l->dil[i] * (l->k[i] - 1) + 1 + l->adj[i];
    ok = ok && g->in[i] > 0;
  }
  ConvGeometry_finish(g);
  for (int i = 0; i < 3; i++) ok = ok && g->out[i] > 0;
  if (!ok) raise_too_small(l, input, &a);
  for (int i = 3 - l->dims; i < 3; i++) {
    a.outSize[a.ndim - 3 + i] = l->full ? g->in[i] : g->out[i];
    if (l->full) g->out[i] = input->size[a.ndim - 3 + i]; /* less than what in would allow, with adj */
  }
  if (l->full) g->outSize = g->out[0] * g->out[1] * g->out[2];
  if (batch) a.outSize[0] = a.n;
  a.outSize[batch] = a.outputs;
  return a;
}

static void update_output(const Layer *l, THAnyTensor *input, THAnyTensor *output,
                          THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES_ANY(l->op, input, output, weight, bias);
  Applied a = apply(l, input, weight);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == a.outputs, THNN_OWN,
             "%s: expected bias of %lld elements, got %s", l->op, (long long)a.outputs,
             bias ? THAnyTensor_sizeDesc(bias).str : "");
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = bias ? THAnyTensor_newContiguous(bias) : NULL;
  THNN_AUTO y = THNN_newResult(output, a.ndim, a.outSize);
  (l->full ? Conv_backwardData : Conv_forward)(l->op, &a.g, a.type, a.n, THNN_data(x), THNN_data(w),
                                               b ? THNN_data(b) : NULL, THNN_data(y));
  THNN_finish(y, output);
}

static void update_grad_input(const Layer *l, THAnyTensor *input, THAnyTensor *gradOutput,
                              THAnyTensor *gradInput, THAnyTensor *weight)
{
  THNN_TYPES_ANY(l->op, input, gradOutput, gradInput, weight);
  Applied a = apply(l, input, weight);
  THNN_checkSize(l->op, "gradOutput", gradOutput, a.ndim, a.outSize);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, a.ndim, input->size);
  (l->full ? Conv_forward : Conv_backwardData)(l->op, &a.g, a.type, a.n, THNN_data(gy),
                                               THNN_data(w), NULL, THNN_data(gx));
  THNN_finish(gx, gradInput);
}

static void acc_grad_parameters(const Layer *l, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradWeight, THAnyTensor *gradBias, double scale)
{
  THNN_TYPES_ANY(l->op, input, gradOutput, gradWeight, gradBias);
  Applied a = apply(l, input, gradWeight);
  THNN_checkSize(l->op, "gradOutput", gradOutput, a.ndim, a.outSize);
  THArgCheck(!gradBias || THAnyTensor_nElement(gradBias) == a.outputs, THNN_OWN,
             "%s: expected gradBias of %lld elements", l->op, (long long)a.outputs);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  Conv_backwardWeight(l->op, &a.g, a.type, a.n, THNN_data(l->full ? gy : x),
                      THNN_data(l->full ? x : gy), THNN_data(gw), scale);
  THNN_finish(gw, gradWeight);
  if (gradBias)
    THNN_addPlaneSums(gy, a.n, a.outputs, THAnyTensor_nElement(gy) / a.n / a.outputs, gradBias, scale);
}

#define IMAGE(name, kW, kH, dW, dH, padW, padH, dilW, dilH, adjW, adjH, full_)                     \
  (&(Layer){.op = name, .dims = 2, .k = {1, kH, kW}, .d = {1, dH, dW}, .pad = {0, padH, padW},     \
            .dil = {1, dilH, dilW}, .adj = {0, adjH, adjW}, .full = full_})
#define VOLUME(name, kT, kW, kH, dT, dW, dH, pT, pW, pH, lT, lW, lH, aT, aW, aH, full_)            \
  (&(Layer){.op = name, .dims = 3, .k = {kT, kH, kW}, .d = {dT, dH, dW}, .pad = {pT, pH, pW},      \
            .dil = {lT, lH, lW}, .adj = {aT, aH, aW}, .full = full_})
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
  void THNN_##Name##_updateOutput(THNNState *state, T_ARG input, T_ARG output, T_ARG weight,       \
                                  T_ARG bias, FORWARD_BUFFERS SIZES)                               \
  {                                                                                                \
    (void)state;                                                                                   \
    THAnyTensor *W = weight;                                                                       \
    (void)W;                                                                                       \
    update_output(LAYER, input, output, weight, bias);                                             \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNNState *state, T_ARG input, T_ARG gradOutput,              \
                                     T_ARG gradInput, T_ARG weight, DATA_BUFFERS SIZES)            \
  {                                                                                                \
    (void)state;                                                                                   \
    THAnyTensor *W = weight;                                                                       \
    (void)W;                                                                                       \
    update_grad_input(LAYER, input, gradOutput, gradInput, weight);                                \
  }                                                                                                \
  void THNN_##Name##_accGradParameters(THNNState *state, T_ARG input, T_ARG gradOutput,            \
                                       T_ARG gradWeight, T_ARG gradBias, WEIGHT_BUFFERS SIZES,     \
                                       double scale)                                               \
  {                                                                                                \
    (void)state;                                                                                   \
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
