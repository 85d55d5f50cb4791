#ifndef THNN_H
#define THNN_H
/* The kernels of nn, for FloatTensor and DoubleTensor, and most of them for CudaTensor,
   CudaDoubleTensor and CudaHalfTensor, too (THNNDevice.h); the others refuse those by name.

   Every function takes a state first, which is ignored (pass NULL). Tensors are of the type of the
   first one, except index tensors (target of the classification criteria, indices of pooling, input
   of LookupTable), which are LongTensors, on the same side, with 1-based positions. Tensors that may
   be NULL are marked so. Outputs and gradients of inputs are resized; gradWeight, gradBias are added
   to, times scale. Arguments are borrowed; all are checked before anything is written, and an error
   names the layer, the expected and the given sizes. Results do not depend on the number of threads.

   Layers take planes first: (batch x) planes x (time x) height x width. finput, fgradInput, columns,
   ones, gradColumns and addBuffer are buffers of Torch7's signatures: they may be NULL and are left
   alone. */
#include "THAnyTensor.h"

typedef void THNNState;


/* |x|; the gradient at 0 is that of +x. */
TH_API void THNN_Abs_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_Abs_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput);

/* Sum of |x - t|, divided by the number of elements with sizeAverage. */
TH_API void THNN_AbsCriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage);
TH_API void THNN_AbsCriterion_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *gradInput, bool sizeAverage);

/* -sum of w (t log(x + 1e-12) + (1 - t) log(1 - x + 1e-12)); x must lie in [0, 1]. weights: NULL,
   or as many elements as target. */
TH_API void THNN_BCECriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage, THAnyTensor *weights);
TH_API void THNN_BCECriterion_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *gradInput, bool sizeAverage, THAnyTensor *weights);

/* -sum of w[t] x[t] over frames, x being log probabilities (batch x classes); divided by the sum
   of weights, which goes to total_weight, with sizeAverage. Frames whose target is ignore_index
   do not count. weights may be NULL. On the GPU a class out of range is no error, which would have
   to be waited for: it makes the sum NaN and has no gradient; so does x of BCECriterion. */
TH_API void THNN_ClassNLLCriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage, THAnyTensor *weights, THAnyTensor
    *total_weight, int64_t ignore_index);
TH_API void THNN_ClassNLLCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage, THAnyTensor *weights,
    THAnyTensor *total_weight, int64_t ignore_index);

/* The same at every position: input batch x classes x height x width, target batch x height x
   width. */
TH_API void THNN_SpatialClassNLLCriterion_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *output, bool sizeAverage, THAnyTensor *weights, THAnyTensor
    *total_weight);
TH_API void THNN_SpatialClassNLLCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage, THAnyTensor *weights,
    THAnyTensor *total_weight);

/* x > 0 ? x : alpha (exp(x) - 1). The gradient is taken from the input, inplace from the output. */
TH_API void THNN_ELU_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double alpha, bool inplace);
TH_API void THNN_ELU_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output, double alpha, bool inplace);

/* Sum of t (log t - x) over t > 0. */
TH_API void THNN_DistKLDivCriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage);
TH_API void THNN_DistKLDivCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage);

/* First half of dimension dim (1-based) times the sigmoid of the second half. */
TH_API void THNN_GatedLinear_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, int dim);
TH_API void THNN_GatedLinear_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, int dim);

/* x where |x| > lambda, else 0. */
TH_API void THNN_HardShrink_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, double lambda);
TH_API void THNN_HardShrink_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, double lambda);

/* x clamped to [min_val, max_val]; the gradient is 0 at the bounds. */
TH_API void THNN_HardTanh_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double min_val, double max_val, bool inplace);
TH_API void THNN_HardTanh_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, double min_val, double max_val, bool inplace);

/* Sum of |x|. gradOutput may be NULL. */
TH_API void THNN_L1Cost_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_L1Cost_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput);

/* x > 0 ? x : negval x. */
TH_API void THNN_LeakyReLU_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double negval, bool inplace);
TH_API void THNN_LeakyReLU_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, double negval, bool inplace);

