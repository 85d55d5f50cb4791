/* Activations. The arithmetic is in nn_map_list.h, a line each, so every one of them is
   vectorised and threaded; here are the checks and the in-place forms. */
#include "common.h"

/* ---- helpers of the whole library ---- */

void THNN_checkNElement(const char *op, const char *aname, const THAnyTensor *a, const char *bname,
                        const THAnyTensor *b)
{
  int64_t na = THAnyTensor_nElement(a), nb = THAnyTensor_nElement(b);
  THArgCheck(na == nb, THNN_argument(bname), "%s: %s and %s must have the same number of elements, got %s and %s", op,
             aname, bname, THAnyTensor_sizeDesc(a).str, THAnyTensor_sizeDesc(b).str);
}

void THNN_checkSizeArg(const char *op, const char *what, int arg, const THAnyTensor *t, int n, const int64_t *size)
{
  bool same = t->nDimension == n;
  for (int d = 0; same && d < n; d++) same = t->size[d] == size[d];
  THArgCheck(same, arg, "%s: %s%sexpected size %s, got %s", op, arg ? "" : what, arg ? "" : ": ",
             _THSizeDesc(size, n).str, THAnyTensor_sizeDesc(t).str);
}

void THNN_checkSize(const char *op, const char *what, const THAnyTensor *t, int n, const int64_t *size)
{
  THNN_checkSizeArg(op, what, THNN_argument(what), t, n, size);
}

void THNN_setNumber(THAnyTensor *r_, double value)
{
  TH_resizeResult(r_, 1, (int64_t[]){1});
  THScalar_store(r_->type, THAnyTensor_data(r_), THScalar_fromDouble(value));
}

void THNN_checkBlasSize(const char *op, int64_t m, int64_t n, int64_t k)
{
  if (m > INT32_MAX || n > INT32_MAX || k > INT32_MAX)
    THError("%s: matrix product of %lld x %lld x %lld is too large for BLAS", op, (long long)m,
            (long long)k, (long long)n);
}

void THNN_checkHeld(const char *op, int n, const THNNHeld *held)
{
  for (int i = 0; i < n; i++)
    if (held[i].t && THAnyTensor_nElement(held[i].t) != held[i].elements)
      THError("%s: results must be tensors of their own", op);
}

THAnyTensor *THNN_newResult(THAnyTensor *r_, int n, const int64_t *size)
{
  TH_resizeResult(r_, n, size);
  if (!THAnyTensor_isContiguous(r_))
    return THAnyTensor_newWithSizeNd((THType)r_->type, n, size, NULL);
  THAnyTensor_retain(r_);
  return r_;
}

void THNN_copyResult(THAnyTensor *r_, THAnyTensor *result)
{
  TH_resizeResult(r_, result->nDimension, result->size);
  THAnyTensor_copy(r_, result);
}

typedef void (*Driver)(const char *, THKernel, const void *, THAnyTensor *, int, THAnyTensor *const *);

static void run(Driver driver, const char *op, THMapLine map, THAnyTensor *r_, int nin,
                THAnyTensor *const *in, double s, double t)
{
  _Alignas(16) char arg[16];
  THType type = (THType)r_->type;
  THScalar_store(type, arg, THScalar_fromDouble(s));
  THScalar_store(type, arg + THType_size(type), THScalar_fromDouble(t));
  driver(op, THKernel_line(map, type), arg, r_, nin, in);
}

void THNN_map(const char *op, THMapLine map, THAnyTensor *r_, int nin, THAnyTensor *const *in,
              double s, double t)
{
  run(THMap_apply, op, map, r_, nin, in, s, t);
}

void THNN_mapInto(const char *op, THMapLine map, THAnyTensor *r_, int nin, THAnyTensor *const *in,
                  double s, double t)
{
  run(THMap_into, op, map, r_, nin, in, s, t);
}

