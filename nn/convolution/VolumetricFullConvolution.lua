-- nn.VolumetricFullConvolution(nInputPlane, nOutputPlane, kT, kW, kH [, dT = 1, dW = 1, dH = 1, padT = 0, padW = 0,
-- padH = 0, adjT = 0, adjW = 0, adjH = 0, groups = 1]): transposed nn.VolumetricConvolution: it makes volumes
-- larger.
--
-- Input: (N x) nInputPlane x T x H x W; output: oT = (T - 1) dT - 2 padT + kT + adjT, and so with H and W. The input
-- may be {x, t}: then the output has the sizes of t, whose gradient is zero, of one element that is repeated. Fields:
-- weight, nInputPlane x (nOutputPlane / groups) x kT x kH x kW; bias. Groups: as nn.SpatialConvolution.
--
-- > #nn.VolumetricFullConvolution(1, 2, 2, 2, 2, 2, 2, 2):forward(torch.ones(1, 3, 4, 5))
--   2
--   6
--   8
--  10
-- [torch.LongStorage of size 4]
local VolumetricFullConvolution, parent = torch.class('nn.VolumetricFullConvolution', 'nn.Module')
local cut = require 'nn.convolution.groups'

function VolumetricFullConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH, adjT,
   adjW, adjH, groups)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kT, self.kW, self.kH = kT, kW, kH
   self.dT, self.dW, self.dH = dT or 1, dW or 1, dH or 1
   self.padT, self.padW, self.padH = padT or 0, padW or 0, padH or 0
   self.adjT, self.adjW, self.adjH = adjT or 0, adjW or 0, adjH or 0
   cut.check_adj(self, 12, 'T')
   cut.check_adj(self, 13, 'W')
   cut.check_adj(self, 14, 'H')
   groups = cut.of(self, 15, groups)
   self.weight = torch.Tensor(nInputPlane, nOutputPlane / groups, kT, kH, kW)
   self.gradWeight = torch.Tensor(nInputPlane, nOutputPlane / groups, kT, kH, kW)
   self.bias = torch.Tensor(nOutputPlane)
   self.gradBias = torch.Tensor(nOutputPlane)
   self.ones = torch.Tensor()
   self.finput = torch.Tensor()
   self.fgradInput = torch.Tensor()
   self:reset()
end

VolumetricFullConvolution.noBias = nn.utils.noBias

function VolumetricFullConvolution:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.nInputPlane * self.kT * self.kH * self.kW / (self.groups or 1))
end

--- module:backCompatibility(): gives a module of an old file the fields it lacks.
function VolumetricFullConvolution:backCompatibility()
   self.adjT, self.adjW, self.adjH = self.adjT or 0, self.adjW or 0, self.adjH or 0
end

-- the tensor to convolve, adjT, adjW, adjH
local function resolve(self, input)
   self:backCompatibility()
   if type(input) ~= 'table' then return input, self.adjT, self.adjW, self.adjH end
   local x, t = input[1], input[2]
   local n = t:dim()
   local function adj(size, k, d, pad) return (size + 2 * pad - k) % d end
   return x, adj(t:size(n - 2), self.kT, self.dT, self.padT), adj(t:size(n), self.kW, self.dW, self.padW),
      adj(t:size(n - 1), self.kH, self.dH, self.padH)
end

function VolumetricFullConvolution:updateOutput(input)
   local x, aT, aW, aH = resolve(self, input)
   if self.groups then return cut.updateOutput(self, x, aT, aW, aH) end
   x.THNN.VolumetricFullConvolution_updateOutput(x, self.output, self.weight, self.bias, nil, nil, self.dT, self.dW,
      self.dH, self.padT, self.padW, self.padH, aT, aW, aH)
   return self.output
end

function VolumetricFullConvolution:updateGradInput(input, gradOutput)
   local x, aT, aW, aH = resolve(self, input)
   local g = self.gradInput
   if type(g) == 'table' then g = g[1] or x.new() end
   if self.groups then cut.updateGradInput(self, x, gradOutput, g, aT, aW, aH)
   else
      x.THNN.VolumetricFullConvolution_updateGradInput(x, gradOutput, g, self.weight, nil, nil, self.dT, self.dW, self.dH,
         self.padT, self.padW, self.padH, aT, aW, aH)
   end
   self.gradInput = type(input) == 'table' and {g, nn.SpatialFullConvolution._zeros(input[2])} or g
   return self.gradInput
end

function VolumetricFullConvolution:accGradParameters(input, gradOutput, scale)
   local x, aT, aW, aH = resolve(self, input)
   if self.groups then return cut.accGradParameters(self, x, gradOutput, scale, aT, aW, aH) end
   x.THNN.VolumetricFullConvolution_accGradParameters(x, gradOutput, self.gradWeight, self.gradBias, nil, nil, self.dT,
      self.dW, self.dH, self.padT, self.padW, self.padH, aT, aW, aH, scale or 1)
end

function VolumetricFullConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function VolumetricFullConvolution:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

function VolumetricFullConvolution:__tostring__()
   local s = nn.VolumetricConvolution._text(self)
   if self.adjT ~= 0 or self.adjW ~= 0 or self.adjH ~= 0 then
      s = s .. ', ' .. self.adjT .. ',' .. self.adjW .. ',' .. self.adjH
   end
   return s .. cut.text(self) .. (self.bias and ')' or ') without bias')
end
