/* FeatureLPPooling: p-norms over windows of features, (batch x) features x anything. */
#include "common.h"
#include "elements/host.h"
#include <float.h>
#include <math.h>

#define TH_GENERIC_FILE "generic/featurepooling.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static const THNN_Loop feature_norm[TH_NTYPES] = TH_BY_FLOAT_TYPE(feature_norm_loop);
static const THNN_Loop feature_norm_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(feature_norm_grad_loop);

/* input is C argument `arg` */
static THNN_FeatureNorm feature_layer(int arg, const THAnyTensor *input, double power, int width, int stride,
                                      bool batch, int64_t *outer, int64_t *outSize)
{
  static const char op[] = "FeatureLPPooling";
  int n = input->nDimension, dim = batch;
  THArgCheck(n >= 1 + batch && n <= 3 + batch, arg, "%s: expected input of %d to %d dimensions, got %s", op,
             1 + batch, 3 + batch, THAnyTensor_sizeDesc(input).str);
  THArgCheck(width >= 2 && width <= 16, THNN_OWN, "%s: width must be within 2 to 16, got %d", op, width);
  THArgCheck(stride >= 1 && stride <= 4, THNN_OWN, "%s: stride must be within 1 to 4, got %d", op, stride);
  THNN_FeatureNorm f = {.features = input->size[dim], .inner = 1, .width = width, .stride = stride, .power = power};
  THArgCheck(f.features >= width, arg, "%s: feature dimension must be >= width %d, got input of %s",
             op, width, THAnyTensor_sizeDesc(input).str);
  f.out = THNN_windowCount(f.features, width, stride, 0, 1);
  *outer = batch ? input->size[0] : 1;
  for (int i = 0; i < n; i++) {
    outSize[i] = i == dim ? f.out : input->size[i];
    if (i > dim) f.inner *= input->size[i];
  }
  return f;
}

void THNN_FeatureLPPooling_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                        double power, int width, int stride, bool batchMode)
{
  int64_t outer, size[5];
  THNN_TYPES_ANY("FeatureLPPooling", input, output);
  THNN_FeatureNorm f = feature_layer(2, input, power, width, stride, batchMode, &outer, size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, input->nDimension, size);
  THNN_ELEMENTS(feature_norm, x, outer * f.out * f.inner, 2 * width, &f, THNN_data(x), THNN_data(y));
  THNN_finish(y, output);
}

void THNN_FeatureLPPooling_updateGradInput(THNN_STATE, THAnyTensor *gradOutput,
                                           THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *gradInput, double power, int width, int stride,
                                           bool batchMode)
{
  int64_t outer, size[5];
  THNN_TYPES_ANY("FeatureLPPooling", gradOutput, input, output, gradInput);
  THNN_FeatureNorm f = feature_layer(3, input, power, width, stride, batchMode, &outer, size);
  THNN_checkSizeArg("FeatureLPPooling", "gradOutput", 2, gradOutput, input->nDimension, size);
  THNN_checkSize("FeatureLPPooling", "output", output, input->nDimension, size);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THAnyTensor_newContiguous(output);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  THNN_ELEMENTS(feature_norm_grad, x, outer * f.features * f.inner, 4 * width, &f, THNN_data(g), THNN_data(x),
                THNN_data(y), THNN_data(gx));
  THNN_finish(gx, gradInput);
}
