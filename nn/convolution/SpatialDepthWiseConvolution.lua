-- nn.SpatialDepthWiseConvolution(nInputPlane, nOutputPlane, kW, kH [, dW = 1, dH = 1, padW = 0, padH = padW]): every
-- input plane is convolved into nOutputPlane planes of its own.
--
-- Input: (N x) nInputPlane x H x W; output: nInputPlane nOutputPlane planes, those of the first input plane first.
-- Fields: weight, nOutputPlane x (nInputPlane kH kW), or the same in four dimensions, which it is from the first pass
-- on; bias, nOutputPlane x nInputPlane.
--
-- > #nn.SpatialDepthWiseConvolution(3, 2, 3, 3):forward(torch.ones(3, 5, 5))
--  6
--  3
--  3
-- [torch.LongStorage of size 3]
local SpatialDepthWiseConvolution, parent = torch.class('nn.SpatialDepthWiseConvolution', 'nn.Module')

function SpatialDepthWiseConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.nInputPlane = nInputPlane
   self.nOutputPlane = nOutputPlane
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.padW = padW or 0
   self.padH = padH or self.padW
   self.weight = torch.Tensor(nOutputPlane, nInputPlane * kH * kW)
   self.bias = torch.Tensor(nOutputPlane, nInputPlane)
   self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane * kH * kW)
   self.gradBias = torch.Tensor(nOutputPlane, nInputPlane)
   self:reset()
end

for _, method in ipairs{'noBias', 'reset', 'type', 'clearState', '__tostring__'} do
   SpatialDepthWiseConvolution[method] = nn.SpatialConvolution[method]
end

-- weight and gradient by output, input and place
local function by_plane(self)
   if self.weight:dim() == 4 then return end
   self.weight = self.weight:view(self.nOutputPlane, self.nInputPlane, self.kH, self.kW)
   self.gradWeight = self.gradWeight and self.gradWeight:view(self.weight:size())
end

function SpatialDepthWiseConvolution:updateOutput(input)
   by_plane(self)
   input.THNN.SpatialDepthWiseConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH)
   return self.output
end

function SpatialDepthWiseConvolution:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   input.THNN.SpatialDepthWiseConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH)
   return self.gradInput
end

function SpatialDepthWiseConvolution:accGradParameters(input, gradOutput, scale)
   by_plane(self)
   input.THNN.SpatialDepthWiseConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil,
      nil, self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, scale or 1)
end
