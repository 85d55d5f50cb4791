-- Convolutions, windows and maps.

kernel "SpatialConvolutionMM_updateOutput" {doc = [[
      Cross-correlation. weight: outputs x inputs x kH x kW, or outputs x (inputs kH kW). bias and gradBias may be
      NULL.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH", int"dW", int"dH",
   int"padW", int"padH"}
kernel "SpatialConvolutionMM_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialConvolutionMM_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", number"scale"}

kernel "SpatialFullConvolution_updateOutput" {doc = [[
      Transposed convolution: the gradient of a convolution as a layer. weight: inputs x outputs x kH x kW. Output
      (in - 1) d - 2 pad + k + adj.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"columns", optional = true}, tensor{"ones", optional = true}, int"kW", int"kH", int"dW", int"dH",
   int"padW", int"padH", int"adjW", int"adjH"}
kernel "SpatialFullConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"adjW", int"adjH"}
kernel "SpatialFullConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"adjW", int"adjH", number"scale"}

kernel "SpatialDilatedConvolution_updateOutput" {doc = "The same with kernel elements `dilation` apart.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"columns", optional = true}, tensor{"ones", optional = true}, int"kW", int"kH", int"dW", int"dH",
   int"padW", int"padH", int"dilationW", int"dilationH"}
kernel "SpatialDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"dilationW", int"dilationH"}
kernel "SpatialDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW", int"dilationH", number"scale"}

kernel "SpatialFullDilatedConvolution_updateOutput" {doc = "The same with kernel elements `dilation` apart.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"columns", optional = true}, tensor{"ones", optional = true}, int"kW", int"kH", int"dW", int"dH",
   int"padW", int"padH", int"dilationW", int"dilationH", int"adjW", int"adjH"}
kernel "SpatialFullDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"dilationW", int"dilationH", int"adjW", int"adjH"}
kernel "SpatialFullDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW", int"dilationH", int"adjW", int"adjH",
   number"scale"}

kernel "VolumetricConvolution_updateOutput" {doc = [[
      Convolution over T, H, W; sizes come in the order T, W, H. The kernel has the last three sizes of weight,
      outputs x inputs x kT x kH x kW.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT",
   int"pW", int"pH"}
kernel "VolumetricConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", number"scale"}

kernel "VolumetricConvolutionMM_updateOutput" {doc = "VolumetricConvolution under its second name; a weight may be given as a matrix.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH"}
kernel "VolumetricConvolutionMM_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kT", int"kW",
   int"kH", int"dT", int"dW", int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricConvolutionMM_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, int"kT", int"kW", int"kH", int"dT",
   int"dW", int"dH", int"pT", int"pW", int"pH", number"scale"}

kernel "VolumetricFullConvolution_updateOutput" {doc = "SpatialFullConvolution along time, height and width.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT",
   int"pW", int"pH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", int"aT", int"aW", int"aH", number"scale"}

kernel "VolumetricDilatedConvolution_updateOutput" {doc = "VolumetricConvolution whose kernel elements lie dilation apart.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"columns", optional = true}, tensor{"ones", optional = true}, int"kT", int"kW", int"kH", int"dT",
   int"dW", int"dH", int"padT", int"padW", int"padH", int"dilationT", int"dilationW", int"dilationH"}
kernel "VolumetricDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"gradColumns", optional = true}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH",
   int"padT", int"padW", int"padH", int"dilationT", int"dilationW", int"dilationH"}
kernel "VolumetricDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"columns", optional = true}, tensor{"ones", optional = true},
   int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", int"dilationT",
   int"dilationW", int"dilationH", number"scale"}

kernel "VolumetricFullDilatedConvolution_updateOutput" {doc = "VolumetricFullConvolution whose kernel elements lie dilation apart.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT",
   int"pW", int"pH", int"dilationT", int"dilationW", int"dilationH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullDilatedConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH", int"dilationT", int"dilationW", int"dilationH", int"aT", int"aW", int"aH"}
kernel "VolumetricFullDilatedConvolution_accGradParameters" {tensor"input", tensor"gradOutput",
   out"gradWeight", out{"gradBias", optional = true}, tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"dT", int"dW", int"dH", int"pT", int"pW", int"pH", int"dilationT",
   int"dilationW", int"dilationH", int"aT", int"aW", int"aH", number"scale"}

kernel "Convolution_updateOutput" {doc = [[
      Convolution of one, two or three dimensions, as weight says: outputs x inputs of a group (x kT) (x kH) x kW. pad is
      the padding before, `end` that behind; inputs and outputs fall into groups, each outputs of one group see its inputs
      alone: with as many groups as inputs, every plane has outputs of its own. What a weight has no dimension for is
      ignored.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true}, int"dT", int"dW", int"dH", int"padT",
   int"padW", int"padH", int"endT", int"endW", int"endH", int"dilationT", int"dilationW", int"dilationH", int"groups"}
kernel "Convolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"weight", int"dT",
   int"dW", int"dH", int"padT", int"padW", int"padH", int"endT", int"endW", int"endH", int"dilationT", int"dilationW",
   int"dilationH", int"groups"}
kernel "Convolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", int"endT", int"endW",
   int"endH", int"dilationT", int"dilationW", int"dilationH", int"groups", number"scale"}