/* output = f(input) */
static void forward(const char *op, THMapLine map, THAnyTensor *input, THAnyTensor *output,
                    bool inplace, double s, double t)
{
  THNN_TYPES_ANY(op, input, output);
  if (inplace) {
    THNN_mapInto(op, map, input, 1, &input, s, t);
    THAnyTensor_set(output, input);
  } else {
    THNN_map(op, map, output, 1, &input, s, t);
  }
}

/* gradInput = f(kept, gradOutput), kept being the input or the output of the forward pass */
static void backward(const char *op, THMapLine map, THAnyTensor *kept, THAnyTensor *gradOutput,
                     THAnyTensor *gradInput, bool inplace, double s, double t)
{
  THNN_TYPES_ANY(op, kept, gradOutput, gradInput);
  THNN_checkNElement(op, "input", kept, "gradOutput", gradOutput);
  THAnyTensor *in[] = {kept, gradOutput};
  if (inplace) {
    THNN_mapInto(op, map, gradOutput, 2, in, s, t);
    THAnyTensor_set(gradInput, gradOutput);
  } else {
    THNN_map(op, map, gradInput, 2, in, s, t);
  }
}

/* ---- activations without parameters ---- */

void THNN_Abs_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("Abs", TH_MAP_LINE(abs), input, output, false, 0, 0);
}

void THNN_Abs_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                              THAnyTensor *gradInput)
{
  backward("Abs", NN_LINE(abs_grad), input, gradOutput, gradInput, false, 0, 0);
}

void THNN_Sqrt_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, double eps)
{
  (void)eps;
  forward("Sqrt", TH_MAP_LINE(sqrt), input, output, false, 0, 0);
}

void THNN_Sqrt_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                               THAnyTensor *gradInput, THAnyTensor *output)
{
  THNN_TYPES_ANY("Sqrt", input, output);
  backward("Sqrt", NN_LINE(sqrt_grad), output, gradOutput, gradInput, false, 0, 0);
}

void THNN_Square_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("Square", TH_MAP_LINE(square), input, output, false, 0, 0);
}

void THNN_Square_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                 THAnyTensor *gradInput)
{
  backward("Square", NN_LINE(square_grad), input, gradOutput, gradInput, false, 0, 0);
}

void THNN_SiLU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("SiLU", NN_LINE(silu), input, output, false, 0, 0);
}

void THNN_SiLU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  backward("SiLU", NN_LINE(silu_grad), input, gradOutput, gradInput, false, 0, 0);
}

static const double gelu_slope = 1.5957691216057307117; /* 2 sqrt(2 / pi) */

void THNN_GELU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, bool approximate)
{
  forward("GELU", approximate ? NN_LINE(gelu_tanh) : NN_LINE(gelu), input, output, false, gelu_slope, 0);
}

void THNN_GELU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                               bool approximate)
{
  backward("GELU", approximate ? NN_LINE(gelu_tanh_grad) : NN_LINE(gelu_grad), input, gradOutput, gradInput, false,
           gelu_slope, 0);
}

void THNN_Sigmoid_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("Sigmoid", TH_MAP_LINE(sigmoid), input, output, false, 0, 0);
}

void THNN_Sigmoid_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                  THAnyTensor *gradInput, THAnyTensor *output)
{
  (void)input;
  backward("Sigmoid", NN_LINE(sigmoid_grad), output, gradOutput, gradInput, false, 0, 0);
}

void THNN_Tanh_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("Tanh", TH_MAP_LINE(tanh), input, output, false, 0, 0);
}

void THNN_Tanh_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                               THAnyTensor *gradInput, THAnyTensor *output)
{
  (void)input;
  backward("Tanh", NN_LINE(tanh_grad), output, gradOutput, gradInput, false, 0, 0);
}

void THNN_Threshold_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                 double threshold, double val, bool inplace)
{
  forward("Threshold", NN_LINE(threshold), input, output, inplace, threshold, val);
}

void THNN_Threshold_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                    THAnyTensor *gradInput, double threshold, double val,
                                    bool inplace)
{
  (void)val;
  backward("Threshold", NN_LINE(threshold_grad), input, gradOutput, gradInput, inplace, threshold, 0);
}

