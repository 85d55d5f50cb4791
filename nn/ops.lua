-- The kernels of nn (nn/THNN/THNN.h), called as input.THNN.Name_updateOutput(...). One row each:
-- the arguments of the C function without its state, positional. Tensors are given as tensors or as
-- the pointers that :cdata() returns; optional ones may be nil. All are Float or Double, like the
-- first; type = "Long" and so on says otherwise. On the GPU they all are, and may be Half; a kernel
-- without a GPU form refuses them.

kernel "Abs_updateOutput" {tensor"input", tensor"output"}
kernel "Abs_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput"}

kernel "AbsCriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage"}
kernel "AbsCriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput", flag"sizeAverage"}

kernel "BCECriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage",
   tensor{"weights", optional = true}}
kernel "BCECriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput", flag"sizeAverage",
   tensor{"weights", optional = true}}

kernel "ClassNLLCriterion_updateOutput" {tensor"input", tensor{"target", type = "Long"}, tensor"output",
   flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight", int"ignore_index"}
kernel "ClassNLLCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"}, tensor"gradInput",
   flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight", int"ignore_index"}

kernel "SpatialClassNLLCriterion_updateOutput" {tensor"input", tensor{"target", type = "Long"},
   tensor"output", flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight"}
kernel "SpatialClassNLLCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"},
   tensor"gradInput", flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight"}

kernel "ELU_updateOutput" {tensor"input", tensor"output", number"alpha", flag"inplace"}
kernel "ELU_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"output",
   number"alpha", flag"inplace"}

kernel "DistKLDivCriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage"}
kernel "DistKLDivCriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput",
   flag"sizeAverage"}

kernel "GatedLinear_updateOutput" {tensor"input", tensor"output", int"dim"}
kernel "GatedLinear_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", int"dim"}

kernel "HardShrink_updateOutput" {tensor"input", tensor"output", number"lambda"}
kernel "HardShrink_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", number"lambda"}

kernel "HardTanh_updateOutput" {tensor"input", tensor"output", number"min_val", number"max_val",
   flag"inplace"}
kernel "HardTanh_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", number"min_val",
   number"max_val", flag"inplace"}

kernel "L1Cost_updateOutput" {tensor"input", tensor"output"}
kernel "L1Cost_updateGradInput" {tensor"input", tensor{"gradOutput", optional = true}, tensor"gradInput"}

kernel "LeakyReLU_updateOutput" {tensor"input", tensor"output", number"negval", flag"inplace"}
kernel "LeakyReLU_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", number"negval",
   flag"inplace"}

kernel "LogSigmoid_updateOutput" {tensor"input", tensor"output", tensor"buffer"}
kernel "LogSigmoid_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"buffer"}

kernel "LogSoftMax_updateOutput" {tensor"input", tensor"output"}
kernel "LogSoftMax_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"output"}

kernel "LookupTable_accGradParameters" {tensor{"input", type = "Long"}, tensor"gradOutput",
   tensor"gradWeight", tensor{"count", type = "Int", optional = true}, tensor{"sorted", optional = true},
   tensor{"indices", type = "Long", optional = true}, flag"scaleGradByFreq", int"paddingValue", number"scale"}
kernel "LookupTable_renorm" {tensor{"idx", type = "Long"}, tensor"weight", number"maxNorm", number"normType"}

kernel "MarginCriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage",
   number"margin"}
kernel "MarginCriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput", flag"sizeAverage",
   number"margin"}

kernel "SoftMarginCriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage"}
kernel "SoftMarginCriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput",
   flag"sizeAverage"}

kernel "MSECriterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage"}
kernel "MSECriterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput", flag"sizeAverage"}

kernel "MultiLabelMarginCriterion_updateOutput" {tensor"input", tensor{"target", type = "Long"},
   tensor"output", tensor"isTarget", flag"sizeAverage"}
