-- nn.SpatialFullConvolution(nInputPlane, nOutputPlane, kW, kH [, dW = 1, dH = 1, padW = 0, padH = padW, adjW = 0, adjH
-- = adjW, groups = 1]): transposed convolution, the gradient of nn.SpatialConvolution by its input: it makes images larger.
--
-- Input: (N x) nInputPlane x H x W; output: (N x) nOutputPlane x oH x oW with oH = (H - 1) dH - 2 padH + kH + adjH. adj
-- is at most d - 1. The input may be {x, t}: then the output has the height and width of t, whose gradient is zero, of
-- one element that is repeated. Fields: weight, nInputPlane x (nOutputPlane / groups) x kH x kW; bias. Groups: as
-- nn.SpatialConvolution.
--
-- > #nn.SpatialFullConvolution(1, 2, 4, 4, 2, 2, 1, 1):forward(torch.ones(1, 5, 5))
--   2
--  10
--  10
-- [torch.LongStorage of size 3]
local SpatialFullConvolution, parent = torch.class('nn.SpatialFullConvolution', 'nn.Module')
local cut = require 'nn.convolution.groups'

function SpatialFullConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, adjW, adjH, groups)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.padW = padW or 0
   self.padH = padH or self.padW
   self.adjW = adjW or 0
   self.adjH = adjH or self.adjW
   cut.check_adj(self, 9, 'W')
   cut.check_adj(self, 10, 'H')
   groups = cut.of(self, 11, groups)
   self.weight = torch.Tensor(nInputPlane, nOutputPlane / groups, kH, kW)
   self.gradWeight = torch.Tensor(nInputPlane, nOutputPlane / groups, kH, kW)
   self.bias = torch.Tensor(nOutputPlane)
   self.gradBias = torch.Tensor(nOutputPlane)
   self.ones = torch.Tensor()
   self:reset()
end

SpatialFullConvolution.noBias = nn.utils.noBias

function SpatialFullConvolution:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.nInputPlane * self.kH * self.kW / (self.groups or 1))
end

--- module:backCompatibility(): gives a module of an old file the fields it lacks.
function SpatialFullConvolution:backCompatibility()
   self.adjW, self.adjH = self.adjW or 0, self.adjH or 0
end

-- what the output has more than the smallest one that is possible
local function adjustment(targetSize, inSize, k, d, pad)
   return (targetSize + 2 * pad - k) % d
end

-- the tensor to convolve, adjW, adjH
local function resolve(self, input)
   self:backCompatibility()
   if type(input) ~= 'table' then return input, self.adjW, self.adjH end
   local x, t = input[1], input[2]
   local n, m = t:dim(), x:dim()
   return x, adjustment(t:size(n), x:size(m), self.kW, self.dW, self.padW),
      adjustment(t:size(n - 1), x:size(m - 1), self.kH, self.dH, self.padH)
end

function SpatialFullConvolution:updateOutput(input)
   local x, adjW, adjH = resolve(self, input)
   if self.groups then return cut.updateOutput(self, x, 0, adjW, adjH) end
   x.THNN.SpatialFullConvolution_updateOutput(x, self.output, self.weight, self.bias, nil, nil, self.kW, self.kH,
      self.dW, self.dH, self.padW, self.padH, adjW, adjH)
   return self.output
end

-- The gradient of t: zeros of its size, which are one element.
function SpatialFullConvolution._zeros(t)
   return t.new(torch.LongStorage(t:dim()):fill(1)):zero():expandAs(t)
end

function SpatialFullConvolution:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   local x, adjW, adjH = resolve(self, input)
   local g = self.gradInput
   if type(g) == 'table' then g = g[1] or x.new() end
   if self.groups then cut.updateGradInput(self, x, gradOutput, g, 0, adjW, adjH)
   else
      x.THNN.SpatialFullConvolution_updateGradInput(x, gradOutput, g, self.weight, nil, self.kW, self.kH, self.dW,
         self.dH, self.padW, self.padH, adjW, adjH)
   end
   self.gradInput = type(input) == 'table' and {g, SpatialFullConvolution._zeros(input[2])} or g
   return self.gradInput
end

function SpatialFullConvolution:accGradParameters(input, gradOutput, scale)
   local x, adjW, adjH = resolve(self, input)
   if self.groups then return cut.accGradParameters(self, x, gradOutput, scale, 0, adjW, adjH) end
   x.THNN.SpatialFullConvolution_accGradParameters(x, gradOutput, self.gradWeight, self.gradBias, nil, nil, self.kW,
      self.kH, self.dW, self.dH, self.padW, self.padH, adjW, adjH, scale or 1)
end

function SpatialFullConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function SpatialFullConvolution:__tostring__()
   local s = string.format('%s(%d -> %d, %dx%d', torch.type(self), self.nInputPlane, self.nOutputPlane, self.kW, self.kH)
   local padded = self.padW ~= 0 or self.padH ~= 0
   if self.dW ~= 1 or self.dH ~= 1 or padded then s = s .. string.format(', %d,%d', self.dW, self.dH) end
   if padded then s = s .. ', ' .. self.padW .. ',' .. self.padH end
   if (self.adjW or self.adjH) and (self.adjW ~= 0 or self.adjH ~= 0) then
      s = s .. ', ' .. self.adjW .. ',' .. self.adjH
   end
   return s .. cut.text(self) .. (self.bias and ')' or ') without bias')
end

function SpatialFullConvolution:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end