void THNN_HardTanh_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                double min_val, double max_val, bool inplace)
{
  forward("HardTanh", NN_LINE(hardtanh), input, output, inplace, min_val, max_val);
}

void THNN_HardTanh_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                   THAnyTensor *gradInput, double min_val, double max_val,
                                   bool inplace)
{
  backward("HardTanh", NN_LINE(hardtanh_grad), input, gradOutput, gradInput, inplace, min_val, max_val);
}

void THNN_LeakyReLU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                 double negval, bool inplace)
{
  forward("LeakyReLU", NN_LINE(leaky), input, output, inplace, negval, 0);
}

void THNN_LeakyReLU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                    THAnyTensor *gradInput, double negval, bool inplace)
{
  backward("LeakyReLU", NN_LINE(leaky_grad), input, gradOutput, gradInput, inplace, negval, 0);
}

void THNN_ELU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, double alpha,
                           bool inplace)
{
  forward("ELU", NN_LINE(elu), input, output, inplace, alpha, 0);
}

void THNN_ELU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                              THAnyTensor *gradInput, THAnyTensor *output, double alpha,
                              bool inplace)
{
  if (inplace) /* the input is gone */
    backward("ELU", NN_LINE(elu_grad_inplace), output, gradOutput, gradInput, true, alpha, 0);
  else backward("ELU", NN_LINE(elu_grad), input, gradOutput, gradInput, false, alpha, 0);
}

void THNN_HardShrink_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                  double lambda)
{
  forward("HardShrink", NN_LINE(hardshrink), input, output, false, lambda, 0);
}

void THNN_HardShrink_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                     THAnyTensor *gradInput, double lambda)
{
  backward("HardShrink", NN_LINE(shrink_grad), input, gradOutput, gradInput, false, lambda, 0);
}

void THNN_SoftShrink_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                  double lambda)
{
  forward("SoftShrink", NN_LINE(softshrink), input, output, false, lambda, 0);
}

void THNN_SoftShrink_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                     THAnyTensor *gradInput, double lambda)
{
  backward("SoftShrink", NN_LINE(shrink_grad), input, gradOutput, gradInput, false, lambda, 0);
}

void THNN_SoftPlus_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                double beta, double threshold)
{
  forward("SoftPlus", NN_LINE(softplus), input, output, false, beta, threshold);
}

void THNN_SoftPlus_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                   THAnyTensor *gradInput, THAnyTensor *output, double beta,
                                   double threshold)
{
  (void)input;
  backward("SoftPlus", NN_LINE(softplus_grad), output, gradOutput, gradInput, false, beta, threshold);
}

void THNN_LogSigmoid_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                  THAnyTensor *buffer)
{
  forward("LogSigmoid", NN_LINE(expneg), input, buffer, false, 0, 0);
  forward("LogSigmoid", NN_LINE(logsigmoid), input, output, false, 0, 0);
}

void THNN_LogSigmoid_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                     THAnyTensor *gradInput, THAnyTensor *buffer)
{
  THNN_TYPES_ANY("LogSigmoid", input, buffer);
  backward("LogSigmoid", NN_LINE(logsigmoid_grad), buffer, gradOutput, gradInput, false, 0, 0);
}

/* ---- gated linear unit: the first half of dim, gated by the sigmoid of the second ---- */

static int64_t halves(const char *op, THAnyTensor *t, int dim, THAnyTensor **a, THAnyTensor **b)
{
  dim = dim < TH_INDEX_BASE ? -1 : dim - TH_INDEX_BASE; /* the least int included */
  TH_checkDim(op, t, dim, 2);
  int64_t n = t->size[dim];
  THArgCheck(n % 2 == 0, 2, "%s: size of dimension %d must be even, got %s", op,
             dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(t).str);
  *a = THAnyTensor_newNarrow(t, dim, 0, n / 2);
  *b = THAnyTensor_newNarrow(t, dim, n / 2, n / 2);
  return n;
}