kernel "MultiLabelMarginCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"},
   tensor"gradInput", tensor"isTarget", flag"sizeAverage"}

kernel "MultiMarginCriterion_updateOutput" {tensor"input", tensor{"target", type = "Long"}, tensor"output",
   flag"sizeAverage", int"p", tensor{"weights", optional = true}, number"margin"}
kernel "MultiMarginCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"},
   tensor"gradInput", flag"sizeAverage", int"p", tensor{"weights", optional = true}, number"margin"}

kernel "PReLU_updateOutput" {tensor"input", tensor"output", tensor"weight", int"nOutputPlane"}
kernel "PReLU_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"weight",
   int"nOutputPlane"}
kernel "PReLU_accGradParameters" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor"weight", tensor"gradWeight", tensor{"gradWeightBuf", optional = true},
   tensor{"gradWeightBuf2", optional = true}, int"nOutputPlane", number"scale"}

kernel "Linear_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"addBuffer", optional = true}}
kernel "Linear_updateGradInput" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor"weight"}
kernel "Linear_accGradParameters" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor{"weight", optional = true}, tensor{"bias", optional = true}, tensor"gradWeight", tensor{"gradBias", optional = true},
   tensor{"addBuffer", optional = true}, number"scale"}

kernel "RReLU_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"noise",
   number"lower", number"upper", flag"train", flag"inplace"}

kernel "Sigmoid_updateOutput" {tensor"input", tensor"output"}
kernel "Sigmoid_updateGradInput" {tensor{"input", optional = true}, tensor"gradOutput", tensor"gradInput",
   tensor"output"}

kernel "SmoothL1Criterion_updateOutput" {tensor"input", tensor"target", tensor"output", flag"sizeAverage"}
kernel "SmoothL1Criterion_updateGradInput" {tensor"input", tensor"target", tensor"gradInput",
   flag"sizeAverage"}

kernel "SoftMax_updateOutput" {tensor"input", tensor"output"}
kernel "SoftMax_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"output"}

kernel "SoftPlus_updateOutput" {tensor"input", tensor"output", number"beta", number"threshold"}
kernel "SoftPlus_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"output",
   number"beta", number"threshold"}

kernel "SoftShrink_updateOutput" {tensor"input", tensor"output", number"lambda"}
kernel "SoftShrink_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", number"lambda"}

kernel "Sqrt_updateOutput" {tensor"input", tensor"output", number"eps"}
kernel "Sqrt_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", tensor"output"}

kernel "Square_updateOutput" {tensor"input", tensor"output"}
kernel "Square_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput"}

kernel "Tanh_updateOutput" {tensor"input", tensor"output"}
kernel "Tanh_updateGradInput" {tensor{"input", optional = true}, tensor"gradOutput", tensor"gradInput",
   tensor"output"}

kernel "Threshold_updateOutput" {tensor"input", tensor"output", number"threshold", number"val", flag"inplace"}
kernel "Threshold_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", number"threshold",
   number"val", flag"inplace"}

kernel "BatchNormalization_updateOutput" {tensor"input", tensor"output", tensor{"weight", optional = true},
   tensor{"bias", optional = true}, tensor"running_mean", tensor"running_var", tensor"save_mean",
   tensor"save_std", flag"train", number"momentum", number"eps"}
kernel "BatchNormalization_backward" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor{"gradWeight", optional = true}, tensor{"gradBias", optional = true},
   tensor{"weight", optional = true}, tensor"running_mean", tensor"running_var", tensor"save_mean",
   tensor"save_std", flag"train", number"scale", number"eps"}

kernel "SpatialConvolutionMM_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialConvolutionMM_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialConvolutionMM_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH",
   number"scale"}

kernel "SpatialAveragePooling_updateOutput" {tensor"input", tensor"output", int"kW", int"kH", int"dW",
   int"dH", int"padW", int"padH", flag"ceil_mode", flag"count_include_pad"}