/* log(1 / (1 + exp(-x))); buffer keeps exp(-x) for the gradient. */
TH_API void THNN_LogSigmoid_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, THAnyTensor *buffer);
TH_API void THNN_LogSigmoid_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *buffer);

/* x - log(sum of exp(x)) over dimension 1 of 1-D and 3-D tensors, 2 of 2-D and 4-D ones. */
TH_API void THNN_LogSoftMax_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output);
TH_API void THNN_LogSoftMax_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output);

/* gradWeight[input[i]] += scale gradOutput[i], except where input is paddingValue; divided by how
   often the row occurs with scaleGradByFreq (count is then an IntTensor). sorted, indices: NULL.
   renorm scales the rows that idx names down to norm maxNorm. */
TH_API void THNN_LookupTable_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradWeight, THAnyTensor *count, THAnyTensor *sorted, THAnyTensor
    *indices, bool scaleGradByFreq, int paddingValue, double scale);
TH_API void THNN_LookupTable_renorm(THNNState *state, THAnyTensor *idx, THAnyTensor *weight,
    double maxNorm, double normType);

/* Sum of max(0, margin - t x). */
TH_API void THNN_MarginCriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage, double margin);
TH_API void THNN_MarginCriterion_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *gradInput, bool sizeAverage, double margin);

/* Sum of log(1 + exp(-t x)). */
TH_API void THNN_SoftMarginCriterion_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *output, bool sizeAverage);
TH_API void THNN_SoftMarginCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage);

/* Sum of (x - t)^2. */
TH_API void THNN_MSECriterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage);
TH_API void THNN_MSECriterion_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *gradInput, bool sizeAverage);

/* Sum of max(0, 1 - x[t] + x[i]) / classes over targets t and other classes i. target: class
   numbers, ended by 0. isTarget keeps what the gradient needs. */
TH_API void THNN_MultiLabelMarginCriterion_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *output, THAnyTensor *isTarget, bool sizeAverage);
TH_API void THNN_MultiLabelMarginCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, THAnyTensor *isTarget, bool sizeAverage);

/* Sum of w[t] max(0, margin - x[t] + x[i])^p / classes, p 1 or 2. weights may be NULL. */
TH_API void THNN_MultiMarginCriterion_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *output, bool sizeAverage, int p, THAnyTensor *weights,
    double margin);
TH_API void THNN_MultiMarginCriterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage, int p, THAnyTensor *weights,
    double margin);

/* x > 0 ? x : w x, w of nOutputPlane elements, or one for all when that is 0. */
TH_API void THNN_PReLU_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    THAnyTensor *weight, int64_t nOutputPlane);
TH_API void THNN_PReLU_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, int64_t nOutputPlane);
TH_API void THNN_PReLU_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *gradWeight, THAnyTensor
    *gradWeightBuf, THAnyTensor *gradWeightBuf2, int64_t nOutputPlane, double scale);

/* output = input weight' + bias. bias and gradBias may be NULL. */
TH_API void THNN_Linear_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *addBuffer);
TH_API void THNN_Linear_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight);
TH_API void THNN_Linear_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor
    *gradWeight, THAnyTensor *gradBias, THAnyTensor *addBuffer, double scale);

/* x > 0 ? x : slope x, the slope drawn from U(lower, upper) into noise when train, else their
   mean. */
TH_API void THNN_RReLU_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *noise, double lower, double upper, bool
    train, bool inplace);

/* 1 / (1 + exp(-x)). input of the gradient may be NULL. */
TH_API void THNN_Sigmoid_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_Sigmoid_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output);

/* Sum of d^2 / 2 where |d| < 1, else |d| - 1/2, with d = x - t. */
TH_API void THNN_SmoothL1Criterion_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *target, THAnyTensor *output, bool sizeAverage);
TH_API void THNN_SmoothL1Criterion_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *target, THAnyTensor *gradInput, bool sizeAverage);

/* exp(x) / sum of exp(x), over the dimension that LogSoftMax uses. */
TH_API void THNN_SoftMax_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_SoftMax_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output);