void THNN_GatedLinear_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                   int dim)
{
  THNN_TYPES_ANY("GatedLinear", input, output);
  THNN_AUTO a = NULL;
  THNN_AUTO b = NULL;
  halves("GatedLinear", input, dim, &a, &b);
  THNN_map("GatedLinear", TH_MAP_LINE(sigmoid), output, 1, &b, 0, 0);
  THNN_mapInto("GatedLinear", TH_MAP_LINE(cmul), output, 2, (THAnyTensor *[]){output, a}, 0, 0);
}

void THNN_GatedLinear_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                      THAnyTensor *gradInput, int dim)
{
  THNN_TYPES_ANY("GatedLinear", input, gradOutput, gradInput);
  THNN_AUTO a = NULL;
  THNN_AUTO b = NULL;
  THNN_AUTO ga = NULL;
  THNN_AUTO gb = NULL;
  halves("GatedLinear", input, dim, &a, &b);
  THNN_checkNElement("GatedLinear", "half of input", a, "gradOutput", gradOutput);
  TH_resizeResult(gradInput, input->nDimension, input->size);
  halves("GatedLinear", gradInput, dim, &ga, &gb);
  THNN_mapInto("GatedLinear", TH_MAP_LINE(sigmoid), ga, 1, &b, 0, 0);
  THNN_mapInto("GatedLinear", NN_LINE(glu_grad), gb, 3, (THAnyTensor *[]){ga, gradOutput, a}, 0, 0);
  THNN_mapInto("GatedLinear", TH_MAP_LINE(cmul), ga, 2, (THAnyTensor *[]){ga, gradOutput}, 0, 0);
}

/* ---- leaky units with learned or random slopes ---- */

/* The weight as a view that broadcasts over input: planes are dimension 0 of 1-D tensors, 1 of the
   others. */
static THAnyTensor *plane_view(const char *op, THAnyTensor *input, THAnyTensor *weight, int64_t n)
{
  int dim = input->nDimension == 1 ? 0 : 1;
  int64_t size[6] = {1, 1, 1, 1, 1, 1};
  THArgCheck(input->nDimension >= 1 && input->nDimension <= 5, 2,
             "%s: expected 1D to 5D input, got %s", op, THAnyTensor_sizeDesc(input).str);
  if (n == 0) n = 1;
  else
    THArgCheck(input->size[dim] == n, 2, "%s: expected %lld planes in dimension %d, got input of %s",
               op, (long long)n, dim + TH_INDEX_BASE, THAnyTensor_sizeDesc(input).str);
  THArgCheck(THAnyTensor_nElement(weight) == n, THNN_OWN, "%s: expected weight of %lld elements, got %s",
             op, (long long)n, THAnyTensor_sizeDesc(weight).str);
  size[dim] = n;
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THAnyTensor *view = THAnyTensor_new((THType)weight->type);
  THAnyTensor_viewNd(view, w, input->nDimension, size);
  THAnyTensor_expandNd(view, NULL, input->nDimension, input->size);
  return view;
}

void THNN_PReLU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                             THAnyTensor *weight, int64_t nOutputPlane)
{
  THNN_TYPES_ANY("PReLU", input, output, weight);
  THNN_AUTO w = plane_view("PReLU", input, weight, nOutputPlane);
  THNN_map("PReLU", NN_LINE(prelu), output, 2, (THAnyTensor *[]){input, w}, 0, 0);
}

void THNN_PReLU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradInput, THAnyTensor *weight, int64_t nOutputPlane)
{
  THNN_TYPES_ANY("PReLU", input, gradOutput, gradInput, weight);
  THNN_checkNElement("PReLU", "input", input, "gradOutput", gradOutput);
  THNN_AUTO w = plane_view("PReLU", input, weight, nOutputPlane);
  THNN_map("PReLU", NN_LINE(prelu_grad), gradInput, 3, (THAnyTensor *[]){input, gradOutput, w}, 0, 0);
}

