-- Resampling, padding and shifting of planes.

kernel "SpatialUpSamplingNearest_updateOutput" {doc = "Every element repeated scale_factor times along height and width.",
   tensor"input", out"output", int"scale_factor"}
kernel "SpatialUpSamplingNearest_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"scale_factor"}

kernel "VolumetricUpSamplingNearest_updateOutput" {doc = "The same along time, height and width.",
   tensor"input", out"output", int"scale_factor"}
kernel "VolumetricUpSamplingNearest_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"scale_factor"}

kernel "SpatialUpSamplingBilinear_updateOutput" {doc = [[
      Linear interpolation between pixels, corners on corners; 4D input. The gradient is given the sizes of the
      input.]],
   tensor"input", out"output", int"outputHeight", int"outputWidth"}
kernel "SpatialUpSamplingBilinear_updateGradInput" {tensor"gradOutput", out"gradInput", int"nbatch",
   int"nchannels", int"inputHeight", int"inputWidth", int"outputHeight", int"outputWidth"}

kernel "SpatialUpSamplingBetween_updateOutput" {doc = [[
      Linear interpolation with output pixel o of m at (o + s) n / m - s of n input pixels; s is a half with halfPixels, as
      when pixels are squares of the same picture, and 0 without. Before the first pixel and behind the last are these; 4D input.]],
   tensor"input", out"output", int"outputHeight", int"outputWidth", flag"halfPixels"}
kernel "SpatialUpSamplingBetween_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"outputHeight", int"outputWidth", flag"halfPixels"}

kernel "VolumetricUpSamplingTrilinear_updateOutput" {doc = "The same for 5D input.",
   tensor"input", out"output", int"outputDepth", int"outputHeight", int"outputWidth"}
kernel "VolumetricUpSamplingTrilinear_updateGradInput" {tensor"gradOutput", out"gradInput", int"nbatch",
   int"nchannels", int"inputDepth", int"inputHeight", int"inputWidth", int"outputDepth", int"outputHeight",
   int"outputWidth"}

kernel "SpatialReflectionPadding_updateOutput" {doc = [[
      Planes continued by their mirror image, the border itself not repeated. Negative pads crop.]],
   tensor"input", out"output", int"pad_l", int"pad_r", int"pad_t", int"pad_b"}
kernel "SpatialReflectionPadding_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"pad_l", int"pad_r", int"pad_t", int"pad_b"}

kernel "SpatialReplicationPadding_updateOutput" {doc = "Planes continued by their border.",
   tensor"input", out"output", int"pad_l", int"pad_r", int"pad_t", int"pad_b"}
kernel "SpatialReplicationPadding_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"pad_l", int"pad_r", int"pad_t", int"pad_b"}

kernel "VolumetricReplicationPadding_updateOutput" {doc = "SpatialReplicationPadding along time, height and width.",
   tensor"input", out"output", int"pleft", int"pright", int"ptop", int"pbottom", int"pfront", int"pback"}
kernel "VolumetricReplicationPadding_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   int"pleft", int"pright", int"ptop", int"pbottom", int"pfront", int"pback"}

kernel "SpatialGridSamplerBilinear_updateOutput" {doc = [[
      Elements at the places that grid (batch x height x width x 2: x, y) says, interpolated; -1 and 1 are the centres of
      the first and the last pixel, and there are zeros outside. input: batch x planes x any x any.]],
   tensor"input", tensor"grid", out"output"}
kernel "SpatialGridSamplerBilinear_updateGradInput" {tensor"input", out"gradInput", tensor"grid",
   out"gradGrid", tensor"gradOutput"}

kernel "SpatialMaxUnpooling_updateOutput" {doc = [[
      Planes of zeros with the elements at the positions of indices, from 1, those of SpatialMaxPooling.]],
   tensor"input", out"output", tensor{"indices", type = "Long"}, int"owidth", int"oheight"}
kernel "SpatialMaxUnpooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"owidth", int"oheight"}

kernel "VolumetricMaxUnpooling_updateOutput" {doc = "Puts elements back where VolumetricMaxPooling, which made the indices, took them from.",
   tensor"input", out"output", tensor{"indices", type = "Long"}, int"oT", int"oW", int"oH", int"dT", int"dW",
   int"dH", int"pT", int"pW", int"pH"}
kernel "VolumetricMaxUnpooling_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"indices", type = "Long"}, int"oT", int"oW", int"oH", int"dT", int"dW", int"dH", int"pT", int"pW",
   int"pH"}