kernel "SpatialAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput", int"kW",
   int"kH", int"dW", int"dH", int"padW", int"padH", flag"ceil_mode", flag"count_include_pad"}

kernel "SpatialFullConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"adjW", int"adjH"}
kernel "SpatialFullConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"adjW", int"adjH"}
kernel "SpatialFullConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"adjW", int"adjH", number"scale"}

kernel "SpatialDilatedConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW", int"dilationH"}
kernel "SpatialDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"dilationW", int"dilationH"}
kernel "SpatialDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW", int"dilationH", number"scale"}

kernel "SpatialFullDilatedConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW", int"dilationH", int"adjW",
   int"adjH"}
kernel "SpatialFullDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"dilationW", int"dilationH", int"adjW", int"adjH"}
kernel "SpatialFullDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput",
   tensor"gradWeight", tensor{"gradBias", optional = true}, tensor{"columns", optional = true},
   tensor{"ones", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW",
   int"dilationH", int"adjW", int"adjH", number"scale"}

kernel "SpatialMaxPooling_updateOutput" {tensor"input", tensor"output", tensor{"indices", type = "Long"},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", flag"ceil_mode"}
kernel "SpatialMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH",
   flag"ceil_mode"}

kernel "SpatialDilatedMaxPooling_updateOutput" {tensor"input", tensor"output",
   tensor{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW",
   int"dilationH", flag"ceil_mode"}
kernel "SpatialDilatedMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW",
   int"dilationH", flag"ceil_mode"}

kernel "VolumetricAveragePooling_updateOutput" {tensor"input", tensor"output", int"kT", int"kW", int"kH",
   int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", flag"ceil_mode", flag"count_include_pad"}
kernel "VolumetricAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", flag"ceil_mode",
   flag"count_include_pad"}

kernel "VolumetricConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", number"scale"}

kernel "VolumetricConvolutionMM_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, int"kT", int"kW", int"kH", int"dT",
   int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolutionMM_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kT", int"kW",
   int"kH", int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolutionMM_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true}, int"kT", int"kW", int"kH", int"dT",
   int"dW", int"dH", int"pT", int"pW", int"pH", number"scale"}

kernel "VolumetricFullConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", int"aT",
   int"aW", int"aH", number"scale"}

kernel "VolumetricDilatedConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", int"dilationT",
   int"dilationW", int"dilationH"}
kernel "VolumetricDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kT", int"kW", int"kH", int"dT", int"dW",
   int"dH", int"padT", int"padW", int"padH", int"dilationT", int"dilationW", int"dilationH"}
kernel "VolumetricDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput",
   tensor"gradWeight", tensor{"gradBias", optional = true}, tensor{"columns", optional = true},
   tensor{"ones", optional = true}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"padT",
   int"padW", int"padH", int"dilationT", int"dilationW", int"dilationH", number"scale"}

kernel "VolumetricFullDilatedConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", int"dilationT", int"dilationW", int"dilationH",
   int"aT", int"aW", int"aH"}
kernel "VolumetricFullDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput",
   tensor"gradInput", tensor"weight", tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH",
   int"dilationT", int"dilationW", int"dilationH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput",
   tensor"gradWeight", tensor{"gradBias", optional = true}, tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH",
   int"dilationT", int"dilationW", int"dilationH", int"aT", int"aW", int"aH", number"scale"}

kernel "VolumetricMaxPooling_updateOutput" {tensor"input", tensor"output", tensor{"indices", type = "Long"},
   int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", flag"ceilMode"}
kernel "VolumetricMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH", flag"ceilMode"}

