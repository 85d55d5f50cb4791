-- nn.SpatialUpSamplingNearest(scale): every pixel repeated scale x scale times; scale is whole.
--
-- Input: (N x) C x H x W; output: (N x) C x scale H x scale W.
--
-- > nn.SpatialUpSamplingNearest(2):forward(torch.Tensor{5, 6}:view(1, 1, 2))
-- (1,.,.) =
--   5  5  6  6
--   5  5  6  6
-- [torch.DoubleTensor of size 1x2x4]
local SpatialUpSamplingNearest, parent = torch.class('nn.SpatialUpSamplingNearest', 'nn.Module')
local wrong = require('nn.check').wrong

function SpatialUpSamplingNearest:__init(scale)
   parent.__init(self)
   self.scale_factor = scale
   self.inputSize = torch.LongStorage(4):fill(0)
   self.outputSize = torch.LongStorage(4):fill(0)
end

-- planes x height x scale x width x scale: the repeated dimensions apart
local function blocks(self, x, y)
   local s = self.scale_factor
   local h, w = x:size(x:dim() - 1), x:size(x:dim())
   local n = x:nElement() / (h * w)
   return y:view(n, h, s, w, s), n, h, w
end

function SpatialUpSamplingNearest:updateOutput(input)
   if input:dim() ~= 4 and input:dim() ~= 3 then wrong('SpatialUpSamplingNearest', 1, 'input',
      'only support 3D or 4D tensors') end
   local size = input:size()
   size[#size], size[#size - 1] = size[#size] * self.scale_factor, size[#size - 1] * self.scale_factor
   self.output:resize(size)
   local y, n, h, w = blocks(self, input, self.output)
   y:copy(input:contiguous():view(n, h, 1, w, 1):expandAs(y))
   return self.output
end

function SpatialUpSamplingNearest:updateGradInput(input, gradOutput)
   input.THNN.SpatialUpSamplingNearest_updateGradInput(input, gradOutput, self.gradInput, self.scale_factor)
   return self.gradInput
end
