/* Layers that are a fixed linear map along every axis of a plane: upsampling, padding by reflection
   or replication, averages over adaptive windows, sums over windows. An axis says which input
   positions an output position adds up, and with which weights; one loop then serves all layers,
   and its transpose all gradients. Planes are shared out to threads. */
#include "common.h"
#include "THNNDevice.h"
#include "THTensorOps.h"
#include "axisrule.h"

typedef struct Tap {
  int64_t at;
  double weight;
} Tap;

/* Output o is the sum of taps[start[o]] .. taps[start[o + 1] - 1]; of outputs [first, last) it is input o + shift alone. */
typedef struct Axis {
  int64_t in, out, *start;
  Tap *taps;
  int64_t first, last, shift;
  bool copies; /* every output is one input: tap o is that of output o */
  bool pairs; /* every input is seen by two outputs, side by side, and by no other */
} Axis;

#define TH_GENERIC_FILE "generic/resample.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*PlaneFunction)(const Axis *, const void *, void *);
static const PlaneFunction resample_plane[TH_NTYPES] = TH_BY_FLOAT_TYPE(resample_plane);
static const PlaneFunction resample_plane_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(resample_plane_grad);
static void (*const scale_shift[TH_NTYPES])(void *, const void *, const void *, int64_t, int64_t,
                                            int64_t) = TH_BY_FLOAT_TYPE(scale_shift);

/* ---- axes ---- */

static int64_t most_taps(const THNN_Rule *r)
{
  switch (r->kind) {
  case RULE_LINEAR: return 2;
  case RULE_ADAPTIVE: return (r->in + r->out - 1) / r->out + 1;
  case RULE_WINDOW: return r->a;
  default: return 1;
  }
}

/* Taps of output o, from t on; returns how many. */
static int64_t axis_taps(const THNN_Rule *r, int64_t o, Tap *t)
{
  THNN_Span s = THNN_Rule_span(r, o);
  for (int64_t i = 0; i < s.n; i++) t[i] = (Tap){s.first + i, i ? s.rest : s.weight};
  return s.n;
}

static void find_copies(Axis *a, const THNN_Rule *r)
{
  a->pairs = r->kind == RULE_REPEAT && r->a == 2;
  if (r->kind != RULE_SAME && r->kind != RULE_REFLECT && r->kind != RULE_REPLICATE) return;
  a->copies = true;
  a->shift = -r->a;
  a->first = THMin(THMax(r->a, 0), r->out);
  a->last = THMax(a->first, THMin(r->a + r->in, r->out));
}

/* Fills the three axes; the memory, which the caller frees, holds all of them. */
static void *new_axes(Axis *axes, const THNN_Rule *rules)
{
  int64_t starts = 0, taps = 0;
  for (int i = 0; i < 3; i++) {
    starts += rules[i].out + 1;
    taps += rules[i].out * most_taps(&rules[i]);
  }
  char *memory = THAlloc(taps * (ptrdiff_t)sizeof(Tap) + starts * (ptrdiff_t)sizeof(int64_t));
  Tap *tap = (Tap *)memory;
  int64_t *start = (int64_t *)(memory + (size_t)taps * sizeof(Tap));
  for (int i = 0; i < 3; i++) {
    axes[i] = (Axis){.in = rules[i].in, .out = rules[i].out, .start = start, .taps = tap};
    find_copies(&axes[i], &rules[i]);
    int64_t n = 0;
    for (int64_t o = 0; o < rules[i].out; o++) {
      start[o] = n;
      n += axis_taps(&rules[i], o, tap + n);
    }
    start[rules[i].out] = n;
    start += rules[i].out + 1;
    tap += n;
  }
  return memory;
}

/* ---- layers ---- */

/* A layer applied to an input: the last `dims` dimensions are the axes. */
typedef struct Resample {
  const char *op;
  int dims, ndim;
  THNN_Resample map; /* T, H, W */
  int64_t planes, inSize[5], outSize[5];
  int gradArg; /* the C argument that gradOutput is */
} Resample;

/* Sizes of the input; `rules[i].out` comes later. */
static Resample begin(const char *op, int dims, int minDims, int maxDims, int n, const int64_t *size)
{
  Resample r = {.op = op, .dims = dims, .ndim = n, .planes = 1, .gradArg = 3};
  THArgCheck(n >= minDims && n <= maxDims, 2, "%s: expected input of %d to %d dimensions, got %s", op,
             minDims, maxDims, _THSizeDesc(size, n).str);
  for (int i = 0; i < 3; i++) r.map.rules[i] = (THNN_Rule){.kind = RULE_SAME, .in = 1, .out = 1};
  for (int i = 0; i < n; i++) {
    r.inSize[i] = r.outSize[i] = size[i];
    if (i < n - dims) r.planes *= size[i];
    else r.map.rules[3 - n + i].in = r.map.rules[3 - n + i].out = size[i];
  }
  return r;
}

