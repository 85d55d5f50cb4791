-- nn.SpatialUpSamplingBilinear(scale): linear interpolation between pixels, the corners of the output on those of the
-- input.
--
-- scale: a factor, or {oheight =, owidth =}. Input: (N x) C x H x W. {..., coordinates = 'half_pixel'} has pixels as squares of the
-- same picture, as PyTorch and Keras have it at first: output pixel o of m, from 0, lies at (o + 1/2) n / m - 1/2 of n; 'asymmetric' at
-- o n / m. Both go on with the border beyond it.
--
-- > nn.SpatialUpSamplingBilinear{oheight = 1, owidth = 3}:forward(torch.Tensor{5, 6}:view(1, 1, 1, 2))
-- (1,1,.,.) =
--   5.0000  5.5000  6.0000
-- [torch.DoubleTensor of size 1x1x1x3]
local SpatialUpSamplingBilinear, parent = torch.class('nn.SpatialUpSamplingBilinear', 'nn.Module')
local wrong, expect = require('nn.check').wrong, require('nn.check').expect

local coordinates = {align_corners = true, half_pixel = true, asymmetric = true}

function SpatialUpSamplingBilinear:__init(params)
   parent.__init(self)
   self.owidth, self.oheight, self.scale_factor = nil, nil, nil
   if type(params) == 'table' then
      self.owidth, self.oheight, self.coordinates = params.owidth, params.oheight, params.coordinates
      expect((self.owidth or 0) >= 1 and (self.oheight or 0) >= 1, self, 1, 'scale', 'a scale, or a table with owidth and oheight, expected')
      expect(coordinates[self.coordinates or 'align_corners'], self, 1, 'scale', "coordinates: expected 'align_corners', 'half_pixel' or 'asymmetric', got %s",
         tostring(self.coordinates))
   else
      self.scale_factor = params
   end
   self.inputSize = torch.LongStorage(4)
   self.outputSize = torch.LongStorage(4)
   self.inputSize:fill(0)
   self.outputSize:fill(0)
end

local function is_between(self) return self.coordinates and self.coordinates ~= 'align_corners' end

-- images become batches of one
local function batched(x) return x:dim() == 3 and x:view(1, x:size(1), x:size(2), x:size(3)) or x end

--- module:setSize(input): computes the output's size for an input.
function SpatialUpSamplingBilinear:setSize(input)
   local first = input:dim() == 3 and 0 or 1
   for i = 1, 4 do
      local size = i - 1 + first > 0 and input:size(i - 1 + first) or 1
      self.inputSize[i], self.outputSize[i] = size, size
   end
   self.oheight = self.scale_factor and self.inputSize[3] * self.scale_factor or self.oheight
   self.owidth = self.scale_factor and self.inputSize[4] * self.scale_factor or self.owidth
   self.outputSize[3], self.outputSize[4] = self.oheight, self.owidth
end

function SpatialUpSamplingBilinear:updateOutput(input)
   if input:dim() ~= 4 and input:dim() ~= 3 then
      wrong('SpatialUpSamplingBilinear', 1, 'input', 'only supports 3D or 4D tensors, got %sD', input:dim())
   end
   self:setSize(input)
   local x, height, width = batched(input:contiguous()), self.outputSize[3], self.outputSize[4]
   if is_between(self) then
      x.THNN.SpatialUpSamplingBetween_updateOutput(x, self.output, height, width, self.coordinates == 'half_pixel')
   else
      x.THNN.SpatialUpSamplingBilinear_updateOutput(x, self.output, height, width)
   end
   if input:dim() == 3 then self.output = self.output:squeeze(1) end
   return self.output
end

function SpatialUpSamplingBilinear:updateGradInput(input, gradOutput)
   if input:dim() ~= gradOutput:dim() then
      wrong('SpatialUpSamplingBilinear', 2, 'gradOutput', 'gradOutput should be %dD, got %dD', input:dim(),
         gradOutput:dim())
   end
   self:setSize(input)
   for d = 1, gradOutput:dim() do
      local size = self.outputSize[4 - gradOutput:dim() + d]
      if gradOutput:size(d) ~= size then
         wrong('SpatialUpSamplingBilinear', 2, 'gradOutput', 'expected size %d in dimension %d, got %d', size, d, gradOutput:size(d))
      end
   end
   local s, g, height, width = self.inputSize, batched(gradOutput:contiguous()), self.outputSize[3], self.outputSize[4]
   if is_between(self) then
      g.THNN.SpatialUpSamplingBetween_updateGradInput(batched(input:contiguous()), g, self.gradInput, height, width, self.coordinates == 'half_pixel')
   else
      g.THNN.SpatialUpSamplingBilinear_updateGradInput(g, self.gradInput, s[1], s[2], s[3], s[4], height, width)
   end
   if input:dim() == 3 then self.gradInput = self.gradInput:squeeze(1) end
   return self.gradInput
end

function SpatialUpSamplingBilinear:__tostring__()
   if self.scale_factor then return string.format('%s(%d)', torch.type(self), self.scale_factor) end
   return string.format('%s(%d, %d)', torch.type(self), self.oheight, self.owidth)
end