kernel "VolumetricDilatedMaxPooling_updateOutput" {tensor"input", tensor"output",
   tensor{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH", int"dilationT", int"dilationW", int"dilationH", flag"ceilMode"}
kernel "VolumetricDilatedMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH", int"dilationT", int"dilationW", int"dilationH", flag"ceilMode"}

kernel "SpatialUpSamplingNearest_updateOutput" {tensor"input", tensor"output", int"scale_factor"}
kernel "SpatialUpSamplingNearest_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"scale_factor"}

kernel "VolumetricUpSamplingNearest_updateOutput" {tensor"input", tensor"output", int"scale_factor"}
kernel "VolumetricUpSamplingNearest_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"scale_factor"}

kernel "SpatialUpSamplingBilinear_updateOutput" {tensor"input", tensor"output", int"outputHeight",
   int"outputWidth"}
kernel "SpatialUpSamplingBilinear_updateGradInput" {tensor"gradOutput", tensor"gradInput", int"nbatch",
   int"nchannels", int"inputHeight", int"inputWidth", int"outputHeight", int"outputWidth"}

kernel "VolumetricUpSamplingTrilinear_updateOutput" {tensor"input", tensor"output", int"outputDepth",
   int"outputHeight", int"outputWidth"}
kernel "VolumetricUpSamplingTrilinear_updateGradInput" {tensor"gradOutput", tensor"gradInput", int"nbatch",
   int"nchannels", int"inputDepth", int"inputHeight", int"inputWidth", int"outputDepth", int"outputHeight",
   int"outputWidth"}

kernel "SpatialReflectionPadding_updateOutput" {tensor"input", tensor"output", int"pad_l", int"pad_r",
   int"pad_t", int"pad_b"}
kernel "SpatialReflectionPadding_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"pad_l", int"pad_r", int"pad_t", int"pad_b"}

kernel "SpatialReplicationPadding_updateOutput" {tensor"input", tensor"output", int"pad_l", int"pad_r",
   int"pad_t", int"pad_b"}
kernel "SpatialReplicationPadding_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"pad_l", int"pad_r", int"pad_t", int"pad_b"}

kernel "VolumetricReplicationPadding_updateOutput" {tensor"input", tensor"output", int"pleft", int"pright",
   int"ptop", int"pbottom", int"pfront", int"pback"}
kernel "VolumetricReplicationPadding_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"pleft", int"pright", int"ptop", int"pbottom", int"pfront", int"pback"}

kernel "SpatialAdaptiveMaxPooling_updateOutput" {tensor"input", tensor"output", tensor{"indices", type =
   "Long"}, int"owidth", int"oheight"}
kernel "SpatialAdaptiveMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}}

kernel "SpatialAdaptiveAveragePooling_updateOutput" {tensor"input", tensor"output", int"owidth", int"oheight"}
kernel "SpatialAdaptiveAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput"}

kernel "SpatialFractionalMaxPooling_updateOutput" {tensor"input", tensor"output", int"outputW", int"outputH",
   int"poolSizeW", int"poolSizeH", tensor{"indices", type = "Long"}, tensor"randomSamples"}
kernel "SpatialFractionalMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"outputW", int"outputH", int"poolSizeW", int"poolSizeH", tensor{"indices", type = "Long"}}

kernel "VolumetricFractionalMaxPooling_updateOutput" {tensor"input", tensor"output", int"outputT",
   int"outputW", int"outputH", int"poolSizeT", int"poolSizeW", int"poolSizeH", tensor{"indices", type =
   "Long"}, tensor"randomSamples"}
kernel "VolumetricFractionalMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   int"outputT", int"outputW", int"outputH", int"poolSizeT", int"poolSizeW", int"poolSizeH", tensor{"indices",
   type = "Long"}}

kernel "VolumetricMaxUnpooling_updateOutput" {tensor"input", tensor"output", tensor{"indices", type = "Long"},
   int"oT", int"oW", int"oH", int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricMaxUnpooling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor{"indices", type = "Long"}, int"oT", int"oW", int"oH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH"}

kernel "FeatureLPPooling_updateOutput" {tensor"input", tensor"output", number"power", int"width", int"stride",
   flag"batchMode"}
kernel "FeatureLPPooling_updateGradInput" {tensor"gradOutput", tensor"input", tensor"output",
   tensor"gradInput", number"power", int"width", int"stride", flag"batchMode"}