/* log(1 + exp(beta x)) / beta, x itself where beta x > threshold. */
TH_API void THNN_SoftPlus_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double beta, double threshold);
TH_API void THNN_SoftPlus_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output, double beta, double threshold);

/* x moved towards 0 by lambda. */
TH_API void THNN_SoftShrink_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, double lambda);
TH_API void THNN_SoftShrink_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, double lambda);

/* Square root; the gradient at 0 is 0. */
TH_API void THNN_Sqrt_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double eps);
TH_API void THNN_Sqrt_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output);

/* x^2. */
TH_API void THNN_Square_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_Square_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput);

/* tanh(x). input of the gradient may be NULL. */
TH_API void THNN_Tanh_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output);
TH_API void THNN_Tanh_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *output);

/* x > threshold ? x : val. */
TH_API void THNN_Threshold_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    double threshold, double val, bool inplace);
TH_API void THNN_Threshold_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, double threshold, double val, bool inplace);

/* (x - mean) / std weight + bias for every feature (dimension 2), mean and biased variance being
   those of the batch when train (kept in save_mean and save_std, the latter as 1 / std; the
   running ones move by momentum), else the running ones. weight, bias and, in backward,
   gradInput, gradWeight and gradBias may be NULL. */
TH_API void THNN_BatchNormalization_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *running_mean, THAnyTensor
    *running_var, THAnyTensor *save_mean, THAnyTensor *save_std, bool train, double momentum,
    double eps);
TH_API void THNN_BatchNormalization_backward(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, THAnyTensor *gradWeight, THAnyTensor *gradBias,
    THAnyTensor *weight, THAnyTensor *running_mean, THAnyTensor *running_var, THAnyTensor
    *save_mean, THAnyTensor *save_std, bool train, double scale, double eps);

/* Cross-correlation. weight: outputs x inputs x kH x kW, or outputs x (inputs kH kW). bias and
   gradBias may be NULL. */
/* Float convolutions on the CPU: whether kernels of 3x3 and 5x5 with stride 1 may be done by minimal filtering
   (direct/winograd.h), which is faster, and whose rounding errors are about twice those of a sum in order.
   Yes at first. */
TH_API bool THNN_winograd(void);
TH_API void THNN_setWinograd(bool on);
/* How a convolution of floats is done: "winograd", "direct" or "product" (unfolded, by BLAS). pass: 0 output,
   1 gradInput, 2 gradWeight; the arrays (input size, kernel, stride, padding, dilation) are T, H, W. */
TH_API const char *THNN_convolutionWay(int pass, int64_t planes, int64_t outputs, const int64_t *in,
                                       const int64_t *k, const int64_t *d, const int64_t *pad,
                                       const int64_t *dil);

TH_API void THNN_SpatialConvolutionMM_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH);
TH_API void THNN_SpatialConvolutionMM_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH);
TH_API void THNN_SpatialConvolutionMM_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH, double scale);

/* Mean of every window; count_include_pad says whether padding counts as elements. */
TH_API void THNN_SpatialAveragePooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int kW, int kH, int dW, int dH, int padW, int padH, bool ceil_mode, bool
    count_include_pad);
TH_API void THNN_SpatialAveragePooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int kW, int kH, int dW, int dH, int padW, int
    padH, bool ceil_mode, bool count_include_pad);

/* Transposed convolution: the gradient of a convolution as a layer. weight: inputs x outputs x kH
   x kW. Output (in - 1) d - 2 pad + k + adj. */
TH_API void THNN_SpatialFullConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *columns, THAnyTensor
    *ones, int kW, int kH, int dW, int dH, int padW, int padH, int adjW, int adjH);
TH_API void THNN_SpatialFullConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor
    *gradColumns, int kW, int kH, int dW, int dH, int padW, int padH, int adjW, int adjH);
TH_API void THNN_SpatialFullConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *columns,
    THAnyTensor *ones, int kW, int kH, int dW, int dH, int padW, int padH, int adjW, int adjH,
    double scale);