static void set_axis(Resample *r, int axis, int kind, int64_t a, int64_t b, int64_t out)
{
  THNN_Rule *rule = &r->map.rules[axis];
  *rule = (THNN_Rule){.kind = kind, .a = a, .b = b, .in = rule->in, .out = out};
  r->outSize[r->ndim - 3 + axis] = out;
  if (out < 1)
    THNN_argError(2, "%s: input of %s is too small: output size would be %lld", r->op,
            _THSizeDesc(r->inSize, r->ndim).str, (long long)out);
}

static double plane_work(const Resample *r)
{
  double work = 1;
  for (int i = 0; i < 3; i++) work *= (double)r->map.rules[i].out * (double)most_taps(&r->map.rules[i]);
  return work;
}

typedef struct PlaneResampling {
  PlaneFunction f;
  const Axis *axes;
} PlaneResampling;

static void run_plane(const void *arg, int64_t i, void *const *at)
{
  const PlaneResampling *p = arg;
  (void)i;
  p->f(p->axes, at[0], at[1]);
}

static void run(const Resample *r, PlaneFunction f, THType type, void *from, void *to, bool back)
{
  Axis axes[3];
  TH_AUTO_MEM void *memory = new_axes(axes, r->map.rules);
  int64_t in = 1, out = 1;
  for (int i = 0; i < 3; i++) in *= axes[i].in, out *= axes[i].out;
  size_t width = THType_size(type);
  size_t fromStep = (size_t)(back ? out : in) * width, toStep = (size_t)(back ? in : out) * width;
  TH_PLANES(r->planes, plane_work(r), run_plane, &((PlaneResampling){f, axes}), {from, fromStep},
              {to, toStep});
}

static void forward(const Resample *r, THAnyTensor *input, THAnyTensor *output)
{
  THNN_TYPES_ANY(r->op, input, output);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, r->ndim, r->outSize);
  if (THNN_onDevice(x))
    THNN_EACH(resample, x, THAnyTensor_nElement(y), &r->map, THNN_data(x), THNN_data(y));
  else run(r, resample_plane[x->type], (THType)x->type, THNN_data(x), THNN_data(y), false);
  THNN_finish(y, output);
}

static void backward(const Resample *r, THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  THNN_TYPES_ANY(r->op, gradOutput, gradInput);
  THNN_checkSizeArg(r->op, "gradOutput", r->gradArg, gradOutput, r->ndim, r->outSize);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, r->ndim, r->inSize);
  if (THNN_onDevice(g))
    THNN_EACH(resample_grad, g, THAnyTensor_nElement(gx), &r->map, THNN_data(g), THNN_data(gx));
  else run(r, resample_plane_grad[g->type], (THType)g->type, THNN_data(g), THNN_data(gx), true);
  THNN_finish(gx, gradInput);
}