void THNN_PReLU_accGradParameters(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                  THAnyTensor *gradInput, THAnyTensor *weight,
                                  THAnyTensor *gradWeight, THAnyTensor *gradWeightBuf,
                                  THAnyTensor *gradWeightBuf2, int64_t nOutputPlane, double scale)
{
  (void)gradInput, (void)gradWeightBuf, (void)gradWeightBuf2;
  THNN_TYPES_ANY("PReLU", input, gradOutput, weight, gradWeight);
  THNN_checkNElement("PReLU", "input", input, "gradOutput", gradOutput);
  THNN_AUTO view = plane_view("PReLU", input, gradWeight, nOutputPlane); /* checks the sizes */
  THNN_AUTO part = THAnyTensor_newWithSizeNd((THType)input->type, input->nDimension, input->size, NULL);
  THNN_mapInto("PReLU", NN_LINE(prelu_weight), part, 2, (THAnyTensor *[]){input, gradOutput}, 0, 0);
  int64_t n = THAnyTensor_nElement(input), planes = THMax(nOutputPlane, 1);
  int64_t frames = planes == 1 || input->nDimension == 1 ? 1 : input->size[0];
  THNN_addPlaneSums(part, frames, planes, n / frames / planes, gradWeight, scale);
}

/* noise = a slope for every element that is not positive, drawn in their order, and 1 for the others */
static void draw_slopes(THAnyTensor *input, THAnyTensor *noise, double lower, double upper, THGenerator *generator)
{
  THNN_AUTO slopes = THAnyTensor_newWithSizeNd(TH_DOUBLE, input->nDimension, input->size, NULL); /* on the CPU */
  int64_t n = THAnyTensor_nElement(slopes);
  THAnyTensor_copy(slopes, input);
  double *slope = n > 0 ? THNN_data(slopes) : NULL;
  for (int64_t i = 0; i < n; i++) slope[i] = slope[i] <= 0 ? THRandom_uniform(generator, lower, upper) : 1;
  THNN_copyResult(noise, slopes);
}

void THNN_RReLU_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, THAnyTensor *noise,
                             double lower, double upper, bool train, bool inplace, THGenerator *generator)
{
  THNN_TYPES_ANY("RReLU", input, output, noise);
  if (!train) {
    forward("RReLU", NN_LINE(leaky), input, output, inplace, (lower + upper) / 2, 0);
    return;
  }
  THArgCheck(generator, 9, "RReLU: generator expected");
  draw_slopes(input, noise, lower, upper, generator);
  THAnyTensor *in[] = {input, noise};
  if (!inplace) TH_resizeResult(output, input->nDimension, input->size);
  THNN_mapInto("RReLU", TH_MAP_LINE(cmul), inplace ? input : output, 2, in, 0, 0);
  if (inplace) THAnyTensor_set(output, input);
}

void THNN_RReLU_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                THAnyTensor *gradInput, THAnyTensor *noise, double lower,
                                double upper, bool train, bool inplace)
{
  THNN_TYPES_ANY("RReLU", input, gradOutput, gradInput, noise);
  THNN_checkNElement("RReLU", "input", input, "gradOutput", gradOutput);
  if (!train || upper - lower <= 1e-6) { /* one slope for all */
    backward("RReLU", NN_LINE(leaky_grad), input, gradOutput, gradInput, inplace, (lower + upper) / 2, 0);
    return;
  }
  THNN_checkNElement("RReLU", "noise", noise, "gradOutput", gradOutput);
  THAnyTensor *in[] = {gradOutput, noise}; /* noise is 1 where the input was positive */
  if (inplace) {
    THNN_mapInto("RReLU", TH_MAP_LINE(cmul), gradOutput, 2, in, 0, 0);
    THAnyTensor_set(gradInput, gradOutput);
  } else {
    TH_resizeResult(gradInput, input->nDimension, input->size);
    THNN_mapInto("RReLU", TH_MAP_LINE(cmul), gradInput, 2, in, 0, 0);
  }
}