kernel "FullConvolution_updateOutput" {doc = [[
      Its transpose: weight inputs x outputs of a group (x kT) (x kH) x kW. Output (in - 1) d - pad - end + dilation (k -
      1) + 1 + adj; adj is smaller than d or the dilation.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true}, int"dT", int"dW", int"dH", int"padT",
   int"padW", int"padH", int"endT", int"endW", int"endH", int"dilationT", int"dilationW", int"dilationH", int"adjT",
   int"adjW", int"adjH", int"groups"}
kernel "FullConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"weight", int"dT",
   int"dW", int"dH", int"padT", int"padW", int"padH", int"endT", int"endW", int"endH", int"dilationT", int"dilationW",
   int"dilationH", int"adjT", int"adjW", int"adjH", int"groups"}
kernel "FullConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", int"endT", int"endW",
   int"endH", int"dilationT", int"dilationW", int"dilationH", int"adjT", int"adjW", int"adjH", int"groups",
   number"scale"}

kernel "SpatialSubSampling_updateOutput" {doc = "weight[plane] times the sum over a window, plus bias[plane].",
   tensor"input", out"output", tensor"weight", tensor"bias", int"kW", int"kH", int"dW", int"dH"}
kernel "SpatialSubSampling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"weight",
   int"kW", int"kH", int"dW", int"dH"}
kernel "SpatialSubSampling_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", int"kW", int"kH", int"dW", int"dH", number"scale"}

kernel "TemporalSubSampling_updateOutput" {doc = "The same over time, for every place in the frame.",
   tensor"input", out"output", tensor"weight", tensor"bias", int"kW", int"dW", int"inputFrameSize"}
kernel "TemporalSubSampling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", int"kW", int"dW"}
kernel "TemporalSubSampling_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", int"kW", int"dW", number"scale"}

kernel "SpatialConvolutionMap_updateOutput" {doc = [[
      Convolution whose kernels connect the pairs of planes that connTable (K x 2: from, to) lists; weight is K x kH
      x kW.]],
   tensor"input", out"output", tensor"weight", tensor"bias", tensor"connTable", int"nInputPlane",
   int"nOutputPlane", int"dW", int"dH"}
kernel "SpatialConvolutionMap_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"bias", optional = true}, tensor"connTable", int"nInputPlane", int"nOutputPlane",
   int"dW", int"dH"}
kernel "SpatialConvolutionMap_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH", number"scale"}

kernel "SpatialFullConvolutionMap_updateOutput" {doc = "Its transpose.",
   tensor"input", out"output", tensor"weight", tensor"bias", tensor"connTable", int"nInputPlane",
   int"nOutputPlane", int"dW", int"dH"}
kernel "SpatialFullConvolutionMap_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"bias", optional = true}, tensor"connTable", int"nInputPlane", int"nOutputPlane",
   int"dW", int"dH"}
kernel "SpatialFullConvolutionMap_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", tensor"connTable", int"nInputPlane", int"nOutputPlane", int"dW", int"dH", number"scale"}

kernel "SpatialConvolutionLocal_updateOutput" {doc = [[
      Convolution with a kernel per position: weight oH x oW x outputs x inputs x kH x kW, bias outputs x oH x oW.]],
   tensor"input", out"output", tensor"weight", tensor"bias", tensor{"finput", optional = true},
   tensor{"fgradInput", optional = true}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH",
   long"inputWidth", long"inputHeight", long"outputWidth", long"outputHeight"}
kernel "SpatialConvolutionLocal_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH", long"inputWidth", long"inputHeight", long"outputWidth",
   long"outputHeight"}
kernel "SpatialConvolutionLocal_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH", long"inputWidth", long"inputHeight", long"outputWidth",
   long"outputHeight", number"scale"}

kernel "SpatialDepthWiseConvolution_updateOutput" {doc = [[
      Every input plane has outputs of its own: weight outputs x inputs (x kH x kW), bias outputs x inputs; output
      (batch x) inputs * outputs x height x width, those of the first plane first.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH", int"dW", int"dH",
   int"padW", int"padH"}
kernel "SpatialDepthWiseConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"kH",
   int"dW", int"dH", int"padW", int"padH"}
kernel "SpatialDepthWiseConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", number"scale"}

kernel "TemporalConvolution_updateOutput" {doc = [[
      Convolution over a sequence of frames, (batch x) time x inputFrameSize; weight outputFrameSize x (kW
      inputFrameSize).]],
   tensor"input", out"output", tensor"weight", tensor"bias", int"kW", int"dW", int"inputFrameSize",
   int"outputFrameSize"}
kernel "TemporalConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"weight",
   int"kW", int"dW"}
kernel "TemporalConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", int"kW", int"dW", number"scale"}

kernel "TemporalRowConvolution_updateOutput" {doc = [[
      A kernel per place in the frame: weight frame x 1 x kW. Input time x frame, or frame x time with featFirst.]],
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"dW", int"padW",
   flag"featFirst"}
kernel "TemporalRowConvolution_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor"weight", tensor{"finput", optional = true}, tensor{"fgradInput", optional = true}, int"kW", int"dW",
   int"padW", flag"featFirst"}
kernel "TemporalRowConvolution_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor{"finput", optional = true}, tensor{"fgradInput", optional = true},
   int"kW", int"dW", int"padW", flag"featFirst", number"scale"}

kernel "unfolded_copy" {doc = [[
      finput (nInputPlane kH kW x outputHeight outputWidth) becomes what every kernel element sees of input
      (nInputPlane x inputHeight x inputWidth): zeros outside. unfolded_acc adds finput to input where it came from.]],
   out"finput", tensor"input", int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"nInputPlane",
   int"inputWidth", int"inputHeight", int"outputWidth", int"outputHeight"}
kernel "unfolded_acc" {tensor"finput", out"input", int"kW", int"kH", int"dW", int"dH", int"padW", int"padH",
   int"nInputPlane", int"inputWidth", int"inputHeight", int"outputWidth", int"outputHeight"}