/* The same with kernel elements `dilation` apart. */
TH_API void THNN_SpatialDilatedConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *columns, THAnyTensor
    *ones, int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int dilationH);
TH_API void THNN_SpatialDilatedConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor
    *gradColumns, int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int
    dilationH);
TH_API void THNN_SpatialDilatedConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *columns,
    THAnyTensor *ones, int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int
    dilationH, double scale);

/* The same with kernel elements `dilation` apart. */
TH_API void THNN_SpatialFullDilatedConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *columns, THAnyTensor
    *ones, int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int dilationH, int
    adjW, int adjH);
TH_API void THNN_SpatialFullDilatedConvolution_updateGradInput(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor
    *gradColumns, int kW, int kH, int dW, int dH, int padW, int padH, int dilationW, int
    dilationH, int adjW, int adjH);
TH_API void THNN_SpatialFullDilatedConvolution_accGradParameters(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor
    *columns, THAnyTensor *ones, int kW, int kH, int dW, int dH, int padW, int padH, int
    dilationW, int dilationH, int adjW, int adjH, double scale);

/* Largest element of every window, the first of equals, or its first NaN. indices gets its position
   in the plane, 1-based; 0, and -inf as the element, where a dilated window misses the plane. */
TH_API void THNN_SpatialMaxPooling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, THAnyTensor *indices, int kW, int kH, int dW, int dH, int padW, int padH, bool
    ceil_mode);
TH_API void THNN_SpatialMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices, int kW, int kH, int dW,
    int dH, int padW, int padH, bool ceil_mode);

TH_API void THNN_SpatialDilatedMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *indices, int kW, int kH, int dW, int dH, int padW, int padH,
    int dilationW, int dilationH, bool ceil_mode);
TH_API void THNN_SpatialDilatedMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices, int kW, int kH, int dW,
    int dH, int padW, int padH, int dilationW, int dilationH, bool ceil_mode);

TH_API void THNN_VolumetricAveragePooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int
    padH, bool ceil_mode, bool count_include_pad);
TH_API void THNN_VolumetricAveragePooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int kT, int kW, int kH, int dT, int dW, int
    dH, int padT, int padW, int padH, bool ceil_mode, bool count_include_pad);

/* Convolution over T, H, W; sizes come in the order T, W, H. The kernel has the last three sizes
   of weight, outputs x inputs x kT x kH x kW. */
TH_API void THNN_VolumetricConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH);
TH_API void THNN_VolumetricConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput, int
    dT, int dW, int dH, int pT, int pW, int pH);
TH_API void THNN_VolumetricConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, double scale);

TH_API void THNN_VolumetricConvolutionMM_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, int kT, int
    kW, int kH, int dT, int dW, int dH, int pT, int pW, int pH);
TH_API void THNN_VolumetricConvolutionMM_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kT, int kW, int kH, int dT, int dW, int dH, int pT, int pW, int
    pH);
TH_API void THNN_VolumetricConvolutionMM_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    int kT, int kW, int kH, int dT, int dW, int dH, int pT, int pW, int pH, double scale);

TH_API void THNN_VolumetricFullConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int aT, int aW, int aH);
TH_API void THNN_VolumetricFullConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int aT, int aW, int
    aH);
TH_API void THNN_VolumetricFullConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int aT, int aW, int
    aH, double scale);

TH_API void THNN_VolumetricDilatedConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *columns, THAnyTensor
    *ones, int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int padH, int
    dilationT, int dilationW, int dilationH);
TH_API void THNN_VolumetricDilatedConvolution_updateGradInput(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor
    *gradColumns, int kT, int kW, int kH, int dT, int dW, int dH, int padT, int padW, int padH,
    int dilationT, int dilationW, int dilationH);
TH_API void THNN_VolumetricDilatedConvolution_accGradParameters(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor
    *columns, THAnyTensor *ones, int kT, int kW, int kH, int dT, int dW, int dH, int padT, int
    padW, int padH, int dilationT, int dilationW, int dilationH, double scale);