/* Defines the two functions of a layer from a function that describes it. */
#define LAYER(Name, SIZES, ...)                                                                    \
  void THNN_##Name##_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, SIZES)      \
  {                                                                                                \
    Resample r = __VA_ARGS__;                                                                      \
    forward(&r, input, output);                                                                    \
  }                                                                                                \
  void THNN_##Name##_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,      \
                                     THAnyTensor *gradInput, SIZES)                                \
  {                                                                                                \
    THNN_TYPES_ANY(#Name, input, gradOutput, gradInput);                                               \
    Resample r = __VA_ARGS__;                                                                      \
    backward(&r, gradOutput, gradInput);                                                           \
  }
#define WITH(...) __VA_ARGS__

/* ---- upsampling ---- */

static Resample nearest(const char *op, int dims, const THAnyTensor *input, int scale)
{
  THArgCheck(scale >= 1, THNN_OWN, "%s: scale_factor must be at least 1, got %d", op, scale);
  Resample r = begin(op, dims, dims + 1, dims + 2, input->nDimension, input->size);
  for (int i = 3 - dims; i < 3; i++) set_axis(&r, i, RULE_REPEAT, scale, 0, r.map.rules[i].in * scale);
  return r;
}
LAYER(SpatialUpSamplingNearest, int scale_factor, nearest("SpatialUpSamplingNearest", 2, input, scale_factor))
LAYER(VolumetricUpSamplingNearest, int scale_factor,
      nearest("VolumetricUpSamplingNearest", 3, input, scale_factor))

static Resample linear(const char *op, int dims, int n, const int64_t *size, const int *out)
{
  Resample r = begin(op, dims, dims + 2, dims + 2, n, size);
  for (int i = 0; i < 3; i++)
    if (i >= 3 - dims) {
      THArgCheck(r.map.rules[i].in > 0 && out[i] > 0, THNN_OWN,
                 "%s: input and output sizes should be greater than 0, got %lld and %d", op,
                 (long long)r.map.rules[i].in, out[i]);
      set_axis(&r, i, RULE_LINEAR, 0, 0, out[i]);
    }
  return r;
}

void THNN_SpatialUpSamplingBilinear_updateOutput(THNN_STATE, THAnyTensor *input,
                                                 THAnyTensor *output, int outputHeight,
                                                 int outputWidth)
{
  Resample r = linear("SpatialUpSamplingBilinear", 2, input->nDimension, input->size,
                      (int[]){1, outputHeight, outputWidth});
  forward(&r, input, output);
}

void THNN_SpatialUpSamplingBilinear_updateGradInput(THNN_STATE, THAnyTensor *gradOutput,
                                                    THAnyTensor *gradInput, int nbatch,
                                                    int nchannels, int inputHeight, int inputWidth,
                                                    int outputHeight, int outputWidth)
{
  THNN_TYPES_ANY("SpatialUpSamplingBilinear", gradOutput, gradInput);
  Resample r = linear("SpatialUpSamplingBilinear", 2, 4,
                      (int64_t[]){nbatch, nchannels, inputHeight, inputWidth},
                      (int[]){1, outputHeight, outputWidth});
  r.gradArg = 2;
  backward(&r, gradOutput, gradInput);
}

static Resample between(const THAnyTensor *input, int outputHeight, int outputWidth, bool halves)
{
  Resample r = linear("SpatialUpSamplingBetween", 2, input->nDimension, input->size, (int[]){1, outputHeight, outputWidth});
  for (int i = 1; i < 3; i++) r.map.rules[i].a = halves, r.map.rules[i].b = 1;
  return r;
}
LAYER(SpatialUpSamplingBetween, WITH(int outputHeight, int outputWidth, bool halfPixels),
      between(input, outputHeight, outputWidth, halfPixels))

void THNN_VolumetricUpSamplingTrilinear_updateOutput(THNN_STATE, THAnyTensor *input,
                                                     THAnyTensor *output, int outputDepth,
                                                     int outputHeight, int outputWidth)
{
  Resample r = linear("VolumetricUpSamplingTrilinear", 3, input->nDimension, input->size,
                      (int[]){outputDepth, outputHeight, outputWidth});
  forward(&r, input, output);
}

void THNN_VolumetricUpSamplingTrilinear_updateGradInput(THNN_STATE, THAnyTensor *gradOutput,
                                                        THAnyTensor *gradInput, int nbatch,
                                                        int nchannels, int inputDepth,
                                                        int inputHeight, int inputWidth,
                                                        int outputDepth, int outputHeight,
                                                        int outputWidth)
{
  THNN_TYPES_ANY("VolumetricUpSamplingTrilinear", gradOutput, gradInput);
  Resample r = linear("VolumetricUpSamplingTrilinear", 3, 5,
                      (int64_t[]){nbatch, nchannels, inputDepth, inputHeight, inputWidth},
                      (int[]){outputDepth, outputHeight, outputWidth});
  r.gradArg = 2;
  backward(&r, gradOutput, gradInput);
}

/* ---- padding ---- */

/* pads: before and after T, H, W. Negative ones crop. */
static Resample padding(const char *op, int kind, int dims, const THAnyTensor *input, const int *pads)
{
  Resample r = begin(op, dims, dims + 1, dims + 2, input->nDimension, input->size);
  for (int i = 3 - dims; i < 3; i++) {
    int64_t in = r.map.rules[i].in, before = pads[2 * i], after = pads[2 * i + 1];
    if (kind == RULE_REFLECT)
      THArgCheck(before < in && after < in, THNN_OWN,
                 "%s: padding should be less than the input, got pads %lld and %lld for input of %s", op,
                 (long long)before, (long long)after, THAnyTensor_sizeDesc(input).str);
    set_axis(&r, i, kind, before, after, in + before + after);
  }
  return r;
}
LAYER(SpatialReflectionPadding, WITH(int pad_l, int pad_r, int pad_t, int pad_b),
      padding("SpatialReflectionPadding", RULE_REFLECT, 2, input,
              (int[]){0, 0, pad_t, pad_b, pad_l, pad_r}))
LAYER(SpatialReplicationPadding, WITH(int pad_l, int pad_r, int pad_t, int pad_b),
      padding("SpatialReplicationPadding", RULE_REPLICATE, 2, input,
              (int[]){0, 0, pad_t, pad_b, pad_l, pad_r}))
LAYER(VolumetricReplicationPadding,
      WITH(int pleft, int pright, int ptop, int pbottom, int pfront, int pback),
      padding("VolumetricReplicationPadding", RULE_REPLICATE, 3, input,
              (int[]){pfront, pback, ptop, pbottom, pleft, pright}))

/* ---- averages over adaptive windows ---- */

static Resample adaptive(const THAnyTensor *input, int64_t oheight, int64_t owidth)
{
  Resample r = begin("SpatialAdaptiveAveragePooling", 2, 3, 4, input->nDimension, input->size);
  set_axis(&r, 1, RULE_ADAPTIVE, 0, 0, oheight);
  set_axis(&r, 2, RULE_ADAPTIVE, 0, 0, owidth);
  return r;
}

void THNN_SpatialAdaptiveAveragePooling_updateOutput(THNN_STATE, THAnyTensor *input,
                                                     THAnyTensor *output, int owidth, int oheight)
{
  Resample r = adaptive(input, oheight, owidth);
  forward(&r, input, output);
}

void THNN_SpatialAdaptiveAveragePooling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                        THAnyTensor *gradOutput,
                                                        THAnyTensor *gradInput)
{
  THNN_TYPES_ANY("SpatialAdaptiveAveragePooling", input, gradOutput, gradInput);
  int n = gradOutput->nDimension;
  THArgCheck(n == input->nDimension, 3, "SpatialAdaptiveAveragePooling: gradOutput of %s for input of %s",
             THAnyTensor_sizeDesc(gradOutput).str, THAnyTensor_sizeDesc(input).str);
  Resample r = adaptive(input, n > 1 ? gradOutput->size[n - 2] : 0, n > 1 ? gradOutput->size[n - 1] : 0);
  backward(&r, gradOutput, gradInput);
}

