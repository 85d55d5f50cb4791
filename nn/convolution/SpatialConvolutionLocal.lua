-- nn.SpatialConvolutionLocal(nInputPlane, nOutputPlane, iW, iH, kW, kH [, dW = 1, dH = 1, padW = 0, padH = padW]):
-- convolution of images of iH x iW with a kernel per place of the output.
--
-- Input: (N x) nInputPlane x iH x iW; output: (N x) nOutputPlane x oH x oW, as with nn.SpatialConvolution. Fields:
-- weight, oH x oW x nOutputPlane x nInputPlane x kH x kW; bias, nOutputPlane x oH x oW.
--
-- > #nn.SpatialConvolutionLocal(1, 2, 6, 5, 3, 3):forward(torch.ones(1, 5, 6))
--  2
--  3
--  4
-- [torch.LongStorage of size 3]
local SpatialConvolutionLocal, parent = torch.class('nn.SpatialConvolutionLocal', 'nn.Module')
local check = require 'nn.check'
local wrong, fail = check.wrong, check.fail

function SpatialConvolutionLocal:__init(nInputPlane, nOutputPlane, iW, iH, kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.nInputPlane = nInputPlane
   self.nOutputPlane = nOutputPlane
   self.kW, self.kH = kW, kH
   self.iW, self.iH = iW, iH
   self.dW, self.dH = dW or 1, dH or 1
   self.padW = padW or 0
   self.padH = padH or self.padW
   self.oW = math.floor((self.padW * 2 + iW - self.kW) / self.dW) + 1
   self.oH = math.floor((self.padH * 2 + iH - self.kH) / self.dH) + 1
   if not (self.oW >= 1 and self.oH >= 1) then
      fail(self, 'an input of %s x %s has no place for a window of %s x %s (iH x iW, kH x kW; padH, padW: %s, %s)', iH, iW, kH, kW, self.padH, self.padW)
   end
   self.weight = torch.Tensor(self.oH, self.oW, nOutputPlane, nInputPlane, kH, kW)
   self.bias = torch.Tensor(nOutputPlane, self.oH, self.oW)
   self.gradWeight = torch.Tensor():resizeAs(self.weight)
   self.gradBias = torch.Tensor():resizeAs(self.bias)
   self:reset()
end

SpatialConvolutionLocal.reset = nn.SpatialConvolution.reset

local function checked(self, input)
   local n = input:dim()
   local first = n == 4 and 1 or 0
   if n ~= 3 and n ~= 4 or input:size(first + 1) ~= self.nInputPlane or input:size(first + 2) ~= self.iH
      or input:size(first + 3) ~= self.iW then
      wrong('SpatialConvolutionLocal', 1, 'input', 'expected input of (batch x) %d x %d x %d, got %s', self.nInputPlane,
         self.iH, self.iW, table.concat(input:size():totable(), ' x '))
   end
   return input.THNN
end

function SpatialConvolutionLocal:updateOutput(input)
   checked(self, input).SpatialConvolutionLocal_updateOutput(input, self.output, self.weight, self.bias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.iW, self.iH, self.oW, self.oH)
   return self.output
end

function SpatialConvolutionLocal:updateGradInput(input, gradOutput)
   if self.gradInput then
      checked(self, input).SpatialConvolutionLocal_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil,
         nil, self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.iW, self.iH, self.oW, self.oH)
      return self.gradInput
   end
end

function SpatialConvolutionLocal:accGradParameters(input, gradOutput, scale)
   checked(self, input).SpatialConvolutionLocal_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias,
      nil, nil, self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.iW, self.iH, self.oW, self.oH, scale or 1)
end

function SpatialConvolutionLocal:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function SpatialConvolutionLocal:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

function SpatialConvolutionLocal:__tostring__()
   local s = string.format('%s(%d -> %d, %dx%d, %dx%d', torch.type(self), self.nInputPlane, self.nOutputPlane, self.iW,
      self.iH, self.kW, self.kH)
   local padded = self.padW ~= 0 or self.padH ~= 0
   if self.dW ~= 1 or self.dH ~= 1 or padded then s = s .. string.format(', %d,%d', self.dW, self.dH) end
   if padded then s = s .. ', ' .. self.padW .. ',' .. self.padH end
   return s .. ')'
end
