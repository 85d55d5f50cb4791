-- nn.VolumetricConvolution(nInputPlane, nOutputPlane, kT, kW, kH [, dT = 1, dW = 1, dH = 1, padT = 0, padW = padT, padH
-- = padW, groups = 1]): cross-correlation over time, height and width. Mind the order: T, W, H.
--
-- Input: (N x) nInputPlane x T x H x W; output: (N x) nOutputPlane x oT x oH x oW with oT = floor((T + 2 padT - kT) /
-- dT) + 1. Fields: weight, nOutputPlane x (nInputPlane / groups) x kT x kH x kW; bias.
-- Groups: as nn.SpatialConvolution.
--
-- > #nn.VolumetricConvolution(1, 2, 3, 3, 3):forward(torch.ones(1, 5, 6, 7))
--  2
--  3
--  4
--  5
-- [torch.LongStorage of size 4]
local VolumetricConvolution, parent = torch.class('nn.VolumetricConvolution', 'nn.Module')
local cut = require 'nn.convolution.groups'

function VolumetricConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH,
   groups)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kT, self.kW, self.kH = kT, kW, kH
   self.dT, self.dW, self.dH = dT or 1, dW or 1, dH or 1
   self.padT = padT or 0
   self.padW = padW or self.padT
   self.padH = padH or self.padW
   groups = cut.of(self, 12, groups)
   self.weight = torch.Tensor(nOutputPlane, nInputPlane / groups, kT, kH, kW)
   self.bias = torch.Tensor(nOutputPlane)
   self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane / groups, kT, kH, kW)
   self.gradBias = torch.Tensor(nOutputPlane)
   self:reset()
end

VolumetricConvolution.noBias = nn.utils.noBias

function VolumetricConvolution:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.kT * self.kW * self.kH * self.nInputPlane / (self.groups or 1))
end

function VolumetricConvolution:updateOutput(input)
   if self.groups then return cut.updateOutput(self, input) end
   input.THNN.VolumetricConvolutionMM_updateOutput(input, self.output, self.weight, self.bias, nil, self.kT, self.kW,
      self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH)
   return self.output
end

function VolumetricConvolution:updateGradInput(input, gradOutput)
   if self.groups then return cut.updateGradInput(self, input, gradOutput, self.gradInput) end
   input.THNN.VolumetricConvolutionMM_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil, self.kT,
      self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH)
   return self.gradInput
end

function VolumetricConvolution:accGradParameters(input, gradOutput, scale)
   if self.groups then return cut.accGradParameters(self, input, gradOutput, scale) end
   input.THNN.VolumetricConvolutionMM_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, self.kT,
      self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, scale or 1)
end

function VolumetricConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function VolumetricConvolution:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

-- stride and padding, where they are not the default
function VolumetricConvolution:_text()
   local s = string.format('%s(%d -> %d, %dx%dx%d', torch.type(self), self.nInputPlane, self.nOutputPlane, self.kT,
      self.kW, self.kH)
   local padded = self.padT ~= 0 or self.padW ~= 0 or self.padH ~= 0
   if self.dT ~= 1 or self.dW ~= 1 or self.dH ~= 1 or padded then
      s = s .. string.format(', %d,%d,%d', self.dT, self.dW, self.dH)
   end
   if padded then s = s .. ', ' .. self.padT .. ',' .. self.padW .. ',' .. self.padH end
   return s
end

function VolumetricConvolution:__tostring__()
   return self:_text() .. cut.text(self) .. (self.bias and ')' or ') without bias')
end