/* ---- subsampling: weight[c] times the sum over a window, plus bias[c] ----
   c is the plane for images, the place in the frame for sequences: element i of the output belongs
   to c = i / inner % count. */
typedef struct SubSampling {
  Resample r;
  int64_t inner, count;
} SubSampling;

static void check_planes(const SubSampling *s, int64_t got, const THAnyTensor *weight,
                         const THAnyTensor *bias, const char *unit)
{
  THArgCheck(THAnyTensor_nElement(weight) == got, 2,
             "%s: invalid number of input %s: expected %lld, got input of %s", s->r.op, unit,
             (long long)THAnyTensor_nElement(weight), _THSizeDesc(s->r.inSize, s->r.ndim).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == got, THNN_OWN, "%s: expected bias of %lld elements, got %s",
             s->r.op, (long long)got, bias ? THAnyTensor_sizeDesc(bias).str : "");
}

static void set_window(Resample *r, int axis, int64_t k, int64_t d)
{
  int64_t in = r->map.rules[axis].in;
  THArgCheck(k > 0 && d > 0, THNN_OWN, "%s: kernel size and stride should be greater than zero, got %lld and %lld",
             r->op, (long long)k, (long long)d);
  if (in < k)
    THNN_argError(2, "%s: input is smaller than kernel size: got %lld in input of %s, kernel %lld", r->op,
            (long long)in, _THSizeDesc(r->inSize, r->ndim).str, (long long)k);
  set_axis(r, axis, RULE_WINDOW, k, d, (in - k) / d + 1);
}

static SubSampling spatial(THAnyTensor *input, THAnyTensor *weight, THAnyTensor *bias,
                           int kW, int kH, int dW, int dH)
{
  THNN_TYPES_ANY("SpatialSubSampling", input, weight, bias);
  SubSampling s = {.r = begin("SpatialSubSampling", 2, 3, 4, input->nDimension, input->size)};
  set_window(&s.r, 1, kH, dH);
  set_window(&s.r, 2, kW, dW);
  s.count = input->size[input->nDimension - 3];
  s.inner = s.r.map.rules[1].out * s.r.map.rules[2].out;
  check_planes(&s, s.count, weight, bias, "planes");
  return s;
}