kernel "SpatialSubSampling_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias",
   int"kW", int"kH", int"dW", int"dH"}
kernel "SpatialSubSampling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", int"kW", int"kH", int"dW", int"dH"}
kernel "SpatialSubSampling_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", int"kW", int"kH", int"dW", int"dH", number"scale"}

kernel "TemporalSubSampling_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias",
   int"kW", int"dW", int"inputFrameSize"}
kernel "TemporalSubSampling_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", int"kW", int"dW"}
kernel "TemporalSubSampling_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", int"kW", int"dW", number"scale"}

kernel "SpatialConvolutionMap_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias",
   tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH"}
kernel "SpatialConvolutionMap_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"bias", optional = true}, tensor"connTable", int"nInputPlane", int"nOutputPlane",
   int"dW", int"dH"}
kernel "SpatialConvolutionMap_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH", number"scale"}

kernel "SpatialFullConvolutionMap_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias",
   tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH"}
kernel "SpatialFullConvolutionMap_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"bias", optional = true}, tensor"connTable", int"nInputPlane", int"nOutputPlane",
   int"dW", int"dH"}
kernel "SpatialFullConvolutionMap_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH", number"scale"}

kernel "SpatialConvolutionLocal_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias",
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH", int"dW",
   int"dH", int"padW", int"padH", int"inputWidth", int"inputHeight", int"outputWidth", int"outputHeight"}
kernel "SpatialConvolutionLocal_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH", int"inputWidth", int"inputHeight", int"outputWidth",
   int"outputHeight"}
kernel "SpatialConvolutionLocal_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW",
   int"kH", int"dW", int"dH", int"padW", int"padH", int"inputWidth", int"inputHeight", int"outputWidth",
   int"outputHeight", number"scale"}

kernel "SpatialDepthWiseConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight",
   tensor{"bias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialDepthWiseConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialDepthWiseConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional =
   true}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", number"scale"}

kernel "TemporalRowConvolution_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor{"bias",
   optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW",
   int"dW", int"padW", flag"featFirst"}
kernel "TemporalRowConvolution_updateGradInput" {tensor"input", tensor"gradOutput", tensor"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"dW",
   int"padW", flag"featFirst"}
kernel "TemporalRowConvolution_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional =
   true}, int"kW", int"dW", int"padW", flag"featFirst", number"scale"}

kernel "SparseLinear_updateOutput" {tensor"input", tensor"output", tensor"weight", tensor"bias"}
kernel "SparseLinear_accGradParameters" {tensor"input", tensor"gradOutput", tensor"gradWeight",
   tensor"gradBias", tensor"weight", tensor"bias", number"weightDecay", number"scale"}

kernel "IndexLinear_updateOutput" {tensor{"keys", type = "Long"}, int"keysOffset", tensor"values",
   tensor{"sizes", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, tensor"output",
   tensor"weight", tensor"bias", tensor{"normalizedValues", optional = true}, int"train"}
kernel "IndexLinear_accGradParameters" {tensor{"keys", type = "Long"}, int"keysOffset", tensor"values",
   tensor{"sizes", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, tensor"gradOutput",
   tensor"gradWeight", tensor"gradBias", tensor"weight", tensor"bias", tensor{"valuesBuffer", optional = true},
   number"weightDecay", number"scale"}
kernel "IndexLinear_accUpdateGradParameters" {tensor{"keys", type = "Long"}, int"keysOffset", tensor"values",
   tensor{"sizes", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, tensor"gradOutput",
   tensor"weight", tensor"bias", number"weightDecay", number"scale"}
kernel "IndexLinear_updateParameters" {tensor"gradWeight", tensor"gradBias", tensor"weight", tensor"bias",
   tensor{"runningKeys", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true},
   int"keysOffset", number"weightDecay", number"learningRate"}
