-- nn.SpatialDepthWiseConvolution(nInputPlane, nOutputPlane, kW, kH [, dW, dH, padW, padH]): every input
-- plane has nOutputPlane kernels of its own; the outputs of the first input plane come first.
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

SpatialDepthWiseConvolution.noBias = nn.SpatialConvolution.noBias
SpatialDepthWiseConvolution.reset = nn.SpatialConvolution.reset
SpatialDepthWiseConvolution.__tostring__ = nn.SpatialConvolution.__tostring__
SpatialDepthWiseConvolution.clearState = nn.SpatialConvolution.clearState

-- weight is made a matrix and used with four dimensions
local function viewWeight(self)
   local function view(w) return w:view(self.nOutputPlane, self.nInputPlane, self.kH, self.kW) end
   self.weight = view(self.weight)
   if self.gradWeight and self.gradWeight:dim() > 0 then self.gradWeight = view(self.gradWeight) end
end

function SpatialDepthWiseConvolution:updateOutput(input)
   viewWeight(self)
   input.THNN.SpatialDepthWiseConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil, self.kW,
      self.kH, self.dW, self.dH, self.padW, self.padH)
   return self.output
end

function SpatialDepthWiseConvolution:updateGradInput(input, gradOutput)
   if self.gradInput then
      viewWeight(self)
      input.THNN.SpatialDepthWiseConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil,
         self.kW, self.kH, self.dW, self.dH, self.padW, self.padH)
      return self.gradInput
   end
end

function SpatialDepthWiseConvolution:accGradParameters(input, gradOutput, scale)
   viewWeight(self)
   input.THNN.SpatialDepthWiseConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, scale or 1)
end

function SpatialDepthWiseConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end