TH_API void THNN_VolumetricFullDilatedConvolution_updateOutput(THNNState *state, THAnyTensor
    *input, THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int dilationT, int
    dilationW, int dilationH, int aT, int aW, int aH);
TH_API void THNN_VolumetricFullDilatedConvolution_updateGradInput(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor
    *finput, THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int
    dilationT, int dilationW, int dilationH, int aT, int aW, int aH);
TH_API void THNN_VolumetricFullDilatedConvolution_accGradParameters(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor
    *finput, THAnyTensor *fgradInput, int dT, int dW, int dH, int pT, int pW, int pH, int
    dilationT, int dilationW, int dilationH, int aT, int aW, int aH, double scale);

/* indices keeps the position in the window: bytes 0, 1, 2 are t, h, w. */
TH_API void THNN_VolumetricMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *indices, int kT, int kW, int kH, int dT, int dW, int dH, int
    pT, int pW, int pH, bool ceilMode);
TH_API void THNN_VolumetricMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices, int kT, int kW, int kH,
    int dT, int dW, int dH, int pT, int pW, int pH, bool ceilMode);

TH_API void THNN_VolumetricDilatedMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *indices, int kT, int kW, int kH, int dT, int dW, int dH, int
    pT, int pW, int pH, int dilationT, int dilationW, int dilationH, bool ceilMode);
TH_API void THNN_VolumetricDilatedMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices, int kT, int kW, int kH,
    int dT, int dW, int dH, int pT, int pW, int pH, int dilationT, int dilationW, int dilationH,
    bool ceilMode);

/* Every element repeated scale_factor times along height and width. */
TH_API void THNN_SpatialUpSamplingNearest_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int scale_factor);
TH_API void THNN_SpatialUpSamplingNearest_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int scale_factor);

/* The same along time, height and width. */
TH_API void THNN_VolumetricUpSamplingNearest_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int scale_factor);
TH_API void THNN_VolumetricUpSamplingNearest_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int scale_factor);

/* Linear interpolation between pixels, corners on corners; 4D input. The gradient is given the sizes
   of the input. */
TH_API void THNN_SpatialUpSamplingBilinear_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int outputHeight, int outputWidth);
TH_API void THNN_SpatialUpSamplingBilinear_updateGradInput(THNNState *state, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, int nbatch, int nchannels, int inputHeight, int inputWidth,
    int outputHeight, int outputWidth);

/* The same for 5D input. */
TH_API void THNN_VolumetricUpSamplingTrilinear_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int outputDepth, int outputHeight, int outputWidth);
TH_API void THNN_VolumetricUpSamplingTrilinear_updateGradInput(THNNState *state, THAnyTensor
    *gradOutput, THAnyTensor *gradInput, int nbatch, int nchannels, int inputDepth, int inputHeight,
    int inputWidth, int outputDepth, int outputHeight, int outputWidth);

/* Planes continued by their mirror image, the border itself not repeated. Negative pads crop. */
TH_API void THNN_SpatialReflectionPadding_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int pad_l, int pad_r, int pad_t, int pad_b);
TH_API void THNN_SpatialReflectionPadding_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int pad_l, int pad_r, int pad_t, int pad_b);

/* Planes continued by their border. */
TH_API void THNN_SpatialReplicationPadding_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int pad_l, int pad_r, int pad_t, int pad_b);
TH_API void THNN_SpatialReplicationPadding_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int pad_l, int pad_r, int pad_t, int pad_b);

TH_API void THNN_VolumetricReplicationPadding_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int pleft, int pright, int ptop, int pbottom, int pfront, int pback);
TH_API void THNN_VolumetricReplicationPadding_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int pleft, int pright, int ptop, int pbottom,
    int pfront, int pback);

/* Greatest elements of owidth x oheight windows, of floor(i in / out) to ceil((i + 1) in / out).
   indices (2 x output) has rows, then columns, in the window. */
TH_API void THNN_SpatialAdaptiveMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *indices, int owidth, int oheight);
TH_API void THNN_SpatialAdaptiveMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices);

