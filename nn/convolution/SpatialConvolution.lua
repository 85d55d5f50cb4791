-- nn.SpatialConvolution(nInputPlane, nOutputPlane, kW, kH [, dW = 1, dH = 1, padW = 0, padH = padW, groups = 1]):
-- cross-correlation of images with learned kernels of kH x kW.
--
--     y[o][i][j] = bias[o] + sum over p, u, v of weight[o][p][u][v] x[p][i dH + u - padH][j dW + v - padW]
--
-- Input: (N x) nInputPlane x H x W; output: (N x) nOutputPlane x oH x oW with oH = floor((H + 2 padH - kH) / dH) + 1,
-- and so with W; d is the step, pad the zeros on each side. Fields: weight, nOutputPlane x nInputPlane x kH x kW, and
-- bias, drawn from U(-s, s) with s = 1 / sqrt(kW kH nInputPlane). Raises for another number of planes, and for an image
-- smaller than the kernel.
--
-- With groups, output planes o of the g-th nOutputPlane / groups see input planes of the g-th nInputPlane / groups only:
-- weight is nOutputPlane x (nInputPlane / groups) x kH x kW, and s = 1 / sqrt(kW kH nInputPlane / groups). As many groups
-- as input planes make a depthwise convolution.
--
-- > #nn.SpatialConvolution(3, 8, 5, 5, 1, 1, 2, 2):forward(torch.ones(3, 10, 12))
--   8
--  10
--  12
-- [torch.LongStorage of size 3]
local SpatialConvolution, parent = torch.class('nn.SpatialConvolution', 'nn.Module')
local cut = require 'nn.convolution.groups'

function SpatialConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, groups)
   parent.__init(self)
   self.nInputPlane = nInputPlane
   self.nOutputPlane = nOutputPlane
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.padW = padW or 0
   self.padH = padH or self.padW
   groups = cut.of(self, 9, groups)
   self.weight = torch.Tensor(nOutputPlane, nInputPlane / groups, kH, kW)
   self.bias = torch.Tensor(nOutputPlane)
   self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane / groups, kH, kW)
   self.gradBias = torch.Tensor(nOutputPlane)
   self:reset()
end

SpatialConvolution.noBias = nn.utils.noBias

function SpatialConvolution:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.kW * self.kH * self.nInputPlane / (self.groups or 1))
   if nn.oldSeed then
      self.weight:apply(function() return torch.uniform(-stdv, stdv) end)
      if self.bias then self.bias:apply(function() return torch.uniform(-stdv, stdv) end) end
   else
      self.weight:uniform(-stdv, stdv)
      if self.bias then self.bias:uniform(-stdv, stdv) end
   end
end

-- fields of files from old versions
local function backCompatibility(self)
   if self.padding then
      self.padW, self.padH = self.padding, self.padding
      self.padding = nil
   end
   self.padW, self.padH = self.padW or 0, self.padH or 0
end

function SpatialConvolution:updateOutput(input)
   if self.groups then return cut.updateOutput(self, input) end
   if self.padding or not self.padH then backCompatibility(self) end
   input.THNN.SpatialConvolutionMM_updateOutput(input, self.output, self.weight, self.bias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH)
   return self.output
end

function SpatialConvolution:updateGradInput(input, gradOutput)
   if self.gradInput then
      if self.groups then return cut.updateGradInput(self, input, gradOutput, self.gradInput) end
      if self.padding or not self.padH then backCompatibility(self) end
      input.THNN.SpatialConvolutionMM_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil,
         self.kW, self.kH, self.dW, self.dH, self.padW, self.padH)
      return self.gradInput
   end
end

function SpatialConvolution:accGradParameters(input, gradOutput, scale)
   if self.groups then return cut.accGradParameters(self, input, gradOutput, scale) end
   if self.padding or not self.padH then backCompatibility(self) end
   input.THNN.SpatialConvolutionMM_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, scale or 1)
end

function SpatialConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function SpatialConvolution:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

function SpatialConvolution:__tostring__()
   local s = string.format('%s(%d -> %d, %dx%d', torch.type(self), self.nInputPlane, self.nOutputPlane, self.kW, self.kH)
   local padded = (self.padW or self.padH) and (self.padW ~= 0 or self.padH ~= 0)
   if self.dW ~= 1 or self.dH ~= 1 or padded then s = s .. string.format(', %d,%d', self.dW, self.dH) end
   if padded then s = s .. ', ' .. self.padW .. ',' .. self.padH end
   return s .. cut.text(self) .. (self.bias and ')' or ') without bias')
end
