-- Pooling.

kernel "SpatialAveragePooling_updateOutput" {doc = "Mean of every window; count_include_pad says whether padding counts as elements.",
   tensor"input", out"output", int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", flag"ceil_mode",
   flag"count_include_pad"}
kernel "SpatialAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", int"kW",
   int"kH", int"dW", int"dH", int"padW", int"padH", flag"ceil_mode", flag"count_include_pad"}

kernel "SpatialMaxPooling_updateOutput" {doc = [[
      Largest element of every window, the first of equals, or its first NaN. indices gets its position in the
      plane, 1-based; 0, and -inf as the element, where a dilated window misses the plane.]],
   tensor"input", out"output", out{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", flag"ceil_mode"}
kernel "SpatialMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", flag"ceil_mode"}

kernel "SpatialDilatedMaxPooling_updateOutput" {doc = "SpatialMaxPooling over windows whose elements lie dilation apart.",
   tensor"input", out"output", out{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW",
   int"padH", int"dilationW", int"dilationH", flag"ceil_mode"}
kernel "SpatialDilatedMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"kW", int"kH", int"dW", int"dH", int"padW", int"padH", int"dilationW",
   int"dilationH", flag"ceil_mode"}

kernel "VolumetricAveragePooling_updateOutput" {doc = "SpatialAveragePooling along time, height and width.",
   tensor"input", out"output", int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"padT", int"padW",
   int"padH", flag"ceil_mode", flag"count_include_pad"}
kernel "VolumetricAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", int"kT",
   int"kW", int"kH", int"dT", int"dW", int"dH", int"padT", int"padW", int"padH", flag"ceil_mode",
   flag"count_include_pad"}

kernel "VolumetricMaxPooling_updateOutput" {doc = "indices keeps the position in the window: bytes 0, 1, 2 are t, h, w.",
   tensor"input", out"output", out{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH", flag"ceilMode"}
kernel "VolumetricMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH", flag"ceilMode"}

kernel "VolumetricDilatedMaxPooling_updateOutput" {doc = "VolumetricMaxPooling over windows whose elements lie dilation apart.",
   tensor"input", out"output", out{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH", int"dilationT", int"dilationW", int"dilationH", flag"ceilMode"}
kernel "VolumetricDilatedMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"kT", int"kW", int"kH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH", int"dilationT", int"dilationW", int"dilationH", flag"ceilMode"}

kernel "TemporalMaxPooling_updateOutput" {doc = [[
      Largest elements of windows of a sequence, (batch x) time x frame. indices: their place in the window, from 0.]],
   tensor"input", out"output", out{"indices", type = "Long"}, int"kW", int"dW"}
kernel "TemporalMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"kW", int"dW"}

kernel "SpatialAdaptiveMaxPooling_updateOutput" {doc = [[
      Greatest elements of owidth x oheight windows, of floor(i in / out) to ceil((i + 1) in / out). indices (2 x
      output) has rows, then columns, in the window.]],
   tensor"input", out"output", out{"indices", type = "Long"}, int"owidth", int"oheight"}
kernel "SpatialAdaptiveMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}}

kernel "SpatialAdaptiveAveragePooling_updateOutput" {doc = "Means of such windows.",
   tensor"input", out"output", int"owidth", int"oheight"}
kernel "SpatialAdaptiveAveragePooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput"}

kernel "SpatialFractionalMaxPooling_updateOutput" {doc = [[
      Greatest elements of windows at pseudorandom places; randomSamples (batch x planes x 2, in [0, 1]) places
      them. indices: position in the plane.]],
   tensor"input", out"output", int"outputW", int"outputH", int"poolSizeW", int"poolSizeH",
   out{"indices", type = "Long"}, tensor"randomSamples"}
kernel "SpatialFractionalMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"outputW", int"outputH", int"poolSizeW", int"poolSizeH", tensor{"indices", type = "Long"}}

kernel "VolumetricFractionalMaxPooling_updateOutput" {doc = "SpatialFractionalMaxPooling along time, height and width.",
   tensor"input", out"output", int"outputT", int"outputW", int"outputH", int"poolSizeT", int"poolSizeW",
   int"poolSizeH", out{"indices", type = "Long"}, tensor"randomSamples"}
kernel "VolumetricFractionalMaxPooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"outputT", int"outputW", int"outputH", int"poolSizeT", int"poolSizeW", int"poolSizeH",
   tensor{"indices", type = "Long"}}

kernel "FeatureLPPooling_updateOutput" {doc = "(sum of x^power)^(1 / power) over windows of features: dimension 1, or 2 with batchMode.",
   tensor"input", out"output", number"power", int"width", int"stride", flag"batchMode"}
kernel "FeatureLPPooling_updateGradInput" {tensor"gradOutput", tensor"input", tensor"output", out"gradInput",
   number"power", int"width", int"stride", flag"batchMode"}