/* Means of such windows. */
TH_API void THNN_SpatialAdaptiveAveragePooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int owidth, int oheight);
TH_API void THNN_SpatialAdaptiveAveragePooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput);

/* Greatest elements of windows at pseudorandom places; randomSamples (batch x planes x 2, in [0, 1])
   places them. indices: position in the plane. */
TH_API void THNN_SpatialFractionalMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int outputW, int outputH, int poolSizeW, int poolSizeH, THAnyTensor
    *indices, THAnyTensor *randomSamples);
TH_API void THNN_SpatialFractionalMaxPooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, int outputW, int outputH, int poolSizeW, int
    poolSizeH, THAnyTensor *indices);

TH_API void THNN_VolumetricFractionalMaxPooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, int outputT, int outputW, int outputH, int poolSizeT, int poolSizeW, int
    poolSizeH, THAnyTensor *indices, THAnyTensor *randomSamples);
TH_API void THNN_VolumetricFractionalMaxPooling_updateGradInput(THNNState *state, THAnyTensor
    *input, THAnyTensor *gradOutput, THAnyTensor *gradInput, int outputT, int outputW, int outputH,
    int poolSizeT, int poolSizeW, int poolSizeH, THAnyTensor *indices);

/* Puts elements back where VolumetricMaxPooling, which made the indices, took them from. */
TH_API void THNN_VolumetricMaxUnpooling_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *indices, int oT, int oW, int oH, int dT, int dW, int dH, int
    pT, int pW, int pH);
TH_API void THNN_VolumetricMaxUnpooling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *indices, int oT, int oW, int oH,
    int dT, int dW, int dH, int pT, int pW, int pH);

/* (sum of x^power)^(1 / power) over windows of features: dimension 1, or 2 with batchMode. */
TH_API void THNN_FeatureLPPooling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, double power, int width, int stride, bool batchMode);
TH_API void THNN_FeatureLPPooling_updateGradInput(THNNState *state, THAnyTensor *gradOutput,
    THAnyTensor *input, THAnyTensor *output, THAnyTensor *gradInput, double power, int width, int
    stride, bool batchMode);

/* weight[plane] times the sum over a window, plus bias[plane]. */
TH_API void THNN_SpatialSubSampling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, THAnyTensor *weight, THAnyTensor *bias, int kW, int kH, int dW, int dH);
TH_API void THNN_SpatialSubSampling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, int kW, int kH, int dW,
    int dH);
TH_API void THNN_SpatialSubSampling_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, int kW, int kH, int dW,
    int dH, double scale);

/* The same over time, for every place in the frame. */
TH_API void THNN_TemporalSubSampling_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor
    *output, THAnyTensor *weight, THAnyTensor *bias, int kW, int dW, int inputFrameSize);
TH_API void THNN_TemporalSubSampling_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, int kW, int dW);
TH_API void THNN_TemporalSubSampling_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, int kW, int dW, double
    scale);

/* Convolution whose kernels connect the pairs of planes that connTable (K x 2: from, to) lists; weight
   is K x kH x kW. */
TH_API void THNN_SpatialConvolutionMap_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *connTable, int
    nInputPlane, int nOutputPlane, int dW, int dH);
TH_API void THNN_SpatialConvolutionMap_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias,
    THAnyTensor *connTable, int nInputPlane, int nOutputPlane, int dW, int dH);
TH_API void THNN_SpatialConvolutionMap_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *connTable,
    int nInputPlane, int nOutputPlane, int dW, int dH, double scale);

/* Its transpose. */
TH_API void THNN_SpatialFullConvolutionMap_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *connTable, int
    nInputPlane, int nOutputPlane, int dW, int dH);
TH_API void THNN_SpatialFullConvolutionMap_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias,
    THAnyTensor *connTable, int nInputPlane, int nOutputPlane, int dW, int dH);
TH_API void THNN_SpatialFullConvolutionMap_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *connTable,
    int nInputPlane, int nOutputPlane, int dW, int dH, double scale);