static SubSampling temporal(THAnyTensor *input, THAnyTensor *weight, THAnyTensor *bias,
                            int kW, int dW)
{
  THNN_TYPES_ANY("TemporalSubSampling", input, weight, bias);
  SubSampling s = {.r = begin("TemporalSubSampling", 2, 2, 3, input->nDimension, input->size)};
  set_window(&s.r, 1, kW, dW);
  s.count = input->size[input->nDimension - 1];
  s.inner = 1;
  check_planes(&s, s.count, weight, bias, "frame size");
  return s;
}

/* y = weight[c] y + bias[c]; bias may be NULL */
static void scale_channels(const SubSampling *s, THAnyTensor *y, THAnyTensor *weight, THAnyTensor *bias)
{
  int64_t n = THAnyTensor_nElement(y);
  void *b = bias ? THNN_data(bias) : NULL;
  if (THNN_onDevice(y))
    THNN_EACH(scale_shift, y, n, (&(THNN_Channels){s->inner, s->count}), THNN_data(y), THNN_data(weight), b);
  else scale_shift[y->type](THNN_data(y), THNN_data(weight), b, n, s->inner, s->count);
}

static void sub_forward(const SubSampling *s, THAnyTensor *input, THAnyTensor *output,
                        THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES_ANY(s->r.op, input, output, weight, bias);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newContiguous(bias);
  forward(&s->r, input, output);
  THNN_AUTO y = THAnyTensor_newContiguous(output);
  scale_channels(s, y, w, b);
  THNN_finish(y, output);
}

static void sub_backward(const SubSampling *s, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                         THAnyTensor *weight)
{
  THNN_TYPES_ANY(s->r.op, gradOutput, gradInput, weight);
  THNN_checkSize(s->r.op, "gradOutput", gradOutput, s->r.ndim, s->r.outSize);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO g = THAnyTensor_newWithSizeNd((THType)gradOutput->type, s->r.ndim, s->r.outSize, NULL);
  THAnyTensor_copy(g, gradOutput);
  scale_channels(s, g, w, NULL);
  backward(&s->r, g, gradInput);
}

static void sub_parameters(const SubSampling *s, THAnyTensor *input, THAnyTensor *gradOutput,
                           THAnyTensor *gradWeight, THAnyTensor *gradBias, double scale)
{
  THNN_TYPES_ANY(s->r.op, input, gradOutput, gradWeight, gradBias);
  THNN_checkSize(s->r.op, "gradOutput", gradOutput, s->r.ndim, s->r.outSize);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO sums = THAnyTensor_new((THType)input->type);
  forward(&s->r, input, sums);
  THAnyTensor_cmul(sums, sums, g);
  int64_t n = THAnyTensor_nElement(g) / THMax(s->inner * s->count, 1);
  THNN_addPlaneSums(sums, n, s->count, s->inner, gradWeight, scale);
  THNN_addPlaneSums(g, n, s->count, s->inner, gradBias, scale);
}

void THNN_SpatialSubSampling_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                          THAnyTensor *weight, THAnyTensor *bias, int kW, int kH,
                                          int dW, int dH)
{
  SubSampling s = spatial(input, weight, bias, kW, kH, dW, dH);
  sub_forward(&s, input, output, weight, bias);
}

void THNN_SpatialSubSampling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                             THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                             THAnyTensor *weight, int kW, int kH, int dW, int dH)
{
  SubSampling s = spatial(input, weight, NULL, kW, kH, dW, dH);
  sub_backward(&s, gradOutput, gradInput, weight);
}

void THNN_SpatialSubSampling_accGradParameters(THNN_STATE, THAnyTensor *input,
                                               THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                               THAnyTensor *gradBias, int kW, int kH, int dW, int dH,
                                               double scale)
{
  SubSampling s = spatial(input, gradWeight, gradBias, kW, kH, dW, dH);
  sub_parameters(&s, input, gradOutput, gradWeight, gradBias, scale);
}

void THNN_TemporalSubSampling_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *weight, THAnyTensor *bias, int kW, int dW,
                                           int inputFrameSize)
{
  (void)inputFrameSize;
  SubSampling s = temporal(input, weight, bias, kW, dW);
  sub_forward(&s, input, output, weight, bias);
}

void THNN_TemporalSubSampling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                              THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                              THAnyTensor *weight, int kW, int dW)
{
  SubSampling s = temporal(input, weight, NULL, kW, dW);
  sub_backward(&s, gradOutput, gradInput, weight);
}

void THNN_TemporalSubSampling_accGradParameters(THNN_STATE, THAnyTensor *input,
                                                THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                                THAnyTensor *gradBias, int kW, int dW, double scale)
{
  SubSampling s = temporal(input, gradWeight, gradBias, kW, dW);
  sub_parameters(&s, input, gradOutput, gradWeight, gradBias, scale);
}