/* Convolution with a kernel per position: weight oH x oW x outputs x inputs x kH x kW, bias outputs x
   oH x oW. */
TH_API void THNN_SpatialConvolutionLocal_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH, int64_t inputWidth, int64_t
    inputHeight, int64_t outputWidth, int64_t outputHeight);
TH_API void THNN_SpatialConvolutionLocal_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH, int64_t inputWidth,
    int64_t inputHeight, int64_t outputWidth, int64_t outputHeight);
TH_API void THNN_SpatialConvolutionLocal_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH, int64_t inputWidth,
    int64_t inputHeight, int64_t outputWidth, int64_t outputHeight, double scale);

/* Every input plane has outputs of its own: weight outputs x inputs (x kH x kW), bias outputs x inputs; output
   (batch x) inputs * outputs x height x width, those of the first plane first. */
TH_API void THNN_SpatialDepthWiseConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH);
TH_API void THNN_SpatialDepthWiseConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH);
TH_API void THNN_SpatialDepthWiseConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int kH, int dW, int dH, int padW, int padH, double scale);

/* A kernel per place in the frame: weight frame x 1 x kW. Input time x frame, or frame x time with
   featFirst. */
TH_API void THNN_TemporalRowConvolution_updateOutput(THNNState *state, THAnyTensor *input,
    THAnyTensor *output, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *finput, THAnyTensor
    *fgradInput, int kW, int dW, int padW, bool featFirst);
TH_API void THNN_TemporalRowConvolution_updateGradInput(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int dW, int padW, bool featFirst);
TH_API void THNN_TemporalRowConvolution_accGradParameters(THNNState *state, THAnyTensor *input,
    THAnyTensor *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *finput,
    THAnyTensor *fgradInput, int kW, int dW, int padW, bool featFirst, double scale);

/* Linear for rows of (sample, index, value): n x 3, from 1. output is samples x outputs already. */
TH_API void THNN_SparseLinear_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
    THAnyTensor *weight, THAnyTensor *bias);
TH_API void THNN_SparseLinear_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor
    *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight, THAnyTensor
    *bias, double weightDecay, double scale);

/* A matrix times the features of samples: keys (row of weight minus keysOffset, from 0) and values, sizes[i] of them
   for sample i. weight is features x outputs, or has four columns more before these: the largest absolute value
   of a feature seen with train, its inverse, a factor of the learning rate, and what is added to the value once it
   has been divided by the largest one; normalizedValues gets what comes of that, and is then `values` of the other
   passes. gradWeight becomes a row per key, of the outputs' gradients, or of those twice: for what is added to
   the value, and for the weights. Rows that occur decay once an update. cumSumSizes and valuesBuffer are left alone. */
TH_API void THNN_IndexLinear_updateOutput(THNNState *state, THAnyTensor *keys, int64_t keysOffset,
    THAnyTensor *values, THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor *output,
    THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *normalizedValues, int train);
TH_API void THNN_IndexLinear_accGradParameters(THNNState *state, THAnyTensor *keys, int64_t
    keysOffset, THAnyTensor *values, THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor
    *gradOutput, THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight, THAnyTensor
    *bias, THAnyTensor *valuesBuffer, double weightDecay, double scale);
TH_API void THNN_IndexLinear_accUpdateGradParameters(THNNState *state, THAnyTensor *keys, int64_t
    keysOffset, THAnyTensor *values, THAnyTensor *sizes, THAnyTensor *cumSumSizes, THAnyTensor
    *gradOutput, THAnyTensor *weight, THAnyTensor *bias, double weightDecay, double scale);
TH_API void THNN_IndexLinear_updateParameters(THNNState *state, THAnyTensor *gradWeight, THAnyTensor
    *gradBias, THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *runningKeys, THAnyTensor
    *cumSumSizes, int64_t keysOffset, double weightDecay, double learningRate);

/* The same by type, THNN_FloatAbs_updateOutput(state, THFloatTensor *input, ...) and so on. */
#include "THNNTyped.h"

#endif
